//! A real CNCF Distribution behind a token server: signed tokens, each for what it was
//! asked for.

use std::collections::HashSet;
use std::time::Duration;

use supercargo::model::{
    AuthType, Class, CredentialKind, Credentials, Digest, Outcome, RegistrySpec, RepositoryName,
    Secret, Stage, Summary,
};
use supercargo::registry::{Deletion, Grant, Referrers, Registry, Scope};
use supercargo::simulator::{Auth, Behaviour, Content, Shape, Simulator};

use crate::support::distribution::{Access, Distribution};
use crate::support::engine::{crawl, spec};
use crate::support::push::push;
use crate::support::token_server::{IDENTITY_TOKEN, Mood, PASSWORD, TokenServer, USERNAME};

/// A token server, a registry that takes its tokens, and what is in it.
struct Harbour {
    tokens: TokenServer,
    registry: Distribution,
    content: Content,
}

impl Harbour {
    async fn open(repositories: usize) -> Option<Self> {
        let tokens = TokenServer::start().await;
        let registry = Distribution::start_with_tokens(&tokens).await?;
        let shape = Shape {
            repositories,
            tags_per_repository: 2..=4,
            ..Shape::default()
        };
        let content = Content::generate(7, &shape);
        let scopes: Vec<String> = content
            .shelves()
            .iter()
            .map(|shelf| format!("repository:{}:pull,push", shelf.repository))
            .collect();
        let mut pusher = Credentials::new("", Secret::new(tokens.mint(&scopes)));
        pusher.kind = CredentialKind::RegistryToken;
        let outcome = push(&registry.address, Some(&pusher), &content).await;
        assert_eq!(outcome, Ok(()), "{}", registry.log());
        Some(Self {
            tokens,
            registry,
            content,
        })
    }

    fn spec(&self, auth: AuthType) -> RegistrySpec {
        let mut spec = spec(&self.registry.address);
        spec.auth = auth;
        spec
    }

    /// Crawls it, and holds a whole crawl to what is in the registry.
    async fn crawl(&self, auth: AuthType, credentials: Option<Credentials>) -> Summary {
        let (summary, images) = crawl(&self.spec(auth), credentials).await;
        if summary.outcome == Outcome::Complete {
            assert_whole(&self.content, &images);
        }
        summary
    }
}

/// Whether exactly what is in the registry was read.
fn assert_whole(content: &Content, images: &[(RepositoryName, Digest)]) {
    let found: HashSet<_> = images.iter().cloned().collect();
    let wanted: HashSet<_> = content
        .expected()
        .into_iter()
        .map(|image| (image.repository, image.digest))
        .collect();
    assert_eq!(found, wanted);
}

fn purser(password: &str) -> Credentials {
    Credentials::new(USERNAME, Secret::new(password))
}

fn identity() -> Credentials {
    Credentials {
        username: String::new(),
        password: Secret::new(IDENTITY_TOKEN),
        kind: CredentialKind::IdentityToken,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signed_tokens_open_a_real_registry_whole() {
    let Some(harbour) = Harbour::open(12).await else {
        return;
    };
    let mut before = 0;
    for auth in [AuthType::Auto, AuthType::Bearer] {
        let summary = harbour.crawl(auth, Some(purser(PASSWORD))).await;
        assert_eq!(summary.outcome, Outcome::Complete, "{summary:#?}");
        // The catalogue and each repository: one token, once.
        let attempts = harbour.tokens.attempts().split_off(before);
        before += attempts.len();
        let scopes: HashSet<_> = attempts.iter().map(|attempt| &attempt.scopes).collect();
        assert_eq!(scopes.len(), attempts.len(), "{attempts:#?}");
        assert!(attempts.len() <= 14, "{attempts:#?}");
        assert!(attempts.iter().all(|attempt| attempt.scopes.len() <= 1));
        assert!(attempts.iter().all(|attempt| attempt.signed));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_one_attempt_however_many_repositories() {
    let Some(harbour) = Harbour::open(12).await else {
        return;
    };
    for named in [false, true] {
        let before = harbour.tokens.attempts().len();
        let mut spec = harbour.spec(AuthType::Auto);
        if named {
            spec.load_full_list = false;
            let names = harbour.content.shelves().into_iter();
            let names = names.map(|shelf| shelf.repository).collect();
            spec.repositories = supercargo::model::RepositoryScope::new(names).unwrap();
        }
        let (summary, images) = crawl(&spec, Some(purser("wrong"))).await;
        assert_ne!(summary.outcome, Outcome::Complete);
        assert!(images.is_empty());
        assert!(
            summary
                .failures
                .iter()
                .all(|failure| failure.class == Class::Authentication),
            "{:#?}",
            summary.failures
        );
        let attempts = harbour.tokens.attempts().split_off(before);
        let statuses: Vec<_> = attempts.iter().map(|attempt| attempt.status).collect();
        assert_eq!(statuses, [401]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_one_line_in_a_registrys_own_log() {
    let Some(registry) = Distribution::start(Access::Htpasswd).await else {
        return;
    };
    let mut spec = spec(&registry.address);
    spec.load_full_list = false;
    let names = (0..20).map(|number| format!("team/r{number}")).collect();
    spec.repositories = supercargo::model::RepositoryScope::new(names).unwrap();
    for (auth, total) in [(AuthType::Auto, 1), (AuthType::Basic, 2)] {
        spec.auth = auth;
        let (summary, _) = crawl(&spec, Some(purser("wrong"))).await;
        assert_ne!(summary.outcome, Outcome::Complete);
        // Another answer behind the refusal shows that its log was written.
        let client = crate::support::client();
        let marker = format!("{}/v2/marker-{total}/tags/list", registry.address);
        client.get(marker).send().await.unwrap();
        let refused = |log: &str| log.matches("error authenticating user").count();
        let log = registry.log_with(&format!("marker-{total}")).await;
        assert_eq!(refused(&log), total, "{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_get_tokens_and_no_list() {
    let Some(harbour) = Harbour::open(2).await else {
        return;
    };
    let summary = harbour.crawl(AuthType::Auto, None).await;
    assert_ne!(summary.outcome, Outcome::Complete);
    let failure = &summary.failures[0];
    assert_eq!(failure.stage, Stage::Catalogue, "{failure}");
    assert_eq!(failure.class, Class::Authentication);
    assert!(failure.hint.as_ref().unwrap().contains("username"));
    let attempts = harbour.tokens.attempts();
    assert!(attempts.iter().all(|attempt| !attempt.signed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lifetimes_of_a_minute_and_less_do_for_a_crawl() {
    let Some(harbour) = Harbour::open(3).await else {
        return;
    };
    // The shorter is counted as a minute: the registry's leeway is as long.
    for seconds in [60, 5] {
        harbour.tokens.set_lifetime(Duration::from_secs(seconds));
        let summary = harbour.crawl(AuthType::Auto, Some(purser(PASSWORD))).await;
        assert_eq!(summary.outcome, Outcome::Complete, "{summary:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_token_opens_it_by_post() {
    let Some(harbour) = Harbour::open(6).await else {
        return;
    };
    // Whose turn is next is a race, which is run often.
    for round in 0..30 {
        if round > 0 {
            harbour.tokens.rotate();
        }
        let before = harbour.tokens.attempts().len();
        let summary = harbour.crawl(AuthType::Auto, Some(identity())).await;
        assert_eq!(summary.outcome, Outcome::Complete, "{summary:#?}");
        let attempts = harbour.tokens.attempts().split_off(before);
        assert!(attempts.iter().all(|attempt| attempt.method == "POST"));
        assert!(attempts.iter().all(|attempt| attempt.status == 200));
    }
    // The one we hold was used up by now.
    let before = harbour.tokens.attempts().len();
    let summary = harbour.crawl(AuthType::Auto, Some(identity())).await;
    assert_eq!(summary.failures[0].class, Class::Authentication);
    let attempts = harbour.tokens.attempts().split_off(before);
    assert_eq!(attempts.len(), 1);
    assert!(!format!("{:?}", summary.failures).contains(IDENTITY_TOKEN));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_server_in_trouble_is_told_and_not_beleaguered() {
    let Some(harbour) = Harbour::open(20).await else {
        return;
    };
    let mut spec = harbour.spec(AuthType::Auto);
    spec.load_full_list = false;
    let names = harbour.content.shelves().into_iter();
    let names = names.map(|shelf| shelf.repository).collect();
    spec.repositories = supercargo::model::RepositoryScope::new(names).unwrap();
    spec.limits.read_timeout = Duration::from_millis(500);
    spec.limits.max_connections = 4;
    // So long is a server waited for that goes away.
    spec.limits.pool_timeout = Duration::from_secs(5);
    for (mood, credentials, class, most) in [
        (Mood::Down, purser(PASSWORD), Class::Server, 5),
        // On the way: the tokens that were being fetched, and for a while one look at a
        // time, at most every two seconds but for the first few, whether it is back.
        (
            Mood::WellFor(3),
            purser(PASSWORD),
            Class::Server,
            3 + 16 + 5 + 8,
        ),
        (Mood::Silent, purser(PASSWORD), Class::Timeout, 5),
        (Mood::WithoutForm, identity(), Class::Authentication, 1),
    ] {
        harbour.tokens.set_mood(mood);
        let before = harbour.tokens.attempts().len();
        let (summary, _) = crawl(&spec, Some(credentials)).await;
        let wanted = match mood {
            Mood::WellFor(_) => Outcome::Partial,
            _ => Outcome::Failed,
        };
        assert_eq!(summary.outcome, wanted, "{mood:?}");
        let classes: HashSet<_> = summary.failures.iter().map(|f| f.class).collect();
        assert_eq!(classes, HashSet::from([class]), "{:#?}", summary.failures);
        assert!(summary.failures.iter().all(|f| f.stage == Stage::Token));
        let attempts = harbour.tokens.attempts().len() - before;
        assert!(attempts <= most, "{mood:?}: {attempts}");
    }
    harbour.tokens.set_mood(Mood::Well);
    let (summary, _) = crawl(&spec, Some(purser(PASSWORD))).await;
    assert_eq!(summary.outcome, Outcome::Complete);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_real_registry_reveals() {
    let Some(harbour) = Harbour::open(2).await else {
        return;
    };
    let spec = harbour.spec(AuthType::Auto);
    let registry = Registry::new(&spec, Some(purser(PASSWORD))).unwrap();
    let ping = registry.ping().await.unwrap();
    // The same clock, read on both sides of a second's edge at most.
    assert!(ping.clock_skew.unwrap().abs().as_secs() <= 2);
    assert_eq!(ping.quota, None);
    let image = &harbour.content.expected()[0];
    let repository = &image.repository;
    // It routes `DELETE`, and is set to refuse it: nothing but trying would tell.
    let deletion = registry.deletion(repository).await.unwrap();
    assert!(matches!(deletion, Deletion::Unknown(_)), "{deletion:?}");
    let referrers = registry.referrers(repository, &image.digest).await;
    assert!(
        matches!(referrers, Ok(Referrers::Unsupported { status: 404, .. })),
        "{referrers:?}"
    );
    registry.repositories().next().await.unwrap().unwrap();
    let granted = registry.granted(&Scope::Catalogue).await.unwrap();
    let Grant::Scopes(scopes) = granted.grant else {
        panic!("its tokens can be read");
    };
    assert_eq!(scopes[0].to_string(), "registry:catalog:*");
    assert_eq!(registry.identify().await, None);
    for attempt in harbour.tokens.attempts() {
        assert!(!attempt.scopes.iter().any(|scope| scope.contains("delete")));
    }
}

/// A simulated registry behind tokens, and what is in it.
async fn simulated(change: impl FnOnce(&mut Behaviour)) -> (Simulator, Content) {
    let shape = Shape {
        repositories: 6,
        tags_per_repository: 8..=8,
        ..Shape::default()
    };
    let content = Content::generate(5, &shape);
    let mut behaviour = Behaviour {
        auth: Auth::Token {
            credentials: Some(purser(PASSWORD)),
            anonymous_pull: false,
            lifetime: Duration::from_mins(5),
        },
        ..Behaviour::default()
    };
    change(&mut behaviour);
    let simulator = Simulator::start(content.clone(), behaviour).await.unwrap();
    (simulator, content)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simulated_registry_takes_an_identity_token() {
    let (simulator, content) = simulated(|behaviour| {
        behaviour.identity_token = Some(Secret::new(IDENTITY_TOKEN));
        behaviour.referrers = true;
        let quota = ("ratelimit-remaining", "87;w=21600".to_owned());
        behaviour.marks.headers.push(quota);
    })
    .await;
    let spec = spec(&simulator.address());
    let (summary, images) = crawl(&spec, Some(identity())).await;
    assert_eq!(summary.outcome, Outcome::Complete, "{summary:#?}");
    assert_whole(&content, &images);

    let registry = Registry::new(&spec, Some(identity())).unwrap();
    let ping = registry.ping().await.unwrap();
    assert!(ping.clock_skew.is_some());
    let (repository, digest) = &images[0];
    let referrers = registry.referrers(repository, digest).await;
    let none = Referrers::Supported {
        count: 0,
        more: false,
    };
    assert_eq!(referrers.unwrap(), none);
    let signature = format!(
        r#"{{"schemaVersion":2,"mediaType":"{0}","artifactType":"application/x","config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{1}","size":2}},"layers":[],"subject":{{"mediaType":"{0}","digest":"{1}","size":2}}}}"#,
        "application/vnd.oci.image.manifest.v1+json", digest
    );
    let kind = "application/vnd.oci.image.manifest.v1+json";
    content.put_manifest(repository.as_ref(), kind, signature.into());
    let referrers = registry.referrers(repository, digest).await;
    let one = Referrers::Supported {
        count: 1,
        more: false,
    };
    assert_eq!(referrers.unwrap(), one);
    let quota = registry.quota().unwrap();
    assert_eq!(quota.remaining, Some(87));
    let deletion = registry.deletion(repository).await.unwrap();
    assert!(matches!(deletion, Deletion::Unknown(_)), "{deletion:?}");
}
