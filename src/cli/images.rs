//! `images`: what the inventory holds.

use std::collections::HashMap;
use std::io::{BufWriter, Stdout};

use super::args::ImagesArgs;
use super::context::Context;
use super::nothing::{self, Looked};
use super::{CliError, Exit, say};
use crate::export::{ImageLine, Printer};
use crate::model::{
    Answer, Cursor, ImageColumn, ImageRow, ImageSelection, Order, Page, Question, RegistryId,
    RegistryName, RegistryRow, Timestamp,
};
use crate::store::Store;

/// Images read before they are printed: a slow reader of ours keeps no writer out.
const PAGE: usize = 5000;

pub(super) async fn run(context: &Context, args: ImagesArgs) -> Result<Exit, CliError> {
    let selection = Box::new(args.selection.selection(Timestamp::now())?);
    let store = context.existing_store()?;
    let registries = Context::registries(&store, &args.selection.names)?;
    let output = Output {
        printer: Printer::new(
            BufWriter::new(std::io::stdout()),
            Context::format(args.format),
        ),
        names: registries
            .iter()
            .map(|row| (row.id, row.spec.name.clone()))
            .collect(),
        per_platform: args.per_platform,
        images: 0,
    };
    let limit = args.limit.and_then(|limit| usize::try_from(limit).ok());
    let wanted = Wanted {
        store: &store,
        registries: &registries,
        selection,
        limit: limit.unwrap_or(usize::MAX),
    };
    let (printed, left_out) = match args.sort {
        Some(column) => wanted.ranked(output, column, args.reverse).await?,
        None => wanted.as_kept(output).await?,
    };
    if printed == 0 {
        nothing::say(&Looked {
            registries: &registries,
            what: "images",
            count: |row| Some(row.images),
            is_narrowed: !wanted.selection.is_everything(),
        });
    } else {
        nothing::say_unknown(&registries);
    }
    if let Some(left_out) = left_out {
        say(left_out.sentence(printed));
    }
    Ok(Exit::Done)
}

/// What a limit kept from being printed.
enum LeftOut {
    /// There are so many in all.
    Of(u64),
    /// There are more that match, among so many.
    MoreAmong(u64),
}

impl LeftOut {
    fn sentence(&self, printed: u64) -> String {
        let images = if printed == 1 { "image" } else { "images" };
        match self {
            Self::Of(total) => {
                format!("printed {printed} of {total} images; `--limit` kept the others back")
            }
            Self::MoreAmong(all) => format!(
                "printed {printed} {images}, and more match among the {all} there are; `--sort` \
                 counts them"
            ),
        }
    }
}

/// Where images are printed.
struct Output {
    printer: Printer<BufWriter<Stdout>, ImageLine>,
    names: HashMap<RegistryId, RegistryName>,
    per_platform: bool,
    images: u64,
}

impl Output {
    fn image(&mut self, row: &ImageRow) -> std::io::Result<()> {
        let Some(name) = self.names.get(&row.registry) else {
            return Ok(());
        };
        self.images += 1;
        let line = ImageLine::new(name, row);
        if !self.per_platform {
            return self.printer.row(&line);
        }
        let mut lines = line.per_platform().into_iter();
        lines.try_for_each(|line| self.printer.row(&line))
    }

    /// Ends the output, and returns how many images it has.
    fn finish(self) -> std::io::Result<u64> {
        self.printer.finish()?;
        Ok(self.images)
    }
}

/// The reading broke off inside.
fn broken(error: &tokio::task::JoinError) -> CliError {
    let message = format!("reading the inventory broke off inside supercargo: {error}");
    CliError::new(Exit::Failures, message)
}

struct Wanted<'a> {
    store: &'a Store,
    registries: &'a [RegistryRow],
    selection: Box<ImageSelection>,
    limit: usize,
}

impl Wanted<'_> {
    /// A page of them, `left` of which are still wanted.
    fn page(
        &self,
        after: Option<Cursor>,
        left: usize,
    ) -> impl Future<Output = Result<Page<ImageRow>, CliError>> + Send + 'static {
        let store = self.store.clone();
        let question = Question::Selected {
            registries: self.registries.iter().map(|row| row.id).collect(),
            selection: self.selection.clone(),
            after,
            // One more than are wanted tells that there are more.
            enough: PAGE.min(left.saturating_add(1)),
        };
        async move {
            match Context::ask(&store, question).await? {
                Answer::Selected(page) => Ok(page),
                _ => Ok(Page {
                    rows: Vec::new(),
                    next: None,
                }),
            }
        }
    }

    /// Prints them in the order they are kept in; a limit ends the reading.
    async fn as_kept(&self, mut output: Output) -> Result<(u64, Option<LeftOut>), CliError> {
        let mut left = self.limit;
        let mut page = self.page(None, left).await?;
        loop {
            // The next page is read while this one is printed.
            let rest = left.saturating_sub(page.rows.len());
            let next = page.next.take().map(|after| {
                let page = self.page(Some(after), rest);
                tokio::spawn(page)
            });
            for row in page.rows.iter().take(left) {
                output.image(row)?;
            }
            if page.rows.len() > left {
                let all = self.registries.iter().map(|row| row.images).sum();
                let left_out = if self.selection.is_everything() {
                    LeftOut::Of(all)
                } else {
                    LeftOut::MoreAmong(all)
                };
                return Ok((output.finish()?, Some(left_out)));
            }
            left = rest;
            let Some(next) = next else { break };
            page = next.await.map_err(|error| broken(&error))??;
        }
        Ok((output.finish()?, None))
    }

    /// Prints the first of them by a column.
    async fn ranked(
        &self,
        mut output: Output,
        column: ImageColumn,
        descending: bool,
    ) -> Result<(u64, Option<LeftOut>), CliError> {
        let mut registries: Vec<&RegistryRow> = self.registries.iter().collect();
        registries.sort_by_key(|row| &row.spec.name);
        let question = Question::Ranked {
            registries: registries.iter().map(|row| row.id).collect(),
            selection: self.selection.clone(),
            order: Order { column, descending },
            most: self.limit,
        };
        let Answer::Ranked { rows, total } = Context::ask(self.store, question).await? else {
            return Ok((output.finish()?, None));
        };
        for row in &rows {
            output.image(row)?;
        }
        let is_cut = total > rows.len() as u64;
        Ok((output.finish()?, is_cut.then_some(LeftOut::Of(total))))
    }
}
