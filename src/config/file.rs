//! The user's own files: `config.toml` for what is chosen, `keys.toml` beside it for keys.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::keys::{KeyMap, KeyMapError};
use super::theme::{Theme, ThemeError};
use crate::model::{History, setting};

/// What the user's files say, with what they leave out at its default.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// The theme, where one is named.
    pub theme: Option<Theme>,
    /// The keys.
    pub keys: KeyMap,
    /// How much of the past is kept.
    pub history: History,
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
    #[error("`{path}`: {reason}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The theme it names cannot be used.
    #[error("`{path}`: {source}")]
    Theme {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ThemeError,
    },
    /// A key it names cannot be used.
    #[error("`{path}`: {source}")]
    Keys {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyMapError,
    },
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Choices {
    theme: Option<String>,
    #[serde(default)]
    history: Kept,
}

/// `[history]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    age: Option<String>,
    changes: Option<u64>,
}

impl Kept {
    fn read(&self) -> Result<History, String> {
        let mut history = History::default();
        if let Some(age) = &self.age {
            history.age = setting::duration(age, 24 * 3600, 3650 * 24 * 3600)
                .map_err(|why| format!("history.age: {why}"))?;
        }
        if let Some(changes) = self.changes {
            history.changes = changes;
        }
        Ok(history)
    }
}

impl Preferences {
    /// What `config_file` and the `keys.toml` beside it say. Neither need exist.
    pub fn load(config_file: &Path) -> Result<Self, FileError> {
        let choices = match read(config_file)? {
            None => Choices::default(),
            Some(text) => toml::from_str(&text).map_err(|error| FileError::Syntax {
                path: config_file.to_owned(),
                reason: error.to_string().trim().to_owned(),
            })?,
        };
        let history = choices.history.read().map_err(|reason| FileError::Syntax {
            path: config_file.to_owned(),
            reason,
        })?;
        let named = choices.theme.as_deref().map(Theme::named).transpose();
        let theme = named.map_err(|source| FileError::Theme {
            path: config_file.to_owned(),
            source,
        })?;
        let keys_file = config_file.with_file_name("keys.toml");
        let mut keys = KeyMap::standard();
        if let Some(text) = read(&keys_file)? {
            keys = keys.overridden(&text).map_err(|source| FileError::Keys {
                path: keys_file,
                source,
            })?;
        }
        Ok(Self {
            theme,
            keys,
            history,
        })
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
        for (text, says) in [
            ("theme = \"neon\"", "neon"),
            ("colour = 1", "unknown field"),
            ("theme = ", "config.toml"),
            ("[history]\nage = \"1h\"", "history.age"),
            ("[history]\nchanges = -1", "changes"),
        ] {
            std::fs::write(&config, text).unwrap();
            let error = Preferences::load(&config).unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("config.toml"),
                "{error}"
            );
        }
        std::fs::write(&config, "").unwrap();
        std::fs::write(
            folder.path().join("keys.toml"),
            "[[nowhere]]\ndo = \"x\"\nkeys = []\n",
        )
        .unwrap();
        let error = Preferences::load(&config).unwrap_err().to_string();
        assert!(error.contains("keys.toml"), "{error}");
    }
}
