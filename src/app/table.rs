//! Columns as data: what stands above them, how wide they are, and which of them fit.
//!
//! More room never shows less: columns that are always shown get what they need first, the
//! others come one after another as soon as they fit whole, in the order of their rank.

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column<C> {
    /// What it shows.
    pub id: C,
    /// What stands above it.
    pub heading: &'static str,
    /// Cells that it takes at least.
    pub least: u16,
    /// Cells that it takes at most, where its texts need them.
    pub most: u16,
    /// 0 for one that is always shown; the others are shown as room allows, in this order.
    pub rank: u8,
    /// Whether its texts stand at the right, as numbers do.
    pub right: bool,
}

impl<C: Copy> Column<C> {
    /// A column of text that is always shown, as wide as its texts.
    pub const fn text(id: C, heading: &'static str, least: u16) -> Self {
        Self {
            id,
            heading,
            least,
            most: u16::MAX,
            rank: 0,
            right: false,
        }
    }

    /// A column of so many cells that is always shown.
    pub const fn fixed(id: C, heading: &'static str, width: u16) -> Self {
        Self {
            most: width,
            ..Self::text(id, heading, width)
        }
    }

    /// The same, with its texts at the right.
    pub const fn at_right(self) -> Self {
        Self {
            right: true,
            ..self
        }
    }

    fn wish(&self, need: &impl Fn(C) -> u16) -> u16 {
        let heading = u16::try_from(self.heading.len()).unwrap_or(u16::MAX);
        let need = need(self.id).max(heading.saturating_add(2));
        need.clamp(self.least, self.most.max(self.least))
    }

    /// The same, shown as room allows.
    pub const fn ranked(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// The same, no wider than this.
    pub const fn at_most(self, most: u16) -> Self {
        Self { most, ..self }
    }
}

/// Where a column is in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed<C> {
    /// What it shows.
    pub id: C,
    /// What stands above it.
    pub heading: &'static str,
    /// Its first cell.
    pub x: u16,
    /// Its cells.
    pub width: u16,
    /// Whether its texts stand at the right.
    pub right: bool,
}

/// Cells at the left of a row for the sign of the cursor and that of a mark.
pub const EDGE: u16 = 2;

/// Cells in which those that are always shown are whole, and in which all are.
pub fn needs<C: Copy>(columns: &[Column<C>], need: impl Fn(C) -> u16) -> (u16, u16) {
    let sum = |all: bool| {
        let columns = columns.iter().filter(|column| all || column.rank == 0);
        let cells = columns.map(|column| column.wish(&need).saturating_add(1));
        cells.fold(EDGE, u16::saturating_add)
    };
    (sum(false), sum(true))
}

/// Where the columns are in a row of this width. `need` gives the width of a column's widest
/// text.
pub fn fit<C: Copy>(columns: &[Column<C>], width: u16, need: impl Fn(C) -> u16) -> Vec<Placed<C>> {
    let wish = |column: &Column<C>| column.wish(&need);
    let always: Vec<&Column<C>> = columns.iter().filter(|column| column.rank == 0).collect();
    // A cell lies between two columns, and behind the last.
    let least: u16 = always.iter().map(|column| column.least + 1).sum();
    let mut room = width.saturating_sub(EDGE + least);
    let mut chosen: Vec<(usize, u16)> = Vec::new();
    let mut is_whole = true;
    for (at, column) in columns.iter().enumerate() {
        if column.rank == 0 {
            let more = (wish(column) - column.least).min(room);
            room -= more;
            is_whole &= column.least + more >= wish(column);
            chosen.push((at, column.least + more));
        }
    }
    let mut others: Vec<(usize, &Column<C>)> = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.rank > 0)
        .collect();
    others.sort_by_key(|(_, column)| column.rank);
    for (at, column) in others {
        let wish = wish(column);
        if !is_whole || wish + 1 > room {
            break;
        }
        room -= wish + 1;
        chosen.push((at, wish));
    }
    chosen.sort_unstable();
    let mut x = EDGE;
    let placed = chosen.into_iter().map(|(at, width)| {
        let column = &columns[at];
        let here = Placed {
            id: column.id,
            heading: column.heading,
            x,
            width,
            right: column.right,
        };
        x += width + 1;
        here
    });
    placed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column<char>; 4] = [
        Column::text('n', "NAME", 10),
        Column::fixed('t', "TAGS", 6).at_right(),
        Column::fixed('s', "SIZE", 7).at_right().ranked(2),
        Column::text('p', "PLATFORMS", 5).at_most(20).ranked(1),
    ];

    fn shown(width: u16, need: u16) -> Vec<(char, u16)> {
        let placed = fit(&COLUMNS, width, |id| if id == 'n' { need } else { 8 });
        placed.iter().map(|at| (at.id, at.width)).collect()
    }

    #[test]
    fn names_come_before_further_columns_and_nothing_overlaps() {
        assert_eq!(shown(30, 30), [('n', 20), ('t', 6)]);
        assert_eq!(shown(40, 30), [('n', 30), ('t', 6)]);
        assert_eq!(shown(52, 30), [('n', 30), ('t', 6), ('p', 11)]);
        assert_eq!(shown(60, 30), [('n', 30), ('t', 6), ('s', 7), ('p', 11)]);
        for width in 20..80 {
            let placed = fit(&COLUMNS, width, |_| 12);
            for pair in placed.windows(2) {
                assert_eq!(pair[1].x, pair[0].x + pair[0].width + 1);
            }
            let end = placed.last().map_or(0, |last| last.x + last.width);
            assert!(end <= width, "{width}: {placed:?}");
        }
    }

    #[test]
    fn more_room_never_shows_less() {
        for need in [3, 12, 30, 70] {
            let mut before: Vec<(char, u16)> = Vec::new();
            for width in 20..200 {
                let now = shown(width, need);
                for (id, cells) in &before {
                    let at = now.iter().find(|(other, _)| other == id);
                    assert!(at.is_some_and(|(_, now)| now >= cells), "{id} at {width}");
                }
                before = now;
            }
        }
    }
}
