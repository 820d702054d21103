//! The simulator's personalities, held to the products by what others' clients make of
//! them: Python packages of the vendors and their communities, and skopeo.
//!
//! The packages are those of `tests/data/clients.txt`, in the environment that `.ci/run`
//! makes or in that of the interpreter that `SUPERCARGO_PYTHON` names.

mod acr;
mod artifact_registry;
mod artifactory;
mod docker_hub;
mod ecr;
mod ghcr;
mod gitea;
mod gitflic;
mod gitlab;
mod harbor;
mod nexus;
mod quay;
mod zot;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use supercargo::simulator::Content;
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::{missing, real};

/// Longer than any of them takes; one that hangs is to be seen as one.
const PATIENCE: Duration = Duration::from_mins(2);
/// Who signs in, and with what.
type Account<'a> = (&'a str, &'a str);

/// An interpreter that has the package. Where there is none, the test that needs it says so
/// and is skipped, or fails where it must not be.
async fn python(package: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = root.join("target/clients/bin/python");
    let named = std::env::var_os("SUPERCARGO_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or(own);
    let import = format!("import {package}");
    let mut tried = Command::new(&python);
    tried.args(["-c", &import]).kill_on_drop(true);
    let has = tried.output().await.is_ok_and(|ran| ran.status.success());
    if !has {
        missing(&format!("{package} of Python"));
    }
    has.then_some(python)
}

/// What a script of this folder prints about the product at `address`.
async fn told(
    python: &Path,
    script: &str,
    arguments: &[&str],
    (name, password): Account<'_>,
) -> Result<Value, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/personalities");
    let mut command = Command::new(python);
    command
        .env_clear()
        .env("SUPERCARGO_TEST_PASSWORD", password)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(folder.join(script))
        .args(arguments)
        .arg(name)
        .kill_on_drop(true);
    let ran = timeout(PATIENCE, command.output()).await.unwrap().unwrap();
    if ran.status.success() {
        Ok(serde_json::from_slice(&ran.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&ran.stderr).into_owned())
    }
}

/// The tags of a repository, as skopeo lists them; what it complains of where it can not.
/// `None` where it is not installed.
async fn skopeo(
    address: &str,
    repository: &str,
    account: Option<Account<'_>>,
) -> Option<Result<BTreeSet<String>, String>> {
    use base64::Engine as _;
    let program = real("skopeo")?;
    let host = address.strip_prefix("http://").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth.json");
    let mut auths = json!({});
    if let Some((name, password)) = account {
        let pair = format!("{name}:{password}");
        let pair = base64::engine::general_purpose::STANDARD.encode(pair);
        auths[host] = json!({ "auth": pair });
    }
    std::fs::write(&file, json!({ "auths": auths }).to_string()).unwrap();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("HOME", folder.path())
        .args(["list-tags", "--tls-verify=false", "--authfile"])
        .arg(&file)
        .arg(format!("docker://{host}/{repository}"))
        .kill_on_drop(true);
    let ran = timeout(PATIENCE, command.output()).await.unwrap().unwrap();
    if !ran.status.success() {
        return Some(Err(String::from_utf8_lossy(&ran.stderr).into_owned()));
    }
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let tags = told["Tags"].as_array().unwrap().iter();
    Some(Ok(tags
        .map(|tag| tag.as_str().unwrap().to_owned())
        .collect()))
}

/// The tags that a repository has in truth.
fn tags(content: &Content, repository: &str) -> BTreeSet<String> {
    let shelves = content.shelves().into_iter();
    let shelf = shelves.filter(|shelf| shelf.repository == repository);
    shelf
        .flat_map(|shelf| shelf.tags)
        .map(|(tag, _)| tag)
        .collect()
}
