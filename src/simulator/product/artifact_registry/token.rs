//! Tokens of the registry, and access tokens that a service account's key asks for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::{Method, StatusCode};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use super::{ACCESS, ArtifactRegistry, GRANT};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::product::user::User;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::token::Issued;

/// The endpoint by its own name, which Google's client writes whatever the key file says.
const GOOGLE: &str = "https://oauth2.googleapis.com/token";

/// Whom a token of nobody stands for.
const NOBODY: &str = "nobody";

impl ArtifactRegistry {
    /// A token for whoever asks, whatever for.
    pub(super) fn token(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        if *asked.method != Method::GET {
            return answer::unsupported().into();
        }
        let Ok(user) = self.who(asked, registry) else {
            registry.count_failure();
            let message = "authentication failed";
            let refusal = answer::error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message, None);
            return refusal.into();
        };
        let holder = user.map_or(NOBODY, |user| &user.name);
        let said = |token: &str| json!({ "token": token, "expires_in": 3600 });
        self.given(registry, "", holder, said)
    }

    /// An access token for an assertion that a service account's key signed (RFC 7523).
    pub(super) fn grant(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        if *asked.method != Method::POST {
            return answer::no_such_page().into();
        }
        let value = |key: &str| {
            let form = url::form_urlencoded::parse(&asked.body);
            form.into_iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value)
        };
        let grant = value("grant_type").unwrap_or_default();
        if grant != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
            return refused("unsupported_grant_type", "Invalid grant_type").into();
        }
        let endpoint = format!("{}{GRANT}", registry.origins().api);
        let Some(user) = self.signed(&value("assertion").unwrap_or_default(), &endpoint) else {
            registry.count_failure();
            return refused("invalid_grant", "Invalid JWT Signature.").into();
        };
        let said = |token: &str| json!({ "access_token": token, "expires_in": 3599, "token_type": "Bearer" });
        self.given(registry, ACCESS, &user.name, said)
    }

    /// Who signed an assertion for this endpoint.
    fn signed(&self, assertion: &str, endpoint: &str) -> Option<&User> {
        let (signed, signature) = assertion.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let read = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let (header, claims) = (read(header)?, read(claims)?);
        let mut accounts = self.accounts.iter();
        let account = accounts.find(|account| claims["iss"] == account.user.name)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &account.public_key);
        key.verify(signed.as_bytes(), &signature).ok()?;
        let lives = claims["exp"].as_i64()? - claims["iat"].as_i64()?;
        let scope = claims["scope"].as_str()?;
        let is_right = header["alg"] == "RS256"
            && (claims["aud"] == endpoint || claims["aud"] == GOOGLE)
            && (1..=3600).contains(&lives)
            && scope.starts_with("https://www.googleapis.com/auth/cloud-platform")
            && !account.user.expired;
        is_right.then_some(&account.user)
    }

    fn given(
        &self,
        registry: &Registry,
        prefix: &str,
        holder: &str,
        said: impl Fn(&str) -> Value,
    ) -> Reply {
        let seed = registry.behaviour().seed;
        match registry
            .tokens()
            .hand_out_to(seed, prefix, holder, Vec::new())
        {
            Issued::Token(token) => Reply {
                answer: answer::json(said(&token).to_string()),
                token: Some((token, self.token_lifetime)),
            },
            Issued::Refused | Issued::Throttled => {
                answer::plain(StatusCode::SERVICE_UNAVAILABLE, "").into()
            }
        }
    }
}

/// The form of RFC 6749 §5.2.
fn refused(error: &str, description: &str) -> Answer {
    let body = json!({ "error": error, "error_description": description });
    let mut answer = answer::json(body.to_string());
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    answer
}
