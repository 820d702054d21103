//! What commands do on the pages over the panes.

use super::step;
use crate::app::document::Tone;
use crate::app::overlay::{Confirm, Detail, Form, FormCheck, Key, OnYes, Overlay};
use crate::app::{App, Effect, ScreenWork, Work};
use crate::config::keys::Command;
use crate::model::{CheckReport, SecretEntries};
use crate::query::lead_tag;

impl App {
    pub(super) fn in_overlay(
        &mut self,
        mut overlay: Overlay,
        command: Command,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(step) = step(command) {
            self.scroll(&mut overlay, step);
            self.state.overlays.push(overlay);
            return;
        }
        match (&mut overlay, command) {
            (Overlay::Form(_), _) => {
                self.in_form(overlay, command, effects);
                return;
            }
            (Overlay::Ask(ask), Command::Advance) => {
                if let Some(secret) = ask.submit() {
                    effects.push(Effect::Do(Work::GiveSecret {
                        ticket: ask.ticket,
                        secret: Some(secret),
                    }));
                    return;
                }
            }
            (Overlay::Ask(ask), Command::Leave) => {
                effects.push(Effect::Do(Work::GiveSecret {
                    ticket: ask.ticket,
                    secret: None,
                }));
                return;
            }
            (Overlay::Confirm(confirm), Command::Yes) => {
                let on_yes = confirm.on_yes.clone();
                self.confirmed(&on_yes, effects);
                return;
            }
            (Overlay::Check(check), Command::Close) => {
                if let Some(ticket) = check.running {
                    effects.push(Effect::Do(Work::CancelCheck { ticket }));
                }
                return;
            }
            (_, Command::Close | Command::No) => return,
            (Overlay::Check(check), Command::Check) if check.running.is_none() => {
                if let Some(row) = self.state.known(check.registry) {
                    let spec = Box::new(row.spec.clone());
                    let ticket = self.ticket();
                    check.running = Some(ticket);
                    check.report = CheckReport::default();
                    effects.push(Effect::Do(Work::Check {
                        ticket,
                        id: Some(check.registry),
                        spec,
                        secrets: SecretEntries::KEEP,
                    }));
                }
            }
            (
                Overlay::Detail(detail),
                Command::CopyReference | Command::CopyTag | Command::CopyDigest,
            ) => {
                let detail = detail.clone();
                self.copy(&detail, command, effects);
            }
            (Overlay::Failures(failures), Command::CopyReference) => {
                if let Some(failure) = failures.selected() {
                    let hint = failure.hint.as_deref().unwrap_or_default();
                    effects.push(Effect::Screen(ScreenWork::Copy(
                        format!("{failure} {hint}").trim().to_owned(),
                    )));
                }
            }
            _ => {}
        }
        self.state.overlays.push(overlay);
    }

    fn confirmed(&mut self, on_yes: &OnYes, effects: &mut Vec<Effect>) {
        match on_yes {
            OnYes::Quit => effects.push(Effect::Screen(ScreenWork::Quit)),
            OnYes::Remove(id) => {
                if self.state.is_crawling(*id) {
                    effects.push(Effect::Do(Work::CancelCrawl(*id)));
                }
                effects.push(Effect::Do(Work::Remove(*id)));
            }
            OnYes::Discard => {
                if let Some(Overlay::Form(form)) = self.state.overlays.pop() {
                    stop_check(&form, effects);
                }
            }
        }
    }

    fn in_form(&mut self, overlay: Overlay, command: Command, effects: &mut Vec<Effect>) {
        let Overlay::Form(mut form) = overlay else {
            return;
        };
        // While it is being saved, only leaving makes sense.
        if form.saving.is_some() && command != Command::Leave {
            self.state.overlays.push(Overlay::Form(form));
            return;
        }
        let command = match (command, form.focused().map(|entry| entry.key)) {
            (Command::Advance, Some(Key::Save)) => Command::Save,
            _ => command,
        };
        match command {
            Command::NextField => form.step(true),
            Command::PreviousField => form.step(false),
            Command::Advance => {
                if form.focused().is_some_and(|entry| entry.key == Key::More) {
                    form.more = !form.more;
                } else {
                    form.step(true);
                }
            }
            Command::Check => {
                if let Some((spec, secrets)) = form.filled() {
                    stop_check(&form, effects);
                    let ticket = self.ticket();
                    form.check = Some(FormCheck {
                        running: Some(ticket),
                        report: CheckReport::default(),
                    });
                    effects.push(Effect::Do(Work::Check {
                        ticket,
                        id: form.id,
                        spec: Box::new(spec),
                        secrets,
                    }));
                }
            }
            Command::Save => {
                form.trouble = None;
                if let Some((spec, secrets)) = form.filled() {
                    let ticket = self.ticket();
                    form.saving = Some(ticket);
                    effects.push(Effect::Do(Work::Save {
                        ticket,
                        id: form.id,
                        spec: Box::new(spec),
                        secrets,
                    }));
                }
            }
            Command::Leave if form.check.is_some() => {
                stop_check(&form, effects);
                form.check = None;
            }
            Command::Leave if form.is_changed() => {
                self.state.overlays.push(Overlay::Form(form));
                self.state.overlays.push(Overlay::Confirm(Confirm {
                    on_yes: OnYes::Discard,
                    title: "Leave without saving?".to_owned(),
                    text: "What was changed in the form is lost.".to_owned(),
                }));
                return;
            }
            Command::Leave => return,
            _ => {}
        }
        if form.wants_stores() {
            effects.push(Effect::Do(Work::TryStores));
        }
        self.state.overlays.push(Overlay::Form(form));
    }

    pub(super) fn copy(&mut self, detail: &Detail, command: Command, effects: &mut Vec<Effect>) {
        let text = match command {
            Command::CopyDigest => detail.image.digest.to_string(),
            Command::CopyTag => {
                let Some(tag) = lead_tag(&detail.image.tags) else {
                    let text = "this image has no tag; its digest names it";
                    self.state.say(Tone::Plain, text);
                    return;
                };
                format!("{}:{tag}", detail.origin)
            }
            _ => detail.reference(),
        };
        effects.push(Effect::Screen(ScreenWork::Copy(text)));
    }
}

/// Stops a check whose page goes.
pub(in crate::app) fn stop_check(form: &Form, effects: &mut Vec<Effect>) {
    if let Some(ticket) = form.check.as_ref().and_then(|check| check.running) {
        effects.push(Effect::Do(Work::CancelCheck { ticket }));
    }
}
