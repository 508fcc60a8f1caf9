//! One JSON object in a line, value by value, without building a tree. Knows no product.
//!
//! Logs write JSON with templates rather than with a library, so the reader takes what breaks the grammar: `009`, `-` or
//! nothing for a number, `0.1, 0.2` without quotes, `\x22`, bytes that are no UTF-8, a line that was cut.

use std::borrow::Cow;
use std::ops::ControlFlow;

use memchr::{memchr, memchr2};
use smallvec::SmallVec;

use super::clf::quoted;
use crate::text::escape;
use crate::text::number::unsigned;

/// Deeper ones are not read.
const DEEPEST: usize = 16;

/// A string, number or word of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'a> {
    /// As it stands there: a string without its quotes, but with its escapes.
    pub(super) raw: &'a [u8],
    /// It stood in quotes.
    pub(super) is_string: bool,
}

impl<'a> Value<'a> {
    /// Its text; `null` is nothing.
    pub(super) fn text(&self) -> Cow<'a, [u8]> {
        if self.is_string { unescape(self.raw) } else { Cow::Borrowed(self.bare()) }
    }

    /// A status; clouds write `0` where there was none.
    pub(super) fn status(&self) -> Option<u16> {
        unsigned(self.raw).filter(|status| *status < 1_000).and_then(|status| u16::try_from(status).ok())
    }

    /// Its text where that holds no escapes: numbers, addresses, lists of them.
    pub(super) fn bare(&self) -> &'a [u8] {
        if !self.is_string && self.raw == b"null" { &[] } else { self.raw }
    }
}

/// The first member of an object: its key, and its value.
pub(super) fn first_member(line: &[u8]) -> Option<(&[u8], Value<'_>)> {
    let (key, rest) = quoted(line.strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"")?)?;
    Some((key, member_value(rest.trim_ascii_start().strip_prefix(b":")?)))
}

/// The value behind a colon, up to the next comma or brace where it has no quotes.
pub(super) fn member_value(rest: &[u8]) -> Value<'_> {
    let rest = rest.trim_ascii_start();
    if let Some(text) = rest.strip_prefix(b"\"") {
        return Value { raw: quoted(text).map_or(text, |(raw, _)| raw), is_string: true };
    }
    let raw = &rest[..memchr2(b',', b'}', rest).unwrap_or(rest.len())];
    Value { raw: if matches!(raw.first(), Some(b'{' | b'[')) { &[] } else { raw.trim_ascii() }, is_string: false }
}

/// Calls back with the keys that lead to each value (`[request, host]`; elements of an array bear the array's) and the
/// value, until the object ends or the callback breaks. `false` when the line is no object.
pub(super) fn read<'a>(line: &'a [u8], each: &mut impl FnMut(&[&'a [u8]], Value<'a>) -> ControlFlow<()>) -> bool {
    let Some(rest) = line.trim_ascii_start().strip_prefix(b"{") else { return false };
    let mut reader = Reader { rest, path: SmallVec::new(), open: SmallVec::new() };
    reader.open.push(Open { is_array: false, has_key: false });
    while !reader.open.is_empty() && !reader.rest.is_empty() {
        if reader.step(each).is_break() {
            break;
        }
    }
    true
}

/// An object or array that was begun.
#[derive(Clone, Copy)]
struct Open {
    is_array: bool,
    /// It is the value of a key, which leaves the path with it.
    has_key: bool,
}

struct Reader<'a> {
    rest: &'a [u8],
    path: SmallVec<[&'a [u8]; DEEPEST]>,
    open: SmallVec<[Open; DEEPEST]>,
}

impl<'a> Reader<'a> {
    /// Reads the next member, element or bracket.
    fn step(&mut self, each: &mut impl FnMut(&[&'a [u8]], Value<'a>) -> ControlFlow<()>) -> ControlFlow<()> {
        let Some(Open { is_array, .. }) = self.open.last().copied() else { return ControlFlow::Break(()) };
        match (self.rest[0], is_array) {
            (b'}', false) | (b']', true) => self.close(),
            (b' ' | b'\t' | b',' | b'\r' | b'\n', _) => self.rest = &self.rest[1..],
            (_, true) => return self.value(false, each),
            (b'"', false) => {
                let Some((key, after)) = quoted(&self.rest[1..]) else { return ControlFlow::Break(()) };
                self.rest = after.trim_ascii_start();
                if let Some(value) = self.rest.strip_prefix(b":") {
                    self.rest = value.trim_ascii_start();
                    self.path.push(key);
                    return self.value(true, each);
                }
            }
            // What a template broke: on to the next key.
            (_, false) => self.rest = &self.rest[1..],
        }
        ControlFlow::Continue(())
    }

    fn value(&mut self, has_key: bool, each: &mut impl FnMut(&[&'a [u8]], Value<'a>) -> ControlFlow<()>) -> ControlFlow<()> {
        let value = match self.rest.first() {
            Some(b'"') => {
                let (raw, after) = quoted(&self.rest[1..]).unwrap_or((&self.rest[1..], &[]));
                self.rest = after;
                Value { raw, is_string: true }
            }
            Some(open @ (b'{' | b'[')) => {
                if self.open.len() == DEEPEST {
                    return ControlFlow::Break(());
                }
                self.rest = &self.rest[1..];
                self.open.push(Open { is_array: *open == b'[', has_key });
                return ControlFlow::Continue(());
            }
            _ => {
                let (raw, after) = self.rest.split_at(bare_end(self.rest, has_key));
                self.rest = after;
                Value { raw: raw.trim_ascii(), is_string: false }
            }
        };
        let flow = each(&self.path, value);
        if has_key {
            self.path.pop();
        }
        flow
    }

    fn close(&mut self) {
        self.rest = &self.rest[1..];
        if self.open.pop().is_some_and(|open| open.has_key) {
            self.path.pop();
        }
    }
}

/// Where a value without quotes ends: a member's at the comma before the next key, so that `0.1, 0.2` is one value.
fn bare_end(rest: &[u8], is_member: bool) -> usize {
    let ends = |at: usize| match rest[at] {
        b',' => !is_member || matches!(rest[at + 1..].trim_ascii_start().first(), None | Some(b'"')),
        b'}' => is_member,
        byte => byte == b']' && !is_member,
    };
    (0..rest.len()).find(|at| ends(*at)).unwrap_or(rest.len())
}

/// Undoes the escapes of a string: `\uXXXX` and those of [`escape::unescape`]. Borrows when there are none.
pub(super) fn unescape(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'\\', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        if let Some((character, len)) = unicode(rest) {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            rest = &rest[len..];
        } else {
            // `\xHH` is the longest of the others.
            let len = rest.len().min(if rest.get(1) == Some(&b'x') { 4 } else { 2 });
            out.extend_from_slice(&escape::unescape(&rest[..len]));
            rest = &rest[len..];
        }
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// The character of `\u00e9`, or of a pair of surrogates, and the bytes that it takes.
fn unicode(rest: &[u8]) -> Option<(char, usize)> {
    let unit = |rest: &[u8]| {
        let digits = rest.strip_prefix(b"\\u")?.get(..4)?;
        digits.iter().try_fold(0_u32, |sum, digit| Some(sum * 16 + char::from(*digit).to_digit(16)?))
    };
    let first = unit(rest)?;
    if let (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) = (first, unit(&rest[6..])) {
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &[u8]) -> Vec<String> {
        let mut all = Vec::new();
        read(line, &mut |path, value| {
            let path: Vec<_> = path.iter().map(|key| String::from_utf8_lossy(key)).collect();
            all.push(format!("{}={}", path.join("."), String::from_utf8_lossy(&value.text())));
            ControlFlow::Continue(())
        });
        all
    }

    #[test]
    fn values_come_with_the_keys_that_lead_to_them() {
        let line = br#" {"a":1, "b" : {"c":"x","d":{"e":true},"f":[1,"y",{"g":2}]},"h":null, "i":[] ,"j":{}} "#;
        assert_eq!(all(line), ["a=1", "b.c=x", "b.d.e=true", "b.f=1", "b.f=y", "b.f.g=2", "h="]);
    }

    #[test]
    fn what_templates_break_is_read_all_the_same() {
        let line = br#"{"status":009,"urt":-,"t":0.1, 0.2 : 0.3,"none":,"s":"a\"b","last":-}"#;
        assert_eq!(all(line), ["status=009", "urt=-", "t=0.1, 0.2 : 0.3", "none=", "s=a\"b", "last=-"]);
        assert_eq!(all(br#"{"a":[::1]:80,"b":2,"c":"cut"#), ["a=::1", "b=2", "c=cut"]);
        assert_eq!(all(b"{\"a\":\"\xff\xfe\"}"), ["a=\u{fffd}\u{fffd}"]);
    }

    #[test]
    fn nothing_in_a_string_is_taken_for_a_key() {
        assert_eq!(all(br#"{"request":"GET /a\",\"status\":\"200\" HTTP/1.1","status":502}"#), [r#"request=GET /a","status":"200" HTTP/1.1"#, "status=502"]);
    }

    #[test]
    fn escapes_are_undone_only_where_there_are_any() {
        assert!(matches!(unescape(b"plain"), Cow::Borrowed(_)));
        assert_eq!(&*unescape(br#"\u00e9\ud83d\ude00\ud83d \x22\"\\u\n\/\q\"#), "\u{e9}\u{1f600}\u{fffd} \"\"\\u\n/\\q\\".as_bytes());
        assert_eq!(&*unescape(br"\u12"), br"\u12");
    }

    #[test]
    fn no_bytes_make_it_panic_or_run_for_ever() {
        let line = br#"{"a":{"b":[{"c":"\u00"},1,[2]],"d":-},"e":"\\"}"#;
        for end in 0..line.len() {
            all(&line[..end]);
            all(&[&line[..end], &line[end + 1..]].concat());
        }
        assert!(all(&[b'{'; 100]).is_empty());
        all(&[&br#"{"a":"#[..], &[b'['; 100]].concat());
    }
}
