//! V2's list of tags as Google extends it: every manifest with its tags and times, and the
//! names right below (go-containerregistry pkg/v1/google/list.go).

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::ArtifactRegistry;
use crate::http::{Cover, Response};
use crate::model::{Digest, ImageFacts, MediaType, RepositoryName, Tag, Timestamp};
use crate::registry::lenient::{List, Object, Text};
use crate::registry::list::{self, Answer, Ask, Listed, Reader, Refusal};

/// Reads the list of one repository.
pub(super) struct Tags {
    pub(super) registry: ArtifactRegistry,
    pub(super) repository: RepositoryName,
    /// Whether what is below it is listed, too.
    pub(super) walks: bool,
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
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let said: Said = list::object(response)?;
        let Some(manifests) = said.manifest.get() else {
            return Err(Refusal::NoList("it holds no `manifest`".to_owned()));
        };
        let mut answer = Answer::default();
        let cover = response.cover();
        let mut told = HashSet::new();
        for (digest, row) in manifests {
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
        // A tag that no manifest names is asked for by V2.
        for tag in said.tags.iter().filter(|tag| !tag.holds_secret(cover)) {
            let tag = tag.parse::<Tag>().filter(|tag| !told.contains(tag));
            answer
                .tags
                .extend(tag.map(|tag| (self.repository.clone(), tag)));
        }
        for child in said.child.iter().filter(|_| self.walks) {
            let part = child.uncovered().unwrap_or_default();
            let below = format!("{}/{part}", self.repository).parse();
            match below.ok().filter(|_| !child.holds_secret(cover)) {
                Some(below) => {
                    answer.found += 1;
                    answer.next.push(self.registry.tags(&below, true));
                }
                None => answer.dropped.push(shown(child, cover)),
            }
        }
        Ok(answer)
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
