//! Answers that are no success → failures with a hint
//! (OCI distribution-spec 1.1, "Error Codes").

use super::advice::advice;
use crate::http::{HttpError, Method, Request, Response, Url, path_and_query};
use crate::model::{Class, Failure, RepositoryName, Stage, text};

/// What was being done, for the failure that may come of it.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) stage: Stage,
    pub(super) repository: Option<RepositoryName>,
    pub(super) reference: Option<String>,
    method: Method,
    url: Url,
}

/// Who we were to the registry when it refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nobody: no credentials were sent.
    Anonymous,
    /// Signed in: the credentials were taken before, or a token was given for them.
    SignedIn,
    /// Somebody whose credentials were never taken.
    Unproven,
}

impl Attempt {
    pub(super) fn new(stage: Stage, request: &Request) -> Self {
        Self {
            stage,
            repository: None,
            reference: None,
            method: request.method.clone(),
            url: request.url.clone(),
        }
    }

    pub(super) fn in_repository(mut self, repository: &RepositoryName) -> Self {
        self.repository = Some(repository.clone());
        self
    }

    pub(super) fn at_reference(mut self, reference: &impl ToString) -> Self {
        self.reference = Some(reference.to_string());
        self
    }

    /// A failure of this attempt; `happened` completes "`GET /v2/…`: ".
    pub(super) fn failure(&self, class: Class, happened: &str) -> Failure {
        let what = shown(&self.method, &self.url);
        let mut failure = Failure::new(self.stage, class, format!("`{what}`: {happened}"));
        failure.repository.clone_from(&self.repository);
        failure.reference.clone_from(&self.reference);
        failure.hint = advice(self.stage, class).map(str::to_owned);
        failure
    }

    /// The failure that no answer at all makes.
    pub(super) fn unanswered(&self, error: &HttpError) -> Failure {
        let mut failure = Failure::new(self.stage, error.class(), error.to_string());
        failure.repository.clone_from(&self.repository);
        failure.reference.clone_from(&self.reference);
        failure.hint = error.hint();
        failure
    }

    /// The failure that `response`, no success, makes.
    pub(super) fn refused(&self, response: &Response, standing: Standing) -> Failure {
        let status = response.status.as_u16();
        let (class, hint) = judge(status, standing);
        let said = said(response);
        let reason = response.status.canonical_reason().unwrap_or("");
        let mut happened = format!("{status} {reason}").trim_end().to_owned();
        if let Some(asked) = response.asked_to_wait() {
            happened.push_str(&format!(", asked to wait {} s", asked.as_secs_f64().ceil()));
        }
        if let Some(said) = said {
            happened.push_str(": ");
            happened.push_str(&said);
        }
        let failure = self.failure(class, &happened).with_status(status);
        match hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

/// Method and path as messages show them.
pub(super) fn shown(method: &Method, url: &Url) -> String {
    format!("{method} {}", path_and_query(url))
}

fn judge(status: u16, standing: Standing) -> (Class, Option<&'static str>) {
    match (status, standing) {
        (401, Standing::Anonymous) => (
            Class::Authentication,
            Some("set `username` and a password: the registry does not let anybody do this"),
        ),
        (401, Standing::Unproven) => (
            Class::Authentication,
            Some("check user name and password; nothing is tried again with these"),
        ),
        (401 | 403 | 451, Standing::SignedIn) => (
            Class::Denied,
            Some("the account is known and lacks the right to do this: ask for it, or use another"),
        ),
        (403 | 451, Standing::Anonymous) => (
            Class::Denied,
            Some("set `username` and a password, or ask for the right to do this"),
        ),
        (403 | 451, Standing::Unproven) => (
            Class::Denied,
            Some("ask for the right to do this; a firewall before the registry answers so, too"),
        ),
        (412, _) => (
            Class::Denied,
            Some("a policy of the registry keeps this from being pulled"),
        ),
        (404 | 410, _) => (Class::Missing, None),
        (407, _) => (
            Class::Proxy,
            Some(
                "the proxy asks for a user name and password: write them into its address in the \
                 environment, `HTTP_PROXY=http://USER:PASSWORD@HOST:PORT`",
            ),
        ),
        (408, _) => (
            Class::Timeout,
            Some("the registry gave up waiting; try again"),
        ),
        (429, _) => (
            Class::Throttled,
            Some("lower `max-rps` or `max-connections`, or sign in for a higher allowance"),
        ),
        (500.., _) => (
            Class::Server,
            Some("the registry failed; its own log says why"),
        ),
        _ => (Class::Protocol, None),
    }
}

/// The registry's own words: code and message where it sends some, else a harmless piece
/// of what it sent.
pub(super) fn said(response: &Response) -> Option<String> {
    let body = &response.body;
    if body.is_empty() {
        return None;
    }
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(body)
        && let Some(said) = from_json(&value)
    {
        return Some(said);
    }
    Some(what_came(response))
}

/// The codes of the error envelope.
pub(super) fn has_code(response: &Response, code: &str) -> bool {
    serde_json::from_slice::<serde_json::Value>(&response.body)
        .ok()
        .and_then(|value| {
            let errors = value.get("errors")?.as_array()?.clone();
            Some(
                errors
                    .iter()
                    .any(|error| error.get("code").and_then(|c| c.as_str()) == Some(code)),
            )
        })
        .unwrap_or(false)
}

/// The code of an OAuth error (RFC 6749 §5.2).
pub(super) fn code_of(response: &Response) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(&response.body).ok()?;
    Some(value.get("error")?.as_str()?.to_owned())
}

fn from_json(value: &serde_json::Value) -> Option<String> {
    let part = |object: &serde_json::Value, key: &str| {
        object
            .get(key)
            .and_then(|field| field.as_str())
            .filter(|field| !field.is_empty())
            .map(str::to_owned)
    };
    let first = value
        .get("errors")
        .and_then(|errors| errors.get(0))
        .unwrap_or(value);
    let code = part(first, "code").or_else(|| part(first, "error"));
    let message = part(first, "message")
        .or_else(|| part(first, "details"))
        .or_else(|| part(first, "detail"))
        .or_else(|| part(first, "error_description"));
    let said = match (code, message) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return None,
    };
    Some(format!("`{}`", text::quote(&said, 200)))
}

/// What an answer that is not what it should be looks like, short and harmless.
pub(super) fn what_came(response: &Response) -> String {
    let content = String::from_utf8_lossy(&response.body[..response.body.len().min(4096)]);
    let kind = response
        .header(crate::http::header::CONTENT_TYPE)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let start = content.trim_start();
    let head: String = start
        .chars()
        .take(64)
        .collect::<String>()
        .to_ascii_lowercase();
    if kind.contains("html") || head.starts_with("<!doctype html") || head.starts_with("<html") {
        return match title(start) {
            Some(title) => format!("an HTML page titled `{title}`"),
            None => "an HTML page".to_owned(),
        };
    }
    if start.is_empty() {
        return "an empty body".to_owned();
    }
    format!("`{}`", text::quote(start, 80))
}

fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let from = lower.find("<title")?;
    let open = from + lower[from..].find('>')? + 1;
    let close = open + lower[open..].find("</title")?;
    let title = text::quote(html.get(open..close)?, 60);
    (!title.is_empty()).then_some(title)
}
