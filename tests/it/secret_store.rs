//! A real Secret Service: gnome-keyring in a D-Bus session of its own.

use std::process::{Command, Stdio};

use supercargo::model::{Credentials, Secret};
use supercargo::simulator::{Auth, Behaviour, Content, Shape, Simulator};

use crate::support::program::{Program, Ran, files_below};
use crate::support::real;

const PASSWORD: &str = "correct horse battery staple";

/// Unlocks a new keyring, then does what the test's script says with `$S` as the program.
const SESSION: &str = r#"
set -e
mkdir -p "$HOME/run" && export XDG_RUNTIME_DIR="$HOME/run" && chmod 700 "$XDG_RUNTIME_DIR"
printf unlock | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
"#;

fn in_session(program: &Program, script: &str) -> Option<Ran> {
    let session = real("dbus-run-session")?;
    real("gnome-keyring-daemon")?;
    let state = program.state();
    let output = Command::new(session)
        .args(["--", "sh", "-c", &format!("{SESSION}{script}")])
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
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
s registry remove hub
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
