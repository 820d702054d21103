//! Google Artifact Registry, and the hosts of Container Registry that it took over.

use super::{LINKED, Marks, is_below};
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    host: |host| host.ends_with("-docker.pkg.dev") || is_below(host, "gcr.io"),
    // Lists of tags come whole.
    tags: LINKED,
    ..Marks::new("Google Artifact Registry", Some(Product::ArtifactRegistry))
};
