//! The failures of the selected crawl, told together where they are of one kind and place.

use crate::app::Ticket;
use crate::app::Work;
use crate::app::list::List;
use crate::app::overlay::Failures;
use crate::app::words::gist;
use crate::app::world::Outside;
use crate::model::{Class, Failure, Question, RegistryId, Stage, Trouble};

/// A crawl: its registry, and its number there.
pub type CrawlKey = (RegistryId, u64);

/// Failures of one kind and place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Their kind.
    pub class: Class,
    /// The step they happened in.
    pub stage: Stage,
    /// Where: one place, or what the places have in common.
    pub place: String,
    /// What happened, in the words of the first.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// Which of all failures they are, the first first.
    pub members: Vec<usize>,
}

/// A question on its way.
#[derive(Clone, Copy, Debug)]
struct Flight {
    ticket: Ticket,
    /// Whose failures, and how many there were then.
    of: (CrawlKey, u64),
    is_withdrawn: bool,
}

/// What is shown below the crawls.
#[derive(Clone, Debug, Default)]
pub struct Below {
    /// The failures, as far as they were kept.
    pub failures: Vec<Failure>,
    /// They, told together.
    pub groups: Vec<Group>,
    /// The cursor over the groups.
    pub list: List,
    /// Why they could not be read.
    pub trouble: Option<Trouble>,
    shown: Option<(CrawlKey, u64)>,
    flight: Option<Flight>,
}

impl Group {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.members.len()
    }
}

impl Below {
    /// The selected group.
    pub fn selected(&self) -> Option<&Group> {
        self.groups.get(self.list.cursor)
    }

    /// The failures of the selected group.
    pub(super) fn meant(&self) -> impl Iterator<Item = &Failure> {
        let group = self.selected().into_iter();
        let members = group.flat_map(|group| &group.members);
        members.filter_map(|at| self.failures.get(*at))
    }

    /// The first failure of the selected group.
    pub fn failure(&self) -> Option<&Failure> {
        self.meant().next()
    }

    /// Whether the failures of this crawl are shown.
    pub fn is_of(&self, crawl: CrawlKey) -> bool {
        self.shown.is_some_and(|(shown, _)| shown == crawl)
    }

    /// Asks for the failures of a crawl that has so many, one question at a time.
    pub(super) fn follow(&mut self, wanted: Option<(CrawlKey, u64)>, outside: &mut Outside<'_>) {
        let wanted = wanted.filter(|(_, count)| *count > 0);
        let crawl = wanted.map(|(crawl, _)| crawl);
        if crawl != self.shown.map(|(crawl, _)| crawl) {
            let flight = self.flight.take();
            *self = Self {
                flight,
                ..Self::default()
            };
        }
        if let Some(flight) = &mut self.flight {
            if !flight.is_withdrawn && Some(flight.of.0) != crawl {
                flight.is_withdrawn = true;
                let ticket = flight.ticket;
                outside.work(Work::Withdraw { ticket });
            }
        } else if let Some(of) = wanted
            && self.shown != wanted
        {
            let ((registry, crawl), _) = of;
            let ticket = outside.ask_anew(Question::Failures { registry, crawl });
            self.flight = Some(Flight {
                ticket,
                of,
                is_withdrawn: false,
            });
        }
    }

    pub(super) fn is_loading(&self) -> bool {
        self.flight.is_some() && self.shown.is_none()
    }

    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        self.flight.is_some_and(|flight| flight.ticket == ticket)
    }

    /// Takes an answer; `false` where nobody wants it any more.
    pub(super) fn take(&mut self, failures: Vec<Failure>) -> bool {
        let Some(flight) = self.flight.take().filter(|flight| !flight.is_withdrawn) else {
            return false;
        };
        self.groups = groups(&failures);
        self.failures = failures;
        self.trouble = None;
        self.shown = Some(flight.of);
        true
    }

    /// Takes the news that they could not be read. `true` where they were asked for so.
    pub(super) fn failed(&mut self, ticket: Ticket, trouble: &Trouble) -> bool {
        let Some(flight) = self.flight.take_if(|flight| flight.ticket == ticket) else {
            return false;
        };
        self.trouble = Some(trouble.clone());
        // Not asked again before there are more: it would fail again.
        self.shown = Some(flight.of);
        true
    }
}

/// Failures of one kind in one part of the registry together, the most of them first.
fn groups(failures: &[Failure]) -> Vec<Group> {
    let part = |failure: &Failure| {
        let name = failure.repository.as_ref()?.as_str();
        Some(name.split('/').next().unwrap_or(name).to_owned())
    };
    let mut groups: Vec<(Option<String>, Group)> = Vec::new();
    for (at, failure) in failures.iter().enumerate() {
        let part = part(failure);
        let place = Failures::place(failure);
        let known = groups.iter_mut().find(|(of, group)| {
            *of == part && (group.class, group.stage) == (failure.class, failure.stage)
        });
        if let Some((_, group)) = known {
            group.members.push(at);
            group.place = common(&group.place, &place);
        } else {
            let group = Group {
                class: failure.class,
                stage: failure.stage,
                place,
                message: gist(&failure.message),
                hint: failure.hint.clone(),
                members: vec![at],
            };
            groups.push((part, group));
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count()));
    groups
}

/// What two places have in common: `secret/…` of `secret/a` and `secret/b`.
fn common(known: &str, other: &str) -> String {
    if known == other {
        return known.to_owned();
    }
    let known = known.strip_suffix('…').unwrap_or(known);
    let same = known
        .bytes()
        .zip(other.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let ends = |c: char| matches!(c, '/' | ':' | '@');
    let end = known.get(..same).and_then(|same| same.rfind(ends));
    let shared = end.map_or("", |end| &known[..=end]);
    format!("{shared}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(class: Class, repository: &str, reference: Option<&str>) -> Failure {
        let repository = repository.parse().unwrap();
        let failure =
            Failure::new(Stage::Tags, class, "`GET /v2/x`: 403").in_repository(&repository);
        match reference {
            Some(reference) => failure.at_reference(reference),
            None => failure,
        }
    }

    #[test]
    fn failures_of_one_kind_and_place_are_told_together() {
        let told = |failures: &[Failure]| -> Vec<(usize, String, usize)> {
            let groups = groups(failures).into_iter();
            groups
                .map(|it| (it.count(), it.place, it.members[0]))
                .collect()
        };
        let denied = |name: &str| failure(Class::Denied, name, None);
        let all = [
            denied("team/a"),
            denied("secret/a"),
            denied("secret/b/c"),
            failure(Class::Timeout, "secret/a", None),
            denied("secret/b/d"),
            failure(Class::Timeout, "secret/a", None),
        ];
        assert_eq!(
            told(&all),
            [
                (3, "secret/…".to_owned(), 1),
                (2, "secret/a".to_owned(), 3),
                (1, "team/a".to_owned(), 0),
            ]
        );
        let tags = ["1.0", "1.1"].map(|tag| failure(Class::Denied, "a", Some(tag)));
        assert_eq!(told(&tags), [(2, "a:…".to_owned(), 0)]);
        assert_eq!(groups(&tags)[0].message, "403");
        assert_eq!(told(&[]), []);
    }

    #[test]
    fn places_share_whole_names() {
        for (a, b, wanted) in [
            ("team/api", "team/apiary", "team/…"),
            ("team/…", "team/api", "team/…"),
            ("team/a/…", "team/b", "team/…"),
            ("team/…", "other", "…"),
            ("…", "team/a", "…"),
            ("grüße", "grün", "…"),
        ] {
            assert_eq!(common(a, b), wanted);
        }
    }
}
