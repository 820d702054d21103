//! Nexus: one repository and a whole server, by its REST API.

use supercargo::model::{Class, Kind};
use supercargo::simulator::{
    Authorization, Behaviour, Content, Fault, ImageSpec, IndexSpec, Nexus, NexusRepository,
    NexusVersion, NexusView, Origin, Product, Shape, Simulator, User, What, When,
};

use super::situation::{checked_at, fault, of_api, refused, wait};
use super::{Scenario, counts, images, manifests_read, repositories};

const ADMIN: (&str, &str) = ("admin", "admin123");
const ANN: (&str, &str) = ("ann", "password-of-ann");
/// A user token: name code and pass code.
const TOKEN: (&str, &str) = ("KHDTk7Vn", "bH1X0kXM4hYQ");
const HOSTED: &str = "/repository/hosted";

fn nexus() -> Nexus {
    let mut nexus = Nexus::new(vec![
        User::administrator(ADMIN.0, ADMIN.1),
        User::member(ANN.0, ANN.1, &["hosted/team"]),
        User::member(TOKEN.0, TOKEN.1, &["hosted/team"]),
        User::member("old", "secret-that-ended", &["hosted"]).expired(),
    ]);
    nexus.anonymous = Some(User::member("anonymous", "", &["hosted/public"]));
    nexus
}

/// Images with an index among them, in two hosted repositories; nothing that no tag names.
fn content() -> Content {
    let content = Content::empty();
    for (seed, name) in (0..).zip([
        "hosted/team/app",
        "hosted/team/web",
        "hosted/public/tool",
        "hosted/own",
        "other/app",
    ]) {
        for (at, platform) in (0..).zip(["linux/amd64", "linux/arm64/v8", "windows/amd64"]) {
            let spec = ImageSpec {
                created: Some("2026-02-03T04:05:06Z".parse().unwrap()),
                ..ImageSpec::new(platform, seed * 10 + at)
            };
            let digest = content.put_image(name, &spec);
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

async fn start(nexus: Nexus, content: Content, faults: Vec<Fault>) -> Simulator {
    let behaviour = Behaviour {
        product: Product::Nexus(nexus),
        faults,
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

#[tokio::test]
async fn both_ways_come_to_the_same_inventory_in_every_release() {
    for (version, bearer) in [(NexusVersion::V3_70, true), (NexusVersion::V3_96, false)] {
        let mut nexus = nexus();
        nexus.version = version;
        nexus.bearer_realm = bearer;
        let simulator = start(nexus, content(), Vec::new()).await;
        let settings = [("children", "platforms")];
        let mut scenario = Scenario::at(simulator, HOSTED, Some(ADMIN), &settings);
        let (ended, requests) = scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "nexus-api");
        assert_eq!(ended.summary.notes, Vec::<String>::new());
        let asked = counts(&requests, &["/components", "/tags/list", "/_catalog"]);
        assert_eq!(asked.get("/tags/list"), None, "{asked:?}");
        let by_api = images(&scenario.rows());
        assert_eq!(by_api.len(), 16);
        // Each image once, and the two platforms of each of the four indexes.
        assert_eq!(manifests_read(&requests), 16 + 8);
        let settings = [("children", "platforms"), ("v2-only", "true")];
        let mut scenario = Scenario::at(scenario.simulator, HOSTED, Some(ADMIN), &settings);
        scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "v2");
        assert_eq!(by_api, images(&scenario.rows()), "{version:?}");
    }
}

#[tokio::test]
async fn a_hundred_images_cost_a_page_and_one_request_each() {
    let content = Content::empty();
    let plain = Content::generate(3, &Shape::plain(20, 100));
    let mut seeds = 0..;
    for shelf in plain.shelves() {
        let name = format!("hosted/{}", shelf.repository);
        for ((tag, _), seed) in shelf.tags.iter().zip(&mut seeds) {
            let spec = ImageSpec {
                created: Some("2026-02-03T04:05:06Z".parse().unwrap()),
                ..ImageSpec::new("linux/amd64", seed)
            };
            let digest = content.put_image(&name, &spec);
            content.tag(&name, tag, &digest);
        }
    }
    let simulator = start(nexus(), content, Vec::new()).await;
    let settings = [("children", "none")];
    let mut scenario = Scenario::at(simulator, HOSTED, Some(ADMIN), &settings);
    let kinds = ["/components", "/manifests/", "/blobs/"];
    let (_, requests) = scenario.crawl_whole().await;
    let cold = counts(&requests, &kinds);
    assert_eq!(
        scenario
            .rows()
            .iter()
            .map(|row| row.tags.len())
            .sum::<usize>(),
        2000
    );
    assert_eq!(cold.get("/components"), Some(&20), "{cold:?}");
    // One is asked of V2 besides, to see that the API is right.
    assert_eq!(cold.get("/manifests/"), Some(&2001), "{cold:?}");
    assert_eq!(cold.get("/blobs/"), None, "{cold:?}");
    assert!(cold["other"] <= 3, "{cold:?}");
    let (_, requests) = scenario.crawl_whole().await;
    let again = counts(&requests, &kinds);
    assert_eq!(again.get("/components"), Some(&20), "{again:?}");
    assert_eq!(again.len(), 2, "{again:?}");
    assert!(again["other"] <= 3, "{again:?}");
}

#[tokio::test]
async fn everybody_sees_what_is_theirs() {
    let mut product = nexus();
    // Nobody reads images without signing in but by its tokens.
    product.bearer_realm = true;
    product.repositories = vec![
        NexusRepository::group("all", &["hosted", "other"]),
        NexusRepository {
            format: "maven2".to_owned(),
            ..NexusRepository::hosted("maven")
        },
    ];
    for (account, seen) in [
        (Some(ADMIN), 5),
        (Some(ANN), 2),
        (Some(TOKEN), 2),
        (None, 1),
    ] {
        let simulator = start(product.clone(), content(), Vec::new()).await;
        let settings = [("children", "none"), ("type", "nexus")];
        let mut scenario = Scenario::at(simulator, "", account, &settings);
        scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "nexus-api", "{account:?}");
        let found = repositories(&scenario.rows());
        assert_eq!(found.len(), seen, "{found:?}");
        assert_eq!(scenario.rows().len(), seen * 4);
    }
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_and_loses_nothing() {
    let simulator = start(nexus(), content(), Vec::new()).await;
    let settings = [("children", "none")];
    let mut scenario = Scenario::at(simulator, HOSTED, Some(ADMIN), &settings);
    scenario.crawl_whole().await;
    for account in [("admin", "no-such-secret"), ("old", "secret-that-ended")] {
        scenario.change(HOSTED, Some(account), &settings);
        scenario.crawl_refused(account.1).await;
    }
    // Without anonymous access nobody is told anything.
    let mut closed = nexus();
    closed.anonymous = None;
    let simulator = start(closed, content(), Vec::new()).await;
    let mut scenario = Scenario::at(simulator, HOSTED, None, &settings);
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome.as_str(), "failed");
    assert_eq!(refused(&scenario.simulator.requests()), 0);
}

#[tokio::test]
async fn throttling_delays_and_loses_nothing() {
    let faults = vec![
        fault("/components", wait(429)).when(When::First(2)),
        fault("/manifests/", wait(503)).when(When::Every(9)),
    ];
    let simulator = start(nexus(), content(), faults).await;
    let mut scenario = Scenario::at(simulator, HOSTED, Some(ADMIN), &[("children", "none")]);
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(
        scenario.listed_by(),
        "nexus-api",
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
        let Some(name) = name.strip_prefix("hosted/") else {
            continue;
        };
        for tag in &image.tags {
            let hex = image.digest.to_string().replace("sha256:", "");
            let is_lie = name == "team/app" && tag.to_string() == "1.0";
            let hex = if is_lie { "ab".repeat(32) } else { hex };
            items.push(format!(
                r#"{{"name":"{name}","version":"{tag}","assets":[{{
                "path":"/v2/{name}/manifests/{tag}","checksum":{{"sha256":"{hex}"}}}}]}}"#
            ));
        }
    }
    let items = items.join(",");
    let lie = format!(r#"{{"items":[{items}],"continuationToken":null}}"#);
    let cases = [
        (What::Html, "a page for a browser"),
        (What::NotJson, "half of it"),
        (What::Truncate(20), "/components"),
        (
            What::Status {
                code: 500,
                retry_after: Some(0),
            },
            "500",
        ),
        (say(200, "[]"), "no object"),
        (say(200, "{}"), "no `items`"),
        (
            say(200, r#"{"items":[],"continuationToken":null}"#),
            "empty",
        ),
        (say(403, ""), "403"),
        (say(404, ""), "404"),
        (say(200, &lie), "and the registry itself"),
        (
            say(200, &lie.replace("null", r#""again""#)),
            "leads back to what was read",
        ),
    ];
    let settings = [("children", "none")];
    let good = start(nexus(), content(), Vec::new()).await;
    let mut scenario = Scenario::at(good, HOSTED, Some(ADMIN), &settings);
    scenario.crawl_whole().await;
    let right = images(&scenario.rows());
    for (what, says) in cases {
        let shown = format!("{what:?}");
        scenario.simulator = start(nexus(), content(), vec![fault("/components", what)]).await;
        scenario.change(HOSTED, Some(ADMIN), &settings);
        let (ended, _) = scenario.crawl_whole().await;
        assert_eq!(right, images(&scenario.rows()), "{shown}");
        let notes = ended.summary.notes.join("\n");
        assert!(notes.contains(says), "{shown}: {notes}");
        assert!(scenario.listed_by().ends_with("v2"), "{shown}: {notes}");
        assert_eq!(ended.record.gone, 0, "{shown}");
    }
}

#[tokio::test]
async fn what_goes_or_changes_is_seen_by_the_listing_alone() {
    let simulator = start(nexus(), content(), Vec::new()).await;
    let settings = [("children", "none")];
    let mut scenario = Scenario::at(simulator, HOSTED, Some(ADMIN), &settings);
    scenario.crawl_whole().await;
    let content = scenario.simulator.content();
    assert!(content.untag("hosted/team/app", "1.1"));
    assert!(content.remove_repository("hosted/own"));
    let rows = scenario.rows();
    let pulled = rows
        .iter()
        .find(|row| row.repository.to_string() == "team/web" && row.image.kind == Kind::Index);
    let digest = pulled.unwrap().digest.clone();
    let mut facts = content.facts("hosted/team/web", &digest);
    facts.pulled = Some("2026-11-05T00:00:00Z".parse().unwrap());
    content.set_facts("hosted/team/web", &digest, facts.clone());
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(
        counts(&requests, &["/manifests/", "/blobs/", "/tags/list"]).len(),
        1
    );
    let after = scenario.rows();
    assert_eq!((rows.len(), after.len()), (16, 11));
    assert_eq!(ended.record.gone, 5);
    let told = after.iter().find(|row| row.digest == digest).unwrap();
    assert_eq!(told.facts.pulled, facts.pulled);
    assert_eq!(told.facts.pushed, Some(facts.pushed));
}

#[tokio::test]
async fn credentials_go_nowhere_else() {
    let trap = start(nexus(), content(), Vec::new()).await;
    let there = |path: &str| format!("{}{path}", trap.address());
    let challenge = "Bearer realm=\"http://169.254.169.254/token\",service=\"x\"";
    let realm = What::Say {
        code: 401,
        headers: vec![("www-authenticate".to_owned(), challenge.to_owned())],
        body: String::new(),
    };
    let settings = [("children", "none"), ("type", "nexus")];
    for (faults, says) in [
        (
            vec![fault(
                "/components",
                What::RedirectTo(there("/service/rest/v1/components?repository=hosted")),
            )],
            "edirect",
        ),
        (
            vec![fault(
                "/service/rest",
                What::Link(format!("<{}>; rel=\"next\"", there("/components"))),
            )],
            "",
        ),
        (vec![fault("/v2/", realm)], "link-local"),
    ] {
        let simulator = start(nexus(), content(), faults).await;
        let mut scenario = Scenario::at(simulator, HOSTED, Some(ADMIN), &settings);
        let (ended, _) = scenario.crawl().await;
        let told = format!("{:#?}", ended.summary);
        assert!(!told.contains(ADMIN.1), "{told}");
        assert!(told.contains(says), "{says}: {told}");
    }
    let signed = |request: &super::Recorded| request.authorization != Authorization::None;
    assert!(!trap.requests().iter().any(signed), "{:?}", trap.requests());
    // Where the administrator says that the API is, it gets the sign-in.
    let mut product = nexus();
    product.view = NexusView::Connector("hosted".to_owned());
    let simulator = start(product, content(), Vec::new()).await;
    let api = format!("{}{HOSTED}", simulator.api_address());
    let settings = [
        ("children", "none"),
        ("type", "nexus"),
        ("api", api.as_str()),
    ];
    let mut scenario = Scenario::at(simulator, "", Some(ADMIN), &settings);
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(
        scenario.listed_by(),
        "nexus-api",
        "{:?}",
        ended.summary.notes
    );
    assert!(
        requests
            .iter()
            .any(|request| request.origin == Origin::Api && signed(request))
    );
}

#[tokio::test]
async fn a_check_says_which_way_lists() {
    let simulator = start(nexus(), content(), Vec::new()).await;
    let server = simulator.address();
    let hosted = format!("{server}{HOSTED}");
    for (address, account, kind, says) in [
        (&server, ADMIN, "nexus", "2 stores"),
        (&hosted, ADMIN, "auto", "nexus-api lists"),
        (&hosted, ANN, "auto", "nexus-api lists"),
        (&hosted, ADMIN, "harbor", "looks like `nexus`"),
    ] {
        let report = checked_at(address, Some(account), &[("type", kind)]).await;
        let told = format!("{report:#?}");
        let api = of_api(&report);
        let is_listing = api.starts_with("passed") && api.contains(says);
        assert!(is_listing || kind == "harbor", "{told}");
        assert!(told.contains(says), "{told}");
    }
    let nobody = User::member("nobody", "x", &[]);
    let mut closed = nexus();
    closed.users.push(nobody);
    let simulator = start(closed, content(), Vec::new()).await;
    let hosted = format!("{}{HOSTED}", simulator.address());
    let told = of_api(&checked_at(&hosted, Some(("nobody", "x")), &[]).await);
    assert!(
        told.starts_with("skipped") && told.contains("403"),
        "{told}"
    );
    // A crawl with a wrong type says so as well, and V2 lists.
    scenario_of_a_wrong_type(simulator).await;
}

async fn scenario_of_a_wrong_type(simulator: Simulator) {
    let settings = [("children", "none"), ("type", "harbor")];
    let mut scenario = Scenario::at(simulator, HOSTED, Some(ADMIN), &settings);
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    let notes = ended.summary.notes.join("\n");
    assert!(notes.contains("looks like `nexus`"), "{notes}");
    assert_eq!(scenario.rows().len(), 16);
}

#[tokio::test]
async fn of_a_proxy_only_what_it_has_is_read() {
    let content = content();
    for name in ["proxy/library/nginx", "proxy/library/redis"] {
        let digest = content.put_image(name, &ImageSpec::new("linux/amd64", 90));
        content.tag(name, "1", &digest);
    }
    let mut product = nexus();
    product.repositories = vec![NexusRepository::proxy("proxy", &["library/nginx"])];
    for (path, count) in [("", 6), ("/repository/proxy", 1)] {
        let simulator = start(product.clone(), content.clone(), Vec::new()).await;
        let settings = [("children", "none"), ("type", "nexus")];
        let mut scenario = Scenario::at(simulator, path, Some(ADMIN), &settings);
        scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "nexus-api");
        let found = repositories(&scenario.rows());
        assert_eq!(found.len(), count, "{found:?}");
        assert_eq!(scenario.simulator.upstream_pulls(), 0, "{path}");
    }
}

#[tokio::test]
async fn what_breaks_off_or_fails_for_a_part_is_listed_by_v2() {
    // The second of two pages is refused.
    let mut product = nexus();
    product.version = NexusVersion::V3_70;
    let refused = || {
        let mut fault = fault(
            "/components",
            What::Status {
                code: 403,
                retry_after: None,
            },
        );
        fault.on.query = Some("continuationToken".to_owned());
        fault
    };
    let settings = [("children", "none"), ("type", "nexus")];
    let simulator = start(product, content(), vec![refused()]).await;
    let mut scenario = Scenario::at(simulator, HOSTED, Some(ADMIN), &settings);
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2", "{:?}", ended.summary.notes);
    assert_eq!(scenario.rows().len(), 16);
    // Of a server, one repository is.
    let mut one = refused();
    one.on.query = Some("repository=other".to_owned());
    let simulator = start(nexus(), content(), vec![one]).await;
    let mut scenario = Scenario::at(simulator, "", Some(ADMIN), &settings);
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "nexus-api, v2");
    let notes = ended.summary.notes.join("\n");
    assert!(
        notes.contains("`other`") && notes.contains("403"),
        "{notes}"
    );
    assert_eq!(repositories(&scenario.rows()).len(), 5);
    // A server that lists nothing to somebody has nothing else that would.
    let before = images(&scenario.rows());
    scenario.simulator = start(nexus(), content(), vec![fault("/repositories", What::Html)]).await;
    scenario.change("", Some(ADMIN), &settings);
    let (ended, _) = scenario.crawl().await;
    let failures = &ended.summary.failures;
    assert_eq!(failures.len(), 1, "{failures:#?}");
    assert!(
        failures[0].message.contains("a page for a browser"),
        "{failures:#?}"
    );
    assert_eq!(before, images(&scenario.rows()));
    let nobody = [("children", "none"), ("type", "nexus")];
    let mut product = nexus();
    product.anonymous = Some(User::member("anonymous", "", &[]));
    let simulator = start(product, content(), Vec::new()).await;
    let mut scenario = Scenario::at(simulator, "", None, &nobody);
    let (ended, _) = scenario.crawl().await;
    let failure = &ended.summary.failures[0];
    assert_eq!(failure.class, Class::Denied);
    let hint = failure.hint.clone().unwrap_or_default();
    assert!(hint.contains("may list repositories"), "{failure:#?}");
}
