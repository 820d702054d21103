//! `registry add | edit | show | list | rename | remove`; `import` and `export` are below.

mod transfer;

use super::args::{AddArgs, EditArgs, RegistryCommand};
use super::confirm::{self, Answer};
use super::context::Context;
use super::nothing;
use super::{CliError, Exit, say};
use crate::export::{Format, Printer, RegistryLine, Row, SettingLine};
use crate::job;
use crate::model::{
    PasswordSource, RegistryRow, RegistrySpec, SecretEntries, SecretEntry, SecretKind, Timestamp,
};
use crate::store::{Access, StoreError};

pub(super) async fn run(context: &Context, command: RegistryCommand) -> Result<Exit, CliError> {
    match command {
        RegistryCommand::Add(args) => add(context, args).await,
        RegistryCommand::Edit(args) => edit(context, args).await,
        RegistryCommand::Show { name, format } => {
            let row = context.existing_store()?.registry(&name)?;
            print(Context::format(format), &SettingLine::all(&row.spec))
        }
        RegistryCommand::List { format } => {
            let rows = Context::registries(&context.existing_store()?, &[])?;
            let now = Timestamp::now();
            let lines = rows.iter().map(|row| RegistryLine::new(row, now));
            let lines: Vec<RegistryLine> = lines.collect();
            let format = Context::format(format);
            if lines.is_empty() {
                say(nothing::NO_REGISTRY);
            }
            print(format, &lines)
        }
        RegistryCommand::Rename { old, new } => rename(context, &old, &new).await,
        RegistryCommand::Export { names, format } => transfer::export(context, &names, format),
        RegistryCommand::Import { file, dry_run } => {
            transfer::import(context, &file, dry_run).await
        }
        RegistryCommand::Remove { name, yes } => remove(context, &name, yes).await,
    }
}

async fn add(context: &Context, args: AddArgs) -> Result<Exit, CliError> {
    let name = args
        .name
        .parse()
        .map_err(|error: crate::model::NameError| CliError::usage(error.to_string()))?;
    let endpoint = args
        .address
        .parse()
        .map_err(|error: crate::model::EndpointError| CliError::usage(error.to_string()))?;
    let mut spec = RegistrySpec::new(name, endpoint);
    args.settings.apply(&mut spec)?;
    let entries = args.password.entries(args.settings.given(API_TOKEN))?.or(
        SecretEntry::From(PasswordSource::Auto),
        SecretEntry::From(PasswordSource::None),
    );
    let store = context.store()?;
    let saved = job::save(&store, &context.secrets()?, None, spec, entries).await?;
    for kind in SecretKind::ALL {
        say_where(kind, saved.place(kind));
    }
    say(format!(
        "added {}; `supercargo crawl {0}` fills the inventory",
        args.name
    ));
    Ok(Exit::Done)
}

async fn edit(context: &Context, args: EditArgs) -> Result<Exit, CliError> {
    let given = args.password.entries(args.settings.given(API_TOKEN))?;
    let store = context.existing_store()?;
    let row = store.registry(&args.name)?;
    let mut spec = row.spec.clone();
    for (key, text) in [("name", &args.rename), ("address", &args.address)] {
        if let (Some(text), Some(setting)) = (text, crate::model::setting::find(key)) {
            (setting.set)(&mut spec, text).map_err(CliError::usage)?;
        }
    }
    args.settings.apply(&mut spec)?;
    let unsaid = if args.forget_password {
        SecretEntry::From(PasswordSource::None)
    } else {
        SecretEntry::Keep
    };
    let entries = given.or(unsaid, SecretEntry::Keep);
    let typed = |kind| matches!(entries.of(kind), SecretEntry::Typed(..));
    let typed: Vec<SecretKind> = SecretKind::ALL
        .into_iter()
        .filter(|kind| typed(*kind))
        .collect();
    let saved = job::save(&store, &context.secrets()?, Some(row.id), spec, entries).await?;
    for kind in typed {
        say_where(kind, saved.place(kind));
    }
    say(format!("changed {}", args.name));
    Ok(Exit::Done)
}

async fn rename(context: &Context, old: &str, new: &str) -> Result<Exit, CliError> {
    let store = context.existing_store()?;
    let row = store.registry(old)?;
    let mut spec = row.spec.clone();
    spec.name = new
        .parse()
        .map_err(|error: crate::model::NameError| CliError::usage(error.to_string()))?;
    let secrets = context.secrets()?;
    job::save(&store, &secrets, Some(row.id), spec, SecretEntries::KEEP).await?;
    say(format!("{old} is called {new} now"));
    Ok(Exit::Done)
}

async fn remove(context: &Context, name: &str, yes: bool) -> Result<Exit, CliError> {
    let store = context.existing_store()?;
    let row = store.registry(name)?;
    if context.access() == Access::ReadOnly {
        return Err(StoreError::ReadOnly {
            what: "the removal of a registry",
        }
        .into());
    }
    let goes = what_goes(&row, store.crawls(row.id)?.len() as u64);
    if !yes {
        let what = format!("removing {name} takes with it {goes}");
        let answer = confirm::confirm(&what, &format!("Remove {name}?")).await?;
        if answer != Answer::Yes {
            say(format!("{name} stays as it is"));
            return Ok(confirm::declined(answer));
        }
    }
    job::remove(&store, &context.secrets()?, &row).await?;
    say(format!("removed {name} and {goes}"));
    Ok(Exit::Done)
}

/// What is lost with a registry, in a clause.
fn what_goes(row: &RegistryRow, crawls: u64) -> String {
    let counted = |number: u64, one: &str, many: &str| {
        format!("{number} {}", if number == 1 { one } else { many })
    };
    let mut goes = format!(
        "its settings, {}, {}, {} and the record of {}",
        counted(row.repositories, "repository", "repositories"),
        counted(row.tags, "tag", "tags"),
        counted(row.images, "image", "images"),
        counted(crawls, "crawl", "crawls"),
    );
    if row.decisions > 0 {
        goes.push_str(&format!(
            ", and {}",
            counted(row.decisions, "decision", "decisions")
        ));
    }
    for kind in SecretKind::ALL {
        let place = row.spec.place(kind);
        if place.is_ours() {
            goes.push_str(&format!(
                ", and its {} in {} unless another registry uses it",
                kind.as_str(),
                place.place().name
            ));
        }
    }
    goes
}

fn print<R: Row>(format: Format, rows: &[R]) -> Result<Exit, CliError> {
    let mut printer = Printer::new(std::io::stdout().lock(), format);
    for row in rows {
        printer.row(row)?;
    }
    printer.finish()?;
    Ok(Exit::Done)
}

/// The setting that says where the API token is.
const API_TOKEN: &str = "api-token";

/// Says which store has taken a secret, and for how long.
fn say_where(kind: SecretKind, place: &PasswordSource) {
    if place.is_ours() {
        let (name, lifetime) = (place.place().name, place.lifetime());
        say(format!("the {} is in {name}, {lifetime}", kind.as_str()));
    }
}
