//! The table of products in the README: what a crawl of each asks, counted here.

use std::collections::BTreeMap;

use supercargo::model::Timestamp;
use supercargo::simulator::{
    Acr, Artifactory, ArtifactoryView, Content, Gitea, Gitflic, Gitlab, GitlabToken, Harbor,
    ImageSpec, Nexus, Product, Quay, QuayToken, User, Zot,
};

use super::{Scenario, complete};

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
    let mut all = vec![("children", "none")];
    all.extend_from_slice(settings);
    let mut scenario = Scenario::new(product, content(front), Some(ACCOUNT), &all).await;
    let (ended, cold) = scenario.crawl().await;
    complete(&ended);
    assert_eq!(ended.summary.progress.tags_done, (SHELVES * TAGS) as u64);
    let (ended, again) = scenario.crawl().await;
    complete(&ended);
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
            "zot",
            Product::Zot(Zot {
                users: admin(),
                ..Zot::default()
            }),
            "team",
            &[],
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
