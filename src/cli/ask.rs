//! Asking the person at the terminal for a secret, without echo.

use std::io::{IsTerminal, Write};
use std::sync::{LazyLock, OnceLock};

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::progress::Progresses;
use super::stop::Stops;
use crate::model::Secret;
use crate::secret::{Prompt, Request};

/// The terminal, where there is one: standard input may be something else.
pub(super) struct Terminal {
    progresses: Option<Progresses>,
}

impl Terminal {
    /// With nothing on it but what is asked.
    pub(super) fn bare() -> Self {
        Self { progresses: None }
    }

    /// With bars on it, which make room for a request.
    pub(super) fn under(progresses: Progresses) -> Self {
        Self {
            progresses: Some(progresses),
        }
    }
}

impl Prompt for Terminal {
    fn ask(&self, request: Request) -> BoxFuture<'_, Option<Secret>> {
        let progresses = self.progresses.clone();
        Box::pin(async move {
            if INTERRUPTED.is_cancelled() {
                return None;
            }
            let echo = Echo::before_all();
            let mut stops = Stops::listen();
            let asked = tokio::task::spawn_blocking(move || match progresses {
                Some(progresses) => progresses.aside(|| ask(&request)),
                None => ask(&request),
            });
            tokio::select! {
                asked = asked => asked.ok().flatten(),
                // The thread still reads; the program ends without it.
                _ = stops.next() => {
                    echo.restore();
                    INTERRUPTED.cancel();
                    None
                }
            }
        })
    }
}

/// Set when somebody interrupts a request instead of answering it. Nobody is asked again
/// then.
static INTERRUPTED: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);

/// Ends when the program is told to stop while it asks.
pub(super) async fn interrupted() {
    INTERRUPTED.cancelled().await;
}

/// Gives the terminal its echo back, at the end of everything: whoever asked may have been
/// dropped in the middle, and left a thread that hides what is typed.
pub(super) fn give_back() {
    if let Some(echo) = BEFORE.get() {
        echo.restore();
    }
}

/// The terminal as it was before anybody was asked.
static BEFORE: OnceLock<Echo> = OnceLock::new();

/// How the terminal was before it was asked not to show what is typed.
struct Echo {
    #[cfg(unix)]
    before: Option<(std::fs::File, rustix::termios::Termios)>,
}

impl Echo {
    fn before_all() -> &'static Self {
        BEFORE.get_or_init(Self::of_the_terminal)
    }

    fn of_the_terminal() -> Self {
        Self {
            #[cfg(unix)]
            before: std::fs::File::open("/dev/tty").ok().and_then(|terminal| {
                let settings = rustix::termios::tcgetattr(&terminal).ok()?;
                Some((terminal, settings))
            }),
        }
    }

    fn restore(&self) {
        #[cfg(unix)]
        if let Some((terminal, settings)) = &self.before {
            use rustix::termios::{OptionalActions, tcsetattr};
            // Whoever took the terminal away needs no echo.
            let _ = tcsetattr(terminal, OptionalActions::Now, settings);
        }
    }

    /// What is typed from now on is not shown.
    fn hide(&self) {
        #[cfg(unix)]
        if let Some((terminal, settings)) = &self.before {
            use rustix::termios::{LocalModes, OptionalActions, tcsetattr};
            let mut settings = settings.clone();
            settings.local_modes.remove(LocalModes::ECHO);
            // Without it the reader still hides what is typed once it reads.
            let _ = tcsetattr(terminal, OptionalActions::Now, &settings);
        }
    }
}

fn ask(request: &Request) -> Option<Secret> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    // The reader writes its prompt before it turns the echo off, and a fast hand, or a
    // program that types, would see its first letters.
    let echo = Echo::before_all();
    echo.hide();
    let answer = read(request);
    echo.restore();
    answer
}

fn read(request: &Request) -> Option<Secret> {
    let read = |words: &str| {
        let text = match rpassword::prompt_password(words) {
            Ok(text) => text,
            // It takes the key itself, and tells by a signal besides, which may come later.
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                INTERRUPTED.cancel();
                return None;
            }
            Err(_) => return None,
        };
        let text = zeroize::Zeroizing::new(text);
        Some(Secret::new(text.as_str())).filter(|secret| !secret.is_empty())
    };
    match request {
        Request::Password { registry, username } => {
            read(&format!("Password of {username} at {registry}: "))
        }
        Request::ApiToken { registry } => read(&format!("API token of {registry}: ")),
        Request::Passphrase {
            file,
            is_new: false,
        } => read(&format!("Passphrase of {}: ", file.display())),
        Request::Passphrase { file, is_new: true } => {
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
