//! What the machine is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::overlay::SecretRequest;
use super::pointer::Pointed;
use crate::config::keys::KeyPress;
use crate::model::{
    Answer, CheckReport, CrawlRecord, Failure, Inspected, Progress, RegistryId, RegistryName,
    Remark, SaveError, SentTo, StoreOffer, Summary, Timestamp, Trouble,
};

/// The number of something asked for. An answer carries the number of its question; one
/// whose number is no longer wanted is dropped.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Ticket(pub u64);

/// An image in full, and what is to be known of how it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The image.
    pub image: Inspected,
    /// What is to be known.
    pub remarks: Vec<Remark>,
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Registries that are new.
    pub added: Vec<RegistryName>,
    /// Registries of which settings are others now.
    pub changed: Vec<RegistryName>,
    /// How many of the new ones have a secret that is to be kept here and is not in the file.
    pub lack_secrets: u64,
}

/// Why a file was not imported. Nothing is changed then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRefused {
    /// In a sentence.
    pub trouble: Trouble,
    /// Everything that is wrong in the file, each with its line.
    pub lines: Vec<String>,
}

impl From<Trouble> for ImportRefused {
    fn from(trouble: Trouble) -> Self {
        let lines = Vec::new();
        Self { trouble, lines }
    }
}

/// Something that happened. Keys and pastes may be of a password: it is written down by
/// [`Record`](super::record) alone, which leaves them out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// A key was pressed.
    Key(KeyPress),
    /// Text was pasted.
    Paste(String),
    /// Something was pointed at, where the user wants to.
    Pointed(Pointed),
    /// The terminal has this size now.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// It is this late. Four a second while [`App::animates`](super::App::animates), and
    /// one before whatever else happens after a quiet time; none otherwise: what is on
    /// the screen stays true while nothing happens.
    Tick(Timestamp),
    /// It is this late, and a registry is due: see [`App::next_due`](super::App::next_due).
    Due(Timestamp),
    /// Answers `Effect::Ask`.
    Answered {
        /// Of the question.
        ticket: Ticket,
        /// The answer, or why the inventory could not be read.
        result: Result<Answer, Trouble>,
    },
    /// Every crawl that runs in this process, sampled.
    Progress(Arc<BTreeMap<RegistryId, Progress>>),
    /// A crawl of this process has ended and what it found is in the inventory.
    CrawlEnded {
        /// Of which registry.
        registry: RegistryId,
        /// As the engine saw it.
        summary: Arc<Summary>,
        /// As the inventory remembers it.
        record: Box<CrawlRecord>,
    },
    /// A crawl could not begin, or its end could not be written.
    CrawlRefused {
        /// Of which registry.
        registry: RegistryId,
        /// Why.
        failure: Failure,
    },
    /// Answers `Check`. May come several times while stages are added; the last one
    /// has `done`.
    Checked {
        /// Of the question.
        ticket: Ticket,
        /// What is known so far.
        report: CheckReport,
        /// Whether that is all.
        done: bool,
    },
    /// Answers `ReadRequests`.
    RequestsRead {
        /// Of the question.
        ticket: Ticket,
        /// The lines, the newest last.
        lines: Vec<SentTo>,
    },
    /// Answers `Inspect`.
    Inspected {
        /// Of the question.
        ticket: Ticket,
        /// The image, or why it could not be read.
        result: Result<Box<Inspection>, Trouble>,
    },
    /// Answers `Save`.
    Saved {
        /// Of the question.
        ticket: Ticket,
        /// The registry's number, or why not.
        result: Result<RegistryId, SaveError>,
    },
    /// Answers `Decide`.
    Decided {
        /// Of the question.
        ticket: Ticket,
        /// Whether it is written.
        result: Result<(), Trouble>,
    },
    /// Answers `Export`.
    Exported {
        /// Of the question.
        ticket: Ticket,
        /// How many lines the file has, or why there is none.
        result: Result<u64, Trouble>,
    },
    /// Answers `Complete`.
    Completed {
        /// Of the question.
        ticket: Ticket,
        /// The paths, folders with a slash behind them. Bounded.
        paths: Vec<String>,
    },
    /// Answers `Import`.
    Imported {
        /// Of the question.
        ticket: Ticket,
        /// What came of it.
        result: Result<Imported, ImportRefused>,
    },
    /// Answers `TryStores`.
    StoresTried(Vec<StoreOffer>),
    /// Answers `Remove`.
    Removed {
        /// Which registry.
        registry: RegistryId,
        /// Whether it is gone.
        result: Result<(), Trouble>,
    },
    /// The inventory is another than before: a crawl wrote, here or in another process.
    /// A few a second at most.
    InventoryChanged,
    /// Answers `Show`: the program has ended, or could not be started.
    Shown(Result<(), Trouble>),
    /// Answers `Copy`.
    Copied {
        /// What was to be copied.
        text: String,
        /// Whether the terminal was told.
        result: Result<(), Trouble>,
    },
    /// Something behind the screen waits for a secret. Answered by `GiveSecret`.
    SecretWanted {
        /// To answer with.
        ticket: Ticket,
        /// Which, and what for.
        request: SecretRequest,
    },
    /// Something to show for a moment: a warning at start, news from the loop.
    Notice(Trouble),
    /// The system asks the program to end.
    Quit,
}
