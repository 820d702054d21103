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

/// What is remembered in this state directory; nothing where that cannot be read.
pub(super) fn load(state: &Path) -> Memory {
    let path = Paths::memory(state);
    Memory::load(&path).unwrap_or_else(|error| {
        let path = path.display();
        tracing::warn!(%error, %path, "what the screen looked like is not known");
        Memory::default()
    })
}

impl Remembered {
    /// A machine that began with what is `known` of this state directory.
    pub(super) fn new(app: App, known: Memory, state: &Path, read_only: bool) -> Self {
        Self {
            app,
            path: (!read_only).then(|| Paths::memory(state)),
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

    fn begun(state: &Path, read_only: bool) -> Remembered {
        let size = Size {
            width: 80,
            height: 24,
        };
        let mut app = App::new(size, Timestamp::UNIX_EPOCH, KeyMap::standard());
        let memory = load(state);
        app.recall(&memory);
        Remembered::new(app, memory, state, read_only)
    }

    #[test]
    fn a_machine_that_breaks_is_remembered_too() {
        let state = tempfile::tempdir().unwrap();
        let broke = std::panic::catch_unwind(|| {
            let mut kept = begun(state.path(), false);
            for press in KeyPress::parse_all("5").unwrap() {
                let _ = kept.update(Event::Key(press));
            }
            panic!("a defect");
        });
        assert!(broke.is_err());
        assert_eq!(load(state.path()).page.as_deref(), Some("plan"));
        let kept = begun(state.path(), false);
        assert_eq!(kept.memory().page.as_deref(), Some("plan"));
    }

    #[test]
    fn who_only_looks_writes_nothing() {
        let state = tempfile::tempdir().unwrap();
        drop(begun(state.path(), true));
        assert!(!Paths::memory(state.path()).exists());
    }
}
