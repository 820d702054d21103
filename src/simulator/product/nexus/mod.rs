//! Sonatype Nexus Repository 3: several repositories on one
//! server, each with a `/v2/` of its own, and a REST API above them.
//!
//! The first component of a content repository's name is the Nexus repository: what is
//! `docker-hosted/team/app` in the content is image `team/app` of `docker-hosted`.

mod component;
mod rest;
mod v2;

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue, SERVER, WWW_AUTHENTICATE};

use super::Personality;
use super::user::{Account, User};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;
use crate::simulator::token::credentials_of;

/// A Nexus server.
#[derive(Clone, Debug)]
pub struct Nexus {
    /// Which release it is.
    pub version: NexusVersion,
    /// The path below which everything is, such as `/nexus`; empty for none.
    pub context: String,
    /// Repositories that are not hosted ones for Docker. Those are there by their content.
    pub repositories: Vec<NexusRepository>,
    /// Who may sign in, user tokens (name code and pass code) among them.
    pub users: Vec<User>,
    /// Who asks without signing in; `None` where anonymous access is off.
    pub anonymous: Option<User>,
    /// Whether the Docker Bearer Token Realm is active.
    pub bearer_realm: bool,
    /// Repositories with `forceBasicAuth`, which challenge with Basic whatever the realm.
    pub force_basic: Vec<String>,
    /// Whether the realm of a Bearer challenge is one of the repository's own and not the
    /// server's. Both were seen.
    pub token_of_repository: bool,
    /// The scope of a Bearer challenge: absent or `repository:*:pull`. Both were seen.
    pub scope: Option<String>,
    /// How long a token lives.
    pub token_lifetime: Duration,
    /// Where the registry is found.
    pub view: NexusView,
    /// Whether lists of tags have a `null` among them (seen on 3.58).
    pub null_tags: bool,
    /// Whether the licence of the Community Edition was accepted. Everything but the status
    /// is 403 before.
    pub licence_accepted: bool,
}

/// A release of Nexus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NexusVersion {
    /// 3.70.1: pages of ten components, paths of assets without a slash, no `docker` of an
    /// asset.
    V3_70,
    /// 3.96.3: pages of a hundred, with a slash, and with `docker`.
    V3_96,
}

/// A repository that is not a hosted one for Docker.
#[derive(Clone, Debug)]
pub struct NexusRepository {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: NexusKind,
    /// Its format: `docker`, `oci`, `maven2`.
    pub format: String,
}

/// What a repository is.
#[derive(Clone, Debug)]
pub enum NexusKind {
    /// Its own content.
    Hosted,
    /// What an upstream has. The content is the upstream's; these images are cached.
    Proxy(Vec<String>),
    /// The content of these repositories.
    Group(Vec<String>),
}

/// Where the registry is found.
#[derive(Clone, Debug)]
pub enum NexusView {
    /// Below `/repository/NAME/v2/` at the web port, as always.
    Path,
    /// At a port of its own for this repository. The web port is the origin of the API.
    Connector(String),
    /// Below `/v2/NAME/` at the web port too (`pathEnabled`).
    PathEnabled,
}

impl Nexus {
    /// Release 3.96 with Basic only, as it comes, and these users.
    pub fn new(users: Vec<User>) -> Self {
        Self {
            version: NexusVersion::V3_96,
            context: String::new(),
            repositories: Vec::new(),
            users,
            anonymous: None,
            bearer_realm: false,
            force_basic: Vec::new(),
            token_of_repository: false,
            scope: None,
            token_lifetime: Duration::from_hours(1),
            view: NexusView::Path,
            null_tags: false,
            licence_accepted: true,
        }
    }

    /// The repository of this name; hosted where only its content tells of it.
    fn repository(&self, registry: &Registry, name: &str) -> Option<NexusRepository> {
        let named = self.repositories.iter().find(|one| one.name == name);
        named.cloned().or_else(|| {
            let content = registry.content().below(name);
            (!content.is_empty()).then(|| NexusRepository::hosted(name))
        })
    }

    /// All repositories, by name.
    fn all(&self, registry: &Registry) -> Vec<NexusRepository> {
        let mut all = self.repositories.clone();
        for name in super::first_components(registry.content()) {
            if all.iter().all(|one| one.name != name) {
                all.push(NexusRepository::hosted(&name));
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// The hosted and proxy repositories that a repository stands for, itself where it is
    /// no group.
    fn members(&self, registry: &Registry, repository: &NexusRepository) -> Vec<NexusRepository> {
        match &repository.kind {
            NexusKind::Group(members) => members
                .iter()
                .filter_map(|name| self.repository(registry, name))
                .collect(),
            _ => vec![repository.clone()],
        }
    }

    /// Who asks. Basic is taken everywhere, whatever is challenged.
    fn asker<'a>(&'a self, asked: &Asked<'_>, registry: &Registry) -> Asker<'a> {
        if let Some(token) = credentials_of(asked.authorization, "bearer") {
            let holder = registry.tokens().holder(token);
            let mut known = self.users.iter().chain(&self.anonymous);
            return match holder.and_then(|holder| known.find(|user| user.name == holder)) {
                Some(user) => Asker::Token(user),
                None => Asker::Wrong,
            };
        }
        match Account::by_basic(&self.users, asked.authorization) {
            Account::Known(user) => Asker::User(user),
            Account::Wrong => Asker::Wrong,
            Account::Anonymous => Asker::Nobody,
        }
    }

    fn place<'a>(&self, origin: Origin, path: &'a str) -> Place<'a> {
        if let (NexusView::Connector(name), Origin::Registry) = (&self.view, origin) {
            return match path.strip_prefix("/v2/") {
                Some(rest) => Place::V2(name.clone(), rest),
                None => Place::NotHere,
            };
        }
        let Some(path) = path.strip_prefix(&self.context) else {
            return Place::NoSuchPage;
        };
        if let Some(rest) = path.strip_prefix("/service/rest/") {
            return Place::Rest(rest);
        }
        if let Some(rest) = path.strip_prefix("/repository/") {
            return match rest.split_once("/v2/") {
                Some((name, rest)) if !name.contains('/') => Place::V2(name.to_owned(), rest),
                _ => Place::NoSuchPage,
            };
        }
        match (path, &self.view) {
            ("/" | "", _) => Place::Welcome,
            ("/v2/token", _) => Place::V2(String::new(), "token"),
            ("/v2/", NexusView::PathEnabled) => Place::V2(String::new(), ""),
            // The catalogue is not served there.
            (_, NexusView::PathEnabled) => path
                .strip_prefix("/v2/")
                .and_then(|rest| rest.split_once('/'))
                .map_or(Place::NoSuchPage, |(name, rest)| {
                    Place::V2(name.to_owned(), rest)
                }),
            _ => Place::NoSuchPage,
        }
    }
}

impl NexusRepository {
    /// A hosted repository for Docker.
    pub fn hosted(name: &str) -> Self {
        Self::of(name, NexusKind::Hosted)
    }

    /// A proxy for Docker that has these images in its cache.
    pub fn proxy(name: &str, cached: &[&str]) -> Self {
        let cached = cached.iter().map(|&image| image.to_owned()).collect();
        Self::of(name, NexusKind::Proxy(cached))
    }

    /// A group for Docker of these repositories.
    pub fn group(name: &str, members: &[&str]) -> Self {
        let members = members.iter().map(|&member| member.to_owned()).collect();
        Self::of(name, NexusKind::Group(members))
    }

    fn of(name: &str, kind: NexusKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            format: "docker".to_owned(),
        }
    }

    fn holds_images(&self) -> bool {
        matches!(self.format.as_str(), "docker" | "oci")
    }

    /// Whether an image is there without asking an upstream.
    fn has_cached(&self, image: &str) -> bool {
        match &self.kind {
            NexusKind::Proxy(cached) => cached.iter().any(|one| one == image),
            _ => true,
        }
    }

    fn kind(&self) -> &'static str {
        match self.kind {
            NexusKind::Hosted => "hosted",
            NexusKind::Proxy(_) => "proxy",
            NexusKind::Group(_) => "group",
        }
    }

    /// The images in its part of the content, sorted.
    fn images(&self, registry: &Registry) -> Vec<String> {
        super::images_below(registry.content(), &self.name)
    }
}

/// Who asks.
#[derive(Clone, Copy)]
enum Asker<'a> {
    /// Without credentials.
    Nobody,
    /// With wrong ones, or a token that is none.
    Wrong,
    /// By Basic.
    User(&'a User),
    /// By a token, which may be that of the anonymous user.
    Token(&'a User),
}

/// What a path is about.
enum Place<'a> {
    /// A repository's `/v2/`, and what comes after it. No name: the server's own.
    V2(String, &'a str),
    /// What comes after `/service/rest/`.
    Rest(&'a str),
    Welcome,
    /// The connector serves nothing but `/v2/` (nexus-public#1011).
    NotHere,
    NoSuchPage,
}

impl Personality for Nexus {
    fn has_api_origin(&self) -> bool {
        matches!(self.view, NexusView::Connector(_))
    }

    fn route(&self, origin: Origin, path: &str) -> Route {
        match self.place(origin, path) {
            Place::V2(repository, rest) => v2::inner(rest).below(&repository),
            Place::Rest(_) => Route::Api(None),
            _ => Route::Other,
        }
    }

    fn mark(&self, asked: &Asked<'_>, _: &Registry, answer: &mut Answer) {
        // Every response says what it is.
        let server = match self.version {
            NexusVersion::V3_70 => "Nexus/3.70.1-02 (OSS)",
            NexusVersion::V3_96 => "Nexus/3.96.3-01 (COMMUNITY)",
        };
        answer::set(answer, SERVER, server);
        answer::set(
            answer,
            HeaderName::from_static("x-content-type-options"),
            "nosniff",
        );
        if let Place::V2(..) = self.place(asked.origin, asked.path) {
            let name = HeaderName::from_static("docker-distribution-api-version");
            answer::set(answer, name, "registry/2.0");
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        let place = self.place(asked.origin, asked.path);
        let is_status = matches!(&place, Place::Rest("v1/status" | "v1/status/writable"));
        if !self.licence_accepted && !is_status {
            // 403 while the licence of a fresh Community Edition is not accepted.
            return page(
                StatusCode::FORBIDDEN,
                "You must accept the End User License Agreement",
            )
            .into();
        }
        match place {
            Place::V2(repository, rest) => self.v2(asked, registry, &repository, rest),
            Place::Rest(rest) => self.rest(asked, registry, rest).into(),
            Place::Welcome => page(StatusCode::OK, "Nexus Repository Manager").into(),
            Place::NotHere => page(StatusCode::BAD_REQUEST, "Not a docker request").into(),
            Place::NoSuchPage => page(StatusCode::NOT_FOUND, "Not Found").into(),
        }
    }
}

/// The address of the web port.
fn web(registry: &Registry) -> &str {
    &registry.origins().api
}

/// What is said outside of `/v2/` and REST is for people.
fn page(status: StatusCode, text: &str) -> Answer {
    let html = format!("<!DOCTYPE html><html><head><title>{text}</title></head></html>");
    let media_type = HeaderValue::from_static("text/html");
    answer::answer(status, media_type, html.into())
}

/// The scheme is in upper case.
fn challenge_basic(answer: &mut Answer) {
    let realm = "BASIC realm=\"Sonatype Nexus Repository Manager\"";
    answer::set(answer, WWW_AUTHENTICATE, realm);
}

#[cfg(test)]
mod tests;
