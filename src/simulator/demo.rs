//! The registries of `supercargo demo`: one at hand, a Harbor and a GitLab that want to know
//! who asks and have lists of their own, one far away where things go wrong.

use std::io;
use std::time::Duration;

use hyper::Method;

use super::behaviour::Behaviour;
use super::content::Content;
use super::fault::{Fault, On, What, When};
use super::generate::Shape;
use super::manifest::ImageSpec;
use super::product::{Gitlab, GitlabToken, Harbor, Product, User};
use super::route::RouteKind;
use super::server::Simulator;
use crate::model::{Secret, Timestamp};

/// A registry of the demonstration.
#[derive(Debug)]
pub struct DemoRegistry {
    /// What to call it.
    pub name: &'static str,
    /// The registry; it is served until this is dropped.
    pub simulator: Simulator,
    /// Who signs in, where somebody has to.
    pub username: Option<String>,
    /// With what.
    pub password: Option<Secret>,
    /// What it shows, one line.
    pub description: &'static str,
}

const USERNAME: &str = "purser";
const PASSWORD: &str = "demonstration";

/// Starts the four registries.
///
/// # Errors
///
/// Where the system grants no port.
pub async fn start() -> io::Result<Vec<DemoRegistry>> {
    Ok(vec![
        depot().await?,
        customs().await?,
        guild().await?,
        outpost().await?,
    ])
}

/// The repository of [`depot`] to which its team pushes all day.
const BUSY: &str = "platform/gateway";

/// The build of this number for [`BUSY`]: the same bytes wherever it is put.
fn build(number: u64) -> ImageSpec {
    let built = 1_767_225_600 + 3600 * i64::try_from(number).unwrap_or_default();
    ImageSpec {
        created: Timestamp::from_second(built).ok(),
        layers: vec![29 << 20, 38 << 20, (number + 1) << 18],
        ..ImageSpec::new("linux/amd64", number)
    }
}

/// What the team of [`BUSY`] pushed before a catalogue that was read so often already: a
/// release, to which `latest` moves, and a branch in the place of one that was merged.
fn push(content: &Content, before: u64) {
    let release = content.put_image(BUSY, &build(2 * before));
    content.tag(BUSY, &format!("1.{before}.0"), &release);
    content.tag(BUSY, "latest", &release);
    let branch = content.put_image(BUSY, &build(2 * before + 1));
    content.tag(BUSY, &format!("pr-{}", before + 1), &branch);
    content.untag(BUSY, &format!("pr-{before}"));
}

async fn depot() -> io::Result<DemoRegistry> {
    let content = Content::generate(1, &Shape::demo());
    let behaviour = Behaviour {
        latency: Duration::from_millis(2),
        pushed: Some(push),
        ..Behaviour::default()
    };
    Ok(DemoRegistry {
        name: "depot",
        simulator: Simulator::start(content, behaviour).await?,
        username: None,
        password: None,
        description: "on the same network, open to all; something new in it whenever it is crawled",
    })
}

async fn customs() -> io::Result<DemoRegistry> {
    let shape = Shape {
        repositories: 36,
        indexes: 600,
        signed: 200,
        ..Shape::demo()
    };
    let harbor = Harbor {
        users: vec![User::administrator(USERNAME, PASSWORD)],
        ..Harbor::default()
    };
    let behaviour = Behaviour {
        product: Product::Harbor(harbor),
        latency: Duration::from_millis(8),
        jitter: Duration::from_millis(12),
        ..Behaviour::default()
    };
    Ok(DemoRegistry {
        name: "customs",
        simulator: Simulator::start(Content::generate(2, &shape), behaviour).await?,
        username: Some(USERNAME.to_owned()),
        password: Some(Secret::new(PASSWORD)),
        description: "a Harbor: lists images by its own API, a hundred in one answer",
    })
}

async fn guild() -> io::Result<DemoRegistry> {
    let shape = Shape {
        repositories: 24,
        ..Shape::demo()
    };
    let content = Content::generate(4, &shape);
    let shelves = content.shelves();
    let groups = shelves.iter().filter_map(|shelf| {
        let (group, _) = shelf.repository.split_once('/')?;
        Some(group)
    });
    let groups: std::collections::BTreeSet<&str> = groups.collect();
    let groups: Vec<&str> = groups.into_iter().collect();
    let gitlab = Gitlab {
        tokens: vec![GitlabToken::personal(User::member(
            USERNAME, PASSWORD, &groups,
        ))],
        ..Gitlab::default()
    };
    let behaviour = Behaviour {
        product: Product::Gitlab(gitlab),
        latency: Duration::from_millis(8),
        jitter: Duration::from_millis(12),
        ..Behaviour::default()
    };
    Ok(DemoRegistry {
        name: "guild",
        simulator: Simulator::start(content, behaviour).await?,
        username: Some(USERNAME.to_owned()),
        password: Some(Secret::new(PASSWORD)),
        description: "a GitLab: its catalogue is for administrators, its own APIs list instead",
    })
}

async fn outpost() -> io::Result<DemoRegistry> {
    let shape = Shape {
        repositories: 75,
        tags_per_repository: 4..=20,
        ..Shape::demo()
    };
    let content = Content::generate(3, &shape);
    content.put_repository("archive/emptied");
    let mirrored = content.put_image("mirror/gateway", &build(0));
    content.tag("mirror/gateway", "1.0.0", &mirrored);
    for (repository, tag) in [
        ("secrets/vault-agent", "1.4.0"),
        ("legacy/ledger", "7.2.1"),
        ("legacy/reports", "2019.11"),
    ] {
        for position in 0..3 {
            let spec = ImageSpec::new("linux/amd64", position);
            let digest = content.put_image(repository, &spec);
            content.tag(repository, &format!("{tag}-{position}"), &digest);
        }
    }
    let status = |code, retry_after| What::Status { code, retry_after };
    let broken_tag = Fault {
        on: On {
            route: Some(RouteKind::Manifest),
            method: Some(Method::GET),
            repository: Some("legacy/reports".to_owned()),
            reference: Some("2019.11-1".to_owned()),
            ..On::default()
        },
        // Whoever reads it again reads it right.
        when: When::First(1),
        what: What::WrongDigest,
    };
    let behaviour = Behaviour {
        latency: Duration::from_millis(40),
        jitter: Duration::from_millis(80),
        faults: vec![
            Fault::in_repository("secrets/vault-agent", RouteKind::Tags, status(403, None)),
            Fault::in_repository("legacy/ledger", RouteKind::Tags, status(500, None)),
            broken_tag,
            Fault::on_route(RouteKind::Manifest, status(503, Some(1))).when(When::Every(400)),
            Fault::on_route(RouteKind::Manifest, status(429, Some(1))).when(When::Every(550)),
        ],
        ..Behaviour::default()
    };
    Ok(DemoRegistry {
        name: "outpost",
        simulator: Simulator::start(content, behaviour).await?,
        username: None,
        password: None,
        description: "far away and not always well: some of it cannot be read",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_lists_the_depot_again_finds_a_release_and_a_merged_branch() {
        let depot = depot().await.unwrap();
        // Fails where another test was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let list = async |query: &str| {
            let url = format!("{}/v2/_catalog{query}", depot.simulator.address());
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            assert!(client.get(url).send().await.unwrap().status().is_success());
            depot.simulator.content().tags(BUSY, None, 10).unwrap()
        };
        assert_eq!(list("?n=1000").await, ["1.0.0", "latest", "pr-1"]);
        let digest = |tag| depot.simulator.content().manifest(BUSY, tag).unwrap();
        let latest = digest("latest").digest.clone();
        // Neither the next page nor a look at how it pages is another list.
        list("?n=10&last=data/api").await;
        assert_eq!(list("?n=1").await, ["1.0.0", "latest", "pr-1"]);
        assert_eq!(list("?n=1000").await, ["1.0.0", "1.1.0", "latest", "pr-2"]);
        assert_ne!(digest("latest").digest, latest);
        assert_eq!(digest("1.0.0").digest, latest);
    }

    #[tokio::test]
    async fn there_are_four_registries_with_some_thousand_tags() {
        let demo = start().await.unwrap();
        let names: Vec<_> = demo.iter().map(|registry| registry.name).collect();
        assert_eq!(names, ["depot", "customs", "guild", "outpost"]);
        let tags: Vec<_> = demo
            .iter()
            .map(|registry| registry.simulator.content().tag_count())
            .collect();
        assert!(
            tags.iter().all(|count| (200..1200).contains(count)),
            "{tags:?}"
        );
        assert!(
            (1400..2600).contains(&tags.iter().sum::<usize>()),
            "{tags:?}"
        );
        for registry in demo {
            registry.simulator.stop().await;
        }
    }
}
