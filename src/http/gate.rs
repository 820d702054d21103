//! Whose turn it is: connections, pace, and pauses that the registry asked for.
//!
//! One gate a registry. A caller waits out the pause, takes a permit, waits for its slot
//! of the pace with the permit held, and looks at the pause again; it keeps the permit
//! until the answer's body is read.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};

use crate::model::Limits;

/// The longest pause a registry may impose.
pub(super) const MAX_HOLD: Duration = Duration::from_mins(5);

/// Lateness of a timer that is made up for; a longer gap is a caller that came late.
const TIMER_SLACK: Duration = Duration::from_millis(2);

/// The right to have one request in flight.
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
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
    pool_timeout: Duration,
    pace: Option<Pace>,
    held_until: Mutex<Option<Instant>>,
}

impl Gate {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(usize::from(limits.max_connections.max(1)))),
            pool_timeout: limits.pool_timeout,
            pace: limits.max_rps.and_then(Pace::new),
            held_until: Mutex::new(None),
        }
    }

    /// Waits for a turn. The pool timeout bounds the wait for a permit and for the pace
    /// together; pauses that the registry asked for are not counted.
    pub(super) async fn enter(&self) -> Result<Turn, NoTurn> {
        let mut patience = self.pool_timeout;
        loop {
            self.pass_hold().await;
            let began = Instant::now();
            let mut waits_for = NoTurn::Connection;
            let turn = timeout(patience, async {
                let permit = self.permits.clone().acquire_owned().await.ok()?;
                waits_for = NoTurn::Pace;
                if let Some(pace) = &self.pace {
                    pace.slot().await;
                }
                Some(permit)
            })
            .await;
            match turn {
                Ok(Some(permit)) if self.held_for().is_none() => {
                    return Ok(Turn { _permit: permit });
                }
                // A pause began meanwhile: give the permit back before waiting it out.
                Ok(Some(_)) => patience = patience.saturating_sub(began.elapsed()),
                Ok(None) | Err(_) => {
                    // Connections that are held by those who wait for the pace are not
                    // what is missing.
                    if self.pace.as_ref().is_some_and(Pace::is_waited_for) {
                        waits_for = NoTurn::Pace;
                    }
                    return Err(waits_for);
                }
            }
        }
    }

    /// Nobody sends for `pause` from now, at most [`MAX_HOLD`]; a longer pause stands.
    pub(super) fn hold(&self, pause: Duration) {
        let until = Instant::now() + pause.min(MAX_HOLD);
        let mut held = self
            .held_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *held = Some(held.map_or(until, |now| now.max(until)));
    }

    /// What is left of the pause.
    pub(super) fn held_for(&self) -> Option<Duration> {
        let until = (*self
            .held_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner))?;
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
}
