//! What happened behind the proxy, beside the failures that it may explain.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use logscan502::report::{Context, Report};
use support::{Workdir, options, report};

/// A minute of nginx's error log in which an upstream refuses, ten minutes after a single other failure.
fn refused(upstream: &str) -> String {
    let line = |time: String, connection: u32, message: &str| {
        format!(
            "2026/03/18 {time} [error] 7#7: *{connection} {message}, client: 203.0.113.1, server: a, request: \"GET /a HTTP/1.1\", upstream: \"http://{upstream}/a\", host: \"a\"\n"
        )
    };
    let timed_out = "upstream timed out (110: Connection timed out) while reading response header from upstream";
    let first = line("02:50:00".to_owned(), 1, timed_out);
    let burst =
        (10..60).map(|second| line(format!("03:02:{second:02}"), second + 100, "connect() failed (111: Connection refused) while connecting to upstream"));
    first + &burst.collect::<String>() + &line("03:12:00".to_owned(), 999, timed_out)
}

fn of(upstream: &str, name: &str, context: &str) -> Report {
    let dir = Workdir::new();
    let paths = [dir.write("error.log", refused(upstream)), dir.write(name, context)];
    report(&paths, options(), 2)
}

fn texts(context: &[Context]) -> Vec<(i64, &str, bool)> {
    context.iter().map(|entry| (entry.seconds_before, entry.text.as_str(), entry.first)).collect()
}

const KILLED: &str = "kernel: [84211.204377] Out of memory: Killed process 4242 (node) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:1kB oom_score_adj:0";

#[test]
fn what_killed_the_upstream_is_named_before_its_first_failure() {
    let log = format!(
        "Mar 18 02:40:00 web1 {KILLED}\nMar 18 03:02:08 web1 {KILLED}\nMar 18 03:02:08 web1 systemd[1]: app.service: Main process exited, code=killed, status=9/KILL\nMar 18 03:02:30 web1 systemd[1]: app.service: Scheduled restart job, restart counter is at 1.\n"
    );
    let report = of("10.0.0.1:8080", "kern.log", &log);
    let incident = &report.incidents[0];
    assert_eq!(incident.cause, "upstream-down");
    assert_eq!(
        texts(&incident.context),
        [
            (2, "the kernel killed node (pid 4242): out of memory", true),
            (2, "the main process of app.service was killed (KILL)", false),
            (-20, "systemd started app.service again", false),
        ]
    );
    assert!(report.inputs.iter().any(|input| input.path.ends_with("kern.log") && input.context == 4 && input.evidence == 0));
}

#[test]
fn it_counts_as_nothing() {
    let with = of("10.0.0.1:8080", "kern.log", &format!("Mar 17 01:00:00 web1 {KILLED}\n").repeat(50));
    let without = of("10.0.0.1:8080", "empty.log", "");
    assert_eq!((with.span, &with.causes, &with.buckets, &with.reconciliation), (without.span, &without.causes, &without.buckets, &without.reconciliation));
    assert_eq!(with.totals.requests, without.totals.requests);
    assert_eq!((with.totals.by_line.ordinary, with.totals.by_line.sum()), (without.totals.by_line.ordinary + 50, with.totals.lines));
}

#[test]
fn another_ports_trouble_is_not_the_first_domino() {
    let flood = "web1 kernel: [84211.2]";
    let log = |port: u16| {
        format!("Mar 18 03:02:05 {} TCP: request_sock_TCP: Possible SYN flooding on port {port}. Sending cookies.\n", flood.replace("84211.2", "84211.200000"))
    };
    assert!(!of("10.0.0.1:8080", "kern.log", &log(9090)).incidents[0].context[0].first);
    let same = of("10.0.0.1:8080", "kern.log", &log(8080));
    let first = &same.incidents[0].context[0];
    assert_eq!((first.first, first.upstream.as_deref()), (true, Some("10.0.0.1:8080")));
}

#[test]
fn a_worker_that_hung_comes_before_the_signal_that_ended_it() {
    let log = "[2026-03-18 03:02:06 +0000] [27] [CRITICAL] WORKER TIMEOUT (pid:31)\n[2026-03-18 03:02:07 +0000] [27] [ERROR] Worker (pid:31) was sent SIGKILL! Perhaps out of memory?\n";
    let report = of("10.0.0.1:8080", "gunicorn.log", log);
    let first = report.incidents[0].context.iter().find(|entry| entry.first).unwrap();
    assert_eq!((first.pattern.as_str(), first.seconds_before), ("gunicorn/worker-timeout", 4));
}

#[test]
fn a_systems_log_holds_the_proxys_lines_and_what_killed_the_upstream() {
    let dir = Workdir::new();
    let lines: Vec<String> = refused("10.0.0.1:8080").lines().map(|line| format!("Mar 18 03:20:00 web1 nginx[7]: {line}\n")).collect();
    let log = lines.concat() + &format!("Mar 18 03:02:08 web1 {KILLED}\nMar 18 03:30:00 web1 cron[9]: (root) CMD (true)\n");
    let report = report(&[dir.write("syslog", log)], options(), 1);
    assert_eq!(report.inputs[0].format, "nginx-error+kernel+journal");
    assert_eq!(report.totals.requests, 52);
    assert_eq!(texts(&report.incidents[0].context)[0], (2, "the kernel killed node (pid 4242): out of memory", true));
}

#[test]
fn floods_are_capped_and_say_so() {
    let log: Vec<String> = (0..60).map(|second| format!("Mar 18 03:01:{second:02} web1 {KILLED}\n")).collect();
    let report = of("10.0.0.1:8080", "kern.log", &log.concat());
    assert!(report.incidents[0].context.len() <= 10);
    assert!(report.warnings.iter().any(|warning| warning.message.contains("too many to be kept: 50")), "{:?}", report.warnings);
}

#[test]
fn what_is_kept_depends_on_no_window() {
    let line = |n: u32| {
        let (hour, minute, second) = (1 + n / 3_600, n / 60 % 60, n % 60);
        format!("Mar 18 {hour:02}:{minute:02}:{second:02} web1 {}\n", KILLED.replace("4242", &n.to_string()))
    };
    let log = (0..6_000).map(line).collect::<Vec<_>>().concat();
    let dir = Workdir::new();
    let paths = [dir.write("error.log", refused("10.0.0.1:8080")), dir.write("kern.log", log)];
    let expected = serde_json::to_string(&report(&paths, options(), 1)).unwrap();
    for (window, piece) in [(1_000, 100), (4_096, 4_096), (100_000, 777)] {
        let options = logscan502::analysis::Options { window, piece, ..options() };
        assert!(serde_json::to_string(&report(&paths, options, 2)).unwrap() == expected, "{window} {piece}");
    }
}
