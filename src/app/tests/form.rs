//! The form of a registry, its check and its answers.

use super::{at_nexus, loaded, said, top};
use crate::app::fixture::{self, Bench, NEXUS};
use crate::app::overlay::Entry;
use crate::app::overlay::{self, Form, OnYes, Overlay, SecretRequest};
use crate::app::{Effect, Event, ScreenWork, Ticket, Work};
use crate::model::setting::{SETTINGS, Section};
use crate::model::{
    PASSWORD_SOURCES, PasswordSource, RegistryId, SaveError, SaveFault, Secret, SecretEntries,
    SecretEntry, SecretKind, StoreOffer, Trouble,
};

const PASSWORD: overlay::Key = overlay::Key::Secret(SecretKind::Password);
const KEEPING: overlay::Key = overlay::Key::Keeping(SecretKind::Password);
const NAME: overlay::Key = overlay::Key::Setting("name");
const USER: overlay::Key = overlay::Key::Setting("username");

pub(super) fn form(bench: &Bench) -> &Form {
    match top(bench) {
        Some(Overlay::Form(form)) => form,
        other => panic!("{other:?}"),
    }
}

fn focused(bench: &Bench) -> overlay::Key {
    form(bench).focused().unwrap().key
}

/// Goes to a field by tab; returns what is to be done on the way.
pub(super) fn go(bench: &mut Bench, key: overlay::Key) -> Vec<Effect> {
    let mut effects = Vec::new();
    for _ in 0..60 {
        if focused(bench) == key {
            return effects;
        }
        effects.extend(bench.press("<tab>"));
    }
    panic!("no field {key:?}")
}

fn save(
    effects: &[Effect],
) -> (
    Ticket,
    Option<RegistryId>,
    &crate::model::RegistrySpec,
    &SecretEntry,
) {
    match effects {
        [
            Effect::Do(Work::Save {
                ticket,
                id,
                spec,
                secrets,
            }),
        ] => {
            assert_eq!(secrets.api_token, SecretEntry::From(PasswordSource::None));
            (*ticket, *id, spec, &secrets.password)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_registry_is_added_in_the_form() {
    let mut bench = loaded();
    bench.press("ahub<tab>https://hub.example<tab><right><tab><space>");
    go(&mut bench, USER);
    bench.press("ann<tab>hunter2<tab><right><right>");
    go(&mut bench, overlay::Key::Setting("repository"));
    let effects = bench.press("team/*, base<c-s>");
    let (ticket, id, spec, password) = save(&effects);
    assert_eq!(id, None);
    assert_eq!(spec.name.as_str(), "hub");
    assert_eq!(spec.product, Some(crate::model::Product::Generic));
    assert!(!spec.active);
    assert_eq!(spec.username.as_deref(), Some("ann"));
    assert_eq!(spec.repositories.patterns(), ["team/*", "base"]);
    assert_eq!(spec.password, PasswordSource::OsStore);
    assert_eq!(
        *password,
        SecretEntry::Typed(Secret::new("hunter2"), Some(PasswordSource::OsStore))
    );
    let debug = format!("{:?} {effects:?}", bench.app);
    assert!(!debug.contains("hunter2"));
    // Keys while it is being saved change nothing.
    assert_eq!(bench.press("<c-s>x"), []);
    let mut added = bench.registries[0].clone();
    added.id = RegistryId(9);
    added.spec = spec.clone();
    bench.registries.push(added);
    bench.send(Event::Saved {
        ticket,
        result: Ok(RegistryId(9)),
    });
    assert!(top(&bench).is_none());
    assert_eq!(
        bench.app.state.pages.browse.registry().unwrap().id,
        RegistryId(9)
    );
    assert_eq!(said(&bench), "`hub` is added; c crawls it");
}

#[test]
fn an_added_registry_is_not_hidden_by_a_filter() {
    let mut bench = loaded();
    let effects = bench.press("/harbor<enter>ahub<tab>https://h<c-s>");
    let (ticket, ..) = save(&effects);
    let mut added = bench.registries[0].clone();
    added.id = RegistryId(9);
    added.spec.name = "hub".parse().unwrap();
    bench.registries.push(added);
    bench.send(Event::Saved {
        ticket,
        result: Ok(RegistryId(9)),
    });
    assert_eq!(
        bench.app.state.pages.browse.registry().unwrap().id,
        RegistryId(9)
    );
    assert!(bench.app.state.pages.browse.registries.filter.is_empty());
}

#[test]
fn saving_ends_a_check_that_runs() {
    let mut bench = loaded();
    bench.press("ahub<tab>https://h<c-t>");
    let effects = bench.press("<c-s>");
    let (ticket, ..) = save(&effects);
    let effects = bench.send(Event::Saved {
        ticket,
        result: Ok(RegistryId(9)),
    });
    assert!(
        matches!(effects[..], [Effect::Do(Work::CancelCheck { .. })]),
        "{effects:?}"
    );
}

fn errors(bench: &Bench) -> Vec<(overlay::Key, String)> {
    let entries = form(bench).entries.iter();
    let wrong = entries.filter_map(|e| Some((e.key, e.error.clone()?)));
    wrong.collect()
}

#[test]
fn what_is_wrong_is_said_at_its_field() {
    use overlay::Key::{Argument, Setting};
    let user = "<c-n><tab>ann";
    for (keys, at, says) in [
        ("<c-s>".to_owned(), NAME, "it is empty"),
        ("hub<tab><c-s>".into(), Setting("address"), "names no host"),
        (
            "hub<tab>hub:5000<tab>".into(),
            Setting("address"),
            "https://hub:5000",
        ),
        (
            format!("hub<tab>https://h{user}<tab><tab><right><right><c-s>"),
            PASSWORD,
            "type the password",
        ),
        (
            format!(
                "hub<tab>https://h{user}<tab><tab><right><right><right><right><right><right><tab>1 \
                 X<c-s>"
            ),
            Argument(SecretKind::Password, "env"),
            "no name",
        ),
        (
            "hub<tab>https://h<c-n>b<c-s>".into(),
            Setting("username"),
            "needs a user name",
        ),
    ] {
        let mut bench = loaded();
        assert!(bench.press(&format!("a{keys}")).len() <= 1);
        let errors = errors(&bench);
        assert!(
            errors
                .iter()
                .any(|(key, text)| *key == at && text.contains(says)),
            "{keys}: {errors:?}"
        );
    }
}

#[test]
fn an_empty_field_that_is_passed_by_is_no_mistake_yet() {
    let mut bench = loaded();
    bench.press("a<tab><tab>");
    assert_eq!(errors(&bench), []);
    bench.press("<s-tab>x<backspace>h<tab>");
    assert_eq!(errors(&bench).len(), 1);
}

#[test]
fn saving_goes_to_the_section_of_the_first_wrong_field() {
    let mut bench = loaded();
    bench.press("ahub<tab>https://h");
    go(&mut bench, overlay::Key::Setting("page-size"));
    bench.press("<c-u>0");
    go(&mut bench, overlay::Key::Setting("proxy"));
    bench.press("<c-u>ftp://h");
    bench.press("<c-n>");
    assert_eq!(form(&bench).section(), Section::Address);
    assert_eq!(bench.press("<c-s>"), []);
    assert_eq!(focused(&bench), overlay::Key::Setting("page-size"));
    let wrong: Vec<Section> = Section::ALL
        .into_iter()
        .filter(|section| form(&bench).is_wrong(*section))
        .collect();
    assert_eq!(wrong, [Section::Limits, Section::Network]);
}

#[test]
fn keys_go_from_section_to_section_and_from_field_to_field_and_round() {
    let mut bench = loaded();
    bench.press("a");
    for (keys, there) in [
        ("<c-n>", "auth"),
        ("<pgdn>", "load-full-list"),
        ("<c-n>", "max-connections"),
        ("<c-n>", "insecure-skip-tls-verify"),
        ("<c-n>", "name"),
        ("<c-p>", "insecure-skip-tls-verify"),
        ("<pgup>", "max-connections"),
        ("<s-tab>", "lists-whole"),
        ("<c-p><c-p><up>", "http-version"),
        ("<down>", "name"),
    ] {
        bench.press(keys);
        assert_eq!(focused(&bench), overlay::Key::Setting(there), "{keys}");
    }
    // Every setting is reached by tab alone, in its section.
    let mut seen = Vec::new();
    while !seen.contains(&focused(&bench)) {
        seen.push(focused(&bench));
        bench.press("<tab>");
    }
    assert_eq!(focused(&bench), NAME);
    for setting in SETTINGS.iter().filter(|it| it.key != "api-token") {
        assert!(
            seen.contains(&overlay::Key::Setting(setting.key)),
            "{}",
            setting.key
        );
    }
}

#[test]
fn a_field_says_its_range_its_default_and_what_it_does() {
    let mut bench = loaded();
    bench.press("a");
    for (key, help, range) in [
        (
            "name",
            "What you call",
            "1 to 64 letters, digits, `.`, `_`, `-`",
        ),
        (
            "active",
            "Whether crawls",
            "space turns it on and off; default on",
        ),
        (
            "max-connections",
            "Requests in flight",
            "1 to 256; default 16",
        ),
        (
            "http-version",
            "HTTP versions",
            "left, right or a letter: auto, 1.1, 2; default auto",
        ),
        (
            "ca-file",
            "PEM certificates",
            "a path, or empty; the right arrow at its end completes it",
        ),
    ] {
        go(&mut bench, overlay::Key::Setting(key));
        let form = form(&bench);
        assert!(form.help().starts_with(help), "{key}: {}", form.help());
        assert_eq!(form.range(), range, "{key}");
    }
    // Of many choices none is left out.
    go(&mut bench, overlay::Key::Setting("type"));
    let advice = form(&bench).advice(76, 4);
    let said: Vec<&str> = advice.iter().map(|(_, line)| line.as_str()).collect();
    let said = said.join(" ");
    for product in crate::model::Product::ALL {
        assert!(said.contains(product.as_str()), "{product}: {said}");
    }
    // However little room there is, both are said.
    for (width, height) in [(56, 2), (76, 4)] {
        for setting in SETTINGS.iter().filter(|it| it.key != "api-token") {
            go(&mut bench, overlay::Key::Setting(setting.key));
            let advice = form(&bench).advice(width, height);
            assert!(
                (2..=usize::from(height)).contains(&advice.len()),
                "{advice:?}"
            );
            let words = setting.help.split_whitespace().next().unwrap();
            assert!(
                advice[0].1.starts_with(words) || setting.key == "type",
                "{advice:?}"
            );
        }
    }
}

#[test]
fn what_is_wrong_goes_as_soon_as_it_is_right() {
    let mut bench = loaded();
    bench.press("ahub<tab>hub:5000<tab>");
    assert_eq!(errors(&bench).len(), 1);
    bench.press("<s-tab><home>http:/");
    assert_eq!(errors(&bench).len(), 1, "not right yet");
    bench.press("/");
    assert_eq!(errors(&bench), []);
    // What contradicts another field is said when its section is left.
    bench.press("<c-n>b");
    assert_eq!(errors(&bench), []);
    bench.press("<c-n>");
    assert_eq!(errors(&bench)[0].0, USER);
    assert!(form(&bench).is_wrong(Section::SignIn));
    bench.press("<c-p>a");
    assert_eq!(errors(&bench), [], "the other field mends it as well");
}

#[test]
fn a_password_that_would_not_be_kept_is_said_at_once() {
    let mut bench = loaded();
    bench.press("ahub<tab>https://h<c-n><tab>ann<tab>hunter2<tab>");
    assert_eq!(
        errors(&bench),
        [],
        "without a place chosen it goes to the first that works"
    );
    // On through every place there is.
    let mut told = Vec::new();
    for _ in 0..PASSWORD_SOURCES.len() {
        bench.press("<right>");
        let said = errors(&bench);
        assert!(said.iter().all(|(key, _)| *key == PASSWORD), "{said:?}");
        told.push((keeping(&bench), said.len()));
        let typed = form(&bench)
            .entries
            .iter()
            .find(|entry| entry.key == PASSWORD);
        assert_eq!(typed.map(Entry::letters), Some(7), "it stays");
    }
    let lost: Vec<&str> = told
        .iter()
        .filter(|(_, errors)| *errors > 0)
        .map(|(place, _)| place.as_str())
        .collect();
    let places = PASSWORD_SOURCES.iter().filter(|place| !place.is_typed());
    let places = places.filter(|place| **place != PasswordSource::Auto);
    let places: Vec<&str> = places.map(|place| place.place().choice).collect();
    assert_eq!(lost, places);
    // Another type keeps it, too.
    bench.press("<c-p><tab><tab>h");
    let effects = bench.press("<c-s>");
    let (_, _, spec, password) = save(&effects);
    assert_eq!(*password, SecretEntry::Typed(Secret::new("hunter2"), None));
    assert_eq!(spec.product, Some(crate::model::Product::Harbor));
}

#[test]
fn what_a_place_for_passwords_means_is_said_when_it_is_chosen() {
    let mut bench = loaded();
    bench.press("a");
    go(&mut bench, KEEPING);
    let mut said = Vec::new();
    for _ in 0..PASSWORD_SOURCES.len() {
        said.push(form(&bench).help());
        bench.press("<right>");
    }
    let meant: Vec<&str> = PASSWORD_SOURCES
        .iter()
        .map(|place| place.place().meaning)
        .collect();
    assert_eq!(said, meant);
}

#[test]
fn the_store_may_refuse_what_the_form_took() {
    let mut bench = loaded();
    let effects = bench.press("aharbor<tab>https://h<c-s>");
    let (ticket, ..) = save(&effects);
    let message = "there is a registry `harbor` already".to_owned();
    bench.send(Event::Saved {
        ticket,
        result: Err(SaveError {
            fault: SaveFault::Setting("name"),
            trouble: Trouble::new(message.clone()),
        }),
    });
    assert_eq!(errors(&bench), [(overlay::Key::Setting("name"), message)]);
    assert_eq!(bench.press("<c-s>").len(), 1, "it can be tried again");
}

#[test]
fn a_password_that_cannot_be_kept_is_told_in_the_words_of_the_form() {
    let (store, variable) = ("no secret store works here", "`PW` is not set");
    let error = |fault, message: &str| SaveError {
        fault,
        trouble: Trouble {
            message: message.to_owned(),
            hint: Some("use `--password-env VAR`".to_owned()),
        },
    };
    for (error, wanted) in [
        (
            error(SaveFault::NoStore(store.into()), "no D-Bus, in many words"),
            format!("{store}: choose the encrypted file, memory, a variable or a command"),
        ),
        (
            error(SaveFault::Secret, variable),
            format!("{variable}: use `--password-env VAR`"),
        ),
    ] {
        let mut bench = at_nexus();
        let effects = bench.press("e<c-s>");
        let (ticket, ..) = save(&effects);
        let result = Err(error);
        bench.send(Event::Saved { ticket, result });
        let Some(Overlay::Form(form)) = top(&bench) else {
            panic!("the form is closed")
        };
        assert_eq!(form.trouble, Some(wanted));
    }
}

#[test]
fn an_edited_registry_keeps_its_password_unless_another_is_typed() {
    let mut bench = at_nexus();
    bench.registries[0].spec.username = Some("ann".into());
    bench.registries[0].spec.password = PasswordSource::OsStore;
    bench.send(Event::InventoryChanged);
    let effects = bench.press("e<c-s>");
    let (_, id, spec, password) = save(&effects);
    assert_eq!((id, password), (Some(NEXUS), &SecretEntry::Keep));
    assert_eq!(spec.password, PasswordSource::OsStore);
    let mut bench2 = loaded();
    bench2.registries = bench.registries.clone();
    bench2.send(Event::InventoryChanged);
    bench2.press("jjje");
    go(&mut bench2, PASSWORD);
    bench2.send(Event::Paste("new\n".into()));
    let effects = bench2.press("<c-s>");
    assert_eq!(
        *save(&effects).3,
        SecretEntry::Typed(Secret::new("new"), Some(PasswordSource::OsStore))
    );
}

#[test]
fn leaving_asks_where_something_was_changed() {
    let mut bench = loaded();
    bench.press("a<esc>");
    assert!(top(&bench).is_none());
    bench.press("ax<esc>");
    assert!(matches!(top(&bench), Some(Overlay::Confirm(c)) if c.on_yes == OnYes::Discard));
    bench.press("n");
    assert!(matches!(top(&bench), Some(Overlay::Form(_))));
    bench.press("<esc>y");
    assert!(top(&bench).is_none());
}

#[test]
fn quitting_asks_where_a_form_is_changed() {
    let quits = [Effect::Screen(ScreenWork::Quit)];
    let mut bench = loaded();
    assert_eq!(bench.press("a<c-c>"), quits, "nothing would be lost");
    bench.press("hub");
    assert_eq!(bench.press("<c-c>"), []);
    assert!(matches!(top(&bench), Some(Overlay::Confirm(c)) if c.text.contains("in the form")));
    assert_eq!(bench.press("n"), []);
    assert_eq!(form(&bench).focused().unwrap().value(), "hub", "it is kept");
    assert_eq!(bench.press("<c-c>y"), quits);
    // A second time it is meant.
    let mut bench = loaded();
    assert_eq!(bench.press("ahub<c-c><c-c>"), quits);
    // What runs besides is said, too.
    let mut bench = loaded();
    bench.progress(&[(NEXUS, fixture::reading())]);
    bench.press("ahub<c-c>");
    assert!(
        matches!(top(&bench), Some(Overlay::Confirm(c)) if c.text.contains("in the form is lost. A crawl")),
        "{:?}",
        top(&bench)
    );
}

#[test]
fn a_check_from_the_form_saves_nothing_and_old_answers_are_dropped() {
    let mut bench = loaded();
    let effects = bench.press("ahub<tab>https://hub.example<c-t>");
    let [
        Effect::Do(Work::Check {
            ticket: first,
            id: None,
            spec,
            secrets,
        }),
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(secrets.password, SecretEntry::From(PasswordSource::Auto));
    assert_eq!(spec.name.as_str(), "hub");
    assert!(bench.app.animates());
    let effects = bench.press("<c-t>");
    let [
        Effect::Do(Work::CancelCheck { ticket }),
        Effect::Do(Work::Check { ticket: second, .. }),
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(ticket, first);
    let send = |bench: &mut Bench, ticket: Ticket| {
        let before = bench.app.revision();
        bench.send(Event::Checked {
            ticket,
            report: fixture::report(),
            done: true,
        });
        bench.app.revision() > before
    };
    assert!(!send(&mut bench, *first));
    assert!(send(&mut bench, *second));
    assert!(!bench.app.animates());
    bench.press("<esc>");
    assert!(matches!(top(&bench), Some(Overlay::Form(form)) if form.check.is_none()));
}

#[test]
fn a_check_scrolls_to_what_failed() {
    for (height, wanted) in [(24, 2), (16, 10)] {
        let mut bench = Bench::loaded(60, height);
        let effects = bench.press("t");
        let [Effect::Do(Work::Check { ticket, .. })] = effects[..] else {
            panic!("{effects:?}")
        };
        bench.send(Event::Checked {
            ticket,
            report: fixture::report(),
            done: true,
        });
        let Some(Overlay::Check(check)) = top(&bench) else {
            panic!("{:?}", top(&bench))
        };
        assert_eq!(check.scroll.0, wanted, "{height}");
    }
}

#[test]
fn a_saved_registry_is_checked_with_its_kept_password() {
    let mut bench = at_nexus();
    let effects = bench.press("t");
    let [
        Effect::Do(Work::Check {
            ticket,
            id: Some(NEXUS),
            secrets: SecretEntries::KEEP,
            ..
        }),
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(bench.press("r"), [], "one check at a time");
    bench.send(Event::Checked {
        ticket: *ticket,
        report: fixture::report(),
        done: true,
    });
    assert!(matches!(
        &bench.press("r")[..],
        [Effect::Do(Work::Check { .. })]
    ));
    assert!(matches!(
        &bench.press("<esc>")[..],
        [Effect::Do(Work::CancelCheck { .. })]
    ));
    assert!(top(&bench).is_none());
}

#[test]
fn a_secret_that_something_waits_for_is_asked_and_answered() {
    let request = SecretRequest {
        title: "Passphrase".into(),
        text: "of the encrypted file".into(),
        is_new: false,
    };
    let mut bench = loaded();
    for (keys, answer) in [
        ("hq?2<enter>", Some(Secret::new("hq?2"))),
        ("typed<esc>", None),
    ] {
        let ticket = Ticket(7);
        bench.send(Event::SecretWanted {
            ticket,
            request: request.clone(),
        });
        let effects = bench.press(keys);
        let expected = Effect::Do(Work::GiveSecret {
            ticket,
            secret: answer,
        });
        assert_eq!(effects, [expected]);
        assert!(top(&bench).is_none());
    }
}

/// What is said of the range of the field in focus.
fn range(bench: &Bench) -> String {
    form(bench).range()
}

fn keeping(bench: &Bench) -> String {
    let at = form(bench).entries.iter().find(|e| e.key == KEEPING);
    at.unwrap().value()
}

fn offer(store: PasswordSource, trouble: Option<&str>) -> StoreOffer {
    StoreOffer {
        store,
        trouble: trouble.map(Trouble::new),
    }
}

#[test]
fn stores_are_tried_when_their_field_is_reached_and_those_that_fail_are_passed_over() {
    let mut bench = loaded();
    bench.press("a");
    assert_eq!(go(&mut bench, PASSWORD), []);
    assert_eq!(bench.press("<tab>"), [Effect::Do(Work::TryStores)]);
    assert!(range(&bench).starts_with("trying"), "{}", range(&bench));
    let unable = Some("no store works here: no D-Bus");
    bench.send(Event::StoresTried(vec![
        offer(PasswordSource::OsStore, unable),
        offer(PasswordSource::Keyutils, Some("refused")),
        offer(PasswordSource::File, None),
    ]));
    let said = range(&bench);
    assert!(
        said.contains("not working here") && said.contains("secret store, the kernel's keyring"),
        "{said}"
    );
    bench.press("<right><right>");
    assert!(keeping(&bench).contains("encrypted"), "{}", keeping(&bench));
    let kept = "works here; keeps it until you remove it, encrypted with your passphrase";
    assert_eq!(range(&bench), kept);
    bench.press("<left><left><left>");
    assert!(keeping(&bench).contains("podman"), "{}", keeping(&bench));
    // Nothing is tried where nothing can be saved.
    bench.send(Event::StoresTried(Vec::new()));
    assert!(
        range(&bench).starts_with("left, right"),
        "{}",
        range(&bench)
    );
    // Once a form: its field may be reached again.
    assert_eq!(bench.press("<tab><s-tab>"), []);
}

#[test]
fn a_store_that_is_set_and_fails_is_shown_with_why() {
    let mut bench = at_nexus();
    bench.registries[0].spec.username = Some("ann".into());
    bench.registries[0].spec.password = PasswordSource::OsStore;
    bench.send(Event::InventoryChanged);
    bench.press("e");
    go(&mut bench, KEEPING);
    bench.send(Event::StoresTried(vec![offer(
        PasswordSource::OsStore,
        Some("no store works here: no D-Bus"),
    )]));
    assert!(keeping(&bench).contains("system"));
    assert_eq!(range(&bench), "no store works here: no D-Bus");
}

#[test]
fn a_check_is_shown_stage_by_stage() {
    let mut bench = loaded();
    let effects = bench.press("t");
    let [Effect::Do(Work::Check { ticket, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    let shown = |bench: &Bench| match top(bench) {
        Some(Overlay::Check(check)) => {
            let lines = check.document(70).lines;
            lines
                .iter()
                .map(|line| format!("{}{}", line.label, line.text))
                .collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let first = shown(&bench).pop().unwrap();
    assert!(
        first.starts_with("  resolve ") && first.ends_with('…'),
        "{first}"
    );
    let mut report = fixture::report();
    report.stages.truncate(2);
    for (done, last) in [(false, "proxy"), (true, "connect")] {
        let report = report.clone();
        bench.send(Event::Checked {
            ticket,
            report,
            done,
        });
        let lines = shown(&bench);
        assert!(lines.iter().any(|line| line.contains("connect")));
        let stage = lines.iter().rfind(|line| !line.starts_with("     "));
        assert!(stage.unwrap().trim().starts_with(last), "{lines:?}");
    }
}

#[test]
fn fields_are_called_as_the_product_that_is_chosen_calls_them() {
    let mut bench = loaded();
    bench.press("ahub<tab>https://h<tab>");
    let called = |bench: &Bench| {
        let form = form(bench);
        let password = form.entries.iter().find(|entry| entry.key == PASSWORD);
        form.label(password.unwrap())
    };
    assert_eq!(called(&bench), "Password");
    bench.press("gi");
    let said = |bench: &Bench| form(bench).focused().unwrap().value();
    while said(&bench) != "gitflic" {
        bench.press("<right>");
    }
    assert_eq!(called(&bench), "Transport token");
    // Its help is about that, too, and another type brings the usual words back.
    go(&mut bench, PASSWORD);
    let help = form(&bench).help();
    assert!(help.starts_with("A transport token"), "{help}");
    bench.press("<c-p><tab><tab>a");
    assert_eq!(
        (said(&bench).as_str(), called(&bench)),
        ("artifact-registry", "Token or key")
    );
}

#[test]
fn an_api_token_is_typed_into_the_form_as_a_password_is() {
    let mut bench = loaded();
    bench.press("ahub<tab>https://h");
    go(&mut bench, overlay::Key::Keeping(SecretKind::ApiToken));
    // What other tools keep for registries is not offered.
    let words = match &form(&bench).focused().unwrap().input {
        overlay::Input::Choice { words, .. } => words.join("; "),
        other => panic!("{other:?}"),
    };
    assert!(
        !words.contains("docker") && !words.contains("podman"),
        "{words}"
    );
    bench.press("<right><c-s>");
    let wrong = errors(&bench);
    assert_eq!(wrong[0].0, overlay::Key::Secret(SecretKind::ApiToken));
    assert!(
        wrong[0]
            .1
            .contains("type the API token, or choose `no token"),
        "{wrong:?}"
    );
    bench.send(Event::Paste("sentinel-token\n".into()));
    let effects = bench.press("<c-s>");
    let [Effect::Do(Work::Save { spec, secrets, .. })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(spec.api_token, PasswordSource::OsStore);
    let typed = SecretEntry::Typed(Secret::new("sentinel-token"), Some(PasswordSource::OsStore));
    assert_eq!(secrets.api_token, typed);
    assert_eq!(secrets.password, SecretEntry::From(PasswordSource::Auto));
    assert!(!format!("{:?} {effects:?}", bench.app).contains("sentinel"));
}
