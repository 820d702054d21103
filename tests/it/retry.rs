//! `crawl NAME --retry`: what failed is read again, and nothing else.

use supercargo::simulator::{Fault, RouteKind, Simulator, What, When};

use crate::support::program::{Program, Ran};
use crate::support::small::{refused, serve, three_repositories};

/// The tags of each repository.
const TAGS: [&str; 2] = ["1.0", "1.1"];

fn added(server: &Simulator) -> Program {
    let program = Program::new();
    program.done(&["registry", "add", "hub", &server.address()]);
    program
}

fn retry(program: &Program) -> (i32, serde_json::Value) {
    let Ran { code, stdout, .. } = program.run(&["crawl", "hub", "--retry", "--format", "json"]);
    (code, serde_json::from_str(&stdout).unwrap())
}

/// The registry as `registry list` has it.
fn row(program: &Program) -> serde_json::Value {
    let listed = program.done(&["registry", "list", "--format", "ndjson"]);
    listed.lines().swap_remove(0)
}

/// What was asked since `before` requests, without the opening.
fn asked(server: &Simulator, before: usize) -> Vec<String> {
    let requests = server.requests();
    let paths = requests[before..].iter().map(|it| &it.path_and_query);
    paths.filter(|path| *path != "/v2/").cloned().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_mends_what_failed_and_asks_for_nothing_else() {
    let content = three_repositories(&TAGS);
    let server = serve(&content, vec![refused("team/api", "1.1", 1)]).await;
    let program = added(&server);
    let first = program.crawl("hub");
    assert_eq!(first["outcome"], "partial");
    assert_eq!(first["retry_of"], serde_json::Value::Null);
    let before = row(&program);
    let requests = server.requests().len();

    let (code, line) = retry(&program);
    assert_eq!(code, 0, "{line:#}");
    assert_eq!(line["outcome"], "complete");
    assert_eq!(line["retry_of"], 1);
    assert_eq!((&line["new"], &line["gone"]), (&1.into(), &0.into()));
    let asked = asked(&server, requests);
    assert!(!asked.is_empty());
    for path in &asked {
        assert!(path.starts_with("/v2/team/api/"), "{asked:#?}");
    }
    assert_eq!(program.images("hub").len(), 6);
    let after = row(&program);
    assert_eq!(
        (&after["last_outcome"], &after["last_failures"]),
        (&"complete".into(), &0.into())
    );
    assert_eq!(
        after["last_crawl"], before["last_crawl"],
        "of the whole registry"
    );

    let nothing = program.done(&["crawl", "hub", "--retry"]);
    assert!(
        nothing.stderr.contains("nothing to read again"),
        "{nothing:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_again_stays_failed_and_what_vanished_waits_for_a_whole_crawl() {
    let content = three_repositories(&TAGS);
    let faults = vec![refused("team/api", "1.1", 2), refused("team/web", "1.0", 1)];
    let server = serve(&content, faults).await;
    let program = added(&server);
    assert_eq!(
        program.crawl("hub")["failures"].as_array().unwrap().len(),
        2
    );
    content.remove_repository("team/web");

    let (code, line) = retry(&program);
    assert_eq!((code, &line["outcome"]), (1, &"partial".into()));
    let failures = line["failures"].as_array().unwrap();
    let mut told: Vec<_> = failures
        .iter()
        .map(|it| {
            (
                it["repository"].as_str().unwrap(),
                it["class"].as_str().unwrap(),
            )
        })
        .collect();
    told.sort_unstable();
    assert_eq!(told, [("team/api", "denied"), ("team/web", "missing")]);
    assert_eq!(row(&program)["last_failures"], 2);

    // What is mended is mended; the other one is still known, until a list lacks it.
    let (code, line) = retry(&program);
    assert_eq!((code, line["failures"].as_array().unwrap().len()), (1, 1));
    assert_eq!(row(&program)["repositories"], 3);
    let whole = program.crawl("hub");
    assert_eq!(
        (&whole["outcome"], &whole["repositories"]),
        (&"complete".into(), &2.into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_list_of_repositories_failed_all_is_read_again() {
    let content = three_repositories(&TAGS);
    let denied = What::Status {
        code: 403,
        retry_after: None,
    };
    let fault = Fault::on_route(RouteKind::Catalogue, denied).when(When::First(1));
    let server = serve(&content, vec![fault]).await;
    let program = added(&server);
    assert_ne!(program.crawl("hub")["outcome"], "complete");
    let (code, line) = retry(&program);
    assert_eq!((code, &line["outcome"]), (0, &"complete".into()));
    assert_eq!(line["retry_of"], serde_json::Value::Null);
    assert_eq!(program.images("hub").len(), 6);
}

#[test]
fn it_goes_with_no_other_choice_of_what_is_read() {
    let program = Program::new();
    for other in ["--full", "--due"] {
        assert_eq!(
            program.run(&["crawl", "hub", "--retry", other]).code,
            2,
            "{other}"
        );
    }
}
