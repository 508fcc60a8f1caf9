//! How whole error logs of a labelled lab are classified. Skipped unless `LOGSCAN502_LAB` names the lab's folder.

#![allow(clippy::print_stderr, reason = "it shows what it found")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use logscan502::format::{Envelope, FormatId};
use logscan502::pattern::{Catalogue, Scope, Verdict};
use logscan502::record::{Cause, Severity};
use logscan502::time::{Clock, Timestamp, Zone};

#[test]
fn labelled_error_logs_lead_to_their_cause() {
    let Some(lab) = std::env::var_os("LOGSCAN502_LAB").map(PathBuf::from) else {
        eprintln!("skipped: LOGSCAN502_LAB does not name a lab");
        return;
    };
    let mut folders: Vec<_> = std::fs::read_dir(lab.join("logs/nginx")).expect("the lab has nginx logs").map(|entry| entry.expect("readable").path()).collect();
    folders.sort();
    let catalogue = Catalogue::embedded();
    let mut wrong = Vec::new();
    for folder in &folders {
        let (Ok(log), Ok(label)) = (std::fs::read(folder.join("error.log")), std::fs::read_to_string(folder.join("label.json"))) else { continue };
        let label: serde_json::Value = serde_json::from_str(&label).expect("a label is JSON");
        let found = causes(&catalogue, &log);
        let leading = found.0.iter().max_by_key(|(_, n)| **n).map_or("none", |(cause, _)| cause.id());
        let cause = label["cause"].as_str().unwrap_or_default();
        let accepted = label["accept"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str).any(|other| other == leading);
        let is_right = leading == cause || accepted || (cause == "client-abort" && found.0.is_empty()) || label["silent"] == true && leading == "none";
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mark = if leading == cause || (leading == "none" && found.0.is_empty()) {
            " "
        } else if is_right {
            "~"
        } else {
            "X"
        };
        eprintln!("{mark} {name}: want {cause} {:?}, got {leading} {:?}, unknown {:?}", label["accept"], found.0, found.1);
        if !is_right {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Evidence by cause (without the client's), and the messages of error entries that no pattern knows.
fn causes(catalogue: &Catalogue, log: &[u8]) -> (BTreeMap<Cause, usize>, Vec<String>) {
    let classifier = catalogue.classifier(FormatId::NginxError);
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800));
    let (mut causes, mut unknown) = (BTreeMap::new(), Vec::new());
    for record in records(log) {
        let Some(entry) = FormatId::NginxError.format().parse(&record, &mut clock) else {
            unknown.push(String::from_utf8_lossy(&record).into_owned());
            continue;
        };
        match classifier.classify(&entry).map(|index| catalogue.pattern(index)) {
            Some(pattern) if pattern.text.verdict == Verdict::Evidence && pattern.text.scope != Scope::Check => {
                if let Some(cause) = pattern.cause.filter(|cause| *cause != Cause::ClientAbort) {
                    *causes.entry(cause).or_default() += 1;
                }
            }
            None if entry.severity >= Severity::Error => unknown.push(String::from_utf8_lossy(&entry.message).into_owned()),
            Some(_) | None => {}
        }
    }
    (causes, unknown)
}

fn records(log: &[u8]) -> Vec<Vec<u8>> {
    let format = FormatId::NginxError.format();
    let mut records: Vec<Vec<u8>> = Vec::new();
    for line in log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let bare = if format.begins(line) { None } else { Envelope::Syslog.unwrap(line) };
        let line = bare.map_or_else(|| line.to_vec(), |unwrapped| unwrapped.line.into_owned());
        match records.last_mut() {
            Some(last) if format.runs_on(last) || !format.begins(&line) => {
                last.push(b'\n');
                last.extend_from_slice(&line);
            }
            _ => records.push(line),
        }
    }
    records
}
