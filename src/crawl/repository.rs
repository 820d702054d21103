//! One repository: what its listing tells, then what that leaves to be read, then what it
//! lacks.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use futures_util::StreamExt;
use futures_util::stream;

use super::loss::{self, Asked, Lost};
use super::lot::Lots;
use super::{Crawl, listed, lock, names_nothing, tag};
use crate::model::{Class, Digest, Failure, Finding, KnownRepository, RepositoryName, Stage, Tag};
use crate::registry::{Contents, End, Entry, Presence, Told};

/// What the tags of one repository share while they are read.
pub(super) struct Context {
    pub(super) name: RepositoryName,
    pub(super) known: KnownRepository,
    /// Images being read now or read before, so that two tags of one digest read its
    /// configuration once.
    pub(super) images: Mutex<HashMap<crate::model::Digest, tag::Reading>>,
}

/// A repository whose tags were listed, as far as they could be.
pub(super) struct Listing {
    pub(super) name: RepositoryName,
    contents: Contents,
    entries: Vec<Entry>,
    /// Why the list is not whole.
    failure: Option<Failure>,
}

impl Listing {
    fn tags(&self) -> impl Iterator<Item = &Tag> {
        self.entries.iter().flat_map(Entry::tags)
    }
}

/// Lists what a repository holds.
pub(super) async fn list(crawl: &Crawl, name: RepositoryName) -> Listing {
    let mut contents = crawl.registry.contents(&name);
    let (entries, failure) = read_pages(crawl, &name, &mut contents).await;
    crawl.counters.repository_listed();
    let listing = Listing {
        name,
        contents,
        entries,
        failure,
    };
    crawl.counters.found_tags(listing.tags().count());
    listing
}

/// Lists it by V2 where the product's API has turned out not to tell what V2 tells.
async fn checked(crawl: &Crawl, mut listing: Listing, known: &KnownRepository) -> Listing {
    if !listing.contents.is_by_api() {
        return listing;
    }
    let entries = listing.entries.iter();
    let fresh: Vec<(&Tag, &Digest)> = entries
        .filter_map(Entry::image)
        .filter_map(|image| Some((image.tags.first()?, &image.digest)))
        .filter(|(tag, digest)| known.tags.get(*tag) != Some(*digest))
        .take(SAMPLES)
        .collect();
    if !fresh.is_empty() && !crawl.registry.is_costly(&listing.name) {
        crawl
            .agreement
            .get_or_init(|| compare(crawl, &listing.name, &fresh))
            .await;
    }
    if crawl.registry.uses_api() {
        return listing;
    }
    let before = listing.tags().count();
    listing.contents.restart_by_v2();
    let again = read_pages(crawl, &listing.name, &mut listing.contents).await;
    (listing.entries, listing.failure) = again;
    let after = listing.tags().count();
    crawl.counters.found_tags(after.saturating_sub(before));
    listing
}

/// Tags that are asked of V2, to see that the product's API is right: a second one where the
/// first differs, which may have moved meanwhile.
const SAMPLES: usize = 2;

/// Compares what the product's API says of a few tags with V2, and gives the API up where
/// they differ. V2 not telling is no difference.
async fn compare(crawl: &Crawl, name: &RepositoryName, sample: &[(&Tag, &Digest)]) {
    let mut differing = None;
    for (tag, digest) in sample {
        let asked = crawl.registry.named_digest(name, tag);
        match crawl.items.run(asked).await {
            Ok(Some(named)) if named != **digest => differing = Some((tag, digest, named)),
            _ => return,
        }
    }
    if let Some((tag, digest, named)) = differing {
        crawl.registry.give_up_api(&format!(
            "the product's API says that `{name}:{tag}` is `{digest}`, and the registry itself \
             that it is `{named}`: everything is listed by V2 instead"
        ));
    }
}

/// Reads a repository that was listed and says what its list was worth.
pub(super) async fn read(crawl: &Crawl, listing: Listing, known: KnownRepository) {
    let Listing {
        name,
        mut contents,
        entries,
        failure: unlisted,
    } = checked(crawl, listing, &known).await;
    let (tagged, untagged): (Vec<Entry>, Vec<Entry>) = entries
        .into_iter()
        .partition(|entry| !entry.tags().is_empty());
    let context = Context {
        name: name.clone(),
        known,
        images: Mutex::default(),
    };
    let is_whole = read_entries(crawl, &context, &tagged).await;
    let verdict = match unlisted {
        None => {
            crawl.counters.listed();
            let mut tags: Vec<Tag> = tagged
                .iter()
                .flat_map(|entry| entry.tags().iter().cloned())
                .collect();
            let there = lacking(crawl, &context, &mut contents, &tags).await;
            tags.extend(there);
            let images = if is_whole && contents.tells_untagged() {
                if contents.tells_children() && !contents.tells_indexes() {
                    with_unknown(crawl, &context, tagged, untagged).await
                } else {
                    let has_children = contents.tells_children();
                    with_untagged(crawl, &context, tagged, untagged, has_children).await
                }
            } else {
                None
            };
            if let Some(End::Open(open)) = contents.end()
                && open.is_dubious()
            {
                lock(&crawl.open).push(open.clone());
            }
            Finding::Listed {
                repository: name,
                tags,
                images,
            }
        }
        Some(failure) => {
            crawl.counters.failed(&failure);
            Finding::Unlisted {
                repository: name,
                failure,
            }
        }
    };
    crawl.send(vec![verdict]).await;
    crawl.counters.repository_done();
}

/// Reads what entries leave to be read. Returns whether all of them are known now.
async fn read_entries(crawl: &Crawl, context: &Context, entries: &[Entry]) -> bool {
    let is_whole = AtomicBool::new(true);
    let lots = &unread(crawl, context, entries);
    stream::iter(entries)
        .for_each_concurrent(crawl.plan.tags, |entry| async {
            // Boxed before they are handed on: they are large, and each hand would copy them.
            match entry {
                Entry::Tag(tag) => {
                    let read = Box::pin(tag::read(crawl, context, tag));
                    if !crawl.items.run(read).await {
                        is_whole.store(false, Relaxed);
                    }
                }
                Entry::Image(image) => {
                    let read = Box::pin(listed::read(crawl, context, lots, image));
                    if !crawl.items.run(read).await {
                        is_whole.store(false, Relaxed);
                    }
                }
            }
            for _ in entry.tags() {
                crawl.counters.tag_done();
            }
        })
        .await;
    is_whole.into_inner()
}

/// The manifests that are to be read for these entries.
fn unread(crawl: &Crawl, context: &Context, entries: &[Entry]) -> Lots {
    let images = entries.iter().filter_map(Entry::image);
    let unknown = images.filter(|image| {
        matches!(image.told, Told::Nothing) && !context.known.images.contains(&image.digest)
    });
    let unknown = unknown.map(|image| (&context.name, &image.digest));
    Lots::of(crawl, unknown)
}

/// Reads the images that no tag names, and returns all images of the repository; `None` where
/// that cannot be said. What some index lists belongs to that, also where the registry lists
/// it by itself.
async fn with_untagged(
    crawl: &Crawl,
    context: &Context,
    tagged: Vec<Entry>,
    untagged: Vec<Entry>,
    has_children: bool,
) -> Option<Vec<Digest>> {
    let is_index = |entry: &Entry| entry.image().is_some_and(|image| image.is_index);
    let (mut indexes, mut others): (Vec<Entry>, Vec<Entry>) =
        untagged.into_iter().partition(is_index);
    if has_children && !(indexes.is_empty() && others.is_empty()) {
        let mut known = crawl.known.children(context.name.clone()).await?;
        known.extend(told_children(tagged.iter().chain(&indexes)));
        let leave_out = |entries: &mut Vec<Entry>| {
            let read = children(context);
            entries.retain(|entry| {
                let digest = entry.image().map(|image| &image.digest);
                digest.is_some_and(|digest| !known.contains(digest) && !read.contains(digest))
            });
        };
        leave_out(&mut indexes);
        // What an index that cannot be read lists would pass for images of their own.
        if !read_entries(crawl, context, &indexes).await {
            return None;
        }
        leave_out(&mut others);
        read_entries(crawl, context, &others).await;
        // Not every list tells which of them are indexes.
        leave_out(&mut others);
    } else {
        read_entries(crawl, context, &indexes).await;
        read_entries(crawl, context, &others).await;
    }
    let all = tagged.iter().chain(&indexes).chain(&others);
    let digests = all.filter_map(|entry| entry.image().map(|image| image.digest.clone()));
    Some(digests.collect())
}

/// The same of a registry that lists children by themselves, and does not tell which of its
/// entries are indexes. One is read after another, the latest first: an index comes after its
/// children, which are not read by themselves then.
async fn with_unknown(
    crawl: &Crawl,
    context: &Context,
    tagged: Vec<Entry>,
    mut untagged: Vec<Entry>,
) -> Option<Vec<Digest>> {
    let mut belonging = crawl.known.children(context.name.clone()).await?;
    belonging.extend(children(context));
    untagged.sort_by_key(|entry| {
        let pushed = entry.image().and_then(|image| image.facts.pushed);
        std::cmp::Reverse(pushed)
    });
    let mut own = Vec::new();
    for entry in untagged {
        let Some(digest) = entry.image().map(|image| image.digest.clone()) else {
            continue;
        };
        if belonging.contains(&digest) {
            continue;
        }
        // It may be an index, of which the children would pass for images of their own.
        if !read_entries(crawl, context, std::slice::from_ref(&entry)).await {
            return None;
        }
        if let Some((image, _)) = lock(&context.images)
            .get(&digest)
            .and_then(|read| read.get())
        {
            belonging.extend(image.children.iter().map(|child| child.digest.clone()));
        }
        own.push(digest);
    }
    // What was pushed at once with its index may have come before it.
    own.retain(|digest| !belonging.contains(digest));
    let tagged = tagged.iter().filter_map(Entry::image);
    Some(
        tagged
            .map(|image| image.digest.clone())
            .chain(own)
            .collect(),
    )
}

/// What indexes list, as far as their listing tells it.
fn told_children<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<Digest> {
    let told = entries.filter_map(|entry| match &entry.image()?.told {
        Told::Image(image) => Some(&image.children),
        _ => None,
    });
    told.flatten().map(|child| child.digest.clone()).collect()
}

/// What the indexes list that this crawl read.
fn children(context: &Context) -> HashSet<Digest> {
    let read = lock(&context.images);
    let images = read.values().filter_map(|reading| reading.get());
    images
        .flat_map(|(image, _)| image.children.iter().map(|child| child.digest.clone()))
        .collect()
}

/// Everything that could be listed and, where the list is not whole, why.
async fn read_pages(
    crawl: &Crawl,
    name: &RepositoryName,
    contents: &mut Contents,
) -> (Vec<Entry>, Option<Failure>) {
    let mut entries = Vec::new();
    loop {
        match crawl.lists.run(contents.next()).await {
            None => return (entries, None),
            Some(Ok(page)) => {
                for entry in page.dropped.iter().filter(|entry| !names_nothing(entry)) {
                    crawl.fail(no_tag(name, entry)).await;
                }
                entries.extend(page.items);
            }
            Some(Err(failure)) => return (entries, Some(failure)),
        }
    }
}

/// What becomes of the known tags that the list lacks. Returns those that are there.
async fn lacking(
    crawl: &Crawl,
    context: &Context,
    contents: &mut Contents,
    tags: &[Tag],
) -> Vec<Tag> {
    let listed: HashSet<&Tag> = tags.iter().collect();
    let known = &context.known;
    let mut missing: Vec<Tag> = known
        .tags
        .keys()
        .filter(|tag| !listed.contains(tag))
        .cloned()
        .collect();
    if contents.hides_accessories() {
        // They stay, stale: this listing says nothing of them.
        missing.retain(|tag| !tag.is_accessory());
    }
    if missing.is_empty() {
        return missing;
    }
    missing.sort();
    let lost = |tags: Vec<Tag>, by_list: bool| {
        let lost = tags.into_iter().map(|tag| Lost {
            was_stale: known.stale.contains(&tag),
            thing: tag,
            by_list,
        });
        crawl.losses.of_tags(&context.name, lost.collect());
    };
    if contents.shows_gone().await {
        lost(missing, true);
        return Vec::new();
    }
    let verdict = loss::judge(missing, crawl.plan.tags, |tag| async move {
        let asked = crawl.registry.tag_presence(&context.name, &tag);
        match crawl.items.run(asked).await {
            Ok(Presence::There(manifest)) => {
                tag::found(crawl, context, &tag, manifest).await;
                Asked::There
            }
            Ok(Presence::Gone) => Asked::Gone,
            Ok(Presence::Unknown) => Asked::Unknown,
            Err(failure) => {
                crawl.fail(failure).await;
                Asked::Unknown
            }
        }
    })
    .await;
    if verdict.is_cut() {
        contents.was_cut();
        let failure = cut(&context.name, &verdict.there, verdict.unknown.len());
        crawl.cut(failure).await;
    }
    lost(verdict.gone, false);
    verdict.there
}

fn no_tag(name: &RepositoryName, entry: &str) -> Failure {
    Failure::new(
        Stage::Tags,
        Class::Protocol,
        format!("the list of tags holds `{entry}`, which is no tag; it was passed over"),
    )
    .in_repository(name)
    .with_hint("ask the registry's administrator what it is; nothing can be read by that name")
}

fn cut(name: &RepositoryName, there: &[Tag], unknown: usize) -> Failure {
    let one = there.first().map(ToString::to_string).unwrap_or_default();
    Failure::new(
        Stage::Tags,
        Class::Unproven,
        format!(
            "the list of tags lacks {} known ones, and `{one}` is there all the same: the list is \
             cut short, and there may be more that nobody knows",
            there.len() + unknown
        ),
    )
    .in_repository(name)
    .with_hint(
        "set another `page-size`, or ask whoever runs the registry or a proxy before it why it \
         cuts lists",
    )
}
