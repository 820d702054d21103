//! GitFlic.
//!
//! No source of it is public. Its catalogue is asked first; where that is refused, its REST
//! API lists the packages of the projects and companies that the settings name, with a token
//! of its own. What a repository holds is read by the Registry V2 API.

use std::sync::Arc;

use serde::Deserialize;

use super::{KnownApi, Marks, Site, is_below, realm_ends};
use crate::http::header::AUTHORIZATION;
use crate::http::{Request, Response, Url};
use crate::model::{Product, RepositoryName, Stage};
use crate::registry::api::{self, Signing};
use crate::registry::lenient::{List, Number, Object, Text};
use crate::registry::list::{
    self, ANSWER_CAP, Answer, Ask, Goes, Lister, Numbered, Reader, Realm, Refusal,
};
use crate::registry::origin::Named;

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "registry.gitflic.ru"),
    challenge: |challenge| realm_ends(challenge, "/v2/token") && challenge.service.is("service"),
    api: Some(KnownApi {
        place: |site| {
            if site.is_vendors {
                Ok(Named::Vendor("api.gitflic.ru"))
            } else {
                Err("where its REST API is does not follow from the address: set `api`".to_owned())
            }
        },
        signing: |site| {
            if site.has_api_token {
                Ok(Signing::Token {
                    header: AUTHORIZATION,
                    before: "token ",
                    or_password: false,
                })
            } else {
                Err("its REST API wants an access token: set `api-token`".to_owned())
            }
        },
        lister: |site, origin| Ok(Arc::new(Gitflic::new(site, origin))),
    }),
    ..Marks::new("GitFlic", Some(Product::Gitflic))
};

/// Packages of one page.
const PAGE: usize = 100;

/// The REST API of one GitFlic.
struct Gitflic {
    base: Url,
    owners: Vec<Owner>,
}

/// Whose packages are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    /// The path of its packages in the API.
    path: String,
    /// What the names of its repositories begin with.
    prefix: String,
}

impl Gitflic {
    fn new(site: &Site<'_>, origin: &Url) -> Self {
        let mut base = origin.clone();
        base.set_path(site.api.map_or("/", Url::path));
        Self {
            base,
            owners: owners(site.scope.patterns()),
        }
    }
}

/// The projects and companies that the user's names and globs begin with, and the instance.
fn owners(patterns: &[String]) -> Vec<Owner> {
    let of = |pattern: &String| {
        let parts: Vec<&str> = pattern.split('/').collect();
        let (path, prefix) = match parts.as_slice() {
            ["project", owner, project, ..] => (
                format!("registry/project/{owner}/{project}/package"),
                format!("project/{owner}/{project}/"),
            ),
            ["company", company, ..] => (
                format!("registry/company/{company}/package"),
                format!("company/{company}/"),
            ),
            _ => return None,
        };
        let is_literal = !prefix.contains(['*', '?', '[', '{']);
        is_literal.then_some(Owner { path, prefix })
    };
    let mut owners: Vec<Owner> = patterns.iter().filter_map(of).collect();
    if owners.len() < patterns.len() || patterns.is_empty() {
        owners.push(Owner {
            path: "registry/package".to_owned(),
            prefix: String::new(),
        });
    }
    owners.sort_unstable();
    owners.dedup();
    owners
}

impl Lister for Gitflic {
    fn name(&self) -> &'static str {
        "gitflic-api"
    }

    fn is_behind_catalogue(&self) -> bool {
        true
    }

    fn repositories(&self) -> Vec<Ask> {
        let of = |owner: &Owner| {
            let mut url = self.base.clone();
            url.set_path(&format!("{}{}", self.base.path(), owner.path));
            url.query_pairs_mut()
                .append_pair("size", &PAGE.to_string())
                .append_pair("page", "0");
            Ask {
                realm: Realm::Api,
                request: api::json(Request::get(url, ANSWER_CAP)),
                stage: Stage::Catalogue,
                reader: Arc::new(Packages {
                    prefix: owner.prefix.clone(),
                    page: Numbered::default(),
                }),
            }
        };
        self.owners.iter().map(of).collect()
    }

    fn contents(&self, _: &RepositoryName) -> Option<Ask> {
        None
    }
}

/// Reads packages: those that are containers.
struct Packages {
    prefix: String,
    page: Numbered,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    #[serde(rename = "_embedded")]
    embedded: Object<Embedded>,
    page: Object<Numbers>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Embedded {
    simple_package_info_model_list: List<Object<Package>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Numbers {
    total_elements: Number,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Package {
    name: Text,
    #[serde(rename = "type")]
    kind: Text,
    owner_type: Text,
}

impl Reader for Packages {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: Page = list::object(response)?;
        let Some(numbers) = page.page.get() else {
            return Err(Refusal::NoList("it holds no `page`".to_owned()));
        };
        // It is left away where a page has no rows.
        let nothing = Embedded::default();
        let embedded = page.embedded.get().unwrap_or(&nothing);
        let rows = &embedded.simple_package_info_model_list;
        let count = rows.iter().count();
        let total = numbers.total_elements.get();
        let mut answer = Answer::default();
        let cover = response.cover();
        for row in rows.iter().filter_map(Object::get) {
            if !row.kind.is("container") {
                continue;
            }
            // The list of all packages does not say what the others' owners are called.
            let owner = &row.owner_type;
            let is_others = owner.is("PROJECT") || owner.is("COMPANY");
            let is_named = !self.prefix.is_empty() || !is_others;
            let name = row.name.uncovered().unwrap_or_default();
            match format!("{}{name}", self.prefix).parse() {
                Ok(name) if is_named && !row.name.holds_secret(cover) => {
                    answer.repositories.push(name);
                }
                _ => {
                    let shown = row.name.show(cover, 60).unwrap_or_default();
                    answer.dropped.push(if is_named {
                        shown
                    } else {
                        format!(
                            "{shown} (whose owner is not named: add `project/OWNER/PROJECT/**`)"
                        )
                    });
                }
            }
        }
        if let Goes::On(page) = self.page.page(count, PAGE, total, None)? {
            let reader = Self {
                prefix: self.prefix.clone(),
                page,
            };
            let next = list::next_number(ask, "page", 0, Arc::new(reader));
            answer.next.push(next);
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_those_of_the_settings() {
        let paths = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
            let owners = owners(&patterns).into_iter();
            owners.map(|owner| owner.path).collect::<Vec<_>>()
        };
        assert_eq!(paths(&[]), ["registry/package"]);
        assert_eq!(
            paths(&["project/own/prj/**", "project/own/prj/app"]),
            ["registry/project/own/prj/package"]
        );
        assert_eq!(
            paths(&["company/acme/**", "tool"]),
            ["registry/company/acme/package", "registry/package"]
        );
        assert_eq!(paths(&["project/own/**"]), ["registry/package"]);
    }
}
