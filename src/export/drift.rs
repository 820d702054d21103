//! In what two registries differ: `drift --format …`.

use serde::Serialize;

use super::{Row, short};
use crate::model::{Drift, Platform};

/// A line a tag that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DriftLine {
    repository: String,
    tag: String,
    state: &'static str,
    a: Option<String>,
    b: Option<String>,
    /// Null where the name is the same.
    repository_in_b: Option<String>,
    /// The platforms that the second has not, where it has fewer.
    lacking: Vec<String>,
}

impl DriftLine {
    /// The line of a difference.
    pub fn new(drift: &Drift) -> Self {
        Self {
            repository: drift.repository.to_string(),
            tag: drift.tag.to_string(),
            state: drift.difference.as_str(),
            a: drift.a.as_ref().map(ToString::to_string),
            b: drift.b.as_ref().map(ToString::to_string),
            repository_in_b: drift.repository_in_b.as_ref().map(ToString::to_string),
            lacking: drift.lacking.iter().map(Platform::to_string).collect(),
        }
    }
}

impl Row for DriftLine {
    const COLUMNS: &'static [&'static str] = &["WHAT", "STATE", "A", "B"];
    const FIELDS: &'static [&'static str] = &[
        "repository",
        "tag",
        "state",
        "a",
        "b",
        "repository_in_b",
        "lacking",
    ];

    fn cells(&self) -> Vec<String> {
        let of = |digest: &Option<String>| digest.as_deref().map_or("", short).to_owned();
        let mut b = of(&self.b);
        if !self.lacking.is_empty() {
            b.push_str(&format!(" lacks {}", self.lacking.join(" ")));
        }
        vec![
            format!("{}:{}", self.repository, self.tag),
            self.state.to_owned(),
            of(&self.a),
            b,
        ]
    }

    fn fields(&self) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            self.repository.clone(),
            self.tag.clone(),
            self.state.to_owned(),
            text(&self.a),
            text(&self.b),
            text(&self.repository_in_b),
            self.lacking.join(" "),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Difference, Digest};

    fn line(difference: Difference, a: Option<Digest>, b: Option<Digest>) -> DriftLine {
        let lacking = match difference {
            Difference::FewerPlatforms => vec!["linux/arm64".parse().unwrap()],
            _ => Vec::new(),
        };
        DriftLine::new(&Drift {
            repository: "library/app".parse().unwrap(),
            repository_in_b: Some("mirror/app".parse().unwrap()),
            tag: "1.0".parse().unwrap(),
            difference,
            a,
            b,
            lacking,
        })
    }

    #[test]
    fn the_line_has_the_shape_that_scripts_read() {
        let (a, b) = (Digest::sha256(b"a"), Digest::sha256(b"b"));
        let fewer = line(Difference::FewerPlatforms, Some(a.clone()), Some(b.clone()));
        assert_eq!(
            serde_json::to_string(&fewer).unwrap(),
            format!(
                "{{\"repository\":\"library/app\",\"tag\":\"1.0\",\"state\":\"fewer platforms\",\
                 \"a\":\"{a}\",\"b\":\"{b}\",\"repository_in_b\":\"mirror/app\",\
                 \"lacking\":[\"linux/arm64\"]}}"
            )
        );
        for (difference, a, b, state) in [
            (Difference::Missing, Some(a.clone()), None, "missing"),
            (Difference::Extra, None, Some(b.clone()), "extra"),
            (Difference::Different, Some(a), Some(b), "different"),
        ] {
            let value = serde_json::to_value(line(difference, a.clone(), b.clone())).unwrap();
            assert_eq!(value["state"], state);
            let text = |digest: Option<Digest>| digest.map(|digest| digest.to_string());
            assert_eq!(value["a"], serde_json::json!(text(a)));
            assert_eq!(value["b"], serde_json::json!(text(b)));
            let mut fields = DriftLine::FIELDS.to_vec();
            fields.sort_unstable();
            assert_eq!(
                value.as_object().unwrap().keys().collect::<Vec<_>>(),
                fields
            );
        }
    }

    #[test]
    fn people_read_what_is_lacking() {
        let (a, b) = (Digest::sha256(b"a"), Digest::sha256(b"b"));
        let line = line(Difference::FewerPlatforms, Some(a.clone()), Some(b.clone()));
        let lacks = format!("{} lacks linux/arm64", b.short());
        let cells = ["library/app:1.0", "fewer platforms", &a.short(), &lacks];
        assert_eq!(line.cells(), cells);
        assert_eq!(line.cells().len(), DriftLine::COLUMNS.len());
        let (a, b) = (a.to_string(), b.to_string());
        let fields = [
            "library/app",
            "1.0",
            "fewer platforms",
            &a,
            &b,
            "mirror/app",
            "linux/arm64",
        ];
        assert_eq!(line.fields(), fields);
    }
}
