//! TLS and the ping, which travel together.

use std::time::Duration;

use super::{Run, verdict};
use crate::model::{Class, Scheme, Stage, Verdict};
use crate::registry::{Ping, Registry};

impl Run<'_> {
    /// Pings the registry. `Err` is the class of what went wrong.
    pub(super) async fn ping(&mut self, registry: &Registry) -> Result<Ping, Class> {
        let (result, elapsed) = self.bounded(Stage::Ping, registry.probe()).await;
        let https = self.spec.endpoint.scheme() == Scheme::Https;
        let class = result.as_ref().err().map(|failure| failure.class);
        match class {
            _ if !https => self.skip(Stage::Tls, "the address is `http://`: nothing is encrypted"),
            Some(Class::Tls) => {
                if let Err(mut failure) = result {
                    failure.stage = Stage::Tls;
                    self.add(Stage::Tls, Verdict::Failed(failure), elapsed);
                }
                return Err(Class::Tls);
            }
            Some(Class::Connect | Class::Resolve | Class::Proxy | Class::Timeout) => {
                self.skip(
                    Stage::Tls,
                    "the connection did not hold long enough to tell",
                );
            }
            _ => {
                let said = if self.spec.tls.skip_verify {
                    "encrypted; the certificate is not verified (`insecure-skip-tls-verify`)"
                } else {
                    "encrypted; the certificate is trusted"
                };
                // The handshake is part of the ping's time.
                self.add(Stage::Tls, Verdict::Passed(said.to_owned()), Duration::ZERO);
            }
        }
        self.add(Stage::Ping, verdict(&result, said), elapsed);
        result.map_err(|failure| failure.class)
    }
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
