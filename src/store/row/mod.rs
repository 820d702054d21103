//! Rows as they lie in the file: postcard, fields in the order of their declaration.
//! A change of any of them is a new [`super::schema::FORMAT`] with a migration, as is one
//! of the serialised values of `model` that lie in them.

mod change;
mod crawl;
mod facts;
mod image;
mod lookup;
mod registry;
mod summary;

use serde::{Deserialize, Serialize};

use super::error::InnerError;
use crate::model::{Digest, Timestamp};

pub(super) use change::ChangesRow;
pub(super) use crawl::{CrawlAdded, CrawlRow};
pub(super) use facts::FactsRow;
pub(super) use image::{
    Built, ContentsRow, ImageRow, LAYER_TRIES, LayerKey, LayerRow, TagRow, layer_key,
};
pub(super) use lookup::{DecisionRow, LookupRow, NameRow};
pub(super) use registry::{MARK, RegistryRow, RepositoryRow};
pub(super) use summary::SummaryRow;

/// Encodes a row.
pub(super) fn encode<T: Serialize>(table: &'static str, row: &T) -> Result<Vec<u8>, InnerError> {
    postcard::to_stdvec(row).map_err(|error| InnerError::Row {
        table,
        reason: error.to_string(),
    })
}

/// Decodes a row. What is text or bytes in it may be borrowed.
pub(super) fn decode<'b, T: Deserialize<'b>>(
    table: &'static str,
    bytes: &'b [u8],
) -> Result<T, InnerError> {
    postcard::from_bytes(bytes).map_err(|error| InnerError::Row {
        table,
        reason: error.to_string(),
    })
}

/// Decodes the row that `bytes` begin with, and returns what stands behind it.
pub(super) fn decode_first<'b, T: Deserialize<'b>>(
    table: &'static str,
    bytes: &'b [u8],
) -> Result<(T, &'b [u8]), InnerError> {
    postcard::take_from_bytes(bytes).map_err(|error| InnerError::Row {
        table,
        reason: error.to_string(),
    })
}

/// Seconds since 1970: what crawls need, in few bytes.
pub(super) fn seconds(at: Timestamp) -> i64 {
    at.as_second()
}

/// The inverse of [`seconds`].
pub(super) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A digest from its compact form.
pub(super) fn digest(table: &'static str, bytes: &[u8]) -> Result<Digest, InnerError> {
    Digest::from_bytes(bytes).ok_or(InnerError::Damaged { what: table })
}
