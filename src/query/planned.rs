//! Decisions as a plan: what each is about now, and what it would free; filtered and ordered.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{filter, lead_tag, natural};
use crate::model::{
    Change, Choice, Decided, Decision, Digest, Filter, Frees, ImageRow, Listing, Order, PlanColumn,
    Planned, PlannedImage, PlannedPlace, RegistryId, Since, Subject, Tag, What,
};

/// What was decided in one repository, with what is there now. `images` are all of the
/// repository, `history` its changes, the newest first.
pub fn planned(
    registry: RegistryId,
    decided: &[Decided],
    images: &[ImageRow],
    history: &[Change],
) -> Vec<Planned> {
    let by_digest: BTreeMap<&Digest, &ImageRow> =
        images.iter().map(|row| (&row.digest, row)).collect();
    let by_tag: BTreeMap<&Tag, &ImageRow> = images
        .iter()
        .flat_map(|row| row.tags.iter().map(move |tag| (tag, row)))
        .collect();
    let one = |one: &Decided| {
        let decision = one.decision.clone()?;
        let image = match &one.subject {
            Subject::Image(digest) => by_digest.get(digest),
            Subject::Tag(tag) => by_tag.get(tag),
        };
        let image = image.copied();
        Some(Planned {
            since: since(&one.subject, &decision, image, history),
            frees: frees(&one.subject, decision.choice, image),
            image: image.map(|row| PlannedImage {
                digest: row.digest.clone(),
                tags: row.tags.clone(),
                dated: row.dated(),
                pulled: row.facts.pulled,
            }),
            place: PlannedPlace {
                registry,
                repository: one.repository.clone(),
                subject: one.subject.clone(),
            },
            decision,
        })
    };
    decided.iter().filter_map(one).collect()
}

fn since(
    subject: &Subject,
    decision: &Decision,
    image: Option<&ImageRow>,
    history: &[Change],
) -> Since {
    let Some(image) = image else {
        return Since::Gone;
    };
    let later = history.iter().filter(|change| change.at > decision.at);
    match subject {
        Subject::Tag(tag) => {
            // What it named first of all that it left since.
            let mut left = later.filter_map(|change| match &change.what {
                What::TagMoved { tag: of, from, .. } | What::TagGone { tag: of, from }
                    if of == tag =>
                {
                    Some(from)
                }
                _ => None,
            });
            match left.next_back() {
                Some(from) if *from != image.digest => Since::Moved { from: from.clone() },
                _ => Since::Same,
            }
        }
        Subject::Image(digest) => {
            let left = later.filter_map(|change| match &change.what {
                What::TagMoved { tag, from, .. } | What::TagGone { tag, from }
                    if from == digest && !image.tags.contains(tag) =>
                {
                    Some(tag.clone())
                }
                _ => None,
            });
            let left: BTreeSet<Tag> = left.collect();
            if left.is_empty() {
                Since::Same
            } else {
                Since::Left(left.into_iter().collect())
            }
        }
    }
}

/// An image goes with the last tag that names it, and stays where one of its decisions says so.
fn frees(subject: &Subject, choice: Choice, image: Option<&ImageRow>) -> Frees {
    let Some(image) = image.filter(|_| choice != Choice::Keep) else {
        return Frees::Nothing;
    };
    let is_alone = match subject {
        Subject::Image(_) => true,
        Subject::Tag(tag) => image.tags.iter().all(|other| {
            let mut decided = image.decisions.tags.iter();
            other == tag
                || decided.any(|(of, decision)| of == other && decision.choice == Choice::Delete)
        }),
    };
    if !is_alone || image.decisions.has(Choice::Keep) {
        return Frees::Nothing;
    }
    image.image.size.map_or(Frees::Unread, Frees::UpTo)
}

/// A plan: what the filter lets through, in the order asked for. `registries` are the names of
/// registries.
pub fn plan(
    rows: Vec<Planned>,
    registries: &BTreeMap<RegistryId, String>,
    filter: &Filter,
    order: Order<PlanColumn>,
) -> Listing<Planned> {
    let name = |row: &Planned| {
        let name = registries.get(&row.place.registry);
        name.map_or("", String::as_str)
    };
    let mut listing = super::filtered(rows, |row| filter::lets_planned(filter, row, name(row)));
    let rows = &mut listing.rows;
    // Rows that are equal in the column stay in the order of their names, both ways.
    rows.sort_by_cached_key(|row| {
        let repository = natural::key(row.place.repository.as_str());
        (natural::key(name(row)), repository, subject(row))
    });
    let down = order.descending;
    match order.column {
        PlanColumn::Decision => by(rows, down, |row| Some(rank(row.decision.choice))),
        PlanColumn::Registry => by(rows, down, |row| Some(natural::key(name(row)))),
        PlanColumn::Repository => by(rows, down, |row| {
            Some(natural::key(row.place.repository.as_str()))
        }),
        PlanColumn::Subject => by(rows, down, |row| Some(subject(row))),
        PlanColumn::Age => by(rows, down, |row| row.image.as_ref().map(|i| i.dated)),
        PlanColumn::Pulled => by(rows, down, |row| row.image.as_ref().and_then(|i| i.pulled)),
        PlanColumn::Frees => by(rows, down, |row| match row.frees {
            Frees::Nothing => Some(0),
            Frees::UpTo(bytes) => Some(bytes),
            Frees::Unread => None,
        }),
        PlanColumn::Note => by(rows, down, |row| row.decision.note.clone()),
    }
    listing
}

/// What is not known comes last, whichever way the order goes.
fn by<K: Ord>(rows: &mut [Planned], down: bool, key: impl Fn(&Planned) -> Option<K>) {
    if down {
        rows.sort_by_cached_key(|row| key(row).map_or((true, None), |k| (false, Some(Reverse(k)))));
    } else {
        rows.sort_by_cached_key(|row| key(row).map_or((true, None), |k| (false, Some(k))));
    }
}

/// What would go comes first.
fn rank(choice: Choice) -> u8 {
    match choice {
        Choice::Delete => 0,
        Choice::Look => 1,
        Choice::Keep => 2,
    }
}

/// Tags in natural order, then images without one.
fn subject(row: &Planned) -> (bool, Vec<u8>) {
    match &row.place.subject {
        Subject::Tag(tag) => (false, natural::key(tag.as_str())),
        Subject::Image(digest) => {
            let tags = row.image.as_ref().map_or(&[][..], |image| &image.tags);
            match lead_tag(tags) {
                Some(tag) => (false, natural::key(tag.as_str())),
                None => (true, digest.to_string().into_bytes()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Image, ImageFacts, Kind, MediaType, Timestamp};

    const HUB: RegistryId = RegistryId(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn digest(text: &str) -> Digest {
        Digest::sha256(text.as_bytes())
    }

    fn image(text: &str, tags: &[&str], size: Option<u64>) -> ImageRow {
        let mut image = Image::new(Kind::Image, MediaType::OciManifest);
        image.size = size;
        ImageRow {
            registry: HUB,
            repository: "team/api".parse().unwrap(),
            digest: digest(text),
            image,
            tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
            platforms: Vec::new(),
            facts: ImageFacts::default(),
            first_seen: at(10),
            last_seen: at(100),
            moved: None,
            stale_since: None,
            decisions: crate::model::Decisions::default(),
            beneath: false,
        }
    }

    fn decision(choice: Choice) -> Decision {
        Decision {
            choice,
            note: None,
            at: at(50),
        }
    }

    fn decided(subject: Subject, choice: Choice) -> Decided {
        Decided {
            repository: "team/api".parse().unwrap(),
            subject,
            decision: Some(decision(choice)),
        }
    }

    fn tag(name: &str) -> Subject {
        Subject::Tag(name.parse().unwrap())
    }

    fn change(second: i64, what: What) -> Change {
        Change {
            at: at(second),
            registry: HUB,
            crawl: 1,
            repository: "team/api".parse().unwrap(),
            what,
        }
    }

    fn moved(second: i64, name: &str, from: &str, to: &str) -> Change {
        change(
            second,
            What::TagMoved {
                tag: name.parse().unwrap(),
                from: digest(from),
                to: digest(to),
            },
        )
    }

    #[test]
    fn a_tag_that_moved_since_says_from_where_and_one_that_came_back_does_not() {
        let images = [
            image("new", &["latest"], None),
            image("old", &["1", "back"], None),
        ];
        let all = [
            decided(tag("latest"), Choice::Keep),
            decided(tag("1"), Choice::Keep),
            decided(tag("back"), Choice::Keep),
            decided(tag("went"), Choice::Delete),
            decided(Subject::Image(digest("old")), Choice::Delete),
            decided(Subject::Image(digest("gone")), Choice::Delete),
        ];
        // The newest first, as the inventory tells it.
        let history = [
            moved(70, "latest", "between", "new"),
            moved(70, "back", "between", "old"),
            moved(60, "latest", "old", "between"),
            moved(60, "back", "old", "between"),
            moved(40, "1", "older", "old"),
        ];
        let since: Vec<Since> = planned(HUB, &all, &images, &history)
            .into_iter()
            .map(|row| row.since)
            .collect();
        let wanted = [
            Since::Moved {
                from: digest("old"),
            },
            Since::Same,
            Since::Same,
            Since::Gone,
            Since::Left(vec!["latest".parse().unwrap()]),
            Since::Gone,
        ];
        assert_eq!(since, wanted);
    }

    #[test]
    fn only_what_nothing_keeps_frees_something() {
        let mut both = image("both", &["a", "b"], Some(7));
        both.decisions.tags = ["a", "b"]
            .map(|name| (name.parse().unwrap(), decision(Choice::Delete)))
            .to_vec();
        let mut kept = image("kept", &["k"], Some(9));
        kept.decisions.tags = vec![("k".parse().unwrap(), decision(Choice::Keep))];
        let images = [
            both,
            kept,
            image("two", &["x", "y"], Some(5)),
            image("unread", &["u"], None),
        ];
        let of = |subject, choice| {
            let rows = planned(HUB, &[decided(subject, choice)], &images, &[]);
            rows[0].frees
        };
        let named = |name: &str| Subject::Image(digest(name));
        assert_eq!(of(named("two"), Choice::Delete), Frees::UpTo(5));
        assert_eq!(of(named("two"), Choice::Look), Frees::UpTo(5));
        assert_eq!(of(named("two"), Choice::Keep), Frees::Nothing);
        assert_eq!(of(tag("x"), Choice::Delete), Frees::Nothing, "y names it");
        assert_eq!(of(tag("a"), Choice::Delete), Frees::UpTo(7), "b goes too");
        assert_eq!(of(named("kept"), Choice::Delete), Frees::Nothing);
        assert_eq!(of(named("unread"), Choice::Delete), Frees::Unread);
        assert_eq!(of(named("gone"), Choice::Delete), Frees::Nothing);
    }

    #[test]
    fn a_plan_is_filtered_by_what_it_says_and_ordered_with_the_unknown_last() {
        let images = [
            image("one", &["1"], Some(5)),
            image("two", &["2"], None),
            image("three", &["3"], Some(9)),
        ];
        let mut noted = decided(Subject::Image(digest("three")), Choice::Look);
        noted.decision.as_mut().unwrap().note = Some("ask the team".into());
        let all = [
            decided(Subject::Image(digest("one")), Choice::Keep),
            decided(Subject::Image(digest("two")), Choice::Delete),
            noted,
            decided(tag("gone"), Choice::Delete),
        ];
        let names = BTreeMap::from([(HUB, "hub".to_owned())]);
        let shown = |words: &str, column, descending| {
            let rows = planned(HUB, &all, &images, &[]);
            let order = Order { column, descending };
            let listing = plan(rows, &names, &Filter::new(words), order);
            assert_eq!(listing.total, 4);
            let rows = listing.rows.into_iter();
            rows.map(|row| match row.place.subject {
                Subject::Tag(tag) => tag.to_string(),
                Subject::Image(_) => row.image.unwrap().tags[0].to_string(),
            })
            .collect::<Vec<_>>()
            .join(" ")
        };
        let decision = PlanColumn::Decision;
        assert_eq!(shown("", decision, false), "2 gone 3 1");
        assert_eq!(shown("", decision, true), "1 3 2 gone");
        assert_eq!(shown("", PlanColumn::Frees, true), "3 1 gone 2");
        assert_eq!(shown("", PlanColumn::Frees, false), "1 gone 3 2");
        assert_eq!(shown("", PlanColumn::Age, true), "1 2 3 gone");
        for (words, wanted) in [
            ("delete", "2 gone"),
            ("delete !gone", "2"),
            ("keep", "1"),
            ("look", "3"),
            ("team/**", "2 gone 3 1"),
            ("hub ask", "3"),
            ("unread", "2"),
            ("elsewhere", ""),
        ] {
            assert_eq!(shown(words, decision, false), wanted, "{words}");
        }
    }
}
