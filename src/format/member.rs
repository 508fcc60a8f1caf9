//! One member of a JSON object, found by its key without reading what stands before it. Knows no product.
//!
//! A quote inside a JSON string is always escaped, so a key's own opening quote, behind a brace or a comma, cannot be
//! forged by what a client sent: `{"agent":"\"status\":200"}` has no member `status`.

use std::sync::OnceLock;

use memchr::{memchr, memmem};

use super::json::Value;

/// A key that is looked for in many lines.
pub(super) struct Key {
    /// With its quotes.
    quoted: &'static str,
    finder: OnceLock<memmem::Finder<'static>>,
}

impl Key {
    /// `quoted` has its quotes: `"status"`.
    pub(super) const fn new(quoted: &'static str) -> Self {
        Self { quoted, finder: OnceLock::new() }
    }

    /// The text behind the colon of each member of that name, in whichever object.
    fn all<'a>(&'static self, line: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let finder = self.finder.get_or_init(|| memmem::Finder::new(self.quoted));
        finder.find_iter(line).filter(|at| is_key(line, *at)).filter_map(move |at| {
            let behind = line[at + self.quoted.len()..].trim_ascii_start().strip_prefix(b":")?;
            Some(behind.trim_ascii_start())
        })
    }

    /// Whether there is a member whose name begins so: `"fastly_`.
    pub(super) fn begins_one_in(&'static self, line: &[u8]) -> bool {
        let finder = self.finder.get_or_init(|| memmem::Finder::new(self.quoted));
        finder.find_iter(line).filter(|at| is_key(line, *at)).any(|at| {
            let rest = &line[at + self.quoted.len()..];
            memchr(b'"', &rest[..rest.len().min(64)]).is_some_and(|end| rest[end + 1..].trim_ascii_start().starts_with(b":"))
        })
    }

    /// Whether there is such a member.
    pub(super) fn is_in(&'static self, line: &[u8]) -> bool {
        self.all(line).next().is_some()
    }

    /// Its value, where it is short and plain. `None` also when there are two: one is then a nested object's, or the log
    /// was written by a template that escapes nothing.
    pub(super) fn value<'a>(&'static self, line: &'a [u8]) -> Option<Value<'a>> {
        let mut all = self.all(line);
        let (rest, None) = (all.next()?, all.next()) else { return None };
        if let Some(text) = rest.strip_prefix(b"\"") {
            let raw = &text[..memchr(b'"', &text[..text.len().min(64)])?];
            return (!raw.contains(&b'\\')).then_some(Value { raw, is_string: true });
        }
        let end = rest.iter().take(64).position(|byte| matches!(byte, b',' | b'}' | b' ' | b'\t'))?;
        (!matches!(rest.first(), Some(b'{' | b'['))).then_some(Value { raw: &rest[..end], is_string: false })
    }
}

/// Whether the quote there may open a key.
fn is_key(line: &[u8], at: usize) -> bool {
    at > 0 && matches!(line[at - 1], b'{' | b',' | b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    static STATUS: Key = Key::new("\"status\"");

    fn value(line: &str) -> Option<(String, bool)> {
        STATUS.value(line.as_bytes()).map(|value| (String::from_utf8_lossy(value.raw).into_owned(), value.is_string))
    }

    #[test]
    fn a_member_is_found_wherever_it_stands() {
        let is = |text: &str, is_string: bool| Some((text.to_owned(), is_string));
        assert_eq!(value(r#"{"status":502}"#), is("502", false));
        assert_eq!(value(r#"{"a":"b", "status" : 200 ,"c":1}"#), is("200", false));
        assert_eq!(value(r#"{"a":"b","status":"404","c":1}"#), is("404", true));
        assert_eq!(value(r#"{"request":{"status":1},"b":2}"#), is("1", false));
    }

    #[test]
    fn what_a_client_sent_is_no_member() {
        assert_eq!(value(r#"{"agent":"\"status\":200","status":502}"#), Some(("502".to_owned(), false)));
        assert_eq!(value(r#"{"agent":"x,\"status\":200 "}"#), None);
        assert!(!STATUS.is_in(br#"{"log":"{\"status\":200}"}"#));
        assert!(!STATUS.is_in(br#"{"upstream_status":200,"a":"status","b":["status"]}"#));
    }

    #[test]
    fn a_name_may_be_known_by_its_beginning() {
        static FASTLY: Key = Key::new("\"fastly_");
        assert!(FASTLY.begins_one_in(br#"{"a":1,"fastly_is_edge" : true}"#));
        for other in [r#"{"a":"fastly_x"}"#, r#"{"a":"\"fastly_x\":1"}"#, r#"{"fastly_x"#, r#"{"a":["fastly_x"]}"#] {
            assert!(!FASTLY.begins_one_in(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn what_is_not_plain_has_to_be_read() {
        for line in
            [r#"{"status":502"#, r#"{"status":"5\"2"}"#, r#"{"status":[502]}"#, r#"{"status":200,"a":{"status":502}}"#, r#"{"status":"#, r#""status":200,"#, ""]
        {
            assert_eq!(value(line), None, "{line}");
        }
    }
}
