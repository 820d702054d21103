//! Credential helpers: programs named `docker-credential-NAME` that are asked for a server
//! on standard input and answer in JSON (docker/docker-credential-helpers).

use std::time::Duration;

use serde::Deserialize;

use super::command::run_program;
use crate::model::{CredentialKind, Credentials, Secret, text};

/// How long one may take; some wait for a person to unlock a store.
const LIMIT: Duration = Duration::from_secs(20);

/// What helpers print where they have nothing.
const NOT_FOUND: &str = "credentials not found";

/// The user name that stands for an identity token.
const TOKEN_USER: &str = "<token>";

/// A helper's answer.
pub(super) enum Answer {
    Found(Credentials),
    NotThere,
}

#[derive(Deserialize)]
struct Reply {
    #[serde(rename = "Username", default)]
    username: String,
    #[serde(rename = "Secret", default)]
    secret: String,
}

/// Asks the helper `name` for what it keeps for `server`.
///
/// # Errors
///
/// Why there is no answer, in words.
pub(super) async fn get(name: &str, server: &str) -> Result<Answer, String> {
    // It becomes part of a program's name.
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || !name.chars().all(plain) {
        return Err("its name is no plain word".to_owned());
    }
    let program = format!("docker-credential-{name}");
    let ran = run_program(&program, &["get".to_owned()], &[], server.as_bytes(), LIMIT).await?;
    if !ran.is_success {
        // Complaints go to standard output.
        let printed = String::from_utf8_lossy(&ran.stdout);
        if printed.to_ascii_lowercase().contains(NOT_FOUND) {
            return Ok(Answer::NotThere);
        }
        let printed = text::quote(&printed, 200);
        return Err(if printed.is_empty() {
            ran.said
        } else {
            printed
        });
    }
    let reply: Reply = serde_json::from_slice(&ran.stdout)
        .map_err(|_| "its answer is no JSON with `Username` and `Secret`".to_owned())?;
    let secret = Secret::new(reply.secret);
    if secret.is_empty() {
        return Ok(Answer::NotThere);
    }
    let is_token = reply.username == TOKEN_USER;
    Ok(Answer::Found(Credentials {
        username: if is_token {
            String::new()
        } else {
            reply.username
        },
        password: secret,
        kind: if is_token {
            CredentialKind::IdentityToken
        } else {
            CredentialKind::Password
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_helper_that_is_not_there_is_named() {
        let error = get("nosuch", "hub.example").await.err().unwrap();
        assert!(error.contains("cannot be started"), "{error}");
        let error = get("../evil", "hub.example").await.err().unwrap();
        assert!(error.contains("no plain word"), "{error}");
    }
}
