//! Images by a label that says what they are, so that data can name them: the same label is
//! the same digest wherever it stands.
//!
//! `image 1`, `image 1 linux/arm64`, `docker 1`, `index 1 linux/amd64 linux/arm64`,
//! `attested 1 linux/amd64` (an index with attestations), `list 1 linux/amd64` (Docker's),
//! `chart 1`, `signature of LABEL`, `sbom of LABEL`, `manifest NAME` and `blob NAME` (bytes
//! that the scene writes out), `missing LABEL` (its digest and nothing else),
//! `LABEL#config` and `LABEL#0` (the configuration and the first child of it).

use std::collections::BTreeMap;

use serde::Deserialize;
use supercargo::model::Digest;
use supercargo::simulator::{ArtifactSpec, Content, ImageSpec, IndexSpec};

/// A manifest that a scene writes out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    #[serde(rename = "type")]
    media_type: String,
    /// `@(LABEL)` stands for a digest.
    body: String,
}

/// What labels name that are not made up by themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    pub(crate) manifests: BTreeMap<String, Written>,
    pub(crate) blobs: BTreeMap<String, String>,
}

impl Labels {
    /// Keeps what `label` names in a repository, with all that it needs.
    pub(crate) fn put(&self, content: &Content, repository: &str, label: &str) -> Digest {
        let (kind, rest) = label.split_once(' ').unwrap_or((label, ""));
        let index = |docker, attestations| {
            let mut words = rest.split(' ');
            let seed = number(words.next().unwrap());
            let images: Vec<_> = words.map(|p| ImageSpec::new(p, seed)).collect();
            assert!(!images.is_empty(), "`{label}` names no platform");
            let spec = IndexSpec {
                images,
                attestations,
                docker,
            };
            content.put_index(repository, &spec)
        };
        let of = || {
            let label = rest.strip_prefix("of ").expect("`of LABEL`");
            self.digest(label)
        };
        match kind {
            "image" | "docker" => {
                let (seed, platform) = rest.split_once(' ').unwrap_or((rest, "linux/amd64"));
                let mut spec = ImageSpec::new(platform, number(seed));
                spec.docker = kind == "docker";
                content.put_image(repository, &spec)
            }
            "index" => index(false, false),
            "attested" => index(false, true),
            "list" => index(true, false),
            "chart" => {
                let spec = ArtifactSpec::Chart {
                    name: "chart".to_owned(),
                    version: number(rest).to_string(),
                };
                content.put_artifact(repository, &spec)
            }
            "signature" => content.put_artifact(repository, &ArtifactSpec::Signature { of: of() }),
            "sbom" => content.put_artifact(repository, &ArtifactSpec::Sbom { of: of() }),
            "manifest" => {
                let written = self.manifests.get(rest);
                let written = written.unwrap_or_else(|| panic!("no manifest `{rest}`"));
                let body = filled(&written.body, &mut |label| {
                    if label.starts_with("missing ") || label.contains('#') {
                        self.digest(label)
                    } else {
                        self.put(content, repository, label)
                    }
                });
                content.put_manifest(repository, &written.media_type, body.into())
            }
            "blob" => {
                let body = self.blobs.get(rest);
                let body = body.unwrap_or_else(|| panic!("no blob `{rest}`"));
                content.put_blob(repository, body.clone().into())
            }
            _ => panic!("`{label}` is no label"),
        }
    }

    /// The digest of what `label` names, or that it is.
    pub(crate) fn digest(&self, label: &str) -> Digest {
        if let Ok(digest) = label.parse() {
            return digest;
        }
        let label = label.strip_prefix("missing ").unwrap_or(label);
        let scratch = Content::empty();
        let Some((label, part)) = label.split_once('#') else {
            return self.put(&scratch, "scratch", label);
        };
        let whole = self.put(&scratch, "scratch", label);
        let shelf = scratch.shelves().remove(0);
        let mut manifests = shelf.manifests.iter();
        let (_, _, body) = manifests.find(|(digest, ..)| *digest == whole).unwrap();
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        let descriptor = match part {
            "config" => &body["config"],
            child => &body["manifests"][child.parse::<usize>().unwrap()],
        };
        descriptor["digest"].as_str().unwrap().parse().unwrap()
    }

    /// `text` with the digest of each `@(LABEL)` in its place.
    pub(crate) fn fill(&self, text: &str) -> String {
        filled(text, &mut |label| self.digest(label))
    }
}

/// `text` with what `digest` makes of each `@(LABEL)` in its place.
fn filled(text: &str, digest: &mut dyn FnMut(&str) -> Digest) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("@(") {
        let (label, behind) = after.split_once(')').expect("`@(LABEL)`");
        filled.push_str(before);
        filled.push_str(&digest(label).to_string());
        rest = behind;
    }
    filled + rest
}

fn number(text: &str) -> u64 {
    let number = text.parse();
    number.unwrap_or_else(|_| panic!("`{text}` is no number"))
}
