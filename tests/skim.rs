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
            FormatId::ApacheAccess,
            r#"{"time":"2026-03-18T03:05:40+0000","client":"203.0.113.9","request":"GET /report HTTP/1.1","status":200,"dur_us":12044}"#,
            true,
        ),
    ];
    let catalogue = Catalogue::embedded();
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
    for (id, line, is_passed_over) in lines {
        let skimmed = id.format().skim(line.as_bytes(), &mut clock).unwrap();
        let entry = id.format().parse(line.as_bytes(), &mut clock).unwrap();
        assert_eq!((entry.time, entry.status), (Some(skimmed.time), Some(skimmed.status)), "{line}");
        let classifier = catalogue.classifier(id);
        assert_eq!(classifier.ignores(skimmed.status, skimmed.is_bare), is_passed_over, "{line}");
        assert_eq!(classifier.classify(&entry).is_none(), is_passed_over, "{line}");
    }
}
