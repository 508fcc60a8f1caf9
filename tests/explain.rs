//! `explain`: a line of each format, a cause, a pattern, a status, and words that are nothing.

#![allow(clippy::unwrap_used, reason = "a test ends where it is surprised")]

mod support;

use logscan502::format::FormatId;
use support::{Workdir, here};

fn explained(args: &[&str]) -> String {
    let run = Workdir::new().run(&[&["explain"], args].concat());
    assert_eq!((run.code(), run.stderr().as_str()), (0, ""), "{args:?}");
    run.stdout()
}

/// The text as one line, so that folding is no matter.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn holds(text: &str, parts: &[&str]) {
    let text = flat(text);
    for part in parts {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

/// The first line of a sample that holds a text.
fn sample(format: &str, part: &str) -> String {
    let log = std::fs::read_to_string(here("sample-logs").join(format).join("outage.log")).unwrap();
    log.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{format}: no line holds {part}")).to_owned()
}

#[test]
fn a_line_of_each_error_log_is_explained() {
    let nginx = explained(&[&sample("nginx-error", "(111: Connection refused)")]);
    holds(
        &nginx,
        &[
            "A line of nginx-error",
            "severity error",
            "errno 111",
            "upstream-down:",
            "pattern nginx/connect-refused",
            "because the message begins with",
            "errno is '111'",
        ],
    );
    holds(&nginx, &["Near, but not taken", "and must be:", "Meaning", "Check", "Fix", "ss -tlnp"]);
    let apache = explained(&[&sample("apache-error", "AH00957")]);
    holds(&apache, &["A line of apache-error", "errno 1", "pattern apache/connect-", "is evidence of a failed request", "phase connect"]);
}

#[test]
fn a_line_of_each_access_log_is_explained() {
    let alb = explained(&[&sample("alb", " 502 - ")]);
    holds(&alb, &["A line of alb", "status 502", "pattern alb/", "because", "status is '502'", "target_time -1"]);
    let nginx = explained(&["--format", "nginx-access", &sample("nginx-access", "\" 50")]);
    holds(&nginx, &["A line of nginx-access", "status 50", "method", "path /", "Verdict"]);
    let apache = explained(&["--format", "apache-access", &sample("apache-access", "\" 50")]);
    holds(&apache, &["A line of apache-access", "status 50", "Verdict", "Check"]);
}

#[test]
fn the_example_of_every_format_is_explained() {
    for format in FormatId::ALL {
        let run = Workdir::new().pipe(&["explain", "-"], format.format().about().example.as_bytes());
        assert_eq!((run.code(), run.stderr().as_str()), (0, ""), "{format}");
        let text = flat(&run.stdout());
        assert!(text.starts_with(&format!("A line of {format} Understood ")), "{format}: {text}");
        // Each shows a failure.
        for part in [" pattern ", " because "] {
            assert!(text.contains(part), "{format}: {text}");
        }
    }
}

#[test]
fn placeholders_are_filled_from_the_line_and_quoted() {
    let line = r#"2026/03/18 03:00:01 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: a, request: "GET /a;$(id) HTTP/1.1", upstream: "http://10.0.0.1:8081/a;$(id)", host: "shop.example""#;
    let text = explained(&[line]);
    holds(&text, &["`ss -tlnp sport = :8081`", "`curl -sS -o /dev/null http://10.0.0.1:8081/`"]);
    let two = Workdir::new().pipe(&["explain", "-"], format!("\n {line}\n{line}\n").as_bytes());
    assert_eq!(two.code(), 0);
    holds(&two.stdout(), &["1 more records were given", "upstream 10.0.0.1:8081"]);
}

#[test]
fn a_locale_without_utf_8_gets_no_other_characters() {
    let dir = Workdir::new();
    let long = format!("2026/03/18 03:00:01 [error] 7#7: *1 odd {} thing", "x".repeat(500));
    for args in [&["formats"][..], &["explain", &long]] {
        let said = |locale: &str| String::from_utf8(dir.command(args).envs([("LC_ALL", locale), ("COLUMNS", "76")]).output().unwrap().stdout).unwrap();
        assert!(said("C.UTF-8").contains('…'), "{args:?}");
        assert!(said("C").is_ascii() && said("C").contains("..."), "{args:?}: {}", said("C"));
        assert!(args[0] != "formats" || said("C").lines().all(|line| line.len() <= 76), "{}", said("C"));
    }
}

#[test]
fn hostile_text_reaches_no_terminal() {
    let line = "2026/03/18 03:00:01 [error] 7#7: *1 odd \x1b[2J\u{202e} thing, client: 203.0.113.1, server: a, request: \"GET /\x1b]0;x\x07 HTTP/1.1\", host: \"a\x1b[31m\"";
    let text = explained(&[line]);
    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
    holds(&text, &["Unrecognised", "template", "patterns suggest FILE"]);
    let run = Workdir::new().run(&["explain", "\x1b[2J"]);
    assert!(!run.stderr().contains('\u{1b}'));
}

#[test]
fn a_cause_a_pattern_and_a_status_are_explained() {
    holds(
        &explained(&["upstream-down"]),
        &["upstream-down: ", "Check", "Fix", "Patterns of nginx", "nginx/connect-refused ", "Patterns of apache", "Patterns of alb"],
    );
    holds(
        &explained(&["nginx/connect-refused"]),
        &["nginx/connect-refused: ", "cause upstream-down: ", "Meaning", "Check", "patterns show nginx/connect-refused"],
    );
    holds(
        &explained(&["502"]),
        &["502 Bad Gateway", "Who says it, and why", "Beside it", "503 Service Unavailable", "504 Gateway Timeout", "Causes of it", "upstream-down"],
    );
    holds(&explained(&["504", "Gateway", "Timeout"]), &["504 Gateway Timeout", "502 Bad Gateway", "503 Service Unavailable"]);
    holds(&explained(&["524"]), &["Cloudflare"]);
}

#[test]
fn what_is_nothing_is_exit_2_and_says_what_was_tried() {
    for (args, expected) in [
        (&["explain", "upstream-dwon"][..], "did you mean 'upstream-down'?"),
        (&["explain", "nginx/conect-refused"], "did you mean 'nginx/connect-refused'?"),
        (&["explain", "xyzzyxyzzy"], "is no cause, pattern or status"),
        (&["explain", "Mar 18 something that is no line of any proxy at all"], "nginx-error, apache-error, alb"),
        (&["explain", "--format", "alb", "2026/03/18 03:00:01 [error] 7#7: x"], "it is no line of alb; it is one of nginx-error"),
        (&["explain", "--format", "ngnix-error", "502 x"], "did you mean 'nginx-error'"),
        (&["explain"], "CAUSE|ID|STATUS|LINE"),
    ] {
        let run = Workdir::new().run(args);
        assert_eq!((run.code(), run.stdout().as_str()), (2, ""), "{args:?}");
        assert!(run.stderr().contains(expected), "{args:?}: {}", run.stderr());
    }
}
