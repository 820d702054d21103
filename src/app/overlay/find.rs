//! What is looked for in a page of lines: typed behind `/`, then gone through from match to
//! match.

use std::ops::Range;

use super::Scroll;
use crate::app::document::{Document, Line};
use crate::app::field::Field;
use crate::app::world::{Notice, World};
use crate::config::keys::{Command, KeyPress};

/// What is looked for, and where one is.
#[derive(Clone, Debug, Default)]
pub struct Find {
    /// What is being typed.
    pub typing: Option<Field>,
    text: String,
    /// The line of the match that one is at.
    line: Option<usize>,
}

impl Find {
    /// What is looked for; nothing where it is empty.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Which match one is at, from 1, and of how many; 0 before the first is gone to.
    pub fn place(&self, document: &Document) -> (usize, usize) {
        let lines = self.lines(document);
        let at = lines.iter().position(|line| Some(*line) == self.line);
        (at.map_or(0, |at| at + 1), lines.len())
    }

    /// Whether one is at the match in this line.
    pub fn is_at(&self, line: usize) -> bool {
        self.line == Some(line)
    }

    /// The lines that have it.
    fn lines(&self, document: &Document) -> Vec<usize> {
        let lines = document.lines.iter().enumerate();
        let has = |line: &Line| {
            let mut texts = [&line.label, &line.text].into_iter();
            texts.any(|text| !matches(text, &self.text).is_empty())
        };
        let found = lines.filter(|(_, line)| has(line));
        found.map(|(at, _)| at).collect()
    }

    /// Why there is no match to go to.
    pub(super) fn why_not(&self, command: Command, world: &World) -> Option<Notice> {
        let turns = matches!(command, Command::NextMatch | Command::PreviousMatch);
        (turns && self.text.is_empty()).then(|| {
            let key = world.key_of(Command::Filter);
            Notice::plain(format!("nothing is looked for; {key} types it"))
        })
    }

    /// Begins to type.
    pub(super) fn begin(&mut self) {
        self.typing = Some(Field::new(&self.text));
    }

    /// Ends typing, and keeps what was typed unless that was taken back.
    pub(super) fn end(&mut self, command: Command) {
        self.typing = None;
        if command == Command::Back {
            self.clear();
        }
    }

    /// Looks for nothing any more; `false` where it did not before.
    pub(super) fn clear(&mut self) -> bool {
        self.line = None;
        !std::mem::take(&mut self.text).is_empty()
    }

    /// Looks for the same in other lines.
    pub(super) fn restart(&mut self) {
        self.line = None;
    }

    /// Takes a key that is text; `false` where none is typed.
    pub(super) fn press(&mut self, press: KeyPress) -> bool {
        let typed = self.typing.as_mut().map(|field| field.key(press));
        typed.is_some()
    }

    /// Takes pasted text; `false` where none is typed.
    pub(super) fn paste(&mut self, text: &str) -> bool {
        let typed = self.typing.as_mut().map(|field| field.paste(text));
        typed.is_some()
    }

    /// Goes to the first match of what is typed, from the first line that is shown on.
    pub(super) fn follow(&mut self, document: &Document, scroll: &mut Scroll, height: usize) {
        if let Some(field) = &self.typing {
            field.text().clone_into(&mut self.text);
            self.line = None;
            self.turn(Command::NextMatch, document, scroll, height);
        }
    }

    /// Goes to the next match, or the one before, round and round.
    pub(super) fn turn(
        &mut self,
        command: Command,
        document: &Document,
        scroll: &mut Scroll,
        height: usize,
    ) {
        let lines = self.lines(document);
        let is_back = command == Command::PreviousMatch;
        let next = match (self.line, is_back) {
            (None, false) => lines.iter().find(|line| **line >= scroll.0),
            (None, true) => lines.iter().rfind(|line| **line < scroll.0),
            (Some(at), false) => lines.iter().find(|line| **line > at),
            (Some(at), true) => lines.iter().rfind(|line| **line < at),
        };
        let round = if is_back { lines.last() } else { lines.first() };
        self.line = next.or(round).copied();
        if let Some(line) = self.line
            && (line < scroll.0 || line >= scroll.0 + height)
        {
            // With something of what stands before it.
            scroll.0 = line.saturating_sub(height / 3);
            scroll.settle(document.len(), height);
        }
    }
}

/// Where a text has what is looked for, whatever the case of letters; nowhere where that is
/// nothing.
pub fn matches(text: &str, sought: &str) -> Vec<Range<usize>> {
    let sought: Vec<char> = sought.chars().flat_map(char::to_lowercase).collect();
    let mut found: Vec<Range<usize>> = Vec::new();
    if sought.is_empty() {
        return found;
    }
    for (from, _) in text.char_indices() {
        if found.last().is_some_and(|last| from < last.end) {
            continue;
        }
        let mut left = &sought[..];
        for (at, letter) in text[from..].char_indices() {
            let letters: Vec<char> = letter.to_lowercase().collect();
            let Some(rest) = left.strip_prefix(&letters[..]) else {
                break;
            };
            left = rest;
            if left.is_empty() {
                found.push(from..from + at + letter.len_utf8());
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::document::Tone;

    #[test]
    fn what_is_looked_for_is_found_whatever_its_case() {
        for (text, sought, wanted) in [
            ("PATH=/usr/bin", "path", &["PATH"][..]),
            ("aaaaa", "aa", &["aa", "aa"]),
            ("Größe in größe", "GRÖ", &["Grö", "grö"]),
            ("İx", "x", &["x"]),
            ("x", "", &[]),
            ("", "x", &[]),
            ("ab", "abc", &[]),
        ] {
            let found = matches(text, sought);
            let found: Vec<&str> = found.into_iter().map(|at| &text[at]).collect();
            assert_eq!(found, wanted, "{text} {sought}");
        }
    }

    #[test]
    fn matches_are_gone_through_round_and_round_and_brought_into_view() {
        let mut document = Document::new(40);
        for number in 0..30 {
            document.entry(4, (Tone::Dim, "at"), Tone::Plain, &format!("line {number}"));
        }
        let (mut find, mut scroll) = (Find::default(), Scroll(20));
        find.begin();
        assert!(find.paste("LINE 2"));
        find.follow(&document, &mut scroll, 6);
        assert_eq!((find.place(&document), scroll.0), ((2, 11), 20));
        find.end(Command::Accept);
        let mut turn = |command| {
            find.turn(command, &document, &mut scroll, 6);
            (find.place(&document).0, scroll.0)
        };
        assert_eq!(turn(Command::NextMatch), (3, 20));
        assert_eq!(turn(Command::PreviousMatch), (2, 20));
        assert_eq!(turn(Command::PreviousMatch), (1, 0));
        assert_eq!(turn(Command::PreviousMatch), (11, 24));
        assert_eq!(turn(Command::NextMatch), (1, 0));
        assert!(find.clear() && !find.clear());
        assert_eq!(find.place(&document), (0, 0));
    }
}
