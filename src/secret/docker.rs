//! What `docker login` and `podman login` left behind: Docker's `config.json` and podman's
//! `auth.json` (containers-auth.json(5)), which share one form.
//!
//! Read leniently: the files belong to other tools, and what one of them writes wrong must
//! not hide the rest.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use etcetera::BaseStrategy;
use serde_json::Value;

use super::SecretError;
use super::helper::{self, Answer};
use crate::model::{
    CredentialKind, Credentials, Endpoint, PasswordSource, RegistrySpec, Secret, text,
};

/// The names under which Docker Hub is known, the one its credentials stand under first.
const DOCKER_HUB: [&str; 3] = ["index.docker.io", "docker.io", "registry-1.docker.io"];

/// The key of Docker Hub, for helpers as well.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Docker,
    Podman,
}

impl Tool {
    /// How people call the file.
    pub(super) fn name(self) -> &'static str {
        let source = match self {
            Self::Docker => PasswordSource::Docker,
            Self::Podman => PasswordSource::Podman,
        };
        source.place().name
    }

    /// Where it may be, the first that exists counts.
    fn paths(self, get: impl Fn(&str) -> Option<String>) -> Vec<PathBuf> {
        let set = |name: &str| {
            let value = get(name).filter(|value| !value.is_empty());
            value.map(PathBuf::from)
        };
        // A relative home would be another file in every directory, and somebody else's.
        let base = etcetera::choose_base_strategy().ok();
        let home = base.as_ref().map(|base| base.home_dir().to_owned());
        let home = home.filter(|home| home.is_absolute());
        match self {
            Self::Docker => match set("DOCKER_CONFIG") {
                Some(folder) => vec![folder.join("config.json")],
                None => home
                    .map(|home| home.join(".docker/config.json"))
                    .into_iter()
                    .collect(),
            },
            Self::Podman => match set("REGISTRY_AUTH_FILE") {
                Some(file) => vec![file],
                None => set("XDG_RUNTIME_DIR")
                    .into_iter()
                    .chain(base.map(|base| base.config_dir()))
                    .filter(|folder| folder.is_absolute())
                    .map(|folder| folder.join("containers/auth.json"))
                    .collect(),
            },
        }
    }
}

/// What is kept for one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) credentials: Credentials,
    /// The file and, where one was asked, the helper.
    pub(super) place: String,
}

/// What `tool` keeps for the registry of `spec`; `None` where it keeps nothing.
///
/// # Errors
///
/// Where the file cannot be read, or a helper that is set for this registry fails.
pub(super) async fn find(tool: Tool, spec: &RegistrySpec) -> Result<Option<Entry>, SecretError> {
    for path in tool.paths(|name| std::env::var(name).ok()) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => zeroize::Zeroizing::new(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(SecretError::OtherFile {
                    path,
                    reason: format!("cannot be read: {error}"),
                });
            }
        };
        let file = match read(&bytes) {
            Ok(file) => file,
            Err(reason) => {
                return Err(SecretError::OtherFile {
                    path,
                    reason: reason.to_owned(),
                });
            }
        };
        let place = format!("{} (`{}`)", tool.name(), path.display());
        if let Some((name, is_own)) = file.helper_for(&spec.endpoint) {
            for key in keys(&spec.endpoint) {
                let answer = helper::get(&name, &key).await;
                let answer = answer.map_err(|reason| SecretError::Helper {
                    name: shown(&name),
                    reason,
                    is_own,
                });
                match answer? {
                    Answer::Found(credentials) => {
                        return Ok(Some(Entry {
                            credentials,
                            place: format!("{place}, helper `{name}`"),
                        }));
                    }
                    Answer::NotThere => {}
                }
            }
        }
        let within = spec.repositories.patterns();
        if let Some(credentials) = file.entry_for(&spec.endpoint, within) {
            return Ok(Some(Entry { credentials, place }));
        }
    }
    Ok(None)
}

/// A file, as far as it could be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    auths: BTreeMap<String, Credentials>,
    /// The hosts of all entries, also of those that are empty beside a helper.
    hosts: Vec<String>,
    helpers: BTreeMap<String, String>,
    store: Option<String>,
}

/// Reads a file's bytes.
///
/// # Errors
///
/// Where they are no JSON object.
pub(crate) fn read(bytes: &[u8]) -> Result<File, &'static str> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| "is no JSON")?;
    let object = value.as_object().ok_or("is no JSON object")?;
    let word = |value: &Value| value.as_str().map(str::to_owned);
    let map = |key: &str| object.get(key).and_then(Value::as_object);
    Ok(File {
        auths: map("auths")
            .into_iter()
            .flatten()
            .filter_map(|(key, entry)| Some((key.clone(), credentials(entry)?)))
            .collect(),
        hosts: map("auths")
            .into_iter()
            .flatten()
            .map(|(key, _)| normal(key))
            .collect(),
        helpers: map("credHelpers")
            .into_iter()
            .flatten()
            .filter_map(|(key, name)| Some((normal(key), word(name)?)))
            .collect(),
        store: object
            .get("credsStore")
            .and_then(word)
            .filter(|name| !name.is_empty()),
    })
}

/// The credentials of one entry; `None` where it is empty, as it is beside a helper.
fn credentials(entry: &Value) -> Option<Credentials> {
    let part = |key: &str| {
        let value = entry.get(key).and_then(Value::as_str);
        value.filter(|value| !value.is_empty())
    };
    let pair = part("auth").and_then(decode);
    let username = pair
        .as_ref()
        .map(|(user, _)| user.clone())
        .or_else(|| part("username").map(str::to_owned))
        .unwrap_or_default();
    let of = |text: &str, kind| {
        Some(Credentials {
            username: username.clone(),
            password: Secret::new(text),
            kind,
        })
    };
    if let Some(token) = part("identitytoken") {
        return of(token, CredentialKind::IdentityToken);
    }
    if let Some(token) = part("registrytoken") {
        return of(token, CredentialKind::RegistryToken);
    }
    if let Some((_, password)) = &pair {
        return of(password, CredentialKind::Password);
    }
    of(part("password")?, CredentialKind::Password).filter(|found| !found.username.is_empty())
}

/// `user:password` in Base64, the password to the end; some tools leave a NUL behind it.
fn decode(auth: &str) -> Option<(String, zeroize::Zeroizing<String>)> {
    let auth = auth.trim();
    let bytes = STANDARD
        .decode(auth)
        .or_else(|_| STANDARD_NO_PAD.decode(auth))
        .ok()?;
    let text = zeroize::Zeroizing::new(String::from_utf8(bytes).ok()?);
    let (user, password) = text.split_once(':')?;
    let password = password.trim_end_matches('\0');
    (!user.is_empty() && !password.is_empty()).then(|| {
        (
            user.to_owned(),
            zeroize::Zeroizing::new(password.to_owned()),
        )
    })
}

impl File {
    /// The helper that is set for this registry, and whether the file says that it has
    /// something for this very one: a helper for all may know nothing of it.
    fn helper_for(&self, endpoint: &Endpoint) -> Option<(String, bool)> {
        let names = authorities(endpoint);
        let own = names.iter().find_map(|name| self.helpers.get(name));
        let is_own = own.is_some() || names.iter().any(|name| self.hosts.contains(name));
        own.or(self.store.as_ref())
            .filter(|name| !name.is_empty())
            .map(|name| (name.clone(), is_own))
    }

    /// The entry for this registry. One that is for a namespace in it wins over that of
    /// the host where all of `within`, the repositories that are wanted, are below it.
    fn entry_for(&self, endpoint: &Endpoint, within: &[String]) -> Option<Credentials> {
        let names = authorities(endpoint);
        let below = |namespace: &str| {
            let inside = |pattern: &String| {
                pattern
                    .strip_prefix(namespace)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            !within.is_empty() && within.iter().all(inside)
        };
        let fits = |key: &str| {
            let bare = bare(key);
            names.iter().find_map(|name| {
                let rest = bare.strip_prefix(name.as_str())?;
                let namespace = rest.trim_start_matches('/').trim_end_matches('/');
                // The version in Docker Hub's key is no namespace.
                let is_host = rest.trim_end_matches('/').is_empty()
                    || (key.contains("://") && rest.starts_with('/'));
                match is_host {
                    true => Some(0),
                    false if rest.starts_with('/') && below(namespace) => Some(namespace.len()),
                    false => None,
                }
            })
        };
        self.auths
            .iter()
            .filter_map(|(key, entry)| Some((fits(key)?, entry)))
            .max_by_key(|(length, _)| *length)
            .map(|(_, entry)| entry.clone())
    }
}

/// A key without its scheme, lower case.
fn bare(key: &str) -> String {
    let bare = key.split_once("://").map_or(key, |(_, rest)| rest);
    bare.to_ascii_lowercase()
}

/// The host of a key, with its port where it has one.
fn normal(key: &str) -> String {
    let bare = bare(key);
    bare.split('/').next().unwrap_or_default().to_owned()
}

/// The names under which the tools may know a registry.
fn authorities(endpoint: &Endpoint) -> Vec<String> {
    let url = endpoint.join("");
    let own = normal(&url);
    let host = endpoint.host().to_string();
    if DOCKER_HUB.contains(&host.as_str()) {
        return DOCKER_HUB.map(str::to_owned).to_vec();
    }
    let port = endpoint.port();
    let with_port = format!("{host}:{port}");
    let mut names = vec![own];
    if !names.contains(&with_port) {
        names.push(with_port);
    }
    names
}

/// What helpers are asked for: the key as each tool may have stored it.
fn keys(endpoint: &Endpoint) -> Vec<String> {
    let host = endpoint.host().to_string();
    if DOCKER_HUB.contains(&host.as_str()) {
        return vec![DOCKER_HUB_KEY.to_owned(), "docker.io".to_owned()];
    }
    let own = normal(&endpoint.join(""));
    vec![own.clone(), format!("https://{own}")]
}

/// Reads `bytes` and asks for everything that is in them, for the fuzz target.
#[cfg(any(fuzzing, test))]
pub(super) fn look(bytes: &[u8]) {
    let Ok(file) = read(bytes) else {
        return;
    };
    for key in file.auths.keys().chain(file.helpers.keys()) {
        if let Ok(endpoint) = format!("https://{}", normal(key)).parse() {
            let _ = file.helper_for(&endpoint);
            let _ = file.entry_for(&endpoint, &[bare(key)]);
        }
    }
}

/// A name as a message shows it.
pub(super) fn shown(name: &str) -> String {
    text::quote(name, 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(text: &str) -> File {
        read(text.as_bytes()).unwrap()
    }

    fn entry(text: &str, address: &str, within: &[&str]) -> Option<(String, String)> {
        let within: Vec<String> = within.iter().map(ToString::to_string).collect();
        let found = file(text).entry_for(&address.parse().unwrap(), &within)?;
        Some((found.username, found.password.expose().to_owned()))
    }

    const ANN: &str = "YW5uOmh1bnRlcjI="; // ann:hunter2

    #[test]
    fn entries_are_found_under_every_form_of_the_host() {
        for (key, address) in [
            ("hub.example", "https://hub.example"),
            ("https://hub.example", "https://hub.example"),
            ("https://hub.example/v2/", "https://hub.example"),
            ("HUB.example", "https://hub.example"),
            ("hub.example:443", "https://hub.example"),
            ("hub.example:5000", "http://hub.example:5000"),
            ("127.0.0.1:5000", "http://127.0.0.1:5000/base"),
            (
                "https://index.docker.io/v1/",
                "https://registry-1.docker.io",
            ),
            ("docker.io", "https://registry-1.docker.io"),
        ] {
            let text = format!(r#"{{"auths":{{"{key}":{{"auth":"{ANN}"}}}}}}"#);
            let found = entry(&text, address, &[]);
            assert_eq!(found, Some(("ann".into(), "hunter2".into())), "{key}");
        }
        for (key, address) in [
            ("hub.example", "https://hub.example:5000"),
            ("hub.example:5000", "https://hub.example"),
            ("hub.example.evil", "https://hub.example"),
            ("nothub.example", "https://hub.example"),
            ("hub.example/team", "https://hub.example"),
        ] {
            let text = format!(r#"{{"auths":{{"{key}":{{"auth":"{ANN}"}}}}}}"#);
            assert_eq!(entry(&text, address, &[]), None, "{key}");
        }
    }

    #[test]
    fn a_namespace_wins_where_all_that_is_wanted_is_in_it() {
        let text = format!(
            r#"{{"auths":{{"hub.example":{{"auth":"{ANN}"}},
            "hub.example/team":{{"username":"bob","password":"b"}}}}}}"#
        );
        let who = |within: &[&str]| entry(&text, "https://hub.example", within).unwrap().0;
        assert_eq!(who(&[]), "ann");
        assert_eq!(who(&["team/app", "team/web"]), "bob");
        assert_eq!(who(&["team/app", "base/os"]), "ann");
        assert_eq!(who(&["teamwork/app"]), "ann");
    }

    #[test]
    fn tokens_are_known_for_what_they_are() {
        let kind = |entry: &str| {
            let text = format!(r#"{{"auths":{{"h":{entry}}}}}"#);
            let found = file(&text).entry_for(&"https://h".parse().unwrap(), &[]);
            found.map(|found| found.kind)
        };
        assert_eq!(
            kind(r#"{"identitytoken":"t"}"#),
            Some(CredentialKind::IdentityToken)
        );
        assert_eq!(
            kind(r#"{"registrytoken":"t"}"#),
            Some(CredentialKind::RegistryToken)
        );
        assert_eq!(
            kind(r#"{"username":"a","password":"p"}"#),
            Some(CredentialKind::Password)
        );
        for nothing in ["{}", r#"{"auth":""}"#, r#"{"auth":"!"}"#, "3", "null"] {
            assert_eq!(kind(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn helpers_of_a_host_win_over_the_one_for_all() {
        let text = r#"{"credsStore":"all","credHelpers":{"hub.example":"own","x":3}}"#;
        let helper = |address: &str| file(text).helper_for(&address.parse().unwrap());
        assert_eq!(helper("https://hub.example"), Some(("own".into(), true)));
        assert_eq!(helper("https://else.example"), Some(("all".into(), false)));
        // An empty entry says that the helper has it.
        let text = r#"{"credsStore":"all","auths":{"https://hub.example/v1/":{}}}"#;
        let helper = |address: &str| file(text).helper_for(&address.parse().unwrap());
        assert_eq!(helper("https://hub.example"), Some(("all".into(), true)));
    }

    #[test]
    fn the_files_are_where_the_tools_put_them() {
        let paths = |tool: Tool, pairs: &[(&str, &str)]| {
            let get = |name: &str| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            tool.paths(get)
        };
        assert_eq!(
            paths(Tool::Docker, &[("DOCKER_CONFIG", "/d")]),
            [PathBuf::from("/d/config.json")]
        );
        assert!(paths(Tool::Docker, &[])[0].ends_with(".docker/config.json"));
        assert_eq!(
            paths(Tool::Podman, &[("REGISTRY_AUTH_FILE", "/a.json")]),
            [PathBuf::from("/a.json")]
        );
        let both = paths(Tool::Podman, &[("XDG_RUNTIME_DIR", "/run/user/1")]);
        assert_eq!(both[0], PathBuf::from("/run/user/1/containers/auth.json"));
        assert!(both[1].ends_with("containers/auth.json"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_object_is_read(
            key in "[ -~]{0,30}",
            auth in "[ -~]{0,40}",
            helper in "[ -~]{0,10}",
        ) {
            let text = serde_json::json!({
                "auths": {(key.clone()): {"auth": auth, "identitytoken": 3}},
                "credHelpers": {(key): helper},
                "credsStore": [],
            });
            let file = read(text.to_string().as_bytes()).unwrap();
            let endpoint = "https://hub.example".parse().unwrap();
            file.entry_for(&endpoint, &["a/b".to_owned()]);
            file.helper_for(&endpoint);
        }

        #[test]
        fn what_a_tool_writes_is_found(
            user in "[a-z0-9$+_.-]{1,20}",
            password in "[ -~]{1,40}",
            host in "[a-z]{1,10}(\\.[a-z]{1,10}){0,2}(:[1-9][0-9]{1,3})?",
        ) {
            let auth = STANDARD.encode(format!("{user}:{password}"));
            let text = serde_json::json!({"auths": {(host.clone()): {"auth": auth}}}).to_string();
            let found = entry(&text, &format!("https://{host}"), &[]);
            prop_assert_eq!(found, Some((user, password)));
        }
    }
}
