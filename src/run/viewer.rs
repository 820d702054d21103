//! Programs of the user's that show text: they have the terminal until they end, and a copy of
//! the text that goes with them.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::signals::Signals;
use crate::app::Viewer;
use crate::model::Trouble;
use crate::model::text::quote;
use crate::secret::for_viewers;

/// An interrupt that was typed ends the program and reaches this one as well, in any order.
const INTERRUPT: Duration = Duration::from_millis(50);

/// How showing ended.
pub(super) struct Shown {
    /// Why nothing was shown, where that is so.
    pub(super) result: Result<(), Trouble>,
    /// The signal that ends this program too.
    pub(super) ended_by: Option<&'static str>,
}

/// Shows a text in a program of the user's and waits for its end. What is changed in it is
/// lost: it is a copy.
pub(super) async fn show(viewer: Viewer, name: &str, text: &str, signals: &mut Signals) -> Shown {
    let words = words(viewer, |name| std::env::var(name).ok());
    let failed = |why: String| Shown {
        result: Err(Trouble {
            message: format!("`{}` cannot show it: {why}", quote(&words.join(" "), 60)),
            hint: Some(format!(
                "set {} to a program that is here",
                variable(viewer)
            )),
        }),
        ended_by: None,
    };
    let Some((program, arguments)) = words.split_first() else {
        return failed("it names no program".to_owned());
    };
    // Its owner's alone, and gone when the program has ended.
    let file = tempfile::Builder::new()
        .prefix(&format!("{name}-"))
        .suffix(".json")
        .tempfile()
        .and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file));
    let file = match file {
        Ok(file) => file,
        Err(error) => return failed(format!("no temporary file: {error}")),
    };
    let child = Command::new(program)
        .args(arguments)
        .arg(file.path())
        .env_clear()
        .envs(for_viewers(std::env::vars_os()))
        .stdin(Stdio::inherit())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return failed(error.to_string()),
    };
    let mut ended_by = None;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            signal = signals.next() => if !is_the_programs_own(signal) {
                ended_by = Some(signal);
                if let Err(error) = child.start_kill() {
                    break Err(error);
                }
            },
        }
    };
    while let Ok(signal) = tokio::time::timeout(INTERRUPT, signals.next()).await {
        if !is_the_programs_own(signal) {
            ended_by = Some(signal);
        }
    }
    match status {
        // How it ended is known to who looked at it.
        Ok(_) => Shown {
            result: Ok(()),
            ended_by,
        },
        Err(error) => Shown {
            ended_by,
            ..failed(error.to_string())
        },
    }
}

/// Whether it is what is typed at the terminal that the program has.
fn is_the_programs_own(signal: &str) -> bool {
    matches!(signal, "SIGINT" | "SIGQUIT")
}

fn variable(viewer: Viewer) -> &'static str {
    match viewer {
        Viewer::Pager => "`PAGER`",
        Viewer::Editor => "`VISUAL` or `EDITOR`",
    }
}

/// The program and its arguments, by the first variable that is set.
fn words(viewer: Viewer, env: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let (names, usual): (&[&str], _) = match viewer {
        Viewer::Pager => (&["PAGER"], "less"),
        Viewer::Editor => (&["VISUAL", "EDITOR"], "vi"),
    };
    let set = names.iter().filter_map(|name| env(name));
    let mut set = set.filter(|value| !value.trim().is_empty());
    let chosen = set.next().unwrap_or_else(|| usual.to_owned());
    shlex::split(&chosen).unwrap_or_else(|| vec![chosen])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_names_the_program() {
        let of = |viewer, set: &[(&str, &str)]| {
            words(viewer, |name| {
                let found = set.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
            .join("|")
        };
        assert_eq!(of(Viewer::Pager, &[]), "less");
        assert_eq!(of(Viewer::Pager, &[("PAGER", "less -R -S")]), "less|-R|-S");
        assert_eq!(of(Viewer::Pager, &[("PAGER", " ")]), "less");
        assert_eq!(of(Viewer::Editor, &[("EDITOR", "nano")]), "nano");
        let both = [("EDITOR", "nano"), ("VISUAL", "'/my apps/code' --wait")];
        assert_eq!(of(Viewer::Editor, &both), "/my apps/code|--wait");
        assert_eq!(of(Viewer::Editor, &[("EDITOR", "it's")]), "it's");
    }
}
