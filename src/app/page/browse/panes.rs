//! Where the panes are. The focused one gets what it needs first; one beside it is added
//! where that takes nothing away that a narrower screen would show.

use super::Browse;
use super::columns::{ARCHITECTURES, OF_IMAGES, OF_REPOSITORIES, PLATFORMS, TAGS_OF_MANY};
use super::scope::Reach;
use super::widths::Natural;
use crate::app::layout::{Area, Focus, REGISTRY_ROWS};
use crate::app::pane::Wanted;
use crate::app::table::{self, Column};
use crate::model::{ImageColumn, RepositoryColumn};

/// From this width on there may be three panes.
const THREE: u16 = 140;

/// From this width on there may be two panes.
const TWO: u16 = 100;

/// Cells of the focused pane from which on another one may stand beside it: a terminal of
/// this width is used whole by one.
const ALONE: u16 = 80;

/// From this size on the selected image is told below the images, and the past of the
/// selected registry below the registries.
const DETAILED: (u16, u16) = (160, 40);

/// Lines that the past of a registry takes.
const PAST_ROWS: u16 = 2;

/// Cells that the images must leave for the selected one to be told beside them.
const BESIDE_DETAIL: u16 = 64;

/// Cells that a pane takes beside the focused one at least, and at most before that one has
/// all that it can use: registries, repositories, images.
pub(super) const BESIDE: [(u16, u16); 3] = [(24, 34), (30, 50), (38, 60)];

/// Where the panes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Panes {
    /// The line that says where the focused pane is, where it stands alone.
    pub path: Option<Area>,
    /// The pane of registries, where it is shown.
    pub registries: Option<Area>,
    /// The pane of repositories, where it is shown.
    pub repositories: Option<Area>,
    /// The pane of images, where it is shown.
    pub images: Option<Area>,
    /// Where the selected image is told, where it is.
    pub detail: Option<Area>,
    /// Where the crawls of the selected registry are told, below the registries.
    pub past: Option<Area>,
    /// Cells that the columns of each pane may use: the rest is left for the pane that a
    /// wider screen adds.
    pub room: [u16; 3],
}

impl Panes {
    /// The area of a pane, where it is shown.
    pub fn of(&self, pane: Focus) -> Option<Area> {
        match pane {
            Focus::Registries => self.registries,
            Focus::Repositories => self.repositories,
            Focus::Images => self.images,
        }
    }
}

impl Browse {
    /// Where the panes are in this part of the screen.
    pub fn panes(&self, body: Area) -> Panes {
        let mut panes = Panes::default();
        let shown = self.widths(body.width, self.borders).panes;
        let is_alone = shown.len() == 1;
        let lower = if is_alone {
            panes.path = Some(body.rows(0, 1));
            body.rows(1, body.height)
        } else {
            body
        };
        let mut x = 0;
        for (at, (pane, width)) in shown.iter().enumerate() {
            // What nobody needs is the last one's.
            let is_last = at + 1 == shown.len();
            let width = if is_last { body.width - x } else { *width };
            panes.room[*pane as usize] = shown[at].1;
            let area = lower.columns(x, width);
            x += width + 1;
            match pane {
                Focus::Registries => panes.registries = Some(area),
                Focus::Repositories => panes.repositories = Some(area),
                Focus::Images => panes.images = Some(area),
            }
        }
        if let Some(area) = panes.registries.filter(|_| is_detailed(body)) {
            let rows = u16::try_from(self.registries.listing.rows.len()).unwrap_or(u16::MAX);
            let used = rows.saturating_mul(REGISTRY_ROWS).saturating_add(2);
            let has_room = rows > 0 && area.height >= used.saturating_add(PAST_ROWS);
            panes.past = has_room.then(|| area.rows(used, PAST_ROWS));
        }
        if let Some(images) = panes.images.filter(|_| is_detailed(body)) {
            let needed = panes.room[Focus::Images as usize];
            if images.width > needed + BESIDE_DETAIL {
                // What the images do not need is enough for a column of its own.
                panes.images = Some(images.columns(0, needed));
                panes.detail = Some(images.columns(needed + 1, images.width));
            } else {
                let upper = images.height / 2;
                panes.images = Some(images.rows(0, upper));
                panes.detail = Some(images.rows(upper, images.height));
            }
        }
        panes
    }

    /// The panes that are shown, as wide as they are by themselves.
    pub(super) fn natural(&self, width: u16) -> Natural {
        if self.zoomed {
            return Natural {
                widths: vec![(self.focus, width)],
                from: 0,
                usable: width,
            };
        }
        let (names, _) = self.needs(self.focus);
        // From which widths on there are so many panes.
        let from = |panes: &[Focus], least: u16| least.max(names + self.beside(panes));
        let (two, three) = (self.beside_one(), &ALL[..]);
        // A pane that needs less than such a terminal leaves the rest to others earlier.
        let alone = self.needs(self.focus).1.min(ALONE);
        let from_two = from(&two, TWO).max(alone + self.beside(&two));
        let from_three = from(three, THREE).max(from_two + self.beside(three) - self.beside(&two));
        let (shown, from, next): (&[Focus], u16, Option<(u16, u16)>) = if width >= from_three {
            (three, from_three, None)
        } else if width >= from_two {
            let more = self.beside(three) - self.beside(&two);
            (&two, from_two, Some((from_three, more)))
        } else {
            (
                &ALL[self.focus as usize..=self.focus as usize],
                0,
                Some((from_two, self.beside(&two))),
            )
        };
        // What the next pane will take is not used before it is there.
        let usable = next.map_or(width, |(from, takes)| width.min(from - takes));
        let beside = self.beside(shown);
        let mut spare = usable.saturating_sub(beside);
        let (_, all) = self.needs(self.focus);
        let focused = spare.min(all.max(names));
        spare -= focused;
        let mut widths = Vec::new();
        for pane in shown {
            if *pane == self.focus {
                widths.push((*pane, focused));
            } else {
                let least = self.least(*pane);
                let (names, all) = self.needs(*pane);
                let more = spare.min(all.max(names).saturating_sub(least));
                spare -= more;
                widths.push((*pane, least + more));
            }
        }
        if let [(_, only)] = &mut widths[..] {
            *only = usable;
        }
        Natural {
            widths,
            from,
            usable,
        }
    }

    /// The focused pane, and the one that says most beside it.
    fn beside_one(&self) -> [Focus; 2] {
        match self.focus {
            Focus::Registries | Focus::Repositories => [Focus::Registries, Focus::Repositories],
            Focus::Images => [Focus::Repositories, Focus::Images],
        }
    }

    /// Cells that those beside the focused one take, with the rules between.
    fn beside(&self, panes: &[Focus]) -> u16 {
        let others = panes.iter().filter(|pane| **pane != self.focus);
        others.map(|pane| self.least(*pane) + 1).sum()
    }

    /// Cells that a pane takes beside the focused one: as many as its names need. The images,
    /// which come last, begin with few and grow.
    fn least(&self, pane: Focus) -> u16 {
        let (least, most) = BESIDE[pane as usize];
        match pane {
            Focus::Images => least,
            _ => self.needs(pane).0.clamp(least, most),
        }
    }

    /// Cells in which a pane shows its names whole, and in which it shows everything.
    fn needs(&self, pane: Focus) -> (u16, u16) {
        match pane {
            Focus::Registries => {
                let needs = self.registries.widest.saturating_add(16);
                (needs.min(60), needs.max(54))
            }
            Focus::Repositories => {
                table::needs(&self.repository_columns(), |id| self.repository_need(id))
            }
            Focus::Images => table::needs(&self.image_columns(), |id| self.image_need(id)),
        }
    }

    /// The columns of repositories: that of registries where they are of several.
    pub fn repository_columns(&self) -> Vec<Column<RepositoryColumn>> {
        let is_wide = self.is_wide(Focus::Repositories);
        let columns = OF_REPOSITORIES.into_iter();
        let shown = columns.filter(|it| is_wide || it.id != RepositoryColumn::Registry);
        shown.collect()
    }

    /// The columns of images: those of registries and repositories where they are of several.
    pub fn image_columns(&self) -> Vec<Column<ImageColumn>> {
        let reach = match self.images.wanted() {
            Wanted::Of(of) => of.reach(),
            _ => Reach::Repository,
        };
        let columns = OF_IMAGES.into_iter();
        let shown = columns.filter(|column| match column.id {
            ImageColumn::Registry => reach == Reach::Everything,
            ImageColumn::Repository => reach != Reach::Repository,
            _ => true,
        });
        let is_wide = reach != Reach::Repository;
        shown
            .map(|column| match column.id {
                ImageColumn::Tag if is_wide => column.at_most(TAGS_OF_MANY),
                _ => column,
            })
            .collect()
    }

    /// Cells that the widest text of a column takes.
    pub fn repository_need(&self, column: RepositoryColumn) -> u16 {
        match column {
            RepositoryColumn::Name => self.repositories.widest,
            RepositoryColumn::Registry => self.named.0,
            RepositoryColumn::Platforms => ARCHITECTURES,
            _ => 0,
        }
    }

    /// Cells that the widest text of a column takes.
    pub fn image_need(&self, column: ImageColumn) -> u16 {
        match column {
            ImageColumn::Tag => self.images.widest,
            ImageColumn::Registry => self.named.1,
            ImageColumn::Repository => self.images.widest_place,
            ImageColumn::Platforms => PLATFORMS,
            _ => 0,
        }
    }
}

const ALL: [Focus; 3] = [Focus::Registries, Focus::Repositories, Focus::Images];

/// Whether there is room to tell of what is selected.
fn is_detailed(body: Area) -> bool {
    body.width >= DETAILED.0 && body.height + 3 >= DETAILED.1
}
