//! What the registry asks for, and whether it takes what we have.

use super::{Run, verdict};
use crate::model::{Class, Failure, Stage, Verdict};
use crate::registry::{Ping, Registry, SignedIn};

impl Run<'_> {
    /// Looks at the challenge and signs in. Returns whether going on makes sense.
    pub(super) async fn sign_in(
        &mut self,
        registry: &Registry,
        ping: &Ping,
        unread: Option<Failure>,
        has_credentials: bool,
    ) -> bool {
        if ping.status != 401 {
            self.skip(Stage::Challenge, "the registry asks for no sign-in");
            match unread {
                Some(failure) => self.secret_unread(failure),
                None => self.skip(Stage::Token, "the registry asks for no sign-in"),
            }
            return true;
        }
        let asked = ping
            .challenges
            .iter()
            .map(crate::registry::Challenge::shown)
            .collect::<Vec<_>>()
            .join(" or ");
        if asked.is_empty() {
            let failure = Failure::new(
                Stage::Challenge,
                Class::Protocol,
                "the registry answers 401 and does not say how to sign in",
            )
            .with_status(401)
            .with_hint("a proxy may drop the `WWW-Authenticate` header, or this is no registry");
            self.add(
                Stage::Challenge,
                Verdict::Failed(failure),
                std::time::Duration::ZERO,
            );
            self.skip(Stage::Token, "it is not known how to sign in");
            return false;
        }
        if let Some(failure) = unread {
            self.add(
                Stage::Challenge,
                Verdict::Passed(asked),
                std::time::Duration::ZERO,
            );
            self.secret_unread(failure);
            return false;
        }
        let (result, elapsed) = self.bounded(Stage::Token, registry.sign_in(ping)).await;
        if let Err(failure) = &result
            && failure.stage == Stage::Challenge
        {
            self.add(Stage::Challenge, Verdict::Failed(failure.clone()), elapsed);
            self.skip(Stage::Token, "the challenge is not followed");
            return !has_credentials;
        }
        self.add(
            Stage::Challenge,
            Verdict::Passed(asked),
            std::time::Duration::ZERO,
        );
        self.add(Stage::Token, verdict(&result, said), elapsed);
        // Without credentials single repositories may still be open to anybody.
        result.is_ok() || !has_credentials
    }

    fn secret_unread(&mut self, mut failure: Failure) {
        failure.stage = Stage::Token;
        self.add(
            Stage::Token,
            Verdict::Failed(failure),
            std::time::Duration::ZERO,
        );
    }
}

fn said(signed_in: &SignedIn) -> String {
    match signed_in {
        SignedIn::Open | SignedIn::Nobody => "no sign-in".to_owned(),
        SignedIn::Anonymous(lifetime) => {
            format!("a token that anybody gets, good for {lifetime:?}")
        }
        SignedIn::Given => "the registry token is taken, nothing to fetch".to_owned(),
        SignedIn::Basic => "basic: user name and password are taken, nothing to fetch".to_owned(),
        SignedIn::Bearer(lifetime) => {
            format!("user name and password are taken, the token is good for {lifetime:?}")
        }
    }
}
