//! A request as it came in, for whoever answers it.

use bytes::Bytes;
use hyper::{HeaderMap, Method};

use super::route::Route;

/// One of the origins that a simulated product has. Each listens on a port of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Where the registry is.
    Registry,
    /// Where the product's own API and its token service are, where that is another place.
    Api,
    /// Where blobs are handed out, where that is another place. It refuses credentials.
    Storage,
}

/// The addresses of a product's origins, `http://127.0.0.1:PORT`.
#[derive(Clone, Debug)]
pub(super) struct Origins {
    pub(super) registry: String,
    /// That of the registry, where it has no other.
    pub(super) api: String,
    /// `None` where the registry hands out its blobs itself.
    pub(super) storage: Option<String>,
}

/// A request as it came in.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) origin: Origin,
    pub(super) method: &'a Method,
    /// As it was received: nothing is decoded, for `%252F` and `%2F` are not the same.
    pub(super) path: &'a str,
    /// As it was received, without the `?`; empty where there is none.
    pub(super) query: &'a str,
    /// What the path asks for, as the product reads it.
    pub(super) route: Route,
    pub(super) headers: &'a HeaderMap,
    pub(super) authorization: Option<&'a str>,
    /// Of a `POST`; empty where it is none, breaks off or is longer than 64 KiB.
    pub(super) body: Bytes,
}

impl Asked<'_> {
    /// The first value of a parameter of the query, decoded.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        super::list::pairs(self.query)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// A header's value, where it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
