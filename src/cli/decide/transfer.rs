//! `decide export` and `decide import`: decisions on their way from one state to another.

use std::io::{BufWriter, Read};
use std::path::Path;

use super::super::context::Context;
use super::super::nothing;
use super::super::{CliError, Exit};
use super::args::ExportArgs;
use super::{counted, file, may_write, say};
use crate::export::{DecisionLine, Printer};
use crate::job::{self, DecisionsImport};
use crate::model::{Answer, Question, Timestamp};

/// Bytes of a file that are read: as much as a million decisions take.
const MOST: u64 = 256 * 1024 * 1024;

pub(super) async fn export(context: &Context, args: &ExportArgs) -> Result<Exit, CliError> {
    let store = context.existing_store()?;
    let registries = Context::registries(&store, &args.names)?;
    let out = BufWriter::new(std::io::stdout());
    let mut printer = Printer::new(out, Context::format(args.format));
    for row in &registries {
        let question = Question::Decisions { registry: row.id };
        let Answer::Decisions(decided) = Context::ask(&store, question).await? else {
            continue;
        };
        for one in &decided {
            printer.row(&DecisionLine::new(&row.spec.name, one))?;
        }
    }
    if printer.finish()? == 0 {
        // A person decides, whether or not a registry was crawled.
        let names: Vec<&str> = registries
            .iter()
            .map(|row| row.spec.name.as_str())
            .collect();
        say(&match names[..] {
            [] => nothing::NO_REGISTRY.to_owned(),
            _ => format!("no decisions in {}", names.join(", ")),
        });
    }
    Ok(Exit::Done)
}

pub(super) async fn import(context: &Context, path: &Path, dry: bool) -> Result<Exit, CliError> {
    let shown = if is_stdin(path) {
        "standard input".to_owned()
    } else {
        format!("`{}`", path.display())
    };
    let text = read(path, &shown)?;
    may_write(context, dry)?;
    let store = context.existing_store()?;
    let registries = Context::registries(&store, &[])?;
    let all = file::read(&text, &registries, Timestamp::now()).map_err(|wrong| {
        let lines = wrong.iter().map(|wrong| format!("\n  {wrong}"));
        CliError::usage(format!(
            "{shown} was not imported, and nothing is changed:{}",
            lines.collect::<String>()
        ))
        .with_hint("`supercargo decide export` prints such a file")
    })?;
    if all.is_empty() {
        say(format!("no decision is in {shown}: nothing is changed"));
        return Ok(Exit::Done);
    }
    let import = job::blocking(move || job::import_decisions(&store, &all, dry)).await?;
    say(sentence(&import, dry));
    if import.unknown > 0 {
        say(format!(
            "{} of them {} about what is not in the inventory, and {} kept all the same",
            import.unknown,
            if import.unknown == 1 { "is" } else { "are" },
            match (dry, import.unknown) {
                (true, _) => "would be",
                (false, 1) => "is",
                (false, _) => "are",
            },
        ));
    }
    Ok(Exit::Done)
}

fn sentence(import: &DecisionsImport, dry: bool) -> String {
    let total = import.new + import.changed + import.taken_back + import.same;
    format!(
        "{} {}: {} new, {} changed, {} taken back, {} so already",
        if dry { "would import" } else { "imported" },
        counted(total, "decision", "decisions"),
        import.new,
        import.changed,
        import.taken_back,
        import.same,
    )
}

fn read(path: &Path, shown: &str) -> Result<String, CliError> {
    let mut text = String::new();
    let read = if is_stdin(path) {
        std::io::stdin()
            .lock()
            .take(MOST + 1)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|opened| opened.take(MOST + 1).read_to_string(&mut text))
    };
    let length =
        read.map_err(|error| CliError::usage(format!("{shown} cannot be read: {error}")))?;
    if length as u64 > MOST {
        return Err(CliError::usage(format!(
            "{shown} is longer than any list of decisions: more than 256 MiB"
        )));
    }
    Ok(text)
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}
