//! The machine, and what is written down of it when it goes, however that comes about.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};

use crate::app::App;
use crate::config::memory::Memory;
use crate::config::paths::Paths;

/// The machine; what is to be remembered of its screen is written when this is dropped.
pub(super) struct Remembered {
    app: App,
    /// Where to; nowhere where nothing may be written.
    path: Option<PathBuf>,
    /// What the file says.
    known: Memory,
}

impl Remembered {
    /// The machine as it is remembered in this state directory.
    pub(super) fn recall(mut app: App, state: &Path, read_only: bool) -> Self {
        let path = Paths::memory(state);
        let known = Memory::load(&path).unwrap_or_else(|error| {
            let path = path.display();
            tracing::warn!(%error, %path, "what the screen looked like is not known");
            Memory::default()
        });
        app.recall(&known);
        Self {
            app,
            path: (!read_only).then_some(path),
            known,
        }
    }
}

impl Deref for Remembered {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl DerefMut for Remembered {
    fn deref_mut(&mut self) -> &mut App {
        &mut self.app
    }
}

impl Drop for Remembered {
    fn drop(&mut self) {
        let memory = self.app.memory();
        if let Some(path) = &self.path
            && memory != self.known
            && let Err(error) = memory.save(path)
        {
            let path = path.display();
            tracing::warn!(%error, %path, "what the screen looked like is not kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Event, Size};
    use crate::config::keys::{KeyMap, KeyPress};
    use crate::model::Timestamp;

    fn app() -> App {
        let size = Size {
            width: 80,
            height: 24,
        };
        App::new(size, Timestamp::UNIX_EPOCH, KeyMap::standard())
    }

    #[test]
    fn a_machine_that_breaks_is_remembered_too() {
        let state = tempfile::tempdir().unwrap();
        let path = Paths::memory(state.path());
        let broke = std::panic::catch_unwind(|| {
            let mut kept = Remembered::recall(app(), state.path(), false);
            for press in KeyPress::parse_all("5").unwrap() {
                let _ = kept.update(Event::Key(press));
            }
            panic!("a defect");
        });
        assert!(broke.is_err());
        assert_eq!(Memory::load(&path).unwrap().page.as_deref(), Some("plan"));
        let kept = Remembered::recall(app(), state.path(), false);
        assert_eq!(kept.memory().page.as_deref(), Some("plan"));
    }

    #[test]
    fn who_only_looks_writes_nothing() {
        let state = tempfile::tempdir().unwrap();
        drop(Remembered::recall(app(), state.path(), true));
        assert!(!Paths::memory(state.path()).exists());
    }
}
