//! What `diff` says of two reports, or of two sets of logs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use logscan502::analysis::diff::diff;
use logscan502::report::{Basis, CauseReport, Confidence, Count, Direction, Report, Span, Totals, Unrecognised};
use logscan502::time::Timestamp;
use support::{Workdir, here};

/// A report of so many failures in so many hours, among so many responses.
fn report(hours: i64, responses: u64, causes: &[(&str, u64)]) -> Report {
    let from = Timestamp::from_seconds(1_773_802_800);
    let requests = causes.iter().map(|(_, requests)| requests).sum();
    Report {
        schema: 1,
        span: (hours > 0).then(|| Span { from, to: from.plus_seconds(hours * 3_600), bucket_seconds: 60 }),
        totals: Totals { requests, failed: requests, responses, ..Totals::default() },
        causes: causes.iter().map(|(id, requests)| CauseReport { id: (*id).to_owned(), requests: *requests, ..CauseReport::default() }).collect(),
        ..Report::default()
    }
}

fn changed(a: &Report, b: &Report) -> logscan502::report::Difference {
    diff(("a", a), ("b", b))
}

#[test]
fn a_quiet_day_against_an_outage_is_worse() {
    let dir = Workdir::new();
    let answer =
        |second: u32| format!("203.0.113.1 - - [17/Mar/2026:03:{:02}:{:02} +0000] \"GET /ok HTTP/1.1\" 200 157 \"-\" \"curl/8\"\n", second / 60, second % 60);
    dir.write("quiet.log", (0..2_000).map(|at| answer(at % 3_600)).collect::<String>());
    let outage = here("sample-logs/nginx-access");
    let run = dir.run(&["diff", "-o", "json", "quiet.log", outage.to_str().unwrap()]);
    let difference = run.json();
    assert_eq!(run.code(), 0, "{}", run.stderr());
    assert_eq!((&difference["worse"], &difference["basis"]), (&true.into(), &"responses".into()));
    let down = difference["causes"].as_array().unwrap().iter().find(|cause| cause["name"] == "upstream-down").unwrap();
    assert_eq!((&down["direction"], &down["confidence"], &down["a"]), (&"new".into(), &"certain".into(), &0.into()));
    assert!(difference["upstreams"].as_array().unwrap().iter().any(|upstream| upstream["name"] == "10.0.0.12:8080" && upstream["direction"] == "new"));
    for (args, code) in [(["quiet.log", outage.to_str().unwrap()], 1), ([outage.to_str().unwrap(), "quiet.log"], 0), (["quiet.log", "quiet.log"], 0)] {
        let run = dir.run(&["diff", "--fail-if-worse", args[0], args[1]]);
        assert_eq!(run.code(), code, "{args:?}: {}", run.stdout());
    }
    assert!(dir.run(&["diff", "quiet.log", outage.to_str().unwrap()]).stdout().starts_with("Worse: 0 requests failed before, "));
    assert!(dir.run(&["diff", outage.to_str().unwrap(), "quiet.log"]).stdout().starts_with("Better: "));
}

#[test]
fn a_saved_report_is_as_good_as_its_logs() {
    let dir = Workdir::new();
    for format in ["nginx-error", "nginx-access", "alb"] {
        let logs = here("sample-logs").join(format);
        let logs = logs.to_str().unwrap();
        dir.write("saved.json", dir.run(&["-o", "json", "--top", "1000", logs]).stdout());
        for names in [[logs, "saved.json"], ["saved.json", logs]] {
            let difference = dir.run(&["diff", "-o", "json", names[0], names[1]]).json();
            assert_eq!(difference["worse"], false);
            for list in ["causes", "upstreams", "templates"] {
                assert!(difference[list].as_array().unwrap().iter().all(|change| change["direction"] == "same"), "{format}: {difference}");
            }
        }
    }
}

#[test]
fn small_numbers_prove_little_and_great_ones_much() {
    let one = changed(&report(1, 0, &[]), &report(1, 0, &[("upstream-down", 1)]));
    assert_eq!((one.causes[0].direction, one.causes[0].confidence, one.worse), (Direction::New, Confidence::Chance, false));
    let many = changed(&report(1, 0, &[]), &report(1, 0, &[("upstream-down", 12)]));
    assert_eq!((many.causes[0].confidence, many.worse), (Confidence::Certain, true));
    // Three in a minute's worth of what was silent for a day.
    let rate = changed(&report(48, 0, &[]), &report(1, 0, &[("upstream-down", 3)]));
    assert!(rate.worse, "{rate:?}");
    let day = changed(&report(1, 0, &[("upstream-down", 3)]), &report(24, 0, &[("upstream-down", 9)]));
    assert_eq!((day.causes[0].direction, day.worse), (Direction::Down, false), "more of them, in far more time");
    let like = changed(&report(1, 10_000, &[("upstream-timeout", 40)]), &report(1, 20_000, &[("upstream-timeout", 85)]));
    assert_eq!((like.basis, like.causes[0].direction, like.causes[0].confidence), (Basis::Responses, Direction::Up, Confidence::Chance));
}

#[test]
fn one_cause_that_got_worse_is_worse_though_the_whole_got_better() {
    let a = report(1, 10_000, &[("upstream-timeout", 900), ("dns-failure", 1)]);
    let b = report(1, 10_000, &[("upstream-timeout", 100), ("dns-failure", 60)]);
    let difference = changed(&a, &b);
    assert!(difference.worse && difference.failed.direction == Direction::Down);
    assert_eq!(difference.causes[0].name, "dns-failure", "what got worse comes first");
    let mut wanted = report(1, 10_000, &[("intentional", 500)]);
    wanted.totals.failed = 0;
    let difference = changed(&report(1, 10_000, &[]), &wanted);
    assert!(!difference.worse && difference.causes[0].direction == Direction::New, "somebody wanted it so");
}

#[test]
fn reports_without_times_are_compared_by_count() {
    let difference = changed(&report(0, 0, &[("upstream-down", 2)]), &report(5, 0, &[("upstream-down", 3)]));
    assert_eq!((difference.basis, difference.causes[0].rate_a, difference.worse), (Basis::Counts, None, false));
    assert!(difference.notes[0].contains("counts are compared as they are"));
    let nothing = changed(&Report::default(), &Report::default());
    assert!(!nothing.worse && nothing.causes.is_empty() && nothing.failed.direction == Direction::Same);
    let dir = Workdir::new();
    dir.write("empty.log", "");
    for output in ["table", "json", "markdown"] {
        let run = dir.run(&["diff", "-o", output, "empty.log", "empty.log"]);
        assert_eq!(run.code(), 0, "{}", run.stderr());
    }
    assert!(dir.run(&["diff", "empty.log", "empty.log"]).stdout().starts_with("Nothing failed before, and nothing failed now."));
}

#[test]
fn hostile_names_of_a_saved_report_leave_no_output() {
    let dir = Workdir::new();
    let mut report = report(1, 0, &[("a|b`<script>\u{1b}[2J\u{202e}", u64::MAX)]);
    report.causes[0].upstreams = vec![Count { name: "x\u{1b}]0;y\u{7}|`\n# z".to_owned(), requests: u64::MAX }; 2];
    report.unrecognised = vec![Unrecognised { template: "\u{9b}31m".repeat(5_000), entries: u64::MAX, first: None, last: None, example: String::new() }];
    let json = serde_json::to_string(&report).unwrap();
    dir.write("hostile.json", json);
    dir.write("empty.log", "");
    for output in ["table", "json", "markdown"] {
        let run = dir.run(&["diff", "-o", output, "empty.log", "hostile.json"]);
        assert_eq!(run.code(), 0, "{}", run.stderr());
        let text = run.stdout();
        assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{output}");
        assert!(!text.contains(['\u{202e}', '\u{9b}']), "{output}");
        if output == "markdown" {
            assert!(!text.lines().any(|line| line.starts_with("# z")), "{text}");
            assert!(text.lines().filter(|line| line.starts_with("| `")).all(|line| line.matches('`').count() == 2), "{text}");
        }
    }
}

#[test]
fn what_is_no_report_and_no_log_is_a_wrong_request() {
    let dir = Workdir::new();
    dir.write("empty.log", "");
    dir.write("later.json", "{\n  \"schema\": 2, \"totals\": {}}");
    dir.write("broken.json", "{\"schema\": 1, \"totals\": 5}");
    dir.write("cut.json", "{\"schema\": 1, \"tot");
    dir.write("notes.txt", "these are\nnotes\n");
    for (name, said) in
        [("later.json", "schema 2"), ("broken.json", "is no report"), ("cut.json", "is no report"), ("notes.txt", "could be read"), ("absent", "could be read")]
    {
        let run = dir.run(&["diff", "empty.log", name]);
        assert_eq!((run.code(), run.stdout().as_str()), (2, ""), "{name}");
        assert!(run.stderr().contains(said), "{name}: {}", run.stderr());
    }
    dir.write("few.json", "{\"schema\": 1}");
    assert_eq!(dir.run(&["diff", "few.json", "empty.log"]).code(), 0, "keys that a later version adds may be missing");
}

#[test]
fn a_report_that_was_written_can_be_read() {
    for format in std::fs::read_dir(here("sample-logs")).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        let run = Workdir::new().run(&["-o", "json", format.path().to_str().unwrap()]);
        let report: Report = serde_json::from_str(&run.stdout()).unwrap();
        assert_eq!(serde_json::to_string_pretty(&report).unwrap() + "\n", run.stdout());
    }
}
