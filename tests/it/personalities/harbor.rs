//! Harbor, read by harborapi and skopeo.

use std::collections::BTreeSet;

use serde_json::json;
use supercargo::simulator::{
    Behaviour, Content, Harbor, ImageSpec, Product, Project, Shape, Simulator, User,
};

use super::{python, skopeo, tags, told};

async fn start() -> Simulator {
    let content = Content::generate(11, &Shape::default());
    content.put_repository("empty/nothing");
    let deep = "base/with/slashes";
    let image = ImageSpec::new("linux/amd64", 77);
    let digest = content.put_image(deep, &image);
    content.tag(deep, "1.0", &digest);
    let mut open = Project::public("open");
    open.prevents_vulnerable = true;
    content.put_image("open/tool", &image);
    let harbor = Harbor {
        users: vec![
            User::administrator("admin", "Harbor12345"),
            User::member("robot$base+ci", "token of a robot", &["base"]),
        ],
        projects: vec![open],
        ..Harbor::default()
    };
    let behaviour = Behaviour {
        product: Product::Harbor(harbor),
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

#[tokio::test]
async fn harborapi_lists_what_it_holds() {
    let Some(python) = python("harborapi").await else {
        return;
    };
    let simulator = start().await;
    let address = simulator.address();
    let content = simulator.content();
    let account = ("admin", "Harbor12345");
    let all = told(&python, "harbor.py", &[&address], account)
        .await
        .unwrap();
    assert_eq!(all["version"], "v2.15.2-abcdef12");
    let images = all["images"].as_array().unwrap();

    // Signatures are accessories there, and listed by no one.
    let mut expected = BTreeSet::new();
    for image in content.expected() {
        let own = image.tags.iter().filter(|tag| !tag.is_accessory());
        let tags: Vec<String> = own.map(ToString::to_string).collect();
        if !tags.is_empty() {
            expected.insert((image.repository.to_string(), image.digest.to_string(), tags));
        }
    }
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let listed: BTreeSet<_> = images
        .iter()
        .filter(|image| !image["tags"].as_array().unwrap().is_empty())
        .map(|image| {
            let tags = image["tags"].as_array().unwrap().iter().map(text);
            let mut tags: Vec<String> = tags.collect();
            tags.sort();
            (text(&image["repository"]), text(&image["digest"]), tags)
        })
        .collect();
    assert_eq!(listed, expected);
    for image in images {
        let digest = text(&image["digest"]).parse().unwrap();
        let facts = content.facts(&text(&image["repository"]), &digest);
        assert_eq!(image["pushed"], facts.pushed.as_second(), "{image}");
        let found = facts.scan.map(|scan| scan.total());
        assert_eq!(image["vulnerabilities"], json!(found), "{image}");
    }
    assert!(
        images.iter().any(|image| image["tags"] == json!([])),
        "untagged"
    );
    let immutable = |image: &serde_json::Value| image["immutable"] != json!([]);
    assert!(images.iter().any(immutable));
}

#[tokio::test]
async fn harborapi_sees_what_its_user_may() {
    let Some(python) = python("harborapi").await else {
        return;
    };
    let simulator = start().await;
    let address = simulator.address();
    for (account, projects) in [
        (("robot$base+ci", "token of a robot"), vec!["base", "open"]),
        (("admin", "wrong"), vec!["open"]),
    ] {
        let all = told(&python, "harbor.py", &[&address], account)
            .await
            .unwrap();
        let images = all["images"].as_array().unwrap().iter();
        let seen: BTreeSet<&str> = images
            .filter_map(|image| image["repository"].as_str()?.split('/').next())
            .collect();
        assert_eq!(
            seen.into_iter().collect::<Vec<_>>(),
            projects,
            "{account:?}"
        );
    }
}

#[tokio::test]
async fn skopeo_lists_its_tags() {
    let simulator = start().await;
    let address = simulator.address();
    for account in [
        ("admin", "Harbor12345"),
        ("robot$base+ci", "token of a robot"),
    ] {
        let shelves = simulator.content().shelves();
        let names = shelves.iter().map(|shelf| shelf.repository.as_str());
        for name in names.filter(|name| name.starts_with("base/")) {
            let Some(listed) = skopeo(&address, name, Some(account)).await else {
                return;
            };
            assert_eq!(listed.unwrap(), tags(simulator.content(), name), "{name}");
        }
    }
    let refused = skopeo(&address, "base/with/slashes", None).await;
    let Some(Err(message)) = refused else {
        panic!("anonymous: {refused:?}");
    };
    assert!(message.contains("unauthorized"), "{message}");
}
