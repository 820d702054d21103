//! Whose turn it is: connections, pace, pauses that the registry asked for, and those of the
//! user, who may close the gate and open it again.
//!
//! One gate a registry. A caller waits until it is open and the registry's pause is over,
//! takes a permit, waits for its slot of the pace with the permit held, and looks at both
//! again; it keeps the permit until the answer's body is read. There are fewer permits after the registry refused
//! everybody, and more again as it answers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until};

use crate::model::Limits;

/// The longest pause a registry may impose.
pub(super) const MAX_HOLD: Duration = Duration::from_mins(5);

/// Lateness of a timer that is made up for; a longer gap is a caller that came late.
const TIMER_SLACK: Duration = Duration::from_millis(2);

/// Good answers after which one more request may be in flight, up to the setting.
const GROWS_AFTER: usize = 10;

/// The longest patience; a longer one is no other, and no clock could count it.
const MAX_PATIENCE: Duration = Duration::from_hours(24 * 365);

/// The right to have one request in flight.
pub(super) struct Turn {
    permit: Option<OwnedSemaphorePermit>,
    width: Arc<Mutex<Width>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut width = lock(&self.width);
        if width.surplus > 0
            && let Some(permit) = self.permit.take()
        {
            width.surplus -= 1;
            permit.forget();
        }
    }
}

/// How many may be in flight.
struct Width {
    now: usize,
    most: usize,
    /// Permits to be taken back when their turns end.
    surplus: usize,
    /// Good answers since the last change.
    answers: usize,
}

/// The wait for a turn was longer than the pool timeout: what it was for at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTurn {
    /// A free connection.
    Connection,
    /// The pace.
    Pace,
}

pub(super) struct Gate {
    permits: Arc<Semaphore>,
    width: Arc<Mutex<Width>>,
    pool_timeout: Duration,
    pace: Option<Pace>,
    held_until: Mutex<Option<Instant>>,
    last_turn: Mutex<Option<Instant>>,
    /// Whether the user closed it. From whoever steers to all callers, who see the latest.
    closed: watch::Sender<bool>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    pub(super) fn new(limits: &Limits) -> Self {
        let most = usize::from(limits.max_connections.max(1));
        Self {
            permits: Arc::new(Semaphore::new(most)),
            width: Arc::new(Mutex::new(Width {
                now: most,
                most,
                surplus: 0,
                answers: 0,
            })),
            pool_timeout: limits.pool_timeout.min(MAX_PATIENCE),
            pace: limits.max_rps.and_then(Pace::new),
            held_until: Mutex::new(None),
            last_turn: Mutex::new(None),
            closed: watch::Sender::new(false),
        }
    }

    /// Waits for a turn. The pool timeout bounds the time in which nobody is given a turn,
    /// for want of a permit or of room in the pace: who only waits behind others that get
    /// theirs will come to its own. Pauses, whoever asked for them, are not counted.
    pub(super) async fn enter(&self) -> Result<Turn, NoTurn> {
        loop {
            self.pass_closed().await;
            self.pass_hold().await;
            let came = Instant::now();
            let has_permit = AtomicBool::new(false);
            let turn = async {
                let permit = self.permits.clone().acquire_owned().await.ok()?;
                has_permit.store(true, Ordering::Relaxed);
                if let Some(pace) = &self.pace {
                    pace.slot().await;
                }
                Some(permit)
            };
            let patient = tokio::select! {
                biased;
                turn = self.patiently(came, turn) => turn,
                () = self.becomes_closed() => continue,
            };
            let Some(permit) = patient else {
                // Connections that are held by those who wait for the pace are not what is
                // missing.
                let waits_for_pace = has_permit.load(Ordering::Relaxed)
                    || self.pace.as_ref().is_some_and(Pace::is_waited_for);
                return Err(if waits_for_pace {
                    NoTurn::Pace
                } else {
                    NoTurn::Connection
                });
            };
            // Where a pause began meanwhile, the permit goes back before it is waited out.
            if self.held_for().is_none() && !self.is_closed() {
                *lock(&self.last_turn) = Some(Instant::now());
                return Ok(Turn {
                    permit: Some(permit),
                    width: Arc::clone(&self.width),
                });
            }
        }
    }

    /// What `turn` gives, unless nobody was given a turn for the pool timeout.
    async fn patiently<T>(
        &self,
        came: Instant,
        turn: impl Future<Output = Option<T>>,
    ) -> Option<T> {
        let mut turn = std::pin::pin!(turn);
        loop {
            let over = self.last_turn().map_or(came, |last| last.max(came)) + self.pool_timeout;
            tokio::select! {
                biased;
                given = &mut turn => return given,
                () = sleep_until(over) => {
                    if self.last_turn().is_none_or(|last| last + self.pool_timeout <= over) {
                        return None;
                    }
                }
            }
        }
    }

    fn last_turn(&self) -> Option<Instant> {
        *lock(&self.last_turn)
    }

    /// Gives no more turns until it is opened again. Returns whether it was open.
    pub(super) fn close(&self) -> bool {
        !self.closed.send_replace(true)
    }

    /// Gives turns again. Returns whether it was closed.
    pub(super) fn open(&self) -> bool {
        self.closed.send_replace(false)
    }

    fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    async fn pass_closed(&self) {
        if self.is_closed() {
            // The sender is ours, so that there is no error.
            let _ = self.closed.subscribe().wait_for(|closed| !closed).await;
        }
    }

    async fn becomes_closed(&self) {
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Half as many may be in flight from now on, at least one.
    pub(super) fn shrink(&self) {
        let mut width = lock(&self.width);
        let wanted = (width.now / 2).max(1);
        let fewer = width.now - wanted;
        width.now = wanted;
        width.answers = 0;
        width.surplus += fewer - self.permits.forget_permits(fewer);
    }

    /// A request was answered well: after some of these, one more may be in flight.
    pub(super) fn answered(&self) {
        let mut width = lock(&self.width);
        if width.now == width.most {
            return;
        }
        width.answers += 1;
        if width.answers < GROWS_AFTER {
            return;
        }
        width.answers = 0;
        width.now += 1;
        if width.surplus > 0 {
            width.surplus -= 1;
        } else {
            self.permits.add_permits(1);
        }
    }

    /// Nobody sends for `pause` from now, at most [`MAX_HOLD`]; a longer pause stands.
    pub(super) fn hold(&self, pause: Duration) {
        let until = Instant::now() + pause.min(MAX_HOLD);
        let mut held = lock(&self.held_until);
        *held = Some(held.map_or(until, |now| now.max(until)));
    }

    /// What is left of the pause.
    pub(super) fn held_for(&self) -> Option<Duration> {
        let until = (*lock(&self.held_until))?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    async fn pass_hold(&self) {
        while let Some(left) = self.held_for() {
            sleep_until(Instant::now() + left).await;
        }
    }
}

/// Evenly spaced starts. The queue is that of a fair lock, so a caller that gives up
/// leaves it without using up a slot.
struct Pace {
    interval: Duration,
    next: tokio::sync::Mutex<Option<Instant>>,
}

impl Pace {
    fn new(per_second: f64) -> Option<Self> {
        let interval = Duration::try_from_secs_f64(1.0 / per_second).ok()?;
        Some(Self {
            interval,
            next: tokio::sync::Mutex::new(None),
        })
    }

    fn is_waited_for(&self) -> bool {
        self.next.try_lock().is_err()
    }

    async fn slot(&self) {
        let mut next = self.next.lock().await;
        if let Some(at) = *next {
            sleep_until(at).await;
        }
        let now = Instant::now();
        let start = next
            .filter(|at| now.saturating_duration_since(*at) <= TIMER_SLACK)
            .unwrap_or(now);
        *next = Some(start + self.interval);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    fn gate(connections: u16, rps: Option<f64>, pool: u64) -> Arc<Gate> {
        Arc::new(Gate::new(&Limits {
            max_connections: connections,
            max_rps: rps,
            pool_timeout: Duration::from_secs(pool),
            ..Limits::default()
        }))
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_than_the_permitted_turns() {
        let gate = gate(2, None, 10);
        let first = gate.enter().await.unwrap();
        let _second = gate.enter().await.unwrap();
        let began = Instant::now();
        assert_eq!(gate.enter().await.err(), Some(NoTurn::Connection));
        assert_eq!(began.elapsed(), Duration::from_secs(10));
        drop(first);
        assert!(gate.enter().await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn starts_are_evenly_spaced_from_the_first_on() {
        let gate = gate(8, Some(4.0), 60);
        let began = Instant::now();
        let mut starts = Vec::new();
        for _ in 0..5 {
            drop(gate.enter().await.unwrap());
            starts.push(began.elapsed().as_millis());
        }
        assert_eq!(starts, [0, 250, 500, 750, 1000]);
        // Idle time is not saved up for a burst.
        tokio::time::sleep(Duration::from_secs(10)).await;
        let began = Instant::now();
        for _ in 0..3 {
            drop(gate.enter().await.unwrap());
        }
        assert_eq!(began.elapsed().as_millis(), 500);
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_does_not_disturb_the_pace() {
        let gate = gate(8, Some(1.0), 60);
        let began = Instant::now();
        drop(gate.enter().await.unwrap());
        for _ in 0..5 {
            let waited = timeout(Duration::from_millis(100), gate.enter()).await;
            assert!(waited.is_err());
        }
        drop(gate.enter().await.unwrap());
        assert_eq!(began.elapsed().as_millis(), 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_for_the_pace_counts_for_the_pool_timeout() {
        let gate = gate(8, Some(0.1), 3);
        drop(gate.enter().await.unwrap());
        let began = Instant::now();
        assert_eq!(gate.enter().await.err(), Some(NoTurn::Pace));
        assert_eq!(began.elapsed(), Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn connections_that_wait_for_the_pace_are_not_what_is_missing() {
        let gate = gate(2, Some(0.1), 3);
        drop(gate.enter().await.unwrap());
        let all = futures_util::future::join_all((0..6).map(|_| gate.enter())).await;
        for turn in all {
            assert_eq!(turn.err(), Some(NoTurn::Pace));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everybody_and_is_no_wait_for_a_turn() {
        let gate = gate(1, None, 3);
        gate.hold(Duration::from_secs(30));
        gate.hold(Duration::from_secs(5));
        assert_eq!(gate.held_for(), Some(Duration::from_secs(30)));
        let began = Instant::now();
        let waiters: Vec<_> = (0..3)
            .map(|_| {
                let gate = gate.clone();
                tokio::spawn(async move { gate.enter().await.is_ok() })
            })
            .collect();
        for waiter in waiters {
            assert!(waiter.await.unwrap());
        }
        assert_eq!(began.elapsed(), Duration::from_secs(30));
        gate.hold(Duration::from_hours(10));
        assert_eq!(gate.held_for(), Some(MAX_HOLD));
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_gate_gives_no_turn_and_takes_nobodys_patience() {
        let gate = gate(1, None, 3);
        let in_flight = gate.enter().await.unwrap();
        let waiter = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter().await.is_ok() }
        });
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(gate.close() && !gate.close());
        drop(in_flight);
        let late = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter().await.is_ok() }
        });
        tokio::time::sleep(Duration::from_hours(1)).await;
        assert!(!waiter.is_finished() && !late.is_finished());
        let began = Instant::now();
        assert!(gate.open() && !gate.open());
        assert!(waiter.await.unwrap() && late.await.unwrap());
        assert!(began.elapsed().is_zero());
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_begins_during_the_wait_is_seen() {
        let gate = gate(1, Some(1.0), 10);
        drop(gate.enter().await.unwrap());
        let waiter = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter().await.is_ok() }
        });
        tokio::time::sleep(Duration::from_millis(500)).await;
        gate.hold(Duration::from_secs(20));
        let began = Instant::now();
        assert!(waiter.await.unwrap());
        assert!(began.elapsed() >= Duration::from_secs(20));
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_whose_turns_come_is_no_reason_to_give_up() {
        let gate = gate(2, None, 10);
        let began = Instant::now();
        let all = (0..40).map(|_| async {
            let turn = gate.enter().await;
            tokio::time::sleep(Duration::from_secs(4)).await;
            turn.is_ok()
        });
        let all = futures_util::future::join_all(all).await;
        assert!(all.into_iter().all(|given| given));
        assert_eq!(began.elapsed(), Duration::from_secs(80));
    }

    #[tokio::test(start_paused = true)]
    async fn fewer_turns_are_given_after_refusals_and_more_again_after_answers() {
        let gate = gate(8, None, 10);
        let mut turns = Vec::new();
        for _ in 0..6 {
            turns.push(gate.enter().await.unwrap());
        }
        gate.shrink();
        gate.shrink();
        assert_eq!(gate.permits.available_permits(), 0);
        turns.clear();
        assert_eq!(gate.permits.available_permits(), 2);
        gate.shrink();
        gate.shrink();
        assert_eq!(gate.permits.available_permits(), 1, "never none");
        for _ in 0..GROWS_AFTER * 3 {
            gate.answered();
        }
        assert_eq!(gate.permits.available_permits(), 4);
        for _ in 0..GROWS_AFTER * 20 {
            gate.answered();
        }
        assert_eq!(
            gate.permits.available_permits(),
            8,
            "never more than are set"
        );
    }
}
