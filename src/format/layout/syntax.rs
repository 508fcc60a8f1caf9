//! What stands in a configuration → the layout itself: directive, name and quotes taken off, and whose language it is.

use super::{Dialect, LayoutError};

/// A layout as its server sees it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) dialect: Dialect,
    pub(super) text: String,
}

/// Takes off what is around the layout.
pub(super) fn source(given: &str) -> Result<Source, LayoutError> {
    let trimmed = given.trim().trim_end_matches(';').trim_end();
    let (directive, rest) = directive(trimmed);
    let text =
        if is_quoted(rest) { quoted(rest).ok_or_else(|| LayoutError::Unbalanced(given.to_owned(), rest.chars().next().unwrap_or('"')))? } else { bare(rest) };
    let dialect = directive.or_else(|| guess(&text)).ok_or_else(|| LayoutError::NoTokens(given.to_owned()))?;
    let is_error = dialect == Dialect::ApacheAccess && has_message(&text);
    Ok(Source { dialect: if is_error { Dialect::ApacheError } else { dialect }, text })
}

/// The directive in front, if there is one, and what follows it (in nginx also its name and `escape=`).
fn directive(text: &str) -> (Option<Dialect>, &str) {
    const DIRECTIVES: [(&str, Dialect); 8] = [
        ("log_format", Dialect::Nginx),
        ("errorlogformat", Dialect::ApacheError),
        ("logformat", Dialect::ApacheAccess),
        ("customlog", Dialect::ApacheAccess),
        ("transferlog", Dialect::ApacheAccess),
        ("error-log-format", Dialect::Haproxy),
        ("log-format-sd", Dialect::Haproxy),
        ("log-format", Dialect::Haproxy),
    ];
    let (first, rest) = word(text);
    let Some((name, dialect)) = DIRECTIVES.iter().find(|(name, _)| first.eq_ignore_ascii_case(name)) else { return (None, text) };
    let mut rest = rest;
    if *dialect == Dialect::Nginx || *name == "customlog" {
        rest = word(rest).1;
    }
    // `ErrorLogFormat connection|request "…"` describes the extra lines.
    let skipped = ["escape=json", "escape=default", "escape=none", "connection", "request"];
    let (next, behind) = word(rest);
    (Some(*dialect), if skipped.contains(&next) { behind } else { rest })
}

fn word(text: &str) -> (&str, &str) {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// Whether the quotes are the configuration's. A layout may begin with a quote of its own; then blanks come behind it.
fn is_quoted(text: &str) -> bool {
    match text.chars().next() {
        Some('\'') => true,
        Some('"') => text[1..].find('"').is_none_or(|end| text[1..=end].contains([' ', '\\', '{'])),
        _ => false,
    }
}

/// The strings joined, as nginx does; behind Apache's stands a name, which is left out. `None` when one is not closed.
fn quoted(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(quote) = rest.chars().next().filter(|first| matches!(first, '\'' | '"')) {
        let mut characters = rest[1..].char_indices();
        let end = loop {
            match characters.next()? {
                (at, character) if character == quote => break at + 1,
                (_, '\\') => match characters.next()?.1 {
                    escaped @ ('"' | '\'' | '\\') => out.push(escaped),
                    't' => out.push('\t'),
                    other => out.extend(['\\', other]),
                },
                (_, character) => out.push(character),
            }
        };
        rest = rest[end + 1..].trim_start();
    }
    Some(out)
}

/// Without quotes around it: `\"` is a quote, as in Apache's and HAProxy's files, where blanks may be escaped too.
fn bare(text: &str) -> String {
    text.replace("\\\"", "\"")
}

/// Whose tokens stand in it.
fn guess(text: &str) -> Option<Dialect> {
    let names = |start: char| {
        text.match_indices(start).filter(|(at, _)| text[at + 1..].starts_with(|next: char| next.is_ascii_alphabetic() || matches!(next, '{' | '_'))).count()
    };
    let (haproxy, percent) = haproxy_tokens(text);
    let nginx = names('$');
    match (nginx, percent) {
        (0, 0) => None,
        _ if nginx >= percent => Some(Dialect::Nginx),
        _ if haproxy > 0 => Some(Dialect::Haproxy),
        _ => Some(Dialect::ApacheAccess),
    }
}

/// How many tokens only HAProxy has, and how many tokens there are.
fn haproxy_tokens(text: &str) -> (usize, usize) {
    let (mut own, mut all) = (0, 0);
    for part in text.split('%').skip(1) {
        let is_flagged = part.starts_with("{+") || part.starts_with("{-");
        let behind = if part.starts_with('{') { part.find('}').map_or("", |end| &part[end + 1..]) } else { part };
        let name: String = behind.chars().take_while(char::is_ascii_alphanumeric).collect();
        own += usize::from(part.starts_with('[') || is_flagged || is_haproxy_name(&name));
        all += 1;
    }
    (own, all)
}

/// Names of two letters and more, which Apache reads as one letter and text.
fn is_haproxy_name(name: &str) -> bool {
    matches!(
        name,
        "ci" | "cp"
            | "ft"
            | "ST"
            | "tsc"
            | "ts"
            | "Ta"
            | "Tw"
            | "TR"
            | "Tc"
            | "Tr"
            | "Tt"
            | "Td"
            | "Th"
            | "Ti"
            | "Tq"
            | "Tu"
            | "CC"
            | "CS"
            | "hr"
            | "hs"
            | "ac"
            | "fc"
            | "bc"
            | "sc"
            | "rc"
            | "sq"
            | "bq"
            | "tr"
            | "trg"
            | "trl"
            | "HM"
            | "HU"
            | "HP"
            | "HPO"
            | "HQ"
            | "HV"
            | "si"
            | "sp"
            | "bi"
            | "bp"
            | "fi"
            | "fp"
            | "rt"
            | "pid"
            | "lc"
            | "sslc"
            | "sslv"
            | "ID"
            | "ms"
            | "Tl"
    )
}

/// Whether `%M`, the message of Apache's error log, stands in it.
fn has_message(text: &str) -> bool {
    let text = without_braces(text);
    text.match_indices('%').any(|(at, _)| text[at + 1..].trim_start_matches(|next: char| next.is_ascii_digit() || matches!(next, '-' | '+')).starts_with('M'))
}

/// Without `{…}`, in which formats of stamps have tokens of their own.
fn without_braces(text: &str) -> String {
    let mut depth = 0;
    text.chars()
        .filter(|next| {
            depth += i32::from(*next == '{') - i32::from(*next == '}');
            depth == 0 && *next != '}'
        })
        .collect()
}
