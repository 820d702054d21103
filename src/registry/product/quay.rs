//! Quay, and Red Hat Quay.

use serde::Deserialize;

use super::{LINKED, Marks, Paged, Probe, Told, is_below, json, realm_ends};
use crate::model::Product;
use crate::registry::lenient::{Object, Text};

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "quay.io"),
    challenge: |challenge| realm_ends(challenge, "/v2/auth"),
    // A description of its API; the version in it is the API's.
    probe: Some(Probe {
        path: |_| "api/v1/discovery".to_owned(),
        read: |response| {
            let told: Discovery = json(response)?;
            let title = &told.info.get()?.title;
            title.contains("Quay").then_some(Told { version: None })
        },
    }),
    hides_catalogue: true,
    // Its catalogue's cursor is encrypted.
    catalogue: Paged {
        opaque_cursor: true,
        ..LINKED
    },
    tags: LINKED,
    ..Marks::new("Quay", Some(Product::Quay))
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Discovery {
    info: Object<Info>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Info {
    title: Text,
}
