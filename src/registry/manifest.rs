//! Manifests and indexes (OCI image-spec, manifest.md and image-index.md; Docker image
//! manifest v2, schema 1 and 2), read leniently over the exact bytes.

use base64::Engine as _;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::error::what_came;
use crate::http::Response;
use crate::http::header::{CONTENT_TYPE, HeaderMap};
use crate::model::{Child, Class, Digest, Kind, Platform, Timestamp, text};

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
const TYPE_LEN: usize = 160;

/// A reference to content, by digest (OCI image-spec, descriptor.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The media type of the content.
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
    /// What it is.
    pub kind: Kind,
    /// Its media type, as sent or, where that was no manifest type, as found out.
    pub media_type: String,
    /// The artifact type of what is no image.
    pub artifact_type: Option<String>,
    /// What an index lists.
    pub children: Vec<Child>,
    /// The image configuration to read for the platform; `None` for all but images, and
    /// where the platform is known already.
    pub config: Option<Descriptor>,
    /// Bytes of configuration and layers; `None` for an index and for schema 1.
    pub size: Option<u64>,
    /// The platform, where the manifest itself says it (schema 1).
    pub platform: Option<Platform>,
    /// When it was built, where the manifest itself says it (schema 1).
    pub created: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default, rename = "schemaVersion")]
    schema_version: Value,
    #[serde(default, rename = "mediaType")]
    media_type: Value,
    #[serde(default, rename = "artifactType")]
    artifact_type: Value,
    #[serde(default)]
    manifests: Value,
    #[serde(default)]
    config: Value,
    #[serde(default)]
    layers: Value,
    #[serde(default)]
    blobs: Value,
    #[serde(default)]
    signatures: Value,
    #[serde(default)]
    architecture: Value,
    #[serde(default)]
    history: Value,
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
    // A derived reader would take a list for its fields, too.
    let raw: Raw = Some(body)
        .filter(|body| body.trim_ascii_start().starts_with(b"{"))
        .and_then(|body| serde_json::from_slice(body).ok())
        .ok_or_else(|| no_manifest("it is not a JSON object"))?;
    let sent = response
        .header(CONTENT_TYPE)
        .map(|value| value.split(';').next().unwrap_or(value).trim())
        .unwrap_or_default();
    let media_type =
        media_type(sent, &raw).ok_or_else(|| no_manifest("it has the form of none"))?;
    let signed = !raw.signatures.is_null() && is_schema1(&media_type);
    let digest = verify(body, &response.headers, asked, signed)?;
    let mut manifest = Manifest {
        digest,
        kind: Kind::Artifact,
        media_type: text::quote(&media_type, TYPE_LEN),
        artifact_type: None,
        children: Vec::new(),
        config: None,
        size: None,
        platform: None,
        created: None,
    };
    match media_type.as_str() {
        OCI_INDEX | DOCKER_LIST => {
            manifest.kind = Kind::Index;
            manifest.children = children(&raw.manifests);
            manifest.artifact_type = type_text(&raw.artifact_type);
        }
        SCHEMA1 | SCHEMA1_SIGNED => schema1(&mut manifest, &raw),
        OCI_ARTIFACT => {
            manifest.artifact_type = type_text(&raw.artifact_type);
            manifest.size = Some(sizes(&raw.blobs));
        }
        _ => image_or_artifact(&mut manifest, &raw),
    }
    Ok(manifest)
}

/// The digest to know the manifest by, checked against everything that says one.
fn verify(
    body: &[u8],
    headers: &HeaderMap,
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
pub(super) fn stated_digest(headers: &HeaderMap) -> Option<Digest> {
    headers
        .get("docker-content-digest")?
        .to_str()
        .ok()?
        .trim()
        .trim_matches('"')
        .parse()
        .ok()
}

fn is_schema1(media_type: &str) -> bool {
    matches!(media_type, SCHEMA1 | SCHEMA1_SIGNED)
}

/// The media type: as sent, else as the body says, else from its structure.
fn media_type(sent: &str, raw: &Raw) -> Option<String> {
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
        OCI_INDEX | DOCKER_LIST => raw.manifests.is_array(),
        OCI_MANIFEST | DOCKER_MANIFEST => raw.config.is_object(),
        _ => true,
    };
    let own = raw.media_type.as_str().unwrap_or_default();
    if let Some(known) = [sent, own]
        .into_iter()
        .find(|candidate| KNOWN.contains(candidate) && fits(candidate))
    {
        return Some(known.to_owned());
    }
    let found = if raw.manifests.is_array() {
        OCI_INDEX
    } else if raw.config.is_object() && raw.layers.is_array() {
        OCI_MANIFEST
    } else if raw.schema_version.as_u64() == Some(1) {
        if raw.signatures.is_null() {
            SCHEMA1
        } else {
            SCHEMA1_SIGNED
        }
    } else {
        return None;
    };
    Some(found.to_owned())
}

fn children(manifests: &Value) -> Vec<Child> {
    manifests
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let digest = entry.get("digest")?.as_str()?.parse().ok()?;
            let platform = entry.get("platform").and_then(platform);
            let referrer = entry
                .get("annotations")
                .and_then(|annotations| annotations.get("vnd.docker.reference.type"))
                .is_some();
            let accessory = referrer || platform.as_ref().is_some_and(Platform::is_unknown);
            Some(Child {
                digest,
                platform: platform.filter(|_| !accessory),
                accessory,
            })
        })
        .collect()
}

/// A platform object (image-index.md, "platform").
pub(super) fn platform(value: &Value) -> Option<Platform> {
    let part = |key: &str| value.get(key).and_then(Value::as_str);
    Platform::new(part("os")?, part("architecture")?, part("variant"))
}

fn image_or_artifact(manifest: &mut Manifest, raw: &Raw) {
    let config_type = raw
        .config
        .get("mediaType")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let signature = raw.layers.as_array().is_some_and(|layers| {
        layers
            .iter()
            .any(|layer| layer.get("mediaType").and_then(Value::as_str) == Some(COSIGN_LAYER))
    });
    manifest.size = Some(size(&raw.config).saturating_add(sizes(&raw.layers)));
    let declared = type_text(&raw.artifact_type);
    if matches!(config_type, OCI_CONFIG | DOCKER_CONFIG) && !signature && declared.is_none() {
        manifest.kind = Kind::Image;
        manifest.config = descriptor(&raw.config);
    } else if signature {
        manifest.artifact_type = declared.or_else(|| Some(COSIGN_LAYER.to_owned()));
    } else {
        manifest.artifact_type = declared.or_else(|| type_text(&raw.config["mediaType"]));
    }
}

fn descriptor(value: &Value) -> Option<Descriptor> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    Some(Descriptor {
        media_type: text("mediaType").unwrap_or_default().to_owned(),
        digest: text("digest")?.parse().ok()?,
        size: size(value),
        data: text("data")
            .and_then(|data| base64::engine::general_purpose::STANDARD.decode(data).ok())
            .map(Bytes::from),
    })
}

fn schema1(manifest: &mut Manifest, raw: &Raw) {
    manifest.kind = Kind::Image;
    let newest: Option<Value> = raw
        .history
        .get(0)
        .and_then(|layer| layer.get("v1Compatibility"))
        .and_then(Value::as_str)
        .and_then(|json| serde_json::from_str(json).ok());
    let own = |key: &str| {
        newest
            .as_ref()
            .and_then(|v1| v1.get(key))
            .and_then(Value::as_str)
    };
    let architecture = raw.architecture.as_str().or_else(|| own("architecture"));
    manifest.platform = architecture
        .and_then(|architecture| Platform::new(own("os").unwrap_or("linux"), architecture, None));
    manifest.created = own("created").and_then(|created| created.parse().ok());
}

fn type_text(value: &Value) -> Option<String> {
    let text = text::quote(value.as_str()?, TYPE_LEN);
    (!text.is_empty()).then_some(text)
}

/// A size that is negative, no number or too large counts as nothing.
fn size(descriptor: &Value) -> u64 {
    descriptor.get("size").and_then(Value::as_u64).unwrap_or(0)
}

fn sizes(descriptors: &Value) -> u64 {
    descriptors
        .as_array()
        .into_iter()
        .flatten()
        .fold(0, |sum: u64, layer| sum.saturating_add(size(layer)))
}
