//! CNCF Distribution and everything that is nothing but the Registry V2 API.

use crate::model::Product;

use super::Evidence;

/// Distribution's own Basic realm; its other signs are copied by many.
const REALM: &str = "Registry Realm";

pub(super) fn detect(evidence: &Evidence<'_>) -> Option<Product> {
    evidence
        .challenges
        .iter()
        .any(|challenge| challenge.is_basic() && challenge.realm.as_deref() == Some(REALM))
        .then_some(Product::Generic)
}
