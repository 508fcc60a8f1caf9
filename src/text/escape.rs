//! Undoing the escapes that logs put into their fields.

use std::borrow::Cow;

/// Undoes `\"`, `\\`, `\n`, `\t` … and `\xHH`, as access logs of nginx and Apache write them. Borrows when there is
/// nothing to undo, which is nearly always.
pub fn unescape(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', bytes) else { return Cow::Borrowed(bytes) };
    let mut out = bytes[..first].to_vec();
    let mut rest = &bytes[first..];
    while let Some((&byte, tail)) = rest.split_first() {
        let (byte, len) = if byte == b'\\' { escaped(tail) } else { (byte, 0) };
        out.push(byte);
        rest = &tail[len..];
    }
    Cow::Owned(out)
}

/// The byte that the escape stands for, and how much of `tail` belongs to it. An unknown escape stays as it is.
fn escaped(tail: &[u8]) -> (u8, usize) {
    match tail {
        [b'x', high, low, ..] => match (hex(*high), hex(*low)) {
            (Some(high), Some(low)) => (high * 16 + low, 3),
            _ => (b'\\', 0),
        },
        [b'n', ..] => (b'\n', 1),
        [b'r', ..] => (b'\r', 1),
        [b't', ..] => (b'\t', 1),
        [b'b', ..] => (8, 1),
        [b'v', ..] => (11, 1),
        [b'f', ..] => (12, 1),
        [byte @ (b'"' | b'\\' | b'/'), ..] => (*byte, 1),
        _ => (b'\\', 0),
    }
}

/// Undoes `%HH`. What is no such escape stays as it is.
pub fn percent_decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'%', bytes) else { return Cow::Borrowed(bytes) };
    let mut out = bytes[..first].to_vec();
    let mut rest = &bytes[first..];
    while let Some((&byte, tail)) = rest.split_first() {
        match (byte, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                out.push(hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0));
                rest = after;
            }
            _ => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    Cow::Owned(out)
}

fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        assert_eq!(&*unescape(br#"a\"b\\c\x22\n\q\x2"#), b"a\"b\\c\"\n\\q\\x2");
        assert!(matches!(unescape(b"plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn percent_escapes_are_undone() {
        assert_eq!(&*percent_decode(b"/a%20b%2"), b"/a b%2");
        assert_eq!(&*percent_decode(b"%zz%41"), b"%zzA");
    }
}
