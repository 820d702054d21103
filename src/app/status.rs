//! How a registry or repository is doing, in words and a sign. *Empty*, *refused*,
//! *failed* and *not crawled yet* are four different things here.

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use super::World;
use super::clock::Clock;
use super::document::{Sign, Tone};
use super::words::{cause, count, counted, lasted};
use crate::model::{
    ImageRow, ListState, Phase, Progress, RegistryId, RegistryRow, RepositoryRow, Timestamp,
};
use crate::query::{self, Standing, Turn};

/// Days before its end from which on a certificate is spoken of.
const ENDS_SOON: i64 = 30;

/// How something is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The sign.
    pub sign: Sign,
    /// The tone of sign and words.
    pub tone: Tone,
    /// Words, the most important first; as many as fit are shown.
    pub words: Vec<String>,
    /// The registry's or program's own words on it, one line.
    pub cause: Option<String>,
}

impl Status {
    fn new(sign: Sign, tone: Tone, word: impl Into<String>) -> Self {
        Self {
            sign,
            tone,
            words: vec![word.into()],
            cause: None,
        }
    }

    fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    fn and(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    fn with(mut self, words: Vec<String>) -> Self {
        self.words.extend(words);
        self
    }
}

/// How a registry is doing: what runs, else why it could not, else how its last crawl
/// ended.
pub fn registry(world: &World, row: &RegistryRow) -> Status {
    let mut status = of_registry(world, row);
    if !row.spec.active {
        status.words.insert(1, "inactive".to_owned());
    }
    status
}

fn of_registry(world: &World, row: &RegistryRow) -> Status {
    if let Some(progress) = world.progress.get(&row.id) {
        let stopping = world.stopping.contains(&row.id);
        return running(progress, stopping, world.paused.contains(&row.id));
    }
    if world.starting.contains(&row.id) {
        return Status::new(Sign::Busy, Tone::Busy, "starting");
    }
    if world.is_crawled_elsewhere(row) {
        let status = Status::new(Sign::Busy, Tone::Busy, "crawling elsewhere");
        let since = row.last_crawl.as_ref().map(|crawl| crawl.started);
        let since = since.map_or_else(String::new, |at| {
            format!(", begun {}", world.clock.when_said(at))
        });
        let status = status.because(format!("crawling in another process{since}"));
        return status.with(totals(row));
    }
    let with_rows = |status: Status| status.with(totals(row));
    if let Some(failure) = world.refused.get(&row.id) {
        let status = Status::new(Sign::Bad, Tone::Bad, "did not start");
        return with_rows(status.because(cause(failure)));
    }
    let why = match &row.list {
        ListState::Refused(why) | ListState::Failed(why) => Some(why),
        ListState::NotCrawled | ListState::Listed => None,
    };
    let crawl = row.last_crawl.as_ref();
    if let (None, Some(crawl)) = (why, crawl.filter(|crawl| crawl.outcome.is_none())) {
        let status = Status::new(Sign::Partial, Tone::Warn, "interrupted");
        return with_rows(status.because(format!(
            "the crawl begun {} was interrupted; what it read is kept",
            world.clock.when_said(crawl.started),
        )));
    }
    let standing = query::standing(row, world.clock.now);
    let word = standing.as_str();
    let status = match standing {
        Standing::NotCrawled => return Status::new(Sign::Unknown, Tone::Dim, word),
        Standing::Refused => Status::new(Sign::Refused, Tone::Warn, word),
        Standing::Failed => Status::new(Sign::Bad, Tone::Bad, word),
        Standing::Cancelled => Status::new(Sign::Partial, Tone::Warn, word),
        Standing::Partial => {
            let failures = crawl.map_or(0, |crawl| crawl.failures);
            let failures = counted(failures, "failure", "failures");
            Status::new(Sign::Partial, Tone::Warn, format!("{word}: {failures}"))
        }
        Standing::Stale => Status::new(Sign::Good, Tone::Warn, word),
        Standing::Complete | Standing::Empty => {
            let mut words = totals(row);
            if row.images == 0 {
                words.insert(0, Standing::Empty.as_str().to_owned());
            }
            return Status::new(Sign::Good, Tone::Good, words.remove(0)).with(words);
        }
    };
    with_rows(match why {
        Some(why) => status.because(why),
        None => status,
    })
}

/// What the inventory holds of it, however its last crawl ended.
fn totals(row: &RegistryRow) -> Vec<String> {
    let images = (row.images > 0).then(|| counted(row.images, "image", "images"));
    let repositories =
        (row.repositories > 0).then(|| counted(row.repositories, "repository", "repositories"));
    images.into_iter().chain(repositories).collect()
}

/// What its product is called, and its version, where they are known.
pub fn product(row: &RegistryRow) -> Option<[String; 2]> {
    let opened = row.opened.as_ref()?;
    let name = opened.product.clone().unwrap_or_default();
    let version = opened.version.clone().unwrap_or_default();
    (!name.is_empty() || !version.is_empty()).then_some([name, version])
}

/// That the registry's certificate ends soon, or is over, by what was last seen of it.
pub fn certificate(now: Timestamp, row: &RegistryRow) -> Option<(Tone, String)> {
    let end = row.opened.as_ref()?.certificate_end?;
    if end <= now {
        return Some((Tone::Bad, "certificate is over".to_owned()));
    }
    let left = match (end.as_second() - now.as_second()) / 86_400 {
        0 => "certificate ends within a day".to_owned(),
        1 => "certificate 1 day left".to_owned(),
        days @ ..=ENDS_SOON => format!("certificate {days} days left"),
        _ => return None,
    };
    Some((Tone::Warn, left))
}

fn running(progress: &Progress, stopping: bool, paused: bool) -> Status {
    if stopping || progress.phase == Phase::Stopping {
        return Status::new(Sign::Busy, Tone::Busy, "stopping");
    }
    let percent = percent(progress);
    if paused {
        let far = percent.map_or_else(String::new, |percent| format!(" at {percent} %"));
        let status = Status::new(Sign::Held, Tone::Warn, format!("paused{far}"));
        return with_counts(status, progress);
    }
    if let Some(wait) = progress.traffic.held_for {
        let seconds = whole_seconds(wait);
        return with_counts(
            Status::new(Sign::Held, Tone::Warn, format!("held {seconds} s"))
                .because("the registry asked for a pause"),
            progress,
        );
    }
    let word = match percent {
        None => doing(progress.phase).to_owned(),
        Some(percent) if progress.phase == Phase::Children => format!("indexes {percent} %"),
        Some(percent) => format!("crawling {percent} %"),
    };
    let status = Status::new(Sign::Busy, Tone::Busy, word);
    let status = match progress.time_left() {
        Some(left) => status.and(format!("{} left", lasted(left))),
        None => status,
    };
    with_counts(status, progress)
}

fn with_counts(status: Status, progress: &Progress) -> Status {
    let found = progress.repositories_found;
    let status = match progress.items() {
        _ if found == 0 => status,
        None => status.and(format!("{found} repos so far")),
        Some(_) => status.and(format!("{}/{found} repos", progress.repositories_done)),
    };
    if progress.failures == 0 {
        status
    } else {
        status.and(counted(progress.failures, "failure", "failures"))
    }
}

/// What a crawl does that has no end to go to.
fn doing(phase: Phase) -> &'static str {
    match phase {
        Phase::Connecting => "connecting",
        Phase::Listing | Phase::Reading | Phase::Children => "listing",
        Phase::Stopping => "stopping",
    }
}

/// How far a crawl is; `None` as long as nobody knows how much there is.
pub fn percent(progress: &Progress) -> Option<u64> {
    let (done, all) = progress.items()?;
    // 100 % is what an ended crawl has.
    Some((done * 100).checked_div(all).unwrap_or(0).min(99))
}

/// A running crawl in a few words, for a line that says other things too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brief {
    /// What it does, and how far it is.
    pub state: String,
    /// What it waits for.
    pub why: Option<&'static str>,
    /// Items a second, or a minute where that is less than one.
    pub rate: Option<String>,
    /// How long it still takes.
    pub left: Option<String>,
}

/// A running crawl in a few words.
pub fn brief(world: &World, id: RegistryId, progress: &Progress) -> Brief {
    let state = |state: String| Brief {
        state,
        ..Brief::default()
    };
    if world.stopping.contains(&id) || progress.phase == Phase::Stopping {
        return state("stopping".to_owned());
    }
    let percent = percent(progress);
    let at = percent.map_or_else(String::new, |percent| format!(" at {percent} %"));
    if world.paused.contains(&id) {
        return state(format!("paused{at}"));
    }
    if let Some(wait) = progress.traffic.held_for {
        return Brief {
            why: Some("as the registry asked"),
            ..state(format!("held {} s{at}", whole_seconds(wait)))
        };
    }
    let Some(percent) = percent else {
        return state(doing(progress.phase).to_owned());
    };
    Brief {
        rate: progress.per_minute.map(|rate| match rate / 60 {
            0 => format!("{}/min", count(rate)),
            a_second => format!("{}/s", count(a_second)),
        }),
        left: progress.time_left().map(|left| match left.as_secs() {
            seconds @ ..60 => format!("{seconds} s left"),
            seconds @ 60..3600 => format!("{} min left", seconds.div_ceil(60)),
            seconds => format!("{} h left", seconds.div_ceil(3600)),
        }),
        ..state(format!("{percent} %"))
    }
}

/// Rounded up: `held 0 s` would say that nothing holds it.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Everything about a running crawl, in one line of at most `width` columns: what does
/// not fit is left out, the least important first.
pub fn progress_line(progress: &Progress, width: usize) -> String {
    let traffic = &progress.traffic;
    let mut parts = match progress.items() {
        None => vec![
            format!(
                "{}: {}",
                doing(progress.phase),
                counted(progress.repositories_found, "repository", "repositories")
            ),
            format!("{} so far", counted(progress.tags_found, "tag", "tags")),
        ],
        Some((done, all)) => vec![
            format!("{}/{} {}", count(done), count(all), progress.unit()),
            format!(
                "{}/{} repositories",
                count(progress.repositories_done),
                count(progress.repositories_found)
            ),
        ],
    };
    if let Some(left) = progress.time_left() {
        parts.push(format!("{} left", lasted(left)));
    }
    if progress.failures > 0 {
        parts.push(counted(progress.failures, "failure", "failures"));
    }
    if let Some(rate) = progress.per_minute {
        parts.push(format!("{} {} a minute", count(rate), progress.unit()));
    }
    parts.push(counted(traffic.requests, "request", "requests"));
    if traffic.retries > 0 {
        parts.push(counted(traffic.retries, "retry", "retries"));
    }
    let line = |parts: &[String]| parts.join(" · ");
    while parts.len() > 1 && line(&parts).width() > width {
        parts.pop();
    }
    line(&parts)
}

/// How a repository is doing. A listed repository with tags is well and has no words.
pub fn repository(clock: &Clock, row: &RepositoryRow) -> Status {
    match (&row.state.list, row.state.stale_since) {
        (ListState::NotCrawled, _) if row.tags > 0 => {
            Status::new(Sign::Partial, Tone::Dim, "partial")
                .because("its tags have not all been read yet")
        }
        (ListState::NotCrawled, _) => Status::new(Sign::Unknown, Tone::Dim, "not crawled"),
        (ListState::Refused(why), _) => {
            Status::new(Sign::Refused, Tone::Warn, "refused").because(why)
        }
        (ListState::Failed(why), _) => Status::new(Sign::Bad, Tone::Bad, "failed").because(why),
        (ListState::Listed, Some(since)) => Status::new(Sign::Partial, Tone::Warn, "stale")
            .because(format!(
                "stale since {}: some of it could not be read again",
                clock.moment(since)
            )),
        (ListState::Listed, None) if row.tags == 0 => Status::new(Sign::Good, Tone::Dim, "empty"),
        (ListState::Listed, None) => Status::new(Sign::Good, Tone::Plain, ""),
    }
}

/// What the last crawl of its registry changed about an image: it appeared, or a tag moved
/// to it. To the first crawl everything is new, and nothing is said.
pub fn change(world: &World, row: &ImageRow) -> Option<Turn> {
    let crawl = world.known(row.registry)?.last_crawl.as_ref()?;
    match crawl.number {
        0 | 1 => None,
        _ if row.first_seen == crawl.started => Some(Turn::Appeared),
        _ if row.moved == Some(crawl.started) => Some(Turn::Moved),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::State;
    use crate::app::fixture::{self, Bench, DAY, HOUR, NEXUS};
    use crate::model::{Class, Failure, Opened, Outcome, Stage, Traffic};

    fn words(change: impl Fn(&mut RegistryRow, &mut State)) -> Vec<String> {
        let bench = Bench::loaded(80, 24);
        let mut state = bench.app.state.clone();
        let mut row = state.world.known(NEXUS).unwrap().clone();
        change(&mut row, &mut state);
        registry(&state.world, &row).words
    }

    fn crawled(row: &mut RegistryRow, ago: i64, outcome: Option<Outcome>) {
        row.last_crawl = Some(fixture::record(ago, outcome, 1));
    }

    fn elsewhere(row: &mut RegistryRow, _: &mut State) {
        crawled(row, HOUR, None);
        row.last_crawl.as_mut().unwrap().running = true;
        row.list = ListState::Failed("what the crawl before it found".into());
    }

    #[test]
    fn each_state_of_a_registry_has_its_word() {
        type Change = fn(&mut RegistryRow, &mut State);
        let cases: [(Change, &str); 18] = [
            (|_, _| {}, "12 345 images · 9 repositories"),
            (
                |row, _| row.spec.active = false,
                "12 345 images · inactive · 9 repositories",
            ),
            (
                |row, _| row.spec.refresh_interval = Some(Duration::from_mins(1)),
                "stale · 12 345 images · 9 repositories",
            ),
            (
                |row, _| row.spec.refresh_interval = Some(Duration::from_hours(1)),
                "12 345 images · 9 repositories",
            ),
            (|row, _| (row.images, row.repositories) = (0, 0), "empty"),
            (
                |row, _| crawled(row, HOUR, Some(Outcome::Partial)),
                "partial: 1 failure · 12 345 images · 9 repositories",
            ),
            (
                |row, _| {
                    crawled(row, HOUR, Some(Outcome::Partial));
                    row.list = ListState::Failed("no list".into());
                },
                "partial: 1 failure · 12 345 images · 9 repositories",
            ),
            (
                |row, _| crawled(row, HOUR, Some(Outcome::Cancelled)),
                "cancelled · 12 345 images · 9 repositories",
            ),
            (
                |row, _| crawled(row, DAY, Some(Outcome::Failed)),
                "failed · 12 345 images · 9 repositories",
            ),
            (
                |row, _| crawled(row, DAY, None),
                "interrupted · 12 345 images · 9 repositories",
            ),
            (
                elsewhere,
                "crawling elsewhere · 12 345 images · 9 repositories",
            ),
            (
                |row, state| {
                    elsewhere(row, state);
                    state.world.progress = Arc::new([(NEXUS, fixture::reading())].into());
                },
                "crawling 45 % · 43 s left · 153/340 repos · 3 failures",
            ),
            (|row, _| row.last_crawl = None, "not crawled"),
            (
                |row, _| row.list = ListState::Refused("no".into()),
                "refused · 12 345 images · 9 repositories",
            ),
            (
                |row, _| row.list = ListState::Failed("no".into()),
                "failed · 12 345 images · 9 repositories",
            ),
            (
                |_, state| {
                    let failure = Failure::new(Stage::Token, Class::Local, "no password");
                    state.world.refused.insert(NEXUS, failure);
                },
                "did not start · 12 345 images · 9 repositories",
            ),
            (|_, state| state.world.starting = [NEXUS].into(), "starting"),
            (
                |_, state| {
                    state.world.progress = Arc::new([(NEXUS, fixture::reading())].into());
                    state.world.stopping.insert(NEXUS);
                },
                "stopping",
            ),
        ];
        for (change, wanted) in cases {
            assert_eq!(words(change).join(" · "), wanted);
        }
    }

    #[test]
    fn what_is_held_of_a_registry_is_told_where_there_is_any() {
        let held = |images, repositories| {
            let told = |row: &mut RegistryRow, _: &mut State| {
                (row.images, row.repositories) = (images, repositories);
            };
            words(told).join(" · ")
        };
        assert_eq!(held(1, 1), "1 image · 1 repository");
        assert_eq!(held(0, 3), "empty · 3 repositories");
        assert_eq!(held(0, 0), "empty");
    }

    #[test]
    fn a_certificate_is_spoken_of_when_it_ends_soon() {
        let mut row = fixture::registries().remove(0);
        let now = fixture::ago(0);
        assert_eq!(certificate(now, &row), None, "nothing was seen of one");
        let mut at = |seconds: i64| {
            row.opened = Some(Opened {
                certificate_end: Some(fixture::ago(-seconds)),
                ..Opened::default()
            });
            certificate(now, &row)
        };
        let soon = |text: &str| Some((Tone::Warn, text.to_owned()));
        let over = Some((Tone::Bad, "certificate is over".to_owned()));
        assert_eq!(at(31 * DAY), None);
        assert_eq!(at(31 * DAY - 1), soon("certificate 30 days left"));
        assert_eq!(at(2 * DAY - 1), soon("certificate 1 day left"));
        assert_eq!(at(DAY - 1), soon("certificate ends within a day"));
        assert_eq!(at(0), over);
        assert_eq!(at(-9 * DAY), over);
    }

    #[test]
    fn a_product_is_told_as_far_as_it_is_known() {
        let mut row = fixture::registries().remove(0);
        assert_eq!(product(&row), None);
        let mut of = |product_: Option<&str>, version: Option<&str>| {
            row.opened = Some(Opened {
                product: product_.map(str::to_owned),
                version: version.map(str::to_owned),
                ..Opened::default()
            });
            product(&row).map(|words| words.join("|"))
        };
        assert_eq!(of(None, None), None);
        assert_eq!(of(Some("harbor"), None).as_deref(), Some("harbor|"));
        let both = of(Some("harbor"), Some("2.13.0"));
        assert_eq!(both.as_deref(), Some("harbor|2.13.0"));
    }

    #[test]
    fn each_state_of_a_repository_has_its_word() {
        let clock = Clock::new(fixture::ago(0));
        let word = |list: ListState, tags, stale: bool| {
            let mut row = fixture::repositories().remove(0);
            row.tags = tags;
            row.state.list = list;
            row.state.stale_since = stale.then(|| fixture::ago(DAY));
            let status = repository(&clock, &row);
            (status.words[0].clone(), status.cause.unwrap_or_default())
        };
        let words = |list, tags, stale| word(list, tags, stale).0;
        assert_eq!(words(ListState::Listed, 3, false), "");
        assert_eq!(words(ListState::Listed, 0, false), "empty");
        assert_eq!(words(ListState::NotCrawled, 0, false), "not crawled");
        assert_eq!(words(ListState::NotCrawled, 3, false), "partial");
        assert_eq!(words(ListState::Refused("no".into()), 3, true), "refused");
        assert_eq!(words(ListState::Failed("no".into()), 3, true), "failed");
        let (stale, cause) = word(ListState::Listed, 3, true);
        assert_eq!(stale, "stale");
        assert!(
            cause.starts_with("stale since 2026-11-19 12:16 UTC"),
            "{cause}"
        );
    }

    #[test]
    fn a_running_crawl_says_what_it_does() {
        let at = |phase, found, held: Option<u64>| {
            let progress = Progress {
                phase,
                repositories_found: found,
                repositories_listed: found,
                repositories_done: found / 2,
                tags_found: 4 * found,
                tags_done: found,
                traffic: Traffic {
                    held_for: held.map(Duration::from_millis),
                    ..Traffic::default()
                },
                ..Progress::default()
            };
            running(&progress, false, false).words.join(" · ")
        };
        assert_eq!(at(Phase::Connecting, 0, None), "connecting");
        assert_eq!(at(Phase::Listing, 8, None), "listing · 8 repos so far");
        assert_eq!(at(Phase::Reading, 8, None), "crawling 25 % · 4/8 repos");
        assert_eq!(
            at(Phase::Reading, 100, None),
            "crawling 25 % · 50/100 repos"
        );
        assert_eq!(at(Phase::Reading, 8, Some(27_001)), "held 28 s · 4/8 repos");
        assert_eq!(at(Phase::Stopping, 8, None), "stopping");
        let mut done = fixture::reading();
        done.tags_done = done.tags_found;
        assert_eq!(percent(&done), Some(99), "an ended crawl has 100 %");
        assert_eq!(percent(&Progress::default()), None);
        let paused = running(&fixture::reading(), false, true).words.join(" · ");
        assert_eq!(paused, "paused at 45 % · 153/340 repos · 3 failures");
        done.phase = Phase::Listing;
        assert_eq!(running(&done, false, true).words[0], "paused");
    }

    #[test]
    fn a_running_crawl_is_said_in_a_few_words() {
        let bench = Bench::loaded(80, 24);
        let mut world = bench.app.state.world.clone();
        let mut progress = fixture::reading();
        let told = |world: &World, progress: &Progress| {
            let brief = brief(world, NEXUS, progress);
            let why = brief.why.map(str::to_owned);
            let words = [Some(brief.state), why, brief.rate, brief.left];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told(&world, &progress), "45 % 120/s 43 s left");
        progress.per_minute = Some(50);
        assert_eq!(told(&world, &progress), "45 % 50/min 2 h left");
        progress.traffic.held_for = Some(Duration::from_millis(37_001));
        assert_eq!(
            told(&world, &progress),
            "held 38 s at 45 % as the registry asked"
        );
        world.paused.insert(NEXUS);
        assert_eq!(told(&world, &progress), "paused at 45 %");
        world.stopping.insert(NEXUS);
        assert_eq!(told(&world, &progress), "stopping");
        let connecting = Progress::default();
        world.stopping.clear();
        world.paused.clear();
        assert_eq!(told(&world, &connecting), "connecting");
    }

    #[test]
    fn a_line_of_progress_leaves_out_what_does_not_fit() {
        let line = |width| progress_line(&fixture::reading(), width);
        assert_eq!(
            line(200),
            "4 312/9 400 tags · 153/340 repositories · 43 s left · 3 failures · \
             7 200 tags a minute · 5 120 requests · 4 retries"
        );
        assert!(line(66).ends_with("43 s left · 3 failures"));
        assert_eq!(line(40), "4 312/9 400 tags · 153/340 repositories");
        assert_eq!(line(1), "4 312/9 400 tags");
    }

    #[test]
    fn a_list_that_is_not_known_yet_has_no_end_to_go_to() {
        let listing = Progress {
            phase: Phase::Listing,
            ..fixture::reading()
        };
        assert_eq!(
            progress_line(&listing, 60),
            "listing: 340 repositories · 9 400 tags so far · 3 failures"
        );
    }
}
