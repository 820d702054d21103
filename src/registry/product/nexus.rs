//! Sonatype Nexus Repository 3.

use super::{Marks, Probe, Told, is_basic_realm, realm_ends};
use crate::http::{Headers, Wire};
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    headers: |headers| version(headers).is_some(),
    challenge: |challenge| {
        is_basic_realm(challenge, "Sonatype Nexus Repository Manager")
            || realm_ends(challenge, "/v2/token") && challenge.service.contains("/v2/token")
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
        read: |response| version(response.headers()).map(|version| Told::version(&version)),
    }),
    has_stores: true,
    ..Marks::new("Sonatype Nexus", Some(Product::Nexus))
};

fn version(headers: Headers<'_>) -> Option<Wire<'_>> {
    headers.get("server")?.strip_prefix("Nexus/")?.word()
}
