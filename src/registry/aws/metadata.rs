//! Keys that are lent to containers and hosts by a service right beside them. It is asked
//! without a proxy, for a short while, and only where that place was chosen.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::keys::Keys;
use crate::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use crate::http::{Http, Method, Request, Response, Url};
use crate::model::{AwsKeys, Class, Failure, ProxyChoice, RegistrySpec, Secret, Stage};
use crate::registry::error::Attempt;
use crate::registry::lenient::{Object, Text};
use crate::registry::proof::sensitive;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Most bytes of an answer.
const CAP: usize = 64 * 1024;

/// Where hosts ask.
const INSTANCE: &str = "http://169.254.169.254";

/// Hosts that lend to containers in plain text, besides the loopback.
const CONTAINERS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Lent {
    access_key_id: Text,
    secret_access_key: Text,
    token: Text,
    expiration: Text,
}

fn failed(attempt: &Attempt, why: &str, hint: &str) -> Failure {
    let failure = attempt.failure(Class::Authentication, why);
    failure.with_hint(hint)
}

/// The way to it: without a proxy, and without what is set for the registry.
fn way(attempt: &Attempt, keys: &Keys, url: &Url) -> Result<Http, Failure> {
    let endpoint = url.origin().ascii_serialization().parse();
    let endpoint = endpoint.map_err(|_| failed(attempt, "that is no address", HINT))?;
    let mut spec = RegistrySpec::new(keys.spec.name.clone(), endpoint);
    spec.proxy = ProxyChoice::Off;
    let way = Http::new(&spec);
    let way = way.map_err(|error| attempt.unanswered(&error))?;
    Ok(way.without_retries())
}

const HINT: &str = "nothing lends keys here: name a profile as `username`, or set \
                    `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`";

async fn send(http: &Http, attempt: &Attempt, request: Request) -> Result<Response, Failure> {
    let sent = http.send(request.staying()).await;
    let response = sent.map_err(|error| attempt.unanswered(&error).with_hint(HINT))?;
    if !response.status.is_success() {
        let why = format!("what lends keys answers {}", response.status.as_u16());
        let failure = attempt.failure(super::class_of(response.status), &why);
        return Err(failure.with_hint(HINT));
    }
    Ok(response)
}

async fn within<T>(
    attempt: &Attempt,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let ended = tokio::time::timeout(LIMIT, work).await;
    ended.unwrap_or_else(|_| {
        let why = format!("what lends keys did not answer within {LIMIT:?}");
        let failure = attempt.failure(Class::Timeout, &why);
        Err(failure.with_hint(HINT))
    })
}

/// What came is not shown: there are keys in it.
fn read(attempt: &Attempt, response: &Response) -> Result<AwsKeys, Failure> {
    let none = || failed(attempt, "what lends keys answers with none", HINT);
    let lent: Object<Lent> = serde_json::from_slice(&response.body).map_err(|_| none())?;
    let lent = lent.into_inner().ok_or_else(none)?;
    let secret = |text: &Text| text.parse::<String>().map(Secret::new);
    Ok(AwsKeys {
        id: lent.access_key_id.parse().ok_or_else(none)?,
        secret: secret(&lent.secret_access_key).ok_or_else(none)?,
        session: secret(&lent.token),
        ends: lent.expiration.parse(),
    })
}

/// Keys of the container that this runs in.
pub(super) async fn of_container(
    keys: &Keys,
    attempt: &Attempt,
    url: &str,
    token: Option<&Secret>,
    token_file: Option<&Path>,
) -> Result<AwsKeys, Failure> {
    let wrong = || {
        failed(
            attempt,
            "`AWS_CONTAINER_CREDENTIALS_FULL_URI` is none that keys may come from",
            "it is `https`, or at the loopback or an address that lends to containers",
        )
    };
    let url = Url::parse(url).map_err(|_| wrong())?;
    let host = url.host_str().unwrap_or_default();
    let is_near = CONTAINERS.contains(&host)
        || matches!(host, "localhost" | "[::1]")
        || host.starts_with("127.");
    if !(url.scheme() == "https" || url.scheme() == "http" && is_near) {
        return Err(wrong());
    }
    let http = way(attempt, keys, &url)?;
    let mut request = Request::get(url, CAP);
    let attempt = &Attempt::new(Stage::Token, &request, attempt.cover());
    let from_file = token_file.map(std::fs::read_to_string);
    let from_file = from_file.transpose().map_err(|error| {
        let why = format!("`AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` cannot be read: {error}");
        failed(attempt, &why, HINT)
    })?;
    let token = from_file.map(Secret::new).or_else(|| token.cloned());
    if let Some(token) = token {
        keys.http.cover().learn_token(token.expose());
        request = request.with_header(AUTHORIZATION, sensitive(token.expose().trim()));
    }
    within(attempt, async {
        let response = send(&http, attempt, request).await?;
        read(attempt, &response)
    })
    .await
}

/// Keys of the host that this runs on, by its second protocol only: the first answers to
/// whoever is led there.
pub(super) async fn of_instance(
    keys: &Keys,
    attempt: &Attempt,
    endpoint: Option<&str>,
) -> Result<AwsKeys, Failure> {
    let wrong = |_| {
        let why = "`AWS_EC2_METADATA_SERVICE_ENDPOINT` is no address";
        failed(attempt, why, HINT)
    };
    let base = Url::parse(endpoint.unwrap_or(INSTANCE)).map_err(wrong)?;
    let http = way(attempt, keys, &base)?;
    let attempt = &Attempt::new(
        Stage::Token,
        &Request::get(base.clone(), CAP),
        attempt.cover(),
    );
    let at = |path: &str| {
        let mut url = base.clone();
        url.set_path(path);
        Request::get(url, CAP)
    };
    within(attempt, async {
        let lives = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
        let mut ask = at("latest/api/token");
        ask.method = Method::PUT;
        let ask = ask.with_header(lives, HeaderValue::from_static("300"));
        let answer = send(&http, attempt, ask).await?;
        let token = std::str::from_utf8(&answer.body).unwrap_or_default().trim();
        http.cover().learn_token(token);
        let name = HeaderName::from_static("x-aws-ec2-metadata-token");
        let get = |path: &str| at(path).with_header(name.clone(), sensitive(token));
        let roles = "latest/meta-data/iam/security-credentials/";
        let answer = send(&http, attempt, get(roles)).await?;
        let role = std::str::from_utf8(&answer.body).unwrap_or_default();
        let role = role.lines().next().unwrap_or_default().trim();
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
        if role.is_empty() || !role.bytes().all(is_name) {
            let why = "this host has no role that lends keys";
            return Err(failed(attempt, why, HINT));
        }
        let answer = send(&http, attempt, get(&format!("{roles}{role}"))).await?;
        read(attempt, &answer)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Endpoint;

    #[test]
    fn every_address_of_those_who_lend_can_be_asked() {
        let others = CONTAINERS.map(|host| format!("http://{host}"));
        for address in others.iter().map(String::as_str).chain([INSTANCE]) {
            let url = Url::parse(address).unwrap();
            let host = url.host_str().unwrap();
            assert!(address.ends_with(host), "{host}");
            let endpoint = url.origin().ascii_serialization().parse::<Endpoint>();
            assert!(endpoint.is_ok(), "{address}: {endpoint:?}");
        }
    }
}
