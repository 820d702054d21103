//! CNCF Distribution and everything that is nothing but the Registry V2 API.

use super::{Marks, is_basic_realm};
use crate::http::Response;
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    // Distribution's own Basic realm; its other signs are copied by many.
    challenge: |challenge| is_basic_realm(challenge, "Registry Realm"),
    allow_is_routing: true,
    ..Marks::new("a plain V2 registry", Some(Product::Generic))
};

/// The version that CNCF Distribution's answer to a ping hints at: 3 no longer names the
/// character set. Others answer the same, and nothing promises that it stays so.
pub(super) fn hint(response: &Response) -> Option<&'static str> {
    let headers = response.headers();
    let plain = response.status.is_success()
        && response.body.trim_ascii() == b"{}"
        && headers
            .get("docker-distribution-api-version")
            .is_some_and(|version| version.is("registry/2.0"))
        && !headers.has("server");
    let kind = headers.get("content-type").filter(|_| plain)?;
    let versions = [
        ("application/json; charset=utf-8", "2"),
        ("application/json", "3"),
    ];
    let found = versions.into_iter().find(|(known, _)| kind.is(known))?;
    Some(found.1)
}
