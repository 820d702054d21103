//! The page of search.

use super::*;
use crate::config::keys::KeyPress;
use crate::model::{Answer, Cursor, Digest, Hit, Matched, Page, RegistryId, Trouble};

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 40), (160, 45)];

/// A loaded screen on which this was done.
fn after(done: impl Fn(&mut Bench)) -> impl Fn(u16, u16) -> Bench {
    move |width, height| {
        let mut bench = Bench::loaded(width, height);
        done(&mut bench);
        bench
    }
}

/// Presses a key, and leaves the question open.
pub(super) fn ask(bench: &mut Bench, key: &str) -> crate::app::Ticket {
    let key = KeyPress::parse_all(key).unwrap()[0];
    let effects = bench.app.update(Event::Key(key));
    let [Effect::Ask { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    ticket
}

/// Tags of which every third is another's in three registries.
pub(super) fn many(count: usize) -> Vec<Hit> {
    let one = |n: usize| Hit {
        registry: RegistryId(1 + u32::try_from(n % 3).unwrap()),
        repository: format!("team-{}/service/of-department-{n}", n % 7)
            .parse()
            .unwrap(),
        tag: Some(format!("1.{}.{n}", n % 5).parse().unwrap()),
        digest: Some(Digest::sha256(&(n / 3).to_le_bytes())),
        child: None,
        matched: Matched::Tag,
    };
    (0..count).map(one).collect()
}

pub(super) fn answer(bench: &mut Bench, ticket: crate::app::Ticket, rows: Vec<Hit>) {
    let next = Some(Cursor {
        registry: NEXUS,
        repository: "team/api".parse().unwrap(),
    });
    let result = Ok(Answer::Search(Page { rows, next }));
    bench.app.update(Event::Answered { ticket, result });
}

#[test]
fn nothing_typed() {
    scene!(
        SIZES,
        "nothing_typed",
        after(|bench| {
            bench.press("s");
        })
    );
}

#[test]
fn searching() {
    scene!(
        SIZES,
        "searching",
        after(|bench| {
            bench.press("s");
            ask(bench, "a");
        })
    );
}

#[test]
fn few_hits() {
    scene!(
        SIZES,
        "few_hits",
        after(|bench| {
            bench.press("sapi 1");
        })
    );
}

#[test]
fn many_hits() {
    scene!(
        SIZES,
        "many_hits",
        after(|bench| {
            bench.press("s");
            let ticket = ask(bench, "1");
            answer(bench, ticket, many(200));
            bench.press("<down><c-f><c-f>");
        })
    );
}

#[test]
fn hits_by_digest() {
    scene!(
        SIZES,
        "hits_by_digest",
        after(|bench| {
            let mut copy = bench.images[0].clone();
            copy.registry = HARBOR;
            copy.repository = "library/alpine".parse().unwrap();
            let child = copy.image.children[1].digest.short();
            bench.images.push(copy);
            bench.press(&format!("s{}<down>j", &child[..6]));
        })
    );
}

#[test]
fn nothing_matches() {
    scene!(
        SIZES,
        "nothing_matches",
        after(|bench| {
            bench.press("szzz");
        })
    );
}

#[test]
fn not_to_be_searched() {
    scene!(
        SIZES,
        "not_to_be_searched",
        after(|bench| {
            bench.press("s");
            let ticket = ask(bench, "a");
            let result = Err(Trouble {
                message: "the inventory `/var/lib/supercargo/inventory.redb` cannot be read".into(),
                hint: Some("run `supercargo doctor`".into()),
            });
            bench.app.update(Event::Answered { ticket, result });
        })
    );
}

fn shown(bench: &Bench) -> String {
    text(&painted(bench, &dark()).0).join("\n")
}

#[test]
fn what_is_kept_of_too_many_is_said() {
    let mut bench = Bench::loaded(80, 24);
    bench.press("s");
    let ticket = ask(&mut bench, "1");
    answer(&mut bench, ticket, many(5001));
    let shown = shown(&bench);
    assert!(shown.contains("the first 5 000, there are more"), "{shown}");
    assert!(shown.contains("tags 5 000"), "{shown}");
}

#[test]
fn every_want_of_hits_has_its_words() {
    let mut bench = Bench::empty(60, 16);
    bench.press("sapi");
    assert!(shown(&bench).contains("No registry yet."));
    let mut bench = Bench::loaded(60, 16);
    bench.press("sapi<tab>");
    let words = "None of the hits are tags. tab goes on.";
    assert!(shown(&bench).contains(words), "{}", shown(&bench));
    for row in &mut bench.registries {
        row.list = crate::model::ListState::Listed;
    }
    bench.send(Event::InventoryChanged);
    bench.press("<s-tab><c-u>zzz");
    let shown = shown(&bench);
    assert!(shown.contains("Nothing matches."), "{shown}");
    assert!(!shown.contains("could not be listed"), "{shown}");
}

#[test]
fn what_was_looked_for_is_underlined_in_every_row() {
    let mut bench = Bench::loaded(120, 40);
    bench.press("sAPI 1.9<down>");
    let (buffer, _) = painted(&bench, &dark());
    let lines = text(&buffer);
    let mut rows = 0;
    for (y, line) in lines.iter().enumerate() {
        if !line.contains("team/api") {
            continue;
        }
        rows += 1;
        let width = usize::from(buffer.area.width);
        let row = &buffer.content[y * width..(y + 1) * width];
        let marked = row
            .iter()
            .filter(|cell| cell.modifier.contains(Modifier::UNDERLINED));
        let marked: String = marked.map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(marked, "api1.9", "{line}");
    }
    assert_eq!(rows, 2, "{lines:#?}");
}

#[test]
fn nothing_here_needs_colours_or_more_than_ascii() {
    let theme = Theme::new(Looks::named("mono").unwrap(), true);
    for keys in ["s", "sapi", "s1<down>", "szzz", "s1<tab>"] {
        let mut bench = Bench::loaded(80, 24);
        bench.press(keys);
        let (buffer, _) = painted(&bench, &theme);
        for cell in &buffer.content {
            assert!(cell.symbol().is_ascii(), "{keys}: {:?}", cell.symbol());
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{keys}");
        }
    }
}
