//! `certs.d`: where Docker and podman keep authorities and client certificates by host
//! (docs.docker.com "Verify repository client with certificates", containers-certs.d(5)).
//!
//! `HOST[:PORT]/*.crt` are authorities, `NAME.cert` with `NAME.key` is a client
//! certificate.

use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use reqwest::Url;

use super::HttpError;

/// What is kept for one host.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) authorities: Vec<PathBuf>,
    /// Certificate and key.
    pub(super) identity: Option<(PathBuf, PathBuf)>,
}

/// The trees of both tools, the user's own first.
pub(super) fn directories() -> Vec<PathBuf> {
    let own = etcetera::choose_base_strategy()
        .ok()
        .map(|base| base.config_dir().join("containers/certs.d"))
        // A relative home would be other certificates in every directory.
        .filter(|own| own.is_absolute());
    let shared = ["/etc/containers/certs.d", "/etc/docker/certs.d"].map(PathBuf::from);
    own.into_iter().chain(shared).collect()
}

/// What `directories` hold for the host of `url`: all of the authorities, and the first
/// client certificate.
pub(super) fn read(directories: &[PathBuf], url: &Url) -> Result<Kept, HttpError> {
    let mut kept = Kept::default();
    for name in names(url) {
        for directory in directories {
            add(&directory.join(&name), &mut kept)?;
        }
    }
    Ok(kept)
}

/// `HOST:PORT`, and `HOST` alone where the port is the scheme's own.
fn names(url: &Url) -> Vec<String> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(443);
    let mut names = vec![format!("{host}:{port}")];
    if url.port().is_none() {
        names.push(host.to_owned());
    }
    names
}

fn add(directory: &Path, kept: &mut Kept) -> Result<(), HttpError> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => {
            // A tree that only the daemon may read is no fault of the user's; what it
            // would have changed shows in the handshake.
            if !matches!(error.kind(), io::ErrorKind::NotFound) {
                tracing::warn!(directory = %directory.display(), %error, "certs.d was passed over");
            }
            return Ok(());
        }
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths {
        let kind = path.extension().and_then(|kind| kind.to_str());
        match kind {
            Some("crt") => kept.authorities.push(path),
            Some("cert") if kept.identity.is_none() => {
                let key = path.with_extension("key");
                if !key.exists() {
                    return Err(HttpError::local(
                        format!(
                            "the client certificate `{}` has no key beside it",
                            path.display()
                        ),
                        format!("put its key at `{}`, or remove it", key.display()),
                    ));
                }
                kept.identity = Some((path, key));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_with_its_port_and_without_where_that_goes_without_saying() {
        for (url, wanted) in [
            ("https://hub.corp/", &["hub.corp:443", "hub.corp"][..]),
            ("https://hub.corp:5000/x", &["hub.corp:5000"]),
            ("https://[fd00::1]:5000/", &["[fd00::1]:5000"]),
        ] {
            assert_eq!(names(&url.parse().unwrap()), wanted, "{url}");
        }
    }

    #[test]
    fn authorities_add_up_and_the_first_identity_counts() {
        let (own, shared) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |path: PathBuf| {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        };
        for name in ["ca.crt", "me.cert", "me.key", "notes.txt"] {
            write(own.path().join("hub:5000").join(name));
        }
        for name in ["other.crt", "daemon.cert", "daemon.key"] {
            write(shared.path().join("hub:5000").join(name));
        }
        let directories = [own.path().to_owned(), shared.path().to_owned()];
        let url: Url = "https://hub:5000/".parse().unwrap();
        let kept = read(&directories, &url).unwrap();
        assert_eq!(kept.authorities.len(), 2);
        assert!(kept.identity.unwrap().0.ends_with("hub:5000/me.cert"));
        assert_eq!(
            read(&directories, &"https://hub/".parse().unwrap()).unwrap(),
            Kept::default()
        );

        std::fs::remove_file(own.path().join("hub:5000/me.key")).unwrap();
        let error = read(&directories, &url).unwrap_err();
        assert!(error.hint().unwrap().contains("me.key"), "{error}");
    }
}
