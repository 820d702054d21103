//! Comma-separated values (RFC 4180). A cell that a spreadsheet would take for a formula
//! gets an apostrophe in front.

use std::io::{self, Write};

use super::Row;

pub(super) fn header<R: Row>(to: &mut impl Write) -> io::Result<()> {
    record(to, R::FIELDS.iter().map(|&field| field.to_owned()))
}

pub(super) fn row<R: Row>(to: &mut impl Write, row: &R, first: bool) -> io::Result<()> {
    if first {
        header::<R>(to)?;
    }
    record(to, row.fields().into_iter().map(inert))
}

fn record(to: &mut impl Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(to);
    writer.write_record(cells)?;
    writer.flush()
}

fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell
    }
}
