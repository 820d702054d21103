//! Keys of AWS where its own tools look for them: the environment, profiles of the shared
//! files, and whatever lends keys to containers and hosts. Only where that place is chosen;
//! what has to be asked over the network is asked by who uses the keys.

mod profile;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use serde::Deserialize;

use super::{COMMAND_TIMEOUT, Found, SecretError, command};
use crate::model::{
    AwsAccess, AwsKeys, AwsSource, CredentialKind, Credentials, RegistrySpec, Secret,
};
use profile::{Files, Profile};

/// The user of passwords that were lent, which is no profile.
const BY_PASSWORD: &str = "AWS";

/// What a session is called where nobody says.
pub(super) const SESSION: &str = "supercargo";

/// Where links of containers lead.
const CONTAINER: &str = "http://169.254.170.2";

/// Variables, by name.
pub(super) type Variables<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// Why there are no keys, in words for people, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lacking {
    pub(super) why: String,
    pub(super) hint: String,
}

impl Lacking {
    fn new(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            hint: hint.into(),
        }
    }
}

/// Keys, and where they are in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) access: AwsAccess,
    /// Whose they are, as far as that lasts: an id, or a profile or role.
    pub(super) name: String,
    pub(super) place: String,
}

/// What the registry of `spec` is signed in to with: its user name is that of a profile.
pub(super) async fn find(spec: &RegistrySpec) -> Result<Found, SecretError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let profile = spec.username.as_deref().filter(|name| *name != BY_PASSWORD);
    let kept = look(profile, &variable).await;
    let kept = kept.map_err(|Lacking { why, hint }| SecretError::Aws { why, hint })?;
    let secret = match &kept.access.source {
        AwsSource::Keys(keys) => keys.secret.clone(),
        _ => Secret::new(""),
    };
    Ok(Found {
        credentials: Some(Credentials {
            username: kept.name,
            password: secret,
            kind: CredentialKind::AwsKeys,
        }),
        place: kept.place,
        aws: Some(kept.access),
        ..Found::default()
    })
}

/// Keys, by the order of AWS's own tools: the environment, the profile, what lends to
/// containers, what lends to hosts. Of a profile that is named here nothing else counts.
pub(super) async fn look(named: Option<&str>, variable: Variables<'_>) -> Result<Kept, Lacking> {
    let name = named.map(str::to_owned);
    let name = name.or_else(|| variable("AWS_PROFILE"));
    let files = Files::read(variable)?;
    let profile = files.profile(name.as_deref().unwrap_or("default"));
    let region = variable("AWS_REGION")
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .or_else(|| Some(profile.as_ref()?.get("region")?.to_owned()));
    let sts = variable("AWS_ENDPOINT_URL_STS").or_else(|| variable("AWS_ENDPOINT_URL"));
    let kept = |source, name: String, place: String| Kept {
        access: AwsAccess {
            source,
            region: region.clone(),
            sts: sts.clone(),
        },
        name,
        place,
    };
    if named.is_none() {
        if let Some(keys) = of_environment(variable) {
            let name = keys.id.clone();
            let source = AwsSource::Keys(keys);
            return Ok(kept(
                source,
                name,
                "the environment (`AWS_ACCESS_KEY_ID`)".to_owned(),
            ));
        }
        // A role of the profile goes before that of the environment.
        let assumes = profile.as_ref().is_some_and(Profile::assumes);
        if let Some((source, role)) = web_identity(variable).filter(|_| !assumes) {
            let place = "the environment (`AWS_WEB_IDENTITY_TOKEN_FILE`)".to_owned();
            return Ok(kept(source, role, place));
        }
    }
    match (&profile, &name) {
        (Some(profile), _) => {
            if let Some(source) = files.source(profile, variable).await? {
                let place = format!("the profile `{}` of AWS", profile.name);
                let name = match &source {
                    AwsSource::Keys(keys) if keys.session.is_none() => keys.id.clone(),
                    _ => format!("of the profile {}", profile.name),
                };
                return Ok(kept(source, name, place));
            }
            if named.is_some() {
                return Err(Lacking::new(
                    format!("the profile `{}` of AWS holds no keys", profile.name),
                    "put keys into it (`aws configure`), or leave `username` empty for the \
                     environment, the default profile, and what lends keys to this host",
                ));
            }
        }
        (None, Some(name)) => {
            return Err(Lacking::new(
                format!("there is no profile `{name}` in {}", files.named()),
                "name one that is there as `username`, or make it with `aws configure --profile`",
            ));
        }
        (None, None) => {}
    }
    if let Some(source) = container(variable) {
        let place = "what lends keys to this container".to_owned();
        return Ok(kept(source, "of the container".to_owned(), place));
    }
    let is_off = variable("AWS_EC2_METADATA_DISABLED");
    if is_off.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Err(Lacking::new(
            "there are no keys of AWS in the environment or the shared files, and the metadata \
             service is switched off",
            "make a profile with `aws configure` and name it as `username`, or set \
             `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`",
        ));
    }
    Ok(kept(
        instance(variable),
        "of this host".to_owned(),
        "the metadata service of this host".to_owned(),
    ))
}

fn of_environment(variable: Variables<'_>) -> Option<AwsKeys> {
    Some(AwsKeys {
        id: variable("AWS_ACCESS_KEY_ID")?,
        secret: Secret::new(variable("AWS_SECRET_ACCESS_KEY")?),
        session: variable("AWS_SESSION_TOKEN").map(Secret::new),
        ends: None,
    })
}

fn web_identity(variable: Variables<'_>) -> Option<(AwsSource, String)> {
    let role = variable("AWS_ROLE_ARN")?;
    let source = AwsSource::WebIdentity {
        role: role.clone(),
        session: variable("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| SESSION.to_owned()),
        token_file: PathBuf::from(variable("AWS_WEB_IDENTITY_TOKEN_FILE")?),
    };
    Some((source, role))
}

/// A link is one of the container's host; a whole address is looked at by who asks it.
pub(super) fn container(variable: Variables<'_>) -> Option<AwsSource> {
    let link = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    let link = link.map(|link| format!("{CONTAINER}{link}"));
    let file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    Some(AwsSource::Container {
        url: link.or_else(|| variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"))?,
        token: variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Secret::new),
        token_file: file.map(PathBuf::from),
    })
}

pub(super) fn instance(variable: Variables<'_>) -> AwsSource {
    AwsSource::Instance {
        endpoint: variable("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
    }
}

/// Where the shared files are: in `~/.aws`, unless a variable says otherwise.
fn file(variable: Variables<'_>, of: &str, name: &str) -> Option<PathBuf> {
    let set = variable(of).map(PathBuf::from);
    set.or_else(|| {
        let home = variable("HOME").map(PathBuf::from);
        let home = home.or_else(|| {
            let base = etcetera::choose_base_strategy().ok()?;
            Some(base.home_dir().to_owned())
        });
        Some(home?.join(".aws").join(name))
    })
}

/// What a process prints that keys come from (`credential_process`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: u32,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

/// The keys that this command line prints. No shell, and no secret beyond its own.
async fn printed(profile: &Profile, line: &str) -> Result<AwsKeys, Lacking> {
    let failed = |why: String| {
        Lacking::new(
            format!(
                "`credential_process` of the profile `{}`: {why}",
                profile.name
            ),
            "run the command by hand: it prints one JSON object with `Version` 1, `AccessKeyId` \
             and `SecretAccessKey`",
        )
    };
    let words = shlex::split(line).unwrap_or_default();
    let Some((program, arguments)) = words.split_first() else {
        return Err(failed("its quotes do not match".to_owned()));
    };
    let ran = command::run_program(program, arguments, &[], b"", COMMAND_TIMEOUT).await;
    let ran = ran.map_err(failed)?;
    if !ran.is_success {
        return Err(failed(ran.said));
    }
    let printed: Printed = serde_json::from_slice(&ran.stdout)
        .map_err(|_| failed("what it printed are no keys".to_owned()))?;
    if printed.version != 1 {
        return Err(failed(format!("it prints version {}", printed.version)));
    }
    let ends = printed.expiration.map(|text| text.parse());
    Ok(AwsKeys {
        id: printed.access_key_id,
        secret: Secret::new(printed.secret_access_key),
        session: printed.session_token.map(Secret::new),
        ends: ends.transpose().unwrap_or_default(),
    })
}
