//! Service accounts of Google's: a key signs a request for an access token
//! (RFC 7523; developers.google.com, "Using OAuth 2.0 for Server to Server Applications").
//! The key itself is sent to no API: what it signs goes to the token endpoint that it names.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde::{Deserialize, Deserializer};
use serde_json::json;
use zeroize::Zeroizing;

use super::fetch::CAP;
use super::login::Login;
use super::origin::{self, Named};
use crate::http::{Cover, Request, Url, wall_clock};
use crate::model::{CredentialKind, Credentials};

/// The user names that say that the password is a key.
const KEY: &str = "_json_key";
const ENCODED_KEY: &str = "_json_key_base64";

/// What is asked for: reading is all that is done.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform.read-only";

/// How long a token is to live, in seconds: the most that is given.
const LIFETIME: i64 = 3600;

/// A service account, without its key.
pub(super) struct ServiceAccount {
    project: Option<String>,
    endpoint: Url,
}

/// The file that Google gives.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    #[serde(deserialize_with = "wiped")]
    private_key: Zeroizing<String>,
    #[serde(default)]
    private_key_id: String,
    token_uri: String,
    #[serde(default)]
    project_id: Option<String>,
}

/// Text that is wiped when it is no longer needed.
fn wiped<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(from).map(Zeroizing::new)
}

impl ServiceAccount {
    /// The account whose key `known` is; `None` where it is none. Why it cannot be used, in
    /// words for people.
    pub(super) fn of(known: &Credentials, registry: &Url) -> Option<Result<Self, String>> {
        let is_key = known.username == KEY || known.username == ENCODED_KEY;
        (is_key && known.kind == CredentialKind::Password).then(|| Self::new(known, registry))
    }

    fn new(known: &Credentials, registry: &Url) -> Result<Self, String> {
        let key = read(known)?;
        let url = Url::parse(&key.token_uri).map_err(|_| wrong("its `token_uri` is no URL"))?;
        // What the administrator's own file names is as good as a setting.
        origin::of_api(&Named::Setting(url.clone()), registry, &Cover::default())
            .map_err(|_| wrong("its `token_uri` is no place for credentials"))?;
        Ok(Self {
            project: key.project_id,
            endpoint: url,
        })
    }

    /// The project that it is of.
    pub(super) fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }
}

fn wrong(what: &str) -> String {
    format!("the password is no key of a service account (the JSON file that Google gives): {what}")
}

fn read(known: &Credentials) -> Result<KeyFile, String> {
    let text = known.password.expose().trim();
    let decoded = if known.username == ENCODED_KEY {
        let all: Zeroizing<String> =
            Zeroizing::new(text.split_ascii_whitespace().collect::<String>());
        let decoded = STANDARD.decode(all.as_bytes());
        Zeroizing::new(decoded.map_err(|_| wrong("it is not in Base64"))?)
    } else {
        Zeroizing::new(text.as_bytes().to_vec())
    };
    serde_json::from_slice(&decoded).map_err(|_| {
        wrong(
            "it is no such JSON, or not whole; of a command the first line is read, so that \
             `_json_key` takes `jq -c . FILE`, and `_json_key_base64` takes `base64 -w0 FILE`",
        )
    })
}

/// The assertion that asks for a token, signed (RFC 7515).
fn assertion(key: &KeyFile) -> Result<Zeroizing<String>, String> {
    let now = wall_clock().as_second();
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key.private_key_id });
    let claims = json!({
        "iss": key.client_email,
        "scope": SCOPE,
        "aud": key.token_uri,
        "iat": now,
        "exp": now + LIFETIME,
    });
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    let lines = key.private_key.lines();
    let body: Zeroizing<String> = Zeroizing::new(
        lines
            .map(str::trim)
            .filter(|line| !line.starts_with("-----"))
            .collect(),
    );
    let der = STANDARD.decode(body.as_bytes());
    let der = Zeroizing::new(der.map_err(|_| wrong("its `private_key` is no PEM"))?);
    let pair = RsaKeyPair::from_pkcs8(&der)
        .map_err(|_| wrong("its `private_key` is no RSA key in PKCS #8"))?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .map_err(|_| "the key of the service account signs nothing".to_owned())?;
    Ok(Zeroizing::new(format!("{signed}.{}", encode(&signature))))
}

impl Login for ServiceAccount {
    fn ask(&self, place: &Url, known: &Credentials) -> Result<Request, String> {
        let assertion = assertion(&read(known)?)?;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        form.append_pair("assertion", &assertion);
        let request = Request::post_form(place.clone(), CAP);
        Ok(request.with_body(Zeroizing::new(form.finish())))
    }

    fn endpoint(&self) -> Option<&Url> {
        Some(&self.endpoint)
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;
    use crate::model::Secret;

    const FILE: &str = include_str!("../../tests/data/service_account.json");
    const PUBLIC: &[u8] = include_bytes!("../../tests/data/service_account.der");

    fn registry() -> Url {
        "http://us-docker.pkg.dev/".parse().unwrap()
    }

    fn known(name: &str, text: &str) -> Credentials {
        Credentials::new(name, Secret::new(text))
    }

    #[test]
    fn an_assertion_is_signed_by_the_key() {
        let encoded = STANDARD.encode(FILE);
        for known in [known(KEY, FILE), known(ENCODED_KEY, &encoded)] {
            let account = ServiceAccount::of(&known, &registry()).unwrap().unwrap();
            assert_eq!(account.project(), Some("proj"));
            let assertion = assertion(&read(&known).unwrap()).unwrap();
            let (signed, signature) = assertion.rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, PUBLIC)
                .verify(signed.as_bytes(), &signature)
                .unwrap();
            let (_, claims) = signed.split_once('.').unwrap();
            let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
            let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
            assert_eq!(claims["scope"], SCOPE);
            assert_eq!(claims["iss"], "reader@proj.iam.gserviceaccount.com");
        }
    }

    #[test]
    fn what_is_no_key_says_so_and_shows_nothing_of_it() {
        let https = "https://us-docker.pkg.dev/".parse().unwrap();
        for (name, text, says) in [
            (KEY, "hunter2-no-key", "no such JSON"),
            (ENCODED_KEY, "hunter2-no-key", "not in Base64"),
            (
                KEY,
                &FILE.replace("http://127.0.0.1:1/token", "hunter2"),
                "no URL",
            ),
            // Plain text, while the registry speaks TLS.
            (KEY, FILE, "no place for credentials"),
        ] {
            let known = known(name, text);
            let why = ServiceAccount::of(&known, &https).unwrap().err().unwrap();
            assert!(why.contains(says), "{why}");
            assert!(!why.contains("hunter2"), "{why}");
        }
        let broken = FILE.replace("MII", "AAA");
        let why = assertion(&read(&known(KEY, &broken)).unwrap()).unwrap_err();
        assert!(why.contains("private_key"), "{why}");
        assert!(ServiceAccount::of(&known("ann", FILE), &https).is_none());
    }
}
