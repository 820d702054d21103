//! Aligned columns for people, no wider than their contents.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::model::text;

/// Prints rows below their titles. A column of `where_filled` is left out where it is empty
/// in all of them.
pub(super) fn print(
    to: &mut impl Write,
    titles: &[&str],
    where_filled: &[&str],
    rows: &[Vec<String>],
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let is_filled = |at: usize| {
        rows.iter()
            .any(|row| row.get(at).is_some_and(|c| !c.is_empty()))
    };
    let shown: Vec<usize> = (0..titles.len())
        .filter(|&at| !where_filled.contains(&titles[at]) || is_filled(at))
        .collect();
    let widths: Vec<usize> = shown
        .iter()
        .map(|&at| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            let widest = cells.map(|cell| text::harmless(cell).width()).max();
            widest.unwrap_or(0).max(titles[at].width())
        })
        .collect();
    line(to, &widths, shown.iter().map(|&at| titles[at]))?;
    for row in rows {
        let cells = shown.iter().filter_map(|&at| row.get(at));
        line(to, &widths, cells.map(String::as_str))?;
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
