//! The REST API.

use std::time::Duration;

use serde_json::{Value, json};

use super::{PULL, gitlab, jwt, site, site_of};
use crate::simulator::asked::Origin;
use crate::simulator::product::fixture::{Site, column, header};
use crate::simulator::product::gitlab::Gitlab;
use crate::simulator::quota::Quota;

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
