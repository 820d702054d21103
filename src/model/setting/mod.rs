//! The settings of a registry as one table, from which the command line's flags, the
//! form, import, export and the help text come. A new setting is one entry here.

mod reading;
mod section;

use super::{
    AuthType, Children, HttpVersion, PasswordSource, Product, ProxyChoice, RegistrySpec,
    RepositoryScope,
};
pub(crate) use reading::duration;
pub(super) use reading::read_duration;
pub use reading::show;
use reading::{address, api, choice, count, list, path, path_text, proxy, switch};
pub use section::Section;

/// How a setting is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// One line of text.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// Several entries: commas or blanks between them, or the flag repeated.
    List,
    /// The path of a file.
    File,
}

/// One setting of a registry.
pub struct Setting {
    /// Its name: the flag without dashes, the key in import and export.
    pub key: &'static str,
    /// The part of the form that it is in.
    pub section: Section,
    /// Its name in the form.
    pub label: &'static str,
    /// What stands for its value in help: `--max-rps <RATE>`.
    pub value: &'static str,
    /// One line on what it does.
    pub help: &'static str,
    /// What it may be, for help and messages.
    pub range: &'static str,
    /// How it is entered.
    pub input: Input,
    /// Its value in a registry, as text; empty where it is not set.
    pub get: fn(&RegistrySpec) -> String,
    /// Sets it from text. The message says what is wrong and what would be right.
    pub set: fn(&mut RegistrySpec, &str) -> Result<(), String>,
}

impl Setting {
    /// Its default, as text.
    pub fn default_text(&self) -> String {
        template().map_or_else(String::new, |spec| (self.get)(&spec))
    }

    /// Whether it is one of the two that are given by position, not by flag.
    pub fn is_positional(&self) -> bool {
        matches!(self.key, "name" | "address")
    }
}

/// A registry with every setting at its default, to read the defaults from.
pub(crate) fn template() -> Option<RegistrySpec> {
    let name = "default".parse().ok()?;
    let endpoint = "https://registry.example".parse().ok()?;
    Some(RegistrySpec::new(name, endpoint))
}

/// The setting of this key.
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

const PRODUCTS: &[&str] = &[
    "auto",
    "generic",
    "nexus",
    "artifactory",
    "artifactory-path",
    "gitlab",
    "harbor",
    "gitflic",
    "docker-hub",
    "ghcr",
    "quay",
    "ecr",
    "artifact-registry",
    "acr",
    "zot",
    "gitea",
];
const AUTH_TYPES: &[&str] = &["auto", "basic", "bearer", "anonymous"];
const HTTP_VERSIONS: &[&str] = &["auto", "1.1", "2"];
const CHILDREN: &[&str] = &["platforms", "none"];

/// Every setting, in the order of the form.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "name",
        section: Section::Address,
        label: "Name",
        value: "NAME",
        help: "What you call this registry",
        range: "1 to 64 letters, digits, `.`, `_`, `-`",
        input: Input::Text,
        get: |spec| spec.name.to_string(),
        set: |spec, text| {
            spec.name = text
                .trim()
                .parse()
                .map_err(|e: super::NameError| e.to_string())?;
            Ok(())
        },
    },
    Setting {
        key: "address",
        section: Section::Address,
        label: "Address",
        value: "URL",
        help: "Where it is reached, with scheme, port and base path; `v2/` is added",
        range: "https://host[:port][/path] or http://…",
        input: Input::Text,
        get: |spec| spec.endpoint.to_string(),
        set: |spec, text| {
            spec.endpoint = text
                .parse()
                .map_err(|e: super::EndpointError| e.to_string())?;
            Ok(())
        },
    },
    Setting {
        key: "type",
        section: Section::Address,
        label: "Type",
        value: "PRODUCT",
        help: "The product; `auto` finds out",
        range: "auto or one of the products",
        input: Input::Choice(PRODUCTS),
        get: |spec| spec.product.map_or("auto", Product::as_str).to_owned(),
        set: |spec, text| {
            spec.product = match choice(text, PRODUCTS)? {
                "auto" => None,
                word => word.parse().ok(),
            };
            Ok(())
        },
    },
    Setting {
        key: "active",
        section: Section::Address,
        label: "Active",
        value: "BOOL",
        help: "Whether crawls of all registries include it",
        range: "true or false",
        input: Input::Switch,
        get: |spec| spec.active.to_string(),
        set: |spec, text| {
            spec.active = switch(text)?;
            Ok(())
        },
    },
    Setting {
        key: "auth",
        section: Section::SignIn,
        label: "Sign-in",
        value: "WAY",
        help: "How to sign in; `auto` does what the registry asks for",
        range: "auto, basic, bearer or anonymous",
        input: Input::Choice(AUTH_TYPES),
        get: |spec| {
            match spec.auth {
                AuthType::Auto => "auto",
                AuthType::Basic => "basic",
                AuthType::Bearer => "bearer",
                AuthType::Anonymous => "anonymous",
            }
            .to_owned()
        },
        set: |spec, text| {
            spec.auth = match choice(text, AUTH_TYPES)? {
                "basic" => AuthType::Basic,
                "bearer" => AuthType::Bearer,
                "anonymous" => AuthType::Anonymous,
                _ => AuthType::Auto,
            };
            Ok(())
        },
    },
    Setting {
        key: "username",
        section: Section::SignIn,
        label: "User name",
        value: "USER",
        help: "Who signs in",
        range: "text without control characters; empty for nobody",
        input: Input::Text,
        get: |spec| spec.username.clone().unwrap_or_default(),
        set: |spec, text| {
            if text.chars().any(char::is_control) {
                return Err("a user name has no control characters".to_owned());
            }
            spec.username = (!text.is_empty()).then(|| text.to_owned());
            Ok(())
        },
    },
    Setting {
        key: "load-full-list",
        section: Section::Load,
        label: "Load full list",
        value: "BOOL",
        help: "Ask the registry for the list of all its repositories",
        range: "true or false",
        input: Input::Switch,
        get: |spec| spec.load_full_list.to_string(),
        set: |spec, text| {
            spec.load_full_list = switch(text)?;
            Ok(())
        },
    },
    Setting {
        key: "repository",
        section: Section::Load,
        label: "Repositories",
        value: "GLOB",
        help: "Repositories to load, by name or glob, beside or instead of the full list",
        range: "names or globs: `*` stays inside a path component, `**` crosses them",
        input: Input::List,
        get: |spec| spec.repositories.patterns().join(", "),
        set: |spec, text| {
            spec.repositories = RepositoryScope::new(list(text))?;
            Ok(())
        },
    },
    Setting {
        key: "api",
        section: Section::Address,
        label: "API address",
        value: "URL",
        help: "Where the product's own API is, where that does not follow from the address",
        range: "https://host[:port][/path], or empty; http:// beside a registry by http:// only",
        input: Input::Text,
        get: |spec| {
            spec.api
                .as_ref()
                .map_or_else(String::new, ToString::to_string)
        },
        set: |spec, text| {
            spec.api = match text.trim() {
                "" => None,
                text => Some(api(text)?),
            };
            Ok(())
        },
    },
    Setting {
        key: "api-token",
        section: Section::SignIn,
        label: "API token kept",
        value: "PLACE",
        help: "Where the secret of the product's own API is kept, where that wants another than \
               the registry; never the secret",
        range: "none, os, keyutils, file, session, env:VAR or command:CMD",
        input: Input::Text,
        get: |spec| spec.api_token.to_string(),
        set: |spec, text| {
            spec.api_token = PasswordSource::of_api_token(text.trim())?;
            Ok(())
        },
    },
    Setting {
        key: "v2-only",
        section: Section::Address,
        label: "V2 only",
        value: "BOOL",
        help: "Leave the product's own API alone: repositories and tags by the registry's V2 only",
        range: "true or false",
        input: Input::Switch,
        get: |spec| spec.v2_only.to_string(),
        set: |spec, text| {
            spec.v2_only = switch(text)?;
            Ok(())
        },
    },
    Setting {
        key: "max-connections",
        section: Section::Limits,
        label: "Max connections",
        value: "COUNT",
        help: "Requests in flight at once (streams, with HTTP/2)",
        range: "1 to 256",
        input: Input::Text,
        get: |spec| spec.limits.max_connections.to_string(),
        set: |spec, text| {
            spec.limits.max_connections = count(text, 1, 256)?;
            Ok(())
        },
    },
    Setting {
        key: "max-keepalive",
        section: Section::Limits,
        label: "Max keep-alive",
        value: "COUNT",
        help: "Idle connections kept open for the next request",
        range: "0 to 256",
        input: Input::Text,
        get: |spec| spec.limits.max_keepalive.to_string(),
        set: |spec, text| {
            spec.limits.max_keepalive = count(text, 0, 256)?;
            Ok(())
        },
    },
    Setting {
        key: "keepalive-expiry",
        section: Section::Limits,
        label: "Keep-alive expiry",
        value: "DURATION",
        help: "How long an idle connection is kept open",
        range: "1s to 1h",
        input: Input::Text,
        get: |spec| show(spec.limits.keepalive_expiry),
        set: |spec, text| {
            spec.limits.keepalive_expiry = duration(text, 1, 3600)?;
            Ok(())
        },
    },
    Setting {
        key: "page-size",
        section: Section::Limits,
        label: "Page size",
        value: "COUNT",
        help: "Entries asked for in one page of a list; lowered where the registry refuses it",
        range: "1 to 10000",
        input: Input::Text,
        get: |spec| spec.limits.page_size.to_string(),
        set: |spec, text| {
            spec.limits.page_size = count(text, 1, 10_000)?;
            Ok(())
        },
    },
    Setting {
        key: "connect-timeout",
        section: Section::Limits,
        label: "Connect timeout",
        value: "DURATION",
        help: "Limit on name resolution, connection and TLS handshake together",
        range: "1s to 10m",
        input: Input::Text,
        get: |spec| show(spec.limits.connect_timeout),
        set: |spec, text| {
            spec.limits.connect_timeout = duration(text, 1, 600)?;
            Ok(())
        },
    },
    Setting {
        key: "pool-timeout",
        section: Section::Limits,
        label: "Pool timeout",
        value: "DURATION",
        help: "Limit on the wait for a turn, for a connection or the rate, and for a registry that is away",
        range: "1s to 1h",
        input: Input::Text,
        get: |spec| show(spec.limits.pool_timeout),
        set: |spec, text| {
            spec.limits.pool_timeout = duration(text, 1, 3600)?;
            Ok(())
        },
    },
    Setting {
        key: "read-timeout",
        section: Section::Limits,
        label: "Read timeout",
        value: "DURATION",
        help: "Limit on each wait for bytes from the registry",
        range: "1s to 1h",
        input: Input::Text,
        get: |spec| show(spec.limits.read_timeout),
        set: |spec, text| {
            spec.limits.read_timeout = duration(text, 1, 3600)?;
            Ok(())
        },
    },
    Setting {
        key: "write-timeout",
        section: Section::Limits,
        label: "Write timeout",
        value: "DURATION",
        help: "Limit on each wait for the registry to take bytes (Linux; elsewhere the system's own)",
        range: "1s to 1h",
        input: Input::Text,
        get: |spec| show(spec.limits.write_timeout),
        set: |spec, text| {
            spec.limits.write_timeout = duration(text, 1, 3600)?;
            Ok(())
        },
    },
    Setting {
        key: "max-rps",
        section: Section::Limits,
        label: "Max requests/s",
        value: "RATE",
        help: "Requests a second, evenly spaced, tokens and retries included; 0 is no limit",
        range: "0, or 0.1 to 10000",
        input: Input::Text,
        get: |spec| {
            spec.limits
                .max_rps
                .map_or_else(|| "0".to_owned(), |rps| rps.to_string())
        },
        set: |spec, text| {
            let wrong = || format!("`{text}` is no rate: 0 for no limit, or 0.1 to 10000");
            let rate: f64 = text.trim().parse().map_err(|_| wrong())?;
            spec.limits.max_rps = if rate == 0.0 {
                None
            } else if (0.1..=10_000.0).contains(&rate) {
                Some(rate)
            } else {
                return Err(wrong());
            };
            Ok(())
        },
    },
    Setting {
        key: "insecure-skip-tls-verify",
        section: Section::Network,
        label: "Skip TLS verify",
        value: "BOOL",
        help: "Take any certificate: whoever answers gets the password",
        range: "true or false",
        input: Input::Switch,
        get: |spec| spec.tls.skip_verify.to_string(),
        set: |spec, text| {
            spec.tls.skip_verify = switch(text)?;
            Ok(())
        },
    },
    Setting {
        key: "ca-file",
        section: Section::Network,
        label: "CA file",
        value: "FILE",
        help: "PEM certificates to trust beside the system's",
        range: "a path, or empty",
        input: Input::File,
        get: |spec| path_text(spec.tls.ca_file.as_ref()),
        set: |spec, text| {
            spec.tls.ca_file = path(text);
            Ok(())
        },
    },
    Setting {
        key: "client-cert",
        section: Section::Network,
        label: "Client certificate",
        value: "FILE",
        help: "PEM certificate chain to show to the registry",
        range: "a path, or empty",
        input: Input::File,
        get: |spec| path_text(spec.tls.client_cert.as_ref()),
        set: |spec, text| {
            spec.tls.client_cert = path(text);
            Ok(())
        },
    },
    Setting {
        key: "client-key",
        section: Section::Network,
        label: "Client key",
        value: "FILE",
        help: "PEM private key of the client certificate",
        range: "a path, or empty",
        input: Input::File,
        get: |spec| path_text(spec.tls.client_key.as_ref()),
        set: |spec, text| {
            spec.tls.client_key = path(text);
            Ok(())
        },
    },
    Setting {
        key: "proxy",
        section: Section::Network,
        label: "Proxy",
        value: "PROXY",
        help: "The proxy to go through; `env` follows HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and \
               NO_PROXY (names, host:port, addresses, ranges; loopback too needs naming)",
        range: "env, off, or [http://]host:port, https://…, socks5://…, socks5h://…",
        input: Input::Text,
        get: |spec| match &spec.proxy {
            ProxyChoice::Environment => "env".to_owned(),
            ProxyChoice::Off => "off".to_owned(),
            ProxyChoice::Url(url) => url.clone(),
        },
        set: |spec, text| {
            spec.proxy = proxy(text.trim())?;
            Ok(())
        },
    },
    Setting {
        key: "resolve",
        section: Section::Network,
        label: "Address overrides",
        value: "HOST=ADDRESS",
        help: "Connect to another address for a host name, for split DNS",
        range: "host=address, several allowed",
        input: Input::List,
        get: |spec| {
            let entries = spec.resolve.iter();
            entries
                .map(|o| format!("{}={}", o.host, o.address))
                .collect::<Vec<_>>()
                .join(", ")
        },
        set: |spec, text| {
            spec.resolve = list(text)
                .iter()
                .map(|entry| address(entry))
                .collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Setting {
        key: "http-version",
        section: Section::Network,
        label: "HTTP version",
        value: "VERSION",
        help: "HTTP versions to speak",
        range: "auto, 1.1 or 2",
        input: Input::Choice(HTTP_VERSIONS),
        get: |spec| {
            match spec.http_version {
                HttpVersion::Auto => "auto",
                HttpVersion::Http1 => "1.1",
                HttpVersion::Http2 => "2",
            }
            .to_owned()
        },
        set: |spec, text| {
            spec.http_version = match choice(text, HTTP_VERSIONS)? {
                "1.1" => HttpVersion::Http1,
                "2" => HttpVersion::Http2,
                _ => HttpVersion::Auto,
            };
            Ok(())
        },
    },
    Setting {
        key: "refresh-interval",
        section: Section::Load,
        label: "Refresh interval",
        value: "DURATION",
        help: "How old the inventory may grow before it is crawled by itself; 0 is never",
        range: "0, or 1m to 365d",
        input: Input::Text,
        get: |spec| spec.refresh_interval.map_or_else(|| "0".to_owned(), show),
        set: |spec, text| {
            spec.refresh_interval = match text.trim() {
                "0" | "" => None,
                text => Some(duration(text, 60, 365 * 86_400)?),
            };
            Ok(())
        },
    },
    Setting {
        key: "children",
        section: Section::Load,
        label: "Children",
        value: "WHICH",
        help: "What to read of the images an index lists: their size, layers and date, or nothing",
        range: "platforms or none",
        input: Input::Choice(CHILDREN),
        get: |spec| {
            match spec.children {
                Children::Platforms => "platforms",
                Children::None => "none",
            }
            .to_owned()
        },
        set: |spec, text| {
            spec.children = match choice(text, CHILDREN)? {
                "none" => Children::None,
                _ => Children::Platforms,
            };
            Ok(())
        },
    },
    Setting {
        key: "lists-whole",
        section: Section::Load,
        label: "Lists whole",
        value: "BOOL",
        help: "Take lists of a usual limit's length as whole; unset again when one is seen cut",
        range: "true or false",
        input: Input::Switch,
        get: |spec| spec.lists_whole.to_string(),
        set: |spec, text| {
            spec.lists_whole = switch(text)?;
            Ok(())
        },
    },
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn spec() -> RegistrySpec {
        template().unwrap()
    }

    #[test]
    fn every_default_is_inside_its_own_range() {
        for setting in SETTINGS {
            let mut copy = spec();
            (setting.set)(&mut copy, &setting.default_text())
                .unwrap_or_else(|error| panic!("{}: {error}", setting.key));
            assert_eq!(copy, spec(), "{}", setting.key);
        }
    }

    #[test]
    fn values_come_back_as_they_were_set() {
        for (key, text) in [
            ("type", "harbor"),
            ("active", "false"),
            ("auth", "bearer"),
            ("username", "robot$x"),
            ("repository", "a/b, c/**"),
            ("max-connections", "64"),
            ("keepalive-expiry", "5m"),
            ("read-timeout", "90s"),
            ("max-rps", "2.5"),
            ("proxy", "socks5://jump:1080"),
            ("resolve", "hub.example=10.0.0.7, v6.example=::1"),
            ("http-version", "1.1"),
            ("children", "none"),
            ("api", "https://api.example:8443/base"),
            ("api-token", "env:API_TOKEN"),
            ("v2-only", "true"),
            ("refresh-interval", "2d"),
            ("ca-file", "/etc/corp.pem"),
        ] {
            let mut copy = spec();
            let setting = find(key).unwrap();
            (setting.set)(&mut copy, text).unwrap();
            assert_eq!((setting.get)(&copy), text, "{key}");
            assert_ne!(copy, spec(), "{key}");
        }
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("30", 30),
            ("30s", 30),
            ("5m", 300),
            ("1h30m", 5400),
            ("7d", 604_800),
            ("1d12h", 129_600),
            (" 2d ", 172_800),
            ("365d", 31_536_000),
        ] {
            let read = duration(text, 1, 365 * 86_400);
            assert_eq!(read, Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "d", "1x", "-5s", "1.5d", "d5", "99999999999999999999d"] {
            assert!(duration(text, 1, 365 * 86_400).is_err(), "{text}");
        }
        assert_eq!(show(Duration::from_hours(168)), "7d");
        assert_eq!(show(Duration::from_hours(36)), "36h");
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_is_changed() {
        for (key, text, says) in [
            ("type", "nexsus", "none of auto, generic"),
            ("active", "maybe", "neither true nor false"),
            ("max-connections", "0", "1 to 256"),
            ("max-connections", "many", "1 to 256"),
            ("page-size", "20000", "1 to 10000"),
            ("connect-timeout", "soon", "write `30s`"),
            ("connect-timeout", "1d", "1s to 10m"),
            ("refresh-interval", "366d", "1m to 365d"),
            ("connect-timeout", "2h", "1s to 10m"),
            ("max-rps", "-1", "0.1 to 10000"),
            ("max-rps", "NaN", "0.1 to 10000"),
            ("proxy", "http://u:p@h:1", "HTTPS_PROXY"),
            ("proxy", "ftp://h:1", "socks5://host:port"),
            ("proxy", "ftp://u:p@h:1", "HTTPS_PROXY"),
            ("resolve", "hub", "host=address"),
            ("repository", "a//b", "empty"),
            ("address", "hub:5000", "has no scheme"),
            ("name", "a b", "letters, digits"),
            ("api", "api.example", "write `https://api.example`"),
            ("api", "https://ann:hunter2@api.example", "`--api-token`"),
            ("api", "https://169.254.169.254/latest", "link-local"),
            ("api", "https://[fe80::1]", "link-local"),
            ("api", "https://[::ffff:169.254.1.1]", "link-local"),
            ("api-token", "hunter2", "an API token comes from `none`"),
            ("api-token", "docker", "`env:VAR` or `command:CMD`"),
            ("api-token", "auto", "an API token comes from `none`"),
            ("api-token", "env:1 X", "no name of an environment variable"),
        ] {
            let mut copy = spec();
            let error = (find(key).unwrap().set)(&mut copy, text).unwrap_err();
            assert!(error.contains(says), "{key}={text}: {error}");
            assert!(!error.contains("hunter2"), "{key}={text}: {error}");
            assert_eq!(copy, spec(), "{key}={text}");
        }
    }
}
