//! What zot says, asked without sockets.

use serde_json::Value;

use super::*;
use crate::model::Digest;
use crate::simulator::content::Content;
use crate::simulator::document::{OCI_INDEX, OCI_MANIFEST};
use crate::simulator::manifest::{ArtifactSpec, ImageSpec, IndexSpec};
use crate::simulator::product::Product;
use crate::simulator::product::fixture::{Request, Site, column, error_of, header};

const ANN: &str = "ann:password of ann";

fn content() -> Content {
    let content = Content::empty();
    let spec = IndexSpec {
        images: ["linux/amd64", "linux/arm64/v8"]
            .map(|platform| ImageSpec::new(platform, 1))
            .into(),
        attestations: true,
        docker: false,
    };
    let index = content.put_index("team/app", &spec);
    content.tag("team/app", "1.0", &index);
    let of = index.clone();
    let signature = content.put_artifact("team/app", &ArtifactSpec::Signature { of });
    let tag = format!("{}.sig", index.to_string().replace(':', "-"));
    content.tag("team/app", &tag, &signature);
    let image = content.put_image("open/tool", &ImageSpec::new("linux/arm64/v8", 2));
    content.tag("open/tool", "latest", &image);
    content.put_repository("team/none");
    content
}

fn site(zot: Zot) -> Site {
    let zot = Zot {
        users: vec![User::member("ann", "password of ann", &["team"])],
        anonymous: Some(User::member("", "", &["open"])),
        ..zot
    };
    Site::new(&content(), Product::Zot(zot))
}

fn search(fields: &str, page: &str) -> String {
    let query = format!(
        "{{ImageList(repo:\"\",requestedPage:{{{page}}}){{Page{{TotalCount}} Results{{{fields}}}}}}}"
    );
    let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    format!("{SEARCH}?query={query}")
}

#[test]
fn everybody_is_welcome_where_something_is_open_to_everybody() {
    let site = site(Zot::default());
    let welcome = site.ask("/v2/");
    assert_eq!(welcome.status(), 200);
    assert_eq!(
        header(&welcome, "www-authenticate"),
        "basic realm=zot local"
    );
    assert!(welcome.body().is_empty());
    let closed = Site::new(&content(), Product::Zot(Zot::default()));
    let refused = closed.get("/v2/");
    assert_eq!(refused.status, 401);
    // An object, and no list of errors.
    assert_eq!(refused.json()["code"], "UNAUTHORIZED");
    assert_eq!(refused.json()["errors"], Value::Null);
    assert!(
        refused
            .header("www-authenticate")
            .starts_with("Basic realm=")
    );
}

#[test]
fn lists_hold_what_one_may_read() {
    let site = site(Zot::default());
    assert_eq!(
        site.get("/v2/_catalog").texts("repositories"),
        ["open/tool"]
    );
    let ann = Request::get("/v2/_catalog?n=1").basic(ANN);
    let page = site.said(&ann);
    assert_eq!(page.texts("repositories"), ["team/app"]);
    // Not encoded.
    let link = "</v2/_catalog?n=1&last=team/app>; rel=\"next\"";
    assert_eq!(page.header("link"), link);
    for behind in ["team/none", "team/gone"] {
        let path = format!("/v2/_catalog?n=1&last={behind}");
        let page = site.said(&Request::get(&path).basic(ANN));
        assert_eq!(page.texts("repositories"), [""; 0], "{behind}");
    }
    // A full page has a link, whether or not there is more.
    let last = site.said(&Request::get("/v2/_catalog?n=2").basic(ANN));
    assert_eq!(last.texts("repositories"), ["team/app", "team/none"]);
    assert!(last.header("link").contains("last=team/none"));
    let denied = site.ask("/v2/team/app/tags/list");
    assert_eq!(denied.status(), 403);
    assert_eq!(error_of(&denied).0, "DENIED");
    let site = site.basic(ANN);
    assert_eq!(site.status("/v2/team/app/tags/list?last=none&n=1"), 404);
}

#[test]
fn the_search_lists_tags_and_no_signature() {
    let site = site(Zot::default()).basic(ANN);
    let fields = "RepoName Tag Digest MediaType Size Manifests{Digest Platform{Os Arch}}";
    let said = site.json(&search(fields, "limit:10,offset:0,sortBy:ALPHABETIC_ASC"));
    let list = &said["data"]["ImageList"];
    assert_eq!(list["Page"]["TotalCount"], 1);
    assert_eq!(column(&list["Results"], "Tag"), ["1.0"]);
    let manifests = list["Results"][0]["Manifests"].as_array().unwrap();
    let arch = |one: &Value| one["Platform"]["Arch"].as_str().unwrap().to_owned();
    let found: Vec<String> = manifests.iter().map(arch).collect();
    assert_eq!(found, ["amd64", "arm64/v8", "unknown", "unknown"]);
    assert!(
        list["Results"][0]["Size"]
            .as_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            > 0
    );
    // What was not asked for does not come.
    assert_eq!(list["Results"][0]["PushTimestamp"], Value::Null);
    let behind = site.json(&search(fields, "limit:10,offset:10"));
    assert_eq!(
        column(&behind["data"]["ImageList"]["Results"], "Tag"),
        [""; 0]
    );
}

#[test]
fn the_search_leaves_out_what_leads_to_no_manifest_and_what_ends_as_referrers_tags_do() {
    let content = Content::empty();
    let image = content.put_image("team/app", &ImageSpec::new("linux/amd64", 1));
    let index = |entries: &[(&str, String)]| {
        let entries = entries.iter();
        let entries = entries.map(|(kind, digest)| json!({ "mediaType": kind, "digest": digest }));
        let index = json!({ "schemaVersion": 2, "manifests": entries.collect::<Vec<_>>() });
        content.put_manifest("team/app", OCI_INDEX, index.to_string().into())
    };
    let absent = || Digest::sha256(b"absent").to_string();
    let layer = "application/vnd.oci.image.layer.v1.tar+gzip";
    let flat = index(&[(OCI_MANIFEST, image.to_string()), (OCI_MANIFEST, absent())]);
    for (tag, digest) in [
        ("plain", &image),
        ("main-sha256-1a2b3c", &image),
        ("sha256-1a.2b", &image),
        ("cache", &index(&[(layer, image.to_string())])),
        ("lost", &index(&[(OCI_MANIFEST, absent())])),
        ("nested", &index(&[(OCI_INDEX, flat.to_string())])),
    ] {
        content.tag("team/app", tag, digest);
    }
    let zot = Zot {
        anonymous: Some(User::administrator("", "")),
        ..Zot::default()
    };
    let site = Site::new(&content, Product::Zot(zot));
    let said = site.json(&search("Tag Manifests{Digest}", "limit:0"));
    let results = &said["data"]["ImageList"]["Results"];
    assert_eq!(column(results, "Tag"), ["nested", "plain", "sha256-1a.2b"]);
    // The image below the index below it.
    assert_eq!(
        column(&results[0]["Manifests"], "Digest"),
        [image.to_string()]
    );
}

#[test]
fn an_image_is_dated_by_its_label_where_it_has_one() {
    let content = Content::empty();
    let mut spec = ImageSpec {
        created: "2026-01-02T03:04:05Z".parse().ok(),
        ..ImageSpec::new("linux/amd64", 1)
    };
    content.tag("team/app", "1", &content.put_image("team/app", &spec));
    let label = ("org.label-schema.build-date", "2015-01-01T00:00:00Z");
    spec.labels.push((label.0.to_owned(), label.1.to_owned()));
    content.tag("team/app", "2", &content.put_image("team/app", &spec));
    let zot = Zot {
        anonymous: Some(User::administrator("", "")),
        ..Zot::default()
    };
    let site = Site::new(&content, Product::Zot(zot));
    let said = site.json(&search("LastUpdated", "limit:0"));
    let dates = column(&said["data"]["ImageList"]["Results"], "LastUpdated");
    assert_eq!(dates, ["2026-01-02T03:04:05Z", label.1]);
}

#[test]
fn a_field_that_it_does_not_know_is_refused() {
    for errs_with_success in [false, true] {
        let site = site(Zot {
            knows_times: false,
            errs_with_success,
            ..Zot::default()
        });
        let said = site.get(&search("Tag PushTimestamp", "limit:1"));
        assert_eq!(said.status == 200, errs_with_success);
        let message = said.json()["errors"][0]["message"].to_string();
        assert!(message.contains("Cannot query field"), "{message}");
        let known = site.json(&search("Tag DownloadCount", "limit:1"));
        assert_eq!(
            column(&known["data"]["ImageList"]["Results"], "Tag"),
            ["latest"]
        );
    }
    let without = site(Zot {
        searches: false,
        ..Zot::default()
    });
    assert_eq!(without.status(&search("Tag", "limit:1")), 404);
    assert_eq!(without.json(MANAGEMENT)["releaseTag"], "v2.1.20");
}
