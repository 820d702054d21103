//! A registry as the user set it up. Every field is described once more, with its
//! default, range and help, in [`super::setting`].

use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{
    Endpoint, Glob, PasswordSource, Product, RegistryName, RepositoryName, Scheme, SecretKind,
};

/// The number of a registry in one state. Never used again after the registry is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RegistryId(pub u32);

/// How to sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthType {
    /// Do what the registry's challenge asks for.
    #[default]
    Auto,
    /// Send the user name and password to the registry itself.
    Basic,
    /// Fetch tokens from the realm the challenge names.
    Bearer,
    /// Never send credentials; fetch anonymous tokens where they are asked for.
    Anonymous,
}

/// The HTTP versions to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HttpVersion {
    /// What both sides agree on.
    #[default]
    Auto,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2 only.
    Http2,
}

/// Which proxy to use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProxyChoice {
    /// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Off,
    /// This one: `http://`, `https://` or `socks5://`.
    Url(String),
}

/// How much to ask at once, and how long to wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Requests in flight at once (HTTP/2: streams).
    pub max_connections: u16,
    /// Idle connections kept open.
    pub max_keepalive: u16,
    /// How long an idle connection is kept open.
    pub keepalive_expiry: Duration,
    /// Entries asked for in one page of a list.
    pub page_size: u16,
    /// Limit on name resolution, connection and TLS handshake together.
    pub connect_timeout: Duration,
    /// Limit on the wait for a turn, be it for a connection or for the rate.
    pub pool_timeout: Duration,
    /// Limit on each wait for bytes from the registry.
    pub read_timeout: Duration,
    /// Limit on each wait for the registry to take bytes.
    pub write_timeout: Duration,
    /// Requests a second; `None` is no limit.
    pub max_rps: Option<f64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 16,
            max_keepalive: 16,
            keepalive_expiry: Duration::from_secs(90),
            page_size: 1000,
            connect_timeout: Duration::from_secs(10),
            pool_timeout: Duration::from_mins(1),
            read_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            max_rps: None,
        }
    }
}

/// What to trust, and who we are, in TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsChoice {
    /// Take any certificate.
    pub skip_verify: bool,
    /// PEM certificates trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM certificate chain shown to the registry.
    pub client_cert: Option<PathBuf>,
    /// PEM private key of that certificate.
    pub client_key: Option<PathBuf>,
}

/// `host=address`: connect to `address` when the URL says `host`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressOverride {
    /// The host name, lower case.
    pub host: String,
    /// Where to connect instead.
    pub address: IpAddr,
}

/// Which repositories a crawl covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryScope {
    patterns: Vec<String>,
}

/// What is read of the images that an index lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Children {
    /// Those that are platforms: size and layers of each, and when the first was built.
    #[default]
    Platforms,
    /// Nothing: an index has its platforms and no size.
    None,
}

/// Everything set for one registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistrySpec {
    /// What the user calls it.
    pub name: RegistryName,
    /// The product; `None` finds out.
    pub product: Option<Product>,
    /// Whether crawls of all registries include it.
    pub active: bool,
    /// How to sign in.
    pub auth: AuthType,
    /// Its address.
    pub endpoint: Endpoint,
    /// The address of the product's own API, where it does not follow from the registry's.
    pub api: Option<Endpoint>,
    /// Whether the product's own API is left alone: plain V2 only.
    pub v2_only: bool,
    /// How much at once, how long.
    pub limits: Limits,
    /// Trust and identity.
    pub tls: TlsChoice,
    /// The proxy.
    pub proxy: ProxyChoice,
    /// Addresses for host names.
    pub resolve: Vec<AddressOverride>,
    /// HTTP versions.
    pub http_version: HttpVersion,
    /// The user name.
    pub username: Option<String>,
    /// Where the password is kept.
    pub password: PasswordSource,
    /// Where the secret of the product's own API is kept, where that wants another than the
    /// registry.
    pub api_token: PasswordSource,
    /// Whether to ask the registry for the list of all its repositories.
    pub load_full_list: bool,
    /// Whether lists are whole that stop at a length where servers are known to cut.
    pub lists_whole: bool,
    /// Repositories to load by name or glob.
    pub repositories: RepositoryScope,
    /// What is read of the images that an index lists.
    pub children: Children,
    /// How old the inventory may grow before `crawl --due` refreshes it.
    pub refresh_interval: Option<Duration>,
}

impl RegistrySpec {
    /// A registry with every other setting at its default.
    pub fn new(name: RegistryName, endpoint: Endpoint) -> Self {
        Self {
            name,
            product: None,
            active: true,
            auth: AuthType::default(),
            endpoint,
            api: None,
            v2_only: false,
            limits: Limits::default(),
            tls: TlsChoice::default(),
            proxy: ProxyChoice::default(),
            resolve: Vec::new(),
            http_version: HttpVersion::default(),
            username: None,
            password: PasswordSource::Auto,
            api_token: PasswordSource::None,
            load_full_list: true,
            lists_whole: false,
            repositories: RepositoryScope::default(),
            children: Children::default(),
            refresh_interval: None,
        }
    }

    /// Which repositories a crawl covers, by what the user named. Where names begin with the
    /// key of a repository (Artifactory Repository Path), an entry without `/` is a key and
    /// stands for all below it.
    pub fn scope(&self) -> RepositoryScope {
        if self.product != Some(Product::ArtifactoryPath) {
            return self.repositories.clone();
        }
        let patterns = self.repositories.patterns().iter();
        let patterns = patterns.map(|pattern| {
            if pattern.contains('/') || Glob::is_meant(pattern) {
                pattern.clone()
            } else {
                format!("{pattern}/**")
            }
        });
        RepositoryScope {
            patterns: patterns.collect(),
        }
    }

    /// Whether all that the registry lists is covered, and not only what the user named.
    pub fn covers_everything(&self) -> bool {
        self.load_full_list && self.product != Some(Product::ArtifactoryPath)
    }

    /// Where the secret of this kind is kept.
    pub fn place(&self, kind: SecretKind) -> &PasswordSource {
        match kind {
            SecretKind::Password => &self.password,
            SecretKind::ApiToken => &self.api_token,
        }
    }

    /// The same, to be changed.
    pub fn place_mut(&mut self, kind: SecretKind) -> &mut PasswordSource {
        match kind {
            SecretKind::Password => &mut self.password,
            SecretKind::ApiToken => &mut self.api_token,
        }
    }

    /// By which settings, if any, a secret would go where it is of no use, or where others can
    /// read it: nothing is sent with these. With the key of the setting to mend.
    pub fn misdirected(&self) -> Option<(&'static str, String)> {
        if self.auth == AuthType::Basic && self.is_gitlab() {
            return Some((
                "auth",
                "GitLab's registry takes no password itself, its token server does: set `auto` or \
                 `bearer`"
                    .to_owned(),
            ));
        }
        let api = self.api.as_ref()?;
        let is_worse = api.scheme() == Scheme::Http && self.endpoint.scheme() == Scheme::Https;
        is_worse.then(|| {
            let bare = api.to_string();
            let bare = bare.trim_start_matches("http://");
            let message = format!(
                "secrets would go to `{api}` in the clear, and to the registry they do not: write \
                 `https://{bare}`"
            );
            ("api", message)
        })
    }

    fn is_gitlab(&self) -> bool {
        let host = self.endpoint.host().to_string();
        self.product == Some(Product::Gitlab) || host == "registry.gitlab.com"
    }

    /// What no setting says alone: settings that contradict or need one another.
    /// Each with the key of the setting to mend.
    pub fn contradictions(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let tls = &self.tls;
        if tls.client_cert.is_some() != tls.client_key.is_some() {
            let missing = if tls.client_cert.is_some() {
                "client-key"
            } else {
                "client-cert"
            };
            found.push((
                missing,
                "a client certificate and its key go together: set both or neither".to_owned(),
            ));
        }
        if self.product == Some(Product::ArtifactoryPath) && self.repositories.is_empty() {
            found.push((
                "repository",
                "Artifactory by repository path cannot list itself: name the repositories to load"
                    .to_owned(),
            ));
        }
        if !self.load_full_list && self.repositories.is_empty() {
            found.push((
                "repository",
                "nothing would be loaded: name repositories, or load the full list".to_owned(),
            ));
        }
        if self.auth == AuthType::Basic && self.username.is_none() {
            found.push((
                "username",
                "basic authentication needs a user name".to_owned(),
            ));
        }
        found.extend(self.misdirected());
        if self.auth != AuthType::Anonymous
            && self.username.is_none()
            && self.password.needs_username()
        {
            found.push((
                "username",
                "a password needs a user name beside it".to_owned(),
            ));
        }
        found
    }
}

impl RepositoryScope {
    /// Patterns: repository names, or globs in which `*` and `?` stay inside one path
    /// component and `**` crosses them.
    ///
    /// # Errors
    ///
    /// The first pattern that is neither, and why.
    pub fn new(patterns: Vec<String>) -> Result<Self, String> {
        for pattern in &patterns {
            if Glob::is_meant(pattern) {
                pattern.parse::<Glob>()?;
            } else {
                pattern
                    .parse::<RepositoryName>()
                    .map_err(|error| error.to_string())?;
            }
        }
        Ok(Self { patterns })
    }

    /// The patterns as they were written.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The patterns that are plain names.
    pub fn names(&self) -> impl Iterator<Item = RepositoryName> + '_ {
        self.patterns
            .iter()
            .filter(|pattern| !Glob::is_meant(pattern))
            .filter_map(|pattern| pattern.parse().ok())
    }

    /// Whether every pattern is a plain name, so that no list need be asked for.
    pub fn is_exact(&self) -> bool {
        !self.patterns.iter().any(|pattern| Glob::is_meant(pattern))
    }

    /// The globs that match none of these names.
    pub fn unmatched<'a>(&self, names: impl Iterator<Item = &'a RepositoryName>) -> Vec<&str> {
        let globs = self.patterns.iter().filter(|text| Glob::is_meant(text));
        let parsed = globs.filter_map(|text| Some((text.as_str(), text.parse::<Glob>().ok()?)));
        let mut left: Vec<(&str, Glob)> = parsed.collect();
        for name in names {
            left.retain(|(_, glob)| !glob.is_match(name.as_str()));
            if left.is_empty() {
                break;
            }
        }
        left.into_iter().map(|(text, _)| text).collect()
    }

    /// A test of names against all patterns.
    pub fn matcher(&self) -> impl Fn(&RepositoryName) -> bool + Send + Sync + use<> {
        let globs: Vec<Glob> = self
            .patterns
            .iter()
            .filter_map(|pattern| pattern.parse().ok())
            .collect();
        move |name: &RepositoryName| globs.iter().any(|glob| glob.is_match(name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> RegistrySpec {
        RegistrySpec::new(
            "hub".parse().unwrap(),
            "https://hub.example".parse().unwrap(),
        )
    }

    #[test]
    fn globs_that_match_nothing_are_told_and_names_are_not() {
        let patterns = ["team/app", "base/*", "open/**", "x?"];
        let scope = RepositoryScope::new(patterns.map(str::to_owned).to_vec()).unwrap();
        let names: Vec<RepositoryName> = ["base/alpine", "open"]
            .map(|name| name.parse().unwrap())
            .to_vec();
        assert_eq!(scope.unmatched(names.iter()), ["open/**", "x?"]);
        assert_eq!(scope.unmatched([].iter()), ["base/*", "open/**", "x?"]);
    }

    #[test]
    fn scopes_match_names_and_globs() {
        let scope =
            RepositoryScope::new(vec!["team/app".into(), "base/*".into(), "x/**".into()]).unwrap();
        let matches = scope.matcher();
        for (name, wanted) in [
            ("team/app", true),
            ("team/app2", false),
            ("base/alpine", true),
            ("base/a/b", false),
            ("x/a/b", true),
        ] {
            assert_eq!(matches(&name.parse().unwrap()), wanted, "{name}");
        }
        assert!(!scope.is_exact());
        assert_eq!(scope.names().count(), 1);
        assert!(
            RepositoryScope::new(vec!["a//b".into()])
                .unwrap_err()
                .contains("empty")
        );
        assert!(
            RepositoryScope::new(vec!["a[".into()])
                .unwrap_err()
                .contains("no glob")
        );
    }

    #[test]
    fn contradictions_name_the_setting_to_mend() {
        assert_eq!(spec().contradictions(), []);
        let mut lonely = spec();
        lonely.tls.client_cert = Some("c.pem".into());
        lonely.load_full_list = false;
        lonely.auth = AuthType::Basic;
        let keys: Vec<_> = lonely
            .contradictions()
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        assert_eq!(keys, ["client-key", "repository", "username"]);
        let mut clear = spec();
        clear.api = Some("http://hub.example:8080/api".parse().unwrap());
        let (key, why) = clear.contradictions().remove(0);
        assert_eq!(key, "api");
        assert!(
            why.ends_with("write `https://hub.example:8080/api`"),
            "{why}"
        );
        clear.endpoint = "http://hub.example".parse().unwrap();
        assert_eq!(clear.contradictions(), []);
        let mut gitlab = spec();
        gitlab.auth = AuthType::Basic;
        gitlab.username = Some("ann".into());
        assert_eq!(gitlab.contradictions(), []);
        let says = |spec: &RegistrySpec| {
            let (key, why) = spec.contradictions().remove(0);
            assert_eq!(spec.misdirected(), Some((key, why.clone())));
            assert!(
                key == "auth" && why.ends_with("set `auto` or `bearer`"),
                "{why}"
            );
        };
        gitlab.product = Some(Product::Gitlab);
        says(&gitlab);
        gitlab.product = None;
        gitlab.endpoint = "https://Registry.GitLab.com".parse().unwrap();
        says(&gitlab);
        for auth in [AuthType::Auto, AuthType::Bearer] {
            gitlab.auth = auth;
            assert_eq!(gitlab.contradictions(), []);
        }
        let mut path = spec();
        path.product = Some(Product::ArtifactoryPath);
        assert_eq!(path.contradictions()[0].0, "repository");
        assert!(!path.covers_everything() && spec().covers_everything());
        path.repositories =
            RepositoryScope::new(vec!["docker-local".into(), "other/app".into()]).unwrap();
        assert_eq!(path.scope().patterns(), ["docker-local/**", "other/app"]);
        let matches = path.scope().matcher();
        assert!(matches(&"docker-local/team/app".parse().unwrap()));
        assert!(!matches(&"other/more".parse().unwrap()));
    }
}
