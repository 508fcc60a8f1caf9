//! The live screen on a terminal: it comes, takes keys though a log is piped in, goes, and the report follows.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{ErrorKind, Read, Write};
use std::process::{Command, Stdio};

const LOG: &str = "2026/03/18 03:00:01 [error] 31#31: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.7, server: shop.example, request: \"GET /api/cart HTTP/1.1\", upstream: \"http://10.0.0.11:8080/api/cart\", host: \"shop.example\"\n";
const ENTER: &str = "\u{1b}[?1049h";
const LEAVE: &str = "\u{1b}[?1049l";

#[test]
fn the_screen_leaves_the_terminal_to_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("error.log");
    std::fs::write(&log, LOG).unwrap();
    let (program, log) = (env!("CARGO_BIN_EXE_logscan502"), log.display());
    // What ends by itself hangs no test.
    let commands = [format!("{program} --follow {log} --for 60s"), format!("tail -n +1 -f {log} | {program} --for 60s")];
    for command in commands {
        for keys in ["q", "\u{3}"] {
            let Some(text) = on_terminal(&command, keys) else { return };
            let (_, rest) = text.split_once(ENTER).unwrap_or_else(|| panic!("{command}: no screen: {text}"));
            let (screen, report) = rest.split_once(LEAVE).unwrap_or_else(|| panic!("{command}: it stays: {rest}"));
            assert!(screen.contains("TIMELINE") && screen.contains("upstream-down"), "{screen}");
            assert!(report.contains("Check") && report.contains("INPUTS") && report.contains("10.0.0.11:8080"), "{command}: {report}");
            assert!(report.contains("icanon") && !report.contains("-icanon"), "{command}: {report}");
        }
    }
}

/// Runs the command on a terminal of its own, and types when the screen is there; `None` where there is no `script`.
fn on_terminal(command: &str, keys: &str) -> Option<String> {
    let line = format!("stty rows 24 cols 80; trap : INT; {command}; stty -a");
    let script = Command::new("script")
        .args(["-qefc", &line, "/dev/null"])
        .envs([("TERM", "xterm-256color"), ("SHELL", "/bin/sh"), ("LC_ALL", "C.UTF-8")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut script = match script {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        script => script.unwrap(),
    };
    let (mut stdin, mut stdout) = (script.stdin.take().unwrap(), script.stdout.take().unwrap());
    let (mut bytes, mut part, mut is_typed) = (Vec::new(), [0; 4_096], false);
    loop {
        let read = stdout.read(&mut part).unwrap();
        if read == 0 {
            break;
        }
        bytes.extend_from_slice(&part[..read]);
        if !is_typed && String::from_utf8_lossy(&bytes).contains("10.0.0.11:8080") {
            is_typed = true;
            stdin.write_all(keys.as_bytes()).unwrap();
            stdin.flush().unwrap();
        }
    }
    script.wait().unwrap();
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
