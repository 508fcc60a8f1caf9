//! What the logs of all other gateways share: answers of a usual day, 0.6 % of them failures that their log has fields for.
//! How each writes an answer stands in `gateway_text` and `gateway_json`.

use super::super::counts::Line;
use super::Maker;
use super::log::{Log, START};
use super::rng::Rng;
use super::time::{Clock, Style};
use super::world::{AGENTS, METHODS, World};

/// Answers a second.
const RATE: u64 = 400;

/// Statuses of answers that are fine, with their weights.
const USUAL: [(u16, u64); 9] = [(200, 7_500), (304, 1_000), (301, 250), (302, 350), (404, 620), (403, 120), (401, 100), (206, 40), (500, 20)];

/// How a log tells of failures, and how it writes an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gateway {
    pub(super) failures: &'static [Failure],
    pub(super) write: fn(&Answer<'_>, &mut Vec<u8>),
}

/// A failure: its weight, its status, what it is evidence of, and what its line says of it, in the order of the log.
#[derive(Debug)]
pub(super) struct Failure {
    weight: u64,
    status: u16,
    cause: &'static str,
    pub(super) says: &'static [&'static str],
}

pub(super) const fn failure(weight: u64, status: u16, cause: &'static str, says: &'static [&'static str]) -> Failure {
    Failure { weight, status, cause, says }
}

/// One answer, before any log wrote it.
#[derive(Debug)]
pub(super) struct Answer<'w> {
    /// `18/Mar/2026:03:00:01 +0000`
    pub(super) common: &'w str,
    /// `2026-03-18T03:00:01`
    pub(super) iso: &'w str,
    /// Seconds since 1970.
    pub(super) second: i64,
    pub(super) millis: u64,
    pub(super) status: u16,
    pub(super) failure: Option<&'static Failure>,
    pub(super) method: &'w str,
    pub(super) path: &'w str,
    pub(super) host: &'w str,
    pub(super) client: &'w str,
    pub(super) port: u64,
    pub(super) agent: &'w str,
    pub(super) upstream: &'w str,
    /// Milliseconds.
    pub(super) took: u64,
    pub(super) bytes: u64,
    pub(super) number: u64,
    pub(super) random: u64,
}

impl Answer<'_> {
    /// What the line says of its failure at that place, or what it says when all is well.
    pub(super) fn says(&self, place: usize, usual: &'static str) -> &'static str {
        self.failure.map_or(usual, |failure| failure.says[place])
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Gateways {
    gateway: Gateway,
    rng: Rng,
    world: World,
    clocks: [Clock; 2],
    text: Vec<u8>,
}

impl Gateways {
    pub(super) fn new(seed: u64, gateway: Gateway) -> Self {
        let mut rng = Rng::new(seed);
        let world = World::new(&mut rng);
        Self { gateway, rng, world, clocks: [Style::Common, Style::Iso].map(Clock::new), text: Vec::new() }
    }
}

impl Maker for Gateways {
    fn make(&mut self, log: &mut Log) {
        let Self { gateway, rng, world, clocks: [common, iso], text } = self;
        let failure = rng.per_mille(6).then(|| rng.weighted(gateway.failures, |failure| failure.weight));
        let status = failure.map_or_else(|| rng.weighted(&USUAL, |(_, weight)| *weight).0, |failure| failure.status);
        let second = START + i64::try_from(log.len() / RATE).unwrap_or(0);
        let answer = Answer {
            common: common.text(second),
            iso: iso.text(second),
            second,
            millis: log.len() % RATE * 1_000 / RATE,
            status,
            failure,
            method: rng.of(&METHODS),
            path: &world.paths[rng.skewed(world.paths.len())],
            host: &world.hosts[rng.skewed(world.hosts.len())],
            client: &world.clients[rng.skewed(world.clients.len())],
            port: rng.within(1_024, 65_535),
            agent: rng.of(&AGENTS),
            upstream: &world.upstreams[rng.skewed(world.upstreams.len())],
            took: rng.within(2, 900),
            bytes: if status == 304 { 0 } else { rng.within(180, 60_000) },
            number: log.len(),
            random: rng.next(),
        };
        text.clear();
        (gateway.write)(&answer, text);
        log.truth.response(status);
        if let Some(failure) = failure {
            log.truth.evidence(failure.cause);
            log.truth.request(failure.cause);
        }
        let line = if failure.is_some() { Line::Evidence } else { Line::Ordinary };
        if rng.per_mille(2) {
            log.record_later(rng.within(1, 2 * RATE), line, text);
        } else {
            log.record(line, text);
        }
    }
}
