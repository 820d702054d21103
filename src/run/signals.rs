//! The system's requests to end, as one stream.

use std::io;

/// Listens for TERM, HUP, INT and QUIT. The terminal is raw, so that none of them is a key.
#[cfg(unix)]
pub(super) struct Signals {
    kinds: [tokio::signal::unix::Signal; 4],
}

#[cfg(unix)]
impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            kinds: [
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
                signal(SignalKind::interrupt())?,
                signal(SignalKind::quit())?,
            ],
        })
    }

    /// The name of the one that comes next.
    pub(super) async fn next(&mut self) -> &'static str {
        let [terminate, hangup, interrupt, quit] = &mut self.kinds;
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = hangup.recv() => "SIGHUP",
            _ = interrupt.recv() => "SIGINT",
            _ = quit.recv() => "SIGQUIT",
        }
    }
}

/// Listens for an interrupt.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "an interrupt"
    }
}
