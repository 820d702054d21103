//! Who signs in to GitHub, and the organizations of that user.

use std::sync::Arc;

use serde::Deserialize;

use super::{Ghcr, Kind, Wanted};
use crate::http::{Cover, Response};
use crate::model::Stage;
use crate::registry::lenient::Text;
use crate::registry::list::{self, Answer, Ask, Reader, Refusal};

/// Names what an answer lacks for want of a single sign-on.
const SINGLE_SIGN_ON: &str = "x-github-sso";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Account {
    login: Text,
}

impl Account {
    /// The name, where it can be that of an owner.
    fn owner(&self, cover: &Cover) -> Option<&str> {
        let login = self.login.uncovered()?;
        let is_name = login
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        (is_name && !login.is_empty() && !cover.holds(login)).then_some(login)
    }
}

/// Reads who signs in, and asks for the packages of that user and of the organizations that
/// the token may list.
pub(super) struct Me(pub(super) Ghcr);

impl Reader for Me {
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let account: Account = list::object(response)?;
        let Some(login) = account.owner(response.cover()) else {
            return Err(Refusal::NoList("it names no `login`".to_owned()));
        };
        let github = &self.0;
        let mut answer = Answer {
            found: 1,
            ..Answer::default()
        };
        github.learn(login, Kind::SignedIn);
        if !is_named(github, login) {
            answer.stores.push(github.found(login, Kind::SignedIn));
        }
        // A classic token says what it may; where it says nothing, it is tried.
        let scopes = response.header("x-oauth-scopes");
        let may_list = scopes.is_none_or(|scopes| {
            let mut scopes = scopes.uncovered().split(',').map(str::trim);
            scopes.any(|scope| scope == "user" || scope.ends_with(":org"))
        });
        if may_list {
            let reader = Arc::new(Organizations(github.clone()));
            let organizations = github.ask("user/orgs", &[], Stage::Catalogue, reader);
            answer.next.push(organizations);
        } else {
            // What an earlier token listed of organizations is not gone for that.
            answer.is_open = true;
            if github.named.is_empty() {
                answer.notes.push(
                    "ghcr-api: the token lists no organizations, for want of `read:org`: name \
                     those to load, `ORGANIZATION/**`"
                        .to_owned(),
                );
            }
        }
        Ok(answer)
    }
}

fn is_named(github: &Ghcr, owner: &str) -> bool {
    let mut named = github.named.iter();
    named.any(|named| named.eq_ignore_ascii_case(owner))
}

/// Reads who signs in, to ask for what is wanted of an owner that may be the same.
pub(super) struct Whose {
    pub(super) github: Ghcr,
    pub(super) wanted: Wanted,
}

impl Reader for Whose {
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let account: Account = list::object(response)?;
        let Some(login) = account.owner(response.cover()) else {
            return Err(Refusal::NoList("it names no `login`".to_owned()));
        };
        self.github.learn(login, Kind::SignedIn);
        Ok(Answer {
            found: 1,
            next: self.github.of_user(&self.wanted).into_iter().collect(),
            ..Answer::default()
        })
    }

    /// A token of GitHub's own workflows stands for nobody.
    fn instead(&self, _: &Ask, response: &Response) -> Option<Vec<Ask>> {
        let is_nobody = matches!(response.status.as_u16(), 403 | 404) && !response.is_throttled();
        let ask = is_nobody.then(|| self.github.wanted(&self.wanted, Kind::User))?;
        ask.map(|ask| vec![ask])
    }
}

/// Reads the organizations of who signs in.
struct Organizations(Ghcr);

impl Reader for Organizations {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let rows = list::rows::<Account>(response)?;
        let mut answer = Answer {
            found: rows.len(),
            ..Answer::default()
        };
        let cover = response.cover();
        for row in rows {
            match row.owner(cover) {
                Some(login) if is_named(&self.0, login) => {}
                Some(login) => answer.stores.push(self.0.found(login, Kind::Organization)),
                None => answer.dropped.extend(row.login.show(cover, 80)),
            }
        }
        // GitHub leaves out those that want a single sign-on which the token has not been
        // through, and says so beside the list.
        if response.header(SINGLE_SIGN_ON).is_some() {
            answer.is_open = true;
            answer.notes.push(
                "ghcr-api: GitHub leaves out organizations that require SAML single sign-on: \
                 authorize the token for them, in the list of your tokens on its site"
                    .to_owned(),
            );
        }
        answer.next.extend(list::linked(ask, response));
        Ok(answer)
    }
}
