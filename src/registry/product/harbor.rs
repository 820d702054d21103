//! Harbor 2.

use serde::Deserialize;

use super::{LINKED, Marks, Probe, Told, is_basic_realm, json, realm_ends};
use crate::model::Product;
use crate::registry::lenient::{Presence, Text};

pub(super) const MARKS: Marks = Marks {
    challenge: |challenge| {
        let by_token =
            realm_ends(challenge, "/service/token") && challenge.service.is("harbor-registry");
        by_token || is_basic_realm(challenge, "harbor")
    },
    // Newer ones tell strangers how to sign in, and nothing of the version.
    probe: Some(Probe {
        path: |_| "api/v2.0/systeminfo".to_owned(),
        read: |response| {
            let told: SystemInfo = json(response)?;
            let version = &told.harbor_version;
            let is_harbor = told.auth_mode.is_there();
            is_harbor.then(|| Told::in_json(version, response))
        },
    }),
    catalogue: LINKED,
    tags: LINKED,
    has_stores: true,
    ..Marks::new("Harbor", Some(Product::Harbor))
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct SystemInfo {
    auth_mode: Presence,
    harbor_version: Text,
}
