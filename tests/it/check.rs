//! The connection check against everything that may stand in the way: each stage that
//! fails says what was seen and what to do next, in a snapshot where all of it can be read
//! side by side.

use std::fmt::Write as _;
use std::future::ready;
use std::path::Path;
use std::time::Duration;

use supercargo::check::{Audience, check};
use supercargo::model::{
    AuthType, Credentials, ProxyChoice, RegistrySpec, RepositoryScope, Secret, Stage, Verdict,
};
use supercargo::secret::Found;
use tokio::net::TcpListener;

use crate::support::stand::{Authority, Leaf, Routes, answer, json, stand};

/// One thing that may stand in the way.
struct Scene {
    title: &'static str,
    /// The stage that must fail first.
    stage: Stage,
    spec: RegistrySpec,
    credentials: Option<Credentials>,
}

fn spec(address: &str) -> RegistrySpec {
    let mut spec = RegistrySpec::new("hub".parse().unwrap(), address.parse().unwrap());
    spec.proxy = ProxyChoice::Off;
    spec.limits.read_timeout = Duration::from_millis(400);
    spec
}

fn scene(title: &'static str, stage: Stage, address: &str) -> Scene {
    Scene {
        title,
        stage,
        spec: spec(address),
        credentials: None,
    }
}

impl Scene {
    fn with(mut self, change: impl FnOnce(&mut RegistrySpec)) -> Self {
        change(&mut self.spec);
        self
    }

    fn signed(mut self) -> Self {
        self.spec.username = Some("ann".into());
        self.credentials = Some(Credentials::new("ann", Secret::new("hunter2")));
        self
    }
}

/// An address where nobody listens: a port that was closed a moment ago may be another
/// test's by now.
const CLOSED: &str = "127.0.0.1:1";

/// A listener that takes connections and says nothing on them.
async fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            kept.push(socket);
        }
    });
    address
}

async fn http(routes: Routes) -> String {
    format!("http://{}", stand(None, routes).await)
}

/// A registry in which `changed` answers stand before the good ones.
async fn registry(changed: Routes) -> String {
    let mut routes = changed;
    routes.extend([
        (
            "GET /v2/nosuch/",
            refusal(
                "404 Not Found",
                "NAME_UNKNOWN",
                "repository name not known to registry",
            ),
        ),
        ("GET /v2/ ", json("{}")),
        ("GET /v2/_catalog", json(r#"{"repositories":["team/app"]}"#)),
        (
            "GET /v2/team/app/tags/list",
            json(r#"{"name":"team/app","tags":["1.0"]}"#),
        ),
        (
            "GET /v2/team/app/manifests/",
            answer(
                "200 OK",
                &["content-type: application/vnd.oci.image.index.v1+json"],
                r#"{"schemaVersion":2,"manifests":[]}"#,
            ),
        ),
    ]);
    http(routes).await
}

const PAGE: &str = "<!doctype html><html><title>Intranet</title></html>";

fn page(status: &str) -> String {
    answer(status, &["content-type: text/html"], PAGE)
}

fn refusal(status: &str, code: &str, message: &str) -> String {
    let body = format!(r#"{{"errors":[{{"code":"{code}","message":"{message}"}}]}}"#);
    answer(status, &["content-type: application/json"], &body)
}

fn challenge(value: &str) -> String {
    let header = format!("www-authenticate: {value}");
    answer("401 Unauthorized", &[&header], "")
}

fn bearer() -> String {
    challenge(r#"Bearer realm="http://{self}/token",service="hub""#)
}

async fn network() -> Vec<Scene> {
    let nowhere = CLOSED;
    let proxy =
        |address: String| move |spec: &mut RegistrySpec| spec.proxy = ProxyChoice::Url(address);
    let refusing = |status: &'static str| async move {
        let routes = vec![
            ("CONNECT", answer(status, &[], "")),
            ("GET", answer(status, &[], "")),
        ];
        stand(None, routes).await
    };
    let asking = refusing("407 Proxy Authentication Required").await;
    let forbidding = refusing("403 Forbidden").await;
    let hub = "https://hub.invalid";
    let scene_by =
        |title, address: &str, by: String| scene(title, Stage::Proxy, address).with(proxy(by));
    vec![
        scene(
            "a name that does not exist",
            Stage::Resolve,
            "https://nosuch.invalid",
        ),
        scene(
            "a port where nobody listens",
            Stage::Connect,
            &format!("https://{nowhere}"),
        ),
        scene_by(
            "a proxy that is not there",
            hub,
            format!("http://{nowhere}"),
        ),
        scene_by(
            "a proxy whose name does not exist",
            hub,
            "http://proxy.invalid:3128".into(),
        ),
        scene_by(
            "a proxy that asks for a password",
            hub,
            format!("http://{asking}"),
        ),
        scene_by(
            "a proxy that refuses the password",
            hub,
            format!("http://ann:hunter2@{asking}"),
        ),
        scene_by(
            "a proxy that forbids the way",
            hub,
            format!("http://{forbidding}"),
        ),
        scene_by(
            "a proxy that asks for a password, before a registry without TLS",
            "http://hub.invalid",
            format!("http://{asking}"),
        ),
        scene_by(
            "a SOCKS proxy that is none",
            hub,
            format!("socks5h://{}", stand(None, vec![]).await),
        ),
        scene_by(
            "a proxy that never answers",
            hub,
            format!("http://{}", silent().await),
        ),
    ]
}

async fn tls(folder: &Path) -> Vec<Scene> {
    let authority = Authority::new("Corp Root");
    let file = folder.join("corp.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let notes = folder.join("notes.txt");
    std::fs::write(&notes, "hello").unwrap();
    let serve = async |leaf: Leaf<'_>| {
        let routes = vec![("GET /v2/ ", json("{}"))];
        format!(
            "https://{}",
            stand(Some(authority.server(&leaf)), routes).await
        )
    };
    let trusting = |spec: &mut RegistrySpec| spec.tls.ca_file = Some(file.clone());
    let good = serve(Leaf::default()).await;
    let scene = |title, address: &str| scene(title, Stage::Tls, address);
    vec![
        scene("an authority that this host does not know", &good),
        scene(
            "a certificate that signs itself",
            &serve(Leaf {
                signs_itself: true,
                ..Leaf::default()
            })
            .await,
        ),
        scene(
            "a certificate that has expired",
            &serve(Leaf {
                years: (2020, 2021),
                ..Leaf::default()
            })
            .await,
        )
        .with(trusting),
        scene(
            "a certificate of the future",
            &serve(Leaf {
                years: (2089, 2090),
                ..Leaf::default()
            })
            .await,
        )
        .with(trusting),
        scene(
            "a certificate for other names",
            &serve(Leaf {
                names: &["hub.corp", "hub"],
                ..Leaf::default()
            })
            .await,
        )
        .with(trusting),
        scene(
            "a registry that asks for a client certificate",
            &serve(Leaf {
                wants_certificate: true,
                ..Leaf::default()
            })
            .await,
        )
        .with(trusting),
        scene(
            "a port that does not speak TLS",
            &format!("https://{}", stand(None, vec![]).await),
        ),
        scene(
            "a TLS port that never answers",
            &format!("https://{}", silent().await),
        ),
        scene("a CA file that is not there", &good)
            .with(|spec| spec.tls.ca_file = Some("/nosuch/corp.pem".into())),
        scene("a CA file that holds no certificate", &good)
            .with(|spec| spec.tls.ca_file = Some(notes.clone())),
        scene("a client certificate that is none", &good).with(|spec| {
            spec.tls.client_cert = Some(notes.clone());
            spec.tls.client_key = Some(notes.clone());
        }),
    ]
}

async fn ping() -> Vec<Scene> {
    let authority = Authority::new("Corp Root");
    let tls = stand(Some(authority.server(&Leaf::default())), vec![]).await;
    let mut scenes = vec![
        scene(
            "a TLS port spoken to without TLS",
            Stage::Ping,
            &format!("http://{tls}"),
        ),
        scene(
            "a registry that never answers",
            Stage::Ping,
            &format!("http://{}", silent().await),
        ),
    ];
    for (title, reply) in [
        ("a web page", page("200 OK")),
        ("nothing at this path", page("404 Not Found")),
        ("a firewall's page", page("403 Forbidden")),
        (
            "a registry that is busy",
            answer("429 Too Many Requests", &[], ""),
        ),
        ("a registry that is down", page("502 Bad Gateway")),
        (
            "a service that speaks another language",
            "SSH-2.0-OpenSSH_9\r\n".to_owned(),
        ),
        (
            "a redirect to a login page elsewhere",
            answer("302 Found", &["location: http://login.invalid/start"], ""),
        ),
        (
            "a redirect to a metadata service",
            answer(
                "302 Found",
                &["location: http://169.254.169.254/latest"],
                "",
            ),
        ),
        (
            "a TLS port that says so",
            page("400 Bad Request")
                .replace("Intranet", "The plain HTTP request was sent to HTTPS port")
                .replace(&format!("content-length: {}", PAGE.len()), "x-length: none"),
        ),
    ] {
        let address = http(vec![("GET /v2/ ", reply)]).await;
        let stage = match title {
            "a TLS port that says so" => Stage::Tls,
            _ => Stage::Ping,
        };
        scenes.push(scene(title, stage, &address));
    }
    scenes
}

async fn sign_in() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for (title, value) in [
        ("a sign-in of another kind", "Negotiate"),
        ("a challenge that says nothing", ""),
        (
            "a realm in a metadata service",
            r#"Bearer realm="http://169.254.169.254/token""#,
        ),
        (
            "a realm that is no URL",
            r#"Bearer realm="http://:99999999/""#,
        ),
        (
            "a realm of another scheme",
            r#"Bearer realm="ftp://auth.invalid/""#,
        ),
    ] {
        let address = registry(vec![("GET /v2/ ", challenge(value))]).await;
        scenes.push(scene(title, Stage::Challenge, &address).signed());
    }
    let silent = registry(vec![("GET /v2/ ", answer("401 Unauthorized", &[], ""))]).await;
    scenes.push(scene("a refusal without a challenge", Stage::Challenge, &silent).signed());
    let basic = challenge(r#"Basic realm="hub""#);
    let pinned = registry(vec![("GET /v2/ ", basic.clone())]).await;
    scenes.push(
        scene(
            "tokens wanted, where passwords are taken",
            Stage::Challenge,
            &pinned,
        )
        .signed()
        .with(|spec| spec.auth = AuthType::Bearer),
    );
    let everywhere = |reply: &String| vec![("GET /v2/", reply.clone())];
    scenes.push(scene(
        "no user name and password",
        Stage::Token,
        &http(everywhere(&basic)).await,
    ));
    scenes.push(
        scene(
            "a wrong password",
            Stage::Token,
            &http(everywhere(&basic)).await,
        )
        .signed(),
    );
    for (title, reply) in [
        (
            "a wrong password at the token server",
            refusal("401 Unauthorized", "UNAUTHORIZED", "bad credentials"),
        ),
        (
            "a token server that forbids",
            refusal("403 Forbidden", "DENIED", "no access"),
        ),
        ("a token server that is not there", page("404 Not Found")),
        (
            "a token server that is down",
            page("503 Service Unavailable"),
        ),
        ("a token server that answers with a page", page("200 OK")),
        ("a token server without a token", json("{}")),
        (
            "a token server that locks out",
            answer("429 Too Many Requests", &["retry-after: 60"], ""),
        ),
    ] {
        let address = http(vec![("GET /token", reply), ("GET /v2/", bearer())]).await;
        scenes.push(scene(title, Stage::Token, &address).signed());
    }
    let nowhere = CLOSED;
    let lost = challenge(&format!(r#"Bearer realm="http://{nowhere}/token""#));
    scenes.push(
        scene(
            "a token server that does not listen",
            Stage::Token,
            &http(everywhere(&lost)).await,
        )
        .signed(),
    );
    let mute = challenge(&format!(
        r#"Bearer realm="http://{}/token""#,
        self::silent().await
    ));
    scenes.push(
        scene(
            "a token server that never answers",
            Stage::Token,
            &http(everywhere(&mute)).await,
        )
        .signed(),
    );
    scenes
}

async fn content() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for (title, stage, path, reply) in [
        (
            "a catalogue that is refused",
            Stage::Catalogue,
            "GET /v2/_catalog",
            refusal(
                "403 Forbidden",
                "DENIED",
                "requested access to the resource is denied",
            ),
        ),
        (
            "a catalogue for others",
            Stage::Catalogue,
            "GET /v2/_catalog",
            challenge(r#"Basic realm="hub""#),
        ),
        (
            "no catalogue",
            Stage::Catalogue,
            "GET /v2/_catalog",
            page("404 Not Found"),
        ),
        (
            "a catalogue that is a page",
            Stage::Catalogue,
            "GET /v2/_catalog",
            page("200 OK"),
        ),
        (
            "a catalogue that fails",
            Stage::Catalogue,
            "GET /v2/_catalog",
            refusal("500 Internal Server Error", "UNKNOWN", "unknown error"),
        ),
        (
            "tags that are refused",
            Stage::Tags,
            "GET /v2/team/app/tags",
            refusal("403 Forbidden", "DENIED", "denied"),
        ),
        (
            "a repository that was emptied",
            Stage::Tags,
            "GET /v2/team/app/tags",
            refusal(
                "404 Not Found",
                "NAME_UNKNOWN",
                "repository name not known to registry",
            ),
        ),
        (
            "a manifest that is gone",
            Stage::Manifest,
            "GET /v2/team/app/manifests",
            refusal("404 Not Found", "MANIFEST_UNKNOWN", "manifest unknown"),
        ),
        (
            "a manifest that is a page",
            Stage::Manifest,
            "GET /v2/team/app/manifests",
            page("200 OK"),
        ),
        (
            "a manifest of another digest",
            Stage::Manifest,
            "GET /v2/team/app/manifests",
            answer(
                "200 OK",
                &[&format!("docker-content-digest: sha256:{}", "0".repeat(64))],
                r#"{"schemaVersion":2,"manifests":[]}"#,
            ),
        ),
    ] {
        scenes.push(scene(title, stage, &registry(vec![(path, reply)]).await));
    }
    let named = registry(vec![]).await;
    scenes.push(
        scene(
            "a named repository that does not exist",
            Stage::Tags,
            &named,
        )
        .with(|spec| {
            spec.load_full_list = false;
            spec.repositories = RepositoryScope::new(vec!["nosuch/app".into()]).unwrap();
        }),
    );
    scenes
}

/// The failing stages as a person reads them, without what differs from run to run.
fn told(scene: &Scene, report: &supercargo::model::CheckReport, folder: &Path) -> String {
    let mut text = format!("# {}\n", scene.title);
    for stage in &report.stages {
        let Verdict::Failed(failure) = &stage.verdict else {
            continue;
        };
        writeln!(
            text,
            "{} ({}): {}",
            stage.stage,
            failure.class.as_str(),
            failure.message
        )
        .unwrap();
        for fact in &stage.facts {
            writeln!(text, "    {fact}").unwrap();
        }
        let hint = failure.hint.as_deref();
        writeln!(text, "  → {}", hint.expect("every failure has a next step")).unwrap();
    }
    let named = |verdict: fn(&Verdict) -> bool| {
        let stages = report.stages.iter().filter(|stage| verdict(&stage.verdict));
        stages
            .map(|stage| stage.stage.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let passed = named(|verdict| matches!(verdict, Verdict::Passed(_)));
    let skipped = named(|verdict| matches!(verdict, Verdict::Skipped(_)));
    writeln!(text, "  passed: {passed}; skipped: {skipped}").unwrap();
    let address = scene.spec.endpoint.to_string();
    let authority = address
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    let text = text
        .replace(authority.trim_end_matches('/'), "REGISTRY")
        .replace(&folder.display().to_string(), "FOLDER");
    // Ports and days go by.
    let text = without_numbers(&text, "127.0.0.1:", "", "PORT");
    without_numbers(&text, "", " days", "N")
}

/// `text` with `name` for every number that stands between `before` and `after`.
fn without_numbers(text: &str, before: &str, after: &str, name: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let number = rest[start..].find(|c: char| !c.is_ascii_digit());
        let end = number.map_or(rest.len(), |length| start + length);
        out.push_str(&rest[..start]);
        let is_meant = out.ends_with(before) && rest[end..].starts_with(after);
        out.push_str(if is_meant { name } else { &rest[start..end] });
        rest = &rest[end..];
    }
    out + rest
}

#[tokio::test]
async fn every_message_of_a_failed_stage() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenes = network().await;
    scenes.extend(tls(folder.path()).await);
    scenes.extend(ping().await);
    scenes.extend(sign_in().await);
    scenes.extend(content().await);
    let (mut all, mut elsewhere) = (Vec::new(), Vec::new());
    for scene in &scenes {
        let found = Ok(Found {
            credentials: scene.credentials.clone(),
            place: "the test".to_owned(),
            ..Found::default()
        });
        let report = check(
            &scene.spec,
            |_| ready(found),
            Duration::from_secs(3),
            Audience::default(),
        )
        .await;
        let text = told(scene, &report, folder.path());
        let first = report.first_failure();
        if first.map(|failure| failure.stage) != Some(scene.stage) {
            elsewhere.push(format!("not at `{}`: {text}", scene.stage));
        }
        assert_eq!(report.stages.len(), 11, "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        all.push(text);
    }
    assert!(elsewhere.is_empty(), "{}", elsewhere.join("\n"));
    insta::assert_snapshot!(all.join("\n"));
}
