//! Fields that are typed into: one of text, one of a secret. The text field wraps
//! `tui_input`; this is one of the two places of `app` that name the terminal library's
//! kin.

use std::fmt;

use tui_input::{Input, InputRequest};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use zeroize::Zeroizing;

use crate::config::keys::{Code, KeyPress};
use crate::model::Secret;
use crate::model::text::harmless;

/// Longest text a field takes, in bytes; what is pasted beyond is left out.
const MAX_LEN: usize = 8192;

/// A line of text with a cursor.
#[derive(Clone, Debug, Default)]
pub struct Field {
    input: Input,
}

impl Field {
    /// A field that holds `text`, the cursor at its end.
    pub fn new(text: &str) -> Self {
        Self {
            input: Input::new(text.to_owned()),
        }
    }

    /// What is in it.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Whether the cursor is behind the last character.
    pub fn is_at_end(&self) -> bool {
        self.input.cursor() == self.text().chars().count()
    }

    /// Takes a key; `false` where it means nothing to a field.
    pub fn key(&mut self, press: KeyPress) -> bool {
        let request = match (press.code, press.control, press.alt) {
            (Code::Char(c), false, false) => {
                if self.text().len() + c.len_utf8() > MAX_LEN {
                    return true;
                }
                InputRequest::InsertChar(c)
            }
            (Code::Backspace | Code::Char('w'), true, _) => InputRequest::DeletePrevWord,
            (Code::Backspace, _, _) | (Code::Char('h'), true, _) => InputRequest::DeletePrevChar,
            (Code::Delete, _, _) => InputRequest::DeleteNextChar,
            (Code::Left, true, _) | (Code::Char('b'), _, true) => InputRequest::GoToPrevWord,
            (Code::Right, true, _) | (Code::Char('f'), _, true) => InputRequest::GoToNextWord,
            (Code::Left, _, _) => InputRequest::GoToPrevChar,
            (Code::Right, _, _) => InputRequest::GoToNextChar,
            (Code::Home, _, _) | (Code::Char('a'), true, _) => InputRequest::GoToStart,
            (Code::End, _, _) | (Code::Char('e'), true, _) => InputRequest::GoToEnd,
            (Code::Char('u'), true, _) => InputRequest::DeleteFromStart,
            (Code::Char('k'), true, _) => InputRequest::DeleteTillEnd,
            _ => return false,
        };
        self.input.handle(request);
        true
    }

    /// Takes pasted text: line ends become blanks, other control characters are left out.
    pub fn paste(&mut self, text: &str) {
        for c in one_line(text) {
            self.key(KeyPress::plain(Code::Char(c)));
        }
    }

    /// The part to show in `width` columns, and the column of the cursor in it.
    pub fn view(&self, width: usize) -> (String, usize) {
        let text = harmless(self.text());
        let before: String = text.chars().take(self.input.cursor()).collect();
        let mut skipped = 0;
        let mut start = 0;
        // One column stays free for the cursor behind the last character.
        while before.width() - skipped + 1 > width && start < before.len() {
            let c = before[start..].chars().next().unwrap_or(' ');
            skipped += c.width().unwrap_or(0);
            start += c.len_utf8();
        }
        let mut used = 0;
        let shown = text[start..]
            .chars()
            .take_while(|c| {
                used += c.width().unwrap_or(0);
                used <= width
            })
            .collect();
        (shown, before.width() - skipped)
    }
}

fn one_line(text: &str) -> impl Iterator<Item = char> + '_ {
    text.trim()
        .chars()
        .map(|c| {
            if matches!(c, '\n' | '\r' | '\t') {
                ' '
            } else {
                c
            }
        })
        .filter(|c| !c.is_control())
}

/// A line that is not shown: typed or pasted at its end, taken back, wiped when dropped.
#[derive(Clone, Default)]
pub struct SecretField {
    text: Zeroizing<String>,
}

impl SecretField {
    /// How many characters are in it.
    pub fn len(&self) -> usize {
        self.text.chars().count()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// What is in it.
    pub fn secret(&self) -> Secret {
        Secret::new(self.text.as_str())
    }

    /// Takes a key; `false` where it means nothing to a secret.
    pub fn key(&mut self, press: KeyPress) -> bool {
        match (press.code, press.control) {
            (Code::Char('u' | 'w') | Code::Backspace, true) => {
                self.text = Zeroizing::default();
            }
            (Code::Backspace, false) | (Code::Char('h'), true) => {
                self.text.pop();
            }
            (Code::Char(c), false) if !press.alt => self.push(c),
            _ => return false,
        }
        true
    }

    /// Takes pasted text; the caller wipes its own copy.
    pub fn paste(&mut self, text: &str) {
        one_line(text).for_each(|c| self.push(c));
    }

    /// Grows by moving into a new string, so that the old one is wiped and not just freed.
    fn push(&mut self, c: char) {
        let needed = self.text.len() + c.len_utf8();
        if needed > MAX_LEN {
            return;
        }
        if needed > self.text.capacity() {
            let mut grown = Zeroizing::new(String::with_capacity(needed.max(64) * 2));
            grown.push_str(&self.text);
            self.text = grown;
        }
        self.text.push(c);
    }
}

impl fmt::Debug for SecretField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretField(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(field: &mut Field, keys: &str) {
        for press in KeyPress::parse_all(keys).unwrap() {
            assert!(field.key(press), "{press}");
        }
    }

    #[test]
    fn text_is_edited_where_the_cursor_is() {
        let mut field = Field::new("hub.example");
        typed(&mut field, "<home>https://<end>:5<backspace>6<left><del>");
        assert_eq!(field.text(), "https://hub.example:");
        typed(&mut field, "<c-u>a b<c-w>");
        assert_eq!(field.text(), "a ");
        assert!(!field.key(KeyPress::plain(Code::Up)));
        field.paste(" x\u{1b}\ny\n");
        assert_eq!(field.text(), "a x y");
        field.paste(&"z".repeat(2 * MAX_LEN));
        assert_eq!(field.text().len(), MAX_LEN);
    }

    #[test]
    fn the_view_follows_the_cursor() {
        let mut field = Field::new("0123456789");
        assert_eq!(field.view(20), ("0123456789".to_owned(), 10));
        assert_eq!(field.view(5), ("6789".to_owned(), 4));
        typed(&mut field, "<home>");
        assert_eq!(field.view(5), ("01234".to_owned(), 0));
        assert_eq!(Field::new("漢漢漢").view(5), ("漢漢".to_owned(), 4));
        assert_eq!(Field::new("a").view(0).1, 0);
    }

    #[test]
    fn a_secret_is_never_shown_and_can_be_taken_back() {
        let mut field = SecretField::default();
        field.paste("hunter2\n");
        for press in KeyPress::parse_all("34<backspace>").unwrap() {
            assert!(field.key(press));
        }
        assert!(!field.key(KeyPress::plain(Code::Left)));
        assert_eq!(field.secret().expose(), "hunter23");
        assert_eq!(format!("{field:?}"), "SecretField(…)");
        assert_eq!(field.len(), 8);
        field.key(KeyPress::parse_all("<c-u>").unwrap()[0]);
        assert!(field.is_empty());
    }
}
