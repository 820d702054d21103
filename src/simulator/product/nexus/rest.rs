//! The REST API of Nexus, `/service/rest/v1`: repositories,
//! components, assets, search; in pages with an opaque `continuationToken`.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::component::Component;
use super::{
    Asker, Nexus, NexusKind, NexusRepository, NexusVersion, NexusView, challenge_basic, web,
};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::list::pairs;
use crate::simulator::product::sees;
use crate::simulator::product::user::User;
use crate::simulator::random::{mix, mix_text};
use crate::simulator::registry::Registry;

/// Hits on a page of a search, on both releases.
const SEARCH_PAGE: usize = 50;

impl Nexus {
    pub(super) fn rest(&self, asked: &Asked<'_>, registry: &Registry, rest: &str) -> Answer {
        // Without credentials, also where anonymous access is off.
        if matches!(rest, "v1/status" | "v1/status/writable") {
            return empty(StatusCode::OK);
        }
        let asker = self.asker(asked, registry);
        // A Docker token opens `/v2/` and nothing else.
        let ((Asker::User(user), _) | (Asker::Nobody, Some(user))) = (asker, &self.anonymous)
        else {
            let mut refusal = empty(StatusCode::UNAUTHORIZED);
            challenge_basic(&mut refusal);
            return refusal;
        };
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return fault(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED");
        }
        match rest.strip_prefix("v1/").unwrap_or_default() {
            "repositories" => self.repositories(registry, user, false),
            // Settings are the administrator's.
            "repositorySettings" if !user.administrator => empty(StatusCode::FORBIDDEN),
            "repositorySettings" => self.repositories(registry, user, true),
            "components" => self.components(asked, registry, user),
            "assets" => self.assets(asked, registry, user),
            "search" => self.search(asked, registry, user, false),
            "search/assets" => self.search(asked, registry, user, true),
            other => self.settings(registry, user, other),
        }
    }

    /// Those that the user may browse: an empty list is no refusal.
    fn repositories(&self, registry: &Registry, user: &User, settings: bool) -> Answer {
        let all = self.all(registry);
        let seen = all.iter().filter(|one| sees(user, &one.name));
        let shown: Vec<Value> = seen
            .map(|one| {
                if settings {
                    self.setting(registry, one)
                } else {
                    json!({
                        "name": one.name,
                        "format": one.format,
                        "type": one.kind(),
                        "url": self.url(registry, &one.name),
                        "attributes": attributes(one),
                    })
                }
            })
            .collect();
        json_of(&shown.into())
    }

    /// `repositories/docker/<type>/<name>`, with the connector.
    fn settings(&self, registry: &Registry, user: &User, path: &str) -> Answer {
        let mut parts = path.splitn(4, '/');
        let (Some("repositories"), Some("docker"), Some(kind), Some(name)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return fault(StatusCode::NOT_FOUND, "NOT_FOUND");
        };
        if !user.administrator {
            return empty(StatusCode::FORBIDDEN);
        }
        match self.repository(registry, name) {
            Some(found) if found.kind() == kind && found.format == "docker" => {
                json_of(&self.setting(registry, &found))
            }
            _ => fault(StatusCode::NOT_FOUND, "NOT_FOUND"),
        }
    }

    fn setting(&self, registry: &Registry, one: &NexusRepository) -> Value {
        let port = match &self.view {
            NexusView::Connector(name) if *name == one.name => {
                let origin = &registry.origins().registry;
                origin
                    .rsplit(':')
                    .next()
                    .and_then(|port| port.parse::<u16>().ok())
            }
            _ => None,
        };
        let path_enabled = matches!(self.view, NexusView::PathEnabled).then_some(true);
        let mut setting = json!({
            "name": one.name,
            "format": one.format,
            "type": one.kind(),
            "url": self.url(registry, &one.name),
            "online": true,
            "docker": {
                "v1Enabled": false,
                "forceBasicAuth": !self.bearer_realm || self.force_basic.contains(&one.name),
                "httpPort": port,
                "httpsPort": null,
                "subdomain": null,
            },
        });
        // `pathEnabled` is of newer releases.
        if self.version == NexusVersion::V3_96 {
            setting["docker"]["pathEnabled"] = path_enabled.into();
        }
        if let NexusKind::Group(members) = &one.kind {
            setting["group"] = json!({ "memberNames": members });
        }
        setting
    }

    /// Ten on 3.70, a hundred on 3.96, and nothing that a client can say.
    fn page_size(&self) -> usize {
        match self.version {
            NexusVersion::V3_70 => 10,
            NexusVersion::V3_96 => 100,
        }
    }

    pub(super) fn url(&self, registry: &Registry, name: &str) -> String {
        format!("{}{}/repository/{name}", web(registry), self.context)
    }

    /// The repository that a query names, or the refusal.
    fn named(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        user: &User,
    ) -> Result<NexusRepository, Box<Answer>> {
        let Some(name) = asked
            .parameter("repository")
            .filter(|name| !name.is_empty())
        else {
            let missing = json!([{ "id": "PARAMETER repository", "message": "may not be empty" }]);
            let mut refusal = json_of(&missing);
            *refusal.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Box::new(refusal));
        };
        match self.repository(registry, &name) {
            Some(found) if sees(user, &found.name) => Ok(found),
            Some(_) => Err(Box::new(empty(StatusCode::FORBIDDEN))),
            None => Err(Box::new(fault(StatusCode::NOT_FOUND, "NOT_FOUND"))),
        }
    }

    fn components(&self, asked: &Asked<'_>, registry: &Registry, user: &User) -> Answer {
        let repository = match self.named(asked, registry, user) {
            Ok(repository) => repository,
            Err(refusal) => return *refusal,
        };
        // Browsing a group shows what its members have as the group's.
        let name = &repository.name;
        let found = self.held(registry, user, &repository);
        let size = self.page_size();
        let item = |component: &Component| self.component(registry, name, component);
        page(asked, registry, &found, size, false, item)
    }

    fn search(&self, asked: &Asked<'_>, registry: &Registry, user: &User, assets: bool) -> Answer {
        let (mut wanted, mut only) = (Vec::new(), None);
        for (key, value) in pairs(asked.query) {
            match &*key {
                "repository" => only = Some(value.into_owned()),
                "continuationToken" | "sort" | "direction" | "timeout" => {}
                _ => wanted.push((key.into_owned(), value.into_owned())),
            }
        }
        // Wildcards need three characters on SQL.
        let short =
            |text: &str| text.contains(['*', '?']) && text.trim_matches(['*', '?']).len() < 3;
        if self.version == NexusVersion::V3_96 && wanted.iter().any(|(_, text)| short(text)) {
            let refused = json!([{
                "id": "*",
                "message": "Leading wildcards and wildcards with fewer than 3 characters are \
                            not supported",
            }]);
            let mut refusal = json_of(&refused);
            *refusal.status_mut() = StatusCode::BAD_REQUEST;
            return refusal;
        }
        let all = self.all(registry);
        let mut found: Vec<Component> = Vec::new();
        for repository in all.iter().filter(|one| match &only {
            Some(only) => one.name == *only,
            None => !matches!(one.kind, NexusKind::Group(_)),
        }) {
            if sees(user, &repository.name) {
                found.extend(self.held(registry, user, repository));
            }
        }
        found.retain(|component| wanted.iter().all(|(key, value)| component.is(key, value)));
        // A search tells of each hit which member of a group holds it.
        let item = |component: &Component| {
            if assets {
                self.asset(registry, &component.repository, component)
            } else {
                self.component(registry, &component.repository, component)
            }
        };
        // The token of a search is a number on 3.96.
        let plain = self.version == NexusVersion::V3_96;
        page(asked, registry, &found, SEARCH_PAGE, plain, item)
    }

    /// All manifests and blobs of a repository: those that no tag names too, which are
    /// assets without a component.
    fn assets(&self, asked: &Asked<'_>, registry: &Registry, user: &User) -> Answer {
        let repository = match self.named(asked, registry, user) {
            Ok(repository) => repository,
            Err(refusal) => return *refusal,
        };
        let mut found = self.held(registry, user, &repository);
        found.extend(self.manifests(registry, user, &repository));
        let size = self.page_size();
        let item = |component: &Component| self.asset(registry, &repository.name, component);
        page(asked, registry, &found, size, false, item)
    }
}

/// A page, and the token that leads to the next one.
fn page(
    asked: &Asked<'_>,
    registry: &Registry,
    found: &[Component],
    size: usize,
    plain: bool,
    item: impl Fn(&Component) -> Value,
) -> Answer {
    let seed = registry.behaviour().seed;
    let from = match asked.parameter("continuationToken") {
        None => 0,
        Some(given) if plain => match given.parse() {
            Ok(from) => from,
            Err(_) => return fault(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE"),
        },
        Some(given) => {
            let mut pages = (1..).map(|number| number * size);
            let known = pages.by_ref().take_while(|from| *from < found.len().max(1));
            match known.into_iter().find(|from| token(seed, *from) == given) {
                Some(from) => from,
                // Whoever makes a token up is told so.
                None => return fault(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE"),
            }
        }
    };
    let items: Vec<Value> = found.iter().skip(from).take(size).map(item).collect();
    let next = from + items.len();
    let token = (next < found.len()).then(|| {
        if plain {
            next.to_string()
        } else {
            token(seed, next)
        }
    });
    json_of(&json!({ "items": items, "continuationToken": token }))
}

fn token(seed: u64, from: usize) -> String {
    let from = from as u64;
    format!("{:016x}{:016x}", mix(seed ^ from), mix(from))
}

fn attributes(repository: &NexusRepository) -> Value {
    match repository.kind {
        NexusKind::Proxy(_) => json!({ "proxy": { "remoteUrl": "https://upstream.example" } }),
        _ => json!({}),
    }
}

fn json_of(value: &Value) -> Answer {
    answer::json(value.to_string())
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = status;
    answer
}

/// The framework's own form of error.
fn fault(status: StatusCode, message: &str) -> Answer {
    let id = mix_text(0, message);
    let text = json!({
        "status-code": status.as_u16(),
        "siesta-faultid": format!("{id:016x}"),
        "status-message": message,
    });
    let mut answer = json_of(&text);
    *answer.status_mut() = status;
    answer
}
