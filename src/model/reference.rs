//! What people write to name one image: `REGISTRY/REPOSITORY[:TAG][@DIGEST]`, a repository
//! alone, or a digest or its beginning.

use super::{
    Digest, DigestError, DigestStart, Endpoint, NameError, RegistryId, RegistryName, RegistrySpec,
    RepositoryName, Tag,
};

/// Fewest digits of the beginning of a digest: fewer say nothing in a large inventory.
const FEWEST: usize = 4;

/// A reference as it was written. Which registry and repository it means, only the
/// registries that there are can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageReference {
    /// A digest or the beginning of one. What could also be the name of a repository is
    /// that where no digest begins so.
    Digest(DigestStart, Option<RepositoryName>),
    /// A repository, with or without its registry.
    Named {
        /// Registry and repository, or the repository alone.
        path: String,
        /// The tag.
        tag: Option<Tag>,
        /// The digest, which counts where both are given.
        digest: Option<Digest>,
    },
}

/// A registry and a repository that a path may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The registry.
    pub registry: RegistryId,
    /// The repository in it.
    pub repository: RepositoryName,
}

/// Why a text names no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing at all.
    #[error("the reference is empty")]
    Empty,
    /// The part behind `@` is no digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// The beginning of a digest that cannot be one.
    #[error("{0}")]
    Start(String),
    /// The tag or the repository is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A registry without a repository.
    #[error("`{0}` is a registry, and no repository in it is named")]
    NoRepository(RegistryName),
}

impl ReferenceError {
    /// What would be right, one line.
    pub fn hint(&self) -> String {
        match self {
            Self::Start(_) => format!(
                "write {FEWEST} digits or more, with or without `sha256:` before them: \
                 `sha256:ab12cd34ef56`"
            ),
            Self::NoRepository(name) => {
                format!("name one behind it: `{name}/team/app:1.0`")
            }
            Self::Digest(_) => "a whole digest follows `@`: `hub/team/app@sha256:…`; of the \
                 beginning of one, write that alone"
                .to_owned(),
            Self::Empty | Self::Name(_) => {
                "write `REGISTRY/REPOSITORY:TAG`, `REGISTRY/REPOSITORY@DIGEST`, or the beginning \
                 of a digest"
                    .to_owned()
            }
        }
    }
}

impl std::str::FromStr for ImageReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let text = text.trim();
        // As it is copied from elsewhere.
        let text = ["docker://", "https://", "http://"]
            .into_iter()
            .find_map(|scheme| text.strip_prefix(scheme))
            .unwrap_or(text);
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        match (name, digest) {
            ("", None) => return Err(ReferenceError::Empty),
            ("", Some(digest)) => return start(digest),
            (name, None) if !name.contains('/') && is_start(name) => return start(name),
            (_, Some(_) | None) => {}
        }
        let digest = digest.map(str::parse).transpose()?;
        let leaf = name.rfind('/').map_or(0, |at| at + 1);
        let (path, tag) = match name[leaf..].split_once(':') {
            Some((own, tag)) => (&name[..leaf + own.len()], Some(tag.parse::<Tag>()?)),
            None => (name, None),
        };
        Ok(Self::Named {
            path: path.to_owned(),
            tag,
            digest,
        })
    }
}

/// Whether a text without slashes is to be taken for a digest.
fn is_start(text: &str) -> bool {
    let digits = text.trim_end_matches('…');
    text.starts_with("sha256:")
        || text.starts_with("sha512:")
        || (digits.len() >= FEWEST && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn start(text: &str) -> Result<ImageReference, ReferenceError> {
    // People copy what others have cut.
    let start = text.trim_end_matches('…').parse::<DigestStart>();
    let start = start.map_err(ReferenceError::Start)?;
    if start.length() < FEWEST {
        let why = format!("`{start}` is too short a beginning of a digest");
        return Err(ReferenceError::Start(why));
    }
    let name = text.parse().ok().filter(|_| !text.contains(':'));
    Ok(ImageReference::Digest(start, name))
}

impl Reading {
    /// What `path` means among these registries: those that its beginning names, by their
    /// name or else by their address, the most exact one counting. Empty where it begins
    /// with none of them.
    ///
    /// # Errors
    ///
    /// Where what is behind the registry is no repository.
    pub fn of(
        path: &str,
        registries: &[(RegistryId, &RegistrySpec)],
    ) -> Result<Vec<Self>, ReferenceError> {
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let named = registries
            .iter()
            .find(|(_, spec)| spec.name.as_str() == first);
        if let Some((id, spec)) = named {
            if rest.is_empty() {
                return Err(ReferenceError::NoRepository(spec.name.clone()));
            }
            return Ok(vec![Self {
                registry: *id,
                repository: rest.parse()?,
            }]);
        }
        let fitting = registries.iter().filter_map(|(id, spec)| {
            let rest = behind(path, &spec.endpoint)?;
            Some((spec.endpoint.base().len(), *id, spec, rest))
        });
        let fitting: Vec<_> = fitting.collect();
        let longest = fitting.iter().map(|(base, ..)| *base).max();
        fitting
            .into_iter()
            .filter(|(base, ..)| Some(*base) == longest)
            .map(|(_, id, spec, rest)| {
                if rest.is_empty() {
                    return Err(ReferenceError::NoRepository(spec.name.clone()));
                }
                Ok(Self {
                    registry: id,
                    repository: rest.parse()?,
                })
            })
            .collect()
    }
}

/// What is behind `endpoint` in `path`; `None` where it does not begin so.
fn behind<'p>(path: &'p str, endpoint: &Endpoint) -> Option<&'p str> {
    let (host, rest) = path.split_once('/').unwrap_or((path, ""));
    let whole = format!("{}:{}", endpoint.host(), endpoint.port());
    let fits = |own: &str| host.eq_ignore_ascii_case(own);
    if !fits(&whole) && !fits(&endpoint.authority()) {
        return None;
    }
    let base = endpoint.base().trim_start_matches('/');
    if rest == base.trim_end_matches('/') {
        return Some("");
    }
    rest.strip_prefix(base)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_written_is_a_reference_or_says_why(
            text in r"([/:@.…a-f0-9]|sha256:|hub|\PC|\x1b){0,40}"
        ) {
            if let Err(error) = text.parse::<ImageReference>() {
                let said = format!("{error}{}", error.hint());
                prop_assert!(!said.contains(char::is_control), "{said:?}");
            }
        }
    }

    fn named(path: &str, tag: Option<&str>, digest: Option<&Digest>) -> ImageReference {
        ImageReference::Named {
            path: path.to_owned(),
            tag: tag.map(|tag| tag.parse().unwrap()),
            digest: digest.cloned(),
        }
    }

    #[test]
    fn references_are_taken_apart() {
        let digest = Digest::sha256(b"x");
        for (text, path, tag, by_digest) in [
            ("hub/team/app:1.0", "hub/team/app", Some("1.0"), false),
            ("hub/team/app", "hub/team/app", None, false),
            ("h.example:5000/a:b", "h.example:5000/a", Some("b"), false),
            ("[::1]:5000/a", "[::1]:5000/a", None, false),
            ("app:1", "app", Some("1"), false),
            ("alpine", "alpine", None, false),
            ("docker://h/a:b", "h/a", Some("b"), false),
            (" https://h/a ", "h/a", None, false),
            ("hub/app", "hub/app", None, true),
            ("hub/app:1", "hub/app", Some("1"), true),
        ] {
            let text = if by_digest {
                format!("{text}@{digest}")
            } else {
                text.to_owned()
            };
            let wanted = named(path, tag, by_digest.then_some(&digest));
            assert_eq!(text.parse(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn digests_are_known_by_their_beginning() {
        let digest = Digest::sha256(b"x");
        let (text, other) = (digest.to_string(), Digest::sha256(b"y"));
        for written in [
            text.clone(),
            text[..14].to_owned(),
            text[7..].to_owned(),
            text[7..11].to_owned(),
            format!("@{text}"),
            format!("{}…", &text[..20]),
        ] {
            let Ok(ImageReference::Digest(start, name)) = written.parse() else {
                panic!("{written}");
            };
            assert!(start.begins(&digest), "{written}");
            assert!(!start.begins(&other), "{written}");
            assert_eq!(name.is_some(), !written.contains([':', '…']), "{written}");
        }
        let long: ImageReference = "sha512:abcd".parse().unwrap();
        let ImageReference::Digest(start, _) = long else {
            panic!("{long:?}");
        };
        assert!(!start.begins(&digest));
        assert_eq!(start.to_string(), "sha512:abcd");
    }

    #[test]
    fn what_is_no_reference_says_why() {
        for (text, says) in [
            ("", "is empty"),
            ("sha256:xyz1", "`0` to `9` and `a` to `f`"),
            ("sha256:ab1", "too short"),
            (
                &format!("sha256:{}", "a".repeat(65)),
                "longer than a digest",
            ),
            ("hub/app@sha256:ab12", "64 lower-case hexadecimal"),
            ("hub/app@latest", "`algorithm:`"),
            ("hub/app:", "it is empty"),
            ("hub/app:a b", "no tag has"),
            ("hub/app:sha256:ab12", "no tag has"),
            ("hub/app:\u{1b}[2J", "begins with"),
        ] {
            let error = text.parse::<ImageReference>().unwrap_err();
            let message = error.to_string();
            assert!(message.contains(says), "{text}: {message}");
            assert!(!message.contains('\u{1b}'), "{message}");
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn a_path_begins_with_a_registry_by_name_or_address() {
        let spec = |name: &str, address: &str| {
            RegistrySpec::new(name.parse().unwrap(), address.parse().unwrap())
        };
        let specs = [
            spec("hub", "https://hub.example"),
            spec("deep", "https://hub.example/base/docker"),
            spec("twin", "https://twin.example:5000"),
            spec("twin2", "http://twin.example:5000"),
            spec("hub.example", "https://elsewhere.example"),
            spec("six", "http://[::1]:5000"),
        ];
        let all: Vec<_> = (1..).map(RegistryId).zip(&specs).collect();
        let read = |path: &str, known: &[(RegistryId, &RegistrySpec)]| {
            let readings = Reading::of(path, known)?;
            let told = readings.into_iter().map(|reading| {
                let at = usize::try_from(reading.registry.0).unwrap() - 1;
                format!("{} {}", specs[at].name, reading.repository)
            });
            Ok::<_, ReferenceError>(told.collect::<Vec<_>>().join(", "))
        };
        for (path, wanted) in [
            ("hub/team/app", "hub team/app"),
            ("hub.example/app", "hub.example app"),
            ("twin.example:5000/a/b", "twin a/b, twin2 a/b"),
            ("TWIN.example:5000/a", "twin a, twin2 a"),
            ("twin.example/a", ""),
            ("[::1]:5000/x", "six x"),
            ("team/app", ""),
            ("app", ""),
        ] {
            assert_eq!(read(path, &all).unwrap(), wanted, "{path}");
        }
        // By its address alone, the longest base path counts.
        let two = &all[..2];
        assert_eq!(read("hub.example/app", two).unwrap(), "hub app");
        assert_eq!(read("hub.example:443/app", two).unwrap(), "hub app");
        let deep = read("hub.example/base/docker/app", two).unwrap();
        assert_eq!(deep, "deep app");
        assert_eq!(read("hub.example/base/x", two).unwrap(), "hub base/x");
        for (path, says) in [
            ("hub", "`hub` is a registry"),
            ("hub/", "`hub` is a registry"),
            ("hub.example/base/docker", "`deep` is a registry"),
            ("hub/a//b", "no repository"),
            ("hub/ä", "no repository"),
        ] {
            let error = read(path, two).unwrap_err().to_string();
            assert!(error.contains(says), "{path}: {error}");
        }
    }
}
