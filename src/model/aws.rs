//! Keys of Amazon Web Services, as they sign requests, and where they come from.

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

/// Keys that are found where AWS's own tools look for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsAccess {
    /// Where they come from.
    pub source: AwsSource,
    /// The region that is set, for registries whose host does not say theirs.
    pub region: Option<String>,
    /// The address of the service that lends keys (STS), where it is set.
    pub sts: Option<String>,
}

/// Where keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AwsSource {
    /// They are here.
    Keys(AwsKeys),
    /// A role lends them to who has other keys (`AssumeRole`).
    Role(Box<AwsRole>),
    /// A role lends them for a token of somebody else's (`AssumeRoleWithWebIdentity`).
    WebIdentity {
        /// The role.
        role: String,
        /// What the session is called.
        session: String,
        /// The file that holds the token, read at each use.
        token_file: std::path::PathBuf,
    },
    /// An address that the container was told lends them.
    Container {
        /// The address.
        url: String,
        /// What it wants as `Authorization`.
        token: Option<Secret>,
        /// The file that holds that, read at each use.
        token_file: Option<std::path::PathBuf>,
    },
    /// The host's own metadata service lends them (IMDSv2).
    Instance {
        /// Its address, where that is not the usual one.
        endpoint: Option<String>,
    },
}

/// A role that is assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsRole {
    /// The role.
    pub role: String,
    /// What the session is called.
    pub session: String,
    /// What the role's owner wants to be told.
    pub external_id: Option<String>,
    /// Who assumes it.
    pub base: AwsSource,
}
