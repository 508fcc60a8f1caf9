#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::{TraefikAccess, TraefikError};
use crate::format::Format;
use crate::record::{Entry, Severity};
use crate::time::{Clock, Timestamp, Zone};

const CLF: &str = r#"203.0.113.24 - - [04/Mar/2025:10:15:31 +0000] "GET /cart?x HTTP/1.1" 502 11 "-" "a \"x\" 1 \"b\" \"c\" 2ms" 8812 "shop@docker" "http://10.0.3.7:8080" 1500ms"#;
const JSON: &str = r#"{"ClientAddr":"203.0.113.24:51040","ClientHost":"203.0.113.24","DownstreamContentSize":15,"DownstreamStatus":504,"Duration":30001245871,"OriginDuration":30001102211,"OriginStatus":504,"OriginContentSize":15,"RequestHost":"shop.example.com","RequestMethod":"GET","RequestPath":"/report?\",\"DownstreamStatus\":200","RetryAttempts":0,"RouterName":"shop@docker","ServiceName":"shop@docker","ServiceAddr":"10.0.3.7:8080","ServiceURL":"http://10.0.3.7:8080","StartUTC":"2025-03-04T10:15:31.2Z","entryPointName":"web","level":"info","msg":"","time":"2025-03-04T10:16:01Z"}"#;
const ZEROLOG: &str = r#"{"level":"debug","error":"dial tcp 127.6.6.6:8000: i/o timeout","time":"2026-11-22T15:42:11Z","caller":"github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199","message":"504 Gateway Timeout"}"#;
const CONSOLE: &str = r#"2025-03-04T10:15:31Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:113 > 502 Bad Gateway error="dial tcp 10.0.3.7:8080: connect: connection refused""#;
const COLOURED: &str = "\x1b[90m2025-03-04T10:15:31Z\x1b[0m \x1b[33mDBG\x1b[0m \x1b[1mgithub.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:113\x1b[0m\x1b[36m >\x1b[0m 502 Bad Gateway \x1b[36merror=\x1b[0m\x1b[31m\x1b[1m\"dial tcp 10.0.3.7:8080: connect: connection refused\"\x1b[0m\x1b[0m";
const LOGRUS: &str = r#"time="2025-03-04T10:15:31Z" level=debug msg="'502 Bad Gateway' caused by: dial tcp 10.0.3.7:8080: connect: connection refused""#;

fn clock() -> Clock {
    Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800))
}

fn error(line: &str) -> Entry<'_> {
    assert!(TraefikError.begins(line.as_bytes()) && !TraefikAccess.begins(line.as_bytes()), "{line}");
    TraefikError.parse(line.as_bytes(), &mut clock()).unwrap()
}

fn access(line: &str) -> Entry<'_> {
    assert!(TraefikAccess.begins(line.as_bytes()) && !TraefikError.begins(line.as_bytes()), "{line}");
    let entry = TraefikAccess.parse(line.as_bytes(), &mut clock()).unwrap();
    if let Some(skimmed) = TraefikAccess.skim(line.as_bytes(), &mut clock()) {
        assert_eq!((Some(skimmed.time), Some(skimmed.status)), (entry.time, entry.status), "{line}");
    }
    entry
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn the_common_log_format_has_its_own_tail() {
    let entry = access(CLF);
    assert_eq!((entry.status, entry.duration, text(&entry.path)), (Some(502), Some(1_500_000), "/cart"));
    assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T10:15:32.500Z", "of the end");
    assert_eq!(["origin_size", "router", "target", "upstream"].map(|name| text(entry.field(name))), ["11", "shop@docker", "10.0.3.7:8080", "10.0.3.7:8080"]);
    let none = CLF.replace("\"shop@docker\" \"http://10.0.3.7:8080\"", "\"-\" \"-\"").replace(" 11 ", " - ");
    assert_eq!(["origin_size", "router", "target", "upstream"].map(|name| text(access(&none).field(name)).to_owned()), [""; 4]);
    let behind = CLF.replace("203.0.113.24 - -", "203.0.113.24, 10.0.0.1 - -");
    assert_eq!(text(&access(&behind).client), "203.0.113.24");
    for other in [CLF.strip_suffix(" 1500ms").unwrap(), &CLF.replace("8812 ", ""), &CLF.replace("1500ms", "1.5ms"), &CLF[..CLF.len() - 70]] {
        assert!(!TraefikAccess.begins(other.as_bytes()), "{other}");
    }
}

#[test]
fn json_is_read_in_every_version() {
    let entry = access(JSON);
    assert_eq!((entry.status, entry.duration, text(&entry.client)), (Some(504), Some(30_001_245), "203.0.113.24"));
    assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T10:16:01.201245Z");
    assert_eq!((text(&entry.path), text(&entry.upstream), text(entry.field("origin_status"))), ("/report", "10.0.3.7:8080", "504"));
    let object = JSON.replace(
        r#""ServiceAddr":"10.0.3.7:8080","ServiceURL":"http://10.0.3.7:8080""#,
        r#""ServiceURL":{"Scheme":"http","User":null,"Host":"10.0.3.8:80","Path":""}"#,
    );
    assert_eq!(text(&access(&object).upstream), "10.0.3.8:80");
    let first = r#"{"BackendAddr":"10.0.3.7:80","BackendName":"backend-shop","BackendURL":{"Scheme":"http","Host":"10.0.3.7:80"},"ClientHost":"203.0.113.24","DownstreamStatus":502,"DownstreamStatusLine":"502 Bad Gateway","Duration":1200000,"FrontendName":"Host-shop","OriginStatus":502,"RequestPath":"/","StartUTC":"2018-03-04T10:15:31Z","level":"info","msg":"","time":"2018-03-04T10:15:31Z"}"#;
    assert_eq!((text(&access(first).upstream), text(access(first).field("router"))), ("10.0.3.7:80", "Host-shop"));
    let unreached = r#"{"DownstreamStatus":503,"OriginStatus":503,"ServiceName":"shop@docker","level":"info","msg":"","time":"2025-03-04T10:16:01Z"}"#;
    let entry = access(unreached);
    assert_eq!((text(&entry.upstream), text(entry.field("target")), entry.time.unwrap().to_rfc3339().as_str()), ("shop@docker", "", "2025-03-04T10:16:01Z"));
    assert!(TraefikAccess.skim(unreached.as_bytes(), &mut clock()).is_none());
}

#[test]
fn a_retry_is_no_bare_answer() {
    let bare = |line: &str| TraefikAccess.skim(line.as_bytes(), &mut clock()).unwrap().is_bare;
    assert!(bare(JSON));
    assert!(!bare(&JSON.replace("\"RetryAttempts\":0", "\"RetryAttempts\":2")));
}

#[test]
fn the_log_says_the_same_in_all_its_forms() {
    for line in [
        CONSOLE,
        COLOURED,
        LOGRUS,
        &ZEROLOG.replace("127.6.6.6:8000: i/o timeout", "10.0.3.7:8080: connect: connection refused").replace("504 Gateway Timeout", "502 Bad Gateway"),
    ] {
        let entry = error(line);
        assert_eq!((text(&entry.message), text(&entry.upstream)), ("dial tcp 10.0.3.7:8080: connect: connection refused", "10.0.3.7:8080"), "{line}");
        assert_eq!((text(entry.field("status")), text(entry.action), entry.severity, entry.is_response), ("502", "dial tcp", Severity::Debug, false));
        assert!(entry.time.is_some() && entry.status.is_none());
    }
    let health = "2025-03-04T10:15:31+01:00 WRN github.com/traefik/traefik/v3/pkg/healthcheck/healthcheck.go:151 > Health check failed. error=\"HTTP request failed: Get \\\"http://10.0.3.7:8080/health\\\": dial tcp 10.0.3.7:8080: connect: connection refused\" serviceName=shop@docker targetURL=http://10.0.3.7:8080";
    let entry = error(health);
    assert_eq!(
        (text(&entry.message), text(&entry.upstream), text(entry.field("reason"))),
        ("Health check failed.", "10.0.3.7:8080", "connect: connection refused")
    );
    assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T09:15:31Z");
    let provider = r#"time="2025-03-04T10:15:31Z" level=error msg="service \"shop\" error: port is missing" providerName=docker container=shop"#;
    assert_eq!(text(&error(provider).message), "service \"shop\" error: port is missing");
    assert_eq!(
        text(&error("2024-05-01T10:00:00Z INF Traefik version 3.0.0 built on 2024-04-29 version=3.0.0").message),
        "Traefik version 3.0.0 built on 2024-04-29"
    );
}

#[test]
fn other_lines_are_not_traefiks() {
    for line in [
        "",
        "{",
        r#"{"level":"info","time":"2025-03-04T10:15:31Z","message":"listening"}"#,
        r#"{"level":"error","ts":1795362021.3,"logger":"http.log.error","msg":"EOF"}"#,
        r#"time="2025-03-04T10:15:31Z" level=info msg="starting containerd" revision=1"#,
        "2025-03-04T10:15:31Z INF something else=1",
        "2025-03-04T10:15:30.120456Z app/shop-alb/1a2b 203.0.113.24:51034",
        r#"203.0.113.7 - - [22/Nov/2026:15:48:06 +0000] "GET / HTTP/1.1" 504 167 "-" "curl/8.5.0" rt=1.001"#,
        r#"{"time":"2026-11-22T15:47:24+00:00","status":502,"agent":"\"DownstreamStatus\":502"}"#,
    ] {
        assert!(!TraefikError.begins(line.as_bytes()) && !TraefikAccess.begins(line.as_bytes()), "{line}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut clock = clock();
    for seed in [CLF, JSON, ZEROLOG, CONSOLE, COLOURED, LOGRUS] {
        for cut in 0..=seed.len() {
            for insert in [&b""[..], b"\"", b"\\", b"=", b" ", b"{", b"\xff", b"\x1b[", b"ms"] {
                let bytes = [&seed.as_bytes()[..cut], insert, &seed.as_bytes()[(cut + insert.len()).min(seed.len())..]].concat();
                for bytes in [&bytes[..], &bytes[..cut + insert.len()]] {
                    let _ = (TraefikError.begins(bytes), TraefikAccess.begins(bytes), TraefikAccess.skim(bytes, &mut clock));
                    let _ = (TraefikError.parse(bytes, &mut clock), TraefikAccess.parse(bytes, &mut clock));
                }
            }
        }
    }
}
