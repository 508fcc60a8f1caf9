//! Lines are those of real servers, shortened, or put together by the grammar in the modules' docs.

use super::*;
use crate::time::{Timestamp, Zone};

fn parse(record: &[u8]) -> Option<Entry<'_>> {
    NginxError.parse(record, &mut Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800)))
}

/// Message, errno, action.
fn text(record: &str) -> [String; 3] {
    let entry = parse(record.as_bytes()).expect("a line of nginx");
    [&*entry.message, entry.errno, entry.action].map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// Client, host, path, upstream.
fn fields(record: &str) -> [String; 4] {
    let entry = parse(record.as_bytes()).expect("a line of nginx");
    [entry.client, entry.host, entry.path, entry.upstream].map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn line(rest: &str) -> String {
    format!("2026/11/22 15:04:50 [error] 27981#0: *3 {rest}")
}

const REFUSED: &str = "connect() failed (111: Connection refused) while connecting to upstream";
const TAIL: &str = r#", client: 127.0.0.1, server: a.test, request: "GET /r/x?y=1 HTTP/1.1", upstream: "http://127.0.0.1:9001/r/x?y=1", host: "b.test:8080""#;

/// What is looked at in part is what the whole line says, or nothing is.
#[test]
fn a_glance_sees_what_reading_gives() {
    let tail = r#", client: 203.0.113.7, server: a, request: "GET /x HTTP/1.1", upstream: "http://10.0.0.1:80/x", host: "a""#;
    let owners = ["7#0: *3 ", "7#0: ", "7#0: * ", "#: *3 ", "7#7#7: *1 ", "1#0: *123456789012345678901234 ", "1#0: *12345678901234567890123 "];
    let long = format!("{}#0: *3 ", "1".repeat(32));
    let messages = [
        "connect() failed (111: Connection refused) while connecting to upstream",
        r#"open() "/srv/www/x" failed (2: No such file or directory)"#,
        r#"open() "/srv/www/x, client: 1.1.1.1" failed (2: No such file or directory)"#,
        r#"open() "/srv/w"ww/x" failed (2: No such file or directory)"#,
        r#"limiting requests, excess: 20.520 by zone "api""#,
        r#"FastCGI sent in stderr: "x" while reading response header from upstream"#,
        "",
    ];
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
    let mut glances = 0;
    for owner in owners.into_iter().chain([long.as_str()]) {
        for message in messages {
            for tail in [tail, r#", client: , server: a, request: "GET /x HTTP/1.1", host: "a""#] {
                let line = format!("2026/11/22 15:04:50 [error] {owner}{message}{tail}");
                let Some(glance) = NginxError.glance(line.as_bytes(), &mut clock) else { continue };
                let (told, whole) = (NginxError.told(&glance), NginxError.parse(line.as_bytes(), &mut clock).expect("a line"));
                let subject = NginxError.subject(&glance);
                assert!(!NginxError.runs_on(line.as_bytes()), "{line}");
                assert_eq!((&told.message, told.errno, told.action, &told.client), (&whole.message, whole.errno, whole.action, &whole.client), "{line}");
                assert_eq!((told.time, told.severity, &told.fields), (whole.time, whole.severity, &whole.fields), "{line}");
                assert_eq!((subject.link, subject.path, subject.upstream, subject.host), (whole.link, &*whole.path, &*whole.upstream, &*whole.host), "{line}");
                assert!(!whole.client.is_empty(), "{line}");
                glances += 1;
            }
        }
    }
    assert!(glances > 4, "{glances} lines were looked at in part");
}

proptest::proptest! {
    /// Neither errno nor action is taken from a quoted text, whatever it is.
    #[test]
    fn what_is_quoted_tells_nothing(parts in proptest::collection::vec(proptest::sample::select(vec![
        "/srv", " while ", " while accepting new connection", " while sending to client", "accepting new connection", "sending to client", "sending x to upstream", " (24: a)", "(2: ", ") ", " failed", "*", " (",
    ]), 0..6), behind in proptest::sample::select(vec![
        "\" failed (2: No such file or directory)", "\" failed (13: x) while reading upstream", "\" failed while reading upstream", "\" is not found", "\" failed)", "\" failed) while sending to client",
    ])) {
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
        let of = |quoted: &str| line(&format!("open() \"{quoted}{behind}{TAIL}"));
        let (plain, quoting) = (of("x"), of(&parts.concat()));
        if let Some(glance) = NginxError.glance(quoting.as_bytes(), &mut clock) {
            let (told, plain) = (NginxError.told(&glance), parse(plain.as_bytes()).expect("a line"));
            proptest::prop_assert_eq!((told.errno, told.action), (plain.errno, plain.action), "{}", quoting);
        }
    }
}

#[test]
fn a_plain_line_is_taken_apart() {
    let line = line(&format!("{REFUSED}{TAIL}, referrer: \"http://r/\""));
    let entry = parse(line.as_bytes()).expect("a line");
    assert_eq!(entry.time.map(Timestamp::to_rfc3339).as_deref(), Some("2026-11-22T15:04:50Z"));
    assert_eq!((entry.severity, &*entry.method), (Severity::Error, &b"GET"[..]));
    assert_eq!(text(&line), [REFUSED, "111", "connecting to upstream"]);
    assert_eq!(fields(&line), ["127.0.0.1", "b.test:8080", "/r/x", "127.0.0.1:9001"]);
    assert!(matches!(entry.link, Link::Request(_)));
    assert_eq!(entry.field("client_known"), b"yes");
}

#[test]
fn only_heads_begin_a_record() {
    for head in [
        "2026/11/22 15:04:50 [notice] 1#1: exit",
        "2026/11/22 15:04:50 [error] 14018#14018: *1 x",
        "nginx: [emerg] unknown directive \"a\" in /etc/nginx/nginx.conf:1",
    ] {
        assert!(NginxError.begins(head.as_bytes()), "{head}");
        assert!(parse(head.as_bytes()).is_some(), "{head}");
    }
    for other in [
        "",
        "Stack trace:",
        "nginx: configuration file /etc/nginx/nginx.conf test failed",
        "nginx: [info] x",
        "2026/11/22 15:04:50 error",
        "2026-11-22 15:04:50 [error] 1#1: x",
    ] {
        assert!(!NginxError.begins(other.as_bytes()), "{other}");
    }
    assert!(parse(b"2026/11/22 15:04:50 [error] no process").is_none());
    assert!(parse(b"2026/11/22 15:04:50 [nonsense] 1#1: x").is_none());
}

#[test]
fn the_form_on_stderr_has_no_time() {
    let entry = parse(b"nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)").expect("a line");
    assert_eq!((entry.time, entry.severity, entry.errno), (None, Severity::Emerg, &b"98"[..]));
}

#[test]
fn an_errno_is_told_from_other_brackets() {
    assert_eq!(text(&line("upstream SSL certificate verify error: (18:self-signed certificate) while SSL handshaking to upstream"))[1], "");
    assert_eq!(text(&line("connect() failed (10061: FormatMessage() error:(15105)) while connecting to upstream"))[1], "10061");
    assert_eq!(text(&line("SSL_write() failed (SSL:) (32: Broken pipe) while sending request to upstream"))[1], "32");
    assert_eq!(
        text(&line(
            "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too (104: Connection reset by peer) while reading upstream"
        ))[1..],
        ["104", "reading upstream"]
    );
    assert_eq!(text(&line("rewrite or internal redirection cycle while processing \"/a\""))[2], "");
}

#[test]
fn upstreams_of_all_kinds_are_read() {
    for (request, upstream, expected) in [
        ("GET /a HTTP/1.1", "http://[::1]:9001/a", "[::1]:9001"),
        ("GET /a HTTP/1.1", "http://backend/a", "backend"),
        ("GET /a HTTP/2.0", "grpc://10.0.0.1:50051", "10.0.0.1:50051"),
        ("GET /a HTTP/1.1", "http://unix:/run/a.sock:/a", "unix:/run/a.sock"),
        ("GET /a?b=:/c HTTP/1.1", "http://unix:/run/a.sock:/a?b=:/c", "unix:/run/a.sock"),
        ("GET /a HTTP/1.1", "http://unix:/run/a.sock/a", "unix:/run/a.sock"),
        ("GET /a HTTP/1.1", "fastcgi://unix:/run/php.sock:", "unix:/run/php.sock"),
        ("GET /a HTTP/1.1", "fastcgi://unix:/run/php.sock", "unix:/run/php.sock"),
        ("GET /a HTTP/1.1", "http://127.0.0.1:80/app/a", "127.0.0.1:80"),
    ] {
        let line = line(&format!("{REFUSED}, client: ::1, server: , request: \"{request}\", upstream: \"{upstream}\", host: \"h\""));
        assert_eq!(fields(&line)[3], expected, "{upstream}");
        assert_eq!(fields(&line)[..2], ["::1", "h"]);
    }
}

#[test]
fn tails_of_other_proxies_are_read() {
    let stream = line(&format!(
        "{REFUSED}, client: 127.0.0.1, server: 0.0.0.0:7001, upstream: \"127.0.0.1:9149\", bytes from/to client:0/0, bytes from/to upstream:0/0"
    ));
    assert_eq!(fields(&stream), ["127.0.0.1", "0.0.0.0:7001", "", "127.0.0.1:9149"]);
    let udp = line(
        "recv() failed (111: Connection refused) while proxying and reading from upstream, udp client: 127.0.0.1, server: 127.0.0.1:7008, upstream: \"127.0.0.1:9071\", bytes from/to client:1/0, bytes from/to upstream:0/1",
    );
    assert_eq!(fields(&udp), ["127.0.0.1", "127.0.0.1:7008", "", "127.0.0.1:9071"]);
    let mail = line(
        "upstream timed out (110: Connection timed out) while sending AUTH PLAIN to upstream, client: 203.0.113.7 using starttls, server: 0.0.0.0:587, login: \"an\"n\", upstream: 10.0.0.9:25",
    );
    assert_eq!(fields(&mail), ["203.0.113.7", "0.0.0.0:587", "", "10.0.0.9:25"]);
    assert_eq!(text(&mail)[1..], ["110", "sending AUTH PLAIN to upstream"]);
    for complete in [stream, udp, mail] {
        assert!(!NginxError.runs_on(complete.as_bytes()), "{complete}");
    }
}

#[test]
fn a_server_name_may_be_empty_or_hold_commas() {
    let line = line(&format!("{REFUSED}, client: 1.2.3.4, server: ~^a{{1,3}}\\.test$, request: \"GET /a HTTP/1.0\", upstream: \"http://1.1.1.1:80/a\""));
    assert_eq!(fields(&line), ["1.2.3.4", "~^a{1,3}\\.test$", "/a", "1.1.1.1:80"]);
}

#[test]
fn lines_without_a_client_keep_their_own_tail() {
    let resolver = "2026/11/22 15:04:50 [error] 7#7: recv() failed (111: Connection refused) while resolving, resolver: 127.0.0.1:53";
    assert_eq!(text(resolver)[1..], ["111", "resolving"]);
    assert_eq!(fields(resolver)[3], "127.0.0.1:53");
    let accept = "2026/11/22 15:04:50 [crit] 7#7: accept4() failed (24: Too many open files) while accepting new connection on 0.0.0.0:443";
    assert_eq!(text(accept)[1..], ["24", "accepting new connection"]);
    let ocsp = "2026/11/22 15:04:50 [error] 7#7: OCSP responder timed out (110: Connection timed out) while requesting certificate status, responder: o.test, peer: 1.1.1.1:80, certificate: \"/etc/ssl/a.pem\"";
    assert_eq!(text(ocsp)[1..], ["110", "requesting certificate status"]);
    let check = line(
        "upstream timed out (110: Connection timed out) while reading response header from upstream, health check \"\" of peer 192.168.32.4:80 in upstream \"x\"",
    );
    let entry = parse(check.as_bytes()).expect("a line");
    assert_eq!((entry.errno, &*entry.upstream, entry.field("health_check"), entry.link), (&b"110"[..], &b"192.168.32.4:80"[..], &b"yes"[..], Link::None));
    for complete in [resolver, accept, ocsp, &check] {
        assert!(!NginxError.runs_on(complete.as_bytes()), "{complete}");
        assert_eq!(parse(complete.as_bytes()).expect("a line").field("client_known"), b"");
    }
}

#[test]
fn connections_of_lua_code_are_told_apart() {
    let socket = line(&format!(
        "connect() failed (111: Connection refused), upstream: redis:6379(10.0.0.5) while sending to client{}",
        TAIL.replace(", upstream: \"http://127.0.0.1:9001/r/x?y=1\"", "")
    ));
    let entry = parse(socket.as_bytes()).expect("a line");
    assert_eq!(
        (entry.errno, entry.action, &*entry.upstream, entry.field("cosocket")),
        (&b"111"[..], &b"sending to client"[..], &b"redis:6379"[..], &b"yes"[..])
    );
    let timer = line("[lua] a.lua:1: f(): connect() failed (111: Connection refused), context: ngx.timer, client: 127.0.0.1, server: 0.0.0.0:80");
    let entry = parse(timer.as_bytes()).expect("a line");
    assert_eq!((entry.field("context"), entry.link), (&b"ngx.timer"[..], Link::None));
    let log = line(&format!("[lua] a.lua:1: f(): he said \"hi, upstream: \"http://fake/\"{TAIL}"));
    assert_eq!(fields(&log)[3], "127.0.0.1:9001");
    assert!(!NginxError.runs_on(log.as_bytes()));
}

#[test]
fn what_a_client_writes_changes_no_other_field() {
    for (request, referrer) in [
        ("GET /a HTTP/1.1", "http://r/\", upstream: \"http://fake:1/\", host: \"evil\""),
        ("GET /a HTTP/1.1", ", client: 6.6.6.6, server: evil, request: \"GET /e HTTP/1.1\", upstream: \"http://evil/\""),
        ("GET /a\",upstream:\"http://evil:6/\" HTTP/1.1", "x"),
        ("GET /x,%20client:%206.6.6.6,%20server:%20evil,%20request:%20 HTTP/1.1", "x"),
    ] {
        let uri = request.split(' ').nth(1).expect("a URI");
        let line = line(&format!(
            "{REFUSED}, client: 1.2.3.4, server: s, request: \"{request}\", upstream: \"http://10.0.0.1:80{uri}\", host: \"h\", referrer: \"{referrer}\""
        ));
        assert_eq!(fields(&line), ["1.2.3.4", "h", uri, "10.0.0.1:80"], "{line}");
        assert_eq!(text(&line)[0], REFUSED);
    }
    let http09 = line(&format!(
        "{REFUSED}, client: 1.2.3.4, server: s, request: \"GET /a\", upstream: \"http://evil/\", upstream: \"http://10.0.0.1:80/a\", upstream: \"http://evil/\""
    ));
    assert_eq!(fields(&http09)[3], "10.0.0.1:80");
}

#[test]
fn forged_tails_in_a_message_are_passed_over() {
    for message in [
        r#"open() "/srv/x, client: 6.6.6.6, server: evil, request: " failed (2: No such file or directory)"#,
        r#"open() "/srv/a", upstream: "http:/evil.test/", host: "evil.test"" failed (2: No such file or directory)"#,
        r#"open() "/srv/a"b" failed (2: No such file or directory)"#,
        r#"FastCGI sent in stderr: "PHP message: connect() failed (111: Connection refused) while connecting to upstream, client: 1.2.3.4, upstream: "http://evil/"; two
lines" while reading response header from upstream"#,
        r#"directory index of "/srv/a"b/" is forbidden"#,
        r#"user "a"b": password mismatch"#,
        r#"ModSecurity: Access denied with code 403 (phase 2). [uri "/a"b"] [ref "o0,1"]"#,
        r#"upstream sent invalid header: "X",\x20..." while reading response header from upstream"#,
    ] {
        let line = line(&format!("{message}{TAIL}"));
        assert_eq!(text(&line)[0], message);
        assert_eq!(fields(&line), ["127.0.0.1", "b.test:8080", "/r/x", "127.0.0.1:9001"]);
        assert!(!NginxError.runs_on(line.as_bytes()), "{line}");
    }
}

#[test]
fn a_record_runs_on_until_its_quote_is_closed() {
    let first = line("FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Uncaught Error in /x.php:3");
    assert!(NginxError.runs_on(first.as_bytes()));
    let forged = format!("{first}\n{}", line(&format!("{REFUSED}{TAIL}")));
    assert!(NginxError.runs_on(forged.as_bytes()), "a forged head does not close it");
    assert!(NginxError.runs_on(line("FastCGI sent in stderr: \"PHP message: \"foo").as_bytes()), "an even number of quotes");
    let whole = format!("{first}\n#0 {{main}}\" while reading response header from upstream{TAIL}");
    assert!(!NginxError.runs_on(whole.as_bytes()));
    assert_eq!(fields(&whole)[3], "127.0.0.1:9001");
    let header = line("broken header: \"GET / HTTP/1.1");
    assert!(NginxError.runs_on(header.as_bytes()));
    assert!(!NginxError.runs_on(format!("{header}\nHost: a\n\" while reading PROXY protocol, client: 1.1.1.1, server: 0.0.0.0:80").as_bytes()));
    let subrequest = line(&format!("{REFUSED}, client: 1.1.1.1, server: s, request: \"GET /a HTTP/1.1\", subrequest: \"/a"));
    assert!(NginxError.runs_on(subrequest.as_bytes()));
}

#[test]
fn a_line_that_was_cut_ends_there() {
    let mut cut = line(&format!("{REFUSED}, client: 1.2.3.4, server: s, request: \"GET /{}", "a".repeat(4_000)));
    cut.truncate(LONGEST);
    assert!(!NginxError.runs_on(cut.as_bytes()));
    let entry = parse(cut.as_bytes()).expect("a line");
    assert_eq!((entry.errno, &*entry.client, &*entry.method), (&b"111"[..], &b"1.2.3.4"[..], &b"GET"[..]));
    assert!(entry.path.starts_with(b"/aaa"));
}

#[test]
fn complete_lines_do_not_run_on() {
    for rest in [
        "exit",
        "using the \"epoll\" event method",
        "cache file \"/c/a\" version mismatch",
        "limiting requests, excess: 1.000 by zone \"lr\", client: 127.0.0.1, server: a, request: \"GET / HTTP/1.1\"",
        "client 127.0.0.1 closed keepalive connection",
        "x, client: 1.1.1.1, server: 0.0.0.0:80",
    ] {
        assert!(!NginxError.runs_on(line(rest).as_bytes()), "{rest}");
    }
    assert!(!NginxError.runs_on(b"nginx: [emerg] x \"y"));
}

#[test]
fn any_bytes_are_borne() {
    let whole = line(&format!("open() \"/a\" failed (2: x) while reading upstream{TAIL}, health check \", context: x, login: \""));
    for cut in 0..whole.len() {
        for noise in [&b""[..], b"\"", b"\xff(", b" while ", b", client: ", b" ("] {
            let bytes = [&whole.as_bytes()[..cut], noise].concat();
            NginxError.begins(&bytes);
            NginxError.runs_on(&bytes);
            parse(&bytes);
        }
    }
}
