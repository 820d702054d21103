//! GitHub's container registry: packages and versions by GitHub's API, images by V2, once.

use std::collections::BTreeSet;

use supercargo::model::Outcome;
use supercargo::simulator::{
    Authorization, Behaviour, Content, Fault, Ghcr, GhcrToken, ImageSpec, IndexSpec, Origin,
    Product, Recorded, Simulator, User, What, When,
};

use super::situation::{
    asked, fault, heard_nothing, json, leads_on, no_lists, notes, of_api, say, shown,
};
use super::{Scenario, images, manifests_read, repositories, same};

const ANN: (&str, &str) = ("ann", "ghp-token-of-ann");
const FEW: (&str, &str) = ("ann", "ghp-packages-alone");
const TYPE: (&str, &str) = ("type", "ghcr");
const NO_CHILDREN: (&str, &str) = ("children", "none");
const SCOPED: (&str, &str) = ("load-full-list", "false");
const OURS: [&str; 3] = ["acme/app", "acme/deep/web", "ann/own"];

fn github() -> Ghcr {
    let ann = |secret| User::member("Ann", secret, &["acme"]);
    let few = GhcrToken::classic(ann(FEW.1), &["read:packages"]);
    Ghcr {
        tokens: vec![
            GhcrToken::classic(ann(ANN.1), &["read:packages", "read:org"]),
            few.clone(),
            GhcrToken::classic(ann("ghp-no-packages"), &["gist", "read:org"]),
            GhcrToken {
                user: ann("secret-that-ended").expired(),
                ..few
            },
        ],
        organizations: vec!["Acme".to_owned()],
        public: vec!["free".to_owned()],
        ..Ghcr::default()
    }
}

fn index(seed: u64) -> IndexSpec {
    IndexSpec {
        images: vec![
            ImageSpec::new("linux/amd64", seed),
            ImageSpec::new("linux/arm64/v8", seed),
        ],
        attestations: true,
        docker: false,
    }
}

fn content() -> Content {
    let content = Content::empty();
    let names = [
        "acme/app",
        "acme/deep/web",
        "ann/own",
        "free/tool",
        "risk/x",
    ];
    for (seed, name) in (0..).zip(names) {
        for (at, platform) in (0..).zip(["linux/amd64", "windows/amd64"]) {
            let digest = content.put_image(name, &ImageSpec::new(platform, seed * 10 + at));
            content.tag(name, &format!("1.{at}"), &digest);
        }
        let digest = content.put_index(name, &index(seed * 10 + 7));
        content.tag(name, "multi", &digest);
        content.tag(name, "latest", &digest);
    }
    content
}

async fn start(github: Ghcr, content: Content, faults: Vec<Fault>) -> Simulator {
    let behaviour = Behaviour {
        product: Product::Ghcr(github),
        faults,
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

fn at(simulator: Simulator, account: Option<(&str, &str)>, settings: &[(&str, &str)]) -> Scenario {
    let api = simulator.api_address();
    let mut all = vec![TYPE, NO_CHILDREN, ("api", api.as_str())];
    all.extend_from_slice(settings);
    Scenario::at(simulator, "", account, &all)
}

async fn ann(faults: Vec<Fault>) -> Scenario {
    at(start(github(), content(), faults).await, Some(ANN), &[])
}

/// The same registry with other faults and the same inventory.
async fn broken(scenario: &mut Scenario, faults: Vec<Fault>) {
    scenario.simulator = start(github(), content(), faults).await;
    let api = scenario.simulator.api_address();
    scenario.change("", Some(ANN), &[TYPE, NO_CHILDREN, ("api", &api)]);
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn both_ways_come_to_the_same_inventory() {
    let mut scenario = ann(Vec::new()).await;
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "ghcr-api");
    assert_eq!(repositories(&scenario.rows()), names(&OURS));
    assert_eq!(
        asked(&requests, "/tags/list") + asked(&requests, "/_catalog"),
        0
    );
    // What reading comes to is told, where something was read.
    let notes = notes(&ended);
    assert!(
        notes.contains("downloads") && notes.contains("5,000"),
        "{notes}"
    );
    let by_api = images(&scenario.rows());
    // A manifest a digest that a tag names, and no child.
    assert_eq!(manifests_read(&requests), 3 * 3, "{:#?}", shown(&requests));
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!((manifests_read(&requests), ended.record.changes), (0, 0));
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    let named = ("repository", "acme/app,acme/deep/web,ann/own");
    let simulator = start(github(), content(), Vec::new()).await;
    let mut scenario = at(simulator, Some(ANN), &[named, SCOPED, ("v2-only", "true")]);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    assert_eq!(by_api, images(&scenario.rows()));
}

#[tokio::test]
async fn a_page_of_versions_is_all_that_an_unchanged_package_costs() {
    let content = Content::empty();
    for repository in 0..120_u64 {
        let name = format!("acme/app-{repository:03}");
        let count = if repository == 0 { 130 } else { 3 };
        for at in 0..count {
            let digest = content.put_image(&name, &ImageSpec::new("linux/amd64", at));
            content.tag(&name, &format!("1.{at}"), &digest);
            content.tag(&name, &format!("v1.{at}"), &digest);
        }
    }
    let mut scenario = at(start(github(), content, Vec::new()).await, Some(ANN), &[]);
    let (_, requests) = scenario.crawl_whole().await;
    let kinds = ["/user/orgs", "/packages?", "/versions?", "/tags/list"];
    let counts = kinds.map(|kind| asked(&requests, kind));
    // Those of the user, and two pages of the organization's; a page of 100 versions.
    assert_eq!(counts, [1, 3, 121, 0], "{:#?}", shown(&requests));
    assert_eq!(manifests_read(&requests), 130 + 119 * 3);
    let (_, requests) = scenario.crawl_whole().await;
    // The ping and who signs in.
    assert_eq!(requests.len(), 2 + 1 + 3 + 121, "{:#?}", shown(&requests));
}

#[tokio::test]
async fn images_without_a_tag_are_kept_and_children_are_not_read_for_that() {
    let content = content();
    let name = "acme/app";
    let known = content.shelves();
    let count = |content: &Content| -> usize {
        let shelves = content.shelves().into_iter();
        let shelf = shelves.filter(|shelf| shelf.repository == name);
        shelf.map(|shelf| shelf.manifests.len()).sum()
    };
    assert!(!known.is_empty());
    let before = count(&content);
    let old = content.put_index(name, &index(50));
    let lone = content.put_image(name, &ImageSpec::new("linux/amd64", 60));
    assert_eq!(count(&content), before + 5 + 1);
    // All of an index is pushed in the same second.
    for shelf in content
        .shelves()
        .iter()
        .filter(|shelf| shelf.repository == name)
    {
        for (at, (digest, _, _)) in (0..).zip(&shelf.manifests) {
            let second = 1_780_000_000 + at / 6;
            let mut facts = content.facts(name, digest);
            facts.pushed = supercargo::model::Timestamp::from_second(second).unwrap();
            content.set_facts(name, digest, facts);
        }
    }
    let simulator = start(github(), content.clone(), Vec::new()).await;
    let mut scenario = at(simulator, Some(ANN), &[]);
    let (_, requests) = scenario.crawl_whole().await;
    let untagged = |scenario: &Scenario| -> BTreeSet<String> {
        let rows = scenario.rows().into_iter();
        let rows = rows.filter(|row| row.tags.is_empty());
        rows.map(|row| row.digest.to_string()).collect()
    };
    let wanted: BTreeSet<String> = [&old, &lone].map(ToString::to_string).into();
    assert_eq!(untagged(&scenario), wanted);
    let of_app = requests.iter();
    let of_app = of_app.filter(|request| request.path_and_query.contains("/v2/acme/app/"));
    let of_app: Vec<Recorded> = of_app.cloned().collect();
    assert_eq!(manifests_read(&of_app), 3 + 2, "{:#?}", shown(&of_app));
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!((manifests_read(&requests), ended.record.changes), (0, 0));
    // It goes when it is deleted, and what loses its tag stays.
    assert!(content.remove_manifest(name, &lone));
    assert!(content.untag(name, "1.1"));
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(manifests_read(&requests), 0, "{:#?}", shown(&requests));
    let left = untagged(&scenario);
    assert!(
        left.len() == 2 && left.contains(&old.to_string()),
        "{left:?}"
    );
}

#[tokio::test]
async fn everybody_sees_what_they_may() {
    let free = ("repository", "free/**");
    for (account, settings, wanted) in [
        (ANN, vec![], &OURS[..]),
        (
            ANN,
            vec![free],
            &["acme/app", "acme/deep/web", "ann/own", "free/tool"],
        ),
        (ANN, vec![free, SCOPED], &["free/tool"]),
        (ANN, vec![("repository", "acme/*"), SCOPED], &["acme/app"]),
        (
            FEW,
            vec![("repository", "acme/**"), SCOPED],
            &["acme/app", "acme/deep/web"],
        ),
        // Whoever may not list organizations has the own ones, and is told.
        (FEW, vec![], &["ann/own"]),
    ] {
        let says = account == FEW && settings.is_empty();
        let simulator = start(github(), content(), Vec::new()).await;
        let mut scenario = at(simulator, Some(account), &settings);
        let (ended, _) = scenario.crawl_whole().await;
        assert_eq!(
            repositories(&scenario.rows()),
            names(wanted),
            "{settings:?}"
        );
        assert_eq!(scenario.listed_by(), "ghcr-api");
        let notes = notes(&ended);
        assert_eq!(notes.contains("read:org"), says, "{notes}");
    }
    // A token for the API alone, and nobody at the registry: what is public is read.
    let simulator = start(github(), content(), Vec::new()).await;
    let token = ("api-token", "command:echo ghp-token-of-ann");
    let mut scenario = at(simulator, None, &[token, free, SCOPED]);
    scenario.crawl_whole().await;
    assert_eq!(repositories(&scenario.rows()), names(&["free/tool"]));
    // Without any, the names alone help, and that is told.
    let simulator = start(github(), content(), Vec::new()).await;
    let mut scenario = at(simulator, None, &[("repository", "free/tool"), SCOPED]);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    assert_eq!(scenario.rows().len(), 3);
}

#[tokio::test]
async fn an_organization_that_is_not_listed_is_not_gone() {
    let sso = What::Say {
        code: 200,
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            (
                "x-github-sso".to_owned(),
                "partial-results; organizations=2".to_owned(),
            ),
        ],
        body: "[]".to_owned(),
    };
    for (account, faults, words) in [
        (FEW, Vec::new(), "read:org"),
        (ANN, vec![fault("/user/orgs", sso)], "single sign-on"),
    ] {
        let mut scenario = ann(Vec::new()).await;
        scenario.crawl_whole().await;
        let before = images(&scenario.rows());
        scenario.simulator = start(github(), content(), faults).await;
        let api = scenario.simulator.api_address();
        scenario.change("", Some(account), &[TYPE, NO_CHILDREN, ("api", &api)]);
        let (ended, _) = scenario.crawl().await;
        let notes = notes(&ended);
        assert!(notes.contains(words), "{words}: {notes}");
        assert_eq!(ended.record.gone, 0, "{words}");
        assert_eq!(before, images(&scenario.rows()), "{words}");
    }
}

#[tokio::test]
async fn one_organization_that_is_refused_loses_no_other() {
    let content = content();
    let digest = content.put_image("open/app", &ImageSpec::new("linux/amd64", 90));
    content.tag("open/app", "1.0", &digest);
    let ann = User::member("Ann", ANN.1, &["acme", "open"]);
    let github = Ghcr {
        tokens: vec![GhcrToken::classic(ann, &["read:packages", "read:org"])],
        organizations: vec!["Acme".to_owned(), "Open".to_owned()],
        ..github()
    };
    let refusal = say(403, "application/json", "{}");
    let faults = vec![fault("/orgs/Acme/packages", refusal)];
    let mut scenario = at(start(github, content, faults).await, Some(ANN), &[]);
    let (ended, requests) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    let told = format!("{:?}", ended.summary);
    assert!(told.contains("403"), "{told}");
    let wanted = names(&["ann/own", "open/app"]);
    assert_eq!(repositories(&scenario.rows()), wanted);
    // As a user it would tell what is public alone.
    assert_eq!(
        asked(&requests, "/users/Acme"),
        0,
        "{:#?}",
        shown(&requests)
    );
}

#[tokio::test]
async fn own_packages_are_listed_with_what_is_private_of_them() {
    let content = content();
    let lone = content.put_image("ann/own", &ImageSpec::new("linux/amd64", 60));
    for settings in [
        vec![],
        vec![("repository", "ann/**"), SCOPED],
        vec![("repository", "ann/own"), SCOPED],
    ] {
        let simulator = start(github(), content.clone(), Vec::new()).await;
        let mut scenario = at(simulator, Some(ANN), &settings);
        let (ended, requests) = scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "ghcr-api", "{settings:?}");
        assert_eq!(ended.summary.notes.len(), 1, "{:#?}", ended.summary.notes);
        let rows = scenario.rows();
        let mut untagged = rows.iter().filter(|row| row.tags.is_empty());
        assert!(untagged.any(|row| row.digest == lone), "{settings:?}");
        let counts = ["/user?", "/users/ann"].map(|part| asked(&requests, part));
        assert_eq!(counts, [1, 0], "{:#?}", shown(&requests));
    }
    // A token that stands for nobody is told of what is public.
    let refusal = say(403, "application/json", "{}");
    let fault = fault("/user", refusal).when(When::First(1));
    let simulator = start(github(), content, vec![fault]).await;
    let free = ("repository", "free/**");
    let mut scenario = at(simulator, Some(ANN), &[free, SCOPED]);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "ghcr-api");
    assert_eq!(repositories(&scenario.rows()), names(&["free/tool"]));
}

#[tokio::test]
async fn a_token_that_stands_for_no_user_is_told_apart() {
    let body = r#"{"message":"Invalid argument."}"#;
    let refusal = say(400, "application/json", body);
    let mut scenario = ann(vec![fault("/orgs/Acme/packages", refusal)]).await;
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    let told = format!("{:?}", ended.summary.failures);
    assert!(told.contains("Actions"), "{told}");
    assert!(repositories(&scenario.rows()).contains("ann/own"));
}

#[tokio::test]
async fn a_tag_that_is_none_loses_no_version() {
    let mut scenario = ann(Vec::new()).await;
    scenario.crawl_whole().await;
    let before = scenario.rows();
    let is_it = |row: &&supercargo::model::ImageRow| {
        row.repository.as_str() == "acme/app" && row.tags.iter().any(|tag| tag.as_str() == "1.0")
    };
    let digest = before.iter().find(is_it).unwrap().digest.to_string();
    let other = format!("sha256:{}", "a".repeat(64));
    let odd = format!(
        r#"[{{"name":"{digest}","metadata":{{"container":{{"tags":["no tag","2.0"]}}}}}},
        {{"name":"{other}"}}]"#
    );
    let fault = fault("/app/versions", json(&odd));
    broken(&mut scenario, vec![fault]).await;
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    let told = format!("{:?}", ended.summary.failures);
    // Both are told by name, a version that is none as well.
    assert!(told.contains("`no tag`") && told.contains(&other), "{told}");
    let rows = scenario.rows();
    let row = rows.iter().find(|row| row.digest.to_string() == digest);
    let tags = &row.unwrap().tags;
    assert!(tags.iter().any(|tag| tag.as_str() == "2.0"), "{tags:?}");
}

#[tokio::test]
async fn a_wrong_secret_is_sent_once_and_loses_nothing() {
    let mut scenario = ann(Vec::new()).await;
    scenario.crawl_whole().await;
    let before = images(&scenario.rows());
    let api = scenario.simulator.api_address();
    let named = ("repository", "acme/app,acme/**");
    for account in [("ann", "no-such-secret"), ("ann", "secret-that-ended")] {
        for settings in [vec![], vec![named]] {
            let mut all = vec![TYPE, NO_CHILDREN, ("api", api.as_str())];
            all.extend(settings);
            scenario.change("", Some(account), &all);
            let (_, requests) = scenario.crawl_refused(account.1).await;
            let mut sent = requests.iter().map(|request| request.authorization);
            assert!(
                sent.all(|sent| sent != Authorization::Basic),
                "{:#?}",
                shown(&requests)
            );
        }
    }
    // A token without the right is told which one is missing.
    let settings = [TYPE, NO_CHILDREN, ("api", api.as_str())];
    scenario.change("", Some(("ann", "ghp-no-packages")), &settings);
    let (ended, _) = scenario.crawl().await;
    assert_ne!(ended.summary.outcome, Outcome::Complete);
    let told = format!("{:?}", ended.summary);
    assert!(told.contains("read:packages"), "{told}");
    assert_eq!(before, images(&scenario.rows()));
}

#[tokio::test]
async fn what_is_no_list_is_told_and_loses_nothing() {
    let mut scenario = ann(Vec::new()).await;
    scenario.crawl_whole().await;
    let right = scenario.seen();
    let mut faults = no_lists();
    faults.push((json("{}"), "no list"));
    for (what, words) in faults {
        // V2 lists tags instead, and nothing is read again.
        broken(&mut scenario, vec![fault("/versions", what.clone())]).await;
        let (ended, requests) = scenario.crawl_whole().await;
        same(&right, &scenario.seen());
        let notes = notes(&ended);
        assert!(words == "404" || notes.contains(words), "{words}: {notes}");
        assert_eq!(manifests_read(&requests), 0, "{words}");
        // Packages nothing else lists: what is known is read all the same.
        broken(&mut scenario, vec![fault("/Acme/packages", what)]).await;
        let (ended, _) = scenario.crawl().await;
        assert_ne!(ended.summary.outcome, Outcome::Complete, "{words}");
        assert_eq!(ended.record.gone, 0, "{words}");
        same(&right, &scenario.seen());
    }
}

#[tokio::test]
async fn throttling_delays_and_what_is_counted_for_long_stops_the_api() {
    let soon = supercargo::model::Timestamp::now().as_second() + 1;
    let over = |code, at: i64| What::Say {
        code,
        headers: vec![
            ("x-ratelimit-remaining".to_owned(), "0".to_owned()),
            ("x-ratelimit-reset".to_owned(), at.to_string()),
        ],
        body: r#"{"message":"API rate limit exceeded"}"#.to_owned(),
    };
    let second = What::Status {
        code: 403,
        retry_after: Some(1),
    };
    let faults = vec![
        fault("/user", over(403, soon)).when(When::First(1)),
        fault("/packages", second).when(When::First(1)),
        fault("/versions", over(429, soon)).when(When::First(1)),
    ];
    let mut scenario = ann(faults).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "ghcr-api");
    let right = scenario.seen();
    broken(
        &mut scenario,
        vec![fault("/versions", over(403, soon + 3600))],
    )
    .await;
    let (ended, requests) = scenario.crawl_whole().await;
    same(&right, &scenario.seen());
    assert_eq!(asked(&requests, "/versions"), 1, "{:#?}", shown(&requests));
    let notes = notes(&ended);
    assert!(notes.contains("API rate limit exceeded"), "{notes}");
}

#[tokio::test]
async fn names_are_strangers_text() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let odd = format!(
        r#"[{{"name":"a\u001b[31mb"}},{{"name":7}},
        {{"name":"{digest}","metadata":{{"container":{{"tags":["ghp-token-of-ann"]}}}}}},
        {{"name":"{digest}","metadata":{{"container":{{"tags":["\u202ex"]}}}}}}]"#
    );
    let fault = fault("/app/versions", json(&odd));
    let mut scenario = ann(vec![fault]).await;
    let (ended, _) = scenario.crawl().await;
    scenario.is_harmless(&ended, ANN.1);
    assert!(repositories(&scenario.rows()).contains("ann/own"));
}

#[tokio::test]
async fn credentials_go_nowhere_else() {
    let other = start(github(), content(), Vec::new()).await;
    let there = other.api_address();
    let link = format!("<{there}/orgs/Acme/packages?page=2>; rel=\"next\"");
    for fault in [
        leads_on("/user", &there),
        leads_on("/orgs/Acme/packages", &there),
        leads_on("/versions", &there),
        fault("/Acme/packages", What::Link(link)).when(When::First(1)),
    ] {
        let mut scenario = ann(vec![fault]).await;
        let (ended, requests) = scenario.crawl().await;
        scenario.is_harmless(&ended, ANN.1);
        let at_api = requests
            .iter()
            .filter(|request| request.origin == Origin::Api);
        for request in at_api {
            assert_eq!(request.authorization, Authorization::Bearer, "{request:?}");
        }
    }
    heard_nothing(&other);
}

#[tokio::test]
async fn a_check_says_which_way_lists() {
    let scenario = ann(Vec::new()).await;
    let told = of_api(&scenario.checked(Some(ANN), None).await);
    assert!(told.starts_with("passed: ghcr-api lists"), "{told}");
    let told = of_api(
        &scenario
            .checked(Some(("ann", "no-such-secret")), None)
            .await,
    );
    assert!(!told.starts_with("passed"), "{told}");
    let told = of_api(&scenario.checked(None, None).await);
    assert!(told.contains("read:packages"), "{told}");
    let simulator = start(github(), content(), Vec::new()).await;
    let scenario = Scenario::at(simulator, "", Some(ANN), &[TYPE]);
    let told = of_api(&scenario.checked(Some(ANN), None).await);
    assert!(told.contains("set `api`"), "{told}");
}
