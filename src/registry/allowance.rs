//! How many manifests may still be read, where the registry counts them over hours. Docker
//! Hub does: a `GET` of a manifest counts, `HEAD` does not, nor do blobs
//! (`ratelimit-limit: 100;w=21600`). Limits by the second or minute are for waiting, and
//! the business of `http`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::quota::Quota;
use crate::model::Timestamp;

/// Windows up to this length are waited out.
const SHORT: Duration = Duration::from_mins(5);
/// One part in so many of the limit is left for others who share the account or address.
const RESERVE: u64 = 20;

/// The registry's count, as far as it said.
#[derive(Default)]
pub(super) struct Allowance {
    state: Mutex<State>,
    /// Some request that counts is over.
    done: Notify,
}

#[derive(Default)]
struct State {
    counted: Option<Counted>,
    /// Requests under way that may not be counted yet.
    in_flight: u64,
    /// Whether somebody was turned away.
    turned_away: bool,
}

#[derive(Clone, Copy)]
struct Counted {
    limit: u64,
    remaining: u64,
    /// When there are as many as at first.
    renewed: Timestamp,
}

impl Counted {
    /// What is not touched: a twentieth, at least one.
    fn reserve(&self) -> u64 {
        (self.limit / RESERVE).max(1)
    }

    fn spare(&self) -> u64 {
        self.remaining.saturating_sub(self.reserve())
    }
}

/// No more manifests may be read for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Manifests that may be read in a window.
    pub limit: u64,
    /// What is left of them, and left alone.
    pub remaining: u64,
    /// When it can go on.
    pub resume_at: Timestamp,
}

/// The right to read one manifest, until its answer is there.
pub(super) struct Leave<'a>(&'a Allowance);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.state().in_flight -= 1;
        self.0.done.notify_waiters();
    }
}

impl Allowance {
    /// Takes in what an answer of `now` says.
    pub(super) fn note(&self, quota: &Quota, now: Timestamp) {
        let (Some(limit), Some(remaining)) = (quota.limit, quota.remaining) else {
            return;
        };
        let Some(window) = quota.window.or(quota.reset).filter(|span| *span > SHORT) else {
            return;
        };
        let mut state = self.state();
        let renewed = |span| now.checked_add(span).unwrap_or(Timestamp::MAX);
        let counted = match state.counted {
            // Answers come in any order, some of them late: the least is the latest.
            Some(known) if now < known.renewed => Counted {
                limit,
                remaining: remaining.min(known.remaining),
                renewed: quota.reset.map_or(known.renewed, renewed),
            },
            // The first, or the first of another window. How much of that has passed is not
            // said: it is over by then at the latest.
            _ => Counted {
                limit,
                remaining,
                renewed: renewed(quota.reset.unwrap_or(window)),
            },
        };
        state.counted = Some(counted);
    }

    /// Takes in a refusal for having read too much; `asked` is the wait that came with it.
    pub(super) fn refused(&self, asked: Option<Duration>, now: Timestamp) {
        let mut state = self.state();
        state.turned_away = true;
        if let Some(counted) = &mut state.counted {
            counted.remaining = 0;
            if let Some(at) = asked.and_then(|asked| now.checked_add(asked).ok()) {
                counted.renewed = at;
            }
        }
    }

    /// Whether the registry is known to count what is read.
    pub(super) fn counts(&self) -> bool {
        self.state().counted.is_some()
    }

    /// Waits for the right to read one manifest, which is known when those under way are
    /// counted.
    pub(super) async fn take(&self) -> Result<Leave<'_>, Spent> {
        loop {
            let done = self.done.notified();
            {
                let mut state = self.state();
                let has_leave = match state.counted {
                    Some(counted) if counted.spare() == 0 => {
                        state.turned_away = true;
                        return Err(spent(counted));
                    }
                    Some(counted) => counted.spare() > state.in_flight,
                    None => true,
                };
                if has_leave {
                    state.in_flight += 1;
                    return Ok(Leave(self));
                }
            }
            done.await;
        }
    }

    /// What there is to say of the count, where it turned somebody away.
    pub(super) fn spent(&self) -> Option<Spent> {
        let state = self.state();
        state.counted.filter(|_| state.turned_away).map(spent)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn spent(counted: Counted) -> Spent {
    Spent {
        limit: counted.limit,
        remaining: counted.remaining,
        resume_at: counted.renewed,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn quota(remaining: u64) -> Quota {
        Quota {
            limit: Some(100),
            remaining: Some(remaining),
            window: Some(Duration::from_hours(6)),
            reset: None,
        }
    }

    fn taken(allowance: &Allowance) -> Option<Result<Leave<'_>, Spent>> {
        allowance.take().now_or_never()
    }

    #[test]
    fn a_twentieth_is_left_alone() {
        let allowance = Allowance::default();
        assert!(!allowance.counts() && taken(&allowance).unwrap().is_ok());
        allowance.note(&quota(6), at(1000));
        assert!(allowance.counts());
        let leave = taken(&allowance).unwrap();
        assert!(leave.is_ok());
        assert!(
            taken(&allowance).is_none(),
            "the one under way may be the last"
        );
        allowance.note(&quota(5), at(2000));
        drop(leave);
        let wanted = Spent {
            limit: 100,
            remaining: 5,
            resume_at: at(1000 + 21_600),
        };
        assert_eq!(allowance.spent(), None);
        assert_eq!(taken(&allowance).unwrap().err(), Some(wanted));
        assert_eq!(allowance.spent(), Some(wanted));
    }

    #[test]
    fn answers_come_in_any_order_and_windows_end() {
        let allowance = Allowance::default();
        allowance.note(&quota(50), at(0));
        let leaves: Vec<_> = (0..4).map(|_| taken(&allowance).unwrap().ok()).collect();
        for remaining in [47, 49, 46, 100, 48] {
            allowance.note(&quota(remaining), at(10));
        }
        assert_eq!(allowance.state().counted.unwrap().remaining, 46);
        drop(leaves);
        allowance.note(&quota(100), at(22_000));
        let counted = allowance.state().counted.unwrap();
        assert_eq!((counted.remaining, counted.renewed), (100, at(43_600)));
    }

    #[test]
    fn limits_of_a_minute_are_none_to_stop_for() {
        let allowance = Allowance::default();
        let short = Quota {
            window: Some(Duration::from_mins(1)),
            ..quota(0)
        };
        let none = Quota {
            window: None,
            ..quota(0)
        };
        allowance.note(&short, at(0));
        allowance.note(&none, at(0));
        assert!(!allowance.counts() && taken(&allowance).unwrap().is_ok());
    }

    #[test]
    fn the_registry_says_itself_when_it_goes_on() {
        let allowance = Allowance::default();
        let reset = Quota {
            reset: Some(Duration::from_hours(1)),
            ..quota(5)
        };
        allowance.note(&reset, at(0));
        assert_eq!(
            taken(&allowance).unwrap().err().unwrap().resume_at,
            at(3600)
        );
        allowance.refused(Some(Duration::from_hours(2)), at(100));
        let spent = taken(&allowance).unwrap().err().unwrap();
        assert_eq!((spent.remaining, spent.resume_at), (0, at(7300)));
    }
}
