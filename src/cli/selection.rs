//! Which images a command is about, as it is typed.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use jiff::SignedDuration;

use super::args::KindArg;
use super::{CliError, completion};
use crate::model::{
    Choice, DecisionWanted, Glob, ImageColumn, ImageSelection, PlatformStart, Timestamp, when,
};

/// Flags that choose images; each that is given must hold.
#[derive(Debug, Args)]
pub(super) struct SelectionArgs {
    /// Registries by name; all where none is given
    #[arg(value_name = "NAME", add = completion::registries())]
    pub(super) names: Vec<String>,
    /// Repositories that match: `*` stays inside a path component, `**` crosses them
    #[arg(long, value_name = "GLOB")]
    repository: Option<String>,
    /// Images for this platform, or the beginning of one: `linux/arm64`, `arm64`
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Images with a tag that matches
    #[arg(long, value_name = "GLOB")]
    tag: Option<String>,
    /// Images of this digest, or the beginning of one
    #[arg(long, value_name = "DIGEST")]
    digest: Option<String>,
    /// Images of this kind
    #[arg(long, value_enum)]
    kind: Option<KindArg>,
    /// Images that no tag names
    #[arg(long, conflicts_with = "tag")]
    untagged: bool,
    /// Images larger than this, as stored: `500MB`, `1.5GiB`; those of unknown size are not
    #[arg(long, value_name = "SIZE", value_parser = when::size)]
    larger_than: Option<u64>,
    /// Images older than this, `90d` or `12h`: by when they were built; where that is not said,
    /// or before 1980, by when they were pushed, else by when a crawl first saw them
    #[arg(long, value_name = "AGE", value_parser = when::age)]
    older_than: Option<std::time::Duration>,
    /// Images about which, or about a tag of which, this was decided
    #[arg(long, value_enum)]
    decision: Option<DecisionArg>,
}

/// A decision that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DecisionArg {
    /// To stay
    Keep,
    /// To go
    Delete,
    /// To be looked at again
    Look,
    /// Any of them
    Any,
    /// None of them
    None,
}

impl From<DecisionArg> for DecisionWanted {
    fn from(decision: DecisionArg) -> Self {
        match decision {
            DecisionArg::Keep => Self::Is(Choice::Keep),
            DecisionArg::Delete => Self::Is(Choice::Delete),
            DecisionArg::Look => Self::Is(Choice::Look),
            DecisionArg::Any => Self::Some,
            DecisionArg::None => Self::None,
        }
    }
}

impl SelectionArgs {
    /// What is wanted, `now` being the moment from which ages count.
    pub(super) fn selection(&self, now: Timestamp) -> Result<ImageSelection, CliError> {
        let older_than = self.older_than.map(|age| {
            let age = SignedDuration::try_from(age).ok();
            let at = age.and_then(|age| now.checked_sub(age).ok());
            at.ok_or_else(|| CliError::usage("--older-than: nothing is as old as that"))
        });
        Ok(ImageSelection {
            repository: read::<Glob>("repository", self.repository.as_deref())?,
            tag: read::<Glob>("tag", self.tag.as_deref())?,
            platform: read::<PlatformStart>("platform", self.platform.as_deref())?,
            digest: read("digest", self.digest.as_deref())?,
            kind: self.kind.map(Into::into),
            untagged: self.untagged,
            larger_than: self.larger_than,
            older_than: older_than.transpose()?,
            decision: self.decision.map(Into::into),
        })
    }
}

fn read<T: std::str::FromStr<Err = String>>(
    flag: &str,
    typed: Option<&str>,
) -> Result<Option<T>, CliError> {
    let read = typed.map(str::parse::<T>).transpose();
    read.map_err(|why| CliError::usage(format!("--{flag}: {why}")))
}

/// Reads a column of images.
pub(super) fn column() -> impl TypedValueParser<Value = ImageColumn> {
    let known = ImageColumn::ALL.map(|column| PossibleValue::new(column.id()).help(column.order()));
    PossibleValuesParser::new(known).map(|typed| {
        let found = ImageColumn::ALL.into_iter().find(|one| one.id() == typed);
        found.unwrap_or_default()
    })
}
