//! Made-up content that an administrator would recognise: base images, the applications
//! of teams, Helm charts, signatures.
//!
//! Knows what is common in registries; every choice comes from the seed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::content::Content;
use super::manifest::{ArtifactSpec, ImageSpec, IndexSpec};
use super::random::Random;
use crate::model::{Digest, Timestamp};

/// How much of what. Shares are in parts of a thousand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Repositories.
    pub repositories: usize,
    /// Tags in each.
    pub tags_per_repository: RangeInclusive<usize>,
    /// Repositories that hold Helm charts.
    pub charts: u16,
    /// Images that are indexes of two to five platforms.
    pub indexes: u16,
    /// Indexes with attestations.
    pub attestations: u16,
    /// Images in Docker's media types.
    pub docker: u16,
    /// Tags that name the digest of the tag before.
    pub shared: u16,
    /// Tags that are cosign signatures of the image before.
    pub signed: u16,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            repositories: 10,
            tags_per_repository: 2..=8,
            charts: 100,
            indexes: 350,
            attestations: 500,
            docker: 300,
            shared: 200,
            signed: 60,
        }
    }
}

impl Shape {
    /// A registry of a few teams, for people to look at.
    pub fn demo() -> Self {
        Self {
            repositories: 60,
            tags_per_repository: 3..=18,
            ..Self::default()
        }
    }

    /// Single-platform images only, each under one tag: what benchmarks count.
    pub fn plain(repositories: usize, tags: usize) -> Self {
        Self {
            repositories,
            tags_per_repository: tags..=tags,
            charts: 0,
            indexes: 0,
            attestations: 0,
            docker: 0,
            shared: 0,
            signed: 0,
        }
    }
}

const BASES: [&str; 16] = [
    "alpine", "debian", "ubuntu", "busybox", "golang", "node", "openjdk", "python", "nginx",
    "postgres", "redis", "rust", "php", "dotnet", "haproxy", "rabbitmq",
];
const TEAMS: [&str; 12] = [
    "payments",
    "identity",
    "logistics",
    "storefront",
    "platform",
    "data",
    "search",
    "billing",
    "mobile",
    "observability",
    "risk",
    "tools",
];
const APPS: [&str; 20] = [
    "api",
    "web",
    "worker",
    "gateway",
    "scheduler",
    "migrations",
    "frontend",
    "importer",
    "exporter",
    "notifier",
    "reports",
    "cache",
    "proxy",
    "agent",
    "operator",
    "batch",
    "auth",
    "admin",
    "mailer",
    "indexer",
];
const CHARTS: [&str; 12] = [
    "ingress-nginx",
    "cert-manager",
    "external-dns",
    "grafana",
    "loki",
    "vault",
    "keycloak",
    "argo-cd",
    "velero",
    "kyverno",
    "redis-ha",
    "web-common",
];
const PLATFORMS: [&str; 5] = [
    "linux/amd64",
    "linux/arm64/v8",
    "linux/arm/v7",
    "linux/s390x",
    "linux/ppc64le",
];

/// Sizes of the layers of some base images, in bytes.
const BASE_LAYERS: [&[u64]; 5] = [
    &[3_402_542],
    &[29_126_278],
    &[29_536_818, 12_310_477],
    &[48_491_272, 24_019_334, 64_396_117],
    &[2_220_094, 631],
];

/// 2024-01-01T00:00:00Z, in seconds; images are made up from then on.
const EPOCH: i64 = 1_704_067_200;
const TWO_YEARS: usize = 2 * 365 * 24 * 3600;

pub(super) fn fill(content: &Content, seed: u64, shape: &Shape) {
    let mut random = Random::new(seed);
    let mut names = BTreeMap::new();
    for position in 0..shape.repositories {
        let is_chart = random.chance(shape.charts);
        let name = repository_name(&mut random, position, is_chart);
        let seen = names.entry(name.clone()).or_insert(0_usize);
        *seen += 1;
        let name = if *seen == 1 {
            name
        } else {
            format!("{name}-{seen}")
        };
        content.put_repository(&name);
        let (least, most) = (
            *shape.tags_per_repository.start(),
            *shape.tags_per_repository.end(),
        );
        let tags = least + random.below(most.saturating_sub(least) + 1);
        fill_repository(content, &mut random, shape, &name, is_chart, tags);
    }
}

fn repository_name(random: &mut Random, position: usize, is_chart: bool) -> String {
    if is_chart {
        return format!("charts/{}", random.pick(&CHARTS));
    }
    // One in six is a base image, so that small content has some as well.
    if position.is_multiple_of(6) {
        return format!("base/{}", random.pick(&BASES));
    }
    format!("{}/{}", random.pick(&TEAMS), random.pick(&APPS))
}

fn fill_repository(
    content: &Content,
    random: &mut Random,
    shape: &Shape,
    name: &str,
    is_chart: bool,
    count: usize,
) {
    let mut version = Version::first(random);
    let mut taken = BTreeSet::new();
    let mut latest: Option<Digest> = None;
    while taken.len() < count {
        if let Some(digest) = &latest {
            if random.chance(shape.shared) {
                let alias = version.alias(random, &taken);
                content.tag(name, &alias, digest);
                taken.insert(alias);
                continue;
            }
            let signature = format!("{}.sig", digest.to_string().replacen(':', "-", 1));
            if random.chance(shape.signed) && !taken.contains(&signature) {
                let signed = ArtifactSpec::Signature { of: digest.clone() };
                content.tag(name, &signature, &content.put_artifact(name, &signed));
                taken.insert(signature);
                continue;
            }
        }
        version.advance(random);
        let tag = version.to_string();
        let digest = if is_chart {
            let chart = ArtifactSpec::Chart {
                name: name.rsplit('/').next().unwrap_or(name).to_owned(),
                version: tag.clone(),
            };
            content.put_artifact(name, &chart)
        } else {
            put_some_image(content, random, shape, name, &tag)
        };
        content.tag(name, &tag, &digest);
        taken.insert(tag);
        latest = Some(digest);
    }
}

fn put_some_image(
    content: &Content,
    random: &mut Random,
    shape: &Shape,
    name: &str,
    version: &str,
) -> Digest {
    let docker = random.chance(shape.docker);
    let is_index = random.chance(shape.indexes);
    let mut spec = image_spec(random);
    spec.docker = docker;
    spec.labels = vec![
        (
            "org.opencontainers.image.source".to_owned(),
            format!("https://git.example.com/{name}"),
        ),
        (
            "org.opencontainers.image.version".to_owned(),
            version.to_owned(),
        ),
    ];
    if !is_index {
        return content.put_image(name, &spec);
    }
    let platforms = 2 + random.below(PLATFORMS.len() - 1);
    let images = PLATFORMS[..platforms]
        .iter()
        .map(|platform| ImageSpec {
            platform: (*platform).to_owned(),
            ..spec.clone()
        })
        .collect();
    let attestations = random.chance(shape.attestations);
    content.put_index(
        name,
        &IndexSpec {
            images,
            attestations,
            docker,
        },
    )
}

/// An image of no particular repository.
pub(super) fn image_spec(random: &mut Random) -> ImageSpec {
    // Most single-platform images in the field are for linux/amd64.
    let platform = if random.chance(850) {
        PLATFORMS[0]
    } else {
        PLATFORMS[1]
    };
    let mut layers = random.pick(&BASE_LAYERS).to_vec();
    layers.push(200_000 + random.below(60_000_000) as u64);
    let seconds = i64::try_from(random.below(TWO_YEARS)).unwrap_or_default();
    let seed = random.next();
    ImageSpec {
        platform: platform.to_owned(),
        created: Timestamp::from_second(EPOCH + seconds).ok(),
        labels: Vec::new(),
        layers,
        docker: false,
        seed,
    }
}

/// A semantic version that goes up.
struct Version(usize, usize, usize);

impl Version {
    fn first(random: &mut Random) -> Self {
        Self(random.below(5), random.below(12), 0)
    }

    fn advance(&mut self, random: &mut Random) {
        match random.below(10) {
            0 => *self = Self(self.0 + 1, 0, 0),
            1..=3 => *self = Self(self.0, self.1 + 1, 0),
            _ => self.2 += 1,
        }
    }

    /// Another tag for this version that is still free.
    fn alias(&self, random: &mut Random, taken: &BTreeSet<String>) -> String {
        let Self(major, minor, _) = self;
        [
            "latest".to_owned(),
            format!("{major}.{minor}"),
            "stable".to_owned(),
            format!("{major}"),
        ]
        .into_iter()
        .find(|alias| !taken.contains(alias))
        .unwrap_or_else(|| format!("main-{:07x}", random.next() >> 36))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Tag};

    #[test]
    fn the_same_seed_makes_the_same_bytes() {
        let shape = Shape::demo();
        let content = Content::generate(1, &shape);
        assert_eq!(content.shelves(), Content::generate(1, &shape).shelves());
        assert_ne!(content.shelves(), Content::generate(2, &shape).shelves());
    }

    #[test]
    fn the_demo_holds_some_of_everything() {
        let content = Content::generate(1, &Shape::demo());
        let shelves = content.shelves();
        assert_eq!(shelves.len(), 60);
        assert!(
            shelves
                .iter()
                .all(|shelf| (3..=18).contains(&shelf.tags.len()))
        );
        let expected = content.expected();
        for kind in Kind::ALL {
            assert!(
                expected.iter().any(|image| image.image.kind == kind),
                "{kind:?}"
            );
        }
        assert!(expected.iter().any(|image| image.tags.len() > 1));
        assert!(
            expected
                .iter()
                .any(|image| image.tags.iter().any(Tag::is_accessory))
        );
        for text in ["docker.distribution.manifest.list", "oci.image.index"] {
            assert!(
                expected
                    .iter()
                    .any(|image| image.image.media_type.as_str().contains(text)),
                "{text}"
            );
        }
        assert!(
            expected
                .iter()
                .any(|image| image.image.children.iter().any(|child| child.accessory))
        );
        let prefixes = ["base/", "charts/"];
        for prefix in prefixes {
            assert!(
                shelves
                    .iter()
                    .any(|shelf| shelf.repository.starts_with(prefix))
            );
        }
    }

    #[test]
    fn plain_content_is_one_image_a_tag() {
        let content = Content::generate(3, &Shape::plain(7, 5));
        let expected = content.expected();
        assert_eq!(expected.len(), 35);
        assert!(
            expected
                .iter()
                .all(|image| image.image.kind == Kind::Image && image.tags.len() == 1)
        );
        assert_eq!(content.tag_count(), 35);
    }
}
