//! nginx's error log in an outage: nine of ten lines tell of a failed exchange with an upstream.
//!
//! A tenth of the failed requests tried two or three upstreams; their pieces stand up to thousands of lines apart. Some lines
//! come seconds late, some are foreign, some have several lines, some nobody knows.

use super::super::counts::Line;
use super::log::{Log, START};
use super::rng::Rng;
use super::time::{Clock, Style};
use super::world::{METHODS, World};
use super::{Maker, push};

/// Lines a second. In 300 s, as long as a reader has to remember a request, it stays below 65,536 requests.
const RATE: u64 = 150;

/// What an upstream did.
#[derive(Clone, Copy, Debug)]
struct Failure {
    weight: u64,
    message: &'static str,
    cause: &'static str,
    names: Names,
    /// Whether it is met at the moment the attempt begins.
    is_at_once: bool,
}

/// How the upstream is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    Address,
    Group,
    Socket,
    Nothing,
}

const fn failure(weight: u64, cause: &'static str, message: &'static str) -> Failure {
    Failure { weight, message, cause, names: Names::Address, is_at_once: false }
}

/// Failures after which nginx tries the next upstream.
const RETRIED: [Failure; 8] = [
    Failure { is_at_once: true, ..failure(240, "upstream-down", "connect() failed (111: Connection refused) while connecting to upstream") },
    failure(200, "upstream-timeout", "upstream timed out (110: Connection timed out) while reading response header from upstream"),
    failure(80, "upstream-timeout", "upstream timed out (110: Connection timed out) while connecting to upstream"),
    failure(120, "connection-reset", "upstream prematurely closed connection while reading response header from upstream"),
    failure(80, "connection-reset", "recv() failed (104: Connection reset by peer) while reading response header from upstream"),
    failure(40, "network-unreachable", "connect() failed (113: No route to host) while connecting to upstream"),
    failure(30, "tls-failure", "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream"),
    failure(30, "invalid-response", "upstream sent too big header while reading response header from upstream"),
];
/// Failures with which the request ends. Of 1,000 requests with one piece they are so many.
const FINAL: [Failure; 7] = [
    EMPTY_POOL,
    failure(30, "connection-reset", "upstream prematurely closed connection while reading upstream"),
    failure(20, "invalid-response", "upstream sent no valid HTTP/1.0 header while reading response header from upstream"),
    Failure { names: Names::Nothing, ..failure(25, "dns-failure", "backend.internal could not be resolved (3: Host not found)") },
    Failure {
        names: Names::Socket,
        ..failure(25, "upstream-down", "connect() to unix:/run/php/php8.4-fpm.sock failed (2: No such file or directory) while connecting to upstream")
    },
    Failure {
        names: Names::Socket,
        ..failure(
            25,
            "upstream-overloaded",
            "connect() to unix:/run/php/php8.4-fpm.sock failed (11: Resource temporarily unavailable) while connecting to upstream",
        )
    },
    Failure { names: Names::Nothing, ..failure(10, "intentional", "limiting requests, excess: 20.520 by zone \"api\"") },
];
const FINAL_SHARE: u64 = 200;
const EMPTY_POOL: Failure =
    Failure { names: Names::Group, is_at_once: true, ..failure(80, "no-healthy-backends", "no live upstreams while connecting to upstream") };

/// See the module.
#[derive(Debug)]
pub(super) struct NginxError {
    rng: Rng,
    world: World,
    clock: Clock,
    /// Of 1,000 records so many tell of a failure.
    failures: u64,
    connection: u64,
    /// Client and path of the connection's first request, while it may have a second.
    last: Option<(usize, usize)>,
    text: Vec<u8>,
}

/// One request.
struct Request {
    connection: u64,
    client: usize,
    path: usize,
    host: usize,
    method: &'static str,
    has_referrer: bool,
}

impl NginxError {
    pub(super) fn new(seed: u64, failures: u64) -> Self {
        let mut rng = Rng::new(seed);
        let world = World::new(&mut rng);
        Self { rng, world, clock: Clock::new(Style::NginxError), failures, connection: 4_000_000, last: None, text: Vec::new() }
    }

    /// A connection has one client and one or two different requests.
    fn request(&mut self) -> Request {
        if let Some((client, path)) = self.last.take()
            && self.rng.per_mille(250)
        {
            return self.request_of(client, (path + 1) % self.world.paths.len());
        }
        self.connection += 1;
        let (client, path) = (self.rng.skewed(self.world.clients.len()), self.rng.skewed(self.world.paths.len()));
        self.last = Some((client, path));
        self.request_of(client, path)
    }

    fn request_of(&mut self, client: usize, path: usize) -> Request {
        let host = self.rng.skewed(self.world.hosts.len());
        Request { connection: self.connection, client, path, host, method: self.rng.of(&METHODS), has_referrer: self.rng.per_mille(450) }
    }

    fn head(&mut self, second: i64, level: &str, connection: u64) {
        self.text.clear();
        self.text.extend_from_slice(self.clock.text(second).as_bytes());
        let worker = 1_100 + connection % 8;
        push(&mut self.text, &[" [", level, "] ", &worker.to_string(), "#", &worker.to_string(), ": *", &connection.to_string(), " "]);
    }

    fn tail(&mut self, request: &Request, names: Names, upstream: usize) {
        let (path, host) = (&self.world.paths[request.path], &self.world.hosts[request.host]);
        let text = &mut self.text;
        push(text, &[", client: ", &self.world.clients[request.client], ", server: ", host, ", request: \"", request.method, " ", path, " HTTP/1.1\""]);
        match names {
            Names::Address => push(text, &[", upstream: \"http://", &self.world.upstreams[upstream], path, "\""]),
            Names::Group => push(text, &[", upstream: \"http://", GROUPS[upstream % GROUPS.len()], path, "\""]),
            Names::Socket => push(text, &[", upstream: \"fastcgi://unix:/run/php/php8.4-fpm.sock:\""]),
            Names::Nothing => {}
        }
        push(text, &[", host: \"", host, "\""]);
        if request.has_referrer {
            push(text, &[", referrer: \"https://", host, &self.world.paths[(request.path + 7) % self.world.paths.len()], "\""]);
        }
    }

    fn failed(&mut self, log: &mut Log) {
        let request = self.request();
        if self.rng.per_mille(100) {
            return self.failed_at_several(log, &request);
        }
        let failures = if self.rng.per_mille(FINAL_SHARE) { &FINAL[..] } else { &RETRIED[..] };
        let failure = self.rng.weighted(failures, |failure| failure.weight);
        let upstream = self.rng.skewed(self.world.upstreams.len());
        self.head(now(log.len()), "error", request.connection);
        push(&mut self.text, &[failure.message]);
        self.tail(&request, failure.names, upstream);
        log.truth.evidence(failure.cause);
        log.truth.request(failure.cause);
        // One in fifty stands up to three seconds too low.
        if self.rng.per_mille(20) {
            log.record_later(self.rng.within(1, 3 * RATE), Line::Evidence, &self.text);
        } else {
            log.record(Line::Evidence, &self.text);
        }
    }

    /// A request that was tried at two or three upstreams; in the end the pool may have been empty.
    fn failed_at_several(&mut self, log: &mut Log, request: &Request) {
        let first_upstream = self.rng.skewed(self.world.upstreams.len());
        let tries = self.rng.within(2, 3);
        let ends_empty = self.rng.per_mille(150);
        let (mut lines, mut second, mut cause) = (0, now(log.len()), "");
        for attempt in 0..tries {
            let is_empty = ends_empty && attempt + 1 == tries;
            let failure = if is_empty { &EMPTY_POOL } else { self.rng.weighted(&RETRIED, |failure| failure.weight) };
            if attempt > 0 {
                // What is met at once is written in the same second; an answer that does not come takes its time.
                lines += if failure.is_at_once { self.rng.within(1, 120) } else { self.rng.within(20, 2_500) };
                second = if failure.is_at_once { second } else { now(log.len() + lines) };
            }
            if !is_empty {
                cause = failure.cause;
            }
            let upstream = (first_upstream + usize::try_from(attempt).unwrap_or(0)) % self.world.upstreams.len();
            self.head(second, "error", request.connection);
            push(&mut self.text, &[failure.message]);
            self.tail(request, failure.names, upstream);
            // An empty pool behind another failure is evidence of that failure's cause.
            log.truth.evidence(cause);
            if attempt == 0 {
                log.record(Line::Evidence, &self.text);
            } else {
                log.record_later(lines, Line::Evidence, &self.text);
            }
        }
        log.truth.request(cause);
    }

    /// What else stands in such a log.
    fn other(&mut self, log: &mut Log) {
        let request = self.request();
        let path = self.world.paths[request.path].split('?').next().unwrap_or_default().to_owned();
        let upstream = self.rng.skewed(self.world.upstreams.len());
        let second = now(log.len());
        let (level, message, names, line) = match self.rng.below(100) {
            0..35 => ("error", format!("open() \"/srv/www/shop{path}\" failed (2: No such file or directory)"), Names::Nothing, Line::Ordinary),
            35..50 => ("error", "access forbidden by rule".to_owned(), Names::Nothing, Line::Ordinary),
            50..65 => {
                ("warn", format!("a client request body is buffered to a temporary file /var/lib/nginx/body/{:010}", log.len()), Names::Nothing, Line::Ordinary)
            }
            65..75 => ("info", format!("{CLIENT_LEFT} while sending request to upstream"), Names::Address, Line::ClientAbort),
            75..85 => ("warn", "upstream server temporarily disabled while connecting to upstream".to_owned(), Names::Address, Line::Consequence),
            85..90 => ("error", format!("shard {} of ring \"{path}\" has no owner, giving up", self.rng.below(64)), Names::Address, Line::Unrecognised),
            90..95 => return self.stack_trace(log, &request),
            _ => return self.foreign(log),
        };
        self.head(second, level, request.connection);
        push(&mut self.text, &[&message]);
        self.tail(&request, names, upstream);
        log.record(line, &self.text);
    }

    fn stack_trace(&mut self, log: &mut Log, request: &Request) {
        self.head(now(log.len()), "error", request.connection);
        push(&mut self.text, &["FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Uncaught RuntimeException: no stock in /srv/www/shop/stock.php:31"]);
        log.record(Line::Ordinary, &self.text);
        for line in ["Stack trace:", "#0 /srv/www/shop/index.php(12): stock()", "#1 {main}"] {
            log.continuation(line.as_bytes());
        }
        self.text.clear();
        push(&mut self.text, &["  thrown in /srv/www/shop/stock.php on line 31\" while reading response header from upstream"]);
        self.tail(request, Names::Socket, 0);
        log.continuation(&self.text);
    }

    /// What other programs write into the same file.
    fn foreign(&mut self, log: &mut Log) {
        let before = log.len();
        if before == 0 {
            return;
        }
        let text = match self.rng.below(4) {
            0 => "    at com.example.shop.Cart.total(Cart.java:118)".to_owned(),
            1 => format!("{{\"ts\":{before},\"lvl\":\"warn\",\"msg\":\"slow flush\"}}"),
            2 => "logrotate: error: skipping because parent directory has insecure permissions".to_owned(),
            _ => format!("+ worker {} took {} ms", self.rng.below(8), self.rng.below(5_000)),
        };
        log.continuation(text.as_bytes());
    }
}

const CLIENT_LEFT: &str = "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too";
const GROUPS: [&str; 6] = ["shop", "api_backend", "search-pool", "payments", "images", "auth.internal"];

impl Maker for NginxError {
    fn make(&mut self, log: &mut Log) {
        if self.rng.per_mille(self.failures) { self.failed(log) } else { self.other(log) }
    }
}

fn now(line: u64) -> i64 {
    START + i64::try_from(line / RATE).unwrap_or(0)
}
