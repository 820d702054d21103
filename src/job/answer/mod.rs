//! Questions to the inventory, answered: what the store holds, as it was asked for.

mod changes;
mod drift;
mod search;
mod selected;

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
            registry,
            filter,
            order,
        } => {
            let rows = read(cancel, || store.repositories(*registry))?;
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
        Question::Changes {
            registries,
            past,
            repository,
            tag,
            after,
            enough,
        } => {
            let wanted = changes::Wanted {
                past: *past,
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{
        Blobs, Class, Digest, Failure, Filter, Finding, Image, ImageColumn, Kind, MediaType, Order,
        Outcome, Progress, RegistryId, RegistrySpec, RepositoryColumn, RepositoryName, Stage,
        Summary, Timestamp,
    };
    use crate::store::Access;

    fn names(answer: &Answer) -> Vec<String> {
        match answer {
            Answer::Registries(rows) => rows.iter().map(|r| r.spec.name.to_string()).collect(),
            Answer::Repositories(found) => found.rows.iter().map(|r| r.name.to_string()).collect(),
            Answer::Images(found) => found.rows.iter().map(|r| r.tags[0].to_string()).collect(),
            Answer::Failures(failures) => failures.iter().map(|f| f.message.clone()).collect(),
            other => panic!("not asked for: {other:?}"),
        }
    }

    /// A registry with two repositories of images, and the number it has.
    pub(super) fn crawled(store: &Store, name: &str) -> RegistryId {
        let address = "https://hub.example".parse().unwrap();
        let spec = RegistrySpec::new(name.parse().unwrap(), address);
        let id = store.add_registry(&spec).unwrap();
        let started = Timestamp::UNIX_EPOCH;
        let mut writer = store.begin_crawl(id, &spec.name, started).unwrap();
        for (name, tags) in [
            ("base", &["1"][..]),
            ("team/a", &["1"]),
            ("team/b", &["1.9", "1.10", "2-rc"]),
        ] {
            let repository: RepositoryName = name.parse().unwrap();
            let mut findings = vec![Finding::Repository(repository.clone())];
            for tag in tags {
                let digest = Digest::sha256(tag.as_bytes());
                findings.push(Finding::Image {
                    repository: repository.clone(),
                    digest: digest.clone(),
                    image: Box::new(Image::new(Kind::Image, MediaType::OciManifest)),
                    blobs: Blobs::default(),
                });
                findings.push(Finding::Tag {
                    repository: repository.clone(),
                    tag: tag.parse().unwrap(),
                    digest,
                });
            }
            writer.write(&findings).unwrap();
        }
        let failure = Failure::new(Stage::Tags, Class::Denied, "listing tags was refused");
        writer.write(&[Finding::Failed(failure)]).unwrap();
        let summary = Summary {
            outcome: Outcome::Partial,
            progress: Progress::default(),
            failures: Vec::new(),
            elapsed: Duration::ZERO,
            memory: None,
            cut: false,
            opened: None,
            resume_at: None,
        };
        writer.finish(&summary).unwrap();
        id
    }

    #[test]
    fn every_question_is_answered_from_the_inventory_and_none_that_is_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        let registry = crawled(&store, "hub");
        let newest = Order {
            column: ImageColumn::Tag,
            descending: true,
        };
        for (question, expected) in [
            (Question::Registries, &["hub"][..]),
            (
                Question::Repositories {
                    registry,
                    filter: Filter::new("team"),
                    order: Order {
                        column: RepositoryColumn::Tags,
                        descending: true,
                    },
                },
                &["team/b", "team/a"],
            ),
            (
                Question::Images {
                    registry,
                    repository: "team/b".parse().unwrap(),
                    filter: Filter::new("!rc"),
                    order: newest,
                },
                &["1.10", "1.9"],
            ),
            (
                Question::Failures { registry, crawl: 1 },
                &["listing tags was refused"],
            ),
        ] {
            let cancel = Cancel::default();
            let found = answer(&store, &question, &cancel).unwrap();
            assert_eq!(names(&found), expected, "{question:?}");
            cancel.cancel();
            let found = answer(&store, &question, &cancel).unwrap();
            assert!(names(&found).is_empty(), "{question:?}");
        }
    }

    #[test]
    fn what_is_cancelled_while_it_is_read_is_not_handed_on() {
        let cancel = Cancel::default();
        let rows = read(&cancel, || {
            cancel.cancel();
            Ok(vec![1, 2, 3])
        });
        assert!(rows.unwrap().is_empty());
    }
}
