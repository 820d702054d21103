//! Panes whose borders were moved: more room still shows no less.

use super::widths::shown_at_last;
use crate::app::Event;
use crate::app::fixture::Bench;
use crate::app::tests::browse::wide;
use crate::config::memory::{Memory, Panes};

/// A screen that was left with its borders moved so far.
fn moved(make: impl Fn(u16, u16) -> Bench, borders: [i16; 2]) -> impl Fn(u16, u16) -> Bench {
    move |width, height| {
        let mut bench = make(width, height);
        let widths = ["registries", "repositories"].into_iter().zip(borders);
        let widths = widths.map(|(pane, by)| (pane.to_owned(), by)).collect();
        let panes = Panes {
            widths,
            ..Panes::default()
        };
        bench.app.recall(&Memory {
            panes,
            ..Memory::default()
        });
        bench
    }
}

const BORDERS: [[i16; 2]; 3] = [[12, -20], [i16::MAX, i16::MIN], [i16::MIN, i16::MAX]];

/// Holds screens of every sixth width to show what a smaller one shows, and the largest to
/// show the first fact: the name of the row.
fn kept(make: impl Fn(u16, u16) -> Bench, keys: &str, facts: &[&str]) {
    let shown = shown_at_last(make, keys, facts, 6);
    assert!(shown[0], "{keys}: {facts:?}");
}

#[test]
fn more_room_never_shows_less_of_panes_with_moved_borders() {
    for borders in BORDERS {
        // In which row, and what there is to see of it.
        for (keys, facts) in [
            ("jjj", &["nexus-prod ", "3 min", "12 345 images"][..]),
            (
                "/nexus<enter>l/team/api<enter>",
                &["≥ 450 MB", "2 h", "+2 →1 −3", "amd64 arm +2"],
            ),
            (
                "/nexus<enter>l/team/api<enter>l/1.9.3<enter>",
                &["1.9.3 ", "linux/amd64", "84.2 MB", "01f07a1cc186", "30 d"],
            ),
        ] {
            kept(moved(Bench::loaded, borders), keys, facts);
        }
    }
}

#[test]
fn more_room_never_shows_less_of_wide_scopes_with_moved_borders() {
    for borders in BORDERS {
        let keys = "/nexus<enter>l/team/api<enter>lwwwj";
        let facts = [
            "charts/ingress-nginx",
            "4.11.0 ",
            "84.2 MB",
            "library/alpine",
        ];
        kept(moved(wide, borders), keys, &facts);
    }
}

/// The cells that the columns of each pane have, and the panes' own.
fn cells(bench: &Bench) -> ([u16; 3], [Option<u16>; 3]) {
    let state = &bench.app.state;
    let panes = state.pages.browse.panes(state.areas().unwrap().body);
    let areas = [panes.registries, panes.repositories, panes.images];
    (panes.room, areas.map(|area| area.map(|area| area.width)))
}

#[test]
fn no_pane_loses_a_cell_to_more_room_wherever_its_borders_are() {
    let ways = [-400, -9, 14, 400];
    let pairs = ways
        .iter()
        .flat_map(|left| ways.map(|right| [*left, right]));
    for borders in pairs {
        for keys in ["", "/nexus<enter><esc>l", "/nexus<enter>l/team/api<enter>l"] {
            let mut before = [0; 3];
            let mut bench = moved(Bench::loaded, borders)(60, 30);
            bench.press(keys);
            for width in 60..260 {
                bench.send(Event::Resize { width, height: 30 });
                let (room, areas) = cells(&bench);
                for pane in 0..3 {
                    let Some(area) = areas[pane] else { continue };
                    assert!(
                        room[pane] >= before[pane] && area >= room[pane],
                        "{borders:?} {keys} at {width}: {before:?} {room:?} {areas:?}"
                    );
                }
                // One that stands alone has more cells than it can use.
                let shown = areas.iter().flatten().count();
                before = if shown > 1 { room } else { [0; 3] };
            }
        }
    }
}

#[test]
fn keys_move_the_borders_as_far_as_they_go_and_say_so_then() {
    for (keys, width) in [
        ("", 120),
        ("/nexus<enter><esc>l", 160),
        ("/nexus<enter>ll", 200),
    ] {
        let mut bench = Bench::loaded(width, 30);
        bench.press(keys);
        let focus = bench.app.state.pages.browse.focus as usize;
        let own = |bench: &Bench| cells(bench).1[focus].unwrap();
        let first = own(&bench);
        for key in [">", "<lt>"] {
            let mut steps = 0;
            loop {
                let before = own(&bench);
                bench.press(key);
                let now = own(&bench);
                if let Some(notice) = &bench.app.state.world.notice {
                    assert!(
                        notice.text.contains("can be no narrower"),
                        "{}",
                        notice.text
                    );
                    assert_eq!(now, before);
                    break;
                }
                let by = i32::from(now) - i32::from(before);
                assert!(by.abs() <= 4 && (by > 0) == (key == ">"), "{by}");
                steps += 1;
                assert!(steps < 100, "it ends");
            }
            let [least, most] = if key == ">" {
                [first, u16::MAX]
            } else {
                [0, first]
            };
            assert!((least..=most).contains(&own(&bench)), "{keys} {key}");
        }
    }
    let mut bench = Bench::loaded(80, 24);
    bench.press(">");
    let said = bench.app.state.world.notice.clone().unwrap().text;
    assert_eq!(said, "this pane has the screen to itself");
}
