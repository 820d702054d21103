//! The referrers of a manifest: `GET /v2/<name>/referrers/<digest>`
//! (OCI distribution-spec 1.1, "Listing Referrers").

use serde::{Deserialize, Deserializer};

use super::Registry;
use super::error::{Attempt, what_came};
use super::lenient::{List, Object, Presence};
use super::list::next_link;
use super::token::Scope;
use crate::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use crate::http::{Request, Response};
use crate::model::{Digest, Failure, RepositoryName, Stage};

/// Most bytes read of the first page.
const CAP: usize = 16 * 1024 * 1024;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Whether a registry lists what refers to a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Referrers {
    /// It does.
    Supported {
        /// How many it lists on the first page.
        count: usize,
        /// Whether there are more pages.
        more: bool,
    },
    /// It does not; they are found by the fallback tag, if at all.
    Unsupported {
        /// The status it answers with.
        status: u16,
        /// What came in place of a list, one line.
        seen: String,
    },
}

/// An index, as far as its entries are counted.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Index {
    /// How many there are; `null` is none, and `None` no list.
    #[serde(deserialize_with = "count")]
    manifests: Option<usize>,
}

fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    let list = Option::<List<Presence>>::deserialize(from)?;
    Ok(match list {
        None => Some(0),
        Some(list) => list.is_there().then(|| list.iter().count()),
    })
}

impl Registry {
    /// Asks for the first page of what refers to `digest`.
    pub async fn referrers(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Referrers, Failure> {
        let url = self.url(&format!("v2/{repository}/referrers/{digest}"));
        let request = Request::get(url, CAP)
            .staying()
            .with_header(ACCEPT, HeaderValue::from_static(INDEX));
        let attempt = Attempt::new(Stage::Manifest, &request, self.cover())
            .in_repository(repository)
            .at_reference(digest);
        let scope = Scope::Pull(repository.clone());
        let (response, standing) = self.send(&attempt, &scope, request).await?;
        let status = response.status.as_u16();
        match status {
            200 => {}
            // Routers that do not know the path say so in more ways than the specification's.
            400 | 404 | 405 | 406 | 501 => return Ok(unsupported(&response)),
            _ => return Err(attempt.refused(&response, standing)),
        }
        // A proxy's page of its own is no list.
        let is_index = response
            .header(CONTENT_TYPE)
            .is_some_and(|kind| kind.before(';').is_like(INDEX));
        let listed = serde_json::from_slice::<Object<Index>>(&response.body)
            .ok()
            .and_then(|index| index.get()?.manifests);
        Ok(match listed.filter(|_| is_index) {
            Some(count) => Referrers::Supported {
                count,
                more: next_link(response.headers()).is_some(),
            },
            None => unsupported(&response),
        })
    }
}

fn unsupported(response: &Response) -> Referrers {
    Referrers::Unsupported {
        status: response.status.as_u16(),
        seen: what_came(response),
    }
}
