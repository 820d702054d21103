//! What Harbor says, asked without sockets.

use hyper::Method;
use serde_json::Value;

use super::{Harbor, Project, Proxy};
use crate::model::Digest;
use crate::simulator::content::Content;
use crate::simulator::facts::{Facts, Scan};
use crate::simulator::manifest::{ArtifactSpec, ImageSpec, IndexSpec};
use crate::simulator::product::fixture::{Site, column, error_of, header};
use crate::simulator::product::{Product, User};

const ARTIFACTS: &str = "/api/v2.0/projects/team/repositories/web%252Fapp/artifacts";

/// `team/web/app` with an index, its children, an untagged image and a signature;
/// `open/tool` for everybody; `hub/redis` from Docker Hub; `team/none` with nothing.
fn content() -> Content {
    let content = Content::empty();
    let images = ["linux/amd64", "linux/arm64/v8"].map(|platform| ImageSpec::new(platform, 1));
    let spec = IndexSpec {
        images: images.into(),
        attestations: true,
        docker: false,
    };
    let index = content.put_index("team/web/app", &spec);
    content.tag("team/web/app", "1.0", &index);
    content.tag("team/web/app", "latest", &index);
    content.put_image("team/web/app", &ImageSpec::new("linux/amd64", 9));
    let of = index.clone();
    let signature = content.put_artifact("team/web/app", &ArtifactSpec::Signature { of });
    let tag = format!("{}.sig", index.to_string().replace(':', "-"));
    content.tag("team/web/app", &tag, &signature);
    for name in ["open/tool", "hub/library/redis", "hub/bitnami/redis"] {
        let digest = content.put_image(name, &ImageSpec::new("linux/amd64", 2));
        content.tag(name, "7", &digest);
    }
    content.put_repository("team/none");
    content
}

fn harbor() -> Harbor {
    Harbor {
        users: vec![
            User::administrator("admin", "Harbor12345"),
            User::member("ann", "pw", &["team"]),
            User::member("robot$ci", "r", &["*"]),
            User::member("robot$team+ci", "r", &["team"]),
            User::member("old", "x", &["team"]).expired(),
        ],
        catalogue_readers: vec!["robot$ci".to_owned()],
        projects: vec![
            Project::public("open"),
            Project {
                name: "hub".to_owned(),
                proxy: Some(Proxy {
                    docker_hub: true,
                    upstream_tags: vec![("library/redis".to_owned(), "8".to_owned())],
                }),
                ..Project::default()
            },
        ],
        ..Harbor::default()
    }
}

fn site() -> Site {
    Site::new(&content(), Product::Harbor(harbor()))
}

fn token(site: &Site, query: &str) -> String {
    let answer = site.json(&format!("/service/token?service=harbor-registry{query}"));
    assert_eq!(answer["access_token"], "");
    answer["token"].as_str().unwrap().to_owned()
}

#[test]
fn challenges_depend_on_what_the_request_brought() {
    let site = site();
    let challenge = |site: &Site, path: &str| {
        let answer = site.ask(path);
        assert_eq!(answer.status(), 401, "{path}");
        header(&answer, "www-authenticate").to_owned()
    };
    let bearer = "Bearer realm=\"http://registry/service/token\",service=\"harbor-registry\"";
    assert_eq!(challenge(&site, "/v2/"), bearer);
    assert_eq!(challenge(&site, "/v2/_catalog"), "Basic realm=\"harbor\"");
    assert_eq!(
        challenge(&site, "/v2/open/tool/tags/list"),
        format!("{bearer},scope=\"repository:open/tool:pull\""),
        "of a public project too"
    );
    let site = site.basic("ann:wrong");
    assert_eq!(challenge(&site, "/v2/"), "Basic realm=\"harbor\"");
    assert_eq!(challenge(&site, "/v2/nosuch/x/tags/list"), "");
    let refusal = site.ask("/v2/nosuch/x/tags/list");
    assert_eq!(error_of(&refusal).1, "project nosuch not found");
    let site = site.bearer("made-up");
    assert_eq!(
        challenge(&site, "/v2/team/none/tags/list"),
        "Basic realm=\"harbor\""
    );
}

#[test]
fn tokens_open_what_the_user_has_and_never_the_catalogue() {
    let site = site().basic("ann:pw");
    let query = "&scope=repository:team/web/app:push%20registry:catalog:*";
    let good = token(&site, query);
    let site = site.bearer(&good);
    assert_eq!(site.status("/v2/"), 200);
    assert_eq!(
        site.status("/v2/team/web/app/tags/list"),
        200,
        "whatever the action"
    );
    assert_eq!(site.status("/v2/open/tool/tags/list"), 401, "not named");
    assert_eq!(site.status("/v2/_catalog"), 401);
    assert_eq!(site.status("/api/v2.0/repositories"), 200);
    let repositories = site.json("/api/v2.0/repositories");
    assert_eq!(
        column(&repositories, "name"),
        ["open/tool"],
        "a token is nobody there"
    );

    let site = site.basic("ann:wrong");
    assert_eq!(site.status("/service/token?service=harbor-registry"), 401);
    let nobody = token(&site, "&scope=repository:open/tool:pull");
    let nothing = token(&site, "&scope=repository:team/web/app:pull");
    let site = site.bearer(&nobody);
    assert_eq!(site.status("/v2/open/tool/tags/list"), 200);
    assert_eq!(site.status("/v2/"), 401, "nobody signed in");
    let site = site.bearer(&nothing);
    assert_eq!(site.status("/v2/team/web/app/tags/list"), 401);
    assert_eq!(site.status("/service/token?service=registry"), 400);
}

#[test]
fn the_catalogue_is_for_administrators_and_their_robots() {
    let site = site();
    for (who, status) in [
        ("admin:Harbor12345", 200),
        ("robot$ci:r", 200),
        ("robot$team+ci:r", 401),
        ("ann:pw", 401),
        ("old:x", 401),
    ] {
        let site = super::tests::site().basic(who);
        assert_eq!(site.status("/v2/_catalog"), status, "{who}");
    }
    let site = site.basic("admin:Harbor12345");
    let all = [
        "hub/bitnami/redis",
        "hub/library/redis",
        "open/tool",
        "team/web/app",
    ];
    let catalogue = site.json("/v2/_catalog");
    assert_eq!(
        catalogue["repositories"],
        serde_json::json!(all),
        "none without artifacts"
    );
    let page = site.ask("/v2/_catalog?n=2");
    assert_eq!(
        header(&page, "link"),
        "</v2/_catalog?last=hub%2Flibrary%2Fredis&n=2>; rel=\"next\""
    );
    assert_eq!(
        header(&site.ask("/v2/_catalog?n=2&last=open%2Ftool"), "link"),
        "-"
    );
    let page = site.json("/v2/_catalog?n=2&last=open%2Ftool");
    assert_eq!(page["repositories"], serde_json::json!(["team/web/app"]));
    for bad in ["?n=x", "?n=-1", "?n=2&last=nosuch"] {
        assert_eq!(site.status(&format!("/v2/_catalog{bad}")), 400, "{bad}");
    }
}

#[test]
fn tags_come_at_once_or_in_pages_and_with_those_upstream() {
    let site = site().basic("robot$ci:r");
    let tags = |path: &str| site.json(path)["tags"].clone();
    assert_eq!(tags("/v2/team/none/tags/list"), serde_json::json!([]));
    assert_eq!(
        tags("/v2/hub/library/redis/tags/list"),
        serde_json::json!(["7", "8"])
    );
    assert_eq!(
        tags("/v2/team/web/app/tags/list?n=1&last=1.0")
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let moved = site.ask("/v2/hub/redis/tags/list");
    assert_eq!(moved.status(), 301);
    assert_eq!(
        header(&moved, "location"),
        "/v2/hub/library/redis/tags/list"
    );
    let missing = site.ask("/v2/team/nosuch/tags/list");
    assert_eq!(
        (missing.status().as_u16(), error_of(&missing).0.as_str()),
        (404, "NOT_FOUND")
    );
}

#[test]
fn pulls_are_counted_and_heads_are_not() {
    let site = site()
        .basic("robot$ci:r")
        .with("accept", "application/vnd.oci.image.manifest.v1+json");
    let path = "/v2/hub/library/redis/manifests/7";
    let digest = site
        .registry
        .content()
        .manifest("hub/library/redis", "7")
        .unwrap()
        .digest
        .clone();
    let pulls = |site: &Site| {
        site.registry
            .content()
            .facts("hub/library/redis", &digest)
            .pulls
    };
    let before = pulls(&site);
    let site = site.method(Method::HEAD);
    assert_eq!(site.status(path), 200);
    assert_eq!(
        (pulls(&site) - before, site.registry.upstream_pulls()),
        (0, 0)
    );
    let site = site.method(Method::GET);
    assert_eq!(site.status(path), 200);
    assert_eq!(
        (pulls(&site) - before, site.registry.upstream_pulls()),
        (1, 1)
    );
    assert_eq!(site.status("/v2/open/tool/manifests/7"), 200);
    assert_eq!(site.registry.upstream_pulls(), 1, "no proxy");
    let missing = site.ask("/v2/open/tool/manifests/8");
    assert_eq!(error_of(&missing).1, "artifact open/tool:8 not found");
}

#[test]
fn dangerous_images_are_held_back_and_listed() {
    let content = content();
    let scan = |critical| Scan {
        critical,
        ..Scan::default()
    };
    let digest = content.manifest("open/tool", "7").unwrap().digest.clone();
    let set = |scan| {
        let facts = Facts {
            scan,
            ..content.facts("open/tool", &digest)
        };
        content.set_facts("open/tool", &digest, facts);
    };
    let mut harbor = harbor();
    harbor.projects[0].prevents_vulnerable = true;
    let site = Site::new(&content, Product::Harbor(harbor)).basic("ann:pw");
    let site = site.with("accept", "application/vnd.oci.image.manifest.v1+json");
    for (scan, status) in [(Some(scan(2)), 412), (None, 412), (Some(scan(0)), 200)] {
        set(scan);
        let answer = site.ask("/v2/open/tool/manifests/7");
        assert_eq!(answer.status(), status);
        if status == 412 {
            assert_eq!(error_of(&answer).0, "PROJECTPOLICYVIOLATION");
        }
    }
    set(Some(scan(2)));
    let path = "/api/v2.0/projects/open/repositories/tool/artifacts?with_scan_overview=true";
    let report = &site.json(path)[0]["scan_overview"];
    let native = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0";
    assert_eq!(report[native]["summary"]["summary"]["Critical"], 2);
    assert!(
        site.json(&path.replace("true", "false"))[0]
            .get("scan_overview")
            .is_none()
    );
}

#[test]
fn artifacts_are_listed_without_children_and_accessories() {
    let site = site().basic("ann:pw");
    let list = |query: &str| site.json(&format!("{ARTIFACTS}?page_size=100{query}"));
    let tops = list("");
    assert_eq!(
        tops.as_array().unwrap().len(),
        2,
        "the index and the untagged image"
    );
    let named = |artifact: &Value| artifact["tags"].clone();
    let index = tops
        .as_array()
        .unwrap()
        .iter()
        .find(|top| !named(top).is_null())
        .unwrap();
    assert_eq!(column(&index["tags"], "name"), ["1.0", "latest"]);
    assert_eq!(index["references"].as_array().unwrap().len(), 4);
    assert_eq!(index["references"][1]["platform"]["variant"], "v8");
    assert_eq!(index["extra_attrs"], Value::Null);
    assert_eq!(index["repository_name"], "team/web/app");
    let content = site.registry.content();
    let expected = content.expected();
    let digest: Digest = index["digest"].as_str().unwrap().parse().unwrap();
    assert!(expected.iter().any(|image| image.digest == digest));

    assert_eq!(
        list("&q=base=*").as_array().unwrap().len(),
        2 + 4,
        "with children"
    );
    assert_eq!(list("&q=tags%3Dnil").as_array().unwrap().len(), 1);
    assert_eq!(list("&q=tags=*").as_array().unwrap().len(), 1);
    assert_eq!(list("&q=base=*,tags=nil").as_array().unwrap().len(), 5);
    assert_eq!(list("&with_tag=false&q=tags=*")[0]["tags"], Value::Null);
    let signed = list("&q=tags=*&with_accessory=true");
    assert_eq!(signed[0]["accessories"][0]["type"], "signature.cosign");
    assert_eq!(list("&q=tags=*")[0]["accessories"], Value::Null);

    content.set_immutable("team/web/app", "1.0", true);
    let immutable = |query: &str| list(query)[0]["tags"][0]["immutable"].clone();
    assert_eq!(immutable("&q=tags=*&with_immutable_status=true"), true);
    assert_eq!(immutable("&q=tags=*"), false);
    assert_eq!(site.status(&format!("{ARTIFACTS}?q=base=x")), 400);
}

#[test]
fn an_image_says_platform_size_and_times() {
    let site = site().basic("ann:pw");
    let content = site.registry.content();
    let list = site.json("/api/v2.0/projects/open/repositories/tool/artifacts");
    let artifact = &list[0];
    let stored = content.manifest("open/tool", "7").unwrap();
    let facts = content.facts("open/tool", &stored.digest);
    let image = stored.image.as_ref().unwrap();
    assert_eq!(artifact["extra_attrs"]["architecture"], "amd64");
    // The manifest itself is counted too.
    let size = image.size.unwrap() + stored.body.len() as u64;
    assert_eq!(artifact["size"], size);
    assert_eq!(
        artifact["push_time"],
        super::artifact::time(Some(facts.pushed))
    );
    assert_eq!(super::artifact::time(None), "0001-01-01T00:00:00.000Z");
    let by_tag = site.json("/api/v2.0/projects/open/repositories/tool/artifacts/7");
    assert_eq!(by_tag["digest"], artifact["digest"]);
    assert_eq!(
        site.status("/api/v2.0/projects/open/repositories/tool/artifacts/8"),
        404
    );
}

#[test]
fn names_are_encoded_twice() {
    let site = site().basic("ann:pw");
    assert_eq!(site.status(ARTIFACTS), 200);
    assert_eq!(site.status(&ARTIFACTS.replace("%252F", "%2F")), 404);
    assert_eq!(site.status(&ARTIFACTS.replace("%252F", "/")), 404);
    let nowhere = site.json(&ARTIFACTS.replace("%252F", "%25252F"));
    assert_eq!(
        nowhere,
        serde_json::json!([]),
        "a repository that is not there"
    );
}

#[test]
fn pages_are_capped_and_say_how_many_there_are() {
    let content = Content::empty();
    for at in 0..230 {
        content.put_image("team/app", &ImageSpec::new("linux/amd64", at));
    }
    let path = "/api/v2.0/projects/team/repositories/app/artifacts";
    let harbor = harbor();
    let site = Site::new(&content, Product::Harbor(harbor.clone())).basic("ann:pw");
    let answer = site.ask(&format!("{path}?page=2&page_size=100&q=base%3D*"));
    assert_eq!(header(&answer, "x-total-count"), "230");
    let link = |page: usize| format!("<{path}?page={page}&page_size=100&q=base=*>");
    let links = format!("{}; rel=\"prev\" , {}; rel=\"next\"", link(1), link(3));
    assert_eq!(header(&answer, "link"), links);
    let last = site.ask(&format!("{path}?page=3&page_size=100"));
    assert!(!header(&last, "link").contains("next"));
    assert_eq!(site.json(path).as_array().unwrap().len(), 10);
    assert_eq!(
        site.json(&format!("{path}?page=9"))
            .as_array()
            .unwrap()
            .len(),
        10
    );
    assert_eq!(site.json(&format!("{path}?page=24")), serde_json::json!([]));
    let refusal = site.ask(&format!("{path}?page_size=101"));
    assert_eq!(refusal.status(), 422);
    let message = "page_size in query should be less than or equal to 100";
    assert_eq!(
        error_of(&refusal),
        ("UNPROCESSABLE_ENTITY".into(), message.into())
    );
    assert_eq!(site.status(&format!("{path}?page=x")), 422);

    let lying = Harbor {
        total_off_by: -5,
        ..harbor
    };
    let site = Site::new(&content, Product::Harbor(lying)).basic("ann:pw");
    assert_eq!(header(&site.ask(path), "x-total-count"), "225");
}

#[test]
fn each_sees_the_projects_that_are_open_to_them() {
    let names = |who: &str, path: &str| {
        let site = if who.is_empty() {
            site()
        } else {
            site().basic(who)
        };
        column(&site.json(path), "name").join(" ")
    };
    for (who, projects, repositories) in [
        ("", "open", "open/tool"),
        ("ann:wrong", "open", "open/tool"),
        ("old:x", "open", "open/tool"),
        ("ann:pw", "open team", "open/tool team/none team/web/app"),
        (
            "robot$team+ci:r",
            "open team",
            "open/tool team/none team/web/app",
        ),
        (
            "robot$ci:r",
            "hub open team",
            "hub/bitnami/redis hub/library/redis open/tool team/none team/web/app",
        ),
    ] {
        assert_eq!(names(who, "/api/v2.0/projects"), projects, "{who}");
        assert_eq!(names(who, "/api/v2.0/repositories"), repositories, "{who}");
    }
    let of_team = names("ann:pw", "/api/v2.0/projects/team/repositories?sort=-name");
    assert_eq!(of_team, "team/web/app team/none");
    let hub = site().basic("robot$ci:r").json("/api/v2.0/projects/hub");
    assert_eq!(hub["registry_id"], 1, "a proxy");
}

#[test]
fn refusals_tell_nobody_from_somebody() {
    for (who, path, status) in [
        ("", "/api/v2.0/projects/team/repositories", 401),
        ("ann:wrong", "/api/v2.0/projects/team/repositories", 401),
        ("ann:pw", "/api/v2.0/projects/hub/repositories", 403),
        ("ann:pw", "/api/v2.0/projects/nosuch/repositories", 403),
        (
            "admin:Harbor12345",
            "/api/v2.0/projects/nosuch/repositories",
            404,
        ),
        ("", "/api/v2.0/projects/open/artifacts", 401),
        ("ann:pw", "/api/v2.0/projects/open/artifacts", 200),
        ("ann:pw", "/api/v2.0/nosuch", 404),
    ] {
        let site = if who.is_empty() {
            site()
        } else {
            site().basic(who)
        };
        assert_eq!(site.status(path), status, "{who} {path}");
    }
}

#[test]
fn a_project_is_listed_at_once_where_harbor_is_new_enough() {
    let site = site().basic("ann:pw");
    let all = site.json("/api/v2.0/projects/team/artifacts?with_tag=true&page_size=100");
    assert_eq!(column(&all, "repository_name"), ["team/web/app"; 2]);
    let id = site.json("/api/v2.0/projects/team")["project_id"].clone();
    let by_id = site.json(&format!("/api/v2.0/projects/{id}/artifacts"));
    assert_eq!(by_id.as_array().unwrap().len(), 2);
    let site = site.with("x-is-resource-name", "true");
    assert_eq!(
        site.status(&format!("/api/v2.0/projects/{id}/artifacts")),
        403
    );
    let old = Harbor {
        lists_project_artifacts: false,
        ..harbor()
    };
    let site = Site::new(&content(), Product::Harbor(old)).basic("ann:pw");
    assert_eq!(site.status("/api/v2.0/projects/team/artifacts"), 404);
}

#[test]
fn only_who_signs_in_is_told_the_version() {
    let site = site();
    let info = site.json("/api/v2.0/systeminfo");
    assert_eq!(info["auth_mode"], "db_auth");
    assert!(info.get("harbor_version").is_none());
    let ping = site.ask("/api/v2.0/ping");
    assert_eq!(&ping.body()[..], b"Pong");
    assert!(header(&ping, "set-cookie").starts_with("sid="));
    let site = site.basic("ann:pw");
    let info = site.json("/api/v2.0/systeminfo");
    assert_eq!(info["harbor_version"], "v2.15.2-abcdef12");
    let referrers = site.ask("/v2/open/tool/referrers/nodigest");
    assert_eq!(referrers.status(), 400);
}
