//! Gitea and Forgejo.

use serde::Deserialize;

use super::{LINKED, Marks, Probe, Told, json};
use crate::model::Product;
use crate::registry::lenient::Text;

pub(super) const MARKS: Marks = Marks {
    // Forgejo answers here, too, with the Gitea version it stands for behind its own:
    // `9.0.0+gitea-1.22.0`.
    probe: Some(Probe {
        path: |_| "api/v1/version".to_owned(),
        read: |response| {
            let told: Version = json(response)?;
            let is_there = told.version.is_there();
            is_there.then(|| Told::in_json(&told.version, response))
        },
    }),
    catalogue: LINKED,
    tags: LINKED,
    ..Marks::new("Gitea or Forgejo", Some(Product::Gitea))
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Version {
    version: Text,
}
