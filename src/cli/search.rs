//! `search`: where something is, in all registries.

use std::collections::HashMap;
use std::io::BufWriter;

use super::args::SearchArgs;
use super::context::Context;
use super::nothing::{self, Looked};
use super::{CliError, Exit, say};
use crate::export::{HitLine, Printer};
use crate::model::{Answer, DigestStart, Question, RegistryId, RegistryName, Search, text};

/// Hits read before they are printed: a slow reader of ours keeps no writer out.
const PAGE: u64 = 5000;

pub(super) async fn run(context: &Context, args: SearchArgs) -> Result<Exit, CliError> {
    let search = Box::new(search(&args.text)?);
    let store = context.existing_store()?;
    let registries = Context::registries(&store, &[])?;
    let names: HashMap<RegistryId, &RegistryName> = registries
        .iter()
        .map(|row| (row.id, &row.spec.name))
        .collect();
    let out = BufWriter::new(std::io::stdout().lock());
    let mut printer = Printer::new(out, Context::format(args.format));
    let mut left = args.limit.unwrap_or(u64::MAX);
    let mut after = None;
    let is_cut = loop {
        let question = Question::Search {
            registries: registries.iter().map(|row| row.id).collect(),
            search: search.clone(),
            after: after.take(),
            // One more than is wanted tells that there are more.
            enough: usize::try_from(left.saturating_add(1).min(PAGE)).unwrap_or(usize::MAX),
        };
        let Answer::Search(page) = Context::ask(&store, question).await? else {
            break false;
        };
        let mut is_cut = false;
        for hit in &page.rows {
            is_cut = left == 0;
            if is_cut {
                break;
            }
            if let Some(name) = names.get(&hit.registry) {
                printer.row(&HitLine::new(name, hit))?;
                left -= 1;
            }
        }
        after = page.next;
        if is_cut || after.is_none() {
            break is_cut;
        }
    };
    let printed = printer.finish()?;
    if is_cut {
        say(format_args!(
            "there are more than these {printed}: `--limit` ends the list there"
        ));
    }
    if printed == 0 {
        nothing::say(&Looked {
            registries: &registries,
            what: "repositories, tags and digests",
            count: |_| None,
            is_narrowed: true,
        });
    } else {
        nothing::say_unknown(&registries);
    }
    Ok(Exit::Done)
}

fn search(typed: &str) -> Result<Search, CliError> {
    // What is meant as a digest and is none would be looked for as a name that nothing has.
    let meant = typed.trim().split_once(':');
    if meant.is_some_and(|(name, _)| matches!(name, "sha256" | "sha512")) {
        let start = typed.trim().parse::<DigestStart>();
        start.map_err(CliError::usage)?;
    }
    let has_word = |search: &Search| {
        let mut pairs = search.pairs.iter();
        !search.words.is_empty() || pairs.any(|(name, tag)| name.is_some() || tag.is_some())
    };
    Search::new(typed).filter(has_word).ok_or_else(|| {
        let typed = text::quote(typed, 40);
        CliError::usage(format!("`{typed}` has nothing to look for")).with_hint(
            "write a part of a repository's or a tag's name, `REPOSITORY:TAG`, or the \
             beginning of a digest",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_looked_for_is_told_what_could() {
        for text in ["", "  ", "!", ":"] {
            let error = search(text).unwrap_err();
            assert_eq!(error.exit(), Exit::Usage, "{text:?}");
            assert!(error.hint().unwrap().contains("`REPOSITORY:TAG`"));
        }
        for text in ["sha256:", "sha256:xyz", " sha512:12 34", "sha256:latest"] {
            let error = search(text).unwrap_err();
            assert_eq!(error.exit(), Exit::Usage, "{text:?}");
            assert!(error.to_string().contains("is no beginning of a digest"));
        }
        for text in ["sha256:ab", "nginx 1.25", "team/app:1", "SHA:1"] {
            assert!(search(text).is_ok(), "{text:?}");
        }
    }
}
