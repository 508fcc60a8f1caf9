//! What is skimmed of an answer is what reading it whole gives, and an answer that is passed over matches no pattern.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use logscan502::format::FormatId;
use logscan502::pattern::Catalogue;
use logscan502::time::{Clock, Timestamp, Zone};
use support::here;

#[test]
fn skimming_and_reading_agree_on_every_sample() {
    let catalogue = Catalogue::embedded();
    for id in FormatId::ALL.into_iter().filter(|id| id.writes_answers()) {
        let (format, classifier) = (id.format(), catalogue.classifier(id));
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
        let mut skimmed_lines = 0;
        for file in std::fs::read_dir(here("sample-logs").join(id.id())).unwrap() {
            let log = std::fs::read(file.unwrap().path()).unwrap();
            for line in log.split(|byte| *byte == b'\n') {
                let text = String::from_utf8_lossy(line);
                let Some(skimmed) = format.skim(line, &mut clock) else { continue };
                assert!(format.begins(line), "{id}: {text}");
                let entry = format.parse(line, &mut clock).unwrap();
                assert_eq!((entry.time, entry.status), (Some(skimmed.time), Some(skimmed.status)), "{id}: {text}");
                skimmed_lines += 1;
                if !(502..=504).contains(&skimmed.status) && classifier.ignores(skimmed.status, skimmed.is_bare) {
                    assert_eq!(classifier.classify(&entry), None, "{id}: {text}");
                }
            }
        }
        assert!(skimmed_lines > 20, "{id}: {skimmed_lines} lines were skimmed");
    }
}
