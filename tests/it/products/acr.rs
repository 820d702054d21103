//! Azure Container Registry: listed by its own API, with tokens for each repository.

mod told;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use supercargo::model::{Class, Outcome};
use supercargo::simulator::{
    Acr, ArtifactSpec, Authorization, Behaviour, Content, Fault, ImageSpec, IndexSpec, Product,
    Recorded, User, What, When,
};

use super::situation::{
    a_stranger, asked, fault, heard_nothing, json, no_lists, notes, of_api, say, shown, wait,
};
use super::{Scenario, Seen, complete, repositories, same};

const ADMIN: (&str, &str) = ("contoso", "password-of-contoso");
/// A token with a scope map.
const MAP: (&str, &str) = ("map", "password-of-the-map");
/// One whose scope map has `content/read` alone.
const PULLER: (&str, &str) = ("puller", "password-of-the-puller");
/// Who signs in by a refresh token or a token of Entra ID.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

const TYPE: (&str, &str) = ("type", "acr");
const SETTINGS: [(&str, &str); 2] = [TYPE, ("children", "none")];
const BY_V2: [(&str, &str); 3] = [TYPE, ("children", "none"), ("v2-only", "true")];

/// A token as Entra ID gives it; nobody looks at its signature.
fn entra() -> String {
    let claims = r#"{"iss":"https://sts.windows.net/72f9/","tid":"72f9","aud":"acr"}"#;
    format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims))
}

fn acr() -> Acr {
    Acr {
        pull_only: vec![PULLER.0.to_owned()],
        refresh_tokens: vec![User::administrator("idle", "refresh-token-of-idle")],
        entra: vec![User::administrator("ann@contoso", &entra())],
        ..Acr::new(vec![
            User::administrator(ADMIN.0, ADMIN.1),
            User::member(MAP.0, MAP.1, &["base"]),
            User::member(PULLER.0, PULLER.1, &["base"]),
            User::administrator("old", "secret-that-ended").expired(),
        ])
    }
}

/// Three repositories with images, an index, what no tag names, and a signature.
fn content() -> Content {
    let content = Content::empty();
    for (at, name) in (0..).zip(["base/alpine", "platform/api/web", "tool"]) {
        for tag in 0..3_u64 {
            let image = ImageSpec::new("linux/amd64", at * 10 + tag);
            content.tag(name, &format!("1.{tag}"), &content.put_image(name, &image));
        }
    }
    let name = "base/alpine";
    let platforms = ["linux/amd64", "linux/arm64/v8"];
    let index = IndexSpec {
        images: platforms
            .map(|platform| ImageSpec::new(platform, 70))
            .to_vec(),
        attestations: true,
        docker: false,
    };
    let index = content.put_index(name, &index);
    content.tag(name, "multi", &index);
    let arm = content.put_image(name, &ImageSpec::new("linux/arm/v7", 71));
    content.tag(name, "arm", &arm);
    let signature = content.put_artifact(name, &ArtifactSpec::Signature { of: index });
    content.tag(name, "signed", &signature);
    content.put_image(name, &ImageSpec::new("linux/amd64", 72));
    content
}

async fn behaving(acr: Acr, faults: Vec<Fault>, account: (&str, &str)) -> Scenario {
    let behaviour = Behaviour {
        product: Product::Acr(acr),
        faults,
        ..Behaviour::default()
    };
    Scenario::behaving(behaviour, content(), Some(account), &SETTINGS).await
}

async fn scenario(account: (&str, &str)) -> Scenario {
    behaving(acr(), Vec::new(), account).await
}

fn tagged(scenario: &Scenario) -> BTreeSet<Seen> {
    let seen = scenario.seen().into_iter();
    seen.filter(|image| !image.tags.is_empty())
        // When it was built is for the configuration to say, which no list tells.
        .map(|image| Seen {
            created: None,
            ..image
        })
        .collect()
}

/// What a crawl by V2 finds.
async fn by_v2() -> BTreeSet<Seen> {
    let product = Product::Acr(acr());
    let mut scenario = Scenario::new(product, content(), Some(ADMIN), &BY_V2).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    tagged(&scenario)
}

#[tokio::test]
async fn what_no_tag_names_is_listed_and_children_are_none_of_it() {
    let mut scenario = scenario(ADMIN).await;
    scenario.crawl_whole().await;
    let rows = scenario.rows();
    let without: Vec<_> = rows.iter().filter(|row| row.tags.is_empty()).collect();
    assert_eq!(without.len(), 1, "{without:#?}");
    let content = scenario.simulator.content().clone();
    let (name, digest) = (without[0].repository.to_string(), without[0].digest.clone());
    let known = content.facts(&name, &digest).pushed.as_second();
    let told = without[0]
        .facts
        .pushed
        .map(supercargo::model::Timestamp::as_second);
    assert_eq!(told, Some(known));
    assert!(content.remove_manifest(&name, &digest));
    assert!(content.untag(&name, "1.2"));
    assert!(content.remove_repository("tool"));
    let (_, requests) = scenario.crawl_whole().await;
    // It is asked for nothing but the lists.
    assert_eq!(
        asked(&requests, "/manifests/"),
        0,
        "{:#?}",
        shown(&requests)
    );
    assert!(!repositories(&scenario.rows()).contains("tool"));
    let without = |row: &&supercargo::model::ImageRow| row.tags.is_empty();
    assert_eq!(scenario.rows().iter().filter(without).count(), 1);
}

#[tokio::test]
async fn an_untagged_index_that_cannot_be_read_makes_no_images_of_its_children() {
    let content = content();
    let platforms = ["linux/amd64", "linux/s390x"];
    let index = IndexSpec {
        images: platforms
            .map(|platform| ImageSpec::new(platform, 90))
            .to_vec(),
        attestations: false,
        docker: false,
    };
    let digest = content.put_index("tool", &index);
    let broken = What::Status {
        code: 500,
        retry_after: Some(0),
    };
    let behaviour = Behaviour {
        product: Product::Acr(acr()),
        faults: vec![fault(&format!("/manifests/{digest}"), broken)],
        ..Behaviour::default()
    };
    let mut scenario = Scenario::behaving(behaviour, content, Some(ADMIN), &SETTINGS).await;
    let (ended, _) = scenario.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Partial);
    let rows = scenario.rows().into_iter();
    let of = rows.filter(|row| row.repository.as_str() == "tool" && row.tags.is_empty());
    assert_eq!(of.count(), 0);
}

#[tokio::test]
async fn pages_are_read_to_their_end_whether_or_not_they_link() {
    let right = by_v2().await;
    for links in [true, false] {
        let product = Product::Acr(Acr { links, ..acr() });
        let settings = [TYPE, ("children", "none"), ("page-size", "2")];
        let mut scenario = Scenario::new(product, content(), Some(ADMIN), &settings).await;
        let (ended, requests) = scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "acr-api", "{:?}", ended.summary.notes);
        same(&right, &tagged(&scenario));
        for list in ["/_manifests", "/_tags"] {
            assert!(asked(&requests, list) > 6, "{:#?}", shown(&requests));
        }
    }
}

#[tokio::test]
async fn each_way_to_sign_in_lists() {
    let right = by_v2().await;
    let entra = entra();
    for (account, exchanges) in [
        (ADMIN, 0),
        ((NOBODY, "refresh-token-of-idle"), 0),
        ((NOBODY, entra.as_str()), 1),
    ] {
        let mut scenario = scenario(account).await;
        let (ended, requests) = scenario.crawl_whole().await;
        assert_eq!(scenario.listed_by(), "acr-api");
        same(&right, &tagged(&scenario));
        assert_eq!(asked(&requests, "/oauth2/exchange"), exchanges);
        let basic = |request: &&Recorded| request.authorization == Authorization::Basic;
        assert_eq!(requests.iter().any(|r| basic(&r)), account == ADMIN);
        // Every list and manifest is opened by a token of the registry's own.
        for request in requests.iter().filter(|r| r.path_and_query.contains("v1/")) {
            assert_eq!(request.authorization, Authorization::Bearer, "{request:?}");
        }
        scenario.is_harmless(&ended, account.1);
        let told = of_api(&scenario.checked(Some(account), None).await);
        assert!(told.starts_with("passed: acr-api lists"), "{told}");
    }
    // Nobody may pull where that is allowed, and names what to load.
    let open = Acr {
        anonymous_pull: true,
        ..acr()
    };
    let names = ("repository", "tool");
    let settings = [
        TYPE,
        ("children", "none"),
        names,
        ("load-full-list", "false"),
    ];
    let mut scenario = Scenario::new(Product::Acr(open), content(), None, &settings).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "acr-api");
    assert_eq!(scenario.rows().len(), 3);
}

#[tokio::test]
async fn who_may_not_list_is_told_what_right_is_missing() {
    // Those with a scope map name what to load.
    for account in [MAP, PULLER] {
        let mut scenario = scenario(account).await;
        let (ended, _) = scenario.crawl().await;
        assert_eq!(ended.summary.outcome, Outcome::Failed);
        let failure = &ended.summary.failures[0];
        assert_eq!(failure.class, Class::Denied, "{failure:?}");
        let hint = failure.hint.as_deref().unwrap();
        assert!(hint.contains("name the repositories to load"), "{hint}");
        let names = ("repository", "base/alpine");
        let settings = [
            TYPE,
            ("children", "none"),
            names,
            ("load-full-list", "false"),
        ];
        let mut scenario = scenario.again(Some(account), &settings);
        let (ended, _) = scenario.crawl().await;
        if account == MAP {
            complete(&ended);
            assert_eq!(scenario.listed_by(), "acr-api");
            assert_eq!(scenario.rows().len(), 7);
            continue;
        }
        let failure = &ended.summary.failures[0];
        assert_eq!(failure.class, Class::Denied, "{failure:?}");
        let hint = failure.hint.as_deref().unwrap();
        assert!(hint.contains("metadata/read"), "{hint}");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_sent_once_and_loses_nothing() {
    let mut scenario = scenario(ADMIN).await;
    scenario.crawl_whole().await;
    let ended_token = entra().replace("sig", "over");
    for account in [
        (ADMIN.0, "no-such-secret"),
        ("old", "secret-that-ended"),
        (NOBODY, "no-refresh-token"),
        (NOBODY, &ended_token),
    ] {
        scenario.change("", Some(account), &SETTINGS);
        let (ended, requests) = scenario.crawl_refused(account.1).await;
        let hint = ended.summary.failures[0].hint.as_deref().unwrap();
        assert!(hint.contains("nothing is tried again"), "{hint}");
        let at_token = asked(&requests, "/oauth2/");
        assert_eq!(at_token, 1, "{:#?}", shown(&requests));
    }
}

#[tokio::test]
async fn what_is_no_list_is_listed_by_v2_and_told() {
    let right = by_v2().await;
    for (place, listed_by) in [
        ("/acr/v1/_catalog", "acr-api, v2"),
        ("/_manifests", "acr-api, v2"),
        ("/_tags", "acr-api, v2"),
        ("/acr/v1/", "v2"),
    ] {
        let empty = (json("{}"), "it holds no");
        let throttled = What::Status {
            code: 405,
            retry_after: None,
        };
        let more = [empty, (throttled, "405")];
        for (what, words) in no_lists().into_iter().chain(more) {
            let faults = vec![fault(place, what.clone())];
            let mut scenario = behaving(acr(), faults, ADMIN).await;
            let (ended, requests) = scenario.crawl_whole().await;
            assert_eq!(scenario.listed_by(), listed_by, "{place}: {what:?}");
            same(&right, &tagged(&scenario));
            let notes = notes(&ended);
            // Repositories that are missing by the API may be so by V2, which then says it.
            let is_silent = words == "404" && place.starts_with("/_");
            assert!(
                is_silent || notes.contains(words),
                "{place}: {what:?}: {notes}"
            );
            assert!(asked(&requests, place) <= 4, "{:#?}", shown(&requests));
        }
    }
    // A digest that is not the tag's.
    let digest = format!("sha256:{}", "b".repeat(64));
    let rows = format!(
        r#"{{"imageName":"tool","manifests":[{{"digest":"{digest}","imageSize":70000,
            "mediaType":"application/vnd.oci.image.manifest.v1+json","os":"linux",
            "architecture":"amd64","tags":["1.0"]}}]}}"#
    );
    let tags = format!(r#"{{"imageName":"tool","tags":[{{"name":"1.0","digest":"{digest}"}}]}}"#);
    let wrong = vec![
        fault("/tool/_manifests", json(&rows)),
        fault("/tool/_tags", json(&tags)),
    ];
    let only = ("repository", "tool");
    let behaviour = Behaviour {
        product: Product::Acr(acr()),
        faults: wrong,
        ..Behaviour::default()
    };
    let settings = [TYPE, only, ("load-full-list", "false")];
    let mut scenario = Scenario::behaving(behaviour, content(), Some(ADMIN), &settings).await;
    let (ended, _) = scenario.crawl_whole().await;
    let notes = notes(&ended);
    assert!(notes.contains("the registry itself"), "{notes}");
    assert_eq!(scenario.rows().len(), 3);
}

#[tokio::test]
async fn a_throttled_or_refused_list_loses_nothing() {
    let denied = say(403, "application/json", "{}");
    let faults = vec![
        fault("/_manifests", wait(429)).when(When::First(2)),
        fault("/oauth2/token", wait(503)).when(When::First(1)),
        fault("/acr/v1/_catalog", denied.clone()).when(When::Every(2)),
        fault("/v2/_catalog", denied),
    ];
    let mut scenario = behaving(acr(), faults, ADMIN).await;
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "acr-api");
    let before = scenario.seen();
    let (ended, _) = scenario.crawl().await;
    assert_eq!(
        ended.summary.outcome,
        Outcome::Partial,
        "{:#?}",
        ended.summary.failures
    );
    assert_eq!(ended.record.gone, 0);
    assert!(notes(&ended).contains("403"));
    same(&before, &scenario.seen());
}

#[tokio::test]
async fn a_token_that_ends_in_between_is_asked_for_again() {
    let right = by_v2().await;
    let behaviour = Behaviour {
        product: Product::Acr(acr()),
        token_uses: Some(2),
        ..Behaviour::default()
    };
    // One request at a time: a token is not used up by others while one waits for it.
    let settings = [TYPE, ("children", "none"), ("max-connections", "1")];
    let mut scenario = Scenario::behaving(behaviour, content(), Some(ADMIN), &settings).await;
    scenario.crawl_whole().await;
    same(&right, &tagged(&scenario));
}

#[tokio::test]
async fn hostile_names_and_secrets_in_lists_are_harmless() {
    let rows = format!(
        r#"{{"imageName":"tool","manifests":[{{"digest":"no\u001b[2Jdigest"}},
            {{"digest":"sha256:{}","mediaType":"application/vnd.oci.image.manifest.v1+json",
              "architecture":"amd\u001b[31m","os":"linux","imageSize":1,
              "tags":["bad tag\u202e","{}"]}}, 7, null]}}"#,
        "c".repeat(64),
        ADMIN.1
    );
    let names = format!(
        r#"{{"repositories":["tool","Bad\u001b[2JName","{}", 7, null]}}"#,
        ADMIN.1
    );
    let tags = format!(
        r#"{{"imageName":"tool","tags":[{{"name":"bad\u001b[2Jtag"}},
            {{"name":"{}","digest":"sha256:{}"}}, 7, null]}}"#,
        ADMIN.1,
        "c".repeat(64)
    );
    let faults = vec![
        fault("/acr/v1/_catalog", json(&names)),
        fault("/tool/_manifests", json(&rows)),
        fault("/tool/_tags", json(&tags)),
    ];
    let mut scenario = behaving(acr(), faults, ADMIN).await;
    let (ended, _) = scenario.crawl().await;
    scenario.is_harmless(&ended, ADMIN.1);
    assert_eq!(ended.summary.outcome, Outcome::Partial);
}

#[tokio::test]
async fn nothing_but_the_registry_is_signed_in_to() {
    let other = a_stranger().await;
    let there = other.address();
    let leads = |path: &str, to: &str| fault(path, What::RedirectTo(format!("{there}{to}")));
    let link = What::Link(format!("<{there}/acr/v1/_catalog?last=a>; rel=\"next\""));
    let realm = |realm: &str| {
        let challenge = format!("Bearer realm=\"{realm}\",service=\"contoso.azurecr.io\"");
        What::Say {
            code: 401,
            headers: vec![("www-authenticate".to_owned(), challenge)],
            body: String::new(),
        }
    };
    let elsewhere = format!("{there}/oauth2/token");
    for (faults, account) in [
        (vec![leads("/acr/v1/_catalog", "/acr/v1/_catalog")], ADMIN),
        (vec![leads("/_manifests", "/x")], ADMIN),
        (vec![leads("/oauth2/exchange", "/x")], (NOBODY, "entra")),
        (vec![fault("/acr/v1/_catalog", link)], ADMIN),
        (
            vec![fault("/v2/", realm("http://169.254.169.254/oauth2/token"))],
            ADMIN,
        ),
        // A token of Entra ID opens more than a registry: it goes to no token server but
        // the registry itself.
        (vec![fault("/", realm(&elsewhere))], (NOBODY, "entra")),
    ] {
        let entra = entra();
        let account = if account.1 == "entra" {
            (NOBODY, entra.as_str())
        } else {
            account
        };
        let shown = format!("{faults:?}");
        let mut scenario = behaving(acr(), faults, account).await;
        let (ended, _) = scenario.crawl().await;
        scenario.is_harmless(&ended, account.1);
        for request in other.requests() {
            assert_eq!(
                request.authorization,
                Authorization::None,
                "{shown}: {request:?}"
            );
            assert!(
                !request.path_and_query.contains("oauth2"),
                "{shown}: {request:?}"
            );
        }
    }
    // Where else its API might be is no question.
    let settings = [TYPE, ("children", "none"), ("api", there.as_str())];
    let mut scenario = scenario(ADMIN).await.again(Some(ADMIN), &settings);
    scenario.crawl_whole().await;
    assert_eq!(scenario.listed_by(), "v2");
    let told = of_api(&scenario.checked(Some(ADMIN), None).await);
    assert!(told.contains("leave `api` unset"), "{told}");
    heard_nothing(&other);
}

#[tokio::test]
async fn a_wrong_type_is_told() {
    let settings = [("children", "none"), ("type", "nexus")];
    let product = Product::Acr(acr());
    let mut scenario = Scenario::new(product, content(), Some(ADMIN), &settings).await;
    let (ended, _) = scenario.crawl_whole().await;
    let notes = notes(&ended);
    assert!(notes.contains("looks like `acr`"), "{notes}");
}
