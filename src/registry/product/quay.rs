//! Quay, and Red Hat Quay.
//!
//! Its catalogue is asked first: it has all to which the sign-in was given a right. What is
//! everybody's to pull is not among it, and its API lists that by namespace, as it does for
//! nobody. What a repository holds the API lists with digests,
//! times and ends of tags. That API takes an OAuth access token and nothing else; who brings
//! a wrong one is a stranger to it, and is not told so.

use std::sync::Arc;

use serde::Deserialize;

use super::{
    KnownApi, LINKED, Marks, Paged, Probe, Site, Told, is_below, json, owners, realm_ends,
};
use crate::http::header::AUTHORIZATION;
use crate::http::{Cover, Response, Url};
use crate::model::{
    CredentialKind, Digest, ImageFacts, Product, RepositoryName, Stage, Tag, Timestamp,
};
use crate::registry::api::Signing;
use crate::registry::lenient::{Flag, List, Number, Object, Text};
use crate::registry::list::{
    self, Answer, Ask, Listed, Lister, Reader, Realm, Refusal, SignInRefused,
};
use crate::registry::origin::Named;

pub(super) const MARKS: Marks = Marks {
    host: |host| is_below(host, "quay.io"),
    challenge: |challenge| realm_ends(challenge, "/v2/auth"),
    // A description of its API; the version in it is the API's.
    probe: Some(Probe {
        path: |_| "api/v1/discovery".to_owned(),
        read: |response| {
            let told: Discovery = json(response)?;
            let title = &told.info.get()?.title;
            title.contains("Quay").then_some(Told { version: None })
        },
    }),
    hides_catalogue: true,
    catalogues_rights: true,
    // Its catalogue's cursor is encrypted.
    catalogue: Paged {
        opaque_cursor: true,
        ..LINKED
    },
    tags: LINKED,
    api: Some(KnownApi {
        place: |_| Ok(Named::Own),
        signing,
        lister: |site, origin| Ok(Arc::new(Quay::new(site, origin))),
    }),
    ..Marks::new("Quay", Some(Product::Quay))
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Discovery {
    info: Object<Info>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Info {
    title: Text,
}

/// The user name by which the registry takes an OAuth access token as password.
const BY_OAUTH: &str = "$oauthtoken";

/// The API takes OAuth access tokens; to others it says what it says to everybody.
fn signing(site: &Site<'_>) -> Result<Signing, String> {
    let by_token = |or_password| Signing::Token {
        header: AUTHORIZATION,
        before: "Bearer ",
        or_password,
    };
    match site.credentials {
        _ if site.has_api_token => Ok(by_token(false)),
        Some(known) if known.kind == CredentialKind::Password && known.username == BY_OAUTH => {
            Ok(by_token(true))
        }
        Some(_) => Err(
            "Quay's API takes an OAuth access token, and no password or robot: set \
                        `api-token` to one with `repo:read` and `user:read`"
                .to_owned(),
        ),
        None => Ok(Signing::Nobody),
    }
}

/// Tags of one page at most; a wish for more is cut to it.
const PAGE: u16 = 100;

/// The API of one Quay.
#[derive(Clone)]
struct Quay {
    base: Url,
    size: u16,
    is_signed_in: bool,
    /// The namespaces that the settings name.
    named: Vec<String>,
    /// Whether there may be others.
    has_others: bool,
}

impl Quay {
    fn new(site: &Site<'_>, origin: &Url) -> Self {
        let (named, has_others) = owners(site);
        Self {
            base: site.below(origin, "api/v1/"),
            size: site.page_size.clamp(1, PAGE),
            is_signed_in: signing(site).is_ok_and(|signing| !matches!(signing, Signing::Nobody)),
            named,
            has_others,
        }
    }

    fn ask(
        &self,
        path: &str,
        query: &[(&str, &str)],
        stage: Stage,
        reader: Arc<dyn Reader>,
    ) -> Ask {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", url.path()));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ask::get(Realm::Api, url, stage, reader)
    }

    /// What lists the repositories of a namespace.
    fn namespace(&self, name: &str) -> Ask {
        let query = [("namespace", name), ("public", "true")];
        let reader = Arc::new(Repositories);
        self.ask("repository", &query, Stage::Catalogue, reader)
    }
}

impl Lister for Quay {
    fn name(&self) -> &'static str {
        "quay-api"
    }

    fn is_behind_catalogue(&self) -> bool {
        true
    }

    fn beside_catalogue(&self) -> Vec<Ask> {
        self.named.iter().map(|name| self.namespace(name)).collect()
    }

    fn instead_of_catalogue(&self) -> Option<&'static str> {
        Some(
            "Quay lists to those who sign in: set `username` to a robot (ORG+NAME) that may read, \
             or to `$oauthtoken` with an OAuth access token as password; of a namespace that \
             everybody may see, name its repositories, `NAMESPACE/**`",
        )
    }

    fn repositories(&self) -> Vec<Ask> {
        if self.is_signed_in {
            // Also where all namespaces are named: it alone shows that the token is right.
            let reader = Arc::new(Me(self.clone()));
            return vec![self.ask("user/", &[], Stage::Catalogue, reader)];
        }
        self.named.iter().map(|name| self.namespace(name)).collect()
    }

    fn contents(&self, repository: &RepositoryName) -> Option<Ask> {
        let size = self.size.to_string();
        let query = [
            ("onlyActiveTags", "true"),
            ("limit", size.as_str()),
            ("page", "1"),
        ];
        let path = format!("repository/{repository}/tag/");
        let reader = Arc::new(Tags(repository.clone()));
        Some(self.ask(&path, &query, Stage::Tags, reader))
    }
}

/// What a token comes to that is none.
const NOT_SIGNED_IN: SignInRefused = SignInRefused {
    why: "Quay's API answers as to a stranger: the access token is wrong, or it has expired",
    hint: "make an OAuth access token in an application of the organization, with `repo:read` and \
           `user:read`; nothing is tried again with this one",
};

/// Reads who signed in, and asks for what the namespaces of that user hold.
struct Me(Quay);

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    anonymous: Flag,
    username: Text,
    organizations: List<Object<Organization>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Organization {
    name: Text,
}

impl Reader for Me {
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let user: User = list::object(response)?;
        if user.anonymous.is_set() || user.username.is_empty() {
            return Err(Refusal::NotSignedIn(NOT_SIGNED_IN));
        }
        let quay = &self.0;
        let mut names = quay.named.clone();
        if quay.has_others {
            let organizations = user.organizations.iter().filter_map(Object::get);
            let all = organizations.map(|organization| &organization.name);
            let all = all.chain([&user.username]).filter_map(Text::uncovered);
            names.extend(all.map(str::to_owned));
            names.sort_unstable();
            names.dedup();
        }
        Ok(Answer {
            found: 1,
            // A right to one repository alone makes nobody a member of its organization.
            is_open: true,
            next: names.iter().map(|name| quay.namespace(name)).collect(),
            ..Answer::default()
        })
    }
}

/// Reads the repositories of a namespace.
struct Repositories;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    repositories: List<Object<Repository>>,
    next_page: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Repository {
    namespace: Text,
    name: Text,
    kind: Text,
}

impl Reader for Repositories {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: Page = list::object(response)?;
        if !page.repositories.is_there() {
            return Err(Refusal::NoList("it holds no `repositories`".to_owned()));
        }
        let mut answer = Answer {
            is_open: true,
            ..Answer::default()
        };
        let cover = response.cover();
        for row in page.repositories.iter() {
            let Some(row) = row.get() else {
                return Err(Refusal::NoList("it holds what is no object".to_owned()));
            };
            // Applications hold no images.
            if row.kind.is("application") {
                continue;
            }
            let part = |text: &Text| text.uncovered().unwrap_or_default().to_owned();
            let name = format!("{}/{}", part(&row.namespace), part(&row.name));
            match name.parse() {
                Ok(name) if !row.name.holds_secret(cover) => answer.repositories.push(name),
                _ => answer.dropped.push(cover.show(&name, 80).into_string()),
            }
        }
        if let Some(token) = page.next_page.uncovered() {
            let mut next = ask.clone();
            next.request.url = list::with_parameter(&ask.request.url, "next_page", token);
            answer.next.push(next);
        }
        Ok(answer)
    }
}

/// Reads the tags of a repository that name something.
struct Tags(RepositoryName);

#[derive(Default, Deserialize)]
#[serde(default)]
struct TagPage {
    tags: List<Object<TagRow>>,
    has_additional: Flag,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TagRow {
    name: Text,
    manifest_digest: Text,
    is_manifest_list: Flag,
    start_ts: Number,
    end_ts: Number,
    immutable: Flag,
}

impl TagRow {
    fn listed(&self, tag: Tag, cover: &Cover) -> Option<Listed> {
        let digest: Digest = self.manifest_digest.parse()?;
        let at = |number: &Number| {
            let second = i64::try_from(number.get()?).ok()?;
            Timestamp::from_second(second).ok()
        };
        let immutable = self.immutable.is_set().then(|| tag.clone());
        (!self.manifest_digest.holds_secret(cover)).then(|| Listed {
            tags: vec![tag],
            digest,
            is_index: self.is_manifest_list.is_set(),
            // It tells no platform, and no date of its own.
            told: list::Told::Nothing,
            facts: ImageFacts {
                pushed: at(&self.start_ts),
                expires: at(&self.end_ts),
                immutable: immutable.into_iter().collect(),
                ..ImageFacts::default()
            },
        })
    }
}

impl Reader for Tags {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: TagPage = list::object(response)?;
        if !page.tags.is_there() {
            return Err(Refusal::NoList("it holds no `tags`".to_owned()));
        }
        let mut answer = Answer {
            is_open: list::is_later_page(ask),
            ..Answer::default()
        };
        let cover = response.cover();
        for row in page.tags.iter() {
            let Some(row) = row.get() else {
                return Err(Refusal::NoList("it holds what is no object".to_owned()));
            };
            let tag: Option<Tag> = row.name.parse().filter(|_| !row.name.holds_secret(cover));
            let Some(tag) = tag else {
                let name = row.name.uncovered().unwrap_or_default();
                answer.dropped.push(cover.show(name, 80).into_string());
                continue;
            };
            match row.listed(tag.clone(), cover) {
                Some(listed) => answer.entries.push((self.0.clone(), listed)),
                // Old images have no digest here.
                None => answer.tags.push((self.0.clone(), tag)),
            }
        }
        if page.has_additional.is_set() {
            let reader = Arc::new(Self(self.0.clone()));
            answer.next.push(list::next_number(ask, "page", 1, reader));
        }
        Ok(answer)
    }
}
