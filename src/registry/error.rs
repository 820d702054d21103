//! Answers that are no success → failures with a hint
//! (OCI distribution-spec 1.1, "Error Codes").

use serde::Deserialize;

use super::advice::{LOST_CHILD, advice};
use super::challenge::{Challenge, challenges};
use super::lenient::{List, Object, Text};
use super::token::METADATA_READ;
use crate::http::{Cover, HttpError, Method, Request, Response, StatusCode, Url, Wire};
use crate::model::{Class, Failure, RepositoryName, Stage};

/// Longest message, in characters.
const SHOWN: usize = 1200;

/// What was being done, for the failure that may come of it. No failure of this room is
/// made but by one of these, and each is covered as a whole.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) stage: Stage,
    pub(super) repository: Option<RepositoryName>,
    pub(super) reference: Option<String>,
    method: Method,
    url: Url,
    cover: Cover,
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
    pub(super) fn new(stage: Stage, request: &Request, cover: &Cover) -> Self {
        Self {
            stage,
            repository: None,
            reference: None,
            method: request.method.clone(),
            url: request.url.clone(),
            cover: cover.clone(),
        }
    }

    /// What covers its failures.
    pub(super) fn cover(&self) -> &Cover {
        &self.cover
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
        let path = self.cover.show_path(&self.url);
        let message = format!("`{} {path}`: {happened}", self.method);
        let message = self.cover.show(&message, SHOWN).into_string();
        let mut failure = Failure::new(self.stage, class, message);
        failure.repository.clone_from(&self.repository);
        failure.reference.clone_from(&self.reference);
        let by_digest = self.reference.as_ref().is_some_and(|r| r.contains(':'));
        let hint = match (self.stage, class) {
            (Stage::Manifest, Class::Missing) if by_digest => Some(LOST_CHILD),
            _ => advice(self.stage, class),
        };
        failure.hint = hint.map(str::to_owned);
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
        let (class, hint) = if is_rule(response) {
            (
                Class::Denied,
                Some("a rule of the project protects this, whoever asks: change the rule"),
            )
        } else if response.is_throttled() {
            judge(429, standing)
        } else if standing == Standing::SignedIn && wants_metadata(response) {
            (
                Class::Denied,
                Some(
                    "the account may pull, and not list: give its scope map `metadata/read`, or \
                     its role the right to read metadata",
                ),
            )
        } else {
            judge(status, standing)
        };
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

/// Whether what lacks is the right to read lists that Azure's registries tell from pulling.
fn wants_metadata(response: &Response) -> bool {
    let offered = challenges(response.headers());
    let wants = |challenge: &Challenge| challenge.scope.contains(METADATA_READ);
    response.status == StatusCode::UNAUTHORIZED && offered.iter().any(wants)
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

/// The body of a refusal: the error envelope, or one error by itself, as OAuth has it
/// (RFC 6749 §5.2).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    errors: List<Object<Said>>,
    #[serde(flatten)]
    said: Said,
}

/// One error. Products name its parts differently.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    code: Text,
    /// That of AWS.
    #[serde(rename = "__type")]
    kind: Text,
    error: Text,
    message: Text,
    details: Text,
    detail: Text,
    error_description: Text,
}

fn envelope(response: &Response) -> Envelope {
    let envelope: Object<Envelope> = serde_json::from_slice(&response.body).unwrap_or_default();
    envelope.into_inner().unwrap_or_default()
}

/// The registry's own words: code and message where it sends some, else a harmless piece
/// of what it sent.
pub(super) fn said(response: &Response) -> Option<String> {
    if response.body.is_empty() {
        return None;
    }
    let envelope = envelope(response);
    let first = envelope.errors.iter().next();
    let said = match first {
        Some(first) => first.get().and_then(|said| said.shown(response.cover())),
        None => envelope.said.shown(response.cover()),
    };
    said.or_else(|| Some(what_came(response)))
}

impl Said {
    fn shown(&self, cover: &Cover) -> Option<String> {
        let first = |parts: &[&Text]| {
            let part = parts.iter().find(|part| !part.is_empty());
            part.and_then(|part| part.uncovered()).map(str::to_owned)
        };
        let code = first(&[&self.code, &self.error, &self.kind]);
        let message = first(&[
            &self.message,
            &self.details,
            &self.detail,
            &self.error_description,
        ]);
        let said = match (code, message) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return None,
        };
        Some(format!("`{}`", cover.show(&said, 200)))
    }
}

/// Whether the error envelope holds this code.
pub(super) fn has_code(response: &Response, code: &str) -> bool {
    let envelope = envelope(response);
    let mut errors = envelope.errors.iter().filter_map(Object::get);
    errors.any(|error| error.code.is(code))
}

/// Codes of a 401 that is a rule of the registry's, and no matter of the sign-in (GitLab).
const RULES: [&str; 3] = ["PROTECTED_TAG", "IMMUTABLE_TAG", "PROTECTED_MANIFEST"];

/// Whether it is refused by a rule that holds for everybody, although its status is that of
/// a sign-in that lacks.
pub(super) fn is_rule(response: &Response) -> bool {
    response.status == StatusCode::UNAUTHORIZED
        && RULES.into_iter().any(|code| has_code(response, code))
}

/// Whether it is this error of OAuth (RFC 6749 §5.2).
pub(super) fn has_oauth_error(response: &Response, code: &str) -> bool {
    envelope(response).said.error.is(code)
}

/// What an answer that is not what it should be looks like, short and harmless.
pub(super) fn what_came(response: &Response) -> String {
    if let Some(page) = html(response) {
        let shown = title(page.uncovered()).map(|title| response.cover().show(title, 60));
        return match shown.filter(|shown| !shown.is_empty()) {
            Some(title) => format!("an HTML page titled `{title}`"),
            None => "an HTML page".to_owned(),
        };
    }
    if response.body.trim_ascii().is_empty() {
        return "an empty body".to_owned();
    }
    format!("`{}`", response.beginning().show(80))
}

/// The beginning of the answer, where it is an HTML page.
pub(super) fn html(response: &Response) -> Option<Wire<'_>> {
    let by_type = response
        .header(crate::http::header::CONTENT_TYPE)
        .is_some_and(|kind| kind.uncovered().to_ascii_lowercase().contains("html"));
    let page = response.beginning();
    let head: String = page.uncovered().trim_start().chars().take(64).collect();
    let head = head.to_ascii_lowercase();
    let by_head = head.starts_with("<!doctype html") || head.starts_with("<html");
    (by_type || by_head).then_some(page)
}

fn title(html: &str) -> Option<&str> {
    let lower = html.to_ascii_lowercase();
    let from = lower.find("<title")?;
    let open = from + lower[from..].find('>')? + 1;
    let close = open + lower[open..].find("</title")?;
    html.get(open..close)
}
