//! Manifests that a product's API gives many at a time. What it gives counts where its bytes
//! have the digest that they were asked by; anything else is read by the Registry V2 API.

use bytes::Bytes;

use super::ask::Refusal;
use super::walk::refused;
use crate::http::{Request, Response};
use crate::model::{Class, Digest, Failure, RepositoryName, Stage};
use crate::registry::Registry;
use crate::registry::api::Api;
use crate::registry::error::Attempt;
use crate::registry::lenient::Text;
use crate::registry::manifest::{self, Manifest};

/// An API that gives manifests many at a time.
pub(in crate::registry) trait Bulk: Send + Sync {
    /// How many of one request at most.
    fn most(&self) -> usize;

    /// What asks for these.
    fn ask(&self, repository: &RepositoryName, digests: &[Digest]) -> Request;

    /// What a successful answer gives.
    fn read(&self, response: &Response) -> Result<Vec<Given>, Refusal>;
}

/// A manifest that was given.
pub(in crate::registry) struct Given {
    /// What it is said to be the digest of.
    pub(in crate::registry) digest: Digest,
    pub(in crate::registry) media_type: Text,
    /// The exact bytes.
    pub(in crate::registry) body: Bytes,
}

impl Registry {
    /// How many manifests are had by one request; `None` where each is read by itself.
    pub fn bulk(&self) -> Option<usize> {
        if self.inner.listing.gives_none() {
            return None;
        }
        Some(self.api()?.lister.bulk()?.most())
    }

    /// The manifests behind these digests that the product's API gives at once. What is not
    /// among them is to be read by itself.
    pub async fn manifests(
        &self,
        repository: &RepositoryName,
        digests: &[Digest],
    ) -> Vec<Manifest> {
        let api = self.api().filter(|_| !self.inner.listing.gives_none());
        let Some((api, bulk)) = api.and_then(|api| Some((api, api.lister.bulk()?))) else {
            return Vec::new();
        };
        let listing = &self.inner.listing;
        let request = bulk.ask(repository, digests);
        let attempt = Attempt::new(Stage::Manifest, &request, self.cover());
        match self.given(api, bulk, &attempt, request).await {
            Ok(given) => {
                listing.gave(true);
                self.note_reading();
                let cover = self.cover();
                let given = given.iter().filter(|one| digests.contains(&one.digest));
                let read = given.filter_map(|one| {
                    let is_sent = |known: &str| one.media_type.is(known);
                    manifest::given(&one.body, is_sent, &one.digest, cover)
                });
                read.collect()
            }
            Err(failure) => {
                listing.gave(false);
                // What is missing may be so by V2 as well, which then says it.
                if failure.class != Class::Missing {
                    let name = api.lister.name();
                    listing.note(format!(
                        "{name}, manifests of `{repository}`: {}; each is read by itself",
                        failure.message
                    ));
                }
                Vec::new()
            }
        }
    }

    async fn given(
        &self,
        api: &Api,
        bulk: &dyn Bulk,
        attempt: &Attempt,
        request: Request,
    ) -> Result<Vec<Given>, Failure> {
        let (response, standing) = self.send_to_api(api, attempt, request).await?;
        if !response.status.is_success() {
            return Err(attempt.refused(&response, standing));
        }
        let given = bulk.read(&response);
        given.map_err(|refusal| refused(attempt, &response, refusal))
    }
}
