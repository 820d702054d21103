use serde_json::{Value, json};

use super::*;
use crate::simulator::content::Content;
use crate::simulator::facts::Facts;
use crate::simulator::manifest::{ImageSpec, IndexSpec};
use crate::simulator::product::Product;
use crate::simulator::product::fixture::{Request, Said, Site};

fn content() -> Content {
    let content = Content::empty();
    for (name, tags) in [
        ("docker-local/team/app", &["1.0", "1.1", "latest"][..]),
        ("docker-local/other", &["x"]),
        ("hub/library/nginx", &["1", "2"]),
        ("hub/library/redis", &["7"]),
        ("charts/web", &["0.1"]),
    ] {
        for (seed, tag) in (0..).zip(tags) {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", seed));
            content.tag(name, tag, &digest);
        }
    }
    let images = ["linux/amd64", "linux/arm64"].map(|platform| ImageSpec::new(platform, 9));
    let spec = IndexSpec {
        images: images.to_vec(),
        attestations: false,
        docker: false,
    };
    let index = content.put_index("docker-local/team/list", &spec);
    content.tag("docker-local/team/list", "1", &index);
    content
}

fn artifactory() -> Artifactory {
    let ann = User::member("ann", "pw", &["docker-local/team", "all"]);
    Artifactory {
        keys: vec![
            ArtifactoryKey::remote("hub", &["library/nginx"]),
            ArtifactoryKey::virtual_of("all", &["docker-local", "hub"]),
            ArtifactoryKey {
                package_type: "oci".to_owned(),
                ..ArtifactoryKey::local("charts")
            },
        ],
        api_keys: vec![User::member("ann", "AKCp-ann", &["docker-local/team"])],
        access_tokens: vec![
            User::member("ann", "eyJ-ann", &["docker-local/team"]),
            User::member("ann", "eyJ-old", &["docker-local/team"]).expired(),
        ],
        ..Artifactory::new(vec![User::administrator("root", "pw"), ann])
    }
}

fn site(artifactory: Artifactory) -> Site {
    Site::new(&content(), Product::Artifactory(artifactory))
}

fn as_root(path: &str) -> Request {
    Request::get(path).basic("root:pw")
}

#[test]
fn a_key_is_the_first_component_and_not_part_of_names() {
    let site = site(artifactory());
    let direct = "/artifactory/api/docker/docker-local/v2/_catalog";
    for path in ["/v2/docker-local/_catalog", direct] {
        let names = site.said(&as_root(path)).texts("repositories");
        assert_eq!(names, ["other", "team/app", "team/list"], "{path}");
    }
    let hub = site.said(&as_root("/v2/hub/_catalog"));
    assert_eq!(hub.texts("repositories"), ["library/nginx"]);
    let all = site.said(&as_root("/v2/all/library/redis/tags/list"));
    assert_eq!(all.texts("tags"), ["7"]);
    assert_eq!(all.json()["name"], "library/redis");
    for (path, status) in [
        ("/v2/", 200),
        ("/v2/_catalog", 404),
        ("/v2/docker-local/", 200),
        ("/v2/docker-local/nothing/tags/list", 404),
        ("/v2/nothing/_catalog", 404),
        ("/v2/charts/_catalog", 404),
        ("/artifactory/api/oci/charts/v2/_catalog", 200),
        ("/artifactory/api/oci/docker-local/v2/_catalog", 404),
        ("/nothing", 404),
    ] {
        assert_eq!(site.said(&as_root(path)).status, status, "{path}");
    }
    // Both shapes of error.
    let unknown = site
        .said(&as_root("/v2/docker-local/nothing/tags/list"))
        .json();
    assert_eq!(unknown["errors"][0]["code"], "NAME_UNKNOWN");
    let unsupported = site.said(&as_root("/v2/charts/_catalog"));
    assert_eq!(unsupported.json()["errors"][0]["status"], 404);
    assert_eq!(
        unsupported.header("x-jfrog-version"),
        "Artifactory/7.46.11 74611900"
    );
    assert_eq!(
        unsupported.header("docker-distribution-api-version"),
        "registry/2.0"
    );
}

#[test]
fn a_sub_domain_is_one_key_and_the_direct_form_is_always_there() {
    let mut artifactory = artifactory();
    artifactory.view = ArtifactoryView::SubDomain("docker-local".to_owned());
    let sub = site(artifactory.clone());
    let tags = sub.said(&as_root("/v2/team/app/tags/list")).texts("tags");
    assert_eq!(tags, ["1.0", "1.1", "latest"]);
    assert_eq!(
        sub.said(&as_root("/v2/_catalog"))
            .texts("repositories")
            .len(),
        3
    );
    let route = artifactory.route(Origin::Registry, "/v2/team/app/tags/list");
    assert_eq!(route.repository(), Some("docker-local/team/app"));
    artifactory.view = ArtifactoryView::Direct;
    let direct = site(artifactory);
    assert_eq!(direct.said(&as_root("/v2/")).status, 404);
    let path = "/artifactory/api/docker/docker-local/v2/team/app/manifests/1.0";
    let accept = "application/vnd.oci.image.manifest.v1+json";
    assert_eq!(
        direct.said(&as_root(path).with("accept", accept)).status,
        200
    );
}

#[test]
fn last_is_a_number_and_the_link_lacks_the_key() {
    let path = "/v2/docker-local/team/app/tags/list?n=2";
    let mut artifactory = artifactory();
    let number = site(artifactory.clone());
    let page = number.said(&as_root(path));
    assert_eq!(page.texts("tags"), ["1.0", "1.1"]);
    assert_eq!(
        page.header("link"),
        "</v2/team/app/tags/list?last=2&n=2>; rel=\"next\""
    );
    assert_eq!(
        number
            .said(&as_root(&format!("{path}&last=2")))
            .texts("tags"),
        ["latest"]
    );
    assert_eq!(
        number.said(&as_root(&format!("{path}&last=1.1"))).status,
        400
    );
    assert_eq!(
        number
            .said(&as_root("/v2/team/app/tags/list?last=2&n=2"))
            .status,
        404
    );
    let whole = number.said(&as_root("/v2/docker-local/team/app/tags/list"));
    assert_eq!((whole.texts("tags").len(), whole.header("link")), (3, "-"));
    artifactory.cursor = ArtifactoryCursor::Name;
    artifactory.digest_tags = true;
    let name = site(artifactory);
    let page = name.said(&as_root(path));
    assert_eq!(
        page.header("link"),
        "</v2/team/app/tags/list?last=1.1&n=2>; rel=\"next\""
    );
    assert_eq!(
        name.said(&as_root(&format!("{path}&last=1.1")))
            .texts("tags"),
        ["latest"]
    );
    let list = name
        .said(&as_root("/v2/docker-local/team/list/tags/list"))
        .texts("tags");
    assert_eq!(
        list.iter().filter(|tag| tag.starts_with("sha256:")).count(),
        2,
        "{list:?}"
    );
}

#[test]
fn there_are_five_ways_to_sign_in() {
    let site = site(artifactory());
    let path = "/v2/docker-local/team/app/tags/list";
    let token = site.said(&Request::get("/v2/token").basic("ann:pw")).json();
    assert_eq!(token["expires_in"], 3600);
    let token = format!("Bearer {}", token["token"].as_str().unwrap());
    let get = || Request::get(path);
    for (how, request, status) in [
        ("password", get().basic("ann:pw"), 200),
        ("API key as password", get().basic("ann:AKCp-ann"), 200),
        ("access token as password", get().basic("ann:eyJ-ann"), 200),
        ("API key", get().with("x-jfrog-art-api", "AKCp-ann"), 200),
        (
            "access token",
            get().with("authorization", "Bearer eyJ-ann"),
            200,
        ),
        ("token", get().with("authorization", &token), 200),
        ("nothing", get(), 401),
        ("wrong password", get().basic("ann:no"), 401),
        (
            "wrong API key",
            get().with("x-jfrog-art-api", "eyJ-ann"),
            401,
        ),
        ("wrong token", get().with("authorization", "Bearer x"), 401),
        (
            "expired token",
            get().with("authorization", "Bearer eyJ-old"),
            401,
        ),
        ("expired token as password", get().basic("ann:eyJ-old"), 401),
    ] {
        assert_eq!(site.said(&request).status, status, "{how}");
    }
    let old = Request::get("/artifactory/api/repositories").with("authorization", "Bearer eyJ-old");
    let old = site.said(&old).json();
    assert_eq!(
        old["errors"][0]["message"],
        "Token failed verification: expired"
    );
}

#[test]
fn challenges_are_basic_or_bearer_without_a_scope() {
    let mut artifactory = artifactory();
    let challenge = |artifactory: &Artifactory, path: &str| {
        let said = site(artifactory.clone()).get(path);
        assert_eq!(said.status, 401);
        said.header("www-authenticate").to_owned()
    };
    let path = "/v2/docker-local/team/app/tags/list";
    assert_eq!(
        challenge(&artifactory, path),
        "Basic realm=\"Artifactory Realm\""
    );
    artifactory.bearer = true;
    let bearer = "Bearer realm=\"http://registry/v2/token\",service=\"registry\"";
    assert_eq!(challenge(&artifactory, path), bearer);
    let direct = challenge(&artifactory, "/artifactory/api/docker/docker-local/v2/");
    let realm = "realm=\"http://registry/artifactory/api/docker/docker-local/v2/token\"";
    assert!(direct.contains(realm), "{direct}");
    assert_eq!(
        challenge(&artifactory, "/artifactory/api/repositories"),
        "Basic realm=\"Artifactory Realm\""
    );
    artifactory.challenges_scope = true;
    let scope = format!("{bearer},scope=\"repository:team/app:pull\"");
    assert_eq!(challenge(&artifactory, path), scope);
}

#[test]
fn what_is_closed_is_refused_hidden_or_left_out() {
    let mut artifactory = artifactory();
    artifactory.anonymous = Some(User::member("anonymous", "", &["docker-local/team"]));
    let of_ann = |path: &str| Request::get(path).basic("ann:pw");
    let other = "/v2/docker-local/other/tags/list";
    let open = site(artifactory.clone());
    assert_eq!(
        open.said(&of_ann(other)).json()["errors"][0]["code"],
        "DENIED"
    );
    assert_eq!(open.get(other).status, 401);
    assert_eq!(open.get("/v2/docker-local/team/app/tags/list").status, 200);
    let catalogue = "/v2/docker-local/_catalog";
    let names = open.said(&of_ann(catalogue)).texts("repositories");
    assert_eq!(names, ["team/app", "team/list"]);
    artifactory.hides_existence = true;
    artifactory.catalogue = ArtifactoryCatalogue::Empty;
    let hidden = site(artifactory);
    assert_eq!(hidden.said(&of_ann(other)).status, 404);
    assert_eq!(hidden.get(other).status, 404);
    assert!(
        hidden
            .said(&of_ann(catalogue))
            .texts("repositories")
            .is_empty()
    );
    assert_eq!(
        hidden.said(&as_root(catalogue)).texts("repositories").len(),
        3
    );
}

#[test]
fn repositories_are_told_by_kind_and_package() {
    let site = site(artifactory());
    let keys = |query: &str, user: &str| {
        let path = format!("/artifactory/api/repositories{query}");
        let list = site.said(&Request::get(&path).basic(user)).json();
        let key = |one: &Value| one["key"].as_str().unwrap().to_owned();
        list.as_array()
            .unwrap()
            .iter()
            .map(key)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(keys("", "root:pw"), "all charts docker-local hub");
    assert_eq!(
        keys("?packageType=docker", "root:pw"),
        "all docker-local hub"
    );
    assert_eq!(keys("?type=remote&packageType=docker", "root:pw"), "hub");
    assert_eq!(keys("", "ann:pw"), "all docker-local");
    let list = site.said(&as_root(
        "/artifactory/api/repositories?type=local&packageType=docker",
    ));
    let wanted = json!([{
        "key": "docker-local",
        "description": "",
        "type": "LOCAL",
        "url": "http://registry/artifactory/docker-local",
        "packageType": "Docker",
    }]);
    assert_eq!(list.json(), wanted);
    let one = site
        .said(&as_root("/artifactory/api/repositories/all"))
        .json();
    assert_eq!(
        (&one["rclass"], &one["repositories"][1]),
        (&json!("virtual"), &json!("hub"))
    );
    assert_eq!(
        site.said(&as_root("/artifactory/api/repositories/nothing"))
            .status,
        400
    );
}

#[test]
fn the_system_tells_that_it_is_there_to_all_and_what_it_is_to_users() {
    let mut artifactory = artifactory();
    artifactory.anonymous = Some(User::member("anonymous", "", &[]));
    let site = site(artifactory);
    assert_eq!(&site.get("/artifactory/api/system/ping").body[..], b"OK");
    assert_eq!(site.get("/artifactory/api/system/version").status, 401);
    let version = site
        .said(&as_root("/artifactory/api/system/version"))
        .json();
    assert_eq!(version["version"], "7.46.11");
}

fn aql(site: &Site, user: &str, query: &str) -> Said {
    let request = Request::post("/artifactory/api/search/aql", query);
    site.said(&request.basic(user).with("content-type", "text/plain"))
}

#[test]
fn aql_finds_manifests_by_tag_and_digest() {
    let site = site(artifactory());
    let query = r#"items.find({"$or":[{"name":"manifest.json"},{"name":"list.manifest.json"}]})
        .include("repo","path","name","size","created","modified","sha256","property.key","property.value")"#;
    let found = aql(&site, "root:pw", query).json();
    let mut places: Vec<String> = found["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            format!(
                "{}/{}",
                one["repo"].as_str().unwrap(),
                one["path"].as_str().unwrap()
            )
        })
        .filter(|place| !place.contains("sha256__"))
        .collect();
    places.sort_unstable();
    // A remote one's files are in its cache.
    assert_eq!(
        places,
        [
            "charts/web/0.1",
            "docker-local/other/x",
            "docker-local/team/app/1.0",
            "docker-local/team/app/1.1",
            "docker-local/team/app/latest",
            "docker-local/team/list/1",
            "hub-cache/library/nginx/1",
            "hub-cache/library/nginx/2",
        ]
    );
    // The two children of the index.
    assert_eq!(found["range"]["total"], 10);
    let list =
        r#"items.find({"path":"team/list/1"}).include("repo","path","name","sha256","property")"#;
    let list = aql(&site, "ann:pw", list).json();
    let index = site
        .registry
        .content()
        .manifest("docker-local/team/list", "1")
        .unwrap();
    let hex = list["results"][0]["sha256"].as_str().unwrap();
    assert_eq!(format!("sha256:{hex}"), index.digest.to_string());
    let tag = json!({ "key": "docker.manifest", "value": "1" });
    assert_eq!(list["results"][0]["properties"][0], tag);
    // Others see what they may read.
    let all = aql(&site, "ann:pw", "items.find()").json();
    let all = all["results"].as_array().unwrap();
    assert!(
        all.iter()
            .all(|one| one["path"].as_str().unwrap().starts_with("team/"))
    );
}

#[test]
fn aql_is_refused_as_the_server_says() {
    let mut artifactory = artifactory();
    artifactory.anonymous = Some(User::member("anonymous", "", &["docker-local"]));
    let site = site(artifactory.clone());
    let query = "items.find({\"name\":\"manifest.json\"}).include(\"path\")";
    assert_eq!(aql(&site, "root:pw", query).status, 200);
    let refused = aql(&site, "ann:pw", query);
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["errors"][0]["status"], 400);
    let path = "/artifactory/api/search/aql";
    assert_eq!(site.said(&Request::post(path, "items.find()")).status, 401);
    assert_eq!(site.said(&as_root(path)).status, 405);
    let typed = Request::post(path, "items.find()")
        .basic("root:pw")
        .with("content-type", "application/json");
    assert_eq!(site.said(&typed).status, 415);
    artifactory.aql.allowed = false;
    assert_eq!(aql(&self::site(artifactory), "root:pw", query).status, 403);
}

#[test]
fn storage_tells_of_folders_files_and_properties() {
    let site = site(artifactory());
    let get = |path: &str| site.said(&as_root(&format!("/artifactory/api/storage/{path}")));
    let deep = get("docker-local/team/app?list&deep=1&listFolders=0").json();
    let uris = |listed: &Value| {
        let uri = |one: &Value| one["uri"].as_str().unwrap().to_owned();
        listed["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(uri)
            .collect::<Vec<_>>()
    };
    // A manifest, a configuration and a layer a tag.
    assert_eq!(uris(&deep).len(), 9);
    assert!(uris(&deep).contains(&"/1.0/manifest.json".to_owned()));
    let folders = get("docker-local/team/app?list&deep=0&listFolders=1").json();
    assert_eq!(uris(&folders), ["/1.0", "/1.1", "/latest"]);
    let folder = get("docker-local/team").json();
    let children = json!([{ "uri": "/app", "folder": true }, { "uri": "/list", "folder": true }]);
    assert_eq!(folder["children"], children);
    let file = get("docker-local/team/app/1.0/manifest.json").json();
    let manifest = site
        .registry
        .content()
        .manifest("docker-local/team/app", "1.0")
        .unwrap();
    assert_eq!(file["size"], manifest.body.len().to_string());
    let properties = get("docker-local/team/app/1.0/manifest.json?properties").json();
    assert_eq!(properties["properties"]["docker.manifest"], json!(["1.0"]));
    let digest = manifest.digest.clone();
    let facts = Facts {
        pulls: 3,
        ..site
            .registry
            .content()
            .facts("docker-local/team/app", &digest)
    };
    site.registry
        .content()
        .set_facts("docker-local/team/app", &digest, facts);
    assert_eq!(
        get("docker-local/team/app/1.0/manifest.json?stats").json()["downloadCount"],
        3
    );
    for (path, status) in [
        ("docker-local/team/app?properties", 404),
        ("docker-local/nothing", 404),
        ("nothing/x", 404),
        ("docker-local/team/app/1.0/manifest.json?list", 400),
        ("hub-cache/library/nginx/1/manifest.json", 200),
        ("all/library/nginx", 200),
    ] {
        assert_eq!(get(path).status, status, "{path}");
    }
    let closed = Request::get("/artifactory/api/storage/docker-local/other").basic("ann:pw");
    assert_eq!(site.said(&closed).status, 404);
}

#[test]
fn files_are_handed_out_as_they_are() {
    let site = site(artifactory());
    let read = |path: &str| site.said(&as_root(&format!("/artifactory/{path}")));
    let manifest = site
        .registry
        .content()
        .manifest("docker-local/team/app", "1.0")
        .unwrap();
    let said = read("docker-local/team/app/1.0/manifest.json");
    assert_eq!(said.body, manifest.body);
    let config: Value = serde_json::from_slice(&manifest.body).unwrap();
    let config = config["config"]["digest"]
        .as_str()
        .unwrap()
        .replace(':', "__");
    assert_eq!(
        read(&format!("docker-local/team/app/1.0/{config}")).json()["os"],
        "linux"
    );
    assert_eq!(read("docker-local/team/app/1.0/nothing").status, 404);
    assert_eq!(site.get("/artifactory/docker-local/x").status, 401);
}

#[test]
fn an_image_that_is_not_cached_is_asked_of_the_upstream() {
    let site = site(artifactory());
    let accept = "application/vnd.oci.image.manifest.v1+json";
    for (path, pulls) in [("nginx/manifests/1", 0), ("redis/manifests/7", 1)] {
        let request = as_root(&format!("/v2/hub/library/{path}")).with("accept", accept);
        assert_eq!(site.said(&request).status, 200);
        assert_eq!(site.registry.upstream_pulls(), pulls);
    }
}
