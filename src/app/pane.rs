//! A pane: rows of the inventory, a cursor over them, a filter and an order, and the one
//! question about them that is on its way.
//!
//! At most one question is in flight and one waits. What waits is not kept: when the
//! answer comes, what is wanted then is asked. An answer to what is no longer wanted is
//! dropped, and until the right one comes the old rows are known to be old.

use super::event::Ticket;
pub use super::keyed::Keyed;
use super::layout::Area;
use super::list::{List, Step};
use super::marks::Marks;
use super::page::browse::scope::{ImagesOf, RepositoriesOf};
use super::pointer::{Pointed, Touch};
use crate::model::{
    Filter, ImageColumn, ImageRow, Listing, Order, RegistryRow, RepositoryColumn, Trouble,
};
use crate::query::Branch;

/// The pane of registries.
pub type Registries = Pane<RegistryRow, (), ()>;
/// The pane of repositories, a list or a tree.
pub type Repositories = Pane<Branch, RepositoriesOf, RepositoryColumn>;
/// The pane of images.
pub type Images = Pane<ImageRow, ImagesOf, ImageColumn>;

/// Whose rows are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted<S> {
    /// Nobody's: there is nothing to show.
    Nothing,
    /// It is not known yet: the pane on the left is being read.
    Unknown,
    /// These.
    Of(S),
}

/// What a pane is to show.
#[derive(Clone, Debug, PartialEq)]
pub struct View<S, C> {
    /// Whose rows.
    pub scope: S,
    /// Which.
    pub filter: Filter,
    /// How ordered.
    pub order: Order<C>,
}

/// A question on its way.
#[derive(Clone, Debug)]
struct Flight<S, C> {
    ticket: Ticket,
    /// What it asks for.
    view: View<S, C>,
    /// Whether its answer is nobody's, whatever is wanted by then: it may not be whole.
    is_withdrawn: bool,
}

/// Rows, a cursor, a filter, an order, and a question on its way.
#[derive(Clone, Debug)]
pub struct Pane<R: Keyed, S, C> {
    /// The rows.
    pub listing: Listing<R>,
    /// The cursor.
    pub list: List,
    /// The filter.
    pub filter: Filter,
    /// The order.
    pub order: Order<C>,
    /// Why the rows could not be read.
    pub broken: Option<Trouble>,
    /// Cells that the longest name takes.
    pub widest: u16,
    /// Cells that the longest name of a row's repository takes.
    pub widest_place: u16,
    /// Whether rows may be hidden in others, whatever the filter says.
    pub is_folded: bool,
    /// The marked rows.
    pub marks: Marks<R::Key, R>,
    wanted: Wanted<S>,
    shown: Option<S>,
    flight: Option<Flight<S, C>>,
    again: bool,
    top: bool,
}

impl<R, S, C> Pane<R, S, C>
where
    R: Keyed + PartialEq + Clone,
    R::Key: Clone + Ord,
    S: Clone + PartialEq,
    C: Copy + PartialEq,
{
    /// A pane without rows.
    pub fn new(wanted: Wanted<S>, order: Order<C>) -> Self {
        Self {
            listing: Listing::default(),
            list: List::default(),
            filter: Filter::default(),
            order,
            broken: None,
            widest: 0,
            widest_place: 0,
            is_folded: false,
            marks: Marks::default(),
            wanted,
            shown: None,
            flight: None,
            again: false,
            top: false,
        }
    }

    /// The selected row; none while the rows are another's than wanted.
    pub fn selected(&self) -> Option<&R> {
        self.is_current()
            .then(|| self.listing.rows.get(self.list.cursor))
            .flatten()
    }

    /// Whether the rows are those of what is wanted.
    pub fn is_current(&self) -> bool {
        match (&self.wanted, &self.shown) {
            (Wanted::Of(wanted), Some(shown)) => wanted == shown,
            (Wanted::Nothing, None) => true,
            _ => false,
        }
    }

    /// Whether rows are on their way that will replace those of something else.
    pub fn is_loading(&self) -> bool {
        !self.is_current() && self.broken.is_none()
    }

    /// Whether a question is on its way.
    pub fn is_asking(&self) -> bool {
        self.flight.is_some()
    }

    /// Whose rows are wanted.
    pub fn wanted(&self) -> &Wanted<S> {
        &self.wanted
    }

    /// Wants the rows of something; `true` where that is something else than before and
    /// has to be asked for.
    pub fn want(&mut self, wanted: Wanted<S>) -> bool {
        if wanted == self.wanted {
            return false;
        }
        self.wanted = wanted;
        self.broken = None;
        match &self.wanted {
            Wanted::Nothing => {
                self.listing = Listing::default();
                self.list = List::default();
                self.marks.clear();
                self.shown = None;
                false
            }
            Wanted::Unknown => false,
            Wanted::Of(_) => true,
        }
    }

    /// Takes what is shown for old, so that nothing is selected until the answer comes.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// What to ask for now; `None` where a question is in flight (it is asked after that)
    /// or nothing is wanted.
    pub fn ask(&mut self, last: &mut Ticket) -> Option<(Ticket, View<S, C>)> {
        let view = self.view()?;
        if self.flight.is_some() {
            self.again = true;
            return None;
        }
        last.0 += 1;
        self.flight = Some(Flight {
            ticket: *last,
            view: view.clone(),
            is_withdrawn: false,
        });
        Some((*last, view))
    }

    /// The question in flight, where something else is wanted now; says so once. Its
    /// answer is awaited and dropped.
    pub fn withdraw(&mut self) -> Option<Ticket> {
        let asked = self.flight.take_if(|flight| !flight.is_withdrawn)?;
        let is_withdrawn = self.view().as_ref() != Some(&asked.view);
        let flight = self.flight.insert(Flight {
            is_withdrawn,
            ..asked
        });
        is_withdrawn.then_some(flight.ticket)
    }

    fn view(&self) -> Option<View<S, C>> {
        match &self.wanted {
            Wanted::Of(scope) => Some(View {
                scope: scope.clone(),
                filter: self.filter.clone(),
                order: self.order,
            }),
            _ => None,
        }
    }

    /// Takes an answer. `true` where something visible changed.
    pub fn answer(&mut self, ticket: Ticket, listing: Listing<R>) -> bool {
        let scope = self.arrived_in_time(ticket);
        scope.is_some_and(|scope| self.accept(scope, listing))
    }

    /// Whose rows an answer is of, where they are still wanted; the question is no longer in
    /// flight.
    pub fn arrived_in_time(&mut self, ticket: Ticket) -> Option<S> {
        let asked = self.arrived(ticket)?;
        (self.view().as_ref() == Some(&asked)).then_some(asked.scope)
    }

    /// Whether there may be rows that are not shown, whatever the filter says.
    pub fn hides(&self) -> bool {
        self.is_folded || self.listing.is_cut()
    }

    /// Whether the question with this ticket is in flight.
    pub fn awaits(&self, ticket: Ticket) -> bool {
        self.flight
            .as_ref()
            .is_some_and(|flight| flight.ticket == ticket)
    }

    /// What the answer with this ticket was asked for; the question is no longer in
    /// flight. `None` for an answer nobody waits for.
    pub fn arrived(&mut self, ticket: Ticket) -> Option<View<S, C>> {
        let flight = self.flight.take_if(|flight| flight.ticket == ticket)?;
        (!flight.is_withdrawn).then_some(flight.view)
    }

    /// Shows rows; the cursor stays on the row it was on, where it is still there.
    pub fn accept(&mut self, scope: S, listing: Listing<R>) -> bool {
        let same = self.shown.as_ref() == Some(&scope);
        let top = std::mem::take(&mut self.top);
        if top {
            self.list = List::default();
        }
        if same && self.broken.is_none() && self.listing == listing {
            return top;
        }
        let before = self.listing.rows.get(self.list.cursor);
        match before.filter(|_| same && !top) {
            Some(row) => {
                let above = self.list.cursor - self.list.offset.min(self.list.cursor);
                if let Some(at) = listing.rows.iter().position(|new| new.is(row)) {
                    // The row also stays where it is on screen.
                    self.list.cursor = at;
                    self.list.offset = at.saturating_sub(above);
                }
            }
            None => self.list = List::default(),
        }
        let widest = |width: fn(&R) -> usize| {
            let widest = listing.rows.iter().map(width).max();
            u16::try_from(widest.unwrap_or(0)).unwrap_or(u16::MAX)
        };
        self.widest = widest(Keyed::width);
        self.widest_place = widest(Keyed::place_width);
        self.listing = listing;
        self.shown = Some(scope);
        self.broken = None;
        if same {
            self.renew_marks();
        } else {
            self.marks.clear();
        }
        true
    }

    /// Takes the news that a question gets no answer. `true` where it was this pane's.
    pub fn failed(&mut self, ticket: Ticket, trouble: &Trouble) -> bool {
        let Some(asked) = self.arrived(ticket) else {
            return false;
        };
        if self.view().as_ref() == Some(&asked) {
            if self.is_loading() {
                // The rows are of something else, and would be taken for those that failed.
                self.listing = Listing::default();
                self.list = List::default();
                self.marks.clear();
                self.shown = None;
            }
            self.broken = Some(trouble.clone());
        }
        true
    }

    /// Whether what is wanted changed, or may have, while a question was in flight.
    /// Saying so once is enough.
    pub fn must_ask_again(&mut self) -> bool {
        self.flight.is_none() && std::mem::take(&mut self.again)
    }

    /// Puts the cursor on the first row of what comes next: of another order, the
    /// extremes are of interest and not where the row went.
    pub fn start_at_top(&mut self) {
        self.top = true;
    }

    /// Takes a step of the cursor.
    pub fn step(&mut self, step: Step, height: usize) {
        self.list.step(step, self.listing.rows.len(), height);
    }

    /// Takes what was pointed at in the cells of its rows, each of so many lines. Rows of
    /// something else than is wanted cannot be selected.
    pub(super) fn point(&mut self, pointed: Pointed, area: Area, lines: u16) -> Touch {
        if !self.is_current() {
            return Touch::Missed;
        }
        self.list
            .point(pointed, area, lines, self.listing.rows.len())
    }

    /// Brings the cursor into range and on screen.
    pub fn settle(&mut self, height: usize) {
        self.list.settle(self.listing.rows.len(), height);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Row(u32);

    impl Keyed for Row {
        type Key = u32;
        fn key(&self) -> u32 {
            self.0
        }
    }

    type Sample = Pane<Row, u8, ()>;

    fn listing(rows: &[u32]) -> Listing<Row> {
        Listing::whole(rows.iter().map(|n| Row(*n)).collect(), rows.len())
    }

    fn pane() -> (Sample, Ticket) {
        let mut pane = Sample::new(Wanted::Unknown, Order::default());
        pane.want(Wanted::Of(1));
        (pane, Ticket(0))
    }

    #[test]
    fn one_question_is_in_flight_and_the_latest_follows() {
        let (mut pane, mut last) = pane();
        let (first, view) = pane.ask(&mut last).unwrap();
        assert_eq!(view.scope, 1);
        for scope in 2..9 {
            assert!(pane.want(Wanted::Of(scope)));
            assert_eq!(pane.ask(&mut last), None);
        }
        assert!(!pane.must_ask_again(), "one is still in flight");
        assert!(
            !pane.answer(first, listing(&[1])),
            "nobody wants that any more"
        );
        assert!(pane.is_loading());
        assert!(pane.must_ask_again());
        assert!(!pane.must_ask_again());
        let (second, view) = pane.ask(&mut last).unwrap();
        assert_eq!(view.scope, 8);
        assert!(!pane.answer(first, listing(&[1])), "an old ticket");
        assert!(pane.answer(second, listing(&[7, 8])));
        assert_eq!(pane.selected(), Some(&Row(7)));
    }

    #[test]
    fn the_cursor_stays_on_its_row_and_the_row_on_its_line() {
        let (mut pane, mut last) = pane();
        let mut show = |pane: &mut Sample, rows: &[u32]| {
            let (ticket, _) = pane.ask(&mut last).unwrap();
            pane.answer(ticket, listing(rows))
        };
        assert!(show(&mut pane, &[1, 2, 3, 4, 5, 6]));
        pane.step(Step::Rows(4), 3);
        pane.step(Step::Rows(-1), 3);
        assert_eq!((pane.list.cursor, pane.list.offset), (3, 2));
        assert!(show(&mut pane, &[0, 1, 2, 3, 4, 5, 6]));
        pane.settle(3);
        assert_eq!(pane.selected(), Some(&Row(4)));
        assert_eq!((pane.list.cursor, pane.list.offset), (4, 3));
        assert!(!show(&mut pane, &[0, 1, 2, 3, 4, 5, 6]), "nothing changed");
        assert!(show(&mut pane, &[9]));
        pane.settle(3);
        assert_eq!(pane.selected(), Some(&Row(9)));
    }

    #[test]
    fn a_failure_ends_the_wait_and_is_forgotten_by_the_next_answer() {
        let (mut pane, mut last) = pane();
        let (ticket, _) = pane.ask(&mut last).unwrap();
        assert!(pane.failed(ticket, &Trouble::new("disk")));
        assert!(!pane.is_loading() && pane.broken.is_some());
        assert!(!pane.failed(ticket, &Trouble::new("disk")));
        let (ticket, _) = pane.ask(&mut last).unwrap();
        assert!(pane.answer(ticket, listing(&[])));
        assert!(pane.broken.is_none() && pane.is_current());
    }

    #[test]
    fn what_was_withdrawn_is_not_shown_though_it_is_wanted_again() {
        let (mut pane, mut last) = pane();
        let (first, _) = pane.ask(&mut last).unwrap();
        assert_eq!(pane.withdraw(), None, "it is wanted");
        pane.want(Wanted::Of(2));
        assert_eq!(pane.ask(&mut last), None);
        assert_eq!(pane.withdraw(), Some(first));
        assert_eq!(pane.withdraw(), None, "once is enough");
        pane.want(Wanted::Of(1));
        assert_eq!(pane.ask(&mut last), None);
        assert!(!pane.answer(first, listing(&[])), "it may not be whole");
        assert!(pane.is_loading() && pane.must_ask_again());
        let (second, view) = pane.ask(&mut last).unwrap();
        assert_eq!(view.scope, 1);
        assert!(pane.answer(second, listing(&[1, 2])));
    }

    #[test]
    fn rows_of_something_else_are_not_selected() {
        let (mut pane, mut last) = pane();
        let (ticket, _) = pane.ask(&mut last).unwrap();
        pane.answer(ticket, listing(&[1]));
        pane.want(Wanted::Unknown);
        assert_eq!(pane.selected(), None);
        assert!(pane.is_loading() && !pane.listing.rows.is_empty());
        assert_eq!(pane.ask(&mut last), None);
        pane.want(Wanted::Nothing);
        assert!(pane.is_current() && pane.listing.rows.is_empty());
    }
}
