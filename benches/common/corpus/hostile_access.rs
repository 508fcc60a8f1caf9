//! What a scanner, a bad day and a broken disk make of nginx's access log: half of the answers are gateway responses, no
//! client, path, referrer or agent comes twice, and what the client wrote imitates the fields behind it. nginx writes a quote
//! of the client's as `\x22`, so that the fields stay certain.

use super::super::counts::Line;
use super::log::{Log, START};
use super::rng::Rng;
use super::time::{Clock, Style};
use super::{Maker, push};

/// See the module.
#[derive(Debug)]
pub(super) struct HostileAccess {
    rng: Rng,
    clock: Clock,
    text: Vec<u8>,
}

impl HostileAccess {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), clock: Clock::new(Style::Common), text: Vec::new() }
    }

    /// What a client may have written.
    fn forged(&mut self) -> String {
        let number = self.rng.next();
        match self.rng.below(8) {
            0 => format!("/{number:x}\\x22 502 0 \\x22-\\x22 \\x22-"),
            1 => format!("/{number:x} HTTP/1.1\\x22 504 167"),
            2 => format!("/{number:x}\\x1B]0;title\\x07\\x00\\xFF\\xFE"),
            3 => format!("/{number:x}/{}", "A".repeat(1_200)),
            4 => format!("/{number:x}?q=<script>alert(1)</script>&us=502&r=';rm -rf /;`id`"),
            5 => format!("/{number:x} [18/Mar/2026:03:00:00 +0000] 502"),
            _ => format!("/{number:x}"),
        }
    }

    fn answer(&mut self, log: &mut Log) {
        let status = self.rng.weighted(&[(200, 40), (400, 5), (404, 5), (502, 25), (504, 15), (503, 10)], |(_, weight)| *weight).0;
        let stray = if self.rng.per_mille(10) { self.rng.below(864_000) } else { 0 };
        let minutes = log.len() % (6 * 365 * 1_440);
        let second = START - 6 * 365 * 86_400 + i64::try_from(minutes * 60 + stray).unwrap_or(0);
        let client = format!("{}.{}.{}.{}", self.rng.within(1, 223), self.rng.below(256), self.rng.below(256), self.rng.below(256));
        let [user, path, referrer, agent] = [self.rng.next().to_string(), self.forged(), self.forged(), self.forged()];
        self.text.clear();
        push(&mut self.text, &[&client, " - ", &user, " [", self.clock.text(second), "] \""]);
        match (status, self.rng.below(3)) {
            (400, 0) => {}
            (400, 1) => push(&mut self.text, &["\\x16\\x03\\x01", &path]),
            _ => push(&mut self.text, &["GET ", &path, " HTTP/1.1"]),
        }
        push(&mut self.text, &["\" ", &status.to_string(), " 157 \"", &referrer, "\" \"", &agent, "\""]);
        log.truth.response(status);
        if matches!(status, 502..=504) {
            log.truth.evidence("unattributed");
            log.truth.request("unattributed");
            log.record(Line::Evidence, &self.text);
        } else {
            log.record(Line::Ordinary, &self.text);
        }
    }
}

impl Maker for HostileAccess {
    fn make(&mut self, log: &mut Log) {
        match self.rng.below(1_000) {
            0 if log.len() > 0 => log.record(Line::Unparsed, &[0; 512]),
            1 if log.len() > 0 => log.record(Line::Unparsed, &[b'x'; 8_000]),
            _ => self.answer(log),
        }
    }
}
