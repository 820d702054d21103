//! A registry with habits: honest or not about `n`, `last`, `Link`, `HEAD`, 304, order,
//! duplicates and names, on a real socket. What it holds and how it behaves can change
//! between crawls.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use supercargo::model::Digest;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What it holds: repository → tag → what makes the manifest's bytes.
pub(crate) type Held = BTreeMap<String, BTreeMap<String, u64>>;

/// When a `Link` is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    Never,
    WhereThereIsMore,
    /// Also on the last page, whose follower is empty and links to itself.
    Always,
}

/// How entries are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Sorted,
    Reversed,
    /// By a hash of the name.
    Mixed,
}

/// What it does with one kind of list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// It gives no more in one answer.
    pub(crate) cap: usize,
    pub(crate) takes_n: bool,
    pub(crate) takes_last: bool,
    pub(crate) links: Links,
    pub(crate) order: Order,
    /// A page behind a link begins with the last entry of the one before.
    pub(crate) repeats: bool,
}

impl Habits {
    pub(crate) const HONEST: Self = Self {
        cap: usize::MAX,
        takes_n: true,
        takes_last: true,
        links: Links::WhereThereIsMore,
        order: Order::Sorted,
        repeats: false,
    };

    /// Whether nothing tells a list that it cut from one that has no more.
    pub(crate) fn cuts_unseen(&self) -> bool {
        !self.takes_last && self.links == Links::Never && ![50, 100, 200, 1000].contains(&self.cap)
    }
}

/// How it answers `HEAD`, and conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Works,
    Forbidden,
    Missing,
    WithoutDigest,
    /// 304 for everything, with the digest that is there.
    NotModified,
}

/// Whose list it says that a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Own,
    Missing,
    WithPrefix,
    WithoutPrefix,
    /// Of another repository, with that one's tags, one time in three.
    Mixed,
}

#[derive(Clone, Debug)]
pub(crate) struct Behaviour {
    pub(crate) catalogue: Habits,
    pub(crate) tags: Habits,
    pub(crate) head: Head,
    pub(crate) name: Name,
    /// Tags that it refuses to show, by the hash of their name: one in so many; 0 for none.
    pub(crate) refuses: u64,
    /// Requests that fail once before they are answered: one in so many; 0 for none.
    pub(crate) stumbles: u64,
}

impl Behaviour {
    pub(crate) const HONEST: Self = Self {
        catalogue: Habits::HONEST,
        tags: Habits::HONEST,
        head: Head::Works,
        name: Name::Own,
        refuses: 0,
        stumbles: 0,
    };
}

pub(crate) struct State {
    pub(crate) held: Held,
    pub(crate) behaviour: Behaviour,
    asked: u64,
}

/// The server; it ends when this is dropped.
pub(crate) struct World {
    pub(crate) address: String,
    pub(crate) state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The bytes of a manifest: an artifact, so that there is no configuration to read.
pub(crate) fn manifest(seed: u64) -> String {
    format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"sha256:{seed:064x}","size":2}},"layers":[]}}"#
    )
}

pub(crate) fn digest(seed: u64) -> String {
    Digest::sha256(manifest(seed).as_bytes()).to_string()
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }) >> 7
}

impl World {
    pub(crate) async fn start(held: Held) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            held,
            behaviour: Behaviour::HONEST,
            asked: 0,
        }));
        let shared = Arc::clone(&state);
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    let service = hyper::service::service_fn(move |request| {
                        let answer = answer(&request, &mut state.lock().unwrap());
                        async move { Ok::<_, Infallible>(answer) }
                    });
                    // A client that leaves is no failure.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(socket), service)
                        .await;
                });
            }
        });
        Self {
            address,
            state,
            server,
        }
    }
}

type Answer = Response<Full<Bytes>>;

fn plain(status: u16, body: &str) -> Answer {
    let body = Full::new(Bytes::from(body.to_owned()));
    Response::builder().status(status).body(body).unwrap()
}

fn unknown(code: &str) -> Answer {
    plain(
        404,
        &format!(r#"{{"errors":[{{"code":"{code}","message":"unknown"}}]}}"#),
    )
}

fn answer(request: &Request<Incoming>, state: &mut State) -> Answer {
    state.asked += 1;
    let path = request.uri().path();
    let query = request.uri().query().unwrap_or_default();
    let behaviour = state.behaviour.clone();
    // The second asking is answered: one in so many, by what is asked and when.
    if behaviour.stumbles > 0 && (state.asked ^ hash(path)).is_multiple_of(behaviour.stumbles) {
        return plain(
            [500, 502, 429][usize::try_from(state.asked % 3).unwrap()],
            "",
        );
    }
    let Some(rest) = path.strip_prefix("/v2/") else {
        return plain(404, "404 page not found");
    };
    if rest.is_empty() {
        return plain(200, "{}");
    }
    if rest == "_catalog" {
        let names = state.held.keys().cloned().collect();
        let (names, link) = page(names, behaviour.catalogue, query);
        let body = serde_json::json!({ "repositories": names });
        return listed(&body, link, path);
    }
    if let Some(name) = rest.strip_suffix("/tags/list") {
        let Some(tags) = state.held.get(name) else {
            return unknown("NAME_UNKNOWN");
        };
        let is_mixed = behaviour.name == Name::Mixed && state.asked.is_multiple_of(3);
        let other = state.held.iter().find(|(other, _)| *other != name);
        if let (true, Some((other, tags))) = (is_mixed, other) {
            let tags: Vec<&String> = tags.keys().collect();
            let body = serde_json::json!({ "name": other, "tags": tags });
            return listed(&body, None, path);
        }
        let (tags, link) = page(tags.keys().cloned().collect(), behaviour.tags, query);
        let said = match behaviour.name {
            Name::Own | Name::Mixed => Some(name.to_owned()),
            Name::Missing => None,
            Name::WithPrefix => Some(format!("store/{name}")),
            Name::WithoutPrefix => name.rsplit('/').next().map(str::to_owned),
        };
        let body = match said {
            Some(said) => serde_json::json!({ "name": said, "tags": tags }),
            None => serde_json::json!({ "tags": tags }),
        };
        return listed(&body, link, path);
    }
    let Some((name, tag)) = rest.split_once("/manifests/") else {
        return plain(404, "404 page not found");
    };
    manifest_of(request, state, name, tag)
}

fn manifest_of(request: &Request<Incoming>, state: &State, name: &str, tag: &str) -> Answer {
    let Some(tags) = state.held.get(name) else {
        return unknown("NAME_UNKNOWN");
    };
    let by_digest = || tags.values().find(|seed| digest(**seed) == tag);
    let Some(seed) = tags.get(tag).or_else(by_digest) else {
        return unknown("MANIFEST_UNKNOWN");
    };
    let behaviour = &state.behaviour;
    if behaviour.refuses > 0 && hash(tag).is_multiple_of(behaviour.refuses) {
        return plain(403, r#"{"errors":[{"code":"DENIED","message":"no"}]}"#);
    }
    let (own, is_head) = (digest(*seed), request.method() == Method::HEAD);
    let known = request.headers().get("if-none-match");
    let matches = known.is_some_and(|known| known.as_bytes() == format!("\"{own}\"").as_bytes());
    let says = |status: u16, body: String| {
        Response::builder()
            .status(status)
            .header("docker-content-digest", &own)
            .header("content-type", "application/vnd.oci.image.manifest.v1+json")
            .body(Full::new(Bytes::from(body)))
            .unwrap()
    };
    match behaviour.head {
        Head::Forbidden if is_head => return plain(403, ""),
        Head::Missing if is_head => return plain(404, ""),
        Head::WithoutDigest if is_head => return plain(200, ""),
        Head::NotModified if known.is_some() => return says(304, String::new()),
        _ => {}
    }
    if matches {
        return says(304, String::new());
    }
    says(
        200,
        if is_head {
            String::new()
        } else {
            manifest(*seed)
        },
    )
}

fn listed(body: &serde_json::Value, link: Option<String>, path: &str) -> Answer {
    let mut answer = Response::builder().header("content-type", "application/json");
    if let Some(link) = link {
        answer = answer.header("link", format!("<{path}?{link}>; rel=\"next\""));
    }
    answer
        .body(Full::new(Bytes::from(body.to_string())))
        .unwrap()
}

/// One page of `names`, and the query of its link.
fn page(mut names: Vec<String>, habits: Habits, query: &str) -> (Vec<String>, Option<String>) {
    match habits.order {
        Order::Sorted => {}
        Order::Reversed => names.reverse(),
        Order::Mixed => names.sort_by_key(|name| hash(name)),
    }
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let value = |key: &str| {
        let mut pairs = pairs.iter();
        pairs.find(|(name, _)| name == key).map(|(_, v)| v.clone())
    };
    let cursor = value("cursor").map(|cursor| cursor.parse::<usize>().unwrap());
    let last = value("last").filter(|_| habits.takes_last);
    let behind = last.and_then(|last| names.iter().position(|name| *name == last));
    let from = cursor
        .or(behind.map(|at| at + 1))
        .unwrap_or(0)
        .min(names.len());
    let n = value("n").filter(|_| habits.takes_n);
    let n = n.map_or(usize::MAX, |n| n.parse().unwrap());
    let until = from.saturating_add(n.min(habits.cap)).min(names.len());
    let has_more = until < names.len();
    let sends = match habits.links {
        Links::Never => false,
        Links::WhereThereIsMore => has_more,
        Links::Always => true,
    };
    let link = sends.then(|| match value("n") {
        Some(n) => format!("cursor={until}&n={n}"),
        None => format!("cursor={until}"),
    });
    let first = if habits.repeats && cursor.is_some() {
        from.saturating_sub(1)
    } else {
        from
    };
    (names[first..until.max(first)].to_vec(), link)
}
