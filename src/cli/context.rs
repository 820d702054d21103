//! What every command starts from: places, access, runtime.

use std::io::IsTerminal;
use std::path::PathBuf;

use super::args::{Global, RowFormat};
use super::ask::Terminal;
use super::{CliError, Exit, log};
use crate::config::Preferences;
use crate::config::paths::Paths;
use crate::config::theme::Theme;
use crate::export::Format;
use crate::job;
use crate::model::{Answer, Cancel, HostTrouble, Question, RegistryId, RegistryRow, Typed};
use crate::run;
use crate::secret::Secrets;
use crate::store::{Access, Store};

/// The global flags, and what follows from them.
#[derive(Clone, Debug)]
pub(super) struct Context {
    global: Global,
}

impl Context {
    pub(super) fn new(global: Global) -> Self {
        Self { global }
    }

    pub(super) fn verbose(&self) -> u8 {
        self.global.verbose
    }

    /// Whether nothing is said where all is well.
    pub(super) fn is_quiet(&self) -> bool {
        self.global.quiet
    }

    /// Whether colours may be used on standard error.
    pub(super) fn is_plain(&self) -> bool {
        self.global.no_color
            || std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty())
            || terminal_is_colourless(|name| std::env::var(name).ok())
    }

    pub(super) fn paths(&self) -> Result<Paths, CliError> {
        Paths::find(self.global.state.as_deref(), self.global.config.as_deref()).map_err(|error| {
            CliError::usage(error.to_string()).with_hint(
                "say where state lives with `--state DIR`, or set `HOME` to an absolute path",
            )
        })
    }

    pub(super) fn access(&self) -> Access {
        if self.global.read_only {
            Access::ReadOnly
        } else {
            Access::ReadWrite
        }
    }

    /// The inventory, made where there is none: for what puts something into it.
    pub(super) fn store(&self) -> Result<Store, CliError> {
        Ok(Store::open(&self.paths()?.state, self.access())?)
    }

    /// The inventory for what crawls: it keeps as much of the past as the configuration says.
    pub(super) fn crawled_store(&self) -> Result<Store, CliError> {
        let history = self.preferences(&self.paths()?)?.history;
        Ok(self.existing_store()?.keeping(history))
    }

    fn preferences(&self, paths: &Paths) -> Result<Preferences, CliError> {
        let loaded = match &self.global.config {
            Some(named) => Preferences::load_named(named),
            None => Preferences::load(&paths.config_file),
        };
        loaded.map_err(|error| CliError::usage(error.to_string()))
    }

    /// Whether the configuration can be used, for commands that need nothing of it: who names
    /// a file, or has written one, is told of what is wrong in it by whatever is run first.
    pub(super) fn understands_configuration(&self) -> Result<(), CliError> {
        match (&self.global.config, self.paths()) {
            (None, Err(_)) => Ok(()),
            (Some(named), Err(_)) => Preferences::load_named(named)
                .map(drop)
                .map_err(|error| CliError::usage(error.to_string())),
            (_, Ok(paths)) => self.preferences(&paths).map(drop),
        }
    }

    /// Whether the user named the configuration file.
    pub(super) fn names_configuration(&self) -> bool {
        self.global.config.is_some()
    }

    /// The inventory as far as there is one: for what reads, or changes what is there.
    pub(super) fn existing_store(&self) -> Result<Store, CliError> {
        Ok(Store::open_existing(&self.paths()?.state, self.access())?)
    }

    /// Where passwords are; the person at the terminal is asked for what is missing.
    pub(super) fn secrets(&self) -> Result<Secrets, CliError> {
        self.secrets_by(Terminal::bare())
    }

    /// The same, asked for in this way.
    pub(super) fn secrets_by(&self, terminal: Terminal) -> Result<Secrets, CliError> {
        let state = self.paths()?.state;
        Ok(Secrets::new(&state, std::sync::Arc::new(terminal)))
    }

    pub(super) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
        room_for_files()
            .and_then(|()| {
                tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .max_blocking_threads(16)
                    .enable_all()
                    .build()
            })
            .map_err(|error| {
                let trouble = HostTrouble::of(&error);
                let failed = CliError::new(
                    Exit::Failures,
                    format!("the system does not grant what is needed to begin: {error}"),
                );
                if trouble.is_out_of_files() {
                    return failed.with_hint(trouble.hint());
                }
                failed
            })
    }

    /// A table for people, NDJSON for programs, unless one is asked for.
    pub(super) fn format(asked: Option<RowFormat>) -> Format {
        match asked {
            Some(format) => format.into(),
            None if std::io::stdout().is_terminal() => Format::Table,
            None => Format::Ndjson,
        }
    }

    /// The registries of these names, all of them where none is given.
    pub(super) fn registries(
        store: &Store,
        names: &[String],
    ) -> Result<Vec<RegistryRow>, CliError> {
        if names.is_empty() {
            let all = job::answer(store, &Question::Registries, &Cancel::default())?;
            return Ok(all.into_registries());
        }
        let mut rows = Vec::new();
        for name in names {
            let row = store.registry(name)?;
            if rows.iter().all(|other: &RegistryRow| other.id != row.id) {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// Asks the inventory, away from the threads that must not block.
    pub(super) async fn ask(store: &Store, question: Question) -> Result<Answer, CliError> {
        let store = store.clone();
        let answer = job::blocking(move || job::answer(&store, &question, &Cancel::default()));
        Ok(answer.await?)
    }

    /// The full-screen interface.
    pub(super) async fn tui(&self, record: Option<PathBuf>) -> Result<Exit, CliError> {
        needs_terminal()?;
        let paths = self.paths()?;
        let store = Store::open(&paths.state, self.access())?;
        let writes = self.access() == Access::ReadWrite;
        let _log = writes.then(|| log::to_file(&paths.logs, self.global.verbose));
        let typed = std::collections::HashMap::new();
        let wants_demo = Box::pin(self.open(store, &paths, typed, None, record)).await?;
        if wants_demo {
            // What is recorded is this screen alone.
            return Box::pin(self.demo(None)).await;
        }
        Ok(Exit::Done)
    }

    /// The full-screen interface on simulated registries and a throw-away state.
    pub(super) async fn demo(&self, record: Option<PathBuf>) -> Result<Exit, CliError> {
        needs_terminal()?;
        let failed = |what: &str, error: std::io::Error| {
            CliError::new(
                Exit::Failures,
                format!("the demonstration has no {what}: {error}"),
            )
        };
        // Removed, with all that is in it, when this ends.
        let state = tempfile::Builder::new()
            .prefix("supercargo-demo-")
            .tempdir()
            .map_err(|error| failed("state directory", error))?;
        let paths = Paths::find(Some(state.path()), self.global.config.as_deref())
            .map_err(|error| CliError::usage(error.to_string()))?;
        let store = Store::open(&paths.state, Access::ReadWrite)?;
        let registries = crate::simulator::demo::start()
            .await
            .map_err(|error| failed("registries", error))?;
        let mut typed = std::collections::HashMap::new();
        for registry in &registries {
            let (spec, password) = demo_spec(registry)?;
            let id = store.add_registry(&spec)?;
            typed.insert(id, password.into());
        }
        Box::pin(self.open(store, &paths, typed, Some(DEMONSTRATION), record)).await?;
        Ok(Exit::Done)
    }

    /// Opens the interface; says whether the demonstration is wanted next.
    async fn open(
        &self,
        store: Store,
        paths: &Paths,
        typed: std::collections::HashMap<RegistryId, Typed>,
        demonstration: Option<&'static str>,
        record: Option<PathBuf>,
    ) -> Result<bool, CliError> {
        let preferences = self.preferences(paths)?;
        let store = store.keeping(preferences.history);
        let chosen = if self.is_plain() {
            None
        } else {
            preferences.theme
        };
        let theme = match chosen {
            Some(theme) => theme,
            None => Theme::named(if self.is_plain() { "mono" } else { "dark" })
                .map_err(|error| CliError::usage(error.to_string()))?,
        };
        let options = run::Options {
            store,
            state: paths.state.clone(),
            keys: preferences.keys,
            keys_text: preferences.keys_text,
            record,
            theme,
            colourless: self.is_plain(),
            typed,
            crawls_at_once: demonstration.is_some() && self.access() == Access::ReadWrite,
            greeting: demonstration.unwrap_or_default(),
            mouse: preferences.mouse,
            ascii: terminal_is_ascii(|name| std::env::var(name).ok()),
            read_only: self.access() == Access::ReadOnly,
        };
        let ended = Box::pin(run::tui(options)).await.map_err(|report| {
            CliError::new(
                Exit::Failures,
                format!("the interface ended early: {report:#}"),
            )
        })?;
        if let Some(by) = ended.by {
            super::say(format_args!("{by}; what was read is kept"));
        }
        Ok(ended.wants_demo)
    }
}

/// What is said of what one is looking at when the demonstration begins.
const DEMONSTRATION: &str =
    "demonstration: simulated registries, crawled as you look; gone when you quit";

/// Files that the runtime opens before anything else. Where it is not given them, it
/// breaks off instead of saying so.
#[cfg(unix)]
const FILES: usize = 8;

/// Whether as many files can be opened as it takes to begin.
fn room_for_files() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let opened = (0..FILES).map(|_| std::fs::File::open("/dev/null"));
        opened.collect::<std::io::Result<Vec<_>>>()?;
    }
    Ok(())
}

/// Whether the terminal is of the time before colours: a dumb one, or DEC's of the VT series.
pub(super) fn terminal_is_colourless(env: impl Fn(&str) -> Option<String>) -> bool {
    env("TERM").is_some_and(|term| term == "dumb" || is_vt(&term))
}

/// Whether a terminal is one of DEC's VT series, or says that it is like one.
fn is_vt(term: &str) -> bool {
    let digits = term.strip_prefix("vt").and_then(|rest| rest.chars().next());
    digits.is_some_and(|first| first.is_ascii_digit())
}

/// Whether the terminal has ASCII alone: the Linux console, a dumb one, a VT100 and its like, a
/// locale that is not UTF-8. The first locale variable that is set counts (POSIX, "Locale").
pub(super) fn terminal_is_ascii(env: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &&str| env(name).filter(|value| !value.is_empty());
    if set(&"TERM").is_some_and(|term| term == "linux" || term == "dumb" || is_vt(&term)) {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        !(locale.contains("utf-8") || locale.contains("utf8"))
    })
}

fn needs_terminal() -> Result<(), CliError> {
    if std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
        return Ok(());
    }
    Err(
        CliError::usage("the full-screen interface needs a terminal, and this is none").with_hint(
            "use a command such as `supercargo images` here; `supercargo --help` lists them",
        ),
    )
}

fn demo_spec(
    registry: &crate::simulator::demo::DemoRegistry,
) -> Result<(crate::model::RegistrySpec, Option<crate::model::Secret>), CliError> {
    use crate::model::{PasswordSource, RegistrySpec};

    let wrong = |error: String| CliError::new(Exit::Failures, error);
    let name = registry
        .name
        .parse()
        .map_err(|e: crate::model::NameError| wrong(e.to_string()))?;
    let endpoint = registry
        .simulator
        .address()
        .parse()
        .map_err(|e: crate::model::EndpointError| wrong(e.to_string()))?;
    let mut spec = RegistrySpec::new(name, endpoint);
    spec.username.clone_from(&registry.username);
    if registry.password.is_some() {
        spec.password = PasswordSource::Session;
    }
    Ok((spec, registry.password.clone()))
}

#[cfg(test)]
mod tests {
    use super::{terminal_is_ascii, terminal_is_colourless};

    #[test]
    fn old_terminals_get_no_colours() {
        for (term, wanted) in [
            (Some("vt100"), true),
            (Some("vt220"), true),
            (Some("dumb"), true),
            (Some("vte-256color"), false),
            (Some("linux"), false),
            (Some("xterm"), false),
            (None, false),
        ] {
            let told = |name: &str| term.filter(|_| name == "TERM").map(str::to_owned);
            assert_eq!(terminal_is_colourless(told), wanted, "{term:?}");
        }
    }

    #[test]
    fn poor_terminals_get_ascii() {
        let ask = |pairs: &[(&str, &str)]| {
            terminal_is_ascii(|name| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(!ask(&[]));
        assert!(!ask(&[("TERM", "xterm-256color"), ("LANG", "de_DE.UTF-8")]));
        assert!(ask(&[("TERM", "linux"), ("LANG", "de_DE.UTF-8")]));
        assert!(ask(&[("TERM", "vt100"), ("LANG", "C.UTF-8")]));
        assert!(!ask(&[("TERM", "vte-256color")]));
        assert!(ask(&[("LANG", "C")]));
        assert!(ask(&[("LC_ALL", "POSIX"), ("LANG", "de_DE.UTF-8")]));
        assert!(!ask(&[("LC_ALL", ""), ("LANG", "C.utf8")]));
    }
}
