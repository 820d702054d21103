//! What GitLab says, asked without sockets.

mod registry;
mod rest;

use serde_json::{Value, json};

use super::{Gitlab, GitlabProject, GitlabToken, GitlabTokenKind};
use crate::simulator::asked::Origin;
use crate::simulator::content::Content;
use crate::simulator::manifest::{ImageSpec, IndexSpec};
use crate::simulator::product::fixture::Site;
use crate::simulator::product::{Product, User};

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
