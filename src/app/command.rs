//! What commands do that mean the same wherever they are given; the others are carried out
//! by the layer that gets the keys.

use super::document::Tone;
use super::layer::Flow;
use super::overlay::{Confirm, Form, Help, Line, OnYes, Overlay, Palette, Requests};
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
            Command::CommandLine => {
                let palette = Palette::new(self.state.commands());
                self.state.overlays.push(palette.into());
            }
            _ if let Some(why) = self.state.why_not(command) => {
                self.state.world.notice = Some(why);
            }
            Command::Help => {
                let help = Help::new(self.state.contexts());
                self.state.overlays.push(help.into());
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
            Command::Import => self.state.overlays.push(Line::import().into()),
            Command::Demo => effects.push(Effect::Screen(ScreenWork::Demo)),
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

    /// Asks where crawls run or a form is changed; asked already, or nothing would be lost,
    /// and the program ends.
    fn quit(&mut self, effects: &mut Vec<Effect>) {
        let asked = matches!(
            self.state.overlays.last(),
            Some(Overlay::Confirm(confirm)) if confirm.on_yes == OnYes::Quit
        );
        let crawls = u64::try_from(self.state.world.crawls()).unwrap_or(u64::MAX);
        let mut overlays = self.state.overlays.iter();
        let is_changed =
            overlays.any(|overlay| matches!(overlay, Overlay::Form(form) if form.is_changed()));
        if asked || (crawls == 0 && !is_changed) {
            effects.push(Effect::Screen(ScreenWork::Quit));
            return;
        }
        let mut text = Vec::new();
        if is_changed {
            text.push("What was changed in the form is lost.".to_owned());
        }
        if crawls > 0 {
            let which = if crawls == 1 {
                "A crawl is running and will be cancelled".to_owned()
            } else {
                let crawls = counted(crawls, "crawl", "crawls");
                format!("{crawls} are running and will be cancelled")
            };
            text.push(format!(
                "{which}. What was read so far is kept; the next crawl reads the rest."
            ));
        }
        let title = if is_changed {
            "Quit without saving?"
        } else {
            "Quit while crawling?"
        };
        self.state.overlays.push(Overlay::Confirm(Confirm {
            on_yes: OnYes::Quit,
            title: title.to_owned(),
            text: text.join(" "),
        }));
    }
}
