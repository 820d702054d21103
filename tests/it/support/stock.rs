//! An inventory of a thousand images with everything in it that an inventory can hold, made
//! through the store itself.

use std::path::Path;
use std::time::Duration;

use supercargo::model::{
    Child, Class, Contents, Digest, Failure, Finding, Image, IndexFacts, Kind, Layer, Level,
    MediaType, Memory, Outcome, PasswordSource, Platform, Progress, RegistryId, RegistrySpec,
    RepositoryName, Stage, Summary, Tag, Timestamp,
};
use supercargo::store::{Access, Store};

/// Images of each registry that could be listed, and images of each of its repositories.
pub(crate) const IMAGES: usize = 500;
const EACH: usize = 25;

fn name<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn digest(registry: &str, n: usize, part: usize) -> Digest {
    Digest::sha256(format!("{registry} {n} {part}").as_bytes())
}

/// The layers of a manifest: one of its own, and one that it shares with others.
fn layers(registry: &str, n: usize, part: usize) -> Vec<Layer> {
    let layer = |n, size| Layer {
        digest: digest(registry, n, 10 + part),
        size,
    };
    vec![layer(n, 1_000_000 + n as u64), layer(n % 7, 30_000_000)]
}

fn image(registry: &str, n: usize) -> Image {
    let mut image = Image::new(Kind::Image, MediaType::OciManifest);
    image.level = Level::Whole;
    match n % 5 {
        0 => {
            image.kind = Kind::Index;
            image.media_type = MediaType::OciIndex;
            image.level = Level::Manifest;
            let children = ["amd64", "arm64"].into_iter().zip(1..);
            image.children = children
                .map(|(architecture, part)| Child {
                    digest: digest(registry, n, part),
                    platform: Platform::new("linux", architecture, None),
                    accessory: false,
                    is_index: false,
                    size: None,
                })
                .collect();
        }
        1 => {
            image.kind = Kind::Artifact;
            image.artifact_type = Some("application/vnd.cncf.helm.config.v1+json".into());
            image.size = Some(2000);
        }
        _ => {
            image.platform = Platform::new("linux", "amd64", None);
            image.size = Some(31_000_000 + n as u64);
            image.created = Timestamp::from_second(1_700_000_000).ok();
        }
    }
    image
}

/// The children of an index, once they were read: of every second index.
fn children(registry: &str, n: usize, repository: &RepositoryName) -> Vec<Finding> {
    if !n.is_multiple_of(10) {
        return Vec::new();
    }
    let created = Timestamp::from_second(1_700_000_000).ok();
    let contents = (1..=2).map(|part| Finding::Contents {
        digest: digest(registry, n, part),
        contents: Contents {
            size: 31_000_000,
            created,
            is_dated: true,
            blobs: layers(registry, n, part).into(),
        },
    });
    let index = Finding::Children {
        repository: repository.clone(),
        digest: digest(registry, n, 0),
        sizes: (1..=2)
            .map(|part| (digest(registry, n, part), 31_000_000))
            .collect(),
        index: Some(IndexFacts {
            size: 62_000_000,
            created,
        }),
    };
    contents.chain([index]).collect()
}

pub(crate) fn repositories() -> Vec<RepositoryName> {
    let names = (0..IMAGES / EACH).map(|n| name(&format!("team-{}/service-{n}", n % 3)));
    names.collect()
}

/// The indexes of a repository.
pub(crate) fn indexes(registry: &str, repository: &RepositoryName) -> Vec<Digest> {
    let at = repositories().iter().position(|other| other == repository);
    let first = at.unwrap() * EACH;
    let all = (first..first + EACH).filter(|n| n.is_multiple_of(5));
    all.map(|n| digest(registry, n, 0)).collect()
}

fn failure(message: &str) -> Failure {
    Failure::new(Stage::Manifest, Class::Denied, message)
}

fn summary(outcome: Outcome) -> Summary {
    Summary {
        outcome,
        progress: Progress::default(),
        failures: Vec::new(),
        elapsed: Duration::from_secs(2),
        memory: Some(Memory {
            sign_in: "basic ann".to_owned(),
            withheld: false,
        }),
        cut: false,
        opened: None,
        notes: Vec::new(),
        resume_at: None,
    }
}

fn crawl(store: &Store, id: RegistryId, registry: &str, second: i64, batches: &[Vec<Finding>]) {
    let mut writer = store.begin_crawl(id, &name(registry), at(second)).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish(&summary(Outcome::Partial)).unwrap();
}

/// The first crawl: everything, and a tag that could not be read.
fn everything(registry: &str) -> Vec<Vec<Finding>> {
    let batch = |(at, repository): (usize, RepositoryName)| {
        let mut batch = vec![Finding::Repository(repository.clone())];
        let mut tags: Vec<Tag> = vec![name("broken")];
        for n in at * EACH..(at + 1) * EACH {
            let (image, tag) = (image(registry, n), name::<Tag>(&format!("1.{n}")));
            let layers = match image.kind {
                Kind::Index => Vec::new(),
                _ => layers(registry, n, 0),
            };
            batch.push(Finding::Image {
                repository: repository.clone(),
                digest: digest(registry, n, 0),
                image: Box::new(image),
                blobs: layers.into(),
            });
            batch.push(Finding::Tag {
                repository: repository.clone(),
                tag: tag.clone(),
                digest: digest(registry, n, 0),
            });
            batch.extend(children(registry, n, &repository));
            tags.push(tag);
        }
        batch.push(Finding::Unread {
            repository: repository.clone(),
            tag: name("broken"),
            failure: Some(failure("the manifest is withheld")),
        });
        batch.push(Finding::Listed {
            repository,
            tags,
            images: None,
        });
        batch
    };
    repositories().into_iter().enumerate().map(batch).collect()
}

/// The second: a tag moved, one went, one is stale, a repository could not be listed.
fn what_changed(registry: &str) -> Vec<Finding> {
    let all = repositories();
    let (first, second) = (all[0].clone(), all[1].clone());
    vec![
        Finding::Tag {
            repository: first.clone(),
            tag: name("1.2"),
            digest: digest(registry, 3, 0),
        },
        Finding::Gone {
            repository: first.clone(),
            tags: vec![name("1.7")],
        },
        Finding::Listed {
            repository: first,
            tags: vec![name("1.1"), name("1.2")],
            images: None,
        },
        Finding::Unlisted {
            repository: second,
            failure: failure("the list is refused"),
        },
        Finding::Catalogue {
            missing: vec![all[2].clone()],
        },
    ]
}

/// Makes the inventory in `state`.
pub(crate) fn lay_in(state: &Path) -> Store {
    let store = Store::open(state, Access::ReadWrite).unwrap();
    for registry in ["hub", "nexus", "shut", "never"] {
        let address = format!("https://{registry}.example:5000");
        let mut spec = RegistrySpec::new(name(registry), name(&address));
        spec.username = Some(format!("ann@{registry}"));
        spec.password =
            PasswordSource::Environment(format!("{}_PASSWORD", registry.to_uppercase()));
        let id = store.add_registry(&spec).unwrap();
        match registry {
            "never" => {}
            "shut" => {
                let failure = failure("the catalogue is refused");
                crawl(
                    &store,
                    id,
                    registry,
                    1,
                    &[vec![Finding::Uncatalogued { failure }]],
                );
            }
            _ => {
                crawl(&store, id, registry, 1, &everything(registry));
                crawl(&store, id, registry, 9, &[what_changed(registry)]);
            }
        }
    }
    store
}
