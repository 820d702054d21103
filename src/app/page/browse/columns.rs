//! The columns of the panes, described once for the screen and for orders.

use crate::app::table::Column;
use crate::model::{ImageColumn, RepositoryColumn};

/// Of repositories, in order.
pub const OF_REPOSITORIES: [Column<RepositoryColumn>; 9] = [
    Column::text(RepositoryColumn::Registry, "REGISTRY", 8).at_most(20),
    Column::text(RepositoryColumn::Name, "NAME", 10),
    Column::fixed(RepositoryColumn::Tags, "TAGS", 6).at_right(),
    Column::fixed(RepositoryColumn::Images, "IMAGES", 8)
        .at_right()
        .ranked(5),
    Column::fixed(RepositoryColumn::Size, "SIZE", 10)
        .at_right()
        .ranked(1),
    Column::fixed(RepositoryColumn::Newest, "NEWEST", 8)
        .at_right()
        .ranked(2),
    Column::text(RepositoryColumn::Platforms, "PLATFORMS", 9)
        .at_most(17)
        .ranked(4),
    Column::fixed(RepositoryColumn::Change, "CHANGE", 11).ranked(3),
    Column::fixed(RepositoryColumn::State, "STATE", 11),
];

/// Of images, in order. Tags and platforms come first; the others as room allows.
pub const OF_IMAGES: [Column<ImageColumn>; 13] = [
    of(ImageColumn::Registry, 8, 20),
    of(ImageColumn::Repository, 10, u16::MAX),
    of(ImageColumn::Tag, 10, 60),
    of(ImageColumn::Platforms, 12, 36),
    of(ImageColumn::Digest, 12, 12).ranked(3),
    of(ImageColumn::Size, 8, 8).at_right().ranked(1),
    of(ImageColumn::Created, 7, 7).at_right().ranked(2),
    of(ImageColumn::Pushed, 8, 8).at_right().ranked(6),
    of(ImageColumn::Pulled, 8, 8).at_right().ranked(7),
    of(ImageColumn::Seen, 10, 10).at_right().ranked(5),
    of(ImageColumn::Kind, 8, 8).ranked(4),
    // Signs; the line at the bottom and the detail have the word.
    Column::fixed(ImageColumn::Decision, "", 1),
    Column::fixed(ImageColumn::Change, "", 1),
];

const fn of(id: ImageColumn, least: u16, most: u16) -> Column<ImageColumn> {
    Column::text(id, id.heading(), least).at_most(most)
}

/// Cells that the column of platforms wishes for: three of them.
pub const PLATFORMS: u16 = 24;

/// Cells that tags take at most where a row has its repository, too.
pub const TAGS_OF_MANY: u16 = 30;

/// Cells that the column of a repository's architectures wishes for: three of them.
pub const ARCHITECTURES: u16 = 17;
