//! What is said of a crawl.

use crate::app::Imported;
use crate::app::document::Tone;
use crate::app::words::{cause, count, counted, gist};
use crate::app::world::World;
use crate::config::keys::Command;
use crate::model::{CrawlRecord, Failure, Outcome, RegistryId, RegistryName, Summary, Trouble};

/// Says how a crawl ended.
pub(in crate::app) fn say_crawled(
    world: &mut World,
    registry: RegistryId,
    summary: &Summary,
    record: &CrawlRecord,
) {
    let name = world.name_of(registry);
    let changes = format!(
        "{} new, {} gone, {} moved",
        count(record.new),
        count(record.gone),
        count(record.moved)
    );
    let key = world.key_of(Command::Failures);
    let failures = counted(summary.progress.failures, "failure", "failures");
    let (tone, text) = match summary.outcome {
        Outcome::Complete => (Tone::Good, format!("{name}: complete, {changes}")),
        Outcome::Partial => (
            Tone::Warn,
            format!("{name}: partial, {failures} ({key} lists them), {changes}"),
        ),
        Outcome::Cancelled => (Tone::Warn, format!("{name}: cancelled, {changes}")),
        Outcome::Failed => {
            let why = summary.failures.first();
            let why = why.map_or_else(String::new, |failure| gist(&failure.message));
            (Tone::Bad, format!("{name}: crawl failed: {why}"))
        }
    };
    let hint = match summary.outcome {
        Outcome::Failed => summary.failures.first().and_then(|f| f.hint.clone()),
        _ => None,
    };
    world.say(tone, text);
    if let Some(notice) = &mut world.notice {
        notice.hint = hint;
    }
}

/// Says why a crawl did not begin.
pub(in crate::app) fn say_refused(world: &mut World, registry: RegistryId, failure: &Failure) {
    let name = world.name_of(registry);
    world.say_trouble(&Trouble {
        message: format!("{name}: not started: {}", cause(failure)),
        hint: failure.hint.clone(),
    });
}

/// Says what came of an import.
pub(in crate::app) fn say_imported(world: &mut World, imported: &Imported) {
    let of = |names: &[RegistryName]| {
        let count = u64::try_from(names.len()).unwrap_or(u64::MAX);
        counted(count, "registry", "registries")
    };
    let (added, changed) = (&imported.added[..], &imported.changed[..]);
    let mut text = match (added, changed) {
        ([], []) => "everything in the file is so already".to_owned(),
        (added, []) => format!("{} added", of(added)),
        ([], changed) => format!("{} changed", of(changed)),
        (added, changed) => format!("{} added, {} changed", of(added), of(changed)),
    };
    if imported.lack_secrets > 0 {
        let key = world.key_of(Command::Edit);
        let count = imported.lack_secrets;
        text.push_str(&format!(
            "; passwords are not in the file: {key} puts them in for {count}"
        ));
    } else if !added.is_empty() {
        let key = world.key_of(Command::CrawlAll);
        text.push_str(&format!("; {key} crawls all"));
    }
    world.say(Tone::Good, text);
}
