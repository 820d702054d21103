//! A crawl in which something failed: seen on the page of crawls, narrowed, copied, read
//! again, and all is well.

use base64::Engine as _;
use supercargo::simulator::{
    Behaviour, Content, Fault, ImageSpec, On, RouteKind, Simulator, What, When,
};

use super::{ENTER, open, open_by};
use crate::support::program::Program;

/// A registry of which two tags are refused in its first crawl.
async fn crawled() -> (Simulator, Program) {
    let content = Content::empty();
    for (seed, name) in ["base/alpine", "team/api", "team/web"].iter().enumerate() {
        let digest = content.put_image(name, &ImageSpec::new("linux/amd64", seed as u64));
        content.tag(name, "1.0", &digest);
    }
    let refused = |repository: &str| Fault {
        on: On {
            route: Some(RouteKind::Manifest),
            repository: Some(repository.into()),
            ..On::default()
        },
        when: When::First(1),
        what: What::Status {
            code: 403,
            retry_after: None,
        },
    };
    let behaviour = Behaviour {
        faults: vec![refused("team/api"), refused("team/web")],
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    assert_eq!(program.crawl("hub")["outcome"], "partial");
    (simulator, program)
}

/// What the terminal was asked to copy last (OSC 52).
fn copied(bytes: &[u8]) -> String {
    let sent = String::from_utf8_lossy(bytes);
    let (_, copied) = sent.rsplit_once("\u{1b}]52;c;").unwrap();
    let end = copied.find(['\u{7}', '\u{1b}']).unwrap();
    let text = base64::engine::general_purpose::STANDARD.decode(&copied[..end]);
    String::from_utf8(text.unwrap()).unwrap()
}

async fn what_failed_is_mended(columns: u16, rows: u16) {
    let (simulator, program) = crawled().await;
    let before = simulator.requests().len();
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, columns, rows);
        terminal.wait_for("hub");
        terminal.wait_for("partial: 2 failures");
        terminal.keys("4");
        terminal.wait_for("2× denied");
        terminal.keys(ENTER);
        terminal.wait_until("both failures", |screen| {
            screen.contains("Failures of hub") && screen.contains("1 of 2")
        });
        terminal.keys("/web");
        terminal.wait_for("filtered from 2");
        terminal.keys(ENTER);
        terminal.keys("y");
        terminal.wait_for("copied ");
        let copied = copied(&terminal.bytes());
        assert!(copied.starts_with("manifest: team/web:1.0: "), "{copied}");
        // The filtered one alone, and then the rest.
        terminal.keys("R");
        terminal.wait_for("2 crawls");
        terminal.wait_until("one is mended", |screen| {
            screen.matches("◐ partial").count() == 2
        });
        terminal.keys("gg");
        terminal.wait_for("only what failed since crawl 1");
        terminal.keys("R");
        terminal.wait_until("all is well", |screen| {
            screen.contains("3 crawls") && screen.contains("● complete")
        });
        terminal.keys("gg");
        terminal.keys("R");
        terminal.wait_for("nothing failed in the last crawl of `hub`");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
        terminal.assert_restored();
    });
    assert_eq!(program.images("hub").len(), 3);
    let requests = simulator.requests();
    let others = requests[before..].iter().filter(|request| {
        let path = request.path_and_query.as_str();
        !path.starts_with("/v2/team/") && path != "/v2/"
    });
    assert_eq!(others.count(), 0, "{requests:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_found_copied_and_mended_at_80x24() {
    what_failed_is_mended(80, 24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_found_copied_and_mended_at_160x45() {
    what_failed_is_mended(160, 45).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_may_be_written_nothing_is_read_again() {
    let (_simulator, program) = crawled().await;
    tokio::task::block_in_place(|| {
        let mut terminal = open_by(&program, 100, 30, &[], &["--read-only"]);
        terminal.wait_until("it is said at the top", |screen| {
            screen
                .lines()
                .next()
                .is_some_and(|line| line.contains("read-only"))
        });
        terminal.wait_for("partial: 2 failures");
        for keys in ["R", "c", "C"] {
            terminal.keys(keys);
            terminal.wait_for("nothing is crawled under `--read-only`");
            // Another key, and it is said no more.
            terminal.keys("j");
            terminal.wait_gone("nothing is crawled");
        }
        terminal.keys("q");
        assert!(terminal.wait_end().success());
    });
}
