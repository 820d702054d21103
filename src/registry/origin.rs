//! Which origin gets which credential. The one rule for everything that is signed beside the
//! Registry V2 API and its token realm (`realm` has the rule for that).
//!
//! The API of a product gets the registry's sign-in, or a token of its own, where it is
//!
//! - at the registry's own origin,
//! - where the administrator says (the setting `api`),
//! - at the origin of the token realm, which has the same credentials already, or
//! - at the vendor's own host, where the registry is the vendor's, too.
//!
//! Nothing that a registry answers adds to these: links and redirects that lead anywhere
//! else are not followed.

use super::realm::is_private;
use crate::http::{Cover, Shown, Url, is_link_local, same_origin};

/// Why something is thought to be the product's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The administrator says so.
    Setting(Url),
    /// It is at the registry's own origin.
    Own,
    /// It is where the token realm is, which was accepted as such.
    Realm(Url),
    /// It is the vendor's own host, for registries whose host is the vendor's.
    Vendor(&'static str),
    /// The same of a vendor with a host for each region.
    VendorIn(String),
}

/// Why an origin gets no credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum OriginError {
    #[error("the API `{0}` is plain HTTP, while the registry speaks TLS")]
    PlainText(Shown),
    #[error("the API `{0}` is at a link-local address")]
    LinkLocal(Shown),
    #[error("the API `{0}` is at a private address, while the registry is not")]
    Private(Shown),
    #[error("the API `{0}` is at no origin")]
    NoOrigin(Shown),
    #[error("it leads to `{0}`, which is neither the registry nor its API")]
    Elsewhere(Shown),
}

/// The origin of the API that `named` stands for, as a URL without a path.
///
/// # Errors
///
/// Credentials may not go there.
pub(super) fn of_api(named: &Named, registry: &Url, cover: &Cover) -> Result<Url, OriginError> {
    let vendors = |host: &str| {
        let wrong = |_| OriginError::NoOrigin(cover.show(host, 100));
        Url::parse(&format!("https://{host}/")).map_err(wrong)
    };
    let mut origin = match named {
        Named::Setting(url) | Named::Realm(url) => url.clone(),
        Named::Own => registry.clone(),
        Named::Vendor(host) => vendors(host)?,
        Named::VendorIn(host) => vendors(host)?,
    };
    origin.set_query(None);
    origin.set_fragment(None);
    let shown = || cover.show_url(&origin);
    if !matches!(origin.scheme(), "https" | "http") || origin.host().is_none() {
        return Err(OriginError::NoOrigin(shown()));
    }
    let same_host = origin.host() == registry.host();
    if registry.scheme() == "https" && origin.scheme() == "http" {
        return Err(OriginError::PlainText(shown()));
    }
    if is_link_local(&origin) && !same_host {
        return Err(OriginError::LinkLocal(shown()));
    }
    // What the administrator writes may be private; what a registry says may not be more so
    // than itself.
    let is_said = matches!(named, Named::Realm(_));
    if is_said && !same_host && is_private(&origin) && !is_private(registry) {
        return Err(OriginError::Private(shown()));
    }
    origin.set_path("/");
    Ok(origin)
}

/// Whether a request to `url` may be signed for the API at `api`.
///
/// # Errors
///
/// It goes to another origin.
pub(super) fn check(url: &Url, api: &Url, cover: &Cover) -> Result<(), OriginError> {
    if same_origin(url, api) {
        Ok(())
    } else {
        Err(OriginError::Elsewhere(cover.show_url(url)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn api(named: &Named, registry: &str) -> Result<String, String> {
        of_api(named, &url(registry), &Cover::default())
            .map(|url| url.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn these_may_have_the_credentials() {
        for (named, registry, wanted) in [
            (
                Named::Own,
                "https://hub.example/base/",
                "https://hub.example/",
            ),
            (
                Named::Setting(url("https://api.corp:8443/x?y=1")),
                "https://hub.example/",
                "https://api.corp:8443/",
            ),
            (
                Named::Setting(url("https://10.0.0.1/")),
                "https://hub.example/",
                "https://10.0.0.1/",
            ),
            (
                Named::Realm(url("https://gitlab.example/jwt/auth")),
                "https://registry.example/",
                "https://gitlab.example/",
            ),
            (
                Named::Realm(url("http://127.0.0.1:5001/jwt/auth")),
                "http://127.0.0.1:5000/",
                "http://127.0.0.1:5001/",
            ),
            (
                Named::Vendor("api.vendor.example"),
                "https://registry.vendor.example/",
                "https://api.vendor.example/",
            ),
            (
                Named::VendorIn("api.north.vendor.example".to_owned()),
                "https://registry.north.vendor.example/",
                "https://api.north.vendor.example/",
            ),
        ] {
            assert_eq!(api(&named, registry).as_deref(), Ok(wanted), "{named:?}");
        }
    }

    #[test]
    fn these_may_not() {
        for (named, registry, says) in [
            (
                Named::Setting(url("http://api.corp/")),
                "https://hub.example/",
                "plain HTTP",
            ),
            (
                Named::Setting(url("http://169.254.169.254/")),
                "http://hub.corp/",
                "link-local",
            ),
            (
                Named::Realm(url("https://10.0.0.9/auth")),
                "https://hub.example/",
                "private",
            ),
            (
                Named::Realm(url("http://[fe80::1]/auth")),
                "http://hub.corp/",
                "link-local",
            ),
            (
                Named::Setting(url("ftp://hub.example/")),
                "https://hub.example/",
                "no origin",
            ),
        ] {
            let error = api(&named, registry).unwrap_err();
            assert!(error.contains(says), "{named:?}: {error}");
        }
    }

    #[test]
    fn a_request_of_the_api_stays_at_its_origin() {
        let api = url("https://api.example/");
        let cover = Cover::default();
        assert!(check(&url("https://api.example/v1/x?page=2"), &api, &cover).is_ok());
        for other in [
            "https://api.example.evil/v1/x",
            "http://api.example/v1/x",
            "https://api.example:8443/v1/x",
            "https://hub.example/v1/x",
        ] {
            assert!(check(&url(other), &api, &cover).is_err(), "{other}");
        }
    }
}
