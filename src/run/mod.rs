//! The full-screen interface at work: the terminal, the loop, effects made into tasks.
//! The only room that knows the screen and the world at once.

mod clipboard;
mod effects;
mod export;
mod input;
mod look;
mod loops;
mod pace;
mod prompt;
mod requests;
mod screen;
mod signals;
mod watch;
mod work;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

pub use screen::Screen;

use crate::app::{App, Size};
use crate::config::keys::KeyMap;
use crate::config::memory::Memory;
use crate::config::paths::Paths;
use crate::config::theme::Theme;
use crate::model::{RegistryId, Timestamp, Typed};
use crate::secret::Secrets;
use crate::store::Store;

/// What the interface starts from.
pub struct Options {
    /// The inventory.
    pub store: Store,
    /// The directory of the state.
    pub state: PathBuf,
    /// The keys.
    pub keys: KeyMap,
    /// How it looks where nothing else was chosen on the screen.
    pub theme: Theme,
    /// Whether the terminal is to have no colours: nothing else can be chosen then.
    pub colourless: bool,
    /// Secrets that were typed in already, kept in memory only.
    pub typed: HashMap<RegistryId, Typed>,
    /// Crawl every active registry without a key.
    pub crawls_at_once: bool,
    /// Draw with ASCII alone.
    pub ascii: bool,
    /// Change nothing, neither a registry nor the state.
    pub read_only: bool,
}

/// Opens the interface and returns when the user leaves it or the system asks it to end.
/// The terminal is given back however it ends.
///
/// # Errors
///
/// Where the terminal cannot be taken over or written to.
pub async fn tui(options: Options) -> color_eyre::Result<()> {
    let signals = signals::Signals::listen()?;
    let screen = Screen::enter()?;
    let size = screen.size()?;
    let size = Size {
        width: size.width,
        height: size.height,
    };
    let mut app = App::new(size, Timestamp::now(), options.keys);
    app.state.world.colourless = options.colourless;
    let memory = Paths::memory(&options.state);
    match Memory::load(&memory) {
        Ok(memory) => app.recall(&memory),
        Err(error) => {
            let path = memory.display();
            tracing::warn!(%error, %path, "what the screen looked like is not known");
        }
    }
    if options.crawls_at_once {
        app.crawl_at_once();
    }
    if !options.read_only {
        app.follow_schedule();
    }
    let look = look::Looks::new(options.theme, options.ascii, options.colourless);
    let watch = watch::Watch::new(options.store.file());
    let (prompt, requested) = prompt::ScreenPrompt::new();
    let secrets = Secrets::new(&options.state, Arc::new(prompt));
    let tasks = effects::Tasks::new(
        options.store,
        secrets,
        requested,
        options.typed,
        options.read_only,
        &watch,
    );
    let remembers = !options.read_only;
    let left = loops::run(app, look, screen, tasks, watch, signals).await;
    let (app, left) = left?;
    // The terminal is the shell's again; what still runs ends behind the prompt.
    if remembers && let Err(error) = app.memory().save(&memory) {
        let path = memory.display();
        tracing::warn!(%error, %path, "what the screen looked like is not kept");
    }
    left.finish().await;
    Ok(())
}
