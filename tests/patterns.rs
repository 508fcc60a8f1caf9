//! The embedded patterns prove themselves, with the function that `patterns check` runs on a user's file.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use logscan502::pattern::check::{Source, check};

#[test]
fn every_embedded_pattern_is_proved_by_its_examples() {
    let mut sources = Source::embedded();
    let proof = prove(&sources);
    sources.reverse();
    assert_eq!(prove(&sources), proof, "the order of files does not matter");
}

fn prove(sources: &[Source]) -> logscan502::pattern::check::Proof {
    check(sources).unwrap_or_else(|errors| {
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        panic!("{} wrong:\n{}", lines.len(), lines.join("\n"));
    })
}

/// Of an answer that is fine only time and status are looked at, where no pattern can match it. A pattern without a
/// condition on the status would undo that for its whole format, and cost ten times the time.
#[test]
fn no_pattern_asks_for_more_than_the_status_of_a_good_answer() {
    use logscan502::format::FormatId;
    let catalogue = logscan502::pattern::Catalogue::embedded();
    // nginx and HAProxy tell of attempts that failed before the answer that was fine.
    let by_status = ["alb", "elb", "cloudflare", "fastly", "cloudfront", "gcp-lb", "azure-gateway"];
    for format in by_status.map(|id| FormatId::from_id(id).unwrap()) {
        for status in [200, 206, 301, 304, 404] {
            assert!(catalogue.classifier(format).ignores(status, false), "{format}: {status}");
        }
    }
}
