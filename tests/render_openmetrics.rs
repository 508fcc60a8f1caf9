//! Metrics, held against a strict grammar of our own, and against the parser of Prometheus' own client where there is one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use logscan502::render::{Look, Output, render};
use logscan502::report::Report;
use logscan502::time::Zone;
use support::reports::{nasty, small};

fn metrics(report: &Report) -> String {
    let look = Look { width: 80, has_color: false, is_ascii: false, zone: Zone::UTC };
    String::from_utf8(render(report, Output::OpenMetrics, &look)).unwrap()
}

/// `a_b2`, as both grammars want it.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// `key="value"`, with nothing but the three escapes there are.
fn label(text: &str) -> (&str, String) {
    let (key, value) = text.split_once("=\"").unwrap_or_else(|| panic!("no label in {text}"));
    let value = value.strip_suffix('"').unwrap_or_else(|| panic!("no end in {text}"));
    let (mut out, mut characters) = (String::new(), value.chars());
    while let Some(character) = characters.next() {
        match character {
            '"' | '\n' => panic!("a bare {character:?} in {text}"),
            '\\' => match characters.next() {
                Some('\\') => out.push('\\'),
                Some('"') => out.push('"'),
                Some('n') => out.push('\n'),
                other => panic!("the escape {other:?} in {text}"),
            },
            _ => out.push(character),
        }
    }
    (key, out)
}

/// The samples, by family and label.
fn strictly(text: &str) -> BTreeMap<(String, String), f64> {
    let body = text.strip_suffix("# EOF\n").expect("it ends with the end mark");
    assert!(!body.contains('\r') && !body.contains("\n\n"));
    let mut samples = BTreeMap::new();
    let (mut families, mut family, mut described) = (BTreeSet::new(), String::new(), Vec::new());
    for line in body.lines() {
        if let Some(description) = line.strip_prefix("# ") {
            let mut words = description.splitn(3, ' ');
            let (kind, name, rest) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
            match kind {
                "HELP" => {
                    assert!(is_name(name) && families.insert(name.to_owned()), "{name} comes twice");
                    name.clone_into(&mut family);
                    described.clear();
                }
                "TYPE" => assert_eq!(rest, "gauge"),
                "UNIT" => assert!(name.ends_with(&format!("_{rest}"))),
                _ => panic!("{line}"),
            }
            assert_eq!(name, family, "a family must stand together");
            assert!(!described.contains(&kind.to_owned()));
            described.push(kind.to_owned());
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value in {line}"));
        let (name, labels) = name.split_once('{').map_or((name, ""), |(name, labels)| (name, labels.strip_suffix('}').unwrap()));
        assert_eq!(name, family);
        assert!(described.len() >= 2, "{line}");
        let label = if labels.is_empty() { String::new() } else { label(labels).1 };
        let number = value.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(samples.insert((name.to_owned(), label), number).is_none(), "{line} comes twice");
    }
    samples
}

#[test]
fn the_metrics_are_well_formed_and_say_what_the_report_says() {
    for report in [Report::default(), small(), nasty()] {
        strictly(&metrics(&report));
    }
    let samples = strictly(&metrics(&small()));
    let value = |name: &str, label: &str| samples.get(&(format!("logscan502_{name}"), label.to_owned())).copied();
    assert_eq!(value("failed_requests", ""), Some(1_234.0));
    assert_eq!(value("requests", "upstream-down"), Some(1_064.0));
    assert_eq!(value("requests", "dns-failure"), Some(0.0), "an alert cannot watch what is absent");
    assert_eq!(value("gateway_responses", "502"), Some(1_000.0));
    assert_eq!(value("gateway_responses", "503"), Some(0.0));
    assert_eq!(value("upstream_requests", "10.0.0.11:8080"), Some(1_064.0));
    assert_eq!(value("last_entry_timestamp_seconds", ""), Some(1_773_804_720.0));
    assert_eq!(value("unrecognised_entries", ""), Some(3.0));
    assert_eq!(value("sign_in_requests", ""), Some(35.0));
    let lines: f64 = samples.iter().filter(|((name, _), _)| name == "logscan502_lines").map(|(_, lines)| lines).sum();
    assert_eq!(lines.to_string(), "57996".parse::<f64>().map(|ordinary| ordinary + 1_314.0 + 7.0 + 3.0).unwrap().to_string());
}

const READ: &str = "
import sys
text = sys.stdin.read()
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as older
for parse in (openmetrics, older):
    families = list(parse(text))
    assert families and all(family.type == 'gauge' for family in families), families
print(sum(len(family.samples) for family in families))
";

#[test]
fn the_parsers_of_prometheus_read_them() {
    let has_client = Command::new("python3").args(["-c", "import prometheus_client.openmetrics.parser"]).stderr(Stdio::null()).status();
    if !has_client.is_ok_and(|status| status.success()) {
        let _ = writeln!(std::io::stderr(), "skipped: python3 with prometheus_client is not here");
        return;
    }
    for report in [Report::default(), small(), nasty()] {
        let text = metrics(&report);
        let mut child = Command::new("python3").args(["-c", READ]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), strictly(&text).len().to_string());
    }
}
