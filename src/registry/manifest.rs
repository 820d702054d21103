//! Manifests and indexes (OCI image-spec, manifest.md and image-index.md; Docker image
//! manifest v2, schema 1 and 2), read leniently over the exact bytes.

use bytes::Bytes;
use serde::Deserialize;

use super::error::what_came;
use super::lenient::{List, Number, Object, Presence, Text};
use crate::http::header::CONTENT_TYPE;
use crate::http::{Cover, Headers, Response};
use crate::model::{
    Blobs, Child, Class, ConfigKey, Digest, Image, Kind, Layer, LayerFacts, Level, MediaType,
    Platform,
};

/// Most bytes read of a manifest.
pub(super) const CAP: usize = 16 * 1024 * 1024;

/// What is accepted. Registries convert or hide what is left out, so that all four types
/// go along always, in one header.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, \
     application/vnd.oci.artifact.manifest.v1+json";

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const OCI_ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";
const SCHEMA1: &str = "application/vnd.docker.distribution.manifest.v1+json";
const SCHEMA1_SIGNED: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const COSIGN_LAYER: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// Longest media or artifact type kept, in characters.
pub(super) const TYPE_LEN: usize = 160;

/// Longest part of a platform kept, in characters.
const PLATFORM_LEN: usize = 80;

/// A reference to content, by digest (OCI image-spec, descriptor.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The media type of the content, as it may be shown.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// The content itself, where it is embedded.
    pub data: Option<Bytes>,
}

/// A manifest or index, as far as an inventory needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The digest of the exact bytes; of a signed schema 1 manifest what the registry says.
    pub digest: Digest,
    /// What it says. [`Level::Whole`] where there is no configuration and no child to read.
    pub image: Image,
    /// Its configuration and layers, of an artifact its blobs.
    pub blobs: Blobs,
    /// How many entries of an index have no digest that can be read.
    pub unreadable: usize,
    /// The image configuration to read for the platform; `None` for all but images, and
    /// where the platform is known already.
    pub config: Option<Descriptor>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Raw {
    schema_version: Number,
    media_type: Text,
    artifact_type: Text,
    subject: Object<RawDescriptor>,
    manifests: List<Object<RawChild>>,
    config: Object<RawDescriptor>,
    layers: List<Object<RawDescriptor>>,
    blobs: List<Object<RawDescriptor>>,
    signatures: Presence,
    architecture: Text,
    history: List<Object<RawHistory>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawChild {
    #[serde(rename = "mediaType")]
    media_type: Text,
    digest: Text,
    platform: Object<RawPlatform>,
    annotations: Object<RawAnnotations>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawAnnotations {
    #[serde(rename = "vnd.docker.reference.type")]
    reference: Presence,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawDescriptor {
    media_type: Text,
    digest: Text,
    size: Number,
    data: Text,
}

/// A platform object (image-index.md, "platform").
#[derive(Default, Deserialize)]
#[serde(default)]
struct RawPlatform {
    os: Text,
    architecture: Text,
    variant: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawHistory {
    v1_compatibility: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawV1 {
    os: Text,
    architecture: Text,
    created: Text,
}

/// Why bytes are no manifest to keep.
pub(super) type Refusal = (Class, String);

/// Reads the answer to a request for a manifest; `asked` is the digest it was asked by.
pub(super) fn read(response: &Response, asked: Option<&Digest>) -> Result<Manifest, Refusal> {
    let body = &response.body;
    let no_manifest = |why: &str| {
        (
            Class::Protocol,
            format!(
                "the answer is no manifest: {why}; what came is {}",
                what_came(response)
            ),
        )
    };
    let raw: Object<Raw> = serde_json::from_slice(body).unwrap_or_default();
    let raw = raw
        .get()
        .ok_or_else(|| no_manifest("it is not a JSON object"))?;
    let sent = response.header(CONTENT_TYPE).map(|value| value.before(';'));
    let is_sent = |known: &str| sent.as_ref().is_some_and(|sent| sent.is(known));
    let media_type =
        media_type(is_sent, raw).ok_or_else(|| no_manifest("it has the form of none"))?;
    let signed = raw.signatures.is_there() && is_schema1(media_type);
    let cover = response.cover();
    if holds_secret(raw, response) {
        return Err((
            Class::Protocol,
            "one of its digests holds a password or token that was sent".to_owned(),
        ));
    }
    let digest = verify(body, response.headers(), asked, signed)?;
    Ok(interpret(raw, media_type, digest, cover))
}

/// Reads a manifest that a list gives as the one behind `digest`; `None` where its bytes do
/// not prove that, or are none to keep.
pub(super) fn given(
    body: &[u8],
    is_sent: impl Fn(&str) -> bool,
    digest: &Digest,
    cover: &Cover,
) -> Option<Manifest> {
    let raw: Object<Raw> = serde_json::from_slice(body).ok()?;
    let raw = raw.get()?;
    let media_type = media_type(is_sent, raw)?;
    let is_proven = digest.matches(body) == Some(true);
    (is_proven && !names_secret(raw, cover))
        .then(|| interpret(raw, media_type, digest.clone(), cover))
}

/// A manifest in full, of bytes that were verified before.
pub(super) struct Described {
    pub(super) manifest: Manifest,
    pub(super) layers: Vec<LayerFacts>,
    /// The configuration, of an artifact too.
    pub(super) config: Option<Descriptor>,
}

/// Reads a manifest again, by what it says of itself; `None` where the bytes are none.
pub(super) fn describe(body: &[u8], digest: &Digest, cover: &Cover) -> Option<Described> {
    let raw: Object<Raw> = serde_json::from_slice(body).ok()?;
    let raw = raw.get()?;
    let media_type = media_type(|_| false, raw)?;
    let layers = raw.layers.iter().chain(raw.blobs.iter());
    let layers = layers.filter_map(Object::get).filter_map(|layer| {
        Some(LayerFacts {
            digest: layer.digest.parse()?,
            size: size(layer),
            media_type: layer.media_type.show(cover, TYPE_LEN),
        })
    });
    Some(Described {
        layers: layers.collect(),
        config: raw.config.get().and_then(|raw| descriptor(raw, cover)),
        manifest: interpret(raw, media_type, digest.clone(), cover),
    })
}

fn interpret(raw: &Raw, media_type: &'static str, digest: Digest, cover: &Cover) -> Manifest {
    let mut manifest = Manifest {
        digest,
        image: Image::new(Kind::Artifact, MediaType::from(media_type)),
        blobs: Blobs::default(),
        unreadable: 0,
        config: None,
    };
    let image = &mut manifest.image;
    image.level = Level::Whole;
    image.subject = raw.subject.get().and_then(|to| to.digest.parse());
    match media_type {
        OCI_INDEX | DOCKER_LIST => {
            image.kind = Kind::Index;
            image.children = children(&raw.manifests, cover);
            image.artifact_type = raw.artifact_type.show(cover, TYPE_LEN);
            if image.runnable().next().is_some() {
                image.level = Level::Manifest;
            }
            manifest.unreadable = raw.manifests.iter().count() - image.children.len();
        }
        SCHEMA1 | SCHEMA1_SIGNED => schema1(image, raw, cover),
        OCI_ARTIFACT => {
            image.artifact_type = raw.artifact_type.show(cover, TYPE_LEN);
            image.size = Some(sizes(&raw.blobs));
            manifest.blobs.layers = layers(&raw.blobs);
        }
        _ => image_or_artifact(&mut manifest, raw, cover),
    }
    manifest
}

/// The digest to know the manifest by, checked against everything that says one.
fn verify(
    body: &[u8],
    headers: Headers<'_>,
    asked: Option<&Digest>,
    signed: bool,
) -> Result<Digest, Refusal> {
    let stated = stated_digest(headers);
    if signed {
        // The digest is that of the payload without signatures: the registry's to say.
        return match (asked, stated) {
            (Some(asked), Some(stated)) if *asked != stated => Err(mismatch(asked, &stated)),
            (Some(asked), _) => Ok(asked.clone()),
            (None, Some(stated)) => Ok(stated),
            (None, None) => Ok(Digest::sha256(body)),
        };
    }
    for wanted in asked.into_iter().chain(&stated) {
        if wanted.matches(body) == Some(false) {
            let computed = wanted
                .algorithm()
                .map_or_else(|| Digest::sha256(body), |a| Digest::compute(a, body));
            return Err(mismatch(wanted, &computed));
        }
    }
    let known = asked
        .cloned()
        .or(stated.filter(|digest| digest.algorithm().is_some()));
    Ok(known.unwrap_or_else(|| Digest::sha256(body)))
}

fn mismatch(wanted: &Digest, found: &Digest) -> Refusal {
    (
        Class::Digest,
        format!("the bytes received are `{found}`, and should be `{wanted}`"),
    )
}

/// `Docker-Content-Digest`, where it is a digest.
pub(super) fn stated_digest(headers: Headers<'_>) -> Option<Digest> {
    let stated = headers.get("docker-content-digest")?;
    if stated.holds_secret() {
        return None;
    }
    let stated = stated.uncovered().trim().trim_matches('"');
    stated.parse().ok()
}

/// Whether a digest that is kept, or asked by, holds a secret: a digest is never altered,
/// and this one is none.
fn holds_secret(raw: &Raw, response: &Response) -> bool {
    let stated = response.header("docker-content-digest");
    stated.is_some_and(|stated| stated.holds_secret()) || names_secret(raw, response.cover())
}

/// Whether one of the digests that it names holds a secret.
fn names_secret(raw: &Raw, cover: &Cover) -> bool {
    let children = raw.manifests.iter().filter_map(Object::get);
    let config = raw.config.get().into_iter();
    let layers = raw.layers.iter().chain(raw.blobs.iter());
    let others = layers.chain([&raw.subject]).filter_map(Object::get);
    children
        .map(|child| &child.digest)
        .chain(config.chain(others).map(|one| &one.digest))
        .any(|digest| digest.holds_secret(cover))
}

fn is_schema1(media_type: &str) -> bool {
    matches!(media_type, SCHEMA1 | SCHEMA1_SIGNED)
}

/// The media type: as sent, else as the body says, else from its structure.
fn media_type(is_sent: impl Fn(&str) -> bool, raw: &Raw) -> Option<&'static str> {
    const KNOWN: [&str; 7] = [
        OCI_INDEX,
        DOCKER_LIST,
        OCI_MANIFEST,
        DOCKER_MANIFEST,
        OCI_ARTIFACT,
        SCHEMA1,
        SCHEMA1_SIGNED,
    ];
    let fits = |candidate: &str| match candidate {
        OCI_INDEX | DOCKER_LIST => raw.manifests.is_there(),
        OCI_MANIFEST | DOCKER_MANIFEST => raw.config.get().is_some(),
        _ => true,
    };
    let is_sent = |known: &&str| is_sent(known) && fits(known);
    let is_own = |known: &&str| raw.media_type.is(known) && fits(known);
    let known = KNOWN.into_iter().find(is_sent);
    if let Some(known) = known.or_else(|| KNOWN.into_iter().find(is_own)) {
        return Some(known);
    }
    let found = if raw.manifests.is_there() {
        OCI_INDEX
    } else if raw.config.get().is_some() && raw.layers.is_there() {
        OCI_MANIFEST
    } else if raw.schema_version.get() == Some(1) {
        if raw.signatures.is_there() {
            SCHEMA1_SIGNED
        } else {
            SCHEMA1
        }
    } else {
        return None;
    };
    Some(found)
}

fn children(manifests: &List<Object<RawChild>>, cover: &Cover) -> Vec<Child> {
    manifests
        .iter()
        .filter_map(|entry| {
            let entry = entry.get()?;
            let digest = entry.digest.parse()?;
            let platform = entry
                .platform
                .get()
                .and_then(|raw| platform(&raw.os, &raw.architecture, &raw.variant, cover));
            let annotations = entry.annotations.get();
            let refers = annotations.is_some_and(|all| all.reference.is_there());
            Some(Child {
                is_index: entry.media_type.is(OCI_INDEX) || entry.media_type.is(DOCKER_LIST),
                ..child(digest, platform, refers)
            })
        })
        .collect()
}

/// A child of an index, of this platform as stated. What refers to another, or has a platform
/// that nothing has, is an accessory.
pub(super) fn child(digest: Digest, platform: Option<Platform>, refers: bool) -> Child {
    let accessory = refers || platform.as_ref().is_some_and(Platform::is_unknown);
    Child {
        digest,
        platform: platform.filter(|_| !accessory),
        accessory,
        is_index: false,
        size: None,
    }
}

/// The layers with a digest that can be read.
fn layers(descriptors: &List<Object<RawDescriptor>>) -> Vec<Layer> {
    let layers = descriptors.iter().filter_map(Object::get);
    layers
        .filter_map(|layer| {
            Some(Layer {
                digest: layer.digest.parse()?,
                size: size(layer),
            })
        })
        .collect()
}

/// The platform of these three, where they name one.
pub(super) fn platform(
    os: &Text,
    architecture: &Text,
    variant: &Text,
    cover: &Cover,
) -> Option<Platform> {
    let [os, architecture, variant] =
        [os, architecture, variant].map(|part| part.show(cover, PLATFORM_LEN));
    Platform::new(&os?, &architecture?, variant.as_deref())
}

/// Whether a configuration of this type is that of an image.
pub(super) fn is_image_configuration(media_type: &Text) -> bool {
    media_type.is(OCI_CONFIG) || media_type.is(DOCKER_CONFIG)
}

fn image_or_artifact(manifest: &mut Manifest, raw: &Raw, cover: &Cover) {
    let nothing = RawDescriptor::default();
    let config = raw.config.get().unwrap_or(&nothing);
    let config_type = &config.media_type;
    let mut layers = raw.layers.iter().filter_map(Object::get);
    let signature = layers.any(|layer| layer.media_type.is(COSIGN_LAYER));
    let image = &mut manifest.image;
    image.size = Some(size(config).saturating_add(sizes(&raw.layers)));
    let digest: Option<Digest> = config.digest.parse();
    manifest.blobs.config = digest.as_ref().map(ConfigKey::of);
    manifest.blobs.layers = self::layers(&raw.layers);
    let declared = raw.artifact_type.show(cover, TYPE_LEN);
    let is_image = is_image_configuration(config_type);
    if is_image && !signature && declared.is_none() {
        image.kind = Kind::Image;
        manifest.config = descriptor(config, cover);
        if manifest.config.is_some() {
            image.level = Level::Manifest;
        }
    } else if signature {
        image.artifact_type = declared.or_else(|| Some(COSIGN_LAYER.to_owned()));
    } else {
        image.artifact_type = declared.or_else(|| config.media_type.show(cover, TYPE_LEN));
    }
}

fn descriptor(raw: &RawDescriptor, cover: &Cover) -> Option<Descriptor> {
    Some(Descriptor {
        media_type: raw.media_type.show(cover, TYPE_LEN).unwrap_or_default(),
        digest: raw.digest.parse()?,
        size: size(raw),
        data: raw.data.base64(),
    })
}

fn schema1(image: &mut Image, raw: &Raw, cover: &Cover) {
    image.kind = Kind::Image;
    let newest = raw.history.iter().next().and_then(Object::get);
    let newest: RawV1 = newest
        .and_then(|layer| layer.v1_compatibility.json())
        .unwrap_or_default();
    let shown = |part: &Text| part.show(cover, PLATFORM_LEN);
    let architecture = shown(&raw.architecture).or_else(|| shown(&newest.architecture));
    let os = shown(&newest.os).unwrap_or_else(|| "linux".to_owned());
    image.platform = architecture.and_then(|name| Platform::new(&os, &name, None));
    image.created = newest.created.parse();
}

/// A size that is negative, no number or too large counts as nothing.
fn size(descriptor: &RawDescriptor) -> u64 {
    descriptor.size.get().unwrap_or(0)
}

fn sizes(descriptors: &List<Object<RawDescriptor>>) -> u64 {
    let all = descriptors.iter().filter_map(Object::get);
    all.fold(0, |sum: u64, layer| sum.saturating_add(size(layer)))
}
