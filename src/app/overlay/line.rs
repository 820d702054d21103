//! One line that is asked for: the note beside decisions, the name of a file.

use std::path::PathBuf;

use crate::app::Work;
use crate::app::completion::Completion;
use crate::app::document::Tone;
use crate::app::event::{Event, Ticket};
use crate::app::field::Field;
use crate::app::layer::{Flow, Layer};
use crate::app::triage::{self, Matter};
use crate::app::words::counted;
use crate::app::world::{Outside, World};
use crate::config::keys::{Command, Context, KeyPress};
use crate::model::{self, Decided, RegistryName};

/// What the line is for.
#[derive(Clone, Debug)]
enum Purpose {
    /// A note beside the decisions about these.
    Note(Vec<Matter>),
    /// The file that these are written to.
    File(Vec<(RegistryName, Decided)>),
    /// The file whose registries are added.
    Import,
}

/// The page that asks.
#[derive(Clone, Debug)]
pub struct Line {
    /// The request in a few words.
    pub title: &'static str,
    /// What it is for.
    pub text: String,
    /// What stands before the line.
    pub label: &'static str,
    /// What is typed.
    pub field: Field,
    /// What was wrong.
    pub trouble: Option<String>,
    /// Each thing that was wrong, where that are several.
    pub details: Vec<String>,
    /// How the path that is typed may go on.
    pub completion: Completion,
    purpose: Purpose,
    /// The work that was asked for, until it is done.
    asked: Option<Ticket>,
    /// Whether it is done, so that it is to be closed.
    pub(super) is_done: bool,
}

impl Line {
    /// Asks for the note beside the decisions about these, of which there is at least one.
    pub(in crate::app) fn note(matters: Vec<Matter>) -> Self {
        let decided = || matters.iter().filter_map(|matter| matter.before.as_ref());
        let first = decided().next().and_then(|decision| decision.note.clone());
        let is_same = decided().all(|decision| decision.note == first);
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let mut text = match &matters[..] {
            [one] => format!(
                "Beside the decision about {}.",
                triage::things(std::slice::from_ref(one))
            ),
            _ => format!(
                "Beside {}.",
                counted(count(decided().count()), "decision", "decisions")
            ),
        };
        let without = matters.len() - decided().count();
        if without > 0 {
            text.push_str(&format!(
                " {} of those meant {} no decision, and gets no note.",
                without,
                if without == 1 { "has" } else { "have" }
            ));
        }
        text.push_str(" An empty line takes the note away.");
        Self {
            title: "Note",
            text,
            label: "Note",
            field: Field::new(first.filter(|_| is_same).as_deref().unwrap_or_default()),
            trouble: None,
            details: Vec::new(),
            completion: Completion::default(),
            purpose: Purpose::Note(matters),
            asked: None,
            is_done: false,
        }
    }

    /// Asks for the file that these decisions are written to, and proposes one.
    pub(in crate::app) fn file(decided: Vec<(RegistryName, Decided)>, world: &World) -> Self {
        let count = u64::try_from(decided.len()).unwrap_or(u64::MAX);
        Self {
            title: "Save what is shown",
            text: format!(
                "{}, as `supercargo decide export` prints them, into a new file in the working \
                 directory.",
                counted(count, "decision", "decisions")
            ),
            label: "File",
            field: Field::new(&format!(
                "decisions-{}.ndjson",
                world.clock.day(world.clock.now)
            )),
            trouble: None,
            details: Vec::new(),
            completion: Completion::default(),
            purpose: Purpose::File(decided),
            asked: None,
            is_done: false,
        }
    }

    /// Asks for the file whose registries are added.
    pub(in crate::app) fn import() -> Self {
        Self {
            title: "Import registries",
            text: "A file as `supercargo registry export` prints it, taken whole or not at all. \
                   The right arrow completes its path."
                .to_owned(),
            label: "File",
            field: Field::default(),
            trouble: None,
            details: Vec::new(),
            completion: Completion::default(),
            purpose: Purpose::Import,
            asked: None,
            is_done: false,
        }
    }

    fn is_right_now(&mut self) {
        self.trouble = None;
        self.details.clear();
    }

    fn accept(&mut self, outside: &mut Outside<'_>) -> Flow {
        match &self.purpose {
            Purpose::Note(matters) => match model::note(self.field.text()) {
                Ok(note) => {
                    outside.decide(triage::noting(matters, note.as_deref()));
                    return Flow::Close;
                }
                Err(why) => self.trouble = Some(why),
            },
            Purpose::File(_) | Purpose::Import if self.field.text().trim().is_empty() => {
                self.trouble = Some("type the name of a file".to_owned());
            }
            Purpose::File(decided) if self.asked.is_none() => {
                let ticket = outside.world.ticket();
                outside.work(Work::Export {
                    ticket,
                    path: PathBuf::from(self.field.text().trim()),
                    decided: decided.clone(),
                });
                self.asked = Some(ticket);
            }
            Purpose::Import if self.asked.is_none() => {
                let ticket = outside.world.ticket();
                outside.work(Work::Import {
                    ticket,
                    path: PathBuf::from(self.field.text().trim()),
                });
                self.asked = Some(ticket);
            }
            Purpose::File(_) | Purpose::Import => {}
        }
        Flow::Stay
    }
}

impl Layer for Line {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Line, Context::Global]
    }

    fn is_typed_into(&self) -> bool {
        true
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        match command {
            Command::Advance => self.accept(outside),
            Command::Leave => Flow::Close,
            _ => Flow::Stay,
        }
    }

    fn press(&mut self, press: KeyPress, outside: &mut Outside<'_>) {
        if matches!(self.purpose, Purpose::Import) {
            self.completion.key(press, &self.field, outside);
        }
        if self.field.key(press) {
            self.is_right_now();
        }
    }

    fn paste(&mut self, text: &str, _: &mut Outside<'_>) -> bool {
        self.field.paste(text);
        self.completion.forget();
        self.is_right_now();
        true
    }

    fn hear(&mut self, event: &Event, outside: &mut Outside<'_>) -> bool {
        let (Event::Exported { ticket, .. } | Event::Imported { ticket, .. }) = event else {
            return self.completion.take(event, &mut self.field);
        };
        if self.asked.take_if(|asked| asked == ticket).is_none() {
            return false;
        }
        let result = match event {
            Event::Exported { result, .. } => result,
            Event::Imported { result, .. } => {
                match result {
                    Ok(_) => self.is_done = true,
                    Err(refused) => {
                        self.trouble = Some(refused.trouble.sentence());
                        self.details.clone_from(&refused.lines);
                    }
                }
                return true;
            }
            _ => return false,
        };
        match result {
            Ok(lines) => {
                let decisions = counted(*lines, "decision", "decisions");
                let file = self.field.text().trim();
                outside.say(Tone::Good, format!("wrote {decisions} to {file}"));
                self.is_done = true;
            }
            Err(trouble) => self.trouble = Some(trouble.sentence()),
        }
        true
    }
}
