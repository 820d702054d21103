//! Which command orders by which column.

use crate::config::keys::Command;
use crate::model::{ImageColumn, RepositoryColumn};

pub(super) fn of_repositories(command: Command) -> Option<RepositoryColumn> {
    Some(match command {
        Command::OrderName => RepositoryColumn::Name,
        Command::OrderTag => RepositoryColumn::Tags,
        Command::OrderImages => RepositoryColumn::Images,
        Command::OrderSize => RepositoryColumn::Size,
        Command::OrderBuilt => RepositoryColumn::Newest,
        Command::OrderPlatforms => RepositoryColumn::Platforms,
        Command::OrderChange => RepositoryColumn::Change,
        Command::OrderState => RepositoryColumn::State,
        _ => return None,
    })
}

pub(super) fn of_images(command: Command) -> Option<ImageColumn> {
    Some(match command {
        Command::OrderTag => ImageColumn::Tag,
        Command::OrderDigest => ImageColumn::Digest,
        Command::OrderPlatforms => ImageColumn::Platforms,
        Command::OrderKind => ImageColumn::Kind,
        Command::OrderSize => ImageColumn::Size,
        Command::OrderBuilt => ImageColumn::Created,
        Command::OrderPushed => ImageColumn::Pushed,
        Command::OrderPulled => ImageColumn::Pulled,
        Command::OrderSeen => ImageColumn::Seen,
        Command::OrderChange => ImageColumn::Change,
        Command::OrderDecision => ImageColumn::Decision,
        _ => return None,
    })
}
