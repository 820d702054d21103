//! Platforms, `os/architecture[/variant]`, as a registry states them
//! (OCI image-spec, image-index.md, "platform").

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An operating system and processor. Equal only when every part is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Platform {
    os: Box<str>,
    architecture: Box<str>,
    variant: Option<Box<str>>,
}

/// Longest part kept, in bytes; what is longer is no platform.
const MAX_PART: usize = 64;

impl Platform {
    /// A platform of these parts; `None` where a part is empty, too long, or holds
    /// characters that no platform has.
    pub fn new(os: &str, architecture: &str, variant: Option<&str>) -> Option<Self> {
        let clean = |part: &str| {
            (!part.is_empty()
                && part.len() <= MAX_PART
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b)))
            .then(|| part.into())
        };
        let variant = match variant {
            None | Some("") => None,
            Some(text) => Some(clean(text)?),
        };
        Some(Self {
            os: clean(os)?,
            architecture: clean(architecture)?,
            variant,
        })
    }

    /// The operating system, a GOOS name.
    pub fn os(&self) -> &str {
        &self.os
    }

    /// The processor architecture, a GOARCH name.
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// The processor's variant, such as `v8`.
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// Whether this is the `unknown/unknown` that builders give to attestations.
    pub fn is_unknown(&self) -> bool {
        &*self.os == "unknown" && &*self.architecture == "unknown"
    }

    /// Whether a person who typed `wanted` means this platform: `linux/arm64` also
    /// finds `linux/arm64/v8`, `arm64` alone any operating system.
    pub fn answers_to(&self, wanted: &str) -> bool {
        let full = self.to_string();
        if full == wanted || &*self.architecture == wanted {
            return true;
        }
        full.strip_prefix(wanted)
            .is_some_and(|rest| rest.starts_with('/'))
    }
}

/// A platform or the beginning of one, as people type it: `linux/arm64`, `linux`, or its
/// architecture alone, `arm64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformStart(Box<str>);

impl PlatformStart {
    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PlatformStart {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        let is_whole = !typed.ends_with('/') && typed.parse::<Platform>().is_ok();
        let is_one =
            is_whole || (!typed.contains('/') && Platform::new(typed, typed, None).is_some());
        if is_one {
            return Ok(Self(typed.into()));
        }
        Err(format!(
            "`{}` is no platform: write `linux/arm64`, `linux/arm/v7`, `arm64` or `linux`",
            super::text::quote(typed, MAX_PART)
        ))
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Platform {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '/');
        let platform = match (parts.next(), parts.next()) {
            (Some(os), Some(architecture)) => Self::new(os, architecture, parts.next()),
            _ => None,
        };
        platform.ok_or("a platform is `os/architecture` or `os/architecture/variant`")
    }
}

/// As its text.
impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // A million rows are read without an allocation each; a document may need one.
        if from.is_human_readable() {
            let text = String::deserialize(from)?;
            return text.parse().map_err(serde::de::Error::custom);
        }
        <&str>::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_text_agree() {
        let platform: Platform = "linux/arm64/v8".parse().unwrap();
        assert_eq!(
            platform,
            Platform::new("linux", "arm64", Some("v8")).unwrap()
        );
        assert_eq!(platform.to_string(), "linux/arm64/v8");
        assert_eq!("linux/amd64".parse::<Platform>().unwrap().variant(), None);
        for text in ["linux", "", "/amd64", "linux/", "linux/am\u{1b}[1m"] {
            assert!(text.parse::<Platform>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_can_begin_no_platform_is_refused_with_what_would_be_right() {
        for typed in ["linux", "arm64", "linux/arm64", "linux/arm/v7", "wasi/wasm"] {
            let start: PlatformStart = typed.parse().unwrap();
            assert_eq!(start.as_str(), typed);
        }
        for typed in [
            "",
            "/",
            "linux/",
            "linux/arm64/",
            "/arm64",
            "lin ux",
            "a/b/c/d",
            "linux//v7",
            "li\u{1b}x",
        ] {
            let error = typed.parse::<PlatformStart>().unwrap_err();
            assert!(error.contains("`linux/arm64`"), "{error}");
            assert!(!error.contains('\u{1b}'), "{error}");
        }
    }

    #[test]
    fn people_may_leave_out_what_is_clear() {
        let platform: Platform = "linux/arm64/v8".parse().unwrap();
        for wanted in ["linux/arm64/v8", "linux/arm64", "linux", "arm64"] {
            assert!(platform.answers_to(wanted), "{wanted}");
        }
        for wanted in ["linux/arm", "v8", "windows", "arm64/v7"] {
            assert!(!platform.answers_to(wanted), "{wanted}");
        }
    }
}
