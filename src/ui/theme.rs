//! Themes as the terminal library takes them, and the signs that go with them.

use ratatui::style::{Color, Modifier, Style};

use crate::app::document::{Sign, Sort, Tone};
use crate::config::theme::{Colour, Look, Part, Theme as Looks};

/// How everything looks: styles of parts, and signs.
#[derive(Clone, Debug)]
pub struct Theme {
    looks: Looks,
    ascii: bool,
    pub(super) signs: Signs,
}

impl Theme {
    /// A theme; with `ascii` its signs are of ASCII, for terminals without more.
    pub fn new(looks: Looks, ascii: bool) -> Self {
        Self {
            looks,
            ascii,
            signs: if ascii { ASCII } else { UNICODE },
        }
    }

    /// What stands for a character that the terminal does not have; `None` where it has
    /// all of them, or this one.
    pub(super) fn replaced(&self, text: &str) -> Option<&'static str> {
        if !self.ascii || text.is_ascii() {
            return None;
        }
        Some(match text {
            "…" => "~",
            "·" | "−" => "-",
            "↑" => "^",
            "↓" | "▾" => "v",
            "←" => "<",
            "→" | "›" | "≥" | "▸" => ">",
            "█" => "#",
            "×" => "x",
            "╰" => "`",
            _ => "?",
        })
    }

    /// The style of a part.
    pub(super) fn style(&self, part: Part) -> Style {
        style(self.looks.look(part))
    }
}

fn style(look: Look) -> Style {
    let mut style = Style::new();
    style.fg = look.fg.map(colour);
    style.bg = look.bg.map(colour);
    for (wanted, modifier) in [
        (look.bold, Modifier::BOLD),
        (look.dim, Modifier::DIM),
        (look.underline, Modifier::UNDERLINED),
        (look.reverse, Modifier::REVERSED),
    ] {
        if wanted {
            style = style.add_modifier(modifier);
        }
    }
    style
}

fn colour(colour: Colour) -> Color {
    match colour {
        Colour::Black => Color::Black,
        Colour::Red => Color::Red,
        Colour::Green => Color::Green,
        Colour::Yellow => Color::Yellow,
        Colour::Blue => Color::Blue,
        Colour::Magenta => Color::Magenta,
        Colour::Cyan => Color::Cyan,
        Colour::White => Color::Gray,
        Colour::BrightBlack => Color::DarkGray,
        Colour::BrightRed => Color::LightRed,
        Colour::BrightGreen => Color::LightGreen,
        Colour::BrightYellow => Color::LightYellow,
        Colour::BrightBlue => Color::LightBlue,
        Colour::BrightMagenta => Color::LightMagenta,
        Colour::BrightCyan => Color::LightCyan,
        Colour::BrightWhite => Color::White,
    }
}

/// The signs of the screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signs {
    pub(super) rule: &'static str,
    pub(super) rule_focus: &'static str,
    pub(super) column: &'static str,
    pub(super) marker: &'static str,
    pub(super) mark: &'static str,
    pub(super) separator: &'static str,
    pub(super) path: &'static str,
    pub(super) up: &'static str,
    pub(super) down: &'static str,
    pub(super) good: &'static str,
    pub(super) partial: &'static str,
    pub(super) bad: &'static str,
    pub(super) refused: &'static str,
    pub(super) unknown: &'static str,
    pub(super) held: &'static str,
    pub(super) skipped: &'static str,
    pub(super) mask: char,
    pub(super) gone: &'static str,
    /// From the lowest to the highest of what is compared.
    pub(super) levels: [&'static str; 8],
    /// What is done of a bar, and what is left.
    pub(super) bar: [&'static str; 2],
    pub(super) choice: [&'static str; 2],
    /// What stands around the tab that is shown.
    pub(super) tab: [&'static str; 2],
    pub(super) spinner: [&'static str; 4],
    /// Corners clockwise from the upper left, then the line across and the line down.
    pub(super) frame: [&'static str; 6],
}

const UNICODE: Signs = Signs {
    rule: "─",
    rule_focus: "━",
    column: "│",
    marker: "›",
    mark: "▌",
    separator: " · ",
    path: " › ",
    up: "▲",
    down: "▼",
    good: "●",
    partial: "◐",
    bad: "✗",
    refused: "⊘",
    unknown: "○",
    held: "‖",
    skipped: "-",
    mask: '•',
    gone: "−",
    levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    bar: ["█", "·"],
    choice: ["‹ ", " ›"],
    tab: ["‹", "›"],
    spinner: ["◜", "◝", "◞", "◟"],
    frame: ["┌", "┐", "┘", "└", "─", "│"],
};

const ASCII: Signs = Signs {
    rule: "-",
    rule_focus: "=",
    column: "|",
    marker: ">",
    mark: "|",
    separator: " - ",
    path: " > ",
    up: "^",
    down: "v",
    good: "*",
    partial: "%",
    bad: "x",
    refused: "!",
    unknown: "o",
    held: "=",
    skipped: "-",
    mask: '*',
    gone: "-",
    levels: ["_", ".", ":", "-", "=", "+", "*", "#"],
    bar: ["#", "."],
    choice: ["< ", " >"],
    tab: ["<", ">"],
    spinner: ["|", "/", "-", "\\"],
    frame: ["+", "+", "+", "+", "-", "|"],
};

impl Theme {
    /// The style of a tone.
    pub(super) fn tone(&self, tone: Tone) -> Style {
        if tone == Tone::Match {
            return Style::new().add_modifier(Modifier::UNDERLINED);
        }
        self.style(match tone {
            Tone::Plain | Tone::Match => Part::Text,
            Tone::Dim => Part::Dim,
            Tone::Heading => Part::Focus,
            Tone::Good => Part::Good,
            Tone::Warn => Part::Warn,
            Tone::Bad => Part::Bad,
            Tone::Busy => Part::Busy,
            Tone::Key => Part::Key,
            Tone::Latest => Part::Latest,
            Tone::Low => Part::Low,
            Tone::High => Part::High,
            Tone::Of(sort) => match sort {
                Sort::Image => Part::Image,
                Sort::Index => Part::Index,
                Sort::Chart => Part::Chart,
                Sort::Signature => Part::Signature,
                Sort::Sbom => Part::Sbom,
                Sort::Attestation => Part::Attestation,
                Sort::Artifact => Part::Artifact,
            },
        })
    }

    /// A bar as high as a count is among counts of at most `most`.
    pub(super) fn level(&self, count: u64, most: u64) -> &'static str {
        let levels = self.signs.levels;
        match (count, most) {
            (0, _) | (_, 0) => self.signs.bar[1],
            _ => {
                let height = (u128::from(count) * levels.len() as u128).div_ceil(most.into());
                let height = usize::try_from(height).unwrap_or(usize::MAX);
                levels[height.saturating_sub(1).min(levels.len() - 1)]
            }
        }
    }

    /// The character of a sign; `beat` moves the one that moves.
    pub(super) fn sign(&self, sign: Sign, beat: usize) -> &'static str {
        let signs = &self.signs;
        match sign {
            Sign::Good => signs.good,
            Sign::Partial => signs.partial,
            Sign::Bad => signs.bad,
            Sign::Refused => signs.refused,
            Sign::Unknown => signs.unknown,
            Sign::Held => signs.held,
            Sign::Skipped => signs.skipped,
            Sign::Busy => signs.spinner[beat % signs.spinner.len()],
        }
    }
}
