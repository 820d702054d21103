//! Aligned columns for people, no wider than their contents.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::model::text;

pub(super) fn print(to: &mut impl Write, titles: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut widths: Vec<usize> = titles.iter().map(|title| title.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(text::harmless(cell).width());
        }
    }
    line(to, &widths, titles.iter().copied())?;
    for row in rows {
        line(to, &widths, row.iter().map(String::as_str))?;
    }
    Ok(())
}

fn line<'a>(
    to: &mut impl Write,
    widths: &[usize],
    cells: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    let mut out = String::new();
    for (width, cell) in widths.iter().zip(cells) {
        let cell = text::harmless(cell);
        let padding = width.saturating_sub(cell.width()) + 2;
        out.push_str(&cell);
        out.extend(std::iter::repeat_n(' ', padding));
    }
    writeln!(to, "{}", out.trim_end())
}
