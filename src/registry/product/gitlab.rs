//! GitLab container registry. Its version is the registry's own, not GitLab's.
//!
//! Its catalogue is for administrators. Others have the REST API, which stands where tokens
//! are given (or where `api` says) and lists the registry's repositories by group or project;
//! deploy tokens cannot use it. What a repository holds the registry lists itself, below
//! `gitlab/v1/`, where it has a metadata database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use super::{KnownApi, LINKED, Marks, Probe, Site, Told, is_below, realm_ends};
use crate::http::header::HeaderName;
use crate::http::{Headers, Response, Url, Wire};
use crate::model::{
    CredentialKind, Digest, Image, ImageFacts, Kind, MediaType, Product, RepositoryName, Stage, Tag,
};
use crate::registry::Scope;
use crate::registry::api::Signing;
use crate::registry::lenient::{Number, Object, Text};
use crate::registry::list::{
    self, Answer, Ask, Goes, Listed, Lister, Numbered, Reader, Realm, Refusal,
};
use crate::registry::origin::Named;

const VERSION: &str = "gitlab-container-registry-version";

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "registry.gitlab.com"),
    headers: |headers| headers.has(VERSION),
    challenge: |challenge| {
        realm_ends(challenge, "/jwt/auth") && challenge.service.is("container_registry")
    },
    version,
    // Whatever the status is, the header tells.
    probe: Some(Probe {
        path: |_| "gitlab/v1/".to_owned(),
        read: |response| version(response.headers()).map(|version| Told::version(&version)),
    }),
    allow_is_routing: true,
    catalogue: LINKED,
    tags: LINKED,
    api: Some(KnownApi {
        place: |site| {
            Ok(site
                .realm
                .map_or(Named::Own, |url| Named::Realm(url.clone())))
        },
        signing: |site| Ok(signing(site)),
        lister: |site, origin| Ok(Arc::new(Gitlab::new(site, origin))),
    }),
    ..Marks::new("GitLab container registry", Some(Product::Gitlab))
};

fn version(headers: Headers<'_>) -> Option<Wire<'_>> {
    headers.get(VERSION)
}

/// Entries of one page of the REST API, and of the registry's own lists, at most.
const REST_PAGE: usize = 100;
const REGISTRY_PAGE: u16 = 1000;

/// How the REST API is signed in to, which has headers of its own.
fn signing(site: &Site<'_>) -> Signing {
    let by = |header, or_password| Signing::Token {
        header: HeaderName::from_static(header),
        before: "",
        or_password,
    };
    if site.has_api_token {
        return by("private-token", false);
    }
    match site.credentials {
        Some(known) if known.kind != CredentialKind::Password => Signing::Nobody,
        Some(known) if known.username == "gitlab-ci-token" => by("job-token", true),
        // Deploy tokens open the registry, and not the API.
        Some(known)
            if known.username.starts_with("gitlab+deploy-token-")
                || known.password.expose().starts_with("gldt-") =>
        {
            Signing::Nobody
        }
        Some(_) => by("private-token", true),
        None => Signing::Nobody,
    }
}

/// The APIs of one GitLab: of itself, and of its registry.
#[derive(Clone)]
struct Gitlab {
    /// The REST API; `None` where our sign-in is none for it.
    rest: Option<Url>,
    registry: Url,
    size: u16,
}

impl Gitlab {
    fn new(site: &Site<'_>, origin: &Url) -> Self {
        let rest = site.below(origin, "api/v4/");
        Self {
            rest: (!matches!(signing(site), Signing::Nobody)).then_some(rest),
            registry: site.base.clone(),
            size: site.page_size.clamp(1, REGISTRY_PAGE),
        }
    }

    /// What lists the registry's repositories below `path` of the REST API.
    fn below(&self, rest: &Url, path: &str, otherwise: BTreeSet<u64>) -> Ask {
        let reader = Repositories {
            gitlab: self.clone(),
            rest: rest.clone(),
            otherwise,
            page: Numbered::default(),
        };
        let path = format!("{path}/registry/repositories");
        first_page(rest, &path, &[], Arc::new(reader))
    }
}

/// The first page of the list at `path` of the REST API.
fn first_page(rest: &Url, path: &str, query: &[(&str, &str)], reader: Arc<dyn Reader>) -> Ask {
    let mut url = rest.clone();
    url.set_path(&format!("{}{path}", rest.path()));
    url.query_pairs_mut()
        .extend_pairs(query)
        .append_pair("per_page", "100")
        .append_pair("page", "1");
    Ask::get(Realm::Api, url, Stage::Catalogue, reader)
}

impl Lister for Gitlab {
    fn name(&self) -> &'static str {
        "gitlab-api"
    }

    fn is_behind_catalogue(&self) -> bool {
        true
    }

    fn instead_of_catalogue(&self) -> Option<&'static str> {
        Some(
            "GitLab lists all repositories to its administrators alone, and a deploy token opens no \
             API: name the repositories to load, or set `api-token` to a personal access token \
             with `read_api`",
        )
    }

    fn repositories(&self) -> Vec<Ask> {
        let Some(rest) = &self.rest else {
            return Vec::new();
        };
        let reader = Projects {
            gitlab: self.clone(),
            rest: rest.clone(),
            page: Numbered::default(),
            so_far: BTreeMap::new(),
        };
        let query = [("membership", "true"), ("simple", "true")];
        vec![first_page(rest, "projects", &query, Arc::new(reader))]
    }

    fn contents(&self, repository: &RepositoryName) -> Option<Ask> {
        let mut url = self.registry.clone();
        url.set_path(&format!(
            "{}gitlab/v1/repositories/{repository}/tags/list/",
            url.path()
        ));
        url.query_pairs_mut()
            .append_pair("n", &self.size.to_string());
        Some(Ask::get(
            Realm::V2(Scope::Pull(repository.clone())),
            url,
            Stage::Tags,
            Arc::new(Tags(repository.clone())),
        ))
    }
}

/// How many entries a list of the REST API has, where it says so, and whether it goes on.
fn paging(response: &Response) -> (Option<u64>, Option<bool>) {
    let total = list::stated_total(response, "x-total");
    let more = response.header("x-next-page");
    (total, more.map(|page| !page.uncovered().trim().is_empty()))
}

/// The page behind `ask`'s.
fn next(ask: &Ask, reader: Arc<dyn Reader>) -> Ask {
    list::next_number(ask, "page", 1, reader)
}

/// Reads the projects that somebody is a member of, and asks for what their groups hold, or
/// they themselves where they are alone in theirs.
struct Projects {
    gitlab: Gitlab,
    rest: Url,
    page: Numbered,
    /// Projects by the group that they are in; those of people by themselves.
    so_far: BTreeMap<String, BTreeSet<u64>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Project {
    id: Number,
    namespace: Object<Namespace>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Namespace {
    kind: Text,
    full_path: Text,
}

impl Reader for Projects {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<Project>(response)?;
        let (total, more) = paging(response);
        let goes = self.page.page(rows.len(), REST_PAGE, total, more)?;
        let mut so_far = self.so_far.clone();
        let mut answer = Answer::default();
        for row in rows {
            let Some(id) = row.id.get() else { continue };
            let namespace = row.namespace.get();
            let group = namespace.filter(|namespace| namespace.kind.is("group"));
            let group = group.and_then(|group| group.full_path.uncovered());
            let root = group.and_then(|path| path.split('/').next());
            let group = so_far.entry(root.unwrap_or_default().to_owned());
            answer.found += usize::from(group.or_default().insert(id));
        }
        match goes {
            Goes::On(page) => {
                let reader = Self {
                    gitlab: self.gitlab.clone(),
                    rest: self.rest.clone(),
                    page,
                    so_far,
                };
                answer.next.push(next(ask, Arc::new(reader)));
            }
            Goes::Whole => {
                for (group, projects) in so_far {
                    if group.is_empty() || projects.len() == 1 {
                        let asks = each(&self.gitlab, &self.rest, &projects);
                        answer.next.extend(asks);
                    } else {
                        let group = percent_encoding::utf8_percent_encode(
                            &group,
                            percent_encoding::NON_ALPHANUMERIC,
                        );
                        let path = format!("groups/{group}");
                        answer
                            .next
                            .push(self.gitlab.below(&self.rest, &path, projects));
                    }
                }
            }
        }
        Ok(answer)
    }
}

fn each(gitlab: &Gitlab, rest: &Url, projects: &BTreeSet<u64>) -> Vec<Ask> {
    let of = |id: &u64| gitlab.below(rest, &format!("projects/{id}"), BTreeSet::new());
    projects.iter().map(of).collect()
}

/// Reads the registry's repositories of a group, or of a project.
struct Repositories {
    gitlab: Gitlab,
    rest: Url,
    /// The projects that are asked one by one where the group is refused.
    otherwise: BTreeSet<u64>,
    page: Numbered,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Repository {
    path: Text,
}

impl Reader for Repositories {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<Repository>(response)?;
        let (total, more) = paging(response);
        let goes = self.page.page(rows.len(), REST_PAGE, total, more)?;
        let mut answer = paths(rows.iter().map(|row| &row.path), response);
        if let Goes::On(page) = goes {
            let reader = Self {
                gitlab: self.gitlab.clone(),
                rest: self.rest.clone(),
                otherwise: self.otherwise.clone(),
                page,
            };
            answer.next.push(next(ask, Arc::new(reader)));
        }
        Ok(answer)
    }

    /// A group whose registry is not for us has projects that are; a project without a
    /// registry has none.
    fn instead(&self, _: &Ask, response: &Response) -> Option<Vec<Ask>> {
        match response.status.as_u16() {
            403 | 404 if self.page == Numbered::default() => {
                Some(each(&self.gitlab, &self.rest, &self.otherwise))
            }
            _ => None,
        }
    }
}

fn paths<'a>(paths: impl Iterator<Item = &'a Text>, response: &Response) -> Answer {
    let mut answer = Answer::default();
    let cover = response.cover();
    for path in paths {
        match path.parse::<RepositoryName>() {
            Some(name) if !path.holds_secret(cover) => answer.repositories.push(name),
            _ => answer.dropped.extend(path.show(cover, 80)),
        }
    }
    answer
}

/// Reads the tags of a repository.
struct Tags(RepositoryName);

#[derive(Default, Deserialize)]
#[serde(default)]
struct TagRow {
    name: Text,
    digest: Text,
    config_digest: Text,
    media_type: Text,
    size_bytes: Number,
    created_at: Text,
    published_at: Text,
}

impl Reader for Tags {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<TagRow>(response)?;
        let mut answer = Answer::default();
        let cover = response.cover();
        for row in rows {
            let is_kept = !row.name.holds_secret(cover) && !row.digest.holds_secret(cover);
            match row.listed().filter(|_| is_kept) {
                Some(entry) => answer.entries.push((self.0.clone(), entry)),
                None => answer.dropped.extend(row.name.show(cover, 80)),
            }
        }
        answer.next.extend(list::linked(ask, response));
        Ok(answer)
    }
}

impl TagRow {
    fn listed(&self) -> Option<Listed> {
        let tag: Tag = self.name.parse()?;
        let digest: Digest = self.digest.parse()?;
        let media_type = MediaType::from(self.media_type.uncovered().unwrap_or_default());
        let is_index = media_type.is_index();
        let is_manifest = matches!(
            media_type,
            MediaType::OciManifest | MediaType::DockerManifest
        );
        let config = self.config_digest.parse::<Digest>();
        let told = match config.zip(self.size_bytes.get()).filter(|_| is_manifest) {
            Some((config, size)) => {
                let mut image = Image::new(Kind::Image, media_type);
                image.size = Some(size);
                list::Told::Manifest(Box::new(image), config)
            }
            None => list::Told::Nothing,
        };
        let published = self.published_at.parse();
        Some(Listed {
            tags: vec![tag],
            digest,
            is_index,
            told,
            facts: ImageFacts {
                pushed: published.or_else(|| self.created_at.parse()),
                ..ImageFacts::default()
            },
        })
    }
}
