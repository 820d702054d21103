//! A secret that something behind the screen waits for: the passphrase of the encrypted
//! file, the password of a registry that is kept nowhere.

use serde::{Deserialize, Serialize};

use crate::app::Work;
use crate::app::event::Ticket;
use crate::app::field::SecretField;
use crate::app::layer::{Flow, Layer};
use crate::app::world::Outside;
use crate::config::keys::KeyPress;
use crate::config::keys::{Command, Context};
use crate::model::Secret;

/// Which secret is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRequest {
    /// The request in a few words.
    pub title: String,
    /// What it is for.
    pub text: String,
    /// Whether it is chosen now, and therefore typed twice.
    pub is_new: bool,
}

/// The page that asks.
#[derive(Clone, Debug)]
pub struct Ask {
    /// To answer with.
    pub ticket: Ticket,
    /// What is wanted.
    pub request: SecretRequest,
    /// What is typed.
    pub field: SecretField,
    /// What was typed the first time, where it is typed twice.
    first: Option<SecretField>,
    /// What was wrong.
    pub trouble: Option<&'static str>,
}

impl Ask {
    /// A page for a request.
    pub fn new(ticket: Ticket, request: SecretRequest) -> Self {
        Self {
            ticket,
            request,
            field: SecretField::default(),
            first: None,
            trouble: None,
        }
    }

    /// What stands before the line.
    pub fn label(&self) -> &'static str {
        match (self.request.is_new, &self.first) {
            (true, Some(_)) => "Again",
            (true, None) => "New passphrase",
            (false, _) => "Secret",
        }
    }

    /// Takes a key.
    pub fn key(&mut self, press: KeyPress) {
        if self.field.key(press) {
            self.trouble = None;
        }
    }

    /// Takes pasted text.
    pub fn insert(&mut self, text: &str) {
        self.field.paste(text);
        self.trouble = None;
    }

    /// Takes what was typed; `None` where more is wanted.
    pub fn submit(&mut self) -> Option<Secret> {
        if self.field.is_empty() {
            self.trouble = Some("type it, or leave without it");
            return None;
        }
        let typed = std::mem::take(&mut self.field);
        if !self.request.is_new {
            return Some(typed.secret());
        }
        match self.first.take() {
            None => {
                self.first = Some(typed);
                None
            }
            Some(first) if first.secret() == typed.secret() => Some(typed.secret()),
            Some(_) => {
                self.trouble = Some("the two differ: type it anew");
                None
            }
        }
    }
}

impl Layer for Ask {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Ask, Context::Global]
    }

    fn is_typed_into(&self) -> bool {
        true
    }

    fn takes_secret(&self) -> bool {
        true
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        let secret = match command {
            Command::Advance => self.submit(),
            Command::Leave => None,
            _ => return Flow::Stay,
        };
        if secret.is_none() && command == Command::Advance {
            return Flow::Stay;
        }
        outside.work(Work::GiveSecret {
            ticket: self.ticket,
            secret,
        });
        Flow::Close
    }

    fn press(&mut self, press: KeyPress, _: &mut Outside<'_>) {
        self.key(press);
    }

    fn paste(&mut self, text: &str, _: &mut Outside<'_>) -> bool {
        self.insert(text);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(is_new: bool) -> Ask {
        let request = SecretRequest {
            title: "Passphrase".into(),
            text: "of the file".into(),
            is_new,
        };
        Ask::new(Ticket(1), request)
    }

    #[test]
    fn a_secret_is_typed_once_and_a_new_one_twice() {
        let mut known = ask(false);
        assert_eq!(known.submit(), None);
        assert!(known.trouble.is_some());
        known.insert("hunter2");
        assert_eq!(known.submit(), Some(Secret::new("hunter2")));

        let mut new = ask(true);
        new.insert("hunter2");
        assert_eq!(new.submit(), None);
        assert_eq!(new.label(), "Again");
        new.insert("other");
        assert_eq!(new.submit(), None);
        assert!(new.trouble.unwrap().contains("differ"));
        for expected in [None, Some(Secret::new("hunter2"))] {
            new.insert("hunter2");
            assert_eq!(new.submit(), expected);
        }
        assert!(!format!("{new:?}").contains("hunter2"));
    }
}
