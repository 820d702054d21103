//! GitFlic.

use super::{Marks, is_below, realm_path};
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "registry.gitflic.ru"),
    challenge: |challenge| {
        realm_path(challenge).ends_with("/v2/token")
            && challenge.service.as_deref() == Some("service")
    },
    ..Marks::new("GitFlic", Some(Product::Gitflic))
};
