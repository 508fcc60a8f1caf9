//! No format is taken for another: detection over every sample, and over a folder of real logs where `LOGSCAN502_LAB` names
//! one (`PROXY/SCENARIO/FILE.log` in it).
//!
//! `cargo test --test formats -- --nocapture` prints the table: what a file is, down, and what it was taken for, across.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the table is what this test is run for")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use logscan502::format::{FormatId, detect};
use logscan502::record::Entry;
use logscan502::time::{Clock, Timestamp, Zone};
use support::here;

/// How many files of a format were taken for which.
#[derive(Default)]
struct Table(BTreeMap<String, BTreeMap<String, usize>>);

impl Table {
    /// Counts a file; says so when it was taken for something that it may not be.
    fn count(&mut self, path: &Path, right: &[&str]) -> Option<String> {
        let bytes = fs::read(path).unwrap();
        let found = detect(&bytes).format.map_or("none", FormatId::id);
        *self.0.entry(right[0].to_owned()).or_default().entry(found.to_owned()).or_default() += 1;
        (!right.contains(&found)).then(|| format!("{}: is {}, was taken for {found}", path.display(), right.join(" or ")))
    }

    fn print(&self) {
        let columns: Vec<_> = FormatId::ALL.iter().map(|format| format.id()).chain(["none"]).collect();
        let row = |head: &str, cells: Vec<String>| println!("{head:<16}{}", cells.concat());
        row("", columns.iter().map(|id| format!("{id:>15}")).collect());
        for (right, found) in &self.0 {
            row(right, columns.iter().map(|id| found.get(*id).map_or_else(|| format!("{:>15}", "."), |files| format!("{files:>15}"))).collect());
        }
    }
}

#[test]
fn each_file_is_taken_for_what_it_is() {
    let mut table = Table::default();
    let mut wrong = Vec::new();
    for format in FormatId::ALL {
        for path in files(&here("sample-logs").join(format.id())) {
            wrong.extend(table.count(&path, &[format.id()]));
        }
    }
    if let Some(lab) = std::env::var_os("LOGSCAN502_LAB") {
        for path in files(Path::new(&lab)) {
            wrong.extend(rights(Path::new(&lab), &path).and_then(|right| table.count(&path, &right)));
        }
    }
    table.print();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each line of a sample by itself is taken for one of its format too: streams mix formats, and there each line is asked for.
/// Not so where both write the very same line.
#[test]
fn no_line_is_taken_for_another_formats() {
    let mut wrong = Vec::new();
    for own in FormatId::ALL {
        for path in files(&here("sample-logs").join(own.id())) {
            for line in fs::read(&path).unwrap().split(|byte| *byte == b'\n').filter(|line| own.format().begins(line)) {
                let found = detect(line).format;
                if found.is_some_and(|found| found != own && !are_shared(own, found)) {
                    wrong.push(format!("{own} taken for {found:?}: {}", String::from_utf8_lossy(line)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines of the common log format are read by every server's reader; detection tells which of them it is.
fn are_shared(one: FormatId, other: FormatId) -> bool {
    let is_common = |format: FormatId| matches!(format.id(), "nginx-access" | "apache-access" | "varnish-ncsa");
    is_common(one) && is_common(other)
}

/// What no format makes of bytes is a panic, whatever they are: every sample's lines, cut and with bytes exchanged.
#[test]
fn no_format_panics_on_lines_of_any() {
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
    let lines: Vec<Vec<u8>> = FormatId::ALL.iter().flat_map(|format| files(&here("sample-logs").join(format.id()))).flat_map(|path| sampled(&path)).collect();
    for (at, line) in lines.iter().enumerate() {
        for step in 0..24 {
            let cut = (at * 31 + step * 17) % (line.len() + 1);
            let mut broken = line.clone();
            if let Some(byte) = broken.get_mut(cut) {
                *byte = b"\" []{}|/-:\\\xff0"[(at + step) % 13];
            }
            for record in [&line[..cut], &broken, &line[cut..]] {
                for format in FormatId::ALL {
                    let format = format.format();
                    let entry: Option<Entry<'_>> = format.parse(record, &mut clock);
                    let known = |name: &&str| format.fields().contains(name);
                    assert!(entry.is_none_or(|entry| entry.fields.iter().all(|(name, _)| known(name))));
                    format.begins(record);
                    format.skim(record, &mut clock);
                }
            }
        }
    }
}

/// Every seventh line.
fn sampled(path: &Path) -> Vec<Vec<u8>> {
    fs::read(path).unwrap().split(|byte| *byte == b'\n').step_by(7).map(<[u8]>::to_vec).collect()
}

/// What a file of the lab may be taken for, the likeliest first; `None` where the scenario's log is of no proxy.
fn rights(lab: &Path, path: &Path) -> Option<Vec<&'static str>> {
    let proxy = path.strip_prefix(lab).ok()?.components().next()?.as_os_str().to_str()?;
    let name = path.file_stem()?.to_str()?;
    let rights: &[&'static str] = match (proxy, name) {
        ("nginx", "error") => &["nginx-error"],
        ("apache", "error") => &["apache-error"],
        // The same form; names and neighbours decide, and detection has neither.
        ("nginx", "access") => &["nginx-access", "apache-access"],
        ("apache", "access") => &["apache-access", "nginx-access"],
        ("haproxy", "haproxy" | "access") => &["haproxy"],
        ("varnish", "error") => &["varnish"],
        ("varnish", "access") => &["varnish-ncsa"],
        _ => return None,
    };
    // What has no line has no format.
    fs::metadata(path).is_ok_and(|file| file.len() > 0).then(|| rights.to_vec())
}

/// The logs below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    found.sort();
    found
}
