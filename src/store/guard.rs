//! Panics of the database library, made into errors.
//!
//! redb checks few of the bytes it reads: what a page holds that was not written so is met
//! by an assertion or an index out of bounds. That is damage of a file and no defect of the
//! program, so it must not end the program, and nobody must be shown a backtrace.
//!
//! The whole life of a database lies inside one guard, from its opening to its closing:
//! while a panic passes by, redb's own destructors write and assert nothing, so that none
//! panics a second time, which would abort. What is left is closed as by a killed process.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    /// How many guards this thread is inside of.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// The library panicked over what it read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Panicked;

/// Keeps the depth right however a guard is left.
struct Inside;

impl Inside {
    fn enter() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// What `work` returns, or that it panicked. What `work` leaves half done in values it
/// borrows is its caller's to throw away.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    let _inside = Inside::enter();
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

/// Whether a panic of this thread now becomes an error of the store, and is nobody else's
/// to tell.
pub fn is_guarded() -> bool {
    DEPTH.get() > 0
}

/// Makes the panic hook that is set now pass over what becomes an error of the store.
pub fn pass_over_guarded_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if is_guarded() {
            // Where, and not what: the words of a panic may quote what was in the file.
            let place = info.location().map(ToString::to_string);
            tracing::debug!(?place, "the database library gave up on what it read");
            return;
        }
        before(info);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_value_and_the_guard_ends_with_it() {
        assert!(!is_guarded());
        assert_eq!(guarded(is_guarded), Ok(true));
        let nested = guarded(|| {
            let inner = guarded(|| panic!("a page is of no kind"));
            assert_eq!(inner, Err(Panicked));
            is_guarded()
        });
        assert_eq!(nested, Ok(true));
        assert!(!is_guarded());
    }
}
