//! Metrics of one run, for `node_exporter`'s textfile collector and whatever else reads `OpenMetrics` text.
//!
//! Each run counts its own logs anew, so nothing here is a counter: all are gauges, the state as the last run saw it. The
//! text is valid in both grammars, `OpenMetrics` 1.0 and the older Prometheus text that the textfile collector reads: it has
//! no timestamps and no types that only one of them knows, and the end mark is a comment to the older one. Every cause and
//! every usual status is there even when it is nothing, because an alert cannot watch what is absent; names of others are
//! labels only where the report's lists are short.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::headline::failure_times;
use crate::record::Cause;
use crate::report::{ByLine, CauseReport, Count, Report};
use crate::text::safe::metric_label;
use crate::time::Timestamp;

/// Statuses that are always told.
const STATUSES: [&str; 3] = ["502", "503", "504"];

pub(super) fn render(report: &Report) -> String {
    let mut page = Page::default();
    let totals = &report.totals;
    let by_cause = |of: fn(&CauseReport) -> u64| {
        let counted = |cause: Cause| report.causes.iter().find(|other| other.id == cause.id()).map_or(0, of);
        Cause::ALL.into_iter().filter(|cause| *cause != Cause::ClientAbort).map(move |cause| (cause.id().to_owned(), counted(cause))).collect()
    };
    page.family("failed_requests", "Requests that failed, without those that a retry saved and those that a rule stopped.").value(totals.failed);
    page.family("requests", "Requests that met a fault, by the cause of their last failed attempt.").values("cause", &by_cause(|cause| cause.requests));
    page.family("evidence_entries", "Log entries that tell of a cause.").values("cause", &by_cause(|cause| cause.evidence));
    page.family("responses", "Answers in access logs.").value(totals.responses);
    let mut statuses: BTreeMap<String, u64> = STATUSES.iter().map(|status| ((*status).to_owned(), 0)).collect();
    statuses.extend(report.statuses.iter().map(|(status, responses)| (status.clone(), *responses)));
    page.family("gateway_responses", "Answers in access logs that have a gateway status.").values("status", &statuses);
    if let Some(held) = report.reconciliation {
        page.family("unexplained_gateway_responses", "Answers with a gateway status that no error log explains.").value(held.unexplained);
    }
    page.family("client_aborts", "Entries that tell that the client left.").value(totals.client_aborts);
    page.family("sign_in_requests", "Requests that failed on the listed paths where people sign in.").value(sum(&report.sign_in));
    page.family("upstream_requests", "Requests that met a fault, by the upstreams that had most.").values("upstream", &named(&report.top.upstreams));
    page.family("incidents", "Bursts: a cause far above its usual level.").value(report.incidents.len() as u64);
    page.family("unrecognised_entries", "Error entries that no pattern knows.").value(totals.unrecognised);
    page.family("lines", "Lines that were read, by what they were.").values("kind", &kinds(&totals.by_line));
    page.family("inputs", "Logs that were named or found.").value(report.inputs.len() as u64);
    page.family("warnings", "What could not be read, and what was cut.").value(report.warnings.len() as u64);
    page.family("partial", "Whether the run ended before it had read everything.").value(u64::from(report.partial));
    if let Some(span) = report.span {
        page.family("first_entry_timestamp_seconds", "When the earliest entry was written.").moment(span.from);
        page.family("last_entry_timestamp_seconds", "When the latest entry was written.").moment(span.to);
    }
    if let Some((_, last, _)) = failure_times(report).filter(|_| totals.failed > 0) {
        page.family("last_failure_timestamp_seconds", "When the latest request failed.").moment(last);
    }
    page.out + "# EOF\n"
}

/// Lines by the names that they have in the report.
fn kinds(by: &ByLine) -> BTreeMap<String, u64> {
    let kinds = serde_json::to_value(by).ok().and_then(|kinds| serde_json::from_value(kinds).ok());
    kinds.unwrap_or_default()
}

fn sum(counts: &[Count]) -> u64 {
    counts.iter().map(|count| count.requests).fold(0, u64::saturating_add)
}

/// Counts by name; names that are the same once they are cut are one.
fn named(counts: &[Count]) -> BTreeMap<String, u64> {
    let mut named: BTreeMap<String, u64> = BTreeMap::new();
    for count in counts.iter().filter(|count| !count.name.is_empty()) {
        let requests = named.entry(count.name.clone()).or_default();
        *requests = requests.saturating_add(count.requests);
    }
    named
}

#[derive(Default)]
struct Page {
    out: String,
}

impl Page {
    /// Begins a family of samples, all of which are gauges.
    fn family(&mut self, name: &'static str, help: &'static str) -> Family<'_> {
        self.line(format_args!("# HELP logscan502_{name} {help}"));
        self.line(format_args!("# TYPE logscan502_{name} gauge"));
        if name.ends_with("_seconds") {
            self.line(format_args!("# UNIT logscan502_{name} seconds"));
        }
        Family { page: self, name }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.out, "{line}").expect("writing to a string does not fail");
    }
}

struct Family<'p> {
    page: &'p mut Page,
    name: &'static str,
}

impl Family<'_> {
    fn value(self, value: u64) {
        self.page.line(format_args!("logscan502_{} {value}", self.name));
    }

    fn values(self, label: &'static str, values: &BTreeMap<String, u64>) {
        for (name, value) in values {
            self.page.line(format_args!("logscan502_{}{{{label}=\"{}\"}} {value}", self.name, metric_label(name)));
        }
    }

    fn moment(self, at: Timestamp) {
        let (seconds, micros) = (at.seconds(), at.micros().rem_euclid(1_000_000));
        // Before 1970 the fraction would have to be taken from the other side; whole seconds do there.
        let fraction = if micros == 0 || seconds < 0 { String::new() } else { format!(".{micros:06}") };
        self.page.line(format_args!("logscan502_{} {seconds}{fraction}", self.name));
    }
}
