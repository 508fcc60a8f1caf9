//! Access log of an AWS Application Load Balancer: 34 fields a line.

use super::super::counts::Line;
use super::log::{Log, START};
use super::rng::Rng;
use super::time::{Clock, Style};
use super::world::{AGENTS, METHODS, World};
use super::{Maker, push};

/// Answers a second.
const RATE: u64 = 300;

/// How an answer came about: weight, status, status of the target, the three times, whole milliseconds
/// until the answer, what it is evidence of.
struct Outcome {
    weight: u64,
    status: u16,
    target_status: &'static str,
    times: Times,
    actions: &'static str,
    cause: Option<&'static str>,
}

#[derive(Clone, Copy)]
enum Times {
    /// The target answered.
    Answered,
    /// No target was asked.
    NotAsked,
    /// The target could not be reached; after so many milliseconds.
    NotReached(u64),
    /// It was reached, and gave no answer; after so many milliseconds.
    NotAnswered(u64),
}

const fn outcome(weight: u64, status: u16, target_status: &'static str, times: Times, cause: Option<&'static str>) -> Outcome {
    Outcome { weight, status, target_status, times, actions: "forward", cause }
}

const USUAL: [Outcome; 7] = [
    outcome(8_100, 200, "200", Times::Answered, None),
    outcome(700, 304, "304", Times::Answered, None),
    outcome(700, 404, "404", Times::Answered, None),
    outcome(120, 401, "401", Times::Answered, None),
    outcome(20, 500, "500", Times::Answered, None),
    outcome(10, 460, "-", Times::NotAnswered(2_000), None),
    Outcome { actions: "redirect", ..outcome(290, 301, "-", Times::NotAsked, None) },
];
const GATEWAY: [Outcome; 7] = [
    outcome(15, 502, "-", Times::NotReached(3), Some("upstream-down")),
    outcome(10, 502, "-", Times::NotAnswered(900), Some("connection-reset")),
    outcome(5, 502, "502", Times::Answered, Some("passed-through")),
    outcome(5, 503, "-", Times::NotAsked, Some("no-healthy-backends")),
    outcome(10, 503, "503", Times::Answered, Some("passed-through")),
    outcome(5, 504, "-", Times::NotReached(10_000), Some("upstream-timeout")),
    outcome(10, 504, "-", Times::NotAnswered(60_000), Some("upstream-timeout")),
];

/// See the module.
#[derive(Debug)]
pub(super) struct Alb {
    /// Of 1,000 answers so many have a gateway's status.
    gateway: u64,
    rng: Rng,
    world: World,
    clock: Clock,
    created: Clock,
    text: Vec<u8>,
}

impl Alb {
    pub(super) fn new(seed: u64, gateway: u64) -> Self {
        let mut rng = Rng::new(seed);
        let world = World::new(&mut rng);
        Self { gateway, rng, world, clock: Clock::new(Style::Iso), created: Clock::new(Style::Iso), text: Vec::new() }
    }

    fn answer(&mut self, log: &mut Log) {
        let (rng, world) = (&mut self.rng, &self.world);
        let outcomes = if rng.per_mille(self.gateway) { &GATEWAY } else { &USUAL };
        let outcome = rng.weighted(outcomes, |outcome| outcome.weight);
        let (path, host) = (&world.paths[rng.skewed(world.paths.len())], &world.hosts[rng.skewed(world.hosts.len())]);
        let upstream = world.upstreams[rng.skewed(world.upstreams.len())].as_str();
        let is_tls = rng.per_mille(700);
        let micros = START * 1_000_000 + i64::try_from(log.len() * 1_000_000 / RATE + rng.below(1_000_000 / RATE)).unwrap_or(0);
        let took = match outcome.times {
            Times::Answered => rng.within(2, 900),
            Times::NotAsked => 0,
            Times::NotReached(millis) | Times::NotAnswered(millis) => millis + rng.below(4),
        };
        let began = micros - i64::try_from(took * 1_000).unwrap_or(0);
        let (kind, scheme, port) = if is_tls { (rng.of(&["h2", "https"]), "https", "443") } else { ("http", "http", "80") };
        let (target, times) = match outcome.times {
            Times::Answered => (upstream, format!("0.001 {}.{:03} 0.000", (took - 1) / 1_000, (took - 1) % 1_000)),
            Times::NotAsked => ("-", "-1 -1 -1".to_owned()),
            Times::NotReached(_) => (upstream, "-1 -1 -1".to_owned()),
            Times::NotAnswered(_) => (upstream, "0.001 -1 -1".to_owned()),
        };
        let client = &world.clients[rng.skewed(world.clients.len())];
        let text = &mut self.text;
        text.clear();
        push(text, &[kind, " ", self.clock.text(micros.div_euclid(1_000_000)), ".", &format!("{:06}", micros.rem_euclid(1_000_000))]);
        push(text, &["Z app/shop-alb/50dc6c495c0c9188 ", client, ":", &rng.within(1_024, 65_535).to_string(), " ", target, " ", &times, " "]);
        push(
            text,
            &[&outcome.status.to_string(), " ", outcome.target_status, " ", &rng.within(150, 900).to_string(), " ", &rng.within(200, 60_000).to_string()],
        );
        push(text, &[" \"", rng.of(&METHODS), " ", scheme, "://", host, ":", port, path, if kind == "h2" { " HTTP/2.0\" \"" } else { " HTTP/1.1\" \"" }]);
        push(text, &[rng.of(&AGENTS), if is_tls { "\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 " } else { "\" - - " }]);
        push(text, &["arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop-web/73e2d6bc24d8a067 "]);
        push(text, &[&format!("\"Root=1-{:08x}-{:016x}{:08x}\" ", began.div_euclid(1_000_000), rng.next(), rng.below(1 << 32))]);
        push(text, &if is_tls { ["\"", host, "\" \"session-reused\" 10 "] } else { ["\"-\"", "", " \"-\" 10 "] });
        push(text, &[self.created.text(began.div_euclid(1_000_000)), ".", &format!("{:03}000Z \"", began.rem_euclid(1_000_000) / 1_000), outcome.actions]);
        push(text, &["\" \"-\" \"-\" \"", target, "\" \"", outcome.target_status, "\" \"-\" \"-\" "]);
        push(text, &[&format!("TID_{:016x}{:016x} \"-\" \"-\" \"-\" 10.0.0.7", rng.next(), rng.next())]);
        log.truth.response(outcome.status);
        if let Some(cause) = outcome.cause {
            log.truth.evidence(cause);
            log.truth.request(cause);
        }
        let line = match (outcome.cause, outcome.status) {
            (Some(_), _) => Line::Evidence,
            (None, 460) => Line::ClientAbort,
            (None, _) => Line::Ordinary,
        };
        if rng.per_mille(50) {
            log.record_later(rng.within(1, 2 * RATE), line, text);
        } else {
            log.record(line, text);
        }
    }
}

impl Maker for Alb {
    fn make(&mut self, log: &mut Log) {
        if log.len() > 0 && self.rng.below(20_000) == 0 {
            log.record(Line::Unparsed, b"download: s3://logs/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/03/18/x.log.gz to ./x.log.gz");
        } else {
            self.answer(log);
        }
    }
}
