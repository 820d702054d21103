//! Files that the screen writes.

use std::fs::OpenOptions;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::export::{DecisionLine, Format, Printer};
use crate::model::text::quote;
use crate::model::{Decided, RegistryName, Trouble};

/// Letters of a path that messages name.
const NAMED: usize = 120;

/// Writes decisions into a new file, a line each, as `decide export` prints them. Returns how
/// many there are.
pub(super) async fn decisions(
    path: PathBuf,
    decided: Vec<(RegistryName, Decided)>,
) -> Result<u64, Trouble> {
    let write = move || write(&path, &decided).map_err(|error| trouble(&path, &error));
    let written = tokio::task::spawn_blocking(write).await;
    written.unwrap_or_else(|error| Err(Trouble::new(format!("the file was not written: {error}"))))
}

/// A file that was there before is left alone; one that could not be written whole goes.
fn write(path: &Path, decided: &[(RegistryName, Decided)]) -> io::Result<u64> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let print = || {
        let mut printer = Printer::new(BufWriter::new(&file), Format::Ndjson);
        for (registry, one) in decided {
            printer.row(&DecisionLine::new(registry, one))?;
        }
        let lines = printer.finish()?;
        file.sync_all()?;
        Ok(lines)
    };
    print().inspect_err(|_| {
        // Half a list looks like a whole one. What cannot be removed either stays.
        let _ = std::fs::remove_file(path);
    })
}

fn trouble(path: &Path, error: &io::Error) -> Trouble {
    let shown = quote(&path.display().to_string(), NAMED);
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Trouble {
            message: format!("{shown} is there already and was left alone"),
            hint: Some("choose another name".to_owned()),
        };
    }
    Trouble::new(format!("{shown} was not written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Choice, Decision, Subject, Timestamp};

    fn decided() -> Vec<(RegistryName, Decided)> {
        let decision = Decision {
            choice: Choice::Delete,
            note: Some("superseded".into()),
            at: Timestamp::from_second(1_700_000_000).unwrap(),
        };
        let decided = Decided {
            repository: "team/api".parse().unwrap(),
            subject: Subject::Tag("1.0".parse().unwrap()),
            decision: Some(decision),
        };
        vec![("hub".parse().unwrap(), decided)]
    }

    #[tokio::test]
    async fn a_file_is_written_once_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.ndjson");
        assert_eq!(decisions(path.clone(), decided()).await, Ok(1));
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(
            written.contains(r#""tag":"1.0","decision":"delete","note":"superseded""#),
            "{written}"
        );
        let again = decisions(path.clone(), Vec::new()).await.unwrap_err();
        assert!(again.message.contains("there already"), "{again:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), written);
        let nowhere = folder.path().join("none").join("x");
        let nowhere = decisions(nowhere, decided()).await.unwrap_err();
        assert!(nowhere.message.contains("was not written"), "{nowhere:?}");
    }
}
