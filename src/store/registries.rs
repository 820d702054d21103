//! Registries: their settings, their place in the inventory, and how they leave it.

use redb::{ReadTransaction, WriteTransaction};

use super::error::InnerError;
use super::history::crawl_row;
use super::roots::{self, Registries};
use super::row::RegistryRow;
use super::schema::{CRAWLS, OF_A_REGISTRY, remove_below};
use super::{Store, StoreError, crawl_lock, key, lookups, settings};
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
            let mut registries = Registries::open(transaction)?;
            let id = add(&mut registries, spec)?;
            lookups::begin(transaction, id)?;
            settings::keep(&self.directory, &registries.all()?);
            Ok(id)
        })
    }

    /// Replaces a registry's settings; what is known of it stays.
    ///
    /// # Errors
    ///
    /// [`StoreError::NameTaken`], [`StoreError::NoSuchRegistry`].
    pub fn update_registry(&self, id: RegistryId, spec: &RegistrySpec) -> Result<(), StoreError> {
        self.lease.write("a registry's settings", |transaction| {
            let mut registries = Registries::open(transaction)?;
            update(&mut registries, id, spec)?;
            settings::keep(&self.directory, &registries.all()?);
            Ok(())
        })
    }

    /// Adds those registries that have no number yet and replaces the settings of the
    /// others, all of them or none.
    ///
    /// # Errors
    ///
    /// [`StoreError::NameTaken`], [`StoreError::NoSuchRegistry`].
    pub fn put_registries(
        &self,
        specs: &[(Option<RegistryId>, RegistrySpec)],
    ) -> Result<(), StoreError> {
        self.lease.write("registries' settings", |transaction| {
            let mut registries = Registries::open(transaction)?;
            for (id, spec) in specs {
                if let Some(id) = id {
                    update(&mut registries, *id, spec)?;
                } else {
                    let id = add(&mut registries, spec)?;
                    lookups::begin(transaction, id)?;
                }
            }
            settings::keep(&self.directory, &registries.all()?);
            Ok(())
        })
    }

    /// What the last crawl of a registry left for the next.
    pub fn memory(&self, id: RegistryId) -> Result<Memory, StoreError> {
        let memory = self.lease.read(|transaction| {
            let rows = roots::read_all(transaction)?;
            let row = rows.into_iter().find(|row| row.id == id.0);
            Ok(row.map(|row| row.memory))
        })?;
        Ok(memory.flatten().unwrap_or_default())
    }

    /// Unsets the setting `lists-whole`: the registry was seen to cut a list. Returns whether
    /// it was set.
    pub fn distrust_lists(&self, id: RegistryId) -> Result<bool, StoreError> {
        self.lease.write("a registry's settings", |transaction| {
            let mut registries = Registries::open(transaction)?;
            let all = registries.all()?;
            let Some(mut row) = all.into_iter().find(|row| row.id == id.0) else {
                return Ok(false);
            };
            let before = row.settings.len();
            row.settings
                .retain(|(key, value)| key != LISTS_WHOLE || value != "true");
            let was_set = row.settings.len() != before;
            if was_set {
                registries.put(row)?;
                settings::keep(&self.directory, &registries.all()?);
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
                let mut registries = Registries::open(transaction)?;
                registries.remove(id)?;
                settings::keep(&self.directory, &registries.all()?);
                remove_all(transaction, id)
            })?;
        crawl_lock::forget(&self.directory, id);
        Ok(())
    }
}

fn add(registries: &mut Registries<'_>, spec: &RegistrySpec) -> Result<RegistryId, InnerError> {
    if named(registries, &spec.name)?.is_some() {
        return Err(StoreError::NameTaken(spec.name.clone()).into());
    }
    let mut fresh = RegistryRow::new(0);
    fresh.settings = settings_of(spec);
    fresh.password = spec.password.to_string();
    registries.add(fresh)
}

fn update(
    registries: &mut Registries<'_>,
    id: RegistryId,
    spec: &RegistrySpec,
) -> Result<(), InnerError> {
    if named(registries, &spec.name)?.is_some_and(|other| other != id) {
        return Err(StoreError::NameTaken(spec.name.clone()).into());
    }
    let all = registries.all()?;
    let mut changed = all
        .into_iter()
        .find(|row| row.id == id.0)
        .ok_or_else(|| InnerError::from(no_such(spec.name.as_str(), [].into_iter())))?;
    // Settings of a newer version stay as they are.
    changed
        .settings
        .retain(|(key, _)| setting::find(key).is_none());
    changed.settings.extend(settings_of(spec));
    changed.password = spec.password.to_string();
    registries.put(changed)
}

const LISTS_WHOLE: &str = "lists-whole";

fn remove_all(transaction: &WriteTransaction, id: RegistryId) -> Result<(), InnerError> {
    for table in OF_A_REGISTRY {
        remove_below(&mut transaction.open_table(table)?, &key::of_registry(id))?;
    }
    Ok(())
}

fn no_such<'a>(name: &str, known: impl Iterator<Item = &'a RegistryName>) -> StoreError {
    let names: Vec<&str> = known.map(RegistryName::as_str).take(10).collect();
    StoreError::NoSuchRegistry {
        name: model::text::quote(name, 64),
        known: if names.is_empty() {
            ": there is none yet".to_owned()
        } else {
            format!(": there are {}", names.join(", "))
        },
    }
}

pub(super) fn settings_of(spec: &RegistrySpec) -> Vec<(String, String)> {
    SETTINGS
        .iter()
        .map(|setting| (setting.key.to_owned(), (setting.get)(spec)))
        .collect()
}

/// The settings a row holds. One that no longer passes its validator keeps its default:
/// an inventory must not become unreadable by a stricter rule.
pub(super) fn spec_of(row: &RegistryRow) -> Result<RegistrySpec, InnerError> {
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

fn named(
    registries: &Registries<'_>,
    name: &RegistryName,
) -> Result<Option<RegistryId>, InnerError> {
    for row in registries.all()? {
        if spec_of(&row)?.name == *name {
            return Ok(Some(RegistryId(row.id)));
        }
    }
    Ok(None)
}

fn read_all(transaction: &ReadTransaction) -> Result<Vec<model::RegistryRow>, InnerError> {
    let crawls = transaction.open_table(CRAWLS)?;
    let mut rows = Vec::new();
    for row in roots::read_all(transaction)? {
        let id = RegistryId(row.id);
        let last_crawl = match row.last_crawl {
            0 => None,
            number => Some(crawl_row(&crawls, id, number)?.into_record(number, false)),
        };
        rows.push(model::RegistryRow {
            id,
            spec: spec_of(&row)?,
            list: row.list,
            repositories: row.repositories,
            tags: row.tags,
            images: row.images,
            unread: row.unread,
            decisions: lookups::read(transaction, id)?.decisions,
            opened: row.opened,
            last_crawl,
        });
    }
    Ok(rows)
}
