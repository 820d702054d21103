//! Keys that a role lends (AWS STS, API version 2011-06-15), to who has other keys or a token
//! that the role's account trusts.

use std::path::Path;

use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::keys::Keys;
use super::partition::domain;
use super::sigv4::Purpose;
use crate::http::{Request, Response, StatusCode, Url, is_link_local};
use crate::model::{AwsKeys, AwsRole, Class, Failure, Secret};
use crate::registry::error::Attempt;

/// Most bytes of the answer.
const CAP: usize = 64 * 1024;

/// Where it is: beside the registry's API, in the same region.
fn origin(keys: &Keys, attempt: &Attempt) -> Result<Url, Failure> {
    let region = &keys.region;
    let usual = format!("https://sts.{region}.{}/", domain(region));
    let text = keys.sts.as_deref().unwrap_or(&usual);
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "https" | "http") && url.host().is_some() && !is_link_local(url)
    });
    let mut url = url.ok_or_else(|| {
        let failure = attempt.failure(Class::Authentication, "the address of AWS STS is none");
        failure.with_hint("see what `AWS_ENDPOINT_URL_STS` and `AWS_ENDPOINT_URL` say")
    })?;
    url.set_path("/");
    Ok(url)
}

fn form(fields: &[(&str, &str)]) -> Zeroizing<String> {
    let mut form = Serializer::new(String::new());
    form.append_pair("Version", "2011-06-15")
        .extend_pairs(fields);
    Zeroizing::new(form.finish())
}

/// Keys for the token in a file, which is read at each use: whoever put it there renews it.
pub(super) async fn for_identity(
    keys: &Keys,
    attempt: &Attempt,
    role: &str,
    session: &str,
    token_file: &Path,
) -> Result<AwsKeys, Failure> {
    let token = std::fs::read_to_string(token_file).map_err(|error| {
        let what = format!(
            "the token of a web identity, `{}`: {error}",
            token_file.display()
        );
        let failure = attempt.failure(Class::Authentication, &what);
        failure.with_hint("see what `AWS_WEB_IDENTITY_TOKEN_FILE` or the profile names")
    })?;
    let token = Zeroizing::new(token);
    keys.http.cover().learn_token(&token);
    let body = form(&[
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", role),
        ("RoleSessionName", session),
        ("WebIdentityToken", token.trim()),
    ]);
    let origin = origin(keys, attempt)?;
    let request = Request::post_form(origin, CAP).with_body(body).staying();
    send(keys, request.with_meaning(means)).await
}

/// Keys for who has others.
pub(super) async fn for_keys(
    keys: &Keys,
    attempt: &Attempt,
    role: &AwsRole,
    base: &AwsKeys,
) -> Result<AwsKeys, Failure> {
    let mut fields = vec![
        ("Action", "AssumeRole"),
        ("RoleArn", role.role.as_str()),
        ("RoleSessionName", role.session.as_str()),
    ];
    if let Some(external) = &role.external_id {
        fields.push(("ExternalId", external));
    }
    let origin = origin(keys, attempt)?;
    let request = Request::post_form(origin, CAP)
        .with_body(form(&fields))
        .with_meaning(means)
        .staying();
    let purpose = Purpose {
        region: &keys.region,
        service: "sts",
    };
    let at = crate::http::wall_clock();
    send(keys, super::sign(base, purpose, at, request)).await
}

/// The status that an error stands for, where it may be over soon: some come with 400.
fn means(status: StatusCode, body: &[u8]) -> StatusCode {
    if status.is_success() || status.is_server_error() {
        return status;
    }
    match part_of(body, "Code").as_deref() {
        Some("Throttling" | "ThrottlingException" | "RequestLimitExceeded") => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Some("IDPCommunicationError" | "ServiceUnavailable") => StatusCode::SERVICE_UNAVAILABLE,
        Some("InternalFailure") => StatusCode::INTERNAL_SERVER_ERROR,
        _ => status,
    }
}

async fn send(keys: &Keys, request: Request) -> Result<AwsKeys, Failure> {
    let attempt = Attempt::new(crate::model::Stage::Token, &request, keys.http.cover());
    let there = keys.http.to_another_host();
    let sent = there.send(request).await;
    let response = sent.map_err(|error| attempt.unanswered(&error))?;
    let hint = "the role is not lent: see whom its trust policy names, and whether the key or the \
                token of the identity is still good";
    if !response.status.is_success() {
        let code = part(&response, "Code").unwrap_or_default();
        let code = response.cover().show(&code, 80).into_string();
        let message = part(&response, "Message").unwrap_or_default();
        let message = response.cover().show(&message, 200).into_string();
        let status = response.status.as_u16();
        let what = format!("AWS STS answers {status}: `{code}: {message}`");
        let failure = attempt.failure(super::class_of(response.status), &what);
        return Err(failure.with_status(status).with_hint(hint));
    }
    let none = || {
        let what = "AWS STS answers with no keys";
        attempt.failure(Class::Authentication, what).with_hint(hint)
    };
    Ok(AwsKeys {
        id: part(&response, "AccessKeyId").ok_or_else(none)?,
        secret: Secret::new(part(&response, "SecretAccessKey").ok_or_else(none)?),
        session: part(&response, "SessionToken").map(Secret::new),
        ends: part(&response, "Expiration").and_then(|text| text.parse().ok()),
    })
}

/// The text of an element. None that is read here has others in it, or holds what XML writes
/// in another way.
fn part(response: &Response, name: &str) -> Option<String> {
    part_of(&response.body, name)
}

fn part_of(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, behind) = text.split_once(&format!("<{name}>"))?;
    let (inner, _) = behind.split_once(&format!("</{name}>"))?;
    Some(inner.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_may_be_over_soon_is_told_from_a_refusal() {
        for (code, status) in [
            ("Throttling", 429),
            ("IDPCommunicationError", 503),
            ("AccessDenied", 400),
            ("ExpiredTokenException", 400),
        ] {
            let body = format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>");
            let read = means(StatusCode::BAD_REQUEST, body.as_bytes());
            assert_eq!(read.as_u16(), status, "{code}");
        }
    }
}
