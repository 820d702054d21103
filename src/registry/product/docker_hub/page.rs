//! The pages of its lists, which are numbered and state a total.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use crate::registry::lenient::{List, Number, Object, Presence, Text};
use crate::registry::list::Refusal;

/// The names that came on the pages of one list so far: what is pushed meanwhile comes first,
/// so that a name comes twice where another was passed over, and the total stays.
#[derive(Clone, Default)]
pub(super) struct Came(Arc<Mutex<HashSet<String>>>);

impl Came {
    pub(super) fn is_new(&self, name: &str) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(name.to_owned())
    }

    /// Takes names that are known from elsewhere.
    pub(super) fn know<'a>(&self, names: impl Iterator<Item = &'a String>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.extend(names.cloned());
    }

    /// Takes the name of a row.
    ///
    /// # Errors
    ///
    /// It came before.
    pub(super) fn take(&self, name: &Text, what: &str) -> Result<(), Refusal> {
        if name.uncovered().is_none_or(|name| self.is_new(name)) {
            Ok(())
        } else {
            Err(Refusal::Shifted(format!("a {what} came twice")))
        }
    }
}

#[derive(Deserialize)]
#[serde(default)]
pub(super) struct Page<T> {
    pub(super) count: Number,
    pub(super) next: Presence,
    pub(super) results: List<Object<T>>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            count: Number::default(),
            next: Presence::default(),
            results: List::default(),
        }
    }
}

impl<T> Page<T> {
    pub(super) fn rows(&self) -> Result<Vec<&T>, Refusal> {
        if !self.results.is_there() {
            return Err(Refusal::NoList("it holds no `results`".to_owned()));
        }
        let rows: Option<Vec<&T>> = self.results.iter().map(Object::get).collect();
        rows.ok_or_else(|| Refusal::NoList("it holds what is no object".to_owned()))
    }
}
