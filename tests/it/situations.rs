//! Every command in every situation that an inventory can be in: its exit code, whether it
//! prints a result, and all that it says besides, in one place to be read side by side.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use supercargo::model::{Credentials, Secret};
use supercargo::simulator::{
    Auth, Behaviour, Content, Fault, ImageSpec, RouteKind, Simulator, What,
};
use supercargo::store::FILE_NAME;

use crate::support::program::Program;

/// Commands that run side by side: more than there are processors, for some wait.
const AT_ONCE: usize = 4;

/// The commands, and each with something that is not there.
const COMMANDS: [(&str, &str); 28] = [
    ("check hub", "check nowhere"),
    ("crawl hub", "crawl --due"),
    ("crawl --all", "crawl nowhere"),
    ("registry list", ""),
    ("registry show hub", "registry show nowhere"),
    (
        "registry edit hub --max-rps 10",
        "registry edit nowhere --max-rps 10",
    ),
    ("registry rename hub depot", "registry rename nowhere depot"),
    ("registry remove hub --yes", "registry remove nowhere --yes"),
    (
        "registry import HOME/registries.toml",
        "registry import HOME/nothing",
    ),
    ("registry export", "registry export nowhere"),
    ("images", "images nowhere"),
    ("images hub", "images hub --repository nowhere/**"),
    ("search app", "search nowhere"),
    ("changes", "changes hub --tag nowhere"),
    ("changes hub --crawl 1", "changes hub --crawl 9"),
    ("changes hub --since 7d", "changes nowhere"),
    ("inspect hub/team/app:1.0", "inspect hub/team/app:nowhere"),
    (
        "inspect sha256:ab12cd34ef56",
        "inspect nowhere/team/app:1.0",
    ),
    ("decide keep hub --tag 1.*", "decide keep hub --tag nowhere"),
    ("decide none hub", "decide none hub --decision delete"),
    ("decide export", "decide export other"),
    (
        "decide import HOME/decisions.ndjson",
        "decide import HOME/nothing",
    ),
    ("doctor", ""),
    ("usage hub", "usage nowhere"),
    ("usage --by repository", "usage other nowhere"),
    ("drift hub other", "drift hub other --repository nowhere/**"),
    ("drift other hub --tag 1.*", "drift hub hub"),
    ("images hub --limit 1", "images hub --digest sha256:0000"),
];

/// A situation that commands are tried in.
struct Situation {
    name: &'static str,
    program: Program,
    /// The file of the state that another process has locked.
    locked: Option<&'static str>,
}

/// Held by who crawls the first registry, and says which process that is.
const CRAWL_LOCK: &str = "crawl-1.lock";
const NOTHING_MATCHES: &str = "nothing matches";

/// The servers, all of them alive until the end.
struct Servers {
    good: Simulator,
    empty: Simulator,
    strict: Simulator,
    refusing: Simulator,
    /// A port that is taken, and where nobody listens.
    silent: tokio::net::TcpSocket,
}

impl Servers {
    async fn start() -> Self {
        let content = Content::empty();
        for (seed, tag) in (0..).zip(["1.0", "1.1"]) {
            let image = content.put_image("team/app", &ImageSpec::new("linux/amd64", seed));
            content.tag("team/app", tag, &image);
        }
        let silent = tokio::net::TcpSocket::new_v4().unwrap();
        silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let serve = async |content: &Content, auth, faults| {
            let behaviour = Behaviour {
                auth,
                faults,
                ..Behaviour::default()
            };
            Simulator::start(content.clone(), behaviour).await.unwrap()
        };
        let somebody = Credentials::new("purser", Secret::new("test password"));
        let no = What::Status {
            code: 403,
            retry_after: None,
        };
        let refusals = [RouteKind::Catalogue, RouteKind::Tags, RouteKind::Manifest]
            .map(|route| Fault::on_route(route, no.clone()));
        Self {
            good: serve(&content, Auth::None, Vec::new()).await,
            empty: serve(&Content::empty(), Auth::None, Vec::new()).await,
            strict: serve(&content, Auth::Basic(somebody), Vec::new()).await,
            refusing: serve(&content, Auth::None, refusals.into()).await,
            silent,
        }
    }

    /// Each by what the snapshot calls it.
    fn addresses(&self) -> [(&'static str, String); 5] {
        let silent = self.silent.local_addr().unwrap();
        [
            ("good", self.good.address()),
            ("empty", self.empty.address()),
            ("strict", self.strict.address()),
            ("refusing", self.refusing.address()),
            ("silent", format!("http://{silent}")),
        ]
    }

    fn address(&self, name: &str) -> String {
        let mut all = self.addresses().into_iter();
        all.find(|(other, _)| *other == name).unwrap().1
    }

    /// A program that knows the registry of this name as `hub`, and `other`, which is well
    /// and crawled.
    fn program(&self, hub: &str) -> Program {
        let program = self.bare_program();
        program.done(&["registry", "add", "hub", &self.address(hub)]);
        program.done(&["registry", "add", "other", &self.address("good")]);
        assert_eq!(program.crawl("other")["outcome"], "complete");
        program
    }

    /// A program that knows nothing, with the files that commands read.
    fn bare_program(&self) -> Program {
        let program = Program::new().with("TZ", "UTC");
        let address = self.address("good");
        for (file, text) in [
            ("nothing", String::new()),
            (
                "registries.toml",
                format!("[[registry]]\nname = \"hub\"\naddress = \"{address}\"\nmax-rps = 7\n"),
            ),
            (
                "decisions.ndjson",
                "{\"registry\":\"hub\",\"repository\":\"team/app\",\"tag\":\"1.0\",\
                 \"decision\":\"keep\"}\n"
                    .to_owned(),
            ),
        ] {
            std::fs::write(program.home().join(file), text).unwrap();
        }
        program
    }

    fn situations(&self) -> Vec<Situation> {
        let crawled = |hub: &str| {
            let program = self.program(hub);
            program.crawl("hub");
            program
        };
        let stale = crawled("good");
        let silent = self.address("silent");
        stale.done(&["registry", "edit", "hub", "--address", &silent]);
        stale.crawl("hub");
        let damaged = crawled("good");
        std::fs::write(damaged.state().join(FILE_NAME), vec![0xFF; 8192]).unwrap();
        let situation = |name, program| Situation {
            name,
            program,
            locked: None,
        };
        vec![
            situation("no registry", self.bare_program()),
            situation("not crawled", self.program("good")),
            situation("empty", crawled("empty")),
            situation(NOTHING_MATCHES, crawled("good")),
            situation("refused, for want of a password (401)", crawled("strict")),
            situation("refused (403)", crawled("refusing")),
            situation("failed", crawled("silent")),
            situation("stale", stale),
            Situation {
                locked: Some(CRAWL_LOCK),
                ..situation("hub is being crawled by another process", crawled("good"))
            },
            situation("damaged", damaged),
            Situation {
                locked: Some(FILE_NAME),
                ..situation("the inventory is held by another process", crawled("good"))
            },
        ]
    }

    /// What was said, without what differs from run to run.
    fn steady(&self, said: &str, home: &Path) -> String {
        let mut said = said.replace(&home.display().to_string(), "HOME");
        for (name, address) in self.addresses() {
            let authority = address.trim_start_matches("http://");
            said = said.replace(authority, name);
        }
        let words = |line: &str| line.split(' ').map(timeless).collect::<Vec<_>>().join(" ");
        said.lines().map(|line| words(line) + "\n").collect()
    }
}

/// A word, unless it is a time.
fn timeless(word: &str) -> &str {
    if word.starts_with("202") && word.contains('T') && word.ends_with('Z') {
        return "TIME";
    }
    word
}

/// Runs a command in a copy of the situation, so that it does not reach the next.
fn told(servers: &Servers, situation: &Situation, words: &str) -> String {
    let program = situation.program.copy();
    let held = situation.locked.map(|file| {
        let file = program.state().join(file);
        if file.ends_with(CRAWL_LOCK) {
            std::fs::write(&file, "4711\n").unwrap();
        }
        let file = std::fs::File::open(file).unwrap();
        file.lock().unwrap();
        file
    });
    let home = program.home();
    let typed = words.replace("HOME", &home.display().to_string());
    let ran = program.run(&typed.split(' ').collect::<Vec<_>>());
    drop(held);
    let prints = if ran.stdout.is_empty() {
        "nothing"
    } else {
        "a result"
    };
    let mut told = format!("$ {words}\n{} and {prints}\n", ran.code);
    for line in servers.steady(&ran.stderr, home).lines() {
        let _ = writeln!(told, "  {line}");
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_says_what_is_the_matter() {
    let servers = Servers::start().await;
    let situations = servers.situations();
    let mut tried = Vec::new();
    for situation in &situations {
        for (words, of_nothing) in COMMANDS {
            let words = if situation.name == NOTHING_MATCHES {
                of_nothing
            } else {
                words
            };
            if !words.is_empty() {
                tried.push((situation, words));
            }
        }
    }
    let tell = |(situation, words): (&Situation, &str)| told(&servers, situation, words);
    // Who finds the inventory held waits for it, and they may all wait at once.
    let (waiting, working): (Vec<_>, Vec<_>) = tried
        .iter()
        .copied()
        .partition(|(situation, _)| situation.locked == Some(FILE_NAME));
    let next = AtomicUsize::new(0);
    let mut told: Vec<(usize, String)> = Vec::new();
    std::thread::scope(|scope| {
        let waits: Vec<_> = waiting
            .iter()
            .map(|one| scope.spawn(|| tell(*one)))
            .collect();
        let works: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                scope.spawn(|| {
                    let mut told = Vec::new();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(one) = working.get(at) else {
                            return told;
                        };
                        told.push((at, tell(*one)));
                    }
                })
            })
            .collect();
        for work in works {
            told.extend(work.join().unwrap());
        }
        told.sort();
        let held = waits.into_iter().map(|wait| wait.join().unwrap());
        told.extend((working.len()..).zip(held));
    });
    let mut all = String::new();
    let mut before = "";
    for ((situation, _), (_, told)) in working.iter().chain(&waiting).zip(told) {
        if situation.name != before {
            let _ = writeln!(all, "\n== {} ==\n", situation.name);
            before = situation.name;
        }
        all.push_str(&told);
    }
    insta::assert_snapshot!("every_command_in_every_situation", all);
}
