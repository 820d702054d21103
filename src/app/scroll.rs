//! Brings cursors and pages into range after whatever happened.

use super::App;
use super::layout::{self, registry_rows, table_rows};
use super::list::Step;
use super::overlay::Overlay;

/// Columns of the labels in the registry form, marker included.
pub const FORM_COLUMN: u16 = 22;

impl App {
    /// Takes a step through the page.
    pub(super) fn scroll(&self, overlay: &mut Overlay, step: Step) {
        let Some(areas) = self.state.areas() else {
            return;
        };
        let inside = areas.page.inside();
        let height = usize::from(inside.height);
        match overlay {
            Overlay::Detail(detail) => {
                let len = detail.document(inside.width).len();
                detail.scroll.step(step, len, height);
            }
            Overlay::Check(check) => {
                let len = check.document(inside.width).len();
                check.scroll.step(step, len, height);
            }
            Overlay::Help(help) => {
                let len = help.document(&self.state.keys, inside.width).len();
                help.scroll.step(step, len, height);
            }
            Overlay::Failures(failures) => {
                let rows = usize::from(failures.rows(inside.height));
                failures.list.step(step, failures.failures.len(), rows);
            }
            Overlay::Form(_) | Overlay::Confirm(_) | Overlay::Ask(_) => {}
        }
    }

    /// Brings every cursor into range and on screen.
    pub(super) fn settle(&mut self) {
        let Some(areas) = self.state.areas() else {
            return;
        };
        let state = &mut self.state;
        // A pane that is not shown now will be as high as the page when it is.
        let registries = areas.registries.unwrap_or(areas.page);
        state.registries.settle(registry_rows(registries));
        let repositories = areas.repositories.unwrap_or(areas.page);
        state.repositories.settle(table_rows(repositories));
        let images = areas.images.unwrap_or(areas.page);
        state.images.settle(table_rows(images));
        let inside = areas.page.inside();
        let height = usize::from(inside.height);
        for overlay in &mut state.overlays {
            match overlay {
                Overlay::Detail(detail) => {
                    let len = detail.document(inside.width).len();
                    detail.scroll.settle(len, height);
                }
                Overlay::Check(check) => {
                    let len = check.document(inside.width).len();
                    check.scroll.settle(len, height);
                }
                Overlay::Help(help) => {
                    let len = help.document(&state.keys, inside.width).len();
                    help.scroll.settle(len, height);
                }
                Overlay::Failures(failures) => {
                    let rows = usize::from(failures.rows(inside.height));
                    let len = failures.failures.len();
                    failures.list.settle(len, rows);
                }
                Overlay::Form(form) => {
                    let fields = layout::form(areas.page, form.check_rows(areas.page)).fields;
                    let lines = form.lines(fields.width, FORM_COLUMN);
                    form.settle(&lines, usize::from(fields.height));
                }
                Overlay::Confirm(_) | Overlay::Ask(_) => {}
            }
        }
    }
}
