//! Which ordinary answers are to be kept because a failure may belong to them.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::event::Key;
use crate::time::Timestamp;

/// Longest time between a request's start, which some logs stamp, and its failure.
const LONGEST_REQUEST: i64 = 300;

/// Where and when requests failed, as error logs told.
#[derive(Clone, Debug, Default)]
pub enum Wanted {
    /// No answer is wanted.
    #[default]
    Nothing,
    /// Every answer: the failures are not known yet.
    All,
    /// Those near one of these.
    Near(Places),
}

/// By client and route (0: not known), the seconds at which requests failed.
#[derive(Clone, Debug, Default)]
pub struct Places {
    by_request: HashMap<(Key, Key), Vec<i64>, FixedState>,
    /// The seconds of all, sorted.
    seconds: Vec<i64>,
}

impl Places {
    /// A request of `client` on `route` failed at `at`.
    pub fn add(&mut self, client: Key, route: Key, at: Timestamp) {
        self.by_request.entry((client, route)).or_default().push(at.seconds());
        self.seconds.push(at.seconds());
    }

    /// To be called once after the last [`Self::add`].
    pub fn finish(&mut self) {
        #[allow(clippy::iter_over_hash_type, reason = "each is sorted by itself")]
        for places in self.by_request.values_mut() {
            places.sort_unstable();
            places.dedup();
        }
        self.seconds.sort_unstable();
        self.seconds.dedup();
    }

    /// Whether a failure may belong to an answer of `client` on `route` between these seconds.
    fn holds(&self, client: Key, route: Key, from: i64, to: i64) -> bool {
        let is_between = |seconds: &Vec<i64>| seconds.get(seconds.partition_point(|second| *second < from)).is_some_and(|second| *second <= to);
        if client == 0 || route == 0 {
            // It may be anybody's.
            return is_between(&self.seconds);
        }
        // What a failure does not know stands under 0.
        [(client, route), (client, 0), (0, route), (0, 0)].iter().filter_map(|place| self.by_request.get(place)).any(is_between)
    }
}

impl Wanted {
    /// Whether no answer of that time is wanted, whoever asked for it and however long it took.
    pub fn is_quiet(&self, at: Timestamp, stamps_start: bool) -> bool {
        match self {
            Self::Nothing => true,
            Self::All => false,
            Self::Near(places) => {
                let (from, to) = window(at, stamps_start, -1);
                let first = places.seconds.partition_point(|second| *second < from);
                places.seconds.get(first).is_none_or(|second| *second > to)
            }
        }
    }

    /// Whether the answer is wanted.
    pub fn wants(&self, client: Key, route: Key, at: Timestamp, stamps_start: bool, duration: i64) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::Near(places) => {
                let (from, to) = window(at, stamps_start, duration);
                places.holds(client, route, from, to)
            }
        }
    }
}

/// The seconds in which the failure of an answer's request can have been logged.
pub fn window(at: Timestamp, stamps_start: bool, duration: i64) -> (i64, i64) {
    let second = at.seconds();
    let longest = if !stamps_start {
        0
    } else if duration >= 0 {
        // Rounded up: the stamp has whole seconds.
        duration / 1_000_000 + 1
    } else {
        LONGEST_REQUEST
    };
    (second - 1, second + longest + 1)
}
