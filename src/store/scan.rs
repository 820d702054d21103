//! A walk over everything of a registry, row by row, with nothing collected: what is shown
//! to the visitor is borrowed from the file.

use std::sync::atomic::{AtomicBool, Ordering};

use super::error::InnerError;
use super::facts::Facts;
use super::key::{self, RepositoryId};
use super::read::{below, each_repository};
use super::row::{self, TagRow};
use super::schema::{IMAGES, TAGS};
use super::sum::Sum;
use super::{Store, StoreError, roots};
use crate::model::{RegistryId, RepositoryName};

/// A row that a walk came to. Tags and images follow their repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanned<'r> {
    /// A repository.
    Repository(&'r str),
    /// A tag, and the digest it names in its compact form
    /// ([`Digest::to_bytes`](crate::model::Digest::to_bytes)).
    Tag(&'r str, &'r [u8]),
    /// An image, by its digest in its compact form.
    Image(&'r [u8]),
}

/// Where a walk goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// With the next row.
    Next,
    /// With the next repository.
    NextRepository,
    /// Nowhere.
    Stop,
}

impl Store {
    /// Walks the repositories of a registry, those behind `after`, in byte order of their
    /// names, each with its tags and its images, until `visit` or `cancel` stops it. Returns whether it came to the end.
    ///
    /// Writers wait meanwhile: a visitor only looks. What it was shown counts when this
    /// returns well; where a part of it is damaged, it does not.
    pub fn scan(
        &self,
        id: RegistryId,
        after: Option<&RepositoryName>,
        cancel: &AtomicBool,
        mut visit: impl FnMut(Scanned<'_>) -> Onward,
    ) -> Result<bool, StoreError> {
        let ended = self.lease.read(|transaction| {
            let Some(registry) = roots::read(transaction, id)? else {
                return Ok(true);
            };
            let tags = transaction.open_table(TAGS)?;
            let images = transaction.open_table(IMAGES)?;
            let facts = Facts::open(transaction)?;
            let mut is_stopped = false;
            each_repository(transaction, &registry, after, |name, repository| {
                let mut on = visit(Scanned::Repository(name.as_str()));
                let prefix = key::of_repository(id, RepositoryId(repository.id));
                let mut seen = Sum::default();
                for (table, rows) in [("tags", &tags), ("images", &images)] {
                    if on != Onward::Next {
                        break;
                    }
                    for entry in below(rows, &prefix)? {
                        let (key, value) = entry?;
                        seen.add(table, key.value(), value.value());
                        let own = &key.value()[prefix.len()..];
                        on = if table == "images" {
                            visit(Scanned::Image(own))
                        } else {
                            let damaged = InnerError::Damaged { what: "tags" };
                            let tag = std::str::from_utf8(own).map_err(|_| damaged)?;
                            let row: TagRow<'_> = row::decode("tags", value.value())?;
                            visit(Scanned::Tag(tag, row.digest))
                        };
                        if on != Onward::Next {
                            break;
                        }
                    }
                }
                if on == Onward::Next {
                    facts.sum(&prefix, &mut seen)?;
                    seen.matches(repository.sum, "tags and images")?;
                }
                is_stopped = on == Onward::Stop || cancel.load(Ordering::Relaxed);
                Ok(!is_stopped)
            })?;
            Ok(!is_stopped)
        })?;
        Ok(ended.unwrap_or(true))
    }
}
