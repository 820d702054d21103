//! Components and assets of Nexus: what REST tells of a tag and its manifest.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{Nexus, NexusRepository, NexusVersion};
use crate::model::{Kind, Timestamp};
use crate::simulator::content::Held;
use crate::simulator::product::hex;
use crate::simulator::product::user::User;
use crate::simulator::random::mix_text;
use crate::simulator::registry::Registry;

/// A tag of an image, which is a component.
pub(super) struct Component {
    /// The repository that holds it.
    pub(super) repository: String,
    pub(super) image: String,
    pub(super) tag: String,
    /// What its image has, and which of that it is.
    all: Arc<[Held]>,
    at: usize,
}

impl Nexus {
    /// The images of a repository that the user may see, each with the member that holds it.
    fn seen(
        &self,
        registry: &Registry,
        user: &User,
        repository: &NexusRepository,
    ) -> Vec<(String, String)> {
        let mut seen = Vec::new();
        for member in self.members(registry, repository) {
            let images = member.images(registry).into_iter();
            let may = |image: &String| {
                member.has_cached(image) && user.may_read(&format!("{}/{image}", repository.name))
            };
            seen.extend(images.filter(may).map(|image| (member.name.clone(), image)));
        }
        seen
    }

    /// The components of a repository that the user may see, by image and tag.
    pub(super) fn held(
        &self,
        registry: &Registry,
        user: &User,
        repository: &NexusRepository,
    ) -> Vec<Component> {
        let mut found = Vec::new();
        for (member, image) in self.seen(registry, user, repository) {
            let all = registry.content().held(&format!("{member}/{image}"));
            let mut tags: Vec<(String, usize)> = Vec::new();
            for (at, held) in all.iter().enumerate() {
                tags.extend(held.tags.iter().map(|(tag, _)| (tag.clone(), at)));
            }
            tags.sort_unstable();
            found.extend(tags.into_iter().map(|(tag, at)| Component {
                repository: member.clone(),
                image: image.clone(),
                tag,
                all: Arc::clone(&all),
                at,
            }));
        }
        found
    }

    /// All manifests of a repository that the user may see, by digest.
    pub(super) fn manifests(
        &self,
        registry: &Registry,
        user: &User,
        repository: &NexusRepository,
    ) -> Vec<Component> {
        let mut found = Vec::new();
        for (member, image) in self.seen(registry, user, repository) {
            let all = registry.content().held(&format!("{member}/{image}"));
            found.extend(all.iter().enumerate().map(|(at, held)| Component {
                repository: member.clone(),
                image: image.clone(),
                tag: held.stored.digest.to_string(),
                all: Arc::clone(&all),
                at,
            }));
        }
        found
    }

    pub(super) fn component(
        &self,
        registry: &Registry,
        repository: &str,
        component: &Component,
    ) -> Value {
        let Component { image, tag, .. } = component;
        json!({
            "id": id(repository, &format!("component {image}:{tag}")),
            "repository": repository,
            "format": "docker",
            "group": "",
            "name": image,
            "version": tag,
            "assets": [self.asset(registry, repository, component)],
        })
    }

    pub(super) fn asset(
        &self,
        registry: &Registry,
        repository: &str,
        component: &Component,
    ) -> Value {
        let Component {
            image,
            tag,
            all,
            at,
            ..
        } = component;
        let held = &all[*at];
        let stored = &held.stored;
        // Without a leading slash on 3.70.
        let slash = match self.version {
            NexusVersion::V3_70 => "",
            NexusVersion::V3_96 => "/",
        };
        let path = format!("v2/{image}/manifests/{tag}");
        let mut asset = json!({
            "downloadUrl": format!("{}/{path}", self.url(registry, repository)),
            "path": format!("{slash}{path}"),
            "id": id(repository, &path),
            "repository": repository,
            "format": "docker",
            // The SHA-1 is made up; nobody here computes one.
            "checksum": { "sha1": made_up_sha1(&stored.body), "sha256": hex(&stored.digest) },
            "contentType": stored.media_type,
            "lastModified": time(held.facts.pushed),
            "lastDownloaded": held.facts.pulled.map(time),
            "uploader": "deployer",
            "uploaderIp": "192.0.2.7",
            // That of the manifest, not of the image.
            "fileSize": stored.body.len(),
            "blobCreated": time(held.facts.pushed),
            "blobStoreName": "default",
        });
        if self.version == NexusVersion::V3_96
            && let Some(docker) = docker(registry, component)
        {
            asset["docker"] = docker;
        }
        asset
    }
}

impl Component {
    pub(super) fn is(&self, key: &str, value: &str) -> bool {
        let digest = &self.all[self.at].stored.digest;
        let fits = |text: &str| fits(value, text);
        match key {
            "format" => value == "docker",
            "name" | "docker.imageName" => fits(&self.image),
            "version" | "docker.imageTag" => fits(&self.tag),
            "docker.contentDigest" => value == digest.to_string(),
            "sha256" => value == hex(digest),
            "q" | "keyword" => {
                let word = value.trim_matches(['"', '*']);
                format!("v2/{}/manifests/{}", self.image, self.tag).contains(word)
            }
            "group" => value.is_empty(),
            // What the index does not know is found nowhere.
            _ => false,
        }
    }
}

/// What 3.96 tells of an image; of an index, one platform only.
fn docker(registry: &Registry, component: &Component) -> Option<Value> {
    let stored = &component.all[component.at].stored;
    let image = stored.image.as_ref()?;
    let name = format!("{}/{}", component.repository, component.image);
    let child = image.children.first();
    let child = child.and_then(|child| {
        registry
            .content()
            .manifest(&name, &child.digest.to_string())
    });
    let told = match &child {
        Some(child) => child.image.as_ref()?,
        None => image,
    };
    let mut docker = Map::new();
    docker.insert("content_digest".into(), stored.digest.to_string().into());
    if told.kind == Kind::Image {
        if let Some(created) = told.created {
            docker.insert("created".into(), created.to_string().into());
        }
        if let Some(platform) = &told.platform {
            docker.insert("os".into(), platform.os().into());
            docker.insert("architecture".into(), platform.architecture().into());
        }
        if let Some(size) = told.size {
            let megabytes = size as f64 / f64::from(1 << 20);
            docker.insert("totalSize".into(), format!("{megabytes:.2} MB").into());
        }
    }
    Some(docker.into())
}

fn id(repository: &str, text: &str) -> String {
    let number = mix_text(0, &format!("{repository} {text}"));
    URL_SAFE_NO_PAD.encode(format!("{repository}:{number:016x}"))
}

fn made_up_sha1(body: &[u8]) -> String {
    let hash = Sha256::digest(body);
    let mut text = String::with_capacity(40);
    for byte in hash.iter().rev().take(20) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000+00:00").to_string()
}

/// Whether a text is what a pattern with `*` at either end says.
fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (None, None) => text == pattern,
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (Some(_), Some(_)) => text.contains(pattern.trim_matches('*')),
    }
}
