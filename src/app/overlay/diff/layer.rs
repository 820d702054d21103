//! What commands and answers do to the page of a difference.

use super::{Diff, Side, document};
use crate::app::event::{Event, Ticket};
use crate::app::layer::{Flow, Layer};
use crate::app::layout::Areas;
use crate::app::overlay::close;
use crate::app::overlay::reading::Reading;
use crate::app::pointer::{Pointed, Touch};
use crate::app::world::{Notice, Outside, World};
use crate::app::{Work, document::Document};
use crate::config::keys::{Command, Context};
use crate::model::{Answer, Change, Digest, Tag, Trouble, What};

impl Diff {
    /// What the page says.
    pub fn document(&self, world: &World, width: u16) -> Document {
        document(self, &world.clock, width)
    }
}

impl Layer for Diff {
    fn contexts(&self) -> &'static [Context] {
        &[
            Context::Diff,
            Context::Overlay,
            Context::Move,
            Context::Global,
        ]
    }

    fn why_not(&self, command: Command, _: &World) -> Option<Notice> {
        let only = command == Command::NextPlatform && self.platforms().len() < 2;
        only.then(|| Notice::plain("there is no other platform that both have"))
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        let mut scroll = self.scroll;
        let document = |width| self.document(outside.world, width);
        let scrolled = scroll.take(command, outside.world, document);
        self.scroll = scroll;
        if let Some(flow) = scrolled {
            return flow;
        }
        match (command, self.sides.as_deref_mut()) {
            (Command::NextPlatform, Some(sides)) => {
                self.platform += 1;
                for side in sides {
                    side.part.stop(outside);
                    side.part = Reading::default();
                }
            }
            (Command::NextTab, Some(sides)) => sides.swap(0, 1),
            (Command::Reload, Some(sides)) => {
                for side in sides {
                    side.stop(outside);
                    (side.whole, side.part) = Default::default();
                }
            }
            _ => return close(command),
        }
        Flow::Stay
    }

    fn awaits(&self, ticket: Ticket) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|before| before.asked == Some(ticket))
    }

    fn answered(&mut self, _: Ticket, answer: Answer, outside: &mut Outside<'_>) -> bool {
        let Some(before) = &mut self.before else {
            return false;
        };
        before.asked = None;
        let Answer::History(changes) = answer else {
            return false;
        };
        let tag = before.tag.as_ref();
        if let Some((from, tag)) = came_from(&changes, &before.digest, tag) {
            let registry = outside.world.name_of(before.registry);
            let side = |digest, tag| Side::new(&registry, &before.repository, digest, tag);
            let sides = [side(from, None), side(&before.digest, Some(tag))];
            self.sides = Some(Box::new(sides));
        } else {
            self.trouble = Some(Trouble {
                message: "No crawl that is remembered saw a tag move to this image.".to_owned(),
                hint: Some("Mark two images in Browse to compare them with each other.".to_owned()),
            });
        }
        true
    }

    fn unanswered(&mut self, _: Ticket, trouble: &Trouble) {
        if let Some(before) = &mut self.before {
            before.asked = None;
        }
        self.trouble = Some(trouble.clone());
    }

    /// Asks for what is compared: the images themselves, then of each index the platform.
    fn follow(&mut self, outside: &mut Outside<'_>) {
        let platform = self.platform().map(|platform| platform.to_string());
        let Some(sides) = self.sides.as_deref_mut() else {
            return;
        };
        for side in sides.iter_mut() {
            side.whole.want(side.reference.clone(), None, outside);
        }
        if sides.iter().any(|side| side.whole.found.is_none()) {
            return;
        }
        for side in sides.iter_mut() {
            if side.index().is_some() {
                let reference = side.reference.clone();
                side.part.want(reference, platform.clone(), outside);
            }
        }
    }

    fn hear(&mut self, event: &Event, _: &mut Outside<'_>) -> bool {
        let Some(sides) = self.sides.as_deref_mut() else {
            return false;
        };
        let mut readings = sides
            .iter_mut()
            .flat_map(|it| [&mut it.whole, &mut it.part]);
        readings.any(|reading| reading.hear(event))
    }

    fn pointed(&mut self, pointed: Pointed, world: &World, areas: &Areas) -> Touch {
        let inside = areas.page.inside();
        let len = self.document(world, inside.width).len();
        self.scroll.point(pointed, inside, len)
    }

    fn settle(&mut self, world: &World, _: &Areas) {
        let page = world.page();
        let len = self.document(world, page.width).len();
        self.scroll.settle(len, usize::from(page.height));
    }

    fn moves(&self) -> bool {
        let sides = self.sides.as_deref();
        let asked = sides.is_some_and(|sides| sides.iter().any(Side::is_asked));
        asked || self.before.as_ref().is_some_and(|it| it.asked.is_some())
    }

    fn closed(&mut self, outside: &mut Outside<'_>) {
        for side in self.sides.as_deref_mut().into_iter().flatten() {
            side.stop(outside);
        }
        let before = self.before.as_mut();
        if let Some(ticket) = before.and_then(|before| before.asked.take()) {
            outside.work(Work::Withdraw { ticket });
        }
    }
}

/// What a tag named before it was last seen to move to this image: this tag where it is
/// known, else any.
fn came_from<'c>(
    changes: &'c [Change],
    own: &Digest,
    tag: Option<&Tag>,
) -> Option<(&'c Digest, &'c Tag)> {
    let moves = changes.iter().filter_map(|change| match &change.what {
        What::TagMoved { tag, from, to } if to == own => Some((change.at, from, tag)),
        _ => None,
    });
    let moves: Vec<_> = moves.collect();
    let of_tag = moves.iter().filter(|(_, _, moved)| Some(*moved) == tag);
    let last = of_tag.max_by_key(|(at, ..)| *at);
    let last = last.or_else(|| moves.iter().max_by_key(|(at, ..)| *at));
    last.map(|(_, from, tag)| (*from, *tag))
}
