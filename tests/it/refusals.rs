//! A real proxy that refuses and breaks now and then, before a real registry: what a crawl
//! finds is the whole of what is there.

use supercargo::simulator::{Content, Shape};

use crate::crawl::assert_same;
use crate::support::daemon::haproxy;
use crate::support::distribution::{Access, Distribution};
use crate::support::program::Program;
use crate::support::push::push;

/// Seven of a hundred requests fare badly. Counted and not by chance: a request that is
/// sent again meets another number.
const RULES: &str = "\
    http-request return status 429 hdr Retry-After 1 if { sc0_http_req_cnt,mod(100) -m int 5 61 }\n\
    http-request return status 503 hdr Retry-After 1 if { sc0_http_req_cnt,mod(100) -m int 19 }\n\
    http-request return status 503 if { sc0_http_req_cnt,mod(100) -m int 33 }\n\
    http-request return status 502 if { sc0_http_req_cnt,mod(100) -m int 47 }\n\
    http-request reject if { sc0_http_req_cnt,mod(100) -m int 75 89 }\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crawl_through_refusals_and_resets_is_complete() {
    let Some(registry) = Distribution::start(Access::Open).await else {
        return;
    };
    let shape = Shape {
        repositories: 30,
        tags_per_repository: 20..=20,
        ..Shape::default()
    };
    let content = Content::generate(8, &shape);
    let pushed = push(&registry.address, None, &content).await;
    assert_eq!(pushed, Ok(()), "{}", registry.log());
    let Some(proxy) = haproxy(&registry.address, RULES).await else {
        return;
    };
    let program = Program::new();
    program.done(&[
        "registry",
        "add",
        "hub",
        &format!("http://{}", proxy.address),
    ]);
    for again in [false, true] {
        let line = program.crawl("hub");
        assert_eq!(line["outcome"], "complete", "{line:#}");
        assert_same(&content, program.images("hub"));
        let (requests, retries) = (&line["requests"], &line["retries"]);
        assert!(retries.as_u64().unwrap() >= 40, "{retries} of {requests}");
        assert_eq!(line["gone"], 0, "{again}");
    }
}
