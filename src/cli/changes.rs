//! `changes`: what crawls found different.

use std::collections::HashMap;
use std::io::{BufWriter, StdoutLock};

use super::args::ChangesArgs;
use super::context::Context;
use super::nothing::{self, Looked};
use super::{CliError, Exit, say};
use crate::export::{ChangeLine, Format, Printer};
use crate::model::{
    Answer, Change, Glob, Outcome, Past, Question, RegistryId, RegistryName, RegistryRow,
    RepositoryName, TimeZone, Timestamp, when,
};
use crate::query;
use crate::store::{Store, StoreError};

/// Changes read before they are printed: a slow reader of ours keeps no writer out.
const PAGE: usize = 5000;

pub(super) async fn run(context: &Context, args: ChangesArgs) -> Result<Exit, CliError> {
    let zone = TimeZone::system();
    let since = args.since.as_deref();
    let since = since.map(|text| since_of(text, Timestamp::now(), &zone));
    let since = since.transpose()?;
    if args.crawl.is_some() && args.names.is_empty() {
        return Err(one_name());
    }
    let store = context.existing_store()?;
    let registries = Context::registries(&store, &args.names)?;
    let past = match (since, args.crawl) {
        (Some(since), _) => Past::Since(since),
        (None, Some(crawl)) => {
            let [registry] = &registries[..] else {
                return Err(one_name());
            };
            if is_let_go(&store, registry, crawl)? {
                return Ok(Exit::Done);
            }
            Past::Crawl(crawl)
        }
        (None, None) => Past::All,
    };
    let format = Context::format(args.format);
    let mut lines = Lines {
        names: registries
            .iter()
            .map(|row| (row.id, &row.spec.name))
            .collect(),
        printer: Printer::new(BufWriter::new(std::io::stdout().lock()), format),
        zone: &zone,
    };
    match (&registries[..], past, exact(args.repository.as_ref())) {
        ([registry], Past::All, Some(repository)) => {
            let question = Question::History {
                registry: registry.id,
                repository,
                tag: None,
            };
            if let Answer::History(changes) = Context::ask(&store, question).await? {
                lines.print(oldest_first(&changes, args.tag.as_ref()))?;
            }
        }
        _ => paged(&store, &registries, past, &args, &mut lines).await?,
    }
    let printed = lines.printer.finish()?;
    let is_narrowed = args.repository.is_some() || args.tag.is_some();
    tell(&store, &registries, past)?;
    if printed == 0 {
        nothing_changed(&store, &registries, past, is_narrowed)?;
        return Ok(Exit::Done);
    }
    nothing::say_unknown(&registries);
    if format == Format::Table && !context.is_quiet() {
        say(format!("times are {}", zone_name(&zone)));
    }
    Ok(Exit::Done)
}

/// What is printed, and what it takes for it.
struct Lines<'a> {
    names: HashMap<RegistryId, &'a RegistryName>,
    printer: Printer<BufWriter<StdoutLock<'static>>, ChangeLine>,
    zone: &'a TimeZone,
}

impl Lines<'_> {
    fn print<'c>(&mut self, changes: impl Iterator<Item = &'c Change>) -> std::io::Result<()> {
        for change in changes {
            if let Some(name) = self.names.get(&change.registry) {
                let line = ChangeLine::new(name, change, self.zone);
                self.printer.row(&line)?;
            }
        }
        Ok(())
    }
}

async fn paged(
    store: &Store,
    registries: &[RegistryRow],
    past: Past,
    args: &ChangesArgs,
    lines: &mut Lines<'_>,
) -> Result<(), CliError> {
    let mut after = None;
    loop {
        let question = Question::Changes {
            registries: registries.iter().map(|row| row.id).collect(),
            past,
            newest_first: false,
            repository: args.repository.clone(),
            tag: args.tag.clone(),
            after: after.take(),
            enough: PAGE,
        };
        let Answer::Changes(page) = Context::ask(store, question).await? else {
            return Ok(());
        };
        lines.print(page.rows.iter())?;
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// The changes of one repository as the paged list has them, of which the newest crawl is
/// the first here.
fn oldest_first<'c>(
    changes: &'c [Change],
    tag: Option<&'c Glob>,
) -> impl Iterator<Item = &'c Change> {
    let of_crawls: Vec<&[Change]> = changes
        .chunk_by(|one, other| one.crawl == other.crawl)
        .collect();
    let is_wanted = move |change: &&Change| {
        tag.is_none_or(|glob| {
            let tag = change.what.tag();
            tag.is_some_and(|tag| glob.is_match(tag.as_str()))
        })
    };
    of_crawls.into_iter().rev().flatten().filter(is_wanted)
}

/// The one repository that is wanted, where no letter stands for others.
fn exact(wanted: Option<&Glob>) -> Option<RepositoryName> {
    let wanted = wanted?.as_str();
    wanted.parse().ok().filter(|_| !Glob::is_meant(wanted))
}

fn since_of(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, CliError> {
    let wrong = |why: String| CliError::usage(format!("--since: {why}"));
    let since = when::moment(text, now, zone).map_err(wrong)?;
    if since > now {
        let at = local(since, zone);
        let why = format!("{at} is still to come: write a time that is past");
        return Err(wrong(why));
    }
    Ok(since)
}

fn one_name() -> CliError {
    CliError::usage("--crawl: crawls are counted in each registry: name the one that is meant")
        .with_hint("`supercargo changes NAME --crawl N`")
}

/// Whether the changes of a crawl are no longer kept, which is said; a crawl that never was
/// is an error.
fn is_let_go(store: &Store, registry: &RegistryRow, crawl: u64) -> Result<bool, CliError> {
    let name = &registry.spec.name;
    let Some((first, last)) = store.kept_changes(registry.id)? else {
        let wrong = format!("--crawl: {name} was not crawled yet");
        let hint = format!("`supercargo crawl {name}` is its first crawl");
        return Err(CliError::usage(wrong).with_hint(hint));
    };
    if crawl == 0 || crawl > last {
        let times = match last {
            1 => "once".to_owned(),
            last => format!("{last} times"),
        };
        let wrong = format!(
            "--crawl: {name} was crawled {times}, counted from 1: there is no crawl {crawl}"
        );
        return Err(CliError::usage(wrong).with_hint(kept(first, last)));
    }
    if crawl < first {
        let kept = kept(first, last);
        say(format!(
            "{name}: what crawl {crawl} found is no longer kept: {kept}"
        ));
    }
    Ok(crawl < first)
}

/// Which crawls' changes are kept.
fn kept(first: u64, last: u64) -> String {
    match first {
        first if first > last => "nothing is kept until the next crawl".to_owned(),
        first if first == last => format!("what crawl {last} found is kept"),
        first => format!("what crawls {first} to {last} found is kept"),
    }
}

/// Says what of the past that was asked for is no longer kept.
fn tell(store: &Store, registries: &[RegistryRow], past: Past) -> Result<(), CliError> {
    let Past::Since(since) = past else {
        return Ok(());
    };
    for registry in registries {
        let Some((first, _)) = store.kept_changes(registry.id)? else {
            continue;
        };
        let crawls = store.crawls(registry.id)?;
        // Their records may be gone, too: then the first that is known tells.
        let is_lost = first > 1
            && crawls
                .iter()
                .rfind(|crawl| crawl.number < first)
                .or(crawls.first())
                .is_some_and(|crawl| crawl.started >= since);
        if is_lost {
            let name = &registry.spec.name;
            say(format!(
                "{name}: what was found before crawl {first} is no longer kept"
            ));
        }
    }
    Ok(())
}

/// Says why no change was printed.
fn nothing_changed(
    store: &Store,
    registries: &[RegistryRow],
    past: Past,
    is_narrowed: bool,
) -> Result<(), CliError> {
    let looked = |registries| Looked {
        registries,
        what: "changes",
        count: |_| None,
        is_narrowed: is_narrowed || past != Past::All,
    };
    match (past, registries) {
        (Past::Crawl(crawl), [registry]) if !is_narrowed => {
            say(&nothing_found(store, registry, crawl)?);
        }
        (Past::Since(since), _) => {
            // Who was not crawled since then is no proof that nothing changed.
            let (crawled, quiet): (Vec<_>, Vec<_>) = registries.iter().cloned().partition(|row| {
                let last = row.last_crawl.as_ref();
                last.is_none_or(|last| last.whole_since() >= since)
            });
            if !crawled.is_empty() || registries.is_empty() {
                nothing::say(&looked(&crawled));
            }
            for row in quiet {
                let (name, last) = (&row.spec.name, row.last_crawl);
                let last = last.map_or_else(String::new, |last| {
                    local(last.whole_since(), &TimeZone::system())
                });
                say(format!(
                    "{name}: no crawl since then: the last began {last}"
                ));
            }
        }
        _ => nothing::say(&looked(registries)),
    }
    Ok(())
}

/// Why a crawl found nothing different: one that failed is no proof that nothing was.
fn nothing_found(store: &Store, registry: &RegistryRow, crawl: u64) -> Result<String, StoreError> {
    let name = &registry.spec.name;
    let crawls = store.crawls(registry.id)?;
    let record = crawls.iter().find(|record| record.number == crawl);
    let outcome = record.map(|record| record.outcome);
    if matches!(outcome, None | Some(Some(Outcome::Complete))) {
        return Ok(format!("{name}: crawl {crawl} found nothing different"));
    }
    let is_last = registry.last_crawl.as_ref().map(|last| last.number) == Some(crawl);
    let why = query::reason(registry).filter(|_| is_last);
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    let outcome = outcome.flatten();
    let ended = match outcome {
        Some(Outcome::Failed) if is_last => query::standing(registry, Timestamp::now()).as_str(),
        Some(outcome) => outcome.as_str(),
        None => "not ended",
    };
    let read = match outcome {
        Some(Outcome::Failed) => "",
        _ => ", and found nothing different in what it read",
    };
    Ok(format!("{name}: crawl {crawl}: {ended}{read}{why}"))
}

fn local(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

fn zone_name(zone: &TimeZone) -> String {
    match zone.iana_name() {
        Some(name) => format!("in {name}"),
        None => "local".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, What};

    #[test]
    fn the_past_is_past() {
        let now: Timestamp = "2026-10-25T12:00:00Z".parse().unwrap();
        let read = |text: &str| since_of(text, now, &TimeZone::UTC);
        assert_eq!(
            read("2026-10-25").unwrap().to_string(),
            "2026-10-25T00:00:00Z"
        );
        assert_eq!(read("0s").unwrap(), now);
        for (text, wanted) in [
            (
                "2026-10-26",
                "--since: 2026-10-26 00:00 is still to come: write a time that is past",
            ),
            ("soon", "--since: `soon` is no time: write `2026-10-01`"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.exit(), Exit::Usage);
            assert!(error.to_string().starts_with(wanted), "{error}");
        }
    }

    #[test]
    fn a_name_without_letters_that_stand_for_others_is_one_repository() {
        let exact = |text: &str| super::exact(Some(&text.parse().unwrap()));
        assert_eq!(exact("team/app"), Some("team/app".parse().unwrap()));
        for glob in ["team/*", "team/ap?", "{a,b}", "[ab]", "a//b", ""] {
            assert_eq!(exact(glob), None, "{glob}");
        }
        assert_eq!(super::exact(None), None);
    }

    #[test]
    fn one_repository_is_told_in_the_order_of_all_others() {
        let change = |crawl, tag: &str| Change {
            at: Timestamp::UNIX_EPOCH,
            registry: RegistryId(1),
            crawl,
            repository: "a".parse().unwrap(),
            what: What::TagAppeared {
                tag: tag.parse().unwrap(),
                digest: Digest::sha256(b"a"),
            },
        };
        let changes = [
            change(9, "x"),
            change(9, "y"),
            change(2, "x"),
            change(1, "z"),
        ];
        let told = |tag: Option<&str>| {
            let tag = tag.map(|tag| tag.parse().unwrap());
            let told = oldest_first(&changes, tag.as_ref());
            told.map(|change| (change.crawl, change.what.tag().unwrap().to_string()))
                .collect::<Vec<_>>()
        };
        let named = |crawl, tag: &str| (crawl, tag.to_owned());
        assert_eq!(
            told(None),
            [named(1, "z"), named(2, "x"), named(9, "x"), named(9, "y")]
        );
        assert_eq!(told(Some("[xz]")).len(), 3);
        assert_eq!(told(Some("y")), [named(9, "y")]);
    }

    #[test]
    fn which_crawls_are_kept_is_said_in_words() {
        assert_eq!(kept(3, 8), "what crawls 3 to 8 found is kept");
        assert_eq!(kept(8, 8), "what crawl 8 found is kept");
        assert_eq!(kept(9, 8), "nothing is kept until the next crawl");
    }
}
