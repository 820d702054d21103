//! zot.

use serde::Deserialize;

use super::{LINKED, Marks, Probe, Told, json};
use crate::model::Product;
use crate::registry::lenient::{Presence, Text};

pub(super) const MARKS: Marks = Marks {
    probe: Some(Probe {
        path: |base| format!("{}v2/_zot/ext/mgmt", base.trim_start_matches('/')),
        read: |response| {
            let told: Management = json(response)?;
            let is_zot = told.dist_spec_version.is_there();
            is_zot.then(|| Told::in_json(&told.release_tag, response))
        },
    }),
    catalogue: LINKED,
    tags: LINKED,
    ..Marks::new("zot", Some(Product::Zot))
};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Management {
    dist_spec_version: Presence,
    release_tag: Text,
}
