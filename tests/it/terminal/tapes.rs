//! The journeys of the README, as `vhs/` has them, played to their ends in a shell.

use std::path::Path;

use portable_pty::CommandBuilder;

use crate::support::pty::Terminal;
use crate::support::tape::{Does, Tape};

/// The shell's prompt when the tape is over and the program has ended.
const PROMPT: &str = "tape$ ";

/// A shell as `vhs/play` starts it, with the program first on its path.
fn shell(home: &Path) -> CommandBuilder {
    let program = Path::new(env!("CARGO_BIN_EXE_supercargo"));
    let mut path = program.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = CommandBuilder::new("bash");
    command.env_clear();
    command.env("PATH", path);
    command.env("HOME", home);
    command.env("TMPDIR", home);
    command.env("LANG", "C.UTF-8");
    command.env("PS1", PROMPT);
    command.args(["--noprofile", "--norc"]);
    command.cwd(home);
    command
}

/// Plays a tape without its pauses: what it must wait for, it waits for.
fn is_played(path: &Path) {
    let name = path.file_name().unwrap().to_string_lossy();
    let text = std::fs::read_to_string(path).unwrap();
    let tape = Tape::parse(&text).unwrap_or_else(|error| panic!("{name}, {error}"));
    let waits = tape.steps.iter();
    let waits = waits.filter(|step| matches!(step.does, Does::Wait(_)));
    assert!(waits.count() > 2, "{name} hardly waits for anything");

    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(shell(home.path()), tape.columns, tape.rows);
    terminal.wait_for(PROMPT);
    for step in &tape.steps {
        match &step.does {
            Does::Send(keys) => terminal.keys(keys),
            Does::Wait(pattern) => {
                let what = format!("/{pattern}/ ({name}, line {})", step.line);
                terminal.wait_until(&what, |screen| pattern.is_match(screen));
            }
        }
    }
    // The program's end is the shell's prompt, whose modes are the shell's own affair.
    terminal.wait_until(&format!("end of {name}"), |screen| {
        screen.trim_end().ends_with(PROMPT.trim_end())
    });
    terminal.keys("exit\r");
    let ended = terminal.wait_end();
    assert!(ended.success(), "{name}: {ended:?}");
}

#[test]
fn every_tape_is_played_to_its_end() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/vhs"));
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut tapes: Vec<_> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "tape")
        })
        .collect();
    tapes.sort();
    assert!(!tapes.is_empty(), "no tape in {}", folder.display());
    // Two at once: most of a tape is waiting for a far registry.
    std::thread::scope(|scope| {
        for half in 0..2 {
            let tapes = tapes.iter().skip(half).step_by(2);
            scope.spawn(move || tapes.for_each(|tape| is_played(tape)));
        }
    });
}

/// What the README shows is made by a tape, and each tape's pictures are shown.
#[test]
fn the_readme_shows_the_picture_of_every_tape() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for entry in std::fs::read_dir(root.join("vhs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "tape") {
            continue;
        }
        let tape = std::fs::read_to_string(&path).unwrap();
        let output = tape.lines().find_map(|line| line.strip_prefix("Output "));
        let output = output.unwrap_or_else(|| panic!("{} has no Output", path.display()));
        assert!(readme.contains(&format!("]({output})")), "{output}");
        let size = std::fs::metadata(root.join(output)).unwrap().len();
        assert!((1..400_000).contains(&size), "{output}: {size} bytes");
    }
}
