//! The first start: registries from a file, the demonstration.

use super::{loaded, said, top};
use crate::app::fixture::Bench;
use crate::app::overlay::{Line, Overlay};
use crate::app::{Effect, Event, ImportRefused, Imported, ScreenWork, Ticket, Work};
use crate::model::Trouble;

fn line(bench: &Bench) -> &Line {
    match top(bench) {
        Some(Overlay::Line(line)) => line,
        other => panic!("{other:?}"),
    }
}

fn asked(effects: &[Effect]) -> (Ticket, &str) {
    match effects {
        [Effect::Do(Work::Import { ticket, path })] => (*ticket, path.to_str().unwrap()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_of_registries_is_imported_or_everything_wrong_in_it_is_told() {
    let mut bench = Bench::empty(80, 24);
    assert_eq!(bench.press("i<enter>"), []);
    assert!(
        line(&bench)
            .trouble
            .as_ref()
            .unwrap()
            .contains("name of a file")
    );
    // The path is completed as in the form.
    let effects = bench.press("/srv/r<right>");
    let [Effect::Do(Work::Complete { ticket, typed })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(typed, "/srv/r");
    let paths = vec!["/srv/registries.toml".to_owned()];
    bench.send(Event::Completed {
        ticket: *ticket,
        paths,
    });
    let effects = bench.press("<enter>");
    let (ticket, path) = asked(&effects);
    assert_eq!(path, "/srv/registries.toml");
    assert_eq!(bench.press("<enter>"), [], "once");
    let wrong = [
        "line 3: `adress` is no setting",
        "line 9: the name `hub` is given twice",
    ];
    let refused = ImportRefused {
        trouble: Trouble::new("it was not imported, and nothing is changed"),
        lines: wrong.map(str::to_owned).to_vec(),
    };
    bench.send(Event::Imported {
        ticket,
        result: Err(refused),
    });
    assert_eq!(line(&bench).details, wrong);
    assert!(
        line(&bench)
            .trouble
            .as_ref()
            .unwrap()
            .contains("nothing is changed")
    );
    let effects = bench.press("<enter>");
    let (ticket, _) = asked(&effects);
    let imported = Imported {
        added: vec!["hub".parse().unwrap(), "lab".parse().unwrap()],
        changed: vec!["old".parse().unwrap()],
        lack_secrets: 1,
    };
    bench.send(Event::Imported {
        ticket,
        result: Ok(imported),
    });
    assert!(top(&bench).is_none());
    assert_eq!(
        said(&bench),
        "2 registries added, 1 registry changed; passwords are not in the file: e puts them in \
         for 1"
    );
}

#[test]
fn what_came_of_an_import_is_said_though_its_line_is_left() {
    let mut bench = Bench::empty(80, 24);
    let effects = bench.press("i/srv/x<enter>");
    let (ticket, _) = asked(&effects);
    bench.press("<esc>");
    let result = Err(Trouble::new("it cannot be read").into());
    bench.send(Event::Imported { ticket, result });
    assert_eq!(said(&bench), "it cannot be read");
    let effects = bench.press("i/srv/x<enter>");
    let (ticket, _) = asked(&effects);
    bench.press("<esc>");
    let imported = Imported {
        added: vec!["hub".parse().unwrap()],
        ..Imported::default()
    };
    let result = Ok(imported);
    bench.send(Event::Imported { ticket, result });
    assert_eq!(said(&bench), "1 registry added; C crawls all");
}

#[test]
fn the_demonstration_begins_where_there_is_no_registry() {
    let mut bench = Bench::empty(80, 24);
    assert_eq!(bench.press("d"), [Effect::Screen(ScreenWork::Demo)]);
    let mut bench = loaded();
    assert_eq!(bench.press("d"), []);
    assert!(
        said(&bench).contains("`supercargo demo`"),
        "{}",
        said(&bench)
    );
}

#[test]
fn a_greeting_stays_until_the_first_key_whatever_happens() {
    let mut bench = loaded();
    bench.app.state.world.greeting = "what one is looking at";
    bench.send(Event::Notice(Trouble::new("news")));
    assert_eq!(bench.app.state.world.greeting, "what one is looking at");
    bench.press("j");
    assert_eq!(bench.app.state.world.greeting, "");
}
