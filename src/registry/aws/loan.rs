//! The password that AWS lends for the Registry V2 API (`GetAuthorizationToken`).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::Aws;
use crate::http::header::{AUTHORIZATION, HeaderValue};
use crate::http::{Http, Request, Response, StatusCode, now, same_origin, wall_clock};
use crate::model::{Class, Failure};
use crate::registry::auth::Auth;
use crate::registry::error::{Attempt, Standing};
use crate::registry::lenient::{Epoch, List, Object, Text};
use crate::registry::proof::sensitive;

/// Most bytes of the answer.
const CAP: usize = 64 * 1024;

/// How long before its end another one is asked for.
const EARLY: Duration = Duration::from_mins(5);

/// How long one is used at least, and a failure to get one is believed, whatever its end.
const LEAST: Duration = Duration::from_mins(1);

/// How old one is before a refusal may once more be its fault.
const DOUBTED: Duration = Duration::from_mins(10);

/// How long one lives that does not say it.
const USUAL: Duration = Duration::from_hours(12);

/// What was lent last, and what became of asking.
#[derive(Default)]
pub(super) struct Loans {
    last: tokio::sync::Mutex<Option<Result<Loan, (Instant, Failure)>>>,
}

#[derive(Clone)]
struct Loan {
    header: HeaderValue,
    asked: Instant,
    over: Instant,
    /// When it was last found to be no fault of its that something is refused: it was asked for
    /// because the one before was refused, or another one was not to be had.
    settled: Option<Instant>,
}

impl Loan {
    fn is_over(&self) -> bool {
        now() >= self.over
    }

    /// Whether a refusal may be its fault.
    fn is_doubtful(&self) -> bool {
        self.settled.is_none_or(|at| now() >= at + DOUBTED)
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Lent {
    authorization_data: List<Object<Token>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Token {
    authorization_token: Text,
    expires_at: Epoch,
}

impl Auth {
    /// Sends `request` to the registry with the password that AWS lends.
    pub(in crate::registry) async fn send_lent(
        &self,
        http: &Http,
        aws: &Aws,
        attempt: &Attempt,
        request: Request,
    ) -> Result<(Response, Standing), Failure> {
        let mut loan = self.lent(aws, attempt, None).await?;
        loop {
            let signed = request
                .clone()
                .with_header(AUTHORIZATION, loan.header.clone());
            let sent = http.send(signed).await;
            let response = sent.map_err(|error| attempt.unanswered(&error))?;
            // One that is over is answered by 403, and one that is wrong by 400.
            let is_refused = matches!(
                response.status,
                StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
            );
            let is_ours = same_origin(&response.url, &request.url);
            if is_refused && is_ours && loan.is_doubtful() {
                let refused = Some((&loan, response.status));
                let other = self.lent(aws, attempt, refused).await?;
                if other.asked != loan.asked {
                    loan = other;
                    continue;
                }
            }
            return Ok((response, Standing::SignedIn));
        }
    }

    /// A password that is not over, and not `refused`; that one again where it was forbidden
    /// something, which a policy may do, and no other is to be had.
    async fn lent(
        &self,
        aws: &Aws,
        attempt: &Attempt,
        refused: Option<(&Loan, StatusCode)>,
    ) -> Result<Loan, Failure> {
        // Who waits takes what the first was lent.
        let mut last = aws.loans.last.lock().await;
        let asked = refused.map(|(loan, _)| loan.asked);
        match last.as_ref() {
            Some(Ok(loan))
                if !loan.is_over() && (Some(loan.asked) != asked || !loan.is_doubtful()) =>
            {
                return Ok(loan.clone());
            }
            Some(Err((at, failure))) if now() < *at + LEAST => return Err(failure.clone()),
            _ => {}
        }
        let mut lent = self.borrow(aws, attempt, refused.is_some()).await;
        if let (Err(_), Some((loan, StatusCode::FORBIDDEN))) = (&lent, refused)
            && !loan.is_over()
        {
            lent = Ok(Loan {
                settled: Some(now()),
                ..loan.clone()
            });
        }
        *last = Some(lent.clone().map_err(|failure| (now(), failure)));
        lent
    }

    async fn borrow(&self, aws: &Aws, attempt: &Attempt, replaces: bool) -> Result<Loan, Failure> {
        let request = super::ask(&aws.origin, CAP, "GetAuthorizationToken", "{}".to_owned());
        let attempt = Attempt::new(attempt.stage, &request, attempt.cover());
        let asked = now();
        let (response, is_proven) = self.send_signed(aws, &attempt, request).await?;
        let hint = "the password for the registry is lent by `ecr:GetAuthorizationToken`: give the \
                    key that right, and set `api` where Amazon ECR is reached by another host";
        if !response.status.is_success() {
            let standing = if is_proven {
                Standing::SignedIn
            } else {
                Standing::Unproven
            };
            return Err(attempt.refused(&response, standing).with_hint(hint));
        }
        // What came is not shown: there may be a token in it.
        let none = || {
            let failure = attempt.failure(Class::Protocol, "the answer holds no password");
            failure
                .with_status(response.status.as_u16())
                .with_hint(hint)
        };
        let lent: Object<Lent> = serde_json::from_slice(&response.body).map_err(|_| none())?;
        let tokens = lent.get().map(|lent| &lent.authorization_data);
        let token = tokens.and_then(|all| all.iter().find_map(Object::get));
        let token = token.ok_or_else(none)?;
        let pair = token.authorization_token.base64().map(Vec::from);
        let pair = Zeroizing::new(pair.ok_or_else(none)?);
        if !pair.contains(&b':') || pair.iter().any(u8::is_ascii_control) {
            return Err(none());
        }
        let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)));
        let lives = token.expires_at.get().map(|ends| {
            let left = ends.as_second() - wall_clock().as_second();
            Duration::from_secs(u64::try_from(left).unwrap_or(0)).saturating_sub(EARLY)
        });
        Ok(Loan {
            header: sensitive(&value),
            asked,
            over: asked + lives.unwrap_or(USUAL).clamp(LEAST, USUAL),
            settled: replaces.then_some(asked),
        })
    }
}
