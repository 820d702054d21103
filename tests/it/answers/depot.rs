//! A real registry that is filled and changed by hand, and asked what it holds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use supercargo::model::Digest;

use crate::support::distribution::{Access, Distribution};
use crate::support::push::{push_blob, push_manifest};

pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const CHART: &str = "application/vnd.cncf.helm.config.v1+json";

/// What a registry holds: repository → tag → digest.
pub(super) type Held = BTreeMap<String, BTreeMap<String, String>>;

/// See the module.
pub(super) struct Depot {
    registry: Distribution,
    client: Client,
}

impl Depot {
    /// An empty one; `None` where there is no registry to start.
    pub(super) async fn start() -> Option<Self> {
        Some(Self {
            registry: Distribution::start(Access::Deletable).await?,
            client: crate::support::client(),
        })
    }

    pub(super) fn address(&self) -> &str {
        &self.registry.address
    }

    fn base(&self, repository: &str) -> String {
        format!("{}/v2/{repository}", self.address())
    }

    /// Pushes a blob, and returns the descriptor that names it.
    async fn blob(&self, repository: &str, media_type: &str, body: String) -> Value {
        let digest = Digest::sha256(body.as_bytes());
        let named = json!({
            "mediaType": media_type, "digest": digest.to_string(), "size": body.len()
        });
        let base = self.base(repository);
        push_blob(&self.client, &base, None, digest, Bytes::from(body))
            .await
            .unwrap();
        named
    }

    /// Pushes a manifest by its digest.
    async fn put(&self, repository: &str, media_type: &str, body: &Value) -> String {
        let body = Bytes::from(body.to_string());
        let digest = Digest::sha256(&body);
        let (base, text) = (self.base(repository), digest.to_string());
        let what = (media_type, body);
        push_manifest(&self.client, &base, None, (&text, &digest), what)
            .await
            .unwrap();
        text
    }

    /// Pushes an image without a tag. Images with the same configuration, or a layer of the
    /// same name, share its blob.
    pub(super) async fn image(
        &self,
        repository: &str,
        platform: &str,
        configuration: &str,
        layers: &[&str],
    ) -> String {
        let (os, architecture) = platform.split_once('/').unwrap();
        let config = json!({
            "os": os, "architecture": architecture, "author": configuration,
            "rootfs": {"type": "layers", "diff_ids": []}
        });
        let config = self.blob(repository, CONFIG, config.to_string()).await;
        let mut listed = Vec::new();
        for layer in layers {
            // As long as its name makes it.
            let body = layer.repeat(40 + layer.len());
            listed.push(self.blob(repository, LAYER, body).await);
        }
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": listed
        });
        self.put(repository, MANIFEST, &manifest).await
    }

    /// Pushes an index of images that are there, and an attestation of the first.
    pub(super) async fn index(&self, repository: &str, images: &[(&str, &str)]) -> String {
        let config = json!({"architecture": "unknown", "os": "unknown"});
        let config = self.blob(repository, CONFIG, config.to_string()).await;
        let statement = json!({"of": images[0].1}).to_string();
        let statement = self
            .blob(repository, "application/vnd.in-toto+json", statement)
            .await;
        let attestation = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [statement]
        });
        let size = attestation.to_string().len();
        let attestation = self.put(repository, MANIFEST, &attestation).await;
        let mut listed = Vec::new();
        for (platform, digest) in images {
            let (os, architecture) = platform.split_once('/').unwrap();
            let (_, body) = self.manifest(repository, digest).await;
            listed.push(json!({
                "mediaType": MANIFEST, "digest": digest, "size": body.len(),
                "platform": {"os": os, "architecture": architecture}
            }));
        }
        listed.push(json!({
            "mediaType": MANIFEST, "digest": attestation, "size": size,
            "platform": {"os": "unknown", "architecture": "unknown"},
            "annotations": {
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": images[0].1
            }
        }));
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed});
        self.put(repository, INDEX, &index).await
    }

    /// Pushes a chart without a tag.
    pub(super) async fn chart(&self, repository: &str, version: &str) -> String {
        let config = json!({"name": repository, "version": version}).to_string();
        let config = self.blob(repository, CHART, config).await;
        let body = format!("the chart {version}");
        let chart = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
        let layer = self.blob(repository, chart, body).await;
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]
        });
        self.put(repository, MANIFEST, &manifest).await
    }

    /// Lets a tag name a manifest that is there.
    pub(super) async fn tag(&self, repository: &str, tag: &str, digest: &str) {
        let (media_type, body) = self.manifest(repository, digest).await;
        let (base, digest) = (self.base(repository), digest.parse().unwrap());
        let what = (media_type.as_str(), body);
        push_manifest(&self.client, &base, None, (tag, &digest), what)
            .await
            .unwrap();
    }

    /// Deletes a manifest with every tag that names it.
    pub(super) async fn delete(&self, repository: &str, digest: &str) {
        let url = format!("{}/manifests/{digest}", self.base(repository));
        let answer = self.client.delete(url).send().await.unwrap();
        assert_eq!(
            answer.status(),
            StatusCode::ACCEPTED,
            "{repository}@{digest}"
        );
    }

    /// Takes a tag away and leaves its manifest, which the protocol of 2.8 cannot.
    pub(super) fn untag(&self, repository: &str, tag: &str) {
        let tags = self.registry.folder_of(repository).join("_manifests/tags");
        std::fs::remove_dir_all(tags.join(tag)).unwrap();
    }

    /// Takes a repository away, which the protocol cannot.
    pub(super) fn remove(&self, repository: &str) {
        let folder: PathBuf = self.registry.folder_of(repository);
        std::fs::remove_dir_all(folder).unwrap();
    }

    /// A manifest by tag or digest: its media type and its bytes.
    async fn manifest(&self, repository: &str, reference: &str) -> (String, Bytes) {
        let url = format!("{}/manifests/{reference}", self.base(repository));
        let request = self.client.get(&url);
        let request = request.header("accept", format!("{MANIFEST}, {INDEX}"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{url}");
        let media_type = answer.headers()["content-type"].to_str().unwrap();
        (media_type.to_owned(), answer.bytes().await.unwrap())
    }

    /// The same, read.
    pub(super) async fn document(&self, repository: &str, digest: &str) -> Value {
        let (_, body) = self.manifest(repository, digest).await;
        serde_json::from_slice(&body).unwrap()
    }

    /// What it holds now, by what it says itself.
    pub(super) async fn held(&self) -> Held {
        let list = async |path: &str, key: &str| -> Vec<String> {
            let url = format!("{}{path}", self.address());
            let answer = self.client.get(&url).send().await.unwrap();
            // It knows no tags of a repository that has lost all of them.
            if answer.status() == StatusCode::NOT_FOUND {
                return Vec::new();
            }
            assert_eq!(answer.status(), StatusCode::OK, "{url}");
            let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            let names = body[key].as_array().into_iter().flatten();
            names
                .map(|name| name.as_str().unwrap().to_owned())
                .collect()
        };
        let mut held = Held::new();
        for repository in list("/v2/_catalog?n=1000", "repositories").await {
            let mut tags = BTreeMap::new();
            for tag in list(&format!("/v2/{repository}/tags/list"), "tags").await {
                let url = format!("{}/manifests/{tag}", self.base(&repository));
                let head = self.client.request(Method::HEAD, &url);
                let head = head.header("accept", format!("{MANIFEST}, {INDEX}"));
                let answer = head.send().await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK, "{url}");
                let digest = answer.headers()["docker-content-digest"].to_str();
                tags.insert(tag, digest.unwrap().to_owned());
            }
            held.insert(repository, tags);
        }
        held
    }
}
