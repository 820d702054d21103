use super::*;
use crate::simulator::content::Content;
use crate::simulator::manifest::{ImageSpec, IndexSpec};
use crate::simulator::product::Product;
use crate::simulator::product::fixture::{Request, Site};

fn site() -> Site {
    let content = Content::empty();
    for (name, count) in [("acme/app", 130_u64), ("ann/own", 1), ("library/alpine", 1)] {
        for at in 0..count {
            let digest = content.put_image(name, &ImageSpec::new("linux/arm64/v8", at));
            content.tag(name, &format!("{at}"), &digest);
        }
    }
    let index = IndexSpec {
        images: vec![ImageSpec::new("linux/amd64", 1)],
        attestations: true,
        docker: false,
    };
    let digest = content.put_index("ann/own", &index);
    content.tag("ann/own", "multi", &digest);
    let hub = DockerHub {
        users: vec![User::member("ann", "pat", &["acme"])],
        public: vec!["library".to_owned()],
        undigested: vec![("ann/own".to_owned(), "0".to_owned())],
        ..DockerHub::default()
    };
    Site::new(&content, Product::DockerHub(hub))
}

fn sign_in(site: &Site, body: &str) -> (u16, String) {
    let said = site.said(&Request::post(SIGN_IN, body).at(Origin::Api));
    let token = serde_json::from_slice::<serde_json::Value>(&said.body).unwrap();
    let token = token["access_token"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (said.status.as_u16(), token)
}

#[test]
fn its_registry_has_no_catalogue_and_hides_what_may_not_be_read() {
    let site = site();
    let ping = site.get("/v2/");
    assert_eq!(
        ping.header("www-authenticate"),
        "Bearer realm=\"http://api/token\",service=\"registry.docker.io\""
    );
    let token = |user: Option<&str>, scope: &str| {
        let path = format!("/token?service=registry.docker.io&scope={scope}");
        let request = Request::get(&path).at(Origin::Api);
        let said = site.said(&match user {
            Some(user) => request.basic(user),
            None => request,
        });
        (said.status == 200).then(|| said.json()["token"].as_str().unwrap().to_owned())
    };
    assert_eq!(token(Some("ann:wrong"), "repository:acme/app:pull"), None);
    for (user, scope, path, status) in [
        (Some("ann:pat"), "registry:catalog:*", "_catalog", 401),
        (
            Some("ann:pat"),
            "repository:acme/app:pull",
            "acme/app/tags/list",
            200,
        ),
        (None, "repository:acme/app:pull", "acme/app/tags/list", 401),
        (
            None,
            "repository:library/alpine:pull",
            "library/alpine/tags/list",
            200,
        ),
        (None, "repository:none/x:pull", "none/x/tags/list", 401),
    ] {
        let token = token(user, scope).unwrap();
        let asked = Request::get(&format!("/v2/{path}"));
        let said = site.said(&asked.with("authorization", &format!("Bearer {token}")));
        assert_eq!(said.status, status, "{user:?} {path}");
        if status == 401 {
            assert!(
                said.header("www-authenticate")
                    .ends_with("insufficient_scope\"")
            );
        }
    }
}

#[test]
fn its_api_takes_a_token_that_a_password_gives() {
    let site = site();
    for (body, status) in [
        (r#"{"identifier":"ann","secret":"wrong"}"#, 401),
        (r#"{"username":"ann","password":"pat"}"#, 400),
        ("ann", 400),
    ] {
        assert_eq!(sign_in(&site, body).0, status, "{body}");
    }
    let (status, token) = sign_in(&site, r#"{"identifier":"ann","secret":"pat"}"#);
    assert_eq!(status, 200);
    let ask = |authorization: &str, path: &str| {
        let asked = Request::get(path).at(Origin::Api);
        site.said(&asked.with("authorization", authorization))
    };
    let own = "/v2/repositories/namespaces";
    let bearer = format!("Bearer {token}");
    let namespaces = ask(&bearer, own).texts("namespaces");
    assert_eq!(namespaces, ["acme", "ann"]);
    assert_eq!(ask("Basic YW5uOnBhdA==", own).status, 401);
    assert_eq!(site.said(&Request::get(own).at(Origin::Api)).status, 401);
    let tags = "/v2/namespaces/acme/repositories/app/tags";
    assert_eq!(ask(&bearer, tags).status, 200);
    assert_eq!(site.said(&Request::get(tags).at(Origin::Api)).status, 404);
    let open = "/v2/namespaces/library/repositories/alpine/tags";
    assert_eq!(site.said(&Request::get(open).at(Origin::Api)).status, 200);
    assert_eq!(ask(&bearer, "/v2/namespaces/none/repositories").status, 404);
}

#[test]
fn its_lists_come_in_pages_and_tell_every_platform() {
    let site = site();
    let (_, token) = sign_in(&site, r#"{"identifier":"ann","secret":"pat"}"#);
    let site = site.bearer(&token).at(Origin::Api);
    let tags = "/v2/namespaces/acme/repositories/app/tags";
    for (query, rows, has_next) in [
        ("", 10, true),
        ("?page_size=1000", 100, true),
        ("?page_size=100&page=2", 30, false),
    ] {
        let page = site.json(&format!("{tags}{query}"));
        assert_eq!(page["count"], 130);
        assert_eq!(page["results"].as_array().unwrap().len(), rows, "{query}");
        assert_eq!(page["next"].is_string(), has_next, "{query}");
    }
    assert_eq!(site.status(&format!("{tags}?page_size=100&page=3")), 404);
    let own = site.json("/v2/namespaces/ann/repositories/own/tags");
    let row = |name: &str| {
        let rows = own["results"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap().clone()
    };
    assert!(row("0")["digest"].is_null());
    assert_eq!(row("0")["images"][0]["variant"], "v8");
    let multi = row("multi");
    let known = |image: &&serde_json::Value| image["os"] != "unknown";
    let images = multi["images"].as_array().unwrap();
    assert_eq!((images.len(), images.iter().filter(known).count()), (2, 1));
}
