//! V2's list of tags as Google extends it: manifests with their tags and times, and the
//! names right below (go-containerregistry pkg/v1/google/list.go).

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use serde::Deserialize;

use super::ArtifactRegistry;
use crate::http::{Cover, Response};
use crate::model::{Digest, ImageFacts, MediaType, RepositoryName, Tag, Timestamp};
use crate::registry::lenient::{List, Object, Text};
use crate::registry::list::{self, Answer, Ask, Listed, Reader, Refusal};

/// Most images or tags that such a list tells. It has no pages, and no word says that there are
/// others (cloud.google.com/artifact-registry/quotas, "Limit for listing images").
pub(super) const MOST: u16 = 10_000;

/// What to do about a list that may be cut.
const INSTEAD: &str = "the REST API lists all: sign in by an access token or the key of a service \
                       account that may list, and switch the Artifact Registry API on";

/// Reads the list of one repository.
pub(super) struct Tags {
    pub(super) registry: ArtifactRegistry,
    pub(super) repository: RepositoryName,
    pub(super) reach: Reach,
}

/// How far a list is followed.
pub(super) enum Reach {
    /// The repository alone.
    One,
    /// What is below it as well, from where the walk begins.
    Root,
    /// The same, further down.
    Below(Arc<Walk>),
}

/// What a walk has found so far.
pub(super) struct Walk {
    root: RepositoryName,
    images: AtomicUsize,
    tags: AtomicUsize,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    child: List<Text>,
    manifest: Object<BTreeMap<String, Object<Row>>>,
    tags: List<Text>,
}

/// Numbers are texts there.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    media_type: Text,
    tag: List<Text>,
    time_uploaded_ms: Text,
}

impl Reader for Tags {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let said: Said = list::object(response)?;
        // What only leads on may have no manifests of its own.
        if said.manifest.get().is_none() && !said.child.is_there() {
            let why = "it holds neither `manifest` nor `child`";
            return Err(Refusal::NoList(why.to_owned()));
        }
        let next = list::linked(ask, response);
        let is_cut = next.is_none() && said.is_full();
        if is_cut
            && matches!(self.reach, Reach::One)
            && let Some(images) = self.registry.images_beside(&self.repository)
        {
            return Ok(Answer {
                found: 1,
                next: vec![images],
                ..Answer::default()
            });
        }
        let mut answer = Answer::default();
        answer.next.extend(next);
        self.take_images(&said, response.cover(), &mut answer);
        self.take_children(&said, response.cover(), &mut answer);
        if is_cut {
            let cut = self.repository.clone();
            answer.notes.push(format!(
                "artifact-registry-api: V2's list of `{cut}` ends with {MOST} images or tags, \
                 however many there are: there may be more, and those without a tag are not read; \
                 {INSTEAD}"
            ));
            answer.is_open = true;
            answer.cut.push(cut);
        }
        Ok(answer)
    }
}

impl Said {
    /// Whether it tells as much as such a list does at most.
    fn is_full(&self) -> bool {
        let manifests = self.manifest.get().map_or(0, BTreeMap::len);
        let counts = [
            self.child.iter().count(),
            manifests,
            self.tags.iter().count(),
        ];
        counts.iter().any(|count| *count >= usize::from(MOST))
    }
}

impl Tags {
    fn take_images(&self, said: &Said, cover: &Cover, answer: &mut Answer) {
        let mut told = HashSet::new();
        for (digest, row) in said.manifest.get().into_iter().flatten() {
            let nothing = Row::default();
            let row = row.get().unwrap_or(&nothing);
            told.extend(row.tag.iter().filter_map(Text::parse::<Tag>));
            match row.listed(digest, cover) {
                Some(entry) => answer.entries.push((self.repository.clone(), entry)),
                None => answer.dropped.push(list::entry_of(cover.show(digest, 80))),
            }
            let unread = row.tag.iter().filter(|tag| tag.parse::<Tag>().is_none());
            answer.dropped.extend(unread.map(|tag| shown(tag, cover)));
        }
        if said.manifest.get().is_none() && said.tags.iter().next().is_some() {
            // Nothing is said of images without a tag.
            answer.cut.push(self.repository.clone());
        }
        // A tag that no manifest names is asked for by V2.
        for tag in said.tags.iter().filter(|tag| !tag.holds_secret(cover)) {
            let tag = tag.parse::<Tag>().filter(|tag| !told.contains(tag));
            answer
                .tags
                .extend(tag.map(|tag| (self.repository.clone(), tag)));
        }
    }

    /// Asks for what is right below it, where that is wanted.
    fn take_children(&self, said: &Said, cover: &Cover, answer: &mut Answer) {
        let walk = match &self.reach {
            Reach::One => return,
            Reach::Root => Arc::new(Walk::from(self.repository.clone())),
            Reach::Below(walk) => Arc::clone(walk),
        };
        for child in said.child.iter() {
            let part = child.uncovered().unwrap_or_default();
            let below = format!("{}/{part}", self.repository).parse();
            match below.ok().filter(|_| !child.holds_secret(cover)) {
                Some(below) => {
                    answer.found += 1;
                    let reach = Reach::Below(Arc::clone(&walk));
                    answer.next.push(self.registry.tags(&below, reach));
                }
                None => answer.dropped.push(shown(child, cover)),
            }
        }
        let manifests = said.manifest.get().map_or(0, BTreeMap::len);
        if walk.found(manifests, said.tags.iter().count()) {
            let root = &walk.root;
            answer.is_open = true;
            answer.notes.push(format!(
                "artifact-registry-api: V2's lists count what is below a name, and end with {MOST} \
                 images or tags: below `{root}` are as many, so that repositories may be missing; \
                 {INSTEAD}"
            ));
        }
    }
}

impl Walk {
    fn from(root: RepositoryName) -> Self {
        Self {
            root,
            images: AtomicUsize::new(0),
            tags: AtomicUsize::new(0),
        }
    }

    /// Notes that so many more were found. Whether they are as many by now as a list tells at
    /// most: one further up, which tells of all that is below it, may have been cut then.
    fn found(&self, images: usize, tags: usize) -> bool {
        let images = self.images.fetch_add(images, Relaxed) + images;
        let tags = self.tags.fetch_add(tags, Relaxed) + tags;
        images.max(tags) >= usize::from(MOST)
    }
}

fn shown(text: &Text, cover: &Cover) -> String {
    let shown = text.show(cover, 80);
    shown.unwrap_or_else(|| "an entry without a name".to_owned())
}

impl Row {
    fn listed(&self, digest: &str, cover: &Cover) -> Option<Listed> {
        let digest: Digest = digest.parse().ok()?;
        if self.tag.iter().any(|tag| tag.holds_secret(cover)) {
            return None;
        }
        let media_type = MediaType::from(self.media_type.uncovered().unwrap_or_default());
        let uploaded = self.time_uploaded_ms.parse::<i64>();
        let uploaded = uploaded.filter(|ms| *ms > 0);
        Some(Listed {
            tags: self.tag.iter().filter_map(Text::parse).collect(),
            digest,
            is_index: media_type.is_index(),
            told: list::Told::Nothing,
            facts: ImageFacts {
                pushed: uploaded.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
                ..ImageFacts::default()
            },
        })
    }
}
