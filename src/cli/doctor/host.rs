//! What this host offers: each subject by itself, from facts that are handed in.

use std::io;
use std::path::Path;

use crate::export::{Condition, Diagnosis};
use crate::http::{HttpError, TrustStore};
use crate::model::{HostTrouble, StoreOffer, Timestamp, text};

/// Less free room than this is worth a word: an inventory is written anew beside itself when
/// it is compacted or repaired.
const ROOM: u64 = 100_000_000;

/// No clock was before this when the program was made: 2026-01-01.
const MADE: i64 = 1_767_225_600;

/// The state directory.
pub(super) struct StateFacts<'a> {
    pub(super) path: &'a Path,
    pub(super) exists: bool,
    /// Free bytes, of it or of where it would be made.
    pub(super) free: Option<u64>,
    /// Whether files can be made there, or why not.
    pub(super) writable: io::Result<()>,
    /// Whether its file system keeps locks, or why not.
    pub(super) locks: io::Result<()>,
}

impl<'a> StateFacts<'a> {
    /// Looks, and writes nothing.
    #[cfg(unix)]
    pub(super) fn of(path: &'a Path) -> Self {
        use rustix::fs::{Access, access, statvfs};

        let place = path.ancestors().find(|place| place.exists());
        let place = place.unwrap_or(Path::new("/"));
        Self {
            path,
            exists: path.exists(),
            free: statvfs(place)
                .ok()
                .map(|room| room.f_bavail.saturating_mul(room.f_frsize)),
            writable: access(place, Access::WRITE_OK | Access::EXEC_OK).map_err(io::Error::from),
            locks: std::fs::File::open(place).and_then(|place| match place.try_lock_shared() {
                Ok(()) | Err(std::fs::TryLockError::WouldBlock) => Ok(()),
                Err(std::fs::TryLockError::Error(error)) => Err(error),
            }),
        }
    }

    /// Elsewhere only whether it is there is known.
    #[cfg(not(unix))]
    pub(super) fn of(path: &'a Path) -> Self {
        Self {
            path,
            exists: path.exists(),
            free: None,
            writable: Ok(()),
            locks: Ok(()),
        }
    }
}

pub(super) fn state(facts: &StateFacts<'_>) -> Diagnosis {
    const SUBJECT: &str = "state";
    let path = facts.path.display();
    let mut detail = if facts.exists {
        format!("{path}")
    } else {
        format!("{path}, which is made when it is needed")
    };
    if let Err(error) = &facts.writable {
        let hint = HostTrouble::of(error).hint();
        let detail = format!("{path} may not be written: {error}");
        return Diagnosis::bad(SUBJECT, Condition::Trouble, detail, hint);
    }
    if let Err(error) = &facts.locks {
        return Diagnosis::bad(
            SUBJECT,
            Condition::Trouble,
            format!("the file system of {path} keeps no locks: {error}"),
            "choose a place on a disk of this host with `--state DIR`: without locks two \
             programs write into each other",
        );
    }
    if let Some(free) = facts.free {
        detail.push_str(&format!(", {} free", text::size(free)));
        if free < ROOM {
            let hint = "make room, or choose another place with `--state DIR`";
            return Diagnosis::bad(SUBJECT, Condition::Warning, detail, hint);
        }
    }
    Diagnosis::ok(SUBJECT, detail)
}

/// The user's own files. `problem` is why one of them cannot be used.
pub(super) fn configuration(config_file: &Path, problem: Option<String>) -> Diagnosis {
    const SUBJECT: &str = "configuration";
    if let Some(problem) = problem {
        return Diagnosis::bad(
            SUBJECT,
            Condition::Trouble,
            problem,
            "correct the file, or move it away for the defaults",
        );
    }
    let keys = config_file.with_file_name("keys.toml");
    let read: Vec<String> = [config_file, &keys]
        .into_iter()
        .filter(|file| file.exists())
        .map(|file| file.display().to_string())
        .collect();
    Diagnosis::ok(
        SUBJECT,
        if read.is_empty() {
            format!("the defaults; there is no {}", config_file.display())
        } else {
            format!("{} read", read.join(" and "))
        },
    )
}

/// The terminal, by its variables and its size in columns and rows; `None` where there is
/// none, as under cron.
pub(super) fn terminal(
    env: impl Fn(&str) -> Option<String>,
    size: Option<(u16, u16)>,
    is_ascii: bool,
) -> Diagnosis {
    const SUBJECT: &str = "terminal";
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let Some((columns, rows)) = size else {
        return Diagnosis::ok(SUBJECT, "none here; commands need none, the interface does");
    };
    let term = set("TERM").unwrap_or_default();
    let colours = match set("COLORTERM").as_deref() {
        _ if set("NO_COLOR").is_some() => "no colours (NO_COLOR)",
        Some("truecolor" | "24bit") => "16 million colours",
        _ if term.contains("256color") => "256 colours",
        _ => "16 colours",
    };
    let letters = if is_ascii { "ASCII alone" } else { "UTF-8" };
    let mut detail = format!("{term}, {columns}×{rows}, {colours}, {letters}");
    if set("SSH_CONNECTION").is_some() || set("SSH_TTY").is_some() {
        detail.push_str(", over SSH");
    }
    detail.push_str(if set("TMUX").is_some() {
        ", copies by OSC 52 where tmux has `set-clipboard on`"
    } else if set("STY").is_some() || matches!(term.as_str(), "linux" | "dumb" | "") {
        ", takes no copies (OSC 52)"
    } else {
        ", copies by OSC 52 if it allows that"
    });
    let bad = |detail: String, hint| Diagnosis::bad(SUBJECT, Condition::Warning, detail, hint);
    if matches!(term.as_str(), "" | "dumb") {
        return bad(
            format!("`TERM` is `{term}`, {columns}×{rows}: the interface may not draw"),
            "set `TERM` to what the terminal is, such as `xterm-256color`",
        );
    }
    if columns < 60 || rows < 16 {
        return bad(
            detail,
            "make it 60×16 or larger; 80×24 shows the whole of a row",
        );
    }
    if is_ascii {
        return bad(
            detail,
            "names with other letters need a locale with UTF-8, such as `LANG=C.UTF-8`",
        );
    }
    Diagnosis::ok(SUBJECT, detail)
}

/// The stores for passwords; `None` where they were not tried.
pub(super) fn secrets(offers: Option<&[StoreOffer]>) -> Vec<Diagnosis> {
    const SUBJECT: &str = "secrets";
    let Some(offers) = offers else {
        return vec![Diagnosis::ok(
            SUBJECT,
            "not tried under `--read-only`: a store is tried by writing to it",
        )];
    };
    offers
        .iter()
        .map(|offer| {
            match &offer.trouble {
                None => Diagnosis::ok(
                    SUBJECT,
                    format!(
                        "{} keeps a password {}",
                        offer.store.place().name,
                        offer.store.lifetime()
                    ),
                ),
                // Over SSH that is usual, and others do as well.
                Some(trouble) => Diagnosis::bad(
                    SUBJECT,
                    Condition::Warning,
                    trouble.message.clone(),
                    trouble.hint.clone().unwrap_or_default(),
                ),
            }
        })
        .collect()
}

pub(super) fn trust(store: &TrustStore) -> Diagnosis {
    const SUBJECT: &str = "trust";
    let detail = format!("{} authorities, from {}", store.authorities, store.origin);
    if store.is_the_hosts {
        return Diagnosis::ok(SUBJECT, detail);
    }
    Diagnosis::bad(
        SUBJECT,
        Condition::Warning,
        detail,
        "install the host's store (`ca-certificates`), or name one with `SSL_CERT_FILE`; an \
         authority of your own goes into a registry's `--ca-file`",
    )
}

pub(super) fn proxy(found: Result<Vec<(&'static str, String)>, HttpError>) -> Diagnosis {
    const SUBJECT: &str = "proxy";
    match found {
        Err(error) => Diagnosis::bad(
            SUBJECT,
            Condition::Trouble,
            error.to_string(),
            error.hint().unwrap_or_default(),
        ),
        Ok(named) if named.is_empty() => Diagnosis::ok(
            SUBJECT,
            "none in the environment; a registry may have its own",
        ),
        Ok(named) => {
            let named = named
                .iter()
                .map(|(scheme, url)| format!("{scheme} by {url}"));
            Diagnosis::ok(SUBJECT, named.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The clock, against when the program was made and the latest crawl began.
pub(super) fn clock(now: Timestamp, latest: Option<Timestamp>) -> Diagnosis {
    const SUBJECT: &str = "clock";
    let hint = "set the clock (`timedatectl` says whether something keeps it right): \
                certificates and tokens are held against it";
    if now.as_second() < MADE {
        let detail = format!("{now}, which is before this program was made");
        return Diagnosis::bad(SUBJECT, Condition::Trouble, detail, hint);
    }
    match latest {
        Some(latest) if latest > now => Diagnosis::bad(
            SUBJECT,
            Condition::Warning,
            format!("{now}, which is before the latest crawl began ({latest})"),
            hint,
        ),
        _ => Diagnosis::ok(SUBJECT, now.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::Examination;
    use crate::model::PasswordSource;
    use crate::secret::SecretError;

    fn env(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn place(writable: io::Result<()>, locks: io::Result<()>, free: u64) -> Diagnosis {
        state(&StateFacts {
            path: Path::new("/home/ann/.local/state/supercargo"),
            exists: true,
            free: Some(free),
            writable,
            locks,
        })
    }

    fn refused(kind: io::ErrorKind) -> io::Result<()> {
        Err(kind.into())
    }

    #[test]
    fn a_good_host_is_told_in_a_line_a_subject() {
        let mut found = vec![
            place(Ok(()), Ok(()), 12_000_000_000),
            configuration(Path::new("/nowhere/config.toml"), None),
            terminal(
                env(&[
                    ("TERM", "xterm-256color"),
                    ("COLORTERM", "truecolor"),
                    ("SSH_TTY", "/dev/pts/1"),
                ]),
                Some((80, 24)),
                false,
            ),
        ];
        found.extend(secrets(Some(&[StoreOffer {
            store: PasswordSource::File,
            trouble: None,
        }])));
        found.extend([
            trust(&TrustStore {
                authorities: 140,
                origin: "the system's store",
                is_the_hosts: true,
            }),
            proxy(crate::http::environment_proxies(env(&[(
                "https_proxy",
                "http://ann:hunter2@jump:3128",
            )]))),
            clock(at(1_795_000_000), Some(at(1_794_000_000))),
        ]);
        let examination = Examination::new(found);
        assert!(examination.is_ok());
        insta::assert_snapshot!("a_good_host", examination.sentences());
    }

    #[test]
    fn a_poor_host_is_told_with_what_to_do() {
        let mut found = vec![
            place(refused(io::ErrorKind::PermissionDenied), Ok(()), 1),
            place(Ok(()), refused(io::ErrorKind::Unsupported), 1),
            place(Ok(()), Ok(()), 5_000_000),
            configuration(
                Path::new("/c.toml"),
                Some("`/c.toml`: no such theme".into()),
            ),
            terminal(env(&[("TERM", "dumb")]), Some((80, 24)), true),
            terminal(env(&[("TERM", "linux")]), Some((40, 10)), true),
            terminal(
                env(&[("TERM", "tmux"), ("TMUX", "1"), ("NO_COLOR", "1")]),
                Some((80, 24)),
                true,
            ),
            terminal(env(&[]), None, false),
        ];
        found.extend(secrets(None));
        let slow = SecretError::OsStoreTimeout(std::time::Duration::from_secs(2));
        found.extend(secrets(Some(&[StoreOffer {
            store: PasswordSource::OsStore,
            trouble: Some(slow.trouble()),
        }])));
        found.extend([
            trust(&TrustStore {
                authorities: 140,
                origin: "the public roots of this program",
                is_the_hosts: false,
            }),
            proxy(crate::http::environment_proxies(env(&[]))),
            proxy(crate::http::environment_proxies(env(&[(
                "http_proxy",
                "ftp://x",
            )]))),
            clock(at(0), None),
            clock(at(1_795_000_000), Some(at(1_796_000_000))),
        ]);
        insta::assert_snapshot!("a_poor_host", Examination::new(found).sentences());
    }
}
