//! Who may sign in to a product, and what they may read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::Secret;

/// Somebody who signs in by a name and a secret: a person, a robot, a token.
#[derive(Clone, Debug)]
pub struct User {
    /// The name.
    pub name: String,
    /// The password or token.
    pub secret: Secret,
    /// Whether all is open to this user.
    pub administrator: bool,
    /// The namespaces and repositories this user may read, those below them included; `*`
    /// stands for all of them.
    pub reads: Vec<String>,
    /// Whether the secret is no longer valid.
    pub expired: bool,
}

impl User {
    /// Somebody to whom all is open.
    pub fn administrator(name: &str, secret: &str) -> Self {
        Self {
            administrator: true,
            ..Self::member(name, secret, &[])
        }
    }

    /// Somebody who may read these namespaces or repositories, and what is below them.
    pub fn member(name: &str, secret: &str, reads: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            secret: Secret::new(secret),
            administrator: false,
            reads: reads.iter().map(|&name| name.to_owned()).collect(),
            expired: false,
        }
    }

    /// The same, with a secret that is no longer valid.
    pub fn expired(mut self) -> Self {
        self.expired = true;
        self
    }

    /// Whether this user may read a repository or what is below a namespace.
    pub(in crate::simulator) fn may_read(&self, name: &str) -> bool {
        let reads = |above: &String| above == "*" || is_below(name, above);
        self.administrator || self.reads.iter().any(reads)
    }
}

/// Whether `name` is `above` or has it as its first components.
pub(in crate::simulator) fn is_below(name: &str, above: &str) -> bool {
    name.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// User name and password of an `Authorization: Basic` (RFC 7617).
pub(in crate::simulator) fn basic(authorization: Option<&str>) -> Option<(String, String)> {
    let (scheme, rest) = authorization?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (name, secret) = decoded.split_once(':')?;
    Some((name.to_owned(), secret.to_owned()))
}

/// Who signs in.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulator) enum Account<'a> {
    /// Nobody tried to.
    Anonymous,
    /// This user did.
    Known(&'a User),
    /// Somebody did, with a wrong or expired secret.
    Wrong,
}

impl<'a> Account<'a> {
    /// Who signs in by `Authorization: Basic`; another scheme is as good as none.
    pub(in crate::simulator) fn by_basic(
        users: impl IntoIterator<Item = &'a User>,
        authorization: Option<&str>,
    ) -> Self {
        let Some((name, secret)) = basic(authorization) else {
            let is_basic =
                authorization.is_some_and(|text| text.to_lowercase().starts_with("basic"));
            return if is_basic {
                Self::Wrong
            } else {
                Self::Anonymous
            };
        };
        let fits = |user: &&User| user.name == name && user.secret.expose() == secret;
        match users.into_iter().find(fits) {
            Some(user) if !user.expired => Self::Known(user),
            _ => Self::Wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in(users: &[User], authorization: Option<&str>) -> String {
        match Account::by_basic(users, authorization) {
            Account::Anonymous => "anonymous".to_owned(),
            Account::Known(user) => user.name.clone(),
            Account::Wrong => "wrong".to_owned(),
        }
    }

    #[test]
    fn only_the_right_secret_signs_in_while_it_is_valid() {
        let users = [
            User::member("ann", "p:w", &["team"]),
            User::member("old", "x", &[]).expired(),
        ];
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        for (authorization, who) in [
            (None, "anonymous"),
            (Some("Bearer x".to_owned()), "anonymous"),
            (Some(basic("ann:p:w")), "ann"),
            (Some(basic("ann:p")), "wrong"),
            (Some(basic("old:x")), "wrong"),
            (Some("Basic !".to_owned()), "wrong"),
        ] {
            assert_eq!(sign_in(&users, authorization.as_deref()), who);
        }
    }

    #[test]
    fn rights_end_at_the_end_of_a_component() {
        let ann = User::member("ann", "x", &["team/app"]);
        for (name, may) in [
            ("team/app", true),
            ("team/app/web", true),
            ("team/application", false),
            ("team", false),
        ] {
            assert_eq!(ann.may_read(name), may, "{name}");
        }
        assert!(User::administrator("root", "x").may_read("anything"));
    }
}
