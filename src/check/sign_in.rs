//! What the registry asks for, and whether it takes what we have.

use super::{Run, verdict};
use crate::model::{Class, CredentialKind, Failure, Stage, Verdict};
use crate::registry::{Grant, Ping, Registry, Scope, SignedIn};
use crate::secret::Found;

impl Run<'_> {
    /// Looks at the challenge and signs in. Returns whether what follows is asked for as
    /// the settings say.
    pub(super) async fn sign_in(
        &mut self,
        registry: &Registry,
        ping: &Ping,
        found: &Found,
        unread: Option<Failure>,
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
            .map(|challenge| challenge.shown(registry.cover()).into_string())
            .collect::<Vec<_>>()
            .join(" or ");
        if let Some(failure) = unanswerable(ping, &asked) {
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
            return false;
        }
        self.add(
            Stage::Challenge,
            Verdict::Passed(asked),
            std::time::Duration::ZERO,
        );
        let mut facts = origin(found, registry);
        facts.extend(granted(registry, &Scope::Ping).await);
        self.add_seen(Stage::Token, verdict(&result, said), elapsed, facts);
        result.is_ok()
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

/// Who signs in, and where the password comes from.
fn origin(found: &Found, registry: &Registry) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(credentials) = &found.credentials {
        let what = match registry.credential_kind().unwrap_or(credentials.kind) {
            CredentialKind::Password => format!("`{}`, with the password", credentials.username),
            CredentialKind::IdentityToken => "with the identity token".to_owned(),
            CredentialKind::RegistryToken => "with the registry token".to_owned(),
            CredentialKind::AwsKeys => format!("with the AWS key `{}`", credentials.username),
        };
        facts.push(format!("{what} from {}", found.place));
    }
    facts.extend(
        found
            .notes
            .iter()
            .map(|note| format!("passed over: {note}")),
    );
    facts
}

/// What the token for `scope` is and opens, where one is used.
pub(super) async fn granted(registry: &Registry, scope: &Scope) -> Vec<String> {
    let Some(token) = registry.granted(scope).await else {
        return Vec::new();
    };
    let asked = match &token.asked {
        Some(asked) => format!("the token for `{asked}`"),
        None => "the token".to_owned(),
    };
    let service = match &token.service {
        Some(service) => format!(" for the service `{service}`"),
        None => String::new(),
    };
    let opens = match &token.grant {
        Grant::Opaque => "what it opens, only the registry can read".to_owned(),
        Grant::Scopes(scopes) if scopes.is_empty() => "it opens nothing".to_owned(),
        Grant::Scopes(scopes) => {
            let listed: Vec<String> = scopes.iter().take(4).map(|s| format!("`{s}`")).collect();
            format!("it opens {}", listed.join(", "))
        }
    };
    vec![format!(
        "{asked} is from `{}`{service}; {opens}",
        token.realm
    )]
}

/// Why a challenge cannot be followed by anybody.
fn unanswerable(ping: &Ping, asked: &str) -> Option<Failure> {
    let challenges = &ping.challenges;
    if challenges.iter().any(|c| c.is_bearer() || c.is_basic()) {
        return None;
    }
    let (why, hint) = if challenges.is_empty() {
        (
            "the registry answers 401 and does not say how to sign in".to_owned(),
            "a proxy may drop the `WWW-Authenticate` header, or this is no registry",
        )
    } else {
        (
            format!("the registry asks for a sign-in that this program does not speak: `{asked}`"),
            "this program signs in with Basic and Bearer: let the registry, or the proxy before \
             it, offer one of them",
        )
    };
    let failure = Failure::new(Stage::Challenge, Class::Protocol, why);
    Some(failure.with_status(401).with_hint(hint))
}

fn said(signed_in: &SignedIn) -> String {
    match signed_in {
        SignedIn::Open | SignedIn::Nobody => "no sign-in".to_owned(),
        SignedIn::Anonymous(lifetime) => {
            format!("a token that anybody gets, good for {lifetime:?}")
        }
        SignedIn::Given => "the registry token is taken, nothing to fetch".to_owned(),
        SignedIn::Lent => "the AWS key is taken, and a password was lent for it".to_owned(),
        SignedIn::Basic => "basic: user name and password are taken, nothing to fetch".to_owned(),
        SignedIn::Bearer(lifetime) => {
            format!("user name and password are taken, the token is good for {lifetime:?}")
        }
    }
}
