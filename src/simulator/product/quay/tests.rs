use super::*;
use crate::simulator::content::Content;
use crate::simulator::manifest::ImageSpec;
use crate::simulator::product::Product;
use crate::simulator::product::fixture::{Request, Site};

const ROBOT: &str = "team+ci:secret";

fn site(quay: Quay) -> Site {
    let content = Content::empty();
    for (name, count) in [("team/app", 130_u64), ("open/tool", 1), ("other/x", 1)] {
        for at in 0..count {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", at));
            content.tag(name, &format!("{at}"), &digest);
        }
    }
    for at in 0..150 {
        content.put_repository(&format!("many/app-{at}"));
    }
    Site::new(&content, Product::Quay(quay))
}

fn quay() -> Quay {
    Quay {
        users: vec![User::member("team+ci", "secret", &["team", "many"])],
        tokens: vec![QuayToken::new(User::member("ann", "oauth", &["team"]))],
        public: vec!["open".to_owned()],
        ..Quay::default()
    }
}

fn token(site: &Site, user: Option<&str>, query: &str) -> Result<String, u16> {
    let request = Request::get(&format!("/v2/auth?service=registry{query}"));
    let said = site.said(&match user {
        Some(user) => request.basic(user),
        None => request,
    });
    if said.status != 200 {
        return Err(said.status.as_u16());
    }
    let json = said.json();
    assert_eq!(json.as_object().unwrap().len(), 1, "{json}");
    Ok(json["token"].as_str().unwrap().to_owned())
}

#[test]
fn its_tokens_are_for_repositories_and_for_who_signs_in() {
    let site = site(quay());
    let ping = site.get("/v2/");
    assert_eq!((ping.status.as_u16(), &ping.body[..]), (401, &b"true"[..]));
    assert_eq!(
        ping.header("www-authenticate"),
        "Bearer realm=\"http://registry/v2/auth\",service=\"registry\""
    );
    for (user, query, status) in [
        (Some(ROBOT), "&scope=registry:catalog:*", 400),
        (Some(ROBOT), "&scope=repository:team/app:delete", 400),
        (None, "", 401),
        (Some("team+ci:wrong"), "", 401),
        (Some("$oauthtoken:wrong"), "", 401),
    ] {
        assert_eq!(token(&site, user, query), Err(status), "{query}");
    }
    let pull = "&scope=repository:team/app:pull";
    for (user, wanted) in [
        (Some(ROBOT), 200),
        (Some("$oauthtoken:oauth"), 200),
        (None, 401),
    ] {
        let token = token(&site, user, pull).unwrap();
        let asked = Request::get("/v2/team/app/tags/list")
            .with("authorization", &format!("Bearer {token}"));
        assert_eq!(site.said(&asked).status, wanted, "{user:?}");
    }
    // Nothing but its own tokens opens anything; what is public needs none.
    let basic = Request::get("/v2/team/app/tags/list").basic(ROBOT);
    assert_eq!(site.said(&basic).status, 401);
    assert_eq!(site.get("/v2/open/tool/tags/list").status, 200);
}

#[test]
fn its_catalogue_has_a_cursor_that_is_no_name() {
    let site = site(quay());
    assert_eq!(
        site.json("/v2/_catalog")["repositories"],
        serde_json::json!([])
    );
    let token = token(&site, Some(ROBOT), "").unwrap();
    let bearer = format!("Bearer {token}");
    let list = |path: &str| site.said(&Request::get(path).with("authorization", &bearer));
    let first = list("/v2/_catalog?n=1000");
    assert_eq!(first.texts("repositories").len(), 100);
    let link = first.header("link").to_owned();
    let path = link.trim_start_matches("<http://registry");
    let (path, _) = path.split_once('>').unwrap();
    let rest = list(path);
    assert_eq!(rest.texts("repositories").len(), 51);
    // A name is no cursor: the list begins anew.
    let again = list("/v2/_catalog?n=1000&last=team/app");
    assert_eq!(again.texts("repositories"), first.texts("repositories"));
    assert_eq!(list("/v2/_catalog?n=x").texts("repositories").len(), 1);
}

#[test]
fn its_api_takes_whoever_brings_a_wrong_token_for_a_stranger() {
    let mut product = quay();
    product.tokens.push(QuayToken {
        reads_user: false,
        ..QuayToken::new(User::member("ann", "half", &["team"]))
    });
    let site = site(product);
    for (secret, user, team, other, open) in [
        ("oauth", 200, 200, 403, 200),
        ("half", 401, 200, 403, 200),
        ("wrong", 401, 401, 401, 200),
    ] {
        let status = |path: &str| {
            let asked = Request::get(&format!("/api/v1/{path}"));
            let asked = asked.with("authorization", &format!("Bearer {secret}"));
            site.said(&asked).status.as_u16()
        };
        let tags = |name: &str| status(&format!("repository/{name}/tag/"));
        assert_eq!(status("user/"), user, "{secret}");
        let found = [tags("team/app"), tags("other/x"), tags("open/tool")];
        assert_eq!(found, [team, other, open], "{secret}");
    }
    // A robot's secret is none of the API's.
    let robot = Request::get("/api/v1/repository/team/app/tag/").basic(ROBOT);
    assert_eq!(site.said(&robot).status, 401);
    assert_eq!(site.status("/api/v1/repository"), 400);
    assert_eq!(site.status("/api/v1/repository/open/none/tag/"), 404);
}

#[test]
fn its_lists_come_in_pages() {
    let mut product = quay();
    product.public.push("many".to_owned());
    product.dead = vec![("team/app".to_owned(), "7".to_owned())];
    let site = site(product).bearer("oauth");
    let first = site.json("/api/v1/repository?namespace=many&public=true");
    assert_eq!(first["repositories"].as_array().unwrap().len(), 100);
    let next = first["next_page"].as_str().unwrap();
    let next = format!("/api/v1/repository?namespace=many&public=true&next_page={next}");
    let rest = site.json(&next);
    assert_eq!(rest["repositories"].as_array().unwrap().len(), 50);
    assert!(rest.get("next_page").is_none());
    let count = |query: &str| {
        let page = site.json(&format!("/api/v1/repository/team/app/tag/?{query}"));
        (
            page["tags"].as_array().unwrap().len(),
            page["has_additional"] == true,
        )
    };
    for (query, wanted) in [
        ("", (50, true)),
        ("limit=1000&onlyActiveTags=true", (100, true)),
        ("limit=100&onlyActiveTags=true&page=2", (30, false)),
        // With what a tag named before.
        ("limit=100&page=2", (31, false)),
    ] {
        assert_eq!(count(query), wanted, "{query}");
    }
}
