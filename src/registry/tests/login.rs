//! An API whose token is asked for first: how long it is used, and whom a refusal costs what.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::http::{Request, Url};
use crate::model::Stage;
use crate::registry::auth::Auth;
use crate::registry::error::Attempt;
use crate::registry::login::{Login, Session};

struct ByName(Option<Duration>);

impl Login for ByName {
    fn ask(&self, place: &Url, known: &Credentials) -> Result<Request, String> {
        let url = place.join("login").unwrap();
        let body = format!("{}:{}", known.username, known.password.expose());
        Ok(Request::post_form(url, 1000).with_body(zeroize::Zeroizing::new(body)))
    }

    fn lifetime(&self) -> Option<Duration> {
        self.0
    }
}

/// What asks for a list of the API, and who signs in for it.
struct Asker {
    session: Session,
    auth: Auth,
    http: crate::http::Http,
}

impl Asker {
    fn new(script: &Script, lifetime: Option<Duration>) -> Self {
        let http = scripted(script.clone(), &spec().limits);
        Self {
            session: Session::new(Arc::new(ByName(lifetime))),
            auth: Auth::new(http.clone(), AuthType::Auto, Some(ann())),
            http,
        }
    }

    async fn ask(&self) -> Result<u16, Failure> {
        let request = Request::get("http://api/list".parse().unwrap(), 1000);
        let attempt = Attempt::new(Stage::Catalogue, &request, self.http.cover());
        let origin = "http://api/".parse().unwrap();
        let sent = self
            .session
            .send(&self.http, &self.auth, &origin, &attempt, request);
        Ok(sent.await?.0.status.as_u16())
    }
}

/// How often a token was asked for.
fn logins(script: &Script) -> usize {
    let lines = script.lines().into_iter();
    lines.filter(|line| line.contains("/login")).count()
}

#[tokio::test(start_paused = true)]
async fn a_token_is_used_as_long_as_it_lives() {
    for (said, usual, seconds, wanted) in [
        // As it says itself.
        (r#"{"token":"t","expires_in":600}"#, None, 500, 1),
        (r#"{"token":"t","expires_in":600}"#, None, 700, 2),
        // As the product is known to do where it says nothing.
        (r#"{"access_token":"t"}"#, Some(300), 200, 1),
        (r#"{"access_token":"t"}"#, Some(300), 400, 2),
        (r#"{"access_token":"t"}"#, None, 70, 2),
    ] {
        let script = Script::new();
        script.reply("POST http://api/login", Reply::json(said));
        script.reply("GET http://api/list", Reply::json("{}"));
        let asker = Asker::new(&script, usual.map(Duration::from_secs));
        assert_eq!(asker.ask().await.unwrap(), 200);
        tokio::time::advance(Duration::from_secs(seconds)).await;
        assert_eq!(asker.ask().await.unwrap(), 200);
        assert_eq!(logins(&script), wanted, "{said} {usual:?} {seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_is_asked_for_once_more() {
    let script = Script::new();
    let said = r#"{"token":"t","expires_in":600}"#;
    script.reply("POST http://api/login", Reply::json(said));
    script.reply("GET http://api/list", Reply::json("{}"));
    let asker = Asker::new(&script, None);
    asker.ask().await.unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    script.reply("GET http://api/list", Reply::status(401));
    assert_eq!(asker.ask().await.unwrap(), 401);
    assert_eq!(logins(&script), 2);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_sent_once_whoever_asks() {
    let script = Script::new();
    script.reply("POST http://api/login", Reply::status(401));
    let asker = Asker::new(&script, None);
    let (one, other) = tokio::join!(asker.ask(), asker.ask());
    assert!(one.is_err() && other.is_err());
    assert!(asker.ask().await.is_err());
    assert_eq!(logins(&script), 1);
    assert!(script.lines().iter().all(|line| !line.contains("/list")));
}
