//! The `/v2/` of a Nexus repository, and its tokens.

use hyper::header::WWW_AUTHENTICATE;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Asker, Nexus, NexusKind, NexusRepository, NexusView, challenge_basic, page, web};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::behaviour::{Cap, LinkStyle, Paging, TagPaging};
use crate::simulator::list::Page;
use crate::simulator::product::user::User;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;
use crate::simulator::token::Issued;

/// What comes after `/v2/` asks for, with the name an image has in its repository.
pub(super) fn inner(rest: &str) -> Route {
    if rest == "token" {
        return Route::Token;
    }
    Route::parse(&format!("/v2/{rest}"))
}

impl Nexus {
    pub(super) fn v2(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        name: &str,
        rest: &str,
    ) -> Reply {
        let route = inner(rest);
        if route == Route::Token {
            return self.token(asked, registry);
        }
        let repository = self.repository(registry, name);
        let of_server = name.is_empty() && route == Route::Ping;
        if !of_server
            && !repository
                .as_ref()
                .is_some_and(NexusRepository::holds_images)
        {
            return page(StatusCode::NOT_FOUND, "Repository not found").into();
        }
        let user = match self.asker(asked, registry) {
            Asker::User(user) | Asker::Token(user) => user,
            Asker::Nobody | Asker::Wrong => {
                return self.challenge(asked, registry, name).into();
            }
        };
        let Some(repository) = repository else {
            return answer::json(&b"{}"[..]).into();
        };
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported().into();
        }
        let answer = match &route {
            Route::Ping => answer::json(&b"{}"[..]),
            Route::Catalogue => self.catalogue(asked, registry, &repository, user),
            Route::Tags(image)
            | Route::Manifest(image, _)
            | Route::Blob(image, _)
            | Route::Referrers(image, _)
                if !user.may_read(&format!("{name}/{image}")) =>
            {
                self.denied(asked, registry, name, user)
            }
            Route::Tags(image) => self.tags(asked, registry, &repository, image),
            Route::Manifest(image, reference) => {
                let Some(held) = self.holder(registry, &repository, image) else {
                    return unknown(image).into();
                };
                if !held.has_cached(image) {
                    registry.count_upstream_pull();
                }
                registry.manifest(asked, &format!("{}/{image}", held.name), reference)
            }
            Route::Blob(image, digest) => {
                let Some(held) = self.holder(registry, &repository, image) else {
                    return unknown(image).into();
                };
                registry.blob(&format!("{}/{image}", held.name), digest)
            }
            _ => page(StatusCode::NOT_FOUND, "Not Found"),
        };
        answer.into()
    }

    /// The first member that has an image.
    fn holder(
        &self,
        registry: &Registry,
        repository: &NexusRepository,
        image: &str,
    ) -> Option<NexusRepository> {
        let members = self.members(registry, repository);
        let has =
            |member: &NexusRepository| registry.content().has(&format!("{}/{image}", member.name));
        members.into_iter().find(has)
    }

    /// A group's catalogue is that of its members, and a proxy lists what it has
    /// cached.
    fn catalogue(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        repository: &NexusRepository,
        user: &User,
    ) -> Answer {
        let mut names: Vec<String> = Vec::new();
        for member in self.members(registry, repository) {
            let images = member.images(registry).into_iter();
            names.extend(images.filter(|image| {
                member.has_cached(image) && user.may_read(&format!("{}/{image}", repository.name))
            }));
        }
        let shown = |names: &[String]| json!({ "repositories": names });
        self.listed(asked, registry, repository, names, "_catalog", shown)
    }

    /// A proxy lists all tags of its upstream.
    fn tags(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        repository: &NexusRepository,
        image: &str,
    ) -> Answer {
        let members = self.members(registry, repository).into_iter();
        let lists: Vec<Vec<String>> = members
            .filter_map(|member| {
                let name = format!("{}/{image}", member.name);
                registry.content().tags(&name, None, usize::MAX)
            })
            .collect();
        if lists.is_empty() {
            return unknown(image);
        }
        let shown = |names: &[String]| {
            let mut tags: Vec<Value> = names.iter().map(|tag| tag.as_str().into()).collect();
            if self.null_tags {
                // Among the others, where a reader does not expect it.
                tags.insert(tags.len().min(1), Value::Null);
            }
            json!({ "name": image, "tags": tags })
        };
        let list = format!("{image}/tags/list");
        self.listed(asked, registry, repository, lists.concat(), &list, shown)
    }

    /// A page of a list, and where it goes on.
    fn listed(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        repository: &NexusRepository,
        mut names: Vec<String>,
        list: &str,
        shown: impl FnOnce(&[String]) -> Value,
    ) -> Answer {
        names.sort_unstable();
        names.dedup();
        let link = match repository.kind {
            // Groups cut by `n` and say nothing of it (nexus-public#117).
            NexusKind::Group(_) => LinkStyle::None,
            _ => LinkStyle::Written("<{origin}{path}?n={n}&last={last}>; rel=\"next\"".into()),
        };
        let paging = Paging {
            default: usize::MAX,
            cap: Cap::None,
            link,
            tags: TagPaging::Asked,
            ..Paging::default()
        };
        let page = match Page::asked(&paging, asked.query) {
            Ok(page) => page,
            Err(refusal) => return *refusal,
        };
        let find = |last: Option<&str>, limit| {
            let behind = names
                .iter()
                .filter(|name| last.is_none_or(|last| name.as_str() > last));
            Some(behind.take(limit).cloned().collect())
        };
        let Some(cut) = page.cut(&paging, find) else {
            return answer::no_such_page();
        };
        let mut answer = answer::json(shown(&cut.names).to_string());
        let (origin, path) = match (&self.view, asked.origin) {
            // nexus-public#1011: at a connector too the Link is that of the web port's
            // path, which the connector answers with 400.
            (NexusView::Connector(name), Origin::Registry) => (
                &registry.origins().registry,
                format!("{}/repository/{name}/v2/{list}", self.context),
            ),
            _ => (&registry.origins().api, asked.path.to_owned()),
        };
        page.link_next(&mut answer, &paging, origin, &path, &cut);
        answer
    }

    /// 401 with what this repository challenges with.
    fn challenge(&self, asked: &Asked<'_>, registry: &Registry, name: &str) -> Answer {
        // The product says `null` for the detail.
        let mut refusal = answer::error(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            "access to the requested resource is not authorized",
            Some(Value::Null),
        );
        if !self.bearer_realm || self.force_basic.iter().any(|one| one == name) {
            challenge_basic(&mut refusal);
            return refusal;
        }
        let base = match (&self.view, asked.origin) {
            (NexusView::Connector(_), Origin::Registry) => registry.origins().registry.clone(),
            _ => format!("{}{}", web(registry), self.context),
        };
        let of_server = asked.origin == Origin::Registry && self.connects();
        let realm = if self.token_of_repository && !of_server && !name.is_empty() {
            format!("{base}/repository/{name}/v2/token")
        } else {
            format!("{base}/v2/token")
        };
        // The service is the realm's address.
        let scope = self
            .scope
            .as_ref()
            .map(|scope| format!(",scope=\"{scope}\""));
        let scope = scope.unwrap_or_default();
        let challenge = format!("Bearer realm=\"{realm}\",service=\"{realm}\"{scope}");
        answer::set(&mut refusal, WWW_AUTHENTICATE, &challenge);
        refusal
    }

    fn connects(&self) -> bool {
        matches!(self.view, NexusView::Connector(_))
    }

    /// What is closed to who asks: 403 to a user, a challenge to the anonymous one, who
    /// could still sign in.
    fn denied(&self, asked: &Asked<'_>, registry: &Registry, name: &str, user: &User) -> Answer {
        let anonymous = self.anonymous.as_ref();
        if anonymous.is_some_and(|anonymous| anonymous.name == user.name) {
            return self.challenge(asked, registry, name);
        }
        answer::error(
            StatusCode::FORBIDDEN,
            "DENIED",
            "requested access to the resource is denied",
            Some(Value::Null),
        )
    }

    /// A token for who signs in, or for the anonymous user where there is one. It stands for
    /// its holder; what scope was asked for is not looked at.
    fn token(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        let holder = match self.asker(asked, registry) {
            Asker::User(user) => Some(user),
            Asker::Nobody => self.anonymous.as_ref(),
            Asker::Token(_) | Asker::Wrong => None,
        };
        let (Some(holder), true, &Method::GET) = (holder, self.bearer_realm, asked.method) else {
            let mut refusal = answer::error(
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED",
                "access to the requested resource is not authorized",
                Some(Value::Null),
            );
            challenge_basic(&mut refusal);
            return refusal.into();
        };
        let seed = registry.behaviour().seed;
        match registry
            .tokens()
            .hand_out_to(seed, "DockerToken.", &holder.name, Vec::new())
        {
            // No `expires_in`.
            Issued::Token(token) => Reply {
                answer: answer::json(json!({ "token": token }).to_string()),
                token: Some((token, self.token_lifetime)),
            },
            Issued::Refused | Issued::Throttled => {
                page(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable").into()
            }
        }
    }
}

/// An unknown image is 404 `NAME_UNKNOWN`.
fn unknown(image: &str) -> Answer {
    answer::error(
        StatusCode::NOT_FOUND,
        "NAME_UNKNOWN",
        "repository name not known to registry",
        Some(json!({ "name": image })),
    )
}
