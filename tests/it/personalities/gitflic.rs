//! GitFlic, read by skopeo; there is no other client of it.

use supercargo::simulator::{Behaviour, Content, Gitflic, ImageSpec, Product, Simulator, User};

use super::{skopeo, tags};

const NAMES: [&str; 3] = ["project/ann/shop/web", "company/acme/base", "ubuntu"];

async fn start(gitflic: Gitflic) -> Simulator {
    let content = Content::empty();
    for name in NAMES {
        for (seed, tag) in (0..).zip(["1.0", "1.1", "latest"]) {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", seed));
            content.tag(name, tag, &digest);
        }
    }
    let behaviour = Behaviour {
        product: Product::Gitflic(gitflic),
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

#[tokio::test]
async fn skopeo_lists_its_tags_with_a_transport_token() {
    let ann = ("ann", "transport token");
    let access = ("ann", "access token");
    let gitflic = Gitflic {
        anonymous: Some(User::member("anonymous", "", &["ubuntu"])),
        ..Gitflic::new(
            vec![User::member(ann.0, ann.1, &["project/ann", "ubuntu"])],
            vec![User::member(access.0, access.1, &["project/ann"])],
        )
    };
    for challenges_scope in [true, false] {
        let simulator = start(Gitflic {
            challenges_scope,
            ..gitflic.clone()
        })
        .await;
        let address = simulator.address();
        for (name, account, opens) in [
            ("project/ann/shop/web", Some(ann), true),
            ("ubuntu", Some(ann), true),
            ("ubuntu", None, true),
            ("company/acme/base", Some(ann), false),
            ("project/ann/shop/web", None, false),
            ("project/ann/shop/web", Some(access), false),
        ] {
            let Some(listed) = skopeo(&address, name, account).await else {
                return;
            };
            match listed {
                Ok(listed) => {
                    assert!(opens, "{name} {account:?}");
                    assert_eq!(listed, tags(simulator.content(), name));
                }
                Err(message) => {
                    assert!(!opens, "{name} {account:?}: {message}");
                    let known = ["unauthorized", "authentication required", "denied"];
                    assert!(known.iter().any(|text| message.contains(text)), "{message}");
                }
            }
        }
    }
}
