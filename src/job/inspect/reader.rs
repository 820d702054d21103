//! Documents of one registry: from the cache where it has them, else from the registry,
//! kept for the next time.

use crate::job::{misdirected, no_secret};
use crate::model::{
    Class, Digest, Document, Failure, ReadFrom, Referrer, RegistryRow, Remark, RepositoryName, Tag,
    Typed,
};
use crate::registry::{Descriptor, Reference, Registry};
use crate::secret::Secrets;
use crate::store::{Documents, Kept};

/// Reads documents of one repository.
pub(super) struct Reader {
    repository: RepositoryName,
    /// `None` where it cannot even be asked.
    registry: Option<Registry>,
    /// Why the registry is not asked, or not any more.
    away: Option<Failure>,
    documents: Documents,
    /// What came to light on the way.
    pub(super) remarks: Vec<Remark>,
}

impl Reader {
    /// A reader of `repository`. Sends nothing.
    pub(super) async fn open(
        row: &RegistryRow,
        repository: RepositoryName,
        secrets: &Secrets,
        typed: &Typed,
        documents: Documents,
    ) -> Self {
        let found = match misdirected(&row.spec) {
            Some(failure) => Err(failure),
            None => secrets
                .find(&row.spec, typed)
                .await
                .map_err(|error| no_secret(&error)),
        };
        let registry = found.and_then(|found| Registry::new(&row.spec, found.secrets()));
        let (registry, away) = match registry {
            Ok(registry) => (Some(registry), None),
            Err(failure) => (None, Some(failure)),
        };
        Self {
            repository,
            registry,
            away,
            documents,
            remarks: Vec::new(),
        }
    }

    /// What is secret to who reads what was read.
    pub(super) fn registry(&self) -> Option<&Registry> {
        self.registry.as_ref()
    }

    /// Why the registry does not answer, where it does not.
    pub(super) fn away(&self) -> Option<&Failure> {
        self.away.as_ref()
    }

    /// The manifest of this digest.
    pub(super) async fn manifest(
        &mut self,
        digest: &Digest,
    ) -> Result<(Document, ReadFrom), Failure> {
        if let Some(document) = self.kept(digest).await {
            return Ok((document, ReadFrom::Cache));
        }
        self.asked(&Reference::Digest(digest.clone())).await
    }

    /// What the registry says that `reference` is, kept from now on.
    async fn asked(&mut self, reference: &Reference) -> Result<(Document, ReadFrom), Failure> {
        let registry = self.present()?;
        let read = registry
            .manifest_document(&self.repository, reference)
            .await;
        let document = self.heard(read)?;
        self.keep(&document).await;
        Ok((document, ReadFrom::Registry))
    }

    /// The manifest that `tag` names now; where the registry does not answer, the one that
    /// it was `known` to name.
    pub(super) async fn tagged(
        &mut self,
        tag: &Tag,
        known: Option<&Digest>,
    ) -> Result<(Document, ReadFrom), Failure> {
        match self.tagged_now(tag, known).await {
            Ok(read) => Ok(read),
            Err(failure) => match known.filter(|_| self.away.is_some()) {
                // Only the cache is left.
                Some(known) => self.manifest(known).await,
                None => Err(failure),
            },
        }
    }

    async fn tagged_now(
        &mut self,
        tag: &Tag,
        known: Option<&Digest>,
    ) -> Result<(Document, ReadFrom), Failure> {
        let registry = self.present()?;
        if known.is_some_and(|known| self.documents.has(known)) {
            let named = registry.named_digest(&self.repository, tag).await;
            if let Some(now) = self.heard(named)? {
                return self.manifest(&now).await;
            }
        }
        self.asked(&Reference::Tag(tag.clone())).await
    }

    /// The configuration that `descriptor` names.
    pub(super) async fn configuration(
        &mut self,
        descriptor: &Descriptor,
    ) -> Result<Document, Failure> {
        if let Some(document) = self.kept(&descriptor.digest).await {
            return Ok(document);
        }
        let registry = self.present()?;
        let read = registry
            .configuration_document(&self.repository, descriptor)
            .await;
        let document = self.heard(read)?;
        self.keep(&document).await;
        Ok(document)
    }

    /// What refers to `digest`.
    pub(super) async fn referrers(&mut self, digest: &Digest) -> Result<Vec<Referrer>, Failure> {
        let registry = self.present()?;
        let read = registry.all_referrers(&self.repository, digest).await;
        self.heard(read)
    }

    /// The registry, where it can be asked.
    fn present(&self) -> Result<Registry, Failure> {
        match (&self.registry, &self.away) {
            (_, Some(failure)) => Err(failure.clone()),
            (Some(registry), None) => Ok(registry.clone()),
            (None, None) => Err(Failure::new(
                crate::model::Stage::Connect,
                Class::Local,
                "the registry was not opened",
            )),
        }
    }

    /// Remembers a registry that does not answer, so that nobody waits for it twice.
    fn heard<T>(&mut self, result: Result<T, Failure>) -> Result<T, Failure> {
        if let Err(failure) = &result
            && is_away(failure.class)
        {
            self.away = Some(failure.clone());
        }
        result
    }

    /// A document of the cache.
    async fn kept(&mut self, digest: &Digest) -> Option<Document> {
        let (documents, wanted) = (self.documents.clone(), digest.clone());
        let read = tokio::task::spawn_blocking(move || documents.read(&wanted));
        let bytes = read.await.ok().flatten()?;
        let Some(registry) = &self.registry else {
            return Some(Document {
                digest: digest.clone(),
                bytes,
                is_covered: false,
            });
        };
        let document = registry.document(digest.clone(), bytes);
        if document.is_covered {
            self.saw_covered(digest);
        }
        Some(document)
    }

    async fn keep(&mut self, document: &Document) {
        if document.is_covered {
            self.saw_covered(&document.digest);
            return;
        }
        let (documents, kept) = (self.documents.clone(), document.clone());
        let written =
            tokio::task::spawn_blocking(move || documents.keep(&kept.digest, &kept.bytes));
        let why = match written.await {
            Ok(Ok(Kept::Yes | Kept::ReadOnly)) => return,
            Ok(Ok(Kept::TooLarge)) => "it is larger than 4 MiB".to_owned(),
            Ok(Ok(Kept::Unproven)) => "its bytes do not have its digest".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        self.remarks.push(Remark::NotKept(why));
    }

    fn saw_covered(&mut self, digest: &Digest) {
        // It may have been kept when what it holds was no secret yet.
        if let Err(error) = self.documents.forget(digest) {
            tracing::warn!(%digest, %error, "a document that holds a secret stays kept");
        }
        if !self.remarks.contains(&Remark::Covered) {
            self.remarks.push(Remark::Covered);
        }
    }
}

/// Whether the registry gave no answer of its own: what is kept counts then.
fn is_away(class: Class) -> bool {
    matches!(
        class,
        Class::Resolve
            | Class::Connect
            | Class::Tls
            | Class::Proxy
            | Class::Timeout
            | Class::Throttled
            | Class::Server
            | Class::Quota
            | Class::Local
    )
}
