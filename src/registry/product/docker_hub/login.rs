//! The token that its API takes, for a name and a password or access token.

use std::time::Duration;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::http::{Request, Url};
use crate::model::Credentials;
use crate::registry::api;
use crate::registry::login::Login;

/// How long its tokens are used: they live for ten minutes, and do not say so.
const LIFETIME: Duration = Duration::from_mins(5);

/// Most bytes read of an answer that holds a token.
const TOKEN_CAP: usize = 64 * 1024;

/// Asks for the token that its API takes.
pub(super) struct HubLogin;

#[derive(Serialize)]
struct SignIn<'a> {
    identifier: &'a str,
    secret: &'a str,
}

impl Login for HubLogin {
    fn ask(&self, place: &Url, known: &Credentials) -> Result<Request, String> {
        let mut url = place.clone();
        url.set_path("v2/auth/token");
        let body = serde_json::to_string(&SignIn {
            identifier: &known.username,
            secret: known.password.expose(),
        });
        let body = Zeroizing::new(body.map_err(|error| error.to_string())?);
        let request = Request::post_json(url, TOKEN_CAP, "application/json");
        Ok(api::json(request).with_body(body))
    }

    fn lifetime(&self) -> Option<Duration> {
        Some(LIFETIME)
    }
}
