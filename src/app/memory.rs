//! What comes back when the program is started again: the page, the orders, the theme. Filters
//! and marks do not: what they hide or hold would be forgotten by then.

use super::App;
use super::page::PageId;
use crate::config::memory::Memory;
use crate::config::theme::Theme;
use crate::model::{ImageColumn, Order, PlanColumn, RepositoryColumn};

/// What a column is called in the file; one word for ever.
trait Word: Copy + Sized + 'static {
    /// Every column, as it is called.
    fn words() -> Vec<(Self, &'static str)>;
}

impl Word for RepositoryColumn {
    fn words() -> Vec<(Self, &'static str)> {
        Self::ALL.map(|column| (column, column.as_str())).to_vec()
    }
}

impl Word for ImageColumn {
    fn words() -> Vec<(Self, &'static str)> {
        Self::ALL.map(|column| (column, column.as_str())).to_vec()
    }
}

impl Word for PlanColumn {
    fn words() -> Vec<(Self, &'static str)> {
        Self::ALL.map(|column| (column, column.as_str())).to_vec()
    }
}

fn written<C: Word + PartialEq>(order: Order<C>) -> String {
    let words = C::words();
    let word = words.iter().find(|(column, _)| *column == order.column);
    let sign = if order.descending { "-" } else { "" };
    format!("{sign}{}", word.map_or("", |(_, word)| *word))
}

fn read<C: Word>(text: &str) -> Option<Order<C>> {
    let word = text.strip_prefix('-').unwrap_or(text);
    let found = C::words().into_iter().find(|(_, known)| *known == word);
    found.map(|(column, _)| Order {
        column,
        descending: text.len() > word.len(),
    })
}

impl App {
    /// What is to be remembered of the screen.
    pub fn memory(&self) -> Memory {
        let pages = &self.state.pages;
        let orders = [
            ("repositories", written(pages.browse.repositories.order)),
            ("images", written(pages.browse.images.order)),
            ("plan", written(pages.plan.decisions.order)),
        ];
        let orders = orders.map(|(list, order)| (list.to_owned(), order));
        Memory {
            page: Some(pages.at.name().to_ascii_lowercase()),
            theme: self.state.world.theme.map(str::to_owned),
            zoomed: pages.browse.is_zoomed(),
            orders: orders.into(),
        }
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
        let order = |list: &str| memory.orders.get(list).map(String::as_str);
        if let Some(order) = order("repositories").and_then(read) {
            pages.browse.repositories.order = order;
        }
        if let Some(order) = order("images").and_then(read) {
            pages.browse.images.order = order;
        }
        if let Some(order) = order("plan").and_then(read) {
            pages.plan.decisions.order = order;
        }
        pages.browse.zoom(memory.zoomed);
        let theme = Theme::NAMES.into_iter();
        let mut theme = theme.filter(|name| memory.theme.as_deref() == Some(name));
        self.state.world.theme = theme.next();
    }
}
