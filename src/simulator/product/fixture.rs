//! A product that is asked without sockets, for the tests of the files beside this one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use serde_json::Value;

use super::Product;
use crate::simulator::answer::Answer;
use crate::simulator::asked::{Asked, Origin, Origins};
use crate::simulator::behaviour::Behaviour;
use crate::simulator::content::Content;
use crate::simulator::registry::Registry;

/// A product, and how it is asked.
pub(super) struct Site {
    pub(super) registry: Registry,
    origin: Origin,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
}

impl Site {
    pub(super) fn new(content: &Content, product: Product) -> Self {
        let behaviour = Behaviour {
            product,
            ..Behaviour::default()
        };
        let origins = Origins {
            registry: "http://registry".to_owned(),
            api: "http://api".to_owned(),
            storage: None,
        };
        Self {
            registry: Registry::new(content.clone(), behaviour, origins),
            origin: Origin::Registry,
            method: Method::GET,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// From now on with this method.
    pub(super) fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// From now on at this origin.
    pub(super) fn at(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// From now on with this header; without it where the value is empty.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.remove(&name);
        if !value.is_empty() {
            let value = HeaderValue::from_str(value).unwrap();
            self.headers.insert(name, value);
        }
        self
    }

    /// From now on signed in by `name:secret`.
    pub(super) fn basic(self, pair: &str) -> Self {
        self.with("authorization", &format!("Basic {}", STANDARD.encode(pair)))
    }

    /// From now on by this token.
    pub(super) fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// From now on by nobody.
    pub(super) fn anonymous(self) -> Self {
        self.with("authorization", "")
    }

    /// Asks for a path with its query.
    pub(super) fn ask(&self, path_and_query: &str) -> Answer {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let authorization = self.headers.get(AUTHORIZATION);
        let asked = Asked {
            origin: self.origin,
            method: &self.method,
            path,
            query,
            route: self.registry.route(self.origin, path),
            headers: &self.headers,
            authorization: authorization.map(|value| value.to_str().unwrap()),
            body: self.body.clone(),
        };
        self.registry.answer(&asked).answer
    }

    pub(super) fn status(&self, path_and_query: &str) -> u16 {
        self.ask(path_and_query).status().as_u16()
    }

    /// What a 200 says.
    pub(super) fn json(&self, path_and_query: &str) -> Value {
        let answer = self.ask(path_and_query);
        assert_eq!(answer.status(), StatusCode::OK, "{path_and_query}");
        serde_json::from_slice(answer.body()).unwrap()
    }
}

/// A header of an answer; `-` where it is not there.
pub(super) fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value.map_or("-", |value| value.to_str().unwrap())
}

/// The code and the message of an error in the registry's form.
pub(super) fn error_of(answer: &Answer) -> (String, String) {
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    let text = |key: &str| body["errors"][0][key].as_str().unwrap_or("-").to_owned();
    (text("code"), text("message"))
}

/// The values of one key in a list.
pub(super) fn column(list: &Value, key: &str) -> Vec<String> {
    let rows = list.as_array().unwrap().iter();
    rows.map(|row| row[key].as_str().unwrap_or("-").to_owned())
        .collect()
}
