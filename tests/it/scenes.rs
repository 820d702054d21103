//! Whole or said: every file of `tests/data/scenes` against the simulator over real sockets.
//! Inventory, changes, counters and failures are compared. What each shows stands in it as
//! `why`; `tests/data/scenes/README.md` lists them by subject.
//!
//! Whatever a scene says, no crawl is complete whose inventory is not what the registry
//! holds, nothing goes that is still there, and every failure says what to do next.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use supercargo::job::{self, CrawlRequest, Ended};
use supercargo::model::setting::{self, Setting};
use supercargo::model::{
    Change, Failure, ImageRow, ListState, PasswordSource, Progress, RegistryRow, RegistrySpec,
    RepositoryName, Secret, Timestamp, What,
};
use supercargo::secret::{Prompt, Request, Secrets};
use supercargo::simulator::{Authorization, Behaviour, Content, Method, Simulator};
use supercargo::store::{Access, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::support::engine::spec;
use crate::support::labels::Labels;
use crate::support::scene::{
    FailureText, FaultText, Inventory, Named, Scene, Step, account, expanded,
};

/// Scenes at once: most of them wait, for what is tried again.
const AT_ONCE: usize = 48;

/// Nobody is asked for anything.
struct Nobody;

impl Prompt for Nobody {
    fn ask(&self, _: Request) -> futures_util::future::BoxFuture<'_, Option<Secret>> {
        Box::pin(std::future::ready(None))
    }
}

/// `repository:tag` → digest.
type Tags = BTreeMap<String, String>;

/// A scene at play.
struct Stage {
    _folder: tempfile::TempDir,
    store: Store,
    secrets: Secrets,
    spec: RegistrySpec,
    labels: Labels,
    content: Content,
    crawls: u64,
    /// What is not as it should be.
    wrong: Vec<String>,
}

/// What a crawl left.
struct After {
    ended: Ended,
    row: RegistryRow,
    tags: Tags,
    images: Vec<ImageRow>,
}

impl Stage {
    fn new(scene: &Scene) -> Self {
        // In memory where there is such a place: a hundred inventories are written.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory).unwrap()
        } else {
            tempfile::tempdir().unwrap()
        };
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        let mut spec = spec("http://127.0.0.1:9");
        spec.password = PasswordSource::None;
        store.add_registry(&spec).unwrap();
        let labels = scene.labels();
        Self {
            _folder: folder,
            store,
            secrets: Secrets::new(Path::new("/nonexistent"), Arc::new(Nobody)),
            spec,
            content: scene.content(&labels),
            labels,
            crawls: 0,
            wrong: Vec::new(),
        }
    }

    fn same<T: PartialEq + Debug>(&mut self, what: &str, got: &T, wanted: &T) {
        if got != wanted {
            let number = self.crawls;
            self.wrong.push(format!(
                "crawl {number}: {what} is {got:?} and should be {wanted:?}"
            ));
        }
    }

    fn wrong(&mut self, what: &str) {
        let number = self.crawls;
        self.wrong.push(format!("crawl {number}: {what}"));
    }

    async fn play(&mut self, scene: &Scene) {
        for step in &scene.crawls {
            self.crawls += 1;
            let before = self.tags();
            step.change(&self.content, &self.labels);
            let after = self.crawl(scene, step).await;
            self.compare(step, &before, &after);
        }
    }

    async fn crawl(&mut self, scene: &Scene, step: &Step) -> After {
        let faults = step.faults.as_ref().unwrap_or(&scene.faults);
        let elsewhere = if faults.iter().any(FaultText::leads_elsewhere) {
            let content = self.content.clone();
            Some(Simulator::start(content, Behaviour::default()).await)
        } else {
            None
        };
        let elsewhere = elsewhere.map(Result::unwrap);
        let address = elsewhere.as_ref().map(Simulator::address);
        let address = address.unwrap_or_default();
        let faults = faults.iter();
        let faults = faults.map(|fault| fault.fault(&self.labels, &address));
        let server = step.server.as_ref().unwrap_or(&scene.server);
        let behaviour = server.behaviour(faults.collect());
        let simulator = Simulator::start(self.content.clone(), behaviour).await;
        let simulator = simulator.unwrap();

        let mut typed = None;
        if server.auth.as_deref().is_some_and(|auth| auth != "none") {
            self.spec.username = Some(account().username);
            self.spec.password = PasswordSource::Session;
            typed = Some(account().password);
        }
        self.spec.endpoint = simulator.address().parse().unwrap();
        for (key, value) in scene.settings.iter().chain(&step.settings) {
            let setting = setting_of(key);
            (setting.set)(&mut self.spec, value).unwrap();
        }
        let id = self.store.registry("hub").unwrap().id;
        self.store.update_registry(id, &self.spec).unwrap();
        let request = CrawlRequest {
            registry: self.store.registry("hub").unwrap(),
            store: self.store.clone(),
            secrets: self.secrets.clone(),
            typed: typed.into(),
            full: false,
            retry: None,
            started: Timestamp::from_second(i64::try_from(self.crawls).unwrap() * 3600).unwrap(),
            cancel: CancellationToken::new(),
            paused: watch::channel(false).1,
            progress: watch::channel(Progress::default()).0,
            watcher: None,
        };
        let ended = Box::pin(job::crawl(request, || ())).await.unwrap();
        if let Some(most) = step.heads {
            let requests = simulator.requests();
            let heads = requests.iter().filter(|r| r.method == Method::HEAD).count();
            if heads > most {
                self.wrong(&format!("{heads} times HEAD, and {most} would do"));
            }
        }
        if let Some(wanted) = step.requests {
            let all = simulator.requests();
            let shown: Vec<String> = all
                .iter()
                .map(|r| format!("{} {}", r.method, r.path_and_query))
                .collect();
            if all.len() != wanted {
                self.wrong(&format!("{} requests, not {wanted}: {shown:#?}", all.len()));
            }
        }
        if let Some(elsewhere) = elsewhere {
            let asked = elsewhere.requests();
            let signed = asked.iter().any(|r| r.authorization != Authorization::None);
            self.same("that credentials went to another host", &signed, &false);
            self.same("that another host was asked", &asked.is_empty(), &false);
        }
        After {
            ended,
            row: self.store.registry("hub").unwrap(),
            tags: self.tags(),
            images: self.images(),
        }
    }

    fn images(&self) -> Vec<ImageRow> {
        let id = self.store.registry("hub").unwrap().id;
        let repositories = self.store.repositories(id).unwrap();
        let images = repositories.iter();
        images
            .flat_map(|repository| self.store.images(id, &repository.name).unwrap())
            .collect()
    }

    fn tags(&self) -> Tags {
        let images = self.images();
        let tags = images.iter().flat_map(|image| {
            let named = |tag| {
                (
                    format!("{}:{tag}", image.repository),
                    image.digest.to_string(),
                )
            };
            image.tags.iter().map(named).collect::<Vec<_>>()
        });
        tags.collect()
    }

    fn truth(&self) -> Tags {
        let shelves = self.content.shelves().into_iter();
        let tags = shelves.flat_map(|shelf| {
            let name = shelf.repository;
            let tags = shelf.tags.into_iter();
            tags.map(move |(tag, digest)| (format!("{name}:{tag}"), digest.to_string()))
        });
        tags.collect()
    }

    fn compare(&mut self, step: &Step, before: &Tags, after: &After) {
        let After {
            ended, row, tags, ..
        } = after;
        let truth = self.truth();
        let outcome = ended.summary.outcome.as_str().to_owned();
        self.same("the outcome", &outcome, &step.outcome);
        let mut wanted = match &step.inventory {
            None => truth.clone(),
            Some(Inventory::Word(word)) => match word.as_str() {
                "truth" => truth.clone(),
                "before" => before.clone(),
                "nothing" => Tags::new(),
                _ => panic!("`{word}` is no inventory"),
            },
            Some(Inventory::Written(named)) => self.written(named),
        };
        for lacks in &step.lacks {
            let count = wanted.len();
            wanted.retain(|place, _| !is_at(place, lacks));
            assert!(wanted.len() < count, "`{lacks}` is not in it anyway");
        }
        self.same_tags(tags, &wanted);
        for (place, _) in before
            .iter()
            .filter(|(place, _)| truth.contains_key(*place))
        {
            if !tags.contains_key(place) {
                self.wrong(&format!("`{place}` went and is still there"));
            }
        }
        if outcome == "complete" && (*tags != truth) != step.apart.is_some() {
            self.wrong(
                "it is said to be complete, and `apart` does not say whether it is the truth",
            );
        }
        self.compare_stale(step, tags);
        self.same("the tags counted", &row.tags, &(tags.len() as u64));
        let repositories = self.store.repositories(row.id).unwrap();
        let count = repositories.len() as u64;
        let wanted = step.repositories.unwrap_or(count);
        self.same(
            "the repositories",
            &(row.repositories, count),
            &(wanted, wanted),
        );
        let images = after.images.len() as u64;
        self.same("the images counted", &row.images, &images);
        let default = if self.crawls == 1 { images } else { 0 };
        let record = &ended.record;
        self.same("what is new", &record.new, &step.new.unwrap_or(default));
        self.same("what is gone", &record.gone, &step.gone);
        self.same("what moved", &record.moved, &step.moved);
        self.compare_changes(step, row, record.number);
        let failures = self.store.failures(row.id, record.number).unwrap();
        // Each by itself: the writer meets them in another order than the engine.
        let sorted = |failures: &[Failure]| {
            let mut told: Vec<String> = failures.iter().map(|f| format!("{f:?}")).collect();
            told.sort();
            told
        };
        let seen = sorted(&ended.summary.failures);
        self.same("what is kept of failures", &sorted(&failures), &seen);
        self.compare_failures(step, &failures);
        for (key, value) in &step.left {
            let left = (setting_of(key).get)(&row.spec);
            self.same(key, &left, value);
        }
        self.compare_images(step, after, outcome == "complete");
    }

    fn written(&self, named: &Named) -> Tags {
        let named = expanded(named).into_iter();
        let tags = named.flat_map(|(repository, tags)| {
            let tags = tags.into_iter();
            tags.map(move |(tag, label)| (format!("{repository}:{tag}"), label))
        });
        tags.map(|(place, label)| (place, self.labels.digest(&label).to_string()))
            .collect()
    }

    /// Says only what differs: inventories are long.
    fn same_tags(&mut self, got: &Tags, wanted: &Tags) {
        let more: Vec<_> = got
            .iter()
            .filter(|(p, d)| wanted.get(*p) != Some(d))
            .collect();
        let fewer: Vec<_> = wanted
            .iter()
            .filter(|(p, _)| !got.contains_key(*p))
            .collect();
        if !more.is_empty() || !fewer.is_empty() {
            let (m, f) = (more.len(), fewer.len());
            self.wrong(&format!(
                "the inventory holds {m} tags wrongly, such as {:?}, and lacks {f}, such as {:?}",
                &more[..m.min(4)],
                &fewer[..f.min(4)]
            ));
        }
    }

    fn compare_stale(&mut self, step: &Step, tags: &Tags) {
        let id = self.store.registry("hub").unwrap().id;
        let rows = self.store.repositories(id).unwrap();
        let names: Vec<RepositoryName> = rows.iter().map(|row| row.name.clone()).collect();
        let known = self.store.known(id, &names).unwrap();
        let mut stale = BTreeSet::new();
        for (row, known) in rows.iter().zip(&known) {
            for tag in known.tags.keys() {
                if row.state.stale_since.is_some() || known.stale.contains(tag) {
                    stale.insert(format!("{}:{tag}", row.name));
                }
            }
        }
        let wanted = |place: &&String| step.stale.iter().any(|at| is_at(place, at));
        let wanted: BTreeSet<String> = tags.keys().filter(wanted).cloned().collect();
        // Of many that are missing a sample is asked for, and which is nobody's business.
        if step.stale != ["?"] {
            self.same("what is stale", &stale, &wanted);
        }
    }

    fn compare_changes(&mut self, step: &Step, row: &RegistryRow, number: u64) {
        let changes = self.store.changes_of(row.id, number).unwrap().unwrap();
        let mut got: Vec<String> = changes.iter().filter_map(told).collect();
        got.sort();
        let wanted = step.changes.clone().unwrap_or_else(|| {
            let repositories = self.store.repositories(row.id).unwrap().into_iter();
            repositories
                .filter(|row| self.crawls == 1 && row.state.list == ListState::Listed)
                .map(|row| format!("{} appeared", row.name))
                .collect()
        });
        let mut wanted = wanted;
        wanted.sort();
        self.same("what changed", &got, &wanted);
    }

    fn compare_failures(&mut self, step: &Step, failures: &[Failure]) {
        let labels = self.labels.clone();
        let fits = |failure: &Failure, wanted: &FailureText| {
            let repository = failure.repository.as_ref().map(ToString::to_string);
            let reference = wanted.reference.as_deref().map(|text| labels.fill(text));
            failure.stage.as_str() == wanted.stage
                && failure.class.as_str() == wanted.class
                && repository == wanted.repository
                && failure.reference == reference
                && failure.message.contains(&labels.fill(&wanted.contains))
        };
        let mut rest: Vec<&Failure> = failures.iter().collect();
        for wanted in &step.failures {
            match rest.iter().position(|failure| fits(failure, wanted)) {
                Some(at) => drop(rest.remove(at)),
                None => self.wrong(&format!("no such failure: {wanted:?}")),
            }
        }
        for failure in rest {
            self.wrong(&format!("a failure too many: {failure:#?}"));
        }
        let hints = || {
            failures
                .iter()
                .filter_map(|failure| failure.hint.as_deref())
        };
        if hints().count() < failures.len() {
            self.wrong("a failure does not say what to do next");
        }
        for words in &step.hint_has {
            if !hints().any(|hint| hint.contains(words)) {
                self.wrong(&format!(
                    "no hint says `{words}`: {:?}",
                    hints().collect::<Vec<_>>()
                ));
            }
        }
        // Who follows it unlists all that was not named.
        let loses = [
            "name those",
            "name the repositories",
            "unset `load-full-list`",
        ];
        let asked = |words: &&&str| !step.hint_has.iter().any(|has| has.contains(**words));
        let lacks = step.hint_lacks.iter().map(String::as_str);
        for words in lacks.chain(loses.iter().filter(asked).copied()) {
            if let Some(hint) = hints().find(|hint| hint.contains(words)) {
                self.wrong(&format!("a hint says `{words}`: {hint}"));
            }
        }
    }

    fn compare_images(&mut self, step: &Step, after: &After, is_complete: bool) {
        let expected = self.content.expected();
        for image in &after.images {
            let is_it = |wanted: &&supercargo::simulator::Expected| {
                wanted.repository == image.repository && wanted.digest == image.digest
            };
            if let Some(wanted) = expected.iter().find(is_it)
                && is_complete
                && !step.unread
            {
                let what = format!("{}@{}", image.repository, image.digest);
                self.same(&what, &image.image, &wanted.image);
            }
        }
        for (place, wanted) in &step.seen {
            let digest = after.tags.get(place);
            let image = after.images.iter().find(|image| {
                Some(&image.digest.to_string()) == digest
                    && place.starts_with(&format!("{}:", image.repository))
            });
            let got = image.map_or_else(|| "nothing".to_owned(), described);
            self.same(place, &got, wanted);
        }
    }
}

fn setting_of(key: &str) -> &'static Setting {
    setting::find(key).unwrap_or_else(|| panic!("no setting `{key}`"))
}

/// Whether `place`, a repository and a tag, is at `*`, the repository or the tag.
fn is_at(place: &str, at: &str) -> bool {
    at == "*" || place == at || place.rsplit_once(':').is_some_and(|(name, _)| name == at)
}

fn described(image: &ImageRow) -> String {
    let mut words = vec![image.image.kind.as_str().to_owned()];
    words.extend(image.image.artifact_type.clone());
    words.extend(image.platforms.iter().map(ToString::to_string));
    words.join(" ")
}

/// A change of a repository or tag; those of images are counted.
fn told(change: &Change) -> Option<String> {
    let (tag, what) = match &change.what {
        What::RepositoryAppeared { .. } => (None, "appeared"),
        What::RepositoryGone { .. } => (None, "gone"),
        What::TagAppeared { tag, .. } => (Some(tag), "appeared"),
        What::TagMoved { tag, .. } => (Some(tag), "moved"),
        What::TagGone { tag, .. } => (Some(tag), "gone"),
        What::ImageAppeared(_) | What::ImageGone(_) => return None,
    };
    let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
    Some(format!("{}{tag} {what}", change.repository))
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scenes");
    let files = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = files
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}

async fn play(file: PathBuf) -> Vec<String> {
    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
    let played = tokio::spawn(async move {
        let scene = Scene::read(&file);
        assert!(scene.why.len() > 20, "it does not say why");
        let mut stage = Stage::new(&scene);
        stage.play(&scene).await;
        stage.wrong
    });
    let wrong = match played.await {
        Ok(wrong) => wrong,
        Err(panic) => {
            let panic = panic.into_panic();
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            vec![text.unwrap_or_default()]
        }
    };
    wrong
        .into_iter()
        .map(|wrong| format!("{name}: {wrong}"))
        .collect()
}

/// `SCENE` plays those only whose file name holds it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scene_is_whole_or_said() {
    // Fails where another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let chosen = std::env::var("SCENE").unwrap_or_default();
    let files = files();
    let chosen = files
        .iter()
        .filter(|file| file.to_string_lossy().contains(&chosen));
    let wrong = stream::iter(chosen.cloned().map(play))
        .buffer_unordered(AT_ONCE)
        .concat()
        .await;
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_scene_is_in_the_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scenes");
    let list = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let listed: BTreeSet<&str> = list.split('`').skip(1).step_by(2).collect();
    let files = files();
    let names = files.iter().map(|file| file.file_stem().unwrap());
    let names = names.map(|name| name.to_str().unwrap());
    let missing: Vec<&str> = names.filter(|name| !listed.contains(name)).collect();
    assert!(missing.is_empty(), "not in README.md: {missing:?}");
    assert!(files.len() > 100, "only {} scenes are found", files.len());
}
