//! Harbor: the whole crawl by its own API, with the rights that people have.

use supercargo::simulator::{Content, Harbor, Product, Shape, User};

use super::{Scenario, complete, counts, same};

const ADMIN: (&str, &str) = ("admin", "Harbor12345");
const ANN: (&str, &str) = ("ann", "ann-s-password");
const ROBOT: (&str, &str) = ("robot$base+ci", "token-of-a-robot");

fn harbor() -> Harbor {
    Harbor {
        users: vec![
            User::administrator(ADMIN.0, ADMIN.1),
            User::member(ANN.0, ANN.1, &["base", "team"]),
            User::member(ROBOT.0, ROBOT.1, &["base"]),
        ],
        ..Harbor::default()
    }
}

fn content() -> Content {
    Content::generate(11, &Shape::default())
}

#[tokio::test]
async fn both_ways_come_to_the_same_inventory() {
    let product = || Product::Harbor(harbor());
    let settings = [("children", "none")];
    let mut scenario = Scenario::new(product(), content(), Some(ADMIN), &settings).await;
    let (ended, requests) = scenario.crawl().await;
    complete(&ended);
    assert_eq!(scenario.listed_by(), "harbor-api");
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    let by_api = scenario.seen();
    let counts = counts(&requests, &["/artifacts?", "/manifests/", "/tags/list"]);
    assert_eq!(counts.get("/tags/list"), None, "{counts:?}");
    let settings = [("children", "none"), ("v2-only", "true")];
    let mut scenario = scenario.again(Some(ADMIN), &settings);
    let (ended, _) = scenario.crawl().await;
    complete(&ended);
    assert_eq!(scenario.listed_by(), "v2");
    let mut by_v2 = scenario.seen();
    by_v2.retain(|image| !image.tags.iter().all(|tag| tag.starts_with("sha256-")));
    same(&by_api, &by_v2);
}
