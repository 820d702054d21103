//! Harbor's `/v2` and `/service/token` (middleware/v2auth, core/service/token,
//! server/registry).

use hyper::header::WWW_AUTHENTICATE;
use hyper::{Method, StatusCode};
use serde_json::json;

use super::{Harbor, Project, error, may_read};
use crate::model::Digest;
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::behaviour::{Cap, Paging, TagPaging};
use crate::simulator::list::pairs;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::reveal;
use crate::simulator::route::Route;
use crate::simulator::token::{Issued, Need, Scope, credentials_of, scopes};

const SERVICE: &str = "harbor-registry";

/// What `/v2/` needs of a token: that somebody signed in for it.
fn signed_in() -> Need {
    Need::new("user:harbor".to_owned(), "login")
}

/// Any `n` is granted, and without one all there is comes at once.
fn paging() -> Paging {
    Paging {
        default: usize::MAX,
        cap: Cap::None,
        tags: TagPaging::Asked,
        null_when_empty: false,
        ..Paging::default()
    }
}

impl Harbor {
    pub(super) fn v2(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if asked.route == Route::PingWithoutSlash {
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, "/v2/");
        }
        if let Err((message, challenge)) = self.allowed(asked, registry) {
            let mut refusal = error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", &message);
            answer::set(&mut refusal, WWW_AUTHENTICATE, &challenge);
            return refusal;
        }
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        match &asked.route {
            Route::Ping => answer::json(&b"{}"[..]),
            Route::Catalogue => catalogue(asked, registry),
            Route::Tags(name) => self.tags(asked, registry, name),
            Route::Manifest(name, reference) => self.manifest(asked, registry, name, reference),
            Route::Blob(name, digest) => registry.blob(name, digest),
            Route::Referrers(_, digest) if digest.parse::<Digest>().is_err() => {
                let message = "unsupported digest";
                error(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
            }
            Route::Referrers(name, digest) => reveal::referrers(registry.content(), name, digest),
            _ => answer::no_such_page(),
        }
    }

    /// Whether a request may pass; else the message and the challenge of the refusal.
    fn allowed(&self, asked: &Asked<'_>, registry: &Registry) -> Result<(), (String, String)> {
        let user = self.who(asked);
        let token = credentials_of(asked.authorization, "bearer");
        let opens = |need: &Need| {
            token.is_some_and(|token| registry.tokens().opens(token, need) == Some(true))
        };
        // A request that brought credentials gets a Basic challenge, whatever they were,
        // and the catalogue knows no other (getChallenge).
        let challenge = |need: Option<&Need>| {
            if asked.authorization.is_some() || asked.route == Route::Catalogue {
                return "Basic realm=\"harbor\"".to_owned();
            }
            let realm = format!("{}/service/token", registry.origins().registry);
            let bare = format!("Bearer realm=\"{realm}\",service=\"{SERVICE}\"");
            need.map_or(bare, |need| need.challenge(&realm, SERVICE, None))
        };
        match &asked.route {
            Route::Ping if user.is_some() || opens(&signed_in()) => Ok(()),
            Route::Ping => Err(("unauthorized".to_owned(), challenge(None))),
            Route::Catalogue => {
                let reads = |name: &String| user.is_some_and(|user| user.name == *name);
                let may = user.is_some_and(|user| user.administrator)
                    || self.catalogue_readers.iter().any(reads);
                let message = "unauthorized to list catalog".to_owned();
                if may {
                    Ok(())
                } else {
                    Err((message, challenge(None)))
                }
            }
            route => {
                let Some(name) = route.repository() else {
                    return Ok(());
                };
                let need = Need::of(&Route::Tags(name.to_owned()));
                // Also of a public project: who does not sign in takes a token of nobody.
                if asked.authorization.is_none() {
                    let message = "authorize header needed to send HEAD to repository";
                    return Err((message.to_owned(), challenge(Some(&need))));
                }
                let project = name.split('/').next().unwrap_or_default();
                let Some(found) = self.project(registry, project) else {
                    // No challenge, in a header that is there all the same (check()).
                    return Err((format!("project {project} not found"), String::new()));
                };
                let may = if token.is_some() {
                    opens(&need)
                } else {
                    may_read(user, &found.project)
                };
                let message = format!("unauthorized to access repository: {name}, action: pull");
                if may {
                    Ok(())
                } else {
                    Err((message, challenge(Some(&need))))
                }
            }
        }
    }

    fn tags(&self, asked: &Asked<'_>, registry: &Registry, name: &str) -> Answer {
        if let Some(refusal) = bad_number(asked) {
            return refusal;
        }
        let found = name.split('/').next();
        let found = found.and_then(|project| self.project(registry, project));
        let proxy = found
            .as_ref()
            .and_then(|found| found.project.proxy.as_ref());
        let Some((proxy, (project, rest))) = proxy.zip(name.split_once('/')) else {
            if !registry.content().has(name) {
                return no_repository(name);
            }
            return registry.tags(&paging(), name, asked.query);
        };
        // Docker Hub's own images are below `library` (repoproxy/tag.go, defaultLibrary).
        if proxy.docker_hub && !rest.contains('/') {
            let there = format!("/v2/{project}/library/{rest}/tags/list");
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, &there);
        }
        let mut tags = registry.content().tags(name, None, usize::MAX);
        let upstream = proxy.upstream_tags.iter();
        let upstream = upstream.filter(|(repository, _)| repository == rest);
        for (_, tag) in upstream {
            tags.get_or_insert_default().push(tag.clone());
        }
        let mut tags = tags.unwrap_or_default();
        tags.sort_unstable();
        tags.dedup();
        registry.some_tags(&paging(), name, asked.query, &tags)
    }

    fn manifest(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        name: &str,
        reference: &str,
    ) -> Answer {
        let content = registry.content();
        let Some(stored) = content.manifest(name, reference) else {
            let sign = if reference.parse::<Digest>().is_ok() {
                '@'
            } else {
                ':'
            };
            let message = format!("artifact {name}{sign}{reference} not found");
            return error(StatusCode::NOT_FOUND, "NOT_FOUND", &message);
        };
        let project = name.split('/').next().unwrap_or_default();
        let project = self.project(registry, project).map(|found| found.project);
        let project = project.unwrap_or_default();
        let is_index = stored
            .image
            .as_ref()
            .is_some_and(|image| !image.children.is_empty());
        if project.prevents_vulnerable
            && !is_index
            && let Some(refusal) = vulnerable(registry, name, &stored.digest)
        {
            return refusal;
        }
        // HEAD is no pull, neither here nor upstream.
        if *asked.method == Method::GET {
            content.count_pull(name, &stored.digest);
            if project.proxy.is_some() {
                registry.count_upstream_pull();
            }
        }
        registry.manifest(asked, name, reference)
    }

    /// Grants all that the user has in what the scopes name, whatever actions they name
    /// (repositoryFilter). Whose secret is wrong is nobody.
    pub(super) fn token(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        if *asked.method != Method::GET {
            return answer::no_such_page().into();
        }
        let service = asked.parameter("service").unwrap_or_default();
        if service != SERVICE {
            let message = format!("Unable to handle service: {service}");
            return answer::plain(StatusCode::BAD_REQUEST, message).into();
        }
        let user = self.who(asked);
        let asked_for = scopes(asked.query);
        if user.is_none() && asked_for.is_empty() {
            return answer::plain(StatusCode::UNAUTHORIZED, "").into();
        }
        let readable = |scope: &Scope| {
            let name = scope.resource.strip_prefix("repository:")?;
            let project = self.project(registry, name.split('/').next()?)?;
            may_read(user, &project.project).then(|| Scope {
                resource: scope.resource.clone(),
                actions: vec!["pull".to_owned()],
            })
        };
        let mut granted: Vec<Scope> = asked_for.iter().filter_map(readable).collect();
        if user.is_some() {
            granted.push(Scope {
                resource: "user:harbor".to_owned(),
                actions: vec!["login".to_owned()],
            });
        }
        let seed = registry.behaviour().seed;
        let uses = registry.behaviour().token_uses;
        match registry.tokens().hand_out(seed, uses, granted, asked.query) {
            Issued::Token(token) => Reply {
                answer: answer::json(
                    json!({
                        "token": token,
                        // There, and empty (models.Token has no omitempty).
                        "access_token": "",
                        "expires_in": self.token_lifetime.as_secs(),
                        "issued_at": "2026-08-21T10:00:00Z",
                    })
                    .to_string(),
                ),
                token: Some((token, self.token_lifetime)),
            },
            _ => error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "UNKNOWN",
                "internal server error",
            )
            .into(),
        }
    }
}

fn no_repository(name: &str) -> Answer {
    let message = format!("repository {name} not found");
    error(StatusCode::NOT_FOUND, "NOT_FOUND", &message)
}

/// The refusal of an `n` that is no number.
fn bad_number(asked: &Asked<'_>) -> Option<Answer> {
    let n = asked.parameter("n").filter(|n| !n.is_empty())?;
    let message = "the N must be a positive int type";
    let refusal = || error(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    n.parse::<u32>().is_err().then(refusal)
}

/// Sorted by bytes, without repositories that hold nothing (catalog.go).
fn catalogue(asked: &Asked<'_>, registry: &Registry) -> Answer {
    if let Some(refusal) = bad_number(asked) {
        return refusal;
    }
    let content = registry.content();
    let mut names = content.names();
    names.retain(|name| !content.held(name).is_empty());
    let paged = pairs(asked.query).any(|(key, value)| key == "n" && !value.is_empty());
    let last = asked
        .parameter("last")
        .filter(|last| paged && !last.is_empty());
    if let Some(last) = last
        && !names.contains(&last)
    {
        let message = format!("the last: {last} should be a valid repository name.");
        return error(StatusCode::BAD_REQUEST, "BAD_REQUEST", &message);
    }
    let query = if paged { asked.query } else { "" };
    let find = |last: Option<&str>, limit| {
        let behind = names.iter().filter(|name| Some(name.as_str()) > last);
        behind.take(limit).cloned().collect()
    };
    registry.catalogue(&paging(), query, "/v2/_catalog", find)
}

/// The refusal of an image that a scanner found to be dangerous, or did not look at
/// (middleware/vulnerable).
fn vulnerable(registry: &Registry, name: &str, digest: &Digest) -> Option<Answer> {
    let what = match registry.content().facts(name, digest).scan {
        Some(scan) if scan.critical + scan.high == 0 => return None,
        Some(scan) => format!("with {} vulnerabilities", scan.total()),
        None => "without vulnerability scanning".to_owned(),
    };
    let message = format!(
        "current image {what} cannot be pulled due to configured policy in 'Prevent images \
         with vulnerability severity of \"High\" or higher from running.' To continue with \
         pull, please contact your project administrator for help."
    );
    let status = StatusCode::PRECONDITION_FAILED;
    Some(error(status, "PROJECTPOLICYVIOLATION", &message))
}

impl Project {
    /// A project that everybody may read.
    pub fn public(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            public: true,
            ..Self::default()
        }
    }
}
