//! `NO_PROXY`: which hosts are reached without a proxy.
//!
//! There is no specification. Names match as in curl: `corp`, `.corp` and `*.corp` all mean
//! that host and everything below it. Addresses, address ranges and ports are understood
//! as in Go's programs, which most container tools are. Loopback is a host like any other.

use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;

/// The hosts that need no proxy.
#[derive(Clone, Debug, Default)]
pub(super) struct NoProxy(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    hosts: Hosts,
    /// The only port meant; all of them where there is none.
    port: Option<u16>,
}

#[derive(Clone, Debug)]
enum Hosts {
    All,
    /// This name and every name below it; lower case, without dots at the ends.
    Below(String),
    Within(IpNet),
}

impl NoProxy {
    /// Entries between commas and blanks. What is no entry matches nothing.
    pub(super) fn read(text: &str) -> Self {
        let entries = text.split(|c: char| c == ',' || c.is_whitespace());
        Self(entries.filter_map(entry).collect())
    }

    /// Whether `url` is reached without a proxy.
    pub(super) fn covers(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        let port = url.port_or_known_default();
        let address = bare(host).parse().map(|ip: IpAddr| ip.to_canonical()).ok();
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        self.0
            .iter()
            .filter(|entry| entry.port.is_none() || entry.port == port)
            .any(|entry| match &entry.hosts {
                Hosts::All => true,
                Hosts::Within(net) => address.is_some_and(|address| net.contains(&address)),
                Hosts::Below(top) => {
                    address.is_none()
                        && name
                            .strip_suffix(top.as_str())
                            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                }
            })
    }
}

fn entry(text: &str) -> Option<Entry> {
    // An IPv6 address is full of colons, so addresses are tried before ports.
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if within(text).is_none() => (host, Some(port.parse().ok()?)),
        _ => (text, None),
    };
    let hosts = if host == "*" {
        Hosts::All
    } else if let Some(net) = within(host) {
        Hosts::Within(net)
    } else {
        Hosts::Below(name(host)?)
    };
    Some(Entry { hosts, port })
}

/// An address or a range of addresses; brackets around IPv6 are taken off.
fn within(text: &str) -> Option<IpNet> {
    if let Some((address, length)) = text.split_once('/') {
        let address: IpAddr = bare(address).parse().ok()?;
        return IpNet::new(address, length.parse().ok()?).ok();
    }
    let address: IpAddr = bare(text).parse().ok()?;
    Some(address.to_canonical().into())
}

fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

/// A name in the form that URLs have it in.
fn name(text: &str) -> Option<String> {
    let text = text.strip_prefix('*').unwrap_or(text).trim_matches('.');
    if text.is_empty() || text.contains(['*', '/', ':', '[', ']']) {
        return None;
    }
    if text.is_ascii() {
        return Some(text.to_ascii_lowercase());
    }
    url::Host::parse(text).ok().map(|host| host.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn covers(list: &str, url: &str) -> bool {
        NoProxy::read(list).covers(&url.parse().unwrap())
    }

    #[test]
    fn what_an_entry_covers() {
        for (list, covered, not) in [
            (
                "hub.corp",
                &[
                    "https://hub.corp",
                    "http://HUB.corp:5000/v2/",
                    "https://eu.hub.corp",
                    "https://hub.corp.",
                ][..],
                &[
                    "https://myhub.corp",
                    "https://corp",
                    "https://hub.corp.evil",
                ][..],
            ),
            (
                ".corp",
                &["https://corp", "https://a.corp", "https://a.b.corp"],
                &["https://acorp", "https://corp.example"],
            ),
            (
                "*.corp",
                &["https://a.corp", "https://corp"],
                &["https://acorp"],
            ),
            ("Hub.CORP.", &["https://hub.corp"], &["https://corp"]),
            (
                "hub.corp:5000",
                &["http://hub.corp:5000", "http://eu.hub.corp:5000"],
                &["http://hub.corp", "https://hub.corp"],
            ),
            (
                "hub.corp:443",
                &["https://hub.corp", "http://hub.corp:443"],
                &["http://hub.corp"],
            ),
            (
                "10.1.2.3",
                &["http://10.1.2.3", "http://10.1.2.3:5000"],
                &[
                    "http://10.1.2.30",
                    "http://110.1.2.3",
                    "http://x.10.1.2.3.corp",
                ],
            ),
            (
                "10.1.2.3:5000",
                &["http://10.1.2.3:5000"],
                &["http://10.1.2.3", "http://10.1.2.4:5000"],
            ),
            (
                "10.0.0.0/8",
                &["http://10.255.0.1:5000"],
                &["http://11.0.0.1", "http://hub.corp", "http://[::1]"],
            ),
            ("10.9.8.7/8", &["http://10.1.1.1"], &["http://11.0.0.1"]),
            (
                "::1",
                &["http://[::1]", "http://[::1]:5000"],
                &["http://[::2]"],
            ),
            ("[::1]", &["http://[::1]:5000"], &["http://[::2]:5000"]),
            (
                "[fd00::1]:5000",
                &["http://[fd00::1]:5000"],
                &["http://[fd00::1]", "http://[fd00::2]:5000"],
            ),
            ("fd00::/8", &["http://[fd12::1]"], &["http://[fe80::1]"]),
            ("[fd00::]/8", &["http://[fd12::1]"], &["http://10.0.0.1"]),
            ("10.0.0.1", &["http://[::ffff:10.0.0.1]"], &["http://[::1]"]),
            ("*", &["http://a", "https://10.0.0.1", "http://[::1]"], &[]),
            ("*:5000", &["http://a:5000"], &["http://a"]),
            ("bücher.example", &["https://xn--bcher-kva.example"], &[]),
            // Loopback is a host like any other.
            ("hub.corp", &[], &["http://localhost", "http://127.0.0.1"]),
            (
                "localhost",
                &["http://localhost:5000"],
                &["http://127.0.0.1"],
            ),
            (
                "127.0.0.0/8",
                &["http://127.0.0.1:5000"],
                &["http://localhost"],
            ),
        ] {
            for url in covered {
                assert!(covers(list, url), "{list} covers {url}");
            }
            for url in not {
                assert!(!covers(list, url), "{list} does not cover {url}");
            }
        }
    }

    #[test]
    fn lists_are_read_however_they_are_written() {
        for list in [
            "a.corp,b.corp",
            " a.corp , b.corp ",
            "a.corp b.corp",
            ",,a.corp,,\tb.corp,",
            "10.0.0.0/99,hub:port,[::1,a*c,.,*.,/,a.corp,b.corp",
        ] {
            assert!(covers(list, "https://a.corp"), "{list}");
            assert!(covers(list, "https://b.corp"), "{list}");
            assert!(!covers(list, "https://c.corp"), "{list}");
            assert!(!covers(list, "http://10.0.0.1"), "{list}");
        }
        for list in ["", " ", ",", ".", "*.", ":", ":5000", "[]", "/8"] {
            assert!(!covers(list, "https://a.corp:5000"), "{list}");
        }
    }

    proptest! {
        #[test]
        fn no_list_breaks_the_reader(list in r"([*.,:/ \[\]]|[a-f0-9]{1,4}|corp|.){0,60}") {
            let _ = covers(&list, "https://a.corp");
            let _ = covers(&list, "http://[fd00::1]:5000");
        }

        #[test]
        fn a_host_covers_itself_at_every_port_and_all_below_it(
            // No two hyphens in a row: names with those are encoded ones.
            host in "[a-z](-?[a-z0-9]){0,6}(\\.[a-z][a-z0-9]{0,8}){0,3}",
            below in "[a-z][a-z0-9]{0,8}",
            port in 1_u16..,
        ) {
            for list in [host.clone(), format!(".{host}"), format!("9.9.9.9, *.{host}."), host.to_uppercase()] {
                let url = format!("http://{host}:{port}/v2/");
                prop_assert!(covers(&list, &url));
                let url = format!("http://{below}.{host}:{port}/v2/");
                prop_assert!(covers(&list, &url));
                let url = format!("http://{below}{host}:{port}/v2/");
                prop_assert!(!covers(&list, &url));
            }
            let list = format!("{host}:{port}");
            let own = format!("http://{host}:{port}");
            prop_assert!(covers(&list, &own));
            let other = format!("http://{host}:{}", if port == 1 { 2 } else { port - 1 });
            prop_assert!(!covers(&list, &other));
        }

        #[test]
        fn a_range_covers_its_addresses_and_no_others(bits in any::<u32>(), length in 1_u8..=32) {
            let address = std::net::Ipv4Addr::from(bits);
            let list = format!("{address}/{length}");
            let inside = format!("http://{address}:5000");
            prop_assert!(covers(&list, &inside));
            // The last bit of the network part turned over.
            let other = std::net::Ipv4Addr::from(bits ^ (1 << (32 - length)));
            let outside = format!("http://{other}");
            prop_assert!(!covers(&list, &outside));
        }
    }
}
