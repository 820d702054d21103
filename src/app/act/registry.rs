//! What is done to a registry: crawled, checked, edited, removed.

use std::collections::BTreeSet;

use crate::app::Work;
use crate::app::document::Tone;
use crate::app::overlay::{Check, Confirm, Failures, Form, OnYes, Usage};
use crate::app::words::{cause, counted};
use crate::app::world::{Notice, Outside, World};
use crate::config::keys::Command;
use crate::model::{Failure, ListState, RegistryRow, Retry};
use crate::query;

/// Why a command that is about a registry can do nothing.
pub(in crate::app) fn why_not(
    row: &RegistryRow,
    command: Command,
    world: &World,
) -> Option<Notice> {
    let name = &row.spec.name;
    let is_crawling = world.is_crawling(row.id);
    match command {
        Command::Crawl | Command::Retry if world.read_only => Some(read_only()),
        Command::Crawl | Command::Retry if is_crawling => {
            let key = world.key_of(Command::Cancel);
            Some(Notice::plain(format!(
                "`{name}` is being crawled; {key} cancels"
            )))
        }
        Command::Cancel | Command::Pause if is_crawling => None,
        Command::Cancel | Command::Pause if world.is_crawled_elsewhere(row) => Some(Notice::plain(
            format!("another process crawls `{name}`; it can only be stopped there"),
        )),
        Command::Retry => nothing_to_retry(row, world),
        Command::Cancel | Command::Pause => {
            Some(Notice::plain(format!("`{name}` is not being crawled")))
        }
        Command::Failures => no_failures(row, world),
        _ => None,
    }
}

/// Carries out a command that is about a registry.
pub(in crate::app) fn on_registry(row: &RegistryRow, command: Command, outside: &mut Outside<'_>) {
    match command {
        Command::Edit => {
            let form = form(row, outside.world);
            outside.open(form);
        }
        Command::Duplicate => {
            let all = &outside.world.all;
            let form = Form::duplicate(&row.spec, |name| {
                all.iter().any(|row| row.spec.name == *name)
            });
            outside.open(form);
        }
        Command::Remove => ask_removal(row, outside),
        Command::Crawl => crawl(row, outside),
        Command::Retry => retry(row, Retry::All, outside),
        Command::Pause => pause(row, outside),
        Command::Cancel => {
            outside.world.stopping.insert(row.id);
            outside.work(Work::CancelCrawl(row.id));
        }
        Command::Check => {
            let check = Check::begin(row, outside);
            outside.open(check);
        }
        Command::Usage => {
            let page = Usage::begin(row, outside);
            outside.open(page);
        }
        Command::Failures => {
            if let Some(crawl) = row.last_crawl.clone() {
                let page = Failures::begin(row, crawl, outside);
                outside.open(page);
            }
        }
        _ => {}
    }
}

/// The form of a registry: to be changed, or to be looked at where nothing may be saved.
pub(in crate::app) fn form(row: &RegistryRow, world: &World) -> Form {
    if world.read_only {
        Form::view(row.id, &row.spec)
    } else {
        Form::edit(row.id, &row.spec)
    }
}

/// Pauses a crawl, or lets it go on.
fn pause(row: &RegistryRow, outside: &mut Outside<'_>) {
    let name = &row.spec.name;
    let paused = !outside.world.paused.remove(&row.id);
    let text = if paused {
        outside.world.paused.insert(row.id);
        let key = outside.world.key_of(Command::Pause);
        format!("the crawl of `{name}` is paused; {key} goes on with it")
    } else {
        format!("the crawl of `{name}` goes on")
    };
    outside.work(Work::PauseCrawl {
        registry: row.id,
        paused,
    });
    outside.say(Tone::Plain, text);
}

fn ask_removal(row: &RegistryRow, outside: &mut Outside<'_>) {
    let name = &row.spec.name;
    let secrets = if row.spec.api_token.is_ours() {
        "its kept password and API token"
    } else {
        "its kept password"
    };
    let held = if row.repositories == 0 {
        format!("Its settings and {secrets} go")
    } else {
        format!(
            "Its settings, {secrets} and its inventory go: {}, {}, and the history of its crawls",
            counted(row.repositories, "repository", "repositories"),
            counted(row.images, "image", "images"),
        )
    };
    outside.open(Confirm {
        on_yes: OnYes::Remove(row.id),
        title: format!("Remove {name}?"),
        text: format!("{held}. Nothing is changed on the registry itself."),
    });
}

/// Crawls a registry.
pub(in crate::app) fn crawl(row: &RegistryRow, outside: &mut Outside<'_>) {
    outside.world.starting.insert(row.id);
    outside.world.refused.remove(&row.id);
    outside.work(Work::StartCrawl(row.id));
}

/// Reads again what failed in the last crawl of a registry.
pub(in crate::app) fn retry(row: &RegistryRow, retry: Retry, outside: &mut Outside<'_>) {
    let name = &row.spec.name;
    let text = match &retry {
        Retry::All => format!("reading again what failed in `{name}`"),
        Retry::Of(these) => {
            let count = u64::try_from(these.len()).unwrap_or(u64::MAX);
            let these = counted(count, "repository", "repositories");
            format!("reading {these} of `{name}` again")
        }
    };
    outside.world.starting.insert(row.id);
    outside.world.refused.remove(&row.id);
    let registry = row.id;
    outside.work(Work::Retry { registry, retry });
    outside.say(Tone::Plain, text);
}

/// What is to be read again of these failures: their repositories; of one that is of no
/// repository, all that failed.
pub(in crate::app) fn retry_of<'f>(failures: impl Iterator<Item = &'f Failure>) -> Retry {
    let repositories = failures.map(|failure| failure.repository.clone());
    match repositories.collect::<Option<BTreeSet<_>>>() {
        Some(these) => Retry::Of(these),
        None => Retry::All,
    }
}

/// Why failures of a crawl that is not the latest are not read again.
pub(in crate::app) fn older_crawl() -> Notice {
    Notice::plain("a later crawl looked at this again: what failed in that one can be retried")
}

/// What there is to say where something would be written that may not be.
pub(in crate::app) fn read_only() -> Notice {
    Notice {
        hint: Some("start supercargo without it to crawl".to_owned()),
        ..Notice::plain("nothing is crawled under `--read-only`")
    }
}

/// Why there is nothing to be read again of a registry.
fn nothing_to_retry(row: &RegistryRow, world: &World) -> Option<Notice> {
    let name = &row.spec.name;
    if world.is_crawled_elsewhere(row) {
        let text = format!("another process crawls `{name}`");
        return Some(Notice::plain(text));
    }
    if !row.spec.active {
        let key = world.key_of(Command::Edit);
        let text = format!("`{name}` is inactive; {key} edits its settings");
        return Some(Notice::plain(text));
    }
    let key = world.key_of(Command::Crawl);
    match &row.last_crawl {
        None => Some(Notice::plain(format!(
            "`{name}` was not crawled yet; {key} crawls it"
        ))),
        Some(crawl) if !query::failed(crawl) => Some(Notice::plain(format!(
            "nothing failed in the last crawl of `{name}`; {key} crawls all of it again"
        ))),
        Some(_) => None,
    }
}

/// Crawls every active registry that is not crawled already.
pub(in crate::app) fn crawl_all(outside: &mut Outside<'_>) {
    let world = &outside.world;
    let rows = world.all.iter();
    let idle: Vec<RegistryRow> = rows
        .filter(|row| row.spec.active && !world.is_crawling(row.id))
        .filter(|row| !world.is_crawled_elsewhere(row))
        .cloned()
        .collect();
    for row in &idle {
        crawl(row, outside);
    }
    let text = match idle.len() {
        0 if outside.world.all.is_empty() => "there is no registry to crawl".to_owned(),
        0 => "every active registry is being crawled".to_owned(),
        n => {
            let n = u64::try_from(n).unwrap_or(u64::MAX);
            format!("crawling {}", counted(n, "registry", "registries"))
        }
    };
    outside.say(Tone::Plain, text);
}

/// What there is to say where there are no failures to list.
fn no_failures(row: &RegistryRow, world: &World) -> Option<Notice> {
    let name = &row.spec.name;
    if let Some(failure) = world.refused.get(&row.id) {
        return Some(Notice {
            tone: Tone::Bad,
            text: format!("{name}: not started: {}", cause(failure)),
            hint: failure.hint.clone(),
        });
    }
    let crawl = row.last_crawl.as_ref();
    if crawl.is_some_and(|crawl| crawl.failures > 0) {
        return None;
    }
    let key = world.key_of(Command::Crawl);
    let text = match (&row.list, crawl) {
        (ListState::Refused(why) | ListState::Failed(why), _) => {
            return Some(Notice::new(Tone::Bad, why.clone()));
        }
        (_, None) if world.is_crawling(row.id) => format!("`{name}` has no failures yet"),
        (_, None) => format!("`{name}` was not crawled yet; {key} crawls it"),
        (_, Some(crawl)) if crawl.outcome.is_none() => {
            format!("the crawl of `{name}` has no failures so far")
        }
        _ => format!("the last crawl of `{name}` had no failures"),
    };
    Some(Notice::plain(text))
}
