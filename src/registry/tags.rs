//! The tags of a repository: `GET /v2/<name>/tags/list`, and what one tag names.

use std::sync::atomic::Ordering;

use super::Registry;
use super::error::Attempt;
use super::manifest::{ACCEPT, stated_digest};
use super::page::{List, Pages};
use super::token::Scope;
use crate::http::header::{self, HeaderValue};
use crate::http::{Request, StatusCode};
use crate::model::{Digest, Failure, RepositoryName, Stage, Tag};

/// What a tag names now, compared with what it was known to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagDigest {
    /// The same.
    Unchanged,
    /// Another manifest.
    Moved(Digest),
    /// `HEAD` does not tell here: read the manifest.
    Unsupported,
}

impl Registry {
    /// The tags that the registry lists for `repository`, page by page.
    pub fn tags(&self, repository: &RepositoryName) -> Pages<Tag> {
        Pages::new(self.clone(), List::Tags(repository.clone()))
    }

    /// Whether `tag` still names `known`, by one conditional `HEAD`. A registry that
    /// refuses it, or answers without a digest, is not asked so again.
    pub async fn tag_digest(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
        known: &Digest,
    ) -> Result<TagDigest, Failure> {
        if self.inner.head_unsupported.load(Ordering::Relaxed) {
            return Ok(TagDigest::Unsupported);
        }
        let url = self.url(&format!("v2/{repository}/manifests/{tag}"));
        let mut request =
            Request::head(url).with_header(header::ACCEPT, HeaderValue::from_static(ACCEPT));
        if let Ok(etag) = HeaderValue::from_str(&format!("\"{known}\"")) {
            request = request.with_header(header::IF_NONE_MATCH, etag);
        }
        let attempt = Attempt::new(Stage::Manifest, &request, self.cover())
            .in_repository(repository)
            .at_reference(tag);
        let scope = Scope::Pull(repository.clone());
        let (response, standing) = self.send(&attempt, &scope, request).await?;
        match response.status {
            StatusCode::NOT_MODIFIED => Ok(TagDigest::Unchanged),
            status if status.is_success() => match stated_digest(response.headers()) {
                Some(digest) if digest == *known => Ok(TagDigest::Unchanged),
                Some(digest) if digest.algorithm() == known.algorithm() => {
                    Ok(TagDigest::Moved(digest))
                }
                // No digest, or one that cannot be compared.
                _ => Ok(self.without_head()),
            },
            StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::NOT_IMPLEMENTED
            | StatusCode::BAD_REQUEST => Ok(self.without_head()),
            // It may be gone, or not be told to `HEAD`: the manifest's own answer decides.
            StatusCode::NOT_FOUND => Ok(TagDigest::Unsupported),
            _ => Err(attempt.refused(&response, standing)),
        }
    }

    fn without_head(&self) -> TagDigest {
        self.inner.head_unsupported.store(true, Ordering::Relaxed);
        TagDigest::Unsupported
    }
}
