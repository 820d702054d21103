//! Amazon ECR, a private registry of one account in one region (API reference 2015-09-21 as
//! botocore has it; recorded answers of `/v2`).
//!
//! The actions of its API are in [`api`], the signature that opens it in [`signature`], what
//! `/v2` says in [`v2`].

mod api;
mod signature;
#[cfg(test)]
mod tests;
mod v2;

use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::json;

use super::Personality;
use super::user::User;
use crate::model::{Digest, Secret};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;

/// The header that says which action is asked for.
const TARGET: &str = "x-amz-target";
/// What stands before its name there.
const API: &str = "AmazonEC2ContainerRegistry_V20150921.";

/// Amazon ECR, in the language of its own API besides `/v2`.
#[derive(Clone, Debug)]
pub struct Ecr {
    /// The account that it is of.
    pub account: String,
    /// The region that it is in.
    pub region: String,
    /// The access keys there are.
    pub keys: Vec<EcrKey>,
    /// Whether its API is at an origin of its own, as Amazon's is.
    pub is_apart: bool,
    /// How long passwords of `/v2` are good for.
    pub password_lifetime: Duration,
    /// When they end, as the API says it, in seconds since 1970.
    pub password_ends: f64,
    /// The images that are archived: listed to those who ask for them, and given to nobody.
    pub archived: Vec<Digest>,
    /// How many requests of `/v2` a password is good for, whatever the API says.
    pub password_uses: Option<u32>,
}

/// An access key.
#[derive(Clone, Debug)]
pub struct EcrKey {
    /// Its id as the name, and the secret key; what it may read are repositories.
    pub user: User,
    /// What has to go along with it, where it was lent for a while.
    pub session: Option<Secret>,
    /// Actions that it may not ask for, such as `DescribeImages`.
    pub lacks: Vec<String>,
}

impl Ecr {
    /// A registry with these keys.
    pub fn new(keys: Vec<EcrKey>) -> Self {
        Self {
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            keys,
            is_apart: false,
            password_lifetime: Duration::from_hours(12),
            // In 2100: there is no clock here.
            password_ends: 4_102_444_800.5,
            archived: Vec::new(),
            password_uses: None,
        }
    }

    fn is_archived(&self, digest: &Digest) -> bool {
        self.archived.contains(digest)
    }

    fn key(&self, id: &str) -> Option<&EcrKey> {
        self.keys.iter().find(|key| key.user.name == id)
    }
}

impl EcrKey {
    /// A key that lasts.
    pub fn new(user: User) -> Self {
        Self {
            user,
            session: None,
            lacks: Vec::new(),
        }
    }

    /// The same, lent for a while, with this session token.
    pub fn lent(self, session: &str) -> Self {
        Self {
            session: Some(Secret::new(session)),
            ..self
        }
    }

    /// The same, without the right to these actions.
    pub fn without(self, actions: &[&str]) -> Self {
        Self {
            lacks: actions.iter().map(|&action| action.to_owned()).collect(),
            ..self
        }
    }

    /// Whether it may ask for an action of a repository, or of all.
    fn may(&self, action: &str, repository: Option<&str>) -> bool {
        !self.lacks.iter().any(|lacks| lacks == action)
            && repository.is_none_or(|name| self.user.may_read(name))
    }

    /// What is said to it where it may not.
    fn not_authorized(&self, ecr: &Ecr, action: &str, repository: Option<&str>) -> String {
        let (account, region) = (&ecr.account, &ecr.region);
        format!(
            "User: arn:aws:iam::{account}:user/{} is not authorized to perform: ecr:{action} on \
             resource: arn:aws:ecr:{region}:{account}:repository/{} because no identity-based \
             policy allows the ecr:{action} action",
            self.user.name.to_lowercase(),
            repository.unwrap_or("*"),
        )
    }
}

/// An answer of the API.
fn answered(status: u16, body: &serde_json::Value) -> Answer {
    let status = hyper::StatusCode::from_u16(status).unwrap_or_default();
    let json = HeaderValue::from_static("application/x-amz-json-1.1");
    answer::answer(status, json, body.to_string().into())
}

/// An error of the API.
fn refused(kind: &str, message: &str) -> Box<Answer> {
    Box::new(answered(
        400,
        &json!({ "__type": kind, "message": message }),
    ))
}

impl Personality for Ecr {
    fn has_api_origin(&self) -> bool {
        self.is_apart
    }

    fn action<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        headers.get(TARGET)?.to_str().ok()?.strip_prefix(API)
    }

    fn route(&self, origin: Origin, path: &str) -> Route {
        match (origin, path) {
            (Origin::Registry, "/") if !self.is_apart => Route::Api(None),
            (Origin::Api, "/") => Route::Api(None),
            (Origin::Api, _) => Route::Other,
            _ => match Route::parse(path) {
                Route::Token => Route::Other,
                route => route,
            },
        }
    }

    fn mark(&self, asked: &Asked<'_>, _registry: &Registry, answer: &mut Answer) {
        let (name, value) = if matches!(asked.route, Route::Api(_)) {
            ("x-amzn-requestid", "0f4c5b1e-6a3e-4c2f-9a63-2b7e1f8d9c40")
        } else {
            ("docker-distribution-api-version", "registry/2.0")
        };
        answer::set(answer, HeaderName::from_static(name), value);
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match asked.route {
            Route::Api(_) => self.api(asked, registry),
            _ => self.v2(asked, registry).into(),
        }
    }
}
