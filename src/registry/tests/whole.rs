//! Whether a list is whole: servers that cut, honestly or not, and what proves that they
//! did not.

use super::*;
use crate::http::Request;

/// What a server does with its lists.
#[derive(Clone, Copy, Debug)]
struct Habits {
    /// It gives no more in one answer.
    cap: usize,
    takes_n: bool,
    takes_last: bool,
    links: bool,
}

const HONEST: Habits = Habits {
    cap: 1000,
    takes_n: true,
    takes_last: true,
    links: true,
};

/// It has no pages, and gives no more than its cap.
const UNPAGED: Habits = Habits {
    cap: usize::MAX,
    takes_n: false,
    takes_last: false,
    links: false,
};

fn tag(number: usize) -> String {
    format!("t{number:05}")
}

/// What a server of these habits answers for a repository of `total` tags.
fn answer(habits: Habits, total: usize, request: &Request) -> Reply {
    let value = |key: &str| {
        let mut pairs = request.url.query_pairs();
        pairs
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.into_owned())
    };
    let from = value("last")
        .filter(|_| habits.takes_last)
        .map_or(0, |last| {
            let number = last.trim_start_matches('t').parse::<usize>();
            number.map_or(0, |number| number + 1)
        });
    let asked = value("n").filter(|_| habits.takes_n);
    let n = asked.map_or(usize::MAX, |n| n.parse().unwrap());
    let until = from.saturating_add(n.min(habits.cap)).min(total);
    let names: Vec<String> = (from..until).map(|n| format!("\"{}\"", tag(n))).collect();
    let page = Reply::json(format!(r#"{{"tags":[{}]}}"#, names.join(",")));
    if habits.links && until < total {
        let link = format!("<?last={}&n={}>; rel=\"next\"", tag(until - 1), n.min(1000));
        return page.header("link", &link);
    }
    page
}

/// A registry whose repositories hold so many tags.
fn serving(habits: Habits, repositories: &[(&str, usize)]) -> Script {
    let script = Script::new();
    for (name, total) in repositories {
        let total = *total;
        script.answer(&format!("GET /v2/{name}/tags/list"), move |request| {
            answer(habits, total, request)
        });
    }
    script
}

/// How many tags of a repository are listed, and how the list ended.
async fn list(registry: &Registry, repository: &str) -> (usize, Result<Proof, Failure>) {
    let mut pages = registry.tags(&name(repository));
    let mut count = 0;
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => count += page.items.len(),
            Err(failure) => return (count, Err(failure)),
        }
    }
    let end = match pages.end().unwrap() {
        End::Whole(proof) => Ok(*proof),
        End::Open(open) => open.settle(),
    };
    (count, end)
}

#[tokio::test(start_paused = true)]
async fn a_server_that_pages_is_asked_once_for_all_its_lists() {
    let repositories: Vec<String> = (0..40).map(|n| format!("r{n}")).collect();
    let sizes: Vec<(&str, usize)> = repositories
        .iter()
        .enumerate()
        .map(|(n, name)| (name.as_str(), 20 + n))
        .collect();
    let script = serving(HONEST, &sizes);
    let registry = registry(&script);
    for (name, total) in &sizes {
        let (count, end) = list(&registry, name).await;
        assert_eq!((count, end.unwrap()), (*total, Proof::Paged));
    }
    // And behind the one list that stops where servers are known to cut, at 50.
    assert_eq!(script.recorded().len(), sizes.len() + 1 + 1);
}

#[tokio::test(start_paused = true)]
async fn questions_to_honest_servers_are_few_also_side_by_side() {
    for (habits, probes) in [(HONEST, 1), (UNPAGED, 2)] {
        let names: Vec<String> = (0..30).map(|n| format!("r{n}")).collect();
        let sizes: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 7)).collect();
        let script = serving(habits, &sizes);
        let registry = registry(&script);
        let all = names.iter().map(|name| list(&registry, name));
        for (count, end) in futures_util::future::join_all(all).await {
            assert!(count == 7 && end.is_ok());
        }
        assert_eq!(script.recorded().len(), 30 + probes, "{habits:?}");
    }
    // Lists of one entry cannot show pages: a few are asked for more, and no more than that.
    let names: Vec<String> = (0..30).map(|n| format!("r{n}")).collect();
    let sizes: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let script = serving(HONEST, &sizes);
    let registry = registry(&script);
    for name in &names {
        assert!(list(&registry, name).await.1.is_ok());
    }
    assert!(script.recorded().len() <= 38, "{}", script.recorded().len());
}

#[tokio::test(start_paused = true)]
async fn a_cap_of_any_size_is_passed_where_the_server_goes_on() {
    for cap in [2, 3, 10, 73, 100, 999] {
        for links in [true, false] {
            let habits = Habits {
                cap,
                links,
                ..HONEST
            };
            let total = cap * 3 + 1;
            let script = serving(habits, &[("a", total), ("b", cap), ("c", cap - 1)]);
            let registry = registry(&script);
            for (name, total) in [("a", total), ("b", cap), ("c", cap - 1)] {
                let (count, end) = list(&registry, name).await;
                assert!(end.is_ok(), "{habits:?} {name}: {end:?}");
                assert_eq!(count, total, "{habits:?} {name}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_everything_is_whole_unless_it_stops_at_a_usual_cap() {
    for (total, is_whole) in [
        (3, true),
        (49, true),
        (50, false),
        (73, true),
        (100, false),
        (150, true),
        (200, false),
        (1000, false),
        (1001, true),
    ] {
        let registry = registry(&serving(UNPAGED, &[("a", total)]));
        let (count, end) = list(&registry, "a").await;
        assert_eq!(count, total);
        match end {
            Ok(proof) => assert!(is_whole && proof == Proof::Unpaged, "{total}"),
            Err(failure) => {
                assert!(!is_whole, "{total}: {failure}");
                assert_eq!(failure.class, Class::Unproven);
                assert!(failure.hint.unwrap().contains("lists-whole"));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_longer_list_shows_that_there_is_no_such_cap_whenever_it_comes() {
    let script = serving(UNPAGED, &[("a", 100), ("b", 150)]);
    let registry = registry(&script);
    let mut pages = registry.tags(&name("a"));
    while pages.next().await.is_some() {}
    let Some(End::Open(open)) = pages.end() else {
        panic!("decided too early");
    };
    assert!(open.settle().is_err() && open.is_dubious());
    list(&registry, "b").await.1.unwrap();
    assert_eq!(open.settle().unwrap(), Proof::Longer);
}

#[tokio::test(start_paused = true)]
async fn the_administrators_word_counts_until_a_list_is_seen_cut() {
    let script = serving(UNPAGED, &[("a", 100)]);
    let mut spec = spec();
    spec.lists_whole = true;
    let registry = with(&script, &spec, None);
    let mut pages = registry.tags(&name("a"));
    while pages.next().await.is_some() {}
    let Some(End::Open(open)) = pages.end().cloned() else {
        panic!("no proof");
    };
    assert_eq!(open.settle().unwrap(), Proof::Told);
    pages.was_cut();
    assert!(registry.has_cut());
    assert_eq!(open.settle().unwrap_err().class, Class::Unproven);
}

#[tokio::test(start_paused = true)]
async fn a_length_at_which_a_list_was_cut_is_a_cap_from_then_on() {
    let habits = Habits { cap: 73, ..UNPAGED };
    let registry = registry(&serving(habits, &[("a", 73), ("b", 200)]));
    let mut pages = registry.tags(&name("b"));
    while pages.next().await.is_some() {}
    assert!(list(&registry, "a").await.1.is_ok());
    // Something known was asked for, and is there.
    pages.was_cut();
    assert_eq!(
        list(&registry, "a").await.1.unwrap_err().class,
        Class::Unproven
    );
}

#[tokio::test(start_paused = true)]
async fn what_cuts_at_n_and_has_no_way_on_is_asked_without_n() {
    let habits = Habits {
        cap: usize::MAX,
        takes_n: true,
        takes_last: false,
        links: false,
    };
    let registry = registry(&serving(habits, &[("a", 2500), ("b", 30)]));
    let (count, end) = list(&registry, "a").await;
    assert_eq!((count, end.unwrap()), (2500, Proof::Unpaged));
    assert_eq!(list(&registry, "b").await.0, 30);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_refused_proves_nothing_and_fails_nothing() {
    for reply in [
        Reply::status(400),
        Reply::status(403),
        Reply::status(404),
        Reply::status(200).body("<html>"),
    ] {
        let script = serving(UNPAGED, &[("a", 30), ("b", 100)]);
        for query in ["n=1", "last=t00028&n=1000", "last=t00098&n=1000"] {
            for name in ["a", "b"] {
                let what = format!("GET /v2/{name}/tags/list?{query}");
                script.reply(&what, reply.clone());
            }
        }
        let registry = registry(&script);
        let (count, end) = list(&registry, "a").await;
        assert!(count == 30 && end.is_ok());
        let (count, end) = list(&registry, "b").await;
        assert!(count == 100 && end.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_lost_is_asked_again_and_proves_nothing_when_it_stays_lost() {
    let cap = Habits {
        cap: 3,
        links: false,
        ..HONEST
    };
    for lost in [1, usize::MAX] {
        let script = Script::new();
        let asked = std::sync::atomic::AtomicUsize::new(0);
        script.answer("GET /v2/a/tags/list", move |request: &Request| {
            let is_first = request.url.query() == Some("n=1000");
            if is_first || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > lost {
                return answer(cap, 5, request);
            }
            // A proxy that mixes answers up.
            Reply::json(r#"{"name":"other","tags":["x"]}"#)
        });
        let registry = registry(&script);
        let (count, end) = list(&registry, "a").await;
        if lost == 1 {
            assert_eq!((count, end.unwrap()), (5, Proof::Ended));
        } else {
            assert_eq!((count, end.unwrap_err().class), (3, Class::Unproven));
            assert_eq!(script.recorded().len(), 1 + 8, "questions are bounded");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_left_out_is_found_out_where_the_last_page_is_full() {
    // Pages of ten, and a link on the first of them only.
    let script = Script::new();
    script.answer("GET /v2/a/tags/list", |request: &Request| {
        let habits = Habits { cap: 10, ..HONEST };
        let mut page = answer(habits, 45, request);
        let is_first = request.url.query() == Some("n=1000");
        if !is_first {
            page = answer(
                Habits {
                    links: false,
                    ..habits
                },
                45,
                request,
            );
        }
        page
    });
    let registry = registry(&script);
    let (count, end) = list(&registry, "a").await;
    assert_eq!((count, end.unwrap()), (45, Proof::Ended));
    assert!(registry.has_cut());
}

#[tokio::test(start_paused = true)]
async fn an_order_that_last_does_not_follow_is_never_taken_for_whole() {
    // Each page holds the smallest names behind `last`, in the reverse order.
    let script = Script::new();
    script.answer("GET /v2/a/tags/list", |request: &Request| {
        let mut pairs = request.url.query_pairs();
        let last = pairs
            .find(|(key, _)| key == "last")
            .map(|(_, v)| v.into_owned());
        let all = (0..50).map(tag);
        let behind = all.filter(|name| last.as_ref().is_none_or(|last| name > last));
        let mut page: Vec<String> = behind.take(10).map(|name| format!("\"{name}\"")).collect();
        page.reverse();
        Reply::json(format!(r#"{{"tags":[{}]}}"#, page.join(",")))
    });
    let (count, end) = list(&registry(&script), "a").await;
    assert!(count >= 10);
    assert_eq!(end.unwrap_err().class, Class::Unproven);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_never_sent_where_the_cursor_is_none() {
    let mut quay = spec();
    quay.product = Some(Product::Quay);
    let mut artifactory = spec();
    artifactory.product = Some(Product::Artifactory);
    for spec in [quay, artifactory] {
        let script = Script::new();
        let list = r#"{"repositories":["b","a"]}"#;
        script.reply("GET /v2/_catalog", Reply::json(list));
        let registry = with(&script, &spec, None);
        let mut pages = registry.repositories();
        while pages.next().await.is_some() {}
        assert!(script.lines().iter().all(|line| !line.contains("last=")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_known_product_is_asked_nothing_until_something_is_missing() {
    let mut harbor = spec();
    harbor.product = Some(Product::Harbor);
    let script = serving(HONEST, &[("p/a", 30)]);
    let registry = with(&script, &harbor, None);
    let mut pages = registry.tags(&name("p/a"));
    while pages.next().await.is_some() {}
    assert!(matches!(pages.end(), Some(End::Whole(Proof::Product))));
    assert_eq!(script.recorded().len(), 1);
    assert!(pages.shows_gone().await);
    assert_eq!(script.recorded().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_reaches_where_its_product_cuts_is_not_proven() {
    let mut google = spec();
    google.product = Some(Product::ArtifactRegistry);
    let digests = |count: usize| {
        let digests = (0..count).map(|at| format!("\"sha256:{at:064}\":{{}}"));
        digests.collect::<Vec<String>>().join(",")
    };
    let tags = |count: usize| {
        let tags = (0..count).map(|at| format!("\"{}\"", tag(at)));
        tags.collect::<Vec<String>>().join(",")
    };
    // Images count as much as tags do.
    for (images, count, is_proven) in [
        (9_999, 1_500, true),
        (2, 9_999, true),
        (10_000, 1_500, false),
        (10_000, 0, false),
        (2, 10_000, false),
        (2, 12_000, false),
    ] {
        let script = Script::new();
        let list = format!(
            r#"{{"manifest":{{{}}},"tags":[{}]}}"#,
            digests(images),
            tags(count)
        );
        script.reply("GET /v2/p/a/tags/list", Reply::json(list));
        let registry = with(&script, &google, None);
        let (listed, end) = self::list(&registry, "p/a").await;
        assert_eq!(listed, count);
        assert_eq!(script.lines(), ["GET http://reg/v2/p/a/tags/list?n=10000"]);
        match end {
            Ok(proof) => assert!(is_proven && proof == Proof::Product, "{images} {count}"),
            Err(failure) => {
                assert!(!is_proven, "{images} {count}: {failure:?}");
                assert_eq!(failure.class, Class::Unproven);
                assert!(failure.hint.unwrap().contains("REST API"));
            }
        }
    }
}
