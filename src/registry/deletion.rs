//! Whether a registry lets manifests be deleted, found out without deleting any: by
//! `OPTIONS` (RFC 9110 §9.3.7) and by what is documented of the product.

use super::Registry;
use super::error::Attempt;
use super::product;
use super::token::Scope;
use crate::http::header::ALLOW;
use crate::http::{Request, Response, StatusCode};
use crate::model::{Failure, RepositoryName, Stage};

/// Most bytes read of an answer.
const CAP: usize = 64 * 1024;

/// A digest that no manifest has: `OPTIONS` asks about the place, not about what is there.
const NOWHERE: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Whether manifests can be deleted by the V2 API; each with what was seen, one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The registry says that it takes `DELETE`. Whether this account may is another matter.
    Allowed(String),
    /// It does not.
    Refused(String),
    /// Nothing but a `DELETE` would tell.
    Unknown(String),
}

impl Registry {
    /// Whether manifests of `repository` can be deleted. Deletes nothing, and asks for no
    /// right to.
    pub async fn deletion(&self, repository: &RepositoryName) -> Result<Deletion, Failure> {
        let product = self.product();
        if let Some(why) = product.and_then(product::no_deletion) {
            return Ok(Deletion::Refused(why.to_owned()));
        }
        let url = self.place(repository).url(&format!("manifests/{NOWHERE}"));
        let request = Request::options(url, CAP).staying();
        let attempt =
            Attempt::new(Stage::Manifest, &request, self.cover()).in_repository(repository);
        let scope = Scope::Pull(repository.clone());
        let (response, standing) = self.send(&attempt, &scope, request).await?;
        let status = response.status;
        let methods = allowed(&response);
        let shown = self.cover().show(&methods.join(", "), 100);
        let names_delete = methods
            .iter()
            .any(|method| method.eq_ignore_ascii_case("DELETE"));
        Ok(match (methods.is_empty(), names_delete) {
            (false, true) if product::allow_is_routing(product) => Deletion::Unknown(format!(
                "`Allow: {shown}`, which CNCF Distribution says also where deletion is switched off"
            )),
            (false, true) => Deletion::Allowed(format!("`Allow: {shown}`")),
            (false, false) => Deletion::Refused(format!("`Allow: {shown}`, without `DELETE`")),
            _ if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
                return Err(attempt.refused(&response, standing));
            }
            _ => Deletion::Unknown(format!(
                "`OPTIONS` is answered by {} without `Allow`",
                status.as_u16()
            )),
        })
    }
}

/// The methods that the answer says are allowed.
fn allowed(response: &Response) -> Vec<String> {
    let values = response.headers().all(ALLOW);
    let mut methods = Vec::new();
    for value in values {
        let listed = value.uncovered().split(',').map(str::trim);
        methods.extend(
            listed
                .filter(|method| !method.is_empty())
                .map(str::to_owned),
        );
    }
    methods
}
