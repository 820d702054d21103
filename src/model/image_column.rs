//! The columns of images, described once: for the screen, for orders and for tables.

/// What images can be ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImageColumn {
    /// The name of the registry.
    Registry,
    /// The name of the repository, in natural order.
    Repository,
    /// The tag that leads, in natural order; untagged images come last.
    #[default]
    Tag,
    /// The digest.
    Digest,
    /// The platforms.
    Platforms,
    /// Image, index or artifact, then the artifact type.
    Kind,
    /// The size; images of unknown size come last.
    Size,
    /// When it was built; images that do not say come last.
    Created,
    /// When it was pushed; images of which that is not known come last.
    Pushed,
    /// When it was last pulled; images of which that is not known come last.
    Pulled,
    /// When a crawl first saw it.
    Seen,
    /// When a crawl last confirmed it.
    LastSeen,
    /// When it appeared, or a tag was last moved to it.
    Change,
    /// What was decided about it or its tags; images without a decision come last.
    Decision,
}

/// What is said of a column.
struct Description {
    id: &'static str,
    word: &'static str,
    heading: &'static str,
    order: &'static str,
}

impl ImageColumn {
    /// Every column.
    pub const ALL: [Self; 14] = [
        Self::Registry,
        Self::Repository,
        Self::Tag,
        Self::Digest,
        Self::Platforms,
        Self::Kind,
        Self::Size,
        Self::Created,
        Self::Pushed,
        Self::Pulled,
        Self::Seen,
        Self::LastSeen,
        Self::Change,
        Self::Decision,
    ];

    /// The columns that the images of one repository are shown by, in the order of the screen.
    pub const OF_REPOSITORY: [Self; 7] = [
        Self::Tag,
        Self::Digest,
        Self::Platforms,
        Self::Kind,
        Self::Size,
        Self::Created,
        Self::Seen,
    ];

    /// The column as it is typed.
    pub const fn id(self) -> &'static str {
        self.description().id
    }

    /// The column in a word.
    pub const fn as_str(self) -> &'static str {
        self.description().word
    }

    /// What stands above it.
    pub const fn heading(self) -> &'static str {
        self.description().heading
    }

    /// How it orders, in a few words.
    pub const fn order(self) -> &'static str {
        self.description().order
    }

    const fn description(self) -> Description {
        let (id, word, heading, order) = match self {
            Self::Registry => ("registry", "registry", "REGISTRY", "by registry"),
            Self::Repository => ("repository", "repository", "REPOSITORY", "by repository"),
            Self::Tag => ("tag", "tag", "TAGS", "by the leading tag, 1.9 before 1.10"),
            Self::Digest => ("digest", "digest", "DIGEST", "by digest"),
            Self::Platforms => ("platforms", "platforms", "PLATFORMS", "by platform"),
            Self::Kind => ("kind", "kind", "KIND", "images, indexes, artifacts"),
            Self::Size => ("size", "size", "SIZE", "the smallest first"),
            Self::Created => ("built", "built", "BUILT", "the longest built first"),
            Self::Pushed => ("pushed", "pushed", "PUSHED", "the longest pushed first"),
            Self::Pulled => ("pulled", "pulled", "PULLED", "the longest not pulled first"),
            Self::Seen => (
                "first-seen",
                "first seen",
                "SEEN",
                "the longest known first",
            ),
            Self::LastSeen => (
                "last-seen",
                "last seen",
                "LAST SEEN",
                "the longest not confirmed first",
            ),
            Self::Change => (
                "changed",
                "change",
                "CHANGED",
                "the longest unchanged first",
            ),
            Self::Decision => ("decision", "decision", "DECISION", "keep, delete, look"),
        };
        Description {
            id,
            word,
            heading,
            order,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ImageColumn;

    #[test]
    fn every_column_is_told_from_every_other() {
        let all = ImageColumn::ALL;
        for (at, column) in all.into_iter().enumerate() {
            for other in &all[at + 1..] {
                assert_ne!(column.id(), other.id());
                assert_ne!(column.heading(), other.heading());
            }
            assert!(!column.id().contains(' '), "{}", column.id());
        }
        assert!(
            ImageColumn::OF_REPOSITORY
                .iter()
                .all(|one| all.contains(one))
        );
    }
}
