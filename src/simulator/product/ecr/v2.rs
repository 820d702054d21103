//! What `/v2` says: the same for everybody who has a password that was lent, as far as the
//! key may that it was lent to.

use hyper::header::WWW_AUTHENTICATE;
use hyper::{Method, StatusCode};

use super::{Ecr, EcrKey};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::behaviour::{Cap, LinkStyle, Order, Paging, TagPaging};
use crate::simulator::product::user::basic;
use crate::simulator::registry::{Registry, unknown_manifest};
use crate::simulator::reveal;
use crate::simulator::route::Route;
use crate::simulator::token::{Need, Scope};

const MOST_A_PAGE: usize = 1000;

/// What a password of the key with this id opens.
pub(super) fn anything(id: &str) -> Scope {
    Scope {
        resource: format!("key:{id}"),
        actions: vec!["*".to_owned()],
    }
}

/// Lists are in no order.
fn paging() -> Paging {
    Paging {
        default: 100,
        cap: Cap::None,
        tags: TagPaging::Always,
        null_when_empty: false,
        link: LinkStyle::Absolute,
        order: Order::Mixed,
        ..Paging::default()
    }
}

fn denied(status: StatusCode, message: &str) -> Answer {
    answer::error(status, "DENIED", message, None)
}

impl Ecr {
    pub(super) fn v2(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if !asked.path.starts_with("/v2") {
            return answer::no_such_page();
        }
        let key = match self.holder(asked, registry) {
            Ok(key) => key,
            Err(refusal) => {
                if asked.authorization.is_some() {
                    registry.count_failure();
                }
                return *refusal;
            }
        };
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        let action = match &asked.route {
            Route::Catalogue => "DescribeRepositories",
            Route::Tags(_) => "ListImages",
            Route::Blob(..) => "GetDownloadUrlForLayer",
            _ => "BatchGetImage",
        };
        if !key.may(action, asked.route.repository()) {
            let what = key.not_authorized(self, action, asked.route.repository());
            return denied(StatusCode::FORBIDDEN, &what);
        }
        let n = asked.parameter("n").and_then(|n| n.parse::<usize>().ok());
        if n.is_some_and(|n| n > MOST_A_PAGE) {
            let what = "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member \
                        must have value less than or equal to 1000'";
            let status = StatusCode::METHOD_NOT_ALLOWED;
            return answer::error(status, "UNSUPPORTED", what, None);
        }
        match &asked.route {
            Route::Ping => answer::json(&b"{}"[..]),
            Route::Catalogue => {
                let find = |_: Option<&str>, _| registry.content().names();
                registry.catalogue(&paging(), asked.query, "/v2/_catalog", find)
            }
            Route::Tags(name) => registry.tags(&paging(), name, asked.query),
            Route::Manifest(name, reference) => {
                let held = registry.content().manifest(name, reference);
                match held.filter(|held| self.is_archived(&held.digest)) {
                    Some(_) => unknown_manifest(name, reference),
                    None => registry.manifest(asked, name, reference),
                }
            }
            Route::Blob(name, digest) => registry.blob(name, digest),
            Route::Referrers(name, digest) => reveal::referrers(registry.content(), name, digest),
            _ => answer::no_such_page(),
        }
    }

    /// The key that the password was lent to, or the refusal.
    fn holder(&self, asked: &Asked<'_>, registry: &Registry) -> Result<&EcrKey, Box<Answer>> {
        let Some(given) = asked.authorization else {
            let mut refusal = answer::plain(StatusCode::UNAUTHORIZED, "Not Authorized\n");
            let realm = format!("{}/", registry.origins().registry);
            let challenge = format!("Basic realm=\"{realm}\",service=\"ecr.amazonaws.com\"");
            answer::set(&mut refusal, WWW_AUTHENTICATE, &challenge);
            return Err(Box::new(refusal));
        };
        let pair = basic(Some(given)).filter(|(name, _)| name == "AWS");
        let Some((_, password)) = pair else {
            return Err(Box::new(answer::plain(
                StatusCode::BAD_REQUEST,
                "Bad Request\n",
            )));
        };
        let opened = self.keys.iter().find(|key| {
            let need = Need::new(format!("key:{}", key.user.name), "*");
            registry.tokens().opens(&password, &need) == Some(true)
        });
        opened.ok_or_else(|| {
            let over = "Your authorization token has expired. Reauthenticate and try again.";
            Box::new(denied(StatusCode::FORBIDDEN, over))
        })
    }
}
