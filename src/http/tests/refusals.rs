//! Registries that want to be left alone: by one request, by one group, by everybody.

use futures_util::{StreamExt, stream};

use super::*;

const ANSWER: Duration = Duration::from_millis(50);

fn refusal(after: &str) -> Reply {
    Reply::status(429).header("retry-after", after)
}

/// Sends `count` requests of one group: how many were answered, and when all were over.
async fn load(http: &Http, path: &str, group: u64, count: usize) -> (usize, Duration) {
    let began = Instant::now();
    let answered = stream::iter(0..count)
        .map(|number| {
            let request = get(&format!("http://h{path}?n={number}")).in_group(group);
            async move { http.send(request).await.unwrap().status == 200 }
        })
        .buffer_unordered(16)
        .filter(|answered| std::future::ready(*answered))
        .count()
        .await;
    (answered, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_lone_refusal_holds_what_was_refused() {
    for status in [429, 503, 500] {
        let script = Script::new();
        script.reply("GET /x", Reply::status(200));
        script.reply("GET /y", Reply::status(200));
        script.once("GET /x", Reply::status(status).header("retry-after", "30"));
        let http = scripted(
            script.clone(),
            &Limits {
                max_connections: 1,
                ..Limits::default()
            },
        );
        let began = Instant::now();
        let refused = tokio::spawn({
            let http = http.clone();
            async move { http.send(get("http://h/x")).await }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(http.traffic().held_for, None);
        http.send(get("http://h/y")).await.unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(1));
        assert_eq!(refused.await.unwrap().unwrap().status, 200);
        assert_eq!(began.elapsed(), Duration::from_secs(30));
        assert_eq!(http.traffic().held.total(), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_the_account_holds_every_caller() {
    let script = Script::new();
    script.reply("GET /x", Reply::status(200));
    script.reply("GET /y", Reply::status(200));
    script.once("GET /x", refusal("30"));
    let http = way(&script);
    http.limit_is_the_accounts();
    let began = Instant::now();
    let first = tokio::spawn({
        let http = http.clone();
        async move { http.send(get("http://h/x")).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(http.traffic().held_for, Some(Duration::from_secs(29)));
    assert_eq!(http.traffic().in_flight, 0);
    http.send(get("http://h/y")).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    assert_eq!(first.await.unwrap().unwrap().status, 200);
    assert_eq!(http.traffic().held_for, None);
    let held = http.traffic().held;
    assert_eq!(held.refused, Duration::from_secs(30));
    assert_eq!(held.refused_with, Some(429));
}

#[tokio::test(start_paused = true)]
async fn another_host_is_held_by_itself_and_paused_with_all() {
    let script = Script::new();
    script.reply("GET /x", Reply::status(200));
    script.reply("GET /y", Reply::status(200));
    script.once("GET /x", refusal("30"));
    let http = way(&script);
    http.limit_is_the_accounts();
    let api = http.to_another_host();
    let began = Instant::now();
    let first = tokio::spawn(async move { api.send(get("http://api/x")).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(http.traffic().held_for, Some(Duration::from_secs(29)));
    http.send(get("http://h/y")).await.unwrap();
    assert_eq!(
        began.elapsed(),
        Duration::from_secs(1),
        "the registry goes on"
    );
    assert_eq!(first.await.unwrap().unwrap().status, 200);
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    // A pause is for both, also for one that came to be while it was on.
    http.pause();
    let api = http.to_another_host();
    let waiting = tokio::spawn(async move { api.send(get("http://api/y")).await });
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!waiting.is_finished());
    http.resume();
    assert_eq!(waiting.await.unwrap().unwrap().status, 200);
}

#[tokio::test(start_paused = true)]
async fn lone_refusals_among_many_answers_cost_little() {
    let script = Script::new();
    let asked = std::sync::atomic::AtomicUsize::new(0);
    script.answer("GET /item", move |_| {
        if asked.fetch_add(1, Ordering::Relaxed) % 33 == 32 {
            refusal("1")
        } else {
            Reply::status(200).after(ANSWER)
        }
    });
    let http = way(&script);
    let (answered, took) = load(&http, "/item", 1, 2400).await;
    assert_eq!(answered, 2400);
    // 73 of them, which would be 73 s one after another; without any it is 7.5 s.
    assert!(took < Duration::from_secs(15), "{took:?}");
    assert_eq!(http.traffic().held.total(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn everybody_waits_where_everybody_is_refused_and_nothing_is_lost() {
    for reply in [
        refusal("1"),
        Reply::status(429),
        Reply::status(503).header("retry-after", "2"),
    ] {
        let script = Script::new();
        let began = Instant::now();
        let from = Duration::from_millis(400);
        let until = Duration::from_secs(10);
        script.answer("GET /item", move |_| {
            if (from..until).contains(&began.elapsed()) {
                reply.clone()
            } else {
                Reply::status(200).after(ANSWER)
            }
        });
        let http = way(&script);
        let loads = (0..4).map(|group| load(&http, "/item", group, 100));
        let all = futures_util::future::join_all(loads).await;
        assert!(all.iter().all(|(answered, _)| *answered == 100), "{all:?}");
        assert!(
            began.elapsed() < until + Duration::from_secs(12),
            "{:?}",
            began.elapsed()
        );
        // Fewer and fewer ask.
        let recorded = script.recorded();
        let times = recorded.iter().map(|one| one.at - began);
        let refused = times.filter(|at| (from..until).contains(at)).count();
        assert!(refused < 60, "{refused}");
        assert!(http.traffic().held.refused > Duration::from_secs(6));
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_always_refused_holds_nobody_else_and_itself_not_long() {
    for (kind, reply) in [refusal("1"), Reply::status(429), Reply::status(503)]
        .into_iter()
        .enumerate()
    {
        let script = Script::new();
        script.reply("GET /good", Reply::status(200).after(ANSWER));
        script.reply("GET /bad", reply);
        let http = way(&script);
        let ((good, good_took), (bad, bad_took)) =
            tokio::join!(load(&http, "/good", 1, 300), load(&http, "/bad", 2, 40));
        assert_eq!((good, bad), (300, 0));
        assert!(
            good_took < Duration::from_millis(1500),
            "{kind}: {good_took:?}"
        );
        assert!(bad_took < Duration::from_secs(9), "{kind}: {bad_took:?}");
        assert_eq!(http.traffic().held.total(), Duration::ZERO);
        // Those at work, and the few that follow the first to give up, try as often as they
        // may; the rest asks once.
        assert!(script.count("GET /bad") <= 20 * 5 + 24);
        // An answer makes it a group like others.
        script.reply("GET /bad", Reply::status(200));
        script.once("GET /bad", Reply::status(429));
        assert_eq!(load(&http, "/bad", 2, 2).await.0, 1);
        script.once("GET /bad", Reply::status(429));
        assert_eq!(load(&http, "/bad", 2, 2).await.0, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_stays_is_given_up() {
    let script = Script::new();
    script.reply("GET /x", refusal("3600"));
    let http = way(&script);
    let began = Instant::now();
    let answer = http.send(get("http://h/x")).await.unwrap();
    assert_eq!(answer.status, 429);
    assert_eq!(answer.asked_to_wait(), Some(Duration::from_hours(1)));
    assert_eq!(began.elapsed(), gate::MAX_HOLD);
    assert_eq!(script.count("GET /x"), 2);

    // The account's: nobody is kept for five minutes after it is known to stay.
    let script = Script::new();
    script.reply("GET /x", refusal("3600"));
    let http = way(&script);
    http.limit_is_the_accounts();
    let began = Instant::now();
    let (answered, _) = load(&http, "/x", 1, 400).await;
    assert_eq!(answered, 0);
    assert!(
        began.elapsed() <= 3 * gate::MAX_HOLD,
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_too_slowly_is_asked_for_twice() {
    let script = Script::new();
    let slow = Cause::TooSlow {
        bytes: 30,
        within: Duration::from_secs(30),
    };
    script.reply("GET /x", Reply::fault(slow));
    let error = way(&script).send(get("http://h/x")).await.unwrap_err();
    assert_eq!(error.class(), Class::Timeout);
    assert!(
        error.to_string().contains("too slowly: 30 bytes in 30s"),
        "{error}"
    );
    assert!(error.hint().is_some());
    assert_eq!(script.count("GET /x"), 2);
}
