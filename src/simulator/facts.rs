//! What a product knows of an image besides its bytes: when it was pushed and pulled, how
//! often, what a scanner found.

use super::random::Random;
use crate::model::Timestamp;

/// What a product knows of an image besides its bytes. Made up from the image's name and
/// digest, unless a test says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// When it was pushed.
    pub pushed: Timestamp,
    /// When it was last pulled; `None` where it never was.
    pub pulled: Option<Timestamp>,
    /// How often it was pulled.
    pub pulls: u64,
    /// What a scanner found; `None` where it was not scanned.
    pub scan: Option<Scan>,
}

/// How many vulnerabilities a scanner found, by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Critical ones.
    pub critical: u64,
    /// High ones.
    pub high: u64,
    /// Medium ones.
    pub medium: u64,
    /// Low ones.
    pub low: u64,
    /// How many of them can be repaired by an update.
    pub fixable: u64,
}

impl Scan {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.critical + self.high + self.medium + self.low
    }
}

/// 2026-01-01T00:00:00Z, in seconds; what is made up was pushed in the year from then on.
const EPOCH: i64 = 1_767_225_600;
const HALF_A_YEAR: usize = 182 * 24 * 3600;

impl Facts {
    /// Made up from a number.
    pub(super) fn of(number: u64) -> Self {
        let mut random = Random::new(number);
        let mut later = |than: i64| than + i64::try_from(random.below(HALF_A_YEAR)).unwrap_or(0);
        let pushed = later(EPOCH);
        let pulled = later(pushed);
        let pulls = random.below(40) as u64;
        let scan = (!random.chance(250)).then(|| {
            let mut found = |most| random.below(most) as u64;
            let (critical, high, medium, low) = (found(3), found(8), found(20), found(40));
            let fixable = (critical + high + medium + low) / 2;
            Scan {
                critical,
                high,
                medium,
                low,
                fixable,
            }
        });
        let at = |second| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            pushed: at(pushed),
            pulled: (pulls > 0).then(|| at(pulled)),
            pulls,
            scan,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_facts_are_the_same_and_agree_with_each_other() {
        assert_eq!(Facts::of(7), Facts::of(7));
        let all: Vec<_> = (0..200).map(Facts::of).collect();
        for facts in &all {
            assert_eq!(facts.pulled.is_some(), facts.pulls > 0);
            assert!(facts.pulled.is_none_or(|pulled| pulled >= facts.pushed));
            assert!(facts.scan.is_none_or(|scan| scan.fixable <= scan.total()));
        }
        assert!(all.iter().any(|facts| facts.scan.is_none()));
        assert!(all.iter().any(|facts| facts.pulled.is_none()));
    }
}
