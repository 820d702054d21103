//! Commands by name.

use super::*;

const SIZES: [(u16, u16); 3] = [(60, 16), (80, 24), (160, 45)];

#[test]
fn palette() {
    for (name, keys) in [
        ("palette_open", ":"),
        ("palette_typed", ":crawl<down>"),
        ("palette_unknown", ":crwal!"),
    ] {
        for (width, height) in SIZES {
            let mut bench = Bench::loaded(width, height);
            bench.press(keys);
            let (buffer, cursor) = painted(&bench, &dark());
            let name = format!("{name}@{width}x{height}");
            insta::assert_snapshot!(name, picture(&buffer, cursor));
        }
    }
}

#[test]
fn the_palette_needs_no_colours_and_no_more_than_ascii() {
    let theme = Theme::new(Looks::named("mono").unwrap(), true);
    for keys in [":", ":crawl<down>", ":ctxq"] {
        let mut bench = Bench::loaded(80, 24);
        bench.press(keys);
        let (buffer, _) = painted(&bench, &theme);
        for cell in &buffer.content {
            assert!(cell.symbol().is_ascii(), "{keys}: {:?}", cell.symbol());
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{keys}");
        }
    }
}
