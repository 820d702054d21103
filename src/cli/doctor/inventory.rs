//! The inventory: whether it is sound, what is lost of it, what a repair did, who has it.

use std::path::Path;

use crate::export::{Condition, Diagnosis};
use crate::model::{RepositoryName, text};
use crate::store::{Checkup, Integrity, RegistryCheckup, Repair, SettingsSource, StoreError};

const SUBJECT: &str = "inventory";

/// What a look at it found.
pub(super) fn checkup(
    found: Result<Option<Checkup>, StoreError>,
    directory: &Path,
) -> Vec<Diagnosis> {
    let found = match found {
        Ok(Some(found)) => found,
        Ok(None) => return vec![absent(directory)],
        Err(error) => return vec![failed(&error)],
    };
    let mut told = vec![whole(&found)];
    if matches!(found.integrity, Integrity::Damaged { .. }) {
        let hint = "after a repair the next crawl reads it again";
        told.extend(losses(&found, Condition::Trouble, hint));
    }
    told
}

/// What a repair did.
pub(super) fn repair(done: Result<Option<Repair>, StoreError>, directory: &Path) -> Vec<Diagnosis> {
    let Repair { found, kept_as } = match done {
        Ok(Some(done)) => done,
        Ok(None) => return vec![absent(directory)],
        Err(error) => return vec![failed(&error)],
    };
    let Some(kept_as) = kept_as else {
        return vec![match found.integrity {
            Integrity::NotClosed => Diagnosis::ok(
                SUBJECT,
                format!("{} is closed in order now", found.path.display()),
            ),
            _ => whole(&found),
        }];
    };
    let repaired = format!(
        "{} is repaired; the damaged file is now {}",
        found.path.display(),
        kept_as.display()
    );
    let mut told = vec![Diagnosis::ok(SUBJECT, repaired)];
    told.extend(losses(
        &found,
        Condition::Warning,
        "`supercargo crawl --all` reads it again",
    ));
    told
}

fn absent(directory: &Path) -> Diagnosis {
    Diagnosis::ok(
        SUBJECT,
        format!(
            "none yet in {}; `registry add` begins it",
            directory.display()
        ),
    )
}

fn failed(error: &StoreError) -> Diagnosis {
    let mut detail = error.to_string();
    if let StoreError::Held { path, .. } = error
        && let holders = holders(path)
        && !holders.is_empty()
    {
        detail.push_str(&format!(", process {}", holders.join(", ")));
    }
    Diagnosis::bad(
        SUBJECT,
        Condition::Trouble,
        detail,
        error.hint().unwrap_or_default(),
    )
}

/// The file as a whole.
fn whole(found: &Checkup) -> Diagnosis {
    let file = format!("{}, {}", found.path.display(), text::size(found.size));
    match &found.integrity {
        Integrity::Sound => {
            let mut holds = match found.registries.len() {
                1 => "1 registry".to_owned(),
                n => format!("{n} registries"),
            };
            if let Some(images) = found.images {
                holds.push_str(&format!(", {images} images"));
            }
            if let Some(format) = found.format {
                holds.push_str(&format!(", format {format}"));
            }
            Diagnosis::ok(SUBJECT, format!("{file}, {holds}, all as it was written"))
        }
        Integrity::NotClosed => Diagnosis::bad(
            SUBJECT,
            Condition::Warning,
            format!("{file}, not closed in order, as by a killed process; every page is sound"),
            "nothing is lost: the next command that writes closes it",
        ),
        Integrity::Damaged { reason } => Diagnosis::bad(
            SUBJECT,
            Condition::Trouble,
            format!("{file}, is damaged: {reason}"),
            "`supercargo doctor --repair` brings back what holds, and keeps the damaged file \
             beside it; the cause may be a failing disk (`dmesg`)",
        ),
    }
}

/// What is lost, and where the settings come from.
fn losses(found: &Checkup, condition: Condition, hint: &str) -> Vec<Diagnosis> {
    let mut told = Vec::new();
    match found.settings {
        SettingsSource::Inventory => {}
        SettingsSource::Copy => told.push(Diagnosis::ok(
            "settings",
            format!(
                "the registries' settings come from their copy, {}",
                found.path.with_file_name(crate::store::COPY_NAME).display()
            ),
        )),
        SettingsSource::Traces => told.push(Diagnosis::bad(
            "settings",
            Condition::Warning,
            "the registries' settings are what was found in the bytes of the file, and may not \
             be their last word",
            "look at each with `supercargo registry show NAME`",
        )),
        SettingsSource::Nowhere => told.push(Diagnosis::bad(
            "settings",
            condition,
            "the registries' settings are lost",
            "add the registries again, or bring a backup back",
        )),
    }
    let before = told.len();
    for registry in &found.registries {
        let Some(lost) = lost_of(registry) else {
            continue;
        };
        let detail = format!("of {} is lost: {lost}", registry.name);
        told.push(Diagnosis::bad("contents", condition, detail, hint));
    }
    if told.len() == before {
        told.push(Diagnosis::ok("contents", "nothing is lost"));
    }
    told
}

/// What is lost of a registry; `None` where nothing is.
fn lost_of(registry: &RegistryCheckup) -> Option<String> {
    /// More names than these are of no use on a line.
    const NAMES: usize = 5;
    let Some(number) = registry.lost else {
        return Some(match registry.repositories {
            0 => "all but its settings".to_owned(),
            1 => "all but its settings and 1 repository".to_owned(),
            n => format!("all but its settings and {n} repositories"),
        });
    };
    let mut lost = Vec::new();
    if number > 0 {
        let mut text = format!(
            "{number} of {} repositories",
            number + registry.repositories
        );
        let names = registry.lost_names.iter().take(NAMES);
        let names: Vec<&str> = names.map(RepositoryName::as_str).collect();
        if !names.is_empty() {
            let more = if number > names.len() as u64 {
                ", …"
            } else {
                ""
            };
            text.push_str(&format!(" ({}{more})", names.join(", ")));
        }
        lost.push(text);
    }
    match registry.unread {
        0 => {}
        1 => lost.push("the layers of 1 image".to_owned()),
        n => lost.push(format!("the layers of {n} images")),
    }
    if registry.is_history_lost {
        lost.push("the records of its crawls".to_owned());
    }
    (!lost.is_empty()).then(|| lost.join(", "))
}

/// The numbers of the processes that hold `path`, as far as the system tells.
#[cfg(target_os = "linux")]
fn holders(path: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt as _;

    let Ok(file) = std::fs::metadata(path) else {
        return Vec::new();
    };
    let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
    let mut holders = holders_in(&locks, file.ino());
    holders.retain(|holder| *holder != std::process::id().to_string());
    holders
}

#[cfg(not(target_os = "linux"))]
fn holders(_path: &Path) -> Vec<String> {
    Vec::new()
}

/// Who holds `inode` by `/proc/locks` (proc_locks(5)): `1: FLOCK ADVISORY WRITE 4711
/// 08:02:131 0 EOF`.
#[cfg(target_os = "linux")]
fn holders_in(locks: &str, inode: u64) -> Vec<String> {
    let mut holders: Vec<String> = locks
        .lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [_, "FLOCK", _, _, process, place, ..] = fields[..] else {
                return None;
            };
            let (_, number) = place.rsplit_once(':')?;
            (number == inode.to_string()).then(|| process.to_owned())
        })
        .collect();
    holders.dedup();
    holders
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_who_holds_a_file() {
        let locks = "1: FLOCK  ADVISORY  WRITE 4711 08:02:131 0 EOF\n\
                     2: OFDLCK ADVISORY  WRITE -1 08:02:131 0 EOF\n\
                     3: FLOCK  ADVISORY  READ 12 08:02:1310 0 EOF\n";
        assert_eq!(holders_in(locks, 131), ["4711"]);
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(holders(file.path()).is_empty());
    }
}
