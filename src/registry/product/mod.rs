//! Which product answers, and what is peculiar to it. One file a product.
//!
//! Every product is a table of marks; what is done with them is here. Nothing in these
//! files sends anything.
//!
//! To add a product:
//!
//! 1. One file here with its `MARKS`: how it is recognised, and what is known of it. Where it
//!    has lists of its own, `api` says where they are, how they are signed, and which
//!    [`Lister`] describes them: the requests as [`Ask`](super::list::Ask)s, and for each a
//!    [`Reader`](super::list::Reader) that turns an answer into names, entries and further
//!    asks. Links, page numbers, tokens and bodies are all further asks; the driver
//!    (`list::walk`) sends them, keeps the guards, and falls back to the Registry V2 API. A
//!    list is read as strangers' JSON is (`lenient`), and nothing of it is shown uncovered.
//! 2. One variant of [`Product`] and a line in `ALL`, unless it is handled as any other.
//! 3. One personality in `simulator/product/`, as strict as the product is.
//! 4. One file of scenarios in `tests/it/products/`, a row in the README's table, and where
//!    there is one a client of the vendor's in `tests/it/personalities/`.

mod acr;
mod artifact_registry;
mod artifactory;
mod docker_hub;
mod ecr;
mod generic;
mod ghcr;
mod gitea;
mod gitflic;
mod gitlab;
mod harbor;
mod nexus;
mod quay;
#[cfg(test)]
mod tests;
mod zot;

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::api::Signing;
use super::challenge::Challenge;
use super::lenient::{Object, Text};
use super::list::{Field, Lister};
use super::origin::Named;
use crate::http::{Headers, Response, Url, Wire};
use crate::model::{
    Credentials, Endpoint, Glob, Host, Product, RegistrySpec, RepositoryName, RepositoryScope,
};

/// What gives a product away.
pub(super) struct Evidence<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) headers: Headers<'a>,
    pub(super) challenges: &'a [Challenge],
}

/// A product: how it is recognised, and what is known of it.
pub(super) struct Marks {
    /// As people call it.
    pub(super) name: &'static str,
    /// `None` for what is handled as any other registry.
    product: Option<Product>,
    /// Whether the host is one of the vendor's own.
    host: fn(&str) -> bool,
    /// Whether the headers of an answer are its.
    headers: fn(Headers<'_>) -> bool,
    /// Whether a challenge is its.
    challenge: fn(&Challenge) -> bool,
    /// Its version, from the headers of any answer.
    version: for<'a> fn(Headers<'a>) -> Option<Wire<'a>>,
    /// What tells more, to everybody.
    pub(super) probe: Option<Probe>,
    /// Whether an answer to a ping, of a product that nothing names, is worth that question.
    suspected: fn(&Response) -> bool,
    /// Whether an empty catalogue may mean that we are not allowed to see any.
    hides_catalogue: bool,
    /// Whether its catalogue has only that to which the sign-in was given a right: what
    /// everybody may read is not among it.
    catalogues_rights: bool,
    /// How it pages its catalogue and its lists of tags.
    catalogue: Paged,
    tags: Paged,
    /// Whether the first component of a name is a store with habits of its own.
    has_stores: bool,
    /// Whether a refusal for asking too much is meant for the account, whatever was asked.
    limits_the_account: bool,
    /// Whether it counts the manifests that are read, so that a digest is asked for first.
    counts_manifests: bool,
    /// Whether reading lists and manifests takes a right named beside that to pull.
    wants_metadata: bool,
    /// What reading a manifest comes to besides, which a crawl is to say.
    reading: Option<&'static str>,
    /// Why nothing is ever deleted by the V2 API, where that is so.
    no_deletion: Option<&'static str>,
    /// Whether its `Allow` names `DELETE` also where deletion is switched off, as that of
    /// CNCF Distribution does.
    allow_is_routing: bool,
    /// Whether its servers hold many registries, each below them.
    holds_many: bool,
    /// Its own API, where that lists what is there.
    api: Option<KnownApi>,
}

/// What is known of a registry when its API is looked for.
pub(super) struct Site<'a> {
    /// The base of its V2 API: the address of the settings.
    pub(super) base: &'a Url,
    /// Where the API is, by the settings.
    pub(super) api: Option<&'a Url>,
    /// The realm that its challenge names, where that was accepted.
    pub(super) realm: Option<&'a Url>,
    /// Whether its host is the vendor's own.
    pub(super) is_vendors: bool,
    /// Whether names begin with the key of a store, and no list names those (Artifactory
    /// Repository Path).
    pub(super) is_by_path: bool,
    /// What the user named.
    pub(super) scope: &'a RepositoryScope,
    /// Whether all that is listed is read, and not only what the user named.
    pub(super) everything: bool,
    /// Entries of one page, by the settings.
    pub(super) page_size: u16,
    /// What signs in to the registry.
    pub(super) credentials: Option<&'a Credentials>,
    /// Whether there is a secret for the API alone.
    pub(super) has_api_token: bool,
    /// Whether `v2/` right below the address was answered as a registry does; `None` where
    /// that was not seen.
    pub(super) speaks_v2: Option<bool>,
}

impl Site<'_> {
    /// `path` of an API at `origin`, below the path that the settings give for it.
    fn below(&self, origin: &Url, path: &str) -> Url {
        let above = self.api.map_or("/", Url::path).trim_end_matches('/');
        let mut url = origin.clone();
        url.set_path(&format!("{above}/{path}"));
        url
    }
}

/// What is known of a product's own API. What cannot be used says why, in words for people.
pub(super) struct KnownApi {
    /// Where it is, where no setting says it.
    pub(super) place: fn(&Site<'_>) -> Result<Named, String>,
    /// How it is signed in to.
    pub(super) signing: fn(&Site<'_>) -> Result<Signing, String>,
    /// What lists, at this origin.
    pub(super) lister: fn(&Site<'_>, &Url) -> Result<Lists, String>,
}

/// What lists.
pub(super) type Lists = Arc<dyn Lister>;

/// What a product is known to do with one kind of list.
#[derive(Clone, Copy)]
struct Paged {
    /// Whether a `Link` comes wherever there is more, so that a missing one is an end.
    always_links: bool,
    /// Whether its cursor is no name, so that a name behind `last` leads nowhere.
    opaque_cursor: bool,
    /// Whether nothing is listed behind a name that is gone, as nothing is behind the last
    /// one: a page that is empty may be no end.
    loses_place: bool,
    /// Where it cuts a list without a word.
    cut: Option<Cut>,
}

/// A length that no list of a product goes beyond, however much there is.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// How many entries there are at most, which are asked for.
    pub(super) at: u16,
    /// What to do about a list of that length.
    pub(super) hint: &'static str,
}

/// Nothing is known.
const UNKNOWN: Paged = Paged {
    always_links: false,
    opaque_cursor: false,
    loses_place: false,
    cut: None,
};

/// A `Link` wherever there is more.
const LINKED: Paged = Paged {
    always_links: true,
    opaque_cursor: false,
    loses_place: false,
    cut: None,
};

/// One question that tells a product, or its version, to everybody.
pub(super) struct Probe {
    /// Its path from the root of the host, for a registry below this base path.
    pub(super) path: fn(base: &str) -> String,
    /// Whether the answer is the product's; its version where it says it.
    read: fn(&Response) -> Option<Told>,
}

/// What a product's answer tells.
pub(super) struct Told {
    /// Its version as it may be shown, where it tells strangers.
    pub(super) version: Option<String>,
}

impl Told {
    /// A product that says this version.
    fn version(version: &Wire<'_>) -> Self {
        Self {
            version: Some(version.show(VERSION).into_string()),
        }
    }

    /// A product that says this version, or none, in the JSON of `response`.
    fn in_json(version: &Text, response: &Response) -> Self {
        Self {
            version: version.show(response.cover(), VERSION),
        }
    }
}

impl Marks {
    /// A product of which nothing but its name is known.
    const fn new(name: &'static str, product: Option<Product>) -> Self {
        Self {
            name,
            product,
            host: |_| false,
            headers: |_| false,
            challenge: |_| false,
            version: |_| None,
            probe: None,
            suspected: |_| false,
            hides_catalogue: false,
            catalogues_rights: false,
            catalogue: UNKNOWN,
            tags: UNKNOWN,
            has_stores: false,
            limits_the_account: false,
            counts_manifests: false,
            wants_metadata: false,
            reading: None,
            no_deletion: None,
            allow_is_routing: false,
            holds_many: false,
            api: None,
        }
    }

    /// The product that the settings can name, if it is one of those.
    pub(super) fn product(&self) -> Option<Product> {
        self.product
    }

    /// What `response` to the probe tells; `None` where it is not of this
    /// product.
    pub(super) fn read(&self, response: &Response) -> Option<Told> {
        (self.probe.as_ref()?.read)(response)
    }
}

/// Longest version shown, in characters.
const VERSION: usize = 60;

/// Every product, those recognised by the surest signs first.
const ALL: [&Marks; 14] = [
    &ecr::MARKS,
    &acr::MARKS,
    &artifact_registry::MARKS,
    &ghcr::MARKS,
    &quay::MARKS,
    &docker_hub::MARKS,
    &gitlab::MARKS,
    &gitflic::MARKS,
    &artifactory::MARKS,
    &nexus::MARKS,
    &harbor::MARKS,
    &zot::MARKS,
    &gitea::MARKS,
    &generic::MARKS,
];

/// What is known of `product`.
fn marks(product: Product) -> &'static Marks {
    let product = match product {
        Product::ArtifactoryPath => Product::Artifactory,
        other => other,
    };
    ALL.into_iter()
        .find(|marks| marks.product == Some(product))
        .unwrap_or(&generic::MARKS)
}

/// Whether both are one product, reached in one way or another.
pub(super) fn is_same(one: Product, other: Product) -> bool {
    marks(one).name == marks(other).name
}

/// The product, where something says it for certain.
pub(super) fn detect(evidence: &Evidence<'_>) -> Option<Product> {
    let by_host = || {
        let Host::Name(host) = evidence.endpoint.host() else {
            return None;
        };
        ALL.into_iter().find(|marks| (marks.host)(host))
    };
    let by_headers = || {
        ALL.into_iter()
            .find(|marks| (marks.headers)(evidence.headers))
    };
    let by_challenge = || {
        let of = |challenge| ALL.into_iter().find(|marks| (marks.challenge)(challenge));
        evidence.challenges.iter().find_map(of)
    };
    by_host().or_else(by_headers).or_else(by_challenge)?.product
}

/// The version, where the product tells everybody.
pub(super) fn version(headers: Headers<'_>) -> Option<String> {
    let version = ALL.into_iter().find_map(|marks| (marks.version)(headers))?;
    Some(version.word()?.show(40).into_string())
}

/// Whether a server of `product` may hold many registries, each below it.
pub(super) fn holds_many(product: Product) -> bool {
    marks(product).holds_many
}

/// The API of `product` that lists, where it has one.
pub(super) fn api(product: Product) -> Option<&'static KnownApi> {
    marks(product).api.as_ref()
}

/// The same credentials of the registry of `spec`, as what they are: AWS has keys in place of
/// passwords.
pub(super) fn as_keys(spec: &RegistrySpec, known: Credentials) -> Credentials {
    ecr::as_keys(spec, known)
}

/// Where an AWS key signs in for the registry of `spec`, whose API is `set`, and in which
/// region, which is `usual` where no host says it; or why nowhere.
pub(super) fn aws_of(
    spec: &RegistrySpec,
    set: Option<&Url>,
    usual: Option<&str>,
) -> Result<(Named, String), String> {
    ecr::aws_of(spec, set, usual)
}

/// The stores that are listed each by itself, by the Registry V2 API too: those that the
/// settings name where no list does.
pub(super) fn stores(product: Option<Product>, scope: &RepositoryScope) -> Vec<String> {
    match product {
        Some(Product::ArtifactoryPath) => artifactory::keys(scope),
        _ => Vec::new(),
    }
}

/// Whether `endpoint` is at a host of `product`'s vendor.
pub(super) fn is_at_vendor(product: Product, endpoint: &Endpoint) -> bool {
    match endpoint.host() {
        Host::Name(host) => (marks(product).host)(host),
        Host::Address(_) => false,
    }
}

/// Whether an empty catalogue from it may mean that we are not allowed to see any.
pub(super) fn hides_catalogue(product: Product) -> bool {
    marks(product).hides_catalogue
}

/// Whether its catalogue has only that to which the sign-in was given a right.
pub(super) fn catalogues_rights(product: Product) -> bool {
    marks(product).catalogues_rights
}

fn paged(product: Product, field: Field) -> Paged {
    let marks = marks(product);
    match field {
        Field::Repositories => marks.catalogue,
        Field::Tags => marks.tags,
    }
}

/// Whether `product` sends a `Link` wherever such a list goes on.
pub(super) fn always_links(product: Product, field: Field) -> bool {
    paged(product, field).always_links
}

/// Whether no name may be sent as `last` for such a list of `product`.
pub(super) fn cursor_is_opaque(product: Product, field: Field) -> bool {
    paged(product, field).opaque_cursor
}

/// Whether an empty page of such a list of `product` may come of a name that is gone.
pub(super) fn loses_place(product: Product, field: Field) -> bool {
    paged(product, field).loses_place
}

/// Where `product` cuts such a list without a word.
pub(super) fn cut(product: Product, field: Field) -> Option<Cut> {
    paged(product, field).cut
}

/// The store behind the registry's address that holds `repository`; empty where there is
/// one only.
pub(super) fn store_of(product: Option<Product>, repository: &RepositoryName) -> &str {
    let has_stores = product.is_some_and(|product| marks(product).has_stores);
    match repository.as_str().split_once('/') {
        Some((store, _)) if has_stores => store,
        _ => "",
    }
}

/// Whether a refusal of `product` for asking too much is meant for the account.
pub(super) fn limits_the_account(product: Product) -> bool {
    marks(product).limits_the_account
}

/// Whether `product` counts the manifests that are read.
pub(super) fn counts_manifests(product: Product) -> bool {
    marks(product).counts_manifests
}

/// Whether tokens of `product` name a right to read lists beside that to pull.
pub(super) fn wants_metadata(product: Product) -> bool {
    marks(product).wants_metadata
}

/// What reading a manifest of `product` comes to besides.
pub(super) fn reading(product: Product) -> Option<&'static str> {
    marks(product).reading
}

/// Why nothing is ever deleted by the V2 API of `product`, where that is so.
pub(super) fn no_deletion(product: Product) -> Option<&'static str> {
    marks(product).no_deletion
}

/// Whether an `Allow` that names `DELETE` tells nothing of whether deletion is switched on.
pub(super) fn allow_is_routing(product: Option<Product>) -> bool {
    marks(product.unwrap_or(Product::Generic)).allow_is_routing
}

/// The version of CNCF Distribution that an answer to a ping hints at.
pub(super) fn hint(response: &Response) -> Option<&'static str> {
    generic::hint(response)
}

/// The products worth asking about: the known one, or those that nothing but a question
/// tells from any other registry.
pub(super) fn candidates(product: Option<Product>) -> Vec<&'static Marks> {
    match product {
        Some(Product::Generic) | None => ALL
            .into_iter()
            .filter(|marks| marks.probe.is_some())
            .collect(),
        Some(product) => vec![marks(product)],
    }
}

/// The owners that the user's names and globs begin with, sorted, each once; and whether what
/// is to be read may have others.
fn owners(site: &Site<'_>) -> (Vec<String>, bool) {
    let of = |pattern: &String| {
        let (owner, rest) = pattern.split_once('/')?;
        (!Glob::is_meant(owner) && !rest.is_empty()).then(|| owner.to_owned())
    };
    let patterns = site.scope.patterns();
    let mut owners: Vec<String> = patterns.iter().filter_map(of).collect();
    let has_others = site.everything || owners.len() < patterns.len();
    owners.sort_unstable();
    owners.dedup();
    (owners, has_others)
}

/// The product that is worth asking about, after an answer to a ping that names none.
pub(super) fn suspected(ping: &Response) -> Option<&'static Marks> {
    ALL.into_iter().find(|marks| (marks.suspected)(ping))
}

/// Whether `host` is `domain` or below it.
fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether it is a Bearer challenge whose realm, without its query, ends in `path`.
fn realm_ends(challenge: &Challenge, path: &str) -> bool {
    let realm = challenge.realm.uncovered().unwrap_or_default();
    let before = realm.split('?').next().unwrap_or(realm);
    challenge.is_bearer() && before.ends_with(path)
}

/// Whether it is the Basic challenge of this realm.
fn is_basic_realm(challenge: &Challenge, realm: &str) -> bool {
    challenge.is_basic() && challenge.realm.is(realm)
}

/// What a successful answer says, where it is a JSON object.
fn json<T: DeserializeOwned>(response: &Response) -> Option<T> {
    if !response.status.is_success() {
        return None;
    }
    let told: Object<T> = serde_json::from_slice(&response.body).ok()?;
    told.into_inner()
}
