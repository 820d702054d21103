//! The way out as a whole: on a scripted transport under paused time; its errors
//! on real sockets.

mod limits;
mod names;
mod outages;
mod proxies;
mod refusals;
mod server;
mod sockets;
mod tls;

use std::time::Duration;

use tokio::time::Instant;

use super::scripted::{Reply, Script};
use super::*;
use crate::model::Class;

fn get(url: &str) -> Request {
    Request::get(url.parse().unwrap(), 1000)
}

fn way(script: &Script) -> Http {
    scripted(script.clone(), &Limits::default())
}

/// A way on which something was received before.
async fn reached(script: &Script) -> Http {
    let http = way(script);
    script.once("GET /first", Reply::status(200));
    http.send(get("http://h/first")).await.unwrap();
    http
}

mod retries {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn every_status_is_sent_as_often_as_it_deserves() {
        for code in 200..=599_u16 {
            let script = Script::new();
            script.reply("GET /x", Reply::status(code));
            let http = way(&script);
            let response = http.send(get("http://h/x")).await.unwrap();
            assert_eq!(response.status.as_u16(), code);
            let transient = [
                408, 425, 429, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524,
            ]
            .contains(&code);
            let wanted = if transient { 5 } else { 1 };
            assert_eq!(script.count("GET /x"), wanted, "{code}");
            assert_eq!(http.traffic().retries, wanted as u64 - 1, "{code}");
            assert_eq!(http.traffic().requests, wanted as u64, "{code}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_reading_is_sent_once() {
        let script = Script::new();
        script.reply("POST /x", Reply::status(503));
        let mut request = get("http://h/x");
        request.method = Method::POST;
        assert!(way(&script).send(request).await.is_ok());
        assert_eq!(script.count("POST /x"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wrong_address_is_told_at_once_and_a_shaky_one_tried_again() {
        let script = Script::new();
        script.reply("GET /x", Reply::refused());
        let error = way(&script).send(get("http://h/x")).await.unwrap_err();
        assert_eq!(error.class(), Class::Connect);
        assert_eq!(script.count("GET /x"), 1);

        let http = reached(&script).await;
        assert!(http.send(get("http://h/x")).await.is_err());
        assert_eq!(script.count("GET /x"), 1 + 5);

        script.once("GET /x", Reply::refused());
        script.once("GET /x", Reply::status(200).body("late"));
        let response = http.send(get("http://h/x")).await.unwrap();
        assert_eq!(&response.body[..], b"late");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cut_answer_is_tried_again_even_first() {
        let script = Script::new();
        script.reply("GET /x", Reply::status(200));
        script.once("GET /x", Reply::broken());
        assert!(way(&script).send(get("http://h/x")).await.is_ok());
        assert_eq!(script.count("GET /x"), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn certificates_are_never_tried_again() {
        let script = Script::new();
        let http = reached(&script).await;
        script.reply("GET /x", Reply::untrusted());
        let error = http.send(get("https://h/x")).await.unwrap_err();
        assert_eq!(error.class(), Class::Tls);
        assert!(error.hint().unwrap().contains("ca-file"));
        assert_eq!(script.count("GET /x"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_backoff_leaves_the_turn_to_others() {
        let script = Script::new();
        script.reply("GET /x", Reply::status(503));
        script.reply("GET /y", Reply::status(200));
        let http = scripted(
            script.clone(),
            &Limits {
                max_connections: 1,
                ..Limits::default()
            },
        );
        let failing = tokio::spawn({
            let http = http.clone();
            async move { http.send(get("http://h/x")).await }
        });
        while script.count("GET /x") == 0 {
            tokio::task::yield_now().await;
        }
        let began = Instant::now();
        http.send(get("http://h/y")).await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO);
        failing.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn without_retries_nothing_is_sent_twice() {
        let script = Script::new();
        script.reply("GET /x", Reply::status(503));
        let http = way(&script).without_retries();
        assert_eq!(http.send(get("http://h/x")).await.unwrap().status, 503);
        assert_eq!(script.count("GET /x"), 1);
    }
}

mod turns {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_more_than_the_limit_are_in_flight() {
        let script = Script::new();
        script.reply(
            "GET /x",
            Reply::status(200)
                .body("12345")
                .after(Duration::from_secs(1)),
        );
        let http = scripted(
            script.clone(),
            &Limits {
                max_connections: 4,
                ..Limits::default()
            },
        );
        let began = Instant::now();
        let all = (0..20).map(|_| http.send(get("http://h/x")));
        let answers = futures_util::future::join_all(all).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(script.most_in_flight(), 4);
        assert_eq!(began.elapsed(), Duration::from_secs(5));
        let traffic = http.traffic();
        assert_eq!((traffic.requests, traffic.bytes_received), (20, 100));
        assert_eq!(traffic.in_flight, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_start_at_the_pace_that_is_set() {
        let script = Script::new();
        script.reply("GET /x", Reply::status(200));
        let http = scripted(
            script.clone(),
            &Limits {
                max_rps: Some(10.0),
                ..Limits::default()
            },
        );
        futures_util::future::join_all((0..11).map(|_| http.send(get("http://h/x")))).await;
        let starts: Vec<_> = script.recorded().iter().map(|r| r.at).collect();
        for pair in starts.windows(2) {
            assert_eq!(pair[1] - pair[0], Duration::from_millis(100));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_come_to_a_turn_is_told_which_settings_to_raise() {
        let script = Script::new();
        script.reply("GET /x", Reply::status(200).after(Duration::from_mins(1)));
        let http = scripted(
            script.clone(),
            &Limits {
                max_connections: 1,
                pool_timeout: Duration::from_secs(5),
                ..Limits::default()
            },
        );
        let (_, second) = tokio::join!(http.send(get("http://h/x")), http.send(get("http://h/x")));
        let error = second.unwrap_err();
        assert_eq!(error.class(), Class::Throttled);
        assert!(
            error
                .to_string()
                .contains("no connection became free within 5s"),
            "{error}"
        );
        let hint = error.hint().unwrap();
        assert!(hint.contains("`max-connections`") && hint.contains("`pool-timeout`"));
        assert!(!hint.contains("max-rps"));

        let http = scripted(
            script.clone(),
            &Limits {
                max_rps: Some(0.1),
                pool_timeout: Duration::from_secs(5),
                ..Limits::default()
            },
        );
        let (_, second) = tokio::join!(http.send(get("http://h/x")), http.send(get("http://h/x")));
        let error = second.unwrap_err();
        assert_eq!(error.class(), Class::Throttled);
        assert!(
            error
                .to_string()
                .contains("requests a second left no room within 5s"),
            "{error}"
        );
        let hint = error.hint().unwrap();
        assert!(hint.contains("`max-rps`") && hint.contains("`pool-timeout`"));
        assert!(!hint.contains("max-connections"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_is_dropped_gives_its_turn_back() {
        let script = Script::new();
        script.reply(
            "GET /slow",
            Reply::status(200).after(Duration::from_hours(1)),
        );
        script.reply("GET /x", Reply::status(200));
        let http = scripted(
            script.clone(),
            &Limits {
                max_connections: 1,
                ..Limits::default()
            },
        );
        let slow = http.send(get("http://h/slow"));
        assert!(
            tokio::time::timeout(Duration::from_secs(1), slow)
                .await
                .is_err()
        );
        assert_eq!(http.traffic().in_flight, 0);
        assert!(http.send(get("http://h/x")).await.is_ok());
    }
}

mod redirects {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn are_followed_and_each_takes_a_turn() {
        let script = Script::new();
        script.reply(
            "GET http://h/blob",
            Reply::status(307).header("location", "http://s3.h/data?X-Amz-Signature=x"),
        );
        script.reply("GET http://s3.h/data", Reply::status(200).body("{}"));
        let http = way(&script);
        let request = get("http://h/blob")
            .with_header(header::AUTHORIZATION, HeaderValue::from_static("Bearer t"));
        let response = http.send(request).await.unwrap();
        assert_eq!(response.url.host_str(), Some("s3.h"));
        let recorded = script.recorded();
        assert_eq!(recorded[0].header("authorization"), Some("Bearer t"));
        assert_eq!(recorded[1].header("authorization"), None);
        assert_eq!(http.traffic().requests, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn end_somewhere() {
        let script = Script::new();
        script.reply("GET /x", Reply::status(302).header("location", "/x"));
        let error = way(&script).send(get("http://h/x")).await.unwrap_err();
        assert!(error.to_string().contains("more than 10"), "{error}");
        assert_eq!(script.count("GET /x"), 11);
    }
}
