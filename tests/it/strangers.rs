//! What reaches other hosts: two servers on sockets, one a registry that means ill, the
//! other where it sends its reader. Nothing secret may arrive there.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use supercargo::model::{
    AuthType, Class, CredentialKind, Credentials, Digest, Failure, Outcome, RepositoryName,
    RepositoryScope, Secret,
};
use supercargo::registry::{Reference, Registry};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::engine::{crawl, spec};

const SECRET: &str = "kept-secret";
/// Whatever else the registry may hand out to be carried on.
const COOKIE: &str = "session=kept-cookie";
const TOKEN: &str = "kept-bearer";

type Reply = (u16, Vec<(&'static str, String)>, String);
type Script = Arc<dyn Fn(&str, bool) -> Reply + Send + Sync>;

/// A server that answers by path, and keeps every byte it was sent.
struct Host {
    address: String,
    received: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

impl Drop for Host {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Host {
    /// `script` is told the path, with its query, and whether somebody signed in.
    async fn start(script: Script) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let received: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&received);
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (script, kept) = (Arc::clone(&script), Arc::clone(&kept));
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let (script, kept) = (Arc::clone(&script), Arc::clone(&kept));
                        async move { Ok::<_, Infallible>(serve(request, &script, &kept).await) }
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
            received,
            server,
        }
    }

    fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

async fn serve(
    request: Request<Incoming>,
    script: &Script,
    kept: &Mutex<Vec<String>>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path = head.uri.path_and_query().unwrap().to_string();
    let body = String::from_utf8_lossy(&body);
    kept.lock()
        .unwrap()
        .push(format!("{} {path} {:?} {body}", head.method, head.headers));
    let signed = head.headers.contains_key("authorization");
    let (status, headers, body) = script(&path, signed);
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Full::new(Bytes::from(body))).unwrap()
}

fn reply(status: u16, headers: &[(&'static str, &str)], body: &str) -> Reply {
    let headers = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    (status, headers.collect(), body.to_owned())
}

/// What is tried on us. `{}` stands for the other host, in answers of the registry.
struct Attack {
    what: &'static str,
    /// Status, header and its value, in answer to what is asked for.
    answer: (u16, &'static str, &'static str),
    asks: Asks,
    /// How many requests the other host may see; of these, none with a secret.
    reaches: usize,
    class: Class,
    says: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Asks {
    Tags,
    Manifest,
    Blob,
}

const ATTACKS: &[Attack] = &[
    Attack {
        what: "a manifest is elsewhere",
        answer: (307, "location", "{}/v2/a/manifests/1"),
        asks: Asks::Manifest,
        reaches: 1,
        class: Class::Authentication,
        says: "nothing is sent there",
    },
    Attack {
        what: "a blob is elsewhere",
        answer: (307, "location", "{}/blob?X-Amz-Signature=1"),
        asks: Asks::Blob,
        reaches: 1,
        class: Class::Authentication,
        says: "nothing is sent there",
    },
    Attack {
        what: "a list is elsewhere",
        answer: (307, "location", "{}/v2/a/tags/list"),
        asks: Asks::Tags,
        reaches: 0,
        class: Class::Protocol,
        says: "a registry answers itself",
    },
    Attack {
        what: "the next page is elsewhere",
        answer: (
            200,
            "link",
            "<http://other.invalid/v2/a/tags/list?last=1>; rel=\"next\"",
        ),
        asks: Asks::Tags,
        reaches: 0,
        class: Class::Protocol,
        says: "leads back to one already read",
    },
    Attack {
        what: "the realm is a link-local address",
        answer: (
            401,
            "www-authenticate",
            "Bearer realm=\"http://169.254.169.254/latest\"",
        ),
        asks: Asks::Tags,
        reaches: 0,
        class: Class::Protocol,
        says: "link-local",
    },
    Attack {
        what: "the realm is no web address",
        answer: (
            401,
            "www-authenticate",
            "Bearer realm=\"ftp://127.0.0.1/token\"",
        ),
        asks: Asks::Tags,
        reaches: 0,
        class: Class::Protocol,
        says: "neither `https` nor `http`",
    },
    Attack {
        what: "a redirect to a link-local address",
        answer: (302, "location", "http://169.254.169.254/latest/meta-data"),
        asks: Asks::Manifest,
        reaches: 0,
        class: Class::Protocol,
        says: "link-local",
    },
    Attack {
        what: "a redirect to a file",
        answer: (302, "location", "file:///etc/passwd"),
        asks: Asks::Manifest,
        reaches: 0,
        class: Class::Protocol,
        says: "only `http` and `https`",
    },
];

fn credentials(kind: CredentialKind) -> Credentials {
    Credentials {
        username: "ann".to_owned(),
        password: Secret::new(SECRET),
        kind,
    }
}

/// The first failure of reading to the end what is asked for.
async fn read(registry: &Registry, asks: Asks) -> Failure {
    let name: RepositoryName = "a".parse().unwrap();
    match asks {
        Asks::Tags => {
            let mut pages = registry.tags(&name);
            loop {
                if let Err(failure) = pages.next().await.expect("it must fail") {
                    return failure;
                }
            }
        }
        Asks::Manifest => {
            let reference = Reference::Tag("1".parse().unwrap());
            registry.manifest(&name, &reference).await.unwrap_err()
        }
        Asks::Blob => {
            let reference = Reference::Tag("1".parse().unwrap());
            let manifest = registry.manifest(&name, &reference).await.unwrap();
            let descriptor = manifest.config.expect("it has one");
            registry
                .configuration(&name, &descriptor)
                .await
                .unwrap_err()
        }
    }
}

fn image() -> String {
    let digest = Digest::sha256(b"{}");
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{digest}","size":2}},"layers":[]}}"#
    )
}

/// The registry of an attack; without `challenge` it takes whoever signs in by itself.
fn ill(attack: &'static Attack, other: &str, challenge: &'static str) -> Script {
    let (status, header, value) = attack.answer;
    let value = value.replace("{}", other);
    let asks = attack.asks;
    Arc::new(move |path: &str, signed: bool| {
        let cookie = ("set-cookie", COOKIE);
        if path.starts_with("/token") {
            return reply(200, &[cookie], &format!(r#"{{"token":"{TOKEN}"}}"#));
        }
        let meant = match asks {
            Asks::Tags => path.contains("/tags/list"),
            Asks::Manifest => path.contains("/manifests/"),
            Asks::Blob => path.contains("/blobs/"),
        };
        if status == 401 && meant {
            return reply(401, &[cookie, (header, &value)], "");
        }
        if !signed {
            return reply(401, &[cookie, ("www-authenticate", challenge)], "");
        }
        if meant {
            return reply(
                status,
                &[cookie, (header, &value)],
                r#"{"name":"a","tags":["1"]}"#,
            );
        }
        if path.contains("/blobs/") {
            return reply(200, &[cookie], "{}");
        }
        let kind = ("content-type", "application/vnd.oci.image.manifest.v1+json");
        reply(200, &[cookie, kind], &image())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_reaches_another_host() {
    // Fails where another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    for attack in ATTACKS {
        for (kind, challenge) in [
            (CredentialKind::Password, "Basic realm=\"x\""),
            (CredentialKind::Password, "Bearer realm=\"/token\""),
            (CredentialKind::IdentityToken, "Bearer realm=\"/token\""),
            (CredentialKind::RegistryToken, "Bearer realm=\"/token\""),
        ] {
            // It asks for a sign-in, and would take anything.
            let other = Host::start(Arc::new(|_, _| {
                reply(401, &[("www-authenticate", "Basic realm=\"give\"")], "")
            }))
            .await;
            let host = Host::start(ill(attack, &other.address, challenge)).await;
            let mut spec = spec(&host.address);
            spec.auth = AuthType::Auto;
            let registry = Registry::new(&spec, Some(credentials(kind))).unwrap();
            let failure = read(&registry, attack.asks).await;
            let what = format!("{} ({kind:?}, {challenge}): {failure}", attack.what);

            let received = other.received();
            assert_eq!(received.len(), attack.reaches, "{what}");
            let lower = received.join("\n").to_ascii_lowercase();
            let basic = "yw5uomtlchqtc2vjcmv0";
            for secret in [SECRET, TOKEN, basic, "authorization", "cookie", "referer"] {
                assert!(!lower.contains(secret), "{what}: {secret} in {lower}");
            }
            // Cookies are not even brought back.
            let own = host.received().join("\n").to_ascii_lowercase();
            assert!(!own.contains("cookie"), "{what}: {own}");
            for secret in [SECRET, TOKEN] {
                assert!(!format!("{failure:?}").contains(secret), "{what}");
            }
            // A registry token that is refused is told before the realm is looked at.
            let refused = kind == CredentialKind::RegistryToken && attack.answer.0 == 401;
            if !refused {
                assert_eq!(failure.class, attack.class, "{what}");
                assert!(failure.message.contains(attack.says), "{what}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_before_a_stray_link_is_kept_and_the_list_is_not_whole() {
    let attack = ATTACKS
        .iter()
        .find(|attack| attack.answer.1 == "link")
        .unwrap();
    let host = Host::start(ill(attack, "", "Basic realm=\"x\"")).await;
    let mut spec = spec(&host.address);
    spec.load_full_list = false;
    spec.repositories = RepositoryScope::new(vec!["a".to_owned()]).unwrap();
    let credentials = credentials(CredentialKind::Password);
    let (summary, images) = crawl(&spec, Some(credentials)).await;
    // No list of it was whole, and what was read is kept all the same.
    assert_ne!(summary.outcome, Outcome::Complete, "{summary:#?}");
    assert_eq!(images.len(), 1);
    let told = |failure: &Failure| failure.message.contains(attack.says);
    assert!(summary.failures.iter().all(told), "{:#?}", summary.failures);
}
