use super::*;
use crate::simulator::content::Content;
use crate::simulator::manifest::{ImageSpec, IndexSpec};
use crate::simulator::product::Product;
use crate::simulator::product::fixture::{Request, Said, Site, column, error_of};

fn content() -> Content {
    let content = Content::empty();
    for (name, tags) in [
        ("app", &["1.0", "2.0", "3.0"][..]),
        ("team/web", &["1"]),
        ("secret", &["1"]),
    ] {
        for (seed, tag) in (0..).zip(tags) {
            let digest = content.put_image(name, &ImageSpec::new("linux/arm64/v8", seed));
            content.tag(name, tag, &digest);
        }
    }
    content
}

/// The digest of the first manifest of a repository.
fn digest_of(content: &Content, repository: &str) -> Digest {
    let shelves = content.shelves();
    let shelf = shelves.iter().find(|shelf| shelf.repository == repository);
    shelf.unwrap().manifests[0].0.clone()
}

fn acr() -> Acr {
    Acr {
        pull_only: vec!["puller".to_owned()],
        refresh_tokens: vec![User::administrator("idle", "refresh of idle")],
        entra: vec![User::member("ann@corp", "entra of ann", &["app"])],
        ..Acr::new(vec![
            User::administrator("contoso", "password of contoso"),
            User::member("map", "password of map", &["app"]),
            User::member("puller", "password of puller", &["app"]),
        ])
    }
}

const ADMIN: &str = "contoso:password of contoso";

fn site(acr: Acr) -> Site {
    Site::new(&content(), Product::Acr(acr))
}

fn token(site: &Site, user: Option<&str>, scope: &str) -> Result<String, u16> {
    let path = format!("/oauth2/token?service=contoso.azurecr.io&scope={scope}");
    let request = Request::get(&path);
    let request = match user {
        Some(user) => request.basic(user),
        None => request,
    };
    given(&site.said(&request))
}

fn given(said: &Said) -> Result<String, u16> {
    if said.status != 200 {
        return Err(said.status.as_u16());
    }
    let json = said.json();
    assert_eq!(json.as_object().unwrap().len(), 1, "{json}");
    Ok(json["access_token"].as_str().unwrap().to_owned())
}

fn read(site: &Site, path: &str, token: &str) -> Said {
    site.said(&Request::get(path).with("authorization", &format!("Bearer {token}")))
}

#[test]
fn pulling_and_listing_are_two_rights() {
    let site = site(acr());
    let path = "/acr/v1/app/_manifests";
    let asked = site.get(path);
    assert_eq!(
        asked.header("www-authenticate"),
        "Bearer realm=\"http://registry/oauth2/token\",service=\"contoso.azurecr.io\",\
         scope=\"repository:app:metadata_read\""
    );
    let pull = token(&site, Some(ADMIN), "repository:app:pull").unwrap();
    let both = token(&site, Some(ADMIN), "repository:app:pull,metadata_read").unwrap();
    for path in [
        path,
        "/v2/app/tags/list",
        "/acr/v1/app/_tags",
        "/acr/v1/app",
    ] {
        assert_eq!(read(&site, path, &pull).status, 401, "{path}");
        assert_eq!(read(&site, path, &both).status, 200, "{path}");
    }
    assert_eq!(read(&site, "/v2/app/manifests/1.0", &pull).status, 404);
    // A scope map without `metadata/read` gives a token that pulls, and no more.
    let puller = Some("puller:password of puller");
    let less = token(&site, puller, "repository:app:pull,metadata_read").unwrap();
    assert_eq!(read(&site, path, &less).status, 401);
    // Those with a scope map list no repositories, whatever they ask for.
    let map = token(&site, Some("map:password of map"), "registry:catalog:*").unwrap();
    let refused = read(&site, "/acr/v1/_catalog", &map);
    assert_eq!(refused.status, 401);
    assert!(
        refused
            .header("www-authenticate")
            .ends_with("error=\"insufficient_scope\"")
    );
    assert_eq!(
        token(&site, Some("contoso:no"), "registry:catalog:*"),
        Err(401)
    );
    assert_eq!(token(&site, None, "repository:app:pull"), Err(401));
    assert_eq!(site.get("/oauth2/token?service=other").status, 401);
    // Name and password open lists themselves, too.
    let direct = site.said(&Request::get("/acr/v1/_catalog").basic(ADMIN));
    assert_eq!(direct.texts("repositories"), ["app", "secret", "team/web"]);
}

#[test]
fn a_token_of_entra_is_exchanged_and_opens_nothing_itself() {
    let site = site(acr());
    let post = |path: &str, form: &str| site.said(&Request::post(path, form));
    let form = "grant_type=access_token&service=contoso.azurecr.io&access_token=entra%20of%20ann";
    let said = post("/oauth2/exchange", form).json();
    let refresh = said["refresh_token"].as_str().unwrap().to_owned();
    let ask = |refresh: &str| {
        let form = format!(
            "grant_type=refresh_token&service=contoso.azurecr.io&refresh_token={refresh}\
             &scope=repository:app:metadata_read"
        );
        given(&post("/oauth2/token", &form))
    };
    let opens = ask(&refresh).unwrap();
    assert_eq!(read(&site, "/acr/v1/app/_tags", &opens).status, 200);
    assert_eq!(read(&site, "/acr/v1/app/_tags", &refresh).status, 401);
    assert!(ask("refresh%20of%20idle").is_ok());
    assert_eq!(ask("entra%20of%20ann"), Err(401));
    let wrong = form.replace("ann", "bob");
    assert_eq!(post("/oauth2/exchange", &wrong).status, 401);
    let other = form.replace("contoso", "fabrikam");
    assert_eq!(post("/oauth2/exchange", &other).status, 400);
    assert_eq!(post("/oauth2/token", "grant_type=password").status, 401);
}

#[test]
fn lists_come_in_pages_with_a_link_of_a_dangling_key() {
    let site = site(acr()).basic(ADMIN);
    let first = site.ask("/acr/v1/_catalog?n=2");
    let link = first.headers()["link"].to_str().unwrap();
    assert_eq!(
        link,
        "</acr/v1/_catalog?last=secret&n=2&orderby=>; rel=\"next\""
    );
    let rest = site.ask("/acr/v1/_catalog?last=secret&n=2&orderby=");
    assert!(rest.headers().get("link").is_none());
    let page = site.json("/acr/v1/app/_manifests?n=2");
    assert_eq!(page["manifests"].as_array().unwrap().len(), 2);
    let last = page["manifests"][1]["digest"].as_str().unwrap();
    let page = site.json(&format!("/acr/v1/app/_manifests?n=2&last={last}"));
    assert_eq!(page["manifests"].as_array().unwrap().len(), 1);
    let last = page["manifests"][0]["digest"].as_str().unwrap();
    let page = site.json(&format!("/acr/v1/app/_manifests?n=2&last={last}"));
    assert!(page.get("manifests").is_none(), "{page}");
    let tags = site.json("/acr/v1/app/_tags?n=2&orderby=timedesc");
    assert_eq!(column(&tags["tags"], "name").len(), 2);
    let missing = site.ask("/acr/v1/none/_manifests");
    assert_eq!(missing.status(), 404);
    assert_eq!(error_of(&missing).0, "NAME_UNKNOWN");
}

#[test]
fn rows_tell_what_the_product_tells() {
    let content = content();
    let index = IndexSpec {
        images: vec![ImageSpec::new("linux/amd64", 70)],
        attestations: false,
        docker: false,
    };
    let digest = content.put_index("app", &index);
    for tag in 0..12 {
        content.tag(
            "team/web",
            &format!("1.{tag}"),
            &digest_of(&content, "team/web"),
        );
    }
    let site = Site::new(&content, Product::Acr(acr())).basic(ADMIN);
    let row =
        |digest: &str| site.json(&format!("/acr/v1/app/_manifests/{digest}"))["manifest"].clone();
    let told = row(&digest.to_string());
    assert!(
        told.get("architecture").is_none() && told.get("tags").is_none(),
        "{told}"
    );
    let child = told["references"][0]["digest"].as_str().unwrap();
    let child = row(child);
    assert_eq!(
        (&child["architecture"], &child["os"]),
        (&"amd64".into(), &"linux".into())
    );
    assert!(
        child["createdTime"]
            .as_str()
            .unwrap()
            .ends_with(".1234567Z")
    );
    let tag = site.json("/acr/v1/app/_tags/1.0");
    assert_eq!(tag["tag"]["name"], "1.0");
    // Sizes count the manifest's own bytes; that of an index is of what it lists.
    let shelves = content.shelves();
    let shelf = shelves.iter().find(|shelf| shelf.repository == "app");
    let bytes = |digest: &Value| {
        let mut manifests = shelf.unwrap().manifests.iter();
        let known = manifests.find(|(known, ..)| digest == &known.to_string());
        let body: Value = serde_json::from_slice(&known.unwrap().2).unwrap();
        let layers = body["layers"][0]["size"].as_u64().unwrap();
        known.unwrap().2.len() as u64 + body["config"]["size"].as_u64().unwrap() + layers
    };
    assert_eq!(child["imageSize"], bytes(&child["digest"]));
    assert_eq!(told["imageSize"], child["imageSize"]);
    assert_eq!(site.status("/acr/v1/app/_tags/none"), 404);
    // A row names ten of its tags, and the list of tags has all.
    let web = site.json("/acr/v1/team/web/_manifests");
    assert_eq!(web["manifests"][0]["tags"].as_array().unwrap().len(), 10);
    let tags = site.json("/acr/v1/team/web/_tags");
    assert_eq!(tags["tags"].as_array().unwrap().len(), 13);
}
