//! Who may ask: credentials, challenges, tokens
//! (Distribution, "Token Authentication Specification"; RFC 7617, RFC 6750).
//!
//! Knows scopes and what they open; does not know what is behind them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::behaviour::Auth;
use super::route::Route;
use crate::model::{Credentials, Secret};

/// Tokens alive at once; a client that asks for more is throttled.
const MAX_LIVE: usize = 1 << 17;

/// The tokens that are alive, and what they open.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    live: Mutex<Live>,
}

#[derive(Debug, Default)]
struct Live {
    issued: u64,
    grants: HashMap<String, Grant>,
}

#[derive(Debug)]
struct Grant {
    scopes: Vec<Scope>,
    /// Requests it is still good for.
    uses: Option<u32>,
    /// Whom it stands for, where it is a person's and not a scope's.
    holder: Option<String>,
}

/// `type:name:actions` of a request for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    /// `type:name`.
    pub(super) resource: String,
    pub(super) actions: Vec<String>,
}

impl Scope {
    /// A name may hold colons; type and actions do not.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (resource, actions) = text.rsplit_once(':')?;
        resource.contains(':').then(|| Self {
            resource: resource.to_owned(),
            actions: actions.split(',').map(str::to_owned).collect(),
        })
    }
}

/// What a route needs: a resource and an action, or only that one is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need(Option<(String, &'static str)>);

impl Need {
    /// This action on this resource (`type:name`).
    pub(super) fn new(resource: String, action: &'static str) -> Self {
        Self(Some((resource, action)))
    }

    pub(super) fn of(route: &Route) -> Self {
        Self(match route {
            Route::Catalogue => Some(("registry:catalog".to_owned(), "*")),
            _ => route
                .repository()
                .map(|name| (format!("repository:{name}"), "pull")),
        })
    }

    fn opened_by(&self, grant: &[Scope]) -> bool {
        let Some((resource, action)) = &self.0 else {
            return true;
        };
        grant.iter().any(|scope| {
            scope.resource == *resource && scope.actions.iter().any(|a| a == action || a == "*")
        })
    }

    /// The scope that a challenge asks for.
    pub(super) fn scope(&self) -> Option<String> {
        let (resource, action) = self.0.as_ref()?;
        Some(format!("{resource}:{action}"))
    }

    /// A Bearer challenge that asks for this (Distribution, "Token Authentication
    /// Specification"; RFC 6750 §3).
    pub(super) fn challenge(&self, realm: &str, service: &str, error: Option<&str>) -> String {
        let scope = self.scope().map(|scope| format!(",scope=\"{scope}\""));
        let error = error.map(|error| format!(",error=\"{error}\""));
        format!(
            "Bearer realm=\"{realm}\",service=\"{service}\"{}{}",
            scope.unwrap_or_default(),
            error.unwrap_or_default()
        )
    }
}

/// What comes of an `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Granted,
    /// The `WWW-Authenticate` to answer with.
    Challenged(String),
}

/// What the token endpoint answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Issued {
    Token(String),
    /// The credentials are wrong.
    Refused,
    /// Too many are alive.
    Throttled,
}

/// Whether a request may pass.
pub(super) fn access(
    auth: &Auth,
    tokens: &Tokens,
    authorization: Option<&str>,
    need: &Need,
    challenge: impl FnOnce(Option<&'static str>) -> String,
) -> Access {
    let refusal = match auth {
        Auth::None => return Access::Granted,
        Auth::Basic(credentials) => {
            if signs_in(authorization, credentials) {
                return Access::Granted;
            }
            None
        }
        Auth::Token { .. } => match credentials_of(authorization, "bearer") {
            None => None,
            Some(token) => match tokens.opens(token, need) {
                None => Some("invalid_token"),
                Some(true) => return Access::Granted,
                Some(false) => Some("insufficient_scope"),
            },
        },
    };
    Access::Challenged(challenge(refusal))
}

impl Tokens {
    /// Whether the token opens what is needed, which uses it up by one; `None` where there
    /// is no such token.
    pub(super) fn opens(&self, token: &str, need: &Need) -> Option<bool> {
        let mut live = self.live();
        let grant = live.grants.get_mut(token)?;
        let opens = need.opened_by(&grant.scopes);
        if let Some(uses) = &mut grant.uses {
            *uses = uses.saturating_sub(1);
            if *uses == 0 {
                live.grants.remove(token);
            }
        }
        Some(opens)
    }

    /// Answers the `POST` form (Distribution, "Oauth2 Token Authentication").
    pub(super) fn issue_by_form(
        &self,
        seed: u64,
        uses: Option<u32>,
        identity: &Secret,
        form: &str,
    ) -> Issued {
        let has = |key: &str, value: &str| {
            url::form_urlencoded::parse(form.as_bytes()).any(|(k, v)| k == key && v == value)
        };
        if has("grant_type", "refresh_token") && has("refresh_token", identity.expose()) {
            self.hand_out(seed, uses, scopes(form), form)
        } else {
            Issued::Refused
        }
    }

    /// Answers a request for a token. Less access than asked for is no error.
    pub(super) fn issue(
        &self,
        seed: u64,
        uses: Option<u32>,
        known: Option<&Credentials>,
        anonymous_pull: bool,
        authorization: Option<&str>,
        query: &str,
    ) -> Issued {
        let signed_in = match (authorization, known) {
            (None, _) => false,
            (Some(_), Some(known)) if signs_in(authorization, known) => true,
            (Some(_), _) => return Issued::Refused,
        };
        let mut grant = scopes(query);
        if !signed_in {
            grant.retain(|scope| anonymous_pull && scope.resource.starts_with("repository:"));
            for scope in &mut grant {
                scope.actions.retain(|action| action == "pull");
            }
        }
        self.hand_out(seed, uses, grant, query)
    }

    /// A token that opens these scopes; `asked` makes its text what it is.
    pub(super) fn hand_out(
        &self,
        seed: u64,
        uses: Option<u32>,
        scopes: Vec<Scope>,
        asked: &str,
    ) -> Issued {
        let grant = Grant {
            scopes,
            uses,
            holder: None,
        };
        self.insert(seed, "", asked, grant)
    }

    /// A token that stands for somebody, besides opening these scopes; its text begins with
    /// `prefix`.
    pub(super) fn hand_out_to(
        &self,
        seed: u64,
        prefix: &str,
        holder: &str,
        scopes: Vec<Scope>,
    ) -> Issued {
        let grant = Grant {
            scopes,
            uses: None,
            holder: Some(holder.to_owned()),
        };
        self.insert(seed, prefix, holder, grant)
    }

    /// Whom a token stands for; `None` where it stands for nobody or is no longer alive.
    pub(super) fn holder(&self, token: &str) -> Option<String> {
        self.live().grants.get(token)?.holder.clone()
    }

    fn insert(&self, seed: u64, prefix: &str, asked: &str, grant: Grant) -> Issued {
        let mut live = self.live();
        if live.grants.len() >= MAX_LIVE {
            return Issued::Throttled;
        }
        live.issued += 1;
        let token = format!("{prefix}{}", opaque(seed, live.issued, asked));
        live.grants.insert(token.clone(), grant);
        Issued::Token(token)
    }

    /// Ends the life of a token.
    pub(super) fn expire(&self, token: &str) {
        self.live().grants.remove(token);
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The scopes among the parameters of a query or a form.
pub(super) fn scopes(parameters: &str) -> Vec<Scope> {
    url::form_urlencoded::parse(parameters.as_bytes())
        .filter(|(key, _)| key == "scope")
        .flat_map(|(_, value)| {
            let scopes: Vec<_> = value.split(' ').filter_map(Scope::parse).collect();
            scopes
        })
        .collect()
}

/// Text that nobody guesses and that is the same for the same seed and history.
fn opaque(seed: u64, number: u64, query: &str) -> String {
    let hash = Sha256::digest(format!("{seed}/{number}/{query}"));
    URL_SAFE_NO_PAD.encode(hash)
}

fn signs_in(authorization: Option<&str>, known: &Credentials) -> bool {
    let wanted = format!("{}:{}", known.username, known.password.expose());
    credentials_of(authorization, "basic")
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .is_some_and(|given| given == wanted.as_bytes())
}

pub(super) fn credentials_of<'a>(authorization: Option<&'a str>, scheme: &str) -> Option<&'a str> {
    let (given, rest) = authorization?.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn known() -> Credentials {
        Credentials::new("ann", Secret::new("pw"))
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    fn passes(tokens: &Tokens, token: &str, path: &str) -> String {
        let auth = Auth::Token {
            credentials: Some(known()),
            anonymous_pull: true,
            lifetime: Duration::from_mins(1),
        };
        let authorization = format!("Bearer {token}");
        let need = Need::of(&Route::parse(path));
        let challenge = |error: Option<&str>| error.unwrap_or("none").to_owned();
        match access(&auth, tokens, Some(&authorization), &need, challenge) {
            Access::Granted => "granted".to_owned(),
            Access::Challenged(error) => error,
        }
    }

    #[test]
    fn a_token_opens_what_was_asked_for_and_nothing_else() {
        let tokens = Tokens::default();
        let query = "service=x&scope=repository:a/b:pull&scope=registry:catalog:*";
        let Issued::Token(token) = tokens.issue(
            1,
            None,
            Some(&known()),
            false,
            Some(&basic("ann:pw")),
            query,
        ) else {
            panic!("no token");
        };
        assert_eq!(passes(&tokens, &token, "/v2/"), "granted");
        assert_eq!(passes(&tokens, &token, "/v2/_catalog"), "granted");
        assert_eq!(passes(&tokens, &token, "/v2/a/b/tags/list"), "granted");
        assert_eq!(
            passes(&tokens, &token, "/v2/a/manifests/x"),
            "insufficient_scope"
        );
        assert_eq!(passes(&tokens, "made-up", "/v2/"), "invalid_token");
        tokens.expire(&token);
        assert_eq!(passes(&tokens, &token, "/v2/"), "invalid_token");
    }

    #[test]
    fn without_credentials_there_is_pulling_at_most() {
        let query = "scope=repository:a:pull,push%20registry:catalog:*";
        let tokens = Tokens::default();
        let Issued::Token(token) = tokens.issue(1, None, Some(&known()), true, None, query) else {
            panic!("no token");
        };
        assert_eq!(passes(&tokens, &token, "/v2/a/tags/list"), "granted");
        assert_eq!(
            passes(&tokens, &token, "/v2/_catalog"),
            "insufficient_scope"
        );
        let Issued::Token(token) = tokens.issue(1, None, Some(&known()), false, None, query) else {
            panic!("no token");
        };
        assert_eq!(
            passes(&tokens, &token, "/v2/a/tags/list"),
            "insufficient_scope"
        );
        let wrong = tokens.issue(1, None, Some(&known()), true, Some(&basic("ann:no")), query);
        assert_eq!(wrong, Issued::Refused);
        let nobody = tokens.issue(1, None, None, true, Some(&basic("ann:pw")), query);
        assert_eq!(nobody, Issued::Refused);
    }

    #[test]
    fn tokens_are_the_same_for_the_same_history() {
        let issue = |seed| Tokens::default().issue(seed, None, None, true, None, "scope=a:b:pull");
        assert_eq!(issue(1), issue(1));
        assert_ne!(issue(1), issue(2));
    }

    #[test]
    fn a_scope_may_name_a_host() {
        let scope = Scope::parse("repository:host:5000/x:pull,push").unwrap();
        assert_eq!(scope.resource, "repository:host:5000/x");
        assert_eq!(scope.actions, ["pull", "push"]);
        assert_eq!(Scope::parse("repository:pull"), None);
    }

    #[test]
    fn a_form_opens_what_it_asks_for_to_the_right_identity_token() {
        let tokens = Tokens::default();
        let identity = Secret::new("id");
        let issue = |form: &str| tokens.issue_by_form(1, None, &identity, form);
        let form = "grant_type=refresh_token&refresh_token=id&scope=repository%3Aa%3Apull";
        let Issued::Token(token) = issue(form) else {
            panic!("no token");
        };
        assert_eq!(passes(&tokens, &token, "/v2/a/tags/list"), "granted");
        assert_eq!(issue(&form.replace("=id", "=no")), Issued::Refused);
        assert_eq!(issue("grant_type=password&password=id"), Issued::Refused);
    }

    #[test]
    fn a_token_of_three_uses_ends_after_the_third() {
        let tokens = Tokens::default();
        let query = "scope=repository:a:pull";
        let Issued::Token(token) = tokens.issue(1, Some(3), None, true, None, query) else {
            panic!("no token");
        };
        for wanted in ["granted", "granted", "granted", "invalid_token"] {
            assert_eq!(passes(&tokens, &token, "/v2/a/tags/list"), wanted);
        }
    }

    #[test]
    fn a_person_s_token_tells_whose_it_is_while_it_lives() {
        let tokens = Tokens::default();
        let Issued::Token(token) = tokens.hand_out_to(1, "DockerToken.", "ann", Vec::new()) else {
            panic!("no token");
        };
        assert!(token.starts_with("DockerToken."));
        assert_eq!(tokens.holder(&token).as_deref(), Some("ann"));
        assert_eq!(
            passes(&tokens, &token, "/v2/a/tags/list"),
            "insufficient_scope"
        );
        tokens.expire(&token);
        assert_eq!(tokens.holder(&token), None);
    }
}
