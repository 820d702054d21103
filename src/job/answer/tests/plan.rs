//! The plan: decisions of every registry, with what they are about.

use super::crawled;
use crate::job::answer::answer;
use crate::model::{
    Answer, Cancel, Choice, Decided, Decision, Digest, Filter, Frees, Order, Planned, Question,
    RegistryId, Since, Subject, Timestamp,
};
use crate::store::{Access, Store};

fn decided(repository: &str, subject: Subject, choice: Choice) -> Decided {
    Decided {
        repository: repository.parse().unwrap(),
        subject,
        decision: Some(Decision {
            choice,
            note: None,
            at: Timestamp::from_second(1_900_000_000).unwrap(),
        }),
    }
}

fn plan(store: &Store, words: &str, cancel: &Cancel) -> Vec<Planned> {
    let question = Question::Plan {
        filter: Filter::new(words),
        order: Order::default(),
    };
    let Answer::Plan(listing) = answer(store, &question, cancel).unwrap() else {
        panic!("another answer")
    };
    listing.rows
}

#[test]
fn the_plan_is_that_of_all_registries_with_what_is_there_now() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
    let registries: [RegistryId; 2] = ["hub", "depot"].map(|name| crawled(&store, name));
    let cancel = Cancel::default();
    assert_eq!(plan(&store, "", &cancel), []);
    let tag = |tag: &str| Subject::Tag(tag.parse().unwrap());
    let gone = Subject::Image(Digest::sha256(b"gone"));
    let all = [
        decided("team/b", tag("1.9"), Choice::Keep),
        decided("team/b", gone.clone(), Choice::Delete),
        decided("team/nowhere", tag("1"), Choice::Look),
    ];
    for registry in registries {
        store.decide(registry, &all).unwrap();
    }
    let rows = plan(&store, "", &cancel);
    assert_eq!(rows.len(), 6);
    // The registries by name, what would go first.
    let [depot, hub] = [&rows[0], &rows[1]];
    assert_eq!(
        (depot.place.registry, hub.place.registry),
        (registries[1], registries[0])
    );
    assert_eq!((&hub.place.subject, &hub.since), (&gone, &Since::Gone));
    assert_eq!(hub.frees, Frees::Nothing);
    let kept = plan(&store, "hub keep", &cancel);
    let [kept] = &kept[..] else {
        panic!("{kept:?}")
    };
    assert_eq!(
        (&kept.place.subject, &kept.since),
        (&tag("1.9"), &Since::Same)
    );
    let image = kept.image.as_ref().unwrap();
    assert!(image.tags.contains(&"1.9".parse().unwrap()));
    cancel.cancel();
    assert_eq!(plan(&store, "", &cancel), []);
}
