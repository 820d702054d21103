//! Effects made into tasks, and their answers back into events.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::prompt::Requested;
use super::requests::Requests;
use super::watch::Watch;
use super::work::{self, Samples, Shared, refused};
use super::{complete, export, import};
use crate::app::{Event, Ticket, Work};
use crate::job::{self, trouble};
use crate::model::{
    Cancel, Question, RegistryId, Retry, SaveError, SaveFault, Secret, Trouble, Typed,
};
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
    /// The questions to the inventory that are in flight.
    questions: HashMap<Ticket, Cancel>,
    /// Secrets that tasks want, one at a time.
    requested: mpsc::Receiver<Requested>,
    /// Who waits for a secret.
    waiting: HashMap<Ticket, oneshot::Sender<Option<Secret>>>,
    /// How many secrets were wanted.
    requests: u64,
    tracker: TaskTracker,
    read_only: bool,
}

impl Tasks {
    pub(super) fn new(
        store: Store,
        secrets: Secrets,
        requested: mpsc::Receiver<Requested>,
        typed: HashMap<RegistryId, Typed>,
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
                requests: Requests::default(),
            },
            answers,
            progress,
            crawls: HashMap::new(),
            checks: HashMap::new(),
            questions: HashMap::new(),
            requested,
            waiting: HashMap::new(),
            requests: 0,
            tracker: TaskTracker::new(),
            read_only,
        }
    }

    /// The next answer, or, where `progress` is wanted, that some crawl has gone on.
    pub(super) async fn news(&mut self, progress: bool) -> News {
        tokio::select! {
            biased;
            Some(event) = self.answers.recv() => News::Answer(event),
            Some(requested) = self.requested.recv() => News::Answer(self.request(requested)),
            Ok(()) = self.progress.changed(), if progress => News::Progress,
            // We hold a sender of both ourselves.
            else => std::future::pending().await,
        }
    }

    /// Puts what a task wants before the machine.
    fn request(&mut self, requested: Requested) -> Event {
        self.requests += 1;
        let ticket = Ticket(self.requests);
        self.waiting.insert(ticket, requested.secret);
        Event::SecretWanted {
            ticket,
            request: requested.request,
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
            }
            | Event::Inspected { ticket, .. } => {
                self.checks.remove(ticket);
            }
            Event::Answered { ticket, .. } => {
                self.questions.remove(ticket);
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
        for question in self.questions.values() {
            question.cancel();
        }
        // Nobody will give a secret any more.
        self.waiting.clear();
        self.requested.close();
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

    /// Asks the inventory, on a thread that may block.
    pub(super) fn ask(&mut self, ticket: Ticket, question: Question) {
        let cancel = Cancel::default();
        self.questions.insert(ticket, cancel.clone());
        let store = self.shared.store.clone();
        self.spawn(async move {
            let answer = job::blocking(move || job::answer(&store, &question, &cancel));
            let result = answer.await.map_err(|error| trouble(&error));
            Event::Answered { ticket, result }
        });
    }

    /// Begins or changes the work that the machine wants.
    pub(super) fn start(&mut self, work: Work) {
        let shared = self.shared.clone();
        match work {
            Work::Withdraw { ticket } => {
                if let Some(question) = self.questions.get(&ticket) {
                    question.cancel();
                }
            }
            Work::StartCrawl(registry) => self.crawl(registry, None),
            Work::Retry { registry, retry } => self.crawl(registry, Some(retry)),
            Work::PauseCrawl { registry, paused } => {
                if let Some(crawl) = self.crawls.get(&registry) {
                    crawl.paused.send_replace(paused);
                }
            }
            Work::CancelCrawl(registry) => {
                if let Some(crawl) = self.crawls.get(&registry) {
                    crawl.cancel.cancel();
                }
            }
            Work::Save {
                ticket,
                id,
                spec,
                secrets,
            } => {
                let result = self.may_write("a registry's settings");
                self.spawn(async move {
                    let result = match result {
                        Ok(()) => work::save(&shared, id, *spec, secrets).await,
                        Err(trouble) => Err(SaveError {
                            fault: SaveFault::Request,
                            trouble,
                        }),
                    };
                    Event::Saved { ticket, result }
                });
            }
            Work::Complete { ticket, typed } => self.spawn(async move {
                let paths = complete::paths(typed).await;
                Event::Completed { ticket, paths }
            }),
            Work::Import { ticket, path } => {
                let result = self.may_write("registries' settings");
                self.spawn(async move {
                    let result = match result {
                        Ok(()) => import::import(&shared, &path).await,
                        Err(trouble) => Err(trouble.into()),
                    };
                    Event::Imported { ticket, result }
                });
            }
            Work::TryStores => {
                // Trying writes, and nothing can be saved anyway.
                let read_only = self.read_only;
                self.spawn(async move {
                    let offers = if read_only {
                        Vec::new()
                    } else {
                        shared.secrets.offers().await
                    };
                    Event::StoresTried(offers)
                });
            }
            Work::Remove(registry) => {
                let result = self.may_write("the removal of a registry");
                self.spawn(async move {
                    let result = match result {
                        Ok(()) => work::remove(&shared, registry).await,
                        Err(trouble) => Err(trouble),
                    };
                    Event::Removed { registry, result }
                });
            }
            Work::Check {
                ticket,
                id,
                spec,
                secrets,
            } => {
                let cancel = CancellationToken::new();
                self.checks.insert(ticket, cancel.clone());
                self.spawn(async move {
                    let check = Box::pin(work::check(&shared, ticket, id, *spec, secrets));
                    let report = cancel.run_until_cancelled(check).await.unwrap_or_default();
                    Event::Checked {
                        ticket,
                        report,
                        done: true,
                    }
                });
            }
            Work::CancelCheck { ticket } | Work::CancelInspect { ticket } => {
                if let Some(cancel) = self.checks.remove(&ticket) {
                    cancel.cancel();
                }
            }
            Work::ReadRequests { ticket, behind } => self.spawn(async move {
                let lines = shared.requests.behind(behind);
                Event::RequestsRead { ticket, lines }
            }),
            Work::Inspect {
                ticket,
                reference,
                platform,
            } => {
                let cancel = CancellationToken::new();
                self.checks.insert(ticket, cancel.clone());
                self.spawn(async move {
                    let read = Box::pin(work::inspect(&shared, *reference, platform));
                    let result = cancel.run_until_cancelled(read).await;
                    let result = result.unwrap_or_else(|| Err(Trouble::new("given up")));
                    Event::Inspected { ticket, result }
                });
            }
            Work::Decide { ticket, decided } => {
                let result = self.may_write("decisions");
                self.spawn(async move {
                    let result = match result {
                        Ok(()) => work::decide(&shared, decided).await,
                        Err(trouble) => Err(trouble),
                    };
                    Event::Decided { ticket, result }
                });
            }
            Work::Export {
                ticket,
                path,
                decided,
            } => self.spawn(async move {
                let result = export::decisions(path, decided).await;
                Event::Exported { ticket, result }
            }),
            Work::GiveSecret { ticket, secret } => {
                if let Some(waiting) = self.waiting.remove(&ticket) {
                    // Whoever asked may have given up meanwhile.
                    let _ = waiting.send(secret);
                }
            }
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

    fn crawl(&mut self, registry: RegistryId, retry: Option<Retry>) {
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
            let work = tokio::spawn(work::crawl(shared, registry, retry, cancel, pauses));
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
    use crate::model::{Answer, RegistrySpec};
    use crate::store::Access;

    /// An inventory with one registry, and the tasks over it.
    fn tasks(folder: &std::path::Path) -> Tasks {
        let spec = RegistrySpec::new(
            "hub".parse().unwrap(),
            "https://hub.example".parse().unwrap(),
        );
        let store = Store::open(folder, Access::ReadWrite).unwrap();
        store.add_registry(&spec).unwrap();
        let watch = Watch::new(store.file());
        let (prompt, requested) = super::super::prompt::ScreenPrompt::new();
        let secrets = Secrets::new(folder, Arc::new(prompt));
        Tasks::new(store, secrets, requested, HashMap::new(), true, &watch)
    }

    async fn registries(tasks: &mut Tasks, asked: Ticket) -> usize {
        let News::Answer(event) = tasks.news(false).await else {
            panic!("no answer")
        };
        tasks.observe(&event);
        let Event::Answered { ticket, result } = event else {
            panic!("{event:?}")
        };
        assert_eq!(ticket, asked);
        match result.unwrap() {
            Answer::Registries(rows) => rows.len(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_question_is_answered_with_its_ticket() {
        let folder = tempfile::tempdir().unwrap();
        let mut tasks = tasks(folder.path());
        tasks.ask(Ticket(3), Question::Registries);
        assert_eq!(registries(&mut tasks, Ticket(3)).await, 1);
        assert!(tasks.questions.is_empty(), "it is in flight no more");
    }

    #[tokio::test]
    async fn what_is_withdrawn_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut tasks = tasks(folder.path());
        // On the one thread of this test nothing has begun before it is withdrawn.
        tasks.ask(Ticket(3), Question::Registries);
        tasks.ask(Ticket(4), Question::Registries);
        tasks.start(Work::Withdraw { ticket: Ticket(3) });
        let mut found = Vec::new();
        for _ in 0..2 {
            let News::Answer(event) = tasks.news(false).await else {
                panic!("no answer")
            };
            if let Event::Answered {
                ticket,
                result: Ok(Answer::Registries(rows)),
            } = event
            {
                found.push((ticket, rows.len()));
            }
        }
        found.sort_unstable();
        assert_eq!(found, [(Ticket(3), 0), (Ticket(4), 1)]);
    }
}
