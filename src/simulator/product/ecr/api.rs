//! The actions of the API that read (botocore, `ecr/2015-09-21/service-2.json`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{API, Ecr, EcrKey, TARGET, answered, refused};
use crate::model::Timestamp;
use crate::simulator::answer::Answer;
use crate::simulator::asked::Asked;
use crate::simulator::content::Held;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::token::Issued;

/// What is answered, or the refusal of it.
type Answered<T = Answer> = Result<T, Box<Answer>>;

/// Entries of one page where nobody says, and at most.
const USUAL_PAGE: usize = 100;
const MOST_A_PAGE: u64 = 1000;
/// Images of one request at most.
const MOST_IMAGES: usize = 100;

/// A time as JSON 1.1 has it.
fn time(at: Timestamp) -> Value {
    json!(at.as_millisecond() as f64 / 1000.0)
}

fn invalid(message: &str) -> Box<Answer> {
    refused("InvalidParameterException", message)
}

/// A page of `rows`, and what asks for the next; `of` tells one list from another.
fn paged(rows: Vec<(String, Value)>, of: &str, body: &Value) -> Answered<(Vec<Value>, Value)> {
    let size = match &body["maxResults"] {
        Value::Null => USUAL_PAGE,
        size => match size.as_u64() {
            Some(size @ 1..=MOST_A_PAGE) => usize::try_from(size).unwrap_or(USUAL_PAGE),
            _ => {
                return Err(invalid(
                    "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must \
                     have value less than or equal to 1000'",
                ));
            }
        },
    };
    let last = match &body["nextToken"] {
        Value::Null => None,
        token => {
            let decoded = token.as_str().and_then(|text| STANDARD.decode(text).ok());
            let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            let behind = decoded.and_then(|text| Some(text.strip_prefix(of)?.to_owned()));
            Some(behind.ok_or_else(|| invalid("Invalid parameter at 'nextToken'"))?)
        }
    };
    let mut rows = rows;
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows.retain(|(key, _)| last.as_ref().is_none_or(|last| key > last));
    let is_more = rows.len() > size;
    rows.truncate(size);
    let behind = rows.last().filter(|_| is_more);
    let next = behind.map_or(Value::Null, |(key, _)| {
        json!(STANDARD.encode(format!("{of}{key}")))
    });
    Ok((rows.into_iter().map(|(_, row)| row).collect(), next))
}

impl Ecr {
    pub(super) fn api(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        let target = asked.header(TARGET).unwrap_or_default();
        let Some(action) = target.strip_prefix(API) else {
            return answered(400, &json!({ "__type": "UnknownOperationException" })).into();
        };
        let key = match self.signer(asked) {
            Ok(key) => key,
            Err(refusal) => {
                registry.count_failure();
                return (*refusal).into();
            }
        };
        let Ok(body @ Value::Object(_)) = serde_json::from_slice(&asked.body) else {
            return answered(400, &json!({ "__type": "SerializationException" })).into();
        };
        if action == "GetAuthorizationToken" {
            return self.lend(key, registry);
        }
        let said = self.say(key, action, &body, registry);
        said.unwrap_or_else(|refusal| *refusal).into()
    }

    fn say(&self, key: &EcrKey, action: &str, body: &Value, registry: &Registry) -> Answered {
        let others = body["registryId"].as_str().filter(|id| *id != self.account);
        if let Some(other) = others {
            let what = format!("The registry with id '{other}' does not exist");
            return Err(refused("RepositoryNotFoundException", &what));
        }
        let content = registry.content();
        let repository = body["repositoryName"].as_str();
        if !key.may(action, repository) {
            let what = key.not_authorized(self, action, repository);
            return Err(refused("AccessDeniedException", &what));
        }
        if action == "DescribeRepositories" {
            let named = body["repositoryNames"].as_array();
            let names = content.names().into_iter();
            let names = names.filter(|name| named.is_none_or(|all| all.contains(&json!(name))));
            let rows = names.map(|name| {
                let row = self.repository(&name);
                (name, row)
            });
            let (rows, next) = paged(rows.collect(), action, body)?;
            return Ok(page("repositories", &rows, next));
        }
        let Some(repository) = repository else {
            return Err(invalid("Missing required parameter 'repositoryName'"));
        };
        if !content.has(repository) {
            let what = format!(
                "The repository with name '{repository}' does not exist in the registry with id \
                 '{}'",
                self.account
            );
            return Err(refused("RepositoryNotFoundException", &what));
        }
        let held = content.held(repository);
        let list = format!("{action}/{repository}/");
        match action {
            "DescribeImages" => {
                let held_here = held.iter().filter(|held| self.is_wanted(held, body));
                let rows = held_here.map(|one| {
                    let digest = one.stored.digest.to_string();
                    (digest, self.detail(repository, one, &held))
                });
                let (rows, next) = paged(rows.collect(), &list, body)?;
                Ok(page("imageDetails", &rows, next))
            }
            "ListImages" => {
                let held_here = held.iter().filter(|held| self.is_wanted(held, body));
                let rows = held_here.flat_map(|held| {
                    let digest = held.stored.digest.to_string();
                    let tags = held.tags.iter().map(|(tag, _)| Some(tag));
                    let none = held.tags.is_empty().then_some(None);
                    let rows: Vec<(String, Value)> = tags
                        .chain(none)
                        .map(|tag| {
                            let mut row = json!({ "imageDigest": digest });
                            if let Some(tag) = tag {
                                row["imageTag"] = json!(tag);
                            }
                            let tag = tag.map_or("", String::as_str);
                            (format!("{digest}/{tag}"), row)
                        })
                        .collect();
                    rows
                });
                let (rows, next) = paged(rows.collect(), &list, body)?;
                Ok(page("imageIds", &rows, next))
            }
            "BatchGetImage" => self.images(repository, body, &held),
            _ => Err(refused("UnknownOperationException", "")),
        }
    }

    fn repository(&self, name: &str) -> Value {
        let (account, region) = (&self.account, &self.region);
        json!({
            "repositoryArn": format!("arn:aws:ecr:{region}:{account}:repository/{name}"),
            "registryId": account,
            "repositoryName": name,
            "repositoryUri": format!("{account}.dkr.ecr.{region}.amazonaws.com/{name}"),
            "createdAt": 1_724_233_600.123,
            "imageTagMutability": "MUTABLE",
            "imageScanningConfiguration": { "scanOnPush": false },
            "encryptionConfiguration": { "encryptionType": "AES256" },
        })
    }

    /// Whether a list with the filter of `body` holds it.
    fn is_wanted(&self, held: &Held, body: &Value) -> bool {
        let filter = |name: &str| body["filter"][name].as_str();
        let is_tagged = match filter("tagStatus") {
            Some("TAGGED") => !held.tags.is_empty(),
            Some("UNTAGGED") => held.tags.is_empty(),
            _ => true,
        };
        let status = filter("imageStatus").unwrap_or("ACTIVE");
        is_tagged && (status == "ANY" || status == self.status(held))
    }

    fn status(&self, held: &Held) -> &'static str {
        if self.is_archived(&held.stored.digest) {
            "ARCHIVED"
        } else {
            "ACTIVE"
        }
    }

    /// An index is as large as the largest of its children.
    fn detail(&self, repository: &str, held: &Held, all: &[Held]) -> Value {
        let document = held.document();
        let size = match document["manifests"].as_array() {
            Some(children) => {
                let is_child = |held: &&Held| {
                    let digest = json!(held.stored.digest.to_string());
                    children.iter().any(|child| child["digest"] == digest)
                };
                let children = all.iter().filter(is_child);
                children.map(Held::counted_size).max().unwrap_or(0)
            }
            None => held.counted_size(),
        };
        let mut row = json!({
            "registryId": self.account,
            "repositoryName": repository,
            "imageDigest": held.stored.digest.to_string(),
            "imageSizeInBytes": size,
            "imagePushedAt": time(held.facts.pushed),
            "imageManifestMediaType": held.stored.media_type,
            "imageStatus": self.status(held),
        });
        if !held.tags.is_empty() {
            row["imageTags"] = held.tags.iter().map(|(tag, _)| json!(tag)).collect();
        }
        if let Some(pulled) = held.facts.pulled {
            row["lastRecordedPullTime"] = time(pulled);
        }
        if let Some(config) = document["config"]["mediaType"].as_str() {
            row["artifactMediaType"] = json!(config);
        }
        row
    }

    /// Manifests as they are; what is not there, or of no type that is accepted, is told
    /// beside them.
    fn images(&self, repository: &str, body: &Value, held: &[Held]) -> Answered {
        let ids = body["imageIds"].as_array().cloned().unwrap_or_default();
        if ids.is_empty() || ids.len() > MOST_IMAGES {
            return Err(invalid(
                "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have \
                 length less than or equal to 100'",
            ));
        }
        let accepted = body["acceptedMediaTypes"].as_array();
        let (mut images, mut failures) = (Vec::new(), Vec::new());
        for id in ids {
            let is_it = |held: &&Held| {
                let has = |tag: &str| held.tags.iter().any(|(known, _)| known == tag);
                match (id["imageDigest"].as_str(), id["imageTag"].as_str()) {
                    (Some(digest), _) => held.stored.digest.to_string() == digest,
                    (None, tag) => tag.is_some_and(has),
                }
            };
            let is_accepted = |held: &&Held| {
                accepted.is_none_or(|all| all.contains(&json!(held.stored.media_type)))
            };
            let is_kept = |held: &&Held| !self.is_archived(&held.stored.digest);
            match held.iter().filter(is_kept).find(is_it).filter(is_accepted) {
                Some(held) => {
                    let text = std::str::from_utf8(&held.stored.body).unwrap_or_default();
                    let mut image_id = json!({ "imageDigest": held.stored.digest.to_string() });
                    if let Some((tag, _)) = held.tags.first() {
                        image_id["imageTag"] = json!(tag);
                    }
                    images.push(json!({
                        "registryId": self.account,
                        "repositoryName": repository,
                        "imageId": image_id,
                        "imageManifest": text,
                        "imageManifestMediaType": held.stored.media_type,
                    }));
                }
                None => failures.push(json!({
                    "imageId": id,
                    "failureCode": "ImageNotFound",
                    "failureReason": "Requested image not found",
                })),
            }
        }
        Ok(answered(
            200,
            &json!({ "images": images, "failures": failures }),
        ))
    }

    /// A password for `/v2`, which is good for whatever the key may.
    fn lend(&self, key: &EcrKey, registry: &Registry) -> Reply {
        let action = "GetAuthorizationToken";
        if !key.may(action, None) {
            let what = key.not_authorized(self, action, None);
            return (*refused("AccessDeniedException", &what)).into();
        }
        let seed = registry.behaviour().seed;
        let id = &key.user.name;
        let opens = vec![super::v2::anything(id)];
        let lent = registry
            .tokens()
            .hand_out(seed, self.password_uses, opens, id);
        let Issued::Token(password) = lent else {
            return (*refused("ThrottlingException", "Rate exceeded")).into();
        };
        let region = &self.region;
        let body = json!({
            "authorizationData": [{
                "authorizationToken": STANDARD.encode(format!("AWS:{password}")),
                "expiresAt": self.password_ends,
                "proxyEndpoint":
                    format!("https://{}.dkr.ecr.{region}.amazonaws.com", self.account),
            }],
        });
        Reply {
            answer: answered(200, &body),
            token: Some((password, self.password_lifetime)),
        }
    }
}

fn page(name: &str, rows: &[Value], next: Value) -> Answer {
    let mut body = json!({ name: rows });
    if !next.is_null() {
        body["nextToken"] = next;
    }
    answered(200, &body)
}
