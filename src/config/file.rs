//! The user's own files: `config.toml` for what is chosen, `keys.toml` beside it for keys.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::document::{Document, Wrong};
use super::keys::KeyMap;
use super::theme::Theme;
use crate::model::{History, setting};

/// What the user's files say, with what they leave out at its default.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// The theme, where one is named.
    pub theme: Option<Theme>,
    /// The keys.
    pub keys: KeyMap,
    /// The text of the file that changed them, where there is one.
    pub keys_text: Option<String>,
    /// How much of the past is kept.
    pub history: History,
    /// Whether the terminal is to report what a pointing device does.
    pub mouse: bool,
}

/// What a configuration file chooses, with what it leaves out at its default.
#[derive(Default)]
struct Choices {
    theme: Option<Theme>,
    history: History,
    mouse: bool,
}

/// Why a file of the user's cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is there and cannot be read.
    #[error("`{path}` cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It does not say what it may say.
    #[error("`{path}`, {reason}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, each with its line.
        reason: String,
    },
}

impl Preferences {
    /// What the file at the default place and the `keys.toml` beside it say. Neither need
    /// exist.
    pub fn load(config_file: &Path) -> Result<Self, FileError> {
        Self::of(config_file, read(config_file)?)
    }

    /// The same of a file that somebody named: it must exist.
    pub fn load_named(config_file: &Path) -> Result<Self, FileError> {
        match std::fs::read_to_string(config_file) {
            Ok(text) => Self::of(config_file, Some(text)),
            Err(source) => Err(FileError::Read {
                path: config_file.to_owned(),
                source,
            }),
        }
    }

    fn of(config_file: &Path, text: Option<String>) -> Result<Self, FileError> {
        let folder = config_file.parent().unwrap_or(Path::new(""));
        let Choices {
            theme,
            history,
            mouse,
        } = choices(&text.unwrap_or_default(), folder)
            .map_err(|wrong| syntax(config_file, &wrong))?;
        let keys_file = config_file.with_file_name("keys.toml");
        let mut keys = KeyMap::standard();
        let keys_text = read(&keys_file)?;
        if let Some(text) = &keys_text {
            keys = keys
                .overridden(text)
                .map_err(|wrong| syntax(&keys_file, &wrong))?;
        }
        Ok(Self {
            theme,
            keys,
            keys_text,
            history,
            mouse,
        })
    }
}

/// Everything that is wrong in a file.
fn syntax(path: &Path, wrong: &[Wrong]) -> FileError {
    let wrong: Vec<String> = wrong.iter().map(Wrong::to_string).collect();
    FileError::Syntax {
        path: path.to_owned(),
        reason: wrong.join("\n  "),
    }
}

const KEYS: [&str; 3] = ["theme", "history", "mouse"];
const HISTORY_KEYS: [&str; 2] = ["age", "changes"];

/// What the text of a configuration file says, or everything that is wrong in it. The file of a
/// theme lies in `folder` where its path is relative.
fn choices(text: &str, folder: &Path) -> Result<Choices, Vec<Wrong>> {
    let (root, mut document) = Document::parse(text);
    let mut choices = Choices::default();
    for (key, value) in &root {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("theme", DeValue::String(name)) => match theme_of(name, folder) {
                Ok(named) => choices.theme = Some(named),
                Err(why) => document.note(value.span(), why),
            },
            ("theme", _) => document.mistyped(value, "theme", "a name or a path in quotes"),
            ("history", DeValue::Table(table)) => {
                history_of(table, &mut document, &mut choices.history);
            }
            ("history", _) => document.mistyped(value, "history", "a table: `[history]`"),
            ("mouse", DeValue::Boolean(is_on)) => choices.mouse = *is_on,
            ("mouse", _) => document.mistyped(value, "mouse", "`true` or `false`"),
            _ => document.unknown(key, "the configuration", KEYS.into_iter()),
        }
    }
    let wrong = document.finish();
    if wrong.is_empty() {
        Ok(choices)
    } else {
        Err(wrong)
    }
}

/// The theme of this name, or of the file at this path.
fn theme_of(name: &str, folder: &Path) -> Result<Theme, String> {
    if !Theme::is_path(name) {
        return Theme::named(name).map_err(|error| error.to_string());
    }
    let path = folder.join(name);
    let told = path.display();
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("the theme `{told}` cannot be read: {error}"))?;
    Theme::parse(&text).map_err(|error| format!("`{told}`: {error}"))
}

/// `[history]`.
fn history_of(table: &DeTable<'_>, document: &mut Document<'_>, history: &mut History) {
    const DAY: u64 = 24 * 3600;
    for (key, value) in table {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("age", DeValue::String(_) | DeValue::Integer(_)) => {
                let age = match value.get_ref() {
                    DeValue::Integer(number) => number.as_str(),
                    other => other.as_str().unwrap_or_default(),
                };
                match setting::duration(age, DAY, 3650 * DAY) {
                    Ok(age) => history.age = age,
                    Err(why) => document.note(value.span(), format!("history.age: {why}")),
                }
            }
            ("age", _) => document.mistyped(value, "history.age", "a time such as \"400d\""),
            ("changes", DeValue::Integer(number)) => {
                match u64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(changes) => history.changes = changes,
                    Err(_) => document.note(
                        value.span(),
                        format!(
                            "history.changes: `{}` is no number of changes: 0 or more",
                            number.as_str()
                        ),
                    ),
                }
            }
            ("changes", _) => document.mistyped(value, "history.changes", "a whole number"),
            _ => document.unknown(key, "`[history]`", HISTORY_KEYS.into_iter()),
        }
    }
}

fn read(path: &Path) -> Result<Option<String>, FileError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FileError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_optional_and_their_mistakes_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        assert!(Preferences::load(&config).unwrap().theme.is_none());
        std::fs::write(&config, "theme = \"light\"\n").unwrap();
        assert!(Preferences::load(&config).unwrap().theme.is_some());
        let kept = || Preferences::load(&config).unwrap().history;
        assert_eq!(kept(), History::default());
        std::fs::write(&config, "[history]\nage = \"30d\"\nchanges = 5\n").unwrap();
        assert_eq!((kept().age.as_secs(), kept().changes), (30 * 86_400, 5));
        std::fs::write(&config, "[history]\nage = 2592000\n").unwrap();
        assert_eq!(kept().age.as_secs(), 30 * 86_400);
        for (text, is_on) in [
            ("", false),
            ("mouse = true", true),
            ("mouse = false", false),
        ] {
            std::fs::write(&config, text).unwrap();
            assert_eq!(Preferences::load(&config).unwrap().mouse, is_on, "{text}");
        }
        let night = folder.path().join("night.toml");
        std::fs::write(&night, "text = \"bold\"\n").unwrap();
        std::fs::write(&config, "theme = \"./night.toml\"\n").unwrap();
        let theme = Preferences::load(&config).unwrap().theme.unwrap();
        assert!(theme.look(super::super::theme::Part::Text).bold);
        std::fs::write(&night, "text = \"crimson\"\n").unwrap();
        for (text, says) in [
            ("theme = \"night.toml\"", "night.toml`: `text`: `crimson`"),
            (
                "theme = \"/absent/x\"",
                "line 1: the theme `/absent/x` cannot be read",
            ),
            ("theme = \"neon\"", "line 1: there is no theme `neon`"),
            (
                "\ncolour = 1",
                "line 2: the configuration has no key `colour`: known are theme, history, mouse",
            ),
            ("themes = \"dark\"", "`theme` is meant?"),
            ("\n\ntheme = ", "line 3: "),
            ("theme = 1", "line 1: `theme` is a name"),
            ("mouse = \"on\"", "line 1: `mouse` is `true` or `false`"),
            ("history = 1", "line 1: `history` is a table"),
            ("[history]\nage = \"1h\"", "line 2: history.age: `1h`"),
            ("[history]\nage = true", "line 2: `history.age` is a time"),
            ("[history]\nchanges = -1", "line 2: history.changes: `-1`"),
            ("[history]\nchanges = \"5\"", "a whole number, not a string"),
            (
                "[history]\nchanged = 5",
                "line 2: `[history]` has no key `changed`: `changes` is meant?",
            ),
        ] {
            std::fs::write(&config, text).unwrap();
            let error = Preferences::load(&config).unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("config.toml"),
                "{error}"
            );
        }
        // Everything that is wrong is told at once.
        std::fs::write(&config, "a = 1\n[history]\nb = 2\n").unwrap();
        let error = Preferences::load(&config).unwrap_err().to_string();
        assert!(
            error.contains("line 1") && error.contains("line 3"),
            "{error}"
        );
        std::fs::write(&config, "").unwrap();
        std::fs::write(
            folder.path().join("keys.toml"),
            "[[nowhere]]\ndo = \"x\"\nkeys = []\n",
        )
        .unwrap();
        let error = Preferences::load(&config).unwrap_err().to_string();
        assert!(error.contains("keys.toml"), "{error}");
        let absent = folder.path().join("absent.toml");
        let error = Preferences::load_named(&absent).unwrap_err().to_string();
        assert!(error.contains("absent.toml"), "{error}");
    }
}
