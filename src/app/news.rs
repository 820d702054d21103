//! What is done with answers and news.

use super::document::Tone;
use super::layer::Layer;
use super::overlay::{Ask, Overlay};
use super::words::counted;
use super::{App, Effect, Event, Ticket, act};
use crate::model::{Answer, RegistryRow, Trouble};

impl App {
    /// Takes an answer or news. `true` where something visible may have changed.
    pub(super) fn take(&mut self, event: Event, effects: &mut Vec<Effect>) -> bool {
        match event {
            Event::Answered { ticket, result } => match result {
                Ok(answer) => self.answered(ticket, answer, effects),
                Err(trouble) => {
                    self.unanswered(ticket, &trouble);
                    true
                }
            },
            Event::Progress(progress) => {
                let world = &mut self.state.world;
                let changed = world.progress != progress;
                world.starting.retain(|id| !progress.contains_key(id));
                world.progress = progress;
                changed
            }
            Event::CrawlEnded {
                registry,
                ref summary,
                ref record,
            } => {
                let world = &mut self.state.world;
                world.crawl_over(registry);
                act::say_crawled(world, registry, summary, record);
                world.remember(registry, record);
                self.hear(&event, effects);
                self.reload(effects);
                true
            }
            Event::CrawlRefused { registry, failure } => {
                let world = &mut self.state.world;
                world.crawl_over(registry);
                act::say_refused(world, registry, &failure);
                // Where another process crawls it, it says so by itself.
                let row = world.known(registry);
                if !row.is_some_and(|row| world.is_crawled_elsewhere(row)) {
                    world.refused.insert(registry, failure);
                }
                self.reload(effects);
                true
            }
            Event::Saved { ref result, .. } => {
                if let Ok(id) = result {
                    self.state.world.refused.remove(id);
                }
                if !self.hear(&event, effects)
                    && let Err(error) = result
                {
                    let text = format!("not saved: {}", super::words::unsaved(error));
                    self.state.world.say(Tone::Bad, text);
                }
                if result.is_ok() {
                    self.reload(effects);
                }
                true
            }
            Event::Decided { ticket, result } => {
                let world = &mut self.state.world;
                let said = world.triage.written(ticket, result.is_ok(), effects);
                match (result, said) {
                    (Err(trouble), _) => world.say_trouble(&trouble),
                    (Ok(()), Some(said)) => world.say(Tone::Good, said),
                    (Ok(()), None) => {}
                }
                self.reload(effects);
                true
            }
            Event::Imported { ref result, .. } => {
                let is_taken = self.hear(&event, effects);
                match result {
                    Ok(imported) => {
                        act::say_imported(&mut self.state.world, imported);
                        self.reload(effects);
                    }
                    // Who asked for it has left the line meanwhile.
                    Err(refused) if !is_taken => self.state.world.say_trouble(&refused.trouble),
                    Err(_) => {}
                }
                true
            }
            Event::Exported { ref result, .. } => {
                if !self.hear(&event, effects) {
                    // Who asked for it has left the line meanwhile.
                    match result {
                        Ok(lines) => {
                            let decisions = counted(*lines, "decision", "decisions");
                            let text = format!("wrote {decisions} to the file");
                            self.state.world.say(Tone::Good, text);
                        }
                        Err(trouble) => self.state.world.say_trouble(trouble),
                    }
                }
                true
            }
            Event::Checked { .. }
            | Event::Inspected { .. }
            | Event::RequestsRead { .. }
            | Event::Completed { .. }
            | Event::StoresTried(_) => self.hear(&event, effects),
            Event::Removed { registry, result } => {
                let name = self.state.world.name_of(registry);
                match result {
                    Ok(()) => {
                        self.state.world.crawl_over(registry);
                        let text = format!("`{name}` is removed");
                        self.state.world.say(Tone::Good, text);
                    }
                    Err(trouble) => self.state.world.say_trouble(&trouble),
                }
                self.reload(effects);
                true
            }
            Event::InventoryChanged => {
                self.reload(effects);
                false
            }
            Event::Shown(result) => {
                if let Err(trouble) = result {
                    self.state.world.say_trouble(&trouble);
                }
                true
            }
            Event::Copied { text, result } => {
                match result {
                    Ok(()) => {
                        let lines = u64::try_from(text.lines().count()).unwrap_or(u64::MAX);
                        let what = match lines {
                            0 | 1 => text,
                            lines => counted(lines, "line", "lines"),
                        };
                        self.state.world.say(Tone::Good, format!("copied {what}"));
                    }
                    Err(trouble) => self.state.world.say_trouble(&trouble),
                }
                true
            }
            Event::SecretWanted { ticket, request } => {
                let ask = Ask::new(ticket, request);
                // What is typed from now on is a secret, and not for a line that shows it.
                let is_palette = |one: &Overlay| matches!(one, Overlay::Palette(_));
                self.state.overlays.retain(|one| !is_palette(one));
                self.state.overlays.push(Overlay::Ask(Box::new(ask)));
                true
            }
            Event::Notice(trouble) => {
                self.state.world.say_trouble(&trouble);
                true
            }
            Event::Key(_)
            | Event::Paste(_)
            | Event::Pointed(_)
            | Event::Resize { .. }
            | Event::Tick(_)
            | Event::Due(_)
            | Event::Quit => false,
        }
    }

    /// Tells every layer. `true` where it was of interest to one.
    fn hear(&mut self, event: &Event, effects: &mut Vec<Effect>) -> bool {
        let mut changed = false;
        self.on_all(effects, |layer, outside| {
            changed |= layer.hear(event, outside);
        });
        let closed = |overlay: &Overlay| overlay.is_over();
        if let Some(at) = self.state.overlays.iter().position(closed) {
            while self.state.overlays.len() > at {
                self.close(effects);
            }
        }
        changed
    }

    fn answered(&mut self, ticket: Ticket, answer: Answer, effects: &mut Vec<Effect>) -> bool {
        let answer = match answer {
            Answer::Registries(rows) => {
                return self.state.world.awaited(ticket) && self.registries(rows, effects);
            }
            other => other,
        };
        let mut answer = Some(answer);
        let mut changed = false;
        self.on_all(effects, |layer, outside| {
            if layer.awaits(ticket)
                && let Some(answer) = answer.take()
            {
                changed = layer.answered(ticket, answer, outside);
            }
        });
        if changed {
            self.refresh_details();
        }
        changed
    }

    fn registries(&mut self, rows: Vec<RegistryRow>, effects: &mut Vec<Effect>) -> bool {
        let mut changed = self.state.world.take_registries(rows);
        self.on_all(effects, |layer, outside| {
            changed |= layer.registries(outside.world);
        });
        if std::mem::take(&mut self.crawls_at_once) {
            self.outside(effects, act::crawl_all);
            return true;
        }
        changed
    }

    /// Shows in the pages of images what the inventory says of them now.
    fn refresh_details(&mut self) {
        let rows = &self.state.pages.browse.images.listing.rows;
        for overlay in &mut self.state.overlays {
            if let Overlay::Detail(detail) = overlay {
                detail.refresh(rows);
            }
        }
    }

    /// Takes the news that the inventory could not be read.
    fn unanswered(&mut self, ticket: Ticket, trouble: &Trouble) {
        if self.state.world.awaited(ticket) {
            self.state.world.broken = Some(trouble.clone());
            self.on_all(&mut Vec::new(), |layer, outside| {
                layer.registries(outside.world);
            });
        }
        let tell = |layer: &mut dyn Layer| {
            if layer.awaits(ticket) {
                layer.unanswered(ticket, trouble);
            }
        };
        self.on_all(&mut Vec::new(), |layer, _| tell(layer));
        self.state.world.say_trouble(trouble);
    }
}
