//! The table of products in the README: what a crawl of each asks, counted here.

use std::collections::BTreeMap;

use supercargo::model::Timestamp;
use supercargo::simulator::{
    Acr, ArtifactRegistry, Artifactory, ArtifactoryView, Behaviour, Content, DockerHub, Ecr,
    EcrKey, Ghcr, GhcrToken, Gitea, Gitflic, Gitlab, GitlabToken, Harbor, ImageSpec, Nexus,
    Product, Quay, QuayToken, Simulator, User, Zot,
};

use super::{Scenario, spec};
use crate::support::bench::Bench;

const SHELVES: usize = 100;
const TAGS: usize = 100;
/// Tags that name one image.
const PER_IMAGE: usize = 10;

const ACCOUNT: (&str, &str) = ("admin", "password-of-the-admin");

/// 100 repositories below `front` with 100 tags each, ten to an image.
fn content(front: &str) -> Content {
    let content = Content::empty();
    for shelf in 0..SHELVES {
        let name = format!("{front}/app-{shelf:03}");
        for at in 0..TAGS / PER_IMAGE {
            let image = ImageSpec {
                created: Timestamp::from_second(1_700_000_000).ok(),
                ..ImageSpec::new("linux/amd64", (shelf * TAGS + at) as u64)
            };
            let digest = content.put_image(&name, &image);
            for n in 0..PER_IMAGE {
                content.tag(&name, &format!("{at}.{n}"), &digest);
            }
        }
    }
    content
}

/// How many requests a cold crawl takes, and one that finds nothing new.
async fn counted(product: Product, front: &str, settings: &[(&str, &str)]) -> (usize, usize) {
    let behaviour = Behaviour {
        product,
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content(front), behaviour).await.unwrap();
    let api = simulator.api_address();
    let mut all = vec![("children", "none")];
    // What is at an address of its own has that one here.
    let here = settings.iter();
    all.extend(here.map(|&(key, value)| (key, if key == "api" { &*api } else { value })));
    // Some are told by their host alone.
    let host = all.iter().find(|(key, _)| *key == "host");
    let mut scenario = if let Some(&(_, host)) = host {
        all.retain(|(key, _)| *key != "host");
        let resolve = format!("{host}=127.0.0.1");
        all.push(("resolve", &resolve));
        let address = simulator.address().replace("127.0.0.1", host);
        let bench = Bench::new(&spec(&address, Some(ACCOUNT), &all));
        Scenario { simulator, bench }
    } else {
        Scenario::at(simulator, "", Some(ACCOUNT), &all)
    };
    let (ended, cold) = scenario.crawl_whole().await;
    assert_eq!(ended.summary.progress.tags_done, (SHELVES * TAGS) as u64);
    let (ended, again) = scenario.crawl_whole().await;
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    (cold.len(), again.len())
}

/// `product` → its two counts as the README has them.
fn stated() -> BTreeMap<String, (usize, usize)> {
    let readme = include_str!("../../../README.md");
    let rows = readme.lines().filter(|line| line.starts_with("| **"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let number = |text: &str| text.replace(',', "").parse().ok();
        let name = cells.get(1)?.trim_matches('*').to_owned();
        let (cold, again) = (cells.get(5)?, cells.get(6)?);
        Some((name, (number(cold)?, number(again)?)))
    };
    rows.filter_map(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_readme_says_what_crawls_ask() {
    let admin = || vec![User::administrator(ACCOUNT.0, ACCOUNT.1)];
    let harbor = Harbor {
        users: admin(),
        ..Harbor::default()
    };
    let gitlab = Gitlab {
        tokens: vec![GitlabToken::personal(User::member(
            ACCOUNT.0,
            ACCOUNT.1,
            &["team"],
        ))],
        ..Gitlab::default()
    };
    let artifactory = Artifactory {
        view: ArtifactoryView::Direct,
        ..Artifactory::new(admin())
    };
    let quay = Quay {
        users: vec![User::member(ACCOUNT.0, ACCOUNT.1, &["team"])],
        tokens: vec![QuayToken::new(User::member("ann", "token", &["team"]))],
        ..Quay::default()
    };
    let hub = DockerHub {
        users: vec![User::member(ACCOUNT.0, ACCOUNT.1, &["team"])],
        ..DockerHub::default()
    };
    let github = Ghcr {
        tokens: vec![GhcrToken::classic(
            User::member(ACCOUNT.0, ACCOUNT.1, &["team"]),
            &["read:packages", "read:org"],
        )],
        organizations: vec!["team".to_owned()],
        ..Ghcr::default()
    };
    let products = [
        ("Harbor", Product::Harbor(harbor), "team", &[][..]),
        ("GitLab", Product::Gitlab(gitlab), "team/project", &[]),
        ("Nexus", Product::Nexus(Nexus::new(admin())), "hosted", &[]),
        (
            "Artifactory",
            Product::Artifactory(artifactory),
            "docker-local/team",
            &[],
        ),
        (
            "GitFlic",
            Product::Gitflic(Gitflic::new(admin(), Vec::new())),
            "project/team/x",
            &[("lists-whole", "true")],
        ),
        (
            "Azure Container Registry",
            Product::Acr(Acr::new(admin())),
            "team",
            &[("type", "acr")],
        ),
        (
            "Google Artifact Registry",
            Product::ArtifactRegistry(ArtifactRegistry::new(admin())),
            "proj/repo",
            &[
                ("host", "us-docker.pkg.dev"),
                ("username", "oauth2accesstoken"),
                ("repository", "proj/**"),
                ("api", ""),
            ],
        ),
        (
            "Gitea, Forgejo",
            Product::Gitea(Gitea::new(admin())),
            "team",
            &[("type", "gitea")],
        ),
        (
            "Quay",
            Product::Quay(quay),
            "team",
            &[("api-token", "command:echo token")],
        ),
        (
            "GHCR",
            Product::Ghcr(github),
            "team",
            &[("type", "ghcr"), ("api", "here")],
        ),
        (
            "Docker Hub",
            Product::DockerHub(hub),
            "team",
            &[("type", "docker-hub"), ("api", "here")],
        ),
        (
            "zot",
            Product::Zot(Zot {
                users: admin(),
                ..Zot::default()
            }),
            "team",
            &[],
        ),
        (
            "Amazon ECR",
            Product::Ecr(Ecr::new(vec![EcrKey::new(User::administrator(
                ACCOUNT.0, ACCOUNT.1,
            ))])),
            "team",
            &[("type", "ecr")],
        ),
        (
            "Registry V2",
            Product::Distribution,
            "team",
            &[("auth", "anonymous"), ("lists-whole", "true")],
        ),
    ];
    let mut found = BTreeMap::new();
    for (name, product, front, settings) in products {
        found.insert(name.to_owned(), counted(product, front, settings).await);
    }
    assert_eq!(stated(), found);
}
