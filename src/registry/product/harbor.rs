//! Harbor 2.

use super::{LINKED, Marks, Probe, Told, is_basic_realm, json_object, realm_path};
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    challenge: |challenge| {
        let by_token = realm_path(challenge).ends_with("/service/token")
            && challenge.service.as_deref() == Some("harbor-registry");
        by_token || is_basic_realm(challenge, "harbor")
    },
    // Newer ones tell strangers how to sign in, and nothing of the version.
    probe: Some(Probe {
        path: |_| "api/v2.0/systeminfo".to_owned(),
        read: |response| {
            let told = json_object(response)?;
            told.get("auth_mode")?;
            let version = told.get("harbor_version").and_then(|v| v.as_str());
            Some(Told {
                version: version.map(str::to_owned),
            })
        },
    }),
    catalogue: LINKED,
    tags: LINKED,
    has_stores: true,
    ..Marks::new("Harbor", Some(Product::Harbor))
};
