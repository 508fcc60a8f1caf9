//! Apache httpd's error log. Lines without a client wait for the next line of their thread that has one; lines of one
//! thread with one client and port are one request.

use std::collections::BTreeMap;

use super::super::counts::{Counts, Line};
use super::between;

/// What one thread works on.
#[derive(Default)]
struct Thread {
    client: String,
    /// Pieces of the request, and its cause.
    pieces: u64,
    cause: &'static str,
    /// The same of lines that wait for their client.
    waiting: u64,
    waiting_cause: &'static str,
}

pub(super) fn read(text: &str) -> Counts {
    let mut counts = Counts::default();
    let mut threads: BTreeMap<&str, Thread> = BTreeMap::new();
    for line in text.lines() {
        let Some(thread) = between(line, ":tid ", "]").filter(|_| line.starts_with('[')) else {
            counts.line(Line::Continuation);
            continue;
        };
        let thread = threads.entry(thread).or_default();
        let kind = kind(line);
        counts.line(kind);
        match (kind, between(line, "[client ", "]")) {
            (Line::Evidence, Some(client)) => thread.with_client(client, cause(line), &mut counts),
            (Line::Evidence, None) => {
                thread.waiting += 1;
                thread.waiting_cause = cause(line).unwrap_or_default();
            }
            _ => {}
        }
    }
    for thread in threads.values_mut() {
        thread.close(&mut counts);
    }
    counts
}

impl Thread {
    fn with_client(&mut self, client: &str, cause: Option<&'static str>, counts: &mut Counts) {
        if self.client != client {
            self.close(counts);
            client.clone_into(&mut self.client);
        }
        self.pieces += 1 + self.waiting;
        self.cause = if self.waiting > 0 { self.waiting_cause } else { cause.unwrap_or(self.cause) };
        self.waiting = 0;
    }

    fn close(&mut self, counts: &mut Counts) {
        for _ in 0..self.pieces {
            counts.evidence(self.cause);
        }
        if self.pieces > 0 {
            counts.request(self.cause);
        }
        self.pieces = 0;
    }
}

fn kind(line: &str) -> Line {
    let has = |number: &str| line.contains(&format!(" {number}: "));
    if ["AH00957", "AH01114", "AH01102", "AH00898"].into_iter().any(has) {
        Line::Evidence
    } else if has("AH00959") {
        Line::Consequence
    } else if ["AH01630", "AH10244", "AH01071"].into_iter().any(has) {
        Line::Ordinary
    } else {
        Line::Unrecognised
    }
}

/// The cause of a line that tells one; `AH01114` and most of `AH00898` only say that it failed.
fn cause(line: &str) -> Option<&'static str> {
    let starts = [("(111)", "upstream-down"), ("(70007)", "upstream-timeout"), ("(104)", "connection-reset")];
    let rest = line.split("] ").nth(3)?;
    if line.contains("AH00898: DNS lookup failure") {
        return Some("dns-failure");
    }
    starts.into_iter().find(|(start, _)| rest.starts_with(start)).map(|(_, cause)| cause)
}
