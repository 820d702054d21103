//! How wide the panes are: as they need, and as far as somebody moved the borders between them.
//!
//! What a narrower screen shows of a pane a wider one shows, too: a border is moved no further
//! than to where the pane that gives cells has those that it had before another one came
//! beside it.

use super::Browse;
use super::panes::BESIDE;
use crate::app::layout::{self, Focus};
use crate::app::world::{Notice, World};
use crate::config::keys::Command;

/// Cells that a key moves a border by.
const STEP: i16 = 4;
/// Cells that a border is moved at most: more than a screen has.
const FARTHEST: i16 = 1000;

/// How far borders are moved to the right: that behind the registries, and that behind the
/// repositories. In cells; negative is to the left.
pub(super) type Borders = [i16; 2];

/// Panes as wide as they are by themselves.
pub(super) struct Natural {
    /// The panes, from left to right, and the cells that each may use.
    pub(super) widths: Vec<(Focus, u16)>,
    /// The narrowest screen that shows so many.
    pub(super) from: u16,
    /// The cells that all of them may use.
    pub(super) usable: u16,
}

/// Panes as wide as they are.
pub(super) struct Widths {
    /// The panes, from left to right, and the cells that each may use.
    pub(super) panes: Vec<(Focus, u16)>,
    /// How far the borders are moved here; those that are not shown, as far as is wanted.
    borders: Borders,
}

impl Widths {
    /// Cells of a pane on a screen so wide. What nobody needs is the last one's.
    fn of(&self, pane: Focus, width: u16) -> Option<u16> {
        let (last, before) = self.panes.split_last()?;
        let used: u16 = before.iter().map(|(_, width)| width + 1).sum();
        if last.0 == pane {
            return Some(width.saturating_sub(used));
        }
        let found = before.iter().find(|(one, _)| *one == pane);
        found.map(|(_, width)| *width)
    }
}

impl Browse {
    /// The panes that are shown on a screen so wide, with the borders moved so far.
    pub(super) fn widths(&self, width: u16, borders: Borders) -> Widths {
        let natural = self.natural(width);
        let mut placed = Widths {
            panes: natural.widths,
            borders,
        };
        let count = placed.panes.len();
        if count < 2 {
            return placed;
        }
        let before = self.widths(natural.from.saturating_sub(1), borders).panes;
        let least: Vec<u16> = placed
            .panes
            .iter()
            .map(|(pane, own)| least_of(*pane, *own, &before))
            .collect();
        let rules = u16::try_from(count - 1).unwrap_or(0);
        let used: u16 = placed.panes.iter().map(|(_, width)| *width).sum();
        let mut spare = natural.usable.saturating_sub(used + rules);
        // The border that a narrower screen has, too, is moved first.
        let mut order: Vec<usize> = (0..count - 1).collect();
        let has_before = |at: &usize| {
            let pair = [placed.panes[*at].0, placed.panes[*at + 1].0];
            pair.iter()
                .all(|pane| before.iter().any(|(one, _)| one == pane))
        };
        order.sort_by_key(|at| !has_before(at));
        for at in order {
            let border = placed.panes[at].0 as usize;
            let is_last = at + 2 == count;
            let beside = if is_last { spare } else { 0 };
            let (left, right) = (placed.panes[at].1, placed.panes[at + 1].1);
            let most = i32::from(right) + i32::from(beside) - i32::from(least[at + 1]);
            let fewest = i32::from(least[at]) - i32::from(left);
            let moved = i32::from(borders[border]).min(most).max(fewest);
            let cells = |cells: i32| u16::try_from(cells).unwrap_or(0);
            // What nobody needs is taken first.
            let unneeded = moved.clamp(0, i32::from(beside));
            placed.panes[at].1 = cells(i32::from(left) + moved);
            placed.panes[at + 1].1 = cells(i32::from(right) - (moved - unneeded));
            spare -= cells(unneeded);
            placed.borders[border] = i16::try_from(moved).unwrap_or(0);
        }
        placed
    }

    /// Where the borders are once the focused pane is wider, or narrower; `None` where it
    /// cannot be.
    fn resized(&self, command: Command, width: u16) -> Option<Borders> {
        let now = self.widths(width, self.borders);
        let own = now.of(self.focus, width)?;
        let at = now.panes.iter().position(|(pane, _)| *pane == self.focus)?;
        let step = if command == Command::Grow {
            STEP
        } else {
            -STEP
        };
        // The border behind it, else the one before it.
        let behind = (at + 1 < now.panes.len()).then_some((at, step));
        let before = at.checked_sub(1).map(|at| (at, -step));
        let ways = [behind, before].into_iter().flatten();
        let mut moved = ways.map(|(at, step)| {
            let mut borders = self.borders;
            let border = now.panes[at].0 as usize;
            borders[border] = now.borders[border].saturating_add(step);
            let then = self.widths(width, borders);
            borders[border] = then.borders[border];
            (then.of(self.focus, width), borders)
        });
        let is_meant = |then: u16| {
            if command == Command::Grow {
                then > own
            } else {
                then < own
            }
        };
        let found = moved.find(|(then, _)| then.is_some_and(is_meant));
        found.map(|(_, borders)| borders)
    }

    /// Why the focused pane can be no wider, or no narrower.
    pub(super) fn cannot_resize(&self, command: Command, world: &World) -> Option<Notice> {
        let areas = layout::areas(world.size)?;
        let width = areas.body.width;
        if self.widths(width, self.borders).panes.len() < 2 {
            return Some(Notice::plain("this pane has the screen to itself"));
        }
        let text = match (self.resized(command, width), command) {
            (Some(_), _) => return None,
            (None, Command::Grow) => "what is beside this pane can be no narrower",
            (None, _) => "this pane can be no narrower: a narrower screen shows as much of it",
        };
        Some(Notice::plain(text))
    }

    /// Makes the focused pane wider, or narrower.
    pub(super) fn resize(&mut self, command: Command, world: &World) {
        let areas = layout::areas(world.size);
        let resized = areas.and_then(|areas| self.resized(command, areas.body.width));
        if let Some(borders) = resized {
            self.borders = borders;
        }
    }

    /// Moves the borders so far.
    pub(super) fn move_borders(&mut self, borders: Borders) {
        self.borders = borders.map(|cells| cells.clamp(-FARTHEST, FARTHEST));
    }
}

/// Cells that a pane keeps whichever border is moved: those of a narrower screen, where it
/// can use them.
fn least_of(pane: Focus, own: u16, before: &[(Focus, u16)]) -> u16 {
    match before {
        [(only, width)] if *only == pane => (*width).min(own),
        _ => match before.iter().find(|(one, _)| *one == pane) {
            Some((_, width)) => *width,
            None => BESIDE[pane as usize].0.min(own),
        },
    }
}
