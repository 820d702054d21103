//! A cursor over rows of which some are on screen.

use crate::config::keys::Command;

/// Where the cursor is and which row is shown first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The selected row; 0 where there is none.
    pub cursor: usize,
    /// The first row on screen.
    pub offset: usize,
}

/// A step through a list or page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Rows down; negative is up.
    Rows(isize),
    /// Halves of a page down; negative is up.
    HalfPages(isize),
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
}

impl Step {
    /// The step that a command takes.
    pub(super) fn of(command: Command) -> Option<Self> {
        Some(match command {
            Command::Down => Self::Rows(1),
            Command::Up => Self::Rows(-1),
            Command::HalfDown => Self::HalfPages(1),
            Command::HalfUp => Self::HalfPages(-1),
            Command::PageDown => Self::HalfPages(2),
            Command::PageUp => Self::HalfPages(-2),
            Command::Top => Self::Top,
            Command::Bottom => Self::Bottom,
            _ => return None,
        })
    }

    /// The row that is reached from `at` in `len` rows of which `height` are on screen.
    pub fn from(self, at: usize, len: usize, height: usize) -> usize {
        let by = |rows: isize| at.saturating_add_signed(rows);
        let half = isize::try_from((height / 2).max(1)).unwrap_or(isize::MAX);
        let reached = match self {
            Self::Rows(rows) => by(rows),
            Self::HalfPages(halves) => by(halves.saturating_mul(half)),
            Self::Top => 0,
            Self::Bottom => len,
        };
        reached.min(len.saturating_sub(1))
    }
}

impl List {
    /// Takes a step.
    pub fn step(&mut self, step: Step, len: usize, height: usize) {
        self.cursor = step.from(self.cursor, len, height);
        self.settle(len, height);
    }

    /// Brings cursor and first row into range: the cursor is on a row and on screen, and
    /// no room is left empty below while rows are hidden above.
    pub fn settle(&mut self, len: usize, height: usize) {
        self.cursor = self.cursor.min(len.saturating_sub(1));
        let height = height.max(1);
        let last = len.saturating_sub(height);
        let lowest = self.cursor.saturating_sub(height - 1);
        self.offset = self.offset.clamp(lowest, self.cursor).min(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stay_in_range_and_on_screen() {
        let mut list = List::default();
        for (step, cursor, offset) in [
            (Step::Rows(1), 1, 0),
            (Step::HalfPages(2), 5, 2),
            (Step::HalfPages(1), 7, 4),
            (Step::Bottom, 9, 6),
            (Step::Rows(5), 9, 6),
            (Step::Rows(-1), 8, 6),
            (Step::HalfPages(-2), 4, 4),
            (Step::Top, 0, 0),
            (Step::Rows(-1), 0, 0),
        ] {
            list.step(step, 10, 4);
            assert_eq!((list.cursor, list.offset), (cursor, offset), "{step:?}");
        }
    }

    #[test]
    fn fewer_rows_pull_the_cursor_back() {
        let mut list = List {
            cursor: 9,
            offset: 6,
        };
        list.settle(3, 4);
        assert_eq!((list.cursor, list.offset), (2, 0));
        list.settle(0, 4);
        assert_eq!((list.cursor, list.offset), (0, 0));
        list.step(Step::Bottom, 0, 0);
        assert_eq!((list.cursor, list.offset), (0, 0));
    }
}
