//! nginx's access log in the combined form: an answer a line, 0.6 % of them gateway responses.

use super::log::{Log, START};
use super::rng::Rng;
use super::time::{Clock, Style};
use super::truth::Line;
use super::world::{AGENTS, METHODS, World};
use super::{Maker, push};

/// Answers a second.
const RATE: u64 = 600;

/// Statuses with their weights in ten thousand; 60 of them are gateway responses.
const STATUSES: [(u16, u64); 14] = [
    (200, 7_150),
    (304, 1_100),
    (301, 250),
    (302, 350),
    (404, 620),
    (403, 120),
    (401, 100),
    (206, 120),
    (400, 60),
    (499, 50),
    (500, 20),
    (502, 30),
    (504, 20),
    (503, 10),
];

/// See the module.
#[derive(Debug)]
pub(super) struct NginxAccess {
    rng: Rng,
    world: World,
    clock: Clock,
    text: Vec<u8>,
}

impl NginxAccess {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let world = World::new(&mut rng);
        Self { rng, world, clock: Clock::new(Style::Common), text: Vec::new() }
    }

    fn answer(&mut self, log: &mut Log) {
        let (rng, world) = (&mut self.rng, &self.world);
        let status = rng.weighted(&STATUSES, |(_, weight)| *weight).0;
        let second = START + i64::try_from(log.len() / RATE).unwrap_or(0);
        let time = self.clock.text(second);
        let user = if rng.per_mille(10) { "deploy" } else { "-" };
        let (path, host) = (&world.paths[rng.skewed(world.paths.len())], &world.hosts[rng.skewed(world.hosts.len())]);
        self.text.clear();
        push(&mut self.text, &[&world.clients[rng.skewed(world.clients.len())], " - ", user, " [", time, "] \""]);
        match status {
            // What is no HTTP is written as nginx escapes it.
            400 if rng.per_mille(300) => push(&mut self.text, &["\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xFC\\x03\\x03"]),
            _ => push(&mut self.text, &[rng.of(&METHODS), " ", path, " HTTP/", rng.of(&["1.1", "2.0"])]),
        }
        let bytes = match status {
            304 => 0,
            502 => 157,
            503 => 197,
            504 => 167,
            _ => rng.within(80, 64_000),
        };
        push(&mut self.text, &["\" ", &status.to_string(), " ", &bytes.to_string(), " \""]);
        if rng.per_mille(500) {
            push(&mut self.text, &["https://", host, &world.paths[rng.skewed(world.paths.len())]]);
        } else {
            push(&mut self.text, &["-"]);
        }
        push(&mut self.text, &["\" \"", rng.of(&AGENTS), "\""]);
        log.truth.response(status);
        let line = match status {
            499 => Line::ClientAbort,
            502..=504 => Line::Evidence,
            _ => Line::Ordinary,
        };
        if line == Line::Evidence {
            log.truth.evidence("unattributed");
            log.truth.request("unattributed");
        }
        if rng.per_mille(2) {
            log.record_later(rng.within(1, 2 * RATE), line, &self.text);
        } else {
            log.record(line, &self.text);
        }
    }
}

impl Maker for NginxAccess {
    fn make(&mut self, log: &mut Log) {
        if log.len() > 0 && self.rng.below(10_000) == 0 {
            log.record(Line::Unparsed, b"logrotate: error: skipping because parent directory has insecure permissions");
        } else {
            self.answer(log);
        }
    }
}
