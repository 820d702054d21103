//! Names: of a registry among ours, of a repository, of a tag
//! (OCI distribution-spec 1.1, "Pulling manifests", for the last two).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text;

/// Why a text is no name. The text is shown made harmless.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: {why}")]
pub struct NameError {
    what: &'static str,
    text: String,
    why: &'static str,
}

impl NameError {
    fn new(what: &'static str, text: &str, why: &'static str) -> Self {
        let text = text::shorten(&text::harmless(text), 80).into_owned();
        Self { what, text, why }
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                $check(text)?;
                Ok(Self(text.into()))
            }
        }

        /// As its text.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <&str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

name_type!(
    /// What the user calls a registry: 1 to 64 of letters, digits, `.`, `_`, `-`,
    /// beginning with a letter or digit. Unique in one state.
    RegistryName,
    check_registry
);
name_type!(
    /// A repository's name on its registry, such as `team/app`. Wider than the
    /// specification's grammar by upper case and `:`, which real products serve.
    RepositoryName,
    check_repository
);
name_type!(
    /// A tag: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`.
    Tag,
    check_tag
);

fn check_registry(text: &str) -> Result<(), NameError> {
    let fail = |why| Err(NameError::new("registry name", text, why));
    if text.is_empty() {
        return fail("it is empty");
    }
    if text.len() > 64 {
        return fail("it is longer than 64 characters");
    }
    if !text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    {
        return fail("use letters, digits, `.`, `_` and `-` only");
    }
    if !text.as_bytes()[0].is_ascii_alphanumeric() {
        return fail("begin it with a letter or a digit");
    }
    Ok(())
}

fn check_repository(text: &str) -> Result<(), NameError> {
    let fail = |why| Err(NameError::new("repository name", text, why));
    if text.is_empty() {
        return fail("it is empty");
    }
    if text.len() > 512 {
        return fail("it is longer than 512 bytes");
    }
    for component in text.split('/') {
        if component.is_empty() {
            return fail("a component between slashes is empty");
        }
        if component.bytes().all(|b| b == b'.') {
            return fail("a component is only dots");
        }
        if !component
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-:".contains(&b))
        {
            return fail("it holds a character that no repository has");
        }
    }
    Ok(())
}

fn check_tag(text: &str) -> Result<(), NameError> {
    let fail = |why| Err(NameError::new("tag", text, why));
    let Some(first) = text.bytes().next() else {
        return fail("it is empty");
    };
    if text.len() > 128 {
        return fail("it is longer than 128 characters");
    }
    if !(first.is_ascii_alphanumeric() || first == b'_') {
        return fail("it begins with a character that no tag begins with");
    }
    if !text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    {
        return fail("it holds a character that no tag has");
    }
    Ok(())
}

impl Tag {
    /// Whether this is a tag that tools make to hang signatures, attestations or
    /// referrers on a digest (`sha256-<64 hex>[.sig|.att|.sbom]`; distribution-spec 1.1,
    /// "Referrers Tag Schema", and cosign's own names).
    pub fn is_accessory(&self) -> bool {
        let Some(rest) = self
            .0
            .strip_prefix("sha256-")
            .or_else(|| self.0.strip_prefix("sha512-"))
        else {
            return false;
        };
        let hex = rest
            .strip_suffix(".sig")
            .or_else(|| rest.strip_suffix(".att"))
            .or_else(|| rest.strip_suffix(".sbom"))
            .unwrap_or(rest);
        hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_names_are_names() {
        for text in [
            "alpine",
            "team/app",
            "a/b/c/d",
            "Team/App",
            "x__y/z-1.2",
            "host:5000/x",
        ] {
            assert_eq!(text.parse::<RepositoryName>().unwrap().as_str(), text);
        }
        for text in ["latest", "1.0", "_x", "v1.2.3-rc.1", &"x".repeat(128)] {
            assert_eq!(text.parse::<Tag>().unwrap().as_str(), text);
        }
        for text in ["hub", "nexus-1.local", "0"] {
            assert_eq!(text.parse::<RegistryName>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn hostile_names_are_refused_and_shown_harmless() {
        for text in [
            "",
            "/a",
            "a//b",
            "a/../b",
            ".",
            "a\u{1b}[2J",
            "a b",
            "a?n=1",
            "ä",
        ] {
            assert!(text.parse::<RepositoryName>().is_err(), "{text:?}");
        }
        for text in ["", "-x", ".x", "a/b", "sha256:00", "a\n", &"x".repeat(129)] {
            assert!(text.parse::<Tag>().is_err(), "{text:?}");
        }
        for text in ["", "-x", "a b", "https://x", &"x".repeat(65)] {
            assert!(text.parse::<RegistryName>().is_err(), "{text:?}");
        }
        let error = "a\u{1b}[2J\u{202e}".parse::<Tag>().unwrap_err().to_string();
        assert!(
            !error.contains('\u{1b}') && !error.contains('\u{202e}'),
            "{error:?}"
        );
    }

    #[test]
    fn tags_that_tools_make_are_known() {
        let hex = "a".repeat(64);
        for text in [
            format!("sha256-{hex}"),
            format!("sha256-{hex}.sig"),
            format!("sha512-{hex}.att"),
        ] {
            assert!(text.parse::<Tag>().unwrap().is_accessory(), "{text}");
        }
        for text in ["latest", "sha256-abc", "sha-1234567"] {
            assert!(!text.parse::<Tag>().unwrap().is_accessory(), "{text}");
        }
    }
}
