//! Proxies that write answers and errors into one stream: each request counts once, under the cause that its error tells.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use logscan502::report::Report;
use support::{Workdir, options, report};

/// One request of Caddy at 03:00:SS: the error, then the answer.
fn caddy(second: u32, path: &str, status: u16, error: Option<&str>) -> Vec<String> {
    let at = format!("17738028{second:02}");
    let request = format!(r#""request":{{"remote_ip":"203.0.113.1","method":"GET","host":"a.example","uri":"{path}"}},"duration":0.001"#);
    let error = error.map(|message| format!(r#"{{"level":"error","ts":{at}.1,"logger":"http.log.error","msg":"{message}",{request},"status":{status}}}"#));
    let answer = format!(r#"{{"level":"info","ts":{at}.2,"logger":"http.log.access","msg":"handled request",{request},"size":0,"status":{status}}}"#);
    error.into_iter().chain([answer]).collect()
}

fn of(files: &[(&str, Vec<String>)]) -> Report {
    let dir = Workdir::new();
    let paths: Vec<_> = files.iter().map(|(name, lines)| dir.write(name, lines.join("\n") + "\n")).collect();
    report(&paths, options(), 1)
}

fn causes(report: &Report) -> Vec<(&str, u64)> {
    report.causes.iter().map(|cause| (cause.id.as_str(), cause.requests)).collect()
}

fn caddy_requests() -> Vec<Vec<String>> {
    vec![
        caddy(1, "/a", 502, Some("dial tcp 10.0.0.1:80: connect: connection refused")),
        caddy(1, "/a", 502, Some("dial tcp 10.0.0.1:80: connect: connection refused")),
        caddy(2, "/b", 200, None),
        caddy(3, "/c", 503, Some("no upstreams available")),
        caddy(4, "/d", 502, None),
        caddy(5, "/e", 499, Some("context canceled")),
    ]
}

#[test]
fn caddys_errors_and_answers_are_joined_in_one_stream_and_in_two() {
    let lines: Vec<String> = caddy_requests().concat();
    let (errors, answers): (Vec<_>, Vec<_>) = lines.iter().cloned().partition(|line| line.contains("http.log.error"));
    for report in [
        of(&[("caddy.log", lines)]),
        of(&[("error.log", errors.clone()), ("access.log", answers.clone())]),
        of(&[("access.log", answers), ("error.log", errors)]),
    ] {
        assert_eq!(causes(&report), [("upstream-down", 2), ("no-healthy-backends", 1), ("unattributed", 1)]);
        let totals = &report.totals;
        assert_eq!((totals.requests, totals.responses, totals.gateway_responses, totals.client_aborts), (4, 6, 4, 2));
        let reconciliation = report.reconciliation.unwrap();
        assert_eq!((reconciliation.explained, reconciliation.unexplained), (3, 1));
    }
}

/// One request of Traefik at 03:00:SS: why it failed, then the answer.
fn traefik(second: u32, path: &str, status: u16, size: u16, error: Option<&str>) -> Vec<String> {
    let error = error.map(|error| format!(r#"{{"level":"debug","error":"{error}","time":"2026-03-18T03:00:{second:02}Z","message":"{status} Bad Gateway"}}"#));
    let answer = format!(
        r#"203.0.113.1 - - [18/Mar/2026:03:00:{second:02} +0000] "GET {path} HTTP/2.0" {status} {size} "-" "curl/8" 1 "a@docker" "http://10.0.0.1:80" 2ms"#
    );
    error.into_iter().chain([answer]).collect()
}

#[test]
fn traefiks_log_and_answers_are_joined_in_one_stream_and_in_two() {
    let refused = Some("dial tcp 10.0.0.1:80: connect: connection refused");
    let lines: Vec<String> =
        [traefik(1, "/a", 502, 11, refused), traefik(10, "/b", 200, 99, None), traefik(20, "/c", 502, 99, None), traefik(30, "/d", 502, 11, Some("EOF"))]
            .concat();
    let (errors, answers): (Vec<_>, Vec<_>) = lines.iter().cloned().partition(|line| line.starts_with('{'));
    for report in [of(&[("traefik.log", lines)]), of(&[("traefik.log", errors), ("access.log", answers)])] {
        assert_eq!(causes(&report), [("connection-reset", 1), ("passed-through", 1), ("upstream-down", 1)]);
        let reconciliation = report.reconciliation.unwrap();
        assert_eq!((report.totals.requests, reconciliation.explained, reconciliation.unexplained), (3, 2, 1));
    }
}
