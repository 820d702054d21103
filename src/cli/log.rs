//! What the program says of its own doing: to standard error for headless commands, to a
//! file for the full-screen interface, which has the terminal to itself.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{MakeWriter, SubscriberBuilder};
use tracing_subscriber::layer::SubscriberExt as _;

/// Files kept, one a day.
const KEPT: usize = 5;

fn level(verbose: u8, quiet: LevelFilter) -> LevelFilter {
    match verbose {
        0 => quiet,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// What writes our own crate's lines: other crates' logs may hold what ours must not show.
fn of_ours<W>(level: LevelFilter, writer: W, with_target: bool) -> impl tracing::Subscriber
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    SubscriberBuilder::default()
        .with_max_level(level)
        .with_writer(writer)
        // Colours are a feature of the library that is left out; asking for them complains.
        .with_ansi(false)
        .with_target(with_target)
        .finish()
        .with(Targets::new().with_target(env!("CARGO_PKG_NAME"), level))
}

/// Logs to standard error.
pub(super) fn to_stderr(verbose: u8, quiet: bool) {
    let least = if quiet {
        LevelFilter::ERROR
    } else {
        LevelFilter::WARN
    };
    let level = level(verbose, least);
    let subscriber = of_ours(level, std::io::stderr, false);
    // A subscriber that is set already stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Logs to a file a day in `directory`. The last lines are written when the guard goes.
/// No file is no reason not to start.
pub(super) fn to_file(directory: &Path, verbose: u8) -> Option<WorkerGuard> {
    let level = level(verbose, LevelFilter::INFO);
    // The appender complains aloud where it finds no directory to look for old files in.
    crate::store::private_directory(directory).ok()?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("supercargo")
        .filename_suffix("log")
        .max_log_files(KEPT)
        .build(directory)
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let subscriber = of_ours(level, writer, true);
    let _ = tracing::subscriber::set_global_default(subscriber);
    Some(guard)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn only_what_we_say_ourselves_is_written_and_only_so_loudly() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = of_ours(LevelFilter::DEBUG, move || writer.clone(), true);
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!(target: "reqwest::connect", "theirs");
            tracing::debug!("ours");
            tracing::trace!("too much");
        });
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let line = written.trim_end();
        assert!(
            line.ends_with("DEBUG supercargo::cli::log::tests: ours"),
            "{written}"
        );
        assert_eq!(line.lines().count(), 1, "{written}");
    }
}
