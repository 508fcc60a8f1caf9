//! The only place that writes to the standard error: one line each, in plain words.

use std::collections::HashSet;
use std::io::Write;

use logscan502::report::Warning;
use logscan502::text::safe::printable;

/// Why there is no result.
pub(crate) fn error(text: &str) {
    line("error", text);
}

/// What a reader of the result must know.
pub(crate) fn warning(text: &str) {
    line("warning", text);
}

/// Warnings of a report: one line a file and kind; what differs only in its figures is of one kind.
pub(crate) fn warnings(warnings: &[Warning]) {
    let mut said = HashSet::new();
    for Warning { path, message } in warnings {
        let kind: String = message.chars().filter(|character| !character.is_ascii_digit()).collect();
        if said.insert((path, kind)) {
            warning(&if path.is_empty() { message.clone() } else { format!("{path}: {message}") });
        }
    }
}

fn line(kind: &str, text: &str) {
    // Nobody reads it when the standard error is closed, and nothing can be done about that.
    let _ = writeln!(std::io::stderr(), "logscan502: {kind}: {}", printable(text.as_bytes()));
}

/// What `--verbose` tells.
pub(crate) fn note(text: &str) {
    line("note", text);
}
