//! Secrets in memory: never shown, never written, wiped when dropped.

use std::fmt;

use zeroize::Zeroizing;

use super::AwsAccess;

/// A password, token or passphrase. `Debug` and `Display` do not show it, and it cannot
/// be serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text in; the caller's own copies are the caller's to wipe.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself, for the one place that sends or stores it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Which secret of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// What it signs in with: a password, or a token in the place of one.
    Password,
    /// What the product's own API wants, where that is another.
    ApiToken,
}

impl SecretKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Password, Self::ApiToken];

    /// What it is called in a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ApiToken => "API token",
        }
    }
}

/// Secrets that were typed in during this run, of one registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The password.
    pub password: Option<Secret>,
    /// The token of the product's own API.
    pub api_token: Option<Secret>,
}

impl Typed {
    /// The secret of this kind.
    pub fn of(&self, kind: SecretKind) -> Option<&Secret> {
        match kind {
            SecretKind::Password => self.password.as_ref(),
            SecretKind::ApiToken => self.api_token.as_ref(),
        }
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, kind: SecretKind) -> &mut Option<Secret> {
        match kind {
            SecretKind::Password => &mut self.password,
            SecretKind::ApiToken => &mut self.api_token,
        }
    }
}

impl From<Option<Secret>> for Typed {
    fn from(password: Option<Secret>) -> Self {
        Self {
            password,
            api_token: None,
        }
    }
}

/// What the secret of [`Credentials`] is, and so what may be done with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CredentialKind {
    /// A password, or an access token that stands for one.
    #[default]
    Password,
    /// A refresh token: the realm gives tokens for it by `POST`
    /// (Distribution, docs/spec/auth/oauth.md).
    IdentityToken,
    /// A bearer token of the registry itself, sent as it is.
    RegistryToken,
    /// An AWS access key: its id is the name, and the secret key signs requests and is sent
    /// to nobody.
    AwsKeys,
}

/// Who signs in, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user name; of tokens it may be empty.
    pub username: String,
    /// The password or token.
    pub password: Secret,
    /// Which of them it is.
    pub kind: CredentialKind,
}

impl Credentials {
    /// Whose they are, without the secret: two crawls by the same name see the same.
    pub fn name(&self) -> String {
        let kind = match self.kind {
            CredentialKind::Password => "user",
            CredentialKind::IdentityToken => "identity token",
            CredentialKind::RegistryToken => "registry token",
            CredentialKind::AwsKeys => "AWS key",
        };
        format!("{kind} {}", self.username).trim_end().to_owned()
    }

    /// A user name and password.
    pub fn new(username: impl Into<String>, password: Secret) -> Self {
        Self {
            username: username.into(),
            password,
            kind: CredentialKind::Password,
        }
    }
}

/// What a registry is asked with: who signs in, and the secret of the product's own API
/// where that wants another. Either may be there without the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    /// Who signs in; `None` asks as anybody.
    pub credentials: Option<Credentials>,
    /// The secret of the product's own API.
    pub api_token: Option<Secret>,
    /// Keys of AWS that are found where its own tools look for them.
    pub aws: Option<AwsAccess>,
}

impl From<Option<Credentials>> for Secrets {
    fn from(credentials: Option<Credentials>) -> Self {
        Self {
            credentials,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_it() {
        let credentials = Credentials::new("ann", Secret::new("hunter2"));
        assert!(!format!("{credentials:?}").contains("hunter2"));
        assert_eq!(credentials.password.expose(), "hunter2");
    }
}
