//! What was asked: the latest requests, and how much there was at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::Method;

use super::asked::Origin;

/// One request as it came in. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Where it came in.
    pub origin: Origin,
    /// Its method.
    pub method: Method,
    /// Its path and query.
    pub path_and_query: String,
    /// How it signed in.
    pub authorization: Authorization,
    /// The status it got; `None` where it got none, or none yet.
    pub status: Option<u16>,
}

/// How a request signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authorization {
    /// Not at all.
    None,
    /// By user name and password.
    Basic,
    /// By a token.
    Bearer,
    /// Some other way, by a header of the product's own for example.
    Other,
}

impl Authorization {
    /// `own` is whether there was a header of the product's own that signs in.
    pub(super) fn of(header: Option<&str>, own: bool) -> Self {
        match header.map(|text| text.split(' ').next().unwrap_or_default()) {
            None if own => Self::Other,
            None => Self::None,
            Some(scheme) if scheme.eq_ignore_ascii_case("basic") => Self::Basic,
            Some(scheme) if scheme.eq_ignore_ascii_case("bearer") => Self::Bearer,
            Some(_) => Self::Other,
        }
    }
}

/// How much was asked, in all and at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Requests so far.
    pub requests: u64,
    /// Requests in work now.
    pub in_flight: u64,
    /// The most that ever were.
    pub most_in_flight: u64,
    /// Connections accepted so far.
    pub connections: u64,
    /// Connections open now.
    pub open: u64,
    /// The most that ever were.
    pub most_open: u64,
}

#[derive(Debug)]
pub(super) struct Recorder {
    book: Mutex<Book>,
    remember: usize,
}

#[derive(Debug, Default)]
struct Book {
    load: Load,
    latest: VecDeque<Recorded>,
    /// Requests that were remembered and are forgotten.
    forgotten: u64,
}

/// A request in work. Dropped when it is answered or given up.
#[derive(Debug)]
pub(super) struct InWork {
    recorder: Arc<Recorder>,
    /// How many requests there were before it.
    order: u64,
    number: Option<u64>,
}

/// A connection. Dropped when it is closed.
#[derive(Debug)]
pub(super) struct Open(Arc<Recorder>);

impl Recorder {
    pub(super) fn new(remember: usize) -> Self {
        Self {
            book: Mutex::default(),
            remember,
        }
    }

    pub(super) fn opened(self: &Arc<Self>) -> Open {
        let mut book = self.book();
        book.load.connections += 1;
        book.load.open += 1;
        book.load.most_open = book.load.most_open.max(book.load.open);
        Open(Arc::clone(self))
    }

    pub(super) fn arrived(
        self: &Arc<Self>,
        origin: Origin,
        method: &Method,
        path_and_query: &str,
        authorization: Authorization,
    ) -> InWork {
        let recorded = (self.remember > 0).then(|| Recorded {
            origin,
            method: method.clone(),
            path_and_query: path_and_query.to_owned(),
            authorization,
            status: None,
        });
        let mut book = self.book();
        let order = book.load.requests;
        book.load.requests += 1;
        book.load.in_flight += 1;
        book.load.most_in_flight = book.load.most_in_flight.max(book.load.in_flight);
        let number = recorded.map(|recorded| {
            if book.latest.len() == self.remember {
                book.latest.pop_front();
                book.forgotten += 1;
            }
            book.latest.push_back(recorded);
            book.forgotten + book.latest.len() as u64 - 1
        });
        InWork {
            recorder: Arc::clone(self),
            order,
            number,
        }
    }

    pub(super) fn latest(&self) -> Vec<Recorded> {
        self.book().latest.iter().cloned().collect()
    }

    pub(super) fn load(&self) -> Load {
        self.book().load
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InWork {
    pub(super) fn order(&self) -> u64 {
        self.order
    }

    pub(super) fn answered(&self, status: u16) {
        let Some(number) = self.number else { return };
        let mut book = self.recorder.book();
        let position = number
            .checked_sub(book.forgotten)
            .and_then(|position| usize::try_from(position).ok());
        if let Some(recorded) = position.and_then(|at| book.latest.get_mut(at)) {
            recorded.status = Some(status);
        }
    }
}

impl Drop for InWork {
    fn drop(&mut self) {
        self.recorder.book().load.in_flight -= 1;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.book().load.open -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_remembered_with_their_answers() {
        let recorder = Arc::new(Recorder::new(2));
        let arrive =
            |path| recorder.arrived(Origin::Registry, &Method::GET, path, Authorization::None);
        let (one, two) = (arrive("/1"), arrive("/2"));
        two.answered(200);
        let three = arrive("/3");
        one.answered(500);
        drop((one, two));
        let latest = recorder.latest();
        let seen: Vec<_> = latest
            .iter()
            .map(|r| (r.path_and_query.as_str(), r.status))
            .collect();
        assert_eq!(seen, [("/2", Some(200)), ("/3", None)]);
        let load = recorder.load();
        assert_eq!(
            (load.requests, load.in_flight, load.most_in_flight),
            (3, 1, 3)
        );
        drop(three);
        assert_eq!(recorder.load().in_flight, 0);
    }

    #[test]
    fn nothing_is_remembered_where_nothing_should_be() {
        let recorder = Arc::new(Recorder::new(0));
        recorder
            .arrived(Origin::Registry, &Method::GET, "/", Authorization::None)
            .answered(200);
        assert_eq!(recorder.latest(), []);
        assert_eq!(recorder.load().requests, 1);
    }
}
