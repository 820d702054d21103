//! What is pointed at in the panes.

use super::Browse;
use crate::app::layout::{Areas, Focus, REGISTRY_ROWS, registries_in, table_in};
use crate::app::pointer::{Pointed, Touch};

impl Browse {
    /// Takes what was pointed at. A press on a row selects it and gives its pane the keys; the
    /// wheel leaves them where they are.
    pub(super) fn point(&mut self, pointed: Pointed, areas: &Areas) -> Touch {
        let panes = self.panes(areas.body);
        let shown = [Focus::Registries, Focus::Repositories, Focus::Images];
        let shown = shown
            .into_iter()
            .filter_map(|pane| Some((pane, panes.of(pane)?)));
        let mut beneath = shown.filter(|(_, area)| pointed.is_in(*area));
        let Some((pane, area)) = beneath.next() else {
            return Touch::Missed;
        };
        let touch = match pane {
            Focus::Registries => {
                let rows = registries_in(area);
                self.registries.point(pointed, rows, REGISTRY_ROWS)
            }
            Focus::Repositories => self.repositories.point(pointed, table_in(area), 1),
            Focus::Images => self.images.point(pointed, table_in(area), 1),
        };
        if touch == Touch::Missed || !pointed.is_press() {
            return touch;
        }
        self.typing = None;
        let was = std::mem::replace(&mut self.focus, pane);
        self.choose();
        if was == pane { touch } else { Touch::Done }
    }
}
