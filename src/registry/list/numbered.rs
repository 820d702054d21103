//! Lists by page number or offset, which state how many entries there are.
//!
//! Such a list is whole when the stated total, equal on the first and the last page, is what
//! came. What moves while it is read may hide an entry between two pages.

use super::ask::Refusal;

/// How far a numbered list was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::registry) struct Numbered {
    /// Entries on the pages before.
    came: u64,
    /// What the first page stated.
    stated: Option<u64>,
}

/// What becomes of a numbered list after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::registry) enum Goes {
    /// There is more.
    On(Numbered),
    /// It ended.
    Whole,
}

impl Numbered {
    /// Takes a page of `count` entries of a list that states `total`, where it states any.
    /// `size` entries were asked for. `says_more` is what links say, where there are some.
    ///
    /// # Errors
    ///
    /// The list moved while it was read.
    pub(in crate::registry) fn page(
        self,
        count: usize,
        size: usize,
        total: Option<u64>,
        says_more: Option<bool>,
    ) -> Result<Goes, Refusal> {
        let is_first = self.came == 0;
        let stated = if is_first { total } else { self.stated };
        let came = self.came + count as u64;
        let goes_on = match (stated, says_more) {
            _ if count == 0 => false,
            (Some(stated), _) => came < stated,
            (None, Some(says_more)) => says_more,
            (None, None) => count >= size,
        };
        if goes_on && stated == total {
            return Ok(Goes::On(Self { came, stated }));
        }
        if stated != total || stated.is_some_and(|stated| stated != came) {
            let shown = |total: Option<u64>| total.map_or("none".to_owned(), |n| n.to_string());
            return Err(Refusal::Shifted(format!(
                "{came} entries came of {} that the first page states, {} by the last",
                shown(stated),
                shown(total)
            )));
        }
        Ok(Goes::Whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pages: &[(usize, Option<u64>)]) -> Result<usize, Refusal> {
        let mut list = Numbered::default();
        for (at, (count, total)) in pages.iter().enumerate() {
            match list.page(*count, 100, *total, None)? {
                Goes::On(next) => list = next,
                Goes::Whole => return Ok(at + 1),
            }
        }
        Ok(0)
    }

    #[test]
    fn a_list_is_whole_when_what_is_stated_came() {
        assert_eq!(read(&[(100, Some(130)), (30, Some(130))]), Ok(2));
        assert_eq!(read(&[(0, Some(0))]), Ok(1));
        assert_eq!(read(&[(100, Some(100))]), Ok(1));
        assert_eq!(read(&[(100, None), (30, None)]), Ok(2));
        assert_eq!(read(&[(100, None), (0, None)]), Ok(2));
    }

    #[test]
    fn a_list_that_moves_is_not() {
        for pages in [
            &[(100, Some(130)), (29, Some(129))][..],
            &[(100, Some(130)), (31, Some(131))],
            &[(100, Some(130)), (20, Some(130)), (0, Some(130))],
            &[(0, Some(7))],
            &[(10, Some(7))],
        ] {
            let read = read(pages);
            assert!(matches!(read, Err(Refusal::Shifted(_))), "{pages:?}");
        }
    }
}
