//! The arguments of the commands that ask the inventory about all it holds and held.

use clap::{Args, ValueEnum};

use super::RowFormat;
use crate::cli::completion;
use crate::model::{Glob, NameMap, UsageBy};

#[derive(Debug, Args)]
pub(in crate::cli) struct SearchArgs {
    /// Words that a repository or one of its tags has in its name, `REPOSITORY:TAG`, or the
    /// beginning of a digest; a glob is the whole of a name
    pub(in crate::cli) text: String,
    /// Stop after so many, and say whether there are more
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) limit: Option<u64>,
    /// How to print; a table on a terminal, NDJSON otherwise
    #[arg(long, value_enum)]
    pub(in crate::cli) format: Option<RowFormat>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ChangesArgs {
    /// Registries by name; all where none is given
    #[arg(value_name = "NAME", add = completion::registries())]
    pub(in crate::cli) names: Vec<String>,
    /// What crawls found that began then or later: `2026-10-01`, `2026-10-01T12:00`, `today`,
    /// `yesterday`, or how long ago: `7d`, `12h`
    #[arg(long, value_name = "WHEN", conflicts_with = "crawl")]
    pub(in crate::cli) since: Option<String>,
    /// What this crawl of the registry found, counted from 1; needs one NAME
    #[arg(long, value_name = "N")]
    pub(in crate::cli) crawl: Option<u64>,
    /// Changes in repositories that match: `*` stays inside a path component, `**` crosses
    /// them
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) repository: Option<Glob>,
    /// Changes of tags that match, and of nothing else
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) tag: Option<Glob>,
    /// How to print; a table on a terminal, NDJSON otherwise
    #[arg(long, value_enum)]
    pub(in crate::cli) format: Option<RowFormat>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UsageArgs {
    /// Registries by name; all where none is given
    #[arg(value_name = "NAME", add = completion::registries())]
    pub(in crate::cli) names: Vec<String>,
    /// A row for each registry, or for each of its repositories
    #[arg(long, value_enum, default_value_t = ByArg::Registry)]
    pub(in crate::cli) by: ByArg,
    /// How to print; a table on a terminal, NDJSON otherwise
    #[arg(long, value_enum)]
    pub(in crate::cli) format: Option<RowFormat>,
}

/// In how many rows usage is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ByArg {
    /// One for each registry
    Registry,
    /// One for each repository
    Repository,
}

impl From<ByArg> for UsageBy {
    fn from(by: ByArg) -> Self {
        match by {
            ByArg::Registry => Self::Registry,
            ByArg::Repository => Self::Repository,
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DriftArgs {
    /// The registry as it ought to be
    #[arg(value_name = "A", add = completion::registries())]
    pub(in crate::cli) a: String,
    /// The registry that is compared with it
    #[arg(value_name = "B", add = completion::registries())]
    pub(in crate::cli) b: String,
    /// Names that begin with FROM in A begin with TO in B; of several the longest FROM counts
    #[arg(long, value_name = "FROM=TO")]
    pub(in crate::cli) map: Vec<NameMap>,
    /// Repositories whose names in A match: `*` stays inside a path component, `**` crosses
    /// them
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) repository: Option<Glob>,
    /// Tags that match
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) tag: Option<Glob>,
    /// How to print; a table on a terminal, NDJSON otherwise
    #[arg(long, value_enum)]
    pub(in crate::cli) format: Option<RowFormat>,
}
