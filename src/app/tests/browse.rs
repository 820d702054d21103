//! Scopes and the tree of the panes: keys to state and effects.

use super::{Bench, fixture, loaded, said};
use crate::app::fixture::{HARBOR, NEXUS};
use crate::app::layout::{Focus, REGISTRY_ROWS, registries_in};
use crate::app::page::Browse;
use crate::app::page::browse::MOST_IMAGES;
use crate::app::pointer::{Pointed, Pointing};
use crate::app::{Effect, Event, ScreenWork, Work};
use crate::config::keys::KeyPress;
use crate::model::{ImageRow, Question, RegistryId};

/// Two registries with a repository of the same name, and images in four repositories.
pub(crate) fn wide(width: u16, height: u16) -> Bench {
    let mut bench = Bench::loaded(width, height);
    let mut twin = bench.repositories[0].clone();
    twin.registry = HARBOR;
    bench.repositories.push(twin);
    let mut add = |registry: RegistryId, repository: &str, tag: &str| {
        let mut row = fixture::image(&[tag], &["linux/amd64"], Some(84_234_567));
        row.registry = registry;
        row.repository = repository.parse().unwrap();
        bench.images.push(row);
    };
    add(HARBOR, "team/api", "1.9.3");
    add(NEXUS, "team/legacy", "0.9");
    add(NEXUS, "charts/ingress-nginx", "4.11.0");
    add(HARBOR, "library/alpine", "3.20");
    bench
}

fn browse(bench: &Bench) -> &Browse {
    &bench.app.state.pages.browse
}

fn image(row: &ImageRow) -> String {
    let tag = row.tags.first().map_or("-", |tag| tag.as_str());
    format!("{} {}:{tag}", row.registry.0, row.repository)
}

/// The rows of images, as far as they are not those of `team/api` in the first registry.
fn others(bench: &Bench) -> Vec<String> {
    let rows = browse(bench).images.listing.rows.iter().map(image);
    rows.filter(|row| !row.starts_with("1 team/api")).collect()
}

/// The rows of repositories: registry, label, and the sign of a folder.
fn repositories(bench: &Bench) -> Vec<String> {
    let rows = browse(bench).repositories.listing.rows.iter();
    let said = rows.map(|branch| {
        let label = &branch.row.name.as_str()[branch.label..];
        let depth = "  ".repeat(branch.depth.unwrap_or(0));
        let sign = match &branch.folder {
            Some(folder) if folder.is_open => "-",
            Some(_) => "+",
            None => "",
        };
        format!("{depth}{sign}{label}")
    });
    said.collect()
}

/// The focus, and what is selected there.
fn selected(bench: &Bench) -> (Focus, String) {
    let page = browse(bench);
    let text = match page.focus {
        Focus::Registries => page.registry().map(|row| row.spec.name.to_string()),
        Focus::Repositories => page.repositories.selected().map(|branch| {
            let end = if branch.folder.is_some() { "/" } else { "" };
            format!("{} {}{end}", branch.row.registry.0, branch.row.name)
        }),
        Focus::Images => page.image().map(image),
    };
    (page.focus, text.unwrap_or_default())
}

#[test]
fn images_are_of_more_and_more_and_the_selected_one_stays() {
    let mut bench = wide(160, 45);
    bench.press("/nexus<enter>l/team/api<enter>l/!zz<enter>jj");
    let (focus, here) = selected(&bench);
    assert_eq!((focus, here.as_str()), (Focus::Images, "1 team/api:1.9.3"));
    assert!(others(&bench).is_empty());
    for (keys, wanted) in [
        ("w", &["1 team/legacy:0.9"][..]),
        ("w", &["1 charts/ingress-nginx:4.11.0", "1 team/legacy:0.9"]),
        (
            "w",
            &[
                "1 charts/ingress-nginx:4.11.0",
                "2 library/alpine:3.20",
                "2 team/api:1.9.3",
                "1 team/legacy:0.9",
            ],
        ),
        ("W", &["1 charts/ingress-nginx:4.11.0", "1 team/legacy:0.9"]),
        ("W", &["1 team/legacy:0.9"]),
        ("W", &[]),
    ] {
        bench.press(keys);
        assert_eq!(
            selected(&bench),
            (Focus::Images, here.clone()),
            "{wanted:?}"
        );
        assert_eq!(others(&bench), wanted);
    }
    bench.press("W");
    assert_eq!(
        said(&bench),
        "only the images of what is selected on the left are shown"
    );
}

#[test]
fn narrower_goes_to_where_the_selected_image_is() {
    let mut bench = wide(160, 45);
    bench.press("/nexus<enter>l/team/api<enter>lwww/alpine<enter>");
    assert_eq!(selected(&bench).1, "2 library/alpine:3.20");
    bench.press("W");
    assert_eq!(browse(&bench).registry().unwrap().id, HARBOR);
    assert_eq!(selected(&bench).1, "2 library/alpine:3.20");
    bench.press("WW");
    let page = browse(&bench);
    assert_eq!(page.repository().unwrap().name.as_str(), "library/alpine");
}

#[test]
fn what_is_chosen_by_hand_stays_chosen_when_what_was_kept_comes() {
    let mut bench = wide(160, 45);
    bench.press("/nexus<enter><esc>l/team/api<enter><esc>lwww");
    let effects = bench.press_unanswered("W");
    bench.carry_out(effects);
    assert_eq!(browse(&bench).registry().unwrap().id, NEXUS, "it is kept");
    for keys in ["hhj", "hh/harbor<enter>"] {
        let mut bench = wide(160, 45);
        bench.press("/nexus<enter><esc>l/team/api<enter><esc>lwww");
        let mut effects = bench.press_unanswered("W");
        effects.extend(bench.press_unanswered(keys));
        let chosen = browse(&bench).registry().unwrap().id;
        assert_ne!(chosen, NEXUS, "{keys}");
        bench.carry_out(effects);
        assert_eq!(browse(&bench).registry().unwrap().id, chosen, "{keys}");
        assert_eq!(browse(&bench).focus, Focus::Registries, "{keys}");
    }
}

#[test]
fn a_row_that_was_pressed_stays_chosen_as_well() {
    let mut bench = wide(250, 60);
    bench.press("/nexus<enter><esc>l/team/api<enter><esc>lwww");
    let mut effects = bench.press_unanswered("W");
    let areas = bench.app.state.areas().unwrap();
    let pane = browse(&bench).panes(areas.body).registries.unwrap();
    let pane = registries_in(pane);
    let rows = &browse(&bench).registries.listing.rows;
    let at = rows.iter().position(|row| row.id == HARBOR).unwrap();
    let row = pane.y + u16::try_from(at).unwrap() * REGISTRY_ROWS;
    effects.extend(bench.app.update(Event::Pointed(Pointed {
        column: pane.x + 3,
        row,
        what: Pointing::Press,
    })));
    assert_eq!(browse(&bench).registry().unwrap().id, HARBOR);
    bench.carry_out(effects);
    assert_eq!(browse(&bench).registry().unwrap().id, HARBOR);
}

#[test]
fn repositories_of_all_registries_keep_apart_what_is_called_the_same() {
    let mut bench = wide(160, 45);
    bench.press("/nexus<enter>l/team/api<enter>");
    assert_eq!(
        selected(&bench),
        (Focus::Repositories, "1 team/api".to_owned())
    );
    bench.press("w");
    assert_eq!(
        selected(&bench),
        (Focus::Repositories, "1 team/api".to_owned())
    );
    assert_eq!(repositories(&bench), ["team/api", "team/api"]);
    bench.press("<space>");
    assert_eq!(browse(&bench).marked(), (1, 0));
    // The images are those of the row, and what is done is done to its registry.
    assert_eq!(selected(&bench).1, "2 team/api");
    assert_eq!(others(&bench), ["2 team/api:1.9.3"]);
    let effects = bench.press("c");
    assert_eq!(effects, [Effect::Do(crate::app::Work::StartCrawl(HARBOR))]);
    bench.press("w");
    assert_eq!(said(&bench), "the repositories of all registries are shown");
    bench.press("W");
    assert_eq!(selected(&bench).1, "2 team/api");
    assert_eq!(repositories(&bench), ["team/api"]);
}

#[test]
fn marks_decisions_and_copies_are_of_each_rows_own_repository() {
    let mut bench = wide(160, 45);
    bench.press("/nexus<enter>l/team/api<enter>lwww/1.9.3<enter>*");
    assert_eq!(
        browse(&bench).marked(),
        (2, 0),
        "one digest, two repositories"
    );
    let effects = bench.press("yt");
    let [Effect::Screen(ScreenWork::Copy(text))] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        text,
        "nexus.example:8443/team/api:1.9.3\nharbor.example/team/api:1.9.3"
    );
    bench.press("+");
    let kept = browse(&bench).images.listing.rows.iter();
    let kept = kept.map(|row| row.decisions.image.is_some());
    assert_eq!(kept.collect::<Vec<_>>(), [true, true]);
    bench.press("<enter>");
    let Some(crate::app::overlay::Overlay::Detail(detail)) = bench.app.state.overlays.last() else {
        panic!("no detail")
    };
    assert!(detail.title().starts_with("nexus-prod › team/api"));
}

#[test]
fn of_many_images_the_first_are_asked_for_and_marks_stay_on_the_others() {
    let mut bench = wide(160, 45);
    bench.press("/nexus<enter>l/team/api<enter>l");
    let model = fixture::image(&["x"], &["linux/amd64"], Some(1));
    for n in 0..MOST_IMAGES {
        let mut row = model.clone();
        row.digest = crate::model::Digest::sha256(&n.to_le_bytes());
        row.tags = vec![format!("5.{n}").parse().unwrap()];
        row.repository = "many/more".parse().unwrap();
        bench.images.push(row);
    }
    bench.press("<space>");
    let key = KeyPress::parse_all("w").unwrap()[0];
    for _ in 0..2 {
        bench.send(Event::Key(key));
    }
    let listing = &browse(&bench).images.listing;
    assert_eq!(listing.rows.len(), MOST_IMAGES);
    assert!(
        listing.is_cut() && listing.matched > MOST_IMAGES,
        "{}",
        listing.matched
    );
    bench.press("<space>/5.1<enter>");
    assert_eq!(browse(&bench).marked().0, 1);
    bench.press("<esc>");
    bench.press("ot");
    // By the other end of the order, the marked row is not among the first.
    bench.send(Event::InventoryChanged);
    assert_eq!(browse(&bench).marked(), (1, 1));
}

#[test]
fn a_scope_is_asked_for_in_words_of_its_own() {
    let mut bench = wide(160, 45);
    bench.press("/nexus<enter>l/team/api<enter>l");
    let key = |keys: &str| Event::Key(KeyPress::parse_all(keys).unwrap()[0]);
    let asked = bench.app.update(key("w"));
    let [
        Effect::Ask {
            question:
                Question::ImagesOver {
                    registries,
                    below,
                    most,
                    ..
                },
            ..
        },
    ] = &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!(registries[..], [NEXUS]);
    assert_eq!((below.as_deref(), *most), (Some("team/"), MOST_IMAGES));
    assert!(browse(&bench).images.is_loading());
    // What is wanted no more is withdrawn.
    let again = bench.app.update(key("W"));
    assert!(
        matches!(&again[..], [Effect::Do(crate::app::Work::Withdraw { .. })]),
        "{again:?}"
    );
    assert_eq!(browse(&bench).focus, Focus::Images);
}

#[test]
fn the_tree_opens_and_closes_and_images_are_of_the_folder() {
    let mut bench = wide(160, 45);
    bench.press("/nexus<enter>lgg");
    let flat = repositories(&bench);
    assert_eq!(flat[0], "charts/ingress-nginx");
    bench.press("T");
    assert_eq!(
        repositories(&bench),
        [
            "-charts",
            "  ingress-nginx",
            "+group/subgroup/another-subgroup/project",
            "+team",
        ]
    );
    // The cursor stays on its repository.
    assert_eq!(selected(&bench).1, "1 charts/ingress-nginx");
    bench.press("h");
    assert_eq!(
        selected(&bench),
        (Focus::Repositories, "1 charts/".to_owned())
    );
    assert_eq!(others(&bench), ["1 charts/ingress-nginx:4.11.0"]);
    bench.press("h");
    assert_eq!(repositories(&bench)[0], "+charts");
    assert_eq!(browse(&bench).focus, Focus::Repositories);
    bench.press("G");
    assert_eq!(selected(&bench).1, "1 team/");
    assert_eq!(others(&bench), ["1 team/legacy:0.9"]);
    bench.press("<enter>");
    assert_eq!(repositories(&bench).len(), 3 + 7);
    bench.press("jl");
    assert_eq!(browse(&bench).focus, Focus::Images);
    bench.press("hT");
    assert_eq!(repositories(&bench), flat);
    assert_eq!(selected(&bench).1, "1 team/api");
    bench.press("hh");
    assert_eq!(browse(&bench).focus, Focus::Registries);
}

#[test]
fn a_filter_shows_matches_with_their_folders_open() {
    let mut bench = wide(160, 45);
    bench.press("/nexus<enter>lT/legacy<enter>");
    assert_eq!(repositories(&bench), ["-team", "  legacy"]);
    bench.press("<esc>");
    assert_eq!(
        repositories(&bench).len(),
        3 + 1,
        "{:?}",
        repositories(&bench)
    );
}

#[test]
fn marks_in_a_folder_stay_when_it_closes_and_folders_are_not_marked() {
    let mut bench = wide(160, 45);
    bench.press("/nexus<enter>lggTG<space>");
    assert_eq!(
        said(&bench),
        "a folder is selected: this is done to repositories, or to images"
    );
    bench.press("lj<space>");
    assert_eq!(browse(&bench).marked(), (1, 0));
    bench.press("hh");
    bench.send(Event::InventoryChanged);
    assert_eq!(browse(&bench).marked(), (1, 1));
}

#[test]
fn what_is_gone_to_is_unfolded() {
    let mut bench = loaded();
    bench.press("/nexus<enter>lTs1.9.2<down><enter>");
    let page = browse(&bench);
    assert_eq!(page.focus, Focus::Images);
    assert_eq!(page.image().unwrap().tags[0].as_str(), "1.9.2");
    assert_eq!(page.repository().unwrap().name.as_str(), "team/api");
}

#[test]
fn images_of_more_that_take_long_are_given_up() {
    let mut bench = wide(160, 45);
    bench.press("/nexus<enter>l/team/api<enter>l");
    let before = bench.app.state.pages.browse.images.listing.rows.len();
    let press = |bench: &mut Bench, key: &str| {
        let press = KeyPress::parse_all(key).unwrap()[0];
        bench.app.update(Event::Key(press))
    };
    // The answer is long in coming.
    let asked = press(&mut bench, "w");
    let [Effect::Ask { ticket, .. }] = asked[..] else {
        panic!("{asked:?}")
    };
    assert!(bench.app.state.pages.browse.is_reaching());
    let effects = press(&mut bench, "<esc>");
    assert_eq!(effects, [Effect::Do(Work::Withdraw { ticket })]);
    assert!(said(&bench).contains("given up"), "{}", said(&bench));
    let browse = &bench.app.state.pages.browse;
    assert!(!browse.is_reaching() && browse.focus == Focus::Images);
    assert_eq!(browse.images.listing.rows.len(), before);
    assert_eq!(browse.repository().unwrap().name.as_str(), "team/api");
}
