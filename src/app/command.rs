//! What commands do that mean the same wherever they are given; the others are carried out
//! by the layer that gets the keys.

use super::document::Tone;
use super::layer::Flow;
use super::overlay::{Confirm, Form, Help, OnYes, Overlay, Palette, Requests};
use super::page::{PageId, Place};
use super::words::counted;
use super::{App, Effect, ScreenWork, World, act};
use crate::config::keys::Command;

impl App {
    pub(super) fn command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        match command {
            Command::Quit => self.quit(effects),
            Command::Suspend => effects.push(Effect::Screen(ScreenWork::Suspend)),
            Command::Redraw => effects.push(Effect::Screen(ScreenWork::Redraw)),
            Command::Help => {
                let help = Help::new(self.state.contexts());
                self.state.overlays.push(Overlay::Help(help));
            }
            Command::CommandLine => {
                let palette = Palette::new(self.state.commands());
                self.state.overlays.push(palette.into());
            }
            _ if let Some(why) = self.state.why_not(command) => {
                self.state.world.notice = Some(why);
            }
            Command::GoBack => {
                if self.state.pages.go_back() {
                    self.on_top(effects, |page, outside| page.returned(outside));
                }
            }
            Command::GoRepository => {
                if let Some(target) = self.state.top().target() {
                    let target = Some(target.to_repository());
                    self.leave_overlays(effects);
                    let page = PageId::Browse;
                    self.go(Place { page, target }, effects);
                }
            }
            Command::Undo => {
                let World { triage, last, .. } = &mut self.state.world;
                triage.undo(last, effects);
            }
            Command::Requests => self.state.overlays.push(Requests::default().into()),
            Command::CrawlAll => self.outside(effects, act::crawl_all),
            Command::Reload if self.state.overlays.is_empty() => {
                self.state.world.say(Tone::Plain, "read again");
                self.reload(effects);
            }
            Command::Add => self.state.overlays.push(Form::add().into()),
            _ => match PageId::of(command) {
                Some(page) => {
                    if page == self.state.pages.at {
                        let text = format!("this is the page {}", page.name());
                        self.state.world.say(Tone::Plain, text);
                    }
                    self.go(Place { page, target: None }, effects);
                }
                None => self.on_layer(command, effects),
            },
        }
    }

    fn on_layer(&mut self, command: Command, effects: &mut Vec<Effect>) {
        let at = self.state.overlays.len();
        let flow = self.on_top(effects, |top, outside| top.command(command, outside));
        let closing = match flow {
            Flow::Stay => 0,
            Flow::Close => 1,
            Flow::CloseBelow => 2,
        };
        // What the command opened lies above what it closes.
        let opened = self
            .state
            .overlays
            .split_off(at.min(self.state.overlays.len()));
        for _ in 0..closing {
            self.close(effects);
        }
        self.state.overlays.extend(opened);
    }

    /// Asks where crawls run; asked already, or nothing runs, and the program ends.
    fn quit(&mut self, effects: &mut Vec<Effect>) {
        let asked = matches!(
            self.state.overlays.last(),
            Some(Overlay::Confirm(confirm)) if confirm.on_yes == OnYes::Quit
        );
        let crawls = u64::try_from(self.state.world.crawls()).unwrap_or(u64::MAX);
        if crawls == 0 || asked {
            effects.push(Effect::Screen(ScreenWork::Quit));
            return;
        }
        self.state.overlays.push(Overlay::Confirm(Confirm {
            on_yes: OnYes::Quit,
            title: "Quit while crawling?".to_owned(),
            text: format!(
                "{}. What was read so far is kept; the next crawl reads the rest.",
                if crawls == 1 {
                    "A crawl is running and will be cancelled".to_owned()
                } else {
                    format!(
                        "{} are running and will be cancelled",
                        counted(crawls, "crawl", "crawls")
                    )
                }
            ),
        }));
    }
}
