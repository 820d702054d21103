//! The way out as a whole: on a scripted transport under paused time, and on real sockets.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
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
    async fn a_pause_that_is_asked_for_holds_every_caller() {
        let script = Script::new();
        script.reply("GET /x", Reply::status(200));
        script.reply("GET /y", Reply::status(200));
        script.once("GET /x", Reply::status(429).header("retry-after", "30"));
        let http = way(&script);
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
        assert!(error.to_string().contains("within 5s"), "{error}");
        for setting in ["pool-timeout", "max-connections", "max-rps"] {
            assert!(error.hint().unwrap().contains(setting));
        }
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

mod sockets {
    use super::*;

    fn spec(address: &str) -> RegistrySpec {
        let mut spec = RegistrySpec::new("test".parse().unwrap(), address.parse().unwrap());
        spec.proxy = crate::model::ProxyChoice::Off;
        spec.limits.read_timeout = Duration::from_millis(200);
        spec
    }

    async fn attempt(spec: &RegistrySpec) -> Result<Response, HttpError> {
        let url = spec.endpoint.join("v2/").parse().unwrap();
        Http::new(spec)
            .unwrap()
            .without_retries()
            .send(Request::get(url, 16))
            .await
    }

    /// A server that gives `answer` to everybody and then does `end`.
    async fn server(answer: &'static [u8], keep_open: bool) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut buffer = [0; 4096];
                let _ = socket.read(&mut buffer).await;
                let _ = socket.write_all(answer).await;
                if keep_open {
                    kept.push(socket);
                }
            }
        });
        address.to_string()
    }

    fn check(error: &HttpError, class: Class, says: &str, hint: &str) {
        assert_eq!(error.class(), class, "{error}");
        assert!(error.to_string().contains(says), "{error}");
        let found = error.hint().unwrap_or_default();
        assert!(found.contains(hint), "{error}: {found}");
        assert!(error.to_string().starts_with("`GET http"), "{error}");
    }

    #[tokio::test]
    async fn a_whole_answer_arrives() {
        let address = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", false).await;
        let response = attempt(&spec(&format!("http://{address}"))).await.unwrap();
        assert_eq!(&response.body[..], b"{}");
    }

    #[tokio::test]
    async fn a_name_without_address() {
        let error = attempt(&spec("http://nosuch.invalid")).await.unwrap_err();
        check(
            &error,
            Class::Resolve,
            "`nosuch.invalid` has no address",
            "DNS",
        );
    }

    #[tokio::test]
    async fn an_override_stands_in_for_dns() {
        let address = server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false).await;
        let port = address.rsplit_once(':').unwrap().1;
        let mut spec = spec(&format!("http://nosuch.invalid:{port}"));
        spec.resolve = vec![crate::model::AddressOverride {
            host: "nosuch.invalid".into(),
            address: [127, 0, 0, 1].into(),
        }];
        assert_eq!(attempt(&spec).await.unwrap().status, 200);
    }

    #[tokio::test]
    async fn a_closed_port() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = attempt(&spec(&format!("http://{address}")))
            .await
            .unwrap_err();
        check(&error, Class::Connect, "refused the connection", "port");
    }

    #[tokio::test]
    async fn a_server_that_never_answers() {
        let address = server(b"", true).await;
        let error = attempt(&spec(&format!("http://{address}")))
            .await
            .unwrap_err();
        check(
            &error,
            Class::Timeout,
            "nothing was received for 200ms",
            "read-timeout",
        );
    }

    #[tokio::test]
    async fn a_tls_handshake_that_never_answers() {
        let address = server(b"", true).await;
        let mut spec = spec(&format!("https://{address}"));
        spec.limits.connect_timeout = Duration::from_millis(200);
        // reqwest counts the wait for the connection as a wait for bytes, too.
        spec.limits.read_timeout = Duration::from_secs(30);
        let error = attempt(&spec).await.unwrap_err();
        check(
            &error,
            Class::Timeout,
            "no connection within 200ms",
            "connect-timeout",
        );
    }

    #[tokio::test]
    async fn a_body_cut_short() {
        let address = server(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", false).await;
        let error = attempt(&spec(&format!("http://{address}")))
            .await
            .unwrap_err();
        check(
            &error,
            Class::Connect,
            "cut before the answer was whole",
            "try again",
        );
    }

    #[tokio::test]
    async fn a_chunked_body_cut_short() {
        let address = server(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}",
            false,
        )
        .await;
        let error = attempt(&spec(&format!("http://{address}")))
            .await
            .unwrap_err();
        check(
            &error,
            Class::Connect,
            "cut before the answer was whole",
            "try again",
        );
    }

    #[tokio::test]
    async fn a_connection_that_is_closed_at_once() {
        let address = server(b"", false).await;
        let error = attempt(&spec(&format!("http://{address}")))
            .await
            .unwrap_err();
        check(
            &error,
            Class::Connect,
            "cut before the answer was whole",
            "try again",
        );
    }

    #[tokio::test]
    async fn an_answer_that_is_reset() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // Closing with the request unread makes the kernel send a reset.
                let _ = socket.readable().await;
                drop(socket);
            }
        });
        let error = attempt(&spec(&format!("http://{address}")))
            .await
            .unwrap_err();
        check(
            &error,
            Class::Connect,
            "cut before the answer was whole",
            "try again",
        );
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large() {
        let address = server(
            b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n01234567890123456789",
            false,
        )
        .await;
        let error = attempt(&spec(&format!("http://{address}")))
            .await
            .unwrap_err();
        check(
            &error,
            Class::TooLarge,
            "larger than 16 bytes",
            "check the address",
        );
    }

    #[tokio::test]
    async fn an_error_that_is_too_large_keeps_its_status() {
        let address = server(
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 20\r\n\r\n01234567890123456789",
            false,
        )
        .await;
        let response = attempt(&spec(&format!("http://{address}"))).await.unwrap();
        assert_eq!(response.status, 404);
        assert_eq!(response.body.len(), 20);
    }

    #[tokio::test]
    async fn tls_spoken_to_a_plain_server() {
        let address = server(b"HTTP/1.1 400 Bad Request\r\n\r\n", false).await;
        let error = attempt(&spec(&format!("https://{address}")))
            .await
            .unwrap_err();
        check(&error, Class::Tls, "does not speak TLS", "try `http://`");
    }

    #[tokio::test]
    async fn plain_http_spoken_to_a_tls_server() {
        // The alert that TLS servers send to what is no handshake.
        let address = server(b"\x15\x03\x01\x00\x02\x02\x46", false).await;
        let error = attempt(&spec(&format!("http://{address}")))
            .await
            .unwrap_err();
        check(&error, Class::Protocol, "not HTTP", "write `https://`");
    }

    #[tokio::test]
    async fn a_proxy_that_is_not_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let mut spec = spec("http://hub.example");
        spec.proxy = crate::model::ProxyChoice::Url(format!("http://{address}"));
        let error = attempt(&spec).await.unwrap_err();
        check(&error, Class::Proxy, "the proxy `http://127.0.0.1", "proxy");
    }

    #[tokio::test]
    async fn a_proxy_that_refuses_the_tunnel() {
        let address = server(
            b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
            false,
        )
        .await;
        let mut spec = spec("https://hub.example");
        spec.proxy = crate::model::ProxyChoice::Url(format!("http://{address}"));
        let error = attempt(&spec).await.unwrap_err();
        check(&error, Class::Proxy, "the proxy `http://127.0.0.1", "proxy");
    }

    #[tokio::test]
    async fn what_goes_out_names_us_and_no_referer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = vec![0; 4096];
            let read = socket.read(&mut buffer).await.unwrap();
            let _ = socket
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                .await;
            String::from_utf8_lossy(&buffer[..read]).to_lowercase()
        });
        attempt(&spec(&format!("http://{address}"))).await.unwrap();
        let seen = seen.await.unwrap();
        assert!(seen.contains("user-agent: supercargo/"), "{seen}");
        assert!(seen.contains("accept-encoding: gzip"), "{seen}");
        assert!(!seen.contains("referer"), "{seen}");
    }
}
