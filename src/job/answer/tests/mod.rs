//! Questions answered.

mod lists;
mod questions;
