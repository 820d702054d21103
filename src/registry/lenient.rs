//! JSON of strangers, read for the few values that an inventory needs: what is of another
//! kind than it should be counts as not there, and what nobody asks for is passed over
//! without being kept.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use base64::Engine as _;
use bytes::Bytes;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::http::Cover;
use crate::model::Timestamp;

/// A string; anything else is none. It may be compared and read; what is shown of it has
/// passed a [`Cover`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Text(Option<String>);

/// A whole number from 0 on; anything else is none.
#[derive(Debug, Default)]
pub(super) struct Number(Option<u64>);

/// A time as seconds since 1970, with decimals or without; anything else is none.
#[derive(Debug, Default)]
pub(super) struct Epoch(Option<f64>);

/// `true`; anything else is not.
#[derive(Debug, Default)]
pub(super) struct Flag(bool);

/// An object; anything else is none.
#[derive(Debug)]
pub(super) struct Object<T>(Option<T>);

/// A list, of which each entry may be of another kind than it should; anything else is
/// none.
#[derive(Debug)]
pub(super) struct List<T>(Option<Vec<T>>);

/// Whether there is anything but `null`.
#[derive(Debug, Default)]
pub(super) struct Presence(bool);

impl Text {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(Some(text.into()))
    }

    /// The string as it came, for parsers of a form of their own; never to be shown.
    pub(super) fn uncovered(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// As it may be shown, at most `max` characters of it; none where that is nothing.
    pub(super) fn show(&self, cover: &Cover, max: usize) -> Option<String> {
        let shown = cover.show(self.0.as_deref()?, max);
        (!shown.is_empty()).then(|| shown.into_string())
    }

    /// The same with its blanks as they are.
    pub(super) fn show_spaced(&self, cover: &Cover, max: usize) -> Option<String> {
        let shown = cover.show_spaced(self.0.as_deref()?, max);
        (!shown.is_empty()).then(|| shown.into_string())
    }

    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(String::is_empty)
    }

    /// Whether it is this.
    pub(super) fn is(&self, other: &str) -> bool {
        self.0.as_deref() == Some(other)
    }

    pub(super) fn contains(&self, part: &str) -> bool {
        self.0.as_ref().is_some_and(|text| text.contains(part))
    }

    /// Whether a secret of eight characters or more is in it.
    pub(super) fn holds_secret(&self, cover: &Cover) -> bool {
        self.0.as_ref().is_some_and(|text| cover.holds(text))
    }

    /// What it says as a value of its own.
    pub(super) fn parse<T: FromStr>(&self) -> Option<T> {
        self.0.as_ref()?.parse().ok()
    }

    /// What it says, being JSON itself.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.0.as_ref()?).ok()
    }

    /// The bytes that it encodes (RFC 4648 §4).
    pub(super) fn base64(&self) -> Option<Bytes> {
        let engine = base64::engine::general_purpose::STANDARD;
        engine.decode(self.0.as_ref()?).ok().map(Bytes::from)
    }
}

impl Number {
    pub(super) fn get(&self) -> Option<u64> {
        self.0
    }
}

impl Epoch {
    /// The time, to the second.
    pub(super) fn get(&self) -> Option<Timestamp> {
        let seconds = self.0.filter(|seconds| (0.0..1e12).contains(seconds))?;
        #[expect(clippy::cast_possible_truncation, reason = "it is far below 2^53")]
        Timestamp::from_second(seconds as i64).ok()
    }
}

impl<T> Object<T> {
    pub(super) fn into_inner(self) -> Option<T> {
        self.0
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> List<T> {
    pub(super) fn into_inner(self) -> Option<Vec<T>> {
        self.0
    }

    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
}

impl Presence {
    pub(super) fn is_there(&self) -> bool {
        self.0
    }
}

impl Flag {
    pub(super) fn is_set(&self) -> bool {
        self.0
    }
}

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// What a kind makes of each value that JSON has; what it says nothing of is not there.
trait Kind<'de>: Default {
    fn of_text(_: &str) -> Self {
        Self::default()
    }

    fn of_number(_: u64) -> Self {
        Self::default()
    }

    fn of_decimal(_: f64) -> Self {
        Self::of_other()
    }

    fn of_bool(_: bool) -> Self {
        Self::of_other()
    }

    fn of_other() -> Self {
        Self::default()
    }

    fn of_map<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::of_other())
    }

    fn of_list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::of_other())
    }
}

impl Kind<'_> for Text {
    fn of_text(text: &str) -> Self {
        Self(Some(text.to_owned()))
    }
}

impl Kind<'_> for Number {
    fn of_number(number: u64) -> Self {
        Self(Some(number))
    }
}

impl Kind<'_> for Epoch {
    fn of_number(number: u64) -> Self {
        Self(Some(number as f64))
    }

    fn of_decimal(number: f64) -> Self {
        Self(Some(number))
    }
}

impl Kind<'_> for Presence {
    fn of_text(_: &str) -> Self {
        Self(true)
    }

    fn of_number(_: u64) -> Self {
        Self(true)
    }

    fn of_other() -> Self {
        Self(true)
    }
}

impl Kind<'_> for Flag {
    fn of_bool(value: bool) -> Self {
        Self(value)
    }
}

impl<'de, T: Deserialize<'de>> Kind<'de> for Object<T> {
    fn of_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|value| Self(Some(value)))
    }
}

impl<'de, T: Deserialize<'de>> Kind<'de> for List<T> {
    fn of_list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut all = Vec::new();
        while let Some(entry) = list.next_element()? {
            all.push(entry);
        }
        Ok(Self(Some(all)))
    }
}

struct Reader<K>(PhantomData<K>);

impl<'de, K: Kind<'de>> Visitor<'de> for Reader<K> {
    type Value = K;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<K, E> {
        Ok(K::of_text(text))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<K, E> {
        Ok(K::of_number(number))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<K, E> {
        Ok(K::of_other())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<K, E> {
        Ok(K::of_decimal(number))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<K, E> {
        Ok(K::of_bool(value))
    }

    fn visit_unit<E: Error>(self) -> Result<K, E> {
        Ok(K::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<K, A::Error> {
        K::of_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<K, A::Error> {
        K::of_list(list)
    }
}

macro_rules! read_as_kind {
    ($($kind:ident $(<$of:ident>)?),*) => {$(
        impl<'de $(, $of: Deserialize<'de>)?> Deserialize<'de> for $kind $(<$of>)? {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(Reader(PhantomData))
            }
        }
    )*};
}

read_as_kind!(Text, Number, Epoch, Presence, Flag, Object<T>, List<T>);

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Entry {
        name: Text,
        size: Number,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Whole {
        text: Text,
        number: Number,
        entry: Object<Entry>,
        entries: List<Object<Entry>>,
        there: Presence,
        flag: Flag,
    }

    fn read(json: &str) -> Whole {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_right_is_read() {
        let whole = read(
            r#"{"text":"a\nb","number":7,"entry":{"name":"x","more":[1,{}]},
                "entries":[{"size":1},{"size":2}],"there":false,"else":{"deep":[[]]}}"#,
        );
        assert_eq!(whole.text.uncovered(), Some("a\nb"));
        assert_eq!(whole.number.get(), Some(7));
        assert_eq!(whole.entry.get().unwrap().name.uncovered(), Some("x"));
        let sizes = whole.entries.iter().map(|e| e.get().unwrap().size.get());
        assert_eq!(sizes.collect::<Vec<_>>(), [Some(1), Some(2)]);
        assert!(whole.there.is_there());
    }

    #[test]
    fn what_is_of_another_kind_is_not_there_and_spoils_nothing_else() {
        for other in [
            "null",
            "7",
            "-7",
            "1.5",
            "1e99",
            "true",
            "\"x\"",
            "[{}]",
            "{\"name\":1}",
        ] {
            let whole = read(&format!(
                r#"{{"text":{other},"number":{other},"entry":{other},"entries":{other},
                     "there":{other},"flag":{other}}}"#
            ));
            let is = |what: bool, kind: &[&str]| assert_eq!(what, kind.contains(&other), "{other}");
            is(whole.text.uncovered().is_some(), &["\"x\""]);
            is(whole.number.get().is_some(), &["7"]);
            is(whole.entry.get().is_some(), &["{\"name\":1}"]);
            is(whole.entries.is_there(), &["[{}]"]);
            is(whole.flag.is_set(), &["true"]);
            assert_eq!(whole.there.is_there(), other != "null", "{other}");
        }
        let mixed = read(r#"{"entries":[7,{"size":1},null,[],{"size":"1"}]}"#);
        let sizes: Vec<_> = mixed.entries.iter().map(|e| e.get()?.size.get()).collect();
        assert_eq!(sizes, [None, Some(1), None, None, None]);
        assert!(serde_json::from_str::<Whole>("{\"text\":\"x\"").is_err());
    }

    #[test]
    fn times_are_seconds_with_decimals_or_without() {
        for (json, second) in [
            ("1724300000", Some(1_724_300_000)),
            ("1.7243E9", Some(1_724_300_000)),
            ("1724300000.999", Some(1_724_300_000)),
            ("0", Some(0)),
            ("-1", None),
            ("-1.5", None),
            ("1e300", None),
            ("\"1724300000\"", None),
            ("true", None),
            ("null", None),
            ("[1]", None),
        ] {
            let at = serde_json::from_str::<Epoch>(json).unwrap().get();
            assert_eq!(at.map(Timestamp::as_second), second, "{json}");
        }
    }
}
