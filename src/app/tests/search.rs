//! The page of search.

use super::*;
use crate::app::layout::Focus;
use crate::app::page::PageId;
use crate::app::page::search::{Elsewhere, MOST, Narrowing, Search, WhenBuilt};
use crate::model::{Answer, Cursor, Digest, Hit, Matched, Page, RegistryId};

fn page(bench: &Bench) -> &Search {
    &bench.app.state.pages.search
}

/// Hits in the order they stand: repository and tag.
fn hits(bench: &Bench) -> Vec<String> {
    let found = &page(bench).found;
    let rows = (0..found.shown()).filter_map(|row| found.row(row));
    rows.map(|(hit, _)| words(hit)).collect()
}

fn words(hit: &Hit) -> String {
    match &hit.tag {
        Some(tag) => format!("{}:{tag}", hit.repository),
        None => hit.repository.to_string(),
    }
}

fn selected(bench: &Bench) -> Option<String> {
    page(bench).selected().map(words)
}

fn key(bench: &mut Bench, keys: &str) -> Vec<Effect> {
    let key = KeyPress::parse_all(keys).unwrap()[0];
    come(bench, Event::Key(key))
}

/// What comes of an event, apart from what is asked of the hits on screen.
fn come(bench: &mut Bench, event: Event) -> Vec<Effect> {
    let mut effects = bench.app.update(event);
    effects.retain(|effect| {
        let built = matches!(
            effect,
            Effect::Ask {
                question: Question::Built { .. },
                ..
            }
        );
        !built
    });
    effects
}

fn asked(effects: &[Effect]) -> (Ticket, String, Option<Cursor>, usize) {
    let [
        Effect::Ask {
            ticket,
            question:
                Question::Search {
                    search,
                    after,
                    enough,
                    ..
                },
        },
    ] = effects
    else {
        panic!("{effects:?}")
    };
    let text = search.words.text().to_owned();
    (*ticket, text, after.clone(), *enough)
}

/// So many tags of one repository.
fn tags(from: usize, to: usize) -> Vec<Hit> {
    let one = |n: usize| Hit {
        registry: NEXUS,
        repository: "team/api".parse().unwrap(),
        tag: Some(format!("1.{n}").parse().unwrap()),
        digest: Some(Digest::sha256(&n.to_le_bytes())),
        child: None,
        matched: Matched::Tag,
    };
    (from..to).map(one).collect()
}

fn answer(ticket: Ticket, rows: Vec<Hit>, more: bool) -> Event {
    let next = more.then(|| Cursor {
        registry: NEXUS,
        repository: "team/api".parse().unwrap(),
    });
    let result = Ok(Answer::Search(Page { rows, next }));
    Event::Answered { ticket, result }
}

#[test]
fn hits_come_as_the_line_is_typed_into() {
    for enter in ["2", "s"] {
        let mut bench = loaded();
        assert_eq!(bench.press(enter), []);
        assert_eq!(bench.app.state.pages.at, PageId::Search);
        assert_eq!(hits(&bench), [""; 0]);
        bench.press("api");
        assert_eq!(hits(&bench), ["team/api"]);
        bench.press(" 1.9");
        assert_eq!(hits(&bench), ["team/api:1.9.3", "team/api:1.9.2"]);
        bench.press("<c-u>team/*<backspace>mo");
        assert_eq!(hits(&bench), ["team/moved"]);
        bench.press("<c-u>");
        assert_eq!(hits(&bench), [""; 0]);
        bench.send(Event::Paste("ALPINE\n".into()));
        assert_eq!(hits(&bench), ["library/alpine"]);
    }
}

#[test]
fn digests_and_their_children_are_found_with_every_other_place() {
    let mut bench = loaded();
    let mut copy = bench.images[0].clone();
    copy.registry = HARBOR;
    copy.repository = "library/alpine".parse().unwrap();
    bench.images.push(copy.clone());
    let whole = copy.digest.to_string();
    bench.press(&format!("s{}", &whole[..20]));
    let found = &page(&bench).found;
    let (hit, elsewhere) = found.row(0).unwrap();
    assert_eq!((hit.registry, hit.matched), (NEXUS, Matched::Digest));
    let there = Elsewhere::In(HARBOR, copy.repository.clone());
    assert_eq!(*elsewhere, there);
    assert_eq!(found.shown(), 2);
    let child = copy.image.children[1].digest.to_string();
    bench.press(&format!("<c-u>{child}"));
    let (hit, _) = page(&bench).found.row(0).unwrap();
    assert_eq!(hit.matched, Matched::Child);
    assert_eq!(hit.digest, Some(copy.digest));
    assert_eq!(
        bench.press("<down>yd"),
        [Effect::Screen(ScreenWork::Copy(child))]
    );
}

#[test]
fn letters_are_text_in_the_line_and_keys_among_the_hits() {
    let mut bench = loaded();
    assert_eq!(bench.press("sqC1:?/xsggyr"), []);
    assert_eq!(page(&bench).field.text(), "qC1:?/xsggyr");
    assert_eq!(bench.app.state.pages.at, PageId::Search);
    bench.press("<c-u>team<down>");
    let names = [
        "api", "broken", "legacy", "moved", "new", "secret", "waiting",
    ];
    assert_eq!(hits(&bench), names.map(|name| format!("team/{name}")));
    assert_eq!(selected(&bench).as_deref(), Some("team/api"));
    bench.press("jjk");
    assert_eq!(selected(&bench).as_deref(), Some("team/broken"));
    bench.press("G");
    assert_eq!(selected(&bench).as_deref(), Some("team/waiting"));
    bench.press("gg");
    assert_eq!(page(&bench).field.text(), "team");
    // Three ways back into the line.
    for keys in ["/", "<esc>", "s"] {
        bench.press(keys);
        assert!(page(&bench).is_typed, "{keys}");
        bench.press("<down>");
        assert!(!page(&bench).is_typed);
    }
}

#[test]
fn enter_goes_to_the_hit_and_back_comes_to_the_page_as_it_was() {
    let mut bench = loaded();
    bench.press("s1.9<down>j");
    assert_eq!(selected(&bench).as_deref(), Some("team/api:1.9.2"));
    assert_eq!(bench.press("<enter>"), []);
    assert_eq!(bench.app.state.pages.at, PageId::Browse);
    let browse = &bench.app.state.pages.browse;
    assert_eq!(browse.focus, Focus::Images);
    assert_eq!(browse.image().unwrap().tags[0].as_str(), "1.9.2");
    for keys in ["<c-o>", "<enter><backspace>"] {
        bench.press(keys);
        assert_eq!(bench.app.state.pages.at, PageId::Search);
        assert_eq!(page(&bench).field.text(), "1.9");
        assert_eq!(selected(&bench).as_deref(), Some("team/api:1.9.2"));
        assert!(!page(&bench).is_typed, "{keys}");
    }
    // To the repository of the hit, and back.
    bench.press("gr");
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Repositories);
    assert_eq!(repository(&bench), "team/api");
    bench.press("<c-o>");
    assert_eq!(bench.app.state.pages.at, PageId::Search);
    // Who comes to search, types.
    bench.press("1s");
    assert!(page(&bench).is_typed);
    // From the line, too; a repository is gone to itself.
    bench.press("<c-u>alpine<enter>");
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Repositories);
    assert_eq!(repository(&bench), "library/alpine");
}

#[test]
fn escape_leaves_hits_then_text_then_the_page() {
    let mut bench = at_nexus();
    bench.press("lsapi<down><esc>");
    assert_eq!(
        (page(&bench).is_typed, page(&bench).field.text()),
        (true, "api")
    );
    bench.press("<esc>");
    assert_eq!((page(&bench).field.text(), hits(&bench).len()), ("", 0));
    assert_eq!(bench.app.state.pages.at, PageId::Search);
    bench.press("<esc>");
    assert_eq!(bench.app.state.pages.at, PageId::Browse);
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Repositories);
    // To the page that is shown already one does not come back.
    bench.press("sapi<down>2<c-o>");
    assert_eq!(bench.app.state.pages.at, PageId::Browse);
}

#[test]
fn one_question_is_in_flight_and_another_line_withdraws_it() {
    let mut bench = loaded();
    bench.press("s");
    let first = key(&mut bench, "a");
    let (ticket, text, after, enough) = asked(&first);
    assert_eq!((text.as_str(), after, enough), ("a", None, 200));
    let withdrawn = Effect::Do(Work::Withdraw { ticket });
    assert_eq!(key(&mut bench, "p"), [withdrawn]);
    assert_eq!(key(&mut bench, "i"), [], "once is enough");
    assert_eq!(key(&mut bench, "<enter>"), []);
    assert_eq!(said(&bench), "still searching");
    let second = come(&mut bench, answer(ticket, tags(0, 3), false));
    assert_eq!(hits(&bench), [""; 0], "it may not be whole");
    let (ticket, text, ..) = asked(&second);
    assert_eq!(text, "api");
    assert_eq!(come(&mut bench, answer(ticket, tags(0, 3), false)), []);
    assert_eq!(hits(&bench).len(), 3);
    let late = come(&mut bench, answer(ticket, tags(0, 9), false));
    assert_eq!((late, hits(&bench).len()), (vec![], 3), "an answer twice");
    // What the hits are of is another's, until the answer comes.
    let third = key(&mut bench, "x");
    assert!(!page(&bench).is_current() && !hits(&bench).is_empty());
    assert_eq!(selected(&bench), None);
    let (ticket, ..) = asked(&third);
    assert_eq!(
        key(&mut bench, "<backspace>"),
        [Effect::Do(Work::Withdraw { ticket })]
    );
    let fourth = come(&mut bench, answer(ticket, Vec::new(), false));
    assert_eq!(asked(&fourth).1, "api");
}

#[test]
fn when_images_were_built_is_asked_of_the_hits_on_screen_alone() {
    let asked_of = |effects: &[Effect]| {
        let found = effects.iter().find_map(|effect| match effect {
            Effect::Ask {
                ticket,
                question: Question::Built { images },
            } => Some((*ticket, images.len())),
            _ => None,
        });
        found.unwrap_or_default()
    };
    let mut bench = loaded();
    bench.press("s");
    let (ticket, ..) = asked(&key(&mut bench, "1"));
    let effects = bench.app.update(answer(ticket, tags(0, 200), false));
    let rows = crate::app::layout::areas(bench.app.state.world.size).unwrap();
    let rows = crate::app::layout::search_rows(rows.body);
    let (ticket, count) = asked_of(&effects);
    assert_eq!(count, rows);
    let built = |bench: &Bench| {
        let (hit, _) = page(bench).found.row(0).unwrap();
        page(bench).built.of(hit)
    };
    assert_eq!(built(&bench), WhenBuilt::Awaited);
    let at = fixture::ago(7);
    let effects = bench.app.update(Event::Answered {
        ticket,
        result: Ok(Answer::Built(vec![Some(at); count])),
    });
    assert_eq!(built(&bench), WhenBuilt::At(at));
    assert_eq!(effects, [], "it is asked once");
    // What could not be told is not asked for again until the inventory is another.
    bench.press_unanswered("<down>");
    let next = bench.press_unanswered("<pgdn>");
    let (ticket, count) = asked_of(&next);
    assert!(count > 0 && count <= rows, "{next:?}");
    let trouble = Trouble::new("no");
    let effects = bench.app.update(Event::Answered {
        ticket,
        result: Err(trouble),
    });
    assert_eq!(effects, []);
    let effects = bench.app.update(Event::InventoryChanged);
    assert_eq!(asked_of(&effects).1, rows, "{effects:?}");
}

#[test]
fn a_line_that_says_the_same_asks_nothing() {
    let mut bench = loaded();
    bench.press("sapi");
    for keys in ["<left>", "<home>", "<end>", " ", "<backspace>", "<up>"] {
        assert_eq!(key(&mut bench, keys), [], "{keys}");
    }
    assert_eq!(selected(&bench).as_deref(), Some("team/api"));
}

#[test]
fn the_rest_is_read_on_while_it_is_looked_at_and_so_much_is_kept() {
    let mut bench = loaded();
    bench.press("s");
    let (ticket, ..) = asked(&key(&mut bench, "1"));
    let more = come(&mut bench, answer(ticket, tags(0, 200), true));
    let (ticket, _, after, enough) = asked(&more);
    assert_eq!((after.is_some(), enough), (true, MOST - 200));
    assert!(page(&bench).is_reading());
    bench.press_unanswered("<down>");
    bench.press("jjj");
    // Nobody looks: nothing more is read.
    bench.press("1");
    assert_eq!(come(&mut bench, answer(ticket, tags(200, 300), true)), []);
    assert_eq!(hits(&bench).len(), 300);
    assert_eq!(selected(&bench).as_deref(), Some("team/api:1.3"));
    // Somebody comes back: it is read as it is now, and whole.
    let back = key(&mut bench, "<c-o>");
    let (ticket, _, after, enough) = asked(&back);
    assert_eq!((after, enough), (None, MOST));
    come(&mut bench, answer(ticket, tags(2, MOST + 10), true));
    assert_eq!(hits(&bench).len(), MOST);
    assert_eq!(selected(&bench).as_deref(), Some("team/api:1.3"));
    assert!(page(&bench).found.is_cut && !page(&bench).is_reading());
}

#[test]
fn hits_follow_the_inventory_and_the_cursor_its_hit() {
    let mut bench = loaded();
    bench.press("steam<down>jj");
    assert_eq!(selected(&bench).as_deref(), Some("team/legacy"));
    bench
        .repositories
        .retain(|row| row.name.as_str() != "team/broken");
    bench.send(Event::InventoryChanged);
    assert_eq!(hits(&bench).len(), 6);
    assert_eq!(selected(&bench).as_deref(), Some("team/legacy"));
    assert_eq!(page(&bench).found.list.cursor, 1);
    // A change while a question is in flight is asked for after its answer, once.
    let asking = bench.app.update(Event::InventoryChanged);
    assert_eq!(bench.app.update(Event::InventoryChanged), []);
    let [_, search] = &asking[..] else {
        panic!("{asking:?}")
    };
    let answer = bench.answer(search).unwrap();
    let again = bench.app.update(answer);
    assert_eq!(asked(&again).3, MOST);
    assert!(!page(&bench).is_reading(), "no more hits are awaited");
}

#[test]
fn a_registry_that_is_new_or_gone_is_searched_or_not() {
    let mut bench = loaded();
    bench.press("sapi");
    bench.registries.retain(|row| row.id != NEXUS);
    bench.send(Event::InventoryChanged);
    assert_eq!(hits(&bench), [""; 0]);
    bench.registries = fixture::registries();
    bench.send(Event::InventoryChanged);
    assert_eq!(hits(&bench), ["team/api"]);
}

#[test]
fn tab_narrows_to_kinds_and_the_cursor_stays_on_its_hit() {
    let mut bench = loaded();
    bench.press("sa");
    let both = |bench: &Bench| {
        let found = &page(bench).found;
        let counts = Narrowing::EACH.map(|kind| found.count(kind));
        (found.narrowing(), found.shown(), counts)
    };
    let counts = [11, 1, 10, 0];
    assert_eq!(
        both(&bench),
        (Narrowing::All, 11, counts),
        "{:?}",
        hits(&bench)
    );
    bench.press("<tab>");
    assert_eq!(both(&bench), (Narrowing::Tags, 1, counts));
    assert_eq!(hits(&bench), ["team/api:latest"]);
    // Among repositories there is no such hit; among all there it is again.
    bench.press("<s-tab><down>");
    assert_eq!(page(&bench).found.list.cursor, 3);
    assert_eq!(selected(&bench).as_deref(), Some("team/api:latest"));
    bench.press("][");
    assert_eq!(selected(&bench).as_deref(), Some("team/api:latest"));
    bench.press("]]");
    assert_eq!(both(&bench), (Narrowing::Repositories, 10, counts));
    bench.press("]");
    assert_eq!(both(&bench), (Narrowing::Digests, 0, counts));
    assert_eq!(bench.press("<enter>"), []);
    assert_eq!(said(&bench), "no hit is selected");
}

#[test]
fn what_a_hit_names_is_copied() {
    let digest = fixture::images()[1].digest.to_string();
    let origin = "nexus.example:8443/team/api";
    for (keys, text) in [
        ("yr", format!("{origin}@{digest}")),
        ("yt", format!("{origin}:1.9.3")),
        ("yd", digest.clone()),
        ("yp", format!("docker pull {origin}@{digest}")),
    ] {
        let mut bench = loaded();
        bench.press("s1.9.3<down>");
        let copied = Effect::Screen(ScreenWork::Copy(text));
        assert_eq!(bench.press(keys), [copied], "{keys}");
    }
    for (keys, why) in [
        ("yt", "this is a repository: its images have tags"),
        ("yd", "this is a repository: its images have digests"),
        ("yp", "this is a repository: its images can be pulled"),
    ] {
        let mut bench = loaded();
        bench.press("sapi<down>");
        assert_eq!(bench.press(keys), [], "{keys}");
        assert_eq!(said(&bench), why);
        let copied = Effect::Screen(ScreenWork::Copy(origin.to_owned()));
        assert_eq!(bench.press("yr"), [copied]);
    }
}

#[test]
fn enter_without_a_hit_says_why() {
    let mut bench = Bench::empty(80, 24);
    assert_eq!(bench.press("sapi<enter>"), [], "nowhere to search");
    assert_eq!(said(&bench), "there is no registry yet to search in");
    let mut bench = loaded();
    for (keys, why) in [
        ("s<enter>", "nothing is searched for yet"),
        ("zzz<enter>", "no hit is selected"),
        ("<down>", "no hit is selected"),
    ] {
        bench.press(keys);
        assert_eq!(said(&bench), why, "{keys}");
        assert!(page(&bench).is_typed);
    }
}

#[test]
fn what_cannot_be_searched_says_so_until_it_can() {
    let mut bench = loaded();
    bench.press("s");
    let (ticket, ..) = asked(&key(&mut bench, "a"));
    let result = Err(Trouble::new("the inventory cannot be read"));
    bench.app.update(Event::Answered { ticket, result });
    assert!(page(&bench).broken.is_some() && !page(&bench).is_reading());
    assert_eq!(said(&bench), "the inventory cannot be read");
    bench.press("<enter>");
    assert_eq!(said(&bench), "the inventory could not be searched");
    bench.send(Event::InventoryChanged);
    assert!(page(&bench).broken.is_none());
    assert_eq!(hits(&bench).len(), 11);
    // Of what was withdrawn trouble is nobody's.
    let (ticket, ..) = asked(&key(&mut bench, "p"));
    key(&mut bench, "i");
    let result = Err(Trouble::new("the inventory cannot be read"));
    let again = bench.app.update(Event::Answered { ticket, result });
    assert_eq!(asked(&again).1, "api");
    assert!(page(&bench).broken.is_none());
}

#[test]
fn no_registry_is_asked_that_is_not_there() {
    let mut bench = loaded();
    bench.press("s");
    let effects = key(&mut bench, "a");
    let [Effect::Ask { question, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    let Question::Search { registries, .. } = question else {
        panic!("{question:?}")
    };
    assert_eq!(*registries, (1..=6).map(RegistryId).collect::<Vec<_>>());
}
