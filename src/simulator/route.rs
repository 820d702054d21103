//! What a path asks for (OCI distribution-spec 1.1, "Endpoints"; `/auth/token` is ours).

use percent_encoding::percent_decode_str;

/// The kind of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// `/v2/`.
    Ping,
    /// `/auth/token`.
    Token,
    /// `/v2/_catalog`.
    Catalogue,
    /// `/v2/<name>/tags/list`.
    Tags,
    /// `/v2/<name>/manifests/<reference>`.
    Manifest,
    /// `/v2/<name>/blobs/<digest>`.
    Blob,
    /// A product's own API.
    Api,
    /// Anything else.
    Other,
}

/// A path taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Ping,
    /// `/v2`, which is answered by a redirect to `/v2/`.
    PingWithoutSlash,
    Token,
    Catalogue,
    Tags(String),
    Manifest(String, String),
    Blob(String, String),
    Referrers(String, String),
    /// A product's own API. The repository, where the path names one.
    Api(Option<String>),
    Other,
}

impl Route {
    pub(super) fn parse(path_and_query: &str) -> Self {
        let path = path_and_query.split('?').next().unwrap_or_default();
        let path = percent_decode_str(path).decode_utf8_lossy();
        match path.as_ref() {
            "/v2/" => return Self::Ping,
            "/v2" => return Self::PingWithoutSlash,
            "/auth/token" => return Self::Token,
            "/v2/_catalog" => return Self::Catalogue,
            _ => {}
        }
        let Some(rest) = path.strip_prefix("/v2/") else {
            return Self::Other;
        };
        if let Some(name) = rest.strip_suffix("/tags/list") {
            return Self::Tags(name.to_owned());
        }
        // A repository may be called `manifests`; a reference holds no slash.
        let Some((front, reference)) = rest.rsplit_once('/') else {
            return Self::Other;
        };
        if reference.is_empty() {
            return Self::Other;
        }
        if let Some(name) = front.strip_suffix("/manifests") {
            return Self::Manifest(name.to_owned(), reference.to_owned());
        }
        if let Some(name) = front.strip_suffix("/blobs") {
            return Self::Blob(name.to_owned(), reference.to_owned());
        }
        if let Some(name) = front.strip_suffix("/referrers") {
            return Self::Referrers(name.to_owned(), reference.to_owned());
        }
        Self::Other
    }

    /// The same of the repository of this name below `above`, for products that have
    /// several registries below one address.
    pub(super) fn below(self, above: &str) -> Self {
        let full = |name: String| format!("{above}/{name}");
        match self {
            Self::Tags(name) => Self::Tags(full(name)),
            Self::Manifest(name, reference) => Self::Manifest(full(name), reference),
            Self::Blob(name, digest) => Self::Blob(full(name), digest),
            Self::Referrers(name, digest) => Self::Referrers(full(name), digest),
            other => other,
        }
    }

    pub(super) fn kind(&self) -> RouteKind {
        match self {
            Self::Ping | Self::PingWithoutSlash => RouteKind::Ping,
            Self::Token => RouteKind::Token,
            Self::Catalogue => RouteKind::Catalogue,
            Self::Tags(_) => RouteKind::Tags,
            Self::Manifest(..) => RouteKind::Manifest,
            Self::Blob(..) => RouteKind::Blob,
            Self::Api(_) => RouteKind::Api,
            Self::Referrers(..) | Self::Other => RouteKind::Other,
        }
    }

    pub(super) fn repository(&self) -> Option<&str> {
        match self {
            Self::Tags(name)
            | Self::Manifest(name, _)
            | Self::Blob(name, _)
            | Self::Referrers(name, _) => Some(name),
            Self::Api(name) => name.as_deref(),
            _ => None,
        }
    }

    pub(super) fn reference(&self) -> Option<&str> {
        match self {
            Self::Manifest(_, reference)
            | Self::Blob(_, reference)
            | Self::Referrers(_, reference) => Some(reference),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let two = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let manifest = |a, b| Route::Manifest(two(a, b).0, two(a, b).1);
        let blob = |a, b| Route::Blob(two(a, b).0, two(a, b).1);
        for (path, wanted) in [
            ("/v2/", Route::Ping),
            ("/v2", Route::PingWithoutSlash),
            ("/auth/token?service=x", Route::Token),
            ("/v2/_catalog?n=5", Route::Catalogue),
            ("/v2/a/b/tags/list?n=5", Route::Tags("a/b".into())),
            ("/v2/a%2Fb/tags/list", Route::Tags("a/b".into())),
            ("/v2/a/manifests/1.0", manifest("a", "1.0")),
            ("/v2/a/manifests/sha256:00", manifest("a", "sha256:00")),
            ("/v2/a/manifests/sha256%3A00", manifest("a", "sha256:00")),
            ("/v2/manifests/manifests/x", manifest("manifests", "x")),
            ("/v2/a/blobs/sha256:00", blob("a", "sha256:00")),
            ("/v2/a/blobs/", Route::Other),
            (
                "/v2/a/referrers/sha256:00",
                Route::Referrers("a".into(), "sha256:00".into()),
            ),
            ("/v2/100%/x", Route::Other),
            ("/", Route::Other),
        ] {
            assert_eq!(Route::parse(path), wanted, "{path}");
        }
    }

    #[test]
    fn a_repository_may_be_below_another_name() {
        let below = |path| Route::parse(path).below("hosted");
        assert_eq!(below("/v2/a/b/tags/list").repository(), Some("hosted/a/b"));
        let manifest = below("/v2/a/manifests/1");
        assert_eq!(manifest.repository(), Some("hosted/a"));
        assert_eq!(manifest.reference(), Some("1"));
        assert_eq!(below("/v2/a/blobs/x").repository(), Some("hosted/a"));
        assert_eq!(below("/v2/a/referrers/x").repository(), Some("hosted/a"));
        assert_eq!(below("/v2/_catalog"), Route::Catalogue);
    }
}
