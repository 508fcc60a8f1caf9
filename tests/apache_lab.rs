//! Classifies the labelled error logs of Apache in `$LOGSCAN502_LAB/logs/apache`; says so and ends when it is unset.
#![allow(clippy::print_stdout, reason = "a development aid")]

use std::collections::BTreeMap;
use std::path::Path;

use logscan502::format::FormatId;
use logscan502::pattern::{Catalogue, Verdict};
use logscan502::record::Severity;
use logscan502::time::{Clock, Timestamp, Zone};

#[test]
fn labelled_logs_are_classified() {
    let Ok(lab) = std::env::var("LOGSCAN502_LAB") else {
        println!("skipped: LOGSCAN502_LAB is unset");
        return;
    };
    let catalogue = Catalogue::embedded();
    let classifier = catalogue.classifier(FormatId::ApacheError);
    let format = FormatId::ApacheError.format();
    let mut folders: Vec<_> = std::fs::read_dir(Path::new(&lab).join("logs/apache")).expect("the lab has logs").flatten().map(|entry| entry.path()).collect();
    folders.extend(
        std::fs::read_dir(Path::new(&lab).join("mixed"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().contains("apache")),
    );
    folders.sort();
    for folder in folders {
        let label: serde_json::Value = std::fs::read(folder.join("label.json")).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        println!("== {} {} {}", folder.display(), label["cause"], label["accept"]);
        let log = std::fs::read(folder.join("error.log")).expect("each has an error.log");
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800));
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for line in log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if !format.begins(line) {
                *counts.entry(format!("   NO HEAD {}", String::from_utf8_lossy(line))).or_default() += 1;
                continue;
            }
            let entry = format.parse(line, &mut clock).expect("what begins parses");
            let what = match classifier.classify(&entry) {
                Some(index) => {
                    let pattern = catalogue.pattern(index);
                    if pattern.text.verdict == Verdict::Ordinary {
                        continue;
                    }
                    let cause = pattern.cause.map_or("-", logscan502::record::Cause::id);
                    let general = if pattern.text.general { " general" } else { "" };
                    format!(
                        "   {cause} {:?} {:?}{general} closes={} {} [{}]",
                        pattern.text.verdict,
                        pattern.text.scope,
                        pattern.text.closes,
                        pattern.text.id,
                        String::from_utf8_lossy(&entry.upstream)
                    )
                }
                None if entry.severity < Severity::Warn => continue,
                None => format!("   UNRECOGNISED {}", String::from_utf8_lossy(&entry.message)),
            };
            *counts.entry(what).or_default() += 1;
        }
        for (what, count) in counts {
            println!("{count:>5}{what}");
        }
    }
}
