//! The authorities that are trusted, and where each came from.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::certificate::name;

/// A trusted authority, as a check shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    /// Its subject.
    pub(crate) name: String,
    /// Where it came from.
    pub(crate) origin: String,
}

/// A file of authorities that was given beside those of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    /// The file, in words.
    pub(crate) origin: String,
    /// The subjects of its certificates.
    pub(crate) subjects: Vec<String>,
}

impl std::fmt::Display for Given {
    /// Such as: the CA file `/etc/corp.pem` holds `CN=Corp Root`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 4;
        let shown = self.subjects.iter().take(SHOWN);
        let shown: Vec<String> = shown.map(|subject| format!("`{subject}`")).collect();
        write!(f, "{} holds {}", self.origin, shown.join(", "))?;
        match self.subjects.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// What this host trusts when a registry's settings name nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustStore {
    /// Authorities that can be used.
    pub authorities: usize,
    /// Where they come from.
    pub origin: &'static str,
    /// Whether that is the host's own store.
    pub is_the_hosts: bool,
}

impl TrustStore {
    /// That of this host, read now.
    pub fn of_this_host() -> Self {
        let roots = Roots::of_this_host();
        let origin =
            roots.0.first().map_or(
                BUNDLED,
                |(_, origin)| {
                    if origin == SYSTEM { SYSTEM } else { BUNDLED }
                },
            );
        Self {
            authorities: roots.0.len(),
            origin,
            is_the_hosts: origin == SYSTEM,
        }
    }
}

const SYSTEM: &str = "the system's store";
const BUNDLED: &str = "the public roots of this program (the host has no store of its own)";

/// All that is trusted.
pub(super) struct Roots(Vec<(CertificateDer<'static>, String)>);

impl Roots {
    /// The system's store; on a host that has none, the public roots compiled in.
    pub(super) fn of_this_host() -> Self {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "a certificate of the system's store was passed over");
        }
        let mut roots = Self(Vec::new());
        roots.add(found.certs, SYSTEM);
        if roots.0.is_empty() {
            let bundled = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned();
            roots.add(bundled, BUNDLED);
        }
        roots
    }

    /// With these as well.
    pub(super) fn add(
        &mut self,
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
        origin: &str,
    ) {
        let usable = certificates.into_iter().filter(is_usable);
        self.0.extend(usable.map(|der| (der, origin.to_owned())));
    }

    /// Those that were given beside the host's own, by file.
    pub(super) fn given(&self) -> Vec<Given> {
        let mut files: Vec<Given> = Vec::new();
        let given = self
            .0
            .iter()
            .filter(|(_, origin)| origin != SYSTEM && origin != BUNDLED);
        for (der, origin) in given {
            let Some(parsed) = parse(der) else { continue };
            let subject = name(parsed.subject());
            match files.iter_mut().find(|file| file.origin == *origin) {
                Some(file) => file.subjects.push(subject),
                None => files.push(Given {
                    origin: origin.clone(),
                    subjects: vec![subject],
                }),
            }
        }
        files
    }

    /// As the verifier wants them.
    pub(super) fn store(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(self.0.iter().map(|(der, _)| der.clone()));
        store
    }

    /// The authority that `chain`, the server's own certificate first, ends in.
    pub(super) fn end_of(&self, chain: &[CertificateDer<'_>]) -> Option<Root> {
        let parsed: Vec<X509Certificate<'_>> = chain.iter().filter_map(|der| parse(der)).collect();
        // A server may show more than it needs: the first that somebody here issued counts.
        parsed.iter().find_map(|shown| {
            self.0.iter().find_map(|(der, origin)| {
                let root = parse(der)?;
                let issued = root.subject().as_raw() == shown.issuer().as_raw()
                    || root.as_raw() == shown.as_raw();
                issued.then(|| Root {
                    name: name(root.subject()),
                    origin: origin.clone(),
                })
            })
        })
    }
}

fn parse<'a>(der: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(der)
        .ok()
        .map(|(_, parsed)| parsed)
}

/// Whether a certificate can be an authority at all.
pub(super) fn is_usable(der: &CertificateDer<'_>) -> bool {
    let mut probe = RootCertStore::empty();
    probe.add(der.clone().into_owned()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_what_it_holds() {
        let mut given = Given {
            origin: "the CA file `/c.pem`".into(),
            subjects: vec!["CN=One".into()],
        };
        assert_eq!(given.to_string(), "the CA file `/c.pem` holds `CN=One`");
        given.subjects = (1..=6).map(|n| format!("CN={n}")).collect();
        let told = "the CA file `/c.pem` holds `CN=1`, `CN=2`, `CN=3`, `CN=4` and 2 more";
        assert_eq!(given.to_string(), told);
        assert_eq!(Roots::of_this_host().given(), []);
    }

    #[test]
    fn there_are_always_roots() {
        assert!(!Roots::of_this_host().0.is_empty());
        let store = TrustStore::of_this_host();
        assert_eq!(store.authorities, Roots::of_this_host().0.len());
        assert_eq!(store.is_the_hosts, store.origin == SYSTEM);
    }
}
