//! Which way a challenge opens, and why none is open.

use super::auth::{Auth, Way};
use super::challenge::Challenge;
use super::error::Attempt;
use super::realm;
use super::token::TokenEndpoint;
use crate::http::{Response, Url, same_origin};
use crate::model::{AuthType, Class, CredentialKind, Failure};

impl Auth {
    /// The way that the challenges of a 401 open and that was not tried yet; `None`
    /// where the 401 is final.
    pub(super) fn choose(
        &self,
        attempt: &Attempt,
        offered: &[Challenge],
        asked: &Url,
        tried: &[Way],
    ) -> Result<Option<Way>, Failure> {
        // A secret key is sent to nobody, whatever is asked for.
        if self.kind() == Some(CredentialKind::AwsKeys) {
            return Err(self.no_aws(attempt));
        }
        let can_basic = self.kind() == Some(CredentialKind::Password);
        let basic_offered = offered.iter().any(Challenge::is_basic);
        let basic =
            (basic_offered && can_basic && !tried.contains(&Way::Basic)).then_some(Way::Basic);
        if self.mode == AuthType::Basic {
            return match self.no_password() {
                Some(what) => Err(attempt
                    .failure(
                        Class::Authentication,
                        &format!("`auth` is `basic`, and what is kept is {what}"),
                    )
                    .with_status(401)
                    .with_hint("set `auth` to `auto`, or keep user name and password")),
                None => Ok(basic),
            };
        }
        let bearer = offered.iter().find(|challenge| challenge.is_bearer());
        if let Some(challenge) = bearer {
            match realm::token_endpoint(&challenge.realm, asked, self.http.cover()) {
                Ok(realm) => {
                    let way = Way::Bearer(TokenEndpoint {
                        is_own: same_origin(&realm.url, asked),
                        url: realm.url,
                        named: realm.named,
                        service: challenge.service.clone(),
                    });
                    let bearers = tried.iter().filter(|way| matches!(way, Way::Bearer(_)));
                    if !tried.contains(&way) && bearers.count() < 2 {
                        return Ok(Some(way));
                    }
                }
                Err(error) if basic.is_none() || self.mode == AuthType::Bearer => {
                    return Err(attempt
                        .failure(
                            Class::Protocol,
                            &format!("the challenge is not followed: {error}"),
                        )
                        .with_hint(
                            "credentials go only where they are safe: check the registry's \
                             external URL and token settings",
                        ));
                }
                Err(_) => {}
            }
        }
        if self.mode == AuthType::Bearer {
            if bearer.is_none() && basic_offered {
                return Err(attempt
                    .failure(
                        Class::Authentication,
                        "the registry takes user name and password only, and `auth` is `bearer`",
                    )
                    .with_status(401)
                    .with_hint("set `auth` to `auto` or `basic`"));
            }
            return Ok(None);
        }
        if let (true, None, Some(what)) = (basic_offered, bearer, self.no_password()) {
            return Err(attempt
                .failure(
                    Class::Authentication,
                    &format!(
                        "the registry takes user name and password here, and what is kept is {what}"
                    ),
                )
                .with_status(401)
                .with_hint(
                    "keep a password or a personal access token: such a token opens a token \
                     server, not the registry itself",
                ));
        }
        Ok(basic)
    }

    /// What is kept in place of a password.
    fn no_password(&self) -> Option<&'static str> {
        match self.kind()? {
            CredentialKind::Password => None,
            CredentialKind::IdentityToken => Some("an identity token"),
            CredentialKind::RegistryToken => Some("a registry token"),
            CredentialKind::AwsKeys => Some("an AWS key"),
        }
    }

    /// The failure of a sign-in with an AWS key that opens nothing here.
    pub(super) fn no_aws(&self, attempt: &Attempt) -> Failure {
        let why = match &self.aws {
            Some(Err(why)) => why.as_str(),
            Some(Ok(_)) | None => "it opens nothing here",
        };
        let what = format!("what is kept is an AWS key: {why}");
        let failure = attempt.failure(Class::Authentication, &what);
        failure.with_hint(
            "an access key signs in to Amazon ECR: set `type` to `ecr`, and `api` to the address \
             of its API where the registry has another host; the secret key is sent to nobody",
        )
    }
}

/// The failure of a 401 from another origin than the one asked.
pub(super) fn elsewhere(attempt: &Attempt, response: &Response) -> Failure {
    attempt
        .failure(
            Class::Authentication,
            &format!(
                "it leads to `{}`, which asks for a sign-in, and nothing is sent there",
                response.cover().show_url(&response.url)
            ),
        )
        .with_status(response.status.as_u16())
        .with_hint("if that is the registry, set its address to it, with the right scheme")
}

pub(super) fn nothing_to_sign_in_with(attempt: &Attempt, offered: &[Challenge]) -> Failure {
    if offered.iter().any(Challenge::is_basic) {
        return attempt
            .failure(
                Class::Authentication,
                "the registry asks for user name and password, and none are set",
            )
            .with_status(401)
            .with_hint("set `username` and a password");
    }
    let shown = match offered {
        [] => "it says 401 without a challenge".to_owned(),
        [first, ..] => format!("it asks for `{}`", first.shown(attempt.cover())),
    };
    attempt
        .failure(
            Class::Authentication,
            &format!("there is no way to sign in: {shown}"),
        )
        .with_status(401)
        .with_hint("this program signs in with Basic and Bearer")
}
