//! What GitLab says, asked without sockets.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use super::{Gitlab, GitlabProject, GitlabToken, GitlabTokenKind};
use crate::simulator::asked::Origin;
use crate::simulator::content::Content;
use crate::simulator::manifest::{ImageSpec, IndexSpec};
use crate::simulator::product::fixture::{Site, column, error_of, header};
use crate::simulator::product::{Product, User};
use crate::simulator::quota::Quota;

const PULL: &str = "&scope=repository:grp/prj/app:pull";
const TAGS: &str = "/gitlab/v1/repositories/grp/prj/app/tags/list/";

/// `grp/prj` with 120 tags in its root and an index below; `grp/sub/deep` is one project;
/// `open/tool` for everybody; `grp/off` has no registry; `grp/none` holds nothing.
fn content() -> Content {
    let content = Content::empty();
    for at in 0..120 {
        let digest = content.put_image("grp/prj", &ImageSpec::new("linux/amd64", at));
        content.tag("grp/prj", &format!("v{at:03}"), &digest);
    }
    let images = ["linux/amd64", "linux/arm64/v8"].map(|platform| ImageSpec::new(platform, 1));
    let spec = IndexSpec {
        images: images.into(),
        attestations: false,
        docker: false,
    };
    let index = content.put_index("grp/prj/app", &spec);
    for tag in ["a", "b", "c", "d"] {
        content.tag("grp/prj/app", tag, &index);
    }
    for name in ["grp/sub/deep/web", "open/tool", "grp/off"] {
        let digest = content.put_image(name, &ImageSpec::new("linux/amd64", 2));
        content.tag(name, "1", &digest);
    }
    content.put_repository("grp/none");
    content
}

fn gitlab() -> Gitlab {
    let project = |path: &str| GitlabProject {
        path: path.to_owned(),
        ..GitlabProject::default()
    };
    Gitlab {
        tokens: vec![
            GitlabToken::personal(User::administrator("root", "glpat-root")),
            GitlabToken::personal(User::member("ann", "glpat-ann", &["grp/prj", "grp/off"])),
            GitlabToken::personal(User::member("old", "glpat-old", &["grp"]).expired()),
            GitlabToken::deploy(User::member(
                "gitlab+deploy-token-1",
                "gldt-1",
                &["grp/prj"],
            )),
            GitlabToken {
                user: User::member("bob", "glpat-bob", &["grp/prj"]),
                kind: GitlabTokenKind::Personal {
                    registry: false,
                    api: true,
                },
            },
            GitlabToken {
                user: User::member("eve", "glpat-eve", &["grp/prj"]),
                kind: GitlabTokenKind::Personal {
                    registry: true,
                    api: false,
                },
            },
            GitlabToken {
                user: User::member("project_1_bot", "glpat-prj", &["grp/prj"]),
                kind: GitlabTokenKind::Project,
            },
            GitlabToken {
                user: User::member("gitlab-ci-token", "glcbt-1", &["grp/prj"]),
                kind: GitlabTokenKind::Job,
            },
        ],
        projects: vec![
            GitlabProject {
                public: true,
                ..project("open/tool")
            },
            GitlabProject {
                without_registry: true,
                ..project("grp/off")
            },
            project("grp/sub/deep"),
        ],
        protected: vec![("grp/prj/app".to_owned(), "a".to_owned())],
        ..Gitlab::default()
    }
}

fn site_of(gitlab: Gitlab) -> Site {
    Site::new(&content(), Product::Gitlab(gitlab))
}

fn site() -> Site {
    site_of(gitlab())
}

fn jwt(site: Site, query: &str) -> (Site, u16, Value) {
    let site = site.at(Origin::Api);
    let answer = site.ask(&format!("/jwt/auth?service=container_registry{query}"));
    let body = serde_json::from_slice(answer.body()).unwrap_or_default();
    (site, answer.status().as_u16(), body)
}

/// The registry, with a token of the token service.
fn with_token(site: Site, query: &str) -> Site {
    let (site, status, body) = jwt(site, query);
    assert_eq!(status, 200, "{body}");
    let token = body["token"].as_str().unwrap();
    assert_eq!(body, json!({ "token": token }), "and nothing besides");
    site.bearer(token).at(Origin::Registry)
}

/// The registry for `ann`, who may read `grp/prj`.
fn ann(query: &str) -> Site {
    with_token(site().basic("ann:glpat-ann"), query)
}

#[test]
fn the_registry_takes_tokens_of_another_origin_only() {
    let challenge = |site: &Site, path: &str| {
        let answer = site.ask(path);
        assert_eq!(answer.status(), 401, "{path}");
        header(&answer, "www-authenticate").to_owned()
    };
    let bare = "Bearer realm=\"http://api/jwt/auth\",service=\"container_registry\"";
    let site = site();
    assert_eq!(challenge(&site, "/v2/"), bare);
    let scoped = format!("{bare},scope=\"repository:grp/prj:pull\"");
    assert_eq!(challenge(&site, "/v2/grp/prj/tags/list"), scoped);
    let site = site.basic("root:glpat-root");
    assert_eq!(
        challenge(&site, "/v2/grp/prj/tags/list"),
        scoped,
        "Basic opens nothing"
    );
    let site = site.bearer("made-up");
    let wanted = format!("{bare},scope=\"registry:catalog:*\",error=\"invalid_token\"");
    assert_eq!(challenge(&site, "/v2/_catalog"), wanted);
    let site = ann(PULL);
    assert!(challenge(&site, "/v2/open/tool/tags/list").contains("insufficient_scope"));
    let ping = site.ask("/v2/");
    assert_eq!(ping.status(), 200);
    for (name, value) in [
        ("gitlab-container-registry-version", "4.32.0-gitlab"),
        ("gitlab-container-registry-features", "tag_delete"),
        ("gitlab-container-registry-database-enabled", "true"),
        ("docker-distribution-api-version", "registry/2.0"),
    ] {
        assert_eq!(header(&ping, name), value);
    }
    assert_eq!(site.status("/v2/grp/prj/app/referrers/sha256:00"), 404);
    assert_eq!(
        site.status("/jwt/auth?service=container_registry"),
        404,
        "not here"
    );
}

#[test]
fn the_token_service_grants_what_each_may() {
    let all = "&scope=repository:grp/prj/app:pull,push&scope=registry:catalog:*";
    for (who, status, app, catalogue) in [
        ("root:glpat-root", 200, 200, 200),
        ("ann:glpat-ann", 200, 200, 401),
        ("gitlab+deploy-token-1:gldt-1", 200, 200, 401),
        ("anything:glpat-prj", 200, 200, 401),
        ("gitlab-ci-token:glcbt-1", 200, 200, 401),
        ("bob:glpat-bob", 200, 401, 401),
        ("eve:glpat-eve", 200, 200, 401),
        ("ann:glpat-bob", 401, 0, 0),
        ("ann:wrong", 401, 0, 0),
        ("old:glpat-old", 401, 0, 0),
        ("other:glcbt-1", 401, 0, 0),
    ] {
        let (site, got, body) = jwt(site().basic(who), all);
        assert_eq!(got, status, "{who}");
        if status != 200 {
            assert_eq!(body["errors"][0]["code"], "UNAUTHORIZED");
            continue;
        }
        let token = body["token"].as_str().unwrap();
        let site = site.bearer(token).at(Origin::Registry);
        assert_eq!(site.status("/v2/grp/prj/app/tags/list"), app, "{who}");
        assert_eq!(site.status("/v2/_catalog"), catalogue, "{who}");
    }
    let (_, status, body) = jwt(site(), PULL);
    assert_eq!(status, 403);
    let denied = json!({
        "errors": [{ "code": "DENIED", "message": "access forbidden" }],
        "http_status": 403,
    });
    assert_eq!(body, denied);
    let open = with_token(site(), "&scope=repository:open/tool:pull");
    assert_eq!(open.status("/v2/open/tool/tags/list"), 200);
    let (_, status, _) = jwt(site(), "");
    assert_eq!(status, 403, "nobody, and nothing asked for");
    let off = ann("&scope=repository:grp/off:pull");
    assert_eq!(
        off.status("/v2/grp/off/tags/list"),
        401,
        "no registry there"
    );
    let other = ann("&scope=registry:catalog:*");
    assert_eq!(other.status("/v2/_catalog"), 401);
    let site = site().basic("root:glpat-root");
    let loose = with_token(site, "&scope=registry:catalog:pull");
    assert_eq!(loose.status("/v2/_catalog"), 401, "exactly `*`");
}

#[test]
fn who_fails_too_often_is_shut_out() {
    let old = Gitlab {
        wrong_secret_is_401: false,
        ban_after: 2,
        ..gitlab()
    };
    let site = site_of(old).basic("ann:wrong");
    let (site, status, body) = jwt(site, PULL);
    assert_eq!((status, &body["http_status"]), (403, &json!(403)));
    let (site, ..) = jwt(site, PULL);
    let (site, status, body) = jwt(site.basic("ann:glpat-ann"), PULL);
    assert_eq!(
        (status, body),
        (403, Value::Null),
        "the right one comes too late"
    );
    let site = site.anonymous().with("private-token", "glpat-ann");
    assert_eq!(site.status("/api/v4/projects"), 403);
}

#[test]
fn tags_come_by_the_hundred_where_there_is_a_database() {
    let site = ann("&scope=repository:grp/prj:pull");
    let path = "/v2/grp/prj/tags/list";
    let answer = site.ask(path);
    let next = "</v2/grp/prj/tags/list?last=v099&n=100>; rel=\"next\"";
    assert_eq!(header(&answer, "link"), next);
    let count = |query: &str| {
        let page = site.json(&format!("{path}{query}"));
        page["tags"].as_array().map_or(0, Vec::len)
    };
    for (query, tags) in [
        ("", 100),
        ("?n=0", 100),
        ("?n=x", 100),
        ("?n=-5", 100),
        ("?n=5000", 120),
        ("?last=v099&n=100", 20),
    ] {
        assert_eq!(count(query), tags, "{query}");
    }
    let files = Gitlab {
        database: false,
        ..gitlab()
    };
    let site = site_of(files).basic("ann:glpat-ann");
    let site = with_token(site, "&scope=repository:grp/prj:pull,push");
    let answer = site.ask(&format!("{path}?n=5"));
    assert_eq!(header(&answer, "link"), "-");
    assert_eq!(site.json(path)["tags"].as_array().unwrap().len(), 120);
    let answer = site.ask("/gitlab/v1/");
    assert_eq!(answer.status(), 404);
    assert_eq!(
        header(&answer, "gitlab-container-registry-version"),
        "4.32.0-gitlab"
    );
}

#[test]
fn the_catalogue_has_a_cap_and_hides_what_is_empty() {
    let query = "&scope=registry:catalog:*&scope=repository:grp/none:pull";
    let site = with_token(site().basic("root:glpat-root"), query);
    let all = [
        "grp/off",
        "grp/prj",
        "grp/prj/app",
        "grp/sub/deep/web",
        "open/tool",
    ];
    assert_eq!(site.json("/v2/_catalog")["repositories"], json!(all));
    assert_eq!(site.json("/v2/grp/none/tags/list")["tags"], Value::Null);
    let page = site.ask("/v2/_catalog?n=5");
    assert_eq!(header(&page, "link"), "-", "full, and the last");
    let refusal = site.ask("/v2/_catalog?n=1001");
    assert_eq!(refusal.status(), 400);
    assert_eq!(error_of(&refusal).0, "PAGINATION_NUMBER_INVALID");
    assert_eq!(site.status("/v2/_catalog?n=1000"), 200);
}

#[test]
fn the_registry_lists_tags_with_their_digests() {
    let site = ann(&format!("{PULL}&scope=repository:grp/prj:pull"));
    assert_eq!(site.status("/gitlab/v1/"), 200);
    let moved = site.ask(&format!("{}?n=2", TAGS.trim_end_matches('/')));
    assert_eq!(moved.status(), 301);
    assert_eq!(header(&moved, "location"), format!("{TAGS}?n=2"));

    let page = site.ask(&format!("{TAGS}?n=2&last=a"));
    let links =
        format!("<{TAGS}?before=b&n=2>; rel=\"previous\", <{TAGS}?last=c&n=2>; rel=\"next\"");
    assert_eq!(header(&page, "link"), links);
    let list = |query: &str| column(&site.json(&format!("{TAGS}{query}")), "name").concat();
    for (query, names) in [
        ("", "abcd"),
        ("?n=2", "ab"),
        ("?n=2&last=b", "cd"),
        ("?n=2&before=d", "bc"),
        ("?n=2&last=bb", "cd"),
        ("?n=2&sort=-name", "dc"),
        ("?n=2&sort=-name&last=c", "ba"),
        ("?name=c", "c"),
        ("?name_exact=d", "d"),
    ] {
        assert_eq!(list(query), names, "{query}");
    }
    for bad in [
        "?n=0",
        "?n=1001",
        "?n=x",
        "?last=a&before=b",
        "?sort=size",
        "?last=*",
    ] {
        assert_eq!(site.status(&format!("{TAGS}{bad}")), 400, "{bad}");
    }
    let by_time = site.ask(&format!("{TAGS}?sort=published_at&n=2"));
    let link = header(&by_time, "link").to_owned();
    let query = &link[link.find('?').unwrap()..link.find('>').unwrap()];
    assert_eq!(list(query), "cd", "a marker in base64: {link}");

    let index = &site.json(TAGS)[0];
    assert_eq!(index["size_bytes"], 0);
    assert!(index.get("config_digest").is_none());
    let image = &site.json("/gitlab/v1/repositories/grp/prj/tags/list/?n=1")[0];
    let held = &site.registry.content().held("grp/prj")[0];
    assert_eq!(image["digest"], held.stored.digest.to_string());
    assert_eq!(image["size_bytes"], held.counted_size());
    assert_eq!(image["config_digest"], held.document()["config"]["digest"]);
    assert_eq!(image["created_at"], super::v1::time(held));
}

#[test]
fn one_tag_tells_its_platforms() {
    let site = ann(PULL);
    let detail = site.json("/gitlab/v1/repositories/grp/prj/app/tags/detail/a/");
    let references = detail["image"]["manifest"]["references"]
        .as_array()
        .unwrap();
    let platforms: Vec<_> = references
        .iter()
        .map(|image| image["config"]["platform"]["architecture"].clone())
        .collect();
    assert_eq!(platforms, ["amd64", "arm64"]);
    let missing = site.ask("/gitlab/v1/repositories/grp/prj/app/tags/detail/x/");
    assert_eq!(
        (missing.status().as_u16(), error_of(&missing).0.as_str()),
        (404, "TAG_NAME_UNKNOWN")
    );
}

#[test]
fn what_is_below_a_path_is_listed_to_whom_it_is_granted() {
    let path = "/gitlab/v1/repository-paths/grp/prj/repositories/list/";
    let query = "&scope=repository:grp/prj:pull&scope=repository:grp/prj/*:pull";
    assert_eq!(ann(query).status(path), 401);
    let generous = Gitlab {
        grants_descendants: true,
        ..gitlab()
    };
    let site = with_token(site_of(generous).basic("ann:glpat-ann"), query);
    assert_eq!(column(&site.json(path), "path"), ["grp/prj", "grp/prj/app"]);
    let page = site.ask(&format!("{path}?n=1"));
    assert_eq!(
        header(&page, "link"),
        format!("<{path}?last=grp%2Fprj&n=1>; rel=\"next\"")
    );
    assert_eq!(site.status(&format!("{path}?n=0")), 400);
    let rest = site.json(&format!("{path}?n=2&last=grp/prj"));
    assert_eq!(column(&rest, "path"), ["grp/prj/app"]);
}

#[test]
fn what_is_protected_is_refused_by_a_401_of_its_own() {
    let query = "&scope=repository:grp/prj/app:pull,delete";
    let site = with_token(site().basic("root:glpat-root"), query).method(Method::DELETE);
    let content = site.registry.content();
    content.set_immutable("grp/prj/app", "b", true);
    content.set_immutable("grp/prj/app", "c", false);
    let digest = content
        .manifest("grp/prj/app", "a")
        .unwrap()
        .digest
        .to_string();
    for (reference, status, code) in [
        ("a", 401, "PROTECTED_TAG"),
        ("b", 401, "IMMUTABLE_TAG"),
        (digest.as_str(), 401, "PROTECTED_MANIFEST"),
        ("c", 405, "UNSUPPORTED"),
    ] {
        let answer = site.ask(&format!("/v2/grp/prj/app/manifests/{reference}"));
        let got = (answer.status().as_u16(), error_of(&answer).0);
        assert_eq!(got, (status, code.to_owned()), "{reference}");
        assert_eq!(header(&answer, "www-authenticate"), "-");
    }
    let reader = ann(query).method(Method::DELETE);
    let answer = reader.ask("/v2/grp/prj/app/manifests/a");
    assert_eq!(error_of(&answer).0, "UNAUTHORIZED");
}

/// The REST API, by this token.
fn rest(secret: &str) -> Site {
    site().at(Origin::Api).with("private-token", secret)
}

#[test]
fn the_api_wants_a_token_in_a_header_of_its_own() {
    let site = site().at(Origin::Api);
    let body = |answer: &crate::simulator::answer::Answer| -> Value {
        serde_json::from_slice(answer.body()).unwrap()
    };
    let basic = site.basic("ann:glpat-ann");
    assert_eq!(
        column(&basic.json("/api/v4/projects"), "path"),
        ["tool"],
        "overlooked"
    );
    let refused = |name: &'static str, secret: &str| {
        let answer = rest("").with(name, secret).ask("/api/v4/projects");
        (answer.status().as_u16(), body(&answer))
    };
    let unauthorized = (401, json!({ "message": "401 Unauthorized" }));
    assert_eq!(refused("private-token", "wrong"), unauthorized);
    assert_eq!(
        refused("private-token", "gldt-1"),
        unauthorized,
        "a deploy token"
    );
    assert_eq!(refused("deploy-token", "gldt-1"), unauthorized);
    assert_eq!(refused("private-token", "glcbt-1"), unauthorized, "a job's");
    assert_eq!(refused("job-token", "glcbt-1").0, 200);
    let (status, expired) = refused("private-token", "glpat-old");
    assert_eq!((status, &expired["error"]), (401, &json!("invalid_token")));
    let (status, narrow) = refused("private-token", "glpat-eve");
    assert_eq!(
        (status, &narrow["error"]),
        (403, &json!("insufficient_scope"))
    );
    assert_eq!(refused("authorization", "Bearer glpat-ann").0, 200);
    let site = rest("");
    assert_eq!(site.status("/api/v4/version"), 401);
    let page = site.ask("/grp/prj");
    assert_eq!(page.status(), 302);
    assert_eq!(header(&page, "location"), "http://api/users/sign_in");
}

#[test]
fn projects_and_groups_lead_to_repositories() {
    let site = rest("glpat-ann");
    let projects = site.json("/api/v4/projects?membership=true&simple=true");
    assert_eq!(
        column(&projects, "path_with_namespace"),
        ["grp/prj", "grp/off"]
    );
    assert!(
        projects[0].get("container_registry_access_level").is_none(),
        "simple"
    );
    let whole = site.json("/api/v4/projects?membership=true");
    assert_eq!(
        column(&whole, "container_registry_access_level"),
        ["enabled", "disabled"]
    );
    let id = &projects[0]["id"];
    for project in [id.to_string(), "grp%2Fprj".to_owned()] {
        let path = format!("/api/v4/projects/{project}/registry/repositories");
        let found = site.json(&format!("{path}?tags_count=true"));
        assert_eq!(column(&found, "path"), ["grp/prj", "grp/prj/app"]);
        assert_eq!(column(&found, "name"), ["", "app"]);
        assert_eq!(
            column(&found, "location"),
            ["registry/grp/prj", "registry/grp/prj/app"]
        );
        assert_eq!(found[1]["tags_count"], 4);
        let tags = site.json(&format!("{path}/{}/tags", found[1]["id"]));
        assert_eq!(column(&tags, "name").concat(), "abcd");
        assert!(tags[0].get("digest").is_none());
        let tag = site.json(&format!("{path}/{}/tags/a", found[1]["id"]));
        let digest = site
            .registry
            .content()
            .manifest("grp/prj/app", "a")
            .unwrap();
        assert_eq!(tag["digest"], digest.digest.to_string());
    }
    assert_eq!(
        site.status("/api/v4/projects/grp/prj/registry/repositories"),
        404
    );
    assert_eq!(
        site.status("/api/v4/projects/grp%2Foff/registry/repositories"),
        403
    );
    assert_eq!(
        site.status("/api/v4/projects/grp%2Fsub%2Fdeep/registry/repositories"),
        404
    );
    let groups = site.json("/api/v4/groups");
    assert_eq!(column(&groups, "full_path"), ["grp", "open"]);
    let all = site.json("/api/v4/groups/grp/registry/repositories?tags_count=true");
    assert_eq!(column(&all, "path"), ["grp/off", "grp/prj", "grp/prj/app"]);
    assert!(all[0].get("tags_count").is_none(), "not for groups");
    let root = rest("glpat-root");
    let none = root.json("/api/v4/projects?membership=true");
    assert_eq!(none, json!([]), "an administrator is a member of nothing");
    assert_eq!(root.json("/api/v4/projects").as_array().unwrap().len(), 5);
}

#[test]
fn pages_of_the_api_name_their_neighbours() {
    let path = "/api/v4/projects/grp%2Fprj/registry/repositories/3/tags";
    let site = rest("glpat-ann");
    let repositories = site.json("/api/v4/projects/grp%2Fprj/registry/repositories");
    let path = path.replace("/3/", &format!("/{}/", repositories[0]["id"]));
    let page = site.ask(&format!("{path}?per_page=50&page=2"));
    for (name, value) in [
        ("x-page", "2"),
        ("x-per-page", "50"),
        ("x-next-page", "3"),
        ("x-prev-page", "1"),
        ("x-total", "120"),
        ("x-total-pages", "3"),
    ] {
        assert_eq!(header(&page, name), value, "{name}");
    }
    let link = |rel: &str, page: usize| {
        format!("<http://api{path}?page={page}&per_page=50>; rel=\"{rel}\"")
    };
    let links = [
        link("prev", 1),
        link("next", 3),
        link("first", 1),
        link("last", 3),
    ];
    assert_eq!(header(&page, "link"), links.join(", "));
    assert_eq!(site.json(&path).as_array().unwrap().len(), 20);
    assert_eq!(
        site.json(&format!("{path}?per_page=500"))
            .as_array()
            .unwrap()
            .len(),
        100
    );
    assert_eq!(
        header(&site.ask(&format!("{path}?page=6")), "x-next-page"),
        ""
    );
    let uncounted = Gitlab {
        count_limit: 100,
        ..gitlab()
    };
    let site = site_of(uncounted)
        .at(Origin::Api)
        .with("private-token", "glpat-ann");
    let page = site.ask(&path);
    assert_eq!(header(&page, "x-total"), "-");
    assert!(!header(&page, "link").contains("last"));
    let keyset = site.ask("/api/v4/projects?pagination=keyset&order_by=id&sort=asc&per_page=1");
    assert_eq!(header(&keyset, "x-next-page"), "-");
    assert!(
        header(&keyset, "link").contains("id_after=2&"),
        "{}",
        header(&keyset, "link")
    );
    assert_eq!(site.status("/api/v4/projects?pagination=keyset"), 405);
}

#[test]
fn the_api_is_throttled_in_its_own_way() {
    let limited = Gitlab {
        limit: Some(Quota {
            limit: 2,
            window: Duration::from_mins(1),
        }),
        ..gitlab()
    };
    let site = site_of(limited)
        .at(Origin::Api)
        .with("private-token", "glpat-ann");
    for left in ["1", "0"] {
        let answer = site.ask("/api/v4/projects");
        assert_eq!(answer.status(), 200);
        assert_eq!(header(&answer, "ratelimit-limit"), "2");
        assert_eq!(header(&answer, "ratelimit-remaining"), left);
    }
    let answer = site.ask("/api/v4/projects");
    assert_eq!(answer.status(), 429);
    assert_eq!(header(&answer, "retry-after"), "60");
    assert_eq!(&answer.body()[..], b"Retry later\n");
    let (_, status, _) = jwt(site.basic("ann:glpat-ann"), PULL);
    assert_eq!(status, 200, "the token service is not");
}
