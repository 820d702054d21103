//! Quay's `/v2` and its token service (endpoints/v2: v2auth.py, catalog.py, tag.py).

use hyper::header::{HeaderMap, IF_NONE_MATCH, LINK, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use serde_json::json;

use super::{AUTH, LIFETIME, MOST, Quay, behind, cursor};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::behaviour::{Cap, LinkStyle, Paging, TagPaging};
use crate::simulator::product::user::{Account, User};
use crate::simulator::random::mix_text;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::reveal;
use crate::simulator::route::Route;
use crate::simulator::token::{Issued, Need, Scope, credentials_of};

/// Its Bearer challenge, with the scope that is needed where there is one.
pub(super) fn challenge(registry: &Registry, need: Option<&Need>) -> String {
    let origin = &registry.origins().registry;
    let realm = format!("{origin}{AUTH}");
    let service = origin.split_once("://").map_or("", |(_, host)| host);
    need.map_or_else(
        || format!("Bearer realm=\"{realm}\",service=\"{service}\""),
        |need| need.challenge(&realm, service, None),
    )
}

fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    answer::error(status, code, message, Some(json!({})))
}

impl Quay {
    /// Hands out tokens. Only repositories can be named, and only by these actions; a token
    /// for nothing is for who signs in.
    pub(super) fn auth(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        let user = match self.account(asked.authorization) {
            Account::Known(user) => Some(user),
            Account::Anonymous => None,
            Account::Wrong => {
                registry.count_failure();
                let message = "Invalid Username or Password";
                return error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message).into();
            }
        };
        let mut granted = Vec::new();
        let parameters = crate::simulator::list::pairs(asked.query);
        for (_, text) in parameters.filter(|(key, value)| key == "scope" && !value.is_empty()) {
            let Some(scope) = parsed(&text) else {
                let message = format!("Unable to decode repository and actions: {text}");
                return error(StatusCode::BAD_REQUEST, "INVALID_REQUEST", &message).into();
            };
            let name = scope.resource.trim_start_matches("repository:");
            if self.may_read(user, name) {
                granted.push(scope);
            }
        }
        let is_empty = !crate::simulator::list::pairs(asked.query).any(|(key, _)| key == "scope");
        if user.is_none() && is_empty {
            let message = "Requires authentication";
            return error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message).into();
        }
        let seed = registry.behaviour().seed;
        let tokens = registry.tokens();
        let issued = match user {
            Some(user) => tokens.hand_out_to(seed, "", &user.name, granted),
            None => tokens.hand_out(seed, None, granted, asked.query),
        };
        match issued {
            // Nothing besides: no `expires_in`.
            Issued::Token(token) => Reply {
                answer: answer::json(json!({ "token": token }).to_string()),
                token: Some((token, LIFETIME)),
            },
            _ => answer::plain(StatusCode::INTERNAL_SERVER_ERROR, "").into(),
        }
    }

    pub(super) fn v2(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if asked.route == Route::PingWithoutSlash {
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, "/v2/");
        }
        let token = credentials_of(asked.authorization, "bearer");
        let holder = token.and_then(|token| registry.tokens().holder(token));
        let user = holder.and_then(|name| self.user(&name));
        // What is no token of its own opens nothing, Basic no more than any other.
        let is_wrong = asked.authorization.is_some()
            && token.is_none_or(|token| registry.tokens().opens(token, &nothing()).is_none());
        if asked.route == Route::Ping {
            let mut answer = answer::json(&b"true"[..]);
            if user.is_none() {
                *answer.status_mut() = StatusCode::UNAUTHORIZED;
            }
            return answer;
        }
        if asked.route == Route::Catalogue && !is_wrong {
            return catalogue(asked, registry, user);
        }
        if let Some(name) = asked.route.repository() {
            let need = Need::of(&Route::Tags(name.to_owned()));
            let opens =
                token.is_some_and(|token| registry.tokens().opens(token, &need) == Some(true));
            if is_wrong || !(opens || self.is_public(name) && registry.content().has(name)) {
                return refusal(registry, Some(&need));
            }
        } else if is_wrong {
            return refusal(registry, None);
        }
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        match &asked.route {
            Route::Tags(name) if !registry.content().has(name) => error(
                StatusCode::NOT_FOUND,
                "NAME_UNKNOWN",
                "repository name not known to registry",
            ),
            Route::Tags(name) => {
                let paging = Paging {
                    default: MOST,
                    cap: Cap::Clamp(MOST),
                    link: LinkStyle::Absolute,
                    tags: TagPaging::Always,
                    null_when_empty: false,
                    ..Paging::default()
                };
                registry.tags(&paging, name, asked.query)
            }
            Route::Manifest(name, reference) => {
                // It compares nothing with what somebody has.
                let mut headers: HeaderMap = asked.headers.clone();
                headers.remove(IF_NONE_MATCH);
                let asked = Asked {
                    headers: &headers,
                    body: asked.body.clone(),
                    route: asked.route.clone(),
                    ..*asked
                };
                registry.manifest(&asked, name, reference)
            }
            Route::Blob(name, digest) => registry.blob(name, digest),
            Route::Referrers(name, digest) => reveal::referrers(registry.content(), name, digest),
            _ => answer::no_such_page(),
        }
    }
}

/// What any token opens.
fn nothing() -> Need {
    Need::of(&Route::Ping)
}

fn refusal(registry: &Registry, need: Option<&Need>) -> Answer {
    let message = "access to the requested resource is not authorized";
    let mut refusal = error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message);
    answer::set(&mut refusal, WWW_AUTHENTICATE, &challenge(registry, need));
    refusal
}

/// A scope in the one form that is known.
fn parsed(text: &str) -> Option<Scope> {
    let scope = Scope::parse(text)?;
    let is_known = |action: &String| matches!(action.as_str(), "push" | "pull" | "*");
    let is_repository = scope.resource.starts_with("repository:");
    (is_repository && scope.actions.iter().all(is_known)).then_some(scope)
}

/// What somebody was given to read, in the order of numbers that nobody knows; what everybody
/// may read is not among it, and nobody is shown nothing.
fn catalogue(asked: &Asked<'_>, registry: &Registry, user: Option<&User>) -> Answer {
    let mut names = registry.content().names();
    names.retain(|name| user.is_some_and(|user| user.may_read(name)));
    names.sort_by_key(|name| mix_text(7, name));
    // Nonsense is the smallest page.
    let size = asked
        .parameter("n")
        .map_or(MOST, |n| n.parse().unwrap_or(1));
    let size = size.clamp(1, MOST);
    let from = behind(
        asked
            .parameter("next_page")
            .or_else(|| asked.parameter("last")),
    );
    let page: Vec<&String> = names.iter().skip(from).take(size).collect();
    let mut answer = answer::json(json!({ "repositories": page }).to_string());
    if names.len() > from + size {
        let origin = &registry.origins().registry;
        let token = cursor(from + size);
        let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
        let link = format!("<{origin}/v2/_catalog?n={size}&next_page={token}>; rel=\"next\"");
        answer::set(&mut answer, LINK, &link);
    }
    answer
}
