//! One registry and what becomes of it, and its inventory: all by one seed.

use std::fmt::Write as _;

use hyper::Method;
use supercargo::job::Ended;
use supercargo::model::{RegistryId, Timestamp};
use supercargo::simulator::{
    ArtifactSpec, Behaviour, Cap, Content, Fault, ImageSpec, IndexSpec, On, Paging, RouteKind,
    Simulator, TagPaging, What, When,
};

use crate::support::bench::Bench;
use crate::support::engine::spec;
use crate::support::random::Random;

/// Names that come, go and come again.
const REPOSITORIES: [&str; 9] = [
    "base/alpine",
    "base/debian",
    "charts/web",
    "lone",
    "team/api",
    "team/api/cache",
    "team/web",
    "tools/a-b",
    "tools/c",
];
/// The same.
const TAGS: [&str; 8] = [
    "1.0", "1.1", "1.2", "2.0", "edge", "latest", "nightly", "stable",
];
/// Different images of a platform: few, so that one image is in several places and comes
/// again.
const IMAGES: u64 = 24;

pub(super) struct Life {
    seed: u64,
    random: Random,
    content: Content,
    faults: Vec<Fault>,
    /// Whether nobody listens.
    is_away: bool,
    /// Whether everything is read again.
    is_full: bool,
    is_well: bool,
    pub(super) bench: Bench,
    pub(super) id: RegistryId,
    /// What was done to the registry before its latest crawl.
    deeds: String,
    /// What changes say of the inventory after each crawl.
    pub(super) past: Vec<super::past::Contents>,
}

impl Life {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let content = Content::empty();
        for name in REPOSITORIES.iter().take(6) {
            content.put_repository(name);
            for _ in 0..random.below(6) {
                push(&content, &mut random, name);
            }
        }
        let bench = Bench::new(&spec("http://127.0.0.1:9"));
        Self {
            id: bench.registry().id,
            seed,
            random,
            content,
            faults: Vec::new(),
            is_away: false,
            is_full: false,
            is_well: false,
            bench,
            deeds: String::new(),
            past: vec![super::past::Contents::default()],
        }
    }

    pub(super) fn content(&self) -> &Content {
        &self.content
    }

    /// Where a failed test is.
    pub(super) fn now(&self) -> String {
        let number = self.past.len();
        let mut text = format!("seed {}, crawl {number}\n{}", self.seed, self.deeds);
        if self.is_away {
            text.push_str("nobody listens\n");
        }
        if self.is_full {
            text.push_str("everything is read again\n");
        }
        for fault in &self.faults {
            let _ = writeln!(text, "{fault:?}");
        }
        text
    }

    /// No more faults and no more changes.
    pub(super) fn be_well(&mut self) {
        self.is_well = true;
        self.is_away = false;
        self.is_full = false;
        self.faults.clear();
        self.deeds.clear();
    }

    /// What happens to the registry before a crawl, and what will go wrong in it.
    pub(super) fn change(&mut self) {
        self.deeds.clear();
        let random = &mut self.random;
        for _ in 0..random.below(6) {
            let deed = mutate(&self.content, random);
            self.deeds.push_str(&deed);
            self.deeds.push('\n');
        }
        if random.once_in(12) {
            let all = self.content.shelves();
            for shelf in all.iter().skip(1 + random.below(2)) {
                self.content.remove_repository(&shelf.repository);
                let _ = writeln!(self.deeds, "purge {}", shelf.repository);
            }
        }
        self.is_away = random.once_in(20);
        self.is_full = random.once_in(8);
        self.faults.clear();
        if !random.once_in(4) {
            for _ in 0..=random.below(4) {
                self.faults.extend(fault(&self.content, random));
            }
        }
    }

    /// Crawls the registry as it is, if it is there.
    pub(super) async fn crawl(&mut self) -> Ended {
        let simulator = self.serve().await;
        let spec = spec(&simulator.address());
        self.bench.store.update_registry(self.id, &spec).unwrap();
        let served = if self.is_away {
            simulator.stop().await;
            None
        } else {
            Some(simulator)
        };
        let ended = self.bench.crawl_by(self.is_full).await;
        drop(served);
        ended
    }

    async fn serve(&mut self) -> Simulator {
        let random = &mut self.random;
        let paging = Paging {
            cap: Cap::Clamp(random.one(&[3, 5, 100])),
            tags: random.one(&[TagPaging::Never, TagPaging::Asked, TagPaging::Always]),
            link_after_full_page: random.once_in(2),
            ..Paging::default()
        };
        let behaviour = Behaviour {
            faults: self.faults.clone(),
            seed: random.next(),
            etag: !random.once_in(4),
            paging: if self.is_well {
                Paging::default()
            } else {
                paging
            },
            ..Behaviour::default()
        };
        let content = self.content.clone();
        Simulator::start(content, behaviour).await.unwrap()
    }
}

fn image(random: &mut Random) -> ImageSpec {
    let seed = random.next() % IMAGES;
    let built = 1_700_000_000 + i64::try_from(seed).unwrap();
    let created = Timestamp::from_second(built).unwrap();
    let platform = random.one(&["linux/amd64", "linux/arm64/v8"]);
    ImageSpec {
        created: (!seed.is_multiple_of(5)).then_some(created),
        layers: vec![3_402_542, 1000 + seed],
        docker: seed.is_multiple_of(3),
        ..ImageSpec::new(platform, seed)
    }
}

fn put(content: &Content, random: &mut Random, repository: &str) -> supercargo::model::Digest {
    match random.below(10) {
        0 => {
            let chart = ArtifactSpec::Chart {
                name: "web".into(),
                version: format!("0.{}.0", random.below(5)),
            };
            content.put_artifact(repository, &chart)
        }
        1..=4 => {
            let images = (0..=random.below(3)).map(|_| image(random)).collect();
            let index = IndexSpec {
                images,
                attestations: random.once_in(2),
                docker: random.once_in(4),
            };
            content.put_index(repository, &index)
        }
        _ => content.put_image(repository, &image(random)),
    }
}

/// Pushes something under some tag, new or not.
fn push(content: &Content, random: &mut Random, repository: &str) -> String {
    let tag = random.one(&TAGS);
    let digest = put(content, random, repository);
    content.tag(repository, tag, &digest);
    format!("push {repository}:{tag} {digest}")
}

fn mutate(content: &Content, random: &mut Random) -> String {
    let shelves = content.shelves();
    if shelves.is_empty() || random.once_in(9) {
        let name = random.one(&REPOSITORIES);
        content.put_repository(name);
        for _ in 0..random.below(5) {
            push(content, random, name);
        }
        return format!("fill {name}");
    }
    let shelf = &shelves[random.below(shelves.len())];
    let name = shelf.repository.as_str();
    if shelves.len() > 4 && random.once_in(9) {
        content.remove_repository(name);
        return format!("remove {name}");
    }
    if shelf.tags.is_empty() || random.once_in(2) {
        return push(content, random, name);
    }
    let (tag, digest) = random.one(&shelf.tags);
    if random.once_in(3) {
        let alias = random.one(&TAGS);
        content.tag(name, alias, &digest);
        return format!("tag {name}:{alias} as {tag}");
    }
    content.untag(name, &tag);
    format!("untag {name}:{tag}")
}

/// Something that goes wrong: for good, or for one try or two.
fn fault(content: &Content, random: &mut Random) -> Option<Fault> {
    let shelves = content.shelves();
    let shelf = &shelves[random.below(shelves.len().max(1))..].first()?;
    let repository = Some(shelf.repository.clone());
    let in_repository = |route| On {
        route: Some(route),
        repository: repository.clone(),
        ..On::default()
    };
    let on = match random.below(20) {
        0 => On {
            route: Some(RouteKind::Ping),
            ..On::default()
        },
        1..=2 => On {
            route: Some(RouteKind::Catalogue),
            ..On::default()
        },
        3..=6 => in_repository(RouteKind::Tags),
        7..=8 => in_repository(RouteKind::Blob),
        9 => On {
            route: Some(random.one(&[RouteKind::Manifest, RouteKind::Blob, RouteKind::Tags])),
            ..On::default()
        },
        10..=13 => {
            let (tag, _) = shelf.tags.get(random.below(shelf.tags.len().max(1)))?;
            On {
                reference: Some(tag.clone()),
                ..in_repository(RouteKind::Manifest)
            }
        }
        _ => {
            let manifests = &shelf.manifests;
            let (digest, ..) = manifests.get(random.below(manifests.len().max(1)))?;
            On {
                reference: Some(digest.to_string()),
                method: random.once_in(2).then_some(Method::GET),
                ..in_repository(RouteKind::Manifest)
            }
        }
    };
    let is_wide = matches!(
        on.route,
        Some(RouteKind::Manifest | RouteKind::Blob | RouteKind::Tags)
    ) && on.repository.is_none();
    let status = |code| What::Status {
        code,
        retry_after: None,
    };
    let (what, when) = match random.below(24) {
        // What is tried again may come right, and waits for that.
        0 => (status(500), When::First(1)),
        1 => (status(503), When::First(1)),
        2 => (What::Reset, When::First(1)),
        3 => (What::Truncate(random.below(200)), When::First(1)),
        4 => (
            status(500),
            When::First(if random.once_in(3) { 5 } else { 2 }),
        ),
        5..=12 => (
            status(random.one(&[400, 401, 403, 404, 404, 405, 410, 451, 501])),
            When::Always,
        ),
        13..=16 => (What::WrongDigest, When::Always),
        17..=19 => (What::NotJson, When::Always),
        _ => (What::Html, When::Always),
    };
    let when = match when {
        When::Always if is_wide => When::Share(random.one(&[50, 200])),
        When::Always => random.one(&[When::Always, When::Always, When::First(1), When::Every(2)]),
        when => when,
    };
    Some(Fault { on, when, what })
}
