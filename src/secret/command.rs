//! A password from the first line that a command prints. No shell: the words are split
//! as a shell would split them, and nothing is expanded.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use zeroize::Zeroizing;

use super::SecretError;
use crate::model::{Secret, text};

/// Most bytes read of either of its outputs.
const CAP: u64 = 64 * 1024;

pub(super) async fn run(command: &str, limit: Duration) -> Result<Secret, SecretError> {
    let words = shlex::split(command).unwrap_or_default();
    let Some((program, arguments)) = words.split_first() else {
        return Err(SecretError::Command {
            program: text::quote(command, 40),
            reason: "its quotes do not match".to_owned(),
        });
    };
    let failed = |reason: String| SecretError::Command {
        program: text::quote(program, 80),
        reason,
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("it cannot be started: {error}")))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let all = async { tokio::join!(child.wait(), read(stdout), read(stderr)) };
    let Ok((status, stdout, stderr)) = tokio::time::timeout(limit, all).await else {
        return Err(failed(format!("it did not end within {limit:?}")));
    };
    let status = status.map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        let printed = text::quote(&String::from_utf8_lossy(&stderr), 200);
        return Err(failed(if printed.is_empty() {
            format!("it ended with {status} and printed nothing")
        } else {
            format!("it ended with {status}: {printed}")
        }));
    }
    let text = std::str::from_utf8(&stdout).map_err(|_| failed("it printed no text".to_owned()))?;
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
}
