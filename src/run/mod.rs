//! The full-screen interface at work: the terminal, the loop, effects made into tasks.
//! The only room that knows the screen and the world at once.

mod clipboard;
mod complete;
mod effects;
mod export;
mod import;
mod input;
mod look;
mod loops;
mod memory;
mod pace;
mod prompt;
mod record;
mod requests;
mod screen;
mod signals;
mod viewer;
mod watch;
mod work;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use color_eyre::eyre::WrapErr;
pub use screen::Screen;

use crate::app::Size;
use crate::app::record::Begun;
use crate::config::keys::KeyMap;
use crate::config::theme::Theme;
use crate::model::{RegistryId, TimeZone, Timestamp, Typed};
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
    /// The user's file that they come from, where there is one.
    pub keys_text: Option<String>,
    /// How it looks where nothing else was chosen on the screen.
    pub theme: Theme,
    /// Whether the terminal is to have no colours: nothing else can be chosen then.
    pub colourless: bool,
    /// Secrets that were typed in already, kept in memory only.
    pub typed: HashMap<RegistryId, Typed>,
    /// Crawl every active registry without a key.
    pub crawls_at_once: bool,
    /// What is said at the bottom until the first key; nothing where it is empty.
    pub greeting: &'static str,
    /// Whether the terminal is to report what a pointing device does.
    pub mouse: bool,
    /// Draw with ASCII alone.
    pub ascii: bool,
    /// Write down what happens into this new file.
    pub record: Option<PathBuf>,
    /// Change nothing, neither a registry nor the state.
    pub read_only: bool,
}

/// Who ended the interface, where that was not the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// A signal of this name.
    Signal(&'static str),
    /// The terminal, which is gone.
    Terminal,
}

impl std::fmt::Display for EndedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Signal(name) => write!(f, "supercargo was ended by {name}"),
            Self::Terminal => f.write_str("supercargo ended: its terminal is gone"),
        }
    }
}

/// How the interface was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Who ended it, where that was not the user.
    pub by: Option<EndedBy>,
    /// Whether the demonstration is to begin.
    pub wants_demo: bool,
}

/// Opens the interface and returns when the user leaves it or the system asks it to end.
/// The terminal is given back however it ends.
///
/// # Errors
///
/// Where the terminal cannot be taken over or written to.
pub async fn tui(options: Options) -> color_eyre::Result<End> {
    let signals = signals::Signals::listen()?;
    let screen = Screen::enter(options.mouse)?;
    let size = screen.size()?;
    let size = Size {
        width: size.width,
        height: size.height,
    };
    let begun = Begun {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        width: size.width,
        height: size.height,
        now: Timestamp::now(),
        keys: options.keys_text,
        memory: memory::load(&options.state),
        colourless: options.colourless,
        crawls_at_once: options.crawls_at_once,
        read_only: options.read_only,
    };
    let record = match &options.record {
        Some(path) => {
            let begun = record::Record::begin(path, &begun);
            let failed = || format!("the record {} cannot be written", path.display());
            Some(begun.wrap_err_with(failed)?)
        }
        None => None,
    };
    let mut app = begun.app(options.keys);
    app.state.world.clock.zone = TimeZone::system();
    app.state.world.greeting = options.greeting;
    let app = memory::Remembered::new(app, begun.memory, &options.state, options.read_only);
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
    let left = loops::run(app, look, screen, tasks, watch, signals, record).await?;
    // The terminal is the shell's again; what still runs ends behind the prompt.
    left.tasks.finish().await;
    Ok(End {
        by: left.ended_by,
        wants_demo: left.wants_demo,
    })
}
