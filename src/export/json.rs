//! One JSON array, an object a line.

use std::io::{self, Write};

use super::Row;

pub(super) fn row<R: Row>(to: &mut impl Write, row: &R, first: bool) -> io::Result<()> {
    to.write_all(if first { b"[\n" } else { b",\n" })?;
    Ok(serde_json::to_writer(to, row)?)
}

pub(super) fn end(to: &mut impl Write, empty: bool) -> io::Result<()> {
    to.write_all(if empty { b"[]\n" } else { b"\n]\n" })
}
