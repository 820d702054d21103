//! A pointing device, for those who want one: presses and turns of its wheel, each at a cell.
//! What lies in a cell is told by the areas that `ui` draws in; nothing drawn is asked.

use serde::{Deserialize, Serialize};

use super::layout::Area;
use super::list::{List, Step};
use super::overlay::Scroll;
use crate::config::keys::Command;

/// Rows that one turn of the wheel scrolls.
const TURN: isize = 3;

/// What was done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pointing {
    /// Its first button was pressed.
    Press,
    /// Its wheel was turned upwards.
    WheelUp,
    /// Its wheel was turned downwards.
    WheelDown,
}

/// What was done with it, and at which cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointed {
    /// The column, from 0.
    pub column: u16,
    /// The row, from 0.
    pub row: u16,
    /// What.
    pub what: Pointing,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touch {
    /// Nothing lies there.
    Missed,
    /// What it means is done.
    Done,
    /// It means this command.
    Means(Command),
}

impl Pointed {
    /// Whether it is a press.
    pub(super) fn is_press(self) -> bool {
        self.what == Pointing::Press
    }

    /// Whether its cell is one of these.
    pub(super) fn is_in(self, area: Area) -> bool {
        let within = |at: u16, from: u16, len: u16| at >= from && at - from < len;
        within(self.column, area.x, area.width) && within(self.row, area.y, area.height)
    }

    /// Rows that the wheel was turned down; negative is up, none is a press.
    fn turned(self) -> Option<isize> {
        match self.what {
            Pointing::Press => None,
            Pointing::WheelUp => Some(-TURN),
            Pointing::WheelDown => Some(TURN),
        }
    }
}

impl List {
    /// Takes what was pointed at in these cells, where `len` rows stand below one another,
    /// each of so many lines: a press selects, one on the selected row opens it, the wheel
    /// scrolls.
    pub(super) fn point(&mut self, pointed: Pointed, area: Area, lines: u16, len: usize) -> Touch {
        let lines = lines.max(1);
        let height = usize::from(area.height / lines);
        if !pointed.is_in(area) || height == 0 {
            return Touch::Missed;
        }
        if let Some(rows) = pointed.turned() {
            self.scroll(rows, len, height);
            return Touch::Done;
        }
        let at = usize::from((pointed.row - area.y) / lines);
        let row = self.offset + at;
        if at >= height || row >= len {
            return Touch::Missed;
        }
        if row == self.cursor {
            return Touch::Means(Command::Open);
        }
        self.cursor = row;
        Touch::Done
    }

    /// Shows rows further down; the cursor stays where it is as long as that is on screen.
    fn scroll(&mut self, rows: isize, len: usize, height: usize) {
        let last = len.saturating_sub(height);
        self.offset = self.offset.saturating_add_signed(rows).min(last);
        let lowest = (self.offset + height).min(len).saturating_sub(1);
        self.cursor = self.cursor.max(self.offset).min(lowest);
    }
}

impl Scroll {
    /// Takes what was pointed at in these cells, where lines of `len` are.
    pub(super) fn point(&mut self, pointed: Pointed, area: Area, len: usize) -> Touch {
        match pointed.turned() {
            Some(rows) if pointed.is_in(area) => {
                self.step(Step::Rows(rows), len, usize::from(area.height));
                Touch::Done
            }
            _ => Touch::Missed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area {
        x: 10,
        y: 5,
        width: 20,
        height: 9,
    };

    fn at(column: u16, row: u16, what: Pointing) -> Pointed {
        Pointed { column, row, what }
    }

    #[test]
    fn a_press_selects_the_row_beneath_it_and_a_second_opens_it() {
        let mut list = List {
            cursor: 4,
            offset: 3,
        };
        let mut press = |column, row| {
            let touch = list.point(at(column, row, Pointing::Press), AREA, 2, 6);
            (touch, list.cursor)
        };
        let open = Touch::Means(Command::Open);
        assert_eq!(press(10, 5), (Touch::Done, 3));
        assert_eq!(press(29, 6), (open, 3));
        assert_eq!(press(29, 9), (Touch::Done, 5));
        for (column, row) in [(9, 5), (30, 5), (12, 4), (12, 11), (12, 13), (12, 14)] {
            assert_eq!(press(column, row), (Touch::Missed, 5), "{column} {row}");
        }
    }

    #[test]
    fn the_wheel_scrolls_and_takes_the_cursor_along_only_where_it_would_leave() {
        let mut list = List {
            cursor: 4,
            offset: 0,
        };
        let mut turn = |what| {
            assert_eq!(list.point(at(12, 7, what), AREA, 1, 15), Touch::Done);
            let before = list;
            list.settle(15, 9);
            assert_eq!(list, before, "it is settled");
            (list.offset, list.cursor)
        };
        assert_eq!(turn(Pointing::WheelDown), (3, 4));
        assert_eq!(turn(Pointing::WheelDown), (6, 6));
        assert_eq!(turn(Pointing::WheelDown), (6, 6));
        assert_eq!(turn(Pointing::WheelUp), (3, 6));
        assert_eq!(turn(Pointing::WheelUp), (0, 6));
        assert_eq!(turn(Pointing::WheelUp), (0, 6));
        let mut short = List::default();
        short.point(at(12, 7, Pointing::WheelDown), AREA, 1, 3);
        assert_eq!(short, List::default());
        short.point(at(12, 7, Pointing::WheelDown), AREA, 1, 0);
        assert_eq!(short, List::default());
    }

    #[test]
    fn lines_of_a_page_scroll_as_far_as_there_are_some() {
        let mut scroll = Scroll::default();
        let mut turn = |column, what| {
            let touch = scroll.point(at(column, 7, what), AREA, 13);
            (touch, scroll.0)
        };
        assert_eq!(turn(12, Pointing::WheelDown), (Touch::Done, 3));
        assert_eq!(turn(12, Pointing::WheelDown), (Touch::Done, 4));
        assert_eq!(turn(12, Pointing::Press), (Touch::Missed, 4));
        assert_eq!(turn(2, Pointing::WheelUp), (Touch::Missed, 4));
        assert_eq!(turn(12, Pointing::WheelUp), (Touch::Done, 1));
    }
}
