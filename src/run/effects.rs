//! Effects made into tasks, and their answers back into events.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ask::Asked;
use super::watch::Watch;
use super::work::{self, Samples, Shared, refused, trouble};
use crate::app::{Effect, Event, SaveError, Ticket, Trouble};
use crate::job;
use crate::model::{RegistryId, Secret};
use crate::query;
use crate::secret::Secrets;
use crate::store::{Store, StoreError};

/// How long a stopped crawl may take to write down what it read.
const PATIENCE: Duration = Duration::from_secs(3);

/// What tasks have to tell.
pub(super) enum News {
    /// An answer, for the machine.
    Answer(Event),
    /// Some crawl has gone on; [`Tasks::progress`] says how far.
    Progress,
}

/// What a running crawl is steered by.
struct Steering {
    cancel: CancellationToken,
    /// Whether it stands still. From the loop to the crawl, which sees the latest.
    paused: watch::Sender<bool>,
}

/// Everything that runs beside the loop.
pub(super) struct Tasks {
    shared: Shared,
    /// From every task to the loop. Bounded: a task whose answer finds no room waits.
    answers: mpsc::Receiver<Event>,
    progress: watch::Receiver<Samples>,
    crawls: HashMap<RegistryId, Steering>,
    checks: HashMap<Ticket, CancellationToken>,
    /// Questions of tasks, one at a time.
    asked: mpsc::Receiver<Asked>,
    /// Who waits for an answer.
    waiting: HashMap<Ticket, oneshot::Sender<Option<Secret>>>,
    /// How many questions there were.
    questions: u64,
    tracker: TaskTracker,
    read_only: bool,
}

impl Tasks {
    pub(super) fn new(
        store: Store,
        secrets: Secrets,
        asked: mpsc::Receiver<Asked>,
        typed: HashMap<RegistryId, Secret>,
        read_only: bool,
        watch: &Watch,
    ) -> Self {
        let (sender, answers) = mpsc::channel(64);
        let (samples, progress) = watch::channel(Samples::default());
        Self {
            shared: Shared {
                store,
                secrets,
                typed: Arc::new(Mutex::new(typed)),
                answers: sender,
                samples: Arc::new(samples),
                written: watch.teller(),
            },
            answers,
            progress,
            crawls: HashMap::new(),
            checks: HashMap::new(),
            asked,
            waiting: HashMap::new(),
            questions: 0,
            tracker: TaskTracker::new(),
            read_only,
        }
    }

    /// The next answer, or, where `progress` is wanted, that some crawl has gone on.
    pub(super) async fn news(&mut self, progress: bool) -> News {
        tokio::select! {
            biased;
            Some(event) = self.answers.recv() => News::Answer(event),
            Some(asked) = self.asked.recv() => News::Answer(self.ask(asked)),
            Ok(()) = self.progress.changed(), if progress => News::Progress,
            // We hold a sender of both ourselves.
            else => std::future::pending().await,
        }
    }

    /// Puts a question of a task before the machine.
    fn ask(&mut self, asked: Asked) -> Event {
        self.questions += 1;
        let ticket = Ticket(self.questions);
        self.waiting.insert(ticket, asked.answer);
        Event::Asked {
            ticket,
            wanted: asked.wanted,
        }
    }

    /// The latest samples.
    pub(super) fn progress(&mut self) -> Samples {
        Arc::clone(&self.progress.borrow_and_update())
    }

    /// Sees what comes back on its way to the machine.
    pub(super) fn observe(&mut self, event: &Event) {
        match event {
            Event::CrawlEnded { registry, .. } | Event::CrawlRefused { registry, .. } => {
                self.crawls.remove(registry);
                // Not before its end is told: until then it runs.
                self.shared.samples.send_modify(|samples| {
                    Arc::make_mut(samples).remove(registry);
                });
            }
            Event::Checked {
                ticket, done: true, ..
            } => {
                self.checks.remove(ticket);
            }
            _ => {}
        }
    }

    /// Stops crawls and waits for them to write down what they read.
    pub(super) async fn finish(mut self) {
        let crawls = self.crawls.values().map(|crawl| &crawl.cancel);
        for cancel in crawls.chain(self.checks.values()) {
            cancel.cancel();
        }
        // Nobody will answer any more.
        self.waiting.clear();
        self.asked.close();
        self.tracker.close();
        let drain = async { while self.answers.recv().await.is_some() {} };
        // Whoever is not done by then is at a disk or a server that does not answer.
        let _ = tokio::time::timeout(PATIENCE, async {
            tokio::select! {
                () = self.tracker.wait() => {}
                () = drain => {}
            }
        })
        .await;
    }

    /// Starts what an effect asks for.
    pub(super) fn start(&mut self, effect: Effect) {
        let shared = self.shared.clone();
        match effect {
            Effect::LoadRegistries { ticket } => self.load(ticket, move || {
                let rows = shared.store.registries()?;
                Ok(Event::Registries { ticket, rows })
            }),
            Effect::LoadRepositories {
                ticket,
                registry,
                filter,
                order,
            } => {
                self.load(ticket, move || {
                    let rows = shared.store.repositories(registry)?;
                    let listing = query::repositories(rows, &filter, order);
                    Ok(Event::Repositories { ticket, listing })
                });
            }
            Effect::LoadImages {
                ticket,
                registry,
                repository,
                filter,
                order,
            } => {
                self.load(ticket, move || {
                    let rows = shared.store.images(registry, &repository)?;
                    let listing = query::images(rows, &filter, order);
                    Ok(Event::Images { ticket, listing })
                });
            }
            Effect::LoadFailures {
                ticket,
                registry,
                crawl,
            } => self.load(ticket, move || {
                let failures = shared.store.failures(registry, crawl)?;
                Ok(Event::Failures {
                    ticket,
                    registry,
                    crawl,
                    failures,
                })
            }),
            Effect::StartCrawl(registry) => self.crawl(registry),
            Effect::PauseCrawl { registry, paused } => {
                if let Some(crawl) = self.crawls.get(&registry) {
                    crawl.paused.send_replace(paused);
                }
            }
            Effect::CancelCrawl(registry) => {
                if let Some(crawl) = self.crawls.get(&registry) {
                    crawl.cancel.cancel();
                }
            }
            Effect::Save {
                ticket,
                id,
                spec,
                password,
            } => {
                let result = self.may_write("a registry's settings");
                self.spawn(async move {
                    let result = match result {
                        Ok(()) => work::save(&shared, id, *spec, password).await,
                        Err(trouble) => Err(SaveError {
                            setting: None,
                            message: trouble.message,
                        }),
                    };
                    Event::Saved { ticket, result }
                });
            }
            Effect::TryStores => {
                // Trying writes, and nothing can be saved anyway.
                let read_only = self.read_only;
                self.spawn(async move {
                    let offers = if read_only {
                        Vec::new()
                    } else {
                        work::offers(&shared).await
                    };
                    Event::StoresTried(offers)
                });
            }
            Effect::Remove(registry) => {
                let result = self.may_write("the removal of a registry");
                self.spawn(async move {
                    let result = match result {
                        Ok(()) => work::remove(&shared, registry).await,
                        Err(trouble) => Err(trouble),
                    };
                    Event::Removed { registry, result }
                });
            }
            Effect::Check {
                ticket,
                id,
                spec,
                password,
            } => {
                let cancel = CancellationToken::new();
                self.checks.insert(ticket, cancel.clone());
                self.spawn(async move {
                    let check = Box::pin(work::check(&shared, ticket, id, *spec, password));
                    let report = cancel.run_until_cancelled(check).await.unwrap_or_default();
                    Event::Checked {
                        ticket,
                        report,
                        done: true,
                    }
                });
            }
            Effect::CancelCheck { ticket } => {
                if let Some(cancel) = self.checks.remove(&ticket) {
                    cancel.cancel();
                }
            }
            // The loop has done these itself.
            Effect::Answer { ticket, secret } => {
                if let Some(waiting) = self.waiting.remove(&ticket) {
                    // Whoever asked may have given up meanwhile.
                    let _ = waiting.send(secret);
                }
            }
            Effect::Copy(_) | Effect::Suspend | Effect::Redraw | Effect::Quit => {}
        }
    }

    fn may_write(&self, what: &'static str) -> Result<(), Trouble> {
        if self.read_only {
            return Err(trouble(&StoreError::ReadOnly { what }));
        }
        Ok(())
    }

    /// Runs a task whose event goes to the loop. A task that breaks is logged by the
    /// panic hook.
    fn spawn(&self, task: impl Future<Output = Event> + Send + 'static) {
        let answers = self.shared.answers.clone();
        self.tracker.spawn(async move {
            let event = task.await;
            // A loop that is gone wants no answers.
            let _ = answers.send(event).await;
        });
    }

    /// Reads from the inventory on a thread that may block.
    fn load(
        &self,
        ticket: Ticket,
        read: impl FnOnce() -> Result<Event, StoreError> + Send + 'static,
    ) {
        self.spawn(async move {
            job::blocking(read)
                .await
                .unwrap_or_else(|error| Event::StoreFailed {
                    ticket: Some(ticket),
                    trouble: trouble(&error),
                })
        });
    }

    fn crawl(&mut self, registry: RegistryId) {
        if let Err(trouble) = self.may_write("a crawl's findings") {
            let failure = refused(trouble);
            self.spawn(async move { Event::CrawlRefused { registry, failure } });
            return;
        }
        if self.crawls.contains_key(&registry) {
            return;
        }
        let cancel = CancellationToken::new();
        let (paused, pauses) = watch::channel(false);
        let steering = Steering {
            cancel: cancel.clone(),
            paused,
        };
        self.crawls.insert(registry, steering);
        let shared = self.shared.clone();
        self.spawn(async move {
            // In a task of its own, so that one that breaks is an event like any other.
            let work = tokio::spawn(work::crawl(shared, registry, cancel, pauses));
            work.await.unwrap_or_else(|error| Event::CrawlRefused {
                registry,
                failure: refused(Trouble::new(format!(
                    "the crawl broke off inside supercargo: {error}"
                ))),
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Class, Failure, Finding, Outcome, Progress, RegistrySpec, Stage, Summary, Timestamp,
    };
    use crate::store::Access;

    #[tokio::test]
    async fn failures_are_read_from_the_inventory_and_not_from_memory() {
        let folder = tempfile::tempdir().unwrap();
        let spec = RegistrySpec::new(
            "hub".parse().unwrap(),
            "https://hub.example".parse().unwrap(),
        );
        let failure = Failure::new(Stage::Tags, Class::Denied, "listing tags was refused");
        let (registry, crawl) = {
            let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
            let id = store.add_registry(&spec).unwrap();
            let started = Timestamp::UNIX_EPOCH;
            let mut writer = store.begin_crawl(id, &spec.name, started).unwrap();
            writer.write(&[Finding::Failed(failure.clone())]).unwrap();
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
            (id, writer.finish(&summary).unwrap().number)
        };
        let store = Store::open(folder.path(), Access::ReadOnly).unwrap();
        let watch = Watch::new(store.file());
        let (prompt, asked) = super::super::ask::Screen::new();
        let secrets = Secrets::new(folder.path(), Arc::new(prompt));
        let mut tasks = Tasks::new(store, secrets, asked, HashMap::new(), true, &watch);
        let ticket = Ticket(3);
        tasks.start(Effect::LoadFailures {
            ticket,
            registry,
            crawl,
        });
        let News::Answer(Event::Failures {
            ticket: answered,
            failures,
            ..
        }) = tasks.news(false).await
        else {
            panic!("no failures")
        };
        assert_eq!((answered, failures), (ticket, vec![failure]));
    }
}
