//! Marks, decisions and notes: keys to state and effects.

use super::{Bench, fixture, loaded, said, top};
use crate::app::fixture::NEXUS;
use crate::app::layout::Focus;
use crate::app::overlay::{OnYes, Overlay};
use crate::app::pane::Keyed;
use crate::app::{Effect, Event, ScreenWork, Work};
use crate::model::{
    Change, Choice, Decided, Decision, Frees, ImageRow, PlanColumn, Since, Subject, Trouble, What,
};

/// A bench with the focus on the images of `team/api`, the newest first.
fn at_images() -> Bench {
    let mut bench = loaded();
    bench.press("jjjl/team/api<enter>l");
    let browse = &bench.app.state.pages.browse;
    assert_eq!(browse.focus, Focus::Images);
    assert_eq!(tags(&bench)[..2], ["windows-2022", "1.10.2"]);
    bench
}

fn rows(bench: &Bench) -> &[ImageRow] {
    &bench.app.state.pages.browse.images.listing.rows
}

/// What rows are best known by.
fn tags(bench: &Bench) -> Vec<String> {
    let lead = |row: &ImageRow| crate::query::lead_tag(&row.tags).map(ToString::to_string);
    rows(bench)
        .iter()
        .map(|row| lead(row).unwrap_or_else(|| "-".to_owned()))
        .collect()
}

/// The marked rows, as far as they are shown, then how many are and how many of them not.
fn marked(bench: &Bench) -> (Vec<String>, (usize, usize)) {
    let images = &bench.app.state.pages.browse.images;
    let all = tags(bench).into_iter().zip(rows(bench));
    let marked = all.filter(|(_, row)| images.marks.has(&row.key()));
    (marked.map(|(tag, _)| tag).collect(), images.marked())
}

/// What is decided, as the rows show it.
fn decided(bench: &Bench) -> Vec<(String, Choice, Option<String>)> {
    let rows = tags(bench).into_iter().zip(rows(bench));
    let decided = rows.filter_map(|(tag, row)| {
        let decision = row.decisions.image.as_ref()?;
        Some((tag, decision.choice, decision.note.clone()))
    });
    decided.collect()
}

fn choices(bench: &Bench) -> String {
    let words = decided(bench).into_iter();
    words
        .map(|(tag, choice, _)| format!("{tag} {choice}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn steps(effects: &[Effect]) -> Vec<usize> {
    let steps = effects.iter().filter_map(|effect| match effect {
        Effect::Do(Work::Decide { decided, .. }) => Some(decided.len()),
        _ => None,
    });
    steps.collect()
}

#[test]
fn marks_are_made_one_by_one_in_a_range_and_all_at_once() {
    let mut bench = at_images();
    bench.press("<space>");
    assert_eq!(marked(&bench).0, ["windows-2022"]);
    assert_eq!(bench.app.state.pages.browse.images.list.cursor, 1);
    bench.press("jjv");
    assert_eq!(
        marked(&bench).0,
        ["windows-2022", "1.10.2", "1.9.3", "1.9.2"]
    );
    bench.press("k<space>");
    assert_eq!(marked(&bench).1, (3, 0), "the same key takes it away");
    bench.press("*");
    assert_eq!(marked(&bench).1, (7, 0));
    bench.press("*");
    assert_eq!(marked(&bench).1, (0, 0));
    // Without a mark a range is the row itself.
    bench.press("ggv");
    assert_eq!(marked(&bench).0, ["windows-2022"]);
}

#[test]
fn marks_stay_on_their_rows_and_go_with_them_or_with_esc() {
    let mut bench = at_images();
    bench.press("<space>j<space>");
    let two = ["windows-2022", "1.9.3"];
    assert_eq!(marked(&bench).0, two);
    bench.press("os");
    assert_eq!(marked(&bench).1, (2, 0), "another order");
    bench.press("ototgg/1.9<enter>");
    assert_eq!(marked(&bench), (vec!["1.9.3".to_owned()], (2, 1)));
    bench.press("*");
    assert_eq!(marked(&bench).1, (3, 1), "all that is shown, and the other");
    // A row goes, another comes.
    let gone = bench
        .images
        .iter()
        .position(|row| row.tags.len() == 1 && row.tags[0].as_str() == "1.9.2");
    bench.images.remove(gone.unwrap());
    bench
        .images
        .push(fixture::image(&["1.9.9"], &["linux/amd64"], None));
    bench.send(Event::InventoryChanged);
    bench.press("<esc>");
    assert_eq!(marked(&bench), (two.map(str::to_owned).to_vec(), (2, 0)));
    bench.press("<esc>");
    assert_eq!(marked(&bench).1, (0, 0), "the filter first, then the marks");
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Images);
    bench.press("*");
    assert_eq!(marked(&bench).1.0, 7);
    bench.press("<esc><esc>");
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Repositories);
    // Another repository is another list.
    bench.press("l*h<esc>");
    bench.press("jk");
    assert_eq!(marked(&bench).1.0, 0);
}

#[test]
fn a_decision_shows_at_once_and_the_same_key_takes_it_back() {
    let mut bench = at_images();
    for (key, choice) in [("-", "delete"), ("+", "keep"), ("=", "look")] {
        let work = bench.press(key);
        assert_eq!(steps(&work), [1], "{key}");
        assert_eq!(choices(&bench), format!("windows-2022 {choice}"));
        assert_eq!(bench.write(work), []);
        assert!(said(&bench).contains(choice), "{}", said(&bench));
        assert_eq!(choices(&bench), format!("windows-2022 {choice}"));
    }
    // Faster than the inventory is written: one after the other, in order.
    let first = bench.press("=");
    assert_eq!(choices(&bench), "");
    assert_eq!(bench.press("-"), [], "it waits for the first");
    assert_eq!(choices(&bench), "windows-2022 delete");
    assert_eq!(bench.write(first), []);
    assert_eq!(choices(&bench), "windows-2022 delete");
    assert!(said(&bench).contains("nothing is deleted from a registry"));
}

#[test]
fn a_decision_about_all_marked_is_undone_as_one() {
    let mut bench = at_images();
    let work = bench.press("jj-");
    bench.write(work);
    assert_eq!(choices(&bench), "1.9.3 delete");
    let work = bench.press("*+");
    assert_eq!(steps(&work), [7]);
    bench.write(work);
    assert!(said(&bench).contains("7 images"), "{}", said(&bench));
    assert_eq!(decided(&bench).len(), 7);
    let work = bench.press("+");
    bench.write(work);
    assert_eq!(choices(&bench), "", "it was that of all of them");
    for (keys, wanted) in [("u", 7), ("u", 1), ("u", 0)] {
        let work = bench.press(keys);
        bench.write(work);
        assert_eq!(decided(&bench).len(), wanted);
        assert!(said(&bench).starts_with("undone: "), "{}", said(&bench));
    }
    assert_eq!(bench.press("u"), []);
    assert_eq!(said(&bench), "there is no decision to undo");
}

#[test]
fn what_cannot_be_written_is_shown_no_more_and_says_why() {
    let mut bench = at_images();
    let work = bench.press("-");
    let [Effect::Do(Work::Decide { ticket, .. })] = work[..] else {
        panic!("{work:?}")
    };
    let result = Err(Trouble::new("the inventory is opened for reading only"));
    bench.send(Event::Decided { ticket, result });
    assert_eq!(choices(&bench), "");
    assert!(said(&bench).contains("reading only"));
    bench.press("u");
    assert_eq!(said(&bench), "there is no decision to undo");
    // What cannot be undone can be tried again.
    let work = bench.press("-");
    bench.write(work);
    let work = bench.press("u");
    let [Effect::Do(Work::Decide { ticket, .. })] = work[..] else {
        panic!("{work:?}")
    };
    let result = Err(Trouble::new("the disk is full"));
    bench.send(Event::Decided { ticket, result });
    assert_eq!(choices(&bench), "windows-2022 delete");
    let work = bench.press("u");
    bench.write(work);
    assert_eq!(choices(&bench), "");
}

#[test]
fn a_note_is_kept_with_a_decision_and_needs_one() {
    let mut bench = at_images();
    assert_eq!(bench.press("m"), []);
    assert!(said(&bench).contains("a note is kept with a decision"));
    assert!(top(&bench).is_none());
    let work = bench.press("-");
    bench.write(work);
    bench.press("m");
    let Some(Overlay::Line(line)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert!(line.text.contains("the decision about image"));
    // Letters are text here, and what would be no note stays where it can be mended.
    bench.press("q-+u");
    bench.send(Event::Paste(format!(" {}", "x".repeat(600))));
    assert_eq!(bench.press("<enter>"), []);
    let Some(Overlay::Line(line)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert!(line.trouble.as_ref().unwrap().contains("at most 500"));
    let work = bench.press("<c-u>superseded<enter>");
    assert!(top(&bench).is_none());
    bench.write(work);
    let note = |bench: &Bench| decided(bench)[0].2.clone();
    assert_eq!(note(&bench).as_deref(), Some("superseded"));
    // It is there to be changed, and an empty line takes it away.
    let work = bench.press("m by 2<enter>");
    bench.write(work);
    assert_eq!(note(&bench).as_deref(), Some("superseded by 2"));
    let work = bench.press("m<c-u><enter>");
    bench.write(work);
    assert_eq!(note(&bench), None);
    let work = bench.press("uu");
    let work = bench.write(work);
    bench.write(work);
    assert_eq!(note(&bench).as_deref(), Some("superseded"));
    assert_eq!(bench.press("mx<esc>"), [], "left as it was");
    assert_eq!(note(&bench).as_deref(), Some("superseded"));
    // Of all that is marked, those get it that have a decision.
    bench.press("<space><space>m");
    let Some(Overlay::Line(line)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert!(line.text.contains("1 of those meant has no decision"));
}

#[test]
fn a_decision_about_repositories_is_about_all_their_images() {
    let mut bench = at_images();
    let work = bench.press("h-");
    assert_eq!(steps(&work), [7]);
    bench.write(work);
    assert_eq!(decided(&bench).len(), 7);
    let work = bench.press("mold<enter>");
    bench.write(work);
    assert!(
        decided(&bench)
            .iter()
            .all(|(.., note)| note.as_deref() == Some("old"))
    );
    let work = bench.press("-");
    bench.write(work);
    assert_eq!(choices(&bench), "");
    // Of many is asked first.
    for number in 0..100 {
        let tag = format!("n{number}");
        bench
            .images
            .push(fixture::image(&[&tag], &["linux/amd64"], None));
    }
    assert_eq!(bench.press("-"), []);
    let Some(Overlay::Confirm(confirm)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert!(matches!(confirm.on_yes, OnYes::Decide(_)));
    assert_eq!(confirm.title, "Decide `delete` about 107 images?");
    assert!(confirm.text.contains("Nothing is deleted from a registry"));
    assert_eq!(bench.press("n"), []);
    bench.press("-");
    let work = bench.press("y");
    assert_eq!(steps(&work), [107]);
    // And of too many it is not done.
    let many = bench
        .repositories
        .iter_mut()
        .find(|row| row.name.as_str() == "team/api");
    many.unwrap().images = 20_001;
    bench.write(work);
    assert_eq!(bench.press("-"), []);
    assert!(
        said(&bench).contains("20 001 images are too many"),
        "{}",
        said(&bench)
    );
    // Nor where there is none, nor about registries.
    bench.press("<esc>/team/new<enter>");
    assert_eq!(bench.press("-"), []);
    assert_eq!(said(&bench), "no image is known there");
    let mut bench = loaded();
    for key in ["-", "+", "=", "m", "<space>", "*"] {
        assert_eq!(bench.press(key), [], "no key of the registries");
    }
}

#[test]
fn marked_repositories_are_asked_for_one_by_one_and_esc_stops() {
    let mut bench = loaded();
    bench.press("jjjl/team<enter>*");
    let key = |keys: &str| Event::Key(crate::config::keys::KeyPress::parse_all(keys).unwrap()[0]);
    let asked = bench.app.update(key("-"));
    let [ask @ Effect::Ask { .. }] = &asked[..] else {
        panic!("{asked:?}")
    };
    let next = bench.app.update(bench.answer(ask).unwrap());
    let [Effect::Ask { ticket, .. }] = &next[..] else {
        panic!("{next:?}")
    };
    assert_eq!(bench.press("-"), []);
    assert_eq!(said(&bench), "the images are still being read");
    let withdrawn = Work::Withdraw { ticket: *ticket };
    assert_eq!(bench.app.update(key("<esc>")), [Effect::Do(withdrawn)]);
    let late = bench.answer(&next[0]).unwrap();
    assert_eq!(bench.app.update(late), [], "nobody waits for it");
    assert_eq!(bench.app.state.pages.browse.marked().0, 7, "marks stay");
}

#[test]
fn decisions_are_made_in_the_detail_too_and_told_there() {
    let mut bench = at_images();
    bench.press("<enter>");
    let work = bench.press("-");
    bench.write(work);
    let work = bench.press("msuperseded<enter>");
    bench.write(work);
    let Some(Overlay::Detail(detail)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    let document = detail.document(&bench.app.state.world.clock, 100);
    let told = document
        .lines
        .iter()
        .find(|line| line.label.starts_with("decision"));
    let told = told.map(|line| line.text.clone()).unwrap_or_default();
    assert!(told.starts_with("delete, since 2026-11-20"), "{told}");
    assert!(told.ends_with(": superseded"), "{told}");
    let work = bench.press("uu");
    let work = bench.write(work);
    bench.write(work);
    assert_eq!(choices(&bench), "");
}

#[test]
fn images_are_filtered_and_copied_by_what_was_decided() {
    let mut bench = at_images();
    let work = bench.press("<space>j<space>-");
    bench.write(work);
    bench.press("<esc>/delete<enter>");
    assert_eq!(tags(&bench), ["windows-2022", "1.9.3"]);
    bench.press("<esc>/!delete<enter>");
    assert_eq!(rows(&bench).len(), 5);
    bench.press("<esc>od");
    assert_eq!(tags(&bench)[..2], ["1.9.3", "windows-2022"]);
    bench.press("gg<space><space>");
    for (keys, wanted) in [
        ("yr", "/team/api@sha256:"),
        ("yt", "/team/api:"),
        ("yd", "sha256:"),
    ] {
        let work = bench.press(keys);
        let [Effect::Screen(ScreenWork::Copy(text))] = &work[..] else {
            panic!("{work:?}")
        };
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().all(|line| line.contains(wanted)), "{text}");
    }
}

fn decision(choice: Choice, note: Option<&str>) -> Decision {
    Decision {
        choice,
        note: note.map(str::to_owned),
        at: fixture::ago(fixture::DAY),
    }
}

/// Page 5 with a decision of every kind.
pub(crate) fn planned(width: u16, height: u16) -> Bench {
    let mut bench = Bench::loaded(width, height);
    let at = |bench: &Bench, tag: &str| {
        let has = |row: &ImageRow| row.tags.iter().any(|of| of.as_str() == tag);
        bench.images.iter().position(has).unwrap()
    };
    for (tag, choice, note) in [
        ("1.8.0", Choice::Delete, Some("superseded by 1.9")),
        ("windows-2022", Choice::Delete, None),
        ("1.10.2", Choice::Delete, None),
        ("0.3.1", Choice::Look, Some("ask the owners of the chart")),
    ] {
        let row = at(&bench, tag);
        bench.images[row].decisions.image = Some(decision(choice, note));
    }
    let row = at(&bench, "1.9.3");
    let tag = "1.9.3".parse().unwrap();
    bench.images[row].decisions.tags = vec![(tag, decision(Choice::Keep, Some("the release")))];
    bench.decided = vec![Decided {
        repository: "team/api".parse().unwrap(),
        subject: Subject::Tag("0.1".parse().unwrap()),
        decision: Some(decision(Choice::Delete, None)),
    }];
    let windows = bench.images[at(&bench, "windows-2022")].digest.clone();
    let moved = |tag: &str, from: &crate::model::Digest| Change {
        at: fixture::ago(60),
        registry: NEXUS,
        crawl: 8,
        repository: "team/api".parse().unwrap(),
        what: What::TagMoved {
            tag: tag.parse().unwrap(),
            from: from.clone(),
            to: crate::model::Digest::sha256(b"now"),
        },
    };
    let before = crate::model::Digest::sha256(b"before");
    bench.history = vec![moved("1.9.3", &before), moved("nightly", &windows)];
    bench.press("5");
    bench
}

fn plan(bench: &Bench) -> Vec<String> {
    let rows = bench.app.state.pages.plan.decisions.listing.rows.iter();
    rows.map(|row| {
        let tags = row.image.as_ref().map_or(&[][..], |image| &image.tags);
        let name = match (&row.place.subject, tags.first()) {
            (Subject::Tag(tag), _) => format!("tag {tag}"),
            (Subject::Image(_), Some(tag)) => tag.to_string(),
            (Subject::Image(digest), None) => digest.short(),
        };
        format!("{} {name}", row.decision.choice)
    })
    .collect()
}

#[test]
fn the_plan_tells_all_decisions_and_what_they_would_free() {
    let bench = planned(120, 40);
    let wanted = [
        "delete tag 0.1",
        "delete 1",
        "delete 1.8.0",
        "delete windows-2022",
        "look 0.3.1",
        "keep tag 1.9.3",
    ];
    let mut shown = plan(&bench);
    shown[..4].sort();
    let mut sorted = wanted.map(str::to_owned);
    sorted[..4].sort();
    assert_eq!(shown, sorted);
    let page = &bench.app.state.pages.plan;
    assert_eq!(page.sum.choices, [4, 1, 1]);
    assert_eq!(page.sum.frees, 81_234_567 + 2_345_678_901);
    assert_eq!((page.sum.unread, page.sum.registries), (1, 1));
    let of = |tag: &str| {
        let rows = page.decisions.listing.rows.iter();
        let named = |subject: &Subject| matches!(subject, Subject::Tag(of) if of.as_str() == tag);
        let has = |row: &crate::model::Planned| {
            let tags = row.image.as_ref().map(|image| image.tags.iter());
            tags.is_some_and(|mut tags| tags.any(|of| of.as_str() == tag))
        };
        let mut rows = rows.filter(|row| named(&row.place.subject) || has(row));
        rows.next().unwrap()
    };
    assert_eq!(
        (&of("0.1").since, of("0.1").frees),
        (&Since::Gone, Frees::Nothing)
    );
    assert!(matches!(of("1.9.3").since, Since::Moved { .. }));
    assert!(
        matches!(&of("windows-2022").since, Since::Left(tags) if tags[0].as_str() == "nightly")
    );
    assert_eq!(of("1.10.2").frees, Frees::Unread);
}

#[test]
fn the_plan_is_filtered_ordered_decided_and_noted() {
    let mut bench = planned(120, 40);
    bench.press("/superseded<enter>");
    assert_eq!(plan(&bench), ["delete 1.8.0"]);
    assert_eq!(bench.app.state.pages.plan.sum.frees, 81_234_567);
    bench.press("<esc>/gone<enter>");
    assert_eq!(plan(&bench), ["delete tag 0.1"]);
    bench.press("<esc>");
    for (keys, column, first) in [
        ("os", PlanColumn::Frees, "delete tag 0.1"),
        ("os", PlanColumn::Frees, "delete windows-2022"),
        ("od", PlanColumn::Decision, "delete"),
        ("od", PlanColumn::Decision, "keep tag 1.9.3"),
        ("ot", PlanColumn::Subject, "delete tag 0.1"),
        ("on", PlanColumn::Repository, "delete"),
        ("ob", PlanColumn::Age, "delete"),
        ("ol", PlanColumn::Pulled, "delete"),
    ] {
        bench.press(keys);
        assert_eq!(bench.app.state.pages.plan.decisions.order.column, column);
        assert!(
            plan(&bench)[0].starts_with(first),
            "{keys}: {:?}",
            plan(&bench)
        );
        assert_eq!(bench.app.state.pages.plan.decisions.list.cursor, 0);
    }
    bench.press("ododod/windows<enter>");
    let work = bench.press("+");
    assert_eq!(plan(&bench), ["keep windows-2022"]);
    bench.write(work);
    let work = bench.press("mreally<enter>");
    bench.write(work);
    let row = bench.app.state.pages.plan.selected().unwrap();
    assert_eq!(row.decision.note.as_deref(), Some("really"));
    assert_eq!(bench.app.state.pages.plan.sum.choices, [0, 0, 1]);
    let work = bench.press("+");
    assert_eq!(plan(&bench), [""; 0], "it was taken back");
    bench.write(work);
    let work = bench.press("u");
    bench.write(work);
    assert_eq!(plan(&bench), ["keep windows-2022"]);
    bench.press("<esc>*");
    assert_eq!(bench.app.state.pages.plan.decisions.marked(), (6, 0));
    let work = bench.press("=");
    // One is so already, and what is gone keeps its decision in the bench alone.
    assert_eq!(steps(&work), [5]);
    bench.press("<esc>");
    assert_eq!(bench.app.state.pages.plan.decisions.marked(), (0, 0));
}

#[test]
fn from_the_plan_one_goes_to_the_image_and_copies_references() {
    let mut bench = planned(120, 40);
    bench.press("/windows<enter>");
    let work = bench.press("yt");
    let wanted = "nexus.example:8443/team/api:windows-2022".to_owned();
    assert_eq!(work, [Effect::Screen(ScreenWork::Copy(wanted))]);
    bench.press("<enter>");
    let browse = &bench.app.state.pages.browse;
    assert_eq!(browse.image().unwrap().tags[0].as_str(), "windows-2022");
    bench.press("<c-o><esc>*");
    for (keys, wanted) in [("yr", 6), ("yd", 5)] {
        let work = bench.press(keys);
        let [Effect::Screen(ScreenWork::Copy(text))] = &work[..] else {
            panic!("{work:?}")
        };
        assert_eq!(text.lines().count(), wanted, "{keys}: {text}");
        assert!(!text.lines().any(str::is_empty), "{text}");
    }
    bench.press("<esc>/gone<enter>");
    assert_eq!(bench.press("yd"), []);
    assert!(said(&bench).contains("gone"), "{}", said(&bench));
}

#[test]
fn what_is_shown_is_saved_under_a_name_that_is_asked_for() {
    let mut bench = planned(120, 40);
    bench.press("/look<enter><c-s>");
    let Some(Overlay::Line(line)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert_eq!(line.field.text(), "decisions-2026-11-20.ndjson");
    assert_eq!(bench.press("<c-u><enter>"), []);
    let work = bench.press("kept.ndjson<enter>");
    let [
        Effect::Do(Work::Export {
            ticket,
            path,
            decided,
        }),
    ] = &work[..]
    else {
        panic!("{work:?}")
    };
    assert_eq!(path.to_str(), Some("kept.ndjson"));
    assert_eq!(decided.len(), 1);
    assert_eq!(decided[0].0.as_str(), "nexus-prod");
    assert_eq!(bench.press("<enter>"), [], "it is being written");
    let ticket = *ticket;
    let there = Trouble::new("`kept.ndjson` is there already");
    bench.send(Event::Exported {
        ticket,
        result: Err(there),
    });
    let Some(Overlay::Line(line)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert!(line.trouble.as_ref().unwrap().contains("there already"));
    let work = bench.press("<left>2<enter>");
    let [Effect::Do(Work::Export { ticket, .. })] = work[..] else {
        panic!("{work:?}")
    };
    let result = Ok(1);
    bench.send(Event::Exported { ticket, result });
    assert!(top(&bench).is_none());
    assert!(
        said(&bench).starts_with("wrote 1 decision to "),
        "{}",
        said(&bench)
    );
}

#[test]
fn an_empty_plan_says_how_decisions_are_made() {
    let mut bench = loaded();
    bench.press("5");
    for keys in ["-", "m", "yr", "<c-s>", "<enter>", "<space>", "/"] {
        assert_eq!(bench.press(keys), [], "{keys}");
        assert_eq!(said(&bench), "nothing is decided here", "{keys}");
    }
}
