//! From nothing to an inventory: a registry added whose authority nobody knows yet, a file of
//! registries, the demonstration, and a form that is not lost by a slip of the hand.

use supercargo::simulator::{Behaviour, Content, Shape, Simulator};

use super::{ENTER, ESCAPE, open};
use crate::support::daemon::nginx;
use crate::support::program::Program;
use crate::support::pty::Terminal;
use crate::support::stand::{Authority, Leaf};

const RIGHT: &str = "\u{1b}[C";
const DOWN: &str = "\u{1b}[B";
const CHECK: &str = "\u{14}";
const SAVE: &str = "\u{13}";
const INTERRUPT: &str = "\u{3}";

/// Opens the screen on a state without a registry.
fn first_start(program: &Program, columns: u16, rows: u16) -> Terminal {
    let terminal = open(program, columns, rows);
    terminal.wait_until("what to begin with", |screen| {
        [
            "No registry yet",
            "add a registry",
            "import",
            "demonstration",
        ]
        .iter()
        .all(|words| screen.contains(words))
    });
    terminal
}

/// Writes the path of a file into the field in focus: its folder, the beginning of its name,
/// and the rest by completion.
fn complete(terminal: &mut Terminal, folder: &std::path::Path, beginning: &str, name: &str) {
    terminal.keys(&format!("{}/{beginning}", folder.display()));
    terminal.wait_until("the beginning", |screen| {
        screen.contains(beginning) && !screen.contains(name)
    });
    terminal.keys(RIGHT);
    terminal.wait_for(name);
}

/// From the first start to the places of a digest; the check that fails on the private
/// authority is that of the form, or, `saved`, that of a registry that is there.
async fn a_private_registry_is_added(columns: u16, rows: u16, saved: bool) {
    let content = Content::generate(83, &Shape::plain(3, 3));
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let authority = Authority::new("Corp Root");
    let own = authority.issue(&Leaf::default());
    let Some(nginx) = nginx(&simulator.address(), &own, &authority.pem(), "").await else {
        return;
    };
    let program = Program::new();
    let certificates = program.state().parent().unwrap().join("certs");
    std::fs::create_dir(&certificates).unwrap();
    std::fs::write(certificates.join("corporate-root.pem"), authority.pem()).unwrap();
    let images = content.expected();
    let wanted = images.iter().find(|image| !image.tags.is_empty()).unwrap();
    let digest = wanted.digest.to_string();
    let name = wanted.repository.as_str();
    tokio::task::block_in_place(|| {
        let mut terminal = first_start(&program, columns, rows);
        terminal.keys("a");
        terminal.wait_for("Add a registry");
        terminal.keys(&format!("hub\thttps://{}", nginx.address));
        terminal.wait_for(&nginx.address);
        if saved {
            terminal.keys(SAVE);
            terminal.wait_gone("Add a registry");
            terminal.wait_for("not crawled");
            terminal.keys("t");
        } else {
            terminal.keys(CHECK);
        }
        terminal.wait_until("what nobody trusts", |screen| {
            screen.contains("failed at `tls`") && screen.contains("Corp Root")
        });
        terminal.keys("e");
        terminal.wait_until("the field that mends it", |screen| {
            screen.contains("› CA file") && screen.contains("PEM certificates to trust")
        });
        complete(&mut terminal, &certificates, "corp", "corporate-root.pem");
        if saved {
            terminal.keys(SAVE);
            terminal.wait_gone("CA file");
            // The report is below, as it was.
            terminal.wait_for("failed at `tls`");
            terminal.keys("r");
        } else {
            terminal.keys(CHECK);
        }
        terminal.wait_for("everything that was checked works");
        if saved {
            terminal.keys(ESCAPE);
            terminal.wait_gone("everything that was checked");
        } else {
            terminal.keys(SAVE);
            terminal.wait_gone("Add a registry");
            terminal.wait_for("not crawled");
        }
        terminal.keys("c");
        terminal.wait_for("9 images");
        // A digest somebody quoted, and where it is.
        terminal.keys("s");
        terminal.wait_for("2 Search");
        terminal.keys(&digest[..24]);
        terminal.wait_until("the hit", |screen| {
            screen
                .lines()
                .any(|line| line.contains(name) && line.contains("digest"))
        });
        terminal.keys(DOWN);
        terminal.wait_for("go there");
        terminal.keys(ENTER);
        terminal.wait_until("the image", |screen| {
            screen.contains("TAGS") && !screen.contains("WHERE")
        });
        terminal.keys(ENTER);
        let mut screen = terminal.wait_for("‹overview›");
        while !screen.contains("‹places›") {
            let before = screen;
            terminal.keys("]");
            screen = terminal.wait_until("another tab", |screen| screen != before);
        }
        terminal.wait_for(&format!("hub/{name}"));
        terminal.keys("yd");
        terminal.wait_for("copied sha256:");
        terminal.keys(ESCAPE);
        terminal.wait_gone("‹places›");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
        terminal.assert_restored();
    });
    assert_eq!(program.images("hub").len(), 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_registry_is_added_at_80x24() {
    a_private_registry_is_added(80, 24, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_registry_is_added_at_160x45() {
    a_private_registry_is_added(160, 45, true).await;
}

fn a_changed_form_is_not_lost_by_a_key(columns: u16, rows: u16) {
    let program = Program::new();
    let mut terminal = first_start(&program, columns, rows);
    terminal.keys("a");
    terminal.wait_for("Add a registry");
    terminal.keys("precious");
    terminal.wait_for("precious");
    terminal.keys(INTERRUPT);
    terminal.wait_for("Quit without saving?");
    terminal.keys("n");
    terminal.wait_gone("Quit without saving?");
    // The section after the next and back, by page keys: what was typed is there.
    terminal.keys("\u{1b}[6~\u{1b}[6~");
    terminal.wait_for("Load full list");
    terminal.keys("\u{1b}[5~\u{1b}[5~");
    terminal.wait_for("precious");
    terminal.keys(INTERRUPT);
    terminal.wait_for("Quit without saving?");
    terminal.keys("y");
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
    assert!(program.done(&["registry", "list"]).stdout.is_empty());
}

journey!(a_changed_form_is_not_lost_by_a_key);

fn registries_of_a_file_are_imported_whole_or_not_at_all(columns: u16, rows: u16) {
    let program = Program::new();
    let home = program.state().parent().unwrap().to_owned();
    let file = home.join("registries-of-the-fleet.toml");
    let two = "[[registry]]\nname = \"hub\"\naddress = \"http://127.0.0.1:9\"\n\
               [[registry]]\nname = \"lab\"\naddress = \"http://127.0.0.1:10\"\n";
    std::fs::write(&file, format!("{two}adress = \"x\"\n")).unwrap();
    let mut terminal = first_start(&program, columns, rows);
    terminal.keys("i");
    terminal.wait_for("Import registries");
    complete(&mut terminal, &home, "registries-of", "fleet.toml");
    terminal.keys(ENTER);
    terminal.wait_until("what is wrong, with its line", |screen| {
        screen.contains("nothing is changed") && screen.contains("line 7: ")
    });
    assert!(program.done(&["registry", "list"]).stdout.is_empty());
    std::fs::write(&file, two).unwrap();
    terminal.keys(ENTER);
    terminal.wait_for("2 registries added");
    terminal.wait_until("both", |screen| {
        screen.contains("hub") && screen.contains("lab")
    });
    terminal.keys("q");
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
    let listed = program.done(&["registry", "list"]).stdout;
    assert!(listed.contains("hub") && listed.contains("lab"), "{listed}");
}

journey!(registries_of_a_file_are_imported_whole_or_not_at_all);

fn the_demonstration_begins_from_the_first_start(columns: u16, rows: u16) {
    let program = Program::new();
    let mut terminal = first_start(&program, columns, rows);
    terminal.keys("d");
    terminal.wait_until("the registries, and what they are", |screen| {
        screen.contains("demonstration: simulated registries") && screen.contains("customs")
    });
    terminal.wait_for("images");
    terminal.keys("j");
    terminal.wait_gone("demonstration:");
    // While it crawls leaving is asked about; asked again it is meant.
    terminal.keys(INTERRUPT);
    terminal.keys(INTERRUPT);
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
    assert!(program.done(&["registry", "list"]).stdout.is_empty());
}

journey!(the_demonstration_begins_from_the_first_start);
