//! The simulator over real HTTP: what it says, and how each fault looks on the wire.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use supercargo::model::{Credentials, Digest, Secret};
use supercargo::simulator::{
    Auth, Authorization, Behaviour, Cap, Content, Fault, ImageSpec, IndexSpec, LinkStyle, On,
    Paging, RouteKind, Shape, Simulator, TagPaging, What, When,
};

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

struct Site {
    simulator: Simulator,
    client: reqwest::Client,
    headers: HeaderMap,
}

impl Site {
    async fn start(content: Content, behaviour: Behaviour) -> Self {
        Self {
            simulator: Simulator::start(content, behaviour).await.unwrap(),
            client: crate::support::client(),
            headers: HeaderMap::new(),
        }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).unwrap();
        self.headers.insert(name, value);
        self
    }

    async fn ask(&self, method: Method, path: &str) -> Result<Response, reqwest::Error> {
        let url = format!("{}{path}", self.simulator.address());
        let request = self.client.request(method, url);
        request.headers(self.headers.clone()).send().await
    }

    async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        read(self.get(path).await).await
    }
}

async fn read(answer: Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// `a/one` with the tags `1` to `5` on one image, `b/none` with nothing.
fn small() -> (Content, Digest) {
    let content = Content::empty();
    let digest = content.put_image("a/one", &ImageSpec::new("linux/amd64", 1));
    for tag in ["1", "2", "3", "4", "5"] {
        content.tag("a/one", tag, &digest);
    }
    content.put_repository("b/none");
    (content, digest)
}

#[tokio::test]
async fn it_speaks_like_distribution() {
    let (content, digest) = small();
    let site = Site::start(content, Behaviour::default())
        .await
        .with("accept", OCI_MANIFEST);

    let ping = site.get("/v2/").await;
    assert_eq!(ping.status(), 200);
    assert_eq!(
        header(&ping, "docker-distribution-api-version"),
        "registry/2.0"
    );
    assert_eq!(ping.text().await.unwrap(), "{}");
    let bare = site.get("/v2").await;
    assert_eq!(
        (bare.status().as_u16(), header(&bare, "location")),
        (301, "/v2/")
    );

    let catalogue = site.json("/v2/_catalog").await;
    assert_eq!(catalogue, json!({"repositories": ["a/one", "b/none"]}));
    let none = site.json("/v2/b/none/tags/list").await;
    assert_eq!(none, json!({"name": "b/none", "tags": null}));
    let unknown = site.get("/v2/c/tags/list").await;
    assert_eq!(unknown.status(), 404);
    assert_eq!(read(unknown).await["errors"][0]["code"], "NAME_UNKNOWN");

    let manifest = site.get("/v2/a/one/manifests/1").await;
    assert_eq!(header(&manifest, "content-type"), OCI_MANIFEST);
    assert_eq!(
        header(&manifest, "docker-content-digest"),
        digest.to_string()
    );
    assert_eq!(header(&manifest, "etag"), format!("\"{digest}\""));
    let length = header(&manifest, "content-length").to_owned();
    let body = manifest.bytes().await.unwrap();
    assert_eq!(Digest::sha256(&body), digest);
    let path = format!("/v2/a/one/manifests/{digest}");
    let by_digest = site.get(&path).await.bytes().await.unwrap();
    assert_eq!(by_digest, body);
    let head = site.ask(Method::HEAD, &path).await.unwrap();
    assert_eq!(header(&head, "docker-content-digest"), digest.to_string());
    assert_eq!(header(&head, "content-length"), length);

    let document: Value = serde_json::from_slice(&body).unwrap();
    let config = document["config"]["digest"].as_str().unwrap();
    let blob = site.json(&format!("/v2/a/one/blobs/{config}")).await;
    assert_eq!(blob["architecture"], "amd64");
    let elsewhere = site.get(&format!("/v2/b/none/blobs/{config}")).await;
    assert_eq!(read(elsewhere).await["errors"][0]["code"], "BLOB_UNKNOWN");

    let gone = site.get("/v2/a/one/manifests/9").await;
    assert_eq!(gone.status(), 404);
    assert_eq!(read(gone).await["errors"][0]["code"], "MANIFEST_UNKNOWN");
    let delete = site.ask(Method::DELETE, &path).await.unwrap();
    assert_eq!(delete.status(), 405);
    let referrers = site.get(&format!("/v2/a/one/referrers/{digest}")).await;
    assert_eq!(referrers.status(), 404);
    assert_eq!(referrers.text().await.unwrap(), "404 page not found\n");
    site.simulator.stop().await;
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    let (content, digest) = small();
    let site = Site::start(content, Behaviour::default())
        .await
        .with("accept", OCI_MANIFEST)
        .with("if-none-match", &format!("\"{digest}\""));
    let same = site.get("/v2/a/one/manifests/1").await;
    assert_eq!(same.status(), 304);
    assert_eq!(same.bytes().await.unwrap().len(), 0);
    let moved = site
        .simulator
        .content()
        .put_image("a/one", &ImageSpec::new("linux/amd64", 2));
    site.simulator.content().tag("a/one", "1", &moved);
    assert_eq!(site.get("/v2/a/one/manifests/1").await.status(), 200);

    let plain = Behaviour {
        etag: false,
        head_digest: false,
        ..Behaviour::default()
    };
    let site = Site::start(small().0, plain)
        .await
        .with("accept", OCI_MANIFEST)
        .with("if-none-match", &format!("\"{digest}\""));
    let again = site.get("/v2/a/one/manifests/1").await;
    assert_eq!((again.status().as_u16(), header(&again, "etag")), (200, ""));
    let head = site.ask(Method::HEAD, "/v2/a/one/manifests/1").await;
    assert_eq!(header(&head.unwrap(), "docker-content-digest"), "");
}

#[tokio::test]
async fn what_is_not_accepted_is_hidden_or_replaced() {
    let content = Content::empty();
    let images = ["linux/arm64/v8", "linux/amd64"].map(|p| ImageSpec::new(p, 1));
    for (name, docker) in [("oci", false), ("docker", true)] {
        let spec = IndexSpec {
            images: images.to_vec(),
            attestations: true,
            docker,
        };
        content.tag(name, "1", &content.put_index(name, &spec));
    }
    let site = Site::start(content, Behaviour::default()).await.with(
        "accept",
        &format!("{OCI_MANIFEST};q=0.9, {DOCKER_MANIFEST}, */*"),
    );
    let hidden = site.get("/v2/oci/manifests/1").await;
    assert_eq!(hidden.status(), 404);
    let said = read(hidden).await["errors"][0]["message"].to_string();
    assert!(said.contains("does not support OCI indexes"), "{said}");

    let replaced = site.get("/v2/docker/manifests/1").await;
    assert_eq!(header(&replaced, "content-type"), DOCKER_MANIFEST);
    let child = header(&replaced, "docker-content-digest").to_owned();
    let whole = site.with("accept", DOCKER_LIST);
    let list = whole.json("/v2/docker/manifests/1").await;
    assert_eq!(list["manifests"][1]["digest"], child.as_str());
    assert_eq!(list["manifests"][1]["platform"]["architecture"], "amd64");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let content = Content::empty();
    for name in ["a", "a/b", "a-c", "d"] {
        content.put_repository(name);
    }
    let mut behaviour = Behaviour::default();
    let whole = Site::start(content.clone(), behaviour.clone()).await;
    let last = whole.get("/v2/_catalog?last=a%2Fb&n=2").await;
    assert_eq!(header(&last, "link"), "");
    behaviour.paging.link_after_full_page = true;
    let site = Site::start(content, behaviour).await;
    let first = site.get("/v2/_catalog?n=2").await;
    assert_eq!(
        header(&first, "link"),
        "</v2/_catalog?last=a%2Fb&n=2>; rel=\"next\""
    );
    assert_eq!(read(first).await["repositories"], json!(["a", "a/b"]));
    let second = site.get("/v2/_catalog?last=a%2Fb&n=2").await;
    assert!(!header(&second, "link").is_empty());
    assert_eq!(read(second).await["repositories"], json!(["a-c", "d"]));
    let third = site.get("/v2/_catalog?last=d&n=2").await;
    assert_eq!(header(&third, "link"), "");
    assert_eq!(read(third).await["repositories"], json!([]));
    let refused = site.get("/v2/_catalog?n=1001").await;
    assert_eq!(refused.status(), 400);
    let error = read(refused).await["errors"][0].clone();
    assert_eq!(error["code"], "PAGINATION_NUMBER_INVALID");
    assert_eq!(error["detail"], json!({"n": 1001}));
    let odd = site.json("/v2/_catalog?n=-5").await;
    assert_eq!(odd["repositories"].as_array().unwrap().len(), 4);
    let nothing = site.json("/v2/_catalog?n=0").await;
    assert_eq!(nothing["repositories"], json!([]));
}

#[tokio::test]
async fn tags_have_pages_where_the_product_has_them() {
    let cases = [
        (TagPaging::Never, "?n=2", 5, false),
        (TagPaging::Asked, "?n=2", 2, true),
        (TagPaging::Asked, "", 5, false),
        (TagPaging::Always, "", 3, true),
        (TagPaging::Always, "?n=100", 3, true),
    ];
    for (tags, query, count, linked) in cases {
        let paging = Paging {
            default: 3,
            cap: Cap::Clamp(3),
            link: LinkStyle::Absolute,
            tags,
            ..Paging::default()
        };
        let behaviour = Behaviour {
            paging,
            ..Behaviour::default()
        };
        let site = Site::start(small().0, behaviour).await;
        let page = site.get(&format!("/v2/a/one/tags/list{query}")).await;
        let link = header(&page, "link").to_owned();
        let start = format!("<{}/v2/a/one/tags/list?last=", site.simulator.address());
        let case = format!("{tags:?} {query}: {link}");
        assert_eq!(link.starts_with(&start), linked, "{case}");
        let listed = read(page).await["tags"].as_array().unwrap().len();
        assert_eq!(listed, count, "{case}");
    }
}

#[tokio::test]
async fn basic_credentials_open_everything() {
    let behaviour = Behaviour {
        auth: Auth::Basic(ann()),
        ..Behaviour::default()
    };
    let site = Site::start(small().0, behaviour).await;
    let refused = site.get("/v2/_catalog").await;
    assert_eq!(refused.status(), 401);
    assert_eq!(
        header(&refused, "www-authenticate"),
        "Basic realm=\"Registry Realm\""
    );
    let signed = site.with("authorization", "Basic YW5uOnB3");
    assert_eq!(signed.get("/v2/_catalog").await.status(), 200);
    let kinds: Vec<_> = signed
        .simulator
        .requests()
        .into_iter()
        .map(|request| (request.authorization, request.status))
        .collect();
    assert_eq!(
        kinds,
        [
            (Authorization::None, Some(401)),
            (Authorization::Basic, Some(200))
        ]
    );
    let told = format!("{:?}", signed.simulator.requests());
    assert!(!told.contains("YW5uOnB3"), "{told}");
}

fn ann() -> Credentials {
    Credentials::new("ann".to_owned(), Secret::new("pw"))
}

async fn token_site(lifetime: Duration) -> Site {
    let behaviour = Behaviour {
        auth: Auth::Token {
            credentials: Some(ann()),
            anonymous_pull: false,
            lifetime,
        },
        ..Behaviour::default()
    };
    Site::start(small().0, behaviour).await
}

/// With a token for `a/one`.
async fn sign(site: Site) -> Site {
    let path = "/auth/token?service=registry.example&scope=repository:a/one:pull";
    let url = format!("{}{path}", site.simulator.address());
    let issued = site.client.get(url).basic_auth("ann", Some("pw"));
    let token = read(issued.send().await.unwrap()).await["token"].clone();
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    site.with("authorization", &bearer)
}

#[tokio::test]
async fn tokens_are_fetched_from_the_realm_and_end() {
    let site = token_site(Duration::from_mins(5)).await;
    let address = site.simulator.address();
    let realm = format!("Bearer realm=\"{address}/auth/token\",service=\"registry.example\"");
    assert_eq!(header(&site.get("/v2/").await, "www-authenticate"), realm);
    let challenged = site.get("/v2/a/one/tags/list").await;
    assert_eq!(challenged.status(), 401);
    assert_eq!(
        header(&challenged, "www-authenticate"),
        format!("{realm},scope=\"repository:a/one:pull\"")
    );
    let detail = read(challenged).await["errors"][0]["detail"].clone();
    assert_eq!(detail[0]["Name"], "a/one");

    let signed = sign(site).await;
    assert_eq!(signed.get("/v2/a/one/tags/list").await.status(), 200);
    let other = signed.get("/v2/_catalog").await;
    let challenge = header(&other, "www-authenticate");
    assert!(
        challenge.ends_with(",scope=\"registry:catalog:*\",error=\"insufficient_scope\""),
        "{challenge}"
    );

    // Its life ends at once, and that is seen from outside by asking until it is so.
    let signed = sign(token_site(Duration::ZERO).await).await;
    let ended = loop {
        let answer = signed.get("/v2/a/one/tags/list").await;
        if answer.status() == StatusCode::UNAUTHORIZED {
            break answer;
        }
    };
    let challenge = header(&ended, "www-authenticate");
    assert!(
        challenge.ends_with("error=\"invalid_token\""),
        "{challenge}"
    );
}

#[tokio::test]
async fn the_same_seed_serves_the_same_bytes() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let content = Content::generate(5, &Shape::default());
        let expected = content.expected();
        let site = Site::start(content, Behaviour::default())
            .await
            .with("accept", &format!("{OCI_MANIFEST}, {DOCKER_MANIFEST}"));
        let mut bodies = vec![site.get("/v2/_catalog").await.bytes().await.unwrap()];
        for image in expected.iter().take(20) {
            let tag = &image.tags[0];
            let path = format!("/v2/{}/manifests/{tag}", image.repository);
            bodies.push(site.get(&path).await.bytes().await.unwrap());
        }
        seen.push((expected, bodies));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn it_says_how_much_was_asked_at_once() {
    let behaviour = Behaviour {
        latency: Duration::from_millis(100),
        jitter: Duration::from_millis(10),
        ..Behaviour::default()
    };
    let site = Site::start(small().0, behaviour).await;
    let begun = Instant::now();
    let (one, two) = tokio::join!(site.get("/v2/"), site.get("/v2/_catalog"));
    assert!(begun.elapsed() >= Duration::from_millis(100));
    assert_eq!(
        (one.status(), two.status()),
        (StatusCode::OK, StatusCode::OK)
    );
    let load = site.simulator.load();
    assert_eq!(
        (load.requests, load.most_in_flight, load.most_open),
        (2, 2, 2)
    );
}

#[tokio::test]
async fn http2_is_spoken_to_who_begins_with_it() {
    let site = Site::start(small().0, Behaviour::default()).await;
    // The shared client has seen to the TLS provider that every client asks for.
    let client = reqwest::Client::builder().no_proxy();
    let client = client.http2_prior_knowledge().build().unwrap();
    let url = format!("{}/v2/_catalog", site.simulator.address());
    let answers = futures_util::future::join_all((0..8).map(|_| client.get(&url).send())).await;
    for answer in answers {
        let answer = answer.unwrap();
        assert_eq!(answer.version(), reqwest::Version::HTTP_2);
        assert_eq!(read(answer).await["repositories"][0], "a/one");
    }
    assert_eq!(site.simulator.load().connections, 1);
}

#[tokio::test]
async fn a_stopped_simulator_answers_no_more() {
    let site = Site::start(small().0, Behaviour::default()).await;
    assert_eq!(site.get("/v2/").await.status(), 200);
    let url = format!("{}/v2/", site.simulator.address());
    site.simulator.stop().await;
    assert!(site.client.get(url).send().await.is_err());
}

/// What a client sees of a fault on the list of tags.
async fn seen(what: What) -> (Site, Result<Response, reqwest::Error>) {
    let fault = Fault::on_route(RouteKind::Tags, what);
    let behaviour = Behaviour {
        faults: vec![fault],
        ..Behaviour::default()
    };
    let site = Site::start(small().0, behaviour).await;
    let answer = site.ask(Method::GET, "/v2/a/one/tags/list").await;
    (site, answer)
}

#[tokio::test]
async fn faults_that_answer_otherwise() {
    let status = |code, retry_after| What::Status { code, retry_after };
    let (_site, answer) = seen(status(429, Some(7))).await;
    let answer = answer.unwrap();
    assert_eq!(
        (answer.status().as_u16(), header(&answer, "retry-after")),
        (429, "7")
    );
    assert_eq!(read(answer).await["errors"][0]["code"], "TOOMANYREQUESTS");
    let (_site, answer) = seen(status(503, None)).await;
    assert_eq!(answer.unwrap().status(), 503);

    let (_site, answer) = seen(What::Html).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(header(&answer, "content-type").starts_with("text/html"));

    let (_site, answer) = seen(What::NotJson).await;
    let answer = answer.unwrap();
    assert!(header(&answer, "content-type").starts_with("application/json"));
    let body = answer.bytes().await.unwrap();
    assert!(serde_json::from_slice::<Value>(&body).is_err());

    let (_site, answer) = seen(What::RedirectTo("http://169.254.169.254/".into())).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(header(&answer, "location"), "http://169.254.169.254/");
}

#[tokio::test]
async fn faults_that_spoil_an_answer() {
    let (_site, answer) = seen(What::NullTags).await;
    let wanted = json!({"name": "a/one", "tags": null});
    assert_eq!(read(answer.unwrap()).await, wanted);

    let (_site, answer) = seen(What::Link("</v2/x>; rel=\"next\"".into())).await;
    assert_eq!(header(&answer.unwrap(), "link"), "</v2/x>; rel=\"next\"");

    let (_site, answer) = seen(What::Pad(100_000)).await;
    let body = answer.unwrap().bytes().await.unwrap();
    assert_eq!(body.len(), 100_000);
    assert!(serde_json::from_slice::<Value>(&body).is_ok());

    let (content, digest) = small();
    let behaviour = Behaviour {
        faults: vec![Fault::on_route(RouteKind::Manifest, What::WrongDigest)],
        ..Behaviour::default()
    };
    let site = Site::start(content, behaviour)
        .await
        .with("accept", OCI_MANIFEST);
    let answer = site.get("/v2/a/one/manifests/1").await;
    assert_eq!(header(&answer, "docker-content-digest"), digest.to_string());
    assert_ne!(Digest::sha256(&answer.bytes().await.unwrap()), digest);
}

#[tokio::test]
async fn faults_that_break_off() {
    let (site, answer) = seen(What::Reset).await;
    let error = answer.unwrap_err();
    assert!(!error.is_timeout() && !error.is_status(), "{error:?}");
    assert_eq!(site.simulator.requests()[0].status, None);

    let (_site, answer) = seen(What::Truncate(5)).await;
    let mut answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.content_length().unwrap() > 5);
    let first = answer.chunk().await.unwrap().unwrap();
    assert_eq!(&first[..], b"{\"nam");
    assert!(answer.chunk().await.is_err());
}

#[tokio::test]
async fn faults_that_keep_one_waiting() {
    let wait = Duration::from_millis(200);
    let behaviour = |what| Behaviour {
        faults: vec![Fault::on_route(RouteKind::Tags, what)],
        ..Behaviour::default()
    };
    let path = "/v2/a/one/tags/list";
    let site = Site::start(small().0, behaviour(What::Hang)).await;
    let hung = tokio::time::timeout(wait, site.get(path)).await;
    assert!(hung.is_err());
    assert_eq!(site.simulator.requests()[0].status, None);
    site.simulator.stop().await;

    let site = Site::start(small().0, behaviour(What::Stall(5))).await;
    let mut stalled = site.get(path).await;
    assert_eq!(stalled.chunk().await.unwrap().unwrap().len(), 5);
    assert!(tokio::time::timeout(wait, stalled.chunk()).await.is_err());

    let site = Site::start(small().0, behaviour(What::Slow(wait))).await;
    let begun = Instant::now();
    assert_eq!(site.get(path).await.status(), 200);
    assert!(begun.elapsed() >= wait);
}

#[tokio::test]
async fn a_fault_stays_where_it_belongs() {
    let denied = What::Status {
        code: 403,
        retry_after: None,
    };
    let head_only = Fault {
        on: On {
            method: Some(Method::HEAD),
            reference: Some("1".to_owned()),
            ..On::default()
        },
        when: When::First(1),
        what: What::Status {
            code: 405,
            retry_after: None,
        },
    };
    let behaviour = Behaviour {
        faults: vec![
            Fault::in_repository("b/none", RouteKind::Tags, denied),
            head_only,
        ],
        ..Behaviour::default()
    };
    let site = Site::start(small().0, behaviour)
        .await
        .with("accept", OCI_MANIFEST);
    assert_eq!(site.get("/v2/b/none/tags/list").await.status(), 403);
    assert_eq!(site.get("/v2/a/one/tags/list").await.status(), 200);
    let path = "/v2/a/one/manifests/1";
    assert_eq!(site.get(path).await.status(), 200);
    let head = async || site.ask(Method::HEAD, path).await.unwrap().status();
    assert_eq!(head().await, 405);
    assert_eq!(head().await, 200);
}
