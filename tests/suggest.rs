//! `patterns suggest`: with a pattern taken away, the stubs made of its own lines find these again, and nothing of another
//! cause. `SUGGEST_ALL=1 cargo test --test suggest` takes every pattern away by turns; then a stub may take a line of
//! another cause if the file says so.

#![allow(clippy::unwrap_used, reason = "a test ends where it is surprised")]

mod support;

use logscan502::format::FormatId;
use logscan502::pattern::Catalogue;
use logscan502::pattern::check::Source;
use logscan502::pattern::file::PatternText;
use logscan502::record::Severity;
use logscan502::time::{Clock, Timestamp, Zone};
use support::Workdir;

/// A user's pattern in its place that never matches.
fn never(id: &str) -> String {
    format!("formats = [\"nginx-error\"]\n[[pattern]]\nid = \"{id}\"\ntitle = \"taken away\"\ncause = \"unattributed\"\nstarts = [\"\\u0001\"]\n")
}

/// The embedded patterns of messages, each with its format.
fn embedded() -> Vec<(FormatId, PatternText)> {
    let mut all = Vec::new();
    for source in Source::embedded() {
        let file = source.parse().unwrap();
        for pattern in file.patterns {
            let format = pattern.formats.first().or(file.formats.first()).and_then(|format| FormatId::from_id(format)).unwrap();
            if !format.writes_answers() {
                all.push((format, pattern));
            }
        }
    }
    all
}

/// Takes each of these patterns away by turns; gives how many were tried, and what is wrong. `may_warn`: a stub may take a
/// line of another cause if the file says so.
fn taken_away(wanted: &dyn Fn(&PatternText) -> bool, may_warn: bool) -> (usize, Vec<String>) {
    let dir = Workdir::new();
    let all = embedded();
    let (mut tried, mut wrong) = (0, Vec::new());
    for (format, pattern) in all.iter().filter(|(_, pattern)| wanted(pattern)) {
        let never = dir.write("never.toml", never(&pattern.id));
        let without = Catalogue::with_files(std::slice::from_ref(&never)).unwrap();
        let classifier = without.classifier(*format);
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800));
        let mut is_unknown = |line: &&str| {
            let entry = format.format().parse(line.as_bytes(), &mut clock);
            entry.is_some_and(|entry| entry.severity >= Severity::Error && classifier.classify(&entry).is_none())
        };
        let short = pattern.examples.iter().map(|example| example.line.as_str()).filter(|line| line.len() < 2_000);
        let lines: Vec<&str> = short.filter(&mut is_unknown).collect();
        if lines.is_empty() {
            continue;
        }
        let log = dir.write("a.log", lines.join("\n") + "\n");
        let run = dir.run(&["patterns", "suggest", "--top", "100", "-p", "never.toml", log.to_str().unwrap()]);
        let stub = dir.write("stub.toml", run.stdout());
        let Ok(with) = Catalogue::with_files(&[never, stub]) else {
            wrong.push(format!("{}: no pattern file\n{}{}", pattern.id, run.stdout(), run.stderr()));
            continue;
        };
        tried += 1;
        let check = dir.run(&["patterns", "check", "stub.toml"]);
        if check.code() != 0 {
            wrong.push(format!("{}: {}", pattern.id, check.stderr()));
        }
        let ours = with.classifier(*format);
        let mut by_stub = |line: &str| {
            let entry = format.format().parse(line.as_bytes(), &mut clock)?;
            let index = ours.classify(&entry)?;
            Some(with.pattern(index).text.id.clone()).filter(|id| id.starts_with("local/"))
        };
        let found = lines.iter().filter(|line| by_stub(line).is_some()).count();
        if found * 100 < lines.len() * 95 {
            wrong.push(format!("{}: finds {found} of {} lines\n{}", pattern.id, lines.len(), run.stdout()));
        }
        let is_said = |id: &str| run.stdout().contains(&format!(" {id},")) || run.stdout().contains(&format!(" {id} too"));
        for (_, other) in all.iter().filter(|(theirs, other)| theirs == format && other.id != pattern.id && other.cause != pattern.cause) {
            wrong.extend(
                other
                    .examples
                    .iter()
                    .filter_map(|example| by_stub(&example.line))
                    .filter(|_| !may_warn || !is_said(&other.id))
                    .map(|id| format!("{}: {id} takes a line of {}", pattern.id, other.id)),
            );
        }
    }
    (tried, wrong)
}

#[test]
fn stubs_find_the_lines_of_a_pattern_that_was_taken_away_and_none_of_another_cause() {
    let ids = [
        "apache/connect-failed",
        "apache/request-send-unknown",
        "apache/client-body-unread",
        "nginx/connect-refused",
        "nginx/connect-timeout",
        "nginx/invalid-header",
        "nginx/duplicate-header",
        "nginx/http2-stream-reset",
        "nginx/worker-killed",
    ];
    // All of them take some minutes.
    let all = std::env::var_os("SUGGEST_ALL").is_some();
    let (tried, wrong) = taken_away(&|pattern| if all { pattern.cause.is_some() } else { ids.contains(&pattern.id.as_str()) }, all);
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried >= 5, "{tried}");
}

#[test]
fn a_stub_is_a_pattern_file_that_reads_back_and_is_put_to_use() {
    let dir = Workdir::new();
    let line = |second: u32, what: &str| {
        format!("2026/03/18 03:00:{second:02} [error] 7#7: *{second} {what}, client: 203.0.113.1, server: a, request: \"GET /it's HTTP/1.1\", host: \"a\"\n")
    };
    let odd = ["flux of 10.0.0.1:80 timed out after 31 s", "flux of 10.0.0.2:80 timed out after 7 s", "wob'''bly \x1b[2J thing"];
    let log: String = odd.iter().zip(1..).map(|(what, second)| line(second, what)).collect();
    dir.write("error.log", &log);
    let run = dir.run(&["patterns", "suggest", "error.log"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let text = run.stdout();
    assert!(!text.contains('\u{1b}'));
    for part in [
        "# Stubs for 3 of 3",
        "id = 'local/flux-of-timed-out-after-s'",
        "'flux of '",
        "the words suggest \"upstream-timeout\"",
        "from = \"run\"",
        "# Causes: upstream-down ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    dir.write("ours.toml", text.replace("cause = 'unattributed'", "cause = 'upstream-timeout'"));
    let check = dir.run(&["patterns", "check", "ours.toml"]);
    assert_eq!(check.code(), 0, "{}", check.stderr());
    let report = dir.run(&["-o", "json", "-p", "ours.toml", "error.log"]).json();
    assert_eq!((&report["totals"]["unrecognised"], &report["causes"][0]["evidence"]), (&0.into(), &3.into()));
    let one = dir.run(&["patterns", "suggest", "--top", "1", "error.log"]).stdout();
    assert_eq!(one.matches("[[pattern]]").count(), 1);
    let none = dir.run(&["patterns", "suggest", "-p", "ours.toml", "error.log"]);
    assert!(none.stdout().starts_with("# No stub: 0 lines"));
    assert_eq!(dir.run(&["patterns", "suggest", "absent.log"]).code(), 2);
}
