//! A folder as an outage leaves it: what broke first, what it did, and each request once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{Workdir, here, options, report};

/// Requests of the fixture that failed, each in three logs.
const FAILED: u64 = 73;

#[test]
fn the_first_domino_the_impact_and_each_request_once() {
    let report = report(&[here("tests/fixtures/outage")], options(), 2);
    assert_eq!(report.warnings, []);
    assert_eq!((report.totals.requests, report.totals.failed, report.totals.gateway_responses), (FAILED, FAILED, 2 * FAILED));
    assert_eq!((report.causes.len(), report.causes[0].id.as_str(), report.causes[0].evidence), (1, "upstream-down", FAILED));
    assert!(report.causes[0].example.as_ref().unwrap().contains("connect() failed (111: Connection refused) while connecting to upstream"));
    let held = report.reconciliation.unwrap();
    assert_eq!((held.explained, held.unexplained, held.recovered, held.other), (2 * FAILED, 0, 0, 0));

    assert_eq!(report.layers.len(), 1);
    let layer = &report.layers[0];
    assert_eq!(
        (layer.outer.as_str(), layer.inner.as_str(), layer.paired, layer.alone, layer.first.as_str()),
        ("alb", "nginx-access", FAILED, 0, "nginx-access")
    );

    assert_eq!(report.incidents.len(), 1);
    let incident = &report.incidents[0];
    assert_eq!((incident.requests, incident.upstreams.as_slice()), (FAILED, &["127.0.0.1:8000".to_owned()][..]));
    let first = &incident.context[0];
    assert_eq!((first.first, first.seconds_before, first.format.as_str(), first.pattern.as_str()), (true, 2, "kernel", "kernel/oom-kill-group"));
    assert_eq!(first.text, "the kernel killed gunicorn (pid 27680): its memory limit was reached");
    assert!(incident.context.iter().any(|entry| entry.pattern == "journal/restarting" && entry.seconds_before < 0));
    assert_eq!(incident.context.iter().filter(|entry| entry.first).count(), 1);
}

#[test]
fn each_log_less_says_less_and_nothing_else() {
    let logs = here("tests/fixtures/outage/web1");
    let of = |names: &[&str]| report(&names.iter().map(|name| logs.join(name)).collect::<Vec<_>>(), options(), 1);
    let alone = of(&["nginx/error.log"]);
    assert_eq!((alone.totals.requests, alone.context.len(), alone.layers.len()), (FAILED, 0, 0));
    let kernel = of(&["nginx/error.log", "kern.log"]);
    assert_eq!(kernel.totals.requests, FAILED);
    assert!(kernel.context.iter().any(|entry| entry.first && entry.pattern == "kernel/oom-kill-group"));
    let balancer = report(&[here("tests/fixtures/outage/alb"), logs.join("nginx/error.log")], options(), 1);
    assert_eq!(balancer.totals.requests, FAILED);
    assert_eq!((balancer.layers[0].inner.as_str(), balancer.layers[0].paired), ("nginx-error", FAILED));
}

#[test]
fn the_first_lines_name_the_first_domino() {
    let dir = Workdir::new();
    let run = dir.command(&["tests/fixtures/outage"]).current_dir(here("")).env("COLUMNS", "120").output().unwrap();
    let text = String::from_utf8(run.stdout).unwrap().replace('\n', " ");
    assert!(text.starts_with(&format!("{FAILED} requests failed between 11:01:5")), "{text}");
    assert!(text.contains("First domino: 2 s before the first failure, the kernel killed gunicorn (pid 27680): its memory limit was reached."), "{text}");
    assert!(text.contains("LAYERS") && text.contains("broke first"), "{text}");
}

#[test]
fn the_pages_tell_what_happened_behind_the_proxy() {
    for output in ["html", "markdown"] {
        let run = Workdir::new().run(&["--tz", "UTC", "-o", output, here("tests/fixtures/outage").to_str().unwrap()]);
        let told = run.stdout().matches("the kernel killed gunicorn (pid 27680)").count();
        assert!(told >= 2, "{output}: at the top and in the course of events: {told}");
    }
}
