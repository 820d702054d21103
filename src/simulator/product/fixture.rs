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

/// One request, where each is asked in another way.
#[derive(Debug)]
pub(super) struct Request {
    origin: Origin,
    method: Method,
    path_and_query: String,
    headers: HeaderMap,
    body: Bytes,
}

/// What was said to it.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    answer: Answer,
}

impl Site {
    pub(super) fn new(content: &Content, product: Product) -> Self {
        let behaviour = Behaviour {
            product,
            ..Behaviour::default()
        };
        let elsewhere = behaviour.product.personality().has_api_origin();
        let origins = Origins {
            registry: "http://registry".to_owned(),
            api: if elsewhere {
                "http://api"
            } else {
                "http://registry"
            }
            .to_owned(),
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
        let request = Request {
            origin: self.origin,
            method: self.method.clone(),
            path_and_query: path_and_query.to_owned(),
            headers: self.headers.clone(),
            body: self.body.clone(),
        };
        self.said(&request).answer
    }

    /// Asks in the request's own way.
    pub(super) fn said(&self, request: &Request) -> Said {
        let (path, query) = request
            .path_and_query
            .split_once('?')
            .unwrap_or((&request.path_and_query, ""));
        let authorization = request.headers.get(AUTHORIZATION);
        let asked = Asked {
            origin: request.origin,
            method: &request.method,
            path,
            query,
            route: self.registry.route(request.origin, path),
            headers: &request.headers,
            authorization: authorization.map(|value| value.to_str().unwrap()),
            body: request.body.clone(),
        };
        let answer = self.registry.answer(&asked).answer;
        Said {
            status: answer.status(),
            body: answer.body().clone(),
            answer,
        }
    }

    /// What is said to an anonymous `GET`.
    pub(super) fn get(&self, path_and_query: &str) -> Said {
        self.said(&Request::get(path_and_query))
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

impl Request {
    /// An anonymous `GET` at the registry.
    pub(super) fn get(path_and_query: &str) -> Self {
        Self {
            origin: Origin::Registry,
            method: Method::GET,
            path_and_query: path_and_query.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    pub(super) fn post(path_and_query: &str, body: &str) -> Self {
        Self {
            method: Method::POST,
            body: Bytes::from(body.to_owned()),
            ..Self::get(path_and_query)
        }
    }

    pub(super) fn at(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Signed in by `name:secret`.
    pub(super) fn basic(self, pair: &str) -> Self {
        self.with("authorization", &format!("Basic {}", STANDARD.encode(pair)))
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).unwrap();
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }
}

impl Said {
    pub(super) fn header(&self, name: &str) -> &str {
        header(&self.answer, name)
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The texts below a key.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let json = self.json();
        let list = json[key].as_array().unwrap_or_else(|| panic!("{json}"));
        list.iter()
            .map(|text| text.as_str().unwrap_or("null").to_owned())
            .collect()
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
