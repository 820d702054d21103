//! What is said where the registry counts what is read, and it is enough for now.

use crate::model::{Class, Failure, Stage};
use crate::registry::Spent;

/// The one failure of all that was not read. `count` is how many manifests that are.
pub(super) fn unread(count: u64, spent: Option<Spent>) -> Failure {
    let what = if count == 1 {
        "1 manifest is unread".to_owned()
    } else {
        format!("{count} manifests are unread")
    };
    let why = spent.map_or_else(String::new, |spent| {
        format!(
            ": of {} that may be read in a while, {} are left, which are left alone; it can go \
             on at {}",
            spent.limit,
            spent.remaining,
            spent.resume_at.strftime("%Y-%m-%d %H:%M UTC")
        )
    });
    Failure::new(
        Stage::Manifest,
        Class::Quota,
        format!("{what}, because the registry counts them{why}"),
    )
    .with_hint(
        "crawl again then: what was read is not read again; `crawl --due` and the open interface \
         do it by themselves. A sign-in or another plan may have a larger quota",
    )
}
