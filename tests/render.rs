//! The report for people: three reports in many looks, and two of them byte for byte.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test render` writes the files in `tests/snapshots` anew.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use logscan502::render::{Look, Output, render};
use logscan502::report::{CauseReport, Report, Totals};
use logscan502::time::Zone;
use support::reports::{context, down, nasty, small};
use unicode_width::UnicodeWidthStr;

const WIDTHS: [usize; 6] = [1, 40, 60, 80, 120, 200];

fn shown(report: &Report, width: usize, has_color: bool, is_ascii: bool) -> String {
    let look = Look { width, has_color, is_ascii, zone: Zone::UTC };
    String::from_utf8(render(report, Output::Table, &look)).expect("text is UTF-8")
}

fn plain(report: &Report) -> String {
    shown(report, 80, false, false)
}

fn without_color(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\u{1b}') {
        out += before;
        rest = behind.split_once('m').expect("a sequence of colour ends with m").1;
    }
    out + rest
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (name, report) in [("empty", Report::default()), ("small", small()), ("nasty", nasty())] {
        for width in WIDTHS {
            for (has_color, is_ascii) in [(false, false), (true, false), (false, true), (true, true)] {
                for line in without_color(&shown(&report, width, has_color, is_ascii)).lines() {
                    assert!(line.width() <= width, "{name} at {width}: {} columns: {line:?}", line.width());
                }
            }
        }
    }
}

#[test]
fn ascii_is_ascii_and_nothing_moves_the_cursor() {
    for report in [Report::default(), small(), nasty()] {
        for width in WIDTHS {
            assert!(shown(&report, width, true, true).is_ascii());
            let text = shown(&report, width, false, false);
            assert!(!text.chars().any(|character| character != '\n' && character.is_control()), "{text:?}");
            assert!(!text.contains('\u{2060}') && !text.contains('\u{2061}'));
        }
    }
}

#[test]
fn colour_adds_colour_only() {
    for is_ascii in [false, true] {
        // Commands lose their backticks where colour shows them, which may wrap them elsewhere.
        let mut report = small();
        for cause in &mut report.causes {
            cause.checks.clear();
        }
        let coloured = shown(&report, 80, true, is_ascii);
        assert!(coloured.contains("\u{1b}[1m"));
        assert_eq!(without_color(&coloured), shown(&report, 80, false, is_ascii));
        for line in coloured.lines() {
            assert!(line.matches("\u{1b}[").count() % 2 == 0, "colour does not end on its line: {line:?}");
        }
    }
}

#[test]
fn the_first_lines_say_what_broke_since_when_where_and_how_much() {
    let text = plain(&small());
    let head: Vec<_> = text.lines().take(10).collect();
    let head = head.join(" ");
    for said in [
        "1,234 requests failed between 03:03 and 03:18 (16 min), 82 % because nothing accepts connections at the upstream (10.0.0.11:8080).",
        "2026-03-18 (UTC)",
        "2.1 % of 58,000 responses",
        "502 (1,000), 504 (236)",
        "Of 1,300 affected requests, 66 were saved by a retry.",
        "Sign-in was hit: /oauth/token (31), /login (4)",
        "1 warning: see the end.",
    ] {
        assert!(head.contains(said), "'{said}' is not in the first lines: {head}");
    }
}

#[test]
fn what_came_first_is_said_first_and_beside_its_incident() {
    let mut report = small();
    report.incidents[0].context = vec![context(178, 2, true), context(190, -10, false)];
    let text = plain(&report).replace('\n', " ");
    let head = text.find("First domino: 2 s before the first failure, the kernel killed node (pid 4242): out of memory. (logs/kern.log)");
    assert!(head.is_some_and(|at| at < 400), "{text}");
    assert!(text.contains("03:02:58, 2 s before the first failure: the kernel killed node"), "{text}");
    assert!(text.contains("03:03:10, 10 s after the first failure: "), "{text}");
    assert!(!text.contains("BEHIND THE PROXY"));
    report.context = vec![context(178, 2, true)];
    report.incidents.clear();
    let text = plain(&report);
    assert!(text.contains("First domino") && text.contains("BEHIND THE PROXY"), "{text}");
}

#[test]
fn when_nothing_failed_the_headline_says_what_there_is() {
    let headline = |change: fn(&mut Report)| {
        let mut report = Report::default();
        report.totals.lines = 10;
        report.totals.entries = 10;
        change(&mut report);
        plain(&report).lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(plain(&Report::default()).lines().next(), Some("No request failed: the input was empty."));
    assert_eq!(headline(|_| {}), "No request failed.");
    assert_eq!(headline(|report| report.totals.entries = 0), "Nothing is known of failed requests: none of 10 lines was understood.");
    assert_eq!(headline(|report| report.totals.unrecognised = 2), "No request failed as far as is known; 2 error entries are not recognised.");
    assert_eq!(headline(|report| report.causes = vec![down()]), "No request failed: all requests that met a fault were saved by a retry.");
    let evidence = headline(|report| report.causes = vec![CauseReport { requests: 0, evidence: 3, upstreams: Vec::new(), ..down() }]);
    assert_eq!(evidence, "No request failed, but 3 lines tell of a fault, between 03:03 and 03:18");
    let aborts = {
        let report = Report { totals: Totals { lines: 4, entries: 4, client_aborts: 4, ..Totals::default() }, ..Report::default() };
        plain(&report)
    };
    assert!(aborts.contains("No request failed.\n\nNot counted as failed: 4 clients left before the answer."), "{aborts}");
}

#[test]
fn a_failure_without_a_known_cause_has_no_because() {
    let mut report = small();
    report.causes = vec![CauseReport { id: "unattributed".to_owned(), requests: 1_234, ..down() }];
    assert!(plain(&report).replace('\n', " ").contains("(16 min), for a reason that these logs do not tell."));
}

#[test]
fn a_cause_without_times_has_those_of_its_buckets() {
    let mut report = small();
    report.causes[0].first = None;
    report.causes[0].last = None;
    let text = plain(&report).replace('\n', " ");
    assert!(text.starts_with("1,234 requests failed between 03:03 and 03:19 (16 min)"), "{text}");
    assert!(!text.contains("Last failure"), "{text}");
}

#[test]
fn the_reports_are_as_they_were() {
    for (name, is_ascii) in [("small@80.txt", false), ("small-ascii@80.txt", true)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
        let now = shown(&small(), 80, false, is_ascii);
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder can be made");
            std::fs::write(&path, &now).expect("the snapshot can be written");
        }
        let then = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(now == then, "{name} differs (UPDATE_SNAPSHOTS=1 writes it anew); now:\n{now}");
    }
}
