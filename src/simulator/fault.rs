//! What goes wrong, where and how often.
//!
//! Decides which fault a request meets; what the fault does to the answer is done by
//! [`super::server`] and [`super::answer`].

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::Method;

use super::random::{mix, mix_text};
use super::route::{Route, RouteKind};

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The requests concerned.
    pub on: On,
    /// How often.
    pub when: When,
    /// What happens.
    pub what: What,
}

/// A pattern of requests. What is `None` matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct On {
    /// The kind of route.
    pub route: Option<RouteKind>,
    /// The method.
    pub method: Option<Method>,
    /// The repository.
    pub repository: Option<String>,
    /// The tag or digest.
    pub reference: Option<String>,
    /// A part of the path as it was sent, such as `/api/v2.0/projects`.
    pub path: Option<String>,
    /// A part of the query as it was sent, such as `last=team`.
    pub query: Option<String>,
}

/// How often a fault fires, counted over the requests that match its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// The first so many times.
    First(usize),
    /// Each time a multiple of this is reached.
    Every(usize),
    /// For so many in a thousand. Which ones depends on the behaviour's seed, the
    /// request and how often it was made, not on the order of different requests.
    Share(u16),
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Answers with this status and the registry's form of error.
    Status {
        /// The HTTP status.
        code: u16,
        /// Seconds of `Retry-After`.
        retry_after: Option<u64>,
    },
    /// Closes the connection without an answer.
    Reset,
    /// Closes the connection after so many bytes of the body.
    Truncate(usize),
    /// Sends so many bytes of the body, and no more, and keeps the connection.
    Stall(usize),
    /// Never answers.
    Hang,
    /// Answers 200 with a page for people.
    Html,
    /// Answers 200 with the right type and a body that is no JSON.
    NotJson,
    /// Sends a byte more than the digest covers.
    WrongDigest,
    /// Sends `null` for the list.
    NullTags,
    /// Answers 307 to this location.
    RedirectTo(String),
    /// Says this `Link` instead of its own.
    Link(String),
    /// Says this header instead of its own.
    Header(String, String),
    /// Compresses the body, whether or not that was asked for.
    Gzip,
    /// Leaves this header out.
    Without(String),
    /// Answers this, whatever was asked.
    Say {
        /// The HTTP status.
        code: u16,
        /// Headers; `content-length` comes by itself.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// Blanks after the JSON until the body is this long.
    Pad(usize),
    /// Answers later than it would.
    Slow(Duration),
}

impl Fault {
    /// A fault that always happens on routes of this kind.
    pub fn on_route(route: RouteKind, what: What) -> Self {
        Self {
            on: On {
                route: Some(route),
                ..On::default()
            },
            when: When::Always,
            what,
        }
    }

    /// A fault that always happens in this repository, on routes of this kind.
    pub fn in_repository(repository: &str, route: RouteKind, what: What) -> Self {
        let mut fault = Self::on_route(route, what);
        fault.on.repository = Some(repository.to_owned());
        fault
    }

    /// The same fault, this often.
    pub fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }
}

impl On {
    fn matches(&self, method: &Method, route: &Route, path_and_query: &str) -> bool {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let part_of = |wanted: &Option<String>, whole: &str| {
            wanted.as_deref().is_none_or(|part| whole.contains(part))
        };
        let agrees = |wanted: &Option<String>, given: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| given == Some(wanted))
        };
        self.route.is_none_or(|kind| kind == route.kind())
            && self.method.as_ref().is_none_or(|wanted| wanted == method)
            && agrees(&self.repository, route.repository())
            && agrees(&self.reference, route.reference())
            && part_of(&self.path, path)
            && part_of(&self.query, query)
    }
}

/// The faults of one server with their counters.
#[derive(Debug)]
pub(super) struct Faults {
    armed: Vec<Armed>,
    seed: u64,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    count: Mutex<Count>,
}

#[derive(Debug, Default)]
struct Count {
    all: usize,
    /// How often each request was made; only [`When::Share`] asks.
    each: HashMap<String, u64>,
}

/// Requests that [`When::Share`] tells apart before it begins to count anew.
const MAX_TOLD_APART: usize = 1 << 17;

/// What a request meets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Met {
    pub(super) delay: Duration,
    pub(super) what: Option<What>,
}

impl Faults {
    pub(super) fn new(faults: Vec<Fault>, seed: u64) -> Self {
        let armed = faults
            .into_iter()
            .map(|fault| Armed {
                fault,
                count: Mutex::default(),
            })
            .collect();
        Self { armed, seed }
    }

    pub(super) fn met(&self, method: &Method, route: &Route, path_and_query: &str) -> Met {
        let mut met = Met::default();
        for (position, armed) in self.armed.iter().enumerate() {
            if met.what.is_some() && !matches!(armed.fault.what, What::Slow(_)) {
                continue;
            }
            if !armed.fault.on.matches(method, route, path_and_query) {
                continue;
            }
            let seed = self.seed ^ mix(position as u64);
            if !armed.fires(seed, method, path_and_query) {
                continue;
            }
            match &armed.fault.what {
                What::Slow(delay) => met.delay += *delay,
                what => met.what = Some(what.clone()),
            }
        }
        met
    }
}

impl Armed {
    fn fires(&self, seed: u64, method: &Method, path_and_query: &str) -> bool {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        count.all += 1;
        match self.fault.when {
            When::Always => true,
            When::First(times) => count.all <= times,
            When::Every(step) => count.all.is_multiple_of(step),
            When::Share(per_mille) => {
                if count.each.len() >= MAX_TOLD_APART {
                    count.each.clear();
                }
                let request = format!("{method} {path_and_query}");
                let drawn = mix_text(seed, &request);
                let times = count.each.entry(request).or_default();
                *times += 1;
                mix(drawn ^ mix(*times)) % 1000 < u64::from(per_mille)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fires(when: When, seed: u64) -> Vec<bool> {
        let fault = Fault::on_route(RouteKind::Tags, What::Reset).when(when);
        let faults = Faults::new(vec![fault], seed);
        (0..6)
            .map(|_| met(&faults, "/v2/a/tags/list").what.is_some())
            .collect()
    }

    fn met(faults: &Faults, path: &str) -> Met {
        faults.met(&Method::GET, &Route::parse(path), path)
    }

    #[test]
    fn faults_fire_as_often_as_they_say() {
        let (y, n) = (true, false);
        for (when, wanted) in [
            (When::Always, [y; 6]),
            (When::First(2), [y, y, n, n, n, n]),
            (When::Every(3), [n, n, y, n, n, y]),
            (When::Every(0), [n; 6]),
            (When::Share(0), [n; 6]),
            (When::Share(1000), [y; 6]),
        ] {
            assert_eq!(fires(when, 1), wanted, "{when:?}");
        }
    }

    #[test]
    fn a_share_does_not_depend_on_the_order_of_requests() {
        let paths: Vec<String> = (0..200).map(|i| format!("/v2/a{i}/tags/list")).collect();
        let draw = |paths: &[String], seed| {
            let fault = Fault::on_route(RouteKind::Tags, What::Reset).when(When::Share(300));
            let faults = Faults::new(vec![fault], seed);
            let mut hit: Vec<_> = paths
                .iter()
                .filter(|path| met(&faults, path).what.is_some())
                .cloned()
                .collect();
            hit.sort();
            hit
        };
        let backwards: Vec<_> = paths.iter().rev().cloned().collect();
        let hit = draw(&paths, 4);
        assert!((30..90).contains(&hit.len()), "{}", hit.len());
        assert_eq!(hit, draw(&backwards, 4));
        assert_ne!(hit, draw(&paths, 5));
    }

    #[test]
    fn a_part_of_the_path_chooses_too() {
        let on = On {
            path: Some("/projects/".into()),
            query: Some("page=2".into()),
            ..On::default()
        };
        let matches = |path| on.matches(&Method::GET, &Route::Other, path);
        assert!(matches("/api/projects/a?page=2"));
        assert!(!matches("/api/projects/a?page=1"));
        assert!(!matches("/api/users?q=/projects/&page=2"));
    }

    #[test]
    fn patterns_choose_and_delays_add_up() {
        let slow =
            |route, millis| Fault::on_route(route, What::Slow(Duration::from_millis(millis)));
        let denied = What::Status {
            code: 403,
            retry_after: None,
        };
        let faults = Faults::new(
            vec![
                slow(RouteKind::Tags, 5),
                Fault::in_repository("a/b", RouteKind::Tags, denied.clone()),
                Fault::on_route(RouteKind::Tags, What::Hang).when(When::Every(2)),
                slow(RouteKind::Tags, 7),
            ],
            0,
        );
        let first = met(&faults, "/v2/a/b/tags/list");
        assert_eq!(first.delay, Duration::from_millis(12));
        assert_eq!(first.what, Some(denied));
        assert_eq!(met(&faults, "/v2/a/c/tags/list").what, None);
        assert_eq!(met(&faults, "/v2/a/c/tags/list").what, Some(What::Hang));
        assert_eq!(met(&faults, "/v2/_catalog"), Met::default());
    }
}
