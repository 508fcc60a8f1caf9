use super::*;
use crate::record::Severity;
use crate::time::{Timestamp, Zone};

fn read(line: &str) -> Entry<'_> {
    assert!(ApacheError.begins(line.as_bytes()), "{line}");
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800));
    ApacheError.parse(line.as_bytes(), &mut clock).expect("it begins a record")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the examples are UTF-8")
}

/// Errno, client, upstream and message.
fn parts<'e>(entry: &'e Entry<'_>) -> [&'e str; 4] {
    [text(entry.errno), text(&entry.client), text(&entry.upstream), text(&entry.message)]
}

const TIME: &str = "[Sun Nov 22 15:08:52.067604 2026]";

#[test]
fn the_default_format_is_read() {
    let line = format!(
        "{TIME} [proxy_http:error] [pid 19625:tid 19647] (70007)The timeout specified has expired: [client 127.0.0.1:49906] AH01102: error reading status line from remote server 127.0.0.1:19001, referer: http://r/x"
    );
    let entry = read(&line);
    assert_eq!(parts(&entry), ["70007", "127.0.0.1", "127.0.0.1:19001", "AH01102: error reading status line from remote server 127.0.0.1:19001"]);
    assert_eq!(entry.time.map(Timestamp::to_rfc3339).as_deref(), Some("2026-11-22T15:08:52.067604Z"));
    assert_eq!(entry.severity, Severity::Error);
    assert_eq!((entry.field("module"), entry.field("peer")), (&b"proxy_http"[..], &b"client"[..]));
}

#[test]
fn the_pieces_of_one_request_are_linked_by_thread_and_client() {
    let refused = format!("{TIME} [proxy:error] [pid 1:tid 2] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:1 (127.0.0.1:1) failed");
    let general = format!("{TIME} [proxy_http:error] [pid 1:tid 2] [client 127.0.0.1:5] AH01114: HTTP: failed to make connection to backend: 127.0.0.1");
    let remote = format!("{TIME} [ssl:error] [pid 1:tid 2] [remote 127.0.0.1:5] AH02039: Certificate Verification: Error (10): certificate has expired");
    let other = format!("{TIME} [proxy_http:error] [pid 1] [client 127.0.0.1:6] AH01114: HTTP: failed to make connection to backend: 127.0.0.1");
    let link = |line: &str| match read(line).link {
        Link::Worker { thread, client } => (thread, client),
        link => panic!("{link:?}"),
    };
    let (thread, client) = link(&general);
    assert_eq!(link(&refused), (thread, 0));
    assert_eq!(link(&remote), (thread, 0));
    assert_ne!(client, 0);
    let (other_thread, other_client) = link(&other);
    assert!(other_thread != thread && other_client != client);
    assert_eq!(
        link("[Wed Oct 11 14:32:52 2023] [error] (111)Connection refused: proxy: HTTP: attempt to connect to 127.0.0.1:3000 (localhost) failed"),
        (1, 0)
    );
}

#[test]
fn the_format_of_2_2_has_errno_behind_the_client_and_no_port() {
    let entry = read(
        "[Wed Oct 11 14:32:52 2023] [error] [client ::1] (70007)The timeout specified has expired: proxy: error reading status line from remote server localhost:3000, referer: http://x/",
    );
    assert_eq!(parts(&entry), ["70007", "::1", "localhost:3000", "proxy: error reading status line from remote server localhost:3000"]);
    let entry = read("[Wed Oct 11 14:32:52 2023] [error] proxy: BALANCER: (balancer://pool). All workers are in error state");
    assert_eq!(text(&entry.upstream), "balancer://pool");
}

#[test]
fn documented_formats_are_read() {
    let cases = [
        // The look-alike of 2.2, with a port.
        (
            "[Wed Oct 11 14:32:52 2023] [error] mod_proxy.c(12): (111)Connection refused: [client 10.0.0.1:55] AH01114: HTTP: failed to make connection to backend: h, referer http://AH00957: x/",
            ["111", "10.0.0.1", "h", "AH01114: HTTP: failed to make connection to backend: h"],
        ),
        (
            "[2026-11-22 15:15:33.356271 +0000] [proxy_http:error] [pid 19625:tid 19651] [R:awMHFbloqkWupMLZpv3rZgAAAA8] [fmt] (20014)Internal error (specific information not available): [client 127.0.0.1:35264] AH01102: error reading status line from remote server ::1:19002, referer http://ref.example/a\"b",
            ["20014", "127.0.0.1", "[::1]:19002", "AH01102: error reading status line from remote server ::1:19002"],
        ),
        (
            "[2026-11-22 15:15:33.356271] [-:error] [R:awMHFbloqkW] [C:yZ7V8rYXsSI] (EAI 2)Name or service not known: AH00898: DNS lookup failure for: app.internal returned by /",
            ["EAI 2", "", "app.internal", "AH00898: DNS lookup failure for: app.internal returned by /"],
        ),
        // Syslog's, behind its envelope.
        (
            "[proxy:error] [pid 379:tid 402] (OS 10061)No connection could be made.  : AH00957: http: attempt to connect to [::1]:1 (::1) failed",
            ["OS 10061", "", "[::1]:1", "AH00957: http: attempt to connect to [::1]:1 (::1) failed"],
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(parts(&read(line)), expected, "{line}");
    }
    assert_eq!(read(cases[3].0).time, None);
}

#[test]
fn the_servers_name_is_read_before_or_behind_the_time() {
    for line in [
        format!("[shop.example] {TIME} [proxy:error] [pid 1:tid 2] [client 127.0.0.1:5] AH00898: Error reading from remote server returned by /a"),
        format!("shop.example:443 {TIME} [proxy:error] [pid 1:tid 2] [client 127.0.0.1:5] AH00898: Error reading from remote server returned by /a"),
        format!("{TIME} [proxy:error] [pid 1:tid 2] [R:-] [shop.example] [client 127.0.0.1:5] AH00898: Error reading from remote server returned by /a"),
    ] {
        let entry = read(&line);
        assert_eq!((text(&entry.host), text(&entry.path), text(&entry.client)), ("shop.example", "/a", "127.0.0.1"), "{line}");
    }
}

#[test]
fn extra_lines_of_a_request_are_entries_without_a_message() {
    let entry = read("[2026-11-22 15:15:33.356263] [R:awMHFbloqkWupMLZpv3rZgAAAA8] UA:'AH00957: x'");
    assert_eq!((text(&entry.message), entry.severity), ("", Severity::Info));
}

#[test]
fn upstreams_are_read_from_the_words_that_begin_a_message() {
    let cases = [
        ("AH00957: http: attempt to connect to 127.0.0.1:9065 (127.0.0.1:9065) failed", "127.0.0.1:9065"),
        ("AH02454: FCGI: attempt to connect to Unix domain socket /run/x.sock (localhost:8000) failed", "unix:/run/x.sock"),
        ("AH00959: ap_proxy_connect_backend disabling worker for (127.0.0.1:9220) for 30s", "127.0.0.1:9220"),
        ("AH01084: pass request body failed to 127.0.0.1:9062 (127.0.0.1)", "127.0.0.1:9062"),
        ("AH01170: balancer://pool: All workers are in error state", "balancer://pool"),
        ("AH03303: Threaded Health check DISABLING http://127.0.0.1:9229", "127.0.0.1:9229"),
        ("AH00952: http: error creating fam 10 socket to [::1]:80 for (a:80)", "[::1]:80"),
        ("AH02327: failed to resolve hostname 'db.internal'", "db.internal"),
        ("AH10259: can't send headers to 127.0.0.1:3031: packet size too large (70000)", "127.0.0.1:3031"),
        ("AH01071: Got error 'PHP message: AH00957: HTTP: attempt to connect to 9.9.9.9:80 (x) failed'", ""),
        ("AH00898: Error reading from remote server returned by /attempt to connect to 9.9.9.9:80 (", ""),
        ("attempt to connect to 9.9.9.9:80 (x) failed", ""),
    ];
    for (message, upstream) in cases {
        let line = format!("{TIME} [proxy:error] [pid 1:tid 2] {message}");
        assert_eq!(text(&read(&line).upstream), upstream, "{message}");
    }
    let line = format!("{TIME} [ssl:error] [pid 1:tid 2] [remote ::1:9071] AH02039: Certificate Verification: Error (10): certificate has expired");
    assert_eq!(text(&read(&line).upstream), "[::1]:9071");
}

#[test]
fn paths_are_read_from_behind_the_reason() {
    let cases = [
        ("AH00898: Error reading from remote server returned by /a b returned by /c", "/a b returned by /c", ""),
        ("AH00898: Corrupt status line returned by remote server: HTTP/2.0 200 OK returned by /c", "/c", ""),
        ("AH01106: bad HTTP/1.1 header returned by /api/x (y) (GET)", "/api/x (y)", "GET"),
        ("AH01144: No protocol handler was valid for the URL /a?b (scheme 'htp'). If you are using a DSO version of mod_proxy, make sure", "/a", ""),
    ];
    for (message, path, method) in cases {
        let line = format!("{TIME} [proxy:error] [pid 1:tid 2] [client 127.0.0.1:5] {message}");
        let entry = read(&line);
        assert_eq!((text(&entry.path), text(&entry.method)), (path, method), "{message}");
    }
}

#[test]
fn what_an_application_prints_is_never_a_numbered_message() {
    let line = format!("{TIME} [php:notice] [pid 1] [client 127.0.0.1:5] AH00957: http: attempt to connect to 9.9.9.9:80 (x) failed");
    let entry = read(&line);
    assert_eq!((text(&entry.message), text(&entry.upstream)), ("", ""));
    let line = format!("{TIME} [wsgi:error] [pid 1:tid 2] [remote 203.0.113.7:5] (111)Connection refused: AH00957: x");
    let entry = read(&line);
    assert_eq!((text(&entry.message), text(&entry.upstream), text(&entry.client)), ("(111)Connection refused: AH00957: x", "", ""));
}

#[test]
fn a_continuation_line_is_no_part_of_the_message() {
    let record = format!("{TIME} [proxy:error] [pid 1:tid 2] AH00961: https: failed to enable ssl support for 127.0.0.1:9191 (127.0.0.1)\noops, referer: x");
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(0));
    let entry = ApacheError.parse(record.as_bytes(), &mut clock).expect("it begins a record");
    assert_eq!(text(&entry.message), "AH00961: https: failed to enable ssl support for 127.0.0.1:9191 (127.0.0.1)");
}

#[test]
fn passengers_lines_are_read() {
    let entry = read(
        "[ E 2024-10-21 09:34:27.1234 123/T7 age/Cor/Con/CheckoutSession.cpp:276 ]: [Client 1-5] Cannot checkout session because a spawning error occurred. The identifier of the error is 0f3a",
    );
    assert!(entry.message.starts_with(b"Cannot checkout session"));
    assert_eq!(entry.field("module"), b"passenger");
}

#[test]
fn other_text_begins_nothing() {
    for line in [
        "",
        "[",
        "oops",
        "AH00957: http: attempt to connect to 127.0.0.1:1 (127.0.0.1:1) failed",
        "[22-Nov-2026 15:15:33 UTC] PHP Warning:  x",
        "[proxy:error] oops",
        "[Sun Nov 22 15:08:52.067604 2026] oops",
        "[Sun Nov 22 15:08:52.067604 2026] [a b] [error] x",
        "2026/11/22 15:04:50 [error] 27981#0: *3 connect() failed",
        "127.0.0.1 - - [22/Nov/2026:15:47:23 +0000] \"GET / HTTP/1.1\" 502 0",
        "[ E oops",
    ] {
        assert!(!ApacheError.begins(line.as_bytes()), "{line}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let seeds = [
        format!(
            "{TIME} [proxy:error] [pid 1:tid 2] (111)x: [client ::1:5] AH00898: Corrupt status line returned by remote server: x returned by /c (GET), referer: y"
        ),
        format!("a.b {TIME} [error] x.c(1): (EAI 2)x: [remote [::1]:5] [script x] AH01144: No protocol handler was valid for the URL http:// (scheme 'x"),
        "[ E 2024-10-21 09:34:27.1234 123/T7 a ]: [Client 1] x".to_owned(),
    ];
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(0));
    for seed in seeds {
        for cut in 0..=seed.len() {
            for insert in [&b""[..], b"[", b"]", b"(", b": ", b"\xff", b"\n"] {
                let bytes = [&seed.as_bytes()[..cut], insert, &seed.as_bytes()[(cut + insert.len()).min(seed.len())..]].concat();
                for bytes in [&bytes[..], &bytes[..cut + insert.len()]] {
                    let _ = ApacheError.begins(bytes);
                    let _ = ApacheError.parse(bytes, &mut clock);
                }
            }
        }
    }
}
