//! Where and when requests failed, as the report sums it up over all causes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use logscan502::record::Cause;
use support::{Workdir, here, options, report};

#[test]
fn the_heat_and_the_tops_are_of_all_that_failed() {
    let report = report(&[here("sample-logs")], options(), 2);
    let failed: u64 = report.causes.iter().filter(|cause| Cause::from_id(&cause.id).is_some_and(Cause::is_failure)).map(|cause| cause.requests).sum();
    let heat = report.heat.as_ref().unwrap();
    assert_eq!(heat.rows.iter().map(|row| row.requests).sum::<u64>(), failed, "every sample has a time");
    for row in &heat.rows {
        assert_eq!(row.slots.iter().map(|slot| slot.requests).sum::<u64>(), row.requests);
        assert!(row.slots.windows(2).all(|two| two[0].start < two[1].start));
        assert!(row.slots.iter().all(|slot| slot.start.seconds() % heat.slot_seconds == 0));
    }
    for upstream in &report.top.upstreams {
        let row = heat.rows.iter().find(|row| row.upstream == upstream.name).unwrap();
        assert_eq!(row.requests, upstream.requests);
    }
    assert!(report.top.paths.len() <= 5 && report.top.paths.windows(2).all(|two| two[0].requests >= two[1].requests));
}

#[test]
fn many_upstreams_have_one_row_together() {
    let dir = Workdir::new();
    let line = |at: usize, upstream: usize| {
        format!(
            "2026/03/18 {:02}:{:02}:00 [error] 7#7: *{at} connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: a, request: \"GET /{at} HTTP/1.1\", upstream: \"http://10.0.0.{upstream}:80/{at}\", host: \"a\"\n",
            at / 60,
            at % 60
        )
    };
    // The first of thirty upstreams fails most often.
    let text: String = (0..600).map(|at| line(at, if at % 2 == 0 { 1 } else { at % 30 + 1 })).collect();
    let report = report(&[dir.write("error.log", text)], options(), 2);
    let heat = report.heat.unwrap();
    assert_eq!((heat.rows.len(), heat.rows[0].upstream.as_str(), heat.rows[12].upstream.as_str()), (13, "10.0.0.1:80", "other"));
    assert_eq!(heat.rows.iter().map(|row| row.requests).sum::<u64>(), 600);
    assert!(heat.rows.iter().all(|row| row.slots.len() <= 60), "{}", heat.slot_seconds);
    assert_eq!(report.top.upstreams.len(), 5);
}

#[test]
fn an_hour_without_answers_is_a_gap() {
    let dir = Workdir::new();
    let answer = |second: usize| {
        format!(
            "203.0.113.1 - - [18/Mar/2026:{:02}:{:02}:{:02} +0000] \"GET / HTTP/1.1\" 200 157 \"-\" \"curl/8\"\n",
            second / 3_600,
            second / 60 % 60,
            second % 60
        )
    };
    let seconds = (0..4 * 3_600).filter(|second| !(3_600..7_200).contains(second));
    let report = report(&[dir.write("access.log", seconds.map(answer).collect::<String>())], options(), 2);
    assert_eq!(report.gaps.len(), 1);
    let gap = report.gaps[0];
    assert_eq!((gap.from.to_rfc3339().as_str(), gap.to.to_rfc3339().as_str()), ("2026-03-18T01:00:00Z", "2026-03-18T02:00:00Z"));
    assert!(report.heat.is_none());
}
