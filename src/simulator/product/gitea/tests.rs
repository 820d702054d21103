use super::*;
use crate::simulator::content::Content;
use crate::simulator::manifest::{ImageSpec, IndexSpec};
use crate::simulator::product::Product;
use crate::simulator::product::fixture::{Request, Site, column};

fn content() -> Content {
    let content = Content::empty();
    for (name, tags) in [
        ("acme/app", &["1.0", "2.0", "Latest"][..]),
        ("acme/app/web", &["1"]),
        ("bob/tool", &["1"]),
    ] {
        for (seed, tag) in (0..).zip(tags) {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", seed));
            content.tag(name, tag, &digest);
        }
    }
    let index = IndexSpec {
        images: vec![ImageSpec::new("linux/amd64", 70)],
        attestations: false,
        docker: false,
    };
    content.tag("acme/app", "multi", &content.put_index("acme/app", &index));
    content
}

fn gitea() -> Gitea {
    Gitea {
        without_packages: vec!["puller".to_owned()],
        public: vec!["bob".to_owned()],
        ..Gitea::new(vec![
            User::administrator("root", "token of root"),
            User::member("ann", "token of ann", &["acme"]),
            User::member("puller", "token of puller", &["acme"]),
        ])
    }
}

fn site(gitea: Gitea) -> Site {
    Site::new(&content(), Product::Gitea(gitea))
}

const ANN: &str = "ann:token of ann";

fn token(site: &Site, user: Option<&str>) -> Option<String> {
    let request = Request::get("/v2/token?service=container_registry&scope=repository:x:pull");
    let request = match user {
        Some(user) => request.basic(user),
        None => request,
    };
    let said = site.said(&request);
    let is_given = said.status == 200;
    is_given.then(|| said.json()["token"].as_str().unwrap().to_owned())
}

#[test]
fn a_token_is_a_person_s_and_nobody_has_one_too() {
    let site = site(gitea());
    let challenge = site.get("/v2/");
    assert_eq!(challenge.status, 401);
    assert_eq!(
        challenge.header("www-authenticate"),
        "Bearer realm=\"http://registry/v2/token\",service=\"container_registry\",scope=\"*\""
    );
    let read = |path: &str, token: &str| {
        site.said(&Request::get(path).with("authorization", &format!("Bearer {token}")))
    };
    let ann = token(&site, Some(ANN)).unwrap();
    assert_eq!(
        read("/v2/_catalog", &ann).texts("repositories"),
        ["acme/app", "acme/app/web", "bob/tool"]
    );
    let nobody = token(&site, None).unwrap();
    assert_eq!(
        read("/v2/_catalog", &nobody).texts("repositories"),
        ["bob/tool"]
    );
    assert_eq!(read("/v2/acme/app/tags/list", &nobody).status, 404);
    assert_eq!(token(&site, Some("ann:wrong")), None);
    assert_eq!(site.said(&Request::post("/v2/token", "x")).status, 404);
    // Name and secret open it themselves, too.
    assert_eq!(site.said(&Request::get("/v2/").basic(ANN)).status, 200);
    let mut closed = gitea();
    closed.requires_sign_in = true;
    closed.merges_challenges = true;
    let site = self::site(closed);
    assert_eq!(token(&site, None), None);
    assert!(
        site.get("/v2/")
            .header("www-authenticate")
            .contains(",Basic realm=")
    );
}

#[test]
fn a_list_of_tags_links_on_from_its_last_page() {
    let site = site(gitea()).basic(ANN);
    let first = site.ask("/v2/acme/app/tags/list?n=3");
    let link = first.headers()["link"].to_str().unwrap();
    assert_eq!(
        link,
        "</v2/acme/app/tags/list?last=latest&n=3>; rel=\"next\""
    );
    let rest = site.ask("/v2/acme/app/tags/list?last=latest&n=3");
    assert!(rest.headers().contains_key("link"));
    let end = site.ask("/v2/acme/app/tags/list?last=multi&n=3");
    assert!(!end.headers().contains_key("link"));
    assert_eq!(
        site.json("/v2/acme/app/tags/list?last=multi")["tags"],
        json!([])
    );
    let whole = site.json("/v2/acme/app/tags/list");
    assert_eq!(whole["tags"], json!(["1.0", "2.0", "latest", "multi"]));
}

#[test]
fn packages_are_tags_and_digests_that_no_tag_names() {
    let site = site(gitea()).basic(ANN);
    let rows = site.json("/api/v1/packages/acme?type=container");
    let mut versions = column(&rows, "version");
    versions.sort();
    assert_eq!(versions[..5], ["1", "1.0", "2.0", "Latest", "multi"]);
    assert!(
        versions[5].starts_with("sha256:") && versions.len() == 6,
        "{versions:?}"
    );
    assert_eq!(
        site.json("/api/v1/packages/acme?q=web")
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(site.json("/api/v1/packages/acme?type=npm"), json!([]));
    let page = site.ask("/api/v1/packages/acme?limit=4&page=2");
    assert_eq!(page.headers()["x-total-count"], "6");
    assert!(!page.headers()["link"].to_str().unwrap().contains("next"));
    assert_eq!(
        site.json("/api/v1/packages/acme/container/app/1.0")["version"],
        "1.0"
    );
    assert_eq!(site.status("/api/v1/packages/nobody"), 404);
    assert_eq!(site.status("/api/v1/version"), 200);
    assert_eq!(site.status("/api/forgejo/v1/version"), 404);
    let puller = Request::get("/api/v1/packages/acme").basic("puller:token of puller");
    assert_eq!(site.said(&puller).status, 403);
    let wrong = Request::get("/api/v1/packages/acme").basic("ann:wrong");
    assert_eq!(site.said(&wrong).status, 401);
    let by_token =
        Request::get("/api/v1/packages/acme").with("authorization", "token token of ann");
    assert_eq!(site.said(&by_token).status, 200);
}
