//! One member of a JSON object, found by its key without reading what stands before it. Knows no product.
//!
//! A quote inside a JSON string is always escaped, so a key's own opening quote, behind a brace or a comma, cannot be
//! forged by what a client sent: `{"agent":"\"status\":200"}` has no member `status`.

use std::sync::OnceLock;

use memchr::{memchr, memmem, memrchr};

use super::json::{Value, member_value};

/// A key that is looked for in many lines.
pub(super) struct Key {
    /// With its quotes; without the closing one where a name is known by its beginning.
    quoted: &'static str,
    finder: OnceLock<memmem::Finder<'static>>,
}

impl Key {
    /// `quoted` has its quotes: `"status"`.
    pub(super) const fn new(quoted: &'static str) -> Self {
        Self { quoted, finder: OnceLock::new() }
    }

    /// What stands behind the name wherever it may be that of a member. Quotes are the most frequent bytes of JSON, so what
    /// stands between them is looked for.
    fn names<'a>(&'static self, line: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let finder = self.finder.get_or_init(|| memmem::Finder::new(self.quoted.trim_matches('"').as_bytes()));
        finder.find_iter(line).filter_map(move |at| {
            let from = at.checked_sub(1).filter(|from| is_key(line, *from))?;
            line[from..].strip_prefix(self.quoted.as_bytes())
        })
    }

    /// The text behind the colon of each member of that name, in whichever object.
    fn all<'a>(&'static self, line: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.names(line).filter_map(|rest| Some(rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start()))
    }

    /// Whether there is a member whose name begins so: `"fastly_`.
    pub(super) fn begins_one_in(&'static self, line: &[u8]) -> bool {
        self.names(line).any(|rest| memchr(b'"', &rest[..rest.len().min(64)]).is_some_and(|end| rest[end + 1..].trim_ascii_start().starts_with(b":")))
    }

    /// Whether there is such a member.
    pub(super) fn is_in(&'static self, line: &[u8]) -> bool {
        self.all(line).next().is_some()
    }

    /// Its value where it first stands; of an object or array nothing.
    pub(super) fn first<'a>(&'static self, line: &'a [u8]) -> Option<Value<'a>> {
        self.all(line).next().map(member_value)
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

/// How the names of members end that are looked for in many lines.
pub(super) struct End {
    /// With the closing quote.
    quoted: &'static str,
    finder: OnceLock<memmem::Finder<'static>>,
}

impl End {
    /// `quoted` has its closing quote: `us"`.
    pub(super) const fn new(quoted: &'static str) -> Self {
        Self { quoted, finder: OnceLock::new() }
    }

    /// Names, of which none holds a quote, and values of the members whose names end so, in whichever object; of an object or
    /// array as value nothing.
    pub(super) fn members<'a>(&'static self, line: &'a [u8]) -> impl Iterator<Item = (&'a [u8], Value<'a>)> {
        let finder = self.finder.get_or_init(|| memmem::Finder::new(self.quoted.as_bytes()));
        finder.find_iter(line).filter_map(move |at| {
            let end = at + self.quoted.len() - 1;
            let open = memrchr(b'"', &line[..end]).filter(|open| is_key(line, *open))?;
            let rest = line[end + 1..].trim_ascii_start().strip_prefix(b":")?;
            Some((&line[open + 1..end], member_value(rest)))
        })
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
    fn the_first_may_be_long_or_have_escapes() {
        let first = |line: &'static str| STATUS.first(line.as_bytes()).map(|value| String::from_utf8_lossy(&value.text()).into_owned());
        assert_eq!(first(r#"{"uri":"/a\",\"status\":200,\"b\":\"","status" : "5\"2" }"#).as_deref(), Some("5\"2"));
        assert_eq!(first(r#"{"status":{"a":1}}"#).as_deref(), Some(""));
        assert_eq!(first(r#"{"status":nul"#).as_deref(), Some("nul"));
        for none in [r#"{"a":"status","b":2}"#, r#"{"a":["status",1]}"#, r#""status":1"#, r#"{"status""#, "status", "\"status\"", ""] {
            assert_eq!(first(none), None, "{none}");
        }
    }

    #[test]
    fn what_a_client_sent_is_no_member() {
        assert_eq!(value(r#"{"agent":"\"status\":200","status":502}"#), Some(("502".to_owned(), false)));
        assert_eq!(value(r#"{"agent":"x,\"status\":200 "}"#), None);
        assert!(!STATUS.is_in(br#"{"log":"{\"status\":200}"}"#));
        assert!(!STATUS.is_in(br#"{"upstream_status":200,"a":"status","b":["status"]}"#));
    }

    #[test]
    fn a_name_may_be_known_by_its_end() {
        static US: End = End::new("us\"");
        let all = |line: &'static str| US.members(line.as_bytes()).map(|(name, value)| (name, value.raw)).collect::<Vec<_>>();
        let line = r#"{"agent":"\"us\":1","status":200, "us" : "502, 200","a":"us","b":{"x_us":-}}"#;
        assert_eq!(all(line), [(&b"status"[..], &b"200"[..]), (b"us", b"502, 200"), (b"x_us", b"-")]);
        for none in ["us\":1", r#"{"a":["us"]}"#, r#"{"us""#, ""] {
            assert_eq!(all(none), [], "{none}");
        }
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
