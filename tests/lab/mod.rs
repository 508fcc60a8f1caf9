//! A lab of real proxies: each scenario sends requests through a server to an upstream that misbehaves in one way, notes
//! what the client really got, and holds the report over that server's own logs against it.
//!
//! `nginx.rs`, `apache.rs`, `haproxy.rs`, `varnish.rs` and `caddy.rs` are tables of scenarios with the configuration around them, `upstream.rs` is what upstreams
//! do, `client.rs` what a client sees, `server.rs` the child process, `run.rs` one run of a table, `check.rs` the truth
//! against the report. Everything stays on 127.0.0.1, and everything a server writes stays in a temporary folder.
//!
//! # To add a scenario
//!
//! Add an entry to `SCENARIOS` of that server. `server` is the inside of its virtual host, of its backend (HAProxy), of its `handle` (Caddy) or of what
//! VCL does with its requests (Varnish); `http` stands beside it. `<0>`, `<1>` stand for the places of its `upstreams`, `<0.port>` for the port alone, `<good>` for one that answers, `<name>` for the scenario's name,
//! `<folder>` for a folder of its own. Requests go to `/<name>/…`; one to `/<name>/healthy`, which is always there and
//! answers 200, goes before and after them. Say what clients get (`answers`, a word a visit: `502`, `200-cut`, `garbled`,
//! `nothing`, `left`) and what the report must say. Never bend `causes` to what the tool says: they are what was done to the server.

pub(crate) mod apache;
pub(crate) mod caddy;
pub(crate) mod check;
pub(crate) mod client;
pub(crate) mod haproxy;
pub(crate) mod nginx;
pub(crate) mod run;
pub(crate) mod server;
pub(crate) mod upstream;
pub(crate) mod varnish;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use logscan502::record::Cause;
use upstream::Behaviour;

/// One way to fail, and what is true of it.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// Lower case, hyphens; its host is this with `.test`.
    pub(crate) name: &'static str,
    /// Beside its `server`.
    pub(crate) http: &'static str,
    /// In its virtual host.
    pub(crate) server: &'static str,
    /// Behind it.
    pub(crate) upstreams: &'static [Behaviour],
    /// What clients do, in turn.
    pub(crate) visits: &'static [Visit],
    /// What they get, a word a visit, waiting aside.
    pub(crate) answers: &'static str,
    /// Requests by cause, the leading one first.
    pub(crate) causes: &'static [(Cause, u64)],
    /// Requests that an attempt failed and a retry or a cache saved.
    pub(crate) saved: u64,
    /// Requests that failed without that the client can know it.
    pub(crate) unnoticed: u64,
    /// The server writes no error for it.
    pub(crate) is_silent: bool,
    /// What the server writes of it names no request.
    pub(crate) is_nameless: bool,
    /// The access log has the variables of the upstream.
    pub(crate) is_detailed: bool,
    /// Entries that tell that a client left.
    pub(crate) aborts: u64,
    /// The upstream to be named first; empty where the logs name none.
    pub(crate) blames: &'static str,
}

impl Scenario {
    /// Nothing special; an entry says what is.
    pub(crate) const NEW: Self = Self {
        name: "",
        http: "",
        server: "",
        upstreams: &[],
        visits: THREE,
        answers: "502 502 502",
        causes: &[],
        saved: 0,
        unnoticed: 0,
        is_silent: false,
        is_nameless: false,
        is_detailed: false,
        aborts: 0,
        blames: "",
    };

    /// The host that its clients name.
    pub(crate) fn host(&self) -> String {
        format!("{}.test", self.name)
    }

    /// Its leading cause, or none.
    pub(crate) fn cause(&self) -> &'static str {
        self.causes.first().map_or("none", |(cause, _)| cause.id())
    }
}

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    Get,
    Post,
    /// So many at once; what they get is put in order.
    Crowd(usize),
    /// Leaves when the upstream has the request.
    Leave,
    /// No request: time passes, for a cached page to grow old.
    Wait(Duration),
}

/// The usual visits.
pub(crate) const THREE: &[Visit] = &[Visit::Get, Visit::Get, Visit::Post];

/// A kind of server.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// What installs it.
    pub(crate) package: &'static str,
    pub(crate) scenarios: &'static [Scenario],
    /// Where its program may be.
    pub(crate) programs: &'static [&'static str],
    /// The configuration of an instance.
    pub(crate) configure: fn(&run::Instance<'_>, u16) -> String,
    /// How it is started with one.
    pub(crate) arguments: fn(&Path) -> Vec<String>,
    /// It tells of failures in a log of their own. Otherwise its one log is what clients were answered, and why.
    pub(crate) has_error_log: bool,
    /// What stands in each line of an answer, and in no other.
    pub(crate) answer: &'static str,
    /// What writes its logs, if it is not the server itself.
    pub(crate) companions: fn(&Path) -> Vec<Writer>,
    /// Puts what all scenarios wrote into the logs of each; a server that writes them there by itself has nothing to do.
    pub(crate) collect: fn(&run::Instance<'_>),
}

/// A program that writes a server's log.
#[derive(Debug)]
pub(crate) struct Writer {
    /// Program and arguments.
    pub(crate) words: Vec<String>,
    /// Where what it prints goes.
    pub(crate) output: PathBuf,
}

/// For a server that writes its logs by itself.
pub(crate) const fn no_writers(_folder: &Path) -> Vec<Writer> {
    Vec::new()
}

/// For a server that writes its logs where they belong.
pub(crate) const fn nothing_to_collect(_instance: &run::Instance<'_>) {}

impl Kind {
    /// Its program, if it is installed.
    pub(crate) fn program(&self) -> Option<PathBuf> {
        self.programs.iter().map(PathBuf::from).find(|path| path.exists())
    }
}

/// Looks until it is so.
///
/// # Panics
///
/// When it is not so after `most`.
pub(crate) fn wait_until(what: &str, most: Duration, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + most;
    while !is_so() {
        assert!(Instant::now() < end, "waited {most:?} for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
