//! Whole crawls by the program itself: from a registry, through the inventory, to what
//! `images` prints.

use std::collections::HashSet;

use serde_json::{Value, json};
use supercargo::model::{Credentials, Secret};
use supercargo::simulator::{
    Auth, Behaviour, Content, Expected, Fault, Method, On, RouteKind, Shape, Simulator, What, When,
};

use crate::support::distribution::{Access, Distribution};
use crate::support::program::{Program, files_below};
use crate::support::push::push;

/// What `images --format ndjson` must say of this content, without the times of crawls.
fn expected_lines(content: &Content) -> Vec<Value> {
    content.expected().iter().map(expected_line).collect()
}

fn expected_line(image: &Expected) -> Value {
    let children: Vec<Value> = image
        .image
        .children
        .iter()
        .map(|child| {
            json!({
                "digest": child.digest.to_string(),
                "platform": child.platform.as_ref().map(ToString::to_string),
                "size": child.size,
            })
        })
        .collect();
    json!({
        "registry": "hub",
        "repository": image.repository.as_str(),
        "digest": image.digest.to_string(),
        "media_type": image.image.media_type.as_str(),
        "artifact_type": image.image.artifact_type,
        "tags": image.tags.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "platforms": image.platforms.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "children": children,
        "size": image.image.size,
        "created": image.image.created.map(|at| at.to_string()),
        "pushed": null,
        "pulled": null,
        "pulls": null,
        "immutable": null,
        "locked": null,
        "vulnerabilities": null,
        "expires": null,
        "stale_since": null,
        "decision": null,
        "tag_decisions": {},
        "note": null,
    })
}

/// The lines as they were printed, without the times of crawls, in the order of the
/// expectation.
fn printed(mut lines: Vec<Value>) -> Vec<Value> {
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        for time in ["first_seen", "last_seen"] {
            let value = line.remove(time).unwrap();
            assert!(value.is_string(), "{time}: {value}");
        }
    }
    lines.sort_by_key(|line| (line["repository"].to_string(), line["digest"].to_string()));
    lines
}

fn sorted(mut lines: Vec<Value>) -> Vec<Value> {
    lines.sort_by_key(|line| (line["repository"].to_string(), line["digest"].to_string()));
    lines
}

pub(crate) fn assert_same(content: &Content, lines: Vec<Value>) {
    let (wanted, found) = (sorted(expected_lines(content)), printed(lines));
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found, wanted);
    }
}

/// Questions of how CNCF Distribution pages: its catalogue sends links, its lists of tags
/// have no pages at all.
const PROBES: usize = 3;

/// The counts of a crawl's line.
fn counts(line: &Value) -> [u64; 6] {
    ["repositories", "tags", "images", "new", "gone", "moved"]
        .map(|key| line[key].as_u64().unwrap())
}

async fn a_real_registry_is_read_whole(access: Access) {
    let Some(registry) = Distribution::start(access).await else {
        return;
    };
    let shape = Shape {
        repositories: 60,
        tags_per_repository: 20..=20,
        ..Shape::default()
    };
    let content = Content::generate(60, &shape);
    assert_eq!(content.tag_count(), 1200);
    let credentials = registry.credentials.as_ref();
    assert_eq!(
        push(&registry.address, credentials, &content).await,
        Ok(()),
        "{}",
        registry.log()
    );

    let password = credentials.map_or("", |credentials| credentials.password.expose());
    let program = Program::new().with("HUB_PASSWORD", password);
    let mut add = vec!["registry", "add", "hub", &registry.address];
    if let Some(credentials) = credentials {
        add.extend([
            "--username",
            &credentials.username,
            "--password-env",
            "HUB_PASSWORD",
        ]);
    }
    program.done(&add);

    let images = content.expected().len() as u64;
    let first = program.crawl("hub");
    assert_eq!(first["outcome"], "complete", "{first:#}");
    assert_eq!(counts(&first), [60, 1200, images, images, 0, 0]);
    assert_same(&content, program.images("hub"));

    let second = program.crawl("hub");
    assert_eq!(second["outcome"], "complete", "{second:#}");
    assert_eq!(counts(&second), [60, 1200, images, 0, 0, 0]);
    assert_same(&content, program.images("hub"));
    // The catalogue, a list a repository, a conditional request a tag, and the first
    // request that is told to sign in.
    let asked = second["requests"].as_u64().unwrap();
    assert!(
        asked <= 1 + 60 + 1200 + 1 + PROBES as u64,
        "{asked} requests"
    );

    for file in files_below(&program.state()) {
        let bytes = std::fs::read(&file).unwrap();
        let held = !password.is_empty()
            && bytes
                .windows(password.len())
                .any(|w| w == password.as_bytes());
        assert!(!held, "the password is in {}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_real_registry_is_read_whole() {
    a_real_registry_is_read_whole(Access::Open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_registry_behind_htpasswd_is_read_whole() {
    a_real_registry_is_read_whole(Access::Htpasswd).await;
}

fn credentials() -> Credentials {
    Credentials::new("purser", Secret::new("test password"))
}

fn token_auth() -> Auth {
    Auth::Token {
        credentials: Some(credentials()),
        anonymous_pull: false,
        lifetime: std::time::Duration::from_mins(5),
    }
}

fn program(address: &str) -> Program {
    let program = Program::new().with("HUB_PASSWORD", "test password");
    program.done(&[
        "registry",
        "add",
        "hub",
        address,
        "--username",
        "purser",
        "--password-env",
        "HUB_PASSWORD",
    ]);
    program
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_fetched_once_a_scope() {
    let content = Content::generate(3, &Shape::demo());
    let behaviour = Behaviour {
        auth: token_auth(),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content.clone(), behaviour).await.unwrap();
    let program = program(&simulator.address());
    let line = program.crawl("hub");
    assert_eq!(line["outcome"], "complete", "{line:#}");
    assert_same(&content, program.images("hub"));
    let requests = simulator.requests();
    let tokens = requests
        .iter()
        .filter(|r| r.path_and_query.starts_with("/auth/token"))
        .count();
    let repositories = content.shelves().len();
    assert!(
        tokens <= repositories + 1,
        "{tokens} tokens for {repositories} repositories"
    );
}

/// The bar of a cold crawl: the opening, catalogue pages, a list a repository, a manifest a tag, a
/// configuration a distinct single-platform image; then a manifest a child and a
/// configuration an index.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cold_crawl_asks_for_nothing_twice() {
    let content = Content::generate(4, &Shape::demo());
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    let line = program.crawl("hub");
    let expected = content.expected();
    let single = expected
        .iter()
        .filter(|image| image.image.children.is_empty() && !image.platforms.is_empty())
        .count();
    let indexes = expected
        .iter()
        .filter(|image| image.image.runnable().next().is_some())
        .count();
    let children: HashSet<_> = expected
        .iter()
        .flat_map(|image| image.image.runnable().map(|child| child.digest.clone()))
        .collect();
    let listed = 1 + 1 + content.shelves().len() + content.tag_count() + PROBES;
    let floor = listed + single + children.len() + indexes;
    let asked = usize::try_from(line["requests"].as_u64().unwrap()).unwrap();
    assert!(asked <= floor, "{asked} requests, the floor is {floor}");
    assert_same(&content, program.images("hub"));
}

fn full(program: &Program) -> Value {
    let ran = program.run(&["crawl", "hub", "--full", "--format", "json"]);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_crawl_asks_for_what_a_cold_one_does() {
    let content = Content::generate(4, &Shape::demo());
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let program = program(&simulator.address());
    let cold = program.crawl("hub");
    let warm = program.crawl("hub");
    let again = full(&program);
    assert_eq!(again["outcome"], "complete", "{again:#}");
    assert_eq!(again["requests"], cold["requests"]);
    let received = |line: &Value| line["bytes_received"].as_u64().unwrap();
    assert!(received(&again) > 2 * received(&warm), "{warm:#}{again:#}");
    assert_eq!(counts(&again)[3..], [0, 0, 0], "{again:#}");
    assert_same(&content, program.images("hub"));
}

/// A registry's storage has rotted: only who reads sees it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_crawl_tells_what_is_not_what_it_was() {
    let content = Content::generate(4, &Shape::plain(3, 5));
    let behaviour = Behaviour {
        faults: vec![Fault {
            on: On {
                route: Some(RouteKind::Manifest),
                method: Some(Method::GET),
                ..On::default()
            },
            what: What::WrongDigest,
            // The first that is read after all were.
            when: When::Every(content.tag_count() + 1),
        }],
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content.clone(), behaviour).await.unwrap();
    let program = program(&simulator.address());
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    let again = full(&program);
    assert_eq!(again["outcome"], "partial", "{again:#}");
    let failures = again["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "{again:#}");
    assert_eq!(failures[0]["class"], "digest");
    assert_eq!(counts(&again)[4], 0, "nothing goes for that");
    assert_eq!(program.images("hub").len(), 15);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_is_counted_and_only_that_is_read() {
    let content = Content::generate(5, &Shape::demo());
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let program = program(&simulator.address());
    program.crawl("hub");
    let moves = content.move_some_tags(9, 7);
    let gone = content.shelves()[0].repository.clone();
    assert!(content.remove_repository(&gone));
    let moves = moves.iter().filter(|m| m.repository != gone).count() as u64;
    let line = program.crawl("hub");
    assert_eq!(line["outcome"], "complete", "{line:#}");
    assert_eq!(line["moved"].as_u64(), Some(moves));
    assert!(line["gone"].as_u64() > Some(0));
    assert_same(&content, program.images("hub"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_registries_are_crawled_side_by_side() {
    let content = Content::generate(7, &Shape::plain(4, 3));
    let slow = Behaviour {
        latency: std::time::Duration::from_millis(5),
        ..Behaviour::default()
    };
    let one = Simulator::start(content.clone(), slow.clone())
        .await
        .unwrap();
    let two = Simulator::start(content.clone(), slow).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "one", &one.address()]);
    program.done(&["registry", "add", "two", &two.address()]);
    program.done(&[
        "registry",
        "add",
        "off",
        "http://127.0.0.1:9",
        "--active=false",
    ]);
    let ran = program.done(&["crawl", "--all", "--format", "json"]);
    let mut names: Vec<String> = ran
        .lines()
        .iter()
        .map(|line| line["registry"].to_string())
        .collect();
    names.sort();
    assert_eq!(names, ["\"one\"", "\"two\""]);
    let all = program.done(&["images"]).lines();
    assert_eq!(all.len(), 2 * content.expected().len());
}
