//! What of the names and decisions of a damaged inventory is still as it was written. Each
//! of their rows proves itself; a decision is lost alone with the name of its repository.

use std::collections::{BTreeMap, HashSet};

use redb::WriteTransaction;

use super::{Row, reach, sealed};
use crate::model::{RegistryId, RepositoryName};
use crate::store::error::InnerError;
use crate::store::key::{self, RepositoryId};
use crate::store::lookups;
use crate::store::read::name_behind;
use crate::store::remains::Remains;
use crate::store::row::{self, DecisionRow, LookupRow, NameRow, RepositoryRow};
use crate::store::schema::{DECISIONS, LOOKUPS, NAMES};
use crate::store::sum::{self, Rows, Sum};

/// What holds of the names and decisions of one registry.
#[derive(Default)]
pub(super) struct Names {
    rows: BTreeMap<RepositoryName, NameRow>,
    decisions: Vec<Row>,
    /// Whether all names are there, so that the history of each repository can be followed.
    pub(super) is_whole: bool,
}

impl Names {
    /// Sifts those of a registry with these `repositories`.
    pub(super) fn sift(remains: &Remains, id: RegistryId, repositories: &[Row]) -> Self {
        let prefix = key::of_registry(id);
        let mut held = Self {
            is_whole: remains
                .read(|transaction| lookups::each_name(transaction, id, |_, _| Ok(())))
                .is_some(),
            ..Self::default()
        };
        for (key, value) in reach(remains, NAMES, &prefix) {
            let name = name_behind::<RepositoryName>("names", &key, &prefix);
            if let (Ok(name), Some(row)) = (name, sealed::<NameRow>("names", &key, &value)) {
                held.rows.insert(name, row);
            }
        }
        for (key, value) in repositories {
            let name = name_behind::<RepositoryName>("repositories", key, &prefix);
            let row = sealed::<RepositoryRow>("repositories", key, value);
            if let (Ok(name), Some(row)) = (name, row) {
                let known = held
                    .rows
                    .entry(name)
                    .or_insert_with(|| NameRow::new(row.id));
                known.id = row.id;
            }
        }
        let ids: HashSet<u32> = held.rows.values().map(|row| row.id).collect();
        for (key, value) in reach(remains, DECISIONS, &prefix) {
            let number = key[prefix.len()..].first_chunk::<4>().copied();
            let is_named = number.is_some_and(|id| ids.contains(&u32::from_be_bytes(id)));
            if is_named && sealed::<DecisionRow>("decisions", &key, &value).is_some() {
                held.decisions.push((key, value));
            }
        }
        held
    }

    /// The first number that none of them has.
    pub(super) fn next_number(&self) -> u32 {
        let last = self.rows.values().map(|row| row.id).max();
        last.map_or(1, |last| last.saturating_add(1))
    }

    /// Writes them into a new inventory, with their histories where these are in it.
    pub(super) fn write(
        &self,
        target: &WriteTransaction,
        id: RegistryId,
        with_history: bool,
    ) -> Result<(), InnerError> {
        let mut lookup = LookupRow::default();
        let mut names = Rows::new("names", target.open_table(NAMES)?);
        let mut decisions = Rows::new("decisions", target.open_table(DECISIONS)?);
        for (name, row) in &self.rows {
            let mut row = NameRow {
                last: row.last.filter(|_| with_history),
                decisions: 0,
                decided: Sum::default(),
                ..row.clone()
            };
            let prefix = key::of_repository(id, RepositoryId(row.id));
            let from = self.decisions.partition_point(|(key, _)| *key < prefix);
            for (key, value) in &self.decisions[from..] {
                if !key.starts_with(&prefix) {
                    break;
                }
                decisions.insert(&mut row.decided, key, value)?;
                row.decisions += 1;
            }
            lookup.decisions += row.decisions;
            let key = key::repository(id, name);
            let value = sum::seal("names", &key, row::encode("names", &row)?);
            names.insert(&mut lookup.names, &key, &value)?;
        }
        lookups::put(&mut target.open_table(LOOKUPS)?, id, &lookup)
    }
}
