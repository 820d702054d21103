//! How the screen looks: as configured, or as was chosen on it.

use crate::config::theme::Theme as Chosen;
use crate::ui::Theme;

/// The theme that is configured, and what may stand in its place.
pub(super) struct Looks {
    configured: Chosen,
    ascii: bool,
    colourless: bool,
}

impl Looks {
    pub(super) fn new(configured: Chosen, ascii: bool, colourless: bool) -> Self {
        Self {
            configured,
            ascii,
            colourless,
        }
    }

    /// The theme of this name; the configured one where there is none, or no colour is to be.
    pub(super) fn theme(&self, name: Option<&str>) -> Theme {
        let named = name.filter(|_| !self.colourless).map(Chosen::named);
        let chosen = match named {
            Some(Ok(theme)) => theme,
            _ => self.configured.clone(),
        };
        Theme::new(chosen, self.ascii)
    }
}
