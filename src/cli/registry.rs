//! `registry add | edit | show | list | remove`.

use std::io::Write;

use super::args::{AddArgs, EditArgs, RegistryCommand};
use super::context::Context;
use super::{CliError, Exit};
use crate::export::{Format, Printer, RegistryLine, Row, SettingLine};
use crate::job::{self, PasswordEntry};
use crate::model::{PasswordSource, RegistrySpec};

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
            let lines: Vec<RegistryLine> = rows.iter().map(RegistryLine::new).collect();
            let format = Context::format(format);
            if lines.is_empty() && format == Format::Table {
                say("no registry yet: `supercargo registry add NAME URL` adds one");
            }
            print(format, &lines)
        }
        RegistryCommand::Remove { name } => remove(context, &name).await,
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
    let password = args.password.entry()?;
    let store = context.store()?;
    let entry = password.unwrap_or(PasswordEntry::From(PasswordSource::Auto));
    let saved = job::save(&store, &context.secrets()?, None, spec, entry).await?;
    say_where(&saved.password);
    say(&format!(
        "added {}; `supercargo crawl {0}` fills the inventory",
        args.name
    ));
    Ok(Exit::Done)
}

async fn edit(context: &Context, args: EditArgs) -> Result<Exit, CliError> {
    let password = args.password.entry()?;
    let store = context.existing_store()?;
    let row = store.registry(&args.name)?;
    let mut spec = row.spec.clone();
    for (key, text) in [("name", &args.rename), ("address", &args.address)] {
        if let (Some(text), Some(setting)) = (text, crate::model::setting::find(key)) {
            (setting.set)(&mut spec, text).map_err(CliError::usage)?;
        }
    }
    args.settings.apply(&mut spec)?;
    let entry = match password {
        Some(entry) => entry,
        None if args.forget_password => PasswordEntry::From(PasswordSource::None),
        None => PasswordEntry::Keep,
    };
    let was_given = matches!(entry, PasswordEntry::Typed(..));
    let saved = job::save(&store, &context.secrets()?, Some(row.id), spec, entry).await?;
    if was_given {
        say_where(&saved.password);
    }
    say(&format!("changed {}", args.name));
    Ok(Exit::Done)
}

async fn remove(context: &Context, name: &str) -> Result<Exit, CliError> {
    let store = context.existing_store()?;
    let row = store.registry(name)?;
    job::remove(&store, &context.secrets()?, &row).await?;
    say(&format!(
        "removed {name} and what was known of it: {} images",
        row.images
    ));
    Ok(Exit::Done)
}

fn print<R: Row>(format: Format, rows: &[R]) -> Result<Exit, CliError> {
    let mut printer = Printer::new(std::io::stdout().lock(), format);
    for row in rows {
        printer.row(row)?;
    }
    printer.finish()?;
    Ok(Exit::Done)
}

/// Says which store has taken a password, and for how long.
fn say_where(place: &PasswordSource) {
    if place.is_ours() {
        let lifetime = crate::secret::lifetime(place);
        say(&format!(
            "the password is in {}, {lifetime}",
            crate::secret::place_of(place)
        ));
    }
}

/// A word to the person at the terminal.
fn say(text: &str) {
    // Nobody may be listening.
    let _ = writeln!(std::io::stderr(), "{text}");
}
