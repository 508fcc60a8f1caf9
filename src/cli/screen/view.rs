//! What the screen shows: the report of a moment, what changed on the way to it, and what follows from both.
//!
//! Rates go by the log's time, so that a file that is read in a second is no burst. They are told as of now where the
//! log's clock is about ours, else as of the last entry.

use logscan502::analysis::live::Latest;
use logscan502::record::Cause;
use logscan502::report::{CauseReport, Count, Event, Incident, Report, Told};
use logscan502::time::{Timestamp, Width};

/// A log whose last entry is further from now is of another clock, or a recording.
const SAME_CLOCK: i64 = 600;
/// Changes that are kept.
pub(super) const MOST_EVENTS: usize = 500;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) report: Report,
    pub(super) latest: Latest,
    /// The latest changes, oldest first.
    pub(super) events: Vec<Event>,
    /// Of now.
    pub(super) now: Option<Timestamp>,
    pub(super) lines_per_second: u64,
    /// What lay there before is still being read.
    pub(super) is_catching_up: bool,
}

/// Requests in a slice of time, by cause in the order of the contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: i64,
    pub(super) causes: Vec<(Cause, u64)>,
}

impl Slice {
    pub(super) fn requests(&self) -> u64 {
        self.causes.iter().map(|(_, requests)| requests).sum()
    }

    pub(super) fn of(&self, cause: &str) -> u64 {
        self.causes.iter().find(|(other, _)| other.id() == cause).map_or(0, |(_, requests)| *requests)
    }

    fn add(&mut self, cause: Cause, requests: u64) {
        match self.causes.iter_mut().find(|(other, _)| *other == cause) {
            Some((_, sum)) => *sum += requests,
            None => self.causes.push((cause, requests)),
        }
    }
}

/// An incident that is not over.
#[derive(Clone, Debug)]
pub(super) struct Current<'v> {
    pub(super) told: &'v Told,
    /// How the report describes it.
    pub(super) incident: Option<&'v Incident>,
    /// Upstreams that it spread to, in order.
    pub(super) upstreams: Vec<&'v str>,
}

impl View {
    /// Takes note of changes.
    pub(super) fn tell(&mut self, events: Vec<Event>) {
        self.events.extend(events);
        let excess = self.events.len().saturating_sub(MOST_EVENTS);
        self.events.drain(..excess);
    }

    /// Causes in which the text is found; all where it is empty.
    pub(super) fn causes(&self, filter: &str) -> Vec<&CauseReport> {
        let names = |cause: &CauseReport| [&cause.upstreams, &cause.hosts, &cause.paths].into_iter().flatten().any(|count| holds(&count.name, filter));
        self.report.causes.iter().filter(|cause| filter.is_empty() || holds(&cause.id, filter) || holds(&cause.title, filter) || names(cause)).collect()
    }

    /// Entries of a cause, latest first, of which some are there; else the first one of all.
    pub(super) fn entries<'v>(&'v self, cause: &'v CauseReport) -> Vec<&'v str> {
        let latest: Vec<&str> = Cause::from_id(&cause.id).into_iter().flat_map(|cause| self.latest.of(cause)).collect();
        if latest.is_empty() { cause.example.iter().map(String::as_str).collect() } else { latest }
    }

    /// Seconds from the last entry to now.
    pub(super) fn lag(&self) -> Option<i64> {
        Some(self.now?.seconds() - self.report.span?.to.seconds())
    }

    /// As of when rates are told and up to where the timeline goes: a second.
    pub(super) fn end(&self) -> Option<i64> {
        let last = self.report.span?.to.seconds();
        let now = self.now.map_or(last, Timestamp::seconds);
        Some(if (last..=last + SAME_CLOCK).contains(&now) { now } else { last })
    }

    /// Requests of a cause in the last minute.
    pub(super) fn rate(&self, cause: &str) -> u64 {
        let Some(end) = self.end() else { return 0 };
        let lately = self.report.buckets.iter().rev().take_while(|bucket| bucket.start.seconds() > end - 60);
        let requests: u64 = lately.filter_map(|bucket| bucket.causes.get(cause)).sum();
        // A bucket may be wider than a minute, in logs of many days.
        requests * 60 / self.report.span.map_or(60, |span| span.bucket_seconds).max(60).unsigned_abs()
    }

    /// The width of the timeline's slices: as asked for, else so that the last hour, or all there is, has room.
    pub(super) fn width(&self, asked: Option<Width>, columns: usize) -> Width {
        let Some(span) = self.report.span else { return Width::SECOND };
        let finest = Width::parse(&format!("{}s", span.bucket_seconds)).unwrap_or(Width::SECOND);
        let end = self.end().unwrap_or_default();
        let most = i64::try_from(columns.max(1)).unwrap_or(i64::MAX);
        asked
            .filter(|asked| *asked >= finest && asked.seconds() % finest.seconds() == 0)
            .unwrap_or_else(|| finest.at_most(most, span.from.seconds().max(end - 3_600), end))
    }

    /// The last slices of time up to the end, so many at most.
    pub(super) fn slices(&self, width: Width, most: usize) -> Vec<Slice> {
        let (Some(span), Some(end)) = (self.report.span, self.end()) else { return Vec::new() };
        let last = width.start_of(end);
        let most = i64::try_from(most).unwrap_or(i64::MAX).min(width.count(span.from.seconds(), end)).max(0);
        let first = last - (most - 1).max(0) * width.seconds();
        let mut slices: Vec<Slice> = (0..most).map(|at| Slice { start: first + at * width.seconds(), causes: Vec::new() }).collect();
        for bucket in self.report.buckets.iter().rev().take_while(|bucket| bucket.start.seconds() >= first) {
            let at = usize::try_from((bucket.start.seconds() - first) / width.seconds()).unwrap_or(usize::MAX);
            let Some(slice) = slices.get_mut(at) else { continue };
            for (id, requests) in &bucket.causes {
                if let Some(cause) = Cause::from_id(id).filter(|cause| cause.is_failure()) {
                    slice.add(cause, *requests);
                }
            }
        }
        for slice in &mut slices {
            slice.causes.sort_unstable();
        }
        slices
    }

    /// Incidents that run, earliest first: what began later may follow from it.
    pub(super) fn running(&self) -> Vec<Current<'_>> {
        let mut running: Vec<Current<'_>> = Vec::new();
        for event in &self.events {
            match event {
                Event::Begins(told) => self.begin(&mut running, told),
                Event::PoolEmpty(told) | Event::Spreads(told) => match running.iter_mut().find(|other| other.told.cause == told.cause) {
                    Some(current) => current.upstreams.extend(told.upstream.as_deref()),
                    None => self.begin(&mut running, told),
                },
                Event::Ends(told) => running.retain(|other| other.told.cause != told.cause),
                _ => {}
            }
        }
        running
    }

    fn begin<'v>(&'v self, running: &mut Vec<Current<'v>>, told: &'v Told) {
        running.retain(|other| other.told.cause != told.cause);
        let incident = self.report.incidents.iter().rev().find(|incident| incident.cause == told.cause);
        running.push(Current { told, incident, upstreams: told.upstream.as_deref().into_iter().collect() });
    }

    /// The incident that ended last.
    pub(super) fn ended(&self) -> Option<&Told> {
        self.events.iter().rev().find_map(|event| if let Event::Ends(told) = event { Some(told) } else { None })
    }

    /// The names hit most by what is shown, over its causes.
    pub(super) fn tops(&self, filter: &str, names: fn(&CauseReport) -> &[Count]) -> Vec<Count> {
        let mut tops: Vec<Count> = Vec::new();
        let failures = self.report.causes.iter().filter(|cause| Cause::from_id(&cause.id).is_none_or(Cause::is_failure));
        for cause in failures {
            let is_whole = filter.is_empty() || holds(&cause.id, filter) || holds(&cause.title, filter);
            for count in names(cause).iter().filter(|count| is_whole || holds(&count.name, filter)) {
                match tops.iter_mut().find(|top| top.name == count.name) {
                    Some(top) => top.requests += count.requests,
                    None => tops.push(count.clone()),
                }
            }
        }
        tops.sort_by(|a, b| (b.requests, &a.name).cmp(&(a.requests, &b.name)));
        tops
    }
}

/// Whether the text is found, whatever its case.
fn holds(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}
