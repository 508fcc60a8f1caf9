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
