//! Amazon ECR: the whole crawl by its own API, opened by an access key.

use std::sync::{Arc, Mutex};

use supercargo::model::{Class, Digest, Outcome};
use supercargo::simulator::{
    Authorization, Behaviour, Content, Ecr, EcrKey, Fault, ImageSpec, IndexSpec, Product, Recorded,
    Shape, Simulator, User, What, When,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::situation::{
    a_stranger, asked, fault, heard_nothing, no_lists, notes, of_api, say, shown,
};
use super::{Scenario, complete, manifests_read, same};

const KEY: (&str, &str) = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/EXAMPLEKEY");
const LENT: (&str, &str) = ("ASIAIOSFODNN7EXAMPLE", "lent-secret-key-of-an-hour");
const SESSION: &str = "IQoJb3JpZ2luX2VjEXAMPLE-session-token";

const SETTINGS: [(&str, &str); 2] = [("children", "none"), ("type", "ecr")];

fn ecr() -> Ecr {
    Ecr::new(vec![
        EcrKey::new(User::administrator(KEY.0, KEY.1)),
        EcrKey::new(User::administrator(LENT.0, LENT.1)).lent(SESSION),
    ])
}

fn content() -> Content {
    Content::generate(11, &Shape::default())
}

/// Two repositories of three images each.
fn small() -> Content {
    let content = Content::empty();
    for (at, name) in ["base/alpine", "team/app"].iter().enumerate() {
        for tag in 0..3_u64 {
            let spec = ImageSpec::new("linux/amd64", at as u64 * 10 + tag);
            content.tag(name, &format!("1.{tag}"), &content.put_image(name, &spec));
        }
    }
    content
}

async fn scenario(content: Content, account: Option<(&str, &str)>) -> Scenario {
    Scenario::new(Product::Ecr(ecr()), content, account, &SETTINGS).await
}

async fn faulty(ecr: Ecr, faults: Vec<Fault>) -> Scenario {
    let behaviour = Behaviour {
        product: Product::Ecr(ecr),
        faults,
        ..Behaviour::default()
    };
    Scenario::behaving(behaviour, small(), Some(KEY), &SETTINGS).await
}

fn error(kind: &str, message: &str) -> What {
    let body = format!(r#"{{"__type":"{kind}","message":"{message}"}}"#);
    say(400, "application/x-amz-json-1.1", &body)
}

/// How often an action was asked for.
fn action(requests: &[Recorded], name: &str) -> usize {
    asked(requests, &format!("#{name}"))
}

#[tokio::test]
async fn both_ways_come_to_the_same_inventory() {
    let content = content();
    let untagged = content.put_image("base/alone", &ImageSpec::new("linux/amd64", 70));
    content.put_repository("base/empty");
    let mut scenario = scenario(content, Some(KEY)).await;
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "ecr-api");
    assert_eq!(ended.summary.notes.len(), 1, "{:?}", ended.summary.notes);
    assert_eq!(asked(&requests, "/tags/list"), 0, "{:#?}", shown(&requests));
    assert_eq!(manifests_read(&requests), 0, "{:#?}", shown(&requests));
    // An image without a tag is there, and the children of indexes are none.
    let mut by_api = scenario.seen();
    let alone: Vec<String> = by_api
        .iter()
        .filter(|image| image.tags.is_empty())
        .map(|image| image.digest.clone())
        .collect();
    assert_eq!(alone, [untagged.to_string()]);
    by_api.retain(|image| !image.tags.is_empty());
    let settings = [("children", "none"), ("type", "ecr"), ("v2-only", "true")];
    let mut scenario = scenario.again(Some(KEY), &settings);
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    // The password for V2 is lent by the API all the same.
    assert_eq!(action(&requests, "GetAuthorizationToken"), 1);
    same(&by_api, &scenario.seen());
}

#[tokio::test]
async fn an_unchanged_registry_costs_its_lists_and_a_new_image_a_hundredth() {
    let content = Content::empty();
    for at in 0..250_u64 {
        let digest = content.put_image("team/app", &ImageSpec::new("linux/amd64", at));
        content.tag("team/app", &format!("1.{at}"), &digest);
    }
    let mut scenario = scenario(content.clone(), Some(KEY)).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 250);
    let counts = [
        "DescribeRepositories",
        "DescribeImages",
        "BatchGetImage",
        "GetAuthorizationToken",
    ]
    .map(|name| action(&requests, name));
    assert_eq!(counts, [1, 1, 3, 1], "{:#?}", shown(&requests));
    // A configuration each, a tag that is compared, the opening.
    assert_eq!(asked(&requests, "/blobs/"), 250);
    assert_eq!(requests.len(), 1 + 1 + 3 + 1 + 250 + 1 + 1);
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(ended.record.changes, 0);
    assert_eq!(requests.len(), 3, "{:#?}", shown(&requests));
    // Times are kept anew without reading anything.
    let digest = content.put_image("team/app", &ImageSpec::new("linux/arm64/v8", 900));
    content.tag("team/app", "2.0", &digest);
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(action(&requests, "BatchGetImage"), 1);
    let rows = scenario.rows();
    let row = rows.iter().find(|row| row.digest == digest).unwrap();
    let facts = content.facts("team/app", &digest);
    assert_eq!(row.facts.pushed, Some(facts.pushed));
    assert_eq!(row.facts.pulled, facts.pulled);
    assert_eq!(row.platforms[0].to_string(), "linux/arm64/v8");
    assert!(row.image.size.is_some());
}

#[tokio::test]
async fn lists_of_many_pages_are_read_to_their_end() {
    let content = Content::empty();
    for at in 0..7_u64 {
        let name = format!("team/app-{at}");
        for tag in 0..5_u64 {
            let digest = content.put_image(&name, &ImageSpec::new("linux/amd64", at * 10 + tag));
            content.tag(&name, &format!("1.{tag}"), &digest);
        }
    }
    let settings = [("page-size", "2"), ("children", "none"), ("type", "ecr")];
    let mut scenario = Scenario::new(Product::Ecr(ecr()), content, Some(KEY), &settings).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 35);
    assert_eq!(action(&requests, "DescribeRepositories"), 4);
    assert_eq!(action(&requests, "DescribeImages"), 7 * 3);
    // A size that it would refuse is never asked for.
    let mut scenario = scenario.again(Some(KEY), &[("page-size", "5000"), ("type", "ecr")]);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "ecr-api");
}

#[tokio::test]
async fn children_of_indexes_come_many_at_a_time() {
    let content = Content::empty();
    for at in 0..20_u64 {
        let images = ["linux/amd64", "linux/arm64/v8", "linux/s390x"];
        let index = IndexSpec {
            images: images.map(|platform| ImageSpec::new(platform, at)).to_vec(),
            attestations: true,
            docker: false,
        };
        let digest = content.put_index("team/app", &index);
        content.tag("team/app", &format!("1.{at}"), &digest);
    }
    let settings = [("children", "platforms"), ("type", "ecr")];
    let mut scenario = Scenario::new(Product::Ecr(ecr()), content, Some(KEY), &settings).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 20);
    assert_eq!(manifests_read(&requests), 0, "{:#?}", shown(&requests));
    // The indexes, and then their sixty children.
    assert_eq!(action(&requests, "BatchGetImage"), 2);
    assert!(scenario.rows().iter().all(|row| row.image.size.is_some()));
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(requests.len(), 3, "{:#?}", shown(&requests));
}

#[tokio::test]
async fn what_is_deleted_goes() {
    let content = small();
    let mut scenario = scenario(content.clone(), Some(KEY)).await;
    scenario.crawl().await;
    assert!(content.untag("base/alpine", "1.2"));
    let gone = content.shelves()[1].tags[0].1.clone();
    assert!(content.remove_manifest("team/app", &gone));
    scenario.crawl_whole().await;
    let rows = scenario.rows();
    // Its image stays, without a tag.
    assert_eq!(rows.len(), 5);
    assert_eq!(rows.iter().filter(|row| row.tags.is_empty()).count(), 1);
}

#[tokio::test]
async fn what_is_archived_is_there_and_is_read_when_it_is_back() {
    let digest = small().shelves()[0].tags[0].1.clone();
    let archiving = |archived: &[Digest]| Ecr {
        archived: archived.to_vec(),
        ..ecr()
    };
    let mut scenario = faulty(archiving(std::slice::from_ref(&digest)), Vec::new()).await;
    let row = |scenario: &Scenario| {
        let mut rows = scenario.rows().into_iter();
        rows.find(|row| row.digest == digest).unwrap()
    };
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 6);
    assert!(notes(&ended).contains("until they are restored"));
    let archived = row(&scenario);
    assert_eq!((archived.platforms.len(), archived.tags.len()), (0, 1));
    assert!(archived.image.size.is_some() && archived.facts.pushed.is_some());
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(ended.record.changes, 0);
    assert_eq!(action(&requests, "BatchGetImage"), 0);
    for (archived, reads) in [(vec![], 1), (vec![digest.clone()], 0)] {
        scenario.simulator = faulty(archiving(&archived), Vec::new()).await.simulator;
        scenario.change("", Some(KEY), &SETTINGS);
        let (ended, requests) = scenario.crawl_whole().await;
        assert_eq!(action(&requests, "BatchGetImage"), reads);
        assert_eq!(ended.record.gone, 0);
        assert_eq!(row(&scenario).platforms.len(), 1);
    }
}

#[tokio::test]
async fn that_reading_counts_as_a_pull_is_said_where_something_was_read() {
    let mut scenario = scenario(small(), Some(KEY)).await;
    let (ended, _) = scenario.crawl_whole().await;
    assert!(notes(&ended).contains("RegisterPullTimeUpdateExclusion"));
    let (ended, _) = scenario.crawl_whole().await;
    assert_eq!(ended.summary.notes, Vec::<String>::new());
}

#[tokio::test]
async fn a_key_that_was_lent_goes_with_its_session_token() {
    let token = format!("command:echo {SESSION}");
    let settings = [
        ("children", "none"),
        ("type", "ecr"),
        ("api-token", token.as_str()),
    ];
    let product = Product::Ecr(ecr());
    let mut scenario = Scenario::new(product, small(), Some(LENT), &settings).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "ecr-api");
    let told = of_api(&scenario.checked(Some(LENT), Some(SESSION)).await);
    assert!(told.starts_with("passed: ecr-api lists"), "{told}");
}

#[tokio::test]
async fn a_key_that_is_wrong_is_sent_once_and_loses_nothing() {
    let ended_key = Ecr::new(vec![EcrKey::new(
        User::administrator(KEY.0, KEY.1).expired(),
    )]);
    for (product, account, says, hint) in [
        (
            ecr(),
            (KEY.0, "wrong-secret-key"),
            "InvalidSignatureException",
            "clock",
        ),
        (
            ecr(),
            ("AKIAUNKNOWN000000000", KEY.1),
            "UnrecognizedClientException",
            "check the access key id",
        ),
        // Without its session token.
        (ecr(), LENT, "UnrecognizedClientException", "`api-token`"),
        (ended_key, KEY, "ExpiredTokenException", "is over"),
    ] {
        let product = Product::Ecr(product);
        let mut scenario = Scenario::new(product, small(), Some(account), &SETTINGS).await;
        let (ended, requests) = scenario.crawl().await;
        let signed = requests
            .iter()
            .filter(|request| request.authorization != Authorization::None);
        assert_eq!(signed.count(), 1, "{:#?}", shown(&requests));
        assert_eq!(ended.summary.outcome, Outcome::Failed);
        let failure = &ended.summary.failures[0];
        assert_eq!(failure.class, Class::Authentication, "{failure:?}");
        assert!(failure.message.contains(says), "{failure:?}");
        assert!(failure.hint.as_ref().unwrap().contains(hint), "{failure:?}");
        assert!(!format!("{ended:?}").contains(account.1));
        let told = of_api(&scenario.checked(Some(account), None).await);
        assert!(!told.starts_with("passed"), "{told}");
    }
}

#[tokio::test]
async fn a_key_that_ends_between_two_crawls_loses_nothing() {
    let over = error("ExpiredTokenException", "The security token is expired");
    let faults = vec![fault("#DescribeRepositories", over).when(When::Every(2))];
    let mut scenario = faulty(ecr(), faults).await;
    scenario.crawl_whole().await;
    let before = scenario.seen();
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.failures[0].class, Class::Authentication);
    assert_eq!((ended.record.gone, ended.record.changes), (0, 0));
    same(&before, &scenario.seen());
}

#[tokio::test]
async fn a_password_that_is_over_is_lent_anew_once() {
    let short = Ecr {
        password_uses: Some(4),
        ..ecr()
    };
    let settings = [("children", "none"), ("type", "ecr"), ("v2-only", "true")];
    let product = Product::Ecr(short);
    let mut scenario = Scenario::new(product, small(), Some(KEY), &settings).await;
    let (_, requests) = scenario.crawl().await;
    // The first is replaced; where the second is refused as soon, that is no fault of its.
    assert_eq!(
        action(&requests, "GetAuthorizationToken"),
        2,
        "{:#?}",
        shown(&requests)
    );
    // One whose end has passed already is used all the same, and not asked for each time.
    let ended_before = Ecr {
        password_ends: 1_441_000_000.0,
        ..ecr()
    };
    let mut scenario = faulty(ended_before, Vec::new()).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(action(&requests, "GetAuthorizationToken"), 1);
    // Who lends none is not asked again and again.
    let denied = error("AccessDeniedException", "not authorized to perform");
    let faults = vec![fault("#GetAuthorizationToken", denied)];
    let mut scenario = faulty(ecr(), faults).await;
    let (ended, requests) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    assert_eq!(action(&requests, "GetAuthorizationToken"), 1);
    let failure = &ended.summary.failures[0];
    assert_eq!(failure.class, Class::Denied);
    assert!(
        failure
            .hint
            .as_ref()
            .unwrap()
            .contains("ecr:GetAuthorizationToken"),
        "{failure:?}"
    );
    // What the list and the manifests tell stays: only the platform is not known.
    assert_eq!(scenario.rows().len(), 6);
}

#[tokio::test]
async fn the_user_aws_signs_in_to_v2_alone() {
    for settings in [&SETTINGS[..], &[("children", "none")]] {
        let account = Some(("AWS", "a-password-that-is-over"));
        let product = Product::Ecr(ecr());
        let mut scenario = Scenario::new(product, small(), account, settings).await;
        let (ended, requests) = scenario.crawl().await;
        assert_eq!(ended.summary.outcome, Outcome::Failed);
        let failure = &ended.summary.failures[0];
        assert!(failure.message.contains("has expired"), "{failure:?}");
        assert_eq!(action(&requests, ""), 0, "{:#?}", shown(&requests));
        let told = of_api(&scenario.checked(account, None).await);
        assert!(told.contains("access key's id"), "{told}");
    }
}

#[tokio::test]
async fn what_is_no_list_is_listed_by_v2_and_told() {
    let mut right = faulty(ecr(), Vec::new()).await;
    right.crawl().await;
    let right = right.seen();
    for place in ["#DescribeRepositories", "#DescribeImages", "#BatchGetImage"] {
        for (what, words) in no_lists() {
            let mut scenario = faulty(ecr(), vec![fault(place, what.clone())]).await;
            let (ended, requests) = scenario.crawl_whole().await;
            same(&right, &scenario.seen());
            let listed_by = if place == "#BatchGetImage" {
                "ecr-api"
            } else {
                "ecr-api, v2"
            };
            // All that is known was listed by the other.
            let by = scenario.listed_by();
            assert!(
                by == listed_by || place == "#DescribeImages" && by == "ecr-api, v2",
                "{place}: {what:?}: {by}"
            );
            let notes = notes(&ended);
            // Repositories that are missing by the API may be so by V2, which then says it.
            let is_silent = words == "404" && place != "#DescribeRepositories";
            assert!(
                is_silent || notes.contains(words),
                "{place}: {what:?}: {notes}"
            );
            assert!(asked(&requests, place) <= 3, "{:#?}", shown(&requests));
        }
    }
}

#[tokio::test]
async fn rights_that_lack_are_named_and_the_rest_is_read() {
    for (lacks, place) in [
        ("DescribeRepositories", "ecr:DescribeRepositories"),
        ("DescribeImages", "ecr:DescribeImages"),
        ("BatchGetImage", "ecr:BatchGetImage"),
    ] {
        let key = EcrKey::new(User::administrator(KEY.0, KEY.1)).without(&[lacks]);
        let mut scenario = faulty(Ecr::new(vec![key]), Vec::new()).await;
        let (ended, _) = scenario.crawl().await;
        let said = format!("{:?} {:?}", ended.summary.notes, ended.summary.failures);
        assert!(said.contains(place), "{said}");
        assert_eq!(ended.record.gone, 0);
        if lacks == "DescribeImages" {
            complete(&ended);
            assert_eq!(scenario.rows().len(), 6);
        }
    }
}

#[tokio::test]
async fn who_asks_too_much_waits_and_nothing_is_lost() {
    let slow = error("ThrottlingException", "Rate exceeded");
    let broken = error("ServerException", "try again");
    let refused = What::Status {
        code: 429,
        retry_after: Some(0),
    };
    let faults = vec![
        fault("#DescribeRepositories", slow.clone()).when(When::First(1)),
        fault("#DescribeImages", broken).when(When::First(1)),
        fault("#BatchGetImage", slow).when(When::First(1)),
        fault("/blobs/", refused).when(When::First(1)),
    ];
    let mut scenario = faulty(ecr(), faults).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "ecr-api");
    assert_eq!(scenario.rows().len(), 6);
}

#[tokio::test]
async fn a_list_that_leads_back_is_no_list() {
    let repositories = r#"{"repositories":[{"repositoryName":"base/alpine"}],"nextToken":"x"}"#;
    let faults = vec![fault(
        "#DescribeRepositories",
        say(200, "application/x-amz-json-1.1", repositories),
    )];
    let mut scenario = faulty(ecr(), faults).await;
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(action(&requests, "DescribeRepositories"), 2);
    let notes = notes(&ended);
    assert!(notes.contains("leads back"), "{notes}");
    assert_eq!(scenario.rows().len(), 6);
}

#[tokio::test]
async fn hostile_names_are_told_and_harmless() {
    let images = "{\"imageDetails\":[{\"imageDigest\":\"sha256:x\\u001b[2J\"},7,\
                  {\"imageDigest\":null}]}";
    let repositories = "{\"repositories\":[{\"repositoryName\":\"base/alpine\"},\
                        {\"repositoryName\":\"Bad\\u001b[2J\\u202ename\"},{}]}";
    let kind = "application/x-amz-json-1.1";
    let behaviour = |place: &str, body: &str| vec![fault(place, say(200, kind, body))];
    let mut scenario = faulty(ecr(), behaviour("#DescribeRepositories", repositories)).await;
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    let said = format!("{:?}", ended.summary.failures);
    assert!(said.contains("Bad") && !said.contains('\u{1b}') && !said.contains('\u{202e}'));
    assert_eq!(scenario.rows().len(), 3);
    // A page that holds what is no entry is none.
    let mut scenario = faulty(ecr(), behaviour("#DescribeImages", images)).await;
    let (ended, _) = scenario.crawl_whole().await;
    let notes = notes(&ended);
    assert!(notes.contains("no object"), "{notes}");
    // A tag that is none is told; its image is there, and nothing counts as gone.
    let digest = small().shelves()[0].tags[0].1.to_string();
    let strange = format!(
        "{{\"imageDetails\":[{{\"imageDigest\":\"{digest}\",\"imageTags\":[\"1.0\",\"a b\\u001b\"],\
         \"imageManifestMediaType\":\"application/vnd.oci.image.manifest.v1+json\"}}]}}"
    );
    let mut scenario = faulty(ecr(), behaviour("#DescribeImages", &strange)).await;
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    let said = format!("{:?}", ended.summary.failures);
    assert!(said.contains("a b") && !said.contains('\u{1b}'), "{said}");
}

#[tokio::test]
async fn manifests_that_are_not_what_they_are_said_to_be_are_read_by_themselves() {
    let digest = small().shelves()[0].tags[0].1.to_string();
    let wrong = format!(
        r#"{{"images":[{{"imageId":{{"imageDigest":"{digest}"}},
            "imageManifest":"{{\"schemaVersion\":2,\"config\":{{}},\"layers\":[]}}"}},
           {{"imageId":{{"imageDigest":"x"}},"imageManifest":7}}],"failures":[]}}"#
    );
    let kind = "application/x-amz-json-1.1";
    let faults = vec![fault("#BatchGetImage", say(200, kind, &wrong))];
    let mut right = faulty(ecr(), Vec::new()).await;
    right.crawl().await;
    let mut scenario = faulty(ecr(), faults).await;
    let (_, requests) = scenario.crawl_whole().await;
    assert_eq!(manifests_read(&requests), 6);
    same(&right.seen(), &scenario.seen());
}

#[tokio::test]
async fn nothing_but_the_registry_and_its_api_is_signed_in_to() {
    let other = a_stranger().await;
    let there = other.address();
    let behaviour = |faults| Behaviour {
        product: Product::Ecr(ecr()),
        faults,
        ..Behaviour::default()
    };
    let api = Simulator::start(small(), behaviour(Vec::new()))
        .await
        .unwrap();
    let address = api.address();
    // The administrator's own word: that host gets what an API gets. Its passwords open
    // nothing at the registry, which is another.
    let settings: Vec<_> = SETTINGS
        .into_iter()
        .chain([("api", address.as_str())])
        .collect();
    let apart = Behaviour {
        product: Product::Ecr(ecr()),
        ..Behaviour::default()
    };
    let mut scenario = Scenario::behaving(apart, small(), Some(KEY), &settings).await;
    let (ended, _) = scenario.crawl().await;
    assert_eq!(scenario.listed_by(), "ecr-api", "{:?}", ended.summary.notes);
    let at_api = api.requests();
    assert!(
        at_api
            .iter()
            .all(|request| request.path_and_query.starts_with("/#")
                && request.authorization == Authorization::Other),
        "{:#?}",
        shown(&at_api)
    );
    // A redirect leads nowhere with a key.
    let leads_on = fault("#Describe", What::RedirectTo(format!("{there}/")));
    let mut scenario =
        Scenario::behaving(behaviour(vec![leads_on]), small(), Some(KEY), &SETTINGS).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.rows().len(), 6);
    heard_nothing(&other);
}

/// A server that repeats all that it was sent, whatever it was asked; what that was.
async fn echo() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let all = Arc::clone(&all);
            tokio::spawn(async move {
                let mut buffer = vec![0; 65536];
                let count = socket.read(&mut buffer).await.unwrap_or(0);
                let said = String::from_utf8_lossy(&buffer[..count]).into_owned();
                all.lock().unwrap().extend_from_slice(said.as_bytes());
                let said = said.replace(['"', '\r', '\n'], " ");
                let body = format!(r#"{{"__type":"AccessDeniedException","message":"{said}"}}"#);
                let answer = format!(
                    "HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                let _ = socket.write_all(answer.as_bytes()).await;
            });
        }
    });
    (address, heard)
}

#[tokio::test]
async fn the_secret_key_is_sent_to_nobody_and_no_secret_is_told() {
    let token = format!("command:echo {SESSION}");
    for settings in [
        vec![("type", "ecr"), ("api-token", token.as_str())],
        vec![("type", "ecr"), ("auth", "basic"), ("api-token", &token)],
        // Nothing says that it is Amazon's, but the form of the key.
        vec![("auth", "basic")],
        vec![("auth", "bearer")],
        Vec::new(),
    ] {
        let (address, heard) = echo().await;
        let mut bench =
            crate::support::bench::Bench::new(&super::spec(&address, Some(LENT), &settings));
        let ended = bench.crawl().await;
        let sent = heard.lock().unwrap().clone();
        let sent = String::from_utf8_lossy(&sent).into_owned();
        assert!(sent.contains("GET /v2/"), "{sent}");
        let is_signed = sent.contains("AWS4-HMAC-SHA256 Credential=ASIA");
        assert_eq!(is_signed, settings.contains(&("type", "ecr")), "{sent}");
        assert!(!sent.contains(LENT.1) && !sent.contains("Basic "), "{sent}");
        let told = format!("{:?}", ended.summary);
        assert!(
            !told.contains(LENT.1) && !told.contains("session-token"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn what_holds_no_password_is_told_without_it() {
    let half = r#"{"authorizationData":[{"authorizationToken":"QVdTOnNlbnRpbmVs"#;
    let kind = "application/x-amz-json-1.1";
    for body in [
        half,
        r#"{"authorizationData":[]}"#,
        r#"{"authorizationData":[{"authorizationToken":"c2VudGluZWw="}]}"#,
    ] {
        let faults = vec![fault("#GetAuthorizationToken", say(200, kind, body))];
        let mut scenario = faulty(ecr(), faults).await;
        let (ended, requests) = scenario.crawl().await;
        let said = format!("{:?}", ended.summary);
        assert!(said.contains("holds no password"), "{said}");
        assert!(!said.contains("QVdTOnNlbnRpbmVs"), "{said}");
        let sent: Vec<_> = requests.iter().map(|r| r.authorization).collect();
        assert!(!sent.contains(&Authorization::Basic));
    }
}

#[tokio::test]
async fn a_check_says_what_the_api_lists() {
    let scenario = scenario(small(), Some(KEY)).await;
    let report = scenario.checked(Some(KEY), None).await;
    let told = of_api(&report);
    assert_eq!(
        told,
        "passed: ecr-api lists: 2 repositories in the first answer"
    );
    let facts = format!("{report:?}");
    assert!(facts.contains(KEY.0) && !facts.contains(KEY.1), "{facts}");
}
