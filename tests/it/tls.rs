//! A real registry behind a real TLS server: nginx with certificates of a private
//! authority, and with certificates asked of the client.

use std::path::PathBuf;

use supercargo::model::Timestamp;
use supercargo::simulator::{Content, Shape};
use supercargo::store::{self, Store};

use crate::support::daemon::{Daemon, nginx};
use crate::support::distribution::{Access, Distribution};
use crate::support::program::Program;
use crate::support::push::push;
use crate::support::stand::{Authority, Leaf};

struct Site {
    authority: Authority,
    content: Content,
    nginx: Daemon,
    _registry: Distribution,
    program: Program,
}

impl Site {
    /// A registry with content behind nginx; `more` goes into nginx's configuration.
    async fn start(more: &str) -> Option<Self> {
        let registry = Distribution::start(Access::Open).await?;
        let content = Content::generate(11, &Shape::default());
        push(&registry.address, None, &content).await.unwrap();
        let authority = Authority::new("Corp Root");
        let own = authority.issue(&Leaf::default());
        let nginx = nginx(&registry.address, &own, &authority.pem(), more).await?;
        Some(Self {
            authority,
            content,
            nginx,
            _registry: registry,
            program: Program::new(),
        })
    }

    fn url(&self) -> String {
        format!("https://{}", self.nginx.address)
    }

    fn file(&self, name: &str) -> String {
        self.nginx.folder.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.file(name), text).unwrap();
        self.file(name)
    }

    /// Adds the registry with these settings and crawls it whole.
    fn crawls(&self, name: &str, settings: &[&str]) {
        let url = self.url();
        let add = [&["registry", "add", name, &url][..], settings].concat();
        self.program.done(&add);
        let line = self.program.crawl(name);
        assert_eq!(line["outcome"], "complete", "{line:#}");
        let tags = self.content.tag_count() as u64;
        assert_eq!(line["tags"], tags, "{line:#}");
        assert_eq!(
            self.program.images(name).len(),
            self.content.expected().len()
        );
        // What it saw of the certificate on the way is kept.
        let kept = Store::open(&self.program.state(), store::Access::ReadOnly).unwrap();
        let opened = kept.registry(name).unwrap().opened.unwrap();
        assert!(
            opened.certificate_end.unwrap() > Timestamp::now(),
            "{opened:?}"
        );
        let list = ["registry", "list", "--format", "ndjson"];
        let listed = self.program.done(&list).stdout;
        let end = opened.certificate_end.unwrap();
        let told = format!("\"certificate_until\":\"{end}\"");
        assert!(listed.contains(&told), "{listed}");
    }

    /// What a check of these settings says, and its exit code.
    fn check(&self, settings: &[&str]) -> (i32, String) {
        let url = self.url();
        let ran = self.program.run(&[&["check", &url][..], settings].concat());
        (ran.code, ran.stdout)
    }

    /// Where this program's user keeps what container tools know of this host.
    fn certs_d(&self) -> PathBuf {
        let folder = self.program.home().join(".config/containers/certs.d");
        folder.join(&self.nginx.address)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_authority() {
    let Some(site) = Site::start("").await else {
        return;
    };
    let (code, text) = site.check(&[]);
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains("signed by `CN=Corp Root`, which this host does not trust"),
        "{text}"
    );
    // With the file of somebody else it is told what that file holds.
    let wrong = site.write("wrong.pem", &Authority::new("Another Root").pem());
    let (code, text) = site.check(&["--ca-file", &wrong]);
    assert_eq!(code, 1, "{text}");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let told =
        format!("the CA file `{wrong}` holds `CN=Another Root`, and none of it signed this chain");
    assert!(
        flat.contains(&told) && !flat.contains("as `ca-file`"),
        "{text}"
    );
    let ca = site.file("authority.pem");
    let (code, text) = site.check(&["--ca-file", &ca]);
    assert_eq!(code, 0, "{text}");
    for part in [
        "TLS 1.3",
        "HTTP/2",
        "`CN=registry.test` for 127.0.0.1, localhost",
        "signed by `CN=Corp Root`",
        "it ends in `CN=Corp Root`, from the CA file",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!site.program.state().exists(), "a check leaves nothing");
    // A host without any trust store starts all the same, and trusts what it is given.
    let bare = Program::new()
        .with("SSL_CERT_FILE", "/nonexistent/certificates.pem")
        .with("SSL_CERT_DIR", "/nonexistent/certificates");
    let ran = bare.run(&["check", &site.url(), "--ca-file", &ca]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    let ran = bare.run(&["check", &site.url()]);
    assert!(
        ran.stdout.contains("signed by `CN=Corp Root`, which"),
        "{ran:#?}"
    );
    site.crawls("by-file", &["--ca-file", &ca]);
    site.crawls("blind", &["--insecure-skip-tls-verify"]);
    site.crawls("old", &["--ca-file", &ca, "--http-version", "1.1"]);
    site.crawls("new", &["--ca-file", &ca, "--http-version", "2"]);
    // nginx saw what each was set to.
    let log = std::fs::read_to_string(site.file("access.log")).unwrap();
    assert!(
        log.contains("HTTP/1.1\"") && log.contains("HTTP/2.0\""),
        "{log}"
    );

    // The name of the URL is what is verified, wherever it is connected to.
    let port = site.nginx.address.rsplit(':').next().unwrap();
    let named = format!("https://hub.corp:{port}");
    let settings = ["--ca-file", &ca, "--resolve", "hub.corp=127.0.0.1"];
    let ran = site
        .program
        .run(&[&["check", &named][..], &settings].concat());
    assert!(
        ran.stdout.contains("not for `hub.corp`, but for"),
        "{ran:#?}"
    );
    let local = format!("https://localhost:{port}");
    let ran = site.program.run(&["check", &local, "--ca-file", &ca]);
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_container_tools_know() {
    let Some(site) = Site::start("").await else {
        return;
    };
    std::fs::create_dir_all(site.certs_d()).unwrap();
    std::fs::copy(site.file("authority.pem"), site.certs_d().join("ca.crt")).unwrap();
    let (code, text) = site.check(&[]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("certs.d/") && text.contains("ca.crt"),
        "{text}"
    );
    site.crawls("hub", &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_certificate() {
    let more = "ssl_client_certificate AUTHORITY; ssl_verify_client on;";
    let Some(site) = Site::start(more).await else {
        return;
    };
    let ca = site.file("authority.pem");
    let (code, text) = site.check(&["--ca-file", &ca]);
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains("asks for a client certificate, and none is set")
            && text.contains("FAIL tls")
            && text.contains("set `client-cert` and `client-key` to what its authority issued"),
        "{text}"
    );
    let (certificate, key) = site.authority.issue(&Leaf::default());
    let certificate = site.write("client.pem", &certificate);
    let key = site.write("client.key", &key);
    let settings = [
        "--ca-file",
        &ca,
        "--client-cert",
        &certificate,
        "--client-key",
        &key,
    ];
    let (code, text) = site.check(&settings);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("and is shown `"), "{text}");
    site.crawls("hub", &settings);

    // Somebody else's certificate is refused, and that is said.
    let (certificate, key) = Authority::new("Elsewhere").issue(&Leaf::default());
    let certificate = site.write("other.pem", &certificate);
    let key = site.write("other.key", &key);
    let (code, text) = site.check(&[
        "--ca-file",
        &ca,
        "--client-cert",
        &certificate,
        "--client-key",
        &key,
    ]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("FAIL tls"), "{text}");

    // The same from where container tools keep it.
    std::fs::create_dir_all(site.certs_d()).unwrap();
    for (from, to) in [
        ("authority.pem", "ca.crt"),
        ("client.pem", "client.cert"),
        ("client.key", "client.key"),
    ] {
        std::fs::copy(site.file(from), site.certs_d().join(to)).unwrap();
    }
    site.crawls("kept", &[]);
}
