//! Harbor 2.
//!
//! Its API lists all that somebody may see, which its catalogue shows to administrators
//! alone. Repositories come first, with how much they hold; then what they hold, a project at
//! a time where that is fewer pages (since 2.12), otherwise one by one.

mod artifact;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use artifact::Artifact;

use super::{KnownApi, LINKED, Marks, Probe, Site, Told, is_basic_realm, json, realm_ends};
use crate::http::{Response, Url};
use crate::model::{CredentialKind, Product, RepositoryName, Stage};
use crate::registry::api::Signing;
use crate::registry::lenient::{Number, Presence, Text};
use crate::registry::list::{
    self, Answer, Ask, Goes, Lister, Numbered, Otherwise, Reader, Realm, Refusal, SignInRefused,
    Store,
};
use crate::registry::origin::Named;

pub(super) const MARKS: Marks = Marks {
    challenge: |challenge| {
        let by_token =
            realm_ends(challenge, "/service/token") && challenge.service.is("harbor-registry");
        by_token || is_basic_realm(challenge, "harbor")
    },
    // Newer ones tell strangers how to sign in, and nothing of the version.
    probe: Some(Probe {
        path: |_| SYSTEM_INFO.to_owned(),
        read: |response| {
            let told: SystemInfo = json(response)?;
            let version = &told.harbor_version;
            let is_harbor = told.auth_mode.is_there();
            is_harbor.then(|| Told::in_json(version, response))
        },
    }),
    catalogue: LINKED,
    tags: LINKED,
    has_stores: true,
    api: Some(KnownApi {
        place: |_| Ok(Named::Own),
        signing,
        lister: |site, origin| Ok(Arc::new(Harbor::new(site, origin))),
    }),
    ..Marks::new("Harbor", Some(Product::Harbor))
};

/// It takes names and passwords, which are those of the registry; to others it says what it
/// says to everybody.
fn signing(site: &Site<'_>) -> Result<Signing, String> {
    match site.credentials {
        Some(known) if known.kind != CredentialKind::Password => {
            Err("Harbor's API takes a user name and a password or CLI secret, no token".to_owned())
        }
        _ => Ok(Signing::AsRegistry),
    }
}

const SYSTEM_INFO: &str = "api/v2.0/systeminfo";

/// Entries of one page at most; more is answered by 422.
const MAX_PAGE: u16 = 100;

/// The first version that lists the artifacts of a whole project.
const LISTS_PROJECTS: (u32, u32) = (2, 12);

#[derive(Default, Deserialize)]
#[serde(default)]
struct SystemInfo {
    auth_mode: Presence,
    harbor_version: Text,
}

/// The API of one Harbor.
#[derive(Clone)]
struct Harbor {
    origin: Url,
    size: u16,
    /// Whether somebody signs in: lists of projects are for those alone.
    is_signed_in: bool,
}

impl Harbor {
    fn new(site: &Site<'_>, origin: &Url) -> Self {
        Self {
            origin: origin.clone(),
            size: site.page_size.clamp(1, MAX_PAGE),
            is_signed_in: site.credentials.is_some(),
        }
    }

    fn ask(
        &self,
        path: &str,
        query: &[(&str, &str)],
        stage: Stage,
        reader: Arc<dyn Reader>,
    ) -> Ask {
        let mut url = self.origin.clone();
        url.set_path(path);
        url.query_pairs_mut()
            .extend_pairs(query)
            .append_pair("page_size", &self.size.to_string())
            .append_pair("page", "1");
        page(url, stage, reader)
    }

    fn repositories(&self, by_project: bool) -> Vec<Ask> {
        let repositories = Repositories {
            harbor: self.clone(),
            by_project: by_project && self.is_signed_in,
            page: Numbered::default(),
            so_far: BTreeMap::new(),
        };
        let projects = Projects {
            harbor: self.clone(),
            page: Numbered::default(),
        };
        vec![
            self.ask(
                "api/v2.0/projects",
                &[("with_detail", "false")],
                Stage::Catalogue,
                Arc::new(projects),
            ),
            self.ask(
                "api/v2.0/repositories",
                &[],
                Stage::Catalogue,
                Arc::new(repositories),
            ),
        ]
    }

    /// What becomes of a list after a page of `count` rows.
    fn goes(&self, page: Numbered, count: usize, response: &Response) -> Result<Goes, Refusal> {
        let total = list::stated_total(response, "x-total-count");
        page.page(count, usize::from(self.size), total, None)
    }

    /// What lists the artifacts below `path`; all of one repository, or of a project.
    fn artifacts(&self, path: &str, project: &str, repository: Option<&RepositoryName>) -> Ask {
        let reader = Artifacts {
            harbor: self.clone(),
            project: project.to_owned(),
            repository: repository.cloned(),
            page: Numbered::default(),
        };
        let query = [
            ("with_tag", "true"),
            ("with_immutable_status", "true"),
            ("with_scan_overview", "true"),
        ];
        self.ask(path, &query, Stage::Tags, Arc::new(reader))
    }
}

/// The page behind `ask`'s.
fn next(ask: &Ask, reader: Arc<dyn Reader>) -> Ask {
    list::next_number(ask, "page", 1, reader)
}

fn page(url: Url, stage: Stage, reader: Arc<dyn Reader>) -> Ask {
    Ask::get(Realm::Api, url, stage, reader)
}

impl Lister for Harbor {
    fn name(&self) -> &'static str {
        "harbor-api"
    }

    fn instead_of_catalogue(&self) -> Option<&'static str> {
        Some(
            "Harbor shows what is in the projects that one is a member of: ask for a role in \
             them (Limited Guest is enough), give a robot `List Repository`, `List Artifact` and \
             `Pull`, or name the repositories to load",
        )
    }

    fn repositories(&self) -> Vec<Ask> {
        let mut url = self.origin.clone();
        url.set_path(SYSTEM_INFO);
        let reader = Version(self.clone());
        vec![page(url, Stage::Catalogue, Arc::new(reader))]
    }

    fn contents(&self, repository: &RepositoryName) -> Option<Ask> {
        let (project, rest) = repository.as_str().split_once('/')?;
        // The name is encoded twice: the API takes one off by itself.
        let rest = rest.replace('/', "%252F");
        let path = format!("api/v2.0/projects/{project}/repositories/{rest}/artifacts");
        Some(self.artifacts(&path, project, Some(repository)))
    }

    fn lists_untagged(&self) -> bool {
        true
    }

    fn hides_accessories(&self) -> bool {
        true
    }
}

/// What a wrong secret comes to.
const NOT_SIGNED_IN: SignInRefused = SignInRefused {
    why: "Harbor answers as to a stranger: the user name or password is wrong, or it has expired",
    hint: "check the user name (a robot's is whole, with `robot$`) and its secret; who signs in by \
           OIDC has a CLI secret in the user profile; nothing is tried again with these",
};

/// Reads the version, and asks for repositories whatever it is.
struct Version(Harbor);

impl Reader for Version {
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let info: SystemInfo = list::object(response)?;
        if self.0.is_signed_in && info.harbor_version.is_empty() {
            return Err(Refusal::NotSignedIn(NOT_SIGNED_IN));
        }
        let version = info.harbor_version.show(response.cover(), 60);
        let number = version.as_deref().and_then(|version| {
            let mut parts = version.trim_start_matches('v').split(['.', '-']);
            let mut part = || parts.next()?.parse::<u32>().ok();
            Some((part()?, part()?))
        });
        let by_project = number.is_some_and(|number| number >= LISTS_PROJECTS);
        Ok(Answer {
            next: self.0.repositories(by_project),
            version,
            ..Answer::default()
        })
    }

    /// Who signs in learns here alone whether that was taken: what everybody may see must
    /// not pass for the whole.
    fn instead(&self, _: &Ask, _: &Response) -> Option<Vec<Ask>> {
        (!self.0.is_signed_in).then(|| self.0.repositories(false))
    }
}

/// Reads projects: those that fetch from elsewhere.
struct Projects {
    harbor: Harbor,
    page: Numbered,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Project {
    name: Text,
    /// Where a project gets its images from that it does not have.
    registry_id: Number,
}

impl Reader for Projects {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<Project>(response)?;
        let goes = self.harbor.goes(self.page, rows.len(), response)?;
        let mut answer = Answer {
            found: rows.len(),
            costly: rows
                .iter()
                .filter(|project| project.registry_id.get().is_some_and(|id| id > 0))
                .filter_map(|project| project.name.uncovered().map(str::to_owned))
                .collect(),
            ..Answer::default()
        };
        if let Goes::On(page) = goes {
            let harbor = self.harbor.clone();
            let reader = Arc::new(Self { harbor, page });
            answer.next.push(next(ask, reader));
        }
        Ok(answer)
    }

    /// Who may not list projects may list repositories all the same.
    fn instead(&self, _: &Ask, _: &Response) -> Option<Vec<Ask>> {
        Some(Vec::new())
    }
}

/// Reads repositories with how many artifacts they hold, and decides on the last page how
/// those are listed in fewer requests.
struct Repositories {
    harbor: Harbor,
    by_project: bool,
    page: Numbered,
    so_far: BTreeMap<String, BTreeMap<RepositoryName, u64>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Repository {
    name: Text,
    artifact_count: Number,
}

impl Reader for Repositories {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<Repository>(response)?;
        let goes = self.harbor.goes(self.page, rows.len(), response)?;
        let mut so_far = self.so_far.clone();
        let mut answer = Answer::default();
        let cover = response.cover();
        for row in rows {
            let name = row.name.uncovered().unwrap_or_default();
            let parsed = name.parse::<RepositoryName>().ok();
            match parsed.filter(|_| !row.name.holds_secret(cover)) {
                Some(parsed) => {
                    let project = name.split('/').next().unwrap_or_default().to_owned();
                    let count = row.artifact_count.get().unwrap_or(0);
                    let known = so_far.entry(project).or_default().insert(parsed, count);
                    answer.found += usize::from(known.is_none());
                }
                None => answer.dropped.push(cover.show(name, 80).into_string()),
            }
        }
        match goes {
            Goes::On(page) => {
                let reader = Self {
                    harbor: self.harbor.clone(),
                    by_project: self.by_project,
                    page,
                    so_far,
                };
                answer.next.push(next(ask, Arc::new(reader)));
            }
            Goes::Whole => {
                for (project, repositories) in so_far {
                    self.project(&mut answer, project, repositories);
                }
            }
        }
        Ok(answer)
    }
}

impl Repositories {
    fn project(&self, answer: &mut Answer, project: String, all: BTreeMap<RepositoryName, u64>) {
        let size = u64::from(self.harbor.size);
        let one_by_one: u64 = all.values().map(|n| n.div_ceil(size).max(1)).sum();
        let together = all.values().sum::<u64>().div_ceil(size).max(1);
        let names: Vec<RepositoryName> = all.into_keys().collect();
        if self.by_project && together < one_by_one {
            let path = format!("api/v2.0/projects/{project}/artifacts");
            let mut ask = self.harbor.artifacts(&path, &project, None);
            // A name of digits alone would be taken for a number.
            let name = crate::http::header::HeaderName::from_static("x-is-resource-name");
            let yes = crate::http::header::HeaderValue::from_static("true");
            ask.request = ask.request.with_header(name, yes);
            answer.stores.push(Store {
                name: project,
                asks: vec![ask],
                otherwise: Otherwise::Repositories(names),
            });
        } else {
            answer.repositories.extend(names);
        }
    }
}

/// Reads artifacts: of one repository, or of all of a project.
struct Artifacts {
    harbor: Harbor,
    project: String,
    repository: Option<RepositoryName>,
    page: Numbered,
}

impl Reader for Artifacts {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<Artifact>(response)?;
        let goes = self.harbor.goes(self.page, rows.len(), response)?;
        let mut answer = Answer::default();
        let cover = response.cover();
        for row in rows {
            let of = || {
                let name = row.repository()?;
                let is_ours = name.starts_with(&format!("{}/", self.project));
                name.parse().ok().filter(|_| is_ours)
            };
            let repository = self.repository.clone().or_else(of);
            match repository.zip(row.listed(cover)) {
                Some(entry) => answer.entries.push(entry),
                None => answer.dropped.push(row.shown(cover)),
            }
        }
        if let Goes::On(page) = goes {
            let reader = Self {
                harbor: self.harbor.clone(),
                project: self.project.clone(),
                repository: self.repository.clone(),
                page,
            };
            answer.next.push(next(ask, Arc::new(reader)));
        }
        Ok(answer)
    }
}
