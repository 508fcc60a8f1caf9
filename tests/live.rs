//! Logs that go on: what comes of them in the end, what is told meanwhile, and how the program behaves.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use logscan502::analysis::Stop;
use logscan502::analysis::live::{Live, Request, Waker, run};
use logscan502::pattern::Catalogue;
use logscan502::report::{Event, Report};
use logscan502::source::{Input, Reading};
use logscan502::time::Timestamp;
use support::{Workdir, here, options, outcome};

const START: i64 = 1_773_802_800; // 2026-03-18T03:00:00Z

/// A line of an error log: second, request, upstream.
fn refused(second: i64, request: u32, upstream: &str) -> String {
    let (minute, second) = (second / 60, second % 60);
    format!(
        "2026/03/18 03:{minute:02}:{second:02} [error] 7#7: *{request} connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.{}, server: shop.example, request: \"GET /{request} HTTP/1.1\", upstream: \"http://{upstream}/{request}\", host: \"shop.example\"\n",
        request % 250
    )
}

/// The answer to it.
fn answer(second: i64, request: u32, status: u16) -> String {
    let (minute, second) = (second / 60, second % 60);
    format!("203.0.113.{} - - [18/Mar/2026:03:{minute:02}:{second:02} +0000] \"GET /{request} HTTP/1.1\" {status} 157 \"-\" \"curl\"\n", request % 250)
}

/// Time that goes on by what is waited, while a script of what happens is carried out.
struct Script<'s> {
    now: i64,
    happens: Box<dyn FnMut(i64) + 's>,
}

impl Waker for Script<'_> {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now)
    }

    fn wait(&mut self, most: Duration) {
        self.now += i64::try_from(most.as_micros()).unwrap();
        (self.happens)(self.now - START * 1_000_000);
    }
}

fn live<'c>(catalogue: &'c Catalogue, paths: &[PathBuf]) -> Live<'c> {
    let inputs = paths.iter().cloned().map(Input::Path).collect();
    let request = Request { inputs, catalogue, options: options(), reading: Reading::Following, cursor: None, stop: Stop::default(), leaves_cursor: false };
    Live::new(request, || {})
}

fn append(path: &Path, text: impl AsRef<[u8]>) {
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(text.as_ref()).unwrap();
}

/// What of a report is the same however its lines came.
fn essence(report: &Report) -> serde_json::Value {
    let mut value = serde_json::to_value(report).unwrap();
    for input in value["inputs"].as_array_mut().unwrap() {
        input["path"] = "".into();
    }
    value
}

#[test]
fn a_log_that_comes_in_pieces_gives_the_report_of_one_that_is_there() {
    let catalogue = Catalogue::embedded();
    let mut checked = 0;
    for folder in ["nginx-error", "apache-error", "nginx-access", "apache-access", "alb"] {
        for entry in fs::read_dir(here("sample-logs").join(folder)).unwrap() {
            let sample = entry.unwrap().path();
            let text = fs::read(&sample).unwrap();
            if sample.extension().is_none_or(|extension| extension != "log") || text.is_empty() {
                continue;
            }
            let dir = Workdir::new();
            let path = dir.path(sample.file_name().unwrap().to_str().unwrap());
            // Whole lines at a time: what comes within a tenth of a second belongs together, and nothing here takes longer.
            let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
            let (first, rest) = lines.split_at(lines.len() / 3);
            fs::write(&path, first.concat()).unwrap();
            let mut rest = rest.iter();
            let mut live = live(&catalogue, std::slice::from_ref(&path));
            let mut now = START * 1_000_000;
            loop {
                live.step(Timestamp::from_micros(now));
                live.snapshot();
                now += 10_000;
                let Some(line) = rest.next() else { break };
                append(&path, line);
            }
            while live.step(Timestamp::from_micros(now)).has_more {}
            let (outcome_live, _) = live.finish(Timestamp::from_micros(now));
            let expected = outcome(std::slice::from_ref(&path), options(), 1).report;
            assert_eq!(essence(&outcome_live.report)["totals"]["requests"], essence(&expected)["totals"]["requests"], "{}", sample.display());
            for (mine, theirs) in outcome_live.report.causes.iter().zip(&expected.causes) {
                assert_eq!(mine, theirs, "{}", sample.display());
            }
            assert_eq!(outcome_live.report.totals.lines, expected.totals.lines, "{}", sample.display());
            checked += 1;
        }
    }
    assert!(checked >= 5, "{checked} samples");
}

#[test]
fn error_log_and_access_log_are_held_against_each_other_while_they_go_on() {
    let catalogue = Catalogue::embedded();
    let dir = Workdir::new();
    let (error, access) = (dir.path("error.log"), dir.path("access.log"));
    // Three hours: far more answers than are held, and requests that stay open for their five minutes.
    append(&error, refused(0, 1, "10.0.0.1:80"));
    append(&access, answer(0, 1, 502));
    let mut live = live(&catalogue, &[error.clone(), access.clone()]);
    let mut request = 2;
    for second in 1..3_600 {
        let (mut failures, mut answers) = (String::new(), String::new());
        for _ in 0..2 {
            failures += &refused(second % 3_600, request, "10.0.0.1:80");
            answers += &answer(second % 3_600, request, if request % 3 == 0 { 200 } else { 502 });
            request += 1;
        }
        for _ in 0..10 {
            answers += &answer(second % 3_600, request, 200);
            request += 1;
        }
        answers += &answer(second % 3_600, request, 504);
        request += 1;
        append(&error, failures);
        append(&access, answers);
        live.step(Timestamp::from_seconds(START + second));
        if second % 600 == 0 {
            let snapshot = live.snapshot();
            assert_eq!(snapshot.totals.requests, 1 + 3 * u64::try_from(second).unwrap(), "after {second} s");
        }
    }
    let (outcome_live, _) = live.finish(Timestamp::from_seconds(START + 3_600));
    let expected = outcome(&[error, access], options(), 1).report;
    assert_eq!(outcome_live.report.reconciliation, expected.reconciliation);
    assert_eq!(outcome_live.report.totals, expected.totals);
    assert_eq!(outcome_live.report.causes, expected.causes);
}

#[test]
fn a_change_is_told_at_the_next_look_and_history_is_not() {
    let catalogue = Catalogue::embedded();
    let dir = Workdir::new();
    let path = dir.path("error.log");
    // An outage that is over, yesterday's story.
    (0..60).for_each(|second| append(&path, refused(second, u32::try_from(second).unwrap(), "10.0.0.9:80")));
    let mut live = live(&catalogue, std::slice::from_ref(&path));
    let mut told: Vec<(i64, String)> = Vec::new();
    let mut request = 1_000;
    let minutes_later = START + 1_800;
    let mut script = Script {
        now: minutes_later * 1_000_000,
        happens: Box::new(|micros| {
            let second = micros / 1_000_000;
            if micros % 1_000_000 == 0 && (1_810..1_830).contains(&second) {
                let upstream = if second < 1_820 { "10.0.0.1:80" } else { "10.0.0.2:80" };
                (0..5).for_each(|_| {
                    request += 1;
                    append(&path, refused(second, request, upstream));
                });
            }
        }),
    };
    let until = Some(Timestamp::from_seconds(minutes_later + 120));
    let mut at = Vec::new();
    run(&mut live, &mut script, &Stop::default(), until, &mut |live| {
        for event in live.events() {
            let value = serde_json::to_value(&event).unwrap();
            told.push((0, format!("{} {} {}", value["event"].as_str().unwrap(), value["upstream"].as_str().unwrap_or("-"), value["lines"])));
            if let Event::Begins(news) | Event::Spreads(news) | Event::Ends(news) = event {
                at.push((news.at.micros() - START * 1_000_000, news.time.unwrap().seconds() - START));
            }
        }
        true
    });
    let told: Vec<&str> = told.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(told, ["caught-up - 60", "begins 10.0.0.1:80 null", "spreads 10.0.0.2:80 null", "ends - null"]);
    assert_eq!((at[0].1, at[1].1), (1_810, 1_820), "in the log's time");
    assert!(at[0].0 <= 1_810_250_000 && at[1].0 <= 1_820_250_000, "a quarter of a second later: {at:?}");
}

/// The program, followed by its events.
struct Running {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn new(dir: &Workdir, args: &[&str], stdin: Stdio) -> Self {
        let mut child = dir.command(args).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    fn event(&mut self) -> serde_json::Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Its code, and what it still wrote.
    fn end(mut self) -> (i32, String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code().unwrap(), stdout, stderr)
    }
}

fn present(request: u32) -> String {
    let now = chrono::Utc::now();
    refused(0, request, "10.0.0.1:80").replacen("2026/03/18 03:00:00", &now.format("%Y/%m/%d %H:%M:%S").to_string(), 1)
}

#[test]
fn a_followed_log_is_told_line_by_line_and_ends_with_the_report() {
    let dir = Workdir::new();
    let path = dir.write("error.log", present(1));
    let mut program = Running::new(&dir, &["--follow", "error.log", "-o", "ndjson"], Stdio::null());
    let event = program.event();
    assert_eq!((&event["event"], &event["lines"]), (&"caught-up".into(), &1.into()));
    (2..9).for_each(|request| append(&path, present(request)));
    assert_eq!(program.event()["event"], "begins");
    fs::rename(&path, dir.path("error.log.1")).unwrap();
    (9..12).for_each(|request| append(&path, present(request).replace("10.0.0.1", "10.0.0.2")));
    let event = program.event();
    assert_eq!((&event["event"], &event["upstream"]), (&"spreads".into(), &"10.0.0.2:80".into()));
    signal(&program.child);
    let (code, stdout, stderr) = program.end();
    assert_eq!(code, 0, "{stderr}");
    let last: serde_json::Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "report");
    assert_eq!(last["report"]["totals"]["requests"], 11);
}

#[cfg(unix)]
fn signal(child: &Child) {
    let status = std::process::Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
    assert!(status.success());
}

#[test]
fn following_for_a_time_is_a_gate() {
    let dir = Workdir::new();
    dir.write("error.log", (1..=6).map(present).collect::<String>());
    let run = dir.run(&["--follow", "error.log", "--for", "1s", "--max-failures", "5", "-o", "json"]);
    assert_eq!(run.code(), 1, "{}", run.stderr());
    assert_eq!(run.json()["totals"]["failed"], 6, "-o json is one object, at the end");
    let run = dir.run(&["--follow", "error.log", "--for", "1s", "--max-failures", "6"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    assert!(run.stdout().contains("6 lines read"), "{}", run.stdout());
    assert!(run.stdout().contains("6 requests failed"), "{}", run.stdout());
    let run = dir.run(&["--follow", "absent.log", "--for", "1s"]);
    assert_eq!(run.code(), 2);
    assert!(run.stderr().contains("absent.log: no such file or folder"), "{}", run.stderr());
}

#[test]
fn what_is_piped_in_is_told_as_it_comes() {
    let dir = Workdir::new();
    let mut program = Running::new(&dir, &["--stream"], Stdio::piped());
    let mut stdin = program.child.stdin.take().unwrap();
    (0..7).for_each(|request| stdin.write_all(present(request).as_bytes()).unwrap());
    let line = program.line();
    assert!(line.contains("new: upstream-down at 10.0.0.1:80"), "{line}");
    drop(stdin);
    let (code, stdout, _) = program.end();
    assert_eq!(code, 0);
    assert!(stdout.contains("7 requests failed"), "{stdout}");
}

#[test]
fn a_pipe_that_does_not_end_ends_after_its_time() {
    let dir = Workdir::new();
    let mut program = Running::new(&dir, &["--for", "1s", "-o", "json"], Stdio::piped());
    let mut stdin = program.child.stdin.take().unwrap();
    stdin.write_all(present(1).as_bytes()).unwrap();
    let (code, stdout, stderr) = program.end();
    assert_eq!(code, 0, "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["totals"]["requests"], 1);
}

#[test]
fn words_that_do_not_go_together_are_refused() {
    let dir = Workdir::new();
    dir.write("error.log", present(1));
    for (args, says) in [
        (&["--follow"][..], "--follow needs the names of files"),
        (&["--stream", "error.log"], "--stream is for what is piped in"),
        (&["--for", "10m", "error.log"], "--for is for --follow"),
        (&["--follow", "error.log", "--for", "soon"], "'soon' is no duration"),
        (&["--cursor", "c", "-"], "--cursor needs the names of files"),
    ] {
        let run = dir.run(args);
        assert_eq!(run.code(), 2, "{args:?}");
        assert!(run.stderr().contains(says), "{args:?}: {}", run.stderr());
    }
}

#[test]
fn a_cursor_that_is_none_is_refused_and_left_alone() {
    let dir = Workdir::new();
    dir.write("error.log", present(1));
    dir.write("state.json", "{\"mine\": 1}");
    let run = dir.run(&["--cursor", "state.json", "error.log"]);
    assert_eq!(run.code(), 2);
    assert!(run.stderr().contains("is no cursor of logscan502, or damaged"), "{}", run.stderr());
    assert_eq!(fs::read_to_string(dir.path("state.json")).unwrap(), "{\"mine\": 1}");
    let lock = File::create(dir.path("other.json.lock")).unwrap();
    lock.try_lock().unwrap();
    let run = dir.run(&["--cursor", "other.json", "error.log"]);
    assert_eq!(run.code(), 2);
    assert!(run.stderr().contains("another run uses this cursor now"), "{}", run.stderr());
}

/// Evidence of a run, its requests, its explained and its unexplained gateway responses.
fn figures(dir: &Workdir, args: &[&str]) -> [u64; 4] {
    let run = dir.run(&[&["-o", "json", "--cursor", "state.json"][..], args].concat());
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let report = run.json();
    let of = |value: &serde_json::Value| value.as_u64().unwrap_or(0);
    let reconciliation = &report["reconciliation"];
    [of(&report["totals"]["evidence"]), of(&report["totals"]["requests"]), of(&reconciliation["explained"]), of(&reconciliation["unexplained"])]
}

#[test]
fn a_request_that_lies_across_two_runs_is_one() {
    let dir = Workdir::new();
    let (error, access) = (dir.write("error.log", ""), dir.write("access.log", answer(0, 1, 200)));
    // The second attempt of a request, and the answer to it, come when the first run is over.
    append(&error, refused(10, 7, "10.0.0.1:80"));
    append(&error, refused(10, 8, "10.0.0.1:80"));
    assert_eq!(figures(&dir, &["error.log", "access.log"]), [2, 2, 0, 0]);
    append(&error, refused(10, 7, "10.0.0.2:80"));
    append(&access, answer(10, 7, 502));
    append(&access, answer(10, 8, 502));
    append(&access, answer(10, 9, 502));
    assert_eq!(figures(&dir, &["error.log", "access.log"]), [2, 1, 2, 1], "one piece, and an answer that nothing explains");
    assert_eq!(figures(&dir, &["error.log", "access.log"]), [0, 0, 0, 0]);
}

#[test]
fn a_line_that_is_not_complete_is_left_to_the_next_run() {
    let dir = Workdir::new();
    let text = refused(1, 1, "10.0.0.1:80") + &refused(2, 2, "10.0.0.1:80");
    let (now, later) = text.split_at(text.len() - 40);
    let path = dir.write("error.log", now);
    assert_eq!(figures(&dir, &["error.log"])[1], 1);
    append(&path, later);
    assert_eq!(figures(&dir, &["error.log"])[1], 1);
    assert_eq!(figures(&dir, &["error.log"])[1], 0);
}

#[test]
fn following_goes_on_where_a_cursor_was_left() {
    let dir = Workdir::new();
    let path = dir.write("error.log", refused(1, 1, "10.0.0.1:80"));
    assert_eq!(figures(&dir, &["error.log"])[1], 1);
    append(&path, refused(2, 2, "10.0.0.1:80"));
    fs::rename(&path, dir.path("error.log.1")).unwrap();
    append(&path, refused(3, 3, "10.0.0.1:80"));
    assert_eq!(figures(&dir, &["--follow", "error.log", "--for", "1s"])[1], 2);
    append(&path, refused(4, 4, "10.0.0.1:80"));
    assert_eq!(figures(&dir, &["error.log"])[1], 1);
}

#[test]
fn a_cursor_finds_its_files_however_they_are_named() {
    let dir = Workdir::new();
    let path = dir.write("logs/error.log", refused(1, 1, "10.0.0.1:80"));
    assert_eq!(figures(&dir, &["logs/error.log"])[1], 1);
    append(&path, refused(2, 2, "10.0.0.1:80"));
    assert_eq!(figures(&dir, &[path.to_str().unwrap()])[1], 1);
    assert_eq!(figures(&dir, &["logs"])[1], 0);
}

#[test]
fn what_a_deadline_keeps_away_is_read_by_the_next_run() {
    let dir = Workdir::new();
    let lines: String = (0..20_000).map(|request| refused(i64::from(request / 40), request, "10.0.0.1:80")).collect();
    dir.write("error.log", &lines);
    let catalogue = Catalogue::embedded();
    let (mut cursor, mut failed, mut runs) = (None, 0, 0);
    loop {
        let stop = Stop::default();
        // As a deadline does that is over at once.
        stop.0.store(true, std::sync::atomic::Ordering::Relaxed);
        let inputs = vec![Input::Path(dir.path("error.log"))];
        let request = Request { inputs, catalogue: &catalogue, options: options(), reading: Reading::Once, cursor, stop, leaves_cursor: true };
        let mut live = Live::new(request, || {});
        let now = Timestamp::from_seconds(START + 3_600);
        let has_more = live.step(now).has_more;
        let (outcome, left) = live.finish(now);
        (failed, runs) = (failed + outcome.report.totals.failed, runs + 1);
        if !has_more {
            break;
        }
        cursor = left;
    }
    assert_eq!(failed, 20_000);
    assert!(runs > 2, "one run read it all");
}

#[test]
fn a_compressed_file_that_is_followed_is_read_once() {
    let dir = Workdir::new();
    let text = (0..5).map(present).collect::<String>();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    fs::write(dir.path("error.log.gz"), packed.finish().unwrap()).unwrap();
    let report = dir.run(&["--follow", "error.log.gz", "--for", "1s", "-o", "json"]).json();
    assert_eq!((&report["totals"]["lines"], report["inputs"].as_array().unwrap().len()), (&5.into(), 1), "{report}");
}
