//! The panes of the first page: accessories, wide scopes, the tree.

use super::PANES;
use super::widths::never_less;
use crate::app::Event;
use crate::app::fixture::{self, Bench, DAY};
use crate::app::past_fixture;
use crate::app::tests::browse::wide;
use crate::model::{Digest, ImageRow, Opened, Trouble};

fn hung(on: &Digest, artifact_type: &str, size: u64) -> ImageRow {
    let mut row = fixture::image(&[], &[], Some(size));
    row.image.artifact_type = Some(artifact_type.to_owned());
    row.image.subject = Some(on.clone());
    row
}

fn signed(width: u16, height: u16) -> Bench {
    let mut bench = Bench::loaded(width, height);
    let on = bench.images[1].digest.clone();
    bench
        .images
        .push(hung(&on, "application/spdx+json", 1_200_000));
    let tag = on.to_string().replace(':', "-") + ".sig";
    bench.images.push(fixture::image(&[&tag], &[], Some(1042)));
    let lost = Digest::sha256(b"an image that is gone");
    bench
        .images
        .push(hung(&lost, "application/vnd.in-toto+json", 9000));
    bench.press("/nexus<enter>l/team/api<enter>ljjj");
    bench
}

#[test]
fn what_hangs_on_an_image_stands_beneath_it() {
    scene!(PANES, "accessories", signed);
}

#[test]
fn images_of_everything() {
    scene!(PANES, "images_of_everything", |width, height| {
        let mut bench = wide(width, height);
        bench.press("/nexus<enter>l/team/api<enter>lwwwj");
        bench
    });
}

#[test]
fn repositories_of_all_registries() {
    scene!(PANES, "repositories_of_all_registries", |width, height| {
        let mut bench = wide(width, height);
        bench.press("/nexus<enter><esc>lwjj");
        bench
    });
}

#[test]
fn repositories_as_a_tree() {
    scene!(PANES, "repositories_as_a_tree", |width, height| {
        let mut bench = wide(width, height);
        bench.press("/nexus<enter><esc>lggTG<enter>");
        bench
    });
}

#[test]
fn a_part_of_many_images_says_how_many_there_are() {
    let mut bench = wide(160, 45);
    let model = fixture::image(&["x"], &["linux/amd64"], Some(1));
    for n in 0..5200_u32 {
        let mut row = model.clone();
        row.digest = Digest::sha256(&n.to_le_bytes());
        bench.images.push(row);
    }
    bench.press("/nexus<enter>l/team/api<enter>lwww");
    let title = |bench: &Bench| super::text(&super::painted(bench, &super::dark()).0)[1].clone();
    let shown = title(&bench);
    assert!(
        shown.contains("Images 5 000 of 5 211 of everything, by tag"),
        "{shown}"
    );
    bench.press("/!1.9.3<enter>");
    let shown = title(&bench);
    assert!(
        shown.contains("Images 5 000 of 5 209 of 5 211 of everything, by tag"),
        "{shown}"
    );
    bench.press("<esc>W/1.9.3<enter>");
    let shown = title(&bench);
    assert!(shown.contains("Images 1 of 5 209 of nexus-prod"), "{shown}");
}

#[test]
fn more_room_never_shows_less_of_wide_scopes_and_trees() {
    for (keys, facts) in [
        (
            "/nexus<enter>l/team/api<enter>lwwwj",
            &[
                "charts/ingress-nginx",
                "4.11.0 ",
                "84.2 MB",
                "library/alpine",
            ][..],
        ),
        (
            "/nexus<enter><esc>lwjjj",
            &[
                "group/subgroup/another-subgroup/project/service-frontend",
                "≥ 450 MB",
                "2 h",
            ],
        ),
        (
            "/nexus<enter><esc>lggTG<enter>",
            &["team/", "≥ 850 MB", "4 failing", "+2 →1 −3", "waiting "],
        ),
    ] {
        never_less(wide, keys, facts);
    }
}

/// Registries whose products are known, with certificates near their end, and a dozen crawls
/// of one of them.
fn known(width: u16, height: u16) -> Bench {
    let mut bench = past_fixture::bench(width, height);
    let seen = |product: &str, version: Option<&str>, days: i64| {
        Some(Opened {
            product: Some(product.to_owned()),
            version: version.map(str::to_owned),
            certificate_end: Some(fixture::ago(-days * DAY - 1)),
            ..Opened::default()
        })
    };
    bench.registries[0].opened = seen("nexus", Some("3.70.1-02"), 90);
    bench.registries[1].opened = seen("harbor", Some("2.13.0"), 9);
    bench.registries[3].opened = seen("quay", None, -1);
    let (_, crawls) = &mut bench.past.crawls[0];
    *crawls = (1..=12)
        .map(|number| {
            let at = i64::try_from(13 - number).unwrap();
            let mut crawl = past_fixture::crawl(number, at * DAY, 1, 0);
            (crawl.new, crawl.moved, crawl.gone) = (40 * number, number % 3, 3 * (number % 5));
            crawl
        })
        .collect();
    bench.registries[0].last_crawl = crawls.last().cloned();
    bench.send(Event::InventoryChanged);
    bench.press("jjj");
    bench
}

#[test]
fn registries_and_their_past() {
    scene!(PANES, "registries_and_their_past", known);
}

#[test]
fn crawls_that_are_unread_are_said_to_be() {
    let mut bench = known(160, 45);
    bench.press("k");
    bench.held = Some(Vec::new());
    bench.press("k");
    for effect in bench.held.take().unwrap() {
        let crate::app::Effect::Ask { ticket, .. } = effect else {
            panic!("{effect:?}")
        };
        let result = Err(Trouble::new("the disk is away"));
        bench.send(Event::Answered { ticket, result });
    }
    let shown = super::text(&super::painted(&bench, &super::dark()).0).join("\n");
    assert!(shown.contains("crawls  unread"), "{shown}");
}

#[test]
fn more_room_never_shows_less_of_registries() {
    let harbor = ["harbor 2.13.0", "certificate 9 days left", "2 images"];
    never_less(known, "kk", &harbor);
    let nexus = [
        "nexus 3.70.1-02",
        "12 345 images",
        "9 repositories",
        "+480 −6",
    ];
    never_less(known, "", &nexus);
}
