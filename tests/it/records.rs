//! Records of what happened on the screen happen again: each is a defect that somebody met, or
//! a journey that has to stay what it is.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use supercargo::app::App;
use supercargo::app::record::{RecordError, replay};
use supercargo::config::theme::Theme as Chosen;
use supercargo::ui::{self, Theme};

/// What the machine shows.
pub(crate) fn shown(app: &App) -> String {
    let size = app.state.world.size;
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    let theme = Theme::new(Chosen::named("dark").unwrap(), false);
    terminal
        .draw(|frame| ui::draw(&app.state, &theme, frame))
        .unwrap();
    let buffer = terminal.backend().buffer();
    let cells: Vec<&str> = buffer
        .content()
        .iter()
        .map(ratatui::buffer::Cell::symbol)
        .collect();
    let rows = cells.chunks(usize::from(size.width).max(1));
    let rows: Vec<String> = rows.map(|row| row.concat().trim_end().to_owned()).collect();
    rows.join("\n")
}

#[test]
fn every_record_happens_again_and_is_drawn() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/records");
    let mut records = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut frames = 0;
        let app = replay(&text, |app| {
            assert!(!shown(app).trim().is_empty());
            frames += 1;
        });
        let app = app.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(frames, text.lines().count());
        // What it showed at its end lies beside it.
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        insta::assert_snapshot!(format!("record_{name}"), shown(&app));
        records += 1;
    }
    assert!(records > 0);
}

#[test]
fn what_is_no_record_is_refused_with_its_line() {
    let begun = r#"{"version":"0","width":80,"height":24,"now":"2026-11-20T00:00:00Z","keys":null,"memory":{},"colourless":false,"crawls_at_once":false,"read_only":false}"#;
    let of = |text: &str| replay(text, |_| ());
    assert!(of(begun).is_ok());
    for (text, line) in [
        (String::new(), 1),
        ("nonsense".to_owned(), 1),
        (format!("{begun}\n{{\"Key\":1}}"), 2),
        (format!("{begun}\n\"InventoryChanged\"\n{{}}"), 3),
        (begun.replace("null", "\"[[nowhere]]\""), 1),
    ] {
        let error: RecordError = of(&text).unwrap_err();
        assert_eq!(error.line, line, "{text}: {error}");
    }
}
