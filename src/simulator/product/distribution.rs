//! CNCF Distribution 2.8 (OCI distribution-spec 1.1), as the behaviour's values say: open,
//! with Basic, or with a token service at `/auth/token`.

use hyper::header::{HeaderName, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use serde_json::json;

use super::Personality;
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::behaviour::{Auth, Behaviour};
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::reveal;
use crate::simulator::route::Route;
use crate::simulator::token::{Access, Issued, Need, access};

#[derive(Debug)]
pub(in crate::simulator) struct Distribution;

impl Personality for Distribution {
    fn mark(&self, asked: &Asked<'_>, registry: &Registry, answer: &mut Answer) {
        if asked.route == Route::Token {
            return;
        }
        for (name, value) in &registry.behaviour().marks.headers {
            answer::set(answer, HeaderName::from_static(name), value);
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match asked.route {
            Route::Token => token(asked, registry),
            _ => below_v2(asked, registry).into(),
        }
    }
}

fn below_v2(asked: &Asked<'_>, registry: &Registry) -> Answer {
    let (route, query) = (&asked.route, asked.query);
    if *route == Route::PingWithoutSlash {
        return answer::redirect(StatusCode::MOVED_PERMANENTLY, "/v2/");
    }
    let need = Need::of(route);
    let auth = &registry.behaviour().auth;
    let challenge = |error| challenge(registry, &need, error);
    match access(
        auth,
        registry.tokens(),
        asked.authorization,
        &need,
        challenge,
    ) {
        Access::Granted => {}
        Access::Challenged(challenge) => return answer::unauthorized(&challenge, &need),
    }
    if *asked.method == Method::OPTIONS
        && let Some(methods) = reveal::methods(route)
    {
        return reveal::allow(methods);
    }
    if !matches!(*asked.method, Method::GET | Method::HEAD) {
        return answer::unsupported();
    }
    let paging = &registry.behaviour().paging;
    match route {
        Route::Ping => answer::json(&b"{}"[..]),
        Route::Catalogue => {
            let find = |last: Option<&str>, limit| registry.content().catalogue(last, limit);
            registry.catalogue(paging, query, "/v2/_catalog", find)
        }
        Route::Tags(name) => registry.tags(paging, name, query),
        Route::Manifest(name, reference) => registry.manifest(asked, name, reference),
        Route::Blob(name, digest) => registry.blob(name, digest),
        Route::Referrers(name, digest) if registry.behaviour().referrers => {
            reveal::referrers(registry.content(), name, digest)
        }
        _ => answer::no_such_page(),
    }
}

fn challenge(registry: &Registry, need: &Need, error: Option<&str>) -> String {
    let Behaviour { auth, marks, .. } = registry.behaviour();
    let Auth::Token { .. } = auth else {
        return format!("Basic realm=\"{}\"", marks.realm);
    };
    let realm = format!("{}/auth/token", registry.origins().registry);
    need.challenge(&realm, &marks.service, error)
}

fn token(asked: &Asked<'_>, registry: &Registry) -> Reply {
    let behaviour = registry.behaviour();
    let Auth::Token {
        credentials,
        anonymous_pull,
        lifetime,
    } = &behaviour.auth
    else {
        return answer::no_such_page().into();
    };
    let Behaviour {
        seed, token_uses, ..
    } = *behaviour;
    let tokens = registry.tokens();
    let issued = match (asked.method, &behaviour.identity_token) {
        (&Method::GET, _) => tokens.issue(
            seed,
            token_uses,
            credentials.as_ref(),
            *anonymous_pull,
            asked.authorization,
            asked.query,
        ),
        (&Method::POST, Some(known)) => {
            let form = String::from_utf8_lossy(&asked.body);
            tokens.issue_by_form(seed, token_uses, known, &form)
        }
        // The OAuth2 form is absent, as it is in many token servers.
        _ => return answer::no_such_page().into(),
    };
    match issued {
        Issued::Token(token) => {
            let key = if *asked.method == Method::GET {
                "token"
            } else {
                "access_token"
            };
            let body = json!({ key: token, "expires_in": lifetime.as_secs() });
            Reply {
                answer: answer::json(body.to_string()),
                token: Some((token, *lifetime)),
            }
        }
        Issued::Refused => {
            let mut refusal = answer::error(
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED",
                "incorrect username or password",
                None,
            );
            let realm = format!("Basic realm=\"{}\"", behaviour.marks.realm);
            answer::set(&mut refusal, WWW_AUTHENTICATE, &realm);
            refusal.into()
        }
        Issued::Throttled => answer::error(
            StatusCode::TOO_MANY_REQUESTS,
            "TOOMANYREQUESTS",
            "too many tokens are alive",
            None,
        )
        .into(),
    }
}
