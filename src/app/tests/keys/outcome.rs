//! What is other behind a key, in words.

use crate::app::fixture::Bench;
use crate::app::layout::Focus;
use crate::app::overlay::{FormCheck, Overlay};
use crate::app::page::PageId;
use crate::app::page::crawls::Part;
use crate::app::{Effect, ScreenWork, Work};
use crate::config::memory::Memory;
use crate::model::{Decided, Retry, Subject};

/// What is other on the screen, then what is to be done outside.
pub(super) fn of(before: &Bench, after: &Bench, effects: &[Effect]) -> String {
    let facts = facts(before).into_iter().zip(facts(after));
    let mut said: Vec<String> = facts
        .filter(|((_, was), (_, is))| was != is)
        .map(|(_, (name, is))| format!("{name} {}", if is.is_empty() { "-" } else { &is }))
        .collect();
    said.extend(effects.iter().map(done));
    if said.is_empty() {
        said.extend(shown(before, after));
    }
    said.join("; ")
}

/// What there is to say of a screen, each in words.
fn facts(bench: &Bench) -> Vec<(&'static str, String)> {
    let state = &bench.app.state;
    let overlays: Vec<&str> = state.overlays.iter().map(name).collect();
    let target = state.top().target();
    let target = target.map_or_else(String::new, |target| {
        let words = [
            Some(state.world.name_of(target.registry)),
            target.repository.map(|it| it.to_string()),
            target.image.map(|it| it.short()),
            target.tag.map(|it| it.to_string()),
        ];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    let own = match state.overlays.last() {
        Some(overlay) => of_overlay(overlay),
        None => of_page(bench),
    };
    let said = state.world.notice.as_ref();
    let mut memory = Memory::default();
    state.pages.browse.remember(&mut memory);
    let widths = memory.panes.widths.iter();
    let widths = widths.map(|(pane, by)| format!("{pane} {by:+}"));
    vec![
        ("page", state.pages.at.name().to_owned()),
        ("over", overlays.join(" ")),
        ("in", state.contexts()[0].as_str().to_owned()),
        ("at", target),
        ("own", own),
        ("zoomed", memory.zoomed.to_string()),
        ("widths", widths.collect::<Vec<_>>().join(" ")),
        (
            "says",
            said.map_or_else(String::new, |notice| notice.text.clone()),
        ),
    ]
}

fn name(overlay: &Overlay) -> &'static str {
    match overlay {
        Overlay::Form(_) => "form",
        Overlay::Detail(_) => "detail",
        Overlay::Failures(_) => "failures",
        Overlay::Check(_) => "check",
        Overlay::Usage(_) => "usage",
        Overlay::Drift(_) => "drift",
        Overlay::Diff(_) => "diff",
        Overlay::Requests(_) => "requests",
        Overlay::Help(_) => "help",
        Overlay::Confirm(_) => "confirm",
        Overlay::Ask(_) => "ask",
        Overlay::Palette(_) => "palette",
        Overlay::Line(_) => "line",
    }
}

/// The cursor, and what else an overlay has of its own.
fn of_overlay(overlay: &Overlay) -> String {
    match overlay {
        Overlay::Form(form) => {
            let focused = form.focused().map(|entry| format!("{:?}", entry.key));
            let check = form.check.as_ref().map_or("", |check| match check {
                FormCheck {
                    running: Some(_), ..
                } => " checking",
                FormCheck { .. } => " checked",
            });
            let saving = form.saving.map_or("", |_| " saving");
            format!("{}{check}{saving}", focused.unwrap_or_default())
        }
        Overlay::Detail(it) => format!("{} line {}", it.tab.name(), it.scroll.0),
        Overlay::Failures(it) => {
            let (pane, marks) = (&it.pane, it.pane.marks.len());
            format!(
                "row {} marked {marks} filter `{}`",
                pane.list.cursor,
                pane.filter.text()
            )
        }
        Overlay::Check(it) => format!("line {} running {}", it.scroll.0, it.running.is_some()),
        Overlay::Usage(it) => format!("row {}", it.list.cursor),
        Overlay::Drift(it) => {
            let [(_, first), (_, second)] = &it.registries;
            format!("row {} {first} {second}", it.list.cursor)
        }
        Overlay::Requests(it) => {
            let still = if it.is_still { " still" } else { "" };
            format!("row {}{still} filter `{}`", it.list.cursor, it.filter)
        }
        Overlay::Help(it) => format!("line {}", it.scroll.0),
        Overlay::Diff(it) => it.title(),
        Overlay::Confirm(it) => it.title.clone(),
        Overlay::Ask(it) => it.label().to_owned(),
        Overlay::Palette(it) => format!("row {} `{}`", it.list.cursor, it.field.text()),
        Overlay::Line(it) => format!("{} `{}`", it.title, it.field.text()),
    }
}

/// The same of a page.
fn of_page(bench: &Bench) -> String {
    let pages = &bench.app.state.pages;
    match pages.at {
        PageId::Browse => {
            let browse = &pages.browse;
            let (images, repositories) = (&browse.images, &browse.repositories);
            let registries = &browse.registries;
            let (cursor, marks, order) = match browse.focus {
                Focus::Registries => (
                    registries.list.cursor,
                    registries.marks.len(),
                    String::new(),
                ),
                Focus::Repositories => {
                    let order = format!(" {:?}", repositories.order);
                    (repositories.list.cursor, repositories.marks.len(), order)
                }
                Focus::Images => {
                    let order = format!(" {:?}", images.order);
                    (images.list.cursor, images.marks.len(), order)
                }
            };
            let filter = browse.filter().text();
            let order = order.replace("Order { column: ", "").replace(" }", "");
            format!("row {cursor} marked {marks} filter `{filter}`{order}")
        }
        PageId::Search => {
            let search = &pages.search;
            let kind = search.found.narrowing().name();
            format!(
                "row {} {kind} `{}`",
                search.found.list.cursor,
                search.field.text()
            )
        }
        PageId::Changes => {
            let changes = &pages.changes;
            let crawl = changes
                .scope
                .crawl
                .map(|crawl| format!(" crawl {}", crawl.number));
            let filter = changes.filter.text();
            let period = changes.scope.period.as_str();
            let row = changes.pane.list.cursor;
            format!(
                "row {row} of {period}{} filter `{filter}`",
                crawl.unwrap_or_default()
            )
        }
        PageId::Crawls => {
            let crawls = &pages.crawls;
            match crawls.focus {
                Part::Crawls => format!("crawl {}", crawls.pane.list.cursor),
                Part::Failures => format!("failure {}", crawls.below.list.cursor),
            }
        }
        PageId::Plan => {
            let pane = &pages.plan.decisions;
            let (row, marks) = (pane.list.cursor, pane.marks.len());
            let order = format!("{:?}", pane.order);
            let order = order.replace("Order { column: ", "").replace(" }", "");
            format!(
                "row {row} marked {marks} filter `{}` {order}",
                pane.filter.text()
            )
        }
    }
}

/// The first line on the screen that is another.
fn shown(before: &Bench, after: &Bench) -> Option<String> {
    let lines = |bench: &Bench| -> Vec<String> {
        let buffer = crate::ui::cells(&bench.app.state);
        let width = usize::from(buffer.area.width);
        let rows = buffer.content.chunks(width);
        let text = rows.map(|row| {
            row.iter()
                .map(ratatui::buffer::Cell::symbol)
                .collect::<String>()
        });
        text.collect()
    };
    let mut lines = lines(before).into_iter().zip(lines(after));
    let (_, line) = lines.find(|(was, is)| was != is)?;
    let words: Vec<&str> = line
        .split_whitespace()
        .filter(|word| *word != "│")
        .collect();
    Some(format!("shows {}", words.join(" ")))
}

/// What is to be done outside, in words.
fn done(effect: &Effect) -> String {
    match effect {
        Effect::Ask { question, .. } => format!("asks {question:?}"),
        Effect::Do(work) => work_done(work),
        Effect::Screen(work) => match work {
            ScreenWork::Copy(text) => format!("copies {}", text.replace('\n', " ")),
            ScreenWork::Show { viewer, name, .. } => format!("shows {name} in {viewer:?}"),
            other => format!("{other:?}"),
        },
    }
}

fn work_done(work: &Work) -> String {
    match work {
        Work::Withdraw { .. } => "withdraws".to_owned(),
        Work::StartCrawl(id) => format!("crawls {}", id.0),
        Work::Retry { registry, retry } => match retry {
            Retry::All => format!("retries {}", registry.0),
            Retry::Of(these) => {
                let names: Vec<String> = these.iter().map(ToString::to_string).collect();
                format!("retries {} {}", registry.0, names.join(" "))
            }
        },
        Work::PauseCrawl { registry, paused } => format!("pauses {} {paused}", registry.0),
        Work::CancelCrawl(id) => format!("cancels {}", id.0),
        Work::Save { id, .. } => format!("saves {:?}", id.map(|id| id.0)),
        Work::Complete { typed, .. } => format!("completes {typed}"),
        Work::Import { path, .. } => format!("imports {}", path.display()),
        Work::TryStores => "tries stores".to_owned(),
        Work::Remove(id) => format!("removes {}", id.0),
        Work::Check { id, .. } => format!("checks {:?}", id.map(|id| id.0)),
        Work::CancelCheck { .. } => "cancels the check".to_owned(),
        Work::ReadRequests { behind, .. } => format!("reads requests behind {behind}"),
        Work::Inspect { platform, .. } => {
            format!("inspects {}", platform.as_deref().unwrap_or("it"))
        }
        Work::CancelInspect { .. } => "reads the image no more".to_owned(),
        Work::Decide { decided, .. } => {
            let words: Vec<String> = decided.iter().map(|(_, one)| decision(one)).collect();
            format!("decides {}", words.join(", "))
        }
        Work::Export { path, decided, .. } => {
            format!("writes {} decisions to {}", decided.len(), path.display())
        }
        Work::GiveSecret { secret, .. } => {
            format!(
                "gives {}",
                if secret.is_some() {
                    "the secret"
                } else {
                    "none"
                }
            )
        }
    }
}

fn decision(one: &Decided) -> String {
    let choice = one.decision.as_ref().map(|it| it.choice.to_string());
    let subject = match &one.subject {
        Subject::Image(digest) => digest.short(),
        Subject::Tag(tag) => tag.to_string(),
    };
    format!(
        "{} of {subject}",
        choice.unwrap_or_else(|| "nothing".to_owned())
    )
}
