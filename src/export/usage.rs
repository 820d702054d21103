//! What images take of registries' storage: `usage --format …`.

use serde::Serialize;

use super::Row;
use crate::model::{RegistryName, Usage, text};

/// A line a registry, or a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageLine {
    registry: String,
    repository: Option<String>,
    images: u64,
    tags: u64,
    bytes: u64,
    exclusive_bytes: u64,
    unknown: u64,
}

impl UsageLine {
    /// The line of a registry of this name, or of one of its repositories.
    pub fn new(registry: &RegistryName, usage: &Usage) -> Self {
        Self {
            registry: registry.to_string(),
            repository: usage.repository.as_ref().map(ToString::to_string),
            images: usage.images,
            tags: usage.tags,
            bytes: usage.bytes,
            exclusive_bytes: usage.exclusive,
            unknown: usage.unknown,
        }
    }
}

impl Row for UsageLine {
    const COLUMNS: &'static [&'static str] = &[
        "PLACE",
        "IMAGES",
        "TAGS",
        "SIZE",
        "EXCLUSIVE",
        "SHARED",
        "UNKNOWN",
    ];
    const FIELDS: &'static [&'static str] = &[
        "registry",
        "repository",
        "images",
        "tags",
        "bytes",
        "exclusive_bytes",
        "unknown",
    ];

    fn cells(&self) -> Vec<String> {
        let place = match &self.repository {
            Some(repository) => format!("{}/{repository}", self.registry),
            None => self.registry.clone(),
        };
        vec![
            place,
            self.images.to_string(),
            self.tags.to_string(),
            text::size(self.bytes),
            text::size(self.exclusive_bytes),
            text::size(self.bytes.saturating_sub(self.exclusive_bytes)),
            self.unknown.to_string(),
        ]
    }

    fn fields(&self) -> Vec<String> {
        vec![
            self.registry.clone(),
            self.repository.clone().unwrap_or_default(),
            self.images.to_string(),
            self.tags.to_string(),
            self.bytes.to_string(),
            self.exclusive_bytes.to_string(),
            self.unknown.to_string(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RegistryId;

    fn line(repository: Option<&str>) -> UsageLine {
        let usage = Usage {
            registry: RegistryId(1),
            repository: repository.map(|name| name.parse().unwrap()),
            images: 5,
            tags: 7,
            bytes: 3_000_000,
            exclusive: 1_000_000,
            unknown: 2,
        };
        UsageLine::new(&"hub".parse().unwrap(), &usage)
    }

    #[test]
    fn the_line_has_the_shape_that_scripts_read() {
        assert_eq!(
            serde_json::to_string(&line(Some("team/app"))).unwrap(),
            "{\"registry\":\"hub\",\"repository\":\"team/app\",\"images\":5,\"tags\":7,\
             \"bytes\":3000000,\"exclusive_bytes\":1000000,\"unknown\":2}"
        );
        let whole = serde_json::to_value(line(None)).unwrap();
        assert_eq!(whole["repository"], serde_json::Value::Null);
        let mut fields = UsageLine::FIELDS.to_vec();
        fields.sort_unstable();
        assert_eq!(
            whole.as_object().unwrap().keys().collect::<Vec<_>>(),
            fields
        );
    }

    #[test]
    fn people_read_sizes_and_what_is_shared() {
        let cells = line(Some("team/app")).cells();
        let wanted = ["hub/team/app", "5", "7", "3.0 MB", "1.0 MB", "2.0 MB", "2"];
        assert_eq!(cells, wanted);
        assert_eq!(cells.len(), UsageLine::COLUMNS.len());
        assert_eq!(line(None).cells()[0], "hub");
        let fields = ["hub", "", "5", "7", "3000000", "1000000", "2"];
        assert_eq!(line(None).fields(), fields);
    }
}
