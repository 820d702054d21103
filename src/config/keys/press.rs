//! One key as it is pressed and as it is written: `j`, `<enter>`, `<c-c>`, `<s-tab>`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Code {
    /// A key that writes this character. Upper case says that shift was held.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// F1 to F12.
    Function(u8),
}

/// A key and what was held with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyPress {
    /// The key.
    pub code: Code,
    /// Whether control was held.
    pub control: bool,
    /// Whether alt was held.
    pub alt: bool,
    /// Whether shift was held; never set for characters, which say it themselves.
    pub shift: bool,
}

const NAMED: [(&str, Code); 16] = [
    ("enter", Code::Enter),
    ("esc", Code::Escape),
    ("tab", Code::Tab),
    ("backspace", Code::Backspace),
    ("del", Code::Delete),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pgup", Code::PageUp),
    ("pgdn", Code::PageDown),
    ("space", Code::Char(' ')),
    ("lt", Code::Char('<')),
    ("gt", Code::Char('>')),
];

impl KeyPress {
    /// Whether it writes a character where text is typed.
    pub fn is_text(&self) -> bool {
        matches!(self.code, Code::Char(_)) && !self.control && !self.alt
    }

    /// A key with nothing held.
    pub const fn plain(code: Code) -> Self {
        Self {
            code,
            control: false,
            alt: false,
            shift: false,
        }
    }

    /// The character it writes, where it writes one.
    pub fn text(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.control && !self.alt => Some(c),
            _ => None,
        }
    }

    /// The keys of a text such as `gg`, `<c-d>` or `jj/api<enter>`.
    ///
    /// # Errors
    ///
    /// What is wrong with the notation.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        let mut keys = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first == '<' {
                let end = rest.find('>').ok_or_else(|| {
                    format!("`{text}` has a `<` without `>`: write `<lt>` for the character")
                })?;
                keys.push(Self::named(&rest[1..end])?);
                rest = &rest[end + 1..];
            } else {
                keys.push(Self::plain(Code::Char(first)));
                rest = &rest[first.len_utf8()..];
            }
        }
        Ok(keys)
    }

    /// The key of a name without its `<` and `>`.
    fn named(name: &str) -> Result<Self, String> {
        let lower = name.to_ascii_lowercase();
        let mut press = Self::plain(Code::Escape);
        let mut rest = lower.as_str();
        while let Some((held, after)) = rest.split_once('-') {
            match held {
                "c" => press.control = true,
                "a" => press.alt = true,
                "s" => press.shift = true,
                _ => break,
            }
            rest = after;
        }
        let mut chars = rest.chars();
        press.code = match (chars.next(), chars.next()) {
            (Some(c), None) => Code::Char(c),
            _ => NAMED
                .iter()
                .find(|(known, _)| *known == rest)
                .map(|(_, code)| *code)
                .or_else(|| function(rest))
                .ok_or_else(|| {
                    format!(
                        "`<{name}>` is no key: `<enter>`, `<esc>`, `<c-d>`, `<pgdn>`, `<f1>`, …"
                    )
                })?,
        };
        if let (Code::Char(c), true) = (press.code, press.shift) {
            press.code = Code::Char(c.to_ascii_uppercase());
            press.shift = false;
        }
        Ok(press)
    }
}

fn function(name: &str) -> Option<Code> {
    let number = name.strip_prefix('f')?.parse().ok()?;
    (1..=12).contains(&number).then_some(Code::Function(number))
}

/// As hints show it: `j`, `enter`, `ctrl-c`.
impl fmt::Display for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, word) in [
            (self.control, "ctrl-"),
            (self.alt, "alt-"),
            (self.shift, "shift-"),
        ] {
            if held {
                f.write_str(word)?;
            }
        }
        match self.code {
            Code::Char(' ') => f.write_str("space"),
            Code::Char(c) => write!(f, "{c}"),
            Code::Up => f.write_str("↑"),
            Code::Down => f.write_str("↓"),
            Code::Left => f.write_str("←"),
            Code::Right => f.write_str("→"),
            Code::Function(number) => write!(f, "F{number}"),
            code => f.write_str(
                NAMED
                    .iter()
                    .find(|(_, known)| *known == code)
                    .map_or("", |(name, _)| name),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_becomes_keys() {
        let keys = KeyPress::parse_all("jG<c-d><s-tab><enter><lt>ä<space><f1><c-left>").unwrap();
        let shown: Vec<String> = keys.iter().map(KeyPress::to_string).collect();
        assert_eq!(
            shown,
            [
                "j",
                "G",
                "ctrl-d",
                "shift-tab",
                "enter",
                "<",
                "ä",
                "space",
                "F1",
                "ctrl-←"
            ]
        );
        assert_eq!(keys[7].text(), Some(' '));
        assert_eq!(keys[2].text(), None);
        assert_eq!(
            KeyPress::parse_all("<s-x>").unwrap()[0].code,
            Code::Char('X')
        );
    }

    #[test]
    fn wrong_notation_says_what_is_right() {
        for (text, says) in [
            ("<enter", "without `>`"),
            ("<entr>", "is no key"),
            ("<f13>", "is no key"),
        ] {
            let error = KeyPress::parse_all(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
