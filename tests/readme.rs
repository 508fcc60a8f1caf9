//! The README says what is true.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;

use support::{Workdir, here};

fn readme() -> String {
    fs::read_to_string(here("README.md")).unwrap()
}

#[test]
fn the_report_in_the_readme_is_what_the_command_prints() {
    let readme = readme();
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("\n```").next()).unwrap();
    let dir = Workdir::new();
    let run = dir.command(&["sample-logs/nginx-error"]).current_dir(here("")).env("COLUMNS", "80").output().unwrap();
    let printed = String::from_utf8(run.stdout).unwrap();
    assert!(printed.starts_with(shown), "README.md shows another report than:\n{}", printed.lines().take(shown.lines().count()).collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_pattern_file_in_the_readme_proves_itself() {
    let readme = readme();
    let file = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let dir = Workdir::new();
    dir.write("ours.toml", file);
    let run = dir.run(&["patterns", "check", "ours.toml"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
}

#[test]
fn the_figures_in_the_readme_and_the_changelog_are_those_of_patterns_check() {
    let printed = Workdir::new().run(&["patterns", "check"]).stdout();
    let last = printed.lines().last().unwrap();
    let numbers: Vec<&str> = last.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let thousands =
        |number: &str| if number.len() > 3 { format!("{},{}", &number[..number.len() - 3], &number[number.len() - 3..]) } else { number.to_owned() };
    assert!(readme().contains(&format!("{} patterns", thousands(numbers[0]))), "{last}");
    let changelog = fs::read_to_string(here("CHANGELOG.md")).unwrap();
    assert!(changelog.contains(&format!("{} patterns with {} examples", thousands(numbers[0]), thousands(numbers[1]))), "{last}");
}

#[test]
fn every_option_of_the_help_stands_in_the_readme() {
    let help = Workdir::new().run(&["--help"]).stdout();
    let readme = readme();
    for option in help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 4).map(|word| word.trim_end_matches([',', '.', ')', ';'])) {
        assert!(readme.contains(option), "README.md does not name {option}");
    }
}

#[test]
fn every_format_and_cause_stands_in_the_readme() {
    let readme = readme();
    for format in logscan502::format::FormatId::ALL {
        assert!(readme.contains(&format!("`{format}`")), "{format}");
    }
    for cause in logscan502::record::Cause::ALL.into_iter().filter(|cause| *cause != logscan502::record::Cause::ClientAbort) {
        assert!(readme.contains(&format!("`{cause}`")), "{cause}");
    }
}
