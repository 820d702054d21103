//! zot.
//!
//! Its search extension (GraphQL, project-zot/zot `pkg/extensions/search/schema.graphql`)
//! lists the tags of all repositories with digests, sizes and platforms; a build without it,
//! or a server on which it is switched off, is listed by V2. It knows repositories by their
//! tags alone, so that those without any come from the catalogue. And it leaves out tags:
//! those of signatures, those that end as tags of referrers do, those of indexes that lead to
//! no image, as `BuildKit` pushes for its cache (`pkg/meta/{hooks.go,boltdb/boltdb.go}`). So
//! V2's list of a repository says which tags there are, and the search what they name.
//!
//! Older versions know fewer fields and refuse a query that asks for others, so that it is
//! asked again for those that all have.

mod search;

use std::sync::Arc;

use serde::Deserialize;

use super::{KnownApi, LINKED, Marks, Paged, Probe, Site, Told, json};
use crate::http::{Response, StatusCode, Url};
use crate::model::{Product, RepositoryName, Stage};
use crate::registry::Scope;
use crate::registry::api::Signing;
use crate::registry::lenient::{Presence, Text};
use crate::registry::list::{self, Answer, Ask, Lister, Reader, Realm, Refusal};
use crate::registry::origin::Named;

pub(super) const MARKS: Marks = Marks {
    probe: Some(Probe {
        path: |base| format!("{}v2/_zot/ext/mgmt", base.trim_start_matches('/')),
        read: |response| {
            let told: Management = json(response)?;
            let is_zot = told.dist_spec_version.is_there();
            is_zot.then(|| Told::in_json(&told.release_tag, response))
        },
    }),
    suspected,
    catalogue: Paged {
        loses_place: true,
        ..LINKED
    },
    tags: LINKED,
    api: Some(KnownApi {
        place: |_| Ok(Named::Own),
        // Its search is a part of its V2 API, and is signed as that is.
        signing: |_| Ok(Signing::AsRegistry),
        lister: |site, _| Ok(Arc::new(Zot::new(site))),
    }),
    ..Marks::new("zot", Some(Product::Zot))
};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Management {
    dist_spec_version: Presence,
    release_tag: Text,
}

/// An error that is no list of errors, as no other registry has it, or a welcome without
/// any content (`pkg/api/authn.go`, `pkg/api/routes.go`).
fn suspected(ping: &Response) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Bare {
        code: Text,
        errors: Presence,
    }
    match ping.status {
        StatusCode::OK => {
            ping.body.is_empty() && ping.header("docker-distribution-api-version").is_some()
        }
        StatusCode::UNAUTHORIZED => {
            let said: Option<Bare> = serde_json::from_slice(&ping.body).ok();
            said.is_some_and(|said| said.code.is("UNAUTHORIZED") && !said.errors.is_there())
        }
        _ => false,
    }
}

/// Entries of a page for each that the settings ask for: the server makes the whole list for
/// every page of it, so that many small ones are what it can bear least.
const PER_ENTRY: u16 = 10;

/// Most entries of one page.
const MAX_PAGE: u16 = 1000;

/// One zot.
#[derive(Clone)]
struct Zot {
    base: Url,
    size: u16,
}

impl Zot {
    fn new(site: &Site<'_>) -> Self {
        Self {
            base: site.base.clone(),
            size: site.page_size.saturating_mul(PER_ENTRY).clamp(1, MAX_PAGE),
        }
    }

    fn ask(&self, path: &str, query: &[(&str, &str)], reader: Arc<dyn Reader>) -> Ask {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path()));
        url.query_pairs_mut().extend_pairs(query);
        Ask::get(Realm::V2(Scope::Catalogue), url, Stage::Catalogue, reader)
    }
}

impl Lister for Zot {
    fn name(&self) -> &'static str {
        "zot-api"
    }

    fn repositories(&self) -> Vec<Ask> {
        let size = self.size.to_string();
        vec![
            self.all_images(),
            self.ask(
                "v2/_catalog",
                &[("n", &size)],
                Arc::new(Catalogue::default()),
            ),
        ]
    }

    fn contents(&self, _: &RepositoryName) -> Option<Ask> {
        None
    }

    fn hides_accessories(&self) -> bool {
        true
    }

    fn leaves_out_tags(&self) -> bool {
        true
    }
}

/// Reads the V2 catalogue, for repositories that have no tag.
///
/// A page behind a repository that is gone meanwhile is empty, and so is the one behind the
/// last repository where that was the last of a full page, which is linked on from as any
/// other (`pkg/storage/imagestore/imagestore.go`). So an empty page is asked for again,
/// behind the repository before.
#[derive(Clone, Default)]
struct Catalogue {
    /// The last two repositories of the page before.
    tail: Vec<RepositoryName>,
    /// Whether this page is one that is asked for again.
    is_again: bool,
}

impl Reader for Catalogue {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page = list::catalogue(response)?;
        if page.count == 0 && self.is_again {
            let why = "what the catalogue is to go on behind is gone";
            return Err(Refusal::Shifted(why.to_owned()));
        }
        let again = match self.tail.as_slice() {
            [before, _] if page.count == 0 => {
                let mut again = ask.clone();
                let url = &ask.request.url;
                again.request.url = list::with_parameter(url, "last", before.as_str());
                Some(again)
            }
            _ => None,
        };
        let is_again = again.is_some();
        let tail = page.repositories.len().saturating_sub(2);
        let tail = page.repositories[tail..].to_vec();
        let next = again
            .or_else(|| list::linked(ask, response))
            .map(|mut next| {
                next.reader = Arc::new(Self { tail, is_again });
                next
            });
        Ok(Answer {
            repositories: page.repositories,
            dropped: page.dropped,
            next: next.into_iter().collect(),
            ..Answer::default()
        })
    }
}
