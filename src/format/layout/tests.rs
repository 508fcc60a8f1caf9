use super::*;
use crate::time::{Timestamp, Zone};

fn clock() -> Clock {
    Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000))
}

/// The entry of a line, and that its fields are those of its format.
fn entry<'a>(layout: &Layout, line: &'a str) -> Option<Entry<'a>> {
    let entry = layout.entry(line.as_bytes(), &mut clock());
    assert_eq!(entry.is_some(), layout.begins(line.as_bytes()), "{line}");
    if let Some(entry) = &entry {
        assert!(entry.fields.iter().all(|(name, _)| layout.format().format().fields().contains(name)), "{entry:?}");
    }
    entry
}

fn fields<const N: usize>(layout: &str, line: &str, names: [&str; N]) -> [String; N] {
    let layout = Layout::parse(layout).unwrap();
    let entry = entry(&layout, line).unwrap_or_else(|| panic!("{line}"));
    names.map(|name| match name {
        "client" => String::from_utf8_lossy(&entry.client).into_owned(),
        "time" => entry.time.map(Timestamp::to_rfc3339).unwrap_or_default(),
        name => String::from_utf8_lossy(entry.field(name)).into_owned(),
    })
}

const NGINX: &str = r#"log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                     '$status $upstream_addr $upstream_status "$http_user_agent" $request_time';"#;

#[test]
fn nginx_is_read_as_it_stands_in_its_file() {
    let names = ["client", "time", "path", "status", "upstream", "upstream_status", "request_time"];
    let line = r#"203.0.113.7 - john doe [22/Nov/2026:15:48:06 +0100] "GET /a?b HTTP/1.1" 504 10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80 502, 502 : 504 "x\x22 504 y" 1.001"#;
    let expected = ["203.0.113.7", "2026-11-22T14:48:06Z", "/a", "504", "10.0.0.3:80", "504", "1.001"];
    assert_eq!(fields(NGINX, line, names), expected);
    let bare = r#"$remote_addr - $remote_user [$time_local] "$request" $status $upstream_addr $upstream_status "$http_user_agent" $request_time"#;
    assert_eq!(fields(bare, line, names), expected);
    assert_eq!(fields(&format!("'{bare}'"), line, names), expected);
}

#[test]
fn nginx_json_is_a_layout_like_any_other() {
    let layout = r#"log_format j escape=json '{"t":"${time_iso8601}","c":"$remote_addr","r":"$request","code":$status,"up":"$upstream_addr","us":"$upstream_status","h":"$http_host"}';"#;
    let line =
        r#"{"t":"2026-11-22T15:48:06+00:00","c":"203.0.113.7","r":"GET /a\",\"code\":200 HTTP/1.1","code":502,"up":"10.0.0.1:80","us":"502","h":"shop.test"}"#;
    let names = ["client", "time", "path", "status", "upstream", "upstream_status", "host"];
    assert_eq!(fields(layout, line, names), ["203.0.113.7", "2026-11-22T15:48:06Z", "/a\",\"code\":200", "502", "10.0.0.1:80", "502", "shop.test"]);
}

#[test]
fn apache_is_read_as_it_stands_in_its_file() {
    let names = ["client", "time", "host", "path", "status", "proxy_status", "upstream"];
    let line = r#"shop.test 203.0.113.7 [22/Nov/2026:15:50:12 +0000] 2003064 503 "GET /a\"b HTTP/1.1" 503 "http://10.0.0.1:8080""#;
    let expected = ["203.0.113.7", "2026-11-22T15:50:12Z", "shop.test", "/a\"b", "503", "503", "10.0.0.1:8080"];
    for layout in [
        r#"LogFormat "%v %h %t %D %>s \"%r\" %{proxy-status}n \"%{BALANCER_WORKER_NAME}e\"" proxied"#,
        r#""%v %h %t %D %>s \"%r\" %{proxy-status}n \"%{BALANCER_WORKER_NAME}e\"""#,
        r#"%v %h %t %D %>s \"%r\" %{proxy-status}n \"%{BALANCER_WORKER_NAME}e\""#,
        r#"%v %h %t %D %>s "%r" %{proxy-status}n "%{BALANCER_WORKER_NAME}e""#,
    ] {
        assert_eq!(fields(layout, line, names), expected, "{layout}");
    }
    let layout = Layout::parse(r#"%h %{%Y-%m-%dT%H:%M:%S%z}t "%r" %s %T"#).unwrap();
    let entry = entry(&layout, r#"203.0.113.7 2026-11-22T15:50:12+0000 "GET / HTTP/1.1" 502 2"#).unwrap();
    assert_eq!((entry.duration, entry.time.is_some()), (Some(2_000_000), true));
}

#[test]
fn what_vanishes_from_apaches_error_log_may_be_missing() {
    let layout = r#"ErrorLogFormat "[%{cu}t] [%-m:%-l] %P/%T %7F: %E: [client\ %a] %M% ,\ referer\ %{Referer}i""#;
    let names = ["client", "time", "module", "errno", "message", "level"];
    let whole = "[2026-11-22 15:15:32.999607] [proxy:error] 379/402 proxy_util.c(3000): (111)Connection refused: [client 127.0.0.1:37598] AH00957: http: attempt to connect to 127.0.0.1:1 (127.0.0.1:1) failed, referer http://r/x";
    let message = "AH00957: http: attempt to connect to 127.0.0.1:1 (127.0.0.1:1) failed";
    assert_eq!(fields(layout, whole, names), ["127.0.0.1", "2026-11-22T15:15:32.999607Z", "proxy", "111", message, "error"]);
    let short = format!("[2026-11-22 15:15:32.999607] [proxy:error] 379/402 (111)Connection refused: {message}");
    assert_eq!(fields(layout, &short, names), ["", "2026-11-22T15:15:32.999607Z", "proxy", "111", message, "error"]);
    assert_eq!(fields("ErrorLogFormat \"[%t] %M\"", "[Sun Nov 22 15:08:52.067604 2026] AH00957: x", names)[4], "AH00957: x");
}

#[test]
fn haproxy_is_read_as_it_stands_in_its_file() {
    let names = ["client", "time", "state", "upstream", "status", "retries", "path", "connect_time"];
    let expected = ["203.0.113.24", "2025-03-04T10:15:31.206Z", "SC", "be/s1", "503", "2", "/x", "-1"];
    let default = r#"log-format "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r""#;
    for line in [
        r#"203.0.113.24:51034 [04/Mar/2025:10:15:31.204] fe~ be/s1 0/0/-1/-1/2 503 217 - - SC-- 12/8/0/0/+2 0/0 "GET /x HTTP/1.1""#,
        r#"203.0.113.24:51034 [04/Mar/2025:10:15:31.204] fe~ be/s1 0/0/-1/-1/2 503 217 - - SC-- 12/8/0/0/+2 0/0 {a b|c} {} "GET /x HTTP/1.1""#,
        r#"203.0.113.24:51034 [04/Mar/2025:10:15:31.204] fe~ be/s1 0/0/-1/-1/2 503 217 S=a sH-- 9/9/9/9/9 0/0 - SC-- 12/8/0/0/+2 0/0 "GET /x HTTP/1.1""#,
    ] {
        assert_eq!(fields(default, line, names), expected, "{line}");
    }
    let own = r"log-format %ci\ [%T]\ %ST\ %tsc\ rc=%rc\ %b/%s\ tc=%Tc\ %HM\ %HP\ %[ssl_bc_err_str]\ %[capture.req.hdr(0),lower]";
    let line = "203.0.113.24 [04/Mar/2025:10:15:31 +0000] 503 SC-- rc=2 be/s1 tc=-1 GET /x error:0A00010B:SSL routines::wrong version number shop.test";
    let [.., error] = fields(own, line, ["state", "upstream", "path", "retries", "error"]);
    assert!(error.contains("SSL"), "{error}");
    let quoted = "%{+Q}o %{-Q}ci %tr %b %s %ST %tsc %r";
    let line = r#"203.0.113.24 "04/Mar/2025:10:15:31.204" "be" "s1" "503" "SC--" "GET /x HTTP/1.1""#;
    assert_eq!(fields(quoted, line, ["client", "state", "upstream", "path"]), ["203.0.113.24", "SC", "be/s1", "/x"]);
    let tcp = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq";
    assert_eq!(fields(tcp, "::1:57778 [26/Nov/2026:10:06:20.711] f4 b4/s1 1/-1/1000 0 SC 1/1/0/0/1 0/0", ["client", "mode", "state"]), ["::1", "tcp", "SC"]);
}

#[test]
fn the_language_is_told_by_the_tokens() {
    for (text, format) in [
        ("$remote_addr $status", FormatId::NginxAccess),
        ("{\"a\":\"$msec\",\"s\":$status,\"p\":\"100%\"}", FormatId::NginxAccess),
        ("%h %l %u %t \\\"%r\\\" %>s %b %D", FormatId::ApacheAccess),
        ("%a %>s", FormatId::ApacheAccess),
        ("[%t] [%l] %M", FormatId::ApacheError),
        ("%ci %ST", FormatId::Haproxy),
        ("%[src] %[status] %{+Q}r", FormatId::Haproxy),
        ("CustomLog /var/log/x.log \"%h %s\"", FormatId::ApacheAccess),
    ] {
        assert_eq!(Layout::parse(text).map(|layout| layout.format()), Ok(format), "{text}");
    }
}

#[test]
fn what_is_no_layout_is_refused_with_its_reason() {
    let reason = |text: &str| Layout::parse(text).unwrap_err().to_string();
    for (text, part) in [
        ("", "holds no $name"),
        ("combined", "holds no $name"),
        ("$remote_addr $request", "neither a status ($status)"),
        ("%h %t", "neither a status (%>s)"),
        ("ErrorLogFormat \"%t %l\"", "neither a status (%M)"),
        ("%ci %cp", "neither a status (%ST, %tsc)"),
        ("log_format x '$status", "' that is not closed"),
        ("LogFormat \"%h %>s", "\" that is not closed"),
        ("%{Referer %>s", "{ that is not closed"),
        ("${status", "{ that is not closed"),
        ("%[src %ST", "[ that is not closed"),
    ] {
        assert!(reason(text).contains(part), "{text}: {}", reason(text));
    }
}

#[test]
fn shorter_and_longer_lines_are_read_as_far_as_they_go() {
    let layout = Layout::parse(NGINX).unwrap();
    let line = r#"203.0.113.7 - - [22/Nov/2026:15:48:06 +0000] "GET /a HTTP/1.1" 504 10.0.0.1:80 504 "curl" 1.001"#;
    for (line, upstream) in [
        (format!("{line} further fields"), "10.0.0.1:80"),
        (line[..line.len() - 10].to_owned(), "10.0.0.1:80"),
        (r#"203.0.113.7 - - [22/Nov/2026:15:48:06 +0000] "GET /a HTTP/1.1" 504"#.to_owned(), ""),
    ] {
        let entry = entry(&layout, &line).unwrap_or_else(|| panic!("{line}"));
        assert_eq!((entry.status, &*entry.upstream, &*entry.path), (Some(504), upstream.as_bytes(), &b"/a"[..]), "{line}");
        assert!(entry.is_partial);
    }
    for line in ["", "2026/11/22 15:04:50 [error] 27981#0: *3 x", r#"203.0.113.7 - - [22/Nov/2026:15:48:06 +0000] "GET /a HTTP/1.1""#] {
        assert!(entry(&layout, line).is_none(), "{line}");
    }
}

#[test]
fn no_layout_and_no_line_make_it_panic_or_run_for_long() {
    let layouts = [
        NGINX,
        r#"'{"t":"$msec","s":$status,"r":"$request"}'"#,
        r#"LogFormat "%v %h %t %D %>s \"%r\" %{proxy-status}n \"%{X}e\"" x"#,
        r#"ErrorLogFormat "[%{cu}t] [%-m:%-l] %P/%T %7F: %E: [client\ %a] %M% ,\ referer\ %{Referer}i""#,
        r#"log-format "%ci:%cp [%tr] %ft %b/%s %{+Q}[capture.req.hdr(0)] %ST %CC %tsc %hr %hs %{+Q}r""#,
        "%%%{%[$${}\\",
    ];
    let lines = [
        r#"203.0.113.7 - - [22/Nov/2026:15:48:06 +0000] "GET /a\" HTTP/1.1" 504 10.0.0.1:80, 1 : 2 504 "curl" 1.001"#,
        "[2026-11-22 15:15:32.999607] [proxy:error] 379/402 x.c(1): (111)Connection refused: [client 127.0.0.1:1] AH00957: x, referer y",
        r#"203.0.113.24:51034 [04/Mar/2025:10:15:31.204] fe~ be/s1 "x" 503 - SC-- {a b|c} "GET /x HTTP/1.1""#,
        &" \"- ".repeat(400),
    ];
    for text in layouts {
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            for given in [&text[..end], &text[end..]] {
                let Ok(layout) = Layout::parse(given) else { continue };
                for line in lines {
                    for cut in (0..=line.len()).step_by(1 + line.len() / 12) {
                        layout.begins(&line.as_bytes()[..cut]);
                        layout.entry(&line.as_bytes()[cut..], &mut clock());
                    }
                }
            }
        }
    }
}
