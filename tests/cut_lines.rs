//! Lines that were cut in the middle, `tests/fixtures/cut/FORMAT.log`: each is read as far as it goes, and one warning says so.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{here, options, report};

/// Format, lines, and the causes of their requests.
type Cut = (&'static str, u64, &'static [(&'static str, u64)]);

const CUT: [Cut; 9] = [
    ("alb", 2, &[("upstream-down", 2)]),
    ("azure-gateway", 1, &[("no-healthy-backends", 1)]),
    ("caddy-access", 1, &[]),
    ("cloudflare", 1, &[("upstream-timeout", 1)]),
    ("elb", 1, &[("upstream-timeout", 1)]),
    ("envoy", 2, &[("upstream-down", 1), ("upstream-timeout", 1)]),
    ("haproxy", 1, &[("no-healthy-backends", 1)]),
    ("nlb", 1, &[("connection-reset", 1)]),
    ("traefik-access", 1, &[("unattributed", 1)]),
];

#[test]
fn lines_that_end_early_are_read_as_far_as_they_go_with_one_warning() {
    for (format, lines, causes) in CUT {
        let report = report(&[here("tests/fixtures/cut").join(format).with_extension("log")], options(), 1);
        assert_eq!((report.inputs[0].format.as_str(), report.totals.entries), (format, lines));
        let told: Vec<_> = report.causes.iter().filter(|cause| cause.requests > 0).map(|cause| (cause.id.as_str(), cause.requests)).collect();
        assert_eq!(told, causes, "{format}");
        let warnings: Vec<_> = report.warnings.iter().map(|warned| warned.message.as_str()).collect();
        assert!(matches!(warnings[..], [warned] if warned.contains("other fields than their format")), "{format}: {warnings:?}");
    }
}
