//! Scenes: what a registry holds, how it behaves and what crawls of it must come to, one
//! file of data each. Reads them; `scenes.rs` plays them.
//!
//! A word that is not known here fails the scene.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use supercargo::model::{Credentials, Secret};
use supercargo::simulator::{
    Auth, Behaviour, Cap, Content, Fault, LinkStyle, Method, On, Order, Paging, RouteKind,
    TagPaging, What, When,
};

use super::labels::{Labels, Written};

/// Repository → tag → label. `t[000-249]` in a name stands for that many, and `*` in the
/// label for the number.
pub(crate) type Named = BTreeMap<String, BTreeMap<String, String>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scene {
    /// Which fact it shows, and where that is from.
    pub(crate) why: String,
    #[serde(default)]
    content: Named,
    #[serde(default)]
    manifests: BTreeMap<String, Written>,
    #[serde(default)]
    blobs: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) server: Server,
    #[serde(default)]
    pub(crate) faults: Vec<FaultText>,
    /// Settings of the registry, by their keys.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) crawls: Vec<Step>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    /// `none`, `basic`, `token` or `anonymous`: tokens without a sign-in.
    pub(crate) auth: Option<String>,
    token_seconds: Option<u64>,
    token_uses: Option<u32>,
    /// Entries in a page where the client does not say.
    page: Option<usize>,
    /// `none`, `clamp 100` or `refuse 1000`.
    cap: Option<String>,
    /// `relative`, `absolute`, `none`, or the header itself.
    link: Option<String>,
    link_after_full_page: bool,
    /// Whether lists of tags have pages: `never`, `asked` or `always`.
    tags: Option<String>,
    takes_n: Option<bool>,
    cursor: Option<String>,
    /// `sorted`, `reversed` or `mixed`.
    order: Option<String>,
    repeats: bool,
    head_digest: Option<bool>,
    etag: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultText {
    on: Option<String>,
    method: Option<String>,
    repository: Option<String>,
    /// A tag, or the digest `@(LABEL)`.
    reference: Option<String>,
    query: Option<String>,
    /// `always`, `first 2` or `every 3`.
    when: Option<String>,
    what: Option<String>,
    say: Option<Say>,
}

/// An answer in the place of the registry's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    #[serde(default = "success")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

fn success() -> u16 {
    200
}

/// One crawl, and what happens before it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// `delete REPOSITORY[:TAG]`, `put REPOSITORY`, `tag REPOSITORY:TAG LABEL`.
    #[serde(default)]
    change: Vec<String>,
    /// In the place of the scene's.
    pub(crate) server: Option<Server>,
    /// In the place of the scene's.
    pub(crate) faults: Option<Vec<FaultText>>,
    /// Beside those before.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) outcome: String,
    pub(crate) repositories: Option<u64>,
    pub(crate) new: Option<u64>,
    #[serde(default)]
    pub(crate) gone: u64,
    #[serde(default)]
    pub(crate) moved: u64,
    pub(crate) requests: Option<usize>,
    /// How often HEAD is asked at most.
    pub(crate) heads: Option<usize>,
    #[serde(default)]
    pub(crate) failures: Vec<FailureText>,
    /// `truth` (what the registry holds, the default), `before` (as it was), `nothing`, or
    /// written out.
    pub(crate) inventory: Option<Inventory>,
    /// What is missing of that: `REPOSITORY` or `REPOSITORY:TAG`.
    #[serde(default)]
    pub(crate) lacks: Vec<String>,
    /// What is stale of that: `*`, `REPOSITORY` or `REPOSITORY:TAG`; `?` where it is not
    /// compared.
    #[serde(default)]
    pub(crate) stale: Vec<String>,
    /// `REPOSITORY[:TAG] appeared|gone|moved`; without it nothing after the first crawl, and
    /// in that every repository that is listed.
    pub(crate) changes: Option<Vec<String>>,
    /// `REPOSITORY:TAG` → kind, artifact type and platforms, as read.
    #[serde(default)]
    pub(crate) seen: BTreeMap<String, String>,
    /// Words in the hint of some failure.
    #[serde(default)]
    pub(crate) hint_has: Vec<String>,
    /// Words in the hint of none.
    #[serde(default)]
    pub(crate) hint_lacks: Vec<String>,
    /// Settings as the crawl leaves them.
    #[serde(default)]
    pub(crate) left: BTreeMap<String, String>,
    /// Why a complete crawl finds other than what the registry holds: it was asked for less,
    /// or the registry's word is all there is.
    pub(crate) apart: Option<String>,
    /// Whether images are not what the registry holds of them, for the faults that are said.
    #[serde(default)]
    pub(crate) unread: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Inventory {
    Word(String),
    Written(Named),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailureText {
    pub(crate) stage: String,
    pub(crate) class: String,
    pub(crate) repository: Option<String>,
    pub(crate) reference: Option<String>,
    #[serde(default)]
    pub(crate) contains: String,
}

/// Who may sign in where somebody must.
pub(crate) fn account() -> Credentials {
    Credentials::new("purser", Secret::new("right"))
}

impl Scene {
    pub(crate) fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn labels(&self) -> Labels {
        Labels {
            manifests: self.manifests.clone(),
            blobs: self.blobs.clone(),
        }
    }

    /// What the registry holds at first.
    pub(crate) fn content(&self, labels: &Labels) -> Content {
        let content = Content::empty();
        for (repository, tags) in expanded(&self.content) {
            content.put_repository(&repository);
            for (tag, label) in tags {
                let digest = labels.put(&content, &repository, &label);
                content.tag(&repository, &tag, &digest);
            }
        }
        content
    }
}

/// The same with every range written out.
pub(crate) fn expanded(named: &Named) -> Named {
    let mut all = Named::new();
    for (repository, tags) in named {
        for (repository, of) in names(repository) {
            let kept = all.entry(repository).or_default();
            for (tag, label) in tags {
                for (tag, number) in names(tag) {
                    let number = if number.is_empty() { &of } else { &number };
                    kept.insert(tag, label.replace('*', number));
                }
            }
        }
    }
    all
}

/// The names that `a[0-9]` stands for, each with its number.
fn names(text: &str) -> Vec<(String, String)> {
    let Some((before, rest)) = text.split_once('[') else {
        return vec![(text.to_owned(), String::new())];
    };
    let (range, after) = rest.split_once(']').unwrap();
    let (from, until) = range.split_once('-').unwrap();
    let width = from.len();
    let numbers = from.parse::<u64>().unwrap()..=until.parse().unwrap();
    numbers
        .map(|n| (format!("{before}{n:0width$}{after}"), n.to_string()))
        .collect()
}

impl Step {
    /// Changes what the registry holds.
    pub(crate) fn change(&self, content: &Content, labels: &Labels) {
        for change in &self.change {
            let (verb, rest) = change.split_once(' ').unwrap();
            let place = rest.split(' ').next().unwrap();
            let done = match (verb, place.split_once(':')) {
                ("delete", Some((repository, tag))) => content.untag(repository, tag),
                ("delete", None) => content.remove_repository(place),
                ("put", None) => {
                    content.put_repository(place);
                    true
                }
                ("tag", Some((repository, tag))) => {
                    let (_, label) = rest.split_once(' ').unwrap();
                    let digest = labels.put(content, repository, label);
                    content.tag(repository, tag, &digest);
                    true
                }
                _ => false,
            };
            assert!(done, "`{change}` changes nothing");
        }
    }
}

impl Server {
    pub(crate) fn behaviour(&self, faults: Vec<Fault>) -> Behaviour {
        let plain = Behaviour::default();
        let paging = Paging::default();
        let lifetime = Duration::from_secs(self.token_seconds.unwrap_or(300));
        let tokens = |credentials, anonymous_pull| Auth::Token {
            credentials,
            anonymous_pull,
            lifetime,
        };
        Behaviour {
            auth: match self.auth.as_deref() {
                None | Some("none") => Auth::None,
                Some("basic") => Auth::Basic(account()),
                Some("token") => tokens(Some(account()), false),
                Some("anonymous") => tokens(None, true),
                Some(other) => panic!("`{other}` is no sign-in"),
            },
            token_uses: self.token_uses,
            paging: Paging {
                default: self.page.unwrap_or(paging.default),
                cap: self.cap.as_deref().map_or(paging.cap, cap),
                link: self.link.as_deref().map_or(paging.link, link),
                link_after_full_page: self.link_after_full_page,
                tags: match self.tags.as_deref() {
                    None | Some("never") => TagPaging::Never,
                    Some("asked") => TagPaging::Asked,
                    Some("always") => TagPaging::Always,
                    Some(other) => panic!("`{other}` is no paging of tags"),
                },
                takes_n: self.takes_n.unwrap_or(paging.takes_n),
                cursor: self.cursor.clone().unwrap_or(paging.cursor),
                order: match self.order.as_deref() {
                    None | Some("sorted") => Order::Sorted,
                    Some("reversed") => Order::Reversed,
                    Some("mixed") => Order::Mixed,
                    Some(other) => panic!("`{other}` is no order"),
                },
                repeats: self.repeats,
                ..Paging::default()
            },
            head_digest: self.head_digest.unwrap_or(plain.head_digest),
            etag: self.etag.unwrap_or(plain.etag),
            faults,
            ..plain
        }
    }
}

fn cap(text: &str) -> Cap {
    let number = |text: &str| text.parse().unwrap();
    match text.split_once(' ') {
        None if text == "none" => Cap::None,
        Some(("clamp", most)) => Cap::Clamp(number(most)),
        Some(("refuse", most)) => Cap::Refuse(number(most)),
        _ => panic!("`{text}` is no cap"),
    }
}

fn link(text: &str) -> LinkStyle {
    match text {
        "relative" => LinkStyle::Relative,
        "absolute" => LinkStyle::Absolute,
        "none" => LinkStyle::None,
        _ => {
            assert!(text.contains('<'), "`{text}` is no link");
            LinkStyle::Written(text.to_owned())
        }
    }
}

impl FaultText {
    /// Whether it leads to the other server.
    pub(crate) fn leads_elsewhere(&self) -> bool {
        let what = self.what.as_deref();
        what.is_some_and(|what| what.contains("{elsewhere}"))
    }

    /// The fault; `elsewhere` is the address of another server that holds the same.
    pub(crate) fn fault(&self, labels: &Labels, elsewhere: &str) -> Fault {
        let fill = |text: &str| labels.fill(&text.replace("{elsewhere}", elsewhere));
        let what = match (&self.what, &self.say) {
            (Some(what), None) => what_of(&fill(what)),
            (None, Some(say)) => What::Say {
                code: say.status,
                headers: say
                    .headers
                    .iter()
                    .map(|(k, v)| (k.clone(), fill(v)))
                    .collect(),
                body: fill(&say.body),
            },
            _ => panic!("a fault has either `what` or `say`"),
        };
        let method = self.method.as_deref();
        Fault {
            on: On {
                route: self.on.as_deref().map(route),
                method: method.map(|method| method.parse::<Method>().unwrap()),
                repository: self.repository.clone(),
                reference: self.reference.as_deref().map(fill),
                query: self.query.clone(),
                ..On::default()
            },
            when: self.when.as_deref().map_or(When::Always, when),
            what,
        }
    }
}

fn route(text: &str) -> RouteKind {
    match text {
        "ping" => RouteKind::Ping,
        "token" => RouteKind::Token,
        "catalogue" => RouteKind::Catalogue,
        "tags" => RouteKind::Tags,
        "manifest" => RouteKind::Manifest,
        "blob" => RouteKind::Blob,
        _ => panic!("`{text}` is no route"),
    }
}

fn when(text: &str) -> When {
    match text.split_once(' ') {
        None if text == "always" => When::Always,
        Some(("first", times)) => When::First(times.parse().unwrap()),
        Some(("every", step)) => When::Every(step.parse().unwrap()),
        _ => panic!("`{text}` is no time"),
    }
}

fn what_of(text: &str) -> What {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let number = || rest.parse::<usize>().unwrap();
    match word {
        "status" => {
            let (code, after) = rest.split_once(" after ").unwrap_or((rest, ""));
            What::Status {
                code: code.parse().unwrap(),
                retry_after: (!after.is_empty()).then(|| after.parse().unwrap()),
            }
        }
        "reset" => What::Reset,
        "truncate" => What::Truncate(number()),
        "stall" => What::Stall(number()),
        "hang" => What::Hang,
        "html" => What::Html,
        "not-json" => What::NotJson,
        "wrong-digest" => What::WrongDigest,
        "null" => What::NullTags,
        "redirect" => What::RedirectTo(rest.to_owned()),
        "link" => What::Link(rest.to_owned()),
        "pad" => What::Pad(number()),
        "gzip" => What::Gzip,
        "slow" => What::Slow(Duration::from_millis(rest.parse().unwrap())),
        "without" => What::Without(rest.to_owned()),
        "header" => {
            let (name, value) = rest.split_once(' ').unwrap();
            What::Header(name.to_owned(), value.to_owned())
        }
        _ => panic!("`{text}` is no fault"),
    }
}
