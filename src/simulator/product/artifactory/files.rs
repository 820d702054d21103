//! How Artifactory keeps images: a folder a tag, with the manifest and its blobs as files.

use bytes::Bytes;
use serde_json::Value;

use super::aql::Item;
use super::{Artifactory, ArtifactoryKey, ArtifactoryKind};
use crate::model::{Digest, Kind, Timestamp};
use crate::simulator::content::Held;
use crate::simulator::product::hex;
use crate::simulator::registry::Registry;

/// A file of an image.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) item: Item,
    pub(super) digest: Digest,
    /// The image in the content.
    pub(super) name: String,
    /// The image's name below the key that it was asked for by.
    pub(super) image: String,
    pub(super) media_type: String,
    pub(super) pulled: Option<Timestamp>,
}

impl File {
    /// The path below the repository.
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.item.path, self.item.name)
    }

    pub(super) fn body(&self, registry: &Registry) -> Option<Bytes> {
        let content = registry.content();
        let manifest = content.manifest(&self.name, &self.digest.to_string());
        manifest
            .map(|stored| stored.body.clone())
            .or_else(|| content.blob(&self.name, &self.digest))
    }
}

impl Artifactory {
    /// The files of all images of a key that has content, sorted by path.
    pub(super) fn files(&self, registry: &Registry, key: &ArtifactoryKey) -> Vec<File> {
        let repo = match key.kind {
            // The data of a remote repository is in its cache.
            ArtifactoryKind::Remote(_) => format!("{}-cache", key.key),
            _ => key.key.clone(),
        };
        let mut files = Vec::new();
        for image in key.images(registry) {
            if !key.has_cached(&image) {
                continue;
            }
            let name = format!("{}/{image}", key.key);
            for held in registry.content().held(&name).iter() {
                let mut folders: Vec<(String, Option<&str>)> = held
                    .tags
                    .iter()
                    .map(|(tag, _)| (format!("{image}/{tag}"), Some(tag.as_str())))
                    .collect();
                // What an index lists, or no tag names, is in a folder of its digest.
                if held.tags.is_empty() || !held.parents.is_empty() {
                    let hex = hex(&held.stored.digest);
                    folders.push((format!("{image}/{}{hex}", self.digest_folder), None));
                }
                for (folder, tag) in folders {
                    let place = Place {
                        repo: &repo,
                        folder: &folder,
                        name: &name,
                        image: &image,
                    };
                    place.put(held, tag, &mut files);
                }
            }
        }
        files.sort_by_key(File::path);
        files
    }
}

/// Where a manifest's files go.
struct Place<'a> {
    repo: &'a str,
    folder: &'a str,
    name: &'a str,
    image: &'a str,
}

impl Place<'_> {
    fn put(&self, held: &Held, tag: Option<&str>, files: &mut Vec<File>) {
        let stored = &held.stored;
        let is_index = match &stored.image {
            Some(image) => image.kind == Kind::Index,
            None => stored.media_type.contains("index") || stored.media_type.contains("list"),
        };
        let name = if is_index {
            "list.manifest.json"
        } else {
            "manifest.json"
        };
        let size = stored.body.len() as u64;
        let mut file = self.file(held, name, size, &stored.digest);
        file.media_type.clone_from(&stored.media_type);
        file.item.properties = vec![
            (
                "docker.manifest.digest".to_owned(),
                stored.digest.to_string(),
            ),
            ("docker.manifest.type".to_owned(), stored.media_type.clone()),
            ("docker.repoName".to_owned(), self.image.to_owned()),
        ];
        if let Some(tag) = tag {
            let tag = ("docker.manifest".to_owned(), tag.to_owned());
            file.item.properties.insert(0, tag);
        }
        files.push(file);
        if is_index {
            return;
        }
        let manifest: Value = serde_json::from_slice(&stored.body).unwrap_or_default();
        let layers = manifest["layers"].as_array().into_iter().flatten();
        for blob in std::iter::once(&manifest["config"]).chain(layers) {
            let digest = blob["digest"].as_str().and_then(|text| text.parse().ok());
            if let (Some(digest), Some(size)) = (digest, blob["size"].as_u64()) {
                let name = format!("sha256__{}", hex(&digest));
                files.push(self.file(held, &name, size, &digest));
            }
        }
    }

    fn file(&self, held: &Held, name: &str, size: u64, digest: &Digest) -> File {
        let pushed = time(held.facts.pushed);
        File {
            item: Item {
                repo: self.repo.to_owned(),
                path: self.folder.to_owned(),
                name: name.to_owned(),
                size,
                created: pushed.clone(),
                modified: pushed,
                sha256: hex(digest),
                properties: Vec::new(),
                downloads: held.facts.pulls,
                downloaded: held.facts.pulled.map_or_else(String::new, time),
            },
            digest: digest.clone(),
            name: self.name.to_owned(),
            image: self.image.to_owned(),
            media_type: "application/octet-stream".to_owned(),
            pulled: held.facts.pulled,
        }
    }
}

pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}
