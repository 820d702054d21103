//! What a product's own API lists, behind one interface. One implementation a product, in
//! `product`; the driver is in `walk`.

use super::ask::{Ask, Store};
use super::bulk::Bulk;
use crate::model::RepositoryName;
use crate::registry::place::Layout;

/// A product's own lists. It describes requests, and their readers read the answers; it
/// sends nothing.
pub(in crate::registry) trait Lister: Send + Sync {
    /// As outputs name it: `harbor-api`.
    fn name(&self) -> &'static str;

    /// Where the V2 API of its repositories is; `None` where one base holds all.
    fn layout(&self) -> Option<Layout> {
        None
    }

    /// Whether the V2 catalogue is asked first, because whoever may read that has the whole
    /// for less.
    fn is_behind_catalogue(&self) -> bool {
        false
    }

    /// What lists repositories that the V2 catalogue leaves out, where that is asked first.
    fn beside_catalogue(&self) -> Vec<Ask> {
        Vec::new()
    }

    /// What to do where V2 refuses its catalogue, and this finds no repositories either.
    fn instead_of_catalogue(&self) -> Option<&'static str> {
        None
    }

    /// What finds the repositories; nothing where V2's catalogue or its stores alone do.
    fn repositories(&self) -> Vec<Ask>;

    /// The stores that are known before anything is asked, each listed by itself.
    fn stores(&self) -> Vec<Store> {
        Vec::new()
    }

    /// What lists one repository that came without its contents; `None` where V2 does.
    fn contents(&self, repository: &RepositoryName) -> Option<Ask>;

    /// Whether an empty list of a repository is one, and no way to say that nothing is shown.
    fn tells_empty(&self) -> bool {
        false
    }

    /// What gives manifests many at a time, where the API does.
    fn bulk(&self) -> Option<&dyn Bulk> {
        None
    }

    /// Whether it lists images that no tag names.
    fn lists_untagged(&self) -> bool {
        false
    }

    /// Whether it leaves out what hangs on other images, as signatures do, together with the
    /// tags that name it.
    fn hides_accessories(&self) -> bool {
        false
    }

    /// Whether it leaves out other tags than those of accessories, so that V2's list of a
    /// repository is read as well, for their names.
    fn leaves_out_tags(&self) -> bool {
        false
    }

    /// Whether the children of indexes are among its untagged entries, so that an untagged
    /// one is none until all indexes are read.
    fn lists_children(&self) -> bool {
        false
    }

    /// Whether it tells which of its entries are indexes; where it does not, an untagged one
    /// is read before those that came before it are known to be its children.
    fn tells_indexes(&self) -> bool {
        true
    }
}
