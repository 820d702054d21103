//! Which proxy is on the way to a URL.

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use super::error::HttpError;
use super::safe_url;
use crate::model::ProxyChoice;

/// The choice of one registry, the environment read once.
pub(super) enum Proxies {
    Off,
    Always(Url),
    Environment(Box<Matcher>),
}

impl Proxies {
    pub(super) fn new(choice: &ProxyChoice) -> Result<Self, HttpError> {
        match choice {
            ProxyChoice::Off => Ok(Self::Off),
            ProxyChoice::Environment => Ok(Self::Environment(Box::new(Matcher::from_env()))),
            ProxyChoice::Url(text) => text.parse().map(Self::Always).map_err(|_| {
                HttpError::local(
                    "the proxy's address is no URL",
                    "write `http://host:port`, `https://host:port` or `socks5://host:port`",
                )
            }),
        }
    }

    /// The proxy on the way to `url`, with its user name and password.
    pub(super) fn proxy_for(&self, url: &Url) -> Option<Url> {
        match self {
            Self::Off => None,
            Self::Always(proxy) => Some(proxy.clone()),
            Self::Environment(matcher) => {
                let intercept = matcher.intercept(&url.as_str().parse().ok()?)?;
                intercept.uri().to_string().parse().ok()
            }
        }
    }

    /// The proxy on the way to `url`, as messages show it.
    pub(super) fn on_the_way_to(&self, url: &Url) -> Option<String> {
        match self {
            Self::Off => None,
            Self::Always(proxy) => Some(safe_url::redacted(proxy)),
            Self::Environment(matcher) => {
                let intercept = matcher.intercept(&url.as_str().parse().ok()?)?;
                let proxy: Url = intercept.uri().to_string().parse().ok()?;
                Some(safe_url::redacted(&proxy))
            }
        }
    }

    pub(super) fn apply(
        &self,
        builder: reqwest::ClientBuilder,
    ) -> Result<reqwest::ClientBuilder, HttpError> {
        match self {
            Self::Off => Ok(builder.no_proxy()),
            // reqwest reads the same variables by the same rules.
            Self::Environment(_) => Ok(builder),
            Self::Always(url) => reqwest::Proxy::all(url.clone())
                .map(|proxy| builder.proxy(proxy))
                .map_err(|_| {
                    HttpError::local(
                        format!("the proxy `{}` cannot be used", safe_url::redacted(url)),
                        "write `http://host:port`, `https://host:port` or `socks5://host:port`",
                    )
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_decides() {
        let url: Url = "https://hub.example/v2/".parse().unwrap();
        let off = Proxies::new(&ProxyChoice::Off).unwrap();
        assert_eq!(off.on_the_way_to(&url), None);
        let always = Proxies::new(&ProxyChoice::Url("socks5://jump:1080".into())).unwrap();
        assert_eq!(always.on_the_way_to(&url).unwrap(), "socks5://jump:1080");
        assert!(Proxies::new(&ProxyChoice::Url("not a url".into())).is_err());
        let env = Proxies::Environment(Box::new(
            Matcher::builder()
                .https("http://u:pw@proxy.corp:3128")
                .no("hub.internal")
                .build(),
        ));
        assert_eq!(env.on_the_way_to(&url).unwrap(), "http://proxy.corp:3128/");
        let inside: Url = "https://hub.internal/".parse().unwrap();
        assert_eq!(env.on_the_way_to(&inside), None);
    }
}
