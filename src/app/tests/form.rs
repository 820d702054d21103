//! The form of a registry, its check and its answers.

use super::{at_nexus, loaded, said, top};
use crate::app::fixture::{self, Bench, NEXUS};
use crate::app::overlay::{self, OnYes, Overlay, SecretRequest};
use crate::app::{Effect, Event, Ticket, Work};
use crate::model::{
    PasswordSource, RegistryId, SaveError, SaveFault, Secret, SecretEntries, SecretEntry,
    SecretKind, StoreOffer, Trouble,
};

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
    bench.press("ahub<tab>https://hub.example<tab>");
    bench.press(
        "<right><tab><space><tab><tab>ann<tab><right><right><tab>hunter2<tab><tab>team/*, base<tab><tab>",
    );
    let effects = bench.press("<enter>");
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
    let Some(Overlay::Form(form)) = top(bench) else {
        panic!("{:?}", top(bench))
    };
    let wrong = form
        .entries
        .iter()
        .filter_map(|e| Some((e.key, e.error.clone()?)));
    wrong.collect()
}

#[test]
fn what_is_wrong_is_said_at_its_field() {
    use overlay::Key::{Argument, Setting};
    for (keys, at, says) in [
        ("<c-s>", Setting("name"), "it is empty"),
        ("hub<tab><c-s>", Setting("address"), "names no host"),
        (
            "hub<tab>hub:5000<tab>",
            Setting("address"),
            "https://hub:5000",
        ),
        (
            "hub<tab>https://h<tab><tab><tab><tab>ann<tab><right><right><c-s>",
            overlay::Key::Secret(SecretKind::Password),
            "type the password",
        ),
        (
            "hub<tab>https://h<tab><tab><tab><tab>ann<tab><right><right><right><right><right><right><tab>1 X<c-s>",
            Argument(SecretKind::Password, "env"),
            "no name",
        ),
        (
            "hub<tab>https://h<tab><tab><tab>b<c-s>",
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
fn an_error_under_more_settings_opens_them() {
    let mut bench = loaded();
    bench.press("ahub<tab>https://h");
    for _ in 0..8 {
        bench.press("<tab>");
    }
    bench.press("<space><tab>api.example<s-tab><space><c-s>");
    let Some(Overlay::Form(form)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert!(form.more);
    let entry = form.focused().unwrap();
    assert_eq!(entry.key, overlay::Key::Setting("api"));
    assert!(entry.error.as_ref().unwrap().contains("no scheme"));
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
    bench2.press("<tab><tab><tab><tab><tab><tab><tab>");
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

/// The second line of help.
fn range(bench: &Bench) -> String {
    match top(bench) {
        Some(Overlay::Form(form)) => form.range(),
        other => panic!("{other:?}"),
    }
}

fn keeping(bench: &Bench) -> String {
    let Some(Overlay::Form(form)) = top(bench) else {
        panic!("{:?}", top(bench))
    };
    let at = form
        .entries
        .iter()
        .find(|e| e.key == overlay::Key::Keeping(SecretKind::Password));
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
    assert_eq!(bench.press("a<tab><tab><tab><tab><tab>"), []);
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
    bench.press("e<tab><tab><tab><tab><tab><tab>");
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
        let Some(Overlay::Form(form)) = top(bench) else {
            panic!("{:?}", top(bench))
        };
        let key = overlay::Key::Secret(SecretKind::Password);
        let password = form.entries.iter().find(|entry| entry.key == key);
        form.label(password.unwrap())
    };
    assert_eq!(called(&bench), "Password");
    bench.press("gi");
    let said = |bench: &Bench| match top(bench) {
        Some(Overlay::Form(form)) => form.focused().unwrap().value(),
        other => panic!("{other:?}"),
    };
    while said(&bench) != "gitflic" {
        bench.press("<right>");
    }
    assert_eq!(called(&bench), "Transport token");
    // Its help is about that, too, and another type brings the usual words back.
    bench.press("<tab><tab><tab>ann<tab><right><right><tab>");
    let help = |bench: &Bench| match top(bench) {
        Some(Overlay::Form(form)) => form.help(),
        other => panic!("{other:?}"),
    };
    assert!(
        help(&bench).starts_with("A transport token"),
        "{}",
        help(&bench)
    );
    bench.press("<s-tab><s-tab><s-tab><s-tab><s-tab>a");
    assert_eq!(
        (said(&bench).as_str(), called(&bench)),
        ("artifact-registry", "Password")
    );
}

#[test]
fn an_api_token_is_typed_into_the_form_as_a_password_is() {
    let mut bench = loaded();
    bench.press("ahub<tab>https://h");
    let keeping = overlay::Key::Keeping(SecretKind::ApiToken);
    let focused = |bench: &Bench| match top(bench) {
        Some(Overlay::Form(form)) => form.focused().unwrap().key,
        other => panic!("{other:?}"),
    };
    while focused(&bench) != overlay::Key::More {
        bench.press("<tab>");
    }
    bench.press("<space>");
    while focused(&bench) != keeping {
        bench.press("<tab>");
    }
    // What other tools keep for registries is not offered.
    let words = match top(&bench) {
        Some(Overlay::Form(form)) => match &form.focused().unwrap().input {
            overlay::Input::Choice { words, .. } => words.join("; "),
            other => panic!("{other:?}"),
        },
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
