//! The system's requests to stop a headless command: an interrupt, a termination, a
//! terminal that was closed.

use std::io::Write;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A request to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Somebody at the terminal.
    Interrupt,
    /// Another program, or the host that goes down.
    #[cfg(unix)]
    Terminate,
    /// The terminal is gone.
    #[cfg(unix)]
    Hangup,
}

impl Stop {
    /// The signal's name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            #[cfg(unix)]
            Self::Terminate => "SIGTERM",
            #[cfg(unix)]
            Self::Hangup => "SIGHUP",
        }
    }
}

/// Listens from its making on, so that no request between two looks is lost.
#[cfg(unix)]
pub(super) struct Stops(Vec<(Stop, Signal)>);

#[cfg(unix)]
impl Stops {
    /// Listens for all of them but those that whoever started the program wants ignored, as
    /// `nohup` does.
    pub(super) fn listen() -> Self {
        let ignored = std::fs::read_to_string("/proc/self/status").map_or(0, |it| ignored(&it));
        let kinds = [
            (Stop::Interrupt, SignalKind::interrupt()),
            (Stop::Terminate, SignalKind::terminate()),
            (Stop::Hangup, SignalKind::hangup()),
        ];
        let heard = kinds.into_iter().filter_map(|(stop, kind)| {
            let bit = u32::try_from(kind.as_raw_value() - 1).ok()?;
            let is_ignored = ignored.checked_shr(bit).unwrap_or(0) & 1 == 1;
            // What cannot be listened for does what it does by itself.
            let signal = (!is_ignored).then(|| signal(kind).ok()).flatten()?;
            Some((stop, signal))
        });
        Self(heard.collect())
    }

    /// The next request.
    pub(super) async fn next(&mut self) -> Stop {
        std::future::poll_fn(|context| {
            for (stop, signal) in &mut self.0 {
                if signal.poll_recv(context).is_ready() {
                    return std::task::Poll::Ready(*stop);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}

/// The signals that a process ignores, one bit each, from its status (proc_pid_status(5)).
#[cfg(unix)]
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// Listens for an interrupt.
#[cfg(not(unix))]
pub(super) struct Stops;

#[cfg(not(unix))]
impl Stops {
    pub(super) fn listen() -> Self {
        Self
    }

    pub(super) async fn next(&mut self) -> Stop {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Stop::Interrupt
    }
}

/// Tells a person what was stopped, and what is kept of it.
pub(super) fn say(stop: Stop, kept: &str) {
    // Whoever closed the terminal does not listen.
    let _ = writeln!(std::io::stderr(), "stopped by {}: {kept}", stop.as_str());
}

#[cfg(all(test, unix))]
mod tests {
    use super::ignored;

    #[test]
    fn ignored_signals_are_read_from_the_status() {
        let status = "Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignored(status), 0x1001);
        assert_eq!(ignored("Name:\tx\n"), 0);
        assert_eq!(ignored("SigIgn:\tnonsense\n"), 0);
    }
}
