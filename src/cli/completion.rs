//! `completions`: a script that asks this program what comes next, so that it knows the
//! registries there are.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use clap::CommandFactory as _;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use super::{Cli, CliError, Exit};
use crate::config::paths::Paths;
use crate::store::{Access, Store};

/// Set by the script to the name of the shell that asks.
const VARIABLE: &str = "SUPERCARGO_COMPLETE";
/// How long somebody who pressed a key waits for names.
const PATIENCE: Duration = Duration::from_millis(500);

/// Answers the shell, where it is the shell that asks. Whatever goes wrong is told to nobody:
/// it would stand in the line that is being typed.
pub(super) fn answer() -> Option<Exit> {
    std::env::var_os(VARIABLE).filter(|shell| !shell.is_empty())?;
    let here = std::env::current_dir().ok();
    let asked = CompleteEnv::with_factory(Cli::command).var(VARIABLE);
    match asked.try_complete(std::env::args_os(), here.as_deref()) {
        Ok(true) => Some(Exit::Done),
        Ok(false) => None,
        Err(_) => Some(Exit::Failures),
    }
}

/// Prints the script for a shell.
pub(super) fn print(shell: clap_complete::Shell) -> Result<Exit, CliError> {
    let shells = Shells::builtins();
    let shell = shell.to_string();
    let Some(completer) = shells.completer(&shell) else {
        return Err(CliError::usage(format!("`{shell}` has no completions")));
    };
    let mut script = Vec::new();
    let name = "supercargo";
    completer.write_registration(VARIABLE, name, name, name, &mut script)?;
    std::io::stdout().write_all(&script)?;
    Ok(Exit::Done)
}

/// Completes an argument by the names of the registries there are.
pub(super) fn registries() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let names = names().unwrap_or_default();
        names.into_iter().map(CompletionCandidate::new).collect()
    })
}

/// Completes an argument by these words.
pub(super) fn words(words: &'static [&'static str]) -> ArgValueCandidates {
    ArgValueCandidates::new(move || words.iter().map(CompletionCandidate::new).collect())
}

/// The names, where they can be had in time: the inventory may lie on a slow disk or be held.
fn names() -> Option<Vec<String>> {
    let typed: Vec<_> = std::env::args_os().collect();
    let state = typed_state(typed.iter().map(|word| word.to_string_lossy().into_owned()));
    let paths = Paths::find(state.as_deref(), None).ok()?;
    let (sender, read) = mpsc::sync_channel(1);
    // Left behind where it takes too long; it ends with the program.
    std::thread::spawn(move || {
        let rows = Store::open_existing(&paths.state, Access::ReadOnly)
            .and_then(|store| store.registries());
        // Whoever asked may have gone on without the names.
        let _ = sender.send(rows.ok());
    });
    let rows = read.recv_timeout(PATIENCE).ok()??;
    Some(
        rows.into_iter()
            .map(|row| row.spec.name.to_string())
            .collect(),
    )
}

/// The state directory in the line as far as it is typed. The shell passes words as they
/// stand there.
fn typed_state(words: impl Iterator<Item = String>) -> Option<PathBuf> {
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--state") {
            // Bash takes words apart at `=`.
            Some("") if words.peek().is_some_and(|next| next == "=") => words.nth(1),
            Some("") => words.next(),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if let Some(value) = value {
            let home = std::env::var_os("HOME").map(PathBuf::from);
            return Some(match (value.strip_prefix("~/"), home) {
                (Some(below), Some(home)) => home.join(below),
                _ => value.into(),
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_read_from_the_line() {
        let state = |line: &str| typed_state(line.split(' ').map(str::to_owned));
        assert_eq!(state("supercargo crawl h"), None);
        for line in [
            "x --state /s crawl h",
            "x --state=/s crawl h",
            "x --state = /s crawl",
        ] {
            assert_eq!(state(line), Some("/s".into()), "{line}");
        }
        assert_eq!(state("x --stately /s"), None);
        assert_eq!(state("x --state"), None);
    }
}
