//! What is pressed is what is drawn there.

use super::{dark, painted, text};
use crate::app::fixture::{Bench, HARBOR};
use crate::app::overlay::{DetailTab, Overlay};
use crate::app::page::PageId;
use crate::app::pointer::{Pointed, Pointing};
use crate::app::tests::{drift, requests, triage};
use crate::app::{Event, past_fixture};
use crate::model::{Answer, Digest, Hit, Matched, Outcome, Page};

fn press(bench: &mut Bench, column: usize, row: usize) {
    let (column, row) = (column.try_into().unwrap(), row.try_into().unwrap());
    let what = Pointing::Press;
    bench.send(Event::Pointed(Pointed { column, row, what }));
}

fn shown(bench: &Bench) -> Vec<String> {
    text(&painted(bench, &dark()).0)
}

/// Where a line has the sign of the selected row.
fn markers(line: &str) -> Vec<usize> {
    let cells = line.chars().enumerate();
    cells
        .filter(|(_, cell)| *cell == '›')
        .map(|(at, _)| at)
        .collect()
}

/// Presses every line in this column, each on a screen of its own, and holds the row that is
/// selected then to stand there. Returns how many lines did something.
fn pressed(bench: &Bench, column: usize, lines: usize) -> usize {
    let before = shown(bench);
    let mut count = 0;
    for row in 1..before.len() {
        let mut then = bench.clone();
        let revision = then.app.revision();
        press(&mut then, column, row);
        if then.app.revision() == revision {
            continue;
        }
        count += 1;
        let after = shown(&then);
        let near = (row + 1).saturating_sub(lines)..=row;
        let is_new = |at: usize| {
            let old = markers(&before[at]);
            markers(&after[at]).iter().any(|cell| !old.contains(cell))
        };
        let was = near.clone().any(|at| !markers(&before[at]).is_empty());
        assert!(
            was || near.clone().any(is_new),
            "line {row}: {}\n{}",
            before[row],
            after.join("\n")
        );
    }
    count
}

/// A column of the focused pane.
fn in_focus(bench: &Bench) -> usize {
    let state = &bench.app.state;
    let browse = &state.pages.browse;
    let panes = browse.panes(state.areas().unwrap().body);
    usize::from(panes.of(browse.focus).unwrap().x) + 5
}

fn hits() -> Vec<Hit> {
    let one = |n: usize| Hit {
        registry: HARBOR,
        repository: format!("team/service-{n}").parse().unwrap(),
        tag: Some(format!("1.{n}").parse().unwrap()),
        digest: Some(Digest::sha256(&n.to_le_bytes())),
        child: None,
        matched: Matched::Tag,
    };
    (0..9).map(one).collect()
}

fn searched(width: u16, height: u16) -> Bench {
    let mut bench = Bench::loaded(width, height);
    bench.press("2");
    bench.held = Some(Vec::new());
    bench.press("s");
    let held = bench.held.take().unwrap();
    let [crate::app::Effect::Ask { ticket, .. }] = held[..] else {
        panic!("{held:?}")
    };
    let (rows, next) = (hits(), None);
    let result = Ok(Answer::Search(Page { rows, next }));
    bench.send(Event::Answered { ticket, result });
    bench
}

#[test]
fn rows_of_every_list_are_pressed_where_they_are_drawn() {
    for (width, height) in [(60, 16), (80, 24), (120, 40), (160, 45), (250, 60)] {
        let keyed = |keys: &str| {
            let mut bench = Bench::loaded(width, height);
            bench.press(keys);
            bench
        };
        let past = |keys: &str| {
            let mut bench = past_fixture::bench(width, height);
            bench.press(keys);
            bench
        };
        let failures = || {
            let mut bench = keyed("/harbor<enter><esc>");
            let record = crate::app::fixture::record(0, Some(Outcome::Partial), 5);
            bench.registries[1].last_crawl = Some(record);
            bench.send(Event::InventoryChanged);
            bench.press("f");
            bench
        };
        let usage = || {
            let mut bench = keyed("/nexus<enter>");
            bench.usage = crate::app::fixture::usage();
            bench.press("U");
            bench
        };
        let middle = usize::from(width / 2);
        let last = usize::from(width) - 8;
        let lists = vec![
            ("registries", keyed(""), 10, 2, 12),
            ("repositories", keyed("/nexus<enter><esc>l"), middle, 1, 8),
            (
                "images",
                keyed("/nexus<enter>l/team/api<enter>l"),
                middle,
                1,
                4,
            ),
            ("hits", searched(width, height), 10, 1, 9),
            ("changes", past("3"), 10, 1, 4),
            ("crawls", past("4"), 10, 1, 6),
            ("decisions", triage::planned(width, height), last, 1, 4),
            ("failures", failures(), middle, 1, 3),
            ("usage", usage(), middle, 1, 2),
            ("drift", drift::compared(width, height), middle, 1, 3),
            ("requests", requests::shown(width, height), middle, 1, 6),
        ];
        for (what, bench, column, lines, least) in lists {
            let column = match what {
                "repositories" | "images" => in_focus(&bench),
                _ => column,
            };
            let count = pressed(&bench, column, lines);
            assert!(
                count >= least.min(usize::from(height) - 12),
                "{count} {what} at {width}x{height}\n{}",
                shown(&bench).join("\n")
            );
        }
    }
}

#[test]
fn a_press_in_another_pane_gives_it_the_keys() {
    let mut bench = Bench::loaded(160, 45);
    bench.press("/nexus<enter><esc>");
    let lines = shown(&bench);
    let row = lines
        .iter()
        .position(|line| line.contains("team/api "))
        .unwrap();
    let column = lines[row].find("team/api ").unwrap();
    let column = lines[row][..column].chars().count();
    press(&mut bench, column, row);
    let browse = &bench.app.state.pages.browse;
    assert_eq!(browse.focus, crate::app::layout::Focus::Repositories);
    assert_eq!(browse.repository().unwrap().name.as_str(), "team/api");
}

#[test]
fn names_of_pages_and_tabs_are_pressed_where_they_are_drawn() {
    for width in [60, 80, 99, 100, 160] {
        for (at, page) in PageId::ALL.into_iter().enumerate() {
            let mut bench = Bench::loaded(width, 24);
            let number = format!(" {} ", at + 1);
            let line = shown(&bench).swap_remove(0);
            let column = line.find(&number).unwrap() + 1;
            press(&mut bench, column, 0);
            assert_eq!(bench.app.state.pages.at, page, "{width}: {line}");
            // Beside a name nothing is opened.
            let line = shown(&bench).swap_remove(0);
            let end = line.find(page.name()).unwrap() + page.name().len();
            let revision = bench.app.revision();
            press(&mut bench, end, 0);
            assert_eq!(bench.app.revision(), revision, "{width}: {line}");
            press(&mut bench, 1, 0);
            assert_eq!(bench.app.revision(), revision, "{width}: {line}");
        }
        for tab in DetailTab::ALL {
            let mut bench = Bench::loaded(width, 24);
            bench.press("/nexus<enter>l/team/api<enter>l/latest<enter><enter>");
            let mut turns = 0;
            // Where not all fit, those before are pressed first.
            let opened = loop {
                let line = shown(&bench)
                    .into_iter()
                    .find(|line| line.contains('‹'))
                    .unwrap();
                let row = shown(&bench).iter().position(|one| *one == line).unwrap();
                let names = tab.name();
                let found = line.match_indices(names).find(|(at, _)| {
                    let around =
                        |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '-');
                    around(line[..*at].chars().next_back())
                        && around(line[at + names.len()..].chars().next())
                });
                if let Some((at, _)) = found {
                    let column = line[..at].chars().count();
                    press(&mut bench, column, row);
                    break true;
                }
                turns += 1;
                if turns > DetailTab::ALL.len() {
                    break false;
                }
                bench.press("]");
            };
            assert!(opened, "{width}: {}", tab.name());
            let Some(Overlay::Detail(detail)) = bench.app.state.overlays.last() else {
                panic!("{:?}", bench.app.state.overlays)
            };
            assert_eq!(detail.tab, tab, "{width}");
        }
    }
}

#[test]
fn a_command_is_pressed_where_it_is_drawn() {
    let mut bench = Bench::loaded(80, 24);
    bench.press(":th");
    let lines = shown(&bench);
    let row = lines
        .iter()
        .position(|line| line.contains("theme "))
        .unwrap();
    let selected = |bench: &Bench| match bench.app.state.overlays.last() {
        Some(Overlay::Palette(palette)) => {
            Some(palette.matching()[palette.list.cursor].name.to_owned())
        }
        _ => None,
    };
    for (at, line) in lines.iter().enumerate().skip(row).take(3) {
        let mut then = bench.clone();
        press(&mut then, 20, at);
        let name = selected(&then).or_else(|| selected(&bench)).unwrap();
        assert!(line.contains(&name), "{name}: {line}");
    }
}
