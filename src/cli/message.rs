//! The only place that writes to the standard error: one line each, in plain words.

use std::io::Write;

use logscan502::text::safe::printable;

/// Why there is no result.
pub(crate) fn error(text: &str) {
    line("error", text);
}

/// What a reader of the result must know.
pub(crate) fn warning(text: &str) {
    line("warning", text);
}

fn line(kind: &str, text: &str) {
    // Nobody reads it when the standard error is closed, and nothing can be done about that.
    let _ = writeln!(std::io::stderr(), "logscan502: {kind}: {}", printable(text.as_bytes()));
}

/// What `--verbose` tells.
pub(crate) fn note(text: &str) {
    line("note", text);
}
