//! What fills the screen below the header. Each page keeps its state while another is shown.
//!
//! A new page is a file here and one of the same name in `ui/page`, a variant of [`PageId`]
//! and a field of [`Pages`].

pub mod browse;
pub mod changes;
pub mod crawls;
pub mod plan;
pub mod search;

pub use browse::Browse;
pub use changes::Changes;
pub use crawls::Crawls;
pub use plan::Plan;
pub use search::Search;

use super::layer::Layer;
use crate::config::keys::Command;
use crate::model::{Digest, Order, RegistryId, RepositoryName, Tag};

/// One of the pages, in the order of the number keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageId {
    /// Registries, repositories and images.
    #[default]
    Browse,
    /// Where something is.
    Search,
    /// What crawls found changed.
    Changes,
    /// Crawls, running and past.
    Crawls,
    /// What was decided.
    Plan,
}

impl PageId {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [
        Self::Browse,
        Self::Search,
        Self::Changes,
        Self::Crawls,
        Self::Plan,
    ];

    /// What it is called in the header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Browse => "Browse",
            Self::Search => "Search",
            Self::Changes => "Changes",
            Self::Crawls => "Crawls",
            Self::Plan => "Plan",
        }
    }

    /// The page that a command goes to.
    pub(super) fn of(command: Command) -> Option<Self> {
        Some(match command {
            Command::BrowsePage => Self::Browse,
            Command::SearchPage => Self::Search,
            Command::ChangesPage => Self::Changes,
            Command::CrawlsPage => Self::Crawls,
            Command::PlanPage => Self::Plan,
            _ => return None,
        })
    }
}

/// Something in the inventory that one can go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The registry.
    pub registry: RegistryId,
    /// The repository in it.
    pub repository: Option<RepositoryName>,
    /// The image in that.
    pub image: Option<Digest>,
    /// A tag of it, where there is no digest or the digest may be gone.
    pub tag: Option<Tag>,
}

impl Target {
    /// The registry itself.
    pub fn registry(registry: RegistryId) -> Self {
        Self {
            registry,
            repository: None,
            image: None,
            tag: None,
        }
    }

    /// The same, but for the image.
    pub fn to_repository(&self) -> Self {
        Self {
            image: None,
            tag: None,
            ..self.clone()
        }
    }
}

/// A page, and what is selected on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which page.
    pub page: PageId,
    /// What is selected there; nothing where that is left as it is.
    pub target: Option<Target>,
}

/// Places that are remembered to go back to.
const TRAIL: usize = 50;

/// Every page.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// The one that is shown.
    pub at: PageId,
    /// Registries, repositories and images.
    pub browse: Browse,
    /// Where something is.
    pub search: Search,
    /// What crawls found changed.
    pub changes: Changes,
    /// Crawls, running and past.
    pub crawls: Crawls,
    /// What was decided.
    pub plan: Plan,
    /// Where one was, the latest last.
    trail: Vec<Place>,
}

impl Pages {
    /// The page that is shown.
    pub(super) fn shown(&mut self) -> &mut dyn Layer {
        match self.at {
            PageId::Browse => &mut self.browse,
            PageId::Search => &mut self.search,
            PageId::Changes => &mut self.changes,
            PageId::Crawls => &mut self.crawls,
            PageId::Plan => &mut self.plan,
        }
    }

    /// The page that is shown, to look at.
    pub(super) fn shown_ref(&self) -> &dyn Layer {
        match self.at {
            PageId::Browse => &self.browse,
            PageId::Search => &self.search,
            PageId::Changes => &self.changes,
            PageId::Crawls => &self.crawls,
            PageId::Plan => &self.plan,
        }
    }

    /// All of them.
    pub(super) fn all(&mut self) -> [&mut dyn Layer; 5] {
        [
            &mut self.browse,
            &mut self.search,
            &mut self.changes,
            &mut self.crawls,
            &mut self.plan,
        ]
    }

    /// Goes somewhere, and remembers where one was.
    pub(super) fn go(&mut self, place: Place) {
        let target = self.shown_ref().target();
        let here = Place {
            page: self.at,
            target,
        };
        // Who asks for the page that is shown goes nowhere.
        let stays = place.page == self.at && place.target.is_none();
        if here != place && !stays {
            if self.trail.len() == TRAIL {
                self.trail.remove(0);
            }
            self.trail.push(here);
        }
        if place.page == PageId::Changes {
            self.changes.restrict(place.target.clone());
        }
        self.show(place);
    }

    /// Goes back to where one was; `false` where that is nowhere.
    pub(super) fn go_back(&mut self) -> bool {
        let Some(place) = self.trail.pop() else {
            return false;
        };
        self.show(place);
        true
    }

    /// Whether there is a place to go back to.
    pub(super) fn has_trail(&self) -> bool {
        !self.trail.is_empty()
    }

    fn show(&mut self, place: Place) {
        self.at = place.page;
        if let (PageId::Browse, Some(target)) = (place.page, place.target) {
            self.browse.seek(target);
        }
    }
}

/// Orders by a column, or turns the order round where it is that column already. Says so
/// in words: the column may not be on a narrow screen.
fn turn<C: Copy + PartialEq>(order: &mut Order<C>, column: C, word: &str) -> String {
    let descending = order.column == column && !order.descending;
    *order = Order { column, descending };
    let way = if descending {
        "descending"
    } else {
        "ascending"
    };
    format!("ordered by {word}, {way}")
}
