//! The ping, and what it brings to light of the stages before it.

use super::{Run, verdict};
use crate::model::{Class, Failure, Product, Stage, Verdict};
use crate::registry::{Identity, Ping, Quota, Registry};

/// Seconds by which clocks may differ without anybody noticing: a `Date` has no fraction,
/// and the answer took its time.
const CLOCKS_AGREE: u64 = 5;

impl Run<'_> {
    /// Pings the registry. `Err` is the class of what went wrong.
    pub(super) async fn ping(&mut self, registry: &Registry) -> Result<Ping, Class> {
        let (result, elapsed) = self.bounded(Stage::Ping, registry.probe()).await;
        match result {
            Err(failure) => {
                let class = failure.class;
                let stage = before(&failure);
                match stage {
                    Some(stage) => self.settle(stage, Verdict::Failed(at(stage, failure))),
                    None => self.add(Stage::Ping, Verdict::Failed(failure), elapsed),
                }
                Err(class)
            }
            Ok(ping) => {
                // Who does not say who it is, is no failure.
                let (identity, _) = self
                    .bounded(Stage::Ping, async { Ok(registry.identify().await) })
                    .await;
                let identity = identity.ok().flatten();
                let said = verdict(&Ok(&ping), |ping| said(ping, identity.as_ref()));
                let mut facts = facts(&ping, identity.as_ref());
                facts.extend(registry.mismatch());
                self.add_seen(Stage::Ping, said, elapsed, facts);
                Ok(ping)
            }
        }
    }
}

/// The stage before the ping that failed, where that shows only now: TLS 1.3 refuses a
/// client certificate after the handshake, a proxy its password at the first request.
fn before(failure: &Failure) -> Option<Stage> {
    match (failure.class, failure.status) {
        (Class::Tls, _) => Some(Stage::Tls),
        (Class::Proxy, _) | (_, Some(407)) => Some(Stage::Proxy),
        _ => None,
    }
}

fn at(stage: Stage, failure: Failure) -> Failure {
    Failure { stage, ..failure }
}

fn said(ping: &Ping, identity: Option<&Identity>) -> String {
    let version = identity
        .and_then(|identity| identity.version.as_ref())
        .or(ping.version.as_ref());
    let name = match (identity, ping.product) {
        (Some(identity), _) => identity.name,
        (None, Some(product)) if product != Product::Generic => product.as_str(),
        (None, _) => "a registry that speaks the V2 API and gives no product away",
    };
    let maybe = match identity {
        Some(Identity { is_hint: true, .. }) => "what may be ",
        _ => "",
    };
    let version = version.map_or_else(String::new, |version| format!(" {version}"));
    if ping.status == 404 {
        return format!("404 from {name}{version}, a server that holds registries below it");
    }
    format!("{} from {maybe}{name}{version}", ping.status)
}

fn facts(ping: &Ping, identity: Option<&Identity>) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(identity) = identity {
        facts.push(format!("the product shows in {}", identity.seen));
    }
    if let Some(server) = &ping.server {
        facts.push(format!("`Server: {server}`"));
    }
    facts.extend(ping.clock_skew.and_then(skew));
    facts.extend(ping.quota.as_ref().map(quota));
    facts
}

/// What is worth knowing of the registry's clock.
fn skew(ahead: jiff::SignedDuration) -> Option<String> {
    let seconds = ahead.as_secs();
    let apart = seconds.unsigned_abs();
    if apart < CLOCKS_AGREE {
        return None;
    }
    let direction = if seconds > 0 { "ahead of" } else { "behind" };
    let apart = match apart {
        0..120 => format!("{apart} seconds"),
        120..7200 => format!("{} minutes", apart / 60),
        _ => format!("{} hours", apart / 3600),
    };
    Some(format!(
        "its clock is {apart} {direction} this host's: one of them is wrong, and tokens and \
         certificates depend on both"
    ))
}

/// How much may be asked.
pub(super) fn quota(quota: &Quota) -> String {
    let mut text = match (quota.remaining, quota.limit) {
        (Some(remaining), Some(limit)) => format!("{remaining} of {limit} requests are left"),
        (Some(remaining), None) => format!("{remaining} requests are left"),
        (None, Some(limit)) => format!("{limit} requests are allowed"),
        (None, None) => "the number of requests is limited".to_owned(),
    };
    if let Some(window) = quota.window {
        text.push_str(&format!(" in {window:?}"));
    }
    if let Some(reset) = quota.reset {
        text.push_str(&format!(", and all of them again in {reset:?}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn clocks_that_are_apart_are_told() {
        let told = |seconds| skew(SignedDuration::from_secs(seconds)).unwrap_or_default();
        assert_eq!(told(0), "");
        assert_eq!(told(-4), "");
        assert!(told(90).starts_with("its clock is 90 seconds ahead of this"));
        assert!(told(-300).starts_with("its clock is 5 minutes behind this"));
        assert!(told(90_000).starts_with("its clock is 25 hours ahead"));
    }

    #[test]
    fn a_quota_in_words() {
        let all = Quota {
            limit: Some(100),
            remaining: Some(87),
            window: Some(Duration::from_hours(6)),
            reset: None,
        };
        assert_eq!(quota(&all), "87 of 100 requests are left in 21600s");
    }
}
