//! A manifest in the programs of the user's that show and edit text.

use std::os::unix::fs::PermissionsExt;

use supercargo::simulator::{Behaviour, Content, ImageSpec, Simulator};

use super::{ENTER, open_by};
use crate::support::program::Program;

/// A program that says what it was given and waits for a line.
const SHOW: &str = "#!/bin/sh
echo \"shown $1 $2\"
echo \"password ${HUB_PASSWORD-unset}\"
cut -c1-70 \"$2\"
read line
echo changed > \"$2\"
";

async fn the_manifest_is_shown_by_the_users_own_program(columns: u16, rows: u16) {
    let content = Content::empty();
    let digest = content.put_image("team/api", &ImageSpec::new("linux/amd64", 1));
    content.tag("team/api", "1.0", &digest);
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    tokio::task::block_in_place(|| {
        let script = program.home().join("show");
        std::fs::write(&script, SHOW).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let pager = format!("{} --wait", script.display());
        let environment = [
            ("PAGER", pager.as_str()),
            ("EDITOR", "/nowhere/ed"),
            ("HUB_PASSWORD", "hunter2"),
        ];
        let mut terminal = open_by(&program, columns, rows, &environment, &[]);
        terminal.wait_for("1 image");
        terminal.keys(ENTER);
        terminal.wait_for("team/api");
        terminal.keys(ENTER);
        terminal.wait_for("linux/amd64");
        terminal.keys(ENTER);
        terminal.wait_for("overview");
        terminal.keys("v");
        terminal.wait_for("the manifest is not read yet");
        terminal.keys("[[[[");
        terminal.wait_for("schemaVersion");
        terminal.keys("v");
        let screen = terminal.wait_for("password unset");
        assert!(screen.contains("shown --wait"), "{screen}");
        let short = digest.short();
        assert!(
            screen.contains(&short) && screen.contains(".json"),
            "{screen}"
        );
        terminal.wait_for("schemaVersion");
        // An interrupt is for the program that has the terminal.
        terminal.signal(rustix::process::Signal::INT);
        terminal.keys(ENTER);
        terminal.wait_for("‹manifest›");
        terminal.wait_for("schemaVersion");
        let files = std::fs::read_dir(program.home()).unwrap();
        let left = files.filter(|file| {
            let name = file.as_ref().unwrap().file_name();
            name.to_string_lossy().contains(&short)
        });
        assert_eq!(left.count(), 0, "the copy is still there");
        // What cannot be started is said, and the screen is there.
        terminal.keys("e");
        let screen = terminal.wait_for("/nowhere/ed");
        assert!(screen.contains("schemaVersion"), "{screen}");
        terminal.keys("\u{3}");
        assert!(terminal.wait_end().success());
        terminal.assert_restored();
    });
}

journey!(async the_manifest_is_shown_by_the_users_own_program);
