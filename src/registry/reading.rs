//! Reading manifests and the configurations of images, each held to its digest, and as many as
//! the registry lets be read.

use super::allowance::{Leave, Spent};
use super::configuration::{self, Configuration};
use super::error::{Attempt, Standing, what_came};
use super::manifest::{self, Descriptor, Manifest};
use super::token::Scope;
use super::{Reference, Registry, product};
use crate::http::header::{self, HeaderValue};
use crate::http::{Request, Response, StatusCode};
use crate::model::{Class, Digest, Failure, RepositoryName, Stage};

impl Registry {
    /// A manifest or index, its digest verified.
    pub async fn manifest(
        &self,
        repository: &RepositoryName,
        reference: &Reference,
    ) -> Result<Manifest, Failure> {
        let (attempt, response, standing) = self.fetch_manifest(repository, reference).await?;
        if !response.status.is_success() {
            return Err(attempt.refused(&response, standing));
        }
        self.note_reading();
        Self::read_manifest(&attempt, &response, reference)
    }

    /// Notes what it comes to besides that manifests were read.
    pub(super) fn note_reading(&self) {
        if let Some(note) = self.product().and_then(product::reading) {
            self.inner.listing.note(note.to_owned());
        }
    }

    pub(super) async fn fetch_manifest(
        &self,
        repository: &RepositoryName,
        reference: &Reference,
    ) -> Result<(Attempt, Response, Standing), Failure> {
        let url = self
            .place(repository)
            .url(&format!("manifests/{reference}"));
        let request = Request::get(url, manifest::CAP)
            .with_header(header::ACCEPT, HeaderValue::from_static(manifest::ACCEPT));
        let attempt = Attempt::new(Stage::Manifest, &request, self.cover())
            .in_repository(repository)
            .at_reference(reference);
        let leave = self.leave(&attempt).await?;
        let scope = Scope::Pull(repository.clone());
        let (response, standing) = self.send(&attempt, &scope, request).await?;
        drop(leave);
        self.check_quota(&attempt, &response)?;
        Ok((attempt, response, standing))
    }

    /// The right to read one manifest, where the registry counts them.
    pub(super) async fn leave(&self, attempt: &Attempt) -> Result<Leave<'_>, Failure> {
        let leave = self.inner.allowance.take().await;
        leave.map_err(|_| unread(attempt))
    }

    /// Whether a manifest was refused because as many were read as may be.
    pub(super) fn check_quota(
        &self,
        attempt: &Attempt,
        response: &Response,
    ) -> Result<(), Failure> {
        if response.status == StatusCode::TOO_MANY_REQUESTS && self.inner.allowance.counts() {
            let now = crate::http::wall_clock();
            self.inner.allowance.refused(response.asked_to_wait(), now);
            return Err(unread(attempt));
        }
        Ok(())
    }

    /// Whether manifests are counted, so that one is read only where its digest is new.
    pub fn counts_manifests(&self) -> bool {
        self.inner.allowance.counts() || self.product().is_some_and(product::counts_manifests)
    }

    /// What there is to say of the registry's count of manifests, where it kept some from
    /// being read.
    pub fn spent(&self) -> Option<Spent> {
        self.inner.allowance.spent()
    }

    pub(super) fn read_manifest(
        attempt: &Attempt,
        response: &Response,
        reference: &Reference,
    ) -> Result<Manifest, Failure> {
        let asked = match reference {
            Reference::Digest(digest) => Some(digest),
            Reference::Tag(_) => None,
        };
        manifest::read(response, asked).map_err(|(class, why)| {
            let hint = match class {
                Class::Digest => {
                    "a proxy or a damaged store changed it: compare with another client"
                }
                _ => "look at it with another client: the registry or a proxy answers wrongly",
            };
            attempt
                .failure(class, &why)
                .with_status(response.status.as_u16())
                .with_hint(hint)
        })
    }

    /// The image configuration that `descriptor` names, from itself where it is embedded.
    pub async fn configuration(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
    ) -> Result<Configuration, Failure> {
        let digest = &descriptor.digest;
        let embedded = descriptor
            .data
            .as_ref()
            .filter(|data| digest.matches(data) == Some(true));
        if let Some(read) = embedded.and_then(|data| configuration::read(data, self.cover())) {
            return Ok(read);
        }
        let (attempt, response) = self.fetch_configuration(repository, digest).await?;
        configuration::read(&response.body, response.cover()).ok_or_else(|| {
            attempt.failure(
                Class::Protocol,
                &format!(
                    "the blob is no image configuration; what came is {}",
                    what_came(&response)
                ),
            )
        })
    }

    /// The blob of a configuration, verified.
    pub(super) async fn fetch_configuration(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<(Attempt, Response), Failure> {
        let url = self.place(repository).url(&format!("blobs/{digest}"));
        let request = Request::get(url, configuration::CAP);
        let attempt = Attempt::new(Stage::Configuration, &request, self.cover())
            .in_repository(repository)
            .at_reference(digest);
        let scope = Scope::Pull(repository.clone());
        let (response, standing) = self.send(&attempt, &scope, request).await?;
        if !response.status.is_success() {
            return Err(attempt.refused(&response, standing));
        }
        if digest.matches(&response.body) == Some(false) {
            return Err(attempt
                .failure(
                    Class::Digest,
                    &format!(
                        "the bytes received do not have the digest they were asked by; what \
                         came is {}",
                        what_came(&response)
                    ),
                )
                .with_hint("a proxy or a damaged store changed it: compare with another client"));
        }
        Ok((attempt, response))
    }
}

/// A manifest that is not read because the registry counts them, and it is enough for now.
fn unread(attempt: &Attempt) -> Failure {
    attempt.failure(
        Class::Quota,
        "the registry lets no more manifests be read for now",
    )
}
