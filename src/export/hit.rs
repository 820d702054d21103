//! What a search found: `search --format …`.

use serde::Serialize;

use super::{Row, short};
use crate::model::{Hit, RegistryName};

/// A line a hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HitLine {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
    r#match: &'static str,
    child: Option<String>,
}

impl HitLine {
    /// The line of a hit in the registry of this name.
    pub fn new(registry: &RegistryName, hit: &Hit) -> Self {
        Self {
            registry: registry.to_string(),
            repository: hit.repository.to_string(),
            tag: hit.tag.as_ref().map(ToString::to_string),
            digest: hit.digest.as_ref().map(ToString::to_string),
            r#match: hit.matched.as_str(),
            child: hit.child.as_ref().map(ToString::to_string),
        }
    }
}

impl Row for HitLine {
    const COLUMNS: &'static [&'static str] = &["REGISTRY", "REPOSITORY", "TAG", "DIGEST", "MATCH"];
    const FIELDS: &'static [&'static str] =
        &["registry", "repository", "tag", "digest", "match", "child"];

    fn cells(&self) -> Vec<String> {
        let tag = match (&self.tag, &self.digest) {
            (Some(tag), _) => tag.as_str(),
            (None, Some(_)) => "untagged",
            (None, None) => "",
        };
        let matched = match &self.child {
            Some(child) => format!("{} {}", self.r#match, short(child)),
            None => self.r#match.to_owned(),
        };
        vec![
            self.registry.clone(),
            self.repository.clone(),
            tag.to_owned(),
            self.digest.as_deref().map_or("", short).to_owned(),
            matched,
        ]
    }

    fn fields(&self) -> Vec<String> {
        vec![
            self.registry.clone(),
            self.repository.clone(),
            self.tag.clone().unwrap_or_default(),
            self.digest.clone().unwrap_or_default(),
            self.r#match.to_owned(),
            self.child.clone().unwrap_or_default(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Matched, RegistryId};

    fn line(tag: Option<&str>, digest: Option<Digest>, child: Option<Digest>) -> HitLine {
        let matched = match (&child, tag, &digest) {
            (Some(_), ..) => Matched::Child,
            (None, Some(_), _) => Matched::Tag,
            (None, None, Some(_)) => Matched::Digest,
            (None, None, None) => Matched::Repository,
        };
        let hit = Hit {
            registry: RegistryId(1),
            repository: "team/app".parse().unwrap(),
            tag: tag.map(|tag| tag.parse().unwrap()),
            digest,
            child,
            matched,
        };
        HitLine::new(&"hub".parse().unwrap(), &hit)
    }

    #[test]
    fn the_line_has_the_shape_that_scripts_read() {
        let (a, b) = (Digest::sha256(b"a"), Digest::sha256(b"b"));
        assert_eq!(
            serde_json::to_string(&line(Some("1.0"), Some(a.clone()), Some(b.clone()))).unwrap(),
            format!(
                "{{\"registry\":\"hub\",\"repository\":\"team/app\",\"tag\":\"1.0\",\
                 \"digest\":\"{a}\",\"match\":\"child\",\"child\":\"{b}\"}}"
            )
        );
        assert_eq!(
            serde_json::to_string(&line(None, None, None)).unwrap(),
            "{\"registry\":\"hub\",\"repository\":\"team/app\",\"tag\":null,\"digest\":null,\
             \"match\":\"repository\",\"child\":null}"
        );
        let keys = serde_json::to_value(line(None, None, None)).unwrap();
        let mut fields = HitLine::FIELDS.to_vec();
        fields.sort_unstable();
        assert_eq!(keys.as_object().unwrap().keys().collect::<Vec<_>>(), fields);
    }

    #[test]
    fn people_read_short_digests_and_which_image_has_no_tag() {
        let (a, b) = (Digest::sha256(b"a"), Digest::sha256(b"b"));
        let cells = line(None, Some(a.clone()), Some(b.clone())).cells();
        let child = format!("child {}", b.short());
        assert_eq!(cells, ["hub", "team/app", "untagged", &a.short(), &child]);
        let cells = line(None, None, None).cells();
        assert_eq!(cells, ["hub", "team/app", "", "", "repository"]);
        assert_eq!(cells.len(), HitLine::COLUMNS.len());
        let fields = line(Some("1.0"), Some(a.clone()), None).fields();
        let digest = a.to_string();
        assert_eq!(fields, ["hub", "team/app", "1.0", &digest, "tag", ""]);
    }
}
