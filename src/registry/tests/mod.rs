//! The protocol on a scripted transport, under paused time.

mod auth;
mod aws_key;
mod challenges;
mod document;
mod identity_token;
mod login;
mod manifest;
mod pace;
mod pages;
mod ping;
mod registry_token;
mod reveal;
mod sizes;
mod stores;
mod token_server;
mod whole;

use super::*;
use crate::http::scripted;
use crate::http::scripted::{Reply, Script};
use crate::model::{AuthType, CredentialKind, Credentials, Secret};

const BEARER: &str = r#"Bearer realm="http://auth/token",service="reg""#;

fn spec() -> RegistrySpec {
    RegistrySpec::new("test".parse().unwrap(), "http://reg".parse().unwrap())
}

fn registry(script: &Script) -> Registry {
    with(script, &spec(), None)
}

fn signed(script: &Script, auth: AuthType) -> Registry {
    let mut spec = spec();
    spec.auth = auth;
    with(script, &spec, Some(ann()))
}

fn with(script: &Script, spec: &RegistrySpec, credentials: Option<Credentials>) -> Registry {
    let http = scripted(script.clone(), &spec.limits);
    Registry::over(http, spec, credentials).unwrap()
}

fn ann() -> Credentials {
    Credentials::new("ann", Secret::new("hunter2"))
}

/// A registry for which a token of this kind is kept.
fn holding(script: &Script, kind: CredentialKind, auth: AuthType) -> Registry {
    let mut spec = spec();
    spec.auth = auth;
    let credentials = Credentials {
        username: String::new(),
        password: Secret::new("kept-token"),
        kind,
    };
    with(script, &spec, Some(credentials))
}

fn tag_list() -> Reply {
    Reply::json(r#"{"tags":["1"]}"#)
}

/// `ann:hunter2`, as Basic sends it.
const ANN: &str = "Basic YW5uOmh1bnRlcjI=";

fn name(text: &str) -> RepositoryName {
    text.parse().unwrap()
}

fn unauthorized(challenge: &str) -> Reply {
    Reply::status(401)
        .header("www-authenticate", challenge)
        .body(r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#)
}

/// `reply` to who sends `authorization`, else a 401 with `challenge`.
fn guarded(
    authorization: &'static str,
    challenge: &'static str,
    reply: Reply,
) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    move |request: &Request| {
        let sent = request.headers.get("authorization");
        if sent.is_some_and(|sent| sent == authorization) {
            reply.clone()
        } else {
            unauthorized(challenge)
        }
    }
}

async fn first_tags(registry: &Registry, repository: &str) -> Result<Vec<String>, Failure> {
    let page = registry.tags(&name(repository)).next().await.unwrap()?;
    Ok(page.items.iter().map(ToString::to_string).collect())
}
