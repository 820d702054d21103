//! What is known of this host's secret stores while a form is open. They are tried when
//! their field is reached and not before: trying one may make the desktop ask for a
//! keyring's password, which nobody wants who came to mend a page size.

use crate::model::{PasswordSource, StoreOffer};

/// The stores of this host.
#[derive(Clone, Debug, Default)]
pub(super) enum Stores {
    /// Nobody has asked.
    #[default]
    Untried,
    /// They are being tried.
    Trying,
    /// What came of it.
    Tried(Vec<StoreOffer>),
}

impl Stores {
    /// Whether they are to be tried now; says so once.
    pub(super) fn ask(&mut self) -> bool {
        let untried = matches!(self, Self::Untried);
        if untried {
            *self = Self::Trying;
        }
        untried
    }

    fn of(&self, store: &PasswordSource) -> Option<&StoreOffer> {
        match self {
            Self::Tried(offers) => offers.iter().find(|offer| offer.store == *store),
            Self::Untried | Self::Trying => None,
        }
    }

    /// Whether this place is known not to work here.
    pub(super) fn refuses(&self, store: &PasswordSource) -> bool {
        self.of(store).is_some_and(|offer| offer.trouble.is_some())
    }

    /// What there is to say of a place, in one line.
    pub(super) fn note(&self, store: &PasswordSource) -> String {
        if let Some(offer) = self.of(store) {
            return match &offer.trouble {
                Some(trouble) => trouble.message.clone(),
                None => format!("works here; keeps it {}", store.lifetime()),
            };
        }
        let offers = match self {
            Self::Trying => return "trying which stores work on this host…".to_owned(),
            Self::Untried => &[][..],
            Self::Tried(offers) => offers,
        };
        let refused = offers.iter().filter(|offer| offer.trouble.is_some());
        let names: Vec<&str> = refused.map(|offer| offer.store.place().name).collect();
        if !names.is_empty() {
            return format!("not working here: {}", names.join(", "));
        }
        let all = match offers {
            [] => "",
            _ => "; all stores work here",
        };
        format!("left, right or a letter: another place{all}")
    }
}
