//! What the program says of its own doing: to standard error for headless commands, to a
//! file for the full-screen interface, which has the terminal to itself.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::LevelFilter;

/// Files kept, one a day.
const KEPT: usize = 5;

fn level(verbose: u8, quiet: LevelFilter) -> LevelFilter {
    match verbose {
        0 => quiet,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// Logs to standard error. Our own crate only: other crates' logs may hold what ours must
/// not show.
pub(super) fn to_stderr(verbose: u8, quiet: bool) {
    let least = if quiet {
        LevelFilter::ERROR
    } else {
        LevelFilter::WARN
    };
    let level = level(verbose, least);
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(format!("supercargo={level}"))
        .with_writer(std::io::stderr)
        // Colours are a feature of the library that is left out; asking for them complains.
        .with_ansi(false)
        .with_target(false)
        .finish();
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
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(format!("supercargo={level}"))
        .with_writer(writer)
        .with_ansi(false)
        .finish();
    let _ = tracing::subscriber::set_global_default(subscriber);
    Some(guard)
}
