//! Pieces → story → events.

use std::collections::BTreeMap;

use super::Live;
use crate::aggregate::{Change, News, Sight};
use crate::pattern::PatternIndex;
use crate::record::Cause;
use crate::report::{Event, Told};
use crate::scan::{Kind, NO_TIME, Piece};
use crate::text::safe::excerpt;
use crate::time::Timestamp;

/// Longest name in an event, in characters.
const LONGEST_NAME: usize = 200;
/// A line is late when it is so many seconds older than the latest of its input: it is of the past.
const LATE: i64 = 120;
/// A line of a file is of the past when it is so many seconds old: more than zones can be apart.
const OLD: i64 = 86_400;

impl Live<'_> {
    /// What the pieces of an input tell, for the story.
    pub(super) fn see(&mut self, pieces: &[Piece], last: Option<Timestamp>, input: usize, now: Timestamp) {
        let latest = self.inputs[input].latest;
        let is_file = !self.inputs[input].is_stream;
        let is_past = self.is_history && is_file;
        if let Some(last) = last.filter(|_| is_past) {
            self.story.passed(last);
        }
        for sight in self.sights(pieces, self.inputs[input].log) {
            let is_late = sight.time.zip(latest).is_some_and(|(time, latest)| latest.seconds() - time.seconds() > LATE);
            // What is piped in may be a recording; a file that is copied into a folder is no news.
            let is_old = is_file && sight.time.is_some_and(|time| now.seconds() - time.seconds() > OLD);
            if is_past || is_late || is_old {
                self.story.remember(sight);
            } else {
                self.story.see(now, &sight);
            }
        }
    }

    /// What changed, as events.
    pub(super) fn tell(&mut self, now: Timestamp) {
        if !self.is_history || !self.streams.is_empty() {
            let has_messages = self.inputs.iter().any(|input| input.counts.entries > 0 && input.writes_messages());
            self.story.has_messages(has_messages);
            self.story.advance(now);
        }
        for change in self.story.changes() {
            let told = |news: &News| Told {
                at: now,
                time: news.time,
                cause: news.cause.id().to_owned(),
                title: self.catalogue.cause(news.cause).title.clone(),
                upstream: Some(news.upstream.clone()).filter(|upstream| !upstream.is_empty()),
                evidence: news.evidence,
                seconds: news.seconds,
            };
            self.events.push(match &change {
                Change::NewCause(news) => Event::NewCause(told(news)),
                Change::Begins(news) => Event::Begins(told(news)),
                Change::Spreads(news) => Event::Spreads(told(news)),
                Change::PoolEmpty(news) => Event::PoolEmpty(told(news)),
                Change::Ends(news) => Event::Ends(told(news)),
            });
        }
    }

    /// Lines that tell of a cause, those of one cause, upstream and second together, in order.
    fn sights(&self, pieces: &[Piece], log: usize) -> Vec<Sight> {
        let mut sights: Vec<Sight> = Vec::new();
        let mut places: BTreeMap<(i64, Cause, u32), usize> = BTreeMap::new();
        for event in pieces.iter().flat_map(Piece::events) {
            let cause = match event.kind {
                Kind::Failure if event.pattern == PatternIndex(u16::MAX) => Some(Cause::Unattributed),
                Kind::Evidence | Kind::Failure => self.catalogue.pattern(event.pattern).cause,
                Kind::Consequence | Kind::Answer => None,
            };
            let Some(cause) = cause else { continue };
            let causes = &self.options.thresholds.causes;
            if !causes.is_empty() && !causes.contains(&cause) {
                continue;
            }
            let at = *places.entry((event.at.seconds(), cause, event.upstream.0)).or_insert_with(|| {
                let time = (event.at != NO_TIME).then_some(event.at);
                let upstream = excerpt(self.running.upstream(log, event.upstream), LONGEST_NAME);
                sights.push(Sight { time, cause, upstream, entries: 0 });
                sights.len() - 1
            });
            sights[at].entries += 1;
        }
        sights
    }
}
