//! Hosts that go away and come back, and items that only look like it, under the load of a
//! crawl.

use futures_util::{StreamExt, stream};

use super::*;

const ANSWER: Duration = Duration::from_millis(50);

fn item(number: usize) -> Request {
    get(&format!("http://h/item?n={number}"))
}

fn number(request: &Request) -> usize {
    let query = request.url.query().unwrap_or_default();
    query.trim_start_matches("n=").parse().unwrap()
}

/// A way with so many connections.
fn wide(script: &Script, connections: usize) -> Http {
    let limits = Limits {
        max_connections: u16::try_from(connections).unwrap(),
        ..Limits::default()
    };
    scripted(script.clone(), &limits)
}

/// Items of which every one is answered, but for the time from `from` until `until`.
fn away(script: &Script, from: Duration, until: Duration, reply: Reply) {
    let began = Instant::now();
    script.answer("GET /item", move |_| {
        if (from..until).contains(&began.elapsed()) {
            reply.clone()
        } else {
            Reply::status(200).after(ANSWER)
        }
    });
}

/// Sends these items, so many at a time: what came of each and when, by number.
async fn load(
    http: &Http,
    callers: usize,
    items: impl Iterator<Item = usize>,
) -> Vec<(usize, Outcome, Duration)> {
    let began = Instant::now();
    let mut all: Vec<_> = stream::iter(items)
        .map(|number| async move {
            let outcome = http.send(item(number)).await;
            (number, outcome, began.elapsed())
        })
        .buffer_unordered(callers)
        .collect()
        .await;
    all.sort_by_key(|(number, ..)| *number);
    all
}

fn is_answered((_, outcome, _): &(usize, Outcome, Duration)) -> bool {
    outcome.as_ref().is_ok_and(|answer| answer.status == 200)
}

#[tokio::test(start_paused = true)]
async fn an_outage_costs_its_own_time_and_nothing_is_lost() {
    for callers in [1, 16, 64] {
        for seconds in [1, 3, 8, 20] {
            for reply in [Reply::refused(), Reply::status(503), Reply::broken()] {
                let undisturbed = ANSWER * u32::try_from(200_usize.div_ceil(callers)).unwrap();
                let outage = Duration::from_secs(seconds);
                let script = Script::new();
                away(&script, undisturbed / 3, undisturbed / 3 + outage, reply);
                let http = wide(&script, callers);
                let began = Instant::now();
                let all = load(&http, callers, 0..200).await;
                let what = format!("{seconds} s, {callers} at a time");
                assert!(all.iter().all(is_answered), "{what}");
                let lost = began.elapsed().saturating_sub(undisturbed + outage);
                assert!(lost <= Duration::from_secs(3), "{what}: {lost:?} more");
                let sent = script.recorded().len();
                assert!(sent <= 200 + 3 * callers + 25, "{what}: {sent} sent");
                let held = http.traffic().held;
                assert_eq!(held.refused, Duration::ZERO);
                assert!(held.away <= outage + Duration::from_secs(2), "{held:?}");
                if seconds > 3 {
                    assert!(held.away + Duration::from_secs(2) >= outage, "{held:?}");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_crowd_at_the_gate_is_not_sent_to_a_host_that_is_away() {
    let script = Script::new();
    let (from, until) = (Duration::from_millis(200), Duration::from_secs(3));
    away(&script, from, until, Reply::refused());
    let http = wide(&script, 16);
    let all = load(&http, 400, 0..400).await;
    let lost: Vec<_> = all.iter().filter(|one| !is_answered(one)).collect();
    assert!(lost.is_empty(), "{}: {:?}", lost.len(), lost[0]);
    let sent = script.recorded().len();
    assert!(sent <= 400 + 60, "{sent}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_does_not_end_is_given_up_and_its_end_is_seen() {
    for reply in [Reply::refused(), Reply::status(503)] {
        let script = Script::new();
        let (from, until) = (Duration::from_millis(300), Duration::from_secs(100));
        away(&script, from, until, reply);
        let http = wide(&script, 16);
        let began = Instant::now();
        let all = load(&http, 16, 0..400).await;
        assert!(
            began.elapsed() < Duration::from_secs(70),
            "{:?}",
            began.elapsed()
        );
        assert!(began.elapsed() > Duration::from_mins(1));
        let answered = all.iter().filter(|one| is_answered(one)).count();
        assert!((50..200).contains(&answered), "{answered}");
        let (_, failed, _) = &all[399];
        match failed {
            Ok(answer) => assert!(answer.url.as_str().ends_with("n=399")),
            Err(error) => assert!(error.to_string().contains("n=399"), "{error}"),
        }
        // One is let through now and then.
        let sent = script.recorded().len();
        assert!(
            load(&http, 16, 0..100)
                .await
                .iter()
                .all(|one| !is_answered(one))
        );
        assert!(script.recorded().len() <= sent + 2);
        tokio::time::sleep_until(began + until).await;
        assert!(load(&http, 16, 0..100).await.iter().any(is_answered));
        assert!(load(&http, 16, 0..100).await.iter().all(is_answered));
        assert!(http.traffic().held.away <= Duration::from_secs(66));
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_that_always_fails_does_so_by_itself() {
    for callers in [1, 16] {
        for reply in [Reply::status(503), Reply::status(502), Reply::broken()] {
            let script = Script::new();
            script.answer("GET /item", move |request| match number(request) {
                50 => reply.clone(),
                _ => Reply::status(200).after(ANSWER),
            });
            let http = wide(&script, callers);
            let all = load(&http, callers, 0..200).await;
            let failed: Vec<_> = all.iter().filter(|one| !is_answered(one)).collect();
            assert_eq!(failed.len(), 1);
            assert_eq!(failed[0].0, 50);
            assert_eq!(script.count("GET /item?n=50"), 5);
            let undisturbed = ANSWER * u32::try_from(200_usize.div_ceil(callers)).unwrap();
            // Its own pauses are all that is added where nobody else is at work.
            let own = Duration::from_secs(if callers == 1 { 8 } else { 0 });
            for (number, _, at) in all.iter().filter(|one| is_answered(one)) {
                assert!(*at < undisturbed + own + 3 * ANSWER, "{number} at {at:?}");
            }
            assert_eq!(http.traffic().held, crate::model::Held::default());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn many_items_that_always_fail_are_no_outage_either() {
    let script = Script::new();
    script.answer("GET /item", move |request| {
        if number(request).is_multiple_of(4) {
            Reply::status(503)
        } else {
            Reply::status(200).after(ANSWER)
        }
    });
    let http = wide(&script, 16);
    let all = load(&http, 16, 0..400).await;
    assert_eq!(all.iter().filter(|one| is_answered(one)).count(), 300);
    assert_eq!(http.traffic().held.away, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_was_answered_once_and_then_breaks_holds_nobody_for_long() {
    let script = Script::new();
    let began = Instant::now();
    script.answer("GET /item", move |request| {
        // The first is what is repeated to see whether the host is there.
        if began.elapsed() >= ANSWER && number(request) < 2 {
            Reply::status(503)
        } else {
            Reply::status(200).after(ANSWER)
        }
    });
    let http = wide(&script, 4);
    http.send(item(0)).await.unwrap();
    let all = load(&http, 4, 0..100).await;
    assert_eq!(all.iter().filter(|one| is_answered(one)).count(), 98);
    assert!(http.traffic().held.away < Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn who_looks_and_is_dropped_hands_that_on() {
    let script = Script::new();
    let (from, until) = (Duration::from_millis(100), Duration::from_secs(8));
    away(&script, from, until, Reply::refused());
    let http = wide(&script, 16);
    let began = Instant::now();
    assert!(load(&http, 1, 0..1).await.iter().all(is_answered));
    tokio::time::sleep_until(began + from).await;
    let mut waiting: Vec<_> = (0..16)
        .map(|number| {
            let http = http.clone();
            tokio::spawn(async move { http.send(item(number)).await })
        })
        .collect();
    let last = waiting.pop().unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    for one in waiting {
        one.abort();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(last.await.unwrap().unwrap().status, 200);
    assert!(began.elapsed() < until + Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn an_address_that_never_answered_is_wrong_whoever_else_answers() {
    let script = Script::new();
    let http = reached(&script).await;
    script.reply("GET http://auth/token", Reply::refused());
    let error = http.send(get("http://auth/token")).await.unwrap_err();
    assert_eq!(error.class(), Class::Connect);
    assert_eq!(script.count("GET http://auth/token"), 1);
}
