//! Gitea and Forgejo, read by skopeo.

use supercargo::simulator::{Behaviour, Content, Gitea, ImageSpec, Product, Simulator, User};

use super::{skopeo, tags};

#[tokio::test]
async fn skopeo_lists_its_tags() {
    let ann = ("ann", "access token");
    for merges_challenges in [false, true] {
        let content = Content::empty();
        for name in ["acme/app", "acme/app/web", "open/base"] {
            for (seed, tag) in (0..).zip(["1.0", "1.1", "latest"]) {
                let digest = content.put_image(name, &ImageSpec::new("linux/amd64", seed));
                content.tag(name, tag, &digest);
            }
        }
        let gitea = Gitea {
            public: vec!["open".to_owned()],
            merges_challenges,
            ..Gitea::new(vec![User::member(ann.0, ann.1, &["acme"])])
        };
        let behaviour = Behaviour {
            product: Product::Gitea(gitea),
            ..Behaviour::default()
        };
        let simulator = Simulator::start(content, behaviour).await.unwrap();
        for (name, account, opens) in [
            ("acme/app", Some(ann), true),
            ("acme/app/web", Some(ann), true),
            ("open/base", None, true),
            ("acme/app", None, false),
            ("acme/app", Some((ann.0, "wrong")), false),
        ] {
            let Some(listed) = skopeo(&simulator.address(), name, account).await else {
                return;
            };
            match listed {
                Ok(listed) => {
                    assert!(opens, "{name} {account:?}");
                    assert_eq!(listed, tags(simulator.content(), name));
                }
                Err(message) => assert!(!opens, "{name} {account:?}: {message}"),
            }
        }
    }
}
