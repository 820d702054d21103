//! A question that the person at the terminal answers with yes or no, before something
//! goes that does not come back.

use std::io::{BufRead, IsTerminal, Write};

use super::stop::Stops;
use super::{CliError, Exit};

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Go on.
    Yes,
    /// Leave everything as it is: `n`, nothing, or the end of what is typed.
    No,
    /// Neither: the question itself was interrupted.
    Interrupted,
}

/// Says what is about to happen and asks whether it is meant.
///
/// # Errors
///
/// Where nobody can be asked, that `--yes` is needed.
pub(super) async fn confirm(what: &str, question: &str) -> Result<Answer, CliError> {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Err(CliError::usage(format!(
            "{what}; nobody is here to be asked whether it is meant"
        ))
        .with_hint("say `--yes` where it is"));
    }
    let mut stops = Stops::listen();
    let mut stderr = std::io::stderr();
    write!(stderr, "{what}\n{question} [y/N] ")?;
    stderr.flush()?;
    // A thread of its own: the runtime would wait for one of its own at the end, and whoever
    // interrupts would wait with it.
    let (sender, answered) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        // Whoever asked may have been interrupted and be gone.
        let _ = sender.send(read.map(|_| line));
    });
    tokio::select! {
        answer = answered => Ok(match answer {
            Ok(Ok(line)) if is_yes(&line) => Answer::Yes,
            _ => Answer::No,
        }),
        _ = stops.next() => {
            writeln!(stderr)?;
            Ok(Answer::Interrupted)
        }
    }
}

fn is_yes(line: &str) -> bool {
    let word = line.trim();
    word.eq_ignore_ascii_case("y") || word.eq_ignore_ascii_case("yes")
}

/// How a command ends that was not confirmed.
pub(super) fn declined(answer: Answer) -> Exit {
    match answer {
        Answer::Yes => Exit::Done,
        Answer::No => Exit::Failures,
        Answer::Interrupted => Exit::Interrupted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_one() {
        for (line, wanted) in [
            ("y\n", true),
            ("Yes\r\n", true),
            ("", false),
            ("\n", false),
            ("n\n", false),
            ("yesterday\n", false),
        ] {
            assert_eq!(is_yes(line), wanted, "{line:?}");
        }
    }
}
