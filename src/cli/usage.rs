//! `usage`: what images take of registries' storage.

use std::io::BufWriter;

use super::args::{ByArg, UsageArgs};
use super::context::Context;
use super::nothing::{self, Looked};
use super::{CliError, Exit};
use crate::export::{Printer, UsageLine};
use crate::model::{Answer, Children, Question, RegistryRow, Timestamp, Usage, UsageBy, text};
use crate::query::{self, Standing};
use crate::store::Store;

pub(super) async fn run(context: &Context, args: UsageArgs) -> Result<Exit, CliError> {
    let store = context.existing_store()?;
    let registries = Context::registries(&store, &args.names)?;
    let now = Timestamp::now();
    // Of what was not read nothing is told, and least of all that it takes no room.
    let (silent, known): (Vec<_>, Vec<_>) = registries
        .iter()
        .partition(|row| nothing::unknown(row, now).is_some());
    let mut rows = Vec::new();
    let mut totals = Vec::new();
    for registry in &known {
        let whole = ask(&store, registry, UsageBy::Registry).await?;
        match args.by {
            ByArg::Registry => rows.extend(whole.iter().cloned().map(|usage| (*registry, usage))),
            ByArg::Repository => {
                let each = ask(&store, registry, UsageBy::Repository).await?;
                rows.extend(each.into_iter().map(|usage| (*registry, usage)));
            }
        }
        totals.extend(whole.into_iter().map(|usage| (*registry, usage)));
    }
    rows.sort_by(|(a, one), (b, other)| {
        let by_name = || (&a.spec.name, &one.repository).cmp(&(&b.spec.name, &other.repository));
        other.bytes.cmp(&one.bytes).then_with(by_name)
    });
    let out = BufWriter::new(std::io::stdout().lock());
    let mut printer = Printer::new(out, Context::format(args.format));
    for (registry, usage) in &rows {
        printer.row(&UsageLine::new(&registry.spec.name, usage))?;
    }
    let printed = printer.finish()?;
    if printed == 0 {
        nothing::say(&Looked {
            registries: &registries,
            what: "images",
            count: |row| Some(row.images),
            is_narrowed: false,
        });
        return Ok(Exit::Done);
    }
    let total = (printed > 1 && !context.is_quiet()).then(|| total(args.by, printed, &totals));
    let unread = totals
        .iter()
        .filter_map(|(row, usage)| unknown(row, usage, now));
    let silent = silent.iter().filter_map(|row| nothing::unknown(row, now));
    let lines = total.into_iter().chain(unread).chain(silent);
    lines.for_each(super::say);
    Ok(Exit::Done)
}

async fn ask(store: &Store, registry: &RegistryRow, by: UsageBy) -> Result<Vec<Usage>, CliError> {
    let question = Question::Usage {
        registry: registry.id,
        by,
    };
    Ok(match Context::ask(store, question).await? {
        Answer::Usage(rows) => rows,
        _ => Vec::new(),
    })
}

/// What all rows together are, where there are several.
fn total(by: ByArg, rows: u64, totals: &[(&RegistryRow, Usage)]) -> String {
    let sum = |of: fn(&Usage) -> u64| totals.iter().map(|(_, usage)| of(usage)).sum::<u64>();
    let bytes = text::size(sum(|usage| usage.bytes));
    let (images, tags) = (sum(|usage| usage.images), sum(|usage| usage.tags));
    let (what, once) = match (by, totals.len()) {
        (ByArg::Registry, _) => ("registries", "what several of them have counts in each"),
        (ByArg::Repository, 1) => ("repositories", "what they share counts once"),
        (ByArg::Repository, _) => (
            "repositories",
            "what those of one registry share counts once",
        ),
    };
    format!("{rows} {what} in all: {images} images, {tags} tags, {bytes}: {once}")
}

/// How much is not known of a registry, why, and what would tell.
fn unknown(row: &RegistryRow, usage: &Usage, now: Timestamp) -> Option<String> {
    let (unknown, images, name) = (usage.unknown, usage.images, &row.spec.name);
    if unknown == 0 {
        return None;
    }
    let (of, count) = (if images == 1 { "image" } else { "images" }, unknown);
    let standing = query::standing(row, now);
    let why = match standing {
        _ if row.spec.children == Children::None && row.unread > 0 => format!(
            "what indexes list is not read (`children none`): \
             `supercargo registry edit {name} --children platforms` and a crawl tell it"
        ),
        Standing::Partial | Standing::Cancelled | Standing::Failed | Standing::Refused => {
            let because = query::reason(row).map_or_else(String::new, |why| format!(": {why}"));
            format!(
                "its last crawl is {}{because}: `supercargo crawl {name}` reads what is missing",
                standing.as_str()
            )
        }
        _ => format!("they were not read in full so far: `supercargo crawl {name}` reads them"),
    };
    Some(format!(
        "{name}: of {count} of {images} {of} not all layers are known; {why}"
    ))
}
