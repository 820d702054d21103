//! What to do about a failure, where nothing more telling is known than the step that
//! failed and how.

use crate::model::{Class, Stage};

/// The next step where a manifest is missing that was asked for by its digest: what names
/// it names others as well, which are there.
pub(super) const LOST_CHILD: &str =
    "crawl again; if this stays, the registry has lost it: push the image again, all platforms";

/// The next step; `None` where the failure says it all.
pub(super) fn advice(stage: Stage, class: Class) -> Option<&'static str> {
    Some(match (stage, class) {
        (Stage::Catalogue, Class::Missing) => {
            "this registry does not list its repositories, or the address lacks its base path: \
             check the address, or name the repositories to load"
        }
        (Stage::Tags, Class::Missing) => {
            "it was listed a moment ago: crawl again; if this stays, the registry still lists the \
             name of a repository that was emptied or deleted"
        }
        (Stage::Manifest, Class::Missing) => {
            "the tag was listed a moment ago: crawl again; if this stays, the tag is broken: push \
             it again"
        }
        (Stage::Configuration, Class::Missing) => {
            "the image is damaged in the registry: push it again"
        }
        (Stage::Ping | Stage::Catalogue, Class::Protocol) => {
            "check that the address is a registry's own, with its port and base path"
        }
        (Stage::Tags, Class::Protocol) => {
            "something between here and the registry may have answered: check the address and the \
             proxy, then crawl again"
        }
        (Stage::Manifest | Stage::Configuration, Class::Protocol) => {
            "what is stored under this name is none of the known forms, or a proxy answered in \
             its place: look at it with the tool that pushed it"
        }
        (_, Class::Unproven) => {
            "crawl again; if this stays, ask whoever runs the registry or a proxy before it"
        }
        (_, Class::Digest) => {
            "what was sent is not what was stored: crawl again; if this stays, the registry's \
             storage or a cache before it is damaged"
        }
        (_, Class::TooLarge) => "no registry sends so much here: check what answers at the address",
        (_, Class::Protocol) => "check that the address is a registry's own",
        _ => return None,
    })
}
