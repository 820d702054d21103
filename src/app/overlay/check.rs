//! A connection check of a saved registry, stage by stage as it goes.

use super::{Scroll, close};
use crate::app::Ticket;
use crate::app::document::{Document, Sign, Tone};
use crate::app::layer::{Flow, Layer};
use crate::app::layout::Areas;
use crate::app::pointer::{Pointed, Touch};
use crate::app::words::lasted;
use crate::app::world::{Notice, Outside, World};
use crate::app::{Event, Work, act};
use crate::config::keys::{Command, Context};
use crate::model::{
    CheckReport, RegistryId, RegistryRow, SecretEntries, Stage, StageReport, Verdict,
};

/// The page of a check.
#[derive(Clone, Debug)]
pub struct Check {
    /// Which registry.
    pub registry: RegistryId,
    /// Its name.
    pub name: String,
    /// What was checked, as people write it.
    pub address: String,
    /// The question, until its last answer came.
    pub running: Option<Ticket>,
    /// What is known so far.
    pub report: CheckReport,
    /// How far it is scrolled.
    pub scroll: Scroll,
}

impl Check {
    /// Begins the check of a registry.
    pub(in crate::app) fn begin(row: &RegistryRow, outside: &mut Outside<'_>) -> Self {
        Self {
            registry: row.id,
            name: row.spec.name.to_string(),
            address: row.spec.endpoint.to_string(),
            running: Some(start(row, outside)),
            report: CheckReport::default(),
            scroll: Scroll::default(),
        }
    }

    /// Scrolls as far as it takes to see what failed, with its hint, on a page whose
    /// inside has this size.
    pub fn reveal(&mut self, width: u16, height: u16) {
        let document = self.document(width);
        let signs = document.lines.iter().map(|line| line.sign);
        let failed = signs.clone().position(|sign| sign == Some(Sign::Bad));
        if let Some(at) = failed {
            let rest = signs.skip(at + 1).take_while(Option::is_none).count();
            self.scroll.0 = (at + rest + 1).saturating_sub(usize::from(height));
        }
    }

    /// The page.
    pub fn document(&self, width: u16) -> Document {
        let mut document = Document::new(width);
        let (tone, text) = verdict(&self.report, self.running.is_some());
        document.text(tone, &text);
        document.gap();
        stages(
            &mut document,
            &self.report,
            self.running.is_some(),
            Extent::Full,
        );
        document
    }
}

/// The result in one line.
pub(crate) fn verdict(report: &CheckReport, running: bool) -> (Tone, String) {
    if let Some(failure) = report.first_failure() {
        (Tone::Bad, format!("failed at `{}`", failure.stage))
    } else if running {
        (Tone::Busy, "checking… (esc gives up)".to_owned())
    } else {
        (Tone::Good, "everything that was checked works".to_owned())
    }
}

/// How much of a report is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything.
    Full,
    /// Without the stages that were left out.
    WithoutSkipped,
    /// And with one line for each stage that passed.
    Brief,
}

/// The stages, those that are done and, while it runs, the one that it is at.
pub(crate) fn stages(document: &mut Document, report: &CheckReport, running: bool, extent: Extent) {
    for stage in &report.stages {
        let at = document.len();
        let name = format!("{:<11}", stage.stage);
        let took = lasted(stage.elapsed);
        match &stage.verdict {
            Verdict::Passed(seen) => {
                let label = format!("  {name}{took:>8}  ");
                document.entry(label.len(), (Tone::Plain, &label), Tone::Plain, seen);
                if extent == Extent::Brief {
                    document.lines.truncate(at + 1);
                }
                document.sign(at, Sign::Good);
                facts(document, stage, label.len(), extent);
            }
            Verdict::Failed(failure) => {
                let label = format!("  {name}{took:>8}  ");
                let column = label.len();
                document.entry(column, (Tone::Bad, &label), Tone::Bad, &failure.message);
                document.sign(at, Sign::Bad);
                facts(document, stage, column, extent);
                if let Some(hint) = &failure.hint {
                    document.entry(column, (Tone::Plain, ""), Tone::Plain, hint);
                }
            }
            Verdict::Skipped(why) if extent == Extent::Full => {
                let label = format!("  {name}{:>8}  ", "skipped");
                document.entry(label.len(), (Tone::Dim, &label), Tone::Dim, why);
                document.sign(at, Sign::Skipped);
            }
            Verdict::Skipped(_) => {}
        }
    }
    let is_done = |stage: &Stage| report.stages.iter().any(|done| done.stage == *stage);
    let next = Stage::OF_A_CHECK.into_iter().find(|stage| !is_done(stage));
    if let Some(stage) = next.filter(|_| running) {
        let at = document.len();
        let label = format!("  {:<11}{:>8}  ", stage, "");
        document.entry(label.len(), (Tone::Busy, &label), Tone::Busy, "…");
        document.sign(at, Sign::Busy);
    }
}

/// What else was seen at a stage.
fn facts(document: &mut Document, stage: &StageReport, column: usize, extent: Extent) {
    if extent == Extent::Full {
        for fact in &stage.facts {
            document.entry(column, (Tone::Plain, ""), Tone::Dim, fact);
        }
    }
}

impl Layer for Check {
    fn contexts(&self) -> &'static [Context] {
        &[
            Context::Check,
            Context::Overlay,
            Context::Move,
            Context::Global,
        ]
    }

    fn why_not(&self, command: Command, _: &World) -> Option<Notice> {
        let runs = command == Command::Check && self.running.is_some();
        runs.then(|| Notice::plain("the check is at work"))
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        let mut scroll = self.scroll;
        let scrolled = scroll.take(command, outside.world, |width| self.document(width));
        self.scroll = scroll;
        match command {
            _ if scrolled.is_some() => {}
            Command::Check if self.running.is_none() => {
                if let Some(row) = outside.world.known(self.registry).cloned() {
                    self.running = Some(start(&row, outside));
                    self.report = CheckReport::default();
                }
            }
            Command::Edit => {
                if let Some(row) = outside.world.known(self.registry) {
                    let mut form = act::form(row, outside.world);
                    if let Some(failure) = self.report.first_failure() {
                        form.mend_failure(failure, outside);
                    }
                    outside.open(form);
                }
            }
            _ => return close(command),
        }
        Flow::Stay
    }

    fn pointed(&mut self, pointed: Pointed, _: &World, areas: &Areas) -> Touch {
        let inside = areas.page.inside();
        let len = self.document(inside.width).len();
        self.scroll.point(pointed, inside, len)
    }

    fn hear(&mut self, event: &Event, outside: &mut Outside<'_>) -> bool {
        let Event::Checked {
            ticket,
            report,
            done,
        } = event
        else {
            return false;
        };
        if self.running != Some(*ticket) {
            return false;
        }
        self.report = report.clone();
        if *done {
            self.running = None;
            // Before the end a page stays where its reader is.
            let page = outside.world.page();
            self.reveal(page.width, page.height);
        }
        true
    }

    fn settle(&mut self, world: &World, _: &Areas) {
        let page = world.page();
        let len = self.document(page.width).len();
        self.scroll.settle(len, usize::from(page.height));
    }

    fn moves(&self) -> bool {
        self.running.is_some()
    }

    fn closed(&mut self, outside: &mut Outside<'_>) {
        if let Some(ticket) = self.running {
            outside.work(Work::CancelCheck { ticket });
        }
    }
}

/// Begins the check of a registry.
fn start(row: &RegistryRow, outside: &mut Outside<'_>) -> Ticket {
    let ticket = outside.world.ticket();
    outside.work(Work::Check {
        ticket,
        id: Some(row.id),
        spec: Box::new(row.spec.clone()),
        secrets: SecretEntries::KEEP,
    });
    ticket
}
