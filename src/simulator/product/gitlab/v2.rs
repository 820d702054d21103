//! The `/v2` of GitLab's container registry (registry/handlers).

use hyper::header::{HeaderName, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use serde_json::json;

use super::{Gitlab, SERVICE};
use crate::model::Digest;
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::behaviour::{Cap, Paging, TagPaging};
use crate::simulator::registry::Registry;
use crate::simulator::route::Route;
use crate::simulator::token::{Need, credentials_of};

const VERSION: HeaderName = HeaderName::from_static("gitlab-container-registry-version");
const FEATURES: HeaderName = HeaderName::from_static("gitlab-container-registry-features");
const DATABASE: HeaderName = HeaderName::from_static("gitlab-container-registry-database-enabled");

/// The most entries of the catalogue that may be asked for.
const MOST: i64 = 1000;
/// Entries of a page where the client does not say, or says nonsense.
const USUAL: usize = 100;

impl Gitlab {
    pub(super) fn v2(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if asked.route == Route::PingWithoutSlash {
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, "/v2/");
        }
        let need = match (asked.method, asked.route.repository()) {
            (&Method::DELETE, Some(name)) => Need::new(format!("repository:{name}"), "delete"),
            _ => Need::of(&asked.route),
        };
        if let Some(refusal) = refusal(asked, registry, &[need]) {
            return refusal;
        }
        if *asked.method == Method::DELETE {
            return self.delete(asked, registry);
        }
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        match &asked.route {
            Route::Ping => {
                let mut answer = answer::json(&b"{}"[..]);
                self.version_of(&mut answer);
                answer::set(&mut answer, FEATURES, "tag_delete");
                answer::set(&mut answer, DATABASE, &self.database.to_string());
                answer
            }
            Route::Catalogue => self.catalogue(asked, registry),
            Route::Tags(name) => {
                let paging = Paging {
                    default: USUAL,
                    cap: Cap::None,
                    tags: if self.database {
                        TagPaging::Always
                    } else {
                        TagPaging::Never
                    },
                    ..Paging::default()
                };
                registry.tags(&paging, name, &with_good_number(asked))
            }
            Route::Manifest(name, reference) => registry.manifest(asked, name, reference),
            Route::Blob(name, digest) => registry.blob(name, digest),
            // There is no route for referrers.
            _ => answer::no_such_page(),
        }
    }

    pub(super) fn version_of(&self, answer: &mut Answer) {
        answer::set(answer, VERSION, &self.version);
    }

    /// Repositories with manifests where there is a database, all in the order of
    /// directories where there is none.
    fn catalogue(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        let wish = asked.parameter("n").and_then(|n| n.parse::<i64>().ok());
        if wish.is_some_and(|n| n > MOST) {
            return answer::error(
                StatusCode::BAD_REQUEST,
                "PAGINATION_NUMBER_INVALID",
                "invalid number of results requested",
                Some(json!("n must be no larger than 1000")),
            );
        }
        let content = registry.content();
        let paging = Paging {
            default: USUAL,
            cap: Cap::None,
            ..Paging::default()
        };
        let query = with_good_number(asked);
        let path = "/v2/_catalog";
        if !self.database {
            let find = |last: Option<&str>, limit| content.catalogue(last, limit);
            return registry.catalogue(&paging, &query, path, find);
        }
        let mut names = content.names();
        names.retain(|name| !content.held(name).is_empty());
        let find = |last: Option<&str>, limit| {
            let behind = names.iter().filter(|name| Some(name.as_str()) > last);
            behind.take(limit).cloned().collect()
        };
        registry.catalogue(&paging, &query, path, find)
    }

    /// Nothing is deleted here, for that is switched off; but protected tags are refused
    /// as they are everywhere, by a 401 that is no matter of signing in.
    fn delete(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        let Route::Manifest(name, reference) = &asked.route else {
            return answer::unsupported();
        };
        let refused = |code: &str, message: &str, detail: String| {
            let detail = Some(json!(detail));
            answer::error(StatusCode::UNAUTHORIZED, code, message, detail)
        };
        if reference.parse::<Digest>().is_ok() {
            let has_rule = self.protected.iter().any(|(kept, _)| kept == name);
            if has_rule {
                let detail = format!("manifest {reference} is protected");
                return refused("PROTECTED_MANIFEST", "manifest is protected", detail);
            }
        } else if self.protects(name, reference) {
            let detail = format!("tag \"{reference}\" is protected");
            return refused("PROTECTED_TAG", "tag is protected", detail);
        } else if registry.content().is_immutable(name, reference) {
            let detail = format!("tag \"{reference}\" is immutable");
            return refused("IMMUTABLE_TAG", "tag is immutable", detail);
        }
        answer::unsupported()
    }
}

/// The refusal of a request whose token does not open all that it needs. Basic opens
/// nothing, and is asked for nowhere.
pub(super) fn refusal(asked: &Asked<'_>, registry: &Registry, needs: &[Need]) -> Option<Answer> {
    let token = credentials_of(asked.authorization, "bearer");
    let error = match token {
        None => None,
        Some(token) => {
            let opened = needs
                .iter()
                .map(|need| registry.tokens().opens(token, need));
            let opened: Vec<Option<bool>> = opened.collect();
            if opened.iter().all(|opened| *opened == Some(true)) {
                return None;
            }
            let known = opened.iter().all(Option::is_some);
            Some(if known {
                "insufficient_scope"
            } else {
                "invalid_token"
            })
        }
    };
    let need = needs.first()?;
    let realm = format!("{}/jwt/auth", registry.origins().api);
    let challenge = need.challenge(&realm, SERVICE, error);
    let mut refusal = answer::unauthorized(&challenge, need);
    answer::set(&mut refusal, WWW_AUTHENTICATE, &challenge);
    Some(refusal)
}

/// The query without an `n` that is none: 0, below it, or no number at all.
fn with_good_number(asked: &Asked<'_>) -> String {
    let good = |(key, value): &(_, std::borrow::Cow<'_, str>)| {
        *key != "n" || value.parse::<i64>().is_ok_and(|n| n > 0)
    };
    let pairs = crate::simulator::list::pairs(asked.query).filter(good);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    query.finish()
}
