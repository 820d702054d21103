//! Differences between two registries that ought to hold the same.

use super::{Digest, Platform, RepositoryName, Tag};
use serde::{Deserialize, Serialize};

/// In what a tag differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Difference {
    /// The first registry has it and the second has not.
    Missing,
    /// The second registry has it and the first has not.
    Extra,
    /// It names something else in the second than in the first.
    Different,
    /// The second has the same images for some of the first's platforms, and no others.
    FewerPlatforms,
}

impl Difference {
    /// The difference in words, as the outputs name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Different => "different",
            Self::FewerPlatforms => "fewer platforms",
        }
    }
}

/// A tag that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The repository, by its name in the first registry.
    pub repository: RepositoryName,
    /// Its name in the second, where that is another.
    pub repository_in_b: Option<RepositoryName>,
    /// The tag.
    pub tag: Tag,
    /// In what it differs.
    pub difference: Difference,
    /// What it names in the first registry.
    pub a: Option<Digest>,
    /// What it names in the second.
    pub b: Option<Digest>,
    /// The platforms that the second lacks, where these are the difference.
    pub lacking: Vec<Platform>,
}

/// A rule by which names of the first registry become those of the second: what begins with
/// `from` begins with `to` there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMap {
    /// The beginning in the first registry.
    pub from: String,
    /// The beginning in the second.
    pub to: String,
}

impl std::str::FromStr for NameMap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` is no rule for names: write `FROM=TO`, the beginnings of names in the \
                 first and in the second registry, as `library/=mirror/library/`",
                super::text::quote(text, 80)
            )
        };
        let (from, to) = text.split_once('=').ok_or_else(wrong)?;
        let is_name = |part: &str| {
            part.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
        };
        if (from.is_empty() && to.is_empty()) || !is_name(from) || !is_name(to) || to.contains('=')
        {
            return Err(wrong());
        }
        Ok(Self {
            from: from.to_owned(),
            to: to.to_owned(),
        })
    }
}

/// What two registries differ in, and what is known of how well that can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drifts {
    /// The differences, by repository and tag.
    pub rows: Vec<Drift>,
    /// Tags that are the same in both.
    pub same: u64,
    /// Tags of the first and of the second registry that could not be confirmed lately: what
    /// is said of them may be no longer so.
    pub stale: (u64, u64),
    /// Repositories of the first and of the second registry whose tags were never listed
    /// whole: what that side lacks in them is not told.
    pub unlisted: (u64, u64),
}
