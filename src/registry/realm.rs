//! Where credentials may go: which token endpoints a challenge may name.

use std::net::IpAddr;

use super::lenient::Text;
use crate::http::{Cover, Shown, Url, is_link_local};

/// Why a realm is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RealmError {
    #[error("its realm is no URL")]
    NotAUrl,
    #[error("its realm `{0}` is neither `https` nor `http`")]
    Scheme(Shown),
    #[error("its realm `{0}` is plain HTTP, while the registry speaks TLS")]
    PlainText(Shown),
    #[error("its realm `{0}` holds a user name or password")]
    UserInfo(Shown),
    #[error("its realm `{0}` is a link-local address")]
    LinkLocal(Shown),
    #[error("its realm `{0}` is a private address, while the registry is not")]
    Private(Shown),
}

/// A realm that may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Realm {
    /// Where it is asked.
    pub(super) url: Url,
    /// As the challenge named it, without its query, where that was by plain HTTP and TLS
    /// is spoken instead.
    pub(super) named: Option<String>,
}

/// The token endpoint that `realm`, sent in answer to `asked`, stands for. The rules keep
/// a registry from sending credentials into a network it has no business in.
pub(super) fn token_endpoint(
    realm: &Text,
    asked: &Url,
    cover: &Cover,
) -> Result<Realm, RealmError> {
    let realm = realm.uncovered().unwrap_or_default();
    let mut url = asked.join(realm).map_err(|_| RealmError::NotAUrl)?;
    let shown = cover.show_url(&url);
    if !matches!(url.scheme(), "https" | "http") {
        return Err(RealmError::Scheme(shown));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(RealmError::UserInfo(shown));
    }
    let same_host = url.host() == asked.host();
    let mut named = None;
    if asked.scheme() == "https" && url.scheme() == "http" {
        // Products behind a TLS proxy often name themselves by `http`.
        named = Some(without_query(&url, cover));
        if !same_host || url.set_scheme("https").is_err() {
            return Err(RealmError::PlainText(shown));
        }
    }
    if is_link_local(&url) && !same_host {
        return Err(RealmError::LinkLocal(shown));
    }
    if !same_host && is_private(&url) && !is_private(asked) {
        return Err(RealmError::Private(shown));
    }
    url.set_fragment(None);
    Ok(Realm { url, named })
}

/// An endpoint as messages show it.
pub(super) fn without_query(url: &Url, cover: &Cover) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    cover.show_url(&url).into_string()
}

/// Whether the host is a literal address, or the name, of this host or a private network.
pub(super) fn is_private(url: &Url) -> bool {
    let address = match url.host() {
        Some(url::Host::Ipv4(v4)) => IpAddr::V4(v4),
        Some(url::Host::Ipv6(v6)) => v6.to_canonical(),
        Some(url::Host::Domain(name)) => {
            return name == "localhost" || name.ends_with(".localhost");
        }
        None => return false,
    };
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_loopback() || v6.is_unspecified(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(realm: &str, asked: &str) -> Result<String, RealmError> {
        let asked = asked.parse().unwrap();
        token_endpoint(&Text::new(realm), &asked, &Cover::default()).map(|realm| realm.url.into())
    }

    #[test]
    fn these_realms_may_have_the_credentials() {
        for (realm, asked, wanted) in [
            (
                "https://auth.example/token",
                "https://hub.example/v2/",
                "https://auth.example/token",
            ),
            (
                "/service/token",
                "https://hub.example/v2/",
                "https://hub.example/service/token",
            ),
            (
                "http://hub.example/token",
                "https://hub.example/v2/",
                "https://hub.example/token",
            ),
            (
                "http://auth.corp/token",
                "http://hub.corp/v2/",
                "http://auth.corp/token",
            ),
            (
                "http://127.0.0.1:5001/auth",
                "http://127.0.0.1:5000/v2/",
                "http://127.0.0.1:5001/auth",
            ),
            (
                "http://127.0.0.1:5001/auth",
                "http://localhost:5000/v2/",
                "http://127.0.0.1:5001/auth",
            ),
            (
                "http://10.0.0.9/auth",
                "http://10.0.0.8/v2/",
                "http://10.0.0.9/auth",
            ),
            ("https://h/t?keep=1", "https://h/v2/", "https://h/t?keep=1"),
        ] {
            assert_eq!(endpoint(realm, asked).unwrap(), wanted);
        }
    }

    #[test]
    fn a_realm_that_is_asked_otherwise_than_named_says_so() {
        let asked = "https://hub.example/v2/".parse().unwrap();
        let cover = Cover::default();
        let named = |realm: &str| {
            let realm = token_endpoint(&Text::new(realm), &asked, &cover);
            realm.unwrap().named
        };
        assert_eq!(
            named("http://hub.example/token?key=1#x").as_deref(),
            Some("http://hub.example/token")
        );
        assert_eq!(named("https://hub.example/token"), None);
        assert_eq!(named("/token"), None);
    }

    #[test]
    fn these_realms_may_not() {
        for (realm, asked, says) in [
            (
                "http://auth.example/token",
                "https://hub.example/v2/",
                "plain HTTP",
            ),
            (
                "ftp://auth.example/token",
                "https://hub.example/v2/",
                "neither",
            ),
            (
                "https://u:p@auth.example/",
                "https://hub.example/v2/",
                "password",
            ),
            (
                "http://169.254.169.254/latest",
                "http://hub.corp/v2/",
                "link-local",
            ),
            ("http://[fe80::1]/t", "http://10.0.0.8/v2/", "link-local"),
            (
                "https://10.0.0.9/auth",
                "https://hub.example/v2/",
                "private",
            ),
            (
                "https://[::ffff:127.0.0.1]/auth",
                "https://hub.example/v2/",
                "private",
            ),
            ("http://localhost/auth", "http://hub.example/v2/", "private"),
            ("https://", "https://hub.example/v2/", "no URL"),
        ] {
            let error = endpoint(realm, asked).unwrap_err().to_string();
            assert!(error.contains(says), "{realm}: {error}");
            assert!(!error.contains("u:p@"), "{error}");
        }
    }
}
