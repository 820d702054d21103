//! What a crawl learnt of the registry itself.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A registry as the crawl that opened it saw it. What nothing was seen of is `None`.
/// Its serialised form is part of the inventory's format.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The product as settings and outputs name it, as set or found out.
    pub product: Option<String>,
    /// Its version, where it tells everybody in its headers.
    pub version: Option<String>,
    /// What listed: `v2` is the Registry V2 API itself.
    pub listed_by: String,
    /// Whether it answers 304 to a tag that names what it was known to name.
    pub conditional: Option<bool>,
    /// Whether `HEAD` tells the digest that a tag names.
    pub head: Option<bool>,
    /// Whether lists come in pages.
    pub pages: Option<bool>,
    /// The end of its certificate's validity, where it speaks TLS.
    #[serde(with = "super::image::seconds")]
    pub certificate_end: Option<Timestamp>,
}
