//! Inputs as they come: with marks before the first line, of a format that the user names, from writers that do not write.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use support::{Run, Workdir, here};

const REFUSED: &str = r#"2026/03/18 03:00:01 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: shop.example, request: "GET /cart HTTP/1.1", upstream: "http://10.0.0.1:80/cart", host: "shop.example"
"#;
const ANSWER: &str = "203.0.113.1 - - [18/Mar/2026:03:00:01 +0000] \"GET /cart HTTP/1.1\" 502 157 \"-\" \"curl/8\"\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_byte_order_mark_costs_no_line_of_any_format() {
    let dir = Workdir::new();
    for format in std::fs::read_dir(here("sample-logs")).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        for sample in std::fs::read_dir(format.path()).unwrap().map(Result::unwrap) {
            let bytes = std::fs::read(sample.path()).unwrap();
            let marked = [b"\xef\xbb\xbf", bytes.as_slice()].concat();
            let name = format!("{}.log", format.file_name().to_string_lossy());
            let read = |bytes: &[u8]| {
                dir.write(&name, bytes);
                dir.run(&["-o", "json", &name]).json()["totals"].clone()
            };
            let expected = read(&bytes);
            assert_eq!(read(&marked), expected, "{:?}", sample.path());
            assert_eq!(read(&gzip(&marked)), expected, "{:?}", sample.path());
            let piped = |bytes: &[u8]| dir.pipe(&["-o", "json"], bytes).json()["totals"].clone();
            assert_eq!(piped(&marked), piped(&bytes), "{:?}", sample.path());
        }
    }
    dir.write("mark.log", b"\xef\xbb\xbf");
    assert_eq!(dir.run(&["mark.log"]).code(), 0);
}

#[test]
fn compose_logs_with_stamps_are_read_whatever_the_format() {
    let text = format!("proxy-1  | 2026-03-18T03:00:01.000000001Z {REFUSED}");
    let report = Workdir::new().pipe(&["-o", "json"], text.as_bytes()).json();
    assert_eq!((&report["causes"][0]["id"], &report["totals"]["unparsed"]), (&"upstream-down".into(), &0.into()));
}

#[test]
fn a_format_that_is_named_is_the_only_one_that_is_read() {
    let dir = Workdir::new();
    dir.write("both.log", [REFUSED, ANSWER, REFUSED, ANSWER].concat());
    let run = dir.run(&["-o", "json", "--format", "nginx-error", "both.log"]);
    let report = run.json();
    assert_eq!((&report["totals"]["responses"], &report["totals"]["unparsed"], &report["totals"]["evidence"]), (&0.into(), &2.into(), &2.into()));
    assert_eq!(report["inputs"][0]["format"], "nginx-error");
    assert!(run.stderr().contains("2 of 4 lines are of no known format"), "{}", run.stderr());
    assert_eq!(run.code(), 0);
}

#[test]
fn a_log_of_another_format_than_the_one_named_is_not_read() {
    let dir = Workdir::new();
    dir.write("error.log", REFUSED);
    dir.write("access.log", ANSWER);
    let run = dir.run(&["--format", "alb", "error.log"]);
    assert_eq!((run.code(), run.stdout().as_str()), (2, ""));
    assert!(run.stderr().contains("error.log: is not a log of format alb"), "{}", run.stderr());
    let run = dir.run(&["--format", "nginx-error", "error.log", "access.log"]);
    assert_eq!(run.code(), 3);
    assert!(run.stderr().contains("access.log: is not a log of format nginx-error"), "{}", run.stderr());
    let run = dir.run(&["--format", "nginx-error", "--since", "2027-01-01", "error.log"]);
    assert_eq!(run.code(), 0, "what a filter removes was understood: {}", run.stderr());
}

/// Whether the process has a handler for that signal.
#[cfg(target_os = "linux")]
fn catches(pid: u32, signal: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() >> (signal - 1) & 1 == 1
}

#[cfg(target_os = "linux")]
#[test]
fn one_interrupt_ends_a_run_that_waits_for_a_writer() {
    let dir = Workdir::new();
    assert!(Command::new("mkfifo").arg(dir.path("fifo")).status().unwrap().success());
    let mut child = dir.command(&["-o", "json", "fifo"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() && !catches(child.id(), 2) {
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let run = Run(child.wait_with_output().unwrap());
    assert!(matches!(run.code(), 0 | 130), "{:?} {}", run.code(), run.stderr());
}
