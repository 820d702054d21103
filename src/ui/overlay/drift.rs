//! In what two registries differ.
//!
//! ```text
//! ┌ What harbor lacks of nexus ───────────────────────────────── 3 ┐
//! │ 1 missing, 1 different, 1 extra; 57 tags are the same           │
//! │   TAG                    DIFFERENCE         FIRST      SECOND   │
//! │ › team/api:1.2.0         missing            86e0b469            │
//! ```

use ratatui::buffer::Buffer;

use super::{frame, troubled};
use crate::app::State;
use crate::app::document::Tone;
use crate::app::layout::Area;
use crate::app::overlay::{DRIFT_COLUMNS, Drift, DriftColumn};
use crate::app::table::{Placed, fit};
use crate::app::words::{count, counted, fit_middle};
use crate::config::theme::Part;
use crate::model::{Difference, Digest, Drift as Row, Drifts};
use crate::ui::Theme;
use crate::ui::paint::{left, line};
use crate::ui::table::{self, Cell, Table};

pub(super) fn draw(drift: &Drift, state: &State, theme: &Theme, page: Area, buffer: &mut Buffer) {
    let [(_, first), (_, second)] = &drift.registries;
    let title = format!("In what {second} differs from {first}");
    let rows = drift.rows();
    let corner = if rows.is_empty() {
        String::new()
    } else {
        let all = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        counted(all, "difference", "differences")
    };
    frame(theme, page, &title, &corner, buffer);
    let inside = page.inside();
    let top = line(inside, 0);
    let Some(found) = &drift.found else {
        let busy = "comparing… (esc gives up)";
        match &drift.trouble {
            Some(trouble) => troubled(trouble, &state.world, theme, inside, buffer),
            None => _ = left(buffer, top, theme.style(Part::Busy), busy),
        }
        return;
    };
    left(buffer, top, theme.style(Part::Text), &summary(found));
    let (tone, text) = doubts(found, [first, second]);
    left(buffer, line(inside, 1), theme.tone(tone), &text);
    if rows.is_empty() {
        return;
    }
    let name = |row: &Row| row.repository.as_str().len() + row.tag.as_str().len() + 1;
    let widest = rows.iter().map(name).max().unwrap_or(0);
    let columns = fit(&DRIFT_COLUMNS, inside.width, |id| match id {
        DriftColumn::Name => u16::try_from(widest).unwrap_or(u16::MAX),
        _ => 0,
    });
    let drawn = Table {
        columns: &columns,
        order: None,
        list: drift.list,
        focused: true,
        old: false,
    };
    let below = Area {
        y: inside.y + 2,
        height: inside.height.saturating_sub(3),
        ..inside
    };
    table::draw(&drawn, rows, |_| false, cell, theme, below, buffer);
    let lacking = drift.selected().map(|row| &row.lacking);
    if let Some(lacking) = lacking.filter(|lacking| !lacking.is_empty()) {
        let platforms: Vec<String> = lacking.iter().map(ToString::to_string).collect();
        let text = format!("the second lacks {}", platforms.join(" "));
        let last = line(inside, inside.height.saturating_sub(1));
        left(buffer, last, theme.style(Part::Warn), &text);
    }
}

/// How many differ in what, and how many do not.
fn summary(found: &Drifts) -> String {
    let mut parts = Vec::new();
    for kind in [
        Difference::Missing,
        Difference::Extra,
        Difference::Different,
        Difference::FewerPlatforms,
    ] {
        let differs = found.rows.iter().filter(|row| row.difference == kind);
        let n = u64::try_from(differs.count()).unwrap_or(u64::MAX);
        if n > 0 {
            parts.push(format!("{} {}", count(n), kind.as_str()));
        }
    }
    let same = counted(found.same, "tag is", "tags are");
    if parts.is_empty() {
        return format!("{same} the same, and nothing differs");
    }
    format!("{}; {same} the same", parts.join(", "))
}

/// What may be no longer as it is said.
fn doubts(found: &Drifts, names: [&String; 2]) -> (Tone, String) {
    let mut parts = Vec::new();
    for (name, stale, unlisted) in [
        (names[0], found.stale.0, found.unlisted.0),
        (names[1], found.stale.1, found.unlisted.1),
    ] {
        if stale > 0 {
            parts.push(format!(
                "{name}: {} stale",
                counted(stale, "tag is", "tags are")
            ));
        }
        if unlisted > 0 {
            let repositories = counted(unlisted, "repository was", "repositories were");
            parts.push(format!("{name}: {repositories} never listed whole"));
        }
    }
    (Tone::Warn, parts.join("; "))
}

fn cell(row: &Row, column: &Placed<DriftColumn>) -> Cell {
    let digest = |digest: &Option<Digest>| match digest {
        Some(digest) => (Tone::Dim, digest.short()),
        None => (Tone::Dim, "-".to_owned()),
    };
    vec![match column.id {
        DriftColumn::Name => {
            let name = format!("{}:{}", row.repository, row.tag);
            (Tone::Plain, fit_middle(&name, usize::from(column.width)))
        }
        DriftColumn::Difference => {
            let (tone, sign) = match row.difference {
                Difference::Missing => (Tone::Bad, "−"),
                Difference::Extra => (Tone::Good, "+"),
                Difference::Different => (Tone::Warn, "→"),
                Difference::FewerPlatforms => (Tone::Warn, "<"),
            };
            (tone, format!("{sign} {}", row.difference.as_str()))
        }
        DriftColumn::First => digest(&row.a),
        DriftColumn::Second => digest(&row.b),
    }]
}
