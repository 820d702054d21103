//! `NO_PROXY`: which hosts are reached without the proxy that the environment names.
//!
//! There is no standard; this takes what curl, Go and Python take between them: names with
//! everything below them, addresses, networks, each with a port or without, and `*`.
//! Unlike Go, and like curl, loopback is nothing special.

use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;

/// The entries of one `NO_PROXY`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NoProxy {
    everything: bool,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    host: Pattern,
    /// For this port alone.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// This name, and every name below it unless `below_only` says so for those alone.
    Name {
        name: String,
        below_only: bool,
    },
    Network(IpNet),
}

impl NoProxy {
    /// Reads the entries, between commas or blanks. What is none is passed over, because
    /// one odd entry must not send everything else through the proxy.
    pub(super) fn read(text: &str) -> Self {
        let words = text.split([',', ' ', '\t', '\n', ';']);
        let mut read = Self::default();
        for word in words.map(str::trim).filter(|word| !word.is_empty()) {
            if word == "*" {
                read.everything = true;
            } else {
                read.entries.extend(Entry::read(word));
            }
        }
        read
    }

    /// Whether `url` is reached without the proxy.
    pub(super) fn contains(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        let host = normal(host);
        let address = unbracketed(&host).parse::<IpAddr>().ok();
        let port = url.port_or_known_default();
        self.everything
            || self.entries.iter().any(|entry| {
                (entry.port.is_none() || entry.port == port) && entry.host.matches(&host, address)
            })
    }
}

impl Entry {
    fn read(word: &str) -> Option<Self> {
        // An IPv6 address has colons of its own, and brackets before a port.
        if let Some(network) = network(word) {
            return Some(Self {
                host: Pattern::Network(network),
                port: None,
            });
        }
        let (host, port) = match word.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (word, None),
        };
        let host = if let Some(network) = network(host) {
            Pattern::Network(network)
        } else {
            let below_only = host.starts_with("*.");
            let name = normal(host.trim_start_matches('*'));
            let name = name.trim_start_matches('.').to_owned();
            if name.is_empty() || name.contains([':', '/', '[', ']', '*']) {
                return None;
            }
            Pattern::Name { name, below_only }
        };
        Some(Self { host, port })
    }
}

impl Pattern {
    fn matches(&self, host: &str, address: Option<IpAddr>) -> bool {
        match self {
            Self::Network(network) => {
                address.is_some_and(|address| network.contains(&address.to_canonical()))
            }
            Self::Name { name, below_only } => host
                .strip_suffix(name.as_str())
                .is_some_and(|rest| (rest.is_empty() && !below_only) || rest.ends_with('.')),
        }
    }
}

/// An address or a network, an address with brackets or without.
fn network(text: &str) -> Option<IpNet> {
    let bare = unbracketed(text);
    let address = || bare.parse::<IpAddr>().ok();
    bare.parse()
        .ok()
        .or_else(|| address().map(|address| IpNet::from(address.to_canonical())))
}

fn unbracketed(text: &str) -> &str {
    text.strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .unwrap_or(text)
}

/// Lower case, without the dot that ends a full name.
fn normal(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn passes(entries: &str, url: &str) -> bool {
        NoProxy::read(entries).contains(&url.parse().unwrap())
    }

    #[test]
    fn these_go_past_the_proxy() {
        for (entries, url) in [
            ("hub.corp", "https://hub.corp/"),
            ("hub.corp", "https://HUB.corp./"),
            ("corp", "https://hub.corp/"),
            (".corp", "https://hub.corp/"),
            (".corp", "https://corp/"),
            ("*.corp", "https://hub.corp/"),
            (" a , ,hub.corp ", "https://hub.corp/"),
            ("a hub.corp", "https://hub.corp/"),
            ("hub.corp:5000", "https://hub.corp:5000/"),
            ("hub.corp:443", "https://hub.corp/"),
            ("corp:80", "http://hub.corp/"),
            ("*", "https://anything/"),
            ("10.1.2.3", "https://10.1.2.3:5000/"),
            ("10.0.0.0/8", "https://10.1.2.3/"),
            ("10.1.2.3:5000", "https://10.1.2.3:5000/"),
            ("fd00::/8", "https://[fd00::1]/"),
            ("::1", "https://[::1]/"),
            ("[::1]", "https://[::1]/"),
            ("[::1]:5000", "https://[::1]:5000/"),
            ("10.0.0.0/8", "https://[::ffff:10.1.2.3]/"),
        ] {
            assert!(passes(entries, url), "{entries:?} {url}");
        }
    }

    #[test]
    fn these_do_not() {
        for (entries, url) in [
            ("", "https://hub.corp/"),
            ("hub.corp", "https://nothub.corp/"),
            ("hub.corp", "https://hub.corp.evil/"),
            ("*.corp", "https://corp/"),
            ("hub.corp:5000", "https://hub.corp/"),
            ("hub.corp:nonsense", "https://hub.corp/"),
            ("10.0.0.0/8", "https://11.1.2.3/"),
            ("10.0.0.0/99", "https://10.0.0.1/"),
            ("[::1]:5000", "https://[::1]/"),
            (".", "https://hub.corp/"),
            ("10.1", "https://10.1.2.3/"),
        ] {
            assert!(!passes(entries, url), "{entries:?} {url}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read(text in ".{0,80}", host in "[a-z]{1,8}(\\.[a-z]{1,8}){0,3}") {
            let url: Url = format!("https://{host}:5000/").parse().unwrap();
            NoProxy::read(&text).contains(&url);
        }

        #[test]
        fn a_host_is_found_among_anything(
            before in "[a-z0-9.,:/*\\[\\] ]{0,40}",
            host in "[a-z]{1,8}(\\.[a-z]{1,8}){0,3}",
            port in proptest::option::of(1_u16..),
        ) {
            let entry = port.map_or(host.clone(), |port| format!("{host}:{port}"));
            let url: Url = format!("https://{host}:{}/", port.unwrap_or(443)).parse().unwrap();
            let below: Url = format!("https://x.{host}:{}/", port.unwrap_or(443)).parse().unwrap();
            let read = NoProxy::read(&format!("{before},{entry}"));
            prop_assert!(read.contains(&url) && read.contains(&below));
        }
    }
}
