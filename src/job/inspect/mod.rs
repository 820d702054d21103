//! One image in full: found by what a person wrote, read from the cache or the registry,
//! with everything that the inventory knows of it. Shows nothing to anyone.

mod error;
mod find;
mod places;
mod platform;
mod reader;

pub use error::InspectError;

use find::Target;
use reader::Reader;

use super::blocking;
use crate::model::{
    Child, Class, ConfigurationFacts, Digest, Document, Failure, ImageReference, ImageRow,
    Inspected, Kind, Platform, ReadFrom, ReferenceError, Remark, Stage, Typed,
};
use crate::registry::{ManifestFacts, configuration_facts, manifest_facts};
use crate::secret::Secrets;
use crate::store::Store;

/// What an inspection needs.
pub struct InspectRequest {
    /// The inventory.
    pub store: Store,
    /// Where passwords are.
    pub secrets: Secrets,
    /// The image.
    pub reference: ImageReference,
    /// The platform to choose from an index, or the beginning of one.
    pub platform: Option<String>,
    /// Secrets that were typed in during this run.
    pub typed: Typed,
}

/// A document of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The manifest or index.
    Manifest,
    /// The configuration; of an index, that of this host's platform where none was asked
    /// for.
    Configuration,
}

/// An image in full, and what a person should know of how it was read.
///
/// # Errors
///
/// Where it is not clear what is meant, or it can neither be read nor is kept.
pub async fn inspect(request: &InspectRequest) -> Result<(Inspected, Vec<Remark>), InspectError> {
    let mut chosen = Chosen::find(request, request.platform.as_deref()).await?;
    let (digest, facts) = (chosen.document.digest.clone(), chosen.facts.clone());
    let (mut configuration, mut history) = (None, Vec::new());
    if facts.image.kind == Kind::Index {
        if let Some(first) = facts.image.platforms().into_iter().next() {
            chosen.reader.remarks.push(Remark::OfPlatforms(first));
        }
    } else if facts.image.kind == Kind::Image
        && let Some(descriptor) = &facts.config
    {
        match chosen.reader.configuration(descriptor).await {
            Ok(document) => {
                let read = configuration_facts(&document, chosen.reader.registry());
                if let Some((facts, steps)) = read {
                    (configuration, history) = (Some(facts), steps);
                } else {
                    let what = format!("{} is no image configuration", document.digest);
                    let failure = Failure::new(Stage::Configuration, Class::Protocol, what);
                    chosen.reader.remarks.push(Remark::NoConfiguration(failure));
                }
            }
            Err(failure) => chosen.reader.remarks.push(Remark::NoConfiguration(failure)),
        }
    }
    let referrers = match chosen.reader.referrers(&digest).await {
        Ok(referrers) => Some(referrers),
        Err(failure) => {
            // Said once, for all that is missing.
            if chosen.reader.away().is_none() {
                chosen.reader.remarks.push(Remark::NoReferrers(failure));
            }
            None
        }
    };
    let (store, wanted) = (request.store.clone(), digest.clone());
    let places = blocking(move || places::places(&store, &wanted)).await?;
    let known = chosen.target.row(&digest).cloned();
    if places.is_empty() {
        chosen.reader.remarks.push(Remark::NotInInventory);
    }
    let remarks = chosen.remarks();
    let Chosen {
        target,
        from,
        index,
        ..
    } = chosen;
    let size = facts
        .image
        .size
        .or(known.as_ref().and_then(|row| row.image.size));
    let inspected = Inspected {
        registry: target.registry.spec.name.clone(),
        repository: target.repository.clone(),
        tag: target.tag.clone(),
        children: children(&facts.image.children, known.as_ref()),
        digest,
        index,
        kind: facts.image.kind,
        media_type: facts.image.media_type,
        artifact_type: facts.image.artifact_type,
        subject: facts.image.subject,
        size,
        from,
        manifest: facts.tree,
        layers: facts.layers,
        configuration,
        history,
        referrers,
        places,
        known,
    };
    Ok((inspected, remarks))
}

/// One document of an image by the byte, and what a person should know of how it was read.
///
/// # Errors
///
/// Those of [`inspect`], and where there is no such document.
pub async fn part(
    request: &InspectRequest,
    part: Part,
) -> Result<(Document, Vec<Remark>), InspectError> {
    let mut chosen = Chosen::find(request, request.platform.as_deref()).await?;
    if part == Part::Manifest {
        let remarks = chosen.remarks();
        return Ok((chosen.document, remarks));
    }
    if chosen.facts.image.kind == Kind::Index {
        let child = platform::choose(
            &chosen.facts.image,
            &chosen.document.digest,
            &platform::of_this_host(),
        )?;
        let (digest, taken) = (child.digest.clone(), child.platform.clone());
        chosen.descend(&digest).await?;
        chosen
            .reader
            .remarks
            .extend(taken.map(Remark::PlatformTaken));
    }
    let Some(descriptor) = &chosen.facts.config else {
        return Err(InspectError::NoConfiguration(chosen.document.digest));
    };
    let document = chosen.reader.configuration(descriptor).await;
    let document = document.map_err(InspectError::Failed)?;
    Ok((document, chosen.remarks()))
}

/// A manifest that was found and read.
struct Chosen {
    target: Target,
    reader: Reader,
    document: Document,
    facts: ManifestFacts,
    from: ReadFrom,
    /// The index that it was chosen from.
    index: Option<Digest>,
    /// Whether the tag was not asked for.
    is_unasked: bool,
}

impl Chosen {
    /// Finds and reads the image of `request`, of an index that for `platform`.
    async fn find(request: &InspectRequest, platform: Option<&str>) -> Result<Self, InspectError> {
        if let Some(typed) = platform.filter(|typed| !platform::is_one(typed)) {
            return Err(InspectError::not_a_platform(typed));
        }
        let (store, reference) = (request.store.clone(), request.reference.clone());
        let target = blocking(move || Ok(find::find(&store, &reference))).await??;
        let mut reader = Reader::open(
            &target.registry,
            target.repository.clone(),
            &request.secrets,
            &request.typed,
            request.store.documents(),
        )
        .await;
        if target.is_assumed {
            reader.remarks.push(Remark::LatestTaken);
        }
        let known = target.tagged().map(|row| row.digest.clone());
        let read = match (&target.digest, &target.tag) {
            (None, Some(tag)) => reader.tagged(tag, known.as_ref()).await,
            (Some(digest), _) => reader.manifest(digest).await,
            (None, None) => return Err(ReferenceError::Empty.into()),
        };
        let (document, from) =
            read.map_err(|failure| InspectError::Failed(advised(failure, &target)))?;
        let is_by_tag = target.digest.is_none();
        let facts = facts(&document, &reader)?;
        let mut chosen = Self {
            is_unasked: is_by_tag && reader.away().is_some(),
            target,
            reader,
            document,
            facts,
            from,
            index: None,
        };
        if is_by_tag {
            chosen.compare(known.as_ref());
        }
        if let Some(wanted) = platform {
            chosen.narrow(wanted).await?;
        }
        Ok(chosen)
    }

    /// Says what the inventory has otherwise of the tag.
    fn compare(&mut self, known: Option<&Digest>) {
        let now = &self.document.digest;
        if let (Some(tag), Some(known)) = (&self.target.tag, known)
            && known != now
        {
            self.reader.remarks.push(Remark::TagMoved {
                tag: tag.clone(),
                known: known.clone(),
                now: now.clone(),
            });
        }
    }

    /// Goes on to the image for the platform `wanted`.
    async fn narrow(&mut self, wanted: &str) -> Result<(), InspectError> {
        let own = self.document.digest.clone();
        if self.facts.image.kind == Kind::Index {
            let child = platform::choose(&self.facts.image, &own, wanted)?;
            let digest = child.digest.clone();
            return self.descend(&digest).await;
        }
        let mut there = self
            .target
            .row(&own)
            .map_or_else(Vec::new, |row| row.platforms.clone());
        if there.is_empty()
            && self.facts.image.kind == Kind::Image
            && let Some(descriptor) = &self.facts.config
        {
            let document = self.reader.configuration(descriptor).await;
            let document = document.map_err(InspectError::Failed)?;
            let read = configuration_facts(&document, self.reader.registry());
            there.extend(read.and_then(|(facts, _)| platform_of(&facts)));
        }
        if there.iter().any(|platform| platform.answers_to(wanted)) {
            return Ok(());
        }
        Err(InspectError::NoPlatform {
            digest: own,
            wanted: wanted.to_owned(),
            there,
        })
    }

    /// Goes on to a child of the index.
    async fn descend(&mut self, digest: &Digest) -> Result<(), InspectError> {
        let read = self.reader.manifest(digest).await;
        let (document, from) = read.map_err(InspectError::Failed)?;
        self.facts = facts(&document, &self.reader)?;
        let index = std::mem::replace(&mut self.document, document);
        self.index = Some(index.digest);
        self.from = from;
        Ok(())
    }

    /// What is to be said of how it was read, all of it known.
    fn remarks(&mut self) -> Vec<Remark> {
        let mut remarks = std::mem::take(&mut self.reader.remarks);
        if self.from == ReadFrom::Cache {
            match self.reader.away() {
                Some(failure) => remarks.push(Remark::FromCache(failure.clone())),
                None if self.target.digest.is_some() => remarks.push(Remark::NotAsked),
                None => {}
            }
        }
        if let (true, Some(tag), Some(row)) =
            (self.is_unasked, &self.target.tag, self.target.tagged())
        {
            remarks.push(Remark::TagAsOf(tag.clone(), row.last_seen));
        }
        remarks
    }
}

fn facts(document: &Document, reader: &Reader) -> Result<ManifestFacts, InspectError> {
    manifest_facts(document, reader.registry())
        .ok_or_else(|| InspectError::NoManifest(document.digest.clone()))
}

fn platform_of(facts: &ConfigurationFacts) -> Option<Platform> {
    let (os, architecture) = (facts.os.as_deref()?, facts.architecture.as_deref()?);
    Platform::new(os, architecture, facts.variant.as_deref())
}

/// The children as the manifest lists them, with what the inventory knows of their sizes.
fn children(listed: &[Child], known: Option<&ImageRow>) -> Vec<Child> {
    let known = known.map_or(&[][..], |row| &row.image.children);
    let with_size = |child: &Child| {
        let same = known.iter().find(|other| other.digest == child.digest);
        Child {
            size: child.size.or_else(|| same.and_then(|other| other.size)),
            ..child.clone()
        }
    };
    listed.iter().map(with_size).collect()
}

/// With the next step for who asked for one image.
fn advised(mut failure: Failure, target: &Target) -> Failure {
    let (registry, repository) = (&target.registry.spec.name, &target.repository);
    if target.is_assumed {
        failure
            .message
            .push_str("; neither a tag nor a digest was given, so `latest` was asked for");
    }
    if failure.class == Class::Missing {
        failure.hint = Some(match (target.tagged(), &target.digest) {
            (Some(row), None) => format!(
                "it is no longer there; what it named at the last crawl may be: \
                 `supercargo inspect {registry}/{repository}@{}`",
                row.digest
            ),
            _ => format!(
                "`supercargo images {registry} --repository '{repository}'` shows what the \
                 inventory has there"
            ),
        });
    }
    failure
}
