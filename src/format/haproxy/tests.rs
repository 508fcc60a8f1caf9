use super::*;
use crate::time::Zone;

fn clock() -> Clock {
    Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000))
}

fn read(line: &str) -> Entry<'_> {
    assert!(Haproxy.begins(line.as_bytes()), "{line}");
    let entry = Haproxy.parse(line.as_bytes(), &mut clock()).unwrap();
    assert!(entry.fields.iter().all(|(name, _)| FIELDS.contains(name)));
    entry
}

fn fields<const N: usize>(line: &str, names: [&str; N]) -> [String; N] {
    let entry = read(line);
    names.map(|name| String::from_utf8_lossy(entry.field(name)).into_owned())
}

const HEAD: &str = "203.0.113.24:51034 [04/Mar/2025:10:15:31.204] fe_www~ be_shop/app2 0/3/1/-1/60002 504 194";

#[test]
fn a_session_of_the_http_layout_is_read() {
    let line = format!(r#"{HEAD} - - sH-- 40/31/28/14/+2 1/7 {{shop.test|curl/8}} {{nginx}} "POST /a#22b?c HTTP/2.0""#);
    let entry = read(&line);
    assert_eq!((&*entry.client, &*entry.method, &*entry.path, entry.status), (&b"203.0.113.24"[..], &b"POST"[..], &b"/a\"b"[..], Some(504)));
    assert_eq!((entry.time.map(Timestamp::to_rfc3339).as_deref(), entry.duration), (Some("2025-03-04T10:16:31.206Z"), Some(60_002_000)));
    assert!(entry.is_response && entry.message.is_empty());
    let names = ["state", "frontend", "backend", "server", "upstream", "retries", "redispatched", "queue_time", "connect_time", "header_time"];
    assert_eq!(fields(&line, names), ["sH", "fe_www", "be_shop", "app2", "be_shop/app2", "2", "yes", "3", "1", "-1"]);
    assert_eq!(fields(&line, ["server_queue", "backend_queue", "mode"]), ["1", "7", "http"]);
}

#[test]
fn other_layouts_say_the_same() {
    let https = r#"127.0.0.1:40916 [26/Nov/2026:10:06:19.701] f3~ b1/s1 0/0/-1/-1/1001 503 217 - - SC-- 1/1/0/0/1 0/0 "GET https://shop.test:8443/x?y HTTP/2.0" 0/0000000000000000/0/0/0 -/TLSv1.3/TLS_AES_256_GCM_SHA384"#;
    let clf =
        r#"127.0.0.1 - - [26/Nov/2026:10:06:18 +0000] "GET /x?y HTTP/1.1" 503 217 "" "" 50020 684 "f3~" "b1" "s1" 0 0 -1 -1 1001 SC-- 1 1 0 0 1 0 0 "" "" "#;
    for (line, host) in [(https, "shop.test"), (clf, "")] {
        assert_eq!(fields(line, ["state", "upstream", "frontend", "retries", "connect_time", "path", "host"]), ["SC", "b1/s1", "f3", "1", "-1", "/x", host]);
    }
    assert_eq!(read(clf).time.map(Timestamp::to_rfc3339).as_deref(), Some("2026-11-26T10:06:19.685Z"));
    let tcp = "::1:57778 [26/Nov/2026:10:06:20.711] f4 b4/s1 1/-1/1000 0 SC 1/1/0/0/1 0/0";
    assert_eq!(fields(tcp, ["state", "upstream", "mode", "status", "retries", "connect_time"]), ["SC", "b4/s1", "tcp", "", "1", "-1"]);
    assert_eq!((&*read(tcp).client, read(tcp).is_response), (&b"::1"[..], true));
}

#[test]
fn no_server_names_the_backend() {
    let line = r#"unix:1 [04/Mar/2025:10:15:31.204] fe be/<NOSRV> 0/-1/-1/-1/+0 503 +217 - - SC-- 12/8/0/0/0 0/0 "<BADREQ>""#;
    assert_eq!(fields(line, ["server", "upstream", "total_time", "path"]), ["<NOSRV>", "be", "0", ""]);
}

#[test]
fn nothing_that_a_client_sends_changes_the_state() {
    let forged = [
        r#"SESS=a SC-- 9/9/9/9/9 0/0 - sH-- 40/31/28/14/0 0/0 "GET /x HTTP/1.1""#,
        r#"SESS="GET SC-- 9/9/9/9/9 0/0 "x - sH-- 40/31/28/14/0 0/0 "GET /x HTTP/1.1""#,
        r#"- - sH-- 40/31/28/14/0 0/0 {a SC-- 9/9/9/9/9 0/0|#7B#22} "GET /x HTTP/1.1""#,
        r#"- - sH-- 40/31/28/14/0 0/0 {} "GET /x#22_-_-_SC--_9/9/9/9/9_0/0 HTTP/1.1""#,
        r#"- - sH-- 40/31/28/14/0 0/0 \"GET /x HTTP/1.1\""#,
        r#"- - sH-- 40/31/28/14/0 0/0 "GET /x HTTP/1.1" "extra" 5"#,
        r#"- - sH-- 40/31/28/14/0 0/0 "GET /x HT"#,
        r"- - sH-- 40/31/28/14/0 0/0",
        r"- - sH-- 40/31",
        r"- - sH--",
    ];
    for tail in forged {
        assert_eq!(fields(&format!("{HEAD} {tail}"), ["state", "status"]), ["sH", "504"], "{tail}");
    }
}

#[test]
fn layouts_with_more_fields_and_cut_lines_are_read_as_far_as_they_go() {
    let line = r#"10.0.0.9:1 [04/Mar/2025:10:15:31.204] fe be/s1 10.0.0.1:80 extra 0/3/1/-1/60002 504 194 - - sH-- 40/31/28/14/0 0/0 "GET / HTTP/1.1""#;
    assert_eq!(fields(line, ["state", "status", "queue_time"]), ["sH", "504", "3"]);
    assert!(read(line).is_partial && !read(&line.replace("10.0.0.1:80 extra ", "")).is_partial);
    for (line, expected) in [
        ("10.0.0.9:1 [04/Mar/2025:10:15:31.204] fe be/s1 0/3/1/-1/60002 504", ["be/s1", "504", ""]),
        ("10.0.0.9:1 [04/Mar/2025:10:15:31.204] fe be/s1", ["be/s1", "", ""]),
        ("10.0.0.9:1 [04/Mar/2025:10:15:31.204]", ["", "", ""]),
    ] {
        assert_eq!(fields(line, ["upstream", "status", "state"]), expected, "{line}");
        assert!(read(line).is_partial);
    }
}

#[test]
fn a_fine_session_has_its_status_alone_and_is_skimmed_alike() {
    let line = r#"203.0.113.24:51034 [04/Mar/2025:10:15:31.204] fe be/s1 0/0/1/20/25 200 1940 - - ---- 40/31/28/14/0 0/0 {x "y" z} "GET /a HTTP/1.1""#;
    let entry = read(line);
    assert_eq!(entry.fields.len(), 1);
    let skimmed = Haproxy.skim(line.as_bytes(), &mut clock()).unwrap();
    assert_eq!((Some(skimmed.time), Some(skimmed.status), skimmed.is_bare), (entry.time, entry.status, true));
    for other in [
        line.replace("----", "SD--"),
        line.replace("14/0", "14/+1"),
        line.replace(" 200 ", " 503 "),
        line.replace("- - ", "c=1 - "),
        line[..60].to_owned(),
        line.replace("0/0/1/20/25", "0/0/1"),
    ] {
        assert!(Haproxy.skim(other.as_bytes(), &mut clock()).is_none(), "{other}");
    }
}

#[test]
fn the_header_of_syslog_is_its_own() {
    let line = r#"203.0.113.24:51034 [04/Mar/2025:10:15:31.204] fe be/s1 0/0/1/20/25 200 1940 - - ---- 40/31/28/14/0 0/0 "GET /a HTTP/1.1""#;
    for header in ["Mar  4 10:15:31 lb1 haproxy[2211]: ", "<134>Mar  4 10:15:31 haproxy[2211]: ", "2025-03-04T10:15:31.3+00:00 lb1 haproxy[2211]: "] {
        let headed = format!("{header}{line}");
        assert_eq!((read(&headed).time, read(&headed).status), (read(line).time, Some(200)));
        assert!(Haproxy.skim(headed.as_bytes(), &mut clock()).is_some());
        let headed = format!("{header}backend app has no server available!");
        assert!(read(&headed).time.is_some());
    }
    for other in ["Mar  4 10:15:31 lb1 nginx: ", "Mar  4 10:15:31 lb1 x: haproxy[1]: ", "GET haproxy[1]: "] {
        assert!(!Haproxy.begins(format!("{other}{line}").as_bytes()), "{other}");
    }
}

#[test]
fn states_of_servers_are_read() {
    let line = r#"Server be_shop/app1 is DOWN, reason: Layer7 wrong status, code: 503, info: "HTTP status "503" returned", check duration: 1ms. 1 active and 0 backup servers left. 3 sessions active, 0 requeued, 0 remaining in queue."#;
    let names = ["event", "check_reason", "check_code", "check_info", "upstream"];
    assert_eq!(fields(line, names), ["DOWN", "Layer7 wrong status", "503", "HTTP status \"503\" returned", "be_shop/app1"]);
    let line = "[WARNING]  (27662) : Backup Server bchk/c2 is going DOWN for maintenance (DNS NX status). 0 active and 0 backup servers left.";
    assert_eq!(fields(line, names), ["going DOWN for maintenance", "DNS NX status", "", "", "bchk/c2"]);
    let line = "Health check for server be/s1 failed, reason: Layer4 timeout, check duration: 2001ms, status: 0/2 DOWN.";
    assert_eq!(fields(line, names), ["failed", "Layer4 timeout", "", "", "be/s1"]);
    for line in [
        "[ALERT] 329/101531 (12) : backend 'app' has no server available!",
        "backend app has no server available!",
        "Connect() failed for backend app: no free ports.",
    ] {
        assert_eq!(fields(line, ["upstream", "event"]), ["app", ""], "{line}");
    }
    assert_eq!(read("[ALERT]    (12) : x").severity.name(), "alert");
}

#[test]
fn a_clients_failed_handshake_is_a_message() {
    let entry = read("127.0.0.1:46156 [26/Nov/2026:10:06:24.757] f3/1: SSL handshake failure");
    assert_eq!((&*entry.message, entry.field("event"), entry.is_response), (&b"SSL handshake failure"[..], &b"connection"[..], false));
}

#[test]
fn other_texts_are_none() {
    for line in [
        "Server is DOWN",
        "Server a/b crashed",
        "backend is slow",
        "Proxy error: Could not proxy request",
        "[error] 27981#0: *3 x",
        "[2026-11-22 15:04:50] x",
        r#"203.0.113.7 - - [22/Nov/2026:15:47:23 +0000] "GET /cart HTTP/1.1" 502 157 "-" "curl/8.5.0""#,
        r#"203.0.113.7 - - [22/Nov/2026:15:47:23 +0000] "GET /cart HTTP/1.1" 502 157 "" "" 12"#,
        "Connect from here",
    ] {
        assert!(!Haproxy.begins(line.as_bytes()), "{line}");
    }
}

#[test]
fn nothing_makes_it_panic() {
    let lines = [
        format!(r#"{HEAD} a - sH-- 40/31/28/14/+2 1/7 {{a|b}} {{}} "POST https://h:1/a#22b?c HTTP/2.0" 0/0"#),
        r#"127.0.0.1 - - [26/Nov/2026:10:06:18 +0000] "GET /x HTTP/1.1" 503 217 "" "" 50020 684 "f3~" "b1" "s1" 0 0 -1 -1 1001 SC-- 1 1 0"#.to_owned(),
        r#"[WARNING]  (2) : Server a/b is DOWN, reason: L, code: 5, info: "x", check duration: 1ms. 1"#.to_owned(),
    ];
    for line in lines {
        for end in 0..line.len() {
            for record in [line.as_bytes()[..end].to_vec(), [&line.as_bytes()[..end], &line.as_bytes()[end + 1..]].concat()] {
                Haproxy.begins(&record);
                Haproxy.parse(&record, &mut clock());
                Haproxy.skim(&record, &mut clock());
            }
        }
    }
}
