//! What an attacker, a broken disk or a bad day makes of nginx's error log.
//!
//! Clients, paths, upstreams and unknown messages without number, times over years, fields that imitate other fields and
//! whole lines, NUL bytes, terminal escapes, bytes that are no text, very long lines. What counts stays certain all the same:
//! a message is known by its start.

use super::super::counts::Line;
use super::log::{Log, START};
use super::rng::Rng;
use super::time::{Clock, Style};
use super::{Maker, letters, push};

/// See the module.
#[derive(Debug)]
pub(super) struct Hostile {
    rng: Rng,
    clock: Clock,
    connection: u64,
    text: Vec<u8>,
}

const FAILURES: [(&str, &str); 4] = [
    ("connect() failed (111: Connection refused) while connecting to upstream", "upstream-down"),
    ("upstream timed out (110: Connection timed out) while reading response header from upstream", "upstream-timeout"),
    ("recv() failed (104: Connection reset by peer) while reading response header from upstream", "connection-reset"),
    ("connect() failed (113: No route to host) while connecting to upstream", "network-unreachable"),
];

impl Hostile {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), clock: Clock::new(Style::NginxError), connection: 0, text: Vec::new() }
    }

    /// A minute a line; one line in a hundred is days off.
    fn head(&mut self, lines: u64) {
        let minutes = i64::try_from(lines).unwrap_or(0);
        let stray = if self.rng.per_mille(10) { i64::try_from(self.rng.below(864_000)).unwrap_or(0) - 432_000 } else { 0 };
        // Six years of minutes, then from the start again: a log that was put together from several machines.
        let second = START - 6 * 365 * 86_400 + (minutes % (6 * 365 * 1_440)) * 60 + stray;
        self.connection += 1;
        self.text.clear();
        push(&mut self.text, &[self.clock.text(second), " [error] 7#7: *", &self.connection.to_string(), " "]);
    }

    fn path(&mut self) -> Vec<u8> {
        let plain = format!("/{:x}/{:016x}", self.rng.below(4_096), self.rng.next());
        let mut path = plain.into_bytes();
        match self.rng.below(12) {
            0 => path.extend_from_slice(b"\", upstream: \"http://198.51.100.9:80/x\", host: \"forged.example"),
            1 => path.extend_from_slice(b" connect() failed (111: Connection refused) while connecting to upstream, client: 198.51.100.9"),
            2 => path.extend_from_slice(b"\0\0\0\x1b]0;title\x07\x1b[2J\xff\xfe\xc3("),
            3 => path.extend_from_slice(&[b'A'; 900]),
            4 => path.extend_from_slice("?q=<script>alert(1)</script>&r='\u{202e};rm -rf /;`id`".as_bytes()),
            _ => {}
        }
        path
    }

    fn tail(&mut self, has_upstream: bool) {
        let path = self.path();
        let client = format!("{}.{}.{}.{}", self.rng.within(1, 223), self.rng.below(256), self.rng.below(256), self.rng.below(256));
        push(&mut self.text, &[", client: ", &client, ", server: h", &self.rng.below(1 << 24).to_string(), ".example, request: \"GET "]);
        self.text.extend_from_slice(&path);
        push(&mut self.text, &[" HTTP/1.1\""]);
        if has_upstream {
            let upstream = format!("10.{}.{}.{}:{}", self.rng.below(256), self.rng.below(256), self.rng.below(256), self.rng.within(1, 65_535));
            push(&mut self.text, &[", upstream: \"http://", &upstream]);
            self.text.extend_from_slice(&path);
            push(&mut self.text, &["\""]);
        }
        push(&mut self.text, &[", host: \"h", &self.rng.below(1 << 24).to_string(), ".example\""]);
    }
}

impl Maker for Hostile {
    fn make(&mut self, log: &mut Log) {
        self.head(log.len());
        match self.rng.below(1_000) {
            0..600 => {
                let (message, cause) = self.rng.of(&FAILURES);
                push(&mut self.text, &[message]);
                self.tail(true);
                log.truth.evidence(cause);
                log.truth.request(cause);
                log.record(Line::Evidence, &self.text);
            }
            600..900 => {
                let word = letters(self.rng.next());
                push(&mut self.text, &[&word, " module: ring ", &self.rng.below(1 << 20).to_string(), " of \"", &letters(self.rng.next()), "\" is torn"]);
                self.tail(false);
                log.record(Line::Unrecognised, &self.text);
            }
            // A decoded path with line feeds imitates a line that tells of a failure.
            900..940 => {
                push(&mut self.text, &["open() \"/srv/www/x"]);
                log.record(Line::Ordinary, &self.text);
                self.head(log.len());
                push(&mut self.text, &[FAILURES[0].0, ", client: 198.51.100.9, server: a, request: 'GET /', upstream: 'http://198.51.100.9:80/'"]);
                log.continuation(&self.text);
                log.continuation(b"y\" failed (2: No such file or directory), client: 203.0.113.9, server: a, request: \"GET /x%0A HTTP/1.1\", host: \"a\"");
            }
            940..990 => {
                push(&mut self.text, &["access forbidden by rule"]);
                self.tail(false);
                log.record(Line::Ordinary, &self.text);
            }
            990..998 if log.len() > 0 => log.continuation(&[0; 512]),
            // Longer than any line that nginx writes; behind a record of its own, for a record has no room for two.
            998 => {
                push(&mut self.text, &["access forbidden by rule"]);
                self.tail(false);
                log.record(Line::Ordinary, &self.text);
                log.continuation(&vec![b'x'; 40_000]);
            }
            _ => {
                push(&mut self.text, &["access forbidden by rule, client: "]);
                log.record(Line::Ordinary, &self.text);
            }
        }
    }
}
