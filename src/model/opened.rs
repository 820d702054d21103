//! What a crawl found out about a registry itself when it opened it.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A registry as the last crawl found it. `None` is what it did not come to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The product, as people call it.
    pub product: Option<String>,
    /// The product's version.
    pub version: Option<String>,
    /// What its lists were read with: `v2`.
    pub listed_by: String,
    /// Whether it answers 304 to a request that names what is known.
    pub conditional: Option<bool>,
    /// Whether it tells a digest by `HEAD`.
    pub head: Option<bool>,
    /// Whether it gives lists page by page.
    pub pages: Option<bool>,
    /// When its certificate ends, in seconds since 1970.
    #[serde(with = "super::image::seconds")]
    pub certificate_end: Option<Timestamp>,
}
