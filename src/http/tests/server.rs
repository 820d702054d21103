//! A server that keeps a record of what reached it: connections, TLS hellos, requests.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What was seen so far.
#[derive(Clone, Default)]
pub(super) struct Seen {
    pub(super) opened: usize,
    pub(super) open: usize,
    pub(super) started: usize,
    pub(super) in_flight: usize,
    pub(super) most_in_flight: usize,
    /// Server names and protocols that TLS clients offered.
    pub(super) hellos: Vec<(Option<String>, Vec<String>)>,
    pub(super) asked: Vec<Asked>,
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) version: String,
    /// What it says it is for: `Host`, or HTTP/2's `:authority`.
    pub(super) host: String,
    pub(super) headers: hyper::HeaderMap,
}

/// The server. What it has seen can be waited for.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<watch::Sender<Seen>>,
}

/// What every request is answered with.
#[derive(Clone)]
pub(super) struct Answers {
    /// Requests wait until so many are there, and are then answered together.
    pub(super) in_groups_of: usize,
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) body: Bytes,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            in_groups_of: 1,
            status: 200,
            headers: Vec::new(),
            body: Bytes::from_static(b"{}"),
        }
    }
}

impl Server {
    pub(super) async fn start(answers: Answers) -> Self {
        Self::listen(answers, None).await
    }

    /// The same behind TLS.
    pub(super) async fn start_tls(answers: Answers, config: rustls::ServerConfig) -> Self {
        Self::listen(answers, Some(Arc::new(config))).await
    }

    async fn listen(answers: Answers, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::new(watch::Sender::new(Seen::default())),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (server, answers, tls) = (accepting.clone(), answers.clone(), tls.clone());
                tokio::spawn(async move {
                    server.seen.send_modify(|seen| {
                        seen.opened += 1;
                        seen.open += 1;
                    });
                    match tls {
                        None => server.serve(socket, answers).await,
                        Some(tls) => {
                            let start = tokio_rustls::LazyConfigAcceptor::new(
                                rustls::server::Acceptor::default(),
                                socket,
                            );
                            if let Ok(start) = start.await {
                                server.note(&start.client_hello());
                                if let Ok(stream) = start.into_stream(tls).await {
                                    server.serve(stream, answers).await;
                                }
                            }
                        }
                    }
                    server.seen.send_modify(|seen| seen.open -= 1);
                });
            }
        });
        server
    }

    fn note(&self, hello: &rustls::server::ClientHello<'_>) {
        let protocols = hello.alpn().into_iter().flatten();
        let protocols = protocols.map(|p| String::from_utf8_lossy(p).into_owned());
        let offered = (hello.server_name().map(str::to_owned), protocols.collect());
        self.seen.send_modify(|seen| seen.hellos.push(offered));
    }

    async fn serve(
        &self,
        io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        answers: Answers,
    ) {
        let service = hyper::service::service_fn(|request: hyper::Request<_>| {
            let (server, answers) = (self.clone(), answers.clone());
            async move { Ok::<_, Infallible>(server.answer(request, answers).await) }
        });
        let builder = auto::Builder::new(TokioExecutor::new());
        let _ = builder.serve_connection(TokioIo::new(io), service).await;
    }

    async fn answer(
        &self,
        request: hyper::Request<hyper::body::Incoming>,
        answers: Answers,
    ) -> hyper::Response<Full<Bytes>> {
        let host = request.headers().get("host");
        let host = host.map(|host| host.to_str().unwrap().to_owned());
        let authority = request.uri().authority().map(ToString::to_string);
        let asked = Asked {
            version: format!("{:?}", request.version()),
            host: host.or(authority).unwrap_or_default(),
            headers: request.headers().clone(),
        };
        let mut number = 0;
        self.seen.send_modify(|seen| {
            seen.asked.push(asked);
            seen.started += 1;
            number = seen.started;
            seen.in_flight += 1;
            seen.most_in_flight = seen.most_in_flight.max(seen.in_flight);
        });
        let _ = request.into_body().collect().await;
        let whole = number.div_ceil(answers.in_groups_of) * answers.in_groups_of;
        let mut seen = self.seen.subscribe();
        seen.wait_for(|seen| seen.started >= whole).await.unwrap();
        self.seen.send_modify(|seen| seen.in_flight -= 1);
        let mut response = hyper::Response::builder().status(answers.status);
        for (name, value) in &answers.headers {
            response = response.header(*name, *value);
        }
        response.body(Full::new(answers.body)).unwrap()
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Waits until `wanted` holds of what was seen.
    pub(super) async fn until(&self, what: &str, wanted: impl Fn(&Seen) -> bool) {
        let mut seen = self.seen.subscribe();
        let patience = std::time::Duration::from_secs(30);
        let waited = tokio::time::timeout(patience, seen.wait_for(|seen| wanted(seen))).await;
        assert!(waited.is_ok(), "{what}: never seen");
    }
}
