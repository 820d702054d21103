//! Running crawls on standard error: a bar each on a terminal, a line now and then
//! elsewhere.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::model::{Phase, Progress, RegistryName, text};

/// How often a line is printed where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);
/// Redraws of the bars a second.
const RATE: u8 = 8;

/// Where the progress of several crawls is shown.
#[derive(Clone)]
pub(super) struct Progresses {
    bars: Option<MultiProgress>,
    plain: bool,
}

impl Progresses {
    /// On standard error, as a terminal allows.
    pub(super) fn new(plain: bool) -> Self {
        let bars = std::io::stderr()
            .is_terminal()
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(RATE)));
        Self { bars, plain }
    }

    /// Does `work` with the bars out of the way: a question to the person who watches them.
    pub(super) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        let Some(bars) = &self.bars else {
            return work();
        };
        // Hidden and not suspended: that would hold up every crawl that moves its bar.
        let _ = bars.clear();
        bars.set_draw_target(ProgressDrawTarget::hidden());
        let done = work();
        bars.set_draw_target(ProgressDrawTarget::stderr_with_hz(RATE));
        done
    }

    /// Shows one crawl until its sender goes.
    pub(super) async fn follow(self, name: RegistryName, mut progress: watch::Receiver<Progress>) {
        match &self.bars {
            Some(bars) => {
                let bar = bars.add(bar(&name, self.plain));
                while progress.changed().await.is_ok() {
                    let now = *progress.borrow_and_update();
                    bar.set_length(now.tags_found.max(1));
                    bar.set_position(now.tags_done);
                    bar.set_message(words(&now));
                }
                bar.finish_and_clear();
                bars.remove(&bar);
            }
            None => lines(&name, progress).await,
        }
    }
}

fn bar(name: &RegistryName, plain: bool) -> ProgressBar {
    let template = if plain {
        "{prefix} [{bar:24}] {pos}/{len} tags {msg}"
    } else {
        "{prefix} {bar:24.cyan/dim} {pos}/{len} tags {msg}"
    };
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    ProgressBar::new(1)
        .with_style(style)
        .with_prefix(name.to_string())
}

async fn lines(name: &RegistryName, mut progress: watch::Receiver<Progress>) {
    let mut every = interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every.reset();
    let mut said = Instant::now();
    loop {
        tokio::select! {
            changed = progress.changed() => if changed.is_err() { return },
            _ = every.tick() => {
                if said.elapsed() >= EVERY {
                    said = Instant::now();
                    let now = *progress.borrow();
                    // Nobody may be listening.
                    let _ = writeln!(
                        std::io::stderr(),
                        "{name}: {}/{} tags {}", now.tags_done, now.tags_found, words(&now)
                    );
                }
            }
        }
    }
}

/// The rest of a crawl's progress in a few words.
fn words(progress: &Progress) -> String {
    let mut words = format!(
        "{}/{} repositories, {} requests, {}",
        progress.repositories_done,
        progress.repositories_found,
        progress.traffic.requests,
        text::size(progress.traffic.bytes_received),
    );
    if progress.failures > 0 {
        words.push_str(&format!(", {} failures", progress.failures));
    }
    if let Some(held) = progress.traffic.held_for {
        words.push_str(&format!(
            ", paused by the registry for {} s",
            held.as_secs() + 1
        ));
    }
    match progress.phase {
        Phase::Connecting => words.push_str(", connecting"),
        Phase::Stopping => words.push_str(", stopping"),
        Phase::Listing | Phase::Reading | Phase::Children => {}
    }
    words
}
