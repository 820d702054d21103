//! Paths that go on with what is typed into a field: asked for at its end, taken as far as
//! all of them agree, and offered below it where they do not.

use super::event::{Event, Ticket};
use super::field::Field;
use super::world::Outside;
use super::{Work, words};
use crate::config::keys::{Code, KeyPress};

/// How many are offered at once.
const SHOWN: usize = 6;

/// What is known of how a path may go on.
#[derive(Clone, Debug, Default)]
pub struct Completion {
    asked: Option<Ticket>,
    paths: Vec<String>,
    /// Whether there is no such path.
    is_none: bool,
}

impl Completion {
    /// Takes a key before its field does: the right arrow at the end of what is typed asks.
    /// Whatever else is typed makes an answer and an offer moot.
    pub(super) fn key(&mut self, press: KeyPress, field: &Field, outside: &mut Outside<'_>) {
        self.forget();
        if press == KeyPress::plain(Code::Right) && field.is_at_end() {
            let ticket = outside.world.ticket();
            self.asked = Some(ticket);
            outside.work(Work::Complete {
                ticket,
                typed: field.text().to_owned(),
            });
        }
    }

    /// Takes the answer; `true` where it is the one that is waited for.
    pub(super) fn take(&mut self, event: &Event, field: &mut Field) -> bool {
        let Event::Completed { ticket, paths } = event else {
            return false;
        };
        if self.asked.take_if(|asked| *asked == *ticket).is_none() {
            return false;
        }
        self.is_none = paths.is_empty();
        let common = common(paths);
        if !common.is_empty() {
            *field = Field::new(common);
        }
        self.paths = if paths.len() > 1 {
            paths.clone()
        } else {
            Vec::new()
        };
        true
    }

    /// Offers nothing more.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// What there is to say below the field.
    pub fn lines(&self) -> Vec<String> {
        if self.is_none {
            return vec!["no file or folder begins so".to_owned()];
        }
        let names = self.paths.iter().take(SHOWN).map(|path| {
            let end = path.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1);
            path[end..].to_owned()
        });
        let mut lines: Vec<String> = names.collect();
        if let Some(more) = self.paths.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            let more = words::count(u64::try_from(more).unwrap_or(u64::MAX));
            lines.push(format!("and {more} more: type on"));
        }
        lines
    }
}

/// The beginning that all have.
fn common(paths: &[String]) -> &str {
    let Some((first, rest)) = paths.split_first() else {
        return "";
    };
    let mut end = first.len();
    for other in rest {
        let same = first.chars().zip(other.chars()).take_while(|(a, b)| a == b);
        end = end.min(same.map(|(c, _)| c.len_utf8()).sum());
    }
    &first[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_paths_have_is_taken() {
        let paths = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        assert_eq!(common(&paths(&[])), "");
        assert_eq!(common(&paths(&["/etc/ssl/"])), "/etc/ssl/");
        assert_eq!(common(&paths(&["/é/ab.pem", "/é/ac.pem", "/é/a"])), "/é/a");
        assert_eq!(common(&paths(&["/ä", "/é"])), "/");
    }
}
