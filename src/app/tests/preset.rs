//! What the form fills in for a product, and forms of registries that are there: like
//! another, and to be looked at.

use super::form::{form, go};
use super::{at_nexus, loaded, said, top};
use crate::app::fixture::Bench;
use crate::app::overlay::{Key, Overlay};
use crate::app::{Effect, Work};
use crate::model::{PRESETS, PasswordSource, SecretKind};

const TYPE: Key = Key::Setting("type");

fn value(bench: &Bench, key: &'static str) -> String {
    let mut entries = form(bench).entries.iter();
    let entry = entries.find(|entry| entry.key == Key::Setting(key));
    entry.unwrap().value()
}

/// Turns the type, with which the focus is, to this product.
fn choose(bench: &mut Bench, product: &str) {
    for _ in 0..20 {
        if value(bench, "type") == product {
            return;
        }
        bench.press("<right>");
    }
    panic!("no {product}")
}

#[test]
fn choosing_a_product_fills_in_what_is_known_and_says_what_it_needs() {
    for preset in &PRESETS {
        let mut bench = loaded();
        bench.press("a");
        go(&mut bench, TYPE);
        choose(&mut bench, preset.product.as_str());
        assert_eq!(form(&bench).help(), preset.needs);
        for (key, known) in preset.values {
            assert_eq!(value(&bench, key), *known, "{} {key}", preset.product);
        }
        // Another product takes it back.
        choose(&mut bench, "auto");
        for (key, _) in preset.values {
            let mut fresh = loaded();
            fresh.press("a");
            assert_eq!(
                value(&bench, key),
                value(&fresh, key),
                "{} {key}",
                preset.product
            );
        }
    }
}

#[test]
fn what_was_typed_is_never_filled_in() {
    let mut bench = loaded();
    bench.press("ahub<tab>https://mirror.example");
    go(&mut bench, Key::Setting("username"));
    bench.press("ann");
    go(&mut bench, TYPE);
    for product in ["docker-hub", "ecr", "artifact-registry", "ghcr"] {
        choose(&mut bench, product);
        assert_eq!(value(&bench, "address"), "https://mirror.example");
        assert_eq!(value(&bench, "username"), "ann");
    }
    // A registry that is known keeps its own, too.
    let mut bench = at_nexus();
    bench.press("e");
    go(&mut bench, TYPE);
    choose(&mut bench, "ghcr");
    assert_eq!(value(&bench, "address"), "https://nexus.example:8443");
}

#[test]
fn a_registry_is_added_like_another_without_its_password() {
    let mut bench = at_nexus();
    bench.registries[0].spec.username = Some("ann".into());
    bench.registries[0].spec.password = PasswordSource::OsStore;
    bench.registries[0].spec.limits.page_size = 77;
    bench.registries[4].spec.name = "nexus-prod-2".parse().unwrap();
    bench.send(crate::app::Event::InventoryChanged);
    bench.press("Y");
    assert_eq!(
        value(&bench, "name"),
        "nexus-prod-3",
        "the next that is free"
    );
    assert_eq!(value(&bench, "page-size"), "77");
    assert_eq!(form(&bench).placeholder(), "not copied");
    assert!(!form(&bench).is_changed());
    // What is kept for the other is not this one's.
    assert_eq!(bench.press("<c-s>"), []);
    let password = form(&bench).focused().unwrap();
    assert_eq!(password.key, Key::Secret(SecretKind::Password));
    assert!(
        password
            .error
            .as_ref()
            .unwrap()
            .contains("type the password")
    );
    let effects = bench.press("hunter2<c-s>");
    let [Effect::Do(Work::Save { id: None, spec, .. })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(spec.name.as_str(), "nexus-prod-3");
    assert_eq!(spec.limits.page_size, 77);
}

#[test]
fn where_nothing_may_be_saved_a_registry_is_looked_at() {
    let mut bench = at_nexus();
    bench.app.read_only();
    bench.press("e");
    assert_eq!(form(&bench).title(), "nexus-prod: view only");
    bench.press("x");
    assert!(said(&bench).contains("view only"), "{}", said(&bench));
    bench.send(crate::app::Event::Paste("pasted".into()));
    assert_eq!(value(&bench, "name"), "nexus-prod");
    assert_eq!(bench.press("<c-s>"), []);
    assert!(said(&bench).contains("view only"), "{}", said(&bench));
    assert_eq!(bench.press("<c-t>").len(), 1, "a check changes nothing");
    bench.press("<esc><c-n><esc>");
    assert!(top(&bench).is_none());
    for keys in ["a", "Y", "<c-x>"] {
        assert_eq!(bench.press(keys), []);
        assert!(top(&bench).is_none(), "{keys}");
        assert!(
            said(&bench).contains("--read-only"),
            "{keys}: {}",
            said(&bench)
        );
    }
    let mut bench = at_nexus();
    bench.press("e");
    assert!(matches!(top(&bench), Some(Overlay::Form(form)) if form.title() == "Edit nexus-prod"));
}
