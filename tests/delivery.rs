//! Where a report goes, and what a scheduler and a monitoring system get to see.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::process::Stdio;

use support::{Run, Workdir, here};
use unicode_width::UnicodeWidthStr;

const REFUSED: &str = r#"2026/03/18 03:00:01 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: shop.example, request: "GET /cart HTTP/1.1", upstream: "http://10.0.0.1:80/cart", host: "shop.example"
2026/03/18 03:00:02 [error] 7#7: *2 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.2, server: shop.example, request: "GET /oauth/token HTTP/1.1", upstream: "http://10.0.0.1:80/oauth/token", host: "shop.example"
"#;
const CLEAN: &str = "2026/03/18 03:00:01 [notice] 7#7: start worker processes\n";

fn dir() -> Workdir {
    let dir = Workdir::new();
    dir.write("error.log", REFUSED);
    dir.write("clean.log", CLEAN);
    dir
}

fn names(dir: &Workdir, folder: &str) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir.path(folder)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_form_can_be_written_to_a_file() {
    let dir = dir();
    for output in ["table", "json", "csv", "markdown", "html", "openmetrics"] {
        let printed = dir.run(&["-o", output, "error.log"]);
        let run = dir.run(&["-o", output, "--write", "out/../report", "error.log"]);
        assert_eq!(run.code(), 2, "there is no folder out");
        let run = dir.run(&["-o", output, "--write", "report", "error.log"]);
        assert_eq!((run.code(), run.stdout(), run.stderr()), (0, String::new(), String::new()), "{output}");
        assert_eq!(std::fs::read_to_string(dir.path("report")).unwrap(), printed.stdout(), "{output}");
    }
    assert_eq!(names(&dir, "."), ["clean.log", "error.log", "report"], "nothing is left beside it");
    assert!(dir.run(&["--write", "-", "error.log"]).stdout().starts_with("2 requests failed"));
}

#[test]
fn a_report_that_is_not_made_leaves_the_old_one() {
    let dir = dir();
    dir.write("report", "old");
    assert_eq!(dir.run(&["--write", "report", "absent.log"]).code(), 2);
    assert_eq!(dir.run(&["--write", "report", "--bucket", "wide", "error.log"]).code(), 2);
    assert_eq!(std::fs::read_to_string(dir.path("report")).unwrap(), "old");
    std::fs::create_dir(dir.path("folder")).unwrap();
    let run = dir.run(&["--write", "folder", "error.log"]);
    assert_eq!(run.code(), 2);
    assert!(run.stderr().contains("cannot write"), "{}", run.stderr());
    assert_eq!(names(&dir, "."), ["clean.log", "error.log", "folder", "report"]);
    assert_eq!(dir.run(&["--write", "report", "--quiet-if-clean", "clean.log"]).code(), 0);
    assert!(std::fs::read_to_string(dir.path("report")).unwrap().starts_with("No request failed"), "a file tells of a clean run as well");
}

#[cfg(unix)]
#[test]
fn a_written_file_can_be_read_by_others_and_a_link_stays_one() {
    use std::os::unix::fs::PermissionsExt;
    let dir = dir();
    std::os::unix::fs::symlink("real", dir.path("link")).unwrap();
    dir.write("real", "old");
    assert_eq!(dir.run(&["--write", "link", "error.log"]).code(), 0);
    assert!(std::fs::symlink_metadata(dir.path("link")).unwrap().is_symlink());
    assert!(std::fs::read_to_string(dir.path("real")).unwrap().starts_with("2 requests failed"));
    let shell = format!("umask 027; exec {} --write report error.log", env!("CARGO_BIN_EXE_logscan502"));
    for (umask, mode) in [("umask 022", 0o644), ("umask 027", 0o640)] {
        let shell = shell.replace("umask 027", umask);
        assert!(std::process::Command::new("sh").args(["-c", &shell]).current_dir(dir.path(".")).status().unwrap().success());
        assert_eq!(std::fs::metadata(dir.path("report")).unwrap().permissions().mode() & 0o777, mode);
    }
    let run = dir.run(&["--write", "/dev/stdout", "-o", "csv", "error.log"]);
    assert!(run.stdout().starts_with("bucket,cause"), "{}", run.stderr());
}

fn check(run: &Run, code: i32, start: &str) -> String {
    let text = run.stdout();
    assert_eq!(run.code(), code, "{text} {}", run.stderr());
    assert!(text.starts_with(start), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[test]
fn a_check_says_its_state_in_one_line_and_in_its_code() {
    let dir = dir();
    let text = check(&dir.run(&["--nagios", "error.log"]), 2, "LOGSCAN502 CRITICAL - 2 requests failed between 03:00:01 and 03:00:02 (1 s), because");
    let (_, figures) = text.trim_end().split_once('|').unwrap();
    assert_eq!(figures.split(' ').next(), Some("failed=2;0;0;0"));
    assert!(figures.contains(" sign_in=1;;;0 ") && figures.ends_with(" upstream-down=2;;;0"), "{figures}");
    let text = check(&dir.run(&["--nagios", "--max-failures", "2", "error.log"]), 1, "LOGSCAN502 WARNING - 2 requests failed");
    assert!(text.contains("|failed=2;0;2;0 "), "{text}");
    check(&dir.run(&["--nagios", "--max-failures", "1", "error.log", "absent.log"]), 2, "LOGSCAN502 CRITICAL - ");
    check(&dir.run(&["--nagios", "clean.log"]), 0, "LOGSCAN502 OK - No request failed|failed=0;0;0;0 ");
    check(&dir.run(&["--nagios", "clean.log", "absent.log"]), 3, "LOGSCAN502 UNKNOWN - No request failed; 1 warning|");
    check(&dir.run(&["--nagios", "absent.log"]), 3, "LOGSCAN502 UNKNOWN - nothing could be read\n");
    check(&dir.run(&["--nagios", "--bucket", "wide", "error.log"]), 3, "LOGSCAN502 UNKNOWN - 'wide' is no bucket width");
    check(&dir.run(&["--nagios", "--no-such-option"]), 3, "LOGSCAN502 UNKNOWN - unexpected argument '--no-such-option'");
}

#[test]
fn a_check_can_write_the_report_beside_its_line() {
    let dir = dir();
    check(&dir.run(&["--nagios", "-o", "html", "--write", "report.html", "error.log"]), 2, "LOGSCAN502 CRITICAL");
    assert!(std::fs::read_to_string(dir.path("report.html")).unwrap().starts_with("<!DOCTYPE html>"));
    check(&dir.run(&["--nagios", "--write", "no/such/folder", "error.log"]), 3, "LOGSCAN502 UNKNOWN - cannot write no/such/folder");
}

#[test]
fn the_line_of_a_check_has_no_figures_of_others() {
    let dir = Workdir::new();
    let name = "x|failed=0";
    dir.write("error.log", REFUSED.replace("10.0.0.1:80", name).replace("/cart", "/|a=1 <b>"));
    let text = check(&dir.run(&["--nagios", "error.log"]), 2, "LOGSCAN502 CRITICAL");
    assert_eq!(text.matches('|').count(), 1, "{text}");
}

#[test]
fn what_a_scheduler_mails_is_narrow_and_plain() {
    let samples = here("sample-logs");
    let dir = Workdir::new();
    let run = dir.run(&[samples.to_str().unwrap()]);
    let text = run.stdout();
    assert!(!text.contains('\u{1b}'));
    assert!(text.lines().all(|line| line.width() < 78));
    assert!(text.lines().all(|line| !line.ends_with(' ')), "blanks at line ends are encoded, or lost");
    let ascii = dir.command(&[samples.to_str().unwrap()]).env("LC_ALL", "C").output().unwrap();
    assert!(ascii.stdout.is_ascii(), "a scheduler with that locale sends ASCII");
}

#[test]
fn a_deadline_ends_a_silent_stream_with_a_report_that_says_so() {
    let dir = dir();
    let mut child =
        dir.command(&["-o", "json", "--deadline", "1s", "-", "error.log"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Kept open: the stream has no end of its own.
    let stdin = child.stdin.take();
    let run = Run(child.wait_with_output().unwrap());
    drop(stdin);
    let report = run.json();
    assert_eq!(run.code(), 3);
    assert_eq!(report["partial"], true);
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("the deadline of 1s was over before everything was read"), "{warnings}");
    assert!(warnings.contains("was read in part"), "{warnings}");
    assert!(run.stderr().contains("the deadline of 1s"), "{}", run.stderr());
}

#[test]
fn a_deadline_that_is_kept_changes_nothing() {
    let dir = dir();
    let report = dir.run(&["-o", "json", "--deadline", "10m", "error.log"]);
    assert_eq!(report.code(), 0);
    assert_eq!(report.stdout(), dir.run(&["-o", "json", "error.log"]).stdout());
    assert_eq!(report.json()["partial"], false);
    for wrong in ["0s", "soon", "5", "-1s"] {
        assert_eq!(dir.run(&[&format!("--deadline={wrong}"), "error.log"]).code(), 2, "{wrong}");
    }
}

#[test]
fn an_example_is_found_where_the_report_says() {
    let dir = Workdir::new();
    let padding = "2026/03/18 02:00:00 [notice] 7#7: signal process started\n\n".repeat(9_000);
    dir.write("logs/a/error.log", format!("{padding}{REFUSED}"));
    dir.write("logs/b/error.log", CLEAN);
    let report = dir.run(&["-o", "json", "logs"]).json();
    let place = &report["examples"][0];
    assert_eq!((&place["cause"], &place["line"]), (&"upstream-down".into(), &18_001.into()));
    assert!(place["path"].as_str().unwrap().ends_with("a/error.log"));
}

#[test]
fn an_example_in_a_rotated_set_is_found_in_its_own_file() {
    let dir = Workdir::new();
    dir.write("logs/error.log.1", CLEAN.repeat(7));
    dir.write("logs/error.log", format!("{CLEAN}{REFUSED}"));
    let report = dir.run(&["-o", "json", "logs"]).json();
    let place = &report["examples"][0];
    assert_eq!(place["line"], 2);
    assert!(place["path"].as_str().unwrap().ends_with("logs/error.log"));
}
