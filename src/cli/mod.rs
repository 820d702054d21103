//! The headless commands. Results go to standard output, everything else to standard
//! error; exit codes are [`Exit`].

mod args;
mod ask;
mod changes;
mod check;
mod completion;
mod confirm;
mod context;
mod crawl;
mod decide;
mod doctor;
mod drift;
mod error;
mod images;
mod inspect;
mod log;
mod man;
mod nothing;
mod password;
mod progress;
mod registry;
mod search;
mod selection;
mod settings;
mod stop;
mod suggestion;
mod usage;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

pub use args::Cli;
pub use error::{CliError, Exit};

use args::Command;
use context::Context;

/// Parses the command line, does what it says and returns the exit code.
pub fn main() -> ExitCode {
    if let Some(exit) = completion::answer() {
        return exit.into();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let error = suggestion::cautious(error);
            // Help and version come this way too; a closed pipe is nobody's fault.
            let _ = error.print();
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            return exit.into();
        }
    };
    match dispatch(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            report(&error);
            error.exit().into()
        }
    }
}

/// Tells a person something beside the results, one line.
fn say(line: impl std::fmt::Display) {
    // Nobody may be listening.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Tells a person what went wrong and what to do next.
fn report(error: &CliError) {
    let text = error.to_string();
    if text.is_empty() {
        return;
    }
    let mut stderr = std::io::stderr().lock();
    let _ = writeln!(stderr, "error: {text}");
    if let Some(hint) = error.hint() {
        let _ = writeln!(stderr, "  → {hint}");
    }
}

fn dispatch(cli: Cli) -> Result<Exit, CliError> {
    let context = Context::new(cli.global);
    match &cli.command {
        // They have to do with no state, and pages are for everybody to read.
        Some(Command::Completions { .. } | Command::Man { .. }) => {}
        command => {
            // Whatever is written from here on, logs included, is for its owner alone.
            #[cfg(unix)]
            rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
            // The doctor tells of a configuration that it finds broken, with all else.
            let tells = matches!(command, Some(Command::Doctor(_)));
            if !tells || context.names_configuration() {
                context.understands_configuration()?;
            }
        }
    }
    match cli.command {
        Some(Command::Completions { shell }) => completion::print(shell),
        Some(Command::Man { out: Some(out), .. }) => man::write_all(&out),
        Some(Command::Man { page, .. }) => man::print(&page),
        None => carry_out(context.tui(cli.record.record)),
        Some(Command::Demo(record)) => {
            let record = record.record.or(cli.record.record);
            carry_out(context.demo(record))
        }
        Some(_) if cli.record.record.is_some() => Err(CliError::usage(
            "`--record` is for the full-screen interface: a command has no screen",
        )
        .with_hint("leave it out; `--verbose` says what a command does")),
        Some(Command::Check(args)) => headless(&context, check::run(&context, args)),
        Some(Command::Crawl(args)) => headless(&context, crawl::run(&context, args)),
        Some(Command::Images(args)) => headless(&context, images::run(&context, args)),
        Some(Command::Search(args)) => headless(&context, search::run(&context, args)),
        Some(Command::Changes(args)) => headless(&context, changes::run(&context, args)),
        Some(Command::Decide(args)) => headless(&context, decide::run(&context, args)),
        Some(Command::Usage(args)) => headless(&context, usage::run(&context, args)),
        Some(Command::Drift(args)) => headless(&context, drift::run(&context, args)),
        Some(Command::Inspect(args)) => headless(&context, inspect::run(&context, args)),
        Some(Command::Doctor(args)) => headless(&context, doctor::run(&context, args)),
        Some(Command::Registry(args)) => headless(&context, registry::run(&context, args)),
    }
}

fn headless(
    context: &Context,
    command: impl Future<Output = Result<Exit, CliError>>,
) -> Result<Exit, CliError> {
    log::to_stderr(context.verbose(), context.is_quiet());
    carry_out(command)
}

/// How long threads that block may go on after a command has ended.
const LAST_WORK: Duration = Duration::from_secs(2);

fn carry_out(command: impl Future<Output = Result<Exit, CliError>>) -> Result<Exit, CliError> {
    let runtime = Context::runtime()?;
    let result = runtime.block_on(command);
    // A thread that waits for a disk or a name server must not keep the prompt away.
    runtime.shutdown_timeout(LAST_WORK);
    ask::give_back();
    result
}
