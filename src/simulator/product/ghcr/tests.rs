use super::*;
use crate::simulator::content::Content;
use crate::simulator::manifest::ImageSpec;
use crate::simulator::product::Product;
use crate::simulator::product::fixture::{Request, Site};

fn site() -> Site {
    let content = Content::empty();
    for (name, count) in [("acme/team/app", 130_u64), ("ann/own", 2), ("free/tool", 1)] {
        for at in 0..count {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", at));
            if at > 0 {
                content.tag(name, &format!("{at}"), &digest);
            }
        }
    }
    let ann = |secret| User::member("Ann", secret, &["acme"]);
    let github = Ghcr {
        tokens: vec![
            GhcrToken::classic(ann("all"), &["read:packages", "read:org"]),
            GhcrToken::classic(ann("packages"), &["read:packages"]),
            GhcrToken::classic(ann("none"), &["gist"]),
            GhcrToken {
                user: ann("fine"),
                scopes: None,
            },
        ],
        organizations: vec!["Acme".to_owned()],
        public: vec!["free".to_owned()],
        ..Ghcr::default()
    };
    Site::new(&content, Product::Ghcr(github)).with("user-agent", "test")
}

fn status(site: &Site, secret: &str, path: &str) -> u16 {
    let asked = Request::get(path)
        .at(Origin::Api)
        .with("user-agent", "test");
    let asked = asked.with("authorization", &format!("Bearer {secret}"));
    site.said(&asked).status.as_u16()
}

#[test]
fn its_registry_names_a_placeholder_and_has_no_catalogue() {
    let site = site();
    let ping = site.get("/v2/");
    assert_eq!(
        ping.header("www-authenticate"),
        "Bearer realm=\"http://registry/token\",service=\"ghcr.io\",\
         scope=\"repository:user/image:pull\""
    );
    assert_eq!(site.get("/v2/_catalog").status, 404);
    let token = |secret: Option<&str>, name: &str| {
        let path = format!("/token?service=ghcr.io&scope=repository:{name}:pull");
        let request = Request::get(&path);
        let said = site.said(&match secret {
            Some(secret) => request.basic(&format!("anybody:{secret}")),
            None => request,
        });
        match said.status.as_u16() {
            200 => Ok(said.json()["token"].as_str().unwrap().to_owned()),
            other => Err(other),
        }
    };
    for (secret, name) in [
        (None, "acme/team/app"),
        (Some("none"), "acme/team/app"),
        (Some("fine"), "acme/team/app"),
        (Some("wrong"), "free/tool"),
    ] {
        assert_eq!(token(secret, name), Err(403), "{secret:?} {name}");
    }
    for (secret, name) in [(None, "free/tool"), (Some("packages"), "acme/team/app")] {
        let bearer = format!("Bearer {}", token(secret, name).unwrap());
        let list = format!("/v2/{name}/tags/list");
        let said = site.said(&Request::get(&list).with("authorization", &bearer));
        assert_eq!(said.status, 200);
        let other = Request::get("/v2/ann/own/tags/list").with("authorization", &bearer);
        assert_eq!(site.said(&other).status, 403);
    }
}

#[test]
fn its_api_answers_by_scopes_and_by_what_an_owner_is() {
    let site = site();
    let packages = "?package_type=container";
    let versions = "/packages/container/team%2Fapp/versions";
    for (secret, path, wanted) in [
        ("wrong", "/user".to_owned(), 401),
        ("fine", "/user".to_owned(), 200),
        ("all", "/user/orgs".to_owned(), 200),
        ("packages", "/user/orgs".to_owned(), 403),
        ("all", format!("/orgs/Acme/packages{packages}"), 200),
        ("all", "/orgs/Acme/packages".to_owned(), 422),
        ("all", format!("/users/Acme/packages{packages}"), 404),
        ("all", format!("/orgs/ann/packages{packages}"), 404),
        ("all", format!("/users/ann/packages{packages}"), 200),
        ("none", format!("/orgs/acme/packages{packages}"), 403),
        ("fine", format!("/orgs/acme/packages{packages}"), 403),
        ("all", format!("/orgs/acme{versions}"), 200),
        ("all", format!("/users/acme{versions}"), 404),
        // What is private is told of to its owner alone, who is not named.
        ("all", format!("/user/packages{packages}"), 200),
        (
            "all",
            "/users/ann/packages/container/own/versions".to_owned(),
            404,
        ),
        (
            "all",
            "/user/packages/container/own/versions".to_owned(),
            200,
        ),
        (
            "all",
            "/user/packages/container/app/versions".to_owned(),
            404,
        ),
        (
            "all",
            "/users/free/packages/container/tool/versions".to_owned(),
            200,
        ),
        (
            "all",
            "/orgs/acme/packages/container/team/app/versions".to_owned(),
            404,
        ),
    ] {
        assert_eq!(status(&site, secret, &path), wanted, "{secret} {path}");
    }
    let anonymous = Request::get("/user")
        .at(Origin::Api)
        .with("user-agent", "x");
    assert_eq!(site.said(&anonymous).status, 401);
    let nameless = Request::get("/user")
        .at(Origin::Api)
        .with("authorization", "Bearer all");
    assert_eq!(site.said(&nameless).status, 403);
}

#[test]
fn its_lists_tell_of_their_pages_by_links_alone() {
    let site = site().bearer("all").at(Origin::Api);
    let path = "/orgs/acme/packages/container/team%2Fapp/versions";
    let first = site.ask(&format!("{path}?per_page=100"));
    let link = first.headers()["link"].to_str().unwrap().to_owned();
    assert_eq!(
        link,
        format!(
            "<http://api{path}?per_page=100&page=2>; rel=\"next\", \
             <http://api{path}?per_page=100&page=2>; rel=\"last\""
        )
    );
    let rows = |query: &str| {
        site.json(&format!("{path}{query}"))
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(rows("?per_page=1000"), 100);
    assert_eq!(rows("?per_page=100&page=2"), 30);
    assert_eq!(rows(""), 30);
    assert_eq!(rows("?page=9"), 0);
    // Also what no tag names.
    let all = site.json(&format!("{path}?per_page=100&page=2"));
    let last = all.as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["metadata"]["container"]["tags"], serde_json::json!([]));
    let scopes = site.ask("/user").headers()["x-oauth-scopes"].clone();
    assert_eq!(scopes, "read:packages, read:org");
}
