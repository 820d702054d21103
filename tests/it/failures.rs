//! Bad input: each kind gets a message that says what was attempted and what to do, the
//! rest goes on, and nothing already known is lost.

use std::fmt::Write as _;

use serde_json::Value;
use supercargo::simulator::{Auth, Behaviour, Fault, On, RouteKind, Simulator, What, When};

use crate::support::program::Program;
use crate::support::small::{serve, three_repositories};

/// The tags of each repository.
const TAGS: [&str; 3] = ["1.0", "1.1", "2.0"];

/// The names of images, and whether each is stale.
fn inventory(program: &Program) -> Vec<(String, bool)> {
    let mut names: Vec<(String, bool)> = program
        .images("hub")
        .iter()
        .map(|line| {
            let name = format!("{}@{}", line["repository"], line["digest"]);
            (name, !line["stale_since"].is_null())
        })
        .collect();
    names.sort();
    names
}

/// A failure as a person reads it, without what differs from run to run.
fn told(failure: &Value, address: &str) -> String {
    let text = |key: &str| {
        failure[key]
            .as_str()
            .unwrap_or("-")
            .replace(address, "http://REGISTRY")
    };
    let authority = address.trim_start_matches("http://");
    let line = format!(
        "{} {} {} {}: {}\n  → {}",
        text("stage"),
        text("class"),
        text("repository"),
        text("reference"),
        text("message"),
        text("hint"),
    );
    line.replace(authority, "REGISTRY")
}

struct Case {
    what: &'static str,
    fault: Fault,
    /// Failures that the crawl must record.
    failures: usize,
    /// Images that must be stale afterwards, of nine.
    stale: usize,
}

fn cases() -> Vec<Case> {
    let tags = |what| Fault::in_repository("team/api", RouteKind::Tags, what);
    let manifest = |what| Fault {
        on: On {
            route: Some(RouteKind::Manifest),
            repository: Some("team/api".into()),
            reference: Some("1.1".into()),
            ..On::default()
        },
        when: When::Always,
        what,
    };
    let everywhere = |what| Fault {
        on: On::default(),
        when: When::Always,
        what,
    };
    let status = |code| What::Status {
        code,
        retry_after: None,
    };
    let case = |what, fault, failures, stale| Case {
        what,
        fault,
        failures,
        stale,
    };
    vec![
        case(
            "a repository that vanishes between list and read",
            tags(status(404)),
            1,
            3,
        ),
        case("a repository that is refused", tags(status(403)), 1, 3),
        case(
            "a list of tags that is a page for people",
            tags(What::Html),
            1,
            3,
        ),
        case(
            "a list of tags that breaks off",
            tags(What::Truncate(12)),
            1,
            3,
        ),
        case("a manifest that is no JSON", manifest(What::NotJson), 1, 1),
        case(
            "a manifest that is a page for people",
            manifest(What::Html),
            1,
            1,
        ),
        case(
            "a digest that does not match",
            manifest(What::WrongDigest),
            1,
            1,
        ),
        case(
            "a manifest that breaks off",
            manifest(What::Truncate(20)),
            1,
            1,
        ),
        case(
            "a manifest larger than is read",
            manifest(What::Pad(17 << 20)),
            1,
            1,
        ),
        case(
            "a catalogue that is refused",
            Fault::on_route(RouteKind::Catalogue, status(403)),
            1,
            0,
        ),
        case(
            "a catalogue that fails",
            Fault::on_route(RouteKind::Catalogue, status(500)),
            1,
            0,
        ),
        case(
            "a server that is no registry: 404",
            everywhere(status(404)),
            4,
            9,
        ),
        case(
            "a server that is no registry: a page for people",
            everywhere(What::Html),
            4,
            9,
        ),
        case(
            "a redirect to a login page",
            everywhere(What::RedirectTo("https://login.invalid/?next=/v2/".into())),
            4,
            9,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_told_and_nothing_known_is_lost() {
    let content = three_repositories(&TAGS);
    let good = serve(&content, Vec::new()).await;
    let mut all = String::new();
    for Case {
        what,
        fault,
        failures,
        stale,
    } in cases()
    {
        let program = Program::new();
        program.done(&["registry", "add", "hub", &good.address()]);
        assert_eq!(program.crawl("hub")["outcome"], "complete");
        let before = inventory(&program);
        assert_eq!(before.len(), 9);

        // A moved tag makes the crawl read the manifest, not only confirm it.
        let bad = serve(&content, vec![fault.clone()]).await;
        let cold = Program::new();
        cold.done(&["registry", "add", "hub", &bad.address()]);
        let line = cold.crawl("hub");
        let _ = writeln!(all, "# {what}");
        for failure in line["failures"].as_array().unwrap() {
            assert!(failure["hint"].is_string(), "{what}: {failure:#}");
            let _ = writeln!(all, "{}", told(failure, &bad.address()));
        }
        let _ = writeln!(all);
        assert_ne!(line["outcome"], "complete", "{what}: {line:#}");

        program.done(&["registry", "edit", "hub", "--address", &bad.address()]);
        let line = program.crawl("hub");
        let found = line["failures"].as_array().unwrap().len();
        // What a cold crawl reads and a warm one only confirms may go well.
        assert!(found <= failures, "{what}: {line:#}");
        let after = inventory(&program);
        let names = |rows: &[(String, bool)]| {
            rows.iter()
                .map(|(name, _)| name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(&after),
            names(&before),
            "{what}: something known is lost"
        );
        let count = after.iter().filter(|(_, stale)| *stale).count();
        assert!(count <= stale, "{what}: {count} stale of {stale}");
        if found == failures && failures > 0 {
            assert_eq!(count, stale, "{what}");
        }

        program.done(&["registry", "edit", "hub", "--address", &good.address()]);
        let line = program.crawl("hub");
        assert_eq!(line["outcome"], "complete", "{what}: {line:#}");
        assert_eq!(
            [&line["new"], &line["gone"], &line["moved"]],
            [0, 0, 0],
            "{what}"
        );
        assert_eq!(inventory(&program), before, "{what}");
    }
    insta::assert_snapshot!("failures_of_a_crawl", all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_at_the_address_is_told_at_once() {
    let mut all = String::new();
    // A port that nobody listens on: it was ours a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let closed = format!("http://{free}");
    for (address, code) in [(closed.as_str(), 1), ("http://nosuch.invalid", 1)] {
        let program = Program::new();
        program.done(&["registry", "add", "hub", address]);
        let ran = program.run(&["crawl", "hub", "--format", "json"]);
        assert_eq!(ran.code, code, "{ran:#?}");
        let line: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(line["outcome"], "failed");
        assert_eq!(line["failures"].as_array().unwrap().len(), 1);
        let _ = writeln!(all, "{}", told(&line["failures"][0], address));
    }
    insta::assert_snapshot!("nobody_at_the_address", all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_one_attempt_and_exit_code_3() {
    let content = three_repositories(&TAGS);
    let credentials =
        supercargo::model::Credentials::new("purser", supercargo::model::Secret::new("right"));
    let token = Auth::Token {
        credentials: Some(credentials.clone()),
        anonymous_pull: false,
        lifetime: std::time::Duration::from_mins(5),
    };
    for auth in [Auth::Basic(credentials), token] {
        let behaviour = Behaviour {
            auth,
            ..Behaviour::default()
        };
        let simulator = Simulator::start(content.clone(), behaviour).await.unwrap();
        let program = Program::new().with("PW", "wrong");
        program.done(&[
            "registry",
            "add",
            "hub",
            &simulator.address(),
            "--username",
            "purser",
            "--password-env",
            "PW",
        ]);
        let ran = program.run(&["crawl", "hub", "--format", "json"]);
        assert_eq!(ran.code, 3, "{ran:#?}");
        assert!(!ran.stdout.contains("wrong\"") && !ran.stderr.contains("PW=wrong"));
        let tried = simulator
            .requests()
            .iter()
            .filter(|request| request.authorization == supercargo::simulator::Authorization::Basic)
            .count();
        assert_eq!(tried, 1, "{:#?}", simulator.requests());
    }
}

/// Messages of the command line itself, with their exit codes.
#[test]
fn wrong_words_on_the_command_line_are_explained() {
    let mut all = String::new();
    let program = Program::new();
    program.done(&["registry", "add", "known", "https://known.example"]);
    let cases: &[&[&str]] = &[
        &["registry", "add", "hub", "registry.example:5000"],
        &["registry", "add", "hub", "https://registry.example:99999"],
        &[
            "registry",
            "add",
            "hub",
            "https://ann:secret@registry.example",
        ],
        &["registry", "add", "hub", "ftp://registry.example"],
        &["registry", "add", "a b", "https://registry.example"],
        &["registry", "add", "known", "https://registry.example"],
        &[
            "registry",
            "add",
            "hub",
            "https://registry.example",
            "--max-connections",
            "0",
        ],
        &[
            "registry",
            "add",
            "hub",
            "https://registry.example",
            "--auth",
            "basic",
        ],
        &[
            "registry",
            "add",
            "hub",
            "https://registry.example",
            "--type",
            "nexsus",
        ],
        &[
            "registry",
            "add",
            "hub",
            "https://registry.example",
            "--client-cert",
            "c.pem",
        ],
        &[
            "registry",
            "add",
            "hub",
            "https://registry.example",
            "--username",
            "a",
            "--password-env",
            "1X",
        ],
        &["registry", "show", "nosuch"],
        &["crawl"],
        &["crawl", "nosuch"],
        &["check", "registry.example:5000"],
        &["check", "nosuch"],
        &["images", "--tag", "a["],
        &["--read-only", "crawl", "known"],
        &["--read-only", "registry", "remove", "known"],
    ];
    for case in cases {
        let ran = program.run(case);
        assert!(ran.stdout.is_empty(), "{ran:#?}");
        assert!(!ran.stderr.contains("secret@"), "{ran:#?}");
        let _ = writeln!(
            all,
            "$ supercargo {}\n{}[{}]\n",
            case.join(" "),
            ran.stderr,
            ran.code
        );
    }
    insta::assert_snapshot!("wrong_words", all);
}
