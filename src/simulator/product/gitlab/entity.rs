//! What GitLab's REST API says of groups, projects, repositories and tags (lib/api/entities).

use serde_json::{Value, json};

use super::GitlabProject;
use crate::simulator::content::Held;
use crate::simulator::registry::Registry;

const CREATED: &str = "2025-01-07T09:00:00.000Z";

/// A project, and the number that GitLab gives it.
pub(super) struct Numbered {
    pub(super) id: usize,
    pub(super) project: GitlabProject,
}

/// A repository of the registry, and the numbers that GitLab gives.
pub(super) struct Repository {
    pub(super) id: usize,
    pub(super) path: String,
    pub(super) project: Numbered,
}

/// The groups that a project is in, the outermost first.
pub(super) fn groups_of(path: &str) -> Vec<String> {
    let ends = path.match_indices('/').map(|(at, _)| at);
    ends.map(|at| path[..at].to_owned()).collect()
}

pub(super) fn group(all: &[String], path: &String) -> Value {
    let id = all.iter().position(|known| known == path).unwrap_or(0) + 1;
    let leaf = path.rsplit('/').next().unwrap_or_default();
    json!({ "id": id, "name": leaf, "path": leaf, "full_path": path, "visibility": "private" })
}

/// A project; `simple` leaves out whether it has a registry.
pub(super) fn project(registry: &Registry, found: &Numbered, simple: bool) -> Value {
    let Numbered { id, project } = found;
    let (group, leaf) = project.path.rsplit_once('/').unwrap_or(("", &project.path));
    let mut value = json!({
        "id": id,
        "description": null,
        "name": leaf,
        "name_with_namespace": project.path.replace('/', " / "),
        "path": leaf,
        "path_with_namespace": project.path,
        "created_at": CREATED,
        "web_url": format!("{}/{}", registry.origins().api, project.path),
        "namespace": { "id": 1, "name": group, "path": group, "kind": "group", "full_path": group },
    });
    if !simple {
        let (level, enabled) = if project.without_registry {
            ("disabled", false)
        } else {
            ("enabled", true)
        };
        value["visibility"] = json!(if project.public { "public" } else { "private" });
        value["container_registry_access_level"] = json!(level);
        value["container_registry_enabled"] = json!(enabled);
    }
    value
}

/// A repository (lib/api/entities/container_registry.rb).
pub(super) fn row(
    registry: &Registry,
    found: &Repository,
    with_tags: bool,
    with_count: bool,
) -> Value {
    let name = found.path[found.project.project.path.len()..].trim_start_matches('/');
    let mut value = json!({
        "id": found.id,
        "name": name,
        "path": found.path,
        "project_id": found.project.id,
        "location": location(registry, &found.path),
        "created_at": CREATED,
        "cleanup_policy_started_at": null,
        "status": null,
    });
    if with_count || with_tags {
        let tags = tags(registry, &found.path);
        if with_count {
            value["tags_count"] = json!(tags.len());
        }
        if with_tags {
            value["tags"] = tags.into();
        }
    }
    value
}

/// The registry's host and the path, without a scheme.
fn location(registry: &Registry, path: &str) -> String {
    let origin = registry.origins().registry.trim_start_matches("http://");
    format!("{origin}/{path}")
}

pub(super) fn tags(registry: &Registry, path: &str) -> Vec<Value> {
    let tags = registry
        .content()
        .tags(path, None, usize::MAX)
        .unwrap_or_default();
    let tag = |name: &String| {
        let whole = format!("{path}:{name}");
        json!({ "name": name, "path": whole, "location": location(registry, &whole) })
    };
    tags.iter().map(tag).collect()
}

pub(super) fn tag_detail(registry: &Registry, path: &str, name: &str, held: &Held) -> Value {
    let whole = format!("{path}:{name}");
    let document = held.document();
    let revision = document["config"]["digest"].as_str().unwrap_or_default();
    let revision = revision.trim_start_matches("sha256:");
    json!({
        "name": name,
        "path": whole,
        "location": location(registry, &whole),
        "revision": revision,
        "short_revision": revision.get(..9),
        "digest": held.stored.digest.to_string(),
        "created_at": held.stored.image.as_ref().and_then(|image| image.created).map(|at| at.to_string()),
        "total_size": held.counted_size(),
    })
}
