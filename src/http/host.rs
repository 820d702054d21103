//! Whether a host is there. What fails because its host is away is not the request's own
//! failure: it waits, while one request at a time looks whether the host is back.
//!
//! A host is doubted after some failures in a row, or when many of the last answers were
//! failures. Then somebody repeats a request that was answered well not long ago: where that
//! is answered, the host is there and what failed does so by itself; where it is not, the
//! host is away until something is answered. Whoever looks holds a lock for it, so that
//! another takes over when that one is dropped. After the budget, which is the pool timeout of
//! the settings, nobody waits any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{Method, Url};
use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::time::{Instant, sleep_until};

use super::error::HttpError;
use super::held::Ledger;
use super::message::{Request, Response};
use super::recent::{Kind, Recent};
use super::retry::Verdict;

/// Failures in a row, without a good answer between, after which a host is doubted.
const FAILURES: u32 = 3;
/// The same for a request that would give up: it alone may be all that is asked.
const FAILURES_OF_ONE: u32 = 2;
/// How often a host that nobody waits for any more is looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// The pauses between looks at a host that is away; the last one goes on.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];
/// How long a look may take.
pub(super) const LOOK: Duration = Duration::from_secs(5);
/// A request answered so fast, with a body so small, is repeated as a look.
const LIGHT: (Duration, usize) = (Duration::from_secs(1), 64 * 1024);
/// How often the request to repeat is replaced at most.
const FRESH: Duration = Duration::from_secs(1);
/// Requests given up because everybody was refused, after which the rest is not asked.
const REFUSED: u32 = 3;
/// Hosts remembered. A server may send us to any number.
const HOSTS: usize = 256;

/// What came of a request.
pub(super) type Outcome = Result<Response, HttpError>;

/// The hosts of one way, by scheme, name and port.
pub(super) struct Hosts {
    known: Mutex<HashMap<String, Arc<Host>>>,
    held: Arc<Ledger>,
    budget: Duration,
}

impl Hosts {
    pub(super) fn new(held: Arc<Ledger>, budget: Duration) -> Self {
        Self {
            known: Mutex::default(),
            held,
            budget,
        }
    }

    /// Gives back `pause` to every host that is away: nobody looked for it meanwhile.
    pub(super) fn excuse(&self, pause: Duration) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for host in known.values() {
            if let Standing::Away { since, .. } = &mut host.state().standing {
                *since += pause;
            }
        }
    }

    /// The host that `url` is at.
    pub(super) fn of(&self, url: &Url) -> Arc<Host> {
        let origin = url.origin().ascii_serialization();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = known.get(&origin) {
            return Arc::clone(host);
        }
        let host = Arc::new(Host::new(Arc::clone(&self.held), self.budget));
        if known.len() < HOSTS {
            known.insert(origin, Arc::clone(&host));
        }
        host
    }
}

/// One host.
pub(super) struct Host {
    state: Mutex<State>,
    looking: Arc<tokio::sync::Mutex<()>>,
    changed: Notify,
    held: Arc<Ledger>,
    /// How long everybody waits for it at most, in one outage; and how long refusals of
    /// everybody use up nobody's tries.
    budget: Duration,
}

struct State {
    /// Whether it ever answered: until then an address that does not is a wrong one.
    is_reached: bool,
    standing: Standing,
    /// Failures since it last answered.
    failures: u32,
    recent: Recent,
    /// Outages so far.
    outages: u64,
    last_good: Option<Instant>,
    /// What came last of a request that a host which is not there failed, or refused.
    last_bad: Option<Outcome>,
    light: Option<Light>,
}

/// A request that was answered well.
struct Light {
    request: Request,
    at: Instant,
    /// Whether it brought what it asked for, fast.
    is_sure: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    There,
    /// Perhaps away: to be looked at before anything else is sent.
    Doubted,
    Away {
        since: Instant,
        looks: u32,
        next: Instant,
    },
    /// Away or refusing everybody for so long that nobody waits.
    GivenUp {
        next: Instant,
    },
}

/// The part of the one who looks whether the host is there; given on when dropped.
pub(super) struct Look(#[expect(dead_code, reason = "held")] OwnedMutexGuard<()>);

/// What a request does next that wants to be sent.
pub(super) enum Next {
    /// It is sent.
    Send,
    /// It fails as the last one did.
    Fail(Box<Outcome>),
    /// It waits for whoever looks.
    Queue,
    /// It looks itself, unless somebody does; then it fails as the last one did.
    Take,
    /// To be done by whoever looks.
    Wait(Instant),
    /// Repeated by whoever looks.
    Repeat(Box<Request>),
    /// Sent by whoever looks, as the look.
    Own,
}

impl Host {
    fn new(held: Arc<Ledger>, budget: Duration) -> Self {
        Self {
            state: Mutex::new(State {
                is_reached: false,
                standing: Standing::There,
                failures: 0,
                recent: Recent::new(),
                outages: 0,
                last_good: None,
                last_bad: None,
                light: None,
            }),
            looking: Arc::default(),
            changed: Notify::new(),
            held,
            budget,
        }
    }

    pub(super) fn is_reached(&self) -> bool {
        self.state().is_reached
    }

    /// Whether nothing speaks against sending it requests.
    pub(super) fn is_there(&self) -> bool {
        self.state().standing == Standing::There
    }

    /// Outages so far. Tries between which this number changed were the outage's.
    pub(super) fn outages(&self) -> u64 {
        self.state().outages
    }

    /// Waits to be the one who looks.
    pub(super) async fn queue(&self) -> Look {
        Look(Arc::clone(&self.looking).lock_owned().await)
    }

    /// Takes the part of the one who looks, where it is free.
    pub(super) fn take_look(&self) -> Option<Look> {
        Arc::clone(&self.looking).try_lock_owned().ok().map(Look)
    }

    /// What `request` does next, with the part of the one who looks or without.
    pub(super) fn next(&self, request: &Request, look: Option<&Look>) -> Next {
        let state = self.state();
        let now = Instant::now();
        let looks = match state.standing {
            Standing::There => return Next::Send,
            Standing::GivenUp { next } if now < next => {
                return state.fail(request).map_or(Next::Send, Next::Fail);
            }
            Standing::GivenUp { .. } if look.is_none() => return Next::Take,
            _ if look.is_none() => return Next::Queue,
            Standing::Away { next, .. } if now < next => return Next::Wait(next),
            Standing::Away { looks, .. } => looks,
            Standing::Doubted | Standing::GivenUp { .. } => 0,
        };
        match &state.light {
            // By turns: what was answered well once may be what fails now.
            Some(light) if looks % 2 == 0 || !request.may_repeat() => {
                Next::Repeat(Box::new(light.request.clone()))
            }
            _ => Next::Own,
        }
    }

    /// Whether nobody waits for it any more.
    pub(super) fn is_given_up(&self) -> bool {
        matches!(self.state().standing, Standing::GivenUp { .. })
    }

    /// What came last of it, as an outcome of `request`.
    pub(super) fn failure(&self, request: &Request) -> Option<Box<Outcome>> {
        self.state().fail(request)
    }

    /// How long a look may take, where it is known that the host answers fast.
    pub(super) fn look_limit(&self) -> Option<Duration> {
        let state = self.state();
        let is_sure = state.light.as_ref().is_some_and(|light| light.is_sure);
        is_sure.then_some(LOOK)
    }

    /// Until then, or until the host is seen to be there.
    pub(super) async fn wait(&self, until: Instant) {
        let changed = self.changed.notified();
        if self.state().standing == Standing::There {
            return;
        }
        tokio::select! {
            () = changed => {}
            () = sleep_until(until) => {}
        }
    }

    /// Takes down what came of `request`; `look` where it was sent to see whether the host
    /// is there.
    pub(super) fn note(
        &self,
        request: &Request,
        outcome: &Outcome,
        verdict: Verdict,
        took: Duration,
        look: bool,
    ) {
        let mut state = self.state();
        let now = Instant::now();
        state.is_reached |= outcome.is_ok();
        match verdict {
            Verdict::Good => {
                state.last_good = Some(now);
                state.recent.push(Kind::Good, request.group());
                state.keep(request, outcome, took, now);
                self.there(&mut state);
            }
            Verdict::Trouble => self.there(&mut state),
            Verdict::Refused(_) => {
                state.recent.push(Kind::Refused, request.group());
                state.last_bad = Some(outcome.clone());
                match &mut state.standing {
                    Standing::GivenUp { next } if look => *next = now + LOOK_AGAIN,
                    Standing::GivenUp { .. } => {}
                    _ => self.there(&mut state),
                }
            }
            Verdict::Away => {
                state.recent.push(Kind::Away, request.group());
                state.failures += 1;
                state.last_bad = Some(outcome.clone());
                self.failed(&mut state, outcome, now, look);
            }
            // Something of our own, or something that answers and is no registry.
            Verdict::Failed if look => self.there(&mut state),
            Verdict::Failed => {}
        }
    }

    fn failed(&self, state: &mut State, outcome: &Outcome, now: Instant, look: bool) {
        match state.standing {
            Standing::There => {
                let many = state.failures >= FAILURES || state.recent.is_away();
                if many && state.may_doubt(outcome) {
                    state.standing = Standing::Doubted;
                }
            }
            _ if !look => {}
            Standing::Doubted => {
                state.outages += 1;
                state.standing = Standing::Away {
                    since: now,
                    looks: 1,
                    next: now + PAUSES[0],
                };
                self.held.left();
                tracing::info!("the host is away: everybody waits for it");
            }
            Standing::Away { since, .. } if now.duration_since(since) >= self.budget => {
                state.standing = Standing::GivenUp {
                    next: now + LOOK_AGAIN,
                };
                self.held.back();
                tracing::info!("the host stays away: nobody waits for it any more");
            }
            Standing::Away { since, looks, .. } => {
                let at = PAUSES.len().min(looks as usize + 1) - 1;
                state.standing = Standing::Away {
                    since,
                    looks: looks + 1,
                    next: now + PAUSES[at],
                };
            }
            Standing::GivenUp { .. } => {
                state.standing = Standing::GivenUp {
                    next: now + LOOK_AGAIN,
                };
            }
        }
    }

    fn there(&self, state: &mut State) {
        state.failures = 0;
        match state.standing {
            Standing::There => return,
            Standing::Away { .. } => self.held.back(),
            Standing::Doubted | Standing::GivenUp { .. } => {}
        }
        state.standing = Standing::There;
        state.recent.forget_away();
        self.changed.notify_waiters();
    }

    /// Doubts the host because a request would give up, where nothing was answered between
    /// its last failures. Whether it is doubted now.
    pub(super) fn doubt(&self, outcome: &Outcome) -> bool {
        let mut state = self.state();
        if state.standing == Standing::There
            && state.failures >= FAILURES_OF_ONE
            && state.may_doubt(outcome)
        {
            state.standing = Standing::Doubted;
        }
        state.standing != Standing::There
    }

    /// A request has used up its tries; `everybody` where all are refused.
    pub(super) fn gave_up(&self, request: &Request, everybody: bool) {
        let mut state = self.state();
        state.recent.gave_up(request.group());
        if everybody && state.recent.given_up() >= REFUSED && state.standing == Standing::There {
            state.standing = Standing::GivenUp {
                next: Instant::now() + LOOK_AGAIN,
            };
        }
    }

    /// Whether others of its group have tried often enough.
    pub(super) fn is_hopeless(&self, request: &Request) -> bool {
        self.state().recent.is_hopeless(request.group())
    }

    /// Whether a refusal concerns everybody.
    pub(super) fn is_refused(&self) -> bool {
        self.state().recent.is_refused()
    }

    /// Whether a refusal of everybody uses up no try: for some time after a good answer, and
    /// not where a limit is only met by one group.
    pub(super) fn excuses(&self, is_limit: bool) -> bool {
        let state = self.state();
        let is_recent = state.last_good.is_some_and(|at| at.elapsed() < self.budget);
        is_recent && !(is_limit && state.recent.is_one_group())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Without a request to repeat, what may be the item's own failure says nothing.
    fn may_doubt(&self, outcome: &Outcome) -> bool {
        let is_hosts = outcome.as_ref().is_err_and(HttpError::is_unreached);
        self.is_reached && (self.light.is_some() || is_hosts)
    }

    fn keep(&mut self, request: &Request, outcome: &Outcome, took: Duration, now: Instant) {
        let Ok(response) = outcome else { return };
        if !matches!(request.method, Method::GET | Method::HEAD) {
            return;
        }
        let is_small = response.body.len() <= LIGHT.1;
        let is_sure = response.status.as_u16() < 400 && took <= LIGHT.0 && is_small;
        let is_content = request.group().is_some();
        let replaces = self.light.as_ref().is_none_or(|light| {
            // What answers a sign-in may be another server behind the same name.
            let is_better = is_content && light.request.group().is_none();
            let is_worse = !is_content && light.request.group().is_some();
            let is_due = !light.is_sure || now.duration_since(light.at) >= FRESH;
            is_sure && !is_worse && (is_better || is_due)
        });
        if replaces {
            self.light = Some(Light {
                request: request.clone(),
                at: now,
                is_sure,
            });
        }
    }

    fn fail(&self, request: &Request) -> Option<Box<Outcome>> {
        let outcome = match self.last_bad.as_ref()? {
            Ok(response) => Ok(Response {
                url: request.url.clone(),
                ..response.clone()
            }),
            Err(error) => Err(HttpError::new(request, error.cause().clone())),
        };
        Some(Box::new(outcome))
    }
}
