//! Quay, and Red Hat Quay.

use super::{LINKED, Marks, Paged, Probe, Told, is_below, json_object, realm_path};
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "quay.io"),
    challenge: |challenge| realm_path(challenge).ends_with("/v2/auth"),
    // A description of its API; the version in it is the API's.
    probe: Some(Probe {
        path: |_| "api/v1/discovery".to_owned(),
        read: |response| {
            let told = json_object(response)?;
            let title = told.get("info")?.get("title")?.as_str()?;
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
