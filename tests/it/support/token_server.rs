//! A token server on loopback, as CNCF Distribution's token auth wants it: ES256 tokens
//! with the certificate in `x5c`, the access that was asked for and is allowed, by `GET`
//! and by the `POST` form (distribution docs/spec/auth/{token,oauth,jwt}.md).

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const SERVICE: &str = "registry under test";
pub(crate) const ISSUER: &str = "token server under test";
pub(crate) const USERNAME: &str = "purser";
pub(crate) const PASSWORD: &str = "test password";
/// What the `POST` form takes for the same user.
pub(crate) const IDENTITY_TOKEN: &str = "identity-token-under-test";

/// How the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// As it should be so many times more, then down.
    WellFor(usize),
    /// 503 to everything.
    Down,
    /// Never an answer.
    Silent,
    /// Tokens, but nothing by `POST`.
    WithoutForm,
}

/// One request for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) method: Method,
    /// Whether credentials of any kind came along.
    pub(crate) signed: bool,
    pub(crate) scopes: Vec<String>,
    pub(crate) status: u16,
}

struct State {
    mood: Mood,
    lifetime: Duration,
    attempts: Vec<Attempt>,
    /// The identity token that is taken now.
    identity: String,
    /// Whether each is taken once, and another comes with the answer.
    rotates: bool,
}

struct Signer {
    key: EcdsaKeyPair,
    certificate: Vec<u8>,
    pem: String,
}

/// A token server that runs until this is dropped.
pub(crate) struct TokenServer {
    /// `http://127.0.0.1:PORT/token`.
    pub(crate) realm: String,
    signer: Arc<Signer>,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl TokenServer {
    pub(crate) async fn start() -> Self {
        let signer = Arc::new(Signer::new());
        let state = Arc::new(Mutex::new(State {
            mood: Mood::Well,
            lifetime: Duration::from_mins(5),
            attempts: Vec::new(),
            identity: IDENTITY_TOKEN.to_owned(),
            rotates: false,
        }));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let realm = format!("http://{}/token", listener.local_addr().unwrap());
        let (signs, keeps) = (Arc::clone(&signer), Arc::clone(&state));
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (signer, state) = (Arc::clone(&signs), Arc::clone(&keeps));
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let (signer, state) = (Arc::clone(&signer), Arc::clone(&state));
                        async move { Ok::<_, Infallible>(answer(request, &signer, &state).await) }
                    });
                    // A client that leaves is no failure.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(socket), service)
                        .await;
                });
            }
        });
        Self {
            realm,
            signer,
            state,
            server,
        }
    }

    /// The certificate that its tokens are signed with.
    pub(crate) fn certificate(&self) -> &str {
        &self.signer.pem
    }

    pub(crate) fn set_mood(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    pub(crate) fn set_lifetime(&self, lifetime: Duration) {
        self.state.lock().unwrap().lifetime = lifetime;
    }

    /// From now on takes each identity token once and gives the next, beginning anew.
    pub(crate) fn rotate(&self) {
        let mut state = self.state.lock().unwrap();
        state.rotates = true;
        IDENTITY_TOKEN.clone_into(&mut state.identity);
    }

    /// Every request for a token so far.
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.state.lock().unwrap().attempts.clone()
    }

    /// A token that opens all of these scopes, whoever asks.
    pub(crate) fn mint(&self, scopes: &[String]) -> String {
        let access: Vec<Value> = scopes.iter().filter_map(|scope| entry(scope)).collect();
        self.signer.token(USERNAME, &access, Duration::from_mins(5))
    }
}

impl Signer {
    fn new() -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["tokens.test".to_owned()]).unwrap();
        let certificate = parameters.self_signed(&pair).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &pair.serialize_der(),
            &SystemRandom::new(),
        )
        .unwrap();
        Self {
            key,
            certificate: certificate.der().to_vec(),
            pem: certificate.pem(),
        }
    }

    fn token(&self, subject: &str, access: &[Value], lifetime: Duration) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let header = json!({
            "typ": "JWT",
            "alg": "ES256",
            "x5c": [STANDARD.encode(&self.certificate)],
        });
        let claims = json!({
            "iss": ISSUER,
            "sub": subject,
            "aud": SERVICE,
            "exp": now + lifetime.as_secs(),
            "nbf": now - 5,
            "iat": now,
            "jti": now.to_string(),
            "access": access,
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.unwrap().as_ref());
        format!("{signed}.{signature}")
    }
}

/// `type:name:actions` as an entry of the `access` claim.
fn entry(scope: &str) -> Option<Value> {
    let (kind, rest) = scope.split_once(':')?;
    let (name, actions) = rest.rsplit_once(':')?;
    let actions: Vec<&str> = actions.split(',').collect();
    Some(json!({ "type": kind, "name": name, "actions": actions }))
}

/// Who asks.
enum Asker {
    Nobody,
    Known,
    Wrong,
}

async fn answer(
    request: Request<Incoming>,
    signer: &Signer,
    state: &Mutex<State>,
) -> Response<Full<Bytes>> {
    let method = request.method().clone();
    let basic = request
        .headers()
        .get("authorization")
        .map(|value| value.to_str().unwrap().to_owned());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let form = method == Method::POST;
    let fields: Vec<(String, String)> = if form {
        url::form_urlencoded::parse(&body).into_owned().collect()
    } else {
        url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    };
    let field = |name: &str| {
        let found = fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    };
    let scopes: Vec<String> = fields
        .iter()
        .filter(|(key, _)| key == "scope")
        .flat_map(|(_, value)| value.split(' ').map(str::to_owned))
        .collect();
    let (mood, response) = {
        let mut state = state.lock().unwrap();
        let asker = match (form, &basic) {
            (false, None) => Asker::Nobody,
            (false, Some(sent)) => {
                let right = STANDARD.encode(format!("{USERNAME}:{PASSWORD}"));
                if *sent == format!("Basic {right}") {
                    Asker::Known
                } else {
                    Asker::Wrong
                }
            }
            (true, _) => {
                let right = field("grant_type") == Some("refresh_token")
                    && field("refresh_token") == Some(&state.identity)
                    && field("client_id").is_some_and(|id| !id.is_empty());
                if right { Asker::Known } else { Asker::Wrong }
            }
        };
        let response = match (state.mood, asker) {
            (Mood::Down | Mood::WellFor(0), _) => {
                refusal(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE")
            }
            (Mood::WithoutForm, _) if form => refusal(StatusCode::NOT_FOUND, "NOT_FOUND"),
            (_, Asker::Wrong) => refusal(StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
            _ if field("service") != Some(SERVICE) => {
                refusal(StatusCode::BAD_REQUEST, "NO_SUCH_SERVICE")
            }
            (_, asker) => {
                let known = matches!(asker, Asker::Known);
                // Strangers get nothing at all; others may read and list.
                let access: Vec<Value> = scopes
                    .iter()
                    .filter(|_| known)
                    .filter(|scope| scope.ends_with(":pull") || *scope == "registry:catalog:*")
                    .filter_map(|scope| entry(scope))
                    .collect();
                let subject = if known { USERNAME } else { "" };
                let token = signer.token(subject, &access, state.lifetime);
                let mut reply = json!({ "expires_in": state.lifetime.as_secs() });
                if form {
                    reply["access_token"] = token.into();
                    if state.rotates {
                        state.identity = format!("{}+", state.identity);
                    }
                    reply["refresh_token"] = state.identity.clone().into();
                } else {
                    reply["token"] = token.into();
                }
                let body = Full::new(Bytes::from(reply.to_string()));
                let mut response = Response::new(body);
                let json = "application/json".parse().unwrap();
                response.headers_mut().insert("content-type", json);
                response
            }
        };
        if let Mood::WellFor(left) = &mut state.mood {
            *left = left.saturating_sub(1);
        }
        state.attempts.push(Attempt {
            method,
            signed: form || basic.is_some(),
            scopes,
            status: response.status().as_u16(),
        });
        (state.mood, response)
    };
    if mood == Mood::Silent {
        std::future::pending::<()>().await;
    }
    response
}

fn refusal(status: StatusCode, code: &str) -> Response<Full<Bytes>> {
    let body = json!({ "errors": [{ "code": code, "message": "no token" }] });
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response
}
