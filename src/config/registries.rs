//! Registries as a TOML file, for `registry export` and `registry import`: what differs from
//! the defaults, and the place of the password. No secret is written, and none is taken.

use std::collections::HashMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

use super::document::{Document, Wrong};
use crate::model::setting::{self, Input, SETTINGS, Setting};
use crate::model::{
    PasswordSource, RegistryName, RegistrySpec, SecretEntries, SecretEntry, SecretKind,
};

const HEAD: &str = "\
# Registries of supercargo: what differs from the defaults. `supercargo registry import FILE`
# takes it. No secret is in it: `password` is the place that the password comes from.
";

const TABLE: &str = "registry";
const PASSWORD: &str = "password";

/// A registry as a file describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// Its settings; what the file leaves out is at its default.
    pub spec: RegistrySpec,
    names_password: bool,
    names_api_token: bool,
}

impl Described {
    /// Its settings, and what is to become of its secrets: what the file says nothing of
    /// stays where it is.
    pub fn entries(self) -> (RegistrySpec, SecretEntries) {
        let mut entries = SecretEntries::KEEP;
        for kind in SecretKind::ALL {
            if self.names(kind) {
                *entries.of_mut(kind) = SecretEntry::From(self.spec.place(kind).clone());
            }
        }
        (self.spec, entries)
    }

    /// Whether the file says where the secret of this kind comes from.
    pub fn names(&self, kind: SecretKind) -> bool {
        match kind {
            SecretKind::Password => self.names_password,
            SecretKind::ApiToken => self.names_api_token,
        }
    }
}

/// The file of these registries, a table each.
pub fn write<'a>(specs: impl IntoIterator<Item = &'a RegistrySpec>) -> String {
    let mut out = HEAD.to_owned();
    for spec in specs {
        out.push_str(&format!("\n[[{TABLE}]]\n"));
        for setting in SETTINGS {
            let text = (setting.get)(spec);
            if setting.is_positional() || text != setting.default_text() {
                out.push_str(&format!("{} = {}\n", setting.key, value(setting, text)));
            }
        }
        let password = Value::String(spec.password.to_string());
        out.push_str(&format!("{PASSWORD} = {password}\n"));
    }
    out
}

/// A setting's value as TOML has it: a number where its default is one, too.
fn value(setting: &Setting, text: String) -> Value {
    let is_number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
    match setting.input {
        Input::Switch => text.parse().map_or(Value::String(text), Value::Boolean),
        Input::List => {
            let entries = text.split(", ").filter(|entry| !entry.is_empty());
            Value::Array(entries.map(|e| Value::String(e.to_owned())).collect())
        }
        Input::Text if is_number(&setting.default_text()) => match text.parse::<i64>() {
            Ok(number) => Value::Integer(number),
            Err(_) => text
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .map_or(Value::String(text), Value::Float),
        },
        Input::Text | Input::File | Input::Choice(_) => Value::String(text),
    }
}

/// The registries that a file describes.
///
/// # Errors
///
/// Everything that is wrong with it, in the order of its lines.
pub fn read(text: &str) -> Result<Vec<Described>, Vec<Wrong>> {
    let (root, mut document) = Document::parse(text);
    let mut found = Vec::new();
    let mut lines = HashMap::new();
    for (key, value) in &root {
        match (key.get_ref().as_ref(), value.get_ref()) {
            (TABLE, DeValue::Array(entries)) => {
                for entry in entries {
                    match entry.get_ref() {
                        DeValue::Table(table) => {
                            let described =
                                registry(table, entry.span(), &mut document, &mut lines);
                            found.extend(described);
                        }
                        _ => document.mistyped(entry, TABLE, "a list of tables: `[[registry]]`"),
                    }
                }
            }
            (TABLE, _) => document.mistyped(value, TABLE, "a list of tables: `[[registry]]`"),
            _ => document.unknown(key, "a file of registries", [TABLE].into_iter()),
        }
    }
    if found.is_empty() && document.is_right() {
        document.note(
            0..0,
            "no registry is in it: each begins with `[[registry]]`",
        );
    }
    let wrong = document.finish();
    if wrong.is_empty() {
        Ok(found)
    } else {
        Err(wrong)
    }
}

/// One registry; `lines` are those on which names were given so far.
fn registry(
    table: &DeTable<'_>,
    at: Range<usize>,
    document: &mut Document<'_>,
    lines: &mut HashMap<RegistryName, usize>,
) -> Option<Described> {
    let mut spec = setting::template()?;
    let mut places: HashMap<&'static str, Range<usize>> = HashMap::new();
    let mut names_password = false;
    let before = document.count();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        if name == PASSWORD {
            names_password = true;
            match value.get_ref().as_str() {
                None => document.mistyped(value, PASSWORD, "a place in quotes"),
                Some(place) => match place.parse::<PasswordSource>() {
                    Ok(place) => spec.password = place,
                    Err(why) => document.note(value.span(), format!("{PASSWORD}: {why}")),
                },
            }
            continue;
        }
        let Some(setting) = setting::find(name) else {
            let known = SETTINGS.iter().map(|setting| setting.key);
            document.unknown(key, "a registry", known.chain([PASSWORD]));
            continue;
        };
        places.insert(setting.key, value.span());
        match plain(setting, value) {
            Err(wanted) => document.mistyped(value, setting.key, wanted),
            Ok(text) => {
                if let Err(why) = (setting.set)(&mut spec, &text) {
                    document.note(value.span(), format!("{}: {why}", setting.key));
                }
            }
        }
    }
    for key in ["name", "address"] {
        if !places.contains_key(key) {
            document.note(
                at.clone(),
                format!("this registry has no `{key}`: it needs a name and an address"),
            );
        }
    }
    let is_right = document.count() == before;
    if is_right {
        for (key, why) in spec.contradictions() {
            let place = places.get(key).unwrap_or(&at).clone();
            document.note(place, format!("{key}: {why}"));
        }
    }
    if let Some(place) = places.get("name") {
        let line = document.line(place.start);
        if let Some(first) = lines.insert(spec.name.clone(), line)
            && is_right
        {
            let name = &spec.name;
            document.note(
                place.clone(),
                format!("`{name}` was described on line {first} already"),
            );
        }
    }
    (document.count() == before).then_some(Described {
        spec,
        names_password,
        names_api_token: places.contains_key("api-token"),
    })
}

/// A value as the setting's own reader takes it, or what it should have been.
fn plain(setting: &Setting, value: &Spanned<DeValue<'_>>) -> Result<String, &'static str> {
    let found = value.get_ref();
    if let Some(text) = found.as_str() {
        return Ok(text.to_owned());
    }
    match (setting.input, found) {
        (Input::Switch, DeValue::Boolean(is_on)) => Ok(is_on.to_string()),
        (Input::Switch, _) => Err("true or false"),
        (Input::List, DeValue::Array(entries)) => {
            let entries = entries.iter().map(|entry| entry.get_ref().as_str());
            let entries: Option<Vec<&str>> = entries.collect();
            entries
                .map(|e| e.join(","))
                .ok_or("a list of texts in quotes")
        }
        (Input::List, _) => Err("a list of texts in quotes"),
        (_, DeValue::Integer(number)) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        (_, DeValue::Float(number)) => Ok(number.as_str().to_owned()),
        (Input::Text | Input::File | Input::Choice(_), _) => Err("a text in quotes or a number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str, settings: &[(&str, &str)], password: &str) -> RegistrySpec {
        let address = format!("https://{name}.example/base");
        let mut spec = RegistrySpec::new(name.parse().unwrap(), address.parse().unwrap());
        for (key, text) in settings {
            (setting::find(key).unwrap().set)(&mut spec, text).unwrap();
        }
        spec.password = password.parse().unwrap();
        spec
    }

    fn specs() -> [RegistrySpec; 3] {
        [
            spec("hub", &[], "auto"),
            spec(
                "nexus",
                &[
                    ("type", "nexus"),
                    ("active", "false"),
                    ("username", "007"),
                    ("repository", "a/b, c/**"),
                    ("resolve", "hub.example=10.0.0.7, v6.example=::1"),
                    ("max-connections", "64"),
                    ("max-rps", "2.5"),
                    ("read-timeout", "90s"),
                    ("refresh-interval", "36h"),
                    ("http-version", "2"),
                    ("ca-file", "/etc/a \"quoted\"\\path.pem"),
                    ("proxy", "socks5://jump:1080"),
                ],
                "env:NEXUS_PASSWORD",
            ),
            spec("vault", &[("username", "ann")], "command:pass show \"a b\""),
        ]
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = write(&specs());
        let read: Vec<RegistrySpec> = read(&text).unwrap().into_iter().map(|d| d.spec).collect();
        assert_eq!(read, specs());
        insta::assert_snapshot!(text);
    }

    #[test]
    fn every_setting_travels() {
        // Each at another value than its default, or the test tells nothing.
        let other = |setting: &Setting| match setting.key {
            "name" => "other",
            "address" => "http://other.example:5000",
            "type" => "harbor",
            "auth" => "bearer",
            "username" => "robot$x",
            "repository" => "a/b",
            "proxy" => "off",
            "resolve" => "hub.example=10.0.0.7",
            "http-version" => "1.1",
            "children" => "none",
            "api" => "http://api.example",
            "api-token" => "env:API_TOKEN",
            "ca-file" | "client-cert" | "client-key" => "/etc/x.pem",
            "max-rps" => "7",
            _ => match setting.input {
                Input::Switch if setting.default_text() == "true" => "false",
                Input::Switch => "true",
                _ if setting.default_text().parse::<u16>().is_ok_and(|n| n > 0) => "77",
                _ => "77s",
            },
        };
        let mut whole = setting::template().unwrap();
        for setting in SETTINGS {
            let before = (setting.get)(&whole);
            (setting.set)(&mut whole, other(setting)).unwrap();
            assert_ne!((setting.get)(&whole), before, "{}", setting.key);
        }
        let text = write([&whole]);
        for setting in SETTINGS {
            assert!(text.contains(&format!("\n{} = ", setting.key)), "{text}");
        }
        assert_eq!(read(&text).unwrap()[0].spec, whole);
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_line() {
        let text = "\
colour = \"red\"
[[registry]]
name = \"hub\"
address = \"hub.example:5000\"
max_rps = 3
max-connections = 0
active = \"maybe\"
repository = [\"a//b\"]
password = \"hunter2\"

[[registry]]
address = \"https://ann:hunter2@x.example\"
resolve = 5
page-size = true
frobnicate = 1

[[registry]]
name = \"one\"
address = \"https://one.example\"
auth = \"basic\"

[[registry]]
name = \"two\"
address = \"https://two.example\"
client-cert = \"/c.pem\"

[[registry]]
name = \"one\"
address = \"https://one.example\"
";
        let wrong = read(text).unwrap_err();
        let told: Vec<String> = wrong.iter().map(Wrong::to_string).collect();
        let told = told.join("\n");
        assert!(!told.contains("hunter2"), "{told}");
        insta::assert_snapshot!(told);
    }

    #[test]
    fn what_is_no_file_of_registries_is_refused() {
        for (text, says) in [
            ("", "line 1: no registry is in it"),
            ("[registry]\nname = \"x\"\n", "`[[registry]]`"),
            ("registry = [1]\n", "`[[registry]]`"),
            ("{\"registry\": []}\n", "line 1: "),
            (
                "[[registry]]\nname = \"a\"\naddress = \"https://a\"\nmax-rps = = 3\n",
                "line 4: ",
            ),
            ("[[registries]]\nname = \"a\"\n", "`registry` is meant?"),
            ("<html>\n<body>\n", "line 2: "),
        ] {
            let wrong = read(text).unwrap_err();
            let told: Vec<String> = wrong.iter().map(Wrong::to_string).collect();
            let told = told.join("\n");
            assert!(told.contains(says), "{text}: {told}");
        }
    }
}
