//! What happened on the screen, written down so that it happens again: a defect that somebody
//! met becomes a test.
//!
//! A record is one JSON value a line: how it began ([`Begun`]), then every [`Event`] in its
//! order. It holds no secret: of what is typed or pasted where a secret is asked for, one
//! letter stands for all, and what an image itself says is left out, as anybody can build a
//! secret into one. Names of registries, repositories and users, and addresses, are in it.

use serde::{Deserialize, Serialize};

use super::{App, Event, Size};
use crate::config::keys::{Code, KeyMap, KeyPress, Meaning};
use crate::config::memory::Memory;
use crate::model::{Timestamp, Trouble};

/// How a record began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The version of the program.
    pub version: String,
    /// Columns of the terminal.
    pub width: u16,
    /// Rows of the terminal.
    pub height: u16,
    /// When.
    pub now: Timestamp,
    /// The user's own key file.
    pub keys: Option<String>,
    /// What was remembered of the screen.
    pub memory: Memory,
    /// Whether the terminal is to have no colours.
    pub colourless: bool,
    /// Whether every active registry is crawled at once.
    pub crawls_at_once: bool,
    /// Whether nothing may be saved; where it may, registries are crawled by themselves when
    /// they are due.
    pub read_only: bool,
}

/// Why a record cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the record: {why}")]
pub struct RecordError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// Says what of each event is written down.
#[derive(Clone, Debug, Default)]
pub struct Cover {
    /// Whether one letter stands already for the secret that is typed.
    is_told: bool,
}

impl Cover {
    /// The event as it may be written down, before the machine takes it; `None` where nothing
    /// of it may.
    pub fn told(&mut self, app: &App, event: &Event) -> Option<Event> {
        let is_secret = app.state.top().takes_secret();
        let is_typed = match event {
            Event::Key(press) => {
                let contexts = app.state.contexts();
                let meaning = app.state.world.keys.meaning(contexts, &[*press]);
                !matches!(meaning, Meaning::Command(_))
            }
            Event::Paste(_) => true,
            _ => false,
        };
        match event {
            _ if is_secret && is_typed => {
                let first = !std::mem::replace(&mut self.is_told, true);
                let letter = KeyPress::plain(Code::Char('x'));
                first.then_some(Event::Key(letter))
            }
            Event::Key(_) => {
                self.is_told = false;
                Some(event.clone())
            }
            Event::Inspected { ticket, .. } => Some(Event::Inspected {
                ticket: *ticket,
                result: Err(Trouble::new("what an image says of itself is not recorded")),
            }),
            Event::Copied { result, .. } => Some(Event::Copied {
                text: "what is not recorded".to_owned(),
                result: result.clone(),
            }),
            other => Some(other.clone()),
        }
    }
}

impl Begun {
    /// The machine as it begins, with these keys.
    pub fn app(&self, keys: KeyMap) -> App {
        let size = Size {
            width: self.width,
            height: self.height,
        };
        let mut app = App::new(size, self.now, keys);
        app.state.world.colourless = self.colourless;
        app.state.world.read_only = self.read_only;
        app.recall(&self.memory);
        if self.crawls_at_once {
            app.crawl_at_once();
        }
        if self.read_only {
            app.read_only();
        } else {
            app.follow_schedule();
        }
        app
    }

    /// The keys; an error says why they are none that this version knows.
    fn keys(&self) -> Result<KeyMap, String> {
        let Some(text) = &self.keys else {
            return Ok(KeyMap::standard());
        };
        KeyMap::standard().overridden(text).map_err(|wrong| {
            let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            format!("its keys: {}", wrong.join(", "))
        })
    }
}

/// Lets everything in a record happen again, and looks at the machine after each event. What
/// the machine wants done is not done: its answers are in the record.
///
/// # Errors
///
/// At the first line that is none of a record's.
pub fn replay(record: &str, mut look: impl FnMut(&App)) -> Result<App, RecordError> {
    let mut lines = record.lines().enumerate();
    let wrong = |line: usize, why: String| RecordError {
        line: line + 1,
        why,
    };
    let Some((at, first)) = lines.next() else {
        return Err(wrong(0, "it is empty".to_owned()));
    };
    let begun: Begun = serde_json::from_str(first).map_err(|error| wrong(at, error.to_string()))?;
    let mut app = begun.app(begun.keys().map_err(|why| wrong(at, why))?);
    let _ = app.start();
    look(&app);
    for (at, line) in lines {
        let event: Event =
            serde_json::from_str(line).map_err(|error| wrong(at, error.to_string()))?;
        let _ = app.update(event);
        look(&app);
    }
    Ok(app)
}
