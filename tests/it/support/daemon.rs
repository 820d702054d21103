//! Real servers that cannot choose a port themselves: nginx, haproxy, tinyproxy, microsocks.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A server that runs until this is dropped, and its folder.
pub(crate) struct Daemon {
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    pub(crate) folder: tempfile::TempDir,
    _child: Child,
}

impl Daemon {
    /// Starts `program` with what `arguments` makes of a port and the folder, and waits
    /// until it listens. A port that somebody else took meanwhile is tried anew. `None`
    /// where the program is not installed.
    pub(crate) async fn start(
        program: &str,
        arguments: impl Fn(u16, &Path) -> Vec<String>,
    ) -> Option<Self> {
        let path = super::real(program)?;
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            let port = {
                let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                probe.local_addr().unwrap().port()
            };
            let log = std::fs::File::create(folder.path().join("daemon.log")).unwrap();
            let mut child = Command::new(&path)
                .args(arguments(port, folder.path()))
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                .env("HOME", folder.path())
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .kill_on_drop(true)
                .spawn()
                .unwrap();
            let address = format!("127.0.0.1:{port}");
            if listens(&mut child, &address).await {
                return Some(Self {
                    address,
                    folder,
                    _child: child,
                });
            }
            let _ = writeln!(
                std::io::stderr(),
                "{program} did not start: {}",
                std::fs::read_to_string(folder.path().join("daemon.log")).unwrap()
            );
        }
        panic!("{program} never listened");
    }
}

/// Whether it takes connections within some seconds.
async fn listens(child: &mut Child, address: &str) -> bool {
    let until = tokio::time::Instant::now() + Duration::from_secs(20);
    while tokio::time::Instant::now() < until {
        if TcpStream::connect(address).await.is_ok() {
            return true;
        }
        // Between two looks at a process that says nothing.
        let pause = Duration::from_millis(20);
        if tokio::time::timeout(pause, child.wait()).await.is_ok() {
            return false;
        }
    }
    false
}

/// nginx with TLS before `upstream`; `more` is put into its server block. The certificate
/// and key are the files `server.pem` and `server.key` of these texts.
pub(crate) async fn nginx(
    upstream: &str,
    (certificate, key): &(String, String),
    authority: &str,
    more: &str,
) -> Option<Daemon> {
    Daemon::start("nginx", |port, folder| {
        for (name, text) in [
            ("server.pem", certificate.as_str()),
            ("server.key", key.as_str()),
            ("authority.pem", authority),
        ] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let at = folder.display();
        let config = format!(
            "daemon off; master_process off; pid {at}/nginx.pid; error_log stderr;\n\
             events {{}}\n\
             http {{\n access_log {at}/access.log;\n\
             client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;\n\
             fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;\n\
             server {{\n listen 127.0.0.1:{port} ssl http2; ssl_protocols TLSv1.2 TLSv1.3;\n\
             ssl_certificate {at}/server.pem; ssl_certificate_key {at}/server.key;\n{more}\n\
             location / {{ proxy_pass {upstream}; proxy_set_header Host $http_host; \
             proxy_set_header X-Forwarded-Proto https; }}\n}}\n}}\n"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(
            &file,
            config.replace("AUTHORITY", &format!("{at}/authority.pem")),
        )
        .unwrap();
        vec![
            "-p".into(),
            folder.display().to_string(),
            "-c".into(),
            file.display().to_string(),
        ]
    })
    .await
}

/// haproxy before `upstream`, with `rules` for each request: `sc0_http_req_cnt` is its number.
pub(crate) async fn haproxy(upstream: &str, rules: &str) -> Option<Daemon> {
    let upstream = upstream.trim_start_matches("http://");
    Daemon::start("haproxy", |port, folder| {
        let config = format!(
            "defaults\n mode http\n timeout connect 10s\n timeout client 60s\n\
             timeout server 60s\n\
             frontend before\n bind 127.0.0.1:{port}\n\
             stick-table type integer size 10 expire 1h store http_req_cnt\n\
             http-request track-sc0 int(1)\n{rules}\
             default_backend behind\n\
             backend behind\n server registry {upstream}\n"
        );
        let file = folder.join("haproxy.cfg");
        std::fs::write(&file, config).unwrap();
        vec!["-db".into(), "-f".into(), file.display().to_string()]
    })
    .await
}

/// tinyproxy that lets through whoever knows user name and password.
pub(crate) async fn tinyproxy(user: &str, password: &str) -> Option<Daemon> {
    Daemon::start("tinyproxy", |port, folder| {
        let file = folder.join("tinyproxy.conf");
        let config = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\nLogLevel Info\n\
             LogFile \"{}/proxy.log\"\nBasicAuth {user} {password}\n",
            folder.display()
        );
        std::fs::write(&file, config).unwrap();
        vec!["-d".into(), "-c".into(), file.display().to_string()]
    })
    .await
}

/// microsocks, for whoever knows user name and password where they are given.
pub(crate) async fn microsocks(credentials: Option<(&str, &str)>) -> Option<Daemon> {
    Daemon::start("microsocks", |port, _| {
        let mut arguments: Vec<String> = ["-i", "127.0.0.1", "-p"].map(str::to_owned).to_vec();
        arguments.push(port.to_string());
        if let Some((user, password)) = credentials {
            arguments.extend(["-u", user, "-P", password].map(str::to_owned));
        }
        arguments
    })
    .await
}
