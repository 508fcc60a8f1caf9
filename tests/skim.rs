//! What is skimmed of an answer is what reading it whole gives, and an answer that is passed over matches no pattern.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use logscan502::format::FormatId;
use logscan502::pattern::Catalogue;
use logscan502::scan::is_gateway_status;
use logscan502::time::{Clock, Timestamp, Zone};
use support::here;

#[test]
fn skimming_and_reading_agree_on_every_sample() {
    let catalogue = Catalogue::embedded();
    for id in FormatId::ALL.into_iter().filter(|id| id.writes_answers()) {
        let (format, classifier) = (id.format(), catalogue.classifier(id));
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
        let mut skimmed_lines = 0;
        for file in std::fs::read_dir(here("sample-logs").join(id.id())).unwrap() {
            let log = std::fs::read(file.unwrap().path()).unwrap();
            for line in log.split(|byte| *byte == b'\n') {
                let text = String::from_utf8_lossy(line);
                // Gateway statuses are always read whole.
                let Some(skimmed) = format.skim(line, &mut clock).filter(|skimmed| !is_gateway_status(skimmed.status)) else { continue };
                assert!(format.begins(line), "{id}: {text}");
                let entry = format.parse(line, &mut clock).unwrap();
                assert_eq!((entry.time, entry.status), (Some(skimmed.time), Some(skimmed.status)), "{id}: {text}");
                skimmed_lines += 1;
                if classifier.ignores(skimmed.status, skimmed.is_bare) {
                    assert_eq!(classifier.classify(&entry), None, "{id}: {text}");
                }
            }
        }
        // Those whose lines are mostly of the usual form.
        let is_usual = ["nginx-access", "apache-access", "caddy-access", "traefik-access", "envoy"].contains(&id.id());
        assert!(!is_usual || skimmed_lines > 20, "{id}: {skimmed_lines} lines were skimmed");
    }
}

/// Kinds of lines that the samples do not have, or not first in their log.
#[test]
fn skimming_and_reading_agree_on_json_of_every_server() {
    let lines = [
        (
            FormatId::NginxAccess,
            r#"{"time_iso8601":"2026-03-18T03:05:40+00:00","remote_addr":"203.0.113.9","request_method":"GET","request_uri":"/a","status":200,"upstream_status":"200"}"#,
            true,
        ),
        (
            FormatId::NginxAccess,
            r#"{"time_iso8601":"2026-03-18T03:05:40+00:00","remote_addr":"203.0.113.9","request":"GET /a HTTP/1.1","status":200,"upstream_status":"502, 200"}"#,
            false,
        ),
        (
            FormatId::NginxAccess,
            r#"{"@timestamp":"2026-03-18T03:05:40+00:00","request":"GET /\",\"upstream_status\":\"502, 200 HTTP/1.1","status":"200"}"#,
            true,
        ),
        (
            FormatId::NginxAccess,
            r#"{"@timestamp":"2026-03-18T03:05:40+00:00","request":"GET / HTTP/1.1","status":"200","upstream_status":["502","200"]}"#,
            false,
        ),
        (
            FormatId::NginxAccess,
            r#"{"remote_addr":"203.0.113.9","msec":1773803140.250,"time_local":"18/Mar/2026:03:05:40 +0000","request":"GET / HTTP/1.1","status":"200","us":"200"}"#,
            true,
        ),
        (
            FormatId::ApacheAccess,
            r#"{"time":"2026-03-18T03:05:40+0000","client":"203.0.113.9","request":"GET /report HTTP/1.1","status":200,"dur_us":12044}"#,
            true,
        ),
    ];
    agree(lines);
}

/// Values behind the agent, by name and by shape.
#[test]
fn skimming_and_reading_agree_on_what_stands_behind_the_agent() {
    let line = |tail: &str| format!(r#"203.0.113.7 - - [18/Mar/2026:03:05:40 +0000] "GET /a HTTP/1.1" 200 157 "-" "curl/8.5.0"{tail}"#);
    let fine = [
        r#" rt=0.004 uct="0.000" uht="0.004" urt="0.004" us="200" ua="10.0.0.1:80""#,
        r#" rt=0.004 uct="-" uht="-" urt="-" us="-" ua="-" cs=HIT"#,
        " 0.005 0.004 127.0.0.1:9001 200",
        r#" "203.0.113.9" 0.005 - - 0.004 [::1]:80 200 MISS"#,
        " 310 0.012 [shop-web-80] [] 10.1.0.5:8080 512 0.012 200 6f0a",
        r#" "203.0.113.9, 10.0.0.1""#,
        " ust=[200] ua=[127.0.0.1:9045] ct=[0.000] ht=[0.502] rt=[1.001] rqt=1.001",
    ];
    let failed = [
        r#" rt=1.001 uct="-, 0.000" uht="-, 0.1" urt="0.000, 1.001" us="502, 200" ua="127.0.0.1:9044, 127.0.0.1:9045""#,
        r#" "203.0.113.9" 0.005 - - 0.004 [::1]:80, 10.0.0.5:80 504, 200 MISS"#,
        " 310 0.012 [shop-web-80] [] 10.1.0.5:8080, 10.1.0.6:8080 0, 512 0.001, 0.002 502, 200 6f0a",
        r#" rt=0.004 uct="0.000" uht="-" urt="0.004" us="502" ua="10.0.0.1:80" cs=STALE"#,
        " ust=[500, 200] ua=[127.0.0.1:9044, 127.0.0.1:9045] ct=[0.000, 0.000] ht=[0.001, 0.502]",
    ];
    for (tails, is_passed_over) in [(&fine[..], true), (&failed[..], false)] {
        agree(tails.iter().map(|tail| (FormatId::NginxAccess, line(tail), is_passed_over)));
    }
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
    for tail in [" msec=1795362444.250", " rt=0.1 status=502"] {
        assert!(FormatId::NginxAccess.format().skim(line(tail).as_bytes(), &mut clock).is_none(), "{tail}");
    }
}

#[test]
fn skimming_and_reading_agree_on_what_varnish_hangs_behind() {
    let line = |tail: &str| format!(r#"203.0.113.7 - - [18/Mar/2026:03:05:40 +0000] "GET http://shop.test/a HTTP/1.1" 200 157 "-" "curl/8.5.0"{tail}"#);
    let of = |tail: &str, is_passed_over: bool| (FormatId::VarnishNcsa, line(tail), is_passed_over);
    agree([of("", true), of(" hit", true), of(" miss 0.012 \"203.0.113.9\"", true)]);
    agree([of(" pass fetch_error=\"backend default: fail errno 111 (Connection refused)\"", false)]);
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
    let other = line("").replace("http://shop.test", "");
    assert!(FormatId::VarnishNcsa.format().skim(other.as_bytes(), &mut clock).is_none());
}

/// What is skimmed ends with its line, whatever the next one begins with.
#[test]
fn a_line_that_is_none_takes_nothing_from_the_next_one() {
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
    let answer = "1.2.3.4 - bob [22/Nov/2026:15:47:23 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"\n";
    for format in [FormatId::NginxAccess, FormatId::ApacheAccess, FormatId::VarnishNcsa, FormatId::TraefikAccess] {
        let format = format.format();
        for before in ["INFO - started\n", "x\n", "1.2.3.4 - \n", "\n"] {
            assert!(format.skim_first(format!("{before}{answer}").as_bytes(), &mut clock).is_none(), "{before}");
        }
    }
    let (skimmed, end) = FormatId::NginxAccess.format().skim_first(answer.as_bytes(), &mut clock).unwrap();
    assert_eq!((skimmed.status, end), (200, answer.len() - 1));
}

fn agree<L: AsRef<str>>(lines: impl IntoIterator<Item = (FormatId, L, bool)>) {
    let catalogue = Catalogue::embedded();
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
    for (id, line, is_passed_over) in lines {
        let line = line.as_ref();
        let skimmed = id.format().skim(line.as_bytes(), &mut clock).unwrap();
        let entry = id.format().parse(line.as_bytes(), &mut clock).unwrap();
        assert_eq!((entry.time, entry.status), (Some(skimmed.time), Some(skimmed.status)), "{line}");
        let classifier = catalogue.classifier(id);
        assert_eq!(classifier.ignores(skimmed.status, skimmed.is_bare), is_passed_over, "{line}");
        assert_eq!(classifier.classify(&entry).is_none(), is_passed_over, "{line}");
    }
}
