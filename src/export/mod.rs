//! Rows → table, JSON, NDJSON or CSV, one file a format; what a row holds, one file a
//! kind of row. The shapes are a contract: scripts read them.

mod change;
mod check;
mod crawl;
mod csv;
mod decision;
mod doctor;
mod drift;
mod facts;
mod hit;
mod image;
mod inspect;
mod json;
mod ndjson;
mod registry;
mod table;
mod usage;

use std::io::{self, Write};

use serde::Serialize;

pub use change::ChangeLine;
pub use check::CheckLine;
pub use crawl::{CrawlLine, Kept};
pub use decision::DecisionLine;
pub use doctor::{Condition, Diagnosis, Examination};
pub use drift::DriftLine;
pub use hit::HitLine;
pub use image::ImageLine;
pub use inspect::InspectObject;
pub use registry::{RegistryLine, SettingLine};
pub use usage::UsageLine;

/// How rows are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for people.
    Table,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a header (RFC 4180).
    Csv,
}

/// Something that can be printed in every format.
pub trait Row: Serialize {
    /// The titles of its cells.
    const COLUMNS: &'static [&'static str];

    /// Titles of columns that a table has only where a row fills them.
    const WHERE_FILLED: &'static [&'static str] = &[];

    /// Its cells for people.
    fn cells(&self) -> Vec<String>;

    /// The titles of its fields in CSV.
    const FIELDS: &'static [&'static str];

    /// Its fields in CSV: whole values, several joined by blanks.
    fn fields(&self) -> Vec<String>;
}

/// The first twelve characters of a digest's encoded part, as people quote digests.
fn short(digest: &str) -> &str {
    let encoded = digest
        .split_once(':')
        .map_or(digest, |(_, encoded)| encoded);
    encoded.get(..12).unwrap_or(encoded)
}

/// Prints rows one after another.
pub struct Printer<W: Write, R: Row> {
    to: W,
    format: Format,
    count: u64,
    /// Rows of a table, whose widths are known at the end.
    waiting: Vec<Vec<String>>,
    row: std::marker::PhantomData<R>,
}

impl<W: Write, R: Row> Printer<W, R> {
    /// A printer to `to`.
    pub fn new(to: W, format: Format) -> Self {
        Self {
            to,
            format,
            count: 0,
            waiting: Vec::new(),
            row: std::marker::PhantomData,
        }
    }

    /// Prints a row; a table's rows at the end.
    pub fn row(&mut self, row: &R) -> io::Result<()> {
        self.count += 1;
        match self.format {
            Format::Table => {
                self.waiting.push(row.cells());
                Ok(())
            }
            Format::Json => json::row(&mut self.to, row, self.count == 1),
            Format::Ndjson => ndjson::row(&mut self.to, row),
            Format::Csv => csv::row(&mut self.to, row, self.count == 1),
        }
    }

    /// Ends the output, and returns how many rows it has.
    pub fn finish(mut self) -> io::Result<u64> {
        match self.format {
            Format::Table => {
                table::print(&mut self.to, R::COLUMNS, R::WHERE_FILLED, &self.waiting)?;
            }
            Format::Json => json::end(&mut self.to, self.count == 0)?,
            Format::Csv if self.count == 0 => csv::header::<R>(&mut self.to)?,
            Format::Ndjson | Format::Csv => {}
        }
        self.to.flush()?;
        Ok(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Sample {
        name: &'static str,
        count: Option<u64>,
    }

    impl Row for Sample {
        const COLUMNS: &'static [&'static str] = &["NAME", "COUNT"];
        const FIELDS: &'static [&'static str] = &["name", "count"];

        fn cells(&self) -> Vec<String> {
            self.fields()
        }

        fn fields(&self) -> Vec<String> {
            vec![
                self.name.to_owned(),
                self.count.map_or_else(String::new, |c| c.to_string()),
            ]
        }
    }

    fn print(format: Format, rows: &[Sample]) -> String {
        let mut out = Vec::new();
        let mut printer = Printer::new(&mut out, format);
        for row in rows {
            printer.row(row).unwrap();
        }
        printer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_format_prints_the_same_rows() {
        let rows = [
            Sample {
                name: "team/app",
                count: Some(3),
            },
            Sample {
                name: "=cmd(),漢",
                count: None,
            },
        ];
        assert_eq!(
            print(Format::Table, &rows),
            "NAME       COUNT\nteam/app   3\n=cmd(),漢\n"
        );
        assert_eq!(
            print(Format::Json, &rows),
            "[\n{\"name\":\"team/app\",\"count\":3},\n{\"name\":\"=cmd(),漢\",\"count\":null}\n]\n"
        );
        assert_eq!(
            print(Format::Ndjson, &rows),
            "{\"name\":\"team/app\",\"count\":3}\n{\"name\":\"=cmd(),漢\",\"count\":null}\n"
        );
        assert_eq!(
            print(Format::Csv, &rows),
            "name,count\nteam/app,3\n\"'=cmd(),漢\",\n",
            "a cell that a spreadsheet would run is made text"
        );
    }

    #[test]
    fn no_rows_are_still_an_answer() {
        assert_eq!(print(Format::Table, &[]), "");
        assert_eq!(print(Format::Json, &[]), "[]\n");
        assert_eq!(print(Format::Ndjson, &[]), "");
        assert_eq!(print(Format::Csv, &[]), "name,count\n");
    }
}
