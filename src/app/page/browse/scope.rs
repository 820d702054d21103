//! Whose rows the panes of repositories and images show: wider and narrower.

use std::collections::BTreeSet;

use super::Browse;
use crate::app::document::Tone;
use crate::app::layer::Layer;
use crate::app::layout::Focus;
use crate::app::pane::Wanted;
use crate::app::world::{Notice, Outside, World};
use crate::config::keys::Command;
use crate::model::{RegistryId, RegistryRow, RepositoryName};

/// Whose repositories are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepositoriesOf {
    /// One registry's.
    Registry(RegistryId),
    /// Those of all registries, in the order of their names.
    All(Vec<RegistryId>),
}

/// Whose images are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImagesOf {
    /// One repository's.
    Repository(RegistryId, RepositoryName),
    /// Those of the repositories whose names begin so, up to a slash.
    Below(RegistryId, String),
    /// One registry's.
    Registry(RegistryId),
    /// Those of all registries, in the order of their names.
    All(Vec<RegistryId>),
}

/// How wide the pane of images looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// At the selected repository.
    #[default]
    Repository,
    /// At all that lie where that lies.
    Subtree,
    /// At its registry.
    Registry,
    /// At everything.
    Everything,
}

impl ImagesOf {
    /// How wide that is.
    pub fn reach(&self) -> Reach {
        match self {
            Self::Repository(..) => Reach::Repository,
            Self::Below(..) => Reach::Subtree,
            Self::Registry(_) => Reach::Registry,
            Self::All(_) => Reach::Everything,
        }
    }
}

/// Where a repository lies: its name up to the last slash; `None` at the top.
fn parent(name: &RepositoryName) -> Option<String> {
    let (parent, _) = name.as_str().rsplit_once('/')?;
    Some(format!("{parent}/"))
}

impl Browse {
    /// The registry that a command is about: that of the selected row.
    pub fn meant<'w>(&self, world: &'w World) -> Option<&'w RegistryRow> {
        world.known(self.registry_of_row()?)
    }

    /// The registry of the selected row of the focused pane, or of the pane on its left.
    pub(super) fn registry_of_row(&self) -> Option<RegistryId> {
        let image = self.image().map(|row| row.registry);
        let repository = self.repositories.selected().map(|row| row.row.registry);
        let registry = self.registry().map(|row| row.id);
        match self.focus {
            Focus::Registries => registry,
            Focus::Repositories => repository.or(registry),
            Focus::Images => image.or(repository).or(registry),
        }
    }

    /// Whose repositories are shown, in words; `None` where nobody's are wanted.
    pub fn repositories_said(&self, world: &World) -> Option<String> {
        Some(match self.repositories.wanted() {
            Wanted::Of(RepositoriesOf::Registry(registry)) => world.name_of(*registry),
            Wanted::Of(RepositoriesOf::All(_)) => "all registries".to_owned(),
            _ => return None,
        })
    }

    /// Whose images are shown, in words: the registry where there is one, and what in it.
    pub fn images_said(&self, world: &World) -> Option<(Option<String>, Option<String>)> {
        Some(match self.images.wanted() {
            Wanted::Of(ImagesOf::Repository(registry, name)) => {
                (Some(world.name_of(*registry)), Some(name.to_string()))
            }
            Wanted::Of(ImagesOf::Below(registry, path)) => {
                (Some(world.name_of(*registry)), Some(path.clone()))
            }
            Wanted::Of(ImagesOf::Registry(registry)) => (Some(world.name_of(*registry)), None),
            Wanted::Of(ImagesOf::All(_)) => (None, Some("everything".to_owned())),
            _ => return None,
        })
    }

    /// Whether the pane shows more than what is selected on its left.
    pub fn is_wide(&self, pane: Focus) -> bool {
        match pane {
            Focus::Registries => false,
            Focus::Repositories => {
                matches!(
                    self.repositories.wanted(),
                    Wanted::Of(RepositoriesOf::All(_))
                )
            }
            Focus::Images => match self.images.wanted() {
                Wanted::Of(of) => of.reach() > Reach::Repository,
                _ => false,
            },
        }
    }

    /// Whose repositories are wanted: what the selection says.
    pub(super) fn wanted_repositories(&self, world: &World) -> Wanted<RepositoriesOf> {
        if self.all_registries && !world.all.is_empty() {
            return Wanted::Of(RepositoriesOf::All(ids(world)));
        }
        match self.registry() {
            Some(row) => Wanted::Of(RepositoriesOf::Registry(row.id)),
            None if self.registries.is_loading() => Wanted::Unknown,
            None => Wanted::Nothing,
        }
    }

    /// Whose images are wanted: what the selection says.
    pub(super) fn wanted_images(&self, world: &World) -> Wanted<ImagesOf> {
        if self.reach == Reach::Everything && !world.all.is_empty() {
            return Wanted::Of(ImagesOf::All(ids(world)));
        }
        let branch = self.repositories.selected();
        let registry = branch.map(|it| it.row.registry);
        let registry = registry.or_else(|| self.registry().map(|row| row.id));
        match (self.reach, registry, branch) {
            (Reach::Registry, Some(registry), _) => Wanted::Of(ImagesOf::Registry(registry)),
            (reach, Some(registry), Some(branch)) => {
                let name = &branch.row.name;
                let below = match (&branch.folder, reach) {
                    (_, Reach::Subtree) => parent(name),
                    (Some(folder), _) => Some(folder.path.clone()),
                    (None, _) => None,
                };
                Wanted::Of(match (below, reach) {
                    (Some(below), _) => ImagesOf::Below(registry, below),
                    // At the top, what lies beside it is all that the registry has.
                    (None, Reach::Subtree) => ImagesOf::Registry(registry),
                    (None, _) => ImagesOf::Repository(registry, name.clone()),
                })
            }
            _ if self.repositories.is_loading() => Wanted::Unknown,
            _ => Wanted::Nothing,
        }
    }

    /// Why the focused pane cannot be of more, or of less.
    pub(super) fn cannot_reach(&self, command: Command) -> Option<Notice> {
        let is_wider = command == Command::Wider;
        let text = match (self.focus, is_wider) {
            (Focus::Registries, true) => "all registries are shown: there is nothing wider",
            (Focus::Registries, false) => "open a registry to see its repositories alone",
            (Focus::Repositories, true) if self.all_registries => {
                "the repositories of all registries are shown"
            }
            (Focus::Repositories, false) if !self.all_registries => {
                "only the selected registry's repositories are shown"
            }
            (Focus::Images, true) if self.reach == Reach::Everything => {
                "the images of everything are shown"
            }
            (Focus::Images, false) if self.reach == Reach::Repository => {
                "only the images of what is selected on the left are shown"
            }
            _ => return None,
        };
        Some(Notice::plain(text))
    }

    /// Whether the images of more than one repository are wanted and not there yet: of a large
    /// inventory they take seconds.
    pub fn is_reaching(&self) -> bool {
        self.reach > Reach::Repository && self.images.is_loading()
    }

    /// Wants the images of one repository again, where those of more are still awaited.
    pub(super) fn give_up_reach(&mut self, outside: &mut Outside<'_>) -> bool {
        if self.focus != Focus::Images || !self.is_reaching() {
            return false;
        }
        let sought = self.sought.clone();
        let target = sought.or_else(|| Layer::target(self));
        self.reach = Reach::Repository;
        outside.say(
            Tone::Plain,
            "given up; images of the selected repository again",
        );
        if let Some(target) = target {
            self.keep(target);
        }
        true
    }

    /// Makes the focused pane be of more, or of less. What is selected stays so.
    pub(super) fn reach(&mut self, command: Command, outside: &mut Outside<'_>) {
        let is_wider = command == Command::Wider;
        // What is still on its way to be selected is what is meant.
        let sought = self.sought.clone();
        let target = sought.or_else(|| Layer::target(self));
        match self.focus {
            Focus::Registries => return,
            Focus::Repositories => {
                self.all_registries = is_wider;
                let said = if is_wider {
                    "repositories of all registries"
                } else {
                    "repositories of the selected registry"
                };
                outside.say(Tone::Plain, said);
                let wanted = self.wanted_repositories(outside.world);
                if self.repositories.want(wanted) {
                    self.ask_repositories(outside);
                }
            }
            Focus::Images => {
                let shown = match self.images.wanted() {
                    Wanted::Of(of) => of.reach(),
                    _ => self.reach,
                };
                self.reach = match (is_wider, shown) {
                    (true, Reach::Repository) | (false, Reach::Registry) => Reach::Subtree,
                    (true, Reach::Subtree) | (false, Reach::Everything) => Reach::Registry,
                    (true, _) => Reach::Everything,
                    (false, _) => Reach::Repository,
                };
                let said = match self.reach {
                    Reach::Repository => "images of the selected repository",
                    Reach::Subtree => {
                        "images of all repositories beside the selected one, and below"
                    }
                    Reach::Registry => "images of the selected registry",
                    Reach::Everything => "images of everything",
                };
                outside.say(Tone::Plain, said);
            }
        }
        if let Some(target) = target {
            self.keep(target);
        }
    }
}

/// Cells that the names of the registries take that rows are of.
pub(super) fn widest_registry(world: &World, of: impl Iterator<Item = RegistryId>) -> u16 {
    let of: BTreeSet<RegistryId> = of.collect();
    let known = of.into_iter().filter_map(|id| world.known(id));
    let widest = known.map(|row| row.spec.name.as_str().len()).max();
    u16::try_from(widest.unwrap_or(0)).unwrap_or(u16::MAX)
}

fn ids(world: &World) -> Vec<RegistryId> {
    world.all.iter().map(|row| row.id).collect()
}
