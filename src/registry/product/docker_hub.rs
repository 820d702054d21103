//! Docker Hub.

use super::{LINKED, Marks, is_below};
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "docker.io"),
    no_deletion: Some("Docker Hub deletes by its own API and on its site only"),
    tags: LINKED,
    limits_the_account: true,
    counts_manifests: true,
    ..Marks::new("Docker Hub", Some(Product::DockerHub))
};
