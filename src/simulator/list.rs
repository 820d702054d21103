//! Lists in pages: what a query asks for, what belongs on the page, and the `Link` to the
//! next (OCI distribution-spec 1.1, "Listing Tags"; RFC 8288), honest or not.
//!
//! Knows names and how they come in pages; does not know what is listed.

use hyper::StatusCode;
use hyper::header::LINK;
use serde_json::json;

use super::answer::{self, Answer};
use super::behaviour::{Cap, LinkStyle, Order, Paging};
use super::random::mix_text;

/// A page that was asked for.
pub(super) struct Page {
    size: usize,
    last: Option<String>,
}

/// What belongs on a page.
pub(super) struct Cut {
    pub(super) names: Vec<String>,
    /// Whether the list goes on behind it.
    more: bool,
}

impl Page {
    /// Everything on one page.
    pub(super) const WHOLE: Self = Self {
        size: usize::MAX,
        last: None,
    };

    /// The page that `query` asks for, or the refusal of it.
    pub(super) fn asked(paging: &Paging, query: &str) -> Result<Self, Box<Answer>> {
        let (mut wish, mut last) = (None, None);
        for (key, value) in pairs(query) {
            if key == "n" && paging.takes_n {
                wish = value.parse::<usize>().ok();
            } else if key == paging.cursor && !value.is_empty() {
                last = Some(value.into_owned());
            }
        }
        let size = match (wish, paging.cap) {
            (None, _) => paging.default,
            (Some(n), Cap::Clamp(most)) => n.min(most),
            (Some(n), Cap::Refuse(most)) if n > most => {
                return Err(Box::new(answer::error(
                    StatusCode::BAD_REQUEST,
                    "PAGINATION_NUMBER_INVALID",
                    "invalid number of results requested",
                    Some(json!({ "n": n })),
                )));
            }
            (Some(n), Cap::None | Cap::Refuse(_)) => n,
        };
        Ok(Self { size, last })
    }

    /// Cuts the page out of a list: `find` gives up to so many names behind one, sorted, and
    /// nothing where there is no such list.
    pub(super) fn cut(
        &self,
        paging: &Paging,
        find: impl Fn(Option<&str>, usize) -> Option<Vec<String>>,
    ) -> Option<Cut> {
        let mut names = if paging.order == Order::Sorted && !paging.repeats {
            find(self.last.as_deref(), self.size.saturating_add(1))?
        } else {
            let mut all = find(None, usize::MAX)?;
            match paging.order {
                Order::Sorted => {}
                Order::Reversed => all.reverse(),
                Order::Mixed => all.sort_by_key(|name| mix_text(0, name)),
            }
            let last = self.last.as_deref();
            let at = last.and_then(|last| all.iter().position(|name| name == last));
            let repeated = at.filter(|_| paging.repeats).map(|at| all[at].clone());
            all.drain(..at.map_or(0, |at| at + 1));
            all.truncate(self.size.saturating_add(1));
            let more = all.len() > self.size;
            all.truncate(self.size);
            if let Some(repeated) = repeated {
                all.insert(0, repeated);
            }
            return Some(Cut { names: all, more });
        };
        let more = names.len() > self.size;
        names.truncate(self.size);
        Some(Cut { names, more })
    }

    /// Says where the list goes on, as far as the registry says it.
    pub(super) fn link_next(
        &self,
        answer: &mut Answer,
        paging: &Paging,
        origin: &str,
        path: &str,
        cut: &Cut,
    ) {
        let is_full = cut.names.len() == self.size;
        let linked = cut.more || (is_full && paging.link_after_full_page);
        let Some(raw) = cut.names.last().filter(|_| linked) else {
            return;
        };
        let last: String = url::form_urlencoded::byte_serialize(raw.as_bytes()).collect();
        let (cursor, n) = (&paging.cursor, self.size);
        let link = match &paging.link {
            LinkStyle::None => return,
            LinkStyle::Relative => format!("<{path}?{cursor}={last}&n={n}>; rel=\"next\""),
            LinkStyle::Absolute => format!("<{origin}{path}?{cursor}={last}&n={n}>; rel=\"next\""),
            LinkStyle::Written(text) => text
                .replace("{origin}", origin)
                .replace("{path}", path)
                .replace("{last}", &last)
                .replace("{raw}", raw)
                .replace("{n}", &n.to_string()),
        };
        answer::set(answer, LINK, &link);
    }
}

/// The parameters of a query.
pub(super) fn pairs(query: &str) -> url::form_urlencoded::Parse<'_> {
    url::form_urlencoded::parse(query.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(paging: &Paging, query: &str) -> (String, String) {
        let all: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        let page = Page::asked(paging, query).unwrap();
        let find = |last: Option<&str>, limit| {
            let behind = all.iter().filter(|name| Some(name.as_str()) > last);
            Some(behind.take(limit).cloned().collect())
        };
        let cut = page.cut(paging, find).unwrap();
        let mut answer = Answer::default();
        page.link_next(&mut answer, paging, "http://h", "/p", &cut);
        let link = answer.headers().get(LINK);
        let link = link.map(|link| link.to_str().unwrap().to_owned());
        (cut.names.concat(), link.unwrap_or_default())
    }

    #[test]
    fn a_page_is_what_was_asked_for_and_how_the_server_takes_it() {
        let paging = Paging {
            default: 3,
            ..Paging::default()
        };
        for (paging, query, names) in [
            (paging.clone(), "n=2&last=a", "bc"),
            (paging.clone(), "", "abc"),
            (
                Paging {
                    takes_n: false,
                    ..paging.clone()
                },
                "n=2&last=a",
                "bcd",
            ),
            (
                Paging {
                    cursor: "next".into(),
                    ..paging.clone()
                },
                "n=2&last=a",
                "ab",
            ),
            (
                Paging {
                    order: Order::Reversed,
                    ..paging.clone()
                },
                "n=2&last=d",
                "cb",
            ),
            (
                Paging {
                    repeats: true,
                    ..paging.clone()
                },
                "n=2&last=b",
                "bcd",
            ),
        ] {
            assert_eq!(cut(&paging, query).0, names, "{paging:?}");
        }
        let mixed = Paging {
            order: Order::Mixed,
            ..paging
        };
        let (first, _) = cut(&mixed, "n=3");
        let (rest, _) = cut(&mixed, &format!("n=3&last={}", &first[2..]));
        let mut both: Vec<char> = (first + &rest).chars().collect();
        both.sort_unstable();
        assert_eq!(both, ['a', 'b', 'c', 'd', 'e']);
    }

    #[test]
    fn a_link_is_written_as_wished() {
        let mut paging = Paging::default();
        assert_eq!(cut(&paging, "n=2").1, "</p?last=b&n=2>; rel=\"next\"");
        paging.link = LinkStyle::Written("<{origin}/x{path}?k={raw}&m={n}>; rel=next".into());
        assert_eq!(cut(&paging, "n=2").1, "<http://h/x/p?k=b&m=2>; rel=next");
        assert_eq!(cut(&paging, "n=5").1, "");
    }
}
