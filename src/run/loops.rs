//! The loop: one ordered stream of events into the machine, effects out, a frame when
//! something visible changed.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::effects::{News, Tasks};
use super::input::Input;
use super::look::Looks;
use super::memory::Remembered;
use super::pace::Pace;
use super::record::Record;
use super::signals::Signals;
use super::watch::Watch;
use super::{EndedBy, Screen, clipboard, viewer};
use crate::app::{Effect, Event, ScreenWork};
use crate::model::Timestamp;
use crate::ui;

/// Frames are this far apart when many are wanted. With those that may follow each other at
/// once, so that a key need not wait for a frame of progress that came just before it, they
/// are 30 in any second at most.
const FRAME: Duration = Duration::from_millis(37);
/// Frames at once after a quiet time.
const FRAMES: u32 = 4;
/// Samples of progress that reach the machine.
const PROGRESS: Duration = Duration::from_millis(250);
/// Reloads of what is shown, while the inventory changes.
const RELOAD: Duration = Duration::from_millis(500);
/// Ticks while something moves by itself.
const BEAT: Duration = Duration::from_millis(250);
/// Keys taken before the next frame: a paste must not starve the screen.
const KEYS: usize = 64;

/// How the loop was left.
pub(super) struct Left {
    /// What still runs.
    pub(super) tasks: Tasks,
    /// Who ended it, where that was not the user.
    pub(super) ended_by: Option<EndedBy>,
    /// Whether the demonstration is to begin.
    pub(super) wants_demo: bool,
}

/// Runs until the user leaves or the system asks to.
pub(super) async fn run(
    mut app: Remembered,
    looks: Looks,
    mut screen: Screen,
    mut tasks: Tasks,
    watch: Watch,
    mut signals: Signals,
    mut record: Option<Record>,
) -> color_eyre::Result<Left> {
    let mut theme = looks.theme(app.state.world.theme);
    let mut input = Input::new();
    let mut frame = Pace::in_a_row(FRAME, FRAMES);
    let mut progress = Pace::new(PROGRESS);
    let mut reload = Pace::new(RELOAD);
    let mut ticked = Instant::now();
    let mut drawn = None;
    // Whether somebody waits for the next frame, who has pressed a key.
    let mut is_awaited = false;
    // What was drawn before time went on, until it is known whether that changed it.
    let mut unaged = None;
    let mut ended_by = None;
    let mut events: Vec<Event> = Vec::new();
    // The first frame comes before the first row.
    screen.draw(|frame| ui::draw(&app.state, &theme, frame))?;
    let mut effects = app.start();
    loop {
        for effect in effects.drain(..) {
            match effect {
                Effect::Ask { ticket, question } => tasks.ask(ticket, question),
                Effect::Do(work) => tasks.start(work),
                Effect::Screen(end @ (ScreenWork::Quit | ScreenWork::Demo)) => {
                    return Ok(Left {
                        tasks,
                        ended_by,
                        wants_demo: end == ScreenWork::Demo,
                    });
                }
                Effect::Screen(ScreenWork::Copy(text)) => {
                    let copied = clipboard::copy(&mut screen, text);
                    events.push(copied.unwrap_or_else(|error| gone(&error, &mut ended_by)));
                }
                Effect::Screen(ScreenWork::Redraw) => {
                    if let Err(error) = screen.clear() {
                        events.push(gone(&error, &mut ended_by));
                    }
                    drawn = None;
                }
                Effect::Screen(ScreenWork::Show { viewer, name, text }) => {
                    // Its thread would read what is typed to the program.
                    drop(input);
                    let lent = screen.lend();
                    let shown = viewer::show(viewer, &name, &text, &mut signals).await;
                    let back = lent.and_then(|()| screen.reclaim());
                    input = Input::new();
                    if let Some(signal) = shown.ended_by {
                        ended_by = Some(EndedBy::Signal(signal));
                        events.push(Event::Quit);
                    }
                    events.push(Event::Shown(shown.result));
                    let back = back.and_then(|()| resized(&screen));
                    events.push(back.unwrap_or_else(|error| gone(&error, &mut ended_by)));
                    drawn = None;
                }
                Effect::Screen(ScreenWork::Look(name)) => {
                    theme = looks.theme(name);
                    drawn = None;
                }
                Effect::Screen(ScreenWork::Suspend) => {
                    // Its thread would read what is typed to the shell.
                    drop(input);
                    let back = screen.suspend();
                    input = Input::new();
                    let back = back.and_then(|()| resized(&screen));
                    events.push(back.unwrap_or_else(|error| gone(&error, &mut ended_by)));
                    drawn = None;
                }
            }
        }
        if events.is_empty() {
            if drawn != Some(app.revision()) {
                if is_awaited {
                    frame.want_at_once();
                } else {
                    frame.want();
                }
            }
            let now = Instant::now();
            let tick = app.animates().then(|| ticked + BEAT);
            let older = app.next_age().map(|at| now + from_now(at));
            let due = app.next_due().map(|at| now + from_now(at));
            tokio::select! {
                biased;
                signal = signals.next() => {
                    ended_by = Some(EndedBy::Signal(signal));
                    events.push(Event::Quit);
                }
                event = input.next() => match event {
                    Ok(event) => {
                        is_awaited = true;
                        events.push(event);
                        while events.len() < KEYS && let Some(event) = input.ready().await {
                            events.push(event);
                        }
                    }
                    Err(error) => events.push(gone(&error, &mut ended_by)),
                },
                () = at(frame.due(now)) => {
                    if let Err(error) = screen.draw(|frame| ui::draw(&app.state, &theme, frame)) {
                        events.push(gone(&error, &mut ended_by));
                    }
                    frame.done(Instant::now());
                    drawn = Some(app.revision());
                    is_awaited = false;
                }
                news = tasks.news(progress.due(now).is_none()) => match news {
                    News::Answer(event) => events.push(event),
                    News::Progress => progress.want(),
                },
                () = at(progress.due(now)) => {
                    progress.done(Instant::now());
                    events.push(Event::Progress(tasks.progress()));
                }
                () = watch.news(), if reload.due(now).is_none() => reload.want(),
                () = at(reload.due(now)) => {
                    reload.done(Instant::now());
                    events.push(Event::InventoryChanged);
                }
                () = at(due) => events.push(Event::Due(Timestamp::now())),
                () = at(older) => {
                    let is_drawn = drawn == Some(app.revision());
                    unaged = is_drawn.then(|| ui::painted(&app.state, &theme));
                    events.push(Event::Tick(Timestamp::now()));
                }
                () = at(tick) => {
                    ticked = Instant::now();
                    events.push(Event::Tick(Timestamp::now()));
                }
            }
        }
        for event in events.drain(..) {
            let mut tell = |app: &mut Remembered, event: Event| {
                let ended = record.as_mut().and_then(|record| record.take(app, &event));
                let mut effects = app.update(event);
                if let Some(notice) = ended {
                    effects.extend(app.update(notice));
                }
                effects
            };
            if ticked.elapsed() > BEAT {
                // Days and intervals are judged by the time of what happens.
                ticked = Instant::now();
                effects.extend(tell(&mut app, Event::Tick(Timestamp::now())));
            }
            if matches!(event, Event::CrawlEnded { .. } | Event::CrawlRefused { .. }) {
                // What ended must not look as if it ran until the next sample.
                effects.extend(tell(&mut app, Event::Progress(tasks.progress())));
            }
            tasks.observe(&event);
            effects.extend(tell(&mut app, event));
        }
        // Mostly no age that is shown is another, and nothing is written to the terminal.
        if let Some(before) = unaged.take()
            && before == ui::painted(&app.state, &theme)
        {
            drawn = Some(app.revision());
        }
    }
}

/// What follows where the terminal cannot be read or written: it is gone, and with it whoever
/// could be told. What is at work is ended as by a key, so that it keeps what it has.
fn gone(error: &std::io::Error, ended_by: &mut Option<EndedBy>) -> Event {
    tracing::warn!(%error, "the terminal is gone");
    ended_by.get_or_insert(EndedBy::Terminal);
    Event::Quit
}

/// The size that the screen has now.
fn resized(screen: &Screen) -> std::io::Result<Event> {
    let size = screen.size()?;
    Ok(Event::Resize {
        width: size.width,
        height: size.height,
    })
}

/// How long it is until then; nothing where that is over.
fn from_now(at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default()
}

/// Waits until then; for ever where there is no then.
async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}
