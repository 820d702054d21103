//! JFrog Artifactory: repository keys on one server, each with a
//! `/v2/` of its own, and a REST API over the files that images are kept in.
//!
//! The first component of a content repository's name is the repository key: what is
//! `docker-local/team/app` in the content is image `team/app` of `docker-local`.

mod api;
mod aql;
mod files;
mod v2;

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE};
use serde_json::json;

use super::Personality;
use super::user::{Account, User, is_below};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;
use crate::simulator::token::credentials_of;

/// An Artifactory server.
#[derive(Clone, Debug)]
pub struct Artifactory {
    /// Where images are, besides below `/artifactory/api/docker/KEY/v2/`.
    pub view: ArtifactoryView,
    /// Repository keys that are not local ones for Docker. Those are there by their content.
    pub keys: Vec<ArtifactoryKey>,
    /// Who may sign in by a password.
    pub users: Vec<User>,
    /// API keys with their users: a password, or alone in `X-JFrog-Art-Api`.
    pub api_keys: Vec<User>,
    /// Access tokens with their users: a password, or alone as Bearer.
    pub access_tokens: Vec<User>,
    /// Who asks without signing in; `None` where anonymous access is off.
    pub anonymous: Option<User>,
    /// Whether images are challenged for by Bearer and not by Basic.
    pub bearer: bool,
    /// Whether a Bearer challenge names a scope; clients report that it has none
    /// (devcontainers/cli#692).
    pub challenges_scope: bool,
    /// How long a token lives.
    pub token_lifetime: Duration,
    /// Whether what is closed to a user is said not to be there.
    pub hides_existence: bool,
    /// What a user who is no administrator sees of a catalogue.
    pub catalogue: ArtifactoryCatalogue,
    /// What `last` is.
    pub cursor: ArtifactoryCursor,
    /// Whether the digests of manifests are listed among the tags (skopeo#2346).
    pub digest_tags: bool,
    /// What an untagged manifest's folder begins with: `sha256:` or `sha256__`.
    pub digest_folder: String,
    /// What it makes of AQL.
    pub aql: ArtifactoryAql,
}

/// Where images are found.
#[derive(Clone, Debug)]
pub enum ArtifactoryView {
    /// At `/v2/KEY/IMAGE/…`, as the Repository Path method has it.
    RepositoryPath,
    /// At `/v2/IMAGE/…`, as a sub-domain or port for this key has it.
    SubDomain(String),
    /// Nowhere else.
    Direct,
}

/// A repository key that is not a local one for Docker.
#[derive(Clone, Debug)]
pub struct ArtifactoryKey {
    /// The key.
    pub key: String,
    /// What it is.
    pub kind: ArtifactoryKind,
    /// Its package type: `docker`, `oci`, `helm`, `maven`.
    pub package_type: String,
}

/// What a repository key stands for.
#[derive(Clone, Debug)]
pub enum ArtifactoryKind {
    /// Its own content.
    Local,
    /// What an upstream has. The content is the upstream's; these images are cached, and
    /// their files are in `KEY-cache`.
    Remote(Vec<String>),
    /// The content of these keys.
    Virtual(Vec<String>),
    /// Its own content, mirrored elsewhere.
    Federated,
}

/// What a user who is no administrator sees of a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArtifactoryCatalogue {
    /// What the user may read.
    Filtered,
    /// Nothing.
    Empty,
}

/// What `last` is. It changed with releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArtifactoryCursor {
    /// How many entries came before.
    Number,
    /// The last entry.
    Name,
}

/// What a server makes of AQL.
#[derive(Clone, Copy, Debug)]
pub struct ArtifactoryAql {
    /// Whether it is answered; 403 otherwise.
    pub allowed: bool,
    /// Whether `$in` is known. The open source knows no such word.
    pub knows_in: bool,
    /// Whether it tells how often and when files were downloaded; 400 for such a question
    /// otherwise.
    pub tells_stats: bool,
    /// Whether results are sorted; the open source edition refuses.
    pub sorts: bool,
    /// Whether a limit counts each property of an item as a row. The vendor's client never
    /// asks for both, "due to a limitation in AQL".
    pub limit_counts_properties: bool,
    /// Most items of one answer (`artifactory.search.userQueryLimit`).
    pub hard_limit: usize,
}

impl Artifactory {
    /// Release 7.46 in the Repository Path method with Basic, and these users.
    pub fn new(users: Vec<User>) -> Self {
        Self {
            view: ArtifactoryView::RepositoryPath,
            keys: Vec::new(),
            users,
            api_keys: Vec::new(),
            access_tokens: Vec::new(),
            anonymous: None,
            bearer: false,
            challenges_scope: false,
            token_lifetime: Duration::from_hours(1),
            hides_existence: false,
            catalogue: ArtifactoryCatalogue::Filtered,
            cursor: ArtifactoryCursor::Number,
            digest_tags: false,
            digest_folder: "sha256__".to_owned(),
            aql: ArtifactoryAql {
                allowed: true,
                knows_in: false,
                tells_stats: true,
                sorts: true,
                limit_counts_properties: true,
                hard_limit: 500_000,
            },
        }
    }

    /// The repository of this key; local where only its content tells of it.
    fn key(&self, registry: &Registry, key: &str) -> Option<ArtifactoryKey> {
        let named = self.keys.iter().find(|one| one.key == key);
        named.cloned().or_else(|| {
            let content = registry.content().below(key);
            (!content.is_empty()).then(|| ArtifactoryKey::local(key))
        })
    }

    /// All repositories, by key.
    fn all(&self, registry: &Registry) -> Vec<ArtifactoryKey> {
        let mut all = self.keys.clone();
        for key in super::first_components(registry.content()) {
            if all.iter().all(|one| one.key != key) {
                all.push(ArtifactoryKey::local(&key));
            }
        }
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    }

    /// The keys with content that a key stands for, itself where it is not virtual.
    fn members(&self, registry: &Registry, key: &ArtifactoryKey) -> Vec<ArtifactoryKey> {
        match &key.kind {
            ArtifactoryKind::Virtual(members) => members
                .iter()
                .filter_map(|member| self.key(registry, member))
                .collect(),
            _ => vec![key.clone()],
        }
    }

    /// Who asks.
    fn asker<'a>(&'a self, asked: &Asked<'_>, registry: &Registry) -> Asker<'a> {
        let by_secret = |users: &'a [User], secret: &str| {
            let found = users.iter().find(|user| user.secret.expose() == secret);
            match found {
                Some(user) if user.expired => Asker::Expired,
                Some(user) => Asker::User(user),
                None => Asker::Wrong,
            }
        };
        if let Some(key) = asked.header("x-jfrog-art-api") {
            return by_secret(&self.api_keys, key);
        }
        let known = || {
            self.users
                .iter()
                .chain(&self.api_keys)
                .chain(&self.access_tokens)
        };
        if let Some(token) = credentials_of(asked.authorization, "bearer") {
            // A token of the endpoint has the rights of the user of its name.
            return match registry.tokens().holder(token) {
                Some(holder) => known()
                    .chain(&self.anonymous)
                    .find(|user| user.name == holder)
                    .map_or(Asker::Wrong, Asker::User),
                None => by_secret(&self.access_tokens, token),
            };
        }
        match Account::by_basic(known(), asked.authorization) {
            Account::Known(user) => Asker::User(user),
            Account::Wrong => Asker::Wrong,
            Account::Anonymous => self.anonymous.as_ref().map_or(Asker::Nobody, Asker::User),
        }
    }

    fn is_anonymous(&self, user: &User) -> bool {
        self.anonymous
            .as_ref()
            .is_some_and(|anonymous| anonymous.name == user.name)
    }

    fn place<'a>(&self, path: &'a str) -> Place<'a> {
        if let Some(rest) = path.strip_prefix("/artifactory/api/") {
            let of_images = rest.split_once('/').and_then(|(kind, rest)| {
                let (key, rest) = rest.split_once("/v2/")?;
                (matches!(kind, "docker" | "oci") && !key.contains('/')).then_some(Place::V2 {
                    kind,
                    key,
                    rest,
                    direct: true,
                })
            });
            return of_images.unwrap_or(Place::Api(rest));
        }
        if let Some(rest) = path.strip_prefix("/artifactory/") {
            return Place::File(rest);
        }
        let Some(rest) = path.strip_prefix("/v2/") else {
            return Place::NoSuchPage;
        };
        let v2 = |key, rest| Place::V2 {
            kind: "docker",
            key,
            rest,
            direct: false,
        };
        match &self.view {
            ArtifactoryView::RepositoryPath => match (rest, rest.split_once('/')) {
                ("" | "token", _) => v2("null", rest),
                (_, Some((key, rest))) => v2(key, rest),
                // The rewriting wants a key and something behind it.
                (_, None) => Place::NoSuchPage,
            },
            // The name is that of the configuration and not of the path.
            ArtifactoryView::SubDomain(_) => v2("", rest),
            ArtifactoryView::Direct => Place::NoSuchPage,
        }
    }

    /// The key that a path names, or that the sub-domain stands for.
    fn named<'a>(&'a self, key: &'a str) -> &'a str {
        match &self.view {
            ArtifactoryView::SubDomain(own) if key.is_empty() => own,
            _ => key,
        }
    }
}

impl ArtifactoryKey {
    /// A local repository for Docker.
    pub fn local(key: &str) -> Self {
        Self::of(key, ArtifactoryKind::Local)
    }

    /// A remote repository for Docker that has these images in its cache.
    pub fn remote(key: &str, cached: &[&str]) -> Self {
        let cached = cached.iter().map(|&image| image.to_owned()).collect();
        Self::of(key, ArtifactoryKind::Remote(cached))
    }

    /// A virtual repository for Docker of these keys.
    pub fn virtual_of(key: &str, members: &[&str]) -> Self {
        let members = members.iter().map(|&member| member.to_owned()).collect();
        Self::of(key, ArtifactoryKind::Virtual(members))
    }

    fn of(key: &str, kind: ArtifactoryKind) -> Self {
        Self {
            key: key.to_owned(),
            kind,
            package_type: "docker".to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        match self.kind {
            ArtifactoryKind::Local => "local",
            ArtifactoryKind::Remote(_) => "remote",
            ArtifactoryKind::Virtual(_) => "virtual",
            ArtifactoryKind::Federated => "federated",
        }
    }

    fn has_cached(&self, image: &str) -> bool {
        match &self.kind {
            ArtifactoryKind::Remote(cached) => cached.iter().any(|one| one == image),
            _ => true,
        }
    }

    /// The images in its part of the content, sorted.
    fn images(&self, registry: &Registry) -> Vec<String> {
        super::images_below(registry.content(), &self.key)
    }
}

/// Who asks.
#[derive(Clone, Copy)]
enum Asker<'a> {
    /// Without credentials, where anonymous access is off.
    Nobody,
    Wrong,
    /// With what was valid once.
    Expired,
    User(&'a User),
}

/// What a path is about.
enum Place<'a> {
    /// A key's `/v2/`, and what comes after it.
    V2 {
        /// The package type that the path is for.
        kind: &'a str,
        /// Empty for that of the sub-domain, `null` for none.
        key: &'a str,
        rest: &'a str,
        /// Whether it is below `/artifactory/api/`.
        direct: bool,
    },
    /// What comes after `/artifactory/api/`.
    Api(&'a str),
    /// A key and the path of a file.
    File(&'a str),
    NoSuchPage,
}

impl Personality for Artifactory {
    fn route(&self, _: Origin, path: &str) -> Route {
        match self.place(path) {
            Place::V2 { key, rest, .. } => v2::inner(rest).below(self.named(key)),
            Place::Api(_) => Route::Api(None),
            Place::File(_) | Place::NoSuchPage => Route::Other,
        }
    }

    fn mark(&self, asked: &Asked<'_>, _: &Registry, answer: &mut Answer) {
        for (name, value) in [
            ("x-jfrog-version", "Artifactory/7.46.11 74611900"),
            ("x-artifactory-id", "0123abcd"),
            ("x-artifactory-node-id", "artifactory-0"),
        ] {
            answer::set(answer, HeaderName::from_static(name), value);
        }
        if let Place::V2 { .. } = self.place(asked.path) {
            let name = HeaderName::from_static("docker-distribution-api-version");
            answer::set(answer, name, "registry/2.0");
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match self.place(asked.path) {
            Place::V2 {
                kind,
                key,
                rest,
                direct,
            } => self.v2(asked, registry, kind, (self.named(key), rest), direct),
            Place::Api(rest) => self.api(asked, registry, rest).into(),
            Place::File(rest) => self.file(asked, registry, rest).into(),
            Place::NoSuchPage => refusal(StatusCode::NOT_FOUND, "File not found.").into(),
        }
    }
}

fn challenge_basic(answer: &mut Answer) {
    answer::set(
        answer,
        WWW_AUTHENTICATE,
        "Basic realm=\"Artifactory Realm\"",
    );
}

/// 401 of the REST API.
fn unauthorized(asker: Asker<'_>) -> Answer {
    let message = match asker {
        Asker::Expired => "Token failed verification: expired",
        Asker::Wrong => "Bad credentials",
        Asker::Nobody | Asker::User(_) => "Authentication is required",
    };
    let mut refusal = refusal(StatusCode::UNAUTHORIZED, message);
    challenge_basic(&mut refusal);
    refusal
}

/// The product's own form of error has a status and no code.
fn refusal(status: StatusCode, message: &str) -> Answer {
    let errors = json!({ "errors": [{ "status": status.as_u16(), "message": message }] });
    let media_type = HeaderValue::from_static("application/json");
    answer::answer(status, media_type, errors.to_string().into())
}

#[cfg(test)]
mod tests;
