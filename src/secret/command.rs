//! Programs that print secrets: password commands and credential helpers. No shell: a
//! command's words are split as a shell would split them, and nothing is expanded.
//!
//! They see only what is named of our environment.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use zeroize::Zeroizing;

use super::SecretError;
use super::environment::for_children;
use crate::model::{Secret, SecretKind, text};

/// Most bytes read of either of its outputs.
const CAP: u64 = 64 * 1024;

/// What a program did.
pub(super) struct Ran {
    pub(super) is_success: bool,
    pub(super) stdout: Zeroizing<Vec<u8>>,
    /// How it ended and what it printed for people, harmless.
    pub(super) said: String,
}

/// Runs `program` with `input`; `Err` says why there is no outcome.
pub(super) async fn run_program(
    program: &str,
    arguments: &[String],
    environment: &[(&str, String)],
    input: &[u8],
    limit: Duration,
) -> Result<Ran, String> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(for_children(std::env::vars_os()))
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(if input.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A program that does not read is judged by what it prints.
            let _ = stdin.write_all(input).await;
        }
    };
    let all = async { tokio::join!(child.wait(), read(stdout), read(stderr), feed) };
    let Ok((status, stdout, stderr, ())) = tokio::time::timeout(limit, all).await else {
        return Err(format!("it did not end within {limit:?}"));
    };
    let status = status.map_err(|error| error.to_string())?;
    let printed = text::quote(&String::from_utf8_lossy(&stderr), 200);
    Ok(Ran {
        is_success: status.success(),
        stdout,
        said: if printed.is_empty() {
            format!("it ended with {status} and printed nothing")
        } else {
            format!("it ended with {status}: {printed}")
        },
    })
}

/// The first line that `command` prints.
pub(super) async fn first_line(
    kind: SecretKind,
    command: &str,
    environment: &[(&str, String)],
    limit: Duration,
) -> Result<Secret, SecretError> {
    let words = shlex::split(command).unwrap_or_default();
    let Some((program, arguments)) = words.split_first() else {
        return Err(SecretError::Command {
            kind,
            program: text::quote(command, 40),
            reason: "its quotes do not match".to_owned(),
        });
    };
    let failed = |reason: String| SecretError::Command {
        kind,
        program: text::quote(program, 80),
        reason,
    };
    let ran = run_program(program, arguments, environment, b"", limit)
        .await
        .map_err(failed)?;
    if !ran.is_success {
        return Err(failed(ran.said));
    }
    let text = std::str::from_utf8(&ran.stdout);
    let text = text.map_err(|_| failed("it printed no text".to_owned()))?;
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}

async fn read(from: Option<impl AsyncRead + Unpin>) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::new());
    if let Some(from) = from {
        // What was read before a failure is judged as it is.
        let _ = from.take(CAP).read_to_end(&mut bytes).await;
    }
    bytes
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    async fn run(command: &str, limit: Duration) -> Result<Secret, SecretError> {
        first_line(SecretKind::Password, command, &[], limit).await
    }

    #[tokio::test]
    async fn the_first_line_is_the_password() {
        let secret = run("printf 'hunter2\\nsecond'", LIMIT).await.unwrap();
        assert_eq!(secret.expose(), "hunter2");
    }

    #[tokio::test]
    async fn there_is_no_shell() {
        let secret = run("echo '$HOME; id'", LIMIT).await.unwrap();
        assert_eq!(secret.expose(), "$HOME; id");
    }

    #[tokio::test]
    async fn what_a_failed_command_printed_is_said_harmless() {
        let error = run("sh -c 'printf \"locked\\033[2J\" >&2; exit 3'", LIMIT)
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("`sh`") && text.contains("locked") && !text.contains('\u{1b}'),
            "{text}"
        );
        let error = run("/nonexistent/helper --x", LIMIT).await.unwrap_err();
        assert!(error.to_string().contains("cannot be started"), "{error}");
        let error = run("echo 'x", LIMIT).await.unwrap_err();
        assert!(error.to_string().contains("quotes"), "{error}");
    }

    #[tokio::test]
    async fn a_command_that_does_not_end_is_stopped() {
        let error = run("sleep 30", Duration::from_millis(30))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("did not end"), "{error}");
    }

    #[tokio::test]
    async fn it_is_told_what_it_is_asked_for() {
        let environment = [("SUPERCARGO_REGISTRY", "hub".to_owned())];
        let command = "sh -c 'echo $SUPERCARGO_REGISTRY'";
        let secret = first_line(SecretKind::Password, command, &environment, LIMIT)
            .await
            .unwrap();
        assert_eq!(secret.expose(), "hub");
    }
}
