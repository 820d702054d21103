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
    quiet: bool,
}

impl Progresses {
    /// On standard error, as a terminal allows; nowhere where `quiet` is wished.
    pub(super) fn new(plain: bool, quiet: bool) -> Self {
        let bars = (!quiet && std::io::stderr().is_terminal())
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(RATE)));
        Self { bars, plain, quiet }
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
                let bar = bars.add(bar(&name));
                while progress.changed().await.is_ok() {
                    let now = *progress.borrow_and_update();
                    // Before the lists are known there is no end that a bar could go to.
                    if let Some((done, all)) = now.items() {
                        if bar.length().is_none() {
                            bar.set_style(counting(self.plain));
                        }
                        bar.set_length(all.max(1));
                        bar.set_position(done);
                    }
                    bar.set_message(words(&now));
                }
                bar.finish_and_clear();
                bars.remove(&bar);
            }
            None if self.quiet => while progress.changed().await.is_ok() {},
            None => lines(&name, progress).await,
        }
    }
}

/// A line that goes nowhere yet.
fn bar(name: &RegistryName) -> ProgressBar {
    ProgressBar::no_length()
        .with_style(style("{prefix} {msg}"))
        .with_prefix(name.to_string())
}

/// A bar towards an end that is known.
fn counting(plain: bool) -> ProgressStyle {
    if plain {
        style("{prefix} [{bar:24}] {msg}").progress_chars("=> ")
    } else {
        style("{prefix} {bar:24.cyan/dim} {msg}").progress_chars("=> ")
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
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
                        "{name}: {}", words(&now)
                    );
                }
            }
        }
    }
}

/// A crawl's progress in a few words.
fn words(progress: &Progress) -> String {
    let found = progress.repositories_found;
    let mut words = match progress.items() {
        None if progress.phase == Phase::Connecting => "connecting".to_owned(),
        None if progress.phase == Phase::Stopping => "stopping".to_owned(),
        None => format!(
            "listing: {found} repositories, {} tags so far",
            progress.tags_found
        ),
        Some((done, all)) => {
            let mut words = format!("{done}/{all} {}", progress.unit());
            if let Some(rate) = progress.per_minute {
                words.push_str(&format!(", {rate} a minute"));
            }
            if let Some(left) = progress.time_left() {
                words.push_str(&format!(", {} left", span(left)));
            }
            let repositories = progress.repositories_done;
            words.push_str(&format!(", {repositories}/{found} repositories"));
            words
        }
    };
    words.push_str(&format!(
        ", {} requests, {}",
        progress.traffic.requests,
        text::size(progress.traffic.bytes_received),
    ));
    if progress.failures > 0 {
        words.push_str(&format!(", {} failures", progress.failures));
    }
    if let Some(held) = progress.traffic.held_for {
        words.push_str(&format!(
            ", paused by the registry for {} s",
            held.as_secs() + 1
        ));
    }
    words
}

/// A time that is left: nobody needs its seconds when it takes hours.
fn span(left: Duration) -> String {
    let seconds = left.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_lists_are_known_no_end_is_told() {
        let mut progress = Progress {
            repositories_found: 3,
            tags_found: 40,
            tags_done: 10,
            per_minute: Some(60),
            ..Progress::default()
        };
        assert_eq!(words(&progress), "connecting, 0 requests, 0 B");
        progress.phase = Phase::Listing;
        assert_eq!(
            words(&progress),
            "listing: 3 repositories, 40 tags so far, 0 requests, 0 B"
        );
        progress.phase = Phase::Reading;
        assert_eq!(
            words(&progress),
            "10/40 tags, 60 a minute, 30 s left, 0/3 repositories, 0 requests, 0 B"
        );
    }

    #[test]
    fn what_is_left_is_told_as_exactly_as_it_matters() {
        for (seconds, told) in [(59, "59 s"), (61, "2 min"), (7260, "2 h 1 min")] {
            assert_eq!(span(Duration::from_secs(seconds)), told);
        }
    }
}
