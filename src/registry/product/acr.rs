//! Azure Container Registry.

use super::{LINKED, Marks, realm_ends};
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    host: |host| host.contains(".azurecr."),
    challenge: |challenge| {
        realm_ends(challenge, "/oauth2/token") && challenge.service.contains(".azurecr.")
    },
    catalogue: LINKED,
    tags: LINKED,
    ..Marks::new("Azure Container Registry", Some(Product::Acr))
};
