//! The registry's own API, `/gitlab/v1`, which lists tags with their digests
//! (docs/spec/gitlab/api.md, registry/handlers/repositories.go).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::LINK;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::v2::refusal;
use super::{Gitlab, V1};
use crate::model::Tag;
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::content::Held;
use crate::simulator::product::user::is_below;
use crate::simulator::registry::Registry;
use crate::simulator::token::Need;

const TAGS: &str = "/tags/list/";
const DETAIL: &str = "/tags/detail/";
const BELOW: &str = "/repositories/list/";

/// What a path below the API asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted<'a> {
    Base,
    Tags(&'a str),
    Tag(&'a str, &'a str),
    Below(&'a str),
}

impl<'a> Wanted<'a> {
    /// Every path ends with a slash.
    fn parse(path: &'a str) -> Option<Self> {
        let rest = path.strip_prefix(V1)?;
        if rest.is_empty() {
            return Some(Self::Base);
        }
        if let Some(rest) = rest.strip_prefix("repository-paths/") {
            return rest.strip_suffix(BELOW).map(Self::Below);
        }
        let rest = rest.strip_prefix("repositories/")?;
        if let Some(name) = rest.strip_suffix(TAGS) {
            return Some(Self::Tags(name));
        }
        let (name, tag) = rest.strip_suffix('/')?.rsplit_once(DETAIL)?;
        Some(Self::Tag(name, tag))
    }

    fn repository(&self) -> Option<&'a str> {
        match self {
            Self::Base => None,
            Self::Tags(name) | Self::Tag(name, _) | Self::Below(name) => Some(name),
        }
    }
}

/// The repository that a path of the API names.
pub(super) fn repository(path: &str) -> Option<String> {
    let name = Wanted::parse(path)?.repository()?;
    Some(name.to_owned())
}

/// Which page of a list is asked for, and in which order.
struct Page {
    size: usize,
    last: Option<String>,
    before: Option<String>,
    sort: String,
}

impl Gitlab {
    pub(super) fn v1(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        let Some(wanted) = Wanted::parse(asked.path) else {
            // The router's, for a path that lacks only the slash (mux, StrictSlash).
            let with_slash = format!("{}/", asked.path);
            if Wanted::parse(&with_slash).is_none() {
                return answer::no_such_page();
            }
            let query = if asked.query.is_empty() { "" } else { "?" };
            let location = format!("{with_slash}{query}{}", asked.query);
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, &location);
        };
        let mut needs = vec![wanted.repository().map_or_else(
            || Need::of(&crate::simulator::route::Route::Ping),
            |name| Need::new(format!("repository:{name}"), "pull"),
        )];
        if let Wanted::Below(name) = wanted {
            needs.push(Need::new(format!("repository:{name}/*"), "pull"));
        }
        if let Some(refusal) = refusal(asked, registry, &needs) {
            return refusal;
        }
        if !self.database {
            let mut answer = answer::plain(StatusCode::NOT_FOUND, "");
            self.version_of(&mut answer);
            return answer;
        }
        if *asked.method != Method::GET {
            return answer::unsupported();
        }
        let answered = match wanted {
            Wanted::Base => {
                let mut answer = answer::json(&b"{}"[..]);
                self.version_of(&mut answer);
                Ok(answer)
            }
            Wanted::Tags(name) => tags(asked, registry, name),
            Wanted::Tag(name, tag) => Ok(tag_detail(registry, name, tag)),
            Wanted::Below(name) => below(asked, registry, name),
        };
        answered.unwrap_or_else(|refusal| *refusal)
    }
}

fn refused(code: &str, message: &str, detail: &str) -> Box<Answer> {
    let detail = Some(json!(detail));
    Box::new(answer::error(
        StatusCode::BAD_REQUEST,
        code,
        message,
        detail,
    ))
}

fn bad_value(detail: &str) -> Box<Answer> {
    let code = "INVALID_QUERY_PARAMETER_VALUE";
    refused(code, "invalid query parameter value", detail)
}

/// How many entries are asked for: 1 to 1000.
fn page_size(asked: &Asked<'_>) -> Result<usize, Box<Answer>> {
    match asked.parameter("n").map(|n| n.parse::<i64>()) {
        None => Ok(100),
        Some(Ok(n @ 1..=1000)) => Ok(usize::try_from(n).unwrap_or(1000)),
        Some(Ok(_)) => {
            let detail = "the 'n' query parameter must be set to a value between 1 and 1000";
            Err(bad_value(detail))
        }
        Some(Err(_)) => {
            let code = "INVALID_QUERY_PARAMETER_TYPE";
            let detail = "the 'n' query parameter must be set to one of the following types: int";
            Err(refused(code, "invalid query parameter value type", detail))
        }
    }
}

impl Page {
    fn asked(asked: &Asked<'_>) -> Result<Self, Box<Answer>> {
        let size = page_size(asked)?;
        let sort = asked.parameter("sort").unwrap_or_else(|| "name".to_owned());
        if !["name", "-name", "published_at", "-published_at"].contains(&sort.as_str()) {
            return Err(bad_value("the 'sort' query parameter has no such value"));
        }
        let (last, before) = (asked.parameter("last"), asked.parameter("before"));
        if last.is_some() && before.is_some() {
            return Err(bad_value("'last' and 'before' are mutually exclusive"));
        }
        let marker = |text: Option<String>, name: &str| {
            let Some(text) = text else { return Ok(None) };
            let tag = decoded(&text).unwrap_or(text);
            if tag.parse::<Tag>().is_err() {
                let detail = format!("the '{name}' query parameter must match a pattern");
                return Err(bad_value(&detail));
            }
            Ok(Some(tag))
        };
        Ok(Self {
            size,
            last: marker(last, "last")?,
            before: marker(before, "before")?,
            sort,
        })
    }
}

/// The tag in a marker of a list by time: `time|tag` in base64.
fn decoded(marker: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(marker).ok()?).ok()?;
    let (time, tag) = text.split_once('|')?;
    time.ends_with('Z').then(|| tag.to_owned())
}

/// A time as the registry writes it.
pub(super) fn time(held: &Held) -> String {
    held.facts
        .pushed
        .strftime("%Y-%m-%dT%H:%M:%S.000Z")
        .to_string()
}

/// A page of the tags of a repository, with their digests.
fn tags(asked: &Asked<'_>, registry: &Registry, name: &str) -> Result<Answer, Box<Answer>> {
    let page = Page::asked(asked)?;
    if !registry.content().has(name) {
        return Ok(unknown_name(name));
    }
    let part = asked.parameter("name").unwrap_or_default();
    let exact = asked.parameter("name_exact");
    let held = registry.content().held(name);
    let mut rows: Vec<(&String, &Held)> = held
        .iter()
        .flat_map(|held| held.tags.iter().map(move |(tag, _)| (tag, held)))
        .filter(|(tag, _)| tag.contains(&part))
        .filter(|(tag, _)| exact.as_ref().is_none_or(|exact| exact == *tag))
        .collect();
    if page.sort.ends_with("published_at") {
        rows.sort_by_key(|(tag, held)| (held.facts.pushed, *tag));
    } else {
        rows.sort_by_key(|(tag, _)| *tag);
    }
    if page.sort.starts_with('-') {
        rows.reverse();
    }
    // A marker need not be a tag any more; by name it still says where to go on.
    let place = |marker: &String| {
        let found = rows.iter().position(|(tag, _)| *tag == marker);
        let behind = || rows.iter().position(|(tag, _)| *tag > marker);
        found.map_or_else(|| (behind().unwrap_or(rows.len()), 0), |at| (at, 1))
    };
    let range = match (&page.last, &page.before) {
        (Some(last), _) => {
            let (at, skip) = place(last);
            at + skip..(at + skip + page.size).min(rows.len())
        }
        (None, Some(before)) => {
            let (at, _) = place(before);
            at.saturating_sub(page.size)..at
        }
        (None, None) => 0..page.size.min(rows.len()),
    };
    let shown: Vec<Value> = rows[range.clone()]
        .iter()
        .map(|(tag, held)| row(tag, held))
        .collect();
    let mut answer = answer::json(Value::from(shown).to_string());
    let link = |rel: &str, key: &str, (tag, held): (&String, &Held)| {
        let marker = if page.sort.ends_with("published_at") {
            let time = held.facts.pushed.strftime("%Y-%m-%dT%H:%M:%S.000000Z");
            STANDARD.encode(format!("{time}|{tag}"))
        } else {
            tag.clone()
        };
        let n = page.size.to_string();
        let mut pairs = vec![(key, marker.as_str()), ("n", n.as_str())];
        if !part.is_empty() {
            pairs.push(("name", &part));
        }
        if asked.parameter("sort").is_some() {
            pairs.push(("sort", &page.sort));
        }
        pairs.sort_unstable();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        format!("<{}?{}>; rel=\"{rel}\"", asked.path, query.finish())
    };
    // The one before stands first (RFC 8288).
    let mut links = Vec::new();
    if !range.is_empty() && exact.is_none() {
        if range.start > 0 {
            links.push(link("previous", "before", rows[range.start]));
        }
        if range.end < rows.len() {
            links.push(link("next", "last", rows[range.end - 1]));
        }
    }
    if !links.is_empty() {
        answer::set(&mut answer, LINK, &links.join(", "));
    }
    Ok(answer)
}

fn unknown_name(name: &str) -> Answer {
    answer::error(
        StatusCode::NOT_FOUND,
        "NAME_UNKNOWN",
        "repository name not known to registry",
        Some(json!({ "name": name })),
    )
}

fn is_index(held: &Held) -> bool {
    held.document()["manifests"].is_array()
}

/// Bytes of an image with its manifest; none of an index.
fn size(held: &Held) -> u64 {
    if is_index(held) {
        0
    } else {
        held.counted_size()
    }
}

fn row(tag: &str, held: &Held) -> Value {
    let mut row = json!({
        "name": tag,
        "digest": held.stored.digest.to_string(),
        "media_type": held.stored.media_type,
        "size_bytes": size(held),
        "created_at": time(held),
        "published_at": time(held),
    });
    if let Some(config) = held.document()["config"]["digest"].as_str() {
        row["config_digest"] = json!(config);
    }
    row
}

fn image(held: &Held, all: &[Held]) -> Value {
    let document = held.document();
    let mut image = json!({
        "size_bytes": size(held),
        "manifest": {
            "digest": held.stored.digest.to_string(),
            "media_type": held.stored.media_type,
        },
    });
    if document["config"].is_object() {
        let platform = held
            .stored
            .image
            .as_ref()
            .and_then(|image| image.platform.clone());
        image["config"] = json!({
            "digest": document["config"]["digest"],
            "media_type": document["config"]["mediaType"],
            "platform": {
                "architecture": platform.as_ref().map_or("", |p| p.architecture()),
                "os": platform.as_ref().map_or("", |p| p.os()),
            },
        });
    }
    let children = document["manifests"].as_array().into_iter().flatten();
    let children: Vec<Value> = children
        .filter_map(|child| {
            let digest = child["digest"].as_str()?;
            let found = all
                .iter()
                .find(|held| held.stored.digest.to_string() == digest)?;
            Some(self::image(found, all))
        })
        .collect();
    if !children.is_empty() {
        image["manifest"]["references"] = children.into();
    }
    image
}

fn tag_detail(registry: &Registry, name: &str, tag: &str) -> Answer {
    let all = registry.content().held(name);
    let named = |held: &&Held| held.tags.iter().any(|(known, _)| known == tag);
    let Some(held) = all.iter().find(named) else {
        if !registry.content().has(name) {
            return unknown_name(name);
        }
        let detail = Some(json!({ "tagName": tag }));
        let message = "tag name not known to repository";
        return answer::error(StatusCode::NOT_FOUND, "TAG_NAME_UNKNOWN", message, detail);
    };
    let detail = json!({
        "repository": name,
        "name": tag,
        "image": image(held, &all),
        "created_at": time(held),
        "published_at": time(held),
    });
    answer::json(detail.to_string())
}

/// Repositories with tags, at a path and below it; the marker is a path.
fn below(asked: &Asked<'_>, registry: &Registry, name: &str) -> Result<Answer, Box<Answer>> {
    let size = page_size(asked)?;
    let last = asked.parameter("last");
    let content = registry.content();
    let tagged = |name: &String| content.held(name).iter().any(|held| !held.tags.is_empty());
    let mut names = content.names();
    let group = name.split('/').next().unwrap_or_default();
    if !names.iter().any(|name| is_below(name, group)) {
        return Ok(unknown_name(name));
    }
    names.retain(|known| is_below(known, name) && Some(known) > last.as_ref() && tagged(known));
    names.truncate(size);
    let rows: Vec<Value> = names
        .iter()
        .map(|path| {
            let leaf = path.rsplit('/').next().unwrap_or_default();
            json!({ "name": leaf, "path": path, "created_at": "2025-01-07T09:00:00.000Z" })
        })
        .collect();
    let mut answer = answer::json(Value::from(rows).to_string());
    // A page that is full has a link, whether or not there is more.
    if names.len() == size
        && let Some(last) = names.last()
    {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([("last", last.as_str()), ("n", &size.to_string())]);
        let link = format!("<{}?{}>; rel=\"next\"", asked.path, query.finish());
        answer::set(&mut answer, LINK, &link);
    }
    Ok(answer)
}
