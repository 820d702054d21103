//! A registry that repeats a password or a token in every place of an answer that is
//! read, in five encodings, and a search of everything that the program says and keeps of
//! it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::program::{Program, files_below};
use crate::support::stand::{Routes, answer, stand};

const PASSWORD: &str = "open-sesame-4711";
const USER: &str = "purser";
const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJwdXJzZXIifQ.c2lnbmF0dXJlLW9mLWl0cw";

/// How a server writes a secret.
const ENCODINGS: [fn(&str) -> String; 5] = [plain, with_user, alone, percent, json];

fn plain(secret: &str) -> String {
    secret.to_owned()
}

fn with_user(secret: &str) -> String {
    STANDARD.encode(format!("{USER}:{secret}"))
}

fn alone(secret: &str) -> String {
    STANDARD.encode(secret)
}

fn percent(secret: &str) -> String {
    {
        let bytes = secret.bytes().map(|byte| format!("%{byte:02x}"));
        bytes.collect::<Vec<_>>().concat()
    }
}

fn json(secret: &str) -> String {
    let units = secret.encode_utf16();
    units
        .map(|unit| format!("\\u{unit:04x}"))
        .collect::<Vec<_>>()
        .concat()
}

/// What of the secrets stands in `text`, in any encoding, and in parts where it is the
/// token.
fn found(text: &[u8]) -> Option<(String, usize)> {
    let text = text.to_ascii_lowercase();
    let mut forms: Vec<String> = [PASSWORD, TOKEN]
        .iter()
        .flat_map(|secret| ENCODINGS.map(|encode| encode(secret)))
        .map(|form| form.trim_end_matches('=').to_owned())
        .collect();
    forms.extend((0..TOKEN.len() - 16).map(|at| TOKEN[at..at + 16].to_owned()));
    forms.into_iter().find_map(|form| {
        let wanted = form.to_ascii_lowercase();
        let mut parts = text.windows(wanted.len());
        let at = parts.position(|part| part == wanted.as_bytes())?;
        Some((form, at))
    })
}

/// Whoever reads `text` must not find a secret in it.
fn search(what: &str, text: &[u8]) {
    if let Some((form, at)) = found(text) {
        let around = &text[at.saturating_sub(300)..text.len().min(at + 200)];
        panic!(
            "`{form}` is in {what}:\n{}",
            String::from_utf8_lossy(around)
        );
    }
}

/// An image manifest of this configuration, with `more` members.
fn manifest(config: &str, more: &str) -> String {
    format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":2}},"layers":[]{more}}}"#
    )
}

const CONFIG: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const CHILD: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Registries below base paths of one host, all with `v` in them. `early` stands for it in
/// answers that come before anybody has signed in.
fn routes(v: &str, early: &str, by_token: bool) -> Routes {
    let said = |v: &str| {
        let mut headers = vec![
            format!("server: Nexus/{v} {v}"),
            format!("x-jfrog-version: Artifactory/{v}"),
            format!("gitlab-container-registry-version: {v}"),
            format!("warning: 299 - \"{v}\""),
            format!(
                "x-{}: 1",
                if v.contains(['%', '\\', '=', '/']) {
                    "y"
                } else {
                    v
                }
            ),
            format!("ratelimit-limit: 10;w={v}"),
            "docker-distribution-api-version: registry/2.0".to_owned(),
        ];
        headers.push(format!("set-cookie: sid={v}"));
        headers
    };
    let reply = |status: &str, kind: &str, more: &[String], body: &str| {
        let mut headers = said(v);
        headers.push(format!("content-type: {kind}"));
        headers.extend_from_slice(more);
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        answer(status, &headers, body)
    };
    let ok = |body: &str| reply("200 OK", "application/json", &[], body);
    let errors =
        format!(r#"{{"errors":[{{"code":"DENIED","message":"you sent {v}","detail":"{v}"}}]}}"#);
    let page = format!("<html><head><title>{v}</title></head><body>{v}</body></html>");
    let challenge = if by_token {
        format!(
            r#"www-authenticate: Bearer realm="http://{{self}}/token",service="{early}",scope="{early}""#
        )
    } else {
        format!(r#"www-authenticate: Basic realm="{early}", error="{early}""#)
    };
    let mut early_headers = said(early);
    early_headers.push(challenge);
    let early_headers: Vec<&str> = early_headers.iter().map(String::as_str).collect();
    let unauthorized = answer("401 Unauthorized", &early_headers, "{}");
    let oci = "application/vnd.oci.image.manifest.v1+json";
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","artifactType":"{v}","manifests":[
            {{"digest":"{CHILD}","platform":{{"os":"{v}","architecture":"{v}","variant":"{v}"}}}},
            {{"digest":"{CHILD}","platform":{{"os":"linux","architecture":"amd64","variant":"{v}"}}}}]}}"#
    );
    let redirect = |to: &str| reply("302 Found", "text/plain", &[format!("location: {to}")], "");
    let bare = answer(
        "401 Unauthorized",
        &[&format!(r#"www-authenticate: {early} realm="{early}""#)],
        &early.repeat(2),
    );
    let far = answer(
        "401 Unauthorized",
        &[&format!(
            r#"www-authenticate: Bearer realm="http://169.254.1.1/{early}?x={early}""#
        )],
        "",
    );
    let entries = format!(r#"["team/app","team/next","{v}",7,"x {v}"]"#);
    let tags: Vec<String> = [
        "plain", "index", "stated", "child", "type", "page", "away", "denied", "missing", "config",
        "schema1",
    ]
    .map(|tag| format!("\"{tag}\""))
    .into();
    let tags = tags.join(",");
    vec![
        // Who asks without signing in gets nothing but the challenge.
        ("anonymous GET /deep", unauthorized.clone()),
        ("anonymous GET /lists", unauthorized.clone()),
        ("anonymous GET /fail", unauthorized),
        ("GET /odd", bare),
        ("GET /far", far),
        (
            "GET /token",
            answer(
                "200 OK",
                &["content-type: application/json"],
                &format!(
                    r#"{{"token":"{TOKEN}","expires_in":300,"issued_at":"{v}","scope":"{v}"}}"#
                ),
            ),
        ),
        ("GET /deep/v2/ ", ok("{}")),
        (
            "GET /deep/v2/_catalog?last",
            reply(
                "200 OK",
                "application/json",
                &[format!("link: </deep/v2/_catalog?x={v}>; rel=\"next\"")],
                &format!(r#"{{"repositories":{entries}}}"#),
            ),
        ),
        (
            "GET /deep/v2/_catalog?x=",
            reply("403 Forbidden", "application/json", &[], &errors),
        ),
        (
            "GET /deep/v2/_catalog",
            reply(
                "200 OK",
                "application/json",
                &[format!(
                    "link: </deep/v2/_catalog?last=a&x={v}>; rel=\"next\""
                )],
                &format!(r#"{{"repositories":{entries}}}"#),
            ),
        ),
        (
            "GET /deep/v2/team/app/tags",
            ok(&format!(
                r#"{{"name":"team/app","tags":[{tags},"{v}",null]}}"#
            )),
        ),
        (
            "GET /deep/v2/team/next/tags",
            reply(
                "200 OK",
                "application/json",
                &[format!("link: <https://{v}.invalid/{v}>; rel=\"next\"")],
                r#"{"tags":["1"]}"#,
            ),
        ),
        (
            "GET /deep/v2/team/app/manifests/plain",
            reply(
                "200 OK",
                oci,
                &[],
                &manifest(
                    CONFIG,
                    &format!(r#","mediaType":"{v}","artifactType":"{v}""#),
                ),
            ),
        ),
        (
            "GET /deep/v2/team/app/manifests/index",
            reply(
                "200 OK",
                "application/vnd.oci.image.index.v1+json",
                &[],
                &index,
            ),
        ),
        (
            "GET /deep/v2/team/app/manifests/stated",
            reply(
                "200 OK",
                oci,
                &[format!("docker-content-digest: multihash:{v}")],
                &manifest(CONFIG, ""),
            ),
        ),
        (
            "GET /deep/v2/team/app/manifests/child",
            reply(
                "200 OK",
                "application/vnd.oci.image.index.v1+json",
                &[],
                &format!(r#"{{"schemaVersion":2,"manifests":[{{"digest":"multihash:{v}"}}]}}"#),
            ),
        ),
        (
            "GET /deep/v2/team/app/manifests/type",
            reply("200 OK", v, &[], &format!(r#"{{"{v}":"{v}"}}"#)),
        ),
        (
            "GET /deep/v2/team/app/manifests/page",
            reply("200 OK", "text/html", &[], &page),
        ),
        (
            "GET /deep/v2/team/app/manifests/away",
            redirect(&format!("ftp://{v}.invalid/{v}?x={v}")),
        ),
        (
            "GET /deep/v2/team/app/manifests/denied",
            reply("403 Forbidden", "application/json", &[], &errors),
        ),
        (
            "GET /deep/v2/team/app/manifests/missing",
            reply("404 Not Found", "text/html", &[], &page),
        ),
        (
            "GET /deep/v2/team/app/manifests/config",
            reply(
                "200 OK",
                oci,
                &[],
                &manifest(&CONFIG.replace("44136", "55136"), ""),
            ),
        ),
        (
            "GET /deep/v2/team/app/manifests/schema1",
            reply(
                "200 OK",
                "application/vnd.docker.distribution.manifest.v1+json",
                &[],
                &format!(
                    r#"{{"schemaVersion":1,"architecture":"{v}","history":[{{"v1Compatibility":"{{\"os\":\"linux\"}}"}}]}}"#
                ),
            ),
        ),
        (
            "GET /deep/v2/team/app/blobs/sha256:44136",
            reply("200 OK", "application/octet-stream", &[], "{}"),
        ),
        (
            "GET /deep/v2/team/app/blobs/sha256:55136",
            reply(
                "200 OK",
                "application/octet-stream",
                &[],
                &format!(r#"{{"os":"{v}","architecture":"{v}","created":"{v}"}}"#),
            ),
        ),
        (
            "GET /deep/v2/team/next/manifests/1",
            redirect(&format!("/deep/{v}/{v}?y={v}")),
        ),
        (
            "GET /deep/",
            reply("200 OK", "application/json", &[], &format!("[\"{v}\"]")),
        ),
        ("GET /lists/v2/ ", ok("{}")),
        (
            "GET /lists/v2/_catalog",
            ok(&format!(r#"{{"repositories":"{v}"}}"#)),
        ),
        ("GET /fail/v2/ ", ok("{}")),
        (
            "GET /fail/v2/_catalog",
            reply(
                "429 Too Many Requests",
                "text/plain",
                &[],
                &format!("slow down, {v}"),
            ),
        ),
        // Answers to anybody.
        (
            "GET /home/v2/",
            answer(
                "200 OK",
                &["content-type: text/html"],
                &page.replace(v, early),
            ),
        ),
        (
            "GET /broken/v2/",
            answer(
                "500 Internal Server Error",
                &["content-type: application/json"],
                &errors.replace(v, early),
            ),
        ),
        (
            "GET /moved/v2/",
            answer(
                "302 Found",
                &[&format!(
                    "location: http://{early}.invalid/{early}?z={early}"
                )],
                "",
            ),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_that_a_registry_repeats_is_shown_or_kept() {
    let program = Program::new().with("HUB_PASSWORD", PASSWORD);
    let way = ["--username", USER, "--password-env", "HUB_PASSWORD"];
    let mut names = Vec::new();
    let mut others = Vec::new();
    for (at, encode) in ENCODINGS.iter().enumerate() {
        for (kind, secret) in [("password", PASSWORD), ("token", TOKEN)] {
            let v = encode(secret);
            // A token is known once it was given.
            let early = if kind == "token" { "hub" } else { v.as_str() };
            let routes = routes(&v, early, kind == "token");
            // The search finds it in what the server says.
            let told: String = routes.iter().map(|(_, text)| text.as_str()).collect();
            assert!(found(told.as_bytes()).is_some(), "{v}");
            let address = stand(None, routes).await;
            for base in ["deep", "lists", "odd", "far"] {
                let name = format!("{base}-{kind}-{at}");
                let url = format!("http://{address}/{base}");
                let words = ["registry", "add", &name, &url];
                program.done(&[&words[..], &way].concat());
                names.push(name);
            }
            for base in ["fail", "home", "broken", "moved"] {
                others.push(format!("http://{address}/{base}"));
            }
        }
    }
    let mut printed = Vec::new();
    let mut run = |words: &[&str]| {
        let ran = program.run(words);
        let text = format!("{}\n{}", ran.stdout, ran.stderr);
        printed.push((words.join(" "), text));
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    for words in [
        &["crawl", "--all"][..],
        &["-v", "crawl", "--all", "--format", "json"],
        &["-vv", "crawl", "--all", "--full"],
        &["images", "--format", "json"],
        &["images"],
        &["registry", "list", "--format", "json"],
        &["registry", "list"],
        &["registry", "show", "deep-password-0", "--format", "json"],
        &["registry", "show", "deep-token-0"],
    ] {
        run(words);
    }
    for words in [
        &["check"][..],
        &["check", "--verbose"],
        &["-v", "check", "--format", "json"],
        &["-vv", "check", "--format", "text"],
    ] {
        run(&[words, &names].concat());
        run(&[words, &others, &way].concat());
    }
    let all: String = printed.iter().map(|(_, text)| text.as_str()).collect();
    let images = program.run(&["images", "--format", "ndjson"]).lines();
    assert!(images.len() >= 2 * ENCODINGS.len(), "{images:#?}");
    for (what, text) in &printed {
        search(&format!("what `{what}` printed"), text.as_bytes());
    }
    for file in files_below(program.home()) {
        search(&file.display().to_string(), &std::fs::read(&file).unwrap());
    }
    for part in [
        "(not shown)",
        "you sent (not shown)",
        "titled `(not shown)`",
    ] {
        assert!(all.contains(part), "{part}");
    }
    for part in [
        "(not shown)",
        "you sent (not shown)",
        "titled `(not shown)`",
    ] {
        assert!(all.contains(part), "{part}");
    }
}
