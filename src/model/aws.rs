//! Keys of Amazon Web Services, as they sign requests.

use super::{Secret, Timestamp};

/// An access key. The secret key signs and is sent to nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsKeys {
    /// Its id, which is no secret.
    pub id: String,
    /// The secret key.
    pub secret: Secret,
    /// What goes along with a key that was lent for a while.
    pub session: Option<Secret>,
    /// When it ends, where that is known.
    pub ends: Option<Timestamp>,
}
