//! The layer table of `src/lib.rs`, and the sizes that keep the code readable. rustc cannot check either inside one crate.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom up. A module may name only modules in the rows below its own.
const LAYERS: &[&[&str]] = &[&["time", "text"], &["record"], &["source", "format", "report"], &["pattern", "render"], &["scan"], &["aggregate"], &["analysis"]];

/// The crate root, and what belongs to the binary.
const OUTSIDE: &[&str] = &["lib", "main", "cli"];

const LONGEST_FILE: usize = 400;
const LONGEST_FUNCTION: usize = 60;

#[test]
fn modules_name_only_what_stands_below_them() {
    let row: BTreeMap<&str, usize> = LAYERS.iter().enumerate().flat_map(|(at, names)| names.iter().map(move |name| (*name, at))).collect();
    let mut wrong = Vec::new();
    for path in rust_files(Path::new("src")) {
        let owner = owner(&path);
        if OUTSIDE.contains(&owner.as_str()) {
            continue;
        }
        let Some(&mine) = row.get(owner.as_str()) else {
            wrong.push(format!("{}: '{owner}' is in no row", path.display()));
            continue;
        };
        for name in crate_names(&production(&path)) {
            if name != owner && row.get(name.as_str()).is_none_or(|&theirs| theirs >= mine) {
                wrong.push(format!("{}: '{owner}' names '{name}'", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "against the layer table:\n{}", wrong.join("\n"));
}

#[test]
fn nothing_below_the_binary_reads_the_clock_the_environment_or_the_terminal() {
    let forbidden =
        ["std::env", "env::var", "SystemTime::now", "Instant::now", "Utc::now", "Local::now", "process::exit", "io::stdout", "io::stderr", "is_terminal"];
    let mut wrong = Vec::new();
    for path in rust_files(Path::new("src")).into_iter().filter(|path| !OUTSIDE.contains(&owner(path).as_str())) {
        let text = code(&production(&path));
        wrong.extend(forbidden.iter().filter(|word| text.contains(*word)).map(|word| format!("{}: {word}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_and_functions_keep_their_size() {
    let mut wrong = Vec::new();
    for path in rust_files(Path::new("src")) {
        let text = production(&path);
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{}: {lines} lines", path.display()));
        }
        wrong.extend(
            functions(&text)
                .into_iter()
                .filter(|(_, lines)| *lines > LONGEST_FUNCTION)
                .map(|(name, lines)| format!("{}: {name} has {lines} lines", path.display())),
        );
    }
    assert!(wrong.is_empty(), "too long:\n{}", wrong.join("\n"));
}

/// Knowledge is data: what a product's log says stands in `patterns/`, not in Rust. A format may know where in a message a
/// name stands.
#[test]
fn no_start_of_a_message_stands_in_the_code() {
    let starts: Vec<String> =
        logscan502::pattern::Catalogue::embedded().patterns().flat_map(|pattern| pattern.text.starts.clone()).filter(|start| start.len() >= 16).collect();
    let mut wrong = Vec::new();
    for path in rust_files(Path::new("src")).into_iter().filter(|path| owner(path) != "format") {
        let text = code(&production(&path));
        // An example line in `about` is no rule.
        let rules: String = text.lines().filter(|line| !line.contains("example:")).collect();
        wrong.extend(starts.iter().filter(|start| rules.contains(start.as_str())).map(|start| format!("{}: {start}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crate_names_sees_through_groups() {
    let text = "use crate::a::B;\nuse crate::{\n  c::{D, E},\n  f,\n};\n// crate::g\nfn x() { crate::h::i() }\n";
    assert_eq!(crate_names(text), ["a", "c", "f", "h"]);
}

#[test]
fn functions_are_measured_from_signature_to_brace() {
    let text = "trait T {\n    fn none(&self);\n}\n\nimpl A {\n    fn one(&self) -> u8 {\n        1\n    }\n\n    pub(crate) fn two(\n        a: u8,\n    ) {\n        a;\n    }\n}\n";
    assert_eq!(functions(text), [("one".to_owned(), 3), ("two".to_owned(), 5)]);
}

/// The modules that `text` names through `crate::`.
fn crate_names(text: &str) -> Vec<String> {
    let code = code(text);
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.push(identifier(rest));
            continue;
        };
        let (mut depth, mut is_head) = (1, true);
        for (at, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => is_head = true,
                _ if is_head && character.is_alphabetic() => {
                    names.push(identifier(&group[at..]));
                    is_head = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

/// Name and lines of each function, by the indentation that rustfmt gives them.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let words = trimmed.trim_start_matches("pub ").trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ").trim_start_matches("const ");
        let Some(name) = words.strip_prefix("fn ") else { continue };
        let indent = line.len() - trimmed.len();
        let end = (at..lines.len()).find(|&end| lines[end].len() - lines[end].trim_start().len() == indent && lines[end].trim_start().starts_with('}'));
        // A function of one line, or a declaration without a body.
        if line.trim_end().ends_with(['}', ';']) {
            continue;
        }
        found.push((identifier(name), end.map_or(0, |end| end - at + 1)));
    }
    found
}

fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| line.split(" // ").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The text before its unit tests.
fn production(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text[..text.find("#[cfg(test)]").unwrap_or(text.len())].to_owned()
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

fn owner(path: &Path) -> String {
    let first = path.strip_prefix("src").unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.retain(|path| !path.ends_with("tests.rs"));
    files.sort();
    files
}
