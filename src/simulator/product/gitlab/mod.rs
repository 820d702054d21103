//! GitLab with its container registry (the sources of the registry
//! 4.32): projects, tokens, options.
//!
//! Two origins: the registry, which takes tokens only ([`v2`], and with a metadata database
//! [`v1`]), and GitLab itself with the token service ([`token`]) and the REST API
//! ([`rest`]).

mod entity;
mod rest;
#[cfg(test)]
mod tests;
mod token;
mod v1;
mod v2;

use std::collections::BTreeSet;
use std::time::Duration;

use hyper::header::HeaderName;

use super::Personality;
use super::user::{User, is_below};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::quota::Quota;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;

const JWT: &str = "/jwt/auth";
const V1: &str = "/gitlab/v1/";
const REST: &str = "/api/v4/";
const SERVICE: &str = "container_registry";

/// GitLab with its container registry.
#[derive(Clone, Debug)]
pub struct Gitlab {
    /// The registry's version.
    pub version: String,
    /// Who may sign in.
    pub tokens: Vec<GitlabToken>,
    /// Projects that are not simply private, or deeper than a group and a name. The first
    /// two components of any other repository are its project.
    pub projects: Vec<GitlabProject>,
    /// Whether the registry has a metadata database, and with it pages of tags and
    /// `/gitlab/v1`.
    pub database: bool,
    /// Whether a wrong secret gets 401 from the token service; older versions say 403, as
    /// to who has no rights.
    pub wrong_secret_is_401: bool,
    /// Whether the token service grants `repository:<path>/*:pull`, without which the
    /// repositories below a path are listed to nobody. UNCONFIRMED; by the sources of the
    /// registry GitLab alone gives itself such tokens.
    pub grants_descendants: bool,
    /// Failed attempts to sign in after which GitLab answers this client no more.
    pub ban_after: u64,
    /// How many requests of the REST API are answered in a while; `None` for all.
    pub limit: Option<Quota>,
    /// The REST API tells no totals of lists longer than this.
    pub count_limit: usize,
    /// Tags that can be neither moved nor deleted: repository, tag.
    pub protected: Vec<(String, String)>,
    /// How long a token of the registry lives.
    pub token_lifetime: Duration,
}

/// A project of GitLab's, and how it is not simply private.
#[derive(Clone, Debug, Default)]
pub struct GitlabProject {
    /// Its path with its groups.
    pub path: String,
    /// Whether everybody may read it.
    pub public: bool,
    /// Whether its container registry is switched off.
    pub without_registry: bool,
}

/// Somebody who signs in to GitLab, and by what.
#[derive(Clone, Debug)]
pub struct GitlabToken {
    /// The name, the secret, and the projects and groups that are open to it.
    pub user: User,
    /// What the secret is.
    pub kind: GitlabTokenKind,
}

/// What a secret of GitLab's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitlabTokenKind {
    /// A personal access token: its user's name belongs to it.
    Personal {
        /// Whether it has the scope `read_registry`.
        registry: bool,
        /// Whether it has the scope `read_api`.
        api: bool,
    },
    /// A token of a project or group, with both scopes: any name is right.
    Project,
    /// A deploy token, which the REST API refuses.
    Deploy,
    /// A token of a CI job, by the name `gitlab-ci-token`; the REST API wants it in a
    /// header of its own.
    Job,
}

impl Default for Gitlab {
    fn default() -> Self {
        Self {
            version: "4.32.0-gitlab".to_owned(),
            tokens: Vec::new(),
            projects: Vec::new(),
            database: true,
            wrong_secret_is_401: true,
            grants_descendants: false,
            ban_after: 10,
            limit: None,
            count_limit: 10_000,
            protected: Vec::new(),
            token_lifetime: Duration::from_mins(5),
        }
    }
}

impl GitlabToken {
    /// A personal access token for the registry and the REST API.
    pub fn personal(user: User) -> Self {
        let kind = GitlabTokenKind::Personal {
            registry: true,
            api: true,
        };
        Self { user, kind }
    }

    /// A deploy token.
    pub fn deploy(user: User) -> Self {
        Self {
            user,
            kind: GitlabTokenKind::Deploy,
        }
    }

    /// Whether it opens anything in the registry.
    fn reads_registry(&self) -> bool {
        !matches!(
            self.kind,
            GitlabTokenKind::Personal {
                registry: false,
                ..
            }
        )
    }

    /// Whether a project is open to it.
    fn may_read(&self, project: &GitlabProject) -> bool {
        project.public || self.user.may_read(&project.path)
    }
}

impl Gitlab {
    /// All projects, those that only the content knows included, by path.
    fn all_projects(&self, registry: &Registry) -> Vec<GitlabProject> {
        let mut projects = self.projects.clone();
        let mut made_up = BTreeSet::new();
        for name in registry.content().names() {
            let mut parts = name.splitn(3, '/');
            let (Some(group), Some(project)) = (parts.next(), parts.next()) else {
                continue;
            };
            if deepest(&self.projects, &name).is_none() {
                made_up.insert(format!("{group}/{project}"));
            }
        }
        projects.extend(made_up.into_iter().map(|path| GitlabProject {
            path,
            ..GitlabProject::default()
        }));
        projects.sort_by(|a, b| a.path.cmp(&b.path));
        projects
    }

    /// The project of a repository.
    fn project_of(&self, registry: &Registry, repository: &str) -> Option<GitlabProject> {
        let projects = self.all_projects(registry);
        let (_, project) = deepest(&projects, repository)?;
        Some(project.clone())
    }

    /// Whether the tag can be neither moved nor deleted.
    fn protects(&self, repository: &str, tag: &str) -> bool {
        let fits = |(name, kept): &(String, String)| name == repository && kept == tag;
        self.protected.iter().any(fits)
    }
}

/// The deepest of these projects that a repository is in, and its place among them.
fn deepest<'a>(
    projects: &'a [GitlabProject],
    repository: &str,
) -> Option<(usize, &'a GitlabProject)> {
    let all = projects.iter().enumerate();
    let above = all.filter(|(_, project)| is_below(repository, &project.path));
    above.max_by_key(|(_, project)| project.path.len())
}

impl Personality for Gitlab {
    fn has_api_origin(&self) -> bool {
        true
    }

    fn api_quota(&self) -> Option<Quota> {
        self.limit
    }

    fn route(&self, origin: Origin, path: &str) -> Route {
        match origin {
            Origin::Api if path == JWT => Route::Token,
            Origin::Api if path.starts_with(REST) => Route::Api(None),
            Origin::Registry if path.starts_with(V1) || path == V1.trim_end_matches('/') => {
                Route::Api(v1::repository(path))
            }
            Origin::Registry if path != "/auth/token" => Route::parse(path),
            _ => Route::Other,
        }
    }

    fn mark(&self, asked: &Asked<'_>, registry: &Registry, answer: &mut Answer) {
        let mut set = |name, value: &str| {
            answer::set(answer, HeaderName::from_static(name), value);
        };
        match asked.origin {
            Origin::Api => {
                set("server", "nginx");
                set(
                    "x-gitlab-meta",
                    "{\"correlation_id\":\"01J\",\"version\":\"1\"}",
                );
                if asked.path.starts_with(REST) {
                    rest::limit_headers(registry, &mut set);
                }
            }
            _ if asked.path.starts_with("/v2") => {
                set("docker-distribution-api-version", "registry/2.0");
                set("x-content-type-options", "nosniff");
            }
            _ => {}
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match (asked.origin, &asked.route) {
            (Origin::Api, Route::Token) => self.jwt(asked, registry),
            (Origin::Api, _) => self.rest(asked, registry).into(),
            (_, Route::Api(_)) => self.v1(asked, registry).into(),
            _ => self.v2(asked, registry).into(),
        }
    }
}
