//! `registry export` and `registry import`: settings on their way from one state to another.

use std::io::{Read, Write};
use std::path::Path;

use super::super::args::ExportFormat;
use super::super::context::Context;
use super::super::nothing;
use super::super::{CliError, Exit};
use super::say;
use crate::config::registries::{self, Described};
use crate::job::{self, Action, Step};
use crate::model::{RegistrySpec, SecretEntries, SecretKind};
use crate::store::{Access, StoreError};

/// Bytes of a file that are read: more than any person has registries.
const MOST: u64 = 16 * 1024 * 1024;

pub(super) fn export(
    context: &Context,
    names: &[String],
    format: ExportFormat,
) -> Result<Exit, CliError> {
    let store = context.existing_store()?;
    let rows = Context::registries(&store, names)?;
    if rows.is_empty() {
        say(nothing::NO_REGISTRY);
        return Ok(Exit::Done);
    }
    let text = match format {
        ExportFormat::Toml => registries::write(rows.iter().map(|row| &row.spec)),
    };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}

pub(super) async fn import(context: &Context, file: &Path, dry: bool) -> Result<Exit, CliError> {
    let described = described(file)?;
    if context.access() == Access::ReadOnly && !dry {
        return Err(StoreError::ReadOnly {
            what: "registries' settings",
        }
        .into());
    }
    let wanted: Vec<(RegistrySpec, SecretEntries)> =
        described.into_iter().map(Described::entries).collect();
    let specs: Vec<RegistrySpec> = wanted.iter().map(|(spec, _)| spec.clone()).collect();
    // A dry run makes no state where there is none.
    let store = if dry {
        context.existing_store()?
    } else {
        context.store()?
    };
    let done = job::import(&store, &context.secrets()?, wanted, dry).await?;
    for (step, spec) in done.steps.iter().zip(specs) {
        say(sentence(step, dry));
        for (kind, flag) in [
            (SecretKind::Password, "--password-stdin"),
            (SecretKind::ApiToken, "--api-token-stdin"),
        ] {
            let place = spec.place(kind);
            if step.action == Action::Added && place.is_ours() {
                say(format!(
                    "  its {} is not in the file: `supercargo registry edit {} {flag}` puts it \
                     into {}",
                    kind.as_str(),
                    step.name,
                    place.place().name
                ));
            }
        }
    }
    Ok(Exit::Done)
}

fn sentence(step: &Step, dry: bool) -> String {
    let would = if dry { "would have " } else { "" };
    match &step.action {
        Action::Added => format!("{would}added {}", step.name),
        Action::Changed(keys) => format!("{would}changed {}: {}", step.name, keys.join(", ")),
        Action::Same => format!("{} is so already", step.name),
    }
}

/// What the file says, or everything that is wrong with it.
fn described(file: &Path) -> Result<Vec<Described>, CliError> {
    let shown = if is_stdin(file) {
        "standard input".to_owned()
    } else {
        format!("`{}`", file.display())
    };
    let failed =
        |error: std::io::Error| CliError::usage(format!("{shown} cannot be read: {error}"));
    let mut text = String::new();
    let read = if is_stdin(file) {
        std::io::stdin()
            .lock()
            .take(MOST + 1)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(MOST + 1).read_to_string(&mut text))
    };
    if read.map_err(failed)? as u64 > MOST {
        return Err(CliError::usage(format!(
            "{shown} is longer than any list of registries: more than 16 MiB"
        )));
    }
    registries::read(&text).map_err(|wrong| {
        let lines = wrong.iter().map(|wrong| format!("\n  {wrong}"));
        CliError::usage(format!(
            "{shown} was not imported, and nothing is changed:{}",
            lines.collect::<String>()
        ))
        .with_hint("`supercargo registry export` prints such a file")
    })
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}
