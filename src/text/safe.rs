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

/// Whether a terminal would obey it, or show nothing or another order for it: what [`printable`] escapes.
pub fn is_unseen(character: char) -> bool {
    character.is_control() || is_treacherous(u32::from(character))
}

/// A JSON document that moves no cursor: of what [`printable`] escapes, what a document may still hold stands in strings,
/// and is written as `\uHHHH` there. It says the same.
pub fn json(document: &str) -> Cow<'_, str> {
    // Outside of strings JSON has line breaks at most, and in strings no other control characters.
    let is_left = |character: char| is_unseen(character) && (!character.is_ascii() || character == '\x7f');
    if !document.contains(is_left) {
        return Cow::Borrowed(document);
    }
    let mut out = String::with_capacity(document.len() + 16);
    for character in document.chars() {
        if is_left(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write_to(&mut out, format_args!("\\u{unit:04x}"));
            }
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
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

/// Text or an attribute's value in HTML, SVG included: shows nothing that [`printable`] would not show, and begins or ends
/// no tag, no entity and no quoted value.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for character in printable(text.as_bytes()).chars() {
        match character {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            _ => out.push(character),
        }
    }
    out
}

/// Running text in Markdown (`CommonMark`, and what GitHub adds): no emphasis, link, image, tag, heading, mention or cell of
/// a table comes of it.
pub fn markdown(text: &str) -> String {
    let text = printable(text.as_bytes());
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (at, character) in text.char_indices() {
        let rest = &text[at..];
        match character {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '$' => out.extend(['\\', character]),
            // Addresses and names become links by themselves.
            ':' if rest.starts_with("://") => out += "\\:",
            '.' if text[..at].to_ascii_lowercase().ends_with("www") => out += "\\.",
            '@' => out += "&#64;",
            _ => out.push(character),
        }
    }
    out
}

/// A code span in Markdown, between as many backticks as its text needs.
pub fn markdown_code(text: &str) -> String {
    let text = printable(text.as_bytes());
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let is_edged = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let pad = if is_edged { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// [`markdown_code`] for a cell of a table, where a bar needs a backslash even in code. Behind a backslash that would
/// escape the backslash, so the bar is written as [`printable`] writes a control character.
pub fn markdown_cell(text: &str) -> String {
    markdown_code(&text.replace("\\|", "\\\\x7c")).replace('|', "\\|")
}

/// A block of code in Markdown, one line of text in it.
pub fn markdown_block(text: &str) -> String {
    let text = printable(text.as_bytes());
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{fence}text\n{text}\n{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

/// The value of a label in the text form of metrics, without its quotes.
pub fn metric_label(text: &str) -> String {
    printable(text.as_bytes()).replace('\\', "\\\\").replace('"', "\\\"")
}

/// Text in the output of a check: a bar would begin the figures, and the rest is what monitoring systems put into pages and
/// command lines.
pub fn check_output(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in printable(text.as_bytes()).chars() {
        match character {
            '|' | '<' | '>' | '`' | '$' => write_to(&mut out, format_args!("\\x{:02x}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out
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
    fn a_json_document_says_the_same_and_moves_no_cursor() {
        let text = "a\u{9b}2J\u{202e}\x7f\x1b\u{e0041}\né";
        let document = serde_json::to_string_pretty(&[text]).unwrap();
        assert_eq!(json(&document), "[\n  \"a\\u009b2J\\u202e\\u007f\\u001b\\udb40\\udc41\\né\"\n]");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json(&document)).unwrap(), [text]);
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
    fn html_has_no_markup_of_others() {
        assert_eq!(html("<script>alert('1' & \"2\")</script>"), "&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;");
        assert_eq!(html("a\0b\u{202e}\u{85}\n"), "a\\x00b\\u{202e}\\u{85}\\x0a");
    }

    #[test]
    fn markdown_has_no_markup_of_others() {
        assert_eq!(markdown("**a** [x](http://evil) <b> @me #1 |"), "\\*\\*a\\*\\* \\[x\\](http\\://evil) \\<b\\> &#64;me \\#1 \\|");
        assert_eq!(markdown("WWW.evil"), "WWW\\.evil");
        assert_eq!(markdown_code("a"), "`a`");
        assert_eq!(markdown_code("a``b`"), "``` a``b` ```");
        assert_eq!(markdown_code(" x "), "`  x  `");
        assert_eq!(markdown_code(""), "(empty)");
        assert_eq!(markdown_cell("a|b"), "`a\\|b`");
        assert_eq!(markdown_cell("a\\|b"), "`a\\\\x7cb`");
        assert_eq!(markdown_block("a````b\nc"), "`````text\na````b\\x0ac\n`````");
    }

    #[test]
    fn a_label_ends_where_it_ends() {
        assert_eq!(metric_label("a\"} 1\n\\"), "a\\\"} 1\\\\x0a\\\\");
    }

    #[test]
    fn the_output_of_a_check_has_no_figures_of_others() {
        assert_eq!(check_output("a|b=1 <i> $(x) `y`\n"), "a\\x7cb=1 \\x3ci\\x3e \\x24(x) \\x60y\\x60\\x0a");
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
