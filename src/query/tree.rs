//! Repositories as a tree along the slashes of their names.

use std::collections::HashMap;

use crate::model::{
    ListState, RegistryId, RepositoryChanges, RepositoryRow, RepositoryState, RepositorySummary,
};

/// A row of a list of repositories, or of their tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// The repository; of a folder, the sums of all repositories below.
    pub row: RepositoryRow,
    /// How deep it lies; `None` in a list that is no tree.
    pub depth: Option<usize>,
    /// The byte of its name at which its own label begins: what is before it stands above.
    pub label: usize,
    /// What makes it a folder.
    pub folder: Option<Folder>,
}

/// A part of names up to a slash, which several repositories may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// What the names begin with, the slash included.
    pub path: String,
    /// Whether what is below is shown.
    pub is_open: bool,
    /// Repositories below.
    pub repositories: u64,
    /// Those of them that failed, were refused or are stale.
    pub failing: u64,
}

impl From<RepositoryRow> for Branch {
    fn from(row: RepositoryRow) -> Self {
        Self {
            row,
            depth: None,
            label: 0,
            folder: None,
        }
    }
}

/// The tree of these repositories, as far as `is_open` says that folders are. What comes
/// first in the list comes first in its folder, and so does its folder.
pub fn tree(rows: &[RepositoryRow], is_open: impl Fn(RegistryId, &str) -> bool) -> Vec<Branch> {
    let mut branches = Vec::new();
    grow(
        &rows.iter().collect::<Vec<_>>(),
        0,
        0,
        &is_open,
        &mut branches,
    );
    branches
}

/// What lies at one place: a repository, or those in one folder.
enum Node<'r> {
    Leaf(&'r RepositoryRow),
    Folder(Vec<&'r RepositoryRow>),
}

fn grow(
    rows: &[&RepositoryRow],
    label: usize,
    depth: usize,
    is_open: &impl Fn(RegistryId, &str) -> bool,
    branches: &mut Vec<Branch>,
) {
    let mut nodes: Vec<(usize, Node<'_>)> = Vec::new();
    let mut folders: HashMap<(RegistryId, &str), usize> = HashMap::new();
    for row in rows {
        let name = row.name.as_str();
        let Some(slash) = name[label..].find('/') else {
            nodes.push((name.len(), Node::Leaf(row)));
            continue;
        };
        let end = label + slash + 1;
        let at = *folders
            .entry((row.registry, &name[..end]))
            .or_insert_with(|| {
                nodes.push((end, Node::Folder(Vec::new())));
                nodes.len() - 1
            });
        if let (_, Node::Folder(within)) = &mut nodes[at] {
            within.push(row);
        }
    }
    for (end, node) in nodes {
        match node {
            Node::Leaf(row) => branches.push(Branch {
                depth: Some(depth),
                label,
                ..row.clone().into()
            }),
            Node::Folder(within) => {
                let end = common(&within, end);
                let Some(mut folder) = sums(&within, end) else {
                    continue;
                };
                let opened = is_open(folder.0.registry, &folder.1.path);
                folder.1.is_open = opened;
                branches.push(Branch {
                    row: folder.0,
                    depth: Some(depth),
                    label,
                    folder: Some(folder.1),
                });
                if opened {
                    grow(&within, end, depth + 1, is_open, branches);
                }
            }
        }
    }
}

/// Where the path ends that all of these have in common: a folder with nothing in it but
/// another one is told together with that.
fn common(rows: &[&RepositoryRow], mut end: usize) -> usize {
    let Some((first, others)) = rows.split_first() else {
        return end;
    };
    let first = first.name.as_str();
    while let Some(slash) = first[end..].find('/') {
        let further = end + slash + 1;
        let path = &first[..further];
        if !others.iter().all(|row| row.name.as_str().starts_with(path)) {
            break;
        }
        end = further;
    }
    end
}

/// A folder, and what is below it as one row.
fn sums(rows: &[&RepositoryRow], end: usize) -> Option<(RepositoryRow, Folder)> {
    let first = rows.first()?;
    let path = first.name.as_str()[..end].to_owned();
    let is_listed = |row: &&&RepositoryRow| row.state.list == ListState::Listed;
    let list = rows
        .iter()
        .find(is_listed)
        .unwrap_or(first)
        .state
        .list
        .clone();
    let mut row = RepositoryRow {
        registry: first.registry,
        name: path.trim_end_matches('/').parse().ok()?,
        state: RepositoryState {
            list,
            ..RepositoryState::default()
        },
        tags: 0,
        images: 0,
        first_seen: first.first_seen,
        summary: None,
    };
    let mut folder = Folder {
        path,
        is_open: false,
        repositories: 0,
        failing: 0,
    };
    let mut unread = 0;
    for one in rows {
        row.tags += one.tags;
        row.images += one.images;
        row.first_seen = row.first_seen.min(one.first_seen);
        folder.repositories += 1;
        let is_bad = matches!(one.state.list, ListState::Failed(_) | ListState::Refused(_));
        folder.failing += u64::from(is_bad || one.state.stale_since.is_some());
        match &one.summary {
            Some(summary) => join(row.summary.get_or_insert_default(), summary),
            None => unread += one.images,
        }
    }
    if let Some(summary) = &mut row.summary {
        summary.unread += unread;
        summary.architectures.sort_unstable();
        summary.architectures.dedup();
    }
    Some((row, folder))
}

fn join(sum: &mut RepositorySummary, one: &RepositorySummary) {
    sum.size = sum.size.saturating_add(one.size);
    sum.unread += one.unread;
    sum.newest = sum.newest.max(one.newest);
    for architecture in &one.architectures {
        if !sum.architectures.contains(architecture) {
            sum.architectures.push(architecture.clone());
        }
    }
    sum.changed = RepositoryChanges {
        appeared: sum.changed.appeared + one.changed.appeared,
        moved: sum.changed.moved + one.changed.moved,
        gone: sum.changed.gone + one.changed.gone,
    };
}

#[cfg(test)]
mod tests {
    use super::super::tests::repository;
    use super::*;

    fn said(names: &[&str], open: &[&str]) -> Vec<String> {
        let rows: Vec<_> = names
            .iter()
            .map(|name| repository(name, 2, ListState::Listed))
            .collect();
        let branches = tree(&rows, |_, path| open.contains(&path));
        let said = branches.iter().map(|branch| {
            let label = &branch.row.name.as_str()[branch.label..];
            let depth = "  ".repeat(branch.depth.unwrap());
            match &branch.folder {
                Some(folder) => format!(
                    "{depth}{label}/ {} {}",
                    folder.repositories, branch.row.tags
                ),
                None => format!("{depth}{label} {}", branch.row.tags),
            }
        });
        said.collect()
    }

    #[test]
    fn names_lie_in_folders_along_their_slashes() {
        let names = [
            "tools",
            "team/api",
            "tools/ci/runner",
            "team/web/front",
            "tools/ci/cache",
            "deep/er/and/deeper",
        ];
        assert_eq!(
            said(&names, &[]),
            ["tools 2", "team/ 2 4", "tools/ci/ 2 4", "deep/er/and/ 1 2"]
        );
        assert_eq!(
            said(&names, &["team/", "tools/ci/", "team/web/"]),
            [
                "tools 2",
                "team/ 2 4",
                "  api 2",
                "  web/ 1 2",
                "    front 2",
                "tools/ci/ 2 4",
                "  runner 2",
                "  cache 2",
                "deep/er/and/ 1 2",
            ]
        );
    }

    #[test]
    fn a_folder_sums_up_what_is_below() {
        let summed = |name: &str, size, unread| {
            let mut row = repository(name, 1, ListState::Listed);
            row.summary = Some(RepositorySummary {
                size,
                unread,
                architectures: vec![name.into()],
                ..RepositorySummary::default()
            });
            row
        };
        let mut failed = repository("a/z", 3, ListState::Failed("no".into()));
        failed.images = 3;
        let rows = [summed("a/x", 5, 0), summed("a/y", 7, 1), failed];
        let branches = tree(&rows, |_, _| false);
        let [folder] = &branches[..] else {
            panic!("{branches:?}")
        };
        let summary = folder.row.summary.as_ref().unwrap();
        assert_eq!((summary.size, summary.unread), (12, 4));
        assert_eq!(summary.architectures, ["a/x".into(), "a/y".into()]);
        let said = folder.folder.as_ref().unwrap();
        assert_eq!((said.repositories, said.failing), (3, 1));
        assert_eq!(folder.row.state.list, ListState::Listed);
    }

    #[test]
    fn registries_do_not_share_folders() {
        let mut other = repository("a/x", 1, ListState::Listed);
        other.registry = RegistryId(2);
        let rows = [repository("a/x", 1, ListState::Listed), other];
        assert_eq!(tree(&rows, |id, _| id == RegistryId(1)).len(), 3);
    }
}
