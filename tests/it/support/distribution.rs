//! A real CNCF Distribution: Debian's `docker-registry`, on loopback, in a folder that
//! goes away with it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use supercargo::model::{Credentials, Secret};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use super::token_server::{ISSUER, SERVICE, TokenServer};

/// A registry that runs until this is dropped.
pub(crate) struct Distribution {
    /// `http://127.0.0.1:PORT`.
    pub(crate) address: String,
    /// Who may ask; `None` where everybody may.
    pub(crate) credentials: Option<Credentials>,
    log: Arc<watch::Sender<String>>,
    child: Child,
    folder: TempDir,
}

/// Who may ask a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Open,
    /// Everybody, and manifests may be deleted too.
    Deletable,
    Htpasswd,
}

/// Below its folder (Distribution, "Filesystem storage driver": `pathPrefix`).
const REPOSITORIES: &str = "store/docker/registry/v2/repositories";
const USERNAME: &str = "purser";
const PASSWORD: &str = "test password";
/// `htpasswd -nbBC 4 purser 'test password'`.
const HTPASSWD: &str = "purser:$2y$04$nIqqkqTIUNjewemeZTj9lO80HZbjezonhRUkwROniF7O2u7KGb70O\n";

impl Distribution {
    /// Starts one; `None` where it is not installed.
    pub(crate) async fn start(access: Access) -> Option<Self> {
        Self::launch(access, None).await
    }

    /// Starts one that takes this server's tokens; `None` where it is not installed.
    pub(crate) async fn start_with_tokens(server: &TokenServer) -> Option<Self> {
        Self::launch(Access::Open, Some(server)).await
    }

    async fn launch(access: Access, tokens: Option<&TokenServer>) -> Option<Self> {
        let program = super::real("docker-registry")?;
        // It waits for the disk after each file; in memory there is no disk to wait for.
        let memory = Path::new("/dev/shm");
        let folder = tempfile::tempdir_in(memory)
            .or_else(|_| tempfile::tempdir())
            .unwrap();
        let store = folder.path().join("store");
        let passwords = folder.path().join("htpasswd");
        let (mut auth, mut credentials) = (String::new(), None);
        let deletes = access == Access::Deletable;
        if access == Access::Htpasswd {
            std::fs::write(&passwords, HTPASSWD).unwrap();
            auth = format!(
                "auth: {{htpasswd: {{realm: Registry Realm, path: '{}'}}}}",
                passwords.display()
            );
            credentials = Some(Credentials::new(USERNAME.to_owned(), Secret::new(PASSWORD)));
        }
        if let Some(server) = tokens {
            let bundle = folder.path().join("bundle.pem");
            std::fs::write(&bundle, server.certificate()).unwrap();
            auth = format!(
                "auth: {{token: {{realm: '{}', service: '{SERVICE}', issuer: '{ISSUER}', \
                 rootcertbundle: '{}'}}}}",
                server.realm,
                bundle.display()
            );
        }
        let config = format!(
            "version: 0.1\n\
             log: {{level: info, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: '{}'}}, cache: {{blobdescriptor: inmemory}}, \
             delete: {{enabled: {deletes}}}}}\n\
             http: {{addr: '127.0.0.1:0', secret: of-no-use}}\n\
             {auth}\n",
            store.display()
        );
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config).unwrap();
        let mut child = Command::new(program)
            .arg("serve")
            .arg(&file)
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();

        // It says on standard error where it listens; the rest is kept for failures.
        let log = Arc::new(watch::Sender::new(String::new()));
        let (found, listens) = oneshot::channel();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let kept = Arc::clone(&log);
        tokio::spawn(async move {
            let mut found = Some(found);
            while let Ok(Some(line)) = lines.next_line().await {
                let address = line
                    .split_once("listening on ")
                    .and_then(|(_, rest)| rest.split(['"', ' ', ',']).next());
                if let (Some(address), true) = (address, found.is_some()) {
                    let _ = found.take().unwrap().send(address.to_owned());
                }
                kept.send_modify(|kept| {
                    kept.push_str(&line);
                    kept.push('\n');
                });
            }
        });
        let listens = timeout(Duration::from_secs(20), listens).await;
        let Ok(Ok(address)) = listens else {
            panic!("docker-registry did not start:\n{}", *log.borrow());
        };
        Some(Self {
            address: format!("http://{address}"),
            credentials,
            log,
            child,
            folder,
        })
    }

    /// Where it keeps a repository, for what its protocol cannot take away.
    pub(crate) fn folder_of(&self, repository: &str) -> PathBuf {
        let repositories = self.folder.path().join(REPOSITORIES);
        repositories.join(repository)
    }

    /// Ends it, and waits until it is gone.
    pub(crate) async fn end(mut self) {
        self.child.kill().await.unwrap();
    }

    /// What it wrote, once this is in it.
    pub(crate) async fn log_with(&self, marker: &str) -> String {
        let mut log = self.log.subscribe();
        let found = log.wait_for(|log| log.contains(marker));
        let found = timeout(Duration::from_secs(20), found).await;
        found.unwrap().unwrap().clone()
    }

    /// What it wrote so far, for the message of a failure.
    pub(crate) fn log(&self) -> String {
        self.log.borrow().clone()
    }
}
