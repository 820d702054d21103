//! GitLab container registry. Its version is the registry's own, not GitLab's.

use super::{LINKED, Marks, Probe, Told, is_below, realm_path, text_of};
use crate::http::HeaderMap;
use crate::model::Product;

const VERSION: &str = "gitlab-container-registry-version";

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "registry.gitlab.com"),
    headers: |headers| headers.contains_key(VERSION),
    challenge: |challenge| {
        realm_path(challenge).ends_with("/jwt/auth")
            && challenge.service.as_deref() == Some("container_registry")
    },
    version,
    // Whatever the status is, the header tells.
    probe: Some(Probe {
        path: |_| "gitlab/v1/".to_owned(),
        read: |response| {
            let version = Some(version(&response.headers)?);
            Some(Told { version })
        },
    }),
    allow_is_routing: true,
    catalogue: LINKED,
    tags: LINKED,
    ..Marks::new("GitLab container registry", Some(Product::Gitlab))
};

fn version(headers: &HeaderMap) -> Option<String> {
    text_of(headers, VERSION).map(str::to_owned)
}
