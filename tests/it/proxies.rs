//! A real registry behind real proxies: tinyproxy with a password, microsocks with one and
//! without.

use supercargo::simulator::{Content, Shape};

use crate::support::daemon::{Daemon, microsocks, nginx, tinyproxy};
use crate::support::distribution::{Access, Distribution};
use crate::support::program::{Program, files_below};
use crate::support::push::push;
use crate::support::stand::{Authority, Leaf};

/// A registry with content, plain and behind TLS.
struct Site {
    content: Content,
    plain: Distribution,
    nginx: Daemon,
}

impl Site {
    async fn start() -> Option<Self> {
        let plain = Distribution::start(Access::Open).await?;
        let content = Content::generate(12, &Shape::default());
        push(&plain.address, None, &content).await.unwrap();
        let authority = Authority::new("Corp Root");
        let own = authority.issue(&Leaf::default());
        let nginx = nginx(&plain.address, &own, &authority.pem(), "").await?;
        Some(Self {
            content,
            plain,
            nginx,
        })
    }

    /// Crawls both ways to the registry with `settings`; both must be whole.
    fn crawls(&self, program: &Program, settings: &[&str]) {
        let secure = format!("https://{}", self.nginx.address);
        let ca = self.nginx.folder.path().join("authority.pem");
        let ca = ca.display().to_string();
        for (name, url) in [("plain", &self.plain.address), ("secure", &secure)] {
            let flags = ["registry", "add", name, url, "--ca-file", &ca];
            program.done(&[&flags[..], settings].concat());
            let line = program.crawl(name);
            assert_eq!(line["outcome"], "complete", "{line:#}");
            assert_eq!(program.images(name).len(), self.content.expected().len());
        }
    }

    fn check(&self, program: &Program, settings: &[&str]) -> String {
        let secure = format!("https://{}", self.nginx.address);
        let ca = self.nginx.folder.path().join("authority.pem");
        let ca = ca.display().to_string();
        let ran = program.run(&[&["check", &secure, "--ca-file", &ca][..], settings].concat());
        ran.stdout + &ran.stderr
    }
}

fn log(proxy: &Daemon) -> String {
    std::fs::read_to_string(proxy.folder.path().join("proxy.log")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_of_the_environment_that_asks_for_a_password() {
    let Some(site) = Site::start().await else {
        return;
    };
    let Some(proxy) = tinyproxy("purser", "hunter2").await else {
        return;
    };
    let at = |user: &str| format!("http://{user}{}", proxy.address);
    let with = |user: &str| {
        let url = at(user);
        Program::new()
            .with("HTTPS_PROXY", &url)
            .with("http_proxy", &url)
    };
    let program = with("purser:hunter2@");
    site.crawls(&program, &[]);
    let seen = log(&proxy);
    assert!(seen.contains("CONNECT") && seen.contains("/v2/"), "{seen}");
    let text = site.check(&program, &["--verbose"]);
    assert!(text.contains("opens a way to the registry"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    for file in files_below(&program.state()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(7).any(|part| part == b"hunter2"), "{file:?}");
    }

    for (user, says) in [
        ("", "asks for a user name and password"),
        (
            "purser:wrong-password@",
            "refuses its user name or password",
        ),
    ] {
        let program = with(user);
        let text = site.check(&program, &[]);
        assert!(text.contains("FAIL proxy") && text.contains(says), "{text}");
        assert!(!text.contains("wrong-password"), "{text}");
        let url = format!("https://{}", site.nginx.address);
        program.done(&["registry", "add", "hub", &url, "--insecure-skip-tls-verify"]);
        let line = program.crawl("hub");
        let said = line["failures"][0]["message"].as_str().unwrap();
        // The library beneath knows no more than that there was no way.
        let told = said.contains(says) || said.contains("opens no way to the registry");
        assert!(told && !said.contains("wrong-password"), "{said}");
    }

    // What is exempt goes past it, and so does who is told to.
    let before = log(&proxy).len();
    let port = site.nginx.address.rsplit(':').next().unwrap();
    let exempt = format!("other.corp, 127.0.0.0/8, localhost:{port}");
    site.crawls(&with("").with("NO_PROXY", &exempt), &[]);
    site.crawls(&with(""), &["--proxy", "off"]);
    assert_eq!(log(&proxy).len(), before);

    // Its own setting wins over the environment. A password is not kept in settings.
    let elsewhere = Program::new().with("HTTPS_PROXY", "http://127.0.0.1:9");
    let text = site.check(&elsewhere, &["--proxy", &at("")]);
    assert!(text.contains("asks for a user name and password"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socks_proxy_with_a_password_and_without() {
    let Some(site) = Site::start().await else {
        return;
    };
    let Some(open) = microsocks(None).await else {
        return;
    };
    for scheme in ["socks5", "socks5h"] {
        let url = format!("{scheme}://{}", open.address);
        let program = Program::new();
        site.crawls(&program, &["--proxy", &url]);
        let text = site.check(&program, &["--proxy", &url]);
        assert!(text.contains("opens a way to the registry"), "{text}");
    }
    let closed = microsocks(Some(("purser", "hunter2"))).await.unwrap();
    let with = |user: &str| {
        let url = format!("socks5h://{user}{}", closed.address);
        Program::new().with("ALL_PROXY", &url)
    };
    site.crawls(&with("purser:hunter2@"), &[]);
    let text = site.check(&with("purser:wrong-password@"), &[]);
    assert!(
        text.contains("FAIL proxy") && !text.contains("wrong-password"),
        "{text}"
    );
}
