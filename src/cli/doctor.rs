//! `doctor`: whether the inventory is sound, and what this host offers. Without `--repair`
//! it only looks and says.

mod host;
mod inventory;

use std::io::{IsTerminal as _, Write as _};

use super::args::{DoctorArgs, TextFormat};
use super::context::{Context, terminal_is_ascii};
use super::{CliError, Exit};
use crate::config::Preferences;
use crate::export::{Condition, Diagnosis, Examination};
use crate::http::{TrustStore, environment_proxies};
use crate::model::Timestamp;
use crate::store::{Access, Store, StoreError};

pub(super) async fn run(context: &Context, args: DoctorArgs) -> Result<Exit, CliError> {
    let paths = context.paths()?;
    let reads_only = context.access() == Access::ReadOnly;
    if args.repair && reads_only {
        let what = "a repair of the inventory";
        return Err(StoreError::ReadOnly { what }.into());
    }
    let now = Timestamp::now();
    // A part of a second is of no use to anybody.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let variable = |name: &str| std::env::var(name).ok();
    let mut found = vec![host::state(&host::StateFacts::of(&paths.state))];
    let inventory = if args.repair {
        inventory::repair(Store::repair(&paths.state, now), &paths.state)
    } else {
        inventory::checkup(Store::checkup(&paths.state), &paths.state)
    };
    let is_sound = is_sound(&inventory);
    found.extend(inventory);
    let problem = Preferences::load(&paths.config_file).err();
    found.push(host::configuration(
        &paths.config_file,
        problem.map(|error| error.to_string()),
    ));
    let is_ascii = terminal_is_ascii(variable);
    found.push(host::terminal(variable, terminal_size(), is_ascii));
    // A store is tried by writing to it.
    let offers = if reads_only {
        None
    } else {
        Some(context.secrets()?.offers().await)
    };
    found.extend(host::secrets(offers.as_deref()));
    found.push(host::trust(&TrustStore::of_this_host()));
    found.push(host::proxy(environment_proxies(variable)));
    // An inventory that cannot be read was waited for once.
    let latest = is_sound.then(|| latest_crawl(context)).flatten();
    found.push(host::clock(now, latest));
    let examination = Examination::new(found);
    print(&examination, args.format)?;
    Ok(match (is_sound, examination.is_ok()) {
        (false, _) => Exit::State,
        (true, false) => Exit::Failures,
        (true, true) => Exit::Done,
    })
}

fn is_sound(inventory: &[Diagnosis]) -> bool {
    let mut conditions = inventory.iter().map(Diagnosis::condition);
    conditions.all(|condition| condition < Condition::Trouble)
}

/// When the latest crawl began, as far as the inventory says.
fn latest_crawl(context: &Context) -> Option<Timestamp> {
    let store = Store::open_existing(&context.paths().ok()?.state, Access::ReadOnly).ok()?;
    let rows = store.registries().ok()?;
    let crawls = rows.iter().filter_map(|row| row.last_crawl.as_ref());
    crawls.map(|crawl| crawl.started).max()
}

/// Columns and rows of the terminal that results go to.
fn terminal_size() -> Option<(u16, u16)> {
    let out = std::io::stdout();
    if !out.is_terminal() {
        return None;
    }
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(out).ok()?;
        Some((size.ws_col, size.ws_row))
    }
    #[cfg(not(unix))]
    None
}

fn print(examination: &Examination, format: TextFormat) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match format {
        TextFormat::Text => out.write_all(examination.sentences().as_bytes())?,
        TextFormat::Json => {
            serde_json::to_writer(&mut out, examination)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()
}
