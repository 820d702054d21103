//! Access tokens of Microsoft Entra ID: Azure's registries take none as it is, and exchange
//! it for a refresh token of their own (Azure/acr docs/AAD-OAuth.md, "Calling POST
//! /oauth2/exchange"). It is sent to the registry's own origin and to no other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::auth::Auth;
use super::error::{Attempt, Standing};
use super::fetch::CAP;
use super::lenient::Text;
use super::token::TokenEndpoint;
use crate::http::Request;
use crate::model::{Class, CredentialKind, Credentials, Failure, Secret, Stage};

/// The user name that stands for a refresh token at Azure's registries.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// The last part of the token endpoint's path, and that of the exchange.
const TOKEN: &str = "/oauth2/token";
const EXCHANGE: &str = "/oauth2/exchange";

/// What the issuers of Entra ID begin with: those of tokens of version 1 and of version 2, in
/// all of Azure and in Azure China, which is a cloud of its own.
const ISSUERS: [&str; 4] = [
    "https://sts.windows.net/",
    "https://login.microsoftonline.",
    "https://sts.chinacloudapi.cn/",
    "https://login.partner.microsoftonline.cn/",
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Claims {
    iss: Text,
    tid: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Exchanged {
    refresh_token: Text,
}

/// What is kept as a password, and is an identity token by its user name.
pub(super) fn by_name(mut known: Credentials) -> Credentials {
    if known.kind == CredentialKind::Password && known.username == NOBODY {
        known.kind = CredentialKind::IdentityToken;
    }
    known
}

/// The tenant of an access token of Entra ID; empty where it names none.
fn tenant(token: &Secret) -> Option<String> {
    let payload = token.expose().trim().split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    let issuer = claims.iss.uncovered().unwrap_or_default();
    let is_entra = ISSUERS.iter().any(|front| issuer.starts_with(front));
    is_entra.then(|| claims.tid.uncovered().unwrap_or_default().to_owned())
}

impl Auth {
    /// Exchanges an access token of Entra ID for the refresh token that takes its place,
    /// where such a one is kept and was not exchanged before. It is the caller's
    /// [`turn`](Self::turn).
    pub(super) async fn exchange_entra(
        &self,
        http: &crate::http::Http,
        endpoint: &TokenEndpoint,
    ) -> Result<(), Failure> {
        let kept = self.credentials.as_ref();
        let kept = kept.filter(|known| known.kind == CredentialKind::IdentityToken);
        let Some(tenant) = kept.and_then(|known| tenant(&known.password)) else {
            return Ok(());
        };
        if self.state().rotated.is_some() {
            return Ok(());
        }
        let front = endpoint.url.path().strip_suffix(TOKEN);
        let Some(front) = front.filter(|_| endpoint.is_own) else {
            let why = "the token server is not the registry itself, and gets no token of Entra ID";
            return Err(Failure::new(Stage::Token, Class::Authentication, why)
                .with_hint("keep user name and password, or a refresh token of the registry's"));
        };
        let mut url = endpoint.url.clone();
        url.set_path(&format!("{front}{EXCHANGE}"));
        url.set_query(None);
        let request = Request::post_form(url, CAP).staying();
        let attempt = Attempt::new(Stage::Token, &request, self.http.cover());
        let sign = |token: &Secret| {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("grant_type", "access_token");
            if let Some(service) = endpoint.service.uncovered() {
                form.append_pair("service", service);
            }
            if !tenant.is_empty() {
                form.append_pair("tenant", &tenant);
            }
            form.append_pair("access_token", token.expose().trim());
            request.with_body(Zeroizing::new(form.finish()))
        };
        let (response, _) = self.send_secret(http, &attempt, sign).await?;
        if !response.status.is_success() {
            return Err(attempt.refused(&response, Standing::Unproven));
        }
        let said: Exchanged = serde_json::from_slice(&response.body).unwrap_or_default();
        let refresh = said.refresh_token.uncovered().unwrap_or_default();
        if refresh.is_empty() {
            return Err(attempt.failure(Class::Protocol, "the answer holds no `refresh_token`"));
        }
        self.http.cover().learn_token(refresh);
        self.state().rotated = Some(Secret::new(refresh));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_entra_are_told_from_others() {
        let jwt = |payload: &str| Secret::new(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(payload)));
        for (payload, wanted) in [
            (
                r#"{"iss":"https://sts.windows.net/t1/","tid":"t1"}"#,
                Some("t1"),
            ),
            (
                r#"{"iss":"https://login.microsoftonline.com/t1/v2.0"}"#,
                Some(""),
            ),
            (
                r#"{"iss":"https://sts.chinacloudapi.cn/t2/","tid":"t2"}"#,
                Some("t2"),
            ),
            (
                r#"{"iss":"https://login.partner.microsoftonline.cn/t2/v2.0","tid":"t2"}"#,
                Some("t2"),
            ),
            // That of a registry, which is taken as it is.
            (r#"{"iss":"Azure Container Registry","tid":"t1"}"#, None),
            (
                r#"{"iss":"https://evil.example/?https://sts.windows.net/"}"#,
                None,
            ),
            ("no JSON", None),
        ] {
            assert_eq!(tenant(&jwt(payload)).as_deref(), wanted, "{payload}");
        }
        assert_eq!(tenant(&Secret::new("opaque")), None);
    }
}
