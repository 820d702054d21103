//! Something of an image that is read from its registry or the cache, once.

use crate::app::event::{Event, Ticket};
use crate::app::world::Outside;
use crate::app::{Inspection, Work};
use crate::model::{ImageReference, Trouble};

/// Whether it was asked for, and what came.
#[derive(Clone, Debug, Default)]
pub(in crate::app::overlay) struct Reading {
    asked: Option<Ticket>,
    /// What came.
    pub(in crate::app::overlay) found: Option<Box<Inspection>>,
    /// Why nothing came.
    pub(in crate::app::overlay) trouble: Option<Trouble>,
}

impl Reading {
    /// Whether it is on its way.
    pub(in crate::app::overlay) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Reads it, unless it is there, on its way, or known not to come.
    pub(in crate::app::overlay) fn want(
        &mut self,
        reference: ImageReference,
        platform: Option<String>,
        outside: &mut Outside<'_>,
    ) {
        if self.asked.is_some() || self.found.is_some() || self.trouble.is_some() {
            return;
        }
        let ticket = outside.world.ticket();
        self.asked = Some(ticket);
        outside.work(Work::Inspect {
            ticket,
            reference: Box::new(reference),
            platform,
        });
    }

    /// Takes what came, where it is for this one.
    pub(in crate::app::overlay) fn hear(&mut self, event: &Event) -> bool {
        let Event::Inspected { ticket, result } = event else {
            return false;
        };
        if self.asked.take_if(|asked| asked == ticket).is_none() {
            return false;
        }
        match result {
            Ok(found) => self.found = Some(found.clone()),
            Err(trouble) => self.trouble = Some(trouble.clone()),
        }
        true
    }

    /// Gives up what is on its way, and forgets why something did not come.
    pub(in crate::app::overlay) fn stop(&mut self, outside: &mut Outside<'_>) -> bool {
        self.trouble = None;
        let Some(ticket) = self.asked.take() else {
            return false;
        };
        outside.work(Work::CancelInspect { ticket });
        true
    }
}
