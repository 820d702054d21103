//! Azure Container Registry.
//!
//! Its API is at the registry's own origin and takes the registry's own tokens, for rights
//! of its own: the catalogue, and the metadata of each repository. A list of manifests tells
//! digest, size, platform, times and locks, also of what no tag names. It names a few tags of
//! each, and is in the order of digests, so that a tag that moves while it is read comes twice
//! or not at all: all tags are told by a list of their own alone, which is read after it. What
//! an index lists and what an artifact is, is for their manifests to say.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::{KnownApi, LINKED, Marks, Site, realm_ends};
use crate::http::{Cover, Response, Url, same_origin};
use crate::model::{
    Digest, Image, ImageFacts, Kind, MediaType, Product, RepositoryName, Stage, Tag,
};
use crate::registry::api::Signing;
use crate::registry::lenient::{Flag, List, Number, Object, Presence, Text};
use crate::registry::list::{self, Answer, Ask, Listed, Lister, Reader, Realm, Refusal};
use crate::registry::manifest;
use crate::registry::origin::Named;
use crate::registry::token::Scope;

pub(super) const MARKS: Marks = Marks {
    host: |host| host.contains(".azurecr."),
    challenge: |challenge| {
        realm_ends(challenge, "/oauth2/token") && challenge.service.contains(".azurecr.")
    },
    catalogue: LINKED,
    tags: LINKED,
    hides_catalogue: true,
    wants_metadata: true,
    api: Some(KnownApi {
        place: |_| Ok(Named::Own),
        // Its requests carry the registry's own tokens, each for what it asks.
        signing: |_| Ok(Signing::AsRegistry),
        lister: |site, origin| {
            if same_origin(origin, site.base) {
                Ok(Arc::new(Acr::new(site)))
            } else {
                Err("its API is at the registry's own address: leave `api` unset".to_owned())
            }
        },
    }),
    ..Marks::new("Azure Container Registry", Some(Product::Acr))
};

/// Entries of one page at most; more is cut to this without a word.
const MAX_PAGE: u16 = 1000;

/// Bytes up to which a size may be that of a manifest alone: one of 127 layers, which is as
/// many as Docker makes, has less.
const LARGEST_MANIFEST: u64 = 32 * 1024;

/// The API of one registry.
struct Acr {
    base: Url,
    size: u16,
}

impl Acr {
    fn new(site: &Site<'_>) -> Self {
        Self {
            base: site.base.clone(),
            size: site.page_size.clamp(1, MAX_PAGE),
        }
    }

    fn ask(&self, path: &str, scope: Scope, stage: Stage, reader: Arc<dyn Reader>) -> Ask {
        let mut url = self.base.clone();
        url.set_path(&format!("{}acr/v1/{path}", self.base.path()));
        url.query_pairs_mut()
            .append_pair("n", &self.size.to_string());
        Ask::get(Realm::V2(scope), url, stage, reader)
    }
}

impl Lister for Acr {
    fn name(&self) -> &'static str {
        "acr-api"
    }

    fn instead_of_catalogue(&self) -> Option<&'static str> {
        Some(
            "a token with a scope map lists no repositories, and where rights are given by \
             repository that takes `Container Registry Repository Catalog Lister`: ask for it, \
             use a service principal with `AcrPull`, or name the repositories to load",
        )
    }

    fn repositories(&self) -> Vec<Ask> {
        let reader = Arc::new(Catalogue(self.size));
        vec![self.ask("_catalog", Scope::Catalogue, Stage::Catalogue, reader)]
    }

    fn contents(&self, repository: &RepositoryName) -> Option<Ask> {
        let named = NamedTags::default();
        let ask = |list: &str, reader: Arc<dyn Reader>| {
            let scope = Scope::Pull(repository.clone());
            self.ask(&format!("{repository}/{list}"), scope, Stage::Tags, reader)
        };
        let tags = Tags {
            repository: repository.clone(),
            size: self.size,
            named: named.clone(),
        };
        let manifests = Manifests {
            repository: repository.clone(),
            size: self.size,
            named,
            tags: ask("_tags", Arc::new(tags)),
        };
        Some(ask("_manifests", Arc::new(manifests)))
    }

    fn lists_untagged(&self) -> bool {
        true
    }

    fn lists_children(&self) -> bool {
        true
    }
}

/// The page behind one of `count` rows that ends with `last`: by its link; a full page
/// without one is looked behind all the same.
fn next(ask: &Ask, response: &Response, size: u16, count: usize, last: &Text) -> Option<Ask> {
    if let Some(next) = list::linked(ask, response) {
        return Some(next);
    }
    let last = last.uncovered().filter(|_| count >= usize::from(size))?;
    let mut next = ask.clone();
    next.request.url = list::with_parameter(&ask.request.url, "last", last);
    Some(next)
}

/// Reads names of repositories.
struct Catalogue(u16);

impl Reader for Catalogue {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page = list::catalogue(response)?;
        let next = (page.count > 0).then(|| next(ask, response, self.0, page.count, &page.last));
        Ok(Answer {
            repositories: page.repositories,
            dropped: page.dropped,
            next: next.flatten().into_iter().collect(),
            ..Answer::default()
        })
    }
}

/// The tags that the manifests of a repository name, each with its digest, and that the list
/// of tags has not told yet.
#[derive(Clone, Default)]
struct NamedTags(Arc<Mutex<BTreeMap<Tag, Digest>>>);

impl NamedTags {
    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<Tag, Digest>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Reads the manifests of a repository, and asks for its tags when it has read all.
struct Manifests {
    repository: RepositoryName,
    size: u16,
    named: NamedTags,
    tags: Ask,
}

/// Reads the tags of a repository.
struct Tags {
    repository: RepositoryName,
    size: u16,
    named: NamedTags,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Page {
    image_name: Text,
    /// Not there where a page has no rows.
    manifests: List<Object<Row>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    digest: Text,
    image_size: Number,
    created_time: Text,
    architecture: Text,
    os: Text,
    media_type: Text,
    config_media_type: Text,
    artifact_type: Presence,
    subject: Presence,
    tags: List<Text>,
    changeable_attributes: Object<Attributes>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TagPage {
    image_name: Text,
    /// Not there where a page has no rows.
    tags: List<Object<TagRow>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TagRow {
    name: Text,
    digest: Text,
    changeable_attributes: Object<Attributes>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Attributes {
    delete_enabled: Option<Flag>,
    write_enabled: Option<Flag>,
}

impl Reader for Manifests {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: Page = list::object(response)?;
        if !page.image_name.is_there() && !page.manifests.is_there() {
            return Err(Refusal::NoList("it holds no `manifests`".to_owned()));
        }
        let mut answer = Answer::default();
        let cover = response.cover();
        let nothing = Row::default();
        let rows = || {
            page.manifests
                .iter()
                .map(|row| row.get().unwrap_or(&nothing))
        };
        let mut parameters = ask.request.url.query_pairs();
        if !parameters.any(|(name, _)| name == "last") {
            // A list that moved while it was read is read again.
            self.named.with(BTreeMap::clear);
        }
        for row in rows() {
            match row.listed(cover) {
                Some(entry) => {
                    self.named
                        .with(|named| row.name(&entry.digest, cover, named));
                    answer.entries.push((self.repository.clone(), entry));
                }
                None => answer
                    .dropped
                    .push(list::entry_of(shown(&row.digest, cover))),
            }
        }
        let last = rows().last();
        let behind = last.and_then(|last| {
            let count = rows().count();
            next(ask, response, self.size, count, &last.digest)
        });
        answer
            .next
            .push(behind.unwrap_or_else(|| self.tags.clone()));
        Ok(answer)
    }
}

impl Reader for Tags {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: TagPage = list::object(response)?;
        if !page.image_name.is_there() && !page.tags.is_there() {
            return Err(Refusal::NoList("it holds no `tags`".to_owned()));
        }
        let mut answer = Answer::default();
        let cover = response.cover();
        let nothing = TagRow::default();
        let rows = || page.tags.iter().map(|row| row.get().unwrap_or(&nothing));
        for row in rows() {
            let Some(tag) = row.tag(cover) else {
                answer.dropped.push(shown(&row.name, cover));
                continue;
            };
            self.named.with(|named| named.remove(&tag));
            match row.digest.parse() {
                Some(digest) => {
                    let entry = row.listed(tag, digest);
                    answer.entries.push((self.repository.clone(), entry));
                }
                None => answer.tags.push((self.repository.clone(), tag)),
            }
        }
        let behind = rows().last().and_then(|last| {
            let count = rows().count();
            next(ask, response, self.size, count, &last.name)
        });
        if behind.is_none() {
            self.take_left(&mut answer);
        }
        answer.next.extend(behind);
        Ok(answer)
    }
}

impl Tags {
    /// Takes the tags that manifests name and this list does not: they were deleted
    /// meanwhile, or are hidden, or the list is cut. What is known and lacks here is asked for.
    fn take_left(&self, answer: &mut Answer) {
        let left = self.named.with(std::mem::take);
        answer.is_open |= !left.is_empty();
        let entries = left.into_iter().map(|(tag, digest)| {
            let entry = naming(tag, digest, ImageFacts::default());
            (self.repository.clone(), entry)
        });
        answer.entries.extend(entries);
    }
}

/// That this tag names this digest, of which its own row tells the rest.
fn naming(tag: Tag, digest: Digest, facts: ImageFacts) -> Listed {
    Listed {
        tags: vec![tag],
        digest,
        is_index: false,
        told: list::Told::Nothing,
        facts,
    }
}

impl TagRow {
    /// Its name; `None` where it is none, or holds a secret.
    fn tag(&self, cover: &Cover) -> Option<Tag> {
        self.name.parse().filter(|_| !self.name.holds_secret(cover))
    }

    fn listed(&self, tag: Tag, digest: Digest) -> Listed {
        let attributes = self.changeable_attributes.get();
        // One that only may not be deleted can be moved all the same.
        let is_immutable = attributes.is_some_and(|all| is_off(all.write_enabled.as_ref()));
        let facts = ImageFacts {
            immutable: is_immutable.then(|| tag.clone()).into_iter().collect(),
            ..ImageFacts::default()
        };
        naming(tag, digest, facts)
    }
}

fn is_off(flag: Option<&Flag>) -> bool {
    flag.is_some_and(|flag| !flag.is_set())
}

fn shown(text: &Text, cover: &Cover) -> String {
    let shown = text.show(cover, 80);
    shown.unwrap_or_else(|| "an entry without a name".to_owned())
}

impl Row {
    /// Notes which tags it names, as far as it says.
    fn name(&self, digest: &Digest, cover: &Cover, named: &mut BTreeMap<Tag, Digest>) {
        let tags = self.tags.iter().filter(|tag| !tag.holds_secret(cover));
        named.extend(
            tags.filter_map(Text::parse)
                .map(|tag| (tag, digest.clone())),
        );
    }

    /// The entry that it is, without its tags; `None` where it has no digest, or holds a
    /// secret.
    fn listed(&self, cover: &Cover) -> Option<Listed> {
        let digest: Digest = self.digest.parse()?;
        if self.digest.holds_secret(cover) {
            return None;
        }
        let media_type = MediaType::from(self.media_type.uncovered().unwrap_or_default());
        Some(Listed {
            tags: Vec::new(),
            digest,
            is_index: media_type.is_index(),
            told: self.told(media_type, cover).unwrap_or_default(),
            facts: ImageFacts {
                pushed: self.created_time.parse(),
                locked: self.locked(),
                ..ImageFacts::default()
            },
        })
    }

    /// Either lock keeps it from being deleted. Without one it may be locked all the same: a
    /// lock of its repository or of a tag does not show in its row.
    fn locked(&self) -> Option<bool> {
        let attributes = self.changeable_attributes.get()?;
        let locks = [&attributes.delete_enabled, &attributes.write_enabled];
        let is_locked = locks.iter().any(|flag| is_off(flag.as_ref()));
        is_locked.then_some(true)
    }

    /// What is told of the image; `None` where its manifest has to be read, as those of
    /// indexes and artifacts have. Which variant of ARM it is for, is told by none.
    fn told(&self, media_type: MediaType, cover: &Cover) -> Option<list::Told> {
        let is_usual = !media_type.is_index() && !matches!(media_type, MediaType::Other(_));
        let configuration = &self.config_media_type;
        let is_image = configuration.is_empty() || manifest::is_image_configuration(configuration);
        let is_artifact = self.artifact_type.is_there() || self.subject.is_there();
        let is_arm = self.architecture.uncovered()?.starts_with("arm");
        if !is_usual || !is_image || is_artifact || is_arm {
            return None;
        }
        let nothing = Text::default();
        let platform = manifest::platform(&self.os, &self.architecture, &nothing, cover)?;
        Some(match self.size() {
            Some(size) => {
                let mut image = Image::new(Kind::Image, media_type);
                image.size = Some(size);
                image.platform = Some(platform);
                list::Told::Image(Box::new(image))
            }
            None => list::Told::Platform {
                platform,
                created: None,
            },
        })
    }

    /// Its size, in which the manifest's own bytes are counted; `None` where the list cannot
    /// tell it. Images that indexes list were given the bytes of their manifest alone until
    /// the autumn of 2021, and stay so. Of images for Windows the layers are left out that
    /// Microsoft's own registry keeps.
    fn size(&self) -> Option<u64> {
        let size = self.image_size.get()?;
        (size > LARGEST_MANIFEST && !self.os.is("windows")).then_some(size)
    }
}
