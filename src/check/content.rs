//! Lists and a manifest: whether what is there can be read.

use super::ping::quota;
use super::sign_in::granted;
use super::{Run, Standing, verdict};
use crate::model::{Class, Digest, Failure, Kind, RepositoryName, Stage, Tag, Verdict};
use crate::registry::{Deletion, Manifest, Reference, Referrers, Registry, Scope, Survey};

/// Repositories looked at in search of one that has a tag.
const MAX_LOOKED_AT: usize = 3;

impl Run<'_> {
    /// Reads the first page of repositories, of tags, and one manifest.
    pub(super) async fn content(&mut self, registry: &Registry, standing: Standing) {
        let by_api = self.api(registry, standing).await;
        let listed = self.catalogue(registry, standing, by_api.as_ref()).await;
        let scope = &self.spec.scope();
        let matches = scope.matcher();
        let listed: Vec<RepositoryName> = match by_api {
            Some(names) if listed.is_empty() => names,
            _ => listed,
        };
        let candidates: Vec<RepositoryName> = scope
            .names()
            .chain(
                listed
                    .into_iter()
                    .filter(|name| scope.is_empty() || matches(name)),
            )
            .take(MAX_LOOKED_AT)
            .collect();
        match self.tags(registry, &candidates, standing).await {
            Some((repository, tag)) => self.manifest(registry, &repository, tag, standing).await,
            None => self.skip(Stage::Manifest, "there is no tag to read"),
        }
    }

    /// Looks at the product's own API. Returns what it lists, where it does.
    async fn api(
        &mut self,
        registry: &Registry,
        standing: Standing,
    ) -> Option<Vec<RepositoryName>> {
        if standing == Standing::AsNobody {
            self.skip(Stage::Api, "not signed in");
            return None;
        }
        let (survey, elapsed) = self
            .bounded(Stage::Api, async { Ok(registry.survey().await) })
            .await;
        let mut names = None;
        let verdict = match survey {
            Ok(Survey::None(why)) => Verdict::Skipped(why),
            Ok(Survey::Lists {
                said, repositories, ..
            }) => {
                names = Some(repositories);
                Verdict::Passed(said)
            }
            Ok(Survey::Refused { failure, .. }) if registry.is_sign_in_refused() => {
                Verdict::Failed(failure)
            }
            // V2 goes on: what it lacks is told where it fails.
            Ok(Survey::Refused { name, failure }) => {
                let next = failure
                    .hint
                    .map_or_else(String::new, |hint| format!(" ({hint})"));
                Verdict::Skipped(format!(
                    "{name} does not list, and V2 is to: {}{next}",
                    failure.message
                ))
            }
            Err(failure) => Verdict::Skipped(format!("V2 lists: {}", failure.message)),
        };
        self.add(Stage::Api, verdict, elapsed);
        names.filter(|names| !names.is_empty())
    }

    async fn catalogue(
        &mut self,
        registry: &Registry,
        standing: Standing,
        by_api: Option<&Vec<RepositoryName>>,
    ) -> Vec<RepositoryName> {
        if !self.spec.load_full_list {
            self.skip(
                Stage::Catalogue,
                "the full list is not loaded (`load-full-list`)",
            );
            return Vec::new();
        }
        let mut pages = registry.catalogue();
        let (result, elapsed) = self
            .bounded(Stage::Catalogue, async { pages.next().await.transpose() })
            .await;
        let more = pages.has_more();
        let said = standing.verdict(&result, |page| {
            let count = page.as_ref().map_or(0, |page| page.items.len());
            counted(count, "repository", "repositories", more)
        });
        // Who is listed by the product's API needs no catalogue.
        let said = match said {
            Verdict::Failed(failure) if by_api.is_some() && is_refusal(failure.class) => {
                Verdict::Skipped(format!("not needed, and refused: {}", failure.message))
            }
            said => said,
        };
        let mut facts = granted(registry, &Scope::Catalogue).await;
        if let (Ok(Some(page)), true) = (&result, more) {
            facts.push(format!(
                "pages of {} were asked for; this one holds {}",
                self.spec.limits.page_size,
                page.items.len()
            ));
        }
        self.add_seen(Stage::Catalogue, said, elapsed, facts);
        result
            .ok()
            .flatten()
            .map_or_else(Vec::new, |page| page.items)
    }

    /// The first tag of the first candidate that has any.
    async fn tags(
        &mut self,
        registry: &Registry,
        candidates: &[RepositoryName],
        standing: Standing,
    ) -> Option<(RepositoryName, Tag)> {
        for (index, repository) in candidates.iter().enumerate() {
            let mut pages = registry.tags(repository);
            let (result, elapsed) = self
                .bounded(Stage::Tags, async { pages.next().await.transpose() })
                .await;
            let tag = result.as_ref().ok().and_then(|page| {
                let tags = &page.as_ref()?.items;
                let latest = tags.iter().find(|tag| tag.as_str() == "latest");
                latest.or(tags.first()).cloned()
            });
            // An empty repository, or one we may not read, says little: look at another.
            if tag.is_some() || index + 1 == candidates.len() {
                let more = pages.has_more();
                let said = standing.verdict(&result, |page| {
                    let count = page.as_ref().map_or(0, |page| page.items.len());
                    format!("`{repository}`: {}", counted(count, "tag", "tags", more))
                });
                let facts = granted(registry, &Scope::Pull(repository.clone())).await;
                self.add_seen(Stage::Tags, said, elapsed, facts);
                return tag.map(|tag| (repository.clone(), tag));
            }
        }
        self.skip(Stage::Tags, "there is no repository to look at");
        None
    }

    async fn manifest(
        &mut self,
        registry: &Registry,
        repository: &RepositoryName,
        tag: Tag,
        standing: Standing,
    ) {
        let reference = Reference::Tag(tag);
        let (result, elapsed) = self
            .bounded(Stage::Manifest, registry.manifest(repository, &reference))
            .await;
        let said = standing.verdict(&result, |manifest| {
            format!("`{repository}:{reference}`: {}", described(manifest))
        });
        let facts = match &result {
            Ok(manifest) => self.abilities(registry, repository, &manifest.digest).await,
            Err(_) => Vec::new(),
        };
        self.add_seen(Stage::Manifest, said, elapsed, facts);
    }

    /// What the registry can do beside being read. What does not come to light is no
    /// failure.
    async fn abilities(
        &self,
        registry: &Registry,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Vec<String> {
        let (deletion, _) = self
            .bounded(Stage::Manifest, registry.deletion(repository))
            .await;
        let (referrers, _) = self
            .bounded(Stage::Manifest, registry.referrers(repository, digest))
            .await;
        let mut facts = vec![
            match deletion {
                Ok(Deletion::Allowed(seen)) => format!("deletion is switched on: {seen}"),
                Ok(Deletion::Refused(seen)) => format!("deletion is switched off: {seen}"),
                Ok(Deletion::Unknown(seen)) => {
                    format!("whether deletion is on, is not said: {seen}")
                }
                Err(failure) => format!("whether deletion is on, is not known: {failure}"),
            },
            match referrers {
                Ok(Referrers::Supported { count, more }) => {
                    let count = counted(count, "referrer", "referrers", more);
                    format!("the referrers API is there: {count} of this manifest")
                }
                Ok(Referrers::Unsupported { status, .. }) => {
                    format!("there is no referrers API: it answers {status}")
                }
                Err(failure) => {
                    format!("whether there is a referrers API, is not known: {failure}")
                }
            },
        ];
        facts.extend(registry.quota().as_ref().map(quota));
        facts
    }
}

impl Standing {
    /// `result` as a verdict. That nobody may see what only some may is no failure of its
    /// own: signing in was.
    fn verdict<T>(self, result: &Result<T, Failure>, say: impl FnOnce(&T) -> String) -> Verdict {
        match (self, verdict(result, say)) {
            (Self::AsNobody, Verdict::Failed(failure)) => {
                let closed = matches!(failure.class, Class::Authentication | Class::Denied);
                Verdict::Skipped(if closed {
                    "not signed in, and it is not open to anybody".to_owned()
                } else {
                    format!("not signed in, and as anybody: {}", failure.message)
                })
            }
            (Self::AsNobody, Verdict::Passed(said)) => {
                Verdict::Passed(format!("open to anybody: {said}"))
            }
            (_, verdict) => verdict,
        }
    }
}

fn counted(count: usize, one: &str, many: &str, more: bool) -> String {
    let noun = if count == 1 { one } else { many };
    let more = if more {
        " on the first page, more follow"
    } else {
        ""
    };
    format!("{count} {noun}{more}")
}

fn described(manifest: &Manifest) -> String {
    let digest = &manifest.digest;
    match manifest.image.kind {
        Kind::Index => {
            let platforms = manifest.image.runnable().count();
            let images = counted(platforms, "image", "images", false);
            format!("an index of {images}, {digest}")
        }
        Kind::Image => format!("an image, {digest}"),
        Kind::Artifact => match &manifest.image.artifact_type {
            Some(artifact_type) => format!("an artifact of type `{artifact_type}`, {digest}"),
            None => format!("an artifact, {digest}"),
        },
    }
}

/// Whether the registry answered, and not with a list.
fn is_refusal(class: Class) -> bool {
    matches!(
        class,
        Class::Authentication | Class::Denied | Class::Missing | Class::Protocol
    )
}
