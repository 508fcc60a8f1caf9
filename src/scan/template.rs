//! The template of a message that no pattern knows: a pure function of the message.
//!
//! What varies from request to request is masked, what tells one fault from another stays: words, the number of the
//! system's error, names of functions, the phase.

/// Longest part of a message that is looked at.
const LONGEST: usize = 400;

/// The message with quoted texts, addresses, paths, hexadecimal ids and numbers masked: `"…"`, `<addr>`, `<path>`, `<id>`,
/// `<n>`. The number in `(111: Connection refused)` stays, as do numbers behind `AH`.
pub fn template(message: &[u8]) -> String {
    let text = crate::text::safe::excerpt(message, LONGEST);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let (masked, len) = match first {
            '"' | '\'' => quoted(rest, first),
            '(' => errno(rest),
            _ if is_word(first) => word(rest),
            _ => (None, first.len_utf8()),
        };
        out.push_str(masked.unwrap_or(&rest[..len]));
        rest = &rest[len..];
    }
    out
}

/// A quoted text, up to the next such quote; an apostrophe inside a word is none.
fn quoted(rest: &str, quote: char) -> (Option<&'static str>, usize) {
    match rest[1..].find(quote) {
        Some(end) => (Some(if quote == '"' { "\"…\"" } else { "'…'" }), end + 2),
        None if quote == '"' => (Some("\"…"), rest.len()),
        None => (None, 1),
    }
}

/// `(111: text)` and `(111)text` keep their number.
fn errno(rest: &str) -> (Option<&'static str>, usize) {
    let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
    let follows = rest.as_bytes().get(1 + digits);
    if digits > 0 && matches!(follows, Some(b':' | b')')) { (None, 1 + digits) } else { (None, 1) }
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '[' | '<' | '\\') || !c.is_ascii()
}

/// A run of letters, digits and what addresses, paths and ids are made of.
fn word(rest: &str) -> (Option<&'static str>, usize) {
    let inside = |c: char| {
        c.is_alphanumeric()
            || matches!(c, '/' | '.' | ':' | '_' | '-' | '[' | ']' | '%' | '*' | '#' | '@' | '\\' | '<' | '>' | '{' | '}' | '+' | '~' | '=' | '&' | '?' | '$')
    };
    let len = rest.find(|c| !inside(c)).unwrap_or(rest.len()).max(rest.chars().next().map_or(1, char::len_utf8));
    let word = rest[..len].trim_end_matches([':', '.', ']', '>', '?', '=']);
    let len = if word.is_empty() { len } else { word.len() };
    let word = &rest[..len];
    (mask(word), len)
}

fn mask(word: &str) -> Option<&'static str> {
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if word.starts_with("AH") && digits(&word[2..]) {
        return None;
    }
    if digits(word.trim_start_matches(['#', '*', '-'])) || digits(&word.replace(['.', ':'], "")) && word.matches('.').count() < 3 && !word.contains(':') {
        return Some("<n>");
    }
    let is_address = word.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'[' | b']'));
    if has_digit && is_address && (word.matches('.').count() == 3 || word.contains(':')) {
        return Some("<addr>");
    }
    if word.contains("://") || word.contains('/') && word.len() > 1 {
        return Some("<path>");
    }
    let host_port = word.rsplit_once(':').is_some_and(|(host, port)| host.contains('.') && digits(port));
    if host_port {
        return Some("<addr>");
    }
    let is_hex = word.len() >= 8 && has_digit && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_mixed = word.len() >= 12 && word.bytes().filter(u8::is_ascii_digit).count() >= 3;
    if is_hex || is_mixed || word.starts_with("0x") {
        return Some("<id>");
    }
    if has_digit && word.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) {
        return Some("<n>");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn what_varies_is_masked_and_what_tells_faults_apart_stays() {
        let cases = [
            (
                "frobnicate() \"/tmp/x\" failed (28: No space left on device) while reading upstream",
                "frobnicate() \"…\" failed (28: No space left on device) while reading upstream",
            ),
            ("worker 1234 took 3.5 s on 10.0.0.5:8080", "worker <n> took <n> s on <addr>"),
            ("peer [::1]:9000 gone", "peer <addr> gone"),
            ("AH99999: odd thing in /srv/www/a.php", "AH99999: odd thing in <path>"),
            ("session 0123456789abcdef lost", "session <id> lost"),
            ("don't panic", "don't panic"),
        ];
        for (message, expected) in cases {
            assert_eq!(template(message.as_bytes()), expected);
        }
    }

    #[test]
    fn any_bytes_give_a_template() {
        for message in [&b""[..], b"\"", b"'", b"(", b"\xff\xfe\"", b"[[[[", b"::::"] {
            template(message);
        }
    }
}
