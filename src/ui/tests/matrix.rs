//! Every page in every state: drawn here, or said to mean nothing, and why. A page without
//! a cell for a state does not compile, and an overlay without a row is missed below.

mod lists;
mod making;
mod overlays;
mod pages;

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::style::Color;

use super::{dark, painted, picture, text};
use crate::app::State;
use crate::app::fixture::Bench;
use crate::app::overlay::Overlay;
use crate::app::page::PageId;
use crate::config::theme::Theme as Looks;
use crate::ui::Theme;

/// The sizes at which every state is drawn.
const SIZES: [(u16, u16); 2] = [(80, 24), (160, 45)];
/// The size at which a page with a few rows is drawn once more.
const NARROW: (u16, u16) = (60, 20);

/// What a page can be in, in the order of its cells. Narrow, monochrome and ASCII are
/// drawn of the state that has a few rows.
const STATES: [&str; 6] = ["empty", "loading", "few", "many", "error", "filtered"];

/// A page in a state.
enum Cell {
    /// Drawn so.
    Drawn(fn(u16, u16) -> Bench),
    /// There is no such state, and why.
    Never(&'static str),
}

/// A page in all its states.
struct Row {
    page: &'static str,
    cells: [Cell; STATES.len()],
}

fn rows() -> Vec<Row> {
    let all = [pages::rows(), lists::rows(), overlays::rows()];
    all.into_iter().flatten().collect()
}

/// The page that gets the keys, by the name of its row.
fn shown(state: &State) -> String {
    match state.overlays.last() {
        Some(Overlay::Detail(detail)) => format!("detail-{}", detail.tab.name()),
        Some(Overlay::Check(_)) => "check".to_owned(),
        Some(Overlay::Form(_)) => "form".to_owned(),
        Some(Overlay::Failures(_)) => "failures".to_owned(),
        Some(Overlay::Drift(_)) => "drift".to_owned(),
        Some(Overlay::Diff(_)) => "diff".to_owned(),
        Some(Overlay::Usage(_)) => "usage".to_owned(),
        Some(Overlay::Requests(_)) => "requests".to_owned(),
        Some(Overlay::Help(_)) => "help".to_owned(),
        Some(Overlay::Palette(_)) => "palette".to_owned(),
        Some(Overlay::Confirm(_)) => "confirm".to_owned(),
        Some(Overlay::Ask(_)) => "ask".to_owned(),
        Some(Overlay::Line(_)) => "line".to_owned(),
        None => state.pages.at.name().to_lowercase(),
    }
}

/// Every cell that is drawn: its page, its state, how it is made.
fn drawn() -> impl Iterator<Item = (&'static str, &'static str, fn(u16, u16) -> Bench)> {
    rows().into_iter().flat_map(|row| {
        let cells = STATES.into_iter().zip(row.cells);
        cells.filter_map(move |(state, cell)| match cell {
            Cell::Drawn(make) => Some((row.page, state, make)),
            Cell::Never(_) => None,
        })
    })
}

fn screen(bench: &Bench) -> String {
    text(&painted(bench, &dark()).0).join("\n")
}

/// What is said, without the frame around it and the ends of lines in it.
fn words(bench: &Bench) -> String {
    let shown = screen(bench).replace(['│', '─', '━', '┌', '┐', '└', '┘'], " ");
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn mono(ascii: bool) -> Theme {
    Theme::new(Looks::named("mono").unwrap(), ascii)
}

#[test]
fn every_page_has_a_row_and_every_state_a_drawing_or_a_reason() {
    let rows = rows();
    let names: BTreeSet<&str> = rows.iter().map(|row| row.page).collect();
    assert_eq!(names.len(), rows.len(), "a page has two rows");
    for page in PageId::ALL {
        assert!(names.contains(&*page.name().to_lowercase()), "{page:?}");
    }
    for row in &rows {
        let few = &row.cells[2];
        assert!(matches!(few, Cell::Drawn(_)), "{} is never seen", row.page);
        for cell in &row.cells {
            match cell {
                Cell::Drawn(make) => {
                    let bench = make(80, 24);
                    assert_eq!(shown(&bench.app.state), row.page);
                }
                Cell::Never(why) => assert!(why.contains(' '), "{}: {why}", row.page),
            }
        }
    }
}

#[test]
fn every_state_is_drawn() {
    for (page, state, make) in drawn() {
        scene!(SIZES, format!("{page}_{state}"), make);
    }
}

#[test]
fn pages_with_a_few_rows_are_drawn_narrow_monochrome_and_in_ascii() {
    for (page, _, make) in drawn().filter(|(_, state, _)| *state == "few") {
        scene!([NARROW], format!("{page}_narrow"), make);
        for (word, ascii) in [("monochrome", false), ("ascii", true)] {
            let (buffer, cursor) = painted(&make(80, 24), &mono(ascii));
            insta::assert_snapshot!(format!("{page}_{word}@80x24"), picture(&buffer, cursor));
        }
    }
}

fn has_colour(buffer: &Buffer) -> bool {
    let cells = buffer.content.iter();
    let colours = cells.flat_map(|cell| [cell.fg, cell.bg]);
    colours.into_iter().any(|colour| colour != Color::Reset)
}

#[test]
fn no_state_needs_a_colour_or_more_than_ascii() {
    for (page, state, make) in drawn() {
        for (width, height) in [NARROW, (80, 24), (160, 45)] {
            let bench = make(width, height);
            let (buffer, _) = painted(&bench, &mono(true));
            assert!(!has_colour(&buffer), "{page} {state} at {width}");
            let cells = buffer.content.iter();
            let others: String = cells.map(ratatui::buffer::Cell::symbol).collect();
            assert!(others.is_ascii(), "{page} {state} at {width}: {others}");
            let (buffer, _) = painted(&bench, &mono(false));
            assert!(!has_colour(&buffer), "{page} {state} at {width}");
        }
    }
}

/// What is said of a state that has no rows to speak for it.
fn wanted(page: &str, state: &str) -> &'static [&'static str] {
    match (page, state) {
        ("browse", "loading") => &["team/broken", "loading"],
        ("search", "loading") => &["Searching."],
        ("changes", "loading") => &["Reading what changed."],
        ("crawls", "loading") => &["Reading which crawls there were."],
        ("plan", "loading") => &["Reading what was decided."],
        ("diff", "loading") => &["reading both"],
        ("diff", "empty") => &["Mark two images in Browse"],
        ("form", "loading") => &["saving", "esc leave"],
        (_, "loading") => &["esc gives up"],
        ("browse", "empty") => &["No registry yet.", "a add a registry"],
        ("search", "empty") => &["Nothing matches."],
        ("changes", "empty") => &["Nothing changed in the last 7 days.", "w look further back"],
        ("crawls", "empty") => &["No registry was crawled yet.", "C crawl every"],
        ("plan", "empty") => &["Nothing is decided yet.", "+ to keep"],
        ("usage", "empty") => &[
            "no images of this registry",
            "c in the registries crawls it",
        ],
        ("palette", "empty") => &["there is no command `crwal!`"],
        ("browse", "filtered") => &["2 of 7", "/1.9"],
        ("search", "filtered") => &["all 7", "‹ tags 7 ›"],
        ("changes", "filtered") => &["3 of 8", "/latest"],
        ("plan", "filtered") => &["3 of 6", "/delete !gone"],
        ("failures", "empty") => &["R on the registry reads again"],
        ("failures", "filtered") => &["filtered from 400"],
        ("requests", "filtered") => &["5 of 10"],
        ("detail-layers" | "detail-manifest", "error") => {
            &["no answer within 30 s", "checks the connection"]
        }
        ("check", "error") => &[
            "does not know user `robot$ci`",
            "check the user name and password",
        ],
        ("ask", "error") => &["the two differ: type it anew"],
        ("line", "error") => &["type the name of a file"],
        (_, "error") => &["inventory.redb` cannot be read", "`supercargo doctor`"],
        _ => &[],
    }
}

#[test]
fn what_is_said_tells_what_was_done_and_what_to_do_next() {
    let mut missing = Vec::new();
    for (page, state, make) in drawn() {
        for (width, height) in [NARROW, (80, 24)] {
            let bench = make(width, height);
            let said = words(&bench);
            let lacks = wanted(page, state)
                .iter()
                .filter(|words| !said.contains(**words));
            missing.extend(lacks.map(|words| format!("{page} {state} at {width}: {words}")));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
