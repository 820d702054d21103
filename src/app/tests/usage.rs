//! What takes room in a registry, and panes that take the screen.

use super::*;
use crate::app::overlay::Usage;

fn page(bench: &Bench) -> &Usage {
    match top(bench) {
        Some(Overlay::Usage(usage)) => usage,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_largest_repository_comes_first_and_is_gone_to() {
    let mut bench = at_nexus();
    bench.usage = fixture::usage();
    assert_eq!(bench.press("U"), []);
    let names: Vec<&str> = page(&bench).rows.as_ref().unwrap()[..2]
        .iter()
        .map(|row| row.repository.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(names, ["team/legacy", "team/api"]);
    assert_eq!(page(&bench).unknown(), 2);
    bench.press("j<enter>");
    assert!(top(&bench).is_none());
    assert_eq!(repository(&bench), "team/api");
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Repositories);
    bench.press("<c-o>");
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Registries);
}

#[test]
fn what_was_not_waited_for_is_withdrawn() {
    let mut bench = at_nexus();
    let key = |keys: &str| Event::Key(KeyPress::parse_all(keys).unwrap()[0]);
    let asked = bench.app.update(key("U"));
    let [
        Effect::Ask {
            ticket,
            question: Question::Usage {
                registry: NEXUS, ..
            },
        },
    ] = &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert!(bench.app.animates());
    let withdrawn = Effect::Do(Work::Withdraw { ticket: *ticket });
    assert_eq!(bench.app.update(key("<esc>")), [withdrawn]);
    bench.send(Event::Answered {
        ticket: *ticket,
        result: Err(Trouble::new("late")),
    });
    assert!(top(&bench).is_none());
}

#[test]
fn a_pane_takes_the_screen_and_gives_it_back() {
    let mut bench = Bench::loaded(160, 40);
    bench.press("/nexus<enter>l");
    let shown = |bench: &Bench| {
        let areas = bench.app.state.areas().unwrap();
        let panes = bench.app.state.pages.browse.panes(areas.body);
        [panes.registries, panes.repositories, panes.images].map(|area| area.is_some())
    };
    assert_eq!(shown(&bench), [true, true, true]);
    bench.press("z");
    assert_eq!(shown(&bench), [false, true, false]);
    bench.press("l");
    assert_eq!(shown(&bench), [false, false, true]);
    bench.press("z");
    assert_eq!(shown(&bench), [true, true, true]);
}
