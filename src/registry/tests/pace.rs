//! Requests a second, seen over ten seconds of everything a crawl sends: sixteen at a time,
//! tokens, refusals that are tried again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::http::Request;

#[tokio::test(start_paused = true)]
async fn the_rate_holds_across_tokens_and_retries_from_the_first_second_on() {
    for rate in [5.0, 40.0] {
        let script = Script::new();
        let asked = Arc::new(AtomicUsize::new(0));
        script.answer("GET http://auth/token", |request: &Request| {
            let scope = request.url.query().unwrap_or_default().len();
            Reply::json(format!(r#"{{"token":"t{scope}"}}"#)).after(Duration::from_millis(30))
        });
        for repository in 0..400 {
            let asked = Arc::clone(&asked);
            script.answer(
                &format!("GET /v2/r{repository}/tags/list"),
                move |request: &Request| {
                    if request.headers.get("authorization").is_none() {
                        return unauthorized(BEARER);
                    }
                    // Each seventh fails, and is sent again.
                    if asked.fetch_add(1, Ordering::Relaxed) % 7 == 6 {
                        return Reply::status(503);
                    }
                    tag_list().after(Duration::from_millis(120))
                },
            );
        }
        let mut spec = spec();
        spec.limits.max_rps = Some(rate);
        spec.limits.max_connections = 16;
        spec.limits.pool_timeout = Duration::from_hours(1);
        let registry = with(&script, &spec, Some(ann()));
        let crawl = async {
            let lists = (0..400).map(|number| {
                let registry = registry.clone();
                async move {
                    let name = name(&format!("r{number}"));
                    let mut pages = registry.tags(&name);
                    let _ = pages.next().await;
                }
            });
            futures_util::future::join_all(lists).await;
        };
        let _ = tokio::time::timeout(Duration::from_secs(20), crawl).await;
        let recorded = script.recorded();
        let began = recorded[0].at;
        let within = |from: f64, to: f64| {
            let seconds = |r: &&scripted::Recorded| (r.at - began).as_secs_f64();
            let counted = recorded.iter().filter(|r| (from..to).contains(&seconds(r)));
            counted.count() as f64
        };
        let ten = within(0.0, 10.0);
        assert!(
            (ten - rate * 10.0).abs() <= rate * 10.0 * 0.02,
            "{ten} requests in ten seconds at {rate} a second"
        );
        // No burst at the start, nor at any other time.
        for second in 0..10 {
            let seen = within(f64::from(second), f64::from(second) + 1.0);
            assert!(seen <= rate + 1.0, "{seen} in second {second} at {rate}");
        }
        let tokens = recorded.iter().filter(|r| r.line().contains("auth/token"));
        assert!(tokens.count() > 10, "tokens are among them");
    }
}
