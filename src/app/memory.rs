//! What comes back when the program is started again: the page, the panes, the orders, the
//! theme. Filters and marks do not: what they hide or hold would be forgotten by then.

use super::App;
use super::page::PageId;
use crate::config::memory::Memory;
use crate::config::theme::Theme;
use crate::model::{Order, PlanColumn};

/// An order as it is in the file: the word of its column, behind a `-` where it is descending.
pub(super) fn written<C>(order: Order<C>, word: fn(C) -> &'static str) -> String {
    let sign = if order.descending { "-" } else { "" };
    format!("{sign}{}", word(order.column))
}

/// The order of a list that is remembered, where its word is that of one of these columns.
pub(super) fn order_of<C: Copy>(
    memory: &Memory,
    list: &str,
    columns: &[C],
    word: fn(C) -> &'static str,
) -> Option<Order<C>> {
    let text = memory.orders.get(list)?;
    let name = text.strip_prefix('-').unwrap_or(text);
    let found = columns.iter().find(|column| word(**column) == name);
    found.map(|column| Order {
        column: *column,
        descending: text.len() > name.len(),
    })
}

impl App {
    /// What is to be remembered of the screen.
    pub fn memory(&self) -> Memory {
        let pages = &self.state.pages;
        let mut memory = Memory {
            page: Some(pages.at.name().to_ascii_lowercase()),
            theme: self.state.world.theme.map(str::to_owned),
            ..Memory::default()
        };
        pages.browse.remember(&mut memory);
        let order = written(pages.plan.decisions.order, PlanColumn::as_str);
        memory.orders.insert("plan".to_owned(), order);
        memory
    }

    /// Looks as it is remembered, before anything is asked for. What means nothing any more is
    /// left out.
    pub fn recall(&mut self, memory: &Memory) {
        let pages = &mut self.state.pages;
        let page = PageId::ALL.into_iter().find(|page| {
            let name = page.name().to_ascii_lowercase();
            memory.page.as_ref() == Some(&name)
        });
        pages.at = page.unwrap_or_default();
        pages.browse.recall(memory);
        let order = order_of(memory, "plan", &PlanColumn::ALL, PlanColumn::as_str);
        if let Some(order) = order {
            pages.plan.decisions.order = order;
        }
        let theme = Theme::NAMES.into_iter();
        let mut theme = theme.filter(|name| memory.theme.as_deref() == Some(name));
        self.state.world.theme = theme.next();
    }
}
