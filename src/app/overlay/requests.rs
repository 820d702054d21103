//! The log of requests: what was asked, what came, and how long it took.

use std::collections::VecDeque;

use super::close;
use crate::app::Work;
use crate::app::event::{Event, Ticket};
use crate::app::field::Field;
use crate::app::layer::{Flow, Layer};
use crate::app::layout::Areas;
use crate::app::list::{List, Step};
use crate::app::pointer::{Pointed, Touch};
use crate::app::table::Column;
use crate::app::world::{Notice, Outside, World};
use crate::config::keys::{Command, Context, KeyPress};
use crate::model::SentTo;

/// Lines that are kept here.
const KEPT: usize = 4000;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestColumn {
    /// When it had ended.
    Time,
    /// The registry.
    Registry,
    /// Its method.
    Method,
    /// Its address.
    Url,
    /// The status.
    Status,
    /// Bytes of the answer.
    Bytes,
    /// How long it was under way.
    Took,
    /// How long it waited for its turn.
    Waited,
}

/// The columns, in order.
pub const COLUMNS: [Column<RequestColumn>; 8] = [
    Column::fixed(RequestColumn::Time, "TIME", 8),
    Column::fixed(RequestColumn::Registry, "REGISTRY", 12).ranked(3),
    Column::fixed(RequestColumn::Method, "METHOD", 6),
    Column::text(RequestColumn::Url, "PATH", 20),
    Column::fixed(RequestColumn::Status, "STATUS", 8),
    Column::fixed(RequestColumn::Bytes, "BYTES", 8)
        .at_right()
        .ranked(2),
    Column::fixed(RequestColumn::Took, "TOOK", 8).at_right(),
    Column::fixed(RequestColumn::Waited, "WAITED", 8)
        .at_right()
        .ranked(1),
];

/// The log.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    lines: VecDeque<SentTo>,
    /// The lines that the filter lets through, by their place in the log.
    pub shown: Vec<usize>,
    /// The cursor.
    pub list: List,
    /// What is typed to narrow it.
    pub typing: Option<Field>,
    /// What is looked for.
    pub filter: String,
    /// Whether it stands still.
    pub is_still: bool,
    asked: Option<Ticket>,
    beat: Option<usize>,
}

impl Requests {
    /// The line at this place in the log.
    pub fn line(&self, at: usize) -> Option<&SentTo> {
        self.lines.get(at)
    }

    /// How many lines there are, whatever the filter says.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The selected line.
    pub fn selected(&self) -> Option<&SentTo> {
        self.line(*self.shown.get(self.list.cursor)?)
    }

    /// Rows of the table on a page whose inside is so high: headings, a rule, and the
    /// selected line in full are not rows.
    pub fn height(inside: u16) -> usize {
        usize::from(inside.saturating_sub(4)).max(1)
    }

    fn narrow(&mut self, world: &World) {
        let words: Vec<String> = self
            .filter
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let is_shown = |line: &SentTo| {
            let status = line.sent.status.map_or_else(String::new, |n| n.to_string());
            let text = format!(
                "{} {} {} {status} {}",
                world.name_of(line.registry),
                line.sent.method,
                line.sent.url,
                line.sent.trouble.as_deref().unwrap_or_default()
            );
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let all = self.lines.iter().enumerate();
        let shown = all.filter(|(_, line)| is_shown(line));
        self.shown = shown.map(|(at, _)| at).collect();
        if !self.is_still {
            self.list.cursor = self.shown.len().saturating_sub(1);
        }
    }

    fn set_filter(&mut self, world: &World) {
        self.filter = self
            .typing
            .as_ref()
            .map_or_else(String::new, |field| field.text().to_owned());
        self.narrow(world);
    }
}

impl Layer for Requests {
    fn contexts(&self) -> &'static [Context] {
        if self.typing.is_some() {
            return &[Context::Filter, Context::Global];
        }
        &[
            Context::Requests,
            Context::Overlay,
            Context::Move,
            Context::Global,
        ]
    }

    fn is_typed_into(&self) -> bool {
        self.typing.is_some()
    }

    fn why_not(&self, command: Command, _: &World) -> Option<Notice> {
        let copies = command == Command::CopyReference && self.selected().is_none();
        copies.then(|| Notice::plain("no request is selected"))
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if self.typing.is_some() {
            if command == Command::Back {
                self.typing = Some(Field::default());
                self.set_filter(outside.world);
            }
            self.typing = None;
            return Flow::Stay;
        }
        if let Some(step) = Step::of(command) {
            // Who looks at a line wants it to stay.
            self.is_still = command != Command::Bottom;
            let height = Self::height(outside.world.page().height);
            self.list.step(step, self.shown.len(), height);
            return Flow::Stay;
        }
        match command {
            Command::Pause => {
                self.is_still = !self.is_still;
                self.narrow(outside.world);
            }
            Command::Filter => self.typing = Some(Field::new(&self.filter)),
            Command::CopyReference => {
                if let Some(line) = self.selected() {
                    let sent = &line.sent;
                    let text = format!("{} {}", sent.method, sent.url);
                    outside.screen(crate::app::ScreenWork::Copy(text));
                }
            }
            _ => return close(command),
        }
        Flow::Stay
    }

    fn press(&mut self, press: KeyPress, outside: &mut Outside<'_>) {
        if let Some(field) = &mut self.typing {
            field.key(press);
            self.set_filter(outside.world);
        }
    }

    fn paste(&mut self, text: &str, outside: &mut Outside<'_>) -> bool {
        let Some(field) = &mut self.typing else {
            return false;
        };
        field.paste(text);
        self.set_filter(outside.world);
        true
    }

    /// A line is not opened; who points at one wants it to stay.
    fn pointed(&mut self, pointed: Pointed, _: &World, areas: &Areas) -> Touch {
        let inside = areas.page.inside();
        let height = u16::try_from(Self::height(inside.height)).unwrap_or(u16::MAX);
        let len = self.shown.len();
        let touch = self.list.point(pointed, inside.rows(1, height), 1, len);
        if touch == Touch::Missed {
            return touch;
        }
        self.is_still = true;
        if pointed.is_press() {
            self.typing = None;
        }
        Touch::Done
    }

    /// Asks for what is new with every beat, and not before what was asked has come.
    fn follow(&mut self, outside: &mut Outside<'_>) {
        if self.asked.is_some() || self.beat == Some(outside.world.beat) {
            return;
        }
        self.beat = Some(outside.world.beat);
        let ticket = outside.world.ticket();
        self.asked = Some(ticket);
        let behind = self.lines.back().map_or(0, |line| line.number);
        outside.work(Work::ReadRequests { ticket, behind });
    }

    fn hear(&mut self, event: &Event, outside: &mut Outside<'_>) -> bool {
        let Event::RequestsRead { ticket, lines } = event else {
            return false;
        };
        if self.asked.take_if(|asked| asked == ticket).is_none() || lines.is_empty() {
            return false;
        }
        self.lines.extend(lines.iter().cloned());
        let over = self.lines.len().saturating_sub(KEPT);
        self.lines.drain(..over);
        if self.is_still {
            // The line that is looked at stays where it is.
            self.list.cursor = self.list.cursor.saturating_sub(over);
            self.list.offset = self.list.offset.saturating_sub(over);
        }
        self.narrow(outside.world);
        true
    }

    fn settle(&mut self, world: &World, _: &Areas) {
        let height = Self::height(world.page().height);
        self.list.settle(self.shown.len(), height);
    }
}
