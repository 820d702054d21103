//! What is remembered of the panes: how wide they are and look, and by what they are ordered.

use super::Browse;
use super::scope::Reach;
use super::tree::Tree;
use crate::app::memory::{order_of, written};
use crate::config::memory::{Memory, Panes};
use crate::model::{ImageColumn, RepositoryColumn};

/// What each border is behind.
const BEHIND: [&str; 2] = ["registries", "repositories"];

impl Reach {
    const ALL: [Self; 4] = [
        Self::Repository,
        Self::Subtree,
        Self::Registry,
        Self::Everything,
    ];

    /// What it is called in the file; one word for ever.
    fn as_str(self) -> &'static str {
        match self {
            Self::Repository => "repository",
            Self::Subtree => "subtree",
            Self::Registry => "registry",
            Self::Everything => "everything",
        }
    }
}

impl Browse {
    /// Writes down what is to be remembered.
    pub(in crate::app) fn remember(&self, memory: &mut Memory) {
        memory.zoomed = self.zoomed;
        let moved = BEHIND.into_iter().zip(self.borders);
        let moved = moved.filter(|(_, cells)| *cells != 0);
        memory.panes = Panes {
            widths: moved.map(|(pane, by)| (pane.to_owned(), by)).collect(),
            all_registries: self.all_registries,
            images_of: Some(self.reach.as_str().to_owned()),
            tree: self.tree.is_some(),
        };
        let orders = [
            (
                "repositories",
                written(self.repositories.order, RepositoryColumn::as_str),
            ),
            ("images", written(self.images.order, ImageColumn::as_str)),
        ];
        memory
            .orders
            .extend(orders.map(|(list, order)| (list.to_owned(), order)));
    }

    /// Looks as it is remembered.
    pub(in crate::app) fn recall(&mut self, memory: &Memory) {
        self.zoomed = memory.zoomed;
        let panes = &memory.panes;
        let by = |pane: &str| panes.widths.get(pane).copied().unwrap_or(0);
        self.move_borders(BEHIND.map(by));
        self.all_registries = panes.all_registries;
        let reach = Reach::ALL.into_iter();
        let mut reach = reach.filter(|one| panes.images_of.as_deref() == Some(one.as_str()));
        self.reach = reach.next().unwrap_or_default();
        self.tree = panes.tree.then(Tree::default);
        self.repositories.is_folded = panes.tree;
        let columns = &RepositoryColumn::ALL;
        let order = order_of(memory, "repositories", columns, RepositoryColumn::as_str);
        if let Some(order) = order {
            self.repositories.order = order;
        }
        let order = order_of(memory, "images", &ImageColumn::ALL, ImageColumn::as_str);
        if let Some(order) = order {
            self.images.order = order;
        }
    }
}
