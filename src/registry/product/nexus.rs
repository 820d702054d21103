//! Sonatype Nexus Repository 3.

use super::{Marks, Probe, Told, is_basic_realm, realm_path, text_of};
use crate::http::HeaderMap;
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    headers: |headers| version(headers).is_some(),
    challenge: |challenge| {
        let service = challenge.service.as_deref().unwrap_or_default();
        is_basic_realm(challenge, "Sonatype Nexus Repository Manager")
            || realm_path(challenge).ends_with("/v2/token") && service.contains("/v2/token")
    },
    version,
    probe: Some(Probe {
        path: |base| {
            // All of it may be below a context path: `/nexus/repository/docker`.
            let context = base.split("/repository/").next().unwrap_or_default();
            let context = if base.contains("/repository/") {
                context.trim_matches('/')
            } else {
                ""
            };
            let slash = if context.is_empty() { "" } else { "/" };
            format!("{context}{slash}service/rest/v1/status")
        },
        read: |response| {
            let version = Some(version(&response.headers)?);
            Some(Told { version })
        },
    }),
    has_stores: true,
    ..Marks::new("Sonatype Nexus", Some(Product::Nexus))
};

fn version(headers: &HeaderMap) -> Option<String> {
    text_of(headers, "server")?
        .strip_prefix("Nexus/")?
        .split_whitespace()
        .next()
        .map(str::to_owned)
}
