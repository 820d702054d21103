//! Gitea and Forgejo: their container registry, and the API over all packages
//! (routers/api/packages/container, routers/api/v1/packages).

mod api;
#[cfg(test)]
mod tests;

use std::time::Duration;

use hyper::header::{HeaderName, LINK, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::Personality;
use super::user::{Account, User};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::behaviour::{Cap, LinkStyle, Paging, TagPaging};
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;
use crate::simulator::token::{Issued, credentials_of};

const TOKEN: &str = "/v2/token";
const API: &str = "/api/v1/";
const FORGEJO: &str = "/api/forgejo/v1/";

/// Who nobody is, to whom a token is given all the same.
const GHOST: &str = "ghost";

/// A server of Gitea or Forgejo. A repository's first component is its owner, a person or an
/// organisation.
#[derive(Clone, Debug)]
pub struct Gitea {
    /// Its version, `9.0.0+gitea-1.22.0` of Forgejo.
    pub version: String,
    /// Who may sign in, by a password or an access token; what they may read are owners.
    pub users: Vec<User>,
    /// Users whose access token lacks `read:package`, which opens the registry all the same.
    pub without_packages: Vec<String>,
    /// Owners whose packages everybody may read.
    pub public: Vec<String>,
    /// Whether nobody may see anything who does not sign in.
    pub requires_sign_in: bool,
    /// Rows of a page of the API at most.
    pub most_on_page: usize,
    /// Whether a page says how many rows there are, and where it goes on.
    pub states: bool,
    /// Whether both challenges come in one header, as proxies and HTTP/2 make of two.
    pub merges_challenges: bool,
    /// How long a token lives.
    pub token_lifetime: Duration,
}

impl Gitea {
    /// With these users, and nothing that is public.
    pub fn new(users: Vec<User>) -> Self {
        Self {
            version: "1.24.3".to_owned(),
            users,
            without_packages: Vec::new(),
            public: Vec::new(),
            requires_sign_in: false,
            most_on_page: 50,
            states: true,
            merges_challenges: false,
            token_lifetime: Duration::from_hours(24),
        }
    }

    /// Who asks; nobody is wrong where they have to sign in.
    fn who(&self, asked: &Asked<'_>, registry: &Registry) -> Account<'_> {
        let nobody = || {
            if self.requires_sign_in {
                Account::Wrong
            } else {
                Account::Anonymous
            }
        };
        let bearer = credentials_of(asked.authorization, "bearer");
        if let Some(holder) = bearer.and_then(|token| registry.tokens().holder(token)) {
            let mut users = self.users.iter();
            let user = users.find(|user| user.name == holder);
            return user.map_or_else(nobody, Account::Known);
        }
        if let Some(token) = bearer.or_else(|| credentials_of(asked.authorization, "token")) {
            let mut users = self.users.iter();
            let fits = |user: &&User| user.secret.expose() == token && !user.expired;
            return users.find(fits).map_or(Account::Wrong, Account::Known);
        }
        match Account::by_basic(&self.users, asked.authorization) {
            Account::Anonymous => nobody(),
            known => known,
        }
    }

    /// Whether the packages of an owner are open to somebody.
    fn may_read(&self, user: Option<&User>, owner: &str) -> bool {
        self.public.iter().any(|public| public == owner)
            || user.is_some_and(|user| user.may_read(owner))
    }

    fn v2(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        // What is sent here has to be a token or a sign-in, be it nobody's.
        let user = match self.who(asked, registry) {
            Account::Known(user) => Some(user),
            Account::Anonymous if asked.authorization.is_some() => None,
            Account::Anonymous | Account::Wrong => return self.challenge(registry),
        };
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        let unknown = || {
            let message = "repository name not known to registry";
            answer::error(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message, None)
        };
        if let Some(name) = asked.route.repository() {
            let owner = name.split('/').next().unwrap_or_default();
            if !self.may_read(user, owner) {
                return unknown();
            }
        }
        match &asked.route {
            Route::Ping => answer::json(&b"{}"[..]),
            Route::Catalogue => {
                let paging = Paging {
                    default: 100,
                    cap: Cap::Clamp(100),
                    link: LinkStyle::Relative,
                    link_after_full_page: true,
                    ..Paging::default()
                };
                registry.catalogue(&paging, asked.query, "/v2/_catalog", |last, limit| {
                    let names = registry.content().catalogue(last, usize::MAX).into_iter();
                    let sees = |name: &String| {
                        let owner = name.split('/').next().unwrap_or_default();
                        self.may_read(user, owner)
                    };
                    names.filter(sees).take(limit).collect()
                })
            }
            Route::Tags(name) => tags(asked, registry, name),
            Route::Manifest(name, reference) => {
                let reference = tag_of(registry, name, reference);
                registry.manifest(asked, name, &reference)
            }
            Route::Blob(name, digest) => registry.blob(name, digest),
            _ => answer::no_such_page(),
        }
    }

    fn challenge(&self, registry: &Registry) -> Answer {
        let address = &registry.origins().registry;
        let parts = "service=\"container_registry\",scope=\"*\"";
        let bearer = format!("Bearer realm=\"{address}{TOKEN}\",{parts}");
        let basic = format!("Basic realm=\"{address}/v2\",{parts}");
        let message = "authentication required";
        let mut refusal = answer::error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message, None);
        if self.merges_challenges {
            let both = format!("{bearer},{basic}");
            answer::set(&mut refusal, WWW_AUTHENTICATE, &both);
        } else {
            answer::set(&mut refusal, WWW_AUTHENTICATE, &bearer);
            if let Ok(basic) = basic.parse() {
                refusal.headers_mut().append(WWW_AUTHENTICATE, basic);
            }
        }
        refusal
    }

    /// A token for whoever asks, whatever is asked for.
    fn token(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        if *asked.method != Method::GET {
            return answer::no_such_page().into();
        }
        let holder = match self.who(asked, registry) {
            Account::Known(user) => &user.name,
            Account::Anonymous => GHOST,
            Account::Wrong => {
                registry.count_failure();
                return self.challenge(registry).into();
            }
        };
        let seed = registry.behaviour().seed;
        match registry.tokens().hand_out_to(seed, "", holder, Vec::new()) {
            Issued::Token(token) => Reply {
                answer: answer::json(json!({ "token": token }).to_string()),
                token: Some((token, self.token_lifetime)),
            },
            Issued::Refused | Issued::Throttled => {
                answer::plain(StatusCode::INTERNAL_SERVER_ERROR, "").into()
            }
        }
    }
}

/// Tags in lower case, with a link behind every page that is not empty.
fn tags(asked: &Asked<'_>, registry: &Registry, name: &str) -> Answer {
    let content = registry.content();
    let all = content.tags(name, None, usize::MAX).unwrap_or_default();
    if content.held(name).is_empty() {
        let message = "repository name not known to registry";
        return answer::error(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message, None);
    }
    let mut all: Vec<String> = all.into_iter().map(|tag| tag.to_lowercase()).collect();
    all.sort_unstable();
    let paging = Paging {
        default: usize::MAX,
        cap: Cap::None,
        link: LinkStyle::None,
        tags: TagPaging::Asked,
        null_when_empty: false,
        ..Paging::default()
    };
    // A cursor is listened to whether or not a size is asked for.
    let behind = asked.parameter("last").filter(|last| !last.is_empty());
    all.retain(|tag| behind.as_ref().is_none_or(|last| tag > last));
    let mut answer = registry.some_tags(&paging, name, asked.query, &all);
    let said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let last = said["tags"].as_array().and_then(|tags| tags.last());
    if let Some(last) = last.and_then(Value::as_str) {
        let last: String = url::form_urlencoded::byte_serialize(last.as_bytes()).collect();
        let n = asked.parameter("n").map(|n| format!("&n={n}"));
        let n = n.unwrap_or_default();
        let link = format!("</v2/{name}/tags/list?last={last}{n}>; rel=\"next\"");
        answer::set(&mut answer, LINK, &link);
    }
    answer
}

/// The tag that a reference names in whatever case.
fn tag_of(registry: &Registry, name: &str, reference: &str) -> String {
    let tags = registry.content().tags(name, None, usize::MAX);
    let mut tags = tags.unwrap_or_default().into_iter();
    let found = tags.find(|tag| tag.eq_ignore_ascii_case(reference));
    found.unwrap_or_else(|| reference.to_owned())
}

impl Personality for Gitea {
    fn route(&self, _: Origin, path: &str) -> Route {
        match path {
            TOKEN => Route::Token,
            "/auth/token" => Route::Other,
            _ if path.starts_with(API) || path.starts_with(FORGEJO) => Route::Api(None),
            _ => Route::parse(path),
        }
    }

    fn mark(&self, asked: &Asked<'_>, _: &Registry, answer: &mut Answer) {
        if asked.path.starts_with("/v2") {
            let name = HeaderName::from_static("docker-distribution-api-version");
            answer::set(answer, name, "registry/2.0");
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match asked.route {
            Route::Token => self.token(asked, registry),
            Route::Api(_) => self.api(asked, registry).into(),
            Route::PingWithoutSlash => self.challenge(registry).into(),
            Route::Other => answer::plain(StatusCode::NOT_FOUND, "Not found.\n").into(),
            _ => self.v2(asked, registry).into(),
        }
    }
}
