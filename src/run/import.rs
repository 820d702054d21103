//! A file of registries, taken in from the screen.

use std::io::Read;
use std::path::Path;

use super::work::Shared;
use crate::app::{ImportRefused, Imported};
use crate::config::registries::{self, Described};
use crate::job::{self, Action};
use crate::model::{RegistrySpec, SecretEntries, SecretKind, Trouble};

/// Bytes of a file that are read: more than any person has registries.
const MOST: u64 = 16 * 1024 * 1024;

/// Adds the registries that a file describes, and gives those that are there its settings:
/// all of them, or none.
pub(super) async fn import(shared: &Shared, path: &Path) -> Result<Imported, ImportRefused> {
    let file = path.to_owned();
    let read = tokio::task::spawn_blocking(move || described(&file)).await;
    let described = read.unwrap_or_else(|error| {
        let trouble = Trouble::new(format!("the file was not read: {error}"));
        Err(ImportRefused::from(trouble))
    })?;
    let wanted: Vec<(RegistrySpec, SecretEntries)> =
        described.into_iter().map(Described::entries).collect();
    let specs: Vec<RegistrySpec> = wanted.iter().map(|(spec, _)| spec.clone()).collect();
    let done = job::import(&shared.store, &shared.secrets, wanted, false).await;
    let done = done.map_err(|error| ImportRefused::from(error.trouble))?;
    let mut imported = Imported::default();
    for (step, spec) in done.steps.into_iter().zip(specs) {
        match step.action {
            Action::Added => {
                let lacks = |kind| spec.place(kind).is_ours();
                imported.lack_secrets += u64::from(SecretKind::ALL.into_iter().any(lacks));
                imported.added.push(step.name);
            }
            Action::Changed(_) => imported.changed.push(step.name),
            Action::Same => {}
        }
    }
    Ok(imported)
}

/// What the file says, or everything that is wrong with it.
fn described(file: &Path) -> Result<Vec<Described>, ImportRefused> {
    let mut text = String::new();
    let read = std::fs::File::open(file)
        .and_then(|opened| opened.take(MOST + 1).read_to_string(&mut text))
        .map_err(|error| Trouble::new(format!("it cannot be read: {error}")))?;
    if read as u64 > MOST {
        let what = "it is longer than any list of registries: more than 16 MiB";
        return Err(Trouble::new(what).into());
    }
    registries::read(&text).map_err(|wrong| ImportRefused {
        trouble: Trouble {
            message: "it was not imported, and nothing is changed".to_owned(),
            hint: Some("`supercargo registry export` prints such a file".to_owned()),
        },
        lines: wrong.iter().map(ToString::to_string).collect(),
    })
}
