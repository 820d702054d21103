//! `/v2` of Google's registries, with a list of tags that tells all manifests.

use hyper::header::WWW_AUTHENTICATE;
use hyper::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{ArtifactRegistry, TOKEN};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::behaviour::Paging;
use crate::simulator::registry::Registry;
use crate::simulator::route::Route;
use crate::simulator::token::Need;

impl ArtifactRegistry {
    pub(super) fn v2(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if asked.route == Route::PingWithoutSlash {
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, "/v2/");
        }
        // Whoever has no token is asked for one, also for what is public.
        let who = asked.authorization.map(|_| self.who(asked, registry));
        let Some(Ok(user)) = who else {
            return self.challenge(asked, registry);
        };
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        if let Some(name) = asked.route.repository()
            && !self.may_read(user, name)
            && !self.leads_to_public(name)
        {
            return denied();
        }
        let content = registry.content();
        match &asked.route {
            Route::Ping => answer::json(&b"{}"[..]),
            Route::Catalogue if self.gcr.is_some() => {
                let paging = Paging::default();
                registry.catalogue(&paging, asked.query, "/v2/_catalog", |last, limit| {
                    let names = content.catalogue(last, usize::MAX).into_iter();
                    let sees = |name: &String| self.may_read(user, name);
                    names.filter(sees).take(limit).collect()
                })
            }
            Route::Catalogue => {
                let message = "catalog listing is not supported";
                answer::error(StatusCode::NOT_FOUND, "UNSUPPORTED", message, None)
            }
            Route::Tags(name) => tags(registry, name),
            Route::Manifest(name, reference) => registry.manifest(asked, name, reference),
            Route::Blob(name, digest) => registry.blob(name, digest),
            _ => answer::no_such_page(),
        }
    }

    /// Whether what is above a public name is asked for.
    fn leads_to_public(&self, name: &str) -> bool {
        let mut public = self.public.iter();
        public.any(|public| crate::simulator::product::is_below(public, name))
    }

    fn challenge(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        // As it was called, which is by a name of the vendor's.
        let own = &registry.origins().registry;
        let called = asked.header("host").map(|host| format!("http://{host}"));
        let realm = format!("{}{TOKEN}", called.as_ref().unwrap_or(own));
        // The ping's names the realm alone.
        let challenge = match asked.route.repository() {
            Some(_) => Need::of(&asked.route).challenge(&realm, &self.host(), None),
            None => format!("Bearer realm=\"{realm}\""),
        };
        let message = "Unauthenticated request. Unauthenticated requests do not have permission";
        let mut refusal = answer::error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message, None);
        answer::set(&mut refusal, WWW_AUTHENTICATE, &challenge);
        refusal
    }
}

/// What is forbidden and what is not there are one.
fn denied() -> Answer {
    let message = "Permission 'artifactregistry.repositories.downloadArtifacts' denied on \
                   resource (or it may not exist)";
    answer::error(StatusCode::FORBIDDEN, "DENIED", message, None)
}

/// All manifests of a name, those without a tag too, and the names right below it. All
/// numbers are texts, and there are no pages.
fn tags(registry: &Registry, name: &str) -> Answer {
    let content = registry.content();
    let below = content.below(name);
    if below.is_empty() && !content.has(name) {
        return denied();
    }
    let mut children: Vec<&str> = below
        .iter()
        .filter_map(|other| {
            other
                .strip_prefix(name)?
                .strip_prefix('/')?
                .split('/')
                .next()
        })
        .collect();
    children.sort_unstable();
    children.dedup();
    let mut manifests = Map::new();
    let mut tags: Vec<String> = Vec::new();
    for held in content.held(name).iter() {
        let own: Vec<&String> = held.tags.iter().map(|(tag, _)| tag).collect();
        tags.extend(own.iter().map(|tag| (*tag).clone()));
        let uploaded = held.facts.pushed.as_millisecond();
        let row = json!({
            "imageSizeBytes": held.counted_size().to_string(),
            "layerId": "",
            "mediaType": held.stored.media_type,
            "tag": own,
            // Of those that are built the same each time.
            "timeCreatedMs": "0",
            "timeUploadedMs": uploaded.to_string(),
        });
        manifests.insert(held.stored.digest.to_string(), row);
    }
    tags.sort_unstable();
    let said: Value = json!({
        "child": children,
        "manifest": manifests,
        "name": name,
        "tags": tags,
    });
    answer::json(said.to_string())
}
