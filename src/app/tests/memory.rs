//! What comes back when the program is started again, and themes by name.

use super::*;
use crate::app::ScreenWork;
use crate::app::fixture::ago;
use crate::app::layout;
use crate::app::page::{PageId, browse};
use crate::config::memory::{Memory, Panes};
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
fn the_panes_come_back_as_wide_and_of_as_much_as_they_were() {
    let mut bench = Bench::loaded(160, 45);
    bench.press("/nexus<enter>lwT");
    let shown = |app: &App| {
        let areas = layout::areas(app.state.world.size).unwrap();
        app.state.pages.browse.panes(areas.body)
    };
    let before = shown(&bench.app);
    bench.press("<lt><lt>");
    let after = shown(&bench.app);
    let width = |panes: browse::Panes| panes.repositories.map(|area| area.width);
    assert_eq!(
        width(after),
        width(before).map(|width| width - 8),
        "{before:?}"
    );
    bench.press("lwwh");
    let memory = bench.app.memory();
    assert_eq!(
        memory.panes.widths,
        [("repositories".to_owned(), -8)].into()
    );
    assert_eq!(memory.panes.images_of.as_deref(), Some("registry"));
    assert!(memory.panes.all_registries && memory.panes.tree);
    let (app, _) = recalled(&memory);
    assert_eq!(app.memory(), memory);
    let browse = &app.state.pages.browse;
    assert!(browse.is_tree() && browse.repositories.is_folded);
    // A key takes back what a key did, and what was never moved is not written.
    bench.press(">>");
    assert_eq!(bench.app.memory().panes.widths, [].into());
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
        panes: Panes {
            widths: [("crates".to_owned(), 12)].into(),
            images_of: Some("ships".to_owned()),
            ..Panes::default()
        },
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
