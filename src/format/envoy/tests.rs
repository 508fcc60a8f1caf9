#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::time::Zone;

const DEFAULT: &str = r#"[2025-03-04T10:15:40.001Z] "POST /report?x=1 HTTP/1.1" 504 UT 120 24 15000 - "203.0.113.24, 10.0.0.1" "okhttp/4.12" "11111111-2222-4333-8444-555555555556" "shop.example.com" "10.8.1.7:8080""#;
const ISTIO: &str = r#"[2025-03-04T10:15:31.204Z] "GET /cart HTTP/1.1" 503 UF,URX upstream_reset_before_response_started{remote_connection_failure,delayed_connect_error:_111} - "-" 0 152 1 - "203.0.113.24" "curl/8.5.0" "11111111-2222-4333-8444-555555555555" "shop:8080" "10.8.1.7:8080" outbound|8080||shop.prod.svc.cluster.local - 10.96.14.3:8080 10.8.2.4:40112 - default"#;
const OLD_ISTIO: &str = r#"[2019-10-04T10:15:31.204Z] "GET /cart HTTP/1.1" 503 UF "-" "TLS error: 268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER" 0 152 1 - "203.0.113.24" "curl/8.5.0" "11111111-2222-4333-8444-555555555555" "shop:8080" "10.8.1.7:8080" outbound|8080||shop.prod.svc.cluster.local - 10.96.14.3:8080 10.8.2.4:40112 -"#;
const JSON: &str = r#"{"start_time":"2025-03-04T10:16:00.000Z","method":"GET","path":"/a\",\"response_code\":200,\"b\":\"","response_code":503,"response_flags":"UH","response_code_details":"no_healthy_upstream","upstream_cluster":"outbound|8080||shop.prod.svc.cluster.local","upstream_host":null,"duration":250,"authority":"shop:8080","downstream_remote_address":"10.8.2.4:40112"}"#;

fn clock() -> Clock {
    Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800))
}

fn read(line: &str) -> Entry<'_> {
    assert!(Envoy.begins(line.as_bytes()), "{line}");
    let entry = Envoy.parse(line.as_bytes(), &mut clock()).unwrap();
    if let Some(skimmed) = Envoy.skim(line.as_bytes(), &mut clock()) {
        assert_eq!((Some(skimmed.time), Some(skimmed.status)), (entry.time, entry.status), "{line}");
        assert_eq!(skimmed.is_bare, entry.field("flags").is_empty(), "{line}");
    }
    entry
}

fn fields<const N: usize>(line: &str, names: [&str; N]) -> [String; N] {
    let entry = read(line);
    names.map(|name| String::from_utf8_lossy(if name == "client" { &entry.client } else { entry.field(name) }).into_owned())
}

#[test]
fn the_default_format_is_read() {
    let entry = read(DEFAULT);
    assert_eq!((entry.status, entry.duration), (Some(504), Some(15_000_000)));
    assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T10:15:55.001Z", "of the end");
    assert_eq!(
        fields(DEFAULT, ["method", "path", "host", "client", "upstream", "flag", "details"]),
        ["POST", "/report", "shop.example.com", "203.0.113.24", "10.8.1.7:8080", "UT", ""]
    );
}

#[test]
fn istios_formats_are_told_apart_by_what_follows_the_flags() {
    let names = ["flag", "flags", "details", "reason", "transport", "errno", "upstream", "cluster", "client", "route"];
    assert_eq!(
        fields(ISTIO, names),
        [
            "UF",
            "UF,URX",
            "upstream_reset_before_response_started",
            "remote_connection_failure",
            "delayed_connect_error:_111",
            "111",
            "10.8.1.7:8080",
            "outbound|8080||shop.prod.svc.cluster.local",
            "10.8.2.4",
            "default"
        ]
    );
    let old = fields(OLD_ISTIO, names);
    assert_eq!(
        (&*old[0], &*old[4], &*old[6], &*old[9]),
        ("UF", "TLS error: 268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER", "10.8.1.7:8080", "")
    );
    let bar = ISTIO.replace(",delayed", "|delayed");
    assert_eq!(fields(&bar, ["reason", "errno"]), ["remote_connection_failure", "111"]);
    let none = ISTIO
        .replace("UF,URX upstream_reset_before_response_started{remote_connection_failure,delayed_connect_error:_111}", "- via_upstream")
        .replace("\"10.8.1.7:8080\"", "\"-\"");
    assert_eq!(fields(&none, ["flag", "details", "target", "upstream"]), ["", "via_upstream", "", "outbound|8080||shop.prod.svc.cluster.local"]);
}

#[test]
fn json_says_the_same() {
    let entry = read(JSON);
    assert_eq!((entry.status, entry.duration, entry.time.unwrap().to_rfc3339().as_str()), (Some(503), Some(250_000), "2025-03-04T10:16:00.250Z"));
    assert_eq!(
        fields(JSON, ["flag", "details", "upstream", "client", "host"]),
        ["UH", "no_healthy_upstream", "outbound|8080||shop.prod.svc.cluster.local", "10.8.2.4", "shop:8080"]
    );
    let strings = r#"{"upstream_transport_failure_reason":"delayed connect error: 113","response_flags":"UpstreamConnectionFailure","response_code":"503","@timestamp":"2025-03-04T10:16:00Z",":authority":"shop","upstream_host":"tcp://10.8.1.7:8080"}"#;
    assert_eq!(fields(strings, ["flag", "errno", "upstream", "host"]), ["UpstreamConnectionFailure", "113", "10.8.1.7:8080", "shop"]);
}

#[test]
fn what_a_client_wrote_changes_no_other_field() {
    let agent = DEFAULT.replace("okhttp/4.12", r#"x" "y" "evil.test" "10.6.6.6:666" " 200 - 1 2"#);
    assert_eq!(fields(&agent, ["status", "host", "upstream"]), ["504", "shop.example.com", "10.8.1.7:8080"]);
    let path = DEFAULT.replace("/report?x=1", r#"/a"200-"b"#);
    assert_eq!(fields(&path, ["status", "path"]), ["504", r#"/a"200-"b"#]);
    assert_eq!(fields(JSON, ["status", "path"]), ["503", r#"/a","response_code":200,"b":""#]);
}

#[test]
fn odd_lines_are_read_as_far_as_they_go() {
    let malformed = r#"[2025-03-04T10:15:40.001Z] "- - HTTP/1.1" 400 DPE 0 11 0 - "-" "-" "-" "-" "-""#;
    assert_eq!(fields(malformed, ["status", "method", "path", "host", "upstream", "flag"]), ["400", "", "", "", "", "DPE"]);
    let tcp = r#"[2025-03-04T10:15:40.001Z] "- - -" 0 UF,URX - - "-" 0 0 10 - "-" "-" "-" "-" "10.8.1.7:3306" outbound|3306||mysql.prod.svc.cluster.local - 10.96.14.9:3306 10.8.2.4:40112 - -"#;
    assert_eq!(fields(tcp, ["status", "path", "flag", "upstream", "client"]), ["0", "", "UF", "10.8.1.7:3306", "10.8.2.4"]);
    for (end, status) in [(ISTIO.len() - 60, "503"), (230, "503"), (75, "503"), (50, "")] {
        assert_eq!(fields(&ISTIO[..end], ["status", "method"]), [status, "GET"], "{end}");
    }
    assert_eq!(fields(&DEFAULT[..110], ["client", "upstream", "host"]), ["203.0.113.24", "", ""]);
}

#[test]
fn other_lines_are_not_envoys() {
    for line in [
        "",
        "[",
        "{",
        "[2026-11-22 15:15:32.999607] [core:error] x",
        "[2025-03-04T10:15:40.001Z] hello",
        "[2025-03-04 10:15:40] \"GET",
        r#"{"time":"2026-11-22T15:47:24+00:00","status":502,"agent":"\"response_flags\":1,\"response_code\":2"}"#,
        "[2025-03-04 10:15:40.001][12][info][main] [source/server/server.cc:1] x",
    ] {
        assert!(!Envoy.begins(line.as_bytes()), "{line}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut clock = clock();
    for seed in [DEFAULT, ISTIO, OLD_ISTIO, JSON] {
        for cut in 0..=seed.len() {
            for insert in [&b""[..], b"\"", b"\\", b" ", b"{", b",", b"|", b"\xff", b"connect_error:"] {
                let bytes = [&seed.as_bytes()[..cut], insert, &seed.as_bytes()[(cut + insert.len()).min(seed.len())..]].concat();
                for bytes in [&bytes[..], &bytes[..cut + insert.len()]] {
                    let _ = (Envoy.begins(bytes), Envoy.parse(bytes, &mut clock), Envoy.skim(bytes, &mut clock));
                }
            }
        }
    }
}
