//! The line at the top: the pages, and in a few words how all registries are.
//!
//! ```text
//!  supercargo  1 Browse  2 Search  3 Changes  4 Crawls  5 Plan    7 registries · 48k images
//! ```

use ratatui::buffer::Buffer;

use super::Theme;
use super::paint::{columns, left, pieces, right};
use crate::app::header::{NAME, tabs};
use crate::app::layout::Area;
use crate::app::status::{self, Brief};
use crate::app::words::{count, counted, scaled};
use crate::app::{State, World};
use crate::config::theme::Part;
use crate::model::RegistryRow;
use crate::query::{Standing, standing};

pub(super) fn draw(state: &State, theme: &Theme, area: Area, buffer: &mut Buffer) {
    left(buffer, area, theme.style(Part::Header), NAME);
    let (tabs, rest) = tabs(area, state.pages.at);
    for (number, tab) in (1..).zip(tabs) {
        let name = if tab.is_named {
            format!(" {}", tab.page.name())
        } else {
            String::new()
        };
        let style = if state.pages.at == tab.page {
            theme.style(Part::Focus)
        } else {
            theme.style(Part::Dim)
        };
        let said = [(theme.style(Part::Key), number.to_string()), (style, name)];
        let said = said.each_ref().map(|(style, text)| (*style, text.as_str()));
        pieces(buffer, tab.area, &said);
    }
    let facts = facts(
        &state.world,
        theme.signs.separator,
        rest.width.saturating_sub(2),
    );
    right(buffer, rest, theme.style(Part::Text), &format!("{facts} "));
}

/// How all registries are: as much as fits, what is least important said shorter first and
/// then left out.
fn facts(world: &World, separator: &str, width: u16) -> String {
    let said = Said::of(world);
    let lines = (0..=SHORTEST).map(|step| said.line(step, separator));
    let mut lines = lines.skip_while(|line| columns(line) > width);
    lines.next().unwrap_or_default()
}

/// Steps from everything said at length to nothing but what is wrong.
const SHORTEST: usize = 8;

/// What there is to say.
struct Said {
    registries: u64,
    images: u64,
    failing: u64,
    /// The first crawl that runs, by the name of its registry, and how many others do.
    crawl: Option<(String, Brief, usize)>,
    read_only: bool,
}

impl Said {
    fn of(world: &World) -> Self {
        let fails = |row: &&RegistryRow| {
            world.refused.contains_key(&row.id)
                || matches!(
                    standing(row, world.clock.now),
                    Standing::Failed | Standing::Refused
                )
        };
        let mut running = world.progress.iter();
        let first = running.next();
        let others = running.count();
        Self {
            registries: world.all.len() as u64,
            images: world.all.iter().map(|row| row.images).sum(),
            failing: world.all.iter().filter(fails).count() as u64,
            crawl: first.map(|(id, progress)| {
                let brief = status::brief(world, *id, progress);
                (world.name_of(*id), brief, others)
            }),
            read_only: world.read_only,
        }
    }

    /// All of it; the more steps, the shorter.
    fn line(&self, step: usize, separator: &str) -> String {
        let mut words = Vec::new();
        match step {
            0..2 => words.push(counted(self.registries, "registry", "registries")),
            2..5 => words.push(format!("{} reg", count(self.registries))),
            _ => {}
        }
        match step {
            0..2 => words.push(match self.images {
                1 => "1 image".to_owned(),
                images => format!("{} images", scaled(images)),
            }),
            2..6 => words.push(format!("{} img", scaled(self.images))),
            _ => {}
        }
        if self.failing > 0 {
            words.push(format!("{} failing", count(self.failing)));
        }
        if let Some(crawl) = self.crawl.as_ref().filter(|_| step < 7) {
            words.push(crawling(crawl, step));
        }
        if self.read_only && step < SHORTEST {
            words.push("read-only".to_owned());
        }
        words.join(separator)
    }
}

/// What crawls, and how far it is.
fn crawling((name, brief, others): &(String, Brief, usize), step: usize) -> String {
    let mut words = Vec::new();
    if step < 4 {
        words.push(name.clone());
    }
    words.push(brief.state.clone());
    if step < 1 {
        words.extend(brief.why.map(str::to_owned));
        words.extend(brief.rate.clone());
    }
    if step < 3 {
        words.extend(brief.left.clone());
    }
    match others {
        0 => {}
        others if step < 4 => words.push(format!("and {others} more")),
        others => words.push(format!("+{others}")),
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::fixture::{self, Bench, HARBOR, NEXUS};
    use crate::model::Progress;

    fn said(width: u16, change: impl Fn(&mut Bench)) -> String {
        let mut bench = Bench::loaded(160, 45);
        bench.progress(&[(NEXUS, fixture::reading())]);
        change(&mut bench);
        facts(&bench.app.state.world, " · ", width)
    }

    #[test]
    fn all_is_said_where_there_is_room_and_the_end_of_the_crawl_where_there_is_little() {
        let plain = |_: &mut Bench| {};
        assert_eq!(
            said(200, plain),
            "6 registries · 12k images · 2 failing · nexus-prod 45 % 120/s 43 s left"
        );
        assert_eq!(
            said(60, plain),
            "6 reg · 12k img · 2 failing · nexus-prod 45 % 43 s left"
        );
        assert_eq!(said(44, plain), "6 reg · 12k img · 2 failing · 45 %");
        assert_eq!(said(20, plain), "2 failing · 45 %");
        assert_eq!(said(10, plain), "2 failing");
        assert_eq!(said(3, plain), "");
    }

    #[test]
    fn who_waits_says_for_what_and_who_may_not_write_says_so() {
        let held = |bench: &mut Bench| {
            let mut progress: Progress = fixture::reading();
            progress.traffic.held_for = Some(Duration::from_secs(38));
            bench.progress(&[(NEXUS, progress), (HARBOR, fixture::reading())]);
            bench.app.state.world.read_only = true;
        };
        let long = said(200, held);
        assert!(
            long.ends_with(
                "nexus-prod held 38 s at 45 % as the registry asked and 1 more · read-only"
            ),
            "{long}"
        );
        assert_eq!(
            said(64, held),
            "6 reg · 12k img · 2 failing · held 38 s at 45 % +1 · read-only"
        );
        assert_eq!(said(24, held), "2 failing · read-only");
        let paused = |bench: &mut Bench| {
            bench.app.state.world.paused.insert(NEXUS);
        };
        assert!(said(200, paused).ends_with("nexus-prod paused at 45 %"));
    }

    #[test]
    fn more_room_never_says_less() {
        let mut before = 0;
        for width in 0..120 {
            let words = said(width, |_| {}).split(' ').count();
            assert!(words >= before, "{width}");
            before = words;
        }
    }
}
