//! Every screen at every size, with its styles.

/// Draws a scene at these sizes and holds it to its snapshots, which are named after the
/// module that calls this.
macro_rules! scene {
    ($sizes:expr, $name:expr, $make:expr $(,)?) => {{
        let (name, make) = ($name, $make);
        for (width, height) in $sizes {
            let drawn = $crate::ui::tests::drawn(&make(width, height));
            insta::assert_snapshot!(format!("{name}@{width}x{height}"), drawn);
        }
    }};
}

mod borders;
mod browse;
mod changes;
mod crawls;
mod find;
mod form;
mod matrix;
mod palette;
mod plan;
mod pointer;
mod search;
mod widths;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use super::{Theme, draw};
use crate::app::fixture::{self, Bench, GITLAB, HARBOR, NEXUS};
use crate::app::{Effect, Event, Work};
use crate::config::theme::Theme as Looks;
use crate::model::{Phase, Progress, Traffic};

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 40), (200, 60)];

fn painted(bench: &Bench, theme: &Theme) -> (Buffer, Option<(u16, u16)>) {
    let size = bench.app.state.world.size;
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    let mut shown = None;
    terminal
        .draw(|frame| {
            draw(&bench.app.state, theme, frame);
            shown = Some(frame.buffer_mut().clone());
        })
        .unwrap();
    let backend = terminal.backend_mut();
    let position = ratatui::backend::Backend::get_cursor_position(backend).unwrap();
    let cursor = (position.x, position.y);
    (shown.unwrap(), Some(cursor).filter(|at| *at != (0, 0)))
}

fn text(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width);
    let rows = buffer.content.chunks(width);
    rows.map(|row| {
        row.iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect::<String>()
    })
    .map(|line| line.trim_end().to_owned())
    .collect()
}

fn words(style: Style) -> String {
    let mut words = Vec::new();
    for (modifier, word) in [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::UNDERLINED, "underline"),
        (Modifier::REVERSED, "reverse"),
    ] {
        if style.add_modifier.contains(modifier) {
            words.push(word.to_owned());
        }
    }
    for (colour, before) in [(style.fg, ""), (style.bg, "on ")] {
        if let Some(colour) = colour.filter(|c| *c != Color::Reset) {
            words.push(format!("{before}{colour:?}"));
        }
    }
    words.join(" ")
}

/// The text, then a line for every row that has styles: runs of columns and their style.
fn picture(buffer: &Buffer, cursor: Option<(u16, u16)>) -> String {
    let mut out = text(buffer).join("\n");
    out.push_str("\n--- styles");
    if let Some((x, y)) = cursor {
        write!(out, "; cursor at {x},{y}").unwrap();
    }
    let width = usize::from(buffer.area.width);
    let mut last = String::new();
    for (y, row) in buffer.content.chunks(width).enumerate() {
        let mut runs = String::new();
        let mut x = 0;
        while x < row.len() {
            let style = words(row[x].style());
            let end = (x..row.len())
                .find(|i| words(row[*i].style()) != style)
                .unwrap_or(row.len());
            if !style.is_empty() {
                write!(runs, " {x}-{} {style};", end - 1).unwrap();
            }
            x = end;
        }
        if !runs.is_empty() && runs != last {
            write!(out, "\n{y}:{}", runs.trim_end_matches(';')).unwrap();
        } else if !runs.is_empty() {
            write!(out, "\n{y}: same").unwrap();
        }
        last = runs;
    }
    out
}

fn dark() -> Theme {
    Theme::new(Looks::named("dark").unwrap(), false)
}

/// The sizes of the drawings of pages, one pane to four.
const PANES: [(u16, u16); 5] = [(60, 16), (80, 24), (120, 40), (160, 45), (250, 60)];

/// Text and styles in the dark theme.
fn drawn(bench: &Bench) -> String {
    let (buffer, cursor) = painted(bench, &dark());
    picture(&buffer, cursor)
}

fn tickets(effects: &[Effect]) -> crate::app::Ticket {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Do(Work::Check { ticket, .. } | Work::Save { ticket, .. }) => Some(*ticket),
            _ => None,
        })
        .unwrap()
}

#[test]
fn panes_without_rows_say_why() {
    for (keys, wanted) in [
        ("ll", "No registry is selected."),
        ("l", "No registry is selected."),
        ("", "No registry yet."),
    ] {
        let mut bench = Bench::empty(60, 16);
        bench.press(keys);
        let shown = text(&painted(&bench, &dark()).0).join("\n");
        assert!(shown.contains(wanted), "{keys}: {shown}");
    }
    for (keys, wanted) in [
        ("/zzz<enter>", "No registry matches."),
        ("/zzz<enter>ll", "No registry is selected."),
        ("/nexus<enter>l/zzz<enter>", "No repository matches."),
        ("/nexus<enter>l/zzz<enter>l", "No repository is selected."),
        (
            "/gitlab<enter>ll",
            "The registry refused to list its repositories.",
        ),
        (
            "/quay<enter>ll",
            "The registry's repositories could not be listed.",
        ),
        ("/rather<enter>ll", "The registry is empty."),
        ("/lab !git<enter>ll", "The registry is not crawled yet."),
        ("/nexus<enter>l/api<enter>l/zzz<enter>", "No image matches."),
        ("/nexus<enter>l/secret<enter>l", "Refused."),
        ("/nexus<enter>l/broken<enter>l", "Failed."),
        ("/nexus<enter>l/waiting<enter>l", "Not crawled yet."),
        ("/nexus<enter>l/new<enter>l", "Empty"),
    ] {
        let mut bench = Bench::loaded(60, 16);
        bench.press(keys);
        let shown = text(&painted(&bench, &dark()).0).join("\n");
        assert!(shown.contains(wanted), "{keys}: {shown}");
    }
}

#[test]
fn first_run() {
    scene!(SIZES, "first_run", Bench::empty);
}

#[test]
fn loaded_registries() {
    scene!(SIZES, "loaded_registries", Bench::loaded);
}

#[test]
fn loaded_repositories() {
    scene!(SIZES, "loaded_repositories", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/nexus<enter>l/team<enter>j");
        bench
    });
}

#[test]
fn loaded_images() {
    scene!(SIZES, "loaded_images", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("gg/nexus<enter>l/team/api<enter>lj");
        bench
    });
}

#[test]
fn crawling() {
    scene!(SIZES, "crawling", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/nexus<enter><esc>");
        let listing = Progress {
            phase: Phase::Listing,
            repositories_found: 12,
            ..Progress::default()
        };
        let held = Progress {
            traffic: Traffic {
                held_for: Some(Duration::from_millis(27_400)),
                ..fixture::reading().traffic
            },
            ..fixture::reading()
        };
        bench.progress(&[
            (NEXUS, fixture::reading()),
            (HARBOR, held),
            (GITLAB, listing),
        ]);
        bench
    });
}

#[test]
fn rows_of_another_registry_are_dimmed() {
    scene!(SIZES, "rows_of_another_registry", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("jjj");
        // The answer to this key's question has not come.
        let key = crate::config::keys::KeyPress::parse_all("j").unwrap()[0];
        bench.app.update(Event::Key(key));
        bench
    });
}

#[test]
fn refused_registry() {
    scene!(SIZES, "refused_registry", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/gitlab<enter>");
        bench
    });
}

#[test]
fn failed_registry() {
    scene!(SIZES, "failed_registry", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/quay<enter>");
        bench
    });
}

#[test]
fn empty_registry() {
    scene!(SIZES, "empty_registry", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/rather<enter>");
        bench
    });
}

#[test]
fn not_crawled_registry() {
    scene!(SIZES, "not_crawled_registry", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/lab !git<enter>l");
        bench
    });
}

#[test]
fn filter_being_typed() {
    scene!(SIZES, "filter_being_typed", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/nexus<enter>l/team !new");
        bench
    });
}

#[test]
fn passphrase() {
    scene!(SIZES, "passphrase", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.send(Event::SecretWanted {
            ticket: crate::app::Ticket(1),
            request: crate::app::SecretRequest {
                title: "A new encrypted file".into(),
                text: "Passwords are kept in a file that this passphrase encrypts. It is asked \
                       for once a run; without it the passwords in the file are lost."
                    .into(),
                is_new: true,
            },
        });
        bench.press("hunter2<enter>hunt");
        bench
    });
}

#[test]
fn check_report() {
    scene!(SIZES, "check_report", |width, height| {
        let mut bench = Bench::loaded(width, height);
        let ticket = tickets(&bench.press("t"));
        bench.send(Event::Checked {
            ticket,
            report: fixture::report(),
            done: true,
        });
        bench
    });
}

#[test]
fn detail_of_an_index() {
    scene!(SIZES, "detail_of_an_index", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/nexus<enter>l/team/api<enter>l/latest<enter><enter>");
        bench
    });
}

#[test]
fn what_takes_room() {
    scene!(SIZES, "usage", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.usage = crate::app::fixture::usage();
        bench.press("/nexus<enter>U");
        bench
    });
}

#[test]
fn requests_of_this_run() {
    scene!(SIZES, "requests", |width, height| {
        let mut bench = crate::app::tests::requests::shown(width, height);
        bench.press("kkk");
        bench
    });
}

#[test]
fn two_registries_compared() {
    scene!(SIZES, "drift", |width, height| {
        let mut bench = crate::app::tests::drift::compared(width, height);
        bench.press("jj");
        bench
    });
}

#[test]
fn failures_of_a_crawl() {
    scene!(SIZES, "failures_of_a_crawl", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/harbor<enter><esc>");
        let record = fixture::record(0, Some(crate::model::Outcome::Partial), 5);
        bench.registries[1].last_crawl = Some(record);
        bench.send(Event::InventoryChanged);
        bench.press("fj");
        bench
    });
}

#[test]
fn crawled_by_another_process_or_interrupted() {
    scene!(SIZES, "crawled_elsewhere", |width, height| {
        let mut bench = Bench::loaded(width, height);
        let mut killed = fixture::record(3 * fixture::HOUR, None, 2);
        bench.registries[0].last_crawl = Some(killed.clone());
        killed.running = true;
        bench.registries[1].last_crawl = Some(killed);
        bench.send(Event::InventoryChanged);
        bench.press("j");
        bench
    });
}

#[test]
fn crawled_in_part() {
    scene!(SIZES, "crawled_in_part", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/harbor<enter><esc>");
        bench.send(Event::CrawlEnded {
            registry: HARBOR,
            summary: Arc::new(fixture::summary()),
            record: Box::new(fixture::record(0, Some(crate::model::Outcome::Partial), 5)),
        });
        bench
    });
}

#[test]
fn unreadable_inventory() {
    scene!(SIZES, "unreadable_inventory", |width, height| {
        let mut bench = Bench::empty(width, height);
        let key = crate::config::keys::KeyPress::parse_all("r").unwrap()[0];
        let effects = bench.app.update(Event::Key(key));
        let [Effect::Ask { ticket, .. }] = effects[..] else {
            panic!("{effects:?}")
        };
        bench.send(Event::Answered {
            ticket,
            result: Err(crate::model::Trouble {
                message: "the inventory `/var/lib/supercargo/inventory.redb` cannot be read".into(),
                hint: Some("run `supercargo doctor`".into()),
            }),
        });
        bench
    });
}

#[test]
fn help() {
    scene!(SIZES, "help", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("?");
        bench
    });
}

#[test]
fn question_before_removal() {
    scene!(SIZES, "question_before_removal", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/nexus<enter>D");
        bench
    });
}

#[test]
fn too_small() {
    for (width, height) in [(59, 16), (60, 15), (40, 10), (20, 5), (1, 1), (30, 0)] {
        let mut bench = Bench::loaded(80, 24);
        bench.send(Event::Resize { width, height });
        if height == 0 {
            continue;
        }
        let (buffer, _) = painted(&bench, &dark());
        let shown = text(&buffer);
        let wanted = "supercargo needs 60x16";
        assert!(shown[0].starts_with(&wanted[..wanted.len().min(usize::from(width) - 1)]));
        assert!(shown[1..].iter().all(String::is_empty));
    }
}

#[test]
fn mono_has_no_colour_and_ascii_no_other_character() {
    let theme = Theme::new(Looks::named("mono").unwrap(), true);
    for keys in ["", "l", "a", "t", "?", "D", "/a", "/nexus<enter>ll<enter>"] {
        let mut bench = Bench::loaded(120, 40);
        bench.progress(&[(NEXUS, fixture::reading())]);
        bench.press(keys);
        let (buffer, _) = painted(&bench, &theme);
        for cell in &buffer.content {
            assert!(cell.symbol().is_ascii(), "{keys}: {:?}", cell.symbol());
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{keys}");
        }
    }
}

#[test]
fn the_selected_row_is_seen_without_colours() {
    let theme = Theme::new(Looks::named("mono").unwrap(), false);
    let mut bench = Bench::loaded(200, 30);
    bench.press("jjjljjh");
    let (buffer, _) = painted(&bench, &theme);
    let cell = &buffer[(6, 8)];
    assert!(cell.modifier.contains(Modifier::REVERSED));
    // The selected row of a pane that is not focused has a marker.
    let lines = text(&buffer);
    assert_eq!(
        lines.iter().filter(|line| line.contains('›')).count(),
        3,
        "{lines:#?}"
    );
}

#[test]
fn hostile_text_reaches_no_cell() {
    let mut bench = Bench::loaded(80, 24);
    for row in &mut bench.registries {
        row.list = crate::model::ListState::Failed("a\u{1b}[31m\u{202e}\nb".into());
    }
    bench.send(Event::InventoryChanged);
    for keys in ["", "l", "/x<enter>"] {
        bench.press(keys);
        let (buffer, _) = painted(&bench, &dark());
        for line in text(&buffer) {
            assert!(
                !line.chars().any(|c| c.is_control() || c == '\u{202e}'),
                "{line:?}"
            );
        }
    }
}
