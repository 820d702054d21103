//! Plain values that every other room speaks in: parsed once, never invalid.
//!
//! Owns names, digests, platforms, endpoints, a registry's settings, what a crawl
//! finds and how it fails, what the inventory can be asked and what it answers. Knows nothing of sockets, files, clocks or screens.

mod accessory;
mod aws;
mod change;
mod check;
mod crawl;
mod decision;
mod digest;
mod digest_start;
mod drift;
mod endpoint;
mod failure;
mod filter;
mod glob;
mod history;
mod host;
mod image;
mod image_column;
mod image_facts;
mod inspected;
mod inventory;
mod json;
mod listing;
mod media_type;
mod mend;
mod name;
mod opened;
mod password;
mod planned;
mod platform;
mod preset;
mod product;
mod question;
mod rate;
mod reference;
mod registry;
mod save;
mod search;
mod secret;
mod selection;
mod sent;
pub mod setting;
pub mod text;
mod trouble;
mod usage;
pub mod when;
mod wording;

pub use accessory::HungOn;
pub use aws::{AwsAccess, AwsKeys, AwsRole, AwsSource};
pub use change::{Change, ChangesPlace, What};
pub use check::{CheckReport, StageReport, Verdict};
pub use crawl::{
    Batch, Contents, Finding, Held, IndexFacts, KnownName, KnownRepository, Memory, Outcome, Phase,
    Progress, Retry, Summary, Traffic, UnreadIndex,
};
pub use decision::{Choice, Decided, Decision, Decisions, Subject, note};
pub use digest::{Algorithm, Digest, DigestError};
pub use digest_start::DigestStart;
pub use drift::{Difference, Drift, Drifts, NameMap};
pub use endpoint::{Endpoint, EndpointError, Host, Scheme};
pub use failure::{Class, Failure, Stage};
pub use filter::{Filter, Word};
pub use glob::Glob;
pub use history::History;
pub use host::HostTrouble;
pub use image::{Blobs, Child, ConfigKey, Image, Kind, Layer, Level};
pub use image_column::ImageColumn;
pub use image_facts::{ImageFacts, Vulnerabilities};
pub use inspected::{
    BuildStep, ConfigurationFacts, Document, Inspected, LayerFacts, Place, ReadFrom, Referrer,
    Remark,
};
pub use inventory::{
    CrawlRecord, FIRST_BUILT, ImageRow, ListState, RegistryRow, RepositoryChanges, RepositoryRow,
    RepositoryState, RepositorySummary, Retried,
};
pub use jiff::Timestamp;
pub use jiff::tz::TimeZone;
pub use json::{Json, JsonSeed};
pub use listing::{Listing, Order, RepositoryColumn};
pub use media_type::MediaType;
pub use mend::{PASSWORD, mended_by};
pub use name::{NameError, RegistryName, RepositoryName, Tag};
pub use opened::Opened;
pub use password::{
    PASSWORD_SOURCES, PasswordArgument, PasswordPlace, PasswordSource, PasswordSupply,
};
pub use planned::{Frees, PlanColumn, Planned, PlannedImage, PlannedPlace, Since};
pub use platform::{Platform, PlatformStart};
pub use preset::{PRESETS, Preset, preset};
pub use product::Product;
pub use question::{Answer, Cancel, Cursor, ImagePlace, Page, Past, PastCursor, Question, UsageBy};
pub use rate::Rate;
pub use reference::{ImageReference, Reading, ReferenceError};
pub use registry::{
    AddressOverride, AuthType, Children, HttpVersion, Limits, ProxyChoice, RegistryId,
    RegistrySpec, RepositoryScope, TlsChoice,
};
pub use save::{SaveError, SaveFault, SecretEntries, SecretEntry, StoreOffer};
pub use search::{Hit, Matched, Search};
pub use secret::{CredentialKind, Credentials, Secret, SecretKind, Secrets, Typed};
pub use selection::{DecisionWanted, ImageSelection};
pub use sent::{Sent, SentTo};
pub use trouble::Trouble;
pub use usage::Usage;
pub use wording::{WORDINGS, Wording, wording};
