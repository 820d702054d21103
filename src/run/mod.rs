//! Draft.
use crate::config::paths::Paths;
use crate::model::{RegistryId, Secret};
use crate::store::Store;
use std::collections::HashMap;
/// Draft.
pub struct Options {
    /// s
    pub store: Store,
    /// p
    pub paths: Paths,
    /// t
    pub typed: HashMap<RegistryId, Secret>,
    /// c
    pub plain: bool,
    /// r
    pub read_only: bool,
}
impl Options {
    /// n
    pub fn new(store: Store, paths: Paths) -> Self {
        Self {
            store,
            paths,
            typed: HashMap::new(),
            plain: false,
            read_only: false,
        }
    }
}
/// Draft.
pub async fn tui(_o: Options) -> color_eyre::Result<()> {
    Ok(())
}
