//! The search of zot: its query, and the images that it tells.

use std::sync::Arc;

use serde::Deserialize;

use super::Zot;
use crate::http::{Cover, Response};
use crate::model::{
    Digest, Image, ImageFacts, Kind, MediaType, Platform, RepositoryName, Tag, Timestamp,
};
use crate::registry::lenient::{List, Number, Object, Text};
use crate::registry::list::{self, Answer, Ask, Goes, Listed, Numbered, Reader, Refusal};
use crate::registry::manifest;

/// Which fields are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fields {
    /// All that are of use.
    All,
    /// Those that versions before 2.1.2 have too.
    Old,
}

impl Fields {
    fn of_images(self) -> &'static str {
        match self {
            Self::All => {
                "RepoName Tag Digest MediaType Size DownloadCount LastPullTimestamp \
                 PushTimestamp Manifests{Platform{Os Arch} ArtifactType}"
            }
            Self::Old => {
                "RepoName Tag Digest MediaType Size DownloadCount \
                 Manifests{Platform{Os Arch} ArtifactType}"
            }
        }
    }
}

impl Zot {
    /// All images, page by page.
    pub(super) fn all_images(&self) -> Ask {
        self.images(Fields::All, Numbered::default(), 0)
    }

    fn images(&self, fields: Fields, page: Numbered, offset: usize) -> Ask {
        let query = format!(
            "{{ImageList(repo:\"\",requestedPage:{{limit:{},offset:{offset},\
             sortBy:ALPHABETIC_ASC}}){{Page{{TotalCount}} Results{{{}}}}}}}",
            self.size,
            fields.of_images()
        );
        let reader = Images {
            zot: self.clone(),
            fields,
            page,
            offset,
        };
        self.ask("v2/_zot/ext/search", &[("query", &query)], Arc::new(reader))
    }
}

/// Reads a page of images, which are pairs of a repository and a tag there.
struct Images {
    zot: Zot,
    fields: Fields,
    page: Numbered,
    offset: usize,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    data: Object<Data>,
    errors: List<Object<Problem>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    message: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Data {
    image_list: Object<ImageList>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ImageList {
    page: Object<PageInfo>,
    results: List<Object<Row>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct PageInfo {
    total_count: Number,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row {
    repo_name: Text,
    tag: Text,
    digest: Text,
    media_type: Text,
    size: Text,
    download_count: Number,
    last_pull_timestamp: Text,
    push_timestamp: Text,
    manifests: List<Object<ManifestRow>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ManifestRow {
    platform: Object<PlatformRow>,
    artifact_type: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct PlatformRow {
    os: Text,
    arch: Text,
}

impl Images {
    /// The same page by the fields that all versions have, where this version does not know
    /// one of those that were asked for.
    fn by_old_fields(&self, said: &Said) -> Option<Ask> {
        let is_field = |problem: &Problem| problem.message.contains("Cannot query field");
        let mut problems = said.errors.iter().filter_map(Object::get);
        let is_old = self.fields == Fields::All && problems.any(is_field);
        is_old.then(|| self.zot.images(Fields::Old, self.page, self.offset))
    }
}

impl Reader for Images {
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let said: Said = list::object(response)?;
        if let Some(ask) = self.by_old_fields(&said) {
            return Ok(Answer {
                next: vec![ask],
                ..Answer::default()
            });
        }
        let cover = response.cover();
        if let Some(problem) = said.errors.iter().next() {
            let message = problem.get().and_then(|one| one.message.show(cover, 160));
            let message = message.unwrap_or_else(|| "nothing more".to_owned());
            return Err(Refusal::NoList(format!("its search says: {message}")));
        }
        let none = || Refusal::NoList("it has no `ImageList`".to_owned());
        let images = said.data.into_inner().ok_or_else(none)?.image_list;
        let images = images.into_inner().ok_or_else(none)?;
        let rows = images.results.into_inner().ok_or_else(none)?;
        let total = images.page.get().and_then(|page| page.total_count.get());
        // A page behind the end states no total.
        let goes = self.page.page(
            rows.len(),
            usize::from(self.zot.size),
            total.or_else(|| rows.is_empty().then_some(0)),
            None,
        )?;
        // It knows no repository of which all tags are left out, and counts none of them.
        let mut answer = Answer {
            is_open: true,
            ..Answer::default()
        };
        let count = rows.len();
        for row in rows {
            let nothing = Row::default();
            let row = row.get().unwrap_or(&nothing);
            match row.listed(cover) {
                Some(entry) => answer.entries.push(entry),
                None => answer.dropped.push(row.shown(cover)),
            }
        }
        if let Goes::On(page) = goes {
            let next = self.zot.images(self.fields, page, self.offset + count);
            answer.next.push(next);
        }
        Ok(answer)
    }

    /// A query that is not understood is answered so by some versions of its library.
    fn instead(&self, _: &Ask, response: &Response) -> Option<Vec<Ask>> {
        let said: Said = serde_json::from_slice(&response.body).ok()?;
        Some(vec![self.by_old_fields(&said)?])
    }
}

impl Row {
    /// As messages show it.
    fn shown(&self, cover: &Cover) -> String {
        let [name, tag] = [&self.repo_name, &self.tag].map(|text| text.show(cover, 80));
        let unnamed = || "none".to_owned();
        format!(
            "{}:{}",
            name.unwrap_or_else(unnamed),
            tag.unwrap_or_else(unnamed)
        )
    }

    fn listed(&self, cover: &Cover) -> Option<(RepositoryName, Listed)> {
        let all = [&self.repo_name, &self.tag, &self.digest];
        if all.iter().any(|text| text.holds_secret(cover)) {
            return None;
        }
        let repository: RepositoryName = self.repo_name.parse()?;
        let tag: Tag = self.tag.parse()?;
        let digest: Digest = self.digest.parse()?;
        let media_type = MediaType::from(self.media_type.uncovered().unwrap_or_default());
        let is_index = media_type.is_index();
        let image = match media_type {
            MediaType::Other(_) => None,
            usual => self.image(usual, cover),
        };
        let listed = Listed {
            tags: vec![tag],
            digest,
            is_index,
            told: match image {
                Some(image) => list::Told::Image(Box::new(image)),
                None => list::Told::Nothing,
            },
            facts: ImageFacts {
                pushed: moment(&self.push_timestamp),
                pulled: moment(&self.last_pull_timestamp),
                pulls: self.download_count.get(),
                ..ImageFacts::default()
            },
        };
        Some((repository, listed))
    }

    /// The image as far as it is told; `None` where something has to be read.
    ///
    /// Of artifacts it does not tell what they are about. Of indexes it tells the manifests
    /// that it has below them, through other indexes as well, and by the platforms that their
    /// configurations state (`pkg/meta/boltdb/boltdb.go`): not what the index itself lists.
    ///
    /// Nor does it tell when an image was built: its `LastUpdated` is that of a label or an
    /// annotation before that of the configuration, and labels are inherited from base
    /// images (`convert/annotations.go`).
    fn image(&self, media_type: MediaType, cover: &Cover) -> Option<Image> {
        if media_type.is_index() {
            return None;
        }
        let manifest = self.manifests.iter().next()?.get()?;
        if !manifest.artifact_type.is(OCI_CONFIG) {
            return None;
        }
        let mut image = Image::new(Kind::Image, media_type);
        image.size = Some(self.size.parse()?);
        image.platform = Some(manifest.platform(cover)?);
        Some(image)
    }
}

/// What the search tells of an image whose manifest states no other type. It calls every
/// manifest OCI's, also Docker's, which those of Docker's configurations are.
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";

impl ManifestRow {
    /// The variant stands behind the architecture.
    fn platform(&self, cover: &Cover) -> Option<Platform> {
        let row = self.platform.get()?;
        let architecture = row.arch.uncovered()?;
        let (architecture, variant) = match architecture.split_once('/') {
            Some((architecture, variant)) => (architecture, Text::new(variant)),
            None => (architecture, Text::default()),
        };
        manifest::platform(&row.os, &Text::new(architecture), &variant, cover)
    }
}

/// A time; the year 1 stands for never.
fn moment(text: &Text) -> Option<Timestamp> {
    text.parse::<Timestamp>().filter(|at| at.as_second() > 0)
}
