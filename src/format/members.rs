//! All members of a JSON object in one pass, for lines that need not be read whole. Knows no product.
//!
//! Where [`json::read`](super::json::read) takes what templates break, this asks for the grammar, and what it gives of a line
//! that obeys is what `read` gives. Anything else is left to `read`.

use super::json::Value;

/// Deeper ones are left to `read`, which gives them up.
const DEEPEST: u32 = 15;

/// What is called with each member: how many objects and arrays it stands in, its key, and its value. The value of a member
/// that is an object or array is that bracket alone, and an array's elements are not called for.
pub(super) trait Take<'a>: FnMut(u32, &'a [u8], Value<'a>) {}

impl<'a, F: FnMut(u32, &'a [u8], Value<'a>)> Take<'a> for F {}

/// Calls back with each member of the object that the line is. `None` where the line is not one by the grammar of JSON, as
/// far as strings, brackets and commas go.
pub(super) fn each<'a>(line: &'a [u8], mut take: impl Take<'a>) -> Option<()> {
    let mut walk = Walk { line, at: 1, depth: 1, arrays: 0 };
    if line.first() != Some(&b'{') {
        return None;
    }
    let mut is_first = true;
    while walk.depth > 0 {
        walk.blanks();
        let byte = *line.get(walk.at)?;
        if matches!(byte, b'}' | b']') {
            walk.close(byte)?;
            is_first = false;
            continue;
        }
        if !is_first {
            if byte != b',' {
                return None;
            }
            walk.at += 1;
            walk.blanks();
        }
        is_first = if walk.arrays & 1 == 1 { walk.value()?.1 } else { walk.member(&mut take)? };
    }
    Some(())
}

struct Walk<'a> {
    line: &'a [u8],
    at: usize,
    depth: u32,
    /// A bit for each open bracket, the innermost the lowest: set for an array.
    arrays: u32,
}

impl<'a> Walk<'a> {
    fn blanks(&mut self) {
        while self.line.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }

    fn close(&mut self, byte: u8) -> Option<()> {
        if (byte == b']') != (self.arrays & 1 == 1) {
            return None;
        }
        self.at += 1;
        self.depth -= 1;
        self.arrays >>= 1;
        Some(())
    }

    /// A key and its value; whether that opened an object or array.
    #[inline]
    fn member(&mut self, take: &mut impl Take<'a>) -> Option<bool> {
        if self.line.get(self.at) != Some(&b'"') {
            return None;
        }
        let key = self.string()?;
        self.blanks();
        if self.line.get(self.at) != Some(&b':') {
            return None;
        }
        self.at += 1;
        self.blanks();
        let depth = self.depth;
        let (value, has_opened) = self.value()?;
        take(depth, key, value);
        Some(has_opened)
    }

    /// A value; of an object or array its bracket, and that it was opened.
    #[inline]
    fn value(&mut self) -> Option<(Value<'a>, bool)> {
        let start = self.at;
        match *self.line.get(start)? {
            b'"' => Some((Value { raw: self.string()?, is_string: true }, false)),
            open @ (b'{' | b'[') => {
                if self.depth == DEEPEST {
                    return None;
                }
                self.at += 1;
                self.depth += 1;
                self.arrays = self.arrays << 1 | u32::from(open == b'[');
                Some((Value { raw: &self.line[start..=start], is_string: false }, true))
            }
            _ => {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let len = self.line[start..].iter().position(|byte| !is_part(byte))?;
                self.at += len;
                (len > 0).then_some((Value { raw: &self.line[start..start + len], is_string: false }, false))
            }
        }
    }

    /// What stands between the quote here and the one that closes it, escapes included.
    #[inline]
    fn string(&mut self) -> Option<&'a [u8]> {
        let start = self.at + 1;
        let mut from = start;
        loop {
            let end = from + quote(self.line.get(from..)?)?;
            self.at = end + 1;
            // Before a quote without a backslash there is nothing to be counted.
            let escapes = self.line[start..end].iter().rev().take_while(|byte| **byte == b'\\').count();
            if escapes & 1 == 0 {
                return Some(&self.line[start..end]);
            }
            from = end + 1;
        }
    }
}

/// Where the next quote stands. Strings are mostly so short that a search which has to be called costs more than it finds.
#[inline]
fn quote(rest: &[u8]) -> Option<usize> {
    const LOW: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let mut at = 0;
    for _ in 0..4 {
        let Some(word) = rest.get(at..).and_then(|rest| rest.first_chunk::<8>()) else { break };
        let differs = u64::from_le_bytes(*word) ^ u64::from_ne_bytes([b'"'; 8]);
        // The lowest bit that is set belongs to the first byte that is zero.
        let found = differs.wrapping_sub(LOW) & !differs & HIGH;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    Some(at + memchr::memchr(b'"', &rest[at..])?)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use proptest::prelude::*;

    use super::super::json;
    use super::*;

    type Member = (u32, Vec<u8>, Vec<u8>, bool);

    fn walked(line: &[u8]) -> Option<Vec<Member>> {
        let mut all = Vec::new();
        each(line, |depth, key, value| {
            if !value.is_string && matches!(value.raw, b"{" | b"[") {
                return;
            }
            all.push((depth, key.to_vec(), value.raw.to_vec(), value.is_string));
        })?;
        Some(all)
    }

    /// The same of `read`, without what stands in arrays.
    fn read(line: &[u8]) -> Vec<Member> {
        let mut all = Vec::new();
        json::read(line, &mut |path, value| {
            all.push((u32::try_from(path.len()).unwrap(), path[path.len() - 1].to_vec(), value.raw.to_vec(), value.is_string));
            ControlFlow::Continue(())
        });
        all
    }

    #[test]
    fn members_are_those_that_reading_finds() {
        for line in [
            &br#"{"a":1, "b" : {"c":"x\"y","d":{"e":true}},"h":null,"j":{} ,"k":""}"#[..],
            br#"{"agent":"a long one, with more than thirty-two bytes, {braces} and \"quotes\\","status":502,"\"":"\\"}"#,
            b"{}",
        ] {
            assert_eq!(walked(line), Some(read(line)), "{}", String::from_utf8_lossy(line));
        }
        let brackets = br#"{"a":[1,"x",{"b":2},[3]],"c":4}"#;
        assert_eq!(walked(brackets), Some(vec![(3, b"b".to_vec(), b"2".to_vec(), false), (1, b"c".to_vec(), b"4".to_vec(), false)]));
    }

    #[test]
    fn what_breaks_the_grammar_is_left_alone() {
        for line in [
            "",
            "[]",
            "{",
            r#"{"a":}"#,
            r#"{"a":1"#,
            r#"{"a":1,}"#,
            r#"{"a":1 "b":2}"#,
            r#"{,"a":1}"#,
            r#"{"a":0.1, 0.2}"#,
            r#"{"a":[1}"#,
            r#"{"a":"x}"#,
            r#"{"a":"x\"}"#,
            r"{a:1}",
            r#"{"a" 1}"#,
            r#"{"a":"x"y"}"#,
        ] {
            assert_eq!(walked(line.as_bytes()), None, "{line}");
        }
        let deep = [&br#"{"a":"#[..], &[b'['; 40]].concat();
        assert_eq!(walked(&deep), None);
    }

    proptest! {
        #[test]
        fn any_text_is_walked_as_it_is_read_or_not_at_all(parts in prop::collection::vec(prop::sample::select(vec![
            "\"a\"", "\"b\"", ":", ":", ",", ",", "{", "}", "}", " ", "1", "-0.5", "null", "\"x\\\"\"", "\"\\\\\"", "\\", "\"", "status", "\t",
        ]), 0..24)) {
            let line = format!("{{\"k\":1,{}", parts.concat());
            if let Some(all) = walked(line.as_bytes()) {
                prop_assert_eq!(all, read(line.as_bytes()), "{}", line);
            }
        }
    }
}
