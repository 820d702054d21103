//! A JSON document of a stranger as a plain value, for outputs and screens.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value of a document. Its texts and keys hold no secret and nothing that a terminal
/// would obey.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from 0 on.
    Unsigned(u64),
    /// A whole number below 0.
    Signed(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, its members in the order of the document.
    Map(Vec<(String, Json)>),
}

impl Json {
    /// The member of this name; `None` where there is none, or this is no object.
    pub fn member(&self, name: &str) -> Option<&Self> {
        let Self::Map(members) = self else {
            return None;
        };
        let found = members.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(value) => to.serialize_bool(*value),
            Self::Unsigned(value) => to.serialize_u64(*value),
            Self::Signed(value) => to.serialize_i64(*value),
            Self::Float(value) => to.serialize_f64(*value),
            Self::Text(text) => to.serialize_str(text),
            Self::List(list) => to.collect_seq(list),
            Self::Map(members) => to.collect_map(members.iter().map(|(key, value)| (key, value))),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        JsonSeed(str::to_owned).deserialize(from)
    }
}

/// Reads a value in the order of the document; each text and key of it becomes what this
/// makes of it.
#[derive(Clone, Copy)]
pub struct JsonSeed<F>(pub F);

impl<'de, F: Fn(&str) -> String + Copy> DeserializeSeed<'de> for JsonSeed<F> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Json, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, F: Fn(&str) -> String + Copy> Visitor<'de> for JsonSeed<F> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Signed(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text((self.0)(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut all = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            all.push(value);
        }
        Ok(Json::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut all = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            all.push(((self.0)(&key), map.next_value_seed(self)?));
        }
        Ok(Json::Map(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_in_its_own_order() {
        let value = Json::Map(vec![
            ("z".to_owned(), Json::Unsigned(u64::MAX)),
            (
                "a".to_owned(),
                Json::List(vec![
                    Json::Null,
                    Json::Bool(true),
                    Json::Signed(-1),
                    Json::Float(1.5),
                    Json::Text("x\"".to_owned()),
                ]),
            ),
        ]);
        assert_eq!(value.member("z"), Some(&Json::Unsigned(u64::MAX)));
        assert_eq!((value.member("x"), Json::Null.member("z")), (None, None));
        assert_eq!(
            serde_json::to_string(&value).unwrap(),
            r#"{"z":18446744073709551615,"a":[null,true,-1,1.5,"x\""]}"#
        );
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<Json>(&text).unwrap(), value);
    }
}
