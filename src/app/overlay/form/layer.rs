//! What commands and news do to the form.

use super::{Entry, Form, FormCheck, FormLine};
use crate::app::document::Tone;
use crate::app::layer::{Flow, Layer};
use crate::app::layout::{self, Area, Areas};
use crate::app::overlay::{Confirm, OnYes};
use crate::app::pointer::{Pointed, Touch};
use crate::app::world::{Notice, Outside, World};
use crate::app::{Event, Work};
use crate::config::keys::{Command, Context, KeyPress};
use crate::model::setting::Section;
use crate::model::{CheckReport, Failure, mended_by};

/// Columns of the labels, marker included.
pub const COLUMN: u16 = 22;

impl Form {
    fn check(&mut self, outside: &mut Outside<'_>) {
        let Some((spec, secrets)) = self.filled() else {
            return;
        };
        self.stop_check(outside);
        let ticket = outside.world.ticket();
        self.check = Some(FormCheck {
            running: Some(ticket),
            report: CheckReport::default(),
            is_focused: true,
        });
        outside.work(Work::Check {
            ticket,
            id: self.id,
            spec: Box::new(spec),
            secrets,
        });
    }

    fn save(&mut self, outside: &mut Outside<'_>) {
        self.trouble = None;
        if let Some((spec, secrets)) = self.filled() {
            let ticket = outside.world.ticket();
            self.saving = Some(ticket);
            outside.work(Work::Save {
                ticket,
                id: self.id,
                spec: Box::new(spec),
                secrets,
            });
        }
    }

    fn stop_check(&self, outside: &mut Outside<'_>) {
        if let Some(ticket) = self.check.as_ref().and_then(|check| check.running) {
            outside.work(Work::CancelCheck { ticket });
        }
    }

    fn focus_check(&mut self, is_focused: bool) {
        if let Some(check) = &mut self.check {
            check.is_focused = is_focused;
        }
    }

    /// What failed in the check.
    fn failure(&self) -> Option<&Failure> {
        let report = self.check.as_ref().map(|check| &check.report);
        report.and_then(CheckReport::first_failure)
    }

    /// Goes to the setting that mends what failed.
    fn mend(&mut self, outside: &mut Outside<'_>) {
        let failure = self.failure().cloned();
        self.focus_check(false);
        if let Some(failure) = failure {
            self.mend_failure(&failure, outside);
        }
    }

    /// Goes to the setting that mends a failure, and says what that was.
    pub(in crate::app) fn mend_failure(&mut self, failure: &Failure, outside: &mut Outside<'_>) {
        if let Some(key) = mended_by(failure) {
            self.reveal(key);
            outside.say(Tone::Bad, failure.to_string());
        } else {
            let text = format!("no setting mends this: {failure}");
            outside.say(Tone::Plain, text);
        }
    }

    fn leave(&mut self, outside: &mut Outside<'_>) -> Flow {
        if self.check.is_some() {
            self.stop_check(outside);
            self.check = None;
        } else if self.is_changed() {
            outside.open(Confirm {
                on_yes: OnYes::Discard,
                title: "Leave without saving?".to_owned(),
                text: "What was changed in the form is lost.".to_owned(),
            });
        } else {
            return Flow::Close;
        }
        Flow::Stay
    }
}

fn view_only() -> Notice {
    Notice::plain("view only: with --read-only nothing is saved")
}

impl Layer for Form {
    fn contexts(&self) -> &'static [Context] {
        if self.is_in_fields() {
            &[Context::Form, Context::Global]
        } else {
            &[Context::FormCheck, Context::Global]
        }
    }

    fn is_typed_into(&self) -> bool {
        self.is_in_fields()
    }

    fn takes_secret(&self) -> bool {
        let focused = self.focused();
        focused.is_some_and(|entry| matches!(entry.input, super::Input::Secret(_)))
    }

    fn why_not(&self, command: Command, _: &World) -> Option<Notice> {
        match command {
            _ if self.saving.is_some() && !matches!(command, Command::Leave | Command::Help) => {
                Some(Notice::plain("it is being saved"))
            }
            Command::Save if self.is_view() => Some(view_only()),
            Command::Edit if self.failure().is_none() => Some(Notice::plain(
                "nothing has failed that a setting could mend",
            )),
            _ => None,
        }
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if command == Command::Leave {
            return self.leave(outside);
        }
        // While it is being saved, only leaving makes sense.
        if self.saving.is_some() {
            return Flow::Stay;
        }
        match command {
            // From the check back to the field that one was in.
            Command::NextField | Command::PreviousField if !self.is_in_fields() => {
                self.focus_check(false);
            }
            Command::NextField | Command::Advance => self.step(true),
            Command::PreviousField => self.step(false),
            Command::NextTab => self.turn(true),
            Command::PreviousTab => self.turn(false),
            Command::Save => self.save(outside),
            Command::Check => Form::check(self, outside),
            Command::Edit => self.mend(outside),
            _ => {}
        }
        Flow::Stay
    }

    /// A press on a field goes to it, one on the name of a section to its first.
    fn pointed(&mut self, pointed: Pointed, _: &World, areas: &Areas) -> Touch {
        if !pointed.is_press() || self.saving.is_some() {
            return Touch::Missed;
        }
        let page = layout::form_page(areas, self.check.is_some());
        let parts = layout::form(page, self.check_rows(page));
        let line = |area: Area| usize::from(pointed.row - area.y);
        let pressed = if pointed.is_in(parts.fields) {
            let lines = self.lines(parts.fields.width, COLUMN);
            match lines.get(self.offset + line(parts.fields)) {
                Some(FormLine::Field(at)) => Some(*at),
                _ => None,
            }
        } else if pointed.is_in(parts.sections) && !parts.is_narrow() {
            let section = Section::ALL.get(line(parts.sections));
            let mut entries = self.entries.iter();
            entries.position(|entry| Some(&entry.section) == section)
        } else {
            None
        };
        let Some(at) = pressed else {
            return Touch::Missed;
        };
        self.focus_check(false);
        self.go_to(at);
        Touch::Done
    }

    /// Has the stores of this host tried once their field is reached.
    fn follow(&mut self, outside: &mut Outside<'_>) {
        if self.wants_stores() {
            outside.work(Work::TryStores);
        }
    }

    fn press(&mut self, press: KeyPress, outside: &mut Outside<'_>) {
        if self.is_view() {
            outside.world.notice = Some(view_only());
        } else if self.saving.is_none() {
            let Self {
                entries,
                completion,
                ..
            } = self;
            if let Some(field) = entries.get_mut(self.at).and_then(Entry::path) {
                completion.key(press, field, outside);
            }
            self.key(press);
        }
    }

    fn paste(&mut self, text: &str, outside: &mut Outside<'_>) -> bool {
        if self.is_view() {
            outside.world.notice = Some(view_only());
        } else if self.saving.is_none() && self.is_in_fields() {
            self.insert(text);
        }
        true
    }

    fn hear(&mut self, event: &Event, outside: &mut Outside<'_>) -> bool {
        match event {
            Event::Checked {
                ticket,
                report,
                done,
            } => {
                let Some(check) = &mut self.check else {
                    return false;
                };
                if check.running != Some(*ticket) {
                    return false;
                }
                check.report = report.clone();
                if *done {
                    check.running = None;
                }
                true
            }
            Event::Completed { .. } => {
                let Self {
                    entries,
                    completion,
                    ..
                } = self;
                let field = entries.get_mut(self.at).and_then(Entry::path);
                let is_taken = field.is_some_and(|field| completion.take(event, field));
                if is_taken {
                    self.changed();
                }
                is_taken
            }
            Event::StoresTried(offers) => {
                self.offered(offers.clone());
                true
            }
            Event::Saved { ticket, result } if self.saving == Some(*ticket) => {
                match result {
                    Ok(_) => {
                        self.is_saved = true;
                        if let Some((spec, _)) = self.filled() {
                            let text = if self.id.is_none() {
                                let key = outside.world.key_of(Command::Crawl);
                                format!("`{}` is added; {key} crawls it", spec.name)
                            } else {
                                format!("`{}` is saved", spec.name)
                            };
                            outside.say(Tone::Good, text);
                        }
                    }
                    Err(error) => self.refused(error),
                }
                true
            }
            _ => false,
        }
    }

    fn settle(&mut self, _: &World, areas: &Areas) {
        let page = layout::form_page(areas, self.check.is_some());
        let fields = layout::form(page, self.check_rows(page)).fields;
        let lines = self.lines(fields.width, COLUMN);
        self.settle_on(&lines, usize::from(fields.height));
    }

    fn moves(&self) -> bool {
        let checks = self.check.as_ref();
        self.saving.is_some() || checks.is_some_and(|check| check.running.is_some())
    }

    fn closed(&mut self, outside: &mut Outside<'_>) {
        self.stop_check(outside);
    }
}
