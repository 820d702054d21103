//! Themes: what each part of the screen looks like, by name of part.
//!
//! Owns the notation of styles (`bold`, `dim`, `reverse`, `underline`, a colour, `on` a
//! colour) and the compiled-in themes (`assets/themes/`). Colours are the sixteen that
//! every terminal has; what they look like is the terminal's affair.

use std::collections::BTreeMap;

macro_rules! parts {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// A part of the screen that has a style of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Part {
            $($(#[$doc])* $variant,)*
        }

        impl Part {
            /// Every part.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in theme files.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

parts! {
    /// Plain text.
    Text = "text",
    /// Text of less weight.
    Dim = "dim",
    /// The line at the top.
    Header = "header",
    /// The title of the pane that keys go to.
    Focus = "focus",
    /// Rules, borders and the titles of other panes.
    Rule = "rule",
    /// Headings of columns and sections.
    Heading = "heading",
    /// The selected row of the pane that keys go to.
    Selected = "selected",
    /// The selected row of another pane.
    Marked = "marked",
    /// Something is well.
    Good = "good",
    /// Something needs a look.
    Warn = "warn",
    /// Something failed.
    Bad = "bad",
    /// Something is at work.
    Busy = "busy",
    /// A key in a hint.
    Key = "key",
    /// The field that is typed into.
    Field = "field",
    /// The tag `latest`.
    Latest = "latest",
    /// A size or an age among the lowest third of those in view.
    Low = "low",
    /// A size or an age among the highest third of those in view.
    High = "high",
    /// An image for one platform.
    Image = "image",
    /// An index of images.
    Index = "index",
    /// A chart.
    Chart = "chart",
    /// A signature.
    Signature = "signature",
    /// A bill of materials.
    Sbom = "sbom",
    /// An attestation.
    Attestation = "attestation",
    /// Any other artifact.
    Artifact = "artifact",
}

/// One of the sixteen colours every terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the standard's own")]
pub enum Colour {
    Black,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    White,
    BrightBlack,
    BrightRed,
    BrightGreen,
    BrightYellow,
    BrightBlue,
    BrightMagenta,
    BrightCyan,
    BrightWhite,
}

const COLOURS: [(&str, Colour); 16] = [
    ("black", Colour::Black),
    ("red", Colour::Red),
    ("green", Colour::Green),
    ("yellow", Colour::Yellow),
    ("blue", Colour::Blue),
    ("magenta", Colour::Magenta),
    ("cyan", Colour::Cyan),
    ("white", Colour::White),
    ("bright-black", Colour::BrightBlack),
    ("bright-red", Colour::BrightRed),
    ("bright-green", Colour::BrightGreen),
    ("bright-yellow", Colour::BrightYellow),
    ("bright-blue", Colour::BrightBlue),
    ("bright-magenta", Colour::BrightMagenta),
    ("bright-cyan", Colour::BrightCyan),
    ("bright-white", Colour::BrightWhite),
];

/// How a part looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The colour of the text; `None` is the terminal's own.
    pub fg: Option<Colour>,
    /// The colour behind it.
    pub bg: Option<Colour>,
    /// Bold.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Underlined.
    pub underline: bool,
    /// Text and background exchanged.
    pub reverse: bool,
}

impl std::str::FromStr for Look {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut look = Self::default();
        let mut behind = false;
        for word in text.split_whitespace() {
            match word {
                "plain" => {}
                "bold" => look.bold = true,
                "dim" => look.dim = true,
                "underline" => look.underline = true,
                "reverse" => look.reverse = true,
                "on" => {
                    behind = true;
                    continue;
                }
                _ => {
                    let colour = COLOURS.iter().find(|(name, _)| *name == word);
                    let Some((_, colour)) = colour else {
                        return Err(format!(
                            "`{word}` is neither a colour nor bold, dim, underline, reverse or plain"
                        ));
                    };
                    if behind {
                        look.bg = Some(*colour);
                    } else {
                        look.fg = Some(*colour);
                    }
                }
            }
            behind = false;
        }
        Ok(look)
    }
}

/// How the parts look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    looks: BTreeMap<Part, Look>,
}

/// Why a theme was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// It is no TOML, or not of the shape of a theme.
    #[error("the theme cannot be read: {0}")]
    Syntax(String),
    /// A part that there is not.
    #[error("`{part}` is no part of the screen: use one of {known}")]
    Part {
        /// What was written.
        part: String,
        /// What may be.
        known: String,
    },
    /// A look that is none.
    #[error("`{part}`: {why}")]
    Look {
        /// Which part.
        part: &'static str,
        /// What is wrong.
        why: String,
    },
    /// A theme that there is not.
    #[error("there is no theme `{0}`: use {names} or the path of a file", names = names())]
    Name(String),
}

const DARK: &str = include_str!("../../assets/themes/dark.toml");
const LIGHT: &str = include_str!("../../assets/themes/light.toml");
const HIGH_CONTRAST: &str = include_str!("../../assets/themes/high-contrast.toml");
const MONO: &str = include_str!("../../assets/themes/mono.toml");

fn names() -> String {
    let names = Theme::NAMES.map(|name| format!("`{name}`"));
    names.join(", ")
}

impl Theme {
    /// The names of the themes the program comes with.
    pub const NAMES: [&str; 4] = ["dark", "light", "high-contrast", "mono"];

    /// The theme of this name.
    ///
    /// # Errors
    ///
    /// [`ThemeError::Name`] for any other name.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        match name {
            "dark" => Self::parse(DARK),
            "light" => Self::parse(LIGHT),
            "high-contrast" => Self::parse(HIGH_CONTRAST),
            "mono" => Self::parse(MONO),
            _ => Err(ThemeError::Name(name.to_owned())),
        }
    }

    /// Whether a name is that of a file, which has a slash or ends in `.toml`.
    pub fn is_path(name: &str) -> bool {
        let extension = std::path::Path::new(name).extension();
        name.contains('/') || extension.is_some_and(|it| it.eq_ignore_ascii_case("toml"))
    }

    /// A theme from the text of its file; parts that it leaves out are plain.
    ///
    /// # Errors
    ///
    /// The first thing in `text` that cannot be.
    pub fn parse(text: &str) -> Result<Self, ThemeError> {
        let entries: BTreeMap<String, String> = toml::from_str(text)
            .map_err(|error| ThemeError::Syntax(error.to_string().trim().to_owned()))?;
        let mut looks = BTreeMap::new();
        for (name, look) in entries {
            let part = Part::ALL
                .iter()
                .copied()
                .find(|part| part.as_str() == name)
                .ok_or_else(|| ThemeError::Part {
                    part: name.clone(),
                    known: Part::ALL
                        .iter()
                        .map(|p| p.as_str())
                        .collect::<Vec<_>>()
                        .join(", "),
                })?;
            let look = look.parse().map_err(|why| ThemeError::Look {
                part: part.as_str(),
                why,
            })?;
            looks.insert(part, look);
        }
        Ok(Self { looks })
    }

    /// How a part looks.
    pub fn look(&self, part: Part) -> Look {
        self.looks.get(&part).copied().unwrap_or_default()
    }

    /// Whether any part has a colour.
    pub fn has_colour(&self) -> bool {
        self.looks
            .values()
            .any(|look| look.fg.is_some() || look.bg.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_names_every_part_and_mono_no_colour() {
        for name in Theme::NAMES {
            let theme = Theme::named(name).unwrap();
            assert_eq!(theme.looks.len(), Part::ALL.len(), "{name}");
            assert_eq!(theme.has_colour(), name != "mono", "{name}");
            assert!(theme.look(Part::Selected).reverse, "{name}");
        }
    }

    #[test]
    fn looks_are_words() {
        let look: Look = "bold bright-red on black".parse().unwrap();
        assert_eq!(look.fg, Some(Colour::BrightRed));
        assert_eq!(look.bg, Some(Colour::Black));
        assert!(look.bold && !look.reverse);
        assert_eq!("plain".parse::<Look>().unwrap(), Look::default());
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (text, says) in [
            ("text", "cannot be read"),
            ("txt = 'bold'", "`txt` is no part"),
            ("text = 'crimson'", "`text`: `crimson` is neither"),
        ] {
            let error = Theme::parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(
            Theme::named("neon")
                .unwrap_err()
                .to_string()
                .contains("`mono`")
        );
    }
}
