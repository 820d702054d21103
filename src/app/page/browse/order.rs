//! Orders of the panes: which command orders by which column.

use super::Browse;
use crate::app::document::Tone;
use crate::app::layout::Focus;
use crate::app::page::turn;
use crate::app::world::Outside;
use crate::config::keys::Command;
use crate::model::{ImageColumn, RepositoryColumn};

impl Browse {
    /// Orders the focused pane; `false` where the command is about something else.
    pub(super) fn order(&mut self, command: Command, outside: &mut Outside<'_>) -> bool {
        match self.focus {
            Focus::Registries => false,
            Focus::Repositories => {
                let Some(column) = of_repositories(command) else {
                    return false;
                };
                let order = &mut self.repositories.order;
                outside.say(Tone::Plain, turn(order, column, column.as_str()));
                self.repositories.start_at_top();
                self.ask_repositories(outside);
                true
            }
            Focus::Images => {
                let Some(column) = of_images(command) else {
                    return false;
                };
                let order = &mut self.images.order;
                outside.say(Tone::Plain, turn(order, column, column.as_str()));
                self.images.start_at_top();
                self.ask_images(outside);
                true
            }
        }
    }
}

fn of_repositories(command: Command) -> Option<RepositoryColumn> {
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

fn of_images(command: Command) -> Option<ImageColumn> {
    Some(match command {
        Command::OrderTag => ImageColumn::Tag,
        Command::OrderName => ImageColumn::Repository,
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
