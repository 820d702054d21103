//! Decisions of people. They outlive crawls, and what they are about.

use redb::{ReadTransaction, WriteTransaction};

use super::error::InnerError;
use super::key::{self, RepositoryId};
use super::lookups;
use super::read::below;
use super::roots::{self, Registries};
use super::row::{self, DecisionRow, NameRow};
use super::schema::{DECISIONS, LOOKUPS, NAMES};
use super::sum::{self, Rows, Sum};
use super::{Store, StoreError};
use crate::model::{Decided, Decision, RegistryId, RepositoryName, Subject};

impl Store {
    /// Writes decisions about images and tags of a registry, all or none of them. One that is
    /// `None` takes back what was decided. Returns how many are other than before.
    pub fn decide(&self, id: RegistryId, decided: &[Decided]) -> Result<u64, StoreError> {
        self.decide_all(&[(id, decided)])
    }

    /// Writes decisions about several registries, all or none of them, as [`Self::decide`]
    /// does about one.
    pub fn decide_all(&self, all: &[(RegistryId, &[Decided])]) -> Result<u64, StoreError> {
        self.lease.write("decisions", |transaction| {
            let mut changed = 0;
            for (id, decided) in all {
                let mut writer = Writer::open(transaction, *id)?;
                // One look at a name for all that is decided in it.
                for of_one in decided.chunk_by(|one, other| one.repository == other.repository) {
                    writer.decide(of_one)?;
                }
                changed += writer.close()?;
            }
            Ok(changed)
        })
    }

    /// Every decision about a registry, by repository, images before tags.
    pub fn decisions(&self, id: RegistryId) -> Result<Vec<Decided>, StoreError> {
        let decided = self.lease.read(|transaction| {
            let mut decided = Vec::new();
            if roots::read(transaction, id)?.is_none()
                || lookups::read(transaction, id)?.decisions == 0
            {
                return Ok(decided);
            }
            lookups::each_name(transaction, id, |repository, row| {
                let of_one = of_repository(transaction, id, &row)?.into_iter();
                decided.extend(of_one.map(|(subject, decision)| Decided {
                    repository: repository.clone(),
                    subject,
                    decision: Some(decision),
                }));
                Ok(())
            })?;
            Ok(decided)
        })?;
        Ok(decided.unwrap_or_default())
    }
}

/// The decisions about one repository, images before tags, compared with what was written.
pub(super) fn of_repository(
    transaction: &ReadTransaction,
    id: RegistryId,
    name: &NameRow,
) -> Result<Vec<(Subject, Decision)>, InnerError> {
    let mut decided = Vec::new();
    if name.decisions == 0 {
        return Ok(decided);
    }
    let prefix = key::of_repository(id, RepositoryId(name.id));
    let mut seen = Sum::default();
    for entry in below(&transaction.open_table(DECISIONS)?, &prefix)? {
        let (key, value) = entry?;
        seen.add("decisions", key.value(), value.value());
        let subject = key::subject(&key.value()[prefix.len()..]);
        let subject = subject.ok_or(InnerError::Damaged { what: "decisions" })?;
        let value = sum::open("decisions", key.value(), value.value())?;
        let row: DecisionRow = row::decode("decisions", value)?;
        decided.push((subject, row.into()));
    }
    seen.matches(name.decided, "decisions")?;
    Ok(decided)
}

/// The decisions of one registry, open for writing.
struct Writer<'t> {
    id: RegistryId,
    registries: Registries<'t>,
    registry: row::RegistryRow,
    lookup: row::LookupRow,
    lookups: redb::Table<'t, &'static [u8], &'static [u8]>,
    names: Rows<'t>,
    rows: Rows<'t>,
    changed: u64,
}

impl<'t> Writer<'t> {
    fn open(transaction: &'t WriteTransaction, id: RegistryId) -> Result<Self, InnerError> {
        let registries = Registries::open(transaction)?;
        let lookups = transaction.open_table(LOOKUPS)?;
        Ok(Self {
            id,
            registry: registries.existing(id)?,
            registries,
            lookup: lookups::row(&lookups, id)?,
            lookups,
            names: Rows::new("names", transaction.open_table(NAMES)?),
            rows: Rows::new("decisions", transaction.open_table(DECISIONS)?),
            changed: 0,
        })
    }

    /// Writes decisions about one repository.
    fn decide(&mut self, decided: &[Decided]) -> Result<(), InnerError> {
        let Some(first) = decided.first() else {
            return Ok(());
        };
        let mut name = self.name(&first.repository)?;
        let before = name.clone();
        for one in decided {
            let key = key::decision(self.id, RepositoryId(name.id), &one.subject);
            let was = match &one.decision {
                Some(decision) => {
                    let value = row::encode("decisions", &DecisionRow::from(decision))?;
                    let value = sum::seal("decisions", &key, value);
                    let was = self.rows.insert(&mut name.decided, &key, &value)?;
                    self.changed += u64::from(was.as_ref() != Some(&value));
                    name.decisions += u64::from(was.is_none());
                    self.lookup.decisions += u64::from(was.is_none());
                    continue;
                }
                None => self.rows.remove(&mut name.decided, &key)?,
            };
            let gone = u64::from(was.is_some());
            self.changed += gone;
            name.decisions = name.decisions.saturating_sub(gone);
            self.lookup.decisions = self.lookup.decisions.saturating_sub(gone);
        }
        if name == before {
            return Ok(());
        }
        let key = key::repository(self.id, &first.repository);
        let value = sum::seal("names", &key, row::encode("names", &name)?);
        self.names.insert(&mut self.lookup.names, &key, &value)?;
        Ok(())
    }

    fn name(&mut self, name: &RepositoryName) -> Result<NameRow, InnerError> {
        let key = key::repository(self.id, name);
        if let Some(found) = redb::ReadableTable::get(self.names.table(), key.as_slice())? {
            return row::decode("names", sum::open("names", &key, found.value())?);
        }
        self.registry.next_repository += 1;
        Ok(NameRow::new(self.registry.next_repository - 1))
    }

    fn close(mut self) -> Result<u64, InnerError> {
        lookups::put(&mut self.lookups, self.id, &self.lookup)?;
        self.registries.put(self.registry)?;
        Ok(self.changed)
    }
}
