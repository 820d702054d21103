//! Files, environment and flags, made into settings of the program itself: where state
//! lives, the key map, the theme. Settings of registries are [`crate::model::setting`].

mod document;
mod file;
pub mod keys;
pub mod memory;
pub mod paths;
pub mod registries;
pub mod theme;

pub use document::Wrong;
pub use file::{FileError, Preferences};
