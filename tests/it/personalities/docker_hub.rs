//! Docker Hub, read by skopeo.

use supercargo::simulator::{Behaviour, Content, DockerHub, ImageSpec, Product, Simulator, User};

use super::{skopeo, tags};

#[tokio::test]
async fn skopeo_lists_its_tags() {
    let content = Content::empty();
    for (name, count) in [("acme/app", 230), ("library/alpine", 3)] {
        for at in 0..count {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", at % 7));
            content.tag(name, &format!("1.{at}"), &digest);
        }
    }
    let hub = DockerHub {
        users: vec![User::member("ann", "dckr-pat", &["acme"])],
        public: vec!["library".to_owned()],
        ..DockerHub::default()
    };
    let behaviour = Behaviour {
        product: Product::DockerHub(hub),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let address = simulator.address();
    let ann = Some(("ann", "dckr-pat"));
    for (account, name) in [
        (ann, "acme/app"),
        (ann, "library/alpine"),
        (None, "library/alpine"),
    ] {
        let Some(listed) = skopeo(&address, name, account).await else {
            return;
        };
        let wanted = tags(simulator.content(), name);
        assert_eq!(listed.unwrap(), wanted, "{account:?} {name}");
    }
    for account in [None, Some(("ann", "wrong"))] {
        let refused = skopeo(&address, "acme/app", account).await;
        let Some(Err(message)) = refused else {
            panic!("{account:?}: {refused:?}");
        };
        assert!(!message.contains("dckr-pat"), "{message}");
    }
}
