//! The registries' settings, kept a second time beside the inventory, for the day on which
//! the inventory cannot be read. Written with each change of them, read by repair alone.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::registries::spec_of;
use super::row::RegistryRow;

/// The name of the copy in the state directory.
pub const COPY_NAME: &str = "registries.toml";

const HEAD: &str = "\
# The registries of the inventory beside this file and their settings, without any secret.
# supercargo writes it with each change of them, and reads it only to repair a damaged
# inventory: what is changed here changes nothing.

";

const NUMBER: &str = "number";
const PASSWORD: &str = "password";

#[derive(Default, Serialize, Deserialize)]
struct Copy {
    #[serde(default)]
    registry: Vec<BTreeMap<String, String>>,
}

/// Writes the copy anew, for its owner alone, whole or not at all. The inventory is what
/// counts: where the copy cannot be written, the log says so.
pub(super) fn keep(directory: &Path, all: &[RegistryRow]) {
    if let Err(error) = write(directory, all) {
        tracing::warn!(%error, "the copy of the registries' settings was not written");
    }
}

/// The same, telling whether it was written.
pub(super) fn write(directory: &Path, all: &[RegistryRow]) -> Result<(), StoreError> {
    let path = path(directory);
    let failed = |source| StoreError::File {
        path: path.clone(),
        source,
    };
    let registry = all
        .iter()
        .map(|row| {
            let mut fields: BTreeMap<_, _> = row.settings.iter().cloned().collect();
            fields.insert(NUMBER.to_owned(), row.id.to_string());
            fields.insert(PASSWORD.to_owned(), row.password.clone());
            fields
        })
        .collect();
    let text = toml::to_string(&Copy { registry })
        .map_err(|error| failed(std::io::Error::other(error)))?;
    let mut fresh = tempfile::Builder::new()
        .prefix(&format!("{COPY_NAME}.new-"))
        .tempfile_in(directory)
        .map_err(failed)?;
    fresh
        .write_all(HEAD.as_bytes())
        .and_then(|()| fresh.write_all(text.as_bytes()))
        .and_then(|()| fresh.as_file().sync_all())
        .map_err(failed)?;
    fresh.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// What the copy says: rows of registries of which nothing is known but their settings.
/// `None` where there is no copy, or none that can be read.
pub(super) fn read(directory: &Path) -> Option<Vec<RegistryRow>> {
    let text = std::fs::read_to_string(path(directory)).ok()?;
    let copy: Copy = toml::from_str(&text).ok()?;
    copy.registry.into_iter().map(registry).collect()
}

fn registry(mut fields: BTreeMap<String, String>) -> Option<RegistryRow> {
    let mut row = RegistryRow::new(fields.remove(NUMBER)?.parse().ok()?);
    row.password = fields.remove(PASSWORD)?;
    row.settings = fields.into_iter().collect();
    spec_of(&row).ok()?;
    Some(row)
}

pub(super) fn path(directory: &Path) -> PathBuf {
    directory.join(COPY_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::registries::settings_of;

    fn row(id: u32, name: &str, address: &str) -> RegistryRow {
        let mut spec =
            crate::model::RegistrySpec::new(name.parse().unwrap(), address.parse().unwrap());
        spec.username = Some("ann \"the\" purser".to_owned());
        let mut row = RegistryRow::new(id);
        row.settings = settings_of(&spec);
        row.password = "env:HUB".to_owned();
        row
    }

    fn told(rows: Option<Vec<RegistryRow>>) -> Vec<(u32, crate::model::RegistrySpec)> {
        let rows = rows.unwrap().into_iter();
        rows.map(|row| (row.id, spec_of(&row).unwrap())).collect()
    }

    #[test]
    fn what_is_kept_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        assert!(read(directory.path()).is_none());
        keep(directory.path(), &[]);
        assert!(told(read(directory.path())).is_empty());
        let all = vec![
            row(7, "hub", "https://hub.example:5000"),
            row(9, "b", "http://10.0.0.1/base"),
        ];
        keep(directory.path(), &all);
        assert_eq!(told(read(directory.path())), told(Some(all)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = std::fs::metadata(path(directory.path())).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(path(directory.path()), "[[registry]]\nname = 1").unwrap();
        assert!(read(directory.path()).is_none());
    }
}
