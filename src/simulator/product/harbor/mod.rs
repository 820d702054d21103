//! Harbor 2 (the sources of 2.15): users, projects, options.
//!
//! A repository's first component is its project. What `/v2` and the token service say is
//! in [`v2`], what `/api/v2.0` says in [`api`], an artifact's form in [`artifact`].

mod api;
mod artifact;
#[cfg(test)]
mod tests;
mod v2;

use std::time::Duration;

use hyper::StatusCode;

use super::Personality;
use super::user::{Account, User};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;

const API: &str = "/api/v2.0/";
const TOKEN: &str = "/service/token";

/// Harbor 2, in the language of its own API besides `/v2`.
#[derive(Clone, Debug)]
pub struct Harbor {
    /// Its version, which only who signs in is told.
    pub version: String,
    /// Who may sign in. An administrator is one of the system; what others may read are
    /// projects. A robot's name has a `$`: `robot$ci` of the system, `robot$team+ci` of a
    /// project.
    pub users: Vec<User>,
    /// Robots of the system that may read the catalogue, which no other but an
    /// administrator may.
    pub catalogue_readers: Vec<String>,
    /// Projects that are not simply private; there may be more among the content.
    pub projects: Vec<Project>,
    /// Whether a project's artifacts can be listed at once: from 2.12 on.
    pub lists_project_artifacts: bool,
    /// How many more than there are every list says there are.
    pub total_off_by: i64,
    /// How long a token lives.
    pub token_lifetime: Duration,
}

/// A project of Harbor's, and how it is not simply private.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// Whether everybody may read it.
    pub public: bool,
    /// What it is a proxy of, where it is one.
    pub proxy: Option<Proxy>,
    /// Whether images with high or critical vulnerabilities, and those that were not
    /// scanned, can not be pulled.
    pub prevents_vulnerable: bool,
}

/// What a proxy project of Harbor's stands before.
#[derive(Clone, Debug, Default)]
pub struct Proxy {
    /// Whether its upstream is Docker Hub, whose own images are below `library`.
    pub docker_hub: bool,
    /// Tags that only the upstream has: the repository without the project, and the tag.
    pub upstream_tags: Vec<(String, String)>,
}

impl Default for Harbor {
    fn default() -> Self {
        Self {
            version: "v2.15.2-abcdef12".to_owned(),
            users: Vec::new(),
            catalogue_readers: Vec::new(),
            projects: Vec::new(),
            lists_project_artifacts: true,
            total_off_by: 0,
            token_lifetime: Duration::from_mins(30),
        }
    }
}

/// A project as it is found: what is said of it, and its number.
struct Found {
    id: usize,
    project: Project,
}

impl Harbor {
    /// All projects, those that only the content knows included, by name.
    fn found(&self, registry: &Registry) -> Vec<Found> {
        let names = registry.content().names();
        let mut projects: Vec<Project> = self.projects.clone();
        for name in names.iter().filter_map(|name| name.split('/').next()) {
            if !projects.iter().any(|project| project.name == name) {
                projects.push(Project {
                    name: name.to_owned(),
                    ..Project::default()
                });
            }
        }
        projects.sort_by(|a, b| a.name.cmp(&b.name));
        let numbered = projects.into_iter().enumerate();
        numbered
            .map(|(at, project)| Found {
                id: at + 1,
                project,
            })
            .collect()
    }

    fn project(&self, registry: &Registry, name: &str) -> Option<Found> {
        let mut found = self.found(registry).into_iter();
        found.find(|found| found.project.name == name)
    }

    /// Who asks. A wrong or expired secret makes nobody of them, and says so to no one
    /// (middleware/security/basic_auth.go).
    fn who(&self, asked: &Asked<'_>) -> Option<&User> {
        match Account::by_basic(&self.users, asked.authorization) {
            Account::Known(user) => Some(user),
            Account::Anonymous | Account::Wrong => None,
        }
    }
}

/// Whether a project is open to this user, or to everybody.
fn may_read(user: Option<&User>, project: &Project) -> bool {
    project.public || user.is_some_and(|user| user.may_read(&project.name))
}

/// An error in Harbor's form (lib/http/error.go).
fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    answer::error(status, code, message, None)
}

impl Personality for Harbor {
    fn route(&self, _origin: Origin, path: &str) -> Route {
        match path {
            TOKEN => Route::Token,
            _ if path.starts_with(API) => Route::Api(api::repository(path)),
            "/auth/token" => Route::Other,
            _ => Route::parse(path),
        }
    }

    fn mark(&self, asked: &Asked<'_>, _registry: &Registry, answer: &mut Answer) {
        let set = |answer: &mut Answer, name, value| {
            answer::set(answer, hyper::header::HeaderName::from_static(name), value);
        };
        set(answer, "server", "nginx");
        // A session for people; who brings it again is asked for a second proof where they
        // change something.
        if !asked.path.starts_with("/v2/") {
            set(answer, "set-cookie", "sid=7c1f0e; Path=/; HttpOnly");
        }
        set(
            answer,
            "x-request-id",
            "6f1c2b6e-0b0f-4b0e-9d51-2f6c9f1d8a10",
        );
        if asked.path.starts_with("/v2/") {
            set(answer, "docker-distribution-api-version", "registry/2.0");
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match asked.route {
            Route::Token => self.token(asked, registry),
            Route::Api(_) => self.api(asked, registry).into(),
            _ => self.v2(asked, registry).into(),
        }
    }
}
