//! Decisions on their way to the inventory, and those that can be undone.
//!
//! They are written one after another in the order they were made. Until one is written,
//! rows that were read before show it all the same: the same key takes it back at once.

use std::collections::{BTreeMap, VecDeque};

use super::event::Ticket;
use super::{Effect, Work};
use crate::model::{
    Choice, Decided, Decision, ImageRow, PlannedPlace, RegistryId, RepositoryName, Subject,
};

/// Decisions in a registry each.
pub type DecidedIn = Vec<(RegistryId, Decided)>;

/// Steps that can be undone.
const UNDONE: usize = 100;
/// Steps that wait to be written. Who makes more has to wait.
const WAITING: usize = 64;

/// What was decided by one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is decided now.
    pub now: DecidedIn,
    /// What was decided before, of the same subjects.
    pub before: DecidedIn,
    /// What is said of it once it is written.
    pub said: String,
}

/// A step on its way.
#[derive(Clone, Debug)]
struct Sent {
    ticket: Ticket,
    step: Step,
    /// Whether it undoes another, which then is not to be undone again.
    undoes: bool,
}

/// Decisions on their way, and those that can be undone.
#[derive(Clone, Debug, Default)]
pub struct Triage {
    /// The first is being written.
    waiting: VecDeque<Sent>,
    /// What they decide, the later where two are about the same.
    pending: BTreeMap<PlannedPlace, Option<Decision>>,
    done: VecDeque<(Ticket, Step)>,
    /// Moves with every step.
    version: u64,
}

impl Triage {
    /// Whether no more can be decided before what waits is written.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= WAITING
    }

    /// Whether there is a step to undo.
    pub(super) fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// A number that moves with every step that is made.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Has a step written.
    pub(super) fn make(&mut self, step: Step, last: &mut Ticket, effects: &mut Vec<Effect>) {
        if self.done.len() == UNDONE {
            self.done.pop_front();
        }
        let ticket = self.send(step.clone(), false, last, effects);
        self.done.push_back((ticket, step));
    }

    /// Undoes the last step.
    pub(super) fn undo(&mut self, last: &mut Ticket, effects: &mut Vec<Effect>) {
        if let Some((_, step)) = self.done.pop_back() {
            let undone = Step {
                now: step.before,
                before: step.now,
                said: format!("undone: {}", step.said),
            };
            self.send(undone, true, last, effects);
        }
    }

    fn send(
        &mut self,
        step: Step,
        undoes: bool,
        last: &mut Ticket,
        effects: &mut Vec<Effect>,
    ) -> Ticket {
        last.0 += 1;
        let ticket = *last;
        self.version += 1;
        self.pending.extend(step.now.iter().map(place));
        self.waiting.push_back(Sent {
            ticket,
            step,
            undoes,
        });
        if self.waiting.len() == 1 {
            self.write(effects);
        }
        ticket
    }

    /// Has the first of what waits written.
    fn write(&self, effects: &mut Vec<Effect>) {
        if let Some(Sent { ticket, step, .. }) = self.waiting.front() {
            effects.push(Effect::Do(Work::Decide {
                ticket: *ticket,
                decided: step.now.clone(),
            }));
        }
    }

    /// Takes the news that a step is written, or cannot be; returns what is to be said of
    /// one that is. The next is sent on its way.
    pub(super) fn written(
        &mut self,
        ticket: Ticket,
        is_written: bool,
        effects: &mut Vec<Effect>,
    ) -> Option<String> {
        let first = self.waiting.front()?;
        if first.ticket != ticket {
            return None;
        }
        let sent = self.waiting.pop_front()?;
        self.write(effects);
        let waiting = self.waiting.iter().flat_map(|sent| &sent.step.now);
        self.pending = waiting.map(place).collect();
        if is_written {
            return Some(sent.step.said);
        }
        if sent.undoes {
            // It can be tried again, as it was.
            let said = sent.step.said.trim_start_matches("undone: ").to_owned();
            let step = Step {
                now: sent.step.before,
                before: sent.step.now,
                said,
            };
            self.done.push_back((ticket, step));
        } else {
            self.done.retain(|(of, _)| *of != ticket);
        }
        None
    }

    /// Shows in an image what is on its way.
    pub(super) fn apply(&self, row: &mut ImageRow) {
        if self.pending.is_empty() {
            return;
        }
        let about = |subject| {
            self.pending_about(&PlannedPlace {
                registry: row.registry,
                repository: row.repository.clone(),
                subject,
            })
        };
        let image = about(Subject::Image(row.digest.clone()));
        let tags = row.tags.iter();
        let tags = tags.map(|tag| (tag.clone(), about(Subject::Tag(tag.clone()))));
        let tags: Vec<_> = tags.filter_map(|(tag, of)| Some((tag, of?))).collect();
        if let Some(image) = image {
            row.decisions.image.clone_from(image);
        }
        for (tag, decision) in tags {
            let decided = &mut row.decisions.tags;
            decided.retain(|(of, _)| *of != tag);
            decided.extend(decision.clone().map(|decision| (tag, decision)));
            decided.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
    }

    /// What is on its way about something; `None` where nothing is.
    pub(super) fn pending_about(&self, place: &PlannedPlace) -> Option<&Option<Decision>> {
        self.pending.get(place)
    }

    /// Whether nothing is on its way.
    pub(super) fn is_settled(&self) -> bool {
        self.waiting.is_empty()
    }
}

fn place((registry, decided): &(RegistryId, Decided)) -> (PlannedPlace, Option<Decision>) {
    let place = PlannedPlace {
        registry: *registry,
        repository: decided.repository.clone(),
        subject: decided.subject.clone(),
    };
    (place, decided.decision.clone())
}

/// Something that can be decided about, and what was decided so far.
#[derive(Clone, Debug)]
pub(super) struct Matter {
    pub(super) registry: RegistryId,
    pub(super) repository: RepositoryName,
    pub(super) subject: Subject,
    pub(super) before: Option<Decision>,
}

impl Matter {
    /// The image of a row, whatever its tags.
    pub(super) fn image(row: &ImageRow) -> Self {
        Self {
            registry: row.registry,
            repository: row.repository.clone(),
            subject: Subject::Image(row.digest.clone()),
            before: row.decisions.image.clone(),
        }
    }

    fn decided(&self, decision: Option<Decision>) -> (RegistryId, Decided) {
        let decided = Decided {
            repository: self.repository.clone(),
            subject: self.subject.clone(),
            decision,
        };
        (self.registry, decided)
    }
}

/// The step that decides all of these; that takes the decision back where it is that of all
/// of them already. A note stays with the decision that it was made for.
pub(super) fn deciding(matters: &[Matter], choice: Choice, at: crate::model::Timestamp) -> Step {
    let is = |matter: &&Matter| matter.before.as_ref().map(|before| before.choice) == Some(choice);
    let takes_back = matters.iter().all(|matter| is(&matter));
    let changed = matters.iter().filter(|matter| takes_back || !is(matter));
    let changed: Vec<&Matter> = changed.collect();
    let decision = (!takes_back).then_some(Decision {
        choice,
        note: None,
        at,
    });
    let what = things(matters);
    Step {
        now: changed
            .iter()
            .map(|matter| matter.decided(decision.clone()))
            .collect(),
        before: before(&changed),
        said: match (takes_back, choice) {
            (true, _) => format!("took back `{choice}` of {what}"),
            (false, Choice::Delete) => {
                format!("decided `delete` about {what}; nothing is deleted from a registry")
            }
            (false, _) => format!("decided `{choice}` about {what}"),
        },
    }
}

/// The step that notes something beside the decisions about these, as far as there are any.
pub(super) fn noting(matters: &[Matter], note: Option<&str>) -> Step {
    let decided = matters.iter().filter(|matter| matter.before.is_some());
    let decided: Vec<&Matter> = decided.collect();
    let now = decided.iter().map(|matter| {
        let decision = matter.before.clone().map(|before| Decision {
            note: note.map(str::to_owned),
            ..before
        });
        matter.decided(decision)
    });
    let decisions = crate::app::words::counted(
        u64::try_from(decided.len()).unwrap_or(u64::MAX),
        "decision",
        "decisions",
    );
    Step {
        now: now.collect(),
        before: before(&decided),
        said: match note {
            Some(_) => format!("noted beside {decisions}"),
            None => format!("took the note away from {decisions}"),
        },
    }
}

fn before(matters: &[&Matter]) -> DecidedIn {
    let before = |matter: &&Matter| matter.decided(matter.before.clone());
    matters.iter().map(before).collect()
}

/// What is decided about, in words: the thing itself where it is one.
pub(super) fn things(matters: &[Matter]) -> String {
    let tags = matters
        .iter()
        .filter(|matter| matches!(matter.subject, Subject::Tag(_)))
        .count();
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let counted = crate::app::words::counted;
    match (matters, tags) {
        ([one], _) => match &one.subject {
            Subject::Image(digest) => format!("image {}", digest.short()),
            Subject::Tag(tag) => format!("tag `{tag}`"),
        },
        (all, 0) => counted(count(all.len()), "image", "images"),
        (all, tags) if tags == all.len() => counted(count(tags), "tag", "tags"),
        (all, tags) => format!(
            "{} and {}",
            counted(count(all.len() - tags), "image", "images"),
            counted(count(tags), "tag", "tags")
        ),
    }
}
