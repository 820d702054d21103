//! GitHub container registry.

use super::{LINKED, Marks, is_below};
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "ghcr.io"),
    no_deletion: Some("GitHub deletes packages by its own API and on its site only"),
    tags: LINKED,
    ..Marks::new("GitHub container registry", Some(Product::Ghcr))
};
