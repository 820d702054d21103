//! Where things live: below `--state`, or in the XDG places.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// The places of one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The inventory and its locks.
    pub state: PathBuf,
    /// The configuration file.
    pub config_file: PathBuf,
    /// Logs.
    pub logs: PathBuf,
}

/// Why there are no places.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoHome {
    /// Nothing names a home directory.
    #[error("no home directory: neither `HOME` nor `XDG_STATE_HOME` says where state lives")]
    Unset,
    /// What is named is none: a relative path would be another place in every directory.
    #[error("`HOME` is `{}`, not an absolute path", .0.display())]
    Relative(PathBuf),
}

impl Paths {
    /// What is remembered of the screen.
    pub fn memory(state: &Path) -> PathBuf {
        state.join("screen.json")
    }

    /// The places for `--state` and `--config`, or the XDG ones
    /// (`$XDG_STATE_HOME/supercargo`, `$XDG_CONFIG_HOME/supercargo/config.toml`). Variables
    /// that hold a relative path are as if they were not set (XDG Base Directory
    /// Specification, "Basics").
    ///
    /// # Errors
    ///
    /// Where neither a flag nor the environment names an absolute place.
    pub fn find(state: Option<&Path>, config: Option<&Path>) -> Result<Self, NoHome> {
        let mut paths = if let Some(state) = state {
            Self {
                state: state.to_owned(),
                config_file: state.join("config.toml"),
                logs: state.join("logs"),
            }
        } else {
            let base = etcetera::choose_base_strategy().map_err(|_| NoHome::Unset)?;
            let state = base.state_dir().unwrap_or_else(|| base.data_dir());
            Self::below(base.home_dir(), &state, &base.config_dir())?
        };
        if let Some(config) = config {
            config.clone_into(&mut paths.config_file);
        }
        Ok(paths)
    }

    /// The XDG places, which lie below `home` where no variable says otherwise.
    fn below(home: &Path, state: &Path, config: &Path) -> Result<Self, NoHome> {
        if state.is_relative() || config.is_relative() {
            return Err(NoHome::Relative(home.to_owned()));
        }
        let state = state.join("supercargo");
        Ok(Self {
            config_file: config.join("supercargo").join("config.toml"),
            logs: state.join("logs"),
            state,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_lives_below_the_state_directory() {
        let paths = Paths::find(Some(Path::new("/tmp/s")), None).unwrap();
        assert_eq!(paths.config_file, Path::new("/tmp/s/config.toml"));
        assert_eq!(paths.logs, Path::new("/tmp/s/logs"));
        let paths = Paths::find(Some(Path::new("/tmp/s")), Some(Path::new("/c.toml"))).unwrap();
        assert_eq!(paths.config_file, Path::new("/c.toml"));
    }

    #[cfg(unix)]
    #[test]
    fn a_relative_place_is_none() {
        let below = |home: &str, state: &str, config: &str| {
            Paths::below(Path::new(home), Path::new(state), Path::new(config))
        };
        let paths = below("/h", "/h/.local/state", "/h/.config").unwrap();
        assert_eq!(paths.state, Path::new("/h/.local/state/supercargo"));
        assert_eq!(
            below("x", "/s", "/c").unwrap().logs,
            Path::new("/s/supercargo/logs")
        );
        for (state, config) in [("x/.local/state", "/c"), ("/s", "x/.config")] {
            let error = below("x", state, config).unwrap_err();
            assert_eq!(error.to_string(), "`HOME` is `x`, not an absolute path");
        }
    }
}
