//! Profiles of the shared files, `~/.aws/credentials` and `~/.aws/config`
//! (docs.aws.amazon.com, "Configuration and credential file settings").

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::{Lacking, SESSION, Variables, container, file, instance, of_environment, printed};
use crate::model::{AwsKeys, AwsRole, AwsSource, Secret};

/// Profiles that lead to another, at most.
const DEPTH: usize = 5;

/// Most bytes read of a file.
const CAP: u64 = 1024 * 1024;

/// A profile, of both files; what the file of credentials says counts first.
#[derive(Clone, Default)]
pub(super) struct Profile {
    pub(super) name: String,
    values: BTreeMap<String, zeroize::Zeroizing<String>>,
}

impl Profile {
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let value = self.values.get(key)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether it names a role, to be assumed by what has keys.
    pub(super) fn assumes(&self) -> bool {
        self.get("role_arn").is_some() && self.get("web_identity_token_file").is_none()
    }

    fn keys(&self) -> Option<AwsKeys> {
        Some(AwsKeys {
            id: self.get("aws_access_key_id")?.to_owned(),
            secret: Secret::new(self.get("aws_secret_access_key")?),
            session: self.get("aws_session_token").map(Secret::new),
            ends: None,
        })
    }
}

/// The shared files.
pub(super) struct Files {
    profiles: BTreeMap<String, Profile>,
    paths: Vec<PathBuf>,
}

/// A name of a section without the quotes that one with blanks has.
fn unquoted(name: &str) -> &str {
    let within = |quote: char| name.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(name)
}

impl Files {
    /// Reads both, where they are.
    pub(super) fn read(variable: Variables<'_>) -> Result<Self, Lacking> {
        let mut files = Self {
            profiles: BTreeMap::new(),
            paths: Vec::new(),
        };
        for (of, name, is_config) in [
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials", false),
            ("AWS_CONFIG_FILE", "config", true),
        ] {
            let Some(path) = file(variable, of, name) else {
                continue;
            };
            let failed = |why: String| {
                Lacking::new(
                    format!("`{}` {why}", path.display()),
                    "mend the file, or name another by `AWS_SHARED_CREDENTIALS_FILE` and \
                     `AWS_CONFIG_FILE`",
                )
            };
            match std::fs::metadata(&path) {
                Ok(found) if found.len() > CAP => return Err(failed("is too long".to_owned())),
                Ok(_) => {}
                Err(_) => {
                    files.paths.push(path);
                    continue;
                }
            }
            let text = std::fs::read_to_string(&path).map(zeroize::Zeroizing::new);
            let text = text.map_err(|error| failed(format!("cannot be read: {error}")))?;
            files.take(&text, is_config);
            files.paths.push(path);
        }
        Ok(files)
    }

    /// Takes over sections: `[NAME]`, in the file of settings `[profile NAME]`.
    pub(super) fn take(&mut self, text: &str, is_config: bool) {
        let mut open: Option<String> = None;
        for line in text.lines() {
            let plain = line.trim();
            if plain.is_empty() || plain.starts_with(['#', ';']) {
                continue;
            }
            if let Some(head) = plain.strip_prefix('[') {
                let head = head.split(']').next().unwrap_or_default().trim();
                let name = match head.strip_prefix("profile ") {
                    Some(name) if is_config => Some(unquoted(name.trim())),
                    _ if !is_config || head == "default" => Some(head),
                    _ => None,
                };
                open = name.map(str::to_owned);
                continue;
            }
            // What is moved in belongs to the setting above.
            let is_nested = line.starts_with([' ', '\t']);
            if let (Some(name), Some((key, value)), false) =
                (&open, plain.split_once('='), is_nested)
            {
                let profile = self.profiles.entry(name.clone()).or_default();
                profile.name.clone_from(name);
                let value = zeroize::Zeroizing::new(value.trim().to_owned());
                profile
                    .values
                    .entry(key.trim().to_ascii_lowercase())
                    .or_insert(value);
            }
        }
    }

    pub(super) fn profile(&self, name: &str) -> Option<Profile> {
        self.profiles.get(name).cloned()
    }

    /// Where they are, in words.
    pub(super) fn named(&self) -> String {
        let paths = self.paths.iter();
        let paths: Vec<String> = paths.map(|path| format!("`{}`", path.display())).collect();
        paths.join(" or ")
    }

    /// Where the keys of `profile` come from; `None` where it says nothing of keys.
    pub(super) async fn source(
        &self,
        profile: &Profile,
        variable: Variables<'_>,
    ) -> Result<Option<AwsSource>, Lacking> {
        self.source_of(profile, variable, DEPTH).await
    }

    fn source_of<'a>(
        &'a self,
        profile: &'a Profile,
        variable: Variables<'a>,
        depth: usize,
    ) -> BoxFuture<'a, Result<Option<AwsSource>, Lacking>> {
        async move {
            let name = &profile.name;
            let Some(depth) = depth.checked_sub(1) else {
                return Err(Lacking::new(
                    format!("the profile `{name}` of AWS leads on and on by `source_profile`"),
                    "let the last one hold keys",
                ));
            };
            if let Some(role) = profile.get("role_arn") {
                let session = profile.get("role_session_name").unwrap_or(SESSION);
                if let Some(token) = profile.get("web_identity_token_file") {
                    return Ok(Some(AwsSource::WebIdentity {
                        role: role.to_owned(),
                        session: session.to_owned(),
                        token_file: PathBuf::from(token),
                    }));
                }
                let base = self.base_of(profile, variable, depth).await?;
                return Ok(Some(AwsSource::Role(Box::new(AwsRole {
                    role: role.to_owned(),
                    session: session.to_owned(),
                    external_id: profile.get("external_id").map(str::to_owned),
                    base,
                }))));
            }
            if let Some(keys) = profile.keys() {
                return Ok(Some(AwsSource::Keys(keys)));
            }
            if let Some(line) = profile.get("credential_process") {
                return Ok(Some(AwsSource::Keys(printed(profile, line).await?)));
            }
            let is_sso = ["sso_session", "sso_start_url", "login_session"];
            if is_sso.iter().any(|key| profile.get(key).is_some()) {
                return Err(Lacking::new(
                    format!("the profile `{name}` of AWS signs in by a browser"),
                    format!(
                        "let `aws` do that: add a profile with `credential_process = aws configure \
                         export-credentials --profile {name}`, and name that one as `username`"
                    ),
                ));
            }
            Ok(None)
        }
        .boxed()
    }

    /// Who assumes the role of `profile`.
    async fn base_of(
        &self,
        profile: &Profile,
        variable: Variables<'_>,
        depth: usize,
    ) -> Result<AwsSource, Lacking> {
        let name = &profile.name;
        let lacking = |why: &str| {
            Lacking::new(
                format!("the profile `{name}` of AWS names a role, and {why}"),
                "set `source_profile` to a profile with keys, or `credential_source` to \
                 `Environment`, `EcsContainer` or `Ec2InstanceMetadata`",
            )
        };
        if profile.get("mfa_serial").is_some() {
            return Err(Lacking::new(
                format!("the role of the profile `{name}` of AWS wants a one-time code"),
                format!(
                    "let `aws` ask for it: `credential_process = aws configure export-credentials \
                     --profile {name}` in a profile of its own"
                ),
            ));
        }
        if let Some(source) = profile.get("source_profile") {
            let missing = || lacking(&format!("its `source_profile` `{source}` is not there"));
            let base = self.profile(source).ok_or_else(missing)?;
            // Keys assume the role, also where they stand beside another role or this one.
            let found = match base.keys().map(AwsSource::Keys) {
                None if source != name => self.source_of(&base, variable, depth).await?,
                keys => keys,
            };
            return found.ok_or_else(|| lacking("its `source_profile` holds no keys"));
        }
        match profile.get("credential_source") {
            Some("Environment") => of_environment(variable)
                .map(AwsSource::Keys)
                .ok_or_else(|| lacking("there are no keys in the environment")),
            Some("EcsContainer") => {
                container(variable).ok_or_else(|| lacking("nothing lends keys to this container"))
            }
            Some("Ec2InstanceMetadata") => Ok(instance(variable)),
            Some(_) => Err(lacking("its `credential_source` is none that is known")),
            None => Err(lacking("not who assumes it")),
        }
    }
}
