//! Amazon ECR, private and public.
//!
//! The API of a private registry lists repositories and what they hold, tagged or not, with
//! digests, sizes and times, and gives manifests a hundred at a time. It is opened by an
//! access key of AWS, which also lends the password of the Registry V2 API. The public
//! gallery's API lists to owners only: V2 lists it.

mod host;
mod image;
mod manifests;

use std::sync::Arc;

use serde::Deserialize;

use host::Hosted;
use image::Detail;

use super::{KnownApi, LINKED, Marks, Paged, Site, UNKNOWN, is_below};
use crate::http::{Request, Response, Url};
use crate::model::{CredentialKind, Credentials, Product, RegistrySpec, RepositoryName, Stage};
use crate::registry::api::Signing;
use crate::registry::aws;
use crate::registry::lenient::{List, Object, Text};
use crate::registry::list::{self, ANSWER_CAP, Answer, Ask, Bulk, Lister, Reader, Realm, Refusal};
use crate::registry::origin::Named;

pub(super) const MARKS: Marks = Marks {
    host: |host| host::of(host).is_some() || is_public(host),
    challenge: |challenge| challenge.service.is("ecr.amazonaws.com"),
    reading: Some(
        "manifests were read, which Amazon ECR may record as pulls, so that their images seem to \
         be in use: exclude this key's role or user by `RegisterPullTimeUpdateExclusion`; each is \
         read once",
    ),
    no_deletion: Some("Amazon ECR deletes by its own API (`BatchDeleteImage`) only"),
    catalogue: Paged {
        opaque_cursor: true,
        ..UNKNOWN
    },
    tags: Paged {
        opaque_cursor: true,
        ..LINKED
    },
    api: Some(KnownApi {
        place: |site| Ok(place(site.base.host_str(), None)?.0),
        signing,
        lister: |site, origin| Ok(Arc::new(Ecr::new(site, origin))),
    }),
    ..Marks::new("Amazon ECR", Some(Product::Ecr))
};

/// The host of the public gallery, and the one that answers over IPv6, too.
const PUBLIC: [&str; 2] = ["public.ecr.aws", "ecr-public.aws.com"];

fn is_public(host: &str) -> bool {
    PUBLIC.iter().any(|known| is_below(host, known))
}

/// The user of passwords that were lent: they open the Registry V2 API, and nothing else.
const BY_PASSWORD: &str = "AWS";

/// The region of services that stand in for those of AWS and have none.
const NO_REGION: &str = "us-east-1";

/// What there is to say of images that can be restored, and not pulled before that.
const ARCHIVED: &str = "images are archived: they are listed with what the API tells of them, and \
                        nothing can be read or pulled of them until they are restored";

/// Entries of one page at most; more is refused.
const MAX_PAGE: u16 = 1000;

/// Where the API of a registry at `host` is, and in which region.
fn place(host: Option<&str>, usual: Option<&str>) -> Result<(Named, String), String> {
    let host = host.unwrap_or_default();
    if is_public(host) {
        return Err("the public gallery's API lists to owners only".to_owned());
    }
    Ok(match host::of(host) {
        Some(hosted) => (Named::VendorIn(hosted.api), hosted.region),
        // What stands in for AWS answers all at one place.
        None => (Named::Own, usual.unwrap_or(NO_REGION).to_owned()),
    })
}

/// Where an access key signs in for the registry of `spec`, whose API is `set`.
pub(super) fn aws_of(
    spec: &RegistrySpec,
    set: Option<&Url>,
    usual: Option<&str>,
) -> Result<(Named, String), String> {
    let host = spec.endpoint.host().to_string();
    if is_public(&host) {
        return Err("the public gallery takes none: set `auth` to `anonymous`".to_owned());
    }
    let (named, region) = place(Some(&host), usual)?;
    match set {
        Some(url) => {
            let hosted = host::of(&host).map(|hosted| hosted.region);
            let region = hosted.or_else(|| host::region_of_api(url.host_str()?));
            let region = region.unwrap_or_else(|| usual.unwrap_or(NO_REGION).to_owned());
            Ok((Named::Setting(url.clone()), region))
        }
        None if named == Named::Own && spec.product != Some(Product::Ecr) => {
            Err("the host is none of Amazon ECR's, and the type is not set".to_owned())
        }
        None => Ok((named, region)),
    }
}

/// The same credentials, as what they are: whose name is not that of lent passwords has an
/// access key. Where nothing says that the registry is Amazon's, its form does.
pub(super) fn as_keys(spec: &RegistrySpec, known: Credentials) -> Credentials {
    let is_ours = match spec.product {
        Some(product) => product == Product::Ecr,
        None => super::is_at_vendor(Product::Ecr, &spec.endpoint) || is_key_id(&known.username),
    };
    let is_key = is_ours && known.username != BY_PASSWORD;
    if is_key && known.kind == CredentialKind::Password {
        Credentials {
            kind: CredentialKind::AwsKeys,
            ..known
        }
    } else {
        known
    }
}

/// Whether it has the form of an access key's id (IAM, "Unique identifiers").
fn is_key_id(name: &str) -> bool {
    let is_kind = name.starts_with("AKIA") || name.starts_with("ASIA");
    let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    is_kind && name.len() >= 16 && name.bytes().all(is_plain)
}

fn signing(site: &Site<'_>) -> Result<Signing, String> {
    match site.credentials {
        Some(known) if known.kind == CredentialKind::AwsKeys => Ok(Signing::Aws),
        Some(_) => Err(
            "a password of the user `AWS` opens the Registry V2 API only: with an access key's id \
             as `username` and its secret key as the password, Amazon ECR's own API lists more, \
             for less"
                .to_owned(),
        ),
        None => Err("Amazon ECR's own API lists to those who sign in only".to_owned()),
    }
}

/// The API of one registry.
#[derive(Clone)]
struct Ecr {
    origin: Url,
    size: u16,
    /// Whose registry it is, where its host says it: that may be another account than the
    /// key's.
    account: Option<String>,
}

impl Ecr {
    fn new(site: &Site<'_>, origin: &Url) -> Self {
        let hosted = site.base.host_str().and_then(host::of);
        Self {
            origin: origin.clone(),
            size: site.page_size.clamp(1, MAX_PAGE),
            account: hosted.map(|Hosted { account, .. }| account),
        }
    }

    /// A request for `action` with these fields of its body, each a name and a JSON value.
    fn request(&self, action: &str, fields: &[(&str, String)]) -> Request {
        let account = self.account.as_ref().map(|id| ("registryId", quoted(id)));
        let fields = account.iter().chain(fields);
        let fields: Vec<String> = fields
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        let body = format!("{{{}}}", fields.join(","));
        aws::ask(&self.origin, ANSWER_CAP, action, body)
    }

    fn ask(
        &self,
        action: &'static str,
        repository: Option<&RepositoryName>,
        next: Option<&str>,
    ) -> Ask {
        let mut fields = vec![("maxResults", self.size.to_string())];
        if let Some(repository) = repository {
            fields.push(("repositoryName", quoted(repository.as_str())));
            // Those that are archived are left out where nobody asks for them.
            fields.push(("filter", r#"{"imageStatus":"ANY"}"#.to_owned()));
        }
        if let Some(next) = next {
            fields.push(("nextToken", quoted(next)));
        }
        Ask {
            realm: Realm::Api,
            request: self.request(action, &fields),
            stage: match repository {
                Some(_) => Stage::Tags,
                None => Stage::Catalogue,
            },
            reader: match repository {
                Some(name) => Arc::new(Images {
                    ecr: self.clone(),
                    repository: name.clone(),
                }),
                None => Arc::new(Repositories(self.clone())),
            },
        }
    }
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    // Text can always be written.
    serde_json::to_string(text).unwrap_or_default()
}

impl Lister for Ecr {
    fn name(&self) -> &'static str {
        "ecr-api"
    }

    fn instead_of_catalogue(&self) -> Option<&'static str> {
        Some(
            "give the key `ecr:DescribeRepositories`, `ecr:DescribeImages`, `ecr:BatchGetImage`, \
             `ecr:GetDownloadUrlForLayer` and `ecr:GetAuthorizationToken`, or name the \
             repositories to load",
        )
    }

    fn repositories(&self) -> Vec<Ask> {
        vec![self.ask("DescribeRepositories", None, None)]
    }

    fn contents(&self, repository: &RepositoryName) -> Option<Ask> {
        Some(self.ask("DescribeImages", Some(repository), None))
    }

    fn tells_empty(&self) -> bool {
        true
    }

    fn lists_untagged(&self) -> bool {
        true
    }

    fn lists_children(&self) -> bool {
        true
    }

    fn bulk(&self) -> Option<&dyn Bulk> {
        Some(self)
    }
}

/// Reads a page of repositories.
struct Repositories(Ecr);

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RepositoriesPage {
    repositories: List<Object<Repository>>,
    next_token: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Repository {
    repository_name: Text,
}

/// The rows of a page, which must be there and objects all.
fn rows<T>(list: List<Object<T>>, name: &str) -> Result<Vec<T>, Refusal> {
    let none = || Refusal::NoList(format!("it has no `{name}`"));
    let rows = list.into_inner().ok_or_else(none)?.into_iter();
    let rows: Option<Vec<T>> = rows.map(Object::into_inner).collect();
    rows.ok_or_else(|| Refusal::NoList("it holds what is no object".to_owned()))
}

/// Where the list goes on.
fn behind(next: &Text) -> Option<&str> {
    next.uncovered().filter(|next| !next.is_empty())
}

impl Reader for Repositories {
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: RepositoriesPage = list::object(response)?;
        let cover = response.cover();
        let mut answer = Answer::default();
        for row in rows(page.repositories, "repositories")? {
            let name = &row.repository_name;
            match name.parse().filter(|_| !name.holds_secret(cover)) {
                Some(parsed) => answer.repositories.push(parsed),
                None => answer.dropped.push(shown(name, response)),
            }
        }
        let next = behind(&page.next_token);
        let next = next.map(|next| self.0.ask("DescribeRepositories", None, Some(next)));
        answer.next.extend(next);
        Ok(answer)
    }
}

/// A name as messages show it.
fn shown(name: &Text, response: &Response) -> String {
    let shown = name.show(response.cover(), 80);
    shown.unwrap_or_else(|| "an entry without a name".to_owned())
}

/// Reads a page of what a repository holds.
struct Images {
    ecr: Ecr,
    repository: RepositoryName,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ImagesPage {
    image_details: List<Object<Detail>>,
    next_token: Text,
}

impl Reader for Images {
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: ImagesPage = list::object(response)?;
        let cover = response.cover();
        let mut answer = Answer::default();
        for row in rows(page.image_details, "imageDetails")? {
            match row.listed(cover) {
                Some(listed) => answer.entries.push((self.repository.clone(), listed)),
                None => answer.dropped.push(shown(&row.image_digest, response)),
            }
            if row.is_archived() {
                answer.notes = vec![ARCHIVED.to_owned()];
            }
            let strange = row.strange(cover);
            let strange = strange.map(|tag| shown(tag, response));
            answer.dropped.extend(strange);
        }
        let next = behind(&page.next_token);
        let next = next.map(|next| {
            let repository = Some(&self.repository);
            self.ecr.ask("DescribeImages", repository, Some(next))
        });
        answer.next.extend(next);
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    const HOST: &str = "https://123456789012.dkr.ecr.eu-central-1.amazonaws.com";

    fn spec(address: &str, product: Option<Product>) -> RegistrySpec {
        let address = address.parse().unwrap();
        let mut spec = RegistrySpec::new("hub".parse().unwrap(), address);
        spec.product = product;
        spec
    }

    #[test]
    fn a_key_is_told_from_a_password_by_its_name_and_where_it_goes() {
        let key = "AKIAIOSFODNN7EXAMPLE";
        for (address, product, name, is_key) in [
            (HOST, None, key, true),
            (HOST, None, "anything", true),
            (HOST, None, "AWS", false),
            ("https://public.ecr.aws", None, key, true),
            ("https://hub.example", None, key, true),
            ("https://hub.example", None, "akia", false),
            ("https://hub.example", None, "AKIAfODNN7EXAMPLE0000", false),
            ("https://hub.example", Some(Product::Ecr), "test", true),
            ("https://hub.example", Some(Product::Ecr), "AWS", false),
            // Whoever says that it is another product knows better than a form.
            ("https://hub.example", Some(Product::Harbor), key, false),
        ] {
            let known = Credentials::new(name, Secret::new("x"));
            let known = as_keys(&spec(address, product), known);
            let wanted = known.kind == CredentialKind::AwsKeys;
            assert_eq!(wanted, is_key, "{address} {product:?} {name}");
        }
    }

    #[test]
    fn a_key_goes_to_the_api_of_the_region_or_where_the_settings_say() {
        let ecr = Some(Product::Ecr);
        let set: Url = "http://127.0.0.1:5000/".parse().unwrap();
        let set_in: Url = "https://vpce-1.api.ecr.eu-west-3.vpce.amazonaws.com/"
            .parse()
            .unwrap();
        let api = Named::VendorIn("api.ecr.eu-central-1.amazonaws.com".to_owned());
        let said = |url: &Url| Named::Setting(url.clone());
        for (address, product, set, usual, wanted) in [
            (HOST, None, None, Some("x"), Ok((api, "eu-central-1"))),
            (
                HOST,
                None,
                Some(&set),
                None,
                Ok((said(&set), "eu-central-1")),
            ),
            (
                "https://hub.example",
                ecr,
                Some(&set_in),
                None,
                Ok((said(&set_in), "eu-west-3")),
            ),
            (
                "https://hub.example",
                ecr,
                Some(&set),
                Some("eu-west-1"),
                Ok((said(&set), "eu-west-1")),
            ),
            (
                "https://hub.example",
                ecr,
                None,
                None,
                Ok((Named::Own, NO_REGION)),
            ),
            (
                "https://hub.example",
                None,
                None,
                None,
                Err("none of Amazon"),
            ),
            (
                "https://public.ecr.aws",
                None,
                None,
                None,
                Err("public gallery"),
            ),
        ] {
            let found = aws_of(&spec(address, product), set, usual);
            match (found, wanted) {
                (Ok((named, region)), Ok(wanted)) => {
                    assert_eq!((named, region.as_str()), wanted, "{address}");
                }
                (Err(why), Err(wanted)) => assert!(why.contains(wanted), "{why}"),
                (found, _) => panic!("{address}: {found:?}"),
            }
        }
    }

    #[test]
    fn the_registry_of_another_account_is_named_in_each_request() {
        let ecr = Ecr {
            origin: "https://api.ecr.eu-central-1.amazonaws.com/"
                .parse()
                .unwrap(),
            size: 100,
            account: Some("123456789012".to_owned()),
        };
        let name = "team/app".parse().unwrap();
        let ask = ecr.ask("DescribeImages", Some(&name), Some("a\"b=="));
        let body = ask.request.body.unwrap();
        assert_eq!(
            &body[..],
            br#"{"registryId":"123456789012","maxResults":100,"repositoryName":"team/app","filter":{"imageStatus":"ANY"},"nextToken":"a\"b=="}"#
        );
    }
}
