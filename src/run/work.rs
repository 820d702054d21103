//! The work behind effects: one function each, from the machine's words to jobs and back.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::app::{Event, PasswordEntry, SaveError, StoreOffer, Ticket, Trouble};
use crate::job::{self, Audience, CrawlRequest, PasswordEntry as Kept};
use crate::model::{
    CheckReport, Class, Failure, PasswordSource, Progress, RegistryId, RegistryRow, RegistrySpec,
    Secret, Stage, Timestamp,
};
use crate::secret::{self, Offer, SecretError, Secrets};
use crate::store::{Store, StoreError};

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
    /// Passwords that were typed in, until the program ends.
    pub(super) typed: Arc<Mutex<HashMap<RegistryId, Secret>>>,
    pub(super) answers: mpsc::Sender<Event>,
    /// The latest samples of all crawls. Each crawl's task changes its own; the loop
    /// looks when it has time.
    pub(super) samples: Arc<watch::Sender<Samples>>,
    pub(super) written: Arc<Notify>,
}

pub(super) fn trouble(error: &StoreError) -> Trouble {
    Trouble {
        message: error.to_string(),
        hint: error.hint(),
    }
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

fn typed(shared: &Shared, id: RegistryId) -> Option<Secret> {
    shared
        .typed
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&id)
        .cloned()
}

pub(super) async fn crawl(
    shared: Shared,
    id: RegistryId,
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
        started: Timestamp::now(),
        cancel,
        paused,
        progress,
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

/// Where a password entered in the form goes, and what of it stays in memory.
fn place(entry: PasswordEntry) -> (Kept, Option<Secret>) {
    match entry {
        PasswordEntry::Keep => (Kept::Keep, None),
        PasswordEntry::From(source) => (Kept::From(source), None),
        PasswordEntry::Store(secret, store) => (Kept::Typed(secret, Some(store)), None),
        PasswordEntry::Session(secret) => (Kept::From(PasswordSource::Session), Some(secret)),
    }
}

pub(super) async fn save(
    shared: &Shared,
    id: Option<RegistryId>,
    spec: RegistrySpec,
    password: PasswordEntry,
) -> Result<RegistryId, SaveError> {
    let (password, session) = place(password);
    let keeps = password == Kept::Keep;
    let saved = job::save(&shared.store, &shared.secrets, id, spec, password)
        .await
        .map_err(|error| SaveError {
            setting: match &error {
                job::SaveError::Setting { key, .. } => Some(*key),
                job::SaveError::Secret(_) => Some("password"),
                job::SaveError::Store(_) => None,
            },
            message: match (&error, error.hint()) {
                (job::SaveError::Secret(error), _) => unkept(error),
                (_, Some(hint)) => format!("{error}: {hint}"),
                (_, None) => error.to_string(),
            },
        })?;
    let id = saved.id;
    let mut typed = shared.typed.lock().unwrap_or_else(PoisonError::into_inner);
    match session {
        Some(secret) => drop(typed.insert(id, secret)),
        None if !keeps => drop(typed.remove(&id)),
        None => {}
    }
    Ok(id)
}

/// Why a password could not be kept, in the words of the form and as short as its two
/// lines: what the system says of its store is for the log.
fn unkept(error: &SecretError) -> String {
    tracing::warn!(%error, "the password could not be kept");
    let what = match error {
        SecretError::NoOsStore(_) => "no secret store works here",
        SecretError::OsStoreTimeout(_) => "the secret store does not answer",
        other => return format!("{other}: {}", other.hint()),
    };
    format!("{what}: choose the encrypted file, memory, a variable or a command")
}

/// Which secret stores of this host work.
pub(super) async fn offers(shared: &Shared) -> Vec<StoreOffer> {
    let offers = shared.secrets.offers().await.into_iter();
    let offer = |offer: Offer| StoreOffer {
        name: secret::place_of(&offer.store),
        store: offer.store,
        lifetime: offer.lifetime,
        trouble: offer.works.err().map(|error| error.to_string()),
    };
    offers.map(offer).collect()
}

pub(super) async fn remove(shared: &Shared, id: RegistryId) -> Result<(), Trouble> {
    let row = find(&shared.store, id).await?;
    job::remove(&shared.store, &shared.secrets, &row)
        .await
        .map_err(|error| Trouble {
            message: error.to_string(),
            hint: error.hint(),
        })?;
    shared
        .typed
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&id);
    Ok(())
}

/// Checks what the form says, and tells of each stage; a password in it is for this check
/// and kept nowhere.
pub(super) async fn check(
    shared: &Shared,
    ticket: Ticket,
    id: Option<RegistryId>,
    mut spec: RegistrySpec,
    password: PasswordEntry,
) -> CheckReport {
    let mut secret = None;
    match place(password) {
        (Kept::Keep, _) => {
            if let Some(id) = id
                && let Ok(row) = find(&shared.store, id).await
            {
                spec.password = row.spec.password;
                secret = typed(shared, id);
            }
        }
        (Kept::Typed(typed, _), _) => {
            spec.password = PasswordSource::Session;
            secret = Some(typed);
        }
        (Kept::From(source), session) => {
            spec.password = source;
            secret = session;
        }
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
    let check = job::check(&shared.secrets, &spec, secret.as_ref(), CHECK, audience);
    tokio::join!(check, follow).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_cannot_be_kept_is_told_in_the_words_of_the_form() {
        let bus = SecretError::NoOsStore("no D-Bus, in many words".to_owned());
        let ways = "choose the encrypted file, memory, a variable or a command";
        assert_eq!(unkept(&bus), format!("no secret store works here: {ways}"));
        let slow = SecretError::OsStoreTimeout(Duration::from_secs(2));
        assert_eq!(
            unkept(&slow),
            format!("the secret store does not answer: {ways}")
        );
        let empty = SecretError::NoVariable("PW".to_owned());
        assert!(unkept(&empty).contains("`PW`") && unkept(&empty).contains("export"));
    }
}
