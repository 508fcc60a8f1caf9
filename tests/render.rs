//! The report for people: three reports in many looks, and two of them byte for byte.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test render` writes the files in `tests/snapshots` anew.

use std::collections::BTreeMap;
use std::path::Path;

use logscan502::render::{Look, Output, render};
use logscan502::report::{
    Bucket, ByLine, CauseReport, Count, Finding, Incident, InputReport, PatternCount, Reconciliation, Report, Span, Step, Totals, Unrecognised, Warning,
};
use logscan502::time::{Timestamp, Zone};
use unicode_width::UnicodeWidthStr;

const WIDTHS: [usize; 6] = [1, 40, 60, 80, 120, 200];

/// 2026-03-18T03:00:00Z.
const START: i64 = 1_773_802_800;

fn step(at: Timestamp, kind: &str, upstream: &str) -> Step {
    Step { at, kind: kind.to_owned(), cause: "upstream-down".to_owned(), upstream: upstream.to_owned(), requests: 7 }
}

fn finding(evidence: &[&str]) -> Finding {
    Finding {
        id: "one-bad-upstream".to_owned(),
        title: "Most likely one bad upstream among several".to_owned(),
        evidence: texts(evidence),
        meaning: "Nearly all failures are one upstream's.".to_owned(),
        checks: texts(&["Compare that host with its neighbours."]),
        fixes: texts(&["Take it out of the pool."]),
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(START + seconds)
}

fn shown(report: &Report, width: usize, has_color: bool, is_ascii: bool) -> String {
    let look = Look { width, has_color, is_ascii, zone: Zone::UTC };
    String::from_utf8(render(report, Output::Table, &look)).expect("text is UTF-8")
}

fn plain(report: &Report) -> String {
    shown(report, 80, false, false)
}

fn counts(counts: &[(&str, u64)]) -> Vec<Count> {
    counts.iter().map(|(name, requests)| Count { name: (*name).to_owned(), requests: *requests }).collect()
}

fn map(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(name, counted)| ((*name).to_owned(), *counted)).collect()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn pattern(id: &str, title: &str, evidence: u64) -> PatternCount {
    PatternCount { id: id.to_owned(), title: title.to_owned(), evidence }
}

/// Sixteen minutes in which one of two upstreams is down.
fn small() -> Report {
    Report {
        schema: 1,
        inputs: vec![input("logs/error.log", "nginx-error", 1_320, 1_310), input("logs/access.log", "nginx-access", 58_000, 4)],
        filter: Vec::new(),
        span: Some(Span { from: at(0), to: at(1_920), bucket_seconds: 60 }),
        totals: Totals {
            lines: 59_320,
            entries: 59_320,
            evidence: 1_314,
            requests: 1_300,
            failed: 1_234,
            responses: 58_000,
            gateway_responses: 1_236,
            client_aborts: 7,
            unrecognised: 3,
            unparsed: 0,
            by_line: ByLine { evidence: 1_314, client_abort: 7, ordinary: 57_996, unrecognised: 3, ..ByLine::default() },
        },
        statuses: map(&[("502", 1_000), ("504", 236)]),
        causes: vec![down(), timeout()],
        buckets: (0..33)
            .map(|minute| bucket(minute * 60, [0, 57, 62, 40][usize::from((3..19).contains(&minute)) * 3 - usize::from((4..9).contains(&minute))]))
            .collect(),
        incidents: vec![Incident {
            start: at(180),
            end: at(1_140),
            cause: "upstream-down".to_owned(),
            requests: 1_064,
            peak: 62,
            upstreams: texts(&["10.0.0.11:8080"]),
            paths: texts(&["/cart", "/"]),
            chain: vec![step(at(180), "first", "10.0.0.11:8080"), step(at(190), "spread", "10.0.0.12:8080"), step(at(200), "pool-empty", "shop")],
        }],
        findings: vec![finding(&["1,064 of 1,300 failed requests went to 10.0.0.11:8080"])],
        reconciliation: Some(Reconciliation { gateway_responses: 1_236, explained: 1_232, unexplained: 4, recovered: 66, other: 1 }),
        sign_in: counts(&[("/oauth/token", 31), ("/login", 4)]),
        unrecognised: vec![Unrecognised {
            template: "something new happened to <n> things".to_owned(),
            entries: 3,
            first: Some(at(200)),
            last: Some(at(260)),
            example: "2026/03/18 03:03:20 [error] 7#7: *91 something new happened to 4 things, client: 192.0.2.7, server: shop.example".to_owned(),
        }],
        warnings: vec![Warning { path: "logs/notes.txt".to_owned(), message: "no known log format".to_owned() }],
    }
}

fn input(path: &str, format: &str, lines: u64, evidence: u64) -> InputReport {
    InputReport {
        path: path.to_owned(),
        format: format.to_owned(),
        bytes: lines * 120,
        lines,
        entries: lines,
        evidence,
        first: Some(at(0)),
        last: Some(at(1_920)),
    }
}

fn bucket(start: i64, requests: u64) -> Bucket {
    let causes = if requests == 0 { BTreeMap::new() } else { map(&[("upstream-down", requests - 10), ("upstream-timeout", 10)]) };
    Bucket { start: at(start), responses: 1_700, gateway_responses: requests, requests, evidence: causes.clone(), causes }
}

fn down() -> CauseReport {
    CauseReport {
        id: "upstream-down".to_owned(),
        title: "Nothing accepts connections at the upstream".to_owned(),
        meaning: "The upstream's host is there, but the process is not. The proxy itself works.".to_owned(),
        evidence: 1_066,
        requests: 1_064,
        share: 0.8185,
        first: Some(at(182)),
        last: Some(at(1_139)),
        phases: map(&[("connect", 1_066)]),
        patterns: vec![pattern("nginx/connect-refused", "The upstream refused the connection", 1_066)],
        upstreams: counts(&[("10.0.0.11:8080", 1_064)]),
        hosts: counts(&[("shop.example", 1_000), ("m.shop.example", 64)]),
        paths: counts(&[("/cart", 700), ("/", 300), ("/oauth/token", 31)]),
        example: Some(
            "2026/03/18 03:03:02 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, \
             server: shop.example, request: \"GET /cart HTTP/1.1\", upstream: \"http://10.0.0.11:8080/cart\", host: \"shop.example\""
                .to_owned(),
        ),
        checks: texts(&["`ss -tlnp sport = :8080` on the upstream's host: does anything listen, and on which address?", "Was there a deployment?"]),
        fixes: texts(&["Start the application again, and mend what stopped it."]),
    }
}

fn timeout() -> CauseReport {
    CauseReport {
        id: "upstream-timeout".to_owned(),
        title: "The upstream did not answer in time".to_owned(),
        meaning: "An answer took longer than the proxy waits.".to_owned(),
        evidence: 248,
        requests: 236,
        share: 0.1815,
        first: Some(at(190)),
        last: Some(at(1_130)),
        phases: map(&[("connect", 8), ("header", 240)]),
        patterns: vec![pattern("nginx/read-timeout", "The upstream sent no header in time", 248)],
        upstreams: counts(&[("10.0.0.12:8080", 130), ("10.0.0.13:8080", 106)]),
        hosts: counts(&[("shop.example", 236)]),
        paths: counts(&[("/search", 236)]),
        example: None,
        checks: texts(&["One", "Two", "Three", "`time curl -so /dev/null http://10.0.0.12:8080/search` from the proxy's host"]),
        fixes: texts(&["Make the endpoint fast."]),
    }
}

/// Everything that logs can do to a layout.
fn nasty() -> Report {
    let long = "/very/long/".repeat(40);
    let wide = "日本語のとても長い名前".repeat(9);
    let marks = "a\u{2061}b\u{2060}\u{1b}[31m\u{7}\n\tc e\u{301}\u{301}\u{fe0f} 👩👩 `unclosed".to_owned();
    let names = [long.clone(), wide.clone(), marks.clone(), String::new(), "x".repeat(200)];
    let count = || names.iter().map(|name| Count { name: name.clone(), requests: u64::MAX }).collect::<Vec<_>>();
    let cause = |id: &str, requests, first, last| CauseReport {
        id: id.to_owned(),
        title: format!("{wide} {long}"),
        meaning: marks.clone(),
        evidence: u64::MAX,
        requests,
        share: 1.0,
        first,
        last,
        phases: map(&[("connect", u64::MAX), (&wide, 0)]),
        patterns: names.iter().map(|name| pattern(name, name, u64::MAX)).collect(),
        upstreams: count(),
        hosts: count(),
        paths: count(),
        example: Some(format!("{wide}{marks}{long}")),
        checks: vec![format!("`{long} {wide}` and {long}"), format!("`{marks}"), String::new(), "``".to_owned()],
        fixes: names.to_vec(),
    };
    let far = |n: i64| Timestamp::from_micros(n);
    let bucket = |n: i64| Bucket {
        start: Timestamp::from_seconds(n * 604_800),
        responses: u64::MAX / 20_000,
        gateway_responses: u64::from(n % 3 == 0),
        requests: if n % 7 == 0 { u64::MAX / 20_000 } else { 0 },
        causes: if n % 7 == 0 { map(&[(&wide, u64::MAX / 20_000)]) } else { BTreeMap::new() },
        evidence: map(&[("upstream-down", 1)]),
    };
    Report {
        inputs: (0..50)
            .map(|n| InputReport {
                path: names[n % 5].clone(),
                format: names[(n + 1) % 5].clone(),
                lines: u64::MAX,
                first: Some(far(i64::MIN / 4)),
                last: Some(far(i64::MAX / 4)),
                ..InputReport::default()
            })
            .collect(),
        span: Some(Span { from: far(0), to: far(i64::MAX / 4), bucket_seconds: 604_800 }),
        totals: Totals {
            lines: u64::MAX,
            requests: 7,
            failed: 5,
            responses: u64::MAX,
            client_aborts: u64::MAX,
            unrecognised: u64::MAX,
            entries: 1,
            by_line: ByLine { blank: u64::MAX, evidence: 1, ..ByLine::default() },
            ..Totals::default()
        },
        statuses: map(&[("502", u64::MAX), (&long, 0)]),
        causes: vec![
            cause("no-such-cause", 4, Some(far(0)), Some(far(i64::MAX / 4))),
            cause(&wide, 3, None, None),
            cause("", 0, None, None),
            cause("intentional", 0, Some(far(1)), Some(far(0))),
        ],
        buckets: (0..2_000).map(bucket).collect(),
        incidents: (0..40)
            .map(|n| Incident {
                start: far(5),
                end: far(4),
                cause: names[n % 5].clone(),
                requests: 0,
                peak: 0,
                upstreams: names.to_vec(),
                paths: names.to_vec(),
                chain: names.iter().map(|name| step(far(5), name, name)).collect(),
            })
            .collect(),
        findings: vec![finding(&names.iter().map(String::as_str).collect::<Vec<_>>())],
        reconciliation: Some(Reconciliation::default()),
        sign_in: count(),
        unrecognised: names
            .iter()
            .map(|name| Unrecognised { template: name.clone(), entries: u64::MAX, first: None, last: None, example: name.clone() })
            .collect(),
        warnings: (0..30).map(|n| Warning { path: names[n % 5].clone(), message: names[n % 4].clone() + &n.to_string() }).collect(),
        ..Report::default()
    }
}

fn without_color(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\u{1b}') {
        out += before;
        rest = behind.split_once('m').expect("a sequence of colour ends with m").1;
    }
    out + rest
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (name, report) in [("empty", Report::default()), ("small", small()), ("nasty", nasty())] {
        for width in WIDTHS {
            for (has_color, is_ascii) in [(false, false), (true, false), (false, true), (true, true)] {
                for line in without_color(&shown(&report, width, has_color, is_ascii)).lines() {
                    assert!(line.width() <= width, "{name} at {width}: {} columns: {line:?}", line.width());
                }
            }
        }
    }
}

#[test]
fn ascii_is_ascii_and_nothing_moves_the_cursor() {
    for report in [Report::default(), small(), nasty()] {
        for width in WIDTHS {
            assert!(shown(&report, width, true, true).is_ascii());
            let text = shown(&report, width, false, false);
            assert!(!text.chars().any(|character| character != '\n' && character.is_control()), "{text:?}");
            assert!(!text.contains('\u{2060}') && !text.contains('\u{2061}'));
        }
    }
}

#[test]
fn colour_adds_colour_only() {
    for is_ascii in [false, true] {
        // Commands lose their backticks where colour shows them, which may wrap them elsewhere.
        let mut report = small();
        for cause in &mut report.causes {
            cause.checks.clear();
        }
        let coloured = shown(&report, 80, true, is_ascii);
        assert!(coloured.contains("\u{1b}[1m"));
        assert_eq!(without_color(&coloured), shown(&report, 80, false, is_ascii));
        for line in coloured.lines() {
            assert!(line.matches("\u{1b}[").count() % 2 == 0, "colour does not end on its line: {line:?}");
        }
    }
}

#[test]
fn the_first_lines_say_what_broke_since_when_where_and_how_much() {
    let text = plain(&small());
    let head: Vec<_> = text.lines().take(10).collect();
    let head = head.join(" ");
    for said in [
        "1,234 requests failed between 03:03 and 03:18 (16 min), 82 % because nothing accepts connections at the upstream (10.0.0.11:8080).",
        "2026-03-18 (UTC)",
        "2.1 % of 58,000 responses",
        "502 (1,000), 504 (236)",
        "Of 1,300 affected requests, 66 were saved by a retry.",
        "Sign-in was hit: /oauth/token (31), /login (4)",
        "1 warning: see the end.",
    ] {
        assert!(head.contains(said), "'{said}' is not in the first lines: {head}");
    }
}

#[test]
fn when_nothing_failed_the_headline_says_what_there_is() {
    let headline = |change: fn(&mut Report)| {
        let mut report = Report::default();
        report.totals.lines = 10;
        report.totals.entries = 10;
        change(&mut report);
        plain(&report).lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(plain(&Report::default()).lines().next(), Some("No request failed: the input was empty."));
    assert_eq!(headline(|_| {}), "No request failed.");
    assert_eq!(headline(|report| report.totals.entries = 0), "Nothing is known of failed requests: none of 10 lines was understood.");
    assert_eq!(headline(|report| report.totals.unrecognised = 2), "No request failed as far as is known; 2 error entries are not recognised.");
    assert_eq!(headline(|report| report.causes = vec![down()]), "No request failed: all requests that met a fault were saved by a retry.");
    let evidence = headline(|report| report.causes = vec![CauseReport { requests: 0, evidence: 3, upstreams: Vec::new(), ..down() }]);
    assert_eq!(evidence, "No request failed, but 3 lines tell of a fault, between 03:03 and 03:18");
    let aborts = {
        let report = Report { totals: Totals { lines: 4, entries: 4, client_aborts: 4, ..Totals::default() }, ..Report::default() };
        plain(&report)
    };
    assert!(aborts.contains("No request failed.\n\nNot counted as failed: 4 clients left before the answer."), "{aborts}");
}

#[test]
fn a_failure_without_a_known_cause_has_no_because() {
    let mut report = small();
    report.causes = vec![CauseReport { id: "unattributed".to_owned(), requests: 1_234, ..down() }];
    assert!(plain(&report).replace('\n', " ").contains("(16 min), for a reason that these logs do not tell."));
}

#[test]
fn a_cause_without_times_has_those_of_its_buckets() {
    let mut report = small();
    report.causes[0].first = None;
    report.causes[0].last = None;
    let text = plain(&report).replace('\n', " ");
    assert!(text.starts_with("1,234 requests failed between 03:03 and 03:19 (16 min)"), "{text}");
    assert!(!text.contains("Last failure"), "{text}");
}

#[test]
fn the_reports_are_as_they_were() {
    for (name, is_ascii) in [("small@80.txt", false), ("small-ascii@80.txt", true)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
        let now = shown(&small(), 80, false, is_ascii);
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder can be made");
            std::fs::write(&path, &now).expect("the snapshot can be written");
        }
        let then = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(now == then, "{name} differs (UPDATE_SNAPSHOTS=1 writes it anew); now:\n{now}");
    }
}
