//! GitLab container registry. Its version is the registry's own, not GitLab's.

use super::{LINKED, Marks, Probe, Told, is_below, realm_ends};
use crate::http::{Headers, Wire};
use crate::model::Product;

const VERSION: &str = "gitlab-container-registry-version";

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "registry.gitlab.com"),
    headers: |headers| headers.has(VERSION),
    challenge: |challenge| {
        realm_ends(challenge, "/jwt/auth") && challenge.service.is("container_registry")
    },
    version,
    // Whatever the status is, the header tells.
    probe: Some(Probe {
        path: |_| "gitlab/v1/".to_owned(),
        read: |response| version(response.headers()).map(|version| Told::version(&version)),
    }),
    allow_is_routing: true,
    catalogue: LINKED,
    tags: LINKED,
    ..Marks::new("GitLab container registry", Some(Product::Gitlab))
};

fn version(headers: Headers<'_>) -> Option<Wire<'_>> {
    headers.get(VERSION)
}
