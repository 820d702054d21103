//! Looking for a password where the settings name no place: the places in their order, the
//! first that has one. What does not work is passed over and noted; only a helper that is
//! set for this very registry and fails is an error, because what it would have said is
//! not known.

use super::docker::{self, Tool};
use super::{COMMAND_TIMEOUT, Found, SecretError, Secrets, about, command, complete, for_user};
use crate::model::{PASSWORD_SOURCES, PasswordSource, RegistrySpec, Secret, SecretKind};

/// The variable that holds the command for every registry.
const COMMAND: &str = "SUPERCARGO_PASSWORD_COMMAND";

/// The variable that may hold the password of the registry of this name.
fn variable(name: &str) -> String {
    let word = |c: char| match c.to_ascii_uppercase() {
        c @ ('A'..='Z' | '0'..='9') => c,
        _ => '_',
    };
    let name: String = name.chars().map(word).collect();
    format!("SUPERCARGO_PASSWORD_{name}")
}

impl Secrets {
    pub(super) async fn auto(&self, spec: &RegistrySpec) -> Result<Found, SecretError> {
        let mut notes = Vec::new();
        if let Some(found) = self.ours(spec, &mut notes).await? {
            return Ok(Found { notes, ..found });
        }
        for tool in [Tool::Docker, Tool::Podman] {
            let entry = match docker::find(tool, spec).await {
                Ok(Some(entry)) => for_user(spec, entry),
                Ok(None) => continue,
                Err(error @ SecretError::Helper { is_own: true, .. }) => return Err(error),
                Err(error) => Err(error),
            };
            match entry {
                Ok(found) => return Ok(Found { notes, ..found }),
                Err(error) => notes.push(error.to_string()),
            }
        }
        if spec.username.is_some() && !self.was_declined(spec) {
            match self.ask(SecretKind::Password, spec).await {
                Ok(password) => {
                    let typed = PasswordSource::Session.place().name.to_owned();
                    let found = complete(spec, password, typed)?;
                    return Ok(Found { notes, ..found });
                }
                // Nobody is there, or goes on without: as anybody, and not asked again.
                Err(_) => self.declined(spec),
            }
        }
        for note in &notes {
            tracing::info!(registry = %spec.name, "{note}");
        }
        Ok(Found {
            notes,
            ..Found::default()
        })
    }

    /// The places that need a user name beside the password.
    async fn ours(
        &self,
        spec: &RegistrySpec,
        notes: &mut Vec<String>,
    ) -> Result<Option<Found>, SecretError> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let name = variable(spec.name.as_str());
        // A registry may be called `command`.
        if let Some(password) = set(&name).filter(|_| name != COMMAND) {
            let place = format!("the environment variable `{name}`");
            return complete(spec, Secret::new(password), place).map(Some);
        }
        if spec.username.is_none() {
            return Ok(None);
        }
        if let Some(line) = set(COMMAND) {
            match command::first_line(SecretKind::Password, &line, &about(spec), COMMAND_TIMEOUT)
                .await
            {
                Ok(password) if !password.is_empty() => {
                    let place = format!("the command in `{COMMAND}`");
                    return complete(spec, password, place).map(Some);
                }
                Ok(_) => {}
                Err(error) => notes.push(error.to_string()),
            }
        }
        for store in PASSWORD_SOURCES.iter().filter(|source| source.is_ours()) {
            if *store == PasswordSource::File {
                let file = &self.inner.file;
                if !file.path().exists() {
                    continue;
                }
                // Nobody is asked for what may not be there.
                if !file.is_at_hand().await {
                    notes.push(SecretError::NoPassphrase(file.path().to_owned()).to_string());
                    continue;
                }
            }
            match self.kept(SecretKind::Password, store, spec).await {
                Ok(Some(password)) => {
                    return complete(spec, password, store.place().name.to_owned()).map(Some);
                }
                Ok(None) => {}
                Err(error) => notes.push(error.to_string()),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn a_registrys_variable_is_made_of_its_name() {
        assert_eq!(variable("hub"), "SUPERCARGO_PASSWORD_HUB");
        assert_eq!(
            variable("nexus-prod.eu"),
            "SUPERCARGO_PASSWORD_NEXUS_PROD_EU"
        );
    }
}
