//! The line that `:` opens: what is typed into it does nothing.

use super::*;
use crate::app::field::Field;

const SAID: &str = "nothing was done: there is no command line yet; ? shows the keys";

fn typed(bench: &Bench) -> Option<&str> {
    bench.app.state.command_line.as_ref().map(Field::text)
}

#[test]
fn letters_behind_a_colon_never_act() {
    for before in ["", "l", "3", "l<enter><enter>", "?", "D", "f", "g"] {
        for line in [
            "ctx", "C", "q", "y", "D", "x", "wq!", "gg", "reg a", ":", "?",
        ] {
            for end in ["<enter>", "<esc>"] {
                let mut bench = at_nexus();
                bench.press(before);
                let state = |bench: &Bench| {
                    let state = &bench.app.state;
                    let selected = state.pages.browse.registry().map(|row| row.id);
                    (
                        state.pages.browse.focus,
                        state.overlays.len(),
                        selected,
                        state.world.starting.clone(),
                    )
                };
                let was = state(&bench);
                let at = format!("{before}:{line}{end}");
                assert_eq!(bench.press(":"), [], "{at}");
                assert_eq!(bench.press(line), [], "{at}");
                assert_eq!(typed(&bench), Some(line), "{at}");
                assert_eq!(bench.press(end), [], "{at}");
                assert_eq!((typed(&bench), said(&bench)), (None, SAID), "{at}");
                assert_eq!(state(&bench), was, "{at}");
            }
        }
    }
}

#[test]
fn keys_mean_again_what_they_did_once_the_line_has_ended() {
    let mut bench = at_nexus();
    assert_eq!(
        bench.press(":ctx<enter>c"),
        [Effect::Do(Work::StartCrawl(NEXUS))]
    );
    assert_eq!(said(&bench), "");
    assert_eq!(bench.press(":ctx<esc>q").len(), 0, "a crawl runs");
    assert!(matches!(top(&bench), Some(Overlay::Confirm(_))));
}

#[test]
fn a_line_is_edited_and_takes_what_is_pasted() {
    let mut bench = at_nexus();
    bench.press(":abc<backspace><c-u>x<up><down><tab>");
    bench.send(Event::Paste("y\nq".into()));
    assert_eq!(typed(&bench), Some("xy q"));
    assert_eq!(bench.app.state.pages.browse.registry().unwrap().id, NEXUS);
}

#[test]
fn what_holds_everywhere_holds_in_the_line() {
    let mut bench = at_nexus();
    assert_eq!(
        bench.press(":a<c-z><c-l>"),
        [
            Effect::Screen(ScreenWork::Suspend),
            Effect::Screen(ScreenWork::Redraw)
        ]
    );
    assert_eq!(typed(&bench), Some("a"));
    assert_eq!(bench.press("<c-c>"), [Effect::Screen(ScreenWork::Quit)]);
    bench.progress(&[(NEXUS, fixture::reading())]);
    assert_eq!(bench.press(":<c-c>"), []);
    assert_eq!(
        bench.press("y"),
        [Effect::Screen(ScreenWork::Quit)],
        "the question has the keys"
    );
}

#[test]
fn a_colon_is_text_where_text_is_typed() {
    let mut bench = at_nexus();
    bench.press("/a:b");
    assert_eq!(bench.app.state.pages.browse.registries.filter.text(), "a:b");
    bench.press("<esc>ahub<tab>https://hub");
    assert_eq!(typed(&bench), None);
    assert!(matches!(top(&bench), Some(Overlay::Form(_))));
}

#[test]
fn a_secret_that_is_asked_for_does_not_go_into_the_line() {
    let mut bench = at_nexus();
    bench.press(":ab");
    let request = SecretRequest {
        title: "Password of ann".into(),
        text: "to sign in at hub".into(),
        is_new: false,
    };
    let ticket = Ticket(9);
    bench.send(Event::SecretWanted { ticket, request });
    bench.press("hunter2");
    assert_eq!(typed(&bench), None);
    let effects = bench.press("<enter>");
    assert!(
        matches!(
            &effects[..],
            [Effect::Do(Work::GiveSecret {
                secret: Some(_),
                ..
            })]
        ),
        "{effects:?}"
    );
}
