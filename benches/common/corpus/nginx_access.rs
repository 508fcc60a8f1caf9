//! nginx's access log in the combined form, alone or with the `$upstream_` variables behind it: an answer a line. With
//! the variables, 0.4 % of the answers were saved by a second attempt.

use super::super::counts::Line;
use super::log::{Log, START};
use super::rng::Rng;
use super::time::{Clock, Style};
use super::world::{AGENTS, METHODS, World};
use super::{Maker, push};

/// Answers a second.
const RATE: u64 = 600;

/// Statuses of answers that are none of a gateway's failures, with their weights.
const USUAL: [(u16, u64); 11] =
    [(200, 7_150), (304, 1_100), (301, 250), (302, 350), (404, 620), (403, 120), (401, 100), (206, 120), (400, 60), (499, 50), (500, 20)];
/// The same of those that are.
const GATEWAY: [(u16, u64); 3] = [(502, 3), (504, 2), (503, 1)];

/// What the variables say of an answer that an upstream had a part in: weight, status, `$upstream_status`,
/// `$upstream_connect_time`, `$upstream_header_time`, cause. Where there are two attempts there are two addresses.
struct Attempts {
    weight: u64,
    status: u16,
    statuses: &'static str,
    connect: &'static str,
    header: &'static str,
    cause: &'static str,
}

const fn attempts(weight: u64, status: u16, [statuses, connect, header]: [&'static str; 3], cause: &'static str) -> Attempts {
    Attempts { weight, status, statuses, connect, header, cause }
}

const FAILED: [Attempts; 10] = [
    attempts(3, 502, ["502", "-", "-"], "upstream-down"),
    attempts(2, 502, ["502", "0.001", "-"], "connection-reset"),
    attempts(1, 502, ["502", "0.001", "0.044"], "passed-through"),
    attempts(1, 502, ["504, 502", "0.001, -", "-, -"], "upstream-down"),
    attempts(3, 504, ["504", "0.001", "-"], "upstream-timeout"),
    attempts(1, 504, ["502, 504", "-, 0.001", "-, -"], "upstream-timeout"),
    attempts(1, 503, ["503", "0.001", "0.012"], "passed-through"),
    attempts(2, 200, ["502, 200", "-, 0.001", "-, 0.031"], "upstream-down"),
    attempts(1, 200, ["502, 200", "0.001, 0.001", "-, 0.031"], "connection-reset"),
    attempts(1, 200, ["504, 200", "0.001, 0.001", "-, 0.031"], "upstream-timeout"),
];

/// See the module.
#[derive(Debug)]
pub(super) struct NginxAccess {
    /// Of 1,000 answers so many have a gateway's status.
    gateway: u64,
    has_variables: bool,
    rng: Rng,
    world: World,
    clock: Clock,
    text: Vec<u8>,
}

impl NginxAccess {
    pub(super) fn new(seed: u64, gateway: u64, has_variables: bool) -> Self {
        let mut rng = Rng::new(seed);
        let world = World::new(&mut rng);
        Self { gateway, has_variables, rng, world, clock: Clock::new(Style::Common), text: Vec::new() }
    }

    fn answer(&mut self, log: &mut Log) {
        let (rng, world) = (&mut self.rng, &self.world);
        let statuses = if rng.per_mille(self.gateway) { &GATEWAY[..] } else { &USUAL[..] };
        let status = rng.weighted(statuses, |(_, weight)| *weight).0;
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
        let cause = if self.has_variables { self.variables(status) } else { matches!(status, 502..=504).then_some("unattributed") };
        let line = match (status, cause) {
            (499, _) => Line::ClientAbort,
            (_, Some(_)) => Line::Evidence,
            (_, None) => Line::Ordinary,
        };
        if let Some(cause) = cause {
            log.truth.evidence(cause);
            if status == 200 { log.truth.saved_request(cause) } else { log.truth.request(cause) }
        }
        let rng = &mut self.rng;
        if rng.per_mille(2) {
            log.record_later(rng.within(1, 2 * RATE), line, &self.text);
        } else {
            log.record(line, &self.text);
        }
    }

    /// Appends the variables, and says of which cause the answer tells.
    fn variables(&mut self, status: u16) -> Option<&'static str> {
        let (rng, upstreams) = (&mut self.rng, &self.world.upstreams);
        let (upstream, next) = (&upstreams[rng.skewed(upstreams.len())], rng.index(upstreams.len()));
        let took = format!("0.{:03}", rng.within(2, 900));
        let has_failed = matches!(status, 502..=504) || (status == 200 && rng.below(10_000) < 56);
        if has_failed {
            let failed = rng.weighted(&FAILED, |attempts| if attempts.status == status { attempts.weight } else { 0 });
            push(&mut self.text, &[" rt=60.002 uct=\"", failed.connect, "\" uht=\"", failed.header, "\" urt=\""]);
            push(&mut self.text, &if failed.statuses.len() > 3 { ["60.001, ", &took] } else { ["", &took] });
            push(&mut self.text, &["\" us=\"", failed.statuses, "\" ua=\"", upstream]);
            push(&mut self.text, &if failed.statuses.len() > 3 { [", ", &upstreams[next], "\""] } else { ["", "", "\""] });
            return Some(failed.cause);
        }
        let name = status.to_string();
        let own = match status {
            301 | 400 | 403 | 499 => "-",
            _ => name.as_str(),
        };
        if own == "-" {
            push(&mut self.text, &[" rt=", &took, " uct=\"-\" uht=\"-\" urt=\"-\" us=\"-\" ua=\"-\""]);
        } else {
            push(&mut self.text, &[" rt=", &took, " uct=\"0.001\" uht=\"", &took, "\" urt=\"", &took, "\" us=\"", own, "\" ua=\"", upstream, "\""]);
        }
        None
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
