//! A screen with an inventory behind it, for tests: questions are answered at once,
//! everything else that the machine wants done is handed out.

mod search;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::past_fixture::Past;
use super::{App, Effect, Event, Size, Work};
use crate::config::keys::{KeyMap, KeyPress};
use crate::model::{
    Answer, Change, CheckReport, Child, Class, CrawlRecord, Decided, Decision, Digest, Drifts,
    Failure, Filter, Image, ImagePlace, ImageRow, Kind, ListState, Listing, MediaType, Order,
    Outcome, Phase, PlanColumn, Planned, Progress, Question, RegistryId, RegistryRow, RegistrySpec,
    RepositoryChanges, RepositoryRow, RepositoryState, RepositorySummary, Stage, StageReport,
    Subject, Summary, Timestamp, Traffic, Usage, Verdict,
};
use crate::query;

/// 2026-11-20, about noon.
pub(crate) const NOW: i64 = 1_795_177_000;
pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3600;
pub(crate) const DAY: i64 = 86_400;

pub(crate) const NEXUS: RegistryId = RegistryId(1);
pub(crate) const HARBOR: RegistryId = RegistryId(2);
pub(crate) const GITLAB: RegistryId = RegistryId(3);

pub(crate) fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW - seconds).unwrap()
}

/// A machine, and what stands behind it.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) app: App,
    pub(crate) registries: Vec<RegistryRow>,
    pub(crate) repositories: Vec<RepositoryRow>,
    pub(crate) images: Vec<ImageRow>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) history: Vec<Change>,
    pub(crate) usage: Vec<Usage>,
    pub(crate) drifts: Drifts,
    pub(crate) past: Past,
    /// Decisions about what is not in a row.
    pub(crate) decided: Vec<Decided>,
    /// Questions that are not answered before somebody says so; `None` where each is at once.
    pub(crate) held: Option<Vec<Effect>>,
}

impl Bench {
    /// A machine with nothing behind it.
    pub(crate) fn empty(width: u16, height: u16) -> Self {
        let size = Size { width, height };
        let mut bench = Self {
            app: App::new(size, ago(0), KeyMap::standard()),
            registries: Vec::new(),
            repositories: Vec::new(),
            images: Vec::new(),
            failures: summary().failures,
            history: Vec::new(),
            usage: Vec::new(),
            drifts: Drifts::default(),
            past: Past::default(),
            decided: Vec::new(),
            held: None,
        };
        let effects = bench.app.start();
        bench.carry_out(effects);
        bench
    }

    /// A machine with six registries of which each is in another state.
    pub(crate) fn loaded(width: u16, height: u16) -> Self {
        let mut bench = Self::empty(width, height);
        bench.registries = registries();
        bench.repositories = repositories();
        bench.images = images();
        bench.send(Event::InventoryChanged);
        bench
    }

    /// Presses keys and answers questions; returns what else is to be done.
    pub(crate) fn press(&mut self, keys: &str) -> Vec<Effect> {
        let mut rest = Vec::new();
        for press in KeyPress::parse_all(keys).unwrap() {
            rest.extend(self.send(Event::Key(press)));
        }
        rest
    }

    /// Sends an event and answers questions; returns what else is to be done.
    pub(crate) fn send(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.app.update(event);
        self.carry_out(effects)
    }

    /// Presses keys and answers nothing; returns all that is to be done.
    pub(crate) fn press_unanswered(&mut self, keys: &str) -> Vec<Effect> {
        let presses = KeyPress::parse_all(keys).unwrap().into_iter();
        let events = presses.map(Event::Key);
        events.flat_map(|event| self.app.update(event)).collect()
    }

    /// Answers these questions, and those that follow; returns what else is to be done.
    pub(crate) fn carry_out(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut rest = Vec::new();
        for effect in effects {
            if let (Some(held), Effect::Ask { .. }) = (&mut self.held, &effect) {
                held.push(effect);
            } else if let Some(answer) = self.answer(&effect) {
                rest.extend(self.send(answer));
            } else if !matches!(effect, Effect::Do(Work::Withdraw { .. })) {
                // What is answered at once is never withdrawn in time.
                rest.push(effect);
            }
        }
        rest
    }

    /// The answer to a question to the inventory.
    pub(crate) fn answer(&self, effect: &Effect) -> Option<Event> {
        let Effect::Ask { ticket, question } = effect else {
            return None;
        };
        let answer = match question {
            Question::Registries => Answer::Registries(self.registries.clone()),
            Question::Repositories {
                registries,
                filter,
                order,
            } => {
                let rows = self.repositories.iter();
                let rows = rows.filter(|row| registries.contains(&row.registry));
                let rows = rows.cloned().collect();
                Answer::Repositories(query::repositories(rows, filter, *order))
            }
            Question::Images {
                registry,
                repository,
                filter,
                order,
            } => {
                let rows = self
                    .images
                    .iter()
                    .filter(|r| r.registry == *registry && r.repository == *repository);
                Answer::Images(query::images(rows.cloned().collect(), filter, *order))
            }
            Question::ImagesOver {
                registries,
                below,
                filter,
                order,
                most,
            } => {
                let mut best = query::Best::new(*order, registries.clone(), *most);
                let below = |row: &&ImageRow| {
                    let name = row.repository.as_str();
                    registries.contains(&row.registry)
                        && below.as_ref().is_none_or(|path| name.starts_with(path))
                };
                let rows: Vec<&ImageRow> = self.images.iter().filter(below).collect();
                let shown = rows
                    .iter()
                    .filter(|row| query::lets_image_over(filter, row));
                shown.for_each(|row| best.push((*row).clone()));
                Answer::Images(query::first_images(best, rows.len()))
            }
            Question::Failures { .. } => Answer::Failures(self.failures.clone()),
            Question::Drift { .. } => Answer::Drift(self.drifts.clone()),
            Question::Usage { .. } => Answer::Usage(self.usage.clone()),
            Question::Search {
                registries,
                search,
                after,
                enough,
            } => Answer::Search(self.search(registries, search, after.as_ref(), *enough)),
            Question::Holders { layers, .. } => {
                // The first is a base that many share, the others are of one image.
                let counts = layers.iter().enumerate();
                Answer::Holders(
                    counts
                        .map(|(at, _)| if at == 0 { 413 } else { 1 })
                        .collect(),
                )
            }
            Question::Built { images } => Answer::Built(self.built(images)),
            Question::Plan { filter, order } => Answer::Plan(self.plan(filter, *order)),
            other => match (self.past.answer(other), other) {
                (Some(answer), _) => answer,
                (None, Question::History { .. }) => Answer::History(self.history.clone()),
                (None, other) => panic!("the screen does not ask {other:?}"),
            },
        };
        Some(Event::Answered {
            ticket: *ticket,
            result: Ok(answer),
        })
    }

    /// When these images were built.
    fn built(&self, images: &[ImagePlace]) -> Vec<Option<Timestamp>> {
        let row = |place: &ImagePlace| {
            let mut rows = self.images.iter();
            rows.find(|row| row.repository == place.repository && row.digest == place.digest)
        };
        let images = images.iter();
        images.map(|place| row(place)?.image.created).collect()
    }

    /// The decisions about the images of `NEXUS`, as the inventory would tell them.
    fn plan(&self, filter: &Filter, order: Order<PlanColumn>) -> Listing<Planned> {
        let mut rows = Vec::new();
        for repository in self.repositories.iter().map(|row| &row.name) {
            let images: Vec<ImageRow> = self
                .images
                .iter()
                .filter(|row| row.repository == *repository)
                .cloned()
                .collect();
            let mut decided: Vec<Decided> = images.iter().flat_map(decided_about).collect();
            let others = self.decided.iter();
            decided.extend(others.filter(|one| one.repository == *repository).cloned());
            rows.extend(query::planned(NEXUS, &decided, &images, &self.history));
        }
        let names = self.registries.iter();
        let names = names
            .map(|row| (row.id, row.spec.name.to_string()))
            .collect();
        query::plan(rows, &names, filter, order)
    }

    /// Writes down the decisions that are among these effects, and those that follow;
    /// returns what else is to be done.
    pub(crate) fn write(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut rest = Vec::new();
        for effect in effects {
            let Effect::Do(Work::Decide { ticket, decided }) = effect else {
                rest.push(effect);
                continue;
            };
            for (registry, one) in decided {
                self.decide(registry, &one);
            }
            let then = self.send(Event::Decided {
                ticket,
                result: Ok(()),
            });
            rest.extend(self.write(then));
        }
        rest
    }

    fn decide(&mut self, registry: RegistryId, one: &Decided) {
        let rows = self.images.iter_mut();
        for row in rows.filter(|r| r.registry == registry && r.repository == one.repository) {
            match &one.subject {
                Subject::Image(digest) if *digest == row.digest => {
                    row.decisions.image.clone_from(&one.decision);
                }
                Subject::Tag(tag) if row.tags.contains(tag) => {
                    row.decisions.tags.retain(|(of, _)| of != tag);
                    let decision = one.decision.clone();
                    row.decisions
                        .tags
                        .extend(decision.map(|it| (tag.clone(), it)));
                }
                _ => {}
            }
        }
    }

    /// Says that these crawls run.
    pub(crate) fn progress(&mut self, samples: &[(RegistryId, Progress)]) {
        let samples: BTreeMap<_, _> = samples.iter().copied().collect();
        self.send(Event::Progress(Arc::new(samples)));
    }
}

/// What three repositories take.
pub(crate) fn usage() -> Vec<Usage> {
    let of = |name: &str, images, bytes, unknown| Usage {
        registry: NEXUS,
        repository: Some(name.parse().unwrap()),
        images,
        tags: images,
        bytes,
        exclusive: bytes / 3,
        unknown,
    };
    vec![
        of("charts/ingress-nginx", 1204, 17_000_000, 0),
        of("team/api", 7, 2_300_000_000, 2),
        of("team/legacy", 41, 6_400_000_000, 0),
    ]
}

/// The decisions that a row tells of.
fn decided_about(row: &ImageRow) -> Vec<Decided> {
    let one = |subject, decision: &Decision| Decided {
        repository: row.repository.clone(),
        subject,
        decision: Some(decision.clone()),
    };
    let image = row.decisions.image.iter();
    let image = image.map(|decision| one(Subject::Image(row.digest.clone()), decision));
    let tags = row.decisions.tags.iter();
    let tags = tags.map(|(tag, decision)| one(Subject::Tag(tag.clone()), decision));
    image.chain(tags).collect()
}

pub(crate) fn spec(name: &str, address: &str) -> RegistrySpec {
    RegistrySpec::new(name.parse().unwrap(), address.parse().unwrap())
}

fn registry(id: RegistryId, name: &str, address: &str) -> RegistryRow {
    RegistryRow {
        id,
        spec: spec(name, address),
        list: ListState::NotCrawled,
        repositories: 0,
        tags: 0,
        images: 0,
        unread: 0,
        decisions: 0,
        opened: None,
        last_crawl: None,
    }
}

pub(crate) fn record(started: i64, outcome: Option<Outcome>, failures: u64) -> CrawlRecord {
    CrawlRecord {
        number: 7,
        started: ago(started),
        elapsed: outcome.map(|_| Duration::from_secs(72)),
        outcome,
        running: false,
        new: 12,
        gone: 0,
        moved: 1,
        changes: 14,
        failures,
        mismatched: 0,
        resume_at: None,
        traffic: Traffic {
            requests: 5120,
            ..Traffic::default()
        },
        retry_of: None,
        notes: Vec::new(),
    }
}

/// Six registries: well, partial, refused, failed, not crawled, inactive.
pub(crate) fn registries() -> Vec<RegistryRow> {
    let mut nexus = registry(NEXUS, "nexus-prod", "https://nexus.example:8443");
    nexus.list = ListState::Listed;
    (nexus.repositories, nexus.tags, nexus.images) = (9, 15_120, 12_345);
    nexus.last_crawl = Some(record(3 * MINUTE, Some(Outcome::Complete), 0));
    let mut harbor = registry(HARBOR, "harbor", "https://harbor.example");
    harbor.list = ListState::Listed;
    (harbor.repositories, harbor.tags, harbor.images) = (1, 3, 2);
    harbor.last_crawl = Some(record(2 * HOUR, Some(Outcome::Partial), 3));
    let mut gitlab = registry(GITLAB, "gitlab", "https://registry.gitlab.example");
    gitlab.list = ListState::Refused(
        "the catalogue was refused (HTTP 403): only administrators may list it".into(),
    );
    gitlab.last_crawl = Some(record(2 * DAY, Some(Outcome::Failed), 1));
    let mut quay = registry(RegistryId(4), "quay", "https://quay.example");
    quay.list = ListState::Failed("no connection to quay.example: connection refused".into());
    quay.last_crawl = Some(record(HOUR, Some(Outcome::Failed), 1));
    let lab = registry(RegistryId(5), "lab", "http://10.0.0.7:5000");
    let mut old = registry(
        RegistryId(6),
        "registry-with-a-rather-long-name-eu-central-1",
        "https://old.example/artifactory/api/docker/docker-local",
    );
    old.spec.active = false;
    old.list = ListState::Listed;
    old.last_crawl = Some(record(200 * DAY, Some(Outcome::Complete), 0));
    vec![nexus, harbor, gitlab, quay, lab, old]
}

fn repository(name: &str, tags: u64, list: ListState) -> RepositoryRow {
    RepositoryRow {
        registry: NEXUS,
        name: name.parse().unwrap(),
        state: RepositoryState {
            list,
            listed_at: Some(ago(3 * MINUTE)),
            stale_since: None,
        },
        tags,
        images: tags,
        first_seen: ago(90 * DAY),
        summary: (tags > 0).then(|| RepositorySummary {
            size: 50_000_000 * tags,
            unread: 0,
            newest: Some(ago(40 * DAY)),
            architectures: vec!["amd64".into()],
            changed: RepositoryChanges::default(),
        }),
    }
}

/// Repositories in every state, those of the first registry, and one of the second.
pub(crate) fn repositories() -> Vec<RepositoryRow> {
    let mut moved = repository(
        "team/moved",
        8,
        ListState::Failed("listing tags timed out after 30 s".into()),
    );
    moved.state.stale_since = Some(ago(3 * DAY));
    let mut stale = repository("team/legacy", 41, ListState::Listed);
    stale.state.stale_since = Some(ago(9 * DAY));
    stale.summary = None;
    let mut api = repository("team/api", 9, ListState::Listed);
    api.images = 7;
    if let Some(summary) = &mut api.summary {
        summary.unread = 1;
        summary.newest = Some(ago(2 * HOUR));
        summary.architectures = ["amd64", "arm", "arm64", "s390x"].map(Box::from).to_vec();
        summary.changed = RepositoryChanges {
            appeared: 2,
            moved: 1,
            gone: 3,
        };
    }
    let mut other = repository("library/alpine", 3, ListState::Listed);
    other.registry = HARBOR;
    let mut waiting = repository("team/waiting", 0, ListState::NotCrawled);
    waiting.state.listed_at = None;
    vec![
        api,
        repository("team/new", 0, ListState::Listed),
        repository(
            "team/secret",
            0,
            ListState::Refused("listing tags was refused (HTTP 403)".into()),
        ),
        repository(
            "team/broken",
            0,
            ListState::Failed("the answer is no list of tags: HTML".into()),
        ),
        waiting,
        moved,
        stale,
        repository("charts/ingress-nginx", 1204, ListState::Listed),
        repository(
            "group/subgroup/another-subgroup/project/service-frontend",
            15_000,
            ListState::Listed,
        ),
        other,
    ]
}

pub(crate) fn image(tags: &[&str], platforms: &[&str], size: Option<u64>) -> ImageRow {
    let platforms: Vec<_> = platforms.iter().map(|p| p.parse().unwrap()).collect();
    let kind = match platforms.len() {
        0 => Kind::Artifact,
        1 => Kind::Image,
        _ => Kind::Index,
    };
    let mut children: Vec<Child> = Vec::new();
    if kind == Kind::Index {
        children.extend(
            platforms
                .iter()
                .map(|platform: &crate::model::Platform| Child {
                    digest: Digest::sha256(platform.to_string().as_bytes()),
                    platform: Some(platform.clone()),
                    accessory: false,
                    is_index: false,
                    size: size.map(|all| all / 3),
                }),
        );
        children.push(Child {
            digest: Digest::sha256(b"attestation"),
            platform: None,
            accessory: true,
            is_index: false,
            size: None,
        });
    }
    let media_type = match kind {
        Kind::Index => MediaType::OciIndex,
        _ => MediaType::OciManifest,
    };
    let mut image = Image::new(kind, media_type);
    image.artifact_type =
        (kind == Kind::Artifact).then(|| "application/vnd.cncf.helm.config.v1+json".into());
    image.children = children;
    image.size = size;
    image.created = (kind == Kind::Image).then(|| ago(40 * DAY));
    ImageRow {
        registry: NEXUS,
        repository: "team/api".parse().unwrap(),
        digest: Digest::sha256(format!("{tags:?}{size:?}").as_bytes()),
        image,
        tags: tags.iter().map(|t| t.parse().unwrap()).collect(),
        platforms,
        facts: crate::model::ImageFacts::default(),
        first_seen: ago(30 * DAY),
        last_seen: ago(3 * MINUTE),
        moved: None,
        stale_since: None,
        decisions: crate::model::Decisions::default(),
        beneath: false,
    }
}

/// Images of the repository `team/api`.
pub(crate) fn images() -> Vec<ImageRow> {
    let mut stale = image(&["1.8.0"], &["linux/amd64"], Some(81_234_567));
    stale.stale_since = Some(ago(3 * DAY));
    let mut latest = image(
        &["1", "1.10", "1.10.2", "latest"],
        &["linux/amd64", "linux/arm/v7", "linux/arm64/v8"],
        None,
    );
    latest.first_seen = ago(3 * MINUTE);
    let mut windows = image(&["windows-2022"], &["windows/amd64"], Some(2_345_678_901));
    windows.moved = Some(ago(3 * MINUTE));
    vec![
        latest,
        image(&["1.9.3"], &["linux/amd64"], Some(84_234_567)),
        image(&["1.9.2"], &["linux/amd64"], Some(84_134_567)),
        windows,
        image(&["0.3.1"], &[], Some(14_512)),
        stale,
        image(&[], &["linux/amd64"], Some(80_000_000)),
    ]
}

/// A crawl on its way.
pub(crate) fn reading() -> Progress {
    Progress {
        phase: Phase::Reading,
        repositories_found: 340,
        repositories_listed: 340,
        repositories_done: 153,
        tags_found: 9_400,
        tags_done: 4_312,
        indexes_found: 0,
        indexes_done: 0,
        failures: 3,
        traffic: Traffic {
            requests: 5_120,
            bytes_received: 12_345_678,
            retries: 4,
            in_flight: 16,
            held_for: None,
            ..Traffic::default()
        },
        per_minute: Some(7_200),
    }
}

/// The end of a crawl with three failures.
pub(crate) fn summary() -> Summary {
    let team = |name: &str| name.parse().unwrap();
    let mut progress = reading();
    progress.failures = 5;
    Summary {
        outcome: Outcome::Partial,
        progress,
        failures: vec![
            Failure::new(Stage::Tags, Class::Denied, "listing tags was refused")
                .in_repository(&team("team/secret"))
                .with_status(403)
                .with_hint("give the user the right to pull from `team/secret`"),
            Failure::new(
                Stage::Manifest,
                Class::Digest,
                "the manifest's bytes do not have the digest that its header says",
            )
            .in_repository(&team("team/api"))
            .at_reference("1.2")
            .with_hint("something between here and the registry changes answers: look for a proxy"),
            Failure::new(Stage::Catalogue, Class::Timeout, "no answer within 30 s"),
        ],
        elapsed: Duration::from_secs(72),
        memory: None,
        cut: false,
        opened: None,
        notes: Vec::new(),
        resume_at: None,
    }
}

/// A check that stops at the token.
pub(crate) fn report() -> CheckReport {
    let stage = |stage, ms, verdict| StageReport {
        facts: match stage {
            Stage::Tls => vec![
                "`CN=harbor.example` for harbor.example, signed by `CN=Corp CA`, expires in \
                 100 days"
                    .to_owned(),
                "it ends in `CN=Corp CA`, from the CA file `/etc/ssl/corp.pem`".to_owned(),
            ],
            _ => Vec::new(),
        },
        stage,
        verdict,
        elapsed: Duration::from_millis(ms),
    };
    let passed = |seen: &str| Verdict::Passed(seen.to_owned());
    let skipped = |why: &str| Verdict::Skipped(why.to_owned());
    CheckReport {
        stages: vec![
            stage(Stage::Resolve, 3, passed("harbor.example is 10.1.2.3")),
            stage(Stage::Connect, 1, passed("connected to 10.1.2.3:443")),
            stage(Stage::Proxy, 0, skipped("no proxy is set")),
            stage(
                Stage::Tls,
                14,
                passed("TLS 1.3, TLS_AES_256_GCM_SHA384, HTTP/2; the certificate is trusted"),
            ),
            stage(Stage::Ping, 6, passed("HTTP 401, registry/2.0")),
            stage(
                Stage::Challenge,
                0,
                passed("bearer, realm https://harbor.example/service/token"),
            ),
            stage(
                Stage::Token,
                120,
                Verdict::Failed(
                    Failure::new(
                        Stage::Token,
                        Class::Authentication,
                        "the token service does not know user `robot$ci` or its password",
                    )
                    .with_status(401)
                    .with_hint(
                        "check the user name and password; robot names include the `robot$`",
                    ),
                ),
            ),
            stage(Stage::Catalogue, 0, skipped("no token")),
            stage(Stage::Tags, 0, skipped("no token")),
            stage(Stage::Manifest, 0, skipped("no token")),
        ],
    }
}
