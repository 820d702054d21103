//! Lists of V2 that Google ends with 10,000 images or tags, without a word of the others.

use supercargo::model::{Class, Outcome};
use supercargo::simulator::{Content, ImageSpec};

use super::{NO_CHILDREN, PROJECT, TOKEN, V2_ONLY, at, change, product, start};
use crate::products::situation::{asked, notes, shown};
use crate::products::{Scenario, images};

const NAMES_ALONE: (&str, &str) = ("load-full-list", "false");

/// One image with so many tags.
fn tagged(content: &Content, name: &str, seed: u64, tags: usize) {
    let digest = content.put_image(name, &ImageSpec::new("linux/amd64", seed));
    for tag in 0..tags {
        content.tag(name, &format!("{tag:05}"), &digest);
    }
}

/// One more tag than a list tells, behind it an image without any, and another repository.
fn content() -> Content {
    let content = Content::empty();
    tagged(&content, "proj/repo/big", 1, 10_001);
    content.put_image("proj/repo/big", &ImageSpec::new("linux/amd64", 2));
    tagged(&content, "proj/repo/zoo", 3, 1);
    content
}

/// What the REST API has listed whole, and is not asked any more.
async fn known(content: &Content, settings: &[(&str, &str)]) -> Scenario {
    let simulator = start(product(), content.clone(), Vec::new()).await;
    let mut scenario = super::at(simulator, super::HOST, Some(TOKEN), &[PROJECT]);
    scenario.crawl_whole().await;
    let mut disabled = product();
    disabled.disabled = vec!["proj".to_owned()];
    scenario.simulator = start(disabled, content.clone(), Vec::new()).await;
    change(&scenario, Some(TOKEN), settings);
    scenario
}

#[tokio::test]
async fn a_walk_whose_lists_are_cut_says_so_and_loses_nothing() {
    let mut scenario = known(&content(), &[PROJECT]).await;
    let before = images(&scenario.rows());
    let (ended, requests) = scenario.crawl().await;
    let notes = notes(&ended);
    assert!(notes.contains("`proj/repo/big` ends with 10000"), "{notes}");
    assert!(notes.contains("repositories may be missing"), "{notes}");
    assert_eq!(ended.record.gone, 0);
    assert_eq!(before, images(&scenario.rows()));
    let of_big = asked(&requests, "/big/tags/list?n=10000");
    assert_eq!(of_big, 1, "{:#?}", shown(&requests));
}

#[tokio::test]
async fn many_repositories_below_a_name_may_cut_its_list() {
    let content = Content::empty();
    for (seed, name) in (0..).zip(["proj/repo/a", "proj/repo/b"]) {
        tagged(&content, name, seed, 6_000);
    }
    tagged(&content, "proj/repo/c", 9, 1);
    let mut scenario = known(&content, &[PROJECT]).await;
    let before = images(&scenario.rows());
    let (ended, _) = scenario.crawl().await;
    let notes = notes(&ended);
    assert!(notes.contains("below `proj` are as many"), "{notes}");
    // The list of none of them is cut.
    assert!(!notes.contains("ends with"), "{notes}");
    assert_eq!(ended.record.gone, 0);
    assert_eq!(before, images(&scenario.rows()));
}

#[tokio::test]
async fn a_repository_whose_list_is_cut_is_listed_by_the_rest_api() {
    let settings = [("repository", "proj/repo/big"), NAMES_ALONE];
    let simulator = start(product(), content(), Vec::new()).await;
    let mut scenario = at(simulator, super::HOST, Some(TOKEN), &settings);
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    assert_eq!(scenario.listed_by(), "artifact-registry-api");
    let tags = scenario.rows().iter().map(|row| row.tags.len()).sum();
    assert_eq!((scenario.rows().len(), tags), (2, 10_001));
    let lists = ["/tags/list", "/repo/dockerImages?"].map(|part| asked(&requests, part));
    assert_eq!(lists, [1, 1], "{:#?}", shown(&requests));
}

#[tokio::test]
async fn a_cut_list_of_v2_alone_is_not_proven_and_loses_nothing() {
    let settings = [
        ("repository", "proj/repo/big"),
        NAMES_ALONE,
        NO_CHILDREN,
        V2_ONLY,
    ];
    let mut scenario = known(&content(), &settings).await;
    let before = images(&scenario.rows());
    let (ended, requests) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    let mut failures = ended.summary.failures.iter();
    let told = failures.any(|failure| {
        let says_what = failure.message.contains("end with 10000 images or tags");
        let hint = failure.hint.as_deref().unwrap_or_default();
        failure.class == Class::Unproven && says_what && hint.contains("REST API")
    });
    assert!(told, "{:#?}", ended.summary.failures);
    assert_eq!(asked(&requests, "/tags/list?n=10000"), 1);
    assert_eq!(ended.record.gone, 0);
    assert_eq!(before, images(&scenario.rows()));
}
