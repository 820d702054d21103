//! The keys that sign: given, or lent by what gives them for a while, in which case others
//! are asked for before they end.

use std::time::Duration;

use tokio::time::Instant;

use super::{metadata, sts};
use crate::http::{Http, now, wall_clock};
use crate::model::{AwsAccess, AwsKeys, AwsRole, AwsSource, Failure, RegistrySpec};
use crate::registry::error::Attempt;

/// How long before their end keys are asked for anew.
const EARLY: i64 = 5 * 60;

/// How long it is before they are asked for once more, where what came ends as soon.
const PAUSE: Duration = Duration::from_mins(1);

/// How long a failure to get any is believed.
const BELIEVED: Duration = Duration::from_secs(10);

/// What asking for keys came to.
#[derive(Default)]
struct Asked {
    /// What came, and when it was asked for.
    keys: Option<(AwsKeys, Instant)>,
    /// Why nothing came, and when.
    failure: Option<(Failure, Instant)>,
}

/// Where keys come from, and those that came.
pub(in crate::registry) struct Keys {
    source: AwsSource,
    pub(super) spec: RegistrySpec,
    /// The way that the registry is reached by, on which STS is too.
    pub(super) http: Http,
    pub(super) region: String,
    /// The address of STS, where it is set.
    pub(super) sts: Option<String>,
    last: tokio::sync::Mutex<Asked>,
}

impl Keys {
    pub(in crate::registry) fn new(
        spec: &RegistrySpec,
        http: &Http,
        region: &str,
        access: AwsAccess,
    ) -> Self {
        let keys = Self {
            source: access.source,
            spec: spec.clone(),
            http: http.clone(),
            region: region.to_owned(),
            sts: access.sts,
            last: tokio::sync::Mutex::default(),
        };
        if let AwsSource::Keys(known) = &keys.source {
            keys.learn(known);
        }
        keys
    }

    fn learn(&self, keys: &AwsKeys) {
        self.http.cover().learn_token(keys.secret.expose());
        if let Some(session) = &keys.session {
            self.http.cover().learn_token(session.expose());
        }
    }

    /// Whether others may be had.
    pub(super) fn are_lent(&self) -> bool {
        !matches!(self.source, AwsSource::Keys(_))
    }

    /// Keys that do not end soon, as far as there are any; others than `refused`, where they
    /// were not asked for just now.
    pub(super) async fn get(
        &self,
        attempt: &Attempt,
        refused: Option<&AwsKeys>,
    ) -> Result<AwsKeys, Failure> {
        if let AwsSource::Keys(keys) = &self.source {
            return Ok(keys.clone());
        }
        // Who waits takes what the first was lent, or why it was lent nothing.
        let mut last = self.last.lock().await;
        if let Some((keys, asked)) = &last.keys {
            let is_good = left(keys).is_none_or(|left| left > EARLY) && Some(keys) != refused;
            // They are not asked for at each request where nothing newer can be had.
            if is_good || now() < *asked + PAUSE {
                return Ok(keys.clone());
            }
        }
        if let Some((failure, at)) = &last.failure
            && now() < *at + BELIEVED
        {
            return Err(failure.clone());
        }
        let asked = now();
        let keys = match Box::pin(self.lent(&self.source, attempt)).await {
            Ok(keys) => keys,
            Err(failure) => match last.keys.take() {
                // What there is is good until its end.
                Some((keys, _)) if Some(&keys) != refused && !has_ended(&keys) => keys,
                // What was refused or is over is sent to nobody again.
                _ => {
                    last.failure = Some((failure.clone(), now()));
                    return Err(failure);
                }
            },
        };
        self.learn(&keys);
        *last = Asked {
            keys: Some((keys.clone(), asked)),
            failure: None,
        };
        Ok(keys)
    }

    async fn lent(&self, source: &AwsSource, attempt: &Attempt) -> Result<AwsKeys, Failure> {
        match source {
            AwsSource::Keys(keys) => Ok(keys.clone()),
            AwsSource::Container {
                url,
                token,
                token_file,
            } => {
                let token = token.as_ref();
                metadata::of_container(self, attempt, url, token, token_file.as_deref()).await
            }
            AwsSource::Instance { endpoint } => {
                metadata::of_instance(self, attempt, endpoint.as_deref()).await
            }
            AwsSource::WebIdentity {
                role,
                session,
                token_file,
            } => sts::for_identity(self, attempt, role, session, token_file).await,
            AwsSource::Role(role) => {
                let AwsRole { base, .. } = &**role;
                let base = Box::pin(self.lent(base, attempt)).await?;
                self.learn(&base);
                sts::for_keys(self, attempt, role, &base).await
            }
        }
    }
}

/// How many seconds they are still good for, where that is known.
fn left(keys: &AwsKeys) -> Option<i64> {
    Some(keys.ends?.as_second() - wall_clock().as_second())
}

fn has_ended(keys: &AwsKeys) -> bool {
    left(keys).is_some_and(|left| left <= 0)
}
