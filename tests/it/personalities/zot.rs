//! zot, read by skopeo.

use supercargo::simulator::{Behaviour, Content, Product, Shape, Simulator, User, Zot};

use super::{skopeo, tags};

#[tokio::test]
async fn skopeo_lists_its_tags() {
    let zot = Zot {
        users: vec![
            User::administrator("admin", "password-of-the-admin"),
            User::member("ann", "zak_key-of-ann", &["base"]),
        ],
        anonymous: Some(User::member("", "", &["platform"])),
        ..Zot::default()
    };
    let behaviour = Behaviour {
        product: Product::Zot(zot),
        ..Behaviour::default()
    };
    let content = Content::generate(11, &Shape::default());
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let address = simulator.address();
    let mut listed = 0;
    for (account, front) in [
        (Some(("admin", "password-of-the-admin")), ""),
        (Some(("ann", "zak_key-of-ann")), "base/"),
        (None, "platform/"),
    ] {
        let shelves = simulator.content().shelves();
        let names = shelves.iter().map(|shelf| shelf.repository.as_str());
        for name in names.filter(|name| name.starts_with(front)).take(3) {
            let Some(told) = skopeo(&address, name, account).await else {
                return;
            };

            let told = told.unwrap_or_else(|error| panic!("{account:?} {name}: {error}"));
            assert_eq!(told, tags(simulator.content(), name), "{name}");
            listed += 1;
        }
    }
    assert!(listed > 4, "{listed}");
    let refused = skopeo(&address, "base/alpine", Some(("ann", "wrong"))).await;
    let Some(Err(message)) = refused else {
        panic!("a wrong key: {refused:?}");
    };
    assert!(
        message.contains("unauthorized") || message.contains("authentication"),
        "{message}"
    );
}
