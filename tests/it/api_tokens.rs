//! Where the token of a product's own API is kept: as passwords are, under an entry of its
//! own, and nowhere else.

use crate::support::program::{Program, Ran, fed, files_below};

const ADD: &str = "registry add lab https://registry.example --username ann --type gitlab";

/// A program that opens an encrypted file of its own.
fn program() -> Program {
    Program::new().with("SUPERCARGO_PASSPHRASE", "open sesame")
}

fn typed(program: &Program, line: &str, input: &str) -> Ran {
    let words: Vec<&str> = line.split_whitespace().collect();
    fed(&mut program.command(&words), input)
}

fn shown(program: &Program, name: &str) -> String {
    let ran = program.done(&["registry", "show", name, "--format", "ndjson"]);
    let lines = ran.stdout.lines();
    let values = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let found = values
        .into_iter()
        .find(|line| line["setting"] == "api-token");
    found.unwrap()["value"].as_str().unwrap().to_owned()
}

/// Whether the store has a token for a registry of these settings: a place that is named
/// must have it.
fn has_token(program: &Program, settings: &str) -> bool {
    let name = "probe";
    let line = format!("registry add {name} {settings} --api-token file");
    let words: Vec<&str> = line.split_whitespace().collect();
    let ran = program.run(&words);
    if ran.code == 0 {
        // Another registry uses its entry, or it goes with this one.
        return true;
    }
    assert!(ran.stderr.contains("has no API token for"), "{ran:#?}");
    assert!(ran.stderr.contains("--api-token-stdin"), "{ran:#?}");
    false
}

#[test]
fn both_secrets_are_read_and_kept_and_neither_is_in_a_file() {
    let program = program();
    let line =
        format!("{ADD} --password-stdin --password-store file --api-token file --api-token-stdin");
    let ran = typed(&program, &line, "sentinel-password\nsentinel-token\n");
    assert_eq!(ran.code, 0, "{ran:#?}");
    for kind in ["password", "API token"] {
        let said = format!("the {kind} is in the encrypted file");
        assert!(ran.stderr.contains(&said), "{ran:#?}");
    }
    assert_eq!(shown(&program, "lab"), "file");
    let exported = program.done(&["registry", "export"]).stdout;
    assert!(exported.contains("api-token = \"file\"\n"), "{exported}");
    for file in files_below(&program.state()) {
        let bytes = std::fs::read(&file).unwrap();
        let has = bytes.windows(8).any(|part| part == b"sentinel");
        assert!(!has, "{}", file.display());
    }
    // Renamed, it has both still; the file that says nothing of them leaves them there.
    program.done(&["registry", "rename", "lab", "depot"]);
    assert_eq!(shown(&program, "depot"), "file");
    let file = program.home().join("registries.toml");
    let silent = "[[registry]]\nname = \"depot\"\naddress = \"https://registry.example\"\n\
                  username = \"ann\"\ntype = \"gitlab\"\nmax-rps = 5\n";
    std::fs::write(&file, silent).unwrap();
    let ran = program.done(&["registry", "import", &file.display().to_string()]);
    assert_eq!(ran.stderr, "changed depot: max-rps\n");
    assert_eq!(shown(&program, "depot"), "file");
}

#[test]
fn a_token_stays_with_its_address_and_goes_with_its_last_registry() {
    let program = program();
    let more = "--api-token file --api-token-stdin";
    let ran = typed(&program, &format!("{ADD} {more}"), "sentinel-token\n");
    assert_eq!(ran.code, 0, "{ran:#?}");
    let here = "https://registry.example --username ann";
    assert!(has_token(&program, here));
    program.done(&["registry", "remove", "probe", "--yes"]);
    assert!(has_token(&program, here), "another registry uses it");
    program.done(&["registry", "remove", "probe", "--yes"]);
    // It is for no other address, whichever setting names that.
    for (flag, value) in [
        ("--api", "https://elsewhere.example"),
        ("--address", "https://elsewhere.example"),
        ("--username", "bob"),
    ] {
        let ran = program.run(&["registry", "edit", "lab", flag, value]);
        assert_eq!(ran.code, 2, "{flag}: {ran:#?}");
        assert!(
            ran.stderr.contains("API token is for the former"),
            "{ran:#?}"
        );
        assert_eq!(shown(&program, "lab"), "file");
    }
    let line = format!("registry edit lab --api https://elsewhere.example {more}");
    let ran = typed(&program, &line, "sentinel-other\n");
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(
        !has_token(&program, here),
        "nobody uses the former any more"
    );
    // Neither does a setting that names another place.
    program.done(&["registry", "edit", "lab", "--api-token", "env:TOKEN"]);
    assert_eq!(shown(&program, "lab"), "env:TOKEN");
    let there = format!("{here} --api https://elsewhere.example");
    assert!(!has_token(&program, &there));
    let ran = typed(
        &program,
        &format!("registry edit lab {more}"),
        "sentinel-again\n",
    );
    assert_eq!(ran.code, 0, "{ran:#?}");
    let ran = program.done(&["registry", "remove", "lab", "--yes"]);
    assert!(
        ran.stderr.contains("its API token in the encrypted file"),
        "{ran:#?}"
    );
    assert!(!has_token(&program, &there));
}

#[test]
fn what_cannot_be_a_place_of_a_token_is_refused() {
    let program = program();
    for (flags, says) in [
        (
            "--api-token sentinel-token",
            "an API token comes from `none`",
        ),
        ("--api-token docker", "an API token comes from `none`"),
        (
            "--api-token env:X --api-token-stdin",
            "keeps nothing that is read",
        ),
        (
            "--api-token file --api-token-stdin",
            "standard input holds no API token",
        ),
        ("--api http://api.example", "write `https://api.example`"),
        ("--api https://169.254.169.254", "link-local"),
        ("--api https://ann:sentinel@api.example", "`--api-token`"),
    ] {
        let ran = typed(&program, &format!("{ADD} {flags}"), "");
        assert_eq!(ran.code, 2, "{flags}: {ran:#?}");
        assert!(ran.stderr.contains(says), "{flags}: {ran:#?}");
        assert!(!ran.stderr.contains("sentinel"), "{flags}: {ran:#?}");
    }
    // Where a variable is not set, a crawl and a check say which secret lacks.
    program.done(
        &format!("{ADD} --api-token env:NO_SUCH_TOKEN")
            .split(' ')
            .collect::<Vec<_>>(),
    );
    let ran = program.run(&["crawl", "lab"]);
    let says = "the API token should be in the environment variable `NO_SUCH_TOKEN`";
    assert_eq!(ran.code, 3, "{ran:#?}");
    assert!(ran.stdout.contains(says), "{ran:#?}");
}
