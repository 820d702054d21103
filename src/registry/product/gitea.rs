//! Gitea and Forgejo.
//!
//! The catalogue names the repositories, whose first component is an owner. The API lists
//! the packages of an owner together: a row a tag, and one a manifest that was pushed by its
//! digest, which V2 does not list. What a tag names is for V2 to say.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{KnownApi, LINKED, Marks, Probe, Site, Told, json, realm_ends};
use crate::http::header::{AUTHORIZATION, LINK};
use crate::http::{Cover, Request, Response, Url};
use crate::model::{CredentialKind, Digest, ImageFacts, Product, RepositoryName, Stage, Tag};
use crate::registry::api::{self, Signing};
use crate::registry::lenient::{Number, Text};
use crate::registry::list::{
    self, ANSWER_CAP, Answer, Ask, Goes, Listed, Lister, Numbered, Otherwise, Reader, Realm,
    Refusal, Store,
};
use crate::registry::origin::Named;
use crate::registry::token::Scope;

pub(super) const MARKS: Marks = Marks {
    challenge: |challenge| {
        realm_ends(challenge, "/v2/token") && challenge.service.is("container_registry")
    },
    // Forgejo answers here, too, with the Gitea version it stands for behind its own:
    // `9.0.0+gitea-1.22.0`.
    probe: Some(Probe {
        path: |_| "api/v1/version".to_owned(),
        read: |response| {
            let told: Version = json(response)?;
            let is_there = told.version.is_there();
            is_there.then(|| Told::in_json(&told.version, response))
        },
    }),
    catalogue: LINKED,
    tags: LINKED,
    has_stores: true,
    api: Some(KnownApi {
        place: |_| Ok(Named::Own),
        signing,
        lister: |site, origin| Ok(Arc::new(Gitea::new(site, origin))),
    }),
    ..Marks::new("Gitea or Forgejo", Some(Product::Gitea))
};

/// The API takes what the registry takes, or a token of its own. It lists packages to nobody
/// who does not sign in, also those that everybody may read.
fn signing(site: &Site<'_>) -> Result<Signing, String> {
    match site.credentials.map(|known| known.kind) {
        _ if site.has_api_token => Ok(Signing::Token {
            header: AUTHORIZATION,
            before: "token ",
            or_password: false,
        }),
        Some(CredentialKind::IdentityToken) => {
            Err("its API takes a user name with a password or access token".to_owned())
        }
        Some(_) => Ok(Signing::AsRegistry),
        None => Err(
            "its API lists packages to those who sign in alone: what no tag names is not listed"
                .to_owned(),
        ),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Version {
    version: Text,
}

/// Rows of one page, as servers come set up.
const PAGE: usize = 50;

/// Names of one page of the catalogue at most; more is cut to that without a word.
const NAMES: usize = 100;

/// The API of one server.
#[derive(Clone)]
struct Gitea {
    base: Url,
    /// Where the API is.
    api: Url,
}

impl Gitea {
    fn new(site: &Site<'_>, origin: &Url) -> Self {
        Self {
            base: site.base.clone(),
            api: site.below(origin, "api/v1/packages/"),
        }
    }

    /// What lists the packages of an owner; those alone whose names hold `part`, where there
    /// is one.
    fn packages(&self, owner: &str, part: Option<&str>, reader: Packages) -> Ask {
        let mut url = self.api.clone();
        let owner = utf8_percent_encode(owner, NON_ALPHANUMERIC);
        url.set_path(&format!("{}{owner}", self.api.path()));
        url.query_pairs_mut()
            .append_pair("type", "container")
            .extend_pairs(part.map(|part| ("q", part)))
            .append_pair("limit", &PAGE.to_string())
            .append_pair("page", "1");
        Ask::get(Realm::Api, url, Stage::Tags, Arc::new(reader))
    }

    fn store(&self, owner: String, names: Vec<RepositoryName>) -> Store {
        let reader = Packages {
            owner: owner.clone(),
            wanted: Wanted::All(names.clone()),
            page: Numbered::default(),
            seen: None,
        };
        Store {
            asks: vec![self.packages(&owner, None, reader)],
            name: owner,
            otherwise: Otherwise::Repositories(names),
        }
    }
}

impl Lister for Gitea {
    fn name(&self) -> &'static str {
        "gitea-api"
    }

    fn instead_of_catalogue(&self) -> Option<&'static str> {
        Some(
            "this server shows its packages to those who sign in alone, or to nobody with this \
             token: give it `read:package`, or name the repositories to load",
        )
    }

    fn repositories(&self) -> Vec<Ask> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}v2/_catalog", self.base.path()));
        url.query_pairs_mut().append_pair("n", &NAMES.to_string());
        vec![Ask {
            realm: Realm::V2(Scope::Catalogue),
            request: api::json(Request::get(url, ANSWER_CAP)),
            stage: Stage::Catalogue,
            reader: Arc::new(Catalogue {
                gitea: self.clone(),
                so_far: BTreeMap::new(),
            }),
        }]
    }

    fn contents(&self, repository: &RepositoryName) -> Option<Ask> {
        let (owner, name) = repository.as_str().split_once('/')?;
        let reader = Packages {
            owner: owner.to_owned(),
            wanted: Wanted::One(repository.clone()),
            page: Numbered::default(),
            seen: None,
        };
        Some(self.packages(owner, Some(name), reader))
    }

    fn lists_untagged(&self) -> bool {
        true
    }

    fn lists_children(&self) -> bool {
        true
    }
}

/// Reads names of repositories, and tells of their owners on the last page.
struct Catalogue {
    gitea: Gitea,
    so_far: BTreeMap<String, BTreeSet<RepositoryName>>,
}

impl Reader for Catalogue {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page = list::catalogue(response)?;
        let mut so_far = self.so_far.clone();
        let mut answer = Answer {
            dropped: page.dropped,
            ..Answer::default()
        };
        for name in page.repositories {
            match name.as_str().split_once('/') {
                Some((owner, _)) => {
                    let known = so_far.entry(owner.to_owned()).or_default();
                    answer.found += usize::from(known.insert(name));
                }
                None => answer.dropped.push(name.to_string()),
            }
        }
        let next = list::linked(ask, response).filter(|_| page.count > 0);
        // A full page without a link is looked behind all the same.
        let behind = || {
            let last = page.last.uncovered().filter(|_| page.count >= NAMES)?;
            let mut next = ask.clone();
            next.request.url = list::with_parameter(&ask.request.url, "last", last);
            Some(next)
        };
        if let Some(mut next) = next.or_else(behind) {
            next.reader = Arc::new(Self {
                gitea: self.gitea.clone(),
                so_far,
            });
            answer.next.push(next);
        } else {
            let stores = so_far.into_iter();
            let stores =
                stores.map(|(owner, names)| self.gitea.store(owner, names.into_iter().collect()));
            answer.stores.extend(stores);
        }
        Ok(answer)
    }
}

/// Reads the packages of an owner.
struct Packages {
    owner: String,
    wanted: Wanted,
    page: Numbered,
    /// The rows that came so far: the newest are first, so that what is pushed meanwhile
    /// moves others to the next page.
    seen: Option<Arc<Mutex<HashSet<u64>>>>,
}

/// What of an owner's packages is wanted.
#[derive(Clone)]
enum Wanted {
    /// Everything, and these besides, which the catalogue names.
    All(Vec<RepositoryName>),
    /// This repository.
    One(RepositoryName),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row {
    id: Number,
    #[serde(rename = "type")]
    kind: Text,
    name: Text,
    version: Text,
    created_at: Text,
}

impl Reader for Packages {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<Row>(response)?;
        let total = list::stated_total(response, "x-total-count");
        // Pages may be smaller than was asked for: without a word of what is behind, the end
        // is an empty page.
        let has_links = response.header(LINK).is_some();
        let more = !has_links || list::next_link(response.headers()).is_some();
        let goes = self.page.page(rows.len(), PAGE, total, Some(more))?;
        let seen = self.seen.clone().unwrap_or_default();
        let mut answer = Answer::default();
        let cover = response.cover();
        for row in rows {
            let is_new = row.id.get().is_none_or(|id| {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.insert(id)
            });
            if !is_new {
                return Err(Refusal::Shifted("a package came twice".to_owned()));
            }
            answer.found += 1;
            if !row.kind.is("container") {
                continue;
            }
            self.take(&mut answer, &row, cover);
        }
        match goes {
            Goes::On(page) => {
                let reader = Self {
                    owner: self.owner.clone(),
                    wanted: self.wanted.clone(),
                    page,
                    seen: Some(seen),
                };
                let next = list::next_number(ask, "page", 1, Arc::new(reader));
                answer.next.push(next);
            }
            Goes::Whole => {
                if let Wanted::All(names) = &self.wanted {
                    answer.repositories.extend(names.iter().cloned());
                }
            }
        }
        Ok(answer)
    }
}

impl Packages {
    /// Takes a row: a tag, or a manifest by its digest. Names are the same in any case there,
    /// and are in lower case in V2's lists.
    fn take(&self, answer: &mut Answer, row: &Row, cover: &Cover) {
        let lower = |text: &Text| text.uncovered().unwrap_or_default().to_lowercase();
        let name = format!("{}/{}", self.owner, lower(&row.name));
        let holds_secret = row.name.holds_secret(cover) || row.version.holds_secret(cover);
        let name = name.parse::<RepositoryName>();
        let Some(name) = name.ok().filter(|_| !holds_secret) else {
            answer.dropped.push(shown(&row.name, cover));
            return;
        };
        if matches!(&self.wanted, Wanted::One(one) if *one != name) {
            return;
        }
        let version = lower(&row.version);
        if let Ok(digest) = version.parse::<Digest>() {
            let listed = Listed {
                tags: Vec::new(),
                digest,
                is_index: false,
                told: list::Told::Nothing,
                facts: ImageFacts {
                    pushed: row.created_at.parse(),
                    ..ImageFacts::default()
                },
            };
            answer.entries.push((name, listed));
        } else if let Ok(tag) = version.parse::<Tag>() {
            answer.tags.push((name, tag));
        } else {
            answer.dropped.push(shown(&row.version, cover));
        }
    }
}

fn shown(text: &Text, cover: &Cover) -> String {
    let shown = text.show(cover, 80);
    shown.unwrap_or_else(|| "an entry without a name".to_owned())
}
