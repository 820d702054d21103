//! Azure Container Registry.

use super::{LINKED, Marks, realm_path};
use crate::model::Product;

pub(super) const MARKS: Marks = Marks {
    host: |host| host.contains(".azurecr."),
    challenge: |challenge| {
        let service = challenge.service.as_deref().unwrap_or_default();
        realm_path(challenge).ends_with("/oauth2/token") && service.contains(".azurecr.")
    },
    catalogue: LINKED,
    tags: LINKED,
    ..Marks::new("Azure Container Registry", Some(Product::Acr))
};
