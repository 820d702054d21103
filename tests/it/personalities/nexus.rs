//! Nexus, read by nexus3-cli and skopeo.

use std::collections::BTreeSet;

use supercargo::simulator::{
    Behaviour, Content, ImageSpec, Nexus, NexusRepository, NexusVersion, NexusView, Product, Shape,
    Simulator, User,
};

use super::{python, skopeo, tags, told};

const ADMINISTRATOR: (&str, &str) = ("admin", "admin123");
const TOKEN: (&str, &str) = ("nAmEcOdE", "pass code");

fn nexus() -> Nexus {
    Nexus {
        repositories: vec![
            NexusRepository::proxy("hub", &["library/nginx"]),
            NexusRepository::group("all", &["base", "hub"]),
        ],
        ..Nexus::new(vec![
            User::administrator(ADMINISTRATOR.0, ADMINISTRATOR.1),
            User::member(TOKEN.0, TOKEN.1, &["base", "all"]),
        ])
    }
}

async fn start(nexus: Nexus) -> Simulator {
    let content = Content::generate(11, &Shape::default());
    for (seed, tag) in (0..).zip(["1", "2", "3"]) {
        for name in ["hub/library/nginx", "hub/library/redis", "base/deep/er"] {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", seed));
            content.tag(name, tag, &digest);
        }
    }
    let behaviour = Behaviour {
        product: Product::Nexus(nexus),
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

/// Repository, path and hash of what a search finds in the repositories that begin so.
fn expected(content: &Content, repositories: &[&str], slash: &str) -> BTreeSet<[String; 3]> {
    let mut expected = BTreeSet::new();
    for shelf in content.shelves() {
        let Some((repository, image)) = shelf.repository.split_once('/') else {
            continue;
        };
        let cached = repository != "hub" || image == "library/nginx";
        if !cached || !(repositories.is_empty() || repositories.contains(&repository)) {
            continue;
        }
        for (tag, digest) in shelf.tags {
            let path = format!("{slash}v2/{image}/manifests/{tag}");
            let hash = digest.to_string().replace("sha256:", "");
            expected.insert([repository.to_owned(), path, hash]);
        }
    }
    expected
}

/// What the client listed of what it asked of these repositories.
fn listed(told: &serde_json::Value, asked: impl Fn(&str) -> bool) -> BTreeSet<[String; 3]> {
    let assets = told["assets"].as_array().unwrap().iter();
    assets
        .filter(|asset| asked(asset["asked"].as_str().unwrap()))
        .map(|asset| {
            ["repository", "path", "sha256"].map(|key| asset[key].as_str().unwrap().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn nexus3_cli_lists_what_it_holds() {
    let Some(python) = python("nexuscli").await else {
        return;
    };
    for (version, said, slash) in [
        (NexusVersion::V3_70, "3.70.1", ""),
        (NexusVersion::V3_96, "3.96.3", "/"),
    ] {
        let mut nexus = nexus();
        nexus.version = version;
        nexus.context = "/nexus".to_owned();
        let simulator = start(nexus).await;
        let address = format!("{}/nexus", simulator.address());
        let all = told(&python, "nexus.py", &[&address], ADMINISTRATOR)
            .await
            .unwrap();
        assert_eq!(all["version"], said);
        assert_eq!(all["repositories"]["hub"], "proxy");
        assert_eq!(all["repositories"]["all"], "group");
        let content = simulator.content();
        let own = listed(&all, |asked| asked != "all");
        assert_eq!(own, expected(content, &[], slash));
        let group = listed(&all, |asked| asked == "all");
        assert_eq!(group, expected(content, &["base", "hub"], slash));
    }
}

#[tokio::test]
async fn nexus3_cli_sees_what_its_user_token_may_and_is_refused_with_a_wrong_one() {
    let Some(python) = python("nexuscli").await else {
        return;
    };
    let simulator = start(nexus()).await;
    let address = simulator.address();
    let some = told(&python, "nexus.py", &[&address], TOKEN).await.unwrap();
    let names: Vec<&String> = some["repositories"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["all", "base"]);
    let base = listed(&some, |asked| asked == "base");
    assert_eq!(base, expected(simulator.content(), &["base"], "/"));
    let wrong = told(&python, "nexus.py", &[&address], ("admin", "wrong")).await;
    assert!(wrong.unwrap_err().contains("NexusClientInvalidCredentials"));
}

#[tokio::test]
async fn skopeo_lists_tags_at_a_connector_and_below_a_path() {
    for (view, prefix, bearer) in [
        (NexusView::Connector("base".to_owned()), "", false),
        (NexusView::Connector("base".to_owned()), "", true),
        (NexusView::PathEnabled, "base/", false),
        (NexusView::PathEnabled, "base/", true),
    ] {
        let mut nexus = nexus();
        nexus.view = view;
        nexus.bearer_realm = bearer;
        nexus.scope = Some("repository:*:pull".to_owned());
        let simulator = start(nexus).await;
        let address = simulator.address();
        for account in [ADMINISTRATOR, TOKEN] {
            let name = format!("{prefix}deep/er");
            let Some(listed) = skopeo(&address, &name, Some(account)).await else {
                return;
            };
            assert_eq!(listed.unwrap(), tags(simulator.content(), "base/deep/er"));
        }
        let Some(Err(refused)) = skopeo(&address, &format!("{prefix}deep/er"), None).await else {
            panic!("anonymous");
        };
        assert!(
            refused.contains("unauthorized") || refused.contains("authentication required"),
            "{refused}"
        );
    }
}
