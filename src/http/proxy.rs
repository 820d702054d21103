//! Which proxy is on the way to a URL: the registry's own choice, or what the environment
//! says by the variables that curl made customary.

use reqwest::Url;

use super::error::HttpError;
use super::no_proxy::NoProxy;
use crate::model::ProxyChoice;

const FORMS: &str =
    "write `http://host:port`, `https://host:port`, `socks5://host:port` or `socks5h://host:port`";

/// What the environment says, read once.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    http: Option<Url>,
    https: Option<Url>,
    exempt: NoProxy,
}

/// The choice of one registry.
#[derive(Clone, Debug)]
pub(super) enum Proxies {
    Off,
    Always(Url),
    Environment(Environment),
}

impl Environment {
    /// Reads the variables through `get`; a lower-case name wins.
    fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, HttpError> {
        let set = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        // A web server puts a request's `Proxy` header into `HTTP_PROXY` (CVE-2016-5385).
        let is_cgi = set("REQUEST_METHOD").is_some();
        let variable = |lower: &'static str, upper: &'static str| {
            let from_upper = || set(upper).map(|value| (upper, value));
            set(lower)
                .map(|value| (lower, value))
                .or_else(|| from_upper().filter(|_| !(is_cgi && upper == "HTTP_PROXY")))
        };
        let proxy = |found: Option<(&'static str, String)>| match found {
            None => Ok(None),
            Some((name, value)) => url(&value).map(Some).ok_or_else(|| {
                HttpError::local(
                    format!("the proxy in the environment variable `{name}` is no URL"),
                    FORMS,
                )
            }),
        };
        let all = proxy(variable("all_proxy", "ALL_PROXY"))?;
        Ok(Self {
            http: proxy(variable("http_proxy", "HTTP_PROXY"))?.or_else(|| all.clone()),
            https: proxy(variable("https_proxy", "HTTPS_PROXY"))?.or(all),
            exempt: NoProxy::read(
                &variable("no_proxy", "NO_PROXY").map_or_else(String::new, |(_, value)| value),
            ),
        })
    }

    fn proxy_for(&self, url: &Url) -> Option<&Url> {
        let proxy = match url.scheme() {
            "https" => self.https.as_ref(),
            _ => self.http.as_ref(),
        };
        proxy.filter(|_| !self.exempt.covers(url))
    }
}

/// The proxies that the environment names for registries whose settings name none, by the
/// scheme of the address, without user names and passwords.
///
/// # Errors
///
/// Where a variable holds no address of a proxy.
pub fn environment_proxies(
    get: impl Fn(&str) -> Option<String>,
) -> Result<Vec<(&'static str, String)>, HttpError> {
    let environment = Environment::read(get)?;
    let both = [("http", environment.http), ("https", environment.https)];
    let named = both.into_iter().filter_map(|(scheme, url)| {
        let url = url?;
        Some((scheme, super::safe_url::redacted(&url)))
    });
    Ok(named.collect())
}

impl Proxies {
    pub(super) fn new(choice: &ProxyChoice) -> Result<Self, HttpError> {
        match choice {
            ProxyChoice::Off => Ok(Self::Off),
            ProxyChoice::Environment => {
                Environment::read(|name| std::env::var(name).ok()).map(Self::Environment)
            }
            ProxyChoice::Url(text) => url(text)
                .map(Self::Always)
                .ok_or_else(|| HttpError::local("the proxy's address is no URL", FORMS)),
        }
    }

    /// The proxy on the way to `url`, with its user name and password.
    pub(super) fn proxy_for(&self, url: &Url) -> Option<&Url> {
        match self {
            Self::Off => None,
            Self::Always(proxy) => Some(proxy),
            Self::Environment(environment) => environment.proxy_for(url),
        }
    }

    /// Whether there is none on the way to anywhere.
    fn is_never(&self) -> bool {
        match self {
            Self::Off => true,
            Self::Always(_) => false,
            Self::Environment(environment) => {
                environment.http.is_none() && environment.https.is_none()
            }
        }
    }

    /// Makes requests go by this choice, and by nothing that the library reads itself.
    pub(super) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        let builder = builder.no_proxy();
        // The library takes a URL apart for each request that it asks us about.
        if self.is_never() {
            return builder;
        }
        let choice = self.clone();
        builder.proxy(reqwest::Proxy::custom(move |url| {
            choice.proxy_for(url).cloned()
        }))
    }
}

/// A proxy's URL; without a scheme it is plain HTTP.
fn url(text: &str) -> Option<Url> {
    let text = text.trim();
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let mut url: Url = full.parse().ok()?;
    let known = ["http", "https", "socks5", "socks5h"].contains(&url.scheme());
    if !known || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    if url.scheme().starts_with("socks") && url.port().is_none() {
        url.set_port(Some(1080)).ok()?;
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Result<Proxies, HttpError> {
        let get = |name: &str| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Environment::read(get).map(Proxies::Environment)
    }

    fn way(proxies: &Proxies, to: &str) -> Option<String> {
        let url = to.parse().unwrap();
        proxies.proxy_for(&url).map(crate::http::safe_url::redacted)
    }

    #[test]
    fn the_choice_decides() {
        let off = Proxies::new(&ProxyChoice::Off).unwrap();
        assert_eq!(way(&off, "https://hub.example/v2/"), None);
        let always = Proxies::new(&ProxyChoice::Url("socks5://jump".into())).unwrap();
        let shown = way(&always, "https://hub.example/v2/").unwrap();
        assert_eq!(shown, "socks5://jump:1080");
        for wrong in ["not a url", "ftp://proxy:21", "http://"] {
            let error = Proxies::new(&ProxyChoice::Url(wrong.into())).unwrap_err();
            assert!(error.hint().unwrap().contains("socks5"), "{wrong}");
        }
    }

    #[test]
    fn the_environment_is_read_as_curl_reads_it() {
        let read = environment(&[
            ("HTTPS_PROXY", "http://ann:hunter2@upper:3128"),
            ("https_proxy", "lower:3128"),
            ("HTTP_PROXY", "http://plain:3128"),
            ("NO_PROXY", "inside.corp, 10.0.0.0/8,hub.example:5000"),
        ])
        .unwrap();
        for (to, proxy) in [
            ("https://hub.example/", Some("http://lower:3128/")),
            ("http://hub.example/", Some("http://plain:3128/")),
            ("https://a.inside.corp/", None),
            ("https://10.2.3.4/", None),
            ("https://hub.example:5000/", None),
        ] {
            assert_eq!(way(&read, to).as_deref(), proxy, "{to}");
        }
        let all = environment(&[("ALL_PROXY", "socks5h://jump"), ("http_proxy", " ")]).unwrap();
        assert_eq!(way(&all, "http://h/").unwrap(), "socks5h://jump:1080");
        let secret = environment(&[("HTTPS_PROXY", "http://ann:hunter2@upper:3128")]).unwrap();
        assert_eq!(way(&secret, "https://h/").unwrap(), "http://upper:3128/");
    }

    #[test]
    fn where_no_proxy_can_be_meant_none_is_asked_for() {
        for (pairs, is_never) in [
            (&[][..], true),
            (&[("NO_PROXY", "hub.example")], true),
            (&[("https_proxy", "jump:3128")], false),
            (&[("HTTP_PROXY", "jump:3128")], false),
            (&[("all_proxy", "jump:3128")], false),
        ] {
            assert_eq!(
                environment(pairs).unwrap().is_never(),
                is_never,
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn a_web_server_cannot_be_made_to_use_a_proxy() {
        let read = |name| {
            let cgi = [(name, "http://evil:1"), ("REQUEST_METHOD", "GET")];
            way(&environment(&cgi).unwrap(), "http://h/")
        };
        assert_eq!(read("HTTP_PROXY"), None);
        assert!(read("http_proxy").is_some());
    }

    #[test]
    fn a_variable_that_is_no_url_is_named_without_its_value() {
        let error = environment(&[("HTTPS_PROXY", "http://ann:hunter2@:x")]).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("`HTTPS_PROXY`") && !text.contains("hunter2"),
            "{text}"
        );
    }
}
