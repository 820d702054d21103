//! The server: connections, one request at a time through record, fault, delay, answer.
//!
//! Listens on loopback only. Knows HTTP; what the registry says is in [`super::registry`].

use std::future::pending;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected, Limited};
use hyper::body::Incoming;
use hyper::header::AUTHORIZATION;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::{self, Handled};
use super::asked::{Asked, Origin, Origins};
use super::behaviour::Behaviour;
use super::content::Content;
use super::fault::{Faults, What};
use super::quota::Counter;
use super::random::mix;
use super::record::{Authorization, Load, Recorded, Recorder};
use super::registry::Registry;

/// Most bytes read of a body.
const MAX_BODY: usize = 64 * 1024;

/// Headers by which some products let users sign in, besides `Authorization`.
const OWN_HEADERS: [&str; 4] = [
    "private-token",
    "job-token",
    "deploy-token",
    "x-jfrog-art-api",
];

/// Connections open at once at each origin; further ones wait in the listener's queue.
const MAX_CONNECTIONS: usize = 1024;

/// A registry that is served on loopback until it is stopped or dropped.
#[derive(Debug)]
pub struct Simulator {
    registry: Arc<Registry>,
    recorder: Arc<Recorder>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

struct Server {
    registry: Arc<Registry>,
    recorder: Arc<Recorder>,
    faults: Faults,
    pace: Pace,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// How long answers take.
struct Pace {
    latency: Duration,
    jitter: Duration,
    seed: u64,
}

impl Simulator {
    /// Serves `content` on ports of the system's choice. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// Where the system grants no port.
    pub async fn start(content: Content, behaviour: Behaviour) -> io::Result<Self> {
        let mut listeners = Vec::new();
        let (registry, address) = listener().await?;
        listeners.push((Origin::Registry, registry));
        let mut origins = Origins {
            api: address.clone(),
            registry: address,
            storage: None,
        };
        if behaviour.product.personality().has_api_origin() {
            let (api, address) = listener().await?;
            listeners.push((Origin::Api, api));
            origins.api = address;
        }
        if behaviour.storage {
            let (storage, address) = listener().await?;
            listeners.push((Origin::Storage, storage));
            origins.storage = Some(address);
        }
        let recorder = Arc::new(Recorder::new(behaviour.remember));
        let faults = Faults::new(behaviour.faults.clone(), behaviour.seed);
        let pace = Pace {
            latency: behaviour.latency,
            jitter: behaviour.jitter,
            seed: behaviour.seed,
        };
        let registry = Arc::new(Registry::new(content, behaviour, origins));
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let server = Arc::new(Server {
            registry: Arc::clone(&registry),
            recorder: Arc::clone(&recorder),
            faults,
            pace,
            stop: stop.clone(),
            tasks: tasks.clone(),
        });
        for (origin, listener) in listeners {
            tasks.spawn(Arc::clone(&server).listen(origin, listener));
        }
        Ok(Self {
            registry,
            recorder,
            stop,
            tasks,
        })
    }

    /// Its address, `http://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.registry.origins().registry.clone()
    }

    /// The address of the product's own API, which may be that of the registry.
    pub fn api_address(&self) -> String {
        self.registry.origins().api.clone()
    }

    /// How often a proxy of the product had to ask its upstream for a manifest.
    pub fn upstream_pulls(&self) -> u64 {
        self.registry.upstream_pulls()
    }

    /// What it holds; may be changed while it is served.
    pub fn content(&self) -> &Content {
        self.registry.content()
    }

    /// Manifests read in this window of its quota; none where nobody counts.
    pub fn quota_used(&self) -> u64 {
        self.registry.quota().map_or(0, Counter::used)
    }

    /// Begins another window of its quota, and of that of the product's own API.
    pub fn renew_quota(&self) {
        let counters = [self.registry.quota(), self.registry.api_quota()];
        counters.into_iter().flatten().for_each(Counter::renew);
    }

    /// The latest requests, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.recorder.latest()
    }

    /// How much was asked, in all and at once.
    pub fn load(&self) -> Load {
        self.recorder.load()
    }

    /// Closes every connection and waits until that is done.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A listener on a port of the system's choice, and its address.
async fn listener() -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    Ok((listener, format!("http://{address}")))
}

impl Server {
    async fn listen(self: Arc<Self>, origin: Origin, listener: TcpListener) {
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let accept = async {
            while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
                match listener.accept().await {
                    Ok((socket, _)) => {
                        let connection = Arc::clone(&self).connection(origin, socket);
                        self.tasks.spawn(async move {
                            connection.await;
                            drop(slot);
                        });
                    }
                    // Out of file descriptors, most likely: some will be closed soon.
                    Err(_) => sleep(Duration::from_millis(50)).await,
                }
            }
        };
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = accept => {}
        }
    }

    async fn connection(self: Arc<Self>, origin: Origin, socket: TcpStream) {
        let _open = self.recorder.opened();
        // Answers are small; a socket that refuses is slower and no less right.
        let _ = socket.set_nodelay(true);
        let service = service_fn(|request| {
            let server = Arc::clone(&self);
            async move { server.handle(origin, request).await }
        });
        let builder = auto::Builder::new(TokioExecutor::new());
        let connection = builder.serve_connection(TokioIo::new(socket), service);
        // A connection that ends badly is the client's to notice, or was meant so.
        tokio::select! {
            () = self.stop.cancelled() => {}
            _ = connection => {}
        }
    }

    async fn handle(&self, origin: Origin, request: Request<Incoming>) -> Handled {
        let (head, body) = request.into_parts();
        let path_and_query = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let without_body = head.method == Method::HEAD;
        let authorization = head
            .headers
            .get(AUTHORIZATION)
            .map(|value| value.to_str().unwrap_or_default());
        let has_own = OWN_HEADERS
            .iter()
            .any(|name| head.headers.contains_key(*name));
        let mut asked = Asked {
            origin,
            method: &head.method,
            path,
            query,
            route: self.registry.route(origin, path),
            headers: &head.headers,
            authorization,
            body: Bytes::new(),
        };
        // What the path does not tell is told apart behind it.
        let action = self.registry.action(&head.headers);
        let told = action.map_or_else(
            || path_and_query.to_owned(),
            |action| format!("{path_and_query}#{action}"),
        );
        let signed = Authorization::of(authorization, has_own);
        let in_work = self.recorder.arrived(origin, &head.method, &told, signed);
        let met = self.faults.met(&head.method, &asked.route, &told);
        let delay = self.pace.delay(in_work.order()) + met.delay;
        if !delay.is_zero() {
            sleep(delay).await;
        }
        let what = met.what.as_ref();
        let answer = match what {
            Some(What::Reset) => return Err(io::ErrorKind::ConnectionReset.into()),
            Some(What::Hang) => pending().await,
            Some(what) if answer::instead(what).is_some() => answer::instead(what),
            _ => None,
        };
        let answer = if let Some(mut answer) = answer {
            self.registry.mark(&asked, &mut answer);
            answer
        } else {
            asked.body = body_of(&head.method, body).await;
            let reply = self.registry.answer(&asked);
            if let Some((token, lifetime)) = reply.token {
                self.expire_later(token, lifetime);
            }
            let mut answer = reply.answer;
            if let Some(what) = what {
                answer::spoil(&mut answer, what);
            }
            answer
        };
        in_work.answered(answer.status().as_u16());
        Ok(answer::send(answer, without_body, what))
    }

    fn expire_later(&self, token: String, lifetime: Duration) {
        let (registry, stop) = (Arc::clone(&self.registry), self.stop.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(lifetime) => registry.tokens().expire(&token),
            }
        });
    }
}

/// What a `POST` brought.
async fn body_of(method: &Method, body: Incoming) -> Bytes {
    if *method != Method::POST {
        return Bytes::new();
    }
    // One that breaks off or goes on for ever is none.
    let read = Limited::new(body, MAX_BODY).collect().await;
    read.map(Collected::to_bytes).unwrap_or_default()
}

impl Pace {
    fn delay(&self, order: u64) -> Duration {
        if self.jitter.is_zero() {
            return self.latency;
        }
        let drawn = mix(self.seed ^ order) >> 32;
        self.latency + self.jitter.mul_f64(drawn as f64 / f64::from(u32::MAX))
    }
}
