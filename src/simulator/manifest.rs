//! The documents a registry keeps: image configurations, manifests, indexes, artifacts
//! (OCI image-spec 1.1; Docker Image Manifest V2, Schema 2), with digests that are true.
//!
//! Knows the formats; does not know where they are kept or how they are asked for.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;

use super::document::{
    COSIGN_LAYER, Configuration, DOCKER_CONFIG, DOCKER_LAYER, DOCKER_LIST, DOCKER_MANIFEST,
    Descriptor, HELM_CHART, HELM_CONFIG, History, IN_TOTO, Index, Manifest, OCI_CONFIG, OCI_EMPTY,
    OCI_INDEX, OCI_LAYER, OCI_MANIFEST, PlatformDocument, RootFs, Run, SPDX, to_json,
};

use crate::model::{Child, Digest, Image, Kind, Layer, Level, Timestamp};

/// An image for one platform, as it is wished for.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageSpec {
    /// Its platform, `os/architecture[/variant]`, as its configuration says it.
    pub platform: String,
    /// When it was built.
    pub created: Option<Timestamp>,
    /// Labels of its configuration.
    pub labels: Vec<(String, String)>,
    /// Bytes each layer claims. The layers themselves are stand-ins of a few bytes, so
    /// that sizes are those of real images and memory is not.
    pub layers: Vec<u64>,
    /// Docker's media types instead of OCI's.
    pub docker: bool,
    /// Makes otherwise equal images differ.
    pub seed: u64,
}

impl ImageSpec {
    /// An OCI image for `platform` with one layer of 4 MiB.
    pub fn new(platform: &str, seed: u64) -> Self {
        Self {
            platform: platform.to_owned(),
            created: None,
            labels: Vec::new(),
            layers: vec![4 << 20],
            docker: false,
            seed,
        }
    }
}

/// Images for several platforms under one digest, as they are wished for.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexSpec {
    /// An image for each platform.
    pub images: Vec<ImageSpec>,
    /// Whether each image is followed by an attestation, as `BuildKit` makes them.
    /// Docker's lists have none.
    pub attestations: bool,
    /// A Docker manifest list instead of an OCI index.
    pub docker: bool,
}

/// Something that is no image.
#[derive(Clone, Debug, PartialEq)]
pub enum ArtifactSpec {
    /// A Helm chart.
    Chart {
        /// The chart's name.
        name: String,
        /// The chart's version.
        version: String,
    },
    /// A signature as cosign keeps it.
    Signature {
        /// The digest that is signed.
        of: Digest,
    },
    /// A bill of materials with its subject.
    Sbom {
        /// The digest it describes.
        of: Digest,
    },
}

/// A document with the blobs it needs and what a reader should find in it.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) body: Bytes,
    pub(super) blobs: Vec<(Digest, Bytes)>,
    pub(super) digest: Digest,
    pub(super) image: Image,
    pub(super) layers: Vec<Layer>,
}

/// A manifest with the media type a server sends for it.
pub(super) fn image(spec: &ImageSpec) -> Made {
    let (manifest_type, config_type, layer_type) = if spec.docker {
        (DOCKER_MANIFEST, DOCKER_CONFIG, DOCKER_LAYER)
    } else {
        (OCI_MANIFEST, OCI_CONFIG, OCI_LAYER)
    };
    let mut blobs = Vec::with_capacity(spec.layers.len() + 1);
    let mut layers = Vec::with_capacity(spec.layers.len());
    for (position, size) in spec.layers.iter().enumerate() {
        // Lower layers are shared by all images that have one of that size, as base
        // images are; the size is part of the bytes so that a digest has one size.
        let is_last = position + 1 == spec.layers.len();
        let origin = if is_last { spec.seed } else { 0 };
        let body = Bytes::from(format!(
            "stand-in for {size} bytes of layer {position} of {origin:016x}\n"
        ));
        let blob = kept(&mut blobs, body);
        layers.push(Descriptor::new(layer_type, &blob, *size));
    }
    let stated = PlatformDocument::of(&spec.platform);
    let config = to_json(&Configuration {
        created: spec.created.map(|at| at.to_string()),
        architecture: &stated.architecture,
        variant: stated.variant.as_deref(),
        os: &stated.os,
        config: Run {
            env: ["PATH=/usr/local/bin:/usr/bin:/bin"],
            labels: spec
                .labels
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect(),
        },
        rootfs: RootFs {
            kind: "layers",
            diff_ids: layers.iter().map(|layer| layer.digest.clone()).collect(),
        },
        history: vec![History {
            created_by: format!("build {:016x}", spec.seed),
        }],
    });
    let listed = layers.iter().zip(&spec.layers);
    let kept_layers = listed.filter_map(|(layer, size)| {
        Some(Layer {
            digest: layer.digest.parse().ok()?,
            size: *size,
        })
    });
    let kept_layers = kept_layers.collect();
    let size = config.len() as u64 + spec.layers.iter().sum::<u64>();
    let config_len = config.len() as u64;
    let config = kept(&mut blobs, config);
    let body = to_json(&Manifest {
        schema_version: 2,
        media_type: Some(manifest_type),
        artifact_type: None,
        config: Descriptor::new(config_type, &config, config_len),
        layers,
        subject: None,
        annotations: BTreeMap::new(),
    });
    let mut image = Image::new(Kind::Image, manifest_type.into());
    image.platform = spec.platform.parse().ok();
    image.size = Some(size);
    image.created = spec.created;
    image.level = Level::Whole;
    Made {
        digest: Digest::sha256(&body),
        image,
        layers: kept_layers,
        body,
        blobs,
    }
}

/// The index, after the manifests that it lists.
pub(super) fn index(spec: &IndexSpec) -> (Vec<Made>, Made) {
    let media_type = if spec.docker { DOCKER_LIST } else { OCI_INDEX };
    let mut made: Vec<Made> = Vec::new();
    let mut manifests = Vec::new();
    let mut children = Vec::new();
    for wished in &spec.images {
        let child = image(&ImageSpec {
            docker: spec.docker,
            ..wished.clone()
        });
        let media_type = if spec.docker {
            DOCKER_MANIFEST
        } else {
            OCI_MANIFEST
        };
        let mut entry = listed(media_type, &child);
        entry.platform = Some(PlatformDocument::of(&wished.platform));
        manifests.push(entry);
        children.push(Child {
            digest: child.digest.clone(),
            platform: wished.platform.parse().ok(),
            accessory: false,
            is_index: false,
            size: child.image.size,
        });
        made.push(child);
    }
    if spec.attestations && !spec.docker {
        for position in 0..spec.images.len() {
            let subject = made[position].digest.to_string();
            let attestation = attestation(&subject);
            let mut entry = listed(OCI_MANIFEST, &attestation);
            entry.annotations = BTreeMap::from([
                ("vnd.docker.reference.digest", subject),
                ("vnd.docker.reference.type", "attestation-manifest".into()),
            ]);
            entry.platform = Some(PlatformDocument {
                architecture: "unknown".into(),
                os: "unknown".into(),
                variant: None,
            });
            manifests.push(entry);
            children.push(Child {
                digest: attestation.digest.clone(),
                platform: None,
                accessory: true,
                is_index: false,
                size: None,
            });
            made.push(attestation);
        }
    }
    let body = to_json(&Index {
        schema_version: 2,
        media_type,
        manifests,
    });
    let mut image = Image::new(Kind::Index, media_type.into());
    image.size = Some(whole_size(&made[..spec.images.len()]));
    image.created = spec.images.first().and_then(|first| first.created);
    image.children = children;
    image.level = Level::Whole;
    let index = Made {
        digest: Digest::sha256(&body),
        image,
        layers: Vec::new(),
        body,
        blobs: Vec::new(),
    };
    (made, index)
}

/// Bytes of the configurations and layers of these images, each image and layer once.
fn whole_size(images: &[Made]) -> u64 {
    let mut seen = HashSet::new();
    let mut size = 0;
    for image in images {
        if !seen.insert(&image.digest) {
            continue;
        }
        let layers: u64 = image.layers.iter().map(|layer| layer.size).sum();
        size += image.image.size.unwrap_or(0).saturating_sub(layers);
        for layer in &image.layers {
            if seen.insert(&layer.digest) {
                size += layer.size;
            }
        }
    }
    size
}

fn attestation(subject: &str) -> Made {
    let config = to_json(&Configuration {
        created: None,
        architecture: "unknown",
        variant: None,
        os: "unknown",
        config: Run {
            env: ["PATH=/"],
            labels: BTreeMap::new(),
        },
        rootfs: RootFs {
            kind: "layers",
            diff_ids: Vec::new(),
        },
        history: Vec::new(),
    });
    let statement = Bytes::from(format!("{{\"subject\":[{{\"digest\":\"{subject}\"}}]}}"));
    artifact_of(Parts {
        named: Some(OCI_MANIFEST),
        artifact_type: None,
        shown_type: IN_TOTO,
        config: (OCI_CONFIG, config, None),
        layer: (IN_TOTO, statement),
        subject: None,
        annotations: BTreeMap::new(),
    })
}

/// A chart, a signature, a bill of materials.
pub(super) fn artifact(spec: &ArtifactSpec) -> Made {
    match spec {
        ArtifactSpec::Chart { name, version } => {
            let about = BTreeMap::from([
                ("apiVersion", "v2"),
                ("name", name),
                ("type", "application"),
                ("version", version),
            ]);
            artifact_of(Parts {
                named: None,
                artifact_type: None,
                shown_type: HELM_CONFIG,
                config: (HELM_CONFIG, to_json(&about), None),
                layer: (
                    HELM_CHART,
                    Bytes::from(format!("stand-in for chart {name} {version}\n")),
                ),
                subject: None,
                annotations: BTreeMap::from([
                    ("org.opencontainers.image.title", name.clone()),
                    ("org.opencontainers.image.version", version.clone()),
                ]),
            })
        }
        ArtifactSpec::Signature { of } => {
            let config = Bytes::from(format!(
                "{{\"architecture\":\"\",\"os\":\"\",\"config\":{{}},\
                 \"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[\"{of}\"]}}}}"
            ));
            let claim = Bytes::from(format!(
                "{{\"critical\":{{\"image\":{{\"docker-manifest-digest\":\"{of}\"}},\
                 \"type\":\"cosign container image signature\"}},\"optional\":null}}"
            ));
            artifact_of(Parts {
                named: Some(OCI_MANIFEST),
                artifact_type: None,
                shown_type: COSIGN_LAYER,
                config: (OCI_CONFIG, config, None),
                layer: (COSIGN_LAYER, claim),
                subject: None,
                annotations: BTreeMap::new(),
            })
        }
        ArtifactSpec::Sbom { of } => artifact_of(Parts {
            named: Some(OCI_MANIFEST),
            artifact_type: Some(SPDX),
            shown_type: SPDX,
            config: (OCI_EMPTY, Bytes::from_static(b"{}"), Some("e30=")),
            layer: (
                SPDX,
                Bytes::from(format!(
                    "{{\"spdxVersion\":\"SPDX-2.3\",\"name\":\"{of}\"}}"
                )),
            ),
            subject: Some(Descriptor::new(OCI_MANIFEST, of, 1024)),
            annotations: BTreeMap::new(),
        }),
    }
}

/// What the manifest of an artifact is put together from.
struct Parts {
    named: Option<&'static str>,
    artifact_type: Option<&'static str>,
    shown_type: &'static str,
    config: (&'static str, Bytes, Option<&'static str>),
    layer: (&'static str, Bytes),
    subject: Option<Descriptor>,
    annotations: BTreeMap<&'static str, String>,
}

fn artifact_of(parts: Parts) -> Made {
    let mut blobs = Vec::with_capacity(2);
    let (config_type, config, data) = parts.config;
    let (layer_type, layer) = parts.layer;
    let (config_len, layer_len) = (config.len() as u64, layer.len() as u64);
    let config = kept(&mut blobs, config);
    let layer = kept(&mut blobs, layer);
    let mut config = Descriptor::new(config_type, &config, config_len);
    config.data = data;
    let subject = parts.subject.as_ref();
    let subject = subject.and_then(|of| of.digest.parse().ok());
    let body = to_json(&Manifest {
        schema_version: 2,
        media_type: parts.named,
        artifact_type: parts.artifact_type,
        config,
        layers: vec![Descriptor::new(layer_type, &layer, layer_len)],
        subject: parts.subject,
        annotations: parts.annotations,
    });
    let mut image = Image::new(Kind::Artifact, OCI_MANIFEST.into());
    image.artifact_type = Some(parts.shown_type.to_owned());
    image.subject = subject;
    image.size = Some(config_len + layer_len);
    image.level = Level::Whole;
    Made {
        digest: Digest::sha256(&body),
        image,
        layers: Vec::new(),
        body,
        blobs,
    }
}

/// The entry of an index for a manifest.
fn listed(media_type: &'static str, made: &Made) -> Descriptor {
    Descriptor::new(media_type, &made.digest, made.body.len() as u64)
}

fn kept(blobs: &mut Vec<(Digest, Bytes)>, body: Bytes) -> Digest {
    let digest = Digest::sha256(&body);
    blobs.push((digest.clone(), body));
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(made: &Made) -> serde_json::Value {
        serde_json::from_slice(&made.body).unwrap()
    }

    fn spec(platform: &str) -> ImageSpec {
        ImageSpec::new(platform, 3)
    }

    #[test]
    fn an_image_says_in_its_configuration_what_it_runs_on() {
        let made = image(&ImageSpec {
            created: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            labels: vec![("a".into(), "b".into())],
            layers: vec![1000, 200],
            ..spec("linux/arm64/v8")
        });
        let manifest = parsed(&made);
        let config_digest: Digest = manifest["config"]["digest"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let (_, config) = made
            .blobs
            .iter()
            .find(|(digest, _)| *digest == config_digest)
            .unwrap();
        assert_eq!(config_digest.matches(config), Some(true));
        let said: serde_json::Value = serde_json::from_slice(config).unwrap();
        assert_eq!(said["architecture"], "arm64");
        assert_eq!(said["variant"], "v8");
        assert_eq!(said["created"], "2026-01-02T03:04:05Z");
        assert_eq!(said["config"]["Labels"]["a"], "b");
        assert_eq!(made.image.size, Some(1200 + config.len() as u64));
        assert_eq!(made.blobs.len(), 3);
    }

    #[test]
    fn an_index_lists_its_platforms_and_then_their_attestations() {
        let (children, index) = index(&IndexSpec {
            images: vec![spec("linux/amd64"), spec("linux/arm64/v8")],
            attestations: true,
            docker: false,
        });
        assert_eq!(children.len(), 4);
        let document = parsed(&index);
        let entries = document["manifests"].as_array().unwrap();
        for (entry, child) in entries.iter().zip(&children) {
            assert_eq!(
                entry["digest"],
                Digest::sha256(&child.body).to_string().as_str()
            );
            assert_eq!(entry["size"], child.body.len());
        }
        assert_eq!(entries[1]["platform"]["variant"], "v8");
        assert_eq!(entries[3]["platform"]["os"], "unknown");
        assert_eq!(
            entries[3]["annotations"]["vnd.docker.reference.digest"],
            entries[1]["digest"]
        );
        assert_eq!(index.image.platforms().len(), 2);
        assert!(index.image.children[3].accessory);
    }

    #[test]
    fn artifacts_name_their_type_where_their_makers_do() {
        let of = Digest::sha256(b"x");
        let chart = artifact(&ArtifactSpec::Chart {
            name: "web".into(),
            version: "1.2.3".into(),
        });
        assert_eq!(parsed(&chart)["config"]["mediaType"], HELM_CONFIG);
        assert_eq!(chart.image.artifact_type.as_deref(), Some(HELM_CONFIG));
        let signature = artifact(&ArtifactSpec::Signature { of: of.clone() });
        assert_eq!(parsed(&signature)["layers"][0]["mediaType"], COSIGN_LAYER);
        let sbom = artifact(&ArtifactSpec::Sbom { of });
        assert_eq!(parsed(&sbom)["artifactType"], SPDX);
        assert_eq!(
            parsed(&sbom)["config"]["digest"],
            Digest::sha256(b"{}").to_string().as_str()
        );
        assert_eq!(sbom.image.kind, Kind::Artifact);
    }
}
