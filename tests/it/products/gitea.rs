//! Gitea and Forgejo: owners' packages by the API, and what tags name by V2.

use std::collections::BTreeSet;

use supercargo::model::Outcome;
use supercargo::simulator::{
    Authorization, Behaviour, Content, Fault, Gitea, ImageSpec, IndexSpec, Product, Recorded,
    Simulator, User, What, When,
};

use super::situation::{
    a_stranger, asked, fault, heard_nothing, json, leads_on, no_lists, notes, of_api, put_ten_tags,
    say, shown, wait,
};
use super::{Scenario, Seen, repositories, same};

const ROOT: (&str, &str) = ("root", "password-of-root");
const ANN: (&str, &str) = ("ann", "token-of-ann");
/// Whose token opens the registry, and not the API.
const PULLER: (&str, &str) = ("puller", "token-of-puller");

const SETTINGS: [(&str, &str); 2] = [("type", "gitea"), ("children", "none")];
const BY_V2: [(&str, &str); 2] = [("children", "none"), ("v2-only", "true")];

fn gitea() -> Gitea {
    Gitea {
        without_packages: vec![PULLER.0.to_owned()],
        public: vec!["open".to_owned()],
        ..Gitea::new(vec![
            User::administrator(ROOT.0, ROOT.1),
            User::member(ANN.0, ANN.1, &["acme"]),
            User::member(PULLER.0, PULLER.1, &["acme"]),
            User::administrator("old", "token-that-ended").expired(),
        ])
    }
}

fn content() -> Content {
    let content = Content::empty();
    for (at, name) in (0..).zip(["acme/app", "acme/app/web", "bob/tool", "open/base"]) {
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
        // Its tag is listed in lower case by V2.
        content.tag(name, "Multi", &content.put_index(name, &index));
    }
    let name = "acme/app";
    content.put_image(name, &ImageSpec::new("linux/amd64", 90));
    // An index that no tag names, whose child is none by itself either.
    let index = IndexSpec {
        images: vec![ImageSpec::new("linux/riscv64", 91)],
        attestations: false,
        docker: false,
    };
    content.put_index(name, &index);
    content
}

async fn behaving(gitea: Gitea, faults: Vec<Fault>, account: Option<(&str, &str)>) -> Scenario {
    let behaviour = Behaviour {
        product: Product::Gitea(gitea),
        faults,
        ..Behaviour::default()
    };
    Scenario::behaving(behaviour, content(), account, &SETTINGS).await
}

async fn scenario(account: Option<(&str, &str)>) -> Scenario {
    behaving(gitea(), Vec::new(), account).await
}

fn tagged(scenario: &Scenario) -> BTreeSet<Seen> {
    let seen = scenario.seen().into_iter();
    seen.filter(|image| !image.tags.is_empty()).collect()
}

/// What a crawl by V2 finds.
async fn by_v2() -> BTreeSet<Seen> {
    let product = Product::Gitea(gitea());
    let mut scenario = Scenario::new(product, content(), Some(ROOT), &BY_V2).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    tagged(&scenario)
}

#[tokio::test]
async fn both_ways_come_to_the_same_inventory() {
    let right = by_v2().await;
    for merges_challenges in [false, true] {
        let product = Gitea {
            merges_challenges,
            version: "9.0.0+gitea-1.22.0".to_owned(),
            ..gitea()
        };
        let mut scenario = behaving(product, Vec::new(), Some(ROOT)).await;
        // What answers is told by its challenge.
        scenario.change("", Some(ROOT), &[("children", "none")]);
        let (ended, requests) = scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "gitea-api");
        assert_eq!(ended.summary.notes, Vec::<String>::new());
        assert_eq!(asked(&requests, "/tags/list"), 0, "{:#?}", shown(&requests));
        same(&right, &tagged(&scenario));
    }
}

#[tokio::test]
async fn what_no_tag_names_is_listed_and_children_are_none_of_it() {
    let mut scenario = scenario(Some(ROOT)).await;
    scenario.crawl_whole().await;
    let without = |scenario: &Scenario| -> Vec<_> {
        let rows = scenario.rows().into_iter();
        rows.filter(|row| row.tags.is_empty()).collect()
    };
    let known = without(&scenario);
    let kinds: BTreeSet<&str> = known.iter().map(|row| row.image.kind.as_str()).collect();
    assert_eq!(known.len(), 2, "{known:#?}");
    assert_eq!(kinds, BTreeSet::from(["image", "index"]));
    let content = scenario.simulator.content().clone();
    for row in &known {
        let pushed = content.facts("acme/app", &row.digest).pushed;
        assert_eq!(row.facts.pushed, Some(pushed));
    }
    let image = known
        .iter()
        .find(|row| row.image.kind.as_str() == "image")
        .unwrap();
    let digest = image.digest.clone();
    assert!(content.remove_manifest("acme/app", &digest));
    assert!(content.untag("acme/app", "1.2"));
    assert!(content.remove_repository("bob/tool"));
    let (_, requests) = scenario.crawl_whole().await;
    assert!(!repositories(&scenario.rows()).contains("bob/tool"));
    let known = without(&scenario);
    assert!(known.iter().all(|row| row.digest != digest), "{known:#?}");
    // The image whose tag went is there by its digest, and is not read again.
    assert_eq!(known.len(), 2, "{known:#?}");
    let gets = |request: &&Recorded| {
        request.method == "GET" && request.path_and_query.contains("/manifests/")
    };
    assert_eq!(
        requests.iter().filter(gets).count(),
        0,
        "{:#?}",
        shown(&requests)
    );
}

#[tokio::test]
async fn it_costs_a_page_for_fifty_and_a_question_a_tag() {
    let content = Content::empty();
    for at in 0..20_u64 {
        let name = format!("team/app{at:02}");
        put_ten_tags(&content, &name, at);
    }
    let product = Product::Gitea(gitea());
    let mut scenario = Scenario::new(product, content, Some(ROOT), &SETTINGS).await;
    let count = |requests: &[Recorded]| {
        [
            "/_catalog",
            "/packages/",
            "/manifests/",
            "/blobs/",
            "/tags/list",
        ]
        .map(|part| asked(requests, part))
    };
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(
        count(&requests),
        [1, 4, 200, 200, 0],
        "{:#?}",
        shown(&requests)
    );
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(
        count(&requests),
        [1, 4, 200, 0, 0],
        "{:#?}",
        shown(&requests)
    );
    assert_eq!(ended.record.changes, 0);
}

#[tokio::test]
async fn pages_are_read_to_their_end_whatever_they_say_of_it() {
    let right = by_v2().await;
    for (most_on_page, states) in [(3, true), (3, false), (1, true), (50, false)] {
        let product = Gitea {
            most_on_page,
            states,
            ..gitea()
        };
        let mut scenario = behaving(product, Vec::new(), Some(ROOT)).await;
        let (ended, _) = scenario.crawl_whole().await;
        assert_eq!(
            scenario.listed_by(),
            "gitea-api",
            "{:?}",
            ended.summary.notes
        );
        same(&right, &tagged(&scenario));
    }
    // A catalogue of more than one page, of which the last is full, or empty.
    let content = Content::empty();
    for at in 0..200 {
        let name = format!("team/app{at:03}");
        let digest = content.put_image(&name, &ImageSpec::new("linux/amd64", at));
        content.tag(&name, "1", &digest);
    }
    let product = Product::Gitea(gitea());
    let mut scenario = Scenario::new(product, content, Some(ROOT), &SETTINGS).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 200);
    assert_eq!(asked(&requests, "/_catalog"), 3);
}

#[tokio::test]
async fn people_see_what_they_may() {
    for (account, wanted) in [
        (
            ROOT,
            &["acme/app", "acme/app/web", "bob/tool", "open/base"][..],
        ),
        (ANN, &["acme/app", "acme/app/web", "open/base"]),
    ] {
        let account = Some(account);
        let mut scenario = scenario(account).await;
        let (ended, _) = scenario.crawl_whole().await;
        assert_eq!(
            scenario.listed_by(),
            "gitea-api",
            "{:?}",
            ended.summary.notes
        );
        let seen: Vec<String> = repositories(&scenario.rows()).into_iter().collect();
        assert_eq!(seen, wanted, "{account:?}");
        let told = of_api(&scenario.checked(account, None).await);
        assert!(
            told.starts_with("passed: gitea-api lists"),
            "{account:?}: {told}"
        );
    }
    // To nobody the API lists nothing, and is not asked.
    let mut nobody = scenario(None).await;
    let (_, requests) = nobody.crawl_whole().await;
    assert_eq!(nobody.listed_by(), "v2");
    assert_eq!(asked(&requests, "/packages/"), 0, "{:#?}", shown(&requests));
    let seen: Vec<String> = repositories(&nobody.rows()).into_iter().collect();
    assert_eq!(seen, ["open/base"]);
    let told = of_api(&nobody.checked(None, None).await);
    assert!(told.contains("those who sign in"), "{told}");
    // One that is named is listed by itself.
    let names = ("repository", "acme/app");
    let settings = [SETTINGS[0], SETTINGS[1], names, ("load-full-list", "false")];
    let mut scenario = scenario(Some(ANN)).await.again(Some(ANN), &settings);
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "gitea-api");
    assert_eq!(scenario.rows().len(), 6);
    assert_eq!(asked(&requests, "q=app"), 1, "{:#?}", shown(&requests));
}

#[tokio::test]
async fn a_token_for_the_registry_alone_is_told_and_another_may_be_kept() {
    let mut scenario = scenario(Some(PULLER)).await;
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "gitea-api, v2");
    let notes = notes(&ended);
    assert!(notes.contains("read:package"), "{notes}");
    // Each owner is asked for once, and nothing of it again.
    assert!(
        asked(&requests, "/packages/") <= 4,
        "{:#?}",
        shown(&requests)
    );
    assert_eq!(repositories(&scenario.rows()).len(), 3);
    let token = format!("command:echo {}", ANN.1);
    let settings = [SETTINGS[0], SETTINGS[1], ("api-token", token.as_str())];
    scenario.change("", Some(PULLER), &settings);
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "gitea-api");
    for request in &requests {
        let is_api = request.path_and_query.starts_with("/api/v1/packages/");
        assert_eq!(
            is_api,
            request.authorization == Authorization::Other,
            "{request:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_secret_is_sent_once_and_loses_nothing() {
    let mut scenario = scenario(Some(ROOT)).await;
    scenario.crawl_whole().await;
    for account in [(ROOT.0, "wrong-password"), ("old", "token-that-ended")] {
        scenario.change("", Some(account), &SETTINGS);
        let (ended, _) = scenario.crawl_refused(account.1).await;
        let hint = ended.summary.failures[0].hint.as_deref().unwrap();
        assert!(hint.contains("nothing is tried again"), "{hint}");
    }
    // And so is one for the API alone.
    let settings = [
        SETTINGS[0],
        SETTINGS[1],
        ("api-token", "command:echo wrong-token"),
    ];
    scenario.change("", Some(ROOT), &settings);
    let (ended, requests) = scenario.crawl_whole().await;
    assert!(scenario.listed_by().contains("v2"));
    assert_eq!(
        asked(&requests, "/api/v1/packages/"),
        1,
        "{:#?}",
        shown(&requests)
    );
    scenario.is_harmless(&ended, "wrong-token");
}

#[tokio::test]
async fn what_is_no_list_is_listed_by_v2_and_told() {
    let right = by_v2().await;
    for (place, listed_by) in [
        ("/api/v1/packages/acme", "gitea-api, v2"),
        ("/api/v1/packages/", "gitea-api, v2"),
    ] {
        let object = (json("{}"), "no list");
        for (what, words) in no_lists().into_iter().chain([object]) {
            let faults = vec![fault(place, what.clone())];
            let mut scenario = behaving(gitea(), faults, Some(ROOT)).await;
            let (ended, _) = scenario.crawl_whole().await;
            assert_eq!(scenario.listed_by(), listed_by, "{place}: {what:?}");
            same(&right, &tagged(&scenario));
            let notes = notes(&ended);
            assert!(notes.contains(words), "{place}: {what:?}: {notes}");
        }
    }
    // A list that lies about how much it holds.
    let lies = What::Header("x-total-count".to_owned(), "99".to_owned());
    let mut scenario = behaving(gitea(), vec![fault("/packages/", lies)], Some(ROOT)).await;
    let (ended, _) = scenario.crawl_whole().await;
    let notes = notes(&ended);
    assert!(notes.contains("moves while it is read"), "{notes}");
    same(&right, &tagged(&scenario));
}

#[tokio::test]
async fn a_throttled_or_refused_list_loses_nothing() {
    let faults = vec![
        fault("/packages/", wait(429)).when(When::First(2)),
        fault("/v2/token", wait(503)).when(When::First(1)),
    ];
    let mut scenario = behaving(gitea(), faults, Some(ROOT)).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "gitea-api");
    let before = scenario.seen();
    let denied = fault("/_catalog", say(403, "application/json", "{}"));
    let other = behaving(gitea(), vec![denied], Some(ROOT)).await;
    scenario.simulator = other.simulator;
    scenario.change("", Some(ROOT), &SETTINGS);
    let (ended, _) = scenario.crawl().await;
    assert_eq!(
        ended.summary.outcome,
        Outcome::Partial,
        "{:#?}",
        ended.summary.failures
    );
    assert_eq!(ended.record.gone, 0);
    same(&before, &scenario.seen());
}

#[tokio::test]
async fn an_index_that_cannot_be_read_makes_no_images_of_its_children() {
    let broken = What::Status {
        code: 500,
        retry_after: Some(0),
    };
    let faults = vec![fault("/acme/app/manifests/multi", broken)];
    let mut scenario = behaving(gitea(), faults, Some(ROOT)).await;
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    let rows = scenario.rows().into_iter();
    let of = rows.filter(|row| row.repository.as_str() == "acme/app" && row.tags.is_empty());
    assert_eq!(of.count(), 0);
}

#[tokio::test]
async fn hostile_names_and_secrets_in_lists_are_harmless() {
    let rows = format!(
        r#"[{{"id":1,"type":"container","name":"app","version":"bad\u001b[2Jtag"}},
            {{"id":2,"type":"container","name":"no\u202ename","version":"1.0"}},
            {{"id":3,"type":"container","name":"app","version":"{}"}},
            {{"id":4,"type":"npm","name":"app","version":"9"}},
            {{"id":5,"type":"container","name":"../../bob/tool","version":"1.0"}}]"#,
        ROOT.1
    );
    let what = What::Say {
        code: 200,
        headers: vec![("x-total-count".to_owned(), "5".to_owned())],
        body: rows,
    };
    let faults = vec![fault("/packages/acme", what)];
    let mut scenario = behaving(gitea(), faults, Some(ROOT)).await;
    let (ended, requests) = scenario.crawl().await;
    scenario.is_harmless(&ended, ROOT.1);
    assert_eq!(asked(&requests, ROOT.1), 0);
    assert_eq!(ended.summary.outcome, Outcome::Partial);
}

#[tokio::test]
async fn nothing_but_the_registry_and_its_api_is_signed_in_to() {
    let other = a_stranger().await;
    let there = other.address();
    let link = What::Link(format!(
        "<{there}/api/v1/packages/acme?page=2>; rel=\"next\""
    ));
    for faults in [
        vec![leads_on("/api/v1/packages/", &there)],
        vec![leads_on("/v2/_catalog", &there)],
        vec![fault("/api/v1/packages/", link)],
    ] {
        let mut scenario = behaving(gitea(), faults, Some(ROOT)).await;
        let (ended, _) = scenario.crawl().await;
        scenario.is_harmless(&ended, ROOT.1);
    }
    heard_nothing(&other);
    // The administrator's own word: that host gets what an API gets.
    let api = Simulator::start(
        content(),
        Behaviour {
            product: Product::Gitea(gitea()),
            ..Behaviour::default()
        },
    )
    .await
    .unwrap();
    let address = api.address();
    let settings = [SETTINGS[0], SETTINGS[1], ("api", address.as_str())];
    let mut scenario = scenario(Some(ROOT)).await.again(Some(ROOT), &settings);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "gitea-api");
    let at_api = api.requests();
    assert!(at_api.len() >= 3);
    for request in at_api {
        assert!(
            request.path_and_query.starts_with("/api/v1/packages/"),
            "{request:?}"
        );
        assert_eq!(request.authorization, Authorization::Basic);
    }
}
