//! What the machine wants done. It waits for nothing; answers come back as events.

use std::path::PathBuf;

use super::event::Ticket;
use crate::model::{
    Decided, ImageReference, Question, RegistryId, RegistryName, RegistrySpec, Retry, Secret,
    SecretEntries,
};

/// Something to do outside the machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the inventory. Answered by [`Event::Answered`](super::Event::Answered). Of each
    /// question but that for failures at most one is asked at a time.
    Ask {
        /// To answer with.
        ticket: Ticket,
        /// What.
        question: Question,
    },
    /// Begin some work, or change what is being done.
    Do(Work),
    /// Do something to the terminal.
    Screen(ScreenWork),
}

/// Work behind the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Spare the answer to a question that nobody wants any more. Something is answered
    /// all the same, and sooner.
    Withdraw {
        /// The question's ticket.
        ticket: Ticket,
    },
    /// Crawl a registry. Ends with `CrawlEnded` or `CrawlRefused`.
    StartCrawl(RegistryId),
    /// Read again what failed in the last crawl of a registry. Ends as a crawl does.
    Retry {
        /// Whose.
        registry: RegistryId,
        /// What of it.
        retry: Retry,
    },
    /// Let a crawl send nothing more, or go on.
    PauseCrawl {
        /// Whose.
        registry: RegistryId,
        /// Whether it is to stand still.
        paused: bool,
    },
    /// Stop a crawl; it still ends with `CrawlEnded`.
    CancelCrawl(RegistryId),
    /// Save a registry, new or known.
    Save {
        /// To answer with.
        ticket: Ticket,
        /// Which; `None` is a new one.
        id: Option<RegistryId>,
        /// Its settings. They already say where the secrets will be kept.
        spec: Box<RegistrySpec>,
        /// What is to become of its secrets.
        secrets: SecretEntries,
    },
    /// Look which paths go on with what is typed. Answered by `Completed`.
    Complete {
        /// To answer with.
        ticket: Ticket,
        /// The beginning of a path.
        typed: String,
    },
    /// Add the registries that a file describes, and change those that are there: all of
    /// them, or none. Answered by `Imported`.
    Import {
        /// To answer with.
        ticket: Ticket,
        /// The file, from the working directory where it is relative.
        path: PathBuf,
    },
    /// Try which secret stores work here. Answered by `StoresTried`.
    TryStores,
    /// Remove a registry with its inventory and its kept secrets.
    Remove(RegistryId),
    /// Check a connection. Nothing is kept of it.
    Check {
        /// To answer with.
        ticket: Ticket,
        /// Which registry it is, where it is a saved one: its kept secrets count where an
        /// entry says `Keep`.
        id: Option<RegistryId>,
        /// The settings to check.
        spec: Box<RegistrySpec>,
        /// Its secrets.
        secrets: SecretEntries,
    },
    /// Stop a check whose answer is no longer wanted.
    CancelCheck {
        /// Its ticket.
        ticket: Ticket,
    },
    /// Tell the requests of this run. Answered by `Event::RequestsRead`.
    ReadRequests {
        /// To answer with.
        ticket: Ticket,
        /// Those behind the line of this number.
        behind: u64,
    },
    /// Read an image in full, from the cache or its registry. Answered by
    /// `Event::Inspected`.
    Inspect {
        /// To answer with.
        ticket: Ticket,
        /// Which.
        reference: Box<ImageReference>,
        /// Of an index, the image of this platform instead.
        platform: Option<String>,
    },
    /// Stop reading an image whose answer is no longer wanted.
    CancelInspect {
        /// Its ticket.
        ticket: Ticket,
    },
    /// Write down decisions, all or none of them. Answered by `Decided`.
    Decide {
        /// To answer with.
        ticket: Ticket,
        /// Which, in a registry each; `None` in one takes back what was decided.
        decided: Vec<(RegistryId, Decided)>,
    },
    /// Write decisions into a new file, as `decide export` prints them. Answered by
    /// `Exported`.
    Export {
        /// To answer with.
        ticket: Ticket,
        /// The file, from the working directory where it is relative.
        path: PathBuf,
        /// Which, in registries of these names.
        decided: Vec<(RegistryName, Decided)>,
    },
    /// Hand over a secret. Answers `Event::SecretWanted`.
    GiveSecret {
        /// Its ticket.
        ticket: Ticket,
        /// The secret; `None` is to go on without.
        secret: Option<Secret>,
    },
}

/// A program of the user's that shows text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// `$PAGER`; `less` where that is not set.
    Pager,
    /// `$VISUAL` or `$EDITOR`; `vi` where neither is set.
    Editor,
}

/// What is done to the terminal itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScreenWork {
    /// Put text on the clipboard of the user's terminal.
    Copy(String),
    /// Give the terminal back to the shell until it continues the program.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Show a text in a program of the user's, which has the terminal until it ends.
    /// Answered by `Shown`.
    Show {
        /// In which.
        viewer: Viewer,
        /// What its file is called, without characters that mean something to a shell.
        name: String,
        /// The text.
        text: String,
    },
    /// Look like the theme of this name; like the configuration's where it is `None`.
    Look(Option<&'static str>),
    /// End, and begin the demonstration.
    Demo,
    /// End. Crawls that run are cancelled; what they read is kept.
    Quit,
}
