//! The page of changes.

use super::said;
use crate::app::fixture::{self, Bench, DAY, GITLAB, HARBOR, NEXUS};
use crate::app::overlay::Overlay;
use crate::app::page::changes::columns::told;
use crate::app::page::changes::{Only, Period};
use crate::app::page::{Changes, PageId};
use crate::app::past_fixture::{self, digest};
use crate::app::{Effect, Event, ScreenWork, Work};
use crate::model::{Change, Choice, Past, Question, Trouble, What};

/// A bench with a past, on the page of changes.
fn bench() -> Bench {
    let mut bench = past_fixture::bench(120, 40);
    assert_eq!(bench.press("3"), []);
    bench
}

fn page(bench: &Bench) -> &Changes {
    &bench.app.state.pages.changes
}

fn rows(bench: &Bench) -> Vec<String> {
    let rows = page(bench).pane.listing.rows.iter();
    rows.map(|row| {
        let tag = row.change.what.tag().map_or("", |tag| tag.as_str());
        let turn = row.turn().as_str();
        format!("{}:{tag} {turn}", row.change.repository)
    })
    .collect()
}

const LONG: &str = "group/subgroup/another-subgroup/project/service-frontend:latest moved";

#[test]
fn the_changes_of_a_week_come_first_and_the_newest_of_them() {
    let mut bench = bench();
    let week = [
        "team/api: appeared",
        "team/api:1.10.2 appeared",
        "team/api:latest moved",
        LONG,
        "team/api:0.9 gone",
        "tools/old-runner: gone",
        "tools/old-runner:1.0 gone",
        "tools/old-runner:latest gone",
    ];
    assert_eq!(rows(&bench), week);
    assert_eq!(page(&bench).totals(), [2, 2, 4]);
    for (period, wanted) in [
        (Period::Month, 9),
        (Period::All, 9),
        (Period::Day, 3),
        (Period::Week, 8),
    ] {
        bench.press("Gw");
        assert_eq!(page(&bench).scope.period, period);
        assert_eq!(rows(&bench).len(), wanted, "{period:?}");
        assert_eq!(page(&bench).pane.list.cursor, 0);
    }
    let asked = bench.press_unanswered("w");
    let [
        Effect::Ask {
            question:
                Question::Changes {
                    past: Past::Since(since),
                    newest_first: true,
                    registries,
                    ..
                },
            ..
        },
    ] = &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!(*since, fixture::ago(30 * DAY));
    assert_eq!(registries.len(), 6);
}

#[test]
fn crawls_are_stepped_through_and_left_again() {
    let mut bench = bench();
    bench.press("jjj[");
    assert_eq!(rows(&bench), [LONG, "team/api:0.9 gone"]);
    let crawl = page(&bench).scope.crawl.unwrap();
    assert_eq!((crawl.registry, crawl.number), (NEXUS, 6));
    // The crawl in between changed nothing.
    bench.press("[");
    assert_eq!(rows(&bench), ["team/api: appeared"]);
    bench.press("[");
    assert!(
        said(&bench).starts_with("no earlier crawl"),
        "{}",
        said(&bench)
    );
    bench.press("]]");
    assert_eq!(page(&bench).scope.crawl.unwrap().number, 7);
    assert_eq!(rows(&bench).len(), 3);
    bench.press("]");
    assert_eq!(page(&bench).scope.crawl, None);
    assert_eq!(rows(&bench).len(), 8);
    bench.press("]");
    assert_eq!(said(&bench), "all crawls are shown");
    bench.press("[<esc>");
    assert_eq!(page(&bench).scope.crawl, None);
    bench.press("<esc>");
    assert_eq!(said(&bench), "nothing narrows this page");
}

#[test]
fn what_is_typed_filters_what_is_shown() {
    let mut bench = bench();
    bench.press("/gone !0.9");
    assert_eq!(rows(&bench).len(), 3);
    assert_eq!(page(&bench).pane.listing.total, 8);
    bench.press("<enter>");
    assert!(page(&bench).typing.is_none());
    // It goes on when other changes are read.
    bench.press("w");
    assert_eq!(rows(&bench).len(), 3);
    bench.press("<esc>");
    assert_eq!(rows(&bench).len(), 9);
    bench.press("/nexus ");
    bench.send(Event::Paste("moved".to_owned()));
    assert_eq!(rows(&bench), ["team/api:latest moved", LONG]);
    bench.press("<esc>");
    assert_eq!(rows(&bench).len(), 9);
}

#[test]
fn a_change_leads_to_its_image_and_back() {
    let mut bench = bench();
    let image = fixture::images().remove(0);
    bench.past.changes[12].what = crate::model::What::TagMoved {
        tag: "latest".parse().unwrap(),
        from: digest("old"),
        to: image.digest.clone(),
    };
    bench.press("rjj<enter>");
    let state = &bench.app.state;
    assert_eq!(state.pages.at, PageId::Browse);
    assert_eq!(state.pages.browse.image().unwrap().digest, image.digest);
    bench.press("<c-o>");
    assert_eq!(bench.app.state.pages.at, PageId::Changes);
    assert_eq!(page(&bench).pane.list.cursor, 2);
    assert_eq!(
        page(&bench).scope.only,
        None,
        "nothing was narrowed by that"
    );
    bench.press("gr");
    let browse = &bench.app.state.pages.browse;
    assert_eq!(browse.repository().unwrap().name.as_str(), "team/api");
    bench.press("<c-o>G<enter>");
    assert_eq!(said(&bench), "`tools/old-runner` is there no more");
    bench.press("<c-o>gg<enter>");
    assert_eq!(said(&bench), "the image is not in the inventory");
    let browse = &bench.app.state.pages.browse;
    assert_eq!(browse.repository().unwrap().name.as_str(), "team/api");
}

#[test]
fn what_names_an_image_is_copied() {
    let mut bench = bench();
    let copied = |bench: &mut Bench, keys| match &bench.press(keys)[..] {
        [Effect::Screen(ScreenWork::Copy(text))] => text.clone(),
        other => panic!("{other:?}"),
    };
    let new = digest("new");
    let host = fixture::registries()[0].spec.endpoint.authority();
    bench.press("j");
    assert_eq!(copied(&mut bench, "yd"), new.to_string());
    assert_eq!(copied(&mut bench, "yt"), format!("{host}/team/api:1.10.2"));
    assert_eq!(copied(&mut bench, "yr"), format!("{host}/team/api@{new}"));
    assert_eq!(
        copied(&mut bench, "yp"),
        format!("docker pull {host}/team/api@{new}")
    );
    assert_eq!(bench.press("kyt"), []);
    assert_eq!(said(&bench), "this image has no tag; its digest names it");
    assert_eq!(bench.press("Gkkyd"), []);
    assert_eq!(said(&bench), "this is about a repository, not an image");
}

#[test]
fn what_went_against_a_decision_says_so() {
    let bench = bench();
    let decisions: Vec<Option<Choice>> = page(&bench)
        .pane
        .listing
        .rows
        .iter()
        .map(|row| page(&bench).decision(row))
        .collect();
    let at = |row: &str| rows(&bench).iter().position(|r| r == row).unwrap();
    let kept = at("team/api:0.9 gone");
    assert_eq!(decisions[kept], Some(Choice::Keep));
    assert_eq!(decisions.iter().flatten().count(), 1);
}

#[test]
fn a_repository_has_its_changes_alone() {
    let mut bench = bench();
    bench.press("1/nexus<enter>l/team/api<enter>");
    bench.press("H");
    assert_eq!(bench.app.state.pages.at, PageId::Changes);
    let only = Only {
        registry: NEXUS,
        repository: "team/api".parse().ok(),
    };
    assert_eq!(page(&bench).scope.only, Some(only));
    assert_eq!(rows(&bench).len(), 5, "all that is kept of it");
    bench.press("w");
    assert_eq!(page(&bench).scope.period, Period::Day);
    assert_eq!(rows(&bench).len(), 3);
    bench.press("j[[");
    assert_eq!(
        rows(&bench),
        ["team/api:0.9 gone"],
        "of the crawl, it alone"
    );
    bench.press("<esc><esc>");
    assert_eq!(page(&bench).scope.only, None);
    assert_eq!(page(&bench).scope.period, Period::Week);
    assert_eq!(rows(&bench).len(), 8);
    bench.press("1<esc><esc>H");
    let only = page(&bench).scope.only.clone().unwrap();
    assert_eq!((only.registry, only.repository), (NEXUS, None));
    assert_eq!(rows(&bench).len(), 6);
    bench.press("3");
    assert_eq!(
        page(&bench).scope.only,
        None,
        "the page's own key shows all"
    );
}

#[test]
fn more_is_read_as_the_end_comes_near() {
    let mut bench = bench();
    let one = bench.past.changes[11].clone();
    bench.past.changes = (0..5_000)
        .map(|n| {
            let mut change = one.clone();
            change.repository = format!("team/r{n}").parse().unwrap();
            change
        })
        .collect();
    bench.press("r");
    assert_eq!(rows(&bench).len(), 2_000);
    assert!(page(&bench).has_more);
    bench.press("G");
    assert_eq!(rows(&bench).len(), 4_000);
    assert_eq!(page(&bench).pane.list.cursor, 1_999, "it stays on its row");
    bench.press("G");
    assert_eq!(rows(&bench).len(), 5_000);
    assert!(!page(&bench).has_more);
    // Another period begins small.
    bench.press("w");
    assert_eq!(rows(&bench).len(), 2_000);
}

#[test]
fn an_answer_to_what_is_wanted_no_more_is_dropped() {
    let mut bench = bench();
    let asked = bench.press_unanswered("w");
    let [month @ Effect::Ask { ticket, .. }] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert!(page(&bench).pane.is_loading());
    let answer = bench.answer(month).unwrap();
    let withdrawn = Effect::Do(Work::Withdraw { ticket: *ticket });
    assert_eq!(bench.press_unanswered("w"), [withdrawn]);
    let asked = bench.app.update(answer);
    let [all @ Effect::Ask { question, .. }] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert!(matches!(
        question,
        Question::Changes {
            past: Past::All,
            ..
        }
    ));
    assert!(page(&bench).pane.is_loading(), "the month is not shown");
    let answer = bench.answer(all).unwrap();
    bench.send(answer);
    assert_eq!(rows(&bench).len(), 9);
}

#[test]
fn a_page_without_changes_has_nothing_to_do_things_with() {
    let mut bench = Bench::empty(80, 24);
    bench.press("3");
    for (keys, wanted) in [
        ("<enter>", "no change is selected"),
        ("/", "there is nothing here to filter"),
        ("[", "no change is selected"),
        ("yd", "no change is selected"),
        ("gr", "no repository is selected"),
    ] {
        assert_eq!(bench.press(keys), []);
        assert_eq!(said(&bench), wanted, "{keys}");
    }
}

#[test]
fn what_cannot_be_read_is_said_and_asked_again() {
    let mut bench = bench();
    let asked = bench.press_unanswered("w");
    let [Effect::Ask { ticket, .. }] = asked[..] else {
        panic!("{asked:?}")
    };
    bench.send(Event::Answered {
        ticket,
        result: Err(Trouble::new("disk")),
    });
    assert!(page(&bench).pane.broken.is_some());
    bench.press("r");
    assert!(page(&bench).pane.broken.is_none());
    assert_eq!(rows(&bench).len(), 9);
    let ids = [NEXUS, HARBOR, GITLAB];
    assert!(
        ids.iter()
            .all(|id| page(&bench).scope.registries.contains(id))
    );
}

#[test]
fn what_came_while_another_page_was_shown_is_found() {
    let mut bench = bench();
    // The panes were read before this repository was there.
    let mut fresh = bench.repositories[0].clone();
    fresh.name = "team/fresh".parse().unwrap();
    bench.repositories.push(fresh);
    let mut image = fixture::images().remove(1);
    image.repository = "team/fresh".parse().unwrap();
    bench.images.push(image.clone());
    let change = &mut bench.past.changes[11];
    change.repository = image.repository.clone();
    change.what = crate::model::What::ImageAppeared(image.digest.clone());
    bench.press("r/fresh<enter><enter>");
    assert_eq!(said(&bench), "");
    let browse = &bench.app.state.pages.browse;
    assert_eq!(browse.repository().unwrap().name.as_str(), "team/fresh");
    assert_eq!(browse.image().unwrap().digest, image.digest);
}

#[test]
fn repositories_that_came_in_numbers_are_one_row_until_they_are_looked_for() {
    let mut bench = past_fixture::bench(120, 40);
    let first = bench.past.changes[1].clone();
    let came = (0..30).map(|n| Change {
        repository: format!("new/r{n:02}").parse().unwrap(),
        what: What::RepositoryAppeared { tags: 3, images: 2 },
        ..first.clone()
    });
    bench.past.changes.splice(1..1, came);
    bench.press("3");
    assert_eq!(page(&bench).totals(), [32, 2, 4]);
    let at = |bench: &Bench| {
        let rows = &page(bench).pane.listing.rows;
        rows.iter().position(|row| row.folded.is_some())
    };
    let folded = at(&bench).unwrap();
    assert_eq!(rows(&bench).len(), 9, "30 in one row beside eight");
    let row = &page(&bench).pane.listing.rows[folded];
    assert_eq!((row.folded, row.count()), (Some(30), 30));
    let (text, _) = told(row, None, 60);
    assert_eq!(text, "repositories, with 90 tags and 60 images");
    // To the registry, and back; then this crawl, one by one.
    bench.press(&format!("gg{}<enter>", "j".repeat(folded)));
    assert_eq!(bench.app.state.pages.at, PageId::Browse);
    assert_eq!(bench.app.state.pages.browse.registry().unwrap().id, HARBOR);
    bench.press("<c-o>[");
    assert!(rows(&bench).contains(&"new/r07: appeared".to_owned()));
    assert_eq!(at(&bench), None);
    bench.press("<esc>/r07<enter>");
    assert_eq!(rows(&bench), ["new/r07: appeared"]);
}

#[test]
fn what_is_on_its_way_is_opened_once_it_is_there_and_no_older_row() {
    let mut bench = bench();
    // The way to the image of a tag, whose rows are long in coming.
    bench.press("j");
    let wanted = page(&bench).selected().unwrap().digest().cloned();
    let mut row = bench.images[0].clone();
    row.digest = wanted.clone().unwrap();
    bench.images.push(row);
    let mut effects = bench.press_unanswered("<enter>");
    assert_eq!(bench.app.state.pages.at, PageId::Browse);
    effects.extend(bench.press_unanswered("<enter>"));
    assert!(
        bench.app.state.overlays.is_empty(),
        "no older row is opened"
    );
    bench.carry_out(effects);
    let Some(Overlay::Detail(detail)) = bench.app.state.overlays.last() else {
        panic!("{:?} {}", bench.app.state.overlays, said(&bench))
    };
    assert_eq!(Some(&detail.image.digest), wanted.as_ref());
}
