use serde_json::Value;

use super::*;
use crate::simulator::content::Content;
use crate::simulator::manifest::{ImageSpec, IndexSpec};
use crate::simulator::product::Product;
use crate::simulator::product::fixture::{Request, Site};

fn content() -> Content {
    let content = Content::empty();
    for (name, tags) in [
        ("hosted/team/app", &["1.0", "1.1", "latest"][..]),
        ("hosted/other", &["x"]),
        ("hub/library/nginx", &["1", "2", "3"]),
        ("hub/library/redis", &["7"]),
    ] {
        for (seed, tag) in (0..).zip(tags) {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", seed));
            content.tag(name, tag, &digest);
        }
    }
    content
}

fn nexus() -> Nexus {
    let ann = User::member("ann", "pw", &["hosted/team", "hub", "all"]);
    Nexus {
        repositories: vec![
            NexusRepository::proxy("hub", &["library/nginx"]),
            NexusRepository::group("all", &["hosted", "hub"]),
            NexusRepository {
                format: "maven2".to_owned(),
                ..NexusRepository::hosted("releases")
            },
        ],
        ..Nexus::new(vec![User::administrator("root", "pw"), ann])
    }
}

fn site(nexus: Nexus) -> Site {
    Site::new(&content(), Product::Nexus(nexus))
}

fn as_root(path: &str) -> Request {
    Request::get(path).basic("root:pw")
}

#[test]
fn each_repository_has_a_registry_of_its_own() {
    let site = site(nexus());
    let list = |path: &str, key| site.said(&as_root(path)).texts(key);
    assert_eq!(
        list("/repository/hosted/v2/_catalog", "repositories"),
        ["other", "team/app"]
    );
    assert_eq!(
        list("/repository/hosted/v2/team/app/tags/list", "tags"),
        ["1.0", "1.1", "latest"]
    );
    // A proxy lists what it has cached, but all tags that its upstream has.
    assert_eq!(
        list("/repository/hub/v2/_catalog", "repositories"),
        ["library/nginx"]
    );
    assert_eq!(
        list("/repository/hub/v2/library/redis/tags/list", "tags"),
        ["7"]
    );
    assert_eq!(
        list("/repository/all/v2/_catalog", "repositories"),
        ["library/nginx", "other", "team/app"]
    );
    for (path, status) in [
        ("/repository/hosted/v2/", 200),
        ("/repository/hosted/v2/nothing/tags/list", 404),
        ("/repository/nothing/v2/", 404),
        ("/repository/releases/v2/", 404),
        ("/v2/", 404),
        ("/repository/hosted", 404),
    ] {
        assert_eq!(site.said(&as_root(path)).status, status, "{path}");
    }
    let unknown = site.said(&as_root("/repository/hosted/v2/nothing/tags/list"));
    assert_eq!(unknown.json()["errors"][0]["code"], "NAME_UNKNOWN");
    assert_eq!(unknown.header("server"), "Nexus/3.96.3-01 (COMMUNITY)");
}

#[test]
fn a_manifest_that_is_not_cached_is_asked_of_the_upstream() {
    let site = site(nexus());
    let accept = "application/vnd.oci.image.manifest.v1+json";
    let read = |path: &str| site.said(&as_root(path).with("accept", accept)).status;
    assert_eq!(read("/repository/hub/v2/library/nginx/manifests/1"), 200);
    assert_eq!(site.registry.upstream_pulls(), 0);
    assert_eq!(read("/repository/all/v2/library/redis/manifests/7"), 200);
    assert_eq!(site.registry.upstream_pulls(), 1);
    assert_eq!(read("/repository/all/v2/team/app/manifests/9"), 404);
}

#[test]
fn the_scheme_is_in_upper_case_and_basic_is_taken_whatever_is_challenged() {
    let plain = site(nexus());
    let refused = plain.get("/repository/hosted/v2/_catalog");
    assert_eq!(refused.status, 401);
    let basic = "BASIC realm=\"Sonatype Nexus Repository Manager\"";
    assert_eq!(refused.header("www-authenticate"), basic);
    assert_eq!(
        refused.header("docker-distribution-api-version"),
        "registry/2.0"
    );
    // As long as the one that was recorded.
    assert_eq!(refused.body.len(), 113);
    let mut nexus = nexus();
    nexus.bearer_realm = true;
    nexus.force_basic = vec!["hub".to_owned()];
    nexus.scope = Some("repository:*:pull".to_owned());
    let both = site(nexus.clone());
    let bearer = both.get("/repository/hosted/v2/");
    assert_eq!(
        bearer.header("www-authenticate"),
        "Bearer realm=\"http://registry/v2/token\",\
         service=\"http://registry/v2/token\",scope=\"repository:*:pull\""
    );
    assert_eq!(
        both.get("/repository/hub/v2/").header("www-authenticate"),
        basic
    );
    assert_eq!(both.said(&as_root("/repository/hosted/v2/")).status, 200);
    nexus.token_of_repository = true;
    let own = site(nexus).get("/repository/hosted/v2/");
    let realm = "realm=\"http://registry/repository/hosted/v2/token\"";
    assert!(own.header("www-authenticate").contains(realm));
}

#[test]
fn a_token_is_a_user_s_and_opens_no_rest() {
    let mut nexus = nexus();
    nexus.bearer_realm = true;
    nexus.anonymous = Some(User::member("anonymous", "", &["hub"]));
    let site = site(nexus);
    let token = |request: Request| {
        let said = site.said(&request);
        assert_eq!(said.json()["expires_in"], Value::Null);
        format!("Bearer {}", said.json()["token"].as_str().unwrap())
    };
    let of_ann = token(Request::get("/v2/token?service=x").basic("ann:pw"));
    let of_nobody = token(Request::get("/repository/hub/v2/token"));
    assert!(of_ann.starts_with("Bearer DockerToken."));
    let status = |path: &str, token: &str| {
        let request = Request::get(path).with("authorization", token);
        site.said(&request).status.as_u16()
    };
    assert_eq!(
        status("/repository/hosted/v2/team/app/tags/list", &of_ann),
        200
    );
    assert_eq!(
        status("/repository/hosted/v2/other/tags/list", &of_ann),
        403
    );
    assert_eq!(
        status("/repository/hub/v2/library/nginx/tags/list", &of_nobody),
        200
    );
    assert_eq!(
        status("/repository/hosted/v2/team/app/tags/list", &of_nobody),
        401
    );
    assert_eq!(status("/service/rest/v1/repositories", &of_ann), 401);
    assert_eq!(status("/repository/hub/v2/", "Bearer DockerToken.x"), 401);
    let wrong = Request::get("/v2/token").basic("ann:no");
    assert_eq!(site.said(&wrong).status, 401);
    // Without signing in there is a challenge first.
    assert_eq!(site.get("/repository/hub/v2/_catalog").status, 401);
}

#[test]
fn groups_cut_and_say_nothing_connectors_link_where_nothing_is() {
    let mut nexus = nexus();
    nexus.context = "/nexus".to_owned();
    nexus.null_tags = true;
    let path = site(nexus.clone());
    let page = path.said(&as_root(
        "/nexus/repository/hub/v2/library/nginx/tags/list?n=2",
    ));
    assert_eq!(page.texts("tags"), ["1", "null", "2"]);
    assert_eq!(
        page.header("link"),
        "<http://registry/nexus/repository/hub/v2/library/nginx/tags/list?n=2&last=2>; \
         rel=\"next\""
    );
    let group = path.said(&as_root(
        "/nexus/repository/all/v2/library/nginx/tags/list?n=2",
    ));
    assert_eq!((group.texts("tags").len(), group.header("link")), (3, "-"));
    nexus.view = NexusView::Connector("hub".to_owned());
    let port = site(nexus);
    let page = port.said(&as_root("/v2/library/nginx/tags/list?n=2"));
    let link = "<http://registry/nexus/repository/hub/v2/library/nginx/tags/list?n=2&last=2>; \
                rel=\"next\"";
    assert_eq!(page.header("link"), link);
    let followed = "/nexus/repository/hub/v2/library/nginx/tags/list?n=2&last=2";
    assert_eq!(port.said(&as_root(followed)).status, 400);
    assert_eq!(
        port.said(&as_root(followed).at(Origin::Api)).texts("tags"),
        ["3", "null"]
    );
}

#[test]
fn below_one_path_there_is_no_catalogue() {
    let mut nexus = nexus();
    nexus.view = NexusView::PathEnabled;
    let site = site(nexus);
    for (path, status) in [
        ("/v2/", 200),
        ("/v2/_catalog", 404),
        ("/v2/hosted/team/app/tags/list", 200),
        ("/v2/hosted/_catalog", 200),
    ] {
        assert_eq!(site.said(&as_root(path)).status, status, "{path}");
    }
}

/// All items of a list that goes on by tokens, and how many pages they came in.
fn all(site: &Site, path: &str, user: &str) -> (Vec<Value>, usize) {
    let (mut items, mut pages, mut next) = (Vec::new(), 0, String::new());
    loop {
        let said = site.said(&Request::get(&format!("{path}{next}")).basic(user));
        assert_eq!(said.status, 200, "{path}{next}");
        let mut page = said.json();
        items.append(page["items"].as_array_mut().unwrap());
        pages += 1;
        match page["continuationToken"].as_str() {
            Some(token) => next = format!("&continuationToken={token}"),
            None => return (items, pages),
        }
    }
}

#[test]
fn components_come_in_pages_that_only_the_server_turns() {
    let content = content();
    for seed in 0..23 {
        let digest = content.put_image("hosted/many", &ImageSpec::new("linux/arm64", seed));
        content.tag("hosted/many", &format!("v{seed:02}"), &digest);
    }
    let mut nexus = nexus();
    let new = Site::new(&content, Product::Nexus(nexus.clone()));
    nexus.version = NexusVersion::V3_70;
    let old = Site::new(&content, Product::Nexus(nexus));
    let path = "/service/rest/v1/components?repository=hosted";
    assert_eq!(all(&new, path, "root:pw").1, 1);
    let (items, pages) = all(&old, path, "root:pw");
    assert_eq!((items.len(), pages), (27, 3));
    let asset = &items[0]["assets"][0];
    assert_eq!(asset["path"], "v2/many/manifests/v00");
    assert_eq!(asset["docker"], Value::Null);
    let made_up = format!("{path}&continuationToken=10");
    assert_eq!(old.said(&as_root(&made_up)).status, 406);
    // Only what may be read.
    assert_eq!(all(&new, path, "ann:pw").0.len(), 3);
}

#[test]
fn an_asset_tells_digest_and_platform_on_the_newer_release() {
    let content = content();
    let spec = IndexSpec {
        images: ["linux/arm64", "linux/amd64"]
            .map(|platform| ImageSpec::new(platform, 1))
            .to_vec(),
        attestations: false,
        docker: false,
    };
    let index = content.put_index("hosted/list", &spec);
    content.tag("hosted/list", "1", &index);
    let site = Site::new(&content, Product::Nexus(nexus()));
    let path = "/service/rest/v1/search?docker.imageName=list&format=docker";
    let (items, _) = all(&site, path, "root:pw");
    assert_eq!(items.len(), 1);
    let asset = &items[0]["assets"][0];
    assert_eq!(asset["path"], "/v2/list/manifests/1");
    assert_eq!(
        format!("sha256:{}", asset["checksum"]["sha256"].as_str().unwrap()),
        index.to_string()
    );
    assert_eq!(asset["docker"]["content_digest"], index.to_string());
    // Of an index it tells one platform.
    assert_eq!(asset["docker"]["architecture"], "arm64");
    assert!(
        asset["docker"]["totalSize"]
            .as_str()
            .unwrap()
            .ends_with(" MB")
    );
    // The children are assets without a component.
    let (assets, _) = all(
        &site,
        "/service/rest/v1/assets?repository=hosted",
        "root:pw",
    );
    let digests = assets
        .iter()
        .filter(|one| one["path"].as_str().unwrap().contains("sha256:"));
    assert_eq!(digests.count(), 4 + 3);
}

#[test]
fn search_knows_members_words_and_short_wildcards() {
    let site = site(nexus());
    let hits = |query: &str| {
        let (items, _) = all(
            &site,
            &format!("/service/rest/v1/search?{query}"),
            "root:pw",
        );
        let name = |item: &Value| {
            format!(
                "{}:{}",
                item["repository"].as_str().unwrap(),
                item["version"].as_str().unwrap()
            )
        };
        items.iter().map(name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        hits("repository=all&name=team/app"),
        "hosted:1.0 hosted:1.1 hosted:latest"
    );
    assert_eq!(hits("repository=hub"), "hub:1 hub:2 hub:3");
    assert_eq!(hits("docker.imageTag=late*"), "hosted:latest");
    assert_eq!(hits("keyword=%22nginx%22&version=2"), "hub:2");
    assert_eq!(hits("colour=red"), "");
    let short = "/service/rest/v1/search?version=1*";
    assert_eq!(site.said(&as_root(short)).status, 400);
    let digest = site
        .registry
        .content()
        .manifest("hosted/other", "x")
        .unwrap()
        .digest
        .to_string();
    let hit = hits(&format!("docker.contentDigest={digest}&repository=hosted"));
    assert!(hit.contains("hosted:x"), "{hit}");
}

#[test]
fn repositories_are_those_that_may_be_browsed_and_settings_the_administrator_s() {
    let site = site(nexus());
    let names = |request: Request| {
        let list = site.said(&request).json();
        let name = |one: &Value| {
            format!(
                "{}/{}",
                one["name"].as_str().unwrap(),
                one["type"].as_str().unwrap()
            )
        };
        list.as_array()
            .unwrap()
            .iter()
            .map(name)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let path = "/service/rest/v1/repositories";
    assert_eq!(
        names(as_root(path)),
        "all/group hosted/hosted hub/proxy releases/hosted"
    );
    assert_eq!(
        names(Request::get(path).basic("ann:pw")),
        "all/group hosted/hosted hub/proxy"
    );
    let settings = site
        .said(&as_root(
            "/service/rest/v1/repositories/docker/hosted/hosted",
        ))
        .json();
    assert_eq!(settings["docker"]["forceBasicAuth"], true);
    assert_eq!(settings["url"], "http://registry/repository/hosted");
    for (path, user, status) in [
        ("repositorySettings", "ann:pw", 403),
        ("repositories/docker/hosted/hosted", "ann:pw", 403),
        ("repositories/docker/proxy/hosted", "root:pw", 404),
        ("components", "root:pw", 422),
        ("components?repository=nothing", "root:pw", 404),
        ("components?repository=releases", "ann:pw", 403),
        ("nothing", "root:pw", 404),
        ("repositories", "ann:no", 401),
    ] {
        let said = site.said(&Request::get(&format!("/service/rest/v1/{path}")).basic(user));
        assert_eq!(said.status, status, "{path}");
    }
    let siesta = site.said(&as_root("/service/rest/v1/nothing")).json();
    assert_eq!(siesta["status-message"], "NOT_FOUND");
}

#[test]
fn the_status_is_open_to_all_also_before_the_licence_is_accepted() {
    let mut nexus = nexus();
    nexus.licence_accepted = false;
    let fresh = site(nexus);
    assert_eq!(fresh.get("/service/rest/v1/status").status, 200);
    assert_eq!(
        fresh.said(&as_root("/service/rest/v1/repositories")).status,
        403
    );
    assert_eq!(fresh.said(&as_root("/repository/hosted/v2/")).status, 403);
    assert_eq!(
        site(self::nexus())
            .get("/service/rest/v1/repositories")
            .status,
        401
    );
    let expired = Nexus::new(vec![User::administrator("old", "pw").expired()]);
    let old = Request::get("/repository/hosted/v2/").basic("old:pw");
    assert_eq!(site(expired).said(&old).status, 401);
}

#[test]
fn faults_find_a_repository_by_its_whole_name() {
    let nexus = nexus();
    let route = |path| nexus.route(Origin::Registry, path);
    let tags = route("/repository/hosted/v2/team/app/tags/list");
    assert_eq!(tags.repository(), Some("hosted/team/app"));
    assert_eq!(route("/service/rest/v1/components"), Route::Api(None));
    assert_eq!(route("/repository/hosted/v2/token"), Route::Token);
    assert_eq!(route("/x"), Route::Other);
}
