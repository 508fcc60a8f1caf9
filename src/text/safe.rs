//! The one way out for untrusted bytes, one function a destination.

use std::borrow::Cow;
use std::fmt::Write;

/// One line of printable text: what is no UTF-8 becomes `\xHH`, control characters (C0, DEL, C1, and the marks that turn
/// the direction of writing or hide themselves) become `\xHH` or `\u{HHHH}`. Nothing of it can move a cursor.
pub fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match u32::from(character) {
                code @ (0..=0x1f | 0x7f) => write_to(&mut out, format_args!("\\x{code:02x}")),
                code if is_treacherous(code) => write_to(&mut out, format_args!("\\u{{{code:x}}}")),
                _ => out.push(character),
            }
        }
        for byte in chunk.invalid() {
            write_to(&mut out, format_args!("\\x{byte:02x}"));
        }
    }
    out
}

/// [`printable`], cut to at most `most` characters with a `…` in place of the rest.
pub fn excerpt(bytes: &[u8], most: usize) -> String {
    // A character takes at most four bytes; what lies far behind the cut need not be looked at.
    let text = printable(&bytes[..bytes.len().min(most.saturating_mul(4))]);
    match text.char_indices().nth(most) {
        None if text.len() == bytes.len() || bytes.len() <= most.saturating_mul(4) => text,
        None => text + "…",
        Some((at, _)) => text[..at].to_owned() + "…",
    }
}

/// C1 controls, marks of writing direction, and characters that show nothing.
const fn is_treacherous(code: u32) -> bool {
    matches!(code, 0x80..=0x9f | 0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb | 0xe0000..=0xe007f)
}

/// A cell of a CSV file. A text that a spreadsheet would take for a formula gets an apostrophe in front; quotes are
/// doubled.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !formula && !text.contains(['"', ',', '\n', '\r', ';', '\t']) {
        return Cow::Borrowed(text);
    }
    let guard = if formula { "'" } else { "" };
    Cow::Owned(format!("\"{guard}{}\"", text.replace('"', "\"\"")))
}

/// One word of a shell command.
pub fn shell_word(bytes: &[u8]) -> String {
    let text = printable(bytes);
    shlex::try_quote(&text).map_or_else(|_| "''".to_owned(), Cow::into_owned)
}

/// A string of a TOML file: literal where it can stand as it is, else with escapes. Shows nothing that [`printable`] would
/// not show.
pub fn toml_string(text: &str) -> String {
    let is_plain = text.split('\n').all(|line| printable(line.as_bytes()) == line);
    if is_plain && !text.contains(['\'', '\n']) {
        return format!("'{text}'");
    }
    // Three quotes at its end would be four, and a line feed at its start would be dropped.
    if is_plain && !text.contains("'''") && !text.ends_with('\'') && !text.starts_with('\n') {
        return format!("'''{text}'''");
    }
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ if character.is_control() || is_treacherous(u32::from(character)) => write_to(&mut out, format_args!("\\U{:08X}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out + "\""
}

fn write_to(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(printable(b"\x1b[31mred\x07\r\n"), "\\x1b[31mred\\x07\\x0d\\x0a");
        assert_eq!(printable("caf\u{e9}\u{202e}\u{9b}".as_bytes()), "caf\u{e9}\\u{202e}\\u{9b}");
        assert_eq!(printable(b"\xff\xfe"), "\\xff\\xfe");
    }

    #[test]
    fn an_excerpt_says_that_it_was_cut() {
        assert_eq!(excerpt(b"abc", 3), "abc");
        assert_eq!(excerpt(b"abcd", 3), "abc…");
        assert_eq!(excerpt(&[b'x'; 100], 3), "xxx…");
    }

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(csv_cell("=cmd()"), "\"'=cmd()\"");
        assert_eq!(csv_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(csv_cell("plain"), "plain");
    }

    #[test]
    fn a_toml_string_reads_back_and_is_printable() {
        for text in ["", "plain \\x1b", "it's", "a '''' b", "ends in '", "\nfirst", "two\nlines", "\x1b[2J\r\t\x7f\u{202e}\u{9b}", "\"q\" \\ 'x'", "é…"] {
            let written = toml_string(text);
            let read: toml::Table = toml::from_str(&format!("a = {written}")).unwrap();
            assert_eq!(read["a"].as_str(), Some(text), "{written}");
            assert!(written.split('\n').all(|line| printable(line.as_bytes()) == line), "{written}");
        }
    }

    #[test]
    fn a_shell_word_is_one_word() {
        assert_eq!(shell_word(b"127.0.0.1"), "127.0.0.1");
        assert_eq!(shell_word(b"a; rm -rf /"), "'a; rm -rf /'");
        assert!(!shell_word(b"$(id)\n'").contains('\n'));
        assert_eq!(shlex::split(&shell_word(b"$(id)'\"")), Some(vec!["$(id)'\"".to_owned()]));
    }
}
