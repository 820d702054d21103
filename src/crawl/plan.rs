//! What a crawl will cover and how much at once, computed from a registry's settings.

use crate::model::{RegistrySpec, RepositoryName, RepositoryScope};

/// A crawl's plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whether to ask for the list of all repositories.
    pub list: bool,
    /// Whether everything in that list is read, or only what the scope matches.
    pub everything: bool,
    /// The repositories the user named.
    pub scope: RepositoryScope,
    /// Whether the administrator's word that lists are whole ends with a list that is cut.
    pub lists_whole: bool,
    /// Items read at once.
    pub workers: usize,
}

impl Plan {
    /// The plan for a registry of these settings.
    pub fn new(spec: &RegistrySpec) -> Self {
        let limits = &spec.limits;
        let connections = usize::from(limits.max_connections);
        // With a rate, requests wait for their turn; twice as many as can have one within
        // the pool timeout would fail by our own doing.
        let workers = limits.max_rps.map_or(connections, |rps| {
            let turns = rps * limits.pool_timeout.as_secs_f64() / 2.0;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped"
            )]
            let turns = turns.clamp(1.0, 1e6) as usize;
            connections.min(turns)
        });
        Self {
            list: spec.load_full_list || !spec.repositories.is_exact(),
            everything: spec.load_full_list,
            scope: spec.repositories.clone(),
            lists_whole: spec.lists_whole,
            workers: workers.max(1),
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

    #[test]
    fn a_slow_rate_crowds_nobody_out() {
        let mut spec = spec();
        assert_eq!(Plan::new(&spec).workers, 16);
        spec.limits.max_rps = Some(0.1);
        assert_eq!(Plan::new(&spec).workers, 3);
        spec.limits.max_rps = Some(100.0);
        assert_eq!(Plan::new(&spec).workers, 16);
    }
}
