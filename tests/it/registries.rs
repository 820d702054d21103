//! Registries and their settings on the command line: what is typed, how they leave, and how
//! they travel from one state to another.

use serde_json::Value;
use supercargo::simulator::{Behaviour, Content, Fault, RouteKind, Shape, Simulator, What};

use crate::support::program::{Program, Ran, fed, files_below};

/// The value of a setting, as `registry show` prints it.
fn shown(program: &Program, name: &str, key: &str) -> String {
    let lines = program.done(&["registry", "show", name]).lines();
    let line = lines.iter().find(|line| line["setting"] == key).unwrap();
    line["value"].as_str().unwrap().to_owned()
}

fn names(program: &Program) -> Vec<String> {
    let lines = program.done(&["registry", "list"]).lines();
    let name = |line: &Value| line["name"].as_str().unwrap().to_owned();
    lines.iter().map(name).collect()
}

fn refused(ran: &Ran, says: &[&str]) {
    assert_eq!(ran.code, 2, "{ran:#?}");
    for word in says {
        assert!(ran.stderr.contains(word), "{word}: {ran:#?}");
    }
}

/// Every setting that is a duration takes all the ways in which help says that one is
/// written, and a bare number of seconds.
#[test]
fn durations_are_typed_as_help_says() {
    let program = Program::new();
    program.done(&["registry", "add", "hub", "https://hub.example"]);
    for (setting, range) in [
        ("keepalive-expiry", "1s to 1h"),
        ("connect-timeout", "1s to 10m"),
        ("pool-timeout", "1s to 1h"),
        ("read-timeout", "1s to 1h"),
        ("write-timeout", "1s to 1h"),
        ("refresh-interval", "1m to 365d"),
    ] {
        let flag = format!("--{setting}");
        for (typed, kept) in [
            ("60", "1m"),
            ("90s", "90s"),
            ("5m", "5m"),
            ("2m30s", "150s"),
        ] {
            program.done(&["registry", "edit", "hub", &flag, typed]);
            assert_eq!(shown(&program, "hub", setting), kept, "{flag} {typed}");
        }
        let ran = program.run(&["registry", "edit", "hub", &flag, "soon"]);
        refused(&ran, &[&flag, range, "`7d`"]);
        let ran = program.run(&["registry", "edit", "hub", &flag, "366d"]);
        refused(&ran, &[&flag, range]);
    }
    for (typed, kept) in [
        ("7d", "7d"),
        ("365d", "365d"),
        ("1d12h", "36h"),
        ("86400", "1d"),
        ("0", "0"),
    ] {
        program.done(&["registry", "edit", "hub", "--refresh-interval", typed]);
        assert_eq!(shown(&program, "hub", "refresh-interval"), kept, "{typed}");
    }
    // A check of nothing that is there ends at once, and takes the time for one.
    for typed in ["30", "30s", "1m"] {
        let ran = program.run(&["check", "http://127.0.0.1:1", "--timeout", typed]);
        assert_eq!(ran.code, 1, "{typed}: {ran:#?}");
    }
    let ran = program.run(&["check", "http://127.0.0.1:1", "--timeout", "1d"]);
    refused(&ran, &["--timeout", "1s to 10m", "`30s`"]);
}

async fn crawled() -> (Simulator, Program) {
    let content = Content::generate(40, &Shape::plain(2, 3));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    program.crawl("hub");
    (simulator, program)
}

/// Where nobody can be asked, only `--yes` removes, and both say what goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_is_removed_only_where_it_is_meant() {
    let (_simulator, program) = crawled().await;
    let goes = "its settings, 2 repositories, 6 tags, 6 images and the record of 1 crawl";
    let ran = program.run(&["registry", "remove", "hub"]);
    refused(&ran, &[goes, "`--yes`"]);
    assert_eq!(names(&program), ["hub"]);
    assert_eq!(program.images("hub").len(), 6);
    // What would have been refused anyway asks nobody.
    let ran = program.run(&["registry", "remove", "hub", "--yes", "--read-only"]);
    refused(&ran, &["--read-only"]);
    let ran = program.done(&["registry", "remove", "hub", "--yes"]);
    assert!(ran.stderr.contains(goes), "{ran:#?}");
    assert!(names(&program).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_is_renamed_with_all_that_is_known_of_it() {
    let (_simulator, program) = crawled().await;
    let images = program.images("hub").len();
    program.done(&["registry", "rename", "hub", "depot"]);
    assert_eq!(names(&program), ["depot"]);
    assert_eq!(program.images("depot").len(), images);
    program.done(&["registry", "edit", "depot", "--rename", "hub"]);
    program.done(&["registry", "add", "other", "https://other.example"]);
    refused(
        &program.run(&["registry", "rename", "hub", "other"]),
        &["there is a registry `other` already"],
    );
    refused(
        &program.run(&["registry", "rename", "hub", "a b"]),
        &["letters, digits"],
    );
    refused(
        &program.run(&["registry", "rename", "nobody", "x"]),
        &["no registry `nobody`"],
    );
    assert_eq!(names(&program), ["hub", "other"]);
    let ran = program.run(&["registry", "renam", "hub", "x"]);
    refused(&ran, &["'rename'"]);
    assert!(!ran.stderr.contains("remove"), "{ran:#?}");
}

/// A configuration that was named must be there and be understood, by commands that need
/// nothing of it too; what is wrong in it is named with its line.
#[test]
fn a_configuration_is_understood_or_refused() {
    let program = Program::new();
    let file = program.home().join("own.toml");
    let named = file.display().to_string();
    let commands: [&[&str]; 9] = [
        &["images"],
        &["registry", "list"],
        &["registry", "add", "hub", "https://hub.example"],
        &["check", "http://127.0.0.1:1"],
        &["crawl", "--all"],
        &["doctor"],
        &["registry", "remove", "hub", "--yes"],
        &["registry", "show", "hub"],
        &["registry", "rename", "hub", "depot"],
    ];
    let all = |says: &[&str]| {
        for command in commands {
            let ran = program.run(&[command, &["--config", &named]].concat());
            refused(&ran, &[&[named.as_str()], says].concat());
            assert!(ran.stdout.is_empty(), "{ran:#?}");
        }
    };
    all(&["cannot be read"]);
    for (text, says) in [
        ("theme = dark\n", &["line 1: "][..]),
        (
            "\nhistorie = 3\n[history]\nage = \"soon\"\n",
            &["line 2: ", "`history` is meant?", "line 4: history.age"],
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        all(says);
    }
    std::fs::write(&file, "[history]\nage = \"7d\"\n").unwrap();
    program.done(&["registry", "list", "--config", &named]);
    // The one at the default place may be absent, and is no less wrong.
    program.done(&["registry", "add", "hub", "https://hub.example"]);
    std::fs::write(program.state().join("config.toml"), "them = 1\n").unwrap();
    let ran = program.run(&["registry", "list"]);
    refused(&ran, &["config.toml", "line 1: ", "`theme` is meant?"]);
}

/// A registry's state and the outcome of its last crawl are words of one vocabulary that do
/// not contradict each other, and a crawl that failed does not count what it did not read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_crawl_says_so_in_one_word() {
    let (simulator, program) = crawled().await;
    let row = || program.done(&["registry", "list"]).lines().remove(0);
    let words = |row: &Value| (row["state"].clone(), row["last_outcome"].clone());
    assert_eq!(words(&row()), ("complete".into(), "complete".into()));
    drop(simulator);
    let flags = ["--pool-timeout", "1s", "--connect-timeout", "1s"];
    program.done(&[&["registry", "edit", "hub"], &flags[..]].concat());
    let line = program.crawl("hub");
    assert_eq!(line["outcome"], "failed");
    for key in ["repositories", "tags", "images"] {
        assert!(line[key].is_null(), "{line:#}");
    }
    let ran = program.run(&["crawl", "hub"]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    let kept = "hub: failed: nothing was read; kept from the crawl of ";
    assert!(ran.stdout.starts_with(kept), "{ran:#?}");
    let counts = ": 2 repositories, 6 tags, 6 images; ";
    assert!(ran.stdout.contains(counts), "{ran:#?}");
    assert_eq!(words(&row()), ("failed".into(), "failed".into()));
    program.done(&["registry", "add", "new", "http://127.0.0.1:1"]);
    let ran = program.run(&["crawl", "new"]);
    assert!(
        ran.stdout.starts_with("new: failed: nothing was read; "),
        "{ran:#?}"
    );
}

/// Where the catalogue is refused and what is named is read, both words say `partial`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crawl_without_a_list_is_partial_in_both_words() {
    let content = Content::generate(40, &Shape::plain(2, 3));
    let named = content.expected()[0].repository.to_string();
    let refused = What::Status {
        code: 403,
        retry_after: None,
    };
    let behaviour = Behaviour {
        faults: vec![Fault::on_route(RouteKind::Catalogue, refused)],
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let program = Program::new();
    let address = simulator.address();
    program.done(&["registry", "add", "hub", &address, "--repository", &named]);
    assert_eq!(program.crawl("hub")["outcome"], "partial");
    let row = program.done(&["registry", "list"]).lines().remove(0);
    assert_eq!(
        (&row["state"], &row["last_outcome"]),
        (&"partial".into(), &"partial".into())
    );
    assert!(row["state_reason"].is_string(), "{row:#}");
}

/// Adds registries of many kinds, with secrets that must not travel.
fn filled() -> Program {
    let program = Program::new().with("NEXUS_PASSWORD", "sentinel-environment");
    program.done(&["registry", "add", "hub", "https://hub.example/base"]);
    let nexus = "registry add nexus https://nexus.example:8443 --type nexus --username ann \
        --password-env NEXUS_PASSWORD --max-rps 2.5 --max-connections 3 --read-timeout 90s \
        --refresh-interval 36h --repository a/b --repository c/** --active=false \
        --resolve nexus.example=10.0.0.7 --proxy socks5://jump:1080 --http-version 1.1";
    program.done(&nexus.split_whitespace().collect::<Vec<_>>());
    let flags = ["--username", "bob", "--password-command", "pass show 'a b'"];
    let add = ["registry", "add", "vault", "http://vault.example"];
    program.done(&[&add[..], &flags].concat());
    let add = ["registry", "add", "asks", "http://asks.example"];
    let flags = ["--username", "eve", "--password-from", "session"];
    program.done(&[&add[..], &flags].concat());
    program
}

/// The settings of every registry, as `registry show` prints them.
fn all_shown(program: &Program) -> Vec<(String, String)> {
    let shown = |name: String| {
        let show = ["registry", "show", &name, "--format", "json"];
        (name.clone(), program.done(&show).stdout)
    };
    names(program).into_iter().map(shown).collect()
}

/// What is exported from one state and imported into another gives the same registries; a
/// second import finds nothing to do.
#[test]
fn registries_travel_from_one_state_to_another() {
    let here = filled();
    let exported = here.done(&["registry", "export"]).stdout;
    assert_eq!(
        here.done(&["registry", "export", "--format", "toml"])
            .stdout,
        exported
    );
    assert!(
        exported.contains("password = \"env:NEXUS_PASSWORD\""),
        "{exported}"
    );
    assert!(!exported.contains("sentinel"), "{exported}");

    let there = Program::new();
    let file = there.home().join("registries.toml");
    std::fs::write(&file, &exported).unwrap();
    let named = file.display().to_string();
    let ran = there.done(&["registry", "import", &named, "--dry-run"]);
    assert_eq!(
        ran.stderr.matches("would have added").count(),
        4,
        "{ran:#?}"
    );
    assert!(names(&there).is_empty() && !there.state().exists());
    let ran = there.done(&["registry", "import", &named]);
    assert_eq!(ran.stderr.matches("added ").count(), 4, "{ran:#?}");
    assert_eq!(all_shown(&there), all_shown(&here));
    assert_eq!(there.done(&["registry", "export"]).stdout, exported);
    let ran = there.done(&["registry", "import", &named]);
    assert_eq!(ran.stderr.matches("is so already").count(), 4, "{ran:#?}");

    // What differs there is changed and named, by standard input too; what is not in the file
    // stays.
    there.done(&[
        "registry",
        "edit",
        "nexus",
        "--max-rps",
        "9",
        "--page-size",
        "50",
    ]);
    there.done(&["registry", "add", "own", "https://own.example"]);
    let ran = fed(&mut there.command(&["registry", "import", "-"]), &exported);
    assert_eq!(ran.code, 0, "{ran:#?}");
    let changed = "changed nexus: page-size, max-rps\n";
    assert!(ran.stderr.contains(changed), "{ran:#?}");
    assert_eq!(shown(&there, "nexus", "page-size"), "1000");
    assert_eq!(names(&there), ["asks", "hub", "nexus", "own", "vault"]);
    let one = there.done(&["registry", "export", "own"]).stdout;
    assert_eq!(one.matches("[[registry]]").count(), 1, "{one}");
    refused(&there.run(&["registry", "export", "nobody"]), &["`nobody`"]);
    let ran = Program::new().done(&["registry", "export"]);
    assert!(
        ran.stdout.is_empty() && ran.stderr.contains("no registry yet"),
        "{ran:#?}"
    );
}

/// A file with anything wrong in it is told line by line and changes nothing.
#[test]
fn a_nonsense_file_changes_nothing() {
    let program = filled();
    let before = all_shown(&program);
    let file = program.home().join("wrong.toml");
    let named = file.display().to_string();
    let import = |text: &str| {
        std::fs::write(&file, text).unwrap();
        program.run(&["registry", "import", &named])
    };
    let good = "[[registry]]\nname = \"good\"\naddress = \"https://good.example\"\n";
    let ran = import(&format!(
        "{good}max-conections = 5\nread-timeout = \"soon\"\n\n[[registry]]\n\
         name = \"hub\"\naddress = \"https://ann:sentinel-userinfo@hub.example\"\n\
         password = \"sentinel-password\"\nproxy = \"http://u:sentinel-proxy@jump:1\"\n"
    ));
    refused(
        &ran,
        &[
            &named,
            "nothing is changed",
            "line 4: a registry has no key `max-conections`: `max-connections` is meant?",
            "line 5: read-timeout: `soon` is no time from 1s to 1h",
            "line 9: address: the address holds a user name or password",
            "line 10: password: a password comes from",
            "line 11: proxy: a proxy's password is not kept",
        ],
    );
    assert!(
        !ran.stderr.contains("sentinel") && ran.stdout.is_empty(),
        "{ran:#?}"
    );
    refused(&import(""), &["line 1: no registry is in it"]);
    refused(&import("<html>\n"), &["line 1: "]);
    refused(&import(&format!("{good}= 3\n")), &["line 4: "]);
    refused(
        &import(&format!("{good}{good}")),
        &["line 5: `good` was described on line 2"],
    );
    std::fs::write(&file, [0xff, 0xfe, 0x00]).unwrap();
    refused(
        &program.run(&["registry", "import", &named]),
        &[&named, "cannot be read"],
    );
    let absent = ["registry", "import", "/nowhere/at/all.toml"];
    refused(
        &program.run(&absent),
        &["/nowhere/at/all.toml", "cannot be read"],
    );
    let ran = import(good);
    assert_eq!(ran.code, 0, "{ran:#?}");
    program.done(&["registry", "remove", "good", "--yes"]);
    let read_only = ["--read-only", "registry", "import", &named];
    refused(&program.run(&read_only), &["--read-only"]);
    assert_eq!(all_shown(&program), before);
}

/// A password that was typed in is exported as the place that keeps it, and stays where it is
/// when the file is imported into the state that it came from.
#[test]
fn a_kept_password_does_not_travel() {
    let program = Program::new();
    let phrase = program.home().join("passphrase");
    std::fs::write(&phrase, "sentinel-passphrase\n").unwrap();
    let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&phrase, owner).unwrap();
    let program = program.with("SUPERCARGO_PASSPHRASE_FILE", &phrase.display().to_string());
    let add = "registry add hub https://hub.example --username ann --password-stdin \
        --password-store file";
    let mut add = program.command(&add.split_whitespace().collect::<Vec<_>>());
    let ran = fed(&mut add, "sentinel-typed\n");
    assert_eq!(ran.code, 0, "{ran:#?}");
    let exported = program.done(&["registry", "export"]).stdout;
    assert!(exported.contains("password = \"file\"\n"), "{exported}");
    assert!(!exported.contains("sentinel"), "{exported}");
    let file = program.home().join("registries.toml");
    std::fs::write(
        &file,
        exported.replace("password = \"file\"\n", "max-rps = 5\n"),
    )
    .unwrap();
    let named = file.display().to_string();
    let ran = program.done(&["registry", "import", &named]);
    assert_eq!(ran.stderr, "changed hub: max-rps\n");
    assert_eq!(shown(&program, "hub", "password"), "file");

    let there = Program::new();
    std::fs::write(&file, exported).unwrap();
    let ran = there.done(&["registry", "import", &named]);
    assert!(
        ran.stderr
            .contains("`supercargo registry edit hub --password-stdin`"),
        "{ran:#?}"
    );
    for file in files_below(&there.state()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(
            !bytes.windows(8).any(|part| part == b"sentinel"),
            "{file:?}"
        );
    }
}

/// A host without its scheme is told how an address is written.
#[test]
fn a_host_is_told_how_an_address_is_written() {
    let program = Program::new();
    program.done(&["registry", "add", "hub", "https://hub.example"]);
    for target in ["registry.example", "localhost", "registry.example:5000"] {
        let ran = program.run(&["check", target]);
        refused(&ran, &[&format!("`https://{target}`")]);
    }
    let ran = program.run(&["check", "hab"]);
    refused(&ran, &["no registry `hab`: there are hub"]);
}

/// What bash offers after `line`, which ends where the word that is typed ends.
fn offered(program: &Program, line: &str) -> Vec<String> {
    let script = r#"
source <("$PROGRAM" completions bash)
compopt() { return 1; }
read -ra COMP_WORDS <<<"$LINE"
[[ "$LINE" == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
"$(complete -p supercargo | sed 's/.*-F \([^ ]*\).*/\1/')" supercargo "${COMP_WORDS[COMP_CWORD]}" ''
printf '%s\n' "${COMPREPLY[@]}"
"#;
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_supercargo"));
    let mut path = std::ffi::OsString::from(binary.parent().unwrap());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let ran = std::process::Command::new("bash")
        .args(["--norc", "-c", script])
        .env_clear()
        .env("PATH", path)
        .env("HOME", program.home())
        .env("PROGRAM", binary)
        .env(
            "LINE",
            line.replace("STATE", &program.state().display().to_string()),
        )
        .output();
    let ran = Ran::from(ran.unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}: {ran:#?}");
    let lines = ran.stdout.lines().filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// The completions of bash know commands, flags, the words of choices and the registries of
/// the state that the line names, and are silent where there is none.
#[test]
fn completions_know_the_registries() {
    let program = Program::new();
    let state = program.state();
    assert!(
        offered(&program, "supercargo --state STATE crawl ")
            .iter()
            .all(|w| w.starts_with('-'))
    );
    assert!(!state.exists(), "a look makes no state");
    for name in ["hub", "harbor", "nexus"] {
        let address = format!("https://{name}.example");
        program.done(&["registry", "add", name, &address]);
    }
    for line in [
        "supercargo --state STATE crawl h",
        "supercargo --state STATE images nexus h",
        "supercargo check --state STATE h",
        "supercargo registry remove --state STATE h",
        "supercargo registry --state STATE edit h",
    ] {
        assert_eq!(offered(&program, line), ["harbor", "hub"], "{line}");
    }
    assert_eq!(offered(&program, "supercargo registry ren"), ["rename"]);
    assert_eq!(
        offered(&program, "supercargo registry add x y --type gi"),
        ["gitlab", "gitflic", "gitea"]
    );
    assert_eq!(offered(&program, "supercargo crawl --fu"), ["--full"]);
    assert_eq!(
        offered(&program, "supercargo images --sort pu"),
        ["pushed", "pulled"]
    );
    assert_eq!(offered(&program, "supercargo decide ke"), ["keep"]);
    // What cannot be read is told to nobody who is typing.
    let inventory = state.join("inventory.redb");
    assert!(inventory.exists());
    std::fs::write(inventory, "no inventory").unwrap();
    assert!(offered(&program, "supercargo --state STATE crawl h").is_empty());
    for shell in ["zsh", "fish"] {
        let script = program.done(&["completions", shell]).stdout;
        assert!(script.contains("SUPERCARGO_COMPLETE"), "{script}");
    }
}

/// Every command has a page, which can be asked for by its words or written with all others.
#[test]
fn there_is_a_manual_page_for_every_command() {
    let program = Program::new();
    let page = |words: &[&str]| program.done(&[&["man"], words].concat()).stdout;
    assert!(page(&[]).contains(".TH SUPERCARGO 1"));
    let add = page(&["registry-add"]);
    assert!(
        add.contains(".TH SUPERCARGO-REGISTRY-ADD 1") && add.contains("max\\-rps"),
        "{add}"
    );
    assert_eq!(page(&["registry", "add"]), add);
    assert!(page(&["crawl"]).contains("supercargo crawl"));
    refused(
        &program.run(&["man", "crwal"]),
        &["no page is called `crwal`", "`supercargo man crawl`"],
    );
    let out = program.home().join("man1");
    program.done(&["man", "--out", &out.display().to_string()]);
    let written = files_below(&out);
    assert!(written.len() > 12, "{written:?}");
    assert_eq!(
        std::fs::read_to_string(out.join("supercargo-registry-add.1")).unwrap(),
        add
    );
}
