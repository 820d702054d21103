//! What a token opens, as far as it can be read (RFC 7519; distribution
//! docs/spec/auth/jwt.md). It is read for people only: nothing is decided by it, and no
//! signature is looked at.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::lenient::{List, Text};
use crate::http::Cover;

/// Most scopes read of one token.
const MAX_SCOPES: usize = 64;

/// What is known of a token; never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDetails {
    /// The token endpoint that gave it, its query left out.
    pub realm: String,
    /// The service it was asked for, where the challenge named one.
    pub service: Option<String>,
    /// The scope that was asked for; `None` where it was only to see whether the sign-in
    /// works.
    pub asked: Option<String>,
    /// How long it lives from its receipt.
    pub lifetime: Duration,
    /// Whether credentials were given for it.
    pub signed_in: bool,
    /// What it says it opens.
    pub grant: Grant,
}

/// What a token says it opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It cannot be read: only the registry knows.
    Opaque,
    /// Exactly this; nothing where the list is empty.
    Scopes(Vec<GrantedScope>),
}

/// One thing that a token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedScope {
    /// `repository` or `registry`.
    pub kind: String,
    /// The repository, or `catalog`.
    pub name: String,
    /// `pull`, `push`, `delete`, `*`.
    pub actions: Vec<String>,
}

impl fmt::Display for GrantedScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.kind, self.name, self.actions.join(","))
    }
}

#[derive(Deserialize)]
struct Claims {
    access: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, rename = "type")]
    kind: Text,
    #[serde(default)]
    name: Text,
    // Some servers say `null` for none.
    #[serde(default)]
    actions: List<Text>,
}

impl Grant {
    /// Reads the `access` claim of `token`, where it is a JWT that has one.
    pub(super) fn of(token: &str, cover: &Cover) -> Self {
        let payload = {
            let mut parts = token.split('.');
            let payload = parts.nth(1);
            payload.filter(|_| parts.next().is_some() && parts.next().is_none())
        };
        let claims = payload
            .and_then(|payload| URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok())
            .and_then(|bytes| serde_json::from_slice::<Claims>(&bytes).ok());
        let Some(claims) = claims else {
            return Self::Opaque;
        };
        let read = |entry: Entry| GrantedScope {
            kind: entry.kind.show(cover, 40).unwrap_or_default(),
            name: entry.name.show(cover, 255).unwrap_or_default(),
            actions: entry
                .actions
                .iter()
                .take(8)
                .filter_map(|action| action.show(cover, 40))
                .collect(),
        };
        Self::Scopes(
            claims
                .access
                .into_iter()
                .take(MAX_SCOPES)
                .map(read)
                .filter(|scope| !scope.actions.is_empty())
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token with this payload; nobody signed it, and nobody looks.
    pub(in crate::registry) fn jwt(payload: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part(r#"{"alg":"ES256"}"#), part(payload), "sig")
    }

    #[test]
    fn a_readable_token_says_what_it_opens() {
        for (token, wanted) in [
            (
                jwt(
                    r#"{"access":[{"type":"repository","name":"team/app","actions":["pull","push"]},
                       {"type":"registry","name":"catalog","actions":["*"]}]}"#,
                ),
                Some("repository:team/app:pull,push registry:catalog:*"),
            ),
            (jwt(r#"{"access":[]}"#), Some("")),
            // Named, and nothing allowed: that opens nothing.
            (
                jwt(
                    r#"{"access":[{"type":"registry","name":"catalog","actions":[]},
                       {"type":"repository","name":"a","actions":null}]}"#,
                ),
                Some(""),
            ),
            (jwt(r#"{"sub":"ann"}"#), None),
            (jwt("no JSON"), None),
            ("DockerToken.5e8".to_owned(), None),
            ("a.b".to_owned(), None),
            ("a.b.c.d.e".to_owned(), None),
            (String::new(), None),
        ] {
            let found = match Grant::of(&token, &Cover::default()) {
                Grant::Opaque => None,
                Grant::Scopes(scopes) => {
                    let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
                    Some(scopes.join(" "))
                }
            };
            assert_eq!(found.as_deref(), wanted, "{token}");
        }
    }

    #[test]
    fn what_a_token_says_is_made_harmless() {
        let token = jwt(
            "{\"access\":[{\"type\":\"repository\",\"name\":\"a\\u001b[2J\",\"actions\":[\"pull\"]}]}",
        );
        let Grant::Scopes(scopes) = Grant::of(&token, &Cover::default()) else {
            panic!("it can be read");
        };
        assert!(!scopes[0].to_string().contains('\u{1b}'));
    }
}
