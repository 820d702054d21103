//! `images`: what the inventory holds.

use std::collections::HashMap;
use std::io::{BufWriter, Write};

use super::args::ImagesArgs;
use super::context::Context;
use super::nothing::{self, Looked};
use super::{CliError, Exit};
use crate::export::{ImageLine, Printer};
use crate::model::{Answer, Glob, ImageSelection, Question, RegistryId, RegistryName};

/// Images read before they are printed: a slow reader of ours keeps no writer out.
const PAGE: usize = 5000;

pub(super) async fn run(context: &Context, args: ImagesArgs) -> Result<Exit, CliError> {
    let selection = Box::new(selection(&args)?);
    let store = context.existing_store()?;
    let registries = Context::registries(&store, &args.names)?;
    let names: HashMap<RegistryId, &RegistryName> = registries
        .iter()
        .map(|row| (row.id, &row.spec.name))
        .collect();
    let out = BufWriter::new(std::io::stdout().lock());
    let mut printer = Printer::new(out, Context::format(args.format));
    let mut after = None;
    loop {
        let question = Question::Selected {
            registries: registries.iter().map(|row| row.id).collect(),
            selection: selection.clone(),
            after: after.take(),
            enough: PAGE,
        };
        let Answer::Selected(page) = Context::ask(&store, question).await? else {
            break;
        };
        for row in &page.rows {
            if let Some(name) = names.get(&row.registry) {
                print(&mut printer, &ImageLine::new(name, row), args.per_platform)?;
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let printed = printer.finish()?;
    if printed == 0 {
        nothing::say(&Looked {
            registries: &registries,
            what: "images",
            count: |row| Some(row.images),
            is_narrowed: !selection.is_everything(),
        });
    }
    Ok(Exit::Done)
}

fn print(
    printer: &mut Printer<impl Write, ImageLine>,
    line: &ImageLine,
    per_platform: bool,
) -> std::io::Result<()> {
    if !per_platform {
        return printer.row(line);
    }
    line.per_platform()
        .iter()
        .try_for_each(|line| printer.row(line))
}

fn selection(args: &ImagesArgs) -> Result<ImageSelection, CliError> {
    let mut wanted = ImageSelection::default();
    wanted.platform.clone_from(&args.platform);
    wanted.digest = args
        .digest
        .as_deref()
        .map(|text| {
            text.parse()
                .map_err(|why| CliError::usage(format!("--digest: {why}")))
        })
        .transpose()?;
    wanted.kind = args.kind.map(Into::into);
    wanted.repository = glob("repository", args.repository.as_deref())?;
    wanted.tag = glob("tag", args.tag.as_deref())?;
    Ok(wanted)
}

fn glob(flag: &str, pattern: Option<&str>) -> Result<Option<Glob>, CliError> {
    let parsed = pattern.map(str::parse::<Glob>).transpose();
    parsed.map_err(|why| CliError::usage(format!("--{flag}: {why}")))
}
