//! The names in one page of a list, read without trust: null, missing, and entries that
//! are no strings are all seen in the wild.

use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::registry::lenient::Object;

/// Entries of one page that may be no names before the page is no page.
const MAX_DROPPED: usize = 10_000;

/// The field that holds the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::registry) enum Field {
    Repositories,
    Tags,
}

impl Field {
    fn as_str(self) -> &'static str {
        match self {
            Self::Repositories => "repositories",
            Self::Tags => "tags",
        }
    }
}

/// What one page lists.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entries {
    /// The strings, as they were sent.
    pub(super) names: Vec<String>,
    /// Everything else, harmless and short.
    pub(super) dropped: Vec<String>,
    /// Whose list it says that it is.
    pub(super) name: Option<String>,
    /// How many manifests it tells besides, as Google's lists of tags do.
    pub(super) manifests: usize,
}

impl Entries {
    /// How much the page tells, by the longer of its lists.
    pub(super) fn told(&self) -> usize {
        self.count().max(self.manifests)
    }

    /// How many entries the page holds.
    pub(super) fn count(&self) -> usize {
        self.names.len() + self.dropped.len()
    }

    /// Reads a page's body.
    pub(super) fn read(field: Field, body: &[u8]) -> Result<Self, String> {
        let mut json = serde_json::Deserializer::from_slice(body);
        let entries = PageSeed(field)
            .deserialize(&mut json)
            .map_err(|error| describe(&error))?;
        json.end().map_err(|error| describe(&error))?;
        Ok(entries)
    }
}

fn describe(error: &serde_json::Error) -> String {
    match error.classify() {
        // It may quote the answer: whoever shows it covers it, and must have it whole.
        serde_json::error::Category::Data => error.to_string(),
        _ => "it is not JSON".to_owned(),
    }
}

struct PageSeed(Field);

impl<'de> DeserializeSeed<'de> for PageSeed {
    type Value = Entries;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entries, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PageSeed {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with a list `{}`", self.0.as_str())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = None;
        let mut name = None;
        let mut manifests = 0;
        while let Some(key) = map.next_key::<String>()? {
            if key == self.0.as_str() {
                entries = Some(map.next_value_seed(ListSeed)?);
            } else if key == "name" {
                // Whatever else it is says nothing of whose list this is.
                name = Some(map.next_value_seed(EntrySeed)?.ok());
            } else if key == "manifest" && self.0 == Field::Tags {
                let told = map.next_value::<Object<HashMap<String, IgnoredAny>>>()?;
                manifests = told.get().map_or(0, HashMap::len);
            } else if key == "errors" {
                map.next_value::<IgnoredAny>()?;
                // An error envelope with a status of success is no empty list.
                return Err(serde::de::Error::custom("it holds `errors`"));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let named = name.is_some();
        match entries {
            Some(entries) => Ok(Entries {
                name: name.flatten(),
                manifests,
                ..entries
            }),
            // A tag list may lack its tags; an object that says nothing at all is no list,
            // and must not empty an inventory.
            None if named && self.0 == Field::Tags => Ok(Entries {
                name: name.flatten(),
                manifests,
                ..Entries::default()
            }),
            None => Err(serde::de::Error::custom(format!(
                "it holds no `{}`",
                self.0.as_str()
            ))),
        }
    }
}

struct ListSeed;

impl<'de> DeserializeSeed<'de> for ListSeed {
    type Value = Entries;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entries, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ListSeed {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names")
    }

    fn visit_unit<E>(self) -> Result<Entries, E> {
        Ok(Entries::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entries, A::Error> {
        let mut entries = Entries::default();
        while let Some(entry) = seq.next_element_seed(EntrySeed)? {
            match entry {
                Ok(name) => entries.names.push(name),
                Err(other) => entries.dropped.push(other),
            }
            if entries.dropped.len() > MAX_DROPPED {
                return Err(serde::de::Error::custom(format!(
                    "more than {MAX_DROPPED} entries are no names"
                )));
            }
        }
        Ok(entries)
    }
}

/// One entry: a string, or what else it is.
struct EntrySeed;

impl<'de> DeserializeSeed<'de> for EntrySeed {
    type Value = Result<String, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for EntrySeed {
    type Value = Result<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Ok(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Err("null".to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Err(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Err(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Err(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Err(value.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Err("[…]".to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Err("{…}".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<(Vec<String>, usize), String> {
        Entries::read(Field::Tags, body.as_bytes())
            .map(|entries| (entries.names, entries.dropped.len()))
    }

    #[test]
    fn odd_lists_are_read_as_far_as_they_go() {
        for (body, names, dropped) in [
            (r#"{"name":"a","tags":["1","2"]}"#, vec!["1", "2"], 0),
            (r#"{"tags":null}"#, vec![], 0),
            (r#"{"name":"a"}"#, vec![], 0),
            (r#"{"tags":[]}"#, vec![], 0),
            (
                r#"{"tags":["1",null,7,-7,1.5,true,{"a":1},["x"],"2"]}"#,
                vec!["1", "2"],
                7,
            ),
        ] {
            let (found, count) = read(body).unwrap();
            assert_eq!(found, names, "{body}");
            assert_eq!(count, dropped, "{body}");
        }
    }

    #[test]
    fn what_is_no_list_is_said() {
        for (body, says) in [
            ("<html>", "not JSON"),
            ("", "not JSON"),
            (r#"{"tags":["1""#, "not JSON"),
            (r#"{"tags":"1"}"#, "a list of names"),
            ("[]", "an object with a list `tags`"),
            (r#"{"errors":[]}"#, "holds `errors`"),
            ("{}", "holds no `tags`"),
        ] {
            let error = read(body).unwrap_err();
            assert!(error.contains(says), "{body}: {error}");
        }
        let many = format!(r#"{{"tags":[{}null]}}"#, "null,".repeat(MAX_DROPPED));
        assert!(read(&many).unwrap_err().contains("are no names"));
    }
}
