//! Registries: their settings, their place in the inventory, and how they leave it.

use redb::{ReadTransaction, ReadableTable, WriteTransaction};

use super::error::InnerError;
use super::row::{self, CrawlRow, ListRow, RegistryRow};
use super::schema::{
    CHILDREN, CRAWLS, FAILURES, IMAGES, META, REGISTRIES, REPOSITORIES, TAGS, remove_below,
};
use super::{Store, StoreError, crawl_lock, key};
use crate::model::setting::{self, SETTINGS};
use crate::model::{self, Memory, RegistryId, RegistryName, RegistrySpec};

impl Store {
    /// Every registry, by name.
    pub fn registries(&self) -> Result<Vec<model::RegistryRow>, StoreError> {
        let mut rows = self.lease.read(read_all)?.unwrap_or_default();
        for row in &mut rows {
            if let Some(crawl) = &mut row.last_crawl {
                crawl.running =
                    crawl.outcome.is_none() && crawl_lock::is_held(&self.directory, row.id);
            }
        }
        rows.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
        Ok(rows)
    }

    /// The registry of this name.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchRegistry`] with the names there are.
    pub fn registry(&self, name: &str) -> Result<model::RegistryRow, StoreError> {
        let mut rows = self.registries()?;
        match rows.iter().position(|row| row.spec.name.as_str() == name) {
            Some(index) => Ok(rows.swap_remove(index)),
            None => Err(no_such(name, rows.iter().map(|row| &row.spec.name))),
        }
    }

    /// Adds a registry.
    ///
    /// # Errors
    ///
    /// [`StoreError::NameTaken`].
    pub fn add_registry(&self, spec: &RegistrySpec) -> Result<RegistryId, StoreError> {
        self.lease.write("a registry's settings", |transaction| {
            let mut registries = transaction.open_table(REGISTRIES)?;
            if named(&registries, &spec.name)?.is_some() {
                return Err(StoreError::NameTaken(spec.name.clone()).into());
            }
            let mut meta = transaction.open_table(META)?;
            let id = meta.get("next-registry")?.map_or(1, |next| next.value());
            meta.insert("next-registry", id + 1)?;
            let fresh = RegistryRow {
                settings: settings_of(spec),
                password: spec.password.to_string(),
                list: ListRow::NotCrawled,
                next_repository: 1,
                last_crawl: 0,
                repositories: 0,
                tags: 0,
                images: 0,
            };
            registries.insert(id, row::encode("registries", &fresh)?.as_slice())?;
            Ok(RegistryId(id))
        })
    }

    /// Replaces a registry's settings; what is known of it stays.
    ///
    /// # Errors
    ///
    /// [`StoreError::NameTaken`], [`StoreError::NoSuchRegistry`].
    pub fn update_registry(&self, id: RegistryId, spec: &RegistrySpec) -> Result<(), StoreError> {
        self.lease.write("a registry's settings", |transaction| {
            let mut registries = transaction.open_table(REGISTRIES)?;
            if named(&registries, &spec.name)?.is_some_and(|other| other != id) {
                return Err(StoreError::NameTaken(spec.name.clone()).into());
            }
            let mut changed = load(&registries, id)?
                .ok_or_else(|| InnerError::from(no_such(spec.name.as_str(), [].into_iter())))?;
            // Settings of a newer version stay as they are.
            changed
                .settings
                .retain(|(key, _)| setting::find(key).is_none());
            changed.settings.extend(settings_of(spec));
            changed.password = spec.password.to_string();
            registries.insert(id.0, row::encode("registries", &changed)?.as_slice())?;
            Ok(())
        })
    }

    /// What the last crawl of a registry left for the next.
    pub fn memory(&self, id: RegistryId) -> Result<Memory, StoreError> {
        let memory = self.lease.read(|transaction| {
            let row = load(&transaction.open_table(REGISTRIES)?, id)?;
            Ok(row.map(|row| memory_of(&row)))
        })?;
        Ok(memory.flatten().unwrap_or_default())
    }

    /// Unsets the setting `lists-whole`: the registry was seen to cut a list. Returns whether
    /// it was set.
    pub fn distrust_lists(&self, id: RegistryId) -> Result<bool, StoreError> {
        self.lease.write("a registry's settings", |transaction| {
            let mut registries = transaction.open_table(REGISTRIES)?;
            let Some(mut row) = load(&registries, id)? else {
                return Ok(false);
            };
            let before = row.settings.len();
            row.settings
                .retain(|(key, value)| key != LISTS_WHOLE || value != "true");
            let was_set = row.settings.len() != before;
            if was_set {
                registries.insert(id.0, row::encode("registries", &row)?.as_slice())?;
            }
            Ok(was_set)
        })
    }

    /// Removes a registry and all that is known of it. Its secret is its caller's to remove.
    ///
    /// # Errors
    ///
    /// [`StoreError::CrawlRunning`] while it is being crawled.
    pub fn remove_registry(&self, id: RegistryId, name: &RegistryName) -> Result<(), StoreError> {
        let _lock = crawl_lock::take(&self.directory, id, name)?;
        self.lease
            .write("the removal of a registry", |transaction| {
                transaction.open_table(REGISTRIES)?.remove(id.0)?;
                remove_all(transaction, id)
            })?;
        crawl_lock::forget(&self.directory, id);
        Ok(())
    }
}

const LISTS_WHOLE: &str = "lists-whole";

/// What crawls remember is kept beside the settings, under keys that are none of theirs.
const SIGN_IN: &str = "crawl.sign-in";
const WITHHELD: &str = "crawl.withheld";

fn memory_of(row: &RegistryRow) -> Memory {
    let value = |key| row.settings.iter().find(|(known, _)| known == key);
    Memory {
        sign_in: value(SIGN_IN).map_or_else(String::new, |(_, who)| who.clone()),
        withheld: value(WITHHELD).is_some(),
    }
}

/// Writes what a crawl leaves for the next.
pub(super) fn remember(row: &mut RegistryRow, memory: &Memory) {
    row.settings
        .retain(|(key, _)| key != SIGN_IN && key != WITHHELD);
    row.settings
        .push((SIGN_IN.to_owned(), memory.sign_in.clone()));
    if memory.withheld {
        row.settings.push((WITHHELD.to_owned(), "true".to_owned()));
    }
}

fn remove_all(transaction: &WriteTransaction, id: RegistryId) -> Result<(), InnerError> {
    for table in [REPOSITORIES, TAGS, IMAGES, CHILDREN, CRAWLS, FAILURES] {
        remove_below(&mut transaction.open_table(table)?, &key::of_registry(id))?;
    }
    Ok(())
}

fn no_such<'a>(name: &str, known: impl Iterator<Item = &'a RegistryName>) -> StoreError {
    let names: Vec<&str> = known.map(RegistryName::as_str).take(10).collect();
    StoreError::NoSuchRegistry {
        name: model::text::quote(name, 64),
        known: if names.is_empty() {
            String::new()
        } else {
            format!(": there are {}", names.join(", "))
        },
    }
}

fn settings_of(spec: &RegistrySpec) -> Vec<(String, String)> {
    SETTINGS
        .iter()
        .map(|setting| (setting.key.to_owned(), (setting.get)(spec)))
        .collect()
}

/// The settings a row holds. One that no longer passes its validator keeps its default:
/// an inventory must not become unreadable by a stricter rule.
fn spec_of(row: &RegistryRow) -> Result<RegistrySpec, InnerError> {
    let value = |key: &str| {
        row.settings
            .iter()
            .find(|(found, _)| found == key)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    let broken = |reason: String| InnerError::Row {
        table: "registries",
        reason,
    };
    let name = value("name")
        .parse()
        .map_err(|error: model::NameError| broken(error.to_string()))?;
    let endpoint = value("address")
        .parse()
        .map_err(|error: model::EndpointError| broken(error.to_string()))?;
    let mut spec = RegistrySpec::new(name, endpoint);
    for (key, value) in &row.settings {
        if let Some(setting) = setting::find(key)
            && let Err(why) = (setting.set)(&mut spec, value)
        {
            tracing::warn!(setting = %key, %why, "a stored setting is not valid any more; its default is used");
        }
    }
    spec.password = row.password.parse().map_err(broken)?;
    Ok(spec)
}

/// A registry's row.
pub(super) fn load(
    registries: &impl ReadableTable<u32, &'static [u8]>,
    id: RegistryId,
) -> Result<Option<RegistryRow>, InnerError> {
    registries
        .get(id.0)?
        .map(|value| row::decode("registries", value.value()))
        .transpose()
}

/// The row of a registry that must be there.
pub(super) fn existing(
    table: &impl ReadableTable<u32, &'static [u8]>,
    id: RegistryId,
) -> Result<RegistryRow, InnerError> {
    load(table, id)?.ok_or_else(|| {
        StoreError::NoSuchRegistry {
            name: format!("number {}", id.0),
            known: String::new(),
        }
        .into()
    })
}

fn named(
    registries: &impl ReadableTable<u32, &'static [u8]>,
    name: &RegistryName,
) -> Result<Option<RegistryId>, InnerError> {
    for entry in registries.iter()? {
        let (id, value) = entry?;
        let row: RegistryRow = row::decode("registries", value.value())?;
        if spec_of(&row)?.name == *name {
            return Ok(Some(RegistryId(id.value())));
        }
    }
    Ok(None)
}

fn read_all(transaction: &ReadTransaction) -> Result<Vec<model::RegistryRow>, InnerError> {
    let registries = transaction.open_table(REGISTRIES)?;
    let crawls = transaction.open_table(CRAWLS)?;
    let mut rows = Vec::new();
    for entry in registries.iter()? {
        let (id, value) = entry?;
        let id = RegistryId(id.value());
        let row: RegistryRow = row::decode("registries", value.value())?;
        let last_crawl = crawls
            .get(key::crawl(id, row.last_crawl).as_slice())?
            .map(|crawl| row::decode::<CrawlRow>("crawls", crawl.value()))
            .transpose()?
            .map(|crawl| crawl.into_record(row.last_crawl, false));
        rows.push(model::RegistryRow {
            id,
            spec: spec_of(&row)?,
            list: row.list.into(),
            repositories: row.repositories,
            tags: row.tags,
            images: row.images,
            last_crawl,
        });
    }
    Ok(rows)
}
