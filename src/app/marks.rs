//! Marked rows of a list. They are known by their keys, so that marks stay where rows come
//! and go, and are kept with what the rows last said, so that something can be done about
//! one that a filter hides.

use std::collections::BTreeMap;

use super::pane::{Keyed, Pane};
use crate::app::list::Step;
use crate::config::keys::Command;

/// Marked rows.
#[derive(Clone, Debug)]
pub struct Marks<K, R> {
    rows: BTreeMap<K, R>,
    /// The row that was marked last, where a range begins.
    last: Option<K>,
}

impl<K, R> Default for Marks<K, R> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            last: None,
        }
    }
}

impl<K: Ord + Clone, R> Marks<K, R> {
    /// Whether the row of this key is marked.
    pub fn has(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    /// How many rows are marked.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The marked rows, by key.
    pub fn rows(&self) -> impl Iterator<Item = &R> {
        self.rows.values()
    }

    /// The same, to bring them up to date.
    pub(super) fn rows_mut(&mut self) -> impl Iterator<Item = &mut R> {
        self.rows.values_mut()
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.last = None;
    }
}

impl<R, S, C> Pane<R, S, C>
where
    R: Keyed + PartialEq + Clone,
    R::Key: Clone + Ord,
    S: Clone + PartialEq,
    C: Copy + PartialEq,
{
    /// Carries out a command about marks; `false` where it is about something else.
    pub(super) fn mark(&mut self, command: Command, height: usize) -> bool {
        match command {
            Command::Mark => {
                let Some(row) = self.selected() else {
                    return true;
                };
                if !row.can_be_marked() {
                    return true;
                }
                let (key, row) = (row.key(), row.clone());
                if self.marks.rows.remove(&key).is_none() {
                    self.marks.last = Some(key.clone());
                    self.marks.rows.insert(key, row);
                }
                self.step(Step::Rows(1), height);
            }
            Command::MarkRange => self.mark_range(),
            Command::MarkAll => {
                let rows = self.listing.rows.iter().filter(|row| row.can_be_marked());
                if rows.clone().all(|row| self.marks.has(&row.key())) {
                    self.marks.clear();
                } else {
                    let marked = rows.map(|row| (row.key(), row.clone()));
                    self.marks.rows.extend(marked);
                }
            }
            _ => return false,
        }
        true
    }

    /// Marks from the row that was marked last, where that is shown, to the cursor.
    fn mark_range(&mut self) {
        let rows = &self.listing.rows;
        let last = self.marks.last.as_ref();
        let from = last.and_then(|last| rows.iter().position(|row| row.key() == *last));
        let to = self.list.cursor;
        let from = from.unwrap_or(to);
        let range = rows.iter().skip(from.min(to)).take(from.abs_diff(to) + 1);
        let range = range.filter(|row| row.can_be_marked());
        let marked = range.map(|row| (row.key(), row.clone()));
        self.marks.rows.extend(marked);
        self.marks.last = rows.get(to).map(Keyed::key);
    }

    /// Takes over what marked rows say now, and forgets the marks of rows that are gone.
    /// Where a filter hides rows, those that are not shown may be there.
    pub(super) fn renew_marks(&mut self) {
        if self.marks.is_empty() {
            return;
        }
        let mut shown = BTreeMap::new();
        for row in &self.listing.rows {
            let key = row.key();
            if self.marks.has(&key) {
                shown.insert(key, row.clone());
            }
        }
        if self.filter.is_empty() && !self.hides() {
            self.marks.rows = shown;
        } else {
            self.marks.rows.extend(shown);
        }
    }

    /// How many rows are marked, and how many of them are not shown.
    pub fn marked(&self) -> (usize, usize) {
        let rows = self.listing.rows.iter();
        let marked = self.marks.len();
        // Without a filter all that are marked are shown.
        let shown = match marked {
            0 => 0,
            _ if self.filter.is_empty() && !self.hides() => marked,
            _ => rows.filter(|row| self.marks.has(&row.key())).count(),
        };
        (marked, marked.saturating_sub(shown))
    }

    /// The rows that a command is about: those that are marked, else the selected one.
    pub(super) fn meant(&self) -> Vec<&R> {
        if self.marks.is_empty() || !self.is_current() {
            self.selected().into_iter().collect()
        } else {
            self.marks.rows().collect()
        }
    }
}
