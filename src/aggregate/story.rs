//! What changes while lines come: an incident begins, spreads, empties a pool, ends; a cause turns up that was not there.
//!
//! Two times are at work. *When* something began is the log's time. Whether it is *news* goes by arrival: a rate is lines
//! that came in the last seconds, whatever zone or clock stamped them, and silence can only be told from outside. What lay
//! in the logs before is no news: it is taken in without a word, and only an incident that is still going on at its end is
//! told. So is what comes late (the rest of a rotated file, a log that is copied into a folder).
//!
//! Bounded: a minute of seconds and half an hour of minutes for each cause, a few upstreams for each incident.

use std::collections::{BTreeMap, VecDeque};

use crate::record::Cause;
use crate::time::Timestamp;

/// An incident begins with so many lines …
const FEWEST: u64 = 5;
/// … within so many seconds.
const SUDDEN: i64 = 10;
/// It is over when fewer came in so many seconds.
const CALM: i64 = 60;
/// Minutes from which the usual level is taken.
const MINUTES: usize = 30;
/// Upstreams that are told of one incident.
const MOST_UPSTREAMS: usize = 10;
/// An incident in what lay there before goes on if the last line of all logs is no older than so.
const RECENT: i64 = 300;

/// Lines that tell of one cause at one upstream, at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The log's time, if it says one.
    pub time: Option<Timestamp>,
    /// The cause.
    pub cause: Cause,
    /// The upstream, made safe; empty when the log does not say.
    pub upstream: String,
    /// How many.
    pub entries: u64,
}

/// What changed. The names are those of the events.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the events of the report")]
pub enum Change {
    NewCause(News),
    Begins(News),
    Spreads(News),
    PoolEmpty(News),
    Ends(News),
}

/// A change of a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The cause.
    pub cause: Cause,
    /// The upstream; empty when unknown.
    pub upstream: String,
    /// The first line's time, or the last one's of what is over.
    pub time: Option<Timestamp>,
    /// Lines of the incident so far.
    pub evidence: u64,
    /// Seconds that it took, when it is over.
    pub seconds: Option<i64>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Story {
    courses: BTreeMap<Cause, Course>,
    /// Logs of messages are read too, so that an answer that says no cause is most likely one of theirs.
    has_messages: bool,
    /// The last of what lay there before, by the log's second.
    past: VecDeque<(i64, Sight)>,
    latest: Option<Timestamp>,
    changes: Vec<Change>,
}

/// What came of one cause.
#[derive(Clone, Debug, Default)]
struct Course {
    /// Lines by second of arrival, of the last [`CALM`] seconds.
    seconds: VecDeque<(i64, u64)>,
    /// Lines by minute of arrival, of minutes that are over.
    minutes: VecDeque<u64>,
    minute: (i64, u64),
    /// The first sight of the present seconds: when, and at which upstreams.
    first: Option<Timestamp>,
    upstreams: Vec<String>,
    last: Option<Timestamp>,
    incident: Option<Incident>,
}

#[derive(Clone, Debug)]
struct Incident {
    began: i64,
    since: Option<Timestamp>,
    evidence: u64,
    last_arrival: i64,
}

impl Story {
    /// Tells the story whether logs of messages are read beside answers.
    pub fn has_messages(&mut self, has_messages: bool) {
        self.has_messages = has_messages;
    }

    /// Takes in what lay there before.
    pub fn remember(&mut self, sight: Sight) {
        self.courses.entry(sight.cause).or_default();
        let Some(time) = sight.time else { return };
        self.latest = self.latest.max(Some(time));
        self.past.push_back((time.seconds(), sight));
        // Logs are read one after the other, so the oldest need not stand first.
        if self.past.len() > 65_536 {
            self.forget_past();
        }
    }

    /// An entry of that time was read of what lay there before.
    pub fn passed(&mut self, time: Timestamp) {
        self.latest = self.latest.max(Some(time));
    }

    /// Everything that lay there was read.
    pub fn caught_up(&mut self, now: Timestamp) {
        let Some(latest) = self.latest else { return };
        self.forget_past();
        let mut past: Vec<_> = std::mem::take(&mut self.past).into();
        if now.seconds() - latest.seconds() > RECENT {
            return;
        }
        past.sort_by_key(|(second, _)| *second);
        for (second, sight) in past {
            let arrival = now.plus_seconds(second - latest.seconds());
            self.see(arrival, &sight);
            self.advance(arrival);
        }
        // That a cause is there is told by its incident.
        self.changes.retain(|change| matches!(change, Change::Begins(_) | Change::PoolEmpty(_) | Change::Spreads(_)));
    }

    /// Takes in what came at `now`.
    pub fn see(&mut self, now: Timestamp, sight: &Sight) {
        let is_new = !self.courses.contains_key(&sight.cause);
        let is_hidden = sight.cause == Cause::Unattributed && self.has_messages;
        let course = self.courses.entry(sight.cause).or_default();
        course.see(now.seconds(), sight);
        if is_new && !is_hidden {
            self.changes.push(Change::NewCause(News::of(sight)));
        }
        let name = &sight.upstream;
        let is_elsewhere = !name.is_empty() && !course.upstreams.contains(name) && course.upstreams.len() < MOST_UPSTREAMS;
        if is_elsewhere {
            course.upstreams.push(name.clone());
        }
        if let Some(incident) = &mut course.incident {
            incident.evidence += sight.entries;
            incident.last_arrival = now.seconds();
            if is_elsewhere {
                let news = News { evidence: incident.evidence, ..News::of(sight) };
                self.changes.push(if sight.cause == Cause::NoHealthyBackends { Change::PoolEmpty(news) } else { Change::Spreads(news) });
            }
        }
    }

    /// Goes on to `now`: what changed since the last time.
    pub fn advance(&mut self, now: Timestamp) {
        let second = now.seconds();
        for course in self.courses.values_mut() {
            course.forget(second);
        }
        let explained: u64 = if self.has_messages {
            self.courses.iter().filter(|(cause, _)| **cause != Cause::Unattributed).map(|(_, course)| course.in_last(second, CALM)).sum()
        } else {
            0
        };
        for (cause, course) in &mut self.courses {
            let hidden = if *cause == Cause::Unattributed { explained } else { 0 };
            if let Some(change) = course.turn(*cause, second, hidden) {
                self.changes.push(change);
            }
        }
    }

    /// What changed since this was last asked, in order.
    pub fn changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn forget_past(&mut self) {
        let Some(latest) = self.latest else { return };
        self.past.retain(|(second, _)| *second >= latest.seconds() - CALM);
        // A minute of a flood is told as well by its beginning and its end.
        while self.past.len() > 32_768 {
            self.past.pop_front();
        }
    }
}

impl News {
    fn of(sight: &Sight) -> Self {
        Self { cause: sight.cause, upstream: sight.upstream.clone(), time: sight.time, evidence: sight.entries, seconds: None }
    }
}

impl Course {
    fn see(&mut self, second: i64, sight: &Sight) {
        match self.seconds.back_mut() {
            Some((last, entries)) if *last >= second => *entries += sight.entries,
            _ => self.seconds.push_back((second, sight.entries)),
        }
        self.minute.1 += sight.entries;
        if self.first.is_none() {
            self.first = sight.time;
        }
        self.last = self.last.max(sight.time);
    }

    fn forget(&mut self, second: i64) {
        while self.seconds.front().is_some_and(|(first, _)| *first <= second - CALM) {
            self.seconds.pop_front();
        }
        let minute = second.div_euclid(60);
        if self.minute.0 == 0 {
            self.minute.0 = minute;
        }
        let passed = usize::try_from(minute - self.minute.0).unwrap_or(0);
        if passed > 0 {
            // What came in an incident says nothing of what is usual.
            let entries = if self.incident.is_some() { self.usual() } else { self.minute.1 };
            self.minutes.push_back(entries);
            (1..passed.min(MINUTES)).for_each(|_| self.minutes.push_back(0));
            while self.minutes.len() > MINUTES {
                self.minutes.pop_front();
            }
            self.minute = (minute, 0);
        }
        if self.seconds.is_empty() && self.incident.is_none() {
            self.first = None;
            self.upstreams.clear();
        }
    }

    /// Lines of a usual minute: the upper quartile, since most minutes have none.
    fn usual(&self) -> u64 {
        let mut sorted: Vec<u64> = self.minutes.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() * 3 / 4).copied().unwrap_or(0)
    }

    fn in_last(&self, second: i64, seconds: i64) -> u64 {
        self.seconds.iter().filter(|(at, _)| *at > second - seconds).map(|(_, entries)| entries).sum()
    }

    /// Whether an incident begins or ends.
    fn turn(&mut self, cause: Cause, second: i64, hidden: u64) -> Option<Change> {
        if !cause.is_failure() {
            return None;
        }
        let usual = self.usual();
        let (sudden, lately) = (self.in_last(second, SUDDEN).saturating_sub(hidden), self.in_last(second, CALM));
        match &self.incident {
            None if sudden >= fewest(cause).max(hot(usual.div_ceil(6))) => {
                let news = News { cause, upstream: self.upstreams.first().cloned().unwrap_or_default(), time: self.first, evidence: lately, seconds: None };
                self.incident = Some(Incident { began: second, since: self.first, evidence: lately, last_arrival: second });
                Some(if cause == Cause::NoHealthyBackends { Change::PoolEmpty(news) } else { Change::Begins(news) })
            }
            Some(incident) if lately < fewest(cause).max(usual * 3 / 2) => {
                let took = match (incident.since, self.last) {
                    (Some(since), Some(last)) => last.seconds() - since.seconds(),
                    _ => incident.last_arrival - incident.began,
                };
                let news = News { cause, upstream: String::new(), time: self.last, evidence: incident.evidence, seconds: Some(took.max(0)) };
                self.incident = None;
                self.upstreams.clear();
                self.first = None;
                Some(Change::Ends(news))
            }
            _ => None,
        }
    }
}

/// A pool is empty once a line says so.
fn fewest(cause: Cause) -> u64 {
    if cause == Cause::NoHealthyBackends { 1 } else { FEWEST }
}

/// From how many lines on so many seconds are far above what is usual in them: in proportion, and against the scatter that
/// a steady trickle has by chance.
fn hot(usual: u64) -> u64 {
    if usual == 0 { 0 } else { (usual * 3).max(usual + 6 * (usual + 1).isqrt()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `(second, cause, upstream, entries)`, going on second by second to `until`: the changes, in words.
    fn told(story: &mut Story, sights: &[(i64, Cause, &str, u64)], from: i64, until: i64) -> Vec<String> {
        let mut words = Vec::new();
        for second in from..=until {
            let now = Timestamp::from_seconds(second);
            for (_, cause, upstream, entries) in sights.iter().filter(|(at, ..)| *at == second) {
                story.see(now, &Sight { time: Some(now), cause: *cause, upstream: (*upstream).to_owned(), entries: *entries });
            }
            story.advance(now);
            words.extend(story.changes().into_iter().map(|change| word(second, &change)));
        }
        words
    }

    fn word(second: i64, change: &Change) -> String {
        let (what, news) = match change {
            Change::NewCause(news) => ("new", news),
            Change::Begins(news) => ("begins", news),
            Change::Spreads(news) => ("spreads", news),
            Change::PoolEmpty(news) => ("pool-empty", news),
            Change::Ends(news) => ("ends", news),
        };
        format!("{second} {what} {} {} {}", news.cause, news.upstream, news.evidence).replace("  ", " ")
    }

    use Cause::{NoHealthyBackends, Unattributed, UpstreamDown};

    #[test]
    fn an_outage_is_told_in_a_few_lines() {
        let mut sights: Vec<_> = (1_000..1_060).map(|second| (second, UpstreamDown, "a:80", 2)).collect();
        sights.extend((1_020..1_060).map(|second| (second, UpstreamDown, "b:80", 1)));
        sights.extend((1_030..1_060).map(|second| (second, NoHealthyBackends, "pool", 9)));
        let words = told(&mut Story::default(), &sights, 1_000, 1_200);
        let expected = [
            "1000 new upstream-down a:80 2",
            "1002 begins upstream-down a:80 6",
            "1020 spreads upstream-down b:80 43",
            "1030 new no-healthy-backends pool 9",
            "1030 pool-empty no-healthy-backends pool 9",
            "1118 ends upstream-down 160",
            "1119 ends no-healthy-backends 270",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn a_trickle_is_no_incident_and_a_burst_above_it_is() {
        let mut story = Story::default();
        let trickle: Vec<_> = (0..600).map(|at| (1_000 + at * 3, UpstreamDown, "a:80", 1)).collect();
        assert_eq!(told(&mut story, &trickle, 1_000, 2_800), ["1000 new upstream-down a:80 1"]);
        let burst: Vec<_> = (0..20).map(|at| (2_801 + at, UpstreamDown, "a:80", 10)).collect();
        let words = told(&mut story, &burst, 2_801, 2_821);
        assert_eq!(words.len(), 1, "{words:?}");
        assert!(words[0].contains("begins upstream-down"), "{words:?}");
    }

    #[test]
    fn what_lay_there_before_is_no_news_unless_it_goes_on() {
        let remember = |story: &mut Story, from: i64, to: i64| {
            for second in from..to {
                story.remember(Sight { time: Some(Timestamp::from_seconds(second)), cause: UpstreamDown, upstream: "a:80".to_owned(), entries: 3 });
            }
        };
        let mut over = Story::default();
        remember(&mut over, 1_000, 1_100);
        over.passed(Timestamp::from_seconds(1_500));
        over.caught_up(Timestamp::from_seconds(1_501));
        assert_eq!(over.changes(), []);
        let mut goes_on = Story::default();
        remember(&mut goes_on, 1_000, 1_500);
        goes_on.caught_up(Timestamp::from_seconds(1_501));
        let words: Vec<_> = goes_on.changes().iter().map(|change| word(1_501, change)).collect();
        assert_eq!(words.len(), 1, "{words:?}");
        assert!(words[0].contains("begins upstream-down a:80"), "{words:?}");
        let mut stale = Story::default();
        remember(&mut stale, 1_000, 1_500);
        stale.caught_up(Timestamp::from_seconds(90_000));
        assert_eq!(stale.changes(), [], "nobody knows how it went on");
    }

    #[test]
    fn answers_without_a_cause_are_told_only_where_no_error_log_explains_them() {
        let sights: Vec<_> = (1_000..1_030).flat_map(|second| [(second, UpstreamDown, "a:80", 2), (second, Unattributed, "", 2)]).collect();
        let mut both = Story::default();
        both.has_messages(true);
        let words = told(&mut both, &sights, 1_000, 1_029);
        assert!(words.iter().all(|word| !word.contains("unattributed")), "{words:?}");
        let alone: Vec<_> = sights.into_iter().filter(|(_, cause, ..)| *cause == Unattributed).collect();
        let words = told(&mut Story::default(), &alone, 1_000, 1_029);
        assert!(words.contains(&"1002 begins unattributed 6".to_owned()), "{words:?}");
    }
}
