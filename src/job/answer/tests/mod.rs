//! Questions answered.

mod lists;
mod questions;

pub(super) use lists::crawled;
