//! Artifactory: a key, all keys of a server, and keys in the names, by its query language.

use supercargo::model::{Class, Kind};
use supercargo::simulator::{
    Artifactory, ArtifactoryKey, ArtifactoryView, Authorization, Behaviour, Content, Fault,
    ImageSpec, IndexSpec, Product, Shape, Simulator, User, What, When,
};

use super::situation::{checked_at, fault, of_api, wait};
use super::{Scenario, complete, counts, images, manifests_read, repositories, spec};
use crate::support::bench::Bench;

const ADMIN: (&str, &str) = ("admin", "password-of-the-admin");
const ANN: (&str, &str) = ("ann", "password-of-ann");
const API_KEY: (&str, &str) = ("ann", "AKCp8-an-api-key");
const ACCESS_TOKEN: (&str, &str) = ("ann", "eyJ-an-access-token");
/// The registry of one key.
const LOCAL: &str = "/artifactory/api/docker/local";

fn artifactory(view: ArtifactoryView) -> Artifactory {
    let ann = |secret| User::member(ANN.0, secret, &["local/team"]);
    Artifactory {
        view,
        api_keys: vec![ann(API_KEY.1)],
        access_tokens: vec![
            ann(ACCESS_TOKEN.1),
            User::member("old", "secret-that-ended", &["local"]).expired(),
        ],
        anonymous: Some(User::member("anonymous", "", &["local/public"])),
        keys: vec![
            ArtifactoryKey::virtual_of("all", &["local", "other"]),
            ArtifactoryKey {
                package_type: "maven".to_owned(),
                ..ArtifactoryKey::local("maven")
            },
        ],
        ..Artifactory::new(vec![User::administrator(ADMIN.0, ADMIN.1), ann(ANN.1)])
    }
}

/// Images with an index among them below two keys; nothing that no tag names but what the
/// indexes list.
fn content() -> Content {
    let content = Content::empty();
    for (seed, name) in (0..).zip([
        "local/team/app",
        "local/team/web",
        "local/public/tool",
        "local/own",
        "other/app",
    ]) {
        for (at, platform) in (0..).zip(["linux/amd64", "linux/arm64/v8", "windows/amd64"]) {
            let digest = content.put_image(name, &ImageSpec::new(platform, seed * 10 + at));
            content.tag(name, &format!("1.{at}"), &digest);
            if at == 0 {
                content.tag(name, "latest", &digest);
            }
        }
        let index = IndexSpec {
            images: vec![
                ImageSpec::new("linux/amd64", seed * 10 + 7),
                ImageSpec::new("linux/arm64/v8", seed * 10 + 8),
            ],
            attestations: true,
            docker: false,
        };
        let digest = content.put_index(name, &index);
        content.tag(name, "multi", &digest);
    }
    content
}

async fn start(artifactory: Artifactory, content: Content, faults: Vec<Fault>) -> Simulator {
    let behaviour = Behaviour {
        product: Product::Artifactory(artifactory),
        faults,
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

async fn direct(faults: Vec<Fault>) -> Simulator {
    start(artifactory(ArtifactoryView::Direct), content(), faults).await
}

/// A path, settings, and how many repositories there are.
type Place = (&'static str, &'static [(&'static str, &'static str)], usize);

/// What needs no more to be said of each address than its settings: path, those, stores in
/// the names.
const ADDRESSES: [Place; 3] = [
    (LOCAL, &[("children", "platforms")], 4),
    ("", &[("children", "platforms"), ("type", "artifactory")], 5),
    (
        "",
        &[
            ("children", "platforms"),
            ("type", "artifactory-path"),
            ("repository", "local,other"),
        ],
        5,
    ),
];

#[tokio::test]
async fn every_address_is_listed_both_ways_to_the_same() {
    for (path, settings, count) in ADDRESSES {
        let is_path = settings.contains(&("type", "artifactory-path"));
        let view = if is_path {
            ArtifactoryView::RepositoryPath
        } else {
            ArtifactoryView::Direct
        };
        let simulator = start(artifactory(view), content(), Vec::new()).await;
        let mut scenario = Scenario::at(simulator, path, Some(ADMIN), settings);
        let (ended, requests) = scenario.crawl_whole().await;
        assert_eq!(
            scenario.listed_by(),
            "artifactory-api",
            "{:?}",
            ended.summary.notes
        );
        assert_eq!(ended.summary.notes, Vec::<String>::new());
        let asked = counts(&requests, &["/aql", "/tags/list", "/_catalog"]);
        assert_eq!(asked.get("/tags/list"), None, "{asked:?}");
        let by_api = images(&scenario.rows());
        // The children of an index, which have folders of their own, are none of it.
        assert_eq!(by_api.len(), count * 4, "{path}");
        // Each image once, and the two platforms of each index.
        assert_eq!(manifests_read(&requests), count * (4 + 2));
        assert_eq!(repositories(&scenario.rows()).len(), count);
        if settings.contains(&("type", "artifactory")) {
            // No list of V2 names the keys of a server.
            continue;
        }
        let mut v2 = settings.to_vec();
        v2.push(("v2-only", "true"));
        let mut scenario = Scenario::at(scenario.simulator, path, Some(ADMIN), &v2);
        scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "v2");
        assert_eq!(by_api, images(&scenario.rows()));
    }
}

#[tokio::test]
async fn five_thousand_images_cost_a_page_and_what_each_is() {
    let content = Content::empty();
    let plain = Content::generate(3, &Shape::plain(20, 100));
    let mut seeds = 0..;
    for shelf in plain.shelves() {
        let name = format!("local/{}", shelf.repository);
        for ((tag, _), seed) in shelf.tags.iter().zip(&mut seeds) {
            let digest = content.put_image(&name, &ImageSpec::new("linux/amd64", seed));
            content.tag(&name, tag, &digest);
        }
    }
    let product = artifactory(ArtifactoryView::Direct);
    let simulator = start(product, content, Vec::new()).await;
    let mut scenario = Scenario::at(simulator, LOCAL, Some(ADMIN), &[("children", "none")]);
    let kinds = ["/aql", "/manifests/", "/blobs/"];
    let (_, requests) = scenario.crawl_whole().await;
    let cold = counts(&requests, &kinds);
    assert_eq!(scenario.rows().len(), 2000);
    assert_eq!(cold.get("/aql"), Some(&1), "{cold:?}");
    // One is asked of V2 besides, to see that the API is right; before that V2 asks who it is.
    assert_eq!(cold.get("/manifests/"), Some(&2002), "{cold:?}");
    // It tells no platform.
    assert_eq!(cold.get("/blobs/"), Some(&2000), "{cold:?}");
    assert!(cold["other"] <= 3, "{cold:?}");
    let (_, requests) = scenario.crawl_whole().await;
    let again = counts(&requests, &kinds);
    assert_eq!(again.get("/aql"), Some(&1), "{again:?}");
    assert_eq!(again.len(), 2, "{again:?}");
    assert!(again["other"] <= 3, "{again:?}");
}

#[tokio::test]
async fn everybody_sees_what_is_theirs() {
    for bearer in [false, true] {
        for (account, seen) in [
            (Some(ADMIN), 5),
            (Some(ANN), 2),
            (Some(API_KEY), 2),
            (Some(ACCESS_TOKEN), 2),
        ] {
            let mut product = artifactory(ArtifactoryView::Direct);
            product.bearer = bearer;
            let simulator = start(product, content(), Vec::new()).await;
            let settings = [("children", "none"), ("type", "artifactory")];
            let mut scenario = Scenario::at(simulator, "", account, &settings);
            let (ended, _) = scenario.crawl_whole().await;
            assert_eq!(
                scenario.listed_by(),
                "artifactory-api",
                "{:?}",
                ended.summary.notes
            );
            assert_eq!(repositories(&scenario.rows()).len(), seen, "{account:?}");
        }
    }
    // Nobody may search who does not sign in: what is public is listed by V2.
    let mut scenario = Scenario::at(
        direct(Vec::new()).await,
        LOCAL,
        None,
        &[("children", "none")],
    );
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2", "{:?}", ended.summary.notes);
    assert!(
        ended.summary.notes.join("").contains("401"),
        "{:?}",
        ended.summary.notes
    );
    assert_eq!(repositories(&scenario.rows()).len(), 1);
    // Whoever may not see a key of the settings is told so, and the others are listed.
    let product = artifactory(ArtifactoryView::RepositoryPath);
    let simulator = start(product, content(), Vec::new()).await;
    let mut scenario = Scenario::at(simulator, "", Some(ANN), ADDRESSES[2].1);
    let (ended, _) = scenario.crawl().await;
    assert_eq!(
        repositories(&scenario.rows()).len(),
        2,
        "{:#?}",
        ended.summary
    );
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_and_loses_nothing() {
    let settings = [("children", "none")];
    let mut scenario = Scenario::at(direct(Vec::new()).await, LOCAL, Some(ADMIN), &settings);
    scenario.crawl_whole().await;
    for account in [("admin", "no-such-secret"), ("old", "secret-that-ended")] {
        scenario.change(LOCAL, Some(account), &settings);
        scenario.crawl_refused(account.1).await;
    }
}

#[tokio::test]
async fn throttling_delays_and_loses_nothing() {
    let faults = vec![
        fault("/aql", wait(429)).when(When::First(2)),
        fault("/manifests/", wait(503)).when(When::Every(9)),
    ];
    let simulator = direct(faults).await;
    let mut scenario = Scenario::at(simulator, LOCAL, Some(ADMIN), &[("children", "none")]);
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(
        scenario.listed_by(),
        "artifactory-api",
        "{:?}",
        ended.summary.notes
    );
    assert_eq!(scenario.rows().len(), 16);
}

#[tokio::test]
async fn an_api_that_fails_is_told_and_v2_lists() {
    let say = |code, body: &str| What::Say {
        code,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_owned(),
    };
    // All as it is, but for one tag.
    let mut items: Vec<String> = Vec::new();
    for image in content().expected() {
        let name = image.repository.to_string();
        let Some(name) = name.strip_prefix("local/") else {
            continue;
        };
        for tag in &image.tags {
            let hex = image.digest.to_string().replace("sha256:", "");
            let is_lie = name == "team/app" && tag.to_string() == "1.0";
            let hex = if is_lie { "ab".repeat(32) } else { hex };
            items.push(format!(
                r#"{{"path":"{name}/{tag}","name":"manifest.json","sha256":"{hex}"}}"#
            ));
        }
    }
    let lie = format!(r#"{{"results":[{}]}}"#, items.join(","));
    let twice = format!(r#"{{"results":[{},{}]}}"#, items[0], items[0]);
    let cases = [
        (What::Html, "a page for a browser"),
        (What::NotJson, "half of it"),
        (What::Truncate(20), "/aql"),
        (say(200, "[]"), "no object"),
        (say(200, r#"{"results":"#), "half of it"),
        (say(200, r#"{"results":[]}"#), "empty"),
        (say(403, ""), "403"),
        (say(404, ""), "404"),
        (say(400, ""), "400"),
        (say(200, &twice), "came twice"),
        (say(200, &lie), "and the registry itself"),
    ];
    let settings = [("children", "none")];
    let mut scenario = Scenario::at(direct(Vec::new()).await, LOCAL, Some(ADMIN), &settings);
    scenario.crawl_whole().await;
    let right = images(&scenario.rows());
    for (what, says) in cases {
        let shown = format!("{what:?}");
        scenario.simulator = direct(vec![fault("/aql", what)]).await;
        scenario.change(LOCAL, Some(ADMIN), &settings);
        let (ended, _) = scenario.crawl_whole().await;
        assert_eq!(right, images(&scenario.rows()), "{shown}");
        let notes = ended.summary.notes.join("\n");
        assert!(notes.contains(says), "{shown}: {notes}");
        assert!(scenario.listed_by().ends_with("v2"), "{shown}: {notes}");
        assert_eq!(ended.record.gone, 0, "{shown}");
    }
    // A server that does not tell of downloads is asked for less.
    let mut product = artifactory(ArtifactoryView::Direct);
    product.aql.tells_stats = false;
    product.aql.hard_limit = 3;
    scenario.simulator = start(product, content(), Vec::new()).await;
    scenario.change(LOCAL, Some(ADMIN), &settings);
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(
        scenario.listed_by(),
        "artifactory-api",
        "{:?}",
        ended.summary.notes
    );
    assert_eq!(right, images(&scenario.rows()));
}

#[tokio::test]
async fn what_is_untagged_goes_or_changes_is_seen_by_the_listing_alone() {
    let simulator = direct(Vec::new()).await;
    let mut scenario = Scenario::at(simulator, LOCAL, Some(ADMIN), &[("children", "none")]);
    scenario.crawl_whole().await;
    let content = scenario.simulator.content();
    // Its manifest stays, in a folder of its digest.
    assert!(content.untag("local/team/app", "1.1"));
    assert!(content.remove_repository("local/own"));
    let rows = scenario.rows();
    let pulled = rows
        .iter()
        .find(|row| row.repository.to_string() == "team/web" && row.image.kind == Kind::Index);
    let digest = pulled.unwrap().digest.clone();
    let mut facts = content.facts("local/team/web", &digest);
    facts.pulled = Some("2026-11-05T00:00:00Z".parse().unwrap());
    facts.pulls += 3;
    content.set_facts("local/team/web", &digest, facts.clone());
    let (ended, requests) = scenario.crawl_whole().await;
    let asked = counts(&requests, &["/manifests/", "/blobs/", "/tags/list"]);
    assert_eq!(asked.len(), 1, "{asked:?}");
    let after = scenario.rows();
    assert_eq!((rows.len(), after.len()), (16, 12));
    assert_eq!(ended.record.gone, 4);
    let untagged: Vec<_> = after.iter().filter(|row| row.tags.is_empty()).collect();
    assert_eq!(untagged.len(), 1, "{untagged:?}");
    let told = after.iter().find(|row| row.digest == digest).unwrap();
    assert_eq!(told.facts.pulled, facts.pulled);
    assert_eq!(told.facts.pulls, Some(facts.pulls));
    assert_eq!(told.facts.pushed, Some(facts.pushed));
}

#[tokio::test]
async fn credentials_go_nowhere_else() {
    let trap = direct(Vec::new()).await;
    let there = |path: &str| format!("{}{path}", trap.address());
    let link = format!("<{}>; rel=\"next\"", there("/artifactory/api/search/aql"));
    let challenge = "Bearer realm=\"http://169.254.169.254/token\",service=\"x\"";
    let realm = What::Say {
        code: 401,
        headers: vec![("www-authenticate".to_owned(), challenge.to_owned())],
        body: String::new(),
    };
    for (fault, says) in [
        (
            fault(
                "/aql",
                What::RedirectTo(there("/artifactory/api/search/aql")),
            ),
            "edirect",
        ),
        (fault("/artifactory/api", What::Link(link)), ""),
        (fault("/v2/", realm), "link-local"),
    ] {
        let simulator = direct(vec![fault]).await;
        let settings = [("children", "none")];
        let mut scenario = Scenario::at(simulator, LOCAL, Some(ADMIN), &settings);
        let (ended, requests) = scenario.crawl().await;
        let told = format!("{:#?}", ended.summary);
        assert!(told.contains(says), "{says}: {requests:#?}");
        assert!(!told.contains(ADMIN.1), "{told}");
    }
    let signed = |request: &super::Recorded| request.authorization != Authorization::None;
    assert!(!trap.requests().iter().any(signed), "{:?}", trap.requests());
    // Where the administrator says that the API is, it gets the sign-in.
    let api = there("/artifactory/");
    let settings = [("children", "none"), ("api", api.as_str())];
    let simulator = direct(Vec::new()).await;
    let mut scenario = Scenario::at(simulator, LOCAL, Some(ADMIN), &settings);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "artifactory-api");
    let requests = trap.requests();
    assert!(
        requests
            .iter()
            .all(|request| request.path_and_query.ends_with("/aql"))
    );
    assert!(requests.iter().any(signed));
}

#[tokio::test]
async fn a_check_says_which_way_lists() {
    let simulator = direct(Vec::new()).await;
    let server = simulator.address();
    let local = format!("{server}{LOCAL}");
    for (address, account, kind, says) in [
        (&server, ADMIN, "artifactory", "2 stores"),
        (&local, ADMIN, "auto", "artifactory-api lists"),
        (&local, ANN, "auto", "artifactory-api lists"),
        (&local, ADMIN, "nexus", "looks like `artifactory`"),
    ] {
        let report = checked_at(address, Some(account), &[("type", kind)]).await;
        let told = format!("{report:#?}");
        let api = of_api(&report);
        let is_listing = api.starts_with("passed") && api.contains(says);
        assert!(is_listing || kind == "nexus", "{told}");
        assert!(told.contains(says), "{told}");
    }
    let mut product = artifactory(ArtifactoryView::Direct);
    product.aql.allowed = false;
    let simulator = start(product, content(), Vec::new()).await;
    let local = format!("{}{LOCAL}", simulator.address());
    let told = of_api(&checked_at(&local, Some(ANN), &[]).await);
    assert!(
        told.starts_with("skipped") && told.contains("403"),
        "{told}"
    );
    // A crawl with a wrong type says so as well, and V2 lists.
    let settings = [("children", "none"), ("type", "harbor")];
    let mut scenario = Scenario::at(simulator, LOCAL, Some(ADMIN), &settings);
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    let notes = ended.summary.notes.join("\n");
    assert!(notes.contains("looks like `artifactory`"), "{notes}");
    assert_eq!(scenario.rows().len(), 16);
}

#[tokio::test]
async fn a_host_of_its_own_is_listed_by_the_key_in_its_name() {
    let view = ArtifactoryView::SubDomain("local".to_owned());
    let simulator = start(artifactory(view), content(), Vec::new()).await;
    let address = simulator.address();
    let port = address.rsplit(':').next().unwrap_or_default();
    let address = format!("http://local.hub.example:{port}");
    let settings = [
        ("children", "none"),
        ("resolve", "local.hub.example=127.0.0.1"),
    ];
    let bench = Bench::new(&spec(&address, Some(ADMIN), &settings));
    let mut scenario = Scenario { simulator, bench };
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(
        scenario.listed_by(),
        "artifactory-api",
        "{:?}",
        ended.summary.notes
    );
    assert_eq!(scenario.rows().len(), 16);
}

#[tokio::test]
async fn of_a_remote_key_only_what_it_has_is_read() {
    let content = content();
    for name in ["remote/library/nginx", "remote/library/redis"] {
        let digest = content.put_image(name, &ImageSpec::new("linux/amd64", 90));
        content.tag(name, "1", &digest);
    }
    let mut product = artifactory(ArtifactoryView::Direct);
    product
        .keys
        .push(ArtifactoryKey::remote("remote", &["library/nginx"]));
    let remote = "/artifactory/api/docker/remote";
    for (path, count) in [("", 6), (remote, 1)] {
        let simulator = start(product.clone(), content.clone(), Vec::new()).await;
        let settings = [("children", "none"), ("type", "artifactory")];
        let mut scenario = Scenario::at(simulator, path, Some(ADMIN), &settings);
        scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "artifactory-api");
        let found = repositories(&scenario.rows());
        assert_eq!(found.len(), count, "{found:?}");
        assert_eq!(scenario.simulator.upstream_pulls(), 0, "{path}");
    }
}

#[tokio::test]
async fn what_fails_for_a_part_is_listed_by_v2() {
    let refused = |path: &str| {
        fault(
            path,
            What::Status {
                code: 403,
                retry_after: None,
            },
        )
    };
    for (_, settings, count) in &ADDRESSES[1..] {
        let is_path = settings.contains(&("type", "artifactory-path"));
        let view = if is_path {
            ArtifactoryView::RepositoryPath
        } else {
            ArtifactoryView::Direct
        };
        let product = artifactory(view);
        let simulator = start(product.clone(), content(), vec![refused("/aql")]).await;
        let mut scenario = Scenario::at(simulator, "", Some(ADMIN), settings);
        let (ended, _) = scenario.crawl_whole().await;
        let notes = ended.summary.notes.join("\n");
        assert!(
            notes.contains("`other`") && notes.contains("403"),
            "{notes}"
        );
        assert_eq!(repositories(&scenario.rows()).len(), *count);
        // The keys are not told: those of the settings are all that is known.
        let before = images(&scenario.rows());
        let faults = vec![refused("/api/repositories")];
        scenario.simulator = start(product, content(), faults).await;
        scenario.change("", Some(ADMIN), settings);
        let (ended, _) = scenario.crawl().await;
        assert_eq!(before, images(&scenario.rows()));
        let told = format!("{:#?}", ended.summary);
        if is_path {
            complete(&ended);
            assert_eq!(scenario.listed_by(), "artifactory-api", "{told}");
        } else {
            let failures = &ended.summary.failures;
            assert_eq!(failures.len(), 1, "{told}");
            assert!(failures[0].message.contains("/api/repositories"), "{told}");
            assert_eq!(failures[0].class, Class::Denied);
        }
    }
}
