//! What the host does not give: a home, open files, room on the disk. No command makes a
//! place it was not asked for, and none takes a sound inventory for a damaged one.

#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use supercargo::model::{Credentials, Secret};
use supercargo::simulator::{Auth, Behaviour, Content, Shape, Simulator};

use crate::support::program::{Program, Ran};

/// Commands that only read.
const READERS: [&[&str]; 7] = [
    &["images"],
    &["registry", "list"],
    &["registry", "show", "hub"],
    &["check"],
    &["check", "hub"],
    &["completions", "bash"],
    &["man"],
];

fn entries(folder: &Path) -> Vec<std::ffi::OsString> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name()).collect()
}

/// The program in this folder with nothing but these variables.
fn bare(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_supercargo"));
    command.env_clear().current_dir(folder).args(arguments);
    command.envs(environment.iter().copied());
    Ran::from(command.output().unwrap())
}

#[test]
fn a_relative_home_is_none_and_nothing_is_made_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let add: &[&str] = &["registry", "add", "hub", "http://127.0.0.1:9"];
    for arguments in READERS.into_iter().chain([add]) {
        for home in ["x", "./x"] {
            let ran = bare(folder.path(), &[("HOME", home)], arguments);
            if matches!(arguments[0], "completions" | "man") {
                assert_eq!(ran.code, 0, "{ran:#?}");
            } else {
                assert_eq!(ran.code, 2, "{arguments:?}: {ran:#?}");
                let said = format!("`HOME` is `{home}`, not an absolute path");
                assert!(ran.stderr.contains(&said), "{}", ran.stderr);
                assert!(ran.stderr.contains("`--state DIR`"), "{}", ran.stderr);
            }
            assert!(
                entries(folder.path()).is_empty(),
                "{arguments:?} made something"
            );
        }
    }
}

#[test]
fn relative_xdg_places_are_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let environment = [
        ("HOME", home.to_str().unwrap()),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CONFIG_HOME", "config"),
    ];
    let ran = bare(
        folder.path(),
        &environment,
        &["registry", "add", "hub", "http://127.0.0.1:9"],
    );
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(entries(folder.path()), ["home"]);
    assert!(home.join(".local/state/supercargo/inventory.redb").exists());
    // Absolute ones do without a home.
    let places = folder.path().to_str().unwrap();
    let environment = [
        ("HOME", "x"),
        ("XDG_STATE_HOME", places),
        ("XDG_CONFIG_HOME", places),
    ];
    let ran = bare(folder.path(), &environment, &["registry", "list"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(entries(folder.path()), ["home"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_credentials_are_taken_from_below_a_relative_home() {
    let behaviour = Behaviour {
        auth: Auth::Basic(Credentials::new("purser", Secret::new("hunter2-and-more"))),
        ..Behaviour::default()
    };
    let content = Content::generate(62, &Shape::plain(1, 1));
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let address = simulator.address();
    let folder = tempfile::tempdir().unwrap();
    let host = address.trim_start_matches("http://");
    // `purser:hunter2-and-more`
    let pair = "cHVyc2VyOmh1bnRlcjItYW5kLW1vcmU=";
    std::fs::create_dir_all(folder.path().join("x/.docker")).unwrap();
    std::fs::write(
        folder.path().join("x/.docker/config.json"),
        format!(r#"{{"auths":{{"{host}":{{"auth":"{pair}"}}}}}}"#),
    )
    .unwrap();
    let absolute = folder.path().join("x");
    for (home, is_used) in [("x", false), (absolute.to_str().unwrap(), true)] {
        let arguments = ["--state", "state", "check", &address];
        let ran = bare(folder.path(), &[("HOME", home)], &arguments);
        assert_eq!(ran.stdout.contains("config.json"), is_used, "{ran:#?}");
    }
}

#[test]
fn commands_that_only_read_make_no_state() {
    let program = Program::new();
    let changes: [&[&str]; 4] = [
        &["registry", "edit", "hub", "--max-rps", "5"],
        &["registry", "remove", "hub", "--yes"],
        &["crawl", "hub"],
        &["crawl", "--all"],
    ];
    for arguments in READERS.into_iter().chain(changes) {
        let ran = program.run(arguments);
        assert!(ran.code == 0 || ran.code == 2, "{arguments:?}: {ran:#?}");
        assert!(!program.state().exists(), "{arguments:?} made a state");
        assert!(
            entries(program.home()).is_empty(),
            "{arguments:?} made something"
        );
    }
    assert_eq!(program.done(&["images"]).stdout, "");
    let ran = program.run(&["registry", "show", "hub"]);
    assert!(
        ran.stderr.contains("there is no registry `hub`"),
        "{}",
        ran.stderr
    );
}

fn digests(program: &Program) -> Vec<String> {
    let images = program.images("hub");
    images
        .iter()
        .map(|image| image["digest"].to_string())
        .collect()
}

/// Neither the words for a damaged inventory, nor those for a wrong address.
fn assert_blames_the_host(ran: &Ran, at: &str) {
    for wrong in [
        "supercargo doctor",
        "anew",
        "check the port",
        "firewall",
        "panicked",
    ] {
        assert!(!ran.stderr.contains(wrong), "{at}: {ran:#?}");
        assert!(!ran.stdout.contains(wrong), "{at}: {ran:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_open_files_no_sound_inventory_is_called_damaged() {
    let content = Content::generate(60, &Shape::plain(6, 4));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    program.crawl("hub");
    let before = digests(&program);
    let (mut inventory, mut threads) = (0, 0);
    for limit in 4..32 {
        let before = format!("ulimit -n {limit}");
        for arguments in [&["images", "hub"][..], &["crawl", "hub"]] {
            let ran = Ran::from(program.by_shell(&before, arguments).output().unwrap());
            // The loader of the system, before the program is there.
            if ran.code == 127 {
                continue;
            }
            let at = format!("{before} {arguments:?}");
            assert_blames_the_host(&ran, &at);
            let told = format!("{}{}", ran.stdout, ran.stderr);
            if ran.code != 0 {
                assert!(told.contains("ulimit -n"), "{at}: {ran:#?}");
            }
            inventory += u32::from(told.contains("could not be opened: "));
            threads += u32::from(told.contains("no thread of its own"));
        }
    }
    assert!(inventory > 0, "the inventory could always be opened");
    assert!(threads > 0, "a crawl could always begin");
    assert_eq!(digests(&program), before, "nothing is lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_full_disk_readers_go_on_and_the_next_writer_repairs() {
    let content = Content::generate(61, &Shape::plain(60, 40));
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    let size = std::fs::metadata(program.state().join("inventory.redb")).unwrap();
    // Blocks of 512 bytes: the file may not grow, and a little more.
    for more in [0, 64, 512] {
        let full = format!("trap '' XFSZ; ulimit -f {}", size.len() / 512 + more);
        let crawl = program.by_shell(&full, &["crawl", "hub"]).output();
        let crawl = Ran::from(crawl.unwrap());
        assert_eq!(crawl.code, 4, "{crawl:#?}");
        assert!(crawl.stderr.contains("make room"), "{crawl:#?}");
        for arguments in [&["images", "hub"][..], &["registry", "list"]] {
            // Still full, and full no more.
            let ran = Ran::from(program.by_shell(&full, arguments).output().unwrap());
            assert_blames_the_host(&ran, &full);
            assert!(!ran.stderr.contains("--read-only"), "{ran:#?}");
            assert_eq!(ran.code, 0, "{ran:#?}");
            program.done(arguments);
        }
    }
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    assert_eq!(program.images("hub").len(), content.expected().len());
}
