#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::{CaddyAccess, CaddyError};
use crate::format::Format;
use crate::record::{Entry, Severity};
use crate::time::{Clock, Timestamp, Zone};

const REFUSED: &str = r#"{"level":"error","ts":1795362021.3623235,"logger":"http.log.error.log0","msg":"dial tcp 127.0.0.1:9274: connect: connection refused","request":{"remote_ip":"127.0.0.1","remote_port":"43068","client_ip":"203.0.113.7","proto":"HTTP/1.1","method":"GET","host":"shop.test","uri":"/api/orders?x=1","headers":{"User-Agent":["lab/1.0"],"Connection":["close"]}},"duration":0.000410668,"status":502,"err_id":"96jgdnksw","err_trace":"reverseproxy.statusError (reverseproxy.go:1272)"}"#;
const ANSWER: &str = r#"{"level":"error","ts":1795362043.7004535,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"203.0.113.7","remote_port":"38684","proto":"HTTP/1.1","method":"GET","host":"shop.test","uri":"/a\",\"status\":200,\"b\":\"?x","headers":{"User-Agent":["lab/1.0"],"Status":["200"]}},"user_id":"","duration":0.001006156,"size":21,"status":502,"resp_headers":{"Server":["Caddy","stub"],"Content-Length":["21"]}}"#;
const CONSOLE: &str = "2026/11/22 15:40:21.880\t\x1b[31mERROR\x1b[0m\thttp.log.error.log0\tdial tcp 127.0.0.1:9275: connect: connection refused\t{\"request\": {\"remote_ip\": \"127.0.0.1\", \"method\": \"GET\", \"host\": \"shop.test\", \"uri\": \"/cart\"}, \"duration\": 0.000396357, \"status\": 502}";

fn clock() -> Clock {
    Clock::new(Zone::named("Europe/Paris").unwrap(), Timestamp::from_seconds(4_102_444_800))
}

fn error(line: &str) -> Entry<'_> {
    assert!(CaddyError.begins(line.as_bytes()) && !CaddyAccess.begins(line.as_bytes()), "{line}");
    CaddyError.parse(line.as_bytes(), &mut clock()).unwrap()
}

fn access(line: &str) -> Entry<'_> {
    assert!(CaddyAccess.begins(line.as_bytes()) && !CaddyError.begins(line.as_bytes()), "{line}");
    CaddyAccess.parse(line.as_bytes(), &mut clock()).unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn an_error_is_read() {
    let entry = error(REFUSED);
    assert_eq!((entry.is_response, entry.status, entry.severity), (false, None, Severity::Error));
    assert_eq!(entry.time.unwrap().to_rfc3339(), "2026-11-22T15:40:21.362323Z");
    let all = [&entry.message, &entry.client, &entry.host, &entry.method, &entry.path, &entry.upstream].map(|value| text(value).to_owned());
    assert_eq!(all, ["dial tcp 127.0.0.1:9274: connect: connection refused", "203.0.113.7", "shop.test", "GET", "/api/orders", "127.0.0.1:9274"]);
    assert_eq!((text(entry.action), text(entry.field("reason")), text(entry.field("status"))), ("dial tcp", "connect: connection refused", "502"));
}

#[test]
fn an_answer_is_read_and_skimmed_alike() {
    let entry = access(ANSWER);
    assert_eq!((entry.status, entry.duration, entry.is_response), (Some(502), Some(1_006), true));
    assert_eq!((text(&entry.path), text(entry.field("server")), text(entry.field("size"))), (r#"/a","status":200,"b":""#, "Caddy, stub", "21"));
    let skimmed = CaddyAccess.skim(ANSWER.as_bytes(), &mut clock()).unwrap();
    assert_eq!((Some(skimmed.time), Some(skimmed.status)), (entry.time, entry.status));
    // Two keys of that name: it has to be read.
    assert!(CaddyAccess.skim(ANSWER.replace("\"Status\"", "\"status\"").as_bytes(), &mut clock()).is_none());
    assert!(CaddyAccess.skim(REFUSED.as_bytes(), &mut clock()).is_none());
}

#[test]
fn the_console_says_the_same() {
    for line in [CONSOLE.to_owned(), CONSOLE.replace("\x1b[31m", "").replace("\x1b[0m", "")] {
        let entry = error(&line);
        assert_eq!(entry.time.unwrap().to_rfc3339(), "2026-11-22T15:40:21.880Z", "in UTC, whatever the zone of logs");
        assert_eq!((text(&entry.upstream), text(&entry.path), entry.severity), ("127.0.0.1:9275", "/cart", Severity::Error));
        let entry =
            access(&line.replace("http.log.error.log0\tdial tcp 127.0.0.1:9275: connect: connection refused", "http.log.access\thandled request")).status;
        assert_eq!(entry, Some(502));
    }
    assert_eq!(text(&error("2026/11/22 15:40:21.666\tINFO\tserving initial configuration").message), "serving initial configuration");
    assert_eq!(text(&error("2026/11/22 15:40:21.667\tINFO\thttp.log\tserver running\t{\"name\": \"srv0\"}").message), "server running");
}

#[test]
fn keys_may_come_in_any_order_and_times_in_any_form() {
    let line = r#"{"duration":0.1,"logger":"http.log.access","level":"info","msg":"handled request","request":{"uri":"/x","remote_addr":"[2001:db8::7]:5000"},"status":200,"ts":"2026-11-22T15:40:21.5Z"}"#;
    let entry = access(line);
    assert_eq!((text(&entry.client), entry.time.unwrap().to_rfc3339().as_str()), ("[2001:db8::7]", "2026-11-22T15:40:21.500Z"));
    for ts in ["1795362021500", "1795362021.5", "\"2026/11/22 15:40:21.500\"", "\"22/Nov/2026:15:40:21 +0000\""] {
        let line = line.replace("\"2026-11-22T15:40:21.5Z\"", ts);
        assert_eq!(access(&line).time.unwrap().seconds(), 1_795_362_021, "{ts}");
    }
}

#[test]
fn a_check_names_its_upstream() {
    let line = r#"{"level":"info","ts":1795362039.18,"logger":"http.handlers.reverse_proxy.health_checker.active","msg":"HTTP request failed","host":"10.0.0.1:80","error":"Get \"http://10.0.0.1:80/\": dial tcp 10.0.0.1:80: connect: connection refused"}"#;
    let entry = error(line);
    assert_eq!(
        (text(&entry.message), text(&entry.upstream), text(entry.field("reason"))),
        ("HTTP request failed", "10.0.0.1:80", "connect: connection refused")
    );
    assert_eq!(text(&error(&line.replace("\"host\":\"10.0.0.1:80\"", "\"host\":\"unix//run/a.sock\"")).upstream), "unix:/run/a.sock");
}

#[test]
fn a_cut_line_is_read_as_far_as_it_goes() {
    let entry = error(&REFUSED[..300]);
    assert_eq!((text(&entry.upstream), text(&entry.client)), ("127.0.0.1:9274", "203.0.113.7"));
    assert_eq!(access(&ANSWER[..200]).status, None);
}

#[test]
fn other_lines_are_not_caddys() {
    for line in [
        "",
        "{}",
        "{",
        r#"{"level":"info","ts":1620000000.0,"logger":"controller-runtime.metrics","msg":"listening"}"#,
        r#"{"level":"info","ts":1620000000.0,"caller":"app/main.go:12","msg":"hello"}"#,
        r#"{"time":"2026-11-22T15:47:24Z","msg":"\"logger\":\"http.log.access\"","status":502}"#,
        r#"{"level":"debug","error":"EOF","time":"2026-11-22T15:42:19Z","message":"502 Bad Gateway"}"#,
        r#"{"log":"{\"level\":\"error\",\"ts\":1795362021.3,\"logger\":\"http.log.error\",\"msg\":\"EOF\"}\n","stream":"stderr"}"#,
        "2026/11/22 15:04:50 [error] 27981#0: *3 connect() failed",
        "2024-03-04T10:15:31.204Z\tERROR\tcontroller\tmsg\t{}",
        "2026/11/22 15:40:21\tx\ty",
    ] {
        assert!(!CaddyError.begins(line.as_bytes()) && !CaddyAccess.begins(line.as_bytes()), "{line}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut clock = clock();
    for seed in [REFUSED, ANSWER, CONSOLE, "2026/11/22 15:40:21.667\tINFO\thttp.log\tserver running\t{\"name\": \"srv0\"}"] {
        for cut in 0..=seed.len() {
            for insert in [&b""[..], b"\"", b"\\", b"\t", b"{", b"}", b"\xff", b"\x1b["] {
                let bytes = [&seed.as_bytes()[..cut], insert, &seed.as_bytes()[(cut + insert.len()).min(seed.len())..]].concat();
                for bytes in [&bytes[..], &bytes[..cut + insert.len()]] {
                    let _ = (CaddyError.begins(bytes), CaddyAccess.begins(bytes), CaddyAccess.skim(bytes, &mut clock));
                    let _ = (CaddyError.parse(bytes, &mut clock), CaddyAccess.parse(bytes, &mut clock));
                }
            }
        }
    }
}
