//! zot 2: Basic for those it knows, and a part for everybody where that is allowed; lists
//! that hold what one may read; and its extensions.
//!
//! By project-zot/zot `pkg/api/{routes,authn,authz}.go` and `pkg/extensions`.

mod search;

use hyper::header::{HeaderName, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use serde_json::json;

use super::Personality;
use super::user::{Account, User};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::behaviour::{Cap, LinkStyle, Paging, TagPaging};
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::reveal;
use crate::simulator::route::Route;

const SEARCH: &str = "/v2/_zot/ext/search";
const MANAGEMENT: &str = "/v2/_zot/ext/mgmt";
const DISCOVERY: &str = "/v2/_oci/ext/discover";

/// An empty name and an empty password, which are as good as none (`authn.go`).
const EMPTY: &str = "Basic Og==";

/// A zot server.
#[derive(Clone, Debug)]
pub struct Zot {
    /// The version that it tells everybody.
    pub version: String,
    /// Who may sign in.
    pub users: Vec<User>,
    /// What everybody may read; `None` where everybody signs in.
    pub anonymous: Option<User>,
    /// Whether its search extension is switched on.
    pub searches: bool,
    /// Whether its search knows when images were pushed and pulled, as it does since 2.1.2.
    pub knows_times: bool,
    /// Whether a query that names a field it does not know is answered by 200 and not by 422.
    pub errs_with_success: bool,
    /// How many images the search counts besides those that there are.
    pub counts_besides: usize,
}

impl Default for Zot {
    fn default() -> Self {
        Self {
            version: "v2.1.20".to_owned(),
            users: Vec::new(),
            anonymous: None,
            searches: true,
            knows_times: true,
            errs_with_success: false,
            counts_besides: 0,
        }
    }
}

/// Any `n` is granted, and none means all.
fn paging() -> Paging {
    Paging {
        default: usize::MAX,
        cap: Cap::None,
        link: LinkStyle::Written("<{path}?n={n}&last={raw}>; rel=\"next\"".to_owned()),
        tags: TagPaging::Asked,
        null_when_empty: false,
        ..Paging::default()
    }
}

impl Zot {
    /// Whose request it is.
    ///
    /// # Errors
    ///
    /// Nobody's who may ask for anything: what is answered.
    fn who(&self, asked: &Asked<'_>, registry: &Registry) -> Result<&User, Box<Answer>> {
        // Clients that were welcomed with a challenge sign in by an empty name.
        let said = asked.authorization.filter(|text| *text != EMPTY);
        match Account::by_basic(&self.users, said) {
            Account::Known(user) => Ok(user),
            Account::Anonymous => self
                .anonymous
                .as_ref()
                .ok_or_else(|| Box::new(unauthorized())),
            Account::Wrong => {
                registry.count_failure();
                Err(Box::new(unauthorized()))
            }
        }
    }

    fn v2(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if asked.route == Route::PingWithoutSlash {
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, "/v2/");
        }
        let user = match self.who(asked, registry) {
            Ok(user) => user,
            Err(refusal) => return *refusal,
        };
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        let name = asked.route.repository();
        if name.is_some_and(|name| !user.may_read(name)) {
            return denied();
        }
        match &asked.route {
            // Clients that read nothing but this are told that they could sign in.
            Route::Ping => {
                let mut welcome = answer::json("");
                if self.anonymous.is_some() && asked.authorization.is_none() {
                    answer::set(&mut welcome, WWW_AUTHENTICATE, "basic realm=zot local");
                }
                welcome
            }
            Route::Catalogue => {
                // Whatever is found behind a full page passes for more, as the files of its
                // last repository; and nothing is behind a repository that is gone.
                let paging = Paging {
                    link_after_full_page: true,
                    ..paging()
                };
                registry.catalogue(&paging, asked.query, "/v2/_catalog", |last, limit| {
                    if last.is_some_and(|last| !registry.content().has(last)) {
                        return Vec::new();
                    }
                    let names = registry.content().catalogue(last, usize::MAX).into_iter();
                    let names = names.filter(|name| user.may_read(name));
                    names.take(limit).collect()
                })
            }
            Route::Tags(name) => {
                let last = asked.parameter("last").filter(|last| !last.is_empty());
                let tags = registry.content().tags(name, None, usize::MAX);
                let is_known = |last: &String| tags.iter().flatten().any(|tag| tag == last);
                if last.as_ref().is_some_and(|last| !is_known(last)) {
                    return answer::plain(StatusCode::NOT_FOUND, "");
                }
                registry.tags(&paging(), name, asked.query)
            }
            // What is stored is served, whatever is accepted.
            Route::Manifest(name, reference) => registry.manifest(asked, name, reference),
            Route::Blob(name, digest) => registry.blob(name, digest),
            Route::Referrers(name, digest) => reveal::referrers(registry.content(), name, digest),
            _ => answer::no_such_page(),
        }
    }

    fn extension(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        match asked.path {
            MANAGEMENT => answer::json(
                json!({
                    "distSpecVersion": "1.1.1",
                    "commit": "v2.1.20-0-g6d19b44",
                    "releaseTag": self.version,
                    "binaryType": "search-mgmt",
                    "http": { "auth": { "htpasswd": {} } },
                })
                .to_string(),
            ),
            SEARCH if self.searches => match self.who(asked, registry) {
                Ok(user) => self.search(asked, registry, user),
                Err(refusal) => *refusal,
            },
            DISCOVERY => answer::json(
                json!({
                    "extensions": [{
                        "name": "_zot",
                        "url": "https://github.com/project-zot/zot/blob/main/pkg/extensions/_zot.md",
                        "description": "zot registry extensions",
                        "endpoints": [SEARCH, MANAGEMENT],
                    }],
                })
                .to_string(),
            ),
            _ => answer::no_such_page(),
        }
    }
}

/// An error alone, in no list (`authFail`).
fn unauthorized() -> Answer {
    let body = json!({
        "code": "UNAUTHORIZED",
        "message": "authentication required",
        "description": "The client is not authenticated",
        "detail": null,
    });
    let mut refusal = answer::json(body.to_string());
    *refusal.status_mut() = StatusCode::UNAUTHORIZED;
    let challenge = "Basic realm=\"Authorization Required\"";
    answer::set(&mut refusal, WWW_AUTHENTICATE, challenge);
    refusal
}

fn denied() -> Answer {
    let message = "requested access to the resource is denied";
    let mut refusal = answer::error(StatusCode::FORBIDDEN, "DENIED", message, None);
    let challenge = "Basic realm=\"Authorization Required\"";
    answer::set(&mut refusal, WWW_AUTHENTICATE, challenge);
    refusal
}

impl Personality for Zot {
    fn route(&self, _: Origin, path: &str) -> Route {
        match path {
            SEARCH => Route::Api(None),
            MANAGEMENT | DISCOVERY => Route::Other,
            _ => Route::parse(path),
        }
    }

    fn mark(&self, asked: &Asked<'_>, _: &Registry, answer: &mut Answer) {
        if asked.path.starts_with("/v2/") {
            let name = HeaderName::from_static("docker-distribution-api-version");
            answer::set(answer, name, "registry/2.0");
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match asked.path {
            SEARCH | MANAGEMENT | DISCOVERY => self.extension(asked, registry).into(),
            _ => self.v2(asked, registry).into(),
        }
    }
}

#[cfg(test)]
mod tests;
