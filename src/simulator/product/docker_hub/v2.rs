//! The `/v2` of Docker Hub and its token service.

use hyper::header::WWW_AUTHENTICATE;
use hyper::{Method, StatusCode};
use serde_json::json;

use super::{DockerHub, TOKEN};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::behaviour::{Cap, Paging, TagPaging};
use crate::simulator::product::user::Account;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;
use crate::simulator::token::{Issued, Need, Scope, credentials_of, scopes};

const SERVICE: &str = "registry.docker.io";
/// How long a token lives.
const LIFETIME: std::time::Duration = std::time::Duration::from_mins(5);

impl DockerHub {
    /// Hands out a token whatever was asked for; it opens what may be read, and no catalogue.
    pub(super) fn token(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        let user = match Account::by_basic(&self.users, asked.authorization) {
            Account::Known(user) => Some(user),
            Account::Anonymous => None,
            Account::Wrong => {
                registry.count_failure();
                let body = json!({ "details": "incorrect username or password" });
                let mut answer = answer::json(body.to_string());
                *answer.status_mut() = StatusCode::UNAUTHORIZED;
                return answer.into();
            }
        };
        let granted = |scope: &Scope| {
            let name = scope.resource.strip_prefix("repository:")?;
            self.may_read(user, name).then(|| Scope {
                resource: scope.resource.clone(),
                actions: vec!["pull".to_owned()],
            })
        };
        let granted: Vec<Scope> = scopes(asked.query).iter().filter_map(granted).collect();
        let behaviour = registry.behaviour();
        let tokens = registry.tokens();
        match tokens.hand_out(behaviour.seed, behaviour.token_uses, granted, asked.query) {
            Issued::Token(token) => Reply {
                answer: answer::json(
                    json!({
                        "token": token,
                        "access_token": token,
                        "expires_in": LIFETIME.as_secs(),
                        "issued_at": "2026-08-21T10:00:00.123456789Z",
                    })
                    .to_string(),
                ),
                token: Some((token, LIFETIME)),
            },
            _ => answer::plain(StatusCode::SERVICE_UNAVAILABLE, "").into(),
        }
    }

    pub(super) fn v2(asked: &Asked<'_>, registry: &Registry) -> Answer {
        if asked.route == Route::PingWithoutSlash {
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, "/v2/");
        }
        let need = Need::of(&asked.route);
        let token = credentials_of(asked.authorization, "bearer");
        let opened = token.and_then(|token| registry.tokens().opens(token, &need));
        // Nobody is shown a catalogue, and what may not be read is not there for anybody.
        if opened != Some(true) || asked.route == Route::Catalogue {
            let error = match (token, opened) {
                (None, _) => None,
                (Some(_), None) => Some("invalid_token"),
                (Some(_), Some(_)) => Some("insufficient_scope"),
            };
            let realm = format!("{}{TOKEN}", registry.origins().api);
            let challenge = need.challenge(&realm, SERVICE, error);
            let mut refusal = answer::unauthorized(&challenge, &need);
            answer::set(&mut refusal, WWW_AUTHENTICATE, &challenge);
            return refusal;
        }
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        match &asked.route {
            Route::Ping => answer::json(&b"{}"[..]),
            Route::Tags(name) => {
                let paging = Paging {
                    default: usize::MAX,
                    cap: Cap::None,
                    tags: TagPaging::Asked,
                    null_when_empty: false,
                    ..Paging::default()
                };
                registry.tags(&paging, name, asked.query)
            }
            Route::Manifest(name, reference) => registry.manifest(asked, name, reference),
            Route::Blob(name, digest) => registry.blob(name, digest),
            _ => answer::no_such_page(),
        }
    }
}
