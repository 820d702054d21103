//! The work behind effects: one function each, from the machine's words to jobs and back.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::requests::Requests;
use crate::app::{Event, Inspection, Ticket};
use crate::job::{self, Audience, CrawlRequest, InspectRequest, trouble};
use crate::model::{
    CheckReport, Class, Decided, Failure, ImageReference, Progress, RegistryId, RegistryRow,
    RegistrySpec, Retry, SaveError, SaveFault, SecretEntries, SecretEntry, SecretKind, Stage,
    Timestamp, Trouble, Typed,
};
use crate::secret::Secrets;
use crate::store::Store;

/// What a check may take.
const CHECK: Duration = Duration::from_secs(10);

/// The latest samples of every crawl.
pub(super) type Samples = Arc<BTreeMap<RegistryId, Progress>>;

/// What tasks take along.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) store: Store,
    /// Where passwords are.
    pub(super) secrets: Secrets,
    /// Secrets that were typed in, until the program ends.
    pub(super) typed: Arc<Mutex<HashMap<RegistryId, Typed>>>,
    pub(super) answers: mpsc::Sender<Event>,
    /// The latest samples of all crawls. Each crawl's task changes its own; the loop
    /// looks when it has time.
    pub(super) samples: Arc<watch::Sender<Samples>>,
    pub(super) written: Arc<Notify>,
    /// What was asked of registries.
    pub(super) requests: Requests,
}

pub(super) fn refused(trouble: Trouble) -> Failure {
    let failure = Failure::new(Stage::Connect, Class::Local, trouble.message);
    match trouble.hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

async fn find(store: &Store, id: RegistryId) -> Result<RegistryRow, Trouble> {
    let store = store.clone();
    let rows = job::blocking(move || store.registries())
        .await
        .map_err(|error| trouble(&error))?;
    rows.into_iter()
        .find(|row| row.id == id)
        .ok_or_else(|| Trouble::new("the registry has been removed meanwhile"))
}

fn typed(shared: &Shared, id: RegistryId) -> Typed {
    let typed = shared.typed.lock();
    let typed = typed.unwrap_or_else(PoisonError::into_inner);
    typed.get(&id).cloned().unwrap_or_default()
}

pub(super) async fn crawl(
    shared: Shared,
    id: RegistryId,
    retry: Option<Retry>,
    cancel: CancellationToken,
    paused: watch::Receiver<bool>,
) -> Event {
    let row = match find(&shared.store, id).await {
        Ok(row) => row,
        Err(trouble) => {
            return Event::CrawlRefused {
                registry: id,
                failure: refused(trouble),
            };
        }
    };
    let (progress, mut watched) = watch::channel(Progress::default());
    let request = CrawlRequest {
        store: shared.store.clone(),
        secrets: shared.secrets.clone(),
        typed: typed(&shared, id),
        registry: row,
        full: false,
        retry,
        started: Timestamp::now(),
        cancel,
        paused,
        progress,
        watcher: Some(shared.requests.watcher(id)),
    };
    let show = |sample: Progress| {
        shared.samples.send_modify(|samples| {
            Arc::make_mut(samples).insert(id, sample);
        });
    };
    show(Progress::default());
    let written = Arc::clone(&shared.written);
    let follow = async {
        while watched.changed().await.is_ok() {
            let sample = *watched.borrow_and_update();
            show(sample);
        }
    };
    let (ended, ()) = tokio::join!(job::crawl(request, move || written.notify_one()), follow);
    match ended {
        Ok(ended) => Event::CrawlEnded {
            registry: id,
            summary: Arc::new(ended.summary),
            record: Box::new(ended.record),
        },
        Err(error) => Event::CrawlRefused {
            registry: id,
            failure: refused(trouble(&error)),
        },
    }
}

pub(super) async fn save(
    shared: &Shared,
    id: Option<RegistryId>,
    spec: RegistrySpec,
    entries: SecretEntries,
) -> Result<RegistryId, SaveError> {
    let saved = job::save(&shared.store, &shared.secrets, id, spec, entries.clone()).await;
    let id = match saved {
        Ok(saved) => saved.id,
        Err(error) => {
            if matches!(error.fault, SaveFault::NoStore(_)) {
                // The form has no room for what the system says of its store.
                tracing::warn!(%error, "a secret could not be kept");
            }
            return Err(error);
        }
    };
    let typed = shared.typed.lock();
    let mut typed = typed.unwrap_or_else(PoisonError::into_inner);
    let typed = typed.entry(id).or_default();
    for kind in SecretKind::ALL {
        match entries.of(kind) {
            SecretEntry::Session(secret) => *typed.of_mut(kind) = Some(secret.clone()),
            SecretEntry::Keep => {}
            SecretEntry::From(_) | SecretEntry::Typed(..) => *typed.of_mut(kind) = None,
        }
    }
    Ok(id)
}

pub(super) async fn remove(shared: &Shared, id: RegistryId) -> Result<(), Trouble> {
    let row = find(&shared.store, id).await?;
    job::remove(&shared.store, &shared.secrets, &row)
        .await
        .map_err(|error| error.trouble)?;
    shared
        .typed
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&id);
    Ok(())
}

/// Writes decisions down, all or none of them.
pub(super) async fn decide(
    shared: &Shared,
    mut decided: Vec<(RegistryId, Decided)>,
) -> Result<(), Trouble> {
    let store = shared.store.clone();
    // Stable, so that of two about the same the later counts.
    decided.sort_by_key(|(registry, _)| *registry);
    let written = job::blocking(move || {
        let of_each: Vec<(RegistryId, Vec<Decided>)> = decided
            .chunk_by(|(one, _), (other, _)| one == other)
            .map(|of_one| {
                let decided = of_one.iter().map(|(_, decided)| decided.clone());
                (of_one[0].0, decided.collect())
            })
            .collect();
        let all: Vec<(RegistryId, &[Decided])> = of_each
            .iter()
            .map(|(registry, decided)| (*registry, decided.as_slice()))
            .collect();
        store.decide_all(&all)
    });
    written.await.map_err(|error| trouble(&error))?;
    Ok(())
}

/// Checks what the form says, and tells of each stage; secrets in it are for this check and
/// kept nowhere.
pub(super) async fn check(
    shared: &Shared,
    ticket: Ticket,
    id: Option<RegistryId>,
    mut spec: RegistrySpec,
    entries: SecretEntries,
) -> CheckReport {
    let mut known = Typed::default();
    if let Some(id) = id
        && let Ok(row) = find(&shared.store, id).await
    {
        let kept = typed(shared, id);
        for kind in SecretKind::ALL {
            if *entries.of(kind) == SecretEntry::Keep {
                *spec.place_mut(kind) = row.spec.place(kind).clone();
                *known.of_mut(kind) = kept.of(kind).cloned();
            }
        }
    }
    let mut given = entries.for_check(&mut spec);
    for kind in SecretKind::ALL {
        let secret = given.of_mut(kind).take();
        *given.of_mut(kind) = secret.or_else(|| known.of_mut(kind).take());
    }
    let (stages, mut told) = watch::channel(CheckReport::default());
    let audience = Audience {
        stages: Some(stages),
        ..Audience::default()
    };
    let follow = async {
        while told.changed().await.is_ok() {
            let report = told.borrow_and_update().clone();
            let event = Event::Checked {
                ticket,
                report,
                done: false,
            };
            // A loop that is gone wants no news.
            let _ = shared.answers.send(event).await;
        }
    };
    let check = job::check(&shared.secrets, &spec, &given, CHECK, audience);
    tokio::join!(check, follow).0
}

/// Reads an image in full, with the secrets that were typed in during this run.
pub(super) async fn inspect(
    shared: &Shared,
    reference: ImageReference,
    platform: Option<String>,
) -> Result<Box<Inspection>, Trouble> {
    let typed = match &reference {
        ImageReference::Named { path, .. } => typed_for(shared, path).await,
        ImageReference::Digest(..) => Typed::default(),
    };
    let request = InspectRequest {
        store: shared.store.clone(),
        secrets: shared.secrets.clone(),
        reference,
        platform,
        typed,
    };
    match job::inspect(&request).await {
        Ok((image, remarks)) => Ok(Box::new(Inspection { image, remarks })),
        Err(error) => Err(Trouble {
            message: error.to_string(),
            hint: error.hint(),
        }),
    }
}

/// What was typed in for the registry that a path begins with.
async fn typed_for(shared: &Shared, path: &str) -> Typed {
    let store = shared.store.clone();
    let rows = job::blocking(move || store.registries()).await;
    let rows = rows.unwrap_or_default();
    let begins = |name: &str| {
        path.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let row = rows.iter().find(|row| begins(row.spec.name.as_str()));
    row.map_or_else(Typed::default, |row| typed(shared, row.id))
}
