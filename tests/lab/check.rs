//! What is true of a run, held against the report over its logs.

use std::collections::BTreeMap;
use std::path::Path;

use logscan502::report::{Reconciliation, Report};

use super::Scenario;
use super::client::Answer;
use super::run::Result;
use crate::support::{options, report};

/// A row of the accuracy table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) server: &'static str,
    pub(crate) scenario: String,
    pub(crate) expected: String,
    pub(crate) answer: String,
    pub(crate) passed: usize,
    /// Each with what was wanted and what was got.
    pub(crate) failed: Vec<String>,
}

impl Row {
    fn check<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, wanted: &T, got: &T) {
        if wanted == got {
            self.passed += 1;
        } else {
            self.failed.push(format!("{what}: wanted {wanted:?}, got {got:?}"));
        }
    }
}

impl Row {
    /// Names in the report: the upstream that is to be blamed, and no path but those that were asked for.
    fn blame(&mut self, report: &Report, result: &Result, scenario: &Scenario) {
        if !result.blames.is_empty() {
            let named = report.causes.first().and_then(|cause| cause.upstreams.first()).map(|upstream| upstream.name.clone());
            self.check("upstream", &Some(result.blames.clone()), &named);
        }
        self.check("paths", &Vec::new(), &strange_paths(report, scenario));
    }
}

/// What clients saw, and what the table says was done to them.
#[derive(Debug, Default)]
struct Truth {
    /// Requests by cause.
    causes: BTreeMap<String, u64>,
    /// Gateway answers by status.
    statuses: BTreeMap<String, u64>,
    answers: u64,
    /// That failed though nobody intended it, whether the client saw it or not.
    failed: u64,
    /// Whose client saw none, though an attempt failed.
    saved: u64,
    /// Requests of which the error log tells.
    told: u64,
    /// Those of them that it does not name, so that they cannot be paired.
    nameless: u64,
    /// Gateway answers of which it tells.
    explained: u64,
    aborts: u64,
}

impl Truth {
    fn of(result: &Result) -> Self {
        let scenario = result.scenario;
        let mut truth =
            Self { answers: (result.answers.len() + result.healthy.len()) as u64, saved: scenario.saved, aborts: scenario.aborts, ..Self::default() };
        for (cause, requests) in scenario.causes {
            truth.causes.insert(cause.id().to_owned(), *requests);
        }
        for status in result.answers.iter().filter_map(|answer| answer.status()).filter(|status| (502..=504).contains(status)) {
            *truth.statuses.entry(status.to_string()).or_default() += 1;
        }
        let seen = result.answers.iter().filter(|answer| answer.is_failure()).count() as u64;
        let is_meant = scenario.causes.iter().any(|(cause, _)| !cause.is_failure());
        // An application's own 500 is no gateway failure.
        truth.failed = if is_meant || scenario.causes.is_empty() { 0 } else { seen + scenario.unnoticed };
        if !scenario.is_silent && result.has_error_log {
            truth.told = truth.requests();
            truth.nameless = if scenario.is_nameless { truth.told } else { 0 };
            truth.explained = truth.statuses.values().sum();
        }
        truth
    }

    fn add(&mut self, other: Self) {
        for (sums, more) in [(&mut self.causes, other.causes), (&mut self.statuses, other.statuses)] {
            for (key, count) in more {
                *sums.entry(key).or_default() += count;
            }
        }
        self.answers += other.answers;
        self.failed += other.failed;
        self.saved += other.saved;
        self.told += other.told;
        self.nameless += other.nameless;
        self.explained += other.explained;
        self.aborts += other.aborts;
    }

    fn requests(&self) -> u64 {
        self.causes.values().sum()
    }

    fn reconciliation(&self) -> Reconciliation {
        let gateway_responses = self.statuses.values().sum();
        Reconciliation {
            gateway_responses,
            explained: self.explained,
            unexplained: gateway_responses - self.explained,
            recovered: self.saved,
            // Never below none, even where a server did otherwise than the table says.
            other: self.told.saturating_sub(self.explained + self.saved + self.nameless),
        }
    }

    /// The report over error log and access log.
    fn hold(&self, row: &mut Row, report: &Report) {
        let totals = &report.totals;
        row.check("requests by cause", &self.causes, &by_cause(report));
        row.check("statuses", &self.statuses, &report.statuses);
        row.check("requests", &self.requests(), &totals.requests);
        row.check("failed", &self.failed, &totals.failed);
        row.check("responses", &self.answers, &totals.responses);
        row.check("client aborts", &self.aborts, &totals.client_aborts);
        row.check("unrecognised, unparsed", &(0, 0), &(totals.unrecognised, totals.unparsed));
        row.check("lines by kind", &totals.lines, &totals.by_line.sum());
        if self.told > 0 {
            row.check("reconciliation", &Some(self.reconciliation()), &report.reconciliation);
        }
        if self.requests() == 0 {
            row.check("evidence", &0, &totals.evidence);
        }
    }
}

/// A scenario whose logs stand alone.
pub(crate) fn alone(server: &'static str, result: &Result) -> Row {
    let scenario = result.scenario;
    let report_of = |path: &Path| report(&[path.to_owned()], options(), 1);
    let report = report_of(&result.logs);
    let mut row =
        Row { server, scenario: scenario.name.to_owned(), expected: scenario.cause().to_owned(), answer: leading(&report), passed: 0, failed: Vec::new() };
    row.check("leading cause", &row.expected.clone(), &row.answer.clone());
    let texts = |answers: &[Answer]| answers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    row.check("answers to clients", &scenario.answers.to_owned(), &texts(&result.answers));
    row.check("answers on the healthy path", &"200 200".to_owned(), &texts(&result.healthy));
    Truth::of(result).hold(&mut row, &report);
    if !result.has_error_log {
        row.blame(&report, result, scenario);
        return row;
    }
    let told = if scenario.is_silent { "none" } else { scenario.cause() };
    row.check("leading cause by the error log alone", &told.to_owned(), &leading(&report_of(&result.logs.join("error.log"))));
    row.blame(&report, result, scenario);
    row
}

/// All scenarios of a server in the same logs, side by side in time.
pub(crate) fn together(server: &'static str, results: &[Result]) -> Row {
    let mut truth = Truth::default();
    for result in results {
        truth.add(Truth::of(result));
    }
    let report = report(&[results[0].logs.clone()], options(), 2);
    let summary = |failed, requests| format!("{failed} of {requests} failed");
    let mut row = Row {
        server,
        scenario: "all of these at once".to_owned(),
        expected: summary(truth.failed, truth.requests()),
        answer: summary(report.totals.failed, report.totals.requests),
        passed: 0,
        failed: Vec::new(),
    };
    truth.hold(&mut row, &report);
    row
}

fn by_cause(report: &Report) -> BTreeMap<String, u64> {
    report.causes.iter().filter(|cause| cause.requests > 0).map(|cause| (cause.id.clone(), cause.requests)).collect()
}

fn leading(report: &Report) -> String {
    report.causes.first().map_or("none", |cause| &cause.id).to_owned()
}

/// Paths in the report that belong to no failed visit.
fn strange_paths(report: &Report, scenario: &Scenario) -> Vec<String> {
    let names = report.causes.iter().flat_map(|cause| &cause.paths).map(|path| path.name.clone());
    names.filter(|name| ![format!("/{}/cart", scenario.name), format!("/{}/pay", scenario.name)].contains(name)).collect()
}
