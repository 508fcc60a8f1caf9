//! nginx's error log.

use std::collections::BTreeMap;

use super::super::counts::{Counts, Line};
use super::between;

/// How messages begin, what they are, and of which cause.
const MESSAGES: [(&str, Line, &str); 20] = [
    ("connect() failed (111:", Line::Evidence, "upstream-down"),
    ("connect() failed (113:", Line::Evidence, "network-unreachable"),
    ("connect() to unix:/run/php/php8.4-fpm.sock failed (2:", Line::Evidence, "upstream-down"),
    ("connect() to unix:/run/php/php8.4-fpm.sock failed (11:", Line::Evidence, "upstream-overloaded"),
    ("upstream timed out (110:", Line::Evidence, "upstream-timeout"),
    ("upstream prematurely closed connection", Line::Evidence, "connection-reset"),
    ("recv() failed (104:", Line::Evidence, "connection-reset"),
    ("SSL_do_handshake() failed", Line::Evidence, "tls-failure"),
    ("upstream sent too big header", Line::Evidence, "invalid-response"),
    ("upstream sent no valid HTTP/1.0 header", Line::Evidence, "invalid-response"),
    (NO_LIVE, Line::Evidence, "no-healthy-backends"),
    ("backend.internal could not be resolved", Line::Evidence, "dns-failure"),
    ("limiting requests,", Line::Evidence, "intentional"),
    ("upstream server temporarily disabled", Line::Consequence, ""),
    ("epoll_wait() reported that client prematurely closed connection", Line::ClientAbort, ""),
    ("open() \"", Line::Ordinary, ""),
    ("access forbidden by rule", Line::Ordinary, ""),
    ("a client request body is buffered", Line::Ordinary, ""),
    ("FastCGI sent in stderr: \"", Line::Ordinary, ""),
    ("", Line::Unrecognised, ""),
];
const NO_LIVE: &str = "no live upstreams";

/// Pieces of evidence of each connection and request, in file order: the cause that the message itself has.
type Requests<'a> = BTreeMap<(&'a str, &'a str), Vec<&'static str>>;

pub(super) fn read(text: &str) -> Counts {
    let mut counts = Counts::default();
    let mut requests = Requests::new();
    let mut has_open_quote = false;
    for line in text.lines() {
        if has_open_quote || !is_head(line) {
            counts.line(Line::Continuation);
            has_open_quote ^= line.matches('"').count() % 2 == 1 && has_open_quote;
            continue;
        }
        has_open_quote = line.matches('"').count() % 2 == 1;
        let Some((connection, message)) = line.split_once(": *").and_then(|(_, rest)| rest.split_once(' ')) else { continue };
        let Some((_, kind, cause)) = MESSAGES.iter().find(|(start, ..)| message.starts_with(start)) else { continue };
        counts.line(*kind);
        if *kind == Line::Evidence {
            let request = between(message, ", request: \"", " HTTP/1.1\"").unwrap_or_default();
            requests.entry((connection, request)).or_default().push(cause);
        }
    }
    for causes in requests.values() {
        count(causes, &mut counts);
    }
    counts
}

/// One request: the last piece decides; an empty pool behind another piece only follows from that.
fn count(causes: &[&'static str], counts: &mut Counts) {
    let mut last = causes[0];
    for cause in causes {
        if *cause != "no-healthy-backends" {
            last = cause;
        }
        counts.evidence(last);
    }
    counts.request(last);
}

/// `2026/03/18 03:00:01 [`
fn is_head(line: &str) -> bool {
    let shape: String = line.chars().take(21).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000/00/00 00:00:00 ["
}
