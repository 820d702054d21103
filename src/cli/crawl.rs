//! `crawl`: brings the inventory up to date.

use std::io::Write;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::args::{CrawlArgs, TextFormat};
use super::ask::Terminal;
use super::context::Context;
use super::nothing;
use super::progress::Progresses;
use super::stop::{self, Stop, Stops};
use super::{CliError, Exit};
use crate::export::{CrawlLine, Kept};
use crate::job::{self, CrawlRequest, Ended};
use crate::model::{Class, Outcome, Progress, RegistryRow, Retry, Timestamp, Typed};
use crate::query::{self, schedule};
use crate::secret::Secrets;
use crate::store::{Access, Store, StoreError};

/// Registries crawled side by side.
const AT_ONCE: usize = 4;
/// Failures printed one by one.
const SHOWN: usize = 10;

pub(super) async fn run(context: &Context, args: CrawlArgs) -> Result<Exit, CliError> {
    if context.access() == Access::ReadOnly {
        return Err(StoreError::ReadOnly {
            what: "a crawl's findings",
        }
        .into());
    }
    let store = context.crawled_store()?;
    let registries = chosen(&store, &args)?;
    if registries.is_empty() && !context.is_quiet() {
        // Nobody may be listening.
        let all = store.registries()?;
        let why = if args.retry {
            "nothing failed in the last crawl, if there was one: there is nothing to read again"
                .to_owned()
        } else {
            nothing_due(&all)
        };
        let _ = writeln!(std::io::stderr(), "{why}");
    }
    let cancel = CancellationToken::new();
    stop_on_request(&cancel);
    let progresses = Progresses::new(context.is_plain(), context.is_quiet());
    let secrets = context.secrets_by(Terminal::under(progresses.clone()))?;
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut crawls = JoinSet::new();
    for registry in registries {
        let secrets = secrets.clone();
        let (store, cancel) = (store.clone(), cancel.clone());
        let (progresses, turns) = (progresses.clone(), Arc::clone(&turns));
        let reads = (args.full, args.retry.then_some(Retry::All));
        crawls.spawn(async move {
            let _turn = turns.acquire().await;
            let name = registry.spec.name.clone();
            (
                name,
                Box::pin(crawl(store, secrets, registry, reads, cancel, progresses)).await,
            )
        });
    }
    let mut exit = Exit::Done;
    let mut broken = None;
    let mut printed = Ok(());
    while let Some(joined) = crawls.join_next().await {
        let (name, result) = joined.map_err(|error| {
            CliError::new(
                Exit::Failures,
                format!("a crawl broke off inside supercargo: {error}"),
            )
        })?;
        match result {
            Ok(ended) => {
                exit = worse(exit, verdict(&ended));
                let kept = kept(&store, name.as_str(), ended.record.number).unwrap_or_default();
                let line = CrawlLine::new(&name, &ended.summary, &ended.record, kept);
                // The others go on although nobody reads of them any more.
                let is_wanted = !context.is_quiet()
                    || args.format == TextFormat::Json
                    || ended.summary.outcome != Outcome::Complete
                    || ended.record.mismatched > 0;
                if is_wanted {
                    printed = printed.and_then(|()| print(args.format, &line));
                }
            }
            // One registry that cannot be written down does not keep the others from it.
            Err(error) => {
                super::report(&CliError::from(&*error));
                broken = Some(error);
            }
        }
    }
    match broken {
        Some(error) => Ok(CliError::from(&*error).exit()),
        // A terminal that is gone takes no output, and that it went was the request.
        None if exit == Exit::Interrupted => Ok(exit),
        None => printed.map(|()| exit),
    }
}

/// What the inventory holds of a registry after its crawl of this number.
fn kept(store: &Store, name: &str, number: u64) -> Result<Kept, StoreError> {
    let row = store.registry(name)?;
    let crawls = store.crawls(row.id)?;
    let before = crawls.iter().filter(|crawl| {
        let has_read = !matches!(crawl.outcome, None | Some(Outcome::Failed));
        crawl.number < number && has_read
    });
    Ok(Kept {
        repositories: row.repositories,
        tags: row.tags,
        images: row.images,
        read_before: before.map(|crawl| crawl.started).max(),
    })
}

fn chosen(store: &Store, args: &CrawlArgs) -> Result<Vec<RegistryRow>, CliError> {
    if args.names.is_empty() && !args.all && !args.due {
        return Err(CliError::usage("name the registries to crawl").with_hint(
            "`supercargo crawl NAME…`, or `--all`; `supercargo registry list` shows them",
        ));
    }
    let mut rows = Context::registries(store, &args.names)?;
    if args.all || args.due {
        rows.retain(|row| row.spec.active);
    }
    if args.due {
        let now = Timestamp::now();
        rows.retain(|row| schedule::is_due(row, now));
    } else if rows.is_empty() {
        return Err(CliError::usage("there is no active registry to crawl")
            .with_hint("`supercargo registry add NAME URL` adds one"));
    }
    if args.retry {
        rows.retain(|row| row.last_crawl.as_ref().is_some_and(query::failed));
    }
    Ok(rows)
}

/// Why no registry is due.
fn nothing_due(all: &[RegistryRow]) -> String {
    let next = all
        .iter()
        .filter_map(|row| Some((schedule::due_at(row)?, &row.spec.name)))
        .min();
    match next {
        _ if all.is_empty() => nothing::NO_REGISTRY.to_owned(),
        Some((at, name)) => format!("nothing is due: the next is {name}, at {at}"),
        None => "nothing is due: no active registry has a refresh interval: `supercargo \
                 registry edit NAME --refresh-interval 6h` gives it one"
            .to_owned(),
    }
}

async fn crawl(
    store: Store,
    secrets: Secrets,
    registry: RegistryRow,
    (full, retry): (bool, Option<Retry>),
    cancel: CancellationToken,
    progresses: Progresses,
) -> Result<Ended, Arc<StoreError>> {
    let (progress, watched) = watch::channel(Progress::default());
    let name = registry.spec.name.clone();
    let request = CrawlRequest {
        store,
        secrets,
        registry,
        typed: Typed::default(),
        full,
        retry,
        started: Timestamp::now(),
        cancel,
        paused: watch::channel(false).1,
        progress,
        watcher: None,
    };
    let (ended, ()) = tokio::join!(job::crawl(request, || ()), progresses.follow(name, watched));
    ended
}

/// The first request to stop ends the crawls and keeps what was read. Somebody who then
/// interrupts will not wait for that; the other signals may come twice for one request, as
/// when a terminal is closed.
fn stop_on_request(cancel: &CancellationToken) {
    let cancel = cancel.clone();
    let mut stops = Stops::listen();
    tokio::spawn(async move {
        let stop = stops.next().await;
        cancel.cancel();
        stop::say(
            stop,
            "what was read is kept, and the next crawl reads the rest (an interrupt ends it at \
             once)",
        );
        while stops.next().await != Stop::Interrupt {}
        #[expect(clippy::exit, reason = "asked for twice; every batch is durable")]
        std::process::exit(Exit::Interrupted as i32);
    });
}

fn verdict(ended: &Ended) -> Exit {
    if ended.summary.outcome == Outcome::Cancelled {
        return Exit::Interrupted;
    }
    let failures = &ended.summary.failures;
    if failures
        .iter()
        .any(|failure| failure.class == Class::Authentication)
    {
        Exit::Authentication
    } else if ended.summary.outcome == Outcome::Complete {
        Exit::Done
    } else {
        Exit::Failures
    }
}

fn worse(one: Exit, other: Exit) -> Exit {
    if one as u8 >= other as u8 { one } else { other }
}

fn print(format: TextFormat, line: &CrawlLine) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match format {
        TextFormat::Text => writeln!(out, "{}", line.sentences(SHOWN))?,
        TextFormat::Json => {
            serde_json::to_writer(&mut out, line).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(out.flush()?)
}
