//! `/v2` of Google's registries, with a list of tags that tells all manifests.

use hyper::header::WWW_AUTHENTICATE;
use hyper::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{ArtifactRegistry, TOKEN};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::behaviour::Paging;
use crate::simulator::content::Held;
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
            Route::Tags(name) => self.tags(asked, registry, name),
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

    /// The manifests of a name, those without a tag too, and the names right below it. There
    /// are no pages: `n` images or tags at and below the name are told at most, in the order of
    /// names, and no word says that there are others.
    fn tags(&self, asked: &Asked<'_>, registry: &Registry, name: &str) -> Answer {
        let content = registry.content();
        let below = content.below(name);
        if below.is_empty() && !content.has(name) {
            return denied();
        }
        let wish = asked.parameter("n").and_then(|n| n.parse().ok());
        let mut left = Left::of(wish.unwrap_or(self.lists_most).min(self.lists_most));
        let mut manifests = Map::new();
        let mut tags: Vec<String> = Vec::new();
        for held in content.held(name).iter() {
            let Some(own) = left.take(held) else {
                break;
            };
            let own: Vec<&String> = own.iter().map(|(tag, _)| tag).collect();
            tags.extend(own.iter().map(|tag| (*tag).clone()));
            manifests.insert(held.stored.digest.to_string(), manifest(held, &own));
        }
        tags.sort_unstable();
        let mut children: Vec<&str> = Vec::new();
        for other in &below {
            let rest = other.strip_prefix(name).unwrap_or_default();
            let child = rest.trim_start_matches('/').split('/').next();
            for held in content.held(other).iter() {
                if left.take(held).is_some() {
                    children.extend(child);
                }
            }
        }
        children.dedup();
        let mut said = json!({
            "child": children,
            "manifest": manifests,
            "name": name,
            "tags": tags,
        });
        if self.leaves_out_empty
            && let Some(said) = said.as_object_mut()
        {
            let is_empty = |value: &Value| *value == json!([]) || *value == json!({});
            said.retain(|_, value| !is_empty(value));
        }
        answer::json(said.to_string())
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

/// A row of a list of tags. All numbers are texts.
fn manifest(held: &Held, tags: &[&String]) -> Value {
    json!({
        "imageSizeBytes": held.counted_size().to_string(),
        "layerId": "",
        "mediaType": held.stored.media_type,
        "tag": tags,
        // Of those that are built the same each time.
        "timeCreatedMs": "0",
        "timeUploadedMs": held.facts.pushed.as_millisecond().to_string(),
    })
}

/// How many images and tags may still be told.
struct Left {
    images: usize,
    tags: usize,
}

impl Left {
    fn of(most: usize) -> Self {
        Self {
            images: most,
            tags: most,
        }
    }

    /// Those tags of an image that are told; `None` where the image is not.
    fn take<'h>(&mut self, held: &'h Held) -> Option<&'h [(String, bool)]> {
        if self.images == 0 || self.tags == 0 {
            return None;
        }
        let told = &held.tags[..held.tags.len().min(self.tags)];
        self.images -= 1;
        self.tags -= told.len();
        Some(told)
    }
}
