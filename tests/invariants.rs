//! The invariants of the design: one report for any threads and pieces, every line once, no loss at any cut.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::PathBuf;

use logscan502::analysis::Options;
use logscan502::report::Report;
use logscan502::time::Timestamp;
use proptest::prelude::*;
use support::{Workdir, here, options, outcome, report};

fn json(report: &Report) -> String {
    serde_json::to_string_pretty(report).unwrap()
}

#[test]
fn the_samples_give_one_report_for_any_threads_and_pieces() {
    let paths = [here("sample-logs")];
    let expected = json(&report(&paths, options(), 1));
    for (threads, window, piece) in [(1, 4_096, 100), (2, 1 << 20, 777), (2, 64, 1), (3, 5_000, 5_000), (4, Options::WINDOW, 10_000)] {
        let options = Options { window, piece, ..options() };
        assert!(json(&report(&paths, options, threads)) == expected, "{threads} threads, windows of {window}, pieces of {piece}");
    }
}

#[test]
fn every_line_of_the_samples_is_accounted_for() {
    let report = report(&[here("sample-logs")], options(), 2);
    assert_eq!(report.totals.by_line.sum(), report.totals.lines);
    assert_eq!(report.inputs.iter().map(|input| input.lines).sum::<u64>(), report.totals.lines);
    assert_eq!(report.inputs.iter().map(|input| input.evidence).sum::<u64>(), report.totals.evidence);
    assert_eq!(report.totals.by_line.evidence, report.totals.evidence);
    assert_eq!(report.causes.iter().map(|cause| cause.requests).sum::<u64>(), report.totals.requests);
    assert_eq!(report.buckets.iter().map(|bucket| bucket.requests).sum::<u64>(), report.totals.requests);
    assert_eq!(report.buckets.iter().map(|bucket| bucket.responses).sum::<u64>(), report.totals.responses);
}

#[test]
fn skimmed_answers_count_as_if_they_were_read_whole() {
    for format in [
        "nginx-access",
        "apache-access",
        "alb",
        "elb",
        "cloudflare",
        "fastly",
        "gcp-lb",
        "azure-gateway",
        "caddy-access",
        "traefik-access",
        "envoy",
        "haproxy/outage.log",
        "varnish-ncsa",
    ] {
        let paths = [here("sample-logs").join(format)];
        let skimmed = report(&paths, options(), 1);
        let mut whole = options();
        // A filter that lets everything pass, but asks for it.
        whole.filter.since = Some(Timestamp::from_seconds(0));
        assert_eq!(json(&report(&paths, whole, 1)), json(&skimmed), "{format}");
    }
}

/// Lines of an nginx error log and of what may stand between them.
fn line() -> impl Strategy<Value = String> {
    let second = 0..50_u32;
    let message = prop::sample::select(vec![
        "connect() failed (111: Connection refused) while connecting to upstream",
        "upstream timed out (110: Connection timed out) while reading response header from upstream",
        "no live upstreams while connecting to upstream",
        "upstream server temporarily disabled while connecting to upstream",
        "something nobody knows (5: Input/output error)",
        "open() \"/srv/a\" failed (24: Too many open files)",
        "open() \"/srv/a while accepting new connection\" failed (24: Too many open files)",
        "open() \"/srv/a (2: b) while sending to client\" failed (2: No such file or directory)",
    ]);
    let known = (second.clone(), 1..6_u32, message, 1..4_u32, prop::sample::select(vec!["/", "/api", "/login"])).prop_map(|(second, connection, message, peer, path)| {
        let level = if message.starts_with("open()") { "crit" } else { "error" };
        format!("2026/03/18 03:00:{second:02} [{level}] 7#7: *{connection} {message}, client: 203.0.113.{connection}, server: a, request: \"GET {path} HTTP/1.1\", upstream: \"http://10.0.0.{peer}:80{path}\", host: \"a.example\"")
    });
    let open = second.prop_map(|second| format!("2026/03/18 03:00:{second:02} [error] 7#7: *9 FastCGI sent in stderr: \"PHP message: x"));
    let close = Just("y\" while reading response header from upstream, client: 203.0.113.9, server: a, request: \"GET /p HTTP/1.1\", upstream: \"fastcgi://10.0.0.9:9000\", host: \"a\"".to_owned());
    let other = prop::sample::select(vec![
        "",
        "Stack trace:",
        "  #0 {main}",
        "\u{1}\u{fffd}",
        "203.0.113.5 - - [18/Mar/2026:03:00:10 +0000] \"GET / HTTP/1.1\" 502 157 \"-\" \"-\"",
    ])
    .prop_map(str::to_owned);
    prop_oneof![6 => known, 1 => open, 1 => close, 2 => other]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_log_gives_one_report_for_any_threads_and_pieces(lines in prop::collection::vec(line(), 0..120), window in 1..5_000_usize, piece in 1..3_000_usize, ends in any::<bool>()) {
        let dir = Workdir::new();
        let text = lines.join("\n") + if ends { "\n" } else { "" };
        let path = dir.write("error.log", &text);
        let expected = report(std::slice::from_ref(&path), options(), 1);
        prop_assert_eq!(expected.totals.by_line.sum(), expected.totals.lines);
        prop_assert_eq!(expected.totals.lines, text.lines().count() as u64);
        prop_assert_eq!(expected.totals.by_line.evidence, expected.totals.evidence);
        prop_assert_eq!(expected.causes.iter().map(|cause| cause.requests).sum::<u64>(), expected.totals.requests);
        let other = report(std::slice::from_ref(&path), Options { window, piece, ..options() }, 2);
        prop_assert_eq!(json(&other), json(&expected));
        // A filter that lets everything pass asks for every line to be read whole.
        let mut whole = options();
        whole.filter.since = Some(Timestamp::from_seconds(0));
        prop_assert_eq!(json(&report(&[path], whole, 1)), json(&expected));
    }

    #[test]
    fn a_log_cut_into_a_rotated_set_counts_the_same(lines in prop::collection::vec(line(), 1..80), at in any::<prop::sample::Index>()) {
        let dir = Workdir::new();
        // A record is cut only where one begins: rotation happens between writes.
        let heads: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("2026/") && !lines[..*at].iter().rev().take(100).any(|line| line.contains("PHP message"))).collect();
        prop_assume!(!heads.is_empty());
        let cut = heads[at.index(heads.len())];
        let whole = dir.write("whole/error.log", lines.join("\n") + "\n");
        let (old, new) = lines.split_at(cut);
        let end = if old.is_empty() { "" } else { "\n" };
        dir.write("cut/error.log.1", old.join("\n") + end);
        let newest = dir.write("cut/error.log", new.join("\n") + "\n");
        let (whole, cut) = (report(&[whole], options(), 1), report(&[newest.parent().unwrap().to_owned()], options(), 2));
        prop_assert_eq!(json_of_causes(&cut), json_of_causes(&whole));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000), dir_of_samples in 0..2_usize) {
        let dir = Workdir::new();
        let mut text = if dir_of_samples == 1 { std::fs::read(here("sample-logs/nginx-error/outage.log")).unwrap_or_default() } else { Vec::new() };
        text.extend(bytes);
        let paths: Vec<PathBuf> = vec![dir.write("x.log", text)];
        let outcome = outcome(&paths, options(), 2);
        prop_assert_eq!(outcome.report.totals.by_line.sum(), outcome.report.totals.lines);
    }
}

fn json_of_causes(report: &Report) -> String {
    serde_json::to_string_pretty(&(&report.causes, &report.totals.requests, &report.totals.failed, &report.buckets)).unwrap()
}
