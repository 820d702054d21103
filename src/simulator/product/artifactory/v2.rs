//! The `/v2/` of a repository key, and its tokens.

use hyper::header::{LINK, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    Artifactory, ArtifactoryCatalogue, ArtifactoryCursor, ArtifactoryKey, Asker, challenge_basic,
    refusal, unauthorized,
};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::product::user::User;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;
use crate::simulator::token::{Issued, Need};

/// What comes after `/v2/` asks for, with the name an image has below its key.
pub(super) fn inner(rest: &str) -> Route {
    if rest == "token" {
        return Route::Token;
    }
    Route::parse(&format!("/v2/{rest}"))
}

impl Artifactory {
    pub(super) fn v2(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        kind: &str,
        (key, rest): (&str, &str),
        direct: bool,
    ) -> Reply {
        let route = inner(rest);
        if route == Route::Token {
            return self.token(asked, registry);
        }
        let direct = direct.then_some(kind);
        let Asker::User(user) = self.asker(asked, registry) else {
            return self.challenge(registry, key, &route, direct).into();
        };
        if key == "null" && route == Route::Ping {
            return answer::json(&b"{}"[..]).into();
        }
        // 404 for a key of another package type.
        let known = self.key(registry, key);
        let Some(repository) = known.filter(|known| known.package_type == kind) else {
            let message = format!("Unsupported {kind} repository request for '{key}'");
            return refusal(StatusCode::NOT_FOUND, &message).into();
        };
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported().into();
        }
        if let Some(image) = route.repository()
            && !user.may_read(&format!("{key}/{image}"))
        {
            return self.denied(registry, key, &route, user, direct).into();
        }
        let holder = |image: &str| {
            let members = self.members(registry, &repository);
            let has = |member: &ArtifactoryKey| {
                registry.content().has(&format!("{}/{image}", member.key))
            };
            members.into_iter().find(has)
        };
        let answer = match &route {
            Route::Ping => answer::json(&b"{}"[..]),
            Route::Catalogue => self.catalogue(asked, registry, &repository, user),
            Route::Tags(image) => self.tags(asked, registry, &repository, image),
            Route::Manifest(image, reference) => match holder(image) {
                Some(held) => {
                    if !held.has_cached(image) {
                        registry.count_upstream_pull();
                    }
                    registry.manifest(asked, &format!("{}/{image}", held.key), reference)
                }
                None => unknown(image),
            },
            Route::Blob(image, digest) => match holder(image) {
                Some(held) => registry.blob(&format!("{}/{image}", held.key), digest),
                None => unknown(image),
            },
            _ => refusal(StatusCode::NOT_FOUND, "Not Found"),
        };
        answer.into()
    }

    /// Names without the key; others than administrators see less or nothing.
    fn catalogue(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        repository: &ArtifactoryKey,
        user: &User,
    ) -> Answer {
        let mut names: Vec<String> = Vec::new();
        let blind = self.catalogue == ArtifactoryCatalogue::Empty && !user.administrator;
        for member in self.members(registry, repository) {
            names.extend(member.images(registry).into_iter().filter(|image| {
                let name = format!("{}/{image}", repository.key);
                !blind && member.has_cached(image) && user.may_read(&name)
            }));
        }
        let shown = |names: &[String]| json!({ "repositories": names });
        self.listed(asked, names, "_catalog", shown)
    }

    fn tags(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        repository: &ArtifactoryKey,
        image: &str,
    ) -> Answer {
        let mut names: Option<Vec<String>> = None;
        for member in self.members(registry, repository) {
            let name = format!("{}/{image}", member.key);
            let Some(tags) = registry.content().tags(&name, None, usize::MAX) else {
                continue;
            };
            let names = names.get_or_insert_default();
            names.extend(tags);
            if self.digest_tags {
                let all = registry.content().held(&name);
                let untagged = all.iter().filter(|held| held.tags.is_empty());
                names.extend(untagged.map(|held| held.stored.digest.to_string()));
            }
        }
        let Some(names) = names else {
            return unknown(image);
        };
        let shown = |names: &[String]| json!({ "name": image, "tags": names });
        self.listed(asked, names, &format!("{image}/tags/list"), shown)
    }

    /// A page of a list, and where it goes on: whole without `n`.
    fn listed(
        &self,
        asked: &Asked<'_>,
        mut names: Vec<String>,
        list: &str,
        shown: impl FnOnce(&[String]) -> Value,
    ) -> Answer {
        names.sort_unstable();
        names.dedup();
        let n = asked.parameter("n").and_then(|n| n.parse::<usize>().ok());
        let last = asked.parameter("last").filter(|last| !last.is_empty());
        let from = match (self.cursor, last) {
            (_, None) => 0,
            // Never a name.
            (ArtifactoryCursor::Number, Some(last)) => match last.parse() {
                Ok(from) => from,
                Err(_) => return refusal(StatusCode::BAD_REQUEST, "For input string: last"),
            },
            (ArtifactoryCursor::Name, Some(last)) => names.partition_point(|name| *name <= last),
        };
        let behind = names.get(from..).unwrap_or_default();
        let page = &behind[..n.unwrap_or(usize::MAX).min(behind.len())];
        let mut answer = answer::json(shown(page).to_string());
        if let (Some(n), Some(end)) = (n, page.last())
            && page.len() < behind.len()
        {
            let last = match self.cursor {
                ArtifactoryCursor::Number => (from + page.len()).to_string(),
                ArtifactoryCursor::Name => end.clone(),
            };
            // RTFACT-18971: relative, and the key is missing.
            let link = format!("</v2/{list}?last={last}&n={n}>; rel=\"next\"");
            answer::set(&mut answer, LINK, &link);
        }
        answer
    }

    /// 401 with what is challenged with.
    fn challenge(
        &self,
        registry: &Registry,
        key: &str,
        route: &Route,
        direct: Option<&str>,
    ) -> Answer {
        let need = Need::of(route);
        let mut refusal = answer::error(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            "authentication required",
            Some(Value::Null),
        );
        if !self.bearer {
            challenge_basic(&mut refusal);
            return refusal;
        }
        let origin = &registry.origins().registry;
        // renovate#11765: in the direct form the realm is that of the key.
        let realm = match direct {
            Some(kind) => format!("{origin}/artifactory/api/{kind}/{key}/v2/token"),
            None => format!("{origin}/v2/token"),
        };
        let service = origin
            .split_once("://")
            .map_or(origin.as_str(), |(_, host)| host);
        let challenge = if self.challenges_scope {
            need.challenge(&realm, service, None)
        } else {
            format!("Bearer realm=\"{realm}\",service=\"{service}\"")
        };
        answer::set(&mut refusal, WWW_AUTHENTICATE, &challenge);
        refusal
    }

    /// What is closed to who asks: the anonymous user may still sign in.
    fn denied(
        &self,
        registry: &Registry,
        key: &str,
        route: &Route,
        user: &User,
        direct: Option<&str>,
    ) -> Answer {
        let image = route.repository().unwrap_or_default();
        if self.hides_existence {
            return unknown(image);
        }
        if self.is_anonymous(user) {
            return self.challenge(registry, key, route, direct);
        }
        answer::error(
            StatusCode::FORBIDDEN,
            "DENIED",
            "The client does not have permission",
            Some(Value::Null),
        )
    }

    /// A token for who signs in. It stands for its holder; neither service nor scope is
    /// looked at (JFrog, "How to troubleshoot Docker problems").
    fn token(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        let user = match self.asker(asked, registry) {
            Asker::User(user) => user,
            other => return unauthorized(other).into(),
        };
        if *asked.method != Method::GET {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed").into();
        }
        match registry
            .tokens()
            .hand_out_to(registry.behaviour().seed, "", &user.name, Vec::new())
        {
            Issued::Token(token) => {
                let lifetime = self.token_lifetime;
                let body = json!({ "token": token, "expires_in": lifetime.as_secs() });
                Reply {
                    answer: answer::json(body.to_string()),
                    token: Some((token, lifetime)),
                }
            }
            Issued::Refused | Issued::Throttled => {
                refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable").into()
            }
        }
    }
}

fn unknown(image: &str) -> Answer {
    answer::error(
        StatusCode::NOT_FOUND,
        "NAME_UNKNOWN",
        "Repository name not known to registry.",
        Some(json!({ "name": image })),
    )
}
