//! The ping, and what it brings to light of the stages before it.

use super::{Run, verdict};
use crate::model::{Class, Failure, Stage, Verdict};
use crate::registry::{Ping, Registry};

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
                let said = verdict(&Ok(&ping), |ping| said(ping));
                self.add(Stage::Ping, said, elapsed);
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

fn said(ping: &Ping) -> String {
    let mut said = format!("{} from", ping.status);
    match ping.product {
        Some(product) => {
            said.push(' ');
            said.push_str(product.as_str());
        }
        None => said.push_str(" a registry that speaks the V2 API and gives no product away"),
    }
    if let Some(version) = &ping.version {
        said.push(' ');
        said.push_str(version);
    }
    said
}
