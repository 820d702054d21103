//! One JSON object a line.

use std::io::{self, Write};

use super::Row;

pub(super) fn row<R: Row>(to: &mut impl Write, row: &R) -> io::Result<()> {
    serde_json::to_writer(&mut *to, row)?;
    to.write_all(b"\n")
}
