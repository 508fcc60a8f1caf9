//! Counts of logs that go on: folded as lines come, looked at in between, the same for hours and for days.
//!
//! What is closed is moved out of each log at once, so that there is one sum. What is still open is counted in each look
//! as if it closed then. Failures and answers are held against each other when they are old enough that nothing can come
//! that would belong to either, and are held no longer.

use super::log::LogState;
use super::pairing::{MOST, Pairing};
use super::totals::Totals;
use crate::pattern::Catalogue;
use crate::report::Reconciliation;
use crate::scan::{Key, Known, NO_TIME, NameId, Piece, Places, Wanted};
use crate::time::{Timestamp, Width};

/// So many failures and answers are held before the old ones are settled: a look has to pair all that are held.
const HELD: usize = 16_384;
/// An access log may be written so many seconds after its answers (`access_log … flush=`).
const LATE: i64 = 60;
/// The longest request, of logs that stamp the start.
const LONGEST: i64 = 330;

/// See the module.
#[derive(Debug)]
pub struct Running<'c> {
    pub(super) catalogue: &'c Catalogue,
    width: Width,
    pub(super) logs: Vec<LogState<'c>>,
    pub(super) all: Totals,
    /// How many are held before it is worth to settle again.
    enough: usize,
}

impl<'c> Running<'c> {
    /// No log yet; slots of time can be added up to buckets of `width`.
    pub fn new(catalogue: &'c Catalogue, width: Width) -> Self {
        Self { catalogue, width, logs: Vec::new(), all: Totals::new(width), enough: HELD }
    }

    /// The number of a new log.
    pub fn add_log(&mut self) -> usize {
        let mut log = LogState::new(self.catalogue, self.width, true);
        log.wants_examples = true;
        self.logs.push(log);
        self.logs.len() - 1
    }

    /// Takes in the next pieces of a log, which stand in the input of that number.
    pub fn fold(&mut self, log: usize, input: u32, pieces: Vec<Piece>, is_parallel: bool) -> Vec<Piece> {
        let state = &mut self.logs[log];
        state.begin(input);
        let pieces = state.fold(pieces, is_parallel);
        state.drain(&mut self.all);
        pieces
    }

    /// What the scanning of further pieces of a log is told.
    pub fn known(&self, log: usize) -> Known<'_> {
        self.logs[log].known()
    }

    /// An upstream's name, of the id that a log gave it.
    pub fn upstream(&self, log: usize, id: NameId) -> &[u8] {
        self.logs[log].totals.names[0].name(id)
    }

    /// Where and when requests failed so far, for the choice of answers to keep.
    pub fn places(&self) -> Places {
        let mut places = Places::default();
        let failures = self.all.pairing.failures.iter().map(|failure| (failure.client, failure.route, failure.at));
        for (client, route, at) in failures.chain(self.open()).filter(|(.., at)| *at != NO_TIME) {
            places.add(client, route, at);
        }
        places.finish();
        places
    }

    /// Makes room if there is need: failures and answers to which nothing can belong any more are counted.
    pub fn settle(&mut self) {
        let held = |pairing: &Pairing| pairing.failures.len() + pairing.answers.len();
        if held(&self.all.pairing) < self.enough {
            return;
        }
        let stamps_start = self.all.pairing.answers.iter().any(|answer| answer.stamps_start);
        let mut patience = if stamps_start { LONGEST } else { LATE };
        self.settle_before(patience);
        // Too much happens to wait so long for what is late.
        while held(&self.all.pairing) > MOST / 2 && patience > 1 {
            patience /= 2;
            self.settle_before(patience);
        }
        self.enough = HELD.max(2 * held(&self.all.pairing));
    }

    /// What was counted, with everything that is open as if it closed now.
    pub fn snapshot(&self) -> Totals {
        let mut totals = self.all.clone();
        for log in &self.logs {
            log.count_open(&mut totals);
        }
        totals
    }

    /// Closes what is open, and gives the counts.
    pub fn finish(mut self) -> Totals {
        for log in self.logs {
            self.all.absorb(log.finish(), self.catalogue);
        }
        self.all
    }

    /// All that lay before the run was read. Where it was too much to be paired, its slots of time are compared.
    pub fn caught_up(&mut self) {
        let pairing = &self.all.pairing;
        if self.all.responses > 0 && self.all.messages > 0 && pairing.lost_failures + pairing.lost_answers > 0 {
            let settled = self.all.settled;
            let compared = self.all.compare_buckets();
            self.all.settled = Reconciliation { recovered: settled.recovered, other: settled.other, ..compared };
            self.all.pairing = Pairing::default();
            self.all.spilt = None;
        }
    }

    fn open(&self) -> impl Iterator<Item = (Key, Key, Timestamp)> {
        self.logs.iter().flat_map(|log| log.shards.iter()).flat_map(super::join::Shard::open)
    }

    /// Settles what is older than the latest by so many seconds.
    fn settle_before(&mut self, patience: i64) {
        let pairing = &self.all.pairing;
        let latest = pairing.failures.iter().map(|failure| failure.at).chain(pairing.answers.iter().map(|answer| answer.at)).max();
        let Some(latest) = latest else { return };
        let old = latest.plus_seconds(-patience);
        let mut open = Places::default();
        self.open().filter(|(.., at)| *at != NO_TIME).for_each(|(client, route, at)| open.add(client, route, at));
        open.finish();
        let open = Wanted::Near(open);
        let mut pairing = std::mem::take(&mut self.all.pairing);
        let pairs = pairing.pair(self.catalogue);
        let mut answers = vec![Place::Free; pairing.answers.len()];
        let mut is_kept = vec![true; pairing.failures.len()];
        for (at, pair) in pairs.iter().enumerate() {
            let failure = &pairing.failures[at];
            is_kept[at] = failure.at >= old;
            let Some(answer) = *pair else { continue };
            answers[answer] = if is_kept[at] { Place::Taken } else { Place::Settled };
            if !is_kept[at] {
                self.all.paired(failure, &pairing.answers[answer]);
            }
        }
        let mut kept = is_kept.into_iter();
        pairing.failures.retain(|_| kept.next().unwrap_or(true));
        for (answer, place) in std::mem::take(&mut pairing.answers).into_iter().zip(answers) {
            let is_wanted = || open.wants(answer.client, answer.route, answer.at, answer.stamps_start, answer.duration);
            match place {
                Place::Settled => {}
                Place::Free if answer.at < old && !is_wanted() => self.all.answer(self.catalogue, &answer),
                Place::Free | Place::Taken => pairing.answers.push(answer),
            }
        }
        self.all.pairing = pairing;
    }
}

/// Whose an answer is.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Nobody's as yet.
    Free,
    /// A failure's that is still held.
    Taken,
    /// A failure's that is counted.
    Settled,
}

impl LogState<'_> {
    /// Moves what is counted to `all`. What is open stays, and so do the names that it bears.
    fn drain(&mut self, all: &mut Totals) {
        let mut next = Totals::new(all.timeline.width());
        next.names.clone_from(&self.totals.names);
        next.exemplified.clone_from(&self.totals.exemplified);
        // The first record of a pattern stays the first.
        next.examples.clone_from(&self.totals.examples);
        self.drained += self.totals.by_line.sum();
        all.absorb(std::mem::replace(&mut self.totals, next), self.catalogue);
    }

    /// Counts what is open as if it were closed.
    fn count_open(&self, all: &mut Totals) {
        let maps: [Vec<NameId>; 3] = std::array::from_fn(|kind| all.names[kind].absorb(&self.totals.names[kind]));
        let name = |kind: usize, id: NameId| maps[kind][id.0 as usize];
        for (_, mut request) in self.shards.iter().flat_map(|shard| shard.opened(self.catalogue)).filter(|(_, request)| request.has_evidence()) {
            (request.upstream, request.host, request.path) = (name(0, request.upstream), name(1, request.host), name(2, request.path));
            all.requests(self.catalogue, &request.into());
        }
        all.evicted += self.shards.iter().map(|shard| shard.evicted).sum::<u64>();
    }
}
