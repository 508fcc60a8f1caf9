//! Reports made by hand, for the tests of their forms.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;

use logscan502::report::{
    Bucket, ByLine, CauseReport, Context, Count, ExamplePlace, Finding, Gap, Heat, HeatRow, HeatSlot, Incident, InputReport, PatternCount, Reconciliation,
    Report, Span, Step, Top, Totals, Unrecognised, Warning,
};
use logscan502::time::Timestamp;

/// 2026-03-18T03:00:00Z.
const START: i64 = 1_773_802_800;

pub(crate) fn step(at: Timestamp, kind: &str, upstream: &str) -> Step {
    Step { at, kind: kind.to_owned(), cause: "upstream-down".to_owned(), upstream: upstream.to_owned(), requests: 7 }
}

pub(crate) fn finding(evidence: &[&str]) -> Finding {
    Finding {
        id: "one-bad-upstream".to_owned(),
        title: "Most likely one bad upstream among several".to_owned(),
        evidence: texts(evidence),
        meaning: "Nearly all failures are one upstream's.".to_owned(),
        checks: texts(&["Compare that host with its neighbours."]),
        fixes: texts(&["Take it out of the pool."]),
    }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(START + seconds)
}

pub(crate) fn counts(counts: &[(&str, u64)]) -> Vec<Count> {
    counts.iter().map(|(name, requests)| Count { name: (*name).to_owned(), requests: *requests }).collect()
}

pub(crate) fn map(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(name, counted)| ((*name).to_owned(), *counted)).collect()
}

pub(crate) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub(crate) fn pattern(id: &str, title: &str, evidence: u64) -> PatternCount {
    PatternCount { id: id.to_owned(), title: title.to_owned(), evidence }
}

/// Sixteen minutes in which one of two upstreams is down.
pub(crate) fn small() -> Report {
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
        top: Top {
            upstreams: counts(&[("10.0.0.11:8080", 1_064), ("10.0.0.12:8080", 130), ("10.0.0.13:8080", 106)]),
            hosts: counts(&[("shop.example", 1_236), ("m.shop.example", 64)]),
            paths: counts(&[("/cart", 700), ("/", 300), ("/search", 236), ("/oauth/token", 31)]),
        },
        heat: Some(heat()),
        gaps: vec![Gap { from: at(1_500), to: at(1_620), usual: 1_700 }],
        partial: false,
        examples: vec![ExamplePlace { cause: "upstream-down".to_owned(), path: "logs/error.log".to_owned(), line: 211 }],
        incidents: vec![Incident {
            start: at(180),
            end: at(1_140),
            cause: "upstream-down".to_owned(),
            requests: 1_064,
            peak: 62,
            upstreams: texts(&["10.0.0.11:8080"]),
            paths: texts(&["/cart", "/"]),
            chain: vec![step(at(180), "first", "10.0.0.11:8080"), step(at(190), "spread", "10.0.0.12:8080"), step(at(200), "pool-empty", "shop")],
            context: Vec::new(),
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
        ..Report::default()
    }
}

pub(crate) fn heat() -> Heat {
    let row = |upstream: &str, requests: u64, step: i64| HeatRow {
        upstream: upstream.to_owned(),
        requests: requests * 16,
        slots: (3..19).step_by(usize::try_from(step).unwrap_or(1)).map(|minute| HeatSlot { start: at(minute * 60), requests }).collect(),
    };
    Heat { slot_seconds: 60, rows: vec![row("10.0.0.11:8080", 66, 1), row("10.0.0.12:8080", 8, 2), row("", 1, 8)] }
}

pub(crate) fn context(second: i64, before: i64, first: bool) -> Context {
    Context {
        time: at(second),
        path: "logs/kern.log".to_owned(),
        format: "kernel".to_owned(),
        pattern: "kernel/oom-kill".to_owned(),
        text: "the kernel killed node (pid 4242): out of memory".to_owned(),
        upstream: None,
        seconds_before: before,
        first,
    }
}

pub(crate) fn input(path: &str, format: &str, lines: u64, evidence: u64) -> InputReport {
    InputReport {
        path: path.to_owned(),
        format: format.to_owned(),
        bytes: lines * 120,
        lines,
        entries: lines,
        evidence,
        first: Some(at(0)),
        last: Some(at(1_920)),
        ..InputReport::default()
    }
}

pub(crate) fn bucket(start: i64, requests: u64) -> Bucket {
    let causes = if requests == 0 { BTreeMap::new() } else { map(&[("upstream-down", requests - 10), ("upstream-timeout", 10)]) };
    Bucket { start: at(start), responses: 1_700, gateway_responses: requests, requests, evidence: causes.clone(), causes }
}

pub(crate) fn down() -> CauseReport {
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

pub(crate) fn timeout() -> CauseReport {
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
pub(crate) fn nasty() -> Report {
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
                context: names.iter().map(|name| Context { text: name.clone(), path: name.clone(), ..context(0, i64::MIN, n == 0) }).collect(),
            })
            .collect(),
        findings: vec![finding(&names.iter().map(String::as_str).collect::<Vec<_>>())],
        reconciliation: Some(Reconciliation::default()),
        sign_in: count(),
        partial: true,
        examples: names.iter().map(|name| ExamplePlace { cause: name.clone(), path: name.clone(), line: u64::MAX }).collect(),
        top: Top { upstreams: count(), hosts: count(), paths: count() },
        heat: Some(long_heat(&names)),
        gaps: vec![Gap { from: far(i64::MIN / 4), to: far(i64::MAX / 4), usual: u64::MAX }],
        unrecognised: names
            .iter()
            .map(|name| Unrecognised { template: name.clone(), entries: u64::MAX, first: None, last: None, example: name.clone() })
            .collect(),
        warnings: (0..30).map(|n| Warning { path: names[n % 5].clone(), message: names[n % 4].clone() + &n.to_string() }).collect(),
        ..Report::default()
    }
}

fn long_heat(names: &[String]) -> Heat {
    let slots = || (0..500).map(|n| HeatSlot { start: Timestamp::from_seconds(n * 604_800), requests: u64::MAX / 1_000 }).collect();
    Heat { slot_seconds: 604_800, rows: names.iter().map(|name| HeatRow { upstream: name.clone(), requests: u64::MAX, slots: slots() }).collect() }
}
