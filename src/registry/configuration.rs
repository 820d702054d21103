//! Image configurations: the platform and the time of a single-platform image
//! (OCI image-spec, config.md).

use serde::Deserialize;

use super::lenient::{Object, Text};
use super::manifest::platform;
use crate::http::Cover;
use crate::model::{Platform, Timestamp};

/// Most bytes read of a configuration.
pub(super) const CAP: usize = 16 * 1024 * 1024;

/// What an inventory needs of an image's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The platform; `None` where the configuration does not say.
    pub platform: Option<Platform>,
    /// When the image was built.
    pub created: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    os: Text,
    architecture: Text,
    variant: Text,
    created: Text,
}

/// Reads a configuration; `None` where the bytes are none.
pub(super) fn read(body: &[u8], cover: &Cover) -> Option<Configuration> {
    let raw: Object<Raw> = serde_json::from_slice(body).ok()?;
    let raw = raw.get()?;
    Some(Configuration {
        platform: platform(&raw.os, &raw.architecture, &raw.variant, cover),
        created: raw.created.parse(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8]) -> Option<Configuration> {
        super::read(body, &Cover::default())
    }

    #[test]
    fn platform_and_time_are_read_where_they_are() {
        let full = read(
            br#"{"architecture":"arm64","variant":"v8","os":"linux","created":"2026-08-01T10:00:00Z"}"#,
        )
        .unwrap();
        assert_eq!(full.platform.unwrap().to_string(), "linux/arm64/v8");
        assert_eq!(full.created.unwrap().to_string(), "2026-08-01T10:00:00Z");
        assert_eq!(read(b"{}").unwrap(), Configuration::default());
        assert_eq!(
            read(br#"{"os":7,"created":"soon"}"#).unwrap(),
            Configuration::default()
        );
        assert!(read(b"[]").is_none());
        assert!(read(b"<html>").is_none());
    }
}
