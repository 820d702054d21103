//! Repositories as a tree: which folders are open, and what keys do to them.

use std::collections::BTreeSet;

use super::Browse;
use crate::app::layout::Focus;
use crate::app::pane::Wanted;
use crate::config::keys::Command;
use crate::model::{Listing, RegistryId, RepositoryName, RepositoryRow};
use crate::query::{self, Branch};

/// What a tree is made of, and which of its folders are open.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// The repositories as they were answered: a folder opens without a question.
    rows: Listing<RepositoryRow>,
    open: BTreeSet<(RegistryId, String)>,
}

impl Browse {
    /// Whether repositories are shown as a tree.
    pub fn is_tree(&self) -> bool {
        self.tree.is_some()
    }

    /// The rows that are shown of these repositories.
    pub(super) fn branches(&mut self, listing: Listing<RepositoryRow>) -> Listing<Branch> {
        let (total, matched) = (listing.total, listing.matched);
        let rows = match &mut self.tree {
            None => listing.rows.into_iter().map(Branch::from).collect(),
            Some(tree) => {
                tree.rows = listing;
                // What a filter lets through is to be seen.
                let all = !self.repositories.filter.is_empty();
                query::tree(&tree.rows.rows, |registry, path| {
                    all || tree.open.contains(&(registry, path.to_owned()))
                })
            }
        };
        Listing {
            rows,
            total,
            matched,
        }
    }

    /// Turns the repositories into a tree, or back. The cursor stays on its repository.
    pub(super) fn turn_tree(&mut self) {
        let selected = self.repository().cloned();
        if self.repositories.is_loading() {
            self.tree = match self.tree {
                Some(_) => None,
                None => Some(Tree::default()),
            };
            self.repositories.is_folded = self.tree.is_some();
            return;
        }
        let rows = if let Some(tree) = self.tree.take() {
            tree.rows
        } else {
            let listing = std::mem::take(&mut self.repositories.listing);
            let rows = listing.rows.into_iter().map(|branch| branch.row).collect();
            self.tree = Some(Tree::default());
            Listing {
                rows,
                total: listing.total,
                matched: listing.matched,
            }
        };
        self.repositories.is_folded = self.tree.is_some();
        if let Some(row) = &selected {
            self.unfold_to(row.registry, &row.name);
        }
        self.show_branches(rows);
        if let Some(row) = selected {
            let is_it = |branch: &Branch| {
                branch.folder.is_none()
                    && branch.row.registry == row.registry
                    && branch.row.name == row.name
            };
            let at = self.repositories.listing.rows.iter().position(is_it);
            self.repositories.list.cursor = at.unwrap_or(0);
        }
    }

    fn show_branches(&mut self, rows: Listing<RepositoryRow>) {
        if let Wanted::Of(scope) = self.repositories.wanted().clone() {
            let listing = self.branches(rows);
            self.repositories.accept(scope, listing);
        }
    }

    /// Opens the folders that a repository lies in.
    pub(super) fn unfold_to(&mut self, registry: RegistryId, name: &RepositoryName) {
        if let Some(tree) = &mut self.tree {
            let slashes = name.as_str().match_indices('/');
            let paths = slashes.map(|(at, _)| (registry, name.as_str()[..=at].to_owned()));
            tree.open.extend(paths);
        }
    }

    /// Shows what is open by now.
    pub(super) fn regrow(&mut self) {
        if let Some(tree) = &mut self.tree {
            let rows = std::mem::take(&mut tree.rows);
            self.show_branches(rows);
        }
    }

    /// What a key that goes in or out does to the selected folder; `false` where it is to
    /// go to another pane.
    pub(super) fn in_tree(&mut self, command: Command) -> bool {
        if self.focus != Focus::Repositories {
            return false;
        }
        let Some(branch) = self.repositories.selected().cloned() else {
            return false;
        };
        let (Some(depth), Some(tree)) = (branch.depth, &mut self.tree) else {
            return false;
        };
        let folder = branch
            .folder
            .map(|it| (it.is_open, (branch.row.registry, it.path)));
        match (command, folder) {
            (Command::Right | Command::Open, Some((false, path))) => {
                tree.open.insert(path);
            }
            (Command::Left, Some((true, path))) if tree.open.remove(&path) => {}
            (Command::Left, _) if depth > 0 => {
                let above = self.repositories.listing.rows.iter().enumerate();
                let above = above.take(self.repositories.list.cursor);
                let parent = above.rev().find(|(_, one)| one.depth < Some(depth));
                let at = parent.map(|(at, _)| at);
                self.repositories.list.cursor = at.unwrap_or(0);
                return true;
            }
            _ => return false,
        }
        self.regrow();
        true
    }
}
