//! JFrog Artifactory.
//!
//! A server holds many registries, each by its repository key. The address may be one of them
//! (`…/artifactory/api/docker/KEY`, or a host of its own), the server, or a host below which
//! names begin with the key (Repository Path); no list names the keys there, and the settings
//! do. Its query language lists the manifests of a key with their digests.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::{KnownApi, Marks, Paged, Probe, Site, Told, UNKNOWN, is_basic_realm};
use crate::http::{Headers, Request, Response, Url, Wire};
use crate::model::{
    Digest, Glob, ImageFacts, Product, RepositoryName, RepositoryScope, Stage, Tag,
};
use crate::registry::api::{self, Signing};
use crate::registry::lenient::{List, Number, Object, Text};
use crate::registry::list::{
    self, ANSWER_CAP, Answer, Ask, Listed, Lister, Otherwise, Reader, Realm, Refusal, Store,
};
use crate::registry::origin::Named;
use crate::registry::place::Layout;

/// Lists whose cursor is an offset.
const OFFSETS: Paged = Paged {
    opaque_cursor: true,
    ..UNKNOWN
};

pub(super) const MARKS: Marks = Marks {
    headers: |headers| {
        headers.has("x-jfrog-version")
            || headers.has("x-artifactory-id")
            || headers
                .get("server")
                .is_some_and(|server| server.starts_with("Artifactory/"))
    },
    challenge: |challenge| is_basic_realm(challenge, "Artifactory Realm"),
    version,
    // Its body says `OK`, its headers the version.
    probe: Some(Probe {
        path: |_| "artifactory/api/system/ping".to_owned(),
        read: |response| version(response.headers()).map(|version| Told::version(&version)),
    }),
    // Its cursor is a number in some versions, and cuts without a link are not known.
    catalogue: OFFSETS,
    tags: OFFSETS,
    has_stores: true,
    holds_many: true,
    api: Some(KnownApi {
        place: |_| Ok(Named::Own),
        signing: |_| Ok(Signing::AsRegistry),
        lister: |site, origin| Ok(Arc::new(Artifactory::new(site, origin)?)),
    }),
    ..Marks::new("JFrog Artifactory", Some(Product::Artifactory))
};

fn version(headers: Headers<'_>) -> Option<Wire<'_>> {
    headers
        .get("x-jfrog-version")
        .or_else(|| headers.get("server"))?
        .strip_prefix("Artifactory/")?
        .word()
}

/// Manifests asked for in one answer.
const LIMIT: usize = 5000;

/// Between the base of the server and the key of a registry.
const DIRECT: &str = "/api/docker/";

/// The API of one server.
#[derive(Clone)]
struct Artifactory {
    origin: Url,
    /// The path that its API is below; begins and ends with `/`.
    context: String,
    address: Address,
}

/// What the address of the settings is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Address {
    /// The registry of this key.
    Key(String),
    /// A host below which names begin with one of these keys.
    Path(Vec<String>),
    /// The server.
    Server,
}

impl Artifactory {
    fn new(site: &Site<'_>, origin: &Url) -> Result<Self, String> {
        let path = site.base.path();
        let set = site.api.map(Url::path).filter(|path| *path != "/");
        let default = || "/artifactory/".to_owned();
        let host = site.base.host_str().unwrap_or_default();
        let (context, address) = match path.split_once(DIRECT) {
            Some((context, rest)) => {
                let key = rest.split('/').next().unwrap_or_default();
                (format!("{context}/"), Address::Key(key.to_owned()))
            }
            None if site.is_by_path => (default(), Address::Path(keys(site.scope))),
            None if site.speaks_v2 == Some(false) && path == "/" => (default(), Address::Server),
            None if site.speaks_v2 == Some(false) => (path.to_owned(), Address::Server),
            // By a host of its own, whose name begins with the key.
            None => match host.split_once('.') {
                Some((key, rest)) if rest.contains('.') && key.parse::<u8>().is_err() => {
                    (default(), Address::Key(key.to_owned()))
                }
                _ => {
                    return Err(
                        "a port of its own does not say which repository it is: give the address \
                         as https://HOST/artifactory/api/docker/KEY"
                            .to_owned(),
                    );
                }
            },
        };
        Ok(Self {
            origin: origin.clone(),
            context: set.map_or(context, str::to_owned),
            address,
        })
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.origin.clone();
        url.set_path(&format!("{}api/{path}", self.context));
        url
    }

    /// What lists the manifests of a key; our names have this prefix.
    fn manifests(&self, key: &str, prefix: &str) -> Ask {
        let reader = Manifests {
            key: key.to_owned(),
            prefix: prefix.to_owned(),
            offset: 0,
            with_stats: true,
            seen: None,
        };
        search(self.url("search/aql"), reader)
    }

    fn store(&self, key: &str) -> Store {
        Store {
            name: key.to_owned(),
            asks: vec![self.manifests(key, &format!("{key}/"))],
            otherwise: Otherwise::Catalogue,
        }
    }
}

fn search(url: Url, reader: Manifests) -> Ask {
    let request = Request::post_text(url, ANSWER_CAP).with_body(Zeroizing::new(reader.query()));
    Ask {
        realm: Realm::Api,
        request: api::json(request),
        stage: Stage::Tags,
        reader: Arc::new(reader),
    }
}

/// The keys that the user's names and globs begin with.
pub(super) fn keys(scope: &RepositoryScope) -> Vec<String> {
    let first = |pattern: &String| {
        let key = pattern.split('/').next().unwrap_or_default();
        (!key.is_empty() && !Glob::is_meant(key)).then(|| key.to_owned())
    };
    let mut keys: Vec<String> = scope.patterns().iter().filter_map(first).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

impl Lister for Artifactory {
    fn name(&self) -> &'static str {
        "artifactory-api"
    }

    fn layout(&self) -> Option<Layout> {
        let stores = || Layout::Stores(format!("{}api/docker/", self.context));
        (self.address == Address::Server).then(stores)
    }

    fn repositories(&self) -> Vec<Ask> {
        match &self.address {
            Address::Key(key) => vec![self.manifests(key, "")],
            Address::Path(_) | Address::Server => {
                let mut url = self.url("repositories");
                url.query_pairs_mut().append_pair("packageType", "docker");
                vec![Ask::get(
                    Realm::Api,
                    url,
                    Stage::Catalogue,
                    Arc::new(Keys(self.clone())),
                )]
            }
        }
    }

    fn contents(&self, _: &RepositoryName) -> Option<Ask> {
        None
    }

    fn lists_untagged(&self) -> bool {
        true
    }

    fn lists_children(&self) -> bool {
        true
    }
}

/// Reads the keys of a server: those of images, of which virtual ones repeat others.
struct Keys(Artifactory);

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Key {
    #[serde(rename = "key")]
    name: Text,
    #[serde(rename = "type")]
    kind: Text,
    package_type: Text,
}

impl Reader for Keys {
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<Key>(response)?;
        let mut answer = Answer::default();
        let wanted = match &self.0.address {
            Address::Path(keys) => Some(keys),
            Address::Key(_) | Address::Server => None,
        };
        for row in rows {
            let is = |text: &Text, word: &str| {
                text.uncovered()
                    .is_some_and(|text| text.eq_ignore_ascii_case(word))
            };
            let holds_images = is(&row.package_type, "docker") || is(&row.package_type, "oci");
            let Some(key) = row.name.uncovered().filter(|_| holds_images) else {
                continue;
            };
            if is(&row.kind, "remote") {
                answer.costly.push(key.to_owned());
            }
            if wanted.is_none() && !is(&row.kind, "virtual") {
                answer.stores.push(self.0.store(key));
            }
        }
        for key in wanted.into_iter().flatten() {
            answer.stores.push(self.0.store(key));
        }
        Ok(answer)
    }

    /// Whoever may not list keys has those of the settings.
    fn instead(&self, _: &Ask, _: &Response) -> Option<Vec<Ask>> {
        match &self.0.address {
            Address::Path(keys) => {
                let of = |key: &String| self.0.manifests(key, &format!("{key}/"));
                Some(keys.iter().map(of).collect())
            }
            Address::Key(_) | Address::Server => None,
        }
    }
}

/// Reads the manifests of a key.
struct Manifests {
    key: String,
    prefix: String,
    offset: usize,
    /// Whether downloads are asked for, which not every server tells.
    with_stats: bool,
    /// What came so far: pages without an order may repeat a row, and pass over another.
    seen: Option<Arc<Mutex<HashSet<String>>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Results {
    results: List<Object<Row>>,
    range: Object<Range>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Range {
    notification: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row {
    path: Text,
    name: Text,
    sha256: Text,
    created: Text,
    modified: Text,
    stats: List<Object<Stats>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stats {
    downloaded: Text,
    downloads: Number,
}

const IMAGE: &str = "manifest.json";
const INDEX: &str = "list.manifest.json";

/// A text in the query's quotes, which are those of JSON.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Manifests {
    /// The query of this page (Artifactory Query Language). What is remote lies in a cache
    /// beside it.
    fn query(&self) -> String {
        let (key, cache) = (quoted(&self.key), quoted(&format!("{}-cache", self.key)));
        let offset = self.offset;
        let stats = if self.with_stats {
            ",\"stat.downloaded\",\"stat.downloads\""
        } else {
            ""
        };
        format!(
            "items.find({{\"$and\":[{{\"$or\":[{{\"repo\":{key}}},{{\"repo\":{cache}}}]}},\
             {{\"$or\":[{{\"name\":\"{IMAGE}\"}},{{\"name\":\"{INDEX}\"}}]}}]}})\
             .include(\"repo\",\"path\",\"name\",\"created\",\"modified\",\"sha256\"{stats})\
             .offset({offset}).limit({LIMIT})"
        )
    }
}

impl Reader for Manifests {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let results: Results = list::object(response)?;
        if !results.results.is_there() {
            return Err(Refusal::NoList("it holds no `results`".to_owned()));
        }
        let count = results.results.iter().count();
        let mut answer = Answer::default();
        let cover = response.cover();
        let seen = self.seen.clone().unwrap_or_default();
        for row in results.results.iter().filter_map(Object::get) {
            let key = format!(
                "{}/{}",
                row.path.uncovered().unwrap_or_default(),
                row.name.uncovered().unwrap_or_default()
            );
            let is_new = seen
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(key);
            if !is_new {
                return Err(Refusal::Shifted("a manifest came twice".to_owned()));
            }
            let is_kept = !row.path.holds_secret(cover) && !row.sha256.holds_secret(cover);
            match row.listed(&self.prefix).filter(|_| is_kept) {
                Some(entry) => answer.entries.push(entry),
                None => answer.dropped.extend(row.path.show(cover, 80)),
            }
        }
        // A limit of the server's own is told by a note, and goes on behind it all the same.
        let is_trimmed = results
            .range
            .get()
            .is_some_and(|range| range.notification.is_there());
        if count >= LIMIT || count > 0 && is_trimmed {
            let reader = Self {
                key: self.key.clone(),
                prefix: self.prefix.clone(),
                offset: self.offset + count,
                with_stats: self.with_stats,
                seen: Some(seen),
            };
            answer.next.push(search(ask.request.url.clone(), reader));
        }
        Ok(answer)
    }

    fn instead(&self, ask: &Ask, response: &Response) -> Option<Vec<Ask>> {
        let may_be_stats = self.with_stats && response.status.as_u16() == 400;
        may_be_stats.then(|| {
            let reader = Self {
                key: self.key.clone(),
                prefix: self.prefix.clone(),
                offset: self.offset,
                with_stats: false,
                seen: self.seen.clone(),
            };
            vec![search(ask.request.url.clone(), reader)]
        })
    }
}

impl Row {
    fn listed(&self, prefix: &str) -> Option<(RepositoryName, Listed)> {
        let (image, folder) = self.path.uncovered()?.rsplit_once('/')?;
        let name = format!("{prefix}{image}").parse().ok()?;
        let digest: Digest = format!("sha256:{}", self.sha256.uncovered()?)
            .parse()
            .ok()?;
        // A folder by a digest holds what no tag names.
        let is_untagged = folder.starts_with("sha256:") || folder.starts_with("sha256__");
        let tags: Vec<Tag> = if is_untagged {
            Vec::new()
        } else {
            vec![folder.parse().ok()?]
        };
        let stats = self.stats.iter().find_map(Object::get);
        Some((
            name,
            Listed {
                tags,
                digest,
                is_index: self.name.is(INDEX),
                told: list::Told::Nothing,
                facts: ImageFacts {
                    pushed: self.modified.parse().or_else(|| self.created.parse()),
                    pulled: stats.and_then(|stats| stats.downloaded.parse()),
                    pulls: stats.and_then(|stats| stats.downloads.get()),
                    ..ImageFacts::default()
                },
            },
        ))
    }
}
