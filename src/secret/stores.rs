//! Our own stores: the operating system's, the kernel's keyrings, the encrypted file. What
//! is put there, found there and taken away again, and which of them work on this host.

use futures_util::future::join_all;

use super::{STORE_TIMEOUT, SecretError, Secrets, account, keyutils, os_store};
use crate::model::{
    PASSWORD_SOURCES, PasswordSource, RegistrySpec, Secret, SecretKind, StoreOffer,
};

/// Puts an entry into a store of the system, which must have it then.
async fn put(store: &PasswordSource, account: String, secret: Secret) -> Result<(), SecretError> {
    match store {
        PasswordSource::Keyutils => keyutils::set(account, secret, STORE_TIMEOUT).await,
        _ => os_store::set(account, secret, STORE_TIMEOUT).await,
    }
}

/// Takes an entry out of a store of the system; none there, or no such store, is fine.
async fn take(store: &PasswordSource, account: String) -> Result<(), SecretError> {
    match store {
        PasswordSource::OsStore => os_store::delete(account, STORE_TIMEOUT).await,
        PasswordSource::Keyutils => keyutils::delete(account, STORE_TIMEOUT).await,
        _ => Ok(()),
    }
}

/// Tries a store of the system with an entry of no account.
async fn probe(store: &PasswordSource) -> Result<(), SecretError> {
    // Another process that tries at the same moment has an entry of its own.
    let account = format!("probe-{}@supercargo", std::process::id());
    put(store, account.clone(), Secret::new("probe")).await?;
    take(store, account).await
}

impl Secrets {
    /// Keeps a secret of a registry in `store`, or where that is `None` in the first that
    /// keeps it for good: the operating system's, else the encrypted file. Returns which.
    ///
    /// # Errors
    ///
    /// Where the store does not work, with the ways that do.
    pub async fn keep(
        &self,
        kind: SecretKind,
        store: Option<PasswordSource>,
        spec: &RegistrySpec,
        secret: &Secret,
    ) -> Result<PasswordSource, SecretError> {
        if let Some(store) = store {
            return match self.keep_in(kind, &store, spec, secret).await {
                Ok(()) => Ok(store),
                // What these say to do next is said of passwords.
                Err(
                    error @ (SecretError::NoOsStore(_)
                    | SecretError::OsStoreTimeout(_)
                    | SecretError::NoKeyutils(_)),
                ) if kind != SecretKind::Password => Err(SecretError::NoStore {
                    kind,
                    why: error.to_string(),
                    others: self.others().await,
                }),
                Err(error) => Err(error),
            };
        }
        let first = PasswordSource::OsStore;
        let why = match self.keep_in(kind, &first, spec, secret).await {
            Ok(()) => return Ok(first),
            Err(why) => why,
        };
        // A file that nobody asked for is made only where it can be opened again.
        let file = PasswordSource::File;
        if !self.inner.file.path().exists() && !self.inner.file.is_at_hand().await {
            return Err(SecretError::NoStore {
                kind,
                why: why.to_string(),
                others: self.others().await,
            });
        }
        match self.keep_in(kind, &file, spec, secret).await {
            Ok(()) => Ok(file),
            Err(error) => Err(SecretError::NoStore {
                kind,
                why: format!("{why}; {error}"),
                others: self.others().await,
            }),
        }
    }

    async fn keep_in(
        &self,
        kind: SecretKind,
        store: &PasswordSource,
        spec: &RegistrySpec,
        secret: &Secret,
    ) -> Result<(), SecretError> {
        let (account, secret) = (account(spec, kind), secret.clone());
        match store {
            PasswordSource::File => {
                let prompt = &self.inner.prompt;
                let _one = self.inner.asking.lock().await;
                self.inner.file.set(account, secret, prompt).await
            }
            theirs => put(theirs, account, secret).await,
        }
    }

    /// Removes a secret of a registry from the store of ours that its settings name. None
    /// there is fine, and what belongs to other tools is left to them.
    pub async fn forget(&self, kind: SecretKind, spec: &RegistrySpec) -> Result<(), SecretError> {
        let account = account(spec, kind);
        match spec.place(kind) {
            PasswordSource::File => {
                let _one = self.inner.asking.lock().await;
                self.inner.file.delete(&account, &self.inner.prompt).await
            }
            theirs => take(theirs, account).await,
        }
    }

    /// The stores that work here and are chosen by name, with how long they keep things.
    async fn others(&self) -> String {
        let offers = self.offers().await;
        let working = offers.iter().filter(|offer| offer.trouble.is_none());
        let words = working.map(|offer| format!("`{}` ({})", offer.store, offer.store.lifetime()));
        words.collect::<Vec<_>>().join(" and ")
    }

    /// The stores of this host, each tried with an entry of no account.
    pub async fn offers(&self) -> Vec<StoreOffer> {
        let offer = async |store: &PasswordSource| {
            let works = match store {
                // It needs nothing but a passphrase, which is asked for when it is used.
                PasswordSource::File => Ok(()),
                theirs => probe(theirs).await,
            };
            StoreOffer {
                store: store.clone(),
                trouble: works.err().map(|error| error.trouble()),
            }
        };
        let ours = PASSWORD_SOURCES.iter().filter(|source| source.is_ours());
        join_all(ours.map(offer)).await
    }

    /// What a store of ours keeps for a registry.
    pub(super) async fn kept(
        &self,
        kind: SecretKind,
        store: &PasswordSource,
        spec: &RegistrySpec,
    ) -> Result<Option<Secret>, SecretError> {
        let account = account(spec, kind);
        match store {
            PasswordSource::Keyutils => keyutils::get(account, STORE_TIMEOUT).await,
            PasswordSource::File => {
                // Ten registries that need the same passphrase ask once.
                let _one = self.inner.asking.lock().await;
                let prompt = &self.inner.prompt;
                self.inner.file.get(&account, prompt).await
            }
            _ => os_store::get(account, STORE_TIMEOUT).await,
        }
    }
}
