//! GitLab's token service, `/jwt/auth` (app/controllers/jwt_controller.rb,
//! Auth::ContainerRegistryAuthenticationService).

use hyper::{Method, StatusCode};
use serde_json::json;

use super::{Gitlab, GitlabToken, GitlabTokenKind, SERVICE};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::product::user::basic;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::token::{Issued, Scope, scopes};

const WRONG: &str = "HTTP Basic: Access denied. If a password was provided for Git \
    authentication, the password was incorrect or you're required to use a token instead of \
    a password. If a token was provided, it was either incorrect, expired, or improperly \
    scoped.";

/// Who asks the token service.
enum Caller<'a> {
    Nobody,
    Known(&'a GitlabToken),
    Wrong,
}

impl Gitlab {
    fn caller(&self, asked: &Asked<'_>) -> Caller<'_> {
        if asked.authorization.is_none() {
            return Caller::Nobody;
        }
        let Some((name, secret)) = basic(asked.authorization) else {
            return Caller::Wrong;
        };
        let fits = |token: &&GitlabToken| {
            let right_name = match token.kind {
                GitlabTokenKind::Project => !name.is_empty(),
                GitlabTokenKind::Job => name == "gitlab-ci-token",
                _ => token.user.name == name,
            };
            right_name && token.user.secret.expose() == secret && !token.user.expired
        };
        let found = self.tokens.iter().find(fits);
        found.map_or(Caller::Wrong, Caller::Known)
    }

    pub(super) fn jwt(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        if registry.failures() >= self.ban_after {
            return answer::plain(StatusCode::FORBIDDEN, "Forbidden\n").into();
        }
        let service = asked.parameter("service");
        if *asked.method != Method::GET || service.as_deref() != Some(SERVICE) {
            return answer::plain(StatusCode::NOT_FOUND, "").into();
        }
        let caller = match self.caller(asked) {
            Caller::Wrong => {
                registry.count_failure();
                return self.wrong_secret().into();
            }
            Caller::Nobody => None,
            Caller::Known(token) => Some(token),
        };
        let granted: Vec<Scope> = scopes(asked.query)
            .into_iter()
            .filter_map(|scope| self.granted(registry, caller, scope))
            .collect();
        // Who signed in gets a token, though it may open nothing.
        if caller.is_none() && granted.is_empty() {
            return denied().into();
        }
        let behaviour = registry.behaviour();
        let tokens = registry.tokens();
        match tokens.hand_out(behaviour.seed, behaviour.token_uses, granted, asked.query) {
            // Nothing besides: no `expires_in`.
            Issued::Token(token) => Reply {
                answer: answer::json(json!({ "token": token }).to_string()),
                token: Some((token, self.token_lifetime)),
            },
            _ => answer::plain(StatusCode::INTERNAL_SERVER_ERROR, "").into(),
        }
    }

    /// What of a scope is granted: actions that it names and that the caller has.
    fn granted(
        &self,
        registry: &Registry,
        caller: Option<&GitlabToken>,
        scope: Scope,
    ) -> Option<Scope> {
        let caller = caller.filter(|token| token.reads_registry());
        let is_administrator = caller.is_some_and(|token| token.user.administrator);
        if scope.resource == "registry:catalog" {
            // process_registry_access: of administrators, and exactly this action.
            let is_person =
                caller.is_some_and(|token| matches!(token.kind, GitlabTokenKind::Personal { .. }));
            return (is_administrator && is_person && scope.actions == ["*"]).then_some(scope);
        }
        let whole = scope.resource.strip_prefix("repository:")?;
        let name = match whole.strip_suffix("/*") {
            Some(above) if self.grants_descendants => above,
            Some(_) => return None,
            None => whole,
        };
        let project = self.project_of(registry, name)?;
        if project.without_registry {
            return None;
        }
        let may_read = project.public || caller.is_some_and(|token| token.may_read(&project));
        let may = |action: &String| match action.as_str() {
            "pull" => may_read,
            "delete" | "push" => is_administrator,
            _ => false,
        };
        let actions: Vec<String> = scope.actions.into_iter().filter(may).collect();
        (!actions.is_empty()).then_some(Scope {
            resource: scope.resource,
            actions,
        })
    }

    fn wrong_secret(&self) -> Answer {
        if !self.wrong_secret_is_401 {
            return denied();
        }
        answer::error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", WRONG, None)
    }
}

/// 403, with a field that no other product has.
fn denied() -> Answer {
    let body = json!({
        "errors": [{ "code": "DENIED", "message": "access forbidden" }],
        "http_status": 403,
    });
    let mut answer = answer::json(body.to_string());
    *answer.status_mut() = StatusCode::FORBIDDEN;
    answer
}
