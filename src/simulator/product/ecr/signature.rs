//! Who signed a request of the API (AWS Signature Version 4). How old a request is is not
//! looked at: the simulator has no clock.

use ring::{digest, hmac};

use super::{Ecr, EcrKey, refused};
use crate::simulator::answer::Answer;
use crate::simulator::asked::Asked;

fn hex(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::new();
    for byte in bytes.as_ref() {
        text += &format!("{byte:02x}");
    }
    text
}

fn hash(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

impl Ecr {
    /// The key that signed, or the refusal.
    pub(super) fn signer(&self, asked: &Asked<'_>) -> Result<&EcrKey, Box<Answer>> {
        let missing = || {
            refused(
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            )
        };
        let incomplete = |what: &str| refused("IncompleteSignatureException", what);
        let unknown = || {
            refused(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            )
        };
        let given = asked.authorization.ok_or_else(missing)?;
        let given = given
            .strip_prefix("AWS4-HMAC-SHA256 ")
            .ok_or_else(missing)?;
        let part = |name: &str| {
            let mut parts = given.split(',').map(str::trim);
            parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        };
        let (Some(credential), Some(names), Some(signature)) =
            (part("Credential"), part("SignedHeaders"), part("Signature"))
        else {
            return Err(incomplete("Authorization header requires its parameters."));
        };
        let (id, scope) = credential.split_once('/').unwrap_or((credential, ""));
        let date = asked.header("x-amz-date").unwrap_or_default();
        let day = date.get(..8).unwrap_or_default();
        if scope != format!("{day}/{}/ecr/aws4_request", self.region) {
            let what = format!(
                "Credential should be scoped to a valid region ({}), to the correct service: \
                 'ecr', and to the day of the request.",
                self.region
            );
            return Err(refused("InvalidSignatureException", &what));
        }
        let signed: Vec<&str> = names.split(';').collect();
        let must = asked.headers.keys().map(hyper::header::HeaderName::as_str);
        let mut must = must.filter(|name| name.starts_with("x-amz-") || *name == "host");
        if let Some(lacking) = must.find(|name| !signed.contains(name)) {
            let what = format!("'{lacking}' must be a 'SignedHeader'");
            return Err(refused("InvalidSignatureException", &what));
        }
        let key = self.key(id).ok_or_else(unknown)?;
        let session = asked.header("x-amz-security-token");
        if session != key.session.as_ref().map(crate::model::Secret::expose) {
            return Err(unknown());
        }
        let mut canonical = format!("{}\n{}\n{}\n", asked.method, asked.path, asked.query);
        for name in &signed {
            let value = asked.header(name).unwrap_or_default();
            let words: Vec<&str> = value.split_whitespace().collect();
            canonical += &format!("{name}:{}\n", words.join(" "));
        }
        canonical += &format!("\n{names}\n{}", hash(&asked.body));
        let text = format!(
            "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
            hash(canonical.as_bytes())
        );
        let first = format!("AWS4{}", key.user.secret.expose()).into_bytes();
        let parts = scope.split('/');
        let derived = parts.fold(first, |derived, part| hmac(&derived, part));
        if hex(hmac(&derived, &text)) != signature {
            let what = "The request signature we calculated does not match the signature you \
                        provided. Check your AWS Secret Access Key and signing method. Consult \
                        the service documentation for details.";
            return Err(refused("InvalidSignatureException", what));
        }
        if key.user.expired {
            let what = "The security token included in the request is expired";
            return Err(refused("ExpiredTokenException", what));
        }
        Ok(key)
    }
}
