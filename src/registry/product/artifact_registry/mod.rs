//! Google Artifact Registry, and the hosts of Container Registry that it took over.
//!
//! Its REST API lists the repositories of a project and the images of each, a thousand on a
//! page. Where it is refused or not switched on, V2's own list of tags tells as much of one
//! repository as that, up to 10,000 images or tags: manifests with their times, and what is
//! below it, so that a project is walked from its root. Which projects there are nobody
//! lists: they are those of the settings, and that of a service account.

mod images;
mod tags;

use std::sync::Arc;

use images::{Images, Stores};
use tags::{Reach, Tags};

use super::{Cut, KnownApi, Marks, Paged, Site, UNKNOWN, is_below};
use crate::http::{Request, Url};
use crate::model::{CredentialKind, Glob, Product, RepositoryName, Stage};
use crate::registry::api::{self, Signing};
use crate::registry::list::{ANSWER_CAP, Ask, Lister, Otherwise, Reader, Realm, Store};
use crate::registry::origin::Named;
use crate::registry::service_account::ServiceAccount;
use crate::registry::token::Scope;

/// The user names by which Google's registries tell what the password is.
const ACCESS_TOKEN: &str = "oauth2accesstoken";

pub(super) const MARKS: Marks = Marks {
    host: |host| host.ends_with("-docker.pkg.dev") || is_below(host, "gcr.io"),
    tags: Paged {
        cut: Some(Cut {
            at: tags::MOST,
            hint: "Google's REST API lists all: sign in by an access token or the key of a service \
                   account, switch the Artifact Registry API on, and unset `v2-only`",
        }),
        ..UNKNOWN
    },
    has_stores: true,
    api: Some(KnownApi {
        place: |site| {
            Ok(if site.is_vendors {
                Named::Vendor("artifactregistry.googleapis.com")
            } else {
                // It is asked nothing then but V2's own lists.
                Named::Own
            })
        },
        signing,
        lister: |site, origin| Ok(Arc::new(ArtifactRegistry::new(site, origin)?)),
    }),
    ..Marks::new("Google Artifact Registry", Some(Product::ArtifactRegistry))
};

/// The REST API takes access tokens alone: one that is kept, or one that a service account's
/// key asks for.
fn signing(site: &Site<'_>) -> Result<Signing, String> {
    if site.has_api_token {
        return Ok(Signing::Token {
            header: crate::http::header::AUTHORIZATION,
            before: "Bearer ",
            or_password: false,
        });
    }
    Ok(match site.credentials {
        Some(known) if known.kind == CredentialKind::RegistryToken => Signing::AsBearer,
        Some(known) if known.username == ACCESS_TOKEN => Signing::AsBearer,
        Some(known) => match ServiceAccount::of(known, site.base) {
            Some(account) => Signing::Login(Arc::new(account?)),
            None => Signing::Nobody,
        },
        None => Signing::Nobody,
    })
}

/// Rows of one page of the REST API at most.
const MAX_PAGE: u16 = 1000;

/// One location of a registry.
#[derive(Clone)]
struct ArtifactRegistry {
    base: Url,
    /// The REST API, where it can be asked.
    rest: Option<Rest>,
    /// What is listed: projects, or repositories of them.
    roots: Vec<RepositoryName>,
    size: u16,
}

/// The REST API of one location.
#[derive(Clone)]
struct Rest {
    base: Url,
    location: String,
    /// The repository that stands for the whole host, as for those of Container Registry.
    only: Option<String>,
}

impl Rest {
    /// What the paths of a project's repositories begin with. The name of one that belongs to a
    /// domain (`example.com/project`) is written with a colon there.
    fn front(&self, project: &str) -> String {
        let id = project.replace('/', ":");
        format!("{id}/locations/{}/repositories", self.location)
    }
}

impl ArtifactRegistry {
    fn new(site: &Site<'_>, origin: &Url) -> Result<Self, String> {
        let host = site.base.host_str().unwrap_or_default();
        let signs = !matches!(signing(site)?, Signing::Nobody);
        let rest = place(host).filter(|_| signs);
        let patterns = site.scope.patterns().iter();
        let mut roots: Vec<RepositoryName> = patterns
            .filter_map(|pattern| {
                root(pattern, place(host).is_some_and(|(_, only)| only.is_some()))
            })
            .collect();
        // Nobody else says of which project an account is.
        if roots.is_empty()
            && let Some(Ok(account)) = site
                .credentials
                .and_then(|known| ServiceAccount::of(known, site.base))
        {
            let project = account.project().map(|project| project.replace(':', "/"));
            roots.extend(project.and_then(|project| project.parse().ok()));
        }
        roots.sort_unstable();
        roots.dedup();
        Ok(Self {
            base: site.base.clone(),
            rest: rest.map(|(location, only)| Rest {
                base: origin.clone(),
                location,
                only,
            }),
            roots,
            size: site.page_size.clamp(1, MAX_PAGE),
        })
    }

    /// What lists `repository` by V2, and what is below it as far as that is wanted.
    fn tags(&self, repository: &RepositoryName, reach: Reach) -> Ask {
        let mut url = self.base.clone();
        url.set_path(&format!("{}v2/{repository}/tags/list", self.base.path()));
        // Fewer would be told for less, and no link leads to the others.
        url.query_pairs_mut()
            .append_pair("n", &tags::MOST.to_string());
        Ask {
            realm: Realm::V2(Scope::Pull(repository.clone())),
            request: api::json(Request::get(url, ANSWER_CAP)),
            stage: Stage::Tags,
            reader: Arc::new(Tags {
                registry: self.clone(),
                repository: repository.clone(),
                reach,
            }),
        }
    }

    /// A page of the REST API.
    fn rest(&self, rest: &Rest, path: &str, stage: Stage, reader: Arc<dyn Reader>) -> Ask {
        let mut url = rest.base.clone();
        url.set_path(&format!("v1/projects/{path}"));
        url.query_pairs_mut()
            .append_pair("pageSize", &self.size.to_string());
        Ask::get(Realm::Api, url, stage, reader)
    }

    /// What lists the images of `root`, a repository of a project, or a project of Container
    /// Registry, by the REST API; `None` where it cannot be asked or `root` is none.
    fn images(&self, root: &RepositoryName) -> Option<Ask> {
        let rest = self.rest.as_ref()?;
        let (project, repository) = project_of(root.as_str());
        let repository = rest.only.as_deref().or(repository)?;
        let path = format!("{}/{repository}/dockerImages", rest.front(project));
        let reader = Images {
            // The names of Container Registry's images leave the repository out.
            prefix: root.clone(),
        };
        Some(self.rest(rest, &path, Stage::Tags, Arc::new(reader)))
    }

    /// What lists the images of `repository` with those beside it by the REST API.
    fn images_beside(&self, repository: &RepositoryName) -> Option<Ask> {
        let rest = self.rest.as_ref()?;
        self.images(&root(repository.as_str(), rest.only.is_some())?)
    }

    /// What lists a project, or a repository of it.
    fn store(&self, root: &RepositoryName) -> Store {
        let walk = self.tags(root, Reach::Root);
        let Some(rest) = &self.rest else {
            return Store {
                name: root.to_string(),
                asks: vec![walk],
                otherwise: Otherwise::Nothing,
            };
        };
        let ask = self.images(root).unwrap_or_else(|| {
            let reader = Stores {
                registry: self.clone(),
                project: root.to_string(),
            };
            let front = rest.front(root.as_str());
            self.rest(rest, &front, Stage::Catalogue, Arc::new(reader))
        });
        Store {
            name: root.to_string(),
            asks: vec![ask],
            otherwise: Otherwise::Asks(vec![walk]),
        }
    }
}

/// The location that a host stands for, and the one repository that it has, if it has one
/// only.
fn place(host: &str) -> Option<(String, Option<String>)> {
    if let Some(location) = host.strip_suffix("-docker.pkg.dev") {
        return Some((location.to_owned(), None));
    }
    let location = match host {
        "gcr.io" | "us.gcr.io" => "us",
        "eu.gcr.io" => "europe",
        "asia.gcr.io" => "asia",
        _ => return None,
    };
    Some((location.to_owned(), Some(host.to_owned())))
}

/// How many components of `name` are the project: two where it belongs to a domain, which
/// registries write before it (cloud.google.com/artifact-registry/docs/docker/names).
fn project_parts(name: &str) -> usize {
    let first = name.split('/').next().unwrap_or_default();
    1 + usize::from(first.contains('.'))
}

/// The project that `root` begins with, and what follows it.
fn project_of(root: &str) -> (&str, Option<&str>) {
    let mut slashes = root.match_indices('/').skip(project_parts(root) - 1);
    match slashes.next() {
        Some((at, _)) => (&root[..at], Some(&root[at + 1..])),
        None => (root, None),
    }
}

/// What a name or glob begins with: a project, and the repository of it where names have one.
fn root(pattern: &str, is_gcr: bool) -> Option<RepositoryName> {
    let literal = |part: &&str| !part.is_empty() && !Glob::is_meant(part);
    let most = project_parts(pattern) + usize::from(!is_gcr);
    let parts: Vec<&str> = pattern.split('/').take(most).take_while(literal).collect();
    parts.join("/").parse().ok()
}

impl Lister for ArtifactRegistry {
    fn name(&self) -> &'static str {
        "artifact-registry-api"
    }

    fn instead_of_catalogue(&self) -> Option<&'static str> {
        Some(
            "Google lists no projects here: name those to load (`PROJECT/**`, or \
             `PROJECT/REPOSITORY/**`)",
        )
    }

    fn repositories(&self) -> Vec<Ask> {
        Vec::new()
    }

    fn stores(&self) -> Vec<Store> {
        self.roots.iter().map(|root| self.store(root)).collect()
    }

    fn contents(&self, repository: &RepositoryName) -> Option<Ask> {
        Some(self.tags(repository, Reach::One))
    }

    fn lists_untagged(&self) -> bool {
        true
    }

    fn lists_children(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_stand_for_locations() {
        for (host, wanted) in [
            ("us-docker.pkg.dev", Some(("us", None))),
            ("europe-west3-docker.pkg.dev", Some(("europe-west3", None))),
            ("gcr.io", Some(("us", Some("gcr.io")))),
            ("eu.gcr.io", Some(("europe", Some("eu.gcr.io")))),
            ("mirror.gcr.io", None),
            ("127.0.0.1", None),
        ] {
            let found = place(host);
            let found = found
                .as_ref()
                .map(|(location, only)| (location.as_str(), only.as_deref()));
            assert_eq!(found, wanted, "{host}");
        }
    }

    #[test]
    fn roots_are_what_patterns_begin_with() {
        for (pattern, of_gcr, of_others) in [
            ("proj/**", Some("proj"), Some("proj")),
            ("proj/repo/**", Some("proj"), Some("proj/repo")),
            ("proj/repo/app", Some("proj"), Some("proj/repo")),
            ("proj/re*/app", Some("proj"), Some("proj")),
            (
                "example.com/proj/**",
                Some("example.com/proj"),
                Some("example.com/proj"),
            ),
            (
                "example.com/proj/repo/app",
                Some("example.com/proj"),
                Some("example.com/proj/repo"),
            ),
            ("**", None, None),
            ("*/repo", None, None),
        ] {
            let shown = |is_gcr| root(pattern, is_gcr).map(|name| name.to_string());
            assert_eq!(shown(true).as_deref(), of_gcr, "{pattern}");
            assert_eq!(shown(false).as_deref(), of_others, "{pattern}");
        }
    }

    #[test]
    fn projects_of_a_domain_have_two_components() {
        for (root, wanted) in [
            ("proj", ("proj", None)),
            ("proj/repo", ("proj", Some("repo"))),
            ("example.com/proj", ("example.com/proj", None)),
            ("example.com/proj/repo", ("example.com/proj", Some("repo"))),
        ] {
            assert_eq!(project_of(root), wanted, "{root}");
        }
    }
}
