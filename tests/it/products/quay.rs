//! Quay: the catalogue by V2, what repositories hold by its API.

use std::collections::BTreeSet;

use supercargo::model::{Class, Outcome, Timestamp};
use supercargo::simulator::{
    Authorization, Behaviour, Content, Fault, ImageSpec, IndexSpec, Origin, Product, Quay,
    QuayToken, Quota, Recorded, Shape, Simulator, User, What, When,
};

use super::situation::{
    a_stranger, asked, fault, heard_nothing, json, leads_on, no_lists, notes, of_api, refused, say,
    shown,
};
use super::{Scenario, images, manifests_read, repositories, same};

const ROBOT: (&str, &str) = ("team+ci", "secret-of-a-robot");
const OAUTH: (&str, &str) = ("$oauthtoken", "token-of-ann");
const ACCESS: (&str, &str) = ("api-token", "command:echo token-of-ann");
const NO_CHILDREN: (&str, &str) = ("children", "none");
const TYPE: (&str, &str) = ("type", "quay");
const BY_V2: [(&str, &str); 3] = [NO_CHILDREN, TYPE, ("v2-only", "true")];

fn quay() -> Quay {
    quay_of(&["team", "ann"])
}

/// One where all who sign in may read this.
fn quay_of(reads: &[&str]) -> Quay {
    let token = |secret| User::member("ann", secret, reads);
    Quay {
        users: vec![
            User::member(ROBOT.0, ROBOT.1, reads),
            User::member("team+old", "secret-that-ended", reads).expired(),
        ],
        tokens: vec![
            QuayToken::new(token(OAUTH.1)),
            QuayToken::new(token("secret-that-ended").expired()),
            QuayToken {
                reads_user: false,
                ..QuayToken::new(token("repositories-alone"))
            },
        ],
        public: vec!["open".to_owned()],
        ..Quay::default()
    }
}

fn small() -> Content {
    let content = Content::empty();
    let names = [
        "team/app",
        "team/deep/web",
        "ann/tool",
        "open/tool",
        "risk/x",
    ];
    for (seed, name) in (0..).zip(names) {
        for (at, platform) in (0..).zip(["linux/amd64", "linux/arm64/v8", "windows/amd64"]) {
            let digest = content.put_image(name, &ImageSpec::new(platform, seed * 10 + at));
            content.tag(name, &format!("1.{at}"), &digest);
            content.set_immutable(name, &format!("1.{at}"), at == 1);
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
        content.tag(name, "latest", &digest);
    }
    content
}

/// The robot pulls, and the token of Ann asks the API.
async fn scenario(quay: Quay, content: Content, faults: Vec<Fault>) -> Scenario {
    let behaviour = Behaviour {
        product: Product::Quay(quay),
        faults,
        ..Behaviour::default()
    };
    let settings = [NO_CHILDREN, TYPE, ACCESS];
    Scenario::behaving(behaviour, content, Some(ROBOT), &settings).await
}

/// The requests of the API.
fn at_api(requests: &[Recorded]) -> Vec<Recorded> {
    let is_api = |request: &&Recorded| request.path_and_query.starts_with("/api/v1/");
    requests.iter().filter(is_api).cloned().collect()
}

#[tokio::test]
async fn both_ways_come_to_the_same_inventory() {
    let content = Content::generate(11, &Shape::default());
    let mut scenario = scenario(quay_of(&["*"]), content, Vec::new()).await;
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "quay-api, v2");
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    assert_eq!(asked(&requests, "/tags/list"), 0, "{:#?}", shown(&requests));
    let (by_api, held) = (scenario.seen(), images(&scenario.rows()));
    assert!(by_api.len() > 20, "{}", by_api.len());
    for account in [ROBOT, OAUTH] {
        scenario = scenario.again(Some(account), &BY_V2);
        scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "v2");
        same(&by_api, &scenario.seen());
        assert_eq!(held, images(&scenario.rows()));
    }
    // Whoever signs in by an access token needs no other for the API.
    scenario = scenario.again(Some(OAUTH), &[NO_CHILDREN]);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "quay-api, v2");
    assert_eq!(held, images(&scenario.rows()));
}

#[tokio::test]
async fn what_the_list_tells_is_not_asked_for() {
    let content = Content::empty();
    for repository in 0..20_u64 {
        let name = format!("team/app-{repository:02}");
        for tag in 0..150_u64 {
            let spec = ImageSpec::new("linux/amd64", repository * 10 + tag % 10);
            let digest = content.put_image(&name, &spec);
            content.tag(&name, &format!("1.{tag}"), &digest);
        }
    }
    let mut scenario = scenario(quay(), content, Vec::new()).await;
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(ended.summary.progress.tags_done, 20 * 150);
    let kinds = ["/_catalog", "/tag/", "/tags/list", "/blobs/", "/user/"];
    let counts = kinds.map(|kind| asked(&requests, kind));
    // Two pages of tags a repository; a manifest and a configuration a digest, and the tag
    // that is compared.
    assert_eq!(counts, [1, 40, 0, 200, 0], "{:#?}", shown(&requests));
    assert_eq!(manifests_read(&requests), 200);
    assert_eq!(asked(&requests, "/manifests/"), 201);
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(ended.record.changes, 0);
    let counts = kinds.map(|kind| asked(&requests, kind));
    assert_eq!(counts, [1, 40, 0, 0, 0], "{:#?}", shown(&requests));
    assert_eq!(asked(&requests, "/manifests/"), 0);
    // The ping, and the token of the catalogue, for which there is no scope.
    assert_eq!(requests.len(), 1 + 2 + 41, "{:#?}", shown(&requests));
}

#[tokio::test]
async fn what_a_later_page_lacks_is_asked_for_before_it_is_gone() {
    let content = Content::empty();
    for tag in 0..130 {
        let digest = content.put_image("team/app", &ImageSpec::new("linux/amd64", tag % 10));
        content.tag("team/app", &format!("1.{tag}"), &digest);
    }
    let mut cut = fault("/tag/", json(r#"{"tags":[]}"#));
    cut.on.query = Some("page=2".to_owned());
    let mut scenario = scenario(quay(), content.clone(), vec![cut.when(When::Every(2))]).await;
    scenario.crawl_whole().await;
    assert!(content.untag("team/app", "1.7"));
    // Pages are numbered, and nothing tells how many entries there are.
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    let tags = |scenario: &Scenario| -> usize {
        let rows = scenario.rows();
        rows.iter().map(|row| row.tags.len()).sum()
    };
    assert!(tags(&scenario) >= 129, "{}", tags(&scenario));
    // What the whole list lacks is asked for by itself, where it is not gone yet.
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(tags(&scenario), 129);
    assert!(asked(&requests, "/manifests/") <= 1);
}

#[tokio::test]
async fn ends_of_tags_and_those_that_nobody_moves_are_kept() {
    let end: Timestamp = "2027-03-01T00:00:00Z".parse().unwrap();
    let ends = |tag: &str| ("team/app".to_owned(), tag.to_owned(), end);
    let product = Quay {
        // One of two tags of the index has no end, so that the image has none.
        ends: vec![ends("1.0"), ends("multi")],
        dead: vec![("team/app".to_owned(), "1.2".to_owned())],
        ..quay()
    };
    let mut scenario = scenario(product, small(), Vec::new()).await;
    scenario.crawl_whole().await;
    let row = |tag: &str| {
        let mut rows = scenario.rows().into_iter();
        rows.find(|row| {
            row.repository.as_str() == "team/app" && row.tags.iter().any(|t| t.as_str() == tag)
        })
        .unwrap()
    };
    assert_eq!(row("1.0").facts.expires, Some(end));
    assert_eq!(row("multi").facts.expires, None);
    assert_eq!(row("1.1").facts.immutable.len(), 1);
    assert_eq!(row("1.0").facts.immutable, []);
    let pushed = scenario.simulator.content();
    let pushed = pushed.facts("team/app", &row("1.0").digest).pushed;
    assert_eq!(row("1.0").facts.pushed, Some(pushed));
    // What a tag named before it was moved is history, and no tag.
    assert!(
        scenario
            .rows()
            .iter()
            .all(|row| !row.digest.to_string().contains("dddd"))
    );
}

#[tokio::test]
async fn many_repositories_come_in_pages_both_ways() {
    let content = Content::empty();
    for at in 0..230 {
        let name = format!("open/app-{at:03}");
        let digest = content.put_image(&name, &ImageSpec::new("linux/amd64", at));
        content.tag(&name, "1", &digest);
    }
    let product = |public| Quay {
        users: vec![User::member(ROBOT.0, ROBOT.1, &["open"])],
        public,
        ..quay()
    };
    let mut signed = scenario(product(Vec::new()), content.clone(), Vec::new()).await;
    // The robot may see all, the token of Ann nothing: V2 lists what is refused.
    signed.crawl_whole().await;
    assert_eq!(signed.rows().len(), 230);
    let settings = [NO_CHILDREN, TYPE, ("repository", "open/**")];
    let product = Product::Quay(product(vec!["open".to_owned()]));
    let mut open = Scenario::new(product, content, None, &settings).await;
    let (_, requests) = open.crawl_whole().await;
    assert_eq!(images(&open.rows()), images(&signed.rows()));
    assert_eq!(
        asked(&requests, "/api/v1/repository?"),
        3,
        "{:#?}",
        shown(&requests)
    );
    assert!(
        requests
            .iter()
            .all(|request| request.authorization != Authorization::Basic)
    );
}

#[tokio::test]
async fn everybody_sees_what_they_may() {
    let team = ["ann/tool", "team/app", "team/deep/web"];
    for (account, settings, wanted, listed_by) in [
        // A robot alone.
        (Some(ROBOT), vec![], &team[..], "v2"),
        // The catalogue is empty for nobody: the API lists by namespace.
        (
            None,
            vec![("repository", "open/**")],
            &["open/tool"],
            "quay-api, v2",
        ),
        // What is no robot's is nobody's to pull.
        (Some(OAUTH), vec![], &team, "quay-api, v2"),
        (
            Some(ROBOT),
            vec![
                ACCESS,
                ("repository", "team/*"),
                ("load-full-list", "false"),
            ],
            &team[1..2],
            "quay-api, v2",
        ),
        // What is everybody's is in no catalogue, and the API lists it.
        (
            Some(ROBOT),
            vec![ACCESS, ("repository", "open/**")],
            &["ann/tool", "open/tool", "team/app", "team/deep/web"],
            "quay-api, v2",
        ),
    ] {
        let settings: Vec<_> = [NO_CHILDREN, TYPE].into_iter().chain(settings).collect();
        let product = Product::Quay(quay());
        let mut scenario = Scenario::new(product, small(), account, &settings).await;
        scenario.crawl_whole().await;
        let wanted: BTreeSet<String> = wanted.iter().map(ToString::to_string).collect();
        assert_eq!(repositories(&scenario.rows()), wanted, "{account:?}");
        assert_eq!(scenario.listed_by(), listed_by, "{account:?} {settings:?}");
    }
    // Without a token for the API it is told that nothing came of it.
    let product = Product::Quay(quay());
    let open = ("repository", "open/**");
    let settings = [NO_CHILDREN, TYPE, open];
    let mut scenario = Scenario::new(product, small(), Some(ROBOT), &settings).await;
    let (ended, _) = scenario.crawl_whole().await;
    assert!(notes(&ended).contains("`open/**` matches none"));
    // What nobody could read before is there for a robot as well.
    let mut scenario = scenario.again(None, &settings);
    scenario.crawl_whole().await;
    let before = images(&scenario.rows());
    assert_eq!(before.len(), 4);
    scenario.change("", Some(ROBOT), &settings);
    for _ in 0..2 {
        let (ended, _) = scenario.crawl_whole().await;
        assert_eq!((ended.record.gone, notes(&ended)), (0, String::new()));
        let rows = images(&scenario.rows());
        assert!(before.iter().all(|image| rows.contains(image)));
    }
    // A catalogue that is refused is no loss to whom the API knows: it lists by namespace
    // those of the user and of the user's organizations.
    let denied = fault("/v2/_catalog", say(403, "application/json", "{}"));
    let mut scenario = self::scenario(quay(), small(), vec![denied]).await;
    let (_, requests) = scenario.crawl_whole().await;
    let wanted: BTreeSet<String> = team.iter().map(ToString::to_string).collect();
    assert_eq!(repositories(&scenario.rows()), wanted);
    assert_eq!(asked(&requests, "/user/"), 1);
    // Nobody, with nothing named, is told what to do.
    let product = Product::Quay(quay());
    let mut scenario = Scenario::new(product, small(), None, &[NO_CHILDREN, TYPE]).await;
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Failed);
    let hint = ended.summary.failures[0].hint.clone().unwrap();
    assert!(hint.contains("$oauthtoken"), "{hint}");
}

#[tokio::test]
async fn a_wrong_secret_is_sent_once_and_loses_nothing() {
    let mut scenario = scenario(quay(), small(), Vec::new()).await;
    scenario.crawl_whole().await;
    let before = images(&scenario.rows());
    for account in [
        ("team+ci", "no-such-secret"),
        ("team+old", "secret-that-ended"),
        (OAUTH.0, "no-such-secret"),
    ] {
        scenario.change("", Some(account), &[NO_CHILDREN, TYPE]);
        scenario.crawl_refused(account.1).await;
    }
    // A token that is none of the API's is a stranger's: V2 lists what is private.
    for token in [
        "command:echo no-such-secret",
        "command:echo secret-that-ended",
    ] {
        scenario.change("", Some(ROBOT), &[NO_CHILDREN, TYPE, ("api-token", token)]);
        let (ended, requests) = scenario.crawl_whole().await;
        let notes = notes(&ended);
        assert!(
            notes.contains("401") && notes.contains("withdrawn"),
            "{notes}"
        );
        assert_eq!(refused(&requests), 1, "{:#?}", shown(&requests));
        assert_eq!(before, images(&scenario.rows()));
    }
    // And where it is to list, that it is none is told.
    let denied = fault("/v2/_catalog", say(403, "application/json", "{}"));
    for token in [
        "command:echo no-such-secret",
        "command:echo repositories-alone",
    ] {
        let behaviour = Behaviour {
            product: Product::Quay(quay()),
            faults: vec![denied.clone()],
            ..Behaviour::default()
        };
        let settings = [NO_CHILDREN, TYPE, ("api-token", token)];
        let mut scenario = Scenario::behaving(behaviour, small(), Some(ROBOT), &settings).await;
        let (ended, _) = scenario.crawl().await;
        assert_eq!(
            ended.summary.outcome,
            Outcome::Failed,
            "{:#?}",
            ended.summary
        );
        // The registry's own sign-in was never refused: what is known is read all the same.
        let failure = &ended.summary.failures[0];
        assert_eq!(failure.class, Class::Denied);
        let told = format!("{failure:?}");
        assert!(
            told.contains("quay-api") && told.contains("token"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn what_is_no_list_is_listed_by_v2_and_told() {
    let mut right = Scenario::new(Product::Quay(quay()), small(), Some(ROBOT), &BY_V2).await;
    right.crawl().await;
    let right = images(&right.rows());
    let mut faults = no_lists();
    faults.push((json(r#"{"page":1}"#), "no `tags`"));
    faults.push((json(r#"{"tags":[7]}"#), "no object"));
    let wrong = format!(
        r#"{{"tags":[{{"name":"1.0","manifest_digest":"sha256:{}"}}]}}"#,
        "b".repeat(64)
    );
    faults.push((json(&wrong), "the registry itself"));
    for (what, words) in faults {
        let mut scenario = scenario(quay(), small(), vec![fault("/tag/", what)]).await;
        let (ended, requests) = scenario.crawl_whole().await;
        assert_eq!(right, images(&scenario.rows()), "{words}");
        let notes = notes(&ended);
        // What is missing by the API may be so by V2, which then says it.
        assert!(words == "404" || notes.contains(words), "{words}: {notes}");
        assert!(asked(&requests, "/tag/") <= 3, "{:#?}", shown(&requests));
    }
}

#[tokio::test]
async fn names_are_strangers_text() {
    let odd = r#"{"tags":[{"name":"a\u001b[31mb","manifest_digest":"sha256:00"},
        {"name":"token-of-ann","manifest_digest":null},{"name":7},{"name":"1.0"}],
        "has_additional":false}"#;
    let fault = fault("/team/app/tag/", json(odd));
    let mut scenario = scenario(quay(), small(), vec![fault]).await;
    let (ended, _) = scenario.crawl().await;
    // A tag that has no digest there is read by V2.
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    scenario.is_harmless(&ended, "token-of-ann");
    let rows = scenario.rows();
    let of_app = rows
        .iter()
        .filter(|row| row.repository.as_str() == "team/app");
    let tags: Vec<String> = of_app
        .flat_map(|row| &row.tags)
        .map(ToString::to_string)
        .collect();
    assert_eq!(tags, ["1.0"]);
}

#[tokio::test]
async fn throttling_delays_and_loses_nothing() {
    let wait = |code| What::Status {
        code,
        retry_after: None,
    };
    let faults = vec![
        fault("/tag/", wait(429)).when(When::First(2)),
        fault("/manifests/", wait(503)).when(When::Every(7)),
        fault("/v2/auth", wait(429)).when(When::First(1)),
    ];
    let mut scenario = scenario(quay(), small(), faults).await;
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 3 * 4);
    assert_eq!(ended.summary.notes, Vec::<String>::new());
}

#[tokio::test]
async fn what_goes_is_gone_and_a_refusal_loses_nothing() {
    let content = small();
    let denied = fault("/tag/", say(403, "application/json", "{}")).when(When::Every(9));
    let mut scenario = scenario(quay(), content.clone(), vec![denied]).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 12);
    assert!(content.untag("team/app", "1.1"));
    assert!(content.remove_repository("ann/tool"));
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(ended.record.gone, 5, "{:#?}", ended.summary);
    assert_eq!(scenario.rows().len(), 7);
    // The catalogue of somebody whose rights ended is empty, which proves nothing.
    let product = Quay {
        users: vec![User::member(ROBOT.0, ROBOT.1, &[])],
        ..Quay::default()
    };
    let behaviour = Behaviour {
        product: Product::Quay(product),
        ..Behaviour::default()
    };
    scenario.simulator = Simulator::start(content, behaviour).await.unwrap();
    scenario.change("", Some(ROBOT), &[NO_CHILDREN, TYPE]);
    let (ended, _) = scenario.crawl().await;
    assert_ne!(ended.summary.outcome, Outcome::Complete);
    assert_eq!(ended.record.gone, 0);
    assert_eq!(scenario.rows().len(), 7);
}

#[tokio::test]
async fn the_token_goes_to_the_api_and_to_nobody_else() {
    let other = a_stranger().await;
    let there = other.address();
    let link = format!("<{there}/v2/_catalog?next_page=gAAAA>; rel=\"next\"");
    for fault in [
        leads_on("/tag/", &there),
        fault("/tag/", What::Link(link.clone())),
        fault("/v2/_catalog", What::Link(link)).when(When::First(1)),
    ] {
        let mut scenario = scenario(quay(), small(), vec![fault]).await;
        let (ended, requests) = scenario.crawl().await;
        scenario.is_harmless(&ended, ROBOT.1);
        scenario.is_harmless(&ended, OAUTH.1);
        let api = at_api(&requests);
        let is_bearer = |request: &Recorded| {
            request.origin == Origin::Registry && request.authorization == Authorization::Bearer
        };
        assert!(
            !api.is_empty() && api.iter().all(is_bearer),
            "{:#?}",
            shown(&api)
        );
        assert_eq!(scenario.rows().len(), 12);
    }
    heard_nothing(&other);
}

#[tokio::test]
async fn a_check_says_which_way_lists() {
    let scenario = scenario(quay(), small(), Vec::new()).await;
    let told = of_api(&scenario.checked(Some(ROBOT), Some(OAUTH.1)).await);
    assert!(told.starts_with("passed: quay-api lists"), "{told}");
    let told = of_api(&scenario.checked(Some(ROBOT), None).await);
    assert!(told.contains("set `api-token`"), "{told}");
    let told = of_api(&scenario.checked(Some(ROBOT), Some("no-such-secret")).await);
    assert!(told.contains("401"), "{told}");
    // An API that is asked too much says so without a time.
    let limit = Quota {
        limit: 0,
        window: std::time::Duration::from_secs(1),
    };
    let product = Quay {
        limit: Some(limit),
        ..quay()
    };
    let product = Product::Quay(product);
    let settings = [NO_CHILDREN, TYPE, ("v2-only", "true")];
    let mut scenario = Scenario::new(product, small(), Some(ROBOT), &settings).await;
    scenario.crawl_whole().await;
}
