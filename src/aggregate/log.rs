//! The counts of one log, folded in file order.

use memchr::memchr_iter;
use rayon::prelude::*;

use super::by_time::ByTime;
use super::drop_aside;
use super::gaps::Gaps;
use super::join::Shard;
use super::pairing::Answer;
use super::request::Requests;
use super::totals::{Totals, absorb_unknown};
use crate::format::FormatId;
use crate::pattern::Catalogue;
use crate::record::Link;
use crate::report::Silence;
use crate::scan::{Answered, Counts, Event, Example, Key, Kind, Known, NO_TIME, Names, Piece, SHARDS};
use crate::time::Width;

/// The counts of one log, and its open requests.
#[derive(Debug)]
pub struct LogState<'c> {
    pub(super) catalogue: &'c Catalogue,
    pub(super) totals: Totals,
    pub(super) shards: Vec<Shard>,
    /// Requests that are complete, and still to be counted; in the order of the events that completed them, for there is not
    /// room for all of them to be paired.
    closed: Vec<Requests>,
    /// The input that is being folded.
    input: u32,
    /// Lines of the inputs before it.
    lines_before: u64,
    /// Lines whose counts were moved out.
    pub(super) drained: u64,
    /// Its silent stretches.
    gaps: Gaps,
    /// Every piece is to bear examples, of patterns too of which there is one: they are looked at as they come.
    pub(super) wants_examples: bool,
    /// Names and examples that pieces brought since [`Self::has_outgrown`].
    anew: usize,
}

impl<'c> LogState<'c> {
    /// An empty log. Where no answers are expected (`pairs` is false), what would be held against them is not kept.
    pub fn new(catalogue: &'c Catalogue, width: Width, pairs: bool) -> Self {
        let mut totals = Totals::new(width);
        totals.pairing.is_off = !pairs;
        Self {
            catalogue,
            totals,
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            closed: Vec::new(),
            input: 0,
            lines_before: 0,
            drained: 0,
            gaps: Gaps::default(),
            wants_examples: false,
            anew: 0,
        }
    }

    /// What follows stands in the input of that number.
    pub fn begin(&mut self, input: u32) {
        // A log that goes on begins the same input again and again.
        if input != self.input {
            self.input = input;
            self.lines_before = self.drained + self.totals.by_line.sum();
            self.gaps = Gaps::default();
        }
    }

    /// Silent stretches of that input.
    pub fn gaps(&self) -> Vec<Silence> {
        self.gaps.found()
    }

    /// What the scanning of further pieces is told.
    pub fn known(&self) -> Known<'_> {
        Known::new(&self.totals.names, &self.totals.exemplified)
    }

    /// Whether so much came anew since scanners were told `told` that they should be told again: each name or example that
    /// they do not know costs them, and telling costs as much for each that there is.
    pub fn has_outgrown(&mut self, told: &Known<'_>) -> bool {
        let has = self.anew * 4 > told.names.iter().map(|ids| ids.len()).sum();
        if has {
            self.anew = 0;
        }
        has
    }

    /// Takes in the next pieces, in file order, and gives them back with common ids.
    pub fn fold(&mut self, mut pieces: Vec<Piece>, is_parallel: bool) -> Vec<Piece> {
        self.name(&mut pieces);
        for piece in &pieces {
            self.piece(piece);
        }
        let catalogue = self.catalogue;
        if is_parallel {
            let of_shards = self.shards.par_iter_mut().enumerate().map(|(number, shard)| of_shard(number, shard, &pieces, catalogue));
            let mut closed: Vec<_> = of_shards.collect::<Vec<_>>().into_iter().flatten().collect();
            closed.sort_by_key(|(order, _)| *order);
            self.closed.extend(closed.into_iter().map(|(_, requests)| requests));
            self.count();
        } else {
            for piece in &pieces {
                for (event, shard) in piece.messages.iter().zip(&piece.shards) {
                    self.shards[usize::from(*shard)].fold(event, catalogue, &mut self.closed);
                }
                self.count();
            }
        }
        self.settle();
        pieces
    }

    /// Gives the pieces' new names common ids, in file order.
    fn name(&mut self, pieces: &mut [Piece]) {
        for piece in pieces {
            if !self.wants_examples {
                piece.examples.keys().for_each(|index| self.totals.exemplified.add(*index));
            }
            self.anew += piece.examples.len() + piece.names.iter().map(Names::len).sum::<usize>();
            let maps = std::array::from_fn(|kind| self.totals.names[kind].absorb(&piece.names[kind]));
            piece.rename(&maps);
        }
    }

    /// The counts so far.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Closes what is open, and gives the counts. The memory is given back by the threads of the pool, soon.
    pub fn finish(mut self) -> Totals {
        for shard in &mut self.shards {
            shard.close_threads(&mut self.closed);
        }
        self.count();
        let Self { catalogue, mut totals, shards, .. } = self;
        totals.evicted = shards.iter().map(|shard| shard.evicted).sum();
        // Tens of thousands may be left, and what is by time is told apart from the rest.
        let mut by_time = std::mem::replace(&mut totals.by_time, ByTime::new(totals.timeline.width()));
        let left = || shards.iter().flat_map(Shard::keyed);
        rayon::join(
            || left().for_each(|requests| totals.requests_but_by_time(catalogue, requests)),
            || {
                left().for_each(|requests| by_time.count(catalogue, requests));
                by_time.complete();
            },
        );
        drop_aside(shards);
        totals.by_time = by_time;
        totals
    }

    /// Counts the requests that are complete.
    fn count(&mut self) {
        for requests in self.closed.drain(..) {
            self.totals.requests(self.catalogue, &requests);
        }
    }

    /// Counts all of a piece but the messages that are joined.
    fn piece(&mut self, piece: &Piece) {
        let Counts { by_line, entries, responses, formats, times, .. } = &piece.counts;
        let totals = &mut self.totals;
        totals.context.take(self.input, &piece.behind, self.catalogue);
        self.gaps.add(&piece.seconds);
        totals.by_line.add(by_line);
        totals.entries += entries;
        totals.responses += responses;
        // HAProxy tells of its servers' health between the answers; that is no error log to hold them against.
        totals.messages +=
            FormatId::ALL.into_iter().filter(|format| !format.writes_answers() && !format.is_context()).map(|format| formats[format.index()]).sum::<u64>();
        totals.spanned(*times);
        for second in &piece.seconds {
            totals.timeline.second(second);
        }
        for (status, responses) in &piece.statuses {
            *totals.statuses.entry(*status).or_default() += responses;
        }
        for (pattern, example) in &piece.examples {
            let order = (self.input, self.drained + totals.by_line.sum(), example.order.2);
            let line = self.drained + totals.by_line.sum() - by_line.sum() - self.lines_before + example.line;
            totals.examples.entry(*pattern).or_insert_with(|| Example { order, line, ..example.clone() });
        }
        // In the order in which they were met: when there are too many, the first are kept.
        let mut unknown: Vec<_> = piece.unknown.iter().collect();
        unknown.sort_by_key(|(_, unknown)| unknown.order);
        for (template, unknown) in unknown {
            absorb_unknown(&mut totals.unknown, template.clone(), unknown.clone());
        }
        for answer in &piece.answers {
            self.response(answer);
        }
        for event in &piece.apart {
            if let Some(cause) = self.catalogue.pattern(event.pattern).cause {
                self.totals.evidence(self.catalogue, event.pattern, cause, event.at, 1);
            }
        }
    }

    /// An answer waits to be paired, or counts at once where nothing can belong to it.
    fn response(&mut self, Answered { event, status, duration, stamps_start }: &Answered) {
        let (status, duration, stamps_start) = (*status, *duration, *stamps_start);
        let Event { at, client, route, method, pattern, link, .. } = *event;
        let request = (event.kind == Kind::Failure).then_some((pattern, [event.upstream, event.host, event.path]));
        // All that an answer is linked by is the id that other proxies write too.
        #[allow(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        let trace = if let Link::Request(id) = link { (id >> 32) as Key | 1 } else { 0 };
        let answer = Answer { at, client, route, method, status, duration, stamps_start, input: self.input, trace, outers: 0, request };
        if at == NO_TIME {
            self.totals.answer(self.catalogue, &answer);
        } else {
            self.totals.pairing.answer(answer);
        }
    }

    /// Lets go of answers to which no failure can belong any more.
    fn settle(&mut self) {
        let Some(latest) = self.totals.pairing.overfull() else { return };
        for shard in &mut self.shards {
            shard.expire_all(latest, &mut self.closed);
        }
        self.count();
        let open: Vec<_> = self.shards.iter().flat_map(Shard::open).collect();
        for answer in self.totals.pairing.settle(latest, open.into_iter()) {
            self.totals.spill(self.catalogue, &answer);
        }
    }
}

/// Takes in the events of a shard: the requests that are complete, each with the place of the event by which it is.
fn of_shard(number: usize, shard: &mut Shard, pieces: &[Piece], catalogue: &Catalogue) -> Vec<((usize, usize), Requests)> {
    let (mut all, mut closed) = (Vec::new(), Vec::new());
    for (piece_at, piece) in pieces.iter().enumerate() {
        #[allow(clippy::cast_possible_truncation, reason = "there are few shards")]
        for at in memchr_iter(number as u8, &piece.shards) {
            shard.fold(&piece.messages[at], catalogue, &mut closed);
            all.extend(closed.drain(..).map(|requests| ((piece_at, at), requests)));
        }
    }
    all
}
