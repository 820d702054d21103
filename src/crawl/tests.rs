//! The engine on a scripted registry, under paused time.

mod images;
mod lists;
mod retry;

use std::collections::HashMap;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::Instant;

use super::*;
use crate::http::scripted::{Reply, Script};
use crate::model::{Digest, RegistrySpec, RepositoryScope, Stage, Tag};

/// An image without a configuration to read: an artifact.
fn artifact(seed: u32) -> String {
    format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"sha256:{seed:064x}","size":2}},"layers":[]}}"#
    )
}

fn configuration(architecture: &str) -> String {
    format!(r#"{{"os":"linux","architecture":"{architecture}"}}"#)
}

/// A single-platform image of this configuration.
fn image(configuration: &str, seed: u32) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":{}}},"layers":[{{"size":{seed}}}]}}"#,
        Digest::sha256(configuration.as_bytes()),
        configuration.len()
    )
}

fn manifest(body: &str) -> Reply {
    Reply::status(200)
        .header("content-type", "application/vnd.oci.image.manifest.v1+json")
        .header(
            "docker-content-digest",
            &Digest::sha256(body.as_bytes()).to_string(),
        )
        .body(body.to_owned())
}

fn not_found() -> Reply {
    Reply::status(404).body(r#"{"errors":[{"code":"NAME_UNKNOWN","message":"unknown"}]}"#)
}

/// What was known, in memory.
#[derive(Default)]
struct Before {
    repositories: HashMap<RepositoryName, KnownRepository>,
    memory: Memory,
    unread: Vec<UnreadIndex>,
}

impl Before {
    /// As a crawl left it that did not believe what it found missing.
    fn withheld(mut self) -> Self {
        self.memory.withheld = true;
        for known in self.repositories.values_mut() {
            known.stale = known.tags.keys().cloned().collect();
        }
        self
    }

    fn with(mut self, repository: &str, tags: &[(&str, &str)]) -> Self {
        let known = self
            .repositories
            .entry(repository.parse().unwrap())
            .or_default();
        for (tag, body) in tags {
            let digest = Digest::sha256(body.as_bytes());
            known.tags.insert(tag.parse().unwrap(), digest.clone());
            known.images.insert(digest);
        }
        self
    }
}

impl Known for Before {
    fn repositories(&self) -> BoxFuture<'_, Vec<KnownName>> {
        let known = self.repositories.iter().map(|(name, known)| KnownName {
            name: name.clone(),
            tags: known.tags.len() as u64,
            is_stale: !known.stale.is_empty(),
        });
        let mut known: Vec<_> = known.collect();
        known.sort_by(|a, b| a.name.cmp(&b.name));
        async move { known }.boxed()
    }

    fn memory(&self) -> BoxFuture<'_, Memory> {
        let memory = self.memory.clone();
        async move { memory }.boxed()
    }

    fn unread_count(&self, _: bool) -> BoxFuture<'_, u64> {
        let count = self.unread.len() as u64;
        async move { count }.boxed()
    }

    fn unread(
        &self,
        after: Option<(RepositoryName, Digest)>,
        _: usize,
        _: bool,
    ) -> BoxFuture<'_, Vec<UnreadIndex>> {
        let unread = match after {
            None => self.unread.clone(),
            Some(_) => Vec::new(),
        };
        async move { unread }.boxed()
    }

    fn of(&self, repositories: Vec<RepositoryName>) -> BoxFuture<'_, Vec<KnownRepository>> {
        let known = repositories
            .iter()
            .map(|name| self.repositories.get(name).cloned().unwrap_or_default());
        let known: Vec<_> = known.collect();
        async move { known }.boxed()
    }
}

struct Result {
    summary: Summary,
    findings: Vec<Finding>,
}

impl Result {
    /// Findings in a word each, in order.
    fn words(&self) -> Vec<String> {
        self.findings
            .iter()
            .map(|finding| match finding {
                Finding::Repository(name) => format!("repository {name}"),
                Finding::Image {
                    repository, image, ..
                } => {
                    let platform = image.platform.as_ref().map(ToString::to_string);
                    format!(
                        "image {repository} {}",
                        platform.unwrap_or_else(|| "-".into())
                    )
                }
                Finding::Facts { repository, .. } => format!("facts {repository}"),
                Finding::Contents { contents, .. } => format!("contents {}", contents.size),
                Finding::Children {
                    repository,
                    sizes,
                    index,
                    ..
                } => {
                    let size = index.map(|index| index.size);
                    format!("children {repository} {} {size:?}", sizes.len())
                }
                Finding::Tag {
                    repository, tag, ..
                } => format!("tag {repository}:{tag}"),
                Finding::Unread {
                    repository,
                    tag,
                    failure,
                } => {
                    let class = failure
                        .as_ref()
                        .map_or("-", |failure| failure.class.as_str());
                    format!("unread {repository}:{tag} {class}")
                }
                Finding::Listed {
                    repository, tags, ..
                } => {
                    format!("listed {repository} {}", tags.len())
                }
                Finding::Unlisted {
                    repository,
                    failure,
                } => {
                    format!("unlisted {repository} {}", failure.class)
                }
                Finding::Catalogue { missing } if missing.is_empty() => "catalogue".to_owned(),
                Finding::Catalogue { missing } => format!("catalogue lacks {}", missing.len()),
                Finding::Gone { repository, tags } => {
                    let tags: Vec<&str> = tags.iter().map(Tag::as_str).collect();
                    format!("gone {repository}:{}", tags.join(","))
                }
                Finding::GoneRepositories(names) => {
                    let names: Vec<&str> = names.iter().map(RepositoryName::as_str).collect();
                    format!("gone {}", names.join(","))
                }
                Finding::Uncatalogued { failure } => format!("uncatalogued {}", failure.class),
                Finding::Scope => "scope".to_owned(),
                Finding::Failed(failure) => format!("failed {} {}", failure.stage, failure.class),
            })
            .collect()
    }

    fn sorted(&self) -> Vec<String> {
        let mut words = self.words();
        words.sort();
        words
    }
}

fn spec() -> RegistrySpec {
    let mut spec = RegistrySpec::new("test".parse().unwrap(), "http://reg".parse().unwrap());
    spec.limits.max_connections = 4;
    spec
}

async fn crawl_with(
    script: &Script,
    spec: &RegistrySpec,
    known: Before,
    cancel: CancellationToken,
) -> Result {
    crawl_by(script, spec, Plan::new(spec), known, cancel).await
}

async fn crawl_by(
    script: &Script,
    spec: &RegistrySpec,
    plan: Plan,
    known: Before,
    cancel: CancellationToken,
) -> Result {
    let http = crate::http::scripted(script.clone(), &spec.limits);
    let registry = Registry::over(http, spec, None).unwrap();
    let (sender, mut batches) = mpsc::channel(4);
    let work = run(
        registry,
        plan,
        Arc::new(known),
        Arc::default(),
        sender,
        cancel,
    );
    let collect = async {
        let mut findings = Vec::new();
        while let Some(handed) = batches.recv().await {
            match handed {
                Handed::Batch(batch) => findings.extend(batch),
                Handed::Written(answer) => answer.send(()).unwrap(),
            }
        }
        findings
    };
    let (summary, findings) = tokio::join!(work, collect);
    Result { summary, findings }
}

async fn crawl(script: &Script, known: Before) -> Result {
    crawl_with(script, &spec(), known, CancellationToken::new()).await
}

fn lists(script: &Script, repositories: &[(&str, &[&str])]) {
    let names: Vec<&str> = repositories.iter().map(|(name, _)| *name).collect();
    script.reply(
        "GET /v2/_catalog",
        Reply::json(serde_json::json!({"repositories": names}).to_string()),
    );
    for (name, tags) in repositories {
        let body = serde_json::json!({"name": name, "tags": tags}).to_string();
        script.reply(&format!("GET /v2/{name}/tags/list"), Reply::json(body));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cold_crawl_reads_everything_once() {
    let script = Script::new();
    lists(&script, &[("a", &["1", "2", "latest"]), ("b", &["1"])]);
    let amd64 = configuration("amd64");
    script.reply(
        &format!("GET /v2/a/blobs/{}", Digest::sha256(amd64.as_bytes())),
        Reply::json(amd64.clone()),
    );
    script.reply("GET /v2/a/manifests/1", manifest(&image(&amd64, 1)));
    script.reply("GET /v2/a/manifests/2", manifest(&image(&amd64, 2)));
    // The same image under another tag.
    script.reply("GET /v2/a/manifests/latest", manifest(&image(&amd64, 2)));
    script.reply("GET /v2/b/manifests/1", manifest(&artifact(7)));
    let result = crawl(&script, Before::default()).await;
    assert_eq!(result.summary.outcome, Outcome::Complete);
    assert_eq!(
        result.sorted(),
        [
            "catalogue",
            "image a linux/amd64",
            "image a linux/amd64",
            "image a linux/amd64",
            "image b -",
            "listed a 3",
            "listed b 1",
            "repository a",
            "repository b",
            "tag a:1",
            "tag a:2",
            "tag a:latest",
            "tag b:1",
        ]
    );
    assert_eq!(
        result.words().last().unwrap(),
        "catalogue",
        "after all that is in it"
    );
    // The opening, a catalogue, two lists, four manifests, and one configuration for three
    // tags; two questions each of how the lists are paged.
    assert_eq!(script.recorded().len(), 1 + 8 + 4, "{:#?}", script.lines());
    assert!(script.most_in_flight() <= 4);
}

#[tokio::test(start_paused = true)]
async fn what_is_known_is_confirmed_and_not_read() {
    let script = Script::new();
    lists(&script, &[("a", &["same", "moved", "back", "new"])]);
    let (one, two, three) = (artifact(1), artifact(2), artifact(3));
    let says = |body: &str| {
        Reply::status(200).header(
            "docker-content-digest",
            &Digest::sha256(body.as_bytes()).to_string(),
        )
    };
    script.reply("HEAD /v2/a/manifests/same", Reply::status(304));
    script.reply("HEAD /v2/a/manifests/moved", says(&three));
    script.reply(
        &format!("GET /v2/a/manifests/{}", Digest::sha256(three.as_bytes())),
        manifest(&three),
    );
    script.reply("HEAD /v2/a/manifests/back", says(&one));
    script.reply("GET /v2/a/manifests/gone", not_found());
    script.reply("GET /v2/a/manifests/new", manifest(&two));
    let known = Before::default().with(
        "a",
        &[
            ("same", &one),
            ("moved", &one),
            ("back", &two),
            ("gone", &two),
        ],
    );
    let result = crawl(&script, known).await;
    assert_eq!(result.summary.outcome, Outcome::Complete);
    assert_eq!(
        result.sorted(),
        [
            "catalogue",
            "gone a:gone",
            "image a -",
            "listed a 4",
            "repository a",
            "tag a:back",
            "tag a:moved",
            "tag a:new"
        ]
    );
    let asked = script.recorded();
    let conditional = asked.iter().find(|r| r.line().ends_with("/same")).unwrap();
    assert!(conditional.header("if-none-match").is_some());
    // The opening, the lists, how they are paged, what is known, what is new, and what is
    // missing.
    let wanted = 1 + 2 + 3 + 3 + 2 + 1;
    assert_eq!(asked.len(), wanted, "{:#?}", script.lines());
}

#[tokio::test(start_paused = true)]
async fn one_bad_item_stops_nothing_else() {
    let script = Script::new();
    lists(
        &script,
        &[("a", &["good", "bad"]), ("gone", &[]), ("c", &["1"])],
    );
    script.reply("GET /v2/gone/tags/list", not_found());
    script.reply("GET /v2/a/manifests/good", manifest(&artifact(1)));
    script.reply("GET /v2/a/manifests/bad", Reply::json("not JSON"));
    script.reply("GET /v2/c/manifests/1", manifest(&artifact(2)));
    let result = crawl(&script, Before::default()).await;
    assert_eq!(result.summary.outcome, Outcome::Partial);
    assert_eq!(
        result.sorted(),
        [
            "catalogue",
            "image a -",
            "image c -",
            "listed a 2",
            "listed c 1",
            "repository a",
            "repository c",
            "repository gone",
            "tag a:good",
            "tag c:1",
            "unlisted gone missing",
            "unread a:bad protocol",
        ]
    );
    assert_eq!(result.summary.failures.len(), 2);
    let bad = result
        .summary
        .failures
        .iter()
        .find(|f| f.stage == Stage::Manifest)
        .unwrap();
    assert_eq!(bad.reference.as_deref(), Some("bad"));
}

#[tokio::test(start_paused = true)]
async fn a_refused_catalogue_leaves_what_is_known_to_be_read() {
    let script = Script::new();
    script.reply("GET /v2/_catalog", Reply::status(403));
    script.reply("GET /v2/a/tags/list", Reply::json(r#"{"tags":["1"]}"#));
    let body = artifact(1);
    script.reply("HEAD /v2/a/manifests/1", Reply::status(304));
    let result = crawl(&script, Before::default().with("a", &[("1", &body)])).await;
    assert_eq!(result.summary.outcome, Outcome::Partial);
    assert_eq!(
        result.sorted(),
        ["listed a 1", "repository a", "uncatalogued denied"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_nobody_reaches_is_asked_once() {
    let script = Script::new();
    script.reply("GET /v2/", Reply::refused());
    let known = Before::default()
        .with("a", &[("1", "x")])
        .with("b", &[("1", "x")]);
    let result = crawl(&script, known).await;
    assert_eq!(result.summary.outcome, Outcome::Failed);
    assert_eq!(result.words(), ["uncatalogued connect"]);
    assert_eq!(script.recorded().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_registry_without_a_ping_is_asked_for_its_lists_all_the_same() {
    let refused = Reply::status(503);
    for ping in [
        Reply::status(404),
        refused,
        Reply::json("hello"),
        Reply::broken(),
    ] {
        let script = Script::new();
        lists(&script, &[("a", &["1"])]);
        script.reply("GET /v2/", ping);
        script.reply("GET /v2/a/manifests/1", manifest(&artifact(1)));
        let result = crawl(&script, Before::default()).await;
        assert_eq!(result.summary.outcome, Outcome::Complete);
        assert_eq!(script.count("GET /v2/"), 1, "it costs one request");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_of_the_registry_is_told() {
    let script = Script::new();
    lists(&script, &[("a", &["1"])]);
    let says = |reply: Reply| reply.header("server", "Nexus/3.70.1-02 (OSS)");
    script.reply("GET /v2/", says(Reply::json("{}")));
    let body = artifact(1);
    script.reply("HEAD /v2/a/manifests/1", Reply::status(304));
    let result = crawl(&script, Before::default().with("a", &[("1", &body)])).await;
    let opened = result.summary.opened.unwrap();
    assert_eq!(opened.product.as_deref(), Some("nexus"));
    assert_eq!(opened.version.as_deref(), Some("3.70.1-02"));
    assert_eq!(opened.listed_by, "v2");
    assert_eq!((opened.conditional, opened.head), (Some(true), Some(true)));
    assert_eq!(opened.certificate_end, None, "it speaks no TLS");

    let script = Script::new();
    script.reply("GET /v2/", Reply::refused());
    let result = crawl(&script, Before::default()).await;
    assert_eq!(result.summary.opened, None);
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_the_crawl_with_a_failure() {
    struct Broken;
    impl Known for Broken {
        fn repositories(&self) -> BoxFuture<'_, Vec<KnownName>> {
            async { Vec::new() }.boxed()
        }

        fn memory(&self) -> BoxFuture<'_, Memory> {
            async { Memory::default() }.boxed()
        }

        fn of(&self, _: Vec<RepositoryName>) -> BoxFuture<'_, Vec<KnownRepository>> {
            panic!("on purpose")
        }
    }
    let script = Script::new();
    lists(&script, &[("a", &["1"])]);
    let registry = Registry::over(
        crate::http::scripted(script.clone(), &spec().limits),
        &spec(),
        None,
    )
    .unwrap();
    let (sender, mut batches) = mpsc::channel(16);
    let work = run(
        registry,
        Plan::new(&spec()),
        Arc::new(Broken),
        Arc::default(),
        sender,
        CancellationToken::new(),
    );
    let drain = async { while batches.recv().await.is_some() {} };
    let (summary, ()) = tokio::join!(work, drain);
    assert_eq!(summary.outcome, Outcome::Partial);
    assert_eq!(summary.failures.len(), 1, "{:#?}", summary.failures);
    assert!(summary.failures[0].message.contains("inside supercargo"));
}

#[tokio::test(start_paused = true)]
async fn a_giant_repository_starves_no_other() {
    let script = Script::new();
    let many: Vec<String> = (0..2000).map(|n| format!("t{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let small: Vec<String> = (0..20).map(|n| format!("small{n}")).collect();
    let few = ["1", "2", "3", "4", "5"];
    let mut repositories: Vec<(&str, &[&str])> = vec![("giant", &many)];
    repositories.extend(small.iter().map(|name| (name.as_str(), &few[..])));
    lists(&script, &repositories);
    let slow = |seed| manifest(&artifact(seed)).after(Duration::from_secs(1));
    for (name, _) in &repositories {
        script.reply(&format!("GET /v2/{name}/manifests/*"), slow(1));
    }
    let result = crawl(&script, Before::default()).await;
    assert_eq!(result.summary.outcome, Outcome::Complete);
    let words = result.words();
    let last_small = words
        .iter()
        .rposition(|word| word.starts_with("tag small"))
        .unwrap();
    let giant = words[..last_small]
        .iter()
        .filter(|word| word.starts_with("tag giant"))
        .count();
    assert!(giant < 1000, "{giant} tags of the giant came before");
}

#[tokio::test(start_paused = true)]
async fn lists_are_known_long_before_all_is_read() {
    let script = Script::new();
    let names: Vec<String> = (0..300).map(|n| format!("r{n}")).collect();
    let tags: Vec<String> = (0..20).map(|n| format!("t{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let repositories: Vec<(&str, &[&str])> = names
        .iter()
        .map(|name| (name.as_str(), &tags[..]))
        .collect();
    lists(&script, &repositories);
    for name in &names {
        let slow = manifest(&artifact(1)).after(Duration::from_secs(1));
        script.reply(&format!("GET /v2/{name}/manifests/*"), slow);
    }
    let result = crawl(&script, Before::default()).await;
    assert_eq!(result.summary.progress.tags_done, 6000);
    let lines = script.lines();
    let last_list = lines.iter().rposition(|line| line.contains("/tags/list"));
    let before = lines[..last_list.unwrap()]
        .iter()
        .filter(|line| line.contains("/manifests/"))
        .count();
    assert!(before < 1000, "{before} of 6000 were read before");
    assert!(before > 10, "reading does not wait for all lists: {before}");
}

#[tokio::test(start_paused = true)]
async fn a_paused_crawl_sends_nothing_and_goes_on_where_it_was() {
    let script = Script::new();
    let tags: Vec<String> = (0..100).map(|n| format!("t{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    lists(&script, &[("a", &tags)]);
    let slow = manifest(&artifact(1)).after(Duration::from_secs(1));
    script.reply("GET /v2/a/manifests/*", slow);
    let registry = Registry::over(
        crate::http::scripted(script.clone(), &spec().limits),
        &spec(),
        None,
    )
    .unwrap();
    let (sender, mut batches) = mpsc::channel(16);
    let cancel = CancellationToken::new();
    let work = run(
        registry.clone(),
        Plan::new(&spec()),
        Arc::new(Before::default()),
        Arc::default(),
        sender,
        cancel.clone(),
    );
    let drain = async { while batches.recv().await.is_some() {} };
    let steer = async {
        tokio::time::sleep(Duration::from_millis(5500)).await;
        registry.pause();
        let sent = script.recorded().len();
        // Much longer than the pool timeout.
        tokio::time::sleep(Duration::from_hours(2)).await;
        assert_eq!(script.recorded().len(), sent);
        assert_eq!(
            registry.traffic().in_flight,
            0,
            "what was in flight is over"
        );
        registry.resume();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(script.recorded().len() > sent);
        registry.pause();
        tokio::time::sleep(Duration::from_secs(2)).await;
        cancel.cancel();
    };
    let (summary, (), ()) = tokio::join!(work, drain, steer);
    assert_eq!(
        summary.outcome,
        Outcome::Cancelled,
        "also while it is paused"
    );
    assert_eq!(summary.failures, []);
    let progress = summary.progress;
    assert!((20..40).contains(&progress.tags_done), "{progress:?}");
    assert_eq!(progress.traffic.held.total(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn scopes_read_what_they_name() {
    let script = Script::new();
    lists(&script, &[("team/a", &[]), ("team/b", &[]), ("other", &[])]);
    script.reply("GET /v2/hidden/tags/list", Reply::json(r#"{"tags":[]}"#));
    let mut spec = spec();
    spec.load_full_list = false;
    spec.repositories = RepositoryScope::new(vec!["hidden".into(), "team/*".into()]).unwrap();
    let result = crawl_with(&script, &spec, Before::default(), CancellationToken::new()).await;
    assert_eq!(
        result.sorted(),
        [
            "catalogue",
            "listed hidden 0",
            "listed team/a 0",
            "listed team/b 0",
            "repository hidden",
            "repository team/a",
            "repository team/b",
        ],
        "what is listed and not wanted is not read, and not gone either"
    );
    spec.repositories = RepositoryScope::new(vec!["hidden".into()]).unwrap();
    let script = Script::new();
    script.reply("GET /v2/hidden/tags/list", Reply::json(r#"{"tags":[]}"#));
    let result = crawl_with(&script, &spec, Before::default(), CancellationToken::new()).await;
    assert_eq!(
        result.words(),
        ["repository hidden", "listed hidden 0", "scope"]
    );
    assert_eq!(script.count("GET /v2/_catalog"), 0);
}

#[tokio::test(start_paused = true)]
async fn names_that_are_none_are_told_and_not_asked_for() {
    let script = Script::new();
    script.reply(
        "GET /v2/_catalog",
        Reply::json(r#"{"repositories":["a","../etc","b c"]}"#),
    );
    script.reply(
        "GET /v2/a/tags/list",
        Reply::json(format!(
            r#"{{"tags":["1","-x",null,"","{}"]}}"#,
            Digest::sha256(b"")
        )),
    );
    script.reply("GET /v2/a/manifests/1", manifest(&artifact(1)));
    let result = crawl(&script, Before::default()).await;
    let failed = result
        .words()
        .iter()
        .filter(|word| word.starts_with("failed"))
        .count();
    assert!(failed == 3, "{:#?}", result.words());
    assert_eq!(result.summary.outcome, Outcome::Partial);
    assert!(result.words().contains(&"tag a:1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn cancelling_is_obeyed_at_once() {
    let script = Script::new();
    let tags: Vec<String> = (0..500).map(|n| format!("t{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    lists(&script, &[("a", &tags)]);
    script.answer("GET /v2/a/manifests/t0", |_| manifest(&artifact(0)));
    for n in 1..500 {
        let slow = manifest(&artifact(n)).after(Duration::from_secs(20));
        script.reply(&format!("GET /v2/a/manifests/t{n}"), slow);
    }
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(50)).await;
        stop.cancel();
    });
    let began = Instant::now();
    let result = crawl_with(&script, &spec(), Before::default(), cancel).await;
    assert_eq!(began.elapsed(), Duration::from_secs(50));
    assert_eq!(result.summary.outcome, Outcome::Cancelled);
    let words = result.words();
    assert!(
        words.contains(&"tag a:t0".to_owned()),
        "what was read is handed on"
    );
    assert!(
        !words
            .iter()
            .any(|word| word.starts_with("listed") || word.starts_with("catalogue"))
    );
    assert!(script.recorded().len() < 20);
}

#[tokio::test(start_paused = true)]
async fn the_crowd_of_a_crawl_is_no_reason_for_a_pool_timeout() {
    let script = Script::new();
    let names: Vec<String> = (0..30).map(|n| format!("r{n}")).collect();
    let tags: Vec<&str> = vec!["1", "2", "3", "4"];
    let repositories: Vec<(&str, &[&str])> = names
        .iter()
        .map(|name| (name.as_str(), tags.as_slice()))
        .collect();
    lists(&script, &repositories);
    for name in &names {
        for tag in &tags {
            let slow = manifest(&artifact(1)).after(Duration::from_secs(2));
            script.reply(&format!("GET /v2/{name}/manifests/{tag}"), slow);
        }
    }
    let mut spec = spec();
    spec.limits.pool_timeout = Duration::from_secs(3);
    let result = crawl_with(&script, &spec, Before::default(), CancellationToken::new()).await;
    assert_eq!(
        result.summary.outcome,
        Outcome::Complete,
        "{:#?}",
        result.summary.failures
    );
    assert_eq!(result.summary.progress.tags_done, 120);
    assert_eq!(result.summary.progress.repositories_done, 30);
}
