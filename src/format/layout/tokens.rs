//! The tokens of each server's language. One that is not known is a value of no interest.

use super::{Check, Field, Piece};

/// What is not closed.
type Unclosed = char;

fn field(name: &str, check: Check) -> Piece {
    Piece::Field(Field { name: name.to_owned(), check })
}

/// Joins literals, and fields with nothing between them: where one of two ends nobody can say.
fn merged(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (all.last_mut(), piece) {
            (Some(Piece::Literal(before)), Piece::Literal(more)) => before.extend(more),
            (Some(Piece::Field(before)), Piece::Field(_)) => *before = Field { name: String::new(), check: Check::Any },
            (_, piece) => all.push(piece),
        }
    }
    all
}

/// The bracketed text at the start of `rest`, its opening taken off, and what follows.
fn bracketed(rest: &str, close: char) -> Result<(&str, &str), Unclosed> {
    let end = rest.find(close).ok_or(if close == '}' { '{' } else { '[' })?;
    Ok((&rest[..end], &rest[end + 1..]))
}

/// nginx: `$name` and `${name}`. The reader knows values by the names of variables.
pub(super) fn nginx(text: &str) -> Result<Vec<Piece>, Unclosed> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        pieces.push(Piece::Literal(rest[..at].into()));
        rest = &rest[at + 1..];
        let name;
        if let Some(inner) = rest.strip_prefix('{') {
            (name, rest) = bracketed(inner, '}')?;
        } else {
            (name, rest) = rest.split_at(rest.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(rest.len()));
        }
        pieces.push(if name.is_empty() { Piece::Literal(b"$".to_vec()) } else { field(name, nginx_check(name)) });
    }
    pieces.push(Piece::Literal(rest.into()));
    Ok(without_empty(pieces))
}

fn nginx_check(name: &str) -> Check {
    match name {
        "status" => Check::Status,
        "time_local" | "time_iso8601" | "msec" => Check::Time,
        "upstream_addr"
        | "upstream_status"
        | "upstream_connect_time"
        | "upstream_header_time"
        | "upstream_response_time"
        | "upstream_response_length"
        | "upstream_bytes_received"
        | "upstream_bytes_sent"
        | "upstream_queue_time"
        | "upstream_first_byte_time"
        | "upstream_session_time" => Check::List,
        "request_time" | "bytes_sent" | "body_bytes_sent" | "request_length" | "connection" | "connection_requests" | "remote_port" | "server_port" => {
            Check::Number
        }
        "remote_addr" | "server_name" | "scheme" | "server_protocol" | "request_method" | "pid" | "pipe" | "upstream_cache_status" => Check::Word,
        _ => Check::Any,
    }
}

/// A token of Apache: what stands between `%` and its letter, the braces, the letter, and what follows.
struct ApacheToken<'t> {
    braces: &'t str,
    letter: char,
    rest: &'t str,
}

fn apache_token(rest: &str) -> Result<ApacheToken<'_>, Unclosed> {
    let mut rest = rest.trim_start_matches(|next: char| next.is_ascii_digit() || matches!(next, '!' | ',' | '<' | '>' | '-' | '+'));
    let mut braces = "";
    if let Some(inner) = rest.strip_prefix('{') {
        (braces, rest) = bracketed(inner, '}')?;
    }
    // `%^FB`, `%^ti`, `%^to`
    if let Some(long) = rest.strip_prefix('^') {
        return Ok(ApacheToken { braces, letter: '^', rest: long.get(2..).unwrap_or_default() });
    }
    let letter = rest.chars().next().unwrap_or('%');
    Ok(ApacheToken { braces, letter, rest: &rest[letter.len_utf8().min(rest.len())..] })
}

/// Apache's `LogFormat`.
pub(super) fn apache(text: &str) -> Result<Vec<Piece>, Unclosed> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        pieces.push(Piece::Literal(rest[..at].into()));
        let token = apache_token(&rest[at + 1..])?;
        rest = token.rest;
        pieces.push(apache_field(&token));
    }
    pieces.push(Piece::Literal(rest.into()));
    Ok(without_empty(pieces))
}

fn apache_field(token: &ApacheToken<'_>) -> Piece {
    match (token.letter, token.braces) {
        ('%', _) => Piece::Literal(b"%".to_vec()),
        ('h' | 'a', _) => field("remote_addr", Check::Word),
        ('s', _) => field("status", Check::Status),
        ('t', format) if !format.ends_with("sec_frac") => field("time", Check::Time),
        ('r', _) => field("request", Check::Any),
        ('m', _) => field("request_method", Check::Word),
        ('U', _) => field("request_uri", Check::Any),
        ('v' | 'V', _) => field("server_name", Check::Word),
        ('D', _) | ('T', "us") => field("D", Check::Number),
        ('T', "ms") => field("duration_ms", Check::Number),
        ('T', _) => field("T", Check::Number),
        ('i', name) if name.eq_ignore_ascii_case("host") => field("http_host", Check::Any),
        ('i', name) if name.eq_ignore_ascii_case("x-forwarded-for") => field("http_x_forwarded_for", Check::Any),
        ('n', name @ ("proxy-status" | "proxy_timedout" | "error-notes")) => field(name, Check::Any),
        ('e', "BALANCER_WORKER_NAME") => field("BALANCER_WORKER_NAME", Check::Any),
        ('t' | 'b' | 'B' | 'O' | 'I' | 'S' | 'k' | 'p' | 'P', _) => field("", Check::Number),
        ('l' | 'H' | 'X' | 'L' | 'A', _) => field("", Check::Word),
        _ => field("", Check::Any),
    }
}

/// Apache's `ErrorLogFormat`. What stands between two blanks vanishes when its value is empty; `\ ` is a blank that does
/// not part, and `% ` parts without being printed.
pub(super) fn apache_error(text: &str) -> Result<Vec<Piece>, Unclosed> {
    let mut segments: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut literal = Vec::new();
    let mut rest = text;
    let flush = |literal: &mut Vec<u8>, segments: &mut Vec<Vec<Piece>>| {
        if !literal.is_empty()
            && let Some(segment) = segments.last_mut()
        {
            segment.push(Piece::Literal(std::mem::take(literal)));
        }
    };
    while let Some(next) = rest.chars().next() {
        rest = &rest[next.len_utf8()..];
        match (next, rest.chars().next()) {
            (' ', _) => {
                flush(&mut literal, &mut segments);
                segments.push(vec![Piece::Literal(b" ".to_vec())]);
            }
            ('%', Some(' ')) => {
                flush(&mut literal, &mut segments);
                segments.push(Vec::new());
                rest = &rest[1..];
            }
            ('\\', Some(escaped)) => {
                literal.extend(escaped.to_string().as_bytes());
                rest = &rest[escaped.len_utf8()..];
            }
            ('%', _) => {
                flush(&mut literal, &mut segments);
                let token = apache_token(rest)?;
                rest = token.rest;
                if let Some(segment) = segments.last_mut() {
                    segment.push(error_field(&token));
                }
            }
            _ => literal.extend(next.to_string().as_bytes()),
        }
    }
    flush(&mut literal, &mut segments);
    let mut pieces = Vec::new();
    for segment in segments {
        let segment = merged(segment);
        let may_vanish = segment.iter().any(|piece| matches!(piece, Piece::Field(field) if field.check != Check::Time && field.name != "message"));
        if may_vanish {
            pieces.push(Piece::Optional(segment.len()));
        }
        pieces.extend(segment);
    }
    Ok(pieces)
}

fn error_field(token: &ApacheToken<'_>) -> Piece {
    match (token.letter, token.braces) {
        ('%', _) => Piece::Literal(b"%".to_vec()),
        ('t', _) => field("time", Check::Time),
        ('m', _) => field("module", Check::Word),
        ('l', _) => field("level", Check::Word),
        ('P', _) => field("pid", Check::Number),
        ('T', _) => field("tid", Check::Number),
        ('a', "") => field("client", Check::Word),
        ('E', _) => field("error", Check::Any),
        ('M', _) => field("message", Check::Any),
        ('v' | 'V', _) => field("host", Check::Word),
        ('L', "") => field("request", Check::Word),
        ('a' | 'L' | 'F' | 'A' | 'k', _) => field("", Check::Word),
        _ => field("", Check::Any),
    }
}

/// HAProxy: `%name`, `%{flags}name` and `%[expression]`.
pub(super) fn haproxy(text: &str) -> Result<Vec<Piece>, Unclosed> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    let mut is_quoting = false;
    while let Some(next) = rest.chars().next() {
        rest = &rest[next.len_utf8()..];
        match next {
            '\\' => {
                let escaped = rest.chars().next().unwrap_or('\\');
                literal.push(escaped);
                rest = &rest[escaped.len_utf8().min(rest.len())..];
            }
            '%' if rest.starts_with('%') => {
                literal.push('%');
                rest = &rest[1..];
            }
            '%' => {
                let mut quotes = is_quoting;
                if let Some(inner) = rest.strip_prefix('{') {
                    let flags;
                    (flags, rest) = bracketed(inner, '}')?;
                    quotes = (quotes || flags.contains("+Q")) && !flags.contains("-Q");
                }
                let value;
                (value, rest) = haproxy_token(rest)?;
                match value {
                    // `%{+Q}o` is printed as nothing and holds for all that follow.
                    None => is_quoting = quotes,
                    Some(value) => {
                        literal.push_str(if quotes { "\"" } else { "" });
                        pieces.push(Piece::Literal(std::mem::take(&mut literal).into_bytes()));
                        pieces.push(Piece::Field(value));
                        literal.push_str(if quotes { "\"" } else { "" });
                    }
                }
            }
            _ => literal.push(next),
        }
    }
    pieces.push(Piece::Literal(literal.into_bytes()));
    Ok(without_empty(pieces))
}

/// The value of a token, or nothing for `o`, and what follows it.
fn haproxy_token(rest: &str) -> Result<(Option<Field>, &str), Unclosed> {
    if let Some(inner) = rest.strip_prefix('[') {
        let mut depth = 1;
        let end = inner.find(|next| {
            depth += i32::from(next == '[') - i32::from(next == ']');
            depth == 0
        });
        let end = end.ok_or('[')?;
        return Ok((Some(expression(&inner[..end])), &inner[end + 1..]));
    }
    let (name, rest) = rest.split_at(rest.find(|next: char| !next.is_ascii_alphanumeric()).unwrap_or(rest.len()));
    if name == "o" {
        // A blank behind it is not printed either.
        return Ok((None, rest.strip_prefix(' ').unwrap_or(rest)));
    }
    let (field_name, check) = haproxy_name(name);
    Ok((Some(Field { name: field_name.to_owned(), check }), rest))
}

fn expression(text: &str) -> Field {
    let name = text.split([',', '(']).next().unwrap_or_default();
    let lower = text.to_ascii_lowercase();
    let name = match name {
        "bc_err_str" | "ssl_bc_err_str" => "error",
        "status" | "txn.status" => return Field { name: "status".to_owned(), check: Check::Status },
        "method" => "method",
        "path" | "pathq" | "url" | "baseq" => "uri",
        "src" => "client",
        _ if lower.contains("hdr(host)") => "host",
        _ => "",
    };
    Field { name: name.to_owned(), check: Check::Any }
}

fn haproxy_name(name: &str) -> (&'static str, Check) {
    match name {
        "ci" => ("client", Check::Word),
        "f" | "ft" => ("frontend", Check::Word),
        "b" => ("backend", Check::Word),
        "s" => ("server", Check::Word),
        "ST" => ("status", Check::Status),
        "ts" | "tsc" => ("state", Check::State),
        "Tw" => ("queue_time", Check::Number),
        "Tc" => ("connect_time", Check::Number),
        "Tr" => ("header_time", Check::Number),
        "Ta" | "Tt" => ("total_time", Check::Number),
        "rc" => ("retries", Check::Number),
        "sq" => ("server_queue", Check::Number),
        "bq" => ("backend_queue", Check::Number),
        "r" => ("request", Check::Any),
        "HM" => ("method", Check::Word),
        "HU" | "HP" | "HPO" => ("uri", Check::Any),
        "t" | "tr" | "T" | "Tl" | "trg" | "trl" | "Ts" => ("time", Check::Time),
        "hr" | "hs" => ("", Check::Captures),
        "cp" | "ac" | "fc" | "bc" | "sc" | "B" | "U" | "TR" | "Th" | "Ti" | "Tq" | "Td" | "Tu" | "ms" | "pid" | "lc" | "rt" | "fp" | "bp" | "sp" => {
            ("", Check::Number)
        }
        "fi" | "bi" | "si" | "sslv" | "sslc" | "H" | "ID" => ("", Check::Word),
        _ => ("", Check::Any),
    }
}

fn without_empty(pieces: Vec<Piece>) -> Vec<Piece> {
    merged(pieces.into_iter().filter(|piece| !matches!(piece, Piece::Literal(text) if text.is_empty())).collect())
}
