//! A crawl in which something failed: seen on the page of crawls, narrowed, copied, read
//! again, and all is well.

use supercargo::simulator::Simulator;

use super::{ENTER, open, open_by};
use crate::support::program::Program;
use crate::support::small::{refused, serve, three_repositories};

/// A registry of which two tags are refused in its first crawl, which is still to come.
async fn added() -> (Simulator, Program) {
    let content = three_repositories(&["1.0"]);
    let faults = ["team/api", "team/web"].map(|name| refused(name, "1.0", 1));
    let simulator = serve(&content, faults.to_vec()).await;
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    (simulator, program)
}

async fn what_failed_is_found_copied_and_mended(columns: u16, rows: u16) {
    let (simulator, program) = added().await;
    let before = tokio::task::block_in_place(|| {
        let mut terminal = open(&program, columns, rows);
        terminal.wait_for("not crawled");
        terminal.keys("c");
        terminal.wait_for("partial: 2 failures");
        let before = simulator.requests().len();
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
        let copied = terminal.copied();
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
        before
    });
    assert_eq!(program.images("hub").len(), 3);
    let requests = simulator.requests();
    let others = requests[before..].iter().filter(|request| {
        let path = request.path_and_query.as_str();
        !path.starts_with("/v2/team/") && path != "/v2/"
    });
    assert_eq!(others.count(), 0, "{requests:#?}");
}

journey!(async what_failed_is_found_copied_and_mended);

async fn where_nothing_may_be_written_nothing_is_read_again(columns: u16, rows: u16) {
    let (_simulator, program) = added().await;
    assert_eq!(program.crawl("hub")["outcome"], "partial");
    tokio::task::block_in_place(|| {
        let mut terminal = open_by(&program, columns, rows, &[], &["--read-only"]);
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

journey!(async where_nothing_may_be_written_nothing_is_read_again);
