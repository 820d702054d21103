//! Why a command printed nothing: one vocabulary for all of them, on standard error.

use crate::model::{RegistryRow, Timestamp};
use crate::query::{self, Standing};

/// There is nothing to look at.
pub(super) const NO_REGISTRY: &str = "no registry yet: `supercargo registry add NAME URL` adds one";

/// What a command looked for, and of how much.
pub(super) struct Looked<'a> {
    /// The registries it looked at.
    pub(super) registries: &'a [RegistryRow],
    /// What it looked for, in the plural: `images`.
    pub(super) what: &'a str,
    /// How many of these there are in a registry; `None` where that is not told.
    pub(super) count: fn(&RegistryRow) -> Option<u64>,
    /// Whether something was asked for that there may be none of.
    pub(super) is_narrowed: bool,
}

/// Says on standard error why nothing was printed.
pub(super) fn say(looked: &Looked<'_>) {
    lines(looked, Timestamp::now()).iter().for_each(super::say);
}

/// Says on standard error which registries may hold more than was printed: nothing is known
/// of them.
pub(super) fn say_unknown(registries: &[RegistryRow]) {
    let now = Timestamp::now();
    let unknown = registries.iter().filter_map(|row| unknown(row, now));
    unknown.for_each(super::say);
}

fn lines(looked: &Looked<'_>, now: Timestamp) -> Vec<String> {
    if looked.registries.is_empty() {
        return vec![NO_REGISTRY.to_owned()];
    }
    let mut lines = Vec::new();
    let (mut names, mut total) = (Vec::new(), Some(0));
    for row in looked.registries {
        if let Some(line) = why(row, now) {
            lines.push(line);
        } else {
            names.push(row.spec.name.as_str());
            total = total.zip((looked.count)(row)).map(|(sum, one)| sum + one);
        }
    }
    if !names.is_empty() {
        let (names, what) = (names.join(", "), looked.what);
        let line = match (looked.is_narrowed, total) {
            (true, Some(total)) => {
                format!("nothing matches: none of the {total} {what} of {names} is wanted")
            }
            (true, None) => format!("nothing matches among the {what} of {names}"),
            (false, _) => format!("no {what} in {names}"),
        };
        lines.insert(0, line);
    }
    lines
}

/// Why nothing is known of a registry; `None` where something is, if only that it is empty.
pub(super) fn unknown(row: &RegistryRow, now: Timestamp) -> Option<String> {
    let is_empty = matches!(
        query::standing(row, now),
        Standing::Empty | Standing::Complete | Standing::Stale
    );
    why(row, now).filter(|_| !is_empty)
}

/// Why there is nothing of a registry; `None` where there is something.
fn why(row: &RegistryRow, now: Timestamp) -> Option<String> {
    let name = &row.spec.name;
    if row.repositories > 0 {
        return None;
    }
    let standing = query::standing(row, now);
    let because = query::reason(row).map_or_else(String::new, |why| format!(": {why}"));
    Some(match standing {
        Standing::NotCrawled => {
            format!("{name}: not crawled yet: `supercargo crawl {name}` fills the inventory")
        }
        Standing::Empty | Standing::Complete | Standing::Stale => {
            format!("{name}: empty: its last crawl found no repository")
        }
        Standing::Partial | Standing::Cancelled | Standing::Failed | Standing::Refused => {
            format!(
                "{name}: {}{because}; `supercargo check {name}` looks at the connection",
                standing.as_str()
            )
        }
    })
}
