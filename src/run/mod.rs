//! The full-screen interface at work: the terminal, the loop, effects made into tasks.
//! The only room that knows the screen and the world at once.

mod clipboard;
mod effects;
mod export;
mod input;
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
use crate::config::theme::Theme;
use crate::model::{RegistryId, Timestamp, Typed};
use crate::secret::Secrets;
use crate::store::Store;
use crate::ui;

/// What the interface starts from.
pub struct Options {
    /// The inventory.
    pub store: Store,
    /// The directory of the state.
    pub state: PathBuf,
    /// The keys.
    pub keys: KeyMap,
    /// How it looks.
    pub theme: Theme,
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
    if options.crawls_at_once {
        app.crawl_at_once();
    }
    if !options.read_only {
        app.follow_schedule();
    }
    let theme = ui::Theme::new(options.theme, options.ascii);
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
    let left = loops::run(app, &theme, screen, tasks, watch, signals).await?;
    // The terminal is the shell's again; what still runs ends behind the prompt.
    left.finish().await;
    Ok(())
}
