//! Paths that go on with what is typed.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// Entries of a folder that are looked at, and paths that are told.
const MOST_READ: usize = 10_000;
const MOST_TOLD: usize = 200;

/// The paths that begin with what is typed, folders with a slash behind them, by name. A
/// home that is written `~` is written out: the settings take no `~`. What cannot be read
/// goes on nowhere.
pub(super) async fn paths(typed: String) -> Vec<String> {
    let home = etcetera::choose_base_strategy().ok();
    let home = home.map(|base| base.home_dir().to_owned());
    let looked = tokio::task::spawn_blocking(move || below(&typed, home.as_deref()));
    looked.await.unwrap_or_default()
}

fn below(typed: &str, home: Option<&Path>) -> Vec<String> {
    let written_out = match (typed.strip_prefix('~'), home.and_then(Path::to_str)) {
        (Some(""), Some(home)) => format!("{home}/"),
        (Some(rest), Some(home)) if rest.starts_with('/') => format!("{home}{rest}"),
        _ => typed.to_owned(),
    };
    let end = written_out.rfind('/').map_or(0, |at| at + 1);
    let (folder, beginning) = written_out.split_at(end);
    let looked_in = match folder {
        "" => PathBuf::from("."),
        folder => PathBuf::from(folder),
    };
    let Ok(entries) = std::fs::read_dir(&looked_in) else {
        return Vec::new();
    };
    let mut found: Vec<String> = entries
        .take(MOST_READ)
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            // A name that would draw on the screen is none to choose by its looks.
            let is_plain = !name.chars().any(char::is_control);
            let is_hidden = name.starts_with('.') && beginning.is_empty();
            let is_meant = name.starts_with(beginning) && is_plain && !is_hidden;
            // Links are followed: a link to a folder is one.
            let is_folder = || std::fs::metadata(entry.path()).is_ok_and(|it| it.is_dir());
            is_meant.then(|| {
                let slash = if is_folder() { "/" } else { "" };
                format!("{folder}{name}{slash}")
            })
        })
        .collect();
    found.sort_unstable();
    found.truncate(MOST_TOLD);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_on_from_what_is_typed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [
            "corp.pem",
            "corp.key",
            "other.pem",
            ".hidden",
            "bad\u{1b}[2J.pem",
        ] {
            std::fs::write(at(name), "").unwrap();
        }
        std::fs::create_dir(at("certs")).unwrap();
        std::fs::write(at("certs/inner.pem"), "").unwrap();
        let home = folder.path().to_str().unwrap();
        let said = |typed: &str| {
            let found = below(typed, Some(folder.path()));
            let below = |path: &String| path.strip_prefix(home).unwrap().to_owned();
            found.iter().map(below).collect::<Vec<_>>()
        };
        for (typed, wanted) in [
            (
                format!("{home}/c"),
                vec!["/certs/", "/corp.key", "/corp.pem"],
            ),
            (format!("{home}/corp.p"), vec!["/corp.pem"]),
            (format!("{home}/certs/"), vec!["/certs/inner.pem"]),
            (format!("{home}/."), vec!["/.hidden"]),
            (format!("{home}/b"), vec![]),
            (format!("{home}/none/"), vec![]),
            ("~/corp.p".to_owned(), vec!["/corp.pem"]),
            (
                "~".to_owned(),
                vec!["/certs/", "/corp.key", "/corp.pem", "/other.pem"],
            ),
        ] {
            assert_eq!(said(&typed), wanted, "{typed}");
        }
        assert!(below("~/x", None).is_empty(), "without a home");
    }

    #[test]
    fn a_folder_without_end_is_told_in_part() {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..MOST_TOLD + 5 {
            std::fs::write(folder.path().join(format!("f{n}")), "").unwrap();
        }
        let typed = format!("{}/f", folder.path().display());
        assert_eq!(below(&typed, None).len(), MOST_TOLD);
    }
}
