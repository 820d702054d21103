//! What tests share: a plain HTTP client of their own, real programs, pushing.
//!
//! Nothing here uses the program's own client: it must not prove itself right.

pub(crate) mod bench;
pub(crate) mod daemon;
pub(crate) mod distribution;
pub(crate) mod engine;
pub(crate) mod labels;
pub(crate) mod program;
pub(crate) mod pty;
pub(crate) mod push;
pub(crate) mod random;
pub(crate) mod scene;
pub(crate) mod small;
pub(crate) mod stand;
pub(crate) mod stock;
pub(crate) mod tape;
pub(crate) mod token_server;
pub(crate) mod world;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// A client that does what it is told: no proxy, no redirects, no tokens.
pub(crate) fn client() -> reqwest::Client {
    // Fails where another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

/// The program of this name. Where it is missing, the test that needs it says so and is
/// skipped, except under `SUPERCARGO_REQUIRE_REAL=1`, where it fails.
pub(crate) fn real(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file());
    if found.is_none() {
        missing(program);
    }
    found
}

/// Says that a test is skipped for want of this, or fails where it must not be.
pub(crate) fn missing(what: &str) {
    let required = std::env::var_os("SUPERCARGO_REQUIRE_REAL").is_some_and(|on| on == "1");
    assert!(!required, "`{what}` is required and not installed");
    // Straight to standard error: what a passing test prints is not shown.
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(
        std::io::stderr(),
        "{test}: skipped: `{what}` is not installed"
    );
}
