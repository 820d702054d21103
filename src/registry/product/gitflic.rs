//! GitFlic.

use super::{Marks, is_below, realm_ends};
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "registry.gitflic.ru"),
    challenge: |challenge| realm_ends(challenge, "/v2/token") && challenge.service.is("service"),
    ..Marks::new("GitFlic", Some(Product::Gitflic))
};
