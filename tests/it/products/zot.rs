//! zot: listed by the search of its extensions, and by V2 where that is switched off.

use std::collections::BTreeSet;

use supercargo::model::{Digest, ImageRow, Kind, Outcome, Stage, Timestamp};
use supercargo::simulator::{
    Behaviour, Content, Fault, ImageSpec, IndexSpec, Product, Shape, Simulator, User, What, When,
    Zot,
};

use super::situation::{
    asked, checked_at, fault, heard_nothing, json, no_lists, of_api, say, shown, wait,
};
use super::{Scenario, Seen, manifests_read, repositories, same};

const ADMIN: (&str, &str) = ("admin", "password-of-the-admin");
const ANN: (&str, &str) = ("ann", "zak_key-of-ann");
const NO_CHILDREN: [(&str, &str); 1] = [("children", "none")];
const V2_ONLY: [(&str, &str); 2] = [("children", "none"), ("v2-only", "true")];

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn zot() -> Zot {
    Zot {
        users: vec![
            User::administrator(ADMIN.0, ADMIN.1),
            User::member(ANN.0, ANN.1, &["base", "team"]),
            User::member("old", "zak_that-ended", &["base"]).expired(),
        ],
        ..Zot::default()
    }
}

fn content() -> Content {
    let content = Content::generate(11, &Shape::default());
    content.put_repository("empty/nothing");
    content
}

/// Two repositories of five images each.
fn small() -> Content {
    let content = Content::empty();
    for (at, name) in (0..).zip(["base/alpine", "risk/web"]) {
        for tag in 0..5_u64 {
            let spec = ImageSpec::new("linux/arm64/v8", at * 10 + tag);
            content.tag(name, &format!("1.{tag}"), &content.put_image(name, &spec));
        }
    }
    content
}

async fn scenario(zot: Zot, content: Content, account: Option<(&str, &str)>) -> Scenario {
    Scenario::new(Product::Zot(zot), content, account, &NO_CHILDREN).await
}

async fn start(zot: Zot, faults: Vec<Fault>) -> Simulator {
    let behaviour = Behaviour {
        product: Product::Zot(zot),
        faults,
        ..Behaviour::default()
    };
    Simulator::start(small(), behaviour).await.unwrap()
}

#[tokio::test]
async fn both_ways_come_to_the_same_inventory() {
    let mut scenario = scenario(zot(), content(), Some(ADMIN)).await;
    let (ended, requests) = scenario.crawl_whole().await;
    // Nobody said that it is zot, and repositories without a tag are in the catalogue alone.
    assert_eq!(scenario.listed_by(), "zot-api, v2");
    let opened = scenario.bench.registry().opened.unwrap();
    assert_eq!(opened.product.as_deref(), Some("zot"));
    assert_eq!(opened.version.as_deref(), Some("v2.1.20"));
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    // Each is asked for the names of its tags.
    let shelves = scenario.simulator.content().shelves();
    let (tags, shown) = (asked(&requests, "/tags/list?n="), shown(&requests));
    assert_eq!(tags, shelves.len(), "{shown:#?}");
    let by_api = scenario.seen();
    let mut scenario = scenario.again(Some(ADMIN), &V2_ONLY);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    let is_signature = |tags: &[String]| tags.iter().all(|tag| tag.starts_with("sha256-"));
    let mut by_v2 = scenario.seen();
    by_v2.retain(|image| !is_signature(&image.tags));
    same(&undated(by_api), &undated(by_v2));
}

/// Images without the date of building, which the search tells of none.
fn undated(rows: BTreeSet<Seen>) -> BTreeSet<Seen> {
    let undated = |row| Seen {
        created: None,
        ..row
    };
    rows.into_iter().map(undated).collect()
}

#[tokio::test]
async fn ten_thousand_tags_are_ten_pages_and_a_list_each_and_nothing_is_read_twice() {
    let content = Content::empty();
    for repository in 0..100_u64 {
        let name = format!("team{}/app{repository}", repository % 7);
        // No list is of a length at which servers cut them.
        for tag in 0..99 + 2 * (repository % 2) {
            let spec = ImageSpec::new("linux/amd64", repository * 200 + tag);
            content.tag(&name, &format!("1.{tag}"), &content.put_image(&name, &spec));
        }
    }
    let mut scenario = scenario(zot(), content, Some(ADMIN)).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 10_000);
    // The ping, the question who it is, a tag that is compared, the catalogue.
    assert_eq!(asked(&requests, "/_zot/ext/search"), 10);
    assert_eq!(asked(&requests, "/tags/list"), 100);
    assert_eq!(requests.len(), 110 + 4, "{:#?}", shown(&requests));
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(requests.len(), 110 + 3, "{:#?}", shown(&requests));
    assert_eq!(ended.record.changes, 0);
}

/// Tags of every kind that the search leaves out, beside the others of a repository.
fn with_left_out() -> (Content, [&'static str; 3]) {
    let content = small();
    let name = "base/alpine";
    let index = |kind: &str, digest: &Digest| {
        let entry = format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":7}}"#);
        let index =
            format!(r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{entry}]}}"#);
        content.put_manifest(name, OCI_INDEX, index.into())
    };
    let layer = content.put_blob(name, "layer".into());
    let layer = index("application/vnd.oci.image.layer.v1.tar+gzip", &layer);
    content.tag(name, "buildcache", &layer);
    let absent = index(OCI_MANIFEST, &Digest::sha256(b"absent"));
    content.tag(name, "no-child", &absent);
    let image = content.put_image(name, &ImageSpec::new("linux/amd64", 77));
    content.tag(name, "x-sha256-ab", &image);
    (content, ["buildcache", "no-child", "x-sha256-ab"])
}

#[tokio::test]
async fn tags_that_its_search_leaves_out_are_read_and_go_when_they_are_gone() {
    let (content, left_out) = with_left_out();
    let mut scenario = scenario(zot(), content, Some(ADMIN)).await;
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "zot-api, v2");
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    assert_eq!(scenario.rows().len(), 13);
    let by_api = scenario.seen();
    // Known, they are asked for and not read again.
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(manifests_read(&requests), 0, "{:#?}", shown(&requests));
    assert_eq!(ended.record.changes, 0);
    for tag in left_out {
        assert!(scenario.simulator.content().untag("base/alpine", tag));
    }
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(ended.record.gone, 3, "{:#?}", ended.summary);
    assert_eq!(scenario.listed_by(), "zot-api");
    let (content, _) = with_left_out();
    let mut scenario = self::scenario(zot(), content, Some(ADMIN)).await;
    scenario.change("", Some(ADMIN), &V2_ONLY);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    same(&undated(by_api), &undated(scenario.seen()));
}

#[tokio::test]
async fn an_image_is_never_as_old_as_the_label_of_its_base() {
    let content = Content::empty();
    let spec = ImageSpec {
        created: "2026-01-02T03:04:05Z".parse().ok(),
        labels: vec![(
            "org.label-schema.build-date".to_owned(),
            "2015-01-01T00:00:00Z".to_owned(),
        )],
        ..ImageSpec::new("linux/amd64", 1)
    };
    content.tag("a/b", "1", &content.put_image("a/b", &spec));
    let mut scenario = scenario(zot(), content, Some(ADMIN)).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "zot-api");
    assert_eq!(scenario.rows()[0].image.created, None);
    assert_eq!(asked(&requests, "/blobs/"), 0);
    let mut scenario = scenario.again(Some(ADMIN), &V2_ONLY);
    scenario.crawl_whole().await;
    assert_eq!(scenario.rows()[0].image.created, spec.created);
}

#[tokio::test]
async fn an_index_lists_what_it_lists_itself_and_is_read_once() {
    let content = small();
    let name = "base/alpine";
    let image = content.put_image(name, &ImageSpec::new("linux/arm64/v8", 77));
    let other = content.put_image(name, &ImageSpec::new("linux/amd64", 78));
    let index = |entries: &[(&str, &Digest, &str)]| {
        let entry = |(kind, digest, architecture): &(&str, &Digest, &str)| {
            format!(
                r#"{{"mediaType":"{kind}","digest":"{digest}","size":7,
                    "platform":{{"os":"linux","architecture":"{architecture}"}}}}"#
            )
        };
        let entries: Vec<String> = entries.iter().map(entry).collect();
        let index = format!(
            r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{}]}}"#,
            entries.join(",")
        );
        content.put_manifest(name, OCI_INDEX, index.into())
    };
    // Of another platform by the index than by its configuration, and beside one that is
    // not there.
    let absent = Digest::sha256(b"absent");
    let partly = index(&[
        (OCI_MANIFEST, &image, "arm"),
        (OCI_MANIFEST, &absent, "s390x"),
    ]);
    content.tag(name, "partly", &partly);
    let inner = index(&[(OCI_MANIFEST, &image, "arm64")]);
    let nested = index(&[
        (OCI_INDEX, &inner, "arm64"),
        (OCI_MANIFEST, &other, "amd64"),
    ]);
    content.tag(name, "nested", &nested);
    let mut scenario = scenario(zot(), content, Some(ADMIN)).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "zot-api");
    // Both, and the index that one of them lists.
    assert_eq!(manifests_read(&requests), 3, "{:#?}", shown(&requests));
    let by_api = scenario.seen();
    let is_partly = |image: &&Seen| image.tags == ["partly"];
    let children = &by_api.iter().find(is_partly).unwrap().children;
    assert_eq!(children.len(), 2, "{children:?}");
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(manifests_read(&requests), 0, "{:#?}", shown(&requests));
    let mut scenario = scenario.again(Some(ADMIN), &V2_ONLY);
    scenario.crawl_whole().await;
    same(&undated(by_api), &undated(scenario.seen()));
}

#[tokio::test]
async fn a_tag_that_its_search_alone_remembers_is_not_shown() {
    let content = small();
    let digest = content.put_image("base/alpine", &ImageSpec::new("linux/amd64", 99));
    content.tag("base/alpine", "real", &digest);
    let row = |tag| format!(r#"{{"RepoName":"base/alpine","Tag":"{tag}","Digest":"{digest}"}}"#);
    let rows = format!("{},{}", row("real"), row("ghost"));
    let body =
        format!(r#"{{"data":{{"ImageList":{{"Page":{{"TotalCount":2}},"Results":[{rows}]}}}}}}"#);
    let behaviour = Behaviour {
        product: Product::Zot(zot()),
        faults: vec![fault("/ext/search", json(&body))],
        ..Behaviour::default()
    };
    let mut scenario = Scenario::behaving(behaviour, content, Some(ADMIN), &NO_CHILDREN).await;
    scenario.crawl_whole().await;
    let rows = scenario.rows();
    let tags = |row: &ImageRow| row.tags.iter().map(ToString::to_string).collect();
    let tags: Vec<Vec<String>> = rows.iter().map(tags).collect();
    assert!(tags.contains(&vec!["real".to_owned()]), "{tags:?}");
    assert_eq!(rows.len(), 11);
}

#[tokio::test]
async fn where_v2_names_no_tags_it_is_said_and_nothing_is_gone() {
    let (content, left_out) = with_left_out();
    let mut scenario = scenario(zot(), content, Some(ADMIN)).await;
    scenario.crawl_whole().await;
    let behaviour = Behaviour {
        product: Product::Zot(zot()),
        faults: vec![fault("/base/alpine/tags/list", wait(500))],
        ..Behaviour::default()
    };
    let (content, _) = with_left_out();
    for tag in left_out {
        content.untag("base/alpine", tag);
    }
    let image = content.put_image("base/alpine", &ImageSpec::new("linux/amd64", 99));
    content.tag("base/alpine", "new", &image);
    scenario.simulator = Simulator::start(content, behaviour).await.unwrap();
    scenario.change("", Some(ADMIN), &NO_CHILDREN);
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    assert_eq!(ended.summary.failures[0].stage, Stage::Tags);
    assert_eq!(ended.record.gone, 0);
    // What the search tells is read all the same.
    assert_eq!(scenario.rows().len(), 14);
}

#[tokio::test]
async fn all_that_its_search_tells_is_kept() {
    let content = Content::empty();
    let image = ImageSpec {
        created: Timestamp::from_second(1_700_000_000).ok(),
        ..ImageSpec::new("linux/arm64/v8", 7)
    };
    let digest = content.put_image("base/alpine", &image);
    content.tag("base/alpine", "3", &digest);
    let index = IndexSpec {
        images: vec![
            ImageSpec::new("linux/amd64", 1),
            ImageSpec::new("linux/s390x", 2),
        ],
        attestations: true,
        docker: false,
    };
    content.tag("base/index", "1", &content.put_index("base/index", &index));
    for (knows_times, errs_with_success) in [(true, false), (false, false), (false, true)] {
        let product = Zot {
            knows_times,
            errs_with_success,
            ..zot()
        };
        let mut scenario = scenario(product, content.clone(), Some(ADMIN)).await;
        let (_, requests) = scenario.crawl_whole().await;
        // An image is no request: only the tag that is compared, and the index.
        assert_eq!(
            asked(&requests, "/manifests/"),
            2,
            "{:#?}",
            shown(&requests)
        );
        assert_eq!(manifests_read(&requests), 1);
        assert_eq!(asked(&requests, "/blobs/"), 0);
        let rows = scenario.rows();
        let image = rows
            .iter()
            .find(|row| row.image.kind == Kind::Image)
            .unwrap();
        let facts = content.facts("base/alpine", &digest);
        assert_eq!(
            image.image.platform.as_ref().unwrap().to_string(),
            "linux/arm64/v8"
        );
        assert!(image.image.size.is_some());
        assert_eq!(image.facts.pulls, Some(facts.pulls));
        let pushed = image.facts.pushed.map(Timestamp::as_second);
        assert_eq!(pushed, knows_times.then(|| facts.pushed.as_second()));
        assert_eq!(
            image.facts.pulled.is_some(),
            knows_times && facts.pulled.is_some()
        );
        let index = rows
            .iter()
            .find(|row| row.image.kind == Kind::Index)
            .unwrap();
        let platforms: Vec<String> = index.platforms.iter().map(ToString::to_string).collect();
        assert_eq!(platforms, ["linux/amd64", "linux/s390x"]);
        let accessories = index.image.children.iter().filter(|child| child.accessory);
        assert_eq!(accessories.count(), 2);
    }
}

#[tokio::test]
async fn people_see_what_they_may_and_all_of_it() {
    let open = Zot {
        anonymous: Some(User::member("", "", &["risk"])),
        ..zot()
    };
    for (account, wanted) in [
        (Some(ADMIN), &["base/alpine", "risk/web"][..]),
        (Some(ANN), &["base/alpine"]),
        (None, &["risk/web"]),
    ] {
        let mut scenario = scenario(open.clone(), small(), account).await;
        let (ended, _) = scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "zot-api", "{:?}", ended.summary.notes);
        let wanted: BTreeSet<String> = wanted.iter().map(ToString::to_string).collect();
        assert_eq!(repositories(&scenario.rows()), wanted, "{account:?}");
        let told = of_api(&scenario.checked(account, None).await);
        assert!(
            told.starts_with("passed: zot-api lists"),
            "{account:?}: {told}"
        );
    }
}

#[tokio::test]
async fn a_wrong_secret_is_sent_once_and_loses_nothing() {
    let mut scenario = scenario(zot(), small(), Some(ADMIN)).await;
    scenario.crawl_whole().await;
    for account in [("ann", "no-such-secret"), ("old", "zak_that-ended")] {
        scenario.change("", Some(account), &NO_CHILDREN);
        scenario.crawl_refused(account.1).await;
    }
}

#[tokio::test]
async fn without_its_search_everything_is_listed_by_v2() {
    let product = Zot {
        searches: false,
        ..zot()
    };
    let mut scenario = scenario(product, small(), Some(ADMIN)).await;
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    assert_eq!(scenario.rows().len(), 10);
    let notes = ended.summary.notes.join("\n");
    assert!(
        notes.contains("zot-api") && notes.contains("404"),
        "{notes}"
    );
}

#[tokio::test]
async fn an_api_that_fails_is_told_and_loses_nothing() {
    let mut scenario = scenario(zot(), small(), Some(ADMIN)).await;
    scenario.crawl_whole().await;
    let right = scenario.seen();
    let failed = r#"{"errors":[{"message":"repodb: it broke\u001b[2J"}],"data":null}"#;
    let none = r#"{"data":{"ImageList":null}}"#;
    let other = [
        (json(failed), "repodb: it broke"),
        (say(422, "application/json", failed), "422"),
        (json(none), "no `ImageList`"),
        (
            What::Status {
                code: 500,
                retry_after: Some(0),
            },
            "500",
        ),
    ];
    for (what, says) in no_lists().into_iter().chain(other) {
        let shown = format!("{what:?}");
        scenario.simulator = start(zot(), vec![fault("/ext/search", what)]).await;
        scenario.change("", Some(ADMIN), &NO_CHILDREN);
        let (ended, _) = scenario.crawl_whole().await;
        let notes = ended.summary.notes.join("\n");
        assert!(notes.contains(says), "{shown}: {notes}");
        assert!(!notes.contains('\u{1b}'), "{notes:?}");
        assert_eq!(scenario.listed_by(), "v2", "{shown}");
        same(&right, &scenario.seen());
        assert_eq!(ended.record.gone, 0, "{shown}");
    }
    // A list that states more than comes is not whole, however often it is read.
    let product = Zot {
        counts_besides: 3,
        ..zot()
    };
    scenario.simulator = start(product, Vec::new()).await;
    scenario.change("", Some(ADMIN), &NO_CHILDREN);
    let (ended, _) = scenario.crawl().await;
    let notes = ended.summary.notes.join("\n");
    assert!(notes.contains("10 entries came of 13"), "{notes}");
    same(&right, &scenario.seen());
}

#[tokio::test]
async fn throttling_delays_and_loses_nothing() {
    let slow = What::Status {
        code: 429,
        retry_after: Some(0),
    };
    let faults = vec![fault("/ext/search", slow).when(When::First(2))];
    let simulator = start(zot(), faults).await;
    let settings = [("children", "none"), ("page-size", "1")];
    let mut scenario = Scenario::at(simulator, "", Some(ADMIN), &settings);
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "zot-api");
    assert_eq!(scenario.rows().len(), 10);
    assert_eq!(
        asked(&requests, "limit%3A10"),
        2 + 1,
        "{:#?}",
        shown(&requests)
    );
}

#[tokio::test]
async fn what_goes_is_gone_at_the_next_crawl() {
    let content = small();
    let digest = content.put_image("base/tool", &ImageSpec::new("linux/amd64", 99));
    content.tag("base/tool", "1", &digest);
    let mut scenario = scenario(zot(), content, Some(ADMIN)).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 11);
    let content = scenario.simulator.content();
    assert!(content.untag("base/alpine", "1.1"));
    assert!(content.remove_repository("base/tool"));
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(ended.record.gone, 2, "{:#?}", ended.summary);
    assert_eq!(scenario.rows().len(), 9);
}

#[tokio::test]
async fn a_catalogue_of_full_pages_is_whole() {
    let content = Content::empty();
    for at in 0..10 {
        let name = format!("team/app{at}");
        let image = content.put_image(&name, &ImageSpec::new("linux/amd64", at));
        content.tag(&name, "1", &image);
    }
    for (page, v2_only, pages) in [("1", "false", 3), ("5", "true", 4), ("1", "true", 12)] {
        let settings = [("page-size", page), ("v2-only", v2_only), NO_CHILDREN[0]];
        let product = Product::Zot(zot());
        let mut scenario = Scenario::new(product, content.clone(), Some(ADMIN), &settings).await;
        let (_, requests) = scenario.crawl_whole().await;
        assert_eq!(scenario.rows().len(), 10);
        // Behind the last page is an empty one, which is looked back from.
        let asked = asked(&requests, "/_catalog");
        assert_eq!(asked, pages, "{page}: {:#?}", shown(&requests));
    }
}

#[tokio::test]
async fn what_is_behind_a_repository_that_goes_meanwhile_stays() {
    let content = small();
    for tag in 0..5 {
        let image = content.put_image("mid/tool", &ImageSpec::new("linux/amd64", 90 + tag));
        content.tag("mid/tool", &format!("1.{tag}"), &image);
    }
    for v2_only in ["true", "false"] {
        let settings = [("page-size", "2"), ("v2-only", v2_only), NO_CHILDREN[0]];
        let product = Product::Zot(zot());
        let content = content.clone();
        let mut scenario = Scenario::new(product, content, Some(ADMIN), &settings).await;
        scenario.crawl_whole().await;
        // It is on the first page, and is gone when that behind it is asked for.
        let first = What::Say {
            code: 200,
            headers: vec![(
                "link".to_owned(),
                "</v2/_catalog?n=2&last=mid/tool>; rel=\"next\"".to_owned(),
            )],
            body: r#"{"repositories":["base/alpine","mid/tool"]}"#.to_owned(),
        };
        let faults = vec![fault("/_catalog", first).when(When::First(1))];
        scenario.simulator = start(zot(), faults).await;
        scenario.change("", Some(ADMIN), &settings);
        let (ended, requests) = scenario.crawl().await;
        let behind = asked(&requests, "last=base%2Falpine");
        assert_eq!(behind, 1, "{:#?}", shown(&requests));
        assert_eq!(ended.record.gone, 0, "{:#?}", ended.summary);
        let rows = scenario.rows();
        let kept = rows
            .iter()
            .filter(|row| row.repository.as_str() == "risk/web");
        assert_eq!(kept.filter(|row| row.stale_since.is_none()).count(), 5);
    }
}

#[tokio::test]
async fn credentials_go_nowhere_else() {
    let trap = start(zot(), Vec::new()).await;
    let there = format!("{}/v2/_zot/ext/search", trap.address());
    let link = What::Link(format!("<{there}>; rel=\"next\""));
    for (what, path) in [
        (What::RedirectTo(there.clone()), "/ext/search"),
        (link.clone(), "/ext/search"),
        (link, "/_catalog"),
        (What::RedirectTo(there.clone()), "/ext/mgmt"),
    ] {
        let simulator = start(zot(), vec![fault(path, what)]).await;
        let mut scenario = Scenario::at(simulator, "", Some(ADMIN), &NO_CHILDREN);
        let (ended, _) = scenario.crawl().await;
        scenario.is_harmless(&ended, ADMIN.1);
    }
    heard_nothing(&trap);
}

#[tokio::test]
async fn hostile_names_are_passed_over_and_said() {
    let body = r#"{"data":{"ImageList":{"Page":{"TotalCount":2},"Results":[
        {"RepoName":"../etc\u001b[2J","Tag":"1","Digest":"sha256:0"},
        {"RepoName":"base/alpine","Tag":"password-of-the-admin","Digest":"sha256:0"}]}}}"#;
    let faults = vec![fault("/ext/search", json(body))];
    let simulator = start(zot(), faults).await;
    let mut scenario = Scenario::at(simulator, "", Some(ADMIN), &NO_CHILDREN);
    let (ended, _) = scenario.crawl().await;
    let told = format!("{:#?}", ended.summary);
    assert_eq!(ended.summary.outcome, Outcome::Partial, "{told}");
    assert!(told.contains("../etc"), "{told}");
    scenario.is_harmless(&ended, ADMIN.1);
}

#[tokio::test]
async fn a_check_says_what_answers() {
    let simulator = start(zot(), Vec::new()).await;
    let address = simulator.address();
    let report = checked_at(&address, Some(ADMIN), &[]).await;
    let told = of_api(&report);
    assert!(
        told.starts_with("passed: zot-api lists: 2 repositories"),
        "{told}"
    );
    assert!(format!("{report:#?}").contains("v2.1.20"), "{report:#?}");
}
