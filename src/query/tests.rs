use super::*;
use crate::model::{
    Child, Digest, Glob, Image, ImageSelection, Kind, ListState, MediaType, RegistryId,
    RepositoryChanges, RepositoryState, RepositorySummary, Timestamp,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(super) fn repository(name: &str, tags: u64, list: ListState) -> RepositoryRow {
    RepositoryRow {
        registry: RegistryId(1),
        name: name.parse().unwrap(),
        state: RepositoryState {
            list,
            ..RepositoryState::default()
        },
        tags,
        images: tags,
        first_seen: at(0),
        summary: None,
    }
}

pub(super) fn image(tags: &[&str], kind: Kind, platforms: &[&str], size: Option<u64>) -> ImageRow {
    let mut facts = Image::new(kind, MediaType::OciManifest);
    facts.artifact_type =
        (kind == Kind::Artifact).then(|| "application/vnd.cncf.helm.config.v1+json".into());
    facts.size = size;
    ImageRow {
        registry: RegistryId(1),
        repository: "team/api".parse().unwrap(),
        digest: Digest::sha256(tags.join(",").as_bytes()),
        image: facts,
        tags: tags.iter().map(|t| t.parse().unwrap()).collect(),
        platforms: platforms.iter().map(|p| p.parse().unwrap()).collect(),
        facts: crate::model::ImageFacts::default(),
        first_seen: at(0),
        last_seen: at(0),
        moved: None,
        stale_since: None,
        decisions: crate::model::Decisions::default(),
        beneath: false,
    }
}

fn names(listing: &Listing<RepositoryRow>) -> Vec<&str> {
    listing.rows.iter().map(|row| row.name.as_str()).collect()
}

fn leads(listing: &Listing<ImageRow>) -> Vec<&str> {
    let rows = listing.rows.iter();
    rows.map(|row| lead_tag(&row.tags).map_or("-", |tag| tag.as_str()))
        .collect()
}

#[test]
fn what_is_not_known_of_a_repository_comes_last_both_ways() {
    use RepositoryColumn::{Change, Newest, Platforms, Size};

    let summed = |name: &str, size, unread, newest: Option<i64>, gone| {
        let mut row = repository(name, 1, ListState::Listed);
        row.summary = Some(RepositorySummary {
            size,
            unread,
            newest: newest.map(at),
            architectures: newest.iter().map(|_| name.into()).collect(),
            changed: RepositoryChanges {
                gone,
                ..RepositoryChanges::default()
            },
        });
        row
    };
    let rows = vec![
        summed("b", 7, 1, Some(3), 0),
        repository("a", 1, ListState::Listed),
        summed("c", 9, 0, Some(2), 4),
        summed("d", 0, 2, None, 1),
    ];
    for (column, descending, wanted) in [
        (Size, false, ["b", "c", "a", "d"]),
        (Size, true, ["c", "b", "a", "d"]),
        (Newest, false, ["c", "b", "a", "d"]),
        (Newest, true, ["b", "c", "a", "d"]),
        (Platforms, false, ["b", "c", "a", "d"]),
        (Platforms, true, ["c", "b", "a", "d"]),
        (Change, true, ["c", "d", "a", "b"]),
    ] {
        let order = Order { column, descending };
        let listing = repositories(rows.clone(), &Filter::default(), order);
        assert_eq!(names(&listing), wanted, "{column:?} {descending}");
    }
}

#[test]
fn repositories_are_ordered_by_each_column() {
    let rows = vec![
        repository("b10", 0, ListState::Listed),
        repository("b9", 7, ListState::Listed),
        repository("a", 0, ListState::Failed("broken".into())),
        repository("c", 0, ListState::NotCrawled),
        repository("d", 3, ListState::Refused("no".into())),
    ];
    for (column, descending, wanted) in [
        (RepositoryColumn::Name, false, ["a", "b9", "b10", "c", "d"]),
        (RepositoryColumn::Name, true, ["d", "c", "b10", "b9", "a"]),
        (RepositoryColumn::Tags, true, ["b9", "d", "a", "b10", "c"]),
        (
            RepositoryColumn::Images,
            false,
            ["a", "b10", "c", "d", "b9"],
        ),
        (RepositoryColumn::State, false, ["a", "d", "c", "b10", "b9"]),
    ] {
        let order = Order { column, descending };
        let listing = repositories(rows.clone(), &Filter::default(), order);
        assert_eq!(names(&listing), wanted, "{order:?}");
    }
}

#[test]
fn a_filter_keeps_the_count_before_it() {
    let rows = vec![
        repository("team/api", 2, ListState::Listed),
        repository("team/web", 0, ListState::Listed),
        repository("base", 0, ListState::Failed("broken".into())),
    ];
    let listing = repositories(rows.clone(), &Filter::new("team"), Order::default());
    assert_eq!(
        (names(&listing), listing.total),
        (vec!["team/api", "team/web"], 3)
    );
    for (filter, wanted) in [
        ("failed", "base"),
        ("empty", "team/web"),
        ("team !empty", "team/api"),
    ] {
        let listing = repositories(rows.clone(), &Filter::new(filter), Order::default());
        assert_eq!(names(&listing), [wanted], "{filter}");
    }
}

#[test]
fn images_are_ordered_by_version_and_the_unknown_comes_last() {
    let rows = vec![
        image(
            &["1", "1.10", "latest"],
            Kind::Index,
            &["linux/amd64"],
            None,
        ),
        image(&["1.9"], Kind::Image, &["linux/arm64/v8"], Some(30)),
        image(&[], Kind::Image, &["windows/amd64"], Some(10)),
        image(&["edge", "main"], Kind::Artifact, &[], Some(20)),
    ];
    for (column, descending, wanted) in [
        (ImageColumn::Tag, false, ["1.9", "1.10", "edge", "-"]),
        (ImageColumn::Tag, true, ["edge", "1.10", "1.9", "-"]),
        (ImageColumn::Size, false, ["-", "edge", "1.9", "1.10"]),
        (ImageColumn::Size, true, ["1.9", "edge", "-", "1.10"]),
        (ImageColumn::Kind, false, ["1.9", "-", "1.10", "edge"]),
        (ImageColumn::Platforms, false, ["edge", "1.10", "1.9", "-"]),
    ] {
        let order = Order { column, descending };
        let listing = images(rows.clone(), &Filter::default(), order);
        assert_eq!(leads(&listing), wanted, "{order:?}");
    }
}

#[test]
fn an_image_is_found_by_everything_it_shows() {
    let index = image(
        &["1.0", "latest"],
        Kind::Index,
        &["linux/amd64", "linux/arm64/v8"],
        None,
    );
    let hex = &index.digest.to_string()[7..20];
    for (filter, wanted) in [
        ("LATEST", true),
        ("arm64/v8", true),
        ("index amd64", true),
        ("sha256:", true),
        (hex, true),
        ("helm", false),
        ("!latest", false),
        ("!stale", true),
    ] {
        assert_eq!(
            filter::lets_image(&Filter::new(filter), &index),
            wanted,
            "{filter}"
        );
    }
    let chart = image(&["0.1.0"], Kind::Artifact, &[], None);
    assert!(filter::lets_image(&Filter::new("helm artifact"), &chart));
}

#[test]
fn tags_that_tools_make_do_not_lead() {
    let made = format!("sha256-{}.sig", "a".repeat(64));
    let tags = |tags: &[&str]| image(tags, Kind::Image, &[], None).tags;
    assert_eq!(lead_tag(&tags(&[&made, "zz"])).unwrap().as_str(), "zz");
    assert_eq!(lead_tag(&tags(&[&made])).unwrap().as_str(), made);
    assert_eq!(
        lead_tag(&tags(&["v1.9", "v1.10", "1.2"])).unwrap().as_str(),
        "v1.10"
    );
    assert_eq!(lead_tag(&[]), None);
}

#[test]
fn images_that_tools_make_stand_behind_the_others() {
    let made = format!("sha256-{}.sig", "a".repeat(64));
    let rows = vec![
        image(&["1.0"], Kind::Image, &[], None),
        image(&[&made], Kind::Artifact, &[], None),
        image(&["2.0"], Kind::Image, &[], None),
    ];
    for (descending, wanted) in [
        (true, ["2.0", "1.0", &made]),
        (false, ["1.0", "2.0", &made]),
    ] {
        let order = Order {
            column: ImageColumn::Tag,
            descending,
        };
        let listing = images(rows.clone(), &Filter::new(""), order);
        let tags: Vec<&str> = listing
            .rows
            .iter()
            .map(|row| row.tags[0].as_str())
            .collect();
        assert_eq!(tags, wanted);
    }
}

#[test]
fn a_selection_needs_every_part() {
    let mut row = image(&["1.0", "latest"], Kind::Index, &["linux/arm64/v8"], None);
    let child = Digest::sha256(b"child");
    row.image.children = vec![Child {
        digest: child.clone(),
        platform: None,
        accessory: false,
        is_index: false,
        size: None,
    }];
    let all = ImageSelection::default;
    let with = |change: fn(&mut ImageSelection)| {
        let mut selection = all();
        change(&mut selection);
        selection
    };
    let glob = |pattern: &str| pattern.parse::<Glob>().ok();
    assert!(super::selection::selects(&all(), &row));
    for (pattern, wanted) in [("team/*", true), ("*", false)] {
        let mut selection = all();
        selection.repository = glob(pattern);
        assert_eq!(
            super::selection::selects(&selection, &row),
            wanted,
            "{pattern}"
        );
    }
    for (pattern, wanted) in [("1.*", true), ("2.*", false)] {
        let mut selection = all();
        selection.tag = glob(pattern);
        assert_eq!(
            super::selection::selects(&selection, &row),
            wanted,
            "{pattern}"
        );
    }
    assert!("[".parse::<Glob>().is_err());
    assert!(super::selection::selects(
        &with(|s| s.platform = "linux/arm64".parse().ok()),
        &row
    ));
    assert!(!super::selection::selects(
        &with(|s| s.platform = "windows".parse().ok()),
        &row
    ));
    assert!(super::selection::selects(
        &with(|s| s.kind = Some(Kind::Index)),
        &row
    ));
    assert!(!super::selection::selects(
        &with(|s| s.kind = Some(Kind::Artifact)),
        &row
    ));
    for digest in [
        row.digest.to_string(),
        row.digest.short(),
        child.to_string(),
    ] {
        let mut selection = all();
        selection.digest = Some(digest.parse().unwrap());
        assert!(super::selection::selects(&selection, &row), "{selection:?}");
    }
    assert!(!super::selection::selects(
        &with(|s| s.digest = "sha256:0".parse().ok()),
        &row
    ));
}
