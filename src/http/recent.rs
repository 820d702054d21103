//! The last answers of one host: whether refusals among them are one request's bad luck, one
//! group's lot, or everybody's. Plain counting, no clock and no waiting.

use std::collections::{HashMap, VecDeque};

/// Answers that are looked back on.
const KEPT: usize = 50;
/// Fewer answers than these say nothing about everybody.
const LEAST: usize = 10;
/// Answers to others that tell how they fare.
const FEW: usize = 3;
/// Everybody is concerned when more than one answer in so many is a bad one.
const PART: usize = 5;
/// Requests that must have used up their tries before the rest of their group get one each.
const GIVEN_UP: u32 = 2;

/// What came of a request, as far as others are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The host answered what it was asked.
    Good,
    /// It asked to be left alone for a while.
    Refused,
    /// Nothing came, or what stands before a host that is not there answered.
    Away,
}

/// A group of requests since its last good answer.
struct Bad {
    /// Whether others were answered when this group was refused last.
    is_apart: bool,
    /// Requests that used up all their tries.
    given_up: u32,
}

/// Who was refused since the last good answer of anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whom {
    Nobody,
    One(u64),
    Several,
}

/// The last answers of a host.
pub(super) struct Recent {
    answers: VecDeque<(Kind, Option<u64>)>,
    groups: HashMap<u64, Bad>,
    refused: Whom,
    /// Requests that gave up since the last good answer of anybody.
    given_up: u32,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self {
            answers: VecDeque::with_capacity(KEPT),
            groups: HashMap::new(),
            refused: Whom::Nobody,
            given_up: 0,
        }
    }

    pub(super) fn push(&mut self, kind: Kind, group: Option<u64>) {
        if self.answers.len() == KEPT {
            self.answers.pop_front();
        }
        self.answers.push_back((kind, group));
        match kind {
            Kind::Good => {
                self.refused = Whom::Nobody;
                self.given_up = 0;
                if let Some(group) = group
                    && !self.groups.is_empty()
                {
                    self.groups.remove(&group);
                }
            }
            Kind::Refused => {
                self.refused = match (self.refused, group) {
                    (Whom::Nobody, Some(group)) => Whom::One(group),
                    (Whom::One(one), Some(group)) if one == group => Whom::One(one),
                    _ => Whom::Several,
                };
                let is_apart = self.others_are_answered(group);
                if let Some(bad) = self.bad(group)
                    && let Some(is_apart) = is_apart
                {
                    bad.is_apart = is_apart;
                }
            }
            Kind::Away => {}
        }
    }

    fn bad(&mut self, group: Option<u64>) -> Option<&mut Bad> {
        Some(self.groups.entry(group?).or_insert(Bad {
            is_apart: false,
            given_up: 0,
        }))
    }

    /// A request of this group has used up its tries.
    pub(super) fn gave_up(&mut self, group: Option<u64>) {
        self.given_up += 1;
        if let Some(bad) = self.bad(group) {
            bad.given_up += 1;
        }
    }

    /// Whether others of this group have tried often enough for all of it.
    pub(super) fn is_hopeless(&self, group: Option<u64>) -> bool {
        group
            .and_then(|group| self.groups.get(&group))
            .is_some_and(|bad| bad.given_up >= GIVEN_UP)
    }

    /// Requests that gave up since anybody was last answered well.
    pub(super) fn given_up(&self) -> u32 {
        self.given_up
    }

    /// Whether all that were refused since the last good answer are of one group.
    pub(super) fn is_one_group(&self) -> bool {
        matches!(self.refused, Whom::One(_))
    }

    /// Whether more than a fifth of the last answers were refusals. A group that is only
    /// refused, while others are answered, stands for one answer, however often it asks.
    pub(super) fn is_refused(&self) -> bool {
        let mut apart = Vec::new();
        let (mut all, mut refused) = (0, 0);
        for (kind, group) in &self.answers {
            if *kind == Kind::Refused {
                if let Some(group) = group
                    && self.is_apart(*group)
                {
                    if apart.contains(group) {
                        continue;
                    }
                    apart.push(*group);
                }
                refused += 1;
            }
            all += 1;
        }
        all >= LEAST && refused * PART > all
    }

    fn is_apart(&self, group: u64) -> bool {
        self.groups.get(&group).is_some_and(|bad| bad.is_apart)
    }

    /// Whether the last answers to others than this group were good ones; `None` where
    /// there are too few to tell.
    fn others_are_answered(&self, group: Option<u64>) -> Option<bool> {
        let others = self.answers.iter().rev();
        let others = others.filter(|(kind, of)| *of != group && *kind != Kind::Away);
        let (mut all, mut good) = (0, 0);
        for (kind, _) in others.take(LEAST) {
            all += 1;
            good += usize::from(*kind == Kind::Good);
        }
        (all >= FEW).then_some(good * 2 > all)
    }

    /// Whether more than a fifth of the last answers came from a host that is not there.
    pub(super) fn is_away(&self) -> bool {
        let away = self.answers.iter().filter(|(kind, _)| *kind == Kind::Away);
        self.answers.len() >= LEAST && away.count() * PART > self.answers.len()
    }

    /// Forgets failures: it is known now what they were.
    pub(super) fn forget_away(&mut self) {
        self.answers.retain(|(kind, _)| *kind != Kind::Away);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(answers: &[(Kind, Option<u64>, usize)]) -> Recent {
        let mut recent = Recent::new();
        for (kind, group, times) in answers {
            for _ in 0..*times {
                recent.push(*kind, *group);
            }
        }
        recent
    }

    #[test]
    fn more_than_a_fifth_concerns_everybody() {
        use Kind::{Good, Refused};
        for (answers, wanted) in [
            (&[(Refused, None, 9)][..], false),
            (&[(Refused, None, 10)], true),
            (&[(Good, None, 40), (Refused, None, 10)], false),
            (&[(Good, None, 40), (Refused, None, 11)], true),
            // Only the last fifty count.
            (&[(Refused, None, 30), (Good, None, 40)], false),
        ] {
            assert_eq!(with(answers).is_refused(), wanted, "{answers:?}");
        }
    }

    #[test]
    fn a_group_that_is_always_refused_is_not_everybody() {
        use Kind::{Good, Refused};
        let others = with(&[
            (Good, Some(1), 5),
            (Refused, Some(2), 20),
            (Good, Some(1), 20),
            (Refused, Some(2), 20),
        ]);
        assert!(!others.is_refused());
        // One that is answered now and then is refused for another reason.
        let now_and_then = with(&[
            (Refused, Some(2), 10),
            (Good, Some(1), 1),
            (Good, Some(2), 1),
            (Refused, Some(2), 10),
        ]);
        assert!(now_and_then.is_refused());
        // Nobody else is answered either.
        let all = [
            (Good, Some(1), 20),
            (Refused, Some(2), 5),
            (Refused, Some(3), 9),
        ];
        let mut recent = with(&all);
        recent.push(Refused, Some(2));
        assert!(recent.is_refused());
    }

    #[test]
    fn a_group_is_hopeless_until_it_is_answered() {
        let mut recent = with(&[(Kind::Refused, Some(2), 1)]);
        recent.gave_up(Some(2));
        assert!(!recent.is_hopeless(Some(2)));
        recent.gave_up(Some(2));
        assert!(recent.is_hopeless(Some(2)) && !recent.is_hopeless(Some(1)));
        recent.push(Kind::Good, Some(1));
        assert!(recent.is_hopeless(Some(2)));
        recent.push(Kind::Good, Some(2));
        assert!(!recent.is_hopeless(Some(2)));
    }
}
