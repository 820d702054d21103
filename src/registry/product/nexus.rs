//! Sonatype Nexus Repository 3.
//!
//! A server holds many registries, each below `repository/NAME/` and some on ports of their
//! own. The address may be one of them, or the server: then each of its repositories of
//! images is a store, and the first component of our names. Its REST API lists the tags of a
//! whole repository with their digests.

use std::sync::Arc;

use serde::Deserialize;

use super::{KnownApi, Marks, Probe, Site, Told, is_basic_realm, realm_ends};
use crate::http::{Cover, Headers, Response, Url, Wire};
use crate::model::{Digest, ImageFacts, MediaType, Product, RepositoryName, Stage, Tag, Timestamp};
use crate::registry::api::Signing;
use crate::registry::lenient::{List, Object, Text};
use crate::registry::list::{
    self, Answer, Ask, Listed, Lister, Otherwise, Reader, Realm, Refusal, Store,
};
use crate::registry::manifest;
use crate::registry::origin::Named;
use crate::registry::place::Layout;

pub(super) const MARKS: Marks = Marks {
    headers: |headers| version(headers).is_some(),
    challenge: |challenge| {
        is_basic_realm(challenge, "Sonatype Nexus Repository Manager")
            || realm_ends(challenge, "/v2/token") && challenge.service.contains("/v2/token")
    },
    version,
    probe: Some(Probe {
        path: |base| {
            // All of it may be below a context path: `/nexus/repository/docker`.
            let context = base.split("/repository/").next().unwrap_or_default();
            let context = if base.contains("/repository/") {
                context.trim_matches('/')
            } else {
                ""
            };
            let slash = if context.is_empty() { "" } else { "/" };
            format!("{context}{slash}service/rest/v1/status")
        },
        read: |response| version(response.headers()).map(|version| Told::version(&version)),
    }),
    has_stores: true,
    holds_many: true,
    api: Some(KnownApi {
        place: |_| Ok(Named::Own),
        signing: |_| Ok(Signing::AsRegistry),
        lister: |site, origin| Ok(Arc::new(Nexus::new(site, origin)?)),
    }),
    ..Marks::new("Sonatype Nexus", Some(Product::Nexus))
};

fn version(headers: Headers<'_>) -> Option<Wire<'_>> {
    headers.get("server")?.strip_prefix("Nexus/")?.word()
}

/// The REST API of one server.
#[derive(Clone)]
struct Nexus {
    origin: Url,
    /// The path that all of the server is below; begins and ends with `/`.
    context: String,
    /// The one repository that the address is; `None` where it is the server.
    repository: Option<String>,
}

impl Nexus {
    fn new(site: &Site<'_>, origin: &Url) -> Result<Self, String> {
        let path = site.base.path();
        let by_api = site.api.and_then(|api| in_path(api.path()));
        let (context, repository) = match (in_path(path), by_api, site.speaks_v2) {
            (Some((context, name)), _, _) | (None, Some((context, name)), _) => {
                (context, Some(name))
            }
            (None, None, Some(false)) => (path.to_owned(), None),
            (None, None, _) => {
                return Err(
                    "a port or host of its own does not say which repository it is: set `api` to \
                     https://HOST/repository/NAME"
                        .to_owned(),
                );
            }
        };
        Ok(Self {
            origin: origin.clone(),
            context,
            repository,
        })
    }

    fn ask(&self, path: &str, reader: Arc<dyn Reader>, stage: Stage) -> Ask {
        let mut url = self.origin.clone();
        url.set_path(&format!("{}service/rest/v1/{path}", self.context));
        Ask::get(Realm::Api, url, stage, reader)
    }

    /// What lists the tags of one of its repositories, whose names get this prefix.
    fn components(&self, repository: &str, prefix: &str) -> Ask {
        let reader = Components {
            prefix: prefix.to_owned(),
        };
        let mut ask = self.ask("components", Arc::new(reader), Stage::Tags);
        let mut query = ask.request.url.query_pairs_mut();
        query.append_pair("repository", repository);
        drop(query);
        ask
    }
}

/// The context path and the repository in `/nexus/repository/docker-hosted/`.
fn in_path(path: &str) -> Option<(String, String)> {
    let (context, rest) = path.split_once("/repository/")?;
    let name = rest.split('/').next().filter(|name| !name.is_empty())?;
    Some((format!("{context}/"), name.to_owned()))
}

impl Lister for Nexus {
    fn name(&self) -> &'static str {
        "nexus-api"
    }

    fn layout(&self) -> Option<Layout> {
        let stores = || Layout::Stores(format!("{}repository/", self.context));
        self.repository.is_none().then(stores)
    }

    fn repositories(&self) -> Vec<Ask> {
        match &self.repository {
            Some(repository) => vec![self.components(repository, "")],
            None => vec![self.ask(
                "repositories",
                Arc::new(Repositories(self.clone())),
                Stage::Catalogue,
            )],
        }
    }

    fn contents(&self, _: &RepositoryName) -> Option<Ask> {
        None
    }
}

/// Reads the repositories of a server: those of images, of which groups repeat others.
struct Repositories(Nexus);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Repository {
    name: Text,
    format: Text,
    #[serde(rename = "type")]
    kind: Text,
}

impl Reader for Repositories {
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<Repository>(response)?;
        let mut answer = Answer::default();
        for row in rows {
            let holds_images = row.format.is("docker") || row.format.is("oci");
            let Some(name) = row.name.uncovered().filter(|_| holds_images) else {
                continue;
            };
            if row.kind.is("group") || row.name.holds_secret(response.cover()) {
                continue;
            }
            if row.kind.is("proxy") {
                answer.costly.push(name.to_owned());
            }
            answer.stores.push(Store {
                name: name.to_owned(),
                asks: vec![self.0.components(name, &format!("{name}/"))],
                otherwise: Otherwise::Catalogue,
            });
        }
        Ok(answer)
    }
}

/// Reads components, of which each is one tag.
struct Components {
    /// What our names have in front of those of the server.
    prefix: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Page {
    items: List<Object<Component>>,
    continuation_token: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Component {
    name: Text,
    version: Text,
    assets: List<Object<Asset>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Asset {
    path: Text,
    content_type: Text,
    checksum: Object<Checksum>,
    last_modified: Text,
    blob_created: Text,
    last_downloaded: Text,
    docker: Object<Docker>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Checksum {
    sha256: Text,
}

/// What newer versions tell of an image.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Docker {
    created: Text,
    os: Text,
    architecture: Text,
}

impl Reader for Components {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: Page = list::object(response)?;
        if !page.items.is_there() {
            return Err(Refusal::NoList("it holds no `items`".to_owned()));
        }
        let mut answer = Answer::default();
        let cover = response.cover();
        for row in page.items.iter().filter_map(Object::get) {
            // What no tag names is listed by its digest, by some versions.
            if row.version.parse::<Digest>().is_some() {
                continue;
            }
            let is_kept = !row.name.holds_secret(cover) && !row.version.holds_secret(cover);
            match row.listed(&self.prefix, cover).filter(|_| is_kept) {
                Some(entry) => answer.entries.push(entry),
                None => answer.dropped.extend(row.name.show(cover, 80)),
            }
        }
        if let Some(token) = page.continuation_token.uncovered() {
            let mut next = ask.clone();
            next.request.url = list::with_parameter(&ask.request.url, "continuationToken", token);
            answer.next.push(next);
        }
        Ok(answer)
    }
}

impl Component {
    fn listed(&self, prefix: &str, cover: &Cover) -> Option<(RepositoryName, Listed)> {
        let name = format!("{prefix}{}", self.name.uncovered()?).parse().ok()?;
        let tag: Tag = self.version.parse()?;
        let assets = || self.assets.iter().filter_map(Object::get);
        let end = format!("manifests/{tag}");
        let is_its = |asset: &&Asset| {
            asset
                .path
                .uncovered()
                .is_some_and(|path| path.ends_with(&end))
        };
        let asset = assets().find(is_its).or_else(|| assets().next())?;
        let hex = asset.checksum.get()?.sha256.uncovered()?;
        let digest: Digest = format!("sha256:{hex}").parse().ok()?;
        let media_type = MediaType::from(asset.content_type.uncovered().unwrap_or_default());
        let is_index = media_type.is_index();
        let docker = asset.docker.get().filter(|_| !is_index);
        let moment = |text: &Text| text.parse::<Timestamp>();
        let entry = Listed {
            tags: vec![tag],
            digest,
            is_index,
            told: docker
                .and_then(|docker| docker.told(cover))
                .unwrap_or_default(),
            facts: ImageFacts {
                pushed: moment(&asset.blob_created).or_else(|| moment(&asset.last_modified)),
                pulled: moment(&asset.last_downloaded),
                ..ImageFacts::default()
            },
        };
        Some((name, entry))
    }
}

impl Docker {
    /// It does not tell the variant that configurations of ARM images have.
    fn told(&self, cover: &Cover) -> Option<list::Told> {
        let none = Text::default();
        let platform = manifest::platform(&self.os, &self.architecture, &none, cover)?;
        let is_whole = !platform.architecture().starts_with("arm") && self.created.is_there();
        is_whole.then(|| list::Told::Platform {
            platform,
            created: self.created.parse(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_one_repository() {
        let found = in_path("/nexus/repository/docker-hosted/");
        assert_eq!(found, Some(("/nexus/".into(), "docker-hosted".into())));
        let found = in_path("/repository/docker/");
        assert_eq!(found, Some(("/".into(), "docker".into())));
        assert_eq!(in_path("/nexus/"), None);
        assert_eq!(in_path("/repository/"), None);
    }
}
