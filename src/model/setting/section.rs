//! The parts that the settings of a registry are shown in.

/// One part of the settings, as the form has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What it is called, and where and what it is.
    Address,
    /// Who signs in, and where the secrets are.
    SignIn,
    /// What of it is read, and how often.
    Load,
    /// How much at once, how fast, and how long anything may take.
    Limits,
    /// The way there: certificates, proxy, names, HTTP.
    Network,
}

impl Section {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 5] = [
        Self::Address,
        Self::SignIn,
        Self::Load,
        Self::Limits,
        Self::Network,
    ];

    /// What it is called in the form.
    pub fn title(self) -> &'static str {
        match self {
            Self::Address => "Address",
            Self::SignIn => "Sign-in",
            Self::Load => "What to load",
            Self::Limits => "Limits",
            Self::Network => "TLS and proxy",
        }
    }
}
