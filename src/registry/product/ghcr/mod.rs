//! GitHub container registry.
//!
//! It has no catalogue. GitHub's API lists the packages of a user or an organization, and
//! their versions: a digest each, with its tags, also without any, children of indexes and
//! attestations among them. It tells no platform; what is read for that GitHub counts as a
//! download.

mod account;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use account::{Me, Whose};
use serde::Deserialize;

use super::{KnownApi, LINKED, Marks, Site, is_below, owners};
use crate::http::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};
use crate::http::{Cover, Request, Response, Url};
use crate::model::{CredentialKind, Digest, ImageFacts, Product, RepositoryName, Stage, Tag};
use crate::registry::api::Signing;
use crate::registry::lenient::{List, Object, Text};
use crate::registry::list::{
    self, ANSWER_CAP, Answer, Ask, Listed, Lister, Otherwise, Reader, Realm, Refusal, Store, Told,
};
use crate::registry::origin::Named;

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "ghcr.io"),
    no_deletion: Some("GitHub deletes packages by its own API and on its site only"),
    tags: LINKED,
    reading: Some(
        "manifests were read, which GitHub counts as downloads: a version of a public package with \
         more than 5,000 downloads cannot be deleted any more; each is read once",
    ),
    api: Some(KnownApi {
        place: |site| {
            if site.is_vendors {
                Ok(Named::Vendor("api.github.com"))
            } else {
                Err("where GitHub's API is does not follow from the address: set `api`".to_owned())
            }
        },
        signing,
        lister: |site, origin| Ok(Arc::new(Ghcr::new(site, origin))),
    }),
    ..Marks::new("GitHub container registry", Some(Product::Ghcr))
};

/// Packages are listed to nobody but who signs in.
fn signing(site: &Site<'_>) -> Result<Signing, String> {
    let has_token = site.has_api_token
        || site
            .credentials
            .is_some_and(|known| known.kind == CredentialKind::Password);
    if !has_token {
        return Err(
            "GitHub's API takes a classic access token with `read:packages`: set it as password"
                .to_owned(),
        );
    }
    Ok(Signing::Token {
        header: AUTHORIZATION,
        before: "Bearer ",
        or_password: true,
    })
}

/// Entries of one page at most.
const PAGE: u16 = 100;

/// Whose packages are listed, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Organization,
    /// A user, whose versions are told of public packages alone.
    User,
    /// Who signs in, and is told of all.
    SignedIn,
}

impl Kind {
    /// What the paths of the packages of `owner` begin with.
    fn path(self, owner: &str) -> String {
        match self {
            Self::Organization => format!("orgs/{owner}/packages"),
            Self::User => format!("users/{owner}/packages"),
            Self::SignedIn => "user/packages".to_owned(),
        }
    }
}

/// What is listed of an owner.
#[derive(Clone)]
enum Wanted {
    Packages(String),
    Versions(RepositoryName),
}

impl Wanted {
    fn owner(&self) -> &str {
        match self {
            Self::Packages(owner) => owner,
            Self::Versions(repository) => owner_of(repository),
        }
    }
}

fn owner_of(repository: &RepositoryName) -> &str {
    repository.as_str().split('/').next().unwrap_or_default()
}

/// GitHub's API.
#[derive(Clone)]
struct Ghcr {
    base: Url,
    size: u16,
    /// The owners that the settings name.
    named: Vec<String>,
    /// Whether there may be others.
    has_others: bool,
    /// What the owners turned out to be.
    kinds: Arc<Mutex<HashMap<String, Kind>>>,
}

impl Ghcr {
    fn new(site: &Site<'_>, origin: &Url) -> Self {
        let (named, has_others) = owners(site);
        Self {
            base: site.below(origin, ""),
            size: site.page_size.clamp(1, PAGE),
            named,
            has_others,
            kinds: Arc::default(),
        }
    }

    fn ask(
        &self,
        path: &str,
        query: &[(&str, &str)],
        stage: Stage,
        reader: Arc<dyn Reader>,
    ) -> Ask {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", url.path()));
        url.query_pairs_mut()
            .extend_pairs(query)
            .append_pair("per_page", &self.size.to_string());
        let version = HeaderName::from_static("x-github-api-version");
        let request = Request::get(url, ANSWER_CAP)
            .with_header(
                ACCEPT,
                HeaderValue::from_static("application/vnd.github+json"),
            )
            .with_header(version, HeaderValue::from_static("2022-11-28"));
        Ask {
            realm: Realm::Api,
            request,
            stage,
            reader,
        }
    }

    /// What lists the packages of an owner.
    fn packages(&self, owner: &str, kind: Kind) -> Ask {
        let reader = Packages {
            github: self.clone(),
            owner: owner.to_owned(),
            kind,
        };
        let query = [("package_type", "container")];
        self.ask(
            &kind.path(owner),
            &query,
            Stage::Catalogue,
            Arc::new(reader),
        )
    }

    /// An owner that who signs in turned out to have, listed by itself: one that is refused
    /// loses no other.
    fn found(&self, owner: &str, kind: Kind) -> Store {
        Store {
            name: owner.to_owned(),
            asks: vec![self.packages(owner, kind)],
            otherwise: Otherwise::Empty,
        }
    }

    /// What lists the versions of a package.
    fn versions(&self, repository: &RepositoryName, kind: Kind) -> Option<Ask> {
        let (owner, name) = repository.as_str().split_once('/')?;
        let reader = Versions {
            github: self.clone(),
            repository: repository.clone(),
            kind,
        };
        let name = name.replace('/', "%2F");
        let path = format!("{}/container/{name}/versions", kind.path(owner));
        let query = [("state", "active")];
        Some(self.ask(&path, &query, Stage::Tags, Arc::new(reader)))
    }

    /// What an owner is; an organization, where nobody knows.
    fn kind(&self, owner: &str) -> Kind {
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kinds.get(&owner.to_lowercase());
        known.copied().unwrap_or(Kind::Organization)
    }

    /// What lists `wanted` of an owner that is no organization. Who signs in is asked for once
    /// before that, as nobody else is told of what is private.
    fn of_user(&self, wanted: &Wanted) -> Option<Ask> {
        if !self.knows_who_signs_in() {
            let reader = Whose {
                github: self.clone(),
                wanted: wanted.clone(),
            };
            return Some(self.ask("user", &[], Stage::Catalogue, Arc::new(reader)));
        }
        let kind = match self.kind(wanted.owner()) {
            Kind::SignedIn => Kind::SignedIn,
            Kind::Organization | Kind::User => Kind::User,
        };
        self.wanted(wanted, kind)
    }

    fn wanted(&self, wanted: &Wanted, kind: Kind) -> Option<Ask> {
        match wanted {
            Wanted::Packages(owner) => Some(self.packages(owner, kind)),
            Wanted::Versions(repository) => self.versions(repository, kind),
        }
    }

    fn knows_who_signs_in(&self) -> bool {
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.values().any(|kind| *kind == Kind::SignedIn)
    }

    fn learn(&self, owner: &str, kind: Kind) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.insert(owner.to_lowercase(), kind);
    }
}

/// Whether a refusal of an organization's list may be that of a user's name. An organization
/// that is there and closed answers 403: asked as a user it would tell what is public alone,
/// which is not all of it.
fn may_be_user(kind: Kind, response: &Response) -> bool {
    kind == Kind::Organization && response.status.as_u16() == 404 && !response.is_throttled()
}

impl Lister for Ghcr {
    fn name(&self) -> &'static str {
        "ghcr-api"
    }

    fn instead_of_catalogue(&self) -> Option<&'static str> {
        Some(
            "GitHub's registry has no catalogue: sign in by a classic access token with \
             `read:packages`, and name what is not your own, `OWNER/**`",
        )
    }

    fn repositories(&self) -> Vec<Ask> {
        Vec::new()
    }

    /// Those that are named, and those of who signs in: where they cannot be had, it is told,
    /// and the others are read all the same.
    fn stores(&self) -> Vec<Store> {
        let named = self.named.iter().map(|owner| Store {
            name: owner.clone(),
            asks: vec![self.packages(owner, Kind::Organization)],
            otherwise: Otherwise::Nothing,
        });
        let own = self.has_others.then(|| Store {
            name: "user".to_owned(),
            asks: vec![self.ask("user", &[], Stage::Catalogue, Arc::new(Me(self.clone())))],
            otherwise: Otherwise::Empty,
        });
        named.chain(own).collect()
    }

    fn contents(&self, repository: &RepositoryName) -> Option<Ask> {
        self.versions(repository, self.kind(owner_of(repository)))
    }

    fn lists_untagged(&self) -> bool {
        true
    }

    fn lists_children(&self) -> bool {
        true
    }

    fn tells_indexes(&self) -> bool {
        false
    }
}

/// Reads the packages of an owner.
struct Packages {
    github: Ghcr,
    owner: String,
    kind: Kind,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Package {
    name: Text,
    package_type: Text,
}

impl Reader for Packages {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<Package>(response)?;
        self.github.learn(&self.owner, self.kind);
        let mut answer = Answer {
            found: rows.len(),
            is_open: list::is_later_page(ask),
            ..Answer::default()
        };
        let cover = response.cover();
        // The registry writes owners in small letters.
        let owner = self.owner.to_lowercase();
        for row in rows {
            if row.package_type.is_there() && !row.package_type.is("container") {
                continue;
            }
            let name = row.name.uncovered().unwrap_or_default();
            match format!("{owner}/{name}").parse() {
                Ok(name) if !row.name.holds_secret(cover) => answer.repositories.push(name),
                _ => answer.dropped.push(cover.show(name, 80).into_string()),
            }
        }
        answer.next.extend(list::linked(ask, response));
        Ok(answer)
    }

    fn instead(&self, _: &Ask, response: &Response) -> Option<Vec<Ask>> {
        let wanted = Wanted::Packages(self.owner.clone());
        let ask = may_be_user(self.kind, response).then(|| self.github.of_user(&wanted))?;
        ask.map(|ask| vec![ask])
    }

    fn hint(&self, response: &Response) -> Option<&'static str> {
        (response.status.as_u16() == 400).then_some(
            "GitHub is known to answer so to tokens of its Actions: set a classic access token \
             with `read:packages` as password",
        )
    }
}

fn nameless() -> String {
    "an entry without a name".to_owned()
}

/// Reads the versions of a package.
struct Versions {
    github: Ghcr,
    repository: RepositoryName,
    kind: Kind,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Version {
    name: Text,
    created_at: Text,
    metadata: Object<Metadata>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    container: Object<Container>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Container {
    tags: List<Text>,
}

impl Version {
    fn container(&self) -> Option<&Container> {
        self.metadata.get()?.container.get()
    }

    /// The entry that it is, with those of its tags that are some; `None` where it has no
    /// digest, or holds a secret.
    fn listed(&self, cover: &Cover) -> Option<Listed> {
        let digest: Digest = self.name.parse()?;
        let container = self.container()?;
        let mut names = container.tags.iter();
        if self.name.holds_secret(cover) || names.any(|tag| tag.holds_secret(cover)) {
            return None;
        }
        Some(Listed {
            tags: container.tags.iter().filter_map(Text::parse).collect(),
            digest,
            is_index: false,
            told: Told::Nothing,
            facts: ImageFacts {
                pushed: self.created_at.parse(),
                ..ImageFacts::default()
            },
        })
    }
}

impl Reader for Versions {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<Version>(response)?;
        self.github.learn(owner_of(&self.repository), self.kind);
        let mut answer = Answer {
            is_open: list::is_later_page(ask),
            ..Answer::default()
        };
        let cover = response.cover();
        for row in rows {
            if let Some(listed) = row.listed(cover) {
                answer.entries.push((self.repository.clone(), listed));
                let names = row.container().into_iter().flat_map(|all| all.tags.iter());
                let unread = names.filter(|tag| tag.parse::<Tag>().is_none());
                answer
                    .dropped
                    .extend(unread.map(|tag| tag.show(cover, 80).unwrap_or_else(nameless)));
            } else {
                // A digest alone would pass for an image without a tag, of which nothing is
                // said.
                let name = row.name.show(cover, 80);
                let name = name.map(|name| format!("the version {name}"));
                answer.dropped.push(name.unwrap_or_else(nameless));
            }
        }
        answer.next.extend(list::linked(ask, response));
        Ok(answer)
    }

    fn instead(&self, _: &Ask, response: &Response) -> Option<Vec<Ask>> {
        let wanted = Wanted::Versions(self.repository.clone());
        let ask = may_be_user(self.kind, response).then(|| self.github.of_user(&wanted))?;
        ask.map(|ask| vec![ask])
    }
}
