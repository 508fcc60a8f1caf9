//! How lines become requests: each case is a log, and what it must count.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use logscan502::report::Report;
use support::{Workdir, options, report};

const REFUSED: &str = "connect() failed (111: Connection refused) while connecting to upstream";
const RESET: &str = "recv() failed (104: Connection reset by peer) while reading response header from upstream";
const TIMED_OUT: &str = "upstream timed out (110: Connection timed out) while reading response header from upstream";
const NO_LIVE: &str = "no live upstreams while connecting to upstream";

/// A line of nginx's error log at 03:MM:SS.
fn nginx(time: &str, connection: u32, message: &str, path: &str, upstream: &str) -> String {
    format!(
        "2026/03/18 03:{time} [error] 7#7: *{connection} {message}, client: 203.0.113.1, server: a, request: \"GET {path} HTTP/2.0\", upstream: \"http://{upstream}{path}\", host: \"a.example\""
    )
}

/// A line of nginx's access log, combined, at 03:MM:SS.
fn answer(time: &str, path: &str, status: u16) -> String {
    format!("203.0.113.1 - - [18/Mar/2026:03:{time} +0000] \"GET {path} HTTP/2.0\" {status} 157 \"-\" \"curl/8\"")
}

/// A line of Apache's error log at 03:00:SS.
fn apache(second: &str, thread: u32, rest: &str) -> String {
    format!("[Wed Mar 18 03:00:{second} 2026] [proxy:error] [pid 9:tid {thread}] {rest}")
}

fn refused(port: u16) -> String {
    format!("(111)Connection refused: AH00957: http: attempt to connect to 10.0.0.1:{port} (10.0.0.1:{port}) failed")
}

fn disabled(port: u16) -> String {
    format!("AH00959: ap_proxy_connect_backend disabling worker for (10.0.0.1:{port}) for 60s")
}

fn no_backend(client: &str) -> String {
    format!("[client {client}] AH01114: HTTP: failed to make connection to backend: 10.0.0.1")
}

fn of(lines: &[String]) -> Report {
    let dir = Workdir::new();
    report(&[dir.write("error.log", lines.join("\n") + "\n")], options(), 1)
}

fn of_both(errors: &[String], answers: &[String]) -> Report {
    let dir = Workdir::new();
    let paths = [dir.write("access.log", answers.join("\n") + "\n"), dir.write("error.log", errors.join("\n") + "\n")];
    report(&paths, options(), 1)
}

/// Requests by cause, and evidence.
fn counts(report: &Report) -> (Vec<(&str, u64)>, u64) {
    (report.causes.iter().map(|cause| (cause.id.as_str(), cause.requests)).collect(), report.totals.evidence)
}

#[test]
fn tries_at_several_upstreams_are_one_request_of_the_last_ones_cause() {
    let report = of(&[nginx("00:01", 5, REFUSED, "/", "10.0.0.1:80"), nginx("00:31", 5, TIMED_OUT, "/", "10.0.0.2:80")]);
    assert_eq!(counts(&report), (vec![("upstream-timeout", 1), ("upstream-down", 0)], 2));
    assert_eq!(report.causes[0].upstreams[0].name, "10.0.0.2:80");
}

#[test]
fn the_same_upstream_again_is_the_next_request_on_the_connection() {
    let lines: Vec<_> = (1..=3).map(|second| nginx(&format!("00:0{second}"), 5, REFUSED, "/", "10.0.0.1:80")).collect();
    assert_eq!(counts(&of(&lines)), (vec![("upstream-down", 3)], 3));
}

#[test]
fn equal_requests_on_parallel_streams_are_told_apart() {
    let (a, b) = (nginx("00:01", 5, REFUSED, "/", "10.0.0.1:80"), nginx("00:01", 5, REFUSED, "/", "10.0.0.2:80"));
    assert_eq!(counts(&of(&[a.clone(), a, b.clone(), b])), (vec![("upstream-down", 2)], 4));
}

#[test]
fn a_kept_alive_connection_that_broke_is_tried_again_in_the_same_request() {
    let report = of(&[nginx("00:01", 5, RESET, "/", "10.0.0.1:80"), nginx("00:01", 5, REFUSED, "/", "10.0.0.1:80")]);
    assert_eq!(counts(&report), (vec![("upstream-down", 1), ("connection-reset", 0)], 2));
}

#[test]
fn an_empty_pool_is_the_cause_alone_and_a_consequence_behind_another_piece() {
    assert_eq!(counts(&of(&[nginx("00:01", 5, NO_LIVE, "/", "pool")])), (vec![("no-healthy-backends", 1)], 1));
    let report = of(&[nginx("00:01", 5, REFUSED, "/", "10.0.0.1:80"), nginx("00:01", 5, NO_LIVE, "/", "pool")]);
    assert_eq!(counts(&report), (vec![("upstream-down", 1)], 2));
    assert_eq!(report.causes[0].upstreams[0].name, "10.0.0.1:80");
}

#[test]
fn pieces_far_apart_in_the_file_are_joined_and_those_far_apart_in_time_are_not() {
    let mut lines = vec![nginx("00:01", 5, REFUSED, "/", "10.0.0.1:80")];
    lines.extend((10..4_000).map(|connection| nginx("00:02", connection, TIMED_OUT, "/x", "10.0.0.9:80")));
    lines.push(nginx("00:03", 5, TIMED_OUT, "/", "10.0.0.2:80"));
    assert_eq!(of(&lines).totals.requests, 3_991);
    let apart = [nginx("00:01", 5, REFUSED, "/", "10.0.0.1:80"), nginx("08:00", 5, REFUSED, "/", "10.0.0.2:80")];
    assert_eq!(of(&apart).totals.requests, 2);
}

#[test]
fn apaches_lines_of_one_request_are_one_request() {
    let lines = [apache("01.000001", 4, &refused(81)), apache("01.000002", 4, &no_backend("203.0.113.1:5001"))];
    assert_eq!(counts(&of(&lines)), (vec![("upstream-down", 1)], 2));
}

#[test]
fn apaches_next_request_on_the_same_connection_is_another() {
    let lines: Vec<_> =
        (0..3).flat_map(|at| [apache(&format!("0{at}.1"), 4, &refused(81)), apache(&format!("0{at}.2"), 4, &no_backend("203.0.113.1:5001"))]).collect();
    assert_eq!(counts(&of(&lines)), (vec![("upstream-down", 3)], 6));
}

#[test]
fn a_balancer_that_tries_its_members_makes_one_request() {
    let lines: Vec<_> = [81, 82, 83]
        .iter()
        .flat_map(|port| [apache("01.1", 4, &refused(*port)), apache("01.1", 4, &disabled(*port)), apache("01.1", 4, &no_backend("203.0.113.1:5001"))])
        .collect();
    let report = of(&lines);
    assert_eq!(counts(&report), (vec![("upstream-down", 1)], 6));
    assert_eq!(report.totals.by_line.consequence, 3);
}

#[test]
fn a_thread_that_serves_another_client_works_on_another_request() {
    let lines = [
        apache("01.1", 4, &refused(81)),
        apache("01.1", 4, &disabled(81)),
        apache("01.1", 4, &no_backend("203.0.113.1:5001")),
        apache("01.2", 4, &refused(82)),
        apache("01.2", 4, &no_backend("203.0.113.2:5002")),
    ];
    assert_eq!(counts(&of(&lines)), (vec![("upstream-down", 2)], 4));
}

#[test]
fn threads_do_not_mix() {
    let lines = [
        apache("01.1", 4, &refused(81)),
        apache("01.1", 5, &refused(82)),
        apache("01.2", 5, &no_backend("203.0.113.2:5002")),
        apache("01.2", 4, &no_backend("203.0.113.1:5001")),
    ];
    assert_eq!(counts(&of(&lines)), (vec![("upstream-down", 2)], 4));
}

#[test]
fn a_health_check_makes_no_request() {
    let report = of(&[apache("01.1", 4, "(111)Connection refused: AH00957: HCTCP: attempt to connect to 10.0.0.1:81 (10.0.0.1:81) failed")]);
    assert_eq!(counts(&report), (vec![("upstream-down", 0)], 1));
}

#[test]
fn an_answer_that_belongs_to_a_failure_adds_nothing_whatever_the_order_of_the_files() {
    let errors = [nginx("00:01", 5, REFUSED, "/a", "10.0.0.1:80"), nginx("00:02", 6, REFUSED, "/b", "10.0.0.1:80")];
    let answers = [answer("00:01", "/a", 502), answer("00:02", "/b", 200), answer("00:05", "/c", 502), answer("00:06", "/d", 404)];
    let report = of_both(&errors, &answers);
    assert_eq!(counts(&report), (vec![("upstream-down", 2), ("unattributed", 1)], 3));
    let held = report.reconciliation.unwrap();
    assert_eq!((held.gateway_responses, held.explained, held.unexplained, held.recovered, held.other), (2, 1, 1, 1, 0));
    assert_eq!((report.totals.requests, report.totals.failed), (3, 2));
}

#[test]
fn a_log_of_both_kinds_is_paired_within_itself() {
    let lines = [nginx("00:01", 5, REFUSED, "/a", "10.0.0.1:80"), answer("00:01", "/a", 502), answer("00:03", "/b", 200)];
    assert_eq!(counts(&of(&lines)), (vec![("upstream-down", 1)], 1));
}

/// Found by chance: an access line right behind a failure of the same request, cut off into a file of its own.
#[test]
fn a_lone_answer_in_an_error_log_is_paired_too() {
    let lines = [nginx("00:09", 5, REFUSED, "/", "10.0.0.1:80"), answer("00:10", "/", 502)];
    assert_eq!(of(&lines).totals.requests, 1);
    let dir = Workdir::new();
    let paths = [dir.write("cut/error.log.1", ""), dir.write("cut/error.log", lines.join("\n") + "\n")];
    assert_eq!(report(&paths, options(), 1).totals.requests, 1);
}

#[test]
fn equal_requests_of_a_kept_alive_connection_that_failed_at_once_are_several() {
    let unresolved = |second: &str| {
        format!(
            "2026/03/18 03:{second} [error] 7#7: *1 backend.test could not be resolved (3: Host not found), client: 203.0.113.1, server: a, request: \"GET /a HTTP/1.1\", host: \"a.example\""
        )
    };
    assert_eq!(counts(&of(&["00:00", "00:01", "00:02", "00:12"].map(unresolved))), (vec![("dns-failure", 4)], 4));
    let peers: Vec<_> = ["10.0.0.1:1", "10.0.0.2:1", "10.0.0.1:1", "10.0.0.2:1"]
        .iter()
        .zip(["00:00", "00:30", "01:00", "01:30"])
        .map(|(peer, time)| nginx(time, 1, REFUSED, "/a", peer))
        .collect();
    assert_eq!(counts(&of(&peers)), (vec![("upstream-down", 4)], 4));
    let lines = [
        nginx("00:00", 1, REFUSED, "/a", "10.0.0.1:1"),
        nginx("00:00", 1, REFUSED, "/a", "10.0.0.2:1"),
        nginx("00:00", 1, NO_LIVE, "/a", "pool"),
        nginx("00:05", 1, NO_LIVE, "/a", "pool"),
        nginx("00:12", 1, REFUSED, "/a", "10.0.0.1:1"),
    ];
    assert_eq!(counts(&of(&lines)).0, [("upstream-down", 2), ("no-healthy-backends", 1)]);
}

#[test]
fn more_answers_than_can_be_paired_are_all_counted() {
    let dir = Workdir::new();
    let lines: String = (0..75_000).map(|at| answer(&format!("{:02}:{:02}", at / 2_000 % 60, at % 60), "/a", 502) + "\n").collect();
    let answers = [dir.write("a.log", &lines), dir.write("b.log", &lines)];
    let alone = report(&answers, options(), 1);
    assert_eq!((alone.totals.gateway_responses, alone.totals.requests, alone.totals.evidence), (150_000, 150_000, 150_000));
    let notice = dir.write("error.log", "2026/03/18 03:00:00 [notice] 1#1: start worker processes\n");
    let beside = report(&[answers[0].clone(), answers[1].clone(), notice], options(), 1);
    assert_eq!(beside.totals.requests, 150_000);
    assert!(beside.warnings.is_empty(), "{:?}", beside.warnings);
}

#[test]
fn a_thousand_equal_failures_of_one_second_find_their_answers() {
    let errors: Vec<_> = (0..2_000).map(|at| nginx("00:00", at, REFUSED, "/a", "10.0.0.1:1")).collect();
    let answers: Vec<_> = (0..2_000).map(|_| answer("00:00", "/a", 502)).collect();
    let report = of_both(&errors, &answers);
    let reconciliation = report.reconciliation.unwrap();
    assert_eq!((report.totals.requests, reconciliation.explained, reconciliation.unexplained), (2_000, 2_000, 0));
}

#[test]
fn an_answer_without_a_client_is_the_answer_of_a_failure_with_one() {
    let json = r#"{"time":"2026-03-18T03:00:00+00:00","request":"GET /a HTTP/1.1","status":502}"#.to_owned();
    let report = of_both(&[nginx("00:00", 1, REFUSED, "/a", "10.0.0.1:1")], &[json]);
    assert_eq!((report.totals.requests, report.reconciliation.unwrap().explained), (1, 1));
}

#[test]
fn the_answer_of_a_stranger_saves_no_request() {
    let error = format!("[Wed Mar 18 03:00:05 2026] [proxy:error] [pid 9:tid 1] {}", "AH00940: HTTP: disabled connection for (10.0.0.1)");
    let report = of_both(&[error], &[answer("00:05", "/other", 200)]);
    assert_eq!(report.reconciliation.unwrap().recovered, 0);
}

#[test]
fn messages_that_turn_up_late_among_answers_find_theirs() {
    let mut lines: Vec<_> = (0..1_500).map(|at| answer(&format!("{:02}:{:02}", at / 60, at % 60), "/ok", 200)).collect();
    lines.push(nginx("30:00", 1, REFUSED, "/a", "10.0.0.1:1"));
    lines.push(answer("30:00", "/a", 200));
    let report = of(&lines);
    assert_eq!((report.totals.failed, report.reconciliation.unwrap().recovered), (0, 1));
}

#[test]
fn the_order_of_inputs_changes_nothing() {
    let dir = Workdir::new();
    let errors = dir.write("error.log", nginx("00:00", 1, REFUSED, "/a", "10.0.0.1:1") + "\n");
    let (good, missing) = (dir.write("x.log", answer("00:00", "/a", 200) + "\n"), dir.write("y.log", answer("00:00", "/a", 404) + "\n"));
    let one = report(&[errors.clone(), good.clone(), missing.clone()], options(), 1);
    let other = report(&[missing, good, errors], options(), 1);
    assert_eq!(one.totals, other.totals);
    assert_eq!(one.reconciliation, other.reconciliation);
}

#[test]
fn an_attempt_of_which_only_a_general_piece_tells_decides_too() {
    let lines = [
        nginx("00:00", 1, REFUSED, "/a", "10.0.0.1:1"),
        nginx("00:01", 1, "upstream sent invalid header while reading response header from upstream", "/a", "10.0.0.2:1"),
    ];
    assert_eq!(counts(&of(&lines)).0, [("invalid-response", 1), ("upstream-down", 0)]);
}

#[test]
fn a_failure_of_another_zone_finds_the_answer_that_saved_it() {
    let mut errors: Vec<_> = (10..40).map(|at| nginx(&format!("{at}:{:02}", at * 7 % 60), at, REFUSED, "/a", "10.0.0.1:1")).collect();
    let mut answers: Vec<_> = (10..40).map(|at| answer(&format!("{at}:{:02}", at * 7 % 60), "/a", if at < 30 { 200 } else { 502 })).collect();
    for line in &mut errors {
        *line = line.replace("2026/03/18 03:", "2026/03/18 05:");
    }
    errors.insert(0, "2026/03/18 05:05:00 [notice] 7#7: start worker processes".to_owned());
    answers.push(answer("59:00", "/ok", 200));
    let report = of_both(&errors, &answers);
    let reconciliation = report.reconciliation.unwrap();
    assert!(report.warnings.iter().any(|warning| warning.message.contains("another time zone")), "{:?}", report.warnings);
    assert_eq!((report.totals.failed, reconciliation.recovered, reconciliation.explained), (10, 20, 10));
    // The notice before the failures is of the other zone too.
    let span = report.span.unwrap();
    assert_eq!((span.from.to_rfc3339().as_str(), span.to.to_rfc3339().as_str()), ("2026-03-18T03:05:00Z", "2026-03-18T03:59:00Z"));
    assert!(report.inputs.iter().all(|input| input.first >= Some(span.from) && input.last <= Some(span.to)), "{:?}", report.inputs);
}

/// An answer that is no HTTP/1 is passed on as HTTP/0.9: that the peer then breaks off is told of the same request.
#[test]
fn a_piece_behind_which_the_exchange_goes_on_and_the_one_that_ends_it_are_one_request() {
    const BANNER: &str = "upstream sent no valid HTTP/1.0 header while reading response header from upstream";
    const CUT: &str = "readv() failed (104: Connection reset by peer) while reading upstream";
    let lines = [
        nginx("00:01", 5, BANNER, "/", "10.0.0.1:25"),
        nginx("00:02", 5, CUT, "/", "10.0.0.1:25"),
        nginx("00:03", 5, BANNER, "/", "10.0.0.1:25"),
        nginx("00:04", 5, CUT, "/", "10.0.0.1:25"),
        nginx("00:05", 5, BANNER, "/", "10.0.0.1:25"),
        nginx("00:06", 5, BANNER, "/", "10.0.0.1:25"),
    ];
    let report = of(&lines);
    assert_eq!((report.totals.requests, report.totals.evidence), (4, 6));
    let apart = [nginx("00:01", 5, RESET, "/", "10.0.0.1:25"), nginx("00:02", 5, CUT, "/", "10.0.0.1:25")];
    assert_eq!(of(&apart).totals.requests, 2);
}

#[test]
fn what_clients_get_a_404_for_is_told_and_fails_no_request() {
    let line = |connection| {
        nginx("00:01", connection, "FastCGI sent in stderr: \"Primary script unknown\" while reading response header from upstream", "/a.php", "10.0.0.1:9000")
    };
    let report = of_both(&[line(5), line(6)], &[answer("00:01", "/a.php", 404), answer("00:01", "/a.php", 404)]);
    assert_eq!((report.totals.requests, report.totals.failed, report.totals.evidence), (0, 0, 2));
    assert_eq!(report.causes[0].id, "misconfigured-proxy");
}

#[test]
fn the_target_of_connect_is_no_path() {
    let errors = [
        apache(
            "04.1",
            4,
            "(20014)Internal error (specific information not available): [client 203.0.113.1:57586] AH01102: error reading status line from remote server 10.0.0.1:80",
        ),
        apache("04.2", 4, "[client 203.0.113.1:57586] AH00898: Error reading from remote server returned by /"),
    ];
    let answer = r#"203.0.113.1 - - [18/Mar/2026:03:00:04 +0000] "CONNECT a.example:443 HTTP/1.1" 502 559 "-" "-" 1200"#.to_owned();
    let report = of_both(&errors, &[answer]);
    assert_eq!((report.totals.requests, report.reconciliation.map(|held| held.explained)), (1, Some(1)));
}
