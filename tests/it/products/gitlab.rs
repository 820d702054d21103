//! GitLab: its registry's own lists, and the repositories by its REST API where the catalogue
//! is for administrators alone.

use std::collections::{BTreeMap, BTreeSet};

use supercargo::model::{Class, Level, Outcome};
use supercargo::simulator::{
    Authorization, Behaviour, Content, Gitlab, GitlabProject, GitlabToken, GitlabTokenKind,
    ImageSpec, IndexSpec, Origin, Product, Recorded, Shape, Simulator, User, What, When,
};

use super::situation::{
    a_stranger, asked, fault, heard_nothing, json, no_lists, notes, of_api, say, shown,
};
use super::{Scenario, same};

const ROOT: (&str, &str) = ("root", "glpat-of-root");
const ANN: (&str, &str) = ("ann", "glpat-of-ann");
/// Opens the registry, and not the API.
const BOB: (&str, &str) = ("bob", "glpat-registry-of-bob");
const GROUP: (&str, &str) = ("any-name", "glpat-of-a-group");
const DEPLOY: (&str, &str) = ("gitlab+deploy-token-7", "gldt-of-base");
const JOB: (&str, &str) = ("gitlab-ci-token", "glcbt-of-a-job");
const OLD: (&str, &str) = ("old", "glpat-that-ended");

const NO_CHILDREN: [(&str, &str); 1] = [("children", "none")];
const BY_V2: [(&str, &str); 2] = [("children", "none"), ("v2-only", "true")];

fn gitlab() -> Gitlab {
    let reads = ["base/alpine", "base/off", "alone/off", "platform/api"];
    let with = |user: (&str, &str), kind| GitlabToken {
        user: User::member(user.0, user.1, &reads),
        kind,
    };
    Gitlab {
        tokens: vec![
            GitlabToken::personal(User::administrator(ROOT.0, ROOT.1)),
            GitlabToken::personal(User::member(ANN.0, ANN.1, &reads)),
            with(
                BOB,
                GitlabTokenKind::Personal {
                    registry: true,
                    api: false,
                },
            ),
            with(GROUP, GitlabTokenKind::Project),
            with(DEPLOY, GitlabTokenKind::Deploy),
            with(JOB, GitlabTokenKind::Job),
            GitlabToken::personal(User::administrator(OLD.0, OLD.1).expired()),
        ],
        projects: vec![
            GitlabProject {
                path: "open/image".to_owned(),
                public: true,
                ..GitlabProject::default()
            },
            GitlabProject {
                path: "base/off".to_owned(),
                without_registry: true,
                ..GitlabProject::default()
            },
            GitlabProject {
                path: "alone/off".to_owned(),
                without_registry: true,
                ..GitlabProject::default()
            },
        ],
        ..Gitlab::default()
    }
}

fn content() -> Content {
    Content::generate(21, &Shape::default())
}

/// Two projects for most, one for nobody but the administrator, and one for everybody.
fn projects() -> Content {
    let content = Content::empty();
    let names = ["base/alpine", "open/image", "platform/api/web", "risk/web"];
    for (at, name) in names.iter().enumerate() {
        for tag in 0..3_u64 {
            let spec = ImageSpec::new("linux/amd64", at as u64 * 10 + tag);
            content.tag(name, &format!("1.{tag}"), &content.put_image(name, &spec));
        }
    }
    content
}

fn behaving(product: Gitlab, faults: Vec<supercargo::simulator::Fault>) -> Behaviour {
    Behaviour {
        product: Product::Gitlab(product),
        faults,
        ..Behaviour::default()
    }
}

async fn scenario(
    product: Gitlab,
    content: Content,
    account: Option<(&str, &str)>,
    settings: &[(&str, &str)],
) -> Scenario {
    Scenario::new(Product::Gitlab(product), content, account, settings).await
}

fn repositories(scenario: &Scenario) -> BTreeSet<String> {
    let rows = scenario.rows().into_iter();
    rows.map(|row| row.repository.to_string()).collect()
}

fn named(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn both_ways_come_to_the_same_inventory() {
    let mut scenario = scenario(gitlab(), content(), Some(ROOT), &NO_CHILDREN).await;
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "gitlab-api, v2");
    assert_eq!(ended.summary.notes, Vec::<String>::new());
    assert_eq!(asked(&requests, "/v2/_catalog"), 1);
    let by_v2 = requests
        .iter()
        .filter(|request| request.path_and_query.starts_with("/v2/"));
    let by_v2: Vec<Recorded> = by_v2.cloned().collect();
    assert_eq!(asked(&by_v2, "/tags/list"), 0, "{:#?}", shown(&by_v2));
    let (by_api, listed) = (scenario.seen(), scenario.rows());
    let mut scenario = scenario.again(Some(ROOT), &BY_V2);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    same(&by_api, &scenario.seen());
    // Sizes differ by exactly the manifest, which GitLab counts and V2 does not.
    let shelves = scenario.simulator.content().shelves();
    let bytes: BTreeMap<String, u64> = shelves
        .iter()
        .flat_map(|shelf| &shelf.manifests)
        .map(|(digest, _, body)| (digest.to_string(), body.len() as u64))
        .collect();
    let rows = scenario.rows();
    let read: BTreeMap<_, _> = rows
        .iter()
        .map(|row| ((&row.repository, &row.digest), row.image.size))
        .collect();
    let mut compared = 0;
    for row in listed.iter().filter(|row| row.image.level == Level::Listed) {
        let by_v2 = read[&(&row.repository, &row.digest)].unwrap();
        let digest = row.digest.to_string();
        assert_eq!(row.image.size.unwrap() - by_v2, bytes[&digest], "{digest}");
        compared += 1;
    }
    assert!(compared > 10, "{compared}");
}

#[tokio::test]
async fn twenty_repositories_of_a_hundred_tags_are_twenty_lists_and_a_blob_an_image() {
    let content = Content::generate(6, &Shape::plain(20, 100));
    let mut scenario = scenario(gitlab(), content, Some(ROOT), &NO_CHILDREN).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 2000);
    let counts = |requests: &[Recorded]| {
        [
            "/_catalog",
            "/gitlab/v1/",
            "/blobs/",
            "/manifests/",
            "/jwt/auth",
        ]
        .map(|kind| asked(requests, kind))
    };
    // A token a repository, and one for the catalogue; one tag is compared.
    let shown_all = || shown(&requests[..60]);
    assert_eq!(
        counts(&requests),
        [1, 20, 2000, 1, 21],
        "{:#?}",
        shown_all()
    );
    assert_eq!(requests.len(), 1 + 1 + 20 + 2000 + 1 + 21);
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(
        counts(&requests),
        [1, 20, 0, 0, 21],
        "{:#?}",
        shown(&requests)
    );
    assert_eq!(requests.len(), 1 + 1 + 20 + 21);
    assert_eq!(ended.record.changes, 0);
}

#[tokio::test]
async fn children_are_one_manifest_each() {
    let content = Content::empty();
    for repository in 0..5_u64 {
        let name = format!("team/app{repository}");
        let images = ["linux/amd64", "linux/arm64/v8"];
        let images = images.map(|platform| ImageSpec::new(platform, repository));
        let index = IndexSpec {
            images: images.to_vec(),
            attestations: false,
            docker: false,
        };
        content.tag(&name, "1.0", &content.put_index(&name, &index));
    }
    for (children, manifests) in [("none", 5), ("platforms", 5 + 10)] {
        let settings = [("children", children)];
        let mut scenario = scenario(gitlab(), content.clone(), Some(ROOT), &settings).await;
        let (_, requests) = scenario.crawl_whole().await;
        // And one tag that is compared.
        assert_eq!(
            asked(&requests, "/manifests/"),
            manifests + 1,
            "{:#?}",
            shown(&requests)
        );
    }
}

#[tokio::test]
async fn people_see_what_they_may_by_what_they_sign_in_with() {
    let of_ann = named(&["base/alpine", "platform/api/web"]);
    let all = named(&["base/alpine", "open/image", "platform/api/web", "risk/web"]);
    for (account, token, wanted, listed_by) in [
        (ROOT, None, &all, "gitlab-api, v2"),
        (ANN, None, &of_ann, "gitlab-api, v2"),
        (GROUP, None, &of_ann, "gitlab-api, v2"),
        (JOB, None, &of_ann, "gitlab-api, v2"),
        // What opens no API goes with a token that does.
        (
            DEPLOY,
            Some("command:echo glpat-of-ann"),
            &of_ann,
            "gitlab-api, v2",
        ),
        (
            BOB,
            Some("command:echo glpat-of-ann"),
            &of_ann,
            "gitlab-api, v2",
        ),
    ] {
        let mut settings = NO_CHILDREN.to_vec();
        settings.extend(token.map(|token| ("api-token", token)));
        let mut scenario = scenario(gitlab(), projects(), Some(account), &settings).await;
        let (_, requests) = scenario.crawl_whole().await;
        assert_eq!(&repositories(&scenario), wanted, "{account:?}");
        assert_eq!(scenario.rows().len(), wanted.len() * 3);
        assert_eq!(scenario.listed_by(), listed_by, "{account:?}");
        let secret = token.map(|_| ANN.1);
        let told = of_api(&scenario.checked(Some(account), secret).await);
        if account != ROOT {
            assert!(
                told.starts_with("passed: gitlab-api lists"),
                "{account:?}: {told}"
            );
        }
        // Basic goes to the token service alone.
        for request in requests
            .iter()
            .filter(|r| r.authorization == Authorization::Basic)
        {
            assert!(
                request.path_and_query.starts_with("/jwt/auth"),
                "{request:?}"
            );
        }
    }
}

#[tokio::test]
async fn who_opens_no_api_is_told_what_to_do() {
    let settings = [("children", "none"), ("repository", "base/**")];
    let mut deploy = scenario(gitlab(), projects(), Some(DEPLOY), &settings).await;
    let (ended, requests) = deploy.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Failed);
    let failure = &ended.summary.failures[0];
    assert_eq!(failure.class, Class::Denied, "{failure:?}");
    let hint = failure.hint.clone().unwrap();
    assert!(
        hint.contains("name the repositories") && hint.contains("read_api"),
        "{hint}"
    );
    assert_eq!(
        asked(&requests, "/api/v4/") + asked(&requests, "repository-paths"),
        0
    );
    let told = of_api(&deploy.checked(Some(DEPLOY), None).await);
    assert!(told.contains("`read_api`"), "{told}");
    // Named ones are listed in one request each.
    let settings = [
        ("children", "none"),
        ("load-full-list", "false"),
        ("repository", "base/alpine"),
    ];
    let mut named = deploy.again(Some(DEPLOY), &settings);
    let (_, requests) = named.crawl_whole().await;
    assert_eq!(named.rows().len(), 3);
    assert_eq!(
        asked(&requests, "/gitlab/v1/repositories/base/alpine/tags/list/"),
        1
    );
    // A token that lacks `read_api` is told by GitLab, and passed on.
    let mut bob = scenario(gitlab(), projects(), Some(BOB), &NO_CHILDREN).await;
    let (ended, _) = bob.crawl().await;
    let failure = &ended.summary.failures[0];
    assert_eq!(failure.class, Class::Denied, "{failure:?}");
    assert!(
        failure.message.contains("insufficient_scope"),
        "{failure:?}"
    );
    let told = of_api(&bob.checked(Some(BOB), None).await);
    assert!(told.contains("insufficient_scope"), "{told}");
    // Nobody may read by name what is public.
    let settings = [
        ("children", "none"),
        ("load-full-list", "false"),
        ("repository", "open/image"),
    ];
    let mut nobody = scenario(gitlab(), projects(), None, &settings).await;
    nobody.crawl_whole().await;
    assert_eq!(nobody.rows().len(), 3);
}

#[tokio::test]
async fn a_wrong_or_expired_secret_is_sent_once_and_loses_nothing() {
    for account in [(ROOT.0, "no-such-secret"), OLD] {
        let mut scenario = scenario(gitlab(), projects(), Some(account), &NO_CHILDREN).await;
        let (ended, requests) = scenario.crawl().await;
        let signed = requests
            .iter()
            .filter(|request| request.authorization != Authorization::None);
        assert_eq!(signed.count(), 1, "{:#?}", shown(&requests));
        assert_eq!(ended.summary.outcome, Outcome::Failed);
        assert_eq!(ended.summary.failures[0].class, Class::Authentication);
    }
    // Older versions refuse as if a right were missing, and the API says what it is.
    let older = Gitlab {
        wrong_secret_is_401: false,
        ..gitlab()
    };
    let wrong = Some((ROOT.0, "no-such-secret"));
    let mut old = scenario(older, projects(), wrong, &NO_CHILDREN).await;
    let (ended, requests) = old.crawl().await;
    assert_eq!(ended.summary.failures[0].class, Class::Authentication);
    let signed = requests
        .iter()
        .filter(|request| request.authorization != Authorization::None);
    assert_eq!(signed.count(), 2, "{:#?}", shown(&requests));
    // Refused between two crawls.
    let refusal = say(
        401,
        "application/json",
        r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#,
    );
    let mut scenario = Scenario::behaving(
        behaving(
            gitlab(),
            vec![fault("/jwt/auth", refusal).when(When::Every(6))],
        ),
        projects(),
        Some(ROOT),
        &NO_CHILDREN,
    )
    .await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(asked(&requests, "/jwt/auth"), 5, "{:#?}", shown(&requests));
    let before = scenario.seen();
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.failures[0].class, Class::Authentication);
    assert_eq!((ended.record.gone, ended.record.changes), (0, 0));
    same(&before, &scenario.seen());
}

#[tokio::test]
async fn without_a_database_or_a_list_v2_lists_and_that_is_told() {
    let mut right = scenario(gitlab(), projects(), Some(ROOT), &BY_V2).await;
    right.crawl().await;
    let right = right.seen();
    let without = Gitlab {
        database: false,
        ..gitlab()
    };
    let mut situations = vec![(without, Vec::new(), "404")];
    for (what, words) in no_lists() {
        situations.push((gitlab(), vec![fault("/gitlab/v1/", what)], words));
    }
    for (product, faults, words) in situations {
        let shown_faults = format!("{faults:?}");
        let mut scenario = Scenario::behaving(
            behaving(product, faults),
            projects(),
            Some(ROOT),
            &NO_CHILDREN,
        )
        .await;
        let (ended, requests) = scenario.crawl_whole().await;
        same(&right, &scenario.seen());
        assert_eq!(scenario.listed_by(), "v2", "{shown_faults}");
        assert!(
            asked(&requests, "/gitlab/v1/") <= 3,
            "{:#?}",
            shown(&requests)
        );
        let notes = notes(&ended);
        assert!(
            words == "404" || notes.contains(words),
            "{shown_faults}: {notes}"
        );
    }
    // The API says of a tag what the registry does not.
    let digest = format!("sha256:{}", "b".repeat(64));
    let row = format!(r#"[{{"name":"1.0","digest":"{digest}"}}]"#);
    let wrong = fault("/gitlab/v1/", json(&row));
    let mut scenario = Scenario::behaving(
        behaving(gitlab(), vec![wrong]),
        projects(),
        Some(ROOT),
        &NO_CHILDREN,
    )
    .await;
    let (ended, _) = scenario.crawl_whole().await;
    same(&right, &scenario.seen());
    let notes = notes(&ended);
    assert!(notes.contains("the registry itself"), "{notes}");
}

#[tokio::test]
async fn a_list_that_fails_or_is_throttled_loses_nothing_of_what_was_known() {
    for (what, words) in no_lists() {
        // The second crawl's list of projects.
        let faults = vec![fault("/api/v4/projects", what.clone()).when(When::Every(4))];
        let mut scenario = Scenario::behaving(
            behaving(gitlab(), faults),
            projects(),
            Some(ANN),
            &NO_CHILDREN,
        )
        .await;
        let (_, requests) = scenario.crawl_whole().await;
        assert_eq!(
            asked(&requests, "/api/v4/projects"),
            3,
            "{:#?}",
            shown(&requests)
        );
        let before = scenario.seen();
        let (ended, _) = scenario.crawl().await;
        assert_eq!(ended.record.gone, 0);
        let failures = format!("{:?}", ended.summary.failures);
        assert!(failures.contains(words), "{words}: {failures}");
        same(&before, &scenario.seen());
    }
    // GitLab's own signal (Rack::Attack), once at each of its two APIs.
    let wait = What::Say {
        code: 429,
        headers: vec![("retry-after".to_owned(), "0".to_owned())],
        body: "Retry later\n".to_owned(),
    };
    let faults = ["/api/v4/projects", "/gitlab/v1/"];
    let faults = faults.map(|path| fault(path, wait.clone()).when(When::First(1)));
    let mut scenario = Scenario::behaving(
        behaving(gitlab(), faults.to_vec()),
        projects(),
        Some(ANN),
        &NO_CHILDREN,
    )
    .await;
    let (_, requests) = scenario.crawl_whole().await;
    let throttled = requests
        .iter()
        .filter(|request| request.status == Some(429));
    assert_eq!(throttled.count(), 2, "{:#?}", shown(&requests));
    assert_eq!(scenario.rows().len(), 6);
}

#[tokio::test]
async fn what_is_deleted_goes_and_times_are_kept() {
    let content = projects();
    let mut scenario = scenario(gitlab(), content.clone(), Some(ANN), &NO_CHILDREN).await;
    scenario.crawl_whole().await;
    for row in scenario.rows() {
        let facts = content.facts(row.repository.as_str(), &row.digest);
        assert_eq!(row.facts.pushed, Some(facts.pushed));
    }
    assert!(content.untag("base/alpine", "1.2"));
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(ended.record.gone, 1, "{:?}", ended.record);
    // Half of what is known goes only when it is missing twice, or is less than most.
    assert!(content.remove_repository("base/alpine"));
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(ended.record.gone, 2, "{:?}", ended.record);
    assert_eq!(repositories(&scenario), named(&["platform/api/web"]));
}

#[tokio::test]
async fn nothing_but_gitlab_and_its_registry_is_signed_in_to() {
    let other = a_stranger().await;
    let there = other.address();
    let redirect = What::RedirectTo(format!("{there}/api/v4/projects"));
    let link = What::Link(format!("<{there}/gitlab/v1/next>; rel=\"next\""));
    let link_local = What::Header(
        "www-authenticate".to_owned(),
        "Bearer realm=\"http://169.254.169.254/jwt/auth\",service=\"container_registry\""
            .to_owned(),
    );
    for (faults, account) in [
        (vec![fault("/api/v4/projects", redirect.clone())], ANN),
        (vec![fault("/gitlab/v1/", redirect)], ROOT),
        (vec![fault("/gitlab/v1/", link.clone())], ROOT),
        (vec![fault("/api/v4/", link)], ANN),
        (vec![fault("/v2/", link_local)], ANN),
    ] {
        let mut scenario = Scenario::behaving(
            behaving(gitlab(), faults),
            projects(),
            Some(account),
            &NO_CHILDREN,
        )
        .await;
        let (ended, requests) = scenario.crawl().await;
        assert!(ended.summary.outcome != Outcome::Cancelled);
        for request in &requests {
            let is_api = request.origin == Origin::Api;
            let is_basic = request.authorization == Authorization::Basic;
            let is_own = request.authorization == Authorization::Other;
            assert!(is_api || !(is_basic || is_own), "{request:?}");
        }
    }
    heard_nothing(&other);
    // The administrator's own word: that host gets the token of the API, and nothing else.
    let api = Simulator::start(projects(), behaving(gitlab(), Vec::new()))
        .await
        .unwrap();
    let address = api.api_address();
    let settings = [("children", "none"), ("api", address.as_str())];
    let mut scenario = scenario(gitlab(), projects(), Some(ANN), &settings).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(asked(&requests, "/api/v4/"), 0);
    let at_api = api.requests();
    assert!(asked(&at_api, "/api/v4/") > 0);
    for request in &at_api {
        assert_eq!(request.authorization, Authorization::Other, "{request:?}");
    }
}

#[tokio::test]
async fn a_wrong_type_is_told() {
    let settings = [("children", "none"), ("type", "harbor")];
    let mut scenario = scenario(gitlab(), projects(), Some(ROOT), &settings).await;
    let (ended, _) = scenario.crawl().await;
    let notes = notes(&ended);
    assert!(notes.contains("looks like `gitlab`"), "{notes}");
    let report = scenario.checked(Some(ROOT), None).await;
    let facts: Vec<&String> = report
        .stages
        .iter()
        .flat_map(|stage| &stage.facts)
        .collect();
    assert!(
        facts
            .iter()
            .any(|fact| fact.contains("looks like `gitlab`")),
        "{facts:?}"
    );
}

#[tokio::test]
async fn long_lists_are_read_by_pages_also_without_a_total() {
    let content = Content::empty();
    for project in 0..120_u64 {
        let name = format!("group/project{project}");
        let image = content.put_image(&name, &ImageSpec::new("linux/amd64", project));
        content.tag(&name, "1.0", &image);
    }
    let member = User::member(ANN.0, ANN.1, &["group"]);
    for count_limit in [10_000, 50] {
        let product = Gitlab {
            tokens: vec![GitlabToken::personal(member.clone())],
            count_limit,
            ..Gitlab::default()
        };
        let mut scenario = scenario(product, content.clone(), Some(ANN), &NO_CHILDREN).await;
        let (_, requests) = scenario.crawl_whole().await;
        assert_eq!(scenario.rows().len(), 120);
        // Two pages of projects, and two of what their group holds.
        assert_eq!(
            asked(&requests, "/api/v4/"),
            4,
            "{:#?}",
            shown(&requests[..9])
        );
    }
    // Who is a member of nothing is told so.
    let product = Gitlab {
        tokens: vec![GitlabToken::personal(User::member(ANN.0, ANN.1, &[]))],
        ..Gitlab::default()
    };
    let mut scenario = scenario(product, content, Some(ANN), &NO_CHILDREN).await;
    let (ended, _) = scenario.crawl().await;
    let failure = &ended.summary.failures[0];
    assert_eq!(failure.class, Class::Denied, "{failure:?}");
    assert!(failure.message.contains("the list is empty"), "{failure:?}");
}
