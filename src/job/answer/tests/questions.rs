//! Questions over two small registries, each answer compared with what was put in.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::*;
use crate::model::{
    Blobs, Change, Child, ConfigKey, Contents, Difference, Digest, Finding, Hit, Image,
    ImageSelection, IndexFacts, Kind, Layer, Level, MediaType, NameMap, Outcome, Past, Platform,
    Progress, RegistrySpec, Search, Summary, Tag, Timestamp, UsageBy, What,
};
use crate::store::Access;

struct Site {
    _folder: tempfile::TempDir,
    store: Store,
    clock: i64,
}

fn digest(n: u16) -> Digest {
    Digest::sha256(&n.to_be_bytes())
}

fn layer(n: u16) -> Layer {
    Layer {
        digest: digest(n),
        size: u64::from(n),
    }
}

/// An image with this configuration, of 7 bytes, and these layers.
fn image(repository: &str, n: u16, config: u16, layers: &[u16]) -> Finding {
    let layers: Vec<Layer> = layers.iter().map(|n| layer(*n)).collect();
    let mut image = Image::new(Kind::Image, MediaType::OciManifest);
    image.size = Some(7 + layers.iter().map(|layer| layer.size).sum::<u64>());
    image.level = Level::Whole;
    Finding::Image {
        repository: repository.parse().unwrap(),
        digest: digest(n),
        image: Box::new(image),
        blobs: Blobs {
            config: Some(ConfigKey::of(&digest(config))),
            layers,
        },
    }
}

fn index(repository: &str, n: u16, children: &[(u16, &str)]) -> Finding {
    let mut image = Image::new(Kind::Index, MediaType::OciIndex);
    for (n, platform) in children {
        image.children.push(Child {
            digest: digest(*n),
            platform: platform.parse::<Platform>().ok(),
            accessory: false,
            is_index: false,
            size: None,
        });
    }
    Finding::Image {
        repository: repository.parse().unwrap(),
        digest: digest(n),
        image: Box::new(image),
        blobs: Blobs::default(),
    }
}

fn tag(repository: &str, tag: &str, n: u16) -> Finding {
    Finding::Tag {
        repository: repository.parse().unwrap(),
        tag: tag.parse().unwrap(),
        digest: digest(n),
    }
}

fn listed(repository: &str, tags: &[&str]) -> Finding {
    Finding::Listed {
        repository: repository.parse().unwrap(),
        tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
        images: None,
    }
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        Self {
            _folder: folder,
            store,
            clock: 1_790_000_000,
        }
    }

    fn registry(&self, name: &str) -> RegistryId {
        let address = format!("https://{name}.example").parse().unwrap();
        let spec = RegistrySpec::new(name.parse().unwrap(), address);
        self.store.add_registry(&spec).unwrap()
    }

    /// A crawl, a minute after the one before, of whatever registry that was.
    fn crawl(&mut self, id: RegistryId, findings: &[Finding]) -> Timestamp {
        self.clock += 60;
        let at = Timestamp::from_second(self.clock).unwrap();
        let name = "any".parse().unwrap();
        let mut writer = self.store.begin_crawl(id, &name, at).unwrap();
        writer.write(findings).unwrap();
        let summary = Summary {
            outcome: Outcome::Complete,
            progress: Progress::default(),
            failures: Vec::new(),
            elapsed: Duration::ZERO,
            memory: None,
            cut: false,
            opened: None,
            notes: Vec::new(),
            resume_at: None,
        };
        writer.finish(&summary).unwrap();
        at
    }

    fn ask(&self, question: &Question) -> Answer {
        answer(&self.store, question, &Cancel::default()).unwrap()
    }

    /// All pages, each with `enough` hits.
    fn search(&self, registries: &[RegistryId], text: &str, enough: usize) -> Vec<Hit> {
        let (mut hits, mut after) = (Vec::new(), None);
        loop {
            let question = Question::Search {
                registries: registries.to_vec(),
                search: Box::new(Search::new(text).unwrap()),
                after,
                enough,
            };
            let Answer::Search(page) = self.ask(&question) else {
                panic!("no hits")
            };
            hits.extend(page.rows);
            after = page.next;
            if after.is_none() {
                return hits;
            }
        }
    }

    fn changes(
        &self,
        registries: &[RegistryId],
        past: Past,
        matching: (Option<&str>, Option<&str>),
        enough: usize,
    ) -> Vec<Change> {
        self.changes_in_order(registries, past, matching, enough, false)
    }

    fn changes_in_order(
        &self,
        registries: &[RegistryId],
        past: Past,
        (repository, tag): (Option<&str>, Option<&str>),
        enough: usize,
        newest_first: bool,
    ) -> Vec<Change> {
        let (mut changes, mut after) = (Vec::new(), None);
        loop {
            let question = Question::Changes {
                registries: registries.to_vec(),
                past,
                newest_first,
                repository: repository.map(|glob| glob.parse().unwrap()),
                tag: tag.map(|glob| glob.parse().unwrap()),
                after,
                enough,
            };
            let Answer::Changes(page) = self.ask(&question) else {
                panic!("no changes")
            };
            changes.extend(page.rows);
            after = page.next;
            if after.is_none() {
                return changes;
            }
        }
    }
}

fn shown(hits: &[Hit]) -> Vec<String> {
    let shown = |hit: &Hit| {
        let tag = hit.tag.as_ref().map_or("", Tag::as_str);
        let by = hit.matched.as_str();
        format!("{} {}:{tag} by {by}", hit.registry.0, hit.repository)
    };
    hits.iter().map(shown).collect()
}

#[test]
fn a_search_goes_over_all_registries_and_pages_lose_nothing() {
    let mut site = Site::new();
    let (one, two) = (site.registry("one"), site.registry("two"));
    for id in [one, two] {
        let mut findings = Vec::new();
        for name in ["lib/redis", "team/api", "team/web"] {
            findings.push(image(name, 1, 100, &[10]));
            findings.push(index(name, 2, &[(3, "linux/amd64"), (4, "linux/arm64")]));
            findings.extend([tag(name, "1.0", 1), tag(name, "api-2", 2)]);
            findings.push(listed(name, &["1.0", "api-2"]));
        }
        site.crawl(id, &findings);
    }
    let both = [one, two];
    let expected: Vec<String> = ["1", "2"]
        .iter()
        .flat_map(|id| {
            [
                format!("{id} lib/redis:api-2 by tag"),
                format!("{id} team/api: by repository"),
                format!("{id} team/api:api-2 by tag"),
                format!("{id} team/web:api-2 by tag"),
            ]
        })
        .collect();
    for enough in [1, 2, 3, 1000] {
        assert_eq!(
            shown(&site.search(&both, "API", enough)),
            expected,
            "{enough}"
        );
    }
    let whole = digest(4).to_string();
    for text in [&whole, &whole[..20], &digest(4).short()] {
        let hits = site.search(&[two], text, 1);
        let places: BTreeSet<&str> = hits.iter().map(|hit| hit.repository.as_str()).collect();
        assert_eq!(places.len(), 3, "{text}");
        assert!(hits.iter().all(|hit| hit.child == Some(digest(4))));
        assert!(hits.iter().all(|hit| hit.digest == Some(digest(2))));
        assert_eq!(shown(&hits)[0], "2 lib/redis:api-2 by child");
    }
    assert_eq!(
        shown(&site.search(&[one], &digest(1).short(), 9)),
        [
            "1 lib/redis:1.0 by digest",
            "1 team/api:1.0 by digest",
            "1 team/web:1.0 by digest"
        ]
    );
    assert_eq!(shown(&site.search(&both, "web:1", 9)).len(), 2);
    assert!(site.search(&both, "nothing", 9).is_empty());
}

#[test]
fn changes_are_told_by_crawl_by_time_and_by_name_in_the_order_of_time() {
    let mut site = Site::new();
    let (one, two) = (site.registry("one"), site.registry("two"));
    for id in [one, two, one, two] {
        let n = u16::try_from(site.clock % 60_000).unwrap();
        site.crawl(
            id,
            &[
                image("a", n, 100, &[10]),
                tag("a", "latest", n),
                listed("a", &["latest"]),
                image("b", n, 100, &[10]),
                tag("b", "stable", n),
                listed("b", &["stable"]),
            ],
        );
    }
    let both = [one, two];
    for enough in [1, 2, 5, 1000] {
        let all = site.changes(&both, Past::All, (None, None), enough);
        // Two first listings each, then two repositories with an image, a tag and an image.
        assert_eq!(all.len(), 2 * 2 + 2 * 2 * 3, "{enough}");
        assert!(all.is_sorted_by_key(|change| change.at));
        let registries: Vec<u32> = all.iter().map(|change| change.registry.0).collect();
        assert_eq!(registries, [1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
        // The other way round crawls are, and not what is in them.
        let back = site.changes_in_order(&both, Past::All, (None, None), enough, true);
        let crawls = |changes: &[Change]| -> Vec<Vec<Change>> {
            let of_one = |a: &Change, b: &Change| a.at == b.at;
            changes.chunk_by(of_one).map(<[Change]>::to_vec).collect()
        };
        let mut reversed = crawls(&back);
        reversed.reverse();
        assert_eq!(reversed, crawls(&all), "{enough}");
    }
    let last = Timestamp::from_second(site.clock).unwrap();
    let of = |past, names| site.changes(&both, past, names, 3);
    assert_eq!(of(Past::Since(last), (None, None)).len(), 6);
    assert_eq!(of(Past::Since(Timestamp::MAX), (None, None)).len(), 0);
    assert_eq!(of(Past::Crawl(1), (None, None)).len(), 4);
    assert_eq!(of(Past::Crawl(9), (None, None)).len(), 0);
    assert_eq!(of(Past::All, (Some("a"), None)).len(), 8);
    let moved = of(Past::All, (Some("?"), Some("lat*")));
    assert_eq!(moved.len(), 2);
    assert!(
        moved
            .iter()
            .all(|change| matches!(change.what, What::TagMoved { .. }))
    );
    let question = Question::History {
        registry: one,
        repository: "a".parse().unwrap(),
        tag: "latest".parse().ok(),
    };
    let Answer::History(history) = site.ask(&question) else {
        panic!("no history")
    };
    assert_eq!(
        history.len(),
        2,
        "it moved, and before it came with its repository"
    );
    assert!(matches!(history[0].what, What::TagMoved { .. }));
    assert!(matches!(history[1].what, What::RepositoryAppeared { .. }));
}

#[test]
fn usage_counts_each_blob_once_and_says_what_it_does_not_know() {
    let mut site = Site::new();
    let id = site.registry("one");
    let contents = |n: u16, layers: &[u16]| Finding::Contents {
        digest: digest(n),
        contents: Contents {
            size: 7 + layers.iter().map(|n| u64::from(*n)).sum::<u64>(),
            created: None,
            is_dated: true,
            blobs: Blobs {
                config: Some(ConfigKey::of(&digest(n + 1000))),
                layers: layers.iter().map(|n| layer(*n)).collect(),
            },
        },
    };
    site.crawl(
        id,
        &[
            // Shares its configuration and a layer with the next, a layer with another
            // repository; has one of its layers twice.
            image("a", 1, 100, &[10, 20, 20]),
            image("a", 2, 100, &[10, 30]),
            tag("a", "1", 1),
            tag("a", "2", 2),
            listed("a", &["1", "2"]),
            image("b", 3, 101, &[10, 40]),
            index("b", 5, &[(6, "linux/amd64"), (7, "linux/arm64")]),
            contents(6, &[40, 50]),
            contents(7, &[60]),
            Finding::Children {
                repository: "b".parse().unwrap(),
                digest: digest(5),
                sizes: vec![(digest(6), 97), (digest(7), 67)],
                index: Some(IndexFacts {
                    size: 164,
                    created: None,
                }),
            },
            index("b", 8, &[(9, "linux/amd64")]),
            tag("b", "x", 3),
            tag("b", "y", 5),
            tag("b", "z", 8),
            listed("b", &["x", "y", "z"]),
        ],
    );
    let usage = |by| match site.ask(&Question::Usage { registry: id, by }) {
        Answer::Usage(rows) => rows
            .iter()
            .map(|row| {
                let name = row.repository.as_ref().map_or("", |name| name.as_str());
                (
                    name.to_owned(),
                    row.images,
                    row.tags,
                    row.bytes,
                    row.exclusive,
                    row.unknown,
                )
            })
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let a = 7 + 10 + 20 + 30;
    let b = 7 + 10 + 40 + (7 + 50) + (7 + 60);
    assert_eq!(
        usage(UsageBy::Repository),
        [
            ("a".to_owned(), 2, 2, a, a - 10, 0),
            ("b".to_owned(), 3, 3, b, b - 10, 1),
        ]
    );
    let whole = a + b - 10;
    assert_eq!(
        usage(UsageBy::Registry),
        [(String::new(), 5, 5, whole, whole, 1)]
    );
}

#[test]
fn drift_is_told_by_digest_and_fewer_platforms_from_different() {
    let mut site = Site::new();
    let (a, b) = (site.registry("a"), site.registry("b"));
    let both = &[(11, "linux/amd64"), (12, "linux/arm64")][..];
    site.crawl(
        a,
        &[
            image("lib/x", 1, 100, &[10]),
            image("lib/x", 2, 100, &[10]),
            index("lib/x", 3, both),
            index("lib/x", 4, both),
            tag("lib/x", "same", 1),
            tag("lib/x", "missing", 1),
            tag("lib/x", "different", 2),
            tag("lib/x", "sparse", 3),
            tag("lib/x", "single", 4),
            listed(
                "lib/x",
                &["same", "missing", "different", "sparse", "single"],
            ),
        ],
    );
    site.crawl(
        b,
        &[
            image("mirror/lib/x", 1, 100, &[10]),
            index("mirror/lib/x", 13, &both[..1]),
            image("mirror/lib/x", 12, 100, &[10]),
            tag("mirror/lib/x", "same", 1),
            tag("mirror/lib/x", "different", 1),
            tag("mirror/lib/x", "sparse", 13),
            tag("mirror/lib/x", "single", 12),
            tag("mirror/lib/x", "extra", 1),
            listed(
                "mirror/lib/x",
                &["same", "different", "sparse", "single", "extra"],
            ),
        ],
    );
    let drift = |map: &[&str], tag: Option<&str>| {
        let question = Question::Drift {
            a,
            b,
            map: map
                .iter()
                .map(|rule| rule.parse::<NameMap>().unwrap())
                .collect(),
            repository: None,
            tag: tag.map(|glob| glob.parse().unwrap()),
        };
        match site.ask(&question) {
            Answer::Drift(drifts) => drifts,
            other => panic!("{other:?}"),
        }
    };
    let drifts = drift(&["lib/=mirror/lib/"], None);
    let told: Vec<_> = drifts
        .rows
        .iter()
        .map(|row| (row.tag.as_str(), row.difference))
        .collect();
    assert_eq!(
        told,
        [
            ("different", Difference::Different),
            ("extra", Difference::Extra),
            ("missing", Difference::Missing),
            ("single", Difference::FewerPlatforms),
            ("sparse", Difference::FewerPlatforms),
        ]
    );
    assert_eq!(drifts.same, 1);
    let lacking = |n: usize| drifts.rows[n].lacking[0].to_string();
    assert_eq!(
        (lacking(3), lacking(4)),
        ("linux/amd64".into(), "linux/arm64".into())
    );
    assert_eq!(drifts.rows[0].repository.as_str(), "lib/x");
    assert_eq!(
        drifts.rows[0].repository_in_b.as_ref().unwrap().as_str(),
        "mirror/lib/x"
    );
    assert_eq!(
        drift(&["=mirror/"], None),
        drifts,
        "the beginning may be nothing"
    );
    // A longer rule leads it elsewhere.
    assert_eq!(
        drift(&["lib/=mirror/lib/", "lib/x=other"], None).rows.len(),
        10
    );
    assert_eq!(drift(&[], None).rows.len(), 10, "nothing of it is in both");
    assert!(drift(&["lib/=mirror/lib/"], Some("same")).rows.is_empty());
}

#[test]
fn images_are_selected_by_each_part_of_a_selection() {
    let mut site = Site::new();
    let id = site.registry("one");
    site.crawl(
        id,
        &[
            image("a", 1, 100, &[10]),
            image("a", 2, 100, &[2000]),
            tag("a", "1", 1),
            tag("a", "2", 2),
            listed("a", &["1", "2"]),
            index("b/c", 3, &[(4, "linux/arm64")]),
            tag("b/c", "3", 3),
            listed("b/c", &["3"]),
        ],
    );
    let selected = |set: &dyn Fn(&mut ImageSelection)| {
        let mut selection = ImageSelection::default();
        set(&mut selection);
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let question = Question::Selected {
                registries: vec![id],
                selection: Box::new(selection.clone()),
                after,
                enough: 1,
            };
            let Answer::Selected(page) = site.ask(&question) else {
                panic!("no images")
            };
            found.extend(page.rows.iter().map(|row| row.tags[0].to_string()));
            after = page.next;
            if after.is_none() {
                found.sort_unstable();
                return found;
            }
        }
    };
    assert_eq!(selected(&|_| {}), ["1", "2", "3"]);
    assert_eq!(selected(&|s| s.larger_than = Some(2000)), ["2"]);
    assert_eq!(selected(&|s| s.larger_than = Some(2007)), [""; 0]);
    assert_eq!(
        selected(&|s| s.digest = digest(4).to_string().parse().ok()),
        ["3"]
    );
    assert_eq!(
        selected(&|s| s.digest = digest(1).short().parse().ok()),
        ["1"]
    );
    assert_eq!(selected(&|s| s.repository = "b/*".parse().ok()), ["3"]);
    assert_eq!(selected(&|s| s.tag = "[12]".parse().ok()), ["1", "2"]);
    assert_eq!(selected(&|s| s.untagged = true), [""; 0]);
    assert_eq!(selected(&|s| s.kind = Some(Kind::Index)), ["3"]);
    assert_eq!(selected(&|s| s.platform = "arm64".parse().ok()), ["3"]);
    let then = Timestamp::from_second(site.clock).ok();
    assert_eq!(selected(&|s| s.older_than = then), [""; 0]);
    let later = Timestamp::from_second(site.clock + 1).ok();
    assert_eq!(selected(&|s| s.older_than = later).len(), 3);
}

#[test]
fn a_selection_of_more_repositories_than_are_looked_for_at_once_loses_none() {
    let mut site = Site::new();
    let id = site.registry("one");
    let names: Vec<String> = (0..600).map(|n| format!("r{n:03}")).collect();
    let mut findings = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let wanted = if n % 2 == 0 { "wanted" } else { "other" };
        findings.push(image(name, 1, 100, &[10]));
        findings.extend([tag(name, wanted, 1), listed(name, &[wanted])]);
    }
    site.crawl(id, &findings);
    for enough in [1, 7, 256, 1000] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let question = Question::Selected {
                registries: vec![id],
                selection: Box::new(ImageSelection {
                    tag: "want*".parse().ok(),
                    ..ImageSelection::default()
                }),
                after,
                enough,
            };
            let Answer::Selected(page) = site.ask(&question) else {
                panic!("no images")
            };
            found.extend(page.rows.iter().map(|row| row.repository.to_string()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let wanted: Vec<&String> = names.iter().step_by(2).collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{enough}");
    }
}
