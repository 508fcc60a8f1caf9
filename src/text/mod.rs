//! Bytes and lines. Knows no log.
//!
//! Log text is untrusted: whoever sends a request writes a part of it. It leaves the program only through [`safe`].

pub mod escape;
pub mod near;
pub mod number;
pub mod safe;

/// `line` without its line end (`\n` or `\r\n`).
pub fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The name that is most like `name`, if any is like it at all.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let (distance, nearest) = known.into_iter().map(|other| (strsim::damerau_levenshtein(name, other), other)).min()?;
    (distance <= 1 + nearest.len() / 3).then_some(nearest)
}

/// The part of a URI before its query or fragment, without scheme and authority.
pub fn path_of(uri: &[u8]) -> &[u8] {
    let rest = match uri {
        // A path may hold "://" too; only a scheme in front of it makes it an authority.
        [b'/', ..] => uri,
        _ => match memchr::memmem::find(uri, b"://") {
            Some(at) if at > 0 && uri[..at].iter().all(u8::is_ascii_alphanumeric) => {
                let authority = &uri[at + 3..];
                memchr::memchr(b'/', authority).map_or(&b"/"[..], |slash| &authority[slash..])
            }
            _ => uri,
        },
    };
    let end = near::near2(b'?', b'#', rest).unwrap_or(rest.len());
    &rest[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_is_trimmed_once() {
        assert_eq!(trim_line_end(b"a\r\n"), b"a");
        assert_eq!(trim_line_end(b"a\n"), b"a");
        assert_eq!(trim_line_end(b"a\r\r\n"), b"a\r");
        assert_eq!(trim_line_end(b""), b"");
    }

    #[test]
    fn a_path_has_no_query_and_no_authority() {
        assert_eq!(path_of(b"/a/b?c=d"), b"/a/b");
        assert_eq!(path_of(b"http://host:80/a?b"), b"/a");
        assert_eq!(path_of(b"https://host"), b"/");
        assert_eq!(path_of(b"/go?to=http://evil/"), b"/go");
        assert_eq!(path_of(b"/r/http://x/y"), b"/r/http://x/y");
    }
}
