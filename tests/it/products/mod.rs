//! Products in their own language, on real sockets: the whole way from settings to the
//! inventory against the simulator's personality of each. One file a product.

mod acr;
mod artifact_registry;
mod artifactory;
mod docker_hub;
mod ecr;
mod ghcr;
mod gitea;
mod gitflic;
mod gitlab;
mod harbor;
mod nexus;
mod quay;
mod situation;
mod table;
mod zot;

use std::collections::{BTreeMap, BTreeSet};

use supercargo::job::Ended;
use supercargo::model::setting;
use supercargo::model::{Image, ImageRow, Kind, RegistrySpec, Timestamp};
use supercargo::simulator::{Behaviour, Content, Method, Product, Recorded, Simulator};

use crate::support::bench::Bench;
use crate::support::engine;

/// A registry of some product, and an inventory of it.
struct Scenario {
    simulator: Simulator,
    bench: Bench,
}

/// What an inventory says of one image, without what differs by how it was listed: bytes,
/// because products count those of the manifest or of nothing at all, and levels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    repository: String,
    digest: String,
    tags: Vec<String>,
    kind: &'static str,
    media_type: String,
    artifact_type: Option<String>,
    platforms: Vec<String>,
    children: Vec<(String, Option<String>, bool)>,
    created: Option<i64>,
}

impl Scenario {
    /// Serves `content` as `product`; `account` signs in, and `settings` are set besides.
    async fn new(
        product: Product,
        content: Content,
        account: Option<(&str, &str)>,
        settings: &[(&str, &str)],
    ) -> Self {
        let behaviour = Behaviour {
            product,
            ..Behaviour::default()
        };
        Self::behaving(behaviour, content, account, settings).await
    }

    async fn behaving(
        behaviour: Behaviour,
        content: Content,
        account: Option<(&str, &str)>,
        settings: &[(&str, &str)],
    ) -> Self {
        let simulator = Simulator::start(content, behaviour).await.unwrap();
        let bench = Bench::new(&spec(&simulator.address(), account, settings));
        Self { simulator, bench }
    }

    /// What `simulator` serves at `path`, with an empty inventory.
    fn at(
        simulator: Simulator,
        path: &str,
        account: Option<(&str, &str)>,
        settings: &[(&str, &str)],
    ) -> Self {
        let address = format!("{}{path}", simulator.address());
        let bench = Bench::new(&spec(&address, account, settings));
        Self { simulator, bench }
    }

    /// Other settings from now on; what is known stays.
    fn change(&self, path: &str, account: Option<(&str, &str)>, settings: &[(&str, &str)]) {
        let address = format!("{}{path}", self.simulator.address());
        let id = self.bench.registry().id;
        let spec = spec(&address, account, settings);
        self.bench.store.update_registry(id, &spec).unwrap();
    }

    /// The same registry with an empty inventory and other settings.
    fn again(self, account: Option<(&str, &str)>, settings: &[(&str, &str)]) -> Self {
        let bench = Bench::new(&spec(&self.simulator.address(), account, settings));
        Self { bench, ..self }
    }

    /// Crawls; what was asked meanwhile comes along.
    async fn crawl(&mut self) -> (Ended, Vec<Recorded>) {
        let before = self.simulator.requests().len();
        let ended = self.bench.crawl().await;
        let requests = self.simulator.requests().split_off(before);
        (ended, requests)
    }

    /// Crawls a registry that is to be read whole.
    async fn crawl_whole(&mut self) -> (Ended, Vec<Recorded>) {
        let (ended, requests) = self.crawl().await;
        complete(&ended);
        (ended, requests)
    }

    /// All that the inventory holds.
    fn rows(&self) -> Vec<ImageRow> {
        let id = self.bench.registry().id;
        let repositories = self.bench.store.repositories(id).unwrap();
        let images = repositories.iter();
        images
            .flat_map(|repository| self.bench.store.images(id, &repository.name).unwrap())
            .collect()
    }

    fn seen(&self) -> BTreeSet<Seen> {
        self.rows().iter().map(seen).collect()
    }

    fn listed_by(&self) -> String {
        self.bench.registry().opened.unwrap().listed_by
    }
}

/// The settings of a registry at `address`; passwords come from a command, as no test may
/// write one anywhere else.
fn spec(address: &str, account: Option<(&str, &str)>, settings: &[(&str, &str)]) -> RegistrySpec {
    let mut spec = engine::spec(address);
    spec.password = "none".parse().unwrap();
    if let Some((name, password)) = account {
        spec.username = Some(name.to_owned());
        spec.password = format!("command:echo {password}").parse().unwrap();
    }
    for (key, value) in settings {
        let setting = setting::find(key).unwrap();
        (setting.set)(&mut spec, value).unwrap();
    }
    spec
}

fn seen(row: &ImageRow) -> Seen {
    let image = &row.image;
    let text = |value: &dyn std::fmt::Display| value.to_string();
    Seen {
        repository: text(&row.repository),
        digest: text(&row.digest),
        tags: row.tags.iter().map(ToString::to_string).collect(),
        kind: image.kind.as_str(),
        media_type: image.media_type.as_str().to_owned(),
        artifact_type: image.artifact_type.clone(),
        platforms: row.platforms.iter().map(ToString::to_string).collect(),
        children: image
            .children
            .iter()
            .map(|child| {
                let platform = child.platform.as_ref().map(ToString::to_string);
                (child.digest.to_string(), platform, child.accessory)
            })
            .collect(),
        created: match image.kind {
            Kind::Image => image.created.map(Timestamp::as_second),
            _ => None,
        },
    }
}

/// Repository, digest, tags and image.
type Held = (String, String, Vec<String>, Image);

/// Everything of each image that does not change from crawl to crawl, bytes and level included.
fn images(rows: &[ImageRow]) -> Vec<Held> {
    let text = |value: &dyn std::fmt::Display| value.to_string();
    let mut images: Vec<_> = rows
        .iter()
        .map(|row| {
            let tags = row.tags.iter().map(ToString::to_string).collect();
            let (repository, digest) = (text(&row.repository), text(&row.digest));
            (repository, digest, tags, row.image.clone())
        })
        .collect();
    images.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    images
}

/// The repositories that rows are of.
fn repositories(rows: &[ImageRow]) -> BTreeSet<String> {
    rows.iter().map(|row| row.repository.to_string()).collect()
}

/// Manifests that were read.
fn manifests_read(requests: &[Recorded]) -> usize {
    let reads = |request: &&Recorded| {
        request.method == Method::GET
            && request.path_and_query.contains("/manifests/")
            && request.status == Some(200)
    };
    requests.iter().filter(reads).count()
}

/// What is not the same in two inventories, readable where there is a lot of both.
fn same(one: &BTreeSet<Seen>, other: &BTreeSet<Seen>) {
    let lacking: Vec<_> = one.difference(other).take(3).collect();
    let more: Vec<_> = other.difference(one).take(3).collect();
    assert!(
        lacking.is_empty() && more.is_empty(),
        "only in the first: {lacking:#?}\nonly in the second: {more:#?}"
    );
}

/// How often each kind of thing was asked for: the path up to what names something, and the
/// method where that is not `GET`.
fn counts(requests: &[Recorded], kinds: &[&str]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in requests {
        let kind = kinds
            .iter()
            .find(|kind| request.path_and_query.contains(*kind));
        let name = kind.map_or("other", |kind| kind).to_owned();
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// Whether the crawl is complete; its failures where it is not.
fn complete(ended: &Ended) {
    let summary = &ended.summary;
    assert_eq!(
        summary.outcome.as_str(),
        "complete",
        "{:#?}\n{:#?}",
        summary.failures,
        summary.notes
    );
}
