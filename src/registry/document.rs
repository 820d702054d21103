//! Whole documents: manifests, indexes and configurations by the byte, and everything that
//! they say (OCI image-spec, manifest.md and config.md).
//!
//! The bytes leave this room covered where they hold a secret of ours; what is read of them
//! passes the cover text by text.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeSeed;

use super::lenient::{Flag, List, Object, Presence, Text};
use super::manifest::{self, Described, Descriptor};
use super::{Reference, Registry};
use crate::http::Cover;
use crate::model::{
    BuildStep, ConfigurationFacts, Digest, Document, Failure, Image, Json, JsonSeed, LayerFacts,
    RepositoryName,
};

/// Longest text kept, in characters.
const TEXT_LEN: usize = 16 * 1024;

/// Most bytes of a document that is taken apart to its last value: a tree takes many times
/// the memory of its text.
const TREE: usize = 4 << 20;

/// What a manifest or index says.
#[derive(Clone, Debug, PartialEq)]
pub struct ManifestFacts {
    /// What it is.
    pub image: Image,
    /// Its layers, of an artifact its blobs.
    pub layers: Vec<LayerFacts>,
    /// Its configuration, whatever that is of.
    pub config: Option<Descriptor>,
    /// All of it; `None` where it is too large for that.
    pub tree: Option<Json>,
}

impl Registry {
    /// The bytes of a manifest or index, its digest verified.
    pub async fn manifest_document(
        &self,
        repository: &RepositoryName,
        reference: &Reference,
    ) -> Result<Document, Failure> {
        let (attempt, response, standing) = self.fetch_manifest(repository, reference).await?;
        if !response.status.is_success() {
            return Err(attempt.refused(&response, standing));
        }
        let manifest = Self::read_manifest(&attempt, &response, reference)?;
        Ok(self.document(manifest.digest, response.body.into()))
    }

    /// The bytes of the configuration that `descriptor` names, its digest verified; from
    /// itself where it is embedded.
    pub async fn configuration_document(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
    ) -> Result<Document, Failure> {
        let digest = &descriptor.digest;
        if let Some(data) = &descriptor.data
            && digest.matches(data) == Some(true)
        {
            return Ok(self.document(digest.clone(), data.to_vec()));
        }
        let (_, response) = self.fetch_configuration(repository, digest).await?;
        Ok(self.document(digest.clone(), response.body.into()))
    }

    /// The document of these bytes, which came from this registry once.
    pub fn document(&self, digest: Digest, bytes: Vec<u8>) -> Document {
        let covered = self.cover().cover_document(&bytes);
        Document {
            digest,
            is_covered: covered.is_some(),
            bytes: covered.unwrap_or(bytes),
        }
    }
}

/// What a manifest or index says; `None` where the bytes are none. Without its registry
/// nothing is known to be secret.
pub fn manifest_facts(document: &Document, of: Option<&Registry>) -> Option<ManifestFacts> {
    let nothing = Cover::default();
    let cover = of.map_or(&nothing, Registry::cover);
    let Described {
        manifest,
        layers,
        config,
    } = manifest::describe(&document.bytes, &document.digest, cover)?;
    Some(ManifestFacts {
        image: manifest.image,
        layers,
        config,
        tree: tree(&document.bytes, cover),
    })
}

/// What the configuration of an image says, and the steps that built it; `None` where the
/// bytes are no configuration.
pub fn configuration_facts(
    document: &Document,
    of: Option<&Registry>,
) -> Option<(ConfigurationFacts, Vec<BuildStep>)> {
    let nothing = Cover::default();
    let cover = of.map_or(&nothing, Registry::cover);
    let raw: Object<Raw> = serde_json::from_slice(&document.bytes).ok()?;
    let raw = raw.into_inner()?;
    let run = raw.config.into_inner().unwrap_or_default();
    let text = |text: &Text| text.show_spaced(cover, TEXT_LEN);
    let texts = |list: &List<Text>| list.iter().filter_map(text).collect();
    let key = |key: &str| cover.show_spaced(key, TEXT_LEN).into_string();
    let keys = |map: &Object<BTreeMap<String, Presence>>| {
        let names = map.get().into_iter().flat_map(BTreeMap::keys);
        names.map(|name| key(name)).collect()
    };
    let labels = run.labels.get().into_iter().flatten();
    let facts = ConfigurationFacts {
        created: raw.created.parse(),
        author: text(&raw.author),
        os: text(&raw.os),
        architecture: text(&raw.architecture),
        variant: text(&raw.variant),
        user: text(&run.user),
        env: texts(&run.env),
        entrypoint: texts(&run.entrypoint),
        cmd: texts(&run.cmd),
        working_dir: text(&run.working_dir),
        labels: labels
            .map(|(name, value)| (key(name), text(value).unwrap_or_default()))
            .collect(),
        exposed_ports: keys(&run.exposed_ports),
        volumes: keys(&run.volumes),
        stop_signal: text(&run.stop_signal),
    };
    let steps = raw
        .history
        .iter()
        .filter_map(Object::get)
        .map(|step| BuildStep {
            created: step.created.parse(),
            created_by: text(&step.created_by),
            comment: text(&step.comment),
            empty_layer: step.empty_layer.is_set(),
        });
    Some((facts, steps.collect()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    created: Text,
    author: Text,
    os: Text,
    architecture: Text,
    variant: Text,
    config: Object<RawRun>,
    history: List<Object<RawStep>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawRun {
    user: Text,
    env: List<Text>,
    entrypoint: List<Text>,
    cmd: List<Text>,
    working_dir: Text,
    labels: Object<BTreeMap<String, Text>>,
    exposed_ports: Object<BTreeMap<String, Presence>>,
    volumes: Object<BTreeMap<String, Presence>>,
    stop_signal: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawStep {
    created: Text,
    created_by: Text,
    comment: Text,
    empty_layer: Flag,
}

/// A document as a tree of values that may be shown; `None` where it is too large, or no
/// JSON.
fn tree(bytes: &[u8], cover: &Cover) -> Option<Json> {
    if bytes.len() > TREE {
        return None;
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let shown = |text: &str| cover.show_spaced(text, TEXT_LEN).into_string();
    let tree = JsonSeed(shown).deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(tree)
}
