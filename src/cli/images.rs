//! `images`: what the inventory holds.

use std::io::{BufWriter, Write};

use super::args::ImagesArgs;
use super::context::Context;
use super::{CliError, Exit};
use crate::export::{ImageLine, Printer};
use crate::job;
use crate::query::ImageSelection;

/// Images read before they are printed: a slow reader of ours keeps no writer out.
const PAGE: usize = 5000;

pub(super) async fn run(context: &Context, args: ImagesArgs) -> Result<Exit, CliError> {
    let wanted = selection(&args)?;
    let store = context.existing_store()?;
    let registries = Context::registries(&store, &args.names)?;
    let out = BufWriter::new(std::io::stdout().lock());
    let mut printer = Printer::new(out, Context::format(args.format));
    for registry in registries {
        let mut after = None;
        loop {
            let (store, id, from) = (store.clone(), registry.id, after.take());
            let page = job::blocking(move || store.images_page(id, from.as_ref(), PAGE));
            let (rows, next) = page.await?;
            for row in rows.iter().filter(|row| wanted.matches(row)) {
                print(
                    &mut printer,
                    &ImageLine::new(&registry.spec.name, row),
                    args.per_platform,
                )?;
            }
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    printer.finish()?;
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
    wanted.digest.clone_from(&args.digest);
    wanted.kind = args.kind.map(Into::into);
    if let Some(glob) = &args.repository {
        wanted = wanted
            .in_repository(glob)
            .map_err(|why| CliError::usage(format!("--repository: {why}")))?;
    }
    if let Some(glob) = &args.tag {
        wanted = wanted
            .with_tag(glob)
            .map_err(|why| CliError::usage(format!("--tag: {why}")))?;
    }
    Ok(wanted)
}
