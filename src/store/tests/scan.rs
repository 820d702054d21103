//! Walks over everything.

use std::sync::atomic::AtomicBool;

use super::*;

fn filled() -> Fixture {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        tag("a", "y", 1),
        listed("a", &["x", "y"]),
        found("b", 2),
        tag("b", "z", 2),
        listed("b", &["z"]),
        listed("c", &[]),
    ]);
    f
}

/// What a walk shows that goes on as `onward` says, and whether it came to the end.
fn walked(f: &Fixture, onward: impl Fn(&str) -> Onward) -> (Vec<String>, bool) {
    let mut rows = Vec::new();
    let ended = f.store.scan(f.id, None, &AtomicBool::new(false), |row| {
        let text = match row {
            Scanned::Repository(name) => name.to_owned(),
            Scanned::Tag(name, digest) => {
                format!("{name} {}", Digest::from_bytes(digest).unwrap().short())
            }
            Scanned::Image(digest) => Digest::from_bytes(digest).unwrap().short(),
        };
        let on = onward(&text);
        rows.push(text);
        on
    });
    (rows, ended.unwrap())
}

#[test]
fn every_row_is_come_to_in_order() {
    let f = filled();
    let (one, two) = (digest(1).short(), digest(2).short());
    let (rows, ended) = walked(&f, |_| Onward::Next);
    let all = [
        "a",
        &format!("x {one}"),
        &format!("y {one}"),
        &one,
        "b",
        &format!("z {two}"),
        &two,
        "c",
    ];
    assert_eq!(rows, all);
    assert!(ended);
}

#[test]
fn a_visitor_passes_over_repositories_and_ends_the_walk() {
    let f = filled();
    let (rows, ended) = walked(&f, |row| match row {
        "a" => Onward::NextRepository,
        _ => Onward::Next,
    });
    assert_eq!((rows.len(), ended), (5, true));
    let (rows, ended) = walked(&f, |row| match row {
        "b" => Onward::Stop,
        _ => Onward::Next,
    });
    assert_eq!((rows.len(), ended), (5, false));
    let mut repositories = 0;
    let ended = f.store.scan(f.id, None, &AtomicBool::new(true), |row| {
        repositories += u32::from(matches!(row, Scanned::Repository(_)));
        Onward::Next
    });
    assert_eq!((repositories, ended.unwrap()), (1, false), "cancelled");
}

#[test]
fn a_walk_over_damage_is_an_error() {
    let f = filled();
    f.store
        .lease
        .write("damage", |transaction| {
            let mut tags = transaction.open_table(schema::TAGS)?;
            tags.pop_first()?;
            Ok(())
        })
        .unwrap();
    let walked = f
        .store
        .scan(f.id, None, &AtomicBool::new(false), |_| Onward::Next);
    assert!(matches!(walked, Err(error) if error.is_state()));
}
