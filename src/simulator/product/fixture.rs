//! A product that is asked without sockets, for the tests of products.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use serde_json::Value;

use super::Product;
use crate::simulator::asked::{Asked, Origin, Origins};
use crate::simulator::behaviour::Behaviour;
use crate::simulator::content::Content;
use crate::simulator::registry::Registry;

/// A product that is asked without sockets. Its registry is `http://registry.test`, its API,
/// where it is elsewhere, `http://api.test`.
pub(super) struct Stand(pub(super) Registry);

/// What was said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    origin: Origin,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Stand {
    pub(super) fn new(content: &Content, product: Product) -> Self {
        let registry = "http://registry.test".to_owned();
        let elsewhere = product.personality().has_api_origin();
        let origins = Origins {
            api: if elsewhere {
                "http://api.test".to_owned()
            } else {
                registry.clone()
            },
            registry,
            storage: None,
        };
        let behaviour = Behaviour {
            product,
            ..Behaviour::default()
        };
        Self(Registry::new(content.clone(), behaviour, origins))
    }

    pub(super) fn ask(&self, request: &Request) -> Said {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let header = request.headers.get("authorization");
        let reply = self.0.answer(&Asked {
            origin: request.origin,
            method: &request.method,
            path,
            query,
            route: self.0.route(request.origin, path),
            headers: &request.headers,
            authorization: header.map(|value| value.to_str().unwrap()),
            body: request.body.clone(),
        });
        let (head, body) = reply.answer.into_parts();
        Said {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    /// What is said to an anonymous `GET`.
    pub(super) fn get(&self, path: &str) -> Said {
        self.ask(&Request::get(path))
    }
}

impl Request {
    pub(super) fn get(path: &str) -> Self {
        Self {
            origin: Origin::Registry,
            method: Method::GET,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    pub(super) fn post(path: &str, body: &str) -> Self {
        Self {
            method: Method::POST,
            body: Bytes::from(body.to_owned()),
            ..Self::get(path)
        }
    }

    /// At the origin of the API.
    pub(super) fn at_api(mut self) -> Self {
        self.origin = Origin::Api;
        self
    }

    /// With a user name and a password, `name:password`.
    pub(super) fn basic(self, both: &str) -> Self {
        let text = format!("Basic {}", STANDARD.encode(both));
        self.with("authorization", &text)
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers
            .insert(name, HeaderValue::from_str(value).unwrap());
        self
    }
}

impl Said {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The texts below a key of the answer.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let json = self.json();
        let list = json[key].as_array().unwrap_or_else(|| panic!("{json}"));
        list.iter()
            .map(|text| text.as_str().unwrap_or("null").to_owned())
            .collect()
    }
}
