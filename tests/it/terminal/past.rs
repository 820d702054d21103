//! What changed, and what failed: from the registry to its change, its image, its repository,
//! and back.

use supercargo::simulator::{
    Behaviour, Content, Fault, ImageSpec, On, RouteKind, Simulator, What, When,
};

use super::{ENTER, open};
use crate::support::program::Program;

/// ctrl-o.
const BACK: &str = "\u{f}";

fn put(content: &Content, repository: &str, tag: &str, seed: u64) {
    let digest = content.put_image(repository, &ImageSpec::new("linux/amd64", seed));
    content.tag(repository, tag, &digest);
}

/// A registry on which a tag moves between two crawls.
async fn a_tag_that_moved_leads_to_its_image_and_back(columns: u16, rows: u16) {
    let content = Content::empty();
    put(&content, "team/api", "1.0", 1);
    put(&content, "team/api", "latest", 2);
    let simulator = Simulator::start(content, Behaviour::default()).await;
    let simulator = simulator.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    program.crawl("hub");
    put(simulator.content(), "team/api", "latest", 3);
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, columns, rows);
        terminal.wait_for("2 images");
        terminal.keys("3");
        terminal.wait_for("+ repository");
        terminal.keys("4");
        terminal.wait_for("complete");
        terminal.keys("c");
        terminal.wait_until("the second crawl", |screen| screen.contains("2 crawls"));
        terminal.wait_until("its end", |screen| {
            screen.matches("● complete").count() == 2
        });
        terminal.keys("3");
        terminal.wait_until("the change", |screen| {
            let mut lines = screen.lines();
            lines.any(|line| line.contains("latest") && line.contains('→'))
        });
        // To the image that the tag names now.
        terminal.keys("/moved");
        terminal.wait_gone("+ repository");
        terminal.keys(ENTER);
        terminal.keys(ENTER);
        terminal.wait_until("its image", |screen| {
            screen.contains("PLATFORMS") && screen.contains("latest")
        });
        terminal.keys(BACK);
        terminal.wait_until("the change again", |screen| {
            screen.contains("/moved") && screen.contains("CHANGE")
        });
        // The history of its repository alone.
        terminal.keys(BACK);
        terminal.wait_for("2 crawls");
        terminal.keys("1");
        terminal.wait_for("hub");
        terminal.keys("H");
        terminal.wait_until("the registry's changes", |screen| {
            screen.contains("all that is kept") && screen.contains("+ repository")
        });
        terminal.keys("q");
        assert!(terminal.wait_end().success());
        terminal.assert_restored();
    });
}

journey!(async a_tag_that_moved_leads_to_its_image_and_back);

async fn what_failed_in_a_crawl_leads_to_its_repository(columns: u16, rows: u16) {
    let content = Content::empty();
    put(&content, "team/api", "1.0", 1);
    put(&content, "secret/vault", "1.0", 2);
    let denied = Fault {
        on: On {
            route: Some(RouteKind::Tags),
            repository: Some("secret/vault".to_owned()),
            ..On::default()
        },
        when: When::Always,
        what: What::Status {
            code: 403,
            retry_after: None,
        },
    };
    let behaviour = Behaviour {
        faults: vec![denied],
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, columns, rows);
        terminal.wait_for("not crawled");
        terminal.keys("4");
        terminal.wait_for("No registry was crawled yet.");
        terminal.keys("C");
        terminal.wait_for("◐ partial");
        terminal.wait_for("1× denied");
        terminal.keys("\tgr");
        terminal.wait_until("its repository", |screen| {
            screen.contains("Repositories") && screen.contains("secret/vault")
        });
        terminal.keys(BACK);
        terminal.wait_for("1× denied");
        terminal.keys("f");
        terminal.wait_for("Failures of hub");
        terminal.keys(ENTER);
        terminal.wait_gone("Failures of hub");
        terminal.wait_for("Repositories");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
    });
}

journey!(async what_failed_in_a_crawl_leads_to_its_repository);
