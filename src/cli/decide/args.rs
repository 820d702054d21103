//! `decide` as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::super::args::RowFormat;
use super::super::completion;
use super::super::selection::SelectionArgs;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DecideCommand {
    /// Decide that images, or with --tag those tags, are to stay; nothing is deleted by it
    #[command(
        after_help = "Examples:\n  supercargo decide keep hub --repository 'base/**'\n  supercargo decide keep --tag 'v*' --note 'releases stay'"
    )]
    Keep(DecideArgs),
    /// Decide that images, or with --tag those tags, may go; nothing is deleted by it
    #[command(
        after_help = "Examples:\n  supercargo decide delete hub --untagged --older-than 90d --dry-run\n  supercargo decide delete --tag 'pr-*' --note 'merged long ago'"
    )]
    Delete(DecideArgs),
    /// Decide that images, or with --tag those tags, are to be looked at again
    #[command(
        after_help = "Example:\n  supercargo decide look --larger-than 2GiB --note 'why so large?'"
    )]
    Look(DecideArgs),
    /// Take back decisions about images, or with --tag about those tags
    ///
    /// Decisions about what is gone from the inventory are not reached by a selection: edit
    /// them to `none` in what `decide export` printed, and `decide import` it.
    #[command(
        after_help = "Example:\n  supercargo decide none hub --repository 'base/**' --decision delete"
    )]
    None(TakeBackArgs),
    /// Print all decisions, also those about what is gone
    #[command(
        after_help = "Examples:\n  supercargo decide export > decisions.ndjson\n  supercargo decide export hub --format csv"
    )]
    Export(ExportArgs),
    /// Decide as a file of `decide export` says: all of it or nothing
    ///
    /// It is NDJSON, or a JSON array, of objects with `registry`, `repository`, `digest` or
    /// `tag`, `decision` (`keep`, `delete`, `look`, or `none` to take back), `note` and `at`.
    /// Decisions about what the inventory has not are kept.
    #[command(
        after_help = "Examples:\n  supercargo decide import decisions.ndjson\n  ssh other supercargo decide export | supercargo decide import -"
    )]
    Import {
        /// The file; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DecideArgs {
    /// Why, in at most 500 letters; without it the note of the same decision stays
    #[arg(long, value_name = "TEXT")]
    pub(super) note: Option<String>,
    #[command(flatten)]
    pub(super) about: TakeBackArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TakeBackArgs {
    /// Only print what would be decided
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// Registries by name; all where none is given
    #[arg(value_name = "NAME", add = completion::registries())]
    pub(super) names: Vec<String>,
    /// How to print; a table on a terminal, NDJSON otherwise
    #[arg(long, value_enum)]
    pub(super) format: Option<RowFormat>,
}
