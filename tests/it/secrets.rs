//! A run that exercises everything, and then a search of all it left behind, printed and
//! passed on: neither the password nor a token is anywhere.

use crate::support::program::{Program, fed, files_below};
use crate::support::pty::Terminal;
use crate::support::stand::{Routes, answer, json, stand};

const PASSWORD: &str = "open-sesame-4711";
/// `purser:open-sesame-4711` in Base64.
const PAIR: &str = "cHVyc2VyOm9wZW4tc2VzYW1lLTQ3MTE=";
const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";
const SIGNATURE: &str = "X-Amz-Signature=5ec2e7";

/// Whoever reads `text` must not find a secret in it.
fn search(what: &str, text: &[u8]) {
    for secret in [PASSWORD, PAIR, TOKEN, "5ec2e7"] {
        let found = text
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(
            !found,
            "`{secret}` is in {what}: {}",
            String::from_utf8_lossy(text)
        );
    }
}

/// A registry that gives a token and repeats in its errors all that it was sent.
fn indiscreet() -> Routes {
    let bearer = r#"www-authenticate: Bearer realm="http://{self}/token",service="hub""#;
    // As many bytes as it says, whatever is put in: a connection that ends says so, too.
    let echo = r#"{"errors":[{"code":"UNKNOWN","message":"you sent {authorization}"}]}"#;
    let kind = "content-type: application/json";
    let failing = answer("403 Forbidden", &[kind], echo).replace("content-length", "x-length");
    vec![
        (
            "anonymous GET /v2/",
            answer("401 Unauthorized", &[bearer], ""),
        ),
        ("GET /v2/ ", json("{}")),
        (
            "GET /token",
            json(&format!(r#"{{"token":"{TOKEN}","expires_in":300}}"#)),
        ),
        (
            "GET /v2/_catalog",
            json(r#"{"repositories":["team/app","team/bad"]}"#),
        ),
        ("GET /v2/team/app/tags", json(r#"{"tags":["1.0","2.0"]}"#)),
        ("GET /v2/team/bad/tags", failing.clone()),
        (
            "GET /v2/team/app/manifests/1.0",
            answer(
                "302 Found",
                &[&format!("location: ftp://s3.invalid/x?{SIGNATURE}")],
                "",
            ),
        ),
        ("GET /v2/team/app/manifests/2.0", failing),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_left_anywhere() {
    let token = format!("http://{}", stand(None, indiscreet()).await);
    let refusing = answer(
        "401 Unauthorized",
        &["www-authenticate: Basic realm=\"hub\""],
        "who is {authorization}?",
    )
    .replace("content-length", "x-length");
    let basic = format!("http://{}", stand(None, vec![("GET", refusing)]).await);
    let program = Program::new()
        .with("HUB_PASSWORD", PASSWORD)
        .with("SUPERCARGO_COMMAND_ENVIRONMENT", "HUB_PASSWORD")
        .with("SUPERCARGO_PASSPHRASE", "a passphrase of its own")
        .with(
            "http_proxy",
            &format!("http://purser:{PASSWORD}@127.0.0.1:9"),
        )
        .with("NO_PROXY", "127.0.0.1");
    let way = ["--username", "purser", "--password-env", "HUB_PASSWORD"];
    let helper = [
        "--username",
        "purser",
        "--password-command",
        "printenv HUB_PASSWORD",
    ];
    let mut printed = Vec::new();
    let mut run = |words: &[&str]| {
        let ran = program.run(words);
        printed.push((words.join(" "), format!("{}{}", ran.stdout, ran.stderr)));
    };
    run(&[&["registry", "add", "hub", &token][..], &way].concat());
    run(&[&["registry", "add", "shut", &basic][..], &helper].concat());
    for words in [
        &["-vv", "crawl", "--all"][..],
        &["-vv", "check", "hub", "shut"],
        &["check", "hub", "--format", "json"],
        &[
            "check",
            "hub",
            "--proxy",
            &format!("http://purser:{PASSWORD}@127.0.0.1:9"),
        ],
        &[
            "registry",
            "add",
            "wrong",
            &format!("http://purser:{PASSWORD}@h"),
        ],
        &["registry", "list", "--format", "json"],
        &["registry", "show", "hub", "--format", "csv"],
        &["images"],
        &["registry", "edit", "shut", "--auth", "bearer"],
        &["-vv", "crawl", "shut", "--format", "json"],
    ] {
        run(words);
    }
    // What is kept in the encrypted file passes through standard input alone.
    let edit = [
        "registry",
        "edit",
        "hub",
        "--password-stdin",
        "--password-store",
        "file",
    ];
    let ran = fed(&mut program.command(&edit), PASSWORD);
    assert_eq!(ran.code, 0, "{ran:?}");
    printed.push(("edit".to_owned(), format!("{ran:?}")));
    let crawl = program.run(&["-vv", "crawl", "hub"]);
    assert!(crawl.stdout.contains("partial"), "{crawl:#?}");
    printed.push(("crawl".to_owned(), format!("{crawl:?}")));

    // The same on the screen, with its log, from the crawl to the failures and a check.
    let screen = tokio::task::block_in_place(|| {
        let environment = [
            ("HUB_PASSWORD", PASSWORD),
            ("SUPERCARGO_PASSPHRASE", "a passphrase of its own"),
        ];
        let mut terminal: Terminal =
            crate::terminal::open_verbosely(&program, 120, 40, &environment);
        terminal.wait_for("hub");
        terminal.keys("c");
        terminal.wait_for(": partial");
        terminal.keys("f");
        terminal.wait_for("Failures of hub");
        terminal.keys("\u{1b}");
        terminal.wait_gone("Failures of hub");
        terminal.keys("t");
        terminal.wait_until("the end of the check", |screen| {
            screen.contains("failed at")
        });
        terminal.keys("\u{1b}");
        terminal.wait_gone("failed at");
        // Where the crawl is not over yet, it asks.
        terminal.keys("qy");
        assert!(terminal.wait_end().success());
        terminal.bytes()
    });
    search("what was drawn", &screen);

    for (what, text) in &printed {
        search(&format!("what `{what}` printed"), text.as_bytes());
    }
    let told: String = printed.iter().map(|(_, text)| text.as_str()).collect();
    assert!(told.contains("(not shown)"), "the exchange was printed");
    let files = files_below(program.home());
    assert!(
        files
            .iter()
            .any(|file| file.extension().is_some_and(|kind| kind == "redb"))
    );
    assert!(files.iter().any(|file| file.ends_with("secrets.age")));
    assert!(
        files
            .iter()
            .any(|file| file.display().to_string().contains("logs"))
    );
    for file in files {
        search(&file.display().to_string(), &std::fs::read(&file).unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o077;
            assert_eq!(mode, 0, "{} is not for its owner alone", file.display());
        }
    }
}

/// What a password command is started with, and what of our environment it sees: asked of
/// the running process itself.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_an_argument_or_a_childs_environment() {
    let hub = format!("http://{}", stand(None, indiscreet()).await);
    let program = Program::new()
        .with("SUPERCARGO_PASSWORD_OTHER", PASSWORD)
        // What another registry's `--password-env` may name.
        .with("OTHER_HUBS_SECRET", PASSWORD)
        .with("SUPERCARGO_PASSPHRASE", PASSWORD);
    let spy = program.home().join("spy");
    let seen = program.home().join("seen");
    std::fs::write(
        &spy,
        format!(
            "#!/bin/sh\ncat /proc/$$/environ /proc/$$/cmdline /proc/$PPID/cmdline > {}\necho pw\n",
            seen.display()
        ),
    )
    .unwrap();
    let command = format!("sh {}", spy.display());
    let flags = ["--username", "purser", "--password-command", &command];
    program.run(&[&["check", &hub][..], &flags].concat());
    let seen = std::fs::read(&seen).unwrap();
    assert!(
        seen.windows(14).any(|part| part == b"SUPERCARGO_REG"),
        "{seen:?}"
    );
    search("what a child is started with", &seen);
}
