//! Questions answered.

mod lists;
mod plan;
mod questions;

pub(super) use lists::{crawled, partial};
