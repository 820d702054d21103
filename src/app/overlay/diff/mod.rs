//! In what two images differ: their platforms, how their containers run, their layers. Both
//! are read from their registries, or from the cache where they were read before.

mod compared;
mod layer;

use compared::document;

use super::Scroll;
use super::reading::Reading;
use crate::app::event::{Inspection, Ticket};
use crate::app::world::{Outside, World};
use crate::model::{
    Digest, ImageReference, ImageRow, Kind, Platform, Question, RegistryId, RepositoryName, Tag,
    Trouble,
};
use crate::query;

/// One of the two images.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is called: its best known tag and the beginning of its digest.
    pub name: String,
    /// Its digest.
    pub digest: Digest,
    reference: ImageReference,
    /// The image as it is named; of an index, what it lists.
    whole: Reading,
    /// The image of one platform, where it is an index.
    part: Reading,
}

impl Side {
    /// An image of a registry of this name.
    fn new(
        registry: &str,
        repository: &RepositoryName,
        digest: &Digest,
        tag: Option<&Tag>,
    ) -> Self {
        let short = digest.short();
        Self {
            name: tag.map_or_else(|| short.clone(), |tag| format!("{tag} ({short})")),
            digest: digest.clone(),
            reference: ImageReference::Named {
                path: format!("{registry}/{repository}"),
                tag: None,
                digest: Some(digest.clone()),
            },
            whole: Reading::default(),
            part: Reading::default(),
        }
    }

    fn of(row: &ImageRow, world: &World) -> Self {
        let registry = world.name_of(row.registry);
        let tag = query::lead_tag(&row.tags);
        Self::new(&registry, &row.repository, &row.digest, tag)
    }

    fn index(&self) -> Option<&Inspection> {
        let whole = self.whole.found.as_deref()?;
        (whole.image.kind == Kind::Index).then_some(whole)
    }

    /// The platforms that it has, as far as they are known.
    fn platforms(&self) -> Vec<Platform> {
        match (self.index(), &self.whole.found) {
            (Some(index), _) => {
                let children = index.image.children.iter();
                let runnable = children.filter(|child| !child.accessory && !child.is_index);
                runnable
                    .filter_map(|child| child.platform.clone())
                    .collect()
            }
            (None, Some(found)) => found
                .image
                .known
                .as_ref()
                .map_or_else(Vec::new, |row| row.platforms.clone()),
            (None, None) => Vec::new(),
        }
    }

    /// The image whose layers are compared.
    fn image(&self) -> Option<&Inspection> {
        match self.index() {
            Some(_) => self.part.found.as_deref(),
            None => self.whole.found.as_deref(),
        }
    }

    fn trouble(&self) -> Option<&Trouble> {
        self.whole.trouble.as_ref().or(self.part.trouble.as_ref())
    }

    fn is_asked(&self) -> bool {
        self.whole.is_asked() || self.part.is_asked()
    }

    fn stop(&mut self, outside: &mut Outside<'_>) {
        self.whole.stop(outside);
        self.part.stop(outside);
    }
}

/// The image that a tag named before it named this one.
#[derive(Clone, Debug)]
struct Before {
    registry: RegistryId,
    repository: RepositoryName,
    digest: Digest,
    tag: Option<Tag>,
    asked: Option<Ticket>,
}

/// The page.
#[derive(Clone, Debug)]
pub struct Diff {
    /// The two, the older first; `None` while the one before is looked for.
    pub sides: Option<Box<[Side; 2]>>,
    /// How far it is scrolled.
    pub scroll: Scroll,
    before: Option<Before>,
    /// Which of the platforms that both have is looked at.
    platform: usize,
    /// Why there are not two.
    trouble: Option<Trouble>,
}

impl Diff {
    /// The page of two images.
    pub(in crate::app) fn of(first: &ImageRow, second: &ImageRow, world: &World) -> Self {
        Self::between(Side::of(first, world), Side::of(second, world))
    }

    /// The page of what a tag named, and of what it names since it moved.
    pub(in crate::app) fn moved(
        registry: RegistryId,
        repository: &RepositoryName,
        tag: &Tag,
        [from, to]: [&Digest; 2],
        world: &World,
    ) -> Self {
        let name = world.name_of(registry);
        let side = |digest, tag| Side::new(&name, repository, digest, tag);
        Self::between(side(from, None), side(to, Some(tag)))
    }

    /// The page of an image and of the one that its tag named before; asks for that.
    pub(in crate::app) fn before(
        registry: RegistryId,
        repository: &RepositoryName,
        digest: &Digest,
        tag: Option<&Tag>,
        outside: &mut Outside<'_>,
    ) -> Self {
        let asked = outside.ask_anew(Question::History {
            registry,
            repository: repository.clone(),
            tag: None,
        });
        Self {
            sides: None,
            scroll: Scroll::default(),
            before: Some(Before {
                registry,
                repository: repository.clone(),
                digest: digest.clone(),
                tag: tag.cloned(),
                asked: Some(asked),
            }),
            platform: 0,
            trouble: None,
        }
    }

    fn between(first: Side, second: Side) -> Self {
        Self {
            sides: Some(Box::new([first, second])),
            scroll: Scroll::default(),
            before: None,
            platform: 0,
            trouble: None,
        }
    }

    /// What stands above the page.
    pub fn title(&self) -> String {
        match (&self.sides, &self.before) {
            (Some(sides), _) => format!("From {} to {}", sides[0].name, sides[1].name),
            (None, Some(before)) => format!("{} against before", before.digest.short()),
            (None, None) => "Difference".to_owned(),
        }
    }

    /// The platforms that can be compared: those that both have; where one tells none, those
    /// of the other.
    fn platforms(&self) -> Vec<Platform> {
        let Some([first, second]) = self.sides.as_deref() else {
            return Vec::new();
        };
        let (first, second) = (first.platforms(), second.platforms());
        let has_none = first.is_empty() || second.is_empty();
        let all = if first.is_empty() { &second } else { &first };
        let both = all.iter().filter(|it| has_none || second.contains(it));
        both.cloned().collect()
    }

    /// The platform that is compared.
    fn platform(&self) -> Option<Platform> {
        let all = self.platforms();
        all.get(self.platform % all.len().max(1)).cloned()
    }
}
