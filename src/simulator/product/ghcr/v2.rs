//! The `/v2` of GitHub's container registry, and its token service.

use hyper::header::WWW_AUTHENTICATE;
use hyper::{Method, StatusCode};
use serde_json::json;

use super::{Ghcr, TOKEN};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::behaviour::{Cap, Paging, TagPaging};
use crate::simulator::product::user::basic;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;
use crate::simulator::token::{Issued, Need, Scope, credentials_of, scopes};

const SERVICE: &str = "ghcr.io";
/// How long a token lives.
const LIFETIME: std::time::Duration = std::time::Duration::from_mins(5);

fn denied(message: &str) -> Answer {
    answer::error(StatusCode::FORBIDDEN, "DENIED", message, None)
}

impl Ghcr {
    /// Hands out tokens for an access token, by whatever name, and to nobody what is public.
    /// What may not be read is refused here.
    pub(super) fn hand_out(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        let given = basic(asked.authorization);
        let token = given.as_ref().and_then(|(_, secret)| self.token(secret));
        if given.is_some() && token.is_none() {
            registry.count_failure();
            return denied("denied").into();
        }
        let wanted = scopes(asked.query);
        let may = |scope: &Scope| {
            let name = scope.resource.strip_prefix("repository:");
            name.is_some_and(|name| self.may_read(token, name))
        };
        if !wanted.iter().all(may) {
            return denied("requested access to the resource is denied").into();
        }
        let behaviour = registry.behaviour();
        let tokens = registry.tokens();
        match tokens.hand_out(behaviour.seed, behaviour.token_uses, wanted, asked.query) {
            Issued::Token(token) => Reply {
                answer: answer::json(json!({ "token": token }).to_string()),
                token: Some((token, LIFETIME)),
            },
            _ => answer::plain(StatusCode::SERVICE_UNAVAILABLE, "").into(),
        }
    }

    pub(super) fn v2(asked: &Asked<'_>, registry: &Registry) -> Answer {
        if asked.route == Route::PingWithoutSlash {
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, "/v2/");
        }
        if asked.route == Route::Catalogue {
            return answer::no_such_page();
        }
        // The ping's challenge names a repository that there is not.
        let need = match &asked.route {
            Route::Ping => Need::new("repository:user/image".to_owned(), "pull"),
            route => Need::of(route),
        };
        let token = credentials_of(asked.authorization, "bearer");
        let opened = token.and_then(|token| {
            let need = Need::of(&asked.route);
            registry.tokens().opens(token, &need)
        });
        match (token, opened) {
            (Some(_), Some(true)) => {}
            // An access token is none of the registry's, and neither is that of another.
            (Some(_), _) => return denied("requested access to the resource is denied"),
            (None, _) => {
                let realm = format!("{}{TOKEN}", registry.origins().registry);
                let challenge = need.challenge(&realm, SERVICE, None);
                let mut refusal = answer::unauthorized(&challenge, &need);
                answer::set(&mut refusal, WWW_AUTHENTICATE, &challenge);
                return refusal;
            }
        }
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        match &asked.route {
            Route::Ping => answer::json(&b"{}"[..]),
            Route::Tags(name) => {
                let paging = Paging {
                    default: 100,
                    cap: Cap::Clamp(1000),
                    tags: TagPaging::Always,
                    null_when_empty: false,
                    ..Paging::default()
                };
                registry.tags(&paging, name, asked.query)
            }
            Route::Manifest(name, reference) => {
                if *asked.method == Method::GET
                    && let Some(stored) = registry.content().manifest(name, reference)
                {
                    registry.content().count_pull(name, &stored.digest);
                }
                registry.manifest(asked, name, reference)
            }
            Route::Blob(name, digest) => registry.blob(name, digest),
            _ => answer::no_such_page(),
        }
    }
}
