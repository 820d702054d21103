//! The plan: all decisions, with what each is about now. Only repositories are read in which
//! something was decided.

use std::collections::BTreeMap;

use crate::model::{Cancel, Filter, Listing, Order, PlanColumn, Planned};
use crate::query;
use crate::store::{Store, StoreError};

pub(super) fn plan(
    store: &Store,
    filter: &Filter,
    order: Order<PlanColumn>,
    cancel: &Cancel,
) -> Result<Listing<Planned>, StoreError> {
    let registries = store.registries()?;
    let mut rows = Vec::new();
    for registry in registries.iter().filter(|row| row.decisions > 0) {
        let decided = store.decisions(registry.id)?;
        for of_one in decided.chunk_by(|one, other| one.repository == other.repository) {
            let Some(first) = of_one.first() else {
                continue;
            };
            if cancel.is_cancelled() {
                return Ok(Listing::default());
            }
            let images = store.images(registry.id, &first.repository)?;
            let history = store.history(registry.id, &first.repository)?;
            rows.extend(query::planned(registry.id, of_one, &images, &history));
        }
    }
    let names: BTreeMap<_, _> = registries
        .iter()
        .map(|row| (row.id, row.spec.name.to_string()))
        .collect();
    Ok(query::plan(rows, &names, filter, order))
}
