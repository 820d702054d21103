//! What comes back when the program is started again, and themes by name.

use super::*;
use crate::app::ScreenWork;
use crate::app::fixture::ago;
use crate::app::page::PageId;
use crate::config::memory::Memory;
use crate::model::{ImageColumn, Order};

/// A machine that was left so.
fn recalled(memory: &Memory) -> (App, Vec<Effect>) {
    let size = Size {
        width: 80,
        height: 24,
    };
    let mut app = App::new(size, ago(0), KeyMap::standard());
    app.recall(memory);
    let effects = app.start();
    (app, effects)
}

#[test]
fn the_screen_comes_back_as_it_was_left() {
    let mut bench = at_nexus();
    bench.press("llosos");
    bench.press("z5:theme light<enter>");
    let memory = bench.app.memory();
    let (app, effects) = recalled(&memory);
    assert_eq!(app.memory(), memory);
    let state = &app.state;
    assert_eq!(
        (state.pages.at, state.world.theme),
        (PageId::Plan, Some("light"))
    );
    let by_size = Order {
        column: ImageColumn::Size,
        descending: true,
    };
    assert_eq!(state.pages.browse.images.order, by_size);
    // The page that is shown is asked for like any that one goes to.
    let asks = |effect: &Effect| match effect {
        Effect::Ask { question, .. } => matches!(question, Question::Plan { .. }),
        _ => false,
    };
    assert_eq!(effects.iter().filter(|effect| asks(effect)).count(), 1);
}

#[test]
fn what_means_nothing_is_left_out() {
    let memory = Memory {
        page: Some("cargo".to_owned()),
        theme: Some("neon".to_owned()),
        zoomed: false,
        orders: [
            ("images".to_owned(), "-weight".to_owned()),
            ("crates".to_owned(), "name".to_owned()),
        ]
        .into(),
    };
    let (app, _) = recalled(&memory);
    let (fresh, _) = recalled(&Memory::default());
    assert_eq!(app.memory(), fresh.memory());
    assert_eq!(app.state.pages.at, PageId::Browse);
}

#[test]
fn a_theme_is_chosen_by_name() {
    let look = |name| Effect::Screen(ScreenWork::Look(name));
    let said = |bench: &Bench| bench.app.state.world.notice.clone().unwrap().text;
    let mut bench = at_nexus();
    let chosen = bench.press(":theme high-contrast<enter>");
    assert_eq!(chosen, [look(Some("high-contrast"))]);
    assert_eq!(said(&bench), "theme high-contrast");
    assert_eq!(bench.press(":theme neon<enter>"), []);
    assert!(said(&bench).starts_with("there is no theme `neon`: use one of dark, light"));
    assert_eq!(bench.app.state.world.theme, Some("high-contrast"));
    assert_eq!(bench.press(":theme<enter>"), [look(None)]);
    bench.app.state.world.colourless = true;
    assert_eq!(bench.press(":theme light<enter>"), []);
    let why = said(&bench);
    assert!(why.contains("NO_COLOR"), "{why}");
}
