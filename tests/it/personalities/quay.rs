//! Quay, read by skopeo.

use supercargo::simulator::{
    Behaviour, Content, ImageSpec, Product, Quay, QuayToken, Simulator, User,
};

use super::{skopeo, tags};

async fn start() -> Simulator {
    let content = Content::empty();
    for (name, count) in [("team/app", 230), ("open/tool", 3)] {
        for at in 0..count {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", at % 7));
            content.tag(name, &format!("1.{at}"), &digest);
        }
    }
    let quay = Quay {
        users: vec![User::member("team+ci", "secret-of-a-robot", &["team"])],
        tokens: vec![QuayToken::new(User::member(
            "ann",
            "token-of-ann",
            &["team"],
        ))],
        public: vec!["open".to_owned()],
        ..Quay::default()
    };
    let behaviour = Behaviour {
        product: Product::Quay(quay),
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

#[tokio::test]
async fn skopeo_lists_its_tags() {
    let simulator = start().await;
    let address = simulator.address();
    let robot = Some(("team+ci", "secret-of-a-robot"));
    for (account, name) in [
        (robot, "team/app"),
        (Some(("$oauthtoken", "token-of-ann")), "team/app"),
        (robot, "open/tool"),
        (None, "open/tool"),
    ] {
        let Some(listed) = skopeo(&address, name, account).await else {
            return;
        };
        let wanted = tags(simulator.content(), name);
        assert_eq!(listed.unwrap(), wanted, "{account:?} {name}");
    }
    for account in [None, Some(("team+ci", "wrong"))] {
        let refused = skopeo(&address, "team/app", account).await;
        let Some(Err(message)) = refused else {
            panic!("{account:?}: {refused:?}");
        };
        assert!(message.contains("nauthorized"), "{message}");
    }
}
