//! Changes as they are shown: one row for a tag and the image that came or went with it.

use super::filter::lets;
use crate::model::{Change, Choice, Decided, Digest, Filter, Listing, Subject, What};

/// A change, and what came and went with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    /// The change.
    pub change: Change,
    /// Whether the image that the tag names now was not there before.
    pub is_new: bool,
    /// Whether the image that the tag named before is there no more.
    pub is_lost: bool,
    /// How many repositories that appeared in one crawl are told by this row, where they came
    /// in numbers: its change is that of the first of them, with the tags and images of all.
    pub folded: Option<usize>,
}

/// Whether something came, went, or is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It was not there before.
    Appeared,
    /// A tag names another image.
    Moved,
    /// It is there no more.
    Gone,
}

impl Turn {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Moved => "moved",
            Self::Gone => "gone",
        }
    }
}

impl ChangeRow {
    /// How many changes it tells of.
    pub fn count(&self) -> usize {
        self.folded.unwrap_or(1)
    }

    /// Whether it came, went, or is another.
    pub fn turn(&self) -> Turn {
        match self.change.what {
            What::RepositoryAppeared { .. } | What::TagAppeared { .. } | What::ImageAppeared(_) => {
                Turn::Appeared
            }
            What::TagMoved { .. } => Turn::Moved,
            What::RepositoryGone { .. } | What::TagGone { .. } | What::ImageGone(_) => Turn::Gone,
        }
    }

    /// The image it is about: the one that is there now, else the one that was; `None` of a
    /// repository.
    pub fn digest(&self) -> Option<&Digest> {
        match &self.change.what {
            What::RepositoryAppeared { .. } | What::RepositoryGone { .. } => None,
            What::TagAppeared { digest, .. }
            | What::ImageAppeared(digest)
            | What::ImageGone(digest) => Some(digest),
            What::TagMoved { to, .. } => Some(to),
            What::TagGone { from, .. } => Some(from),
        }
    }

    /// The image that went, or that a tag moved away from.
    pub fn former(&self) -> Option<&Digest> {
        match &self.change.what {
            What::TagMoved { from, .. } | What::TagGone { from, .. } | What::ImageGone(from) => {
                Some(from)
            }
            _ => None,
        }
    }

    /// What was decided about what went or was moved away from: about the tag where that
    /// went, else about the image.
    pub fn decided(&self, decisions: &[Decided]) -> Option<Choice> {
        let former = self.former()?;
        let tag = self.change.what.tag();
        let tag = tag.filter(|_| self.turn() == Turn::Gone);
        let about = |subject: &Subject| match subject {
            Subject::Tag(of) => tag == Some(of),
            Subject::Image(of) => of == former,
        };
        let mut found = decisions
            .iter()
            .filter(|decided| decided.repository == self.change.repository)
            .filter(|decided| about(&decided.subject))
            .filter_map(|decided| decided.decision.as_ref())
            .map(|decision| decision.choice);
        let first = found.next()?;
        // To keep is what going contradicts.
        Some(
            found
                .find(|choice| *choice == Choice::Keep)
                .unwrap_or(first),
        )
    }
}

/// Changes as rows, in their order: an image that came or went with a tag of its repository
/// is told in the tag's row. Changes of one crawl and repository stand together.
pub fn change_rows(changes: &[Change]) -> Vec<ChangeRow> {
    let mut rows = Vec::with_capacity(changes.len());
    let together = |a: &Change, b: &Change| {
        (a.registry, a.crawl, &a.repository) == (b.registry, b.crawl, &b.repository)
    };
    for group in changes.chunk_by(together) {
        rows.extend(in_repository(group));
    }
    rows
}

/// Repositories that appeared in one crawl and have a row each; more of them have one
/// together.
const APART: usize = 20;

/// The same rows, but of repositories that appeared in one crawl in numbers one row for all:
/// the first crawl of a registry must not hide what the others found. Rows of one crawl stand
/// together.
pub fn folded(rows: &[ChangeRow]) -> Vec<ChangeRow> {
    let together = |a: &ChangeRow, b: &ChangeRow| {
        (a.change.registry, a.change.crawl) == (b.change.registry, b.change.crawl)
    };
    let appeared = |row: &ChangeRow| match row.change.what {
        What::RepositoryAppeared { tags, images } => Some((tags, images)),
        _ => None,
    };
    let mut shown = Vec::with_capacity(rows.len());
    for crawl in rows.chunk_by(together) {
        let all: Vec<(u64, u64)> = crawl.iter().filter_map(appeared).collect();
        if all.len() <= APART {
            shown.extend_from_slice(crawl);
            continue;
        }
        let mut first = true;
        for row in crawl {
            let mut row = row.clone();
            if appeared(&row).is_some() {
                if !std::mem::take(&mut first) {
                    continue;
                }
                row.change.what = What::RepositoryAppeared {
                    tags: all.iter().map(|(tags, _)| tags).sum(),
                    images: all.iter().map(|(_, images)| images).sum(),
                };
                row.folded = Some(all.len());
            }
            shown.push(row);
        }
    }
    shown
}

/// The rows of one repository and crawl.
fn in_repository(changes: &[Change]) -> impl Iterator<Item = ChangeRow> + '_ {
    use std::collections::HashSet;
    let (mut came, mut went) = (HashSet::new(), HashSet::new());
    let (mut named, mut left) = (HashSet::new(), HashSet::new());
    for change in changes {
        match &change.what {
            What::ImageAppeared(digest) => drop(came.insert(digest)),
            What::ImageGone(digest) => drop(went.insert(digest)),
            What::TagAppeared { digest, .. } => drop(named.insert(digest)),
            What::TagGone { from, .. } => drop(left.insert(from)),
            What::TagMoved { from, to, .. } => {
                left.insert(from);
                named.insert(to);
            }
            What::RepositoryAppeared { .. } | What::RepositoryGone { .. } => {}
        }
    }
    changes.iter().filter_map(move |change| {
        let (is_new, is_lost) = match &change.what {
            What::ImageAppeared(digest) if named.contains(digest) => return None,
            What::ImageGone(digest) if left.contains(digest) => return None,
            What::TagAppeared { digest, .. } => (came.contains(digest), false),
            What::TagMoved { from, to, .. } => (came.contains(to), went.contains(from)),
            What::TagGone { from, .. } => (false, went.contains(from)),
            _ => (false, false),
        };
        Some(ChangeRow {
            change: change.clone(),
            is_new,
            is_lost,
            folded: None,
        })
    })
}

/// Rows that show the words of the filter: in the registry's name, the repository, the tag, a
/// digest, or the word for what happened.
pub fn changes<'n>(
    rows: &[ChangeRow],
    filter: &Filter,
    registry: impl Fn(&ChangeRow) -> &'n str,
) -> Listing<ChangeRow> {
    let shows = |row: &ChangeRow| {
        lets(filter, |word| {
            let digests = [row.digest(), row.former()];
            word.is_in(registry(row))
                || word.is_in(row.change.repository.as_str())
                || word.is_in(row.turn().as_str())
                || row
                    .change
                    .what
                    .tag()
                    .is_some_and(|tag| word.is_in(tag.as_str()))
                || digests
                    .into_iter()
                    .flatten()
                    .any(|digest| word.is_in(&digest.to_string()))
        })
    };
    let shown = rows.iter().filter(|row| shows(row)).cloned();
    Listing::whole(shown.collect(), rows.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Decision, RegistryId, Timestamp};

    fn digest(text: &str) -> Digest {
        Digest::sha256(text.as_bytes())
    }

    fn change(crawl: u64, what: What) -> Change {
        Change {
            at: Timestamp::UNIX_EPOCH,
            registry: RegistryId(1),
            crawl,
            repository: "team/api".parse().unwrap(),
            what,
        }
    }

    fn moved(from: &str, to: &str) -> What {
        What::TagMoved {
            tag: "latest".parse().unwrap(),
            from: digest(from),
            to: digest(to),
        }
    }

    fn gone(tag: &str, from: &str) -> What {
        What::TagGone {
            tag: tag.parse().unwrap(),
            from: digest(from),
        }
    }

    #[test]
    fn an_image_is_told_with_the_tag_that_it_came_or_went_with() {
        let rows = change_rows(&[
            change(2, What::ImageAppeared(digest("b"))),
            change(2, What::ImageAppeared(digest("untagged"))),
            change(2, What::ImageGone(digest("a"))),
            change(2, moved("a", "b")),
            // In another crawl it is another matter.
            change(1, What::ImageGone(digest("a"))),
            change(1, gone("1.0", "c")),
        ]);
        let told: Vec<(Turn, u64, bool, bool)> = rows
            .iter()
            .map(|row| (row.turn(), row.change.crawl, row.is_new, row.is_lost))
            .collect();
        assert_eq!(
            told,
            [
                (Turn::Appeared, 2, false, false),
                (Turn::Moved, 2, true, true),
                (Turn::Gone, 1, false, false),
                (Turn::Gone, 1, false, false),
            ]
        );
        assert_eq!(rows[0].digest(), Some(&digest("untagged")));
    }

    #[test]
    fn a_filter_looks_at_everything_that_a_row_shows() {
        let rows = change_rows(&[change(1, moved("a", "b")), change(1, gone("1.0", "c"))]);
        for (filter, wanted) in [
            ("", 2),
            ("moved", 1),
            ("gone api", 1),
            ("hub", 2),
            ("!hub", 0),
            ("1.0", 1),
            (&digest("a").to_string()[7..20], 1),
        ] {
            let listing = changes(&rows, &Filter::new(filter), |_| "hub");
            assert_eq!((listing.rows.len(), listing.total), (wanted, 2), "{filter}");
        }
    }

    #[test]
    fn a_decision_about_what_went_is_found() {
        let decided = |subject, choice| Decided {
            repository: "team/api".parse().unwrap(),
            subject,
            decision: Some(Decision {
                choice,
                note: None,
                at: Timestamp::UNIX_EPOCH,
            }),
        };
        let decisions = [
            decided(Subject::Image(digest("a")), Choice::Delete),
            decided(Subject::Tag("1.0".parse().unwrap()), Choice::Keep),
            decided(Subject::Tag("latest".parse().unwrap()), Choice::Keep),
        ];
        let found = |what| change_rows(&[change(1, what)])[0].decided(&decisions);
        assert_eq!(found(gone("1.0", "c")), Some(Choice::Keep));
        assert_eq!(found(gone("1.0", "a")), Some(Choice::Keep));
        assert_eq!(found(gone("2.0", "a")), Some(Choice::Delete));
        assert_eq!(found(gone("2.0", "c")), None);
        // The tag is still there: what it named is what may be missed.
        assert_eq!(found(moved("a", "b")), Some(Choice::Delete));
        assert_eq!(found(moved("b", "a")), None);
    }

    #[test]
    fn repositories_that_come_in_numbers_are_one_row_among_the_others() {
        let came = |crawl, name: String| Change {
            repository: name.parse().unwrap(),
            ..change(crawl, What::RepositoryAppeared { tags: 3, images: 2 })
        };
        let of = |crawl, many: usize| (0..many).map(move |n| came(crawl, format!("r{n}")));
        let mut all: Vec<Change> = of(2, APART).collect();
        all.push(change(1, moved("a", "b")));
        all.extend(of(1, APART + 1));
        all.push(change(1, What::ImageGone(digest("c"))));
        let rows = folded(&change_rows(&all));
        let told = rows.iter().map(|row| (row.change.crawl, row.folded));
        let mut wanted = vec![(2, None); APART];
        wanted.extend([(1, None), (1, Some(APART + 1)), (1, None)]);
        assert_eq!(told.collect::<Vec<_>>(), wanted);
        let all = u64::try_from(APART + 1).unwrap();
        assert_eq!(
            rows[APART + 1].change.what,
            What::RepositoryAppeared {
                tags: 3 * all,
                images: 2 * all
            }
        );
        let count: usize = rows.iter().map(ChangeRow::count).sum();
        assert_eq!(count, 2 * APART + 3, "none is left out of the count");
    }
}
