//! When the images of the hits on screen were built. A search looks at names alone, so that
//! it is quick; this is asked of the few hits that are seen.

use std::collections::HashMap;

use crate::app::event::Ticket;
use crate::app::world::Outside;
use crate::model::{Hit, ImagePlace, Question, Timestamp};

/// Images that are remembered; beyond them all is asked for anew.
const MOST: usize = 10_000;

/// When the image of a hit was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenBuilt {
    /// The hit is a repository.
    NoImage,
    /// It is still being read.
    Awaited,
    /// Its configuration does not say, or was not read.
    Unknown,
    /// Then.
    At(Timestamp),
}

/// What is known of when images were built.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// `None` of one whose configuration does not say, or was not read.
    known: HashMap<ImagePlace, Option<Timestamp>>,
    asked: Option<(Ticket, Vec<ImagePlace>)>,
}

impl Built {
    /// When the image of a hit was built.
    pub fn of(&self, hit: &Hit) -> WhenBuilt {
        match place(hit).map(|place| self.known.get(&place)) {
            None => WhenBuilt::NoImage,
            Some(None) => WhenBuilt::Awaited,
            Some(Some(None)) => WhenBuilt::Unknown,
            Some(Some(Some(at))) => WhenBuilt::At(*at),
        }
    }

    /// Asks about those of these hits that nothing is known of.
    pub(super) fn want<'h>(
        &mut self,
        hits: impl Iterator<Item = &'h Hit>,
        outside: &mut Outside<'_>,
    ) {
        if self.asked.is_some() {
            return;
        }
        let places = hits.filter_map(place);
        let mut places: Vec<ImagePlace> = places
            .filter(|place| !self.known.contains_key(place))
            .collect();
        places.sort_unstable();
        places.dedup();
        if places.is_empty() {
            return;
        }
        if self.known.len() > MOST {
            self.known.clear();
        }
        let images = places.clone();
        let ticket = outside.ask_anew(Question::Built { images });
        self.asked = Some((ticket, places));
    }

    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        let asked = self.asked.as_ref();
        asked.is_some_and(|(asked, _)| *asked == ticket)
    }

    /// Takes what was told, in the order of what was asked.
    pub(super) fn answered(&mut self, built: Vec<Option<Timestamp>>) {
        if let Some((_, places)) = self.asked.take() {
            self.known.extend(places.into_iter().zip(built));
        }
    }

    /// Says of what could not be told that nothing is known, so that it is not asked again.
    pub(super) fn unanswered(&mut self) {
        if let Some((_, places)) = self.asked.take() {
            self.known
                .extend(places.into_iter().map(|place| (place, None)));
        }
    }

    /// Forgets all: the inventory is another.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }
}

fn place(hit: &Hit) -> Option<ImagePlace> {
    Some(ImagePlace {
        registry: hit.registry,
        repository: hit.repository.clone(),
        digest: hit.digest.clone()?,
    })
}
