//! What can go wrong with the inventory, and what to do then.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::{HostTrouble, RegistryName};

/// A failure of the inventory.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process kept the file for longer than we wait.
    #[error("the inventory `{path}` is held by another process for more than {waited:?}")]
    Held {
        /// The file.
        path: PathBuf,
        /// How long we waited.
        waited: Duration,
    },
    /// A registry is being crawled by another process, or twice by this one.
    #[error("`{registry}` is being crawled already, by process {holder}")]
    CrawlRunning {
        /// The registry.
        registry: RegistryName,
        /// Who crawls it: a process number, or `unknown`.
        holder: String,
    },
    /// A newer version wrote the file.
    #[error("the inventory `{path}` has format {found}, this version knows {known}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The file is no inventory, or is damaged: its own bytes say so.
    #[error("the inventory `{path}` cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The host does not let the file be used, which says nothing of what is in it.
    #[error("the inventory `{path}` could not be {verb}: {source}")]
    Host {
        /// The file.
        path: PathBuf,
        /// `opened`, `read` or `written`.
        verb: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A killed process left the file in the middle, and nothing may be written.
    #[error(
        "the inventory `{path}` was not closed in order, as by a killed process or a full disk, and must be repaired first"
    )]
    NeedsRepair {
        /// The file.
        path: PathBuf,
    },
    /// The state directory cannot be made.
    #[error("cannot make the state directory `{path}`: {source}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file beside the inventory cannot be used.
    #[error("cannot use `{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something was to be written under `--read-only`.
    #[error("nothing is written under `--read-only`: {what}")]
    ReadOnly {
        /// What was to be written.
        what: &'static str,
    },
    /// There is no such registry.
    #[error("there is no registry `{name}`{known}")]
    NoSuchRegistry {
        /// The name asked for.
        name: String,
        /// The names there are, as a clause.
        known: String,
    },
    /// There is nothing to read again.
    #[error("nothing failed in the last crawl of `{0}`")]
    NothingFailed(RegistryName),
    /// The name is taken.
    #[error("there is a registry `{0}` already")]
    NameTaken(RegistryName),
    /// The transaction failed.
    #[error("the inventory `{path}` could not be {verb}: {reason}")]
    Transaction {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        verb: &'static str,
        /// Why.
        reason: String,
    },
}

impl StoreError {
    /// What to do next, one line.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Held { path, .. } => format!(
                "see who holds it with `fuser {}`, and stop that process or try again",
                path.display()
            ),
            Self::CrawlRunning { .. } => {
                "wait for it to end, or stop it; one crawl of a registry runs at a time".to_owned()
            }
            Self::Newer { .. } => "use the newer supercargo, or another `--state`".to_owned(),
            Self::Unreadable { .. } => "`supercargo doctor` says what is lost, `supercargo doctor \
                 --repair` brings back the rest, and the registries' settings in any case"
                .to_owned(),
            Self::NeedsRepair { .. } => {
                "run any command once without `--read-only`; it repairs by itself".to_owned()
            }
            Self::Host { source, .. }
            | Self::Directory { source, .. }
            | Self::File { source, .. } => HostTrouble::of(source).hint().to_owned(),
            Self::ReadOnly { .. } => "leave `--read-only` away to allow it".to_owned(),
            Self::NoSuchRegistry { .. } => {
                "`supercargo registry list` shows them, `supercargo registry add NAME URL` adds one"
                    .to_owned()
            }
            Self::NothingFailed(name) => format!("`supercargo crawl {name}` reads all of it again"),
            Self::NameTaken(name) => {
                format!("choose another name, or change it with `registry edit {name}`")
            }
            Self::Transaction { .. } => "run it again; nothing written before is lost".to_owned(),
        })
    }

    /// Whether the state itself is held or cannot be read, as opposed to a wrong request.
    pub fn is_state(&self) -> bool {
        !matches!(
            self,
            Self::NoSuchRegistry { .. }
                | Self::NothingFailed(_)
                | Self::NameTaken(_)
                | Self::ReadOnly { .. }
        )
    }
}

/// A failure inside a transaction, before it is known of which file.
#[derive(Debug, thiserror::Error)]
pub(super) enum InnerError {
    #[error(transparent)]
    Redb(Box<redb::Error>),
    #[error("a row of `{table}` is not as this version writes it: {reason}")]
    Row { table: &'static str, reason: String },
    #[error("what was read of `{what}` is not what was written")]
    Damaged { what: &'static str },
    #[error(transparent)]
    Known(Box<StoreError>),
}

impl From<StoreError> for InnerError {
    fn from(error: StoreError) -> Self {
        Self::Known(Box::new(error))
    }
}

macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for InnerError {
            fn from(error: $error) -> Self {
                Self::Redb(Box::new(error.into()))
            }
        }
    )*};
}

from_redb!(
    redb::TableError,
    redb::StorageError,
    redb::TransactionError,
    redb::CommitError
);
