//! The embedded patterns prove themselves, with the function that `patterns check` runs on a user's file.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use logscan502::pattern::check::{Source, check};
use support::Workdir;

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

/// A file of one pattern of ours with these further lines, and what `patterns check` says of it.
fn checked(further: &str) -> String {
    let dir = Workdir::new();
    let file = format!("formats = [\"nginx-error\"]\n[[pattern]]\nid = \"ours/a\"\ntitle = \"x\"\ncause = \"upstream-down\"\nstarts = [\"zzz\"]\n{further}\n");
    dir.write("ours.toml", file);
    let run = dir.run(&["patterns", "check", "ours.toml"]);
    assert_eq!(run.code(), 2, "{further}");
    run.stderr()
}

#[test]
fn a_wrong_file_is_told_by_line_pattern_reason_and_nearest_name() {
    let cases = [
        ("when.errno = { begins = [\"1\"] }", "ours.toml:7: pattern 'ours/a': there is no key 'begins'; there are not, starts, ends"),
        ("when.errno = { start = [\"1\"] }", "ours.toml:7: pattern 'ours/a': there is no key 'start'; did you mean 'starts'?"),
        ("when.errno = { starts = \"1\" }", "ours.toml:7: pattern 'ours/a': 'starts' must be a list, in brackets"),
        ("when.errno = 5", "ours.toml:7: pattern 'ours/a': 'when.errno' must be a text, a list of texts"),
        ("when.erno = \"5\"", "pattern 'ours/a': nginx-error has no field 'erno'; did you mean 'errno'?"),
        ("checks = \"look\"", "ours.toml:7: pattern 'ours/a': 'checks' must be a list, in brackets"),
        ("strats = [\"x\"]", "ours.toml:7: pattern 'ours/a': there is no key 'strats'; did you mean 'starts'?"),
        ("verdict = \"evidense\"", "ours.toml:7: pattern 'ours/a': 'evidense' cannot stand here; did you mean 'evidence'?"),
        ("phase = \"conect\"", "ours.toml:3: pattern 'ours/a': 'conect' is no phase; did you mean 'connect'?"),
        ("checks = [\"`curl {upstrem}`\"]", "ours.toml:3: pattern 'ours/a': there is no placeholder {upstrem}; did you mean 'upstream'?"),
        (
            "before = [\"nginx/conect-refused\"]",
            "ours.toml:3: pattern 'ours/a': before: there is no pattern 'nginx/conect-refused'; did you mean 'nginx/connect-refused'?",
        ),
    ];
    for (further, expected) in cases {
        let said = checked(further);
        assert!(said.contains(expected), "{further}: {said}");
    }
    let said = checked("checks = [\"`curl -w '%{http_code}' ${HOME} {host}`\"]");
    assert!(!said.contains("placeholder"), "{said}");
}

#[test]
fn a_file_without_patterns_is_refused() {
    let dir = Workdir::new();
    for text in ["", "formats = [\"nginx-error\"]\n", "# nothing yet\n"] {
        let path = dir.write("empty.toml", text);
        for args in [&["patterns", "check", "empty.toml"][..], &["-p", "empty.toml", "-"]] {
            let run = dir.run(args);
            assert_eq!(run.code(), 2, "{text:?} {path:?}");
            assert!(run.stderr().contains("empty.toml: it holds no [[pattern]]"), "{}", run.stderr());
        }
    }
}

#[test]
fn a_ring_of_befores_is_refused() {
    let pattern = |id: &str, before: &str| {
        let line = "2026/03/18 03:00:01 [error] 7#7: *1 zzz";
        format!(
            "[[pattern]]\nid = \"ours/{id}\"\ntitle = \"x\"\ncause = \"upstream-down\"\nstarts = [\"zzz {id}\"]\nbefore = [\"ours/{before}\"]\n[[pattern.example]]\nline = '{line} {id}'\nfrom = \"run\"\n"
        )
    };
    let dir = Workdir::new();
    dir.write("ring.toml", ["formats = [\"nginx-error\"]\n".to_owned(), pattern("a", "b"), pattern("b", "c"), pattern("c", "a")].concat());
    for args in [&["patterns", "check", "ring.toml"][..], &["-p", "ring.toml", "-"]] {
        let run = dir.run(args);
        assert_eq!(run.code(), 2);
        assert!(
            run.stderr().contains("ring.toml:3: pattern 'ours/a': before: it goes in a ring, 'ours/a' before 'ours/b' before 'ours/c' before 'ours/a'"),
            "{}",
            run.stderr()
        );
    }
    let straight =
        ["formats = [\"nginx-error\"]\n".to_owned(), pattern("a", "b"), pattern("b", "c"), pattern("c", "a").replace("before = [\"ours/a\"]\n", "")].concat();
    dir.write("straight.toml", straight);
    let run = dir.run(&["patterns", "check", "straight.toml"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
}

#[test]
fn further_files_are_named_before_or_behind_the_command() {
    let dir = Workdir::new();
    dir.write("ours.toml", "formats = [\"nginx-error\"]\n[[pattern]]\nid = \"ours/a\"\ntitle = \"Ours\"\ncause = \"upstream-down\"\nstarts = [\"zzz\"]\n");
    let orders: [&[&str]; 6] = [
        &["-p", "ours.toml", "patterns", "list"],
        &["patterns", "-p", "ours.toml", "list"],
        &["patterns", "list", "-p", "ours.toml"],
        &["--patterns=ours.toml", "patterns", "show", "ours/a"],
        &["patterns", "-p", "ours.toml", "show", "ours/a"],
        &["patterns", "show", "ours/a", "-p", "ours.toml"],
    ];
    for args in orders {
        let run = dir.run(args);
        assert_eq!(run.code(), 0, "{args:?}: {}", run.stderr());
        assert!(run.stdout().contains("ours/a"), "{args:?}: {}", run.stdout());
    }
}
