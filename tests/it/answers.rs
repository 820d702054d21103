//! What the questions answer, of real registries that change between crawls: exactly what
//! these hold, by their own words over HTTP, and by what was done to them.

mod changes;
mod decisions;
mod depot;
mod drift;
mod search;
mod usage;

use crate::support::program::Program;
use depot::Depot;

/// Fills a registry: images that share layers and configurations, an index of two platforms
/// with an attestation, a chart, and repositories that will be emptied and removed.
async fn lay_in(depot: &Depot) {
    let amd64 = "linux/amd64";
    let base = depot.image("base/alpine", amd64, "base", &["root"]).await;
    depot.tag("base/alpine", "3.20", &base).await;

    let app = "team/app";
    let first = depot.image(app, amd64, "app", &["root", "app one"]).await;
    let second = depot.image(app, amd64, "app", &["root", "app two"]).await;
    let arm = depot
        .image(app, "linux/arm64", "arm", &["arm root", "app one"])
        .await;
    let index = [(amd64, first.as_str()), ("linux/arm64", arm.as_str())];
    let index = depot.index(app, &index).await;
    for (tag, digest) in [
        ("1.0", &first),
        ("1.1", &second),
        ("latest", &second),
        ("multi", &index),
        ("multi-arm", &arm),
    ] {
        depot.tag(app, tag, digest).await;
    }

    let web = "team/web";
    let copy = depot.image(web, amd64, "app", &["root", "app one"]).await;
    assert_eq!(copy, first);
    let own = depot.image(web, amd64, "web", &["root", "page"]).await;
    depot.tag(web, "1.0", &copy).await;
    depot.tag(web, "2.0", &own).await;

    let chart = depot.chart("charts/app", "0.1.0").await;
    depot.tag("charts/app", "0.1.0", &chart).await;

    for repository in ["old/emptied", "old/removed"] {
        for tag in ["one", "two"] {
            let image = depot.image(repository, amd64, tag, &["root", tag]).await;
            depot.tag(repository, tag, &image).await;
        }
    }
}

/// A program that knows these registries, by these names, not crawled yet.
fn program(registries: &[(&str, &Depot)]) -> Program {
    let program = Program::new();
    for (name, depot) in registries {
        program.done(&["registry", "add", name, depot.address()]);
    }
    program
}

/// Crawls a registry, which must be complete.
fn crawl(program: &Program, name: &str) {
    let line = program.crawl(name);
    assert_eq!(line["outcome"], "complete", "{line:#}");
}
