//! `--cursor`: between runs a log is rotated in every way, runs are killed, and every line is reported once.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking, and says how much it tried")]

mod rotation;
mod support;

use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rotation::{Action, Log, actions, sequences};
use support::Workdir;

/// A failure of its own request.
fn line(number: usize) -> String {
    format!(
        "2026/03/18 03:{:02}:{:02} [error] 7#7: *{number} connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: shop.example, request: \"GET /{number} HTTP/1.1\", upstream: \"http://10.0.0.1:80/{number}\", host: \"shop.example\"",
        number / 60 % 60,
        number % 60
    )
}

/// What committed runs reported.
#[derive(Debug, Default)]
struct Sums {
    lines: u64,
    evidence: u64,
    requests: u64,
    warnings: Vec<String>,
    killed: usize,
    committed: usize,
}

impl Sums {
    fn add(&mut self, stdout: &[u8]) -> Result<(), String> {
        let report: serde_json::Value = serde_json::from_slice(stdout).map_err(|error| format!("{error}: {}", String::from_utf8_lossy(stdout)))?;
        let total = |name: &str| report["totals"][name].as_u64().unwrap();
        self.lines += total("lines");
        self.evidence += total("evidence");
        self.requests += total("requests");
        self.warnings.extend(report["warnings"].as_array().unwrap().iter().map(|warning| warning["message"].as_str().unwrap().to_owned()));
        self.committed += 1;
        Ok(())
    }
}

/// A run over `name`, killed after so many microseconds if that is said. It counts when it wrote its cursor.
fn run(dir: &Workdir, name: &str, kill: Option<u64>, sums: &mut Sums) -> Result<(), String> {
    let before = fs::read(dir.path("state.json")).ok();
    let mut child = dir.command(&["-o", "json", "--cursor", "state.json", name]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if let Some(micros) = kill {
        // The moment is random by intent: nothing waits for it.
        std::thread::sleep(Duration::from_micros(micros));
        let _ = child.kill();
    }
    let (mut stdout, mut stderr) = (Vec::new(), String::new());
    child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    let status = child.wait().unwrap();
    if fs::read(dir.path("state.json")).ok() != before {
        return sums.add(&stdout).map_err(|error| format!("{error} {stderr}"));
    }
    sums.killed += usize::from(status.code().is_none());
    // A log that is not there at the moment is no input.
    if status.code().is_none() || status.code() == Some(2) { Ok(()) } else { Err(format!("{status}: {stderr}")) }
}

/// A turn of the reader: whether and when it is killed.
fn turns() -> impl Strategy<Value = Vec<Option<u64>>> {
    proptest::collection::vec(prop_oneof![2 => Just(None), 1 => (0_u64..60_000).prop_map(Some)], 40)
}

fn check(actions: &[Action], turns: &[Option<u64>], by_folder: bool) -> Result<(usize, usize), String> {
    let dir = Workdir::new();
    fs::create_dir(dir.path("logs")).unwrap();
    let mut log = Log::new(dir.path("logs/error.log"), line, false);
    let name = if by_folder { "logs" } else { "logs/error.log" };
    let mut sums = Sums::default();
    let mut turns = turns.iter().copied().cycle();
    run(&dir, name, None, &mut sums)?;
    log.looked();
    for action in actions {
        log.act(*action);
        if *action == Action::Look {
            let committed = sums.committed;
            run(&dir, name, turns.next().unwrap(), &mut sums)?;
            if sums.committed > committed {
                log.looked();
            }
        }
    }
    log.reopen();
    run(&dir, name, None, &mut sums)?;
    let complete = log.complete.len() as u64;
    // Nobody can know what a truncation, or the removal of a file that no other holds, took away.
    let unknowable = log.unknowable.len() as u64;
    // A line that was never completed is one of a compressed file, but tells of nothing.
    let evidence = sums.evidence;
    let is_exact =
        evidence <= complete && evidence + unknowable >= complete && sums.requests == evidence && (evidence..=evidence + log.abandoned).contains(&sums.lines);
    let is_announced = evidence + log.silent.len() as u64 >= complete || sums.warnings.iter().any(|warning| warning.contains("lost"));
    if is_exact && is_announced { Ok((sums.committed, sums.killed)) } else { Err(format!("{complete} lines, {unknowable} unknowable: {sums:?}")) }
}

#[test]
fn every_line_is_reported_once_over_runs_that_are_killed_and_logs_that_are_rotated() {
    let cases = sequences(40);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() });
    let counts = std::cell::Cell::new((0, 0));
    runner
        .run(&(actions(), turns(), any::<bool>()), |(actions, turns, by_folder)| {
            let (committed, killed) = check(&actions, &turns, by_folder).map_err(proptest::test_runner::TestCaseError::fail)?;
            counts.set((counts.get().0 + committed, counts.get().1 + killed));
            Ok(())
        })
        .unwrap();
    println!("{cases} sequences, {} runs committed, {} killed: no line lost, none doubled", counts.get().0, counts.get().1);
}
