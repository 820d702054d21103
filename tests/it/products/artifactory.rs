//! Artifactory: a key, all keys of a server, and keys in the names, by its query language.

use supercargo::simulator::{Artifactory, ArtifactoryView, Content, Product, Shape, User};

use super::{Scenario, complete, counts, same};

const ADMIN: (&str, &str) = ("admin", "password-of-the-admin");

fn server(view: ArtifactoryView) -> Product {
    Product::Artifactory(Artifactory {
        view,
        ..Artifactory::new(vec![User::administrator(ADMIN.0, ADMIN.1)])
    })
}

fn content() -> Content {
    Content::generate(12, &Shape::default())
}

/// The keys that the content has.
fn keys(content: &Content) -> Vec<String> {
    let shelves = content.shelves().into_iter();
    let mut keys: Vec<String> = shelves
        .filter_map(|shelf| shelf.repository.split('/').next().map(str::to_owned))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[tokio::test]
async fn a_whole_server_is_listed_by_its_keys() {
    let settings = [("children", "none"), ("type", "artifactory")];
    let product = server(ArtifactoryView::Direct);
    let mut scenario = Scenario::new(product, content(), Some(ADMIN), &settings).await;
    let (ended, requests) = scenario.crawl().await;
    complete(&ended);
    assert_eq!(
        scenario.listed_by(),
        "artifactory-api",
        "{:?}",
        ended.summary.notes
    );
    let counts = counts(&requests, &["/aql", "/manifests/", "/tags/list"]);
    assert_eq!(counts.get("/tags/list"), None, "{counts:?}");
    let (ended, requests) = scenario.crawl().await;
    complete(&ended);
    assert!(
        requests
            .iter()
            .all(|request| !request.path_and_query.contains("/manifests/"))
    );
}

#[tokio::test]
async fn keys_in_names_are_read_by_both_ways_to_the_same() {
    let content = content();
    let keys = keys(&content).join(",");
    let all = [
        ("children", "none"),
        ("type", "artifactory-path"),
        ("repository", keys.as_str()),
    ];
    let product = server(ArtifactoryView::RepositoryPath);
    let mut scenario = Scenario::new(product, content, Some(ADMIN), &all).await;
    let (ended, _) = scenario.crawl().await;
    complete(&ended);
    assert_eq!(
        scenario.listed_by(),
        "artifactory-api",
        "{:?}",
        ended.summary.notes
    );
    let by_api = scenario.seen();
    let mut v2 = all.to_vec();
    v2.push(("v2-only", "true"));
    let mut scenario = scenario.again(Some(ADMIN), &v2);
    let (ended, _) = scenario.crawl().await;
    complete(&ended);
    assert_eq!(scenario.listed_by(), "v2");
    let tagged = by_api
        .into_iter()
        .filter(|image| !image.tags.is_empty())
        .collect();
    same(&tagged, &scenario.seen());
}
