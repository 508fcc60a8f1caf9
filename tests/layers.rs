//! Proxies behind each other: one request that several logs tell of counts once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use logscan502::report::{Layer, Report};
use support::{Workdir, options, report};

const CLOSED: &str = "upstream prematurely closed connection while reading response header from upstream";
const TIMED_OUT: &str = "upstream timed out (110: Connection timed out) while reading response header from upstream";

/// A line of an ALB at 03:00:SS: client, target, times, both statuses.
fn alb(second: u32, client: &str, target: &str, statuses: &str, path: &str, times: &str) -> String {
    format!(
        "http 2026-03-18T03:00:{second:02}.120000Z app/shop/50dc6c495c0c9188 {client}:4000 {target} {times} {statuses} 412 277 \"GET http://shop.example.com:80{path} HTTP/1.1\" \"curl\" - - arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/73e2d6bc24d8a067 \"Root=1-69ba1668-c4ca4238a0b923820dcc{second:04}\" \"-\" \"-\" 0 2026-03-18T03:00:{second:02}.020000Z \"forward\" \"-\" \"-\" \"{target}\" \"{status}\" \"-\" \"-\" TID_1 \"-\" \"-\" \"-\" 10.0.0.7\n",
        status = statuses.split(' ').nth(1).unwrap()
    )
}

/// Relayed by the balancer as the target answered it.
fn relayed(second: u32, status: u16, path: &str) -> String {
    alb(second, "203.0.113.9", "10.0.1.11:80", &format!("{status} {status}"), path, "0.001 0.040 0.000")
}

fn error(second: u32, client: &str, message: &str, path: &str) -> String {
    format!(
        "2026/03/18 03:00:{second:02} [error] 7#7: *{second} {message}, client: {client}, server: a, request: \"GET {path} HTTP/1.1\", upstream: \"http://127.0.0.1:8000{path}\", host: \"shop.example.com\"\n"
    )
}

fn access(second: u32, client: &str, status: u16, path: &str, rest: &str) -> String {
    format!("{client} - - [18/Mar/2026:03:00:{second:02} +0000] \"GET {path} HTTP/1.1\" {status} 157 \"-\" \"curl\"{rest}\n")
}

fn of(logs: &[(&str, String)]) -> Report {
    let dir = Workdir::new();
    let paths: Vec<_> = logs.iter().map(|(name, log)| dir.write(name, log)).collect();
    let one = report(&paths, options(), 1);
    let mut back = paths;
    back.reverse();
    let other = report(&back, options(), 2);
    assert_eq!((causes(&one), &one.totals, &one.layers), (causes(&other), &other.totals, &other.layers), "the order of inputs matters");
    one
}

fn causes(report: &Report) -> Vec<(&str, u64)> {
    report.causes.iter().filter(|cause| cause.requests > 0).map(|cause| (cause.id.as_str(), cause.requests)).collect()
}

fn layer(outer: &str, inner: &str, paired: u64, alone: u64, first: &str) -> Layer {
    Layer { outer: outer.to_owned(), inner: inner.to_owned(), paired, alone, first: first.to_owned() }
}

#[test]
fn a_balancer_and_the_error_log_of_its_target_tell_of_one_request() {
    let report = of(&[("alb.log", relayed(10, 502, "/cart") + &relayed(20, 200, "/cart")), ("error.log", error(10, "10.0.0.7", CLOSED, "/cart"))]);
    assert_eq!(causes(&report), [("connection-reset", 1)]);
    assert_eq!((report.totals.failed, report.totals.gateway_responses), (1, 1));
    let held = report.reconciliation.unwrap();
    assert_eq!((held.explained, held.unexplained, held.recovered, held.other), (1, 0, 0, 0));
    assert_eq!(report.layers, [layer("alb", "nginx-error", 1, 0, "nginx-error")]);
}

#[test]
fn all_three_logs_tell_of_one_request() {
    let logs = [
        ("alb.log", relayed(10, 502, "/cart") + &relayed(30, 502, "/")),
        ("access.log", access(10, "10.0.0.7", 502, "/cart", "") + &access(30, "10.0.0.7", 502, "/", "")),
        ("error.log", error(10, "10.0.0.7", CLOSED, "/cart")),
    ];
    let report = of(&logs);
    assert_eq!(causes(&report), [("connection-reset", 1), ("unattributed", 1)], "of / the inner log says nothing, and the balancer only relayed it");
    assert_eq!(report.totals.gateway_responses, 4);
    let held = report.reconciliation.unwrap();
    assert_eq!((held.explained, held.unexplained), (2, 2));
    assert_eq!(report.layers, [layer("alb", "nginx-access", 2, 0, "nginx-access")]);
    assert_eq!(report.totals.by_line.sum(), report.totals.lines);
    assert_eq!(report.totals.by_line.evidence, report.totals.evidence);
}

#[test]
fn a_client_that_the_inner_one_knows_must_be_the_same() {
    // The inner log has the real address of another client, whom the balancer knows too.
    let alb = relayed(10, 502, "/cart")
        + &alb(11, "203.0.113.77", "10.0.1.11:80", "200 200", "/", "0.001 0.040 0.000")
        + &alb(12, "203.0.113.77", "10.0.1.11:80", "502 502", "/x", "0.001 0.040 0.000");
    let report = of(&[("alb.log", alb), ("access.log", access(10, "203.0.113.77", 502, "/cart", ""))]);
    assert_eq!(report.totals.requests, 3);
    assert_eq!(report.layers, []);
    let report = of(&[("alb.log", relayed(10, 502, "/cart")), ("access.log", access(10, "203.0.113.9", 502, "/cart", ""))]);
    assert_eq!((report.totals.requests, report.layers.len()), (1, 1));
}

#[test]
fn other_paths_moments_and_statuses_are_other_requests() {
    for (inner, requests) in [
        (access(10, "10.0.0.7", 502, "/cart", ""), 1),
        (access(11, "10.0.0.7", 502, "/cart", ""), 1),
        (access(10, "10.0.0.7", 502, "/other", ""), 2),
        (access(14, "10.0.0.7", 502, "/cart", ""), 2),
        (access(10, "10.0.0.7", 504, "/cart", ""), 2),
    ] {
        let report = of(&[("alb.log", relayed(10, 502, "/cart")), ("access.log", inner.clone())]);
        assert_eq!(report.totals.requests, requests, "{inner}");
    }
}

#[test]
fn an_id_that_both_wrote_down_tells_whatever_the_clocks_say() {
    let root = " \"Root=1-69ba1668-c4ca4238a0b923820dcc0010\"";
    let logs = [("alb.log", relayed(10, 502, "/cart") + &relayed(41, 502, "/cart")), ("access.log", access(40, "10.0.0.7", 502, "/cart", root))];
    let report = of(&logs);
    assert_eq!(report.totals.requests, 2);
    assert_eq!(report.layers, [layer("alb", "nginx-access", 1, 1, "nginx-access")]);
    let named = " req_id=Self=1-69ba1668-0;Root=1-69ba1668-c4ca4238a0b923820dcc0010";
    assert_eq!(of(&[("alb.log", relayed(10, 502, "/cart")), ("access.log", access(40, "10.0.0.7", 502, "/cart", named))]).totals.requests, 1);
}

#[test]
fn what_the_balancer_could_not_connect_to_is_its_own() {
    let refused = alb(10, "203.0.113.9", "10.0.1.11:80", "502 -", "/cart", "-1 -1 -1");
    let report = of(&[("alb.log", refused), ("error.log", error(10, "10.0.0.7", CLOSED, "/cart"))]);
    assert_eq!(causes(&report), [("connection-reset", 1), ("upstream-down", 1)]);
}

#[test]
fn two_proxies_of_one_upstream_stand_beside_each_other() {
    let alb = alb(10, "203.0.113.9", "127.0.0.1:8000", "502 502", "/cart", "0.001 0.040 0.000");
    let report = of(&[("alb.log", alb), ("error.log", error(10, "10.9.9.9", CLOSED, "/cart"))]);
    assert_eq!(report.totals.requests, 2);
}

#[test]
fn a_flood_is_counted_once_over_two_nodes() {
    let (mut balancer, mut one, mut two) = (String::new(), String::new(), String::new());
    for n in 0..400_u32 {
        let second = 10 + n / 20;
        balancer += &alb(second, &format!("203.0.113.{}", n % 200), &format!("10.0.1.{}:80", 11 + n % 2), "504 504", "/report", "0.001 30.000 0.000");
        let node = if n % 2 == 0 { &mut one } else { &mut two };
        *node += &error(second, "10.0.0.7", TIMED_OUT, "/report").replace(&format!("*{second} "), &format!("*{} ", 1_000 + n));
    }
    let report = of(&[("alb.log", balancer), ("web1/error.log", one), ("web2/error.log", two)]);
    assert_eq!(causes(&report), [("upstream-timeout", 400)]);
    assert_eq!(report.layers, [layer("alb", "nginx-error", 400, 0, "nginx-error")]);
}

#[test]
fn an_edge_before_a_balancer_before_a_proxy_is_one_request() {
    let edge = r#"{"EdgeStartTimestamp":"2026-03-18T03:00:10.000Z","EdgeEndTimestamp":"2026-03-18T03:00:10.200Z","RayID":"91ab0c1d2e3f4a5b","ClientIP":"198.51.100.4","ClientRequestHost":"shop.example.com","ClientRequestMethod":"GET","ClientRequestURI":"/cart","EdgeResponseStatus":502,"OriginResponseStatus":502,"OriginIP":"198.51.100.20"}"#;
    let logs = [("edge.log", format!("{edge}\n")), ("alb.log", relayed(10, 502, "/cart")), ("access.log", access(10, "10.0.0.7", 502, "/cart", ""))];
    let report = of(&logs);
    assert_eq!((report.totals.requests, report.totals.gateway_responses), (1, 3));
    assert_eq!(report.layers.len(), 2, "{:?}", report.layers);
    let by_ray = [("edge.log", format!("{edge}\n")), ("access.log", access(55, "10.0.0.7", 502, "/other", r#" cf_ray="91ab0c1d2e3f4a5b-LHR""#))];
    assert_eq!(of(&by_ray).totals.requests, 1);
}
