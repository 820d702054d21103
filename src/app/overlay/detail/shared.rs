//! Who else has the layers that are shown: what deleting the image would free, and what not.

use crate::app::Work;
use crate::app::event::{Inspection, Ticket};
use crate::app::words::counted;
use crate::app::world::Outside;
use crate::model::{Layer, Question, RegistryId};

/// How many images of the registry have each layer of the image that is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    layers: Vec<Layer>,
    asked: Option<Ticket>,
    /// In the order of the layers; 0 of one that no crawl has read.
    counts: Option<Vec<u64>>,
}

impl Shared {
    /// Asks about the layers of this image, unless that is known or on its way.
    pub(super) fn want(
        &mut self,
        registry: RegistryId,
        image: &Inspection,
        outside: &mut Outside<'_>,
    ) {
        let layers = image.image.layers.iter().map(|layer| Layer {
            digest: layer.digest.clone(),
            size: layer.size,
        });
        let layers: Vec<Layer> = layers.collect();
        if layers == self.layers {
            return;
        }
        self.stop(outside);
        self.layers.clone_from(&layers);
        self.asked = Some(outside.ask_anew(Question::Holders { registry, layers }));
    }

    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        self.asked == Some(ticket)
    }

    /// Takes the counts; none where they could not be had.
    pub(super) fn answered(&mut self, counts: Vec<u64>) {
        self.asked = None;
        self.counts = Some(counts);
    }

    /// Forgets what is known, and what is on its way.
    pub(super) fn stop(&mut self, outside: &mut Outside<'_>) {
        if let Some(ticket) = self.asked.take() {
            outside.work(Work::Withdraw { ticket });
        }
        *self = Self::default();
    }

    /// Who else has the layer in this place, in at most eleven characters.
    pub(super) fn with(&self, at: usize) -> String {
        match (&self.counts, self.count(at)) {
            (None, _) if self.asked.is_some() => "counting".to_owned(),
            (_, 0) => "unknown".to_owned(),
            (_, 1) => "only here".to_owned(),
            (_, count @ ..=9_999) => counted(count - 1, "image", "images"),
            (_, count) => format!("{} images", crate::app::words::scaled(count - 1)),
        }
    }

    /// Bytes of the layers that no other image has, each once; `None` where that is not known
    /// of all of them.
    pub(super) fn alone(&self) -> Option<u64> {
        let counts = self.counts.as_ref()?;
        if counts.len() < self.layers.len() || counts.contains(&0) {
            return None;
        }
        let mut alone: Vec<&Layer> = self
            .layers
            .iter()
            .zip(counts)
            .filter(|(_, count)| **count == 1)
            .map(|(layer, _)| layer)
            .collect();
        alone.sort_unstable();
        alone.dedup();
        Some(alone.iter().map(|layer| layer.size).sum())
    }

    fn count(&self, at: usize) -> u64 {
        let counts = self.counts.as_ref();
        counts
            .and_then(|counts| counts.get(at))
            .copied()
            .unwrap_or(0)
    }
}
