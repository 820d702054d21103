//! `decide keep | delete | look | none`; `export` and `import` are below. Nothing is deleted
//! by any of them.

mod args;
mod file;
mod transfer;

use std::collections::HashMap;
use std::io::BufWriter;

pub(super) use args::DecideCommand;

use args::TakeBackArgs;

use super::context::Context;
use super::nothing::{self, Looked};
use super::{CliError, Exit, say};
use crate::export::{DecisionLine, Printer};
use crate::job::{DecideRequest, Decider, Tally};
use crate::model::{self, Choice, RegistryId, RegistryName, Timestamp};
use crate::store::{Access, StoreError};

pub(super) async fn run(context: &Context, command: DecideCommand) -> Result<Exit, CliError> {
    let (choice, note, about) = match command {
        DecideCommand::Export(args) => return transfer::export(context, &args).await,
        DecideCommand::Import { file, dry_run } => {
            return transfer::import(context, &file, dry_run).await;
        }
        DecideCommand::Keep(args) => (Some(Choice::Keep), args.note, args.about),
        DecideCommand::Delete(args) => (Some(Choice::Delete), args.note, args.about),
        DecideCommand::Look(args) => (Some(Choice::Look), args.note, args.about),
        DecideCommand::None(about) => (None, None, about),
    };
    decide(context, choice, note.as_deref(), &about).await
}

async fn decide(
    context: &Context,
    choice: Option<Choice>,
    note: Option<&str>,
    about: &TakeBackArgs,
) -> Result<Exit, CliError> {
    let now = Timestamp::now();
    let selection = Box::new(about.selection.selection(now)?);
    if selection.is_everything() && about.selection.names.is_empty() {
        return Err(CliError::usage(
            "nothing says which images are meant, and all of all registries hardly are",
        )
        .with_hint("name registries, or choose by `--repository`, `--tag`, `--older-than` …"));
    }
    let note = note.map(model::note).transpose();
    let note = note.map_err(|why| CliError::usage(format!("--note: {why}")))?;
    may_write(context, about.dry_run)?;
    let store = context.existing_store()?;
    let registries = Context::registries(&store, &about.selection.names)?;
    let names: HashMap<RegistryId, &RegistryName> = registries
        .iter()
        .map(|row| (row.id, &row.spec.name))
        .collect();
    let is_narrowed = !selection.is_everything();
    let what = if selection.needs_tag() {
        "tag"
    } else {
        "image"
    };
    let request = DecideRequest {
        registries: registries.iter().map(|row| row.id).collect(),
        selection,
        choice,
        note: note.flatten(),
        at: now,
    };
    let mut decider = Decider::new(&store, request, about.dry_run);
    let out = BufWriter::new(std::io::stdout());
    let mut printer = about
        .dry_run
        .then(|| Printer::new(out, Context::format(None)));
    while let Some(changed) = decider.next().await? {
        let Some(printer) = &mut printer else {
            continue;
        };
        for (registry, decided) in &changed {
            if let Some(name) = names.get(registry) {
                printer.row(&DecisionLine::new(name, decided))?;
            }
        }
    }
    printer.map(Printer::finish).transpose()?;
    let tally = decider.tally();
    if tally.subjects == 0 {
        nothing::say(&Looked {
            registries: &registries,
            what: "images",
            count: |row| Some(row.images),
            is_narrowed,
        });
    } else {
        say(sentence(choice, what, tally, about.dry_run));
    }
    Ok(Exit::Done)
}

/// Refuses to write where nothing may be written.
fn may_write(context: &Context, dry: bool) -> Result<(), CliError> {
    if context.access() == Access::ReadOnly && !dry {
        return Err(StoreError::ReadOnly { what: "decisions" }.into());
    }
    Ok(())
}

fn sentence(choice: Option<Choice>, what: &str, tally: &Tally, dry: bool) -> String {
    let did = match (choice, dry) {
        (Some(choice), false) => format!("decided `{choice}` about"),
        (Some(choice), true) => format!("would decide `{choice}` about"),
        (None, false) => "took back what was decided about".to_owned(),
        (None, true) => "would take back what was decided about".to_owned(),
    };
    let about = format!(
        "{} in {}",
        counted(tally.subjects, what, &format!("{what}s")),
        counted(tally.repositories, "repository", "repositories"),
    );
    if choice.is_none() && tally.same == tally.subjects {
        return format!("nothing to take back: there is no decision about {about}");
    }
    let mut says = format!("{did} {about}");
    match choice {
        Some(_) => {
            if tally.otherwise > 0 {
                says.push_str(&format!("; it was another decision of {}", tally.otherwise));
            }
            if tally.same > 0 {
                says.push_str(&format!("; it was so already of {}", tally.same));
            }
        }
        None if tally.same > 0 => {
            says.push_str(&format!("; there was no decision of {}", tally.same));
        }
        None => {}
    }
    says
}

fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
