//! Azure Container Registry.
//!
//! Its API is at the registry's own origin and takes the registry's own tokens, for rights
//! of its own: the catalogue, and the metadata of each repository. A list of manifests tells
//! digest, tags, size, platform, times and locks, also of what no tag names. What an index
//! lists and what an artifact is, is for their manifests to say.

use std::sync::Arc;

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

/// The configurations of images.
const CONFIGURATIONS: [&str; 2] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];

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
        let reader = Manifests {
            repository: repository.clone(),
            size: self.size,
        };
        Some(self.ask(
            &format!("{repository}/_manifests"),
            Scope::Pull(repository.clone()),
            Stage::Tags,
            Arc::new(reader),
        ))
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

/// Reads the manifests of a repository.
struct Manifests {
    repository: RepositoryName,
    size: u16,
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
        for row in rows() {
            match row.listed(cover) {
                Some(entry) => answer.entries.push((self.repository.clone(), entry)),
                None => answer
                    .dropped
                    .push(list::entry_of(shown(&row.digest, cover))),
            }
            let names = row.tags.iter();
            let unread = names.filter(|tag| tag.parse::<Tag>().is_none());
            answer.dropped.extend(unread.map(|tag| shown(tag, cover)));
        }
        if let Some(last) = rows().last() {
            let count = rows().count();
            answer
                .next
                .extend(next(ask, response, self.size, count, &last.digest));
        }
        Ok(answer)
    }
}

fn shown(text: &Text, cover: &Cover) -> String {
    let shown = text.show(cover, 80);
    shown.unwrap_or_else(|| "an entry without a name".to_owned())
}

impl Row {
    /// The entry that it is; `None` where it has no digest, or holds a secret.
    fn listed(&self, cover: &Cover) -> Option<Listed> {
        let digest: Digest = self.digest.parse()?;
        let holds_secret = |text: &Text| text.holds_secret(cover);
        if holds_secret(&self.digest) || self.tags.iter().any(holds_secret) {
            return None;
        }
        let media_type = MediaType::from(self.media_type.uncovered().unwrap_or_default());
        let is_index = media_type.is_index();
        let told = match self.image(media_type, cover) {
            Some(image) => list::Told::Image(Box::new(image)),
            None => list::Told::Nothing,
        };
        let attributes = self.changeable_attributes.get();
        let is_off = |flag: &Option<Flag>| flag.as_ref().is_some_and(|flag| !flag.is_set());
        Some(Listed {
            tags: self.tags.iter().filter_map(Text::parse).collect(),
            digest,
            is_index,
            told,
            facts: ImageFacts {
                pushed: self.created_time.parse(),
                // Either lock keeps it from being deleted.
                locked: attributes
                    .map(|all| is_off(&all.delete_enabled) || is_off(&all.write_enabled)),
                ..ImageFacts::default()
            },
        })
    }

    /// The image as far as it is told; `None` where its manifest has to be read, as those of
    /// indexes and artifacts have. Which variant of ARM it is for, is told by none.
    fn image(&self, media_type: MediaType, cover: &Cover) -> Option<Image> {
        let is_usual = !media_type.is_index() && !matches!(media_type, MediaType::Other(_));
        let configuration = &self.config_media_type;
        let is_image =
            configuration.is_empty() || CONFIGURATIONS.iter().any(|known| configuration.is(known));
        let is_artifact = self.artifact_type.is_there() || self.subject.is_there();
        let is_arm = self.architecture.uncovered()?.starts_with("arm");
        if !is_usual || !is_image || is_artifact || is_arm {
            return None;
        }
        let mut image = Image::new(Kind::Image, media_type);
        image.size = Some(self.image_size.get()?);
        image.platform = Some(manifest::platform(
            &self.os,
            &self.architecture,
            &Text::default(),
            cover,
        )?);
        Some(image)
    }
}
