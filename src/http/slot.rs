//! A caller's place in its own crowd. A crawl works on so many items at once; one that only
//! waits because the registry refused it gives its place to another meanwhile.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

tokio::task_local! {
    static SLOT: Slot;
}

/// Places for work that is done at once.
#[derive(Clone, Debug)]
pub struct Slots(Arc<Semaphore>);

/// The place of one piece of work, while it has one.
struct Slot {
    slots: Arc<Semaphore>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Slots {
    /// So many places.
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count.max(1))))
    }

    /// Does `work` when there is a place for it.
    pub async fn run<F: Future>(&self, work: F) -> F::Output {
        let slot = Slot {
            held: Mutex::new(Arc::clone(&self.0).acquire_owned().await.ok()),
            slots: Arc::clone(&self.0),
        };
        SLOT.scope(slot, work).await
    }
}

/// Waits for `pause` outside the caller's place, and comes back to one where one is free.
/// Nobody waits for it: the caller may hold what those in their places wait for.
pub(super) async fn outside<F: Future>(pause: F) -> F::Output {
    let slots = SLOT.try_with(|slot| {
        let mut held = slot.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.take().map(|_left| Arc::clone(&slot.slots))
    });
    let output = pause.await;
    if let Ok(Some(slots)) = slots
        && let Ok(permit) = slots.try_acquire_owned()
    {
        let back = SLOT.try_with(|slot| {
            *slot.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(permit);
        });
        // The scope that had the place is around this call, so it is still there.
        debug_assert!(back.is_ok());
    }
    output
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_only_waits_holds_no_place() {
        let slots = Slots::new(1);
        let began = Instant::now();
        let refused = slots.run(async {
            outside(sleep(Duration::from_secs(10))).await;
            began.elapsed()
        });
        let other = slots.run(async {
            sleep(Duration::from_secs(1)).await;
            began.elapsed()
        });
        let (refused, other) = tokio::join!(refused, other);
        assert_eq!(refused, Duration::from_secs(10));
        assert_eq!(other, Duration::from_secs(1));
        outside(sleep(Duration::ZERO)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_back_waits_for_nobody() {
        let slots = Slots::new(1);
        let shared = tokio::sync::Mutex::new(());
        // Whoever is in the only place wants what the one outside holds.
        let refused = slots.run(async {
            let _held = shared.lock().await;
            outside(sleep(Duration::from_secs(1))).await;
        });
        let waits = slots.run(async {
            let _held = shared.lock().await;
        });
        let both = async { tokio::join!(refused, waits) };
        let done = tokio::time::timeout(Duration::from_mins(1), both).await;
        assert!(done.is_ok());
    }
}
