//! Which proxy is on the way to a URL.
//!
//! The environment is read here and not by reqwest, so that what messages and checks say
//! is what is done: `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, lower case
//! before upper case as in curl. An empty variable is one that is not set.

use std::sync::Arc;

use reqwest::Url;

use super::error::HttpError;
use super::no_proxy::NoProxy;
use super::safe_url;
use crate::model::ProxyChoice;

/// The choice of one registry, the environment read once.
#[derive(Clone)]
pub(super) enum Proxies {
    Off,
    Always(Url),
    Environment(Arc<Environment>),
}

/// What the environment says.
#[derive(Debug, Default)]
pub(super) struct Environment {
    http: Option<Url>,
    https: Option<Url>,
    without: NoProxy,
}

impl Proxies {
    pub(super) fn new(choice: &ProxyChoice) -> Result<Self, HttpError> {
        match choice {
            ProxyChoice::Off => Ok(Self::Off),
            ProxyChoice::Environment => {
                let read = |name: &str| {
                    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
                };
                Ok(Self::Environment(Arc::new(Environment::read(read)?)))
            }
            ProxyChoice::Url(text) => address(text).map(Self::Always).ok_or_else(|| {
                HttpError::local(
                    "the proxy's address is none that can be used",
                    "write `http://host:port`, `https://host:port` or `socks5://host:port`",
                )
            }),
        }
    }

    /// The proxy on the way to `url`, with its credentials.
    pub(super) fn proxy_for(&self, url: &Url) -> Option<Url> {
        match self {
            Self::Off => None,
            Self::Always(proxy) => Some(proxy.clone()),
            Self::Environment(environment) => environment.proxy_for(url).cloned(),
        }
    }

    /// The proxy on the way to `url`, as messages show it.
    pub(super) fn on_the_way_to(&self, url: &Url) -> Option<String> {
        self.proxy_for(url).map(|proxy| safe_url::redacted(&proxy))
    }

    pub(super) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        let builder = builder.no_proxy();
        let is_off = match self {
            Self::Off => true,
            Self::Always(_) => false,
            Self::Environment(environment) => environment.is_empty(),
        };
        if is_off {
            return builder;
        }
        let proxies = self.clone();
        builder.proxy(reqwest::Proxy::custom(move |url| proxies.proxy_for(url)))
    }
}

impl Environment {
    /// Reads the variables by `get`.
    fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, HttpError> {
        let set = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        let first = |names: &[&'static str]| -> Result<Option<Url>, HttpError> {
            for name in names {
                if let Some(value) = set(name) {
                    // The value is not shown: it may hold a password.
                    return address(&value).map(Some).ok_or_else(|| {
                        HttpError::local(
                            format!("`{name}` in the environment is no proxy's address"),
                            format!(
                                "write `{name}=http://host:port` or `socks5://host:port`, or set \
                                 the registry's `proxy` to `off`"
                            ),
                        )
                    });
                }
            }
            Ok(None)
        };
        let all = first(&["all_proxy", "ALL_PROXY"])?;
        // In a CGI program `HTTP_PROXY` is a header that whoever asks may send.
        let http = if get("REQUEST_METHOD").is_some() {
            first(&["http_proxy"])?
        } else {
            first(&["http_proxy", "HTTP_PROXY"])?
        };
        let https = first(&["https_proxy", "HTTPS_PROXY"])?;
        let without = set("no_proxy").or_else(|| set("NO_PROXY"));
        Ok(Self {
            http: http.or_else(|| all.clone()),
            https: https.or(all),
            without: NoProxy::read(&without.unwrap_or_default()),
        })
    }

    fn is_empty(&self) -> bool {
        self.http.is_none() && self.https.is_none()
    }

    fn proxy_for(&self, url: &Url) -> Option<&Url> {
        let proxy = match url.scheme() {
            "http" => self.http.as_ref(),
            "https" => self.https.as_ref(),
            _ => None,
        }?;
        (!self.without.covers(url)).then_some(proxy)
    }
}

/// A proxy's address; `http` where it names no scheme.
fn address(text: &str) -> Option<Url> {
    let text = text.trim();
    let mut url: Url = if text.contains("://") {
        text.parse().ok()?
    } else {
        format!("http://{text}").parse().ok()?
    };
    let is_socks = matches!(url.scheme(), "socks5" | "socks5h");
    if !is_socks && !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    if url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    if is_socks && url.port().is_none() {
        url.set_port(Some(1080)).ok()?;
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Result<Proxies, HttpError> {
        let get = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Environment::read(get).map(|read| Proxies::Environment(Arc::new(read)))
    }

    fn way(proxies: &Proxies, url: &str) -> String {
        let proxy = proxies.proxy_for(&url.parse().unwrap());
        proxy.map_or_else(|| "-".to_owned(), |proxy| proxy.to_string())
    }

    #[test]
    fn the_choice_decides() {
        let url: Url = "https://hub.example/v2/".parse().unwrap();
        let off = Proxies::new(&ProxyChoice::Off).unwrap();
        assert_eq!(off.proxy_for(&url), None);
        for (chosen, wanted) in [
            ("socks5://jump:1081", "socks5://jump:1081"),
            ("socks5h://jump", "socks5h://jump:1080"),
            ("proxy.corp:3128", "http://proxy.corp:3128/"),
            ("ann:pw@proxy.corp:3128", "http://ann:pw@proxy.corp:3128/"),
            ("https://proxy.corp", "https://proxy.corp/"),
        ] {
            let always = Proxies::new(&ProxyChoice::Url(chosen.into())).unwrap();
            assert_eq!(way(&always, "https://hub.example/v2/"), wanted);
            let shown = always.on_the_way_to(&url).unwrap();
            assert!(!shown.contains("pw"), "{shown}");
        }
        for wrong in [
            "not a url",
            "ftp://h:1",
            "http://",
            "socks5://",
            "socks4://h",
        ] {
            assert!(
                Proxies::new(&ProxyChoice::Url(wrong.into())).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_environment_is_read_as_curl_reads_it() {
        let (http, https) = ("http://hub.corp", "https://hub.corp");
        for (variables, for_http, for_https) in [
            (&[][..], "-", "-"),
            (&[("HTTP_PROXY", "http://p:1")], "http://p:1/", "-"),
            (&[("HTTPS_PROXY", "p:2")], "-", "http://p:2/"),
            (
                &[("ALL_PROXY", "socks5h://s"), ("HTTPS_PROXY", "http://p:2")],
                "socks5h://s:1080",
                "http://p:2/",
            ),
            (
                &[
                    ("https_proxy", "http://low:1"),
                    ("HTTPS_PROXY", "http://up:1"),
                ],
                "-",
                "http://low:1/",
            ),
            (
                &[("https_proxy", " "), ("HTTPS_PROXY", "http://up:1")],
                "-",
                "http://up:1/",
            ),
            (
                &[("all_proxy", "http://low:1"), ("ALL_PROXY", "http://up:1")],
                "http://low:1/",
                "http://low:1/",
            ),
            (
                &[("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")],
                "-",
                "-",
            ),
            (
                &[("http_proxy", "http://p:1"), ("REQUEST_METHOD", "GET")],
                "http://p:1/",
                "-",
            ),
            (
                &[
                    ("ALL_PROXY", "http://p:1"),
                    ("NO_PROXY", "other, hub.corp:443"),
                ],
                "http://p:1/",
                "-",
            ),
            (
                &[
                    ("ALL_PROXY", "http://p:1"),
                    ("no_proxy", "nobody"),
                    ("NO_PROXY", "*"),
                ],
                "http://p:1/",
                "http://p:1/",
            ),
        ] {
            let proxies = environment(variables).unwrap();
            assert_eq!(way(&proxies, http), for_http, "{variables:?}");
            assert_eq!(way(&proxies, https), for_https, "{variables:?}");
        }
    }

    #[test]
    fn a_variable_that_cannot_be_used_is_named_and_not_shown() {
        let Err(error) = environment(&[("https_proxy", "ann:hunter2@")]) else {
            panic!("it is taken")
        };
        let told = format!("{error} {}", error.hint().unwrap());
        assert!(told.contains("`https_proxy` in the environment"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}
