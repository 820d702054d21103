//! The first of many images by their tags, found while nothing else of them is read.

use std::cmp::Ordering;

use super::{lead_tag, natural};
use crate::model::Tag;

/// Where an image stands by the tag it is best known by; `P` is where it is kept, by which
/// images of the same tag are ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stand<P> {
    name: Vec<u8>,
    at: P,
}

/// The first images in the order of their tags, of any number that come by. They stand as
/// [`Best`](super::Best) has them, where images without a tag follow, and signatures and the
/// like behind these: none of both is one of the first.
#[derive(Debug)]
pub struct Leading<P> {
    descending: bool,
    most: usize,
    kept: Vec<Stand<P>>,
    /// The last that is kept, since others were let go: who stands behind it is none of them.
    last: Option<Vec<u8>>,
}

impl<P: Ord> Leading<P> {
    /// Images kept beyond those wanted before the others are let go.
    const ROOM: usize = 1024;

    /// Keeps the first `most` images.
    pub fn new(descending: bool, most: usize) -> Self {
        Self {
            descending,
            most,
            kept: Vec::new(),
            last: None,
        }
    }

    /// An empty one of the same kind, for a part of what comes by.
    pub fn another(&self) -> Self {
        Self::new(self.descending, self.most)
    }

    /// Takes an image with these tags into account.
    pub fn offer(&mut self, tags: &[Tag], at: impl FnOnce() -> P) {
        if let Some(lead) = lead_tag(tags).filter(|lead| !lead.is_accessory()) {
            self.keep(natural::key(lead.as_str()), at);
        }
    }

    /// Takes those of another into account.
    pub fn join(&mut self, other: Self) {
        for one in other.kept {
            self.keep(one.name, || one.at);
        }
    }

    /// Where the first images are, in order.
    pub fn finish(mut self) -> Vec<P> {
        self.cut();
        self.kept.into_iter().map(|one| one.at).collect()
    }

    fn keep(&mut self, name: Vec<u8>, at: impl FnOnce() -> P) {
        let is_behind = |last: &Vec<u8>| self.compare(&name, last) == Ordering::Greater;
        if self.last.as_ref().is_some_and(is_behind) {
            return;
        }
        self.kept.push(Stand { name, at: at() });
        // Twice as many as are wanted, so that each is looked at a few times only.
        if self.kept.len() >= self.most.saturating_mul(2).saturating_add(Self::ROOM) {
            self.cut();
        }
    }

    fn compare(&self, one: &[u8], other: &[u8]) -> Ordering {
        let names = one.cmp(other);
        if self.descending {
            names.reverse()
        } else {
            names
        }
    }

    fn cut(&mut self) {
        let mut kept = std::mem::take(&mut self.kept);
        kept.sort_unstable_by(|one, other| {
            let names = self.compare(&one.name, &other.name);
            names.then_with(|| one.at.cmp(&other.at))
        });
        if kept.len() > self.most {
            kept.truncate(self.most);
            self.last = kept.last().map(|last| last.name.clone());
        }
        self.kept = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(texts: &[&str]) -> Vec<Tag> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_first_by_their_leading_tags_are_kept() {
        let signature = format!("sha256-{}.sig", "0".repeat(64));
        let images: [&[&str]; 7] = [
            &["1.10"],
            &["latest", "2.0"],
            &[],
            &["1.9"],
            &[&signature],
            &["edge"],
            &["2.0"],
        ];
        for (descending, wanted) in [(false, [3, 0, 1, 6, 5]), (true, [5, 1, 6, 0, 3])] {
            for most in [0, 1, 2, 3, 5, usize::MAX] {
                let mut all = Leading::new(descending, most);
                let mut halves = [all.another(), all.another()];
                for (at, image) in images.iter().enumerate() {
                    all.offer(&tags(image), || at);
                    halves[usize::from(at > 2)].offer(&tags(image), || at);
                }
                let [mut first, second] = halves;
                first.join(second);
                let wanted = &wanted[..most.min(5)];
                assert_eq!(all.finish(), wanted, "{descending} {most}");
                assert_eq!(first.finish(), wanted, "{descending} {most}");
            }
        }
    }

    #[test]
    fn no_more_are_kept_than_it_takes() {
        let mut leading = Leading::new(true, 3);
        for number in 0..5000 {
            leading.offer(&tags(&[&number.to_string()]), || number);
            assert!(leading.kept.len() < 3 * 2 + Leading::<i32>::ROOM);
        }
        assert_eq!(leading.finish(), [4999, 4998, 4997]);
    }
}
