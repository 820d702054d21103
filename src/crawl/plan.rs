//! What a crawl will cover and how much at once, computed from a registry's settings.

use crate::model::{Children, RegistrySpec, RepositoryName, RepositoryScope};

/// A crawl's plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The repositories to which it is confined, whatever the settings say: nothing is said
    /// of any other, nor of which there are.
    pub only: Option<Vec<RepositoryName>>,
    /// Whether to ask for the list of all repositories.
    pub list: bool,
    /// Whether everything in that list is read, or only what the scope matches.
    pub everything: bool,
    /// The repositories the user named.
    pub scope: RepositoryScope,
    /// Whether the administrator's word that lists are whole ends with a list that is cut.
    pub lists_whole: bool,
    /// Whether everything is read again, as if nothing were known.
    pub full: bool,
    /// Whether the children of indexes are read.
    pub children: bool,
    /// Items read at once.
    pub workers: usize,
    /// Repositories at work at once. More than there are connections: one whose requests
    /// wait, because the registry asked for that, keeps no other from being read.
    pub repositories: usize,
    /// Tags of one repository at work at once.
    pub tags: usize,
}

/// Repositories at work at once at most, however many connections there may be.
const MANY: usize = 64;

impl Plan {
    /// The plan for a registry of these settings.
    pub fn new(spec: &RegistrySpec) -> Self {
        let scope = spec.scope();
        let connections = usize::from(spec.limits.max_connections).max(1);
        Self {
            only: None,
            list: spec.covers_everything() || !scope.is_exact(),
            everything: spec.covers_everything(),
            scope,
            lists_whole: spec.lists_whole,
            full: false,
            children: spec.children == Children::Platforms,
            workers: connections,
            repositories: (connections * 4).min(MANY),
            tags: connections + connections.min(16),
        }
    }

    /// The repositories that are read whether listed or not.
    pub fn named(&self) -> Vec<RepositoryName> {
        self.scope.names().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> RegistrySpec {
        RegistrySpec::new(
            "hub".parse().unwrap(),
            "https://hub.example".parse().unwrap(),
        )
    }

    #[test]
    fn exact_names_need_no_list() {
        let mut spec = spec();
        assert!(Plan::new(&spec).list && Plan::new(&spec).everything);
        spec.load_full_list = false;
        spec.repositories = RepositoryScope::new(vec!["a".into(), "b/c".into()]).unwrap();
        let plan = Plan::new(&spec);
        assert!(!plan.list && !plan.everything);
        assert_eq!(plan.named().len(), 2);
        spec.repositories = RepositoryScope::new(vec!["a".into(), "b/*".into()]).unwrap();
        let plan = Plan::new(&spec);
        assert!(plan.list && !plan.everything);
    }
}
