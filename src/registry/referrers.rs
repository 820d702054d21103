//! The referrers of a manifest: `GET /v2/<name>/referrers/<digest>`
//! (OCI distribution-spec 1.1, "Listing Referrers").

use serde::{Deserialize, Deserializer};

use super::error::{Attempt, Standing, what_came};
use super::lenient::{List, Number, Object, Presence, Text};
use super::list::next_link;
use super::presence::is_own_form;
use super::token::Scope;
use super::{Reference, Registry};
use crate::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use crate::http::{Cover, Request, Response, StatusCode, Url};
use crate::model::{Class, Digest, Failure, Referrer, RepositoryName, Stage, Tag};

/// Most bytes read of the first page.
const CAP: usize = 16 * 1024 * 1024;

/// Most pages read of one list.
const MAX_PAGES: usize = 100;

/// Longest artifact type kept, in characters.
const TYPE_LEN: usize = 160;

/// Longest parts of a digest in the name of a fallback tag, in characters.
const TAG_PARTS: (usize, usize) = (32, 64);

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

/// An index with what its entries say.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Listing {
    manifests: List<Object<Entry>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Entry {
    digest: Text,
    artifact_type: Text,
    size: Number,
}

impl Registry {
    /// What refers to `digest`: by the registry's own list, all pages of it; where there is
    /// none, by the fallback tag (OCI distribution-spec 1.1, "Referrers Tag Schema").
    pub async fn all_referrers(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Vec<Referrer>, Failure> {
        let mut url = self.referrers_url(repository, digest);
        let mut found = Vec::new();
        let mut visited = Vec::new();
        loop {
            let (attempt, response, standing) =
                self.ask_referrers(repository, digest, &url).await?;
            match response.status.as_u16() {
                200 if is_index(&response) => {}
                200 | 400 | 404 | 405 | 406 | 501 if visited.is_empty() => {
                    return self.tagged_referrers(repository, digest).await;
                }
                _ => return Err(attempt.refused(&response, standing)),
            }
            let Some(entries) = entries(&response.body, response.cover()) else {
                return self.tagged_referrers(repository, digest).await;
            };
            found.extend(entries);
            let Some(target) = next_link(response.headers()) else {
                return Ok(found);
            };
            visited.push(url.clone());
            // Behind proxies registries get everything of it wrong but the query.
            let mut next = url.clone();
            next.set_query(url.join(&target).ok().as_ref().and_then(Url::query));
            if visited.contains(&next) || visited.len() >= MAX_PAGES {
                return Err(attempt.failure(
                    Class::Protocol,
                    "the list of referrers leads back to a page already read, or never ends",
                ));
            }
            url = next;
        }
    }

    /// What the index under the fallback tag of `digest` lists; nothing where there is no
    /// such tag.
    async fn tagged_referrers(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Vec<Referrer>, Failure> {
        let Some(tag) = fallback_tag(digest) else {
            return Ok(Vec::new());
        };
        let reference = Reference::Tag(tag);
        let (attempt, response, standing) = self.fetch_manifest(repository, &reference).await?;
        if response.status == StatusCode::NOT_FOUND && is_own_form(&response) {
            return Ok(Vec::new());
        }
        if !response.status.is_success() {
            return Err(attempt.refused(&response, standing));
        }
        // What is no index is of somebody who knows nothing of the schema.
        Self::read_manifest(&attempt, &response, &reference)?;
        Ok(entries(&response.body, response.cover()).unwrap_or_default())
    }

    fn referrers_url(&self, repository: &RepositoryName, digest: &Digest) -> Url {
        self.place(repository).url(&format!("referrers/{digest}"))
    }

    async fn ask_referrers(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        url: &Url,
    ) -> Result<(Attempt, Response, Standing), Failure> {
        let request = Request::get(url.clone(), CAP)
            .staying()
            .with_header(ACCEPT, HeaderValue::from_static(INDEX));
        let attempt = Attempt::new(Stage::Manifest, &request, self.cover())
            .in_repository(repository)
            .at_reference(digest);
        let scope = Scope::Pull(repository.clone());
        let (response, standing) = self.send(&attempt, &scope, request).await?;
        Ok((attempt, response, standing))
    }

    /// Asks for the first page of what refers to `digest`.
    pub async fn referrers(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Referrers, Failure> {
        let url = self.referrers_url(repository, digest);
        let (attempt, response, standing) = self.ask_referrers(repository, digest, &url).await?;
        let status = response.status.as_u16();
        match status {
            200 => {}
            // Routers that do not know the path say so in more ways than the specification's.
            400 | 404 | 405 | 406 | 501 => return Ok(unsupported(&response)),
            _ => return Err(attempt.refused(&response, standing)),
        }
        // A proxy's page of its own is no list.
        let is_index = is_index(&response);
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

fn is_index(response: &Response) -> bool {
    let kind = response.header(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.before(';').is_like(INDEX))
}

/// The entries of an index that have a digest; `None` where the bytes are no index.
fn entries(body: &[u8], cover: &Cover) -> Option<Vec<Referrer>> {
    let listing: Object<Listing> = serde_json::from_slice(body).ok()?;
    let listing = listing
        .get()
        .filter(|listing| listing.manifests.is_there())?;
    let entries = listing.manifests.iter().filter_map(Object::get);
    let entries = entries.filter(|entry| !entry.digest.holds_secret(cover));
    let referrers = entries.filter_map(|entry| {
        Some(Referrer {
            digest: entry.digest.parse()?,
            artifact_type: entry.artifact_type.show(cover, TYPE_LEN),
            size: entry.size.get(),
        })
    });
    Some(referrers.collect())
}

/// The tag that stands in for a list of referrers; none of a digest that makes no tag.
fn fallback_tag(digest: &Digest) -> Option<Tag> {
    let text = digest.to_string();
    let (algorithm, encoded) = text.split_once(':')?;
    let (first, second) = TAG_PARTS;
    let cut = |text: &str, most| text.chars().take(most).collect::<String>();
    format!("{}-{}", cut(algorithm, first), cut(encoded, second))
        .parse()
        .ok()
}

fn unsupported(response: &Response) -> Referrers {
    Referrers::Unsupported {
        status: response.status.as_u16(),
        seen: what_came(response),
    }
}
