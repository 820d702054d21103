//! The panes of the first page: accessories, wide scopes, the tree.

use super::{PANES, scene_at};
use crate::app::fixture::{self, Bench};
use crate::model::{Digest, ImageRow};

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
    scene_at(&PANES, "accessories", signed);
}
