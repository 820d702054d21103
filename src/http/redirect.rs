//! Which redirects are followed, and what goes along.

use std::net::IpAddr;

use reqwest::{StatusCode, Url};

use super::error::{Cause, HttpError};
use super::message::{Request, Response};

/// Most redirects followed for one request.
pub(super) const MAX: usize = 10;

/// The request that `response` sends us to; `None` where it is an answer to keep.
/// Secrets go along only to the same scheme, host and port.
pub(super) fn follow(request: &Request, response: &Response) -> Result<Option<Request>, HttpError> {
    let is_redirect = matches!(
        response.status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    if !is_redirect || !request.is_safe() {
        return Ok(None);
    }
    let Some(location) = response.header(reqwest::header::LOCATION) else {
        return Ok(None);
    };
    let location = location.uncovered();
    let refuse = |why| {
        Err(HttpError::new(
            request,
            Cause::Redirect {
                why,
                target: location
                    .parse()
                    .map_or_else(
                        |_| {
                            let path = location.split('?').next().unwrap_or_default();
                            request.cover.show(path, 200)
                        },
                        |url| request.cover.show_url(&url),
                    )
                    .into_string(),
            },
        ))
    };
    let Ok(url) = request.url.join(location) else {
        return refuse("that is no URL");
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return refuse("only `http` and `https` are followed");
    }
    if request.url.scheme() == "https" && url.scheme() == "http" {
        return refuse("from `https` down to `http` nothing is followed");
    }
    if is_link_local(&url) && url.host() != request.url.host() {
        return refuse("link-local addresses are never followed");
    }
    if request.stays && !same_origin(&request.url, &url) {
        return refuse("a registry answers itself, and this may be a login page");
    }
    let mut next = request.clone();
    if !same_origin(&request.url, &url) {
        next.strip_secrets();
    }
    next.url = url;
    Ok(Some(next))
}

/// Whether scheme, host and port are the same, the scheme's own port going without saying.
pub fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host() == b.host()
        && a.port_or_known_default() == b.port_or_known_default()
}

/// Whether the host is a link-local address, where clouds keep their metadata services.
pub fn is_link_local(url: &Url) -> bool {
    let address = match url.host() {
        Some(url::Host::Ipv4(v4)) => IpAddr::V4(v4),
        Some(url::Host::Ipv6(v6)) => v6.to_canonical(),
        _ => return false,
    };
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION};

    use super::*;

    fn redirected(from: &str, status: u16, to: &str) -> Result<Option<Request>, HttpError> {
        let request = Request::get(from.parse().unwrap(), 1)
            .with_header(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_str(to).unwrap());
        let response = Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::new(),
            url: request.url.clone(),
            cover: request.cover.clone(),
        };
        follow(&request, &response)
    }

    #[test]
    fn secrets_stay_with_scheme_host_and_port() {
        for (from, to, target, kept) in [
            ("https://h/v2", "/v2/", "https://h/v2/", true),
            ("https://h/a", "https://h:443/b", "https://h/b", true),
            ("https://h/a", "https://h:8443/b", "https://h:8443/b", false),
            (
                "https://h/a",
                "//s3.example/b",
                "https://s3.example/b",
                false,
            ),
            ("http://h/a", "https://h/a", "https://h/a", false),
        ] {
            for status in [301, 302, 303, 307, 308] {
                let next = redirected(from, status, to).unwrap().unwrap();
                assert_eq!(next.url.as_str(), target);
                assert_eq!(
                    next.headers.contains_key(AUTHORIZATION),
                    kept,
                    "{from} {to}"
                );
            }
        }
    }

    #[test]
    fn a_list_does_not_come_from_elsewhere() {
        let answer = |to: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(LOCATION, HeaderValue::from_str(to).unwrap());
            Response {
                status: StatusCode::FOUND,
                headers,
                body: Bytes::new(),
                url: "http://h/v2/_catalog".parse().unwrap(),
                cover: crate::http::Cover::default(),
            }
        };
        let list = Request::get("http://h/v2/_catalog".parse().unwrap(), 1).staying();
        assert!(follow(&list, &answer("/v2/_catalog/")).unwrap().is_some());
        let error = follow(&list, &answer("https://login.example/?next=/v2/")).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("https://login.example/") && text.contains("login page"),
            "{text}"
        );
    }

    #[test]
    fn some_redirects_are_not_followed() {
        for (from, to, says) in [
            ("https://h/a", "http://h/a", "down to `http`"),
            ("http://h/a", "http://169.254.169.254/latest", "link-local"),
            ("http://h/a", "http://[fe80::1]/", "link-local"),
            ("http://h/a", "http://[::ffff:169.254.1.1]/", "link-local"),
            ("http://h/a", "ftp://h/a", "only `http`"),
        ] {
            let error = redirected(from, 302, to).unwrap_err().to_string();
            assert!(error.contains(says), "{to}: {error}");
        }
        assert!(
            redirected("http://h/a", 304, "http://h/b")
                .unwrap()
                .is_none()
        );
        assert!(
            redirected("http://h/a", 200, "http://h/b")
                .unwrap()
                .is_none()
        );
    }
}
