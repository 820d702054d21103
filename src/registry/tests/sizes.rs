//! What servers do with a page size above what they take, and with lists that are longer
//! than a page: each kind of server, what it was asked, and that the list is whole.

use super::*;
use crate::http::Request;

/// Entries of the whole list.
const WHOLE: usize = 230;

fn entries(from: usize, count: usize) -> String {
    let names: Vec<String> = (from..WHOLE.min(from + count))
        .map(|number| format!("\"r{number:04}\""))
        .collect();
    format!(r#"{{"repositories":[{}]}}"#, names.join(","))
}

/// What the request asks for: `n`, and the entry that it goes on from.
fn asked(request: &Request) -> (Option<usize>, usize) {
    let value = |key: &str| {
        let mut pairs = request.url.query_pairs();
        pairs.find(|(name, _)| name == key).map(|(_, value)| value)
    };
    let from = value("last").map_or(0, |last| {
        last.trim_start_matches('r').parse::<usize>().unwrap() + 1
    });
    (value("n").map(|n| n.parse().unwrap()), from)
}

/// A page with a link to the next, where there is one.
fn linked(from: usize, count: usize) -> Reply {
    let page = Reply::json(entries(from, count));
    if from + count >= WHOLE {
        return page;
    }
    let link = format!(
        "</v2/_catalog?last=r{:04}&n={count}>; rel=\"next\"",
        from + count - 1
    );
    page.header("link", &link)
}

fn refusal(status: u16, code: &str) -> Reply {
    Reply::status(status).body(format!(r#"{{"errors":[{{"code":"{code}"}}]}}"#))
}

type Server = fn(&Request) -> Reply;

#[tokio::test(start_paused = true)]
async fn every_kind_of_server_gives_the_whole_list() {
    let servers: [(&str, Server, &[&str]); 8] = [
        (
            "takes any page size (Distribution 2.8.1)",
            |request| {
                let (n, from) = asked(request);
                linked(from, n.unwrap_or(100))
            },
            &["n=1000", "n=1"],
        ),
        (
            "refuses more than its cap with 400 (Distribution, GitLab)",
            |request| match asked(request) {
                (Some(n), _) if n > 100 => refusal(400, "PAGINATION_NUMBER_INVALID"),
                (n, from) => linked(from, n.unwrap_or(100)),
            },
            &["n=1000", "n=100", "last=r0099&n=100", "last=r0199&n=100"],
        ),
        (
            "refuses more than its cap with 405 (ECR)",
            |request| match asked(request) {
                (Some(n), _) if n > 100 => refusal(405, "UNSUPPORTED"),
                (n, from) => linked(from, n.unwrap_or(100)),
            },
            &["n=1000", "n=100", "last=r0099&n=100", "last=r0199&n=100"],
        ),
        (
            "refuses every page size with 422",
            |request| match asked(request) {
                (Some(_), _) => Reply::status(422),
                (None, _) => Reply::json(entries(0, WHOLE)),
            },
            &["n=1000", "n=100", "", "n=1", "last=r0228"],
        ),
        (
            "gives fewer than asked, with a link (Quay, Gitea, ACR)",
            |request| {
                let (n, from) = asked(request);
                linked(from, n.unwrap_or(100).min(100))
            },
            &["n=1000", "last=r0099&n=100", "last=r0199&n=100"],
        ),
        (
            "gives everything at once, whatever is asked",
            |_| Reply::json(entries(0, WHOLE)),
            &["n=1000", "n=1", "last=r0228&n=1000"],
        ),
        (
            "gives pages without ever a link (Nexus groups)",
            |request| {
                let (n, from) = asked(request);
                Reply::json(entries(from, n.unwrap_or(100).min(100)))
            },
            // Does it page, and how? The last question is whether there is more.
            &[
                "n=1000",
                "n=1",
                "last=r0098&n=1000",
                "last=r0198&n=1000",
                "last=r0229&n=1000",
            ],
        ),
        (
            "links on until a page is empty (Gitea, Distribution at a full page)",
            |request| {
                let (n, from) = asked(request);
                let count = n.unwrap_or(100).min(115);
                let page = Reply::json(entries(from, count));
                if from >= WHOLE {
                    return page;
                }
                let last = (from + count).min(WHOLE) - 1;
                let link = format!("</v2/_catalog?last=r{last:04}&n=115>; rel=\"next\"");
                page.header("link", &link)
            },
            &["n=1000", "last=r0114&n=115", "last=r0229&n=115"],
        ),
    ];
    for (what, server, wanted) in servers {
        let script = Script::new();
        script.answer("GET /v2/_catalog", server);
        let registry = registry(&script);
        let mut pages = registry.repositories();
        let mut listed = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.unwrap_or_else(|failure| panic!("{what}: {failure}"));
            listed.extend(page.items.iter().map(ToString::to_string));
        }
        let whole: Vec<String> = (0..WHOLE).map(|number| format!("r{number:04}")).collect();
        assert_eq!(listed, whole, "{what}");
        let queries: Vec<String> = script
            .recorded()
            .iter()
            .map(|r| r.request.url.query().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(queries, wanted, "{what}");
    }
}
