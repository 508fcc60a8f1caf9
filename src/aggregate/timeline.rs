//! Counts by slot of time.
//!
//! Only slots in which something happened are kept. When there are too many, the width grows along the ladder of
//! [`Width`], each of which divides the next, so counts stay exact and two timelines merge in any order: the width that a
//! union needs is never narrower than the one a part needs.

use std::collections::BTreeMap;

use crate::record::Cause;
use crate::scan::{Second, widened};
use crate::time::{MAX_BUCKETS, Timestamp, Width};

/// What happened in a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) entries: u64,
    pub(super) responses: u64,
    pub(super) gateway_responses: u64,
    /// The earliest and the latest entry.
    pub(super) times: Option<(Timestamp, Timestamp)>,
    /// By [`Cause::index`]; `None` where nothing has a cause, as in most slots of a healthy gateway.
    causes: Option<Box<[Counts; Cause::ALL.len()]>>,
}

/// What is counted of a cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) requests: u64,
    pub(super) evidence: u64,
}

impl Slot {
    fn cause(&mut self, cause: Cause) -> &mut Counts {
        &mut self.causes.get_or_insert_default()[cause.index()]
    }

    /// The counts of each cause, those of which there was nothing left out.
    pub(super) fn causes(&self) -> impl Iterator<Item = (Cause, Counts)> {
        let counts = self.causes.iter().flat_map(|counts| counts.iter().copied());
        Cause::ALL.into_iter().zip(counts).filter(|(_, counts)| *counts != Counts::default())
    }

    fn absorb(&mut self, other: &Self) {
        self.entries += other.entries;
        self.responses += other.responses;
        for at in other.times.iter().flat_map(|(first, last)| [first, last]) {
            self.times = Some(widened(self.times, *at));
        }
        self.gateway_responses += other.gateway_responses;
        for (cause, Counts { requests, evidence }) in other.causes() {
            let mine = self.cause(cause);
            mine.requests += requests;
            mine.evidence += evidence;
        }
    }

    /// Requests of all causes.
    pub(super) fn requests(&self) -> u64 {
        self.causes().map(|(_, counts)| counts.requests).sum()
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    width: Width,
    /// Where in `slots` the slot with that start is.
    places: BTreeMap<i64, u32>,
    slots: Vec<Slot>,
    /// Start and place of slots that were asked for lately: a log tells of few moments at a time.
    lately: Box<[(i64, u32); LATELY]>,
    /// The seconds and the place of the slot that was asked for last.
    last: (std::ops::Range<i64>, u32),
}

/// A power of two: requests are counted when they close, up to five minutes after they were opened.
const LATELY: usize = 1_024;
const NEVER: (i64, u32) = (i64::MIN, 0);

impl Timeline {
    /// A timeline whose slots can be added up to buckets of `width`.
    pub(super) fn new(width: Width) -> Self {
        Self { width, places: BTreeMap::new(), slots: Vec::new(), lately: Box::new([NEVER; LATELY]), last: (0..0, 0) }
    }

    /// Adds entries of one second.
    pub(super) fn second(&mut self, second: &Second) {
        let slot = self.slot(second.times.0.seconds());
        slot.entries += u64::from(second.entries);
        slot.responses += u64::from(second.responses);
        slot.gateway_responses += u64::from(second.gateway);
        slot.times = Some(widened(slot.times, second.times.0));
        slot.times = Some(widened(slot.times, second.times.1));
    }

    /// Adds requests.
    pub(super) fn requests(&mut self, at: Timestamp, cause: Cause, requests: u64) {
        self.slot(at.seconds()).cause(cause).requests += requests;
    }

    /// Adds a request and its only piece of evidence.
    #[inline]
    pub(super) fn both(&mut self, at: Timestamp, cause: Cause) {
        let counts = self.slot(at.seconds()).cause(cause);
        counts.requests += 1;
        counts.evidence += 1;
    }

    /// Adds entries.
    pub(super) fn evidence(&mut self, at: Timestamp, cause: Cause, entries: u64) {
        self.slot(at.seconds()).cause(cause).evidence += entries;
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "any bits will do")]
    fn slot(&mut self, second: i64) -> &mut Slot {
        if !self.last.0.contains(&second) {
            let start = self.width.start_of(second);
            let lately = (start / self.width.seconds()) as usize % LATELY;
            let known = self.lately[lately];
            let place = if known.0 == start { known.1 } else { self.place(second) };
            // It may be wider now.
            let start = self.width.start_of(second);
            self.lately[(start / self.width.seconds()) as usize % LATELY] = (start, place);
            self.last = (start..start.saturating_add(self.width.seconds()), place);
        }
        &mut self.slots[self.last.1 as usize]
    }

    /// The place of the slot that holds a second; slots get wider when there would be too many.
    #[allow(clippy::cast_possible_truncation, reason = "there are at most ten thousand slots")]
    fn place(&mut self, second: i64) -> u32 {
        while self.slots.len() >= usize::try_from(MAX_BUCKETS).unwrap_or(usize::MAX) && !self.places.contains_key(&self.width.start_of(second)) {
            self.widen(self.width.wider());
        }
        let next = self.slots.len() as u32;
        let place = *self.places.entry(self.width.start_of(second)).or_insert(next);
        if place == next {
            self.slots.push(Slot::default());
        }
        place
    }

    fn widen(&mut self, width: Width) {
        let narrow = std::mem::replace(self, Self::new(width));
        for (start, slot) in narrow.slots() {
            self.slot(start).absorb(slot);
        }
    }

    /// Takes messages, and what they told, as so many seconds later; answers stay where they are.
    pub(super) fn shift_messages(&mut self, seconds: i64) {
        let mut told = Vec::new();
        let mut shifted = Self::new(self.width);
        for (start, slot) in self.slots() {
            // In a slot that answers share, what is left of the times is theirs only by and by: at most a slot's width too much.
            let times = if slot.responses == 0 { slot.times } else { None };
            told.push((start + seconds, slot.entries - slot.responses, times, slot.causes.clone()));
            if slot.responses > 0 {
                shifted.slot(start).absorb(&Slot { entries: slot.responses, causes: None, ..slot.clone() });
            }
        }
        for (start, messages, times, causes) in told {
            if messages == 0 && causes.is_none() {
                continue;
            }
            let slot = shifted.slot(start);
            slot.entries += messages;
            let at = Timestamp::from_seconds(start);
            let (first, last) = times.map_or((at, at), |(first, last)| (first.plus_seconds(seconds), last.plus_seconds(seconds)));
            slot.times = Some(widened(Some(widened(slot.times, first)), last));
            slot.absorb(&Slot { causes, ..Slot::default() });
        }
        *self = shifted;
    }

    /// Drops what is not of those causes.
    pub(super) fn retain(&mut self, keep: impl Fn(Cause) -> bool) {
        for counts in self.slots.iter_mut().filter_map(|slot| slot.causes.as_deref_mut()) {
            for cause in Cause::ALL.into_iter().filter(|cause| !keep(*cause)) {
                counts[cause.index()] = Counts::default();
            }
        }
    }

    /// Adds requests to the slot that starts at `start`.
    pub(super) fn unattributed(&mut self, start: i64, requests: u64) {
        let counts = self.slot(start).cause(Cause::Unattributed);
        counts.requests += requests;
        counts.evidence += requests;
    }

    /// Adds another timeline.
    pub(super) fn absorb(&mut self, mut other: Self) {
        while self.width < other.width {
            self.widen(self.width.wider());
        }
        while other.width < self.width {
            other.widen(other.width.wider());
        }
        for (start, slot) in other.slots() {
            self.slot(start).absorb(slot);
        }
    }

    /// The width of its slots.
    pub(super) fn width(&self) -> Width {
        self.width
    }

    /// Its slots, earliest first.
    pub(super) fn slots(&self) -> impl DoubleEndedIterator<Item = (i64, &Slot)> {
        self.places.iter().map(|(start, place)| (*start, &self.slots[*place as usize]))
    }

    /// The same counts in buckets of `width`, which a slot's width must divide.
    pub(super) fn in_buckets(&self, width: Width) -> BTreeMap<i64, Slot> {
        let mut buckets: Vec<(i64, Slot)> = Vec::new();
        for (start, slot) in self.slots().map(|(start, slot)| (width.start_of(start), slot)) {
            match buckets.last_mut() {
                Some((last, bucket)) if *last == start => bucket.absorb(slot),
                _ => buckets.push((start, slot.clone())),
            }
        }
        buckets.into_iter().collect()
    }
}
