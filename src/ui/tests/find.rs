//! What is looked for, in the help and on the page of an image.

use super::{dark, painted, text};
use crate::app::fixture::Bench;

const SIZES: [(u16, u16); 2] = [(60, 16), (80, 24)];

#[test]
fn keys_that_were_found() {
    scene!(SIZES, "keys_found", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("?/crawl<enter>nnn");
        bench
    });
}

#[test]
fn a_text_that_is_looked_for_in_a_tab() {
    scene!(SIZES, "tab_looked_through", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("/nexus<enter>l/team/api<enter>l/latest<enter><enter>/SHA256:");
        bench
    });
}

#[test]
fn what_is_nowhere_is_said_to_be() {
    let mut bench = Bench::loaded(80, 24);
    bench.press("?/no such key");
    let shown = text(&painted(&bench, &dark()).0).join("\n");
    assert!(
        shown.contains(" /no such key") && shown.contains(" no match "),
        "{shown}"
    );
}
