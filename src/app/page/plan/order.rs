//! Which command orders the decisions by which column.

use crate::config::keys::Command;
use crate::model::PlanColumn;

pub(super) fn of(command: Command) -> Option<PlanColumn> {
    Some(match command {
        Command::OrderDecision => PlanColumn::Decision,
        Command::OrderName => PlanColumn::Repository,
        Command::OrderTag => PlanColumn::Subject,
        Command::OrderSize => PlanColumn::Frees,
        Command::OrderBuilt => PlanColumn::Age,
        Command::OrderPulled => PlanColumn::Pulled,
        _ => return None,
    })
}
