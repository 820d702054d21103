//! Sorting through images: filter, mark, decide with a note, look at the plan, write it down.

use supercargo::simulator::{Behaviour, Content, ImageSpec, Simulator};

use super::{ENTER, ESCAPE, open, open_by};
use crate::support::program::Program;

const SAVE: &str = "\u{13}";

/// A repository of four tags, each another image.
async fn crawled() -> (Content, Simulator, Program) {
    let content = Content::empty();
    for (number, tag) in ["1.0", "1.1", "2.0", "latest"].into_iter().enumerate() {
        let spec = ImageSpec::new("linux/amd64", number as u64 + 1);
        let digest = content.put_image("team/api", &spec);
        content.tag("team/api", tag, &digest);
    }
    let simulator = Simulator::start(content.clone(), Behaviour::default()).await;
    let simulator = simulator.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    (content, simulator, program)
}

async fn images_are_sorted_through(columns: u16, rows: u16) {
    let (content, _simulator, program) = crawled().await;
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, columns, rows);
        terminal.wait_for("4 images");
        terminal.keys(ENTER);
        terminal.wait_for("team/api");
        terminal.keys(ENTER);
        terminal.wait_for("linux/amd64");
        terminal.keys("/1.");
        terminal.wait_gone("latest");
        terminal.keys(ENTER);
        terminal.keys("*");
        terminal.wait_for("2 marked");
        terminal.keys("-");
        terminal.wait_for("nothing is deleted from a registry");
        terminal.keys("m");
        terminal.wait_for("Beside 2 decisions");
        terminal.keys("superseded by 2.0");
        terminal.keys(ENTER);
        terminal.wait_for("noted beside 2 decisions");

        // The plan has them, and says that it deletes nothing.
        terminal.keys("5");
        let screen = terminal.wait_until("both decisions", |screen| {
            screen.contains("2 delete") && screen.matches("d delete ").count() == 2
        });
        assert!(screen.contains("Nothing is deleted from a registry by supercargo yet."));
        assert!(screen.contains("superseded by 2.0"), "{screen}");
        terminal.keys(SAVE);
        terminal.wait_for("Save what is shown");
        terminal.keys("\u{15}plan.ndjson");
        terminal.keys(ENTER);
        terminal.wait_for("wrote 2 decisions to plan.ndjson");
        let written =
            std::fs::read_to_string(program.state().parent().unwrap().join("plan.ndjson"));
        let exported = program
            .done(&["decide", "export", "--format", "ndjson"])
            .stdout;
        assert_eq!(written.unwrap(), exported);
        assert_eq!(exported.lines().count(), 2);
        // It is not written over.
        terminal.keys(SAVE);
        terminal.wait_for("Save what is shown");
        terminal.keys("\u{15}plan.ndjson");
        terminal.keys(ENTER);
        terminal.wait_for("is there already");
        terminal.keys(ESCAPE);
        terminal.wait_gone("Save what is shown");

        // A tag moves away from an image that is to go.
        let spec = ImageSpec::new("linux/amd64", 9);
        let digest = content.put_image("team/api", &spec);
        content.tag("team/api", "1.1", &digest);
        assert_eq!(program.crawl("hub")["outcome"], "complete");
        terminal.wait_for("gone ");

        // What was decided is undone with one key a step: the note, then the decisions.
        terminal.keys("u");
        terminal.wait_for("undone: noted");
        terminal.keys("u");
        terminal.wait_for("Nothing is decided yet.");
        assert_eq!(program.done(&["decide", "export"]).stdout, "");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
        terminal.assert_restored();
    });
}

journey!(async images_are_sorted_through);

async fn a_tag_that_moved_since_it_was_decided_about_says_so(columns: u16, rows: u16) {
    let (content, _simulator, program) = crawled().await;
    // Times are kept in seconds, and the crawl below may begin in this one.
    let decided = r#"{"registry":"hub","repository":"team/api","tag":"latest","decision":"keep","at":"2026-01-01T00:00:00Z"}"#;
    let file = program.state().parent().unwrap().join("decided.ndjson");
    std::fs::write(&file, decided).unwrap();
    program.done(&["decide", "import", file.to_str().unwrap()]);
    let spec = ImageSpec::new("linux/amd64", 9);
    let digest = content.put_image("team/api", &spec);
    content.tag("team/api", "latest", &digest);
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, columns, rows);
        terminal.wait_for("hub");
        terminal.keys("5");
        terminal.wait_for("moved tag latest");
        terminal.wait_for("the tag moved since: it named ");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
    });
}

journey!(async a_tag_that_moved_since_it_was_decided_about_says_so);

async fn where_nothing_may_be_written_a_decision_says_so(columns: u16, rows: u16) {
    let (_content, _simulator, program) = crawled().await;
    tokio::task::block_in_place(|| {
        let mut terminal = open_by(&program, columns, rows, &[], &["--read-only"]);
        terminal.wait_for("4 images");
        terminal.keys(ENTER);
        terminal.wait_for("team/api");
        terminal.keys(ENTER);
        terminal.wait_for("linux/amd64");
        terminal.keys("-");
        terminal.wait_for("decisions");
        terminal.keys("5");
        terminal.wait_for("Nothing is decided yet.");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
    });
    assert_eq!(program.done(&["decide", "export"]).stdout, "");
}

journey!(async where_nothing_may_be_written_a_decision_says_so);
