//! Asking the person at the terminal for a secret, without echo.

use std::io::{IsTerminal, Write};

use futures_util::future::BoxFuture;

use super::progress::Progresses;
use crate::model::Secret;
use crate::secret::{Prompt, Question};

/// The terminal, where there is one: standard input may be something else.
pub(super) struct Terminal {
    progresses: Option<Progresses>,
}

impl Terminal {
    /// With nothing on it but what is asked.
    pub(super) fn bare() -> Self {
        Self { progresses: None }
    }

    /// With bars on it, which make room for a question.
    pub(super) fn under(progresses: Progresses) -> Self {
        Self {
            progresses: Some(progresses),
        }
    }
}

impl Prompt for Terminal {
    fn ask(&self, question: Question) -> BoxFuture<'_, Option<Secret>> {
        let progresses = self.progresses.clone();
        Box::pin(async move {
            let asked = tokio::task::spawn_blocking(move || match progresses {
                Some(progresses) => progresses.aside(|| ask(&question)),
                None => ask(&question),
            });
            asked.await.ok().flatten()
        })
    }
}

fn ask(question: &Question) -> Option<Secret> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let read = |words: &str| {
        let text = rpassword::prompt_password(words).ok()?;
        let text = zeroize::Zeroizing::new(text);
        Some(Secret::new(text.as_str())).filter(|secret| !secret.is_empty())
    };
    match question {
        Question::Password { registry, username } => {
            read(&format!("Password of {username} at {registry}: "))
        }
        Question::Passphrase {
            file,
            is_new: false,
        } => read(&format!("Passphrase of {}: ", file.display())),
        Question::Passphrase { file, is_new: true } => {
            let chosen = read(&format!("New passphrase for {}: ", file.display()))?;
            let again = read("The same passphrase again: ")?;
            if chosen == again {
                return Some(chosen);
            }
            // Nobody may be listening.
            let _ = writeln!(std::io::stderr(), "the two passphrases differ");
            None
        }
    }
}
