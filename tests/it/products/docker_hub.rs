//! Docker Hub: everything by its API, and no manifest read that it tells.

use std::collections::BTreeSet;
use std::time::Duration;

use supercargo::model::{Kind, Outcome};
use supercargo::simulator::{
    Authorization, Behaviour, Content, DockerHub, Fault, ImageSpec, IndexSpec, Method, Origin,
    Product, Quota, Recorded, Simulator, User, What, When,
};

use super::situation::{
    asked, fault, heard_nothing, json, leads_on, no_lists, notes, of_api, say, shown,
};
use super::{Scenario, images, manifests_read, repositories, same};

const ANN: (&str, &str) = ("ann", "dckr-pat-of-ann");
/// An organization's own access token.
const OAT: &str = "dckr_oat_of-acme";
const TYPE: (&str, &str) = ("type", "docker-hub");
const NO_CHILDREN: (&str, &str) = ("children", "none");
const OURS: [&str; 3] = ["acme/app", "acme/web", "ann/own"];

fn hub() -> DockerHub {
    DockerHub {
        users: vec![
            User::member(ANN.0, ANN.1, &["acme"]),
            User::member("acme", OAT, &[]),
            User::member("mia", "dckr-pat-of-mia", &["acme"]),
            User::member("old", "secret-that-ended", &["acme"]).expired(),
        ],
        members: vec![("mia".to_owned(), "acme".to_owned())],
        public: vec!["library".to_owned(), "acme/web".to_owned()],
        ..DockerHub::default()
    }
}

fn content() -> Content {
    let content = Content::empty();
    let names = [
        "acme/app",
        "acme/web",
        "ann/own",
        "library/alpine",
        "risk/x",
    ];
    for (seed, name) in (0..).zip(names) {
        for (at, platform) in (0..).zip(["linux/amd64", "linux/arm64/v8", "windows/amd64"]) {
            let digest = content.put_image(name, &ImageSpec::new(platform, seed * 10 + at));
            content.tag(name, &format!("1.{at}"), &digest);
        }
        let index = IndexSpec {
            images: vec![
                ImageSpec::new("linux/amd64", seed * 10 + 7),
                ImageSpec::new("linux/arm/v7", seed * 10 + 8),
            ],
            attestations: true,
            docker: seed % 2 == 0,
        };
        let digest = content.put_index(name, &index);
        content.tag(name, "multi", &digest);
        content.tag(name, "latest", &digest);
    }
    content
}

/// `what` for the API's lists of tags; those of V2 have another query.
fn of_tags(what: What) -> Fault {
    let mut fault = fault("/tags", what);
    fault.on.query = Some("page_size=".to_owned());
    fault
}

/// What is read of manifests by a person in six hours.
const QUOTA: Quota = Quota {
    limit: 200,
    window: Duration::from_hours(6),
};

async fn start(hub: DockerHub, faults: Vec<Fault>) -> Simulator {
    let behaviour = Behaviour {
        product: Product::DockerHub(hub),
        faults,
        quota: Some(QUOTA),
        ..Behaviour::default()
    };
    Simulator::start(content(), behaviour).await.unwrap()
}

fn at(simulator: Simulator, account: Option<(&str, &str)>, settings: &[(&str, &str)]) -> Scenario {
    let api = simulator.api_address();
    let mut all = vec![TYPE, ("api", api.as_str())];
    all.extend_from_slice(settings);
    Scenario::at(simulator, "", account, &all)
}

async fn ann(faults: Vec<Fault>) -> Scenario {
    at(start(hub(), faults).await, Some(ANN), &[NO_CHILDREN])
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

/// How settings name all that Ann has, for V2, which lists nothing.
const NAMED: (&str, &str) = ("repository", "acme/app,acme/web,ann/own");

/// All that was asked beside the ping is asked of the API.
fn only_lists(requests: &[Recorded]) {
    let is_list =
        |request: &&Recorded| request.origin == Origin::Api || request.path_and_query == "/v2/";
    let others: Vec<Recorded> = requests.iter().filter(|r| !is_list(r)).cloned().collect();
    assert!(others.is_empty(), "{:#?}", shown(&others));
}

#[tokio::test]
async fn both_ways_come_to_the_same_inventory() {
    for children in ["none", "platforms"] {
        let simulator = start(hub(), Vec::new()).await;
        let mut scenario = at(simulator, Some(ANN), &[("children", children)]);
        let (ended, requests) = scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "docker-hub-api");
        assert_eq!(ended.summary.notes, Vec::<String>::new());
        assert_eq!(repositories(&scenario.rows()), names(&OURS));
        // No pull was counted, nor was a catalogue asked for.
        assert_eq!(manifests_read(&requests), 0, "{:#?}", shown(&requests));
        assert_eq!(
            asked(&requests, "/blobs/") + asked(&requests, "/_catalog"),
            0
        );
        let (by_api, listed) = (scenario.seen(), scenario.rows());
        let (ended, requests) = scenario.crawl_whole().await;
        only_lists(&requests);
        assert_eq!(ended.record.changes, 0);
        let settings = [
            ("children", children),
            NAMED,
            ("load-full-list", "false"),
            ("v2-only", "true"),
        ];
        let mut scenario = at(start(hub(), Vec::new()).await, Some(ANN), &settings);
        scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "v2");
        // Docker Hub tells no date of building.
        let undated = |rows: BTreeSet<super::Seen>| -> BTreeSet<super::Seen> {
            let rows = rows.into_iter();
            rows.map(|mut row| {
                row.created = None;
                row
            })
            .collect()
        };
        same(&undated(by_api), &undated(scenario.seen()));
        // What is told of sizes is what is read of them.
        let sizes = |rows: &[supercargo::model::ImageRow]| -> BTreeSet<_> {
            let rows = rows.iter();
            let rows = rows.filter(|row| children == "platforms" || row.image.kind != Kind::Index);
            rows.map(|row| {
                let children = row.image.children.iter().map(|child| child.size);
                let children: Vec<Option<u64>> = children.collect();
                (
                    row.repository.to_string(),
                    row.digest.to_string(),
                    row.image.size,
                    children,
                )
            })
            .collect()
        };
        assert_eq!(sizes(&listed), sizes(&scenario.rows()));
    }
}

#[tokio::test]
async fn a_page_of_a_hundred_tags_is_all_that_a_hundred_tags_cost() {
    let content = Content::empty();
    for repository in 0..110_u64 {
        let name = format!("acme/app-{repository:03}");
        let count = if repository == 0 { 250 } else { 20 };
        for tag in 0..count {
            let spec = ImageSpec::new("linux/amd64", repository * 10 + tag % 10);
            let digest = content.put_image(&name, &spec);
            content.tag(&name, &format!("1.{tag}"), &digest);
        }
    }
    let behaviour = Behaviour {
        product: Product::DockerHub(hub()),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let mut scenario = at(simulator, Some(ANN), &[NO_CHILDREN]);
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(ended.summary.progress.tags_done, 250 + 109 * 20);
    let kinds = [
        "/auth/token",
        "/namespaces",
        "/repositories?",
        "/tags?",
        "/manifests/",
    ];
    let counts = kinds.map(|kind| asked(&requests, kind));
    // The sign-in, the namespaces (and every other list of repositories and tags has the word
    // in its path), two pages of one and one of the other, a page a hundred tags, and the tag
    // that is compared.
    assert_eq!(
        counts,
        [1, 1 + 3 + 112, 3, 112, 1],
        "{:#?}",
        shown(&requests)
    );
    let (_, requests) = scenario.crawl_whole().await;
    only_lists(&requests);
    assert_eq!(
        requests.len(),
        1 + 1 + 2 + 3 + 112,
        "{:#?}",
        shown(&requests)
    );
}

#[tokio::test]
async fn everybody_sees_what_they_may() {
    let oat = Some(("acme", OAT));
    let library = ("repository", "library/**");
    let scoped = ("load-full-list", "false");
    for (account, settings, wanted) in [
        (Some(ANN), vec![], &OURS[..]),
        (
            Some(ANN),
            vec![library],
            &["acme/app", "acme/web", "ann/own", "library/alpine"],
        ),
        (Some(ANN), vec![library, scoped], &["library/alpine"]),
        (
            Some(ANN),
            vec![("repository", "acme/w*"), scoped],
            &["acme/web"],
        ),
        // A member who owns nothing of the organization.
        (
            Some(("mia", "dckr-pat-of-mia")),
            vec![],
            &["acme/app", "acme/web"],
        ),
        // An organization by a token of its own.
        (oat, vec![], &["acme/app", "acme/web"]),
        (None, vec![library], &["library/alpine"]),
        (None, vec![("repository", "acme/**")], &["acme/web"]),
    ] {
        let settings: Vec<_> = [NO_CHILDREN].into_iter().chain(settings).collect();
        let mut scenario = at(start(hub(), Vec::new()).await, account, &settings);
        scenario.crawl_whole().await;
        assert_eq!(repositories(&scenario.rows()), names(wanted), "{account:?}");
        assert_eq!(scenario.listed_by(), "docker-hub-api", "{account:?}");
    }
    // Nobody who names nothing is told what to do.
    let mut scenario = at(start(hub(), Vec::new()).await, None, &[NO_CHILDREN]);
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Failed);
    let hint = ended.summary.failures[0].hint.clone().unwrap();
    assert!(hint.contains("NAMESPACE/**"), "{hint}");
}

#[tokio::test]
async fn what_an_organizations_token_may_not_list_is_not_gone() {
    let oat = Some(("acme", OAT));
    let mut scenario = at(start(hub(), Vec::new()).await, oat, &[NO_CHILDREN]);
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    let before = images(&scenario.rows());
    let narrow = DockerHub {
        without_list: vec!["acme".to_owned()],
        ..hub()
    };
    scenario.simulator = start(narrow, Vec::new()).await;
    let api = scenario.simulator.api_address();
    scenario.change("", oat, &[TYPE, NO_CHILDREN, ("api", &api)]);
    for _ in 0..2 {
        let (ended, _) = scenario.crawl().await;
        assert_eq!(ended.record.gone, 0);
        assert_eq!(before, images(&scenario.rows()));
        assert!(notes(&ended).contains("no private repository"));
    }
}

#[tokio::test]
async fn where_the_account_has_what_is_refused_its_own_namespace_is_listed() {
    let refusal = say(403, "application/json", "{}");
    for place in ["/v2/repositories/namespaces", "/v2/user/orgs/"] {
        let mut scenario = ann(vec![fault(place, refusal.clone())]).await;
        let (ended, _) = scenario.crawl().await;
        assert_eq!(ended.summary.outcome, Outcome::Partial);
        assert!(format!("{:?}", ended.summary).contains("403"));
        // What the one does not tell the other does.
        assert_eq!(repositories(&scenario.rows()), names(&OURS), "{place}");
    }
}

#[tokio::test]
async fn one_namespace_that_is_refused_loses_no_other() {
    let refusal = say(403, "application/json", "{}");
    let mut scenario = ann(vec![fault("/namespaces/acme/repositories", refusal)]).await;
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    let told = format!("{:?}", ended.summary);
    assert!(told.contains("403"), "{told}");
    assert_eq!(repositories(&scenario.rows()), names(&["ann/own"]));
}

#[tokio::test]
async fn a_list_that_moves_between_pages_is_read_again() {
    // What came last on the first page comes first on the second, and another is passed over.
    let page = |number: u8, rows: &str| {
        let body = format!(r#"{{"count":5,"next":"more","results":[{rows}]}}"#);
        let mut fault = fault("/app/tags", json(&body));
        fault.on.query = Some(format!("page={number}"));
        fault.when(When::First(1))
    };
    let faults = vec![
        page(1, r#"{"name":"1.0"},{"name":"1.1"}"#),
        page(2, r#"{"name":"1.1"},{"name":"1.2"}"#),
    ];
    let settings = [NO_CHILDREN, ("page-size", "2")];
    let mut scenario = at(start(hub(), faults).await, Some(ANN), &settings);
    let (_, requests) = scenario.crawl_whole().await;
    let again = asked(&requests, "/app/tags?page_size=2&page=1");
    assert_eq!(again, 2, "{:#?}", shown(&requests));
    let rows = scenario.rows();
    let of_app = rows
        .iter()
        .filter(|row| row.repository.as_str() == "acme/app");
    assert_eq!(of_app.map(|row| row.tags.len()).sum::<usize>(), 5);
}

#[tokio::test]
async fn a_wrong_secret_is_sent_once_and_loses_nothing() {
    let mut scenario = ann(Vec::new()).await;
    scenario.crawl_whole().await;
    let api = scenario.simulator.api_address();
    let settings = [TYPE, NO_CHILDREN, ("api", api.as_str())];
    for account in [("ann", "no-such-secret"), ("old", "secret-that-ended")] {
        scenario.change("", Some(account), &settings);
        scenario.crawl_refused(account.1).await;
    }
}

#[tokio::test]
async fn a_token_that_ends_is_asked_for_anew() {
    // The third answer of the API is that it is over.
    let over = say(401, "application/json", r#"{"message":"Unauthorized"}"#);
    let faults = vec![of_tags(over).when(When::Every(3))];
    let mut scenario = at(start(hub(), faults).await, Some(ANN), &[NO_CHILDREN]);
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(repositories(&scenario.rows()), names(&OURS));
    assert!(
        asked(&requests, "/auth/token") <= 2,
        "{:#?}",
        shown(&requests)
    );
}

#[tokio::test]
async fn tags_without_a_digest_are_asked_for_by_head() {
    let bare = |tag: &str| ("acme/app".to_owned(), tag.to_owned());
    let product = DockerHub {
        undigested: vec![bare("1.0"), bare("latest")],
        ..hub()
    };
    let mut scenario = at(start(product, Vec::new()).await, Some(ANN), &[NO_CHILDREN]);
    let (_, requests) = scenario.crawl_whole().await;
    let rows = scenario.rows();
    let mut ours = rows
        .iter()
        .filter(|row| row.repository.as_str() == "acme/app");
    assert!(ours.all(|row| !row.tags.is_empty()));
    let heads = requests.iter();
    let heads = heads.filter(|request| request.method == Method::HEAD);
    assert!(heads.count() >= 2, "{:#?}", shown(&requests));
    // `latest` names the index that is told by another tag, or is read: at most two pulls.
    assert!(manifests_read(&requests) <= 2, "{:#?}", shown(&requests));
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(manifests_read(&requests), 0);
    assert_eq!(ended.record.changes, 0);
    assert_eq!(asked(&requests, "/manifests/"), 2);
}

#[tokio::test]
async fn what_is_no_list_is_told_and_loses_nothing() {
    let mut scenario = ann(Vec::new()).await;
    scenario.crawl_whole().await;
    let right = scenario.seen();
    // Tags: V2 lists them instead.
    let mut tags = no_lists();
    tags.push((json(r#"{"count":1}"#), "no `results`"));
    tags.push((json(r#"{"results":[7]}"#), "no object"));
    for (what, words) in tags {
        scenario.simulator = start(hub(), vec![of_tags(what)]).await;
        let api = scenario.simulator.api_address();
        scenario.change("", Some(ANN), &[TYPE, NO_CHILDREN, ("api", &api)]);
        let (ended, requests) = scenario.crawl_whole().await;
        same(&right, &scenario.seen());
        let notes = notes(&ended);
        assert!(words == "404" || notes.contains(words), "{words}: {notes}");
        assert_eq!(manifests_read(&requests), 0, "{words}");
    }
    // Repositories: nothing else lists those. What is known is read all the same.
    for place in [
        "/v2/repositories/namespaces",
        "/namespaces/acme/repositories",
    ] {
        for (what, words) in no_lists() {
            scenario.simulator = start(hub(), vec![fault(place, what)]).await;
            let api = scenario.simulator.api_address();
            scenario.change("", Some(ANN), &[TYPE, NO_CHILDREN, ("api", &api)]);
            let (ended, _) = scenario.crawl().await;
            assert_ne!(ended.summary.outcome, Outcome::Complete, "{words}");
            let told = format!("{:?}", ended.summary);
            assert!(told.contains(words), "{place}: {words}: {told}");
            assert_eq!(ended.record.gone, 0, "{words}");
            same(&right, &scenario.seen());
        }
    }
    // A total that does not hold, and a digest that is not the tag's.
    let off = DockerHub {
        count_off_by: 1,
        ..hub()
    };
    let wrong = format!(
        r#"{{"count":1,"next":null,"results":[{{"name":"1.0","digest":"sha256:{}"}}]}}"#,
        "b".repeat(64)
    );
    let mut wrong = of_tags(json(&wrong));
    wrong.on.path = Some("/app/tags".to_owned());
    for (product, faults, words) in [
        // The page that should be there is not, which V2 is asked about.
        (off, Vec::new(), ""),
        (hub(), vec![wrong], "the registry itself"),
    ] {
        let mut scenario = at(
            start(product, faults).await,
            Some(ANN),
            &[NO_CHILDREN, NAMED, ("load-full-list", "false")],
        );
        let (ended, _) = scenario.crawl_whole().await;
        assert_eq!(repositories(&scenario.rows()), names(&OURS));
        let notes = notes(&ended);
        assert!(notes.contains(words), "{words}: {notes}");
    }
}

#[tokio::test]
async fn throttling_delays_and_what_is_counted_for_long_stops_the_api() {
    let soon = supercargo::model::Timestamp::now().as_second() + 1;
    let at_last = |code, name: &str, at: i64| What::Say {
        code,
        headers: vec![(name.to_owned(), at.to_string())],
        body: String::new(),
    };
    let faults = vec![
        of_tags(at_last(429, "x-retry-after", soon)).when(When::First(1)),
        fault("/auth/token", at_last(503, "retry-after", 0)).when(When::First(1)),
    ];
    let mut scenario = ann(faults).await;
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    let right = scenario.seen();
    // An hour is not waited for: the API is left alone. V2 lists tags instead, and what was
    // not listed by then is read as it is known.
    let later = of_tags(at_last(429, "x-retry-after", soon + 3600));
    scenario.simulator = start(hub(), vec![later]).await;
    let api = scenario.simulator.api_address();
    scenario.change("", Some(ANN), &[TYPE, NO_CHILDREN, ("api", &api)]);
    let (ended, requests) = scenario.crawl().await;
    assert_eq!(ended.record.gone, 0);
    same(&right, &scenario.seen());
    assert_eq!(
        asked(&requests, "/tags?page_size"),
        1,
        "{:#?}",
        shown(&requests)
    );
    let notes = notes(&ended);
    assert!(notes.contains("429"), "{notes}");
}

#[tokio::test]
async fn what_goes_is_gone() {
    let mut scenario = ann(Vec::new()).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 12);
    let content = scenario.simulator.content();
    assert!(content.untag("acme/app", "1.1"));
    assert!(content.remove_repository("ann/own"));
    let (ended, requests) = scenario.crawl_whole().await;
    only_lists(&requests);
    assert_eq!(ended.record.gone, 5, "{:#?}", ended.summary);
    assert_eq!(scenario.rows().len(), 7);
}

#[tokio::test]
async fn names_are_strangers_text() {
    let odd = r#"{"count":3,"next":null,"results":[{"name":"a\u001b[31mb","digest":null},
        {"name":"dckr-pat-of-ann","digest":null},
        {"name":"1.0","digest":null,"images":[{"architecture":"\u202ex"}]}]}"#;
    let mut scenario = ann(vec![fault("/app/tags", json(odd))]).await;
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    scenario.is_harmless(&ended, ANN.1);
    let rows = scenario.rows();
    let of_app = rows
        .iter()
        .filter(|row| row.repository.as_str() == "acme/app");
    let tags: Vec<String> = of_app
        .flat_map(|row| &row.tags)
        .map(ToString::to_string)
        .collect();
    assert_eq!(tags, ["1.0"]);
}

#[tokio::test]
async fn credentials_go_nowhere_else() {
    let other = start(hub(), Vec::new()).await;
    let there = other.api_address();
    let next = format!(
        r#"{{"count":2,"next":"{there}/v2/namespaces/acme/repositories?page=2","results":[
            {{"name":"app"}}]}}"#
    );
    for fault in [
        leads_on("/v2/auth/token", &there),
        leads_on("/namespaces/acme/repositories", &there),
        leads_on("/app/tags", &there),
        fault("/acme/repositories", json(&next)),
    ] {
        let mut scenario = ann(vec![fault]).await;
        let (ended, requests) = scenario.crawl().await;
        scenario.is_harmless(&ended, ANN.1);
        // The password is in the bodies of sign-ins alone.
        let lists = requests.iter().filter(|request| {
            request.origin == Origin::Api && !request.path_and_query.contains("/token")
        });
        for list in lists {
            assert_eq!(list.authorization, Authorization::Bearer, "{list:?}");
        }
    }
    heard_nothing(&other);
}

#[tokio::test]
async fn a_check_says_which_way_lists() {
    let scenario = ann(Vec::new()).await;
    let told = of_api(&scenario.checked(Some(ANN), None).await);
    assert!(told.starts_with("passed: docker-hub-api lists"), "{told}");
    let told = of_api(
        &scenario
            .checked(Some(("ann", "no-such-secret")), None)
            .await,
    );
    assert!(!told.starts_with("passed"), "{told}");
    let simulator = start(hub(), Vec::new()).await;
    let scenario = Scenario::at(simulator, "", Some(ANN), &[TYPE]);
    let told = of_api(&scenario.checked(Some(ANN), None).await);
    assert!(told.contains("set `api`"), "{told}");
}
