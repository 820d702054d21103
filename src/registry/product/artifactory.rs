//! JFrog Artifactory.

use super::{Marks, Paged, Probe, Told, UNKNOWN, is_basic_realm, text_of};
use crate::http::HeaderMap;
use crate::model::{Endpoint, Product};

/// Lists whose cursor is an offset.
const OFFSETS: Paged = Paged {
    opaque_cursor: true,
    ..UNKNOWN
};

pub(super) const MARKS: Marks = Marks {
    headers: |headers| {
        headers.contains_key("x-jfrog-version")
            || headers.contains_key("x-artifactory-id")
            || text_of(headers, "server").is_some_and(|server| server.starts_with("Artifactory/"))
    },
    challenge: |challenge| is_basic_realm(challenge, "Artifactory Realm"),
    version,
    // Its body says `OK`, its headers the version.
    probe: Some(Probe {
        path: |_| "artifactory/api/system/ping".to_owned(),
        read: |response| {
            let version = Some(version(&response.headers)?);
            Some(Told { version })
        },
    }),
    // Its cursor is a number in some versions, and cuts without a link are not known.
    catalogue: OFFSETS,
    tags: OFFSETS,
    has_stores: true,
    ..Marks::new("JFrog Artifactory", Some(Product::Artifactory))
};

/// Whether the repository is part of the path (the repository path method).
pub(super) fn is_by_path(endpoint: &Endpoint) -> bool {
    endpoint.base().contains("/api/docker/")
}

fn version(headers: &HeaderMap) -> Option<String> {
    text_of(headers, "x-jfrog-version")
        .or_else(|| text_of(headers, "server"))?
        .strip_prefix("Artifactory/")?
        .split_whitespace()
        .next()
        .map(str::to_owned)
}
