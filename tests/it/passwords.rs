//! Where passwords come from, with the real tools that keep them: skopeo's `config.json`
//! and `auth.json`, the helpers `pass` and `secretservice`, our own encrypted file.

use std::path::Path;
use std::process::Command;

use crate::support::distribution::{Access, Distribution};
use crate::support::program::{Program, Ran, fed, files_below};
use crate::support::pty::Terminal;
use crate::support::real;

const USER: &str = "purser";
const PASSWORD: &str = "test password";

/// A real registry that asks for a password, and a program whose home is its own.
async fn registry() -> Option<(Distribution, Program)> {
    let registry = Distribution::start(Access::Htpasswd).await?;
    Some((registry, Program::new()))
}

fn authority(registry: &Distribution) -> &str {
    registry.address.trim_start_matches("http://")
}

/// The words that add the registry under `name` for its user.
fn adding<'a>(name: &'a str, registry: &'a Distribution) -> [&'a str; 6] {
    [
        "registry",
        "add",
        name,
        &registry.address,
        "--username",
        USER,
    ]
}

/// Runs a tool with the program's home and `input`.
fn tool(program: &Program, words: &[&str], input: &str, more: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", program.home())
        .envs(more.iter().copied());
    let ran = fed(&mut command, input);
    assert_eq!(ran.code, 0, "{words:?}: {ran:#?}");
    ran
}

/// Adds the registry under `name` with `flags` and crawls it; it must be taken for whom
/// it has the password of.
fn crawls(program: &Program, registry: &Distribution, name: &str, flags: &[&str]) {
    let add = ["registry", "add", name, &registry.address];
    program.done(&[&add[..], flags].concat());
    let line = program.crawl(name);
    assert_eq!(line["outcome"], "complete", "{flags:?}: {line:#}");
}

/// The password is in no file below `folder`, nor is its Base64.
fn is_nowhere(folder: &Path) {
    for file in files_below(folder) {
        let bytes = std::fs::read(&file).unwrap();
        for secret in [PASSWORD, "dGVzdCBwYXNzd29yZA"] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "the password is in {}", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_login_with_docker_or_podman_left_behind() {
    let (Some((registry, program)), Some(_)) = (registry().await, real("skopeo")) else {
        return;
    };
    let home = program.home().display().to_string();
    let docker = format!("{home}/.docker/config.json");
    let podman = format!("{home}/run/containers/auth.json");
    let login = |file: &str| {
        std::fs::create_dir_all(Path::new(file).parent().unwrap()).unwrap();
        let words = [
            "skopeo",
            "login",
            "--tls-verify=false",
            "--username",
            USER,
            "--password-stdin",
            "--authfile",
            file,
            authority(&registry),
        ];
        tool(&program, &words, PASSWORD, &[]);
    };
    // Before: nobody knows a password, and that is said.
    let ran = program.run(&["check", &registry.address]);
    assert_eq!(ran.code, 3, "{ran:#?}");

    login(&docker);
    crawls(&program, &registry, "auto", &[]);
    crawls(
        &program,
        &registry,
        "docker",
        &["--password-from", "docker"],
    );
    let ran = program.done(&["check", &registry.address]);
    assert!(
        ran.stdout
            .contains("`purser`, with the password from docker's `config.json`"),
        "{ran:#?}"
    );
    // Somebody else's is not sent.
    let ran = program.run(&["check", &registry.address, "--username", "ann"]);
    assert_eq!(ran.code, 3, "{ran:#?}");
    assert!(
        ran.stdout.contains("holds the password of `purser`"),
        "{ran:#?}"
    );
    let nowhere = ["check", &registry.address, "--password-from", "podman"];
    let ran = program.run(&nowhere);
    assert_eq!(ran.code, 3, "{ran:#?}");
    assert!(ran.stdout.contains("podman login"), "{ran:#?}");

    std::fs::remove_file(&docker).unwrap();
    login(&podman);
    let run = format!("{home}/run");
    let program = program.with("XDG_RUNTIME_DIR", &run);
    crawls(
        &program,
        &registry,
        "podman",
        &["--password-from", "podman"],
    );
    crawls(&program, &registry, "found", &[]);
    let moved = format!("{home}/elsewhere.json");
    std::fs::rename(&podman, &moved).unwrap();
    let program = program.with("REGISTRY_AUTH_FILE", &moved);
    let line = program.crawl("podman");
    assert_eq!(line["outcome"], "complete", "{line:#}");
    is_nowhere(&program.state());
    let ran = program.done(&["registry", "show", "podman"]);
    assert!(ran.stdout.contains("podman"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_helper_that_keeps_them_in_pass() {
    let Some((registry, program)) = registry().await else {
        return;
    };
    for name in ["docker-credential-pass", "pass", "gpg"] {
        if real(name).is_none() {
            return;
        }
    }
    // gpg's agent listens on a socket there, whose path must be short.
    let keys = tempfile::tempdir_in("/tmp").unwrap();
    let keys = keys.path().display().to_string();
    let environment = [("GNUPGHOME", keys.as_str())];
    let key = [
        "gpg",
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-generate-key",
        "purser@hub",
    ];
    tool(&program, &key, "", &environment);
    tool(&program, &["pass", "init", "purser@hub"], "", &environment);
    let entry = format!(
        r#"{{"ServerURL":"{}","Username":"{USER}","Secret":"{PASSWORD}"}}"#,
        authority(&registry)
    );
    let store = ["docker-credential-pass", "store"];
    tool(&program, &store, &entry, &environment);
    let folder = program.home().join(".docker");
    std::fs::create_dir(&folder).unwrap();
    let config = |text: String| std::fs::write(folder.join("config.json"), text).unwrap();
    let program = program.with("GNUPGHOME", &keys);

    config(r#"{"credsStore":"pass"}"#.to_owned());
    crawls(&program, &registry, "store", &[]);
    let ran = program.done(&["check", &registry.address]);
    assert!(ran.stdout.contains("helper `pass`"), "{ran:#?}");
    config(format!(
        r#"{{"credsStore":"nosuch","credHelpers":{{"{}":"pass"}}}}"#,
        authority(&registry)
    ));
    crawls(
        &program,
        &registry,
        "helper",
        &["--password-from", "docker"],
    );

    // One that is missing, and one that fails, are named with what they say.
    config(r#"{"credsStore":"nosuch"}"#.to_owned());
    let ran = program.run(&["check", &registry.address]);
    assert!(
        ran.stdout
            .contains("`docker-credential-nosuch` failed: it cannot be started"),
        "{ran:#?}"
    );
    config(r#"{"credsStore":"pass"}"#.to_owned());
    let program = program.with("GNUPGHOME", "/nonexistent/keys");
    let ran = program.run(&["check", &registry.address]);
    assert!(
        ran.stdout.contains("`docker-credential-pass` failed: "),
        "{ran:#?}"
    );
    is_nowhere(&program.state());
    tool(&program, &["gpgconf", "--kill", "all"], "", &environment);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_file_where_no_store_works() {
    let Some((registry, program)) = registry().await else {
        return;
    };
    let add = |program: &Program, name: &str, more: &[&str]| {
        let add = adding(name, &registry);
        let words = [&add[..], &["--password-stdin"], more].concat();
        fed(&mut program.command(&words), PASSWORD)
    };
    // No store and no passphrase: nothing is kept, and the ways are named.
    let ran = add(&program, "hub", &[]);
    assert_ne!(ran.code, 0, "{ran:#?}");
    assert!(
        ran.stderr
            .contains("`file` (until you remove it, encrypted")
            && ran.stderr.contains("--password-env"),
        "{ran:#?}"
    );
    let ran = add(&program, "hub", &["--password-store", "file"]);
    assert!(
        ran.stderr.contains("SUPERCARGO_PASSPHRASE_FILE"),
        "{ran:#?}"
    );

    let pass = program.home().join("passphrase");
    std::fs::write(&pass, "open sesame\n").unwrap();
    let program = program.with("SUPERCARGO_PASSPHRASE_FILE", &pass.display().to_string());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |mode| std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&pass, mode(0o644)).unwrap();
        let ran = add(&program, "hub", &["--password-store", "file"]);
        assert!(ran.stderr.contains("chmod 600"), "{ran:#?}");
        std::fs::set_permissions(&pass, mode(0o600)).unwrap();
    }
    // Where it can be opened again, it is the store that works.
    let ran = add(&program, "hub", &[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(
        ran.stderr
            .contains("the encrypted file, until you remove it"),
        "{ran:#?}"
    );
    let line = program.crawl("hub");
    assert_eq!(line["outcome"], "complete", "{line:#}");
    is_nowhere(&program.state());
    let file = program.state().join("secrets.age");
    let sealed = std::fs::read(&file).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for (path, wanted) in [(&file, 0o600), (&program.state(), 0o700)] {
            let mode = std::fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, wanted, "{path:?}");
        }
    }

    // Without the passphrase it stays closed, and says how it is opened.
    let closed = program.with("SUPERCARGO_PASSPHRASE_FILE", "");
    let line = closed.crawl("hub");
    let failure = &line["failures"][0];
    assert!(
        failure["message"]
            .as_str()
            .unwrap()
            .contains("needs its passphrase"),
        "{line:#}"
    );
    let wrong = closed.with("SUPERCARGO_PASSPHRASE", "sesame open");
    let line = wrong.crawl("hub");
    let failure = &line["failures"][0];
    assert!(
        failure["message"]
            .as_str()
            .unwrap()
            .contains("does not open"),
        "{line:#}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), sealed);

    // Forgetting takes it out of the file.
    let open = wrong.with("SUPERCARGO_PASSPHRASE", "open sesame");
    open.done(&["registry", "edit", "hub", "--forget-password"]);
    open.done(&["registry", "edit", "hub", "--password-from", "auto"]);
    assert_ne!(std::fs::read(&file).unwrap(), sealed);
    let line = open.crawl("hub");
    assert_ne!(line["outcome"], "complete", "{line:#}");
}

/// The real `age`, at a terminal: it asks for the passphrase as often as there are
/// `questions`.
fn age(words: &[&str], passphrase: &str, questions: &[&str]) {
    let mut command = portable_pty::CommandBuilder::new("age");
    command.args(words);
    let mut terminal = Terminal::start(command, 100, 10);
    for question in questions {
        terminal.wait_for(question);
        terminal.keys(&format!("{passphrase}\r"));
    }
    assert!(terminal.wait_end().success(), "{words:?}");
}

/// Our encrypted file is one of age: its own program opens it, and we open what it wrote.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_age_opens_our_file_and_we_open_its() {
    if real("age").is_none() {
        return;
    }
    let Some((registry, program)) = registry().await else {
        return;
    };
    let program = program.with("SUPERCARGO_PASSPHRASE", "open sesame");
    let words = [
        &adding("hub", &registry)[..],
        &["--password-stdin", "--password-store", "file"],
    ];
    let ran = fed(&mut program.command(&words.concat()), PASSWORD);
    assert_eq!(ran.code, 0, "{ran:#?}");

    let sealed = program.state().join("secrets.age").display().to_string();
    let plain = program.home().join("plain").display().to_string();
    let open = ["-d", "-o", &plain, &sealed];
    tokio::task::block_in_place(|| age(&open, "open sesame", &["Enter passphrase"]));
    let text = std::fs::read_to_string(&plain).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&text).unwrap();
    let account = format!("{USER}@{}", registry.address);
    assert_eq!(kept, serde_json::json!({ account: PASSWORD }));

    std::fs::remove_file(&sealed).unwrap();
    let close = ["-p", "-o", &sealed, &plain];
    let questions = ["Enter passphrase", "Confirm passphrase"];
    tokio::task::block_in_place(|| age(&close, "another one", &questions));
    std::fs::remove_file(&plain).unwrap();
    let line = program.crawl("hub");
    assert_ne!(line["outcome"], "complete", "{line:#}");
    let program = program.with("SUPERCARGO_PASSPHRASE", "another one");
    let line = program.crawl("hub");
    assert_eq!(line["outcome"], "complete", "{line:#}");
    is_nowhere(&program.state());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_and_a_command_for_every_registry() {
    let Some((registry, program)) = registry().await else {
        return;
    };
    let who = ["--username", USER];
    let program = program.with("SUPERCARGO_PASSWORD_NEXUS_EU", PASSWORD);
    crawls(&program, &registry, "nexus-eu", &who);
    let script = r#"sh -c 'test "$SUPERCARGO_REGISTRY/$SUPERCARGO_USERNAME" = hub/purser || exit 3; test -z "$SUPERCARGO_PASSWORD_NEXUS_EU" || exit 4; echo test password'"#;
    let program = program.with("SUPERCARGO_PASSWORD_COMMAND", script);
    crawls(&program, &registry, "hub", &who);
    is_nowhere(&program.state());
}

/// A helper for all registries that is not here, as in a file that was copied from another
/// host, keeps nobody from a registry that asks for no password; one that is set for this
/// very registry does, because what it would say is not known.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_helper_stands_in_the_way_of_its_own_registry_only() {
    use supercargo::simulator::{Behaviour, Content, Shape, Simulator};

    let content = Content::generate(52, &Shape::plain(2, 2));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let address = simulator.address();
    let program = Program::new();
    let folder = program.home().join(".docker");
    std::fs::create_dir(&folder).unwrap();
    let config = |text: &str| std::fs::write(folder.join("config.json"), text).unwrap();
    program.done(&["registry", "add", "hub", &address]);

    config(r#"{"credsStore":"desktop"}"#);
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    let host = address.trim_start_matches("http://");
    config(&format!(
        r#"{{"credsStore":"desktop","auths":{{"{host}":{{}}}}}}"#
    ));
    let line = program.crawl("hub");
    assert_eq!(line["outcome"], "failed", "{line:#}");
    let message = line["failures"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("`docker-credential-desktop` failed"),
        "{message}"
    );
    // What is no JSON is passed over as well, and named where it is wanted.
    config("{");
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    let ran = program.run(&["check", &address, "--password-from", "docker"]);
    assert!(ran.stdout.contains("config.json` is no JSON"), "{ran:#?}");
}

/// Nothing of a password stays behind when its registry changes user or goes, and nothing
/// goes that another registry still uses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_goes_with_its_last_registry_and_not_before() {
    let Some((registry, program)) = registry().await else {
        return;
    };
    let program = program.with("SUPERCARGO_PASSPHRASE", "open sesame");
    let typed = |words: &[&str]| {
        let more = ["--password-stdin", "--password-store", "file"];
        let ran = fed(&mut program.command(&[words, &more].concat()), PASSWORD);
        assert_eq!(ran.code, 0, "{ran:#?}");
    };
    let add = |name: &str| typed(&adding(name, &registry));
    let knows = |user: &str| {
        let found = ["check", &registry.address, "--username", user];
        program
            .run(&found)
            .stdout
            .contains("from the encrypted file")
    };
    // Two registries with one account: the second keeps it.
    add("one");
    add("two");
    program.done(&["registry", "remove", "one", "--yes"]);
    assert_eq!(program.crawl("two")["outcome"], "complete");
    // Another user: the former one's password goes.
    assert!(knows(USER));
    typed(&["registry", "edit", "two", "--username", "ann"]);
    assert!(!knows(USER) && knows("ann"));
    // Without the passphrase it cannot be forgotten, and nothing is changed.
    let closed = Program::command(&program, &["registry", "edit", "two", "--forget-password"])
        .env_remove("SUPERCARGO_PASSPHRASE")
        .output()
        .unwrap();
    assert!(!closed.status.success());
    let shown = program.done(&["registry", "show", "two", "--format", "ndjson"]);
    assert!(shown.stdout.contains(r#""value":"file""#), "{shown:#?}");
    program.done(&["registry", "edit", "two", "--forget-password"]);
    assert!(!knows("ann"));
}

/// A registry may be called what a variable of ours is called.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_that_is_called_command_gets_no_command_line() {
    let Some((registry, program)) = registry().await else {
        return;
    };
    let program = program.with("SUPERCARGO_PASSWORD_COMMAND", "echo test password");
    crawls(&program, &registry, "command", &["--username", USER]);
}

/// A helper that hangs takes no more than its part of a check.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_helper_that_hangs_is_told_and_the_check_goes_on() {
    let Some((registry, program)) = registry().await else {
        return;
    };
    let flags = [
        "--username",
        USER,
        "--password-command",
        "sleep 60",
        "--timeout",
        "2s",
    ];
    let ran = program.run(&[&["check", &registry.address][..], &flags].concat());
    assert!(ran.stdout.contains("did not answer within 1s"), "{ran:#?}");
    assert!(ran.stdout.contains("ok   ping"), "{ran:#?}");
}
