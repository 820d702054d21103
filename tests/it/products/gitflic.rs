//! GitFlic: its catalogue, and its REST API where that is refused.

use supercargo::model::Class;
use supercargo::simulator::{
    Authorization, Behaviour, Content, Fault, Gitflic, GitflicCatalogue, ImageSpec, IndexSpec,
    Origin, Product, Recorded, Simulator, User, What, When,
};

use super::situation::{checked_at, fault, heard_nothing, of_api, refused, wait};
use super::{Scenario, counts, images, repositories};

const ROOT: (&str, &str) = ("root", "transport-of-root");
const ANN: (&str, &str) = ("ann", "transport-of-ann");
/// How settings name the access token of Ann, which is for the REST API alone.
const ACCESS: (&str, &str) = ("api-token", "command:echo access-of-ann");
const OURS: (&str, &str) = ("repository", "project/ann/shop/**");
const TYPE: (&str, &str) = ("type", "gitflic");
const NO_CHILDREN: (&str, &str) = ("children", "none");

fn gitflic() -> Gitflic {
    let reads = ["project/ann", "company/empty"];
    let mut gitflic = Gitflic::new(
        vec![
            User::administrator(ROOT.0, ROOT.1),
            User::member(ANN.0, ANN.1, &reads),
            User::member("old", "secret-that-ended", &reads).expired(),
        ],
        vec![
            User::administrator("root", "access-of-root"),
            User::member("ann", "access-of-ann", &reads),
            User::member("ann", "secret-that-ended", &reads).expired(),
        ],
    );
    gitflic.anonymous = Some(User::member("anonymous", "", &["tool"]));
    gitflic
}

fn content() -> Content {
    let content = Content::empty();
    for (seed, name) in (0..).zip([
        "project/ann/shop/app",
        "project/ann/shop/web",
        "project/bob/own/app",
        "company/acme/base",
        "tool",
    ]) {
        for (at, platform) in (0..).zip(["linux/amd64", "linux/arm64/v8", "windows/amd64"]) {
            let digest = content.put_image(name, &ImageSpec::new(platform, seed * 10 + at));
            content.tag(name, &format!("1.{at}"), &digest);
        }
        let index = IndexSpec {
            images: vec![
                ImageSpec::new("linux/amd64", seed * 10 + 7),
                ImageSpec::new("linux/arm64/v8", seed * 10 + 8),
            ],
            attestations: false,
            docker: false,
        };
        let digest = content.put_index(name, &index);
        content.tag(name, "multi", &digest);
    }
    content
}

async fn start(gitflic: Gitflic, faults: Vec<Fault>) -> Simulator {
    let behaviour = Behaviour {
        product: Product::Gitflic(gitflic),
        faults,
        ..Behaviour::default()
    };
    Simulator::start(content(), behaviour).await.unwrap()
}

/// Ann, to whom the catalogue is closed: her projects are listed by the API.
async fn ann(gitflic: Gitflic, faults: Vec<Fault>) -> Scenario {
    let simulator = start(gitflic, faults).await;
    let api = simulator.api_address();
    let settings = [TYPE, NO_CHILDREN, OURS, ACCESS, ("api", &api)];
    Scenario::at(simulator, "", Some(ANN), &settings)
}

#[tokio::test]
async fn both_lists_come_to_the_same_inventory() {
    let mut scenario = ann(gitflic(), Vec::new()).await;
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "gitflic-api, v2");
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    let by_api = images(&scenario.rows());
    assert_eq!(by_api.len(), 8);
    // Only the API got the access token, and it got nothing else.
    for request in &requests {
        let is_api = request.origin == Origin::Api;
        assert_eq!(
            is_api,
            request.authorization == Authorization::Other,
            "{request:?}"
        );
    }
    let mut product = gitflic();
    product.catalogue = GitflicCatalogue::Filtered;
    let settings = [TYPE, NO_CHILDREN, OURS, ("v2-only", "true")];
    let mut scenario = Scenario::at(start(product, Vec::new()).await, "", Some(ANN), &settings);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    assert_eq!(by_api, images(&scenario.rows()));
}

#[tokio::test]
async fn it_costs_what_v2_costs() {
    let content = Content::empty();
    let mut seeds = 0..;
    for at in 0..20 {
        let name = format!("project/ann/shop/app{at:02}");
        for (tag, seed) in (0..20).zip(&mut seeds) {
            let digest = content.put_image(&name, &ImageSpec::new("linux/amd64", seed));
            content.tag(&name, &format!("1.{tag}"), &digest);
        }
    }
    let behaviour = Behaviour {
        product: Product::Gitflic(gitflic()),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let api = simulator.api_address();
    let settings = [TYPE, NO_CHILDREN, OURS, ACCESS, ("api", &api)];
    let mut scenario = Scenario::at(simulator, "", Some(ANN), &settings);
    let kinds = ["/package", "/tags/list", "/manifests/", "/blobs/", "/token"];
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 400);
    let of = |requests: &[Recorded]| {
        let counts = counts(requests, &kinds);
        kinds.map(|kind| counts.get(kind).copied().unwrap_or(0))
    };
    // One page of packages; a list and a token a repository; a manifest and a configuration
    // an image.
    let [packages, tags, manifests, blobs, tokens] = of(&requests);
    assert_eq!((packages, manifests, blobs), (1, 400, 400));
    // Two lists are asked for more, to see how they end.
    assert!(tags <= 22 && tokens <= 22, "{tags} {tokens}");
    let (_, requests) = scenario.crawl_whole().await;
    let [packages, tags, manifests, blobs, tokens] = of(&requests);
    // Its tags are looked at, each by a `HEAD`: nothing else tells whether they moved.
    assert_eq!((packages, manifests, blobs), (1, 400, 0));
    assert!(tags <= 22 && tokens <= 22, "{tags} {tokens}");
}

#[tokio::test]
async fn everybody_sees_what_is_theirs() {
    let settings = [TYPE, NO_CHILDREN];
    let simulator = start(gitflic(), Vec::new()).await;
    let mut scenario = Scenario::at(simulator, "", Some(ROOT), &settings);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    assert_eq!(repositories(&scenario.rows()).len(), 5);
    // Whoever may not read the catalogue is told what to set.
    let simulator = start(gitflic(), Vec::new()).await;
    let mut scenario = Scenario::at(simulator, "", Some(ANN), &settings);
    let (ended, _) = scenario.crawl().await;
    assert_eq!(
        ended.summary.outcome.as_str(),
        "failed",
        "{:#?}",
        ended.summary
    );
    assert_eq!(ended.summary.failures[0].class, Class::Denied);
    // Nobody reads what is public and named.
    let settings = [
        TYPE,
        NO_CHILDREN,
        ("repository", "tool"),
        ("load-full-list", "false"),
    ];
    let mut scenario = Scenario::at(scenario.simulator, "", None, &settings);
    scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 4);
    // An administrator's access token lists all packages, but not whose they are.
    let mut product = gitflic();
    product.catalogue = GitflicCatalogue::Nobody;
    let simulator = start(product, Vec::new()).await;
    let api = simulator.api_address();
    let token = ("api-token", "command:echo access-of-root");
    let settings = [TYPE, NO_CHILDREN, token, ("api", &api)];
    let mut scenario = Scenario::at(simulator, "", Some(ROOT), &settings);
    let (ended, _) = scenario.crawl().await;
    assert_eq!(repositories(&scenario.rows()).len(), 1);
    let told = format!("{:?}", ended.summary);
    assert!(told.contains("project/OWNER/PROJECT"), "{told}");
}

#[tokio::test]
async fn a_wrong_secret_is_sent_once_and_loses_nothing() {
    let mut scenario = ann(gitflic(), Vec::new()).await;
    scenario.crawl_whole().await;
    let before = images(&scenario.rows());
    let api = scenario.simulator.api_address();
    let settings = [TYPE, NO_CHILDREN, OURS, ACCESS, ("api", api.as_str())];
    // The access token is the wrong kind for the registry.
    for account in [
        ("ann", "no-such-secret"),
        ("ann", "access-of-ann"),
        ("old", "secret-that-ended"),
    ] {
        scenario.change("", Some(account), &settings);
        let (ended, requests) = scenario.crawl().await;
        assert_eq!(ended.summary.outcome.as_str(), "failed");
        let class = ended.summary.failures.first().map(|failure| failure.class);
        assert_eq!(class, Some(Class::Authentication), "{:#?}", ended.summary);
        let at_registry: Vec<_> = requests
            .into_iter()
            .filter(|request| request.origin == Origin::Registry)
            .collect();
        assert_eq!(refused(&at_registry), 1, "{at_registry:#?}");
        assert_eq!(before, images(&scenario.rows()));
    }
    // And so is one for the API that is over, or that is none of its own.
    for token in [
        "command:echo secret-that-ended",
        "command:echo transport-of-ann",
    ] {
        let settings = [
            TYPE,
            NO_CHILDREN,
            OURS,
            ("api-token", token),
            ("api", api.as_str()),
        ];
        scenario.change("", Some(ANN), &settings);
        let (ended, requests) = scenario.crawl().await;
        let told = format!("{:#?}", ended.summary);
        assert!(told.contains("gitflic-api"), "{told}");
        let at_api = requests
            .iter()
            .filter(|request| request.origin == Origin::Api);
        assert_eq!(at_api.count(), 1);
        assert_eq!(before, images(&scenario.rows()));
    }
}

#[tokio::test]
async fn throttling_delays_and_loses_nothing() {
    let faults = vec![
        fault("/package", wait(429)).when(When::First(2)),
        fault("/manifests/", wait(503)).when(When::Every(5)),
        fault("/token", wait(429)).when(When::Every(3)),
    ];
    let mut scenario = ann(gitflic(), faults).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 8);
}

#[tokio::test]
async fn an_api_that_fails_is_told_and_loses_nothing() {
    let say = |code, body: &str| What::Say {
        code,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_owned(),
    };
    let mut scenario = ann(gitflic(), Vec::new()).await;
    scenario.crawl_whole().await;
    let right = images(&scenario.rows());
    let mut lies = gitflic();
    lies.claims_besides = 3;
    let none = gitflic;
    for (product, what, says) in [
        (none(), Some(What::Html), "a page for a browser"),
        (none(), Some(What::NotJson), "half of it"),
        (none(), Some(say(200, "[]")), "no object"),
        (none(), Some(say(200, r#"{"_embedded":{}}"#)), "no `page`"),
        (none(), Some(say(403, "")), "403"),
        (none(), Some(say(404, "")), "404"),
        (lies, None, "2 entries came of 5"),
    ] {
        let shown = format!("{what:?}");
        let faults = what.map(|what| fault("/package", what));
        scenario.simulator = start(product, faults.into_iter().collect()).await;
        let api = scenario.simulator.api_address();
        // Named ones are read whatever is not listed.
        let names = ("repository", "project/ann/shop/app,project/ann/shop/**");
        for ours in [OURS, names] {
            let settings = [TYPE, NO_CHILDREN, ours, ACCESS, ("api", api.as_str())];
            scenario.change("", Some(ANN), &settings);
            let (ended, requests) = scenario.crawl().await;
            let told = format!("{:#?}", ended.summary);
            assert!(told.contains(says), "{shown}: {told}");
            assert_eq!(right, images(&scenario.rows()), "{shown}");
            assert_eq!(ended.record.gone, 0, "{shown}");
            let tags = counts(&requests, &["project/ann/shop/app/tags/list"]);
            assert!(ours == OURS || tags.len() == 2, "{shown}: {told}");
        }
    }
    // Smaller pages than were asked for, and an empty list where there could be none.
    let mut product = gitflic();
    product.most_on_page = 1;
    product.embeds_empty = true;
    scenario.simulator = start(product, Vec::new()).await;
    let api = scenario.simulator.api_address();
    scenario.change(
        "",
        Some(ANN),
        &[TYPE, NO_CHILDREN, OURS, ACCESS, ("api", &api)],
    );
    scenario.crawl_whole().await;
    assert_eq!(right, images(&scenario.rows()));
}

#[tokio::test]
async fn what_goes_is_gone_at_the_next_crawl() {
    let mut product = gitflic();
    product.catalogue = GitflicCatalogue::Nobody;
    let simulator = start(product, Vec::new()).await;
    let api = simulator.api_address();
    let settings = [
        TYPE,
        NO_CHILDREN,
        ("repository", "project/ann/shop/**,company/acme/**"),
        ("api-token", "command:echo access-of-root"),
        ("api", &api),
    ];
    let mut scenario = Scenario::at(simulator, "", Some(ROOT), &settings);
    scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 12);
    let content = scenario.simulator.content();
    assert!(content.untag("project/ann/shop/app", "1.1"));
    assert!(content.remove_repository("project/ann/shop/web"));
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(ended.record.gone, 5, "{:#?}", ended.summary);
    assert_eq!(scenario.rows().len(), 7);
}

#[tokio::test]
async fn credentials_go_nowhere_else() {
    let trap = start(gitflic(), Vec::new()).await;
    let there = format!("{}/registry/project/ann/shop/package", trap.api_address());
    let challenge = "Bearer realm=\"http://169.254.169.254/token\",service=\"service\"";
    let realm = What::Say {
        code: 401,
        headers: vec![("www-authenticate".to_owned(), challenge.to_owned())],
        body: String::new(),
    };
    let link = What::Link(format!("<{there}>; rel=\"next\""));
    for (fault, says) in [
        (
            fault("/package", What::RedirectTo(there.clone())),
            "edirect",
        ),
        (fault("/package", link), ""),
        (fault("/v2/", realm), "link-local"),
    ] {
        let mut scenario = ann(gitflic(), vec![fault]).await;
        let (ended, _) = scenario.crawl().await;
        let told = format!("{:#?}", ended.summary);
        assert!(told.contains(says), "{says}: {told}");
        assert!(
            !told.contains(ANN.1) && !told.contains("access-of-ann"),
            "{told}"
        );
    }
    heard_nothing(&trap);
}

#[tokio::test]
async fn a_check_says_which_way_lists() {
    let simulator = start(gitflic(), Vec::new()).await;
    let (address, api) = (simulator.address(), simulator.api_address());
    let with_api = [TYPE, OURS, ("api", api.as_str())];
    for (account, settings, says) in [
        (ROOT, &[TYPE][..], "set `api`"),
        (ANN, &with_api, "set `api-token`"),
    ] {
        let told = of_api(&checked_at(&address, Some(account), settings).await);
        assert!(told.starts_with("skipped") && told.contains(says), "{told}");
    }
    // What recognises it is its token service.
    let report = checked_at(&address, Some(ANN), &[("type", "harbor")]).await;
    assert!(
        format!("{report:#?}").contains("looks like `gitflic`"),
        "{report:#?}"
    );
}
