//! From a line that is written to its effect on the stream, and an hour of a busy feed: figures, not proofs. To be asked
//! for: `cargo test --release --test latency -- --ignored --nocapture`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking, and says what it measured")]

mod support;

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use logscan502::analysis::Stop;
use logscan502::analysis::live::{Live, Request};
use logscan502::pattern::Catalogue;
use logscan502::source::{Input, Reading};
use logscan502::time::Timestamp;
use support::{Workdir, options};

fn failure(at: &str, request: u64, upstream: u64) -> String {
    format!(
        "{at} [error] 7#7: *{request} connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.{}, server: shop.example, request: \"GET /p/{} HTTP/1.1\", upstream: \"http://10.0.{}.{}:80/p/{}\", host: \"shop.example\"\n",
        request % 250,
        request % 5_000,
        upstream / 250,
        upstream % 250,
        request % 5_000
    )
}

/// Each line names an upstream that was not hit before, so each is an event of its own: until an incident names no more
/// of them. So there are several programs, one after the other.
#[test]
#[ignore = "measures"]
fn latency() {
    let mut micros: Vec<u128> = Vec::new();
    let now = || chrono::Utc::now().format("%Y/%m/%d %H:%M:%S").to_string();
    for round in 0..15_u64 {
        let dir = Workdir::new();
        let path = dir.write("error.log", failure(&now(), 1, 0));
        let mut child = dir.command(&["--follow", "error.log", "-o", "ndjson"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("caught-up"));
        let mut log = OpenOptions::new().append(true).open(&path).unwrap();
        let mut told = |text: String| {
            let began = Instant::now();
            log.write_all(text.as_bytes()).unwrap();
            lines.next().unwrap().unwrap();
            began.elapsed()
        };
        told((0..8).map(|request| failure(&now(), 10 + request, 1)).collect());
        for upstream in 2..9 {
            // Not in step with the looks of the program.
            std::thread::sleep(Duration::from_millis((round * 37 + upstream * 61) % 211));
            micros.push(told(failure(&now(), 100 + upstream, upstream)).as_micros());
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    micros.sort_unstable();
    let at = |percent: usize| micros[(micros.len() - 1) * percent / 100] / 1_000;
    println!("{} lines: median {} ms, p90 {} ms, p99 {} ms, most {} ms", micros.len(), at(50), at(90), at(99), at(100));
    assert!(at(99) < 1_000);
}

/// Resident memory of this process in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// An hour of 5,000 lines a second: answers, one in a hundred of them a 502 that the error log beside it explains, and a
/// second hour to see that the first filled everything that fills.
#[test]
#[ignore = "takes minutes"]
fn an_hour_of_five_thousand_lines_a_second_takes_no_more_memory_than_a_part_of_it() {
    let seconds: i64 = std::env::var("SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3_600);
    let catalogue = Catalogue::embedded();
    let dir = Workdir::new();
    let paths: Vec<PathBuf> = ["error.log", "access.log"].iter().map(|name| dir.write(name, "")).collect();
    let inputs = paths.iter().cloned().map(Input::Path).collect();
    let request =
        Request { inputs, catalogue: &catalogue, options: options(), reading: Reading::Following, cursor: None, stop: Stop::default(), leaves_cursor: false };
    let mut live = Live::new(request, || {});
    let (began, mut snapshots, mut peaks) = (Instant::now(), Duration::ZERO, Vec::new());
    let mut files: Vec<_> = paths.iter().map(|path| OpenOptions::new().append(true).open(path).unwrap()).collect();
    let mut number = 0_u64;
    for second in 0..seconds {
        let (minute, rest) = (second / 60 % 60, second % 60);
        let (mut errors, mut answers) = (String::new(), String::new());
        for line in 0..4_950_u64 {
            number += 1;
            let status = if line % 99 == 0 { 502 } else { 200 };
            if status == 502 {
                errors += &failure(&format!("2026/03/18 {:02}:{minute:02}:{rest:02}", second / 3_600), number, number % 40);
            }
            writeln!(
                answers,
                "203.0.113.{} - - [18/Mar/2026:{:02}:{minute:02}:{rest:02} +0000] \"GET /p/{} HTTP/1.1\" {status} 157 \"-\" \"curl\"",
                number % 250,
                second / 3_600,
                number % 5_000
            )
            .unwrap();
        }
        files[0].write_all(errors.as_bytes()).unwrap();
        files[1].write_all(answers.as_bytes()).unwrap();
        // The disk need not hold the hour: what was read is thrown away, as a rotation would.
        let now = Timestamp::from_seconds(1_773_792_000 + second);
        while live.step(now).has_more {}
        if second % 60 == 59 {
            for (file, path) in files.iter_mut().zip(&paths) {
                std::fs::remove_file(path).unwrap();
                *file = OpenOptions::new().create(true).append(true).open(path).unwrap();
            }
            let at = Instant::now();
            let report = live.snapshot();
            snapshots = snapshots.max(at.elapsed());
            peaks.push(resident());
            if second % 600 == 599 {
                println!("{second} s: {} lines, {} KiB, snapshot {:?}, {:?}", report.totals.lines, resident(), at.elapsed(), report.reconciliation);
            }
        }
    }
    // The last record of the error log waits a moment for lines that continue it.
    live.step(Timestamp::from_seconds(1_773_792_000 + seconds + 1));
    let report = live.snapshot();
    let lines = report.totals.lines;
    let rate = f64::from(u32::try_from(lines).unwrap()) / began.elapsed().as_secs_f64();
    println!("{lines} lines at {rate:.0} lines/s, slowest snapshot {snapshots:?}, memory by minute {peaks:?} KiB");
    assert_eq!(report.reconciliation.unwrap().unexplained, 0);
    let half = peaks.len() / 2;
    let (early, late) = (peaks[..half].iter().max().unwrap(), peaks[half..].iter().max().unwrap());
    assert!(*late <= early + early / 4, "memory grows: {early} KiB, then {late} KiB");
}
