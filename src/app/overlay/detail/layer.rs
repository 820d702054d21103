//! What commands and answers do to the page of an image.

use super::{Detail, Tab};
use crate::app::Viewer;
use crate::app::act;
use crate::app::document::{Document, Tone};
use crate::app::event::{Event, Ticket};
use crate::app::layer::{Flow, Layer};
use crate::app::layout::Areas;
use crate::app::list::Step;
use crate::app::overlay::reading::Reading;
use crate::app::overlay::{Diff, Scroll, close};
use crate::app::page::Target;
use crate::app::pointer::{Pointed, Touch};
use crate::app::triage::Matter;
use crate::app::world::{Notice, Outside, World};
use crate::config::keys::{Command, Context, KeyPress};
use crate::model::{Answer, Platform, Question, Trouble};

impl Detail {
    /// The platforms of an index that can be looked at one by one.
    pub(super) fn platforms(&self) -> Vec<&Platform> {
        let children = self.image.image.runnable();
        children
            .filter_map(|child| child.platform.as_ref())
            .collect()
    }

    /// The platform that is looked at; `None` of an image that is no index.
    pub(super) fn platform(&self) -> Option<&Platform> {
        self.platforms().get(self.platform).copied()
    }

    fn show(&mut self, tab: Tab) {
        self.tab = tab;
        self.scroll = Scroll::default();
        self.find.restart();
    }

    /// The tab that is shown, and how many lines of it are on screen.
    fn shown(&self, world: &World) -> (Document, usize) {
        let page = Self::below(world.page());
        (
            self.document(&world.clock, page.width),
            usize::from(page.height),
        )
    }

    fn next_platform(&mut self, outside: &mut Outside<'_>) {
        let count = self.platforms().len().max(1);
        self.platform = (self.platform + 1) % count;
        self.part.stop(outside);
        self.part = Reading::default();
        self.scroll = Scroll::default();
        self.find.restart();
    }

    /// What is copied as the manifest; `None` where it is not read.
    fn manifest(&self) -> Option<String> {
        let found = self.whole.found.as_ref()?;
        let manifest = found.image.manifest.as_ref()?;
        Some(super::tabs::json_text(manifest))
    }
}

impl Layer for Detail {
    fn contexts(&self) -> &'static [Context] {
        if self.find.typing.is_some() {
            return &[Context::Filter, Context::Global];
        }
        &[
            Context::Detail,
            Context::Overlay,
            Context::Move,
            Context::Global,
        ]
    }

    fn is_typed_into(&self) -> bool {
        self.find.typing.is_some()
    }

    fn why_not(&self, command: Command, world: &World) -> Option<Notice> {
        match command {
            _ if self.find.typing.is_some() => None,
            Command::NextMatch | Command::PreviousMatch => self.find.why_not(command, world),
            Command::NextPlatform if self.platforms().len() < 2 => {
                Some(Notice::plain("this image is of one platform"))
            }
            Command::CopyManifest | Command::OpenPager | Command::OpenEditor
                if self.manifest().is_none() =>
            {
                Some(Notice::plain(
                    "the manifest is not read yet; its tab reads it",
                ))
            }
            Command::Note => act::cannot_note([Matter::image(&self.image)].iter()),
            _ => self.named().cannot_copy(command),
        }
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if self.find.typing.is_some() {
            self.find.end(command);
            return Flow::Stay;
        }
        let (document, height) = self.shown(outside.world);
        let step = Step::of(command);
        if let Some(step) = step {
            self.scroll.step(step, document.len(), height);
        }
        match command {
            _ if step.is_some() || self.named().copy(command, outside) => {}
            Command::Filter => self.find.begin(),
            Command::NextMatch | Command::PreviousMatch => {
                self.find.turn(command, &document, &mut self.scroll, height);
            }
            Command::Back if self.find.clear() => {}
            Command::Back => return self.command(Command::Close, outside),
            Command::NextTab => self.show(self.tab.next()),
            Command::PreviousTab => self.show(self.tab.previous()),
            Command::NextPlatform => self.next_platform(outside),
            Command::Raw => self.reveals = !self.reveals,
            Command::Reload => {
                self.whole.stop(outside);
                self.part.stop(outside);
                self.shared.stop(outside);
                (self.whole, self.part) = Default::default();
                self.history = None;
            }
            Command::CopyManifest => {
                if let Some(text) = self.manifest() {
                    outside.screen(crate::app::ScreenWork::Copy(text));
                }
            }
            Command::OpenPager | Command::OpenEditor => {
                if let Some(text) = self.manifest() {
                    outside.screen(crate::app::ScreenWork::Show {
                        viewer: if command == Command::OpenPager {
                            Viewer::Pager
                        } else {
                            Viewer::Editor
                        },
                        name: self.image.digest.short(),
                        text,
                    });
                }
            }
            Command::Diff => {
                let image = &self.image;
                let tag = crate::query::lead_tag(&image.tags);
                let (registry, repository) = (image.registry, &image.repository);
                let page = Diff::before(registry, repository, &image.digest, tag, outside);
                outside.open(page);
            }
            Command::Keep | Command::Delete | Command::LookAgain | Command::Note => {
                act::decide(vec![Matter::image(&self.image)], command, outside);
            }
            Command::Close if self.whole.is_asked() || self.part.is_asked() => {
                // Shown as given up until it is asked for again.
                for reading in [&mut self.whole, &mut self.part] {
                    if reading.stop(outside) {
                        reading.trouble = Some(Trouble {
                            message: "given up".to_owned(),
                            hint: Some("`r` reads it again".to_owned()),
                        });
                    }
                }
                outside.say(Tone::Plain, "given up; once more closes the page");
            }
            _ => return close(command),
        }
        Flow::Stay
    }

    fn target(&self) -> Option<Target> {
        Some(Target {
            registry: self.image.registry,
            repository: Some(self.image.repository.clone()),
            image: Some(self.image.digest.clone()),
            tag: None,
        })
    }

    fn press(&mut self, press: KeyPress, outside: &mut Outside<'_>) {
        if self.find.press(press) {
            let (document, height) = self.shown(outside.world);
            self.find.follow(&document, &mut self.scroll, height);
        }
    }

    fn paste(&mut self, text: &str, outside: &mut Outside<'_>) -> bool {
        let is_typed = self.find.paste(text);
        let (document, height) = self.shown(outside.world);
        self.find.follow(&document, &mut self.scroll, height);
        is_typed
    }

    /// A press on the name of a tab opens it, the wheel scrolls what the tab says.
    fn pointed(&mut self, pointed: Pointed, world: &World, areas: &Areas) -> Touch {
        let inside = areas.page.inside();
        let tabs = self.tab.beside(inside).into_iter();
        let mut pressed = tabs.filter(|(_, area)| pointed.is_press() && pointed.is_in(*area));
        if let Some((tab, _)) = pressed.next() {
            self.show(tab);
            return Touch::Done;
        }
        let (document, _) = self.shown(world);
        self.scroll
            .point(pointed, Self::below(inside), document.len())
    }

    /// Asks for what the tab shows and nobody asked for yet.
    fn follow(&mut self, outside: &mut Outside<'_>) {
        outside.world.triage.apply(&mut self.image);
        let platform = self.platform().map(ToString::to_string);
        match self.tab {
            Tab::Overview | Tab::Platforms => {}
            Tab::Layers | Tab::Configuration | Tab::History => {
                self.part.want(self.asked_for(), platform, outside);
                if let (Tab::Layers, Some(found)) = (self.tab, &self.part.found) {
                    self.shared.want(self.image.registry, found, outside);
                }
            }
            Tab::Manifest | Tab::Referrers | Tab::Places => {
                self.whole.want(self.asked_for(), None, outside);
            }
            Tab::TagHistory => {
                if self.history.is_none() && self.asked.is_none() && self.trouble.is_none() {
                    self.asked = Some(outside.ask_anew(Question::History {
                        registry: self.image.registry,
                        repository: self.image.repository.clone(),
                        tag: None,
                    }));
                }
            }
        }
    }

    fn awaits(&self, ticket: Ticket) -> bool {
        self.asked == Some(ticket) || self.shared.awaits(ticket)
    }

    fn answered(&mut self, _: Ticket, answer: Answer, _: &mut Outside<'_>) -> bool {
        match answer {
            Answer::Holders(counts) => self.shared.answered(counts),
            Answer::History(changes) => {
                self.asked = None;
                self.history = Some(changes);
            }
            _ => return false,
        }
        true
    }

    fn unanswered(&mut self, ticket: Ticket, trouble: &Trouble) {
        if self.shared.awaits(ticket) {
            return self.shared.answered(Vec::new());
        }
        self.asked = None;
        self.trouble = Some(trouble.clone());
    }

    fn hear(&mut self, event: &Event, _: &mut Outside<'_>) -> bool {
        self.whole.hear(event) || self.part.hear(event)
    }

    fn settle(&mut self, world: &World, _: &Areas) {
        let (document, height) = self.shown(world);
        self.scroll.settle(document.len(), height);
    }

    fn moves(&self) -> bool {
        self.whole.is_asked() || self.part.is_asked()
    }

    fn closed(&mut self, outside: &mut Outside<'_>) {
        self.shared.stop(outside);
        self.whole.stop(outside);
        self.part.stop(outside);
    }
}
