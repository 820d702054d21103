//! What stands in a row of changes.

use unicode_width::UnicodeWidthStr;

use super::Changes;
use crate::app::table::Column;
use crate::app::words::counted;
use crate::app::world::World;
use crate::model::{Choice, Digest, What};
use crate::query::{ChangeRow, Turn};

/// What a column of changes shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeColumn {
    /// When the crawl that found it began.
    When,
    /// The registry.
    Registry,
    /// The repository.
    Repository,
    /// The tag.
    Tag,
    /// What happened.
    Change,
}

/// The columns, in order.
const COLUMNS: [Column<ChangeColumn>; 5] = [
    Column::text(ChangeColumn::When, "WHEN", 6).at_most(10),
    Column::text(ChangeColumn::Registry, "REGISTRY", 6).at_most(20),
    Column::text(ChangeColumn::Repository, "REPOSITORY", 14),
    Column::text(ChangeColumn::Tag, "TAG", 7).at_most(40),
    Column::text(ChangeColumn::Change, "CHANGE", 18).at_most(LONGEST),
];

/// Cells of the longest change in words.
const LONGEST: u16 = 66;

/// Cells of the widest texts of columns.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    when: u16,
    registry: u16,
    repository: u16,
    tag: u16,
}

fn cells(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

impl Needs {
    /// Those of these rows.
    pub(super) fn of(rows: &[ChangeRow], world: &World) -> Self {
        let mut needs = Self::default();
        for one in rows.chunk_by(|a, b| {
            (a.change.registry, a.change.crawl) == (b.change.registry, b.change.crawl)
        }) {
            let first = &one[0].change;
            needs.when = needs.when.max(cells(&world.clock.when(first.at)));
            let name = world.known(first.registry);
            let name = name.map_or(0, |row| cells(row.spec.name.as_str()));
            needs.registry = needs.registry.max(name);
        }
        for row in rows {
            let name = match row.folded {
                Some(many) => cells(&repositories(many)),
                None => cells(row.change.repository.as_str()),
            };
            needs.repository = needs.repository.max(name);
            let tag = row.change.what.tag();
            needs.tag = needs.tag.max(tag.map_or(0, |tag| cells(tag.as_str())));
        }
        needs
    }
}

impl Changes {
    /// The columns that there are: where all changes are of one registry, it is in no column.
    pub fn columns(&self) -> Vec<Column<ChangeColumn>> {
        let is_one = self.scope.registries.len() == 1
            || self.scope.crawl.is_some()
            || self.scope.only.is_some();
        let columns = COLUMNS.into_iter();
        columns
            .filter(|column| !is_one || column.id != ChangeColumn::Registry)
            .collect()
    }

    /// Cells of the widest text of a column.
    pub fn need(&self, column: ChangeColumn) -> u16 {
        match column {
            ChangeColumn::When => self.needs.when,
            ChangeColumn::Registry => self.needs.registry,
            ChangeColumn::Repository => self.needs.repository,
            ChangeColumn::Tag => self.needs.tag,
            ChangeColumn::Change => LONGEST,
        }
    }
}

/// What happened, in words: the longest that fit into so many cells. What was decided about
/// what went is told behind it, and apart; it counts for more than the digests.
pub fn told(row: &ChangeRow, decision: Option<Choice>, room: u16) -> (String, Option<String>) {
    let forms = forms(row);
    let Some(choice) = decision else {
        let longest = forms.iter().find(|text| cells(text) <= room);
        let text = longest.or(forms.last()).cloned().unwrap_or_default();
        return (text, None);
    };
    let short = format!("decision: {}", choice.as_str());
    let long = match (choice, row.turn()) {
        (Choice::Keep, Turn::Gone) => format!("{short}, contradicts"),
        _ => short.clone(),
    };
    for decided in [&long, &short] {
        for text in &forms {
            let text = format!("{text}  ");
            if cells(&text) + cells(decided) <= room {
                return (text, Some(decided.clone()));
            }
        }
    }
    (String::new(), Some(short))
}

/// What stands in the place of a repository's name where a row tells of many.
pub fn repositories(many: usize) -> String {
    let many = u64::try_from(many).unwrap_or(u64::MAX);
    counted(many, "repository", "repositories")
}

/// What happened in ever fewer words.
fn forms(row: &ChangeRow) -> Vec<String> {
    if let (Some(_), What::RepositoryAppeared { tags, images }) = (row.folded, &row.change.what) {
        let (tags, images) = (
            counted(*tags, "tag", "tags"),
            counted(*images, "image", "images"),
        );
        return vec![
            format!("repositories, with {tags} and {images}"),
            format!("repositories, {tags}"),
            "repositories".to_owned(),
        ];
    }
    let lost = |yes: &str, no: &str| if row.is_lost { yes } else { no }.to_owned();
    match &row.change.what {
        What::RepositoryAppeared { tags, images } => vec![
            format!(
                "repository, with {} and {}",
                counted(*tags, "tag", "tags"),
                counted(*images, "image", "images")
            ),
            format!("repository, {}", counted(*tags, "tag", "tags")),
            "repository".to_owned(),
        ],
        What::RepositoryGone { tags, images } => vec![
            format!(
                "repository, which had {} and {}",
                counted(*tags, "tag", "tags"),
                counted(*images, "image", "images")
            ),
            format!("repository, {}", counted(*tags, "tag", "tags")),
            "repository".to_owned(),
        ],
        What::TagAppeared { digest, .. } => {
            let digest = eight(digest);
            let which = if row.is_new {
                "a new image"
            } else {
                "an image known before"
            };
            vec![format!("{digest}, {which}"), digest]
        }
        What::TagMoved { from, to, .. } => {
            let (from, to) = (eight(from), eight(to));
            let lost = lost(", which is gone", "");
            vec![
                format!("{to} in the place of {from}{lost}"),
                format!("{from} became {to}"),
                to,
            ]
        }
        What::TagGone { from, .. } => {
            let from = eight(from);
            let lost = lost("its image is gone, too", "its image is still there");
            vec![format!("was {from}, {lost}"), format!("was {from}"), from]
        }
        What::ImageAppeared(digest) | What::ImageGone(digest) => {
            let digest = eight(digest);
            vec![
                format!("{digest}, an image without a tag"),
                format!("{digest}, no tag"),
                digest,
            ]
        }
    }
}

/// The beginning of a digest that tells images of one repository apart.
fn eight(digest: &Digest) -> String {
    digest.short().chars().take(8).collect()
}
