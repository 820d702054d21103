//! A thread with a runtime of its own for one piece of work. Tasks that wake one another
//! for each request do it without a system call there, and keep no other work from its
//! turn.

use std::future::Future;
use std::io;
use std::pin::Pin;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

/// Work that is begun on the thread, and never leaves it.
type Work = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// The work broke off inside supercargo; the log has the panic.
#[derive(Debug, thiserror::Error)]
#[error("it broke off inside supercargo; the log says where")]
pub(super) struct Broken;

/// A thread that waits for its work. Dropped without, it ends.
pub(super) struct Thread {
    /// From whoever has it to the thread, once.
    work: oneshot::Sender<Work>,
}

impl Thread {
    /// A thread of this name, ready to work.
    ///
    /// # Errors
    ///
    /// Where this host gives no more threads, or nothing for one to wait with.
    pub(super) async fn start(name: String) -> io::Result<Self> {
        let (work, given) = oneshot::channel::<Work>();
        let (ready, is_ready) = oneshot::channel();
        std::thread::Builder::new().name(name).spawn(move || {
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => {
                    // A caller that is gone wants no news.
                    let _ = ready.send(Err(error));
                    return;
                }
            };
            let _ = ready.send(Ok(()));
            if let Ok(work) = given.blocking_recv() {
                run(runtime, work);
            }
        })?;
        match is_ready.await {
            Ok(ready) => ready.map(|()| Self { work }),
            Err(_) => Err(io::Error::other(Broken)),
        }
    }

    /// Does `work` there. Dropping the returned future drops the work where it stands.
    ///
    /// # Errors
    ///
    /// Where the work panics.
    pub(super) async fn run<T, F>(
        self,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> Result<T, Broken>
    where
        T: Send + 'static,
        F: Future<Output = T> + 'static,
    {
        let (mut sender, done) = oneshot::channel();
        let work = move || -> Pin<Box<dyn Future<Output = ()>>> {
            Box::pin(async move {
                let result = tokio::select! {
                    biased;
                    () = sender.closed() => return,
                    result = work() => result,
                };
                let _ = sender.send(result);
            })
        };
        // A thread that is gone does not answer either.
        let _ = self.work.send(Box::new(work));
        done.await.map_err(|_| Broken)
    }
}

fn run(runtime: Runtime, work: Work) {
    runtime.block_on(async move { work().await });
    // What still looks names up or waits for a disk is not waited for.
    runtime.shutdown_background();
}

#[cfg(test)]
mod tests {
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn work_has_a_thread_and_a_runtime_of_its_own() {
        let here = std::thread::current().id();
        let thread = Thread::start("crawl of hub".to_owned()).await.unwrap();
        let found = thread.run(|| async {
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
        let thread = Thread::start("broken".to_owned()).await.unwrap();
        let result: Result<(), _> = thread.run(|| async { panic!("on purpose") }).await;
        assert!(result.is_err());
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
        let thread = Thread::start("idle".to_owned()).await.unwrap();
        let work = thread.run(move || async move {
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
