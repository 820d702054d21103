//! Many registries saved at once: all of them, or none.

use super::blocking;
use super::save::{all, follow, wrong_setting};
use crate::model::setting::SETTINGS;
use crate::model::{
    RegistryId, RegistryName, RegistryRow, RegistrySpec, SaveError, SecretEntries, SecretEntry,
    SecretKind,
};
use crate::secret::{SecretError, Secrets, shares_entry};
use crate::store::Store;

/// What an import does, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// A step a registry, in the order they were given.
    pub steps: Vec<Step>,
}

/// What becomes of one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The registry.
    pub name: RegistryName,
    /// What becomes of it.
    pub action: Action,
}

/// What becomes of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Added,
    /// These of its settings change.
    Changed(Vec<&'static str>),
    /// It is so already.
    Same,
}

/// A registry as it is to be, the one it replaces, and what becomes of it.
struct Wanted {
    spec: RegistrySpec,
    before: Option<RegistryRow>,
    action: Action,
}

/// Adds registries, and gives those whose names are there already the settings given here:
/// in one step, or not at all. With `dry` it only says what it would do.
///
/// # Errors
///
/// Before anything is changed: settings that contradict one another, a kept password that
/// would have to follow to another address, an inventory that cannot be written. After all is
/// saved: a password that nobody uses any more and that could not be removed.
pub async fn import(
    store: &Store,
    secrets: &Secrets,
    registries: Vec<(RegistrySpec, SecretEntries)>,
    dry: bool,
) -> Result<Import, SaveError> {
    let rows = all(store).await?;
    let mut wanted = Vec::new();
    for (spec, entries) in registries {
        wanted.push(one(secrets, &rows, spec, &entries).await?);
    }
    let steps = wanted.iter().map(|wanted| Step {
        name: wanted.spec.name.clone(),
        action: wanted.action.clone(),
    });
    let import = Import {
        steps: steps.collect(),
    };
    if dry {
        return Ok(import);
    }
    let changes: Vec<(Option<RegistryId>, RegistrySpec)> = wanted
        .iter()
        .filter(|wanted| wanted.action != Action::Same)
        .map(|wanted| {
            (
                wanted.before.as_ref().map(|row| row.id),
                wanted.spec.clone(),
            )
        })
        .collect();
    let handle = store.clone();
    blocking(move || handle.put_registries(&changes)).await?;
    forget_unused(store, secrets, &wanted).await?;
    Ok(import)
}

async fn one(
    secrets: &Secrets,
    rows: &[RegistryRow],
    mut spec: RegistrySpec,
    entries: &SecretEntries,
) -> Result<Wanted, SaveError> {
    let before = rows.iter().find(|row| row.spec.name == spec.name).cloned();
    for kind in SecretKind::ALL {
        match (entries.of(kind), &before) {
            (SecretEntry::Keep, Some(before)) => {
                *spec.place_mut(kind) = before.spec.place(kind).clone();
                follow(secrets, kind, &before.spec, &spec).await?;
            }
            (SecretEntry::From(source), _) => *spec.place_mut(kind) = source.clone(),
            // A file holds no secrets.
            (SecretEntry::Keep | SecretEntry::Typed(..) | SecretEntry::Session(_), _) => {}
        }
    }
    if let Some((key, message)) = spec.contradictions().into_iter().next() {
        let message = format!("{}: {message}", spec.name);
        return Err(wrong_setting(key, message));
    }
    let action = match &before {
        None => Action::Added,
        Some(before) => match differences(&before.spec, &spec) {
            keys if keys.is_empty() => Action::Same,
            keys => Action::Changed(keys),
        },
    };
    Ok(Wanted {
        spec,
        before,
        action,
    })
}

/// The settings in which two registries differ.
fn differences(one: &RegistrySpec, other: &RegistrySpec) -> Vec<&'static str> {
    let differing = SETTINGS
        .iter()
        .filter(|setting| (setting.get)(one) != (setting.get)(other));
    let mut keys: Vec<&'static str> = differing.map(|setting| setting.key).collect();
    if one.password != other.password {
        keys.push("password");
    }
    keys
}

/// Removes the secrets that only what was replaced has used.
async fn forget_unused(
    store: &Store,
    secrets: &Secrets,
    wanted: &[Wanted],
) -> Result<(), SaveError> {
    let after = all(store).await?;
    let mut left: Result<(), SecretError> = Ok(());
    let replaced = wanted.iter().filter_map(|wanted| wanted.before.as_ref());
    for row in replaced {
        for kind in SecretKind::ALL {
            let is_used = after
                .iter()
                .any(|now| shares_entry(kind, &now.spec, &row.spec));
            if !is_used && let Err(error) = secrets.forget(kind, &row.spec).await {
                left = Err(error);
            }
        }
    }
    Ok(left?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::PasswordSource;
    use crate::secret::Nobody;
    use crate::store::Access;

    fn spec(name: &str, address: &str) -> RegistrySpec {
        RegistrySpec::new(name.parse().unwrap(), address.parse().unwrap())
    }

    fn given(spec: &RegistrySpec) -> (RegistrySpec, SecretEntries) {
        let entries = SecretEntries {
            password: SecretEntry::From(spec.password.clone()),
            api_token: SecretEntry::From(spec.api_token.clone()),
        };
        (spec.clone(), entries)
    }

    #[tokio::test]
    async fn registries_are_saved_all_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        let secrets = Secrets::new(folder.path(), Arc::new(Nobody));
        let hub = spec("hub", "https://hub.example");
        store.add_registry(&hub).unwrap();
        let mut faster = hub.clone();
        faster.limits.max_connections = 64;
        faster.username = Some("ann".into());
        faster.password = PasswordSource::Environment("HUB".into());
        let fresh = spec("fresh", "https://fresh.example");
        let mut broken = spec("broken", "https://broken.example");
        broken.load_full_list = false;

        let all = vec![given(&faster), given(&fresh), given(&broken)];
        let error = import(&store, &secrets, all, false).await.unwrap_err();
        assert!(error.to_string().starts_with("broken: "), "{error}");
        let specs = || -> Vec<RegistrySpec> {
            let rows = store.registries().unwrap();
            rows.into_iter().map(|row| row.spec).collect()
        };
        assert_eq!(specs(), std::slice::from_ref(&hub));

        let both = || vec![given(&faster), given(&fresh)];
        let would = import(&store, &secrets, both(), true).await.unwrap();
        assert_eq!(specs(), [hub]);
        let did = import(&store, &secrets, both(), false).await.unwrap();
        assert_eq!(did, would);
        let keys = vec!["username", "max-connections", "password"];
        let actions: Vec<Action> = did.steps.into_iter().map(|step| step.action).collect();
        assert_eq!(actions, [Action::Changed(keys), Action::Added]);
        assert_eq!(specs(), [fresh.clone(), faster.clone()]);
        // Where nothing is said of the password, it stays where it is.
        let mut silent = faster.clone();
        silent.password = PasswordSource::Auto;
        let again = vec![(silent, SecretEntries::KEEP), given(&fresh)];
        let again = import(&store, &secrets, again, false).await.unwrap();
        assert!(again.steps.iter().all(|step| step.action == Action::Same));
        assert_eq!(specs(), [fresh, faster]);
    }

    #[test]
    fn one_that_cannot_be_written_keeps_all_from_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        let good = spec("good", "https://good.example");
        let twice = vec![(None, good.clone()), (None, good)];
        store.put_registries(&twice).unwrap_err();
        assert!(store.registries().unwrap().is_empty());
    }
}
