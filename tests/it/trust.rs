//! Servers that answer wrongly, before and after they are known: what is said of the crawl,
//! and that nothing known goes. The program itself, on real sockets.

use serde_json::Value;
use supercargo::model::Digest;

use crate::support::program::Program;
use crate::support::world::{Behaviour, Habits, Head, Held, Instead, Links, Name, World, digest};

/// One repository of so many tags.
fn one(count: u64) -> Held {
    let tags = (0..count).map(|n| (format!("t{n:04}"), n)).collect();
    Held::from([("team/app".to_owned(), tags)])
}

struct Bench {
    world: World,
    program: Program,
}

impl Bench {
    async fn new(held: Held) -> Self {
        let world = World::start(held).await;
        let program = Program::new();
        program.done(&["registry", "add", "hub", &world.address]);
        Self { world, program }
    }

    /// The same, crawled once while it was honest.
    async fn known(held: Held) -> Self {
        let bench = Self::new(held).await;
        let line = bench.crawl();
        assert_eq!(line["outcome"], "complete", "{line:#}");
        bench
    }

    fn behave(&self, change: impl Fn(&mut Behaviour)) -> &Self {
        change(&mut self.world.state.lock().unwrap().behaviour);
        self
    }

    fn instead(&self, what: &str, answer: Instead) -> &Self {
        let mut state = self.world.state.lock().unwrap();
        state.instead.insert(what.to_owned(), answer);
        drop(state);
        self
    }

    /// Crawls; the exit code says what the outcome does.
    fn crawl(&self) -> Value {
        let ran = self.program.run(&["crawl", "hub", "--format", "json"]);
        let line: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:#?}"));
        let code = i32::from(line["outcome"] != "complete");
        assert_eq!(ran.code, code, "{line:#}");
        line
    }

    fn tags(&self) -> usize {
        let images = self.program.images("hub");
        let tags = images.iter().map(|image| image["tags"].as_array().unwrap());
        tags.map(Vec::len).sum()
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.world.state.lock().unwrap().log)
    }
}

fn classes(line: &Value) -> Vec<&str> {
    let failures = line["failures"].as_array().unwrap();
    failures
        .iter()
        .map(|f| f["class"].as_str().unwrap())
        .collect()
}

fn say(status: u16, body: &str) -> Instead {
    Instead::Say(status, Vec::new(), body.to_owned())
}

const UNPAGED: Habits = Habits {
    takes_n: false,
    takes_last: false,
    links: Links::Never,
    ..Habits::HONEST
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_cut_at_100_by_a_server_without_pages() {
    let cut = |behaviour: &mut Behaviour| {
        behaviour.tags = Habits {
            cap: 100,
            ..UNPAGED
        };
    };
    let cold = Bench::new(one(250)).await;
    let line = cold.behave(cut).crawl();
    assert_eq!(line["outcome"], "partial", "{line:#}");
    assert_eq!(classes(&line), ["unproven"]);
    let hint = line["failures"][0]["hint"].as_str().unwrap();
    assert!(hint.contains("lists-whole"), "{hint}");
    assert_eq!(cold.tags(), 100);

    let known = Bench::known(one(250)).await;
    let line = known.behave(cut).crawl();
    assert_eq!(line["outcome"], "partial", "{line:#}");
    assert_eq!((line["gone"].as_u64(), known.tags()), (Some(0), 250));
    // And again, whatever the crawl before left.
    assert_eq!(known.crawl()["gone"], 0);
    assert_eq!(known.tags(), 250);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_administrators_word_settles_a_usual_length_until_a_list_is_cut() {
    let bench = Bench::new(one(100)).await;
    let line = bench.behave(|b| b.tags = UNPAGED).crawl();
    assert_eq!(line["outcome"], "partial");
    let program = &bench.program;
    program.done(&["registry", "edit", "hub", "--lists-whole"]);
    assert_eq!(bench.crawl()["outcome"], "complete");
    bench.behave(|b| b.tags.cap = 50);
    let line = bench.crawl();
    assert_eq!(line["outcome"], "partial");
    assert!(
        line["failures"]
            .to_string()
            .contains("`lists-whole` is unset again"),
        "{line:#}"
    );
    assert_eq!(bench.tags(), 100);
    let shown = program
        .done(&["registry", "show", "hub", "--format", "json"])
        .stdout;
    let shown: Vec<Value> = serde_json::from_str(&shown).unwrap();
    let lists_whole = shown
        .iter()
        .find(|s| s["setting"] == "lists-whole")
        .unwrap();
    assert_eq!(lists_whole["value"], "false");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_cut_at_a_length_nobody_knows_is_read_on() {
    let cut = |behaviour: &mut Behaviour| {
        behaviour.tags = Habits {
            cap: 73,
            links: Links::Never,
            ..Habits::HONEST
        };
    };
    for bench in [Bench::new(one(250)).await, Bench::known(one(250)).await] {
        let line = bench.behave(cut).crawl();
        assert_eq!(line["outcome"], "complete", "{line:#}");
        assert_eq!(bench.tags(), 250);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_catalogue_after_a_full_crawl_wipes_nothing() {
    for body in [r#"{"repositories":[]}"#, r#"{"repositories":null}"#] {
        let bench = Bench::known(one(12)).await;
        let first_seen = bench.program.images("hub")[0]["first_seen"].clone();
        bench.instead("GET /v2/_catalog", say(200, body));
        for _ in 0..2 {
            let line = bench.crawl();
            assert_eq!(line["outcome"], "partial", "{line:#}");
            assert_eq!(bench.tags(), 12);
        }
        assert_eq!(bench.program.images("hub")[0]["first_seen"], first_seen);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_another_repository_is_not_believed() {
    let mut held = one(12);
    let other = (0..4).map(|n| (format!("x{n}"), n)).collect();
    held.insert("team/other".to_owned(), other);
    let bench = Bench::known(held).await;
    bench.behave(|b| b.name = Name::Mixed);
    for _ in 0..3 {
        bench.crawl();
        assert_eq!(bench.tags(), 16);
    }
    bench.behave(|b| b.name = Name::WithPrefix);
    assert_eq!(bench.crawl()["outcome"], "complete");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_to_itself_and_under_another_name_are_no_reason_for_less() {
    for links in [Links::Always, Links::ByAnotherName] {
        for bench in [Bench::new(one(250)).await, Bench::known(one(250)).await] {
            let habits = Habits {
                cap: 100,
                links,
                ..Habits::HONEST
            };
            bench.behave(|b| (b.tags, b.catalogue) = (habits, habits));
            let line = bench.crawl();
            assert_eq!(line["outcome"], "complete", "{links:?}: {line:#}");
            assert_eq!(bench.tags(), 250);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firewall_that_does_not_like_head_costs_nothing_but_a_question() {
    for head in [Head::Forbidden, Head::Missing, Head::WithoutDigest] {
        let bench = Bench::known(one(40)).await;
        bench.behave(|b| b.head = head).asked();
        let line = bench.crawl();
        assert_eq!(line["outcome"], "complete", "{head:?}: {line:#}");
        let heads = bench
            .asked()
            .iter()
            .filter(|l| l.starts_with("HEAD"))
            .count();
        assert!(heads <= 2, "{head:?}: {heads}");
        assert!(
            bench
                .program
                .images("hub")
                .iter()
                .all(|i| i["stale_since"].is_null())
        );
    }
    // Cut off.
    let bench = Bench::known(one(5)).await;
    for n in 0..5 {
        bench.instead(
            &format!("HEAD /v2/team/app/manifests/t{n:04}"),
            Instead::Cut,
        );
    }
    let line = bench.crawl();
    assert_eq!(line["outcome"], "complete", "{line:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_that_moved_is_read_whatever_head_and_304_claim() {
    // HEAD names a digest that is not served by itself.
    let bench = Bench::known(one(3)).await;
    let moved = |bench: &Bench| {
        let mut state = bench.world.state.lock().unwrap();
        state
            .held
            .get_mut("team/app")
            .unwrap()
            .insert("t0001".into(), 77);
    };
    moved(&bench);
    let by_digest = format!("GET /v2/team/app/manifests/{}", digest(77));
    let unknown = r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#;
    bench.instead(&by_digest, say(404, unknown));
    let line = bench.crawl();
    assert_eq!(
        (&line["outcome"], &line["moved"]),
        (&"complete".into(), &1.into()),
        "{line:#}"
    );

    // 304, with another digest than was asked about.
    let bench = Bench::known(one(3)).await;
    moved(&bench);
    bench.behave(|b| b.head = Head::NotModified);
    let line = bench.crawl();
    assert_eq!(
        (&line["outcome"], &line["moved"]),
        (&"complete".into(), &1.into()),
        "{line:#}"
    );
}

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn served(kind: &str, body: &str) -> Instead {
    Instead::Say(
        200,
        vec![("content-type", kind.to_owned())],
        body.to_owned(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_index_holds_is_told_or_said_to_be_missing() {
    let hex = |n: u32| format!("sha256:{n:064x}");
    let child = |n: u32, architecture: &str| serde_json::json!({"digest": hex(n), "platform": {"os": "linux", "architecture": architecture}});
    let index = |children: Vec<Value>| {
        serde_json::json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": children})
            .to_string()
    };
    let inner = index(vec![child(1, "arm64")]);
    let inner_digest = Digest::sha256(inner.as_bytes()).to_string();
    let outer = index(vec![
        child(2, "amd64"),
        serde_json::json!({"mediaType": INDEX, "digest": inner_digest}),
        serde_json::json!({"digest": "nonsense", "platform": {"os": "linux", "architecture": "s390x"}}),
    ]);
    let bench = Bench::new(one(1)).await;
    let path = "GET /v2/team/app/manifests/";
    bench.instead(&format!("{path}t0000"), served(INDEX, &outer));
    bench.instead(&format!("{path}{inner_digest}"), served(INDEX, &inner));
    let line = bench.crawl();
    assert_eq!(line["outcome"], "partial");
    let message = line["failures"][0]["message"].as_str().unwrap();
    assert!(message.contains("digest cannot be read"), "{message}");
    let image = &bench.program.images("hub")[0];
    assert_eq!(
        image["platforms"],
        serde_json::json!(["linux/amd64", "linux/arm64"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_without_its_configuration_is_kept_and_read_again() {
    let configuration = r#"{"os":"linux","architecture":"amd64","created":"2026-08-01T10:00:00Z"}"#;
    let blob = Digest::sha256(configuration.as_bytes());
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let image = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": kind,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": blob.to_string(), "size": configuration.len()},
        "layers": [],
    });
    let bench = Bench::new(one(1)).await;
    let what = "GET /v2/team/app/manifests/t0000";
    bench.instead(what, served(kind, &image.to_string()));
    let line = bench.crawl();
    assert_eq!(line["outcome"], "partial", "{line:#}");
    assert_eq!(line["failures"][0]["stage"], "configuration");
    assert_eq!(
        bench.program.images("hub")[0]["platforms"],
        serde_json::json!([])
    );
    let blob = format!("GET /v2/team/app/blobs/{blob}");
    bench.instead(&blob, served("application/json", configuration));
    let line = bench.crawl();
    assert_eq!(
        (&line["outcome"], &line["new"]),
        (&"complete".into(), &0.into()),
        "{line:#}"
    );
    let images = bench.program.images("hub");
    assert_eq!(images[0]["platforms"], serde_json::json!(["linux/amd64"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_really_deleted_goes() {
    let mut held = one(30);
    let other = (0..8).map(|n| (format!("x{n}"), n)).collect();
    held.insert("team/other".to_owned(), other);
    for habits in [Habits::HONEST, UNPAGED] {
        let bench = Bench::known(held.clone()).await;
        bench.behave(|b| (b.tags, b.catalogue) = (habits, habits));
        {
            let mut state = bench.world.state.lock().unwrap();
            state.held.remove("team/other");
            state.held.get_mut("team/app").unwrap().remove("t0003");
        }
        let line = bench.crawl();
        assert_eq!(line["outcome"], "complete", "{line:#}");
        assert_eq!(bench.tags(), 29);
        assert_eq!(line["repositories"], 1);
    }
}
