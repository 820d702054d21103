//! What the lists tell, and for how many requests; what they do not tell of tags, sizes and
//! locks.

use std::collections::BTreeMap;

use supercargo::model::{Digest, ImageRow, Kind, Outcome};
use supercargo::simulator::{Acr, Behaviour, Content, ImageSpec, Product, Recorded, Shape, When};

use super::super::situation::{asked, fault, json, put_index_of_one, put_ten_tags, shown};
use super::super::{Scenario, manifests_read, same};
use super::{ADMIN, BY_V2, SETTINGS, acr, behaving, by_v2, content, tagged};

/// The content with an image of 17 tags, more than its row names.
fn with_many_tags() -> Content {
    let content = content();
    let digest = content.put_image("tool", &ImageSpec::new("linux/amd64", 200));
    for at in 0..17 {
        content.tag("tool", &format!("many-{at:02}"), &digest);
    }
    content
}

fn row(scenario: &Scenario, tag: &str) -> ImageRow {
    let mut rows = scenario.rows().into_iter();
    rows.find(|row| {
        row.repository.as_str() == "tool" && row.tags.iter().any(|known| known.as_str() == tag)
    })
    .unwrap()
}

/// Bytes of the images, by repository and digest.
fn sizes(scenario: &Scenario) -> BTreeMap<(String, String), u64> {
    let rows = scenario.rows().into_iter();
    rows.filter(|row| row.image.kind != Kind::Index && !row.tags.is_empty())
        .map(|row| {
            let image = (row.repository.to_string(), row.digest.to_string());
            (image, row.image.size.unwrap())
        })
        .collect()
}

fn bytes_of_manifest(scenario: &Scenario, image: &(String, String)) -> u64 {
    let shelves = scenario.simulator.content().shelves();
    let shelf = shelves.iter().find(|shelf| shelf.repository == image.0);
    let mut manifests = shelf.unwrap().manifests.iter();
    let known = manifests.find(|(digest, ..)| digest.to_string() == image.1);
    known.unwrap().2.len() as u64
}

#[tokio::test]
async fn both_ways_come_to_the_same_inventory() {
    for content in [content(), Content::generate(11, &Shape::default())] {
        let product = || Product::Acr(acr());
        let mut api = Scenario::new(product(), content.clone(), Some(ADMIN), &SETTINGS).await;
        let (ended, requests) = api.crawl_whole().await;
        assert_eq!(api.listed_by(), "acr-api");
        assert_eq!(ended.summary.notes, Vec::<String>::new());
        assert_eq!(asked(&requests, "/tags/list"), 0, "{:#?}", shown(&requests));
        assert_eq!(asked(&requests, "/v2/_catalog"), 0);
        let mut v2 = Scenario::new(product(), content, Some(ADMIN), &BY_V2).await;
        v2.crawl_whole().await;
        same(&tagged(&api), &tagged(&v2));
        let (told, read) = (sizes(&api), sizes(&v2));
        assert_eq!(
            told.keys().collect::<Vec<_>>(),
            read.keys().collect::<Vec<_>>()
        );
        for (image, size) in told {
            // Where a list tells it, the manifest's own bytes are counted.
            let own = bytes_of_manifest(&api, &image);
            let read = read[&image];
            assert!(
                size == read || size == read + own,
                "{image:?}: {size}, {read}"
            );
        }
    }
}

#[tokio::test]
async fn it_costs_a_page_of_each_list_a_token_and_a_request_an_index() {
    let content = Content::empty();
    for at in 0..20_u64 {
        let name = format!("team/app{at:02}");
        put_ten_tags(&content, &name, at);
        put_index_of_one(&content, &name, at);
    }
    let product = Product::Acr(acr());
    let mut scenario = Scenario::new(product, content, Some(ADMIN), &SETTINGS).await;
    let count = |requests: &[Recorded]| {
        [
            "/_catalog",
            "/_manifests",
            "/_tags",
            "/oauth2/token",
            "/manifests/",
            "/blobs/",
        ]
        .map(|part| asked(requests, part))
    };
    let (_, requests) = scenario.crawl_whole().await;
    // And one tag that is compared with V2.
    assert_eq!(
        count(&requests),
        [1, 20, 20, 21, 20 + 1, 0],
        "{:#?}",
        shown(&requests)
    );
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(
        count(&requests),
        [1, 20, 20, 21, 0, 0],
        "{:#?}",
        shown(&requests)
    );
    assert_eq!(ended.record.changes, 0);
}

#[tokio::test]
async fn all_tags_are_listed_of_an_image_that_has_more_than_its_row_names() {
    let product = Product::Acr(acr());
    let content = with_many_tags();
    let mut scenario = Scenario::new(product, content.clone(), Some(ADMIN), &SETTINGS).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "acr-api");
    assert_eq!(row(&scenario, "many-00").tags.len(), 17);
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!((ended.record.changes, ended.record.gone), (0, 0));
    assert_eq!(asked(&requests, "/manifests/"), 0);
    assert_eq!(row(&scenario, "many-00").tags.len(), 17);
    // One that its row does not name goes all the same.
    assert!(content.untag("tool", "many-16"));
    scenario.crawl_whole().await;
    assert_eq!(row(&scenario, "many-00").tags.len(), 16);
}

#[tokio::test]
async fn a_tag_that_moves_while_manifests_are_listed_is_where_the_list_of_tags_has_it() {
    let content = content();
    let shelves = content.shelves();
    let tool = shelves.iter().find(|shelf| shelf.repository == "tool");
    let named: BTreeMap<String, Digest> = tool.unwrap().tags.iter().cloned().collect();
    let row = |digest: &Digest, tags: &str| {
        format!(
            r#"{{"digest":"{digest}","imageSize":4194999,"os":"linux","architecture":"amd64",
                "mediaType":"application/vnd.oci.image.manifest.v1+json","tags":[{tags}]}}"#
        )
    };
    // One tag is named by two rows, one by none, and one manifest came too late.
    let rows = [
        row(&named["1.0"], r#""1.1""#),
        row(&named["1.1"], r#""1.1""#),
    ];
    let rows = format!(r#"{{"imageName":"tool","manifests":[{}]}}"#, rows.join(","));
    let mut scenario = behaving(acr(), vec![fault("/tool/_manifests", json(&rows))], ADMIN).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "acr-api");
    same(&by_v2().await, &tagged(&scenario));
}

#[tokio::test]
async fn tags_are_asked_for_before_they_go_where_their_list_lacks_what_rows_name() {
    let empty = fault("/tool/_tags", json(r#"{"imageName":"tool"}"#)).when(When::Every(2));
    let behaviour = Behaviour {
        product: Product::Acr(acr()),
        faults: vec![empty],
        ..Behaviour::default()
    };
    let content = with_many_tags();
    let mut scenario = Scenario::behaving(behaviour, content, Some(ADMIN), &SETTINGS).await;
    scenario.crawl_whole().await;
    let before = scenario.seen();
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    let failures = &ended.summary.failures;
    let cut = |message: &str| message.contains("cut short");
    assert!(
        failures.iter().any(|failure| cut(&failure.message)),
        "{failures:#?}"
    );
    assert_eq!(ended.record.gone, 0);
    same(&before, &scenario.seen());
}

#[tokio::test]
async fn sizes_that_no_list_tells_are_read_once() {
    let content = content();
    let windows = ImageSpec {
        layers: vec![100 << 20, 4 << 20],
        ..ImageSpec::new("windows/amd64", 201)
    };
    let windows = content.put_image("tool", &windows);
    content.tag("tool", "windows", &windows);
    for seed in 202..205 {
        let digest = content.put_image("old/app", &ImageSpec::new("linux/amd64", seed));
        content.tag("old/app", &seed.to_string(), &digest);
    }
    let product = || {
        Product::Acr(Acr {
            manifest_sizes: vec!["old/app".to_owned()],
            ..acr()
        })
    };
    let mut v2 = Scenario::new(product(), content.clone(), Some(ADMIN), &BY_V2).await;
    v2.crawl_whole().await;
    let read = sizes(&v2);
    let mut scenario = Scenario::new(product(), content, Some(ADMIN), &SETTINGS).await;
    let (_, requests) = scenario.crawl_whole().await;
    let from = |requests: &[_], digest: &str| asked(requests, &format!("/manifests/{digest}"));
    for (image, size) in sizes(&scenario) {
        let is_read = from(&requests, &image.1) > 0;
        let counted = if is_read {
            0
        } else {
            bytes_of_manifest(&scenario, &image)
        };
        assert_eq!(size, read[&image] + counted, "{image:?}");
        if image.0 == "old/app" || image.1 == windows.to_string() {
            assert!(is_read, "{image:?}");
        }
    }
    // Their configurations are not: only what a list cannot tell of others is.
    let told = row(&scenario, "windows").platforms;
    assert_eq!(told[0].to_string(), "windows/amd64");
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(manifests_read(&requests), 0, "{:#?}", shown(&requests));
    assert_eq!(ended.record.changes, 0);
}

#[tokio::test]
async fn locks_of_tags_and_of_manifests_are_told_apart() {
    let content = content();
    for (tag, is_locked) in [("1.0", true), ("1.1", false), ("1.2", false)] {
        content.set_immutable("tool", tag, is_locked);
    }
    let shelves = content.shelves();
    let tool = shelves.iter().find(|shelf| shelf.repository == "tool");
    let mut tags = tool.unwrap().tags.iter();
    let locked = tags.find(|(tag, _)| tag == "1.1").unwrap().1.clone();
    let product = Product::Acr(Acr {
        locked: vec![locked],
        ..acr()
    });
    let mut scenario = Scenario::new(product, content.clone(), Some(ADMIN), &SETTINGS).await;
    scenario.crawl_whole().await;
    let locks = |scenario: &Scenario, tag: &str| {
        let facts = row(scenario, tag).facts;
        let immutable: Vec<String> = facts.immutable.iter().map(ToString::to_string).collect();
        (facts.locked, immutable)
    };
    // What has no lock of its own may be locked with its repository, so none is told as free.
    assert_eq!(locks(&scenario, "1.0"), (None, vec!["1.0".to_owned()]));
    assert_eq!(locks(&scenario, "1.1"), (Some(true), Vec::new()));
    assert_eq!(locks(&scenario, "1.2"), (None, Vec::new()));
    content.set_immutable("tool", "1.0", false);
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(asked(&requests, "/manifests/"), 0);
    assert_eq!(locks(&scenario, "1.0"), (None, Vec::new()));
}
