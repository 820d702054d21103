//! Docker Hub.
//!
//! It has no catalogue: its API lists the repositories of a namespace, and their tags with
//! the digest, platform and size of every image, so that no manifest is read for them, which
//! is what its quota counts. An old tag may be without a digest; that one V2 is asked about.

mod account;
mod login;
mod page;
mod repositories;
mod tags;

use std::sync::Arc;

use account::{Account, Namespaces, Organizations, is_namespace};
use login::HubLogin;
use page::{Came, Page};
use repositories::Repositories;
use tags::Tags;

use super::{KnownApi, LINKED, Marks, Site, is_below, owners};
use crate::http::{Cover, Url};
use crate::model::{CredentialKind, Product, RepositoryName, Stage};
use crate::registry::api::Signing;
use crate::registry::lenient::Text;
use crate::registry::list::{
    Answer, Ask, Goes, Lister, Numbered, Otherwise, Reader, Realm, Refusal, Store,
};
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

/// Entries of one page at most.
const PAGE: u16 = 100;

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
