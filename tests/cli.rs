//! The program as a user runs it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::Write;
use std::path::PathBuf;

use support::{Workdir, here};

const REFUSED: &str = r#"2026/03/18 03:00:01 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: shop.example, request: "GET /cart HTTP/1.1", upstream: "http://10.0.0.1:80/cart", host: "shop.example"
2026/03/18 03:00:02 [error] 7#7: *2 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.2, server: shop.example, request: "GET /oauth/token HTTP/1.1", upstream: "http://10.0.0.1:80/oauth/token", host: "shop.example"
"#;

#[test]
fn a_piped_log_is_reported() {
    let run = Workdir::new().pipe(&["-o", "json"], REFUSED.as_bytes());
    let report = run.json();
    assert_eq!(run.code(), 0, "{}", run.stderr());
    assert_eq!(report["inputs"][0]["path"], "-");
    assert_eq!(report["causes"][0]["id"], "upstream-down");
    assert_eq!(report["causes"][0]["requests"], 2);
    assert_eq!(report["causes"][0]["upstreams"][0]["name"], "10.0.0.1:80");
    assert_eq!(report["sign_in"][0]["name"], "/oauth/token");
    assert_eq!(report["totals"]["by_line"]["evidence"], 2);
}

#[test]
fn one_log_gives_one_result_however_it_is_packed() {
    let dir = Workdir::new();
    let plain = dir.write("plain.log", REFUSED.repeat(50));
    let (first, second) = REFUSED.repeat(50).split_at(REFUSED.len() * 20).to_owned_pair();
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    dir.write("two.log.gz", [gzip(first.as_bytes()), gzip(second.as_bytes())].concat());
    dir.write("a.log.zst", zstd::stream::encode_all(std::fs::File::open(&plain).unwrap(), 3).unwrap());
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 6);
    xz.write_all(&std::fs::read(&plain).unwrap()).unwrap();
    dir.write("a.log.xz", xz.finish().unwrap());
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(&std::fs::read(&plain).unwrap()).unwrap();
    dir.write("a.log.bz2", bzip2.finish().unwrap());
    let expected = dir.run(&["-o", "json", "plain.log"]).json();
    for name in ["two.log.gz", "a.log.zst", "a.log.xz", "a.log.bz2"] {
        let report = dir.run(&["-o", "json", name]).json();
        assert_eq!(report["totals"], expected["totals"], "{name}");
        assert_eq!(report["causes"], expected["causes"], "{name}");
        assert_eq!(report["inputs"][0]["bytes"], expected["inputs"][0]["bytes"], "{name}");
    }
    let piped = dir.pipe(&["-o", "json", "-"], &std::fs::read(&plain).unwrap()).json();
    assert_eq!(piped["totals"], expected["totals"]);
}

trait OwnedPair {
    fn to_owned_pair(self) -> (String, String);
}

impl OwnedPair for (&str, &str) {
    fn to_owned_pair(self) -> (String, String) {
        (self.0.to_owned(), self.1.to_owned())
    }
}

#[test]
fn what_cannot_be_read_is_a_warning_each_and_exit_3() {
    let dir = Workdir::new();
    dir.write("logs/error.log", REFUSED);
    dir.write("logs/empty.log", "");
    dir.write("logs/core.log", [0_u8, 159, 146, 150, 0, 0, 1, 2].repeat(40));
    dir.write("logs/notes.txt", "these are\nmy notes\nabout the outage\nof last night\n");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(REFUSED.repeat(1_000).as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    dir.write("logs/cut.log.gz", &packed[..packed.len() / 2]);
    let run = dir.run(&["-o", "json", "logs", "logs/absent.log"]);
    let report = run.json();
    assert_eq!(run.code(), 3);
    let warned: Vec<_> = report["warnings"].as_array().unwrap().iter().map(|warning| warning["path"].as_str().unwrap().to_owned()).collect();
    for name in ["absent.log", "core.log", "cut.log.gz", "notes.txt"] {
        assert_eq!(warned.iter().filter(|path| path.ends_with(name)).count(), 1, "{name}: {warned:?}");
    }
    assert_eq!(warned.len(), 4, "the empty file and the good one are fine");
    assert!(report["totals"]["failed"].as_u64().unwrap() > 2, "what could be read of the cut archive counts");
    assert_eq!(run.stderr().lines().count(), 4);
}

#[test]
fn nothing_readable_is_exit_2_and_an_empty_log_is_fine() {
    let dir = Workdir::new();
    let run = dir.run(&["absent.log"]);
    assert_eq!((run.code(), run.stdout().as_str()), (2, ""));
    dir.write("empty.log", "");
    assert_eq!(dir.run(&["empty.log"]).code(), 0);
    assert_eq!(dir.pipe(&[], b"").code(), 0);
}

#[test]
fn max_failures_wins_over_incomplete() {
    let dir = Workdir::new();
    dir.write("error.log", REFUSED);
    assert_eq!(dir.run(&["--max-failures", "2", "error.log"]).code(), 0);
    assert_eq!(dir.run(&["--max-failures", "1", "error.log"]).code(), 1);
    assert_eq!(dir.run(&["--max-failures", "1", "error.log", "absent.log"]).code(), 1);
    assert_eq!(dir.run(&["error.log", "absent.log"]).code(), 3);
}

#[test]
fn quiet_if_clean_prints_only_when_something_failed() {
    let dir = Workdir::new();
    dir.write("error.log", REFUSED);
    dir.write("clean.log", "2026/03/18 03:00:01 [notice] 7#7: start worker processes\n");
    assert_eq!(dir.run(&["--quiet-if-clean", "clean.log"]).stdout(), "");
    assert!(!dir.run(&["--quiet-if-clean", "error.log"]).stdout().is_empty());
}

#[test]
fn a_wrong_word_names_the_nearest_right_one() {
    let dir = Workdir::new();
    dir.write("error.log", REFUSED);
    for (args, expected) in [
        (&["--format", "ngnix-error", "error.log"][..], "did you mean 'nginx-error'"),
        (&["--cause", "upstream-dwon", "error.log"], "did you mean 'upstream-down'"),
        (&["--bukcet", "1m", "error.log"], "--bucket"),
        (&["--tz", "Mars/Olympus", "error.log"], "unknown time zone"),
        (&["--since", "soon", "error.log"], "is no time"),
        (&["--bucket", "wide", "error.log"], "is no bucket width"),
        (&["-o", "xml", "error.log"], "json"),
    ] {
        let run = dir.run(args);
        assert_eq!((run.code(), run.stdout().as_str()), (2, ""), "{args:?}");
        assert!(run.stderr().contains(expected), "{args:?}: {}", run.stderr());
    }
}

#[test]
fn filters_drop_what_lacks_their_field() {
    let dir = Workdir::new();
    dir.write("error.log", REFUSED);
    let failed = |args: &[&str]| {
        let report = dir.run(&[&["-o", "json", "error.log"], args].concat()).json();
        assert_eq!(report["totals"]["lines"], 2);
        (report["totals"]["failed"].as_u64().unwrap(), report["totals"]["by_line"]["filtered"].as_u64().unwrap())
    };
    assert_eq!(failed(&["--path", "/cart"]), (1, 1));
    assert_eq!(failed(&["--path", "/*"]), (2, 0));
    assert_eq!(failed(&["--upstream", "10.0.0.2:80"]), (0, 2));
    assert_eq!(failed(&["--status", "502"]), (0, 2), "an error log has no statuses");
    assert_eq!(failed(&["--cause", "upstream-timeout"]), (0, 2));
    assert_eq!(failed(&["--since", "2026-03-18T03:00:02Z"]), (1, 1));
    assert_eq!(failed(&["--until", "2026-03-18T03:00:02Z"]), (1, 1));
    assert_eq!(failed(&["--since", "2026-03-18T03:00:02Z", "--log-tz", "Europe/Berlin"]), (0, 2));
}

#[test]
fn hostile_text_reaches_no_terminal_cell_or_shell() {
    let dir = Workdir::new();
    let hostile = "2026/03/18 03:00:01 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: a, request: \"GET /=cmd()\", upstream: \"http://evil/\x1b[2J HTTP/1.1\", upstream: \"http://10.0.0.1:80/=cmd()\", upstream: \"http://evil/\x1b[2J\", host: \"a;$(id)\"\n";
    dir.write("error.log", hostile);
    for output in ["table", "json", "csv"] {
        let run = dir.run(&["-o", output, "--color", "never", "error.log"]);
        assert_eq!(run.code(), 0);
        assert!(!run.stdout().contains('\u{1b}'), "{output}");
        assert!(!run.stderr().contains('\u{1b}'), "{output}");
    }
    let report = dir.run(&["-o", "json", "error.log"]).json();
    assert_eq!(report["causes"][0]["upstreams"][0]["name"], "10.0.0.1:80");
    assert_eq!(report["causes"][0]["upstreams"].as_array().unwrap().len(), 1);
}

#[test]
fn a_path_named_like_a_command_is_a_path_with_its_folder() {
    let dir = Workdir::new();
    dir.write("formats", REFUSED);
    assert!(dir.run(&["formats"]).stdout().contains("nginx-error"));
    assert_eq!(dir.run(&["-o", "json", "./formats"]).json()["totals"]["failed"], 2);
}

#[test]
fn a_users_pattern_adds_replaces_and_goes_first() {
    let dir = Workdir::new();
    dir.write("error.log", REFUSED);
    let pattern = |id: &str, cause: &str| {
        format!(
            "formats = [\"nginx-error\"]\n[[pattern]]\nid = \"{id}\"\ntitle = \"ours\"\ncause = \"{cause}\"\nstarts = [\"connect() failed\"]\n[[pattern.example]]\nfrom = \"run\"\nline = '''{}'''\n",
            REFUSED.lines().next().unwrap()
        )
    };
    dir.write("ours.toml", pattern("ours/refused", "intentional"));
    let report = dir.run(&["-o", "json", "-p", "ours.toml", "error.log"]).json();
    assert_eq!(report["causes"][0]["patterns"][0]["id"], "ours/refused");
    assert_eq!(report["totals"]["failed"], 0);
    assert!(dir.run(&["patterns", "list", "-p", "ours.toml"]).stdout().contains("ours/refused"));
    assert_eq!(dir.run(&["patterns", "check", "ours.toml"]).code(), 0);
    dir.write("wrong.toml", pattern("ours/refused", "upstream-gone"));
    let run = dir.run(&["patterns", "check", "wrong.toml"]);
    assert_eq!(run.code(), 2);
    for part in ["wrong.toml:3", "ours/refused", "'upstream-gone' is no cause", "upstream-down"] {
        assert!(run.stderr().contains(part), "{part}: {}", run.stderr());
    }
    let run = dir.run(&["-p", "wrong.toml", "error.log"]);
    assert_eq!((run.code(), run.stdout().as_str()), (2, ""));
}

#[test]
fn a_closed_pipe_is_no_error() {
    use std::process::Stdio;
    let dir = Workdir::new();
    let mut child = dir.command(&["patterns", "list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty());
}

#[test]
fn the_samples_are_reported_without_a_warning() {
    let run = Workdir::new().run(&["-o", "json", here("sample-logs").to_str().unwrap()]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    assert_eq!(run.stderr(), "");
    let folders: std::collections::BTreeSet<_> =
        run.json()["inputs"].as_array().unwrap().iter().map(|input| PathBuf::from(input["path"].as_str().unwrap()).parent().unwrap().to_owned()).collect();
    assert_eq!(folders.len(), logscan502::format::FormatId::ALL.len(), "a folder for each format");
}

#[test]
fn every_width_of_buckets_gives_a_report() {
    for width in ["1s", "5s", "10s", "30s", "1m", "5m", "7m", "10m", "15m", "30m", "1h", "6h", "1d", "7d"] {
        let run = Workdir::new().run(&["-b", width, "-o", "json", here("sample-logs").to_str().unwrap()]);
        assert_eq!(run.code(), 0, "{width}: {}", run.stderr());
    }
}

#[test]
fn a_users_regex_that_is_none_is_refused_before_anything_is_read() {
    let dir = Workdir::new();
    dir.write("error.log", REFUSED);
    dir.write(
        "wrong.toml",
        "formats = [\"nginx-error\"]\n[[pattern]]\nid = \"ours/x\"\ntitle = \"x\"\ncause = \"upstream-down\"\nstarts = [\"connect\"]\nregex = \"(unclosed\"\n",
    );
    let run = dir.run(&["-p", "wrong.toml", "error.log"]);
    assert_eq!((run.code(), run.stdout().as_str()), (2, ""));
    assert!(run.stderr().contains("wrong.toml:3: pattern 'ours/x': regex:"), "{}", run.stderr());
}

#[test]
fn messages_that_turn_up_late_in_a_stream_find_their_answers() {
    let answer = |at: usize, path: &str| {
        format!("203.0.113.1 - - [18/Mar/2026:03:{:02}:{:02} +0000] \"GET {path} HTTP/1.1\" 200 157 \"-\" \"curl/8\"\n", at / 60, at % 60)
    };
    let mut log: String = (0..1_500).map(|at| answer(at, "/ok")).collect();
    log += &REFUSED.lines().next().unwrap().replace("03:00:01", "03:30:00");
    log.push('\n');
    log += &answer(1_800, "/cart");
    let report = Workdir::new().pipe(&["-o", "json"], log.as_bytes()).json();
    assert_eq!((&report["totals"]["failed"], &report["reconciliation"]["recovered"]), (&0.into(), &1.into()));
}

#[test]
fn a_filter_that_leaves_nothing_is_no_all_clear() {
    let dir = Workdir::new();
    dir.write("error.log", REFUSED);
    let run = dir.run(&["--host", "shop.exmaple", "error.log"]);
    assert_eq!(run.code(), 0);
    assert!(run.stdout().starts_with("The filter left nothing: it removed all 2 entries (host shop.exmaple)."), "{}", run.stdout());
    assert!(run.stderr().contains("the filter removed all 2 entries (host shop.exmaple)"), "{}", run.stderr());
    let run = dir.run(&["--since", "2026-03-19", "error.log"]);
    let words = run.stdout().replace('\n', " ");
    assert!(words.starts_with("The filter left nothing: it removed all 2 entries (since 2026-03-19T00:00:00Z)."), "{words}");
    assert_eq!((run.code(), run.stderr().as_str()), (0, ""), "a quiet hour is no news");
    let run = dir.run(&["--cause", "dns-failure", "error.log"]);
    let expected = "No request failed among what the filter left: it removed 2 entries (cause\ndns-failure).";
    assert!(run.stdout().starts_with(expected), "{}", run.stdout());
    let run = dir.run(&["--path", "/cart", "error.log"]);
    assert!(run.stdout().contains("A filter was set: it removed 1 entry (path /cart)."), "{}", run.stdout());
    let report = dir.run(&["-o", "json", "--host", "SHOP.example", "error.log"]).json();
    assert_eq!(report["totals"]["failed"], 2);
}

#[test]
fn an_empty_stretch_of_time_and_a_status_that_is_none_are_wrong_requests() {
    let dir = Workdir::new();
    dir.write("error.log", REFUSED);
    let run = dir.run(&["--since", "2026-03-18 04:00", "--until", "2026-03-18 03:00", "error.log"]);
    assert_eq!((run.code(), run.stdout().as_str()), (2, ""));
    assert!(run.stderr().contains("--since 2026-03-18 04:00 is not before --until 2026-03-18 03:00"), "{}", run.stderr());
    for status in ["bad", "0xx", "12xx", "5x", "1000", "-1"] {
        assert_eq!(dir.run(&[&format!("--status={status}"), "error.log"]).code(), 2, "{status}");
    }
}

#[test]
fn statuses_are_chosen_one_by_one_or_by_class() {
    let dir = Workdir::new();
    let answer = |status: u16| format!("203.0.113.1 - - [18/Mar/2026:03:00:00 +0000] \"GET /a HTTP/1.1\" {status} 157 \"-\" \"curl/8\"\n");
    dir.write("access.log", [200, 404, 499, 500, 502, 503].map(answer).concat());
    let responses = |status: &str| dir.run(&["-o", "json", "--status", status, "access.log"]).json()["totals"]["responses"].as_u64().unwrap();
    assert_eq!([responses("502"), responses("5xx"), responses("4XX,200"), responses("502,503")], [1, 3, 3, 2]);
}

#[test]
fn the_evidence_of_an_input_is_filtered_by_cause_too() {
    let dir = Workdir::new();
    let timed_out = REFUSED.replace(
        "connect() failed (111: Connection refused) while connecting to upstream",
        "upstream timed out (110: Connection timed out) while reading response header from upstream",
    );
    let answer = |path: &str, status: u16| format!("203.0.113.9 - - [18/Mar/2026:04:00:00 +0000] \"GET {path} HTTP/1.1\" {status} 157 \"-\" \"curl/8\"\n");
    dir.write("a/error.log.1", REFUSED);
    dir.write("a/error.log", [REFUSED.replace("03:", "05:"), timed_out.clone(), timed_out].concat());
    dir.write("b/access.log", [answer("/x", 502), answer("/y", 200)].concat());
    for cause in ["upstream-down", "upstream-timeout", "unattributed", "dns-failure"] {
        let report = dir.run(&["-o", "json", "--cause", cause, "a", "b"]).json();
        let evidence: Vec<_> = report["inputs"].as_array().unwrap().iter().map(|input| input["evidence"].as_u64().unwrap()).collect();
        let expected: &[u64] = match cause {
            "upstream-down" => &[2, 2, 0],
            "upstream-timeout" => &[0, 4, 0],
            "unattributed" => &[0, 0, 1],
            _ => &[0, 0, 0],
        };
        assert_eq!(evidence.iter().sum::<u64>(), report["totals"]["evidence"].as_u64().unwrap(), "{cause}");
        assert_eq!(evidence.iter().sum::<u64>(), expected.iter().sum::<u64>(), "{cause}: {evidence:?}");
        assert_eq!(evidence[2], expected[2], "{cause}");
    }
    let report = dir.run(&["-o", "json", "--cause", "unattributed", "b"]).json();
    assert_eq!((&report["inputs"][0]["evidence"], &report["totals"]["evidence"]), (&1.into(), &1.into()));
}

#[test]
fn a_link_that_leads_nowhere_and_a_terminal_of_no_width_are_borne() {
    let dir = Workdir::new();
    dir.write("logs/error.log", REFUSED);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(dir.path("nowhere"), dir.path("logs/old.log")).unwrap();
        let run = dir.run(&["logs"]);
        assert_eq!(run.code(), 3);
        assert_eq!(run.stderr(), "logscan502: warning: logs/old.log: is a link that leads nowhere\n");
        std::fs::remove_file(dir.path("logs/old.log")).unwrap();
    }
    let run = support::Run(dir.command(&["logs"]).env("COLUMNS", "0").output().unwrap());
    assert_eq!(run.stdout(), dir.run(&["logs"]).stdout());
}

#[test]
fn one_of_a_thing_is_told_as_one() {
    let dir = Workdir::new();
    dir.write("error.log", ["2026/03/18 03:00:01 [error] 7#7: something new\n", "neither\n2026/13/99 x\n"].concat());
    let stray = dir.write("one.log", format!("no head\n{}", REFUSED.lines().next().unwrap()));
    let run = dir.run(&[stray.to_str().unwrap()]);
    assert!(run.stderr().contains("1 of 2 lines is of no known format"), "{}", run.stderr());
    let run = dir.run(&["patterns", "suggest", "error.log"]);
    assert!(run.stdout().starts_with("# Stubs for 1 of 1 unrecognised line. For"), "{}", run.stdout());
}

#[test]
fn causes_without_a_section_are_named() {
    let dir = Workdir::new();
    let line = |at: u32, message: &str| {
        format!(
            "2026/03/18 03:00:0{at} [error] 7#7: *{at} {message}, client: 203.0.113.1, server: a, request: \"GET / HTTP/1.1\", upstream: \"http://10.0.0.1:80/\", host: \"a\"\n"
        )
    };
    let messages = [
        "connect() failed (111: Connection refused) while connecting to upstream",
        "upstream timed out (110: Connection timed out) while reading response header from upstream",
        "connect() failed (113: No route to host) while connecting to upstream",
        "no live upstreams while connecting to upstream",
        "upstream prematurely closed connection while reading response header from upstream",
    ];
    let lines = |most: usize| messages.iter().take(most).zip(1..).map(|(message, at)| line(at, message)).collect::<String>();
    dir.write("five.log", lines(5));
    let text = dir.run(&["five.log"]).stdout();
    assert!(text.contains("2 further causes: "), "{text}");
    dir.write("four.log", lines(4));
    assert!(dir.run(&["four.log"]).stdout().contains("1 further cause: "));
    dir.write("three.log", lines(3));
    assert!(!dir.run(&["three.log"]).stdout().contains("further cause"));
}
