//! Where the Registry V2 API of a repository is, and what the repository is called there.
//!
//! Most registries have one base for all. Servers that hold several registries, each with a
//! base of its own, are one registry to us: the first component of a name is then the store,
//! and the rest is the name on the wire.

use std::borrow::Cow;

use super::Registry;
use crate::http::Url;
use crate::model::RepositoryName;

/// How the names of a registry lead to V2 bases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Layout {
    /// One base for all names, which are the same on the wire.
    #[default]
    One,
    /// The first component is a store below this path, which begins and ends with `/`; it
    /// has its own `v2/`, and its names lack that component.
    Stores(String),
}

/// A repository on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    base: Cow<'a, Url>,
    /// What it is called below the base.
    pub(super) name: Cow<'a, RepositoryName>,
}

impl Place<'_> {
    /// The URL of `rest` below the repository: `tags/list`, `manifests/1.0`.
    pub(super) fn url(&self, rest: &str) -> Url {
        below(&self.base, &format!("v2/{}/{rest}", self.name))
    }
}

impl Layout {
    /// Where `repository` of a registry with this base is.
    fn place<'a>(&self, base: &'a Url, repository: &'a RepositoryName) -> Place<'a> {
        let stored = match self {
            Self::One => None,
            Self::Stores(_) => repository.as_str().split_once('/'),
        };
        let stored = stored.and_then(|(store, rest)| Some((store, rest.parse().ok()?)));
        match stored {
            Some((store, name)) => Place {
                base: Cow::Owned(self.base(base, Some(store))),
                name: Cow::Owned(name),
            },
            None => Place {
                base: Cow::Borrowed(base),
                name: Cow::Borrowed(repository),
            },
        }
    }

    /// The V2 base of a store; of the registry where there is none.
    fn base(&self, base: &Url, store: Option<&str>) -> Url {
        match (self, store) {
            (Self::Stores(path), Some(store)) => {
                let mut url = base.clone();
                url.set_path(&format!("{path}{store}/"));
                url
            }
            _ => base.clone(),
        }
    }
}

impl Registry {
    /// Where `repository` is on the wire.
    pub(super) fn place<'a>(&'a self, repository: &'a RepositoryName) -> Place<'a> {
        self.layout().place(&self.inner.base, repository)
    }

    /// Whether it holds several registries, each with a V2 base of its own.
    pub(super) fn holds_stores(&self) -> bool {
        matches!(self.layout(), Layout::Stores(_))
    }

    /// The URL of the catalogue, of one store where the registry has several.
    pub(super) fn catalogue_url(&self, store: Option<&str>) -> Url {
        match (self.layout(), store) {
            (layout @ Layout::Stores(_), Some(_)) => {
                below(&layout.base(&self.inner.base, store), "v2/_catalog")
            }
            (Layout::One, Some(store)) => self.url(&format!("v2/{store}/_catalog")),
            (_, None) => self.url("v2/_catalog"),
        }
    }

    fn layout(&self) -> &Layout {
        self.inner.layout.get().unwrap_or(&Layout::One)
    }

    /// The URL of `path` below the base path.
    pub(super) fn url(&self, path: &str) -> Url {
        below(&self.inner.base, path)
    }
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let full = format!("{}{path}", url.path());
    url.set_path(&full);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_its_store() {
        let base: Url = "https://nexus.example/nexus/".parse().unwrap();
        let of = |layout: &Layout, name: &str| {
            let name = name.parse().unwrap();
            let place = layout.place(&base, &name);
            place.url("tags/list").path().to_owned()
        };
        let stores = Layout::Stores("/nexus/repository/".to_owned());
        assert_eq!(
            of(&stores, "hosted/team/app"),
            "/nexus/repository/hosted/v2/team/app/tags/list"
        );
        assert_eq!(of(&stores, "hosted"), "/nexus/v2/hosted/tags/list");
        assert_eq!(
            of(&Layout::One, "hosted/team/app"),
            "/nexus/v2/hosted/team/app/tags/list"
        );
    }
}
