//! What fills the screen below the header. Each page keeps its state while another is shown.

pub mod browse;

pub use browse::Browse;

use super::layer::Layer;

/// Every page.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// Registries, repositories and images.
    pub browse: Browse,
}

impl Pages {
    /// The page that is shown.
    pub(super) fn shown(&mut self) -> &mut dyn Layer {
        &mut self.browse
    }

    /// The page that is shown, to look at.
    pub(super) fn shown_ref(&self) -> &dyn Layer {
        &self.browse
    }

    /// All of them.
    pub(super) fn all(&mut self) -> [&mut dyn Layer; 1] {
        [&mut self.browse]
    }
}
