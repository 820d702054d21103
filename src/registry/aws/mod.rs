//! Requests that an AWS access key signs, and the password that they lend for the Registry
//! V2 API (Amazon ECR).
//!
//! The secret key signs, and is sent to nobody. One request lends a password that is good
//! for hours; it goes to the registry alone, and another is asked for where it is over or
//! refused.

mod keys;
mod loan;
mod metadata;
mod partition;
mod sigv4;
mod sts;

pub(super) use self::keys::Keys;
pub(super) use self::partition::PARTITIONS;

use serde::Deserialize;

use self::loan::Loans;
use self::sigv4::{Purpose, Signed};
use super::auth::Auth;
use super::error::Attempt;
use super::lenient::{Object, Text};
use super::proof::sensitive;
use crate::http::header::{HeaderName, HeaderValue};
use crate::http::{Http, Request, Response, StatusCode, Url};
use crate::model::{AwsKeys, Class, Failure, Timestamp};

/// The media type of what is asked and answered.
pub(super) const JSON: &str = "application/x-amz-json-1.1";

/// Which action a request asks for.
pub(super) const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// How long after its time a request is taken.
const SIGNED_FOR: i64 = 4 * 60;

/// Where an API of AWS is, and what opens it.
pub(super) struct Aws {
    /// Its origin.
    pub(super) origin: Url,
    region: String,
    /// The way there.
    pub(super) http: Http,
    keys: Keys,
    loans: Loans,
}

impl Aws {
    pub(super) fn new(origin: Url, region: String, http: Http, keys: Keys) -> Self {
        Self {
            origin,
            region,
            http,
            keys,
            loans: Loans::default(),
        }
    }

    /// `request`, signed by `keys` as at this time.
    fn sign(&self, keys: &AwsKeys, at: Timestamp, request: Request) -> Request {
        let purpose = Purpose {
            region: &self.region,
            service: "ecr",
        };
        sign(keys, purpose, at, request)
    }
}

/// `request`, signed by `keys` for `purpose` as at this time.
fn sign(keys: &AwsKeys, purpose: Purpose<'_>, at: Timestamp, request: Request) -> Request {
    let date = sigv4::date(at);
    let mut request = request.with_header(
        HeaderName::from_static("x-amz-date"),
        HeaderValue::from_str(&date).unwrap_or(HeaderValue::from_static("none")),
    );
    if let Some(session) = &keys.session {
        let token = sensitive(session.expose().trim());
        request = request.with_header(HeaderName::from_static("x-amz-security-token"), token);
    }
    let host = match (request.url.host_str(), request.url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let sent = request.headers.iter();
    let sent = sent.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    // Proxies may change what is accepted.
    let mut headers: Vec<(&str, &str)> = sent
        .filter(|(name, _)| name.starts_with("x-amz-") || *name == "content-type")
        .chain([("host", host.as_str())])
        .collect();
    headers.sort_unstable();
    let signed = Signed {
        method: request.method.as_str(),
        headers: &headers,
        body: request.body.as_deref().unwrap_or_default(),
    };
    let authorization = sigv4::authorization(keys, purpose, &date, signed);
    // It is another one each time and opens this one request: it is not learnt as a
    // secret, and nothing shows this header.
    let value = HeaderValue::from_str(&authorization);
    let value = value.unwrap_or(HeaderValue::from_static("none"));
    request.with_header(crate::http::header::AUTHORIZATION, value)
}

impl Auth {
    /// The keys that sign. Where they are refused it is no use to ask for them again; whatever
    /// lends them and cannot be reached, or has too much to do, may answer later.
    async fn keys_of(
        &self,
        aws: &Aws,
        attempt: &Attempt,
        refused: Option<&AwsKeys>,
    ) -> Result<AwsKeys, Failure> {
        if let Some(refused) = &self.state().refused {
            return Err(refused.clone());
        }
        let keys = aws.keys.get(attempt, refused).await;
        if let Err(failure) = &keys
            && failure.class == Class::Authentication
        {
            self.state().refused.get_or_insert_with(|| failure.clone());
        }
        keys
    }

    /// Sends `request` to the API of AWS, signed. Returns whether the key was taken, now or
    /// before.
    pub(super) async fn send_signed(
        &self,
        aws: &Aws,
        attempt: &Attempt,
        request: Request,
    ) -> Result<(Response, bool), Failure> {
        let _turn = self.turn().await;
        let mut is_first = true;
        let mut keys = self.keys_of(aws, attempt, None).await?;
        loop {
            if let Some(refused) = &self.state().refused {
                return Err(refused.clone());
            }
            let at = crate::http::wall_clock();
            let signed = aws.sign(&keys, at, request.clone());
            let sent = aws.http.send(signed).await;
            let response = sent.map_err(|error| attempt.unanswered(&error))?;
            if response.status != StatusCode::UNAUTHORIZED {
                let mut state = self.state();
                // What is refused to somebody is refused to one who is known.
                let is_known = matches!(
                    response.status,
                    StatusCode::OK | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
                );
                state.proven |= is_known && (response.status.is_success() || has_type(&response));
                return Ok((response, state.proven));
            }
            // It may have waited for its turn, or for the registry, until it was too old.
            let now = crate::http::wall_clock();
            if is_first && now.as_second() - at.as_second() >= SIGNED_FOR {
                is_first = false;
                continue;
            }
            // A key that was lent ends, and another one may be had.
            if is_first && aws.keys.are_lent() {
                is_first = false;
                let fresh = self.keys_of(aws, attempt, Some(&keys)).await?;
                if fresh != keys {
                    keys = fresh;
                    continue;
                }
            }
            let failure = self.refusal(attempt, &response);
            let failure = failure.with_hint(hint(&error_type(&response)));
            self.state().refused = Some(failure.clone());
            return Err(failure);
        }
    }
}

/// The class of a refusal by whoever lends keys: one that may be over soon is no word on who
/// asks.
fn class_of(status: StatusCode) -> Class {
    match status.as_u16() {
        408 => Class::Timeout,
        429 => Class::Throttled,
        500.. => Class::Server,
        _ => Class::Authentication,
    }
}

/// What to do where a key is refused for this.
fn hint(error: &str) -> &'static str {
    match error {
        "ExpiredTokenException" | "ExpiredToken" => {
            "the key was lent for a while that is over: get another one, with its session token; \
             nothing is tried again with this"
        }
        "InvalidSignatureException" | "SignatureDoesNotMatch" | "RequestExpired" => {
            "the secret key does not belong to the access key id, or the clock of this host is \
             wrong by minutes; nothing is tried again with this"
        }
        _ => {
            "check the access key id and the secret key; a key that begins with `ASIA` needs its \
             session token as `api-token`, another one has none; nothing is tried again with this"
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    #[serde(rename = "__type")]
    kind: Text,
}

/// The name of an error: `com.amazonaws.x#Name`, `Name` or `Name:http://…`.
fn named(kind: &Text) -> String {
    let kind = kind.uncovered().unwrap_or_default();
    let kind = kind.rsplit('#').next().unwrap_or_default();
    let kind = kind.split(':').next().unwrap_or_default();
    kind.to_owned()
}

fn type_in(body: &[u8]) -> String {
    let refused: Object<Refused> = serde_json::from_slice(body).unwrap_or_default();
    refused
        .get()
        .map_or_else(String::new, |refused| named(&refused.kind))
}

fn error_type(response: &Response) -> String {
    type_in(&response.body)
}

/// Whether the answer is an error of AWS's own, and not of what stands before it.
fn has_type(response: &Response) -> bool {
    !error_type(response).is_empty()
}

/// The status that an error stands for: most come with 400, whatever they are.
pub(super) fn means(status: StatusCode, body: &[u8]) -> StatusCode {
    if status.is_success() {
        return status;
    }
    match type_in(body).as_str() {
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded" => StatusCode::TOO_MANY_REQUESTS,
        "ExpiredTokenException"
        | "ExpiredToken"
        | "IncompleteSignatureException"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "MissingAuthenticationToken"
        | "RequestExpired"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => StatusCode::UNAUTHORIZED,
        "AccessDeniedException"
        | "AccessDenied"
        | "KmsException"
        | "NotAuthorized"
        | "OptInRequired" => StatusCode::FORBIDDEN,
        "RepositoryNotFoundException" | "ImageNotFoundException" => StatusCode::NOT_FOUND,
        "ServerException" | "InternalFailure" | "InternalServerError"
            if !status.is_server_error() =>
        {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        "ServiceUnavailable" | "ServiceUnavailableException" if !status.is_server_error() => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => status,
    }
}

/// A request for an action of the API of Amazon ECR at `origin`.
pub(super) fn ask(origin: &Url, cap: usize, action: &str, body: String) -> Request {
    let target = format!("AmazonEC2ContainerRegistry_V20150921.{action}");
    let target = HeaderValue::from_str(&target).unwrap_or(HeaderValue::from_static("none"));
    Request::post_json(origin.clone(), cap, JSON)
        .with_header(TARGET, target)
        .with_body(zeroize::Zeroizing::new(body))
        .with_meaning(means)
        .staying()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_what_it_says_and_not_what_its_status_says() {
        let body = |kind: &str| format!("{{\"__type\":\"{kind}\",\"message\":\"x\"}}");
        for (kind, status) in [
            ("ThrottlingException", 429),
            ("com.amazonaws.ecr#AccessDeniedException", 403),
            ("RepositoryNotFoundException:http://x/", 404),
            ("ExpiredTokenException", 401),
            ("ServerException", 500),
            ("InvalidParameterException", 400),
        ] {
            let body = body(kind);
            let read = means(StatusCode::BAD_REQUEST, body.as_bytes());
            assert_eq!(read.as_u16(), status, "{kind}");
        }
        let read = |status, body: &[u8]| means(StatusCode::from_u16(status).unwrap(), body);
        assert_eq!(read(502, b"<html>").as_u16(), 502);
        assert_eq!(read(503, body("ServerException").as_bytes()).as_u16(), 503);
        assert_eq!(read(200, body("AccessDenied").as_bytes()).as_u16(), 200);
    }
}
