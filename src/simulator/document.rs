//! The forms of the documents, field by field (OCI image-spec 1.1, manifest.md,
//! image-index.md, config.md; Docker Image Manifest V2, Schema 2).
//!
//! Knows what they look like; what goes into them is decided in [`super::manifest`].

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use crate::model::Digest;

pub(super) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(super) const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub(super) const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub(super) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(super) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(super) const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
pub(super) const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
pub(super) const HELM_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
pub(super) const HELM_CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
pub(super) const COSIGN_LAYER: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
pub(super) const IN_TOTO: &str = "application/vnd.in-toto+json";
pub(super) const SPDX: &str = "application/spdx+json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest<'a> {
    pub(super) schema_version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) media_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) artifact_type: Option<&'a str>,
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) annotations: BTreeMap<&'a str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index<'a> {
    pub(super) schema_version: u8,
    pub(super) media_type: &'a str,
    pub(super) manifests: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) media_type: &'static str,
    pub(super) digest: String,
    pub(super) size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) annotations: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) platform: Option<PlatformDocument>,
}

#[derive(Serialize)]
pub(super) struct PlatformDocument {
    pub(super) architecture: String,
    pub(super) os: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) variant: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Configuration<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<String>,
    pub(super) architecture: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) variant: Option<&'a str>,
    pub(super) os: &'a str,
    pub(super) config: Run<'a>,
    pub(super) rootfs: RootFs,
    pub(super) history: Vec<History>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Run<'a> {
    pub(super) env: [&'static str; 1],
    pub(super) labels: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
pub(super) struct RootFs {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) diff_ids: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct History {
    pub(super) created_by: String,
}

impl Descriptor {
    pub(super) fn new(media_type: &'static str, digest: &Digest, size: u64) -> Self {
        Self {
            media_type,
            digest: digest.to_string(),
            size,
            data: None,
            annotations: BTreeMap::new(),
            platform: None,
        }
    }
}

impl PlatformDocument {
    pub(super) fn of(text: &str) -> Self {
        let mut parts = text.splitn(3, '/').map(str::to_owned);
        Self {
            os: parts.next().unwrap_or_default(),
            architecture: parts.next().unwrap_or_default(),
            variant: parts.next(),
        }
    }
}

/// A document as the bytes that its digest covers.
pub(super) fn to_json(document: &impl Serialize) -> Bytes {
    // Plain structures with text keys always serialise.
    serde_json::to_vec(document).unwrap_or_default().into()
}
