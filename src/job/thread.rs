//! A thread with a runtime of its own for one piece of work. Tasks that wake one another
//! for each request do it without a system call there, and keep no other work from its
//! turn.

use std::future::Future;
use std::io;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// Work on a thread of its own that came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum ThreadError {
    /// This host gives no more threads, or nothing for one to wait with.
    #[error("no thread could be started for it: {0}")]
    Start(#[source] io::Error),
    /// A defect: the log has the panic.
    #[error("it broke off inside supercargo; the log says where")]
    Broke,
}

/// Does `work` on a thread called `name`. Dropping the returned future drops the work where
/// it stands.
///
/// # Errors
///
/// Where no thread can be had, and where the work panics.
pub(super) async fn run<T, F>(
    name: String,
    work: impl FnOnce() -> F + Send + 'static,
) -> Result<T, ThreadError>
where
    T: Send + 'static,
    F: Future<Output = T>,
{
    // From the thread to the caller, once.
    let (sender, done) = oneshot::channel();
    std::thread::Builder::new()
        .name(name)
        .spawn(move || body(work, sender))
        .map_err(ThreadError::Start)?;
    done.await.unwrap_or(Err(ThreadError::Broke))
}

fn body<T, F: Future<Output = T>>(
    work: impl FnOnce() -> F,
    mut sender: oneshot::Sender<Result<T, ThreadError>>,
) {
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            // A caller that is gone wants no news.
            let _ = sender.send(Err(ThreadError::Start(error)));
            return;
        }
    };
    let result = runtime.block_on(async {
        tokio::select! {
            biased;
            () = sender.closed() => None,
            result = work() => Some(result),
        }
    });
    // What still looks names up or waits for a disk is not waited for.
    runtime.shutdown_background();
    if let Some(result) = result {
        let _ = sender.send(Ok(result));
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn work_has_a_thread_and_a_runtime_of_its_own() {
        let here = std::thread::current().id();
        let found = run("crawl of hub".to_owned(), || async {
            let spawned = tokio::spawn(async { std::thread::current().id() });
            let thread = std::thread::current();
            (
                spawned.await.unwrap(),
                thread.id(),
                thread.name().map(str::to_owned),
            )
        });
        let (spawned, id, name) = found.await.unwrap();
        assert_eq!(spawned, id);
        assert_ne!(id, here);
        assert_eq!(name.as_deref(), Some("crawl of hub"));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_no_hang() {
        let broken = run("broken".to_owned(), || async { panic!("on purpose") });
        let result: Result<(), _> = broken.await;
        assert!(matches!(result, Err(ThreadError::Broke)), "{result:?}");
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_dropped() {
        struct Told(std::sync::Arc<Notify>);
        impl Drop for Told {
            fn drop(&mut self) {
                self.0.notify_one();
            }
        }
        let (began, dropped) = (
            std::sync::Arc::new(Notify::new()),
            std::sync::Arc::new(Notify::new()),
        );
        let (begin, told) = (began.clone(), Told(dropped.clone()));
        let work = run("idle".to_owned(), move || async move {
            let _told = told;
            begin.notify_one();
            std::future::pending::<()>().await;
        });
        tokio::select! {
            _ = work => {}
            () = began.notified() => {}
        }
        dropped.notified().await;
    }
}
