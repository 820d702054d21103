//! Decisions about what a selection has: looked up page by page, written in steps that keep
//! nobody else waiting for long.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{answer, blocking};
use crate::model::{
    Answer, Cancel, Choice, Cursor, Decided, Decision, ImageRow, ImageSelection, Question,
    RegistryId, RepositoryName, Subject, Tag, Timestamp,
};
use crate::store::{Store, StoreError};

/// Images looked up at once.
const PAGE: usize = 2000;
/// Decisions written in one step.
const STEP: usize = 2000;

/// What is to be decided about what.
#[derive(Clone, Debug)]
pub struct DecideRequest {
    /// In these registries.
    pub registries: Vec<RegistryId>,
    /// About these images; where it asks for tags, about those tags of theirs.
    pub selection: Box<ImageSelection>,
    /// What; `None` takes back what was decided.
    pub choice: Option<Choice>,
    /// Why. Without it, who decides the same again leaves the note as it was.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What a decision was about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Images, or tags where these were asked for.
    pub subjects: u64,
    /// Repositories that they are in.
    pub repositories: u64,
    /// Those about which something else was decided before.
    pub otherwise: u64,
    /// Those about which the same was decided before, or nothing where that is wanted.
    pub same: u64,
}

/// A decision on its way through a selection.
#[derive(Debug)]
pub struct Decider {
    store: Store,
    request: DecideRequest,
    dry: bool,
    after: Option<Cursor>,
    is_ended: bool,
    last: Option<(RegistryId, RepositoryName)>,
    tally: Tally,
}

impl Decider {
    /// Decides as `request` says; with `dry` it only finds out what that would be.
    pub fn new(store: &Store, request: DecideRequest, dry: bool) -> Self {
        Self {
            store: store.clone(),
            request,
            dry,
            after: None,
            is_ended: false,
            last: None,
            tally: Tally::default(),
        }
    }

    /// Goes a page on, and returns what changed there; `None` at the end.
    ///
    /// # Errors
    ///
    /// Where the inventory cannot be read or written. What was decided before stays decided.
    pub async fn next(&mut self) -> Result<Option<Vec<(RegistryId, Decided)>>, Arc<StoreError>> {
        if self.is_ended {
            return Ok(None);
        }
        let question = Question::Selected {
            registries: self.request.registries.clone(),
            selection: self.request.selection.clone(),
            after: self.after.take(),
            enough: PAGE,
        };
        let store = self.store.clone();
        let answer = blocking(move || answer(&store, &question, &Cancel::default())).await?;
        let Answer::Selected(page) = answer else {
            self.is_ended = true;
            return Ok(None);
        };
        self.after = page.next;
        self.is_ended = self.after.is_none();
        let mut changed = Vec::new();
        for row in &page.rows {
            self.about(row, &mut changed);
        }
        if self.dry {
            return Ok(Some(changed));
        }
        let store = self.store.clone();
        let written = blocking(move || {
            for of_one in changed.chunk_by(|(one, _), (other, _)| one == other) {
                for step in of_one.chunks(STEP) {
                    let id = step[0].0;
                    let decided: Vec<Decided> =
                        step.iter().map(|(_, decided)| decided.clone()).collect();
                    store.decide(id, &decided)?;
                }
            }
            Ok(changed)
        });
        written.await.map(Some)
    }

    /// How much it was so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What changes about one image or its tags.
    fn about(&mut self, row: &ImageRow, changed: &mut Vec<(RegistryId, Decided)>) {
        let place = (row.registry, row.repository.clone());
        if self.last.as_ref() != Some(&place) {
            self.tally.repositories += 1;
            self.last = Some(place);
        }
        if !self.request.selection.needs_tag() {
            let before = row.decisions.image.as_ref();
            let subject = Subject::Image(row.digest.clone());
            changed.extend(self.one(row, subject, before));
            return;
        }
        let selection = &self.request.selection;
        let wanted = row.tags.iter();
        let wanted: Vec<&Tag> = wanted
            .filter(|tag| selection.may_be_tagged(tag.as_str()))
            .collect();
        for tag in wanted {
            let mut decided = row.decisions.tags.iter();
            let before = decided.find(|(of, _)| of == tag);
            let before = before.map(|(_, decision)| decision);
            changed.extend(self.one(row, Subject::Tag(tag.clone()), before));
        }
    }

    fn one(
        &mut self,
        row: &ImageRow,
        subject: Subject,
        before: Option<&Decision>,
    ) -> Option<(RegistryId, Decided)> {
        self.tally.subjects += 1;
        let wanted = self.request.choice;
        let kept = before.filter(|before| Some(before.choice) == wanted);
        let note = self.request.note.clone();
        let note = note.or_else(|| kept.and_then(|kept| kept.note.clone()));
        let is_same = match before {
            None => wanted.is_none(),
            Some(before) => kept.is_some() && before.note == note,
        };
        if is_same {
            self.tally.same += 1;
            return None;
        }
        self.tally.otherwise += u64::from(before.is_some() && kept.is_none());
        let decided = Decided {
            repository: row.repository.clone(),
            subject,
            decision: wanted.map(|choice| Decision {
                choice,
                note,
                at: self.request.at,
            }),
        };
        Some((row.registry, decided))
    }
}

/// What an import of decisions does, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecisionsImport {
    /// About which nothing was decided before.
    pub new: u64,
    /// About which something else was decided, noted or decided at another time.
    pub changed: u64,
    /// Taken back.
    pub taken_back: u64,
    /// So already.
    pub same: u64,
    /// Those of all that are about what the inventory has not.
    pub unknown: u64,
}

/// Writes decisions about registries, all or none of them; with `dry` it only counts.
/// Blocks, as the store does.
///
/// # Errors
///
/// Where the inventory cannot be read or written; nothing is changed then.
pub fn import_decisions(
    store: &Store,
    all: &[(RegistryId, Vec<Decided>)],
    dry: bool,
) -> Result<DecisionsImport, StoreError> {
    let mut import = DecisionsImport::default();
    for (id, decided) in all {
        let before = store.decisions(*id)?;
        let before: std::collections::HashMap<_, _> = before
            .into_iter()
            .map(|one| ((one.repository, one.subject), one.decision))
            .collect();
        for of_one in decided.chunk_by(|one, other| one.repository == other.repository) {
            let Some(first) = of_one.first() else {
                continue;
            };
            let there = there(store, *id, &first.repository)?;
            for one in of_one {
                import.unknown += u64::from(!there.contains(&one.subject));
                let key = (one.repository.clone(), one.subject.clone());
                let before = before.get(&key).cloned().flatten();
                let count = match (before, &one.decision) {
                    (None, None) => &mut import.same,
                    (Some(before), Some(now)) if before == *now => &mut import.same,
                    (None, Some(_)) => &mut import.new,
                    (Some(_), Some(_)) => &mut import.changed,
                    (Some(_), None) => &mut import.taken_back,
                };
                *count += 1;
            }
        }
    }
    if !dry {
        let all = all.iter().map(|(id, decided)| (*id, decided.as_slice()));
        store.decide_all(&all.collect::<Vec<_>>())?;
    }
    Ok(import)
}

/// What there is in a repository that something can be decided about.
fn there(
    store: &Store,
    id: RegistryId,
    repository: &RepositoryName,
) -> Result<BTreeSet<Subject>, StoreError> {
    let rows = store.images(id, repository)?.into_iter();
    Ok(rows
        .flat_map(|row| {
            let tags = row.tags.into_iter().map(Subject::Tag);
            std::iter::once(Subject::Image(row.digest)).chain(tags)
        })
        .collect())
}
