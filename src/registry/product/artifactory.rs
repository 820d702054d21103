//! JFrog Artifactory.

use super::{Marks, Paged, Probe, Told, UNKNOWN, is_basic_realm};
use crate::http::{Headers, Wire};
use crate::model::{Endpoint, Product};

/// Lists whose cursor is an offset.
const OFFSETS: Paged = Paged {
    opaque_cursor: true,
    ..UNKNOWN
};

pub(super) const MARKS: Marks = Marks {
    headers: |headers| {
        headers.has("x-jfrog-version")
            || headers.has("x-artifactory-id")
            || headers
                .get("server")
                .is_some_and(|server| server.starts_with("Artifactory/"))
    },
    challenge: |challenge| is_basic_realm(challenge, "Artifactory Realm"),
    version,
    // Its body says `OK`, its headers the version.
    probe: Some(Probe {
        path: |_| "artifactory/api/system/ping".to_owned(),
        read: |response| version(response.headers()).map(|version| Told::version(&version)),
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

fn version(headers: Headers<'_>) -> Option<Wire<'_>> {
    headers
        .get("x-jfrog-version")
        .or_else(|| headers.get("server"))?
        .strip_prefix("Artifactory/")?
        .word()
}
