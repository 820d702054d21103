//! `images`: what the inventory holds.

use std::io::{BufWriter, Write};
use std::sync::Arc;

use super::args::ImagesArgs;
use super::context::Context;
use super::{CliError, Exit};
use crate::export::{ImageLine, Printer};
use crate::job;
use crate::model::{Cancel, Glob, ImageSelection, RegistryId, RepositoryName};
use crate::query::selects;
use crate::store::{Onward, Scanned, Store, StoreError};

/// Images read before they are printed: a slow reader of ours keeps no writer out.
const PAGE: usize = 5000;

pub(super) async fn run(context: &Context, args: ImagesArgs) -> Result<Exit, CliError> {
    let wanted = selection(&args)?;
    let store = context.existing_store()?;
    let registries = Context::registries(&store, &args.names)?;
    let out = BufWriter::new(std::io::stdout().lock());
    let mut printer = Printer::new(out, Context::format(args.format));
    for registry in registries {
        if wanted.is_narrow() {
            // Only what may hold something wanted is read whole.
            for repository in repositories(&store, registry.id, &wanted).await? {
                let (store, id) = (store.clone(), registry.id);
                let rows = job::blocking(move || store.images(id, &repository)).await?;
                for row in rows.iter().filter(|row| selects(&wanted, row)) {
                    let line = ImageLine::new(&registry.spec.name, row);
                    print(&mut printer, &line, args.per_platform)?;
                }
            }
            continue;
        }
        let mut after = None;
        loop {
            let (store, id, from) = (store.clone(), registry.id, after.take());
            let page = job::blocking(move || store.images_page(id, from.as_ref(), PAGE));
            let (rows, next) = page.await?;
            for row in rows.iter().filter(|row| selects(&wanted, row)) {
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

/// The repositories that may hold a wanted image, by their names and their tags.
async fn repositories(
    store: &Store,
    id: RegistryId,
    wanted: &ImageSelection,
) -> Result<Vec<RepositoryName>, Arc<StoreError>> {
    let (store, wanted) = (store.clone(), wanted.clone());
    job::blocking(move || {
        let mut found = Vec::new();
        let mut at = None;
        store.scan(id, Cancel::default().flag(), |row| match row {
            Scanned::Repository(name) if wanted.may_be_in(name) => {
                at = name.parse().ok();
                if wanted.needs_tag() {
                    return Onward::Next;
                }
                found.extend(at.take());
                Onward::NextRepository
            }
            Scanned::Tag(tag, _) if wanted.may_be_tagged(tag) => {
                found.extend(at.take());
                Onward::NextRepository
            }
            Scanned::Tag(..) => Onward::Next,
            // Tags come first: none of them is wanted.
            Scanned::Repository(_) | Scanned::Image(_) => Onward::NextRepository,
        })?;
        Ok(found)
    })
    .await
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
    wanted.repository = glob("repository", args.repository.as_deref())?;
    wanted.tag = glob("tag", args.tag.as_deref())?;
    Ok(wanted)
}

fn glob(flag: &str, pattern: Option<&str>) -> Result<Option<Glob>, CliError> {
    let parsed = pattern.map(str::parse::<Glob>).transpose();
    parsed.map_err(|why| CliError::usage(format!("--{flag}: {why}")))
}
