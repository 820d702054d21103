//! Questions to the inventory, answered: what the store holds, as it was asked for.

mod built;
mod changes;
mod drift;
mod halves;
mod over;
mod planned;
mod search;
mod selected;
#[cfg(test)]
mod tests;

use crate::model::{Answer, Cancel, Cursor, Question, RegistryId, RepositoryName};
use crate::query;
use crate::store::{Store, StoreError};

/// Answers a question. Blocks, as the store does.
///
/// Once `cancel` is set, what is still to be read or ordered is left out: the answer is
/// nobody's then.
///
/// # Errors
///
/// Where the inventory cannot be read.
pub fn answer(store: &Store, question: &Question, cancel: &Cancel) -> Result<Answer, StoreError> {
    Ok(match question {
        Question::Registries => Answer::Registries(read(cancel, || store.registries())?),
        Question::Repositories {
            registries,
            filter,
            order,
        } => {
            let mut rows = Vec::new();
            for registry in registries {
                rows.extend(read(cancel, || store.repositories(*registry))?);
            }
            Answer::Repositories(query::repositories(rows, filter, *order))
        }
        Question::Images {
            registry,
            repository,
            filter,
            order,
        } => {
            let rows = read(cancel, || store.images(*registry, repository))?;
            Answer::Images(query::images(rows, filter, *order))
        }
        Question::ImagesOver {
            registries,
            below,
            filter,
            order,
            most,
        } => {
            let over = over::Over {
                registries,
                below: below.as_deref(),
                filter,
                order: *order,
                most: *most,
            };
            Answer::Images(over.first(store, cancel)?)
        }
        Question::Failures { registry, crawl } => {
            Answer::Failures(read(cancel, || store.failures(*registry, *crawl))?)
        }
        Question::Crawls { registry } => Answer::Crawls(read(cancel, || store.crawls(*registry))?),
        Question::Selected {
            registries,
            selection,
            after,
            enough,
        } => {
            let page = selected::page(
                store,
                registries,
                selection,
                after.as_ref(),
                *enough,
                cancel,
            );
            Answer::Selected(page?)
        }
        Question::Ranked {
            registries,
            selection,
            order,
            most,
        } => {
            let best = query::Best::new(*order, registries.clone(), *most);
            let (rows, total) = selected::ranked(store, registries, selection, best, cancel)?;
            Answer::Ranked { rows, total }
        }
        Question::Search {
            registries,
            search,
            after,
            enough,
        } => {
            let page = search::page(store, registries, search, after.as_ref(), *enough, cancel);
            Answer::Search(page?)
        }
        Question::Built { images } => Answer::Built(built::built(store, images, cancel)?),
        Question::Changes {
            registries,
            past,
            newest_first,
            repository,
            tag,
            after,
            enough,
        } => {
            let wanted = changes::Wanted {
                past: *past,
                newest_first: *newest_first,
                repository: repository.as_ref(),
                tag: tag.as_ref(),
            };
            let page = wanted.page(store, registries, after.as_ref(), *enough, cancel);
            Answer::Changes(page?)
        }
        Question::History {
            registry,
            repository,
            tag,
        } => {
            let mut changes = read(cancel, || store.history(*registry, repository))?;
            changes.retain(|change| changes::is_of_tag(change, tag.as_ref()));
            Answer::History(changes)
        }
        Question::Usage { registry, by } => {
            Answer::Usage(store.usage(*registry, *by, cancel.flag())?)
        }
        Question::Holders { registry, layers } => {
            Answer::Holders(store.holders(*registry, layers, cancel.flag())?)
        }
        Question::Drift {
            a,
            b,
            map,
            repository,
            tag,
        } => {
            let wanted = drift::Wanted {
                map,
                repository: repository.as_ref(),
                tag: tag.as_ref(),
            };
            Answer::Drift(wanted.compare(store, *a, *b, cancel)?)
        }
        Question::Plan { filter, order } => {
            Answer::Plan(planned::plan(store, filter, *order, cancel)?)
        }
        Question::Decisions { registry } => {
            Answer::Decisions(read(cancel, || store.decisions(*registry))?)
        }
    })
}

/// The registries that a list is still to tell of, the first from behind a repository.
fn from_place<'p>(
    registries: &[RegistryId],
    after: Option<&'p Cursor>,
) -> impl Iterator<Item = (RegistryId, Option<&'p RepositoryName>)> {
    let first = after.and_then(|after| registries.iter().position(|id| *id == after.registry));
    let registries = registries.iter().skip(first.unwrap_or(0)).copied();
    registries.map(move |registry| {
        let behind = after.filter(|after| after.registry == registry);
        (registry, behind.map(|after| &after.repository))
    })
}

/// Rows that are read and handed on as long as they are wanted.
fn read<T>(
    cancel: &Cancel,
    rows: impl FnOnce() -> Result<Vec<T>, StoreError>,
) -> Result<Vec<T>, StoreError> {
    if cancel.is_cancelled() {
        return Ok(Vec::new());
    }
    let rows = rows()?;
    Ok(if cancel.is_cancelled() {
        Vec::new()
    } else {
        rows
    })
}
