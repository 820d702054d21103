//! What is done to registries, repositories and images, whichever page it is asked on.

mod copy;
mod decide;
mod registry;
mod say;

pub(super) use copy::{Named, origin};
pub(super) use decide::{cannot_note, choice, decide};
pub(super) use registry::{
    crawl, crawl_all, form, older_crawl, on_registry, read_only, retry, retry_of, why_not,
};
pub(super) use say::{say_crawled, say_imported, say_refused};
