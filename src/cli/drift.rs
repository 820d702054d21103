//! `drift`: in what a registry differs from another.

use std::io::BufWriter;

use super::args::DriftArgs;
use super::context::Context;
use super::nothing::{self, Looked};
use super::{CliError, Exit, say};
use crate::export::{DriftLine, Printer};
use crate::model::{Answer, Difference, Drifts, Question, RegistryRow, Timestamp};
use crate::query::{self, Standing};

pub(super) async fn run(context: &Context, args: DriftArgs) -> Result<Exit, CliError> {
    let store = context.existing_store()?;
    let registries = Context::registries(&store, &[args.a.clone(), args.b.clone()])?;
    let [a, b] = &registries[..] else {
        let wrong = format!("`{}` and `{}` are the same registry", args.a, args.b);
        return Err(CliError::usage(wrong).with_hint("name two that ought to hold the same"));
    };
    let now = Timestamp::now();
    let unknown: Vec<String> = [a, b]
        .into_iter()
        .filter_map(|row| nothing::unknown(row, now))
        .collect();
    if !unknown.is_empty() {
        unknown.iter().for_each(say);
        say(format_args!(
            "{} and {} cannot be compared",
            a.spec.name, b.spec.name
        ));
        return Ok(Exit::Failures);
    }
    let question = Question::Drift {
        a: a.id,
        b: b.id,
        map: args.map.clone(),
        repository: args.repository.clone(),
        tag: args.tag.clone(),
    };
    let Answer::Drift(drifts) = Context::ask(&store, question).await? else {
        return Ok(Exit::Failures);
    };
    let out = BufWriter::new(std::io::stdout().lock());
    let mut printer = Printer::new(out, Context::format(args.format));
    for drift in &drifts.rows {
        printer.row(&DriftLine::new(drift))?;
    }
    let printed = printer.finish()?;
    let doubts: Vec<String> = doubts(a, drifts.stale.0, drifts.unlisted.0, now)
        .chain(doubts(b, drifts.stale.1, drifts.unlisted.1, now))
        .collect();
    let is_whole = drifts.unlisted == (0, 0);
    if printed == 0 && drifts.same == 0 && is_whole {
        nothing::say(&Looked {
            registries: &registries,
            what: "tags",
            count: |row| Some(row.tags),
            is_narrowed: args.repository.is_some() || args.tag.is_some(),
        });
    } else if printed > 0 || !doubts.is_empty() || !context.is_quiet() {
        say(summary(&drifts));
    }
    doubts.iter().for_each(say);
    Ok(if printed > 0 || !is_whole {
        Exit::Failures
    } else {
        Exit::Done
    })
}

/// How many tags are the same, and how many differ in what.
fn summary(drifts: &Drifts) -> String {
    let mut line = match drifts.same {
        1 => "1 tag is the same".to_owned(),
        same => format!("{same} tags are the same"),
    };
    for difference in [
        Difference::Missing,
        Difference::Extra,
        Difference::Different,
        Difference::FewerPlatforms,
    ] {
        let rows = drifts.rows.iter();
        let count = rows.filter(|row| row.difference == difference).count();
        if count > 0 {
            line.push_str(&format!(", {count} {}", difference.as_str()));
        }
    }
    line
}

/// Why what is said of one side may not be so.
fn doubts(
    row: &RegistryRow,
    stale: u64,
    unlisted: u64,
    now: Timestamp,
) -> impl Iterator<Item = String> {
    let name = &row.spec.name;
    let crawl = format!("`supercargo crawl {name}` brings it up to date");
    let standing = query::standing(row, now);
    let because = query::reason(row).map_or_else(String::new, |why| format!(": {why}"));
    let stands = match standing {
        Standing::Complete => None,
        Standing::Empty => Some(format!("{name}: empty: its last crawl found no repository")),
        Standing::Stale => Some(format!(
            "{name}: stale: its refresh interval is over; {crawl}"
        )),
        Standing::NotCrawled
        | Standing::Partial
        | Standing::Cancelled
        | Standing::Failed
        | Standing::Refused => Some(format!("{name}: {}{because}; {crawl}", standing.as_str())),
    };
    let unconfirmed = (stale > 0).then(|| {
        let tags = if stale == 1 { "tag is" } else { "tags are" };
        format!("{name}: {stale} {tags} stale: what is said of them may be no longer so")
    });
    let unread = (unlisted > 0).then(|| {
        let were = match unlisted {
            1 => "1 repository was".to_owned(),
            many => format!("{many} repositories were"),
        };
        format!("{name}: {were} never listed whole: what it lacks there is not told")
    });
    [stands, unconfirmed, unread].into_iter().flatten()
}
