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
#[error("no home directory: neither `HOME` nor `XDG_STATE_HOME` says where state lives")]
pub struct NoHome;

impl Paths {
    /// The places for `--state` and `--config`, or the XDG ones
    /// (`$XDG_STATE_HOME/supercargo`, `$XDG_CONFIG_HOME/supercargo/config.toml`).
    pub fn find(state: Option<&Path>, config: Option<&Path>) -> Result<Self, NoHome> {
        let mut paths = if let Some(state) = state {
            Self {
                state: state.to_owned(),
                config_file: state.join("config.toml"),
                logs: state.join("logs"),
            }
        } else {
            let base = etcetera::choose_base_strategy().map_err(|_| NoHome)?;
            let home = base.state_dir().unwrap_or_else(|| base.data_dir());
            let state = home.join("supercargo");
            Self {
                config_file: base.config_dir().join("supercargo").join("config.toml"),
                logs: state.join("logs"),
                state,
            }
        };
        if let Some(config) = config {
            config.clone_into(&mut paths.config_file);
        }
        Ok(paths)
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
}
