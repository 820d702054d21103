//! A real Secret Service: gnome-keyring in a D-Bus session of its own.

use std::process::{Command, Stdio};

use supercargo::model::{Credentials, Secret};
use supercargo::simulator::{Auth, Behaviour, Content, Shape, Simulator};

use crate::support::program::{Program, Ran, files_below};
use crate::support::real;

const PASSWORD: &str = "correct horse battery staple";

/// Unlocks a new keyring, then does what the test's script says with `$S` as the program.
/// Whoever asks before the service is on the bus has another one begun, which is locked.
const SESSION: &str = r#"
set -e
mkdir -p "$HOME/run" && export XDG_RUNTIME_DIR="$HOME/run" && chmod 700 "$XDG_RUNTIME_DIR"
printf unlock | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
tries=0
until dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
  org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q 'boolean true'; do
  tries=$((tries + 1))
  [ $tries -lt 300 ]
  sleep 0.1
done
"#;

fn in_session(program: &Program, script: &str) -> Option<Ran> {
    let session = real("dbus-run-session")?;
    real("gnome-keyring-daemon")?;
    let state = program.state();
    let output = Command::new(session)
        .args(["--", "sh", "-c", &format!("{SESSION}{script}")])
        // Nothing of this machine's own settings.
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LANG", "C.UTF-8")
        .env("HOME", state.parent().unwrap())
        .env("SUPERCARGO", env!("CARGO_BIN_EXE_supercargo"))
        .env("STATE", &state)
        .env("PASSWORD", PASSWORD)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Some(Ran::from(output))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_kept_used_held_to_its_address_and_removed() {
    let content = Content::generate(50, &Shape::plain(2, 2));
    let behaviour = Behaviour {
        auth: Auth::Basic(Credentials::new("ann", Secret::new(PASSWORD))),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let program = Program::new();
    let script = format!(
        r#"
s() {{ "$SUPERCARGO" --state "$STATE" "$@"; }}
printf '%s\n' "$PASSWORD" | s registry add hub {address} --username ann --password-stdin
s registry show hub --format ndjson | grep '"password"'
s crawl hub
# Another address must not get it.
if s registry edit hub --address http://127.0.0.1:9; then echo MOVED; fi
s registry edit hub --max-connections 2
s crawl hub
s registry remove hub --yes
# Gone with its registry: the same account has none.
s registry add hub {address} --username ann --password-env UNSET
s registry edit hub --forget-password
echo end
"#,
        address = simulator.address()
    );
    let Some(ran) = tokio::task::block_in_place(|| in_session(&program, &script)) else {
        return;
    };
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.stdout.contains("\"value\":\"os\""), "{ran:#?}");
    assert_eq!(ran.stdout.matches("hub: complete").count(), 2, "{ran:#?}");
    assert!(
        !ran.stdout.contains("MOVED") && ran.stderr.contains("type it in again"),
        "{ran:#?}"
    );
    assert!(ran.stdout.ends_with("end\n"), "{ran:#?}");
    assert!(!ran.stdout.contains(PASSWORD) && !ran.stderr.contains(PASSWORD));
    for file in files_below(&program.state()) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes
            .windows(PASSWORD.len())
            .any(|window| window == PASSWORD.as_bytes());
        assert!(!found, "the password is in {}", file.display());
    }
}

/// The same service through Docker's helper for it, and replaced without retyping the rest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_helper_that_keeps_them_in_the_secret_service() {
    let behaviour = Behaviour {
        auth: Auth::Basic(Credentials::new("ann", Secret::new(PASSWORD))),
        ..Behaviour::default()
    };
    let content = Content::generate(51, &Shape::plain(2, 2));
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let address = simulator.address();
    if real("docker-credential-secretservice").is_none() {
        return;
    }
    let program = Program::new();
    let script = format!(
        r#"
s() {{ "$SUPERCARGO" --state "$STATE" "$@"; }}
mkdir -p "$HOME/.docker"
printf '{{"credsStore":"secretservice"}}' > "$HOME/.docker/config.json"
printf '{{"ServerURL":"{host}","Username":"ann","Secret":"%s"}}' "$PASSWORD" \
  | docker-credential-secretservice store
s registry add hub {address}
s crawl hub
s check hub | grep secretservice
printf '%s' {host} | docker-credential-secretservice erase
printf wrong | s registry edit hub --username ann --password-stdin
s crawl hub || echo REFUSED
printf '%s' "$PASSWORD" | s registry edit hub --password-stdin
s registry show hub --format ndjson | grep '"password"'
s crawl hub
"#,
        host = address.trim_start_matches("http://"),
    );
    let Some(ran) = tokio::task::block_in_place(|| in_session(&program, &script)) else {
        return;
    };
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.stdout.contains("helper `secretservice`"), "{ran:#?}");
    assert!(ran.stdout.contains("REFUSED"), "{ran:#?}");
    assert_eq!(ran.stdout.matches("hub: complete").count(), 2, "{ran:#?}");
    assert!(ran.stdout.contains("\"value\":\"os\""), "{ran:#?}");
    assert!(
        ran.stderr
            .contains("the password is in the operating system's secret store, until you"),
        "{ran:#?}"
    );
}

/// A Secret Service that nobody can unlock, as over SSH, is given up in time, and what
/// works instead is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_in_which_nothing_can_be_unlocked() {
    let Some(session) = real("dbus-run-session") else {
        return;
    };
    let program = Program::new();
    let add = [
        "registry",
        "add",
        "hub",
        "http://127.0.0.1:9",
        "--username",
        "ann",
        "--password-stdin",
    ];
    let command = program.command(&add);
    let mut inside = Command::new(session);
    inside
        .arg("--")
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    let input = program.home().join("input");
    std::fs::write(&input, PASSWORD).unwrap();
    let input = std::fs::File::open(input).unwrap();
    let ran = Ran::from(inside.stdin(input).output().unwrap());
    assert_ne!(ran.code, 0, "{ran:#?}");
    let given_up = ran.stderr.contains("did not answer within 2s")
        || ran
            .stderr
            .contains("no secret store of the operating system works here");
    assert!(given_up, "{ran:#?}");
    assert!(
        ran.stderr
            .contains("`--password-store` one that works here")
            && ran.stderr.contains("`file`"),
        "{ran:#?}"
    );
    assert!(!ran.stderr.contains(PASSWORD), "{ran:#?}");
}
