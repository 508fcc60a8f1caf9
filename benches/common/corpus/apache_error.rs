//! Apache httpd's error log: a failed request is a group of two, three or six lines of one thread, and the lines of up to
//! dozens of threads stand between each other.

use super::super::counts::Line;
use super::log::{Log, START};
use super::rng::Rng;
use super::time::{Clock, Style};
use super::world::World;
use super::{Maker, push};

/// Lines a second.
const RATE: u64 = 400;
/// Threads; each takes its turn, so that a thread's groups never overlap.
const THREADS: u64 = 1_600;

/// See the module.
#[derive(Debug)]
pub(super) struct ApacheError {
    /// Of 1,000 groups so many tell of a failed request.
    failures: u64,
    rng: Rng,
    world: World,
    clock: Clock,
    requests: u64,
    text: Vec<u8>,
}

/// A group being written.
struct Group {
    micros: i64,
    thread: u64,
    client: String,
    /// How far down its next line stands.
    lines: u64,
    is_first: bool,
}

impl ApacheError {
    pub(super) fn new(seed: u64, failures: u64) -> Self {
        let mut rng = Rng::new(seed);
        let world = World::new(&mut rng);
        Self { failures, rng, world, clock: Clock::new(Style::Apache), requests: 0, text: Vec::new() }
    }

    fn group(&mut self, log: &Log) -> Group {
        self.requests += 1;
        let micros = START * 1_000_000 + i64::try_from(log.len() * 1_000_000 / RATE + self.rng.below(2_000)).unwrap_or(0);
        let client = format!("{}:{}", self.world.clients[self.rng.skewed(self.world.clients.len())], self.rng.within(1_024, 65_535));
        Group { micros, thread: self.requests % THREADS, client, lines: 0, is_first: true }
    }

    /// A line of the group, a few microseconds and up to 40 lines behind the one before.
    fn line(&mut self, log: &mut Log, group: &mut Group, line: Line, module: &str, text: &[&str]) {
        self.head(group.micros, module, group.thread);
        push(&mut self.text, text);
        if group.is_first {
            log.record(line, &self.text);
        } else {
            group.lines += self.rng.within(1, 40);
            log.record_later(group.lines, line, &self.text);
        }
        group.is_first = false;
        group.micros += 20 + i64::try_from(self.rng.below(60)).unwrap_or(0);
    }

    fn head(&mut self, micros: i64, module: &str, thread: u64) {
        self.text.clear();
        push(&mut self.text, &["[", self.clock.text(micros.div_euclid(1_000_000)), &format!(".{:06} 2026", micros.rem_euclid(1_000_000))]);
        push(&mut self.text, &["] [", module, "] [pid ", &(2_200 + thread / 64).to_string(), ":tid ", &(140_000 + thread).to_string(), "] "]);
    }

    fn failed(&mut self, log: &mut Log) {
        let mut group = self.group(log);
        let cause = match self.rng.below(100) {
            0..45 => self.not_connected(log, &mut group, "(111)Connection refused: ", "upstream-down"),
            45..55 => self.not_connected(log, &mut group, "(70007)The timeout specified has expired: ", "upstream-timeout"),
            55..75 => self.not_answered(log, &mut group, "(70007)The timeout specified has expired: ", "upstream-timeout"),
            75..90 => self.not_answered(log, &mut group, "(104)Connection reset by peer: ", "connection-reset"),
            _ => self.not_resolved(log, &mut group),
        };
        log.truth.request(cause);
    }

    /// `AH00957`, `AH00959`, `AH01114`; one in ten tries another member.
    fn not_connected(&mut self, log: &mut Log, group: &mut Group, errno: &str, cause: &'static str) -> &'static str {
        let first = self.rng.skewed(self.world.upstreams.len());
        for attempt in 0..if self.rng.per_mille(100) { 2 } else { 1 } {
            let upstream = self.world.upstreams[(first + attempt) % self.world.upstreams.len()].clone();
            let host = upstream.split(':').next().unwrap_or_default().to_owned();
            self.line(log, group, Line::Evidence, "proxy:error", &[errno, "AH00957: http: attempt to connect to ", &upstream, " (", &upstream, ") failed"]);
            self.line(log, group, Line::Consequence, "proxy:error", &["AH00959: ap_proxy_connect_backend disabling worker for (", &upstream, ") for 60s"]);
            let client = group.client.clone();
            self.line(log, group, Line::Evidence, "proxy_http:error", &["[client ", &client, "] AH01114: HTTP: failed to make connection to backend: ", &host]);
            log.truth.evidence(cause);
            log.truth.evidence(cause);
        }
        cause
    }

    /// `AH01102`, `AH00898`.
    fn not_answered(&mut self, log: &mut Log, group: &mut Group, errno: &str, cause: &'static str) -> &'static str {
        let upstream = self.world.upstreams[self.rng.skewed(self.world.upstreams.len())].clone();
        let path = self.path();
        let referer = if self.rng.per_mille(400) { ", referer: https://shop.example/cart" } else { "" };
        let client = ["[client ", &group.client.clone(), "] "].concat();
        self.line(
            log,
            group,
            Line::Evidence,
            "proxy_http:error",
            &[errno, &client, "AH01102: error reading status line from remote server ", &upstream, referer],
        );
        self.line(log, group, Line::Evidence, "proxy:error", &[&client, "AH00898: Error reading from remote server returned by ", &path, referer]);
        log.truth.evidence(cause);
        log.truth.evidence(cause);
        cause
    }

    fn not_resolved(&mut self, log: &mut Log, group: &mut Group) -> &'static str {
        let path = self.path();
        let client = group.client.clone();
        self.line(log, group, Line::Evidence, "proxy:error", &["[client ", &client, "] AH00898: DNS lookup failure for: backend.internal returned by ", &path]);
        log.truth.evidence("dns-failure");
        "dns-failure"
    }

    fn path(&mut self) -> String {
        self.world.paths[self.rng.skewed(self.world.paths.len())].split('?').next().unwrap_or_default().to_owned()
    }

    fn other(&mut self, log: &mut Log) {
        let mut group = self.group(log);
        let path = self.path();
        let client = ["[client ", &group.client.clone(), "] "].concat();
        match self.rng.below(100) {
            0..45 => self.line(
                log,
                &mut group,
                Line::Ordinary,
                "authz_core:error",
                &[&client, "AH01630: client denied by server configuration: /srv/www/shop", &path],
            ),
            45..75 => self.line(log, &mut group, Line::Ordinary, "core:error", &[&client, "AH10244: invalid URI path (/cgi-bin/.%2e/.%2e/bin/sh)"]),
            75..90 => {
                let warning = "AH01071: Got error 'PHP message: PHP Warning:  Undefined array key \"coupon\" in /srv/www/shop/cart.php on line 88'";
                self.line(log, &mut group, Line::Ordinary, "proxy_fcgi:error", &[&client, warning]);
            }
            90..97 => {
                let id = self.rng.below(100_000).to_string();
                self.line(log, &mut group, Line::Unrecognised, "stockfeed:error", &[&client, "stockfeed: cache entry ", &id, " has no owner"]);
            }
            _ if log.len() > 0 => log.continuation(b"oops: child 4711 said something on its stderr"),
            _ => {}
        }
    }
}

impl Maker for ApacheError {
    fn make(&mut self, log: &mut Log) {
        if self.rng.per_mille(self.failures) { self.failed(log) } else { self.other(log) }
    }
}
