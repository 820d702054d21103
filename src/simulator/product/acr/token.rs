//! Tokens of Azure's registries: by name and password, by a refresh token, by an access
//! token of Microsoft Entra ID that is exchanged for one (Azure/acr docs/AAD-OAuth.md).

use std::borrow::Cow;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Acr, EXCHANGE, unauthorized};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::product::user::{Account, User};
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::token::{Issued, Need, scopes};

/// What a refresh token begins with here.
const REFRESH: &str = "refresh.";

impl Acr {
    pub(super) fn token(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        let form = String::from_utf8_lossy(&asked.body);
        match (asked.path, asked.method) {
            (EXCHANGE, &Method::POST) => self.exchange(registry, &form).into(),
            (EXCHANGE, _) => answer::unsupported().into(),
            (_, &Method::POST) => self.by_form(registry, &form),
            (_, &Method::GET) => {
                let user = match Account::by_basic(&self.users, asked.authorization) {
                    Account::Known(user) => Some(user),
                    Account::Anonymous if self.anonymous_pull => None,
                    Account::Anonymous | Account::Wrong => return refused(registry).into(),
                };
                self.issue(registry, user, asked.query)
            }
            _ => answer::unsupported().into(),
        }
    }

    fn by_form(&self, registry: &Registry, form: &str) -> Reply {
        let value = |key: &str| value(form, key);
        match value("grant_type").as_deref() {
            Some("refresh_token") => {
                let given = value("refresh_token").unwrap_or_default();
                let kept = || {
                    let mut kept = self.refresh_tokens.iter();
                    kept.find(|user| user.secret.expose() == given && !user.expired)
                };
                let holder = registry.tokens().holder(&given);
                let exchanged = holder.and_then(|name| {
                    let mut known = self.entra.iter();
                    known.find(|user| user.name == name)
                });
                match exchanged.or_else(kept) {
                    Some(user) => self.issue(registry, Some(user), form),
                    None => refused(registry).into(),
                }
            }
            // Nobody's password.
            Some("password") if self.anonymous_pull => self.issue(registry, None, form),
            Some("password") => refused(registry).into(),
            _ => bad_request("unsupported grant_type").into(),
        }
    }

    /// A refresh token for an access token of who may use the registry.
    fn exchange(&self, registry: &Registry, form: &str) -> Answer {
        let value = |key: &str| value(form, key);
        let is = |key: &str, wanted: &str| value(key).as_deref() == Some(wanted);
        if !is("grant_type", "access_token") {
            return bad_request("unsupported grant_type");
        }
        if !is("service", &self.service()) {
            return bad_request("the service is not this registry");
        }
        let given = value("access_token").unwrap_or_default();
        let mut known = self.entra.iter();
        let user = known.find(|user| user.secret.expose() == given && !user.expired);
        let Some(user) = user else {
            return refused(registry);
        };
        let seed = registry.behaviour().seed;
        let issued = registry
            .tokens()
            .hand_out_to(seed, REFRESH, &user.name, Vec::new());
        match issued {
            Issued::Token(token) => said(&json!({ "refresh_token": token })),
            Issued::Refused | Issued::Throttled => throttled(),
        }
    }

    /// A token for what is asked for and open; less is no error.
    fn issue(&self, registry: &Registry, user: Option<&User>, asked: &str) -> Reply {
        if value(asked, "service").as_deref() != Some(&self.service()) {
            return bad_request("the service is not this registry").into();
        }
        let granted = scopes(asked)
            .into_iter()
            .map(|scope| self.granted(user, scope))
            .collect();
        let (seed, uses) = (registry.behaviour().seed, registry.behaviour().token_uses);
        match registry.tokens().hand_out(seed, uses, granted, asked) {
            // `access_token` and nothing else.
            Issued::Token(token) => Reply {
                answer: said(&json!({ "access_token": token })),
                token: Some((token, self.token_lifetime)),
            },
            Issued::Refused | Issued::Throttled => throttled().into(),
        }
    }
}

fn value<'a>(form: &'a str, key: &str) -> Option<Cow<'a, str>> {
    url::form_urlencoded::parse(form.as_bytes())
        .find(|(name, _)| name == key)
        .map(|(_, value)| value)
}

fn said(value: &Value) -> Answer {
    answer::json(value.to_string())
}

fn refused(registry: &Registry) -> Answer {
    registry.count_failure();
    unauthorized(&Need::of(&crate::simulator::route::Route::Ping))
}

fn bad_request(message: &str) -> Answer {
    answer::error(StatusCode::BAD_REQUEST, "BAD_REQUEST", message, None)
}

fn throttled() -> Answer {
    let message = "too many requests";
    answer::error(
        StatusCode::TOO_MANY_REQUESTS,
        "TOOMANYREQUESTS",
        message,
        None,
    )
}
