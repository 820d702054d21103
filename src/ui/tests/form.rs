//! The form of a registry: its sections, what is wrong, the check.

use super::{Bench, dark, painted, text, tickets};
use crate::app::fixture;
use crate::app::words::fit;
use crate::app::{Effect, Event, ImportRefused, Work};
use crate::model::setting::{SETTINGS, Section};
use crate::model::{PASSWORD_SOURCES, PasswordSource, StoreOffer, Trouble};

const SIZES: [(u16, u16); 3] = [(60, 16), (80, 24), (160, 45)];

#[test]
fn form_sections() {
    for (keys, name) in [
        ("", "address"),
        ("<c-n><tab>", "sign-in"),
        ("<c-n><c-n>", "what-to-load"),
        ("<c-p><c-p><tab>", "limits"),
        ("<c-p>", "tls-and-proxy"),
    ] {
        scene!(SIZES, &format!("form_section_{name}"), |width, height| {
            let mut bench = Bench::loaded(width, height);
            bench.press("e");
            bench.press(keys);
            bench
        });
    }
}

#[test]
fn form_with_errors() {
    scene!(SIZES, "form_with_errors", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("anew registry<tab>harbor.local:8443<tab><c-p><tab><tab><tab><tab><tab>x");
        bench.press("<c-s>");
        bench
    });
}

#[test]
fn form_with_password() {
    scene!(SIZES, "form_with_password", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("aharbor-2<tab>https://harbor.example<tab>h<c-n><tab>robot$ci");
        bench.press("<tab>hunter2<tab><right><right>");
        let works = |store: &PasswordSource| StoreOffer {
            store: store.clone(),
            trouble: None,
        };
        let ours = PASSWORD_SOURCES.iter().filter(|place| place.is_ours());
        bench.send(Event::StoresTried(ours.map(works).collect()));
        bench
    });
}

#[test]
fn form_with_check() {
    scene!(SIZES, "form_with_check", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("aharbor-2<tab>https://harbor.example");
        let ticket = tickets(&bench.press("<c-t>"));
        bench.send(Event::Checked {
            ticket,
            report: fixture::report(),
            done: true,
        });
        bench
    });
}

#[test]
fn form_with_offers() {
    scene!(SIZES, "form_with_offers", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("ahub<tab>https://hub.example<c-p><tab>");
        let effects = bench.press("/etc/ssl/corp<right>");
        let Some(Effect::Do(Work::Complete { ticket, .. })) = effects.last() else {
            panic!("{effects:?}")
        };
        let names = [
            "corp-2024.pem",
            "corp-2026.pem",
            "corp\u{202e}mep.pem",
            "corp/",
        ];
        bench.send(Event::Completed {
            ticket: *ticket,
            paths: names.map(|name| format!("/etc/ssl/{name}")).to_vec(),
        });
        bench
    });
}

#[test]
fn import_refused() {
    scene!(SIZES, "import_refused", |width, height| {
        let mut bench = Bench::empty(width, height);
        let effects = bench.press("iregistries.toml<enter>");
        let Some(Effect::Do(Work::Import { ticket, .. })) = effects.last() else {
            panic!("{effects:?}")
        };
        let lines = (3..40).map(|n| format!("line {n}: `adress` is no setting of a registry"));
        let refused = ImportRefused {
            trouble: Trouble::new("it was not imported, and nothing is changed"),
            lines: lines.collect(),
        };
        bench.send(Event::Imported {
            ticket: *ticket,
            result: Err(refused),
        });
        bench
    });
}

/// At the smallest size every section is named, and marked where something is wrong in it.
#[test]
fn sections_have_room_at_every_width() {
    for width in 60..=250 {
        let mut bench = Bench::loaded(width, 16);
        bench.press("ax y<c-p>");
        let shown = text(&painted(&bench, &dark()).0).join("\n");
        for section in Section::ALL {
            assert!(shown.contains(section.title()), "{width}: {shown}");
        }
        assert!(shown.contains('✗'), "{width}: {shown}");
    }
}

/// What is chosen of where a secret is kept, and what is wrong, has room at 80 columns.
#[test]
fn words_have_room_in_the_column_of_values() {
    let areas = crate::app::layout::areas(crate::app::Size {
        width: 80,
        height: 24,
    });
    let form = crate::app::layout::form(areas.unwrap().page, None);
    let room = usize::from(form.fields.width - crate::app::overlay::FORM_COLUMN);
    for place in &PASSWORD_SOURCES {
        let choice = format!("‹ {} ›", place.place().choice);
        assert_eq!(fit(&choice, room), choice);
    }
    let label = usize::from(crate::app::overlay::FORM_COLUMN) - 3;
    for setting in SETTINGS {
        assert_eq!(fit(setting.label, label), setting.label);
    }
}
