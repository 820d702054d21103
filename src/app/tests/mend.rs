//! From what failed in a check to the setting that mends it.

use super::form::form;
use super::{at_nexus, loaded, said, top};
use crate::app::fixture::Bench;
use crate::app::overlay::{Key, Overlay};
use crate::app::{Effect, Event, Work};
use crate::model::setting::Section;
use crate::model::{CheckReport, Class, Failure, SecretKind, Stage, StageReport, Verdict};

/// A report of which one stage failed.
fn failed(stage: Stage, class: Class, hint: &str) -> CheckReport {
    let failure = Failure::new(stage, class, "the words of the failure").with_hint(hint);
    CheckReport {
        stages: vec![StageReport {
            stage,
            verdict: Verdict::Failed(failure),
            facts: Vec::new(),
            elapsed: std::time::Duration::ZERO,
        }],
    }
}

/// Has the check that is among the effects end so.
fn end(bench: &mut Bench, effects: &[Effect], report: CheckReport) {
    let [Effect::Do(Work::Check { ticket, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    bench.send(Event::Checked {
        ticket,
        report,
        done: true,
    });
}

#[test]
fn a_failed_check_leads_to_the_setting_that_mends_it() {
    let password = Key::Secret(SecretKind::Password);
    for (stage, class, hint, key, section) in [
        (
            Stage::Tls,
            Class::Tls,
            "pass its PEM file as `ca-file`",
            Key::Setting("ca-file"),
            Section::Network,
        ),
        (
            Stage::Token,
            Class::Authentication,
            "check the password",
            password,
            Section::SignIn,
        ),
        (
            Stage::Proxy,
            Class::Proxy,
            "",
            Key::Setting("proxy"),
            Section::Network,
        ),
        (
            Stage::Resolve,
            Class::Resolve,
            "",
            Key::Setting("address"),
            Section::Address,
        ),
        (
            Stage::Tags,
            Class::Timeout,
            "a slow registry needs a higher `read-timeout`",
            Key::Setting("read-timeout"),
            Section::Limits,
        ),
        (
            Stage::Catalogue,
            Class::Denied,
            "",
            Key::Setting("load-full-list"),
            Section::Load,
        ),
        (
            Stage::Api,
            Class::Denied,
            "",
            Key::Keeping(SecretKind::ApiToken),
            Section::SignIn,
        ),
    ] {
        // From the report of a registry that is saved, to which one comes back.
        let mut bench = at_nexus();
        let effects = bench.press("t");
        end(&mut bench, &effects, failed(stage, class, hint));
        bench.press("e");
        assert_eq!(form(&bench).focused().unwrap().key, key, "{stage} {class}");
        assert_eq!(form(&bench).section(), section);
        assert!(said(&bench).contains("the words of the failure"));
        bench.press("<esc>");
        assert!(matches!(top(&bench), Some(Overlay::Check(_))));

        // From the check beside the form.
        for key_pressed in ["e", "<enter>"] {
            let mut bench = loaded();
            let effects = bench.press("ahub<tab>https://hub.example<c-t>");
            end(&mut bench, &effects, failed(stage, class, hint));
            bench.press(key_pressed);
            assert_eq!(form(&bench).focused().unwrap().key, key, "{stage} {class}");
            assert!(form(&bench).is_in_fields() && form(&bench).check.is_some());
        }
    }
}

#[test]
fn what_no_setting_mends_is_said() {
    let mut bench = at_nexus();
    let effects = bench.press("t");
    let report = failed(Stage::Manifest, Class::Server, "");
    end(&mut bench, &effects, report);
    bench.press("e");
    assert_eq!(form(&bench).focused().unwrap().key, Key::Setting("name"));
    assert!(
        said(&bench).starts_with("no setting mends this: "),
        "{}",
        said(&bench)
    );
}

#[test]
fn keys_go_to_the_check_and_back_to_the_fields() {
    let mut bench = loaded();
    let effects = bench.press("ahub<tab>https://hub.example<c-t>");
    assert!(!form(&bench).is_in_fields());
    // Nothing has failed yet, and letters are not typed into a field that is not in focus.
    bench.press("e");
    assert!(
        said(&bench).contains("nothing has failed"),
        "{}",
        said(&bench)
    );
    bench.press("x");
    assert!(
        said(&bench).contains("means nothing here"),
        "{}",
        said(&bench)
    );
    bench.send(Event::Paste("pasted".into()));
    assert_eq!(
        form(&bench).focused().unwrap().value(),
        "https://hub.example"
    );
    bench.press("<tab>/base");
    assert_eq!(
        form(&bench).focused().unwrap().value(),
        "https://hub.example/base"
    );
    let report = failed(Stage::Tls, Class::Tls, "");
    end(&mut bench, &effects, report);
    // The check is closed first, then the form.
    bench.press("<esc>");
    assert!(form(&bench).check.is_none());
    assert_eq!(bench.press("<c-s>").len(), 1, "saved from the fields");
}
