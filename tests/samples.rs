//! Each sample log, `sample-logs/FORMAT/CASE.log`, gives what `tests/expected/FORMAT/CASE.toml` says. `UPDATE_SAMPLES=1 cargo test --test samples` writes what it gives
//! now, to be read before it is committed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use support::{here, options, report};

/// What a sample must give.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Expectation {
    format: String,
    lines: u64,
    requests: u64,
    failed: u64,
    client_aborts: u64,
    unrecognised: u64,
    unparsed: u64,
    /// Evidence by pattern.
    patterns: BTreeMap<String, u64>,
    /// Requests by cause.
    causes: BTreeMap<String, u64>,
    /// Templates of what no pattern knows.
    templates: Vec<String>,
}

fn expectation(path: &Path) -> Expectation {
    let report = report(&[path.to_owned()], options(), 1);
    Expectation {
        format: report.inputs[0].format.clone(),
        lines: report.totals.lines,
        requests: report.totals.requests,
        failed: report.totals.failed,
        client_aborts: report.totals.client_aborts,
        unrecognised: report.totals.unrecognised,
        unparsed: report.totals.unparsed,
        patterns: report.causes.iter().flat_map(|cause| cause.patterns.iter().map(|pattern| (pattern.id.clone(), pattern.evidence))).fold(
            BTreeMap::new(),
            |mut sums, (id, evidence)| {
                *sums.entry(id).or_default() += evidence;
                sums
            },
        ),
        causes: report.causes.iter().map(|cause| (cause.id.clone(), cause.requests)).collect(),
        templates: report.unrecognised.iter().map(|unknown| unknown.template.clone()).collect(),
    }
}

#[test]
fn each_sample_gives_what_is_expected_of_it() {
    let logs = logs(&here("sample-logs"));
    assert!(logs.len() >= 5, "the samples are there");
    let mut wrong = Vec::new();
    for log in logs {
        let given = expectation(&log);
        let folder = log.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
        assert_eq!(given.format, folder, "{}: a folder is named like its format", log.display());
        let path = here("tests/expected").join(&folder).join(log.with_extension("toml").file_name().unwrap());
        if std::env::var_os("UPDATE_SAMPLES").is_some() {
            fs::write(&path, toml::to_string(&given).unwrap()).unwrap();
        }
        let expected: Expectation =
            toml::from_str(&fs::read_to_string(&path).unwrap_or_default()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if given != expected {
            wrong.push(format!("{}:\n  gives   {given:?}\n  expects {expected:?}", log.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every format has samples, so a new one is not complete without.
#[test]
fn every_format_has_a_sample_and_something_said_about_it() {
    for format in logscan502::format::FormatId::ALL {
        assert!(!logs(&here("sample-logs").join(format.id())).is_empty(), "sample-logs/{format}/ holds no log");
        let about = format.format().about();
        assert!(!about.title.is_empty() && !about.recognised.is_empty());
        assert!(format.format().begins(about.example.as_bytes()), "{format}: its example is no line of it");
    }
}

fn logs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { logs(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    found.sort();
    found
}
