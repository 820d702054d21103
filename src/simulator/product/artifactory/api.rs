//! The REST API of Artifactory, `/artifactory/api`:
//! repositories, the system, AQL, storage.

use std::collections::BTreeMap;

use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::aql::{Item, Query, Rules};
use super::files::File;
use super::{Artifactory, ArtifactoryKey, ArtifactoryKind, Asker, refusal, unauthorized};
use crate::model::Timestamp;
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::product::sees;
use crate::simulator::product::user::User;
use crate::simulator::registry::Registry;

impl Artifactory {
    pub(super) fn api(&self, asked: &Asked<'_>, registry: &Registry, rest: &str) -> Answer {
        // Anonymous, whatever the settings.
        if rest == "system/ping" {
            let media_type = HeaderValue::from_static("text/plain");
            return answer::answer(StatusCode::OK, media_type, "OK".into());
        }
        let user = match self.asker(asked, registry) {
            Asker::User(user) => user,
            other => return unauthorized(other),
        };
        if rest == "search/aql" {
            return self.search(asked, registry, user);
        }
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
        }
        match rest.split_once('/').unwrap_or((rest, "")) {
            ("system", "version") if self.is_anonymous(user) => unauthorized(Asker::Nobody),
            ("system", "version") => json_of(&json!({
                "version": "7.46.11",
                "revision": "74611900",
                "addons": [],
                "license": "Artifactory Pro",
            })),
            ("repositories", "") => self.repositories(asked, registry, user),
            ("repositories", key) => self.repository(registry, user, key),
            ("storage", path) => self.storage(asked, registry, user, path),
            _ => refusal(StatusCode::NOT_FOUND, "Not Found"),
        }
    }

    /// Both parameters are optional, and the package type is capitalised.
    fn repositories(&self, asked: &Asked<'_>, registry: &Registry, user: &User) -> Answer {
        let (kind, package) = (asked.parameter("type"), asked.parameter("packageType"));
        let fits = |wanted: &Option<String>, is: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(is))
        };
        let all = self.all(registry).into_iter();
        let shown: Vec<Value> = all
            .filter(|key| fits(&kind, key.kind()) && fits(&package, &key.package_type))
            .filter(|key| sees(user, &key.key))
            .map(|key| {
                json!({
                    "key": key.key,
                    "description": "",
                    "type": key.kind().to_uppercase(),
                    "url": url(registry, &key),
                    "packageType": capitalised(&key.package_type),
                })
            })
            .collect();
        json_of(&shown.into())
    }

    fn repository(&self, registry: &Registry, user: &User, key: &str) -> Answer {
        let Some(found) = self
            .key(registry, key)
            .filter(|found| sees(user, &found.key))
        else {
            return refusal(StatusCode::BAD_REQUEST, "Bad Request");
        };
        let mut shown = json!({
            "key": found.key,
            "packageType": found.package_type,
            "description": "",
            "url": url(registry, &found),
            "rclass": found.kind(),
        });
        if let ArtifactoryKind::Virtual(members) = &found.kind {
            shown["repositories"] = json!(members);
        }
        json_of(&shown)
    }

    /// Plain text in, items out. Only for whom signs in.
    fn search(&self, asked: &Asked<'_>, registry: &Registry, user: &User) -> Answer {
        if self.is_anonymous(user) {
            return unauthorized(Asker::Nobody);
        }
        if *asked.method != Method::POST {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
        }
        let media_type = asked.header(CONTENT_TYPE.as_str()).unwrap_or("text/plain");
        if !media_type.starts_with("text/plain") {
            return refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type");
        }
        if !self.aql.allowed {
            return refusal(StatusCode::FORBIDDEN, "Forbidden");
        }
        let rules = Rules {
            admin: user.administrator,
            knows_in: self.aql.knows_in,
            tells_stats: self.aql.tells_stats,
            sorts: self.aql.sorts,
            limit_counts_properties: self.aql.limit_counts_properties,
            hard_limit: self.aql.hard_limit,
        };
        let query = match Query::parse(&String::from_utf8_lossy(&asked.body), &rules) {
            Ok(query) => query,
            Err(message) => return refusal(StatusCode::BAD_REQUEST, &message),
        };
        let mut items: Vec<Item> = Vec::new();
        for key in self.all(registry) {
            // An item is in one repository that has content; virtual ones have none.
            if !matches!(key.kind, ArtifactoryKind::Virtual(_)) {
                let files = self.files(registry, &key).into_iter();
                items.extend(
                    files
                        .filter(|file| user.may_read(&file.name))
                        .map(|file| file.item),
                );
            }
        }
        json_of(&query.run(&items, &rules))
    }

    /// The files below a path that the user may read, by the key that was asked for.
    fn below(&self, registry: &Registry, user: &User, path: &str) -> Option<(String, Vec<File>)> {
        let (key, path) = path.split_once('/').unwrap_or((path, ""));
        let of_cache = key
            .strip_suffix("-cache")
            .and_then(|key| self.key(registry, key));
        let found = self
            .key(registry, key)
            .or_else(|| of_cache.filter(|key| matches!(key.kind, ArtifactoryKind::Remote(_))))?;
        let files = self
            .members(registry, &found)
            .iter()
            .flat_map(|member| self.files(registry, member))
            .filter(|file| user.may_read(&format!("{}/{}", found.key, file.image)))
            .filter(|file| super::is_below(&file.path(), path) || path.is_empty())
            .collect();
        Some((key.to_owned(), files))
    }

    fn storage(&self, asked: &Asked<'_>, registry: &Registry, user: &User, path: &str) -> Answer {
        let path = percent_decode_str(path).decode_utf8_lossy();
        let path = path.trim_end_matches('/');
        let none = || refusal(StatusCode::NOT_FOUND, "Unable to find item");
        let Some((repo, files)) = self.below(registry, user, path) else {
            return none();
        };
        let uri = format!(
            "{}/artifactory/api/storage/{path}",
            registry.origins().registry
        );
        let folder = path.split_once('/').map_or("", |(_, folder)| folder);
        if files.is_empty() && !folder.is_empty() {
            return none();
        }
        let file = files.iter().find(|file| file.path() == folder);
        let shown = if let Some(deep) = asked.parameter("list").map(|_| asked.parameter("deep")) {
            if file.is_some() {
                return refusal(
                    StatusCode::BAD_REQUEST,
                    "Expected a folder but found a file",
                );
            }
            let folders = asked.parameter("listFolders").is_some_and(|on| on == "1");
            listed(
                &uri,
                folder,
                &files,
                deep.is_some_and(|on| on == "1"),
                folders,
            )
        } else if asked.parameter("properties").is_some() {
            match properties(&uri, file) {
                Some(shown) => shown,
                None => return refusal(StatusCode::NOT_FOUND, "No properties could be found."),
            }
        } else {
            match file {
                Some(file) if asked.parameter("stats").is_some() => stats(&uri, file),
                Some(file) => file_info(registry, &uri, &repo, file),
                None => folder_info(&uri, &repo, folder, &files),
            }
        };
        json_of(&shown)
    }

    /// The bytes of a file.
    pub(super) fn file(&self, asked: &Asked<'_>, registry: &Registry, rest: &str) -> Answer {
        let user = match self.asker(asked, registry) {
            Asker::User(user) => user,
            other => return unauthorized(other),
        };
        let path = percent_decode_str(rest).decode_utf8_lossy();
        let file = self.below(registry, user, &path).and_then(|(_, files)| {
            let path = path.split_once('/')?.1;
            files.into_iter().find(|file| file.path() == path)
        });
        match file.and_then(|file| Some((file.body(registry)?, file.media_type))) {
            Some((body, media_type)) => {
                let media_type = HeaderValue::from_str(&media_type)
                    .unwrap_or(HeaderValue::from_static("application/octet-stream"));
                answer::answer(StatusCode::OK, media_type, body)
            }
            None => refusal(StatusCode::NOT_FOUND, "File not found."),
        }
    }
}

/// `?list` (JFrog, "File List").
fn listed(uri: &str, folder: &str, files: &[File], deep: bool, folders: bool) -> Value {
    let mut shown: BTreeMap<String, Value> = BTreeMap::new();
    for file in files {
        let path = below(&file.path(), folder);
        let depth = path.matches('/').count();
        for end in path.match_indices('/').map(|(at, _)| at) {
            if end > 0 && folders && (deep || !path[1..end].contains('/')) {
                let entry = json!({
                    "uri": path[..end],
                    "size": -1,
                    "lastModified": file.item.modified,
                    "folder": true,
                });
                shown.insert(path[..end].to_owned(), entry);
            }
        }
        if deep || depth == 1 {
            let entry = json!({
                "uri": path,
                "size": file.item.size,
                "lastModified": file.item.modified,
                "folder": false,
                "sha1": made_up(file, 40),
                "sha2": file.item.sha256,
            });
            shown.insert(path, entry);
        }
    }
    let shown: Vec<Value> = shown.into_values().collect();
    json!({ "uri": uri, "created": super::files::time(Timestamp::UNIX_EPOCH), "files": shown })
}

/// `?properties` (JFrog, "Item Properties").
fn properties(uri: &str, file: Option<&File>) -> Option<Value> {
    let properties = &file?.item.properties;
    if properties.is_empty() {
        return None;
    }
    let shown: Map<String, Value> = properties
        .iter()
        .map(|(key, value)| (key.clone(), json!([value])))
        .collect();
    Some(json!({ "uri": uri, "properties": shown }))
}

/// `?stats` (JFrog, "File Statistics").
fn stats(uri: &str, file: &File) -> Value {
    json!({
        "uri": uri,
        "downloadCount": file.item.downloads,
        "lastDownloaded": file.pulled.map_or(0, Timestamp::as_millisecond),
        "remoteDownloadCount": 0,
        "remoteLastDownloaded": 0,
    })
}

/// JFrog, "File Info". The size is text.
fn file_info(registry: &Registry, uri: &str, repo: &str, file: &File) -> Value {
    let Item {
        created,
        modified,
        sha256,
        size,
        ..
    } = &file.item;
    let path = file.path();
    json!({
        "repo": repo,
        "path": format!("/{path}"),
        "created": created,
        "createdBy": "deployer",
        "lastModified": modified,
        "modifiedBy": "deployer",
        "lastUpdated": modified,
        "downloadUri": format!("{}/artifactory/{repo}/{path}", registry.origins().registry),
        "mimeType": file.media_type,
        "size": size.to_string(),
        "checksums": { "sha1": made_up(file, 40), "md5": made_up(file, 32), "sha256": sha256 },
        "originalChecksums": { "sha256": sha256 },
        "uri": uri,
    })
}

/// JFrog, "Folder Info".
fn folder_info(uri: &str, repo: &str, folder: &str, files: &[File]) -> Value {
    let mut children: BTreeMap<String, bool> = BTreeMap::new();
    for file in files {
        let path = below(&file.path(), folder);
        let rest = path.trim_start_matches('/');
        let (child, is_folder) = match rest.split_once('/') {
            Some((child, _)) => (child, true),
            None => (rest, false),
        };
        children.insert(format!("/{child}"), is_folder);
    }
    let children: Vec<Value> = children
        .into_iter()
        .map(|(uri, folder)| json!({ "uri": uri, "folder": folder }))
        .collect();
    let time = super::files::time(Timestamp::UNIX_EPOCH);
    json!({
        "repo": repo,
        "path": format!("/{folder}"),
        "created": time,
        "createdBy": "deployer",
        "lastModified": time,
        "modifiedBy": "deployer",
        "lastUpdated": time,
        "children": children,
        "uri": uri,
    })
}

/// A path below a folder, with a slash before it.
fn below(path: &str, folder: &str) -> String {
    let rest = path.strip_prefix(folder).unwrap_or(path);
    format!("/{}", rest.trim_start_matches('/'))
}

/// A sum that nobody here computes: the SHA-256 cut short.
fn made_up(file: &File, length: usize) -> String {
    file.item.sha256.chars().rev().take(length).collect()
}

fn url(registry: &Registry, key: &ArtifactoryKey) -> String {
    match key.kind {
        ArtifactoryKind::Remote(_) => "https://upstream.example".to_owned(),
        _ => format!("{}/artifactory/{}", registry.origins().registry, key.key),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_ascii_uppercase(), letters.as_str())
    })
}

fn json_of(value: &Value) -> Answer {
    answer::json(value.to_string())
}
