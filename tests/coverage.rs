//! What the logs do not cover is said, and nothing is said that is not so.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::PathBuf;

use logscan502::report::Report;
use support::{Workdir, here, options, outcome, report};

fn at(second: u32) -> String {
    format!("{:02}:{:02}:{:02}", 3 + second / 3_600, second / 60 % 60, second % 60)
}

fn answer(second: u32, path: &str, status: u16) -> String {
    format!("203.0.113.1 - - [18/Mar/2026:{} +0000] \"GET {path} HTTP/1.1\" {status} 157 \"-\" \"curl/8\"\n", at(second))
}

fn failure(second: u32, path: &str) -> String {
    format!(
        "2026/03/18 {} [error] 7#7: *{second} connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: a, request: \"GET {path} HTTP/1.1\", upstream: \"http://10.0.0.1:80{path}\", host: \"a\"\n",
        at(second)
    )
}

fn of(logs: &[(&str, String)]) -> Report {
    let dir = Workdir::new();
    let paths: Vec<PathBuf> = logs.iter().map(|(name, log)| dir.write(name, log)).collect();
    report(&paths, options(), 2)
}

#[test]
fn a_silence_far_beyond_the_usual_is_a_gap() {
    let log: String = (0..600).map(|n| answer(n * 2 + if n >= 300 { 900 } else { 0 }, "/", 200)).collect();
    let report = of(&[("access.log", log)]);
    let gaps = &report.inputs[0].gaps;
    assert_eq!((gaps.len(), gaps[0].seconds, gaps[0].usual_seconds), (1, 902, 2));
    let log: String = (0..600).map(|n| answer(n * 2, "/", 200)).collect();
    assert!(of(&[("access.log", log)]).inputs[0].gaps.is_empty());
}

#[test]
fn files_that_a_balancer_must_have_written_are_missed() {
    let line = std::fs::read_to_string(here("sample-logs/alb/outage.log")).unwrap().lines().next().unwrap().to_owned() + "\n";
    let name = |time: &str, node: &str| format!("111122223333_elasticloadbalancing_eu-west-1_app.shop.50dc6c495c0c9188_20260318T{time}Z_{node}_x1.log");
    let names = [name("0300", "10.0.0.7"), name("0305", "10.0.0.7"), name("0320", "10.0.0.7"), name("0300", "10.0.0.8"), name("0305", "10.0.0.8")];
    let logs: Vec<(&str, String)> = names.iter().map(|name| (name.as_str(), line.clone())).collect();
    let report = of(&logs);
    assert_eq!(report.missing_files.len(), 1);
    assert_eq!((report.missing_files[0].node.as_str(), report.missing_files[0].files), ("10.0.0.7", 2));
    assert!(report.warnings.iter().any(|warning| warning.message.contains("missing between others: 2, of 10.0.0.7")), "{:?}", report.warnings);
}

#[test]
fn an_offset_names_the_inputs_that_it_is_of() {
    let (errors, answers): (Vec<_>, Vec<_>) = (0..40).map(|n| (failure(n * 37, "/a"), answer(n * 37 + 3_600, "/a", 502))).unzip();
    let report = of(&[("error.log", errors.concat()), ("access.log", answers.concat())]);
    assert_eq!(report.offsets.len(), 1);
    let offset = &report.offsets[0];
    assert_eq!((offset.seconds, offset.inputs.len(), offset.against.len()), (3_600, 1, 1));
    assert!(offset.inputs[0].ends_with("error.log") && offset.against[0].ends_with("access.log"));
}

#[test]
fn an_access_log_that_lacks_failures_all_the_time_is_said_to() {
    let says = |keeps: fn(u32) -> bool| {
        let errors: Vec<_> = (0..800).map(|n| failure(n * 3, &format!("/{n}"))).collect();
        let answers: Vec<_> = (0..800).filter(|n| keeps(*n)).map(|n| answer(n * 3, &format!("/{n}"), 502)).collect();
        of(&[("error.log", errors.concat()), ("access.log", answers.concat())]).warnings.iter().any(|warning| warning.message.contains("sampled"))
    };
    assert!(says(|n| n.is_multiple_of(4)));
    assert!(!says(|_| true));
    assert!(!says(|n| n < 300), "it ends early");
}

#[test]
fn what_any_daemon_wrote_is_no_known_log() {
    let dir = Workdir::new();
    let lines = "Mar 18 03:02:09 web1 sshd[77]: Accepted publickey for root from 203.0.113.9\n".repeat(20);
    let outcome = outcome(&[dir.write("auth.log", lines)], options(), 1);
    assert_eq!((outcome.read, outcome.failed), (0, 1));
    assert!(outcome.report.warnings[0].message.starts_with("no known log format"), "{:?}", outcome.report.warnings);
}
