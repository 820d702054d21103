//! A real CNCF Distribution: Debian's `docker-registry`, on loopback, in a folder that
//! goes away with it.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use supercargo::model::{Credentials, Secret};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A registry that runs until this is dropped.
pub(crate) struct Distribution {
    /// `http://127.0.0.1:PORT`.
    pub(crate) address: String,
    /// Who may ask; `None` where everybody may.
    pub(crate) credentials: Option<Credentials>,
    log: Arc<Mutex<String>>,
    _child: Child,
    _folder: TempDir,
}

/// Who may ask a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Open,
    Htpasswd,
}

const USERNAME: &str = "purser";
const PASSWORD: &str = "test password";
/// `htpasswd -nbBC 4 purser 'test password'`.
const HTPASSWD: &str = "purser:$2y$04$nIqqkqTIUNjewemeZTj9lO80HZbjezonhRUkwROniF7O2u7KGb70O\n";

impl Distribution {
    /// Starts one; `None` where it is not installed.
    pub(crate) async fn start(access: Access) -> Option<Self> {
        let program = super::real("docker-registry")?;
        // It waits for the disk after each file; in memory there is no disk to wait for.
        let memory = Path::new("/dev/shm");
        let folder = tempfile::tempdir_in(memory)
            .or_else(|_| tempfile::tempdir())
            .unwrap();
        let store = folder.path().join("store");
        let passwords = folder.path().join("htpasswd");
        let (mut auth, mut credentials) = (String::new(), None);
        if access == Access::Htpasswd {
            std::fs::write(&passwords, HTPASSWD).unwrap();
            auth = format!(
                "auth: {{htpasswd: {{realm: Registry Realm, path: '{}'}}}}",
                passwords.display()
            );
            credentials = Some(Credentials::new(USERNAME.to_owned(), Secret::new(PASSWORD)));
        }
        let config = format!(
            "version: 0.1\n\
             log: {{level: info, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: '{}'}}, cache: {{blobdescriptor: inmemory}}}}\n\
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
        let log = Arc::new(Mutex::new(String::new()));
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
                let mut kept = kept.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        let listens = timeout(Duration::from_secs(20), listens).await;
        let Ok(Ok(address)) = listens else {
            panic!("docker-registry did not start:\n{}", log.lock().unwrap());
        };
        Some(Self {
            address: format!("http://{address}"),
            credentials,
            log,
            _child: child,
            _folder: folder,
        })
    }

    /// What it wrote so far, for the message of a failure.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}
