//! A digest somebody quoted: searched for, gone to, its places looked at, copied, and come
//! back from.

use supercargo::simulator::{Behaviour, Content, Shape, Simulator};

use super::{ENTER, ESCAPE, open};
use crate::support::program::Program;

const BACK: &str = "\u{f}";
const DOWN: &str = "\u{1b}[B";

async fn a_digest_is_searched_for(columns: u16, rows: u16) {
    let content = Content::generate(79, &Shape::plain(6, 4));
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    for name in ["hub", "mirror"] {
        program.done(&["registry", "add", name, &simulator.address()]);
        program.crawl(name);
    }
    let images = content.expected();
    let wanted = images.iter().find(|image| !image.tags.is_empty()).unwrap();
    let name = wanted.repository.as_str();
    let digest = wanted.digest.to_string();
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, columns, rows);
        terminal.wait_for("hub");
        terminal.keys("s");
        terminal.wait_for("2 Search");
        // Letters are text here, whatever they do elsewhere.
        terminal.keys("qx");
        terminal.wait_for("› qx");
        terminal.keys("\u{15}");
        terminal.wait_gone("› qx");
        terminal.keys(&digest[..24]);
        let screen = terminal.wait_for("2 of 48");
        let hits = screen.lines().filter(|line| line.contains(name));
        let hits: Vec<&str> = hits.filter(|line| line.contains("digest ")).collect();
        assert_eq!(hits.len(), 2, "{screen}");
        assert!(hits[0].contains("hub") && hits[1].contains("mirror"));
        terminal.keys(DOWN);
        terminal.wait_for("go there");
        terminal.keys("j");
        terminal.wait_for(&format!("also in hub {name}"));
        terminal.keys(ENTER);
        let screen = terminal.wait_until("the image", |screen| {
            screen.contains("TAGS") && screen.contains("mirror") && !screen.contains("WHERE")
        });
        assert!(screen.contains(&wanted.tags[0].to_string()), "{screen}");
        assert!(screen.contains(&digest[..40]), "{screen}");
        // Wherever else it is, and the digest on its way into somebody's mail.
        terminal.keys(ENTER);
        terminal.wait_for("‹overview›");
        terminal.keys("[[");
        terminal.wait_until("both places", |screen| {
            let places = ["hub", "mirror"].map(|registry| format!("{registry}/{name}"));
            screen.contains("‹places›") && places.iter().all(|place| screen.contains(place))
        });
        terminal.keys("yd");
        terminal.wait_for("copied sha256:");
        assert_eq!(terminal.copied(), digest);
        terminal.keys(ESCAPE);
        terminal.wait_gone("‹places›");
        terminal.keys(BACK);
        let screen = terminal.wait_for(&format!("also in hub {name}"));
        assert!(screen.contains(&format!("› {}", &digest[..24])), "{screen}");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
        terminal.assert_restored();
    });
}

journey!(async a_digest_is_searched_for);
