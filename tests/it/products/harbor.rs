//! Harbor: the whole crawl by its own API, with the rights that people have.

use std::collections::{BTreeMap, BTreeSet};

use supercargo::model::{Class, Kind, Level, Outcome, Tag};
use supercargo::simulator::{
    ArtifactSpec, Authorization, Behaviour, Content, Facts, Harbor, ImageSpec, IndexSpec, Product,
    Project, Proxy, Recorded, Scan, Shape, Simulator, User, What, When,
};

use super::situation::{
    a_stranger, asked, fault, heard_nothing, json, leads_on, no_lists, notes, of_api, say, shown,
};
use super::{Scenario, Seen, same};

const ADMIN: (&str, &str) = ("admin", "Harbor12345");
const ANN: (&str, &str) = ("ann", "ann-s-password");
const ROBOT: (&str, &str) = ("robot$base+ci", "token-of-a-robot");
const OLD: (&str, &str) = ("robot$old", "token-that-ended");

const NO_CHILDREN: [(&str, &str); 1] = [("children", "none")];
const BY_V2: [(&str, &str); 2] = [("children", "none"), ("v2-only", "true")];

fn harbor() -> Harbor {
    Harbor {
        users: vec![
            User::administrator(ADMIN.0, ADMIN.1),
            User::member(ANN.0, ANN.1, &["base", "team"]),
            User::member(ROBOT.0, ROBOT.1, &["base"]),
            User::administrator(OLD.0, OLD.1).expired(),
        ],
        projects: vec![Project {
            name: "platform".to_owned(),
            public: true,
            ..Project::default()
        }],
        ..Harbor::default()
    }
}

fn content() -> Content {
    Content::generate(11, &Shape::default())
}

/// A public and a private project.
fn two_projects() -> Content {
    let content = Content::empty();
    for (at, name) in ["base/alpine", "platform/api/web", "risk/web"]
        .iter()
        .enumerate()
    {
        for tag in 0..3_u64 {
            let spec = ImageSpec::new("linux/amd64", at as u64 * 10 + tag);
            content.tag(name, &format!("1.{tag}"), &content.put_image(name, &spec));
        }
    }
    content
}

async fn scenario(content: Content, account: Option<(&str, &str)>) -> Scenario {
    let product = Product::Harbor(harbor());
    Scenario::new(product, content, account, &NO_CHILDREN).await
}

fn repositories(scenario: &Scenario) -> BTreeSet<String> {
    let rows = scenario.rows().into_iter();
    rows.map(|row| row.repository.to_string()).collect()
}

/// Whether all that was asked is the opening and the lists of the API.
fn only_lists(requests: &[Recorded]) {
    let is_list = |request: &&Recorded| {
        request.path_and_query.starts_with("/api/v2.0/") || request.path_and_query == "/v2/"
    };
    let others: Vec<Recorded> = requests.iter().filter(|r| !is_list(r)).cloned().collect();
    assert!(others.is_empty(), "{:#?}", shown(&others));
}

#[tokio::test]
async fn both_ways_come_to_the_same_inventory() {
    let mut scenario = scenario(content(), Some(ADMIN)).await;
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "harbor-api");
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    assert_eq!(asked(&requests, "/tags/list"), 0, "{:#?}", shown(&requests));
    let (by_api, listed) = (scenario.seen(), scenario.rows());
    let mut scenario = scenario.again(Some(ADMIN), &BY_V2);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    let is_signature = |tags: &[String]| tags.iter().all(|tag| tag.starts_with("sha256-"));
    let mut by_v2 = scenario.seen();
    by_v2.retain(|image| !is_signature(&image.tags));
    same(&by_api, &by_v2);
    // Sizes differ by exactly the manifest, which Harbor counts and V2 does not.
    let shelves = scenario.simulator.content().shelves();
    let bytes: BTreeMap<String, u64> = shelves
        .iter()
        .flat_map(|shelf| &shelf.manifests)
        .map(|(digest, _, body)| (digest.to_string(), body.len() as u64))
        .collect();
    let read: BTreeMap<(String, String), Option<u64>> = scenario
        .rows()
        .iter()
        .map(|row| {
            let key = (row.repository.to_string(), row.digest.to_string());
            (key, row.image.size)
        })
        .collect();
    let mut compared = 0;
    for row in listed.iter().filter(|row| row.image.kind != Kind::Index) {
        let digest = row.digest.to_string();
        let by_v2 = read[&(row.repository.to_string(), digest.clone())].unwrap();
        // What Harbor does not tell whole was read, and is counted as by V2.
        let difference = row.image.size.unwrap() - by_v2;
        if row.image.level == Level::Listed {
            assert_eq!(difference, bytes[&digest], "{digest}");
            compared += 1;
        } else {
            assert_eq!(difference, 0, "{digest}");
        }
    }
    assert!(compared > 10, "{compared}");
}

#[tokio::test]
async fn a_hundred_repositories_of_a_hundred_tags_are_a_hundred_pages() {
    let content = Content::empty();
    let arm = 3;
    for repository in 0..100_u64 {
        let name = format!("team{}/app{repository}", repository % 7);
        for tag in 0..100_u64 {
            let is_arm = repository == 0 && tag < arm;
            let platform = if is_arm {
                "linux/arm64/v8"
            } else {
                "linux/amd64"
            };
            let spec = ImageSpec::new(platform, repository * 100 + tag);
            content.tag(&name, &format!("1.{tag}"), &content.put_image(&name, &spec));
        }
    }
    let mut scenario = scenario(content, Some(ADMIN)).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 10_000);
    let kinds = [
        "/v2/",
        "/systeminfo",
        "/projects?",
        "/repositories?",
        "/artifacts?",
    ];
    let counts: Vec<usize> = kinds.iter().map(|kind| asked(&requests, kind)).collect();
    // Of V2: the ping, a tag that is compared, and for each image whose variant is not told
    // its manifest and its configuration.
    assert_eq!(counts, [1 + 1 + 6, 1, 1, 1, 100], "{:#?}", shown(&requests));
    assert_eq!(asked(&requests, "/manifests/"), 1 + 3);
    assert_eq!(asked(&requests, "/blobs/"), 3);
    // And a token for each of the two repositories that V2 was asked about at most.
    let tokens = asked(&requests, "/service/token");
    assert!(tokens <= 2, "{tokens}");
    assert_eq!(requests.len(), counts.iter().sum::<usize>() + tokens);
    let (ended, requests) = scenario.crawl_whole().await;
    only_lists(&requests);
    assert_eq!(requests.len(), 104, "{:#?}", shown(&requests));
    assert_eq!(ended.record.changes, 0);
}

#[tokio::test]
async fn projects_of_few_images_are_listed_at_once_and_children_are_read_once() {
    let content = Content::empty();
    let mut children = BTreeSet::new();
    for repository in 0..30_u64 {
        // A number, which the API would take for another thing than a name.
        let name = format!("2024/app{repository}");
        let images = ["linux/amd64", "linux/arm64/v8"];
        let images = images.map(|platform| ImageSpec::new(platform, repository));
        let index = IndexSpec {
            images: images.to_vec(),
            attestations: false,
            docker: false,
        };
        content.tag(&name, "1.0", &content.put_index(&name, &index));
        let shelf = content.shelves();
        let shelf = shelf.iter().find(|shelf| shelf.repository == name).unwrap();
        children.extend(
            shelf
                .manifests
                .iter()
                .map(|(digest, _, _)| digest.to_string()),
        );
    }
    let mut scenario = scenario(content, Some(ADMIN)).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(
        asked(&requests, "/artifacts?"),
        1,
        "{:#?}",
        shown(&requests)
    );
    assert_eq!(
        asked(&requests, "/manifests/"),
        1,
        "{:#?}",
        shown(&requests)
    );
    let mut scenario = scenario.again(Some(ADMIN), &[("children", "platforms")]);
    let (_, requests) = scenario.crawl_whole().await;
    // A manifest a child, and the tag that is compared.
    assert_eq!(
        asked(&requests, "/manifests/"),
        30 * 2 + 1,
        "{:#?}",
        shown(&requests)
    );
    assert_eq!(children.len(), 30 * 3);
    // The index is as large as its children, whoever lists it.
    let sizes = |scenario: &Scenario| -> BTreeMap<String, Option<u64>> {
        let rows = scenario.rows().into_iter();
        rows.map(|row| (row.repository.to_string(), row.image.size))
            .collect()
    };
    let by_api = sizes(&scenario);
    assert!(by_api.values().all(Option::is_some), "{by_api:?}");
    let settings = [("children", "platforms"), ("v2-only", "true")];
    let mut scenario = scenario.again(Some(ADMIN), &settings);
    scenario.crawl_whole().await;
    assert_eq!(by_api, sizes(&scenario));
}

#[tokio::test]
async fn a_project_that_fetches_from_elsewhere_fetches_nothing_for_us() {
    let content = Content::empty();
    let name = "mirror/library/nginx";
    let images = ["linux/amd64", "linux/s390x"];
    let index = IndexSpec {
        images: images.map(|platform| ImageSpec::new(platform, 1)).to_vec(),
        attestations: false,
        docker: true,
    };
    content.tag(name, "1.0", &content.put_index(name, &index));
    content.tag(
        name,
        "0.9",
        &content.put_image(name, &ImageSpec::new("linux/amd64", 2)),
    );
    let mirror = Project {
        name: "mirror".to_owned(),
        proxy: Some(Proxy {
            docker_hub: true,
            upstream_tags: Vec::new(),
        }),
        ..Project::default()
    };
    let product = Harbor {
        projects: vec![mirror],
        ..harbor()
    };
    let settings = [("children", "platforms")];
    let product = Product::Harbor(product);
    let mut scenario = Scenario::new(product, content, Some(ADMIN), &settings).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 2);
    assert_eq!(scenario.simulator.upstream_pulls(), 0);
    assert_eq!(asked(&requests, "/v2/mirror"), 0, "{:#?}", shown(&requests));
}

#[tokio::test]
async fn who_may_see_nothing_is_told_what_right_is_missing() {
    let eve = ("eve", "eve-s-password");
    let product = Harbor {
        users: vec![User::member(eve.0, eve.1, &[])],
        ..Harbor::default()
    };
    let product = Product::Harbor(product);
    let mut scenario = Scenario::new(product, two_projects(), Some(eve), &NO_CHILDREN).await;
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Failed);
    let failure = &ended.summary.failures[0];
    assert_eq!(failure.class, Class::Denied, "{failure:?}");
    let hint = failure.hint.as_deref().unwrap();
    assert!(hint.contains("Limited Guest"), "{hint}");
    let told = of_api(&scenario.checked(Some(eve), None).await);
    assert!(told.contains("Limited Guest"), "{told}");
}

#[tokio::test]
async fn people_see_what_they_may_and_all_of_it() {
    for (account, wanted) in [
        (
            Some(ADMIN),
            &["base/alpine", "platform/api/web", "risk/web"][..],
        ),
        (Some(ANN), &["base/alpine", "platform/api/web"]),
        (Some(ROBOT), &["base/alpine", "platform/api/web"]),
        (None, &["platform/api/web"]),
    ] {
        let mut scenario = scenario(two_projects(), account).await;
        let (ended, requests) = scenario.crawl_whole().await;
        assert_eq!(
            scenario.listed_by(),
            "harbor-api",
            "{:?}",
            ended.summary.notes
        );
        let seen = repositories(&scenario);
        assert_eq!(
            seen,
            wanted.iter().map(ToString::to_string).collect(),
            "{account:?}"
        );
        assert_eq!(scenario.rows().len(), wanted.len() * 3);
        assert_eq!(asked(&requests, "/_catalog"), 0);
        if account.is_some() {
            let told = of_api(&scenario.checked(account, None).await);
            assert!(
                told.starts_with("passed: harbor-api lists"),
                "{account:?}: {told}"
            );
        }
    }
}

#[tokio::test]
async fn a_wrong_or_expired_secret_is_sent_once_and_loses_nothing() {
    for account in [(ADMIN.0, "no-such-secret"), OLD] {
        let mut scenario = scenario(two_projects(), Some(account)).await;
        let (ended, requests) = scenario.crawl().await;
        let signed = requests
            .iter()
            .filter(|request| request.authorization != Authorization::None);
        assert_eq!(signed.count(), 1, "{:#?}", shown(&requests));
        assert_eq!(ended.summary.outcome, Outcome::Failed);
        let failure = &ended.summary.failures[0];
        assert_eq!(failure.class, Class::Authentication, "{failure:?}");
        assert!(failure.message.contains("as to a stranger"), "{failure:?}");
        assert!(
            failure.hint.as_ref().unwrap().contains("robot$"),
            "{failure:?}"
        );
        assert!(scenario.rows().is_empty());
        let told = of_api(&scenario.checked(Some(account), None).await);
        assert!(!told.starts_with("passed"), "{told}");
    }
    // A password that ends between two crawls.
    let stranger = json(r#"{"auth_mode":"db_auth"}"#);
    let behaviour = Behaviour {
        product: Product::Harbor(harbor()),
        faults: vec![fault("/systeminfo", stranger).when(When::Every(2))],
        ..Behaviour::default()
    };
    let mut scenario =
        Scenario::behaving(behaviour, two_projects(), Some(ADMIN), &NO_CHILDREN).await;
    scenario.crawl_whole().await;
    let before = scenario.seen();
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.failures[0].class, Class::Authentication);
    assert_eq!((ended.record.gone, ended.record.changes), (0, 0));
    same(&before, &scenario.seen());
}

#[tokio::test]
async fn images_without_a_tag_and_what_harbor_knows_of_images() {
    let content = two_projects();
    let name = "base/alpine";
    let images = ["linux/amd64", "linux/s390x"];
    let index = IndexSpec {
        images: images.map(|platform| ImageSpec::new(platform, 70)).to_vec(),
        attestations: true,
        docker: false,
    };
    content.tag(name, "multi", &content.put_index(name, &index));
    let untagged = content.put_image(name, &ImageSpec::new("linux/amd64", 71));
    content.set_immutable(name, "1.0", true);
    let mut scenario = scenario(content.clone(), Some(ADMIN)).await;
    scenario.crawl_whole().await;
    let without = |scenario: &Scenario| -> Vec<String> {
        let rows = scenario.rows().into_iter();
        let rows = rows.filter(|row| row.tags.is_empty());
        rows.map(|row| row.digest.to_string()).collect()
    };
    // The children of the index are none of them.
    assert_eq!(without(&scenario), [untagged.to_string()]);
    assert_eq!(scenario.rows().len(), 3 * 3 + 2);
    let row = |scenario: &Scenario| {
        let mut rows = scenario.rows().into_iter();
        rows.find(|row| row.tags.iter().any(|tag| tag.as_str() == "1.0"))
            .unwrap()
    };
    let known = row(&scenario);
    let facts = content.facts(name, &known.digest);
    assert_eq!(known.facts.pushed, Some(facts.pushed));
    assert_eq!(known.facts.pulled, facts.pulled);
    assert_eq!(known.facts.pulls, None);
    assert_eq!(known.facts.immutable.len(), 1);
    // What changes is kept anew, and nothing but the lists is asked for that.
    let scan = Scan {
        critical: 2,
        high: 1,
        medium: 4,
        low: 5,
        fixable: 1,
    };
    let pulled = Some("2026-11-01T10:00:00Z".parse().unwrap());
    let changed = Facts {
        pulled,
        scan: Some(scan),
        ..facts
    };
    content.set_facts(name, &known.digest, changed);
    content.set_immutable(name, "1.0", false);
    let (_, requests) = scenario.crawl_whole().await;
    only_lists(&requests);
    let known = row(&scenario);
    assert_eq!(known.facts.pulled, pulled);
    assert_eq!(known.facts.immutable, []);
    let found = known.facts.vulnerabilities.unwrap();
    assert_eq!(
        (found.critical, found.high, found.medium, found.low),
        (2, 1, 4, 5)
    );
    // It goes when it is deleted.
    assert!(content.remove_manifest(name, &untagged));
    scenario.crawl_whole().await;
    assert_eq!(without(&scenario), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_no_list_is_listed_by_v2_and_told() {
    let tagged = |scenario: &Scenario| -> BTreeSet<Seen> {
        let seen = scenario.seen().into_iter();
        seen.filter(|image| !image.tags.is_empty()).collect()
    };
    let mut right = Scenario::new(
        Product::Harbor(harbor()),
        two_projects(),
        Some(ADMIN),
        &BY_V2,
    )
    .await;
    right.crawl().await;
    let right = right.seen();
    for (place, listed_by) in [
        // Single repositories are listed by the API all the same.
        ("/api/v2.0/systeminfo", "harbor-api, v2"),
        ("/api/v2.0/repositories", "harbor-api, v2"),
        ("/artifacts", "harbor-api, v2"),
        ("/api/v2.0/", "v2"),
    ] {
        for (what, words) in no_lists() {
            let behaviour = Behaviour {
                product: Product::Harbor(harbor()),
                faults: vec![fault(place, what.clone())],
                ..Behaviour::default()
            };
            let settings = [("children", "none"), ("type", "harbor")];
            let mut scenario =
                Scenario::behaving(behaviour, two_projects(), Some(ADMIN), &settings).await;
            let (ended, requests) = scenario.crawl_whole().await;
            same(&right, &tagged(&scenario));
            assert_eq!(scenario.listed_by(), listed_by, "{place}: {what:?}");
            let notes = notes(&ended);
            // Repositories that are missing by the API may be so by V2, which then says it.
            let is_silent = words == "404" && place == "/artifacts";
            assert!(
                is_silent || notes.contains(words),
                "{place}: {what:?}: {notes}"
            );
            assert!(asked(&requests, place) <= 3, "{:#?}", shown(&requests));
        }
    }
    // An empty list is what somebody without rights is shown.
    let empty = fault("/api/v2.0/repositories", json("[]"));
    // A total that does not hold.
    let off = Harbor {
        total_off_by: 1,
        ..harbor()
    };
    // A digest that is not the tag's.
    let digest = format!("sha256:{}", "b".repeat(64));
    let wrong = format!(
        r#"[{{"type":"IMAGE","digest":"{digest}","size":7,"repository_name":"base/alpine",
            "manifest_media_type":"application/vnd.oci.image.manifest.v1+json",
            "extra_attrs":{{"os":"linux","architecture":"amd64"}},"tags":[{{"name":"1.0"}}]}}]"#
    );
    let wrong = fault("/base/repositories/alpine/artifacts", json(&wrong));
    for (product, faults, words) in [
        (harbor(), vec![empty], "the list is empty"),
        (off, Vec::new(), "moves while it is read"),
        (harbor(), vec![wrong], "the registry itself"),
    ] {
        let behaviour = Behaviour {
            product: Product::Harbor(Harbor {
                lists_project_artifacts: false,
                version: "v2.9.0".to_owned(),
                ..product
            }),
            faults,
            ..Behaviour::default()
        };
        let mut scenario =
            Scenario::behaving(behaviour, two_projects(), Some(ADMIN), &NO_CHILDREN).await;
        let (ended, _) = scenario.crawl_whole().await;
        same(&right, &tagged(&scenario));
        let notes = notes(&ended);
        assert!(notes.contains(words), "{notes}");
    }
}

#[tokio::test]
async fn a_refused_or_throttled_list_loses_nothing_of_what_was_known() {
    let denied = say(403, "application/json", "{}");
    let wait = What::Status {
        code: 429,
        retry_after: Some(0),
    };
    let broken = What::Status {
        code: 503,
        retry_after: Some(0),
    };
    let behaviour = Behaviour {
        product: Product::Harbor(harbor()),
        faults: vec![
            fault("/artifacts", wait).when(When::First(1)),
            fault("/systeminfo", broken).when(When::First(1)),
            fault("/api/v2.0/repositories", denied.clone()).when(When::Every(2)),
            fault("/v2/_catalog", denied),
        ],
        ..Behaviour::default()
    };
    let mut scenario = Scenario::behaving(behaviour, two_projects(), Some(ANN), &NO_CHILDREN).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "harbor-api");
    let before = scenario.seen();
    let (ended, _) = scenario.crawl().await;
    assert_eq!(
        ended.summary.outcome,
        Outcome::Partial,
        "{:#?}",
        ended.summary.failures
    );
    assert_eq!(ended.record.gone, 0);
    let notes = notes(&ended);
    assert!(notes.contains("403"), "{notes}");
    same(&before, &scenario.seen());
}

#[tokio::test]
async fn what_is_deleted_goes_and_signatures_that_the_list_hides_stay() {
    let content = two_projects();
    let name = "base/alpine";
    let shelves = content.shelves();
    let of = shelves[0].tags[0].1.clone();
    let tag = format!("{}.sig", of.to_string().replacen(':', "-", 1));
    let signature = content.put_artifact(name, &ArtifactSpec::Signature { of });
    content.tag(name, &tag, &signature);
    let behaviour = Behaviour {
        product: Product::Harbor(harbor()),
        // V2 lists the first time, and knows the signature.
        faults: vec![
            fault("/systeminfo", say(404, "text/plain", "")).when(When::First(1)),
            fault("/artifacts", say(404, "text/plain", "")).when(When::First(2)),
        ],
        ..Behaviour::default()
    };
    let mut scenario =
        Scenario::behaving(behaviour, content.clone(), Some(ADMIN), &NO_CHILDREN).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    assert_eq!(scenario.rows().len(), 10);
    let before = scenario.seen();
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "harbor-api");
    assert_eq!(ended.record.gone, 0);
    same(&before, &scenario.seen());
    // Its image stays, without a tag.
    assert!(content.untag(name, "1.2"));
    assert!(content.remove_repository("platform/api/web"));
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(ended.record.gone, 3, "{:?}", ended.record);
    let rows = scenario.rows();
    let tags: Vec<&str> = rows
        .iter()
        .filter(|row| row.repository.as_str() == name)
        .flat_map(|row| row.tags.iter().map(Tag::as_str))
        .collect();
    assert!(
        tags.contains(&tag.as_str()) && !tags.contains(&"1.2"),
        "{tags:?}"
    );
    assert!(!repositories(&scenario).contains("platform/api/web"));
}

#[tokio::test]
async fn nothing_but_the_registry_and_its_api_is_signed_in_to() {
    let other = a_stranger().await;
    let there = other.address();
    let api = Simulator::start(
        two_projects(),
        Behaviour {
            product: Product::Harbor(harbor()),
            faults: vec![fault(
                "/api/v2.0/repositories",
                What::Link(format!(
                    "<{there}/api/v2.0/repositories?page=2>; rel=\"next\""
                )),
            )],
            ..Behaviour::default()
        },
    )
    .await
    .unwrap();
    let link_local = What::Header(
        "www-authenticate".to_owned(),
        "Bearer realm=\"http://169.254.169.254/service/token\",service=\"harbor-registry\""
            .to_owned(),
    );
    let behaviour = |faults| Behaviour {
        product: Product::Harbor(harbor()),
        faults,
        ..Behaviour::default()
    };
    let address = api.address();
    for (faults, settings, listed_by) in [
        // The administrator's own word: that host gets what an API gets.
        (Vec::new(), vec![("api", address.as_str())], "harbor-api"),
        (
            vec![leads_on("/api/v2.0/repositories", &there)],
            Vec::new(),
            "harbor-api, v2",
        ),
        (
            vec![leads_on("/api/v2.0/systeminfo", &there)],
            Vec::new(),
            "harbor-api, v2",
        ),
        (
            vec![fault("/v2/", link_local)],
            vec![("type", "harbor")],
            "harbor-api",
        ),
    ] {
        let settings: Vec<_> = NO_CHILDREN.into_iter().chain(settings).collect();
        let mut scenario =
            Scenario::behaving(behaviour(faults), two_projects(), Some(ADMIN), &settings).await;
        let (_, requests) = scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), listed_by, "{:#?}", shown(&requests));
        assert_eq!(scenario.rows().len(), 9);
    }
    let at_api = api.requests();
    let signed = at_api
        .iter()
        .filter(|request| request.authorization == Authorization::Basic);
    assert_eq!(signed.count(), at_api.len(), "{:#?}", shown(&at_api));
    assert!(
        at_api
            .iter()
            .all(|request| request.path_and_query.starts_with("/api/"))
    );
    heard_nothing(&other);
}

#[tokio::test]
async fn a_wrong_type_is_told() {
    let settings = [("children", "none"), ("type", "nexus")];
    let product = Product::Harbor(harbor());
    let mut scenario = Scenario::new(product, two_projects(), Some(ADMIN), &settings).await;
    let (ended, _) = scenario.crawl_whole().await;
    let notes = notes(&ended);
    assert!(notes.contains("looks like `harbor`"), "{notes}");
    let report = scenario.checked(Some(ADMIN), None).await;
    let facts: Vec<&String> = report
        .stages
        .iter()
        .flat_map(|stage| &stage.facts)
        .collect();
    assert!(
        facts
            .iter()
            .any(|fact| fact.contains("looks like `harbor`")),
        "{facts:?}"
    );
}

#[tokio::test]
async fn a_list_of_many_pages_is_read_to_its_end() {
    // Names are told when all pages are read: none of those before brings anything but more.
    let content = Content::empty();
    for at in 0..30 {
        let name = format!("team/app-{at:02}");
        let digest = content.put_image(&name, &ImageSpec::new("linux/amd64", at));
        content.tag(&name, "1", &digest);
    }
    let settings = [("page-size", "1"), ("children", "none")];
    let product = Product::Harbor(harbor());
    let mut scenario = Scenario::new(product, content, Some(ADMIN), &settings).await;
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "harbor-api");
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    assert_eq!(scenario.rows().len(), 30);
    let pages = requests.iter();
    let pages = pages.filter(|request| request.path_and_query.contains("/repositories?"));
    assert_eq!(pages.count(), 30);
}
