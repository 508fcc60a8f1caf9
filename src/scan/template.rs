//! The template of a message that no pattern knows: a pure function of the entry.
//!
//! What varies from request to request is masked, what tells one fault from another stays: words, the number of the
//! system's error, names of functions, the phase. So two faults never share a template; one fault may have several.

use crate::record::Entry;
use crate::text::safe::excerpt;

/// Longest part of a message that is looked at, in characters.
const LONGEST: usize = 400;

/// A stretch of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The stretch, made printable; of a variable one its mask: `"…"`, `'…'`, `<addr>`, `<host>`, `<path>`, `<id>`, `<n>`.
    pub text: String,
    /// It varies from entry to entry.
    pub is_variable: bool,
}

/// The template of an entry: that of its message, with errno and action where the message does not state them itself.
pub fn template(entry: &Entry<'_>) -> String {
    let mut out = String::new();
    let states = |text: &[u8]| text.is_empty() || memchr::memmem::find(&entry.message, text).is_some();
    if !states(entry.errno) || !entry.errno.is_empty() && !states(&[b"(", entry.errno, b":"].concat()) {
        out = format!("({}) ", excerpt(entry.errno, 20));
    }
    walk(&head(&entry.message), |text, _| out.push_str(text));
    if !states(entry.action) {
        out.extend([" [", &excerpt(entry.action, 80), "]"]);
    }
    out
}

/// The message in stretches that stay and stretches that vary, in turns.
pub fn parts(message: &[u8]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    walk(&head(message), |text, is_variable| match parts.last_mut() {
        Some(last) if last.is_variable == is_variable => last.text.push_str(text),
        _ => parts.push(Part { text: text.to_owned(), is_variable }),
    });
    parts
}

/// The first line: what follows it is a trace, or what somebody else printed.
fn head(message: &[u8]) -> String {
    excerpt(message.split(|byte| *byte == b'\n').next().unwrap_or_default(), LONGEST)
}

/// Gives each stretch of the text: as it is, or the mask of what varies and `true`.
fn walk(text: &str, mut give: impl FnMut(&str, bool)) {
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let len = match first {
            // An apostrophe inside a word is no quote.
            '\'' if before.is_alphanumeric() => plain(rest, 1, &mut give),
            '"' | '\'' => quoted(rest, first, &mut give),
            '(' => errno(rest, &mut give),
            '0'..='9' if is_coded(&text[..text.len() - rest.len()]) => plain(rest, rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()), &mut give),
            _ if is_word(first) => word(rest, &mut give),
            _ => plain(rest, first.len_utf8(), &mut give),
        };
        before = rest[..len].chars().next_back().unwrap_or(' ');
        rest = &rest[len..];
    }
}

/// Behind these words a number tells one fault from another: `exited on signal 9`, `with error 7`, `unexpected status 302`.
fn is_coded(before: &str) -> bool {
    const WORDS: [&str; 6] = ["code", "errno", "error", "signal", "state", "status"];
    let before = before.strip_suffix([' ', '=']).unwrap_or(before);
    let word = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn plain(rest: &str, len: usize, give: &mut impl FnMut(&str, bool)) -> usize {
    give(&rest[..len], false);
    len
}

/// A quoted text, up to the next such quote that has no backslash before it; to the end where a double quote never closes.
fn quoted(rest: &str, quote: char, give: &mut impl FnMut(&str, bool)) -> usize {
    let closes = rest.match_indices(quote).map(|(at, _)| at).find(|at| *at > 0 && rest.as_bytes()[at - 1] != b'\\');
    match (closes, quote) {
        (Some(end), '"') => {
            give("\"…\"", true);
            end + 1
        }
        (Some(end), _) => {
            give("'…'", true);
            end + 1
        }
        (None, '"') => {
            give("\"…", true);
            rest.len()
        }
        (None, _) => plain(rest, 1, give),
    }
}

/// `(111: text)` and `(111)text` keep their number.
fn errno(rest: &str, give: &mut impl FnMut(&str, bool)) -> usize {
    let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
    let follows = rest.as_bytes().get(1 + digits);
    let is_errno = digits > 0 && matches!(follows, Some(b':' | b')'));
    plain(rest, if is_errno { 1 + digits } else { 1 }, give)
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '[' | '<' | '\\') || !c.is_ascii()
}

/// Whether a character may stand in a word.
fn is_inside(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '/' | '.' | ':' | '_' | '-' | '[' | ']' | '%' | '*' | '#' | '@' | '\\' | '<' | '>' | '{' | '}' | '+' | '~' | '=' | '&' | '?' | '$')
}

/// A run of letters, digits and what addresses, paths and ids are made of.
fn word(rest: &str, give: &mut impl FnMut(&str, bool)) -> usize {
    let len = rest.find(|c| !is_inside(c)).unwrap_or(rest.len()).max(rest.chars().next().map_or(1, char::len_utf8));
    let trimmed = rest[..len].trim_end_matches([':', '.', ']', '>', '?', '=']);
    let len = if trimmed.is_empty() { len } else { trimmed.len() };
    let word = &rest[..len];
    if let Some(mask) = mask(word) {
        give(mask, true);
        return len;
    }
    // `timeout=30`, `worker-3`, `slot#7`: the name stays.
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
    match word.split_once('=') {
        Some((key, value)) if !key.is_empty() && mask(value).is_some() => {
            give(&word[..=key.len()], false);
            give(mask(value).unwrap_or_default(), true);
        }
        _ if name.len() < word.len() && name.ends_with(['-', '_', '#', ':']) => {
            give(name, false);
            give("<n>", true);
        }
        _ => give(word, false),
    }
    len
}

/// The mask of a word that varies.
fn mask(word: &str) -> Option<&'static str> {
    // Apache's number of a message, OpenSSL's number of an error, a version of a protocol.
    if word.strip_prefix("AH").is_some_and(is_digits) || word.starts_with("error:") || word.starts_with("HTTP/") {
        return None;
    }
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    if is_address(word, has_digit) {
        return Some("<addr>");
    }
    if is_digits(word.trim_start_matches(['#', '*', '-'])) || is_digits(&word.replace(['.', ':'], "")) {
        return Some("<n>");
    }
    if word.contains("://") || word.contains('/') && word.len() > 1 {
        return Some("<path>");
    }
    if is_host(word) {
        return Some("<host>");
    }
    let is_hex = word.len() >= 8 && has_digit && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_mixed = word.len() >= 12 && word.bytes().filter(u8::is_ascii_digit).count() >= 3;
    if is_hex || is_mixed || word.starts_with("0x") {
        return Some("<id>");
    }
    word.starts_with(|first: char| first.is_ascii_digit()).then_some("<n>")
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `10.0.0.5`, `10.0.0.5:80`, `[::1]:80`, `app-1.internal:8080`, `app:8080`.
fn is_address(word: &str, has_digit: bool) -> bool {
    let is_made_so = word.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'[' | b']'));
    if has_digit && is_made_so && (word.matches('.').count() == 3 || word.matches(':').count() >= 2 || word.starts_with('[')) {
        return true;
    }
    word.rsplit_once(':').is_some_and(|(host, port)| {
        let is_name =
            host.bytes().any(|byte| byte.is_ascii_alphabetic()) && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        is_name && is_digits(port) && (2..=5).contains(&port.len())
    })
}

/// `shop.example.com`: names of files are left as they are, for they tell where a fault is.
fn is_host(word: &str) -> bool {
    const FILES: [&str; 20] =
        ["c", "cc", "cgi", "conf", "cpp", "crt", "h", "html", "js", "key", "log", "lua", "pem", "php", "pid", "pl", "py", "rb", "so", "sock"];
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    word.rsplit_once('.').is_some_and(|(rest, last)| {
        last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_lowercase()) && !FILES.contains(&last) && rest.split('.').all(is_label)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::format::FormatId;
    use crate::pattern::check::Source;
    use crate::time::{Clock, Timestamp, Zone};

    fn of(message: &[u8]) -> String {
        template(&Entry { message: message.into(), ..Entry::default() })
    }

    #[test]
    fn what_varies_is_masked_and_what_tells_faults_apart_stays() {
        let cases = [
            (
                "frobnicate() \"/tmp/x\" failed (28: No space left on device) while reading upstream",
                "frobnicate() \"…\" failed (28: No space left on device) while reading upstream",
            ),
            ("worker 1234 took 3.5 s on 10.0.0.5:8080", "worker <n> took <n> s on <addr>"),
            ("peer [::1]:9000 gone", "peer <addr> gone"),
            ("peer app-1.internal:9000 (app) at 12:30:05 gone", "peer <addr> (app) at <addr> gone"),
            ("AH99999: odd thing in /srv/www/a.php", "AH99999: odd thing in <path>"),
            ("session 0123456789abcdef lost", "session <id> lost"),
            ("don't say \"it's\" or 'a \\' b', it's fine", "don't say \"…\" or '…', it's fine"),
            ("shop.example.com not found in util.lua", "<host> not found in util.lua"),
            ("queue timeout=30 of worker-3 on accept4() with HTTP/1.1", "queue timeout=<n> of worker-<n> on accept4() with HTTP/1.1"),
            ("failed (SSL: error:0A000086:SSL routines::x)", "failed (SSL: error:0A000086:SSL routines::x)"),
            ("worker process 12 exited on signal 9, error 7 of 8", "worker process <n> exited on signal 9, error 7 of <n>"),
            ("first line\n#0 /app/a.php(12)", "first line"),
        ];
        for (message, expected) in cases {
            assert_eq!(of(message.as_bytes()), expected);
        }
    }

    #[test]
    fn errno_and_action_stand_in_the_template_wherever_the_log_states_them() {
        let entry = |errno: &'static [u8], action: &'static [u8], message: &'static [u8]| Entry { errno, action, message: message.into(), ..Entry::default() };
        assert_eq!(template(&entry(b"104", b"", b"AH1: x 104")), "(104) AH1: x <n>");
        assert_eq!(template(&entry(b"104", b"reading", b"x (104: y) while reading")), "x (104: y) while reading");
        assert_eq!(template(&entry(b"", b"reading", b"x")), "x [reading]");
    }

    #[test]
    fn examples_with_another_errno_or_action_have_another_template() {
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800));
        let mut known = BTreeMap::new();
        for source in Source::embedded() {
            let file = source.parse().unwrap();
            for pattern in &file.patterns {
                let formats = file.formats_of(pattern).iter().filter_map(|format| FormatId::from_id(format)).filter(|format| !format.writes_answers());
                for format in formats {
                    for example in &pattern.examples {
                        let Some(entry) = format.format().parse(example.line.as_bytes(), &mut clock) else { continue };
                        let told = (entry.errno.to_vec(), entry.action.to_vec(), pattern.id.clone());
                        let other = known.entry((format, template(&entry))).or_insert_with(|| told.clone());
                        assert_eq!((&other.0, &other.1), (&told.0, &told.1), "{} and {}: {}", other.2, told.2, template(&entry));
                    }
                }
            }
        }
        assert!(known.len() > 300);
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_short_printable_template(message in proptest::collection::vec(any::<u8>(), 0..600), text in "[a-z0-9 .:/\"'(\\[<=#é…-]{0,80}") {
            for message in [&message[..], text.as_bytes()] {
                let template = of(message);
                prop_assert!(!template.contains(|c: char| c.is_control()));
                prop_assert!(template.chars().count() <= LONGEST * 6);
                let parts = parts(message);
                prop_assert_eq!(parts.iter().map(|part| part.text.as_str()).collect::<String>(), template);
                prop_assert!(parts.windows(2).all(|two| two[0].is_variable != two[1].is_variable));
            }
        }
    }
}
