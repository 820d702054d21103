//! What was decided about images and tags.
//!
//! ```text
//! ━ Decisions 53 · /api ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
//!  38 delete · 11 look again · 4 keep     deleting would free up to 6.4 GB in 2 registries
//!  Nothing is deleted from a registry by supercargo yet.
//!   DECISION REGISTRY     REPOSITORY            TAGS/DIGEST FREES UP TO NOTE
//! › d delete harbor-prod  platform/api/gateway  4.1.8           38.1 MB superseded
//! ▌ l look   gitlab       team/x/runner         moved old        unread ask the owners
//! ```

use ratatui::buffer::Buffer;

use crate::app::World;
use crate::app::document::Tone;
use crate::app::layout::{Area, Areas};
use crate::app::page::Plan;
use crate::app::page::plan::{ABOVE, COLUMNS, Sum};
use crate::app::table::{self, Placed};
use crate::app::words::{
    counted, decided, decision_sign, decision_tone, fit, fit_middle, several, wrap,
};
use crate::config::keys::Command;
use crate::config::theme::Part;
use crate::model::text::size;
use crate::model::{Choice, Frees, PlanColumn, Planned, Since, Subject, Tag};
use crate::ui::paint::{columns, fill, left, line, part, pieces, right};
use crate::ui::table::{Cell, Table, draw as draw_table};
use crate::ui::{Cursor, Theme};

/// What is said as long as it is so.
const DELETES_NOTHING: &str = "Nothing is deleted from a registry by supercargo yet.";

pub(super) fn draw(
    page: &Plan,
    world: &World,
    theme: &Theme,
    areas: &Areas,
    buffer: &mut Buffer,
) -> Cursor {
    let area = areas.body;
    let cursor = title(page, theme, line(area, 0), buffer);
    let inside = part(area, 1, area.width.saturating_sub(2));
    if page.decisions.listing.rows.is_empty() {
        let width = usize::from(inside.width);
        let mut at = 2;
        for (tone, text) in nothing(page, world) {
            for text in wrap(&text, width) {
                left(buffer, line(inside, at), theme.tone(tone), &text);
                at += 1;
            }
        }
        return cursor;
    }
    sum(&page.sum, theme, line(inside, 1), buffer);
    left(
        buffer,
        line(inside, 2),
        theme.style(Part::Dim),
        DELETES_NOTHING,
    );
    let pane = &page.decisions;
    let placed = table::fit(&COLUMNS, area.width, |id| page.need(id));
    let table = Table {
        columns: &placed,
        order: Some((pane.order.column, pane.order.descending)),
        list: pane.list,
        focused: true,
        old: !pane.is_current(),
    };
    let cell = |row: &Planned, column: &Placed<PlanColumn>| cell(world, column, row);
    let below = Area {
        y: area.y + ABOVE - 1,
        height: area.height.saturating_sub(ABOVE - 1),
        ..area
    };
    let marked = |row: &Planned| pane.marks.has(&row.place);
    draw_table(
        &table,
        &pane.listing.rows,
        marked,
        cell,
        theme,
        below,
        buffer,
    );
    cursor
}

/// Draws the title and says where the cursor is, if a filter is typed.
fn title(page: &Plan, theme: &Theme, at: Area, buffer: &mut Buffer) -> Cursor {
    let pane = &page.decisions;
    let style = theme.style(Part::Focus);
    fill(buffer, at, style, theme.signs.rule_focus);
    let numbers = match (pane.is_loading(), pane.filter.is_empty()) {
        (true, _) => format!("{}loading", theme.signs.separator),
        // How many there are is not known.
        _ if pane.broken.is_some() && pane.listing.total == 0 => String::new(),
        (_, true) => format!(" {}", pane.listing.total),
        (_, false) => format!(" {} of {}", pane.listing.rows.len(), pane.listing.total),
    };
    let name = [(style, " Decisions"), (style, numbers.as_str())];
    let mut used = 1 + pieces(buffer, part(at, 1, at.width), &name);
    let mut cursor = None;
    if page.typing.is_some() || !pane.filter.text().is_empty() {
        let slash = format!("{}/", theme.signs.separator);
        used += left(buffer, part(at, used, at.width), style, &slash);
        let room = part(at, used, at.width.saturating_sub(used + 2));
        if let Some(field) = &page.typing {
            let (text, column) = field.view(usize::from(room.width));
            used += left(buffer, room, theme.style(Part::Field), &text).max(1);
            cursor = Some((room.x + u16::try_from(column).unwrap_or(0), room.y));
        } else {
            used += left(buffer, room, theme.style(Part::Warn), pane.filter.text());
        }
    }
    left(buffer, part(at, used, 1), style, " ");
    cursor
}

/// How many decisions there are of each kind, and what they would free.
fn sum(sum: &Sum, theme: &Theme, at: Area, buffer: &mut Buffer) {
    let mut said = Vec::new();
    let choices = [Choice::Delete, Choice::Look, Choice::Keep];
    for (choice, number) in choices.into_iter().zip(sum.choices) {
        if number > 0 {
            let separator = if said.is_empty() {
                ""
            } else {
                theme.signs.separator
            };
            said.push((theme.style(Part::Dim), separator.to_owned()));
            let text = format!("{number} {}", decided(choice));
            said.push((theme.tone(decision_tone(choice)), text));
        }
    }
    let said: Vec<_> = said
        .iter()
        .map(|(style, text)| (*style, text.as_str()))
        .collect();
    let used = pieces(buffer, at, &said);
    let room = part(at, used + 2, at.width.saturating_sub(used + 2));
    let unread = match sum.unread {
        0 => String::new(),
        images => format!("{} unread", counted(images, "image", "images")),
    };
    let registries = counted(sum.registries, "registry", "registries");
    let long = match (sum.frees, unread.as_str()) {
        (0, "") => "deleting would free nothing known".to_owned(),
        (0, unread) => format!("how much deleting would free is not known: {unread}"),
        (bytes, "") => format!("deleting would free up to {} in {registries}", size(bytes)),
        (bytes, unread) => format!(
            "deleting would free up to {}, and {unread}, in {registries}",
            size(bytes)
        ),
    };
    let short = match (sum.frees, sum.unread) {
        (0, 0) => "frees nothing known".to_owned(),
        (0, images) => format!("{images} unread"),
        (bytes, 0) => format!("up to {}", size(bytes)),
        (bytes, images) => format!("up to {}, {images} unread", size(bytes)),
    };
    let fits = sum.choices[0] > 0 && columns(&long) <= room.width;
    if fits {
        right(buffer, room, theme.style(Part::Text), &long);
    } else if sum.choices[0] > 0 {
        right(
            buffer,
            room,
            theme.style(Part::Text),
            &fit(&short, usize::from(room.width)),
        );
    }
}

fn cell(world: &World, column: &Placed<PlanColumn>, row: &Planned) -> Cell {
    let width = usize::from(column.width);
    let one = |tone, text: String| vec![(tone, text)];
    let gone = || one(Tone::Dim, "gone".to_owned());
    let choice = row.decision.choice;
    match column.id {
        PlanColumn::Decision => {
            let text = format!("{} {choice}", decision_sign(choice));
            one(decision_tone(choice), text)
        }
        PlanColumn::Registry => one(Tone::Plain, world.name_of(row.place.registry)),
        PlanColumn::Repository => {
            let name = fit_middle(row.place.repository.as_str(), width);
            match name.rsplit_once('/') {
                Some((path, leaf)) => vec![
                    (Tone::Dim, format!("{path}/")),
                    (Tone::Plain, leaf.to_owned()),
                ],
                None => one(Tone::Plain, name),
            }
        }
        PlanColumn::Subject => subject(row, width),
        PlanColumn::Age => match &row.image {
            Some(image) => one(Tone::Plain, world.clock.age(image.dated)),
            None => gone(),
        },
        PlanColumn::Pulled => match row.image.as_ref().map(|image| image.pulled) {
            Some(Some(at)) => one(Tone::Plain, world.clock.age(at)),
            Some(None) => one(Tone::Dim, "unknown".to_owned()),
            None => gone(),
        },
        PlanColumn::Frees => match row.frees {
            // A dash is for what has none.
            Frees::Nothing => one(Tone::Dim, "-".to_owned()),
            Frees::UpTo(bytes) => one(Tone::Plain, size(bytes)),
            Frees::Unread => one(Tone::Dim, "unread".to_owned()),
        },
        PlanColumn::Note => one(Tone::Plain, row.decision.note.clone().unwrap_or_default()),
    }
}

/// What a decision is about, behind the word for what became of it.
fn subject(row: &Planned, width: usize) -> Cell {
    let mut cell = Vec::new();
    let mut used = 0;
    let word = match row.since {
        Since::Same => "",
        Since::Moved { .. } | Since::Left(_) => "moved ",
        Since::Gone => "gone ",
    };
    if !word.is_empty() {
        used = word.len();
        cell.push((Tone::Warn, word.to_owned()));
    }
    let room = width.saturating_sub(used);
    let tags = row.image.as_ref().map_or(&[][..], |image| &image.tags);
    cell.push(match &row.place.subject {
        Subject::Tag(tag) => (Tone::Plain, fit(&format!("tag {tag}"), room)),
        Subject::Image(digest) if tags.is_empty() => (Tone::Dim, digest.short()),
        Subject::Image(_) => (Tone::Plain, several(tags.iter().map(Tag::as_str), room)),
    });
    cell
}

/// What is said of the selected decision.
pub(super) fn said(page: &Plan, world: &World) -> Option<(Tone, String)> {
    let row = page.selected()?;
    let since = match (&row.since, &row.place.subject) {
        (Since::Same, _) => None,
        (Since::Gone, Subject::Image(_)) => Some("the image is there no more".to_owned()),
        (Since::Gone, Subject::Tag(_)) => Some("the tag is there no more".to_owned()),
        (Since::Moved { from }, _) => {
            let now = row.image.as_ref().map(|image| image.digest.short());
            Some(format!(
                "the tag moved since: it named {}, and names {} now",
                from.short(),
                now.unwrap_or_default()
            ))
        }
        (Since::Left(tags), _) => {
            let names: Vec<&str> = tags.iter().map(Tag::as_str).collect();
            let tags = if names.len() == 1 {
                "the tag"
            } else {
                "the tags"
            };
            Some(format!(
                "{tags} {} moved away from it since",
                names.join(", ")
            ))
        }
    };
    let tone = if since.is_some() {
        Tone::Warn
    } else {
        Tone::Dim
    };
    let choice = decided(row.decision.choice);
    let mut text = since.unwrap_or_default();
    if !text.is_empty() {
        text.push_str("; ");
    }
    text.push_str(choice);
    match row.frees {
        Frees::Nothing => {}
        Frees::UpTo(bytes) => text.push_str(&format!(", frees up to {}", size(bytes))),
        Frees::Unread => text.push_str(", what it frees is unread"),
    }
    text.push_str(&format!(", since {}", world.clock.moment(row.decision.at)));
    if let Some(note) = &row.decision.note {
        text.push_str(&format!(": {note}"));
    }
    if let Subject::Image(digest) = &row.place.subject {
        text.push_str(&format!(" ({digest})"));
    }
    let text = super::with_marks(page.decisions.marked(), text);
    Some((tone, text)).filter(|_| !world.all.is_empty())
}

/// What is said where there is no row.
fn nothing(page: &Plan, world: &World) -> Vec<(Tone, String)> {
    let pane = &page.decisions;
    let key = |command| world.keys.key(command);
    if let Some(trouble) = &pane.broken {
        let hint = trouble.hint.clone().map(|hint| (Tone::Plain, hint));
        let said = std::iter::once((Tone::Bad, trouble.message.clone()));
        return said.chain(hint).collect();
    }
    if pane.is_loading() {
        return vec![(Tone::Busy, "Reading what was decided.".to_owned())];
    }
    if pane.listing.total > 0 {
        let text = format!(
            "No decision matches. {} clears the filter.",
            key(Command::Back)
        );
        return vec![(Tone::Dim, text)];
    }
    let how = format!(
        "On an image or a repository, {} decides to delete, {} to keep, {} to look again; {} marks \
         several rows.",
        key(Command::Delete),
        key(Command::Keep),
        key(Command::LookAgain),
        key(Command::Mark),
    );
    vec![
        (Tone::Plain, "Nothing is decided yet.".to_owned()),
        (Tone::Dim, how),
        (Tone::Dim, DELETES_NOTHING.to_owned()),
    ]
}
