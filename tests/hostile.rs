//! Bytes that nobody should write into a log, through the real program and every output: it ends as it says, no text
//! that it prints moves a cursor, and what is made for programs can be read by them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use logscan502::format::FormatId;
use support::{Run, Workdir};

const OUTPUTS: [&str; 6] = ["table", "json", "csv", "markdown", "html", "openmetrics"];

/// What stands where a format expects something else: control characters, marks of direction, markup, quotes, formulas.
const EVIL: &str = "\x1b[2J\x1b]0;x\x07\u{9b}31m\u{202e}\r\x08<script>alert(1)</script>|`*_[x](javascript:x)=cmd()\0\u{feff}\"'&";

/// Runs the program over names in a folder, in every output.
fn held(dir: &Workdir, names: &[&str]) {
    for output in OUTPUTS {
        let run = dir.run(&[&["-o", output, "--tz", "UTC"], names].concat());
        hold(&run, output, &format!("{output} of {names:?}"));
    }
}

/// What is true of any run, whatever was read.
fn hold(run: &Run, output: &str, what: &str) {
    assert!(matches!(run.code(), 0 | 2 | 3), "{what}: {}", run.stderr());
    let (out, err) = (run.stdout(), run.stderr());
    assert!(!err.contains("panicked"), "{what}: {err}");
    for text in [&out, &err] {
        let found = text.chars().find(|character| {
            *character != '\n'
                && (character.is_control() || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'))
        });
        assert_eq!(found, None, "{what}: {text}");
    }
    if run.code() == 2 {
        assert_eq!(out, "", "{what}");
        return;
    }
    match output {
        "json" => {
            let totals = &run.json()["totals"];
            let sum: u64 = totals["by_line"].as_object().unwrap().values().map(|lines| lines.as_u64().unwrap()).sum();
            assert_eq!(Some(sum), totals["lines"].as_u64(), "{what}");
        }
        "csv" => assert!(out.lines().all(|line| line.split(',').count() == 6), "{what}: {out}"),
        "html" => {
            assert!(out.starts_with("<!DOCTYPE html>") && out.trim_end().ends_with("</html>"), "{what}");
            assert_eq!(tags(&out), Ok(()), "{what}");
            assert!(!out.contains("<script>alert"), "{what}");
        }
        "openmetrics" => assert!(out.ends_with("# EOF\n"), "{what}: {out}"),
        _ => {}
    }
}

/// Whether every element that is opened is closed again, in order. Knows what the page may hold, no more.
fn tags(page: &str) -> Result<(), String> {
    const VOID: [&str; 5] = ["meta", "br", "hr", "link", "!DOCTYPE"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').ok_or("an open tag")?;
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap_or_default();
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> in {open:?}"));
            }
        } else if !VOID.contains(&name) && !tag.ends_with('/') {
            open.push(name);
            if matches!(name, "style" | "script") {
                rest = &rest[rest.find(&format!("</{name}")).ok_or("an open style")?..];
            }
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} stay open")) }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Two records of a format, each with its end.
fn records(format: FormatId) -> String {
    let example = format.format().about().example;
    format!("{example}\n\n{example}\n\n")
}

/// A text, and what may become of it on its way.
fn variants(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let packed = gzip(text.repeat(40).as_bytes());
    let wide = |to: fn(u16) -> [u8; 2], mark: u16| [mark].into_iter().chain(text.encode_utf16()).flat_map(to).collect::<Vec<u8>>();
    vec![
        ("plain", text.as_bytes().to_vec()),
        ("crlf", text.replace('\n', "\r\n").into_bytes()),
        ("bom", [&b"\xef\xbb\xbf"[..], text.as_bytes()].concat()),
        ("utf16le", wide(u16::to_le_bytes, 0xfeff)),
        ("utf16be", wide(u16::to_be_bytes, 0xfeff)),
        ("nul", text.replace(' ', "\0").into_bytes()),
        ("nul-at-the-end", [text.as_bytes(), &[0; 4_096]].concat()),
        ("evil", text.replace("/cart", &format!("/{EVIL}")).replace("connect", &format!("connect{EVIL}")).into_bytes()),
        ("evil-words", text.replace(' ', &format!("{EVIL} ")).into_bytes()),
        ("evil-between", text.replace('\n', &format!("\n{EVIL}\n")).into_bytes()),
        ("latin1", [text.as_bytes(), b"\xff\xfe\xe9\n", text.as_bytes()].concat()),
        ("no-newline", text.trim_end().as_bytes().to_vec()),
        ("cut", text.as_bytes()[..text.len() / 3].to_vec()),
        ("gz", packed.clone()),
        ("cut-gz", packed[..packed.len() / 2].to_vec()),
        ("barely-gz", packed[..12].to_vec()),
        ("broken-gz", packed.iter().enumerate().map(|(at, byte)| if at == packed.len() / 2 { !byte } else { *byte }).collect()),
    ]
}

#[test]
fn no_format_lets_hostile_bytes_through() {
    let dir = Workdir::new();
    for format in FormatId::ALL {
        for (name, bytes) in variants(&records(format)) {
            dir.write(&format!("logs/{format}/{name}.log"), bytes);
        }
        let folder = format!("logs/{format}");
        hold(&dir.run(&["--tz", "UTC", "--top", "50", &folder]), "table", &folder);
    }
    held(&dir, &["--top", "500", "logs"]);
}

#[test]
fn a_format_that_was_named_meets_whatever_comes() {
    let dir = Workdir::new();
    let all: String = FormatId::ALL.iter().map(|format| records(*format)).collect();
    dir.write("all.log", all + EVIL);
    for format in FormatId::ALL {
        let run = dir.run(&["-o", "json", "--tz", "UTC", "--format", &format.to_string(), "all.log"]);
        hold(&run, "json", &format!("{format} over all"));
    }
}

#[test]
fn what_is_no_log_is_told_and_not_read_into_anything() {
    let dir = Workdir::new();
    let refused = records(FormatId::NginxError);
    dir.write("logs/empty.log", "");
    dir.write("logs/blank.log", "\n".repeat(3_000));
    dir.write("logs/carriage.log", "\r".repeat(3_000));
    dir.write("logs/nul.log", vec![0; 70_000]);
    dir.write("logs/quotes.log", vec![b'"'; 1 << 20]);
    dir.write("logs/deep.log", format!("{}{}\n", "{\"a\":".repeat(10_000), "}".repeat(10_000)));
    dir.write("logs/deep-list.log", format!("{{\"level\":\"error\",\"ts\":1,\"logger\":\"http.log.error\",\"msg\":{}1\n", "[".repeat(10_000)));
    dir.write("logs/binary.log", (0..=255).cycle().take(50_000).collect::<Vec<u8>>());
    dir.write("logs/evil.log", format!("{EVIL}\n").repeat(50));
    dir.write("logs/deep/down/access.log", records(FormatId::NginxAccess));
    dir.write("logs/error.log", &refused);
    dir.write("logs/error.log.1.gz", &gzip(refused.as_bytes())[..40]);
    held(&dir, &["logs"]);
    let report = dir.run(&["-o", "json", "--tz", "UTC", "logs"]).json();
    assert_eq!(report["causes"][0]["id"], "upstream-down", "what can be read is read");
    for name in ["empty.log", "nul.log", "quotes.log", "deep.log", "deep-list.log", "binary.log", "evil.log", "error.log.1.gz"] {
        hold(&dir.run(&["--tz", "UTC", &format!("logs/{name}")]), "table", name);
    }
    // A name is a text of somebody else, too.
    dir.write("x\x1b[2J\n\u{202e}\u{9b}2J\u{200b}\x7f.log", &refused);
    dir.write("y\x1b[2J<b>.log", EVIL);
    held(&dir, &["x\x1b[2J\n\u{202e}\u{9b}2J\u{200b}\x7f.log", "y\x1b[2J<b>.log", "missing\x1b]0;x\x07\u{202e}\u{9b}"]);
    held(&dir, &["."]);
}

#[test]
fn lines_without_end_are_cut_and_counted() {
    let line = FormatId::NginxError.format().about().example;
    let dir = Workdir::new();
    let long = line.replace("/cart", &format!("/{}", "x".repeat(2 << 20)));
    dir.write("long.log", format!("{line}\n{long}\n{line}\n"));
    dir.write("quotes.log", format!("{line}\n{}\n{line}\n", "\"".repeat(1 << 20)));
    dir.write("open.log", format!("{line}\n{}{}", &line[..150], "\"\n".repeat(20_000)));
    dir.write("json.log", FormatId::CaddyError.format().about().example.replace("/cart", &"\\\"".repeat(1 << 19)) + "\n");
    for name in ["long.log", "quotes.log", "open.log", "json.log"] {
        for output in ["table", "json", "html"] {
            hold(&dir.run(&["-o", output, "--tz", "UTC", name]), output, name);
        }
    }
    let run = dir.run(&["-o", "json", "--tz", "UTC", "long.log"]);
    assert_eq!(run.json()["totals"]["requests"], 3, "{}", run.stderr());
}

#[test]
fn the_standard_input_is_as_hostile_as_a_file() {
    let dir = Workdir::new();
    let refused = records(FormatId::NginxError);
    for (name, bytes) in variants(&refused) {
        for output in ["table", "json", "html"] {
            hold(&dir.pipe(&["-o", output, "--tz", "UTC"], &bytes), output, name);
        }
    }
}

#[test]
fn the_check_of_tags_knows_open_ones() {
    assert_eq!(tags("<!DOCTYPE html><p>a<br>b</p><style>a > b</style>"), Ok(()));
    assert!(tags("<p><b></p></b>").is_err() && tags("<p>").is_err() && tags("a < b").is_err());
}
