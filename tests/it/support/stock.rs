//! An inventory of a thousand images with everything in it that an inventory can hold, made
//! through the store itself.

use std::path::Path;
use std::time::Duration;

use supercargo::model::{
    Child, Class, Digest, Failure, Finding, Image, Kind, Memory, Outcome, PasswordSource, Platform,
    Progress, RegistryId, RegistrySpec, RepositoryName, Stage, Summary, Tag, Timestamp,
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

fn image(registry: &str, n: usize) -> Image {
    let digest = |part: usize| Digest::sha256(format!("{registry} {n} {part}").as_bytes());
    let single = Image {
        digest: digest(0),
        kind: Kind::Image,
        media_type: "application/vnd.oci.image.manifest.v1+json".into(),
        artifact_type: None,
        platform: Platform::new("linux", "amd64", None),
        children: Vec::new(),
        size: Some(1_000_000 + n as u64),
        created: Timestamp::from_second(1_700_000_000).ok(),
    };
    match n % 5 {
        0 => Image {
            kind: Kind::Index,
            media_type: "application/vnd.oci.image.index.v1+json".into(),
            platform: None,
            size: None,
            created: None,
            children: ["amd64", "arm64"]
                .into_iter()
                .zip(1..)
                .map(|(architecture, part)| Child {
                    digest: digest(part),
                    platform: Platform::new("linux", architecture, None),
                    accessory: false,
                })
                .collect(),
            ..single
        },
        1 => Image {
            kind: Kind::Artifact,
            artifact_type: Some("application/vnd.cncf.helm.config.v1+json".into()),
            platform: None,
            ..single
        },
        _ => single,
    }
}

pub(crate) fn repositories() -> Vec<RepositoryName> {
    let names = (0..IMAGES / EACH).map(|n| name(&format!("team-{}/service-{n}", n % 3)));
    names.collect()
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
            batch.push(Finding::Tag {
                repository: repository.clone(),
                tag: tag.clone(),
                digest: image.digest.clone(),
            });
            batch.insert(
                1,
                Finding::Image {
                    repository: repository.clone(),
                    image: Box::new(image),
                },
            );
            tags.push(tag);
        }
        batch.push(Finding::Unread {
            repository: repository.clone(),
            tag: name("broken"),
            failure: failure("the manifest is withheld"),
        });
        batch.push(Finding::Listed { repository, tags });
        batch
    };
    repositories().into_iter().enumerate().map(batch).collect()
}

/// The second: a tag moved, one went, one is stale, a repository could not be listed.
fn what_changed(registry: &str) -> Vec<Finding> {
    let all = repositories();
    let (first, second) = (all[0].clone(), all[1].clone());
    let digest = image(registry, 3).digest;
    vec![
        Finding::Tag {
            repository: first.clone(),
            tag: name("1.2"),
            digest,
        },
        Finding::Gone {
            repository: first.clone(),
            tags: vec![name("1.7")],
        },
        Finding::Listed {
            repository: first,
            tags: vec![name("1.1"), name("1.2")],
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
