//! Why an image could not be inspected, and what to do then.

use std::sync::Arc;

use crate::model::{Digest, Failure, Platform, ReferenceError, text};
use crate::store::StoreError;

/// Most candidates named.
const NAMED: usize = 10;

/// Why an image could not be inspected.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InspectError {
    /// The reference is none.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// The inventory could not be read.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
    /// The reference begins with no registry of ours, and none has such a repository.
    #[error(
        "no registry here is called `{first}` or reached at it, and none has a repository `{path}`"
    )]
    NoSuchRepository {
        /// The beginning of the path, as it was written.
        first: String,
        /// The whole path.
        path: String,
        /// The registries there are.
        registries: Vec<String>,
    },
    /// The inventory has nothing whose digest begins so.
    #[error("nothing in the inventory has a digest that begins with `{0}`")]
    NoSuchDigest(String),
    /// Several things are meant.
    #[error("`{what}` may be{}", listed(.candidates))]
    Ambiguous {
        /// What was written.
        what: String,
        /// What it may be, each as it can be written.
        candidates: Vec<String>,
    },
    /// What was written, harmless, is no platform.
    #[error("`{0}` is no platform")]
    NotAPlatform(String),
    /// The image is not for this platform.
    #[error("{digest} is not for `{wanted}`{}", but_for(.there))]
    NoPlatform {
        /// The image.
        digest: Digest,
        /// The platform that was asked for.
        wanted: String,
        /// Those it is for.
        there: Vec<Platform>,
    },
    /// The manifest names no configuration.
    #[error("{0} has no configuration")]
    NoConfiguration(Digest),
    /// What is stored under the digest is no manifest.
    #[error("{0} is no manifest that can be read")]
    NoManifest(Digest),
    /// The registry could not be asked, or refused, and the cache does not have it.
    #[error("{0}")]
    Failed(Failure),
}

fn listed(candidates: &[String]) -> String {
    let mut out = String::new();
    for candidate in candidates.iter().take(NAMED) {
        out.push_str("\n  ");
        out.push_str(candidate);
    }
    if candidates.len() > NAMED {
        out.push_str(&format!("\n  and {} more", candidates.len() - NAMED));
    }
    out
}

fn but_for(platforms: &[Platform]) -> String {
    if platforms.is_empty() {
        return ", and for no other platform".to_owned();
    }
    let platforms: Vec<_> = platforms.iter().map(|one| format!("`{one}`")).collect();
    format!(", but for {}", platforms.join(", "))
}

impl InspectError {
    pub(super) fn not_a_platform(typed: &str) -> Self {
        Self::NotAPlatform(text::shorten(&text::harmless(typed), 80).into_owned())
    }

    /// What to do next, one line.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Reference(error) => error.hint(),
            Self::Store(error) => return error.hint(),
            Self::NoSuchRepository {
                registries, first, ..
            } => {
                if first.contains(['.', ':']) {
                    format!("add it: `supercargo registry add NAME https://{first}`")
                } else if registries.is_empty() {
                    "there is no registry yet: `supercargo registry add NAME URL` adds one"
                        .to_owned()
                } else {
                    format!(
                        "begin it with a registry ({}), or crawl first",
                        registries.join(", ")
                    )
                }
            }
            Self::NoSuchDigest(_) => {
                "crawl, or write where it is: `REGISTRY/REPOSITORY@DIGEST` is \
                 read whether the inventory has it or not"
                    .to_owned()
            }
            Self::Ambiguous { .. } => "write one of these".to_owned(),
            Self::NotAPlatform(_) => {
                "write `linux/arm64`, `linux/arm/v7`, or `arm64` alone".to_owned()
            }
            Self::NoPlatform { there, .. } => match there.first() {
                Some(first) => format!("write one of these: `--platform {first}`"),
                None => "leave `--platform` away".to_owned(),
            },
            Self::NoConfiguration(_) => "leave `--config` away to see its manifest".to_owned(),
            Self::NoManifest(_) => "look at it with the tool that pushed it".to_owned(),
            Self::Failed(failure) => return failure.hint.clone(),
        })
    }

    /// Whether the request itself was wrong.
    pub fn is_usage(&self) -> bool {
        !matches!(
            self,
            Self::Store(_) | Self::Failed(_) | Self::NoManifest(_) | Self::NoConfiguration(_)
        )
    }
}
