//! Google Artifact Registry and gcr.io: by the REST API, or by V2's own list of tags.

mod cuts;
mod domains;

use std::collections::BTreeSet;

use supercargo::model::{Class, Kind, Outcome, Secret, Timestamp};
use supercargo::simulator::{
    ArtifactRegistry, Authorization, Behaviour, Content, Fault, GoogleAccount, ImageSpec,
    IndexSpec, Origin, Product, Recorded, Simulator, User, When,
};

use super::situation::{
    a_stranger, asked, fault, heard_nothing, json, leads_on, no_lists, notes, of_api,
    put_index_of_one, put_ten_tags, shown, wait,
};
use super::{Scenario, Seen, images, repositories, same, spec};
use crate::support::bench::Bench;

/// Who signs in by an access token.
const TOKEN: (&str, &str) = ("oauth2accesstoken", "ya29-access-token-of-ann");
const KEY: &str = include_str!("../../data/service_account.json");
const PUBLIC: &[u8] = include_bytes!("../../data/service_account.der");
const PROJECT: (&str, &str) = ("repository", "proj/**");
const NO_CHILDREN: (&str, &str) = ("children", "none");
const V2_ONLY: (&str, &str) = ("v2-only", "true");

fn product() -> ArtifactRegistry {
    let mut reader = User::member("reader@proj.iam.gserviceaccount.com", "", &["proj"]);
    reader.secret = Secret::new(KEY);
    ArtifactRegistry {
        accounts: vec![GoogleAccount {
            user: reader,
            public_key: PUBLIC.to_vec(),
        }],
        ..ArtifactRegistry::new(vec![
            User::member("ann", TOKEN.1, &["proj", "other/open"]),
            User::member("old", "token-that-ended", &["proj"]).expired(),
        ])
    }
}

/// What all names of `front` hold: images, an index, and some that no tag names.
fn fill(content: &Content, names: &[&str]) {
    for (at, name) in (0..).zip(names) {
        for tag in 0..3_u64 {
            let image = ImageSpec::new("linux/amd64", at * 10 + tag);
            content.tag(name, &format!("1.{tag}"), &content.put_image(name, &image));
        }
        let index = IndexSpec {
            images: vec![
                ImageSpec::new("linux/amd64", at * 10 + 7),
                ImageSpec::new("linux/arm64/v8", at * 10 + 8),
            ],
            attestations: true,
            docker: false,
        };
        content.tag(name, "multi", &content.put_index(name, &index));
        content.put_image(name, &ImageSpec::new("linux/s390x", at * 10 + 9));
    }
}

fn content() -> Content {
    let content = Content::empty();
    let names = [
        "proj/repo/app",
        "proj/repo/app/web",
        "proj/base/alpine",
        "other/open/x",
    ];
    fill(&content, &names);
    content
}

/// The registry's own name, which leads here.
fn address(simulator: &Simulator, host: &str) -> String {
    let port = simulator.address();
    format!("http://{host}:{}", port.rsplit(':').next().unwrap())
}

/// The key on one line, for this token endpoint.
fn key(endpoint: &str) -> String {
    let key = KEY.replace("http://127.0.0.1:1/token", endpoint);
    let key: serde_json::Value = serde_json::from_str(&key).unwrap();
    key.to_string()
}

const HOST: &str = "us-docker.pkg.dev";

fn settings<'a>(api: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let resolve = ("resolve", "us-docker.pkg.dev=127.0.0.1, gcr.io=127.0.0.1");
    let mut all = vec![NO_CHILDREN, resolve, ("api", api)];
    all.extend_from_slice(more);
    all
}

async fn start(product: ArtifactRegistry, content: Content, faults: Vec<Fault>) -> Simulator {
    let behaviour = Behaviour {
        product: Product::ArtifactRegistry(product),
        faults,
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

fn at(
    simulator: Simulator,
    host: &str,
    account: Option<(&str, &str)>,
    more: &[(&str, &str)],
) -> Scenario {
    let api = simulator.api_address();
    let spec = spec(&address(&simulator, host), account, &settings(&api, more));
    let bench = Bench::new(&spec);
    Scenario { simulator, bench }
}

fn change(scenario: &Scenario, account: Option<(&str, &str)>, more: &[(&str, &str)]) {
    let api = scenario.simulator.api_address();
    let address = address(&scenario.simulator, HOST);
    let spec = spec(&address, account, &settings(&api, more));
    let id = scenario.bench.registry().id;
    scenario.bench.store.update_registry(id, &spec).unwrap();
}

async fn scenario(product: ArtifactRegistry, faults: Vec<Fault>) -> Scenario {
    let simulator = start(product, content(), faults).await;
    at(simulator, HOST, Some(TOKEN), &[PROJECT])
}

/// What plain V2 finds, with all names given to it.
async fn by_v2() -> BTreeSet<Seen> {
    let simulator = start(product(), content(), Vec::new()).await;
    let names = "proj/repo/app,proj/repo/app/web,proj/base/alpine";
    let more = [("repository", names), ("load-full-list", "false"), V2_ONLY];
    let mut scenario = at(simulator, HOST, Some(TOKEN), &more);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    scenario.seen()
}

fn tagged(scenario: &Scenario) -> BTreeSet<Seen> {
    let seen = scenario.seen().into_iter();
    seen.filter(|image| !image.tags.is_empty()).collect()
}

fn untagged(scenario: &Scenario) -> usize {
    let rows = scenario.rows();
    rows.iter().filter(|row| row.tags.is_empty()).count()
}

#[tokio::test]
async fn all_ways_come_to_the_same_inventory() {
    let right = by_v2().await;
    let mut silent = product();
    silent.tells_children = false;
    let mut disabled = product();
    disabled.disabled = vec!["proj".to_owned()];
    // What only leads on has no manifests of its own then.
    let lean = ArtifactRegistry {
        leaves_out_empty: true,
        ..disabled.clone()
    };
    for (product, rest) in [
        (product(), true),
        (silent, true),
        (disabled, false),
        (lean, false),
    ] {
        let mut scenario = scenario(product, Vec::new()).await;
        let (ended, requests) = scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "artifact-registry-api");
        same(&right, &tagged(&scenario));
        // One of each of the three repositories; the children of indexes are none.
        assert_eq!(untagged(&scenario), 3);
        let notes = notes(&ended);
        assert_eq!(notes.contains("has not been used"), !rest, "{notes}");
        // The root, what is below it, and the images.
        let lists = if rest { 0 } else { 6 };
        assert_eq!(
            asked(&requests, "/tags/list"),
            lists,
            "{:#?}",
            shown(&requests)
        );
        let pushed = |row: &supercargo::model::ImageRow| {
            let content = scenario.simulator.content();
            let facts = content.facts(row.repository.as_str(), &row.digest);
            row.facts.pushed.map(Timestamp::as_second) == Some(facts.pushed.as_second())
        };
        assert!(scenario.rows().iter().all(pushed));
        let told = of_api(&scenario.checked(Some(TOKEN), None).await);
        assert_eq!(told.starts_with("passed"), rest, "{told}");
        assert_eq!(told.contains("403"), !rest, "{told}");
    }
}

#[tokio::test]
async fn it_costs_a_page_a_repository_and_nothing_for_what_is_known() {
    let content = Content::empty();
    for at in 0..5_u64 {
        let name = format!("proj/repo{at}/app");
        put_ten_tags(&content, &name, at);
        put_index_of_one(&content, &name, at);
    }
    let simulator = start(product(), content, Vec::new()).await;
    let mut scenario = at(simulator, HOST, Some(TOKEN), &[PROJECT]);
    let count = |requests: &[Recorded]| {
        ["/repositories?", "/dockerImages?", "/tags/list", "/blobs/"]
            .map(|part| asked(requests, part))
    };
    let manifests = |requests: &[Recorded]| super::manifests_read(requests);
    let (_, requests) = scenario.crawl_whole().await;
    // Of each image its manifest and its configuration: no list tells a platform.
    assert_eq!(count(&requests), [1, 5, 0, 50], "{:#?}", shown(&requests));
    assert_eq!(manifests(&requests), 50, "{:#?}", shown(&requests));
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(count(&requests), [1, 5, 0, 0], "{:#?}", shown(&requests));
    assert_eq!(requests.len(), 7, "{:#?}", shown(&requests));
    assert_eq!(ended.record.changes, 0);
}

#[tokio::test]
async fn container_registry_is_one_repository_of_its_project() {
    let content = Content::empty();
    fill(&content, &["proj/app", "proj/team/web"]);
    let gcr = || ArtifactRegistry {
        gcr: Some("gcr.io".to_owned()),
        ..product()
    };
    let simulator = start(gcr(), content.clone(), Vec::new()).await;
    let mut scenario = at(simulator, "gcr.io", Some(TOKEN), &[PROJECT]);
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "artifact-registry-api");
    assert_eq!(asked(&requests, "/repositories/gcr.io/dockerImages?"), 1);
    let by_rest = tagged(&scenario);
    assert_eq!(repositories(&scenario.rows()).len(), 2);
    // Without a project its catalogue lists all that somebody may see.
    let simulator = start(gcr(), content, Vec::new()).await;
    let mut scenario = at(simulator, "gcr.io", Some(TOKEN), &[]);
    scenario.crawl_whole().await;
    same(&by_rest, &tagged(&scenario));
    assert_eq!(scenario.listed_by(), "artifact-registry-api, v2");
}

#[tokio::test]
async fn what_goes_is_gone_at_the_next_crawl() {
    let mut scenario = scenario(product(), Vec::new()).await;
    scenario.crawl_whole().await;
    let content = scenario.simulator.content().clone();
    let rows = scenario.rows();
    let lone = rows.iter().find(|row| row.tags.is_empty()).unwrap();
    assert!(content.remove_manifest(lone.repository.as_str(), &lone.digest));
    assert!(content.untag("proj/base/alpine", "1.2"));
    assert!(content.remove_repository("proj/repo/app/web"));
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(
        asked(&requests, "/manifests/"),
        0,
        "{:#?}",
        shown(&requests)
    );
    assert!(!repositories(&scenario.rows()).contains("proj/repo/app/web"));
    // The image whose tag went is there without one.
    assert_eq!(untagged(&scenario), 3 - 2 + 1);
}

#[tokio::test]
async fn each_way_to_sign_in_lists_and_no_key_is_sent_to_an_api() {
    let right = by_v2().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, lists_by_rest) in [
        ("oauth2accesstoken", true),
        ("_json_key", true),
        ("_json_key_base64", true),
        ("api-token", true),
        ("nobody", false),
    ] {
        let mut product = product();
        if name == "nobody" {
            product.public = vec!["proj".to_owned()];
        }
        let simulator = start(product, content(), Vec::new()).await;
        let endpoint = format!("{}/token", simulator.api_address());
        let key = key(&endpoint);
        let text = match name {
            "_json_key" => key.clone(),
            "_json_key_base64" => {
                use base64::Engine as _;
                base64::engine::general_purpose::STANDARD.encode(&key)
            }
            _ => TOKEN.1.to_owned(),
        };
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let api = simulator.api_address();
        let token = format!("command:echo {}", TOKEN.1);
        // An account says of which project it is.
        let is_key = name.starts_with("_json_key");
        let mut more = if is_key { vec![] } else { vec![PROJECT] };
        if name == "api-token" {
            more.push(("api-token", token.as_str()));
        }
        let mut spec = spec(&address(&simulator, HOST), None, &settings(&api, &more));
        if name != "nobody" {
            let account = if name == "api-token" {
                "oauth2accesstoken"
            } else {
                name
            };
            spec.username = Some(account.to_owned());
            spec.password = format!("command:cat {}", file.display()).parse().unwrap();
        }
        let bench = Bench::new(&spec);
        let mut scenario = Scenario { simulator, bench };
        let (ended, requests) = scenario.crawl_whole().await;
        same(&right, &tagged(&scenario));
        assert_eq!(scenario.listed_by(), "artifact-registry-api");
        let at_api = requests
            .iter()
            .filter(|request| request.origin == Origin::Api);
        let at_api: Vec<Recorded> = at_api.cloned().collect();
        assert_eq!(!at_api.is_empty(), lists_by_rest, "{name}");
        // One token for all, by what the key signed.
        let grants = usize::from(is_key);
        assert_eq!(asked(&at_api, "/token"), grants, "{:#?}", shown(&at_api));
        for request in at_api
            .iter()
            .filter(|r| !r.path_and_query.starts_with("/token"))
        {
            assert_eq!(
                request.authorization,
                Authorization::Bearer,
                "{name}: {request:?}"
            );
        }
        scenario.is_harmless(&ended, TOKEN.1);
        scenario.is_harmless(&ended, "PRIVATE");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_sent_once_and_loses_nothing() {
    let mut scenario = scenario(product(), Vec::new()).await;
    scenario.crawl_whole().await;
    let before = images(&scenario.rows());
    for secret in ["no-such-token", "token-that-ended"] {
        change(&scenario, Some((TOKEN.0, secret)), &[PROJECT]);
        let (ended, _) = scenario.crawl_refused(secret).await;
        let hint = ended.summary.failures[0].hint.as_deref().unwrap();
        assert!(hint.contains("nothing is tried again"), "{hint}");
    }
    // A key that is not the account's any more, and what is none at all.
    let folder = tempfile::tempdir().unwrap();
    let endpoint = format!("{}/token", scenario.simulator.api_address());
    let other = key(&endpoint).replace("reader@", "deleted@");
    for (text, says, sent) in [(other.as_str(), "invalid_grant", 1), ("hunter2", "401", 0)] {
        let file = folder.path().join("key");
        std::fs::write(&file, text).unwrap();
        let api = scenario.simulator.api_address();
        let address = address(&scenario.simulator, HOST);
        let mut spec = spec(&address, None, &settings(&api, &[PROJECT]));
        spec.username = Some("_json_key".to_owned());
        spec.password = format!("command:cat {}", file.display()).parse().unwrap();
        let id = scenario.bench.registry().id;
        scenario.bench.store.update_registry(id, &spec).unwrap();
        let (ended, requests) = scenario.crawl().await;
        let told = format!("{:#?}", ended.summary);
        let at_api = requests
            .iter()
            .filter(|request| request.origin == Origin::Api);
        assert_eq!(at_api.count(), sent, "{:#?}", shown(&requests));
        assert!(told.contains(says), "{told}");
        if sent > 0 {
            let failure = &ended.summary.failures[0];
            assert_eq!(failure.class, Class::Authentication, "{failure:?}");
            // Who is refused by the one is not sent to the other.
            let signed = requests
                .iter()
                .filter(|r| r.authorization == Authorization::Basic);
            assert_eq!(signed.count(), 0, "{:#?}", shown(&requests));
        }
        scenario.is_harmless(&ended, "PRIVATE");
        scenario.is_harmless(&ended, "hunter2");
        assert_eq!(before, images(&scenario.rows()));
    }
}

#[tokio::test]
async fn what_is_no_list_is_listed_by_v2_and_told() {
    let right = by_v2().await;
    for place in ["/repositories", "/proj/locations/us/repositories/repo/"] {
        for (what, words) in no_lists() {
            let faults = vec![fault(place, what.clone())];
            let mut scenario = scenario(product(), faults).await;
            let (ended, requests) = scenario.crawl_whole().await;
            same(&right, &tagged(&scenario));
            let notes = notes(&ended);
            assert!(notes.contains(words), "{place}: {what:?}: {notes}");
            assert!(asked(&requests, "/tags/list") > 0);
        }
    }
    // Where neither can be had, all that was known stays.
    let mut scenario = scenario(product(), Vec::new()).await;
    scenario.crawl_whole().await;
    let before = images(&scenario.rows());
    for (what, _) in no_lists() {
        let faults = vec![
            fault("/locations/", what.clone()),
            fault("/tags/list", what.clone()),
        ];
        scenario.simulator = start(product(), content(), faults).await;
        change(&scenario, Some(TOKEN), &[PROJECT]);
        let (ended, _) = scenario.crawl().await;
        assert_ne!(ended.summary.outcome, Outcome::Complete, "{what:?}");
        assert_eq!(ended.record.gone, 0, "{what:?}");
        assert_eq!(before, images(&scenario.rows()), "{what:?}");
    }
}

#[tokio::test]
async fn pages_and_throttling_lose_nothing() {
    let right = by_v2().await;
    let faults = vec![
        fault("/dockerImages", wait(429)).when(When::First(2)),
        fault("/us/repositories", wait(503)).when(When::First(1)),
    ];
    let simulator = start(product(), content(), faults).await;
    let mut scenario = at(simulator, HOST, Some(TOKEN), &[PROJECT, ("page-size", "2")]);
    let (ended, requests) = scenario.crawl_whole().await;
    same(&right, &tagged(&scenario));
    assert!(
        asked(&requests, "pageToken=") > 5,
        "{:#?}",
        shown(&requests)
    );
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    // A token that leads back to where it came from.
    let body = r#"{"repositories":[],"nextPageToken":"again"}"#;
    let faults = vec![fault("/us/repositories", json(body))];
    let mut scenario = self::scenario(product(), faults).await;
    let (ended, requests) = scenario.crawl_whole().await;
    same(&right, &tagged(&scenario));
    let notes = notes(&ended);
    assert!(notes.contains("leads back"), "{notes}");
    assert!(asked(&requests, "/repositories?") <= 3);
}

#[tokio::test]
async fn hostile_names_and_secrets_in_lists_are_harmless() {
    let digest = format!("sha256:{}", "c".repeat(64));
    let row = |image: &str, tag: &str| {
        format!(
            r#"{{"name":"projects/proj/locations/us/repositories/repo/dockerImages/{image}@{digest}",
                "mediaType":"x","tags":["{tag}"]}}"#
        )
    };
    let rows = format!(
        r#"{{"dockerImages":[{},{},{},{},7,null]}}"#,
        row("..%2F..%2Fother", "1.0"),
        row("bad\\u001b[2Jname", "1.0"),
        row("app", "bad\\u202etag"),
        row("web", TOKEN.1),
    );
    let faults = vec![fault("/repo/dockerImages", json(&rows))];
    let mut scenario = scenario(product(), faults).await;
    let (ended, requests) = scenario.crawl().await;
    scenario.is_harmless(&ended, TOKEN.1);
    assert_eq!(asked(&requests, ".."), 0);
    assert_eq!(ended.summary.outcome, Outcome::Partial);
}

#[tokio::test]
async fn nothing_but_google_and_the_registry_is_signed_in_to() {
    let other = a_stranger().await;
    let there = other.address();
    for faults in [
        vec![leads_on("/repositories", &there)],
        vec![leads_on("/dockerImages", &there)],
        vec![
            leads_on("/repositories", &there),
            leads_on("/tags/list", &there),
        ],
    ] {
        let mut scenario = scenario(product(), faults).await;
        let (ended, _) = scenario.crawl().await;
        scenario.is_harmless(&ended, TOKEN.1);
    }
    heard_nothing(&other);
    // Who names no project is told to.
    let simulator = start(product(), content(), Vec::new()).await;
    let mut scenario = at(simulator, HOST, Some(TOKEN), &[]);
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Failed);
    let hint = ended.summary.failures[0]
        .hint
        .as_deref()
        .unwrap_or_default();
    assert!(hint.contains("PROJECT/**"), "{:#?}", ended.summary.failures);
    // A project that is not there, and one that may not be seen, are one.
    let simulator = start(product(), content(), Vec::new()).await;
    let mut scenario = at(simulator, HOST, Some(TOKEN), &[("repository", "secret/**")]);
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Failed);
    assert_eq!(ended.summary.failures[0].class, Class::Denied);
}

#[tokio::test]
async fn artifacts_and_indexes_are_what_they_are_by_v2() {
    let mut scenario = scenario(product(), Vec::new()).await;
    scenario.crawl_whole().await;
    let rows = scenario.rows();
    let indexes = rows.iter().filter(|row| row.image.kind == Kind::Index);
    for row in indexes {
        assert_eq!(row.platforms.len(), 2, "{row:#?}");
        // Attestations are children, and no platforms.
        assert!(row.image.children.iter().any(|child| child.accessory));
    }
}
