//! nginx's error log in which no request path, no upstream and no unknown message comes twice: what holds names must not grow
//! with it.

use super::super::counts::Line;
use super::log::{Log, START};
use super::rng::Rng;
use super::time::{Clock, Style};
use super::{Maker, letters, push};

/// Lines a second.
const RATE: u64 = 200;

/// See the module.
#[derive(Debug)]
pub(super) struct Distinct {
    rng: Rng,
    clock: Clock,
    text: Vec<u8>,
}

impl Distinct {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), clock: Clock::new(Style::NginxError), text: Vec::new() }
    }
}

impl Maker for Distinct {
    fn make(&mut self, log: &mut Log) {
        let at = log.len();
        let second = START + i64::try_from(at / RATE).unwrap_or(0);
        let is_known = at.is_multiple_of(2);
        let name = format!("{at:x}");
        let upstream = format!("10.{}.{}.{}:{}", at >> 16 & 255, at >> 8 & 255, at & 255, 1_024 + (at >> 24));
        let client = format!("203.{}.{}.{}", self.rng.below(256), self.rng.below(256), self.rng.below(256));
        self.text.clear();
        push(&mut self.text, &[self.clock.text(second), " [error] 7#7: *", &at.to_string(), " "]);
        if is_known {
            push(&mut self.text, &["connect() failed (111: Connection refused) while connecting to upstream"]);
            log.truth.evidence("upstream-down");
            log.truth.request("upstream-down");
        } else {
            push(&mut self.text, &["ring of ", &letters(at), " is torn and nobody mends it"]);
        }
        push(&mut self.text, &[", client: ", &client, ", server: a.example, request: \"GET /p/", &name, " HTTP/1.1\", upstream: \"http://"]);
        push(&mut self.text, &[&upstream, "/p/", &name, "\", host: \"a.example\""]);
        log.record(if is_known { Line::Evidence } else { Line::Unrecognised }, &self.text);
    }
}
