//! Docker Hub.
//!
//! It has no catalogue: its API lists the repositories of a namespace, and their tags with
//! the digest, platform and size of every image, so that no manifest is read for them, which
//! is what its quota counts. An old tag may be without a digest; that one V2 is asked about.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{KnownApi, LINKED, Marks, Site, is_below, owners};
use crate::http::{Cover, Request, Response, Url};
use crate::model::{
    Child, CredentialKind, Credentials, Digest, Image, ImageFacts, Kind, MediaType, Platform,
    Product, RepositoryName, Stage, Tag,
};
use crate::registry::api::{self, Signing};
use crate::registry::lenient::{Flag, List, Number, Object, Presence, Text};
use crate::registry::list::{
    self, Answer, Ask, Goes, Listed, Lister, Numbered, Otherwise, Reader, Realm, Refusal, Store,
    Told,
};
use crate::registry::login::Login;
use crate::registry::manifest;
use crate::registry::origin::Named;

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "docker.io"),
    no_deletion: Some("Docker Hub deletes by its own API and on its site only"),
    tags: LINKED,
    limits_the_account: true,
    counts_manifests: true,
    api: Some(KnownApi {
        place: |site| {
            if site.is_vendors {
                Ok(Named::Vendor("hub.docker.com"))
            } else {
                Err("where its API is does not follow from the address: set `api`".to_owned())
            }
        },
        signing,
        lister: |site, origin| Ok(Arc::new(Hub::new(site, origin))),
    }),
    ..Marks::new("Docker Hub", Some(Product::DockerHub))
};

/// Who signs in nowhere sees what everybody may.
fn signing(site: &Site<'_>) -> Result<Signing, String> {
    match site.credentials {
        Some(known) if known.kind != CredentialKind::Password => {
            Err("Docker Hub's API takes a user name and a password or access token".to_owned())
        }
        Some(_) => Ok(Signing::Login(Arc::new(HubLogin))),
        None => Ok(Signing::Nobody),
    }
}

/// How long its tokens are used: they live for ten minutes, and do not say so.
const LIFETIME: Duration = Duration::from_mins(5);

/// Most bytes read of an answer that holds a token.
const TOKEN_CAP: usize = 64 * 1024;

/// Asks for the token that its API takes.
struct HubLogin;

#[derive(Serialize)]
struct SignIn<'a> {
    identifier: &'a str,
    secret: &'a str,
}

impl Login for HubLogin {
    fn ask(&self, place: &Url, known: &Credentials) -> Result<Request, String> {
        let mut url = place.clone();
        url.set_path("v2/auth/token");
        let body = serde_json::to_string(&SignIn {
            identifier: &known.username,
            secret: known.password.expose(),
        });
        let body = Zeroizing::new(body.map_err(|error| error.to_string())?);
        let request = Request::post_json(url, TOKEN_CAP, "application/json");
        Ok(api::json(request).with_body(body))
    }

    fn lifetime(&self) -> Option<Duration> {
        Some(LIFETIME)
    }
}

/// Entries of one page at most.
const PAGE: u16 = 100;

/// What there is to say of a list of an organization that has nothing private.
const NO_PRIVATE: &str = "Docker Hub lists no private repository to this organization's access \
                          token: where there are some, give it the right to list repositories";

/// The API of Docker Hub.
#[derive(Clone)]
struct Hub {
    origin: Url,
    size: u16,
    account: Option<Account>,
    /// The namespaces that the settings name.
    named: Vec<String>,
    /// Whether there may be others.
    has_others: bool,
}

/// Who signs in.
#[derive(Clone)]
struct Account {
    /// Its own namespace; `None` where the name is none, as an address of mail is.
    namespace: Option<String>,
    /// Whether it is an organization, by an access token of its own: that may be without the
    /// right to list what is private, which shows in no answer.
    is_organization: bool,
}

impl Account {
    fn of(known: &Credentials) -> Self {
        let name = known.username.to_lowercase();
        Self {
            namespace: is_namespace(&name).then_some(name),
            is_organization: known.password.expose().starts_with("dckr_oat_"),
        }
    }
}

/// Whether it can be the first part of a repository's name.
fn is_namespace(name: &str) -> bool {
    !name.contains('/') && name.parse::<RepositoryName>().is_ok()
}

impl Hub {
    fn new(site: &Site<'_>, origin: &Url) -> Self {
        let (named, has_others) = owners(site);
        Self {
            origin: origin.clone(),
            size: site.page_size.clamp(1, PAGE),
            account: site.credentials.map(Account::of),
            named,
            has_others,
        }
    }

    fn page(&self, path: &str, stage: Stage, reader: Arc<dyn Reader>) -> Ask {
        let mut url = self.origin.clone();
        url.set_path(path);
        url.query_pairs_mut()
            .append_pair("page_size", &self.size.to_string())
            .append_pair("page", "1");
        ask(url, stage, reader)
    }

    /// What lists the repositories of a namespace.
    fn namespace(&self, name: &str) -> Ask {
        let reader = Repositories {
            hub: self.clone(),
            namespace: name.to_owned(),
            page: Numbered::default(),
            came: None,
            has_private: false,
        };
        let path = format!("v2/namespaces/{name}/repositories");
        self.page(&path, Stage::Catalogue, Arc::new(reader))
    }

    /// What lists the namespaces that the account may be in: those that it owns, and all
    /// organizations that it is a member of. An organization's own token may ask for neither.
    fn namespaces(&self) -> Vec<Ask> {
        let known = Came::default();
        let own = self.account.iter().filter_map(|own| own.namespace.as_ref());
        known.know(self.named.iter().chain(own));
        let mut owned = self.origin.clone();
        owned.set_path("v2/repositories/namespaces");
        let reader = Arc::new(Namespaces {
            hub: self.clone(),
            known: known.clone(),
        });
        let reader_of_all = Arc::new(Organizations {
            hub: self.clone(),
            known,
            page: Numbered::default(),
        });
        vec![
            ask(owned, Stage::Catalogue, reader),
            self.page("v2/user/orgs/", Stage::Catalogue, reader_of_all),
        ]
    }

    /// What lists a namespace that an answer names, where it was not named before.
    fn take(&self, name: &Text, known: &Came, answer: &mut Answer, cover: &Cover) {
        let name = name.uncovered().unwrap_or_default().to_lowercase();
        if !is_namespace(&name) || cover.holds(&name) {
            answer.dropped.push(cover.show(&name, 80).into_string());
        } else if known.is_new(&name) {
            // Each by itself: one that is refused loses no other.
            answer.stores.push(Store {
                asks: vec![self.namespace(&name)],
                name,
                otherwise: Otherwise::Empty,
            });
        }
    }

    /// What becomes of a list after a page of `count` rows.
    fn goes<T>(&self, page: Numbered, of: &Page<T>, count: usize) -> Result<Goes, Refusal> {
        let size = usize::from(self.size);
        let has_more = of.next.is_there();
        match page.page(count, size, of.count.get(), Some(has_more))? {
            // A page behind the last is no list that is missing.
            Goes::On(_) if !has_more => Err(Refusal::Shifted(
                "fewer entries came than it states, and no page follows".to_owned(),
            )),
            goes => Ok(goes),
        }
    }
}

fn ask(url: Url, stage: Stage, reader: Arc<dyn Reader>) -> Ask {
    Ask::get(Realm::Api, url, stage, reader)
}

impl Lister for Hub {
    fn name(&self) -> &'static str {
        "docker-hub-api"
    }

    fn instead_of_catalogue(&self) -> Option<&'static str> {
        Some(
            "Docker Hub has no catalogue: sign in, for your own namespace and those of your \
             organizations, or name what to load, `library/nginx` or `NAMESPACE/**`",
        )
    }

    fn repositories(&self) -> Vec<Ask> {
        Vec::new()
    }

    /// Those that are named, and those of the account: where they cannot be had, it is told,
    /// and the others are read all the same.
    fn stores(&self) -> Vec<Store> {
        let mut stores: Vec<Store> = self
            .named
            .iter()
            .map(|name| Store {
                name: name.clone(),
                asks: vec![self.namespace(name)],
                otherwise: Otherwise::Nothing,
            })
            .collect();
        if let Some(account) = self.account.as_ref().filter(|_| self.has_others) {
            let own = account.namespace.iter();
            let own = own.filter(|name| !self.named.contains(name));
            let mut add = |name: &str, ask: Ask| {
                stores.push(Store {
                    name: name.to_owned(),
                    asks: vec![ask],
                    otherwise: Otherwise::Empty,
                });
            };
            own.for_each(|name| add(name, self.namespace(name)));
            if !account.is_organization {
                for ask in self.namespaces() {
                    add("the account's organizations", ask);
                }
            }
        }
        stores
    }

    fn contents(&self, repository: &RepositoryName) -> Option<Ask> {
        let (namespace, name) = repository.as_str().split_once('/')?;
        let path = format!("v2/namespaces/{namespace}/repositories/{name}/tags");
        let reader = Tags {
            hub: self.clone(),
            repository: repository.clone(),
            page: Numbered::default(),
            came: None,
        };
        Some(self.page(&path, Stage::Tags, Arc::new(reader)))
    }
}

/// Reads the namespaces that who signs in owns.
struct Namespaces {
    hub: Hub,
    known: Came,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NamespaceList {
    namespaces: List<Text>,
}

impl Reader for Namespaces {
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let list: NamespaceList = list::object(response)?;
        if !list.namespaces.is_there() {
            return Err(Refusal::NoList("it holds no `namespaces`".to_owned()));
        }
        let mut answer = Answer {
            found: 1,
            ..Answer::default()
        };
        for name in list.namespaces.iter() {
            self.hub
                .take(name, &self.known, &mut answer, response.cover());
        }
        Ok(answer)
    }
}

/// Reads the organizations that who signs in is a member of.
struct Organizations {
    hub: Hub,
    known: Came,
    page: Numbered,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Organization {
    orgname: Text,
}

impl Reader for Organizations {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: Page<Organization> = list::object(response)?;
        let rows = page.rows()?;
        let goes = self.hub.goes(self.page, &page, rows.len())?;
        let mut answer = Answer {
            found: 1,
            ..Answer::default()
        };
        for row in rows {
            self.hub
                .take(&row.orgname, &self.known, &mut answer, response.cover());
        }
        if let Goes::On(page) = goes {
            let reader = Self {
                hub: self.hub.clone(),
                known: self.known.clone(),
                page,
            };
            let next = list::next_number(ask, "page", 1, Arc::new(reader));
            answer.next.push(next);
        }
        Ok(answer)
    }
}

/// The names that came on the pages of one list so far: what is pushed meanwhile comes first,
/// so that a name comes twice where another was passed over, and the total stays.
#[derive(Clone, Default)]
struct Came(Arc<Mutex<HashSet<String>>>);

impl Came {
    fn is_new(&self, name: &str) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(name.to_owned())
    }

    /// Takes names that are known from elsewhere.
    fn know<'a>(&self, names: impl Iterator<Item = &'a String>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.extend(names.cloned());
    }

    /// Takes the name of a row.
    ///
    /// # Errors
    ///
    /// It came before.
    fn take(&self, name: &Text, what: &str) -> Result<(), Refusal> {
        if name.uncovered().is_none_or(|name| self.is_new(name)) {
            Ok(())
        } else {
            Err(Refusal::Shifted(format!("a {what} came twice")))
        }
    }
}

#[derive(Deserialize)]
#[serde(default)]
struct Page<T> {
    count: Number,
    next: Presence,
    results: List<Object<T>>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            count: Number::default(),
            next: Presence::default(),
            results: List::default(),
        }
    }
}

impl<T> Page<T> {
    fn rows(&self) -> Result<Vec<&T>, Refusal> {
        if !self.results.is_there() {
            return Err(Refusal::NoList("it holds no `results`".to_owned()));
        }
        let rows: Option<Vec<&T>> = self.results.iter().map(Object::get).collect();
        rows.ok_or_else(|| Refusal::NoList("it holds what is no object".to_owned()))
    }
}

/// Reads the repositories of a namespace.
struct Repositories {
    hub: Hub,
    namespace: String,
    page: Numbered,
    /// Those of the pages before; `None` of the first.
    came: Option<Came>,
    /// Whether a private one came on a page before.
    has_private: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RepositoryRow {
    name: Text,
    repository_type: Text,
    is_private: Flag,
}

impl Reader for Repositories {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: Page<RepositoryRow> = list::object(response)?;
        let rows = page.rows()?;
        let goes = self.hub.goes(self.page, &page, rows.len())?;
        let came = self.came.clone().unwrap_or_default();
        let is_organization = |account: &Account| account.is_organization;
        let is_organization = self.hub.account.as_ref().is_some_and(is_organization);
        let has_private = self.has_private || rows.iter().any(|row| row.is_private.is_set());
        let mut answer = Answer {
            found: rows.len(),
            is_open: is_organization,
            ..Answer::default()
        };
        if is_organization && !has_private && goes == Goes::Whole {
            answer.notes.push(NO_PRIVATE.to_owned());
        }
        let cover = response.cover();
        for row in rows {
            came.take(&row.name, "repository")?;
            // Plugins are no images.
            if row.repository_type.is("plugin") {
                continue;
            }
            let name = row.name.uncovered().unwrap_or_default();
            match format!("{}/{name}", self.namespace).parse() {
                Ok(name) if !row.name.holds_secret(cover) => answer.repositories.push(name),
                _ => answer.dropped.push(cover.show(name, 80).into_string()),
            }
        }
        if let Goes::On(page) = goes {
            let reader = Self {
                hub: self.hub.clone(),
                namespace: self.namespace.clone(),
                page,
                came: Some(came),
                has_private,
            };
            let next = list::next_number(ask, "page", 1, Arc::new(reader));
            answer.next.push(next);
        }
        Ok(answer)
    }
}

/// Reads the tags of a repository.
struct Tags {
    hub: Hub,
    repository: RepositoryName,
    page: Numbered,
    /// Those of the pages before; `None` of the first.
    came: Option<Came>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TagRow {
    name: Text,
    media_type: Text,
    digest: Text,
    images: List<Object<ImageRow>>,
    tag_last_pushed: Text,
    tag_last_pulled: Text,
}

/// An image of one platform that a tag stands for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ImageRow {
    architecture: Text,
    variant: Text,
    os: Text,
    digest: Text,
    size: Number,
}

impl Reader for Tags {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: Page<TagRow> = list::object(response)?;
        let rows = page.rows()?;
        let goes = self.hub.goes(self.page, &page, rows.len())?;
        let came = self.came.clone().unwrap_or_default();
        let mut answer = Answer::default();
        let cover = response.cover();
        for row in rows {
            came.take(&row.name, "tag")?;
            let tag: Option<Tag> = row.name.parse().filter(|_| !row.name.holds_secret(cover));
            let Some(tag) = tag else {
                let name = row.name.uncovered().unwrap_or_default();
                answer.dropped.push(cover.show(name, 80).into_string());
                continue;
            };
            let repository = self.repository.clone();
            match row.listed(tag.clone(), cover) {
                Some(listed) => answer.entries.push((repository, listed)),
                None => answer.tags.push((repository, tag)),
            }
        }
        if let Goes::On(page) = goes {
            let reader = Self {
                hub: self.hub.clone(),
                repository: self.repository.clone(),
                page,
                came: Some(came),
            };
            let next = list::next_number(ask, "page", 1, Arc::new(reader));
            answer.next.push(next);
        }
        Ok(answer)
    }
}

impl TagRow {
    /// The entry that it is; `None` where no digest is told.
    fn listed(&self, tag: Tag, cover: &Cover) -> Option<Listed> {
        let digest: Digest = self.digest.parse()?;
        if self.digest.holds_secret(cover) {
            return None;
        }
        let media_type = MediaType::from(self.media_type.uncovered().unwrap_or_default());
        let is_index = media_type.is_index();
        let image = match media_type {
            // What is none of the usual types is for the manifest to say.
            MediaType::Other(_) => None,
            usual if is_index => self.index(usual, cover),
            usual => self.image(usual, &digest, cover),
        };
        Some(Listed {
            tags: vec![tag],
            digest,
            is_index,
            told: image.map_or(Told::Nothing, |image| Told::Image(Box::new(image))),
            facts: ImageFacts {
                pushed: self.tag_last_pushed.parse(),
                pulled: self.tag_last_pulled.parse(),
                ..ImageFacts::default()
            },
        })
    }

    /// An index with its children and their sizes; `None` where one is not told whole.
    fn index(&self, media_type: MediaType, cover: &Cover) -> Option<Image> {
        let mut image = Image::new(Kind::Index, media_type);
        let child = |row: &Object<ImageRow>| row.get()?.child(cover);
        image.children = self
            .images
            .iter()
            .map(child)
            .collect::<Option<Vec<Child>>>()?;
        let mut seen = HashSet::new();
        let mut runnable = image.children.iter().filter(|child| !child.accessory);
        runnable.clone().next()?;
        image.size = runnable.try_fold(0_u64, |sum, child| {
            let size = if seen.insert(&child.digest) {
                child.size?
            } else {
                0
            };
            Some(sum.saturating_add(size))
        });
        Some(image)
    }

    /// The image of one platform that the tag names.
    fn image(&self, media_type: MediaType, digest: &Digest, cover: &Cover) -> Option<Image> {
        let mut rows = self.images.iter();
        let row = rows.next()?.get()?;
        let is_it = rows.next().is_none() && row.digest.parse::<Digest>().as_ref() == Some(digest);
        let platform = row.platform(cover).filter(|it| is_it && !it.is_unknown())?;
        let mut image = Image::new(Kind::Image, media_type);
        image.size = Some(row.size.get()?);
        image.platform = Some(platform);
        Some(image)
    }
}

impl ImageRow {
    fn platform(&self, cover: &Cover) -> Option<Platform> {
        manifest::platform(&self.os, &self.architecture, &self.variant, cover)
    }

    fn child(&self, cover: &Cover) -> Option<Child> {
        let digest: Digest = self.digest.parse()?;
        if self.digest.holds_secret(cover) {
            return None;
        }
        let child = manifest::child(digest, Some(self.platform(cover)?), false);
        // What hangs on others is not counted.
        let size = self.size.get().filter(|_| !child.accessory);
        (child.accessory || size.is_some()).then_some(Child { size, ..child })
    }
}
