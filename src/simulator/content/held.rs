//! What a product knows of what is held, besides the bytes: tags that can not be moved,
//! indexes above, times, pulls, scans.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::{Content, Key, Repository, Stored};
use crate::model::Digest;
use crate::simulator::facts::Facts;
use crate::simulator::random::mix_text;

/// A manifest with all that a product knows of it.
#[derive(Debug)]
pub(in crate::simulator) struct Held {
    pub(in crate::simulator) stored: Arc<Stored>,
    /// The tags that name it, sorted, and whether each can not be moved.
    pub(in crate::simulator) tags: Vec<(String, bool)>,
    pub(in crate::simulator) facts: Facts,
    /// How many manifests came into this repository before it.
    pub(in crate::simulator) number: usize,
    /// The indexes of this repository that list it.
    pub(in crate::simulator) parents: Vec<Digest>,
    document: OnceLock<Value>,
}

impl Held {
    /// The manifest as JSON; null where it is none.
    pub(in crate::simulator) fn document(&self) -> &Value {
        let read = || serde_json::from_slice(&self.stored.body).unwrap_or_default();
        self.document.get_or_init(read)
    }

    /// Bytes of the manifest, the configuration and the layers, as Harbor and GitLab count
    /// them. What an index lists is not among them.
    pub(in crate::simulator) fn counted_size(&self) -> u64 {
        let document = self.document();
        let of = |descriptor: &Value| descriptor["size"].as_u64().unwrap_or(0);
        let layers = document["layers"].as_array().into_iter().flatten();
        self.stored.body.len() as u64 + of(&document["config"]) + layers.map(of).sum::<u64>()
    }
}

impl Content {
    /// Says when an image was pushed and pulled, and what a scanner found in it.
    pub fn set_facts(&self, repository: &str, digest: &Digest, facts: Facts) {
        self.change(repository, |kept| kept.facts.insert(digest.clone(), facts));
    }

    /// What a product knows of an image besides its bytes.
    pub fn facts(&self, repository: &str, digest: &Digest) -> Facts {
        let shelves = self.read();
        let kept = shelves.get(&Key::of(repository));
        let set = kept.and_then(|kept| kept.facts.get(digest).cloned());
        set.unwrap_or_else(|| made_up_facts(repository, digest))
    }

    /// Counts a pull of an image.
    pub(in crate::simulator) fn count_pull(&self, repository: &str, digest: &Digest) {
        let mut facts = self.facts(repository, digest);
        facts.pulls += 1;
        self.set_facts(repository, digest, facts);
    }

    /// Says whether a tag can not be moved. One in sixteen can not where nobody said.
    pub fn set_immutable(&self, repository: &str, tag: &str, immutable: bool) {
        self.change(repository, |kept| {
            kept.immutable.insert(tag.to_owned(), immutable)
        });
    }

    /// Whether a tag can not be moved.
    pub(in crate::simulator) fn is_immutable(&self, repository: &str, tag: &str) -> bool {
        let shelves = self.read();
        let kept = shelves.get(&Key::of(repository));
        let said = kept.and_then(|kept| kept.immutable.get(tag).copied());
        said.unwrap_or_else(|| made_up_immutable(repository, tag))
    }

    /// All manifests of a repository as they came, with what a product knows of them;
    /// nothing where there is no such repository.
    pub(in crate::simulator) fn held(&self, repository: &str) -> Arc<[Held]> {
        let shelves = self.read();
        let Some(kept) = shelves.get(&Key::of(repository)) else {
            return Arc::default();
        };
        // A list in pages asks for it again and again.
        Arc::clone(kept.held.get_or_init(|| hold(repository, kept)))
    }
}

fn hold(repository: &str, kept: &Repository) -> Arc<[Held]> {
    let mut tags: HashMap<&Digest, Vec<(String, bool)>> = HashMap::new();
    for (tag, digest) in &kept.tags {
        let made_up = || made_up_immutable(repository, tag);
        let immutable = kept.immutable.get(tag).copied().unwrap_or_else(made_up);
        let named = tags.entry(digest).or_default();
        named.push((tag.clone(), immutable));
    }
    let manifests = || {
        kept.order
            .iter()
            .filter_map(|digest| kept.manifests.get(digest))
    };
    let mut parents: HashMap<&Digest, Vec<Digest>> = HashMap::new();
    for stored in manifests() {
        for child in stored.image.iter().flat_map(|image| &image.children) {
            let above = parents.entry(&child.digest).or_default();
            above.push(stored.digest.clone());
        }
    }
    let held = |(number, stored): (usize, &Arc<Stored>)| {
        let digest = &stored.digest;
        let facts = kept.facts.get(digest).cloned();
        Held {
            stored: Arc::clone(stored),
            tags: tags.remove(digest).unwrap_or_default(),
            facts: facts.unwrap_or_else(|| made_up_facts(repository, digest)),
            number,
            parents: parents.remove(digest).unwrap_or_default(),
            document: OnceLock::new(),
        }
    };
    manifests().enumerate().map(held).collect()
}

fn made_up_immutable(repository: &str, tag: &str) -> bool {
    mix_text(0, &format!("{repository}:{tag}")).is_multiple_of(16)
}

fn made_up_facts(repository: &str, digest: &Digest) -> Facts {
    Facts::of(mix_text(0, &format!("{repository}@{digest}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::manifest::{ImageSpec, IndexSpec};

    #[test]
    fn a_product_knows_tags_parents_and_facts_of_what_is_held() {
        let content = Content::empty();
        let spec = IndexSpec {
            images: vec![ImageSpec::new("linux/amd64", 1)],
            attestations: false,
            docker: false,
        };
        let index = content.put_index("a/b", &spec);
        let child = Digest::sha256(&content.shelves()[0].manifests[0].2);
        content.tag("a/b", "2", &index);
        content.tag("a/b", "1", &index);
        content.set_immutable("a/b", "1", true);
        content.set_immutable("a/b", "2", false);
        content.count_pull("a/b", &child);
        let held = content.held("a/b");
        assert_eq!(held.len(), 2);
        assert_eq!(held[0].stored.digest, child);
        assert_eq!(held[0].parents, std::slice::from_ref(&index));
        let before = made_up_facts("a/b", &child).pulls;
        assert_eq!(held[0].facts.pulls, before + 1);
        let tags = [("1".to_owned(), true), ("2".to_owned(), false)];
        assert_eq!((held[1].number, &held[1].tags[..]), (1, &tags[..]));
        assert_eq!(held[1].facts, content.facts("a/b", &index));
        assert!(content.has("a/b") && !content.has("a") && content.held("a").is_empty());
    }
}
