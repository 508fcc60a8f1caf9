//! Completions and manual pages say what the help says.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use support::Workdir;

/// The long options that the help names.
fn options(help: &str) -> Vec<String> {
    let starts = help.lines().filter_map(|line| line.trim_start().strip_prefix("--").or_else(|| line.split_once(", --").map(|(_, option)| option)));
    starts.map(|option| option.split(|end: char| end != '-' && !end.is_ascii_lowercase()).next().unwrap().to_owned()).collect()
}

/// Whether a program accepts a text; nothing where there is no such program.
fn accepts(program: &str, args: &[&str], text: &str) -> Option<bool> {
    let mut child = Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
    child.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.is_empty(), "{program}: {said}");
    Some(output.status.success())
}

#[test]
fn shells_complete_every_option() {
    let dir = Workdir::new();
    let options = options(&dir.run(&["--help"]).stdout());
    assert!(options.len() > 20, "{options:?}");
    for (shell, args) in [("bash", &["-n"][..]), ("zsh", &["-n"]), ("fish", &["-n"]), ("elvish", &["-compileonly"]), ("powershell", &[])] {
        let run = dir.run(&["completions", shell]);
        assert_eq!((run.code(), run.stderr()), (0, String::new()), "{shell}");
        let text = run.stdout();
        for option in &options {
            assert!(text.contains(option), "{shell}: {option}");
        }
        if !args.is_empty() {
            assert_ne!(accepts(shell, args, &text), Some(false), "{shell}");
        }
    }
    assert_eq!(dir.run(&["completions", "tcsh"]).code(), 2);
}

#[test]
fn the_manual_page_has_every_option_and_every_command_has_one() {
    let dir = Workdir::new();
    let run = dir.run(&["man"]);
    let page = run.stdout();
    assert!(page.is_ascii() && page.contains(".TH LOGSCAN502 1"), "{page}");
    for option in options(&dir.run(&["--help"]).stdout()) {
        assert!(page.contains(&format!("\\-\\-{}", option.replace('-', "\\-"))), "{option}");
    }
    for command in [&["patterns"][..], &["patterns", "check"], &["explain"], &["formats"], &["completions"], &["man"]] {
        let page = dir.run(&[&["man"], command].concat()).stdout();
        assert!(page.contains(&format!(".TH LOGSCAN502-{} 1", command.join("-").to_uppercase())), "{page}");
        assert_ne!(accepts("groff", &["-man", "-Tutf8", "-ww", "-z"], &page), Some(false));
    }
    let run = dir.run(&["man", "patern"]);
    assert_eq!((run.code(), run.stdout().as_str()), (2, ""));
    assert!(run.stderr().contains("there is no command 'patern'; there are patterns"), "{}", run.stderr());
}
